//! Who a request comes from, as far as the network can say.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// The proxies whose `x-forwarded-for` and `x-forwarded-proto` are believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads networks and addresses that are separated by commas.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether this is an address of a proxy, so that what it forwards is believed.
    pub(crate) fn is_trusted_peer(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client, given the peer of the connection and the lines of `x-forwarded-for`. The chain is walked from
    /// its end: who named the next hop is believed only while it is a proxy itself, so that nobody chooses an address. What is no
    /// address ends the walk: the last hop that is known stands for the client.
    pub(crate) fn client<'h>(
        &self,
        peer: Option<IpAddr>,
        forwarded_for: impl DoubleEndedIterator<Item = &'h str>,
    ) -> Option<IpAddr> {
        let mut address = peer?.to_canonical();
        for entry in forwarded_for.rev().flat_map(|line| line.rsplit(',')) {
            if !self.is_trusted_peer(address) {
                break;
            }
            let Some(next) = hop(entry) else { break };
            address = next;
        }
        Some(address)
    }
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| format!("expected networks like 10.0.0.0/8 or fd00::/8, not `{text}`"))
}

/// The address in an entry: with or without a port, in brackets or not, of a zone or of none. `unknown` and names that hide an
/// address (RFC 7239) are none.
fn hop(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim().trim_matches('"');
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Ok(address) = entry.parse::<SocketAddr>() {
        return Some(address.ip().to_canonical());
    }
    let inner = match entry.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => entry,
    };
    let (address, _zone) = inner.split_once('%').unwrap_or((inner, ""));
    Some(address.parse::<IpAddr>().ok()?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    fn client(proxies: &[&str], peer: &str, lines: &[&str]) -> Option<IpAddr> {
        let proxies = TrustedProxies::parse(&proxies.join(",")).expect("networks");
        proxies.client(ip(peer), lines.iter().copied())
    }

    #[test]
    fn a_peer_that_is_no_proxy_is_the_client_whatever_it_says() {
        assert_eq!(client(&[], "10.0.0.1", &["1.1.1.1"]), ip("10.0.0.1"));
        assert_eq!(client(&["10.0.0.0/8"], "203.0.113.9", &["1.1.1.1"]), ip("203.0.113.9"));
    }

    #[test]
    fn the_chain_is_believed_as_far_as_it_is_written_by_proxies() {
        let proxies = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(client(&proxies, "10.0.0.1", &["1.1.1.1, 2.2.2.2"]), ip("2.2.2.2"));
        assert_eq!(client(&proxies, "10.0.0.1", &["1.1.1.1, 2.2.2.2, 10.0.0.9"]), ip("2.2.2.2"));
        assert_eq!(client(&proxies, "10.0.0.1", &["1.1.1.1", "2.2.2.2", "fd00::7"]), ip("2.2.2.2"));
        assert_eq!(client(&proxies, "::ffff:10.0.0.1", &["::ffff:2.2.2.2"]), ip("2.2.2.2"));
        assert_eq!(client(&proxies, "10.0.0.1", &[]), ip("10.0.0.1"));
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &["10.0.0.2"]), ip("10.0.0.2"));
    }

    #[test]
    fn ports_zones_and_brackets_are_taken_off() {
        for (entry, address) in [
            ("1.2.3.4:5678", "1.2.3.4"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:80", "fe80::1"),
            (" 2001:db8::1 ", "2001:db8::1"),
        ] {
            assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[entry]), ip(address), "{entry}");
        }
    }

    #[test]
    fn behind_what_is_no_address_nothing_is_believed() {
        for entry in ["unknown", "_hidden", "", "1.2.3.4.5", "[::1", "secret:80"] {
            let line = format!("9.9.9.9, {entry}");
            let expected = if entry == "[::1" { ip("::1") } else { ip("10.0.0.1") };
            assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[&line]), expected, "{entry}");
        }
    }
}
