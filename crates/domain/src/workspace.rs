//! Workspaces: one help centre each, on host names of their own.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::WorkspaceId;
use crate::settings::SecuritySettings;
use crate::time::Timestamp;

/// The short name of a workspace: the first label of its host name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// Why a text cannot be a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SlugError {
    /// Not 1 to 40 lower-case letters, digits and inner dashes.
    #[error(
        "a workspace's address is 1 to 40 lower-case letters, digits and dashes, and neither begins nor ends with a dash"
    )]
    Malformed,
    /// A name that the server keeps for itself.
    #[error("that address is reserved")]
    Reserved,
}

const RESERVED: &[&str] = &[
    "www",
    "api",
    "admin",
    "mail",
    "static",
    "assets",
    "localhost",
    "doorward",
];

impl Slug {
    /// Parses a slug: one DNS label of 1 to 40 characters, lower case.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let fine = (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.starts_with("xn--");
        if !fine {
            return Err(SlugError::Malformed);
        }
        if RESERVED.contains(&text) {
            return Err(SlugError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

/// One area of the portal that the home page links to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalArea {
    /// What the link says.
    pub name: String,
    /// Where it leads: a path on the workspace's own host.
    pub path: String,
}

/// How a workspace looks and what its portal offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Portal {
    /// Areas that the home page links to, in order.
    pub areas: Vec<PortalArea>,
    /// Path behind *Start a conversation*; `None` hides the link.
    pub start_conversation: Option<String>,
    /// Accent colour as `#rrggbb`; pages correct its contrast.
    pub accent: Option<String>,
    /// Default language as a BCP 47 tag.
    pub language: String,
    /// `Name <address>` for mails of this workspace; the server's `mail.from` if absent.
    pub mail_from: Option<String>,
}

impl Default for Portal {
    fn default() -> Self {
        Self {
            areas: Vec::new(),
            start_conversation: None,
            accent: None,
            language: "en".to_owned(),
            mail_from: None,
        }
    }
}

/// A workspace as every request needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its slug, the first label of its host.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// Host names of its own, lower case, without port.
    pub hosts: Vec<String>,
    /// Look and areas.
    pub portal: Portal,
    /// The rules of the door.
    pub security: SecuritySettings,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_one_dns_label() {
        assert!(Slug::parse("acme").is_ok());
        assert!(Slug::parse("a-1").is_ok());
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "xn--a", &"a".repeat(41)] {
            assert_eq!(Slug::parse(bad), Err(SlugError::Malformed), "{bad:?}");
        }
        assert_eq!(Slug::parse("www"), Err(SlugError::Reserved));
    }
}
