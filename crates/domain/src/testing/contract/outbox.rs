//! Contracts of [`Outbox`](crate::ports::Outbox). That a mail is encrypted at rest and wiped after delivery is for the
//! adapter's own tests: no port shows it.

use std::collections::HashSet;

use uuid::Uuid;

use super::StorePorts;
use super::support::{DAY, NOW, acme, another, later, mail, mails_to, race, user_id, uuid};
use crate::audit::AuditAction;
use crate::client::Device;
use crate::ids::MailId;
use crate::mail::{AskedBy, Delivery, LeasedMail, MailState, Message, NewMail};
use crate::ports::OutboxDepth;
use crate::testing::address;
use crate::time::Timestamp;

/// The source of this suite.
pub const SOURCE: &str = include_str!("outbox.rs");

async fn lease(store: &StorePorts, holder: Uuid, now: Timestamp, limit: u32) -> Vec<LeasedMail> {
    let until = now.plus(std::time::Duration::from_mins(1));
    store.outbox.lease(holder, now, until, limit).await.unwrap()
}

async fn put(store: &StorePorts, mail: &NewMail) {
    store.outbox.enqueue(mail.clone()).await.unwrap();
}

fn ids(leased: &[LeasedMail]) -> Vec<MailId> {
    leased.iter().map(|leased| leased.mail.id).collect()
}

fn delivered() -> Delivery {
    Delivery::Delivered {
        reply: "250 2.0.0 taken".to_owned(),
    }
}

/// A mail is handed out as it was put in.
pub async fn mails_come_back_as_they_were_put_in(store: &StorePorts) {
    let workspace = acme(store).await;
    let code = NewMail {
        user: Some(user_id()),
        message: Message::SignInCode {
            code: "ABC1234".to_owned(),
            minutes: 10,
            asked_by: AskedBy {
                at: NOW,
                device: Device {
                    browser: "Firefox".to_owned(),
                    system: "Linux".to_owned(),
                },
            },
        },
        language: "ar".to_owned(),
        expires_at: Some(later(600)),
        ..mail(workspace.id, "Jo.Doe+x@Example.com", NOW)
    };
    put(store, &code).await;
    let holder = uuid();
    let leased = lease(store, holder, NOW, 10).await;
    let expected = LeasedMail {
        mail: code,
        attempts: 0,
        lease: holder,
    };
    assert_eq!(leased, [expected]);
}

/// Of any number of workers, one holds the lease of a mail at a time (R110).
pub async fn a_race_of_workers_leases_each_mail_once(store: &StorePorts) {
    let workspace = acme(store).await;
    for n in 0..60 {
        put(store, &mail(workspace.id, &format!("p{n}@example.com"), NOW)).await;
    }
    let leased: Vec<MailId> = race(20, |_| {
        let ports = store.clone();
        async move {
            let mut mine = Vec::new();
            loop {
                let batch = lease(&ports, uuid(), NOW, 5).await;
                if batch.is_empty() {
                    break mine;
                }
                assert!(batch.len() <= 5);
                mine.extend(ids(&batch));
            }
        }
    })
    .await
    .concat();
    // A worker that came between two others may have seen nothing left; what is still free is leased now.
    let rest = ids(&lease(store, uuid(), NOW, 100).await);
    let all: HashSet<MailId> = leased.iter().chain(&rest).copied().collect();
    assert_eq!((all.len(), leased.len() + rest.len()), (60, 60));
}

/// A lease ends by itself at `until`; then another worker gets the mail.
pub async fn a_lease_ends_by_itself(store: &StorePorts) {
    let workspace = acme(store).await;
    let mail = mail(workspace.id, "jo@example.com", NOW);
    put(store, &mail).await;
    assert_eq!(ids(&lease(store, uuid(), NOW, 10).await), [mail.id]);
    assert_eq!(lease(store, uuid(), later(59), 10).await, []);
    assert_eq!(ids(&lease(store, uuid(), later(60), 10).await), [mail.id]);
}

/// `record` changes nothing and says `false` if the lease is not held any more: lost to another worker, ended, spent or
/// never held.
pub async fn a_lost_lease_records_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let mail = mail(workspace.id, "jo@example.com", NOW);
    put(store, &mail).await;
    let (sleeper, awake) = (uuid(), uuid());
    lease(store, sleeper, NOW, 10).await;
    let record = async |holder, delivery, now| store.outbox.record(mail.id, holder, delivery, now).await.unwrap();
    assert!(!record(uuid(), delivered(), NOW).await, "never held");
    assert!(!record(sleeper, delivered(), later(60)).await, "ended");
    lease(store, awake, later(60), 10).await;
    assert!(!record(sleeper, delivered(), later(61)).await, "lost");
    assert_eq!(
        mails_to(store, &workspace, "jo@example.com").await[0].state,
        MailState::Queued
    );
    assert!(record(awake, delivered(), later(61)).await);
    let refused = Delivery::Refused {
        reply: "550 no".to_owned(),
    };
    assert!(!record(awake, refused, later(62)).await, "spent");
    let trace = mails_to(store, &workspace, "jo@example.com").await.remove(0);
    assert_eq!((trace.state, trace.attempts), (MailState::Delivered, 1));
    assert_eq!(trace.last_reply.as_deref(), Some("250 2.0.0 taken"));
}

