//! C8: making a workspace from an app without pages.

use super::*;

const BASE: &str = "localhost:8080";
const WORKSPACES: &str = "/api/v1/workspaces";

fn body(slug: &str) -> Value {
    json!({
        "name": "Globex", "slug": slug, "person_name": "Zoe", "email": "zoe@globex.example", "password": PASSWORD,
    })
}

async fn post(house: &House, path: &str, body: &Value) -> Told {
    house.ask(BASE, "POST", path, None, Some(body)).await
}

/// The last code that was mailed.
fn code(house: &House) -> String {
    house.acme.store.last_code_to("zoe@globex.example").unwrap()
}

async fn begun(house: &House, slug: &str) -> Value {
    let told = post(house, WORKSPACES, &body(slug)).await;
    assert_eq!(told.status, 202, "{}", told.body);
    let document = told.json();
    assert_eq!(document["outcome"], "code_sent");
    document["flow"].clone()
}

#[tokio::test]
async fn c8_a_workspace_is_made_once_the_mailbox_is_proved() {
    let house = House::new().await;
    let flow = begun(&house, "globex").await;
    assert_eq!(house.promised(), 1);
    let (workspaces, slug) = (&house.auth.ports().workspaces, Slug::parse("globex").unwrap());
    let before = workspaces.find_by_slug(&slug).await.unwrap();
    assert!(before.is_none(), "nothing before the code");
    let verify = format!("{WORKSPACES}/verify");
    let wrong = post(&house, &verify, &json!({"flow": flow, "code": "AAAAAAA"})).await;
    let problem = wrong.problem(401);
    assert_eq!((&problem["reason"], &problem["flow"]), (&json!("code-wrong"), &flow));
    let made = post(&house, &verify, &json!({"flow": flow, "code": code(&house)})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let document = made.json();
    assert_eq!(document["url"], "http://globex.localhost:8080");
    let workspace = workspaces.find_by_slug(&slug).await.unwrap().unwrap();
    assert_eq!(document["id"], workspace.id.to_string());
    // The owner signs in there, and nowhere else.
    let sign_in = json!({"email": "zoe@globex.example", "password": PASSWORD});
    let path = "/api/v1/sign-in/password";
    let host = "globex.localhost:8080";
    let inside = house.ask(host, "POST", path, None, Some(&sign_in)).await;
    assert_eq!(inside.json()["user"]["role"], "owner", "{}", inside.body);
    assert_eq!(house.ask(ACME, "POST", path, None, Some(&sign_in)).await.status, 401);
    let again = post(&house, &verify, &json!({"flow": flow, "code": code(&house)})).await;
    assert_eq!(again.problem(401)["reason"], "session-expired");
}

#[tokio::test]
async fn c8_whoever_finds_the_address_taken_tries_another_without_a_second_proof() {
    let house = House::new().await;
    let first = begun(&house, "globex").await;
    let codes = code(&house);
    house.wait(61);
    let second = begun(&house, "globex").await;
    let other = code(&house);
    let verify = format!("{WORKSPACES}/verify");
    let made = post(&house, &verify, &json!({"flow": first, "code": codes})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let unproved = json!({"flow": second, "slug": "globex-two", "name": "Globex"});
    assert_eq!(
        post(&house, &verify, &unproved).await.status,
        401,
        "no code was shown yet"
    );
    let taken = post(&house, &verify, &json!({"flow": second, "code": other})).await;
    assert_eq!(taken.problem(409)["flow"], second);
    let made = post(&house, &verify, &unproved).await;
    assert_eq!(made.json()["slug"], "globex-two", "{}", made.body);
}

#[tokio::test]
async fn c8_what_cannot_be_made_is_refused_clearly() {
    let house = House::new().await;
    for (field, value, status) in [
        ("slug", "acme", 409),
        ("slug", "admin", 422),
        ("slug", "a", 422),
        ("name", "evil.example", 422),
        ("person_name", " ", 422),
        ("email", "nobody", 422),
        ("password", "short", 422),
    ] {
        let mut wanted = body("globex");
        wanted[field] = value.into();
        let told = post(&house, WORKSPACES, &wanted).await;
        assert_eq!(told.problem(status)["field"], field, "{}", told.body);
    }
    assert_eq!(house.promised(), 0);
    // A workspace's own host makes none.
    let elsewhere = house.ask(ACME, "POST", WORKSPACES, None, Some(&body("globex"))).await;
    elsewhere.problem(404);
}

/// Twenty beginnings of one network in a day, whatever they ask for (R89).
#[tokio::test]
async fn c8_beginnings_are_counted_on_the_network() {
    let house = House::new().await;
    let limit = house.auth.config().limits.workspaces_per_network_per_day;
    for _ in 0..limit {
        assert_eq!(post(&house, WORKSPACES, &body("acme")).await.status, 409);
    }
    let told = post(&house, WORKSPACES, &body("globex")).await;
    assert_eq!(told.problem(429)["reason"], "try-later");
    assert!(!told.header("retry-after").is_empty());
}
