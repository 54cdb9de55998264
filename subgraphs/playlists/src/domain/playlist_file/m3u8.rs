//! M3U8: a line for each entry, with lines that begin with `#` before it that say more.

use std::fmt::Write as _;

use super::{Entry, File, JOINT, SCHEME, Written, kept, length};

/// Reads lines. There is nothing that they could break.
pub(super) fn read(content: &str) -> File {
    let (mut file, mut next, mut told, mut artist) = (File::default(), Entry::default(), None, None);
    for line in content.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(info) = line.strip_prefix("#EXTINF:") {
            let (seconds, text) = info.split_once(',').unwrap_or((info, ""));
            let seconds = seconds.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
            next.duration_ms = seconds.and_then(|seconds| length((seconds * 1000.0).round() as i64));
            told = kept(text);
        } else if let Some(album) = line.strip_prefix("#EXTALB:") {
            next.album = kept(album);
        } else if let Some(name) = line.strip_prefix("#EXTART:") {
            artist = kept(name);
        } else if let Some(title) = line.strip_prefix("#PLAYLIST:") {
            file.title = kept(title);
        } else if !line.starts_with('#') {
            let mut entry = std::mem::take(&mut next);
            entry.take_uri(line);
            read_texts(&mut entry, told.take(), artist.take());
            read_path(&mut entry, line);
            file.entries.push(entry);
        }
    }
    file
}

/// What the lines before an entry say: "artist - title", or the title alone where a line of its own says who made it.
fn read_texts(entry: &mut Entry, told: Option<String>, artist: Option<String>) {
    let Some(told) = told else { return };
    if let Some(artist) = artist {
        let title = told.strip_prefix(&artist).and_then(|rest| rest.strip_prefix(JOINT)).unwrap_or(&told);
        entry.read_as(title, Some(&artist));
        entry.title = kept(title);
        entry.artist = Some(artist);
    }
    entry.read_joined(&told);
}

/// What the path of a file says: `Artist/Album/01 - Title.mp3`, as most people keep theirs.
fn read_path(entry: &mut Entry, line: &str) {
    if line.starts_with(SCHEME) || line.contains("://") && !line.starts_with("file://") {
        entry.title = entry.title.take().or_else(|| kept(line));
        return;
    }
    let mut parts = line.rsplit(['/', '\\']);
    let name = parts.next().unwrap_or_default();
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let (album, artist) = (parts.next(), parts.next());
    let bare = name.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['.', '-', '_', ' ']);
    for title in [bare, name] {
        if let Some(artist) = artist {
            entry.read_as(title, Some(artist));
        }
    }
    entry.read_joined(bare);
    entry.read_as(name, None);
    entry.artist = entry.artist.take().or_else(|| artist.and_then(kept));
    entry.album = entry.album.take().or_else(|| album.and_then(kept));
}

/// Writes lines.
pub(super) fn write(playlist: &Written) -> String {
    let mut text = format!("#EXTM3U\n#PLAYLIST:{}\n", one_line(&playlist.title));
    for line in &playlist.lines {
        let seconds = line.duration_ms.map_or(-1, |ms| (ms + 500) / 1000);
        let title = line.title.as_deref().map(one_line).unwrap_or_default();
        let told = line.creator().map_or(title.clone(), |artist| format!("{}{JOINT}{title}", one_line(&artist)));
        let _ = writeln!(text, "#EXTINF:{seconds},{told}");
        // Where the joint says it all a line of its own only makes the file longer.
        if let Some(artist) = line.creator().filter(|_| told.matches(JOINT).count() > 1) {
            let _ = writeln!(text, "#EXTART:{}", one_line(&artist));
        }
        if let Some(album) = &line.album {
            let _ = writeln!(text, "#EXTALB:{}", one_line(album));
        }
        let _ = writeln!(text, "{SCHEME}{}", line.track);
    }
    text
}

/// A text as one line has it.
fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(entry: &Entry) -> Vec<(&str, bool)> {
        entry.readings.iter().map(|one| (one.title.as_str(), !one.artists.is_empty())).collect()
    }

    #[test]
    fn artist_and_title_are_read_in_every_way_that_they_may_be_meant() {
        let file = read("#EXTM3U\r\n#EXTINF:183.4,Björk - Jóga - Live\r\nx.mp3\r\n");
        let entry = &file.entries[0];
        assert_eq!((entry.artist.as_deref(), entry.title.as_deref()), (Some("Björk"), Some("Jóga - Live")));
        assert_eq!(entry.duration_ms, Some(183_400));
        assert_eq!(readings(entry)[..2], [("joga - live", true), ("live", true)]);
        assert_eq!(entry.readings[1].artists[0], "bjork - joga");
    }

    #[test]
    fn a_path_says_who_and_what_where_nothing_else_does() {
        let file =
            read("Music/Björk/Homogenic/02. Jóga.flac\nC:\\Music\\Air\\Moon Safari\\01 - La femme d'argent.mp3\n");
        let (first, second) = (&file.entries[0], &file.entries[1]);
        assert_eq!(readings(first)[0], ("joga", true));
        assert_eq!((first.title.as_deref(), first.artist.as_deref()), (Some("Jóga"), Some("Björk")));
        assert_eq!(first.album.as_deref(), Some("Homogenic"));
        assert_eq!((second.title.as_deref(), second.artist.as_deref()), (Some("La femme d'argent"), Some("Air")));
    }

    #[test]
    fn links_to_our_tracks_are_found_and_unknown_lengths_are_none() {
        let id = polyphony_events::TrackId::new();
        let file = read(&format!("#EXTINF:-1,\nhttps://music.example.org/tracks/{id}?x=1\n"));
        assert_eq!((file.entries[0].track, file.entries[0].duration_ms), (Some(id), None));
    }
}
