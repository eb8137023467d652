//! Passkeys, and the rounds with their authenticators. What the engine wants back with an answer is sealed until then.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{CeremonyId, PasskeyId, SessionId, UserId, WorkspaceId};
use doorward_domain::mail::NewMail;
use doorward_domain::passkey::{Ceremony, CeremonyPurpose, Passkey};
use doorward_domain::ports::{FaultKind, PasskeyAdded, Passkeys, PortError, PortResult};
use doorward_domain::sign_in::Binding;
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::changes::{Announcement, Changed};
use crate::connect::Store;
use crate::fault::{Trouble, fault};
use crate::flows::binding_value;
use crate::keys::{OpenError, Place};
use crate::outbox::insert_mails;
use crate::retry::{announced, retried};
use crate::{people, raw, records};

/// The passkeys.
#[derive(Debug, Clone)]
pub struct SeaPasskeys {
    store: Store,
}

/// What is sealed of a round.
#[derive(Serialize, Deserialize)]
struct Content {
    purpose: CeremonyPurpose,
    state: String,
}

#[derive(Debug, thiserror::Error)]
enum Unsealable {
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("the content cannot be written or read as JSON")]
    Json(#[from] serde_json::Error),
}

fn place_of(workspace: WorkspaceId, id: CeremonyId) -> Place {
    Place {
        table: "passkey_ceremonies",
        column: "state",
        row: id.as_uuid(),
        workspace: Some(workspace.as_uuid()),
    }
}

fn passkey(row: &QueryResult, workspace: WorkspaceId) -> Result<Passkey, Trouble> {
    let last_used_at: Option<i64> = row.try_get("", "last_used_at")?;
    Ok(Passkey {
        id: PasskeyId::from_uuid(row.try_get("", "id")?),
        workspace,
        user: UserId::from_uuid(row.try_get("", "user_id")?),
        credential: row.try_get("", "credential")?,
        state: row.try_get("", "state")?,
        name: row.try_get("", "name")?,
        synced: row.try_get("", "synced")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        last_used_at: last_used_at.map(Timestamp::from_micros),
    })
}

macro_rules! columns {
    () => {
        "id, user_id, credential, state, name, synced, created_at, last_used_at"
    };
}

/// Forgets all passkeys of a person.
pub(crate) async fn forget_all(on: &impl ConnectionTrait, workspace: WorkspaceId, user: UserId) -> Result<(), Trouble> {
    raw::execute(
        on,
        "DELETE FROM passkeys WHERE workspace_id = $1 AND user_id = $2",
        [workspace.as_uuid().into(), user.as_uuid().into()],
    )
    .await?;
    Ok(())
}

impl SeaPasskeys {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn read(&self, sql: &str, values: [Value; 2], workspace: WorkspaceId) -> Result<Vec<Passkey>, Trouble> {
        let rows = raw::all(self.store.reader(), sql, values).await?;
        rows.iter().map(|row| passkey(row, workspace)).collect()
    }

    async fn add_once(
        &self,
        passkey: &Passkey,
        limit: u32,
        notices: &[NewMail],
        audit: &AuditEntry,
    ) -> Result<PasskeyAdded, Trouble> {
        let tx = self.store.write_tx().await?;
        // The person's row orders those who add for one person, so that each counts what the others added.
        if !people::lock(&tx, passkey.workspace, passkey.user).await? {
            tx.rollback().await?;
            return Ok(PasskeyAdded::NobodyThere);
        }
        // The id is unique in the workspace; where somebody else is just adding it, this waits for them.
        let added = raw::execute(
            &tx,
            "INSERT INTO passkeys (workspace_id, id, user_id, credential, state, name, synced, created_at, last_used_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (workspace_id, credential) DO NOTHING",
            [
                passkey.workspace.as_uuid().into(),
                passkey.id.as_uuid().into(),
                passkey.user.as_uuid().into(),
                passkey.credential.clone().into(),
                passkey.state.as_str().into(),
                passkey.name.as_str().into(),
                passkey.synced.into(),
                passkey.created_at.as_micros().into(),
                passkey.last_used_at.map(Timestamp::as_micros).into(),
            ],
        )
        .await?;
        if added == 0 {
            tx.rollback().await?;
            return Ok(PasskeyAdded::Known);
        }
        let row = raw::one(
            &tx,
            "SELECT COUNT(*) AS passkeys FROM passkeys WHERE workspace_id = $1 AND user_id = $2",
            [passkey.workspace.as_uuid().into(), passkey.user.as_uuid().into()],
        )
        .await?;
        let passkeys: i64 = row.map(|row| row.try_get("", "passkeys")).transpose()?.unwrap_or(0);
        if passkeys > i64::from(limit) {
            tx.rollback().await?;
            return Ok(PasskeyAdded::TooMany);
        }
        insert_mails(&tx, self.store.keys(), notices).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(PasskeyAdded::Added)
    }

