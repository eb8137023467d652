//! People (C1, C2): the lists of them, each one's page, and what is done to them there.

mod acts;
mod forms;
mod list;
mod person;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use doorward_domain::ids::UserId;
use doorward_domain::role::{Audience, Permission, Rights, Role};
use doorward_domain::time_zone::TimeZone;
use doorward_domain::user::{User, UserStatus};
use doorward_domain::words::Words;
use http::Method;

use super::Desk;
use super::access;
use crate::problem::{Fault, FaultKind};
use crate::render::When;
use crate::render::views::admin::{Choice, PersonAction, PersonRow};
use crate::site::SiteState;

const USERS: &str = "/admin/users";
const AGENTS: &str = "/admin/agents";
/// Another address of the list of everybody.
const ALIAS: &str = "/agent/users";

const WRITE: Permission = Permission::CreateAndUpdateUsersAndOrganizations;

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(USERS, get(list::everybody).post(forms::add))
        .route(ALIAS, get(list::everybody))
        .route(AGENTS, get(list::staff))
        .route("/admin/users/new", get(forms::new))
        .route("/admin/users/{id}", get(person::show))
        .route("/admin/users/{id}/picture", get(person::picture))
        .route("/admin/users/{id}/password-reset-email", post(acts::send_reset))
        .route("/admin/users/{id}/sign-out", post(acts::sign_out))
        .route("/admin/users/{id}/sessions/{session}/end", post(acts::end_session))
        .route("/admin/users/{id}/disable", post(acts::disable))
        .route("/admin/users/{id}/enable", post(acts::enable))
        .route("/admin/users/{id}/invitation", post(acts::invite))
        .route("/admin/users/{id}/invitation/revoke", post(acts::revoke_invitation))
        .route("/admin/users/{id}/portal-links", post(acts::new_portal_link))
        .route(
            "/admin/users/{id}/portal-links/{link}/revoke",
            post(acts::revoke_portal_link),
        )
        .route("/admin/users/{id}/edit", get(forms::edit).post(forms::save))
        .route(
            "/admin/users/{id}/organisations",
            get(forms::organisations).post(forms::save_organisations),
        )
        .route("/admin/users/{id}/role", get(forms::role).post(forms::save_role))
}

/// The id in an address; what is none is as good as unknown.
fn id_of(text: &str) -> Result<UserId, Fault> {
    text.parse().map_err(|_id| Fault::new(FaultKind::NotFound))
}

/// The page of a person.
fn page_of(id: UserId) -> String {
    format!("{USERS}/{id}")
}

/// Whether whoever sits here may do anything to somebody (R97).
fn reaches(desk: &Desk, user: &User) -> bool {
    desk.may(WRITE) && desk.session().rights().reach(user.rights())
}

/// What can be done to somebody by whoever sits here, in the order of the menu. What they may not do is not there.
fn actions(desk: &Desk, user: &User) -> Vec<PersonAction> {
    if !desk.session().rights().reach(user.rights()) {
        return Vec::new();
    }
    if user.status == UserStatus::Deleted {
        let undo = PersonAction {
            label: Words::key("person-restore"),
            to: format!("{}/restore", page_of(user.id)),
            at_once: true,
            danger: false,
        };
        return if opens(desk, "POST", "restore") {
            vec![undo]
        } else {
            Vec::new()
        };
    }
    let active = user.status == UserStatus::Active;
    let reachable = user.primary_email().is_some();
    let all = [
        (
            active && reachable,
            "POST",
            "password-reset-email",
            Words::key("person-send-reset"),
            false,
        ),
        (active, "GET", "password", Words::key("person-set-password"), false),
        (
            true,
            "GET",
            "two-factor/reset",
            Words::key("person-reset-two-factor"),
            false,
        ),
        (true, "POST", "sign-out", Words::key("person-sign-out"), false),
        (active, "POST", "disable", Words::key("person-disable"), true),
        (!active, "POST", "enable", Words::key("person-enable"), false),
        (true, "GET", "role", Words::key("person-change-role"), false),
        (true, "GET", "organisations", Words::key("person-organisations"), false),
        (
            active && reachable,
            "POST",
            "portal-links",
            Words::key("person-new-portal-link"),
            false,
        ),
        (
            active && reachable && !user.has_password,
            "POST",
            "invitation",
            Words::key("person-invite"),
            false,
        ),
        (true, "GET", "delete", Words::key("person-delete"), true),
    ];
    all.into_iter()
        .filter(|(offered, method, path, ..)| *offered && opens(desk, method, path))
        .map(|(_, method, path, label, danger)| PersonAction {
            label,
            to: format!("{}/{path}", page_of(user.id)),
            at_once: method == "POST",
            danger,
        })
        .collect()
}

/// Whether there is such a page of people at all, and whoever sits here may open it.
fn opens(desk: &Desk, method: &str, path: &str) -> bool {
    let method = if method == "POST" { Method::POST } else { Method::GET };
    access::asked(&method, &format!("{USERS}/{{id}}/{path}")).is_some_and(|asked| desk.may(asked))
}

fn row_of(desk: &Desk, user: &User, zone: &TimeZone) -> PersonRow {
    PersonRow {
        id: user.id.to_string(),
        name: user.name.clone(),
        email: user.primary_email().map(|email| email.address.to_string()),
        role: role_words(user),
        status: status_words(user.status),
        active: user.status == UserStatus::Active,
        organisations: user.organisations.iter().map(|group| group.name.clone()).collect(),
        last_sign_in: user.last_sign_in_at.map(|at| When::of(at, zone)),
        actions: actions(desk, user),
    }
}

pub(super) fn role_words(user: &User) -> Words {
    match &user.custom_role {
        Some(own) => Words::key("role-own").with("name", own.name.as_str()),
        None => built_in(user.role),
    }
}

pub(super) fn built_in(role: Role) -> Words {
    match role {
        Role::Customer => Words::key("role-customer"),
        Role::Collaborator => Words::key("role-collaborator"),
        Role::Agent => Words::key("role-agent"),
        Role::Admin => Words::key("role-admin"),
        Role::Owner => Words::key("role-owner"),
    }
}

fn status_words(status: UserStatus) -> Words {
    match status {
        UserStatus::Active => Words::key("status-active"),
        UserStatus::Disabled => Words::key("status-disabled"),
        UserStatus::Deleted => Words::key("status-deleted"),
    }
}

/// The roles that whoever sits here may give (R97), with that one chosen.
async fn givable(desk: &Desk, chosen: &str) -> Result<Vec<Choice>, Fault> {
    let rights = desk.session().rights();
    // Whoever may not give roles may still add customers.
    let gives = |of_role: Rights| {
        let plain = of_role.role.audience() == Audience::Customers && of_role.permissions.is_empty();
        rights.reach(of_role) && (plain || desk.may(Permission::ManageWorkspace))
    };
    let mut choices = Vec::new();
    for role in Role::ALL {
        let of_role = Rights {
            role,
            permissions: role.permissions(),
        };
        if gives(of_role) {
            choices.push(Choice {
                value: role.as_str().to_owned(),
                label: built_in(role),
                chosen: role.as_str() == chosen,
            });
        }
    }
    for held in desk.visit().state.auth.ports().roles.list(desk.workspace().id).await? {
        let own = held.role;
        let of_role = Rights {
            role: own.based_on,
            permissions: own.permissions,
        };
        if gives(of_role) {
            let value = own.id.to_string();
            choices.push(Choice {
                chosen: value == chosen,
                value,
                label: Words::key("role-own").with("name", own.name.as_str()),
            });
        }
    }
    Ok(choices)
}
