//! All backing servers in a temporary folder on free ports, for one run of tests or of a check.
//! They end, and their data goes, when the value is dropped.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::data::{DataFolder, tail};
use crate::part::Part;
use crate::ports::{Wish, choose, is_taken};
use crate::process::{ProcessId, kill_child_group, signal_pid};
use crate::secrets::Secrets;
use crate::servers::postgres::{Cluster, Durability};
use crate::servers::{embedded, postgres, redis};

/// How long a server may take to start.
const START: Duration = Duration::from_mins(1);
/// How long a server may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(10);

/// Running private servers.
pub(crate) struct PrivateServers {
    // Fields are dropped in this order: the processes before their folder.
    running: Vec<Running>,
    cluster: Cluster,
    secrets: Secrets,
    ports: crate::ports::Ports,
    folder: TempDir,
}

struct Running {
    part: Part,
    child: Child,
}

impl PrivateServers {
    /// Starts PostgreSQL alone.
    pub(crate) fn database() -> anyhow::Result<Self> {
        Self::start_parts(None)
    }

    /// Starts all servers; the embedded ones are in the folder of built programs.
    pub(crate) fn all(bin: &Path) -> anyhow::Result<Self> {
        Self::start_parts(Some(bin))
    }

    fn start_parts(bin: Option<&Path>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("polyphony-").tempdir().context("make a temporary folder")?;
        let data = DataFolder::locate(Some(folder.path()))?;
        data.create()?;
        let secrets = Secrets::invent()?;
        let names = ["postgres", "redis", "kafka", "s3"].map(|name| (name.to_owned(), Wish::Free));
        let ports = choose(&names, is_taken)?;
        let cluster = Cluster::prepare(&data.join("postgres"), ports["postgres"], &secrets, Durability::None)?;
        let mut to_start = vec![cluster.part()];
        if let Some(bin) = bin {
            to_start.push(redis::part(&data.join("redis"), ports["redis"], &secrets)?);
            to_start.push(embedded::kafka(bin, &data.join("kafka"), ports["kafka"]));
            to_start.push(embedded::s3(bin, &data.join("s3"), (Ipv4Addr::LOCALHOST, ports["s3"]).into(), &secrets));
        }
        let mut servers = Self { running: Vec::new(), cluster, secrets, ports, folder };
        for part in to_start {
            let child = part.spawn(&data.log(&part.name))?;
            servers.running.push(Running { part, child });
        }
        servers.wait_ready(&data)?;
        Ok(servers)
    }

    fn wait_ready(&mut self, data: &DataFolder) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        for running in &mut self.running {
            while !running.part.probe.is_ready(&self.secrets) {
                let ended = running.child.try_wait().context("watch a server")?;
                if ended.is_some() || Instant::now() > deadline {
                    let log = tail(&data.log(&running.part.name), 20);
                    bail!("{} did not start:\n{log}", running.part.name);
                }
                sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    /// Makes databases in the private cluster.
    pub(crate) fn create_databases(&self, names: &[&str]) -> anyhow::Result<()> {
        self.cluster.create_databases(names, &self.secrets)
    }

    /// Applies the SQL files of a folder to a database, in the order of their names.
    pub(crate) fn apply_migrations(&self, database: &str, folder: &Path) -> anyhow::Result<()> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
        let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
        files.sort();
        for file in files {
            self.cluster.apply(database, &file, &self.secrets)?;
        }
        Ok(())
    }

    /// The address of a database in the private cluster.
    pub(crate) fn database_url(&self, name: &str) -> String {
        postgres::url(self.ports["postgres"], name, &self.secrets)
    }

    /// The variables by which tests find the servers.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("DATABASE_URL", self.database_url("postgres")),
            ("REDIS_URL", redis::url(self.ports["redis"], &self.secrets)),
            ("KAFKA_BROKERS", format!("127.0.0.1:{}", self.ports["kafka"])),
            ("S3_ENDPOINT", format!("http://127.0.0.1:{}", self.ports["s3"])),
            ("S3_REGION", "us-east-1".to_owned()),
            ("S3_BUCKET", embedded::BUCKET.to_owned()),
            ("S3_ACCESS_KEY_ID", self.secrets.get("s3_access_key_id").to_owned()),
            ("S3_SECRET_ACCESS_KEY", self.secrets.get("s3_secret_access_key").to_owned()),
        ]
    }

    /// The temporary folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for PrivateServers {
    fn drop(&mut self) {
        for running in &self.running {
            signal_pid(running.child.id(), running.part.stop);
        }
        for running in &mut self.running {
            let in_time = ProcessId::of(running.child.id()).is_none_or(|process| process.wait_gone(STOP));
            if !in_time {
                kill_child_group(running.child.id());
            }
            // Reaped; how it ended is of no interest any more.
            let _ = running.child.wait();
        }
    }
}
