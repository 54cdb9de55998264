//! What files say beside what tracks are matched by: composers, work, label and so on, in each kind of tag.

use polyphony_media::pipeline::{Details, ReplayGain, probe, read_tags};

use super::Studio;

/// What each of the files says, under names of Vorbis comments; and where FFmpeg writes it under the names of Matroska and ASF as well.
const SAID: [(&str, &str); 18] = [
    ("ORIGINALDATE", "1973-03-01"),
    ("COMPOSER", "Ludwig van Beethoven"),
    ("CONDUCTOR", "Carlos Kleiber"),
    ("WORK", "Symphony No. 5"),
    ("MOVEMENTNAME", "Allegro con brio"),
    ("MOVEMENT", "1"),
    ("MOVEMENTTOTAL", "4"),
    ("LABEL", "Deutsche Grammophon"),
    ("CATALOGNUMBER", "447 400-2"),
    ("BARCODE", "028944740028"),
    ("BPM", "108.5"),
    ("MOOD", "Fateful"),
    ("COMMENT", "Ripped with care"),
    ("DISCSUBTITLE", "The Fifth"),
    ("REPLAYGAIN_TRACK_GAIN", "-6.48 dB"),
    ("REPLAYGAIN_TRACK_PEAK", "0.98"),
    ("REPLAYGAIN_ALBUM_GAIN", "-5.10 dB"),
    ("REPLAYGAIN_ALBUM_PEAK", "1.0"),
];

fn expected() -> Details {
    let one = |text: &str| vec![text.to_owned()];
    Details {
        original_date: Some("1973-03-01".to_owned()),
        composers: one("Ludwig van Beethoven"),
        conductors: one("Carlos Kleiber"),
        work: Some("Symphony No. 5".to_owned()),
        movement: Some("Allegro con brio".to_owned()),
        movement_number: Some(1),
        movement_total: Some(4),
        labels: one("Deutsche Grammophon"),
        catalog_numbers: one("447 400-2"),
        barcode: Some("028944740028".to_owned()),
        bpm: Some(108.5),
        moods: one("Fateful"),
        comment: Some("Ripped with care".to_owned()),
        disc_subtitle: Some("The Fifth".to_owned()),
        replay_gain: ReplayGain {
            track_gain_db: Some(-6.48),
            track_peak: Some(0.98),
            album_gain_db: Some(-5.1),
            album_peak: Some(1.0),
        },
    }
}

impl Studio {
    async fn details_of(&self, name: &str, options: &str) -> Details {
        let mut arguments = vec!["-f".to_owned(), "lavfi".to_owned(), "-i".to_owned(), "sine=d=1".to_owned()];
        for (key, value) in SAID {
            arguments.extend(["-metadata".to_owned(), format!("{key}={value}")]);
        }
        arguments.extend(options.split_whitespace().map(str::to_owned));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let path = self.ffmpeg(&arguments, name);
        let info = probe(&path, &self.limits).await.unwrap();
        read_tags(&path, &info, &self.limits).await.details
    }
}

#[tokio::test]
async fn what_vorbis_comments_apev2_and_matroska_say_is_read() {
    let studio = Studio::new();
    for (name, options) in [
        ("a.flac", ""),
        ("a.ogg", "-c:a libvorbis"),
        ("a.opus", "-c:a libopus"),
        ("a.wv", ""),
        ("a.mka", "-c:a flac"),
        ("a.wma", "-c:a wmav2"),
    ] {
        assert_eq!(studio.details_of(name, options).await, expected(), "{name}");
    }
}

#[tokio::test]
async fn what_id3_says_is_read_from_its_own_frames_and_from_those_of_taggers() {
    let studio = Studio::new();
    // FFmpeg writes what it has no frame for as TXXX; these have frames.
    let frames = "-metadata TPE3=Kleiber -metadata TMOO=Calm -metadata TBPM=90 -metadata TSST=Disc -metadata TPUB=Label \
                  -metadata TDOR=1974";
    let details = studio.details_of("a.mp3", &format!("{frames} -id3v2_version 4")).await;
    assert_eq!(details.composers, ["Ludwig van Beethoven"]);
    assert_eq!((details.conductors.join("|"), details.moods.join("|")), ("Kleiber".to_owned(), "Calm".to_owned()));
    assert_eq!((details.bpm, details.disc_subtitle.as_deref()), (Some(90.0), Some("Disc")));
    assert_eq!((details.labels.join("|"), details.original_date.as_deref()), ("Label".to_owned(), Some("1974")));
    assert_eq!(
        (details.catalog_numbers.join("|"), details.work.as_deref()),
        ("447 400-2".to_owned(), Some("Symphony No. 5"))
    );
    assert_eq!(details.replay_gain, expected().replay_gain);
}
