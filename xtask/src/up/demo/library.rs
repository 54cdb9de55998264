//! What the demo library consists of. Everything in it is invented: names, titles, words and music.

use super::cover::{Cover, Motif};
use super::style::Style;

/// Who makes music, and what is said about them.
pub(super) struct Artist {
    pub(super) name: &'static str,
    pub(super) bio: &'static str,
}

/// A kind of release, as the API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Album,
    Ep,
    Single,
}

impl Kind {
    /// Its name in the API.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Album => "ALBUM",
            Self::Ep => "EP",
            Self::Single => "SINGLE",
        }
    }
}

pub(super) struct Album {
    pub(super) artist: &'static str,
    pub(super) title: &'static str,
    pub(super) kind: Kind,
    pub(super) released_on: &'static str,
    pub(super) genres: &'static [&'static str],
    pub(super) style: Style,
    /// Beats per minute.
    pub(super) tempo: f64,
    pub(super) cover: Cover,
    /// Whether its tracks are one recording that goes on from track to track.
    pub(super) is_gapless: bool,
    pub(super) tracks: &'static [Track],
}

pub(super) struct Track {
    pub(super) title: &'static str,
    /// Who plays along.
    pub(super) guests: &'static [&'static str],
    /// Lines that are sung, one in each bar from the third on.
    pub(super) words: &'static [&'static str],
}

impl Album {
    const fn gapless(self) -> Self {
        Self { is_gapless: true, ..self }
    }
}

const fn track(title: &'static str) -> Track {
    Track { title, guests: &[], words: &[] }
}

