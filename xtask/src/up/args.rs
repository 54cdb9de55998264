//! The flags of `up`, and the ports that they wish for.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Args;

use crate::ports::Wish;
use crate::up::reach;
use crate::up::services::operations_of;
use crate::up::state::State;
use crate::workspace::Profile;

/// Parts with a documented port. The others are private and listen wherever it is free.
const DOCUMENTED: [(&str, u16); 6] =
    [("router", 4000), ("accounts", 4101), ("catalog", 4102), ("playlists", 4103), ("media", 4104), ("s3", 4190)];

/// Where clients fetch playlists and covers from media.
const MEDIA_PUBLIC: (&str, u16) = ("media-public", 4107);

/// Operations ports, with health and metrics, of the parts that have another port too: preferred ones, so that a second
/// platform finds others.
const OPERATIONS: [(&str, u16); 5] =
    [("router", 5000), ("accounts", 5101), ("catalog", 5102), ("playlists", 5103), ("media", 5104)];

/// Parts that only other parts call.
const PRIVATE: [&str; 4] = ["postgres", "redis", "kafka", "notifier"];

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command are switches")]
pub(crate) struct UpArgs {
    /// The folder that holds all data; `.polyphony` of the repository by default.
    #[arg(long, env = "POLYPHONY_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Return when all is ready, and leave the platform running until `down`.
    #[arg(long)]
    pub(crate) detach: bool,
    /// Also make and import a library: synthesized music with drawn covers and lyrics, and two listeners.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Transcoding workers.
    #[arg(long, value_name = "N", env = "POLYPHONY_WORKERS", default_value_t = 1)]
    pub(crate) workers: u16,
    /// Build with optimizations.
    #[arg(long)]
    pub(crate) release: bool,
    /// Use the programs as they are built, without asking cargo.
    #[arg(long)]
    pub(crate) no_build: bool,
    /// Neither build nor ask for Node.js: the web player is served as it was last built.
    #[arg(long)]
    pub(crate) no_web: bool,
    /// Let others reach the platform: the address of this machine to listen on, 0.0.0.0 for all of them. What is developed here is
    /// then open to the whole network, in clear text.
    #[arg(long, value_name = "ADDRESS", env = "POLYPHONY_LISTEN", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) listen: IpAddr,
    /// Where a proxy in front of this machine serves the platform, all of it under this one address (see deploy/): links, songs
    /// and pictures are handed out with it.
    #[arg(long, value_name = "URL", env = "POLYPHONY_PUBLIC_URL", value_parser = reach::public_url)]
    pub(crate) public_url: Option<String>,
    /// Start every backing server here, even when a variable (`REDIS_URL` and the like) names a real one.
    #[arg(long)]
    pub(crate) private: bool,
    /// The supervisor that `--detach` leaves behind.
    #[arg(long, hide = true)]
    pub(crate) supervisor: bool,
    #[command(flatten)]
    pub(crate) ports: PortArgs,
}

/// One flag per part; 0 means any free port.
#[derive(Args)]
#[command(next_help_heading = "Ports (0 for any free one)")]
pub(crate) struct PortArgs {
    /// Any free port for every part.
    #[arg(long, conflicts_with = "ports_from")]
    free_ports: bool,
    /// Consecutive ports: the router at BASE, then the subgraphs, S3, PostgreSQL, Redis, Kafka, notifier, workers,
    /// media's public port. Operations ports are any free ones.
    #[arg(long, value_name = "BASE")]
    ports_from: Option<u16>,
    /// Port of the router.
    #[arg(long, value_name = "PORT")]
    router_port: Option<u16>,
    /// Port of accounts.
    #[arg(long, value_name = "PORT")]
    accounts_port: Option<u16>,
    /// Port of catalog.
    #[arg(long, value_name = "PORT")]
    catalog_port: Option<u16>,
    /// Port of playlists.
    #[arg(long, value_name = "PORT")]
    playlists_port: Option<u16>,
    /// Port of media.
    #[arg(long, value_name = "PORT")]
    media_port: Option<u16>,
    /// Port on which media serves playlists and covers to clients.
    #[arg(long, value_name = "PORT")]
    media_public_port: Option<u16>,
    /// Port of the embedded S3 server.
    #[arg(long, value_name = "PORT")]
    s3_port: Option<u16>,
    /// Port of the private PostgreSQL.
    #[arg(long, value_name = "PORT")]
    postgres_port: Option<u16>,
    /// Port of the private Redis.
    #[arg(long, value_name = "PORT")]
    redis_port: Option<u16>,
    /// Port of the embedded Kafka broker.
    #[arg(long, value_name = "PORT")]
    kafka_port: Option<u16>,
    /// Port of the notifier's health and metrics.
    #[arg(long, value_name = "PORT")]
    notifier_port: Option<u16>,
}

