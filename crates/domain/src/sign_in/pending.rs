//! One attempt that spans several requests: a value with pure transitions, stored by id, holding the destination.

use serde::{Deserialize, Serialize};

use super::decision::Step;
use super::facts::Door;
use crate::email_address::EmailAddress;
use crate::ids::{FlowId, UserId, WorkspaceId};
use crate::limits::Limits;
use crate::method::Method;
use crate::provider::Arrived;
use crate::return_to::ReturnTo;
use crate::secret::{PasswordDigest, TokenDigest};
use crate::throttle::ThrottleKey;
use crate::time::Timestamp;

/// What the attempt is for. A code of one purpose is nothing for another (R25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowPurpose {
    /// Signing in by code, or proving the mailbox after a password.
    SignIn,
    /// Signing up.
    SignUp,
    /// The step between the first factor and the session: the second factor, or setting one up (R73).
    SecondStep,
    /// A fresh proof by an emailed code, in a session (R11).
    FreshProof,
    /// Proving a mailbox by a code, for somebody whom a provider sent without an email that counts (B7).
    OneMoreStep,
    /// What follows a link of the operator: setting a new password and second factor, and nothing else (B15, R73).
    Recovery,
}

impl FlowPurpose {
    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
            Self::SecondStep => "second-step",
            Self::FreshProof => "fresh-proof",
            Self::OneMoreStep => "one-more-step",
            Self::Recovery => "recovery",
        }
    }

    /// The purpose of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::SignIn,
            Self::SignUp,
            Self::SecondStep,
            Self::FreshProof,
            Self::OneMoreStep,
            Self::Recovery,
        ]
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

/// What was proved of somebody before the second step, so that the decision can be taken again with it (R73). It says
/// nothing by itself: nothing opens before [`decide`](super::decide) has seen it together with fresh facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstStep {
    /// Whose.
    pub user: UserId,
    /// By which way in.
    pub method: Method,
    /// At which door.
    #[serde(default)]
    pub door: Door,
    /// Whether the mailbox was proved in this attempt.
    pub mailbox_proved: bool,
    /// The version of credentials and status it was decided on; the attempt is over when that changes.
    pub credentials_version: i64,
    /// What is still needed.
    pub step: Step,
    /// Counters to forget once the session opens (R93).
    pub clears: Vec<ThrottleKey>,
    /// A digest of the password with today's parameters, to be stored once the session opens (R7).
    #[serde(default)]
    pub rehash: Option<PasswordDigest>,
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
    /// The address that was typed, or else the person's primary one; codes go to the stored spelling of it.
    pub email: EmailAddress,
    /// Where the person was going (B13).
    pub return_to: ReturnTo,
    /// The sign-up, if it is one.
    pub sign_up: Option<NewSignUp>,
    /// The account whose password was verified in this attempt, when only the mailbox was left to prove.
    pub password_verified: Option<UserId>,
    /// What a provider, or the company's own site, said of the person at the beginning of this attempt. A claim that was
    /// checked once, and the raw material of a proof ([`ProviderVerified`](super::ProviderVerified)).
    pub arrived: Option<Arrived>,
    /// What was proved so far, in an attempt at its second step.
    pub first_step: Option<FirstStep>,
    /// The person an attempt is about once they are known for certain: those of [`FlowPurpose::Recovery`] and
    /// [`FlowPurpose::FreshProof`]. In one of [`FlowPurpose::SignIn`], the contact that a portal link named (B4): it proves
    /// nothing, and the address of such an attempt is not shown in full (R40).
    pub user: Option<UserId>,
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
