//! Proofs: values that exist only because something was really verified. Private fields, no `Clone`, consumed by
//! [`decide`](super::decide); so a session cannot be opened for somebody who proved nothing.

use crate::email_address::EmailKey;
use serde::{Deserialize, Serialize};

use super::pending::{FlowPurpose, PendingSignIn};
use crate::founding::RedeemedTicket;
use crate::ids::UserId;
use crate::method::Method;
use crate::passkey::PasskeyAssertion;
use crate::ports::{AppEnabled, PasswordCheck, RedeemedCode};
use crate::provider::{Arrived, ExternalIdentity};
use crate::second_factor::{AppCodeMatch, BackupSet, FactorUse, PasskeyUse};
use crate::secret::TokenDigest;

/// The person typed the password that belongs to this account.
#[derive(Debug, PartialEq, Eq)]
pub struct PasswordVerified {
    user: UserId,
}

impl PasswordVerified {
    /// The proof, if the hasher said that the password matches the digest of `user`.
    pub const fn from_check(user: UserId, check: &PasswordCheck) -> Option<Self> {
        match check {
            PasswordCheck::Match { .. } => Some(Self { user }),
            PasswordCheck::Mismatch => None,
        }
    }

    /// The proof that a ticket carries from one host to another: whoever holds it chose the password of the account less than
    /// its life ago, and proved the mailbox (C8).
    pub const fn from_ticket(redeemed: &RedeemedTicket) -> Option<Self> {
        if redeemed.ticket.password_chosen {
            Some(Self {
                user: redeemed.ticket.user,
            })
        } else {
            None
        }
    }

    /// Whose password it was.
    pub const fn user(&self) -> UserId {
        self.user
    }
}

/// The person holds the mailbox: they redeemed a code that was sent to it.
#[derive(Debug, PartialEq, Eq)]
pub struct EmailProven {
    address: EmailKey,
    /// The account whose password was verified earlier in the same attempt, if one was.
    password_of: Option<UserId>,
}

impl EmailProven {
    /// The proof that a redeemed code gives. The store hands out a [`RedeemedCode`] at most once per code (R28).
    pub fn from_redeemed(redeemed: &RedeemedCode) -> Self {
        Self {
            address: redeemed.flow.email.key(),
            password_of: redeemed.flow.password_verified,
        }
    }

    /// Which mailbox.
    pub const fn address(&self) -> &EmailKey {
        &self.address
    }
}

/// The person answered a challenge with a passkey of theirs, with user verification (R76).
#[derive(Debug, PartialEq, Eq)]
pub struct PasskeyVerified {
    user: UserId,
    spends: PasskeyUse,
}

impl PasskeyVerified {
    /// The proof that an answer gives which the engine found to hold.
    pub fn from_assertion(assertion: PasskeyAssertion) -> Self {
        Self {
            user: assertion.passkey.user,
            spends: PasskeyUse {
                passkey: assertion.passkey.id,
                before: assertion.passkey.state,
                state: assertion.state,
                synced: assertion.synced,
            },
        }
    }

    /// Whose passkey it was.
    pub const fn user(&self) -> UserId {
        self.user
    }
}

/// A provider, or the company's own site, said who this is, and every check of its answer passed (R55, B18).
#[derive(Debug, PartialEq, Eq)]
pub struct ProviderVerified {
    arrived: Arrived,
}

impl ProviderVerified {
    /// The proof that a checked answer gives. [`IdentityProvider::arrive`](crate::ports::IdentityProvider::arrive) makes it
    /// from an exchange that is good once.
    pub const fn from_arrival(arrived: Arrived) -> Self {
        Self { arrived }
    }

    /// The proof that an attempt carries which began with an arrival.
    pub fn from_pending(flow: &PendingSignIn) -> Option<Self> {
        let kept = matches!(flow.purpose, FlowPurpose::OneMoreStep | FlowPurpose::SecondStep);
        flow.arrived.clone().filter(|_| kept).map(Self::from_arrival)
    }

    /// What was said.
    pub const fn arrived(&self) -> &Arrived {
        &self.arrived
    }
}

/// Which second factor was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondFactorKind {
    /// A code of the authenticator app.
    App,
    /// A backup code.
    BackupCode,
    /// A passkey.
    Passkey,
}

impl SecondFactorKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app-code",
            Self::BackupCode => "backup-code",
            Self::Passkey => "passkey",
        }
    }
}

/// The person showed their second factor. Whether it was used before is settled when the session opens.
#[derive(Debug, PartialEq, Eq)]
pub struct SecondFactorVerified {
    user: UserId,
    kind: SecondFactorKind,
    spends: Option<FactorUse>,
}

