//! The mail log: what is told of mails, and what is heard of them afterwards.

use std::fmt::Write as _;

use std::collections::HashMap;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::bounce::Returned;
use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::{FlowId, MailId, UserId, WorkspaceId};
use doorward_domain::mail::{MailState, MailTrace};
use doorward_domain::mail_log::{Carries, MAX_MAIL_PAGE, MailEvent, MailEventKind, MailQuery, MailStory, Reachability};
use doorward_domain::ports::{Addressed, MailLog, PortResult};
use doorward_domain::secret::{HelpCode, TokenDigest};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use uuid::Uuid;

use crate::connect::{Store, WriteTx};
use crate::fault::{Trouble, Unreadable};
use crate::outbox::{Unsealable, instant, note_once, trace};
use crate::{raw, records};

/// What a trace is read from.
const TRACE: &str = "o.id, o.kind, o.address, o.state, o.attempts, o.last_reply, o.created_at, o.last_attempt_at, \
                     o.next_attempt_at";
/// Most refusals that are looked through for the last of each address.
const REFUSALS: u32 = 2_000;

/// The mail log.
#[derive(Debug, Clone)]
pub struct SeaMailLog {
    store: Store,
}

impl From<Unsealable> for Trouble {
    fn from(error: Unsealable) -> Self {
        Self::Port(error.at("mail_log"))
    }
}

impl SeaMailLog {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn read_page(&self, workspace: WorkspaceId, query: MailQuery) -> Result<Vec<MailTrace>, Trouble> {
        let mut values: Vec<Value> = vec![workspace.as_uuid().into()];
        let mut conditions = "o.workspace_id = $1".to_owned();
        let mut add = |condition: &str, value: Value| {
            values.push(value);
            conditions.push_str(" AND ");
            conditions.push_str(&condition.replace('?', &format!("${}", values.len())));
        };
        let filter = query.filter;
        if let Some(address) = filter.address {
            add("o.address_key = ?", address.as_str().into());
        }
        if let Some(state) = filter.state {
            add("o.state = ?", state.as_str().into());
        }
        if let Some(kind) = filter.kind {
            add("o.kind = ?", kind.into());
        }
        if let Some(from) = filter.from {
            add("o.created_at >= ?", from.as_micros().into());
        }
        if let Some(until) = filter.until {
            add("o.created_at < ?", until.as_micros().into());
        }
        if let Some(after) = query.after {
            add("(o.created_at, o.id) < (?, ", after.created_at.as_micros().into());
            values.push(after.id.as_uuid().into());
            let _ = write!(conditions, "${})", values.len());
        }
        let limit = query.limit.clamp(1, MAX_MAIL_PAGE);
        let sql = format!(
            "SELECT {TRACE} FROM outbox o WHERE {conditions} ORDER BY o.created_at DESC, o.id DESC LIMIT {limit}"
        );
        let rows = raw::all(self.store.reader(), &sql, values).await?;
        rows.iter().map(|row| Ok(trace(row)?)).collect()
    }

    async fn read_story(
        &self,
        workspace: WorkspaceId,
        id: MailId,
        now: Timestamp,
    ) -> Result<Option<MailStory>, Trouble> {
        let reader = self.store.reader();
        let sql = format!(
            "SELECT {TRACE}, o.user_id, o.expires_at, o.secret_id, o.asked_by_kind, o.asked_by_id, r.help_code \
             FROM outbox o LEFT JOIN receipts r ON r.workspace_id = o.workspace_id AND r.id = o.receipt_id \
             WHERE o.workspace_id = $1 AND o.id = $2"
        );
        let key = || [workspace.as_uuid().into(), id.as_uuid().into()];
        let Some(row) = raw::one(reader, &sql, key()).await? else {
            return Ok(None);
        };
        let events = raw::all(
            reader,
            "SELECT event, reply, at FROM mail_events WHERE workspace_id = $1 AND mail_id = $2 ORDER BY at, seq",
            key(),
        )
        .await?;
        let secret: Option<Uuid> = row.try_get("", "secret_id")?;
        let asked_by: Option<String> = row.try_get("", "asked_by_kind")?;
        let asked_by_id: Option<Uuid> = row.try_get("", "asked_by_id")?;
        let help_code: Option<String> = row.try_get("", "help_code")?;
        Ok(Some(MailStory {
            trace: trace(&row)?,
            user: row.try_get::<Option<Uuid>>("", "user_id")?.map(UserId::from_uuid),
            expires_at: instant(&row, "expires_at")?,
            asked_by: asked_by.and_then(|kind| records::actor(&kind, asked_by_id)),
            help_code: help_code.and_then(|code| HelpCode::parse(&code)),
            carries: match secret {
                Some(secret) => carried(reader, workspace, secret, now).await?,
                None => Carries::Nothing,
            },
            events: events.iter().map(event).collect::<Result<_, _>>()?,
        }))
    }

