//! Contracts of [`Links`](crate::ports::Links).

use super::support::{
    DAY, NOW, SignedIn, acme, another, attempt, customer, fresh_token, grant, has_receipt, is_live as session_is_live,
    issue, later, link, mail, mails_to, opening, race, receipt, reset, reset_link, row, signed_in, spent_row, state_of,
    was_audited,
};
use super::{RACERS, StorePorts};
use crate::audit::AuditEntry;
use crate::ids::SessionId;
use crate::one_time::{EmailChange, Link, LinkPurpose, LinkState, LinkSubject};
use crate::ports::{EndedSessions, IssueLink, Opened, RedeemLink, ResetOutcome};
use crate::testing::given::unique;
use crate::testing::{Person, address};
use crate::time::Timestamp;
use crate::user::User;

/// The source of this suite.
pub const SOURCE: &str = include_str!("links.rs");

async fn use_link(store: &StorePorts, link: &Link) -> ResetOutcome {
    let said = store
        .credentials
        .reset_password(reset(link, "new"), row(link.workspace));
    said.await.unwrap()
}

fn is_live(state: &LinkState) -> bool {
    matches!(state, LinkState::Live(_))
}

/// `issue` writes link, mail, receipt and audit row; without a link it writes the rest.
pub async fn issue_writes_link_mail_receipt_and_audit(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = link(&user, LinkPurpose::ResetPassword);
    for (n, with_link) in [Some(link.clone()), None].into_iter().enumerate() {
        let receipt = receipt(workspace.id, "jo@example.com", NOW);
        let entry = row(workspace.id);
        let wanted = IssueLink {
            link: with_link,
            live_links: 3,
            mail: Some(mail(workspace.id, "jo@example.com", NOW)),
            receipt: Some(receipt.clone()),
            audit: entry.clone(),
        };
        store.links.issue(wanted).await.unwrap();
        assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), n + 1);
        assert!(has_receipt(store, &receipt).await);
        assert!(was_audited(store, &entry).await);
    }
    assert_eq!(state_of(store, &link, NOW).await, LinkState::Live(link));
}

/// `issue` writes nothing if it cannot write all.
pub async fn issue_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let first = reset_link(store, &user).await;
    let link = link(&user, LinkPurpose::ResetPassword);
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    let receipt = receipt(workspace.id, "jo@example.com", NOW);
    let wanted = IssueLink {
        live_links: 1,
        mail: Some(mail(workspace.id, "jo@example.com", NOW)),
        receipt: Some(receipt.clone()),
        audit: spent,
        ..issue(link.clone())
    };
    store.links.issue(wanted).await.unwrap_err();
    assert_eq!(state_of(store, &link, NOW).await, LinkState::Unknown);
    assert!(
        is_live(&state_of(store, &first, NOW).await),
        "no earlier link went for it"
    );
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    assert!(!has_receipt(store, &receipt).await);
}

/// `look` changes nothing: after a hundred looks the link still works, once (R34).
pub async fn looking_changes_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = reset_link(store, &user).await;
    for _ in 0..100 {
        assert_eq!(state_of(store, &link, NOW).await, LinkState::Live(link.clone()));
    }
    assert_eq!(use_link(store, &link).await, ResetOutcome::Reset);
    for _ in 0..2 {
        assert_eq!(state_of(store, &link, NOW).await, LinkState::Used(link.clone(), NOW));
    }
    assert_eq!(use_link(store, &link).await, ResetOutcome::LinkGone);
}

/// `look` finds a link only in its own workspace, and only by its token.
pub async fn a_link_is_found_only_in_its_own_workspace(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = reset_link(store, &user).await;
    let look = async |place, token| store.links.look(place, &token, NOW).await.unwrap();
    assert_eq!(look(other.id, link.digest).await, LinkState::Unknown);
    assert_eq!(look(workspace.id, fresh_token()).await, LinkState::Unknown);
    assert_eq!(look(workspace.id, link.digest).await, LinkState::Live(link));
}

/// A link ends at the instant it says.
pub async fn a_link_ends_at_its_hour(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = reset_link(store, &user).await;
    assert!(is_live(&state_of(store, &link, later(3_599)).await));
    assert_eq!(state_of(store, &link, later(3_600)).await, LinkState::Expired(link));
}

