//! A9: members of a removed organisation stay.

use doorward_auth::Acting;
use doorward_domain::audit::AuditAction;
use doorward_domain::testing::Given;

use crate::create_organisation::made;
use crate::house::House;

#[tokio::test]
async fn a9_a_removed_organisation_leaves_its_members() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let workspace = &house.given.workspace;
    let organisations = house.auth.organisations();
    let operator = Acting::operator();
    let domains = ["globex.example".to_owned()];
    let group = organisations
        .create(&operator, workspace, ("Globex", &domains))
        .await
        .unwrap();
    let member = made(&house, "jo@globex.example", true).await;
    assert!(
        !organisations
            .delete(&operator, &elsewhere.workspace, group.id)
            .await
            .unwrap()
    );
    assert!(organisations.delete(&operator, workspace, group.id).await.unwrap());
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.action, AuditAction::OrganisationDeleted);
    let found = house.auth.people().find(workspace, member.id).await.unwrap().unwrap();
    assert!(found.organisations.is_empty());
    assert!(!organisations.delete(&operator, workspace, group.id).await.unwrap());
}