impl UpArgs {
    pub(crate) fn profile(&self) -> Profile {
        if self.release { Profile::Release } else { Profile::Dev }
    }

    /// The names of the workers, as parts.
    pub(crate) fn worker_names(&self) -> Vec<String> {
        (1..=self.workers).map(|number| format!("media-worker-{number}")).collect()
    }

    /// What each part wishes for. Private parts keep the port that they had last time when it is free.
    pub(crate) fn port_wishes(&self, last: Option<&State>) -> Vec<(String, Wish)> {
        let documented = DOCUMENTED.iter().map(|(part, port)| ((*part).to_owned(), Some(*port)));
        let private = PRIVATE.iter().map(|part| ((*part).to_owned(), None));
        let workers = self.worker_names().into_iter().map(|part| (part, None));
        let public = std::iter::once((MEDIA_PUBLIC.0.to_owned(), Some(MEDIA_PUBLIC.1)));
        let operations = OPERATIONS.iter().map(|(part, port)| (operations_of(part), self.ports.operations_wish(*port)));
        documented
            .chain(private)
            .chain(workers)
            .chain(public)
            .zip(0_u16..)
            .map(|((part, default), place)| {
                let wish = self.ports.wish(&part, default, place, last);
                (part, wish)
            })
            .chain(operations)
            .collect()
    }
}

impl PortArgs {
    fn operations_wish(&self, documented: u16) -> Wish {
        if self.free_ports || self.ports_from.is_some() { Wish::Free } else { Wish::Preferred(documented) }
    }

    fn wish(&self, part: &str, default: Option<u16>, place: u16, last: Option<&State>) -> Wish {
        if let Some(port) = self.flag(part) {
            return if port == 0 { Wish::Free } else { Wish::Fixed(port) };
        }
        if self.free_ports {
            return Wish::Free;
        }
        if let Some(base) = self.ports_from {
            return Wish::Fixed(base.saturating_add(place));
        }
        match (default, last.and_then(|state| state.port(part))) {
            (Some(documented), _) => Wish::Fixed(documented),
            (None, Some(last)) => Wish::Preferred(last),
            (None, None) => Wish::Free,
        }
    }

    fn flag(&self, part: &str) -> Option<u16> {
        match part {
            "router" => self.router_port,
            "accounts" => self.accounts_port,
            "catalog" => self.catalog_port,
            "playlists" => self.playlists_port,
            "media" => self.media_port,
            "media-public" => self.media_public_port,
            "s3" => self.s3_port,
            "postgres" => self.postgres_port,
            "redis" => self.redis_port,
            "kafka" => self.kafka_port,
            "notifier" => self.notifier_port,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        up: UpArgs,
    }

    fn wish(flags: &[&str], part: &str) -> Wish {
        let parsed = Flags::parse_from(["up"].iter().chain(flags));
        let wishes = parsed.up.port_wishes(None);
        wishes.into_iter().find(|(name, _)| name == part).unwrap().1
    }

    #[test]
    fn documented_ports_are_fixed_and_private_ones_free() {
        assert_eq!(wish(&[], "router"), Wish::Fixed(4000));
        assert_eq!(wish(&[], "s3"), Wish::Fixed(4190));
        assert_eq!(wish(&[], "router-operations"), Wish::Preferred(5000));
        assert_eq!(wish(&["--free-ports"], "router-operations"), Wish::Free);
        assert_eq!(wish(&[], "media-public"), Wish::Fixed(4107));
        assert_eq!(wish(&[], "kafka"), Wish::Free);
        assert_eq!(wish(&[], "accounts-operations"), Wish::Preferred(5101));
    }

    #[test]
    fn a_flag_wins_over_free_ports_and_zero_means_free() {
        assert_eq!(wish(&["--free-ports", "--router-port", "5000"], "router"), Wish::Fixed(5000));
        assert_eq!(wish(&["--free-ports"], "accounts"), Wish::Free);
        assert_eq!(wish(&["--media-port", "0"], "media"), Wish::Free);
    }

    #[test]
    fn ports_from_a_base_follow_each_other() {
        let flags = ["--ports-from", "7000", "--workers", "2"];
        assert_eq!(wish(&flags, "router"), Wish::Fixed(7000));
        assert_eq!(wish(&flags, "s3"), Wish::Fixed(7005));
        assert_eq!(wish(&flags, "media-worker-2"), Wish::Fixed(7011));
        assert_eq!(wish(&flags, "media-public"), Wish::Fixed(7012));
    }
}
