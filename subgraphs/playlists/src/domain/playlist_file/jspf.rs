//! JSPF: XSPF as JSON. What is no text where one is expected counts as absent.

use serde_json::{Value, json};

use super::{Entry, File, Written, kept, length};

/// Reads JSON; none when it is not, or has no list of tracks.
pub(super) fn read(content: &str) -> Option<File> {
    let whole: Value = serde_json::from_str(content).ok()?;
    let playlist = &whole["playlist"];
    let tracks = playlist["track"].as_array()?;
    Some(File { title: text(&playlist["title"]), entries: tracks.iter().map(entry).collect() })
}

fn entry(track: &Value) -> Entry {
    let mut entry = Entry {
        title: text(&track["title"]),
        artist: text(&track["creator"]),
        album: text(&track["album"]),
        duration_ms: track["duration"].as_f64().and_then(|ms| length(ms as i64)),
        ..Entry::default()
    };
    for uri in ["identifier", "location"].into_iter().flat_map(|field| texts(&track[field])) {
        entry.take_uri(uri);
    }
    if let Some(title) = entry.title.clone() {
        entry.read_as(&title, entry.artist.clone().as_deref());
    }
    entry
}

fn text(value: &Value) -> Option<String> {
    value.as_str().and_then(kept)
}

/// A text, or each of a list of them.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let one = value.as_str();
    let many = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(many)
}

/// Writes JSON.
pub(super) fn write(playlist: &Written) -> String {
    let track = |line: &super::Line| {
        let mut track = json!({ "identifier": line.identifiers() });
        let fields = [
            ("title", line.title.clone().map(Value::from)),
            ("creator", line.creator().map(Value::from)),
            ("album", line.album.clone().map(Value::from)),
            ("duration", line.duration_ms.map(Value::from)),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                track[name] = value;
            }
        }
        track
    };
    let tracks: Vec<_> = playlist.lines.iter().map(track).collect();
    let mut whole = json!({ "playlist": { "title": playlist.title, "track": tracks } });
    if let Some(description) = &playlist.description {
        whole["playlist"]["annotation"] = json!(description);
    }
    format!("{whole}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_known_by_what_other_services_write() {
        let file = read(
            r#"{"playlist": {"title": " Mix ", "track": [
                {"identifier": "https://musicbrainz.org/recording/B1A9C0E9-D987-4042-AE91-78D6A3267D69", "duration": 1.5e3},
                {"identifier": ["urn:isrc:GB-AYE-68-00011", 3], "title": 5, "creator": null},
                null
            ]}}"#,
        )
        .unwrap();
        assert_eq!((file.title.as_deref(), file.entries.len()), (Some("Mix"), 3));
        assert_eq!(file.entries[0].musicbrainz_id.as_deref(), Some("b1a9c0e9-d987-4042-ae91-78d6a3267d69"));
        assert_eq!(file.entries[0].duration_ms, Some(1500));
        assert_eq!(file.entries[1].isrc.as_deref(), Some("GBAYE6800011"));
        assert_eq!(file.entries[2], Entry::default());
    }
}
