//! Contracts of [`Sessions`](crate::ports::Sessions).

use std::time::Duration;

use super::support::{
    DAY, FIRST_STEP, NOW, SignedIn, acme, add_email, another, attempt, audit_rows, backup_set, by_backup_code,
    by_passkey, by_step, customer, enabling, enrol, fresh_token, grant, grant_by_passkey, grant_with, has_passkey,
    has_receipt, is_live, later, link, mail, mails_to, opening, pending_app, phc, race, receipt, record_of, row, sent,
    session, signed_in, spent_row, state_of, token, try_code, was_audited,
};
use super::{RACERS, StorePorts};
use crate::audit::{AuditAction, AuditEntry};
use crate::ids::{OrganisationId, SessionId, WorkspaceId};
use crate::method::Method;
use crate::one_time::{Link, LinkPurpose, LinkState, LinkSubject};
use crate::passkey::Passkey;
use crate::ports::{CodeTry, ContactUpsert, OpenSession, Opened, RenewSession, Renewed, StatusSet};
use crate::reason::PrivateReason;
use crate::second_factor::{FactorUse, PasskeyUse};
use crate::secret::TokenDigest;
use crate::session::MAX_SESSIONS_PER_USER;
use crate::sign_in::{Grant, SecondFactorVerified};
use crate::testing::given::unique;
use crate::testing::{address, audit};
use crate::throttle::{Admission, Charge, LimitRule, ThrottleKey};
use crate::time::Timestamp;
use crate::user::{ContactIdentity, SignInRecord, User, UserStatus};

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
        rights: crate::role::Rights::OPERATOR,
    };
    store.users.upsert_contact(contact, row(workspace.id)).await.unwrap();
    let wanted = opening(grant(store, &user).await, token(1), NOW);
    let (id, expires_at) = (wanted.id, wanted.expires_at);
    let Opened::Open(view) = store.sessions.open(wanted).await.unwrap() else {
        panic!("not opened");
    };
    assert_eq!((view.id, view.created_at, view.expires_at), (id, NOW, expires_at));
    assert_eq!(view.proved_at, NOW, "R11: a sign-in is a fresh proof");
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
    let not_me = Link {
        subject: LinkSubject::Session {
            session: SessionId::from_uuid(unique()),
        },
        ..link(&user, LinkPurpose::NotMe)
    };
    let wanted = OpenSession {
        flow: Some(flow.id),
        refunds: vec![refunded.clone()],
        clears: vec![cleared.key.clone()],
        notices: vec![mail(workspace.id, "jo@example.com", NOW)],
        links: vec![not_me.clone()],
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
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert_eq!(state_of(store, &not_me, NOW).await, LinkState::Live(not_me));
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
    let codes = enrol(store, &user).await;
    let before = SignInRecord {
        credentials_version: before.credentials_version + 1,
        factors: record_of(store, &user).await.factors,
        ..before
    };
    let not_me = link(&user, LinkPurpose::NotMe);
    let grant = grant_with(store, &user, by_backup_code(&user, codes.left[0])).await;
    let wanted = OpenSession {
        refunds: vec![charge.clone()],
        rehash: Some(phc("new")),
        notices: vec![mail(workspace.id, "jo@example.com", NOW)],
        links: vec![not_me.clone()],
        audit: spent,
        ..opening(grant, token(1), NOW)
    };
    let receipt = wanted.receipt.clone();
    store.sessions.open(wanted).await.unwrap_err();
    assert!(!is_live(store, &token(1), NOW).await);
    assert!(!admits(store, &user, &charge).await);
    assert!(!has_receipt(store, &receipt).await);
    assert_eq!(record_of(store, &user).await, before);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    assert_eq!(state_of(store, &not_me, NOW).await, LinkState::Unknown);
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
    assert_eq!(set.await.unwrap(), StatusSet::Set);
    let fresh = grant(store, &user).await;
    refuses(store, &user, fresh, kept).await;
}

async fn refuses(store: &StorePorts, user: &User, grant: Grant, replaces: TokenDigest) {
    refuses_as(store, user, grant, replaces, Opened::CredentialsChanged).await;
}

