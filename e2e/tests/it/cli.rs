//! The `polyphony` command as a person uses it: sign in, import a folder, find what is there.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    eventually, unique,
};
use rdkafka::{
    ClientConfig,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};
use serde_json::{Value, json};

struct Person<'a> {
    platform: &'a Platform,
    config: &'a Path,
}

impl Person<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let program =
            Path::new(&std::env::var("POLYPHONY_BIN_DIR").expect("set by `cargo xtask test`")).join("polyphony");
        let mut command = Command::new(program);
        command.args(arguments).env("POLYPHONY_SERVER", self.platform.url("router"));
        command.env("POLYPHONY_CONFIG_DIR", self.config).env_remove("POLYPHONY_TOKEN").stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("polyphony starts")
    }

    fn log_in(&self) {
        let (email, password) = self.platform.admin();
        let mut command = self.command(&["login", "--email", &email, "--password-stdin"]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("polyphony starts");
        std::io::Write::write_all(&mut child.stdin.take().expect("piped"), password.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_folder_is_imported_once_and_what_fails_is_named() {
    let platform = Platform::shared();
    let (folder, config, mark) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), unique());
    let person = Person { platform: &platform, config: config.path() };
    let signed_out = person.run(&["whoami"]);
    assert!(!signed_out.status.success() && text(&signed_out).contains("polyphony login"), "{}", text(&signed_out));
    person.log_in();
    assert!(person.run(&["whoami"]).status.success());

    let album = folder.path().join("Album");
    std::fs::create_dir(&album).unwrap();
    for number in 1..=3 {
        let tags = [
            ("title", format!("Song {number} {mark}")),
            ("artist", format!("Band {mark}")),
            ("album", format!("Album {mark}")),
        ];
        let file = format!("{number}.flac");
        audio::make(
            &album,
            &Piece { file: &file, seconds: 3, hertz: 200 + 10 * number, tags: &tags, ..Piece::default() },
        );
    }
    std::fs::write(folder.path().join("notes.txt"), "not music, and not named so").unwrap();
    let directory = folder.path().to_string_lossy().into_owned();
    let first = person.run(&["import", &directory]);
    assert!(first.status.success(), "{}", text(&first));
    let found = person.run(&["search", &format!("song {mark}")]);
    assert!(text(&found).contains(&format!("Song 2 {mark}")), "{}", text(&found));

    std::fs::write(album.join("broken.mp3"), "no music at all".repeat(100)).unwrap();
    let second = person.run(&["import", &directory]);
    assert_eq!(second.status.code(), Some(1), "{}", text(&second));
    assert!(text(&second).contains("broken.mp3"), "{}", text(&second));
    let found = person.run(&["search", "--json", &format!("song {mark}")]);
    assert_eq!(
        text(&found).matches(&format!("Song 2 {mark}")).count(),
        text(&found).matches(&format!("Song 3 {mark}")).count()
    );
}

#[tokio::test]
async fn an_api_key_stands_for_a_login() {
    let platform = Platform::shared();
    let config = tempfile::tempdir().unwrap();
    let person = Person { platform: &platform, config: config.path() };
    let owner = Client::creator(&platform).await;
    let create = "mutation { createApiKey(name: \"cli\", scopes: [\"read\"]) { secret userErrors { code } } }";
    let secret = owner.mutate(create, json!({})).await["secret"].as_str().unwrap().to_owned();
    let with =
        |key: &str, arguments: &[&str]| person.command(arguments).env("POLYPHONY_API_KEY", key).output().unwrap();
    let known = with(&secret, &["whoami"]);
    let id = owner.viewer["user"]["id"].as_str().unwrap();
    assert!(known.status.success() && text(&known).contains(id), "{}", text(&known));
    // A key does not show the address of its owner.
    assert!(!text(&known).contains(&owner.credentials().0), "{}", text(&known));
    let refused = with(&format!("{}x", &secret[..secret.len() - 1]), &["whoami"]);
    assert!(!refused.status.success() && !text(&refused).contains(id), "{}", text(&refused));
    let forbidden = with(&secret, &["playlist", "create", "From a program that may read only"]);
    assert!(!forbidden.status.success() && text(&forbidden).contains("scope"), "{}", text(&forbidden));
}

/// Sends an event that no consumer of it can read, and gives its id.
async fn send_unreadable_event(brokers: &str) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    let header = |key, value| Header { key, value: Some(value) };
    let headers = OwnedHeaders::new()
        .insert(header("ce_id", id.as_str()))
        .insert(header("ce_type", "UserRegistered"))
        .insert(header("ce_time", "2026-01-01T00:00:00Z"));
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a producer of Kafka");
    let record = FutureRecord::to("accounts.v1").key("usr_unreadable").payload("{ \"no\": \"user\" }").headers(headers);
    producer.send(record, Duration::from_secs(10)).await.expect("the broker takes the event");
    id
}

#[tokio::test]
async fn a_dead_letter_is_listed_with_its_reason_and_can_be_replayed() {
    let platform = Platform::shared();
    let config = tempfile::tempdir().unwrap();
    let person = Person { platform: &platform, config: config.path() };
    let brokers = platform.url("kafka").replace("http://", "");
    let id = send_unreadable_event(&brokers).await;
    let letter = || {
        let listed = person.run(&["--json", "dlq", "--kafka-brokers", &brokers, "list"]);
        assert!(listed.status.success(), "{}", text(&listed));
        let letters: Vec<Value> = serde_json::from_slice(&listed.stdout).expect("a list of letters");
        let of_notifier = |letter: &Value| letter["id"] == *id && letter["topic"] == "accounts.v1.notifier.dlq";
        letters.into_iter().find(of_notifier)
    };
    let dead = eventually("the dead letter", Duration::from_secs(30), || async { letter() }).await;
    assert_eq!(dead["event"], "UserRegistered");
    assert!(dead["reason"].as_str().is_some_and(|reason| reason.contains("read the data")), "{dead:#}");

    let replayed = person.run(&["dlq", "--kafka-brokers", &brokers, "replay", &id]);
    assert!(replayed.status.success() && text(&replayed).contains("Replayed"), "{}", text(&replayed));
    let died_again = || async { letter().filter(|again| again["deadAt"] != dead["deadAt"]) };
    eventually("the letter that comes back", Duration::from_secs(30), died_again).await;

    let unknown = person.run(&["dlq", "--kafka-brokers", &brokers, "replay", "no-such-letter"]);
    assert!(!unknown.status.success() && text(&unknown).contains("no-such-letter"), "{}", text(&unknown));
}
