//! Networks: what counts as one client when only an address is known. Whoever has one IPv6 address has at least the /64 around
//! it, and may well have a /56 or a /48.

use std::net::IpAddr;

/// How much more than one client a network may do, by the length of its prefix.
const SHARES: [(u8, u32); 3] = [(64, 1), (56, 4), (48, 16)];

/// Whom something is counted for: a network, or a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Its name, as part of the name of a bucket.
    pub(crate) name: String,
    /// How many clients' share it has.
    pub(crate) share: u32,
}

/// The networks that an address is counted in, the narrowest first. Without an address there is one, which all share.
pub(crate) fn networks(address: Option<IpAddr>) -> Vec<Counted> {
    match address.map(|address| address.to_canonical()) {
        None => vec![Counted { name: "unknown".to_owned(), share: 1 }],
        Some(IpAddr::V4(address)) => vec![Counted { name: address.to_string(), share: 1 }],
        Some(IpAddr::V6(address)) => {
            let network = |(length, share)| {
                let [a, b, c, d, ..] = address.segments();
                let d = match length {
                    64 => d,
                    56 => d & 0xff00,
                    _ => 0,
                };
                Counted { name: format!("{a:x}:{b:x}:{c:x}:{d:x}::/{length}"), share }
            };
            SHARES.into_iter().map(network).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        networks(text.parse().ok()).into_iter().map(|network| network.name).collect()
    }

    #[test]
    fn all_addresses_of_a_network_are_one_client() {
        assert_eq!(names("2001:db8:1:2:3:4:5:6"), names("2001:db8:1:2:ffff::1"));
        let networks = ["2001:db8:1:203::/64", "2001:db8:1:200::/56", "2001:db8:1:0::/48"];
        assert_eq!(names("2001:db8:1:203::1"), networks);
    }

    #[test]
    fn neighbours_share_the_wider_networks_only() {
        let (one, other, far) = (names("2001:db8:1:201::"), names("2001:db8:1:202::"), names("2001:db8:1:302::"));
        assert_ne!(one[0], other[0]);
        assert_eq!(one[1..], other[1..]);
        assert_ne!(one[1], far[1]);
        assert_eq!(one[2], far[2]);
    }

    #[test]
    fn a_mapped_address_is_the_one_that_it_maps() {
        assert_eq!(names("::ffff:192.0.2.1"), ["192.0.2.1"]);
    }
}