async fn refuses_as(store: &StorePorts, user: &User, grant: Grant, replaces: TokenDigest, expected: Opened) {
    let charge = one_of(1, "refunded");
    use_up(store, user, &charge).await;
    let not_me = link(user, LinkPurpose::NotMe);
    let wanted = OpenSession {
        refunds: vec![charge.clone()],
        clears: vec![charge.key.clone()],
        rehash: Some(phc("rehashed")),
        replaces: Some(replaces),
        notices: vec![mail(user.workspace, "told@example.com", NOW)],
        links: vec![not_me.clone()],
        ..opening(grant, token(99), NOW)
    };
    let (receipt, entry) = (wanted.receipt.clone(), wanted.audit.clone());
    assert_eq!(store.sessions.open(wanted).await.unwrap(), expected);
    assert!(!is_live(store, &token(99), NOW).await);
    assert!(is_live(store, &replaces, NOW).await, "nothing was replaced");
    assert!(!admits(store, user, &charge).await);
    assert!(!has_receipt(store, &receipt).await);
    assert!(!was_audited(store, &entry).await);
    assert_eq!(state_of(store, &not_me, NOW).await, LinkState::Unknown);
    let told = store
        .outbox
        .last_to(user.workspace, &address("told@example.com").key(), 9)
        .await;
    assert_eq!(told.unwrap(), []);
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
    let (mut tokens, mut rows) = (Vec::new(), Vec::new());
    for n in 0..=CAP {
        let token = fresh_token();
        let at = later(u64::try_from(n).unwrap());
        let wanted = opening(grant(store, &user).await, token, at);
        rows.push((wanted.id, wanted.audit.clone()));
        assert!(matches!(store.sessions.open(wanted).await.unwrap(), Opened::Open(_)));
        tokens.push(token);
    }
    let (oldest, last) = (rows[0].0, &rows[CAP].1);
    let pushed_out = last.of_displaced(user.id, oldest, user.id, false);
    assert!(was_audited(store, &pushed_out).await);
    let second = last.of_displaced(user.id, rows[1].0, user.id, false);
    assert!(!was_audited(store, &second).await);
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
    let other = customer(store, &workspace, "mo@example.com").await;
    let (old, bystanding) = (signed_in(store, &user).await, signed_in(store, &user).await);
    let ended = store.sessions.check(&old, NOW).await.unwrap().unwrap().id;
    // Somebody else signs in by the browser that it was open in.
    let wanted = OpenSession {
        replaces: Some(old),
        ..opening(grant(store, &other).await, token(1), NOW)
    };
    let replaced = wanted.audit.of_displaced(other.id, ended, user.id, true);
    assert!(matches!(store.sessions.open(wanted).await.unwrap(), Opened::Open(_)));
    assert_eq!(live(store, &[old, bystanding, token(1)]).await, [false, true, true]);
    assert!(was_audited(store, &replaced).await);

    let over = OpenSession {
        replaces: Some(token(1)),
        now: later(90_000),
        ..opening(grant(store, &user).await, token(2), later(90_000))
    };
    let over_before = store.sessions.check(&token(1), NOW).await.unwrap().unwrap().id;
    let not_ended = over.audit.of_displaced(user.id, over_before, other.id, true);
    assert!(matches!(store.sessions.open(over).await.unwrap(), Opened::Open(_)));
    assert!(!was_audited(store, &not_ended).await, "it was over by itself");
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

/// `end_all` leaves the session that is to be kept.
pub async fn end_all_leaves_the_kept_one(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let kept = session(store, &user).await;
    let mine = [signed_in(store, &user).await, signed_in(store, &user).await];
    for expected in [2, 0] {
        let ended = store
            .sessions
            .end_all(workspace.id, user.id, Some(kept.id), ending(workspace.id, NOW));
        assert_eq!(ended.await.unwrap(), expected);
        assert_eq!(live(store, &mine).await, [false, false]);
        assert!(is_live(store, &kept.token, NOW).await);
    }
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
                assert_eq!(set.await.unwrap(), StatusSet::Set);
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

async fn last_step(store: &StorePorts, user: &User) -> Option<i64> {
    store.factors.find(user.workspace, user.id).await.unwrap().last_step
}

async fn codes_left(store: &StorePorts, user: &User) -> u32 {
    record_of(store, user).await.factors.backup_codes_left
}

async fn open_with(store: &StorePorts, user: &User, shown: Option<SecondFactorVerified>) -> Opened {
    let wanted = opening(grant_with(store, user, shown).await, fresh_token(), NOW);
    store.sessions.open(wanted).await.unwrap()
}

/// Opens one session for each grant, all at once, and says how many opened; all others must find the factor spent.
async fn race_of_openings(store: &StorePorts, grants: Vec<Grant>) -> usize {
    let n = grants.len();
    let wanted: Vec<_> = grants
        .into_iter()
        .map(|grant| std::sync::Mutex::new(Some(opening(grant, fresh_token(), NOW))))
        .collect();
    let said = race(n, |i| {
        let ports = store.clone();
        let wanted = wanted[i].lock().unwrap().take().unwrap();
        async move { ports.sessions.open(wanted).await.unwrap() }
    })
    .await;
    let opened = said.iter().filter(|said| matches!(said, Opened::Open(_))).count();
    let spent = said.iter().filter(|said| **said == Opened::FactorSpent).count();
    assert_eq!(opened + spent, n);
    opened
}

/// A time step opens one session, however many try it at once, and no earlier one opens any afterwards (R70).
pub async fn a_race_for_one_time_step_opens_one_session(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    enrol(store, &user).await;
    let mut grants = Vec::new();
    for _ in 0..RACERS {
        grants.push(grant_with(store, &user, by_step(&user, FIRST_STEP + 5)).await);
    }
    assert_eq!(race_of_openings(store, grants).await, 1);
    assert_eq!(last_step(store, &user).await, Some(FIRST_STEP + 5));
    assert_eq!(
        store.own_sessions.list(workspace.id, user.id, NOW).await.unwrap().len(),
        1
    );
}

/// A time step must be greater than the last one accepted: T+1, then T, then T-1 opens once, in the other order thrice
/// (R70).
pub async fn time_steps_are_accepted_in_rising_order_only(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    enrol(store, &user).await;
    let now = FIRST_STEP + 10;
    for (step, opens) in [
        (FIRST_STEP, false),
        (FIRST_STEP - 1, false),
        (now + 1, true),
        (now, false),
        (now - 1, false),
        (now + 1, false),
        (now + 2, true),
        (now + 3, true),
        (now + 4, true),
    ] {
        let opened = open_with(store, &user, by_step(&user, step)).await;
        assert_eq!(matches!(opened, Opened::Open(_)), opens, "{step}: {opened:?}");
        if !opens {
            assert_eq!(opened, Opened::FactorSpent);
        }
    }
    assert_eq!(last_step(store, &user).await, Some(now + 4));
}

/// Time steps that race each other: the latest opens, whichever others do, and it is the last one from then on.
pub async fn a_race_of_time_steps_ends_at_the_latest(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    enrol(store, &user).await;
    let mut grants = Vec::new();
    for n in 0..60 {
        grants.push(grant_with(store, &user, by_step(&user, FIRST_STEP + 1 + n % 3)).await);
    }
    let opened = race_of_openings(store, grants).await;
    assert!((1..=3).contains(&opened), "{opened}");
    assert_eq!(last_step(store, &user).await, Some(FIRST_STEP + 3));
}

/// A backup code opens one session, however many try it at once, and is gone then; the others stay (R74).
pub async fn a_race_for_one_backup_code_opens_one_session(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let codes = enrol(store, &user).await;
    let mut grants = Vec::new();
    for _ in 0..RACERS {
        grants.push(grant_with(store, &user, by_backup_code(&user, codes.left[4])).await);
    }
    assert_eq!(race_of_openings(store, grants).await, 1);
    assert_eq!(codes_left(store, &user).await, 9);
    let kept = store.factors.find(workspace.id, user.id).await.unwrap().backup.unwrap();
    assert_eq!(kept.used, [codes.left[4]]);
    let left = kept.left;
    assert!(left.len() == 9 && !left.contains(&codes.left[4]));
    let unknown = by_backup_code(&user, fresh_token());
    assert_eq!(open_with(store, &user, unknown).await, Opened::FactorSpent);
    for code in left {
        assert!(matches!(
            open_with(store, &user, by_backup_code(&user, code)).await,
            Opened::Open(_)
        ));
    }
    assert_eq!(codes_left(store, &user).await, 0);
}

/// Where the factor is spent, `open` writes nothing at all.
pub async fn a_spent_factor_changes_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let codes = enrol(store, &user).await;
    let (code, step) = (codes.left[0], FIRST_STEP + 1);
    for shown in [by_backup_code(&user, code), by_step(&user, step)] {
        assert!(matches!(open_with(store, &user, shown).await, Opened::Open(_)));
    }
    let kept = signed_in(store, &user).await;
    let before = (record_of(store, &user).await, audit_rows(store, workspace.id).await);
    let spent = grant_with(store, &user, by_backup_code(&user, code)).await;
    refuses_as(store, &user, spent, kept, Opened::FactorSpent).await;
    let spent = grant_with(store, &user, by_step(&user, step)).await;
    let wanted = opening(spent, token(98), NOW);
    assert_eq!(store.sessions.open(wanted).await.unwrap(), Opened::FactorSpent);
    assert!(!is_live(store, &token(98), NOW).await);
    assert_eq!(
        (record_of(store, &user).await, audit_rows(store, workspace.id).await),
        before
    );
}

/// Nothing is spent where nothing opens: not on credentials that changed, nor with an app that is off.
pub async fn what_opens_nothing_spends_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let codes = enrol(store, &user).await;
    let stale = [
        grant_with(store, &user, by_backup_code(&user, codes.left[0])).await,
        grant_with(store, &user, by_step(&user, FIRST_STEP + 9)).await,
    ];
    let set = store
        .credentials
        .set_password(workspace.id, user.id, phc("new"), None, Vec::new(), row(workspace.id));
    assert!(set.await.unwrap());
    for grant in stale {
        let opened = store.sessions.open(opening(grant, fresh_token(), NOW)).await;
        assert_eq!(opened.unwrap(), Opened::CredentialsChanged);
    }
    assert_eq!(
        (codes_left(store, &user).await, last_step(store, &user).await),
        (10, Some(FIRST_STEP))
    );
    let off = store
        .factors
        .disable_app(workspace.id, user.id, None, Vec::new(), row(workspace.id));
    assert!(off.await.unwrap());
    for shown in [by_step(&user, FIRST_STEP + 9), by_backup_code(&user, codes.left[0])] {
        assert_eq!(open_with(store, &user, shown).await, Opened::FactorSpent);
    }
}

