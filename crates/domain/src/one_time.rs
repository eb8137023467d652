//! One-time secrets behind mailed links: what they are for, how long they live, what became of them (R31–R33).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::email_address::EmailKey;
use crate::ids::{SecretId, UserId, WorkspaceId};
use crate::limits::Limits;
use crate::return_to::ReturnTo;
use crate::secret::TokenDigest;
use crate::time::Timestamp;

/// What a link is good for. A secret of one purpose is nothing for another (R25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkPurpose {
    /// Set a new password after *Forgot password* (B14).
    ResetPassword,
    /// Set the first password of an account that somebody made for its owner (R33, R104).
    Invite,
}

impl LinkPurpose {
    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset-password",
            Self::Invite => "invite",
        }
    }

    /// The purpose of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::ResetPassword, Self::Invite]
            .into_iter()
            .find(|purpose| purpose.as_str() == name)
    }

    /// How long such a link lives.
    pub const fn lifetime(self, limits: &Limits) -> Duration {
        match self {
            Self::ResetPassword => limits.reset_link_lifetime(),
            Self::Invite => limits.invite_lifetime(),
        }
    }
}

/// A link as stored: never the token, only its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: SecretId,
    /// Workspace it is good in.
    pub workspace: WorkspaceId,
    /// What it is good for.
    pub purpose: LinkPurpose,
    /// Whose password it sets.
    pub user: UserId,
    /// The mailbox it was sent to; using it proves that one and no other (R47).
    pub address: EmailKey,
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// Where the person was going (B13).
    pub return_to: ReturnTo,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What a look at a link shows; looking changes nothing (R34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// It can still be used.
    Live(Link),
    /// It was used at that instant.
    Used(Link, Timestamp),
    /// Its time is over, or a newer event voided it.
    Expired(Link),
    /// There is no such link in this workspace.
    Unknown,
}
