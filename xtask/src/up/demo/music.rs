//! Makes the files of the demo library: plays, cuts, tags and encodes. What is there already stays.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;

use super::flac::{self, Metadata};
use super::library::{ALBUMS, Album, Track};
use super::score::{self, Score};
use super::{cover, png, render};

/// Seconds of a track, about: long enough for a play to count, short enough that all of them are encoded within a minute.
const TRACK_LENGTH: f64 = 12.0;
/// The same of a gapless album, which is listened to from its beginning to its end.
const GAPLESS_LENGTH: f64 = 24.0;
/// The bar in which words begin.
const FIRST_SUNG_BAR: usize = 2;

/// Makes what is missing of the library in a folder, on all cores.
pub(super) fn make(folder: &Path) -> anyhow::Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let work = || -> anyhow::Result<()> {
            while let Some(album) = ALBUMS.get(next.fetch_add(1, Ordering::Relaxed)) {
                make_album(folder, album).with_context(|| format!("make {}", album.title))?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a piece could not be played")))
        })
    })
}

/// Where a track lies in the folder of the library. Import tells it by this name.
pub(super) fn file_name(album: &Album, number: usize) -> String {
    let title = album.tracks.get(number - 1).map_or("", |track| track.title);
    format!("{}/{}/{number:02} {title}.flac", album.artist, album.title)
}

fn make_album(folder: &Path, album: &Album) -> anyhow::Result<()> {
    let path = |number: usize| folder.join(file_name(album, number));
    if (1..=album.tracks.len()).all(|number| path(number).exists()) {
        return Ok(());
    }
    let mut recordings = recordings(album);
    for (at, track) in album.tracks.iter().enumerate() {
        let (score, samples) = recordings.next().context("play a track")?;
        let mut metadata = Metadata { comments: comments(album, track, at + 1, score.as_ref()), cover: None };
        // One file of the album is enough for the album to have a cover.
        if at == 0 {
            metadata.cover = Some(png::encode(cover::SIZE, &cover::draw(&album.cover, album.title))?);
        }
        write(&path(at + 1), &flac::encode(&samples, &metadata))?;
    }
    Ok(())
}

type Recording = (Option<Score>, Vec<[i16; 2]>);

/// The tracks as they sound, each with its score unless it is a part of a longer one.
fn recordings(album: &Album) -> Box<dyn Iterator<Item = Recording> + '_> {
    if album.is_gapless {
        let length = GAPLESS_LENGTH * album.tracks.len() as f64;
        let whole = render::render(&score::compose(album.title, album.style, album.tempo, length));
        let parts: Vec<_> = cut(&whole, album.tracks.len()).into_iter().map(|part| (None, part.to_vec())).collect();
        return Box::new(parts.into_iter());
    }
    Box::new(album.tracks.iter().enumerate().map(|(at, track)| {
        // No two tracks of an album go equally fast.
        let tempo = album.tempo * (1.0 + 0.04 * ((at % 3) as f64 - 1.0));
        let score = score::compose(track.title, album.style, tempo, TRACK_LENGTH);
        let samples = render::render(&score);
        (Some(score), samples)
    }))
}

/// Cuts a recording between two samples, and where no encoder would: never at the border of a block.
fn cut(whole: &[[i16; 2]], tracks: usize) -> Vec<&[[i16; 2]]> {
    const OFF_THE_GRID: usize = 1021;
    let border = |number: usize| match number {
        0 => 0,
        _ if number == tracks => whole.len(),
        _ => whole.len() * number / tracks / 4096 * 4096 + OFF_THE_GRID * number,
    };
    (0..tracks).map(|number| &whole[border(number)..border(number + 1)]).collect()
}

fn comments(album: &Album, track: &Track, number: usize, score: Option<&Score>) -> Vec<(&'static str, String)> {
    let mut comments = vec![
        ("TITLE", track.title.to_owned()),
        ("ALBUM", album.title.to_owned()),
        ("ALBUMARTIST", album.artist.to_owned()),
        ("TRACKNUMBER", number.to_string()),
        ("TRACKTOTAL", album.tracks.len().to_string()),
        ("DATE", album.released_on.to_owned()),
    ];
    let artists = std::iter::once(&album.artist).chain(track.guests);
    comments.extend(artists.map(|artist| ("ARTIST", (*artist).to_owned())));
    comments.extend(album.genres.iter().map(|genre| ("GENRE", (*genre).to_owned())));
    if let Some(score) = score.filter(|_| !track.words.is_empty()) {
        comments.push(("LYRICS", lyrics(track.words, score)));
    }
    comments
}

/// The words as LRC: the lines come evenly between the bar in which the tune begins and the last chord.
fn lyrics(words: &[&str], score: &Score) -> String {
    let from = FIRST_SUNG_BAR as f64 * score.bar;
    let until = score.seconds - score::ENDING - score.bar;
    let line = |(at, line): (usize, &&str)| {
        let sung = from + (until - from) * at as f64 / words.len() as f64;
        format!("[{:02}:{:05.2}]{line}", (sung / 60.0) as u32, sung % 60.0)
    };
    words.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("find the folder of a piece")?;
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, bytes).with_context(|| format!("write {}", unfinished.display()))?;
    fs::rename(&unfinished, path).context("move a piece into place")
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::*;

    #[test]
    fn a_gapless_album_is_one_recording_cut_between_samples() {
        let album = ALBUMS.iter().find(|album| album.is_gapless).unwrap();
        let parts: Vec<_> = recordings(album).map(|(_, samples)| samples).collect();
        assert_eq!(parts.len(), album.tracks.len());
        let length = GAPLESS_LENGTH * parts.len() as f64;
        let whole = render::render(&score::compose(album.title, album.style, album.tempo, length));
        assert!(parts.concat() == whole, "nothing is lost and nothing is added");
        for pair in parts.windows(2) {
            assert_ne!(pair[0].len() % 4096, 0, "the border is between two blocks of an encoder");
            let jump = i32::from(pair[1][0][0]) - i32::from(pair[0].last().unwrap()[0]);
            assert!(jump.abs() < 4_000, "the wave goes on over the border, {jump}");
            assert!(pair[1].iter().take(400).any(|frame| frame[0].unsigned_abs() > 200), "it does not fade there");
        }
    }

    #[test]
    fn words_are_sung_one_after_the_other_within_the_piece() {
        let score = score::compose("A Song", Style::Folk, 96.0, TRACK_LENGTH);
        let lyrics = lyrics(&["one", "two", "three"], &score);
        let times: Vec<f64> = lyrics.lines().map(|line| line[4..9].parse().unwrap()).collect();
        assert!(times.is_sorted() && times[0] > 1.0 && times[2] < score.seconds, "{lyrics}");
        assert!(lyrics.starts_with("[00:0"), "{lyrics}");
    }

    #[test]
    fn a_second_run_makes_nothing_anew_and_every_track_is_of_bearable_length() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path()).unwrap();
        let files = || -> Vec<_> {
            let tracks = ALBUMS.iter().flat_map(|album| (1..=album.tracks.len()).map(move |at| file_name(album, at)));
            tracks.map(|name| folder.path().join(name).metadata().unwrap()).collect()
        };
        let first: Vec<_> = files().iter().map(|file| (file.len(), file.modified().unwrap())).collect();
        make(folder.path()).unwrap();
        let second: Vec<_> = files().iter().map(|file| (file.len(), file.modified().unwrap())).collect();
        assert_eq!(first, second);
        for (bytes, _) in first {
            assert!((300_000..6_000_000).contains(&bytes), "{bytes} bytes");
        }
    }
}
