//! Providers of single sign-on and social sign-in.

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::audit::AuditEntry;
use crate::ids::{ConnectionId, TripId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::own_provider::{DraftProblem, ProviderDraft};
use crate::provider::{Arrived, Connection, ExternalIdentity, HeldArrival, ProviderDescription, ProviderId, RoundTrip};
use crate::reason::{PrivateReason, PublicReason};
use crate::secret::{RawToken, TokenDigest};
use crate::sign_in::Receipt;
use crate::time::Timestamp;
use crate::workspace::Workspace;

use super::error::PortResult;

/// Where somebody is sent, and what has to be remembered until they come back (R51).
#[derive(Debug)]
pub struct Departure {
    /// The address at the provider.
    pub url: String,
    /// Comes back with them.
    pub state: RawToken,
    /// Stands in the ID token; `None` where there is no ID token.
    pub nonce: Option<RawToken>,
    /// Shown when the code is exchanged.
    pub verifier: RawToken,
}

/// What came back to the callback address, as it stood there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallbackQuery {
    /// `code`.
    pub code: Option<String>,
    /// `iss` (RFC 9207).
    pub issuer: Option<String>,
    /// `error`.
    pub error: Option<String>,
}

/// An answer of a provider, to be exchanged and checked.
#[derive(Debug)]
pub struct Arrival {
    /// What came back.
    pub query: CallbackQuery,
    /// What was remembered; its state was found to be the one that came back, by this browser, for the first time.
    pub trip: RoundTrip,
    /// The address that the provider was told to send them back to.
    pub callback: String,
    /// When.
    pub now: Timestamp,
}

/// A check that a provider's answer did not pass (R55, R58): each with a reason of its own in the receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenFault {
    /// No ID token where there must be one, or none that can be read.
    Malformed,
    /// Signed by an algorithm that is not allowed (`none`, HS*, …), or a header that is refused.
    Algorithm,
    /// The signature is of none of the provider's keys.
    Signature,
    /// `iss` is not the configured issuer, byte by byte.
    Issuer,
    /// `aud` does not hold our client id, or holds somebody untrusted.
    Audience,
    /// `azp` is absent where it must be there, or is not our client id.
    AuthorizedParty,
    /// `exp` is over.
    Expired,
    /// `iat` is absent or too old.
    IssuedAt,
    /// `nbf` is not reached yet.
    NotBefore,
    /// `nonce` is not the one that was sent.
    Nonce,
    /// `sub` is absent, empty, too long or not ASCII.
    Subject,
    /// `at_hash` is not that of the access token.
    AccessTokenHash,
    /// `auth_time` is older than was asked for.
    AuthTime,
    /// The userinfo's `sub` is somebody else's.
    UserinfoSubject,
    /// The tenant is not one that may come in (R58).
    Tenant,
    /// The token was made for another app (Facebook, R58).
    App,
    /// The answer names another provider (RFC 9207), or none where one must be named (R53).
    MixUp,
    /// Times in it are ahead of ours: clocks differ by about this much.
    ClockDrift(Duration),
}

impl TokenFault {
    /// What the receipt says.
    pub const fn reason(self) -> PrivateReason {
        match self {
            Self::Malformed => PrivateReason::TokenMalformed,
            Self::Algorithm => PrivateReason::TokenAlgorithm,
            Self::Signature => PrivateReason::TokenSignature,
            Self::Issuer => PrivateReason::TokenIssuer,
            Self::Audience => PrivateReason::TokenAudience,
            Self::AuthorizedParty => PrivateReason::TokenAuthorizedParty,
            Self::Expired => PrivateReason::TokenExpired,
            Self::IssuedAt => PrivateReason::TokenIssuedAt,
            Self::NotBefore => PrivateReason::TokenNotBefore,
            Self::Nonce => PrivateReason::TokenNonce,
            Self::Subject => PrivateReason::TokenSubject,
            Self::AccessTokenHash => PrivateReason::TokenAccessTokenHash,
            Self::AuthTime => PrivateReason::TokenAuthTime,
            Self::UserinfoSubject => PrivateReason::TokenUserinfoSubject,
            Self::Tenant => PrivateReason::TokenTenant,
            Self::App => PrivateReason::TokenApp,
            Self::MixUp => PrivateReason::ProviderMixUp,
            Self::ClockDrift(_) => PrivateReason::ClockDrift,
        }
    }
}

