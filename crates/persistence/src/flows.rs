//! Attempts that span several requests, and their codes.

use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::{FlowId, UserId, WorkspaceId};
use doorward_domain::ports::{CodeTry, Flows, NewCode, PortResult, RedeemedCode, SendCode, TryCode};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{PasswordDigest, TokenDigest};
use doorward_domain::sign_in::{Binding, FlowPurpose, NewSignUp, PendingSignIn, Receipt};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use uuid::Uuid;

use crate::connect::{Store, WriteTx};
use crate::fault::{Trouble, Unreadable, fault};
use crate::outbox::{Origin, insert_mail_of, note_use};
use crate::{raw, records};

const TABLE: &str = "flows";

/// How long an attempt is remembered after its end.
const REMEMBERED: Duration = Duration::from_hours(24);

macro_rules! columns {
    () => {
        "id, binding, purpose, address, return_to, sign_up_name, sign_up_password_phc, password_verified_user_id, \
         first_step, user_id, wrong_tries, last_sent_at, created_at, expires_at, ended_at, \
         arrived"
    };
}

/// The attempts.
#[derive(Debug, Clone)]
pub struct SeaFlows {
    store: Store,
}

impl SeaFlows {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

fn unreadable(column: &'static str) -> Trouble {
    Unreadable::new(TABLE, column).into()
}

fn digest(bytes: Vec<u8>, column: &'static str) -> Result<TokenDigest, Trouble> {
    <[u8; 32]>::try_from(bytes)
        .map(TokenDigest::from_bytes)
        .map_err(|_length| unreadable(column))
}

fn flow(row: &QueryResult, workspace: WorkspaceId) -> Result<PendingSignIn, Trouble> {
    let binding = match row.try_get::<Option<Vec<u8>>>("", "binding")? {
        Some(bytes) => Binding::Browser(digest(bytes, "binding")?),
        None => Binding::Bearer,
    };
    let purpose: String = row.try_get("", "purpose")?;
    let address: String = row.try_get("", "address")?;
    let return_to: String = row.try_get("", "return_to")?;
    let name: Option<String> = row.try_get("", "sign_up_name")?;
    let password: Option<String> = row.try_get("", "sign_up_password_phc")?;
    let wrong_tries: i64 = row.try_get("", "wrong_tries")?;
    let verified: Option<Uuid> = row.try_get("", "password_verified_user_id")?;
    let first_step: Option<String> = row.try_get("", "first_step")?;
    let user: Option<Uuid> = row.try_get("", "user_id")?;
    let arrived: Option<String> = row.try_get("", "arrived")?;
    let ended_at: Option<i64> = row.try_get("", "ended_at")?;
    Ok(PendingSignIn {
        id: FlowId::from_uuid(row.try_get("", "id")?),
        workspace,
        binding,
        purpose: FlowPurpose::parse(&purpose).ok_or_else(|| unreadable("purpose"))?,
        email: EmailAddress::parse(&address).map_err(|_address| unreadable("address"))?,
        return_to: ReturnTo::parse(&return_to),
        sign_up: name.zip(password).map(|(name, phc)| NewSignUp {
            name,
            password: PasswordDigest::from_phc(phc),
        }),
        password_verified: verified.map(UserId::from_uuid),
        arrived: arrived
            .map(|json| serde_json::from_str(&json))
            .transpose()
            .map_err(|_json| unreadable("arrived"))?,
        first_step: first_step
            .map(|json| serde_json::from_str(&json))
            .transpose()
            .map_err(|_json| unreadable("first_step"))?,
        user: user.map(UserId::from_uuid),
        wrong_tries: u32::try_from(wrong_tries).map_err(|_range| unreadable("wrong_tries"))?,
        last_sent_at: Timestamp::from_micros(row.try_get("", "last_sent_at")?),
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
        ended_at: ended_at.map(Timestamp::from_micros),
    })
}

pub(crate) fn binding_value(binding: Binding) -> Value {
    match binding {
        Binding::Browser(digest) => Some(digest.as_bytes().to_vec()),
        Binding::Bearer => None,
    }
    .into()
}

async fn find(on: &impl ConnectionTrait, workspace: WorkspaceId, id: FlowId) -> Result<Option<PendingSignIn>, Trouble> {
    raw::one(
        on,
        concat!("SELECT ", columns!(), " FROM flows WHERE workspace_id = $1 AND id = $2"),
        [workspace.as_uuid().into(), id.as_uuid().into()],
    )
    .await?
    .map(|row| flow(&row, workspace))
    .transpose()
}

/// Ends an attempt and voids its codes, inside a transaction.
pub(crate) async fn end_in(tx: &WriteTx, workspace: WorkspaceId, id: FlowId, now: Timestamp) -> Result<(), DbErr> {
    let values = || -> [Value; 3] { [workspace.as_uuid().into(), id.as_uuid().into(), now.as_micros().into()] };
    raw::execute(
        tx,
        "UPDATE flows SET ended_at = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL",
        values(),
    )
    .await?;
    raw::execute(
        tx,
        "UPDATE codes SET voided_at = $3 WHERE workspace_id = $1 AND flow_id = $2 AND used_at IS NULL AND voided_at IS NULL",
        values(),
    )
    .await
    .map(|_rows| ())
}

/// Inserts the attempt, or replaces what a further request may replace; wrong tries stay (R23).
pub(crate) async fn put(tx: &WriteTx, flow: &PendingSignIn) -> Result<(), DbErr> {
    let first_step = flow.first_step.as_ref().map(serde_json::to_string).transpose();
    let first_step = first_step.map_err(|error| DbErr::Json(error.to_string()))?;
    let arrived = flow.arrived.as_ref().map(serde_json::to_string).transpose();
    let arrived = arrived.map_err(|error| DbErr::Json(error.to_string()))?;
    raw::execute(
        tx,
        "INSERT INTO flows (workspace_id, id, binding, purpose, address, address_key, return_to, sign_up_name, \
         sign_up_password_phc, password_verified_user_id, wrong_tries, last_sent_at, created_at, expires_at, ended_at, \
         first_step, first_step_user_id, user_id, arrived) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) \
         ON CONFLICT (workspace_id, id) DO UPDATE SET return_to = excluded.return_to, \
         sign_up_name = excluded.sign_up_name, sign_up_password_phc = excluded.sign_up_password_phc, \
         password_verified_user_id = excluded.password_verified_user_id, last_sent_at = excluded.last_sent_at, \
         arrived = excluded.arrived",
        [
            flow.workspace.as_uuid().into(),
            flow.id.as_uuid().into(),
            binding_value(flow.binding),
            flow.purpose.as_str().into(),
            flow.email.as_str().into(),
            flow.email.key().as_str().into(),
            flow.return_to.as_str().into(),
            flow.sign_up.as_ref().map(|sign_up| sign_up.name.clone()).into(),
            flow.sign_up
                .as_ref()
                .map(|sign_up| sign_up.password.as_phc().to_owned())
                .into(),
            flow.password_verified.map(UserId::as_uuid).into(),
            i64::from(flow.wrong_tries).into(),
            flow.last_sent_at.as_micros().into(),
            flow.created_at.as_micros().into(),
            flow.expires_at.as_micros().into(),
            flow.ended_at.map(Timestamp::as_micros).into(),
            first_step.into(),
            flow.first_step.as_ref().map(|first| first.user.as_uuid()).into(),
            flow.user.map(UserId::as_uuid).into(),
            arrived.into(),
        ],
    )
    .await
    .map(|_rows| ())
}

/// Voids the oldest living codes of an attempt, so that with the one to come `live` are left (R27). The attempt's row is
/// locked by then, so parallel requests count each other's codes.
async fn void_surplus(tx: &WriteTx, flow: &PendingSignIn, live: u32, now: Timestamp) -> Result<(), DbErr> {
    raw::execute(
        tx,
        "UPDATE codes SET voided_at = $3 WHERE workspace_id = $1 AND flow_id = $2 AND used_at IS NULL \
         AND voided_at IS NULL AND expires_at > $3 AND id NOT IN (SELECT id FROM codes WHERE workspace_id = $1 \
         AND flow_id = $2 AND used_at IS NULL AND voided_at IS NULL AND expires_at > $3 \
         ORDER BY issued_at DESC, id DESC LIMIT $4)",
        [
            flow.workspace.as_uuid().into(),
            flow.id.as_uuid().into(),
            now.as_micros().into(),
            i64::from(live.saturating_sub(1)).into(),
        ],
    )
    .await
    .map(|_rows| ())
}

async fn put_code(tx: &WriteTx, flow: &PendingSignIn, code: &NewCode, now: Timestamp) -> Result<(), DbErr> {
    raw::execute(
        tx,
        "INSERT INTO codes (workspace_id, id, flow_id, digest, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            flow.workspace.as_uuid().into(),
            code.id.as_uuid().into(),
            flow.id.as_uuid().into(),
            code.digest.as_bytes().to_vec().into(),
            now.as_micros().into(),
            code.expires_at.as_micros().into(),
        ],
    )
    .await
    .map(|_rows| ())
}

