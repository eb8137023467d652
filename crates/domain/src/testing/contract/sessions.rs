//! Contracts of [`Sessions`](crate::ports::Sessions).

use std::time::Duration;

use super::StorePorts;
use super::support::{
    DAY, NOW, acme, add_email, another, attempt, customer, fresh_token, grant, has_receipt, is_live, later, opening,
    phc, race, record_of, row, sent, signed_in, token, try_code, was_audited,
};
use crate::audit::{AuditAction, AuditEntry};
use crate::ids::{OrganisationId, WorkspaceId};
use crate::method::Method;
use crate::ports::{CodeTry, ContactUpsert, OpenSession, Opened};
use crate::reason::PrivateReason;
use crate::secret::TokenDigest;
use crate::session::MAX_SESSIONS_PER_USER;
use crate::testing::given::unique;
use crate::testing::{address, audit};
use crate::throttle::{Admission, Charge, LimitRule, ThrottleKey};
use crate::time::Timestamp;
use crate::user::{ContactIdentity, User, UserStatus};

/// The source of this suite.
pub const SOURCE: &str = include_str!("sessions.rs");

/// How many tokens more than the cap are tried; a store may hold no more than the cap.
const CAP: usize = MAX_SESSIONS_PER_USER as usize;

fn ending(workspace: WorkspaceId, at: Timestamp) -> AuditEntry {
    audit(workspace, AuditAction::SignedOut, at)
}

fn one_of(max: u32, what: &str) -> Charge {
    Charge {
        key: ThrottleKey::new(what, "jo@example.com"),
        rule: LimitRule::Window {
            max,
            window: Duration::from_mins(5),
        },
        reason: PrivateReason::BudgetAddress,
    }
}

async fn admits(store: &StorePorts, user: &User, charge: &Charge) -> bool {
    let said = store.throttle.peek(user.workspace, vec![charge.clone()], NOW).await;
    said.unwrap() == Admission::Admitted
}

async fn use_up(store: &StorePorts, user: &User, charge: &Charge) {
    let said = store.throttle.consume(user.workspace, vec![charge.clone()], NOW).await;
    assert_eq!(said.unwrap(), Admission::Admitted);
    assert!(!admits(store, user, charge).await);
}

async fn live(store: &StorePorts, tokens: &[TokenDigest]) -> Vec<bool> {
    let mut live = Vec::new();
    for token in tokens {
        live.push(is_live(store, token, NOW).await);
    }
    live
}

/// `open` and `check` tell who it is: person, role, proved addresses, organisations, workspace, times.
pub async fn open_tells_who_it_is(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    add_email(store, &user, "proved@example.com", true).await;
    add_email(store, &user, "claimed@example.com", false).await;
    let contact = ContactUpsert {
        workspace: workspace.id,
        identity: ContactIdentity::Email {
            address: address("jo@example.com"),
        },
        name: None,
        new_user: super::support::user_id(),
        new_email: crate::ids::EmailId::from_uuid(unique()),
        organisations: vec![(OrganisationId::from_uuid(unique()), "Globex".to_owned())],
        now: NOW,
    };
    store.users.upsert_contact(contact, row(workspace.id)).await.unwrap();
    let wanted = opening(grant(store, &user).await, token(1), NOW);
    let (id, expires_at) = (wanted.id, wanted.expires_at);
    let Opened::Open(view) = store.sessions.open(wanted).await.unwrap() else {
        panic!("not opened");
    };
    assert_eq!((view.id, view.created_at, view.expires_at), (id, NOW, expires_at));
    assert_eq!(
        (view.user, view.role, view.method),
        (user.id, user.role, Method::Password)
    );
    assert_eq!((view.workspace, &view.workspace_slug), (workspace.id, &workspace.slug));
    assert_eq!(
        (view.name.as_str(), view.organisations.as_slice()),
        ("jo", &["Globex".to_owned()][..])
    );
    assert_eq!(view.primary_email.as_deref(), Some("jo@example.com"));
    let mut emails = view.emails.clone();
    emails.sort();
    assert_eq!(emails, ["jo@example.com", "proved@example.com"]);
    let checked = store.sessions.check(&token(1), NOW).await.unwrap();
    assert_eq!(checked.as_deref(), Some(&*view));
}

