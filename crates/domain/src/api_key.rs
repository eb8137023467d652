//! Keys of the portal application, each with its scopes (C9).

use serde::{Deserialize, Serialize};

use crate::ids::{ApiKeyId, WorkspaceId};
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
    /// Read the audit log.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Change settings.
    #[serde(rename = "settings:write")]
    SettingsWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 8] = [
        Self::UsersRead,
        Self::UsersWrite,
        Self::PortalLinksWrite,
        Self::SessionsWrite,
        Self::SignInCheckRead,
        Self::MailRead,
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
            Self::AuditRead => "audit:read",
            Self::SettingsWrite => "settings:write",
        }
    }

    /// Reads a scope.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// What every key begins with, so that a leaked one is recognised for what it is.
pub const API_KEY_PREFIX: &str = "dwk_";

/// A key as stored; the key itself is shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Workspace it is good in.
    pub workspace: WorkspaceId,
    /// SHA-256 of the key's random part.
    pub digest: TokenDigest,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
