//! How clients reach a platform on this machine: where its doors listen, and the addresses that are handed out.

use std::io::IsTerminal as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use fast_qr::QRBuilder;

use crate::up::UpArgs;
use crate::up::state::State;

/// Addresses that are nobody's (RFC 5737, RFC 3849): a route to them goes out of this machine like any other.
const ELSEWHERE: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 9),
];

/// Where a proxy on this machine connects from.
const THIS_MACHINE: &str = "127.0.0.0/8,::1/128";

/// How clients reach the platform.
pub(crate) struct Reach {
    listen: IpAddr,
    /// The one address in front of all doors, when there is a proxy.
    public_url: Option<String>,
    /// The address of this machine that others know it by.
    host: IpAddr,
}

impl Reach {
    /// As the flags say.
    pub(crate) fn of(args: &UpArgs) -> Self {
        let host = if args.listen.is_unspecified() { own_address(args.listen) } else { args.listen };
        Self { listen: args.listen, public_url: args.public_url.clone(), host }
    }

    /// What a door with this port listens on.
    pub(crate) fn bind(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.listen, port)
    }

    /// How a door is reached from this machine, as the authority of a URL.
    pub(crate) fn authority(&self, port: u16) -> SocketAddr {
        let local = match self.listen {
            IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            address => address,
        };
        SocketAddr::new(local, port)
    }

    /// The address of a door that is handed out to clients.
    pub(crate) fn public(&self, port: u16) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", SocketAddr::new(self.host, port)))
    }

    /// The variables of a platform behind a proxy of this machine.
    pub(crate) fn behind_a_proxy(&self) -> Vec<(&'static str, String)> {
        let Some(url) = &self.public_url else { return Vec::new() };
        let mut variables = vec![("TRUSTED_PROXIES", THIS_MACHINE.to_owned())];
        // Passkeys belong to a domain, and work with TLS alone.
        if let Some(domain) = url.strip_prefix("https://").and_then(|authority| authority.split(':').next()) {
            variables.push(("WEBAUTHN_RP_ID", domain.to_owned()));
            variables.push(("WEBAUTHN_ORIGINS", url.clone()));
        }
        variables
    }
}

/// The address that this machine has in its network. No packet is sent.
fn own_address(listen: IpAddr) -> IpAddr {
    let elsewhere = ELSEWHERE.into_iter().find(|address| address.is_ipv4() == listen.is_ipv4());
    let found = elsewhere.and_then(|elsewhere| {
        let socket = UdpSocket::bind((listen, 0)).ok()?;
        socket.connect(elsewhere).ok()?;
        Some(socket.local_addr().ok()?.ip())
    });
    found.filter(|address| !address.is_unspecified()).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// An origin: `http://` or `https://`, a host, perhaps a port.
pub(crate) fn public_url(value: &str) -> Result<String, String> {
    let authority = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")).unwrap_or_default();
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if authority.is_empty() || !authority.bytes().all(is_plain) {
        return Err("expected an address without a path, like https://music.example.org".to_owned());
    }
    Ok(value.trim_end_matches('/').to_owned())
}

/// Shows the player's address as a code to be scanned, where others can reach it.
pub(crate) fn print_code(args: &UpArgs, state: &State) {
    let is_reachable = !args.listen.is_loopback() || args.public_url.is_some();
    if let Some(address) = state.addresses.get("player").filter(|_| is_reachable) {
        println!("Open {address} on a phone in the same network.");
        if std::io::stdout().is_terminal()
            && let Some(code) = code(address)
        {
            println!("\n{code}\n");
        }
    }
}

/// A QR code in half blocks.
fn code(text: &str) -> Option<String> {
    QRBuilder::new(text).build().ok().map(|code| code.to_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(listen: &str, host: &str, public_url: Option<&str>) -> Reach {
        let address = |text: &str| text.parse().expect("an address");
        Reach { listen: address(listen), public_url: public_url.map(str::to_owned), host: address(host) }
    }

    #[test]
    fn what_is_handed_out_is_what_others_can_open() {
        let here = reach("127.0.0.1", "127.0.0.1", None);
        assert_eq!(here.public(4000), "http://127.0.0.1:4000");
        let network = reach("0.0.0.0", "192.168.1.5", None);
        assert_eq!(
            (network.bind(4000).to_string(), network.public(4000)),
            ("0.0.0.0:4000".to_owned(), "http://192.168.1.5:4000".to_owned())
        );
        assert_eq!(network.authority(4190).to_string(), "127.0.0.1:4190");
        let six = reach("fd00::5", "fd00::5", None);
        assert_eq!(six.public(4000), "http://[fd00::5]:4000");
        let proxied = reach("127.0.0.1", "127.0.0.1", Some("https://music.example.org"));
        assert_eq!(
            (proxied.public(4000), proxied.public(4190)),
            (proxied.public(1), "https://music.example.org".to_owned())
        );
        let passkeys = proxied.behind_a_proxy().into_iter().find(|(name, _)| *name == "WEBAUTHN_RP_ID");
        assert_eq!(passkeys.map(|(_, domain)| domain).as_deref(), Some("music.example.org"));
    }

    #[test]
    fn a_public_address_has_no_path() {
        for good in ["https://music.example.org", "http://192.168.1.5:8080", "https://music.example.org/"] {
            assert_eq!(public_url(good).as_deref(), Ok(good.trim_end_matches('/')));
        }
        for bad in ["", "music.example.org", "https://", "https://a/b", "https://a?b", "ftp://a"] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_a_code_of_half_blocks() {
        let code = code("http://192.168.1.5:4000").expect("a code");
        assert!(code.lines().count() > 10 && code.contains('█'));
    }
}
