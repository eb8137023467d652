//! Roles and what they permit (A8). Deny by default: a role holds exactly the permissions listed here, or, where a
//! workspace made it for itself, exactly those that it was given.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{RoleId, WorkspaceId};
use crate::time::Timestamp;

/// The five built-in roles of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A contact: reads answers and opens conversations.
    Customer,
    /// An outside helper; signs in like a customer.
    Collaborator,
    /// Helpdesk staff: looks people up and asks the sign-in check.
    Agent,
    /// Everything but owning the workspace.
    Admin,
    /// Everything.
    Owner,
}

/// Whose sign-in rules apply: a workspace has one set for customers and one for staff (C3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Customers and collaborators.
    Customers,
    /// Agents, admins and owners.
    Staff,
}

/// One thing a role may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Search and read people.
    LookPeopleUp,
    /// Ask why a person cannot sign in (C4).
    AskSignInCheck,
    /// "Create and update users and organizations".
    CreateAndUpdateUsersAndOrganizations,
    /// "Set passwords and reset two-factor authentication" of somebody who calls, after a challenge (C2, C10).
    SetPasswordsAndResetTwoFactor,
    /// "Act without caller challenge": the same, announced and delayed (C10).
    ActWithoutCallerChallenge,
    /// "Manage security settings" (C3).
    ManageSecuritySettings,
    /// "Read the mail log" (C5).
    ReadMailLog,
    /// "Read the audit log" (C6).
    ReadAuditLog,
    /// "Manage the workspace": branding, host names, API keys.
    ManageWorkspace,
    /// Come in by the backup door, whatever the settings say (B15).
    UseBackupSignIn,
    /// Hand the workspace over or delete it.
    OwnWorkspace,
}

impl Role {
    /// Every built-in role, from least to most.
    pub const ALL: [Self; 5] = [
        Self::Customer,
        Self::Collaborator,
        Self::Agent,
        Self::Admin,
        Self::Owner,
    ];

    /// The role's stable name, as stored and as the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Collaborator => "collaborator",
            Self::Agent => "agent",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// Which set of sign-in rules applies.
    pub const fn audience(self) -> Audience {
        match self {
            Self::Customer | Self::Collaborator => Audience::Customers,
            Self::Agent | Self::Admin | Self::Owner => Audience::Staff,
        }
    }

    /// Whether the role permits it.
    pub const fn may(self, permission: Permission) -> bool {
        self.permissions().contains(permission)
    }

    /// What the role permits (A8).
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::Customer | Self::Collaborator => Permissions::NONE,
            Self::Agent => Permissions::NONE
                .with(Permission::LookPeopleUp)
                .with(Permission::AskSignInCheck),
            Self::Admin => Permissions::ALL
                .without(Permission::OwnWorkspace)
                .without(Permission::ActWithoutCallerChallenge),
            Self::Owner => Permissions::ALL,
        }
    }
}

impl Permission {
    /// Every permission, in the order that pages list them.
    pub const ALL: [Self; 11] = [
        Self::LookPeopleUp,
        Self::AskSignInCheck,
        Self::CreateAndUpdateUsersAndOrganizations,
        Self::SetPasswordsAndResetTwoFactor,
        Self::ActWithoutCallerChallenge,
        Self::ManageSecuritySettings,
        Self::ReadMailLog,
        Self::ReadAuditLog,
        Self::ManageWorkspace,
        Self::UseBackupSignIn,
        Self::OwnWorkspace,
    ];

    /// The permission of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// The permission's stable name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LookPeopleUp => "look-people-up",
            Self::AskSignInCheck => "ask-sign-in-check",
            Self::CreateAndUpdateUsersAndOrganizations => "create-and-update-users-and-organizations",
            Self::SetPasswordsAndResetTwoFactor => "set-passwords-and-reset-two-factor",
            Self::ActWithoutCallerChallenge => "act-without-caller-challenge",
            Self::ManageSecuritySettings => "manage-security-settings",
            Self::ReadMailLog => "read-mail-log",
            Self::ReadAuditLog => "read-audit-log",
            Self::ManageWorkspace => "manage-workspace",
            Self::UseBackupSignIn => "use-backup-sign-in",
            Self::OwnWorkspace => "own-workspace",
        }
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Permissions(u32);

