//! The pages of the console, one file a room.

mod api_keys;
mod callers;
mod directory;
mod hand_over;
mod logs;
mod organisations;
mod people;
mod roles;
mod sign_in_check;

pub use api_keys::{AdminApiKeyMade, AdminApiKeyNew, AdminApiKeys, ApiKeyRow};
pub use callers::{AdminCaller, AdminCallerBegin, AdminTemporaryPassword, CallerRow, CallerWayRow};
pub use directory::{
    AdminDirectory, AdminDirectoryRecord, AdminDirectoryRun, AdminScimToken, RecordRow, RunLine, ScimTokenRow,
};
pub use hand_over::{AdminHandOver, AdminHandOverMade, AdminHandOverNew, HandOverCheck, HandOverKeyRow};
pub use logs::{AdminAudit, AdminMail, AdminMails, AuditLine, MailLine, MailMoment, Reach};
pub use organisations::{AdminOrganisation, AdminOrganisations, OrganisationRow};
pub use people::{
    AdminPortalLink, AdminUser, AdminUserEdit, AdminUserNew, AdminUserOrganisations, AdminUserRole, AdminUsers, Choice,
    PersonAction, PersonEmail, PersonIdentity, PersonInvitation, PersonPortalLink, PersonRow, PersonSession,
};
pub use roles::{AdminRole, AdminRoles, BuiltInRole, PermissionBox, RoleRow};

pub use sign_in_check::{
    AdminSignInCheck, CheckAddress, CheckAnswer, CheckAttempt, CheckFinding, CheckMail, CheckMend, CheckNear,
    CheckPerson, CheckWay,
};

pub mod branding;
pub mod security;

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::Page;
use super::Carried;

/// Asks before something that cannot be undone: what will happen, and to whom.
#[derive(Debug, Clone, Serialize)]
pub struct AdminConfirm {
    /// "Delete this person?"
    pub title: Words,
    /// What will happen, one sentence a line.
    pub what: Vec<Words>,
    /// Where the form goes, with `confirmed` and what is carried.
    pub action: String,
    /// What the form carries.
    pub carried: Vec<Carried>,
    /// What the button says.
    pub button: Words,
    /// Whether something is lost by it.
    pub danger: bool,
    /// Where one goes who thinks better of it.
    pub back: String,
}

impl Page for AdminConfirm {
    const TEMPLATE: &'static str = "admin-confirm.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            title: Words::key("admin-sample-title"),
            what: vec![Words::key("admin-sample-what").with("name", "Zoë <b>")],
            action: "/admin/users/1/delete".to_owned(),
            carried: vec![Carried {
                name: "id".to_owned(),
                value: "1".to_owned(),
            }],
            button: Words::key("admin-sample-button"),
            danger: true,
            back: "/admin/users".to_owned(),
        }]
    }
}
