//! R96: who may open what in the console, tried from the very table that says so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use doorward_domain::ids::RoleId;
use doorward_domain::role::{Permission, Permissions, Role, RoleRef};
use doorward_domain::testing::{Given, PASSWORD, Person};
use doorward_domain::user::User;
use http::Method;
use uuid::Uuid;

use super::house::{Answer, Browser, House};
use crate::pages::admin::access::{ROOMS, Row, TABLE};

/// An address of that row, with ids that nobody has.
fn address(row: &Row) -> String {
    let mut path = row.path.to_owned();
    while let Some((before, rest)) = path.split_once('{') {
        let (_, after) = rest.split_once('}').unwrap();
        path = format!("{before}{}{after}", Uuid::from_u128(0xdead));
    }
    path
}

async fn ask(browser: &Browser, row: &Row, token: &str) -> Answer {
    // A clone, so that no answer signs the browser out for the next.
    let mut browser = browser.clone();
    let method = Method::from_bytes(row.method.as_bytes()).unwrap();
    let form = [("form_token", token)];
    let form = (row.method != "GET").then_some(form.as_slice());
    browser.send(method, &address(row), form).await
}

/// A signed-in browser, and the token of its forms.
async fn signed_in(house: &House, user: &User, host: Option<&str>) -> (Browser, String) {
    house.wait(60);
    let mut browser = match host {
        Some(host) => house.browser_at(host),
        None => house.browser(),
    };
    let email = user.primary_email().unwrap().address.to_string();
    browser.sign_in(&email, PASSWORD).await.location();
    let page = browser.get("/account/profile").await;
    let hidden = page.hidden("/account/profile");
    let token = hidden.into_iter().find(|(name, _)| name == "form_token");
    (browser, token.unwrap().1)
}

fn person(given: &Given, email: &str, role: Role, permissions: Option<Permissions>) -> User {
    let mut person = Person::customer(given.workspace.id, email).role(role);
    person.user.custom_role = permissions.map(|permissions| RoleRef {
        id: RoleId::from_uuid(Uuid::from_u128(0xa)),
        name: "Of our own making".to_owned(),
        permissions,
    });
    given.person(person)
}

/// Whether the table kept the door shut.
fn is_refused(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 401 | 403)
}

fn to_sign_in(answer: &Answer) -> bool {
    answer.status == 303 && answer.location().starts_with("/sign-in")
}

async fn tried(house: &House, user: &User, rows: impl Iterator<Item = &'static Row>) {
    let (browser, token) = signed_in(house, user, None).await;
    for row in rows {
        let answer = ask(&browser, row, &token).await;
        let permitted = user.permissions().contains(row.access);
        let shown = format!(
            "{} {} by {:?} {:?}: {}",
            row.method, row.path, user.role, user.custom_role, answer.status
        );
        assert_eq!(is_refused(&answer), !permitted, "{shown}\n{}", answer.body);
        assert!(
            !to_sign_in(&answer) && answer.status.as_u16() < 500,
            "{shown}\n{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn r96_each_built_in_role_opens_what_the_table_says() {
    let house = House::new().await;
    for role in Role::ALL {
        let user = person(&house.given, &format!("{}@example.com", role.as_str()), role, None);
        tried(&house, &user, TABLE.iter()).await;
    }
}

#[tokio::test]
async fn r96_each_permission_by_itself_opens_its_own_rows_and_no_other() {
    let house = House::new().await;
    for permission in Permission::ALL {
        let only = Permissions::NONE.with(permission);
        let email = format!("{}@example.com", permission.as_str());
        let user = person(&house.given, &email, Role::Agent, Some(only));
        tried(&house, &user, TABLE.iter()).await;
        let email = format!("all-but-{}@example.com", permission.as_str());
        let user = person(
            &house.given,
            &email,
            Role::Admin,
            Some(Permissions::ALL.without(permission)),
        );
        tried(&house, &user, TABLE.iter().filter(|row| row.access == permission)).await;
    }
}

#[tokio::test]
async fn r96_whoever_is_not_signed_in_here_opens_nothing() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "other").await;
    let owner = person(&elsewhere, "owner@example.com", Role::Owner, None);
    let (mut foreign, token) = signed_in(&house, &owner, Some("other.localhost")).await;
    foreign.authority = house.browser().authority;
    for row in TABLE {
        for browser in [&house.browser(), &foreign] {
            let answer = ask(browser, row, &token).await;
            let shut = is_refused(&answer) || to_sign_in(&answer);
            assert!(shut, "{} {}: {}\n{}", row.method, row.path, answer.status, answer.body);
        }
    }
}

