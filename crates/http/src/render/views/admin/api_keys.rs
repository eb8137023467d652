//! Keys of the portal application (C9).

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::{Page, When};
use super::super::FieldError;
use super::super::account::sample_when;
use super::roles::PermissionBox;

/// A key in the list.
#[derive(Debug, Clone, Serialize)]
pub struct ApiKeyRow {
    /// Its id.
    pub id: String,
    /// Its name; may be empty.
    pub name: String,
    /// Its last four characters; empty for a key from before they were kept.
    pub last_four: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub made: When,
    /// Who made it, in words.
    pub by: Words,
    /// The day of its last use.
    pub last_used: Option<String>,
    /// Whether it is good.
    pub live: bool,
}

/// `/admin/api-keys`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminApiKeys {
    /// The keys, live ones first.
    pub keys: Vec<ApiKeyRow>,
}

/// `/admin/api-keys/new`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminApiKeyNew {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<PermissionBox>,
    /// What is wrong with the form.
    pub errors: Vec<FieldError>,
}

/// A key that was just made: shown once.
#[derive(Debug, Clone, Serialize)]
pub struct AdminApiKeyMade {
    /// Its name.
    pub name: String,
    /// The key itself.
    pub key: String,
}

impl Page for AdminApiKeys {
    const TEMPLATE: &'static str = "admin-api-keys.html";

    fn samples() -> Vec<Self> {
        let key = ApiKeyRow {
            id: "6a1b".to_owned(),
            name: "Portal <b>".to_owned(),
            last_four: "x7Qa".to_owned(),
            scopes: vec!["users:read".to_owned(), "portal-links:write".to_owned()],
            made: sample_when(),
            by: Words::key("api-key-by-operator"),
            last_used: Some("2030-01-01".to_owned()),
            live: true,
        };
        let dead = ApiKeyRow {
            name: String::new(),
            last_four: String::new(),
            scopes: Vec::new(),
            by: Words::key("api-key-by-person").with("name", "Zoë <b>"),
            last_used: None,
            live: false,
            ..key.clone()
        };
        vec![Self { keys: Vec::new() }, Self { keys: vec![key, dead] }]
    }
}

impl Page for AdminApiKeyNew {
    const TEMPLATE: &'static str = "admin-api-key-new.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            name: "Portal <b>".to_owned(),
            scopes: vec![PermissionBox {
                name: "scope-users-read".to_owned(),
                label: Words::key("scope-users-read"),
                ticked: true,
                lacking: true,
            }],
            errors: vec![FieldError::new("name", Words::key("api-key-name-missing"))],
        }]
    }
}

impl Page for AdminApiKeyMade {
    const TEMPLATE: &'static str = "admin-api-key-made.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            name: "Portal <b>".to_owned(),
            key: "dwk_sample".to_owned(),
        }]
    }
}
