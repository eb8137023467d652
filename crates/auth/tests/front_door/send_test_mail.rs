//! R113: a test mail.

use doorward_auth::Acting;
use doorward_auth::logs::send_test_mail::TestMailError;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::testing::client;

use crate::house::House;

#[tokio::test]
async fn r113_a_test_goes_to_whoever_asks_and_no_further_than_their_budget() {
    let house = House::new().await;
    let owner = house.given.owner("owner@example.com");
    let acting = Acting {
        actor: Actor::User(owner.id),
        rights: owner.rights(),
        client: Some(client()),
    };
    let (logs, workspace) = (house.auth.logs(), &house.given.workspace);
    logs.send_test_mail(&acting, workspace).await.unwrap();
    assert_eq!(house.kinds_to("owner@example.com"), ["test"]);
    assert_eq!(house.audited(AuditAction::TestMailSent), 1);
    let mut refused = None;
    for _ in 0..20 {
        if let Err(error) = logs.send_test_mail(&acting, workspace).await {
            refused = Some(error);
            break;
        }
    }
    assert!(matches!(refused, Some(TestMailError::TooMany { .. })), "{refused:?}");
    let nobody = logs.send_test_mail(&Acting::operator(), workspace).await;
    assert!(matches!(nobody, Err(TestMailError::NoMailbox)));
}
