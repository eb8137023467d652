//! What use cases answer: outcomes are values, refusals among them; an error means "could not decide".

use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{CeremonyId, FlowId};
use doorward_domain::ports::{HasherError, PortError};
use doorward_domain::reason::PublicReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{HelpCode, RawToken};
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::Step;
use doorward_domain::time::Timestamp;
use thiserror::Error;

/// Somebody is signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// The session's token, to be given out once.
    pub token: RawToken,
    /// Who this is.
    pub session: SessionView,
    /// A device cookie for this browser (R26).
    pub device_cookie: String,
    /// Where they were going (B13).
    pub return_to: ReturnTo,
}

/// A mail was put on its way (or, for an address without an account, a mail that says so: the answer is the same).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSent {
    /// The attempt to go on with.
    pub flow: FlowId,
    /// The address, masked.
    pub masked: String,
    /// When the last code was sent.
    pub sent_at: Timestamp,
    /// When another may be asked for; `None` if at once.
    pub resend_at: Option<Timestamp>,
}

/// Somebody was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What they are told.
    pub reason: PublicReason,
    /// When to come back, if waiting helps.
    pub retry_at: Option<Timestamp>,
    /// What staff find the receipt by.
    pub help_code: HelpCode,
    /// The attempt, where one can go on with it.
    pub flow: Option<FlowId>,
    /// Tries left on the attempt, where that is so.
    pub tries_left: Option<u32>,
}

/// The first factor is proved; the second one is still needed (R73).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondStepNeeded {
    /// The attempt to go on with.
    pub flow: FlowId,
    /// Which step: showing a second factor, or setting one up.
    pub step: Step,
    /// Whether a passkey of theirs would do.
    pub passkey: bool,
    /// Where they were going (B13).
    pub return_to: ReturnTo,
}

/// A challenge for a passkey: what goes to the browser.
#[derive(Debug, Clone, PartialEq)]
pub struct PasskeyChallenge {
    /// The round, to be named with the answer.
    pub ceremony: CeremonyId,
    /// The options, as `PublicKeyCredential.parseRequestOptionsFromJSON` (or `…CreationOptions…`) takes them, under
    /// `publicKey`.
    pub options: serde_json::Value,
}

/// How a step of signing in ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignInOutcome {
    /// In.
    SignedIn(Box<SignedIn>),
    /// A code is on its way.
    CodeSent(CodeSent),
    /// A second factor is needed, or has to be set up first.
    SecondStep(SecondStepNeeded),
    /// No.
    Refused(Refused),
}

/// Why a step of signing in could not be decided.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignInError {
    /// Hashing could not keep up; nothing was decided, come back (R8).
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// Too much was asked for from this network: passkey challenges, hashes, pictures. Nothing was decided, come back then.
    #[error("too much was asked for from one network")]
    TooManyTries {
        /// When to come back.
        retry_at: Option<Timestamp>,
    },
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The attempt as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowView {
    /// The attempt.
    pub flow: FlowId,
    /// The address, masked.
    pub masked: String,
    /// The address, to fill in again.
    pub address: EmailAddress,
    /// When the last code was sent.
    pub sent_at: Timestamp,
    /// When another may be asked for; `None` if at once.
    pub resend_at: Option<Timestamp>,
    /// Whether codes of it can still be redeemed.
    pub live: bool,
    /// Where they were going.
    pub return_to: ReturnTo,
}
