//! Contracts of [`AuditChain`](crate::ports::AuditChain).

use super::StorePorts;
use super::support::{NOW, acme, another, later, race, row};
use crate::audit::{Actor, AuditAction, AuditEntry};
use crate::audit_chain::{Seal, Verifier};
use crate::ids::WorkspaceId;
use crate::ports::Unsealed;
use crate::testing::{audit, client};

/// The source of this suite.
pub const SOURCE: &str = include_str!("audit_chain.rs");

/// Checks the whole chain as it is stored, and gives how many rows it holds.
async fn holds(store: &StorePorts, workspace: WorkspaceId) -> usize {
    let head = store.audit_chain.head(workspace).await.unwrap().unwrap();
    let mut verifier = Verifier::new(head.pruned, None);
    let mut seen = 0;
    loop {
        let at = verifier.reached().seq;
        let rows = store.audit_chain.sealed_after(workspace, at, 7).await.unwrap();
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            verifier.admit(row).unwrap();
        }
        seen += rows.len();
    }
    verifier.finish(head.sealed).unwrap();
    seen
}

async fn seal_all(store: &StorePorts, workspace: WorkspaceId) -> u32 {
    let mut sealed = 0;
    loop {
        match store.audit_chain.seal(workspace, 4, later(1_000)).await.unwrap() {
            0 => return sealed,
            some => sealed += some,
        }
    }
}

async fn fill(store: &StorePorts, workspace: WorkspaceId, count: u64) {
    for n in 0..count {
        let entry = AuditEntry {
            actor: Actor::Anonymous,
            client: (n % 2 == 0).then(client),
            detail: (n % 3 == 0).then(|| "“quoted” ünïcödé '; --".to_owned()),
            ..audit(workspace, AuditAction::SignInRefused, later(n / 3))
        };
        store.audit.append(entry).await.unwrap();
    }
}

/// Every row is sealed once, in a chain that holds, apart for each workspace; rows that come later go on.
pub async fn rows_are_sealed_once_in_a_chain_of_their_workspace(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    assert_eq!(store.audit_chain.head(workspace.id).await.unwrap(), None);
    fill(store, workspace.id, 10).await;
    // The row of each workspace's making.
    assert_eq!(seal_all(store, workspace.id).await, 11);
    assert_eq!(holds(store, workspace.id).await, 11);
    assert_eq!(store.audit_chain.head(other.id).await.unwrap(), None);
    assert_eq!(store.audit_chain.waiting().await.unwrap(), [other.id]);
    // One that was written earlier and committed later goes on at the end.
    store.audit.append(row(workspace.id)).await.unwrap();
    assert_eq!(seal_all(store, workspace.id).await, 1);
    assert_eq!(holds(store, workspace.id).await, 12);
    assert_eq!(seal_all(store, other.id).await, 1);
    assert_eq!(holds(store, other.id).await, 1);
    assert!(store.audit_chain.waiting().await.unwrap().is_empty());
}

/// Of any number of nodes that seal at the same time, none makes a second chain or seals a row again (R101).
pub async fn a_race_of_nodes_makes_one_chain(store: &StorePorts) {
    let workspace = acme(store).await;
    fill(store, workspace.id, 40).await;
    let sealed: Vec<u32> = race(12, |_| {
        let ports = store.clone();
        let workspace = workspace.id;
        async move { ports.audit_chain.seal(workspace, 5, NOW).await.unwrap_or(0) }
    })
    .await;
    let sealed: u32 = sealed.into_iter().sum();
    let rest = seal_all(store, workspace.id).await;
    assert_eq!(sealed + rest, 41);
    assert_eq!(holds(store, workspace.id).await, 41);
}

/// Old rows go from the beginning, and the chain that is left holds; what is not sealed stays.
pub async fn cutting_leaves_a_chain_that_holds(store: &StorePorts) {
    let workspace = acme(store).await;
    assert_eq!(
        store.audit_chain.prune(workspace.id, later(99), 10, NOW).await.unwrap(),
        (0, None)
    );
    fill(store, workspace.id, 30).await;
    seal_all(store, workspace.id).await;
    store.audit.append(row(workspace.id)).await.unwrap();
    let whole = store.audit_chain.sealed_after(workspace.id, 0, 100).await.unwrap();
    // The first rows are of the first four seconds.
    let old = u32::try_from(whole.iter().filter(|row| row.row.at < later(4).as_micros()).count()).unwrap();
    let (first, seal) = store.audit_chain.prune(workspace.id, later(4), 5, NOW).await.unwrap();
    assert_eq!((first, seal.map(|seal| seal.seq)), (5, Some(5)));
    let (second, seal) = store.audit_chain.prune(workspace.id, later(4), 500, NOW).await.unwrap();
    assert_eq!(first + second, old);
    assert_eq!(seal, Some(whole[usize::try_from(old).unwrap() - 1].seal));
    let (third, _) = store.audit_chain.prune(workspace.id, later(4), 500, NOW).await.unwrap();
    assert_eq!(third, 0);
    assert_eq!(
        holds(store, workspace.id).await,
        whole.len() - usize::try_from(old).unwrap()
    );
    let left = store.audit.last(workspace.id, 100).await.unwrap();
    assert_eq!(left.len(), whole.len() - usize::try_from(old).unwrap() + 1);
    assert_eq!(seal_all(store, workspace.id).await, 1);
    holds(store, workspace.id).await;
    assert_ne!(
        store.audit_chain.head(workspace.id).await.unwrap().unwrap().pruned,
        Seal::BEGINNING
    );
}

/// What waits is told with its age.
pub async fn what_waits_is_counted(store: &StorePorts) {
    let workspace = acme(store).await;
    seal_all(store, workspace.id).await;
    assert_eq!(store.audit_chain.unsealed().await.unwrap(), Unsealed::default());
    for at in [7, 5, 9] {
        let entry = audit(workspace.id, AuditAction::LimitHit, later(at));
        store.audit.append(entry).await.unwrap();
    }
    let waiting = Unsealed {
        rows: 3,
        oldest: Some(later(5)),
    };
    assert_eq!(store.audit_chain.unsealed().await.unwrap(), waiting);
}
