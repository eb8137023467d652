//! R11: changing one's password, or setting a first one.

use doorward_auth::SignInError;
use doorward_auth::account::change_password::ChangedPassword;
use doorward_domain::mail::Message;
use doorward_domain::reason::PublicReason;
use doorward_domain::secret::Password;
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::FlowPurpose;
use doorward_domain::testing::{PASSWORD, Person};

use crate::house::{Browser, House, refused, sent, signed_in};

const EMAIL: &str = "jo@example.com";
const NEW: &str = "seven quiet lanterns";

async fn change(browser: &Browser<'_>, session: &SessionView, password: &str) -> ChangedPassword {
    let (account, workspace) = (browser.house.auth.account(), &browser.house.given.workspace);
    let (proof, password) = (browser.fresh(session), Password::parse(password).unwrap());
    account
        .change_password(&browser.caller, workspace, proof, password)
        .await
        .unwrap()
}

#[tokio::test]
async fn r89_passwords_without_end_are_refused_before_anything_is_hashed() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    house.wait(60);
    for _ in 0..30 {
        assert_eq!(change(&browser, &session, NEW).await, ChangedPassword::Changed);
    }
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let (proof, password) = (browser.fresh(&session), Password::parse(NEW).unwrap());
    let refused = account
        .change_password(&browser.caller, workspace, proof, password)
        .await;
    let Err(SignInError::TooManyTries { wait: Some(wait) }) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        wait > std::time::Duration::ZERO && wait <= std::time::Duration::from_mins(1),
        "{wait:?}"
    );
}

#[tokio::test]
async fn r38_the_old_one_other_sessions_links_and_codes_are_void_and_proved_mailboxes_are_told() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, EMAIL)
        .also("second@example.com", true)
        .also("claimed@example.com", false);
    house.given.person(person);
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    let other = house.browser().enter(EMAIL).await;
    browser.forgot(EMAIL).await;
    let reset = browser.last_token_to(EMAIL);
    let flow = sent(browser.ask_code(EMAIL).await).flow;
    let code = house.given.store.last_code_to(EMAIL).unwrap();

    assert_eq!(change(&browser, &entered.session, NEW).await, ChangedPassword::Changed);
    assert!(house.is_live(&entered).await, "this session stays");
    assert!(!house.is_live(&other).await);
    refused(browser.redeem_for(flow, FlowPurpose::SignIn, &code).await);
    let page = house
        .auth
        .recovery()
        .look(&house.given.workspace, &reset)
        .await
        .unwrap();
    assert_eq!(page, doorward_auth::recovery::reset_password::ResetPage::Gone);
    assert_eq!(
        refused(browser.password(EMAIL, PASSWORD).await).reason,
        PublicReason::InvalidCredentials
    );
    for (email, told) in [(EMAIL, 1), ("second@example.com", 1), ("claimed@example.com", 0)] {
        let messages = house.given.store.messages_to(email);
        let changed = messages
            .iter()
            .filter(|message| matches!(message, Message::PasswordChanged { by: Some(_), .. }));
        assert_eq!(changed.count(), told, "{email}");
    }
    signed_in(browser.password(EMAIL, NEW).await);
}

#[tokio::test]
async fn r11_somebody_without_a_password_sets_a_first_one() {
    let house = House::new().await;
    house.given.without_password(EMAIL);
    let browser = house.browser();
    let flow = sent(browser.ask_code(EMAIL).await).flow;
    let code = house.given.store.last_code_to(EMAIL).unwrap();
    let session = signed_in(browser.redeem(flow, &code).await).session;
    assert_eq!(change(&browser, &session, NEW).await, ChangedPassword::Changed);
    signed_in(browser.password(EMAIL, NEW).await);
}

#[tokio::test]
async fn r4_what_will_not_do_changes_nothing() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    for bad in ["short", "jo@example.com", "passwordpassword"] {
        let changed = change(&browser, &session, bad).await;
        assert!(matches!(changed, ChangedPassword::Problems(_)), "{bad}: {changed:?}");
    }
    signed_in(browser.password(EMAIL, PASSWORD).await);
    assert!(!house.kinds_to(EMAIL).contains(&"password-changed"));
}
