//! A2, A3: signing up.

use doorward_auth::account::sign_up::SignUpOutcome;
use doorward_domain::policy::PolicySet;
use doorward_domain::reason::PublicReason;
use doorward_domain::settings::SignUpRule;
use doorward_domain::sign_in::FlowPurpose;
use doorward_domain::testing::PlainHasher;

use crate::house::{House, refused, sent, signed_in};

const NEW: &str = "seven quiet lanterns";

fn attempt(outcome: SignUpOutcome) -> doorward_auth::SignInOutcome {
    match outcome {
        SignUpOutcome::Attempt(attempt) => attempt,
        SignUpOutcome::PasswordProblems(problems) => panic!("{problems:?}"),
    }
}

#[tokio::test]
async fn a3_nothing_exists_before_the_mailbox_is_proved_and_then_one_is_signed_in() {
    let house = House::new().await;
    let browser = house.browser();
    let flow = sent(attempt(browser.sign_up("Ann New", "ann@example.com", NEW).await)).flow;
    assert!(house.given.store.people().is_empty(), "an unproved claim owns nothing");
    let code = house.given.store.last_code_to("ann@example.com").unwrap();
    let signed_in = signed_in(browser.redeem_for(flow, FlowPurpose::SignUp, &code).await);
    assert_eq!(
        (signed_in.session.name.as_str(), signed_in.return_to.as_str()),
        ("Ann New", "/tickets/7")
    );
    crate::house::signed_in(house.browser().password("ann@example.com", NEW).await);
}

#[tokio::test]
async fn a2_there_is_never_a_second_account_and_a_contact_gets_the_password_typed() {
    let house = House::new().await;
    let noah = house.given.known_contact("noah@example.com");
    let browser = house.browser();
    let flow = sent(attempt(browser.sign_up("Noah", "noah@example.com", NEW).await)).flow;
    let code = house.given.store.last_code_to("noah@example.com").unwrap();
    let signed_in = signed_in(browser.redeem_for(flow, FlowPurpose::SignUp, &code).await);
    assert_eq!(signed_in.session.user, noah.id);
    assert_eq!(house.given.store.people().len(), 1);
    assert_eq!(
        house.given.store.password_of(noah.id),
        Some(PlainHasher::digest_of(NEW))
    );
}

#[tokio::test]
async fn a2_signing_up_with_the_address_of_an_account_signs_in_and_leaves_its_password() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let before = house.given.store.password_of(jo.id);
    let browser = house.browser();
    let flow = sent(attempt(browser.sign_up("Somebody", "jo@example.com", NEW).await)).flow;
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    assert_eq!(
        house.given.store.messages_to("jo@example.com")[0].kind(),
        "already-registered"
    );
    assert_eq!(
        signed_in(browser.redeem_for(flow, FlowPurpose::SignUp, &code).await)
            .session
            .user,
        jo.id
    );
    assert_eq!(house.given.store.password_of(jo.id), before);
}

#[tokio::test]
async fn pre_hijacking_a_claim_that_somebody_else_began_gains_nothing_when_the_owner_arrives() {
    let house = House::new().await;
    let attacker = house.browser();
    let claim = sent(attempt(
        attacker.sign_up("Eve", "ann@example.com", "attackers own secret").await,
    ))
    .flow;
    house.wait(31);
    let owner = house.browser();
    let flow = sent(attempt(owner.sign_up("Ann", "ann@example.com", NEW).await)).flow;
    let code = house.given.store.last_code_to("ann@example.com").unwrap();
    let stolen = attacker.redeem_for(claim, FlowPurpose::SignUp, &code).await;
    assert_eq!(refused(stolen).reason, PublicReason::CodeWrong);
    signed_in(owner.redeem_for(flow, FlowPurpose::SignUp, &code).await);
    let outcome = house
        .browser()
        .password("ann@example.com", "attackers own secret")
        .await;
    assert_eq!(refused(outcome).reason, PublicReason::InvalidCredentials);
}

#[tokio::test]
async fn a3_closed_means_closed_and_domains_admit_their_own() {
    let closed = House::with(|settings| settings.sign_up = SignUpRule::Closed, PolicySet::default()).await;
    let outcome = attempt(closed.browser().sign_up("Ann", "ann@example.com", NEW).await);
    assert_eq!(refused(outcome).reason, PublicReason::SignUpClosed);
    assert!(closed.given.store.outbox().is_empty());
    let rule = SignUpRule::Domains {
        domains: vec!["example.com".to_owned()],
    };
    let domains = House::with(|settings| settings.sign_up = rule, PolicySet::default()).await;
    sent(attempt(domains.browser().sign_up("Ann", "ann@example.com", NEW).await));
    let outcome = attempt(domains.browser().sign_up("Bob", "bob@sub.example.com", NEW).await);
    assert_eq!(refused(outcome).reason, PublicReason::SignUpClosed);
}

#[tokio::test]
async fn r4_a_password_that_will_not_do_sends_nothing_and_loses_nothing() {
    let house = House::new().await;
    let outcome = house.browser().sign_up("Ann", "ann@example.com", "short").await;
    assert!(matches!(outcome, SignUpOutcome::PasswordProblems(_)), "{outcome:?}");
    assert!(house.given.store.outbox().is_empty());
}
