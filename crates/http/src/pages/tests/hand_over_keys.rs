//! B18: the keys of hand-over in the console, and the check of a token.

use doorward_auth::workspace::change_settings::{ChangeHow, SettingChange};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::hand_over::HandOverAlgorithm;
use doorward_domain::role::Role;
use doorward_domain::testing::{PASSWORD, Person, hand_over_token};
use serde_json::json;

use super::house::{Browser, House};

const HAND_OVER: &str = "/admin/hand-over";
const NEW: &str = "/admin/hand-over/new";
const CHECK: &str = "/admin/hand-over/check";

async fn at_work(house: &House) -> Browser {
    let person = Person::customer(house.given.workspace.id, "admin@staff.example").role(Role::Admin);
    house.given.person(person);
    let mut browser = house.browser();
    browser.sign_in("admin@staff.example", PASSWORD).await.location();
    browser
}

async fn switch_on(house: &House) {
    let changes = [SettingChange {
        key: "customers.hand_over".to_owned(),
        value: "true".to_owned(),
    }];
    let operator = doorward_auth::Acting::operator();
    let (workspaces, workspace) = (house.auth.workspaces(), &house.given.workspace);
    let changed = workspaces.change_settings(&operator, workspace, &changes, ChangeHow::default());
    changed.await.unwrap();
}

/// Adds a key with a shared secret, and gives that.
async fn added(browser: &mut Browser) -> String {
    let page = browser.get(NEW).await;
    let typed = [("algorithm", "HS256"), ("highest_role", "customer"), ("public_key", "")];
    let made = browser.fill(&page, HAND_OVER, HAND_OVER, &typed).await;
    made.shows(201, "It is not shown again.");
    made.value_of("secret").unwrap()
}

async fn keys(house: &House) -> Vec<doorward_domain::hand_over::HandOverKey> {
    let workspaces = house.auth.workspaces();
    workspaces.hand_over_keys(&house.given.workspace).await.unwrap()
}

#[tokio::test]
async fn b18_a_key_is_added_its_secret_shown_once_and_a_token_of_it_signs_in() {
    let house = House::new().await;
    let mut admin = at_work(&house).await;
    admin.get(HAND_OVER).await.shows(200, "There is no key yet.");
    let secret = added(&mut admin).await;
    assert!(secret.starts_with("dwh_"), "{secret}");
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.action, AuditAction::HandOverKeyAdded);
    assert!(matches!(row.actor, Actor::User(_)) && row.client.is_some(), "{row:?}");
    let list = admin.get(HAND_OVER).await;
    list.shows(200, "Hand-over is off for customers");
    assert!(!list.body.contains(&secret));
    switch_on(&house).await;
    assert!(!admin.get(HAND_OVER).await.body.contains("Hand-over is off"));
    let claims = json!({"iat": house.now().as_unix_seconds(), "jti": "1", "email": "jo@example.com"});
    let token = hand_over_token(HandOverAlgorithm::Hs256, &secret, &claims);
    let mut customer = house.browser();
    customer.post("/sign-in/jwt", &[("token", &token)]).await.location();
    assert!(customer.is_signed_in().await);
}

#[tokio::test]
async fn b18_two_keys_are_live_while_a_site_changes_over_and_no_third() {
    let house = House::new().await;
    let mut admin = at_work(&house).await;
    added(&mut admin).await;
    let form = admin.get(NEW).await;
    added(&mut admin).await;
    let list = admin.get(HAND_OVER).await;
    list.shows(200, "Two keys are live.");
    assert!(!list.body.contains(NEW), "no third is offered");
    let typed = [("algorithm", "HS256"), ("highest_role", "customer"), ("public_key", "")];
    let third = admin.fill(&form, HAND_OVER, HAND_OVER, &typed).await;
    third.shows(409, "Two keys for customers are live.");
    assert_eq!(keys(&house).await.len(), 2);
}

