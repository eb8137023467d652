//! R11, R72, R79: showing afresh who one is.

use std::time::Duration;

use doorward_auth::factors::prove_afresh::{Evidence, ProvedAfresh};
use doorward_domain::audit::AuditAction;
use doorward_domain::fresh_proof::FreshProofWay;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::ports::HasherError;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::secret::Password;
use doorward_domain::session::SessionView;
use doorward_domain::testing::{PASSWORD, Person, address, backup_code};

use crate::authenticator::Authenticator;
use crate::house::{Browser, House, ORIGIN, not_proved, proved, second_step, sent, signed_in};

const EMAIL: &str = "jo@example.com";

fn password(text: &str) -> Evidence {
    Evidence::Password(Password::parse(text).unwrap())
}

fn second_factor(typed: &str) -> Evidence {
    Evidence::SecondFactor(typed.to_owned())
}

async fn ways(house: &House, session: &SessionView) -> Vec<FreshProofWay> {
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    factors.fresh_proof_ways(workspace, session).await.unwrap()
}

/// Jo with two factors on, signed in; the code of this step is spent.
async fn with_two_factor(house: &House) -> SessionView {
    house.given.with_two_factor(EMAIL);
    let browser = house.browser();
    let flow = second_step(browser.password(EMAIL, PASSWORD).await).flow;
    signed_in(browser.second(flow, &house.app_code(0)).await).session
}

#[tokio::test]
async fn r11_a_sign_in_is_a_fresh_proof_for_five_minutes_and_a_clock_behind_it_is_not() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let session = house.browser().enter(EMAIL).await.session;
    let factors = house.auth.factors();
    let start = house.auth.now();
    for (after, fresh) in [(0, true), (299, true), (300, false), (86_400, false)] {
        house.clock.set(start.plus(Duration::from_secs(after)));
        assert_eq!(factors.fresh(&session).is_some(), fresh, "{after} s");
    }
    house.clock.set(start.minus(Duration::from_secs(1)));
    assert!(factors.fresh(&session).is_none(), "a proof from the future is none");
}

#[tokio::test]
async fn r79_a_proof_renews_the_session_under_a_new_token_and_the_old_one_is_dead() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    house.wait(1_000);
    assert!(house.auth.factors().fresh(&entered.session).is_none());
    let (token, session) = proved(browser.prove(&entered.session, password(PASSWORD)).await);
    assert_eq!(session.id, entered.session.id);
    assert_eq!(session.created_at, entered.session.created_at);
    assert_eq!(session.expires_at, entered.session.expires_at);
    assert_eq!(session.proved_at, house.auth.now());
    assert!(house.auth.factors().fresh(&session).is_some());
    assert!(!house.is_live(&entered).await);
    assert_eq!(house.knows(&token).await.unwrap().proved_at, house.auth.now());
    assert_eq!(house.audited(AuditAction::FreshProof), 1);
}

#[tokio::test]
async fn r11_a_wrong_password_renews_nothing_and_counts_as_at_the_sign_in_page() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    house.wait(1_000);
    for _ in 0..5 {
        let refusal = not_proved(browser.prove(&entered.session, password("wrong password here")).await);
        assert_eq!(refusal.reason, PublicReason::InvalidCredentials);
    }
    let refusal = not_proved(browser.prove(&entered.session, password(PASSWORD)).await);
    assert_eq!(refusal.reason, PublicReason::TryLater);
    assert!(refusal.retry_at.is_some());
    assert!(house.is_live(&entered).await, "a wrong password signs nobody out");
    let at_the_door = crate::house::refused(browser.password(EMAIL, PASSWORD).await);
    assert_eq!(at_the_door.reason, PublicReason::TryLater, "one budget for both");
    house.wait(30);
    proved(browser.prove(&entered.session, password(PASSWORD)).await);
}

