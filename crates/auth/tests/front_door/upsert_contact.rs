//! A1: a contact that the portal knows before its owner ever signs in.

use doorward_auth::Acting;
use doorward_auth::people::upsert_contact::Contact;
use doorward_domain::role::{Rights, Role};
use doorward_domain::testing::{Person, address};
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
        .upsert_contact(&Acting::operator(), contact(&house, "Noah"))
        .await
        .unwrap();
    assert!(made && !first.has_password);
    assert!(first.emails.iter().all(|email| email.verified_at.is_none()));
    let (again, made) = people
        .upsert_contact(&Acting::operator(), contact(&house, "Somebody Else"))
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

/// The attack: the portal application, or somebody who looks after contacts, writes into the record of an admin by way of
/// their address.
#[tokio::test]
async fn r97_whoever_may_do_more_is_found_and_left_as_they_are() {
    let house = House::new().await;
    let people = house.auth.people();
    let mut person = Person::customer(house.given.workspace.id, "noah@example.com").role(Role::Admin);
    person.user.name = String::new();
    let admin = house.given.person(person);
    for rights in [Rights::API_KEY, Rights::of(Role::Agent)] {
        let acting = Acting {
            rights,
            ..Acting::operator()
        };
        let (found, made) = people
            .upsert_contact(&acting, contact(&house, "Not Noah"))
            .await
            .unwrap();
        assert!(!made);
        assert_eq!(found, admin);
        assert_eq!(house.person("noah@example.com"), admin);
    }
    let (named, _) = people
        .upsert_contact(&Acting::operator(), contact(&house, "Noah"))
        .await
        .unwrap();
    assert_eq!((named.name.as_str(), named.organisations.len()), ("Noah", 1));
}
