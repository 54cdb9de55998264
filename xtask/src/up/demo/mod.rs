//! The demo library: music, covers, lyrics and listeners, all of it made by this program, and brought in through the public
//! API like anybody's.

mod cover;
mod flac;
mod graphql;
mod library;
mod life;
mod music;
mod people;
mod png;
mod random;
mod render;
mod score;
mod style;
mod voice;

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context as _, anyhow, bail};
use serde_json::Value;

use crate::data::{DataFolder, tail};
use crate::secrets::Admin;
use crate::up::state::State;
use graphql::Client;
use life::Imported;
use people::{Listener, Person};

/// Files that are uploaded at once.
const UPLOADS_AT_ONCE: &str = "8";

/// The files of the library, which are being made.
pub(crate) struct Music(JoinHandle<anyhow::Result<()>>);

impl Music {
    /// Begins to make what is missing of them, while the platform starts.
    pub(crate) fn begin(data: &DataFolder) -> Self {
        let folder = data.join("demo-music");
        Self(std::thread::spawn(move || music::make(&folder)))
    }

    fn finish(self) -> anyhow::Result<()> {
        self.0.join().map_err(|_| anyhow!("the demo library could not be made"))?
    }
}

/// Imports the library while the caller goes on, saying at the end how it went.
pub(crate) fn in_background(data: &DataFolder, bin: &Path, music: Music) {
    let (data, bin) = (data.clone(), bin.to_owned());
    std::thread::spawn(move || {
        let outcome = Demo::sign_in(&data, &bin).and_then(|demo| {
            eprintln!("Importing the demo library; what has arrived can be played.");
            demo.import(music)
        });
        match outcome {
            Ok(()) => eprintln!("The demo library is imported."),
            Err(error) => eprintln!("the demo library was not imported: {error:#}"),
        }
    });
}

/// The library on its way into a platform that runs.
pub(crate) struct Demo<'a> {
    data: &'a DataFolder,
    bin: &'a Path,
    server: String,
    admin: Admin,
    admin_person: Person,
    listeners: [(Listener, Person); 2],
}

impl<'a> Demo<'a> {
    /// Signs everybody in, and prints how the listeners do so.
    pub(crate) fn sign_in(data: &'a DataFolder, bin: &'a Path) -> anyhow::Result<Self> {
        let state = State::read(data)?.context("find the running platform")?;
        let router = state.parts.iter().find(|part| part.name == "router");
        let server = router.and_then(|part| part.url.clone()).context("find the router's address")?;
        let client = Client::new(&server)?;
        let admin = Admin::of(data)?;
        let admin_person = people::sign_admin_in(&client, &admin)?;
        let [ada, ben] = people::listeners(&data.join("demo-listeners.json"))?;
        let ada_person = people::sign_in(&client, &admin_person, &ada)?;
        let ben_person = people::sign_in(&client, &admin_person, &ben)?;
        for listener in [&ada, &ben] {
            println!("{:<15} {} / {}", "demo listener", listener.email, listener.password);
        }
        let listeners = [(ada, ada_person), (ben, ben_person)];
        Ok(Self { data, bin, server, admin, admin_person, listeners })
    }

    /// Imports the files, and gives the listeners their likes, history and playlists. What is there already stays as it is.
    pub(crate) fn import(&self, music: Music) -> anyhow::Result<()> {
        music.finish()?;
        self.polyphony(&["login"])?;
        let folder = self.data.join("demo-music").display().to_string();
        let events = self.polyphony(&["--json", "import", "--jobs", UPLOADS_AT_ONCE, &folder])?;
        // People may have changed all this since; a library is given a life once.
        let done = self.data.join("demo-done");
        if fs::read_to_string(&done).is_ok_and(|user| user == self.admin_person.user) {
            return Ok(());
        }
        let imported = Imported::look_up(&self.admin_person, &tracks(&events)?)?;
        imported.describe(&self.admin_person)?;
        for (listener, person) in &self.listeners {
            imported.enjoy(person, &listener.handle)?;
        }
        let [(_, owner), (_, friend)] = &self.listeners;
        imported.compile(owner, friend)?;
        fs::write(&done, &self.admin_person.user).context("note that the library is complete")
    }

    /// Runs the `polyphony` command and gives what it prints.
    fn polyphony(&self, args: &[&str]) -> anyhow::Result<String> {
        let log = self.data.log("demo");
        let errors = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("open {}", log.display()))?;
        // Its own home for the session, so that a person's own sign-in stays as it is.
        let session = self.data.join("demo-session");
        let output = Command::new(self.bin.join("polyphony"))
            .args(args)
            .env("POLYPHONY_SERVER", &self.server)
            .env("POLYPHONY_EMAIL", &self.admin.email)
            .env("POLYPHONY_PASSWORD", &self.admin.password)
            .env("POLYPHONY_CONFIG_DIR", &session)
            .env("POLYPHONY_JOURNAL_DIR", &session)
            .stdin(Stdio::null())
            .stderr(errors)
            .output()
            .context("run polyphony")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("polyphony {} failed:\n{}\n{}", args.join(" "), printed.trim(), tail(&log, 20));
        }
        Ok(printed)
    }
}

/// The track of each file, from the lines of JSON that an import prints.
fn tracks(events: &str) -> anyhow::Result<HashMap<String, String>> {
    let events = events.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>();
    let events = events.context("read what the import printed")?;
    let track = |event: &Value| Some((event["path"].as_str()?.to_owned(), event["trackId"].as_str()?.to_owned()));
    Ok(events.iter().filter(|event| event["event"] == "file").filter_map(track).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tracks_are_those_that_the_import_names() {
        let events = r#"{"event":"uploading","path":"A/B/01 C.flac","bytes":7}
{"event":"file","path":"A/B/01 C.flac","outcome":"imported","trackId":"trk_1"}
{"event":"file","path":"A/B/02 D.flac","outcome":"failed","reason":"no"}
{"event":"lyrics","path":"A/B/02 D.lrc","trackId":"trk_2"}
{"event":"summary","imported":1}"#;
        assert_eq!(tracks(events).unwrap(), HashMap::from([("A/B/01 C.flac".to_owned(), "trk_1".to_owned())]));
    }
}
