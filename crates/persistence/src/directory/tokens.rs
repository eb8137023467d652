//! Tokens by which directories are synced.

use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::directory::ScimToken;
use doorward_domain::ids::{ScimTokenId, WorkspaceId};
use doorward_domain::ports::{PortResult, ScimTokens};
use doorward_domain::secret::TokenDigest;
use doorward_domain::time::Timestamp;
use sea_orm::{QueryResult, Value};

use super::{scope, scope_values};
use crate::connect::Store;
use crate::fault::{Trouble, Unreadable, fault};
use crate::{raw, records};

const TABLE: &str = "scim_tokens";

/// How far apart two noted uses are at least.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// The tokens.
#[derive(Debug, Clone)]
pub struct SeaScimTokens {
    store: Store,
}

impl SeaScimTokens {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Changes one token and writes the row about it; says whether there was one to change.
    async fn change(
        &self,
        place: &'static str,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
        audit: &AuditEntry,
    ) -> PortResult<bool> {
        let changed = async {
            let tx = self.store.write_tx().await?;
            if raw::execute(&tx, sql, values).await? == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            records::insert_audit(&tx, audit).await?;
            tx.commit().await?;
            Ok(true)
        };
        changed.await.map_err(fault(place))
    }
}

fn token(row: &QueryResult) -> Result<ScimToken, Trouble> {
    let digest: Vec<u8> = row.try_get("", "digest")?;
    let digest = <[u8; 32]>::try_from(digest).map_err(|_length| Unreadable::new(TABLE, "digest"))?;
    let moment = |column: &str| -> Result<Option<Timestamp>, Trouble> {
        Ok(row.try_get::<Option<i64>>("", column)?.map(Timestamp::from_micros))
    };
    Ok(ScimToken {
        id: ScimTokenId::from_uuid(row.try_get("", "id")?),
        workspace: WorkspaceId::from_uuid(row.try_get("", "workspace_id")?),
        name: row.try_get("", "name")?,
        scope: scope(row, TABLE)?,
        digest: TokenDigest::from_bytes(digest),
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        last_used_at: moment("last_used_at")?,
        revoked_at: moment("revoked_at")?,
    })
}

#[async_trait]
impl ScimTokens for SeaScimTokens {
    async fn issue(&self, token: ScimToken, audit: AuditEntry) -> PortResult<()> {
        let ids: [Value; 3] = [
            token.workspace.as_uuid().into(),
            token.id.as_uuid().into(),
            token.name.as_str().into(),
        ];
        let rest: [Value; 4] = [
            token.digest.as_bytes().to_vec().into(),
            token.created_at.as_micros().into(),
            token.last_used_at.map(Timestamp::as_micros).into(),
            token.revoked_at.map(Timestamp::as_micros).into(),
        ];
        self.change(
            "scim_tokens.issue",
            "INSERT INTO scim_tokens (workspace_id, id, name, scope_provider, scope_issuer, scope_tenant, digest, \
             created_at, last_used_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            ids.into_iter().chain(scope_values(token.scope.as_ref())).chain(rest),
            &audit,
        )
        .await
        .map(|_issued| ())
    }

    async fn find(&self, workspace: WorkspaceId, digest: &TokenDigest) -> PortResult<Option<ScimToken>> {
        let found = async {
            let row = raw::one(
                self.store.reader(),
                "SELECT * FROM scim_tokens WHERE workspace_id = $1 AND digest = $2 AND revoked_at IS NULL",
                [workspace.as_uuid().into(), digest.as_bytes().to_vec().into()],
            )
            .await?;
            row.as_ref().map(token).transpose()
        };
        found.await.map_err(|trouble: Trouble| trouble.at("scim_tokens.find"))
    }

    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<ScimToken>> {
        let found = async {
            let rows = raw::all(
                self.store.reader(),
                "SELECT * FROM scim_tokens WHERE workspace_id = $1 ORDER BY created_at, id",
                [workspace.as_uuid().into()],
            )
            .await?;
            rows.iter().map(token).collect::<Result<_, _>>()
        };
        found.await.map_err(|trouble: Trouble| trouble.at("scim_tokens.list"))
    }

    async fn renew(
        &self,
        workspace: WorkspaceId,
        token: ScimTokenId,
        digest: TokenDigest,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        self.change(
            "scim_tokens.renew",
            "UPDATE scim_tokens SET digest = $3, revoked_at = NULL WHERE workspace_id = $1 AND id = $2",
            [
                workspace.as_uuid().into(),
                token.as_uuid().into(),
                digest.as_bytes().to_vec().into(),
            ],
            &audit,
        )
        .await
    }

    async fn revoke(&self, workspace: WorkspaceId, token: ScimTokenId, audit: AuditEntry) -> PortResult<bool> {
        self.change(
            "scim_tokens.revoke",
            "UPDATE scim_tokens SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL",
            [
                workspace.as_uuid().into(),
                token.as_uuid().into(),
                audit.at.as_micros().into(),
            ],
            &audit,
        )
        .await
    }

    async fn note_use(&self, workspace: WorkspaceId, token: ScimTokenId, now: Timestamp) -> PortResult<()> {
        // Looked at before it is written: most uses are not, and a write has to wait for its turn.
        let values = || -> [Value; 3] {
            [
                workspace.as_uuid().into(),
                token.as_uuid().into(),
                now.minus(NOTED_EVERY).as_micros().into(),
            ]
        };
        let noted = async {
            let due = raw::one(
                self.store.reader(),
                "SELECT 1 AS one FROM scim_tokens WHERE workspace_id = $1 AND id = $2 \
                 AND (last_used_at IS NULL OR last_used_at <= $3)",
                values(),
            )
            .await?;
            if due.is_some() {
                raw::write(
                    &self.store,
                    "UPDATE scim_tokens SET last_used_at = $4 WHERE workspace_id = $1 AND id = $2 \
                     AND (last_used_at IS NULL OR last_used_at <= $3)",
                    values().into_iter().chain([now.as_micros().into()]),
                )
                .await?;
            }
            Ok(())
        };
        noted.await.map_err(fault("scim_tokens.note_use"))
    }
}
