//! Roles and what they permit (A8). Deny by default: a role holds exactly the permissions listed here.

use serde::{Deserialize, Serialize};

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
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// What the role permits (A8).
    pub const fn permissions(self) -> &'static [Permission] {
        const AGENT: &[Permission] = &[Permission::LookPeopleUp, Permission::AskSignInCheck];
        const ADMIN: &[Permission] = &[
            Permission::LookPeopleUp,
            Permission::AskSignInCheck,
            Permission::CreateAndUpdateUsersAndOrganizations,
            Permission::ManageSecuritySettings,
            Permission::ReadMailLog,
            Permission::ReadAuditLog,
            Permission::ManageWorkspace,
            Permission::UseBackupSignIn,
        ];
        const OWNER: &[Permission] = &[
            Permission::LookPeopleUp,
            Permission::AskSignInCheck,
            Permission::CreateAndUpdateUsersAndOrganizations,
            Permission::ManageSecuritySettings,
            Permission::ReadMailLog,
            Permission::ReadAuditLog,
            Permission::ManageWorkspace,
            Permission::UseBackupSignIn,
            Permission::OwnWorkspace,
        ];
        match self {
            Self::Customer | Self::Collaborator => &[],
            Self::Agent => AGENT,
            Self::Admin => ADMIN,
            Self::Owner => OWNER,
        }
    }
}

impl Permission {
    /// The permission's stable name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LookPeopleUp => "look-people-up",
            Self::AskSignInCheck => "ask-sign-in-check",
            Self::CreateAndUpdateUsersAndOrganizations => "create-and-update-users-and-organizations",
            Self::ManageSecuritySettings => "manage-security-settings",
            Self::ReadMailLog => "read-mail-log",
            Self::ReadAuditLog => "read-audit-log",
            Self::ManageWorkspace => "manage-workspace",
            Self::UseBackupSignIn => "use-backup-sign-in",
            Self::OwnWorkspace => "own-workspace",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a8_each_role_holds_all_that_the_role_below_it_holds() {
        for pair in Role::ALL.windows(2) {
            for permission in pair[0].permissions() {
                assert!(
                    pair[1].permissions().contains(permission),
                    "{:?} lacks {permission:?}",
                    pair[1]
                );
            }
        }
        assert!(
            !Role::Agent
                .permissions()
                .contains(&Permission::CreateAndUpdateUsersAndOrganizations)
        );
        assert!(!Role::Admin.permissions().contains(&Permission::OwnWorkspace));
    }

    #[test]
    fn names_round_trip() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("Owner"), None);
    }
}
