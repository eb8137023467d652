//! B1: email and password.

use std::sync::Arc;

use doorward_auth::SignInError;
use doorward_domain::limits::Limits;
use doorward_domain::policy::{MockSignInPolicy, PolicyName, PolicySet, Verdict};
use doorward_domain::ports::HasherError;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::sign_in::ReceiptOutcome;
use doorward_domain::testing::{PASSWORD, Person, PlainHasher, address};
use doorward_domain::throttle::{Admission, Budgets, Standing};

use crate::house::{House, other_than, refused, sent, signed_in};

fn private_of_last_receipt(house: &House) -> PrivateReason {
    match house.given.store.receipts().last().unwrap().outcome {
        ReceiptOutcome::Refused { private, .. } => private,
        ref other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn b1_the_right_password_opens_a_session_and_b13_keeps_the_destination() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let signed_in = signed_in(house.browser().password("JO@example.com", PASSWORD).await);
    assert_eq!(signed_in.session.user, jo.id);
    assert_eq!(signed_in.return_to.as_str(), "/tickets/7");
    let seen = house
        .auth
        .sessions()
        .check(&signed_in.token.digest())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen.id, signed_in.session.id);
    let receipts = house.given.store.receipts();
    assert!(matches!(receipts.last().unwrap().outcome, ReceiptOutcome::Granted));
}

#[tokio::test]
async fn r9_wrong_unknown_without_password_and_disabled_are_told_alike_after_one_hash_each() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    house.given.without_password("code@example.com");
    house.given.disabled("gone@example.com");
    let mut answers = Vec::new();
    for (email, password, private) in [
        ("jo@example.com", "wrong password here", PrivateReason::WrongPassword),
        ("nobody@example.com", PASSWORD, PrivateReason::UnknownAddress),
        ("code@example.com", PASSWORD, PrivateReason::NoPassword),
        ("gone@example.com", PASSWORD, PrivateReason::UserDisabled),
    ] {
        let before = house.hasher.checks();
        let refused = refused(house.browser().password(email, password).await);
        assert_eq!(house.hasher.checks() - before, 1, "{email}");
        assert_eq!(private_of_last_receipt(&house), private, "{email}");
        answers.push((refused.reason, refused.retry_at, refused.flow, refused.tries_left));
    }
    assert!(
        answers
            .iter()
            .all(|answer| *answer == (PublicReason::InvalidCredentials, None, None, None))
    );
    assert!(house.given.store.sessions().is_empty());
}

#[tokio::test]
async fn r8_a_server_that_cannot_keep_up_counts_nothing_and_stores_nothing() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    for set in [PlainHasher::set_busy, PlainHasher::set_full_in_the_end] {
        set(&house.hasher, true);
        let receipts = house.given.store.receipts().len();
        for _ in 0..40 {
            let error = house
                .browser()
                .try_password("jo@example.com", PASSWORD)
                .await
                .unwrap_err();
            assert!(matches!(error, SignInError::Hasher(HasherError::Busy)));
        }
        assert_eq!(house.given.store.receipts().len(), receipts);
        set(&house.hasher, false);
        signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    }
}

#[tokio::test]
async fn r89_the_sixth_wrong_password_waits_and_says_the_same_for_nobody() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    for email in ["jo@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            let network = "198.51.100.1";
            let refused = refused(
                house
                    .browser()
                    .on_network(network)
                    .password(email, "wrong password here")
                    .await,
            );
            assert_eq!(refused.reason, PublicReason::InvalidCredentials);
        }
        let before = house.hasher.checks();
        let refused = refused(
            house
                .browser()
                .on_network("198.51.100.2")
                .password(email, PASSWORD)
                .await,
        );
        assert_eq!(refused.reason, PublicReason::TryLater);
        assert!(refused.retry_at.is_some());
        assert_eq!(house.hasher.checks(), before, "a refusal by budget costs no hash");
        house.wait(60);
    }
}

#[tokio::test]
async fn r26_a_stranger_who_burns_the_budget_does_not_lock_the_owner_out() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut home = house.browser();
    home.caller.device = Some(signed_in(home.password("jo@example.com", PASSWORD).await).device_cookie);
    for _ in 0..5 {
        house
            .browser()
            .on_network("203.0.113.9")
            .password("jo@example.com", "wrong password here")
            .await;
    }
    let stranger = house
        .browser()
        .on_network("203.0.113.10")
        .password("jo@example.com", PASSWORD)
        .await;
    assert_eq!(refused(stranger).reason, PublicReason::TryLater);
    signed_in(home.password("jo@example.com", PASSWORD).await);
}

#[tokio::test]
async fn r93_a_success_clears_the_counter_of_the_address_and_not_that_of_the_network() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    for _ in 0..4 {
        browser.password("jo@example.com", "wrong password here").await;
    }
    signed_in(browser.password("jo@example.com", PASSWORD).await);
    for n in 0..6 {
        let outcome = browser
            .password(&format!("someone{n}@example.com"), "wrong password here")
            .await;
        assert_eq!(
            refused(outcome).reason,
            PublicReason::InvalidCredentials,
            "failure {}",
            n + 5
        );
    }
    let outcome = browser.password("someone9@example.com", "wrong password here").await;
    assert_eq!(
        refused(outcome).reason,
        PublicReason::TryLater,
        "the eleventh failure of the network in a minute"
    );
}

