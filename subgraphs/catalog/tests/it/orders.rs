//! A library ends in the same catalog in whatever order its files come, however many workers take them, and how often.

use std::{cell::RefCell, collections::VecDeque};

use polyphony_events::{
    UploadId,
    media::{AudioQuality, MediaReady, Tags},
};
use polyphony_kit::consumer::handle_once;
use sqlx::PgPool;

use crate::{
    app::{TestApp, envelope_of, lossless, mp3, ready, tags},
    dice::Dice,
};

/// How many orders are tried; `ORDERS` says another number and `ORDERS_SEED` another beginning.
const ORDERS: u64 = 6;
/// An import is tried so often: what it met may be gone when it holds it, and then it is heard again.
const ATTEMPTS: usize = 5;

/// The whole catalog as text, one line an album or a track that is on none, in an order of its own. Of sources that are as good
/// the older plays, so it says how good what plays is and not which it is.
const CATALOG: &str = "
    with lines as (
        select t.album_id, concat_ws(' ',
            coalesce(t.disc_number::text, '-'), coalesce(t.track_number::text, '-'), t.title, t.status, t.isrc,
            case when t.explicit then 'explicit' end,
            'by', (select string_agg(a.name || '/' || a.sort_name, '+' order by l.position)
                   from track_artists l join artists a on a.id = l.artist_id where l.track_id = t.id),
            'of', (select string_agg(s.folder || '/' || s.filename, ' & ' order by s.folder, s.filename)
                   from (select distinct s.folder, s.filename from track_sources s where s.track_id = t.id) s),
            'plays', (select (s.quality->>'codec') || ' ' || t.duration_ms from track_sources s where s.upload_id = t.upload_id)
        ) as line
        from tracks t
    )
    select concat_ws(' ', b.title, b.kind, b.released_on, b.status, case when b.is_guessed then 'guessed' end,
        case when b.cover_url is null then 'grey' end, 'by',
        (select string_agg(a.name, '+' order by l.position)
         from album_artists l join artists a on a.id = l.artist_id where l.album_id = b.id)
    ) || e': ' || string_agg(l.line, ' | ' order by l.line) as line
    from albums b left join lines l on l.album_id = b.id
    group by b.id
    union all
    select 'no album: ' || line from lines where album_id is null
    order by 1";

/// A file of the library.
#[derive(Clone)]
pub(crate) struct File {
    path: String,
    pub(crate) tags: Tags,
    quality: AudioQuality,
    pub(crate) recording: Option<String>,
    duration_ms: i64,
}

impl File {
    pub(crate) fn new(path: &str, tags: Tags) -> Self {
        Self {
            path: path.to_owned(),
            tags,
            quality: lossless(44_100, 16),
            recording: Some(format!("sound of {path}")),
            duration_ms: 60_000 + 5_000 * path.bytes().map(i64::from).sum::<i64>() % 400_000,
        }
    }

    /// It has the samples of another.
    fn sounding(self, other: &Self) -> Self {
        Self { recording: other.recording.clone(), duration_ms: other.duration_ms, ..self }
    }

    /// It is a poorer encoding of another.
    fn encoded(self, other: &Self, kbps: i32) -> Self {
        Self { quality: mp3(kbps), duration_ms: other.duration_ms + 40, ..self }
    }
}

fn dated(tags: Tags, year: &str) -> Tags {
    Tags { released_on: Some(year.to_owned()), ..tags }
}

/// An album in its folder, whose files say whose it is.
fn album() -> Vec<File> {
    let titles = ["Wake Up", "Daylight", "Half Past Nine", "Noon"];
    let file = |(title, number): (&&str, i32)| {
        let own = Tags {
            album_artists: vec!["The Clocks".to_owned()],
            track_total: Some(4),
            genres: vec!["House".to_owned()],
            artist_sort: Some("Clocks".to_owned()),
            ..tags(title, "The Clocks", "Homework", number)
        };
        File::new(&format!("Clocks/Homework/{number}.flac"), dated(own, "1997"))
    };
    titles.iter().zip(1..).map(file).collect()
}

/// Files of that album that came from elsewhere: worse ones, copies, and those of other releases with its recordings.
fn copies(album: &[File]) -> Vec<File> {
    let sampler = |artist: &str, title: &str, number| Tags {
        album_artists: vec!["Various Artists".to_owned()],
        compilation: true,
        ..tags(title, artist, "Club Nights", number)
    };
    let single = dated(tags("Wake Up", "The Clocks", "Wake Up (single)", 1), "1996");
    let loose = Tags { track_number: None, album: None, ..album[3].tags.clone() };
    vec![
        File::new("old mp3/Homework/2.mp3", album[1].tags.clone()).encoded(&album[1], 128),
        File::new("old mp3/Homework/3.mp3", album[2].tags.clone()).encoded(&album[2], 320),
        File::new("backup/Homework/1.flac", album[0].tags.clone()).sounding(&album[0]),
        File::new("sampler/7.flac", sampler("The Clocks", "Wake Up", 7)).sounding(&album[0]),
        File::new("sampler/8.flac", sampler("Anna", "Eight", 8)),
        File::new("sampler/9.flac", sampler("Bert", "Nine", 9)),
        File::new("singles/wake up.flac", single).sounding(&album[0]),
        File::new("loose/noon.flac", loose).sounding(&album[3]),
    ]
}

