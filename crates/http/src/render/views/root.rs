use serde::Serialize;

use super::super::{Page, messages};
use super::FieldError;

/// The base host without a default workspace: find a help centre by its address.
///
/// The form is a `GET` of `/?workspace=…`; the handler answers 303 to the workspace's host, which `form-action` of this
/// page's content security policy has to allow.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RootSite {
    /// What was typed.
    pub workspace: String,
    /// What follows a slug in an address, with its dot and port, such as `.localhost:8080`.
    pub suffix: String,
    /// Whether people make workspaces of their own here (C8).
    pub may_found: bool,
    /// What is wrong with `workspace`.
    pub errors: Vec<FieldError>,
}

impl Page for RootSite {
    const TEMPLATE: &'static str = "root.html";

    fn samples() -> Vec<Self> {
        let suffix = ".localhost:8080".to_owned();
        let with = |typed: &str, words| Self {
            workspace: typed.to_owned(),
            suffix: suffix.clone(),
            may_found: true,
            errors: vec![FieldError::new("workspace", words)],
        };
        vec![
            Self {
                suffix: suffix.clone(),
                ..Self::default()
            },
            with("", messages::workspace_missing()),
            with("akme", messages::workspace_unknown()),
        ]
    }
}
