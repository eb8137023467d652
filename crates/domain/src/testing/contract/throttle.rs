//! Contracts of [`Throttle`](crate::ports::Throttle).

use std::collections::HashMap;
use std::slice::from_ref;
use std::time::Duration;

use super::support::{DAY, NOW, acme, another, later, race};
use super::{RACERS, StorePorts};
use crate::ids::WorkspaceId;
use crate::reason::PrivateReason;
use crate::throttle::{Admission, Charge, Counter, LimitRule, Step, ThrottleKey, refund, step};
use crate::time::Timestamp;

/// The source of this suite.
pub const SOURCE: &str = include_str!("throttle.rs");

const WINDOW: LimitRule = LimitRule::Window {
    max: 3,
    window: Duration::from_mins(1),
};
const SPACING: LimitRule = LimitRule::Spacing {
    first: Duration::from_secs(30),
    next: Duration::from_mins(1),
    window: Duration::from_mins(15),
};
const BACKOFF: LimitRule = LimitRule::Backoff {
    free: 5,
    window: Duration::from_mins(5),
    first: Duration::from_secs(30),
    longest: Duration::from_hours(1),
    in_a_row: 20,
};

fn charge(what: &str, rule: LimitRule) -> Charge {
    Charge {
        key: ThrottleKey::new(what, "jo@example.com"),
        rule,
        reason: PrivateReason::BudgetAddress,
    }
}

async fn consume(store: &StorePorts, workspace: WorkspaceId, charges: &[Charge], now: Timestamp) -> Admission {
    store.throttle.consume(workspace, charges.to_vec(), now).await.unwrap()
}

async fn peek(store: &StorePorts, workspace: WorkspaceId, charges: &[Charge], now: Timestamp) -> Admission {
    store.throttle.peek(workspace, charges.to_vec(), now).await.unwrap()
}

async fn admitted_of(store: &StorePorts, rule: LimitRule) -> usize {
    let workspace = acme(store).await.id;
    let said = race(RACERS, |_| {
        let (ports, charge) = (store.clone(), charge("raced", rule));
        async move { consume(&ports, workspace, &[charge], NOW).await }
    })
    .await;
    said.iter().filter(|said| **said == Admission::Admitted).count()
}

/// The counters that [`step`] and [`refund`] would keep.
#[derive(Default)]
struct Model(HashMap<ThrottleKey, Counter>);

impl Model {
    fn consume(&mut self, charges: &[Charge], now: Timestamp) -> Admission {
        for charge in charges {
            let counter = self.0.entry(charge.key.clone()).or_default();
            match step(*counter, charge.rule, now) {
                Step::Counted(next) => *counter = next,
                Step::Exceeded { retry_at } => {
                    return Admission::Exceeded {
                        reason: charge.reason,
                        retry_at,
                    };
                }
            }
        }
        Admission::Admitted
    }

    fn refund(&mut self, charges: &[Charge]) {
        for charge in charges {
            if let Some(counter) = self.0.get_mut(&charge.key) {
                *counter = refund(*counter, charge.rule);
            }
        }
    }
}

/// Counters move as [`step`] and [`refund`] say, over long mixed histories of charges, refunds, looks and clearings.
pub async fn counters_move_as_the_rules_say(store: &StorePorts) {
    let workspace = acme(store).await.id;
    let all = [
        charge("window", WINDOW),
        charge("spacing", SPACING),
        charge("backoff", BACKOFF),
    ];
    let mut dice = 0x2545_F491_4F6C_DD1D_u64;
    let mut roll = |sides: u64| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice % sides
    };
    let (mut model, mut now) = (Model::default(), NOW);
    for turn in 0..300 {
        now = now.plus(Duration::from_secs(
            [0, 1, 10, 30, 61, 400][usize::try_from(roll(6)).unwrap()],
        ));
        let first = usize::try_from(roll(3)).unwrap();
        let charges: Vec<Charge> = all.iter().skip(first).cloned().collect();
        match roll(8) {
            0 => {
                store.throttle.refund(workspace, charges.clone()).await.unwrap();
                model.refund(&charges);
            }
            1 if turn % 50 == 0 => {
                let key = charges[0].key.clone();
                store.throttle.clear(workspace, vec![key.clone()]).await.unwrap();
                model.0.remove(&key);
            }
            2 => {
                let mut scratch = Model(model.0.clone());
                let expected = scratch.consume(&charges, now);
                assert_eq!(
                    peek(store, workspace, &charges, now).await,
                    expected,
                    "look at turn {turn}"
                );
            }
            _ => {
                let expected = model.consume(&charges, now);
                assert_eq!(consume(store, workspace, &charges, now).await, expected, "turn {turn}");
            }
        }
    }
}