    async fn read_reachability(
        &self,
        workspace: WorkspaceId,
        addresses: &[EmailKey],
    ) -> Result<Vec<Reachability>, Trouble> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let reader = self.store.reader();
        let places = raw::placeholders(2, addresses.len());
        let values = || {
            let keys = addresses.iter().map(|address| Value::from(address.as_str()));
            std::iter::once(Value::from(workspace.as_uuid())).chain(keys)
        };
        let mut proved: HashMap<String, i64> = HashMap::new();
        for sql in [
            format!(
                "SELECT o.address_key, MAX(e.at) AS at FROM outbox o JOIN mail_events e \
                 ON e.workspace_id = o.workspace_id AND e.mail_id = o.id AND e.event = 'used' \
                 WHERE o.workspace_id = $1 AND o.address_key IN ({places}) GROUP BY o.address_key"
            ),
            format!(
                "SELECT address_key, MAX(verified_at) AS at FROM user_emails WHERE workspace_id = $1 \
                 AND address_key IN ({places}) AND verified_at IS NOT NULL GROUP BY address_key"
            ),
        ] {
            for row in raw::all(reader, &sql, values()).await? {
                let at: i64 = row.try_get("", "at")?;
                let kept = proved.entry(row.try_get("", "address_key")?).or_insert(at);
                *kept = at.max(*kept);
            }
        }
        let sql = format!(
            "SELECT o.address_key, e.at, e.reply FROM outbox o JOIN mail_events e \
             ON e.workspace_id = o.workspace_id AND e.mail_id = o.id AND e.event IN ('refused', 'bounced') \
             WHERE o.workspace_id = $1 AND o.address_key IN ({places}) ORDER BY e.at DESC LIMIT {REFUSALS}"
        );
        let mut failed: HashMap<String, (Timestamp, String)> = HashMap::new();
        for row in raw::all(reader, &sql, values()).await? {
            let reply: Option<String> = row.try_get("", "reply")?;
            let at = Timestamp::from_micros(row.try_get("", "at")?);
            let address = row.try_get("", "address_key")?;
            failed.entry(address).or_insert((at, reply.unwrap_or_default()));
        }
        let told = addresses.iter().map(|address| {
            let proved = proved.get(address.as_str()).copied().map(Timestamp::from_micros);
            Reachability::of(proved, failed.get(address.as_str()).cloned())
        });
        Ok(told.collect())
    }

    async fn note_return(
        &self,
        id: MailId,
        returned: Returned,
        words: String,
        audit: &AuditEntry,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        let (workspace, now) = (audit.workspace.as_uuid(), audit.at.as_micros());
        let (sql, event) = match returned {
            Returned::Failed => (
                "UPDATE outbox SET state = 'bounced', payload = NULL, next_attempt_at = NULL, lease = NULL, \
                 lease_until = NULL, last_reply = $3 WHERE workspace_id = $1 AND id = $2 \
                 AND state IN ('queued', 'delivered')",
                MailEventKind::Bounced,
            ),
            Returned::Delayed => (
                "UPDATE outbox SET last_reply = $3 WHERE workspace_id = $1 AND id = $2 \
                 AND state IN ('queued', 'delivered') AND NOT EXISTS (SELECT 1 FROM mail_events e \
                 WHERE e.workspace_id = outbox.workspace_id AND e.mail_id = outbox.id AND e.event = 'delayed')",
                MailEventKind::Delayed,
            ),
        };
        let key = [workspace.into(), id.as_uuid().into(), words.as_str().into()];
        if raw::execute(&tx, sql, key).await? == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        raw::execute(
            &tx,
            "INSERT INTO mail_events (workspace_id, mail_id, seq, event, reply, at) \
             SELECT $1, $2, COALESCE(MAX(seq), 0) + 1, $3, $4, $5 FROM mail_events WHERE workspace_id = $1 AND mail_id = $2",
            [
                workspace.into(),
                id.as_uuid().into(),
                event.as_str().into(),
                words.into(),
                now.into(),
            ],
        )
        .await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn note_opening(&self, workspace: WorkspaceId, link: &TokenDigest, now: Timestamp) -> Result<(), Trouble> {
        let sql = "SELECT id FROM links WHERE workspace_id = $1 AND digest = $2";
        let key = [workspace.as_uuid().into(), link.as_bytes().to_vec().into()];
        let Some(row) = raw::one(self.store.reader(), sql, key).await? else {
            return Ok(());
        };
        let tx: WriteTx = self.store.write_tx().await?;
        note_once(
            &tx,
            workspace,
            row.try_get("", "id")?,
            MailEventKind::Opened.as_str(),
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

fn event(row: &QueryResult) -> Result<MailEvent, Trouble> {
    let kind: String = row.try_get("", "event")?;
    Ok(MailEvent {
        at: Timestamp::from_micros(row.try_get("", "at")?),
        kind: MailEventKind::parse(&kind).ok_or(Unreadable::new("mail_events", "event"))?,
        reply: row.try_get("", "reply")?,
    })
}

/// What a code or link is worth; one that is not there any more is nothing.
async fn carried(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    secret: Uuid,
    now: Timestamp,
) -> Result<Carries, DbErr> {
    let key = || [workspace.as_uuid().into(), secret.into(), now.as_micros().into()];
    let code = raw::one(
        on,
        "SELECT f.id, CASE WHEN f.ended_at IS NULL AND f.expires_at > $3 THEN 1 ELSE 0 END AS live FROM codes c \
         JOIN flows f ON f.workspace_id = c.workspace_id AND f.id = c.flow_id WHERE c.workspace_id = $1 AND c.id = $2",
        key(),
    )
    .await?;
    if let Some(row) = code {
        return Ok(Carries::Code {
            flow: FlowId::from_uuid(row.try_get("", "id")?),
            live: row.try_get::<i32>("", "live")? == 1,
        });
    }
    let link = raw::one(
        on,
        "SELECT CASE WHEN used_at IS NULL AND voided_at IS NULL AND expires_at > $3 THEN 1 ELSE 0 END AS live \
         FROM links WHERE workspace_id = $1 AND id = $2",
        key(),
    )
    .await?;
    Ok(match link {
        Some(row) => Carries::Link {
            live: row.try_get::<i32>("", "live")? == 1,
        },
        None => Carries::Nothing,
    })
}

#[async_trait]
impl MailLog for SeaMailLog {
    async fn page(&self, workspace: WorkspaceId, query: MailQuery) -> PortResult<Vec<MailTrace>> {
        self.read_page(workspace, query)
            .await
            .map_err(|trouble| trouble.at("mail_log.page"))
    }

    async fn find(&self, workspace: WorkspaceId, id: MailId, now: Timestamp) -> PortResult<Option<MailStory>> {
        self.read_story(workspace, id, now)
            .await
            .map_err(|trouble| trouble.at("mail_log.find"))
    }

    async fn reachability(&self, workspace: WorkspaceId, addresses: Vec<EmailKey>) -> PortResult<Vec<Reachability>> {
        self.read_reachability(workspace, &addresses)
            .await
            .map_err(|trouble| trouble.at("mail_log.reachability"))
    }

    async fn opened(&self, workspace: WorkspaceId, link: &TokenDigest, now: Timestamp) -> PortResult<()> {
        self.note_opening(workspace, link, now)
            .await
            .map_err(|trouble| trouble.at("mail_log.opened"))
    }

    async fn addressed(&self, id: MailId) -> PortResult<Option<Addressed>> {
        let found = async {
            let sql = "SELECT workspace_id, address, user_id FROM outbox WHERE id = $1";
            let Some(row) = raw::one(self.store.reader(), sql, [id.as_uuid().into()]).await? else {
                return Ok(None);
            };
            let address: String = row.try_get("", "address")?;
            Ok(Some(Addressed {
                workspace: WorkspaceId::from_uuid(row.try_get("", "workspace_id")?),
                to: EmailAddress::parse(&address).map_err(|_address| Unreadable::new("outbox", "address"))?,
                user: row.try_get::<Option<Uuid>>("", "user_id")?.map(UserId::from_uuid),
            }))
        };
        found.await.map_err(|trouble: Trouble| trouble.at("mail_log.addressed"))
    }

    async fn returned(&self, id: MailId, returned: Returned, words: String, audit: AuditEntry) -> PortResult<bool> {
        self.note_return(id, returned, words, &audit)
            .await
            .map_err(|trouble| trouble.at("mail_log.returned"))
    }

    async fn try_now(&self, workspace: WorkspaceId, id: MailId, audit: AuditEntry) -> PortResult<bool> {
        let done = async {
            let tx = self.store.write_tx().await?;
            let touched = raw::execute(
                &tx,
                "UPDATE outbox SET next_attempt_at = CASE WHEN next_attempt_at < $3 THEN next_attempt_at ELSE $3 END \
                 WHERE workspace_id = $1 AND id = $2 AND state = $4",
                [
                    workspace.as_uuid().into(),
                    id.as_uuid().into(),
                    audit.at.as_micros().into(),
                    MailState::Queued.as_str().into(),
                ],
            )
            .await?;
            if touched == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await?;
            Ok(true)
        };
        done.await.map_err(|trouble: Trouble| trouble.at("mail_log.try_now"))
    }
}
