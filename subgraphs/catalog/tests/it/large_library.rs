//! A library of five layouts, as people have them, imported in two orders and twice: the same catalog, nothing lost, and every
//! file kept. `LIBRARY_FILES=2000` makes it large.

use std::time::Instant;

use polyphony_events::media::Tags;
use sqlx::PgPool;

use crate::{
    app::{TestApp, tags},
    dice::Dice,
    orders::{File, Uploads, assert_same, catalog, empty, import, shuffled},
};

/// How many files it has, a fifth in each layout, when nobody says so.
const FILES: usize = 150;
/// So many files make an album.
const OF_ALBUM: usize = 10;
/// So many files are imported at once.
const WORKERS: usize = 4;

/// The album, and the number in it, of a file of a layout.
fn place(n: usize) -> (usize, i32) {
    (n / OF_ALBUM, (n % OF_ALBUM) as i32 + 1)
}

/// All in one folder, every other one of an album that its tags name.
fn loose(n: usize) -> File {
    let (album, number) = place(n);
    let artist = format!("Loose Artist {album}");
    let title = format!("Loose Song {n}");
    let own = match n % 2 {
        0 => Tags { track_number: None, ..tags(&title, &artist, "", number) },
        _ => Tags {
            album_artists: vec![artist.clone()],
            ..tags(&title, &artist, &format!("Loose Album {album}"), number)
        },
    };
    File::new(&format!("music/{title}.mp3"), own)
}

/// `artist/album`, three albums each; of every fourth album there are two editions.
fn by_artist(n: usize) -> File {
    let (album, number) = place(n);
    let artist = format!("Band {}", album / 3);
    let title = format!("Album {}", album - usize::from(album % 4 == 1));
    let year = 1970 + album;
    let own = Tags { released_on: Some(year.to_string()), ..tags(&format!("Song {number}"), &artist, &title, number) };
    File::new(&format!("{artist}/{year} {title}/{number:02} Song {number}.flac"), own)
}

/// Sets of two discs whose tags name no disc; each begins with an "Intro".
fn on_discs(n: usize) -> File {
    let (set, number) = place(n);
    let (disc, number) = ((number - 1) / 5 + 1, (number - 1) % 5 + 1);
    let title = if number == 1 { "Intro".to_owned() } else { format!("Part {disc}.{number}") };
    let own = tags(&title, &format!("Ensemble {set}"), &format!("Live {set}"), number);
    File::new(&format!("sets/Live {set}/CD{disc}/{number:02}.flac"), own)
}

/// Samplers: half of them say that they are, the others are in a folder of their own.
fn sampled(n: usize) -> File {
    let (sampler, number) = place(n);
    let title = if sampler % 3 == 0 { "Greatest Hits".to_owned() } else { format!("Sampler {sampler}") };
    let own = tags(&format!("Hit {n}"), &format!("Singer {n}"), &title, number);
    let own = match sampler % 2 {
        0 => Tags { album_artists: vec!["Various Artists".to_owned()], compilation: true, ..own },
        _ => own,
    };
    File::new(&format!("samplers/{sampler}/{number:02}.flac"), own)
}

/// Boxes of one title by two orchestras: movements that are called alike, with one ISRC a work.
fn classical(n: usize) -> File {
    let (album, number) = place(n);
    let (work, movement) = ((number - 1) / 4, (number - 1) % 4);
    let title = ["Allegro", "Adagio", "Menuetto", "Finale"][movement as usize];
    let orchestra = format!("Orchestra {}", album % 2);
    let own = Tags {
        album_artists: vec![orchestra.clone()],
        isrc: Some(format!("DEA{:03}{:02}{:05}", album % 1000, 70, work)),
        disc_number: Some((album / 2 % 4) as i32 + 1),
        ..tags(title, &orchestra, &format!("Symphonies {}", album / 8), number)
    };
    File::new(&format!("classical/{orchestra}/Symphonies {}/{}-{number:02}.flac", album / 8, album / 2 % 4 + 1), own)
}

fn library(files: usize) -> Vec<File> {
    let layouts = [loose, by_artist, on_discs, sampled, classical];
    let library: Vec<File> = layouts.iter().flat_map(|layout| (0..files / layouts.len()).map(layout)).collect();
    assert_eq!(library.len(), files);
    library
}

#[sqlx::test(migrations = false)]
async fn a_library_of_five_layouts_is_one_catalog_in_any_order_and_loses_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let files = std::env::var("LIBRARY_FILES").map_or(FILES, |files| files.parse().unwrap());
    let library = library(files);
    let mut expected = None;
    for seed in [1, 2] {
        let began = Instant::now();
        empty(&app).await;
        let mut uploads = Uploads::default();
        for round in 1..=2 {
            import(&app, &mut uploads, &shuffled(&library, &mut Dice(seed * 10 + round)), WORKERS).await;
            let found = catalog(&app).await;
            let expected = expected.get_or_insert_with(|| found.clone());
            assert_same(&found, expected, &format!("order {seed}, round {round}"));
            assert_eq!(app.count("tracks").await as usize, files, "a track for every file");
            assert_eq!(app.count("track_sources").await as usize, files * round as usize, "every upload is kept");
        }
        println!("{files} files twice in order {seed}: {:.1} s", began.elapsed().as_secs_f64());
    }
    let albums = expected.unwrap();
    for (title, count) in [("Live ", files / 50), ("Symphonies ", files.div_ceil(400) * 2)] {
        let of_title = albums.iter().filter(|line| line.starts_with(title)).count();
        assert_eq!(of_title, count, "{title}: {albums:#?}");
    }
}
