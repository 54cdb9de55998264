//! A machine that fails: programs that are missing or are killed, disk and memory that give out. None of it is the file's
//! fault, so that it is tried again and nothing is deleted.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use polyphony_media::pipeline::{PipelineError, probe};

use super::Studio;

/// Names the source when this test runs in a process of its own, where `PATH` can be another.
const INNER: &str = "POLYPHONY_TEST_SOURCE";

/// A folder to look for programs in: all that we use, but this one is a script, or missing.
fn programs(studio: &Studio, name: &str, script: Option<&str>) -> PathBuf {
    let folder = tempfile::tempdir_in(studio.folder.path()).unwrap().keep();
    for program in ["ffmpeg", "ffprobe", "setsid", "prlimit", "setpriv", "nice", "sh", "kill"] {
        let place = folder.join(program);
        if program != name {
            let found = Command::new("which").arg(program).output().unwrap().stdout;
            std::os::unix::fs::symlink(String::from_utf8(found).unwrap().trim(), place).unwrap();
        } else if let Some(script) = script {
            std::fs::write(&place, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    folder
}

/// What becomes of the source on a machine whose programs are in this folder.
fn outcome(folder: &Path, source: &Path) -> String {
    let test = "pipeline::machine::what_the_machine_does_is_not_held_against_the_file";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).env("PATH", folder).env(INNER, source);
    let done = command.output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    said.lines().find_map(|line| Some(line.split_once("outcome: ")?.1.to_owned())).unwrap_or(said)
}

#[tokio::test]
async fn what_the_machine_does_is_not_held_against_the_file() {
    let studio = Studio::new();
    if let Some(source) = std::env::var_os(INNER) {
        let ended = match studio.process(Path::new(&source)).await {
            Ok(_) => "plays".to_owned(),
            Err(PipelineError::Rejected(rejection)) => format!("rejected, {rejection}"),
            Err(error) => format!("failed, {error}"),
        };
        println!("outcome: {ended}");
        return;
    }
    let source = studio.music("a.flac", 1.0, 44_100, "-sample_fmt s16");
    assert_eq!(outcome(&programs(&studio, "", None), &source), "plays");
    for program in ["ffprobe", "ffmpeg"] {
        for script in [
            None,
            Some("kill -KILL $$"),
            Some("kill -TERM $$"),
            Some("kill -SEGV $$"),
            Some("echo '[info] Exiting normally, received signal 15.' >&2; exit 255"),
            Some("echo '[out#0 @ 0x1] [error] x: No space left on device' >&2; exit 1"),
            Some("echo 'prlimit: failed to set the AS resource limit: Operation not permitted' >&2; exit 1"),
        ] {
            let ended = outcome(&programs(&studio, program, script), &source);
            assert!(ended.starts_with(&format!("failed, {program} failed: ")), "{program}, {script:?}: {ended}");
        }
        // What the program itself has against the file still counts, and so does its hunger for time.
        for script in ["exit 1", "kill -XCPU $$"] {
            let ended = outcome(&programs(&studio, program, Some(script)), &source);
            assert!(ended.starts_with("rejected, "), "{program}, {script:?}: {ended}");
        }
    }
}

#[tokio::test]
async fn memory_that_gives_out_is_no_refusal() {
    let mut studio = Studio::new();
    let source = studio.music("a.flac", 1.0, 44_100, "-sample_fmt s16");
    let info = probe(&source, &studio.limits).await.unwrap();
    // Too little to load FFmpeg, to begin, to go on: where one ends and the next begins differs from machine to machine.
    for mebibytes in [16, 200, 240, 250, 260, 265, 270, 275, 280, 285, 290, 300] {
        studio.limits.memory_bytes = mebibytes << 20;
        let ended = studio.transcode(&source, &info).await;
        assert!(matches!(ended, Ok(_) | Err(PipelineError::Tool { .. })), "{mebibytes} MiB: {ended:?}");
        assert!(ended.is_err() || mebibytes > 16);
    }
    studio.limits.memory_bytes = 16 << 20;
    assert!(matches!(probe(&source, &studio.limits).await, Err(PipelineError::Tool { .. })));
}

/// The processes whose parent is this one, as the kernel says.
fn children(parent: u32) -> Vec<u32> {
    let stat = |process: u32| std::fs::read_to_string(format!("/proc/{process}/stat")).ok();
    let names = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    names
        .filter(|process| {
            let stat = stat(*process).unwrap_or_default();
            let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            rest.split_whitespace().nth(1) == Some(&parent.to_string())
        })
        .collect()
}

/// Whether a process still does something.
fn lives(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_child_that_says_nothing_dies_with_a_worker_that_is_killed() {
    let studio = Studio::new();
    if let Some(source) = std::env::var_os(INNER) {
        let _killed_meanwhile = studio.process(Path::new(&source)).await;
        return;
    }
    let source = studio.music("a.flac", 1.0, 44_100, "-sample_fmt s16");
    let folder = programs(&studio, "ffprobe", Some("exec sleep 100"));
    std::os::unix::fs::symlink("/bin/sleep", folder.join("sleep")).unwrap();
    let test = "pipeline::machine::a_child_that_says_nothing_dies_with_a_worker_that_is_killed";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact"]).env("PATH", folder).env(INNER, source).stdout(Stdio::null());
    let mut worker = command.spawn().unwrap();
    let child = polyphony_testkit::eventually("a child", async || {
        let found = children(worker.id());
        let sleeps =
            |process: u32| std::fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name == "sleep\n");
        found.into_iter().find(|process| sleeps(*process))
    })
    .await;
    assert!(lives(child));
    worker.kill().unwrap();
    worker.wait().unwrap();
    for _ in 0..100 {
        if !lives(child) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{child} goes on");
}

/// The process's session and niceness, and how its session stands among others (`/autogroup-7 nice 15`) where that counts.
#[cfg(target_os = "linux")]
fn standing(process: u32) -> Option<(u32, String, Option<String>)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (name, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let session = std::fs::read_to_string(format!("/proc/{process}/autogroup")).ok();
    name.ends_with("(ffmpeg").then(|| (fields[3].parse().unwrap(), fields[16].to_owned(), session))
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn ffmpeg_stands_back_behind_everything_else() {
    let mut studio = Studio::new();
    studio.limits.nice = 7;
    let source = studio.music("a.flac", 300.0, 44_100, "-sample_fmt s16");
    let stands_back = polyphony_testkit::eventually("an FFmpeg that stands back", async || {
        let seen: Vec<_> =
            children(std::process::id()).into_iter().filter_map(|pid| Some((pid, standing(pid)?))).collect();
        seen.into_iter().find(|(pid, (leader, nice, session))| {
            let session_too = session.as_ref().is_none_or(|session| session.trim_end().ends_with("nice 7"));
            leader == pid && nice == "7" && session_too
        })
    });
    tokio::select! {
        taken = studio.process(&source) => panic!("it never stood back: {:?}", taken.map(|take| take.output.duration_ms)),
        _ = stands_back => {}
    }
}
