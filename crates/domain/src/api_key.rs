//! Keys of the portal application, each with its scopes (C9).

use serde::{Deserialize, Serialize};

use crate::audit::Actor;
use crate::ids::{ApiKeyId, WorkspaceId};
use crate::role::Permission;
use crate::secret::TokenDigest;
use crate::time::Timestamp;

/// What a key may do; by default nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// List, search and read people.
    #[serde(rename = "users:read")]
    UsersRead,
    /// Create and update people.
    #[serde(rename = "users:write")]
    UsersWrite,
    /// Make portal links.
    #[serde(rename = "portal-links:write")]
    PortalLinksWrite,
    /// End sessions.
    #[serde(rename = "sessions:write")]
    SessionsWrite,
    /// Ask the sign-in check.
    #[serde(rename = "sign-in-check:read")]
    SignInCheckRead,
    /// Read the mail log.
    #[serde(rename = "mail:read")]
    MailRead,
    /// Send mails again, and report mails that came back.
    #[serde(rename = "mail:write")]
    MailWrite,
    /// Read the audit log.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Change settings.
    #[serde(rename = "settings:write")]
    SettingsWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 9] = [
        Self::UsersRead,
        Self::UsersWrite,
        Self::PortalLinksWrite,
        Self::SessionsWrite,
        Self::SignInCheckRead,
        Self::MailRead,
        Self::MailWrite,
        Self::AuditRead,
        Self::SettingsWrite,
    ];

    /// The scope as written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UsersRead => "users:read",
            Self::UsersWrite => "users:write",
            Self::PortalLinksWrite => "portal-links:write",
            Self::SessionsWrite => "sessions:write",
            Self::SignInCheckRead => "sign-in-check:read",
            Self::MailRead => "mail:read",
            Self::MailWrite => "mail:write",
            Self::AuditRead => "audit:read",
            Self::SettingsWrite => "settings:write",
        }
    }

    /// The permission that somebody needs for what the scope lets a key do. Nobody makes a key that may do more than
    /// they (R97).
    pub const fn permission(self) -> Permission {
        match self {
            Self::UsersRead => Permission::LookPeopleUp,
            Self::UsersWrite | Self::PortalLinksWrite | Self::SessionsWrite => {
                Permission::CreateAndUpdateUsersAndOrganizations
            }
            Self::SignInCheckRead => Permission::AskSignInCheck,
            Self::MailRead | Self::MailWrite => Permission::ReadMailLog,
            Self::AuditRead => Permission::ReadAuditLog,
            Self::SettingsWrite => Permission::ManageSecuritySettings,
        }
    }

    /// Reads a scope.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// What every key begins with, so that a leaked one is recognised for what it is.
pub const API_KEY_PREFIX: &str = "dwk_";

/// The day of UTC that an instant is in, as its first moment: what is kept of when a key was used.
pub const fn day_of(now: Timestamp) -> Timestamp {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    Timestamp::from_micros(now.as_micros().div_euclid(DAY) * DAY)
}

/// A key as stored; the key itself is shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Workspace it is good in.
    pub workspace: WorkspaceId,
    /// What people call it; empty for a key from before keys had names.
    pub name: String,
    /// Its last four characters, by which people tell keys apart; empty for a key from before they were kept.
    pub last_four: String,
    /// SHA-256 of the key's random part.
    pub digest: TokenDigest,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the day of UTC; `None` if never.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