/// In the place of a code where the mailbox gets another word: as many statements, so that the answer takes as long
/// (R90), and no code.
async fn put_no_code(tx: &WriteTx, flow: &PendingSignIn, now: Timestamp) -> Result<(), DbErr> {
    raw::execute(
        tx,
        "UPDATE codes SET voided_at = $3 WHERE workspace_id = $1 AND id = $2 AND used_at IS NULL AND voided_at IS NULL",
        [
            flow.workspace.as_uuid().into(),
            Uuid::nil().into(),
            now.as_micros().into(),
        ],
    )
    .await
    .map(|_rows| ())
}

struct Code {
    id: Uuid,
    digest: TokenDigest,
    expires_at: Timestamp,
    used: bool,
    voided: bool,
}

async fn codes(tx: &WriteTx, workspace: WorkspaceId, flow: FlowId) -> Result<Vec<Code>, Trouble> {
    raw::all(
        tx,
        "SELECT id, digest, expires_at, used_at, voided_at FROM codes WHERE workspace_id = $1 AND flow_id = $2",
        [workspace.as_uuid().into(), flow.as_uuid().into()],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Code {
            id: row.try_get("", "id")?,
            digest: digest(row.try_get("", "digest")?, "digest")?,
            expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
            used: row.try_get::<Option<i64>>("", "used_at")?.is_some(),
            voided: row.try_get::<Option<i64>>("", "voided_at")?.is_some(),
        })
    })
    .collect()
}

