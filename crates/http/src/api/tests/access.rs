use doorward_auth::directory::create_scim_token::NewScimToken;
use doorward_auth::portal::Whom;
use doorward_auth::portal::create_portal_link::PortalLinkRequest;
use doorward_auth::workspace::add_hand_over_key::NewHandOverKey;
use doorward_domain::ids::RoleId;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Audience, Permission, Permissions, Role, RoleRef};
use uuid::Uuid;

use super::*;
use crate::api::access::{Access, Row, TABLE};

/// A request of that row that would do something sensible if let in.
fn sample(row: &Row, user: &User) -> (String, Option<Value>) {
    let path = if row.path.starts_with("/api/v1/users/") {
        row.path.replace("{id}", &user.id.to_string())
    } else {
        row.path.to_owned()
    };
    let query = if row.path == "/api/v1/sign-in-check" {
        "?email=jo@example.com"
    } else {
        ""
    };
    let body = matches!(row.method, "POST" | "PUT" | "PATCH").then(|| match row.path {
        "/api/v1/users/{id}/portal-links" => json!({"to": "/tickets"}),
        "/api/v1/hand-over/keys" => json!({"audience": "customers"}),
        "/api/v1/hand-over/check" => json!({"token": "a.b.c"}),
        "/api/v1/scim-tokens" => json!({"name": "Entra ID"}),
        "/api/v1/scim-tokens/{scim_token}/renew" => json!({}),
        "/api/v1/roles" => json!({"name": "Auditor", "based_on": "agent", "permissions": []}),
        path if path.starts_with("/api/v1/settings") => json!({"settings": {"customers.email_code": true}}),
        "/api/v1/organisations" => json!({"name": "Globex"}),
        path if path.starts_with("/api/v1/roles/") || path.starts_with("/api/v1/organisations/") => json!({}),
        _ => json!({"identity": {"kind": "email", "address": "jo@example.com"}}),
    });
    (format!("{path}{query}"), body)
}

/// The id of a personal portal link of theirs that was just made.
async fn portal_link(house: &House, user: &User) -> String {
    let request = PortalLinkRequest {
        whom: Whom::Id(user.id),
        return_to: ReturnTo::default(),
        life_seconds: None,
    };
    let portal_links = house.auth.portal_links();
    let made = portal_links
        .create(&Acting::operator(), &house.acme.workspace, request)
        .await;
    made.unwrap().id.to_string()
}

/// The id of a token for syncing that was just made.
async fn scim_token(house: &House) -> String {
    let wanted = NewScimToken {
        name: "Okta".to_owned(),
        scope: None,
    };
    let directory = house.auth.directory();
    let made = directory
        .create_token(Actor::Operator, None, &house.acme.workspace, wanted)
        .await;
    made.unwrap().0.id.to_string()
}

/// The id of a live key of hand-over.
async fn hand_over_key(house: &House) -> String {
    let workspaces = house.auth.workspaces();
    let keys = workspaces.hand_over_keys(&house.acme.workspace).await.unwrap();
    if let Some(live) = keys.iter().find(|key| key.is_live() && key.audience == Audience::Staff) {
        return live.id.to_string();
    }
    let wanted = NewHandOverKey {
        audience: Audience::Staff,
        algorithm: None,
        public_key: None,
        highest_role: None,
    };
    let operator = Acting::operator();
    let added = workspaces.add_hand_over_key(&operator, &house.acme.workspace, wanted);
    added.await.unwrap().key.id.to_string()
}

/// What a request of that row comes to. Where the row is about something that is named, it is there; other ids are
/// nobody's.
async fn told(house: &House, host: &str, row: &Row, token: Option<&str>, user: &User) -> Told {
    let (mut path, body) = sample(row, user);
    if path.contains("{link}") {
        path = path.replace("{link}", &portal_link(house, user).await);
    }
    if path.contains("{scim_token}") {
        path = path.replace("{scim_token}", &scim_token(house).await);
    }
    if path.contains("/hand-over/keys/{key}") {
        path = path.replace("{key}", &hand_over_key(house).await);
    }
    let path = with_ids(&path, |_name| NOBODY.to_owned());
    let told = house.ask(host, row.method, &path, token, body.as_ref()).await;
    if told.status >= 400 {
        told.problem(told.status);
    }
    told
}

pub(super) const NOBODY: &str = "00000000-0000-4000-8000-00000000dead";

/// The address with something in place of each `{name}`.
fn with_ids(path: &str, id: impl Fn(&str) -> String) -> String {
    let mut path = path.to_owned();
    while let Some((before, rest)) = path.split_once('{') {
        let (name, after) = rest.split_once('}').unwrap();
        path = format!("{before}{}{after}", id(name));
    }
    path
}

/// Whether the table kept the door shut, and not a rule further in.
fn is_refused(told: &Told) -> bool {
    told.status == 401 || (told.status == 403 && told.body.contains("\"detail\":\"This takes "))
}

pub(super) fn guarded() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(|row| row.access != Access::Anyone)
}

/// Tries rows as somebody with those permissions.
async fn tried(house: &House, who: &User, jo: &User, rows: impl Iterator<Item = &'static Row>) {
    for row in rows {
        // A new one for each row: some end it.
        let token = house.session(ACME, who).await;
        let permitted = match row.access {
            Access::Anyone | Access::Session => true,
            Access::Granted(_, permission) | Access::Person(permission) => who.permissions().contains(permission),
        };
        let told = told(house, ACME, row, Some(&token), jo).await;
        let shown = format!("{:?} {} {}: {}", who.permissions(), row.method, row.path, told.body);
        assert_eq!(is_refused(&told), !permitted, "{shown}");
        assert!(told.status < 500, "{shown}");
        house.wait(60);
    }
}

