use std::time::Duration;

use async_trait::async_trait;

use super::MemoryStore;
use crate::audit::AuditEntry;
use crate::ids::{PortalLinkId, UserId, WorkspaceId};
use crate::portal_link::PortalLink;
use crate::ports::{PortResult, PortalLinks};
use crate::secret::TokenDigest;
use crate::time::Timestamp;

const REMEMBERED: Duration = Duration::from_hours(30 * 24);

#[async_trait]
impl PortalLinks for MemoryStore {
    async fn create(&self, link: PortalLink, audit: AuditEntry) -> PortResult<()> {
        let mut state = self.state("portal_links.create")?;
        state.admit_audit(&audit, "portal_links.create")?;
        state.portal_links.push(link);
        state.audit.push(audit);
        Ok(())
    }

    async fn look(&self, workspace: WorkspaceId, token: &TokenDigest) -> PortResult<Option<PortalLink>> {
        let state = self.state("portal_links.look")?;
        let found = state
            .portal_links
            .iter()
            .find(|link| link.workspace == workspace && link.digest.matches(token));
        Ok(found.cloned())
    }

    async fn of_person(&self, workspace: WorkspaceId, user: UserId, limit: u32) -> PortResult<Vec<PortalLink>> {
        let state = self.state("portal_links.of_person")?;
        let theirs = state
            .portal_links
            .iter()
            .filter(|link| link.workspace == workspace && link.user == user);
        let mut theirs: Vec<PortalLink> = theirs.cloned().collect();
        theirs.sort_by_key(|link| std::cmp::Reverse((link.created_at, link.id)));
        theirs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(theirs)
    }

    async fn revoke(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: PortalLinkId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("portal_links.revoke")?;
        let found = state.portal_links.iter().position(|link| {
            link.workspace == workspace && link.user == user && link.id == id && link.revoked_at.is_none()
        });
        let Some(found) = found else {
            return Ok(false);
        };
        state.admit_audit(&audit, "portal_links.revoke")?;
        if let Some(link) = state.portal_links.get_mut(found) {
            link.revoked_at = Some(now);
        }
        state.audit.push(audit);
        Ok(true)
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("portal_links.sweep")?;
        let forgotten = now.minus(REMEMBERED);
        let before = state.portal_links.len();
        state.portal_links.retain(|link| {
            let ended = link.revoked_at.map_or(link.expires_at, |at| at.min(link.expires_at));
            ended > forgotten
        });
        let swept = before - state.portal_links.len();
        Ok(u64::try_from(swept).unwrap_or(u64::MAX))
    }
}
