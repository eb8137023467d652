//! What is known of the client behind a request.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Longest user agent kept, in bytes (R101).
pub const MAX_USER_AGENT_BYTES: usize = 512;

/// Where a request came from, as receipts, audit rows and mails tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Address of the client, behind trusted proxies the one they report (R92).
    pub address: IpAddr,
    /// The browser's own description, cut to 512 bytes and free of control characters.
    pub user_agent: String,
    /// Id of the request, as in the logs.
    pub request: crate::ids::RequestId,
}

impl Client {
    /// Puts a client together, making the user agent fit to keep (R101, R102).
    pub fn new(address: IpAddr, user_agent: &str, request: crate::ids::RequestId) -> Self {
        let mut cleaned = String::new();
        for c in user_agent.chars().filter(|c| !c.is_control()) {
            if cleaned.len() + c.len_utf8() > MAX_USER_AGENT_BYTES {
                break;
            }
            cleaned.push(c);
        }
        Self {
            address,
            user_agent: cleaned,
            request,
        }
    }

    /// The network that budgets count: an IPv4 address, or an IPv6 /64 (R27, R89).
    pub fn network(&self) -> String {
        match self.address {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => {
                if let Some(v4) = v6.to_ipv4_mapped() {
                    return v4.to_string();
                }
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }

    /// The device in a few words, for people: browser and system, as far as the user agent tells.
    pub fn device(&self) -> Device {
        Device::of(&self.user_agent)
    }
}

/// A device in words: names of products, so not for translation. Empty where unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The browser's name, such as `Firefox`; empty if unknown.
    pub browser: String,
    /// The system's name, such as `Android`; empty if unknown.
    pub system: String,
}

impl Device {
    /// Guesses from a user agent. The order matters: most browsers claim to be others too.
    pub fn of(user_agent: &str) -> Self {
        const BROWSERS: [(&str, &str); 8] = [
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"),
            ("CriOS", "Chrome"),
            ("Chrome", "Chrome"),
            ("Safari", "Safari"),
        ];
        const SYSTEMS: [(&str, &str); 7] = [
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("CrOS", "ChromeOS"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ];
        let find = |table: &[(&str, &str)]| {
            table
                .iter()
                .find(|(mark, _)| user_agent.contains(mark))
                .map(|(_, name)| (*name).to_owned())
                .unwrap_or_default()
        };
        Self {
            browser: find(&BROWSERS),
            system: find(&SYSTEMS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RequestId;

    fn client(address: &str) -> Client {
        Client::new(address.parse().unwrap(), "x", RequestId::from_uuid(uuid::Uuid::nil()))
    }

    #[test]
    fn r27_a_network_is_an_ipv4_address_or_an_ipv6_64() {
        assert_eq!(client("192.0.2.7").network(), "192.0.2.7");
        assert_eq!(client("::ffff:192.0.2.7").network(), "192.0.2.7");
        assert_eq!(
            client("2001:db8:1:2:3:4:5:6").network(),
            client("2001:db8:1:2:ffff::1").network()
        );
        assert_ne!(client("2001:db8:1:2::1").network(), client("2001:db8:1:3::1").network());
    }

    #[test]
    fn r101_user_agents_are_cut_and_cleaned() {
        let long = format!("a\r\nb{}", "é".repeat(600));
        let client = Client::new(
            "127.0.0.1".parse().unwrap(),
            &long,
            RequestId::from_uuid(uuid::Uuid::nil()),
        );
        assert!(client.user_agent.len() <= MAX_USER_AGENT_BYTES && client.user_agent.starts_with("abé"));
    }

    #[test]
    fn devices_are_told_in_words() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        assert_eq!(
            Device::of(chrome),
            Device {
                browser: "Chrome".to_owned(),
                system: "Linux".to_owned()
            }
        );
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1";
        assert_eq!(
            Device::of(iphone),
            Device {
                browser: "Safari".to_owned(),
                system: "iPhone".to_owned()
            }
        );
        assert_eq!(
            Device::of("curl/8"),
            Device {
                browser: String::new(),
                system: String::new()
            }
        );
    }
}
