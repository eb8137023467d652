//! Roles that workspaces make for themselves, and who has which. What such a role permits stands beside each who has it as
//! well, so that a session check reads no further table; whoever writes either takes the role's row first.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{RoleId, WorkspaceId};
use doorward_domain::ports::{
    PortResult, RoleChange, RoleChanged, RoleCreated, RoleDeleted, RoleGift, RoleGiven, Roles,
};
use doorward_domain::role::{CustomRole, HeldRole, Permissions, Rights, Role, RoleChoice};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use crate::changes::{Announcement, Changed};
use crate::connect::Store;
use crate::fault::{Trouble, Unreadable, is_taken};
use crate::retry::{announced, retried};
use crate::{people, raw, records};

const TABLE: &str = "roles";

/// The roles.
#[derive(Debug, Clone)]
pub struct SeaRoles {
    store: Store,
}

impl SeaRoles {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn create_once(&self, role: &CustomRole, audit: &AuditEntry) -> Result<RoleCreated, Trouble> {
        let tx = self.store.write_tx().await?;
        let created = raw::execute(
            &tx,
            "INSERT INTO roles (workspace_id, id, name, based_on, permissions, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace_id, name) DO NOTHING",
            [
                role.workspace.as_uuid().into(),
                role.id.as_uuid().into(),
                role.name.as_str().into(),
                role.based_on.as_str().into(),
                role.permissions.to_names().into(),
                role.created_at.as_micros().into(),
            ],
        )
        .await?;
        if created == 0 {
            tx.rollback().await?;
            return Ok(RoleCreated::NameTaken);
        }
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(RoleCreated::Created)
    }