/// `open` ends the attempt, gives charges back, forgets counters, and writes last sign-in, receipt and audit row.
pub async fn open_writes_all_that_goes_with_it(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (refunded, cleared, untouched) = (one_of(1, "refunded"), one_of(1, "cleared"), one_of(1, "untouched"));
    for charge in [&refunded, &cleared, &untouched] {
        use_up(store, &user, charge).await;
    }
    let flow = attempt(&workspace, "jo@example.com");
    let code = sent(store, &flow).await;
    let wanted = OpenSession {
        flow: Some(flow.id),
        refunds: vec![refunded.clone()],
        clears: vec![cleared.key.clone()],
        ..opening(grant(store, &user).await, token(1), NOW)
    };
    let (receipt, entry) = (wanted.receipt.clone(), wanted.audit.clone());
    assert!(matches!(store.sessions.open(wanted).await.unwrap(), Opened::Open(_)));
    assert!(admits(store, &user, &refunded).await);
    assert!(admits(store, &user, &cleared).await);
    assert!(!admits(store, &user, &untouched).await);
    let ended = store.flows.find(workspace.id, flow.id).await.unwrap().unwrap();
    assert_eq!(ended.ended_at, Some(NOW));
    let tried = try_code(store, &flow, code, NOW).await;
    assert!(matches!(tried, CodeTry::Over), "{tried:?}");
    assert_eq!(record_of(store, &user).await.user.last_sign_in_at, Some(NOW));
    assert!(has_receipt(store, &receipt).await);
    assert!(was_audited(store, &entry).await);
}

/// Where the audit row cannot be written, no session is open and nothing else changed.
pub async fn open_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let charge = one_of(1, "refunded");
    use_up(store, &user, &charge).await;
    let before = record_of(store, &user).await;
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    let wanted = OpenSession {
        refunds: vec![charge.clone()],
        rehash: Some(phc("new")),
        audit: spent,
        ..opening(grant(store, &user).await, token(1), NOW)
    };
    let receipt = wanted.receipt.clone();
    store.sessions.open(wanted).await.unwrap_err();
    assert!(!is_live(store, &token(1), NOW).await);
    assert!(!admits(store, &user, &charge).await);
    assert!(!has_receipt(store, &receipt).await);
    assert_eq!(record_of(store, &user).await, before);
}

/// `open` opens nothing, and writes nothing, if the credentials version is not the grant's any more.
pub async fn open_refuses_a_stale_grant(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let before = signed_in(store, &user).await;
    let stale = grant(store, &user).await;
    let set = store
        .credentials
        .set_password(workspace.id, user.id, phc("new"), None, Vec::new(), row(workspace.id));
    assert!(set.await.unwrap());
    let kept = signed_in(store, &user).await;
    refuses(store, &user, stale, kept).await;
    assert!(!is_live(store, &before, NOW).await);
    assert_eq!(record_of(store, &user).await.password, Some(phc("new")));
}

/// `open` opens nothing if the person is not active.
pub async fn open_refuses_a_disabled_person(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let kept = signed_in(store, &bystander).await;
    let set = store
        .credentials
        .set_status(workspace.id, user.id, UserStatus::Disabled, row(workspace.id));
    assert!(set.await.unwrap());
    let fresh = grant(store, &user).await;
    refuses(store, &user, fresh, kept).await;
}

async fn refuses(store: &StorePorts, user: &User, grant: crate::sign_in::Grant, replaces: TokenDigest) {
    let charge = one_of(1, "refunded");
    use_up(store, user, &charge).await;
    let wanted = OpenSession {
        refunds: vec![charge.clone()],
        clears: vec![charge.key.clone()],
        rehash: Some(phc("rehashed")),
        replaces: Some(replaces),
        ..opening(grant, token(99), NOW)
    };
    let (receipt, entry) = (wanted.receipt.clone(), wanted.audit.clone());
    assert_eq!(store.sessions.open(wanted).await.unwrap(), Opened::CredentialsChanged);
    assert!(!is_live(store, &token(99), NOW).await);
    assert!(is_live(store, &replaces, NOW).await, "nothing was replaced");
    assert!(!admits(store, user, &charge).await);
    assert!(!has_receipt(store, &receipt).await);
    assert!(!was_audited(store, &entry).await);
}

