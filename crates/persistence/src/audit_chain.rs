//! The chain that seals the audit log.

use async_trait::async_trait;
use doorward_domain::audit_chain::{AuditColumns, ChainHead, Seal, SealedRow};
use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::{AuditChain, FaultKind, PortError, PortResult, Unsealed};
use doorward_domain::time::Timestamp;
use sea_orm::{DbBackend, DbErr, FromQueryResult as _, QueryResult};
use uuid::Uuid;

use crate::connect::{Store, WriteTx};
use crate::entity::audit;
use crate::fault::{Trouble, Unreadable, fault};
use crate::raw;

const CHAINS: &str = "audit_chains";

/// Seals the audit log.
#[derive(Debug, Clone)]
pub struct SeaAuditChain {
    store: Store,
}

impl SeaAuditChain {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Holds the chain of a workspace until the transaction ends: nobody else seals or cuts it meanwhile. `None` where
    /// another node holds it.
    async fn hold(&self, tx: &WriteTx, workspace: WorkspaceId) -> Result<Option<ChainHead>, Trouble> {
        let lock = match self.store.backend() {
            DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
            // There is one writer at a time.
            _ => "",
        };
        let sql = format!("SELECT * FROM audit_chains WHERE workspace_id = $1{lock}");
        let row = raw::one(tx, &sql, [workspace.as_uuid().into()]).await?;
        row.map(|row| head(&row)).transpose()
    }

