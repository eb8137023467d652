//! A1: a person by the operator's hand.

use doorward_auth::people::create_user::{CreateUser, CreateUserError};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::role::Role;
use doorward_domain::secret::Password;
use doorward_domain::testing::{PASSWORD, address};

use crate::house::{House, signed_in};

fn request(house: &House, email: &str) -> CreateUser {
    CreateUser {
        workspace: house.given.workspace.clone(),
        address: address(email),
        name: "Jo".to_owned(),
        role: Role::Customer,
        verified: true,
        password: Some(Password::parse(PASSWORD).unwrap()),
        with_link: false,
    }
}

#[tokio::test]
async fn a1_a_person_with_a_password_signs_in_and_the_operator_stands_in_the_audit_log() {
    let house = House::new().await;
    let made = house
        .auth
        .people()
        .create(Actor::Operator, request(&house, "jo@example.com"))
        .await
        .unwrap();
    assert_eq!(made.link, None);
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(
        (row.action, row.actor, row.subject),
        (AuditAction::UserCreated, Actor::Operator, Some(made.user.id))
    );
    let signed_in = signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    assert_eq!(signed_in.session.user, made.user.id);
}

#[tokio::test]
async fn a2_an_address_that_somebody_has_makes_nobody() {
    let house = House::new().await;
    let owner = house.given.customer("jo@example.com");
    let error = house
        .auth
        .people()
        .create(Actor::Operator, request(&house, "Jo@Example.com"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, CreateUserError::AddressTaken(id) if id == owner.id),
        "{error:?}"
    );
    assert_eq!(house.given.store.people().len(), 1);
}

#[tokio::test]
async fn r4_a_password_that_will_not_do_makes_nobody() {
    let house = House::new().await;
    let mut request = request(&house, "jo@example.com");
    request.password = Some(Password::parse("short").unwrap());
    let error = house.auth.people().create(Actor::Operator, request).await.unwrap_err();
    assert!(matches!(error, CreateUserError::Password(_)), "{error:?}");
    assert!(house.given.store.people().is_empty());
}
