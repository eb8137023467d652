//! The audit log on real databases, with somebody who writes past the server (C6).

use doorward_domain::audit::AuditAction;
use doorward_domain::audit_chain::{Broken, Seal, Verifier};
use doorward_domain::ids::WorkspaceId;
use doorward_domain::testing::contract::StorePorts;
use doorward_domain::testing::{audit, workspace};

use crate::given::NOW;
use crate::stores::{Kind, ports};

async fn check(store: &StorePorts, workspace: WorkspaceId) -> Result<Seal, Broken> {
    let head = store.audit_chain.head(workspace).await.unwrap().unwrap();
    let mut verifier = Verifier::new(head.pruned, None);
    for row in store
        .audit_chain
        .sealed_after(workspace, head.pruned.seq, 1_000)
        .await
        .unwrap()
    {
        verifier.admit(&row)?;
    }
    verifier.finish(head.sealed)
}

/// Whoever changes, removes or moves a row in the database is found at that row.
async fn tampering_is_found(kind: Kind) {
    const SEQ: &str = "workspace_id IS NOT NULL AND seq";
    for (tampering, expected) in [
        (format!("UPDATE audit SET outcome = 'ok' WHERE {SEQ} = 4"), "row 4"),
        (format!("UPDATE audit SET at = at + 1 WHERE {SEQ} = 2"), "row 2"),
        (format!("UPDATE audit SET detail = 'nothing' WHERE {SEQ} = 7"), "row 7"),
        (
            format!("UPDATE audit SET action = 'no-such-action' WHERE {SEQ} = 3"),
            "row 3",
        ),
        (
            format!("UPDATE audit SET actor_kind = 'nobody' WHERE {SEQ} = 3"),
            "row 3",
        ),
        (format!("DELETE FROM audit WHERE {SEQ} = 5"), "row 5 is missing"),
        (
            format!("DELETE FROM audit WHERE {SEQ} > 8"),
            "rows at its end were removed",
        ),
        (
            format!("UPDATE audit SET seq = NULL WHERE {SEQ} = 6"),
            "row 6 is missing",
        ),
        (
            format!("UPDATE audit SET seq = seq + 100 WHERE {SEQ} = 6"),
            "row 6 is missing",
        ),
    ] {
        let (place, sea) = kind.store().await;
        let store = ports(&sea, place.clone());
        let acme = workspace("acme");
        let made = audit(acme.id, AuditAction::WorkspaceCreated, NOW);
        store.workspaces.create(acme.clone(), None, made).await.unwrap();
        for _ in 0..10 {
            let mut entry = audit(acme.id, AuditAction::SignInRefused, NOW).with_detail("as it was");
            "wrong-password".clone_into(&mut entry.outcome);
            store.audit.append(entry).await.unwrap();
        }
        assert_eq!(store.audit_chain.seal(acme.id, 100, NOW).await.unwrap(), 11);
        assert!(check(&store, acme.id).await.is_ok());
        assert!(place.raw.execute(&tampering).await > 0);
        let found = check(&store, acme.id).await.unwrap_err().to_string();
        assert!(found.contains(expected), "{tampering}: {found}");
    }
}

#[tokio::test]
async fn c6_tampering_is_found_on_sqlite() {
    tampering_is_found(Kind::Sqlite).await;
}

#[tokio::test]
async fn c6_tampering_is_found_on_postgres() {
    tampering_is_found(Kind::Postgres).await;
}
