//! The demo library: pieces that FFmpeg synthesizes on this machine, imported with the `polyphony` command like
//! anybody's music, through the public API.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::data::{DataFolder, tail};
use crate::process::find_program;
use crate::secrets::Admin;
use crate::up::state::State;

/// One synthesized piece: the chord it plays and how it breathes.
struct Piece {
    artist: &'static str,
    album: &'static str,
    track: u32,
    title: &'static str,
    genre: &'static str,
    /// Hertz.
    chord: [f64; 3],
    /// Beats per second of the slow pulse.
    pulse: f64,
    seconds: u32,
}

const PIECES: [Piece; 6] = [
    piece("Lumen Fields", "First Light", 1, "Meadow at Dawn", "Ambient", [220.0, 277.18, 329.63], 0.25, 40),
    piece("Lumen Fields", "First Light", 2, "Slow River", "Ambient", [196.0, 246.94, 293.66], 0.2, 45),
    piece("Lumen Fields", "First Light", 3, "Paper Lanterns", "Ambient", [261.63, 329.63, 392.0], 0.33, 38),
    piece("The Tin Orchard", "Clockwork Fruit", 1, "Winding Up", "Electronic", [130.81, 196.0, 261.63], 2.0, 35),
    piece("The Tin Orchard", "Clockwork Fruit", 2, "Brass Pears", "Electronic", [146.83, 220.0, 293.66], 2.5, 33),
    piece("The Tin Orchard", "Clockwork Fruit", 3, "Unwound", "Electronic", [110.0, 164.81, 220.0], 1.5, 42),
];

#[expect(clippy::too_many_arguments, reason = "a table reads best with one row per piece")]
const fn piece(
    artist: &'static str,
    album: &'static str,
    track: u32,
    title: &'static str,
    genre: &'static str,
    chord: [f64; 3],
    pulse: f64,
    seconds: u32,
) -> Piece {
    Piece { artist, album, track, title, genre, chord, pulse, seconds }
}

/// Makes and imports the library while the caller goes on, saying at the end how it went.
pub(crate) fn in_background(data: &DataFolder, bin: &Path) {
    let (data, bin) = (data.clone(), bin.to_owned());
    eprintln!("Making and importing the demo library.");
    std::thread::spawn(move || match import(&data, &bin) {
        Ok(()) => eprintln!("The demo library is imported."),
        Err(error) => eprintln!("the demo library was not imported: {error:#}"),
    });
}

/// Makes the pieces that are not there yet, and imports the folder; what is imported already is skipped.
pub(crate) fn import(data: &DataFolder, bin: &Path) -> anyhow::Result<()> {
    let music = data.join("demo");
    for piece in &PIECES {
        synthesize(&music, piece)?;
    }
    let state = State::read(data)?.context("find the running platform")?;
    let router = state.parts.iter().find(|part| part.name == "router");
    let server = router.and_then(|part| part.url.as_ref()).context("find the router's address")?;
    let session = data.join("demo-session");
    let Admin { email, password } = Admin::of(data)?;
    // Its own home for the session, so that a person's own sign-in stays as it is.
    let polyphony = |args: &[&str]| -> anyhow::Result<()> {
        let log = data.log("demo");
        let output = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("open {}", log.display()))?;
        let status = Command::new(bin.join("polyphony"))
            .args(args)
            .env("POLYPHONY_SERVER", server)
            .env("POLYPHONY_EMAIL", &email)
            .env("POLYPHONY_PASSWORD", &password)
            .env("POLYPHONY_CONFIG_DIR", &session)
            .env("POLYPHONY_JOURNAL_DIR", &session)
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("share a log")?)
            .stderr(output)
            .status()
            .context("run polyphony")?;
        if !status.success() {
            bail!("polyphony {} failed:\n{}", args[0], tail(&log, 20));
        }
        Ok(())
    };
    polyphony(&["login"])?;
    polyphony(&["import", &music.display().to_string()])
}

fn synthesize(music: &Path, piece: &Piece) -> anyhow::Result<()> {
    let folder = music.join(piece.artist).join(piece.album);
    let file: PathBuf = folder.join(format!("{:02} {}.flac", piece.track, piece.title));
    if file.exists() {
        return Ok(());
    }
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let unfinished = file.with_extension("unfinished.flac");
    let output = Command::new(find_program("ffmpeg").context("find ffmpeg")?)
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i"])
        .arg(format!("aevalsrc={}:s=44100:d={}", waveform(piece), piece.seconds))
        .args(["-af", &format!("afade=t=in:d=2,afade=t=out:st={}:d=3,aecho=0.8:0.7:180:0.3", piece.seconds - 3)])
        .args(tags(piece).iter().flat_map(|tag| ["-metadata", tag.as_str()]))
        .arg(&unfinished)
        .output()
        .context("run ffmpeg")?;
    if !output.status.success() {
        bail!("ffmpeg failed on {}: {}", piece.title, String::from_utf8_lossy(&output.stderr).trim());
    }
    fs::rename(&unfinished, &file).context("move a piece into place")
}

/// The chord, a little detuned between left and right, under a slow pulse.
fn waveform(piece: &Piece) -> String {
    let side = |detune: f64| {
        let voices: Vec<String> =
            piece.chord.iter().map(|hertz| format!("sin({:.2}*2*PI*t)", hertz * detune)).collect();
        format!("0.12*({})*(0.6+0.4*sin({:.2}*2*PI*t))", voices.join("+"), piece.pulse)
    };
    format!("{}|{}", side(1.0), side(1.003))
}

fn tags(piece: &Piece) -> [String; 7] {
    let of_album = PIECES.iter().filter(|other| other.album == piece.album).count();
    [
        format!("title={}", piece.title),
        format!("artist={}", piece.artist),
        format!("album_artist={}", piece.artist),
        format!("album={}", piece.album),
        format!("genre={}", piece.genre),
        format!("track={}/{of_album}", piece.track),
        "date=2026".to_owned(),
    ]
}
