//! The `polyphony` command as a person uses it: sign in, import a folder, find what is there.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use polyphony_e2e::{
    Platform,
    audio::{self, Piece},
    unique,
};

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
