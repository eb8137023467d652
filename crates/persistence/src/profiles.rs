//! What people change of their own profile.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::picture::Picture;
use doorward_domain::ports::{PortResult, Profiles};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{Profile, User};

use crate::changes::{Announcement, Changed};
use crate::connect::Store;
use crate::fault::Trouble;
use crate::retry::{announced, retried};
use crate::{people, raw, records};

/// The profiles.
#[derive(Debug, Clone)]
pub struct SeaProfiles {
    store: Store,
}

impl SeaProfiles {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn save_once(
        &self,
        (workspace, user): (WorkspaceId, UserId),
        profile: &Profile,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        people::lock(&tx, workspace, user).await?;
        let Some(before) = people::read_one(&tx, workspace, user).await? else {
            tx.rollback().await?;
            return Ok(false);
        };
        raw::execute(
            &tx,
            "UPDATE users SET name = $3, language = $4, time_zone = $5 WHERE workspace_id = $1 AND id = $2",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                profile.name.as_str().into(),
                profile.language.clone().into(),
                profile.time_zone.clone().into(),
            ],
        )
        .await?;
        if profile.name != before.user.name {
            let renamed = User {
                name: profile.name.clone(),
                ..before.user
            };
            people::refresh_search_text(&tx, &renamed).await?;
        }
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn set_picture_once(
        &self,
        (workspace, user): (WorkspaceId, UserId),
        picture: Option<&Picture>,
        audit: &AuditEntry,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        if !people::lock(&tx, workspace, user).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        let whose = [workspace.as_uuid().into(), user.as_uuid().into()];
        match picture {
            Some(picture) => {
                let content = [picture.set_at.as_micros().into(), picture.png.clone().into()];
                raw::execute(
                    &tx,
                    "INSERT INTO user_pictures (workspace_id, user_id, set_at, png) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (workspace_id, user_id) DO UPDATE SET set_at = excluded.set_at, png = excluded.png",
                    whose.into_iter().chain(content),
                )
                .await?;
            }
            None => {
                raw::execute(
                    &tx,
                    "DELETE FROM user_pictures WHERE workspace_id = $1 AND user_id = $2",
                    whose,
                )
                .await?;
            }
        }
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn read_picture(&self, workspace: WorkspaceId, user: UserId) -> Result<Option<Picture>, Trouble> {
        raw::one(
            self.store.reader(),
            "SELECT set_at, png FROM user_pictures WHERE workspace_id = $1 AND user_id = $2",
            [workspace.as_uuid().into(), user.as_uuid().into()],
        )
        .await?
        .map(|row| {
            Ok(Picture {
                png: row.try_get("", "png")?,
                set_at: Timestamp::from_micros(row.try_get("", "set_at")?),
            })
        })
        .transpose()
    }
}

#[async_trait]
impl Profiles for SeaProfiles {
    async fn save(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        profile: Profile,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        announced!(self, "profiles.save", |announcement| {
            self.save_once((workspace, user), &profile, &audit, &announcement)
        })
    }

    async fn set_picture(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        picture: Option<Picture>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        retried!(
            "profiles.set_picture",
            self.set_picture_once((workspace, user), picture.as_ref(), &audit)
        )
    }

    async fn picture(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Option<Picture>> {
        self.read_picture(workspace, user)
            .await
            .map_err(|trouble| trouble.at("profiles.picture"))
    }
}
