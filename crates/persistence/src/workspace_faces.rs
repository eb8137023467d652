//! How workspaces look, and their logos.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::WorkspaceId;
use doorward_domain::picture::Picture;
use doorward_domain::ports::{LookSaved, PortResult, WorkspaceFaces};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::{Portal, Workspace, WorkspaceLook};
use sea_orm::ActiveValue::Set;

use crate::connect::Store;
use crate::entity::workspace_hosts;
use crate::fault::Trouble;
use crate::workspaces::{changing, host_name, json, lock, read};
use crate::{raw, records};

/// How workspaces look.
#[derive(Debug, Clone)]
pub struct SeaWorkspaceFaces {
    store: Store,
}

impl SeaWorkspaceFaces {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn save_once(
        &self,
        workspace: WorkspaceId,
        (seen, look): (&WorkspaceLook, &WorkspaceLook),
        audit: &AuditEntry,
    ) -> Result<LookSaved, Trouble> {
        let tx = self.store.write_tx().await?;
        // From here on nobody else changes it.
        lock(&tx, workspace).await?;
        let found = read(&tx, "WHERE w.workspace_id = $1", Some(workspace.as_uuid().into())).await?;
        let Some(now) = found.first().map(Workspace::look) else {
            tx.rollback().await?;
            return Ok(LookSaved::Gone);
        };
        if now != *seen {
            tx.rollback().await?;
            return Ok(LookSaved::Changed);
        }
        raw::execute(
            &tx,
            "DELETE FROM workspace_hosts WHERE workspace_id = $1",
            [workspace.as_uuid().into()],
        )
        .await?;
        // In alphabetical order, so that two that want the same names cannot wait for each other.
        let mut hosts: Vec<(String, i64)> = look.hosts.iter().map(|host| host_name(host)).zip(0..).collect();
        hosts.sort();
        hosts.dedup_by(|one, other| one.0 == other.0);
        for (host, position) in hosts {
            let row = workspace_hosts::ActiveModel {
                workspace_id: Set(workspace.as_uuid()),
                host: Set(host.clone()),
                position: Set(position),
            };
            if !raw::insert_if_free(&tx, row).await? {
                tx.rollback().await?;
                return Ok(LookSaved::HostTaken(host));
            }
        }
        let portal = Portal {
            logo_at: now.portal.logo_at,
            ..look.portal.clone()
        };
        raw::execute(
            &tx,
            "UPDATE workspaces SET name = $2, portal = $3 WHERE workspace_id = $1",
            [
                workspace.as_uuid().into(),
                look.name.as_str().into(),
                json("portal", &portal)?.into(),
            ],
        )
        .await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(LookSaved::Saved)
    }

    async fn set_logo_once(
        &self,
        workspace: WorkspaceId,
        logo: Option<&Picture>,
        audit: &AuditEntry,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        lock(&tx, workspace).await?;
        let found = read(&tx, "WHERE w.workspace_id = $1", Some(workspace.as_uuid().into())).await?;
        let Some(now) = found.into_iter().next() else {
            tx.rollback().await?;
            return Ok(false);
        };
        match logo {
            Some(logo) => {
                raw::execute(
                    &tx,
                    "INSERT INTO workspace_logos (workspace_id, set_at, png) VALUES ($1, $2, $3) \
                     ON CONFLICT (workspace_id) DO UPDATE SET set_at = excluded.set_at, png = excluded.png",
                    [
                        workspace.as_uuid().into(),
                        logo.set_at.as_micros().into(),
                        logo.png.clone().into(),
                    ],
                )
                .await?
            }
            None => {
                raw::execute(
                    &tx,
                    "DELETE FROM workspace_logos WHERE workspace_id = $1",
                    [workspace.as_uuid().into()],
                )
                .await?
            }
        };
        let portal = Portal {
            logo_at: logo.map(|logo| logo.set_at),
            ..now.portal
        };
        raw::execute(
            &tx,
            "UPDATE workspaces SET portal = $2 WHERE workspace_id = $1",
            [workspace.as_uuid().into(), json("portal", &portal)?.into()],
        )
        .await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn logo_once(&self, workspace: WorkspaceId) -> Result<Option<Picture>, Trouble> {
        let row = raw::one(
            self.store.reader(),
            "SELECT set_at, png FROM workspace_logos WHERE workspace_id = $1",
            [workspace.as_uuid().into()],
        )
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Picture {
            png: row.try_get("", "png")?,
            set_at: Timestamp::from_micros(row.try_get("", "set_at")?),
        }))
    }
}

#[async_trait]
impl WorkspaceFaces for SeaWorkspaceFaces {
    async fn save(
        &self,
        workspace: WorkspaceId,
        seen: WorkspaceLook,
        look: WorkspaceLook,
        audit: AuditEntry,
    ) -> PortResult<LookSaved> {
        let saving = self.save_once(workspace, (&seen, &look), &audit);
        changing(&self.store, "workspace_faces.save", saving).await
    }

    async fn set_logo(&self, workspace: WorkspaceId, logo: Option<Picture>, audit: AuditEntry) -> PortResult<bool> {
        let setting = self.set_logo_once(workspace, logo.as_ref(), &audit);
        changing(&self.store, "workspace_faces.set_logo", setting).await
    }

    async fn logo(&self, workspace: WorkspaceId) -> PortResult<Option<Picture>> {
        self.logo_once(workspace)
            .await
            .map_err(|trouble| trouble.at("workspace_faces.logo"))
    }
}
