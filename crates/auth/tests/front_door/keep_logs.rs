//! Receipts, mails and the audit log go when their time is over.

use doorward_auth::logs::keep_logs::Removed;
use doorward_domain::testing::PASSWORD;

use crate::house::House;
use crate::read_mail::{carry, delivered};

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn each_log_is_kept_for_as_long_as_the_workspace_says_and_the_chain_still_holds() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    house.browser().password("jo@example.com", PASSWORD).await;
    house.browser().ask_code("jo@example.com").await;
    carry(&house, &delivered()).await;
    let (logs, store) = (house.auth.logs(), &house.given.store);
    logs.seal_audit().await.unwrap();
    let rows = store.audit_rows().len();
    house.wait(89 * DAY);
    assert_eq!(logs.keep().await.unwrap(), Removed::default());
    house.wait(2 * DAY);
    let removed = logs.keep().await.unwrap();
    assert!(
        removed.receipts > 0 && removed.mails > 0 && removed.audit == 0,
        "{removed:?}"
    );
    assert!(store.receipts().is_empty() && store.outbox().is_empty());
    house.wait(310 * DAY);
    house.browser().password("jo@example.com", PASSWORD).await;
    logs.seal_audit().await.unwrap();
    let removed = logs.keep().await.unwrap();
    assert_eq!(removed.audit, u64::try_from(rows).unwrap());
    let check = logs.verify_audit(house.given.workspace.id, None).await.unwrap();
    assert!(check.result.is_ok() && check.cut_up_to == removed.audit, "{check:?}");
}
