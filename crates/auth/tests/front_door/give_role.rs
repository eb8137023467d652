//! A8, R97, R100: who gives which role to whom, and when it counts.

use doorward_auth::Acting;
use doorward_auth::people::give_role::GiveRoleError;
use doorward_auth::workspace::create_role::WantedRole;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::{ApiKeyId, UserId};
use doorward_domain::role::{CustomRole, Permission, Permissions, Rights, Role, RoleChoice};
use doorward_domain::testing::{Given, PASSWORD, Person};
use doorward_domain::user::User;
use uuid::Uuid;

use crate::house::{House, signed_in};

fn staff(house: &House, email: &str, role: Role) -> User {
    let person = Person::customer(house.given.workspace.id, email).role(role);
    house.given.person(person)
}

pub(crate) fn acting(user: &User) -> Acting {
    Acting {
        actor: Actor::User(user.id),
        rights: user.rights(),
        client: None,
    }
}

pub(crate) async fn role_of(house: &House, permissions: Permissions) -> CustomRole {
    let wanted = WantedRole {
        name: format!("Role {}", house.given.store.audit_rows().len()),
        based_on: Role::Agent,
        permissions,
    };
    let roles = house.auth.roles();
    let made = roles.create(&Acting::operator(), &house.given.workspace, wanted).await;
    made.unwrap()
}

async fn give(house: &House, by: &Acting, to: UserId, role: RoleChoice) -> Result<(), GiveRoleError> {
    house.auth.roles().give(by, &house.given.workspace, to, role).await
}

#[tokio::test]
async fn r97_each_role_gives_exactly_what_is_within_its_own_rights_to_exactly_whom_it_reaches() {
    for giver in Role::ALL {
        for holder in Role::ALL {
            for given in Role::ALL {
                let house = House::new().await;
                staff(&house, "first@example.com", Role::Owner);
                let by = staff(&house, "by@example.com", giver);
                let on = staff(&house, "on@example.com", holder);
                let said = give(&house, &acting(&by), on.id, RoleChoice::BuiltIn(given)).await;
                let what = format!("{giver:?} makes {holder:?} {given:?}: {said:?}");
                match said {
                    Ok(()) => assert!(giver >= holder && giver >= given, "{what}"),
                    Err(GiveRoleError::OutOfReach) => assert!(giver < holder, "{what}"),
                    Err(GiveRoleError::BeyondOwn) => assert!(giver >= holder && giver < given, "{what}"),
                    Err(other) => panic!("{what}: {other}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn r97_a_permission_that_one_lacks_is_neither_given_nor_taken() {
    let house = House::new().await;
    let writer = role_of(
        &house,
        Permissions::NONE.with(Permission::CreateAndUpdateUsersAndOrganizations),
    )
    .await;
    let auditor = role_of(&house, Permissions::NONE.with(Permission::ReadAuditLog)).await;
    let by = staff(&house, "by@example.com", Role::Agent);
    let operator = Acting::operator();
    give(&house, &operator, by.id, RoleChoice::Own(writer.id))
        .await
        .unwrap();
    let by = house
        .auth
        .people()
        .find(&house.given.workspace, by.id)
        .await
        .unwrap()
        .unwrap();
    let jo = house.given.customer("jo@example.com");
    let said = give(&house, &acting(&by), jo.id, RoleChoice::Own(auditor.id)).await;
    assert!(matches!(said, Err(GiveRoleError::BeyondOwn)), "{said:?}");
    let said = give(&house, &acting(&by), by.id, RoleChoice::Own(auditor.id)).await;
    assert!(matches!(said, Err(GiveRoleError::BeyondOwn)), "on oneself: {said:?}");
    give(&house, &operator, jo.id, RoleChoice::Own(auditor.id))
        .await
        .unwrap();
    let said = give(&house, &acting(&by), jo.id, RoleChoice::BuiltIn(Role::Customer)).await;
    assert!(matches!(said, Err(GiveRoleError::OutOfReach)), "{said:?}");
    let key = Acting {
        actor: Actor::ApiKey(ApiKeyId::from_uuid(Uuid::from_u128(7))),
        rights: Rights::API_KEY,
        client: None,
    };
    let said = give(&house, &key, jo.id, RoleChoice::BuiltIn(Role::Customer)).await;
    assert!(matches!(said, Err(GiveRoleError::OutOfReach)), "{said:?}");
}

#[tokio::test]
async fn r97_the_last_owner_stays_owner() {
    let house = House::new().await;
    let ann = staff(&house, "ann@example.com", Role::Owner);
    let said = give(&house, &acting(&ann), ann.id, RoleChoice::BuiltIn(Role::Admin)).await;
    assert!(matches!(said, Err(GiveRoleError::LastOwner)), "{said:?}");
    let said = give(&house, &Acting::operator(), ann.id, RoleChoice::BuiltIn(Role::Admin)).await;
    assert!(
        matches!(said, Err(GiveRoleError::LastOwner)),
        "the operator too: {said:?}"
    );
    staff(&house, "bob@example.com", Role::Owner);
    give(&house, &acting(&ann), ann.id, RoleChoice::BuiltIn(Role::Admin))
        .await
        .unwrap();
}

#[tokio::test]
async fn r100_a_role_counts_on_the_very_next_request_and_is_audited() {
    let house = House::new().await;
    let reader = role_of(&house, Permissions::NONE.with(Permission::ReadMailLog)).await;
    let bo = staff(&house, "bo@example.com", Role::Agent);
    let session = signed_in(house.browser().password("bo@example.com", PASSWORD).await);
    give(&house, &Acting::operator(), bo.id, RoleChoice::Own(reader.id))
        .await
        .unwrap();
    let sessions = house.auth.sessions();
    let now = sessions.check(&session.token.digest()).await.unwrap().unwrap();
    assert_eq!(now.permissions, reader.permissions);
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!((row.action, row.subject), (AuditAction::RoleGiven, Some(bo.id)));
    assert_eq!(row.detail, Some(reader.name));
    give(&house, &Acting::operator(), bo.id, RoleChoice::BuiltIn(Role::Customer))
        .await
        .unwrap();
    let after = sessions.check(&session.token.digest()).await.unwrap();
    assert!(after.is_none(), "it was opened under the rules for staff");
}

#[tokio::test]
async fn people_and_roles_of_another_workspace_are_not_there() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let role = role_of(&house, Permissions::NONE).await;
    let jo = house.given.customer("jo@example.com");
    let roles = house.auth.roles();
    let beta = &elsewhere.workspace;
    let operator = Acting::operator();
    let said = roles
        .give(&operator, beta, jo.id, RoleChoice::BuiltIn(Role::Agent))
        .await;
    assert!(matches!(said, Err(GiveRoleError::NobodyThere)), "{said:?}");
    let eve = elsewhere.customer("eve@example.com");
    let said = roles.give(&operator, beta, eve.id, RoleChoice::Own(role.id)).await;
    assert!(matches!(said, Err(GiveRoleError::NoSuchRole)), "{said:?}");
    assert!(roles.list(beta).await.unwrap().is_empty());
}