/// Albums whose files do not say whose they are, in folders and on discs.
fn guessed() -> Vec<File> {
    let mut files: Vec<File> = ["Ines", "Otto", "Uma"]
        .iter()
        .zip(1..)
        .map(|(name, number)| {
            File::new(&format!("ost/{number}.flac"), tags(&format!("Cue {number}"), name, "Film", number))
        })
        .collect();
    for (name, number) in ["Jay & Kay", "Jay", "Jay x Lee"].iter().zip(1..) {
        let own = tags(&format!("Rap {number}"), name, "Jays", number);
        files.push(File::new(&format!("jays/{number}.flac"), own));
    }
    for (disc, number) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
        let own = tags(&format!("Live {disc}.{number}"), "Quill", "Tour", number);
        files.push(File::new(&format!("tour/CD{disc}/{number}.flac"), own));
    }
    files
}

/// What looks alike and is not: editions, movements, silence, tracks without numbers.
fn lookalikes() -> Vec<File> {
    let edition = |year| dated(tags("Mystify", "Inlets", "Kick", 1), year);
    let movement = |title: &str, number| Tags {
        isrc: Some("GBAYE6800011".to_owned()),
        ..tags(title, "Quartet Nova", "Opus 18", number)
    };
    let silence = |number| File {
        recording: None,
        duration_ms: 4_000,
        ..File::new(&format!("gaps/{number}.flac"), tags(&format!("[silence] {number}"), "Broken", "Gaps", number))
    };
    let plain = |title: &str| Tags { track_number: None, ..tags(title, "Nadir", "Loose Ends", 1) };
    vec![
        File::new("kick 1987/1.flac", edition("1987")),
        File::new("kick 2009/1.flac", edition("2009")),
        File::new("opus/1.flac", movement("Allegro", 1)),
        File::new("opus/2.flac", movement("Adagio", 2)),
        silence(1),
        silence(2),
        File::new("nadir/a.flac", plain("First Thing")),
        File::new("nadir/b.flac", plain("Second Thing")),
    ]
}

fn library() -> Vec<File> {
    let album = album();
    let copies = copies(&album);
    let library = [album, copies, guessed(), lookalikes()].concat();
    assert_eq!(library.len(), 30);
    library
}

/// The same library after its owner has put titles, numbers and names right.
fn retagged() -> Vec<File> {
    let mut library = library();
    for file in &mut library {
        let tags = &mut file.tags;
        match tags.album.as_deref() {
            Some("Homework") => {
                tags.album = Some("Home Work".to_owned());
                tags.track_number = tags.track_number.map(|number| number + 1);
                tags.track_total = Some(5);
            }
            Some("Film") => tags.album_artists = vec!["Vera Composer".to_owned()],
            Some("Gaps") => tags.title = tags.title.as_ref().map(|title| title.replace("[silence]", "Gap")),
            Some("Tour") => tags.disc_number = file.path.contains("CD2").then_some(2).or(Some(1)),
            Some("Opus 18") => tags.artists = vec!["Quartetto Nova".to_owned()],
            _ => {}
        }
    }
    library
}

/// What the media service knows of the uploads until now: their paths, sounds and ids.
#[derive(Default)]
pub(crate) struct Uploads(Vec<(File, UploadId)>);

impl Uploads {
    /// The event of the next upload of this file.
    fn next(&mut self, app: &TestApp, file: &File) -> MediaReady {
        let (folder, name) = file.path.rsplit_once('/').unwrap();
        let same = |(known, _): &&(File, UploadId)| known.recording.is_some() && known.recording == file.recording;
        // Its owner's client says that it sent this path before; silence is compared, too, then.
        let sent = |(known, _): &&(File, UploadId)| known.path == file.path && known.recording == file.recording;
        let event = MediaReady {
            retags: self.0.iter().find(same).map(|(_, upload)| *upload),
            replaces: self.0.iter().rev().find(sent).map(|(_, upload)| *upload),
            folder: Some(folder.to_owned()),
            filename: name.to_owned(),
            recording: file.recording.clone(),
            quality: Some(file.quality.clone()),
            duration_ms: file.duration_ms,
            ..ready(app.creator.user, file.tags.clone())
        };
        self.0.push((file.clone(), event.upload_id));
        event
    }
}

