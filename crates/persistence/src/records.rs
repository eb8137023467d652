//! Receipts, the audit log, and keys of portal applications.

use std::net::IpAddr;

use async_trait::async_trait;
use doorward_domain::api_key::{ApiKey, Scope, day_of};
use doorward_domain::audit::{Actor, AuditAction, AuditEntry};
use doorward_domain::client::Client;
use doorward_domain::email_address::EmailKey;
use doorward_domain::ids::{ApiKeyId, AuditId, ReceiptId, RequestId, ScimTokenId, UserId, WorkspaceId};
use doorward_domain::mail::NewMail;
use doorward_domain::ports::{ApiKeys, Audit, PortResult, Receipts};
use doorward_domain::secret::{HelpCode, TokenDigest};
use doorward_domain::sign_in::Receipt;
use doorward_domain::time::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::connect::Store;
use crate::entity::{api_keys, audit, receipts};
use crate::fault::{Trouble, Unreadable, fault};
use crate::outbox::insert_mails;
use crate::raw;

/// Kind and id of an actor, as columns hold them.
pub(crate) const fn actor_columns(actor: &Actor) -> (&'static str, Option<Uuid>) {
    actor.columns()
}

/// The actor of such columns; `None` if they are of none.
pub(crate) fn actor(kind: &str, id: Option<Uuid>) -> Option<Actor> {
    match (kind, id) {
        ("anonymous", None) => Some(Actor::Anonymous),
        ("user", Some(id)) => Some(Actor::User(UserId::from_uuid(id))),
        ("api-key", Some(id)) => Some(Actor::ApiKey(ApiKeyId::from_uuid(id))),
        ("scim-token", Some(id)) => Some(Actor::ScimToken(ScimTokenId::from_uuid(id))),
        ("operator", None) => Some(Actor::Operator),
        ("server", None) => Some(Actor::Server),
        _ => None,
    }
}

/// Appends a row to the audit log, inside the transaction of the change that it tells of (R101).
pub(crate) async fn insert_audit(tx: &impl ConnectionTrait, entry: &AuditEntry) -> Result<(), DbErr> {
    let (actor_kind, actor_id) = actor_columns(&entry.actor);
    let client = entry.client.as_ref();
    let row = audit::ActiveModel {
        workspace_id: Set(entry.workspace.as_uuid()),
        id: Set(entry.id.as_uuid()),
        at: Set(entry.at.as_micros()),
        actor_kind: Set(actor_kind.to_owned()),
        actor_id: Set(actor_id),
        subject_id: Set(entry.subject.map(UserId::as_uuid)),
        action: Set(entry.action.as_str().to_owned()),
        outcome: Set(entry.outcome.clone()),
        client_address: Set(client.map(|client| client.address.to_string())),
        user_agent: Set(client.map(|client| client.user_agent.clone())),
        request_id: Set(client.map(|client| client.request.as_uuid())),
        detail: Set(entry.detail.clone()),
        seq: Set(None),
        prev_hash: Set(None),
        hash: Set(None),
    };
    audit::Entity::insert(row)
        .exec_without_returning(tx)
        .await
        .map(|_rows| ())
}

/// Stores a receipt, inside the transaction of what it tells of.
pub(crate) async fn insert_receipt(tx: &impl ConnectionTrait, receipt: &Receipt) -> Result<(), DbErr> {
    let json = |error: serde_json::Error| DbErr::Json(error.to_string());
    let row = receipts::ActiveModel {
        workspace_id: Set(receipt.workspace.as_uuid()),
        id: Set(receipt.id.as_uuid()),
        help_code: Set(receipt.help_code.as_str().to_owned()),
        at: Set(receipt.at.as_micros()),
        attempt: Set(receipt.attempt.clone()),
        address_key: Set(receipt.address.as_ref().map(|key| key.as_str().to_owned())),
        user_id: Set(receipt.user.map(UserId::as_uuid)),
        client_address: Set(receipt.client.address.to_string()),
        user_agent: Set(receipt.client.user_agent.clone()),
        request_id: Set(receipt.client.request.as_uuid()),
        outcome: Set(serde_json::to_string(&receipt.outcome).map_err(json)?),
        findings: Set(serde_json::to_string(&receipt.findings).map_err(json)?),
    };
    receipts::Entity::insert(row)
        .exec_without_returning(tx)
        .await
        .map(|_rows| ())
}

pub(crate) fn client(
    table: &'static str,
    address: &str,
    user_agent: String,
    request: Uuid,
) -> Result<Client, Unreadable> {
    Ok(Client {
        address: address
            .parse::<IpAddr>()
            .map_err(|_address| Unreadable::new(table, "client_address"))?,
        user_agent,
        request: RequestId::from_uuid(request),
    })
}

