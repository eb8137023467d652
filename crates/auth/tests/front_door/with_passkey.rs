//! B10, R76: signing in with a passkey, and every forged answer.

use doorward_auth::SignInOutcome;
use doorward_domain::audit::AuditAction;
use doorward_domain::ids::{CeremonyId, PasskeyId};
use doorward_domain::mail::SecurityEvent;
use doorward_domain::method::Method;
use doorward_domain::passkey::CeremonyPurpose;
use doorward_domain::policy::PolicySet;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::sign_in::Binding;
use doorward_domain::testing::address;
use serde_json::{Value, json};

use crate::authenticator::{Authenticator, Draft};
use crate::complete_second_factor::winners;
use crate::house::{House, refused, signed_in};

const EMAIL: &str = "jo@example.com";

/// Jo, with one passkey, signed out.
async fn house_with_passkey() -> (House, Authenticator) {
    house_with(House::new().await).await
}

async fn house_with(house: House) -> (House, Authenticator) {
    house.given.customer(EMAIL);
    let mut key = Authenticator::new(1);
    {
        let browser = house.browser();
        let entered = browser.enter(EMAIL).await;
        browser.give_passkey(&entered.session, &mut key, "Key").await;
        let sign_in = house.auth.sign_in();
        let (client, workspace) = (&browser.caller.client, &house.given.workspace);
        sign_in
            .sign_out(client, workspace, &entered.token.digest(), entered.session.user)
            .await
            .unwrap();
    }
    (house, key)
}

#[tokio::test]
async fn b10_a_passkey_signs_in_without_an_address_and_b13_keeps_the_destination() {
    let (house, mut key) = house_with_passkey().await;
    let browser = house.browser();
    let round = browser.passkey_challenge().await;
    let entered = signed_in(browser.answer(round.ceremony, key.answer(&round.options)).await);
    assert_eq!(entered.session.user, house.person(EMAIL).id);
    assert_eq!(entered.session.method, Method::Passkey);
    assert_eq!(entered.return_to.as_str(), "/tickets/7");
    assert!(house.is_live(&entered).await);
    assert_eq!(house.given.store.passkeys()[0].last_used_at, Some(house.auth.now()));
}

#[tokio::test]
async fn r76_the_challenge_is_long_asks_for_verification_names_the_host_and_nobody() {
    let (house, _) = house_with_passkey().await;
    let browser = house.browser();
    let first = browser.passkey_challenge().await;
    let second = browser.passkey_challenge().await;
    let text = |round: &Value, at: &str| round.pointer(at).and_then(Value::as_str).map(str::to_owned);
    let challenge = text(&first.options, "/publicKey/challenge").unwrap();
    assert!(challenge.len() * 6 >= 128, "{challenge}");
    assert_ne!(Some(&challenge), text(&second.options, "/publicKey/challenge").as_ref());
    assert_eq!(
        text(&first.options, "/publicKey/rpId").as_deref(),
        Some("acme.help.example")
    );
    assert_eq!(
        text(&first.options, "/publicKey/userVerification").as_deref(),
        Some("required")
    );
    let allowed = first.options.pointer("/publicKey/allowCredentials");
    assert!(
        allowed.and_then(Value::as_array).is_none_or(Vec::is_empty),
        "{allowed:?}"
    );
}

type Lie = fn(&mut Draft);

