//! Sessions: opened by one transaction, checked from memory or by one prepared statement, ended at once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{SessionId, UserId, WorkspaceId};
use doorward_domain::mail::Message;
use doorward_domain::method::Method;
use doorward_domain::ports::{OpenSession, Opened, OwnSessions, PortResult, RenewSession, Renewed, Sessions};
use doorward_domain::secret::TokenDigest;
use doorward_domain::session::{MAX_SESSIONS_PER_USER, Session, SessionView};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Value};

use crate::changes::{Changed, Changes};
use crate::connect::Store;
use crate::connections::{self, Used};
use crate::fault::{Trouble, Unreadable, at_sqlx, fault};
use crate::links::insert_link;
use crate::outbox::{Origin, insert_mail_of, insert_mails};
use crate::retry::announced;
use crate::throttle::{TRIES, clear_in, refund_in};
use crate::{door_settings, factors, raw, records};

mod narrow;
pub mod table;

use narrow::Narrow;
use table::{Fresh, LastUse, Lookup, SessionTable};

const TABLE: &str = "sessions";

/// With several nodes, a session is only swept as idle this long after its last *written* use: each node writes last uses
/// down from time to time.
const IDLE_GRACE: Duration = Duration::from_mins(5);

/// The sessions.
#[derive(Debug, Clone)]
pub struct SeaSessions {
    store: Store,
    narrow: Narrow,
    table: Arc<SessionTable>,
    changes: Changes,
}

impl SeaSessions {
    /// Over that store and its table.
    pub fn new(store: Store) -> Self {
        Self {
            narrow: Narrow::of(store.reader()),
            table: Arc::clone(store.table()),
            changes: store.changes().clone(),
            store,
        }
    }

    async fn end_where(
        &self,
        place: &'static str,
        changed: Changed,
        condition: &str,
        values: Vec<Value>,
        audit: AuditEntry,
        audit_none: bool,
    ) -> PortResult<u64> {
        let announcement = self.changes.begin(place).await?;
        let ended = async {
            let tx = self.store.write_tx().await?;
            announcement.announce(&tx, changed).await?;
            let sql = format!(
                "DELETE FROM sessions WHERE {condition} RETURNING token_digest, last_seen_at, idle_micros, expires_at"
            );
            let mut live = 0;
            for row in raw::all(&tx, &sql, values).await? {
                live += u64::from(self.was_live(&row, audit.at)?);
            }
            if live > 0 || audit_none {
                records::insert_audit(&tx, &audit).await?;
            }
            tx.commit().await?;
            Ok(live)
        }
        .await
        .map_err(fault(place))?;
        announcement.finish();
        Ok(ended)
    }

    fn was_live(&self, row: &QueryResult, now: Timestamp) -> Result<bool, DbErr> {
        let token = digest(row, "token_digest")?;
        let written: i64 = row.try_get("", "last_seen_at")?;
        let idle: i64 = row.try_get("", "idle_micros")?;
        let expires_at: i64 = row.try_get("", "expires_at")?;
        let last_seen = self
            .table
            .last_use(&token)
            .map_or(written, |known| known.as_micros().max(written));
        Ok(now.as_micros() < expires_at.min(last_seen.saturating_add(idle)))
    }

    /// Writes last uses down. Nothing is lost if this fails half way: what is not noted as written is written again.
    async fn write_last_uses(&self) -> Result<(), DbErr> {
        let sql = last_uses_sql(self.store.backend());
        for transaction in self.table.unwritten().chunks(LAST_USES * 16) {
            let tx = self.store.write_tx().await?;
            for batch in transaction.chunks(LAST_USES) {
                // Always the same number of rows, so that there is one statement to prepare; the last one fills up.
                let padded = batch.iter().chain(batch.last().into_iter().cycle()).take(LAST_USES);
                let values = padded.flat_map(|LastUse { digest, at }| {
                    [Value::from(digest.as_bytes().to_vec()), Value::from(at.as_micros())]
                });
                raw::execute(&tx, &sql, values).await?;
            }
            tx.commit().await?;
            self.table.written(transaction);
        }
        Ok(())
    }
}

/// Last uses per statement: 128 values, far below what either database takes.
const LAST_USES: usize = 64;

