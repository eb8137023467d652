//! C2, R60, R97: *Disable* and *Enable*.

use doorward_auth::SignInOutcome;
use doorward_auth::people::PersonError;
use doorward_auth::people::bar_person::BarPersonError;
use doorward_auth::people::delete_person::DeletePersonError;
use doorward_auth::people::give_role::GiveRoleError;
use doorward_auth::workspace::create_role::RoleError;
use doorward_domain::role::{Permission, Permissions, Role, RoleChoice};
use doorward_domain::testing::Person;

use crate::give_role::{acting, role_of};
use crate::house::House;
use crate::send_password_reset::{at_work, staff};

#[tokio::test]
async fn c2_r60_a_disabled_person_is_out_until_enabled_again() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let jo = house.given.customer("jo@example.com");
    let session = house.browser().enter("jo@example.com").await;
    let (desk, workspace) = (house.auth.staff(), &house.given.workspace);
    desk.bar(&admin, workspace, jo.id, true).await.unwrap();
    assert!(!house.is_live(&session).await);
    let again = house.browser().password("jo@example.com", "no matter what").await;
    assert!(matches!(again, SignInOutcome::Refused(_)), "{again:?}");
    desk.bar(&admin, workspace, jo.id, false).await.unwrap();
    assert!(!house.is_live(&session).await, "a session that ended stays so");
    house.browser().enter("jo@example.com").await;
}

#[tokio::test]
async fn r97_nobody_above_is_barred_and_the_last_owner_stays() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let owner = staff(&house, Role::Owner);
    let (desk, workspace) = (house.auth.staff(), &house.given.workspace);
    let said = desk.bar(&admin, workspace, owner.id, true).await;
    assert!(
        matches!(said, Err(BarPersonError::Person(PersonError::OutOfReach))),
        "{said:?}"
    );
    let acting = doorward_auth::Acting::operator();
    let mut said = Vec::new();
    for person in house.given.store.people() {
        if person.role == Role::Owner {
            said.push(desk.bar(&acting, workspace, person.id, true).await);
        }
    }
    assert!(
        said.iter().any(|said| matches!(said, Err(BarPersonError::LastOwner))),
        "one owner is left: {said:?}"
    );
}

/// The attack: not the method is taken away from the last admin who has one, but the admin (R105).
#[tokio::test]
async fn r105_the_last_admin_with_a_way_in_is_neither_barred_nor_deleted_nor_given_less() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    // An owner who was invited and never set a password: codes are off for staff.
    let owner = Person::customer(workspace.id, "owner@acme.example").role(Role::Owner);
    let owner = house.given.person(owner.without_password());
    let last = house
        .given
        .person(Person::customer(workspace.id, "last@acme.example").role(Role::Admin));
    let by = acting(&owner);
    let desk = house.auth.staff();
    let said = desk.bar(&by, workspace, last.id, true).await;
    assert!(matches!(said, Err(BarPersonError::LastWayIn)), "{said:?}");
    let said = house.auth.departures().delete(&by, workspace, last.id).await;
    assert!(matches!(said, Err(DeletePersonError::LastWayIn)), "{said:?}");
    let agent = RoleChoice::BuiltIn(Role::Agent);
    let said = house.auth.roles().give(&by, workspace, last.id, agent).await;
    assert!(matches!(said, Err(GiveRoleError::LastWayIn)), "{said:?}");
    house.browser().enter("last@acme.example").await;
    // Another one who gets in, and it is nobody's last.
    house
        .given
        .person(Person::customer(workspace.id, "other@acme.example").role(Role::Admin));
    desk.bar(&by, workspace, last.id, true).await.unwrap();
}

#[tokio::test]
async fn r105_a_role_does_not_lose_the_settings_where_its_holders_are_the_last_who_get_in() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    let owner = Person::customer(workspace.id, "owner@acme.example").role(Role::Owner);
    let owner = house.given.person(owner.without_password());
    let security = Permissions::NONE.with(Permission::ManageSecuritySettings);
    let role = role_of(&house, security).await;
    let (roles, by) = (house.auth.roles(), acting(&owner));
    let bo = Person::customer(workspace.id, "bo@acme.example").role(Role::Agent);
    let bo = house.given.person(bo);
    let own = RoleChoice::Own(role.id);
    roles.give(&by, workspace, bo.id, own).await.unwrap();
    let said = roles.change(&by, workspace, role.id, ("Less", Permissions::NONE)).await;
    assert!(matches!(said, Err(RoleError::LastWayIn)), "{said:?}");
    let more = security.with(Permission::ReadAuditLog);
    roles.change(&by, workspace, role.id, ("More", more)).await.unwrap();
    house
        .given
        .person(Person::customer(workspace.id, "other@acme.example").role(Role::Admin));
    roles
        .change(&by, workspace, role.id, ("Less", Permissions::NONE))
        .await
        .unwrap();
}
