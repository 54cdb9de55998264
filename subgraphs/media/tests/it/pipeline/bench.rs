//! What the pipeline costs against one bare FFmpeg command with the same outputs. Run by hand:
//! `cargo test -p polyphony-media --test it pipeline::bench -- --ignored --nocapture`.

use std::process::Command;
use std::time::Instant;

use super::Studio;

/// CPU seconds of ended children and of this process itself, from the kernel's account.
fn cpu() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<f64> =
        stat.rsplit_once(')').unwrap().1.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
    ((fields[13] + fields[14]) / 100.0, (fields[11] + fields[12]) / 100.0)
}

/// The bare command: the same encoders, rungs and segments, and nothing that we measure.
fn bare(studio: &Studio, source: &std::path::Path) {
    let folder = studio.path("bare");
    std::fs::create_dir(&folder).unwrap();
    let mut command = Command::new("ffmpeg");
    command.current_dir(&folder).args(["-v", "error", "-nostdin", "-i"]).arg(source);
    for (name, codec) in [
        ("a64", "-c:a aac -b:a 64k"),
        ("a128", "-c:a aac -b:a 128k"),
        ("a192", "-c:a aac -b:a 192k"),
        ("a320", "-c:a aac -b:a 320k"),
        ("flac", "-c:a flac -strict -2"),
    ] {
        command.args(["-map", "0:a"]).args(codec.split(' '));
        command.args("-f hls -hls_time 6 -hls_list_size 0 -hls_segment_type fmp4".split(' '));
        command.args(["-hls_fmp4_init_filename", &format!("{name}.mp4"), &format!("{name}.m3u8")]);
    }
    assert!(command.args("-map 0:a -c:a libmp3lame -q:a 0 out.mp3".split(' ')).status().unwrap().success());
}

#[tokio::test]
#[ignore = "a measurement of some 40 CPU seconds"]
async fn cpu_against_one_bare_command() {
    let studio = Studio::new();
    let source = studio.music("source.flac", 240.0, 44_100, "-sample_fmt s16");
    let (start, wall) = (cpu(), Instant::now());
    bare(&studio, &source);
    let (middle, bare_wall) = (cpu(), wall.elapsed());
    let wall = Instant::now();
    let take = studio.process(&source).await.unwrap();
    let end = cpu();
    let (bare, children, own) = (middle.0 - start.0, end.0 - middle.0, end.1 - middle.1);
    println!("bare:     {bare:.2} CPU s, {bare_wall:.1?} wall");
    println!(
        "pipeline: {children:.2} CPU s in children + {own:.2} in this (debug) process, {:.1?} wall",
        wall.elapsed()
    );
    println!("ratio {:.3} ({} segments)", (children + own) / bare, take.output.renditions[0].segments.len());
}