/// Each line of R76 that an answer can break, and what the receipt says of it.
const LIES: [(&str, Lie, PrivateReason); 11] = [
    (
        "another challenge",
        |draft| "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s".clone_into(&mut draft.challenge),
        PrivateReason::PasskeyWrong,
    ),
    (
        "another origin",
        |draft| "https://acme.help.example.evil.example".clone_into(&mut draft.origin),
        PrivateReason::PasskeyWrong,
    ),
    (
        "a sub-domain",
        |draft| "https://x.acme.help.example".clone_into(&mut draft.origin),
        PrivateReason::PasskeyWrong,
    ),
    (
        "another scheme",
        |draft| "http://acme.help.example".clone_into(&mut draft.origin),
        PrivateReason::PasskeyWrong,
    ),
    (
        "another port",
        |draft| "https://acme.help.example:8443".clone_into(&mut draft.origin),
        PrivateReason::PasskeyWrong,
    ),
    (
        "another relying party",
        |draft| "help.example".clone_into(&mut draft.rp_id),
        PrivateReason::PasskeyWrong,
    ),
    (
        "no user verification",
        |draft| draft.verified = false,
        PrivateReason::PasskeyWrong,
    ),
    (
        "an answer for registration",
        |draft| "webauthn.create".clone_into(&mut draft.kind),
        PrivateReason::PasskeyWrong,
    ),
    (
        "another account's handle",
        |draft| draft.handle = Some(vec![7; 16]),
        PrivateReason::PasskeyWrong,
    ),
    ("no handle", |draft| draft.handle = None, PrivateReason::PasskeyWrong),
    (
        "a signature over other data",
        |draft| draft.tampered = true,
        PrivateReason::PasskeyWrong,
    ),
];

#[tokio::test]
async fn r76_forged_answers_open_nothing_and_end_the_round() {
    let (house, mut key) = house_with_passkey().await;
    for (name, lie, private) in LIES {
        house.wait(60);
        let browser = house.browser();
        let round = browser.passkey_challenge().await;
        let forged = key.answer_with(&round.options, lie);
        let refusal = refused(browser.answer(round.ceremony, forged).await);
        assert_eq!(refusal.reason, PublicReason::PasskeyWrong, "{name}");
        assert_eq!(house.private_of_last_receipt(), private, "{name}");
        let honest = key.answer(&round.options);
        let refusal = refused(browser.answer(round.ceremony, honest).await);
        assert_eq!(refusal.reason, PublicReason::PasskeyWrong, "{name}");
        assert_eq!(
            house.private_of_last_receipt(),
            PrivateReason::PasskeyChallengeOver,
            "{name}: one answer a round"
        );
    }
    assert!(house.given.store.sessions().is_empty());
    let browser = house.browser();
    let round = browser.passkey_challenge().await;
    signed_in(browser.answer(round.ceremony, key.answer(&round.options)).await);
}

#[tokio::test]
async fn r76_an_unknown_credential_and_another_key_are_refused_alike() {
    let (house, key) = house_with_passkey().await;
    let mut unknown = Authenticator::new(9);
    let browser = house.browser();
    let round = browser.passkey_challenge().await;
    let refusal = refused(browser.answer(round.ceremony, unknown.answer(&round.options)).await);
    assert_eq!(refusal.reason, PublicReason::PasskeyWrong);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyUnknown);

    let round = browser.passkey_challenge().await;
    let owner = house.person(EMAIL).id;
    let forged = unknown.answer_with(&round.options, |draft| {
        draft.credential = key.credential();
        draft.handle = Some(owner.as_uuid().as_bytes().to_vec());
        draft.counter = 50;
    });
    let refusal = refused(browser.answer(round.ceremony, forged).await);
    assert_eq!(refusal.reason, PublicReason::PasskeyWrong);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyWrong);
}

#[tokio::test]
async fn r76_what_is_no_answer_at_all_is_refused() {
    let (house, mut key) = house_with_passkey().await;
    let browser = house.browser();
    for rubbish in [
        json!(null),
        json!({}),
        json!("text"),
        json!({"id": "AA", "rawId": "AA"}),
    ] {
        let round = browser.passkey_challenge().await;
        refused(browser.answer(round.ceremony, rubbish).await);
    }
    let round = browser.passkey_challenge().await;
    let mut answer = key.answer(&round.options);
    answer["response"]["signature"] = json!("AAAA");
    refused(browser.answer(round.ceremony, answer).await);
    assert!(house.given.store.sessions().is_empty());
}