/// Why a round trip ended without an identity.
#[derive(Debug, Error)]
pub enum ProviderFault {
    /// No provider of that id is configured.
    #[error("no such provider")]
    Unknown,
    /// The person, or the provider for them, said no (`error=access_denied`).
    #[error("cancelled at the provider")]
    Cancelled,
    /// The provider is away, slow, answers nonsense or too much (R65).
    #[error("the provider does not answer as it should: {what}")]
    Unavailable {
        /// What was asked for: `discovery`, `keys`, `token`, `userinfo`, `authorization`, `credentials`.
        what: &'static str,
        /// The cause, for the logs; never holds a secret.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// It answered, and the answer does not pass.
    #[error("the provider's answer does not pass: {0:?}")]
    Refused(TokenFault),
}

impl ProviderFault {
    /// What the person is told.
    pub const fn public(&self) -> PublicReason {
        match self {
            Self::Cancelled => PublicReason::ProviderCancelled,
            Self::Unknown => PublicReason::MethodOff,
            Self::Unavailable { .. } => PublicReason::ProviderUnavailable,
            Self::Refused(_) => PublicReason::ProviderAnswerWrong,
        }
    }

    /// What the receipt says.
    pub const fn private(&self) -> PrivateReason {
        match self {
            Self::Cancelled => PrivateReason::ProviderCancelled,
            Self::Unknown => PrivateReason::ProviderUnknown,
            Self::Unavailable { .. } => PrivateReason::ProviderUnavailable,
            Self::Refused(fault) => fault.reason(),
        }
    }
}

/// The providers that a workspace can use.
///
/// # Contract
/// - `offered` MUST answer from memory; a workspace's own credentials go before the server's, here and everywhere.
/// - An answer to a round trip that has credentials on trial MUST be checked by those, and by no others.
/// - By credentials of a workspace nothing MUST be asked of addresses that are not public, unless the operator allows it
///   (R54).
/// - `depart` MUST draw state, nonce and verifier anew each time, of at least 128 bits (R51).
/// - `arrive` MUST have passed every check of R53, R55 and R58 when it answers `Ok`, and MUST answer within ten seconds
///   whatever the provider does (R65).
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Every provider that has credentials, the server's or the workspace's own, in the order of its buttons.
    fn offered(&self, workspace: &Workspace) -> Vec<ProviderDescription>;

    /// Reads credentials that a workspace brings itself, without asking anybody: the word on the button, or everything that
    /// will not do.
    fn read(&self, draft: &ProviderDraft) -> Result<String, Vec<DraftProblem>>;

    /// Prepares sending somebody to a provider, who is to come back to `callback`.
    async fn depart(
        &self,
        workspace: WorkspaceId,
        provider: &ProviderId,
        callback: &str,
    ) -> Result<Departure, ProviderFault>;

    /// The same, by credentials that are not kept, to try them (C3).
    async fn depart_on_trial(&self, draft: &ProviderDraft, callback: &str) -> Result<Departure, ProviderFault>;

    /// Exchanges and checks an answer.
    async fn arrive(&self, arrival: Arrival) -> Result<Arrived, ProviderFault>;
}

/// No provider at all: for a server, or an embedder, that has credentials of none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoProviders;

#[async_trait]
impl IdentityProvider for NoProviders {
    fn offered(&self, _workspace: &Workspace) -> Vec<ProviderDescription> {
        Vec::new()
    }

    fn read(&self, _draft: &ProviderDraft) -> Result<String, Vec<DraftProblem>> {
        Err(vec![DraftProblem {
            key: "id",
            says: "there is no engine for providers here".to_owned(),
        }])
    }

    async fn depart_on_trial(&self, _draft: &ProviderDraft, _callback: &str) -> Result<Departure, ProviderFault> {
        Err(ProviderFault::Unknown)
    }

    async fn depart(
        &self,
        _workspace: WorkspaceId,
        _provider: &ProviderId,
        _callback: &str,
    ) -> Result<Departure, ProviderFault> {
        Err(ProviderFault::Unknown)
    }

