//! Removing what was kept for as long as a workspace wished.

use async_trait::async_trait;
use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::{PortResult, Retention};
use doorward_domain::time::Timestamp;
use sea_orm::{DbBackend, DbErr};

use crate::connect::Store;
use crate::fault::fault;
use crate::raw;

/// Removes receipts and mails.
#[derive(Debug, Clone)]
pub struct SeaRetention {
    store: Store,
}

impl SeaRetention {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn remove(
        &self,
        (table, condition): (&'static str, &'static str),
        workspace: WorkspaceId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, DbErr> {
        // Nodes at it at the same time take different rows rather than wait for each other.
        let skip = match self.store.backend() {
            DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
            _ => "",
        };
        // Materialised, else PostgreSQL may choose anew for each row and take more than the limit. The condition stands twice: a
        // row that was chosen and then changed is judged anew as it is then.
        let sql = format!(
            "WITH old AS MATERIALIZED (SELECT id FROM {table} WHERE workspace_id = $1 AND {condition} LIMIT $3{skip}) \
             DELETE FROM {table} WHERE workspace_id = $1 AND {condition} AND id IN (SELECT id FROM old)"
        );
        raw::write(
            &self.store,
            &sql,
            [
                workspace.as_uuid().into(),
                before.as_micros().into(),
                i64::from(limit).into(),
            ],
        )
        .await
    }
}

#[async_trait]
impl Retention for SeaRetention {
    async fn remove_receipts(&self, workspace: WorkspaceId, before: Timestamp, limit: u32) -> PortResult<u64> {
        self.remove(("receipts", "at < $2"), workspace, before, limit)
            .await
            .map_err(fault("retention.remove_receipts"))
    }

    async fn remove_mails(&self, workspace: WorkspaceId, before: Timestamp, limit: u32) -> PortResult<u64> {
        let which = ("outbox", "created_at < $2 AND state <> 'queued'");
        self.remove(which, workspace, before, limit)
            .await
            .map_err(fault("retention.remove_mails"))
    }
}
