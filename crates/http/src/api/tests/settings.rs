//! C3, R99: settings by API.

use super::*;

const SETTINGS: &str = "/api/v1/settings";

#[tokio::test]
async fn r99_a_session_changes_settings_only_with_a_proof_of_the_last_quarter_of_an_hour() {
    let house = House::new().await;
    let ada = somebody(&house.acme, Role::Owner);
    let token = house.session(ACME, &ada).await;
    let body = json!({"settings": {"customers.email_code": false}});
    let change = async |token: &str| house.ask(ACME, "PATCH", SETTINGS, Some(token), Some(&body)).await;
    house.wait(901);
    let refused = change(&token).await.problem(403);
    assert_eq!(refused["type"], "urn:doorward:problem:fresh-proof-required");
    assert!(
        refused["ways"].as_array().is_some_and(|ways| !ways.is_empty()),
        "{refused}"
    );
    let undone = house
        .ask(ACME, "DELETE", "/api/v1/settings/trial", Some(&token), None)
        .await;
    assert_eq!(undone.problem(403)["type"], "urn:doorward:problem:fresh-proof-required");
    let read = house.get(SETTINGS, &token).await;
    assert_eq!(read.json()["settings"]["customers"]["email_code"], true);
    // Looking ahead changes nothing, and needs no proof.
    let looked = house
        .ask(ACME, "POST", "/api/v1/settings/preview", Some(&token), Some(&body))
        .await;
    assert_eq!(looked.status, 200, "{}", looked.body);

    let fresh = house.session(ACME, &ada).await;
    let changed = change(&fresh).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.json()["settings"]["customers"]["email_code"], false);
    let key = house.key(&house.acme.workspace, &[Scope::SettingsWrite]).await;
    assert_eq!(change(&key).await.status, 200, "a key proves nothing afresh");
}

#[tokio::test]
async fn c3_keys_are_taken_by_name_and_nested_and_told_back_as_they_were_sent() {
    let house = House::new().await;
    let key = house.key(&house.acme.workspace, &[Scope::SettingsWrite]).await;
    let change = async |settings: Value| {
        let body = json!({"settings": settings});
        house.ask(ACME, "PATCH", SETTINGS, Some(&key), Some(&body)).await
    };
    for (settings, pointer, expected) in [
        (json!({"sign_up": "closed"}), "/sign_up", json!("closed")),
        (
            json!({"sign_up": ["example.com", "example.org"]}),
            "/sign_up",
            json!(["example.com", "example.org"]),
        ),
        (
            json!({"customers": {"session_idle_seconds": 600}}),
            "/customers/session_idle_seconds",
            json!(600),
        ),
        (json!({"directory.ask": "Ask IT."}), "/directory/ask", json!("Ask IT.")),
        (json!({"directory": {"ask": null}}), "/directory/ask", json!("")),
    ] {
        let told = change(settings.clone()).await;
        assert_eq!(told.status, 200, "{settings}: {}", told.body);
        assert_eq!(told.json()["settings"].pointer(pointer), Some(&expected), "{settings}");
    }
    for wrong in [
        json!({"sign_up": [1]}),
        json!({"sign_up": "not a domain"}),
        json!({"robots": true}),
    ] {
        assert_eq!(change(wrong.clone()).await.problem(422)["field"], "settings", "{wrong}");
    }
    let body = json!({"version": "not a version", "settings": {}});
    let told = house.ask(ACME, "PATCH", SETTINGS, Some(&key), Some(&body)).await;
    assert_eq!(told.problem(422)["field"], "version");
}
