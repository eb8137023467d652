//! C9: keys of the portal application.

use doorward_domain::api_key::Scope;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::testing::Given;

use crate::house::House;

#[tokio::test]
async fn c9_a_key_is_good_in_its_own_workspace_with_its_own_scopes_and_is_stored_as_a_digest() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let desk = house.auth.workspaces();
    let (key, shown) = desk
        .create_api_key(Actor::Operator, &house.given.workspace, vec![Scope::UsersRead])
        .await
        .unwrap();
    assert!(shown.starts_with("dwk_"));
    assert!(!format!("{key:?}").contains(&shown[4..]));
    let found = desk
        .find_api_key(&house.given.workspace, &shown)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.id, found.scopes), (key.id, vec![Scope::UsersRead]));
    assert!(desk.find_api_key(&elsewhere.workspace, &shown).await.unwrap().is_none());
    for other in ["", "dwk_", &shown[4..], &shown[..shown.len() - 1]] {
        assert!(
            desk.find_api_key(&house.given.workspace, other)
                .await
                .unwrap()
                .is_none(),
            "{other}"
        );
    }
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!((row.action, row.actor), (AuditAction::ApiKeyCreated, Actor::Operator));
}
