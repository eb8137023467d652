//! B11, B12, R69–R75: the step between the first factor and the session.

use std::time::Duration;

use doorward_auth::sign_in::complete_second_factor::SecondPasskey;
use doorward_auth::{SignInError, SignInOutcome};
use doorward_domain::limits::Limits;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::ports::HasherError;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::secret::Password;
use doorward_domain::sign_in::Step;
use doorward_domain::testing::{PASSWORD, Person, address, backup_code};
use doorward_domain::throttle::{Admission, Budgets, Standing};

use crate::authenticator::Authenticator;
use crate::house::{House, ORIGIN, refused, second_step, signed_in};

const EMAIL: &str = "jo@example.com";

async fn house_with_jo() -> House {
    let house = House::new().await;
    house.given.with_two_factor(EMAIL);
    house
}

#[tokio::test]
async fn b11_the_step_shows_what_would_do_and_only_to_its_own_browser() {
    let house = house_with_jo().await;
    let browser = house.browser();
    let needed = browser.at_second_step(EMAIL).await;
    assert_eq!(needed.step, Step::SecondFactor);
    let (sign_in, workspace) = (house.auth.sign_in(), &house.given.workspace);
    let view = sign_in
        .second_step(&browser.caller, workspace, needed.flow)
        .await
        .unwrap()
        .unwrap();
    assert!(view.app);
    assert!(!view.passkey);
    assert_eq!(view.return_to.as_str(), "/tickets/7");
    let stranger = house.browser();
    let seen = sign_in
        .second_step(&stranger.caller, workspace, needed.flow)
        .await
        .unwrap();
    assert!(seen.is_none());
    let refused = refused(stranger.second(needed.flow, &house.app_code(0)).await);
    assert_eq!(refused.reason, PublicReason::SessionExpired);
    signed_in(browser.second(needed.flow, &house.app_code(0)).await);
}

#[tokio::test]
async fn r73_the_attempt_of_the_second_step_is_nothing_for_codes_and_resends() {
    let house = house_with_jo().await;
    let browser = house.browser();
    let needed = browser.at_second_step(EMAIL).await;
    let (sign_in, workspace) = (house.auth.sign_in(), &house.given.workspace);
    assert!(
        sign_in
            .flow(&browser.caller, workspace, needed.flow)
            .await
            .unwrap()
            .is_none()
    );
    let resent = sign_in
        .resend_code(&browser.caller, workspace, needed.flow)
        .await
        .unwrap();
    assert!(resent.is_none());
    assert_eq!(
        refused(browser.redeem(needed.flow, "7777777").await).reason,
        PublicReason::SessionExpired
    );
    assert!(house.given.store.sessions().is_empty());
}

#[tokio::test]
async fn r69_this_step_and_one_either_side_and_nothing_else() {
    for (steps, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let house = house_with_jo().await;
        let browser = house.browser();
        let flow = browser.at_second_step(EMAIL).await.flow;
        let outcome = browser.second(flow, &house.app_code(steps)).await;
        assert_eq!(matches!(outcome, SignInOutcome::SignedIn(_)), good, "{steps}");
    }
}

#[tokio::test]
async fn r70_a_step_is_good_once_and_only_later_ones_are_good_afterwards_in_every_order() {
    let orders = [[-1, 0, 1], [-1, 1, 0], [0, -1, 1], [0, 1, -1], [1, -1, 0], [1, 0, -1]];
    for order in orders {
        let house = house_with_jo().await;
        let mut last = i64::MIN;
        for steps in order.into_iter().flat_map(|steps| [steps, steps]) {
            let browser = house.browser();
            let flow = browser.at_second_step(EMAIL).await.flow;
            let outcome = browser.second(flow, &house.app_code(steps)).await;
            let good = steps > last;
            assert_eq!(
                matches!(outcome, SignInOutcome::SignedIn(_)),
                good,
                "{order:?}: {steps}"
            );
            if good {
                last = steps;
            } else {
                assert_eq!(refused(outcome).reason, PublicReason::SecondFactorWrong);
                assert_eq!(house.private_of_last_receipt(), PrivateReason::SecondFactorReplayed);
            }
        }
    }
}

