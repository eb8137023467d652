//! Contracts of [`Departures`](crate::ports::Departures).

use std::sync::Arc;

use super::StorePorts;
use super::support::{
    DAY, NOW, acme, add_email, customer, grant, later, link, mail, mails_to, opening, put, race, receipt, row,
    spent_row, token, was_audited,
};
use crate::ids::WorkspaceId;
use crate::one_time::{Link, LinkPurpose, LinkState};
use crate::ports::{DeletePerson, Opened, PersonDeleted, RestorePerson, StatusSet, UserCreated};
use crate::role::Role;
use crate::testing::{Person, address, create};
use crate::time::Timestamp;
use crate::user::{User, UserStatus};

/// The source of this suite.
pub const SOURCE: &str = include_str!("departures.rs");

fn deletion(user: &User) -> DeletePerson {
    DeletePerson {
        workspace: user.workspace,
        user: user.id,
        link: None,
        notices: Vec::new(),
        now: NOW,
    }
}

async fn delete(store: &StorePorts, user: &User) -> PersonDeleted {
    let entry = row(user.workspace);
    store.departures.delete(deletion(user), entry).await.unwrap()
}

fn restoration(user: &User) -> RestorePerson {
    RestorePerson {
        workspace: user.workspace,
        user: user.id,
        token: None,
        notices: Vec::new(),
        now: later(60),
    }
}

async fn restore(store: &StorePorts, restore: RestorePerson) -> bool {
    let entry = row(restore.workspace);
    store.departures.restore(restore, entry).await.unwrap()
}

async fn remove(store: &StorePorts, user: &User, before: Timestamp) -> bool {
    let entry = row(user.workspace);
    store
        .departures
        .remove(user.workspace, user.id, before, entry)
        .await
        .unwrap()
}

async fn status(store: &StorePorts, user: &User) -> Option<UserStatus> {
    let found = store.users.find(user.workspace, user.id).await.unwrap();
    found.map(|user| user.status)
}

async fn owner(store: &StorePorts, workspace: WorkspaceId, email: &str) -> User {
    put(store, Person::customer(workspace, email).role(Role::Owner)).await
}

async fn is_live(store: &StorePorts, link: &Link) -> bool {
    let looked = store.links.look(link.workspace, &link.digest, later(1)).await.unwrap();
    matches!(looked, LinkState::Live(_))
}

/// Whoever is deleted is in by nothing: no session, no link, no grant that was given before.
pub async fn deleting_ends_everything_at_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let leave = grant(store, &user).await;
    store.sessions.open(opening(leave, token(1), NOW)).await.unwrap();
    let late = grant(store, &user).await;
    let (undo, entry) = (link(&user, LinkPurpose::UndoDeletion), row(workspace.id));
    let wanted = DeletePerson {
        link: Some(undo.clone()),
        notices: vec![mail(workspace.id, "jo@example.com", NOW)],
        ..deletion(&user)
    };
    let said = store.departures.delete(wanted, entry.clone()).await.unwrap();
    assert_eq!(said, PersonDeleted::Deleted);
    assert!(was_audited(store, &entry).await);
    assert_eq!(status(store, &user).await, Some(UserStatus::Deleted));
    assert_eq!(
        store.departures.deleted_at(workspace.id, user.id).await.unwrap(),
        Some(NOW)
    );
    assert_eq!(store.sessions.check(&token(1), NOW).await.unwrap(), None);
    let opened = store.sessions.open(opening(late, token(2), NOW)).await.unwrap();
    assert_eq!(opened, Opened::CredentialsChanged);
    assert!(is_live(store, &undo).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert_eq!(delete(store, &user).await, PersonDeleted::NoSuchPerson);
}

/// A deletion whose audit row cannot be written did not happen.
pub async fn delete_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let spent = spent_row(store, &workspace).await;
    store.departures.delete(deletion(&user), spent).await.unwrap_err();
    assert_eq!(status(store, &user).await, Some(UserStatus::Active));
}

/// The addresses of a deleted account are nobody else's, and no status but its own comes back to it.
pub async fn a_deleted_account_keeps_what_is_its_own(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    assert_eq!(delete(store, &user).await, PersonDeleted::Deleted);
    let again = Person::customer(workspace.id, "jo@example.com");
    let created = create(&*store.users, &again).await.unwrap();
    assert_eq!(created, UserCreated::AddressTaken(user.id));
    for status in [UserStatus::Active, UserStatus::Disabled] {
        let set = store
            .credentials
            .set_status(workspace.id, user.id, status, row(workspace.id));
        assert_eq!(set.await.unwrap(), StatusSet::NoSuchPerson);
    }
    assert_eq!(status(store, &user).await, Some(UserStatus::Deleted));
}

