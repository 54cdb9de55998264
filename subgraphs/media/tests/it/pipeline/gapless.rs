//! Two consecutive tracks that were cut from one recording are the recording again when they are decoded and joined by the
//! figures.

use std::path::{Path, PathBuf};

use polyphony_media::pipeline::{
    Codec, Cut, Rendition,
    playlist::{Growth, Piece, media},
    probe,
};

use super::{Studio, decode, decode_file};

/// The audio of a rendition without what the figures say to drop.
fn joined(rendition: &Rendition) -> Vec<i16> {
    let durations: Vec<f64> = rendition.segments.iter().map(|segment| segment.duration_s).collect();
    let text = media(&durations, Growth::Whole, |piece| match piece {
        Piece::Init => rendition.init.path.display().to_string(),
        Piece::Segment(index) => rendition.segments[index as usize].path.display().to_string(),
    });
    let path: PathBuf = rendition.init.path.with_file_name("gapless.m3u8");
    std::fs::write(&path, text).unwrap();
    let decoded = decode(&path);
    let gapless = rendition.gapless;
    let end = decoded.len() - gapless.padding as usize;
    assert_eq!((end - gapless.encoder_delay as usize) as u64, gapless.total_samples, "{}", rendition.rung.name);
    decoded[gapless.encoder_delay as usize..end].to_vec()
}

/// By how many samples `joined` lags behind the recording around this place, found where they agree best.
fn lag(recording: &[i16], joined: &[i16], around: usize) -> i64 {
    const WINDOW: usize = 4_000;
    const FARTHEST: i64 = 200;
    let from = around - WINDOW / 2;
    let agreement = |lag: i64| -> i64 {
        let samples = from..from + WINDOW;
        samples.map(|n| i64::from(recording[n]) * i64::from(joined[(n as i64 + lag) as usize])).sum()
    };
    (-FARTHEST..=FARTHEST).max_by_key(|&lag| agreement(lag)).unwrap()
}

async fn cut_and_join(rate: u32, at: usize) {
    let studio = Studio::new();
    let whole = studio.music("whole.wav", 14.0, rate, "-ac 1 -c:a pcm_s16le");
    let recording = decode_file(&whole);
    let cut = |name: &str, range: &str| {
        let filter = format!("atrim={range},asetpts=N/SR/TB");
        let arguments = ["-i", whole.to_str().unwrap(), "-af", &filter, "-sample_fmt", "s16"];
        studio.ffmpeg(&arguments, name)
    };
    let parts: [&Path; 2] =
        [&cut("1.flac", &format!("end_sample={at}")), &cut("2.flac", &format!("start_sample={at}"))];
    let first = studio.process(parts[0]).await.unwrap().output;
    let second = studio.process(parts[1]).await.unwrap().output;
    assert_eq!(first.total_samples + second.total_samples, recording.len() as u64);
    for (one, two) in first.renditions.iter().zip(&second.renditions) {
        let name = &one.rung.name;
        let join = joined(one).len();
        let whole = [joined(one), joined(two)].concat();
        if let Codec::Flac { .. } = one.rung.codec {
            assert!(whole == recording, "{name} at {rate} Hz must be the recording to the sample");
            continue;
        }
        assert_eq!(one.rung.sample_rate, rate, "{name} is compared sample by sample");
        assert_eq!(whole.len(), recording.len(), "{name}");
        let millisecond = i64::from(rate / 1000);
        for around in [3_000, join - 3_000, join, join + 3_000, recording.len() - 3_000] {
            let lag = lag(&recording, &whole, around);
            assert!(lag.abs() <= millisecond, "{name} at {rate} Hz is {lag} samples off around {around}");
        }
    }
}

#[tokio::test]
async fn two_tracks_cut_from_one_recording_join_to_it_again() {
    // Not where any encoder would cut: neither a multiple of a frame nor of a segment.
    cut_and_join(44_100, 308_737).await;
}

#[tokio::test]
async fn the_same_at_48_khz_just_behind_the_end_of_a_segment() {
    cut_and_join(48_000, 288_011).await;
}

/// The lossless renditions of these parts of a file, decoded and joined.
async fn parts_joined(studio: &Studio, source: &Path, bounds: &[u64]) -> Vec<i16> {
    let info = probe(source, &studio.limits).await.unwrap();
    let ends = bounds.iter().skip(1).copied().map(Some).chain([None]);
    let mut all = Vec::new();
    for (start, end) in bounds.iter().copied().zip(ends) {
        let part = info.part(start, end);
        let output = studio.transcode_part(source, &part, Some(Cut { start, end })).await.unwrap().output;
        assert!(end.is_none_or(|end| output.total_samples == end - start), "{start} to {end:?}");
        let lossless = output.renditions.iter().find(|rendition| rendition.rung.is_lossless()).unwrap();
        all.extend(joined(lossless));
    }
    all
}

#[tokio::test]
async fn the_tracks_of_an_album_in_one_file_are_the_whole_of_it_to_the_sample() {
    let studio = Studio::new();
    for (name, options) in [
        ("a.flac", "-ac 1 -sample_fmt s16"),
        ("a.wv", "-ac 1 -sample_fmt s16p"),
        ("a.wav", "-ac 1 -c:a pcm_s16le"),
        ("a.m4a", "-ac 1 -c:a alac -sample_fmt s16p"),
        ("a.tta", "-ac 1 -sample_fmt s16"),
    ] {
        let source = studio.music(name, 13.0, 44_100, options);
        let recording = decode_file(&source);
        // On no boundary of a frame, a packet or a segment.
        let whole = parts_joined(&studio, &source, &[0, 588 * 301, 588 * 302, 588 * 777]).await;
        assert!(whole == recording, "{name}: {} samples of {}", whole.len(), recording.len());
    }
}

#[tokio::test]
async fn the_tracks_of_an_mp3_are_as_long_as_it_together() {
    let studio = Studio::new();
    let source = studio.music("a.mp3", 13.0, 44_100, "-b:a 128k");
    let info = probe(&source, &studio.limits).await.unwrap();
    let whole = studio.process(&source).await.unwrap().output.total_samples;
    let mut together = 0;
    for (start, end) in [(0, Some(588 * 400)), (588 * 400, None)] {
        let part = info.part(start, end);
        together += studio.transcode_part(&source, &part, Some(Cut { start, end })).await.unwrap().output.total_samples;
    }
    assert_eq!(together, whole);
}