fn receipt(row: receipts::Model) -> Result<Receipt, Unreadable> {
    const TABLE: &str = "receipts";
    Ok(Receipt {
        id: ReceiptId::from_uuid(row.id),
        help_code: HelpCode::parse(&row.help_code).ok_or(Unreadable::new(TABLE, "help_code"))?,
        workspace: WorkspaceId::from_uuid(row.workspace_id),
        at: Timestamp::from_micros(row.at),
        attempt: row.attempt,
        address: row.address_key.map(EmailKey::from_stored),
        user: row.user_id.map(UserId::from_uuid),
        client: client(TABLE, &row.client_address, row.user_agent, row.request_id)?,
        outcome: serde_json::from_str(&row.outcome).map_err(|_json| Unreadable::new(TABLE, "outcome"))?,
        findings: serde_json::from_str(&row.findings).map_err(|_json| Unreadable::new(TABLE, "findings"))?,
    })
}

pub(crate) fn audit_entry(row: audit::Model) -> Result<AuditEntry, Unreadable> {
    const TABLE: &str = "audit";
    let actor = actor(&row.actor_kind, row.actor_id).ok_or(Unreadable::new(TABLE, "actor_kind"))?;
    let client = match (row.client_address, row.user_agent, row.request_id) {
        (Some(address), Some(user_agent), Some(request)) => Some(client(TABLE, &address, user_agent, request)?),
        _ => None,
    };
    Ok(AuditEntry {
        id: AuditId::from_uuid(row.id),
        at: Timestamp::from_micros(row.at),
        workspace: WorkspaceId::from_uuid(row.workspace_id),
        actor,
        subject: row.subject_id.map(UserId::from_uuid),
        action: action(row.action)?,
        outcome: row.outcome,
        client,
        detail: row.detail,
    })
}

/// The stable names are those that the type is serialised by.
fn action(name: String) -> Result<AuditAction, Unreadable> {
    serde_json::from_value(serde_json::Value::String(name)).map_err(|_name| Unreadable::new("audit", "action"))
}

/// The receipts.
#[derive(Debug, Clone)]
pub struct SeaReceipts {
    store: Store,
}

impl SeaReceipts {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Receipts for SeaReceipts {
    async fn record(&self, receipt: Receipt, audit: AuditEntry) -> PortResult<()> {
        let recorded = async {
            let tx = self.store.write_tx().await?;
            insert_receipt(&tx, &receipt).await?;
            insert_audit(&tx, &audit).await?;
            tx.commit().await
        };
        recorded.await.map_err(fault("receipts.record"))
    }

    async fn find_by_help_code(&self, workspace: WorkspaceId, code: &HelpCode) -> PortResult<Option<Receipt>> {
        let found = async {
            let row = receipts::Entity::find()
                .filter(receipts::Column::WorkspaceId.eq(workspace.as_uuid()))
                .filter(receipts::Column::HelpCode.eq(code.as_str()))
                .order_by_desc(receipts::Column::At)
                .order_by_desc(receipts::Column::Id)
                .limit(1)
                .one(self.store.reader())
                .await?;
            Ok(row.map(receipt).transpose()?)
        };
        found
            .await
            .map_err(|trouble: Trouble| trouble.at("receipts.find_by_help_code"))
    }

    async fn last_of(&self, workspace: WorkspaceId, address: &EmailKey, limit: u32) -> PortResult<Vec<Receipt>> {
        let found = async {
            let rows = receipts::Entity::find()
                .filter(receipts::Column::WorkspaceId.eq(workspace.as_uuid()))
                .filter(receipts::Column::AddressKey.eq(address.as_str()))
                .order_by_desc(receipts::Column::At)
                .order_by_desc(receipts::Column::Id)
                .limit(u64::from(limit))
                .all(self.store.reader())
                .await?;
            Ok(rows.into_iter().map(receipt).collect::<Result<_, _>>()?)
        };
        found.await.map_err(|trouble: Trouble| trouble.at("receipts.last_of"))
    }
}

/// The audit log.
#[derive(Debug, Clone)]
pub struct SeaAudit {
    store: Store,
}

impl SeaAudit {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Audit for SeaAudit {
    async fn append(&self, entry: AuditEntry) -> PortResult<()> {
        let appended = async {
            let tx = self.store.write_tx().await?;
            insert_audit(&tx, &entry).await?;
            tx.commit().await
        };
        appended.await.map_err(fault("audit.append"))
    }

    async fn announce(&self, entry: AuditEntry, mails: Vec<NewMail>) -> PortResult<()> {
        let announced = async {
            let tx = self.store.write_tx().await?;
            insert_audit(&tx, &entry).await?;
            insert_mails(&tx, self.store.keys(), &mails).await?;
            tx.commit().await?;
            Ok(())
        };
        announced.await.map_err(|trouble: Trouble| trouble.at("audit.announce"))
    }