/// Counts a try before anything is compared; `None` if the attempt takes none. Locks the attempt, so tries take turns.
async fn count_try(tx: &WriteTx, attempt: &TryCode) -> Result<Option<PendingSignIn>, Trouble> {
    raw::one(
        tx,
        concat!(
            "UPDATE flows SET wrong_tries = wrong_tries + 1 WHERE workspace_id = $1 AND id = $2 AND purpose = $3 \
             AND binding IS NOT DISTINCT FROM $4 AND ended_at IS NULL AND expires_at > $5 AND wrong_tries < $6 RETURNING ",
            columns!()
        ),
        [
            attempt.workspace.as_uuid().into(),
            attempt.flow.as_uuid().into(),
            attempt.purpose.as_str().into(),
            binding_value(attempt.binding),
            attempt.now.as_micros().into(),
            i64::from(attempt.max_tries).into(),
        ],
    )
    .await?
    .map(|row| flow(&row, attempt.workspace))
    .transpose()
}

async fn try_in(tx: WriteTx, attempt: &TryCode) -> Result<CodeTry, Trouble> {
    let Some(counted) = count_try(&tx, attempt).await? else {
        let known = find(&tx, attempt.workspace, attempt.flow).await?;
        tx.rollback().await?;
        return Ok(match known {
            Some(flow) if flow.belongs_to(attempt.binding) && flow.purpose == attempt.purpose => CodeTry::Over,
            _ => CodeTry::Unknown,
        });
    };
    let mut right: Vec<Code> = Vec::new();
    if let Some(typed) = &attempt.digest {
        // All are compared, whatever the first says.
        for code in codes(&tx, attempt.workspace, attempt.flow).await? {
            if code.digest.matches(typed) {
                right.push(code);
            }
        }
    }
    let Some(any) = right.first() else {
        tx.commit().await?;
        return Ok(CodeTry::Wrong {
            tries_left: attempt.max_tries.saturating_sub(counted.wrong_tries),
        });
    };
    let live = right
        .iter()
        .find(|code| !code.used && !code.voided && code.expires_at > attempt.now);
    let Some(live) = live else {
        let outcome = if any.used { CodeTry::Spent } else { CodeTry::Expired };
        // Nothing is to be kept, the counted try least of all.
        tx.rollback().await?;
        return Ok(outcome);
    };
    let redeemed = raw::execute(
        &tx,
        "UPDATE codes SET used_at = $3 WHERE workspace_id = $1 AND id = $2 AND used_at IS NULL AND voided_at IS NULL \
         AND expires_at > $3",
        [
            attempt.workspace.as_uuid().into(),
            live.id.into(),
            attempt.now.as_micros().into(),
        ],
    )
    .await?;
    if redeemed == 0 {
        tx.rollback().await?;
        return Ok(CodeTry::Spent);
    }
    note_use(&tx, attempt.workspace, live.id, attempt.now).await?;
    raw::execute(
        &tx,
        "UPDATE flows SET wrong_tries = wrong_tries - 1 WHERE workspace_id = $1 AND id = $2 AND wrong_tries > 0",
        [attempt.workspace.as_uuid().into(), attempt.flow.as_uuid().into()],
    )
    .await?;
    tx.commit().await?;
    let flow = PendingSignIn {
        wrong_tries: counted.wrong_tries.saturating_sub(1),
        ..counted
    };
    Ok(CodeTry::Redeemed(RedeemedCode { flow: Box::new(flow) }))
}

