//! Real files, made by FFmpeg.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// What a file should be.
pub struct Piece<'a> {
    /// Its name; the ending decides the format.
    pub file: &'a str,
    /// How long it plays.
    pub seconds: u32,
    /// The pitch of its tone, so that two pieces differ.
    pub hertz: u32,
    /// Tags, `("title", "…")`.
    pub tags: &'a [(&'a str, String)],
    /// A cover picture inside the file.
    pub cover: bool,
    /// A moving picture beside the sound.
    pub video: bool,
}

impl Default for Piece<'_> {
    fn default() -> Self {
        Self { file: "piece.flac", seconds: 10, hertz: 220, tags: &[], cover: false, video: false }
    }
}

/// Runs FFmpeg.
///
/// # Panics
/// When it fails.
pub fn ffmpeg(arguments: &[String]) {
    let output =
        Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-y"]).args(arguments).output().expect("ffmpeg starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Makes the file in `folder`.
pub fn make(folder: &Path, piece: &Piece<'_>) -> PathBuf {
    let (path, hertz, seconds) = (folder.join(piece.file), piece.hertz, piece.seconds);
    // Two sines: as different for each pitch as tests need, and cheap however long.
    let sine = |hertz: u32| format!("sine=frequency={hertz}:sample_rate=44100:duration={seconds}");
    let (low, high) = (sine(hertz), sine(hertz * 3 / 2));
    let mut arguments: Vec<String> = ["-f", "lavfi", "-i", &low, "-f", "lavfi", "-i", &high].map(str::to_owned).into();
    let mut add = |more: &[&str]| arguments.extend(more.iter().map(ToString::to_string));
    add(&["-filter_complex", "[0:a][1:a]amerge=inputs=2[a]"]);
    if piece.video {
        add(&[
            "-f",
            "lavfi",
            "-i",
            &format!("testsrc=s=320x240:d={seconds}"),
            "-map",
            "[a]",
            "-map",
            "2:v",
            "-shortest",
        ]);
    } else if piece.cover {
        add(&["-f", "lavfi", "-i", "testsrc=s=600x600:d=1", "-map", "[a]", "-map", "2:v", "-frames:v", "1"]);
        add(&["-c:v", "mjpeg", "-disposition:v", "attached_pic"]);
    } else {
        add(&["-map", "[a]"]);
    }
    for (name, value) in piece.tags {
        add(&["-metadata", &format!("{name}={value}")]);
    }
    add(&[&path.to_string_lossy()]);
    ffmpeg(&arguments);
    path
}

/// How many seconds a file or URL plays, from its decoded samples.
///
/// # Panics
/// When it cannot be decoded.
pub fn decoded_seconds(source: &str) -> f64 {
    let output = Command::new("ffmpeg")
        .args([
            "-v", "error", "-nostdin", "-i", source, "-map", "0:a:0", "-f", "s16le", "-ac", "1", "-ar", "48000", "-",
        ])
        .output()
        .expect("ffmpeg starts");
    assert!(output.status.success(), "{source}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout.len() as f64 / 2.0 / 48_000.0
}