#[tokio::test]
async fn b18_a_key_that_will_not_do_is_told_and_a_private_one_does_not_come_back() {
    let house = House::new().await;
    let mut admin = at_work(&house).await;
    let private = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----";
    for (algorithm, role, key, status, said) in [
        ("none", "customer", "", 422, "Choose an algorithm."),
        ("RS256", "customer", "", 422, "Paste the public key of your site."),
        ("HS256", "customer", "something", 422, "A shared secret is made here."),
        ("RS256", "customer", private, 422, "This is a private key."),
        ("HS256", "owner", "", 422, "Choose a role of customers."),
        ("HS256", "admin", "", 422, "Choose a role of customers."),
    ] {
        let typed = [("algorithm", algorithm), ("highest_role", role), ("public_key", key)];
        let page = admin.get(NEW).await;
        let refused = admin.fill(&page, HAND_OVER, HAND_OVER, &typed).await;
        refused.shows(status, said);
        assert!(!refused.body.contains("MIGHAgEAMBMGByqGSM49"), "{said}");
    }
    assert!(keys(&house).await.is_empty());
    // Not even on the way to a proof.
    house.wait(901);
    let page = admin.get(NEW).await;
    let typed = [("algorithm", "RS256"), ("public_key", private)];
    let refused = admin.fill(&page, HAND_OVER, HAND_OVER, &typed).await;
    assert!(!refused.body.contains("MIGHAgEAMBMGByqGSM49"));
}

#[tokio::test]
async fn r99_adding_and_revoking_ask_for_a_proof_that_is_fresh() {
    let house = House::new().await;
    let mut admin = at_work(&house).await;
    added(&mut admin).await;
    let key = keys(&house).await[0].id;
    let revoke = format!("{HAND_OVER}/{key}/revoke");
    house.wait(901);
    let page = admin.get(NEW).await;
    let typed = [("algorithm", "HS256"), ("highest_role", "customer"), ("public_key", "")];
    let asked = admin.fill(&page, HAND_OVER, HAND_OVER, &typed).await;
    asked.shows(403, "Confirm that it");
    assert_eq!(keys(&house).await.len(), 1);
    let list = admin.get(HAND_OVER).await;
    let sure = admin.fill(&list, &revoke, &revoke, &[]).await;
    sure.shows(200, "Revoke this key?");
    let asked = admin.fill(&sure, &revoke, &revoke, &[]).await;
    asked.shows(403, "Confirm that it");
    assert!(keys(&house).await[0].is_live());
    let proved = [("proof_password", PASSWORD)];
    let revoked = admin.fill(&asked, &revoke, &revoke, &proved).await;
    assert_eq!(revoked.location(), HAND_OVER);
    assert!(!keys(&house).await[0].is_live());
    admin.get(HAND_OVER).await.shows(200, "The key is revoked.");
    let again = admin.fill(&sure, &revoke, &revoke, &[]).await;
    assert_eq!(again.status, 404);
}

#[tokio::test]
async fn b18_the_check_names_the_first_wrong_field_and_tells_no_secret() {
    let house = House::new().await;
    let mut admin = at_work(&house).await;
    let secret = added(&mut admin).await;
    switch_on(&house).await;
    let jo = house.given.customer("jo@example.com");
    let now = house.now().as_unix_seconds();
    let good = json!({"iat": now, "jti": "1", "email": "jo@example.com"});
    let old = json!({"iat": now - 400, "jti": "1", "email": "jo@example.com"});
    let sign = |secret: &str, claims| hand_over_token(HandOverAlgorithm::Hs256, secret, claims);
    for (token, said) in [
        (sign(&secret, &good), "It would sign in"),
        (sign(&secret, &old), "token-iat"),
        (sign("another secret", &good), "token-signature"),
        (secret.clone(), "The first thing that is wrong"),
        (format!("{secret}.a.b"), "The first thing that is wrong"),
        (String::new(), "The first thing that is wrong"),
    ] {
        let page = admin.get(HAND_OVER).await;
        let checked = admin.fill(&page, CHECK, CHECK, &[("token", &token)]).await;
        checked.shows(200, said);
        assert!(!checked.body.contains(&secret[4..20]), "{said}");
        assert!(token.is_empty() || !checked.body.contains(&token), "{said}");
    }
    // Nothing was used up.
    let mut customer = house.browser();
    let token = sign(&secret, &good);
    customer.post("/sign-in/jwt", &[("token", &token)]).await.location();
    let session = customer.get("/api/v1/session").await;
    session.shows(200, &jo.id.to_string());
}
