//! `bench store`: what an upload, a list and a delete cost the embedded object store when little and when much is in it.

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use polyphony_kit::{blobs::Blobs, config::S3Args};

use crate::plot::{self, Bar};

/// How much dearer an operation may be with many objects than with few.
const AIM_RATIO: f64 = 1.2;
/// How many objects stand under one prefix, as those of a track do.
const OF_A_TRACK: u32 = 10;
/// The length of the parts that are sent: the shortest that S3 takes.
const PART: usize = 5 * 1024 * 1024;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many objects are few.
    #[arg(long, default_value_t = 1_000)]
    few: u32,
    /// How many are many.
    #[arg(long, default_value_t = 100_000)]
    many: u32,
    /// How often each operation is done; the table shows the medians.
    #[arg(long, default_value_t = 60)]
    rounds: u32,
}

/// A server of the run's own, which goes with it.
struct Server {
    process: Child,
    blobs: Blobs,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Medians in milliseconds.
struct Costs {
    upload: f64,
    in_parts: f64,
    read: f64,
    list: f64,
    delete: f64,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let data = tempfile::tempdir().context("make a folder")?;
    let server = start(data.path()).await?;
    fill(&server.blobs, 0..args.few / OF_A_TRACK).await?;
    let few = measure(&server.blobs, args.rounds).await?;
    fill(&server.blobs, args.few / OF_A_TRACK..args.many / OF_A_TRACK).await?;
    let many = measure(&server.blobs, args.rounds).await?;
    let rows = [
        ("upload of an object", few.upload, many.upload),
        ("upload in two parts", few.in_parts, many.in_parts),
        ("read", few.read, many.read),
        ("list of a track's objects", few.list, many.list),
        ("delete of a track's objects", few.delete, many.delete),
    ];
    let mut report = format!(
        "# bench store\n\n| median, ms | {} objects | {} objects | ratio (aim <= {AIM_RATIO}) |\n| --- | ---: | ---: | ---: |\n",
        args.few, args.many
    );
    for (what, few, many) in rows {
        let _ = writeln!(report, "| {what} | {few:.2} | {many:.2} | {:.2} |", many / few);
    }
    let bar = |(name, few, many): (&'static str, f64, f64)| Bar {
        name,
        value: many / few,
        aim: AIM_RATIO,
        less_is_better: true,
        unit: "",
    };
    plot::keep(
        "store",
        &report,
        &plot::bars("The embedded object store when full over when nearly empty", &rows.map(bar)),
    )
}

async fn start(data: &Path) -> anyhow::Result<Server> {
    let binary = match std::env::var_os("POLYPHONY_BIN_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::current_exe()?.parent().context("the folder of the binaries")?.to_owned(),
    }
    .join("devstack");
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let process = Command::new(&binary)
        .args(["s3", "--bind", &format!("127.0.0.1:{port}"), "--access-key", "key", "--secret-key", "secret", "--data"])
        .arg(data)
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("start {}", binary.display()))?;
    let blobs = Blobs::new(&S3Args {
        s3_endpoint: format!("http://127.0.0.1:{port}"),
        s3_public_endpoint: None,
        s3_region: "us-east-1".to_owned(),
        s3_bucket: "polyphony".to_owned(),
        s3_access_key_id: "key".to_owned(),
        s3_secret_access_key: "secret".to_owned(),
    });
    let server = Server { process, blobs };
    for _ in 0..100 {
        if server.blobs.ping().await.is_ok() {
            return Ok(server);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the object store does not answer")
}

fn prefix(track: u32) -> String {
    format!("renditions/{track:08x}/")
}

/// Fills the store with tracks of as many objects as one has.
async fn fill(blobs: &Blobs, tracks: std::ops::Range<u32>) -> anyhow::Result<()> {
    let keys = tracks.flat_map(|track| (0..OF_A_TRACK).map(move |n| format!("{}{n}.m4s", prefix(track))));
    stream::iter(keys)
        .map(|key| async move { blobs.upload_bytes(&key, vec![7; 1024], "audio/mp4").await })
        .buffer_unordered(16)
        .try_collect()
        .await
}

async fn measure(blobs: &Blobs, rounds: u32) -> anyhow::Result<Costs> {
    let mut times: [Vec<f64>; 5] = Default::default();
    for _ in 0..rounds {
        let prefix = format!("renditions/{}/", uuid::Uuid::new_v4());
        let keys: Vec<String> = (0..OF_A_TRACK).map(|n| format!("{prefix}{n}.m4s")).collect();
        for key in &keys {
            let began = Instant::now();
            blobs.upload_bytes(key, vec![7; 1024], "audio/mp4").await?;
            times[0].push(began.elapsed().as_secs_f64());
        }
        let began = Instant::now();
        in_parts(blobs, &format!("{prefix}source")).await?;
        times[1].push(began.elapsed().as_secs_f64());
        for key in &keys {
            let began = Instant::now();
            blobs.head(key).await?.context("an object is not there")?;
            times[2].push(began.elapsed().as_secs_f64());
        }
        let began = Instant::now();
        let listed = blobs.list(&prefix).await?;
        times[3].push(began.elapsed().as_secs_f64());
        anyhow::ensure!(listed.len() == keys.len() + 1, "{} objects are listed", listed.len());
        let began = Instant::now();
        blobs.delete_prefix(&prefix).await?;
        times[4].push(began.elapsed().as_secs_f64());
    }
    let [upload, in_parts, read, list, delete] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2] * 1000.0
    });
    Ok(Costs { upload, in_parts, read, list, delete })
}

async fn in_parts(blobs: &Blobs, key: &str) -> anyhow::Result<()> {
    let file = tempfile::NamedTempFile::new().context("make a file")?;
    file.as_file().set_len(2 * PART as u64).context("make a file")?;
    let upload = blobs.begin_multipart(key, Some("audio/flac")).await?;
    for number in 1..=2 {
        let offset = u64::try_from(number - 1)? * PART as u64;
        blobs.upload_part((key, &upload, number), file.path(), (offset, PART as u64)).await?;
    }
    let parts = blobs.list_parts(key, &upload).await?.context("the upload is gone")?;
    let parts: Vec<(i32, String)> = parts.into_iter().map(|(number, etag, _)| (number, etag)).collect();
    blobs.complete_multipart(key, &upload, &parts).await
}