const fn song(title: &'static str, words: &'static [&'static str]) -> Track {
    Track { title, guests: &[], words }
}

const fn with(title: &'static str, guests: &'static [&'static str], words: &'static [&'static str]) -> Track {
    Track { title, guests, words }
}

const fn cover(motif: Motif, colours: [u32; 4]) -> Cover {
    Cover { motif, colours }
}

const fn album(
    artist: &'static str,
    title: &'static str,
    (kind, released_on): (Kind, &'static str),
    genres: &'static [&'static str],
    (style, tempo): (Style, f64),
    (motif, colours): (Motif, [u32; 4]),
    tracks: &'static [Track],
) -> Album {
    let cover = cover(motif, colours);
    Album { artist, title, kind, released_on, genres, style, tempo, cover, is_gapless: false, tracks }
}

pub(super) const ARTISTS: [Artist; 8] = [
    Artist {
        name: "Lumen Fields",
        bio: "Records early in the morning, when the house is quiet, and leaves most of the notes out.",
    },
    Artist { name: "The Tin Orchard", bio: "Two people and a shed of machines that were meant for something else." },
    Artist { name: "Marlow and Finch", bio: "Guitars, walking boots and a map that stops at the next village." },
    Artist { name: "Octave Nine", bio: "Three voices and a noise channel: more would be showing off." },
    Artist { name: "Hanne Vold", bio: "Pianist. Writes one piece for each window of every flat she moves into." },
    Artist { name: "Deep Harbour", bio: "Bass music from the far end of the container terminal." },
    Artist { name: "Saltwater Clocks", bio: "A trio that meets after the last tram, and never quite on time." },
    Artist {
        name: "نور الساحل", bio: "تغني عن البيوت والبحر والضوء الذي يدخل من النافذة."
    },
];

pub(super) const ALBUMS: [Album; 13] = [
    album(
        "Lumen Fields",
        "Slow Weather",
        (Kind::Album, "2024-03-21"),
        &["Ambient"],
        (Style::Ambient, 66.0),
        (Motif::Sun, [0x001d_2b53, 0x00f2_a65a, 0x00ff_e2a8, 0x0024_466b]),
        &[track("Meadow at Dawn"), track("Fog, Lifting"), track("Paper Lanterns")],
    ),
    album(
        "Lumen Fields",
        "Tidewater",
        (Kind::Album, "2026-02-06"),
        &["Ambient", "Drone"],
        (Style::Ambient, 72.0),
        (Motif::Waves, [0x00df_e9ec, 0x00f7_efe2, 0x007f_b7be, 0x0016_324f]),
        &[track("Ebb"), track("Slack Water"), track("Flood")],
    )
    .gapless(),
    album(
        "The Tin Orchard",
        "Windup Season",
        (Kind::Album, "2025-05-09"),
        &["Electronic", "IDM"],
        (Style::Electronic, 124.0),
        (Motif::Tiles, [0x00f4_f1de, 0x00e0_7a5f, 0x003d_405b, 0x0081_b29a]),
        &[
            track("Winding Up"),
            song(
                "Night Shift",
                &[
                    "The belt goes round, the lamps go down",
                    "Somebody hums in the key of the town",
                    "Count the teeth on every wheel",
                    "Tell me again how the mornings feel",
                    "We run on sparks and borrowed time",
                    "Wind me up and I'll be fine",
                ],
            ),
        ],
    ),
    album(
        "The Tin Orchard",
        "Small Machines",
        (Kind::Ep, "2023-11-17"),
        &["Electronic"],
        (Style::Electronic, 132.0),
        (Motif::Beams, [0x000b_132b, 0x003a_506b, 0x005b_c0be, 0x00ff_6b6b]),
        &[track("Relay"), track("Tiny Motor")],
    ),
    album(
        "Marlow and Finch",
        "The Long Field",
        (Kind::Album, "2022-09-02"),
        &["Folk"],
        (Style::Folk, 96.0),
        (Motif::Hills, [0x00f6_d7a7, 0x00f2_b880, 0x00ff_f3d6, 0x002f_4b3c]),
        &[
            song(
                "Gate Left Open",
                &[
                    "You left the gate open, the sheep on the lane",
                    "Left your good coat out there in the rain",
                    "I followed your boots to the top of the hill",
                    "The kettle was on and it's whistling still",
                    "Come down when you're ready, come down when you're through",
                    "The gate's where you left it, it's waiting for you",
                ],
            ),
            song(
                "Seven Stiles",
                &[
                    "Seven stiles to the river",
                    "Seven stones to the shore",
                    "I have counted them over",
                    "I'll count them once more",
                    "If you walk there beside me",
                    "We won't count any more",
                ],
            ),
        ],
    ),
    album(
        "Marlow and Finch",
        "Ferry Song",
        (Kind::Single, "2025-08-15"),
        &["Folk", "Chamber folk"],
        (Style::Folk, 84.0),
        (Motif::Waves, [0x00fd_f0d5, 0x00c1_d3d8, 0x0066_9bbc, 0x0000_3049]),
        &[with(
            "Ferry Song",
            &["Hanne Vold"],
            &[
                "The ferry leaves at quarter past",
                "And never waits for me",
                "I wave as if I'd meant to stay",
                "And learn to love the quay",
                "So send a word by gull or tide",
                "I'll answer by the sea",
            ],
        )],
    ),
    album(
        "Octave Nine",
        "Level Select",
        (Kind::Ep, "2024-10-01"),
        &["Chiptune"],
        (Style::Chiptune, 140.0),
        (Motif::Pixels, [0x001a_1c2c, 0x005d_275d, 0x0038_b764, 0x00ff_cd75]),
        &[track("Press Start"), track("Underwater Stage")],
    ),
    album(
        "Octave Nine",
        "Final Boss",
        (Kind::Single, "2026-01-30"),
        &["Chiptune"],
        (Style::Chiptune, 156.0),
        (Motif::Pixels, [0x0014_0c1c, 0x0044_2434, 0x00d0_4648, 0x00da_d45e]),
        &[track("Final Boss")],
    ),
    album(
        "Hanne Vold",
        "Eleven Windows",
        (Kind::Album, "2023-02-24"),
        &["Classical", "Piano"],
        (Style::Piano, 76.0),
        (Motif::Windows, [0x0022_223b, 0x004a_4e69, 0x00ff_d6a5, 0x009a_8c98]),
        &[track("North, Morning"), track("Skylight")],
    ),
    album(
        "Deep Harbour",
        "Night Cranes",
        (Kind::Ep, "2025-12-05"),
        &["Dub techno", "Electronic"],
        (Style::Dub, 116.0),
        (Motif::Rings, [0x0003_071e, 0x0014_213d, 0x00fc_a311, 0x0048_cae4]),
        &[track("Berth 4"), track("Undertow")],
    ),
    album(
        "Saltwater Clocks",
        "The Late Tram",
        (Kind::Ep, "2021-06-18"),
        &["Jazz"],
        (Style::Jazz, 112.0),
        (Motif::Beams, [0x002b_2d42, 0x008d_99ae, 0x00ff_b703, 0x00ef_233c]),
        &[track("Platform Blues"), track("End of the Line")],
    ),
    album(
        "Saltwater Clocks",
        "Rain on the Roof",
        (Kind::Single, "2026-04-10"),
        &["Jazz", "Vocal"],
        (Style::Jazz, 92.0),
        (Motif::Rain, [0x000f_1a2b, 0x0027_4060, 0x00f1_e3c8, 0x008f_b8de]),
        &[with(
            "Rain on the Roof",
            &["نور الساحل"],
            &[
                "There is rain on the roof and the record is slow",
                "There is nowhere to be, there is nowhere to go",
                "Let the gutters keep time and the windows go grey",
                "We'll be out in the sun on some likelier day",
            ],
        )],
    ),
    album(
        "نور الساحل",
        "بيت من ضوء",
        (Kind::Single, "2026-05-22"),
        &["Pop"],
        (Style::Pop, 104.0),
        (Motif::Arches, [0x0026_4653, 0x00e9_c46a, 0x00fe_fae0, 0x00e7_6f51]),
        &[song(
            "بيت من ضوء",
            &[
                "بنيت بيتا من ضوء الصباح",
                "نوافذه تفتح على البحر",
                "تعال نجلس قرب الماء",
                "ونترك الباب للريح",
                "بيتي من ضوء وبيتك قريب",
                "والشمس تعرف الطريق",
            ],
        )],
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_twelve_albums_of_eight_artists_in_several_genres_and_kinds() {
        let artists: HashSet<_> = ALBUMS.iter().map(|album| album.artist).collect();
        assert!(ALBUMS.len() >= 12 && artists.len() >= 8);
        assert_eq!(artists, ARTISTS.iter().map(|artist| artist.name).collect());
        let genres: HashSet<_> = ALBUMS.iter().flat_map(|album| album.genres).collect();
        assert!(genres.len() >= 8, "{genres:?}");
        for kind in [Kind::Album, Kind::Ep, Kind::Single] {
            assert!(ALBUMS.iter().any(|album| album.kind == kind), "{kind:?}");
        }
        assert!(ALBUMS.iter().any(|album| album.is_gapless));
        let tracks = || ALBUMS.iter().flat_map(|album| album.tracks);
        assert!(tracks().filter(|track| !track.words.is_empty()).count() >= 5);
        assert!(tracks().flat_map(|track| track.guests).all(|guest| artists.contains(guest)));
    }
}
