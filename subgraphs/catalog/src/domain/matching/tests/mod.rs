//! What files of the world are: each line is a library that somebody has.

use chrono::DateTime;
use polyphony_events::{UserId, media::Tags};

use super::*;
use crate::domain::{Album, AlbumDraft, TrackDraft};

mod folders;

const MINUTE: i32 = 60_000;
const ISRC: &str = "GBAYE6800011";
const ID: &str = "1bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d21";
const OTHER_ID: &str = "1bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d22";

/// A file, and what was said with it.
#[derive(Clone)]
struct File {
    tags: Tags,
    ms: i32,
    recording: Option<&'static str>,
    folder: Option<&'static str>,
    name: &'static str,
}

fn file(title: &str, album: &str, number: i32) -> File {
    let tags = Tags {
        title: Some(title.to_owned()),
        artists: vec!["A".to_owned()],
        album: Some(album.to_owned()).filter(|album| !album.is_empty()),
        track_number: Some(number),
        ..Tags::default()
    };
    File { tags, ms: 3 * MINUTE, recording: Some("r1"), folder: Some("music/a"), name: "a.flac" }
}

/// Two people, an album, and the track that a first file of the one has made of it.
struct World {
    me: UserId,
    album: Album,
    track: TrackCandidate,
}

impl World {
    fn of(first: &File) -> Self {
        let me = UserId::new();
        let tagged = TaggedTrack::read(&first.tags, first.name);
        let now = DateTime::UNIX_EPOCH;
        let draft = AlbumDraft { title: first.tags.album.clone().unwrap_or_default(), ..AlbumDraft::default() };
        let album = Album {
            musicbrainz_id: first.tags.musicbrainz_release_id.clone(),
            released_on: first.tags.released_on.clone(),
            status: PublicationStatus::Published,
            ..Album::new(draft, me, now)
        };
        let upload = UploadId::new();
        let draft = TrackDraft { title: Some(tagged.title.clone()), ..TrackDraft::default() };
        let track = Track {
            album_id: first.tags.album.is_some().then_some(album.id),
            disc_number: tagged.disc_number,
            track_number: tagged.track_number,
            isrc: tagged.isrc.clone(),
            musicbrainz_id: tagged.musicbrainz_id.clone(),
            duration_ms: first.ms,
            upload_id: Some(upload),
            status: PublicationStatus::Published,
            ..Track::new(draft, me, now)
        };
        let source = Source {
            filename: Some(first.name.to_owned()),
            folder: first.folder.map(str::to_owned),
            recording: first.recording.map(str::to_owned),
            duration_ms: first.ms,
            ..Source::given(upload, track.id, me, now)
        };
        let is_by_unknown = tagged.artists.iter().all(TaggedArtist::is_unknown);
        let lead = tagged.album.as_ref().and_then(|album| album.lead.clone());
        let track = TrackCandidate { track, artists: Vec::new(), is_by_unknown, sources: vec![source], lead };
        Self { me, album, track }
    }

    /// What becomes of a second file: `New`, `Source`, `Copy` or `Retags`. Its album is that of the first when it has its title.
    fn judge(&self, second: &File, by: UserId, replaces: bool) -> &'static str {
        let tagged = TaggedTrack::read(&second.tags, second.name);
        let is_same_album =
            second.tags.album.is_some() && second.tags.album.as_deref() == Some(self.album.title.as_str());
        let album = second.tags.album.is_some().then(|| if is_same_album { self.album.id } else { AlbumId::new() });
        let incoming =
            Incoming { replaces: replaces.then_some(self.track.sources[0].upload), ..incoming(second, &tagged, by) };
        let place = Place { album, artists: &[] };
        match judge(&incoming, &place, std::slice::from_ref(&self.track)) {
            Verdict::New(_) => "New",
            Verdict::Source(..) => "Source",
            Verdict::Copy(..) => "Copy",
            Verdict::Retags(..) => "Retags",
        }
    }

    fn release(&self, years: &[i32], totals: &[i32]) -> ReleaseCandidate {
        ReleaseCandidate {
            album: self.album.clone(),
            folders: self.track.sources[0].folder.clone().into_iter().collect(),
            years: years.to_vec(),
            totals: totals.to_vec(),
            is_by_artists: true,
            is_guessed: true,
            leads: vec!["a".to_owned()],
            last_import: None,
            main_folders: self.track.sources[0].folder.clone().into_iter().collect(),
            standing: vec![self.track.clone()],
        }
    }
}

