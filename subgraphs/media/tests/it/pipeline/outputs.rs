//! What a good source becomes, in detail: segments, playlists, figures.

use std::path::{Path, PathBuf};

use polyphony_media::pipeline::playlist::{Growth, Piece, Variant, master, media};
use polyphony_media::pipeline::{
    Codec, Event, Job, Ladder, PipelineError, Rendition, Segment, cover, probe, transcode,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Studio, decode, decode_file};

/// Writes the media playlist of a rendition beside its segments.
pub(super) fn write_playlist(rendition: &Rendition) -> PathBuf {
    let durations: Vec<f64> = rendition.segments.iter().map(|segment| segment.duration_s).collect();
    let text = media(&durations, Growth::Whole, |piece| match piece {
        Piece::Init => rendition.init.path.display().to_string(),
        Piece::Segment(index) => rendition.segments[index as usize].path.display().to_string(),
    });
    let path = rendition.init.path.with_file_name("index.m3u8");
    std::fs::write(&path, text).unwrap();
    path
}

/// By how many samples `decoded` lags behind `source`, found where they agree best.
fn lag(source: &[i16], decoded: &[i16]) -> usize {
    let from = source.len() / 2;
    let agreement =
        |lag: usize| -> i64 { (from..from + 8_000).map(|n| i64::from(source[n]) * i64::from(decoded[n + lag])).sum() };
    (0..3_000).max_by_key(|&lag| agreement(lag)).unwrap()
}

#[tokio::test]
async fn a_flac_becomes_three_aac_rungs_flac_and_mp3_that_decode_to_the_source() {
    let studio = Studio::new();
    // A multiple of the segment length, where encoders disagree on whether there is one more segment.
    let source = studio.music("source.flac", 12.0, 44_100, "-sample_fmt s16");
    let original = decode_file(&source);
    let take = studio.process(&source).await.unwrap();
    let names: Vec<_> = take.output.renditions.iter().map(|r| r.rung.name.as_str()).collect();
    assert_eq!(names, ["aac-64", "aac-128", "aac-256", "flac"]);
    assert_eq!((take.output.duration_ms, take.output.total_samples), (12_000, 529_200));
    for rendition in &take.output.renditions {
        let name = &rendition.rung.name;
        assert_eq!(rendition.segments.len(), 2, "{name}");
        let decoded = decode(&write_playlist(rendition));
        let gapless = rendition.gapless;
        assert_eq!(gapless.total_samples, 529_200, "{name}");
        let frames = u64::from(gapless.encoder_delay) + gapless.total_samples + u64::from(gapless.padding);
        assert_eq!(decoded.len() as u64, frames, "{name}: {gapless:?}");
        match rendition.rung.codec {
            Codec::Flac { .. } => assert!(decoded == original, "FLAC must be sample exact"),
            Codec::Aac { .. } => {
                let found = lag(&original, &decoded) as i64;
                let off = (found - i64::from(gapless.encoder_delay)).abs();
                assert!(off <= 44, "{name}: the audio begins at {found}, not at {}", gapless.encoder_delay);
                assert!(decoded.len() - original.len() < 2_205, "within 50 ms");
            }
        }
    }
    assert_eq!(decode_file(&take.output.mp3.path).len(), original.len());
    assert_eq!(take.output.waveform.len(), 1000);
    assert!(take.output.waveform.iter().all(|point| (0.0..=1.0).contains(point)));
    assert!(take.output.loudness.integrated_lufs > -30.0 && take.output.loudness.true_peak_dbtp < 0.0);
}