    async fn change_once(
        &self,
        change: &RoleChange,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<RoleChanged, Trouble> {
        let seen = &change.seen;
        let (workspace, id) = (seen.workspace, seen.id);
        let permissions = change.permissions.to_names();
        let tx = self.store.write_tx().await?;
        let changed = raw::execute(
            &tx,
            "UPDATE roles SET name = $3, permissions = $4 WHERE workspace_id = $1 AND id = $2 AND name = $5 \
             AND based_on = $6 AND permissions = $7",
            [
                workspace.as_uuid().into(),
                id.as_uuid().into(),
                change.name.as_str().into(),
                permissions.as_str().into(),
                seen.name.as_str().into(),
                seen.based_on.as_str().into(),
                seen.permissions.to_names().into(),
            ],
        )
        .await;
        let changed = match changed {
            Err(error) if is_taken(&error) => {
                tx.rollback().await?;
                return Ok(RoleChanged::NameTaken);
            }
            other => other?,
        };
        if changed == 0 {
            tx.rollback().await?;
            return Ok(RoleChanged::Stale);
        }
        let of_role = || -> [Value; 2] { [workspace.as_uuid().into(), id.as_uuid().into()] };
        raw::execute(
            &tx,
            "UPDATE users SET permissions = $3 WHERE workspace_id = $1 AND custom_role_id = $2",
            of_role().into_iter().chain([permissions.into()]),
        )
        .await?;
        let holders = raw::all(
            &tx,
            "SELECT id FROM users WHERE workspace_id = $1 AND custom_role_id = $2",
            of_role(),
        )
        .await?;
        people::announce_all(&tx, announcement, workspace, &people::ids(&holders)?).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(RoleChanged::Changed)
    }

    async fn delete_once(
        &self,
        workspace: WorkspaceId,
        id: RoleId,
        audit: &AuditEntry,
    ) -> Result<RoleDeleted, Trouble> {
        let of_role = || -> [Value; 2] { [workspace.as_uuid().into(), id.as_uuid().into()] };
        let tx = self.store.write_tx().await?;
        if take(&tx, workspace, id).await?.is_none() {
            tx.rollback().await?;
            return Ok(RoleDeleted::Gone);
        }
        let held = raw::one(
            &tx,
            "SELECT COUNT(*) AS holders FROM users WHERE workspace_id = $1 AND custom_role_id = $2",
            of_role(),
        )
        .await?;
        let holders: i64 = held.map(|row| row.try_get("", "holders")).transpose()?.unwrap_or(0);
        if holders > 0 {
            tx.rollback().await?;
            return Ok(RoleDeleted::InUse(holders.unsigned_abs()));
        }
        raw::execute(&tx, "DELETE FROM roles WHERE workspace_id = $1 AND id = $2", of_role()).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(RoleDeleted::Deleted)
    }

    async fn give_once(
        &self,
        gift: &RoleGift,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<RoleGiven, Trouble> {
        let (workspace, user) = (gift.workspace, gift.user);
        let tx = self.store.write_tx().await?;
        let unmakes_owner = gift.holds.role == Role::Owner && gift.gets.role != Role::Owner;
        let last_owner = unmakes_owner && people::is_last_owner(&tx, workspace, user).await?;
        let own = match gift.role {
            RoleChoice::BuiltIn(_) => None,
            RoleChoice::Own(id) => take(&tx, workspace, id).await?,
        };
        let gets = match gift.role {
            RoleChoice::BuiltIn(role) => Some(Rights::of(role)),
            RoleChoice::Own(_) => own.as_ref().map(CustomRole::rights),
        };
        people::lock(&tx, workspace, user).await?;
        let before = people::read_one(&tx, workspace, user).await?;
        let before = before.filter(|before| before.user.rights() == gift.holds && gets == Some(gift.gets));
        let Some(before) = before else {
            tx.rollback().await?;
            return Ok(RoleGiven::Stale);
        };
        if last_owner {
            tx.rollback().await?;
            return Ok(RoleGiven::LastOwner);
        }
        raw::execute(
            &tx,
            "UPDATE users SET role = $3, custom_role_id = $4, permissions = $5, \
             credentials_version = credentials_version + 1 WHERE workspace_id = $1 AND id = $2",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                gift.gets.role.as_str().into(),
                own.as_ref().map(|role| role.id.as_uuid()).into(),
                own.as_ref().map(|role| role.permissions.to_names()).into(),
            ],
        )
        .await?;
        if before.user.role.audience() != gift.gets.role.audience() {
            people::end_sessions(&tx, workspace, user, None).await?;
        }
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(RoleGiven::Given)
    }
}

/// Takes the role's row, so that nobody changes, removes or gives it until the transaction is over.
pub(crate) async fn take(
    tx: &impl ConnectionTrait,
    workspace: WorkspaceId,
    id: RoleId,
) -> Result<Option<CustomRole>, Trouble> {
    let sql = match tx.get_database_backend() {
        DbBackend::Postgres => "SELECT * FROM roles WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE",
        // A transaction that writes has the whole database to itself.
        _ => "SELECT * FROM roles WHERE workspace_id = $1 AND id = $2",
    };
    let row = raw::one(tx, sql, [workspace.as_uuid().into(), id.as_uuid().into()]).await?;
    row.as_ref().map(role).transpose()
}

fn role(row: &QueryResult) -> Result<CustomRole, Trouble> {
    let (based_on, permissions): (String, String) = (row.try_get("", "based_on")?, row.try_get("", "permissions")?);
    Ok(CustomRole {
        id: RoleId::from_uuid(row.try_get("", "id")?),
        workspace: WorkspaceId::from_uuid(row.try_get("", "workspace_id")?),
        name: row.try_get("", "name")?,
        based_on: Role::parse(&based_on).ok_or(Unreadable::new(TABLE, "based_on"))?,
        permissions: Permissions::from_names(&permissions).ok_or(Unreadable::new(TABLE, "permissions"))?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}

#[async_trait]
impl Roles for SeaRoles {
    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<HeldRole>> {
        let found = async {
            let rows = raw::all(
                self.store.reader(),
                "SELECT r.*, (SELECT COUNT(*) FROM users u WHERE u.workspace_id = r.workspace_id \
                 AND u.custom_role_id = r.id) AS holders FROM roles r WHERE r.workspace_id = $1 ORDER BY r.name, r.id",
                [workspace.as_uuid().into()],
            )
            .await?;
            let held = |row: &QueryResult| -> Result<HeldRole, Trouble> {
                let holders: i64 = row.try_get("", "holders")?;
                Ok(HeldRole {
                    role: role(row)?,
                    holders: holders.unsigned_abs(),
                })
            };
            rows.iter().map(held).collect::<Result<_, _>>()
        };
        found.await.map_err(|trouble: Trouble| trouble.at("roles.list"))
    }

    async fn find(&self, workspace: WorkspaceId, id: RoleId) -> PortResult<Option<CustomRole>> {
        let found = async {
            let row = raw::one(
                self.store.reader(),
                "SELECT * FROM roles WHERE workspace_id = $1 AND id = $2",
                [workspace.as_uuid().into(), id.as_uuid().into()],
            )
            .await?;
            row.as_ref().map(role).transpose()
        };
        found.await.map_err(|trouble: Trouble| trouble.at("roles.find"))
    }

    async fn create(&self, role: CustomRole, audit: AuditEntry) -> PortResult<RoleCreated> {
        retried!("roles.create", self.create_once(&role, &audit))
    }

    async fn change(&self, change: RoleChange, audit: AuditEntry) -> PortResult<RoleChanged> {
        announced!(self, "roles.change", |announcement| {
            self.change_once(&change, &audit, &announcement)
        })
    }

    async fn delete(&self, workspace: WorkspaceId, id: RoleId, audit: AuditEntry) -> PortResult<RoleDeleted> {
        retried!("roles.delete", self.delete_once(workspace, id, &audit))
    }

    async fn give(&self, gift: RoleGift, audit: AuditEntry) -> PortResult<RoleGiven> {
        announced!(self, "roles.give", |announcement| {
            self.give_once(&gift, &audit, &announcement)
        })
    }
}
