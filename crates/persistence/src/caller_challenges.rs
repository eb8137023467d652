//! Challenges to people who call.

use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::audit::{Actor, AuditEntry};
use doorward_domain::caller_challenge::{CallerAction, CallerChallenge, CallerEnd, CallerWay};
use doorward_domain::email_address::EmailKey;
use doorward_domain::ids::{CallerChallengeId, UserId, WorkspaceId};
use doorward_domain::ports::{
    BeginChallenge, CallerChallenges, CallerEffect, CarryOut, ChallengeTried, EndChallenge, PortResult, TryChallenge,
};
use doorward_domain::time::Timestamp;
use sea_orm::{QueryResult, Value};

use crate::changes::{Announcement, Changed};
use crate::connect::Store;
use crate::fault::{Trouble, Unreadable, fault};
use crate::outbox::insert_mails;
use crate::retry::{announced, retried};
use crate::{links, passkeys, people, raw, records};

const TABLE: &str = "caller_challenges";

/// How long a challenge is remembered after its end.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

const COLUMNS: &str = "workspace_id, id, user_id, actor_kind, actor_id, action, way, address_key, due_at, tries_left, \
     created_at, expires_at, proved_at, ended_how, ended_at";

/// The challenges.
#[derive(Debug, Clone)]
pub struct SeaCallerChallenges {
    store: Store,
}

fn whose(workspace: WorkspaceId, id: CallerChallengeId, asked_by: &Actor) -> Vec<Value> {
    let (kind, actor) = records::actor_columns(asked_by);
    vec![
        workspace.as_uuid().into(),
        id.as_uuid().into(),
        kind.into(),
        actor.into(),
    ]
}

