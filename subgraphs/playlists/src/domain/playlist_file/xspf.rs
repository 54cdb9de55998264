//! XSPF. Files with a document type are refused, so nothing in them is ever expanded.

use std::fmt::Write as _;

use roxmltree::{Document, Node, ParsingOptions};

use super::{Entry, File, Written, kept, length};

/// As many nodes as a file of the greatest length that says something has.
const MAX_NODES: u32 = 300_000;

/// Reads XML; none when it is not, or is no playlist.
pub(super) fn read(content: &str) -> Option<File> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(content, options).ok()?;
    let playlist = document.root_element();
    if playlist.tag_name().name() != "playlist" {
        return None;
    }
    let tracks = child(playlist, "trackList")?.children().filter(|node| node.tag_name().name() == "track");
    Some(File { title: text(playlist, "title"), entries: tracks.map(entry).collect() })
}

fn entry(track: Node<'_, '_>) -> Entry {
    let mut entry = Entry {
        title: text(track, "title"),
        artist: text(track, "creator"),
        album: text(track, "album"),
        duration_ms: text(track, "duration").and_then(|ms| length(ms.parse().ok()?)),
        ..Entry::default()
    };
    for name in ["identifier", "location"] {
        for node in track.children().filter(|node| node.tag_name().name() == name) {
            entry.take_uri(node.text().unwrap_or_default());
        }
    }
    if let Some(title) = entry.title.clone() {
        entry.read_as(&title, entry.artist.clone().as_deref());
    }
    entry
}

fn child<'a, 'input>(of: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    of.children().find(|node| node.tag_name().name() == name)
}

fn text(of: Node<'_, '_>, name: &str) -> Option<String> {
    child(of, name)?.text().and_then(kept)
}

/// Writes XML.
pub(super) fn write(playlist: &Written) -> String {
    let mut xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n"
            .to_owned();
    element(&mut xml, "  ", "title", &playlist.title);
    if let Some(description) = &playlist.description {
        element(&mut xml, "  ", "annotation", description);
    }
    xml.push_str("  <trackList>\n");
    for line in &playlist.lines {
        xml.push_str("    <track>\n");
        for identifier in line.identifiers() {
            element(&mut xml, "      ", "identifier", &identifier);
        }
        let duration = line.duration_ms.map(|ms| ms.to_string());
        for (name, value) in
            [("title", &line.title), ("creator", &line.creator()), ("album", &line.album), ("duration", &duration)]
        {
            if let Some(value) = value {
                element(&mut xml, "      ", name, value);
            }
        }
        xml.push_str("    </track>\n");
    }
    xml.push_str("  </trackList>\n</playlist>\n");
    xml
}

fn element(xml: &mut String, indent: &str, name: &str, text: &str) {
    let _ = writeln!(xml, "{indent}<{name}>{}</{name}>", escaped(text));
}

/// A text as XML has it. Characters that XML has no way to write are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c < ' ' => {}
            c => escaped.push(c),
        }
    }
    escaped
}