    async fn rename_once(
        &self,
        (workspace, user, id): (WorkspaceId, UserId, PasskeyId),
        name: &str,
        audit: &AuditEntry,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        let renamed = raw::execute(
            &tx,
            "UPDATE passkeys SET name = $4 WHERE workspace_id = $1 AND user_id = $2 AND id = $3",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                id.as_uuid().into(),
                name.into(),
            ],
        )
        .await?;
        if renamed == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn remove_once(
        &self,
        (workspace, user, id): (WorkspaceId, UserId, PasskeyId),
        (keep, notices): (Option<SessionId>, &[NewMail]),
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        // Raises the version first: that takes the person's row, as whoever signs in by the passkey does.
        people::raise_version(&tx, workspace, user, None).await?;
        let removed = raw::execute(
            &tx,
            "DELETE FROM passkeys WHERE workspace_id = $1 AND user_id = $2 AND id = $3",
            [workspace.as_uuid().into(), user.as_uuid().into(), id.as_uuid().into()],
        )
        .await?;
        if removed == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        people::end_sessions(&tx, workspace, user, keep).await?;
        insert_mails(&tx, self.store.keys(), notices).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(true)
    }

    fn seal(&self, ceremony: &Ceremony) -> Result<Vec<u8>, Unsealable> {
        let content = Content {
            purpose: ceremony.purpose.clone(),
            state: ceremony.state.clone(),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&content)?);
        Ok(self
            .store
            .keys()
            .seal(place_of(ceremony.workspace, ceremony.id), &plain)?)
    }

    fn open(&self, workspace: WorkspaceId, id: CeremonyId, sealed: &[u8]) -> Result<Content, Unsealable> {
        let plain = self.store.keys().open(place_of(workspace, id), sealed)?;
        Ok(serde_json::from_slice(&plain)?)
    }
}

#[async_trait]
impl Passkeys for SeaPasskeys {
    async fn list(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Vec<Passkey>> {
        self.read(
            concat!(
                "SELECT ",
                columns!(),
                " FROM passkeys WHERE workspace_id = $1 AND user_id = $2 ORDER BY created_at, id"
            ),
            [workspace.as_uuid().into(), user.as_uuid().into()],
            workspace,
        )
        .await
        .map_err(|trouble| trouble.at("passkeys.list"))
    }

    async fn find(&self, workspace: WorkspaceId, credential: &[u8]) -> PortResult<Option<Passkey>> {
        let found = self.read(
            concat!(
                "SELECT ",
                columns!(),
                " FROM passkeys WHERE workspace_id = $1 AND credential = $2"
            ),
            [workspace.as_uuid().into(), credential.to_vec().into()],
            workspace,
        );
        found
            .await
            .map(|found| found.into_iter().next())
            .map_err(|trouble| trouble.at("passkeys.find"))
    }

    async fn add(
        &self,
        passkey: Passkey,
        limit: u32,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<PasskeyAdded> {
        retried!("passkeys.add", self.add_once(&passkey, limit, &notices, &audit))
    }

    async fn rename(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: PasskeyId,
        name: String,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        retried!(
            "passkeys.rename",
            self.rename_once((workspace, user, id), &name, &audit)
        )
    }

    async fn remove(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: PasskeyId,
        keep: Option<SessionId>,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        announced!(self, "passkeys.remove", |announcement| {
            self.remove_once((workspace, user, id), (keep, &notices), &audit, &announcement)
        })
    }

    async fn begin(&self, ceremony: Ceremony) -> PortResult<()> {
        const PLACE: &str = "passkeys.begin";
        let sealed = self
            .seal(&ceremony)
            .map_err(|error| PortError::new(FaultKind::Corrupt, PLACE, error))?;
        raw::write(
            &self.store,
            "INSERT INTO passkey_ceremonies (workspace_id, id, binding, state, expires_at) VALUES ($1, $2, $3, $4, $5)",
            [
                ceremony.workspace.as_uuid().into(),
                ceremony.id.as_uuid().into(),
                binding_value(ceremony.binding),
                sealed.into(),
                ceremony.expires_at.as_micros().into(),
            ],
        )
        .await
        .map(|_rows| ())
        .map_err(fault(PLACE))
    }

    async fn take(
        &self,
        workspace: WorkspaceId,
        id: CeremonyId,
        binding: Binding,
        now: Timestamp,
    ) -> PortResult<Option<Ceremony>> {
        const PLACE: &str = "passkeys.take";
        let taken = async {
            let tx = self.store.write_tx().await?;
            let taken = raw::one(
                &tx,
                "DELETE FROM passkey_ceremonies WHERE workspace_id = $1 AND id = $2 AND binding IS NOT DISTINCT FROM $3 \
                 AND expires_at > $4 RETURNING state, expires_at",
                [
                    workspace.as_uuid().into(),
                    id.as_uuid().into(),
                    binding_value(binding),
                    now.as_micros().into(),
                ],
            )
            .await?;
            tx.commit().await?;
            taken
                .map(|row| -> Result<(Vec<u8>, i64), sea_orm::DbErr> {
                    Ok((row.try_get("", "state")?, row.try_get("", "expires_at")?))
                })
                .transpose()
        };
        let Some((sealed, expires_at)) = taken.await.map_err(fault(PLACE))? else {
            return Ok(None);
        };
        let content = self
            .open(workspace, id, &sealed)
            .map_err(|error| PortError::new(FaultKind::Corrupt, PLACE, error))?;
        Ok(Some(Ceremony {
            id,
            workspace,
            binding,
            purpose: content.purpose,
            state: content.state,
            expires_at: Timestamp::from_micros(expires_at),
        }))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        raw::sweep(
            &self.store,
            ("passkey_ceremonies", "workspace_id, id"),
            "expires_at <= $1",
            &[now.as_micros().into()],
        )
        .await
        .map_err(fault("passkeys.sweep"))
    }
}
