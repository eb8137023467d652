//! One attempt that spans several requests: a value with pure transitions, stored by id, holding the destination.

use serde::{Deserialize, Serialize};

use crate::email_address::EmailAddress;
use crate::ids::{FlowId, UserId, WorkspaceId};
use crate::limits::Limits;
use crate::return_to::ReturnTo;
use crate::secret::{PasswordDigest, TokenDigest};
use crate::time::Timestamp;

/// What the attempt is for. A code of one purpose is nothing for another (R25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowPurpose {
    /// Signing in by code, or proving the mailbox after a password.
    SignIn,
    /// Signing up.
    SignUp,
}

impl FlowPurpose {
    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
        }
    }

    /// The purpose of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::SignIn, Self::SignUp]
            .into_iter()
            .find(|purpose| purpose.as_str() == name)
    }
}

/// To whom the attempt belongs (R25).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// To the browser that holds the flow cookie with this digest.
    Browser(TokenDigest),
    /// To the app that got the flow's id in a JSON answer: 122 random bits, in no address bar and no log.
    Bearer,
}

/// What somebody typed when they signed up. An unproved claim: it lives on the attempt, owns nothing, reserves nothing,
/// and is gone with it (A3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignUp {
    /// The name.
    pub name: String,
    /// Hash of the password.
    pub password: PasswordDigest,
}

/// The attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Its id.
    pub id: FlowId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub binding: Binding,
    /// What for.
    pub purpose: FlowPurpose,
    /// The address that was typed; codes go to the stored spelling of it.
    pub email: EmailAddress,
    /// Where the person was going (B13).
    pub return_to: ReturnTo,
    /// The sign-up, if it is one.
    pub sign_up: Option<NewSignUp>,
    /// The account whose password was verified in this attempt, when only the mailbox was left to prove.
    pub password_verified: Option<UserId>,
    /// Wrong codes so far, over all codes of the attempt (R22).
    pub wrong_tries: u32,
    /// When the last mail was put on its way.
    pub last_sent_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was ended, by success or by giving up.
    pub ended_at: Option<Timestamp>,
}

impl PendingSignIn {
    /// Whether codes of it can still be redeemed (R22, R27).
    pub fn is_live(&self, limits: &Limits, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at && self.wrong_tries < limits.code_tries_per_attempt
    }

    /// Whether it belongs to whoever shows `binding`.
    pub fn belongs_to(&self, binding: Binding) -> bool {
        match (self.binding, binding) {
            (Binding::Browser(own), Binding::Browser(shown)) => own.matches(&shown),
            (Binding::Bearer, Binding::Bearer) => true,
            _ => false,
        }
    }
}
