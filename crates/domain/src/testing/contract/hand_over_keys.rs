//! Contracts of [`HandOverKeys`](crate::ports::HandOverKeys).

use super::support::{NOW, acme, another, fresh_token, later, race, row, spent_row, uuid, was_audited};
use super::{RACERS, StorePorts};
use crate::hand_over::{
    HandOverAlgorithm, HandOverKey, HandOverMaterial, MAX_LIVE_KEYS, PublicKeyMaterial, SharedSecret,
    default_highest_role,
};
use crate::ids::HandOverKeyId;
use crate::ports::HandOverKeyAdded;
use crate::role::{Audience, Role};
use crate::testing::SeededEntropy;
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("hand_over_keys.rs");

fn key(workspace: &Workspace, algorithm: HandOverAlgorithm, audience: Audience) -> HandOverKey {
    let material = match algorithm {
        HandOverAlgorithm::Rs256 => HandOverMaterial::Public(PublicKeyMaterial::Rsa(vec![0x30, 0, 255])),
        HandOverAlgorithm::Es256 => HandOverMaterial::Public(PublicKeyMaterial::P256(vec![4; 65])),
        shared => HandOverMaterial::Secret(SharedSecret::generate(shared, &SeededEntropy::new(3)).unwrap()),
    };
    HandOverKey {
        id: HandOverKeyId::from_uuid(uuid()),
        workspace: workspace.id,
        audience,
        algorithm,
        material,
        highest_role: default_highest_role(audience),
        created_at: NOW,
        revoked_at: None,
    }
}

/// A key comes back as it was added, in its own workspace only, oldest first, with its audit row.
pub async fn keys_come_back_as_they_were_added(store: &StorePorts) {
    for (n, algorithm) in HandOverAlgorithm::ALL.into_iter().enumerate() {
        let workspace = another(store, &format!("acme-{n}")).await;
        let mut added = Vec::new();
        for (second, audience) in [(0, Audience::Customers), (1, Audience::Staff)] {
            let key = HandOverKey {
                created_at: later(second),
                highest_role: match audience {
                    Audience::Customers => Role::Collaborator,
                    Audience::Staff => Role::Admin,
                },
                ..key(&workspace, algorithm, audience)
            };
            let entry = row(workspace.id);
            let said = store.hand_over_keys.add(key.clone(), entry.clone()).await.unwrap();
            assert_eq!(said, HandOverKeyAdded::Added);
            assert!(was_audited(store, &entry).await);
            added.push(key);
        }
        assert_eq!(store.hand_over_keys.list(workspace.id).await.unwrap(), added);
    }
    let other = another(store, "other").await;
    assert_eq!(store.hand_over_keys.list(other.id).await.unwrap(), []);
}

/// A key whose audit row cannot be written is not there, and one whose revocation cannot is live.
pub async fn changes_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let spent = spent_row(store, &workspace).await;
    let key = key(&workspace, HandOverAlgorithm::Hs256, Audience::Customers);
    store.hand_over_keys.add(key.clone(), spent.clone()).await.unwrap_err();
    assert_eq!(store.hand_over_keys.list(workspace.id).await.unwrap(), []);
    store.hand_over_keys.add(key.clone(), row(workspace.id)).await.unwrap();
    let revoked = store.hand_over_keys.revoke(workspace.id, key.id, later(1), spent);
    revoked.await.unwrap_err();
    assert_eq!(store.hand_over_keys.list(workspace.id).await.unwrap(), [key]);
}

/// However many are added at once, two of an audience are live; a revoked one makes room.
pub async fn a_race_of_additions_leaves_two_live_keys(store: &StorePorts) {
    let workspace = acme(store).await;
    let said = race(RACERS, |_| {
        let (store, workspace) = (store.clone(), workspace.clone());
        async move {
            let key = key(&workspace, HandOverAlgorithm::Hs256, Audience::Customers);
            store.hand_over_keys.add(key, row(workspace.id)).await.unwrap()
        }
    })
    .await;
    let added = said.iter().filter(|said| **said == HandOverKeyAdded::Added).count();
    assert_eq!(added, MAX_LIVE_KEYS);
    let keys = store.hand_over_keys.list(workspace.id).await.unwrap();
    assert_eq!(keys.len(), MAX_LIVE_KEYS);
    let of_staff = key(&workspace, HandOverAlgorithm::Hs256, Audience::Staff);
    let third = key(&workspace, HandOverAlgorithm::Es256, Audience::Customers);
    let add = async |key: &HandOverKey| {
        let said = store.hand_over_keys.add(key.clone(), row(workspace.id));
        said.await.unwrap()
    };
    assert_eq!(add(&of_staff).await, HandOverKeyAdded::Added);
    assert_eq!(add(&third).await, HandOverKeyAdded::TooMany);
    let revoked = store
        .hand_over_keys
        .revoke(workspace.id, keys[0].id, later(1), row(workspace.id));
    assert!(revoked.await.unwrap());
    assert_eq!(add(&third).await, HandOverKeyAdded::Added);
}

