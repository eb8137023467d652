//! What staff say of people.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::one_time::LinkPurpose;
use doorward_domain::ports::{FaultKind, Invitation, PersonChange, PortError, PortResult, Roster};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{OrganisationRef, User};

use crate::changes::{Announcement, Changed};
use crate::connect::Store;
use crate::fault::{Trouble, fault};
use crate::retry::announced;
use crate::users::join;
use crate::{people, raw, records};

/// The records of people, as staff keep them.
#[derive(Debug, Clone)]
pub struct SeaRoster {
    store: Store,
}

impl SeaRoster {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn edit_once(
        &self,
        (workspace, id): (WorkspaceId, UserId),
        change: &PersonChange,
        now: Timestamp,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<Option<User>, Trouble> {
        let tx = self.store.write_tx().await?;
        people::lock(&tx, workspace, id).await?;
        let Some(before) = people::read_one(&tx, workspace, id).await? else {
            tx.rollback().await?;
            return Ok(None);
        };
        let before = before.user;
        raw::execute(
            &tx,
            "UPDATE users SET name = $3, language = $4, time_zone = $5 WHERE workspace_id = $1 AND id = $2",
            [
                workspace.as_uuid().into(),
                id.as_uuid().into(),
                change.name.clone().unwrap_or(before.name).into(),
                change.language.clone().unwrap_or(before.language).into(),
                change.time_zone.clone().unwrap_or(before.time_zone).into(),
            ],
        )
        .await?;
        if let Some(organisations) = &change.organisations {
            raw::execute(
                &tx,
                "DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2",
                [workspace.as_uuid().into(), id.as_uuid().into()],
            )
            .await?;
            let wanted: Vec<OrganisationRef> = organisations
                .iter()
                .map(|(id, name)| OrganisationRef {
                    id: *id,
                    name: name.clone(),
                })
                .collect();
            join(&tx, workspace, id, &wanted, now).await?;
        }
        let user = people::read_one(&tx, workspace, id)
            .await?
            .ok_or_else(|| PortError::bare(FaultKind::Corrupt, "roster.edit"))?
            .user;
        people::refresh_search_text(&tx, &user).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, id)).await?;
        tx.commit().await?;
        Ok(Some(user))
    }

    async fn find_invitation(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Invitation>, Trouble> {
        let row = raw::one(
            self.store.reader(),
            "SELECT issued_at, expires_at FROM links WHERE workspace_id = $1 AND user_id = $2 AND purpose = $3 \
             AND used_at IS NULL AND voided_at IS NULL AND expires_at > $4 ORDER BY issued_at DESC LIMIT 1",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                LinkPurpose::Invite.as_str().into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        row.map(|row| {
            Ok(Invitation {
                sent_at: Timestamp::from_micros(row.try_get("", "issued_at")?),
                expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
            })
        })
        .transpose()
    }
}

#[async_trait]
impl Roster for SeaRoster {
    async fn edit(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        change: PersonChange,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<Option<User>> {
        announced!(self, "roster.edit", |announcement| {
            self.edit_once((workspace, user), &change, now, &audit, &announcement)
        })
    }

    async fn invitation(&self, workspace: WorkspaceId, user: UserId, now: Timestamp) -> PortResult<Option<Invitation>> {
        self.find_invitation(workspace, user, now)
            .await
            .map_err(|trouble| trouble.at("roster.invitation"))
    }

    async fn revoke_invitations(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let revoked = async {
            let tx = self.store.write_tx().await?;
            let voided = raw::execute(
                &tx,
                "UPDATE links SET voided_at = $4 WHERE workspace_id = $1 AND user_id = $2 AND purpose = $3 \
                 AND used_at IS NULL AND voided_at IS NULL AND expires_at > $4",
                [
                    workspace.as_uuid().into(),
                    user.as_uuid().into(),
                    LinkPurpose::Invite.as_str().into(),
                    now.as_micros().into(),
                ],
            )
            .await?;
            if voided == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await?;
            Ok(true)
        };
        revoked.await.map_err(fault("roster.revoke_invitations"))
    }
}
