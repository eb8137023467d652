use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::audit::AuditEntry;
use crate::ids::WorkspaceId;
use crate::own_provider::{MAX_OWN_PROVIDERS, OwnProvider};
use crate::ports::{OwnProviderSaved, PortResult, WorkspaceProviders};
use crate::provider::ProviderId;

impl State {
    /// Names the providers in their workspace, as they are kept.
    fn name_own_providers(&mut self, workspace: WorkspaceId) {
        let theirs = self.own_providers.range((workspace, None)..);
        let theirs = theirs.take_while(|((of, _), _)| *of == workspace);
        let described = theirs.map(|(_, own)| own.description()).collect();
        if let Some(workspace) = self.workspaces.get_mut(&workspace) {
            workspace.own_providers = described;
        }
        self.edition += 1;
    }
}

#[async_trait]
impl WorkspaceProviders for MemoryStore {
    async fn save(&self, provider: OwnProvider, audit: AuditEntry) -> PortResult<OwnProviderSaved> {
        const PLACE: &str = "workspace_providers.save";
        let mut state = self.state(PLACE)?;
        let workspace = provider.workspace;
        if !state.workspaces.contains_key(&workspace) {
            return Ok(OwnProviderSaved::Gone);
        }
        state.admit_audit(&audit, PLACE)?;
        let key = (workspace, Some(provider.draft.id.clone()));
        let kept = state.own_providers.keys().filter(|(of, _)| *of == workspace).count();
        if kept >= MAX_OWN_PROVIDERS && !state.own_providers.contains_key(&key) {
            return Ok(OwnProviderSaved::TooMany);
        }
        state.own_providers.insert(key, provider);
        state.name_own_providers(workspace);
        state.audit.push(audit);
        Ok(OwnProviderSaved::Saved)
    }

    async fn find(&self, workspace: WorkspaceId, provider: &ProviderId) -> PortResult<Option<OwnProvider>> {
        let state = self.state("workspace_providers.find")?;
        Ok(state.own_providers.get(&(workspace, Some(provider.clone()))).cloned())
    }

    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<OwnProvider>> {
        let state = self.state("workspace_providers.list")?;
        let theirs = state.own_providers.values().filter(|own| own.workspace == workspace);
        Ok(theirs.cloned().collect())
    }

    async fn remove(&self, workspace: WorkspaceId, provider: &ProviderId, audit: AuditEntry) -> PortResult<bool> {
        const PLACE: &str = "workspace_providers.remove";
        let mut state = self.state(PLACE)?;
        let key = (workspace, Some(provider.clone()));
        if !state.own_providers.contains_key(&key) {
            return Ok(false);
        }
        state.admit_audit(&audit, PLACE)?;
        state.own_providers.remove(&key);
        state.name_own_providers(workspace);
        state.audit.push(audit);
        Ok(true)
    }
}
