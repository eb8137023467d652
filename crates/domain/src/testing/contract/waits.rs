//! Contracts of [`Waits`](crate::ports::Waits).

use std::time::Duration;

use super::StorePorts;
use super::support::{NOW, acme, another, row, spent_row, was_audited};
use crate::ids::WorkspaceId;
use crate::reason::PrivateReason;
use crate::throttle::{Admission, Charge, LimitRule, ThrottleKey};

/// The source of this suite.
pub const SOURCE: &str = include_str!("waits.rs");

fn key(whose: &str) -> ThrottleKey {
    ThrottleKey::new("waits", whose)
}

fn charge(whose: &str) -> Charge {
    Charge {
        key: key(whose),
        rule: LimitRule::Backoff {
            free: 2,
            window: Duration::from_mins(5),
            first: Duration::from_secs(30),
            longest: Duration::from_hours(1),
            in_a_row: 20,
        },
        reason: PrivateReason::BudgetAddress,
    }
}

async fn spend(store: &StorePorts, workspace: WorkspaceId, whose: &str) {
    for _ in 0..2 {
        let said = store
            .throttle
            .consume(workspace, vec![charge(whose)], NOW)
            .await
            .unwrap();
        assert_eq!(said, Admission::Admitted);
    }
}

async fn waits(store: &StorePorts, workspace: WorkspaceId, whose: &str) -> bool {
    let said = store.throttle.peek(workspace, vec![charge(whose)], NOW).await.unwrap();
    said != Admission::Admitted
}

/// Whose counters there are: the one meant, two of its browsers, and neighbours that are none.
const MEANT: [&str; 3] = ["jo@example.com", "jo@example.com#a", "jo@example.com#~zz"];
const OTHERS: [&str; 4] = [
    "jo@example.co",
    "jo@example.community",
    "jo@example.com$",
    "Jo@example.com#a",
];

async fn all_spent(store: &StorePorts, workspace: WorkspaceId) {
    for whose in MEANT.into_iter().chain(OTHERS) {
        spend(store, workspace, whose).await;
    }
}

/// A counter is found by its key, with those of single browsers under it, as they are kept, and no other.
pub async fn counters_are_found_with_those_of_their_browsers(store: &StorePorts) {
    let workspace = acme(store).await.id;
    all_spent(store, workspace).await;
    let found = store
        .waits
        .counters(workspace, vec![key("jo@example.com")])
        .await
        .unwrap();
    let mut keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(keys, MEANT.map(|whose| format!("waits:{whose}")));
    for (_, counter) in &found {
        assert_eq!((counter.count, counter.in_a_row), (2, 2));
        assert_eq!(counter.blocked_until, NOW.plus(Duration::from_secs(30)));
    }
    assert_eq!(store.waits.counters(workspace, Vec::new()).await.unwrap(), []);
}

/// Forgetting ends those waits, with their audit row, and no others.
pub async fn forgetting_ends_those_waits_and_no_others(store: &StorePorts) {
    let workspace = acme(store).await.id;
    all_spent(store, workspace).await;
    let audit = row(workspace);
    let forgotten = store
        .waits
        .forget(workspace, vec![key("jo@example.com")], audit.clone());
    assert_eq!(forgotten.await.unwrap(), 3);
    assert!(was_audited(store, &audit).await);
    for whose in MEANT {
        assert!(!waits(store, workspace, whose).await, "{whose}");
    }
    for whose in OTHERS {
        assert!(waits(store, workspace, whose).await, "{whose}");
    }
    let nothing = row(workspace);
    let forgotten = store
        .waits
        .forget(workspace, vec![key("nobody@example.com")], nothing.clone());
    assert_eq!(forgotten.await.unwrap(), 0);
    assert!(was_audited(store, &nothing).await);
}

/// Without its audit row nothing is forgotten.
pub async fn forgetting_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    spend(store, workspace.id, "jo@example.com").await;
    let spent = spent_row(store, &workspace).await;
    let forgotten = store.waits.forget(workspace.id, vec![key("jo@example.com")], spent);
    assert!(forgotten.await.is_err());
    assert!(waits(store, workspace.id, "jo@example.com").await);
}

/// Neither reads nor forgets what belongs to another workspace.
pub async fn waits_of_workspaces_are_apart(store: &StorePorts) {
    let (here, there) = (acme(store).await.id, another(store, "globex").await.id);
    spend(store, there, "jo@example.com").await;
    let found = store.waits.counters(here, vec![key("jo@example.com")]).await.unwrap();
    assert_eq!(found, []);
    let forgotten = store.waits.forget(here, vec![key("jo@example.com")], row(here));
    assert_eq!(forgotten.await.unwrap(), 0);
    assert!(waits(store, there, "jo@example.com").await);
}