#[async_trait]
impl Flows for SeaFlows {
    async fn find_live(
        &self,
        workspace: WorkspaceId,
        binding: Binding,
        purpose: FlowPurpose,
        address: &EmailKey,
        now: Timestamp,
    ) -> PortResult<Option<PendingSignIn>> {
        const PLACE: &str = "flows.find_live";
        // An app shows the attempt's id to continue it. By address alone, anybody could continue anybody's.
        let Binding::Browser(cookie) = binding else {
            return Ok(None);
        };
        raw::one(
            self.store.reader(),
            concat!(
                "SELECT ",
                columns!(),
                " FROM flows WHERE workspace_id = $1 AND address_key = $2 AND purpose = $3 AND ended_at IS NULL \
                 AND binding = $4 AND expires_at > $5 ORDER BY created_at DESC, id DESC LIMIT 1"
            ),
            [
                workspace.as_uuid().into(),
                address.as_str().into(),
                purpose.as_str().into(),
                cookie.as_bytes().to_vec().into(),
                now.as_micros().into(),
            ],
        )
        .await
        .map_err(fault(PLACE))?
        .map(|row| flow(&row, workspace).map_err(|error| error.at(PLACE)))
        .transpose()
    }

    async fn find(&self, workspace: WorkspaceId, id: FlowId) -> PortResult<Option<PendingSignIn>> {
        find(self.store.reader(), workspace, id)
            .await
            .map_err(|error| error.at("flows.find"))
    }

    async fn send_code(&self, send: SendCode) -> PortResult<()> {
        const PLACE: &str = "flows.send_code";
        let tx = self.store.write_tx().await.map_err(fault(PLACE))?;
        put(&tx, &send.flow).await.map_err(fault(PLACE))?;
        let now = send.audit.at;
        // Inside the wait nothing is sent to anybody, and nothing is to be levelled.
        if send.code.is_some() || send.mail.is_some() {
            void_surplus(&tx, &send.flow, send.live_codes, now)
                .await
                .map_err(fault(PLACE))?;
            match &send.code {
                Some(code) => put_code(&tx, &send.flow, code, now).await,
                None => put_no_code(&tx, &send.flow, now).await,
            }
            .map_err(fault(PLACE))?;
        }
        if let Some(mail) = &send.mail {
            let origin = Origin::of(send.code.as_ref().map(|code| code.id), &send.audit, Some(&send.receipt));
            insert_mail_of(&tx, self.store.keys(), mail, origin).await?;
        }
        records::insert_receipt(&tx, &send.receipt)
            .await
            .map_err(fault(PLACE))?;
        records::insert_audit(&tx, &send.audit).await.map_err(fault(PLACE))?;
        tx.commit().await.map_err(fault(PLACE))
    }

    async fn begin(
        &self,
        flow: PendingSignIn,
        ends: Option<FlowId>,
        receipt: Receipt,
        audit: AuditEntry,
    ) -> PortResult<()> {
        let begun = async {
            let tx = self.store.write_tx().await?;
            if let Some(ends) = ends {
                end_in(&tx, flow.workspace, ends, audit.at).await?;
            }
            put(&tx, &flow).await?;
            records::insert_receipt(&tx, &receipt).await?;
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await
        };
        begun.await.map_err(fault("flows.begin"))
    }

    async fn try_code(&self, attempt: TryCode) -> PortResult<CodeTry> {
        const PLACE: &str = "flows.try_code";
        let tx = self.store.write_tx().await.map_err(fault(PLACE))?;
        try_in(tx, &attempt).await.map_err(|error| error.at(PLACE))
    }

    async fn end(&self, workspace: WorkspaceId, id: FlowId, now: Timestamp) -> PortResult<()> {
        const PLACE: &str = "flows.end";
        let tx = self.store.write_tx().await.map_err(fault(PLACE))?;
        end_in(&tx, workspace, id, now).await.map_err(fault(PLACE))?;
        tx.commit().await.map_err(fault(PLACE))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let forgotten = now.minus(REMEMBERED).as_micros();
        // No attempt lives longer than a day, so one that ended a day ago is past its life too: that has an index. Codes
        // go with their attempt.
        raw::sweep(
            &self.store,
            ("flows", "workspace_id, id"),
            "expires_at <= $1 AND (expires_at <= $2 OR ended_at <= $2)",
            &[now.as_micros().into(), forgotten.into()],
        )
        .await
        .map_err(fault("flows.sweep"))
    }
}