    async fn arrive(&self, _arrival: Arrival) -> Result<Arrived, ProviderFault> {
        Err(ProviderFault::Unknown)
    }
}

/// What became of an answer's `state`.
#[derive(Debug)]
pub enum TripTaken {
    /// It is this browser's, and was taken by this very call.
    Taken(Box<RoundTrip>),
    /// It was taken before: a lost race, or a page loaded again. Where the person was going is told to its own browser.
    Spent(crate::return_to::ReturnTo),
    /// Its ten minutes are over.
    Expired(crate::return_to::ReturnTo),
    /// There is none of that state in this workspace, for this provider, by this browser.
    Unknown,
}

/// Keeps round trips.
///
/// # Contract
/// - `take` MUST find a trip only by its workspace, provider, state *and* browser; of any number of parallel calls one is
///   `Taken` (R52).
/// - Nonce and verifier MUST be encrypted at rest.
/// - `held` MUST find nothing for another browser.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RoundTrips: Send + Sync {
    /// Stores one.
    async fn begin(&self, trip: RoundTrip) -> PortResult<()>;

    /// Takes it, once.
    async fn take(
        &self,
        workspace: WorkspaceId,
        provider: &ProviderId,
        state: &TokenDigest,
        browser: &TokenDigest,
        now: Timestamp,
    ) -> PortResult<TripTaken>;

    /// Keeps somebody's arrival until the one more step is done, with receipt and audit row.
    async fn hold(&self, held: HeldArrival, receipt: Receipt, audit: AuditEntry) -> PortResult<()>;

    /// What is held for this browser under that id, if its time is not over. Reading it any number of times changes nothing.
    async fn held(
        &self,
        workspace: WorkspaceId,
        id: TripId,
        browser: &TokenDigest,
        now: Timestamp,
    ) -> PortResult<Option<HeldArrival>>;

    /// Removes trips, and what is held, that ended more than an hour ago.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}

/// Whether an identity could be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connected {
    /// It is connected now.
    Connected,
    /// It was connected to this account already.
    Already,
    /// It is connected to another account.
    Taken,
}

/// Whether a connection could be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnected {
    /// It was.
    Disconnected,
    /// Credentials or status of the person changed since they were read. Nothing was written.
    Changed,
    /// There is no such connection on this account.
    Unknown,
}

/// Keeps identities of providers that are connected to accounts.
///
/// # Contract
/// - An identity (R50) MUST be connected to at most one account of a workspace, under any concurrency; it is compared byte
///   by byte.
/// - `find` MUST also find an account that the helpdesk knew by that identity before any sign-in (A1): of provider
///   `twitter` by [`ContactIdentity::X`](crate::user::ContactIdentity), of `facebook` by its own, by subject alone. A
///   connection goes before it.
/// - `connect` and `disconnect` MUST be one transaction with audit row and mails, and MUST raise the person's credentials
///   version. Of any number of parallel calls of `disconnect` at one version one is `Disconnected`, at most.
/// - An identity by which the helpdesk knew another account (A1) MUST be taken off that one by `connect`.
/// - Opening a session with an identity ([`Sessions`](super::Sessions)) MUST be `IdentityTaken` where the account is connected
///   to one that contradicts it ([`ExternalIdentity::contradicts`]), and MUST take one that goes by address
///   ([`ExternalIdentity::is_by_address`]) off whoever had it before.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Connections: Send + Sync {
    /// Whose identity this is.
    async fn find(&self, workspace: WorkspaceId, identity: &ExternalIdentity) -> PortResult<Option<UserId>>;

    /// All of a person's, oldest first.
    async fn list(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Vec<Connection>>;

    /// Connects an identity from a session of the account (A6).
    async fn connect(&self, connection: Connection, audit: AuditEntry, notices: Vec<NewMail>) -> PortResult<Connected>;

    /// Takes one away, if the person's credentials version still is `at_version`: whether another way in is left was seen at
    /// that one.
    async fn disconnect(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        connection: ConnectionId,
        at_version: i64,
        audit: AuditEntry,
        notices: Vec<NewMail>,
    ) -> PortResult<Disconnected>;
}