impl Permissions {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// Every one there is.
    pub const ALL: Self = {
        let mut all = Self::NONE;
        let mut left: &[Permission] = &Permission::ALL;
        while let [first, rest @ ..] = left {
            all = all.with(*first);
            left = rest;
        }
        all
    };

    /// The same and this one.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | permission.bit())
    }

    /// The same but this one.
    #[must_use]
    pub const fn without(self, permission: Permission) -> Self {
        Self(self.0 & !permission.bit())
    }

    /// Whether it is among them.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether all of the others are among them.
    pub const fn covers(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |permission| self.contains(*permission))
    }

    /// Their stable names with a space between, as stored.
    pub fn to_names(self) -> String {
        self.iter().map(Permission::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Reads what [`to_names`](Self::to_names) wrote; `None` if a name is of no permission.
    pub fn from_names(names: &str) -> Option<Self> {
        names.split_whitespace().map(Permission::parse).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names
            .iter()
            .map(|name| Permission::parse(name).ok_or_else(|| D::Error::custom("no such permission")))
            .collect()
    }
}

/// A role that a workspace made for itself (A8): one of the built-in roles, with other permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// What people call it; no two roles of a workspace have one name.
    pub name: String,
    /// The built-in role whose sign-in rules and rank it has.
    pub based_on: Role,
    /// What it permits, in place of what the built-in role does.
    pub permissions: Permissions,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A role that a workspace made, as a person who has it shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRef {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// What it permits.
    pub permissions: Permissions,
}

impl CustomRole {
    /// Longest name, in Unicode code points.
    pub const MAX_NAME_CODE_POINTS: usize = 60;

    /// What they may do who have it.
    pub const fn rights(&self) -> Rights {
        Rights {
            role: self.based_on,
            permissions: self.permissions,
        }
    }

    /// Whether a role may be based on that one: on what signs in by the rules for staff, because whoever may do anything
    /// here does. Owners are owners by the built-in role only, so that it is plain who they are.
    pub const fn may_be_based_on(role: Role) -> bool {
        matches!(role, Role::Agent | Role::Admin)
    }

    /// Whether a role of a workspace's own making may permit that.
    pub const fn may_permit(permission: Permission) -> bool {
        !matches!(permission, Permission::OwnWorkspace)
    }

    /// Whether base and permissions go together at all, whoever makes the role.
    pub fn is_sound(based_on: Role, permissions: Permissions) -> bool {
        Self::may_be_based_on(based_on) && permissions.iter().all(Self::may_permit)
    }

    /// Whether a role may be called that: not nothing, and not as a built-in role is called.
    pub fn is_name(name: &str) -> bool {
        !name.is_empty()
            && name.chars().count() <= Self::MAX_NAME_CODE_POINTS
            && Role::ALL.iter().all(|role| !name.eq_ignore_ascii_case(role.as_str()))
    }

    /// The role as a person who has it shows it.
    pub fn to_ref(&self) -> RoleRef {
        RoleRef {
            id: self.id,
            name: self.name.clone(),
            permissions: self.permissions,
        }
    }
}

/// A role of a workspace's own making, and how many people have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// The role.
    pub role: CustomRole,
    /// How many people have it.
    pub holders: u64,
}

/// Which role somebody is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoleChoice {
    /// A built-in one.
    BuiltIn(Role),
    /// One of the workspace's own making.
    Own(RoleId),
}

