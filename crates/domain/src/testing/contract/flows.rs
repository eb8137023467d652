//! Contracts of [`Flows`](crate::ports::Flows).

use super::support::{
    DAY, NOW, acme, another, at_second_step, attempt, begun, code, customer, fresh_token, has_receipt, later, mail,
    mails_to, phc, race, row, send, sent, spent_row, try_code, trying, was_audited, wrong_tries,
};
use super::{RACERS, StorePorts};
use crate::email_address::EmailKey;
use crate::ids::FlowId;
use crate::method::Method;
use crate::ports::{CodeTry, SendCode, TryCode};
use crate::return_to::ReturnTo;
use crate::sign_in::{Binding, Door, FirstStep, FlowPurpose, NewSignUp, PendingSignIn, Step};
use crate::testing::given::unique;
use crate::testing::{address, arrived};
use crate::throttle::ThrottleKey;
use crate::time::Timestamp;
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("flows.rs");

async fn stored(store: &StorePorts, flow: &PendingSignIn) -> Option<PendingSignIn> {
    store.flows.find(flow.workspace, flow.id).await.unwrap()
}

async fn find_live(store: &StorePorts, flow: &PendingSignIn, address: &EmailKey, now: Timestamp) -> Option<FlowId> {
    store
        .flows
        .find_live(flow.workspace, flow.binding, flow.purpose, address, now)
        .await
        .unwrap()
        .map(|found| found.id)
}

fn sign_up(workspace: &Workspace, email: &str) -> PendingSignIn {
    PendingSignIn {
        purpose: FlowPurpose::SignUp,
        sign_up: Some(NewSignUp {
            name: "Jo".to_owned(),
            password: phc("claimed"),
        }),
        ..attempt(workspace, email)
    }
}

/// `send_code` writes attempt, code, outbox row, receipt and audit row.
pub async fn send_code_writes_attempt_code_mail_receipt_and_audit(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let digest = fresh_token();
    let wanted = SendCode {
        mail: Some(mail(workspace.id, "jo@example.com", NOW)),
        ..send(&flow, Some(code(digest, NOW)), NOW)
    };
    let (receipt, entry) = (wanted.receipt.clone(), wanted.audit.clone());
    store.flows.send_code(wanted).await.unwrap();
    assert_eq!(stored(store, &flow).await.as_ref(), Some(&flow));
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert!(has_receipt(store, &receipt).await);
    assert!(was_audited(store, &entry).await);
    let tried = try_code(store, &flow, digest, NOW).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
}

/// `send_code` writes nothing if it cannot write all (R110).
pub async fn send_code_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    let wanted = SendCode {
        mail: Some(mail(workspace.id, "jo@example.com", NOW)),
        audit: spent,
        ..send(&flow, Some(code(fresh_token(), NOW)), NOW)
    };
    let receipt = wanted.receipt.clone();
    store.flows.send_code(wanted).await.unwrap_err();
    assert_eq!(stored(store, &flow).await, None);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    assert!(!has_receipt(store, &receipt).await);
}

/// Sending again replaces destination, sign-up, verified password and time of sending, and nothing else: wrong tries
/// stay, and so does the end of the attempt.
pub async fn sending_again_replaces_only_what_may_change(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let flow = sign_up(&workspace, "jo@example.com");
    sent(store, &flow).await;
    try_code(store, &flow, fresh_token(), NOW).await;
    let again = PendingSignIn {
        return_to: ReturnTo::parse("/other"),
        sign_up: Some(NewSignUp {
            name: "Joanna".to_owned(),
            password: phc("second"),
        }),
        password_verified: Some(user.id),
        arrived: Some(arrived("twitter", "44")),
        last_sent_at: later(60),
        wrong_tries: 0,
        email: address("evil@example.com"),
        binding: Binding::Browser(fresh_token()),
        purpose: FlowPurpose::SignIn,
        created_at: later(60),
        expires_at: later(9_999),
        ..flow.clone()
    };
    store.flows.send_code(send(&again, None, later(60))).await.unwrap();
    let expected = PendingSignIn {
        return_to: again.return_to.clone(),
        sign_up: again.sign_up.clone(),
        password_verified: again.password_verified,
        arrived: again.arrived.clone(),
        last_sent_at: again.last_sent_at,
        wrong_tries: 1,
        ..flow.clone()
    };
    assert_eq!(stored(store, &flow).await, Some(expected));
}

