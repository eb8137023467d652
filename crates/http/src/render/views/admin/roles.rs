//! Roles of the workspace's own making (A8).

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::Page;
use super::super::FieldError;
use super::people::Choice;

/// A role in the list.
#[derive(Debug, Clone, Serialize)]
pub struct RoleRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The built-in role that it is based on, in words.
    pub based_on: Words,
    /// What it permits, in words.
    pub permits: Vec<Words>,
    /// How many people have it.
    pub holders: u64,
}

/// A built-in role, and what it permits.
#[derive(Debug, Clone, Serialize)]
pub struct BuiltInRole {
    /// Its name in words.
    pub name: Words,
    /// What it permits, in words.
    pub permits: Vec<Words>,
}

/// `/admin/roles`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminRoles {
    /// Roles of the workspace's own making.
    pub roles: Vec<RoleRow>,
    /// The built-in ones.
    pub built_in: Vec<BuiltInRole>,
}

/// A permission to tick.
#[derive(Debug, Clone, Serialize)]
pub struct PermissionBox {
    /// The field's name.
    pub name: String,
    /// What it says.
    pub label: Words,
    /// Whether it is ticked.
    pub ticked: bool,
    /// Whether whoever looks lacks it, so that they cannot give it.
    pub lacking: bool,
}

/// `/admin/roles/new` and `/admin/roles/{role}`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminRole {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Roles that it may be based on; none where that is settled.
    pub bases: Vec<Choice>,
    /// The role that it is based on, where that is settled.
    pub based_on: Option<Words>,
    /// What it may permit.
    pub permissions: Vec<PermissionBox>,
    /// How many people have it.
    pub holders: u64,
    /// Whether whoever looks may change it.
    pub in_reach: bool,
    /// What is wrong with the form.
    pub errors: Vec<FieldError>,
}

impl Page for AdminRoles {
    const TEMPLATE: &'static str = "admin-roles.html";

    fn samples() -> Vec<Self> {
        let built_in = vec![BuiltInRole {
            name: Words::key("role-agent"),
            permits: vec![Words::key("permission-look-people-up")],
        }];
        vec![
            Self {
                roles: Vec::new(),
                built_in: built_in.clone(),
            },
            Self {
                roles: vec![RoleRow {
                    id: "6a1b".to_owned(),
                    name: "Auditor <b>".to_owned(),
                    based_on: Words::key("role-agent"),
                    permits: vec![
                        Words::key("permission-read-audit-log"),
                        Words::key("permission-look-people-up"),
                    ],
                    holders: 3,
                }],
                built_in,
            },
        ]
    }
}

impl Page for AdminRole {
    const TEMPLATE: &'static str = "admin-role.html";

    fn samples() -> Vec<Self> {
        let boxes = vec![
            PermissionBox {
                name: "may-look-people-up".to_owned(),
                label: Words::key("permission-look-people-up"),
                ticked: true,
                lacking: false,
            },
            PermissionBox {
                name: "may-use-backup-sign-in".to_owned(),
                label: Words::key("permission-use-backup-sign-in"),
                ticked: false,
                lacking: true,
            },
        ];
        vec![
            Self {
                id: None,
                name: String::new(),
                bases: vec![Choice {
                    value: "agent".to_owned(),
                    label: Words::key("role-agent"),
                    chosen: true,
                }],
                based_on: None,
                permissions: boxes.clone(),
                holders: 0,
                in_reach: true,
                errors: vec![
                    FieldError::new("name", Words::key("role-name-wrong")),
                    FieldError::new("permissions", Words::key("role-beyond-own")),
                ],
            },
            Self {
                id: Some("6a1b".to_owned()),
                name: "Auditor <b>".to_owned(),
                bases: Vec::new(),
                based_on: Some(Words::key("role-agent")),
                permissions: boxes,
                holders: 2,
                in_reach: false,
                errors: Vec::new(),
            },
        ]
    }
}
