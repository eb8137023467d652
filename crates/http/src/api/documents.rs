//! The JSON documents that more than one address of the API answers with. Field by field, so that nothing is told just
//! because a value of the core has it (R96).

use doorward_domain::session::SessionView;
use doorward_domain::time_zone::rfc3339;
use doorward_domain::user::{User, UserEmail};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who this is.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionDocument<'v> {
    pub(crate) session: SessionPart,
    pub(crate) user: SessionUser<'v>,
    pub(crate) workspace: SessionWorkspace<'v>,
}

/// The session itself.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionPart)]
pub(crate) struct SessionPart {
    /// Its public id; not the token.
    pub(crate) id: Uuid,
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
    /// It ends then at the latest.
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
    /// The first step that opened it.
    #[schema(value_type = String, example = "password")]
    pub(crate) method: &'static str,
}

/// The person of a session.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionUser)]
pub(crate) struct SessionUser<'v> {
    pub(crate) id: Uuid,
    /// What to call them.
    pub(crate) name: &'v str,
    pub(crate) primary_email: Option<&'v str>,
    /// All addresses whose mailbox was proved.
    pub(crate) emails: &'v [String],
    #[schema(value_type = String, example = "customer")]
    pub(crate) role: &'static str,
    #[schema(value_type = Vec<String>)]
    pub(crate) permissions: Vec<&'static str>,
    /// Names of their organisations.
    pub(crate) organisations: &'v [String],
}

/// The workspace of a session.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionWorkspace)]
pub(crate) struct SessionWorkspace<'v> {
    pub(crate) id: Uuid,
    pub(crate) slug: &'v str,
}

impl<'v> SessionDocument<'v> {
    /// The document.
    pub(crate) fn of(view: &'v SessionView) -> Self {
        Self {
            session: SessionPart {
                id: view.id.as_uuid(),
                created_at: rfc3339(view.created_at),
                expires_at: rfc3339(view.expires_at),
                method: view.method.as_str(),
            },
            user: SessionUser {
                id: view.user.as_uuid(),
                name: &view.name,
                primary_email: view.primary_email.as_deref(),
                emails: &view.emails,
                role: view.role.as_str(),
                permissions: view
                    .permissions
                    .iter()
                    .map(doorward_domain::role::Permission::as_str)
                    .collect(),
                organisations: &view.organisations,
            },
            workspace: SessionWorkspace {
                id: view.workspace.as_uuid(),
                slug: view.workspace_slug.as_str(),
            },
        }
    }
}

/// A person, as those see them who may look people up.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserDocument {
    pub(crate) id: Uuid,
    /// May be empty for a contact known only by an address.
    name: String,
    primary_email: Option<String>,
    /// The primary address first.
    emails: Vec<EmailDocument>,
    #[schema(value_type = String, example = "customer")]
    role: &'static str,
    /// `active` or `disabled`.
    #[schema(value_type = String, example = "active")]
    status: &'static str,
    /// Names of their organisations.
    organisations: Vec<String>,
    /// As a BCP 47 tag, if they chose one.
    language: Option<String>,
    /// As an IANA name, if they chose one.
    time_zone: Option<String>,
    has_password: bool,
    #[schema(format = DateTime)]
    created_at: String,
    /// `null` if they never signed in.
    #[schema(format = DateTime)]
    last_sign_in_at: Option<String>,
}

/// One address of a person.
#[derive(Serialize, ToSchema)]
#[schema(as = Email)]
pub(crate) struct EmailDocument {
    id: Uuid,
    address: String,
    primary: bool,
    /// Whether the mailbox was proved.
    verified: bool,
    #[schema(format = DateTime)]
    verified_at: Option<String>,
}

/// A person as JSON, the same for the API and for `doorward user list --json`.
///
/// # Errors
/// None that plain data can cause; serde's own.
pub fn user_document(user: &User) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(UserDocument::from(user))
}

impl From<&User> for UserDocument {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.as_uuid(),
            name: user.name.clone(),
            primary_email: user.primary_email().map(|email| email.address.as_str().to_owned()),
            emails: user.emails.iter().map(EmailDocument::from).collect(),
            role: user.role.as_str(),
            status: user.status.as_str(),
            organisations: user
                .organisations
                .iter()
                .map(|organisation| organisation.name.clone())
                .collect(),
            language: user.language.clone(),
            time_zone: user.time_zone.clone(),
            has_password: user.has_password,
            created_at: rfc3339(user.created_at),
            last_sign_in_at: user.last_sign_in_at.map(rfc3339),
        }
    }
}

impl From<&UserEmail> for EmailDocument {
    fn from(email: &UserEmail) -> Self {
        Self {
            id: email.id.as_uuid(),
            address: email.address.as_str().to_owned(),
            primary: email.primary,
            verified: email.verified_at.is_some(),
            verified_at: email.verified_at.map(rfc3339),
        }
    }
}
