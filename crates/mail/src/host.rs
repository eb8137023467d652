//! The host of the public address, as mail headers and EHLO may name it.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A host as it stands in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host<'a> {
    Name(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    /// Reads a host name, an IPv4 address, or an IPv6 address in brackets.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            return inner.strip_suffix(']')?.parse().ok().map(Self::V6);
        }
        if let Ok(address) = text.parse() {
            return Some(Self::V4(address));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        ((1..=253).contains(&text.len()) && text.bytes().all(plain)).then_some(Self::Name(text))
    }
}