#[tokio::test]
async fn r70_a_clock_that_steps_back_makes_no_code_good_again() {
    let house = house_with_jo().await;
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    signed_in(browser.second(flow, &house.app_code(0)).await);
    let now = house.auth.now();
    for back in [30, 60, 3_600] {
        house.clock.set(now.minus(Duration::from_secs(back)));
        let flow = browser.at_second_step(EMAIL).await.flow;
        for steps in [-1, 0] {
            refused(browser.second(flow, &house.app_code(steps)).await);
        }
    }
    house.clock.set(now.plus(Duration::from_secs(30)));
    let flow = browser.at_second_step(EMAIL).await.flow;
    signed_in(browser.second(flow, &house.app_code(0)).await);
}

#[tokio::test]
async fn r71_five_wrong_codes_then_waits_that_double_whoever_types_the_password_again() {
    let house = house_with_jo().await;
    let strangers = house.browser().on_network("203.0.113.9");
    let flow = strangers.at_second_step(EMAIL).await.flow;
    for _ in 0..5 {
        let wrong = refused(strangers.second(flow, &house.wrong_app_code()).await);
        assert_eq!(wrong.reason, PublicReason::SecondFactorWrong);
    }
    let mut wait = 900;
    for _ in 0..4 {
        // A new password step, another browser and another network do not help, nor does the right code.
        let owner = house.browser();
        let flow = owner.at_second_step(EMAIL).await.flow;
        let over = refused(owner.second(flow, &house.app_code(0)).await);
        assert_eq!(over.reason, PublicReason::TryLater);
        let retry_at = over.retry_at.unwrap();
        assert_eq!(retry_at.since(house.auth.now()).as_secs(), wait);
        house.wait(wait - 1);
        let flow = owner.at_second_step(EMAIL).await.flow;
        assert_eq!(
            refused(owner.second(flow, &house.app_code(0)).await).reason,
            PublicReason::TryLater
        );
        house.wait(1);
        let wrong = refused(strangers_again(&house, &strangers).await);
        assert_eq!(wrong.reason, PublicReason::SecondFactorWrong);
        wait *= 2;
    }
    house.wait(wait);
    let owner = house.browser();
    let flow = owner.at_second_step(EMAIL).await.flow;
    signed_in(owner.second(flow, &house.app_code(0)).await);
    for _ in 0..4 {
        let flow = owner.at_second_step(EMAIL).await.flow;
        let wrong = refused(owner.second(flow, &house.wrong_app_code()).await);
        assert_eq!(
            wrong.reason,
            PublicReason::SecondFactorWrong,
            "a right code ends the row"
        );
    }
}

async fn strangers_again(house: &House, strangers: &crate::house::Browser<'_>) -> SignInOutcome {
    let flow = strangers.at_second_step(EMAIL).await.flow;
    strangers.second(flow, &house.wrong_app_code()).await
}

#[tokio::test]
async fn r71_twenty_wrong_codes_a_day_and_right_ones_do_not_count() {
    let house = House::limited(|limits| {
        limits.second_factor_failures_per_day = 3;
    })
    .await;
    house.given.with_two_factor(EMAIL);
    let browser = house.browser();
    for round in 0..5 {
        let flow = browser.at_second_step(EMAIL).await.flow;
        signed_in(browser.second(flow, &house.app_code(0)).await);
        house.wait(60);
        if round < 3 {
            let flow = browser.at_second_step(EMAIL).await.flow;
            let wrong = refused(browser.second(flow, &house.wrong_app_code()).await);
            assert_eq!(wrong.reason, PublicReason::SecondFactorWrong);
            house.wait(60);
        }
        if round == 2 {
            break;
        }
    }
    let flow = browser.at_second_step(EMAIL).await.flow;
    let over = refused(browser.second(flow, &house.app_code(0)).await);
    assert_eq!(
        over.reason,
        PublicReason::TryLater,
        "right codes in between ended the row, not the day"
    );
    house.wait(86_400);
    let flow = browser.at_second_step(EMAIL).await.flow;
    signed_in(browser.second(flow, &house.app_code(0)).await);
    assert_eq!(Limits::default().second_factor_failures_per_day, 20);
}