/// An attempt comes back as it was stored, of a browser or of an app, and only in its own workspace.
pub async fn attempts_come_back_as_they_were_stored(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let of_app = PendingSignIn {
        binding: Binding::Bearer,
        password_verified: Some(user.id),
        arrived: Some(
            arrived("google", "jo")
                .authoritative("jo@example.com")
                .named("Jo \u{2603}"),
        ),
        email: address("Jo.Doe+X@Example.com"),
        ..attempt(&workspace, "jo@example.com")
    };
    for flow in [of_app, sign_up(&workspace, "mo@example.com")] {
        sent(store, &flow).await;
        assert_eq!(stored(store, &flow).await.as_ref(), Some(&flow));
        assert_eq!(store.flows.find(other.id, flow.id).await.unwrap(), None);
    }
}

/// Of any number of parallel right tries exactly one is `Redeemed`; the others are `Spent`, and none is counted (R28).
pub async fn a_race_of_right_codes_redeems_one(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let digest = sent(store, &flow).await;
    let said = race(RACERS, |_| {
        let (ports, flow) = (store.clone(), flow.clone());
        async move { try_code(&ports, &flow, digest, NOW).await }
    })
    .await;
    let redeemed = said.iter().filter(|said| matches!(said, CodeTry::Redeemed(_))).count();
    let spent = said.iter().filter(|said| matches!(said, CodeTry::Spent)).count();
    assert_eq!((redeemed, spent), (1, RACERS - 1));
    assert_eq!(wrong_tries(store, &flow).await, 0);
}

/// Of any number of parallel tries no more than `max_tries` wrong ones are compared (R22).
pub async fn a_race_of_wrong_codes_compares_no_more_than_allowed(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    sent(store, &flow).await;
    let said = race(RACERS, |_| {
        let (ports, flow, digest) = (store.clone(), flow.clone(), fresh_token());
        async move { try_code(&ports, &flow, digest, NOW).await }
    })
    .await;
    let mut left: Vec<u32> = said
        .iter()
        .filter_map(|said| match said {
            CodeTry::Wrong { tries_left } => Some(*tries_left),
            _ => None,
        })
        .collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
    let over = said.iter().filter(|said| matches!(said, CodeTry::Over)).count();
    assert_eq!(over, RACERS - 5);
}

/// Once out of tries, a right code is `Over`; a new code changes nothing about that.
pub async fn a_right_code_is_over_once_the_tries_are_spent(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let right = sent(store, &flow).await;
    for _ in 0..5 {
        try_code(store, &flow, fresh_token(), NOW).await;
    }
    let tried = try_code(store, &flow, right, NOW).await;
    assert!(matches!(tried, CodeTry::Over), "{tried:?}");
    let another = fresh_token();
    let again = send(&flow, Some(code(another, later(60))), later(60));
    store.flows.send_code(again).await.unwrap();
    let tried = try_code(store, &flow, another, later(60)).await;
    assert!(matches!(tried, CodeTry::Over), "{tried:?}");
}

/// A wrong try is counted; one that is right, spent or expired is not (R28).
pub async fn wrong_codes_are_counted_and_others_are_not(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let early = sent(store, &flow).await;
    for left in [4, 3] {
        let tried = try_code(store, &flow, fresh_token(), NOW).await;
        assert!(
            matches!(tried, CodeTry::Wrong { tries_left } if tries_left == left),
            "{tried:?}"
        );
    }
    let late = fresh_token();
    let again = send(&flow, Some(code(late, later(300))), later(300));
    store.flows.send_code(again).await.unwrap();
    for _ in 0..10 {
        let tried = try_code(store, &flow, early, later(600)).await;
        assert!(matches!(tried, CodeTry::Expired), "{tried:?}");
    }
    let tried = try_code(store, &flow, late, later(600)).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
    for _ in 0..10 {
        let tried = try_code(store, &flow, late, later(600)).await;
        assert!(matches!(tried, CodeTry::Spent), "{tried:?}");
    }
    assert_eq!(wrong_tries(store, &flow).await, 2);
}

