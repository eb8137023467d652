//! The synced directory, as those read it who run the workspace, and files that wait for their word.

use async_trait::async_trait;

use crate::directory::{DirectoryRecord, DirectoryUpload, GroupRef};
use crate::email_address::EmailKey;
use crate::ids::{DirectoryRecordId, DirectoryUploadId, UserId, WorkspaceId};
use crate::time::Timestamp;

use super::error::PortResult;

/// Most records of one page, and of near misses.
pub const MAX_BOOK_PAGE: u32 = 200;

/// Which records to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookQuery {
    /// Searched in [`search_text`](DirectoryRecord::search_text) as [`TextTest`](crate::people_search::TextTest) has it;
    /// `None` for all.
    pub text: Option<String>,
    /// Only those that admit somebody, or only those that do not.
    pub active: Option<bool>,
    /// Only those behind that one.
    pub after: Option<DirectoryRecordId>,
    /// How many at most.
    pub limit: u32,
}

/// A record, and what stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedRecord {
    /// The record.
    pub record: DirectoryRecord,
    /// Its groups, in order of their ids.
    pub groups: Vec<GroupRef>,
    /// Whom it names, active or not, in order of their ids; see [`Directory`](super::Directory).
    pub names: Vec<UserId>,
}

/// Reads the synced directory (B8, B9).
///
/// # Contract
/// - Every method MUST see the records of every source, and of that workspace alone.
/// - `page` MUST be in order of id, so that pages that are asked for one behind the other show each record once, whatever is
///   made or removed meanwhile.
/// - `page` MUST find by every line of a record's search text, as it stands after the last write, and a text is a value to the
///   database, whatever stands in it.
/// - `find` MUST say whom the record names by the rules of [`Directory`](super::Directory).
/// - `near` MUST give records that hold an address with the same local part at another domain, and no other.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DirectoryBook: Send + Sync {
    /// Some records.
    async fn page(&self, workspace: WorkspaceId, query: BookQuery) -> PortResult<Vec<DirectoryRecord>>;

    /// That record.
    async fn find(&self, workspace: WorkspaceId, record: DirectoryRecordId) -> PortResult<Option<BookedRecord>>;

    /// Records that nearly are somebody with that address, in order of id.
    async fn near(&self, workspace: WorkspaceId, address: &EmailKey, limit: u32) -> PortResult<Vec<DirectoryRecord>>;

    /// When the directory was last changed; `None` if it never was.
    async fn synced_at(&self, workspace: WorkspaceId) -> PortResult<Option<Timestamp>>;
}

/// Keeps files of the directory that wait for somebody's word (R62).
///
/// # Contract
/// - A file MUST be encrypted at rest.
/// - `keep` MUST replace what the same person kept in that workspace before: of one person there is at most one.
/// - `find` MUST give a file only in its own workspace, to who sent it, and before it expires.
/// - `forget` MUST be `true` once for each file, under any concurrency.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DirectoryUploads: Send + Sync {
    /// Keeps a file.
    async fn keep(&self, upload: DirectoryUpload) -> PortResult<()>;

    /// That file.
    async fn find(
        &self,
        workspace: WorkspaceId,
        upload: DirectoryUploadId,
        by: UserId,
        now: Timestamp,
    ) -> PortResult<Option<DirectoryUpload>>;

    /// Forgets a file; `false` if there is none (any more).
    async fn forget(&self, workspace: WorkspaceId, upload: DirectoryUploadId) -> PortResult<bool>;

    /// Forgets files whose time is over, and says how many.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
