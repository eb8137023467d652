//! Accounts that are deleted.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::one_time::LinkPurpose;
use doorward_domain::ports::{DeletePerson, Departures, PersonDeleted, PortResult, RestorePerson};
use doorward_domain::time::Timestamp;
use sea_orm::DbBackend;

use crate::changes::{Announcement, Changed};
use crate::connect::Store;
use crate::fault::Trouble;
use crate::outbox::insert_mails;
use crate::retry::announced;
use crate::{links, people, raw, records};

/// What stands in the mail log where an address stood.
const NOBODY: &str = "removed@removed.invalid";

/// The departures.
#[derive(Debug, Clone)]
pub struct SeaDepartures {
    store: Store,
}

impl SeaDepartures {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn delete_once(
        &self,
        delete: &DeletePerson,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<PersonDeleted, Trouble> {
        let (workspace, user, now) = (delete.workspace, delete.user, delete.now);
        let tx = self.store.write_tx().await?;
        if people::is_last_owner(&tx, workspace, user).await? {
            tx.rollback().await?;
            return Ok(PersonDeleted::LastOwner);
        }
        let deleted = raw::execute(
            &tx,
            "UPDATE users SET status_before = status, status = 'deleted', deleted_at = $3, \
             credentials_version = credentials_version + 1 WHERE workspace_id = $1 AND id = $2 AND status <> 'deleted'",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        if deleted == 0 {
            tx.rollback().await?;
            return Ok(PersonDeleted::NoSuchPerson);
        }
        people::end_sessions(&tx, workspace, user, None).await?;
        people::void_codes(&tx, workspace, user, now).await?;
        people::end_attempts(&tx, workspace, user, now).await?;
        people::void_links(&tx, workspace, user, |_| true, now).await?;
        raw::execute(
            &tx,
            "UPDATE portal_links SET revoked_at = $3 WHERE workspace_id = $1 AND user_id = $2 AND revoked_at IS NULL",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        if let Some(link) = &delete.link {
            links::insert_link(&tx, link).await?;
        }
        insert_mails(&tx, self.store.keys(), &delete.notices).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(PersonDeleted::Deleted)
    }

    async fn restore_once(
        &self,
        restore: &RestorePerson,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let (workspace, user, now) = (restore.workspace, restore.user, restore.now);
        let tx = self.store.write_tx().await?;
        people::lock(&tx, workspace, user).await?;
        if let Some(token) = &restore.token {
            let purposes = [LinkPurpose::UndoDeletion];
            let theirs = links::whose(&tx, workspace, token, &purposes, now).await?;
            if theirs != Some(user) || links::redeem_in(&tx, workspace, token, &purposes, now).await?.is_none() {
                tx.rollback().await?;
                return Ok(false);
            }
        }
        let restored = raw::execute(
            &tx,
            "UPDATE users SET status = status_before, status_before = NULL, deleted_at = NULL, \
             credentials_version = credentials_version + 1 WHERE workspace_id = $1 AND id = $2 AND status = 'deleted'",
            [workspace.as_uuid().into(), user.as_uuid().into()],
        )
        .await?;
        if restored == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        people::void_links(&tx, workspace, user, |_| true, now).await?;
        insert_mails(&tx, self.store.keys(), &restore.notices).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn remove_once(
        &self,
        (workspace, user): (WorkspaceId, UserId),
        before: Timestamp,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        let whose = || [workspace.as_uuid().into(), user.as_uuid().into()];
        let due = raw::one(
            &tx,
            match self.store.backend() {
                DbBackend::Postgres => {
                    "SELECT 1 AS one FROM users WHERE workspace_id = $1 AND id = $2 AND status = 'deleted' \
                     AND deleted_at < $3 FOR UPDATE"
                }
                _ => {
                    "SELECT 1 AS one FROM users WHERE workspace_id = $1 AND id = $2 AND status = 'deleted' \
                     AND deleted_at < $3"
                }
            },
            whose().into_iter().chain([before.as_micros().into()]),
        )
        .await?;
        if due.is_none() {
            tx.rollback().await?;
            return Ok(false);
        }
        // What does not hang on the account by a reference, and tells whose it was. The addresses go last: they say which.
        let theirs = "(user_id = $2 OR address_key IN (SELECT address_key FROM user_emails WHERE workspace_id = $1 \
                      AND user_id = $2 AND (verified_at IS NOT NULL OR is_primary)))";
        for sql in [
            format!(
                "UPDATE receipts SET address_key = NULL, client_address = '0.0.0.0', user_agent = '' \
                 WHERE workspace_id = $1 AND {theirs}"
            ),
            format!(
                "UPDATE mail_events SET reply = NULL WHERE workspace_id = $1 AND mail_id IN \
                 (SELECT id FROM outbox WHERE workspace_id = $1 AND {theirs})"
            ),
            format!(
                "UPDATE outbox SET address = '{NOBODY}', address_key = '{NOBODY}', last_reply = NULL, payload = NULL, \
                 next_attempt_at = NULL, state = CASE state WHEN 'queued' THEN 'expired' ELSE state END \
                 WHERE workspace_id = $1 AND {theirs}"
            ),
            format!(
                "DELETE FROM flows WHERE workspace_id = $1 AND ({theirs} OR first_step_user_id = $2 \
                 OR password_verified_user_id = $2)"
            ),
        ] {
            raw::execute(&tx, &sql, whose()).await?;
        }
        raw::execute(&tx, "DELETE FROM users WHERE workspace_id = $1 AND id = $2", whose()).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(true)
    }
}

#[async_trait]
impl Departures for SeaDepartures {
    async fn delete(&self, delete: DeletePerson, audit: AuditEntry) -> PortResult<PersonDeleted> {
        announced!(self, "departures.delete", |announcement| {
            self.delete_once(&delete, &audit, &announcement)
        })
    }

    async fn deleted_at(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Option<Timestamp>> {
        let found = async {
            let row = raw::one(
                self.store.reader(),
                "SELECT deleted_at FROM users WHERE workspace_id = $1 AND id = $2",
                [workspace.as_uuid().into(), user.as_uuid().into()],
            )
            .await?;
            let at: Option<Option<i64>> = row.map(|row| row.try_get("", "deleted_at")).transpose()?;
            Ok(at.flatten().map(Timestamp::from_micros))
        };
        found
            .await
            .map_err(|trouble: Trouble| trouble.at("departures.deleted_at"))
    }

    async fn restore(&self, restore: RestorePerson, audit: AuditEntry) -> PortResult<bool> {
        announced!(self, "departures.restore", |announcement| {
            self.restore_once(&restore, &audit, &announcement)
        })
    }

    async fn due(&self, before: Timestamp, limit: u32) -> PortResult<Vec<(WorkspaceId, UserId)>> {
        let due = async {
            let rows = raw::all(
                self.store.reader(),
                "SELECT workspace_id, id FROM users WHERE deleted_at IS NOT NULL AND deleted_at < $1 \
                 ORDER BY deleted_at, id LIMIT $2",
                [before.as_micros().into(), i64::from(limit).into()],
            )
            .await?;
            rows.iter()
                .map(|row| {
                    let workspace = WorkspaceId::from_uuid(row.try_get("", "workspace_id")?);
                    Ok((workspace, UserId::from_uuid(row.try_get("", "id")?)))
                })
                .collect::<Result<Vec<_>, Trouble>>()
        };
        due.await.map_err(|trouble: Trouble| trouble.at("departures.due"))
    }

    async fn remove(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        before: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        announced!(self, "departures.remove", |announcement| {
            self.remove_once((workspace, user), before, &audit, &announcement)
        })
    }
}
