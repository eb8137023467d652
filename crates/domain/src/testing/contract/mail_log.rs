//! Contracts of [`MailLog`](crate::ports::MailLog).

use super::StorePorts;
use super::support::{
    NOW, acme, another, attempt, code, customer, fresh_token, issue, later, link, mail, row, send, spent_row, try_code,
    uuid, was_audited,
};
use crate::audit::Actor;
use crate::bounce::Returned;
use crate::ids::{MailId, WorkspaceId};
use crate::mail::{Delivery, MailState, MailTrace, Message};
use crate::mail_log::{Carries, MailEventKind, MailFilter, MailPlace, MailQuery, MailStory, Reachability};
use crate::one_time::LinkPurpose;
use crate::ports::{CodeTry, IssueLink, SendCode};
use crate::testing::address;
use crate::time::Timestamp;

/// The source of this suite.
pub const SOURCE: &str = include_str!("mail_log.rs");

async fn story(store: &StorePorts, workspace: WorkspaceId, id: MailId) -> MailStory {
    store.mail_log.find(workspace, id, later(60)).await.unwrap().unwrap()
}

async fn reach(store: &StorePorts, workspace: WorkspaceId, email: &str) -> Reachability {
    let asked = vec![address("nobody@example.com").key(), address(email).key()];
    let told = store.mail_log.reachability(workspace, asked).await.unwrap();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], Reachability::Unknown);
    told[1].clone()
}

/// Leases every mail that is due and has this become of it.
async fn carry(store: &StorePorts, delivery: &Delivery, now: Timestamp) {
    let holder = uuid();
    let until = now.plus(std::time::Duration::from_mins(1));
    for leased in store.outbox.lease(holder, now, until, 100).await.unwrap() {
        let recorded = store.outbox.record(leased.mail.id, holder, delivery.clone(), now).await;
        assert!(recorded.unwrap());
    }
}

fn delivered() -> Delivery {
    Delivery::Delivered {
        reply: "250 2.0.0 taken".to_owned(),
    }
}

fn refused() -> Delivery {
    Delivery::Refused {
        reply: "550 5.1.1 no such user".to_owned(),
    }
}

fn kinds(story: &MailStory) -> Vec<MailEventKind> {
    story.events.iter().map(|event| event.kind).collect()
}

async fn page(store: &StorePorts, workspace: WorkspaceId, filter: MailFilter, limit: u32) -> Vec<MailTrace> {
    let query = MailQuery {
        filter,
        after: None,
        limit,
    };
    store.mail_log.page(workspace, query).await.unwrap()
}

/// Each part of a filter, and pages of any size, newest first; of this workspace alone.
pub async fn mails_are_found_by_every_filter_and_page(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    store
        .outbox
        .enqueue(mail(other.id, "jo@example.com", NOW))
        .await
        .unwrap();
    for n in 0..10 {
        let to = if n % 2 == 0 { "Jo@example.com" } else { "mo@example.com" };
        let mut new = mail(workspace.id, to, later(n / 3));
        if n % 5 == 0 {
            new.message = Message::PasswordChanged {
                by: None,
                at: NOW,
                forgot_password_url: "https://acme.example.com/forgot-password".to_owned(),
            };
        }
        store.outbox.enqueue(new).await.unwrap();
    }
    carry(store, &refused(), later(1)).await;
    let any = MailFilter::default;
    let whole = page(store, workspace.id, any(), 100).await;
    assert_eq!(whole.len(), 10);
    assert!(
        whole
            .windows(2)
            .all(|pair| MailPlace::of(&pair[0]) > MailPlace::of(&pair[1]))
    );
    let jo = address("jo@example.com").key();
    for (filter, passes) in [
        (
            MailFilter {
                address: Some(jo),
                ..any()
            },
            (|trace: &MailTrace| trace.to.eq_ignore_ascii_case("jo@example.com")) as fn(&MailTrace) -> bool,
        ),
        (
            MailFilter {
                state: Some(MailState::Refused),
                ..any()
            },
            |trace| trace.state == MailState::Refused,
        ),
        (
            MailFilter {
                kind: Some("password-changed".to_owned()),
                ..any()
            },
            |trace| trace.kind == "password-changed",
        ),
        (
            MailFilter {
                from: Some(later(1)),
                until: Some(later(2)),
                ..any()
            },
            |trace| trace.created_at == later(1),
        ),
    ] {
        let expected: Vec<MailTrace> = whole.iter().filter(|trace| passes(trace)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < whole.len());
        assert_eq!(
            page(store, workspace.id, filter.clone(), 100).await,
            expected,
            "{filter:?}"
        );
    }
    let mut walked = Vec::new();
    let mut after = None;
    loop {
        let query = MailQuery {
            filter: any(),
            after,
            limit: 3,
        };
        let found = store.mail_log.page(workspace.id, query).await.unwrap();
        let Some(last) = found.last() else { break };
        after = Some(MailPlace::of(last));
        walked.extend(found);
    }
    assert_eq!(walked, whole);
}

