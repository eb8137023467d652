use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::audit::AuditEntry;
use crate::ids::{RoleId, UserId, WorkspaceId};
use crate::ports::{PortResult, RoleChange, RoleChanged, RoleCreated, RoleDeleted, RoleGift, RoleGiven, Roles};
use crate::role::{CustomRole, HeldRole, Rights, Role, RoleChoice};
use crate::user::UserStatus;

impl State {
    /// Whether that person is an owner who may come in, and the only one.
    pub(super) fn is_last_owner(&self, workspace: WorkspaceId, user: UserId) -> bool {
        let mut owners = self.people.values().map(|person| &person.user).filter(|person| {
            person.workspace == workspace && person.role == Role::Owner && person.status == UserStatus::Active
        });
        owners.next().is_some_and(|owner| owner.id == user) && owners.next().is_none()
    }

    fn role(&self, workspace: WorkspaceId, id: RoleId) -> Option<&CustomRole> {
        self.roles.get(&id).filter(|role| role.workspace == workspace)
    }

    fn role_named(&self, workspace: WorkspaceId, name: &str) -> Option<RoleId> {
        let named = self
            .roles
            .values()
            .find(|role| role.workspace == workspace && role.name == name);
        named.map(|role| role.id)
    }

    fn holders(&self, workspace: WorkspaceId, id: RoleId) -> u64 {
        let people = self.people.values().map(|person| &person.user);
        let holders = people
            .filter(|user| user.workspace == workspace && user.custom_role.as_ref().is_some_and(|role| role.id == id));
        u64::try_from(holders.count()).unwrap_or(u64::MAX)
    }
}

#[async_trait]
impl Roles for MemoryStore {
    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<HeldRole>> {
        let state = self.state("roles.list")?;
        let mut listed: Vec<HeldRole> = state
            .roles
            .values()
            .filter(|role| role.workspace == workspace)
            .map(|role| HeldRole {
                role: role.clone(),
                holders: state.holders(workspace, role.id),
            })
            .collect();
        listed.sort_by(|one, other| one.role.name.cmp(&other.role.name));
        Ok(listed)
    }

    async fn find(&self, workspace: WorkspaceId, id: RoleId) -> PortResult<Option<CustomRole>> {
        let state = self.state("roles.find")?;
        Ok(state.role(workspace, id).cloned())
    }

    async fn create(&self, role: CustomRole, audit: AuditEntry) -> PortResult<RoleCreated> {
        let mut state = self.state("roles.create")?;
        state.admit_audit(&audit, "roles.create")?;
        if state.role_named(role.workspace, &role.name).is_some() {
            return Ok(RoleCreated::NameTaken);
        }
        state.roles.insert(role.id, role);
        state.audit.push(audit);
        Ok(RoleCreated::Created)
    }

    async fn change(&self, change: RoleChange, audit: AuditEntry) -> PortResult<RoleChanged> {
        let mut state = self.state("roles.change")?;
        state.admit_audit(&audit, "roles.change")?;
        let RoleChange {
            seen,
            name,
            permissions,
        } = change;
        if state.role(seen.workspace, seen.id) != Some(&seen) {
            return Ok(RoleChanged::Stale);
        }
        if state
            .role_named(seen.workspace, &name)
            .is_some_and(|named| named != seen.id)
        {
            return Ok(RoleChanged::NameTaken);
        }
        let role = CustomRole {
            name,
            permissions,
            ..seen
        };
        for person in state.people.values_mut() {
            if let Some(held) = person.user.custom_role.as_mut().filter(|held| held.id == role.id) {
                *held = role.to_ref();
            }
        }
        state.roles.insert(role.id, role);
        state.audit.push(audit);
        Ok(RoleChanged::Changed)
    }

    async fn delete(&self, workspace: WorkspaceId, id: RoleId, audit: AuditEntry) -> PortResult<RoleDeleted> {
        let mut state = self.state("roles.delete")?;
        state.admit_audit(&audit, "roles.delete")?;
        if state.role(workspace, id).is_none() {
            return Ok(RoleDeleted::Gone);
        }
        match state.holders(workspace, id) {
            0 => {
                state.roles.remove(&id);
                state.audit.push(audit);
                Ok(RoleDeleted::Deleted)
            }
            holders => Ok(RoleDeleted::InUse(holders)),
        }
    }

    async fn give(&self, gift: RoleGift, audit: AuditEntry) -> PortResult<RoleGiven> {
        let mut state = self.state("roles.give")?;
        state.admit_audit(&audit, "roles.give")?;
        let (rights, own) = match gift.role {
            RoleChoice::BuiltIn(role) => (Rights::of(role), None),
            RoleChoice::Own(id) => match state.role(gift.workspace, id) {
                Some(role) => (role.rights(), Some(role.to_ref())),
                None => return Ok(RoleGiven::Stale),
            },
        };
        if rights != gift.gets {
            return Ok(RoleGiven::Stale);
        }
        let last_owner = state.is_last_owner(gift.workspace, gift.user);
        let Some(person) = state.person_mut(gift.workspace, gift.user) else {
            return Ok(RoleGiven::Stale);
        };
        if person.user.rights() != gift.holds {
            return Ok(RoleGiven::Stale);
        }
        if last_owner && rights.role != Role::Owner {
            return Ok(RoleGiven::LastOwner);
        }
        let other_rules = person.user.role.audience() != rights.role.audience();
        person.user.role = rights.role;
        person.user.custom_role = own;
        person.credentials_version += 1;
        if other_rules {
            state.end_sessions(gift.workspace, gift.user, None);
        }
        state.audit.push(audit);
        Ok(RoleGiven::Given)
    }
}
