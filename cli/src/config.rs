//! The options of `polyphony`; `--help` is the reference.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use url::Url;

/// The command line of a Polyphony server: sign in, import music, search, keep playlists.
#[derive(Debug, Parser)]
#[command(name = "polyphony", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct GlobalArgs {
    /// The server's address.
    #[arg(long, global = true, env = "POLYPHONY_SERVER", value_name = "URL", default_value = "http://127.0.0.1:4000")]
    pub(crate) server: Url,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// An access token to use instead of the session that `login` keeps, for scripts.
    #[arg(long, global = true, env = "POLYPHONY_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// An API key (`ppk_…`) to use instead, for programs that run for long.
    #[arg(long, global = true, env = "POLYPHONY_API_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) api_key: Option<String>,
    /// The folder that sessions are kept in [default: polyphony/ in the user's config folder].
    #[arg(long, global = true, env = "POLYPHONY_CONFIG_DIR", value_name = "DIR")]
    pub(crate) config_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in; the session is kept until it is 30 days unused.
    Login(LoginArgs),
    /// Sign out: end the session on the server, and forget it here.
    Logout(LogoutArgs),
    /// Say who is signed in.
    Whoami,
    /// Upload folders of music, and follow them until they can be played.
    Import(ImportArgs),
    /// Join a listening session and play along, in sync with everybody in it.
    Listen(ListenArgs),
    /// Find tracks, albums, artists and playlists; spelling need not be right.
    Search(SearchArgs),
    /// Make, list, show and fill playlists.
    #[command(subcommand)]
    Playlist(PlaylistCommand),
    /// Look after the jobs that make uploads playable.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Work on dead letters: events that a service could not handle (for operators).
    Dlq(DlqArgs),
    /// Print a script that completes this command's words in a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands into a folder.
    Man {
        /// The folder; without it `polyphony.1` goes to stdout.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    /// End the sessions on all devices.
    #[arg(long)]
    pub(crate) everywhere: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// The account's address; asked for when absent.
    #[arg(long, env = "POLYPHONY_EMAIL")]
    pub(crate) email: Option<String>,
    /// Read the password from the first line of stdin instead of asking for it.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// The password, for scripts that cannot use stdin.
    #[arg(env = "POLYPHONY_PASSWORD", long = "password", hide = true, hide_env_values = true)]
    pub(crate) password: Option<String>,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
What was uploaded is remembered: run the same command again after an interruption, and it goes on where it stopped; run it \
again after adding music, and only what is new is uploaded, and what was deleted on the server since.\n\n\
Files are music by the ending of their names, or by their first bytes where they have none. What lies beside them is used: \
cover, folder, front or album (.jpg, .png, .webp) becomes the cover of an album that has none, Song.lrc the lyrics of Song.flac, \
and each .m3u8 or .m3u a private playlist, once. Album.cue, or a sheet inside the file, divides Album.flac into its tracks.\n\n\
With --json each event is a line of JSON on stdout: uploading, processing, file, cover, lyrics, playlist, note, and at last \
summary.\n\n\
Exit codes: 0 all files are there, 1 some failed or were rejected, 130 interrupted.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct ImportArgs {
    /// Folders (searched with all that is in them) or files.
    #[arg(required = true, value_name = "DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// How many files are uploaded at the same time.
    #[arg(long, short, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: u16,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// End when everything is uploaded; do not wait until it can be played. What lies beside the music is left for the next import.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Upload files again that the server rejected before.
    #[arg(long)]
    pub(crate) again: bool,
    /// Go on watching the folders, and import what comes into them.
    #[arg(long, conflicts_with_all = ["dry_run", "no_wait"])]
    pub(crate) watch: bool,
    /// Make no playlists of .m3u8 and .m3u files.
    #[arg(long)]
    pub(crate) no_playlists: bool,
    /// How long to keep trying while the server or the network is away.
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    pub(crate) patience: u64,
    /// The folder that remembers what was uploaded [default: polyphony/ in the user's data folder].
    #[arg(long, env = "POLYPHONY_JOURNAL_DIR", value_name = "DIR")]
    pub(crate) journal_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// The session's code.
    pub(crate) code: String,
    /// Only say where the music is, even when there is an ffplay to play it with.
    #[arg(long)]
    pub(crate) silent: bool,
    /// Leave after this many seconds; otherwise when the session ends, or on Ctrl-C.
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) seconds: Option<u64>,
}

/// What a search looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SearchKind {
    Track,
    Album,
    Artist,
    Playlist,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// What to look for.
    #[arg(required = true)]
    pub(crate) query: Vec<String>,
    /// Look for these only.
    #[arg(long = "type", value_enum, value_delimiter = ',')]
    pub(crate) kinds: Vec<SearchKind>,
    /// How many to show.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i32).range(1..=100))]
    pub(crate) first: i32,
}

/// Who may see a playlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Visibility {
    /// You and your collaborators.
    Private,
    /// Everybody who has its link.
    Unlisted,
    /// Everybody.
    Public,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PlaylistCommand {
    /// Make a playlist, and print its id.
    Create {
        /// Its title.
        title: String,
        /// What it is about.
        #[arg(long)]
        description: Option<String>,
        /// Who may see it.
        #[arg(long, value_enum, default_value = "private")]
        visibility: Visibility,
    },
    /// List your playlists.
    List,
    /// Show a playlist with its tracks.
    Show {
        /// Its id, `pls_…`.
        id: String,
    },
    /// Add tracks to the end of a playlist.
    Add {
        /// Its id, `pls_…`.
        id: String,
        /// The tracks' ids, `trk_…`.
        #[arg(required = true)]
        tracks: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// Ask again for jobs that failed by no fault of their files, after an outage or a mistake that was put right.
    Retry {
        /// All that failed.
        #[arg(long, required = true)]
        failed: bool,
        /// Those of everybody, not only your own (for admins).
        #[arg(long)]
        everybody: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DlqArgs {
    /// The Kafka brokers, `host:port` separated by commas. When absent, that of the platform in the data folder, else
    /// `127.0.0.1:9092`.
    #[arg(long, global = true, env = "KAFKA_BROKERS")]
    pub(crate) kafka_brokers: Option<String>,
    /// The data folder of the platform that `up` runs here.
    #[arg(long, global = true, default_value = ".polyphony")]
    pub(crate) data: PathBuf,
    #[command(subcommand)]
    pub(crate) command: DlqCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// List dead letters with the reason of each.
    List {
        /// How many to show.
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Give dead letters back to the service that could not handle them.
    Replay {
        /// All of them.
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// The ids of their events, as `list` shows them.
        #[arg(required_unless_present = "all", value_name = "ID")]
        ids: Vec<String>,
    },
}
