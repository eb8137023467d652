//! Proofs: values that exist only because something was really verified. Private fields, no `Clone`, consumed by
//! [`decide`](super::decide); so a session cannot be opened for somebody who proved nothing.

use crate::email_address::EmailKey;
use crate::ids::UserId;
use crate::ports::{PasswordCheck, RedeemedCode};

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

/// All that was proved in one attempt.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    /// A verified password.
    pub password: Option<PasswordVerified>,
    /// A proved mailbox.
    pub email: Option<EmailProven>,
}

impl Proofs {
    /// Whether a password of `user` was verified, in this request or earlier in the same attempt.
    pub fn password_of(&self, user: UserId) -> bool {
        self.password.as_ref().is_some_and(|proof| proof.user == user)
            || self.email.as_ref().is_some_and(|proof| proof.password_of == Some(user))
    }

    /// Whether the mailbox of that key was proved in this attempt.
    pub fn mailbox(&self, address: &EmailKey) -> bool {
        self.email.as_ref().is_some_and(|proof| proof.address == *address)
    }
}
