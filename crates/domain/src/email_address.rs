//! Email addresses: parsed once at the edge, compared by key, written to as stored (R43–R46).

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest address accepted, in bytes (RFC 5321 §4.5.3.1, R43).
pub const MAX_ADDRESS_BYTES: usize = 254;
/// Longest local part accepted, in bytes (RFC 5321 §4.5.3.1, R43).
pub const MAX_LOCAL_BYTES: usize = 64;

/// Why a text is not an address we can write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EmailAddressError {
    /// Nothing was typed.
    #[error("the address is empty")]
    Empty,
    /// Longer than RFC 5321 allows.
    #[error("the address is too long")]
    TooLong,
    /// Not of the form `local@domain`, or with characters that no mailbox has.
    #[error("the address is not of the form name@domain")]
    Malformed,
    /// The part before the `@` is not ASCII; such mailboxes need SMTPUTF8 (R46).
    #[error("the part before the @ must be plain letters, digits and signs")]
    NonAsciiLocalPart,
    /// The part after the `@` is not a domain name.
    #[error("the part after the @ is not a domain name")]
    BadDomain,
}

/// An address as its owner spelled it, with the domain as an A-label.
///
/// Two addresses are the same mailbox when their [`key`](Self::key)s are equal. Mail always goes to
/// [`as_str`](Self::as_str) of the *stored* address, never to one just typed (R45).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    stored: String,
    at: usize,
}

/// The look-up key of an address: local part in ASCII lower case, domain as lower-case A-label (R44).
///
/// No Unicode case folding and no NFKC happen here, so `K` (Kelvin sign) never equals `k`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailKey(String);

impl EmailKey {
    /// The key as text, `local@domain`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Wraps a key as an adapter read it from a row that was written from [`EmailAddress::key`].
    pub fn from_stored(key: String) -> Self {
        Self(key)
    }

    /// The key under which budgets count: the part after `+` is dropped (R112).
    pub fn budget_key(&self) -> String {
        match self.0.split_once('@') {
            Some((local, domain)) => {
                let base = local.split_once('+').map_or(local, |(base, _)| base);
                format!("{base}@{domain}")
            }
            None => self.0.clone(),
        }
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// The domain, an A-label in lower case.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl EmailAddress {
    /// Parses what somebody typed.
    ///
    /// White space at both ends is dropped, since people paste. The order is R43's: refuse, split, normalise the
    /// domain, then validate; nothing is validated before it is normalised.
    pub fn parse(input: &str) -> Result<Self, EmailAddressError> {
        let text = input.trim_matches([' ', '\t', '\r', '\n']);
        if text.is_empty() {
            return Err(EmailAddressError::Empty);
        }
        if text.len() > MAX_ADDRESS_BYTES * 4 {
            return Err(EmailAddressError::TooLong);
        }
        let forbidden = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\u{FF20}' | '\u{FE6B}');
        if text.chars().any(forbidden) || text.contains("=?") {
            return Err(EmailAddressError::Malformed);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailAddressError::Malformed)?;
        if domain.contains('@') {
            return Err(EmailAddressError::Malformed);
        }
        if !local.is_ascii() {
            return Err(EmailAddressError::NonAsciiLocalPart);
        }
        let domain = ascii_domain(domain)?;
        if local.len() > MAX_LOCAL_BYTES || local.len() + 1 + domain.len() > MAX_ADDRESS_BYTES {
            return Err(EmailAddressError::TooLong);
        }
        if !is_dot_atom(local) {
            return Err(EmailAddressError::Malformed);
        }
        let at = local.len();
        let stored = format!("{local}@{domain}");
        let options = email_address::Options::default()
            .without_domain_literal()
            .without_display_text();
        if email_address::EmailAddress::parse_with_options(&stored, options).is_err() {
            return Err(EmailAddressError::Malformed);
        }
        Ok(Self { stored, at })
    }

    /// The address as mail is sent to it.
    pub fn as_str(&self) -> &str {
        &self.stored
    }

    /// The look-up key (R44).
    pub fn key(&self) -> EmailKey {
        EmailKey(self.stored.to_ascii_lowercase())
    }

    /// The part before the `@`, as spelled.
    pub fn local(&self) -> &str {
        self.stored.get(..self.at).unwrap_or_default()
    }

    /// The domain, an A-label in lower case.
    pub fn domain(&self) -> &str {
        self.stored.get(self.at + 1..).unwrap_or_default()
    }

    /// The address with most of it hidden, as pages show it: `j•••@e•••.com` (R40).
    pub fn masked(&self) -> String {
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let domain = self.domain();
        let (name, rest) = domain
            .rsplit_once('.')
            .map_or((domain, String::new()), |(n, r)| (n, format!(".{r}")));
        format!("{}•••@{}•••{rest}", first(self.local()), first(name))
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stored)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailAddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.stored
    }
}

