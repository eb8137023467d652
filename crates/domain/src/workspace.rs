//! Workspaces: one help centre each, on host names of their own.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::WorkspaceId;
use crate::provider::ProviderDescription;
use crate::provisional::Provisional;
use crate::settings::SecuritySettings;
use crate::time::Timestamp;
use crate::words::LanguageTag;

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

impl Slug {
    /// Names that no workspace has.
    pub const RESERVED: [&'static str; 8] = [
        "www",
        "api",
        "admin",
        "mail",
        "static",
        "assets",
        "localhost",
        "doorward",
    ];

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
        if Self::RESERVED.contains(&text) {
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
    /// Languages that pages and mails are offered in, as BCP 47 tags; empty for every one that the server has.
    pub languages: Vec<String>,
    /// Radius of corners in CSS pixels; `None` for the usual one.
    pub corner_radius: Option<u8>,
    /// When the logo was set; `None` while there is none.
    pub logo_at: Option<Timestamp>,
    /// `Name <address>` for mails of this workspace; the server's `mail.from` if absent.
    pub mail_from: Option<String>,
    /// Name that mails come from, before the server's own address; the name in `mail_from` or the server's if absent.
    pub mail_name: Option<String>,
    /// Links at the foot of pages and mails.
    pub links: FootLinks,
    /// How long records are kept.
    pub retention: Retention,
}

/// Links that stand at the foot of each page of the door, and of each mail: `https` addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FootLinks {
    /// What is done with what is known of people.
    pub privacy: Option<String>,
    /// Terms of use.
    pub terms: Option<String>,
    /// Where to ask for help.
    pub support: Option<String>,
}

/// For how many days a workspace keeps what it records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Receipts of attempts to sign in (C4).
    pub receipts_days: u16,
    /// The mail log (C5).
    pub mail_days: u16,
    /// The audit log (C6).
    pub audit_days: u16,
}

impl Retention {
    /// Fewest and most days of receipts, and of the mail log.
    pub const RECORDS: (u16, u16) = (7, 730);
    /// Fewest and most days of the audit log.
    pub const AUDIT: (u16, u16) = (90, 3_650);
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            receipts_days: 90,
            mail_days: 90,
            audit_days: 400,
        }
    }
}

/// What a workspace is called, where it is reached and how it looks: what its branding page changes at once (C7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceLook {
    /// What people call it.
    pub name: String,
    /// Host names of its own, lower case, without port.
    pub hosts: Vec<String>,
    /// Look and areas.
    pub portal: Portal,
}

impl Default for Portal {
    fn default() -> Self {
        Self {
            areas: Vec::new(),
            start_conversation: None,
            accent: None,
            language: "en".to_owned(),
            languages: Vec::new(),
            corner_radius: None,
            logo_at: None,
            mail_from: None,
            mail_name: None,
            links: FootLinks::default(),
            retention: Retention::default(),
        }
    }
}

impl Portal {
    /// Whether pages and mails are offered in that language (BCP 47). Regions do not matter: who is offered `en` is offered
    /// `en-GB`.
    pub fn offers(&self, tag: &str) -> bool {
        let primary = |tag: &str| LanguageTag::parse(tag).ok().map(|tag| tag.primary().to_owned());
        self.languages.is_empty()
            || primary(tag).is_some_and(|wanted| {
                let mut offered = self.languages.iter().chain(std::iter::once(&self.language));
                offered.any(|offer| primary(offer).as_ref() == Some(&wanted))
            })
    }

    /// Of the languages that there are words in, those that are offered; all of them where none of them is.
    pub fn offered(&self, spoken: &[LanguageTag]) -> Vec<LanguageTag> {
        let offered: Vec<LanguageTag> = spoken.iter().filter(|tag| self.offers(tag.as_str())).cloned().collect();
        if offered.is_empty() { spoken.to_vec() } else { offered }
    }

    /// The language to write to somebody in: the first of their wishes that is offered, else the workspace's own.
    pub fn language_for<'a>(&'a self, wishes: impl IntoIterator<Item = &'a str>) -> &'a str {
        let mut wishes = wishes.into_iter();
        wishes.find(|wish| self.offers(wish)).unwrap_or(&self.language)
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
    /// Providers that it brings credentials of its own for, by id.
    #[serde(default)]
    pub own_providers: Vec<ProviderDescription>,
    /// What its settings fall back to, while they are on trial (C3).
    #[serde(default)]
    pub provisional: Option<Provisional>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Workspace {
    /// What it is called, where it is reached and how it looks.
    pub fn look(&self) -> WorkspaceLook {
        WorkspaceLook {
            name: self.name.clone(),
            hosts: self.hosts.clone(),
            portal: self.portal.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c7_a_language_that_was_taken_away_is_not_offered() {
        let spoken = ["en", "ar", "de"].map(|tag| LanguageTag::parse(tag).unwrap());
        let portal = |language: &str, languages: &[&str]| Portal {
            language: language.to_owned(),
            languages: languages.iter().map(|&tag| tag.to_owned()).collect(),
            ..Portal::default()
        };
        let offered = |portal: &Portal| -> Vec<String> {
            portal
                .offered(&spoken)
                .iter()
                .map(|tag| tag.as_str().to_owned())
                .collect()
        };
        for (portal, expected) in [
            (portal("en", &[]), vec!["en", "ar", "de"]),
            (portal("en", &["en", "ar"]), vec!["en", "ar"]),
            (portal("ar", &["ar"]), vec!["ar"]),
            (portal("de", &["ar"]), vec!["ar", "de"]),
            (portal("tlh", &["tlh"]), vec!["en", "ar", "de"]),
        ] {
            assert_eq!(offered(&portal), expected, "{portal:?}");
        }
        let narrow = portal("ar", &["ar", "de"]);
        for (wishes, language) in [
            (vec!["de-AT", "en"], "de-AT"),
            (vec!["en", "de"], "de"),
            (vec!["en"], "ar"),
            (vec!["not a tag"], "ar"),
            (vec![], "ar"),
        ] {
            assert_eq!(narrow.language_for(wishes.clone()), language, "{wishes:?}");
        }
        assert_eq!(portal("ar", &[]).language_for(["tlh"]), "tlh");
    }

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
