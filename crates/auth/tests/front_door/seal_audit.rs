//! C6, R101: the audit log is sealed.

use doorward_domain::audit::AuditAction;
use doorward_domain::ports::Audit as _;
use doorward_domain::testing::audit;

use crate::house::House;

#[tokio::test]
async fn r101_everything_that_waits_is_sealed_in_one_round() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    for _ in 0..1_200 {
        let entry = audit(workspace.id, AuditAction::LimitHit, house.auth.now());
        house.given.store.append(entry).await.unwrap();
    }
    let rows = house.given.store.audit_rows().len();
    let logs = house.auth.logs();
    assert_eq!(logs.seal_audit().await.unwrap(), u64::try_from(rows).unwrap());
    assert_eq!(logs.seal_audit().await.unwrap(), 0);
    let check = logs.verify_audit(workspace.id, None).await.unwrap();
    assert_eq!(check.rows, u64::try_from(rows).unwrap());
    assert!(check.result.is_ok());
}
