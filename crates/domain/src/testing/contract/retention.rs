//! Contracts of [`Retention`](crate::ports::Retention).

use super::StorePorts;
use super::support::{NOW, acme, another, later, mail, mails_to, receipt, row, uuid};
use crate::mail::{Delivery, MailState};
use crate::testing::address;

/// The source of this suite.
pub const SOURCE: &str = include_str!("retention.rs");

/// What was made before goes, a batch at a time, and nothing else: not what is younger, of others, or still waits.
pub async fn what_is_old_goes_and_what_waits_stays(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    for place in [&workspace, &other] {
        for n in 0..5 {
            let receipt = receipt(place.id, "jo@example.com", later(n));
            store.receipts.record(receipt, row(place.id)).await.unwrap();
            let mail = mail(place.id, "jo@example.com", later(n));
            store.outbox.enqueue(mail).await.unwrap();
        }
    }
    let holder = uuid();
    for leased in store.outbox.lease(holder, later(10), later(60), 100).await.unwrap() {
        // The first of each workspace waits for its next try.
        let delivery = if leased.mail.created_at == NOW {
            Delivery::Deferred {
                reply: "451 later".to_owned(),
                retry_at: later(500),
            }
        } else {
            Delivery::Delivered {
                reply: "250 taken".to_owned(),
            }
        };
        assert!(
            store
                .outbox
                .record(leased.mail.id, holder, delivery, later(20))
                .await
                .unwrap()
        );
    }
    let retention = &store.retention;
    assert_eq!(retention.remove_receipts(workspace.id, later(3), 2).await.unwrap(), 2);
    assert_eq!(retention.remove_receipts(workspace.id, later(3), 50).await.unwrap(), 1);
    assert_eq!(retention.remove_receipts(workspace.id, later(3), 50).await.unwrap(), 0);
    assert_eq!(retention.remove_mails(workspace.id, later(4), 2).await.unwrap(), 2);
    assert_eq!(retention.remove_mails(workspace.id, later(4), 50).await.unwrap(), 1);
    let key = address("jo@example.com").key();
    assert_eq!(store.receipts.last_of(workspace.id, &key, 100).await.unwrap().len(), 2);
    let left = mails_to(store, &workspace, "jo@example.com").await;
    let left: Vec<_> = left.iter().map(|trace| (trace.created_at, trace.state)).collect();
    assert_eq!(left, [(later(4), MailState::Delivered), (NOW, MailState::Queued)]);
    assert_eq!(store.receipts.last_of(other.id, &key, 100).await.unwrap().len(), 5);
    assert_eq!(mails_to(store, &other, "jo@example.com").await.len(), 5);
}