impl SeaCallerChallenges {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Removes challenges that ended more than 30 days ago, and says how many.
    ///
    /// # Errors
    /// If the store is away.
    pub async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        raw::sweep(
            &self.store,
            (TABLE, "workspace_id, id"),
            "expires_at <= $1",
            &[now.minus(REMEMBERED).as_micros().into()],
        )
        .await
        .map_err(fault("caller_challenges.sweep"))
    }

    async fn begin_once(&self, begin: &BeginChallenge, audit: &AuditEntry) -> Result<(), Trouble> {
        let challenge = &begin.challenge;
        let (kind, actor) = records::actor_columns(&challenge.asked_by);
        let (address, due_at) = match &challenge.way {
            CallerWay::Mailbox { address } => (Some(address.as_str().to_owned()), None),
            CallerWay::Session => (None, None),
            CallerWay::Delay { due_at } => (None, Some(due_at.as_micros())),
        };
        let tx = self.store.write_tx().await?;
        // With the person's row in hand nobody else begins one for them at the same time.
        people::lock(&tx, challenge.workspace, challenge.user).await?;
        raw::execute(
            &tx,
            "UPDATE caller_challenges SET ended_how = 'cancelled', ended_at = $7 WHERE workspace_id = $1 AND user_id = $2 \
             AND actor_kind = $3 AND actor_id IS NOT DISTINCT FROM $4 AND action = $5 AND way = $6 AND ended_at IS NULL",
            [
                challenge.workspace.as_uuid().into(),
                challenge.user.as_uuid().into(),
                kind.into(),
                actor.into(),
                challenge.action.as_str().into(),
                challenge.way.as_str().into(),
                challenge.created_at.as_micros().into(),
            ],
        )
        .await?;
        raw::execute(
            &tx,
            "INSERT INTO caller_challenges (workspace_id, id, user_id, actor_kind, actor_id, action, way, address_key, \
             code, due_at, tries_left, created_at, expires_at, proved_at, ended_how, ended_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            [
                challenge.workspace.as_uuid().into(),
                challenge.id.as_uuid().into(),
                challenge.user.as_uuid().into(),
                kind.into(),
                actor.into(),
                challenge.action.as_str().into(),
                challenge.way.as_str().into(),
                address.into(),
                begin.code.map(|code| code.as_bytes().to_vec()).into(),
                due_at.into(),
                i64::from(challenge.tries_left).into(),
                challenge.created_at.as_micros().into(),
                challenge.expires_at.as_micros().into(),
                challenge.proved_at.map(Timestamp::as_micros).into(),
                challenge.ended.map(|(how, _)| how.as_str()).into(),
                challenge.ended.map(|(_, at)| at.as_micros()).into(),
            ],
        )
        .await?;
        for link in &begin.links {
            links::insert_link(&tx, link).await?;
        }
        insert_mails(&tx, self.store.keys(), &begin.mails).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn try_once(&self, tried: &TryChallenge) -> Result<ChallengeTried, Trouble> {
        let tx = self.store.write_tx().await?;
        let still = "workspace_id = $1 AND id = $2 AND actor_kind = $3 AND actor_id IS NOT DISTINCT FROM $4 \
                     AND way = 'mailbox' AND ended_at IS NULL AND proved_at IS NULL AND expires_at > $5 AND tries_left > 0";
        let mut values = whose(tried.workspace, tried.id, &tried.asked_by);
        values.push(tried.now.as_micros().into());
        if let Some(code) = tried.code {
            let right = raw::execute(
                &tx,
                &format!("UPDATE caller_challenges SET proved_at = $5, expires_at = $6 WHERE {still} AND code = $7"),
                values
                    .iter()
                    .cloned()
                    .chain([tried.open_until.as_micros().into(), code.as_bytes().to_vec().into()]),
            )
            .await?;
            if right > 0 {
                records::insert_audit(&tx, &tried.proved).await?;
                tx.commit().await?;
                return Ok(ChallengeTried::Proved);
            }
        }
        let counted = raw::one(
            &tx,
            &format!("UPDATE caller_challenges SET tries_left = tries_left - 1 WHERE {still} RETURNING tries_left"),
            values,
        )
        .await?;
        let Some(row) = counted else {
            tx.rollback().await?;
            return Ok(ChallengeTried::Closed);
        };
        let left: i64 = row.try_get("", "tries_left")?;
        records::insert_audit(&tx, &tried.failed).await?;
        tx.commit().await?;
        Ok(ChallengeTried::Wrong(u32::try_from(left).unwrap_or(0)))
    }

    async fn carry_out_once(
        &self,
        carry_out: &CarryOut,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let (workspace, user, now) = (carry_out.workspace, carry_out.user, carry_out.now);
        let tx = self.store.write_tx().await?;
        people::lock(&tx, workspace, user).await?;
        let mut values = whose(workspace, carry_out.id, &carry_out.asked_by);
        values.extend([
            now.as_micros().into(),
            user.as_uuid().into(),
            carry_out.action.as_str().into(),
        ]);
        let spent = raw::execute(
            &tx,
            "UPDATE caller_challenges SET ended_how = 'used', ended_at = $5 WHERE workspace_id = $1 AND id = $2 \
             AND actor_kind = $3 AND actor_id IS NOT DISTINCT FROM $4 AND user_id = $6 AND action = $7 \
             AND ended_at IS NULL AND expires_at > $5 AND (proved_at IS NOT NULL OR due_at <= $5)",
            values,
        )
        .await?;
        let password = match &carry_out.effect {
            CallerEffect::TemporaryPassword { password, until } => {
                Some((password.as_phc().to_owned(), until.as_micros()))
            }
            CallerEffect::ResetTwoFactor { .. } => None,
        };
        let (phc, until) = password.clone().unzip();
        let changed = raw::execute(
            &tx,
            "UPDATE users SET password_phc = COALESCE($3, password_phc), \
             password_temporary_until = COALESCE($4, password_temporary_until), \
             credentials_version = credentials_version + 1 \
             WHERE workspace_id = $1 AND id = $2 AND status <> 'deleted'",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                phc.into(),
                until.into(),
            ],
        )
        .await?;
        if spent == 0 || changed == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        if let CallerEffect::ResetTwoFactor { passkeys } = carry_out.effect {
            people::forget_app(&tx, workspace, user).await?;
            if passkeys {
                passkeys::forget_all(&tx, workspace, user).await?;
            }
        }
        people::end_sessions(&tx, workspace, user, None).await?;
        people::end_second_steps(&tx, workspace, user, now).await?;
        people::void_links(&tx, workspace, user, people::void_by_new_password, now).await?;
        people::void_codes(&tx, workspace, user, now).await?;
        insert_mails(&tx, self.store.keys(), &carry_out.notices).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn read(&self, condition: &str, values: Vec<Value>) -> Result<Vec<CallerChallenge>, Trouble> {
        let sql = format!("SELECT {COLUMNS} FROM caller_challenges WHERE {condition}");
        let rows = raw::all(self.store.reader(), &sql, values).await?;
        rows.iter().map(challenge).collect()
    }
}

fn challenge(row: &QueryResult) -> Result<CallerChallenge, Trouble> {
    let text = |column: &str| row.try_get::<String>("", column);
    let instant = |column: &str| row.try_get::<Option<i64>>("", column);
    let unreadable = |column: &'static str| Unreadable::new(TABLE, column);
    let way = match text("way")?.as_str() {
        "mailbox" => CallerWay::Mailbox {
            address: EmailKey::from_stored(text("address_key")?),
        },
        "session" => CallerWay::Session,
        "delay" => CallerWay::Delay {
            due_at: Timestamp::from_micros(instant("due_at")?.ok_or_else(|| unreadable("due_at"))?),
        },
        _ => return Err(unreadable("way").into()),
    };
    let ended = match (row.try_get::<Option<String>>("", "ended_how")?, instant("ended_at")?) {
        (Some(how), Some(at)) => {
            let how = CallerEnd::parse(&how).ok_or_else(|| unreadable("ended_how"))?;
            Some((how, Timestamp::from_micros(at)))
        }
        _ => None,
    };
    let tries_left: i64 = row.try_get("", "tries_left")?;
    Ok(CallerChallenge {
        id: CallerChallengeId::from_uuid(row.try_get("", "id")?),
        workspace: WorkspaceId::from_uuid(row.try_get("", "workspace_id")?),
        asked_by: records::actor(&text("actor_kind")?, row.try_get("", "actor_id")?)
            .ok_or_else(|| unreadable("actor_kind"))?,
        user: UserId::from_uuid(row.try_get("", "user_id")?),
        action: CallerAction::parse(&text("action")?).ok_or_else(|| unreadable("action"))?,
        way,
        tries_left: u32::try_from(tries_left).unwrap_or(0),
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
        proved_at: instant("proved_at")?.map(Timestamp::from_micros),
        ended,
    })
}

