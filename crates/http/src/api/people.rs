//! What the portal application and staff do to people (C2): adding, editing, inviting, barring, signing out.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::people::PersonError;
use doorward_auth::people::bar_person::BarPersonError;
use doorward_auth::people::edit_person::{EditPersonError, EditProblem, MAX_ORGANISATIONS, PersonEdit};
use doorward_auth::people::give_role::GiveRoleError;
use doorward_auth::people::invite::{AddPersonError, NewPerson};
use doorward_auth::people::send_password_reset::SendResetError;
use doorward_domain::ids::UserId;
use doorward_domain::role::{Audience, Permission, Role, RoleChoice};
use doorward_domain::time::Timestamp;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::access::Permit;
use super::documents::UserDocument;
use super::fields::{self, misfit};
use super::problems::{AccessProblems, BodyProblems, Problem};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::refusal::seconds_until;
use crate::site::SiteState;

const PEOPLE: Permission = Permission::CreateAndUpdateUsersAndOrganizations;

/// A field of the generic change of a person, and what it takes to write it (R98). A field without a row is not written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FieldRule {
    pub(crate) field: &'static str,
    pub(crate) permission: Permission,
}

/// Every field of [`PersonPatch`]. Credentials, factors, status and proofs of addresses are not among them: each has an
/// address of its own.
pub(crate) const FIELDS: &[FieldRule] = &[
    rule("name", PEOPLE),
    rule("language", PEOPLE),
    rule("time_zone", PEOPLE),
    rule("organisations", PEOPLE),
    rule("role", Permission::ManageWorkspace),
];

const fn rule(field: &'static str, permission: Permission) -> FieldRule {
    FieldRule { field, permission }
}

fn nobody() -> Fault {
    Fault::new(FaultKind::NotFound).detail("Nobody here has that id.")
}

/// Why somebody stays an admin (R105).
pub(super) const LAST_WAY_IN: &str =
    "Without them nobody who may change the security settings could sign in. See to it that another admin can, first.";

pub(super) fn out_of_reach() -> Fault {
    Fault::new(FaultKind::Forbidden).detail("This person may do more than whoever asks.")
}

fn id_of(text: &str) -> Result<UserId, Fault> {
    text.parse().map_err(|_id| nobody())
}

fn of_person(error: PersonError) -> Fault {
    match error {
        PersonError::NobodyThere => nobody(),
        PersonError::OutOfReach => out_of_reach(),
        PersonError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    }
}

fn conflict(detail: &'static str) -> Fault {
    Fault::new(FaultKind::Conflict).detail(detail)
}

pub(super) fn too_many_mails(state: &SiteState, retry_at: Option<Timestamp>) -> Fault {
    let fault = Fault::new(FaultKind::TooManyTries)
        .detail("Staff have sent as many mails to this address as they may in a day.");
    match retry_at {
        Some(at) => fault.retry_after(seconds_until(at, state.auth.now()).max(1)),
        None => fault,
    }
}

async fn person(state: &SiteState, permit: &Permit, id: UserId) -> Result<UserDocument, Fault> {
    let found = state.auth.people().find(&permit.workspace, id).await?;
    found.as_ref().map(UserDocument::from).ok_or_else(nobody)
}

/// Somebody to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPersonBody {
    /// Their primary address; it is not taken for proved.
    email: String,
    name: Option<String>,
    /// `customer` where it is not given; a built-in role, or the id of one of the workspace's own.
    #[schema(example = "customer")]
    role: Option<String>,
    /// Names of organisations, at most 50; unknown ones are made.
    organisations: Option<Vec<String>>,
    /// Whether to send them a link with which they choose their password.
    #[serde(default)]
    invite: bool,
}

