//! Music that was lost, or went where it did not belong.

use super::{
    files::Make::{Of, Tone},
    table::{Case, case},
};

const ISRC: (&str, &str) = ("ISRC", "DEF057900247");
const RECORDING: (&str, &str) = ("MUSICBRAINZ_TRACKID", "3f1c2b6e-88a1-4a53-9a0a-5dfb0f6d2c11");
const VARIOUS: (&str, &str) = ("album_artist", "Various Artists");

/// Music that was lost, or went where it did not belong.
pub(super) const LOST: &[Case] = &[
    case(
        1,
        "silence is no evidence",
        &[
            (
                "hush/1.flac",
                Tone(0, 4, &[("artist", "Hush @"), ("album", "Pauses @"), ("track", "1"), ("title", "Pause A @")]),
            ),
            (
                "hush/2.flac",
                Tone(0, 4, &[("artist", "Hush @"), ("album", "Pauses @"), ("track", "2"), ("title", "Pause B @")]),
            ),
            (
                "hush/3.flac",
                Tone(0, 4, &[("artist", "Hush @"), ("album", "Pauses @"), ("track", "3"), ("title", "Pause C @")]),
            ),
            (
                "hush/7.flac",
                Tone(310, 6, &[("artist", "Hush @"), ("album", "Pauses @"), ("track", "7"), ("title", "Loud @")]),
            ),
        ],
        &["Pauses ALBUM by Hush: 1 Pause A 4 | 2 Pause B 4 | 3 Pause C 4 | 7 Loud 6"],
    ),
    case(
        2,
        "movements with one identifier",
        &[
            (
                "trio/1.flac",
                Tone(
                    320,
                    5,
                    &[("artist", "Trio @"), ("album", "Trios @"), ("track", "1"), ("title", "Presto @"), ISRC],
                ),
            ),
            (
                "trio/2.flac",
                Tone(325, 7, &[("artist", "Trio @"), ("album", "Trios @"), ("track", "2"), ("title", "Largo @"), ISRC]),
            ),
            (
                "take/CD1/1.flac",
                Tone(
                    330,
                    5,
                    &[
                        ("artist", "Take @"),
                        ("album", "Takes @"),
                        ("disc", "1"),
                        ("track", "1"),
                        ("title", "Studio @"),
                        RECORDING,
                    ],
                ),
            ),
            (
                "take/CD2/1.flac",
                Tone(
                    335,
                    7,
                    &[
                        ("artist", "Take @"),
                        ("album", "Takes @"),
                        ("disc", "2"),
                        ("track", "1"),
                        ("title", "Stage @"),
                        RECORDING,
                    ],
                ),
            ),
        ],
        &["Takes ALBUM by Take: 1.1 Studio 5 | 2.1 Stage 7", "Trios ALBUM by Trio: 1 Presto 5 | 2 Largo 7"],
    ),
    case(
        3,
        "one recording on an album, a compilation and a single",
        &[
            (
                "first/4.flac",
                Tone(340, 6, &[("artist", "Ann @"), ("album", "Debut @"), ("track", "4"), ("title", "Tune @")]),
            ),
            (
                "hits/9.flac",
                Of(
                    "first/4.flac",
                    &[
                        ("artist", "Ann @"),
                        ("album", "Summer Hits @"),
                        VARIOUS,
                        ("compilation", "1"),
                        ("track", "9"),
                        ("title", "Tune @"),
                    ],
                ),
            ),
            (
                "single/4.flac",
                Of(
                    "first/4.flac",
                    &[("artist", "Ann @"), ("album", "Tune (single) @"), ("track", "4"), ("title", "Tune @")],
                ),
            ),
        ],
        &[
            "Debut ALBUM by Ann: 4 Tune 6",
            "Summer Hits COMPILATION by Various Artists: 9 Tune by Ann 6",
            "Tune (single) ALBUM by Ann: 4 Tune 6",
        ],
    ),
    case(
        5,
        "a worse file beside a better one",
        &[
            (
                "flac/x.flac",
                Tone(350, 6, &[("artist", "Ben @"), ("album", "Both @"), ("track", "3"), ("title", "Best @")]),
            ),
            (
                "mp3/x.mp3",
                Of("flac/x.flac", &[("artist", "Ben @"), ("album", "Both @"), ("track", "3"), ("title", "Best @")]),
            ),
        ],
        &["Both ALBUM by Ben: 3 Best 6, 2 sources, plays flac"],
    ),
    case(
        6,
        "editions of one title",
        &[
            (
                "1979/1.flac",
                Tone(
                    360,
                    5,
                    &[("artist", "Cy @"), ("album", "Blue @"), ("track", "1"), ("title", "Ink @"), ("date", "1979")],
                ),
            ),
            (
                "2011/1.flac",
                Tone(
                    365,
                    8,
                    &[("artist", "Cy @"), ("album", "Blue @"), ("track", "1"), ("title", "Ink @"), ("date", "2011")],
                ),
            ),
            (
                "1979/2.flac",
                Tone(
                    370,
                    5,
                    &[("artist", "Cy @"), ("album", "Blue @"), ("track", "2"), ("title", "Sea @"), ("date", "1979")],
                ),
            ),
        ],
        &["Blue ALBUM (1979) by Cy: 1 Ink 5 | 2 Sea 5", "Blue ALBUM (2011) by Cy: 1 Ink 8"],
    ),
    case(
        8,
        "names that begin with a dot",
        &[
            (
                "...Of Nothing/1.flac",
                Tone(
                    375,
                    4,
                    &[("artist", "Dots @"), ("album", "...Of Nothing @"), ("track", "1"), ("title", "...One @")],
                ),
            ),
            (
                ".45 Colt/2.mp3",
                Tone(378, 4, &[("artist", "Dots @"), ("album", ".45 Colt @"), ("track", "2"), ("title", "Two @")]),
            ),
        ],
        &["...Of Nothing ALBUM by Dots: 1 ...One 4", ".45 Colt ALBUM by Dots: 2 Two 4"],
    ),
    case(
        9,
        "kinds of files",
        &[
            (
                "kinds/1.mka",
                Tone(381, 4, &[("artist", "Kin @"), ("album", "Kinds @"), ("track", "1"), ("title", "Mka @")]),
            ),
            (
                "kinds/2.tta",
                Tone(384, 4, &[("artist", "Kin @"), ("album", "Kinds @"), ("track", "2"), ("title", "Tta @")]),
            ),
        ],
        &["Kinds ALBUM by Kin: 1 Mka 4 | 2 Tta 4"],
    ),
];
