//! C5: *Send again* makes something fresh, or says why not.

use doorward_auth::Acting;
use doorward_auth::logs::send_again::SendAgainError;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::MailId;
use doorward_domain::mail_log::SendAgain;
use doorward_domain::testing::client;
use doorward_domain::user::User;

use crate::house::{House, sent, signed_in};
use crate::read_mail::{carry, delivered, newest};

fn acting(user: &User) -> Acting {
    Acting {
        actor: Actor::User(user.id),
        rights: user.rights(),
        client: Some(client()),
    }
}

#[tokio::test]
async fn c5_a_code_of_an_open_attempt_is_made_anew_and_works_in_its_browser_alone() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let owner = house.given.owner("owner@example.com");
    let (logs, workspace) = (house.auth.logs(), &house.given.workspace);
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    carry(&house, &delivered()).await;
    let id = newest(&house, "jo@example.com");
    let first = house.given.store.last_code_to("jo@example.com").unwrap();
    let again = logs.send_again(&acting(&owner), workspace, id).await.unwrap();
    assert_eq!(again, SendAgain::NewCode);
    assert_eq!(house.audited(AuditAction::MailSentAgain), 1);
    let second = house.given.store.last_code_to("jo@example.com").unwrap();
    assert_ne!(first, second);
    let elsewhere = house.browser().redeem(flow, &second).await;
    assert!(
        !matches!(elsewhere, doorward_auth::SignInOutcome::SignedIn(_)),
        "{elsewhere:?}"
    );
    signed_in(browser.redeem(flow, &second).await);
    let over = logs.send_again(&acting(&owner), workspace, id).await;
    assert!(
        matches!(over, Err(SendAgainError::Impossible(SendAgain::AttemptIsOver))),
        "{over:?}"
    );
}

#[tokio::test]
async fn c5_a_reset_link_is_made_anew_and_what_is_wiped_is_said_to_be() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let owner = house.given.owner("owner@example.com");
    let (logs, workspace) = (house.auth.logs(), &house.given.workspace);
    house.browser().forgot("jo@example.com").await;
    carry(&house, &delivered()).await;
    let id = newest(&house, "jo@example.com");
    let again = logs.send_again(&acting(&owner), workspace, id).await.unwrap();
    assert_eq!(again, SendAgain::NewResetLink);
    assert_eq!(house.kinds_to("jo@example.com"), ["reset-link", "reset-link-by-staff"]);
    carry(&house, &delivered()).await;
    let by_staff = newest(&house, "jo@example.com");
    let again = logs.send_again(&acting(&owner), workspace, by_staff).await.unwrap();
    assert_eq!(again, SendAgain::NewResetLink, "what staff sent goes again as well");
    house.browser().ask_code("nobody@example.com").await;
    carry(&house, &delivered()).await;
    let wiped = newest(&house, "nobody@example.com");
    let said = logs.send_again(&acting(&owner), workspace, wiped).await;
    assert!(
        matches!(said, Err(SendAgainError::Impossible(SendAgain::Wiped))),
        "{said:?}"
    );
    let strange = logs
        .send_again(&acting(&owner), workspace, MailId::from_uuid(uuid::Uuid::nil()))
        .await;
    assert!(matches!(strange, Err(SendAgainError::NoSuchMail)));
}

#[tokio::test]
async fn r97_nobody_sends_again_what_was_for_somebody_above_them() {
    let house = House::new().await;
    house.given.owner("owner@example.com");
    let agent = house.given.agent("agent@example.com");
    house.browser().forgot("owner@example.com").await;
    carry(&house, &delivered()).await;
    let id = newest(&house, "owner@example.com");
    let before = house.kinds_to("owner@example.com").len();
    let said = house
        .auth
        .logs()
        .send_again(&acting(&agent), &house.given.workspace, id)
        .await;
    assert!(matches!(said, Err(SendAgainError::OutOfReach)), "{said:?}");
    assert_eq!(house.kinds_to("owner@example.com").len(), before);
}
