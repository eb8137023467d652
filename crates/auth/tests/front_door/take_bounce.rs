//! C5: mails that come back, and reports that are forged.

use doorward_auth::logs::take_bounce::BounceTaken;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::bounce::{BounceReport, ReturnMark, Returned};
use doorward_domain::ids::{MailId, WorkspaceId};
use doorward_domain::mail::MailState;
use doorward_domain::mail_log::Reachability;
use doorward_domain::testing::address;

use crate::house::House;
use crate::read_mail::{carry, delivered, newest};

fn report(house: &House, mail: MailId, reader: &str) -> BounceReport {
    let key = &house.auth.config().code_key;
    let mark = ReturnMark::of(key, mail, &address(reader).key());
    let to = mark.address(&address("bounces@help.example")).unwrap();
    BounceReport::told(&to, Returned::Failed, "5.1.1", "550 no such user")
}

#[tokio::test]
async fn c5_a_report_to_the_return_address_of_a_mail_is_taken_once() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    house.browser().ask_code("jo@example.com").await;
    carry(&house, &delivered()).await;
    let id = newest(&house, "jo@example.com");
    let (logs, workspace) = (house.auth.logs(), &house.given.workspace);
    let genuine = || report(&house, id, "jo@example.com");
    let foreign = WorkspaceId::from_uuid(uuid::Uuid::from_u128(9));
    let elsewhere = logs.take_bounce(Actor::Server, Some(foreign), genuine()).await;
    assert_eq!(elsewhere.unwrap(), BounceTaken::NotOurs);
    let taken = logs.take_bounce(Actor::Server, None, genuine()).await.unwrap();
    assert_eq!(taken, BounceTaken::Recorded);
    let again = logs
        .take_bounce(Actor::Server, Some(workspace.id), genuine())
        .await
        .unwrap();
    assert_eq!(again, BounceTaken::Known);
    assert_eq!(house.audited(AuditAction::MailBounced), 1);
    let story = logs.mail(workspace, id).await.unwrap().unwrap();
    assert_eq!(story.trace.state, MailState::Bounced);
    let reach = logs
        .reachability(workspace, vec![address("jo@example.com").key()])
        .await
        .unwrap();
    assert!(matches!(&reach[..], [Reachability::Unreachable { why, .. }] if why.contains("no such user")));
}

#[tokio::test]
async fn c5_forged_reports_change_nothing() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    house.browser().ask_code("jo@example.com").await;
    carry(&house, &delivered()).await;
    let id = newest(&house, "jo@example.com");
    let logs = house.auth.logs();
    let guessed = format!("bounces+{}-0123456789abcdef@help.example", id.as_uuid().simple());
    for forged in [
        // Another reader, an unknown mail, a guessed mark, none at all.
        report(&house, id, "mo@example.com"),
        report(&house, MailId::from_uuid(uuid::Uuid::from_u128(5)), "jo@example.com"),
        BounceReport::told(&guessed, Returned::Failed, "5.1.1", "x"),
        BounceReport::told("bounces@help.example", Returned::Failed, "5.1.1", "x"),
    ] {
        let taken = logs.take_bounce(Actor::Server, None, forged).await.unwrap();
        assert_eq!(taken, BounceTaken::NotOurs);
    }
    let story = logs.mail(&house.given.workspace, id).await.unwrap().unwrap();
    assert_eq!(story.trace.state, MailState::Delivered);
    assert_eq!(house.audited(AuditAction::MailBounced), 0);
}