/// However openings and a change of password interleave, no session of the old credentials is left (G3).
pub async fn no_session_outlives_a_password_change_that_it_raced(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let mut openings = Vec::new();
    for n in 0..40 {
        openings.push(opening(grant(store, &user).await, token(n), NOW));
    }
    let (first, last) = {
        let last = openings.split_off(20);
        (openings, last)
    };
    let mut running = Vec::new();
    for wanted in first {
        let ports = store.clone();
        running.push(tokio::spawn(async move {
            ports.sessions.open(wanted).await.unwrap();
        }));
    }
    let (ports, id, entry) = (store.clone(), user.id, row(workspace.id));
    running.push(tokio::spawn(async move {
        let set = ports
            .credentials
            .set_password(entry.workspace, id, phc("new"), None, Vec::new(), entry);
        assert!(set.await.unwrap());
    }));
    for wanted in last {
        let ports = store.clone();
        running.push(tokio::spawn(async move {
            let token = wanted.token;
            ports.sessions.open(wanted).await.unwrap();
            // A check right after opening must not leave the session in a memory that the change did not reach.
            ports.sessions.check(&token, NOW).await.unwrap();
        }));
    }
    for handle in running {
        handle.await.unwrap();
    }
    let tokens: Vec<TokenDigest> = (0..40).map(token).collect();
    assert_eq!(live(store, &tokens).await, [false; 40]);
}

/// At most fifty sessions of a person stay; the one unused for longest goes.
pub async fn at_most_fifty_sessions_stay(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let theirs = signed_in(store, &bystander).await;
    let mut tokens = Vec::new();
    for n in 0..=CAP {
        let token = fresh_token();
        let at = later(u64::try_from(n).unwrap());
        let opened = store.sessions.open(opening(grant(store, &user).await, token, at)).await;
        assert!(matches!(opened.unwrap(), Opened::Open(_)));
        tokens.push(token);
    }
    let alive = live(store, &tokens).await;
    assert!(!alive[0], "the oldest went");
    assert!(alive[1..].iter().all(|live| *live));
    assert!(is_live(store, &theirs, NOW).await);
}

/// Parallel openings leave at most fifty sessions of a person.
pub async fn a_race_of_openings_leaves_at_most_fifty(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let tokens: Vec<TokenDigest> = (0..CAP + 20).map(|_| fresh_token()).collect();
    race(tokens.len(), |i| {
        let (ports, user, token) = (store.clone(), user.clone(), tokens[i]);
        async move {
            let wanted = opening(grant(&ports, &user).await, token, NOW);
            assert!(matches!(ports.sessions.open(wanted).await.unwrap(), Opened::Open(_)));
        }
    })
    .await;
    let alive = live(store, &tokens).await.into_iter().filter(|live| *live).count();
    assert_eq!(alive, CAP);
}

/// A rehash is stored; it is no change of credentials and ends no session (R7).
pub async fn a_rehash_is_stored_and_disturbs_nobody(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    let concurrent = grant(store, &user).await;
    let version = record_of(store, &user).await.credentials_version;
    let wanted = OpenSession {
        rehash: Some(phc("rehashed")),
        ..opening(grant(store, &user).await, token(1), NOW)
    };
    assert!(matches!(store.sessions.open(wanted).await.unwrap(), Opened::Open(_)));
    let after = record_of(store, &user).await;
    assert_eq!(
        (after.password, after.credentials_version),
        (Some(phc("rehashed")), version)
    );
    assert!(is_live(store, &session, NOW).await);
    let opened = store.sessions.open(opening(concurrent, token(2), NOW)).await;
    assert!(matches!(opened.unwrap(), Opened::Open(_)));
}

/// A session that the new one replaces is dead (R79).
pub async fn a_replaced_session_is_dead(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (old, bystanding) = (signed_in(store, &user).await, signed_in(store, &user).await);
    let wanted = OpenSession {
        replaces: Some(old),
        ..opening(grant(store, &user).await, token(1), NOW)
    };
    assert!(matches!(store.sessions.open(wanted).await.unwrap(), Opened::Open(_)));
    assert_eq!(live(store, &[old, bystanding, token(1)]).await, [false, true, true]);
}

/// A check of an unknown, ended, expired or idle token answers `None`, alike.
pub async fn unknown_ended_expired_and_idle_tokens_answer_none(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    assert!(!is_live(store, &fresh_token(), NOW).await);
    let ended = signed_in(store, &user).await;
    let said = store
        .sessions
        .end(workspace.id, &ended, ending(workspace.id, NOW))
        .await;
    assert!(said.unwrap());
    assert!(!is_live(store, &ended, NOW).await);
    let idle = signed_in(store, &user).await;
    assert!(is_live(store, &idle, later(3_599)).await);
    let idle = signed_in(store, &user).await;
    assert!(!is_live(store, &idle, later(3_600)).await);
    let expiring = OpenSession {
        expires_at: later(60),
        ..opening(grant(store, &user).await, token(1), NOW)
    };
    assert!(matches!(store.sessions.open(expiring).await.unwrap(), Opened::Open(_)));
    assert!(is_live(store, &token(1), later(59)).await);
    assert!(!is_live(store, &token(1), later(60)).await);
}

