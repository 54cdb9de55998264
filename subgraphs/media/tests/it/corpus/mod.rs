//! A corpus of odd and hostile files through the whole worker: each plays or is refused with a reason, and a good file that
//! comes after all of them plays. Nothing in a file makes us connect to anything.

mod containers;
mod covers;
mod scripts;
mod sounds;

use std::{path::PathBuf, process::Command, time::Duration};

use polyphony_kit::{Role, Tasks};
use polyphony_media::domain::upload::Quota;
use polyphony_testkit::{keys::viewer, servers};
use serde_json::json;
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::app::TestApp;

/// What must become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It has sound, and that plays.
    Plays,
    /// It must be refused.
    Refused,
    /// Both are right, as long as it is one of them.
    Either,
}

/// A file of the corpus.
struct Odd {
    /// Its name, as the client gives it.
    name: String,
    bytes: Vec<u8>,
    fate: Fate,
}

/// Where files are made.
struct Workshop {
    folder: TempDir,
    /// A port of ours that no file may make anybody connect to.
    trap: u16,
}

impl Workshop {
    /// Runs FFmpeg freely and gives the file that it made.
    fn ffmpeg(&self, arguments: &str, name: &str) -> Vec<u8> {
        let path = self.path(name);
        let mut command = Command::new("ffmpeg");
        command.current_dir(self.folder.path()).args(["-v", "error", "-nostdin", "-y"]);
        let done = command.args(arguments.split_whitespace()).arg(&path).output().unwrap();
        assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        std::fs::read(path).unwrap()
    }

    /// A second of a tone of its own, so that no two files have the same audio.
    fn tone(&self, hertz: u32, name: &str, options: &str) -> Vec<u8> {
        self.ffmpeg(&format!("-f lavfi -i sine=frequency={hertz}:sample_rate=44100:duration=1 {options}"), name)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }
}

fn odd(name: impl Into<String>, bytes: impl Into<Vec<u8>>, fate: Fate) -> Odd {
    Odd { name: name.into(), bytes: bytes.into(), fate }
}

/// The most memory that this process has ever had, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[sqlx::test(migrations = false)]
async fn every_file_plays_or_is_refused_with_a_reason_and_the_worker_goes_on(pool: PgPool) {
    let s3 = servers::s3().await;
    let app = TestApp::with(pool, &s3, Quota { bytes: 5_000_000_000, open_uploads: 5 }).await;
    let owner = viewer(Role::Admin);
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let workshop = Workshop { folder: tempfile::tempdir().unwrap(), trap: trap.local_addr().unwrap().port() };
    let mut corpus = sounds::files(&workshop);
    corpus.extend(containers::files(&workshop));
    corpus.extend(covers::files(&workshop));
    corpus.extend(scripts::files(&workshop));
    assert!(corpus.len() >= 40, "{}", corpus.len());
    corpus.push(odd("the last.flac", workshop.tone(999, "last.flac", ""), Fate::Plays));

    let mut uploads = Vec::new();
    for file in &corpus {
        let created = app.create(&owner, json!({ "filename": file.name, "sizeBytes": file.bytes.len() })).await;
        assert_eq!(created["userErrors"], json!([]), "{:?}", file.name);
        let id = created["upload"]["id"].as_str().unwrap().to_owned();
        let parts = app.put(&created["target"], &file.bytes).await;
        assert_eq!(app.complete(&owner, &id, &parts).await["userErrors"], json!([]), "{:?}", file.name);
        uploads.push(id);
    }
    work_all(&app).await;
    let (mut count, mut wrong) = ([0, 0], Vec::new());
    for (file, id) in corpus.iter().zip(&uploads) {
        let upload = app.see(&owner, id).await;
        let plays = upload["state"] == "READY";
        count[usize::from(plays)] += 1;
        let because = upload["job"]["failedBecause"].as_str().unwrap_or_default();
        println!("{} {:?} {because}", upload["state"], file.name);
        let is_right = match file.fate {
            Fate::Plays => plays,
            Fate::Refused => upload["state"] == "REJECTED",
            Fate::Either => plays || upload["state"] == "REJECTED",
        };
        let has_reason = because.len() > 10 && !because.contains("/tmp") && upload["rejectedBecause"].is_string();
        // One attempt measures, and where others waited another one encodes.
        if !is_right || !plays && !has_reason || upload["job"]["attempt"].as_i64() > Some(2) {
            wrong.push(format!("{:?}: {upload:#}", file.name));
        }
    }
    println!("{} files: {} play, {} are refused; peak memory {} MiB", corpus.len(), count[1], count[0], peak_mib());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(peak_mib() < 600, "{} MiB", peak_mib());
    let connected = tokio::time::timeout(Duration::ZERO, trap.accept()).await;
    assert!(connected.is_err(), "a file made somebody connect");
}

/// Works until no job is left.
async fn work_all(app: &TestApp) {
    let tasks = Tasks::new();
    let worker = app.worker_of(2);
    tasks.spawn("worker", worker.run(tasks.clone()));
    loop {
        let open: i64 = sqlx::query_scalar("select count(*) from jobs where state in ('QUEUED', 'RUNNING')")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        if open == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    tasks.shutdown().await;
}
