//! A8: roles of the workspace's own making.

use doorward_auth::Acting;
use doorward_auth::workspace::create_role::{RoleError, WantedRole};
use doorward_domain::audit::AuditAction;
use doorward_domain::role::{Permission, Permissions, Role};
use doorward_domain::testing::Person;

use crate::give_role::acting;
use crate::house::House;

fn wanted(name: &str, based_on: Role, permissions: Permissions) -> WantedRole {
    WantedRole {
        name: name.to_owned(),
        based_on,
        permissions,
    }
}

const AUDIT: Permissions = Permissions::NONE.with(Permission::ReadAuditLog);

#[tokio::test]
async fn a8_a_role_is_kept_as_it_was_wanted() {
    let house = House::new().await;
    let roles = house.auth.roles();
    let workspace = &house.given.workspace;
    let operator = Acting::operator();
    let made = roles
        .create(&operator, workspace, wanted(" Audit\tor ", Role::Agent, AUDIT))
        .await;
    let made = made.unwrap();
    assert_eq!((made.name.as_str(), made.permissions), ("Audit or", AUDIT));
    assert_eq!(roles.find(workspace, made.id).await.unwrap(), Some(made));
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.action, AuditAction::RoleCreated);
    assert_eq!(row.detail.as_deref(), Some("Audit or: read-audit-log"));
}

#[tokio::test]
async fn a8_what_is_no_role_is_not_made() {
    let house = House::new().await;
    let roles = house.auth.roles();
    let workspace = &house.given.workspace;
    let operator = Acting::operator();
    for name in ["", " \u{200b} ", "Owner", &"x".repeat(61)] {
        let said = roles
            .create(&operator, workspace, wanted(name, Role::Agent, AUDIT))
            .await;
        assert!(matches!(said, Err(RoleError::Name)), "{name}: {said:?}");
    }
    for base in [Role::Customer, Role::Collaborator, Role::Owner] {
        let said = roles.create(&operator, workspace, wanted("Auditor", base, AUDIT)).await;
        assert!(matches!(said, Err(RoleError::Unsound)), "{base:?}: {said:?}");
    }
    let said = roles
        .create(&operator, workspace, wanted("King", Role::Admin, Permissions::ALL))
        .await;
    assert!(matches!(said, Err(RoleError::Unsound)), "{said:?}");
    roles
        .create(&operator, workspace, wanted("Auditor", Role::Agent, AUDIT))
        .await
        .unwrap();
    let said = roles
        .create(&operator, workspace, wanted("Auditor", Role::Admin, AUDIT))
        .await;
    assert!(matches!(said, Err(RoleError::NameTaken)), "{said:?}");
}

#[tokio::test]
async fn r97_nobody_makes_a_role_that_may_do_more_than_they() {
    let house = House::new().await;
    let roles = house.auth.roles();
    let workspace = &house.given.workspace;
    let admin = house
        .given
        .person(Person::customer(workspace.id, "ann@example.com").role(Role::Admin));
    let mut by = acting(&admin);
    for permission in admin.permissions().iter() {
        by.rights.permissions = admin.permissions().without(permission);
        let more = Permissions::NONE.with(permission);
        let said = roles.create(&by, workspace, wanted("More", Role::Agent, more)).await;
        assert!(matches!(said, Err(RoleError::BeyondOwn)), "{permission:?}: {said:?}");
    }
    by.rights.role = Role::Agent;
    let said = roles
        .create(&by, workspace, wanted("Higher", Role::Admin, Permissions::NONE))
        .await;
    assert!(matches!(said, Err(RoleError::BeyondOwn)), "{said:?}");
}
