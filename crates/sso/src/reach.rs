//! Which addresses the engine may speak to: a provider's metadata must not lead it into the house's own network (R54).

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use url::{Host, Url};

/// How far requests for a provider reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// The public internet.
    Public,
    /// And this very machine, for a provider that is configured to be on it.
    Loopback,
    /// And private networks, where the operator allows them.
    Private,
}

/// An address that is closed to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the address is not a public one, and others are not allowed")]
pub(crate) struct Closed;

/// Networks of their own, which `sso.allow_private_networks` opens.
static PRIVATE: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    nets(&[
        "10.0.0.0/8",
        "100.64.0.0/10",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
    ])
});
/// Addresses inside those at which clouds hand out a machine's credentials: never opened.
const METADATA: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];
/// What is neither a public address nor one of a private network (the registries of special-purpose addresses).
static SPECIAL: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    nets(&[
        "0.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    ])
});
/// The only part of IPv6 that is handed out to the public.
static GLOBAL_V6: LazyLock<Vec<IpNet>> = LazyLock::new(|| nets(&["2000::/3"]));

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

impl Reach {
    /// Whether that address may be spoken to.
    pub(crate) fn admits(self, address: IpAddr) -> bool {
        let address = match address {
            IpAddr::V6(v6) => embedded_v4(v6).map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        };
        let within = |nets: &[IpNet]| nets.iter().any(|net| net.contains(&address));
        if METADATA.contains(&address) {
            false
        } else if address.is_loopback() {
            self >= Self::Loopback
        } else if within(&PRIVATE) {
            self >= Self::Private
        } else {
            !within(&SPECIAL) && (address.is_ipv4() || within(&GLOBAL_V6))
        }
    }

    /// Whether a request may be begun: a literal address is looked at here, a name when it is resolved.
    pub(crate) fn admits_url(self, url: &Url) -> Result<(), Closed> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Closed),
        };
        if self.admits(address) { Ok(()) } else { Err(Closed) }
    }
}

/// The IPv4 address that an IPv6 address leads to: mapped, or by the well-known translation prefix.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return Some(mapped);
    }
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

/// Whether an address names this very machine.
pub(crate) fn is_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
type Lookup = dyn Fn(String) -> Looking + Send + Sync;

/// Resolves names, and keeps what may be spoken to: the connection is made to the very address that was looked at, so a
/// name cannot be turned to another one in between.
pub(crate) struct Guard {
    reach: Reach,
    lookup: Arc<Lookup>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// By the system's resolver.
    pub(crate) fn new(reach: Reach) -> Self {
        let lookup = |name: String| -> Looking {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        };
        Self {
            reach,
            lookup: Arc::new(lookup),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, looking) = (self.reach, (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let mut open = looking.await?;
            open.retain(|address| reach.admits(*address));
            if open.is_empty() {
                return Err(Closed.into());
            }
            let addresses: Addrs = Box::new(open.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hosts of an https address, and the least reach that opens each; `None` if nothing does.
    const TABLE: [(&str, Option<Reach>); 48] = [
        ("8.8.8.8", Some(Reach::Public)),
        ("172.32.0.1", Some(Reach::Public)),
        ("100.128.0.1", Some(Reach::Public)),
        ("[2606:4700::1111]", Some(Reach::Public)),
        ("[2a00:1450:4001::1]", Some(Reach::Public)),
        ("[64:ff9b::808:808]", Some(Reach::Public)),
        ("127.0.0.1", Some(Reach::Loopback)),
        ("127.255.255.254", Some(Reach::Loopback)),
        ("127.1", Some(Reach::Loopback)),
        ("2130706433", Some(Reach::Loopback)),
        ("0x7f000001", Some(Reach::Loopback)),
        ("0x7f.1", Some(Reach::Loopback)),
        ("017700000001", Some(Reach::Loopback)),
        ("127.0.0.1.", Some(Reach::Loopback)),
        ("[::1]", Some(Reach::Loopback)),
        ("[0:0:0:0:0:0:0:1]", Some(Reach::Loopback)),
        ("[::ffff:127.0.0.1]", Some(Reach::Loopback)),
        ("[::ffff:7f00:1]", Some(Reach::Loopback)),
        ("[64:ff9b::7f00:1]", Some(Reach::Loopback)),
        ("10.0.0.1", Some(Reach::Private)),
        ("10.255.255.255", Some(Reach::Private)),
        ("172.16.0.1", Some(Reach::Private)),
        ("172.31.255.255", Some(Reach::Private)),
        ("192.168.1.1", Some(Reach::Private)),
        ("100.64.0.1", Some(Reach::Private)),
        ("0xa000001", Some(Reach::Private)),
        ("3232235777", Some(Reach::Private)),
        ("[fd00::1]", Some(Reach::Private)),
        ("[fc00::1]", Some(Reach::Private)),
        ("[::ffff:10.0.0.1]", Some(Reach::Private)),
        ("169.254.169.254", None),
        ("2852039166", None),
        ("0xa9fea9fe", None),
        ("0251.0376.0251.0376", None),
        ("[::ffff:169.254.169.254]", None),
        ("[64:ff9b::a9fe:a9fe]", None),
        ("[fd00:ec2::254]", None),
        ("100.100.100.200", None),
        ("0.0.0.0", None),
        ("0", None),
        ("255.255.255.255", None),
        ("224.0.0.1", None),
        ("198.18.0.1", None),
        ("[::]", None),
        ("[fe80::1]", None),
        ("[ff02::1]", None),
        ("[2002:7f00:1::]", None),
        ("[2001:db8::1]", None),
    ];

    #[test]
    fn r54_closed_addresses_in_every_spelling() {
        for (host, least) in TABLE {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            for reach in [Reach::Public, Reach::Loopback, Reach::Private] {
                let open = least.is_some_and(|least| reach >= least);
                assert_eq!(reach.admits_url(&url).is_ok(), open, "{host} within {reach:?}");
            }
        }
    }

    #[test]
    fn every_network_of_the_lists_can_be_read() {
        assert_eq!((PRIVATE.len(), SPECIAL.len(), GLOBAL_V6.len()), (5, 14, 1));
    }

    fn guard(reach: Reach, found: &'static [&'static str]) -> Guard {
        let lookup = move |_| -> Looking {
            Box::pin(async move { Ok(found.iter().map(|address| address.parse().unwrap()).collect()) })
        };
        Guard {
            reach,
            lookup: Arc::new(lookup),
        }
    }

    #[tokio::test]
    async fn r54_names_that_lead_to_closed_addresses() {
        let name = || "idp.acme.example".parse::<Name>().unwrap();
        for closed in [
            &["169.254.169.254"][..],
            &["10.0.0.1", "192.168.1.1"],
            &["::1"],
            &["fd00::8"],
            &["::ffff:127.0.0.1"],
        ] {
            assert!(
                guard(Reach::Public, closed).resolve(name()).await.is_err(),
                "{closed:?}"
            );
        }
        let mixed: Vec<SocketAddr> = guard(Reach::Public, &["10.0.0.1", "8.8.8.8"])
            .resolve(name())
            .await
            .unwrap()
            .collect();
        assert_eq!(mixed, ["8.8.8.8:0".parse().unwrap()]);
        assert!(guard(Reach::Loopback, &["127.0.0.1"]).resolve(name()).await.is_ok());
        assert!(guard(Reach::Private, &["10.0.0.1"]).resolve(name()).await.is_ok());
    }
}
