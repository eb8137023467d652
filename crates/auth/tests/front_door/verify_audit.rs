//! C6: checking the chain of the audit log. What tampering looks like is tried on the rules and on the databases.

use doorward_domain::audit::AuditAction;
use doorward_domain::audit_chain::{Broken, Seal};
use doorward_domain::ports::Audit as _;
use doorward_domain::testing::audit;

use crate::house::House;

#[tokio::test]
async fn c6_a_noted_head_is_held_against_the_chain() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    let logs = house.auth.logs();
    logs.seal_audit().await.unwrap();
    let noted = logs.verify_audit(workspace.id, None).await.unwrap().result.unwrap();
    house
        .given
        .store
        .append(audit(workspace.id, AuditAction::LimitHit, house.auth.now()))
        .await
        .unwrap();
    logs.seal_audit().await.unwrap();
    let check = logs.verify_audit(workspace.id, Some(noted)).await.unwrap();
    assert!(check.result.is_ok_and(|head| head.seq == noted.seq + 1));
    let other = Seal { hash: [7; 32], ..noted };
    let check = logs.verify_audit(workspace.id, Some(other)).await.unwrap();
    assert_eq!(check.result, Err(Broken::OtherHead { seq: noted.seq }));
    let later = Seal {
        seq: noted.seq + 9,
        ..noted
    };
    let check = logs.verify_audit(workspace.id, Some(later)).await.unwrap();
    assert!(matches!(check.result, Err(Broken::CutOff { .. })), "{check:?}");
}
