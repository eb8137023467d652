//! Passkeys and the rounds with their authenticators.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{CeremonyId, PasskeyId, SessionId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::passkey::{Ceremony, Passkey};
use crate::sign_in::Binding;
use crate::time::Timestamp;

/// Whether a passkey could be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyAdded {
    /// It was.
    Added,
    /// That very passkey is known in this workspace already.
    Known,
    /// The person has as many as one may have.
    TooMany,
    /// The person is gone.
    NobodyThere,
}

/// Keeps passkeys.
///
/// # Contract
/// - A credential id MUST be at one person in a workspace only, under any concurrency, and at most `limit` passkeys at
///   one person.
/// - `take` MUST hand out a ceremony at most once, to its own workspace and binding only, and not past its life; its
///   state MUST be encrypted at rest (R76).
/// - `remove` MUST raise the credentials version and end all sessions of the person but `keep`; a removed passkey opens
///   nothing from the next request on.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Passkeys: Send + Sync {
    /// All passkeys of a person, oldest first.
    async fn list(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Vec<Passkey>>;

    /// The passkey with that credential id.
    async fn find(&self, workspace: WorkspaceId, credential: &[u8]) -> PortResult<Option<Passkey>>;

    /// Adds one.
    async fn add(
        &self,
        passkey: Passkey,
        limit: u32,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<PasskeyAdded>;

    /// Gives one another name. `false` if it is not theirs.
    async fn rename(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: PasskeyId,
        name: String,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Removes one. `false` if it is not theirs.
    async fn remove(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: PasskeyId,
        keep: Option<SessionId>,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Remembers a round that begins.
    async fn begin(&self, ceremony: Ceremony) -> PortResult<()>;

    /// Hands the round out, once.
    async fn take(
        &self,
        workspace: WorkspaceId,
        id: CeremonyId,
        binding: Binding,
        now: Timestamp,
    ) -> PortResult<Option<Ceremony>>;

    /// Removes rounds that are over.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
