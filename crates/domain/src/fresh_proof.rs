//! Fresh proof ("step-up"): how somebody who is signed in shows anew who they are, before a sensitive change (R11, R72).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, UserId, WorkspaceId};
use crate::second_factor::FactorSummary;
use crate::session::SessionView;
use crate::time::Timestamp;

/// A way to show anew who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FreshProofWay {
    /// The password.
    Password,
    /// A code of the authenticator app, or a backup code.
    SecondFactor,
    /// A passkey.
    Passkey,
    /// A code to a verified mailbox.
    EmailCode,
}

impl FreshProofWay {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecondFactor => "second-factor",
            Self::Passkey => "passkey",
            Self::EmailCode => "email-code",
        }
    }
}

/// Leave to change something sensitive of one's own account: the session's owner has shown lately who they are. Only
/// [`FreshProof::of`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreshProof {
    workspace: WorkspaceId,
    user: UserId,
    session: SessionId,
}

impl FreshProof {
    /// The leave that a session gives, if its owner's last proof lies less than `window` back.
    pub fn of(session: &SessionView, window: Duration, now: Timestamp) -> Option<Self> {
        session.is_fresh(window, now).then_some(Self {
            workspace: session.workspace,
            user: session.user,
            session: session.id,
        })
    }

    /// Where.
    pub const fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// Whose.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// In which session.
    pub const fn session(&self) -> SessionId {
        self.session
    }
}

/// The ways that count for somebody. Whoever has turned on a second factor is not let past it by their mailbox: a
/// session at an unlocked screen often has the mailbox open beside it.
pub fn fresh_proof_ways(has_password: bool, factors: FactorSummary, verified_mailbox: bool) -> Vec<FreshProofWay> {
    let mut ways = Vec::new();
    if has_password {
        ways.push(FreshProofWay::Password);
    }
    if factors.app {
        ways.push(FreshProofWay::SecondFactor);
    }
    if factors.passkeys > 0 {
        ways.push(FreshProofWay::Passkey);
    }
    if verified_mailbox && !factors.app {
        ways.push(FreshProofWay::EmailCode);
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r72_a_mailbox_does_not_stand_in_for_a_second_factor() {
        let app = FactorSummary {
            app: true,
            ..FactorSummary::default()
        };
        assert_eq!(
            fresh_proof_ways(true, FactorSummary::default(), true),
            [FreshProofWay::Password, FreshProofWay::EmailCode]
        );
        assert_eq!(
            fresh_proof_ways(true, app, true),
            [FreshProofWay::Password, FreshProofWay::SecondFactor]
        );
        assert_eq!(
            fresh_proof_ways(false, FactorSummary::default(), true),
            [FreshProofWay::EmailCode],
            "somebody without a password is never stuck"
        );
    }
}