#[tokio::test]
async fn r71_a_hundred_in_a_row_close_the_app_for_good_and_nobody_gets_through_on_one_factor() {
    let house = house_with_jo().await;
    let jo = house.person(EMAIL);
    let limits = Limits::default();
    let row = Budgets(&limits).app_code_failures(jo.id).remove(0);
    let throttle = &house.auth.ports().throttle;
    for _ in 0..limits.failures_in_a_row {
        let now = house.auth.now();
        let admitted = throttle.consume(jo.workspace, vec![row.clone()], now).await.unwrap();
        assert_eq!(admitted, Admission::Admitted);
        house.wait(90_000);
    }
    let browser = house.browser();
    let needed = browser.at_second_step(EMAIL).await;
    let over = refused(browser.second(needed.flow, &house.app_code(0)).await);
    assert_eq!((over.reason, over.retry_at), (PublicReason::TryLater, None));
    assert!(house.given.store.sessions().is_empty());
    signed_in(browser.second(needed.flow, &backup_code(0).expose()).await);
    let flow = browser.at_second_step(EMAIL).await.flow;
    let still = refused(browser.second(flow, &house.app_code(0)).await);
    assert_eq!(still.reason, PublicReason::TryLater, "a backup code re-binds no app");
}

#[tokio::test]
async fn r75_backup_codes_stay_open_when_the_apps_budget_is_burnt_and_the_other_way_round() {
    let house = house_with_jo().await;
    let stranger = house.browser().on_network("203.0.113.9");
    let flow = stranger.at_second_step(EMAIL).await.flow;
    for _ in 0..6 {
        refused(stranger.second(flow, &house.wrong_app_code()).await);
    }
    let owner = house.browser();
    let flow = owner.at_second_step(EMAIL).await.flow;
    signed_in(owner.second(flow, &backup_code(3).expose()).await);

    let house = house_with_jo().await;
    let stranger = house.browser().on_network("203.0.113.9");
    let flow = stranger.at_second_step(EMAIL).await.flow;
    for number in 100..105 {
        let wrong = refused(stranger.second(flow, &backup_code(number).expose()).await);
        assert_eq!(wrong.reason, PublicReason::SecondFactorWrong);
    }
    let over = refused(stranger.second(flow, &backup_code(0).expose()).await);
    assert_eq!(over.reason, PublicReason::TryLater, "five wrong backup codes a day");
    let owner = house.browser();
    let flow = owner.at_second_step(EMAIL).await.flow;
    signed_in(owner.second(flow, &house.app_code(0)).await);
}

#[tokio::test]
async fn r74_a_backup_code_costs_one_hash_is_good_once_and_its_use_is_mailed() {
    let house = house_with_jo().await;
    let browser = house.browser();
    for (number, left) in (0..10).zip((0..10).rev()) {
        let flow = browser.at_second_step(EMAIL).await.flow;
        let before = (house.hasher.checks(), house.hasher.hashes());
        signed_in(browser.second(flow, &backup_code(number).expose().to_lowercase()).await);
        assert_eq!((house.hasher.checks(), house.hasher.hashes()), (before.0, before.1 + 1));
        let told = house.events_to(EMAIL).pop();
        assert_eq!(told, Some(SecurityEvent::BackupCodeUsed { left }));
        let flow = browser.at_second_step(EMAIL).await.flow;
        refused(browser.second(flow, &backup_code(number).expose()).await);
        house.wait(86_400);
    }
    let jo = house.person(EMAIL);
    assert!(
        house
            .given
            .store
            .factors_of(jo.id)
            .unwrap()
            .backup
            .unwrap()
            .left
            .is_empty()
    );
    let needed = browser.at_second_step(EMAIL).await;
    assert_eq!(
        needed.step,
        Step::SecondFactor,
        "out of codes is not out of two factors"
    );
}

