//! A1: a contact that the portal knows before its owner ever signs in.

use doorward_auth::people::upsert_contact::Contact;
use doorward_domain::audit::Actor;
use doorward_domain::testing::address;
use doorward_domain::user::ContactIdentity;

use crate::house::{House, sent, signed_in};

fn contact(house: &House, name: &str) -> Contact {
    Contact {
        workspace: house.given.workspace.clone(),
        identity: ContactIdentity::Email {
            address: address("noah@example.com"),
        },
        name: Some(name.to_owned()),
        organisations: vec!["Acme".to_owned()],
    }
}

#[tokio::test]
async fn a1_a2_a_contact_is_made_once_proves_nothing_and_is_claimed_by_its_owner() {
    let house = House::new().await;
    let people = house.auth.people();
    let (first, made) = people
        .upsert_contact(Actor::Operator, contact(&house, "Noah"))
        .await
        .unwrap();
    assert!(made && !first.has_password);
    assert!(first.emails.iter().all(|email| email.verified_at.is_none()));
    let (again, made) = people
        .upsert_contact(Actor::Operator, contact(&house, "Somebody Else"))
        .await
        .unwrap();
    assert!(!made);
    assert_eq!((again.id, again.name.as_str()), (first.id, "Noah"));

    let browser = house.browser();
    let flow = sent(browser.ask_code("noah@example.com").await).flow;
    let code = house.given.store.last_code_to("noah@example.com").unwrap();
    let signed_in = signed_in(browser.redeem(flow, &code).await);
    assert_eq!(signed_in.session.user, first.id);
}
