//! Counters, as those see them who answer for the people behind them.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::{PortResult, Waits};
use doorward_domain::throttle::{Counter, ThrottleKey};
use sea_orm::{DbBackend, DbErr, Value};

use crate::connect::Store;
use crate::fault::fault;
use crate::throttle::counter;
use crate::{raw, records};

/// Reads and forgets counters.
#[derive(Debug, Clone)]
pub struct SeaWaits {
    store: Store,
}

impl SeaWaits {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The rows of a key and of the browsers under it: `$1` workspace, `$2` key, `$3` and `$4` the bounds of the browsers,
    /// in the order of bytes, which PostgreSQL has to be told.
    fn of_key(&self) -> &'static str {
        match self.store.backend() {
            DbBackend::Postgres => {
                "workspace_id = $1 AND (key = $2 OR (key COLLATE \"C\" >= $3 AND key COLLATE \"C\" < $4))"
            }
            _ => "workspace_id = $1 AND (key = $2 OR (key >= $3 AND key < $4))",
        }
    }
}

fn values(workspace: WorkspaceId, key: &ThrottleKey) -> [Value; 4] {
    let (from, to) = key.browsers();
    [workspace.as_uuid().into(), key.as_str().into(), from.into(), to.into()]
}

#[async_trait]
impl Waits for SeaWaits {
    async fn counters(
        &self,
        workspace: WorkspaceId,
        keys: Vec<ThrottleKey>,
    ) -> PortResult<Vec<(ThrottleKey, Counter)>> {
        let sql = format!(
            "SELECT key, count, in_a_row, window_ends_at, blocked_until FROM throttle_counters WHERE {}",
            self.of_key()
        );
        let found = async {
            let mut found = Vec::new();
            for key in &keys {
                for row in raw::all(self.store.reader(), &sql, values(workspace, key)).await? {
                    let key = ThrottleKey::from_stored(row.try_get("", "key")?);
                    found.push((key, counter(&row)?));
                }
            }
            Ok::<_, DbErr>(found)
        };
        found.await.map_err(fault("waits.counters"))
    }

    async fn forget(&self, workspace: WorkspaceId, keys: Vec<ThrottleKey>, audit: AuditEntry) -> PortResult<u64> {
        let sql = format!("DELETE FROM throttle_counters WHERE {}", self.of_key());
        let forgotten = async {
            let tx = self.store.write_tx().await?;
            let mut forgotten = 0;
            for key in &keys {
                forgotten += raw::execute(&tx, &sql, values(workspace, key)).await?;
            }
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await?;
            Ok::<_, DbErr>(forgotten)
        };
        forgotten.await.map_err(fault("waits.forget"))
    }
}
