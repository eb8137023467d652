//! Second factors: an app's secret sealed for its person, the step that was last accepted, and backup codes by digest.
//!
//! Every change takes the person's row first, as opening a session does: a factor is spent before a change of it or
//! after, never half way.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{SessionId, UserId, WorkspaceId};
use doorward_domain::mail::NewMail;
use doorward_domain::ports::{AppEnabled, EnableApp, Factors, FaultKind, PortError, PortResult};
use doorward_domain::second_factor::{
    APP_SECRET_BYTES, AppFactor, AppSecret, BackupSet, FactorRecord, FactorUse, PasskeyUse, PendingApp,
};
use doorward_domain::secret::{HashRecipe, TokenDigest};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::changes::{Announcement, Changed};
use crate::connect::{Store, WriteTx};
use crate::fault::{Trouble, Unreadable};
use crate::keys::{KeyRing, OpenError, Place};
use crate::outbox::insert_mails;
use crate::retry::{announced, retried};
use crate::{people, raw, records};

const TABLE: &str = "user_factors";
const APP: &str = "app_secret";
const PENDING: &str = "pending_secret";

/// How many people one transaction of [`SeaFactors::reseal`] takes.
const RESEALED: i64 = 200;

/// The second factors.
#[derive(Debug, Clone)]
pub struct SeaFactors {
    store: Store,
}

fn place(column: &'static str, workspace: WorkspaceId, user: UserId) -> Place {
    Place {
        table: TABLE,
        column,
        row: user.as_uuid(),
        workspace: Some(workspace.as_uuid()),
    }
}

fn sealed_wrong(error: OpenError) -> Trouble {
    PortError::new(FaultKind::Corrupt, "factors.sealed", error).into()
}

fn open(keys: &KeyRing, place: Place, sealed: &[u8]) -> Result<AppSecret, Trouble> {
    let plain = keys.open(place, sealed).map_err(sealed_wrong)?;
    let bytes = <[u8; APP_SECRET_BYTES]>::try_from(plain.as_slice());
    bytes
        .map(AppSecret::from_bytes)
        .map_err(|_length| Unreadable::new(place.table, place.column).into())
}

fn seal(keys: &KeyRing, place: Place, secret: &AppSecret) -> Result<Vec<u8>, Trouble> {
    keys.seal(place, secret.expose()).map_err(sealed_wrong)
}

/// Secret and who sets it up, under one seal.
fn seal_pending(keys: &KeyRing, place: Place, pending: &PendingApp) -> Result<Vec<u8>, Trouble> {
    let plain = Zeroizing::new(
        [
            pending.secret.expose().as_slice(),
            pending.set_up_by.as_bytes().as_slice(),
        ]
        .concat(),
    );
    keys.seal(place, &plain).map_err(sealed_wrong)
}

fn open_pending(keys: &KeyRing, place: Place, sealed: &[u8]) -> Result<(AppSecret, Uuid), Trouble> {
    let plain = keys.open(place, sealed).map_err(sealed_wrong)?;
    let unreadable = || Unreadable::new(place.table, place.column);
    let (secret, set_up_by) = plain.split_at_checked(APP_SECRET_BYTES).ok_or_else(unreadable)?;
    let secret = <[u8; APP_SECRET_BYTES]>::try_from(secret).map_err(|_length| unreadable())?;
    let set_up_by = Uuid::from_slice(set_up_by).map_err(|_length| unreadable())?;
    Ok((AppSecret::from_bytes(secret), set_up_by))
}

/// What was opened, or nothing: people go on with what does not need it.
fn if_it_opens<T>(place: Place, opened: Result<T, Trouble>) -> Option<T> {
    let shut = opened.as_ref().err().map(|_| place.column);
    if let Some(column) = shut {
        tracing::error!(person = %place.row, column, "a stored secret does not open; see: doorward doctor");
    }
    opened.ok()
}

fn pending(row: &QueryResult, keys: &KeyRing, place: Place) -> Result<Option<PendingApp>, Trouble> {
    let sealed: Option<Vec<u8>> = row.try_get("", PENDING)?;
    let expires_at: Option<i64> = row.try_get("", "pending_expires_at")?;
    Ok(sealed.zip(expires_at).and_then(|(sealed, expires_at)| {
        let (secret, set_up_by) = if_it_opens(place, open_pending(keys, place, &sealed))?;
        Some(PendingApp {
            secret,
            set_up_by,
            expires_at: Timestamp::from_micros(expires_at),
        })
    }))
}

