//! Contracts of [`PortalLinks`](crate::ports::PortalLinks).

use super::support::{DAY, NOW, acme, another, customer, fresh_token, later, race, row, spent_row, uuid, was_audited};
use super::{RACERS, StorePorts};
use crate::audit::Actor;
use crate::ids::{ApiKeyId, PortalLinkId, UserId};
use crate::portal_link::{PortalLink, PortalLinkState};
use crate::return_to::ReturnTo;
use crate::time::Timestamp;
use crate::user::User;

/// The source of this suite.
pub const SOURCE: &str = include_str!("portal_links.rs");

fn link(user: &User) -> PortalLink {
    PortalLink {
        id: PortalLinkId::from_uuid(uuid()),
        workspace: user.workspace,
        user: user.id,
        digest: fresh_token(),
        return_to: ReturnTo::parse("/tickets/42?tab=all"),
        created_by: Actor::Operator,
        created_at: NOW,
        expires_at: later(30 * DAY),
        revoked_at: None,
    }
}

async fn created(store: &StorePorts, link: PortalLink) -> PortalLink {
    store
        .portal_links
        .create(link.clone(), row(link.workspace))
        .await
        .unwrap();
    link
}

async fn look(store: &StorePorts, link: &PortalLink) -> Option<PortalLink> {
    store.portal_links.look(link.workspace, &link.digest).await.unwrap()
}

async fn revoke(store: &StorePorts, link: &PortalLink, now: Timestamp) -> bool {
    let said = store
        .portal_links
        .revoke(link.workspace, link.user, link.id, now, row(link.workspace));
    said.await.unwrap()
}

/// A link comes back as it was made, whoever made it, with its audit row.
pub async fn links_come_back_as_they_were_made(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    for actor in [
        Actor::Operator,
        Actor::ApiKey(ApiKeyId::from_uuid(uuid())),
        Actor::User(UserId::from_uuid(uuid())),
    ] {
        let link = PortalLink {
            created_by: actor,
            ..link(&user)
        };
        let entry = row(workspace.id);
        store.portal_links.create(link.clone(), entry.clone()).await.unwrap();
        assert!(was_audited(store, &entry).await);
        assert_eq!(look(store, &link).await, Some(link));
    }
}

/// A link whose audit row cannot be written is not there.
pub async fn create_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = link(&user);
    let spent = spent_row(store, &workspace).await;
    store.portal_links.create(link.clone(), spent).await.unwrap_err();
    assert_eq!(look(store, &link).await, None);
}

/// A link is found by its digest, in its own workspace only (R40), after any number of looks (R34).
pub async fn a_link_is_found_only_in_its_own_workspace(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = created(store, link(&user)).await;
    for _ in 0..100 {
        assert_eq!(look(store, &link).await, Some(link.clone()));
    }
    assert_eq!(store.portal_links.look(other.id, &link.digest).await.unwrap(), None);
    assert_eq!(
        store.portal_links.look(workspace.id, &fresh_token()).await.unwrap(),
        None
    );
    assert_eq!(store.portal_links.of_person(other.id, user.id, 10).await.unwrap(), []);
    let foreign = PortalLink {
        workspace: other.id,
        ..link.clone()
    };
    assert!(!revoke(store, &foreign, NOW).await);
    assert_eq!(look(store, &link).await, Some(link));
}

/// Links of a person are listed newest first, up to the limit, and nobody else's among them.
pub async fn links_of_a_person_are_listed_newest_first(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let somebody = customer(store, &workspace, "sam@example.com").await;
    let mut made = Vec::new();
    for second in [20, 30, 10] {
        made.push(PortalLink {
            created_at: later(second),
            ..link(&user)
        });
    }
    for link in &made {
        created(store, link.clone()).await;
    }
    created(store, link(&somebody)).await;
    made.sort_by_key(|link| std::cmp::Reverse(link.created_at));
    let listed = store.portal_links.of_person(workspace.id, user.id, 10).await.unwrap();
    assert_eq!(listed, made);
    let listed = store.portal_links.of_person(workspace.id, user.id, 2).await.unwrap();
    assert_eq!(listed, made[..2]);
}

/// A link is taken back once, by its own person and id; it is found afterwards and says so.
pub async fn a_link_is_taken_back_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let somebody = customer(store, &workspace, "sam@example.com").await;
    let (link, other) = (created(store, link(&user)).await, created(store, link(&user)).await);
    let strangers = PortalLink {
        user: somebody.id,
        ..link.clone()
    };
    assert!(!revoke(store, &strangers, NOW).await);
    let unknown = PortalLink {
        id: PortalLinkId::from_uuid(uuid()),
        ..link.clone()
    };
    assert!(!revoke(store, &unknown, NOW).await);
    let entry = row(workspace.id);
    let revoked = store
        .portal_links
        .revoke(workspace.id, user.id, link.id, later(5), entry.clone());
    assert!(revoked.await.unwrap());
    assert!(was_audited(store, &entry).await);
    let late = row(workspace.id);
    let again = store
        .portal_links
        .revoke(workspace.id, user.id, link.id, later(9), late.clone());
    assert!(!again.await.unwrap(), "it was taken back before");
    assert!(!was_audited(store, &late).await);
    let found = look(store, &link).await.unwrap();
    assert_eq!(found.revoked_at, Some(later(5)));
    assert_eq!(found.state(later(6)), PortalLinkState::Revoked);
    assert_eq!(look(store, &other).await, Some(other));
}

/// A link is not taken back if the audit row cannot be written.
pub async fn revoke_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = created(store, link(&user)).await;
    let spent = spent_row(store, &workspace).await;
    let revoked = store.portal_links.revoke(workspace.id, user.id, link.id, NOW, spent);
    revoked.await.unwrap_err();
    assert_eq!(look(store, &link).await, Some(link));
}

/// Of any number of parallel calls one takes the link back.
pub async fn a_race_of_revocations_revokes_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = created(store, link(&user)).await;
    let said = race(RACERS, |_| {
        let (ports, link) = (store.clone(), link.clone());
        async move { revoke(&ports, &link, NOW).await }
    })
    .await;
    assert_eq!(said.into_iter().filter(|revoked| *revoked).count(), 1);
}

/// `sweep` removes links that ended a month ago, by their time or because they were taken back, and no others.
pub async fn sweep_removes_what_ended_a_month_ago(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let month = 30 * DAY;
    let of = |seconds: u64| PortalLink {
        expires_at: later(seconds),
        ..link(&user)
    };
    let over = created(store, of(10)).await;
    let just_over = created(store, of(20)).await;
    let long = created(store, of(3 * month)).await;
    let taken_back = created(store, of(3 * month)).await;
    assert!(revoke(store, &taken_back, later(10)).await);
    assert_eq!(store.portal_links.sweep(later(month + 9)).await.unwrap(), 0);
    assert_eq!(store.portal_links.sweep(later(month + 10)).await.unwrap(), 2);
    assert_eq!(look(store, &over).await, None);
    assert_eq!(look(store, &taken_back).await, None);
    assert!(look(store, &just_over).await.is_some());
    assert!(look(store, &long).await.is_some());
}
