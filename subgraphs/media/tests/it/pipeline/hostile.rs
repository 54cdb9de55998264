//! Files that are broken or mean harm: each is played as far as it goes or refused with a reason, never more.

use std::time::Duration;

use polyphony_media::pipeline::{PipelineError, RejectionCode};

use super::Studio;

#[tokio::test]
async fn what_is_not_audio_is_refused_whatever_its_name() {
    let studio = Studio::new();
    let flac = studio.music("secret.flac", 1.0, 44_100, "");
    let png = studio.ffmpeg(&["-f", "lavfi", "-i", "testsrc=d=0.04", "-frames:v", "1"], "image.png");
    let mute = studio.ffmpeg(&["-f", "lavfi", "-i", "testsrc=d=1", "-an"], "mute.mp4");
    let hls = format!("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{}\n#EXT-X-ENDLIST\n", flac.display());
    let concat = format!("ffconcat version 1.0\nfile '{}'\n", flac.display());
    let sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n";
    let subtitles = "1\n00:00:00,000 --> 00:00:09,000\nhello\n";
    let xspf = "<?xml version=\"1.0\"?><playlist><trackList><track><location>http://127.0.0.1/</location></track></trackList></playlist>";
    let mut files = vec![mute, studio.write("image.mp3", std::fs::read(png).unwrap())];
    for (name, content) in [
        ("zero.mp3", ""),
        ("text.mp3", &"hello, this is a text\n".repeat(5_000)),
        ("hls.mp3", hls.as_str()),
        ("concat.mp3", &concat),
        ("session.mp3", sdp),
        ("subtitles.flac", subtitles),
        ("list.ogg", xspf),
        ("one.mp3", "\0"),
        ("zeros.wav", &"\0".repeat(100_000)),
        ("shell;touch pwned;.mp3", "#!/bin/sh\ntouch pwned\n"),
    ] {
        files.push(studio.write(name, content));
    }
    for file in files {
        let rejection = studio.refusal(&file).await;
        assert_eq!(rejection.code, RejectionCode::UnsupportedMedia, "{}", file.display());
        assert!(rejection.because.len() > 10 && !rejection.because.contains("/tmp"), "{rejection}");
    }
}

#[tokio::test]
async fn truncated_files_play_as_far_as_they_go() {
    let studio = Studio::new();
    for (name, options) in
        [("a.flac", "-sample_fmt s16"), ("a.mp3", "-b:a 192k"), ("a.wav", ""), ("a.ogg", "-c:a libvorbis")]
    {
        let whole = std::fs::read(studio.music(name, 4.0, 44_100, options)).unwrap();
        let source = studio.write(name, &whole[..whole.len() / 2]);
        let take = studio.process(&source).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let duration = take.output.duration_ms;
        assert!((1_000..3_500).contains(&duration), "{name}: {duration} ms");
        let counted = take.output.total_samples * 1000 / u64::from(take.output.sample_rate);
        assert!(counted.abs_diff(duration) <= 1, "{name}");
    }
    // An MP4 without its index says nothing at all.
    let whole = std::fs::read(studio.music("a.m4a", 4.0, 44_100, "-c:a aac")).unwrap();
    studio.refusal(&studio.write("half.m4a", &whole[..whole.len() / 2])).await;
}

#[tokio::test]
async fn damage_in_the_middle_does_not_stop_the_rest() {
    let studio = Studio::new();
    for (name, options) in [("a.flac", "-sample_fmt s16"), ("a.mp3", "-b:a 192k"), ("a.m4a", "-c:a aac")] {
        let mut bytes = std::fs::read(studio.music(name, 4.0, 44_100, options)).unwrap();
        let middle = bytes.len() / 2;
        for (n, byte) in bytes[middle..middle + 3_000].iter_mut().enumerate() {
            *byte = (n * 131 % 251) as u8;
        }
        let take = studio.process(&studio.write(name, bytes)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!((3_000..=4_200).contains(&take.output.duration_ms), "{name}: {}", take.output.duration_ms);
    }
}

#[tokio::test]
async fn a_format_that_changes_midway_is_played_or_refused() {
    let studio = Studio::new();
    let stereo = studio.music("a.mp3", 2.0, 44_100, "-b:a 128k -write_xing 0 -id3v2_version 0");
    let mono = studio.music("b.mp3", 2.0, 22_050, "-ac 1 -b:a 64k -write_xing 0 -id3v2_version 0");
    let joined = [std::fs::read(stereo).unwrap(), std::fs::read(mono).unwrap()].concat();
    match studio.process(&studio.write("joined.mp3", joined)).await {
        Ok(take) => assert!((1_900..4_300).contains(&take.output.duration_ms), "{}", take.output.duration_ms),
        Err(PipelineError::Rejected(_)) => {}
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn limits_become_refusals() {
    let mut studio = Studio::new();
    let source = studio.music("a.wav", 20.0, 44_100, "");
    studio.limits.duration = Duration::from_secs(10);
    assert_eq!(studio.refusal(&source).await.code, RejectionCode::MediaTooLarge);
    studio.limits.duration = Duration::from_hours(1);
    studio.limits.source_bytes = 1_000;
    assert_eq!(studio.refusal(&source).await.code, RejectionCode::MediaTooLarge);
    studio.limits.source_bytes = u64::MAX;
    studio.limits.output_bytes = 2_000_000;
    assert_eq!(studio.refusal(&source).await.code, RejectionCode::MediaTooLarge);
}

#[tokio::test]
async fn a_header_that_lies_about_the_length_does_not_get_past_the_limit() {
    let mut studio = Studio::new();
    studio.limits.duration = Duration::from_secs(10);
    let mut bytes = std::fs::read(studio.music("a.flac", 40.0, 44_100, "-sample_fmt s16")).unwrap();
    // STREAMINFO's 36-bit count of samples, behind marker, block header, sizes and rate: claim one second.
    bytes[21] &= 0xf0;
    bytes[22..26].copy_from_slice(&44_100_u32.to_be_bytes());
    let rejection = studio.refusal(&studio.write("liar.flac", bytes)).await;
    assert_eq!(rejection.code, RejectionCode::MediaTooLarge);
}

#[tokio::test]
async fn too_much_computing_is_stopped() {
    let mut studio = Studio::new();
    let source = studio.music("a.flac", 60.0, 44_100, "-sample_fmt s16");
    studio.limits.transcode_cpu = Duration::from_secs(1);
    let rejection = studio.refusal(&source).await;
    assert_eq!(rejection.code, RejectionCode::MediaTooLarge, "{rejection}");
    studio.limits = polyphony_media::pipeline::Limits::default();
    studio.limits.transcode_wall = Duration::from_millis(300);
    assert!(matches!(studio.process(&source).await, Err(PipelineError::TimedOut(_))));
}

#[tokio::test]
async fn absurd_tags_are_bounded() {
    let studio = Studio::new();
    let huge = studio
        .write("tags.txt", format!(";FFMETADATA1\ntitle={}\nartist={}\n", "t".repeat(5_000_000), "a;".repeat(10_000)));
    let audio = studio.music("plain.flac", 1.0, 44_100, "");
    let arguments = ["-i", audio.to_str().unwrap(), "-i", huge.to_str().unwrap(), "-map_metadata", "1", "-c", "copy"];
    let take = studio.process(&studio.ffmpeg(&arguments, "huge.flac")).await.unwrap();
    assert!(take.tags.title.is_some_and(|title| title.len() <= 500));
    assert!(take.tags.artists.len() <= 32);
}
