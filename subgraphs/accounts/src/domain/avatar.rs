//! Pictures of people: where clients fetch them from.

use core::net::IpAddr;

use url::{Host, Url};

/// The address of a picture that everybody's client may fetch: https, without a user name or a password, and on a host of the
/// internet. Whoever looks at a profile asks that host, which learns their address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvatarUrl(String);

/// From where pictures may come.
#[derive(Clone, Debug, Default)]
pub struct AvatarHosts(Vec<String>);

impl AvatarHosts {
    /// These hosts only; with none, any host of the internet.
    pub fn new(hosts: &[String]) -> Self {
        Self(hosts.iter().map(|host| host.trim().to_lowercase()).filter(|host| !host.is_empty()).collect())
    }

    fn let_in(&self, host: &Host<&str>) -> bool {
        if self.0.is_empty() { is_public(host) } else { self.0.contains(&host.to_string().to_lowercase()) }
    }
}

impl AvatarUrl {
    /// Reads the address of a picture; `None` when it may not be shown to others.
    pub fn parse(text: &str, hosts: &AvatarHosts) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_fit = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        (is_fit && url.host().is_some_and(|host| hosts.let_in(&host))).then(|| Self(text.to_owned()))
    }

    /// The address as text.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Whether it is a host of the internet by its name: a browser is sent to no machine of the network that it is in.
fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_lowercase();
            let last = name.rsplit('.').next().unwrap_or_default();
            name.contains('.') && !["localhost", "local", "internal", "lan", "home", "arpa"].contains(&last)
        }
        Host::Ipv4(address) => is_public_address(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_public_address(IpAddr::V6(*address)),
    }
}

fn is_public_address(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || is_shared
                || a == 0
                || a >= 240)
        }
        IpAddr::V6(address) => address.segments()[0] & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_over_https_from_a_host_of_the_internet() {
        let any = AvatarHosts::default();
        for good in ["https://example.org/n.png", "https://8.8.8.8/n.png", "https://[2606:4700::1]/n.png?size=2"] {
            assert_eq!(AvatarUrl::parse(good, &any).map(AvatarUrl::into_text).as_deref(), Some(good));
        }
        for bad in [
            "http://example.org/n.png",
            "https://user@example.org/n.png",
            "https://user:password@example.org/n.png",
            "https://localhost/n.png",
            "https://router/admin",
            "https://nas.local/n.png",
            "https://127.0.0.1/n.png",
            "https://2130706433/n.png",
            "https://10.1.2.3/n.png",
            "https://192.168.0.1/reboot",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/n.png",
            "https://0.0.0.0/n.png",
            "https://[::1]/n.png",
            "https://[fd00::1]/n.png",
            "https://[fe80::1]/n.png",
            "https://[::ffff:127.0.0.1]/n.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "n.png",
        ] {
            assert_eq!(AvatarUrl::parse(bad, &any), None, "{bad}");
        }
    }

    #[test]
    fn an_operator_may_name_the_hosts() {
        let own = AvatarHosts::new(&["Media.example.org".to_owned(), " 10.0.0.5 ".to_owned()]);
        assert!(AvatarUrl::parse("https://media.example.org/n.png", &own).is_some());
        assert!(AvatarUrl::parse("https://10.0.0.5/n.png", &own).is_some());
        assert!(AvatarUrl::parse("https://example.org/n.png", &own).is_none());
        assert!(AvatarUrl::parse("http://media.example.org/n.png", &own).is_none());
    }
}
