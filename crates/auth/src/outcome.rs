//! What use cases answer: outcomes are values, refusals among them; an error means "could not decide".

use std::time::Duration;

use doorward_domain::directory::DirectoryFacts;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{CeremonyId, FlowId, TripId};
use doorward_domain::ports::{HasherError, PortError, ProviderFault};
use doorward_domain::provider::{Arrived, ProviderDescription, ProviderId};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{HelpCode, RawToken};
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::{FlowPurpose, Step};
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
    /// Where they were going, where the refusal ends a round trip that knew (B13).
    pub return_to: Option<ReturnTo>,
    /// What the rule of the directory looked at, where it keeps them out (B8). Near misses are not for the person.
    pub directory: Option<DirectoryFacts>,
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

/// Somebody came back from a provider, and it is not known yet whose account is meant: an email address is wanted, to be
/// proved by a code ("One more step", B7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailNeeded {
    /// What is held of them; named when the address is typed.
    pub held: TripId,
    /// Who sent them.
    pub provider: ProviderDescription,
    /// The address that the provider gave, to be filled in; it counts for nothing until a code proved it.
    pub hint: Option<String>,
    /// Where they were going (B13).
    pub return_to: ReturnTo,
}

/// An identity of a provider is connected to the account of the session that asked for it (A6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedIdentity {
    /// Which provider.
    pub provider: ProviderDescription,
    /// Whether it was connected to this very account before.
    pub already: bool,
    /// Where they were going.
    pub return_to: ReturnTo,
}

/// What a round trip by credentials on trial came to (C3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedProvider {
    /// Which provider.
    pub provider: ProviderId,
    /// Who came back, or which check they did not pass.
    pub result: Result<Arrived, TrialFault>,
}

/// A check that a round trip on trial did not pass, for whoever may see private reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialFault {
    /// Which.
    pub reason: PrivateReason,
    /// What exactly, from the outermost cause to the innermost, in English; holds no secret.
    pub says: String,
}

impl TrialFault {
    pub(crate) fn of(fault: &ProviderFault) -> Self {
        let mut says = fault.to_string();
        let mut cause = std::error::Error::source(fault);
        while let Some(because) = cause {
            says.push_str(": ");
            says.push_str(&because.to_string());
            cause = because.source();
        }
        Self {
            reason: fault.private(),
            says,
        }
    }
}

/// How being sent to a provider ended.
#[derive(Debug)]
pub enum Departed {
    /// To this address at the provider, by a redirect.
    Away {
        /// The address.
        url: String,
    },
    /// No.
    Refused(Refused),
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
    /// A provider sent them, and an email address is needed.
    EmailNeeded(EmailNeeded),
    /// Nobody was signed in: the identity is connected to the account of the session that is there.
    Connected(ConnectedIdentity),
    /// Nobody was signed in: credentials were tried (C3).
    Tried(Box<TriedProvider>),
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
        /// How long to wait; `None` where it is not known.
        wait: Option<Duration>,
    },
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl SignInError {
    pub(crate) fn too_many_tries(retry_at: Option<Timestamp>, now: Timestamp) -> Self {
        Self::TooManyTries {
            wait: retry_at.map(|at| at.since(now)),
        }
    }
}

/// The attempt as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowView {
    /// The attempt.
    pub flow: FlowId,
    /// The address, masked.
    pub masked: String,
    /// The address, to fill in again; `None` where it was not typed in this browser but named by a portal link, whose
    /// holder must not learn it (R40).
    pub address: Option<EmailAddress>,
    /// When the last code was sent.
    pub sent_at: Timestamp,
    /// When another may be asked for; `None` if at once.
    pub resend_at: Option<Timestamp>,
    /// What for: named when a code of it is redeemed.
    pub purpose: FlowPurpose,
    /// Whether codes of it can still be redeemed.
    pub live: bool,
    /// Where they were going.
    pub return_to: ReturnTo,
}
