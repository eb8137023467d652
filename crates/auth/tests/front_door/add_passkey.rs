//! B10, R76: adding a passkey.

use doorward_auth::factors::add_passkey::AddedPasskey;
use doorward_domain::audit::AuditAction;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::session::SessionView;
use serde_json::{Value, json};

use crate::authenticator::{Authenticator, Draft};
use crate::house::{Browser, House, ORIGIN, signed_in};

const EMAIL: &str = "jo@example.com";

async fn begin(browser: &Browser<'_>, session: &SessionView) -> doorward_auth::PasskeyChallenge {
    let (factors, workspace) = (browser.house.auth.factors(), &browser.house.given.workspace);
    let proof = browser.fresh(session);
    factors
        .begin_add_passkey(&browser.caller, workspace, proof, ORIGIN)
        .await
        .unwrap()
        .unwrap()
}

async fn add(
    browser: &Browser<'_>,
    session: &SessionView,
    round: &doorward_auth::PasskeyChallenge,
    answer: &Value,
    name: &str,
) -> AddedPasskey {
    let (factors, workspace) = (browser.house.auth.factors(), &browser.house.given.workspace);
    let proof = browser.fresh(session);
    factors
        .add_passkey(&browser.caller, workspace, proof, (round.ceremony, answer), name)
        .await
        .unwrap()
}

#[tokio::test]
async fn b10_it_is_kept_under_its_name_told_and_signs_in() {
    let house = House::new().await;
    let jo = house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let mut key = Authenticator::new(1);
    let round = begin(&browser, &session).await;
    let answer = key.register(&round.options);
    let added = add(&browser, &session, &round, &answer, "  My\nphone ").await;
    assert_eq!(added, AddedPasskey::Added("My phone".to_owned()));
    let kept = &house.given.store.passkeys()[0];
    assert_eq!((kept.user, kept.synced, kept.last_used_at), (jo.id, false, None));
    assert_eq!(
        house.events_to(EMAIL),
        [SecurityEvent::PasskeyAdded {
            name: "My phone".to_owned()
        }]
    );
    assert_eq!(house.audited(AuditAction::PasskeyAdded), 1);
    let round = browser.passkey_challenge().await;
    signed_in(browser.answer(round.ceremony, key.answer(&round.options)).await);
}

#[tokio::test]
async fn r76_the_options_ask_for_verification_and_no_attestation_and_name_what_is_there_already() {
    let house = House::new().await;
    let jo = house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let mut key = Authenticator::new(1);
    browser.give_passkey(&session, &mut key, "Key").await;
    let options = begin(&browser, &session).await.options;
    let at = |path: &str| options.pointer(path).cloned().unwrap_or(Value::Null);
    assert_eq!(at("/publicKey/rp/id"), json!("acme.help.example"));
    assert_eq!(at("/publicKey/user/name"), json!(EMAIL));
    let handle = data_encoding::BASE64URL_NOPAD.encode(jo.id.as_uuid().as_bytes());
    assert_eq!(at("/publicKey/user/id"), json!(handle));
    assert_eq!(
        at("/publicKey/authenticatorSelection/userVerification"),
        json!("required")
    );
    assert_eq!(at("/publicKey/authenticatorSelection/residentKey"), json!("preferred"));
    assert!(matches!(at("/publicKey/attestation").as_str(), None | Some("none")));
    let known = data_encoding::BASE64URL_NOPAD.encode(&key.credential());
    assert_eq!(at("/publicKey/excludeCredentials/0/id"), json!(known));
}

#[tokio::test]
async fn a_synced_passkey_is_known_as_one() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let mut key = Authenticator::new(1);
    key.synced = true;
    browser.give_passkey(&session, &mut key, "Key").await;
    assert!(house.given.store.passkeys()[0].synced);
}

#[tokio::test]
async fn without_a_name_it_is_called_after_browser_and_system() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let mut key = Authenticator::new(1);
    let round = begin(&browser, &session).await;
    let answer = key.register(&round.options);
    let added = add(&browser, &session, &round, &answer, " \u{202e} ").await;
    assert_eq!(added, AddedPasskey::Added("Firefox, Linux".to_owned()));
}

type Lie = fn(&mut Draft);