fn incoming<'a>(file: &'a File, tagged: &'a TaggedTrack, by: UserId) -> Incoming<'a> {
    Incoming {
        upload: UploadId::new(),
        manager: Manager { user: by, is_admin: false },
        file: tagged,
        duration_ms: file.ms,
        recording: file.recording,
        original: None,
        replaces: None,
        filename: file.name,
        folder: file.folder,
        told: &[],
        now: DateTime::UNIX_EPOCH,
    }
}

fn with(file: &File, change: impl FnOnce(&mut File)) -> File {
    let mut file = file.clone();
    change(&mut file);
    file
}

#[test]
fn a_second_file_is_a_source_where_place_and_performance_are_the_same_and_else_a_track_of_its_own() {
    let first = file("Song", "First", 1);
    let other = with(&first, |file| {
        file.recording = Some("r2");
        file.name = "b.mp3";
    });
    let cases: Vec<(&str, File, File, &str)> = vec![
        ("an MP3 beside the FLAC", first.clone(), with(&other, |file| file.ms += 900), "Source"),
        ("another length at the place", first.clone(), with(&other, |file| file.ms += 3_000), "New"),
        (
            "another title at the place",
            first.clone(),
            with(&other, |file| file.tags.title = Some("Intro".into())),
            "New",
        ),
        ("the next number", first.clone(), with(&other, |file| file.tags.track_number = Some(2)), "New"),
        ("the same number of another disc", first.clone(), with(&other, |file| file.tags.disc_number = Some(2)), "New"),
        ("disc 1 is no disc", first.clone(), with(&other, |file| file.tags.disc_number = Some(1)), "Source"),
        ("no number", first.clone(), with(&other, |file| file.tags.track_number = None), "Source"),
        ("silence at another number", silent(1), silent(2), "New"),
        ("silence at the same place", silent(1), silent(1), "Source"),
        ("two movements with one ISRC", isrc("I. Allegro", 1), isrc("II. Adagio", 2), "New"),
        (
            "two movements with one ISRC and number",
            isrc("I. Allegro", 1),
            with(&isrc("II. Adagio", 1), |f| f.ms *= 2),
            "New",
        ),
        ("another spelling with the ISRC", isrc("So Easy", 1), isrc("So Easy!", 1), "Source"),
        ("one recording id on two discs", recording_id(1, ID), recording_id(2, ID), "New"),
        ("another recording id at the place", recording_id(1, ID), recording_id(1, OTHER_ID), "New"),
        ("the same sound on a compilation", first.clone(), on("Hits", 7), "New"),
        ("the same sound on a single, at the same number", first.clone(), on("Song (single)", 1), "New"),
        ("the same sound at another number", first.clone(), with(&on("First", 9), |file| file.name = "9.flac"), "New"),
        (
            "the same sound under another title",
            first.clone(),
            with(&first, |f| {
                f.tags.title = Some("So".into());
                f.folder = Some("b");
            }),
            "Source",
        ),
        ("the same sound without an album", first.clone(), with(&on("", 1), |file| file.folder = None), "Copy"),
    ];
    for (what, first, second, expected) in cases {
        let world = World::of(&first);
        assert_eq!(world.judge(&second, world.me, false), expected, "{what}");
    }
}

fn silent(number: i32) -> File {
    let silence = file("[silence]", "First", number);
    with(&silence, |file| {
        file.recording = None;
        file.ms = 4_000;
    })
}

