use async_trait::async_trait;

use super::MemoryStore;
use crate::api_key::{ApiKey, day_of};
use crate::audit::AuditEntry;
use crate::email_address::EmailKey;
use crate::ids::{ApiKeyId, WorkspaceId};
use crate::mail::NewMail;
use crate::ports::{ApiKeys, Audit, PortResult, Receipts};
use crate::secret::{HelpCode, TokenDigest};
use crate::sign_in::Receipt;
use crate::time::Timestamp;

fn newest<'a, T: Clone + 'a>(kept: impl DoubleEndedIterator<Item = &'a T>, limit: u32) -> Vec<T> {
    kept.rev()
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .cloned()
        .collect()
}

#[async_trait]
impl Receipts for MemoryStore {
    async fn record(&self, receipt: Receipt, audit: AuditEntry) -> PortResult<()> {
        let mut state = self.state("receipts.record")?;
        state.admit_audit(&audit, "receipts.record")?;
        state.receipts.push(receipt);
        state.audit.push(audit);
        Ok(())
    }

    async fn find_by_help_code(&self, workspace: WorkspaceId, code: &HelpCode) -> PortResult<Option<Receipt>> {
        let state = self.state("receipts.find_by_help_code")?;
        Ok(state
            .receipts
            .iter()
            .find(|receipt| receipt.workspace == workspace && receipt.help_code == *code)
            .cloned())
    }

    async fn last_of(&self, workspace: WorkspaceId, address: &EmailKey, limit: u32) -> PortResult<Vec<Receipt>> {
        let state = self.state("receipts.last_of")?;
        let theirs = |receipt: &&Receipt| receipt.workspace == workspace && receipt.address.as_ref() == Some(address);
        Ok(newest(state.receipts.iter().filter(theirs), limit))
    }
}

#[async_trait]
impl Audit for MemoryStore {
    async fn append(&self, entry: AuditEntry) -> PortResult<()> {
        let mut state = self.state("audit.append")?;
        state.admit_audit(&entry, "audit.append")?;
        state.audit.push(entry);
        Ok(())
    }

    async fn announce(&self, entry: AuditEntry, mails: Vec<NewMail>) -> PortResult<()> {
        let mut state = self.state("audit.announce")?;
        state.admit_audit(&entry, "audit.announce")?;
        state.audit.push(entry);
        for mail in mails {
            state.put_mail(mail);
        }
        Ok(())
    }

    async fn last(&self, workspace: WorkspaceId, limit: u32) -> PortResult<Vec<AuditEntry>> {
        let state = self.state("audit.last")?;
        Ok(newest(
            state.audit.iter().filter(|entry| entry.workspace == workspace),
            limit,
        ))
    }
}

#[async_trait]
impl ApiKeys for MemoryStore {
    async fn create(&self, key: ApiKey, audit: AuditEntry) -> PortResult<()> {
        let mut state = self.state("api_keys.create")?;
        state.admit_audit(&audit, "api_keys.create")?;
        state.api_keys.push(key);
        state.audit.push(audit);
        Ok(())
    }

    async fn find(&self, workspace: WorkspaceId, digest: &TokenDigest) -> PortResult<Option<ApiKey>> {
        let state = self.state("api_keys.find")?;
        Ok(state
            .api_keys
            .iter()
            .find(|key| key.workspace == workspace && key.digest.matches(digest) && key.revoked_at.is_none())
            .cloned())
    }

    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<ApiKey>> {
        let state = self.state("api_keys.list")?;
        let theirs = state.api_keys.iter().filter(|key| key.workspace == workspace);
        let mut theirs: Vec<ApiKey> = theirs.cloned().collect();
        theirs.sort_by_key(|key| (key.created_at, key.id));
        Ok(theirs)
    }

    async fn revoke(&self, workspace: WorkspaceId, id: ApiKeyId, audit: AuditEntry) -> PortResult<bool> {
        let mut state = self.state("api_keys.revoke")?;
        state.admit_audit(&audit, "api_keys.revoke")?;
        let live = state
            .api_keys
            .iter_mut()
            .find(|key| key.workspace == workspace && key.id == id && key.revoked_at.is_none());
        let Some(live) = live else {
            return Ok(false);
        };
        live.revoked_at = Some(audit.at);
        state.audit.push(audit);
        Ok(true)
    }

    async fn note_use(&self, workspace: WorkspaceId, id: ApiKeyId, now: Timestamp) -> PortResult<()> {
        let mut state = self.state("api_keys.note_use")?;
        let today = day_of(now);
        let mut keys = state.api_keys.iter_mut();
        let used = keys.find(|key| key.workspace == workspace && key.id == id);
        if let Some(key) = used.filter(|key| key.last_used_at.is_none_or(|at| at < today)) {
            key.last_used_at = Some(today);
        }
        Ok(())
    }
}