#[tokio::test]
async fn r76_a_counter_that_goes_back_is_refused_and_the_owner_is_warned() {
    let (house, mut key) = house_with_passkey().await;
    let mut copy = key.copy();
    let browser = house.browser();
    for _ in 0..2 {
        let round = browser.passkey_challenge().await;
        signed_in(browser.answer(round.ceremony, key.answer(&round.options)).await);
    }
    let thief = house.browser();
    let round = thief.passkey_challenge().await;
    let refusal = refused(thief.answer(round.ceremony, copy.answer(&round.options)).await);
    assert_eq!(refusal.reason, PublicReason::PasskeyWrong);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyCounter);
    let warned = house.events_to(EMAIL).pop();
    assert_eq!(warned, Some(SecurityEvent::PasskeySuspected { name: "Key".to_owned() }));
    assert_eq!(house.audited(AuditAction::PasskeySuspected), 1);
}

#[tokio::test]
async fn r76_a_challenge_is_good_once_for_five_minutes_in_its_own_browser_and_workspace() {
    let (house, mut key) = house_with_passkey().await;
    let browser = house.browser();
    let round = browser.passkey_challenge().await;
    let answer = key.answer(&round.options);
    signed_in(browser.answer(round.ceremony, answer.clone()).await);
    refused(browser.answer(round.ceremony, answer).await);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyChallengeOver);

    let round = browser.passkey_challenge().await;
    house.wait(300);
    refused(browser.answer(round.ceremony, key.answer(&round.options)).await);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyChallengeOver);

    let round = browser.passkey_challenge().await;
    house.wait(299);
    let answer = key.answer(&round.options);
    let other = house.browser();
    refused(other.answer(round.ceremony, answer.clone()).await);
    let mut app = house.browser();
    app.caller.binding = Binding::Bearer;
    refused(app.answer(round.ceremony, answer.clone()).await);
    signed_in(browser.answer(round.ceremony, answer).await);

    let round = browser.passkey_challenge().await;
    refused(
        browser
            .answer(CeremonyId::from_uuid(uuid::Uuid::nil()), key.answer(&round.options))
            .await,
    );

    let elsewhere = doorward_domain::testing::Given::workspace_in(&house.given.store, "other").await;
    let request = doorward_auth::sign_in::with_passkey::PasskeySignIn {
        workspace: elsewhere.workspace.clone(),
        ceremony: round.ceremony,
        answer: key.answer(&round.options),
    };
    let outcome = house
        .auth
        .sign_in()
        .with_passkey(&browser.caller, request)
        .await
        .unwrap();
    refused(outcome);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyChallengeOver);
}

#[tokio::test]
async fn r25_r76_a_challenge_of_another_purpose_signs_nobody_in() {
    let (house, mut key) = house_with_passkey().await;
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let round = factors
        .begin_fresh_proof(&browser.caller, workspace, &session, crate::house::ORIGIN)
        .await
        .unwrap()
        .unwrap();
    let kept = house.given.store.ceremonies();
    assert!(matches!(kept[0].purpose, CeremonyPurpose::FreshProof { .. }));
    let outcome = browser.answer(round.ceremony, key.answer(&round.options)).await;
    assert_eq!(refused(outcome).reason, PublicReason::PasskeyWrong);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyChallengeOver);
    assert!(
        house.given.store.ceremonies().is_empty(),
        "an answer ends the round whatever it was for"
    );
}

#[tokio::test]
async fn r76_r82_a_removed_passkey_opens_nothing() {
    let (house, mut key) = house_with_passkey().await;
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let round = browser.passkey_challenge().await;
    let answer = key.answer(&round.options);
    let id: PasskeyId = house.given.store.passkeys()[0].id;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let removed = factors
        .remove_passkey(&browser.caller, workspace, browser.fresh(&session), id)
        .await
        .unwrap();
    assert!(removed);
    refused(browser.answer(round.ceremony, answer).await);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyUnknown);
}