/// At most `live_links` of one person and purpose stay alive; the oldest go (R32).
pub async fn the_oldest_link_goes_when_there_are_too_many(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let theirs = reset_link(store, &bystander).await;
    let mut links = Vec::new();
    for n in 0..5 {
        let link = Link {
            issued_at: later(n),
            ..link(&user, LinkPurpose::ResetPassword)
        };
        store.links.issue(issue(link.clone())).await.unwrap();
        links.push(link);
    }
    for (n, link) in links.iter().enumerate() {
        let state = state_of(store, link, later(10)).await;
        assert_eq!(is_live(&state), n >= 2, "link {n}: {state:?}");
    }
    assert!(is_live(&state_of(store, &theirs, NOW).await));
    assert_eq!(use_link(store, &links[0]).await, ResetOutcome::LinkGone);
    assert_eq!(use_link(store, &links[2]).await, ResetOutcome::Reset);
}

/// However many are asked for at once, no more than allowed stay alive.
pub async fn a_race_of_issues_leaves_no_more_than_allowed(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let links: Vec<Link> = (0..RACERS).map(|_| link(&user, LinkPurpose::ResetPassword)).collect();
    race(RACERS, |i| {
        let (ports, link) = (store.clone(), links[i].clone());
        async move { ports.links.issue(issue(link)).await.unwrap() }
    })
    .await;
    let mut live = 0;
    for link in &links {
        live += usize::from(is_live(&state_of(store, link, NOW).await));
    }
    assert_eq!(live, 3);
}

/// Links of another purpose, or that are over already, do not count.
pub async fn purposes_are_counted_apart(store: &StorePorts) {
    let workspace = acme(store).await;
    let person = Person::customer(workspace.id, "jo@example.com").without_password();
    let user: User = super::support::put(store, person).await;
    let invite = link(&user, LinkPurpose::Invite);
    store.links.issue(issue(invite.clone())).await.unwrap();
    let mut resets = Vec::new();
    for _ in 0..3 {
        resets.push(reset_link(store, &user).await);
    }
    for link in resets.iter().chain([&invite]) {
        assert!(is_live(&state_of(store, link, NOW).await));
    }
}

/// `sweep` removes links that ended more than 30 days ago, and leaves the others.
pub async fn sweep_removes_what_ended_a_month_ago(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = reset_link(store, &user).await;
    let month = 30 * DAY;
    store.links.sweep(later(month + 3_000)).await.unwrap();
    assert!(matches!(
        state_of(store, &link, later(month)).await,
        LinkState::Expired(_)
    ));
    store.links.sweep(later(month + 3_601)).await.unwrap();
    assert_eq!(state_of(store, &link, later(month)).await, LinkState::Unknown);
}

/// Links of every purpose come back as they were issued, with what they are about.
pub async fn links_come_back_as_they_were_issued(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (one, two) = (address("One@example.com"), address("two@example.com"));
    let change = |change| LinkSubject::Change { change };
    let subjects = [
        LinkSubject::Person,
        LinkSubject::Session {
            session: SessionId::from_uuid(unique()),
        },
        change(EmailChange::Added { address: one.clone() }),
        change(EmailChange::MadePrimary {
            address: one.clone(),
            before: two,
        }),
        change(EmailChange::Removed { address: one }),
    ];
    for purpose in LinkPurpose::ALL {
        for subject in &subjects {
            let link = Link {
                subject: subject.clone(),
                ..link(&user, purpose)
            };
            store.links.issue(issue(link.clone())).await.unwrap();
            assert_eq!(state_of(store, &link, NOW).await, LinkState::Live(link));
        }
    }
}

async fn session_at(store: &StorePorts, user: &User, at: Timestamp) -> SignedIn {
    let wanted = opening(grant(store, user).await, fresh_token(), at);
    let (id, token) = (wanted.id, wanted.token);
    assert!(matches!(store.sessions.open(wanted).await.unwrap(), Opened::Open(_)));
    SignedIn { id, token }
}

fn redemption(link: &Link, purpose: LinkPurpose, now: Timestamp, entry: AuditEntry) -> RedeemLink {
    RedeemLink {
        workspace: link.workspace,
        token: link.digest,
        purpose,
        now,
        ends: None,
        begins: None,
        issues: None,
        mails: Vec::new(),
        receipt: None,
        audit: vec![entry],
    }
}

async fn redeem(store: &StorePorts, link: &Link, purpose: LinkPurpose, now: Timestamp) -> bool {
    let wanted = redemption(link, purpose, now, row(link.workspace));
    store.links.redeem(wanted).await.unwrap()
}