/// Adds somebody, with an invitation or without. A role of the staff takes the permission `manage-workspace`, and a fresh
/// proof of whoever gives it.
#[utoipa::path(post, path = "/api/v1/users", operation_id = "create_user", tag = "users", responses(
    (status = 201, description = "The person", body = UserDocument, headers(("Location" = String))),
    (status = 409, description = "The address belongs to somebody already; `user` says whom", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Staff have sent this address as many mails as they may", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn add(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<NewPersonBody>,
) -> Result<Response, Fault> {
    let role = match body.role.as_deref() {
        None => RoleChoice::BuiltIn(Role::Customer),
        Some(text) => role_of(text)?,
    };
    if !matches!(role, RoleChoice::BuiltIn(role) if role.audience() == Audience::Customers) {
        permit.fresh(&state).await?;
    }
    let wanted = NewPerson {
        address: fields::email(&body.email)?,
        name: body.name.unwrap_or_default(),
        role,
        organisations: body.organisations.unwrap_or_default(),
        invite: body.invite,
    };
    let added = state
        .auth
        .staff()
        .add(&permit.acting(), &permit.workspace, wanted)
        .await;
    let user = added.map_err(|error| not_added(&state, error))?;
    if body.invite {
        (state.mail_promised)();
    }
    let mut response = (StatusCode::CREATED, axum::Json(UserDocument::from(&user))).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/users/{}", user.id)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

fn not_added(state: &SiteState, error: AddPersonError) -> Fault {
    match error {
        AddPersonError::OutOfReach => {
            Fault::new(FaultKind::Forbidden).detail("The role permits more than whoever gives it may do.")
        }
        AddPersonError::NoSuchRole => misfit("role", "There is no such role."),
        AddPersonError::TooManyOrganisations => too_many_organisations(),
        AddPersonError::AddressTaken(owner) => {
            conflict("The address belongs to somebody already.").member("user", owner.to_string())
        }
        AddPersonError::TooManyMails { retry_at } => too_many_mails(state, retry_at),
        AddPersonError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    }
}

fn role_of(text: &str) -> Result<RoleChoice, Fault> {
    RoleChoice::parse(text).ok_or_else(|| misfit("role", "There is no such role."))
}

fn too_many_organisations() -> Fault {
    misfit(
        "organisations",
        format!("`organisations` has at most {MAX_ORGANISATIONS} names."),
    )
}

/// What was said of something that may be given, or taken away by `null`.
#[derive(Default)]
enum Said {
    /// Nothing.
    #[default]
    Nothing,
    /// This.
    This(Option<String>),
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::This)
    }
}

impl Said {
    #[expect(
        clippy::option_option,
        reason = "absent, null and a value are three different wishes"
    )]
    fn into_option(self) -> Option<Option<String>> {
        match self {
            Self::Nothing => None,
            Self::This(said) => Some(said),
        }
    }
}

/// What is to be changed; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonPatch {
    name: Option<String>,
    /// A BCP 47 tag of a language that there are words in; `null` for that of their browser.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    language: Said,
    /// An IANA name; `null` for UTC.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Said,
    /// Names of all organisations that they belong to from then on, at most 50; unknown ones are made.
    organisations: Option<Vec<String>>,
    /// A built-in role, or the id of one of the workspace's own. Changed by itself, without any other field; takes the
    /// permission `manage-workspace` and a fresh proof.
    role: Option<String>,
}

impl PersonPatch {
    /// The fields that were given.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        [
            (self.name.is_some(), "name"),
            (matches!(self.language, Said::This(_)), "language"),
            (matches!(self.time_zone, Said::This(_)), "time_zone"),
            (self.organisations.is_some(), "organisations"),
            (self.role.is_some(), "role"),
        ]
        .into_iter()
        .filter_map(|(given, field)| given.then_some(field))
    }
}

/// Changes a person's record (R98): never their password, second factor, addresses or status.
#[utoipa::path(patch, path = "/api/v1/users/{id}", operation_id = "update_user", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 200, description = "The person afterwards", body = UserDocument),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "They are the last owner, or somebody else has just changed them", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn update(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Json(body): Json<PersonPatch>,
) -> Result<Response, Fault> {
    let id = id_of(&id)?;
    for field in body.given() {
        let rule = FIELDS.iter().find(|rule| rule.field == field);
        // The address itself takes the permission that most fields do.
        let may = |permission| permission == PEOPLE || permit.rights.permissions.contains(permission);
        if !rule.is_some_and(|rule| may(rule.permission)) {
            return Err(Fault::new(FaultKind::Forbidden)
                .detail("This field takes a permission of its own.")
                .member("field", field));
        }
    }
    if let Some(role) = &body.role {
        if body.given().count() > 1 {
            return Err(misfit("role", "`role` is changed by itself."));
        }
        let role = role_of(role)?;
        permit.fresh(&state).await?;
        let (roles, acting) = (state.auth.roles(), permit.acting());
        roles
            .give(&acting, &permit.workspace, id, role)
            .await
            .map_err(not_given)?;
    } else {
        let edit = PersonEdit {
            name: body.name,
            language: body.language.into_option(),
            time_zone: body.time_zone.into_option(),
            organisations: body.organisations,
            languages: permit.workspace.portal.offered(state.renderer.catalogue().languages()),
        };
        let (staff, acting) = (state.auth.staff(), permit.acting());
        staff
            .edit(&acting, &permit.workspace, id, edit)
            .await
            .map_err(not_edited)?;
    }
    Ok(axum::Json(person(&state, &permit, id).await?).into_response())
}

fn not_given(error: GiveRoleError) -> Fault {
    match error {
        GiveRoleError::NobodyThere => nobody(),
        GiveRoleError::NoSuchRole => misfit("role", "There is no such role."),
        GiveRoleError::OutOfReach => out_of_reach(),
        GiveRoleError::BeyondOwn => {
            Fault::new(FaultKind::Forbidden).detail("The role permits more than whoever gives it may do.")
        }
        GiveRoleError::LastOwner => conflict("They are the last owner who can sign in."),
        GiveRoleError::LastWayIn => conflict(LAST_WAY_IN),
        GiveRoleError::ChangedMeanwhile => conflict("Somebody else has just changed the person or the role."),
        GiveRoleError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    }
}

