//! Scheme, base host and port that people see: the only source of links and of cookie rules (R35, R80).

use std::net::IpAddr;

use url::Url;

use crate::workspace::{Slug, Workspace};

/// How a page is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Clear text; allowed on loopback only.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// The scheme as it stands in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that an address leaves out.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// Reads a scheme name, whatever its case.
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("https") {
            Some(Self::Https)
        } else if text.eq_ignore_ascii_case("http") {
            Some(Self::Http)
        } else {
            None
        }
    }
}

/// Why a text is no public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// Not an absolute address at all.
    #[error("write an absolute address such as https://help.example.com")]
    NotAbsolute,
    /// Neither http nor https.
    #[error("only http and https can be served")]
    Scheme,
    /// Carries a path, a query, a fragment or a user.
    #[error("write scheme, host and port only: no path, query, fragment or user name")]
    Extra,
}

/// The setting `public_url`: scheme, base host and port that people see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl PublicUrl {
    /// Reads the setting.
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| PublicUrlError::NotAbsolute)?;
        let scheme = Scheme::parse(url.scheme()).ok_or(PublicUrlError::Scheme)?;
        let host = url.host_str().ok_or(PublicUrlError::NotAbsolute)?;
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !bare {
            return Err(PublicUrlError::Extra);
        }
        Ok(Self {
            scheme,
            host: host.trim_end_matches('.').to_ascii_lowercase(),
            port: url.port().unwrap_or(scheme.default_port()),
        })
    }

    /// The scheme.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The base host, lower case, without port.
    pub fn base_host(&self) -> &str {
        &self.host
    }

    /// The port that people see.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether people reach the server over TLS: cookies are then `Secure` and HSTS is sent (R80, R84).
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether the base host is this machine: `localhost`, `*.localhost`, 127/8 or `::1`.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The origin of a host under this scheme and port, such as `https://acme.example.com`.
    pub fn origin_of(&self, host: &str) -> String {
        if self.port == self.scheme.default_port() {
            format!("{}://{host}", self.scheme.as_str())
        } else {
            format!("{}://{host}:{}", self.scheme.as_str(), self.port)
        }
    }

    /// The origin under which people reach a workspace: its first host name of its own, else the base host if it is
    /// the default workspace, else `<slug>.<base host>`. Links in mails are built on this and nothing else (R35).
    pub fn origin_of_workspace(&self, workspace: &Workspace, default_workspace: Option<&Slug>) -> String {
        match workspace.hosts.first() {
            Some(host) => self.origin_of(host),
            None if default_workspace == Some(&workspace.slug) => self.origin_of(&self.host),
            None => self.origin_of(&self.workspace_host(workspace.slug.as_str())),
        }
    }

    /// The host of a workspace under the base host.
    pub fn workspace_host(&self, slug: &str) -> String {
        format!("{slug}.{}", self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scheme_host_and_port() {
        let url = PublicUrl::parse("http://LocalHost:8080").unwrap();
        assert_eq!(
            (url.scheme(), url.base_host(), url.port()),
            (Scheme::Http, "localhost", 8080)
        );
        assert_eq!(url.origin_of(&url.workspace_host("acme")), "http://acme.localhost:8080");
        assert!(url.is_loopback() && !url.is_https());
    }

    #[test]
    fn leaves_out_a_default_port() {
        let url = PublicUrl::parse("https://help.example.com/").unwrap();
        assert_eq!(url.origin_of("acme.help.example.com"), "https://acme.help.example.com");
        assert!(url.is_https() && !url.is_loopback());
    }

    #[test]
    fn knows_loopback_hosts() {
        for (text, loopback) in [
            ("http://127.0.0.1", true),
            ("http://127.8.9.1:1", true),
            ("http://[::1]:80", true),
            ("http://a.localhost", true),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(PublicUrl::parse(text).unwrap().is_loopback(), loopback, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_public_address() {
        for (text, error) in [
            ("", PublicUrlError::NotAbsolute),
            ("help.example.com", PublicUrlError::NotAbsolute),
            ("ftp://help.example.com", PublicUrlError::Scheme),
            ("https://help.example.com/x", PublicUrlError::Extra),
            ("https://u:p@help.example.com", PublicUrlError::Extra),
            ("https://help.example.com/?q", PublicUrlError::Extra),
        ] {
            assert_eq!(PublicUrl::parse(text), Err(error), "{text}");
        }
    }
}
