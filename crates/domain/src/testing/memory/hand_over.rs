use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::audit::AuditEntry;
use crate::hand_over::{HandOverKey, MAX_LIVE_KEYS};
use crate::ids::{HandOverKeyId, WorkspaceId};
use crate::ports::{HandOverKeyAdded, HandOverKeys, PortResult};
use crate::secret::TokenDigest;
use crate::time::Timestamp;

#[async_trait]
impl HandOverKeys for MemoryStore {
    async fn add(&self, key: HandOverKey, audit: AuditEntry) -> PortResult<HandOverKeyAdded> {
        const PLACE: &str = "hand_over_keys.add";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let live = state
            .hand_over_keys
            .iter()
            .filter(|other| other.workspace == key.workspace && other.audience == key.audience && other.is_live());
        if live.count() >= MAX_LIVE_KEYS {
            return Ok(HandOverKeyAdded::TooMany);
        }
        state.hand_over_keys.push(key);
        state.audit.push(audit);
        Ok(HandOverKeyAdded::Added)
    }

    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<HandOverKey>> {
        let state = self.state("hand_over_keys.list")?;
        let theirs = state.hand_over_keys.iter().filter(|key| key.workspace == workspace);
        let mut theirs: Vec<HandOverKey> = theirs.cloned().collect();
        theirs.sort_by_key(|key| (key.created_at, key.id));
        Ok(theirs)
    }

    async fn revoke(
        &self,
        workspace: WorkspaceId,
        id: HandOverKeyId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        const PLACE: &str = "hand_over_keys.revoke";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let mut keys = state.hand_over_keys.iter_mut();
        let Some(key) = keys.find(|key| key.workspace == workspace && key.id == id && key.is_live()) else {
            return Ok(false);
        };
        key.revoked_at = Some(now);
        state.audit.push(audit);
        Ok(true)
    }

    async fn redeem_token(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        expires_at: Timestamp,
    ) -> PortResult<bool> {
        let mut state = self.state("hand_over_keys.redeem_token")?;
        let forgotten = state.hand_over_forgotten.get(&workspace);
        if forgotten.is_some_and(|until| expires_at <= *until)
            || state.hand_over_tokens.contains_key(&(workspace, *token))
        {
            return Ok(false);
        }
        state.hand_over_tokens.insert((workspace, *token), expires_at);
        Ok(true)
    }

    async fn is_redeemed(&self, workspace: WorkspaceId, token: &TokenDigest) -> PortResult<bool> {
        let state = self.state("hand_over_keys.is_redeemed")?;
        Ok(state.hand_over_tokens.contains_key(&(workspace, *token)))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("hand_over_keys.sweep")?;
        let before = state.hand_over_tokens.len();
        let State {
            hand_over_tokens,
            hand_over_forgotten,
            ..
        } = &mut *state;
        for ((workspace, _), expires_at) in hand_over_tokens.iter().filter(|(_, expires_at)| now >= **expires_at) {
            let until = hand_over_forgotten.entry(*workspace).or_insert(*expires_at);
            *until = (*until).max(*expires_at);
        }
        state.hand_over_tokens.retain(|_, expires_at| now < *expires_at);
        Ok(u64::try_from(before - state.hand_over_tokens.len()).unwrap_or(u64::MAX))
    }
}
