//! What is chosen for whom, by tables of clients, viewers and encodings.

use polyphony_events::{UploadId, UserId};

use super::*;
use crate::domain::encoding::{Source, SourceQuality};

fn rendition(name: &str, codec: &str, bitrate_kbps: i32) -> Rendition {
    Rendition {
        name: name.to_owned(),
        codec: codec.to_owned(),
        bitrate_kbps: Some(bitrate_kbps),
        sample_rate_hz: 44_100,
        channels: 2,
        lossless: codec == "FLAC",
        bit_depth: (codec == "FLAC").then_some(24),
        size_bytes: 1,
        encoder_delay: 0,
        padding: 0,
        total_samples: 1,
    }
}

fn encoding(finished: bool) -> Encoding {
    let mp3 = Mp3 {
        size_bytes: 1,
        bitrate_kbps: 245,
        sample_rate_hz: 44_100,
        channels: 2,
        encoder_delay: 1105,
        padding: 0,
        total_samples: 1,
    };
    Encoding {
        upload: UploadId::new(),
        attempt: 1,
        finished,
        is_measured: true,
        is_awaited: !finished,
        duration_ms: 1,
        playable_until_ms: 1,
        total_samples: 1,
        sample_rate_hz: 44_100,
        loudness: None,
        surround_loudness: None,
        mp3: finished.then_some(mp3),
        mp3_attempt: 1,
        renditions: vec![
            rendition("aac-64", "AAC", 64),
            rendition("aac-320", "AAC", 320),
            rendition("flac", "FLAC", 900),
        ],
        source: Source {
            upload: UploadId::new(),
            owner: UserId::new(),
            filename: "a.flac".to_owned(),
            size_bytes: 1,
            content_type: "audio/flac".to_owned(),
            quality: None,
            is_in_folder: false,
            is_there: true,
            title: None,
            artist: None,
        },
    }
}

fn names(profile: &ClientProfile, quality: Quality, encoding: &Encoding) -> Vec<String> {
    match profile.choose(quality, encoding) {
        Some(Choice::Hls { renditions, .. }) => renditions.iter().map(|one| one.name.clone()).collect(),
        Some(Choice::Direct { .. }) => vec!["mp3".to_owned()],
        Some(Choice::Original { .. }) => vec!["original".to_owned()],
        None => vec![],
    }
}

fn reason(profile: &ClientProfile, quality: Quality, encoding: &Encoding) -> String {
    match profile.choose(quality, encoding) {
        Some(Choice::Hls { reason, .. } | Choice::Direct { reason, .. } | Choice::Original { reason, .. }) => reason,
        None => String::new(),
    }
}

#[test]
fn a_client_gets_what_it_decodes_and_can_afford() {
    let (all, best) = (ClientProfile::default(), Quality::Lossless);
    assert_eq!(names(&all, best, &encoding(false)), ["aac-64", "aac-320", "flac"]);
    let aac = ClientProfile { codecs: Some(vec![Codec::Aac]), ..all.clone() };
    assert_eq!(names(&aac, best, &encoding(true)), ["aac-64", "aac-320"]);
    let slow = ClientProfile { max_bitrate_kbps: Some(128), ..all.clone() };
    assert_eq!(names(&slow, best, &encoding(true)), ["aac-64"]);
    let slower = ClientProfile { max_bitrate_kbps: Some(32), ..all };
    assert_eq!(names(&slower, best, &encoding(true)), ["aac-64"]);
}

