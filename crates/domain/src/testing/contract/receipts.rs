//! Contracts of [`Receipts`](crate::ports::Receipts).

use super::StorePorts;
use super::support::{NOW, acme, another, customer, has_receipt, later, receipt, row, was_audited};
use crate::reason::{PrivateReason, PublicReason};
use crate::sign_in::{Finding, Receipt, ReceiptOutcome, Rule, Ruling, Step};
use crate::testing::address;

/// The source of this suite.
pub const SOURCE: &str = include_str!("receipts.rs");

/// Every kind of receipt comes back as it was recorded, with its audit row.
pub async fn receipts_come_back_as_they_were_recorded(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let refused = ReceiptOutcome::Refused {
        public: PublicReason::InvalidCredentials,
        private: PrivateReason::NoPassword,
    };
    let needs = ReceiptOutcome::Needs { step: Step::ProveEmail };
    for outcome in [ReceiptOutcome::Granted, ReceiptOutcome::Sent, needs, refused] {
        let denied = Finding {
            rule: Rule::Credential,
            saw: "account has no password \u{2014} \"quoted\"".to_owned(),
            ruling: Ruling::Deny,
            reason: Some(PrivateReason::NoPassword),
        };
        let mut wanted = receipt(workspace.id, "jo@example.com", NOW);
        wanted.outcome = outcome;
        wanted.user = Some(user.id);
        wanted.findings.push(denied);
        let entry = row(workspace.id);
        store.receipts.record(wanted.clone(), entry.clone()).await.unwrap();
        assert!(has_receipt(store, &wanted).await, "{wanted:?}");
        assert!(was_audited(store, &entry).await);
    }
    let nobody = Receipt {
        address: None,
        ..receipt(workspace.id, "jo@example.com", NOW)
    };
    store.receipts.record(nobody.clone(), row(workspace.id)).await.unwrap();
    assert!(has_receipt(store, &nobody).await);
}

/// `record` writes receipt and audit row in one transaction.
pub async fn record_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    let wanted = receipt(workspace.id, "jo@example.com", NOW);
    store.receipts.record(wanted.clone(), spent).await.unwrap_err();
    assert!(!has_receipt(store, &wanted).await);
}

/// A receipt is found only in its own workspace.
pub async fn a_receipt_is_found_only_in_its_own_workspace(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let wanted = receipt(workspace.id, "jo@example.com", NOW);
    store.receipts.record(wanted.clone(), row(workspace.id)).await.unwrap();
    let found = store.receipts.find_by_help_code(other.id, &wanted.help_code).await;
    assert_eq!(found.unwrap(), None);
    let key = address("jo@example.com").key();
    assert_eq!(store.receipts.last_of(other.id, &key, 10).await.unwrap(), []);
}

/// `last_of` gives the last receipts of an address, known or not, newest first.
pub async fn last_of_is_newest_first(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut expected = Vec::new();
    for n in 0..5 {
        let wanted = receipt(workspace.id, "nobody@example.com", later(n));
        store.receipts.record(wanted.clone(), row(workspace.id)).await.unwrap();
        expected.insert(0, wanted);
    }
    let another = receipt(workspace.id, "jo@example.com", later(9));
    store.receipts.record(another, row(workspace.id)).await.unwrap();
    let key = address("Nobody@Example.com").key();
    let last = store.receipts.last_of(workspace.id, &key, 3).await.unwrap();
    assert_eq!(last, expected[..3]);
}
