//! Identities of providers that are connected to accounts.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{ConnectionId, UserId, WorkspaceId};
use doorward_domain::mail::NewMail;
use doorward_domain::ports::{Connected, Connections, Disconnected, FaultKind, PortError, PortResult};
use doorward_domain::provider::{Arrived, Connection, ExternalIdentity, ProviderId};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::changes::{Announcement, Changed};
use crate::connect::{Store, WriteTx};
use crate::fault::{Trouble, Unreadable};
use crate::outbox::insert_mails;
use crate::retry::announced;
use crate::{people, raw, records};

const TABLE: &str = "connections";

/// The connections.
#[derive(Debug, Clone)]
pub struct SeaConnections {
    store: Store,
}

/// The identity of the helpdesk's that an identity of a provider is (A1): kind and subject, as `identities` has them.
fn contact(identity: &ExternalIdentity) -> Option<(&'static str, &str)> {
    let kind = match identity.provider.as_str() {
        "twitter" => "x",
        "facebook" => "facebook",
        _ => return None,
    };
    Some((kind, identity.subject.as_str()))
}

fn key(workspace: WorkspaceId, identity: &ExternalIdentity) -> [Value; 5] {
    [
        workspace.as_uuid().into(),
        identity.provider.as_str().into(),
        identity.issuer.as_str().into(),
        identity.tenant.as_str().into(),
        identity.subject.as_str().into(),
    ]
}

fn user_of(row: Option<QueryResult>) -> Result<Option<UserId>, Trouble> {
    let user = row.map(|row| row.try_get("", "user_id")).transpose()?;
    Ok(user.map(UserId::from_uuid))
}

/// To whom an identity is connected.
async fn owner(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    identity: &ExternalIdentity,
) -> Result<Option<UserId>, Trouble> {
    let row = raw::one(
        on,
        "SELECT user_id FROM connections WHERE workspace_id = $1 AND provider = $2 AND issuer = $3 AND tenant = $4 \
         AND subject = $5",
        key(workspace, identity),
    );
    user_of(row.await?)
}

/// Connects an identity, unless it is connected to anybody; says whether it did. On PostgreSQL it waits for a transaction
/// that is just connecting it.
async fn insert(tx: &WriteTx, connection: &Connection) -> Result<bool, Trouble> {
    let inserted = raw::execute(
        tx,
        "INSERT INTO connections (workspace_id, provider, issuer, tenant, subject, id, user_id, label, created_at, \
         last_used_at, vouched_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (workspace_id, provider, issuer, tenant, subject) DO NOTHING",
        key(connection.workspace, &connection.identity).into_iter().chain([
            connection.id.as_uuid().into(),
            connection.user.as_uuid().into(),
            connection.label.clone().into(),
            connection.created_at.as_micros().into(),
            connection.last_used_at.map(Timestamp::as_micros).into(),
            connection.vouched.as_ref().map(|key| key.as_str().to_owned()).into(),
        ]),
    )
    .await?;
    Ok(inserted > 0)
}

/// Takes an identity off whomever the helpdesk knew by it (A1), unless it is `user`.
async fn settle_contact(
    tx: &WriteTx,
    workspace: WorkspaceId,
    user: UserId,
    identity: &ExternalIdentity,
) -> Result<(), Trouble> {
    let Some((kind, subject)) = contact(identity) else {
        return Ok(());
    };
    let row = raw::one(
        tx,
        "DELETE FROM identities WHERE workspace_id = $1 AND kind = $2 AND subject = $3 AND user_id <> $4 \
         RETURNING user_id",
        [
            workspace.as_uuid().into(),
            kind.into(),
            subject.into(),
            user.as_uuid().into(),
        ],
    );
    let Some(before) = user_of(row.await?)? else {
        return Ok(());
    };
    if let Some(person) = people::read_one(tx, workspace, before).await? {
        people::refresh_search_text(tx, &person.user).await?;
    }
    Ok(())
}

