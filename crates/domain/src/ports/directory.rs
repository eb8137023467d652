//! The synced directory, and the tokens by which it is synced.

use async_trait::async_trait;

use crate::audit::AuditEntry;
use crate::directory::{DirectoryFacts, DirectoryGroup, DirectoryRecord, DirectorySource, GroupRef, ScimToken};
use crate::ids::{DirectoryGroupId, DirectoryRecordId, ScimTokenId, UserId, WorkspaceId};
use crate::provider::Arrived;
use crate::scim::select::{GroupFilter, RecordFilter};
use crate::secret::TokenDigest;
use crate::time::Timestamp;

use super::error::PortResult;

/// Which of a source's entries to give, in order of id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryQuery<I, F> {
    /// Only that one.
    pub id: Option<I>,
    /// Only those that it holds for.
    pub filter: Option<F>,
    /// Only those behind that one: the stable way of walking through all of them (R62).
    pub after: Option<I>,
    /// How many to pass over.
    pub offset: u64,
    /// How many at most.
    pub limit: u32,
}

/// Which records.
pub type RecordQuery = EntryQuery<DirectoryRecordId, RecordFilter>;
/// Which groups.
pub type GroupQuery = EntryQuery<DirectoryGroupId, GroupFilter>;

impl<I, F> EntryQuery<I, F> {
    /// That one.
    pub const fn one(id: I) -> Self {
        Self {
            id: Some(id),
            filter: None,
            after: None,
            offset: 0,
            limit: 1,
        }
    }

    /// The first `limit` behind that one, or from the beginning.
    pub const fn behind(after: Option<I>, limit: u32) -> Self {
        Self {
            id: None,
            filter: None,
            after,
            offset: 0,
            limit,
        }
    }
}

/// A record and the groups that it is in, in order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRecord {
    /// The record.
    pub record: DirectoryRecord,
    /// Its groups.
    pub groups: Vec<GroupRef>,
}

/// Some of a source's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// Those that were asked for.
    pub entries: Vec<T>,
    /// How many there are that meet the query, whatever its offset and limit.
    pub total: u64,
}

/// Whether an entry could be stored or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// It was. Whose sessions ended by it, in order of their ids.
    Done(Vec<UserId>),
    /// Another entry of the same source has that user name.
    Taken,
    /// There is no such entry of that source.
    Unknown,
    /// It was changed since it was read.
    Stale,
    /// A group names a record that its source does not have.
    NoSuchMember,
}

/// One of a source's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryId {
    /// A record.
    Record(DirectoryRecordId),
    /// A group.
    Group(DirectoryGroupId),
}

/// All changes of one run over a source's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunChanges {
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose records.
    pub source: DirectorySource,
    /// New records, of version 1.
    pub create: Vec<DirectoryRecord>,
    /// Records as they are to be; each one's version is that which was read, and one more.
    pub update: Vec<DirectoryRecord>,
    /// When.
    pub now: Timestamp,
}

/// Whether a run could be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunCommitted {
    /// It was. Whose sessions ended by it, in order of their ids.
    Committed(Vec<UserId>),
    /// Records were changed, made or removed since they were read. Nothing was written.
    Stale,
}

/// Keeps the synced directory (B8, B9).
///
/// # Contract
/// - `match_arrival` MUST look at the workspace's records of every source. An identity is compared before an email: a
///   record that names the very identity decides, active if any of several is; then the email that the provider is
///   authoritative for, likewise (R61). An email that is not authoritative MUST match nothing and only count as near.
/// - Every other method MUST see and change only entries of that workspace *and* that source (R63).
/// - `put_record` and `put_group` MUST create where the version is 1, and else MUST replace only an entry whose version is
///   one less, so that of two writers who read the same state one is `Stale`. Of any number of parallel creations of one
///   user name one is `Done`. `created_at` and `source` of an entry never change.
/// - A record *names* whoever has one of its addresses proved, or is connected to an identity that was vouched for with one
///   of them ([`Connection::vouched`](crate::provider::Connection)), or to one in its scope whose subject is its external id. A
///   record without a scope names nobody by its external id.
/// - A write that leaves a record inactive that was active, and the removal of an active record, MUST end the sessions of
///   whom it named before the write or names after it; a write that leaves inactive what was not active before, of whom it
///   names now and did not before. A write by which a record that stays active names somebody no more MUST end theirs too,
///   unless another active record of the workspace names them when all is written.
/// - Ending somebody's sessions MUST, in the same transaction, end all of them, raise the person's credentials version, and
///   end their attempts that wait for a second step. Sessions so ended MUST be refused from the next check on, as with
///   [`Sessions`](super::Sessions).
/// - Each write MUST be one transaction with its audit row, and MUST move `synced_at` to its time.
/// - `commit_run` MUST be all or nothing, and `Stale` unless every record is still as it was read.
/// - Removing a record MUST take it out of all groups.
/// - A text in a filter MUST be a value to the database, whatever stands in it (R63).
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Directory: Send + Sync {
    /// What the directory says of somebody who came from a provider (R61).
    async fn match_arrival(&self, workspace: WorkspaceId, arrived: &Arrived) -> PortResult<DirectoryFacts>;

    /// Some of a source's records.
    async fn records(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        query: RecordQuery,
    ) -> PortResult<Listed<ListedRecord>>;

    /// Stores a record.
    async fn put_record(&self, record: DirectoryRecord, audit: AuditEntry) -> PortResult<Stored>;

    /// Some of a source's groups.
    async fn groups(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        query: GroupQuery,
    ) -> PortResult<Listed<DirectoryGroup>>;

    /// Stores a group.
    async fn put_group(&self, group: DirectoryGroup, audit: AuditEntry) -> PortResult<Stored>;

    /// Removes an entry; with `only_at`, only while that is its version.
    async fn remove(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        entry: EntryId,
        only_at: Option<i64>,
        audit: AuditEntry,
    ) -> PortResult<Stored>;

    /// Commits a run.
    async fn commit_run(&self, run: RunChanges, audit: AuditEntry) -> PortResult<RunCommitted>;
}

/// Keeps the tokens by which directories are synced (R63).
///
/// # Contract
/// - `find` MUST find a token only in its own workspace, and never one that is revoked.
/// - `renew` MUST make the old token dead from the next `find` on. It revives a revoked one: that is how the records of a
///   lost token are reached again.
/// - `issue`, `renew` and `revoke` MUST be one transaction with their audit row.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ScimTokens: Send + Sync {
    /// Stores a new token.
    async fn issue(&self, token: ScimToken, audit: AuditEntry) -> PortResult<()>;

    /// The token with that digest, unless revoked.
    async fn find(&self, workspace: WorkspaceId, digest: &TokenDigest) -> PortResult<Option<ScimToken>>;

    /// All tokens, revoked ones too, oldest first.
    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<ScimToken>>;

    /// Gives a token another secret; `false` if there is no such token.
    async fn renew(
        &self,
        workspace: WorkspaceId,
        token: ScimTokenId,
        digest: TokenDigest,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Takes a token back; `false` if there is no such live token.
    async fn revoke(&self, workspace: WorkspaceId, token: ScimTokenId, audit: AuditEntry) -> PortResult<bool>;

    /// Notes that a token was used, unless that was noted within the last minute.
    async fn note_use(&self, workspace: WorkspaceId, token: ScimTokenId, now: Timestamp) -> PortResult<()>;
}