/// What is not even of the form of a code counts as wrong.
pub async fn what_is_no_code_at_all_counts_as_wrong(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let digest = sent(store, &flow).await;
    let nothing = TryCode {
        digest: None,
        ..trying(&flow, digest, NOW)
    };
    let tried = store.flows.try_code(nothing).await.unwrap();
    assert!(matches!(tried, CodeTry::Wrong { tries_left: 4 }), "{tried:?}");
    assert_eq!(wrong_tries(store, &flow).await, 1);
}

/// An attempt of another browser, purpose or workspace is `Unknown`, with the right code too, and counts nothing (R25).
pub async fn a_foreign_attempt_is_unknown_and_counts_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let flow = attempt(&workspace, "jo@example.com");
    let right = sent(store, &flow).await;
    let base = || trying(&flow, right, NOW);
    let foreign = [
        TryCode {
            binding: Binding::Browser(fresh_token()),
            ..base()
        },
        TryCode {
            binding: Binding::Bearer,
            ..base()
        },
        TryCode {
            purpose: FlowPurpose::SignUp,
            ..base()
        },
        TryCode {
            workspace: other.id,
            ..base()
        },
        TryCode {
            flow: FlowId::from_uuid(unique()),
            ..base()
        },
    ];
    for attempt in foreign {
        for digest in [Some(right), Some(fresh_token()), None] {
            let tried = store
                .flows
                .try_code(TryCode {
                    digest,
                    ..attempt.clone()
                })
                .await
                .unwrap();
            assert!(matches!(tried, CodeTry::Unknown), "{tried:?} to {attempt:?}");
        }
    }
    assert_eq!(wrong_tries(store, &flow).await, 0);
    let of_app = PendingSignIn {
        binding: Binding::Bearer,
        ..attempt(&workspace, "mo@example.com")
    };
    let right = sent(store, &of_app).await;
    let by_browser = TryCode {
        binding: Binding::Browser(fresh_token()),
        ..trying(&of_app, right, NOW)
    };
    let tried = store.flows.try_code(by_browser).await.unwrap();
    assert!(matches!(tried, CodeTry::Unknown), "{tried:?}");
    let tried = try_code(store, &of_app, right, NOW).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
}

/// A code of one attempt is wrong in any other, also of the same browser.
pub async fn codes_of_one_attempt_are_nothing_in_another(store: &StorePorts) {
    let workspace = acme(store).await;
    let first = attempt(&workspace, "jo@example.com");
    let second = PendingSignIn {
        binding: first.binding,
        ..attempt(&workspace, "mo@example.com")
    };
    let right = sent(store, &first).await;
    sent(store, &second).await;
    let tried = try_code(store, &second, right, NOW).await;
    assert!(matches!(tried, CodeTry::Wrong { .. }), "{tried:?}");
    let tried = try_code(store, &first, right, NOW).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
}

/// At most `live_codes` codes of an attempt stay alive; the oldest go (R27).
pub async fn the_oldest_code_goes_when_there_are_too_many(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let mut digests = vec![sent(store, &flow).await];
    for n in 1..5 {
        let digest = fresh_token();
        let again = send(&flow, Some(code(digest, later(n))), later(n));
        store.flows.send_code(again).await.unwrap();
        digests.push(digest);
    }
    for (n, digest) in digests.into_iter().enumerate() {
        let tried = try_code(store, &flow, digest, later(10)).await;
        assert_eq!(matches!(tried, CodeTry::Redeemed(_)), n >= 2, "code {n}: {tried:?}");
    }
}

/// Each code of an attempt lives its own ten minutes (R27).
pub async fn each_code_lives_its_own_life(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let first = sent(store, &flow).await;
    let second = fresh_token();
    let again = send(&flow, Some(code(second, later(590))), later(590));
    store.flows.send_code(again).await.unwrap();
    let tried = try_code(store, &flow, first, later(599)).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
    let tried = try_code(store, &flow, second, later(1_189)).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
    let third = fresh_token();
    let again = send(&flow, Some(code(third, later(600))), later(600));
    store.flows.send_code(again).await.unwrap();
    let tried = try_code(store, &flow, third, later(1_200)).await;
    assert!(matches!(tried, CodeTry::Expired), "{tried:?}");
}

/// An attempt past its life is `Over`, whatever its codes say.
pub async fn an_attempt_past_its_life_is_over(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let digest = fresh_token();
    let again = send(&flow, Some(code(digest, later(1_700))), later(1_700));
    store.flows.send_code(again).await.unwrap();
    let tried = try_code(store, &flow, digest, later(1_800)).await;
    assert!(matches!(tried, CodeTry::Over), "{tried:?}");
    let tried = try_code(store, &flow, digest, later(1_799)).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
}