/// Who asked, by which attempt, what it carries, and each try in order with the server's words.
pub async fn a_story_tells_who_asked_and_what_happened(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    let mut wanted = SendCode {
        mail: Some(mail(workspace.id, "jo@example.com", NOW)),
        ..send(&flow, Some(code(fresh_token(), NOW)), NOW)
    };
    wanted.audit.actor = Actor::Anonymous;
    let id = wanted.mail.as_ref().unwrap().id;
    let help_code = wanted.receipt.help_code.clone();
    store.flows.send_code(wanted).await.unwrap();
    let deferred = Delivery::Deferred {
        reply: "451 4.7.1 greylisted".to_owned(),
        retry_at: later(9),
    };
    carry(store, &deferred, later(1)).await;
    carry(store, &delivered(), later(10)).await;
    let told = story(store, workspace.id, id).await;
    assert_eq!(told.asked_by, Some(Actor::Anonymous));
    assert_eq!(told.help_code, Some(help_code));
    assert_eq!(
        told.carries,
        Carries::Code {
            flow: flow.id,
            live: true
        }
    );
    let events: Vec<_> = told
        .events
        .iter()
        .map(|event| (event.at, event.kind, event.reply.as_deref()))
        .collect();
    assert_eq!(
        events,
        [
            (later(1), MailEventKind::Deferred, Some("451 4.7.1 greylisted")),
            (later(10), MailEventKind::Delivered, Some("250 2.0.0 taken")),
        ]
    );
    store.flows.end(workspace.id, flow.id, later(20)).await.unwrap();
    let told = story(store, workspace.id, id).await;
    assert_eq!(
        told.carries,
        Carries::Code {
            flow: flow.id,
            live: false
        }
    );
}

/// A code that was used proves the mailbox that it was sent to; a later refusal counts more, and a later code again.
pub async fn a_used_code_proves_its_mailbox(store: &StorePorts) {
    let workspace = acme(store).await;
    let flow = attempt(&workspace, "jo@example.com");
    assert_eq!(
        reach(store, workspace.id, "jo@example.com").await,
        Reachability::Unknown
    );
    let mut ids = Vec::new();
    let mut codes = Vec::new();
    for n in 0..2 {
        let digest = fresh_token();
        let new = mail(workspace.id, "jo@example.com", NOW);
        ids.push(new.id);
        codes.push(digest);
        let mut wanted = SendCode {
            mail: Some(new),
            ..send(&flow, Some(code(digest, NOW)), NOW)
        };
        wanted.flow.last_sent_at = later(n);
        store.flows.send_code(wanted).await.unwrap();
    }
    carry(store, &delivered(), later(1)).await;
    assert_eq!(
        reach(store, workspace.id, "jo@example.com").await,
        Reachability::Unknown
    );
    let tried = try_code(store, &flow, fresh_token(), later(2)).await;
    assert!(matches!(tried, CodeTry::Wrong { .. }));
    let tried = try_code(store, &flow, codes[1], later(2)).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
    assert_eq!(
        reach(store, workspace.id, "jo@example.com").await,
        Reachability::Reachable { at: later(2) }
    );
    assert_eq!(
        kinds(&story(store, workspace.id, ids[0]).await),
        [MailEventKind::Delivered]
    );
    assert_eq!(
        kinds(&story(store, workspace.id, ids[1]).await),
        [MailEventKind::Delivered, MailEventKind::Used]
    );
    store
        .outbox
        .enqueue(mail(workspace.id, "JO@example.com", later(3)))
        .await
        .unwrap();
    carry(store, &refused(), later(4)).await;
    assert_eq!(
        reach(store, workspace.id, "jo@example.com").await,
        Reachability::Unreachable {
            at: later(4),
            why: "550 5.1.1 no such user".to_owned()
        }
    );
}

/// A look at the page of a link stands in the timeline once; its use as well. Neither changes the link (R34).
pub async fn a_link_is_opened_once_and_used_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = link(&user, LinkPurpose::ResetPassword);
    let new = mail(workspace.id, "jo@example.com", NOW);
    let id = new.id;
    let wanted = IssueLink {
        mail: Some(new),
        ..issue(link.clone())
    };
    store.links.issue(wanted).await.unwrap();
    carry(store, &delivered(), later(1)).await;
    let other = another(store, "other").await;
    store.mail_log.opened(other.id, &link.digest, later(2)).await.unwrap();
    store
        .mail_log
        .opened(workspace.id, &fresh_token(), later(2))
        .await
        .unwrap();
    assert_eq!(kinds(&story(store, workspace.id, id).await), [MailEventKind::Delivered]);
    for n in 2..5 {
        store
            .mail_log
            .opened(workspace.id, &link.digest, later(n))
            .await
            .unwrap();
    }
    let told = story(store, workspace.id, id).await;
    assert_eq!(kinds(&told), [MailEventKind::Delivered, MailEventKind::Opened]);
    assert_eq!(told.events[1].at, later(2));
    assert_eq!(told.carries, Carries::Link { live: true });
    let reset = super::support::reset(&link, "new");
    let done = store.credentials.reset_password(reset, row(workspace.id)).await;
    done.unwrap();
    let told = story(store, workspace.id, id).await;
    assert_eq!(
        kinds(&told).iter().filter(|kind| **kind == MailEventKind::Used).count(),
        1
    );
    assert_eq!(told.carries, Carries::Link { live: false });
}

