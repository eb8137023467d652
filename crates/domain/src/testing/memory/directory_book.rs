//! The synced directory, as it is read, and files that wait.

use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::directory::{DirectoryRecord, DirectoryUpload, GroupRef};
use crate::email_address::EmailKey;
use crate::ids::{DirectoryRecordId, DirectoryUploadId, UserId, WorkspaceId};
use crate::people_search::TextTest;
use crate::ports::{BookQuery, BookedRecord, DirectoryBook, DirectoryUploads, MAX_BOOK_PAGE, PortResult};
use crate::time::Timestamp;

fn first(records: impl Iterator<Item = DirectoryRecord>, limit: u32) -> Vec<DirectoryRecord> {
    let limit = usize::try_from(limit.clamp(1, MAX_BOOK_PAGE)).unwrap_or(usize::MAX);
    records.take(limit).collect()
}

impl State {
    /// The groups of a record, in order of their ids.
    pub(super) fn groups_of(&self, record: DirectoryRecordId) -> Vec<GroupRef> {
        let groups = self.directory_groups.values();
        groups
            .filter(|group| group.members.contains(&record))
            .map(|group| GroupRef {
                id: group.id,
                display_name: group.display_name.clone(),
            })
            .collect()
    }
}

#[async_trait]
impl DirectoryBook for MemoryStore {
    async fn page(&self, workspace: WorkspaceId, query: BookQuery) -> PortResult<Vec<DirectoryRecord>> {
        let state = self.state("directory_book.page")?;
        let test = query.text.as_deref().and_then(TextTest::of);
        let found = state.records_of(workspace).filter(|record| {
            query.after.is_none_or(|after| record.id > after)
                && query.active.is_none_or(|active| record.active == active)
                && test
                    .as_ref()
                    .is_none_or(|test| record.search_text().lines().any(|line| test.passes(line)))
        });
        Ok(first(found.cloned(), query.limit))
    }

    async fn find(&self, workspace: WorkspaceId, record: DirectoryRecordId) -> PortResult<Option<BookedRecord>> {
        let state = self.state("directory_book.find")?;
        let found = state.records_of(workspace).find(|known| known.id == record);
        Ok(found.map(|found| BookedRecord {
            record: found.clone(),
            groups: state.groups_of(record),
            names: state.named_by(found).into_iter().collect(),
        }))
    }

    async fn near(&self, workspace: WorkspaceId, address: &EmailKey, limit: u32) -> PortResult<Vec<DirectoryRecord>> {
        let state = self.state("directory_book.near")?;
        let found = state.records_of(workspace).filter(|record| {
            let mut keys = record.emails.iter().map(|email| email.address.key());
            keys.any(|key| key != *address && key.local() == address.local())
        });
        Ok(first(found.cloned(), limit))
    }

    async fn synced_at(&self, workspace: WorkspaceId) -> PortResult<Option<Timestamp>> {
        let state = self.state("directory_book.synced_at")?;
        Ok(state.directory_synced.get(&workspace).copied())
    }
}

#[async_trait]
impl DirectoryUploads for MemoryStore {
    async fn keep(&self, upload: DirectoryUpload) -> PortResult<()> {
        let mut state = self.state("directory_uploads.keep")?;
        state
            .directory_uploads
            .retain(|kept| (kept.workspace, kept.by) != (upload.workspace, upload.by));
        state.directory_uploads.push(upload);
        Ok(())
    }

    async fn find(
        &self,
        workspace: WorkspaceId,
        upload: DirectoryUploadId,
        by: UserId,
        now: Timestamp,
    ) -> PortResult<Option<DirectoryUpload>> {
        let state = self.state("directory_uploads.find")?;
        let mut kept = state.directory_uploads.iter();
        Ok(kept
            .find(|kept| (kept.workspace, kept.id, kept.by) == (workspace, upload, by) && now < kept.expires_at)
            .cloned())
    }

    async fn forget(&self, workspace: WorkspaceId, upload: DirectoryUploadId) -> PortResult<bool> {
        let mut state = self.state("directory_uploads.forget")?;
        let before = state.directory_uploads.len();
        state
            .directory_uploads
            .retain(|kept| (kept.workspace, kept.id) != (workspace, upload));
        Ok(state.directory_uploads.len() < before)
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("directory_uploads.sweep")?;
        let before = state.directory_uploads.len();
        state.directory_uploads.retain(|kept| now < kept.expires_at);
        Ok(u64::try_from(before - state.directory_uploads.len()).unwrap_or(u64::MAX))
    }
}
