//! `mail.smtp.url`, parsed.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// TLS from the first byte (`smtps://`).
    Implicit,
    /// STARTTLS, or no mail (`tls=required`, the default of `smtp://`).
    Required,
    /// STARTTLS where the server offers it; credentials are never sent without (`tls=opportunistic`).
    Opportunistic,
    /// None; on loopback only, and without credentials (`tls=none`).
    None,
}

/// Why `mail.smtp.url` cannot be used; says what to write. Never repeats the address, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SmtpUrlError {
    /// Not an address at all.
    #[error(
        "mail.smtp.url: write it as smtp://user:password@host:587 or smtps://user:password@host, with special characters of the password percent-encoded"
    )]
    Form,
    /// Neither `smtp` nor `smtps`.
    #[error("mail.smtp.url: begin it with smtp:// (STARTTLS) or smtps:// (TLS from the first byte)")]
    Scheme,
    /// No host.
    #[error("mail.smtp.url: name the host of the mail server, as in smtp://user:password@mail.example.com:587")]
    Host,
    /// A path or a fragment.
    #[error("mail.smtp.url: nothing may follow the host and port but ?tls=required, ?tls=opportunistic or ?tls=none")]
    Rest,
    /// An unknown parameter.
    #[error("mail.smtp.url: the only parameter is tls, as in ?tls=required")]
    Parameter,
    /// An unknown value of `tls`.
    #[error("mail.smtp.url: write tls=required, tls=opportunistic or tls=none")]
    Tls,
    /// `tls=` with `smtps://` says something else than `smtps://` does.
    #[error("mail.smtp.url: smtps:// is TLS from the first byte; leave out tls=, or write smtp:// with it")]
    TlsWithSmtps,
    /// No TLS to a host that is not loopback.
    #[error(
        "mail.smtp.url: tls=none is for a mail server on loopback (localhost, 127.0.0.1, [::1]); write tls=required"
    )]
    PlainAbroad,
    /// Credentials without TLS.
    #[error("mail.smtp.url: a user and password need TLS; write tls=required, or leave out the user and password")]
    PlainWithCredentials,
    /// A user without a password, or the other way round.
    #[error("mail.smtp.url: give both a user and a password, as in smtp://user:password@host, or neither")]
    HalfCredentials,
    /// Credentials with control characters, or not UTF-8.
    #[error("mail.smtp.url: the user and the password must be percent-encoded text without control characters")]
    Credentials,
}

/// A mail server's address, how to protect the way to it, and who we are there. Its `Debug` and `Display` mask the
/// password.
#[derive(Clone)]
pub struct SmtpUrl {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: SmtpTls,
    pub(crate) credentials: Option<(String, SecretString)>,
}

impl SmtpUrl {
    /// Reads `smtp://user:pass@host:port?tls=required|opportunistic|none` or `smtps://user:pass@host:port`. Without a
    /// port: 465 for `smtps`, 25 for `tls=none`, else 587.
    ///
    /// # Errors
    /// [`SmtpUrlError`], which says what to write.
    pub fn parse(text: &str) -> Result<Self, SmtpUrlError> {
        let url = Url::parse(text.trim()).map_err(|error| match error {
            url::ParseError::EmptyHost => SmtpUrlError::Host,
            _ => SmtpUrlError::Form,
        })?;
        let implicit = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return Err(SmtpUrlError::Scheme),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) if is_host_name(name) => name.to_ascii_lowercase(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(SmtpUrlError::Host),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpUrlError::Rest);
        }
        let mut tls = None;
        for (name, value) in url.query_pairs() {
            if name != "tls" || tls.is_some() {
                return Err(SmtpUrlError::Parameter);
            }
            tls = Some(match value.as_ref() {
                "required" => SmtpTls::Required,
                "opportunistic" => SmtpTls::Opportunistic,
                "none" => SmtpTls::None,
                _ => return Err(SmtpUrlError::Tls),
            });
        }
        let tls = match (implicit, tls) {
            (true, None) => SmtpTls::Implicit,
            (true, Some(_)) => return Err(SmtpUrlError::TlsWithSmtps),
            (false, tls) => tls.unwrap_or(SmtpTls::Required),
        };
        let credentials = credentials(&url)?;
        if tls == SmtpTls::None {
            if !is_loopback(&host) {
                return Err(SmtpUrlError::PlainAbroad);
            }
            if credentials.is_some() {
                return Err(SmtpUrlError::PlainWithCredentials);
            }
        }
        let port = url.port().unwrap_or(match tls {
            SmtpTls::Implicit => 465,
            SmtpTls::None => 25,
            SmtpTls::Required | SmtpTls::Opportunistic => 587,
        });
        Ok(Self {
            host,
            port,
            tls,
            credentials,
        })
    }

    /// The host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// How the connection is protected.
    pub const fn tls(&self) -> SmtpTls {
        self.tls
    }

    pub(crate) fn lettre_credentials(&self) -> Option<lettre::transport::smtp::authentication::Credentials> {
        let (user, password) = self.credentials.as_ref()?;
        Some((user.clone(), password.expose_secret().to_owned()).into())
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls == SmtpTls::Implicit { "smtps" } else { "smtp" };
        write!(f, "{scheme}://")?;
        if let Some((user, _)) = &self.credentials {
            let user = percent_encoding::utf8_percent_encode(user, percent_encoding::NON_ALPHANUMERIC);
            write!(f, "{user}:•••@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)?;
        } else {
            write!(f, "{}:{}", self.host, self.port)?;
        }
        match self.tls {
            SmtpTls::Implicit => Ok(()),
            SmtpTls::Required => f.write_str("?tls=required"),
            SmtpTls::Opportunistic => f.write_str("?tls=opportunistic"),
            SmtpTls::None => f.write_str("?tls=none"),
        }
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpUrl({self})")
    }
}

