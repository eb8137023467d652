//! Contracts of [`AuditLog`](crate::ports::AuditLog).

use super::StorePorts;
use super::support::{NOW, acme, another, customer, later, row, user_id};
use crate::audit::{Actor, AuditAction, AuditEntry};
use crate::audit_log::{AuditFilter, AuditPlace, AuditQuery, AuditRow, OutcomeFilter};
use crate::ids::WorkspaceId;
use crate::testing::{audit, client};

/// The source of this suite.
pub const SOURCE: &str = include_str!("audit_log.rs");

async fn append(store: &StorePorts, entry: AuditEntry) -> AuditEntry {
    store.audit.append(entry.clone()).await.unwrap();
    entry
}

async fn page(store: &StorePorts, workspace: WorkspaceId, filter: AuditFilter, limit: u32) -> Vec<AuditRow> {
    let query = AuditQuery {
        filter,
        after: None,
        limit,
    };
    store.audit_log.page(workspace, query).await.unwrap()
}

/// Each part of a filter lets through exactly the rows that [`AuditFilter::passes`] says, newest first.
pub async fn every_filter_is_kept(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let (jo, mo) = (user_id(), user_id());
    let mut rows: Vec<AuditEntry> = store.audit.last(workspace.id, 100).await.unwrap();
    for n in 0..24_u64 {
        let mut entry = audit(workspace.id, AuditAction::SignedIn, later(n / 2));
        entry.actor = match n % 4 {
            0 => Actor::User(jo),
            1 => Actor::User(mo),
            2 => Actor::Anonymous,
            _ => Actor::Operator,
        };
        entry.subject = (n % 3 == 0).then_some(jo);
        entry.client = (n % 5 == 0).then(client);
        if n % 2 == 0 {
            entry.action = AuditAction::SignInRefused;
            let code = if n % 3 == 0 { "wrong-password" } else { "no-password" };
            code.clone_into(&mut entry.outcome);
        }
        rows.push(append(store, entry.clone()).await);
        entry.id = audit(other.id, AuditAction::SignedIn, NOW).id;
        entry.workspace = other.id;
        append(store, entry).await;
    }
    rows.sort_by_key(|entry| std::cmp::Reverse(AuditPlace::of(entry)));
    let any = AuditFilter::default;
    for filter in [
        any(),
        AuditFilter {
            actor: Some(Actor::User(jo)),
            ..any()
        },
        AuditFilter {
            actor: Some(Actor::Operator),
            ..any()
        },
        AuditFilter {
            subject: Some(jo),
            ..any()
        },
        AuditFilter {
            action: Some(AuditAction::SignInRefused),
            ..any()
        },
        AuditFilter {
            outcome: Some(OutcomeFilter::Ok),
            ..any()
        },
        AuditFilter {
            outcome: Some(OutcomeFilter::NotOk),
            ..any()
        },
        AuditFilter {
            outcome: Some(OutcomeFilter::Exactly("no-password".to_owned())),
            ..any()
        },
        AuditFilter {
            from: Some(later(3)),
            until: Some(later(7)),
            ..any()
        },
        AuditFilter {
            address: Some(client().address),
            ..any()
        },
        AuditFilter {
            actor: Some(Actor::User(jo)),
            subject: Some(jo),
            action: Some(AuditAction::SignInRefused),
            outcome: Some(OutcomeFilter::NotOk),
            from: Some(later(1)),
            until: Some(later(11)),
            address: None,
        },
    ] {
        let expected: Vec<&AuditEntry> = rows.iter().filter(|entry| filter.passes(entry)).collect();
        let found = page(store, workspace.id, filter.clone(), 100).await;
        assert!(!expected.is_empty() && expected.len() <= rows.len());
        assert_eq!(
            found.iter().map(|row| &row.entry).collect::<Vec<_>>(),
            expected,
            "{filter:?}"
        );
    }
}

/// Each row is given once, in pages of any size, whatever is appended meanwhile.
pub async fn pages_go_on_where_they_ended(store: &StorePorts) {
    let workspace = acme(store).await;
    for n in 0..25_u64 {
        // Many in the same instant.
        append(store, audit(workspace.id, AuditAction::LimitHit, later(1 + n / 10))).await;
    }
    let whole = page(store, workspace.id, AuditFilter::default(), 100).await;
    let mut walked = Vec::new();
    let mut after = None;
    loop {
        let query = AuditQuery {
            filter: AuditFilter::default(),
            after,
            limit: 7,
        };
        let found = store.audit_log.page(workspace.id, query).await.unwrap();
        assert!(found.len() <= 7);
        let Some(last) = found.last() else { break };
        after = Some(AuditPlace::of(&last.entry));
        walked.extend(found);
        append(store, audit(workspace.id, AuditAction::SignedIn, later(100))).await;
    }
    assert_eq!(walked, whole);
}

/// Names are those that people have now; who is not there, or of another workspace, has none.
pub async fn people_are_named_while_they_are_there(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let jo = customer(store, &workspace, "jo@example.com").await;
    let foreign = customer(store, &other, "mo@example.com").await;
    for (actor, subject) in [
        (Actor::User(jo.id), Some(foreign.id)),
        (Actor::User(foreign.id), Some(jo.id)),
        (Actor::Operator, Some(user_id())),
    ] {
        append(
            store,
            AuditEntry {
                id: row(workspace.id).id,
                actor,
                subject,
                ..audit(workspace.id, AuditAction::PasswordSet, later(9))
            },
        )
        .await;
    }
    let filter = AuditFilter {
        from: Some(later(9)),
        ..AuditFilter::default()
    };
    let found = page(store, workspace.id, filter, 10).await;
    let mut names: Vec<_> = found
        .iter()
        .map(|row| (row.actor_name.as_deref(), row.subject_name.as_deref()))
        .collect();
    names.sort_unstable();
    let name = jo.name.as_str();
    assert_eq!(names, [(None, None), (None, Some(name)), (Some(name), None)]);
}