impl SecondFactorVerified {
    /// The proof that a matching code of the app of `user` gives.
    pub const fn by_app(user: UserId, matched: &AppCodeMatch) -> Self {
        Self {
            user,
            kind: SecondFactorKind::App,
            spends: Some(FactorUse::AppStep(matched.step())),
        }
    }

    /// The proof that a backup code gives, if its digest is one of those left in the set of `user`.
    pub fn by_backup_code(user: UserId, set: &BackupSet, typed: TokenDigest) -> Option<Self> {
        set.holds(&typed).then_some(Self {
            user,
            kind: SecondFactorKind::BackupCode,
            spends: Some(FactorUse::BackupCode(typed)),
        })
    }

    /// The proof that a passkey gives as a second step.
    pub fn by_passkey(passkey: PasskeyVerified) -> Self {
        Self {
            user: passkey.user,
            kind: SecondFactorKind::Passkey,
            spends: Some(FactorUse::Passkey(passkey.spends)),
        }
    }

    /// The proof that turning the app on gives: its first code was right, and is spent already (R72).
    pub const fn by_enrolling(user: UserId, _enrolled: &AppEnabled) -> Self {
        Self {
            user,
            kind: SecondFactorKind::App,
            spends: None,
        }
    }

    /// Whose factor it was.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Which factor it was.
    pub const fn kind(&self) -> SecondFactorKind {
        self.kind
    }

    /// What it spends.
    pub fn into_spent(self) -> Option<FactorUse> {
        self.spends
    }
}

/// What was proved before the second step, handed from one request to the next by the stored attempt (R73).
#[derive(Debug, PartialEq, Eq)]
pub struct FirstStepProven {
    user: UserId,
    method: Method,
    mailbox: Option<EmailKey>,
}

impl FirstStepProven {
    /// The proof that an attempt at its second step carries; none from any other attempt.
    pub fn from_pending(flow: &PendingSignIn) -> Option<Self> {
        let first = flow.first_step.as_ref()?;
        (flow.purpose == FlowPurpose::SecondStep).then(|| Self {
            user: first.user,
            method: first.method,
            mailbox: first.mailbox_proved.then(|| flow.email.key()),
        })
    }
}

/// All that was proved in one attempt.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    /// A verified password.
    pub password: Option<PasswordVerified>,
    /// A proved mailbox.
    pub email: Option<EmailProven>,
    /// A passkey, as the first step.
    pub passkey: Option<PasskeyVerified>,
    /// What a provider, or the company's own site, said.
    pub provider: Option<ProviderVerified>,
    /// What was proved in an earlier request of the same attempt.
    pub first_step: Option<FirstStepProven>,
    /// A second factor.
    pub second_factor: Option<SecondFactorVerified>,
}

impl Proofs {
    /// Whether a password of `user` was verified, in this request or earlier in the same attempt.
    pub fn password_of(&self, user: UserId) -> bool {
        self.password.as_ref().is_some_and(|proof| proof.user == user)
            || self.email.as_ref().is_some_and(|proof| proof.password_of == Some(user))
            || self.proved_first(user, Method::Password)
    }

    /// Whether the mailbox of that key was proved in this attempt.
    pub fn mailbox(&self, address: &EmailKey) -> bool {
        self.email.as_ref().is_some_and(|proof| proof.address == *address)
            || self
                .first_step
                .as_ref()
                .is_some_and(|first| first.mailbox.as_ref() == Some(address))
    }

    /// Whether a passkey of `user` was the first step.
    pub fn passkey_of(&self, user: UserId) -> bool {
        self.passkey.as_ref().is_some_and(|proof| proof.user == user) || self.proved_first(user, Method::Passkey)
    }

    /// The second factor that `user` showed, if any.
    pub fn second_factor_of(&self, user: UserId) -> Option<SecondFactorKind> {
        self.second_factor
            .as_ref()
            .filter(|proof| proof.user == user)
            .map(SecondFactorVerified::kind)
    }

    /// Whether a provider said that this is who is in front of us.
    pub fn identity(&self, identity: &ExternalIdentity) -> Option<&Arrived> {
        let arrived = self.provider.as_ref().map(ProviderVerified::arrived)?;
        (arrived.identity == *identity).then_some(arrived)
    }

    fn proved_first(&self, user: UserId, method: Method) -> bool {
        self.first_step
            .as_ref()
            .is_some_and(|first| first.user == user && first.method == method)
    }

    /// What is spent by opening a session for `user` on these proofs; what somebody else proved is not theirs to spend.
    pub(super) fn spends(&self, user: UserId) -> Option<FactorUse> {
        let second = self.second_factor.as_ref().filter(|proof| proof.user == user);
        let second = second.and_then(|proof| proof.spends.clone());
        let first = self.passkey.as_ref().filter(|proof| proof.user == user);
        let first = first.map(|proof| FactorUse::Passkey(proof.spends.clone()));
        second.or(first)
    }
}
