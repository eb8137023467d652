//! A password by the operator's hand.

use doorward_auth::people::set_password::SetPasswordError;
use doorward_domain::audit::Actor;
use doorward_domain::mail::Message;
use doorward_domain::secret::Password;
use doorward_domain::testing::{PASSWORD, Person, address};

use crate::house::{House, refused, signed_in};

const NEW: &str = "seven quiet lanterns";

#[tokio::test]
async fn every_proved_address_is_told_and_a_merely_claimed_one_is_not() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, "jo@example.com")
        .also("second@example.com", true)
        .also("claimed@example.com", false);
    house.given.person(person);
    let (workspace, jo) = (&house.given.workspace, address("jo@example.com"));
    let password = Password::parse(NEW).unwrap();
    let set = house
        .auth
        .people()
        .set_password(Actor::Operator, workspace, &jo, password);
    set.await.unwrap();
    let told = ["jo@example.com", "second@example.com", "claimed@example.com"]
        .map(|address| house.given.store.messages_to(address).len());
    assert_eq!(told, [1, 1, 0]);
}

#[tokio::test]
async fn g3_the_old_password_and_all_sessions_end_and_the_mailbox_is_told() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let before = signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    let password = Password::parse(NEW).unwrap();
    let people = house.auth.people();
    let (workspace, jo) = (&house.given.workspace, address("jo@example.com"));
    people
        .set_password(Actor::Operator, workspace, &jo, password)
        .await
        .unwrap();
    assert!(
        house
            .auth
            .sessions()
            .check(&before.token.digest())
            .await
            .unwrap()
            .is_none()
    );
    refused(house.browser().password("jo@example.com", PASSWORD).await);
    signed_in(house.browser().password("jo@example.com", NEW).await);
    let told = house.given.store.messages_to("jo@example.com");
    assert!(
        told.iter()
            .any(|message| matches!(message, Message::PasswordChanged { by: None, .. })),
        "{told:?}"
    );
}

#[tokio::test]
async fn nobody_and_a_bad_password_change_nothing() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let people = house.auth.people();
    let workspace = &house.given.workspace;
    let password = Password::parse(NEW).unwrap();
    let nobody = people
        .set_password(Actor::Operator, workspace, &address("no@example.com"), password)
        .await;
    assert!(matches!(nobody, Err(SetPasswordError::NoSuchPerson)));
    let short = Password::parse("short").unwrap();
    let bad = people
        .set_password(Actor::Operator, workspace, &address("jo@example.com"), short)
        .await;
    assert!(matches!(bad, Err(SetPasswordError::Password(_))));
    signed_in(house.browser().password("jo@example.com", PASSWORD).await);
}