#[test]
fn a_viewer_gets_no_more_than_they_want_and_is_told_why() {
    let all = ClientProfile::default();
    let of = |quality| names(&all, quality, &encoding(true));
    assert_eq!(of(Quality::Lossless), ["aac-64", "aac-320", "flac"]);
    assert_eq!(of(Quality::High), ["aac-64", "aac-320"]);
    assert_eq!(of(Quality::default()), of(Quality::High));
    assert_eq!(of(Quality::Normal), ["aac-64"]);
    assert_eq!(of(Quality::Low), ["aac-64"]);
    assert!(
        reason(&all, Quality::Normal, &encoding(true))
            .contains("2 left out that are more than the chosen quality NORMAL")
    );
    assert!(!reason(&all, Quality::Lossless, &encoding(true)).contains("left out"));
    let slow = ClientProfile { max_bitrate_kbps: Some(400), ..all };
    assert!(reason(&slow, Quality::Lossless, &encoding(true)).contains("1 left out that do not fit the client's"));
}

#[test]
fn what_a_client_can_play_is_better_than_silence() {
    let flac = ClientProfile { codecs: Some(vec![Codec::Flac]), ..ClientProfile::default() };
    assert_eq!(names(&flac, Quality::Low, &encoding(true)), ["flac"]);
    assert!(reason(&flac, Quality::Low, &encoding(true)).contains("more than was asked for"));
}

#[test]
fn what_a_player_may_switch_between_has_equal_channels() {
    let mut surround = encoding(true);
    surround.renditions.push(Rendition { channels: 6, sample_rate_hz: 96_000, ..rendition("flac-6", "FLAC", 3000) });
    let six = ClientProfile { max_channels: 6, ..ClientProfile::default() };
    assert_eq!(names(&ClientProfile::default(), Quality::Lossless, &surround), ["aac-64", "aac-320", "flac"]);
    assert_eq!(names(&six, Quality::Lossless, &surround), ["flac-6"]);
    assert_eq!(names(&six, Quality::High, &surround), ["aac-64", "aac-320"]);
    assert_eq!(names(&six, Quality::Lossless, &encoding(true)), ["aac-64", "aac-320", "flac"]);
    // Nothing fits: what is converted has two channels all the same.
    let slow = ClientProfile { max_sample_rate_hz: Some(22_050), ..ClientProfile::default() };
    assert_eq!(names(&slow, Quality::Lossless, &surround), ["aac-64", "aac-320", "flac"]);
    let flac = ClientProfile { codecs: Some(vec![Codec::Flac]), max_bit_depth: Some(16), ..ClientProfile::default() };
    assert_eq!(names(&flac, Quality::Lossless, &surround), ["flac"]);
    surround.renditions.retain(|one| one.name == "flac-6");
    assert_eq!(names(&ClientProfile::default(), Quality::Lossless, &surround), ["flac-6"], "all that there is");
}

#[test]
fn a_client_gets_what_its_output_can_do() {
    let mut high = encoding(true);
    high.renditions[2].sample_rate_hz = 96_000;
    let of = |profile: ClientProfile| names(&profile, Quality::Lossless, &high);
    let all = ClientProfile::default;
    assert_eq!(of(ClientProfile { max_sample_rate_hz: Some(48_000), ..all() }), ["aac-64", "aac-320"]);
    assert_eq!(of(ClientProfile { max_sample_rate_hz: Some(96_000), ..all() }), ["aac-64", "aac-320", "flac"]);
    assert_eq!(of(ClientProfile { max_bit_depth: Some(16), ..all() }), ["aac-64", "aac-320"]);
    let flac = Some(vec![Codec::Flac]);
    assert_eq!(of(ClientProfile { codecs: flac, max_bit_depth: Some(16), ..all() }), ["flac"], "better than silence");
}

#[test]
fn a_client_without_hls_waits_for_the_mp3() {
    let of = |profile: &ClientProfile, finished| names(profile, Quality::High, &encoding(finished));
    let plain = ClientProfile { hls: false, ..ClientProfile::default() };
    assert_eq!(of(&plain, true), ["mp3"]);
    assert!(of(&plain, false).is_empty());
    let opus = ClientProfile { codecs: Some(vec![Codec::Opus]), ..ClientProfile::default() };
    assert!(of(&opus, true).is_empty());
    let mp3 = ClientProfile { codecs: Some(vec![Codec::Mp3]), ..ClientProfile::default() };
    assert_eq!(of(&mp3, true), ["mp3"]);
    // There is one MP3, of some 245 kbit/s.
    let says_more =
        |profile: &ClientProfile, quality| reason(profile, quality, &encoding(true)).contains("is more than");
    let slow = ClientProfile { max_bitrate_kbps: Some(128), ..plain.clone() };
    assert!(says_more(&slow, Quality::High) && says_more(&plain, Quality::Low));
    assert!(!says_more(&plain, Quality::High));
}