/// A sign-in with a passkey stores its new state and when it was used; with one that is somebody else's, nothing opens.
pub async fn using_a_passkey_stores_its_state(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let (passkey, other) = (has_passkey(store, &user).await, has_passkey(store, &user).await);
    let theirs = has_passkey(store, &bystander).await;
    let find = async |passkey: &Passkey| {
        let found = store.passkeys.find(workspace.id, &passkey.credential).await;
        found.unwrap().unwrap()
    };
    let used = |state: &str, synced, at| Passkey {
        state: state.to_owned(),
        synced,
        last_used_at: Some(at),
        ..passkey.clone()
    };
    let first = grant_by_passkey(store, &user, by_passkey(&passkey, "first", true)).await;
    assert_eq!(first.method(), Method::Passkey);
    let opened = store.sessions.open(opening(first, token(1), later(5))).await.unwrap();
    assert!(matches!(opened, Opened::Open(view) if view.method == Method::Passkey));
    assert_eq!(find(&passkey).await, used("first", true, later(5)));

    // R76: an answer that was checked against the state before came too late; of a copy, perhaps.
    let late = SecondFactorVerified::by_passkey(by_passkey(&passkey, "late", false));
    let late = grant_with(store, &user, Some(late)).await;
    let refused = store.sessions.open(opening(late, token(7), later(6))).await.unwrap();
    assert_eq!(refused, Opened::FactorSpent);
    assert_eq!(find(&passkey).await, used("first", true, later(5)));

    let shown = SecondFactorVerified::by_passkey(by_passkey(&find(&passkey).await, "second", false));
    let second = grant_with(store, &user, Some(shown)).await;
    let opened = store.sessions.open(opening(second, token(2), later(9))).await.unwrap();
    assert!(matches!(opened, Opened::Open(_)));
    assert_eq!(find(&passkey).await, used("second", false, later(9)));

    let renew = RenewSession {
        spends: Some(FactorUse::Passkey(PasskeyUse {
            passkey: passkey.id,
            before: "second".to_owned(),
            state: "third".to_owned(),
            synced: true,
        })),
        ..renewing(&user, opened_as(store, &user, token(3)).await, token(4), later(20))
    };
    assert!(matches!(
        store.sessions.renew(renew).await.unwrap(),
        Renewed::Renewed(_)
    ));
    assert_eq!(find(&passkey).await, used("third", true, later(20)));
    assert_eq!((find(&other).await, find(&theirs).await), (other, theirs.clone()));

    let stolen = Passkey {
        user: user.id,
        ..theirs.clone()
    };
    let foreign = grant_by_passkey(store, &user, by_passkey(&stolen, "stolen", true)).await;
    let opened = store.sessions.open(opening(foreign, token(5), NOW)).await.unwrap();
    assert_eq!(opened, Opened::FactorSpent);
    assert_eq!(find(&theirs).await, theirs);
}