fn not_edited(error: EditPersonError) -> Fault {
    match error {
        EditPersonError::Person(error) => of_person(error),
        EditPersonError::Problems(problems) => match problems.first() {
            Some(EditProblem::NameMissing) => misfit("name", "`name` is empty."),
            Some(EditProblem::Language) => {
                misfit("language", "`language` is not a language of this server, such as `en`.")
            }
            Some(EditProblem::TimeZone) => misfit(
                "time_zone",
                "`time_zone` is not the name of a time zone, such as `Europe/Berlin`.",
            ),
            Some(EditProblem::Organisations) => too_many_organisations(),
            None => Fault::new(FaultKind::Internal),
        },
        EditPersonError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    }
}

/// Where a mail went.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResetMailSent {
    /// The primary address.
    sent_to: String,
}

/// Sends somebody the link of *Forgot password*, at once.
#[utoipa::path(post, path = "/api/v1/users/{id}/password-reset-email", operation_id = "send_password_reset_email", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 202, description = "The mail is on its way", body = ResetMailSent),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "They are disabled, or have no address", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Staff have sent this address as many mails as they may", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn send_reset(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = id_of(&id)?;
    let staff = state.auth.staff();
    let sent = staff.send_password_reset(&permit.acting(), &permit.workspace, id).await;
    let sent_to = sent.map_err(|error| match error {
        SendResetError::Person(error) => of_person(error),
        SendResetError::Disabled => conflict("The account is disabled."),
        SendResetError::NoMailbox => conflict("The person has no email address."),
        SendResetError::TooMany { retry_at } => too_many_mails(&state, retry_at),
        SendResetError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    })?;
    (state.mail_promised)();
    let document = ResetMailSent {
        sent_to: sent_to.to_string(),
    };
    Ok((StatusCode::ACCEPTED, axum::Json(document)).into_response())
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionsEnded {
    ended: u64,
}

/// Ends all sessions of somebody.
#[utoipa::path(post, path = "/api/v1/users/{id}/sign-out", operation_id = "sign_user_out", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 200, description = "How many sessions ended", body = SessionsEnded),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn sign_out(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = id_of(&id)?;
    let (staff, acting) = (state.auth.staff(), permit.acting());
    let ended = staff
        .sign_out(&acting, &permit.workspace, id)
        .await
        .map_err(of_person)?;
    Ok(axum::Json(SessionsEnded { ended }).into_response())
}

/// Disables somebody: they come in by no way, and their sessions are over.
#[utoipa::path(post, path = "/api/v1/users/{id}/disable", operation_id = "disable_user", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 200, description = "The person afterwards", body = UserDocument),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "They are the last owner, or deleted", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn disable(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    bar(&permit, &state, &id, true).await
}

/// Enables somebody again.
#[utoipa::path(post, path = "/api/v1/users/{id}/enable", operation_id = "enable_user", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 200, description = "The person afterwards", body = UserDocument),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "They are deleted", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn enable(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    bar(&permit, &state, &id, false).await
}

async fn bar(permit: &Permit, state: &SiteState, id: &str, barred: bool) -> Result<Response, Fault> {
    let id = id_of(id)?;
    let (staff, acting) = (state.auth.staff(), permit.acting());
    let done = staff.bar(&acting, &permit.workspace, id, barred).await;
    done.map_err(|error| match error {
        BarPersonError::Person(error) => of_person(error),
        BarPersonError::LastOwner => conflict("They are the last owner who can sign in."),
        BarPersonError::LastWayIn => conflict(LAST_WAY_IN),
        BarPersonError::Deleted => conflict("The person is deleted."),
        BarPersonError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    })?;
    Ok(axum::Json(person(state, permit, id).await?).into_response())
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema as _;

    use super::*;

    #[test]
    fn r98_every_field_of_the_generic_change_has_its_permission_and_no_other_field_is_there() {
        let schema = serde_json::to_value(PersonPatch::schema()).unwrap();
        let mut fields: Vec<&str> = schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut rules: Vec<&str> = FIELDS.iter().map(|rule| rule.field).collect();
        fields.sort_unstable();
        rules.sort_unstable();
        assert_eq!(fields, rules);
        for forbidden in [
            "password",
            "status",
            "emails",
            "email",
            "verified",
            "two_factor",
            "permissions",
        ] {
            let body = format!("{{\"{forbidden}\": null}}");
            assert!(serde_json::from_str::<PersonPatch>(&body).is_err(), "{forbidden}");
        }
    }
}
