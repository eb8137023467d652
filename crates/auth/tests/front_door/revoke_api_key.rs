//! C9: a key that was taken back is dead at once.

use doorward_auth::Acting;
use doorward_auth::workspace::create_api_key::NewApiKey;
use doorward_domain::audit::AuditAction;
use doorward_domain::testing::Given;

use crate::house::House;

#[tokio::test]
async fn c9_a_revoked_key_is_dead_at_once_and_stays_in_the_list() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let (workspace, keys) = (&house.given.workspace, house.auth.api_keys());
    let operator = Acting::operator();
    let desk = house.auth.workspaces();
    let made = desk.create_api_key(&operator, workspace, NewApiKey::default()).await;
    let (key, shown) = made.unwrap();
    assert!(!keys.revoke(&operator, &elsewhere.workspace, key.id).await.unwrap());
    assert!(desk.find_api_key(workspace, &shown).await.unwrap().is_some());
    assert!(keys.revoke(&operator, workspace, key.id).await.unwrap());
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.action, AuditAction::ApiKeyRevoked);
    assert!(desk.find_api_key(workspace, &shown).await.unwrap().is_none());
    let listed = keys.list(workspace).await.unwrap();
    assert!(listed.iter().all(|key| key.revoked_at.is_some()) && listed.len() == 1);
    assert!(!keys.revoke(&operator, workspace, key.id).await.unwrap());
}
