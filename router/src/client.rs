//! Who a request comes from, as far as the network can say.

use std::net::IpAddr;

/// The address of the client, given the peer of the connection, what `x-forwarded-for` says, and how many proxies of
/// ours stand in between. What lies further left in the header was written by others and is not believed.
pub(crate) fn address(peer: Option<IpAddr>, forwarded_for: Option<&str>, trusted_hops: usize) -> Option<IpAddr> {
    if trusted_hops == 0 {
        return peer;
    }
    let named = forwarded_for.and_then(|list| list.rsplit(',').nth(trusted_hops - 1)?.trim().parse().ok());
    named.or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn a_client_cannot_choose_its_address() {
        assert_eq!(address(ip("10.0.0.1"), Some("1.1.1.1"), 0), ip("10.0.0.1"));
        assert_eq!(address(ip("10.0.0.1"), Some("1.1.1.1, 2.2.2.2"), 1), ip("2.2.2.2"));
        assert_eq!(address(ip("10.0.0.1"), Some("1.1.1.1, 2.2.2.2, 10.0.0.9"), 2), ip("2.2.2.2"));
    }

    #[test]
    fn the_peer_is_the_client_when_the_header_says_nothing_of_use() {
        assert_eq!(address(ip("10.0.0.1"), None, 1), ip("10.0.0.1"));
        assert_eq!(address(ip("10.0.0.1"), Some("unknown"), 1), ip("10.0.0.1"));
        assert_eq!(address(ip("10.0.0.1"), Some("2.2.2.2"), 3), ip("10.0.0.1"));
    }
}