/// The last owner who may come in stays; of two who leave at the same moment, one stays.
pub async fn the_last_owner_stays(store: &StorePorts) {
    let workspace = acme(store).await;
    let one = owner(store, workspace.id, "one@example.com").await;
    assert_eq!(delete(store, &one).await, PersonDeleted::LastOwner);
    let other = owner(store, workspace.id, "other@example.com").await;
    let people = [one, other];
    let said = race(2, |at| {
        let (ports, wanted, entry) = (Arc::clone(&store.departures), deletion(&people[at]), row(workspace.id));
        async move { ports.delete(wanted, entry).await.unwrap() }
    })
    .await;
    assert_eq!(said.iter().filter(|said| **said == PersonDeleted::Deleted).count(), 1);
    assert_eq!(said.iter().filter(|said| **said == PersonDeleted::LastOwner).count(), 1);
}

/// What is undone is as it was, active or disabled, and revives no session.
pub async fn restoring_brings_back_what_was(store: &StorePorts) {
    let workspace = acme(store).await;
    for before in [UserStatus::Active, UserStatus::Disabled] {
        let email = format!("{}@example.com", before.as_str());
        let user = customer(store, &workspace, &email).await;
        let set = store
            .credentials
            .set_status(workspace.id, user.id, before, row(workspace.id));
        assert_eq!(set.await.unwrap(), StatusSet::Set);
        assert!(!restore(store, restoration(&user)).await, "nothing to undo");
        assert_eq!(delete(store, &user).await, PersonDeleted::Deleted);
        assert!(restore(store, restoration(&user)).await);
        assert!(!restore(store, restoration(&user)).await);
        assert_eq!(status(store, &user).await, Some(before));
        assert_eq!(store.departures.deleted_at(workspace.id, user.id).await.unwrap(), None);
        assert!(
            !remove(store, &user, later(40 * DAY)).await,
            "it is not deleted any more"
        );
    }
}

/// The owner's own link undoes it once; another link, or somebody else's, does not.
pub async fn a_link_undoes_its_own_deletion(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let somebody = customer(store, &workspace, "sam@example.com").await;
    let (undo, foreign) = (
        link(&user, LinkPurpose::UndoDeletion),
        link(&somebody, LinkPurpose::UndoDeletion),
    );
    for (person, link) in [(&user, &undo), (&somebody, &foreign)] {
        let wanted = DeletePerson {
            link: Some(link.clone()),
            ..deletion(person)
        };
        let said = store.departures.delete(wanted, row(workspace.id)).await.unwrap();
        assert_eq!(said, PersonDeleted::Deleted);
    }
    let by = |link: &Link| RestorePerson {
        token: Some(link.digest),
        ..restoration(&user)
    };
    assert!(!restore(store, by(&foreign)).await);
    assert!(restore(store, by(&undo)).await);
    assert_eq!(delete(store, &user).await, PersonDeleted::Deleted);
    assert!(!restore(store, by(&undo)).await, "a link is good once");
}

/// What was deleted long enough ago is due, oldest first, and is removed once; nothing of it is found afterwards, and the
/// address is free.
pub async fn removing_leaves_nothing_that_tells_whose_it_was(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let somebody = customer(store, &workspace, "sam@example.com").await;
    add_email(store, &user, "jo@work.example", true).await;
    let mut attempt = receipt(workspace.id, "jo@work.example", NOW);
    attempt.user = Some(user.id);
    let bystander = receipt(workspace.id, "sam@example.com", NOW);
    for receipt in [&attempt, &bystander] {
        let stored = store.receipts.record(receipt.clone(), row(workspace.id));
        stored.await.unwrap();
    }
    for to in ["jo@example.com", "sam@example.com"] {
        let entry = row(workspace.id);
        let put = store.audit.announce(entry, vec![mail(workspace.id, to, NOW)]);
        put.await.unwrap();
    }
    assert_eq!(delete(store, &user).await, PersonDeleted::Deleted);
    let due = async |before| store.departures.due(before, 10).await.unwrap();
    assert!(due(NOW).await.is_empty());
    assert_eq!(due(later(1)).await, [(workspace.id, user.id)]);
    assert!(!remove(store, &user, NOW).await, "not yet");
    assert!(!remove(store, &somebody, later(1)).await, "not deleted");
    let said = race(10, |_| {
        let (ports, user, entry) = (Arc::clone(&store.departures), user.clone(), row(workspace.id));
        async move { ports.remove(user.workspace, user.id, later(1), entry).await.unwrap() }
    })
    .await;
    assert_eq!(said.iter().filter(|removed| **removed).count(), 1);
    assert_eq!(status(store, &user).await, None);
    assert!(due(later(1)).await.is_empty());
    for email in ["jo@example.com", "jo@work.example"] {
        let key = address(email).key();
        assert!(mails_to(store, &workspace, email).await.is_empty());
        let receipts = store.receipts.last_of(workspace.id, &key, 10).await.unwrap();
        assert!(receipts.is_empty(), "{email}");
    }
    assert_eq!(mails_to(store, &workspace, "sam@example.com").await.len(), 1);
    let sam = address("sam@example.com").key();
    let kept = store.receipts.last_of(workspace.id, &sam, 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    let anew = Person::customer(workspace.id, "jo@example.com");
    let created = create(&*store.users, &anew).await.unwrap();
    assert_eq!(created, UserCreated::Created);
}