fn last_uses_sql(backend: DbBackend) -> String {
    let row = |row: usize| {
        let (digest, at) = (row * 2 + 1, row * 2 + 2);
        match backend {
            DbBackend::Postgres => format!("(${digest}::bytea, ${at}::bigint)"),
            _ => format!("(${digest}, ${at})"),
        }
    };
    let rows = (0..LAST_USES).map(row).collect::<Vec<_>>().join(", ");
    format!(
        "WITH used(digest, seen) AS (VALUES {rows}) UPDATE sessions SET last_seen_at = used.seen, \
         ends_at = CASE WHEN expires_at < used.seen + idle_micros THEN expires_at ELSE used.seen + idle_micros END \
         FROM used WHERE sessions.token_digest = used.digest AND sessions.last_seen_at < used.seen"
    )
}

fn method(row: &QueryResult) -> Result<Method, Trouble> {
    let name: String = row.try_get("", "method")?;
    Ok(Method::parse(&name).ok_or(Unreadable::new(TABLE, "method"))?)
}

fn digest(row: &QueryResult, column: &str) -> Result<TokenDigest, DbErr> {
    let bytes: Vec<u8> = row.try_get("", column)?;
    <[u8; 32]>::try_from(bytes)
        .map(TokenDigest::from_bytes)
        .map_err(|_length| DbErr::Type(format!("{column} is not a digest")))
}

#[async_trait]
impl Sessions for SeaSessions {
    async fn open(&self, open: OpenSession) -> PortResult<Opened> {
        const PLACE: &str = "sessions.open";
        // Takes in what commands have changed so far; else the first check would, and forget this session with the rest.
        self.changes.memory_is_current();
        let ticket = self.table.ticket();
        let mut tries = 1;
        let opened = loop {
            let announcement = self.changes.begin(PLACE).await?;
            match self.open_in_transaction(&open, &announcement).await {
                Err(trouble) if tries < TRIES && trouble.is_deadlock() => tries += 1,
                done => {
                    if open.confirms.is_some() {
                        // Also where it failed: it may have been committed and only the answer was lost.
                        self.changes.workspace_changed();
                    }
                    let opened = done.map_err(|trouble| trouble.at(PLACE))?;
                    announcement.finish();
                    break opened;
                }
            }
        };
        let view = match opened {
            Opened::Open(view) => Arc::from(view),
            refused => return Ok(refused),
        };
        // If this open itself has ended another session, the ticket is of yesterday; the first check will fetch it.
        self.table.insert(
            ticket,
            open.token,
            Fresh {
                view: Arc::clone(&view),
                idle_micros: open.idle_micros,
                last_seen: open.now,
                written: open.now,
            },
        );
        Ok(Opened::Open(Box::new(SessionView::clone(&view))))
    }

    fn peek(&self, token: &TokenDigest, now: Timestamp) -> Option<Option<Arc<SessionView>>> {
        if !self.changes.memory_is_current() {
            return None;
        }
        match self.table.look_up(token, now) {
            Lookup::Live(view) => Some(Some(view)),
            Lookup::Over => Some(None),
            Lookup::Unknown => None,
        }
    }

    async fn check(&self, token: &TokenDigest, now: Timestamp) -> PortResult<Option<Arc<SessionView>>> {
        if let Some(answer) = self.peek(token, now) {
            return Ok(answer);
        }
        let ticket = self.table.ticket();
        let Some(read) = self.narrow.read(token).await.map_err(at_sqlx("sessions.check"))? else {
            return Ok(None);
        };
        let known = self.table.last_use(token).unwrap_or(read.last_seen).max(read.last_seen);
        let idle_end = known.as_micros().saturating_add(read.idle_micros);
        if now >= read.view.expires_at || now.as_micros() >= idle_end {
            return Ok(None);
        }
        let view = Arc::new(read.view);
        self.table.insert(
            ticket,
            *token,
            Fresh {
                view: Arc::clone(&view),
                idle_micros: read.idle_micros,
                last_seen: known.max(now),
                written: read.last_seen,
            },
        );
        Ok(Some(view))
    }

    async fn end(&self, workspace: WorkspaceId, token: &TokenDigest, audit: AuditEntry) -> PortResult<bool> {
        let values = vec![workspace.as_uuid().into(), token.as_bytes().to_vec().into()];
        self.end_where(
            "sessions.end",
            Changed::Session(*token),
            "workspace_id = $1 AND token_digest = $2",
            values,
            audit,
            false,
        )
        .await
        .map(|ended| ended > 0)
    }

