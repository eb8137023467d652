//! Whose request this is on the network: the client's address, scheme and host, behind trusted proxies too (R92).

use std::net::{IpAddr, SocketAddr};

use http::header::{FORWARDED, HOST, HeaderName};
use http::{HeaderMap, Uri};
use ipnet::IpNet;

use crate::public_url::Scheme;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The far end of the connection; a request extension that the accept loop (or a test) sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The client as far as the network tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The address of the client, canonical (an IPv4 address never hides in IPv6).
    pub address: IpAddr,
    /// Whether the connection comes from a trusted proxy, whose headers are then believed.
    pub through_trusted_proxy: bool,
    /// The scheme the client used, as far as known; only for choosing the workspace and for forward-auth (R35).
    pub scheme: Option<Scheme>,
    /// Host and port the client asked for, lower case; only for choosing the workspace and for forward-auth, never for
    /// a link (R35).
    pub authority: Option<String>,
}

impl Caller {
    /// Reads the client from the connection and, where the peer is trusted, from the proxy's headers.
    ///
    /// `X-Forwarded-For` wins over `Forwarded` where a request has both: a proxy that writes the former usually passes
    /// the latter on untouched, so it may be the client's own invention.
    pub fn resolve(peer: SocketAddr, headers: &HeaderMap, uri: &Uri, trusted: &[IpNet]) -> Self {
        let peer = peer.ip().to_canonical();
        let own_authority = || authority_of(headers, uri);
        if !is_trusted(peer, trusted) {
            return Self {
                address: peer,
                through_trusted_proxy: false,
                scheme: uri.scheme_str().and_then(Scheme::parse),
                authority: own_authority(),
            };
        }
        let (address, scheme, host) = if headers.contains_key(X_FORWARDED_FOR) || !headers.contains_key(FORWARDED) {
            (
                from_x_forwarded_for(headers, trusted),
                last_value(headers, &X_FORWARDED_PROTO).and_then(Scheme::parse),
                last_value(headers, &X_FORWARDED_HOST).and_then(clean_authority),
            )
        } else {
            from_forwarded(headers, trusted)
        };
        Self {
            address: address.unwrap_or(peer),
            through_trusted_proxy: true,
            scheme: scheme.or_else(|| uri.scheme_str().and_then(Scheme::parse)),
            authority: host.or_else(own_authority),
        }
    }

    /// The host without its port, lower case.
    pub fn host(&self) -> Option<&str> {
        self.authority.as_deref().map(host_of_authority)
    }
}

/// The host part of a clean authority.
pub(crate) fn host_of_authority(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority
            .find(']')
            .and_then(|end| authority.get(..=end))
            .unwrap_or(authority);
    }
    authority
        .split_once(':')
        .map_or(authority, |(host, _)| host)
        .trim_end_matches('.')
}

/// Whether an address is one of the trusted proxies.
pub(crate) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// The authority the request itself names: absolute form and HTTP/2 first, then the one `Host` header; two of them are
/// none.
fn authority_of(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    if let Some(authority) = uri.authority() {
        return clean_authority(authority.as_str());
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next()?;
    if hosts.next().is_some() {
        return None;
    }
    clean_authority(host.to_str().ok()?)
}

/// Lower case, and nothing but a host and a port in it.
fn clean_authority(text: &str) -> Option<String> {
    let text = text.trim();
    let well_formed = !text.is_empty()
        && text.len() <= 261
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
    if !well_formed {
        return None;
    }
    let authority: http::uri::Authority = text.parse().ok()?;
    // The parser takes whatever follows the host for a port.
    let port = text.strip_prefix(authority.host())?;
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok());
    (!authority.host().is_empty() && is_port).then(|| text.to_ascii_lowercase())
}

/// The last element of a comma-separated header, over several headers of that name: the one the nearest proxy wrote.
fn last_value<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let last = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next().map(str::trim).filter(|value| !value.is_empty())
}

/// Every element of a comma-separated header, several headers of that name joined in order; `None` where one is not
/// text.
fn elements<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<Vec<&'h str>> {
    let mut all = Vec::new();
    for value in headers.get_all(name) {
        all.extend(value.to_str().ok()?.split(',').map(str::trim));
    }
    Some(all)
}

