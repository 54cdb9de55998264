//! Tags as people and their programs write them.

use super::{
    files::{
        Frame::{Latin1, Plain, Timed, User, Utf8, Utf16},
        Make::{Claims, Dsf, Id3, Picture, Pictured, Text, Tone, Vbr},
    },
    table::{Case, case},
};

/// Tags as people write them.
pub(super) const TAGS: &[Case] = &[
    case(
        11,
        "a quiet beginning without an index",
        &[("quiet.mp3", Vbr(&[("artist", "Eli @"), ("title", "Quiet @")]))],
        &["Quiet by Eli 10"],
    ),
    case(
        12,
        "headers that claim days",
        &[
            ("claims.mp3", Claims(390, &[("artist", "Eli @"), ("title", "Frames @")])),
            ("claims.flac", Claims(395, &[("artist", "Eli @"), ("title", "Samples @")])),
        ],
        &["Frames by Eli 5", "Samples by Eli 5"],
    ),
    case(
        13,
        "names that differ by a mark of their script",
        &[
            ("bas/1.mp3", Tone(400, 4, &[("artist", "バス @"), ("album", "ส้ม @"), ("title", "a @"), ("track", "1")])),
            ("bas/2.mp3", Tone(404, 4, &[("artist", "ハス @"), ("album", "สม @"), ("title", "b @"), ("track", "1")])),
            ("bas/3.mp3", Tone(408, 4, &[("artist", "काल @"), ("album", "Мой @"), ("title", "c @"), ("track", "1")])),
            ("bas/4.mp3", Tone(412, 4, &[("artist", "कील @"), ("album", "Мои @"), ("title", "d @"), ("track", "1")])),
        ],
        &["Мои ALBUM by कील: 1 d 4", "Мой ALBUM by काल: 1 c 4", "สม ALBUM by ハス: 1 b 4", "ส้ม ALBUM by バス: 1 a 4"],
    ),
    case(
        17,
        "artists that ID3v2.3 joins by a slash",
        &[
            (
                "slash/1.mp3",
                Id3(
                    420,
                    3,
                    &[
                        Utf16("TIT2", "Two of them @"),
                        Utf16("TPE1", "Salt@/Sugar@"),
                        User("MusicBrainz Artist Id", "$1/$2"),
                    ],
                ),
            ),
            (
                "slash/2.mp3",
                Id3(
                    424,
                    3,
                    &[Utf16("TIT2", "One of them @"), Utf16("TPE1", "Hot@/Cold@"), User("MusicBrainz Artist Id", "$3")],
                ),
            ),
        ],
        &["One of them by Hot/Cold 4", "Two of them by Salt + Sugar 4"],
    ),
    case(
        19,
        "albums that nobody says whose they are",
        &[
            (
                "score/1.flac",
                Tone(430, 4, &[("artist", "Fay @"), ("album", "Score @"), ("track", "1"), ("title", "In @")]),
            ),
            (
                "score/2.flac",
                Tone(434, 4, &[("artist", "Gus @"), ("album", "Score @"), ("track", "2"), ("title", "Out @")]),
            ),
            (
                "duets/1.flac",
                Tone(438, 4, &[("artist", "Hal @"), ("album", "Duets @"), ("track", "1"), ("title", "Solo @")]),
            ),
            (
                "duets/2.flac",
                Tone(
                    442,
                    4,
                    &[("artist", "Hal @ vs. Ida @"), ("album", "Duets @"), ("track", "2"), ("title", "Duet @")],
                ),
            ),
        ],
        &[
            "Duets ALBUM by Hal: 1 Solo 4 | 2 Duet by Hal vs. Ida 4",
            "Score COMPILATION by Various Artists: 1 In by Fay 4 | 2 Out by Gus 4",
        ],
    ),
    case(
        20,
        "sides of a record and odd numbers",
        &[
            (
                "lp/1.flac",
                Tone(446, 4, &[("artist", "Jo @"), ("album", "Record @"), ("track", "B2"), ("title", "Fourth @")]),
            ),
            (
                "lp/2.flac",
                Tone(450, 4, &[("artist", "Jo @"), ("album", "Record @"), ("track", "A1"), ("title", "First @")]),
            ),
            (
                "odd/1.flac",
                Tone(454, 4, &[("artist", "Jo @"), ("album", "Odds @"), ("track", "#5"), ("title", "Fifth @")]),
            ),
            (
                "odd/2.flac",
                Tone(458, 4, &[("artist", "Jo @"), ("album", "Odds @"), ("track", "03 of 9"), ("title", "Third @")]),
            ),
        ],
        &["Odds ALBUM by Jo: 3 Third 4 | 5 Fifth 4", "Record ALBUM by Jo: 1.1 First 4 | 2.2 Fourth 4"],
    ),
    case(
        22,
        "explicit words",
        &[("rude.flac", Tone(462, 4, &[("artist", "Rude @"), ("title", "Words @"), ("ITUNESADVISORY", "1")]))],
        &["Words by Rude 4, explicit"],
    ),
    case(
        23,
        "kinds of releases",
        &[
            (
                "ep/1.flac",
                Tone(
                    466,
                    4,
                    &[
                        ("artist", "Kim @"),
                        ("album", "Four @"),
                        ("track", "1"),
                        ("title", "E @"),
                        ("RELEASETYPE", "ep"),
                    ],
                ),
            ),
            (
                "sg/1.mp3",
                Id3(
                    470,
                    4,
                    &[
                        Utf8("TIT2", "S @"),
                        Utf8("TPE1", "Kim @"),
                        Utf8("TALB", "Only @"),
                        Utf8("TRCK", "1"),
                        User("MusicBrainz Album Type", "single"),
                    ],
                ),
            ),
            (
                "both/1.flac",
                Tone(
                    474,
                    4,
                    &[
                        ("artist", "Kim @"),
                        ("album", "Gathered @"),
                        ("track", "1"),
                        ("title", "G @"),
                        ("RELEASETYPE", "album; compilation"),
                    ],
                ),
            ),
        ],
        &["Four EP by Kim: 1 E 4", "Gathered COMPILATION by Kim: 1 G 4", "Only SINGLE by Kim: 1 S 4"],
    ),
    case(
        24,
        "names to sort by",
        &[(
            "sort.flac",
            Tone(478, 4, &[("artist", "Nina Low @"), ("title", "Sorted @"), ("ARTISTSORT", "Low, Nina @")]),
        )],
        &["Sorted by Nina Low (Low, Nina) 4"],
    ),
    case(
        25,
        "all artists and genres of a DSF",
        &[("two.dsf", Dsf(&[Utf8("TIT2", "Bits @"), Utf8("TPE1", "Left @\0Right @"), Utf8("TCON", "Dub\0Ska")]))],
        &["Bits by Left + Right 0, Dub + Ska"],
    ),
    case(
        26,
        "charsets that call themselves Latin-1",
        &[
            // "Спокойная ночь" and "Алиса" in Windows-1251.
            (
                "cp.mp3",
                Id3(
                    482,
                    3,
                    &[
                        Latin1("TIT2", b"\xd1\xef\xee\xea\xee\xe9\xed\xe0\xff \xed\xee\xf7\xfc"),
                        Latin1("TPE1", b"\xc0\xeb\xe8\xf1\xe0"),
                    ],
                ),
            ),
        ],
        &["Спокойная ночь by Алиса 4"],
    ),
    case(
        28,
        "apostrophes of all kinds",
        &[
            (
                "apo/1.flac",
                Tone(486, 4, &[("artist", "Rock'n @"), ("album", "Roll's @"), ("track", "1"), ("title", "one @")]),
            ),
            (
                "apo/2.flac",
                Tone(
                    490,
                    4,
                    &[("artist", "Rock\u{b4}n @"), ("album", "Roll\u{2032}s @"), ("track", "2"), ("title", "two @")],
                ),
            ),
            (
                "apo/3.flac",
                Tone(
                    494,
                    4,
                    &[("artist", "Rock\u{2bc}n @"), ("album", "Roll\u{2019}s @"), ("track", "3"), ("title", "three @")],
                ),
            ),
        ],
        &["Roll's ALBUM by Rock'n: 1 one 4 | 2 two 4 | 3 three 4"],
    ),
    case(
        29,
        "lyrics with times",
        &[(
            "sung.mp3",
            Id3(
                498,
                4,
                &[
                    Utf8("TIT2", "Sung @"),
                    Utf8("TPE1", "Ola @"),
                    Plain("Only words"),
                    Timed(&[("Here", 0), ("There", 2500)]),
                ],
            ),
        )],
        &["Sung by Ola 4, lyrics There at 2500"],
    ),
    case(
        31,
        "an album in one file",
        &[
            ("whole/all.flac", Tone(502, 6, &[("title", "ignored"), ("artist", "ignored")])),
            (
                "whole/all.cue",
                Text(
                    "PERFORMER \"Pia @\"\nTITLE \"Whole @\"\nFILE \"all.flac\" WAVE\nTRACK 01 AUDIO\nTITLE \"Half @\"\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE \"Rest @\"\nINDEX 01 00:02:00\n",
                ),
            ),
        ],
        &["Whole ALBUM by Pia: 1 Half 2 | 2 Rest 4"],
    ),
    case(
        32,
        "the picture of the folder",
        &[
            (
                "folder/1.flac",
                Tone(510, 4, &[("artist", "Quinn @"), ("album", "Green @"), ("track", "1"), ("title", "Leaf @")]),
            ),
            ("folder/cover.jpg", Picture),
        ],
        &["Green ALBUM by Quinn, covered: 1 Leaf 4"],
    ),
    case(
        33,
        "pictures inside",
        &[
            (
                "inside/1.flac",
                Pictured(
                    514,
                    4,
                    &[("artist", "Ray @"), ("album", "Framed @"), ("track", "1"), ("title", "Left one @")],
                ),
            ),
            (
                "inside/2.flac",
                Pictured(
                    518,
                    4,
                    &[("artist", "Ray @"), ("album", "Framed @"), ("track", "2"), ("title", "Right one @")],
                ),
            ),
        ],
        &["Framed ALBUM by Ray, covered: 1 Left one 4 | 2 Right one 4"],
    ),
];
