//! One-time secrets behind mailed links: what they are for, how long they live, what became of them (R31–R33).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::email_address::{EmailAddress, EmailKey};
use crate::ids::{CallerChallengeId, SecretId, SessionId, UserId, WorkspaceId};
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
    /// Prove a further address (A5, R47).
    VerifyEmail,
    /// Undo a change of addresses (R48).
    RevertEmail,
    /// End a session that its owner does not know, and start a reset.
    NotMe,
    /// Set a new password and second factor, for somebody who has no other way in (B15).
    Recover,
    /// Stop what staff announced that it would do without a challenge (C10).
    StopCallerAction,
    /// Undo the deletion of one's account.
    UndoDeletion,
}

impl LinkPurpose {
    /// Every purpose.
    pub const ALL: [Self; 8] = [
        Self::ResetPassword,
        Self::Invite,
        Self::VerifyEmail,
        Self::RevertEmail,
        Self::NotMe,
        Self::Recover,
        Self::StopCallerAction,
        Self::UndoDeletion,
    ];

    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset-password",
            Self::Invite => "invite",
            Self::VerifyEmail => "verify-email",
            Self::RevertEmail => "revert-email",
            Self::NotMe => "not-me",
            Self::Recover => "recover",
            Self::StopCallerAction => "stop-caller-action",
            Self::UndoDeletion => "undo-deletion",
        }
    }

    /// Whether it sets a password: such links are void as soon as one of them, or anything else, has set one (R32, R38).
    pub const fn sets_password(self) -> bool {
        matches!(self, Self::ResetPassword | Self::Invite | Self::Recover)
    }

    /// The purpose of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == name)
    }

    /// How long such a link lives.
    pub const fn lifetime(self, limits: &Limits) -> Duration {
        match self {
            Self::ResetPassword => limits.reset_link_lifetime(),
            Self::Invite => limits.invite_lifetime(),
            Self::VerifyEmail => limits.email_proof_lifetime(),
            Self::RevertEmail | Self::NotMe => limits.email_revert_lifetime(),
            Self::Recover => limits.recover_link_lifetime(),
            Self::StopCallerAction => limits.caller_challenge_delay(),
            Self::UndoDeletion => limits.deletion_undo(),
        }
    }
}

/// What a link is about, beside the person and the mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum LinkSubject {
    /// Nothing further.
    #[default]
    Person,
    /// A session, to be ended ([`LinkPurpose::NotMe`]).
    Session {
        /// Which.
        session: SessionId,
    },
    /// What staff announced, to be stopped ([`LinkPurpose::StopCallerAction`]).
    CallerAction {
        /// Which.
        challenge: CallerChallengeId,
    },
    /// A change of addresses, to be undone ([`LinkPurpose::RevertEmail`]).
    Change {
        /// Which.
        change: EmailChange,
    },
}

/// A change of somebody's addresses, with all that is needed to undo it (R48).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum EmailChange {
    /// This address was added, or proved.
    Added {
        /// As stored.
        address: EmailAddress,
    },
    /// This address became the primary one, in place of another.
    MadePrimary {
        /// The new one, as stored.
        address: EmailAddress,
        /// The one before.
        before: EmailAddress,
    },
    /// This address, which was proved, was removed.
    Removed {
        /// As stored.
        address: EmailAddress,
    },
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
    /// Whose account it is about.
    pub user: UserId,
    /// What it is about, beside them.
    pub subject: LinkSubject,
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