fn ascii_domain(domain: &str) -> Result<String, EmailAddressError> {
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| EmailAddressError::BadDomain)?;
    let labels: Vec<&str> = ascii.split('.').collect();
    let label_is_fine = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top_is_a_name = labels
        .last()
        .is_some_and(|top| top.bytes().any(|b| b.is_ascii_alphabetic()));
    if labels.len() < 2 || !labels.iter().all(label_is_fine) || !top_is_a_name {
        return Err(EmailAddressError::BadDomain);
    }
    Ok(ascii)
}

fn is_dot_atom(local: &str) -> bool {
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    local.split('.').all(atom)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_the_spelling_and_compares_by_key() {
        let address = EmailAddress::parse(" Jo.Doe+News@Exa\u{308}mple.COM ").unwrap();
        assert_eq!(address.as_str(), "Jo.Doe+News@xn--exmple-cua.com");
        assert_eq!(address.key().as_str(), "jo.doe+news@xn--exmple-cua.com");
        assert_eq!(address.key().budget_key(), "jo.doe@xn--exmple-cua.com");
    }

    #[test]
    fn r43_refuses_what_is_no_mailbox() {
        for (input, error) in [
            ("", EmailAddressError::Empty),
            ("  ", EmailAddressError::Empty),
            ("jo", EmailAddressError::Malformed),
            ("jo@", EmailAddressError::BadDomain),
            ("@example.com", EmailAddressError::Malformed),
            ("jo@example", EmailAddressError::BadDomain),
            ("jo@127.0.0.1", EmailAddressError::BadDomain),
            ("jo@[127.0.0.1]", EmailAddressError::BadDomain),
            ("jo@-a.com", EmailAddressError::BadDomain),
            ("jo@a..com", EmailAddressError::BadDomain),
            ("jo@a@b.com", EmailAddressError::Malformed),
            ("jo\u{FF20}example.com", EmailAddressError::Malformed),
            ("jo@example.com\u{0}", EmailAddressError::Malformed),
            ("jo@exa\r\nmple.com", EmailAddressError::Malformed),
            ("jo@example.com,eve@example.com", EmailAddressError::Malformed),
            ("jo@example.com;eve", EmailAddressError::BadDomain),
            ("\"a b\"@example.com", EmailAddressError::Malformed),
            ("\"ab\"@example.com", EmailAddressError::Malformed),
            ("=?utf-8?q?jo?=@example.com", EmailAddressError::Malformed),
            ("j\u{f6}@example.com", EmailAddressError::NonAsciiLocalPart),
            (".jo@example.com", EmailAddressError::Malformed),
        ] {
            assert_eq!(EmailAddress::parse(input), Err(error), "{input:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(EmailAddress::parse(&long), Err(EmailAddressError::TooLong));
    }

    #[test]
    fn r44_look_alikes_are_not_the_same_mailbox() {
        assert_eq!(
            EmailAddress::parse("\u{212A}im@example.com"),
            Err(EmailAddressError::NonAsciiLocalPart)
        );
        let sharp = EmailAddress::parse("jo@stra\u{df}e.de").unwrap();
        assert_ne!(sharp.key(), EmailAddress::parse("jo@strasse.de").unwrap().key());
    }

    #[test]
    fn r40_masks_all_but_the_first_letters() {
        assert_eq!(
            EmailAddress::parse("jane.doe@example.com").unwrap().masked(),
            "j•••@e•••.com"
        );
        assert_eq!(
            EmailAddress::parse("j@mail.example.co.uk").unwrap().masked(),
            "j•••@m•••.uk"
        );
    }

    proptest! {
        #[test]
        fn z1_parsing_is_idempotent_and_never_yields_two_ats(input in "\\PC{0,40}@\\PC{0,40}") {
            if let Ok(address) = EmailAddress::parse(&input) {
                let again = EmailAddress::parse(address.as_str()).unwrap();
                prop_assert_eq!(&again, &address);
                prop_assert_eq!(again.key(), address.key());
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
                prop_assert!(address.as_str().is_ascii());
            }
        }
    }
}
