//! The outbox: mails that are promised, sealed until they are sent, wiped afterwards.

use async_trait::async_trait;
use doorward_domain::audit::{Actor, AuditEntry};
use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::{MailId, ReceiptId, SecretId, UserId, WorkspaceId};
use doorward_domain::mail::{Delivery, LeasedMail, MailState, MailTrace, Message, NewMail, Sender};
use doorward_domain::one_time::Link;
use doorward_domain::ports::{FaultKind, Outbox, OutboxDepth, PortError, PortResult};
use doorward_domain::sign_in::Receipt;
use doorward_domain::time::Timestamp;
use sea_orm::{DbBackend, DbErr, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::connect::{Store, WriteTx};
use crate::fault::{Unreadable, fault};
use crate::keys::{KeyRing, OpenError, Place};
use crate::raw;
use crate::records::insert_audit;

const TABLE: &str = "outbox";

/// The outbox.
#[derive(Debug, Clone)]
pub struct SeaOutbox {
    store: Store,
}

impl SeaOutbox {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

/// What is sealed: all that a template needs, typed, so that a mail is rendered when it is sent.
#[derive(Serialize, Deserialize)]
struct Content {
    sender: Sender,
    message: Message,
    language: String,
    /// Mails that were put in before people could choose one have none.
    #[serde(default)]
    time_zone: Option<String>,
}

fn place_of(id: MailId) -> Place {
    Place {
        table: TABLE,
        column: "payload",
        row: id.as_uuid(),
        workspace: None,
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsealable {
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("the content cannot be written or read as JSON")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Row(#[from] Unreadable),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Where a mail comes from: what it carries, and who asked for it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin<'a> {
    secret: Option<SecretId>,
    receipt: Option<ReceiptId>,
    asked_by: Option<&'a Actor>,
}

impl<'a> Origin<'a> {
    /// Of a mail that is put in with the audit row of whoever asked for it.
    pub(crate) fn of(secret: Option<SecretId>, audit: &'a AuditEntry, receipt: Option<&Receipt>) -> Self {
        Self {
            secret,
            receipt: receipt.map(|receipt| receipt.id),
            asked_by: Some(&audit.actor),
        }
    }

    /// Of a mail that carries that link.
    pub(crate) fn carrying(link: Option<&Link>) -> Self {
        Self {
            secret: link.map(|link| link.id),
            ..Self::default()
        }
    }
}

/// Puts a mail in, inside the transaction that makes what it promises (R110).
pub(crate) async fn insert_mail(tx: &WriteTx, keys: &KeyRing, mail: &NewMail) -> PortResult<()> {
    insert_mail_of(tx, keys, mail, Origin::default()).await
}

/// The same, of a mail whose origin is known.
pub(crate) async fn insert_mail_of(tx: &WriteTx, keys: &KeyRing, mail: &NewMail, origin: Origin<'_>) -> PortResult<()> {
    const PLACE: &str = "outbox.insert";
    let corrupt = |error: Unsealable| PortError::new(FaultKind::Corrupt, PLACE, error);
    let content = Content {
        sender: mail.sender.clone(),
        message: mail.message.clone(),
        language: mail.language.clone(),
        time_zone: mail.time_zone.clone(),
    };
    let plain = Zeroizing::new(serde_json::to_vec(&content).map_err(|error| corrupt(Unsealable::Json(error)))?);
    let payload = keys
        .seal(place_of(mail.id), &plain)
        .map_err(|error| corrupt(error.into()))?;
    let asked_by = origin.asked_by.map(Actor::columns);
    raw::execute(
        tx,
        "INSERT INTO outbox (workspace_id, id, kind, address, address_key, user_id, state, payload, attempts, \
         next_attempt_at, expires_at, created_at, secret_id, receipt_id, asked_by_kind, asked_by_id) \
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, 0, $8, $9, $8, $10, $11, $12, $13)",
        [
            mail.workspace.as_uuid().into(),
            mail.id.as_uuid().into(),
            mail.message.kind().into(),
            mail.to.as_str().into(),
            mail.to.key().as_str().into(),
            mail.user.map(UserId::as_uuid).into(),
            payload.into(),
            mail.created_at.as_micros().into(),
            mail.expires_at.map(Timestamp::as_micros).into(),
            origin.secret.map(SecretId::as_uuid).into(),
            origin.receipt.map(ReceiptId::as_uuid).into(),
            asked_by.map(|(kind, _id)| kind).into(),
            asked_by.and_then(|(_kind, id)| id).into(),
        ],
    )
    .await
    .map(|_rows| ())
    .map_err(fault(PLACE))
}

/// Takes down that a code or link was used, in the timeline of the mail that carried it, inside the transaction that uses
/// it. A line that another node writes at the same moment takes the place: losing this one is better than failing the use.
pub(crate) async fn note_use(tx: &WriteTx, workspace: WorkspaceId, secret: Uuid, now: Timestamp) -> Result<(), DbErr> {
    note_once(tx, workspace, secret, "used", now).await
}

/// A line without words in the timeline of the mail that carries this secret, unless it has one of the kind.
pub(crate) async fn note_once(
    tx: &WriteTx,
    workspace: WorkspaceId,
    secret: Uuid,
    event: &'static str,
    now: Timestamp,
) -> Result<(), DbErr> {
    raw::execute(
        tx,
        "INSERT INTO mail_events (workspace_id, mail_id, seq, event, at) \
         SELECT o.workspace_id, o.id, (SELECT COALESCE(MAX(e.seq), 0) + 1 FROM mail_events e \
         WHERE e.workspace_id = o.workspace_id AND e.mail_id = o.id), $3, $4 FROM outbox o \
         WHERE o.workspace_id = $1 AND o.secret_id = $2 AND NOT EXISTS (SELECT 1 FROM mail_events e \
         WHERE e.workspace_id = o.workspace_id AND e.mail_id = o.id AND e.event = $3) ON CONFLICT DO NOTHING",
        [
            workspace.as_uuid().into(),
            secret.into(),
            event.into(),
            now.as_micros().into(),
        ],
    )
    .await
    .map(|_rows| ())
}

/// Puts mails in, inside the transaction that makes what they tell of.
pub(crate) async fn insert_mails(tx: &WriteTx, keys: &KeyRing, mails: &[NewMail]) -> PortResult<()> {
    for mail in mails {
        insert_mail(tx, keys, mail).await?;
    }
    Ok(())
}

/// `$1` lease, `$2` its end, `$3` now, `$4` how many. Rows that another worker of PostgreSQL is just leasing are skipped;
/// on SQLite there is one writer at a time.
fn lease_sql(backend: DbBackend) -> String {
    let skip = match backend {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    format!(
        "WITH due AS MATERIALIZED (SELECT workspace_id, id FROM outbox WHERE state = 'queued' AND next_attempt_at <= $3 \
         AND (lease_until IS NULL OR lease_until <= $3) ORDER BY created_at, id LIMIT $4{skip}) \
         UPDATE outbox SET lease = $1, lease_until = $2 FROM due \
         WHERE outbox.workspace_id = due.workspace_id AND outbox.id = due.id \
         RETURNING outbox.workspace_id, outbox.id, address, user_id, payload, attempts, expires_at, \
         created_at"
    )
}

fn leased(row: &QueryResult, keys: &KeyRing, lease: Uuid) -> Result<LeasedMail, Unsealable> {
    let id = MailId::from_uuid(row.try_get("", "id")?);
    let address: String = row.try_get("", "address")?;
    let payload: Vec<u8> = row.try_get("", "payload")?;
    let plain = keys.open(place_of(id), &payload)?;
    let content: Content = serde_json::from_slice(&plain).map_err(Unsealable::Json)?;
    let attempts: i64 = row.try_get("", "attempts")?;
    Ok(LeasedMail {
        mail: NewMail {
            id,
            workspace: WorkspaceId::from_uuid(row.try_get("", "workspace_id")?),
            to: EmailAddress::parse(&address).map_err(|_address| Unreadable::new(TABLE, "address"))?,
            user: row.try_get::<Option<Uuid>>("", "user_id")?.map(UserId::from_uuid),
            sender: content.sender,
            message: content.message,
            language: content.language,
            time_zone: content.time_zone,
            expires_at: instant(row, "expires_at")?,
            created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        },
        attempts: u32::try_from(attempts).map_err(|_range| Unreadable::new(TABLE, "attempts"))?,
        lease,
    })
}

pub(crate) fn instant(row: &QueryResult, column: &str) -> Result<Option<Timestamp>, DbErr> {
    row.try_get::<Option<i64>>("", column)
        .map(|micros| micros.map(Timestamp::from_micros))
}

#[async_trait]
impl Outbox for SeaOutbox {
    async fn enqueue(&self, mail: NewMail) -> PortResult<()> {
        const PLACE: &str = "outbox.enqueue";
        let tx = self.store.write_tx().await.map_err(fault(PLACE))?;
        insert_mail(&tx, self.store.keys(), &mail).await?;
        tx.commit().await.map_err(fault(PLACE))
    }

    async fn lease(&self, lease: Uuid, now: Timestamp, until: Timestamp, limit: u32) -> PortResult<Vec<LeasedMail>> {
        const PLACE: &str = "outbox.lease";
        let tx = self.store.write_tx().await.map_err(fault(PLACE))?;
        let rows = raw::all(
            &tx,
            &lease_sql(self.store.backend()),
            [
                lease.into(),
                until.as_micros().into(),
                now.as_micros().into(),
                i64::from(limit).into(),
            ],
        )
        .await
        .map_err(fault(PLACE))?;
        tx.commit().await.map_err(fault(PLACE))?;
        let mut mails = Vec::with_capacity(rows.len());
        for row in &rows {
            match leased(row, self.store.keys(), lease) {
                Ok(mail) => mails.push(mail),
                Err(Unsealable::Database(error)) => return Err(fault(PLACE)(error)),
                // One mail that cannot be read must not hold up the others. Its lease ends by itself, so a key that comes
                // back brings the mail back.
                Err(error) => {
                    let mail: Option<Uuid> = row.try_get("", "id").ok();
                    tracing::error!(?mail, %error, "a mail in the outbox cannot be read");
                }
            }
        }
        mails.sort_by_key(|leased| (leased.mail.created_at, leased.mail.id));
        Ok(mails)
    }

    async fn record(&self, id: MailId, lease: Uuid, delivery: Delivery, now: Timestamp) -> PortResult<bool> {
        const PLACE: &str = "outbox.record";
        let (state, event, reply, retry_at) = match delivery {
            Delivery::Delivered { reply } => (MailState::Delivered, "delivered", Some(reply), None),
            Delivery::Deferred { reply, retry_at } => (MailState::Queued, "deferred", Some(reply), Some(retry_at)),
            Delivery::Refused { reply } => (MailState::Refused, "refused", Some(reply), None),
            Delivery::Expired => (MailState::Expired, "expired", None, None),
        };
        let tx = self.store.write_tx().await.map_err(fault(PLACE))?;
        let row = raw::one(
            &tx,
            "UPDATE outbox SET state = $4, payload = CASE WHEN $4 = 'queued' THEN payload ELSE NULL END, \
             attempts = attempts + $5, last_reply = COALESCE($6, last_reply), \
             last_attempt_at = CASE WHEN $5 = 1 THEN $3 ELSE last_attempt_at END, \
             next_attempt_at = $7, lease = NULL, lease_until = NULL \
             WHERE lease = $2 AND id = $1 AND state = 'queued' AND lease_until > $3 RETURNING workspace_id, user_id",
            [
                id.as_uuid().into(),
                lease.into(),
                now.as_micros().into(),
                state.as_str().into(),
                i64::from(state != MailState::Expired).into(),
                reply.clone().into(),
                retry_at.map(Timestamp::as_micros).into(),
            ],
        )
        .await
        .map_err(fault(PLACE))?;
        let Some(row) = row else {
            tx.rollback().await.map_err(fault(PLACE))?;
            return Ok(false);
        };
        let workspace: Uuid = row.try_get("", "workspace_id").map_err(fault(PLACE))?;
        raw::execute(
            &tx,
            "INSERT INTO mail_events (workspace_id, mail_id, seq, event, reply, at) \
             SELECT $1, $2, COALESCE(MAX(seq), 0) + 1, $3, $4, $5 FROM mail_events WHERE workspace_id = $1 AND mail_id = $2",
            [
                workspace.into(),
                id.as_uuid().into(),
                event.into(),
                reply.into(),
                now.as_micros().into(),
            ],
        )
        .await
        .map_err(fault(PLACE))?;
        if state == MailState::Expired {
            let reader: Option<Uuid> = row.try_get("", "user_id").map_err(fault(PLACE))?;
            let reader = reader.map(UserId::from_uuid);
            let entry = AuditEntry::mail_expired(WorkspaceId::from_uuid(workspace), id, reader, now);
            insert_audit(&tx, &entry).await.map_err(fault(PLACE))?;
        }
        tx.commit().await.map_err(fault(PLACE))?;
        Ok(true)
    }

    async fn last_to(&self, workspace: WorkspaceId, address: &EmailKey, limit: u32) -> PortResult<Vec<MailTrace>> {
        const PLACE: &str = "outbox.last_to";
        let rows = raw::all(
            self.store.reader(),
            "SELECT id, kind, address, state, attempts, last_reply, created_at, last_attempt_at, next_attempt_at \
             FROM outbox WHERE workspace_id = $1 AND address_key = $2 ORDER BY created_at DESC, id DESC LIMIT $3",
            [
                workspace.as_uuid().into(),
                address.as_str().into(),
                i64::from(limit).into(),
            ],
        )
        .await
        .map_err(fault(PLACE))?;
        rows.iter()
            .map(|row| trace(row).map_err(|error| error.at(PLACE)))
            .collect()
    }

    async fn depth(&self) -> PortResult<OutboxDepth> {
        const PLACE: &str = "outbox.depth";
        let row = raw::one(
            self.store.reader(),
            "SELECT COUNT(*) AS queued, MIN(created_at) AS oldest FROM outbox WHERE state = 'queued'",
            [],
        )
        .await
        .map_err(fault(PLACE))?
        .ok_or_else(|| PortError::bare(FaultKind::Corrupt, PLACE))?;
        let queued: i64 = row.try_get("", "queued").map_err(fault(PLACE))?;
        Ok(OutboxDepth {
            queued: u64::try_from(queued).unwrap_or(0),
            oldest: instant(&row, "oldest").map_err(fault(PLACE))?,
        })
    }
}

impl Unsealable {
    pub(crate) fn at(self, place: &'static str) -> PortError {
        match self {
            Self::Database(error) => fault(place)(error),
            other => PortError::new(FaultKind::Corrupt, place, other),
        }
    }
}

pub(crate) fn trace(row: &QueryResult) -> Result<MailTrace, Unsealable> {
    let state: String = row.try_get("", "state")?;
    let attempts: i64 = row.try_get("", "attempts")?;
    Ok(MailTrace {
        id: MailId::from_uuid(row.try_get("", "id")?),
        kind: row.try_get("", "kind")?,
        to: row.try_get("", "address")?,
        state: MailState::parse(&state).ok_or(Unreadable::new(TABLE, "state"))?,
        attempts: u32::try_from(attempts).map_err(|_range| Unreadable::new(TABLE, "attempts"))?,
        last_reply: row.try_get("", "last_reply")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        last_attempt_at: instant(row, "last_attempt_at")?,
        next_attempt_at: instant(row, "next_attempt_at")?,
    })
}
