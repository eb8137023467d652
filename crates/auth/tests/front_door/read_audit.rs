//! C6: reading the audit log.

use doorward_domain::audit::AuditAction;
use doorward_domain::audit_log::{AuditFilter, AuditQuery};
use doorward_domain::testing::PASSWORD;

use crate::house::House;

fn all(filter: AuditFilter) -> AuditQuery {
    AuditQuery {
        filter,
        after: None,
        limit: 100,
    }
}

#[tokio::test]
async fn c6_what_was_done_to_somebody_is_found_by_their_address() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    house.given.customer("mo@example.com");
    house.browser().password("jo@example.com", PASSWORD).await;
    house.wait(1);
    house
        .browser()
        .password("jo@example.com", "wrong and long enough")
        .await;
    house.browser().password("mo@example.com", PASSWORD).await;
    let (logs, workspace) = (house.auth.logs(), &house.given.workspace);
    assert_eq!(logs.person(workspace, "JO@example.com").await.unwrap(), Some(jo.id));
    assert_eq!(logs.person(workspace, &jo.id.to_string()).await.unwrap(), Some(jo.id));
    assert_eq!(logs.person(workspace, "nobody@example.com").await.unwrap(), None);
    assert_eq!(logs.person(workspace, "not an address").await.unwrap(), None);
    let filter = AuditFilter {
        subject: Some(jo.id),
        ..AuditFilter::default()
    };
    let rows = logs.audit(workspace, all(filter)).await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.entry.action,
                row.entry.outcome.as_str(),
                row.subject_name.as_deref(),
            )
        })
        .collect();
    let name = Some(jo.name.as_str());
    assert_eq!(
        told,
        [
            (AuditAction::SignInRefused, "wrong-password", name),
            (AuditAction::SignedIn, "granted", name)
        ]
    );
}