/// A key is taken back once, in its own workspace only, and stays in the list.
pub async fn a_key_is_taken_back_once(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let key = key(&workspace, HandOverAlgorithm::Hs512, Audience::Staff);
    store.hand_over_keys.add(key.clone(), row(workspace.id)).await.unwrap();
    let revoke = async |workspace: &Workspace, second| {
        let entry = row(workspace.id);
        let said = store
            .hand_over_keys
            .revoke(workspace.id, key.id, later(second), entry.clone());
        (said.await.unwrap(), was_audited(store, &entry).await)
    };
    assert_eq!(revoke(&other, 1).await, (false, false));
    assert_eq!(revoke(&workspace, 2).await, (true, true));
    assert_eq!(revoke(&workspace, 3).await, (false, false));
    let listed = store.hand_over_keys.list(workspace.id).await.unwrap();
    assert_eq!(listed[0].revoked_at, Some(later(2)));
}

/// Of any number of parallel uses of one token one is the first; another workspace's token is another.
pub async fn a_race_for_one_token_uses_it_once(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let token = fresh_token();
    assert!(!store.hand_over_keys.is_redeemed(workspace.id, &token).await.unwrap());
    let said = race(RACERS, |_| {
        let (store, id) = (store.clone(), workspace.id);
        async move { store.hand_over_keys.redeem_token(id, &token, later(60)).await.unwrap() }
    })
    .await;
    assert_eq!(said.iter().filter(|first| **first).count(), 1);
    assert!(store.hand_over_keys.is_redeemed(workspace.id, &token).await.unwrap());
    assert!(!store.hand_over_keys.is_redeemed(other.id, &token).await.unwrap());
    let elsewhere = store.hand_over_keys.redeem_token(other.id, &token, later(60));
    assert!(elsewhere.await.unwrap());
}

/// A token that a sweep forgot is not taken again, wherever the clock goes; one that was made later is.
pub async fn what_was_forgotten_is_not_taken_again(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let (used, unused, newer) = (fresh_token(), fresh_token(), fresh_token());
    let redeem = |id, token, until| {
        let keys = store.hand_over_keys.clone();
        async move { keys.redeem_token(id, &token, until).await.unwrap() }
    };
    assert!(redeem(workspace.id, used, later(60)).await);
    assert_eq!(store.hand_over_keys.sweep(later(3_600)).await.unwrap(), 1);
    assert!(!redeem(workspace.id, used, later(60)).await, "it was used");
    assert!(!redeem(workspace.id, unused, later(59)).await, "it may have been");
    assert!(redeem(workspace.id, newer, later(61)).await);
    assert!(redeem(other.id, used, later(60)).await);
    assert_eq!(store.hand_over_keys.sweep(later(61)).await.unwrap(), 2);
    assert!(!redeem(workspace.id, newer, later(61)).await);
}

/// What is swept is what is over; the rest stays used.
pub async fn sweep_forgets_what_cannot_pass_any_more(store: &StorePorts) {
    let workspace = acme(store).await;
    let (over, good) = (fresh_token(), fresh_token());
    for (token, until) in [(over, later(60)), (good, later(61))] {
        let first = store.hand_over_keys.redeem_token(workspace.id, &token, until);
        assert!(first.await.unwrap());
    }
    assert_eq!(store.hand_over_keys.sweep(later(59)).await.unwrap(), 0);
    assert_eq!(store.hand_over_keys.sweep(later(60)).await.unwrap(), 1);
    assert!(!store.hand_over_keys.is_redeemed(workspace.id, &over).await.unwrap());
    let again = store.hand_over_keys.redeem_token(workspace.id, &good, later(61));
    assert!(!again.await.unwrap());
}