/// `redeem` redeems a live link of that purpose and workspace, once, with its audit row.
pub async fn a_link_is_redeemed_for_its_own_purpose(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    for purpose in [LinkPurpose::NotMe, LinkPurpose::Recover] {
        let link = link(&user, purpose);
        store.links.issue(issue(link.clone())).await.unwrap();
        let foreign = Link {
            workspace: other.id,
            ..link.clone()
        };
        let unknown = Link {
            digest: fresh_token(),
            ..link.clone()
        };
        for other_purpose in LinkPurpose::ALL.into_iter().filter(|other| *other != purpose) {
            assert!(!redeem(store, &link, other_purpose, NOW).await, "{other_purpose:?}");
        }
        assert!(!redeem(store, &foreign, purpose, NOW).await);
        assert!(!redeem(store, &unknown, purpose, NOW).await);
        assert!(!redeem(store, &link, purpose, link.expires_at).await);
        assert!(is_live(&state_of(store, &link, NOW).await));
        let entry = row(workspace.id);
        let wanted = redemption(&link, purpose, later(9), entry.clone());
        assert!(store.links.redeem(wanted).await.unwrap());
        assert!(was_audited(store, &entry).await);
        assert_eq!(
            state_of(store, &link, NOW).await,
            LinkState::Used(link.clone(), later(9))
        );
        assert!(!redeem(store, &link, purpose, NOW).await, "again");
    }
}

/// Of any number of parallel calls one redeems the link (R28).
pub async fn a_race_of_redemptions_redeems_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = link(&user, LinkPurpose::Recover);
    store.links.issue(issue(link.clone())).await.unwrap();
    let said = race(RACERS, |_| {
        let (ports, link) = (store.clone(), link.clone());
        async move { redeem(&ports, &link, LinkPurpose::Recover, NOW).await }
    })
    .await;
    assert_eq!(said.into_iter().filter(|redeemed| *redeemed).count(), 1);
}

/// With a link goes all that is done as it is redeemed: the session and those opened since, an attempt, a further link,
/// mails, receipt and audit rows. If one of them cannot be written, nothing is; and what comes too late writes nothing.
pub async fn redeem_does_all_of_it_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let before = signed_in(store, &user).await;
    let link = link(&user, LinkPurpose::NotMe);
    store.links.issue(issue(link.clone())).await.unwrap();
    let disowned = session_at(store, &user, later(1)).await;
    let since = session_at(store, &user, later(2)).await;
    let sent = Link {
        digest: fresh_token(),
        ..self::link(&user, LinkPurpose::ResetPassword)
    };
    let flow = attempt(&workspace, "jo@example.com");
    let (ended, entry) = (row(workspace.id), row(workspace.id));
    let told = receipt(workspace.id, "jo@example.com", NOW);
    let whole = |audit| RedeemLink {
        ends: Some(EndedSessions {
            session: disowned.id,
            since: later(2),
            audit: ended.clone(),
        }),
        begins: Some(flow.clone()),
        issues: Some(issue(sent.clone())),
        mails: vec![mail(workspace.id, "jo@example.com", NOW)],
        receipt: Some(told.clone()),
        ..redemption(&link, LinkPurpose::NotMe, later(9), audit)
    };
    let unwritable = whole(spent_row(store, &workspace).await);
    store.links.redeem(unwritable).await.unwrap_err();
    assert!(is_live(&state_of(store, &link, NOW).await));
    assert_eq!(state_of(store, &sent, NOW).await, LinkState::Unknown);
    assert_eq!(store.flows.find(workspace.id, flow.id).await.unwrap(), None);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    for token in [before, disowned.token, since.token] {
        assert!(session_is_live(store, &token, later(9)).await);
    }

    assert!(store.links.redeem(whole(entry.clone())).await.unwrap());
    assert_eq!(
        state_of(store, &link, NOW).await,
        LinkState::Used(link.clone(), later(9))
    );
    assert!(session_is_live(store, &before, later(9)).await);
    for token in [disowned.token, since.token] {
        assert!(!session_is_live(store, &token, later(9)).await);
    }
    assert!(is_live(&state_of(store, &sent, NOW).await));
    assert!(store.flows.find(workspace.id, flow.id).await.unwrap().is_some());
    assert!(has_receipt(store, &told).await);
    assert!(was_audited(store, &entry).await && was_audited(store, &ended).await);
    let mails = mails_to(store, &workspace, "jo@example.com").await.len();

    let late = row(workspace.id);
    let wanted = RedeemLink {
        ends: None,
        ..whole(late.clone())
    };
    assert!(!store.links.redeem(wanted).await.unwrap());
    assert!(!was_audited(store, &late).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), mails);
}

/// A link of another purpose than that of a password sets none, whatever it is redeemed as (R25).
pub async fn no_link_sets_a_password_that_is_not_for_it(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    for purpose in [LinkPurpose::VerifyEmail, LinkPurpose::RevertEmail, LinkPurpose::NotMe] {
        let link = link(&user, purpose);
        store.links.issue(issue(link.clone())).await.unwrap();
        assert_eq!(use_link(store, &link).await, ResetOutcome::LinkGone, "{purpose:?}");
        assert!(is_live(&state_of(store, &link, NOW).await));
    }
}
