//! Networks that client addresses belong to.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network of an address, as text: of IPv4 the /24, of IPv6 the /48 that a site is given. What is no address is its own
/// network.
pub fn network_of(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_of_one_network_and_strangers_are_not() {
        for (one, two, same) in [
            ("203.0.113.7", "203.0.113.250", true),
            ("203.0.113.7", "203.0.114.7", false),
            ("203.0.113.7", "::ffff:203.0.113.9", true),
            ("2001:db8:1:2::3", "2001:db8:1:ffff::9", true),
            ("2001:db8:1::3", "2001:db8:2::3", false),
            ("unix", "unix", true),
        ] {
            assert_eq!(network_of(one) == network_of(two), same, "{one} {two}");
        }
    }
}
