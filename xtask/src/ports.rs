//! Which port each part listens on: the documented ones, chosen ones, or any that is free.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, bail};

use crate::secrets::random_hex;

/// Free ports are sought below the range that the system gives to outgoing connections (32768 and up on Linux),
/// because one of those could take the port between the choice and the server's start.
const FREE: std::ops::Range<u16> = 20_000..32_000;

/// What a person said about the port of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// This one and no other.
    Fixed(u16),
    /// This one when it is free (the same as last time), else any.
    Preferred(u16),
    /// Any free one.
    Free,
}

/// Chosen ports by part.
pub(crate) type Ports = BTreeMap<String, u16>;

/// Chooses a port for each part. `taken` says whether a port is in use on this machine.
pub(crate) fn choose(wishes: &[(String, Wish)], taken: impl Fn(u16) -> bool) -> anyhow::Result<Ports> {
    let mut chosen = Ports::new();
    let mut used: BTreeSet<u16> = BTreeSet::new();
    for (part, wish) in wishes {
        let Wish::Fixed(port) = *wish else { continue };
        if !used.insert(port) {
            bail!("port {port} is wanted by {part} and by another part");
        }
        if taken(port) {
            bail!(
                "port {port} of {part} is taken by another program; choose one with --{part}-port PORT (0 for any free one), \
                 or --free-ports for all parts"
            );
        }
        chosen.insert(part.clone(), port);
    }
    for (part, wish) in wishes {
        let port = match *wish {
            Wish::Fixed(_) => continue,
            Wish::Preferred(port) if !used.contains(&port) && !taken(port) => port,
            Wish::Preferred(_) | Wish::Free => free(&used, &taken)?,
        };
        used.insert(port);
        chosen.insert(part.clone(), port);
    }
    Ok(chosen)
}

fn free(used: &BTreeSet<u16>, taken: impl Fn(u16) -> bool) -> anyhow::Result<u16> {
    let span = FREE.end - FREE.start;
    let random = u16::from_str_radix(&random_hex(2)?, 16).context("read a random number")?;
    (0..span)
        .map(|step| FREE.start + (random % span + step) % span)
        .find(|port| !used.contains(port) && !taken(*port))
        .context("find a free port")
}

/// Whether a server cannot listen on the port of the loopback address now.
pub(crate) fn is_taken(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(list: &[(&str, Wish)]) -> Vec<(String, Wish)> {
        list.iter().map(|(part, wish)| ((*part).to_owned(), *wish)).collect()
    }

    #[test]
    fn a_taken_fixed_port_is_refused_by_name_and_flag() {
        let refused = choose(&wishes(&[("router", Wish::Fixed(4000))]), |port| port == 4000).unwrap_err();
        let message = refused.to_string();
        assert!(message.contains("port 4000 of router") && message.contains("--router-port"), "{message}");
    }

    #[test]
    fn a_preferred_port_gives_way_when_it_is_taken() {
        let chosen = choose(&wishes(&[("redis", Wish::Preferred(21_000))]), |port| port == 21_000).unwrap();
        assert_ne!(chosen["redis"], 21_000);
        let chosen = choose(&wishes(&[("redis", Wish::Preferred(21_000))]), |_| false).unwrap();
        assert_eq!(chosen["redis"], 21_000);
    }

    #[test]
    fn free_ports_differ_and_spare_the_fixed_ones() {
        let all = wishes(&[
            ("redis", Wish::Preferred(21_000)),
            ("kafka", Wish::Preferred(21_000)),
            ("s3", Wish::Free),
            ("router", Wish::Fixed(21_000)),
        ]);
        let chosen = choose(&all, |_| false).unwrap();
        let distinct: BTreeSet<u16> = chosen.values().copied().collect();
        assert_eq!(distinct.len(), 4);
        assert_eq!(chosen["router"], 21_000);
    }

    #[test]
    fn two_parts_cannot_have_one_port() {
        let twice = wishes(&[("router", Wish::Fixed(4000)), ("media", Wish::Fixed(4000))]);
        assert!(choose(&twice, |_| false).is_err());
    }

    #[test]
    fn a_port_with_a_listener_is_taken() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(is_taken(listener.local_addr().unwrap().port()));
    }
}
