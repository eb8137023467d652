//! The settings of doors, and those that are on trial.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{AuditId, WorkspaceId};
use doorward_domain::mail::NewMail;
use doorward_domain::ports::{DoorSettings, PortResult, SettingsSaved, SettingsToSave};
use doorward_domain::provisional::{Provisional, SettingsVersion};
use doorward_domain::settings::SecuritySettings;
use doorward_domain::time::Timestamp;
use sea_orm::{DbBackend, QueryResult, Value};
use serde::Serialize;

use crate::connect::{Store, WriteTx};
use crate::fault::{Trouble, Unreadable};
use crate::outbox::insert_mails;
use crate::{raw, records};

const TABLE: &str = "workspaces";

/// The settings of doors.
#[derive(Debug, Clone)]
pub struct SeaDoorSettings {
    store: Store,
}

/// What stands in a workspace's row.
struct Kept {
    security: SecuritySettings,
    provisional: Option<Provisional>,
}

impl Kept {
    fn at(mut self, now: Timestamp) -> Self {
        if let Some(over) = self.provisional.take_if(|trial| trial.is_over(now)) {
            self.security = *over.previous;
        }
        self
    }

    fn trial(&self) -> Option<AuditId> {
        self.provisional.as_ref().map(|trial| trial.change)
    }
}

/// The settings that stand in a row of workspaces, and what they fall back to.
pub(crate) fn provisional(row: &QueryResult) -> Result<Option<Provisional>, Trouble> {
    let text: Option<String> = row.try_get("", "provisional")?;
    let read = text.map(|text| serde_json::from_str(&text)).transpose();
    Ok(read.map_err(|_json| Unreadable::new(TABLE, "provisional"))?)
}

pub(crate) fn text_of<T: Serialize>(provisional: Option<&T>) -> Result<Option<String>, Unreadable> {
    let written = provisional.map(serde_json::to_string).transpose();
    written.map_err(|_never| Unreadable::new(TABLE, "provisional"))
}

/// Reads a workspace's settings and takes its row.
async fn take(tx: &WriteTx, workspace: WorkspaceId) -> Result<Option<Kept>, Trouble> {
    use sea_orm::ConnectionTrait as _;
    let lock = match tx.get_database_backend() {
        // Rows that point at the workspace are written meanwhile.
        DbBackend::Postgres => "FOR NO KEY UPDATE",
        // A transaction that writes has the whole database to itself.
        _ => "",
    };
    let sql = format!("SELECT security, provisional FROM workspaces WHERE workspace_id = $1 {lock}");
    let Some(row) = raw::one(tx, &sql, [workspace.as_uuid().into()]).await? else {
        return Ok(None);
    };
    let security: String = row.try_get("", "security")?;
    Ok(Some(Kept {
        security: serde_json::from_str(&security).map_err(|_json| Unreadable::new(TABLE, "security"))?,
        provisional: provisional(&row)?,
    }))
}

async fn put(
    tx: &WriteTx,
    workspace: WorkspaceId,
    security: &SecuritySettings,
    provisional: Option<&Provisional>,
) -> Result<(), Trouble> {
    let security = serde_json::to_string(security).map_err(|_never| Unreadable::new(TABLE, "security"))?;
    let values: [Value; 3] = [
        workspace.as_uuid().into(),
        security.into(),
        text_of(provisional)?.into(),
    ];
    let sql = "UPDATE workspaces SET security = $2, provisional = $3 WHERE workspace_id = $1";
    raw::execute(tx, sql, values).await?;
    Ok(())
}

/// Has the settings of that trial hold for good, with the audit row; says whether it was under way. To be called before the
/// transaction takes anything else, as everybody does who changes settings.
pub(crate) async fn confirm_in(
    tx: &WriteTx,
    workspace: WorkspaceId,
    (change, audit): &(AuditId, AuditEntry),
    now: Timestamp,
) -> Result<bool, Trouble> {
    let Some(kept) = take(tx, workspace).await? else {
        return Ok(false);
    };
    let under_way = kept
        .provisional
        .is_some_and(|trial| trial.change == *change && !trial.is_over(now));
    if under_way {
        put(tx, workspace, &kept.security, None).await?;
        records::insert_audit(tx, audit).await?;
    }
    Ok(under_way)
}

impl SeaDoorSettings {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn save_once(
        &self,
        workspace: WorkspaceId,
        change: &SettingsToSave,
        audit: &AuditEntry,
    ) -> Result<SettingsSaved, Trouble> {
        let tx = self.store.write_tx().await?;
        let Some(kept) = take(&tx, workspace).await? else {
            tx.rollback().await?;
            return Ok(SettingsSaved::Unknown);
        };
        let kept = kept.at(change.now);
        if SettingsVersion::of(&kept.security) != change.from || kept.trial() != change.pending {
            tx.rollback().await?;
            return Ok(SettingsSaved::Changed);
        }
        put(&tx, workspace, &change.settings, change.provisional.as_ref()).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(SettingsSaved::Saved)
    }

    async fn revert_once(
        &self,
        workspace: WorkspaceId,
        (change, at_once): (AuditId, bool),
        audit: &AuditEntry,
        mails: &[NewMail],
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        let kept = take(&tx, workspace).await?;
        let trial = kept.and_then(|kept| kept.provisional);
        let ends = trial.filter(|trial| trial.change == change && (at_once || trial.is_over(audit.at)));
        let Some(trial) = ends else {
            tx.rollback().await?;
            return Ok(false);
        };
        put(&tx, workspace, &trial.previous, None).await?;
        insert_mails(&tx, self.store.keys(), mails).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Runs a write in the bracket that a server looks at before it trusts what it has in memory.
macro_rules! bracketed {
    ($self:ident, $place:literal, $write:expr) => {{
        let announcement = $self.store.changes().begin($place).await?;
        let written: Result<_, Trouble> = $write.await;
        // Also where it failed: it may have been committed and only the answer was lost.
        $self.store.changes().workspace_changed();
        if written.is_ok() {
            announcement.finish();
        }
        written.map_err(|trouble| trouble.at($place))
    }};
}

#[async_trait]
impl DoorSettings for SeaDoorSettings {
    async fn save(
        &self,
        workspace: WorkspaceId,
        change: SettingsToSave,
        audit: AuditEntry,
    ) -> PortResult<SettingsSaved> {
        bracketed!(self, "door_settings.save", self.save_once(workspace, &change, &audit))
    }

    async fn revert(
        &self,
        workspace: WorkspaceId,
        change: AuditId,
        at_once: bool,
        audit: AuditEntry,
        mails: Vec<NewMail>,
    ) -> PortResult<bool> {
        bracketed!(
            self,
            "door_settings.revert",
            self.revert_once(workspace, (change, at_once), &audit, &mails)
        )
    }

    async fn overdue(&self, now: Timestamp, limit: u32) -> PortResult<Vec<WorkspaceId>> {
        let found = async {
            let sql = "SELECT workspace_id, provisional FROM workspaces WHERE provisional IS NOT NULL";
            let mut overdue = Vec::new();
            // On trial are a handful at a time.
            for row in raw::all(self.store.reader(), sql, []).await? {
                if provisional(&row)?.is_some_and(|trial| trial.is_over(now)) {
                    overdue.push(WorkspaceId::from_uuid(row.try_get("", "workspace_id")?));
                }
            }
            overdue.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(overdue)
        };
        found
            .await
            .map_err(|trouble: Trouble| trouble.at("door_settings.overdue"))
    }
}
