//! `/admin/roles`: roles of the workspace's own making (A8).

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::workspace::create_role::{RoleError, WantedRole};
use doorward_auth::workspace::delete_role::DeleteRoleError;
use doorward_domain::ids::RoleId;
use doorward_domain::role::{CustomRole, Permission, Permissions, Role};
use doorward_domain::words::Words;

use super::Desk;
use super::people::built_in;
use crate::extract::Form;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::notice::Notice;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::FieldError;
use crate::render::views::admin::{AdminConfirm, AdminRole, AdminRoles, BuiltInRole, Choice, PermissionBox, RoleRow};
use crate::site::SiteState;

const ROLES: &str = "/admin/roles";

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(ROLES, get(list).post(create))
        .route("/admin/roles/new", get(new))
        .route("/admin/roles/{role}", get(show).post(save))
        .route("/admin/roles/{role}/delete", post(delete))
}

fn id_of(text: &str) -> Result<RoleId, Fault> {
    text.parse().map_err(|_id| missing())
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound)
}

/// What a permission is called.
fn permission_words(permission: Permission) -> Words {
    match permission {
        Permission::LookPeopleUp => Words::key("permission-look-people-up"),
        Permission::AskSignInCheck => Words::key("permission-ask-sign-in-check"),
        Permission::CreateAndUpdateUsersAndOrganizations => {
            Words::key("permission-create-and-update-users-and-organizations")
        }
        Permission::SetPasswordsAndResetTwoFactor => Words::key("permission-set-passwords-and-reset-two-factor"),
        Permission::ActWithoutCallerChallenge => Words::key("permission-act-without-caller-challenge"),
        Permission::ManageSecuritySettings => Words::key("permission-manage-security-settings"),
        Permission::ReadMailLog => Words::key("permission-read-mail-log"),
        Permission::ReadAuditLog => Words::key("permission-read-audit-log"),
        Permission::ManageWorkspace => Words::key("permission-manage-workspace"),
        Permission::UseBackupSignIn => Words::key("permission-use-backup-sign-in"),
        Permission::OwnWorkspace => Words::key("permission-own-workspace"),
    }
}

fn permits(permissions: Permissions) -> Vec<Words> {
    permissions.iter().map(permission_words).collect()
}

fn field_of(permission: Permission) -> String {
    format!("may-{}", permission.as_str())
}

/// Every permission that such a role may have, ticked or not.
fn boxes(desk: &Desk, ticked: Permissions) -> Vec<PermissionBox> {
    Permission::ALL
        .into_iter()
        .filter(|permission| CustomRole::may_permit(*permission))
        .map(|permission| PermissionBox {
            name: field_of(permission),
            label: permission_words(permission),
            ticked: ticked.contains(permission),
            lacking: !desk.may(permission),
        })
        .collect()
}

fn ticked(form: &Sent) -> Permissions {
    Permission::ALL
        .into_iter()
        .filter(|permission| !form.get(&field_of(*permission)).is_empty())
        .collect()
}

fn bases(chosen: &str) -> Vec<Choice> {
    let fit = Role::ALL.into_iter().filter(|role| CustomRole::may_be_based_on(*role));
    fit.map(|role| Choice {
        value: role.as_str().to_owned(),
        label: built_in(role),
        chosen: role.as_str() == chosen,
    })
    .collect()
}

/// What is wrong, beside the field that it is about.
fn wrong(error: RoleError) -> Result<(Situation, FieldError), Fault> {
    let (situation, field, words) = match error {
        RoleError::Name => (Situation::Unfit, "name", Words::key("role-name-wrong")),
        RoleError::Unsound => (Situation::Unfit, "based_on", Words::key("role-base-wrong")),
        RoleError::NameTaken => (Situation::Conflict, "name", Words::key("role-name-taken")),
        RoleError::TooMany => (Situation::Conflict, "name", Words::key("role-too-many")),
        RoleError::ChangedMeanwhile => (Situation::Conflict, "permissions", Words::key("role-changed-meanwhile")),
        RoleError::LastWayIn => (Situation::Conflict, "permissions", Words::key("role-last-way-in")),
        RoleError::BeyondOwn => (Situation::Forbidden, "permissions", Words::key("role-beyond-own")),
        RoleError::Gone => return Err(missing()),
        RoleError::Port(error) => return Err(error.into()),
        _ => return Err(Fault::new(FaultKind::Internal)),
    };
    Ok((situation, FieldError::new(field, words)))
}

pub(in crate::pages) async fn list(desk: Desk) -> Result<Response, Fault> {
    let listed = desk.visit().state.auth.roles().list(desk.workspace()).await?;
    let page = AdminRoles {
        roles: listed
            .into_iter()
            .map(|held| RoleRow {
                id: held.role.id.to_string(),
                name: held.role.name,
                based_on: built_in(held.role.based_on),
                permits: permits(held.role.permissions),
                holders: held.holders,
            })
            .collect(),
        built_in: Role::ALL
            .into_iter()
            .map(|role| BuiltInRole {
                name: built_in(role),
                permits: permits(role.permissions()),
            })
            .collect(),
    };
    desk.page(Situation::Shown, &page)
}