impl RoleChoice {
    /// Reads what a form or the API says: the name of a built-in role, or the id of one of the workspace's own making.
    pub fn parse(text: &str) -> Option<Self> {
        match Role::parse(text) {
            Some(role) => Some(Self::BuiltIn(role)),
            None => text.parse().ok().map(Self::Own),
        }
    }
}

impl fmt::Display for RoleChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.as_str()),
            Self::Own(id) => id.fmt(f),
        }
    }
}

/// Why somebody may not give a role, or shape one (R97).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overreach {
    /// It would be on somebody, or on a role, with rights that they lack.
    Above,
    /// It would hand out rights that they lack.
    Climb,
}

/// Whether somebody with those rights may turn the rights of another (or of a role) into these: only where both are within
/// their own, so that nobody climbs, and nobody pulls down who stands above them (R97). Of oneself too.
pub fn may_change_rights(acting: Rights, holds: Rights, gets: Rights) -> Result<(), Overreach> {
    if !acting.reach(holds) {
        Err(Overreach::Above)
    } else if acting.reach(gets) {
        Ok(())
    } else {
        Err(Overreach::Climb)
    }
}

/// How far somebody's hand reaches: their rank, and what they may do (R97).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// The built-in role that they have, or that theirs is based on.
    pub role: Role,
    /// What they may do.
    pub permissions: Permissions,
}

impl Rights {
    /// The operator at the command line: everything.
    pub const OPERATOR: Self = Self {
        role: Role::Owner,
        permissions: Permissions::ALL,
    };

    /// An API key: it reaches people who may do nothing themselves, and what its scopes say stands elsewhere.
    pub const API_KEY: Self = Self {
        role: Role::Collaborator,
        permissions: Permissions::NONE,
    };

    /// What somebody may do who has that built-in role.
    pub const fn of(role: Role) -> Self {
        Self {
            role,
            permissions: role.permissions(),
        }
    }

    /// Whether they may act on somebody who has those rights, or hand those rights on: only on equals and below, so that
    /// nobody climbs (R97).
    pub fn reach(self, other: Self) -> bool {
        self.role >= other.role && self.permissions.covers(other.permissions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r97_rights_reach_equals_and_below_only() {
        let of = |role: Role| Rights {
            role,
            permissions: role.permissions(),
        };
        for one in Role::ALL {
            for other in Role::ALL {
                assert_eq!(of(one).reach(of(other)), one >= other, "{one:?} {other:?}");
            }
        }
        let mail_reader = Rights {
            role: Role::Agent,
            permissions: Permissions::NONE.with(Permission::ReadMailLog),
        };
        assert!(
            !of(Role::Agent).reach(mail_reader),
            "a permission that one lacks cannot be handed on"
        );
        assert!(of(Role::Admin).reach(mail_reader));
        assert!(!mail_reader.reach(of(Role::Agent)));
        assert!(!Rights::API_KEY.reach(of(Role::Agent)));
        assert!(Rights::API_KEY.reach(of(Role::Customer)));
    }

    #[test]
    fn permissions_are_read_back_as_they_were_written() {
        for role in Role::ALL {
            let permissions = role.permissions();
            assert_eq!(Permissions::from_names(&permissions.to_names()), Some(permissions));
            let json = serde_json::to_string(&permissions).unwrap();
            assert_eq!(serde_json::from_str::<Permissions>(&json).unwrap(), permissions);
        }
        assert_eq!(Permissions::from_names("everything"), None);
        assert_eq!(
            Permission::ALL.map(|permission| permission as usize),
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
        );
    }

    #[test]
    fn a8_each_role_holds_all_that_the_role_below_it_holds() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[1].permissions().covers(pair[0].permissions()), "{:?}", pair[1]);
        }
        assert!(
            !Role::Agent
                .permissions()
                .contains(Permission::CreateAndUpdateUsersAndOrganizations)
        );
        assert!(!Role::Admin.permissions().contains(Permission::OwnWorkspace));
    }

    #[test]
    fn names_round_trip() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("Owner"), None);
    }
}
