//! The receipt of one attempt (C4): enough to say later, exactly, why it ended as it did.

use serde::{Deserialize, Serialize};

use super::decision::{Finding, Step};
use crate::client::Client;
use crate::email_address::EmailKey;
use crate::ids::{ReceiptId, UserId, WorkspaceId};
use crate::reason::{PrivateReason, PublicReason};
use crate::secret::HelpCode;
use crate::time::Timestamp;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum ReceiptOutcome {
    /// A session was opened, or what was asked for was done.
    Granted,
    /// A further step was asked for.
    Needs {
        /// Which.
        step: Step,
    },
    /// A mail was put on its way and the person is expected to come back with what is in it.
    Sent,
    /// No.
    Refused {
        /// What the person was told.
        public: PublicReason,
        /// What was the matter.
        private: PrivateReason,
    },
}

impl ReceiptOutcome {
    /// The stable name, as stored.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Needs { .. } => "needs",
            Self::Sent => "sent",
            Self::Refused { .. } => "refused",
        }
    }
}

/// The receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// What staff find it by.
    pub help_code: HelpCode,
    /// Where.
    pub workspace: WorkspaceId,
    /// When.
    pub at: Timestamp,
    /// What was tried: the stable name of a use case, such as `sign-in-with-password`.
    pub attempt: String,
    /// The address that was typed, if one was.
    pub address: Option<EmailKey>,
    /// The person, if known.
    pub user: Option<UserId>,
    /// From where.
    pub client: Client,
    /// How it ended.
    pub outcome: ReceiptOutcome,
    /// Each rule in order, what it saw, what it said.
    pub findings: Vec<Finding>,
}