/// Whether somebody is connected to an identity that contradicts this one ([`ExternalIdentity::contradicts`]).
async fn contradicted(
    tx: &WriteTx,
    (workspace, user): (WorkspaceId, UserId),
    identity: &ExternalIdentity,
) -> Result<bool, Trouble> {
    if !identity.provider.is_hand_over() {
        return Ok(false);
    }
    let rows = raw::all(
        tx,
        "SELECT issuer, tenant, subject FROM connections WHERE workspace_id = $1 AND user_id = $2 AND provider = $3",
        [
            workspace.as_uuid().into(),
            user.as_uuid().into(),
            identity.provider.as_str().into(),
        ],
    )
    .await?;
    for row in rows {
        let known = ExternalIdentity {
            provider: identity.provider.clone(),
            issuer: row.try_get("", "issuer")?,
            tenant: row.try_get("", "tenant")?,
            subject: row.try_get("", "subject")?,
        };
        if known.contradicts(identity) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What became of an identity with which somebody comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Used {
    /// It was connected to them before.
    Known,
    /// It is connected to them now.
    New,
    /// It is connected to somebody else.
    Taken,
}

/// Notes the use of an identity, and connects it if nobody has it, inside the transaction that opens a session. The
/// person's row is locked by then.
pub(crate) async fn use_in(
    tx: &WriteTx,
    (workspace, user): (WorkspaceId, UserId),
    arrived: &Arrived,
    id: Option<ConnectionId>,
    now: Timestamp,
) -> Result<Used, Trouble> {
    if contradicted(tx, (workspace, user), &arrived.identity).await? {
        return Ok(Used::Taken);
    }
    if arrived.identity.is_by_address() {
        let others = raw::all(
            tx,
            "DELETE FROM connections WHERE workspace_id = $1 AND provider = $2 AND issuer = $3 AND tenant = $4 \
             AND subject = $5 AND user_id <> $6 RETURNING user_id",
            key(workspace, &arrived.identity)
                .into_iter()
                .chain([user.as_uuid().into()]),
        )
        .await?;
        for other in others {
            let other = UserId::from_uuid(other.try_get("", "user_id")?);
            people::refresh_search_text_of(tx, workspace, other).await?;
        }
    }
    let known = raw::one(
        tx,
        "SELECT label FROM connections WHERE workspace_id = $1 AND provider = $2 AND issuer = $3 AND tenant = $4 \
         AND subject = $5 AND user_id = $6",
        key(workspace, &arrived.identity)
            .into_iter()
            .chain([user.as_uuid().into()]),
    )
    .await?;
    let label_before: Option<String> = known.map(|row| row.try_get("", "label")).transpose()?.flatten();
    let touched = raw::execute(
        tx,
        "UPDATE connections SET last_used_at = $7, label = $8, vouched_key = $9 WHERE workspace_id = $1 AND provider = $2 AND issuer = $3 \
         AND tenant = $4 AND subject = $5 AND user_id = $6",
        key(workspace, &arrived.identity).into_iter().chain([
            user.as_uuid().into(),
            now.as_micros().into(),
            arrived.label().into(),
            arrived.vouched_key().map(|key| key.as_str().to_owned()).into(),
        ]),
    )
    .await?;
    if touched > 0 {
        if label_before != arrived.label() {
            people::refresh_search_text_of(tx, workspace, user).await?;
        }
        return Ok(Used::Known);
    }
    let Some(id) = id else {
        return Ok(match owner(tx, workspace, &arrived.identity).await? {
            Some(_) => Used::Taken,
            None => Used::Known,
        });
    };
    let connection = Connection {
        id,
        workspace,
        user,
        identity: arrived.identity.clone(),
        label: arrived.label(),
        vouched: arrived.vouched_key(),
        created_at: now,
        last_used_at: Some(now),
    };
    if !insert(tx, &connection).await? {
        return Ok(match owner(tx, workspace, &arrived.identity).await? {
            Some(owner) if owner == user => Used::Known,
            _ => Used::Taken,
        });
    }
    settle_contact(tx, workspace, user, &arrived.identity).await?;
    people::refresh_search_text_of(tx, workspace, user).await?;
    Ok(Used::New)
}

/// Forgets all connections of a person.
pub(crate) async fn forget_all(on: &impl ConnectionTrait, workspace: WorkspaceId, user: UserId) -> Result<(), Trouble> {
    raw::execute(
        on,
        "DELETE FROM connections WHERE workspace_id = $1 AND user_id = $2",
        [workspace.as_uuid().into(), user.as_uuid().into()],
    )
    .await?;
    Ok(())
}

fn connection(row: &QueryResult, workspace: WorkspaceId) -> Result<Connection, Trouble> {
    let provider: String = row.try_get("", "provider")?;
    let last_used_at: Option<i64> = row.try_get("", "last_used_at")?;
    let vouched: Option<String> = row.try_get("", "vouched_key")?;
    Ok(Connection {
        id: ConnectionId::from_uuid(row.try_get("", "id")?),
        workspace,
        user: UserId::from_uuid(row.try_get("", "user_id")?),
        identity: ExternalIdentity {
            provider: ProviderId::parse(&provider).map_err(|_id| Unreadable::new(TABLE, "provider"))?,
            issuer: row.try_get("", "issuer")?,
            tenant: row.try_get("", "tenant")?,
            subject: row.try_get("", "subject")?,
        },
        label: row.try_get("", "label")?,
        vouched: vouched
            .map(|key| EmailAddress::parse(&key).map(|address| address.key()))
            .transpose()
            .map_err(|_no_address| Unreadable::new(TABLE, "vouched_key"))?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        last_used_at: last_used_at.map(Timestamp::from_micros),
    })
}

impl SeaConnections {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn whose(&self, workspace: WorkspaceId, identity: &ExternalIdentity) -> Result<Option<UserId>, Trouble> {
        let on = self.store.reader();
        if let Some(owner) = owner(on, workspace, identity).await? {
            return Ok(Some(owner));
        }
        let Some((kind, subject)) = contact(identity) else {
            return Ok(None);
        };
        let row = raw::one(
            on,
            "SELECT user_id FROM identities WHERE workspace_id = $1 AND kind = $2 AND subject = $3",
            [workspace.as_uuid().into(), kind.into(), subject.into()],
        );
        user_of(row.await?)
    }

    async fn read(&self, workspace: WorkspaceId, user: UserId) -> Result<Vec<Connection>, Trouble> {
        let rows = raw::all(
            self.store.reader(),
            "SELECT id, user_id, provider, issuer, tenant, subject, label, created_at, last_used_at, vouched_key \
             FROM connections WHERE workspace_id = $1 AND user_id = $2 ORDER BY created_at, id",
            [workspace.as_uuid().into(), user.as_uuid().into()],
        );
        rows.await?.iter().map(|row| connection(row, workspace)).collect()
    }

    async fn connect_once(
        &self,
        connection: &Connection,
        audit: &AuditEntry,
        notices: &[NewMail],
        announcement: &Announcement,
    ) -> Result<Connected, Trouble> {
        let (workspace, user) = (connection.workspace, connection.user);
        let tx = self.store.write_tx().await?;
        // Raises the version first: that takes the person's row, as every change of a person does.
        if people::raise_version(&tx, workspace, user, None).await?.is_none() {
            tx.rollback().await?;
            return Err(PortError::bare(FaultKind::Misuse, "connections.connect").into());
        }
        if !insert(&tx, connection).await? {
            let owner = owner(&tx, workspace, &connection.identity).await?;
            tx.rollback().await?;
            return Ok(if owner == Some(user) {
                Connected::Already
            } else {
                Connected::Taken
            });
        }
        settle_contact(&tx, workspace, user, &connection.identity).await?;
        people::refresh_search_text_of(&tx, workspace, user).await?;
        insert_mails(&tx, self.store.keys(), notices).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(Connected::Connected)
    }

    async fn disconnect_once(
        &self,
        (workspace, user, id): (WorkspaceId, UserId, ConnectionId),
        at_version: i64,
        audit: &AuditEntry,
        notices: &[NewMail],
        announcement: &Announcement,
    ) -> Result<Disconnected, Trouble> {
        let tx = self.store.write_tx().await?;
        let raised = people::raise_version(&tx, workspace, user, Some(at_version)).await?;
        let removed = raw::execute(
            &tx,
            "DELETE FROM connections WHERE workspace_id = $1 AND user_id = $2 AND id = $3",
            [workspace.as_uuid().into(), user.as_uuid().into(), id.as_uuid().into()],
        )
        .await?;
        if removed == 0 {
            tx.rollback().await?;
            return Ok(Disconnected::Unknown);
        }
        if raised.is_none() {
            tx.rollback().await?;
            return Ok(Disconnected::Changed);
        }
        people::refresh_search_text_of(&tx, workspace, user).await?;
        insert_mails(&tx, self.store.keys(), notices).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(Disconnected::Disconnected)
    }
}

#[async_trait]
impl Connections for SeaConnections {
    async fn find(&self, workspace: WorkspaceId, identity: &ExternalIdentity) -> PortResult<Option<UserId>> {
        self.whose(workspace, identity)
            .await
            .map_err(|trouble| trouble.at("connections.find"))
    }

    async fn list(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Vec<Connection>> {
        self.read(workspace, user)
            .await
            .map_err(|trouble| trouble.at("connections.list"))
    }

    async fn connect(&self, connection: Connection, audit: AuditEntry, notices: Vec<NewMail>) -> PortResult<Connected> {
        announced!(self, "connections.connect", |announcement| {
            self.connect_once(&connection, &audit, &notices, &announcement)
        })
    }

    async fn disconnect(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        connection: ConnectionId,
        at_version: i64,
        audit: AuditEntry,
        notices: Vec<NewMail>,
    ) -> PortResult<Disconnected> {
        announced!(self, "connections.disconnect", |announcement| {
            self.disconnect_once(
                (workspace, user, connection),
                at_version,
                &audit,
                &notices,
                &announcement,
            )
        })
    }
}