/// Imports the files in this order, as so many workers do that each take the next.
pub(crate) async fn import(app: &TestApp, uploads: &mut Uploads, files: &[File], workers: usize) {
    let events: VecDeque<MediaReady> = files.iter().map(|file| uploads.next(app, file)).collect();
    let queue = RefCell::new(events);
    let consumers = app.consumers();
    let worker = || async {
        loop {
            let Some(event) = queue.borrow_mut().pop_front() else { return };
            let envelope = envelope_of(&event);
            for attempt in 1.. {
                match handle_once(app.pool(), "catalog", &consumers, &envelope).await {
                    Ok(()) => break,
                    Err(error) => assert!(attempt < ATTEMPTS, "{}: {error:#}", event.filename),
                }
            }
        }
    };
    futures::future::join_all((0..workers).map(|_| worker())).await;
}

pub(crate) async fn catalog(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar(CATALOG).fetch_all(app.pool()).await.unwrap()
}

pub(crate) async fn empty(app: &TestApp) {
    let tables = "truncate albums, tracks, artists, redirects, outbox cascade";
    sqlx::query(tables).execute(app.pool()).await.unwrap();
}

pub(crate) fn shuffled(files: &[File], dice: &mut Dice) -> Vec<File> {
    let mut files = files.to_vec();
    for at in (1..files.len()).rev() {
        files.swap(at, dice.below(at + 1));
    }
    files
}

/// A catalog is another line by line; what is there twice is not what is there once.
pub(crate) fn assert_same(found: &[String], expected: &[String], what: &str) {
    let beyond = |lines: &[String], known: &[String]| {
        let mut lines = lines.to_vec();
        for line in known {
            if let Some(at) = lines.iter().position(|other| other == line) {
                lines.remove(at);
            }
        }
        lines
    };
    let (missing, other) = (beyond(expected, found), beyond(found, expected));
    assert!(found == expected, "{what}\nmissing: {missing:#?}\ninstead: {other:#?}");
    assert!(!expected.is_empty(), "{what}: there is a catalog");
}

/// Everything that was uploaded so many times is kept for a track, each once.
async fn assert_kept(app: &TestApp, uploads: &Uploads, times: usize) {
    let kept = "select upload_id from track_sources order by upload_id";
    let kept: Vec<UploadId> = sqlx::query_scalar(kept).fetch_all(app.pool()).await.unwrap();
    let mut sent: Vec<UploadId> = uploads.0.iter().map(|(_, upload)| *upload).collect();
    sent.sort_unstable();
    assert_eq!((kept.len(), kept), (30 * times, sent), "every upload is kept");
}

/// The seeds of the orders that are tried.
fn seeds() -> impl Iterator<Item = u64> {
    let number = |name: &str, default| std::env::var(name).map_or(default, |value| value.parse().unwrap());
    let first = number("ORDERS_SEED", 1);
    first..first + number("ORDERS", ORDERS)
}

#[sqlx::test(migrations = false)]
async fn thirty_files_in_any_order_by_any_number_of_workers_are_one_catalog(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let mut uploads = Uploads::default();
    import(&app, &mut uploads, &library(), 1).await;
    assert_kept(&app, &uploads, 1).await;
    let expected = catalog(&app).await;
    for seed in seeds() {
        let mut dice = Dice(seed);
        let workers = [1, 2, 4, 8][dice.below(4)];
        empty(&app).await;
        let mut uploads = Uploads::default();
        import(&app, &mut uploads, &shuffled(&library(), &mut dice), workers).await;
        assert_same(&catalog(&app).await, &expected, &format!("order {seed}, {workers} workers"));
        assert_kept(&app, &uploads, 1).await;
        import(&app, &mut uploads, &shuffled(&library(), &mut dice), workers).await;
        assert_same(&catalog(&app).await, &expected, &format!("order {seed} imported again, {workers} workers"));
        assert_kept(&app, &uploads, 2).await;
    }
}

#[sqlx::test(migrations = false)]
async fn a_library_tagged_anew_in_any_order_is_that_of_its_new_tags(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let mut uploads = Uploads::default();
    import(&app, &mut uploads, &retagged(), 1).await;
    assert_kept(&app, &uploads, 1).await;
    let expected = catalog(&app).await;
    for seed in seeds() {
        let mut dice = Dice(seed);
        let workers = [1, 2, 4, 8][dice.below(4)];
        empty(&app).await;
        let mut uploads = Uploads::default();
        import(&app, &mut uploads, &shuffled(&library(), &mut dice), workers).await;
        import(&app, &mut uploads, &shuffled(&retagged(), &mut dice), workers).await;
        assert_same(&catalog(&app).await, &expected, &format!("order {seed} tagged anew, {workers} workers"));
        assert_kept(&app, &uploads, 2).await;
    }
}