fn from_x_forwarded_for(headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let hops = elements(headers, &X_FORWARDED_FOR)?;
    let mut left_most = None;
    for hop in hops.iter().rev() {
        let address = hop_address(hop)?;
        if !is_trusted(address, trusted) {
            return Some(address);
        }
        left_most = Some(address);
    }
    left_most
}

type Hop = (Option<IpAddr>, Option<Scheme>, Option<String>);

fn from_forwarded(headers: &HeaderMap, trusted: &[IpNet]) -> Hop {
    let Some(hops) = elements(headers, &FORWARDED) else {
        return (None, None, None);
    };
    let mut chosen: Hop = (None, None, None);
    for hop in hops.iter().rev() {
        let Some((node, scheme, host)) = forwarded_element(hop) else {
            return (None, None, None);
        };
        let Some(address) = node.and_then(hop_address) else {
            return (None, None, None);
        };
        chosen = (Some(address), scheme, host);
        if !is_trusted(address, trusted) {
            break;
        }
    }
    chosen
}

type ForwardedElement<'h> = (Option<&'h str>, Option<Scheme>, Option<String>);

fn forwarded_element(element: &str) -> Option<ForwardedElement<'_>> {
    let mut found: ForwardedElement<'_> = (None, None, None);
    for pair in element.split(';') {
        let (name, value) = pair.trim().split_once('=')?;
        let value = value
            .strip_prefix('"')
            .map_or(Some(value), |rest| rest.strip_suffix('"'))?;
        match name.trim().to_ascii_lowercase().as_str() {
            "for" if found.0.is_none() => found.0 = Some(value),
            "proto" if found.1.is_none() => found.1 = Scheme::parse(value),
            "host" if found.2.is_none() => found.2 = clean_authority(value),
            "for" | "proto" | "host" => return None,
            _ => {}
        }
    }
    Some(found)
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:4711`.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let address = hop
        .parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()))
        .ok()
        .or_else(|| hop.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok())?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1:443";
    const STRANGER: &str = "203.0.113.9:5000";

    fn trusted() -> Vec<IpNet> {
        vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:ffff::/48".parse().unwrap()]
    }

    fn resolve(peer: &str, headers: &[(&str, &str)]) -> Caller {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                http::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        Caller::resolve(peer.parse().unwrap(), &map, &Uri::from_static("/"), &trusted())
    }

    #[test]
    fn the_address_is_the_right_most_untrusted_hop() {
        for (peer, headers, expected) in [
            // Headers of an untrusted peer are nothing.
            (STRANGER, vec![("x-forwarded-for", "198.51.100.1")], "203.0.113.9"),
            (STRANGER, vec![("forwarded", "for=198.51.100.1")], "203.0.113.9"),
            (PROXY, vec![], "10.0.0.1"),
            (PROXY, vec![("x-forwarded-for", "198.51.100.1")], "198.51.100.1"),
            // What the client itself wrote stands further left.
            (
                PROXY,
                vec![("x-forwarded-for", "1.1.1.1, 198.51.100.1")],
                "198.51.100.1",
            ),
            (
                PROXY,
                vec![("x-forwarded-for", "nonsense, 198.51.100.1")],
                "198.51.100.1",
            ),
            (
                PROXY,
                vec![("x-forwarded-for", "1.1.1.1, 198.51.100.1, 10.2.3.4")],
                "198.51.100.1",
            ),
            // Several headers are joined in order.
            (
                PROXY,
                vec![
                    ("x-forwarded-for", "1.1.1.1"),
                    ("x-forwarded-for", "198.51.100.1, 10.1.1.1"),
                ],
                "198.51.100.1",
            ),
            // All of them ours: the one furthest away.
            (PROXY, vec![("x-forwarded-for", "10.9.9.9, 10.1.1.1")], "10.9.9.9"),
            // Malformed where it matters.
            (PROXY, vec![("x-forwarded-for", "198.51.100.1, ")], "10.0.0.1"),
            (PROXY, vec![("x-forwarded-for", "198.51.100.1, unknown")], "10.0.0.1"),
            (PROXY, vec![("x-forwarded-for", "198.51.100.300")], "10.0.0.1"),
            (PROXY, vec![("x-forwarded-for", "198.51.100.1\u{e9}")], "10.0.0.1"),
            // Ports, brackets, IPv6 and IPv4 dressed as IPv6.
            (PROXY, vec![("x-forwarded-for", "198.51.100.1:7777")], "198.51.100.1"),
            (PROXY, vec![("x-forwarded-for", "[2001:db8::1]:7777")], "2001:db8::1"),
            (PROXY, vec![("x-forwarded-for", "2001:db8::1")], "2001:db8::1"),
            (PROXY, vec![("x-forwarded-for", "::ffff:198.51.100.1")], "198.51.100.1"),
            (
                "[::ffff:10.0.0.1]:443",
                vec![("x-forwarded-for", "198.51.100.1")],
                "198.51.100.1",
            ),
            (
                PROXY,
                vec![("x-forwarded-for", "198.51.100.7, ::ffff:10.1.1.1")],
                "198.51.100.7",
            ),
            // RFC 7239.
            (
                PROXY,
                vec![("forwarded", "for=198.51.100.1;proto=https")],
                "198.51.100.1",
            ),
            (
                PROXY,
                vec![("forwarded", "for=1.1.1.1, for=\"[2001:db8::5]:44\"")],
                "2001:db8::5",
            ),
            (
                PROXY,
                vec![
                    ("forwarded", "for=1.1.1.1"),
                    ("forwarded", "For=198.51.100.2, for=10.4.4.4"),
                ],
                "198.51.100.2",
            ),
            (PROXY, vec![("forwarded", "for=_hidden")], "10.0.0.1"),
            (PROXY, vec![("forwarded", "for=unknown")], "10.0.0.1"),
            (PROXY, vec![("forwarded", "for=198.51.100.1;for=1.1.1.1")], "10.0.0.1"),
            (PROXY, vec![("forwarded", "198.51.100.1")], "10.0.0.1"),
            (PROXY, vec![("forwarded", "for=\"198.51.100.1")], "10.0.0.1"),
            // A proxy that writes the one passes the other on.
            (
                PROXY,
                vec![("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "198.51.100.1")],
                "198.51.100.1",
            ),
        ] {
            let client = resolve(peer, &headers);
            assert_eq!(
                client.address,
                expected.parse::<IpAddr>().unwrap(),
                "{peer} {headers:?}"
            );
        }
    }

    #[test]
    fn scheme_and_host_come_from_a_trusted_proxy_only() {
        let said = [
            ("host", "Internal:80"),
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "Acme.Example"),
        ];
        let client = resolve(PROXY, &said);
        assert_eq!(
            (client.scheme, client.authority.as_deref()),
            (Some(Scheme::Https), Some("acme.example"))
        );
        let client = resolve(STRANGER, &said);
        assert_eq!(
            (client.scheme, client.authority.as_deref()),
            (None, Some("internal:80"))
        );
        assert_eq!(client.host(), Some("internal"));
    }

    #[test]
    fn of_several_forwarded_hosts_the_nearest_proxys_counts() {
        let client = resolve(
            PROXY,
            &[("x-forwarded-host", "evil.example, acme.example"), ("host", "x")],
        );
        assert_eq!(client.host(), Some("acme.example"));
        let client = resolve(
            PROXY,
            &[(
                "forwarded",
                "for=1.1.1.1;host=evil.example, for=2.2.2.2;host=\"acme.example:8443\"",
            )],
        );
        assert_eq!(client.authority.as_deref(), Some("acme.example:8443"));
    }

    #[test]
    fn a_malformed_or_doubled_host_is_no_host() {
        for host in [
            "a b",
            "user@acme.example",
            "acme.example/x",
            "",
            "acme.example:99:1",
            "a\\b",
            "acme,evil",
        ] {
            assert_eq!(resolve(STRANGER, &[("host", host)]).host(), None, "{host}");
        }
        assert_eq!(resolve(STRANGER, &[("host", "a"), ("host", "b")]).host(), None);
        assert_eq!(resolve(STRANGER, &[("host", "[::1]:8080")]).host(), Some("[::1]"));
        assert_eq!(
            resolve(STRANGER, &[("host", "acme.example.:8080")]).host(),
            Some("acme.example")
        );
    }
}
