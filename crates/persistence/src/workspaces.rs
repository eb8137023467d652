//! Workspaces.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::{Edition, FaultKind, FirstOwner, PortError, PortResult, WorkspaceCreated, Workspaces};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::{Slug, Workspace};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use serde::Serialize;

use crate::connect::Store;
use crate::entity::{workspace_hosts, workspaces};
use crate::fault::{Trouble, Unreadable};
use crate::{door_settings, raw, records, users};

/// Workspaces with their host names, one row a name. What follows it says which.
const WORKSPACES: &str = "SELECT w.workspace_id, w.slug, w.name, w.portal, w.security, w.own_providers, w.provisional, w.created_at, h.host \
     FROM workspaces w LEFT JOIN workspace_hosts h ON h.workspace_id = w.workspace_id";
const IN_ORDER: &str = "ORDER BY w.workspace_id, h.position";

/// The workspaces.
#[derive(Debug, Clone)]
pub struct SeaWorkspaces {
    store: Store,
}

impl SeaWorkspaces {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn create_in_transaction(
        &self,
        workspace: &Workspace,
        owner: Option<&FirstOwner>,
        audit: &AuditEntry,
    ) -> Result<WorkspaceCreated, Trouble> {
        let tx = self.store.write_tx().await?;
        let row = workspaces::ActiveModel {
            workspace_id: Set(workspace.id.as_uuid()),
            slug: Set(workspace.slug.as_str().to_owned()),
            name: Set(workspace.name.clone()),
            portal: Set(json("portal", &workspace.portal)?),
            security: Set(json("security", &workspace.security)?),
            created_at: Set(workspace.created_at.as_micros()),
        };
        let mut free = raw::insert_if_free(&tx, row).await?;
        // In alphabetical order, so that two that want the same names cannot wait for each other.
        let mut hosts: Vec<(String, i64)> = workspace.hosts.iter().map(|host| host_name(host)).zip(0..).collect();
        hosts.sort();
        hosts.dedup_by(|one, other| one.0 == other.0);
        for (host, position) in hosts {
            let row = workspace_hosts::ActiveModel {
                workspace_id: Set(workspace.id.as_uuid()),
                host: Set(host),
                position: Set(position),
            };
            free = free && raw::insert_if_free(&tx, row).await?;
        }
        if !free {
            tx.rollback().await?;
            return Ok(WorkspaceCreated::Taken);
        }
        records::insert_audit(&tx, audit).await?;
        if let Some(owner) = owner {
            // Nobody else is there whose address it could be.
            if !users::insert_new(&tx, self.store.keys(), &owner.person).await? {
                return Err(PortError::bare(FaultKind::Misuse, "workspaces.create").into());
            }
            records::insert_audit(&tx, &owner.audit).await?;
        }
        tx.commit().await?;
        Ok(WorkspaceCreated::Created)
    }

    async fn read(&self, condition: &str, value: Option<Value>) -> Result<Vec<Workspace>, Trouble> {
        read(self.store.reader(), condition, value).await
    }

    async fn read_one(
        &self,
        place: &'static str,
        condition: &str,
        value: impl Into<Value>,
    ) -> PortResult<Option<Workspace>> {
        let found = self.read(condition, Some(value.into())).await;
        found
            .map(|all| all.into_iter().next())
            .map_err(|trouble| trouble.at(place))
    }
}

/// The workspaces that meet a condition.
pub(crate) async fn read(
    on: &impl ConnectionTrait,
    condition: &str,
    value: Option<Value>,
) -> Result<Vec<Workspace>, Trouble> {
    let sql = format!("{WORKSPACES} {condition} {IN_ORDER}");
    let mut found: Vec<Workspace> = Vec::new();
    for row in raw::all(on, &sql, value).await? {
        let id = WorkspaceId::from_uuid(row.try_get("", "workspace_id")?);
        if found.last().is_none_or(|last| last.id != id) {
            found.push(workspace(&row, id)?);
        }
        if let (Some(last), Some(host)) = (found.last_mut(), row.try_get("", "host")?) {
            last.hosts.push(host);
        }
    }
    Ok(found)
}