#[tokio::test]
async fn r28_a_right_code_that_came_too_late_counts_on_no_budget() {
    let house = house_with_jo().await;
    let browser = house.browser();
    for _ in 0..2 {
        let flow = browser.at_second_step(EMAIL).await.flow;
        let _ = browser.second(flow, &house.app_code(0)).await;
    }
    let jo = house.person(EMAIL);
    let limits = Limits::default();
    for charge in Budgets(&limits).app_code_failures(jo.id) {
        let counter = house.given.store.counter(jo.workspace, &charge.key).unwrap_or_default();
        assert_eq!((counter.count, counter.in_a_row), (0, 0), "{}", charge.key.as_str());
    }
}

#[tokio::test]
async fn r28_a_used_backup_code_is_told_apart_from_a_wrong_one_and_counts_on_no_budget() {
    let house = house_with_jo().await;
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    signed_in(browser.second(flow, &backup_code(0).expose()).await);
    let flow = browser.at_second_step(EMAIL).await.flow;
    for _ in 0..6 {
        let late = refused(browser.second(flow, &backup_code(0).expose()).await);
        assert_eq!(late.reason, PublicReason::SecondFactorWrong, "in public as any other");
        assert_eq!(house.private_of_last_receipt(), PrivateReason::SecondFactorReplayed);
    }
    let jo = house.person(EMAIL);
    for charge in Budgets(&Limits::default()).backup_code_failures(jo.id) {
        let counter = house.given.store.counter(jo.workspace, &charge.key).unwrap_or_default();
        assert_eq!(counter.count, 0, "{}", charge.key.as_str());
    }
    signed_in(browser.second(flow, &backup_code(1).expose()).await);
}

#[tokio::test]
async fn r116_without_the_key_that_sealed_an_app_backup_codes_and_the_security_page_go_on() {
    let house = house_with_jo().await;
    let jo = house.person(EMAIL);
    let mut factors = house.given.store.factors_of(jo.id).unwrap();
    factors.app.as_mut().unwrap().secret = None;
    house.given.store.put_factors(jo.id, factors);
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    for _ in 0..6 {
        let request = doorward_auth::sign_in::complete_second_factor::SecondFactorTry {
            workspace: house.given.workspace.clone(),
            flow,
            typed: house.app_code(0),
        };
        let sign_in = house.auth.sign_in();
        let undecided = sign_in.complete_second_factor(&browser.caller, request).await;
        assert!(matches!(undecided, Err(SignInError::Port(_))), "{undecided:?}");
    }
    let session = signed_in(browser.second(flow, &backup_code(0).expose()).await).session;
    let account = house.auth.account();
    let page = account
        .security(&house.given.workspace, &session)
        .await
        .unwrap()
        .unwrap();
    assert!(page.two_factor_since.is_some() && page.factors.app);
}

#[tokio::test]
async fn r8_a_full_queue_counts_nothing_and_keeps_the_attempt() {
    let house = house_with_jo().await;
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    house.hasher.set_busy(true);
    let request = doorward_auth::sign_in::complete_second_factor::SecondFactorTry {
        workspace: house.given.workspace.clone(),
        flow,
        typed: backup_code(0).expose(),
    };
    for _ in 0..20 {
        let sign_in = house.auth.sign_in();
        let busy = sign_in.complete_second_factor(&browser.caller, request.clone()).await;
        assert!(matches!(busy, Err(SignInError::Hasher(HasherError::Busy))), "{busy:?}");
    }
    house.hasher.set_busy(false);
    signed_in(browser.second(flow, &backup_code(0).expose()).await);
}

