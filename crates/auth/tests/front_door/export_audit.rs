//! C6: taking the audit log out.

use doorward_auth::Acting;
use doorward_domain::audit::AuditAction;
use doorward_domain::audit_log::AuditFilter;
use doorward_domain::ports::Audit as _;
use doorward_domain::testing::audit;

use crate::house::House;

#[tokio::test]
async fn c6_an_export_gives_each_row_once_and_is_itself_written_down() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    for _ in 0..2_300 {
        let entry = audit(workspace.id, AuditAction::LimitHit, house.auth.now());
        house.given.store.append(entry).await.unwrap();
    }
    let before = house.given.store.audit_rows().len();
    house.wait(1);
    let mut export = house
        .auth
        .logs()
        .export_audit(&Acting::operator(), workspace, AuditFilter::default())
        .await
        .unwrap();
    assert_eq!(house.audited(AuditAction::AuditExported), 1);
    let mut ids = std::collections::BTreeSet::new();
    loop {
        let rows = export.next().await.unwrap();
        if rows.is_empty() {
            break;
        }
        // What is written while it runs is no part of it.
        house
            .given
            .store
            .append(audit(workspace.id, AuditAction::LimitHit, house.auth.now()))
            .await
            .unwrap();
        for row in rows {
            assert!(ids.insert(row.entry.id), "a row came twice");
        }
    }
    assert_eq!(ids.len(), before);
}