#[tokio::test]
async fn r72_the_mailbox_stands_in_only_while_no_second_factor_is_on() {
    let house = House::new().await;
    house.given.customer("plain@example.com");
    house.given.without_password("code@example.com");
    let browser = house.browser();
    let plain = browser.enter("plain@example.com").await.session;
    assert_eq!(
        ways(&house, &plain).await,
        [FreshProofWay::Password, FreshProofWay::EmailCode]
    );
    let with_app = with_two_factor(&house).await;
    assert_eq!(
        ways(&house, &with_app).await,
        [FreshProofWay::Password, FreshProofWay::SecondFactor]
    );
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let refused = factors
        .send_fresh_proof_code(&browser.caller, workspace, &with_app)
        .await
        .unwrap();
    assert!(refused.is_none());
}

async fn ask_code(browser: &Browser<'_>, session: &SessionView) -> doorward_domain::ids::FlowId {
    let (factors, workspace) = (browser.house.auth.factors(), &browser.house.given.workspace);
    let outcome = factors
        .send_fresh_proof_code(&browser.caller, workspace, session)
        .await
        .unwrap()
        .unwrap();
    sent(outcome).flow
}

#[tokio::test]
async fn r11_a_mailed_code_proves_once_in_its_own_browser_and_signs_nobody_in() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.given.customer("mia@example.com");
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    house.wait(1_000);
    let flow = ask_code(&browser, &session).await;
    assert_eq!(house.kinds_to(EMAIL).pop(), Some("fresh-proof-code"));
    let code = house.given.store.last_code_to(EMAIL).unwrap();
    let evidence = |typed: &str| Evidence::EmailCode {
        flow,
        typed: typed.to_owned(),
    };
    let at_the_door = crate::house::refused(browser.redeem(flow, &code).await);
    assert_eq!(
        at_the_door.reason,
        PublicReason::SessionExpired,
        "R25: of another purpose"
    );
    let other = house.browser();
    let refusal = not_proved(other.prove(&session, evidence(&code)).await);
    assert_eq!(refusal.reason, PublicReason::SessionExpired);
    let mia = house.browser().enter("mia@example.com").await.session;
    let refusal = not_proved(browser.prove(&mia, evidence(&code)).await);
    assert_eq!(refusal.reason, PublicReason::SessionExpired, "somebody else's code");
    let wrong = crate::house::other_than(&code);
    let refusal = not_proved(browser.prove(&session, evidence(&wrong)).await);
    assert_eq!(refusal.reason, PublicReason::CodeWrong);
    let (_, session) = proved(browser.prove(&session, evidence(&code)).await);
    let again = not_proved(browser.prove(&session, evidence(&code)).await);
    assert_ne!(again.reason, PublicReason::CodeWrong, "right, but used");
}

#[tokio::test]
async fn r72_a_code_mailed_before_the_second_factor_was_turned_on_counts_no_more() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let flow = ask_code(&browser, &session).await;
    let code = house.given.store.last_code_to(EMAIL).unwrap();
    let factors = Person::customer(session.workspace, EMAIL).with_app().factors;
    house.given.store.put_factors(session.user, factors);
    let evidence = Evidence::EmailCode { flow, typed: code };
    let refusal = not_proved(browser.prove(&session, evidence).await);
    assert_eq!(refusal.reason, PublicReason::MethodOff);
}

#[tokio::test]
async fn r22_five_wrong_codes_end_the_attempt() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let flow = ask_code(&browser, &session).await;
    let code = house.given.store.last_code_to(EMAIL).unwrap();
    for _ in 0..5 {
        let typed = crate::house::other_than(&code);
        not_proved(browser.prove(&session, Evidence::EmailCode { flow, typed }).await);
    }
    let evidence = Evidence::EmailCode { flow, typed: code };
    not_proved(browser.prove(&session, evidence).await);
}