#[tokio::test]
async fn r73_it_lives_for_ten_minutes() {
    let house = house_with_jo().await;
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let late = browser.at_second_step(EMAIL).await.flow;
    house.wait(599);
    signed_in(browser.second(flow, &house.app_code(0)).await);
    house.wait(1);
    let over = refused(browser.second(late, &house.app_code(1)).await);
    assert_eq!(over.reason, PublicReason::SessionExpired);
    let (sign_in, workspace) = (house.auth.sign_in(), &house.given.workspace);
    assert!(
        sign_in
            .second_step(&browser.caller, workspace, late)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn r73_it_is_over_once_used() {
    let house = house_with_jo().await;
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    signed_in(browser.second(flow, &house.app_code(0)).await);
    let over = refused(browser.second(flow, &house.app_code(1)).await);
    assert_eq!(over.reason, PublicReason::SessionExpired);
}

#[tokio::test]
async fn r73_a_new_password_or_a_disabled_account_between_the_steps_ends_the_attempt() {
    use doorward_domain::audit::Actor;
    use doorward_domain::user::UserStatus;

    let house = house_with_jo().await;
    let (people, workspace) = (house.auth.people(), &house.given.workspace);
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let password = Password::parse("seven quiet lanterns").unwrap();
    people
        .set_password(Actor::Operator, workspace, &address(EMAIL), password)
        .await
        .unwrap();
    let over = refused(browser.second(flow, &house.app_code(0)).await);
    assert_eq!(over.reason, PublicReason::SessionExpired);

    let flow = second_step(browser.password(EMAIL, "seven quiet lanterns").await).flow;
    people
        .set_status(Actor::Operator, workspace, &address(EMAIL), UserStatus::Disabled)
        .await
        .unwrap();
    let over = refused(browser.second(flow, &house.app_code(0)).await);
    assert_eq!(over.reason, PublicReason::SessionExpired);
    assert!(house.given.store.sessions().is_empty());
}

#[tokio::test]
async fn r23_r93_counters_of_the_password_are_forgotten_only_after_the_second_factor() {
    let house = house_with_jo().await;
    let limits = Limits::default();
    let key = Budgets(&limits)
        .password_failure(&address(EMAIL).key(), &Standing::Stranger)
        .key;
    let count = || {
        let counter = house.given.store.counter(house.given.workspace.id, &key);
        counter.unwrap_or_default().in_a_row
    };
    let browser = house.browser();
    for _ in 0..3 {
        refused(browser.password(EMAIL, "wrong password here").await);
    }
    let flow = browser.at_second_step(EMAIL).await.flow;
    assert_eq!(count(), 3, "the right password of somebody who is not in yet");
    signed_in(browser.second(flow, &house.app_code(0)).await);
    assert_eq!(count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r70_of_parallel_tries_with_one_code_one_gets_in() {
    let house = house_with_jo().await;
    let mut tasks = Vec::new();
    for _ in 0..12 {
        let browser = house.browser();
        let flow = browser.at_second_step(EMAIL).await.flow;
        let request = doorward_auth::sign_in::complete_second_factor::SecondFactorTry {
            workspace: house.given.workspace.clone(),
            flow,
            typed: house.app_code(0),
        };
        let (auth, mut caller) = (house.auth.clone(), browser.caller.clone());
        caller.client.address = format!("198.51.100.{}", tasks.len()).parse().unwrap();
        tasks.push(tokio::spawn(async move {
            auth.sign_in().complete_second_factor(&caller, request).await.unwrap()
        }));
    }
    assert_eq!(winners(tasks).await, 1);
    assert_eq!(house.given.store.sessions().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r74_of_parallel_tries_with_one_backup_code_one_gets_in() {
    let house = House::limited(|limits| limits.backup_code_failures_per_day = 20).await;
    house.given.with_two_factor(EMAIL);
    let mut tasks = Vec::new();
    for _ in 0..12 {
        let browser = house.browser();
        let flow = browser.at_second_step(EMAIL).await.flow;
        let request = doorward_auth::sign_in::complete_second_factor::SecondFactorTry {
            workspace: house.given.workspace.clone(),
            flow,
            typed: backup_code(0).expose(),
        };
        let (auth, mut caller) = (house.auth.clone(), browser.caller.clone());
        caller.client.address = format!("198.51.100.{}", tasks.len()).parse().unwrap();
        tasks.push(tokio::spawn(async move {
            auth.sign_in().complete_second_factor(&caller, request).await.unwrap()
        }));
    }
    assert_eq!(winners(tasks).await, 1);
    assert_eq!(house.given.store.sessions().len(), 1);
}

pub(crate) async fn winners(tasks: Vec<tokio::task::JoinHandle<SignInOutcome>>) -> usize {
    let mut winners = 0;
    for task in tasks {
        if matches!(task.await.unwrap(), SignInOutcome::SignedIn(_)) {
            winners += 1;
        }
    }
    winners
}

/// Jo with a passkey and the app on, signed out.
async fn house_with_passkey() -> (House, Authenticator) {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let mut key = Authenticator::new(1);
    let session = {
        let browser = house.browser();
        let session = browser.enter(EMAIL).await.session;
        browser.give_passkey(&session, &mut key, "Key").await;
        session
    };
    let record = Person::customer(house.given.workspace.id, EMAIL).with_app().factors;
    house.given.store.put_factors(session.user, record);
    (house, key)
}

#[tokio::test]
async fn b10_a_passkey_answers_the_second_step_once_and_only_for_its_own_attempt() {
    let (house, mut key) = house_with_passkey().await;
    let browser = house.browser();
    let needed = browser.at_second_step(EMAIL).await;
    assert!(needed.passkey);
    let other = browser.at_second_step(EMAIL).await;
    let (sign_in, workspace) = (house.auth.sign_in(), &house.given.workspace);
    let round = sign_in
        .begin_second_passkey(&browser.caller, workspace, needed.flow, ORIGIN)
        .await
        .unwrap()
        .unwrap();
    let request = |flow, answer| SecondPasskey {
        workspace: workspace.clone(),
        flow,
        ceremony: round.ceremony,
        answer,
    };
    let answer = key.answer(&round.options);
    let crossed = sign_in
        .complete_with_passkey(&browser.caller, request(other.flow, answer.clone()))
        .await
        .unwrap();
    assert_eq!(refused(crossed).reason, PublicReason::PasskeyWrong);
    let spent = sign_in
        .complete_with_passkey(&browser.caller, request(needed.flow, answer))
        .await
        .unwrap();
    assert_eq!(
        refused(spent).reason,
        PublicReason::PasskeyWrong,
        "asked once, whoever asked"
    );

    let round = sign_in
        .begin_second_passkey(&browser.caller, workspace, needed.flow, ORIGIN)
        .await
        .unwrap()
        .unwrap();
    let request = SecondPasskey {
        workspace: workspace.clone(),
        flow: needed.flow,
        ceremony: round.ceremony,
        answer: key.answer(&round.options),
    };
    signed_in(sign_in.complete_with_passkey(&browser.caller, request).await.unwrap());
    assert!(house.given.store.passkeys()[0].last_used_at.is_some());
}

#[tokio::test]
async fn r76_somebody_elses_passkey_is_no_second_factor() {
    let (house, _) = house_with_passkey().await;
    house.given.customer("mia@example.com");
    let mia = house.browser();
    let mut hers = Authenticator::new(2);
    let session = mia.enter("mia@example.com").await.session;
    mia.give_passkey(&session, &mut hers, "Hers").await;
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let (sign_in, workspace) = (house.auth.sign_in(), &house.given.workspace);
    let round = sign_in
        .begin_second_passkey(&browser.caller, workspace, flow, ORIGIN)
        .await
        .unwrap()
        .unwrap();
    let request = SecondPasskey {
        workspace: workspace.clone(),
        flow,
        ceremony: round.ceremony,
        answer: hers.answer(&round.options),
    };
    let outcome = sign_in.complete_with_passkey(&browser.caller, request).await.unwrap();
    assert_eq!(refused(outcome).reason, PublicReason::PasskeyWrong);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasskeyUnknown);
}

#[tokio::test]
async fn r77_whoever_has_only_a_passkey_where_a_second_factor_is_required_is_not_let_set_up_an_app_by_password() {
    let house = House::with(
        |settings| settings.customers.two_factor_required = true,
        doorward_domain::policy::PolicySet::default(),
    )
    .await;
    let person = Person::customer(house.given.workspace.id, EMAIL).with_passkey("Key", false);
    house.given.person(person);
    let needed = second_step(house.browser().password(EMAIL, PASSWORD).await);
    assert_eq!(needed.step, Step::SecondFactor);
    assert!(needed.passkey);
}
