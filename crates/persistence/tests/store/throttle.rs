//! The counters in SQL move as the rules in the domain say, over random sequences and under parallel charges.

use std::time::Duration;

use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::Throttle;
use doorward_domain::reason::PrivateReason;
use doorward_domain::throttle::{Admission, Charge, Counter, LimitRule, Step, ThrottleKey, refund, step};
use doorward_domain::time::Timestamp;
use doorward_persistence::{SeaThrottle, Station};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use crate::given::{NOW, unique};
use crate::stores::{Kind, Place};

#[derive(Debug, Clone, Copy)]
enum Move {
    Charge { after: Duration },
    Refund,
    Clear,
}

fn seconds(range: std::ops::RangeInclusive<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_secs)
}

fn rules() -> impl Strategy<Value = LimitRule> {
    prop_oneof![
        (0_u32..6, seconds(0..=90)).prop_map(|(max, window)| LimitRule::Window { max, window }),
        (seconds(0..=40), seconds(0..=80), seconds(0..=200)).prop_map(|(first, next, window)| LimitRule::Spacing {
            first,
            next,
            window
        }),
        (
            0_u32..5,
            seconds(0..=60),
            seconds(0..=40),
            seconds(0..=4_000),
            0_u32..30
        )
            .prop_map(|(free, window, first, longest, in_a_row)| LimitRule::Backoff {
                free,
                window,
                first,
                longest,
                in_a_row,
            }),
        Just(LimitRule::Backoff {
            free: u32::MAX,
            window: Duration::from_hours(24),
            first: Duration::ZERO,
            longest: Duration::ZERO,
            in_a_row: 8,
        }),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let charge = |after| Move::Charge { after };
    let one = prop_oneof![
        8 => seconds(0..=45).prop_map(charge),
        3 => (1_u64..90_000_000).prop_map(move |micros| charge(Duration::from_micros(micros))),
        1 => seconds(0..=9_000).prop_map(charge),
        3 => Just(Move::Refund),
        1 => Just(Move::Clear),
    ];
    prop::collection::vec(one, 1..40)
}

async fn kept(place: &Place, workspace: WorkspaceId, in_a_row: u32) -> Counter {
    let numbers = |column: &'static str| async move {
        let hex = workspace.as_uuid().simple().to_string();
        let id = match place.raw {
            crate::stores::Raw::Sqlite(_) => format!("x'{hex}'"),
            crate::stores::Raw::Postgres(_) => format!("'{hex}'"),
        };
        let sql = format!("SELECT {column} FROM throttle_counters WHERE workspace_id = {id}");
        place.raw.numbers(&sql).await.first().copied().unwrap_or(0)
    };
    let counted = numbers("in_a_row").await;
    Counter {
        count: u32::try_from(numbers("count").await).unwrap(),
        // Kept for backoffs only, which alone look at it.
        in_a_row: if counted == 0 {
            in_a_row
        } else {
            u32::try_from(counted).unwrap()
        },
        window_ends_at: Timestamp::from_micros(numbers("window_ends_at").await),
        blocked_until: Timestamp::from_micros(numbers("blocked_until").await),
    }
}

async fn sequence_agrees(place: &Place, throttle: &SeaThrottle, rule: LimitRule, moves: &[Move]) {
    let workspace = WorkspaceId::from_uuid(unique());
    let charge = Charge {
        key: ThrottleKey::new("any", "jo@example.com"),
        rule,
        reason: PrivateReason::BudgetAddress,
    };
    let mut model = Counter::default();
    let mut now = NOW;
    for (at, one) in moves.iter().enumerate() {
        match one {
            Move::Charge { after } => {
                now = now.plus(*after);
                let expected = match step(model, rule, now) {
                    Step::Counted(next) => {
                        model = next;
                        Admission::Admitted
                    }
                    Step::Exceeded { retry_at } => Admission::Exceeded {
                        reason: charge.reason,
                        retry_at,
                    },
                };
                let peeked = throttle.peek(workspace, vec![charge.clone()], now).await.unwrap();
                let said = throttle.consume(workspace, vec![charge.clone()], now).await.unwrap();
                assert_eq!(
                    (&peeked, &said),
                    (&expected, &expected),
                    "move {at} of {moves:?} under {rule:?}"
                );
            }
            Move::Refund => {
                throttle.refund(workspace, vec![charge.clone()]).await.unwrap();
                model = refund(model, rule);
            }
            Move::Clear => {
                throttle.clear(workspace, vec![charge.key.clone()]).await.unwrap();
                model = Counter::default();
            }
        }
        let kept = kept(
            place,
            workspace,
            if matches!(rule, LimitRule::Backoff { .. }) {
                0
            } else {
                model.in_a_row
            },
        )
        .await;
        assert_eq!(kept, model, "after move {at} of {moves:?} under {rule:?}");
    }
}

