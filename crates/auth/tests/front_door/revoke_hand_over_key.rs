//! B18: taking a key of hand-over back.

use doorward_auth::Acting;
use doorward_domain::audit::AuditAction;
use doorward_domain::policy::PolicySet;
use doorward_domain::reason::PrivateReason;
use doorward_domain::role::Audience;
use doorward_domain::testing::Given;
use serde_json::json;

use crate::add_hand_over_key::{add, wanted};
use crate::hand_over::{Site, hand_over, on};
use crate::house::{House, refused, signed_in};

#[tokio::test]
async fn b18_tokens_of_a_revoked_key_are_refused_at_once_and_those_of_the_other_go_on() {
    let house = House::with(on, PolicySet::default()).await;
    let old = Site::new(&house, Audience::Customers, None).await;
    house.wait(1);
    let new = Site::new(&house, Audience::Customers, None).await;
    let claims = |jti: &str| json!({ "jti": jti, "email": "jo@example.com", "external_id": "42" });
    for (site, jti) in [(&old, "a"), (&new, "b")] {
        signed_in(hand_over(&house.browser(), &site.token(claims(jti))).await);
    }
    let workspaces = house.auth.workspaces();
    let keys = workspaces.hand_over_keys(&house.given.workspace).await.unwrap();
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let revoke = async |workspace, id| {
        let operator = Acting::operator();
        let revoked = workspaces.revoke_hand_over_key(&operator, workspace, id);
        revoked.await.unwrap()
    };
    assert!(!revoke(&elsewhere.workspace, keys[0].id).await);
    assert!(revoke(&house.given.workspace, keys[0].id).await);
    assert!(!revoke(&house.given.workspace, keys[0].id).await, "for good, and once");
    assert_eq!(house.audited(AuditAction::HandOverKeyRevoked), 1);
    let mut outcomes = Vec::new();
    for (site, jti) in [(&old, "c"), (&new, "d")] {
        outcomes.push(hand_over(&house.browser(), &site.token(claims(jti))).await);
    }
    signed_in(outcomes.pop().unwrap());
    refused(outcomes.pop().unwrap());
    let reasons = house.given.store.receipts();
    let told = format!("{reasons:?}");
    assert!(told.contains("TokenSignature"), "{:?}", PrivateReason::TokenSignature);
    // It made room for another.
    add(&house, wanted(None)).await.unwrap();
}