#[tokio::test]
async fn r60_a_disabled_account_is_not_opened_by_a_passkey() {
    let (house, mut key) = house_with_passkey().await;
    house
        .auth
        .people()
        .set_status(
            doorward_domain::audit::Actor::Operator,
            &house.given.workspace,
            &address(EMAIL),
            doorward_domain::user::UserStatus::Disabled,
        )
        .await
        .unwrap();
    let browser = house.browser();
    let round = browser.passkey_challenge().await;
    let refusal = refused(browser.answer(round.ceremony, key.answer(&round.options)).await);
    assert_eq!(refusal.reason, PublicReason::PasskeyWrong);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::UserDisabled);
}

#[tokio::test]
async fn b6_passkeys_that_are_off_are_told_only_to_whoever_has_one() {
    let house = House::new().await;
    let (house, mut key) = house_with(house).await;
    let browser = house.browser();
    let mut workspace = house.given.workspace.clone();
    workspace.security.customers.passkey = false;
    let round = browser.passkey_challenge().await;
    let request = doorward_auth::sign_in::with_passkey::PasskeySignIn {
        workspace,
        ceremony: round.ceremony,
        answer: key.answer(&round.options),
    };
    let outcome = house
        .auth
        .sign_in()
        .with_passkey(&browser.caller, request)
        .await
        .unwrap();
    assert_eq!(refused(outcome).reason, PublicReason::MethodOff);
}

#[tokio::test]
async fn a_required_second_factor_is_satisfied_by_a_passkey() {
    let house = House::with(
        |settings| settings.customers.two_factor_required = true,
        PolicySet::default(),
    )
    .await;
    house.given.without_password(EMAIL);
    let mut key = Authenticator::new(1);
    let mut passkey = {
        // Made in a house that requires nothing, and carried over.
        let elsewhere = House::new().await;
        elsewhere.given.customer(EMAIL);
        let browser = elsewhere.browser();
        let session = browser.enter(EMAIL).await.session;
        browser.give_passkey(&session, &mut key, "Key").await;
        elsewhere.given.store.passkeys().remove(0)
    };
    let owner = house.person(EMAIL);
    (passkey.user, passkey.workspace) = (owner.id, owner.workspace);
    house.given.store.put_passkey(passkey);
    let browser = house.browser();
    let round = browser.passkey_challenge().await;
    let answer = key.answer_with(&round.options, |draft| {
        draft.handle = Some(owner.id.as_uuid().as_bytes().to_vec());
    });
    signed_in(browser.answer(round.ceremony, answer).await);
}

#[tokio::test]
async fn r89_a_network_has_thirty_tries_and_ten_failures_a_minute() {
    let (house, mut key) = house_with_passkey().await;
    let browser = house.browser();
    let mut unknown = Authenticator::new(9);
    for _ in 0..10 {
        let round = browser.passkey_challenge().await;
        let refusal = refused(browser.answer(round.ceremony, unknown.answer(&round.options)).await);
        assert_eq!(refusal.reason, PublicReason::PasskeyWrong);
    }
    let round = browser.passkey_challenge().await;
    let refusal = refused(browser.answer(round.ceremony, key.answer(&round.options)).await);
    assert_eq!(refusal.reason, PublicReason::TryLater);
    house.wait(60);
    let round = browser.passkey_challenge().await;
    signed_in(browser.answer(round.ceremony, key.answer(&round.options)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r28_of_parallel_answers_to_one_challenge_one_gets_in() {
    let (house, mut key) = house_with_passkey().await;
    let browser = house.browser();
    let round = browser.passkey_challenge().await;
    let answer = key.answer(&round.options);
    let mut tasks = Vec::new();
    for task in 0..12 {
        let request = doorward_auth::sign_in::with_passkey::PasskeySignIn {
            workspace: house.given.workspace.clone(),
            ceremony: round.ceremony,
            answer: answer.clone(),
        };
        let (auth, mut caller) = (house.auth.clone(), browser.caller.clone());
        caller.client.address = format!("198.51.100.{task}").parse().unwrap();
        tasks.push(tokio::spawn(async move {
            let outcome: SignInOutcome = auth.sign_in().with_passkey(&caller, request).await.unwrap();
            outcome
        }));
    }
    assert_eq!(winners(tasks).await, 1);
    assert_eq!(house.given.store.sessions().len(), 1);
}
