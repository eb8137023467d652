//! Contracts of [`OwnSessions`](crate::ports::OwnSessions).

use super::StorePorts;
use super::support::{
    NOW, acme, another, customer, fresh_token, grant, is_live, later, opening, row, session, user_id, uuid, was_audited,
};
use crate::ids::SessionId;
use crate::ports::{OpenSession, Opened};
use crate::testing::client;
use crate::time::Timestamp;
use crate::user::User;

/// The source of this suite.
pub const SOURCE: &str = include_str!("own_sessions.rs");

async fn ids(store: &StorePorts, user: &User, now: Timestamp) -> Vec<SessionId> {
    let listed = store.own_sessions.list(user.workspace, user.id, now).await.unwrap();
    listed.iter().map(|session| session.id).collect()
}

async fn open(store: &StorePorts, wanted: OpenSession) -> super::support::SignedIn {
    let (id, token) = (wanted.id, wanted.token);
    let opened = store.sessions.open(wanted).await.unwrap();
    assert!(matches!(opened, Opened::Open(_)), "{opened:?}");
    super::support::SignedIn { id, token }
}

/// `list` tells each session as it was opened: person, method, times, client.
pub async fn a_session_is_listed_as_it_was_opened(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let wanted = opening(grant(store, &user).await, fresh_token(), NOW);
    let (idle_micros, expires_at, method) = (wanted.idle_micros, wanted.expires_at, wanted.grant.method());
    let session = open(store, wanted).await;
    let listed = store.own_sessions.list(workspace.id, user.id, NOW).await.unwrap();
    let [listed] = &listed[..] else {
        panic!("one is open: {listed:?}");
    };
    let expected = crate::session::Session {
        id: session.id,
        workspace: workspace.id,
        user: user.id,
        method,
        created_at: NOW,
        proved_at: NOW,
        last_seen_at: NOW,
        idle_micros,
        expires_at,
        client: client(),
    };
    assert_eq!(*listed, expected);
}

/// `list` tells live sessions of that person only, the last used first.
pub async fn live_sessions_are_listed_the_last_used_first(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let theirs = session(store, &bystander).await;
    let first = session(store, &user).await;
    let second = open(store, opening(grant(store, &user).await, fresh_token(), later(60))).await;
    let short = OpenSession {
        expires_at: later(600),
        ..opening(grant(store, &user).await, fresh_token(), later(120))
    };
    let short = open(store, short).await;
    assert_eq!(ids(store, &user, later(120)).await, [short.id, second.id, first.id]);
    assert!(is_live(store, &first.token, later(900)).await);
    store.sessions.sweep(later(900)).await.unwrap();
    assert_eq!(ids(store, &user, later(900)).await, [first.id, second.id], "used since");
    assert_eq!(
        ids(store, &user, later(3_700)).await,
        [first.id],
        "one was left idle for an hour"
    );
    assert_eq!(ids(store, &bystander, NOW).await, [theirs.id]);
    assert_eq!(store.own_sessions.list(other.id, user.id, NOW).await.unwrap(), []);
}

/// `end` ends one of theirs, from the very next check on, with its audit row.
pub async fn one_of_ones_own_can_be_ended(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (ended, stays) = (session(store, &user).await, session(store, &user).await);
    for _ in 0..5 {
        assert!(is_live(store, &ended.token, NOW).await);
    }
    let entry = row(workspace.id);
    let said = store.own_sessions.end(workspace.id, user.id, ended.id, entry.clone());
    assert!(said.await.unwrap());
    assert!(!is_live(store, &ended.token, NOW).await);
    assert!(is_live(store, &stays.token, NOW).await);
    assert_eq!(ids(store, &user, NOW).await, [stays.id]);
    assert!(was_audited(store, &entry).await);
    let again = store
        .own_sessions
        .end(workspace.id, user.id, ended.id, row(workspace.id));
    assert!(!again.await.unwrap());
}

/// `end` is `false`, and ends nothing, where the session is somebody else's, unknown, elsewhere or over.
pub async fn nobody_elses_session_is_ended(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let (mine, theirs) = (session(store, &user).await, session(store, &bystander).await);
    for (place, whose, id) in [
        (workspace.id, user.id, theirs.id),
        (workspace.id, user_id(), theirs.id),
        (other.id, bystander.id, theirs.id),
        (workspace.id, user.id, SessionId::from_uuid(uuid())),
    ] {
        let entry = row(place);
        let said = store.own_sessions.end(place, whose, id, entry.clone()).await;
        assert!(!said.unwrap());
        assert!(!was_audited(store, &entry).await);
    }
    assert!(is_live(store, &mine.token, NOW).await && is_live(store, &theirs.token, NOW).await);
    let mut late = row(workspace.id);
    late.at = later(3_600);
    let said = store.own_sessions.end(workspace.id, user.id, mine.id, late).await;
    assert!(!said.unwrap(), "it was left idle for an hour");
}
