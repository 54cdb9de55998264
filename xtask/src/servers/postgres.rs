//! A private PostgreSQL cluster: made once, owned by a user that may run it, on the loopback address with a password.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use rustix::process::Signal;

use crate::part::{Part, as_user};
use crate::probe::Probe;
use crate::process::{find_program, is_root};
use crate::secrets::{Secrets, random_hex};

/// Where clusters of folders that their owner cannot reach are put instead.
const ELSEWHERE: &str = "/var/lib/polyphony";

/// The programs of an installed PostgreSQL.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    bin: PathBuf,
}

impl Installation {
    /// The newest installed server. Distributions keep `initdb` and `postgres` out of `PATH`.
    pub(crate) fn find() -> Option<Self> {
        let mut candidates: Vec<(u32, PathBuf)> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
            .iter()
            .filter_map(|parent| fs::read_dir(parent).ok())
            .flatten()
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let version = name.strip_prefix("postgresql@").unwrap_or(&name).parse().ok()?;
                Some((version, entry.path().join("bin")))
            })
            .collect();
        candidates.sort();
        candidates
            .into_iter()
            .rev()
            .map(|(_, bin)| bin)
            .chain(find_program("initdb").and_then(|initdb| {
                let initdb = fs::canonicalize(initdb).ok()?;
                initdb.parent().map(Path::to_owned)
            }))
            .find(|bin| ["initdb", "postgres", "psql"].iter().all(|program| bin.join(program).is_file()))
            .map(|bin| Self { bin })
    }

    /// Whether the extensions that the catalog uses are installed beside the server.
    pub(crate) fn has_extensions(&self) -> bool {
        let Ok(output) = Command::new(self.bin.join("pg_config")).arg("--sharedir").output() else {
            // Only developers' packages carry pg_config; the server says it itself when an extension is missing.
            return true;
        };
        let share = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let extensions = share.join("extension");
        !extensions.is_dir()
            || ["pg_trgm", "unaccent"].iter().all(|name| extensions.join(format!("{name}.control")).is_file())
    }

    fn major(&self) -> anyhow::Result<String> {
        let output = Command::new(self.bin.join("postgres"))
            .arg("--version")
            .output()
            .context("ask PostgreSQL for its version")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
        let major = number.and_then(|version| version.split(|c: char| !c.is_ascii_digit()).next());
        major.map(str::to_owned).with_context(|| format!("read PostgreSQL's version in {text:?}"))
    }
}

/// How careful the cluster is with its data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// What is committed survives everything.
    Full,
    /// Fast, for data that is thrown away after a run of tests.
    None,
}

/// A cluster on disk, ready to be started.
pub(crate) struct Cluster {
    installation: Installation,
    data: PathBuf,
    user: Option<String>,
    durability: Durability,
    pub(crate) port: u16,
}

impl Cluster {
    /// Finds the cluster below the folder, or makes it there.
    pub(crate) fn prepare(folder: &Path, port: u16, secrets: &Secrets, durability: Durability) -> anyhow::Result<Self> {
        let installation = Installation::find().context("find PostgreSQL's programs")?;
        // PostgreSQL refuses to run as root; its package makes this user.
        let user = is_root().then(|| "postgres".to_owned());
        let home = reachable_home(folder, user.as_deref())?;
        let cluster = Self { installation, data: home.join("cluster"), user, durability, port };
        if cluster.data.join("PG_VERSION").exists() {
            cluster.check_version()?;
            cluster.drop_stale_pid_file()?;
        } else {
            cluster.make(&home, secrets)?;
        }
        Ok(cluster)
    }

    fn check_version(&self) -> anyhow::Result<()> {
        let made_by = fs::read_to_string(self.data.join("PG_VERSION")).context("read the cluster's version")?;
        let installed = self.installation.major()?;
        if made_by.trim() != installed {
            bail!(
                "the data in {} is of PostgreSQL {} but {installed} is installed; install that version or use another --data folder",
                self.data.display(),
                made_by.trim(),
            );
        }
        Ok(())
    }

