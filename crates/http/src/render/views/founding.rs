//! Making a workspace of one's own (C8).

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::{Page, messages};
use super::{FieldError, PasswordRules};

/// Whom a workspace is made for, once that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Founder {
    /// By which the form goes on.
    pub founding: String,
    /// Their name, or their address where they have none.
    pub name: String,
    /// Their address.
    pub address: String,
}

/// `/workspaces/new`: name and address of the workspace, and who makes it.
#[derive(Debug, Clone, Serialize)]
pub struct NewWorkspace {
    /// What was typed as name of the workspace.
    pub workspace_name: String,
    /// What was typed as its address.
    pub slug: String,
    /// What follows the address, with its dot and port, such as `.localhost:8080`.
    pub suffix: String,
    /// Who makes it, if that is known; a stranger says so in the form.
    pub founder: Option<Founder>,
    /// What was typed as the stranger's name.
    pub name: String,
    /// What was typed as the stranger's address.
    pub email: String,
    /// What their password must have.
    pub rules: PasswordRules,
    /// What is wrong with the whole.
    pub problem: Option<Words>,
    /// What is wrong with a field.
    pub errors: Vec<FieldError>,
}

impl Page for NewWorkspace {
    const TEMPLATE: &'static str = "workspace-new.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            workspace_name: String::new(),
            slug: String::new(),
            suffix: ".localhost:8080".to_owned(),
            founder: None,
            name: String::new(),
            email: String::new(),
            rules: PasswordRules { min_length: 12 },
            problem: None,
            errors: Vec::new(),
        };
        let ada = Founder {
            founding: "7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned(),
            name: "Ada \"<i>\" Lovelace".to_owned(),
            address: "ada@example.com".to_owned(),
        };
        vec![
            empty.clone(),
            Self {
                founder: Some(ada.clone()),
                ..empty.clone()
            },
            Self {
                founder: Some(ada),
                slug: "acme".to_owned(),
                workspace_name: "Acme".to_owned(),
                errors: vec![FieldError::new("slug", messages::slug_taken())],
                ..empty.clone()
            },
            Self {
                problem: Some(messages::founding_over()),
                errors: vec![
                    FieldError::new("workspace_name", messages::workspace_name_invalid()),
                    FieldError::new("slug", messages::slug_malformed()),
                    FieldError::new("email", messages::email_missing()),
                ],
                ..empty.clone()
            },
            Self {
                errors: vec![
                    FieldError::new("slug", messages::slug_reserved()),
                    FieldError::new("password", messages::password_too_short(12)),
                ],
                ..empty
            },
        ]
    }
}

/// `/workspaces/new/code`: proves the mailbox of the first owner.
#[derive(Debug, Clone, Serialize)]
pub struct NewWorkspaceCode {
    /// By which the form goes on.
    pub founding: String,
    /// Where the code was sent, masked.
    pub address: String,
    /// When another can be sent, in seconds.
    pub resend_in_seconds: u32,
    /// What is wrong with the code.
    pub errors: Vec<FieldError>,
}

impl Page for NewWorkspaceCode {
    const TEMPLATE: &'static str = "workspace-code.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            founding: "7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned(),
            address: "a•••@e•••.com".to_owned(),
            resend_in_seconds: 30,
            errors: Vec::new(),
        };
        let with = |words| Self {
            resend_in_seconds: 0,
            errors: vec![FieldError::new("code", words)],
            ..empty.clone()
        };
        vec![
            empty.clone(),
            with(messages::founding_code_wrong(4)),
            with(messages::founding_code_expired()),
        ]
    }
}

/// `/workspaces/new` of a server where nobody but the operator makes workspaces.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct NewWorkspaceClosed;

impl Page for NewWorkspaceClosed {
    const TEMPLATE: &'static str = "workspace-closed.html";

    fn samples() -> Vec<Self> {
        vec![Self]
    }
}

/// A page of a workspace that asks whoever is signed in whether they make one of their own.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct NewWorkspaceAs {
    /// Why they cannot: they have proved no address.
    pub unproved: bool,
}

impl Page for NewWorkspaceAs {
    const TEMPLATE: &'static str = "workspace-as.html";

    fn samples() -> Vec<Self> {
        vec![Self { unproved: false }, Self { unproved: true }]
    }
}

/// Carries somebody to another host of the server: a form that sends itself.
#[derive(Clone, Serialize)]
pub struct Crossing {
    /// Where it is sent.
    pub action: String,
    /// The ticket.
    pub ticket: String,
    /// The workspace that it is of.
    pub workspace: String,
    /// The workspace that has just been made, if it leads there.
    pub made: Option<String>,
}

impl std::fmt::Debug for Crossing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crossing").finish_non_exhaustive()
    }
}

impl Page for Crossing {
    const TEMPLATE: &'static str = "workspace-crossing.html";

    fn samples() -> Vec<Self> {
        let there = Self {
            action: "http://acme.localhost:8080/workspaces/arrive".to_owned(),
            ticket: "ZmFrZQ".to_owned(),
            workspace: "acme".to_owned(),
            made: Some("Acme <i>".to_owned()),
        };
        let base = Self {
            action: "http://localhost:8080/workspaces/new/ticket".to_owned(),
            made: None,
            ..there.clone()
        };
        vec![there, base]
    }
}