/// Puts the codes of a set in place of all earlier ones.
async fn put_codes(tx: &WriteTx, workspace: WorkspaceId, user: UserId, set: &BackupSet) -> Result<(), Trouble> {
    raw::execute(
        tx,
        "DELETE FROM backup_codes WHERE workspace_id = $1 AND user_id = $2",
        [workspace.as_uuid().into(), user.as_uuid().into()],
    )
    .await?;
    for digest in &set.left {
        raw::execute(
            tx,
            "INSERT INTO backup_codes (workspace_id, user_id, digest) VALUES ($1, $2, $3)",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                digest.as_bytes().to_vec().into(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// Spends a factor by one conditional write (R28), inside the transaction of what it is spent for; `false` if it was spent
/// before, or is gone. The caller has the person's row.
pub(crate) async fn spend_in(
    tx: &WriteTx,
    workspace: WorkspaceId,
    user: UserId,
    spent: &FactorUse,
    now: Timestamp,
) -> Result<bool, Trouble> {
    let whose = [Value::from(workspace.as_uuid()), Value::from(user.as_uuid())].into_iter();
    let touched = match spent {
        FactorUse::AppStep(step) => {
            raw::execute(
                tx,
                "UPDATE user_factors SET last_step = $3 WHERE workspace_id = $1 AND user_id = $2 \
                 AND app_secret IS NOT NULL AND (last_step IS NULL OR last_step < $3)",
                whose.chain([(*step).into()]),
            )
            .await?
        }
        FactorUse::BackupCode(digest) => {
            raw::execute(
                tx,
                "UPDATE backup_codes SET used_at = $4 WHERE workspace_id = $1 AND user_id = $2 AND digest = $3 \
                 AND used_at IS NULL",
                whose.chain([digest.as_bytes().to_vec().into(), now.as_micros().into()]),
            )
            .await?
        }
        FactorUse::Passkey(PasskeyUse {
            passkey,
            before,
            state,
            synced,
        }) => {
            raw::execute(
                tx,
                "UPDATE passkeys SET state = $4, synced = $5, last_used_at = $6 \
                 WHERE workspace_id = $1 AND user_id = $2 AND id = $3 AND state = $7",
                whose.chain([
                    passkey.as_uuid().into(),
                    state.as_str().into(),
                    (*synced).into(),
                    now.as_micros().into(),
                    before.as_str().into(),
                ]),
            )
            .await?
        }
    };
    Ok(touched > 0)
}

impl SeaFactors {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Seals anew, with the newest key of the ring, what was sealed with an older one, and says how many secrets that were.
    /// Afterwards the older keys may go (R116).
    ///
    /// # Errors
    /// If the store is away, or a secret does not open with any key of the ring.
    pub async fn reseal(&self) -> PortResult<u64> {
        const PLACE: &str = "factors.reseal";
        let mut resealed = 0;
        let mut after = (Uuid::nil(), Uuid::nil());
        loop {
            let batch = self.reseal_batch(after).await.map_err(|trouble| trouble.at(PLACE))?;
            resealed += batch.0;
            match batch.1 {
                Some(last) => after = last,
                None => return Ok(resealed),
            }
        }
    }

    async fn reseal_batch(&self, after: (Uuid, Uuid)) -> Result<(u64, Option<(Uuid, Uuid)>), Trouble> {
        let tx = self.store.write_tx().await?;
        let rows = raw::all(
            &tx,
            "SELECT workspace_id, user_id, app_secret, pending_secret FROM user_factors \
             WHERE (workspace_id, user_id) > ($1, $2) ORDER BY workspace_id, user_id LIMIT $3",
            [after.0.into(), after.1.into(), RESEALED.into()],
        )
        .await?;
        let mut resealed = 0;
        let mut last = None;
        for row in &rows {
            let (workspace, user): (Uuid, Uuid) = (row.try_get("", "workspace_id")?, row.try_get("", "user_id")?);
            last = Some((workspace, user));
            for column in [APP, PENDING] {
                let Some(old) = row.try_get::<Option<Vec<u8>>>("", column)? else {
                    continue;
                };
                if self.store.keys().is_newest(&old) {
                    continue;
                }
                let place = place(column, WorkspaceId::from_uuid(workspace), UserId::from_uuid(user));
                let keys = self.store.keys();
                let plain = keys.open(place, &old).map_err(sealed_wrong)?;
                let new = keys.seal(place, &plain).map_err(sealed_wrong)?;
                // Only what was read is replaced: another app may have been set up since.
                resealed += raw::execute(
                    &tx,
                    &format!("UPDATE user_factors SET {column} = $4 WHERE workspace_id = $1 AND user_id = $2 AND {column} = $3"),
                    [workspace.into(), user.into(), old.into(), new.into()],
                )
                .await?;
            }
        }
        tx.commit().await?;
        Ok((resealed, last))
    }

    async fn read(&self, workspace: WorkspaceId, user: UserId) -> Result<FactorRecord, Trouble> {
        // One statement, so that recipe and codes are of one set.
        let rows = raw::all(
            self.store.reader(),
            "SELECT f.app_secret, f.enabled_at, f.pending_secret, f.pending_expires_at, f.last_step, f.backup_recipe, \
             c.digest, c.used_at FROM user_factors f LEFT JOIN backup_codes c \
             ON c.workspace_id = f.workspace_id AND c.user_id = f.user_id \
             WHERE f.workspace_id = $1 AND f.user_id = $2 ORDER BY c.digest",
            [workspace.as_uuid().into(), user.as_uuid().into()],
        )
        .await?;
        let Some(row) = rows.first() else {
            return Ok(FactorRecord::default());
        };
        let keys = self.store.keys();
        let sealed: Option<Vec<u8>> = row.try_get("", APP)?;
        let enabled_at: Option<i64> = row.try_get("", "enabled_at")?;
        let app = sealed.zip(enabled_at).map(|(sealed, enabled_at)| {
            let place = place(APP, workspace, user);
            AppFactor {
                secret: if_it_opens(place, open(keys, place, &sealed)),
                enabled_at: Timestamp::from_micros(enabled_at),
            }
        });
        let recipe: Option<String> = row.try_get("", "backup_recipe")?;
        let (mut left, mut used) = (Vec::new(), Vec::new());
        for row in &rows {
            let used_at: Option<i64> = row.try_get("", "used_at")?;
            let codes = if used_at.is_none() { &mut left } else { &mut used };
            codes.extend(digest(row)?);
        }
        Ok(FactorRecord {
            app,
            pending: pending(row, keys, place(PENDING, workspace, user))?,
            last_step: row.try_get("", "last_step")?,
            backup: recipe.map(|recipe| BackupSet {
                recipe: HashRecipe::from_phc(recipe),
                left,
                used,
            }),
        })
    }

    async fn begin_once(&self, workspace: WorkspaceId, user: UserId, pending: &PendingApp) -> Result<bool, Trouble> {
        let sealed = seal_pending(self.store.keys(), place(PENDING, workspace, user), pending)?;
        let tx = self.store.write_tx().await?;
        if !people::lock(&tx, workspace, user).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        raw::execute(
            &tx,
            "INSERT INTO user_factors (workspace_id, user_id, pending_secret, pending_expires_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (workspace_id, user_id) DO UPDATE SET pending_secret = excluded.pending_secret, \
             pending_expires_at = excluded.pending_expires_at",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                sealed.into(),
                pending.expires_at.as_micros().into(),
            ],
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The sealed pending secret, if it is the very app that is to be turned on, and still may be.
    async fn pending_as_sealed(
        &self,
        on: &impl ConnectionTrait,
        enable: &EnableApp,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let row = raw::one(
            on,
            "SELECT pending_secret, pending_expires_at FROM user_factors WHERE workspace_id = $1 AND user_id = $2",
            [enable.workspace.as_uuid().into(), enable.user.as_uuid().into()],
        )
        .await?;
        let Some(row) = row else { return Ok(None) };
        let kept = pending(&row, self.store.keys(), place(PENDING, enable.workspace, enable.user))?;
        let same = kept.is_some_and(|kept| kept == enable.pending && enable.now < kept.expires_at);
        Ok(if same { row.try_get("", PENDING)? } else { None })
    }

    async fn enable_once(
        &self,
        enable: &EnableApp,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<Option<AppEnabled>, Trouble> {
        let (workspace, user) = (enable.workspace, enable.user);
        let tx = self.store.write_tx().await?;
        let Some(credentials_version) = people::raise_version(&tx, workspace, user, enable.only_at_version).await?
        else {
            tx.rollback().await?;
            return Ok(None);
        };
        let Some(pending) = self.pending_as_sealed(&tx, enable).await? else {
            tx.rollback().await?;
            return Ok(None);
        };
        let app = seal(self.store.keys(), place(APP, workspace, user), &enable.pending.secret)?;
        let enabled = raw::execute(
            &tx,
            "UPDATE user_factors SET app_secret = $4, enabled_at = $5, last_step = $6, backup_recipe = $7, \
             pending_secret = NULL, pending_expires_at = NULL WHERE workspace_id = $1 AND user_id = $2 \
             AND pending_secret = $3 AND (last_step IS NULL OR last_step < $6)",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                pending.into(),
                app.into(),
                enable.now.as_micros().into(),
                enable.step.into(),
                enable.backup.recipe.as_phc().into(),
            ],
        )
        .await?;
        if enabled == 0 {
            tx.rollback().await?;
            return Ok(None);
        }
        put_codes(&tx, workspace, user, &enable.backup).await?;
        people::end_sessions(&tx, workspace, user, enable.keep).await?;
        insert_mails(&tx, self.store.keys(), &enable.notices).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(Some(AppEnabled { credentials_version }))
    }

    async fn disable_once(
        &self,
        (workspace, user): (WorkspaceId, UserId),
        (keep, notices): (Option<SessionId>, &[NewMail]),
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        let raised = people::raise_version(&tx, workspace, user, None).await?.is_some();
        if !raised || !people::forget_app(&tx, workspace, user).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        people::end_sessions(&tx, workspace, user, keep).await?;
        people::end_second_steps(&tx, workspace, user, audit.at).await?;
        insert_mails(&tx, self.store.keys(), notices).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn replace_once(
        &self,
        (workspace, user): (WorkspaceId, UserId),
        backup: &BackupSet,
        notices: &[NewMail],
        audit: &AuditEntry,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        people::lock(&tx, workspace, user).await?;
        let replaced = raw::execute(
            &tx,
            "UPDATE user_factors SET backup_recipe = $3 WHERE workspace_id = $1 AND user_id = $2 AND app_secret IS NOT NULL",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                backup.recipe.as_phc().into(),
            ],
        )
        .await?;
        if replaced == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        put_codes(&tx, workspace, user, backup).await?;
        insert_mails(&tx, self.store.keys(), notices).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn digest(row: &QueryResult) -> Result<Option<TokenDigest>, Trouble> {
    let bytes: Option<Vec<u8>> = row.try_get("", "digest")?;
    bytes
        .map(|bytes| {
            <[u8; 32]>::try_from(bytes)
                .map(TokenDigest::from_bytes)
                .map_err(|_length| Unreadable::new("backup_codes", "digest").into())
        })
        .transpose()
}

#[async_trait]
impl Factors for SeaFactors {
    async fn find(&self, workspace: WorkspaceId, user: UserId) -> PortResult<FactorRecord> {
        self.read(workspace, user)
            .await
            .map_err(|trouble| trouble.at("factors.find"))
    }

    async fn begin_app(&self, workspace: WorkspaceId, user: UserId, pending: PendingApp) -> PortResult<bool> {
        retried!("factors.begin_app", self.begin_once(workspace, user, &pending))
    }

    async fn enable_app(&self, enable: EnableApp, audit: AuditEntry) -> PortResult<Option<AppEnabled>> {
        announced!(self, "factors.enable_app", |announcement| {
            self.enable_once(&enable, &audit, &announcement)
        })
    }

    async fn disable_app(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        keep: Option<SessionId>,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        announced!(self, "factors.disable_app", |announcement| {
            self.disable_once((workspace, user), (keep, &notices), &audit, &announcement)
        })
    }

    async fn replace_backup_codes(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        backup: BackupSet,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        retried!(
            "factors.replace_backup_codes",
            self.replace_once((workspace, user), &backup, &notices, &audit)
        )
    }
}