/// Redeeming ends no attempt by itself, and hands out the attempt as it was.
pub async fn redeeming_ends_no_attempt(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let flow = PendingSignIn {
        password_verified: Some(user.id),
        ..sign_up(&workspace, "jo@example.com")
    };
    let digest = sent(store, &flow).await;
    let tried = try_code(store, &flow, digest, NOW).await;
    let CodeTry::Redeemed(redeemed) = tried else {
        panic!("not redeemed: {tried:?}");
    };
    let handed_out = PendingSignIn {
        wrong_tries: 0,
        ..*redeemed.flow
    };
    assert_eq!(handed_out, flow);
    assert_eq!(stored(store, &flow).await.unwrap().ended_at, None);
    assert_eq!(find_live(store, &flow, &flow.email.key(), NOW).await, Some(flow.id));
}

/// `end` ends the attempt and voids its codes, keeps the first end, and reaches no other workspace.
pub async fn an_ended_attempt_is_over(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let (flow, bystander) = (
        attempt(&workspace, "jo@example.com"),
        attempt(&workspace, "mo@example.com"),
    );
    let (digest, theirs) = (sent(store, &flow).await, sent(store, &bystander).await);
    store.flows.end(other.id, flow.id, NOW).await.unwrap();
    assert_eq!(stored(store, &flow).await.unwrap().ended_at, None);
    store.flows.end(workspace.id, flow.id, later(1)).await.unwrap();
    store.flows.end(workspace.id, flow.id, later(2)).await.unwrap();
    assert_eq!(stored(store, &flow).await.unwrap().ended_at, Some(later(1)));
    let tried = try_code(store, &flow, digest, later(3)).await;
    assert!(matches!(tried, CodeTry::Over), "{tried:?}");
    let again = send(&flow, Some(code(fresh_token(), later(4))), later(4));
    store.flows.send_code(again).await.unwrap();
    assert_eq!(
        stored(store, &flow).await.unwrap().ended_at,
        Some(later(1)),
        "nothing revives it"
    );
    let tried = try_code(store, &bystander, theirs, later(3)).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
}

/// `find_live` finds the live attempt of this browser, purpose, address and workspace (R27).
pub async fn find_live_finds_the_browsers_own_attempt(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let flow = attempt(&workspace, "Jo@example.com");
    sent(store, &flow).await;
    let key = address("jo@EXAMPLE.com").key();
    assert_eq!(find_live(store, &flow, &key, later(1_799)).await, Some(flow.id));
    assert_eq!(find_live(store, &flow, &key, later(1_800)).await, None);
    assert_eq!(
        find_live(store, &flow, &address("mo@example.com").key(), NOW).await,
        None
    );
    let foreign = [
        PendingSignIn {
            binding: Binding::Browser(fresh_token()),
            ..flow.clone()
        },
        PendingSignIn {
            purpose: FlowPurpose::SignUp,
            ..flow.clone()
        },
        PendingSignIn {
            workspace: other.id,
            ..flow.clone()
        },
    ];
    for asking in foreign {
        assert_eq!(find_live(store, &asking, &key, NOW).await, None);
    }
    store.flows.end(workspace.id, flow.id, NOW).await.unwrap();
    assert_eq!(find_live(store, &flow, &key, NOW).await, None);
}

/// `find_live` finds nothing for an app: whoever knows only an address must not be handed the attempt of another app, nor
/// be able to put a sign-up of their own into it (R25, R57).
pub async fn find_live_never_hands_out_the_attempt_of_an_app(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = PendingSignIn {
        binding: Binding::Bearer,
        ..sign_up(&workspace, "jo@example.com")
    };
    sent(store, &flow).await;
    assert_eq!(find_live(store, &flow, &flow.email.key(), NOW).await, None);
}