async fn opened_as(store: &StorePorts, user: &User, token: TokenDigest) -> SignedIn {
    let wanted = opening(grant(store, user).await, token, NOW);
    let id = wanted.id;
    assert!(matches!(store.sessions.open(wanted).await.unwrap(), Opened::Open(_)));
    SignedIn { id, token }
}

fn renewing(user: &User, session: SignedIn, token: TokenDigest, now: Timestamp) -> RenewSession {
    RenewSession {
        workspace: user.workspace,
        id: session.id,
        user: user.id,
        from: session.token,
        token,
        spends: None,
        now,
        flow: None,
        refunds: Vec::new(),
        clears: Vec::new(),
        notices: Vec::new(),
        receipt: receipt(user.workspace, "jo@example.com", now),
        audit: audit(user.workspace, AuditAction::FreshProof, now),
    }
}

/// `renew` keeps id, age and end of the session, sets `proved_at`, and gives it a new token; the old one is dead from the
/// very next check on (R79).
pub async fn renew_keeps_the_session_and_changes_its_token(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = opened_as(store, &user, token(1)).await;
    let bystanding = signed_in(store, &user).await;
    let before = store.sessions.check(&token(1), NOW).await.unwrap().unwrap();
    for _ in 0..5 {
        assert!(is_live(store, &session.token, NOW).await);
    }
    let wanted = renewing(&user, session, token(2), later(1_800));
    let Renewed::Renewed(view) = store.sessions.renew(wanted).await.unwrap() else {
        panic!("not renewed");
    };
    assert!(!is_live(store, &token(1), later(1_800)).await);
    assert!(is_live(store, &token(2), later(1_800)).await);
    assert!(is_live(store, &bystanding, later(1_800)).await);
    let checked = store.sessions.check(&token(2), later(1_800)).await.unwrap();
    assert_eq!(checked.as_deref(), Some(&*view));
    let expected = crate::session::SessionView {
        proved_at: later(1_800),
        ..(*before).clone()
    };
    assert_eq!(*view, expected);
    assert!(
        is_live(store, &token(2), later(5_000)).await,
        "a proof is a use as well"
    );
    let listed = store
        .own_sessions
        .list(workspace.id, user.id, later(1_800))
        .await
        .unwrap();
    let renewed = listed.iter().find(|listed| listed.id == session.id).unwrap();
    assert_eq!((renewed.created_at, renewed.proved_at), (NOW, later(1_800)));
    assert!(
        !is_live(store, &token(2), later(DAY)).await,
        "its end stays where it was"
    );
}