#[tokio::test]
async fn segments_are_reported_in_order_when_they_are_complete_and_playlists_are_valid() {
    let studio = Studio::new();
    let source = studio.music("source.wav", 31.0, 48_000, "");
    let take = studio.process(&source).await.unwrap();
    for rendition in &take.output.renditions {
        let reported: Vec<_> = take
            .events
            .iter()
            .filter_map(|event| match event {
                Event::SegmentReady { rung, segment } if *rung == rendition.rung.name => Some(segment.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(reported, rendition.segments);
        assert_eq!(reported.len(), 6);
        for segment in &reported {
            assert_eq!(std::fs::metadata(&segment.path).unwrap().len(), segment.bytes);
            assert!(segment.duration_s.round() <= 6.0);
        }
        // The last one, of a second, counts only together with the one before.
        let peak = |some: &[Segment]| some.iter().map(|s| (s.bytes as f64 * 8.0 / s.duration_s).ceil() as u64).max();
        let (least, most) = (peak(&reported[..5]).unwrap(), peak(&reported).unwrap());
        assert!((least..=most).contains(&rendition.bandwidth.peak), "{:?}", rendition.bandwidth);
        assert!(rendition.bandwidth.average <= rendition.bandwidth.peak);
    }
    let init_first = take.events.iter().find(|event| !matches!(event, Event::Progress { .. })).unwrap();
    assert!(matches!(init_first, Event::InitReady { .. }));
    let Some(Event::Progress { encoded_ms, .. }) = take.events.last() else { panic!("no last progress") };
    assert_eq!(*encoded_ms, 31_000);
    check_master(&studio, &take.output.renditions);
}

/// A master playlist over files must be something that ffprobe finds every rendition in.
fn check_master(studio: &Studio, renditions: &[Rendition]) {
    let variants: Vec<_> = renditions
        .iter()
        .map(|rendition| Variant {
            url: write_playlist(rendition).display().to_string(),
            bandwidth: rendition.bandwidth,
            codecs: rendition.rung.codecs().to_owned(),
        })
        .collect();
    let path = studio.write("master.m3u8", master(&variants));
    let mut command = std::process::Command::new("ffprobe");
    command.args([
        "-v",
        "error",
        "-allowed_extensions",
        "ALL",
        "-show_entries",
        "stream=index,codec_name",
        "-of",
        "csv=p=0",
    ]);
    let done = command.arg(path).output().unwrap();
    // ffprobe lists a stream twice, with its program and by itself.
    let text = String::from_utf8_lossy(&done.stdout);
    let streams: std::collections::BTreeSet<_> = text.split_whitespace().collect();
    assert_eq!(streams.into_iter().collect::<Vec<_>>(), ["0,aac", "1,aac", "2,aac", "3,flac"]);
}

#[tokio::test]
async fn every_length_has_equal_segment_counts() {
    let studio = Studio::new();
    for seconds in [0.2, 5.98, 6.05, 6.24, 6.26, 6.4, 12.1] {
        let source = studio.music("source.flac", seconds, 44_100, "-sample_fmt s16");
        let take = studio.process(&source).await.unwrap_or_else(|error| panic!("{seconds}: {error}"));
        let counts: Vec<_> = take.output.renditions.iter().map(|rendition| rendition.segments.len()).collect();
        assert!(counts.windows(2).all(|pair| pair[0] == pair[1]), "{seconds}: {counts:?}");
        assert!(take.output.duration_ms.abs_diff((seconds * 1000.0) as u64) <= 1, "{seconds}");
        for rendition in &take.output.renditions {
            assert!(rendition.segments.iter().all(|segment| segment.duration_s.round() <= 6.0), "{seconds}");
            let decoded = decode(&write_playlist(rendition)).len() as f64;
            let excess = decoded / f64::from(rendition.rung.sample_rate) - seconds;
            assert!((-0.001..0.05).contains(&excess), "{} of {seconds} s is off by {excess}", rendition.rung.name);
        }
    }
}

#[tokio::test]
async fn the_same_audio_in_another_container_has_the_same_hash() {
    let studio = Studio::new();
    let flac = studio.music("a.flac", 1.0, 44_100, "-sample_fmt s16 -metadata title=One");
    let wav = studio.ffmpeg(&["-i", flac.to_str().unwrap(), "-metadata", "title=Two"], "b.wav");
    let alac = studio.ffmpeg(&["-i", flac.to_str().unwrap(), "-c:a", "alac"], "c.m4a");
    let other = studio.music("d.flac", 1.1, 44_100, "-sample_fmt s16");
    let mut hashes = Vec::new();
    for source in [flac, wav, alac, other] {
        hashes.push(studio.process(&source).await.unwrap().output.audio_hash.to_hex());
    }
    assert!(hashes[0] == hashes[1] && hashes[1] == hashes[2] && hashes[2] != hashes[3], "{hashes:?}");
}

#[tokio::test]
async fn a_cancelled_transcode_stops_at_once() {
    let studio = Studio::new();
    let source = studio.music("long.wav", 60.0, 44_100, "");
    let info = probe(&source, &studio.limits).await.unwrap();
    let ladder = Ladder::plan(&info);
    let out_dir: &Path = &studio.path("out");
    std::fs::create_dir(out_dir).unwrap();
    let job = Job {
        source: &source,
        info: &info,
        ladder: &ladder,
        cut: None,
        tags: None,
        out_dir,
        limits: &studio.limits,
        held: None,
    };
    let cancel = CancellationToken::new();
    let (sender, mut receiver) = mpsc::channel(1);
    let stop = async {
        while let Some(event) = receiver.recv().await {
            if matches!(event, Event::SegmentReady { .. }) {
                cancel.cancel();
                return std::time::Instant::now();
            }
        }
        panic!("no segment was reported");
    };
    let (result, cancelled_at) = tokio::join!(transcode(job, sender, cancel.clone()), stop);
    assert!(matches!(result, Err(PipelineError::Cancelled)));
    assert!(cancelled_at.elapsed().as_secs() < 2);
}

/// What ffprobe says of an image: codec, width and height.
fn shape(studio: &Studio, jpeg: &[u8]) -> String {
    let made = studio.write("made.jpg", jpeg);
    let mut command = std::process::Command::new("ffprobe");
    command.args(["-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0"]);
    let done = command.arg(made).output().unwrap();
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

#[tokio::test]
async fn a_cover_becomes_jpegs_of_bounded_sizes_and_is_never_enlarged() {
    let studio = Studio::new();
    for (size, expected) in [
        ("3000x2100", &["mjpeg,320,224", "mjpeg,640,448", "mjpeg,1280,896"][..]),
        ("700x1000", &["mjpeg,224,320", "mjpeg,448,640", "mjpeg,700,1000"]),
        ("500x500", &["mjpeg,320,320", "mjpeg,500,500"]),
        ("320x200", &["mjpeg,320,200"]),
        ("2x2", &["mjpeg,2,2"]),
    ] {
        let source = format!("color=red:s={size}:d=0.04");
        let png = studio.ffmpeg(&["-f", "lavfi", "-i", &source, "-frames:v", "1"], "cover.png");
        let picture = cover::from_image(&std::fs::read(png).unwrap(), &studio.limits).await.unwrap();
        let (covers, look) = (picture.covers, picture.look);
        let shapes: Vec<_> = covers.iter().map(|cover| shape(&studio, &cover.jpeg)).collect();
        assert_eq!(shapes, expected, "{size}");
        let largest = format!("mjpeg,{},{}", look.width, look.height);
        assert_eq!(expected.last(), Some(&&*largest));
        assert_eq!((look.blurhash.len(), &look.dominant_color[..2]), (28, "#f"), "{look:?}");
        assert_eq!(covers.iter().map(|cover| cover.size).collect::<Vec<_>>(), cover::SIZES[..covers.len()]);
    }
    for rubbish in [&b"#EXTM3U"[..], b"", b"\x89PNG\r\n\x1a\nbroken", b"\xff\xd8\xff\xe0", b"GIF89a"] {
        let refused = cover::from_image(rubbish, &studio.limits).await;
        assert!(matches!(refused, Err(PipelineError::Rejected(_))), "{rubbish:?}");
    }
}

#[tokio::test]
async fn of_a_long_animation_the_first_picture_is_the_cover() {
    let studio = Studio::new();
    // More than a pipe holds, behind the first picture.
    let gif = studio.ffmpeg(&["-f", "lavfi", "-i", "testsrc2=s=600x600:d=6:r=10"], "cover.gif");
    let gif = std::fs::read(gif).unwrap();
    assert!(gif.len() > 1_000_000);
    let picture = cover::from_image(&gif, &studio.limits).await.unwrap();
    assert_eq!((picture.look.width, picture.look.height, picture.covers.len()), (600, 600, 2));
}

#[tokio::test]
async fn a_cover_of_too_many_pixels_is_refused() {
    let mut studio = Studio::new();
    studio.limits.pixels = 10_000;
    let png = studio.ffmpeg(&["-f", "lavfi", "-i", "color=s=200x200:d=0.04", "-frames:v", "1"], "cover.png");
    let refused = cover::from_image(&std::fs::read(png).unwrap(), &studio.limits).await;
    assert!(matches!(refused, Err(PipelineError::Rejected(_))));
}