/// What was uploaded, not encoded yet (or only in part), or encoded.
fn uploaded(codec: &str, content_type: &str, kbps: i32, finished: bool) -> Encoding {
    let mut encoding = encoding(finished);
    let lossless = codec == "flac";
    encoding.source.upload = encoding.upload;
    encoding.source.content_type = content_type.to_owned();
    encoding.source.quality = Some(SourceQuality {
        codec: codec.to_owned(),
        lossless,
        channels: 2,
        bitrate_kbps: Some(kbps),
        bit_depth: lossless.then_some(16),
    });
    encoding.playable_until_ms = i64::from(finished);
    encoding
}

#[test]
fn what_is_not_encoded_yet_is_played_as_it_is_by_clients_that_can() {
    let plays = |accepts: &[&str]| ClientProfile {
        accepts: accepts.iter().map(ToString::to_string).collect(),
        ..ClientProfile::default()
    };
    let (vorbis, all) = (uploaded("vorbis", "audio/ogg", 128, false), plays(&["audio/ogg", "audio/flac"]));
    assert_eq!(names(&all, Quality::High, &vorbis), ["original"]);
    assert_eq!(names(&plays(&["audio/flac"]), Quality::High, &vorbis), ["aac-64", "aac-320"], "it waits");
    assert_eq!(names(&all, Quality::Low, &vorbis), ["aac-64"], "less was wanted");
    let slow = ClientProfile { max_bitrate_kbps: Some(96), ..all.clone() };
    assert_eq!(names(&slow, Quality::High, &vorbis), ["aac-64"]);
    let given_up = Encoding { is_awaited: false, ..vorbis.clone() };
    assert_eq!(names(&slow, Quality::High, &given_up), ["original"], "better than silence");
    assert!(names(&plays(&[]), Quality::High, &given_up).is_empty());
    let half = Encoding { playable_until_ms: 1, ..given_up };
    assert_eq!(names(&all, Quality::High, &half), ["original"], "half of it is there, and no more comes");
    assert_eq!(names(&plays(&[]), Quality::High, &half), ["aac-64", "aac-320"], "better than silence");
    let encoded = uploaded("vorbis", "audio/ogg", 128, true);
    assert_eq!(names(&all, Quality::High, &encoded), ["aac-64", "aac-320"]);
    let cut = Encoding { upload: UploadId::new(), ..vorbis };
    assert_eq!(names(&all, Quality::High, &cut), ["aac-64", "aac-320"], "the file is more than this track");
}

#[test]
fn a_client_without_hls_gets_the_file_where_it_is_better_than_the_mp3() {
    let accepts = vec!["audio/ogg".to_owned(), "audio/flac".to_owned()];
    let plain = ClientProfile { hls: false, accepts, ..ClientProfile::default() };
    let of = |quality, encoding: &Encoding| names(&plain, quality, encoding);
    assert_eq!(of(Quality::High, &uploaded("vorbis", "audio/ogg", 128, true)), ["original"]);
    assert_eq!(of(Quality::Low, &uploaded("vorbis", "audio/ogg", 128, true)), ["mp3"]);
    let flac = uploaded("flac", "audio/flac", 900, true);
    assert_eq!(
        (of(Quality::High, &flac), of(Quality::Lossless, &flac)),
        (vec!["mp3".to_owned()], vec!["original".to_owned()])
    );
    assert_eq!(of(Quality::Low, &uploaded("flac", "audio/flac", 900, false)), ["original"], "there is no other");
}