/// Of N parallel charges a window admits exactly its limit.
pub async fn a_race_for_a_window_admits_exactly_the_limit(store: &StorePorts) {
    let rule = LimitRule::Window {
        max: 30,
        window: Duration::from_mins(1),
    };
    assert_eq!(admitted_of(store, rule).await, 30);
}

/// Of N parallel charges a backoff admits exactly the free ones.
pub async fn a_race_for_a_backoff_admits_exactly_the_free_ones(store: &StorePorts) {
    assert_eq!(admitted_of(store, BACKOFF).await, 5);
}

/// Of N parallel charges a spacing admits one.
pub async fn a_race_for_a_spacing_admits_one(store: &StorePorts) {
    assert_eq!(admitted_of(store, SPACING).await, 1);
}

/// Each refund gives back exactly one charge, also while others are counted.
pub async fn refunds_are_one_for_one_under_a_race(store: &StorePorts) {
    let workspace = acme(store).await.id;
    let wide = charge(
        "raced",
        LimitRule::Window {
            max: u32::try_from(RACERS).unwrap() + 1,
            window: Duration::from_hours(1),
        },
    );
    race(RACERS, |i| {
        let (ports, charge) = (store.clone(), wide.clone());
        async move {
            assert_eq!(
                consume(&ports, workspace, from_ref(&charge), NOW).await,
                Admission::Admitted
            );
            if i % 2 == 0 {
                ports.throttle.refund(workspace, vec![charge]).await.unwrap();
            }
        }
    })
    .await;
    let left = RACERS + 1 - RACERS / 2;
    for n in 0..left {
        assert_eq!(
            consume(store, workspace, from_ref(&wide), NOW).await,
            Admission::Admitted,
            "{n}"
        );
    }
    assert_ne!(consume(store, workspace, &[wide], NOW).await, Admission::Admitted);
}

/// `consume` stops at the first charge that is exceeded: those before it stay counted, those after it are not.
pub async fn consume_stops_at_the_first_exceeded_charge(store: &StorePorts) {
    let workspace = acme(store).await.id;
    let (before, exceeded, after) = (
        charge("before", WINDOW),
        charge("spacing", SPACING),
        charge("after", WINDOW),
    );
    let all = [before.clone(), exceeded.clone(), after.clone()];
    assert_eq!(consume(store, workspace, &all, NOW).await, Admission::Admitted);
    for _ in 0..2 {
        let said = consume(store, workspace, &all, NOW).await;
        let expected = Admission::Exceeded {
            reason: PrivateReason::BudgetAddress,
            retry_at: Some(later(30)),
        };
        assert_eq!(said, expected);
    }
    assert_ne!(peek(store, workspace, &[before], NOW).await, Admission::Admitted);
    for _ in 0..2 {
        assert_eq!(
            consume(store, workspace, from_ref(&after), NOW).await,
            Admission::Admitted
        );
    }
    assert_ne!(consume(store, workspace, &[after], NOW).await, Admission::Admitted);
}

/// `peek` says what `consume` would say and counts nothing.
pub async fn peek_counts_nothing_and_says_the_same(store: &StorePorts) {
    let workspace = acme(store).await.id;
    let one = charge("one", SPACING);
    for _ in 0..10 {
        assert_eq!(peek(store, workspace, from_ref(&one), NOW).await, Admission::Admitted);
    }
    let twice = [one.clone(), one.clone()];
    let expected = Admission::Exceeded {
        reason: PrivateReason::BudgetAddress,
        retry_at: Some(later(30)),
    };
    assert_eq!(
        peek(store, workspace, &twice, NOW).await,
        expected,
        "a look sees its own charges"
    );
    assert_eq!(
        consume(store, workspace, from_ref(&one), NOW).await,
        Admission::Admitted
    );
    assert_eq!(peek(store, workspace, from_ref(&one), NOW).await, expected);
    assert_eq!(consume(store, workspace, &[one], NOW).await, expected);
}

