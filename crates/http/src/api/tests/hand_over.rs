//! Keys and checker of hand-over (B18).

use doorward_domain::testing::hand_over_token;

use super::*;

const KEYS: &str = "/api/v1/hand-over/keys";
const CHECK: &str = "/api/v1/hand-over/check";

/// The session of somebody who may add keys.
async fn manager(house: &House) -> String {
    let admin = Person::customer(house.acme.workspace.id, "ann@example.com").role(Role::Admin);
    let admin = house.acme.person(admin);
    house.session(ACME, &admin).await
}

#[tokio::test]
async fn b18_a_key_is_added_told_once_listed_and_taken_back() {
    let house = House::new().await;
    let key = manager(&house).await;
    let add = async |body: Value| house.ask(ACME, "POST", KEYS, Some(&key), Some(&body)).await;
    let added = add(json!({ "audience": "customers" })).await;
    assert_eq!(added.status, 201);
    let added = added.json();
    let secret = added["secret"].as_str().unwrap();
    assert!(secret.starts_with("dwh_") && secret.len() >= 47);
    assert_eq!(added["algorithm"], "HS256");
    assert_eq!(added["highest_role"], "customer");
    let second = add(json!({ "audience": "customers", "algorithm": "HS512", "highest_role": "collaborator" })).await;
    assert_eq!(second.status, 201);
    add(json!({ "audience": "customers" })).await.problem(409);
    let listed = house.get(KEYS, &key).await;
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 2);
    assert!(!listed.body.contains("dwh_"), "told once");
    let one = format!("{KEYS}/{}", added["id"].as_str().unwrap());
    let revoke = async |host: &str, path: &str, key: &str| house.ask(host, "DELETE", path, Some(key), None).await;
    assert_eq!(revoke(ACME, &one, &key).await.status, 204);
    revoke(ACME, &one, &key).await.problem(404);
    revoke(ACME, &format!("{KEYS}/x"), &key).await.problem(404);
    let state = house.get(KEYS, &key).await.json();
    let items = state["items"].as_array().unwrap().iter();
    let revoked: Vec<&Value> = items.filter(|key| key["revoked_at"].is_string()).collect();
    assert_eq!((revoked.len(), &revoked[0]["id"]), (1, &added["id"]));
}

#[tokio::test]
async fn b18_what_will_not_do_is_told_by_field() {
    let house = House::new().await;
    let key = manager(&house).await;
    let add = async |body: Value| house.ask(ACME, "POST", KEYS, Some(&key), Some(&body)).await;
    for (body, field) in [
        (json!({ "audience": "everybody" }), "audience"),
        (json!({ "audience": "customers", "algorithm": "none" }), "algorithm"),
        (json!({ "audience": "customers", "algorithm": "RS256" }), "public_key"),
        (json!({ "audience": "customers", "public_key": "hello" }), "public_key"),
        (
            json!({ "audience": "customers", "highest_role": "agent" }),
            "highest_role",
        ),
        (
            json!({ "audience": "customers", "highest_role": "root" }),
            "highest_role",
        ),
    ] {
        let told = add(body.clone()).await;
        assert_eq!(told.problem(422)["field"], field, "{body}");
    }
    // Whoever can add a key for staff can be anybody of them.
    add(json!({ "audience": "staff" })).await.problem(403);
}

#[tokio::test]
async fn b18_the_checker_names_the_first_wrong_field_and_never_the_secret() {
    let house = House::new().await;
    let key = manager(&house).await;
    let body = json!({ "audience": "customers" });
    let added = house.ask(ACME, "POST", KEYS, Some(&key), Some(&body)).await.json();
    let secret = added["secret"].as_str().unwrap();
    let now = house.auth.now().as_unix_seconds();
    let check = async |claims: Value| {
        let token = hand_over_token(doorward_domain::hand_over::HandOverAlgorithm::Hs256, secret, &claims);
        let body = json!({ "token": token });
        let told = house.ask(ACME, "POST", CHECK, Some(&key), Some(&body)).await;
        assert_eq!(told.status, 200);
        assert!(!told.body.contains(&secret[4..20]));
        told.json()
    };
    let old = check(json!({ "iat": now - 400, "jti": "a", "email": "jo@example.com" })).await;
    assert_eq!((&old["ok"], &old["drift_seconds"]), (&json!(false), &json!(-400)));
    assert_eq!(old["wrong"]["field"], "iat");
    assert_eq!(old["wrong"]["reason"], "token-iat");
    assert_eq!(old["wrong"]["was"], "400 seconds ago");
    let none = check(json!({ "iat": now, "jti": "a" })).await;
    assert_eq!(none["wrong"]["field"], "email");
    let off = check(json!({ "iat": now, "jti": "a", "email": "jo@example.com" })).await;
    assert_eq!(off["wrong"]["field"], "customers.hand_over");
    assert_eq!(off["key"], added["id"]);
    // Somebody who may not change settings may not ask.
    let reader = house.key(&house.acme.workspace, &[Scope::UsersRead]).await;
    let body = json!({ "token": "a.b.c" });
    house
        .ask(ACME, "POST", CHECK, Some(&reader), Some(&body))
        .await
        .problem(403);
    house.ask(ACME, "POST", CHECK, None, Some(&body)).await.problem(401);
}
