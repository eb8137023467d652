//! Personal portal links.

use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{PortalLinkId, UserId, WorkspaceId};
use doorward_domain::portal_link::PortalLink;
use doorward_domain::ports::{PortResult, PortalLinks};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::TokenDigest;
use doorward_domain::time::Timestamp;
use sea_orm::QueryResult;

use crate::connect::Store;
use crate::fault::{Trouble, Unreadable, fault};
use crate::{raw, records};

const TABLE: &str = "portal_links";

/// How long a link is remembered after its end, so that whoever comes late is told why it does not work.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// The personal portal links.
#[derive(Debug, Clone)]
pub struct SeaPortalLinks {
    store: Store,
}

impl SeaPortalLinks {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl PortalLinks for SeaPortalLinks {
    async fn create(&self, link: PortalLink, audit: AuditEntry) -> PortResult<()> {
        let created = async {
            let (actor_kind, actor_id) = records::actor_columns(&link.created_by);
            let tx = self.store.write_tx().await?;
            raw::execute(
                &tx,
                "INSERT INTO portal_links (workspace_id, id, user_id, digest, return_to, actor_kind, actor_id, created_at, \
                 expires_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                [
                    link.workspace.as_uuid().into(),
                    link.id.as_uuid().into(),
                    link.user.as_uuid().into(),
                    link.digest.as_bytes().to_vec().into(),
                    link.return_to.as_str().into(),
                    actor_kind.into(),
                    actor_id.into(),
                    link.created_at.as_micros().into(),
                    link.expires_at.as_micros().into(),
                    link.revoked_at.map(Timestamp::as_micros).into(),
                ],
            )
            .await?;
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await
        };
        created.await.map_err(fault("portal_links.create"))
    }

    async fn look(&self, workspace: WorkspaceId, token: &TokenDigest) -> PortResult<Option<PortalLink>> {
        let found = async {
            let row = raw::one(
                self.store.reader(),
                "SELECT id, user_id, digest, return_to, actor_kind, actor_id, created_at, expires_at, revoked_at \
                 FROM portal_links WHERE workspace_id = $1 AND digest = $2",
                [workspace.as_uuid().into(), token.as_bytes().to_vec().into()],
            )
            .await?;
            row.map(|row| link(&row, workspace)).transpose()
        };
        found.await.map_err(|trouble: Trouble| trouble.at("portal_links.look"))
    }

    async fn of_person(&self, workspace: WorkspaceId, user: UserId, limit: u32) -> PortResult<Vec<PortalLink>> {
        let found = async {
            let rows = raw::all(
                self.store.reader(),
                "SELECT id, user_id, digest, return_to, actor_kind, actor_id, created_at, expires_at, revoked_at \
                 FROM portal_links WHERE workspace_id = $1 AND user_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3",
                [
                    workspace.as_uuid().into(),
                    user.as_uuid().into(),
                    i64::from(limit).into(),
                ],
            )
            .await?;
            rows.iter().map(|row| link(row, workspace)).collect::<Result<_, _>>()
        };
        found
            .await
            .map_err(|trouble: Trouble| trouble.at("portal_links.of_person"))
    }

    async fn revoke(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: PortalLinkId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let revoked = async {
            let tx = self.store.write_tx().await?;
            let revoked = raw::execute(
                &tx,
                "UPDATE portal_links SET revoked_at = $4 WHERE workspace_id = $1 AND user_id = $2 AND id = $3 \
                 AND revoked_at IS NULL",
                [
                    workspace.as_uuid().into(),
                    user.as_uuid().into(),
                    id.as_uuid().into(),
                    now.as_micros().into(),
                ],
            )
            .await?;
            if revoked == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await?;
            Ok(true)
        };
        revoked.await.map_err(fault("portal_links.revoke"))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        raw::sweep(
            &self.store,
            (TABLE, "workspace_id, id"),
            "expires_at <= $1 OR revoked_at <= $1",
            &[now.minus(REMEMBERED).as_micros().into()],
        )
        .await
        .map_err(fault("portal_links.sweep"))
    }
}

fn link(row: &QueryResult, workspace: WorkspaceId) -> Result<PortalLink, Trouble> {
    let digest: Vec<u8> = row.try_get("", "digest")?;
    let digest: [u8; 32] = digest.try_into().map_err(|_bytes| Unreadable::new(TABLE, "digest"))?;
    let actor_kind: String = row.try_get("", "actor_kind")?;
    let return_to: String = row.try_get("", "return_to")?;
    let revoked_at: Option<i64> = row.try_get("", "revoked_at")?;
    Ok(PortalLink {
        id: PortalLinkId::from_uuid(row.try_get("", "id")?),
        workspace,
        user: UserId::from_uuid(row.try_get("", "user_id")?),
        digest: TokenDigest::from_bytes(digest),
        return_to: ReturnTo::parse(&return_to),
        created_by: records::actor(&actor_kind, row.try_get("", "actor_id")?)
            .ok_or(Unreadable::new(TABLE, "actor_kind"))?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
        revoked_at: revoked_at.map(Timestamp::from_micros),
    })
}