fn isrc(title: &str, number: i32) -> File {
    let recording = if number == 1 { "r1" } else { "r2" };
    with(&file(title, "Quartet", number), |file| {
        file.tags.isrc = Some(ISRC.to_owned());
        file.recording = Some(if title == "So Easy!" || title == "II. Adagio" { "r3" } else { recording });
        file.name = "x.flac";
    })
}

fn recording_id(disc: i32, id: &str) -> File {
    with(&file("Studio", "Box", 1), |file| {
        file.tags.disc_number = Some(disc);
        file.tags.musicbrainz_recording_id = Some(id.to_owned());
        file.recording = None;
    })
}

/// The sound of the first file as another file of another release.
fn on(album: &str, number: i32) -> File {
    with(&file("Song", album, number), |file| file.name = "b.flac")
}

#[test]
fn a_track_follows_the_very_file_that_it_came_from_and_no_copy_of_it() {
    let first = file("So Eazy", "Melody", 1);
    let tagged = with(&file("So Easy", "Melody A.M.", 2), |_| {});
    let elsewhere = with(&tagged, |file| file.folder = Some("music/b"));
    let unknown = with(&tagged, |file| file.folder = None);
    let world = World::of(&first);
    for (what, second, replaces, expected) in [
        ("the same name in the same folder", &tagged, false, "Retags"),
        ("its client says which it was", &elsewhere, true, "Retags"),
        ("a copy in another folder", &elsewhere, false, "New"),
        ("nothing is said of where it was", &unknown, false, "New"),
        ("another sound under the same name", &with(&tagged, |file| file.recording = Some("r2")), false, "New"),
        ("silence under the same name", &with(&tagged, |file| file.recording = None), false, "New"),
    ] {
        assert_eq!(world.judge(second, world.me, replaces), expected, "{what}");
    }
    assert_eq!(world.judge(&tagged, UserId::new(), true), "New", "somebody else's");
    // Where neither says where it is, a misspelt title at the number tells.
    let nowhere = |file: &File| {
        with(file, |file| {
            file.folder = None;
            file.tags.track_number = Some(1);
            file.name = "another.flac";
        })
    };
    let world = World::of(&nowhere(&first));
    for (what, second, expected) in [
        ("a corrected title", tagged.clone(), "Retags"),
        ("the same title on another album", with(&tagged, |file| file.tags.title = Some("So Eazy".into())), "New"),
        ("another title", with(&tagged, |file| file.tags.title = Some("Something".into())), "New"),
        ("on a compilation", with(&tagged, |file| file.tags.compilation = true), "New"),
        (
            "of a release that has an id",
            with(&tagged, |file| file.tags.musicbrainz_release_id = Some(ID.into())),
            "New",
        ),
    ] {
        assert_eq!(world.judge(&nowhere(&second), world.me, false), expected, "{what}");
    }
}

#[test]
fn a_file_that_says_little_and_one_that_says_more_are_one_track_whichever_comes_first() {
    let full = file("Song", "First", 1);
    let loose = with(&on("", 1), |file| file.folder = Some("downloads"));
    let bare = with(&loose, |file| {
        file.tags = Tags::default();
        file.name = "track01.flac";
    });
    for (first, second, expected) in [
        (&full, &loose, "Copy"),
        (&loose, &full, "Retags"),
        (&full, &bare, "Copy"),
        (&bare, &full, "Retags"),
        (&bare, &with(&bare, |file| file.folder = Some("copies")), "Copy"),
        (&bare, &with(&bare, |file| file.recording = Some("r2")), "New"),
    ] {
        let world = World::of(first);
        let second = with(second, |file| {
            if file.name == first.name {
                file.name = "c.flac";
            }
        });
        assert_eq!(world.judge(&second, world.me, false), expected);
    }
}

