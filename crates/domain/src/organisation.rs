//! Organisations: named groups of people, and the email domains that place people in them (A9).

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::email_address::EmailAddress;
use crate::ids::{OrganisationId, WorkspaceId};
use crate::time::Timestamp;

/// Most domains of one organisation.
pub const MAX_DOMAINS: usize = 50;

/// A domain of mail addresses: A-labels in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailDomain(String);

/// The text is no domain that a mail address could have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is not a domain of mail addresses")]
pub struct EmailDomainError;

impl EmailDomain {
    /// Reads a domain as people type it: in any case, with or without the `@`, with letters of any script.
    ///
    /// # Errors
    /// If no mail address could have it.
    pub fn parse(typed: &str) -> Result<Self, EmailDomainError> {
        let bare = typed.trim().trim_start_matches('@');
        let address = EmailAddress::parse(&format!("x@{bare}")).map_err(|_address| EmailDomainError)?;
        Ok(Self(address.domain().to_owned()))
    }

    /// The domain as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A named group of people (A9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// Its name; no two organisations of a workspace have one name.
    pub name: String,
    /// Whoever proves an address at one of these belongs to it from then on. In order, each once; no two organisations of
    /// a workspace have one domain.
    pub domains: Vec<EmailDomain>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An organisation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedOrganisation {
    /// The organisation.
    pub organisation: Organisation,
    /// How many people belong to it.
    pub members: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a9_domains_are_read_as_people_type_them() {
        for typed in ["acme.example", " @ACME.example ", "acme.EXAMPLE"] {
            assert_eq!(EmailDomain::parse(typed).unwrap().as_str(), "acme.example", "{typed}");
        }
        let international = EmailDomain::parse("bücher.example").unwrap();
        assert_eq!(international.as_str(), "xn--bcher-kva.example");
        for typed in [
            "",
            "@",
            "a b.example",
            "jo@acme.example",
            "acme..example",
            "[192.0.2.1]",
        ] {
            assert_eq!(EmailDomain::parse(typed), Err(EmailDomainError), "{typed}");
        }
    }
}