fn new_page(desk: &Desk, form: &Sent, errors: Vec<FieldError>) -> AdminRole {
    AdminRole {
        id: None,
        name: form.get("name").to_owned(),
        bases: bases(form.get("based_on")),
        based_on: None,
        permissions: boxes(desk, ticked(form)),
        holders: 0,
        in_reach: true,
        errors,
    }
}

pub(in crate::pages) async fn new(desk: Desk) -> Result<Response, Fault> {
    let page = new_page(&desk, &Sent::default(), Vec::new());
    desk.page(Situation::Shown, &page)
}

pub(in crate::pages) async fn create(desk: Desk, Form(form): Form<Sent>) -> Result<Response, Fault> {
    match desk.fresh(&form).await? {
        Leave::Asked(response) => Ok(response),
        Leave::Given(given) => given.seal(&desk.member, create_given(&desk, &form).await),
    }
}

async fn create_given(desk: &Desk, form: &Sent) -> Result<Response, Fault> {
    let made = match Role::parse(form.get("based_on")) {
        None => Err(RoleError::Unsound),
        Some(based_on) => {
            let wanted = WantedRole {
                name: form.get("name").to_owned(),
                based_on,
                permissions: ticked(form),
            };
            let roles = desk.visit().state.auth.roles();
            roles.create(&desk.acting(), desk.workspace(), wanted).await
        }
    };
    match made {
        Ok(_role) => desk.done(ROLES, Notice::RoleCreated),
        Err(error) => {
            let (situation, error) = wrong(error)?;
            desk.page(situation, &new_page(desk, form, vec![error]))
        }
    }
}

/// The role of that id, and how many people have it.
async fn found(desk: &Desk, text: &str) -> Result<(CustomRole, u64), Fault> {
    let id = id_of(text)?;
    let listed = desk.visit().state.auth.roles().list(desk.workspace()).await?;
    let found = listed.into_iter().find(|held| held.role.id == id);
    found.map(|held| (held.role, held.holders)).ok_or_else(missing)
}

fn role_page(
    desk: &Desk,
    (role, holders): (CustomRole, u64),
    form: Option<&Sent>,
    errors: Vec<FieldError>,
) -> AdminRole {
    AdminRole {
        id: Some(role.id.to_string()),
        name: form.map_or_else(|| role.name.clone(), |form| form.get("name").to_owned()),
        bases: Vec::new(),
        based_on: Some(built_in(role.based_on)),
        permissions: boxes(desk, form.map_or(role.permissions, ticked)),
        holders,
        in_reach: desk.session().rights().reach(role.rights()),
        errors,
    }
}

pub(in crate::pages) async fn show(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let found = found(&desk, &id).await?;
    desk.page(Situation::Shown, &role_page(&desk, found, None, Vec::new()))
}

pub(in crate::pages) async fn save(
    desk: Desk,
    Path(id): Path<String>,
    Form(form): Form<Sent>,
) -> Result<Response, Fault> {
    found(&desk, &id).await?;
    match desk.fresh(&form).await? {
        Leave::Asked(response) => Ok(response),
        Leave::Given(given) => given.seal(&desk.member, save_given(&desk, &id, &form).await),
    }
}

async fn save_given(desk: &Desk, id: &str, form: &Sent) -> Result<Response, Fault> {
    let roles = desk.visit().state.auth.roles();
    let changed = roles
        .change(
            &desk.acting(),
            desk.workspace(),
            id_of(id)?,
            (form.get("name"), ticked(form)),
        )
        .await;
    match changed {
        Ok(_role) => desk.done(ROLES, Notice::RoleSaved),
        Err(error) => {
            let (situation, error) = wrong(error)?;
            let found = found(desk, id).await?;
            desk.page(situation, &role_page(desk, found, Some(form), vec![error]))
        }
    }
}

pub(in crate::pages) async fn delete(
    desk: Desk,
    Path(id): Path<String>,
    Form(form): Form<Sent>,
) -> Result<Response, Fault> {
    let (role, holders) = found(&desk, &id).await?;
    if form.get("confirmed").is_empty() {
        let page = AdminConfirm {
            title: Words::key("role-delete-title"),
            what: vec![Words::key("role-delete-what").with("name", role.name.as_str())],
            action: format!("{ROLES}/{}/delete", role.id),
            carried: Vec::new(),
            button: Words::key("role-delete"),
            danger: true,
            back: format!("{ROLES}/{}", role.id),
        };
        return desk.page(Situation::Shown, &page);
    }
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let roles = desk.visit().state.auth.roles();
    let outcome = match roles.delete(&desk.acting(), desk.workspace(), role.id).await {
        Ok(()) => desk.done(ROLES, Notice::RoleDeleted),
        Err(DeleteRoleError::Gone) => Err(missing()),
        Err(DeleteRoleError::BeyondOwn) => Err(Fault::new(FaultKind::Forbidden)),
        Err(DeleteRoleError::InUse(_)) => desk.page(
            Situation::Conflict,
            &role_page(&desk, (role, holders.max(1)), None, Vec::new()),
        ),
        Err(DeleteRoleError::Port(error)) => Err(error.into()),
        Err(_) => Err(Fault::new(FaultKind::Internal)),
    };
    given.seal(&desk.member, outcome)
}