fn sequences_agree(kind: Kind, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (place, store) = runtime.block_on(kind.store());
    let throttle = SeaThrottle::new(store);
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&(rules(), moves()), |(rule, moves)| {
            runtime.block_on(sequence_agrees(&place, &throttle, rule, &moves));
            Ok(())
        })
        .unwrap();
}

#[test]
fn sequences_agree_with_the_rules_on_sqlite() {
    sequences_agree(Kind::Sqlite, 96);
}

#[test]
fn sequences_agree_with_the_rules_on_postgres() {
    sequences_agree(Kind::Postgres, 96);
}

async fn as_many_as_allowed(kind: Kind) {
    let (place, store) = kind.store().await;
    let mut nodes = vec![SeaThrottle::new(store)];
    if kind == Kind::Postgres {
        nodes.push(SeaThrottle::new(place.open(Station::Server).await));
    }
    let workspace = WorkspaceId::from_uuid(Uuid::from_u128(5));
    for round in 0..50 {
        let charge = |what: &str, rule| Charge {
            key: ThrottleKey::new(what, &round.to_string()),
            rule,
            reason: PrivateReason::BudgetNetwork,
        };
        let window = Duration::from_mins(1);
        let charges = vec![
            charge("wide", LimitRule::Window { max: 60, window }),
            charge(
                "narrow",
                LimitRule::Backoff {
                    free: 7,
                    window,
                    first: window,
                    longest: window,
                    in_a_row: 100,
                },
            ),
        ];
        let running: Vec<_> = (0..100)
            .map(|racer| {
                let (node, charges) = (nodes[racer % nodes.len()].clone(), charges.clone());
                tokio::spawn(async move { node.consume(workspace, charges, NOW).await.unwrap() })
            })
            .collect();
        let mut admitted = 0;
        for handle in running {
            admitted += usize::from(handle.await.unwrap() == Admission::Admitted);
        }
        assert_eq!(admitted, 7, "round {round}");
        let wide = place
            .raw
            .numbers(&format!(
                "SELECT count FROM throttle_counters WHERE key = 'wide:{round}'"
            ))
            .await;
        assert_eq!(wide, [60], "round {round}: those before the one exceeded stay counted");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r89_of_a_hundred_charges_as_many_are_admitted_as_the_rule_allows_on_sqlite() {
    as_many_as_allowed(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r89_of_a_hundred_charges_as_many_are_admitted_as_the_rule_allows_on_two_nodes_over_postgres() {
    as_many_as_allowed(Kind::Postgres).await;
}

/// Charges in opposite orders wait for each other; one transaction is ended by the database and begins again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn charges_in_opposite_orders_all_go_through_on_postgres() {
    let (_place, store) = Kind::Postgres.store().await;
    let throttle = SeaThrottle::new(store);
    let workspace = WorkspaceId::from_uuid(Uuid::from_u128(6));
    let charge = |what: &str| Charge {
        key: ThrottleKey::new(what, "x"),
        rule: LimitRule::Window {
            max: 1_000,
            window: Duration::from_mins(1),
        },
        reason: PrivateReason::BudgetNetwork,
    };
    let there = vec![charge("a"), charge("b")];
    let back = vec![charge("b"), charge("a")];
    for _ in 0..5 {
        let (one, two) = (throttle.clone(), throttle.clone());
        let (there, back) = (there.clone(), back.clone());
        let one = tokio::spawn(async move { one.consume(workspace, there, NOW).await });
        let two = tokio::spawn(async move { two.consume(workspace, back, NOW).await });
        assert_eq!(one.await.unwrap().unwrap(), Admission::Admitted);
        assert_eq!(two.await.unwrap().unwrap(), Admission::Admitted);
    }
}

/// A counter whose window is over may be swept; one that is charged at that very moment may not.
async fn a_sweep_forgets_no_charge(kind: Kind) {
    let (_place, store) = kind.store().await;
    let throttle = SeaThrottle::new(store);
    let workspace = WorkspaceId::from_uuid(Uuid::from_u128(7));
    let later = NOW.plus(Duration::from_mins(2));
    for round in 0..100 {
        let charge = Charge {
            key: ThrottleKey::new("swept", &round.to_string()),
            rule: LimitRule::Window {
                max: 1,
                window: Duration::from_mins(1),
            },
            reason: PrivateReason::BudgetNetwork,
        };
        let consume = |now| throttle.consume(workspace, vec![charge.clone()], now);
        assert_eq!(consume(NOW).await.unwrap(), Admission::Admitted);
        let (charged, swept) = tokio::join!(consume(later), throttle.sweep(later));
        assert_eq!(charged.unwrap(), Admission::Admitted);
        swept.unwrap();
        let again = consume(later).await.unwrap();
        assert!(matches!(again, Admission::Exceeded { .. }), "round {round}: {again:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sweep_forgets_no_charge_on_sqlite() {
    a_sweep_forgets_no_charge(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sweep_forgets_no_charge_on_postgres() {
    a_sweep_forgets_no_charge(Kind::Postgres).await;
}
