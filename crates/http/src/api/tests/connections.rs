//! What the sign-in page offers, and one's connected accounts (A6, B6, B8).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::ConnectionId;
use doorward_domain::ports::{Connected, Connections};
use doorward_domain::provider::Connection;
use doorward_domain::testing::{arrived, audit};

use super::*;

const LIST: &str = "/api/v1/account/connections";

async fn connected(house: &House, user: &User, provider: &str) -> String {
    let now = house.auth.now();
    let who = arrived(provider, "1").verified("ada@home.example");
    let id = ConnectionId::random(&SeededEntropy::new(u64::from(user.has_password) + 50));
    let connection = Connection {
        id,
        workspace: user.workspace,
        user: user.id,
        label: who.label(),
        vouched: who.vouched_key(),
        identity: who.identity,
        created_at: now,
        last_used_at: None,
    };
    let row = audit(user.workspace, AuditAction::IdentityConnected, now);
    let made = house.acme.store.connect(connection, row, Vec::new()).await.unwrap();
    assert_eq!(made, Connected::Connected);
    id.to_string()
}

#[tokio::test]
async fn the_methods_are_those_of_the_sign_in_page() {
    let house = House::new().await;
    let told = house.ask(ACME, "GET", "/api/v1/sign-in/methods", None, None).await;
    assert_eq!(
        told.json(),
        json!({
            "methods": ["password", "email-code", "passkey"], "providers": [], "sign_up": true, "directory": null
        })
    );
    house.provider.offer("google", "Google");
    house.provider.offer("acme-sso", "Acme Staff");
    let told = house
        .ask(ACME, "GET", "/api/v1/sign-in/methods", None, None)
        .await
        .json();
    assert_eq!(
        told["methods"],
        json!(["password", "email-code", "passkey", "provider"])
    );
    assert_eq!(
        told["providers"],
        json!([
            {"id": "google", "name": "Google", "brand": "google"},
            {"id": "acme-sso", "name": "Acme Staff", "brand": "other"}
        ])
    );
}

#[tokio::test]
async fn a6_connections_are_listed_and_taken_away_with_a_fresh_proof() {
    let house = House::new().await;
    house.provider.offer("google", "Google");
    house.provider.offer("twitter", "X");
    let user = house.acme.customer("jo@example.com");
    let other = house.acme.without_password("eve@example.com");
    let theirs = connected(&house, &other, "twitter").await;
    let id = connected(&house, &user, "google").await;
    let token = house.session(ACME, &user).await;
    let listed = house.get(LIST, &token).await.json();
    assert_eq!(listed["items"][0]["id"], json!(id));
    assert_eq!(listed["items"][0]["provider"]["name"], "Google");
    assert_eq!(listed["items"][0]["label"], "ada@home.example");
    assert_eq!(listed["items"][0]["last_used_at"], Value::Null);
    assert_eq!(listed["items"][0]["last_way_in"], false);
    assert_eq!(listed["open"], json!([{"id": "twitter", "name": "X", "brand": "x"}]));
    let delete = async |id: &str, token: &str| {
        let path = format!("{LIST}/{id}");
        house.ask(ACME, "DELETE", &path, Some(token), None).await
    };
    delete(&theirs, &token).await.problem(404);
    delete("x", &token).await.problem(404);
    house.wait(301);
    let stale = delete(&id, &token).await.problem(403);
    assert_eq!(stale["type"], "urn:doorward:problem:fresh-proof-required");
    let fresh = house.session(ACME, &user).await;
    let promised = house.promised();
    assert_eq!(delete(&id, &fresh).await.status, 204);
    assert!(house.promised() > promised);
    let left = house.get(LIST, &fresh).await.json();
    assert_eq!(left["items"], json!([]));
    delete(&id, &fresh).await.problem(404);
}
