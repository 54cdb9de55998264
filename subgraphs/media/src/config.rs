//! The command line of `media`; every option is also an environment variable.

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf};

use clap::{Args, Parser, Subcommand, value_parser};
use polyphony_kit::config::{
    AuthArgs, CdnArgs, KafkaArgs, ListenArgs, PoolArgs, RedisArgs, S3Args, ServiceArgs, secret,
};

use crate::domain::library_folder::LibraryFolders;

/// Uploads, transcoding and playback of Polyphony.
#[derive(Debug, Parser)]
#[command(name = "media", version)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `media` does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer GraphQL, and serve playlists to players.
    #[command(mut_arg("bind", |arg| arg.default_value("127.0.0.1:4104")))]
    #[command(mut_arg("operations_bind", |arg| arg.default_value("127.0.0.1:5104")))]
    Serve(Box<Serve>),
    /// Encode what was uploaded.
    #[command(mut_arg("operations_bind", |arg| arg.default_value("127.0.0.1:5105")))]
    Work(Box<Work>),
    /// Make or complete the database's tables.
    Migrate(DatabaseArgs),
    /// Compare the database with the object store: list what nothing needs and what is gone. Ends with 1 when something is
    /// left to be done.
    Sweep(SweepArgs),
    /// Print the federation schema.
    Schema,
}

/// Where the tables are.
#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// URL of the PostgreSQL database of media.
    #[arg(long, env = "DATABASE_URL_MEDIA", hide_env_values = true)]
    pub database_url: String,
}

/// Options of `media sweep`.
#[derive(Clone, Debug, Args)]
pub struct SweepArgs {
    /// Database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Object store.
    #[command(flatten)]
    pub s3: S3Args,
    /// Delete what nothing needs, and have encoded anew what is gone.
    #[arg(long)]
    pub repair: bool,
}

/// What both roles need.
#[derive(Clone, Debug, Args)]
pub struct Shared {
    /// Process.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// Database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Connections.
    #[command(flatten)]
    pub pool: PoolArgs,
    /// Redis.
    #[command(flatten)]
    pub redis: RedisArgs,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Object store.
    #[command(flatten)]
    pub s3: S3Args,
    /// CDN in front of it.
    #[command(flatten)]
    pub cdn: CdnArgs,
    /// Base of the URLs of playlists and covers, as clients see this service: where `PUBLIC_BIND` is reached.
    #[arg(long, env = "PUBLIC_URL", default_value = "http://127.0.0.1:4107")]
    pub public_url: String,
    /// Base of the links that people open in a browser, such as those that join a listening session.
    #[arg(long, env = "WEB_URL", default_value = "http://127.0.0.1:4000")]
    pub web_url: String,
    /// Key of the signatures of playback URLs; the same for every process of media.
    #[arg(long, env = "URL_SIGNING_KEY", hide_env_values = true, value_parser = secret)]
    pub url_signing_key: String,
    /// Bytes that one person may upload in all.
    #[arg(long, env = "UPLOAD_QUOTA_BYTES", default_value_t = 500_000_000_000)]
    pub upload_quota_bytes: i64,
    /// Uploads of one person that may await their bytes at once.
    #[arg(long, env = "UPLOAD_QUOTA_OPEN", default_value_t = 1000)]
    pub upload_quota_open: i64,
    /// Days that an upload which no track keeps any more waits in its owner's trash before its bytes go.
    #[arg(long, env = "TRASH_RETENTION_DAYS", default_value_t = 30)]
    pub trash_retention_days: u32,
    /// Folders on the server whose music is there without being uploaded: PATH=OWNER:MODE, with `;` between them. The owner is
    /// the handle, the e-mail address or the id of a person; the mode is `reference` (files stay where they are) or `copy`.
    #[arg(long, env = "LIBRARY_DIRS", default_value = "")]
    pub library_dirs: LibraryFolders,
}

/// Options of `media serve`.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// What both roles need.
    #[command(flatten)]
    pub shared: Shared,
    /// Where it listens.
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Address and port of playlists and covers, for clients: nothing else is served there. Put a TLS proxy in front.
    #[arg(long, env = "PUBLIC_BIND", default_value = "127.0.0.1:4107")]
    pub public_bind: SocketAddr,
    /// Router and tokens.
    #[command(flatten)]
    pub auth: AuthArgs,
}

/// Options of `media work`.
#[derive(Clone, Debug, Args)]
pub struct Work {
    /// What both roles need.
    #[command(flatten)]
    pub shared: Shared,
    /// Jobs at once on this machine, whatever the number of workers with one folder for jobs; half of the cores, and at least
    /// two, when absent. A long recording leaves one place to others.
    #[arg(long, env = "WORKER_CONCURRENCY")]
    pub worker_concurrency: Option<NonZeroUsize>,
    /// Jobs of one person at once, on all machines together.
    #[arg(long, env = "WORKER_PER_USER", default_value_t = 4)]
    pub worker_per_user: i64,
    /// How nice FFmpeg is to other programs on this machine, 0 to 19.
    #[arg(long, env = "WORKER_NICE", default_value_t = 15, value_parser = value_parser!(u8).range(..20))]
    pub worker_nice: u8,
    /// Folders of `LIBRARY_DIRS` are gone through at least this often, in minutes.
    #[arg(long, env = "LIBRARY_RESCAN_MINUTES", default_value_t = 10, value_parser = value_parser!(u64).range(1..=1440))]
    pub library_rescan_minutes: u64,
    /// Folder for the files of jobs; the system's folder for temporary files when absent.
    #[arg(long, env = "WORK_DIR")]
    pub work_dir: Option<PathBuf>,
}

impl Work {
    /// How many jobs may run at once.
    pub fn concurrency(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.worker_concurrency.map_or((cores / 2).max(2), NonZeroUsize::get)
    }
}