/// Each use begins the idle time anew, until the session expires (R81).
pub async fn use_keeps_a_session_alive_until_it_expires(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    let mut at = 0;
    while at < DAY {
        assert!(is_live(store, &session, later(at)).await, "after {at} s");
        store.sessions.sweep(later(at)).await.unwrap();
        at += 3_000;
    }
    assert!(!is_live(store, &session, later(DAY)).await);
}

/// `end` ends one session, is `false` if it was not live, and reaches no other workspace.
pub async fn end_needs_a_live_session_of_that_workspace(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (session, bystanding) = (signed_in(store, &user).await, signed_in(store, &user).await);
    let foreign = store.sessions.end(other.id, &session, ending(other.id, NOW)).await;
    assert!(!foreign.unwrap());
    assert!(is_live(store, &session, NOW).await);
    let entry = ending(workspace.id, NOW);
    assert!(store.sessions.end(workspace.id, &session, entry.clone()).await.unwrap());
    assert!(was_audited(store, &entry).await);
    let again = store
        .sessions
        .end(workspace.id, &session, ending(workspace.id, NOW))
        .await;
    assert!(!again.unwrap());
    assert_eq!(live(store, &[session, bystanding]).await, [false, true]);
}

/// `end_all` ends all sessions of one person, and says how many.
pub async fn end_all_ends_those_of_one_person(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let theirs = signed_in(store, &bystander).await;
    let mine = [signed_in(store, &user).await, signed_in(store, &user).await];
    let entry = ending(workspace.id, NOW);
    let ended = store.sessions.end_all(workspace.id, user.id, None, entry.clone()).await;
    assert_eq!(ended.unwrap(), 2);
    assert_eq!(live(store, &mine).await, [false, false]);
    assert!(is_live(store, &theirs, NOW).await);
    assert!(was_audited(store, &entry).await);
    let version = record_of(store, &user).await.credentials_version;
    signed_in(store, &user).await;
    assert_eq!(record_of(store, &user).await.credentials_version, version);
}

/// Whatever ended a session, the very next check on the same node refuses it, also if checks kept it warm (G3).
pub async fn what_was_ended_is_refused_by_the_next_check(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    for round in 0..4 {
        let session = signed_in(store, &user).await;
        for _ in 0..5 {
            assert!(is_live(store, &session, NOW).await);
        }
        match round {
            0 => {
                let said = store
                    .sessions
                    .end(workspace.id, &session, ending(workspace.id, NOW))
                    .await;
                assert!(said.unwrap());
            }
            1 => {
                let said = store
                    .sessions
                    .end_all(workspace.id, user.id, None, ending(workspace.id, NOW))
                    .await;
                assert_eq!(said.unwrap(), 1);
            }
            2 => {
                let set = store.credentials.set_password(
                    workspace.id,
                    user.id,
                    phc("new"),
                    None,
                    Vec::new(),
                    row(workspace.id),
                );
                assert!(set.await.unwrap());
            }
            _ => {
                let set = store
                    .credentials
                    .set_status(workspace.id, user.id, UserStatus::Disabled, row(workspace.id));
                assert!(set.await.unwrap());
            }
        }
        assert!(!is_live(store, &session, NOW).await, "round {round}");
    }
}

/// Where memory can answer, it says what the store says.
pub async fn peek_agrees_with_check(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    for (token, at) in [
        (session, NOW),
        (fresh_token(), NOW),
        (session, later(1_800)),
        (session, later(DAY)),
    ] {
        let checked = store.sessions.check(&token, at).await.unwrap();
        if let Some(peeked) = store.sessions.peek(&token, at) {
            assert_eq!(peeked, checked);
        }
    }
}

/// `sweep` removes sessions that are over and leaves live ones.
pub async fn sweep_leaves_live_sessions(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let over = signed_in(store, &user).await;
    let late = later(3_000);
    let wanted = opening(grant(store, &user).await, token(1), late);
    assert!(matches!(store.sessions.open(wanted).await.unwrap(), Opened::Open(_)));
    let at = later(4_000);
    store.sessions.sweep(at).await.unwrap();
    assert!(!is_live(store, &over, at).await);
    assert!(is_live(store, &token(1), at).await);
}