    async fn seal_once(&self, workspace: WorkspaceId, limit: u32, now: Timestamp) -> Result<u32, Trouble> {
        let tx = self.store.write_tx().await?;
        raw::execute(
            &tx,
            "INSERT INTO audit_chains (workspace_id, seq, hash, sealed_at, pruned_seq, pruned_hash) \
             VALUES ($1, 0, $2, $3, 0, $2) ON CONFLICT DO NOTHING",
            [
                workspace.as_uuid().into(),
                Seal::BEGINNING.hash.to_vec().into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        let Some(head) = self.hold(&tx, workspace).await? else {
            tx.rollback().await?;
            return Ok(0);
        };
        let rows = raw::all(
            &tx,
            "SELECT * FROM audit WHERE workspace_id = $1 AND seq IS NULL ORDER BY at, id LIMIT $2",
            [workspace.as_uuid().into(), i64::from(limit).into()],
        )
        .await?;
        let mut last = head.sealed;
        for row in &rows {
            let row = columns(audit::Model::from_query_result(row, "")?);
            let seal = row.sealed_after(&last);
            raw::execute(
                &tx,
                "UPDATE audit SET seq = $3, prev_hash = $4, hash = $5 WHERE workspace_id = $1 AND id = $2",
                [
                    workspace.as_uuid().into(),
                    row.id.into(),
                    number(seal.seq)?.into(),
                    last.hash.to_vec().into(),
                    seal.hash.to_vec().into(),
                ],
            )
            .await?;
            last = seal;
        }
        if rows.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        raw::execute(
            &tx,
            "UPDATE audit_chains SET seq = $2, hash = $3, sealed_at = $4 WHERE workspace_id = $1",
            [
                workspace.as_uuid().into(),
                number(last.seq)?.into(),
                last.hash.to_vec().into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        tx.commit().await?;
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }

    async fn prune_once(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        limit: u32,
        now: Timestamp,
    ) -> Result<(u32, Option<Seal>), Trouble> {
        let tx = self.store.write_tx().await?;
        let Some(head) = self.hold(&tx, workspace).await? else {
            tx.rollback().await?;
            return Ok((0, None));
        };
        let rows = raw::all(
            &tx,
            "SELECT seq, hash, at FROM audit WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            [
                workspace.as_uuid().into(),
                number(head.pruned.seq)?.into(),
                i64::from(limit).into(),
            ],
        )
        .await?;
        let mut gone = 0_u32;
        let mut last = head.pruned;
        for row in &rows {
            let at: i64 = row.try_get("", "at")?;
            if at >= before.as_micros() {
                break;
            }
            last = seal(row, "audit", "seq", "hash")?;
            gone += 1;
        }
        if gone == 0 {
            tx.rollback().await?;
            return Ok((0, Some(head.pruned)));
        }
        raw::execute(
            &tx,
            "DELETE FROM audit WHERE workspace_id = $1 AND seq > $2 AND seq <= $3",
            [
                workspace.as_uuid().into(),
                number(head.pruned.seq)?.into(),
                number(last.seq)?.into(),
            ],
        )
        .await?;
        raw::execute(
            &tx,
            "UPDATE audit_chains SET pruned_seq = $2, pruned_hash = $3, pruned_at = $4 WHERE workspace_id = $1",
            [
                workspace.as_uuid().into(),
                number(last.seq)?.into(),
                last.hash.to_vec().into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        tx.commit().await?;
        Ok((gone, Some(last)))
    }
}

fn number(seq: u64) -> Result<i64, Unreadable> {
    i64::try_from(seq).map_err(|_range| Unreadable::new(CHAINS, "seq"))
}

fn digest(bytes: Vec<u8>, table: &'static str, column: &'static str) -> Result<[u8; 32], Unreadable> {
    <[u8; 32]>::try_from(bytes).map_err(|_length| Unreadable::new(table, column))
}

fn seal(row: &QueryResult, table: &'static str, seq: &'static str, hash: &'static str) -> Result<Seal, Trouble> {
    let number: i64 = row.try_get("", seq)?;
    Ok(Seal {
        seq: u64::try_from(number).map_err(|_range| Unreadable::new(table, seq))?,
        hash: digest(row.try_get("", hash)?, table, hash)?,
    })
}

fn head(row: &QueryResult) -> Result<ChainHead, Trouble> {
    Ok(ChainHead {
        sealed: seal(row, CHAINS, "seq", "hash")?,
        sealed_at: row.try_get("", "sealed_at")?,
        pruned: seal(row, CHAINS, "pruned_seq", "pruned_hash")?,
    })
}

fn columns(row: audit::Model) -> AuditColumns {
    AuditColumns {
        id: row.id,
        workspace: row.workspace_id,
        at: row.at,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id,
        subject_id: row.subject_id,
        action: row.action,
        outcome: row.outcome,
        client_address: row.client_address,
        user_agent: row.user_agent,
        request_id: row.request_id,
        detail: row.detail,
    }
}

/// A row with the seal beside it. A seal that is no digest at all does not fit, and is found by whoever checks.
fn sealed(row: &QueryResult) -> Result<SealedRow, DbErr> {
    let row = audit::Model::from_query_result(row, "")?;
    let bytes = |hash: &Option<Vec<u8>>| hash.clone().and_then(|hash| hash.try_into().ok()).unwrap_or([0; 32]);
    Ok(SealedRow {
        seal: Seal {
            seq: row.seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0),
            hash: bytes(&row.hash),
        },
        previous: bytes(&row.prev_hash),
        row: columns(row),
    })
}

#[async_trait]
impl AuditChain for SeaAuditChain {
    async fn waiting(&self) -> PortResult<Vec<WorkspaceId>> {
        const PLACE: &str = "audit_chain.waiting";
        let rows = raw::all(
            self.store.reader(),
            "SELECT DISTINCT workspace_id FROM audit WHERE seq IS NULL",
            [],
        )
        .await
        .map_err(fault(PLACE))?;
        let ids: Result<Vec<Uuid>, DbErr> = rows.iter().map(|row| row.try_get("", "workspace_id")).collect();
        Ok(ids
            .map_err(fault(PLACE))?
            .into_iter()
            .map(WorkspaceId::from_uuid)
            .collect())
    }

    async fn seal(&self, workspace: WorkspaceId, limit: u32, now: Timestamp) -> PortResult<u32> {
        self.seal_once(workspace, limit, now)
            .await
            .map_err(|trouble| trouble.at("audit_chain.seal"))
    }

    async fn head(&self, workspace: WorkspaceId) -> PortResult<Option<ChainHead>> {
        let found = async {
            let sql = "SELECT * FROM audit_chains WHERE workspace_id = $1";
            let row = raw::one(self.store.reader(), sql, [workspace.as_uuid().into()]).await?;
            row.map(|row| head(&row)).transpose()
        };
        found.await.map_err(|trouble: Trouble| trouble.at("audit_chain.head"))
    }

    async fn sealed_after(&self, workspace: WorkspaceId, seq: u64, limit: u32) -> PortResult<Vec<SealedRow>> {
        const PLACE: &str = "audit_chain.sealed_after";
        let rows = raw::all(
            self.store.reader(),
            "SELECT * FROM audit WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            [
                workspace.as_uuid().into(),
                number(seq).map_err(|error| error.at(PLACE))?.into(),
                i64::from(limit).into(),
            ],
        )
        .await
        .map_err(fault(PLACE))?;
        let rows: Result<Vec<SealedRow>, DbErr> = rows.iter().map(sealed).collect();
        rows.map_err(fault(PLACE))
    }

    async fn unsealed(&self) -> PortResult<Unsealed> {
        const PLACE: &str = "audit_chain.unsealed";
        let row = raw::one(
            self.store.reader(),
            "SELECT COUNT(*) AS waiting, MIN(at) AS oldest FROM audit WHERE seq IS NULL",
            [],
        )
        .await
        .map_err(fault(PLACE))?
        .ok_or_else(|| PortError::bare(FaultKind::Corrupt, PLACE))?;
        let waiting: i64 = row.try_get("", "waiting").map_err(fault(PLACE))?;
        let oldest: Option<i64> = row.try_get("", "oldest").map_err(fault(PLACE))?;
        Ok(Unsealed {
            rows: u64::try_from(waiting).unwrap_or(0),
            oldest: oldest.map(Timestamp::from_micros),
        })
    }

    async fn prune(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        limit: u32,
        now: Timestamp,
    ) -> PortResult<(u32, Option<Seal>)> {
        self.prune_once(workspace, before, limit, now)
            .await
            .map_err(|trouble| trouble.at("audit_chain.prune"))
    }
}
