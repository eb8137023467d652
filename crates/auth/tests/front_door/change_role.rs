//! A8, R100: a change of a role counts for everybody who has it.

use doorward_auth::Acting;
use doorward_auth::workspace::create_role::RoleError;
use doorward_domain::audit::AuditAction;
use doorward_domain::role::{Permission, Permissions, Role, RoleChoice};
use doorward_domain::testing::{Given, PASSWORD, Person};

use crate::give_role::{acting, role_of};
use crate::house::{House, signed_in};

const AUDIT: Permissions = Permissions::NONE.with(Permission::ReadAuditLog);
const MAIL: Permissions = Permissions::NONE.with(Permission::ReadMailLog);

#[tokio::test]
async fn r100_a_change_counts_on_the_very_next_request_of_everybody_who_has_the_role() {
    let house = House::new().await;
    let (roles, workspace) = (house.auth.roles(), &house.given.workspace);
    let role = role_of(&house, AUDIT).await;
    let bo = house
        .given
        .person(Person::customer(workspace.id, "bo@example.com").role(Role::Agent));
    let operator = Acting::operator();
    roles
        .give(&operator, workspace, bo.id, RoleChoice::Own(role.id))
        .await
        .unwrap();
    let session = signed_in(house.browser().password("bo@example.com", PASSWORD).await);
    roles
        .change(&operator, workspace, role.id, ("Mail", MAIL))
        .await
        .unwrap();
    let seen = house
        .auth
        .sessions()
        .check(&session.token.digest())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen.permissions, MAIL);
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.action, AuditAction::RoleChanged);
}

#[tokio::test]
async fn r97_nobody_changes_a_role_that_may_do_more_than_they_or_makes_it_so() {
    let house = House::new().await;
    let (roles, workspace) = (house.auth.roles(), &house.given.workspace);
    let role = role_of(&house, AUDIT).await;
    let admin = house
        .given
        .person(Person::customer(workspace.id, "ann@example.com").role(Role::Admin));
    let mut by = acting(&admin);
    by.rights.permissions = admin.permissions().without(Permission::ReadAuditLog);
    let said = roles.change(&by, workspace, role.id, ("Less", Permissions::NONE)).await;
    assert!(matches!(said, Err(RoleError::BeyondOwn)), "{said:?}");
    by.rights.permissions = admin.permissions().without(Permission::ReadMailLog);
    let said = roles.change(&by, workspace, role.id, ("More", MAIL)).await;
    assert!(matches!(said, Err(RoleError::BeyondOwn)), "{said:?}");
    assert_eq!(roles.find(workspace, role.id).await.unwrap(), Some(role));
}

#[tokio::test]
async fn a_role_of_another_workspace_is_not_there() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let role = role_of(&house, AUDIT).await;
    let roles = house.auth.roles();
    let said = roles
        .change(&Acting::operator(), &elsewhere.workspace, role.id, ("Mine", MAIL))
        .await;
    assert!(matches!(said, Err(RoleError::Gone)), "{said:?}");
}

#[tokio::test]
async fn a8_owning_the_workspace_is_in_no_role_of_ones_own_making_whoever_asks() {
    let house = House::new().await;
    let (roles, workspace) = (house.auth.roles(), &house.given.workspace);
    let role = role_of(&house, AUDIT).await;
    let own = AUDIT.with(Permission::OwnWorkspace);
    let said = roles
        .change(&Acting::operator(), workspace, role.id, ("More", own))
        .await;
    assert!(matches!(said, Err(RoleError::Unsound)), "{said:?}");
    assert_eq!(roles.find(workspace, role.id).await.unwrap(), Some(role));
}