#[test]
fn every_row_stands_once_and_every_room_has_one() {
    let rows: BTreeSet<String> = TABLE.iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    assert_eq!(rows.len(), TABLE.len(), "a row twice");
    for room in ROOMS {
        assert!(rows.contains(&format!("GET {}", room.path)), "{}", room.path);
    }
}

#[tokio::test]
async fn c1_the_consoles_own_address_leads_to_the_first_room_that_is_open() {
    let house = House::new().await;
    let asked = house.browser().get("/admin").await;
    assert_eq!(
        (asked.status.as_u16(), to_sign_in(&asked)),
        (303, true),
        "{}",
        asked.body
    );
    assert!(asked.location().contains("%2Fadmin"), "and back: {}", asked.location());
    let given = &house.given;
    let reader = Permissions::NONE.with(Permission::ReadAuditLog);
    for (user, room) in [
        (person(given, "admin@example.com", Role::Admin, None), "/admin/users"),
        (
            person(given, "reader@example.com", Role::Agent, Some(reader)),
            "/admin/audit",
        ),
    ] {
        let (mut browser, _) = signed_in(&house, &user, None).await;
        assert_eq!(browser.get("/admin").await.location(), room);
    }
    let customer = person(given, "customer@example.com", Role::Customer, None);
    let (mut browser, _) = signed_in(&house, &customer, None).await;
    assert_eq!(browser.get("/admin").await.status, 403);
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What stands between the bracket that was just opened and the one that closes it.
fn in_brackets(text: &str) -> &str {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    panic!("a bracket is left open");
}

/// Every address that the console's routers know, as their source says it: a route without a row is found here.
#[test]
fn r96_every_route_of_the_console_has_a_row() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/admin"),
        &mut files,
    );
    let texts: Vec<String> = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let constant = |name: &str, near: &str| -> String {
        let name = name.rsplit("::").next().unwrap();
        let of = |text: &str| -> Option<String> {
            let (_, value) = text.split_once(&format!("const {name}: &str = \""))?;
            Some(value.split('"').next().unwrap().to_owned())
        };
        of(near)
            .or_else(|| texts.iter().find_map(|text| of(text)))
            .unwrap_or_else(|| panic!("no constant {name}"))
    };
    let rows: BTreeSet<String> = TABLE.iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    let mut routed = BTreeSet::new();
    for text in &texts {
        for (at, _) in text.match_indices(".route(") {
            let call = in_brackets(&text[at + ".route(".len()..]);
            let (path, methods) = call.split_once(',').unwrap();
            let path = match path.trim().strip_prefix('"') {
                Some(literal) => literal.trim_end_matches('"').to_owned(),
                None => constant(path.trim(), text),
            };
            for method in ["get", "post", "put", "patch", "delete"] {
                if methods.contains(&format!("{method}(")) {
                    routed.insert(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
    }
    assert!(routed.len() > 20, "{routed:?}");
    let bare: Vec<_> = routed.difference(&rows).collect();
    assert!(bare.is_empty(), "routes without a row: {bare:?}");
    let idle: Vec<_> = rows.difference(&routed).collect();
    assert!(idle.is_empty(), "rows without a route: {idle:?}");
}