fn credentials(url: &Url) -> Result<Option<(String, SecretString)>, SmtpUrlError> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text)
            .decode_utf8()
            .map_err(|_| SmtpUrlError::Credentials)?;
        if text.chars().any(char::is_control) {
            return Err(SmtpUrlError::Credentials);
        }
        Ok(text.into_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None | Some("")) => Err(SmtpUrlError::HalfCredentials),
        (user, Some(password)) => Ok(Some((decoded(user)?, decoded(password)?.into()))),
    }
}

fn is_host_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=253).contains(&name.len()) && name.bytes().all(plain)
}

fn is_loopback(host: &str) -> bool {
    let by_name = host == "localhost" || host.ends_with(".localhost");
    by_name || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_the_contract_are_read() {
        for (text, shown) in [
            ("smtp://mail.example.com", "smtp://mail.example.com:587?tls=required"),
            (
                "smtp://u:p@mail.example.com:25?tls=opportunistic",
                "smtp://u:•••@mail.example.com:25?tls=opportunistic",
            ),
            (
                "smtps://u%40x:p%2Fq@mail.example.com",
                "smtps://u%40x:•••@mail.example.com:465",
            ),
            ("smtp://localhost?tls=none", "smtp://localhost:25?tls=none"),
            ("smtp://127.0.0.1:2525?tls=none", "smtp://127.0.0.1:2525?tls=none"),
            ("smtp://[::1]:2525?tls=none", "smtp://[::1]:2525?tls=none"),
            (
                " smtp://Mail.Example.com:587/ ",
                "smtp://mail.example.com:587?tls=required",
            ),
        ] {
            assert_eq!(SmtpUrl::parse(text).unwrap().to_string(), shown, "{text}");
        }
        let (user, password) = SmtpUrl::parse("smtps://u%40x:p%2Fq@h.example")
            .unwrap()
            .credentials
            .unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("u@x", "p/q"));
    }

    #[test]
    fn mistakes_say_what_to_write() {
        for (text, error) in [
            ("", SmtpUrlError::Form),
            ("mail.example.com", SmtpUrlError::Form),
            ("http://mail.example.com", SmtpUrlError::Scheme),
            ("smtp://", SmtpUrlError::Host),
            ("smtp:mail.example.com", SmtpUrlError::Host),
            ("smtp://ma%0d%0ail.example.com", SmtpUrlError::Host),
            ("smtp://mail.example.com/inbox", SmtpUrlError::Rest),
            ("smtp://mail.example.com#x", SmtpUrlError::Rest),
            ("smtp://mail.example.com?ssl=1", SmtpUrlError::Parameter),
            ("smtp://mail.example.com?tls=required&tls=none", SmtpUrlError::Parameter),
            ("smtp://mail.example.com?tls=maybe", SmtpUrlError::Tls),
            ("smtps://mail.example.com?tls=none", SmtpUrlError::TlsWithSmtps),
            ("smtp://mail.example.com?tls=none", SmtpUrlError::PlainAbroad),
            ("smtp://127.0.0.1.example.com?tls=none", SmtpUrlError::PlainAbroad),
            ("smtp://u:p@localhost?tls=none", SmtpUrlError::PlainWithCredentials),
            ("smtp://u@mail.example.com", SmtpUrlError::HalfCredentials),
            ("smtp://u:@mail.example.com", SmtpUrlError::HalfCredentials),
            ("smtp://:p@mail.example.com", SmtpUrlError::HalfCredentials),
            ("smtp://u:p%0d%0aQUIT@mail.example.com", SmtpUrlError::Credentials),
            ("smtp://u:%ff@mail.example.com", SmtpUrlError::Credentials),
        ] {
            let found = SmtpUrl::parse(text).map(|url| url.to_string());
            assert_eq!(found, Err(error), "{text}");
            assert!(error.to_string().starts_with("mail.smtp.url: "));
        }
    }

    #[test]
    fn no_output_shows_the_password() {
        let url = SmtpUrl::parse("smtp://user:hunter22@mail.example.com").unwrap();
        assert!(!format!("{url} {url:?} {url:#?}").contains("hunter22"));
    }
}
