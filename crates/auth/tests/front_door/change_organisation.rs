//! A9: a changed organisation counts from now on, and moves nobody.

use doorward_auth::Acting;
use doorward_auth::workspace::create_organisation::OrganisationError;
use doorward_domain::audit::AuditAction;
use doorward_domain::testing::Given;

use crate::create_organisation::made;
use crate::house::House;

#[tokio::test]
async fn a9_a_new_domain_places_who_comes_and_moves_nobody() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    let organisations = house.auth.organisations();
    let operator = Acting::operator();
    let before = made(&house, "before@globex.example", true).await;
    let group = organisations
        .create(&operator, workspace, ("Globex", &[]))
        .await
        .unwrap();
    let domains = ["globex.example".to_owned()];
    let changed = organisations
        .change(&operator, workspace, group.id, ("Globex Corporation", &domains))
        .await
        .unwrap();
    assert_eq!(changed.name, "Globex Corporation");
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.action, AuditAction::OrganisationChanged);
    let after = made(&house, "after@globex.example", true).await;
    for (id, placed) in [(before.id, false), (after.id, true)] {
        let found = house.auth.people().find(workspace, id).await.unwrap().unwrap();
        assert_eq!(!found.organisations.is_empty(), placed);
    }
}

#[tokio::test]
async fn an_organisation_of_another_workspace_is_not_there() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let organisations = house.auth.organisations();
    let operator = Acting::operator();
    let group = organisations
        .create(&operator, &house.given.workspace, ("Globex", &[]))
        .await;
    let said = organisations
        .change(&operator, &elsewhere.workspace, group.unwrap().id, ("Mine", &[]))
        .await;
    assert!(matches!(said, Err(OrganisationError::Gone)), "{said:?}");
}