#[async_trait]
impl CallerChallenges for SeaCallerChallenges {
    async fn begin(&self, begin: BeginChallenge, audit: AuditEntry) -> PortResult<()> {
        retried!("caller_challenges.begin", self.begin_once(&begin, &audit))
    }

    async fn find(&self, workspace: WorkspaceId, id: CallerChallengeId) -> PortResult<Option<CallerChallenge>> {
        let values = vec![workspace.as_uuid().into(), id.as_uuid().into()];
        let found = self.read("workspace_id = $1 AND id = $2", values).await;
        let found = found.map_err(|trouble| trouble.at("caller_challenges.find"))?;
        Ok(found.into_iter().next())
    }

    async fn of_person(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        now: Timestamp,
    ) -> PortResult<Vec<CallerChallenge>> {
        let values = vec![
            workspace.as_uuid().into(),
            user.as_uuid().into(),
            now.as_micros().into(),
        ];
        let condition = "workspace_id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $3 \
                         AND (tries_left > 0 OR proved_at IS NOT NULL) ORDER BY created_at DESC, id DESC";
        let found = self.read(condition, values).await;
        found.map_err(|trouble| trouble.at("caller_challenges.of_person"))
    }

    async fn try_code(&self, tried: TryChallenge) -> PortResult<ChallengeTried> {
        retried!("caller_challenges.try_code", self.try_once(&tried))
    }

    async fn confirm(
        &self,
        workspace: WorkspaceId,
        id: CallerChallengeId,
        user: UserId,
        open_until: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let confirmed = async {
            let tx = self.store.write_tx().await?;
            let confirmed = raw::execute(
                &tx,
                "UPDATE caller_challenges SET proved_at = $4, expires_at = $5 WHERE workspace_id = $1 AND id = $2 \
                 AND user_id = $3 AND way = 'session' AND ended_at IS NULL AND proved_at IS NULL AND expires_at > $4",
                [
                    workspace.as_uuid().into(),
                    id.as_uuid().into(),
                    user.as_uuid().into(),
                    audit.at.as_micros().into(),
                    open_until.as_micros().into(),
                ],
            )
            .await?;
            if confirmed == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await?;
            Ok(true)
        };
        confirmed.await.map_err(fault("caller_challenges.confirm"))
    }

    async fn end(&self, end: EndChallenge, audit: AuditEntry) -> PortResult<bool> {
        let ended = async {
            let tx = self.store.write_tx().await?;
            let ended = raw::execute(
                &tx,
                "UPDATE caller_challenges SET ended_how = $4, ended_at = $5 WHERE workspace_id = $1 AND id = $2 \
                 AND user_id = $3 AND ended_at IS NULL AND expires_at > $5 AND (tries_left > 0 OR proved_at IS NOT NULL)",
                [
                    end.workspace.as_uuid().into(),
                    end.id.as_uuid().into(),
                    end.user.as_uuid().into(),
                    end.how.as_str().into(),
                    end.now.as_micros().into(),
                ],
            )
            .await?;
            if ended == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            insert_mails(&tx, self.store.keys(), &end.mails).await?;
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await?;
            Ok(true)
        };
        ended
            .await
            .map_err(|trouble: Trouble| trouble.at("caller_challenges.end"))
    }

    async fn carry_out(&self, carry_out: CarryOut, audit: AuditEntry) -> PortResult<bool> {
        announced!(self, "caller_challenges.carry_out", |announcement| {
            self.carry_out_once(&carry_out, &audit, &announcement)
        })
    }

    async fn due(&self, now: Timestamp, limit: u32) -> PortResult<Vec<CallerChallenge>> {
        let values = vec![now.as_micros().into(), i64::from(limit).into()];
        let condition = "ended_at IS NULL AND due_at IS NOT NULL AND due_at <= $1 AND expires_at > $1 \
                         AND action <> 'set-password' ORDER BY due_at, id LIMIT $2";
        let found = self.read(condition, values).await;
        found.map_err(|trouble| trouble.at("caller_challenges.due"))
    }
}