/// `renew` ends the attempt, gives charges back, forgets counters, and writes notices, receipt and audit row.
pub async fn renew_writes_all_that_goes_with_it(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let codes = enrol(store, &user).await;
    let session = opened_as(store, &user, token(1)).await;
    let (refunded, cleared) = (one_of(1, "refunded"), one_of(1, "cleared"));
    for charge in [&refunded, &cleared] {
        use_up(store, &user, charge).await;
    }
    let flow = attempt(&workspace, "jo@example.com");
    let code = sent(store, &flow).await;
    let wanted = RenewSession {
        spends: Some(FactorUse::BackupCode(codes.left[0])),
        flow: Some(flow.id),
        refunds: vec![refunded.clone()],
        clears: vec![cleared.key.clone()],
        notices: vec![mail(workspace.id, "jo@example.com", NOW)],
        ..renewing(&user, session, token(2), NOW)
    };
    let (receipt, entry) = (wanted.receipt.clone(), wanted.audit.clone());
    assert!(matches!(
        store.sessions.renew(wanted).await.unwrap(),
        Renewed::Renewed(_)
    ));
    assert!(admits(store, &user, &refunded).await && admits(store, &user, &cleared).await);
    let tried = try_code(store, &flow, code, NOW).await;
    assert!(matches!(tried, CodeTry::Over), "{tried:?}");
    assert_eq!(codes_left(store, &user).await, 9);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert!(has_receipt(store, &receipt).await);
    assert!(was_audited(store, &entry).await);
}

