//! B7: one more step, for whoever came from a provider without an email that counts.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::TripId;
use doorward_domain::mail::{Message, SecurityEvent};
use doorward_domain::method::Method;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::Role;
use doorward_domain::settings::SignUpRule;
use doorward_domain::sign_in::{FlowPurpose, Step};
use doorward_domain::testing::arrived;

use crate::house::{email_needed, other_than, refused, second_step, sent, signed_in};
use crate::with_provider::{contact_on_x, house, house_with, staff_by_google};

const EMAIL: &str = "jo@example.com";

#[tokio::test]
async fn b7_a_new_person_gets_an_account_and_an_old_one_theirs() {
    for old in [false, true] {
        let house = house().await;
        if old {
            house.given.customer(EMAIL);
            house.browser().enter(EMAIL).await;
        }
        let browser = house.browser();
        let who = arrived("twitter", "1").named("Jo Doe");
        let needed = email_needed(browser.as_arrived(&who).await);
        let entered = signed_in(browser.prove_address(needed.held, EMAIL).await);
        let person = house.person(EMAIL);
        assert_eq!(
            (entered.session.user, entered.session.method),
            (person.id, Method::Provider)
        );
        assert_eq!(entered.return_to.as_str(), "/tickets/7", "B13");
        assert_eq!((person.role, house.given.store.people().len()), (Role::Customer, 1));
        assert_eq!(person.has_password, old, "an account that was proved keeps what it has");
        assert_eq!(person.name, if old { "jo" } else { "Jo Doe" });
        let connections = browser.connections(&entered.session).await.connected;
        assert_eq!(connections.len(), 1);
        let told = house.events_to(EMAIL);
        let provider = "X".to_owned();
        let expected = [SecurityEvent::IdentityConnected { provider }];
        assert_eq!(told, if old { &expected[..] } else { &[] });
        // From now on the identity is enough.
        let again = signed_in(house.browser().as_arrived(&who).await);
        assert_eq!(again.session.user, person.id);
    }
}

#[tokio::test]
async fn b7_the_page_knows_whom_it_is_about_in_that_browser_only() {
    let house = house().await;
    let browser = house.browser();
    let who = arrived("google", "1").saying("hint@example.com");
    let needed = email_needed(browser.as_arrived(&who).await);
    let (sign_in, workspace) = (house.auth.sign_in(), &house.given.workspace);
    let view = sign_in
        .held_arrival(&browser.caller, workspace, needed.held)
        .await
        .unwrap();
    assert_eq!(view.as_ref(), Some(&needed));
    assert_eq!(needed.hint.as_deref(), Some("hint@example.com"));
    let stranger = house.browser();
    let theirs = sign_in
        .held_arrival(&stranger.caller, workspace, needed.held)
        .await
        .unwrap();
    assert_eq!(theirs, None);
    let no = refused(stranger.type_address(needed.held, EMAIL).await);
    assert_eq!(no.reason, PublicReason::SessionExpired);
    let unknown = TripId::from_uuid(uuid::Uuid::from_u128(9));
    let no = refused(browser.type_address(unknown, EMAIL).await);
    assert_eq!(no.reason, PublicReason::SessionExpired);
    house.wait(1_800);
    let late = sign_in
        .held_arrival(&browser.caller, workspace, needed.held)
        .await
        .unwrap();
    assert_eq!(late, None);
    let no = refused(browser.type_address(needed.held, EMAIL).await);
    assert_eq!(no.reason, PublicReason::SessionExpired);
    assert!(house.given.store.outbox().is_empty());
}