/// Lets one transaction at a time change this workspace, on PostgreSQL too; says whether there is one.
pub(crate) async fn lock(tx: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<bool, Trouble> {
    let sql = match tx.get_database_backend() {
        DbBackend::Postgres => "SELECT 1 AS one FROM workspaces WHERE workspace_id = $1 FOR NO KEY UPDATE",
        _ => "SELECT 1 AS one FROM workspaces WHERE workspace_id = $1",
    };
    Ok(raw::one(tx, sql, [workspace.as_uuid().into()]).await?.is_some())
}

/// Does what changes a workspace, in the bracket that a server looks at before it trusts what it has in memory.
pub(crate) async fn changing<T>(
    store: &Store,
    place: &'static str,
    work: impl Future<Output = Result<T, Trouble>>,
) -> PortResult<T> {
    let announcement = store.changes().begin(place).await?;
    let done = work.await;
    // Also where it failed: it may have been committed and only the answer was lost.
    store.changes().workspace_changed();
    if done.is_ok() {
        announcement.finish();
    }
    done.map_err(|trouble| trouble.at(place))
}

fn workspace(row: &QueryResult, id: WorkspaceId) -> Result<Workspace, Trouble> {
    const TABLE: &str = "workspaces";
    let text = |column: &str| row.try_get::<String>("", column);
    Ok(Workspace {
        id,
        slug: Slug::parse(&text("slug")?).map_err(|_refused| Unreadable::new(TABLE, "slug"))?,
        name: text("name")?,
        hosts: Vec::new(),
        portal: serde_json::from_str(&text("portal")?).map_err(|_json| Unreadable::new(TABLE, "portal"))?,
        security: serde_json::from_str(&text("security")?).map_err(|_json| Unreadable::new(TABLE, "security"))?,
        own_providers: serde_json::from_str(&text("own_providers")?)
            .map_err(|_json| Unreadable::new(TABLE, "own_providers"))?,
        provisional: door_settings::provisional(row)?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}

pub(crate) fn json(column: &'static str, value: &impl Serialize) -> Result<String, Unreadable> {
    serde_json::to_string(value).map_err(|_never| Unreadable::new("workspaces", column))
}

/// A host name as it is compared: in lower case, without port.
pub(crate) fn host_name(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    name.unwrap_or_default().to_ascii_lowercase()
}

#[async_trait]
impl Workspaces for SeaWorkspaces {
    async fn create(
        &self,
        workspace: Workspace,
        owner: Option<FirstOwner>,
        audit: AuditEntry,
    ) -> PortResult<WorkspaceCreated> {
        self.create_in_transaction(&workspace, owner.as_ref(), &audit)
            .await
            .map_err(|trouble| trouble.at("workspaces.create"))
    }

    async fn find_by_slug(&self, slug: &Slug) -> PortResult<Option<Workspace>> {
        self.read_one("workspaces.find_by_slug", "WHERE w.slug = $1", slug.as_str())
            .await
    }

    async fn find_by_host(&self, host: &str) -> PortResult<Option<Workspace>> {
        let host = host_name(host);
        // PostgreSQL takes no NUL in a text, and no host name has one.
        if host.contains('\0') {
            return Ok(None);
        }
        let condition = "WHERE w.workspace_id = (SELECT workspace_id FROM workspace_hosts WHERE host = $1)";
        self.read_one("workspaces.find_by_host", condition, host).await
    }

    async fn find(&self, id: WorkspaceId) -> PortResult<Option<Workspace>> {
        self.read_one("workspaces.find", "WHERE w.workspace_id = $1", id.as_uuid())
            .await
    }

    async fn list(&self) -> PortResult<Vec<Workspace>> {
        let mut all = self
            .read("", None)
            .await
            .map_err(|trouble| trouble.at("workspaces.list"))?;
        // Here rather than in the database, whose order of texts depends on how it was set up.
        all.sort_by(|one, other| one.slug.cmp(&other.slug));
        Ok(all)
    }

    fn edition(&self) -> Option<Edition> {
        self.store.changes().edition()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_in_lower_case_and_without_port() {
        assert_eq!(host_name("Help.Example.COM:8443"), "help.example.com");
        assert_eq!(host_name("[::1]:80"), "::1");
        assert_eq!(host_name(""), "");
    }
}