#[tokio::test]
async fn r70_r71_an_app_code_proves_once_and_shares_the_budget_of_the_sign_in() {
    let house = House::new().await;
    let session = with_two_factor(&house).await;
    let browser = house.browser();
    let replay = not_proved(browser.prove(&session, second_factor(&house.app_code(0))).await);
    assert_eq!(replay.reason, PublicReason::SecondFactorWrong);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::SecondFactorReplayed);
    house.wait(30);
    let code = house.app_code(0);
    let (_, session) = proved(browser.prove(&session, second_factor(&code)).await);
    let flow = browser.at_second_step(EMAIL).await.flow;
    crate::house::refused(browser.second(flow, &code).await);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::SecondFactorReplayed);
    for _ in 0..5 {
        not_proved(browser.prove(&session, second_factor(&house.wrong_app_code())).await);
    }
    house.wait(30);
    let over = crate::house::refused(browser.second(flow, &house.app_code(0)).await);
    assert_eq!(over.reason, PublicReason::TryLater);
}

#[tokio::test]
async fn b12_a_backup_code_proves_once_and_its_use_is_mailed() {
    let house = House::new().await;
    let session = with_two_factor(&house).await;
    let browser = house.browser();
    let code = backup_code(4).expose();
    let (_, session) = proved(browser.prove(&session, second_factor(&code)).await);
    assert_eq!(
        house.events_to(EMAIL).pop(),
        Some(SecurityEvent::BackupCodeUsed { left: 9 })
    );
    for _ in 0..6 {
        not_proved(browser.prove(&session, second_factor(&code)).await);
        assert_eq!(house.private_of_last_receipt(), PrivateReason::SecondFactorReplayed);
    }
    proved(browser.prove(&session, second_factor(&backup_code(5).expose())).await);
}

#[tokio::test]
async fn r76_a_passkey_proves_in_the_session_that_asked_and_in_no_other() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let mut key = Authenticator::new(1);
    browser.give_passkey(&session, &mut key, "Key").await;
    let other = browser.enter(EMAIL).await.session;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let round = factors
        .begin_fresh_proof(&browser.caller, workspace, &session, ORIGIN)
        .await
        .unwrap()
        .unwrap();
    let evidence = Evidence::Passkey {
        ceremony: round.ceremony,
        answer: key.answer(&round.options),
    };
    let refusal = not_proved(browser.prove(&other, evidence).await);
    assert_eq!(refusal.reason, PublicReason::PasskeyWrong);
    let round = factors
        .begin_fresh_proof(&browser.caller, workspace, &session, ORIGIN)
        .await
        .unwrap()
        .unwrap();
    let evidence = Evidence::Passkey {
        ceremony: round.ceremony,
        answer: key.answer(&round.options),
    };
    proved(browser.prove(&session, evidence.clone()).await);
    not_proved(browser.prove(&session, evidence).await);
    let mia = house.given.customer("mia@example.com");
    let session = browser.enter("mia@example.com").await.session;
    assert_eq!(session.user, mia.id);
    let none = factors
        .begin_fresh_proof(&browser.caller, workspace, &session, ORIGIN)
        .await
        .unwrap();
    assert!(none.is_none(), "no passkey, no challenge");
}

#[tokio::test]
async fn r76_a_copied_passkey_is_found_out_also_in_a_round_that_began_before_the_other_answered() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let mut key = Authenticator::new(1);
    browser.give_passkey(&session, &mut key, "Key").await;
    let mut copy = key.copy();
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let begin = || async {
        factors
            .begin_fresh_proof(&browser.caller, workspace, &session, ORIGIN)
            .await
            .unwrap()
            .unwrap()
    };
    let (early, late) = (begin().await, begin().await);
    let evidence = |ceremony, answer| Evidence::Passkey { ceremony, answer };
    let own = key.answer(&late.options);
    proved(browser.prove(&session, evidence(late.ceremony, own)).await);
    let copied = copy.answer(&early.options);
    not_proved(browser.prove(&session, evidence(early.ceremony, copied)).await);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyCounter);
    let name = "Key".to_owned();
    assert_eq!(
        house.events_to(EMAIL).pop(),
        Some(SecurityEvent::PasskeySuspected { name })
    );
}