/// A mail that comes back is not tried any more; the second report changes nothing, and neither does one of a mail that was
/// refused. The audit row is written with it, or nothing is.
pub async fn a_mail_that_comes_back_is_over(store: &StorePorts) {
    let workspace = acme(store).await;
    let new = mail(workspace.id, "jo@example.com", NOW);
    let id = new.id;
    store.outbox.enqueue(new).await.unwrap();
    carry(store, &delivered(), later(1)).await;
    let told = store.mail_log.addressed(id).await.unwrap().unwrap();
    assert_eq!((told.workspace, told.to), (workspace.id, address("jo@example.com")));
    let log = &store.mail_log;
    let words = || "5.1.1 no such user".to_owned();
    let late = row(workspace.id);
    assert!(
        log.returned(id, Returned::Delayed, words(), late.clone())
            .await
            .unwrap()
    );
    assert!(was_audited(store, &late).await);
    assert!(
        !log.returned(id, Returned::Delayed, words(), row(workspace.id))
            .await
            .unwrap()
    );
    assert_eq!(story(store, workspace.id, id).await.trace.state, MailState::Delivered);
    let spent = spent_row(store, &workspace).await;
    log.returned(id, Returned::Failed, words(), spent).await.unwrap_err();
    assert_eq!(story(store, workspace.id, id).await.trace.state, MailState::Delivered);
    let entry = row(workspace.id);
    assert!(
        log.returned(id, Returned::Failed, words(), entry.clone())
            .await
            .unwrap()
    );
    assert!(was_audited(store, &entry).await);
    let again = row(workspace.id);
    assert!(
        !log.returned(id, Returned::Failed, words(), again.clone())
            .await
            .unwrap()
    );
    assert!(!was_audited(store, &again).await);
    let told = story(store, workspace.id, id).await;
    assert_eq!(told.trace.state, MailState::Bounced);
    let count = |kind| kinds(&told).into_iter().filter(|other| *other == kind).count();
    assert_eq!((count(MailEventKind::Delayed), count(MailEventKind::Bounced)), (1, 1));
    assert_eq!(
        reach(store, workspace.id, "jo@example.com").await,
        Reachability::Unreachable {
            at: entry.at,
            why: words()
        }
    );
    let strange = MailId::from_uuid(uuid());
    assert_eq!(log.addressed(strange).await.unwrap(), None);
    assert!(
        !log.returned(strange, Returned::Failed, words(), row(workspace.id))
            .await
            .unwrap()
    );
}

/// A mail that waits can be tried now; one that does not wait cannot.
pub async fn a_mail_can_be_tried_now(store: &StorePorts) {
    let workspace = acme(store).await;
    let new = mail(workspace.id, "jo@example.com", NOW);
    let id = new.id;
    store.outbox.enqueue(new).await.unwrap();
    let deferred = Delivery::Deferred {
        reply: "451 later".to_owned(),
        retry_at: later(900),
    };
    carry(store, &deferred, later(1)).await;
    let holder = uuid();
    let due = store.outbox.lease(holder, later(5), later(65), 10).await.unwrap();
    assert!(due.is_empty());
    let entry = row(workspace.id);
    assert!(store.mail_log.try_now(workspace.id, id, entry.clone()).await.unwrap());
    assert!(was_audited(store, &entry).await);
    carry(store, &delivered(), later(5)).await;
    let told = story(store, workspace.id, id).await;
    assert_eq!((told.trace.state, told.trace.attempts), (MailState::Delivered, 2));
    let entry = row(workspace.id);
    assert!(!store.mail_log.try_now(workspace.id, id, entry.clone()).await.unwrap());
    assert!(!was_audited(store, &entry).await);
}

/// What belongs to another workspace is as if it did not exist.
pub async fn the_mails_of_others_are_not_there(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let new = mail(workspace.id, "jo@example.com", NOW);
    let id = new.id;
    store.outbox.enqueue(new).await.unwrap();
    assert_eq!(store.mail_log.find(other.id, id, NOW).await.unwrap(), None);
    assert!(page(store, other.id, MailFilter::default(), 10).await.is_empty());
    assert!(!store.mail_log.try_now(other.id, id, row(other.id)).await.unwrap());
    let forged = store
        .mail_log
        .returned(id, Returned::Failed, "5.1.1".to_owned(), row(other.id))
        .await;
    assert!(!forged.unwrap());
    carry(store, &refused(), later(1)).await;
    assert_eq!(reach(store, other.id, "jo@example.com").await, Reachability::Unknown);
}
