//! Contracts of [`ApiKeys`](crate::ports::ApiKeys).

use super::support::{DAY, NOW, acme, another, fresh_token, later, race, row, spent_row, uuid, was_audited};
use super::{RACERS, StorePorts};
use crate::api_key::{ApiKey, Scope, day_of};
use crate::audit::Actor;
use crate::ids::{ApiKeyId, UserId};
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("api_keys.rs");

fn key(workspace: &Workspace) -> ApiKey {
    ApiKey {
        id: ApiKeyId::from_uuid(uuid()),
        workspace: workspace.id,
        name: "Portal".to_owned(),
        last_four: "x7Qa".to_owned(),
        digest: fresh_token(),
        scopes: vec![Scope::UsersRead, Scope::PortalLinksWrite],
        created_by: Actor::User(UserId::from_uuid(uuid())),
        created_at: NOW,
        last_used_at: None,
        revoked_at: None,
    }
}

/// A key is found by its digest, in its own workspace only, with its scopes.
pub async fn a_key_is_found_by_its_digest_in_its_own_workspace(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    for scopes in [Vec::new(), Scope::ALL.to_vec(), vec![Scope::UsersRead]] {
        let key = ApiKey {
            scopes,
            ..key(&workspace)
        };
        let entry = row(workspace.id);
        store.api_keys.create(key.clone(), entry.clone()).await.unwrap();
        assert!(was_audited(store, &entry).await);
        assert_eq!(store.api_keys.find(other.id, &key.digest).await.unwrap(), None);
        assert_eq!(store.api_keys.find(workspace.id, &key.digest).await.unwrap(), Some(key));
    }
    assert_eq!(store.api_keys.find(workspace.id, &fresh_token()).await.unwrap(), None);
}

/// A key whose audit row cannot be written is not there.
pub async fn create_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    let key = key(&workspace);
    store.api_keys.create(key.clone(), spent).await.unwrap_err();
    assert_eq!(store.api_keys.find(workspace.id, &key.digest).await.unwrap(), None);
}

/// A revoked key is not found.
pub async fn a_revoked_key_is_not_found(store: &StorePorts) {
    let workspace = acme(store).await;
    let revoked = ApiKey {
        revoked_at: Some(later(1)),
        ..key(&workspace)
    };
    store.api_keys.create(revoked.clone(), row(workspace.id)).await.unwrap();
    assert_eq!(store.api_keys.find(workspace.id, &revoked.digest).await.unwrap(), None);
}

/// A key is taken back once, in its own workspace only, with its audit row, and is not found from then on.
pub async fn a_key_is_taken_back_once(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let key = key(&workspace);
    store.api_keys.create(key.clone(), row(workspace.id)).await.unwrap();
    let foreign = row(other.id);
    assert!(!store.api_keys.revoke(other.id, key.id, foreign.clone()).await.unwrap());
    assert!(!was_audited(store, &foreign).await);
    let spent = spent_row(store, &workspace).await;
    store.api_keys.revoke(workspace.id, key.id, spent).await.unwrap_err();
    assert!(store.api_keys.find(workspace.id, &key.digest).await.unwrap().is_some());
    let said = race(RACERS, |_| {
        let (ports, key) = (store.clone(), key.clone());
        async move {
            let revoked = ports.api_keys.revoke(key.workspace, key.id, row(key.workspace));
            revoked.await.unwrap()
        }
    })
    .await;
    assert_eq!(said.into_iter().filter(|revoked| *revoked).count(), 1);
    assert_eq!(store.api_keys.find(workspace.id, &key.digest).await.unwrap(), None);
    let listed = store.api_keys.list(workspace.id).await.unwrap();
    assert_eq!(listed[0].revoked_at, Some(NOW));
}

/// Keys are listed oldest first, whatever became of them, and nobody else's among them.
pub async fn keys_are_listed_oldest_first(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let mut made = Vec::new();
    for (second, created_by) in [
        (30, Actor::Operator),
        (10, Actor::Anonymous),
        (20, Actor::User(UserId::from_uuid(uuid()))),
    ] {
        made.push(ApiKey {
            created_at: later(second),
            created_by,
            revoked_at: (second == 20).then_some(later(40)),
            ..key(&workspace)
        });
    }
    for key in made.iter().chain([&key(&other)]) {
        store.api_keys.create(key.clone(), row(key.workspace)).await.unwrap();
    }
    made.sort_by_key(|key| key.created_at);
    assert_eq!(store.api_keys.list(workspace.id).await.unwrap(), made);
}

/// The day of the last use is noted, and never an earlier one.
pub async fn uses_are_noted_by_the_day(store: &StorePorts) {
    let workspace = acme(store).await;
    let key = key(&workspace);
    store.api_keys.create(key.clone(), row(workspace.id)).await.unwrap();
    for (used, noted) in [
        (later(3_600), NOW),
        (later(7_200), NOW),
        (later(2 * DAY + 5), later(2 * DAY)),
        (later(DAY), later(2 * DAY)),
    ] {
        store.api_keys.note_use(workspace.id, key.id, used).await.unwrap();
        let found = store.api_keys.find(workspace.id, &key.digest).await.unwrap().unwrap();
        assert_eq!(found.last_used_at, Some(day_of(noted)));
    }
}
