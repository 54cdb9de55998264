//! A private Redis on the loopback address, with a password and an append-only file.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use rustix::process::Signal;

use crate::part::Part;
use crate::probe::Probe;
use crate::process::find_program;
use crate::secrets::Secrets;

/// A part that runs Redis on a folder.
pub(crate) fn part(folder: &Path, port: u16, secrets: &Secrets) -> anyhow::Result<Part> {
    let config = folder.join("redis.conf");
    let settings = format!(
        "bind 127.0.0.1\nport {port}\ndir \"{}\"\nrequirepass {}\nappendonly yes\nappendfsync everysec\nsave \"\"\n\
         daemonize no\nlogfile \"\"\nmaxmemory-policy noeviction\n",
        folder.display(),
        secrets.get("redis_password"),
    );
    // A file and not flags, because everybody can read the flags of a process.
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&config)
        .and_then(|mut file| file.write_all(settings.as_bytes()))
        .with_context(|| format!("write {}", config.display()))?;
    Ok(Part {
        name: "redis".to_owned(),
        program: find_program("redis-server").context("find redis-server")?,
        args: vec![config.display().to_string()],
        env: BTreeMap::new(),
        unset: Vec::new(),
        user: None,
        stop: Signal::TERM,
        probe: Probe::Redis { port },
        port,
        url: None,
    })
}

/// The address that clients use.
pub(crate) fn url(port: u16, secrets: &Secrets) -> String {
    format!("redis://:{}@127.0.0.1:{port}", secrets.get("redis_password"))
}
