//! The ZIP archive of an export: a JSON file per kind of thing, a JSPF file per playlist, and a README. It is written as records
//! come: no more is held than one of them.

use std::io::{Seek, Write};

use anyhow::Context;
use serde_json::{Value, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// The file whose records are nested: a playlist, then its entries, which are numbered by `entry`.
const PLAYLISTS: &str = "playlists";
/// The longest title in the name of a file, in characters.
const MAX_TITLE_CHARS: usize = 60;

const README: &str = "\
This archive holds what this server keeps about you. Each .json file is a list of things of one kind, in UTF-8; a file is
missing when there is nothing of its kind. Times are UTC (RFC 3339), durations are milliseconds.

account.json              your profile, address and preferences
sessions.json             where you are signed in
api_keys.json             the keys of your programs, without their secrets
identities.json           your accounts at other providers
passkeys.json             your passkeys, without their keys
security_log.json         what happened to your account in the last 90 days
playlists.json            your playlists with their entries; smart playlists with their rules
playlists/*.jspf          the same playlists for other players (JSPF, the JSON form of XSPF)
playlists_of_others.json  playlists of others that you may see or edit
likes.json                the tracks that you like
saved_albums.json         the albums that you keep
followed_artists.json     the artists that you follow
ratings.json              your ratings of tracks
hidden_tracks.json        the tracks that you have hidden
hidden_artists.json       the artists that you have hidden
history.json              what you listened to
uploads.json              your files, with sizes, hashes, tags and figures; the files themselves can be downloaded track by track
devices.json              the devices that you play on
private_sessions.json     when what you played counted nowhere, in the last 120 days
listening_sessions.json   the listening sessions that you host or take part in

Tracks, albums and artists have their names beside their ids. Where the name is missing, the thing has been deleted or is
not published.
";

/// An archive that is being written.
pub(super) struct Archive<W: Write + Seek> {
    /// On the heap: it holds the state of the compression, which would make large futures of whoever has one.
    zip: Box<ZipWriter<W>>,
    open: Option<OpenFile>,
}

/// The file that records go to.
struct OpenFile {
    name: String,
    records: usize,
    /// Entries of the playlist that is being written.
    entries: Option<usize>,
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(0o600)
        .large_file(true)
}

impl<W: Write + Seek> Archive<W> {
    /// An archive with its README.
    pub(super) fn begin(output: W) -> anyhow::Result<Self> {
        let mut zip = Box::new(ZipWriter::new(output));
        zip.start_file("README.txt", options()).context("begin an archive")?;
        zip.write_all(README.as_bytes()).context("write the README of an archive")?;
        Ok(Self { zip, open: None })
    }

    /// Adds a record to the file of this name, which ends when the next one begins.
    pub(super) fn add(&mut self, file: &str, record: &Value) -> anyhow::Result<()> {
        let is_plain = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        anyhow::ensure!(is_plain(file), "no file of an archive is called {file:?}");
        if self.open.as_ref().is_none_or(|open| open.name != file) {
            self.close()?;
            self.zip.start_file(format!("{file}.json"), options()).context("begin a file of an archive")?;
            self.open = Some(OpenFile { name: file.to_owned(), records: 0, entries: None });
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let mut text = String::new();
        if file == PLAYLISTS && record.get("entry").is_some() {
            anyhow::ensure!(open.entries.is_some(), "an entry has no playlist");
            let before = open.entries.replace(open.entries.unwrap_or_default() + 1);
            text += if before == Some(0) { "\n    " } else { ",\n    " };
            text += &record.to_string();
        } else {
            text += if open.entries.take().is_some() { "\n  ]}" } else { "" };
            text += if open.records == 0 { "[\n  " } else { ",\n  " };
            open.records += 1;
            let written = record.to_string();
            match written.strip_suffix('}').filter(|_| file == PLAYLISTS) {
                Some(head) => {
                    text += head;
                    text += ",\"entries\":[";
                    open.entries = Some(0);
                }
                None => text += &written,
            }
        }
        self.zip.write_all(text.as_bytes()).context("write a record of an archive")
    }

    fn close(&mut self) -> anyhow::Result<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let end = if open.entries.is_some() { "\n  ]}\n]\n" } else { "\n]\n" };
        self.zip.write_all(end.as_bytes()).context("end a file of an archive")
    }

    /// Begins the playlists as JSPF; no more records are added.
    pub(super) fn into_jspf(mut self) -> anyhow::Result<JspfFiles<W>> {
        self.close()?;
        Ok(JspfFiles { zip: self.zip, playlists: 0, tracks: None })
    }
}

/// The playlists of an archive as JSPF, a file each. <https://www.xspf.org/jspf>
pub(super) struct JspfFiles<W: Write + Seek> {
    zip: Box<ZipWriter<W>>,
    playlists: usize,
    /// Tracks of the playlist that is being written.
    tracks: Option<usize>,
}

impl<W: Write + Seek> JspfFiles<W> {
    /// Adds a record, if it is one of playlists: a playlist, or an entry of the last one.
    pub(super) fn add(&mut self, file: &str, record: &Value) -> anyhow::Result<()> {
        if file != PLAYLISTS {
            return Ok(());
        }
        let text = if record.get("entry").is_some() {
            let before = self.tracks.unwrap_or_default();
            self.tracks = Some(before + 1);
            format!("{}{}", if before == 0 { "\n  " } else { ",\n  " }, track(record))
        } else {
            self.close()?;
            self.playlists += 1;
            let title = record["title"].as_str().unwrap_or_default();
            let name = format!("playlists/{:04} {}.jspf", self.playlists, file_title(title));
            self.zip.start_file(name.trim_end(), options()).context("begin a playlist of an archive")?;
            self.tracks = Some(0);
            let (title, about) = (json!(title), &record["description"]);
            let about = if about.is_null() { String::new() } else { format!(",\"annotation\":{about}") };
            format!("{{\"playlist\":{{\"title\":{title}{about},\"track\":[")
        };
        self.zip.write_all(text.as_bytes()).context("write a playlist of an archive")
    }

    fn close(&mut self) -> anyhow::Result<()> {
        match self.tracks.take() {
            Some(_) => self.zip.write_all(b"\n]}}\n").context("end a playlist of an archive"),
            None => Ok(()),
        }
    }

    /// Ends the archive.
    pub(super) fn finish(mut self) -> anyhow::Result<W> {
        self.close()?;
        self.zip.finish().context("end an archive")
    }
}

/// An entry as JSPF has it. A track without a name is known by its id alone.
fn track(entry: &Value) -> Value {
    let id = entry["trackId"].as_str().unwrap_or_default();
    let named = &entry["track"];
    if named.is_null() {
        return json!({ "identifier": [format!("urn:polyphony:{id}")] });
    }
    let artists: Vec<_> = named["artists"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut track = json!({
        "identifier": [format!("urn:polyphony:{id}")],
        "title": named["title"],
        "creator": artists.join(", "),
        "duration": named["durationMs"],
    });
    if !named["album"].is_null() {
        track["album"] = named["album"].clone();
    }
    track
}

/// A title that any file system takes.
fn file_title(title: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || " -_".contains(c) { c } else { '_' };
    title.chars().map(safe).take(MAX_TITLE_CHARS).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use zip::ZipArchive;

    use super::*;

    fn records() -> Vec<(&'static str, Value)> {
        let track = json!({ "title": "Aria \"2\"", "artists": ["A", "B"], "album": null, "durationMs": 1000 });
        vec![
            ("likes", json!({ "trackId": "trk_1", "track": track })),
            ("likes", json!({ "trackId": "trk_2" })),
            ("playlists", json!({ "id": "pls_1", "title": "../Rain/é", "description": "wet" })),
            ("playlists", json!({ "entry": 1, "trackId": "trk_1", "track": track })),
            ("playlists", json!({ "entry": 2, "trackId": "trk_2" })),
            ("playlists", json!({ "id": "pls_2", "title": "Empty", "description": null })),
        ]
    }

    fn packed(records: &[(&str, Value)]) -> ZipArchive<Cursor<Vec<u8>>> {
        let mut archive = Archive::begin(Cursor::new(Vec::new())).unwrap();
        for (file, record) in records {
            archive.add(file, record).unwrap();
        }
        let mut jspf = archive.into_jspf().unwrap();
        for (file, record) in records {
            jspf.add(file, record).unwrap();
        }
        ZipArchive::new(jspf.finish().unwrap()).unwrap()
    }

    fn read(archive: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> Value {
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"))
    }

    #[test]
    fn files_are_lists_and_playlists_have_their_entries() {
        let mut archive = packed(&records());
        let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        let expected = [
            "README.txt",
            "likes.json",
            "playlists.json",
            "playlists/0001 ___Rain_é.jspf",
            "playlists/0002 Empty.jspf",
        ];
        assert_eq!(names, expected);
        assert_eq!(read(&mut archive, "likes.json"), json!([records()[0].1, records()[1].1]));
        let playlists = read(&mut archive, "playlists.json");
        assert_eq!(playlists[0]["entries"], json!([records()[3].1, records()[4].1]));
        assert_eq!((&playlists[0]["title"], &playlists[1]["entries"]), (&json!("../Rain/é"), &json!([])));
        let jspf = read(&mut archive, "playlists/0001 ___Rain_é.jspf");
        assert_eq!(jspf["playlist"]["annotation"], "wet");
        assert_eq!(jspf["playlist"]["track"][0]["creator"], "A, B");
        assert_eq!(jspf["playlist"]["track"][1], json!({ "identifier": ["urn:polyphony:trk_2"] }));
        assert_eq!(read(&mut archive, "playlists/0002 Empty.jspf")["playlist"]["track"], json!([]));
    }

    #[test]
    fn an_archive_of_nothing_opens_and_no_record_chooses_a_path() {
        assert_eq!(packed(&[]).len(), 1);
        let mut archive = Archive::begin(Cursor::new(Vec::new())).unwrap();
        for name in ["", "../etc", "a/b", "A", "a.b"] {
            assert!(archive.add(name, &json!({})).is_err(), "{name}");
        }
        assert!(archive.add("playlists", &json!({ "entry": 1 })).is_err(), "an entry without its playlist");
    }
}
