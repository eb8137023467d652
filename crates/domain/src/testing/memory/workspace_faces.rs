use async_trait::async_trait;

use super::MemoryStore;
use super::workspaces::host_name;
use crate::audit::AuditEntry;
use crate::ids::WorkspaceId;
use crate::picture::Picture;
use crate::ports::{LookSaved, PortResult, WorkspaceFaces};
use crate::workspace::{Workspace, WorkspaceLook};

#[async_trait]
impl WorkspaceFaces for MemoryStore {
    async fn save(
        &self,
        workspace: WorkspaceId,
        seen: WorkspaceLook,
        look: WorkspaceLook,
        audit: AuditEntry,
    ) -> PortResult<LookSaved> {
        const PLACE: &str = "workspace_faces.save";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let Some(now) = state.workspaces.get(&workspace).map(Workspace::look) else {
            return Ok(LookSaved::Gone);
        };
        if now != seen {
            return Ok(LookSaved::Changed);
        }
        let hosts: Vec<String> = look.hosts.iter().map(|host| host_name(host)).collect();
        let others = state.workspaces.values().filter(|other| other.id != workspace);
        let mut theirs = others.flat_map(|other| other.hosts.iter());
        if let Some(taken) = theirs.find(|host| hosts.contains(host)) {
            return Ok(LookSaved::HostTaken(taken.clone()));
        }
        if let Some(kept) = state.workspaces.get_mut(&workspace) {
            let logo_at = kept.portal.logo_at;
            kept.name = look.name;
            kept.hosts = hosts;
            kept.portal = look.portal;
            kept.portal.logo_at = logo_at;
        }
        state.edition += 1;
        state.audit.push(audit);
        Ok(LookSaved::Saved)
    }

    async fn set_logo(&self, workspace: WorkspaceId, logo: Option<Picture>, audit: AuditEntry) -> PortResult<bool> {
        const PLACE: &str = "workspace_faces.set_logo";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let Some(kept) = state.workspaces.get_mut(&workspace) else {
            return Ok(false);
        };
        kept.portal.logo_at = logo.as_ref().map(|logo| logo.set_at);
        match logo {
            Some(logo) => state.logos.insert(workspace, logo),
            None => state.logos.remove(&workspace),
        };
        state.edition += 1;
        state.audit.push(audit);
        Ok(true)
    }

    async fn logo(&self, workspace: WorkspaceId) -> PortResult<Option<Picture>> {
        Ok(self.state("workspace_faces.logo")?.logos.get(&workspace).cloned())
    }
}
