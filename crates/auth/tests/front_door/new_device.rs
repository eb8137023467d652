//! The mail about a browser that was not seen before.

use doorward_domain::mail::Message;
use doorward_domain::method::Method;
use doorward_domain::testing::{PASSWORD, Person};

use crate::authenticator::Authenticator;
use crate::house::{House, second_step, sent, signed_in};

const EMAIL: &str = "jo@example.com";

fn told(house: &House, email: &str) -> usize {
    let kinds = house.kinds_to(email);
    kinds.iter().filter(|kind| **kind == "new-device").count()
}

#[tokio::test]
async fn the_very_first_sign_in_is_not_told_and_every_further_browser_is_once() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let mut home = house.browser();
    home.caller.device = Some(home.enter(EMAIL).await.device_cookie);
    assert_eq!(told(&house, EMAIL), 0);
    home.enter(EMAIL).await;
    assert_eq!(told(&house, EMAIL), 0, "a known browser");
    let mut office = house.browser();
    office.caller.device = Some(office.enter(EMAIL).await.device_cookie);
    assert_eq!(told(&house, EMAIL), 1);
    office.enter(EMAIL).await;
    home.enter(EMAIL).await;
    assert_eq!(told(&house, EMAIL), 1);
}

#[tokio::test]
async fn it_goes_to_the_primary_address_and_says_by_which_way_in() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, EMAIL).also("second@example.com", true);
    house.given.person(person);
    house.browser().enter(EMAIL).await;
    let browser = house.browser();
    let flow = sent(browser.ask_code("second@example.com").await).flow;
    let code = house.given.store.last_code_to("second@example.com").unwrap();
    signed_in(browser.redeem(flow, &code).await);
    assert_eq!((told(&house, EMAIL), told(&house, "second@example.com")), (1, 0));
    let mail = house.given.store.messages_to(EMAIL).pop();
    assert!(
        matches!(
            &mail,
            Some(Message::NewDevice {
                method: Method::EmailCode,
                ..
            })
        ),
        "{mail:?}"
    );
}

#[tokio::test]
async fn with_a_second_factor_it_is_told_once_the_session_opens_and_not_before() {
    let house = House::new().await;
    house.given.with_two_factor(EMAIL);
    let first = house.browser();
    let flow = second_step(first.password(EMAIL, PASSWORD).await).flow;
    signed_in(first.second(flow, &house.app_code(0)).await);
    house.wait(60);
    let other = house.browser();
    let flow = second_step(other.password(EMAIL, PASSWORD).await).flow;
    assert_eq!(told(&house, EMAIL), 0);
    signed_in(other.second(flow, &house.app_code(0)).await);
    assert_eq!(told(&house, EMAIL), 1);
}

#[tokio::test]
async fn a_passkey_from_a_new_browser_is_told_and_makes_it_known() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let home = house.browser();
    let mut key = Authenticator::new(1);
    home.give_passkey(&home.enter(EMAIL).await.session, &mut key, "Key")
        .await;
    let mut other = house.browser();
    for expected in [1, 1] {
        let round = other.passkey_challenge().await;
        let entered = signed_in(other.answer(round.ceremony, key.answer(&round.options)).await);
        other.caller.device = Some(entered.device_cookie);
        assert_eq!(told(&house, EMAIL), expected);
    }
}
