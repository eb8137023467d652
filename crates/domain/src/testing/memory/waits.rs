use async_trait::async_trait;

use super::MemoryStore;
use crate::audit::AuditEntry;
use crate::ids::WorkspaceId;
use crate::ports::{PortResult, Waits};
use crate::throttle::{Counter, ThrottleKey};

fn is_meant(keys: &[ThrottleKey], kept: &ThrottleKey) -> bool {
    keys.iter().any(|key| kept == key || kept.is_of_a_browser_under(key))
}

#[async_trait]
impl Waits for MemoryStore {
    async fn counters(
        &self,
        workspace: WorkspaceId,
        keys: Vec<ThrottleKey>,
    ) -> PortResult<Vec<(ThrottleKey, Counter)>> {
        let state = self.state("waits.counters")?;
        let mut found: Vec<(ThrottleKey, Counter)> = state
            .counters
            .iter()
            .filter(|((of, key), _)| *of == workspace && is_meant(&keys, key))
            .map(|((_, key), kept)| (key.clone(), kept.counter))
            .collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(found)
    }

    async fn forget(&self, workspace: WorkspaceId, keys: Vec<ThrottleKey>, audit: AuditEntry) -> PortResult<u64> {
        const PLACE: &str = "waits.forget";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let before = state.counters.len();
        state
            .counters
            .retain(|(of, key), _| *of != workspace || !is_meant(&keys, key));
        state.audit.push(audit);
        Ok(u64::try_from(before - state.counters.len()).unwrap_or(u64::MAX))
    }
}
