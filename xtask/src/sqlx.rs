//! `cargo xtask sqlx`: asks a private PostgreSQL about every query that the code makes, and keeps the answers in each
//! crate's `.sqlx` folder, so that a build needs no database.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::prerequisites::{self, Need};
use crate::servers::private::PrivateServers;
use crate::up::display::{loud_step, step};
use crate::workspace::{self, WITH_DATABASE, crate_folder};

/// Answers by file name.
type Answers = BTreeMap<String, Vec<u8>>;

/// What of a crate decides its answers, beside the versions of its dependencies.
const DECIDING: [&str; 5] = ["Cargo.toml", ".sqlx", "migrations", "src", "tests"];

/// The roots of a crate's targets. A touched root makes cargo expand the queries of the target again.
const TARGET_ROOTS: [&str; 3] = ["src/lib.rs", "src/main.rs", "tests/it/main.rs"];

#[derive(Args)]
pub(crate) struct SqlxArgs {
    /// Change nothing; fail when the committed files are not what the code says.
    #[arg(long)]
    check: bool,
    /// Only these crates, by the names of their programs.
    #[arg(value_parser = WITH_DATABASE)]
    names: Vec<String>,
}

pub(crate) fn run(args: &SqlxArgs) -> anyhow::Result<ExitCode> {
    prerequisites::ensure(&[Need::PostgreSql, Need::CCompiler])?;
    let chosen = |name: &&str| args.names.is_empty() || args.names.iter().any(|only| only == name);
    let seen = Seen::in_target_folder()?;
    let mut names: Vec<&str> = WITH_DATABASE.into_iter().filter(chosen).collect();
    if args.check {
        names.retain(|name| !seen.includes(name));
    }
    if names.is_empty() {
        println!("Nothing has changed since it was last checked.");
        return Ok(ExitCode::SUCCESS);
    }
    let starting = step("Starting a private PostgreSQL");
    let servers = starting.end_with(PrivateServers::database())?;
    servers.create_databases(&WITH_DATABASE)?;
    let mut stale = Vec::new();
    for name in names {
        let folder = workspace::root().join(crate_folder(name));
        servers.apply_migrations(name, &folder.join("migrations"))?;
        let asking = loud_step(&format!("Describing the queries of {name}"));
        let fresh = asking.end_with(describe(name, &folder, &servers))?;
        let kept = folder.join(".sqlx");
        if fresh == read(&kept)? {
            seen.remember(name)?;
        } else if args.check {
            stale.push(name);
        } else {
            replace(&kept, &fresh)?;
            seen.remember(name)?;
        }
    }
    if stale.is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        bail!("the .sqlx folder is not what the code says in {}; run `cargo xtask sqlx`", stale.join(", "))
    }
}

fn describe(name: &str, folder: &Path, servers: &PrivateServers) -> anyhow::Result<Answers> {
    let _touched = TARGET_ROOTS
        .iter()
        .map(|root| folder.join(root))
        .filter(|path| path.exists())
        .map(Touched::now)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let answers = tempfile::tempdir().context("make a temporary folder")?;
    let status = workspace::cargo()
        // Not `check`: what is built here need not be built again by what comes next.
        .args(["build", "--quiet", "--all-targets", "-p", &format!("polyphony-{name}")])
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", answers.path())
        .env(format!("DATABASE_URL_{}", name.to_uppercase()), servers.database_url(name))
        .status()
        .context("run cargo check")?;
    if !status.success() {
        bail!("polyphony-{name} does not compile against its migrated database");
    }
    read(answers.path())
}

/// Which crates were found right as they are now, kept in cargo's target folder.
struct Seen {
    folder: PathBuf,
}

impl Seen {
    fn in_target_folder() -> anyhow::Result<Self> {
        let folder = workspace::target_folder()?.join("sqlx-seen");
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// What cannot be read counts as not seen: the check itself then says why.
    fn includes(&self, name: &str) -> bool {
        let now = digest(name).ok();
        now.is_some() && now == fs::read_to_string(self.folder.join(name)).ok()
    }

    fn remember(&self, name: &str) -> anyhow::Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, digest(name)?).with_context(|| format!("write {}", path.display()))
    }
}

/// A number that is another one when anything has changed that decides the answers of a crate.
fn digest(name: &str) -> anyhow::Result<String> {
    let root = workspace::root();
    let mut hasher = DefaultHasher::new();
    let mut paths = vec![root.join("Cargo.lock")];
    paths
        .extend(DECIDING.map(|part| root.join(crate_folder(name)).join(part)).into_iter().filter(|path| path.exists()));
    while let Some(path) = paths.pop() {
        path.hash(&mut hasher);
        if path.is_dir() {
            let entries = fs::read_dir(&path).with_context(|| format!("list {}", path.display()))?;
            let mut inside = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
            inside.sort();
            paths.extend(inside);
        } else {
            fs::read(&path).with_context(|| format!("read {}", path.display()))?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// A file that looks newly written until this is dropped; then other target folders need not build it again.
struct Touched {
    file: File,
    before: SystemTime,
}

impl Touched {
    fn now(path: PathBuf) -> anyhow::Result<Self> {
        let touch = || {
            let file = File::options().append(true).open(&path)?;
            let before = file.metadata()?.modified()?;
            file.set_modified(SystemTime::now())?;
            Ok::<_, std::io::Error>(Self { file, before })
        };
        touch().with_context(|| format!("touch {}", path.display()))
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        // Left as it is, the file is merely built once more.
        let _ = self.file.set_modified(self.before);
    }
}

fn read(folder: &Path) -> anyhow::Result<Answers> {
    let mut answers = Answers::new();
    if !folder.exists() {
        return Ok(answers);
    }
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry.with_context(|| format!("list {}", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        answers.insert(name, fs::read(&path).with_context(|| format!("read {}", path.display()))?);
    }
    Ok(answers)
}

fn replace(folder: &Path, fresh: &Answers) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    if fresh.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    for (name, answer) in fresh {
        let path = folder.join(name);
        fs::write(&path, answer).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}