/// `clear` forgets a counter altogether: count, wait and how many in a row.
pub async fn clear_forgets_altogether(store: &StorePorts) {
    let workspace = acme(store).await.id;
    let closing = charge(
        "closing",
        LimitRule::Backoff {
            free: 10,
            window: Duration::from_mins(5),
            first: Duration::from_secs(30),
            longest: Duration::from_hours(1),
            in_a_row: 3,
        },
    );
    let bystander = charge("bystander", SPACING);
    consume(store, workspace, from_ref(&bystander), NOW).await;
    for round in 0..2 {
        for _ in 0..3 {
            assert_eq!(
                consume(store, workspace, from_ref(&closing), NOW).await,
                Admission::Admitted,
                "{round}"
            );
        }
        let said = consume(store, workspace, from_ref(&closing), later(DAY)).await;
        assert!(matches!(said, Admission::Exceeded { retry_at: None, .. }), "{said:?}");
        store
            .throttle
            .clear(workspace, vec![closing.key.clone()])
            .await
            .unwrap();
    }
    assert_ne!(peek(store, workspace, &[bystander], NOW).await, Admission::Admitted);
}

/// A refund of what was never charged gives nobody a charge more.
pub async fn a_refund_of_nothing_is_nothing(store: &StorePorts) {
    let workspace = acme(store).await.id;
    let one = charge("one", WINDOW);
    store
        .throttle
        .refund(workspace, vec![one.clone(), one.clone()])
        .await
        .unwrap();
    for _ in 0..3 {
        assert_eq!(
            consume(store, workspace, from_ref(&one), NOW).await,
            Admission::Admitted
        );
    }
    assert_ne!(consume(store, workspace, &[one], NOW).await, Admission::Admitted);
}

/// Counters of workspaces, and of the whole server, are apart.
pub async fn counters_of_workspaces_are_apart(store: &StorePorts) {
    let (acme, other) = (acme(store).await.id, another(store, "other").await.id);
    let one = charge("one", SPACING);
    for place in [acme, other, WorkspaceId::SERVER] {
        assert_eq!(consume(store, place, from_ref(&one), NOW).await, Admission::Admitted);
    }
    store.throttle.clear(acme, vec![one.key.clone()]).await.unwrap();
    assert_eq!(peek(store, acme, from_ref(&one), NOW).await, Admission::Admitted);
    for place in [other, WorkspaceId::SERVER] {
        assert_ne!(peek(store, place, from_ref(&one), NOW).await, Admission::Admitted);
    }
}

/// `sweep` removes no counter that still matters, also not one that closed a way less than a year ago, and does remove
/// what is over.
pub async fn sweep_changes_no_answer_for_a_year(store: &StorePorts) {
    let workspace = acme(store).await.id;
    let closing = charge(
        "closing",
        LimitRule::Backoff {
            free: 1,
            window: Duration::from_mins(5),
            first: Duration::ZERO,
            longest: Duration::ZERO,
            in_a_row: 2,
        },
    );
    let (window, spacing) = (charge("window", WINDOW), charge("spacing", SPACING));
    for charge in [&closing, &closing, &window, &window, &window, &spacing] {
        assert_eq!(
            consume(store, workspace, from_ref(charge), NOW).await,
            Admission::Admitted
        );
    }
    store.throttle.sweep(later(20)).await.unwrap();
    for charge in [&closing, &window, &spacing] {
        assert_ne!(
            peek(store, workspace, from_ref(charge), later(20)).await,
            Admission::Admitted
        );
    }
    store.throttle.sweep(later(300 * DAY)).await.unwrap();
    let said = peek(store, workspace, from_ref(&closing), later(300 * DAY)).await;
    assert!(matches!(said, Admission::Exceeded { retry_at: None, .. }), "{said:?}");
    store.throttle.sweep(later(800 * DAY)).await.unwrap();
    assert_eq!(
        store.throttle.sweep(later(800 * DAY)).await.unwrap(),
        0,
        "nothing was left"
    );
    assert_eq!(
        peek(store, workspace, &[closing], later(800 * DAY)).await,
        Admission::Admitted
    );
}