/// `lease` hands out only mails whose next try is due, oldest first, expired ones included, and no more than asked for.
pub async fn lease_hands_out_due_mails_oldest_first(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let young = mail(workspace.id, "a@example.com", later(20));
    let old = mail(other.id, "b@example.com", later(10));
    let expired = NewMail {
        expires_at: Some(later(25)),
        ..mail(workspace.id, "c@example.com", NOW)
    };
    for mail in [&young, &expired, &old] {
        put(store, mail).await;
    }
    assert_eq!(ids(&lease(store, uuid(), later(30), 2).await), [expired.id, old.id]);
    assert_eq!(ids(&lease(store, uuid(), later(30), 2).await), [young.id]);
    assert_eq!(lease(store, uuid(), later(30), 2).await, []);
}

/// A deferred mail waits for its next try, and remembers how often it was tried.
pub async fn a_deferred_mail_waits_for_its_next_try(store: &StorePorts) {
    let workspace = acme(store).await;
    let mail = mail(workspace.id, "jo@example.com", NOW);
    put(store, &mail).await;
    let mut at = 0;
    for tried in 0..3 {
        let holder = uuid();
        let leased = lease(store, holder, later(at), 10).await;
        assert_eq!(leased.iter().map(|leased| leased.attempts).collect::<Vec<_>>(), [tried]);
        let deferred = Delivery::Deferred {
            reply: "451 later".to_owned(),
            retry_at: later(at + 300),
        };
        assert!(
            store
                .outbox
                .record(mail.id, holder, deferred, later(at + 1))
                .await
                .unwrap()
        );
        let trace = mails_to(store, &workspace, "jo@example.com").await.remove(0);
        assert_eq!((trace.state, trace.attempts), (MailState::Queued, tried + 1));
        assert_eq!(trace.last_reply.as_deref(), Some("451 later"));
        assert_eq!(trace.last_attempt_at, Some(later(at + 1)));
        assert_eq!(trace.next_attempt_at, Some(later(at + 300)));
        assert_eq!(lease(store, uuid(), later(at + 299), 10).await, []);
        at += 300;
    }
}

/// A mail that was delivered, refused or expired is never handed out again; that it expired is audited (R110).
pub async fn a_finished_mail_is_never_handed_out_again(store: &StorePorts) {
    let workspace = acme(store).await;
    let refused = Delivery::Refused {
        reply: "550 5.1.1 nobody".to_owned(),
    };
    let fates = [
        (delivered(), MailState::Delivered),
        (refused, MailState::Refused),
        (Delivery::Expired, MailState::Expired),
    ];
    for (n, (delivery, state)) in fates.into_iter().enumerate() {
        let to = format!("p{n}@example.com");
        let mail = mail(workspace.id, &to, NOW);
        put(store, &mail).await;
        let holder = uuid();
        assert_eq!(ids(&lease(store, holder, NOW, 10).await), [mail.id]);
        assert!(store.outbox.record(mail.id, holder, delivery, NOW).await.unwrap());
        let rows = store.audit.last(workspace.id, 1).await.unwrap();
        let audited = rows.first().is_some_and(|row| row.action == AuditAction::MailExpired);
        assert_eq!(
            audited,
            state == MailState::Expired,
            "R110: only a mail that passed its use is audited"
        );
        let trace = mails_to(store, &workspace, &to).await.remove(0);
        assert_eq!((trace.state, trace.next_attempt_at), (state, None));
        assert_eq!(lease(store, uuid(), later(DAY), 10).await, []);
    }
    assert_eq!(store.outbox.depth().await.unwrap(), OutboxDepth::default());
}

/// `last_to` tells the last mails to one address of one workspace, newest first, without content (C5).
pub async fn last_to_tells_the_fate_of_mails_to_one_address(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let mut expected = Vec::new();
    for n in 0..4 {
        let mail = mail(workspace.id, "Jo@example.com", later(n));
        put(store, &mail).await;
        expected.insert(0, mail.id);
    }
    put(store, &mail(workspace.id, "mo@example.com", later(9))).await;
    put(store, &mail(other.id, "jo@example.com", later(9))).await;
    let key = address("jo@EXAMPLE.com").key();
    let traces = store.outbox.last_to(workspace.id, &key, 3).await.unwrap();
    assert_eq!(traces.iter().map(|trace| trace.id).collect::<Vec<_>>(), expected[..3]);
    let first = &traces[0];
    assert_eq!((first.kind.as_str(), first.to.as_str()), ("test", "Jo@example.com"));
    assert_eq!((first.state, first.attempts), (MailState::Queued, 0));
    assert_eq!((first.created_at, first.last_attempt_at), (later(3), None));
    assert_eq!(first.last_reply, None);
}

/// `depth` counts what waits, and since when, over all workspaces.
pub async fn depth_counts_what_waits(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    assert_eq!(store.outbox.depth().await.unwrap(), OutboxDepth::default());
    let first = mail(workspace.id, "a@example.com", later(1));
    put(store, &first).await;
    put(store, &mail(other.id, "b@example.com", later(2))).await;
    let depth = |queued, oldest| OutboxDepth { queued, oldest };
    assert_eq!(store.outbox.depth().await.unwrap(), depth(2, Some(later(1))));
    let holder = uuid();
    assert_eq!(ids(&lease(store, holder, later(2), 1).await), [first.id]);
    assert_eq!(
        store.outbox.depth().await.unwrap(),
        depth(2, Some(later(1))),
        "a lease is no delivery"
    );
    assert!(
        store
            .outbox
            .record(first.id, holder, delivered(), later(2))
            .await
            .unwrap()
    );
    assert_eq!(store.outbox.depth().await.unwrap(), depth(1, Some(later(2))));
}