    async fn renew(&self, renew: RenewSession) -> PortResult<Renewed> {
        announced!(self, "sessions.renew", |announcement| {
            self.renew_once(&renew, &announcement)
        })
    }

    async fn end_all(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        keep: Option<SessionId>,
        audit: AuditEntry,
    ) -> PortResult<u64> {
        let mut values = vec![workspace.as_uuid().into(), user.as_uuid().into()];
        let mut condition = "workspace_id = $1 AND user_id = $2";
        if let Some(keep) = keep {
            values.push(keep.as_uuid().into());
            condition = "workspace_id = $1 AND user_id = $2 AND id <> $3";
        }
        self.end_where(
            "sessions.end_all",
            Changed::Person(workspace, user),
            condition,
            values,
            audit,
            true,
        )
        .await
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        const PLACE: &str = "sessions.sweep";
        self.write_last_uses().await.map_err(fault(PLACE))?;
        self.table.tidy(now);
        let idle_since = match self.store.backend() {
            DbBackend::Postgres => now.minus(IDLE_GRACE),
            _ => now,
        };
        raw::sweep(
            &self.store,
            ("sessions", "workspace_id, token_digest"),
            "ends_at <= $1 AND (expires_at <= $1 OR ends_at <= $2)",
            &[now.as_micros().into(), idle_since.as_micros().into()],
        )
        .await
        .map_err(fault(PLACE))
    }
}

impl SeaSessions {
    async fn open_in_transaction(
        &self,
        open: &OpenSession,
        announcement: &crate::changes::Announcement,
    ) -> Result<Opened, Trouble> {
        let workspace = Value::from(open.grant.workspace().as_uuid());
        let user = Value::from(open.grant.user().as_uuid());
        let now = open.now.as_micros();
        let tx = self.store.write_tx().await?;
        if let Some(trial) = &open.confirms {
            door_settings::confirm_in(&tx, open.grant.workspace(), trial, open.now).await?;
        }

        // First of all of the person's, and conditional: it locks the person's row, so that no change of credentials can slip in.
        let person = raw::one(
            &tx,
            narrow::touch_person(tx.get_database_backend()),
            [
                workspace.clone(),
                user.clone(),
                now.into(),
                open.rehash.as_ref().map(|digest| digest.as_phc().to_owned()).into(),
                open.grant.credentials_version().into(),
            ],
        )
        .await?;
        let Some(person) = person else {
            tx.rollback().await?;
            return Ok(Opened::CredentialsChanged);
        };
        let mut connected = None;
        if let Some(arrived) = open.grant.arrived() {
            let whose = (open.grant.workspace(), open.grant.user());
            let id = open.connects.as_ref().map(|(id, _audit)| *id);
            match connections::use_in(&tx, whose, arrived, id, open.now).await? {
                Used::Taken => {
                    tx.rollback().await?;
                    return Ok(Opened::IdentityTaken);
                }
                Used::New => connected = open.connects.as_ref().map(|(_id, audit)| audit),
                Used::Known => {}
            }
        }
        if let Some(spent) = open.grant.spends()
            && !factors::spend_in(&tx, open.grant.workspace(), open.grant.user(), spent, open.now).await?
        {
            tx.rollback().await?;
            return Ok(Opened::FactorSpent);
        }
        let view = narrow::Person::read(&person)?.view(narrow::SessionPart {
            id: open.id,
            created_at: open.now,
            proved_at: open.now,
            expires_at: open.expires_at,
            method: open.grant.method(),
            workspace: open.grant.workspace(),
            user: open.grant.user(),
        });

        let replaced = open.replaces.map_or_else(Vec::new, |token| token.as_bytes().to_vec());
        let gone = raw::all(
            &tx,
            "DELETE FROM sessions WHERE workspace_id = $1 AND (token_digest = $2 OR token_digest IN \
             (SELECT token_digest FROM sessions WHERE workspace_id = $1 AND user_id = $3 AND token_digest <> $2 \
             ORDER BY last_seen_at DESC, created_at DESC LIMIT 1000000 OFFSET $4)) \
             RETURNING token_digest, id, user_id, last_seen_at, idle_micros, expires_at",
            [
                workspace.clone(),
                replaced.into(),
                user.clone(),
                i64::from(MAX_SESSIONS_PER_USER - 1).into(),
            ],
        )
        .await?;
        for row in gone {
            let token = digest(&row, "token_digest")?;
            announcement.announce(&tx, Changed::Session(token)).await?;
            if self.was_live(&row, open.now)? {
                let ended = SessionId::from_uuid(row.try_get("", "id")?);
                let owner = UserId::from_uuid(row.try_get("", "user_id")?);
                let replaced = open.replaces == Some(token);
                let row = open.audit.of_displaced(open.grant.user(), ended, owner, replaced);
                records::insert_audit(&tx, &row).await?;
            }
        }

        let ends_at = open.expires_at.as_micros().min(now.saturating_add(open.idle_micros));
        raw::execute(
            &tx,
            "INSERT INTO sessions (workspace_id, token_digest, id, user_id, method, created_at, last_seen_at, \
             idle_micros, expires_at, ends_at, client_address, user_agent, request_id, proved_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, $6)",
            [
                workspace.clone(),
                open.token.as_bytes().to_vec().into(),
                open.id.as_uuid().into(),
                user,
                open.grant.method().as_str().into(),
                now.into(),
                open.idle_micros.into(),
                open.expires_at.as_micros().into(),
                ends_at.into(),
                open.client.address.to_string().into(),
                open.client.user_agent.as_str().into(),
                open.client.request.as_uuid().into(),
            ],
        )
        .await?;
        if let Some(flow) = open.flow {
            crate::flows::end_in(&tx, open.grant.workspace(), flow, open.now).await?;
        }
        refund_in(&tx, open.grant.workspace(), &open.refunds).await?;
        clear_in(&tx, open.grant.workspace(), &open.clears).await?;
        for link in &open.links {
            insert_link(&tx, link).await?;
        }
        for notice in &open.notices {
            let link = open
                .links
                .first()
                .filter(|_| matches!(notice.message, Message::NewDevice { .. }));
            insert_mail_of(&tx, self.store.keys(), notice, Origin::carrying(link)).await?;
        }
        records::insert_receipt(&tx, &open.receipt).await?;
        records::insert_audit(&tx, &open.audit).await?;
        if let Some(audit) = connected {
            records::insert_audit(&tx, audit).await?;
        }
        tx.commit().await?;
        Ok(Opened::Open(Box::new(view)))
    }

