//! What staff do to the records of others: edit them, and take invitations back.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{OrganisationId, UserId, WorkspaceId};
use crate::time::Timestamp;
use crate::user::User;

/// A change of somebody's record; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonChange {
    /// The name, cleaned.
    pub name: Option<String>,
    /// Preferred language as a BCP 47 tag, or none.
    pub language: Option<Option<String>>,
    /// Preferred time zone as an IANA name, or none.
    pub time_zone: Option<Option<String>>,
    /// The organisations that they belong to from then on, by name, each once; unknown ones are made with that id.
    pub organisations: Option<Vec<(OrganisationId, String)>>,
}

/// An invitation that can still be used (R33).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Keeps what staff say of people.
///
/// # Contract
/// - Each write MUST be one transaction, with its audit row.
/// - What `edit` changes MUST be found by the next search, and MUST be what the very next session check tells. It MUST
///   leave everything else of the person, credentials above all, as it was (R98).
/// - `invitation` MUST tell the newest invitation that would still be redeemed.
/// - After `revoke_invitations` no invitation of that person MUST be redeemed. Of any number of parallel calls one is told
///   `true`.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Roster: Send + Sync {
    /// Changes a record, and gives it as it is then. `None`, and no audit row, if there is no such person.
    async fn edit(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        change: PersonChange,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<Option<User>>;

    /// The invitation of somebody, if one is under way.
    async fn invitation(&self, workspace: WorkspaceId, user: UserId, now: Timestamp) -> PortResult<Option<Invitation>>;

    /// Takes all invitations of somebody back. `false`, and no audit row, if none was under way.
    async fn revoke_invitations(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool>;
}