#[test]
fn of_somebody_elses_track_the_same_samples_alone_are_a_source() {
    let world = World::of(&file("Song", "First", 1));
    let stranger = UserId::new();
    let same = file("Song", "First", 1);
    assert_eq!(world.judge(&same, stranger, false), "Source");
    assert_eq!(world.judge(&with(&same, |file| file.recording = Some("r2")), stranger, false), "New");
    assert_eq!(world.judge(&on("Their Tags", 4), stranger, false), "New");
    let mut draft = World::of(&same);
    draft.track.track.status = PublicationStatus::Draft;
    assert_eq!(draft.judge(&same, stranger, false), "New");
}

#[test]
fn editions_are_told_apart_by_id_year_size_and_what_stands_at_a_place() {
    let first = with(&file("Song", "Weezer", 1), |file| file.tags.released_on = Some("1994".to_owned()));
    let again = with(&first, |file| file.recording = Some("r2"));
    let change = |folder: Option<&'static str>, year: Option<&str>, ms: i32| {
        with(&again, |file| {
            file.folder = folder;
            file.tags.released_on = year.map(str::to_owned);
            file.ms = ms;
        })
    };
    let (here, there) = (Some("music/a"), Some("music/b"));
    let same = first.ms;
    for (what, second, is_same) in [
        ("the MP3s of the album in another folder", change(there, Some("1994-05-10"), same), true),
        ("a remaster of another year", change(there, Some("2009"), same), false),
        ("another length in another folder", change(there, Some("1994"), same + 3_000), false),
        ("another length in another folder, undated", change(there, None, same + 3_000), false),
        ("another length in the same folder", change(here, Some("1994"), same + 3_000), true),
        ("the year of a recording in the same folder", change(here, Some("1990"), same), true),
        ("two albums in one folder", change(here, Some("2001"), same + 3_000), false),
        ("undated, elsewhere", change(there, None, same), true),
        ("nothing is known of the folder", change(None, None, same + 3_000), true),
        ("nothing is known of the folder, another year", change(None, Some("2009"), same), false),
        ("twelve tracks", with(&change(there, None, same), |file| file.tags.track_total = Some(12)), false),
        ("ten tracks", with(&change(there, None, same), |file| file.tags.track_total = Some(10)), true),
    ] {
        let world = World::of(&first);
        let tagged = TaggedTrack::read(&second.tags, second.name);
        let wanted = tagged.album.clone().unwrap();
        let candidates = [world.release(&[1994], &[10])];
        let (chosen, reasons) = choose_release(&incoming(&second, &tagged, world.me), &wanted, &candidates);
        assert_eq!(chosen == Some(world.album.id), is_same, "{what}");
        assert_eq!(reasons.contains(&MatchReason::OtherEdition), !is_same, "{what}");
    }
}

#[test]
fn a_release_id_and_a_compilation_need_no_year() {
    let release = |id: &str, year: &str| {
        with(&file("Song", "Hits", 1), |file| {
            file.tags.musicbrainz_release_id = Some(id.to_owned());
            file.tags.released_on = Some(year.to_owned());
        })
    };
    let sampler = |year: &str, number| {
        with(&file("Song", "Hits", number), |file| {
            file.tags.compilation = true;
            file.tags.released_on = Some(year.to_owned());
        })
    };
    for (first, second, is_same) in [
        (release(ID, "1994"), release(ID, "2009"), true),
        (release(ID, "1994"), release(OTHER_ID, "1994"), false),
        (sampler("1967", 1), with(&sampler("1981", 2), |file| file.folder = None), true),
    ] {
        let world = World::of(&first);
        let tagged = TaggedTrack::read(&second.tags, second.name);
        let wanted = tagged.album.clone().unwrap();
        let mut candidate = world.release(&[], &[]);
        candidate.standing.retain(|_| second.tags.track_number == first.tags.track_number);
        let (chosen, _) = choose_release(&incoming(&second, &tagged, world.me), &wanted, &[candidate]);
        assert_eq!(chosen.is_some(), is_same);
    }
}