    /// After a crash of the machine the file may name a number that another process has now; the server would then
    /// refuse to start. A live postmaster on this cluster has its folder as working directory or is no longer ours.
    fn drop_stale_pid_file(&self) -> anyhow::Result<()> {
        let path = self.data.join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&path) else { return Ok(()) };
        let pid = text.lines().next().unwrap_or_default().trim().to_owned();
        let here = fs::read_link(format!("/proc/{pid}/cwd")).ok();
        let is_live = here.is_some_and(|cwd| fs::canonicalize(&self.data).is_ok_and(|data| data == cwd));
        if !is_live && Path::new("/proc/self").exists() {
            fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
        }
        Ok(())
    }

    fn make(&self, home: &Path, secrets: &Secrets) -> anyhow::Result<()> {
        let password_file = home.join("password");
        fs::write(&password_file, secrets.get("postgres_password")).context("write the cluster's password")?;
        give_to(&password_file, self.user.as_deref())?;
        // Made beside its place and moved there, so that an interrupted start leaves no half-made cluster.
        let unfinished = home.join(format!("unfinished-{}", random_hex(4)?));
        let locale = if cfg!(target_os = "macos") { "en_US.UTF-8" } else { "C.UTF-8" };
        let output = as_user(&self.installation.bin.join("initdb"), self.user.as_deref(), None)
            .arg("-D")
            .arg(&unfinished)
            .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"])
            .arg(format!("--locale={locale}"))
            .arg(format!("--pwfile={}", password_file.display()))
            .args((self.durability == Durability::None).then_some("--no-sync"))
            .output()
            .context("run initdb")?;
        fs::remove_file(&password_file).context("remove the password file")?;
        if !output.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        fs::rename(&unfinished, &self.data).context("move the new cluster into place")
    }

    /// The part that runs the server.
    pub(crate) fn part(&self) -> Part {
        let fast: &[&str] = match self.durability {
            Durability::Full => &[],
            Durability::None => &["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
        };
        let port = format!("port={}", self.port);
        let settings = [
            port.as_str(),
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            "shared_buffers=256MB",
        ];
        let mut args = vec!["-D".to_owned(), self.data.display().to_string()];
        for setting in settings.iter().chain(fast) {
            args.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        Part {
            name: "postgres".to_owned(),
            program: self.installation.bin.join("postgres"),
            args,
            env: BTreeMap::new(),
            unset: Vec::new(),
            user: self.user.clone(),
            // The signal for a fast shutdown: clients are sent away. SIGTERM would wait for them.
            stop: Signal::INT,
            probe: Probe::Postgres { port: self.port, pg_isready: self.installation.bin.join("pg_isready") },
            port: self.port,
            url: None,
        }
    }

    /// Makes those of the databases that are missing. The server must be ready.
    pub(crate) fn create_databases(&self, names: &[&str], secrets: &Secrets) -> anyhow::Result<()> {
        let present = self.query("select datname from pg_database", secrets)?;
        for name in names {
            if !present.lines().any(|line| line == *name) {
                self.query(&format!("create database \"{name}\""), secrets)?;
            }
        }
        Ok(())
    }

    /// Runs a file of SQL on a database.
    pub(crate) fn apply(&self, database: &str, file: &Path, secrets: &Secrets) -> anyhow::Result<()> {
        self.psql(database, &["-f", &file.display().to_string()], secrets).map(drop)
    }

    fn query(&self, statement: &str, secrets: &Secrets) -> anyhow::Result<String> {
        self.psql("postgres", &["-c", statement], secrets)
    }

    fn psql(&self, database: &str, what: &[&str], secrets: &Secrets) -> anyhow::Result<String> {
        let output = Command::new(self.installation.bin.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .args(what)
            .arg(format!("host=127.0.0.1 port={} user=postgres dbname={database}", self.port))
            .env("PGPASSWORD", secrets.get("postgres_password"))
            .env("PGCONNECT_TIMEOUT", "10")
            .stdin(Stdio::null())
            .output()
            .context("run psql")?;
        if !output.status.success() {
            bail!("psql failed on {}: {}", what.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The address of a database of the private cluster.
pub(crate) fn url(port: u16, database: &str, secrets: &Secrets) -> String {
    format!("postgres://postgres:{}@127.0.0.1:{port}/{database}", secrets.get("postgres_password"))
}

/// The folder for the cluster and its helpers, owned by the user. When that user cannot reach it (below a private home
/// folder, say), one elsewhere takes its place and a link shows where.
fn reachable_home(folder: &Path, user: Option<&str>) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let home = fs::canonicalize(folder).with_context(|| format!("find {}", folder.display()))?;
    own(&home, user)?;
    let Some(user) = user else { return Ok(home) };
    if can_write(&home, user) {
        return Ok(home);
    }
    let elsewhere = Path::new(ELSEWHERE).join(format!("cluster-{}", random_hex(8)?));
    fs::create_dir_all(&elsewhere).with_context(|| format!("create {}", elsewhere.display()))?;
    own(&elsewhere, Some(user))?;
    if !can_write(&elsewhere, user) {
        bail!("user {user} can write neither in {} nor in {ELSEWHERE}", home.display());
    }
    // Empty, because nothing could be made in it.
    fs::remove_dir(folder).with_context(|| format!("replace {}", folder.display()))?;
    std::os::unix::fs::symlink(&elsewhere, folder).context("link the cluster's folder")?;
    eprintln!("note: user {user} cannot reach {}; the database is kept in {}", folder.display(), elsewhere.display());
    Ok(elsewhere)
}

fn own(folder: &Path, user: Option<&str>) -> anyhow::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("protect {}", folder.display()))?;
    give_to(folder, user)
}

fn give_to(path: &Path, user: Option<&str>) -> anyhow::Result<()> {
    let Some(user) = user else { return Ok(()) };
    let (uid, gid) = ids(user)?;
    fs::set_permissions(path, fs::Permissions::from_mode(if path.is_dir() { 0o700 } else { 0o600 }))
        .and_then(|()| chown(path, Some(uid), Some(gid)))
        .with_context(|| format!("give {} to {user}", path.display()))
}

fn ids(user: &str) -> anyhow::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").context("read the users of this machine")?;
    let fields: Vec<&str> = users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&user))
        .with_context(|| format!("find the system user {user}"))?;
    let number = |field: usize| fields.get(field).and_then(|text| text.parse().ok());
    number(2).zip(number(3)).with_context(|| format!("read the ids of the system user {user}"))
}

fn can_write(folder: &Path, user: &str) -> bool {
    as_user(Path::new("/usr/bin/test"), Some(user), None)
        .arg("-w")
        .arg(folder)
        .status()
        .is_ok_and(|status| status.success())
}