#[tokio::test]
async fn b16_the_answer_is_the_same_whoever_has_the_address() {
    let house = house_with(|settings| settings.sign_up = SignUpRule::Closed).await;
    house.given.customer("known@example.com");
    house.given.disabled("closed@example.com");
    let browser = house.browser();
    let needed = email_needed(browser.as_arrived(&arrived("twitter", "1")).await);
    let mut answers = Vec::new();
    for email in ["known@example.com", "closed@example.com", "nobody@example.com"] {
        let answer = sent(browser.type_address(needed.held, email).await);
        answers.push((answer.sent_at, answer.resend_at));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert_eq!(house.kinds_to("known@example.com"), ["sign-in-code"]);
    assert_eq!(house.kinds_to("closed@example.com"), ["account-disabled"]);
    assert_eq!(house.kinds_to("nobody@example.com"), ["no-account"]);
    let told = house.given.store.messages_to("nobody@example.com").pop().unwrap();
    assert!(matches!(told, Message::NoAccount { sign_up_url: None, .. }), "{told:?}");
}

#[tokio::test]
async fn r57_an_unproved_account_loses_what_its_claimant_left_before_it_is_linked() {
    let house = house().await;
    let claimant = house.given.unproved(EMAIL);
    let browser = house.browser();
    let needed = email_needed(browser.as_arrived(&arrived("twitter", "1")).await);
    let entered = signed_in(browser.prove_address(needed.held, EMAIL).await);
    assert_eq!(entered.session.user, claimant.id);
    assert_eq!(house.given.store.password_of(claimant.id), None);
    let no = refused(
        house
            .browser()
            .password(EMAIL, doorward_domain::testing::PASSWORD)
            .await,
    );
    assert_eq!(no.reason, PublicReason::InvalidCredentials);
}

#[tokio::test]
async fn b11_the_second_factor_comes_first_and_the_arrival_stays_with_the_attempt() {
    let house = house().await;
    house.given.with_two_factor(EMAIL);
    let browser = house.browser();
    let needed = email_needed(browser.as_arrived(&arrived("twitter", "1")).await);
    let step = second_step(browser.prove_address(needed.held, EMAIL).await);
    assert_eq!(step.step, Step::SecondFactor);
    assert_eq!(house.audited(AuditAction::IdentityConnected), 0);
    let entered = signed_in(browser.second(step.flow, &house.app_code(0)).await);
    assert_eq!(entered.session.method, Method::Provider);
    assert_eq!(browser.connections(&entered.session).await.connected.len(), 1);
}

#[tokio::test]
async fn a_wrong_code_opens_nothing_and_a_code_of_one_purpose_is_nothing_for_another() {
    let house = house().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let needed = email_needed(browser.as_arrived(&arrived("twitter", "1")).await);
    let flow = sent(browser.type_address(needed.held, EMAIL).await).flow;
    let code = house.given.store.last_code_to(EMAIL).unwrap();
    let wrong = refused(
        browser
            .redeem_for(flow, FlowPurpose::OneMoreStep, &other_than(&code))
            .await,
    );
    assert_eq!((wrong.reason, wrong.tries_left), (PublicReason::CodeWrong, Some(4)));
    for purpose in [FlowPurpose::SignIn, FlowPurpose::SignUp] {
        let no = refused(browser.redeem_for(flow, purpose, &code).await);
        assert_eq!(no.reason, PublicReason::SessionExpired);
    }
    let stranger = house.browser();
    let no = refused(stranger.redeem_for(flow, FlowPurpose::OneMoreStep, &code).await);
    assert_eq!(no.reason, PublicReason::SessionExpired);
    assert!(house.given.store.sessions().is_empty());
    signed_in(browser.redeem_for(flow, FlowPurpose::OneMoreStep, &code).await);
    let again = refused(browser.redeem_for(flow, FlowPurpose::OneMoreStep, &code).await);
    assert_ne!(again.reason, PublicReason::CodeWrong);
}

#[tokio::test]
async fn another_code_can_be_asked_for_and_the_attempt_is_shown() {
    let house = house().await;
    let browser = house.browser();
    let needed = email_needed(browser.as_arrived(&arrived("twitter", "1")).await);
    let flow = sent(browser.type_address(needed.held, EMAIL).await).flow;
    let (sign_in, workspace) = (house.auth.sign_in(), &house.given.workspace);
    let view = sign_in.flow(&browser.caller, workspace, flow).await.unwrap().unwrap();
    assert_eq!((view.purpose, view.live), (FlowPurpose::OneMoreStep, true));
    house.wait(60);
    let first = house.given.store.last_code_to(EMAIL).unwrap();
    let again = sign_in
        .resend_code(&browser.caller, workspace, flow)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(sent(again).flow, flow);
    let second = house.given.store.last_code_to(EMAIL).unwrap();
    assert_ne!(first, second);
    signed_in(browser.redeem_for(flow, FlowPurpose::OneMoreStep, &second).await);
}

#[tokio::test]
async fn a_contact_on_x_whose_owner_proves_somebodys_address_is_that_somebody() {
    let house = house().await;
    let contact = contact_on_x(&house, "44").await;
    let jo = house.given.customer(EMAIL);
    let browser = house.browser();
    let needed = email_needed(browser.as_arrived(&arrived("twitter", "44")).await);
    let entered = signed_in(browser.prove_address(needed.held, EMAIL).await);
    assert_eq!(entered.session.user, jo.id);
    assert_eq!(
        house.given.store.identities_of(contact.id),
        [],
        "the identity moved with its owner"
    );
    let again = signed_in(house.browser().as_arrived(&arrived("twitter", "44")).await);
    assert_eq!(again.session.user, jo.id);
}

#[tokio::test]
async fn r57_an_identity_of_somebody_else_is_never_taken_by_a_code() {
    let house = house().await;
    let (jo, eve) = (arrived("twitter", "1"), house.browser());
    house.given.customer("eve@example.com");
    let needed = email_needed(eve.as_arrived(&jo).await);
    // Meanwhile its owner connects it.
    let owner = house.browser();
    house.given.customer(EMAIL);
    let held = email_needed(owner.as_arrived(&jo).await).held;
    let theirs = signed_in(owner.prove_address(held, EMAIL).await);
    let no = refused(eve.prove_address(needed.held, "eve@example.com").await);
    assert_eq!(no.reason, PublicReason::IdentityTaken);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::IdentityTaken);
    assert_eq!(owner.connections(&theirs.session).await.connected.len(), 1);
}

#[tokio::test]
async fn strangers_are_kept_out_where_sign_up_closed_meanwhile() {
    let mut house = house().await;
    let browser_token = {
        let browser = house.browser();
        let needed = email_needed(browser.as_arrived(&arrived("twitter", "1")).await);
        let flow = sent(browser.type_address(needed.held, EMAIL).await).flow;
        (browser.caller, flow)
    };
    let code = house.given.store.last_code_to(EMAIL).unwrap();
    house.given.workspace.security.sign_up = SignUpRule::Closed;
    let (caller, flow) = browser_token;
    let browser = crate::house::Browser { house: &house, caller };
    let no = refused(browser.redeem_for(flow, FlowPurpose::OneMoreStep, &code).await);
    assert_eq!(no.reason, PublicReason::SignUpClosed);
    assert_eq!(house.given.store.people(), []);
}

#[tokio::test]
async fn c3_a_code_does_not_open_a_provider_that_is_off_for_staff() {
    for open in [false, true] {
        let house = house_with(|settings| {
            if open {
                staff_by_google(settings);
            }
        })
        .await;
        house.given.agent(EMAIL);
        let browser = house.browser();
        let needed = email_needed(browser.as_arrived(&arrived("google", "1")).await);
        let outcome = browser.prove_address(needed.held, EMAIL).await;
        if open {
            signed_in(outcome);
        } else {
            assert_eq!(refused(outcome).reason, PublicReason::MethodOff);
        }
    }
}