    async fn last(&self, workspace: WorkspaceId, limit: u32) -> PortResult<Vec<AuditEntry>> {
        let found = async {
            let rows = audit::Entity::find()
                .filter(audit::Column::WorkspaceId.eq(workspace.as_uuid()))
                .order_by_desc(audit::Column::At)
                .order_by_desc(audit::Column::Id)
                .limit(u64::from(limit))
                .all(self.store.reader())
                .await?;
            Ok(rows.into_iter().map(audit_entry).collect::<Result<_, _>>()?)
        };
        found.await.map_err(|trouble: Trouble| trouble.at("audit.last"))
    }
}

/// The keys of portal applications.
#[derive(Debug, Clone)]
pub struct SeaApiKeys {
    store: Store,
}

impl SeaApiKeys {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl ApiKeys for SeaApiKeys {
    async fn create(&self, key: ApiKey, audit: AuditEntry) -> PortResult<()> {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let (actor_kind, actor_id) = actor_columns(&key.created_by);
        let row = api_keys::ActiveModel {
            workspace_id: Set(key.workspace.as_uuid()),
            id: Set(key.id.as_uuid()),
            digest: Set(key.digest.as_bytes().to_vec()),
            scopes: Set(scopes.join(" ")),
            created_at: Set(key.created_at.as_micros()),
            revoked_at: Set(key.revoked_at.map(Timestamp::as_micros)),
            name: Set(key.name),
            last_four: Set(key.last_four),
            actor_kind: Set(actor_kind.to_owned()),
            actor_id: Set(actor_id),
            last_used_at: Set(key.last_used_at.map(Timestamp::as_micros)),
        };
        let created = async {
            let tx = self.store.write_tx().await?;
            api_keys::Entity::insert(row).exec_without_returning(&tx).await?;
            insert_audit(&tx, &audit).await?;
            tx.commit().await
        };
        created.await.map_err(fault("api_keys.create"))
    }

    async fn find(&self, workspace: WorkspaceId, digest: &TokenDigest) -> PortResult<Option<ApiKey>> {
        let found = async {
            let row = api_keys::Entity::find()
                .filter(api_keys::Column::WorkspaceId.eq(workspace.as_uuid()))
                .filter(api_keys::Column::Digest.eq(digest.as_bytes().to_vec()))
                .filter(api_keys::Column::RevokedAt.is_null())
                .one(self.store.reader())
                .await?;
            Ok(row.map(api_key).transpose()?)
        };
        found.await.map_err(|trouble: Trouble| trouble.at("api_keys.find"))
    }

    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<ApiKey>> {
        let found = async {
            let rows = api_keys::Entity::find()
                .filter(api_keys::Column::WorkspaceId.eq(workspace.as_uuid()))
                .order_by_asc(api_keys::Column::CreatedAt)
                .order_by_asc(api_keys::Column::Id)
                .all(self.store.reader())
                .await?;
            Ok(rows.into_iter().map(api_key).collect::<Result<_, _>>()?)
        };
        found.await.map_err(|trouble: Trouble| trouble.at("api_keys.list"))
    }

    async fn revoke(&self, workspace: WorkspaceId, id: ApiKeyId, audit: AuditEntry) -> PortResult<bool> {
        let revoked = async {
            let tx = self.store.write_tx().await?;
            let revoked = raw::execute(
                &tx,
                "UPDATE api_keys SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL",
                [
                    workspace.as_uuid().into(),
                    id.as_uuid().into(),
                    audit.at.as_micros().into(),
                ],
            )
            .await?;
            if revoked == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            insert_audit(&tx, &audit).await?;
            tx.commit().await?;
            Ok(true)
        };
        revoked.await.map_err(fault("api_keys.revoke"))
    }

    async fn note_use(&self, workspace: WorkspaceId, id: ApiKeyId, now: Timestamp) -> PortResult<()> {
        raw::write(
            &self.store,
            "UPDATE api_keys SET last_used_at = $3 WHERE workspace_id = $1 AND id = $2 \
             AND (last_used_at IS NULL OR last_used_at < $3)",
            [
                workspace.as_uuid().into(),
                id.as_uuid().into(),
                day_of(now).as_micros().into(),
            ],
        )
        .await
        .map(|_noted| ())
        .map_err(fault("api_keys.note_use"))
    }
}

fn api_key(row: api_keys::Model) -> Result<ApiKey, Unreadable> {
    const TABLE: &str = "api_keys";
    let digest: [u8; 32] = row
        .digest
        .try_into()
        .map_err(|_length| Unreadable::new(TABLE, "digest"))?;
    let scopes = row.scopes.split_whitespace().map(Scope::parse);
    Ok(ApiKey {
        id: ApiKeyId::from_uuid(row.id),
        workspace: WorkspaceId::from_uuid(row.workspace_id),
        name: row.name,
        last_four: row.last_four,
        digest: TokenDigest::from_bytes(digest),
        scopes: scopes.collect::<Option<_>>().ok_or(Unreadable::new(TABLE, "scopes"))?,
        created_by: actor(&row.actor_kind, row.actor_id).ok_or(Unreadable::new(TABLE, "actor_kind"))?,
        created_at: Timestamp::from_micros(row.created_at),
        last_used_at: row.last_used_at.map(Timestamp::from_micros),
        revoked_at: row.revoked_at.map(Timestamp::from_micros),
    })
}