#[tokio::test]
async fn r96_every_role_does_what_the_table_says_in_its_own_workspace_and_nothing_in_another() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    for role in Role::ALL {
        tried(&house, &somebody(&house.acme, role), &jo, guarded()).await;
        let foreign = somebody(&house.other, role);
        for row in guarded() {
            let token = house.session(OTHER, &foreign).await;
            let told = told(&house, ACME, row, Some(&token), &jo).await;
            assert_eq!(told.status, 401, "{role:?} {} {}", row.method, row.path);
            house.wait(60);
        }
    }
}

#[tokio::test]
async fn r96_each_permission_by_itself_opens_its_own_rows_and_no_other() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    let own = |name: &str, permissions: Permissions| {
        let mut person = Person::customer(house.acme.workspace.id, &format!("{name}@example.com")).role(Role::Agent);
        person.user.custom_role = Some(RoleRef {
            id: RoleId::from_uuid(Uuid::from_u128(0xa)),
            name: name.to_owned(),
            permissions,
        });
        house.acme.person(person)
    };
    for permission in Permission::ALL {
        let only = own(permission.as_str(), Permissions::NONE.with(permission));
        tried(
            &house,
            &only,
            &jo,
            guarded().filter(|row| row.access != Access::Session),
        )
        .await;
        let all_but = own(
            &format!("all-but-{}", permission.as_str()),
            Permissions::ALL.without(permission),
        );
        let its = guarded().filter(
            |row| matches!(row.access, Access::Granted(_, asked) | Access::Person(asked) if asked == permission),
        );
        tried(&house, &all_but, &jo, its).await;
    }
}

#[tokio::test]
async fn r96_every_key_does_what_its_scope_says_in_its_own_workspace_and_nothing_in_another() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    let bare = house.key(&house.acme.workspace, &[]).await;
    let foreign = house.key(&house.other.workspace, &Scope::ALL).await;
    let mut keys = Vec::new();
    for scope in Scope::ALL {
        keys.push((scope, house.key(&house.acme.workspace, &[scope]).await));
    }
    for row in guarded() {
        let shown = format!("{} {}", row.method, row.path);
        for (scope, key) in &keys {
            let told = told(&house, ACME, row, Some(key), &jo).await;
            let shown = format!("{shown} {scope:?}: {}", told.body);
            match row.access {
                Access::Granted(wanted, _) => assert_eq!(is_refused(&told), wanted != *scope, "{shown}"),
                Access::Person(_) => assert_eq!((told.status, is_refused(&told)), (403, true), "{shown}"),
                Access::Anyone | Access::Session => assert_eq!(told.status, 401, "{shown}"),
            }
            assert!(told.status < 500, "{shown}");
        }
        let without = if row.access == Access::Session { 401 } else { 403 };
        let told_bare = told(&house, ACME, row, Some(&bare), &jo).await;
        assert_eq!(told_bare.status, without, "{shown}");
        for token in [Some(foreign.as_str()), Some("dwk_nonsense"), Some("nonsense"), None] {
            let told = told(&house, ACME, row, token, &jo).await;
            assert_eq!(told.status, 401, "{shown}");
        }
    }
}

#[tokio::test]
async fn r96_whoever_was_disabled_may_nothing_from_the_next_request_on() {
    let house = House::new().await;
    let agent = house.acme.agent("agent@example.com");
    let token = house.session(ACME, &agent).await;
    assert_eq!(house.get("/api/v1/users", &token).await.status, 200);
    let address = agent.primary_email().unwrap().address.clone();
    let people = house.auth.people();
    people
        .set_status(
            Actor::Operator,
            &house.acme.workspace,
            &address,
            doorward_domain::user::UserStatus::Disabled,
        )
        .await
        .unwrap();
    house.get("/api/v1/users", &token).await.problem(401);
}

#[tokio::test]
async fn an_address_takes_its_own_methods_only() {
    let house = House::new().await;
    for (method, path, allow) in [
        ("POST", "/api/v1/session", "GET, HEAD, DELETE"),
        ("POST", "/api/v1/forward-auth", "GET, HEAD"),
        ("GET", "/api/v1/sign-in/password", "POST"),
        ("GET", "/api/v1/users/by-identity", "PUT"),
    ] {
        let told = house.ask(ACME, method, path, None, None).await;
        told.problem(405);
        assert_eq!(told.header("allow"), allow, "{path}");
    }
    house.ask(ACME, "GET", "/api/v1/nowhere", None, None).await.problem(404);
    house
        .ask("nobody.example", "GET", "/api/v1/users", None, None)
        .await
        .problem(404);
}

#[tokio::test]
async fn r86_no_origin_is_let_in() {
    let house = House::new().await;
    for row in TABLE {
        let request = Request::builder()
            .method("OPTIONS")
            .uri(row.path.replace("{id}", "x"))
            .header("host", ACME)
            .header("origin", "https://evil.example")
            .header("access-control-request-method", row.method)
            .body(Vec::new())
            .unwrap();
        let told = house.send(request).await;
        let names: Vec<_> = told.headers.keys().map(http::HeaderName::as_str).collect();
        assert!(
            !names.iter().any(|name| name.starts_with("access-control-")),
            "{names:?}"
        );
    }
}
