//! Passkeys (B10, R76): what is kept of them, and of one round with an authenticator.

use serde::{Deserialize, Serialize};

use crate::ids::{CeremonyId, PasskeyId, SessionId, UserId, WorkspaceId};
use crate::return_to::ReturnTo;
use crate::sign_in::Binding;
use crate::time::Timestamp;

/// Longest name of a passkey, in Unicode code points.
pub const MAX_PASSKEY_NAME_CODE_POINTS: usize = 60;

/// A passkey as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id here.
    pub id: PasskeyId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub user: UserId,
    /// The id that the authenticator chose; one in a workspace.
    pub credential: Vec<u8>,
    /// Public key, counter and flags as the engine writes them. Holds no secret.
    pub state: String,
    /// What its owner calls it.
    pub name: String,
    /// Whether its authenticator says that it is backed up: it outlives a lost device then.
    pub synced: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used; `None` if never.
    pub last_used_at: Option<Timestamp>,
}

/// What a round with an authenticator is for. A challenge of one purpose is nothing for another (R25).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "kebab-case")]
pub enum CeremonyPurpose {
    /// Signing in by a passkey that says whose it is.
    SignIn {
        /// Where the person was going.
        return_to: ReturnTo,
    },
    /// The second step of an attempt.
    SecondFactor {
        /// The attempt.
        flow: crate::ids::FlowId,
    },
    /// Adding one to an account.
    Add {
        /// Whose.
        user: UserId,
        /// The session that began it.
        session: SessionId,
    },
    /// A fresh proof in a session.
    FreshProof {
        /// Whose.
        user: UserId,
        /// Which session.
        session: SessionId,
    },
}

impl CeremonyPurpose {
    /// The stable name, as stored.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SignIn { .. } => "sign-in",
            Self::SecondFactor { .. } => "second-factor",
            Self::Add { .. } => "add",
            Self::FreshProof { .. } => "fresh-proof",
        }
    }
}

/// One round: from its challenge to its answer. Kept encrypted, single use, five minutes (R76).
#[derive(Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// Its id, which goes to the browser with the challenge.
    pub id: CeremonyId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose browser or app.
    pub binding: Binding,
    /// What for.
    pub purpose: CeremonyPurpose,
    /// What the engine wants back with the answer.
    pub state: String,
    /// It is over then.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ceremony")
            .field("id", &self.id)
            .field("purpose", &self.purpose.as_str())
            .finish_non_exhaustive()
    }
}

/// What the engine says of an answer that held: signature, challenge, origin and user verification.
#[derive(Debug, PartialEq, Eq)]
pub struct PasskeyAssertion {
    /// The passkey, as kept before.
    pub passkey: Passkey,
    /// Its state after this use.
    pub state: String,
    /// Whether it is backed up, as its authenticator says now.
    pub synced: bool,
}

/// A name as typed, made fit to keep; a plain one where nothing was typed.
pub fn clean_passkey_name(typed: &str, fallback: &str) -> String {
    let name: String = crate::user::clean_name(typed)
        .chars()
        .take(MAX_PASSKEY_NAME_CODE_POINTS)
        .collect();
    if name.is_empty() { fallback.to_owned() } else { name }
}
