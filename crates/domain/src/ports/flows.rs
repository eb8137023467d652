//! Attempts that span several requests, and their codes.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::email_address::EmailKey;
use crate::ids::{FlowId, SecretId, WorkspaceId};
use crate::mail::NewMail;
use crate::secret::TokenDigest;
use crate::sign_in::{Binding, FlowPurpose, PendingSignIn, Receipt};
use crate::time::Timestamp;

/// A code to be stored, by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCode {
    /// Its id.
    pub id: SecretId,
    /// HMAC-SHA-256 (R29).
    pub digest: TokenDigest,
    /// When its life ends (R21).
    pub expires_at: Timestamp,
}

/// A mail with (or, for an address without an account, without) a code, and all that is written with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendCode {
    /// The attempt as it is from now on: inserted if new; otherwise its `return_to`, `sign_up`, `password_verified`
    /// and `last_sent_at` are replaced, and nothing else (wrong tries stay).
    pub flow: PendingSignIn,
    /// The code, if the address may have one.
    pub code: Option<NewCode>,
    /// At most this many codes of the attempt stay alive; the oldest go (R27).
    pub live_codes: u32,
    /// What the mailbox is told (B16). `None` inside the wait: then only the attempt is kept.
    pub mail: Option<NewMail>,
    /// The receipt.
    pub receipt: Receipt,
    /// The audit row.
    pub audit: AuditEntry,
}

/// A code that was right, handed out at most once: the raw material of a proof.
#[derive(Debug)]
pub struct RedeemedCode {
    /// The attempt it belongs to, as it was at that moment.
    pub flow: Box<PendingSignIn>,
}

/// What became of a try.
#[derive(Debug)]
pub enum CodeTry {
    /// Right, and redeemed by this very call.
    Redeemed(RedeemedCode),
    /// Not a code of this attempt. The try is counted on the attempt (R22).
    Wrong {
        /// Tries that are left on the attempt.
        tries_left: u32,
    },
    /// Right, but past its life. Not counted.
    Expired,
    /// Right, but used already: a lost race, or sent twice. Not counted (R28).
    Spent,
    /// The attempt is over: ended, past its life, or out of tries.
    Over,
    /// No such attempt in this workspace, of this purpose, for this browser (R25).
    Unknown,
}

/// A try to redeem a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryCode {
    /// Workspace it was typed in.
    pub workspace: WorkspaceId,
    /// The attempt.
    pub flow: FlowId,
    /// Whose browser or app this is.
    pub binding: Binding,
    /// What the attempt must be for.
    pub purpose: FlowPurpose,
    /// HMAC of what was typed; `None` if it is not even of the form of a code, which counts as wrong.
    pub digest: Option<TokenDigest>,
    /// Wrong tries that end an attempt (R22).
    pub max_tries: u32,
    /// When.
    pub now: Timestamp,
}

/// Keeps attempts and codes.
///
/// # Contract
/// - `send_code` MUST be one transaction: attempt, code, outbox row, receipt, audit row, or none (R110).
/// - `try_code` MUST count a try on the attempt *before* it compares, and give it back unless the code is wrong, all in
///   one transaction: of any number of parallel tries no more than `max_tries` wrong ones are ever compared, and of any
///   number of parallel right ones exactly one is `Redeemed` (R22, R28). Once out of tries, a right code is `Over`.
///   An attempt that somebody else's browser asks for is `Unknown`, and counts nothing.
/// - `find_live` MUST find nothing for [`Binding::Bearer`]: an app has no cookie that tells it from another, so whoever
///   knows an address could otherwise continue somebody else's attempt.
/// - `begin` MUST be one transaction.
/// - Redeeming ends no attempt by itself; [`super::Sessions::open`] does, or `end`.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Flows: Send + Sync {
    /// The live attempt of this browser for this address, if it has one (R27: asking again continues it).
    async fn find_live(
        &self,
        workspace: WorkspaceId,
        binding: Binding,
        purpose: FlowPurpose,
        address: &EmailKey,
        now: Timestamp,
    ) -> PortResult<Option<PendingSignIn>>;

    /// The attempt of that id, live or over.
    async fn find(&self, workspace: WorkspaceId, id: FlowId) -> PortResult<Option<PendingSignIn>>;

    /// Stores or continues an attempt, with code and mail.
    async fn send_code(&self, send: SendCode) -> PortResult<()>;

    /// Stores an attempt that no mail goes with: the step between the first factor and the session. `ends` is the attempt
    /// that it takes the place of.
    async fn begin(
        &self,
        flow: PendingSignIn,
        ends: Option<FlowId>,
        receipt: Receipt,
        audit: AuditEntry,
    ) -> PortResult<()>;

    /// Tries a code.
    async fn try_code(&self, attempt: TryCode) -> PortResult<CodeTry>;

    /// Ends an attempt and voids its codes.
    async fn end(&self, workspace: WorkspaceId, id: FlowId, now: Timestamp) -> PortResult<()>;

    /// Removes attempts and codes that ended more than a day ago.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