#[tokio::test]
async fn a_session_that_is_over_is_not_brought_back() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    let sign_in = house.auth.sign_in();
    sign_in
        .sign_out(
            &browser.caller.client,
            &house.given.workspace,
            &entered.token.digest(),
            entered.session.user,
        )
        .await
        .unwrap();
    let outcome = browser.prove(&entered.session, password(PASSWORD)).await;
    assert!(matches!(outcome, ProvedAfresh::SignedOut), "{outcome:?}");
    assert!(house.given.store.sessions().is_empty());

    let entered = browser.enter(EMAIL).await;
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
    let outcome = browser.prove(&entered.session, password(PASSWORD)).await;
    assert!(matches!(outcome, ProvedAfresh::SignedOut), "{outcome:?}");
}

#[tokio::test]
async fn r8_a_full_queue_counts_nothing() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    house.hasher.set_busy(true);
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    for _ in 0..20 {
        let presented = (&session, house.token_of(&session));
        let busy = factors
            .prove_afresh(&browser.caller, workspace, presented, password(PASSWORD))
            .await;
        assert!(
            matches!(busy, Err(doorward_auth::SignInError::Hasher(HasherError::Busy))),
            "{busy:?}"
        );
    }
    house.hasher.set_busy(false);
    proved(browser.prove(&session, password(PASSWORD)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r70_of_parallel_proofs_with_one_code_one_counts() {
    let house = House::new().await;
    let session = with_two_factor(&house).await;
    house.wait(30);
    let mut tasks = Vec::new();
    for task in 0..12 {
        let (auth, mut caller) = (house.auth.clone(), house.browser().caller);
        caller.client.address = format!("198.51.100.{task}").parse().unwrap();
        let (workspace, session, typed) = (house.given.workspace.clone(), session.clone(), house.app_code(0));
        let token = house.token_of(&session);
        tasks.push(tokio::spawn(async move {
            let evidence = Evidence::SecondFactor(typed);
            let factors = auth.factors();
            factors
                .prove_afresh(&caller, &workspace, (&session, token), evidence)
                .await
                .unwrap()
        }));
    }
    let mut winners = 0;
    for task in tasks {
        if matches!(task.await.unwrap(), ProvedAfresh::Proved { .. }) {
            winners += 1;
        }
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn r79_of_two_proofs_that_came_with_one_token_one_renews_the_session_and_the_other_counts_nothing() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let presented = (&entered.session, entered.token.digest());
    let show = || factors.prove_afresh(&browser.caller, workspace, presented, password(PASSWORD));
    let (token, _) = proved(show().await.unwrap());
    // More than the budget of the address holds: a right password that came too late is no wrong one.
    for _ in 0..8 {
        let late = show().await.unwrap();
        assert!(matches!(late, ProvedAfresh::SignedOut), "{late:?}");
    }
    assert!(
        house.knows(&token).await.is_some(),
        "the session goes on under the winner's token"
    );
    assert_eq!(house.audited(AuditAction::FreshProof), 1);
}

#[tokio::test]
async fn r99_what_is_done_to_others_takes_a_proof_of_the_last_quarter_of_an_hour() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let session = house.browser().enter(EMAIL).await.session;
    let factors = house.auth.factors();
    let start = house.auth.now();
    for (after, fresh) in [(0, true), (899, true), (900, false), (86_400, false)] {
        house.clock.set(start.plus(Duration::from_secs(after)));
        assert_eq!(factors.fresh_for_others(&session).is_some(), fresh, "{after} s");
    }
    house.clock.set(start.minus(Duration::from_secs(1)));
    assert!(
        factors.fresh_for_others(&session).is_none(),
        "a proof from the future is none"
    );
}
