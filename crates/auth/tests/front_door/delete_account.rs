//! Deleting one's own account, and bringing it back by the mailed link.

use doorward_auth::account::delete_account::{DeletedAccount, RestoredAccount};
use doorward_domain::reason::PrivateReason;
use doorward_domain::role::Role;
use doorward_domain::testing::{PASSWORD, Person};

use crate::callers::JO;
use crate::house::{House, refused};

#[tokio::test]
async fn with_a_fresh_proof_it_is_closed_at_once_and_the_link_brings_it_back_once() {
    let house = House::new().await;
    house.given.customer(JO);
    let browser = house.browser();
    let signed_in = browser.enter(JO).await;
    let proof = browser.fresh(&signed_in.session);
    let (departures, workspace) = (house.auth.departures(), &house.given.workspace);
    let deleted = departures.delete_own(&browser.caller, workspace, proof).await.unwrap();
    assert!(matches!(deleted, DeletedAccount::Deleted { .. }));
    assert!(!house.is_live(&signed_in).await);
    refused(browser.password(JO, PASSWORD).await);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::UserDeleted);
    let token = browser.last_token_to(JO);
    for _ in 0..20 {
        assert!(departures.look_at_restore(workspace, &token).await.unwrap(), "R34");
    }
    let restored = departures
        .restore_own(&browser.caller, workspace, &token)
        .await
        .unwrap();
    assert_eq!(restored, RestoredAccount::Restored);
    browser.enter(JO).await;
    let again = departures
        .restore_own(&browser.caller, workspace, &token)
        .await
        .unwrap();
    assert_eq!(again, RestoredAccount::Gone);
}

#[tokio::test]
async fn a8_the_last_owner_stays() {
    let house = House::new().await;
    let owner = Person::customer(house.given.workspace.id, "owner@acme.example").role(Role::Owner);
    house.given.person(owner);
    let browser = house.browser();
    let signed_in = browser.enter("owner@acme.example").await;
    let proof = browser.fresh(&signed_in.session);
    let said = house
        .auth
        .departures()
        .delete_own(&browser.caller, &house.given.workspace, proof)
        .await;
    assert_eq!(said.unwrap(), DeletedAccount::LastOwner);
    assert!(house.is_live(&signed_in).await);
}
