use async_trait::async_trait;

use super::MemoryStore;
use crate::audit::AuditEntry;
use crate::ids::WorkspaceId;
use crate::ports::{Edition, FirstOwner, PortResult, SchemaState, StoreHealth, WorkspaceCreated, Workspaces};
use crate::settings::SecuritySettings;
use crate::workspace::{Portal, Slug, Workspace};

/// A host name in lower case, without port.
pub(super) fn host_name(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.to_ascii_lowercase()
}

impl MemoryStore {
    /// Puts these rules of the door and this portal in place of those of a workspace, whatever they were.
    pub fn put_settings(&self, id: WorkspaceId, security: SecuritySettings, portal: Portal) {
        let mut state = self.look();
        if let Some(workspace) = state.workspaces.get_mut(&id) {
            workspace.security = security;
            workspace.portal = portal;
            state.edition += 1;
        }
    }
}

#[async_trait]
impl Workspaces for MemoryStore {
    async fn create(
        &self,
        workspace: Workspace,
        owner: Option<FirstOwner>,
        audit: AuditEntry,
    ) -> PortResult<WorkspaceCreated> {
        let mut state = self.state("workspaces.create")?;
        for row in std::iter::once(&audit).chain(owner.as_ref().map(|owner| &owner.audit)) {
            state.admit_audit(row, "workspaces.create")?;
        }
        let hosts: Vec<String> = workspace.hosts.iter().map(|host| host_name(host)).collect();
        let taken = state.workspaces.values().any(|other| {
            other.id == workspace.id
                || other.slug == workspace.slug
                || other.hosts.iter().any(|host| hosts.contains(host))
        });
        if taken {
            return Ok(WorkspaceCreated::Taken);
        }
        state.workspaces.insert(workspace.id, Workspace { hosts, ..workspace });
        state.audit.push(audit);
        if let Some(FirstOwner { person, audit }) = owner {
            state.put_new_user(person);
            state.audit.push(audit);
        }
        Ok(WorkspaceCreated::Created)
    }

    async fn find_by_slug(&self, slug: &Slug) -> PortResult<Option<Workspace>> {
        let state = self.state("workspaces.find_by_slug")?;
        Ok(state
            .workspaces
            .values()
            .find(|workspace| workspace.slug == *slug)
            .cloned())
    }

    async fn find_by_host(&self, host: &str) -> PortResult<Option<Workspace>> {
        let state = self.state("workspaces.find_by_host")?;
        let host = host_name(host);
        Ok(state
            .workspaces
            .values()
            .find(|workspace| workspace.hosts.contains(&host))
            .cloned())
    }

    async fn find(&self, id: WorkspaceId) -> PortResult<Option<Workspace>> {
        Ok(self.state("workspaces.find")?.workspaces.get(&id).cloned())
    }

    async fn list(&self) -> PortResult<Vec<Workspace>> {
        let mut all: Vec<Workspace> = self.state("workspaces.list")?.workspaces.values().cloned().collect();
        all.sort_by(|a, b| a.slug.cmp(&b.slug));
        Ok(all)
    }

    fn edition(&self) -> Option<Edition> {
        let state = self.state("workspaces.edition").ok()?;
        Some(Edition {
            here: state.edition,
            beside: 0,
        })
    }
}

#[async_trait]
impl StoreHealth for MemoryStore {
    async fn schema(&self) -> PortResult<SchemaState> {
        self.state("health.schema").map(|_| SchemaState::Current)
    }
}