#[tokio::test]
async fn r76_forged_answers_are_kept_nowhere() {
    const LIES: [(&str, Lie); 5] = [
        ("another challenge", |draft| {
            "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s".clone_into(&mut draft.challenge);
        }),
        ("another origin", |draft| {
            "https://evil.example".clone_into(&mut draft.origin);
        }),
        ("another relying party", |draft| {
            "evil.example".clone_into(&mut draft.rp_id);
        }),
        ("no user verification", |draft| draft.verified = false),
        ("an answer for signing in", |draft| {
            "webauthn.get".clone_into(&mut draft.kind);
        }),
    ];
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    for (name, lie) in LIES {
        let round = begin(&browser, &session).await;
        let answer = Authenticator::new(1).register_with(&round.options, lie);
        let added = add(&browser, &session, &round, &answer, "Key").await;
        assert_eq!(added, AddedPasskey::Failed, "{name}");
    }
    let round = begin(&browser, &session).await;
    let rubbish = json!({"id": "AA"});
    assert_eq!(
        add(&browser, &session, &round, &rubbish, "Key").await,
        AddedPasskey::Failed
    );
    assert!(house.given.store.passkeys().is_empty());
}

#[tokio::test]
async fn r76_a_round_is_good_once_for_its_own_session_and_for_nothing_else() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.given.customer("mia@example.com");
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let other = browser.enter(EMAIL).await.session;
    let mia = browser.enter("mia@example.com").await.session;
    let mut key = Authenticator::new(1);

    for stranger in [&other, &mia] {
        let round = begin(&browser, &session).await;
        let answer = key.register(&round.options);
        assert_eq!(
            add(&browser, stranger, &round, &answer, "Key").await,
            AddedPasskey::Failed
        );
    }
    let sign_in = browser.passkey_challenge().await;
    let round = begin(&browser, &session).await;
    let answer = key.register(&round.options);
    assert_eq!(
        add(&browser, &session, &sign_in, &answer, "Key").await,
        AddedPasskey::Failed,
        "R25: of another purpose"
    );
    let added = add(&browser, &session, &round, &answer, "Key").await;
    assert_eq!(added, AddedPasskey::Added("Key".to_owned()));
    assert_eq!(
        add(&browser, &session, &round, &answer, "Key").await,
        AddedPasskey::Failed
    );
    let round = begin(&browser, &session).await;
    house.wait(299);
    let answer = Authenticator::new(2).register(&round.options);
    let elsewhere = house.browser();
    assert_eq!(
        add(&elsewhere, &session, &round, &answer, "Key").await,
        AddedPasskey::Failed
    );
    assert_eq!(house.given.store.passkeys().len(), 1);
}

#[tokio::test]
async fn one_credential_belongs_to_one_person() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.given.customer("mia@example.com");
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let mia = browser.enter("mia@example.com").await.session;
    let mut key = Authenticator::new(1);
    browser.give_passkey(&session, &mut key, "Key").await;
    let round = begin(&browser, &mia).await;
    let answer = key.register(&round.options);
    assert_eq!(add(&browser, &mia, &round, &answer, "Mine").await, AddedPasskey::Known);
    assert_eq!(house.given.store.passkeys().len(), 1);
}

#[tokio::test]
async fn an_account_has_a_most() {
    let house = House::limited(|limits| limits.passkeys_per_account = 2).await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    for number in 1..=2 {
        browser
            .give_passkey(&session, &mut Authenticator::new(number), "Key")
            .await;
    }
    let round = begin(&browser, &session).await;
    let answer = Authenticator::new(3).register(&round.options);
    assert_eq!(
        add(&browser, &session, &round, &answer, "Key").await,
        AddedPasskey::TooMany
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r28_of_parallel_answers_one_is_kept() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let round = begin(&browser, &session).await;
    let answer = Authenticator::new(1).register(&round.options);
    let proof = browser.fresh(&session);
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let (auth, caller) = (house.auth.clone(), browser.caller.clone());
        let (workspace, answer, ceremony) = (house.given.workspace.clone(), answer.clone(), round.ceremony);
        tasks.push(tokio::spawn(async move {
            let factors = auth.factors();
            let added = factors
                .add_passkey(&caller, &workspace, proof, (ceremony, &answer), "Key")
                .await;
            added.unwrap()
        }));
    }
    let mut kept = 0;
    for task in tasks {
        if matches!(task.await.unwrap(), AddedPasskey::Added(_)) {
            kept += 1;
        }
    }
    assert_eq!(kept, 1);
    assert_eq!(house.given.store.passkeys().len(), 1);
}
