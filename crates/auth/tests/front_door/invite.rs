//! R33, R97, R98: *Add a person* and *Invite*.

use doorward_auth::Acting;
use doorward_auth::people::invite::{AddPersonError, InviteError, NewPerson};
use doorward_auth::recovery::reset_password::ResetPage;
use doorward_domain::audit::AuditAction;
use doorward_domain::role::{Permission, Permissions, Rights, Role, RoleChoice};
use doorward_domain::secret::RawToken;
use doorward_domain::testing::{Person, address};
use doorward_domain::user::User;

use crate::house::House;
use crate::send_password_reset::at_work;

fn wanted(email: &str, role: Role, invite: bool) -> NewPerson {
    NewPerson {
        address: address(email),
        name: "Jo Doe".to_owned(),
        role: RoleChoice::BuiltIn(role),
        organisations: vec!["Globex".to_owned()],
        invite,
    }
}

async fn add(house: &House, acting: &Acting, wanted: NewPerson) -> Result<User, AddPersonError> {
    house.auth.staff().add(acting, &house.given.workspace, wanted).await
}

async fn is_live(house: &House, token: &RawToken) -> bool {
    let page = house.auth.recovery().look(&house.given.workspace, token).await.unwrap();
    matches!(page, ResetPage::Form { .. })
}

#[tokio::test]
async fn r33_an_invited_person_chooses_their_password_by_a_link_that_only_they_see() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let jo = add(&house, &admin, wanted("jo@example.com", Role::Customer, true))
        .await
        .unwrap();
    assert_eq!(house.kinds_to("jo@example.com"), ["invite"]);
    assert!(!jo.has_password && jo.emails.iter().all(|email| email.verified_at.is_none()));
    assert_eq!(jo.organisations.len(), 1);
    assert!(is_live(&house, &house.browser().last_token_to("jo@example.com")).await);
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(
        (row.action, row.detail.as_deref()),
        (AuditAction::UserCreated, Some("customer, invited"))
    );
}

#[tokio::test]
async fn r33_an_invitation_ends_after_seven_days_and_can_be_sent_again_and_taken_back() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let jo = add(&house, &admin, wanted("jo@example.com", Role::Customer, true))
        .await
        .unwrap();
    let (desk, workspace) = (house.auth.staff(), &house.given.workspace);
    let first = house.browser().last_token_to("jo@example.com");
    desk.invite(&admin, workspace, jo.id).await.unwrap();
    let second = house.browser().last_token_to("jo@example.com");
    assert!(!is_live(&house, &first).await, "another one voids it");
    assert!(is_live(&house, &second).await);
    assert!(desk.invitation(workspace, jo.id).await.unwrap().is_some());
    assert!(desk.revoke_invitation(&admin, workspace, jo.id).await.unwrap());
    assert!(!is_live(&house, &second).await);
    assert!(!desk.revoke_invitation(&admin, workspace, jo.id).await.unwrap());
    desk.invite(&admin, workspace, jo.id).await.unwrap();
    let third = house.browser().last_token_to("jo@example.com");
    house.wait(7 * 24 * 60 * 60);
    assert!(!is_live(&house, &third).await);
    assert_eq!(desk.invitation(workspace, jo.id).await.unwrap(), None);
}

#[tokio::test]
async fn r97_nobody_invites_above_themselves_and_staff_only_with_the_permission_to_give_roles() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let writer = Acting {
        rights: Rights {
            role: Role::Agent,
            permissions: Permissions::NONE
                .with(Permission::LookPeopleUp)
                .with(Permission::AskSignInCheck)
                .with(Permission::CreateAndUpdateUsersAndOrganizations),
        },
        ..admin.clone()
    };
    let key = Acting {
        rights: Rights::API_KEY,
        ..admin.clone()
    };
    for (acting, role, may) in [
        (&admin, Role::Owner, false),
        (&admin, Role::Admin, true),
        (&writer, Role::Agent, false),
        (&writer, Role::Admin, false),
        (&writer, Role::Collaborator, true),
        (&key, Role::Agent, false),
        (&key, Role::Customer, true),
    ] {
        let email = format!("{}-{}-{may}@example.com", role.as_str(), acting.rights.role.as_str());
        let said = add(&house, acting, wanted(&email, role, true)).await;
        assert_eq!(said.is_ok(), may, "{role:?} {said:?}");
        assert_eq!(house.kinds_to(&email).len(), usize::from(may));
    }
}

#[tokio::test]
async fn a2_an_address_that_is_somebodys_makes_no_second_account_and_sends_nothing() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let jo = house.given.customer("jo@example.com");
    let said = add(&house, &admin, wanted("JO@example.com", Role::Customer, true)).await;
    assert!(
        matches!(said, Err(AddPersonError::AddressTaken(owner)) if owner == jo.id),
        "{said:?}"
    );
    assert_eq!(house.kinds_to("jo@example.com"), [""; 0]);
    let desk = house.auth.staff();
    let said = desk.invite(&admin, &house.given.workspace, jo.id).await;
    assert!(matches!(said, Err(InviteError::HasPassword)), "{said:?}");
}

#[tokio::test]
async fn r112_invitations_count_with_what_else_staff_sends_to_a_mailbox() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let (desk, workspace) = (house.auth.staff(), &house.given.workspace);
    let most = house.auth.config().limits.staff_mails_per_address_per_day;
    let jo = add(&house, &admin, wanted("jo@example.com", Role::Customer, true))
        .await
        .unwrap();
    for _ in 1..most {
        desk.invite(&admin, workspace, jo.id).await.unwrap();
    }
    let said = desk.invite(&admin, workspace, jo.id).await;
    assert!(matches!(said, Err(InviteError::TooMany { .. })), "{said:?}");
    assert_eq!(house.kinds_to("jo@example.com").len(), usize::try_from(most).unwrap());
}

#[tokio::test]
async fn r33_nobody_who_is_disabled_is_invited() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let person = Person::customer(house.given.workspace.id, "jo@example.com");
    let jo = house.given.person(person.without_password().disabled());
    let said = house.auth.staff().invite(&admin, &house.given.workspace, jo.id).await;
    assert!(matches!(said, Err(InviteError::Disabled)), "{said:?}");
    assert_eq!(house.kinds_to("jo@example.com"), [""; 0]);
}
