//! R96: what the table permits works, with everything there that an address names; and where what it names is of another
//! workspace, it is as if nobody had it.

use super::access::{NOBODY, guarded};
use super::*;
use crate::api::access::{Access, Row};

/// Who makes things, and where.
struct Maker<'a> {
    house: &'a House,
    host: &'static str,
    /// Of whoever asks, which a challenge belongs to.
    token: &'a str,
    /// Of an owner of that workspace.
    owner: &'a str,
    /// About whom things are.
    jo: &'a User,
}

impl Maker<'_> {
    async fn ask(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Value {
        let told = self
            .house
            .ask(self.host, method, path, Some(token), body.as_ref())
            .await;
        assert!(told.status < 300, "{method} {path}: {}", told.body);
        if told.body.is_empty() { Value::Null } else { told.json() }
    }

    async fn id(&self, token: &str, method: &str, path: &str, body: Value) -> String {
        let told = self.ask(token, method, path, Some(body)).await;
        told["id"].as_str().unwrap().to_owned()
    }

    /// What an address calls `{name}`, made if it has to be.
    async fn made(&self, name: &str, path: &str) -> String {
        let of_jo = |rest: &str| format!("/api/v1/users/{}/{rest}", self.jo.id);
        let operator = Acting::operator();
        match (name, path) {
            ("id", path) if path.contains("/mail/") => {
                let listed = self.ask(self.owner, "GET", "/api/v1/mail", None).await;
                if let Some(id) = listed["items"][0]["id"].as_str() {
                    return id.to_owned();
                }
                self.ask(self.owner, "POST", &of_jo("password-reset-email"), None).await;
                let listed = self.ask(self.owner, "GET", "/api/v1/mail", None).await;
                listed["items"][0]["id"].as_str().unwrap().to_owned()
            }
            ("id", path) if path.contains("/account/emails/") => self.jo.primary_email().unwrap().id.to_string(),
            ("id", path) if path.contains("/account/") => NOBODY.to_owned(),
            ("id", _) => self.jo.id.to_string(),
            ("link", _) => self.id(self.owner, "POST", &of_jo("portal-links"), json!({})).await,
            ("challenge", _) => {
                let mailbox = self.jo.primary_email().unwrap().id.to_string();
                let wanted = json!({"action": "set-password", "by": "mailbox", "email_id": mailbox});
                self.id(self.token, "POST", &of_jo("caller-challenges"), wanted).await
            }
            ("key", path) if path.contains("/hand-over/") => {
                let listed = self.ask(self.owner, "GET", "/api/v1/hand-over/keys", None).await;
                let live = listed["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|key| key["revoked_at"].is_null());
                if let Some(live) = live {
                    return live["id"].as_str().unwrap().to_owned();
                }
                let wanted = json!({"audience": "customers"});
                self.id(self.owner, "POST", "/api/v1/hand-over/keys", wanted).await
            }
            ("key", _) => {
                let workspace = if self.host == ACME {
                    &self.house.acme.workspace
                } else {
                    &self.house.other.workspace
                };
                let desk = self.house.auth.workspaces();
                let made = desk.create_api_key(&operator, workspace, NewApiKey::default()).await;
                made.unwrap().0.id.to_string()
            }
            ("role", _) => {
                let count = self.house.acme.store.audit_rows().len();
                let wanted = json!({"name": format!("Role {count}"), "based_on": "agent", "permissions": []});
                self.id(self.owner, "POST", "/api/v1/roles", wanted).await
            }
            ("organisation", _) => {
                let count = self.house.acme.store.audit_rows().len();
                let wanted = json!({"name": format!("Organisation {count}")});
                self.id(self.owner, "POST", "/api/v1/organisations", wanted).await
            }
            ("scim_token", _) => {
                self.id(self.owner, "POST", "/api/v1/scim-tokens", json!({"name": "Okta"}))
                    .await
            }
            ("provider", _) => {
                let id = if self.host == ACME { "acme-sso" } else { "other-sso" };
                let wanted = json!({"client_secret": "hush", "values": {"client_id": "doorward"}});
                self.ask(self.owner, "PUT", &format!("/api/v1/providers/{id}"), Some(wanted))
                    .await;
                id.to_owned()
            }
            // Records come in by syncing, which has suites of its own.
            ("record", _) => NOBODY.to_owned(),
            (name, path) => panic!("say what {{{name}}} of {path} is"),
        }
    }

    /// The address of a row, with everything there that it names.
    async fn address(&self, row: &Row) -> String {
        let mut path = row.path.to_owned();
        for name in names(row.path) {
            path = path.replace(&format!("{{{name}}}"), &self.made(name, row.path).await);
        }
        match row.path {
            "/api/v1/sign-in-check" => path + "?email=jo@example.com",
            _ => path,
        }
    }
}

fn names(path: &'static str) -> Vec<&'static str> {
    let opened = path.split('{').skip(1);
    opened.map(|rest| rest.split('}').next().unwrap()).collect()
}

/// What a row takes, where it takes anything.
fn body(row: &Row, jo: &User) -> Option<Value> {
    if !matches!(row.method, "POST" | "PUT" | "PATCH") {
        return None;
    }
    Some(match row.path {
        "/api/v1/mail/bounces" => json!({"envelope_to": "nobody@bounces.example", "status": "5.1.1"}),
        "/api/v1/users" => json!({"email": "new@example.com"}),
        "/api/v1/users/by-identity" => json!({"identity": {"kind": "email", "address": "by@example.com"}}),
        "/api/v1/users/{id}" => json!({"name": "Jo"}),
        "/api/v1/users/{id}/caller-challenges" => {
            json!({"action": "set-password", "by": "mailbox", "email_id": jo.primary_email().unwrap().id.to_string()})
        }
        "/api/v1/users/{id}/caller-challenges/{challenge}/code" => json!({"code": "ABCDEFG"}),
        "/api/v1/users/{id}/temporary-password" | "/api/v1/users/{id}/two-factor/reset" => json!({"challenge": NOBODY}),
        "/api/v1/users/{id}/portal-links" => json!({"to": "/tickets"}),
        "/api/v1/hand-over/keys" => json!({"audience": "customers"}),
        "/api/v1/hand-over/check" => json!({"token": "a.b.c"}),
        path if path.starts_with("/api/v1/settings") => json!({"settings": {"customers.email_code": true}}),
        "/api/v1/providers/{provider}" => json!({"client_secret": "hush", "values": {"client_id": "doorward"}}),
        "/api/v1/workspace" => json!({"name": "Acme"}),
        "/api/v1/roles" => json!({"name": "Auditor", "based_on": "agent", "permissions": []}),
        "/api/v1/organisations" => json!({"name": "Globex"}),
        "/api/v1/scim-tokens" => json!({"name": "Entra ID"}),
        "/api/v1/sign-in-check/mend" => json!({"email": "jo@example.com", "mend": "send-password-reset"}),
        _ => json!({}),
    })
}

/// What stands in the way of a request that is let in, where it is not to work: the status, and what is said.
fn named(row: &Row) -> Option<(u16, &'static str)> {
    Some(match (row.method, row.path) {
        ("POST", "/api/v1/users/{id}/caller-challenges/{challenge}/code") => (422, "is not the one that was sent"),
        ("POST", "/api/v1/users/{id}/temporary-password" | "/api/v1/users/{id}/two-factor/reset") => {
            (409, "The challenge is not open for that.")
        }
        ("DELETE", "/api/v1/settings/trial") => (404, "trial"),
        ("GET", "/api/v1/directory/records/{record}") => (404, "record"),
        _ => return None,
    })
}

/// What is wrong with the answer to a request that is let in.
async fn wrong(maker: &Maker<'_>, row: &Row) -> Option<String> {
    let path = maker.address(row).await;
    let body = body(row, maker.jo);
    let told = maker
        .house
        .ask(ACME, row.method, &path, Some(maker.token), body.as_ref())
        .await;
    let as_expected = match named(row) {
        None => (200..300).contains(&told.status),
        Some((status, says)) => told.status == status && told.body.contains(says),
    };
    (!as_expected).then(|| format!("{} {path}: {} {}", row.method, told.status, told.body))
}

/// Rows of the table that are about others: what is one's own has suites of its own.
fn of_others() -> impl Iterator<Item = &'static Row> {
    guarded().filter(|row| row.access != Access::Session)
}

#[tokio::test]
async fn r96_what_the_table_permits_works_for_an_owner() {
    let house = House::new().await;
    let owner = house.session(ACME, &somebody(&house.acme, Role::Owner)).await;
    let jo = house.acme.customer("jo@example.com");
    let mut all_wrong = Vec::new();
    for row in of_others() {
        let maker = Maker {
            house: &house,
            host: ACME,
            token: &owner,
            owner: &owner,
            jo: &jo,
        };
        all_wrong.extend(wrong(&maker, row).await);
    }
    assert!(all_wrong.is_empty(), "{all_wrong:#?}");
}

#[tokio::test]
async fn r96_what_the_table_permits_works_for_a_key_of_that_scope() {
    let house = House::new().await;
    let owner = house.session(ACME, &somebody(&house.acme, Role::Owner)).await;
    let jo = house.acme.customer("jo@example.com");
    let mut all_wrong = Vec::new();
    for row in of_others() {
        let Access::Granted(scope, _) = row.access else {
            continue;
        };
        let key = house.key(&house.acme.workspace, &[scope]).await;
        let maker = Maker {
            house: &house,
            host: ACME,
            token: &key,
            owner: &owner,
            jo: &jo,
        };
        all_wrong.extend(wrong(&maker, row).await);
    }
    assert!(all_wrong.is_empty(), "{all_wrong:#?}");
}

/// Each id in each address, of the other workspace, beside ids that are all right: answered as one that nobody has, word for
/// word.
#[tokio::test]
async fn r96_each_id_of_another_workspace_is_as_if_nobody_had_it() {
    let house = House::new().await;
    let owner = house.session(ACME, &somebody(&house.acme, Role::Owner)).await;
    let foreign = house.session(OTHER, &somebody(&house.other, Role::Owner)).await;
    let jo = house.acme.customer("jo@example.com");
    let eve = house.other.customer("eve@other.example");
    let mut tried = std::collections::BTreeSet::new();
    for row in of_others().filter(|row| row.path.contains('{') && row.method != "PUT") {
        for about in names(row.path) {
            let (here, there) = (
                Maker {
                    house: &house,
                    host: ACME,
                    token: &owner,
                    owner: &owner,
                    jo: &jo,
                },
                Maker {
                    house: &house,
                    host: OTHER,
                    token: &foreign,
                    owner: &foreign,
                    jo: &eve,
                },
            );
            let theirs = there.made(about, row.path).await;
            if theirs == NOBODY {
                continue;
            }
            let mut path = row.path.to_owned();
            for name in names(row.path).into_iter().filter(|name| *name != about) {
                path = path.replace(&format!("{{{name}}}"), &here.made(name, row.path).await);
            }
            let nobody = if about == "provider" { "nobody-sso" } else { NOBODY };
            let body = body(row, &jo);
            let mut answers = Vec::new();
            for id in [theirs.as_str(), nobody] {
                let path = path.replace(&format!("{{{about}}}"), id);
                let told = house.ask(ACME, row.method, &path, Some(&owner), body.as_ref()).await;
                assert_eq!(told.status, 404, "{} {path}: {}", row.method, told.body);
                let mut said = told.json();
                // Each request has one of its own.
                said.as_object_mut().unwrap().remove("instance");
                answers.push(said.to_string().replace(id, ""));
            }
            assert_eq!(answers[0], answers[1], "{} {}", row.method, row.path);
            tried.insert(about);
        }
        house.wait(20);
    }
    let expected = [
        "challenge",
        "id",
        "key",
        "link",
        "organisation",
        "provider",
        "role",
        "scim_token",
    ];
    assert_eq!(tried.into_iter().collect::<Vec<_>>(), expected);
}

/// Every address of SCIM that the router knows, as its source says it.
fn scim_routes() -> Vec<(&'static str, String)> {
    let source = include_str!("../../scim/mod.rs");
    let mut routes = Vec::new();
    for call in source.split(".route(").skip(1) {
        let call = call.split(';').next().unwrap();
        let path = call.split('"').nth(1).unwrap();
        let address = path.replace("{id}", NOBODY);
        for (name, method) in [
            ("get(", "GET"),
            ("post(", "POST"),
            ("put(", "PUT"),
            ("patch(", "PATCH"),
            ("delete(", "DELETE"),
        ] {
            if call.contains(name) {
                routes.push((method, address.clone()));
            }
        }
    }
    assert!(routes.len() > 15, "{routes:?}");
    routes
}

/// The token of a directory, of that workspace.
async fn scim_token(house: &House, workspace: &Workspace) -> (doorward_domain::ids::ScimTokenId, String) {
    let wanted = doorward_auth::directory::create_scim_token::NewScimToken {
        name: "Okta".to_owned(),
        scope: None,
    };
    let directory = house.auth.directory();
    let (token, shown) = directory
        .create_token(Actor::Operator, None, workspace, wanted)
        .await
        .unwrap();
    (token.id, shown)
}

/// The directory is synced by its own token and by nothing else: no role, no key, no token of another workspace, none that was
/// taken back; and its token opens nothing else.
#[tokio::test]
async fn r96_each_route_of_the_directory_opens_to_its_own_token_and_to_nothing_else() {
    let house = House::new().await;
    let (_, good) = scim_token(&house, &house.acme.workspace).await;
    let (_, foreign) = scim_token(&house, &house.other.workspace).await;
    let (gone, revoked) = scim_token(&house, &house.acme.workspace).await;
    let directory = house.auth.directory();
    let taken_back = directory.revoke_token(Actor::Operator, None, &house.acme.workspace, gone);
    assert!(taken_back.await.unwrap());
    let mut others = vec![
        String::new(),
        foreign,
        revoked,
        house.key(&house.acme.workspace, &Scope::ALL).await,
    ];
    for role in Role::ALL {
        others.push(house.session(ACME, &somebody(&house.acme, role)).await);
    }
    for (method, path) in scim_routes() {
        let body = matches!(method, "POST" | "PUT" | "PATCH").then(|| json!({}));
        for token in &others {
            let told = house.ask(ACME, method, &path, Some(token), body.as_ref()).await;
            assert_eq!(told.status, 401, "{method} {path} {token}: {}", told.body);
        }
        let told = house.ask(ACME, method, &path, Some(&good), body.as_ref()).await;
        assert!(
            !matches!(told.status, 401 | 403) && (told.status < 500 || told.status == 501),
            "{method} {path}: {} {}",
            told.status,
            told.body
        );
    }
    for row in guarded() {
        let path = row.path.replace("{id}", NOBODY);
        let told = house.ask(ACME, row.method, &path, Some(&good), None).await;
        assert_eq!(told.status, 401, "{} {path}: {}", row.method, told.body);
    }
}