    async fn renew_once(
        &self,
        renew: &RenewSession,
        announcement: &crate::changes::Announcement,
    ) -> Result<Renewed, Trouble> {
        let workspace = Value::from(renew.workspace.as_uuid());
        let user = Value::from(renew.user.as_uuid());
        let now = renew.now.as_micros();
        let tx = self.store.write_tx().await?;
        // First of all, as whoever changes what the person's sessions rest on does.
        let person = raw::one(
            &tx,
            narrow::take_person(tx.get_database_backend()),
            [workspace.clone(), user.clone()],
        )
        .await?;
        let session = raw::one(
            &tx,
            "SELECT token_digest, method, created_at, last_seen_at, idle_micros, expires_at FROM sessions \
             WHERE workspace_id = $1 AND user_id = $2 AND id = $3 AND token_digest = $4",
            [
                workspace.clone(),
                user,
                renew.id.as_uuid().into(),
                renew.from.as_bytes().to_vec().into(),
            ],
        )
        .await?;
        let (Some(person), Some(session)) = (person, session) else {
            tx.rollback().await?;
            return Ok(Renewed::Gone);
        };
        let idle: i64 = session.try_get("", "idle_micros")?;
        let expires_at: i64 = session.try_get("", "expires_at")?;
        // By the token that came with the proof, so that of two that renew at once the later finds it gone.
        let renewed = if self.was_live(&session, renew.now)? {
            raw::execute(
                &tx,
                "UPDATE sessions SET token_digest = $3, proved_at = $4, \
                 last_seen_at = CASE WHEN last_seen_at < $4 THEN $4 ELSE last_seen_at END, ends_at = $5 \
                 WHERE workspace_id = $1 AND token_digest = $2",
                [
                    workspace,
                    renew.from.as_bytes().to_vec().into(),
                    renew.token.as_bytes().to_vec().into(),
                    now.into(),
                    expires_at.min(now.saturating_add(idle)).into(),
                ],
            )
            .await?
        } else {
            0
        };
        if renewed == 0 {
            tx.rollback().await?;
            return Ok(Renewed::Gone);
        }
        if let Some(spent) = &renew.spends
            && !factors::spend_in(&tx, renew.workspace, renew.user, spent, renew.now).await?
        {
            tx.rollback().await?;
            return Ok(Renewed::FactorSpent);
        }
        if let Some(flow) = renew.flow {
            crate::flows::end_in(&tx, renew.workspace, flow, renew.now).await?;
        }
        refund_in(&tx, renew.workspace, &renew.refunds).await?;
        clear_in(&tx, renew.workspace, &renew.clears).await?;
        insert_mails(&tx, self.store.keys(), &renew.notices).await?;
        records::insert_receipt(&tx, &renew.receipt).await?;
        records::insert_audit(&tx, &renew.audit).await?;
        announcement.announce(&tx, Changed::Session(renew.from)).await?;
        tx.commit().await?;
        let view = narrow::Person::read(&person)?.view(narrow::SessionPart {
            id: renew.id,
            created_at: Timestamp::from_micros(session.try_get("", "created_at")?),
            proved_at: renew.now,
            expires_at: Timestamp::from_micros(expires_at),
            method: method(&session)?,
            workspace: renew.workspace,
            user: renew.user,
        });
        Ok(Renewed::Renewed(Box::new(view)))
    }

