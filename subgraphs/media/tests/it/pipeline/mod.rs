//! The audio pipeline against files that the real FFmpeg makes.

mod bench;
mod details;
mod gapless;
mod hostile;
mod loudness;
mod machine;
mod outputs;
mod sources;
mod taggers;
mod tags;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use polyphony_media::pipeline::{
    Cut, Event, Job, Ladder, Limits, Measured, Mp3File, Output, PipelineError, Rejection, Rendition, SourceInfo, Tags,
    measure, probe, read_tags, transcode,
};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A stereo sound with pitch, rhythm and noise, so that encoders have something to do and delays can be found.
const MUSIC: &str = "aevalsrc='0.4*sin(2*PI*(220+60*sin(t*2))*t)*abs(sin(5*t))+0.05*(random(0)-0.5)\
                     |0.3*sin(2*PI*(330+40*sin(t*3))*t)+0.05*(random(1)-0.5)'";

/// A folder for one test's files.
struct Studio {
    folder: TempDir,
    limits: Limits,
}

/// What was measured and made, and the events of the making.
#[derive(Debug)]
struct Take {
    info: SourceInfo,
    tags: Tags,
    output: Everything,
    events: Vec<Event>,
}

/// Files and figures of one source.
#[derive(Debug)]
struct Everything {
    measured: Measured,
    renditions: Vec<Rendition>,
    mp3: Mp3File,
}

impl Deref for Everything {
    type Target = Measured;

    fn deref(&self) -> &Measured {
        &self.measured
    }
}

impl Studio {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), limits: Limits::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file as it is.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Makes music of a length with FFmpeg: `options` choose the codec.
    fn music(&self, name: &str, seconds: f64, rate: u32, options: &str) -> PathBuf {
        let source = format!("{MUSIC}:s={rate}:d={seconds}");
        let mut arguments = vec!["-f", "lavfi", "-i", &source];
        arguments.extend(options.split_whitespace());
        self.ffmpeg(&arguments, name)
    }

    /// Runs FFmpeg freely to make a file.
    fn ffmpeg(&self, arguments: &[&str], name: &str) -> PathBuf {
        let path = self.path(name);
        let mut command = Command::new("ffmpeg");
        let done = command.args(["-v", "error", "-nostdin", "-y"]).args(arguments).arg(&path).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        path
    }

    /// The whole pipeline, as the worker runs it.
    async fn process(&self, source: &Path) -> Result<Take, PipelineError> {
        let info = probe(source, &self.limits).await?;
        self.transcode(source, &info).await
    }

    /// The pipeline behind the probing.
    async fn transcode(&self, source: &Path, info: &SourceInfo) -> Result<Take, PipelineError> {
        self.transcode_part(source, info, None).await
    }

    /// The same of a part.
    async fn transcode_part(&self, source: &Path, info: &SourceInfo, cut: Option<Cut>) -> Result<Take, PipelineError> {
        let tags = read_tags(source, info, &self.limits).await;
        let ladder = Ladder::plan(info);
        let out_dir = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        let job = Job {
            source,
            info,
            ladder: &ladder,
            cut,
            tags: Some(&tags),
            out_dir: &out_dir,
            limits: &self.limits,
            held: None,
        };
        let (sender, mut receiver) = mpsc::channel(16);
        let collect = async {
            let mut events = Vec::new();
            while let Some(event) = receiver.recv().await {
                events.push(event);
            }
            events
        };
        let unheard = mpsc::channel(1).0;
        let measured = measure(job, unheard, CancellationToken::new()).await?;
        let (output, events) = tokio::join!(transcode(job, sender, CancellationToken::new()), collect);
        let Output { renditions, mp3 } = output?;
        Ok(Take { output: Everything { measured, renditions, mp3 }, info: info.clone(), tags, events })
    }

    /// The pipeline on a file that must be refused.
    async fn refusal(&self, source: &Path) -> Rejection {
        match self.process(source).await {
            Err(PipelineError::Rejected(rejection)) => rejection,
            Err(other) => panic!("{}: not refused but failed: {other}", source.display()),
            Ok(take) => panic!("{}: accepted as {:?}", source.display(), take.info),
        }
    }
}

/// Decodes a file to 16-bit samples of its first channel.
fn decode(path: &Path) -> Vec<i16> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-allowed_extensions", "ALL", "-i"]).arg(path);
    raw(command)
}

/// The same for files that are no playlists.
fn decode_file(path: &Path) -> Vec<i16> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-i"]).arg(path);
    raw(command)
}

fn raw(mut command: Command) -> Vec<i16> {
    let done = command.args(["-map", "0:a:0", "-af", "pan=mono|c0=c0", "-f", "s16le", "-"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}