/// `sweep` removes attempts, with their codes, that ended more than a day ago, and leaves the others.
pub async fn sweep_removes_what_ended_a_day_ago(store: &StorePorts) {
    let workspace = acme(store).await;
    let (expired, ended) = (
        attempt(&workspace, "a@example.com"),
        attempt(&workspace, "b@example.com"),
    );
    let late = PendingSignIn {
        expires_at: later(3 * DAY),
        password_verified: None,
        ..attempt(&workspace, "c@example.com")
    };
    for flow in [&expired, &ended, &late] {
        sent(store, flow).await;
    }
    store.flows.end(workspace.id, ended.id, later(1_000)).await.unwrap();
    store.flows.sweep(later(DAY)).await.unwrap();
    for flow in [&expired, &ended, &late] {
        assert!(stored(store, flow).await.is_some());
    }
    store.flows.sweep(later(DAY + 1_001)).await.unwrap();
    assert!(stored(store, &ended).await.is_none());
    assert!(stored(store, &expired).await.is_some());
    store.flows.sweep(later(DAY + 1_801)).await.unwrap();
    assert!(stored(store, &expired).await.is_none());
    assert!(stored(store, &late).await.is_some());
}

/// `begin` stores an attempt as it is, ends the one that it takes the place of and no other, and writes receipt and audit
/// row.
pub async fn begin_stores_the_attempt_and_ends_the_one_before(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (before, bystanding) = (
        attempt(&workspace, "jo@example.com"),
        attempt(&workspace, "jo@example.com"),
    );
    let code = sent(store, &before).await;
    sent(store, &bystanding).await;
    let first = FirstStep {
        door: Door::Backup,
        mailbox_proved: true,
        credentials_version: 7,
        step: Step::EnrolSecondFactor,
        clears: vec![ThrottleKey::new("password-address", "jo@example.com")],
        rehash: Some(phc("today")),
        ..crate::testing::first_step(user.id, Method::EmailCode)
    };
    let second_step = PendingSignIn {
        first_step: Some(first),
        ..at_second_step(&user)
    };
    let known = |purpose| PendingSignIn {
        purpose,
        user: Some(user.id),
        ..attempt(&workspace, "jo@example.com")
    };
    let wanted = [
        (second_step, Some(before.id)),
        (known(FlowPurpose::Recovery), None),
        (known(FlowPurpose::FreshProof), None),
        (
            PendingSignIn {
                binding: Binding::Bearer,
                ..at_second_step(&user)
            },
            None,
        ),
    ];
    for (flow, ends) in wanted {
        let (receipt, entry) = (
            super::support::receipt(workspace.id, "jo@example.com", NOW),
            row(workspace.id),
        );
        let begun = store
            .flows
            .begin(flow.clone(), ends, receipt.clone(), entry.clone())
            .await;
        begun.unwrap();
        assert_eq!(stored(store, &flow).await.as_ref(), Some(&flow));
        assert!(has_receipt(store, &receipt).await);
        assert!(was_audited(store, &entry).await);
    }
    let ended = stored(store, &before).await.unwrap();
    assert_eq!(ended.ended_at, Some(NOW));
    let tried = try_code(store, &before, code, NOW).await;
    assert!(matches!(tried, CodeTry::Over), "{tried:?}");
    assert_eq!(stored(store, &bystanding).await.unwrap().ended_at, None);
}

/// `begin` stores nothing, and ends nothing, if it cannot write all.
pub async fn begin_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let before = attempt(&workspace, "jo@example.com");
    sent(store, &before).await;
    let flow = at_second_step(&user);
    let receipt = super::support::receipt(workspace.id, "jo@example.com", NOW);
    let spent = spent_row(store, &workspace).await;
    let begun = store.flows.begin(flow.clone(), Some(before.id), receipt.clone(), spent);
    begun.await.unwrap_err();
    assert_eq!(stored(store, &flow).await, None);
    assert_eq!(stored(store, &before).await, Some(before));
    assert!(!has_receipt(store, &receipt).await);
}

/// An attempt at its second step is nothing to somebody who looks for one with codes, and no code is tried on it.
pub async fn an_attempt_at_its_second_step_takes_no_code(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let flow = at_second_step(&user);
    begun(store, &flow).await;
    let sign_in = PendingSignIn {
        purpose: FlowPurpose::SignIn,
        ..flow.clone()
    };
    assert_eq!(
        find_live(store, &sign_in, &address("jo@example.com").key(), NOW).await,
        None
    );
    let tried = try_code(store, &sign_in, fresh_token(), NOW).await;
    assert!(matches!(tried, CodeTry::Unknown), "{tried:?}");
    assert_eq!(wrong_tries(store, &flow).await, 0);
}