#[tokio::test]
async fn a3_a_right_password_with_an_unproved_mailbox_leads_to_its_proof_and_keeps_the_password() {
    let house = House::new().await;
    let jo = house.given.unproved("jo@example.com");
    let browser = house.browser();
    let sent = sent(browser.password("jo@example.com", PASSWORD).await);
    assert!(house.given.store.sessions().is_empty());
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    let signed_in = signed_in(browser.redeem(sent.flow, &code).await);
    assert_eq!(signed_in.return_to.as_str(), "/tickets/7");
    let people = house.given.store.people();
    assert!(people[0].emails[0].verified_at.is_some());
    assert!(
        house.given.store.password_of(jo.id).is_some(),
        "it was verified in the same attempt"
    );
}

#[tokio::test]
async fn r57_a_code_by_itself_proves_the_mailbox_and_drops_what_a_claimant_left() {
    let house = House::new().await;
    let jo = house.given.unproved("jo@example.com");
    let attacker = house.browser();
    let attackers = sent(attacker.password("jo@example.com", PASSWORD).await);
    let owner = house.browser();
    house.wait(40);
    let owners = sent(owner.ask_code("jo@example.com").await);
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    assert_eq!(
        refused(attacker.redeem(attackers.flow, &code).await).reason,
        PublicReason::CodeWrong
    );
    signed_in(owner.redeem(owners.flow, &code).await);
    assert_eq!(house.given.store.password_of(jo.id), None);
    let outcome = attacker.password("jo@example.com", PASSWORD).await;
    assert_eq!(refused(outcome).reason, PublicReason::InvalidCredentials);
}

#[tokio::test]
async fn r7_an_old_digest_is_renewed_at_the_next_good_sign_in() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, "jo@example.com")
        .with_password(PlainHasher::old_digest_of(PASSWORD));
    let jo = house.given.person(person);
    signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    assert_eq!(
        house.given.store.password_of(jo.id),
        Some(PlainHasher::digest_of(PASSWORD))
    );
}

#[tokio::test]
async fn a_method_that_is_off_is_told_only_to_whom_the_password_belongs() {
    let house = House::with(|settings| settings.customers.password = false, PolicySet::default()).await;
    house.given.customer("jo@example.com");
    let right = refused(house.browser().password("jo@example.com", PASSWORD).await);
    assert_eq!(right.reason, PublicReason::MethodOff);
    let wrong = refused(house.browser().password("jo@example.com", "wrong password here").await);
    assert_eq!(wrong.reason, PublicReason::InvalidCredentials);
}

#[tokio::test]
async fn f2_a_policy_of_ones_own_is_asked_once_the_password_is_right_and_stands_in_the_receipt() {
    let mut policy = MockSignInPolicy::new();
    policy.expect_name().return_const(PolicyName::new("office-hours"));
    policy
        .expect_evaluate()
        .times(1)
        .return_const(Verdict::Deny(PublicReason::MethodOff));
    let house = House::with(|_| {}, PolicySet::new(vec![Arc::new(policy)])).await;
    house.given.customer("jo@example.com");
    refused(house.browser().password("jo@example.com", &other_than(PASSWORD)).await);
    let refused = refused(house.browser().password("jo@example.com", PASSWORD).await);
    assert_eq!(refused.reason, PublicReason::MethodOff);
    let receipts = serde_json::to_string(house.given.store.receipts().last().unwrap()).unwrap();
    assert!(receipts.contains("office-hours"), "{receipts}");
}

#[tokio::test]
async fn r79_the_session_the_browser_held_before_is_dead_once_a_new_one_opens() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let first = signed_in(browser.password("jo@example.com", PASSWORD).await);
    browser.caller.previous_session = Some(first.token.digest());
    let second = signed_in(browser.password("jo@example.com", PASSWORD).await);
    assert!(
        house
            .auth
            .sessions()
            .check(&first.token.digest())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        house
            .auth
            .sessions()
            .check(&second.token.digest())
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn r23_a_password_opens_the_way_that_wrong_codes_had_closed() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let (limits, key) = (Limits::default(), address("jo@example.com").key());
    let charges = Budgets(&limits).code_failures(&key, &Standing::Stranger);
    let workspace = house.given.workspace.id;
    let throttle = &house.auth.ports().throttle;
    let now = house.auth.now();
    for _ in 0..limits.code_failures_per_account_per_hour {
        let admitted = throttle.consume(workspace, charges.clone(), now).await.unwrap();
        assert_eq!(admitted, Admission::Admitted);
    }
    let closed = throttle.peek(workspace, charges.clone(), now).await.unwrap();
    assert_ne!(closed, Admission::Admitted);
    signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    let open = throttle.peek(workspace, charges, now).await.unwrap();
    assert_eq!(open, Admission::Admitted);
}

#[tokio::test]
async fn r23_a_hundred_wrong_codes_of_strangers_close_codes_only_until_the_owner_signs_in_on_a_known_device() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut home = house.browser();
    home.caller.device = Some(signed_in(home.password("jo@example.com", PASSWORD).await).device_cookie);
    let (limits, key) = (Limits::default(), address("jo@example.com").key());
    let row = vec![Budgets(&limits).code_failures_in_a_row(&key, &Standing::Stranger)];
    let workspace = house.given.workspace.id;
    let throttle = &house.auth.ports().throttle;
    let now = house.auth.now();
    for _ in 0..limits.failures_in_a_row {
        throttle.consume(workspace, row.clone(), now).await.unwrap();
    }
    let closed = throttle.peek(workspace, row.clone(), now).await.unwrap();
    assert_ne!(closed, Admission::Admitted);
    signed_in(home.password("jo@example.com", PASSWORD).await);
    let open = throttle.peek(workspace, row, now).await.unwrap();
    assert_eq!(open, Admission::Admitted);
}
