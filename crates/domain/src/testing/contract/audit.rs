//! Contracts of [`Audit`](crate::ports::Audit).

use super::StorePorts;
use super::support::{NOW, acme, another, later, mail, mails_to, row, user_id, uuid, was_audited};
use crate::audit::{Actor, AuditAction, AuditEntry};
use crate::ids::ApiKeyId;
use crate::testing::{audit, client};

/// The source of this suite.
pub const SOURCE: &str = include_str!("audit.rs");

/// Every kind of row comes back as it was appended; a row cannot be appended twice.
pub async fn rows_come_back_as_they_were_appended(store: &StorePorts) {
    let workspace = acme(store).await;
    let actors = [
        Actor::Anonymous,
        Actor::User(user_id()),
        Actor::ApiKey(ApiKeyId::from_uuid(uuid())),
        Actor::Operator,
        Actor::Server,
    ];
    for (n, actor) in actors.into_iter().enumerate() {
        let entry = AuditEntry {
            actor,
            subject: (n % 2 == 0).then(user_id),
            outcome: "wrong-password".to_owned(),
            client: (n % 2 == 1).then(client),
            detail: (n % 2 == 1).then(|| "Mail \u{2192} “on”, '; --".to_owned()),
            ..audit(
                workspace.id,
                AuditAction::SignInRefused,
                later(u64::try_from(n).unwrap()),
            )
        };
        store.audit.append(entry.clone()).await.unwrap();
        assert_eq!(
            store.audit.last(workspace.id, 1).await.unwrap(),
            std::slice::from_ref(&entry)
        );
        store.audit.append(entry).await.unwrap_err();
    }
}

/// `last` gives the last rows of one workspace, newest first.
pub async fn last_is_newest_first_and_of_one_workspace(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let mut expected = Vec::new();
    for n in 1..6 {
        let entry = audit(workspace.id, AuditAction::LimitHit, later(n));
        store.audit.append(entry.clone()).await.unwrap();
        expected.insert(0, entry);
        let mut foreign = row(other.id);
        foreign.at = later(n);
        store.audit.append(foreign).await.unwrap();
    }
    assert_eq!(store.audit.last(workspace.id, 5).await.unwrap(), expected);
    assert_eq!(store.audit.last(workspace.id, 2).await.unwrap(), expected[..2]);
    let theirs = store.audit.last(other.id, 100).await.unwrap();
    assert!(
        theirs.len() >= 5
            && theirs
                .iter()
                .all(|entry| entry.workspace == other.id && entry.at >= NOW)
    );
}

/// `announce` appends the row with the mails that tell of it, or nothing.
pub async fn announce_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let mails = || {
        vec![
            mail(workspace.id, "a@example.com", NOW),
            mail(workspace.id, "b@example.com", NOW),
        ]
    };
    let entry = row(workspace.id);
    store.audit.announce(entry.clone(), mails()).await.unwrap();
    assert!(was_audited(store, &entry).await);
    store.audit.announce(entry, mails()).await.unwrap_err();
    for to in ["a@example.com", "b@example.com"] {
        assert_eq!(mails_to(store, &workspace, to).await.len(), 1);
    }
}