    async fn end_own(
        &self,
        (workspace, user, session): (WorkspaceId, UserId, SessionId),
        audit: &AuditEntry,
        announcement: &crate::changes::Announcement,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        let ended = raw::one(
            &tx,
            "DELETE FROM sessions WHERE workspace_id = $1 AND user_id = $2 AND id = $3 \
             RETURNING token_digest, last_seen_at, idle_micros, expires_at",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                session.as_uuid().into(),
            ],
        )
        .await?;
        let Some(row) = ended else {
            tx.rollback().await?;
            return Ok(false);
        };
        let was_live = self.was_live(&row, audit.at)?;
        announcement
            .announce(&tx, Changed::Session(digest(&row, "token_digest")?))
            .await?;
        if was_live {
            records::insert_audit(&tx, audit).await?;
        }
        tx.commit().await?;
        Ok(was_live)
    }

    async fn list_own(&self, workspace: WorkspaceId, user: UserId, now: Timestamp) -> Result<Vec<Session>, Trouble> {
        let rows = raw::all(
            self.store.reader(),
            "SELECT token_digest, id, method, created_at, proved_at, last_seen_at, idle_micros, expires_at, \
             client_address, user_agent, request_id FROM sessions WHERE workspace_id = $1 AND user_id = $2",
            [workspace.as_uuid().into(), user.as_uuid().into()],
        )
        .await?;
        let mut sessions = Vec::with_capacity(rows.len());
        for row in &rows {
            let instant = |column: &str| row.try_get("", column).map(Timestamp::from_micros);
            let address: String = row.try_get("", "client_address")?;
            let written = instant("last_seen_at")?;
            let known = self.table.last_use(&digest(row, "token_digest")?);
            sessions.push(Session {
                id: SessionId::from_uuid(row.try_get("", "id")?),
                workspace,
                user,
                method: method(row)?,
                created_at: instant("created_at")?,
                proved_at: instant("proved_at")?,
                last_seen_at: known.map_or(written, |known| known.max(written)),
                idle_micros: row.try_get("", "idle_micros")?,
                expires_at: instant("expires_at")?,
                client: records::client(
                    TABLE,
                    &address,
                    row.try_get("", "user_agent")?,
                    row.try_get("", "request_id")?,
                )?,
            });
        }
        sessions.retain(|session| session.is_live(now));
        sessions.sort_by_key(|session| std::cmp::Reverse((session.last_seen_at, session.created_at, session.id)));
        Ok(sessions)
    }
}

#[async_trait]
impl OwnSessions for SeaSessions {
    async fn list(&self, workspace: WorkspaceId, user: UserId, now: Timestamp) -> PortResult<Vec<Session>> {
        self.list_own(workspace, user, now)
            .await
            .map_err(|trouble| trouble.at("own_sessions.list"))
    }

    async fn end(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        session: SessionId,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        announced!(self, "own_sessions.end", |announcement| {
            self.end_own((workspace, user, session), &audit, &announcement)
        })
    }
}