/// Where the session is over, or is not theirs, or the factor is spent, or a row cannot be written, `renew` changes
/// nothing.
pub async fn what_is_not_renewed_is_left_as_it_was(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let codes = enrol(store, &user).await;
    let session = opened_as(store, &user, token(1)).await;
    let theirs = opened_as(store, &bystander, token(2)).await;
    let before = record_of(store, &user).await;
    let charge = one_of(1, "refunded");
    use_up(store, &user, &charge).await;
    let spending = |renew: RenewSession| RenewSession {
        refunds: vec![charge.clone()],
        notices: vec![mail(workspace.id, "jo@example.com", NOW)],
        spends: Some(FactorUse::BackupCode(codes.left[0])),
        ..renew
    };
    let right = |session, now| spending(renewing(&user, session, token(9), now));
    let crossed = RenewSession {
        workspace: other.id,
        ..right(session, NOW)
    };
    let unknown = SignedIn {
        id: SessionId::from_uuid(unique()),
        ..session
    };
    let other_token = SignedIn {
        token: fresh_token(),
        ..session
    };
    let gone = [
        right(theirs, NOW),
        right(unknown, NOW),
        right(other_token, NOW),
        right(session, later(3_600)),
        crossed,
    ];
    for renew in gone {
        let entry = renew.audit.clone();
        assert_eq!(store.sessions.renew(renew).await.unwrap(), Renewed::Gone);
        assert!(!was_audited(store, &entry).await);
    }
    for spends in [
        FactorUse::AppStep(FIRST_STEP),
        FactorUse::BackupCode(fresh_token()),
        FactorUse::Passkey(PasskeyUse {
            passkey: crate::ids::PasskeyId::from_uuid(unique()),
            before: "{}".to_owned(),
            state: "{}".to_owned(),
            synced: false,
        }),
    ] {
        let renew = RenewSession {
            spends: Some(spends),
            ..right(session, NOW)
        };
        let (receipt, entry) = (renew.receipt.clone(), renew.audit.clone());
        assert_eq!(store.sessions.renew(renew).await.unwrap(), Renewed::FactorSpent);
        assert!(!has_receipt(store, &receipt).await && !was_audited(store, &entry).await);
    }
    let unwritable = RenewSession {
        audit: spent_row(store, &workspace).await,
        ..right(session, NOW)
    };
    store.sessions.renew(unwritable).await.unwrap_err();
    assert!(!is_live(store, &token(9), NOW).await);
    assert!(is_live(store, &token(1), NOW).await && is_live(store, &token(2), NOW).await);
    assert_eq!(record_of(store, &user).await, before);
    assert!(!admits(store, &user, &charge).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    let view = store.sessions.check(&token(1), NOW).await.unwrap().unwrap();
    assert_eq!(view.proved_at, NOW);
}

/// Of any number of parallel calls with one time step, or one backup code, one opens or renews a session (R70, R74).
pub async fn openings_and_renewals_race_for_one_factor(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let codes = enrol(store, &user).await;
    for spends in [FactorUse::BackupCode(codes.left[2]), FactorUse::AppStep(FIRST_STEP + 3)] {
        let shown = || match &spends {
            FactorUse::AppStep(step) => by_step(&user, *step),
            FactorUse::BackupCode(digest) => by_backup_code(&user, *digest),
            FactorUse::Passkey(_) => None,
        };
        // Every fourth one proves afresh, in a session of its own; few enough that none is pushed out by another.
        let (mut wanted, mut kept) = (Vec::new(), Vec::new());
        for i in 0..RACERS {
            let open = opening(grant_with(store, &user, shown()).await, fresh_token(), NOW);
            wanted.push(std::sync::Mutex::new((i % 4 != 1).then_some(open)));
            if i % 4 == 0 {
                kept.push(session(store, &user).await);
            }
        }
        let said = race(RACERS, |i| {
            let (ports, user, spends, kept) = (store.clone(), user.clone(), spends.clone(), kept[i / 4]);
            let open = wanted[i].lock().unwrap().take();
            async move {
                let Some(open) = open else {
                    let renew = RenewSession {
                        spends: Some(spends),
                        ..renewing(&user, kept, fresh_token(), NOW)
                    };
                    return match ports.sessions.renew(renew).await.unwrap() {
                        Renewed::Renewed(_) => true,
                        Renewed::FactorSpent => false,
                        Renewed::Gone => panic!("nobody ended it"),
                    };
                };
                match ports.sessions.open(open).await.unwrap() {
                    Opened::Open(_) => true,
                    Opened::FactorSpent => false,
                    Opened::CredentialsChanged | Opened::IdentityTaken => panic!("nobody changed them"),
                }
            }
        })
        .await;
        assert_eq!(said.into_iter().filter(|won| *won).count(), 1, "{spends:?}");
        let entry = ending(workspace.id, NOW);
        store
            .sessions
            .end_all(workspace.id, user.id, None, entry)
            .await
            .unwrap();
    }
}

/// Of however many that renew one session at once one does, and it is one session afterwards, under that one's token (R79).
pub async fn of_a_race_of_renewals_one_wins(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = opened_as(store, &user, token(1)).await;
    let tokens: Vec<TokenDigest> = (0..30).map(|_| fresh_token()).collect();
    let renewed = race(tokens.len(), |i| {
        let (ports, renew) = (store.clone(), renewing(&user, session, tokens[i], NOW));
        async move {
            match ports.sessions.renew(renew).await.unwrap() {
                Renewed::Renewed(_) => true,
                Renewed::Gone => false,
                Renewed::FactorSpent => panic!("nothing was to be spent"),
            }
        }
    })
    .await;
    assert_eq!(live(store, &tokens).await, renewed);
    assert_eq!(renewed.into_iter().filter(|won| *won).count(), 1);
    assert!(!is_live(store, &token(1), NOW).await);
    assert_eq!(
        store.own_sessions.list(workspace.id, user.id, NOW).await.unwrap().len(),
        1
    );
}

/// However a renewal and the end of the session run into each other, it is over afterwards, under whatever token (G3).
pub async fn no_renewed_session_outlives_the_end_that_it_raced(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    for round in 0..20 {
        let session = session(store, &user).await;
        let renewed = fresh_token();
        race(4, |i| {
            let (ports, user) = (store.clone(), user.clone());
            let old = session.token;
            async move {
                match i {
                    0 | 1 => {
                        let _ = ports.sessions.check(&old, NOW).await.unwrap();
                    }
                    2 => {
                        let renew = renewing(&user, session, renewed, NOW);
                        if let Renewed::Renewed(_) = ports.sessions.renew(renew).await.unwrap() {
                            ports.sessions.check(&renewed, NOW).await.unwrap();
                        }
                    }
                    _ => {
                        let entry = ending(user.workspace, NOW);
                        ports
                            .sessions
                            .end_all(user.workspace, user.id, None, entry)
                            .await
                            .unwrap();
                    }
                }
            }
        })
        .await;
        assert_eq!(
            live(store, &[session.token, renewed]).await,
            [false, false],
            "round {round}"
        );
    }
}

/// However openings and the turning on of a second factor interleave, no session that was decided on without it is left
/// (R72, G3).
pub async fn no_session_outlives_a_second_factor_that_it_raced(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let begun = store.factors.begin_app(workspace.id, user.id, pending_app(1)).await;
    assert!(begun.unwrap());
    let mut wanted = Vec::new();
    for n in 0..40 {
        let open = opening(grant(store, &user).await, token(n), NOW);
        wanted.push(std::sync::Mutex::new(Some(open)));
    }
    let enable = crate::ports::EnableApp {
        backup: backup_set(),
        ..enabling(&user, pending_app(1), FIRST_STEP)
    };
    race(41, |i| {
        let (ports, enable) = (store.clone(), enable.clone());
        let open = wanted
            .get(i)
            .and_then(|open| open.lock().unwrap().take())
            .filter(|_| i != 20);
        async move {
            let Some(open) = open else {
                let entry = row(enable.workspace);
                ports.factors.enable_app(enable, entry).await.unwrap();
                return;
            };
            let token = open.token;
            ports.sessions.open(open).await.unwrap();
            ports.sessions.check(&token, NOW).await.unwrap();
        }
    })
    .await;
    let tokens: Vec<TokenDigest> = (0..40).map(token).collect();
    assert_eq!(live(store, &tokens).await, [false; 40]);
    assert!(record_of(store, &user).await.factors.app);
}
