//! Files of one folder that do not say whose album they are of.

use super::*;

/// What a candidate of the same title is: its lead, whether it is a guess, its folder, and what stands at number 1.
type Beside = (&'static [&'static str], bool, Option<&'static str>, bool);
/// What it shows, the file, the candidates, which of them is chosen, and whether one is mixed.
type Case = (&'static str, File, Vec<Beside>, Option<usize>, bool);

#[test]
fn files_of_one_folder_that_do_not_say_whose_album_they_are_of_are_of_one() {
    let by = |artist: &str, number: i32, folder: Option<&'static str>| {
        with(&file("Theme", "OST", number), |file| {
            file.tags.artists = vec![artist.to_owned()];
            file.folder = folder;
            file.recording = Some("r9");
            file.ms = 50_000;
        })
    };
    let said = |file: &File, artist: &str| with(file, |file| file.tags.album_artists = vec![artist.to_owned()]);
    let (here, there) = (Some("music/a"), Some("music/b"));
    let cases: Vec<Case> = vec![
        ("another artist, another number", by("B", 2, here), vec![(&["a"], true, here, false)], Some(0), false),
        ("another artist at the number", by("B", 1, here), vec![(&["a"], true, here, true)], None, false),
        ("one of several at the number", by("B", 1, here), vec![(&["a", "c"], true, here, true)], None, true),
        ("another folder", by("B", 2, there), vec![(&["a"], true, here, false)], None, false),
        ("nothing is known of the folders", by("B", 2, None), vec![(&["a"], true, None, false)], Some(0), false),
        ("one folder is known", by("B", 2, None), vec![(&["a"], true, here, false)], None, false),
        ("it says whose it is", said(&by("B", 2, here), "C"), vec![(&["a"], true, here, false)], Some(0), false),
        ("another file said whose it is", by("B", 2, here), vec![(&[], false, here, false)], Some(0), false),
        ("both say so", said(&by("B", 2, here), "C"), vec![(&[], false, here, false)], None, false),
        ("it says so, of no folder", said(&by("B", 2, None), "C"), vec![(&["a"], true, None, false)], None, false),
        (
            "an album of each: the second's",
            by("B x Moe", 2, here),
            vec![(&["a"], true, here, false), (&["b"], true, here, false)],
            Some(1),
            false,
        ),
        (
            "an album of each: a third's",
            by("C", 2, here),
            vec![(&["a"], true, here, false), (&["b"], true, here, false)],
            None,
            false,
        ),
    ];
    for (what, second, besides, chosen, is_mixed) in cases {
        let world = World::of(&file("Song", "OST", 1));
        let tagged = TaggedTrack::read(&second.tags, second.name);
        let wanted = tagged.album.clone().unwrap();
        let beside = |(leads, is_guessed, folder, is_taken): &Beside| ReleaseCandidate {
            album: Album { id: AlbumId::new(), ..world.album.clone() },
            is_by_artists: false,
            is_guessed: *is_guessed,
            leads: leads.iter().map(ToString::to_string).collect(),
            last_import: Some(DateTime::UNIX_EPOCH),
            folders: folder.iter().map(ToString::to_string).collect(),
            main_folders: folder.iter().map(ToString::to_string).collect(),
            standing: if *is_taken { vec![world.track.clone()] } else { Vec::new() },
            ..world.release(&[], &[])
        };
        let candidates: Vec<_> = besides.iter().map(beside).collect();
        let incoming = incoming(&second, &tagged, world.me);
        let (found, _) = choose_release(&incoming, &wanted, &candidates);
        assert_eq!(found, chosen.map(|at| candidates[at].album.id), "{what}");
        assert_eq!(!mixed(&incoming, &wanted, &candidates).is_empty(), is_mixed, "{what}");
    }
}
