//! What is said of loudness is true of what is heard.

use std::path::Path;
use std::process::Command;

use polyphony_media::pipeline::{Histogram, Rendition};

use super::{Everything, Studio, decode, outputs::write_playlist};

/// As FFmpeg's own meter finds it: of two speakers when there is one channel.
fn measured(path: &Path) -> f64 {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner"]);
    if path.extension().is_some_and(|extension| extension == "m3u8") {
        command.args(["-allowed_extensions", "ALL"]);
    }
    command.arg("-i").arg(path);
    let done = command.args(["-map", "0:a:0", "-af", "ebur128=dualmono=true", "-f", "null", "-"]).output().unwrap();
    let log = String::from_utf8_lossy(&done.stderr).into_owned();
    let summary = log.rsplit_once("Summary:").unwrap_or_else(|| panic!("{log}")).1;
    let figure = summary.split_once("I:").unwrap().1.split_whitespace().next().unwrap();
    figure.parse().unwrap()
}

fn near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 0.1, "{what}: {found}, not {expected}");
}

/// A tone of its own for each channel, loud in front; quiet at first, so that gates have something to do.
fn tones(channels: usize) -> String {
    let tone = |channel: usize| {
        let amplitude = [0.4, 0.3, 0.5, 0.3, 0.25, 0.2, 0.15, 0.1][channel];
        format!("{amplitude}*sin(2*PI*{}*t)*if(lt(t,2),0.02,1)", 300 + 110 * channel)
    };
    let all: Vec<String> = (0..channels).map(tone).collect();
    let layout =
        [(1, "mono"), (2, "stereo"), (6, "5.1"), (8, "7.1")].iter().find(|(count, _)| *count == channels).unwrap().1;
    format!("aevalsrc='{}':c={layout}:s=48000:d=8", all.join("|"))
}

fn named<'a>(output: &'a Everything, name: &str) -> &'a Rendition {
    output.renditions.iter().find(|rendition| rendition.rung.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[tokio::test]
async fn the_figures_are_those_of_what_is_played() {
    let studio = Studio::new();
    for channels in [1, 2, 6, 8] {
        let source = studio.ffmpeg(&["-f", "lavfi", "-i", &tones(channels), "-sample_fmt", "s32"], "tones.flac");
        let output = studio.process(&source).await.unwrap().output;
        let heard = output.loudness.integrated_lufs;
        let top = if channels == 1 { "aac-192" } else { "aac-256" };
        for name in ["flac", top] {
            let rendition = named(&output, name);
            assert_eq!(usize::from(rendition.rung.channels), channels.min(2), "{name} of {channels}");
            near(heard, measured(&write_playlist(rendition)), &format!("{name} of {channels}"));
        }
        near(heard, measured(&output.mp3.path), &format!("MP3 of {channels}"));
        near(output.loudness_histogram.integrated_lufs().unwrap(), heard, &format!("blocks of {channels}"));
        let surround = output.surround_loudness.map(|loudness| loudness.integrated_lufs);
        assert_eq!(surround.is_some(), channels > 2);
        if let Some(surround) = surround {
            let rendition = named(&output, &format!("flac-{channels}"));
            near(surround, measured(&write_playlist(rendition)), &format!("all {channels} channels"));
            near(surround, measured(&source), &format!("all {channels} channels of the source"));
        }
    }
}

#[tokio::test]
async fn a_loud_mix_of_many_channels_is_as_loud_as_it_can_be_and_begins_with_its_source() {
    let studio = Studio::new();
    // All channels at full scale at once, from half a second on.
    let square = "'if(lt(t,0.5),0,sgn(sin(2*PI*200*t)))'";
    let all = [square; 6].join("|");
    let source = format!("aevalsrc={all}:c=5.1:s=48000:d=4");
    let source = studio.ffmpeg(&["-f", "lavfi", "-i", &source, "-sample_fmt", "s16"], "square.flac");
    let output = studio.process(&source).await.unwrap().output;
    // Between its samples a square goes further.
    let peak = output.loudness.true_peak_dbtp;
    assert!((-2.0..=2.0).contains(&peak), "{peak}");
    let decoded = decode(&write_playlist(named(&output, "flac")));
    assert_eq!(decoded.len(), 48_000 * 4);
    let begin = decoded.iter().position(|sample| sample.abs() > 3_000).unwrap();
    assert!(begin.abs_diff(24_000) <= 48, "it begins at sample {begin}");
    assert!(decoded.iter().all(|sample| sample.abs() < 32_000), "nothing is clipped");
}

#[tokio::test]
async fn an_album_is_as_loud_as_its_tracks_one_after_the_other() {
    let studio = Studio::new();
    let quiet = "aevalsrc='0.05*sin(2*PI*300*t)|0.05*sin(2*PI*310*t)':s=44100:d=30";
    let loud = "aevalsrc='0.5*sin(2*PI*500*t)|0.4*sin(2*PI*510*t)':s=44100:d=20";
    let mut album = Histogram::default();
    for (name, source) in [("quiet.flac", quiet), ("loud.flac", loud)] {
        let source = studio.ffmpeg(&["-f", "lavfi", "-i", source], name);
        album.add(&studio.process(&source).await.unwrap().output.loudness_histogram);
    }
    let joined = ["-f", "lavfi", "-i", quiet, "-f", "lavfi", "-i", loud, "-filter_complex", "[0][1]concat=v=0:a=1"];
    let joined = studio.ffmpeg(&joined, "album.flac");
    near(album.integrated_lufs().unwrap(), measured(&joined), "the album");
}
