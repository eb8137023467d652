//! A8: a role that people have stays.

use doorward_auth::Acting;
use doorward_auth::workspace::delete_role::DeleteRoleError;
use doorward_domain::audit::AuditAction;
use doorward_domain::role::{Permission, Permissions, Role, RoleChoice};
use doorward_domain::testing::Person;

use crate::give_role::{acting, role_of};
use crate::house::House;

#[tokio::test]
async fn a8_a_role_goes_only_when_nobody_has_it() {
    let house = House::new().await;
    let (roles, workspace) = (house.auth.roles(), &house.given.workspace);
    let role = role_of(&house, Permissions::NONE).await;
    let bo = house
        .given
        .person(Person::customer(workspace.id, "bo@example.com").role(Role::Agent));
    let operator = Acting::operator();
    roles
        .give(&operator, workspace, bo.id, RoleChoice::Own(role.id))
        .await
        .unwrap();
    let said = roles.delete(&operator, workspace, role.id).await;
    assert!(matches!(said, Err(DeleteRoleError::InUse(1))), "{said:?}");
    roles
        .give(&operator, workspace, bo.id, RoleChoice::BuiltIn(Role::Agent))
        .await
        .unwrap();
    roles.delete(&operator, workspace, role.id).await.unwrap();
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.action, AuditAction::RoleDeleted);
    let said = roles.delete(&operator, workspace, role.id).await;
    assert!(matches!(said, Err(DeleteRoleError::Gone)), "{said:?}");
}

#[tokio::test]
async fn r97_nobody_deletes_a_role_that_may_do_more_than_they() {
    let house = House::new().await;
    let (roles, workspace) = (house.auth.roles(), &house.given.workspace);
    let role = role_of(&house, Permissions::NONE.with(Permission::ReadAuditLog)).await;
    let agent = house
        .given
        .person(Person::customer(workspace.id, "bo@example.com").role(Role::Agent));
    let said = roles.delete(&acting(&agent), workspace, role.id).await;
    assert!(matches!(said, Err(DeleteRoleError::BeyondOwn)), "{said:?}");
}
