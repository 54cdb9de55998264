//! `bench import`: a folder of short files through `polyphony import`, beside bare FFmpeg that makes the same of them.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, ensure};
use polyphony_e2e::{Client, Platform};
use serde_json::Value;

use crate::{
    media,
    plot::{self, Bar},
};

/// How many files a minute there are at least, over bare FFmpeg's.
const AIM_RATIO: f64 = 0.6;
/// How many files a folder has.
const OF_ALBUM: u32 = 10;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many files.
    #[arg(long, default_value_t = 1_000)]
    files: u32,
    /// How many of them bare FFmpeg makes; its rate is that of these.
    #[arg(long, default_value_t = 100)]
    bare: u32,
    /// How long each plays.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("make a folder")?;
    // As many at once as bare FFmpeg has, and no politer.
    let at_once = media::cores().max(2);
    let sources = make(args, &home.path().join("music"))?;
    let platform = Platform::start_with(&[("WORKER_CONCURRENCY", &at_once.to_string()), ("WORKER_NICE", "0")]);
    let client = Client::creator(&platform).await;
    let polyphony = Polyphony { home: home.path(), server: platform.url("router") };
    polyphony.sign_in(&client)?;
    let (few, rest) = (args.bare.min(args.files) as usize / 2, args.bare.min(args.files) as usize);
    // Half of the bare run before and half after, so that a machine that does other things weighs on both alike.
    let began = Instant::now();
    media::bare_all(&sources[..few], &home.path().join("before"), at_once)?;
    let mut bare = began.elapsed();
    let began = Instant::now();
    let imported = polyphony.import()?;
    let took = began.elapsed();
    ensure!(imported == args.files as usize, "{imported} of {} files became tracks", args.files);
    let began = Instant::now();
    media::bare_all(&sources[few..rest], &home.path().join("after"), at_once)?;
    bare += began.elapsed();
    let ours = f64::from(args.files) * 60.0 / took.as_secs_f64();
    let theirs = rest as f64 * 60.0 / bare.as_secs_f64();
    let report = format!(
        "# bench import\n\n{} files of {} s, FLAC, in folders of {OF_ALBUM}, through `polyphony import` until each can be played.\n\n\
         | | files a minute | ratio |\n| --- | ---: | ---: |\n\
         | bare FFmpeg, {at_once} at once, {rest} of them, half before and half after | {theirs:.0} | 1 |\n\
         | Polyphony | {ours:.0} | {:.2} |\n\nAim: ratio >= {AIM_RATIO}.\n",
        args.files,
        args.seconds,
        ours / theirs
    );
    let name = "files a minute over bare FFmpeg's";
    let bar = Bar { name, value: ours / theirs, aim: AIM_RATIO, less_is_better: false, unit: "" };
    plot::keep("import", &report, &plot::bars("Import beside bare FFmpeg in the same run", &[bar]))
}

/// Makes the files, in folders as albums are.
fn make(args: &Args, music: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for number in 0..args.files {
        let folder = music.join(format!("Band/Album {}", number / OF_ALBUM));
        std::fs::create_dir_all(&folder).context("make a folder")?;
        let file = folder.join(format!("{:02} song.flac", number % OF_ALBUM + 1));
        media::make(&file, args.seconds, 5_000 + number)?;
        files.push(file);
    }
    Ok(files)
}

/// The command, signed in as somebody.
struct Polyphony<'a> {
    home: &'a Path,
    server: String,
}

impl Polyphony<'_> {
    fn command(&self) -> anyhow::Result<Command> {
        let bin = std::env::var("POLYPHONY_BIN_DIR").context("POLYPHONY_BIN_DIR is not set: use cargo xtask bench")?;
        let mut command = Command::new(Path::new(&bin).join("polyphony"));
        command.env("POLYPHONY_SERVER", &self.server).env_remove("POLYPHONY_TOKEN").stdin(Stdio::null());
        command.env("POLYPHONY_CONFIG_DIR", self.home.join("config"));
        command.env("POLYPHONY_JOURNAL_DIR", self.home.join("journal"));
        Ok(command)
    }

    fn sign_in(&self, client: &Client) -> anyhow::Result<()> {
        let (email, password) = client.credentials();
        let mut login = self.command()?;
        let output = login.args(["login", "--email", &email]).env("POLYPHONY_PASSWORD", password).output();
        ensure!(output.context("start polyphony")?.status.success(), "polyphony did not sign in");
        Ok(())
    }

    /// Imports the folder; gives how many files became tracks.
    fn import(&self) -> anyhow::Result<usize> {
        let output = self.command()?.args(["import", "--json"]).arg(self.home.join("music")).output();
        let output = output.context("start polyphony")?;
        let lines = String::from_utf8_lossy(&output.stdout);
        let summary: Value =
            serde_json::from_str(lines.lines().last().unwrap_or_default()).context("read the summary")?;
        Ok(summary["imported"].as_u64().unwrap_or(0) as usize)
    }
}
