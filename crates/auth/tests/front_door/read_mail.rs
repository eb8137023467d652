//! C5, R113: reading the mail log.

use doorward_domain::email_address::EmailKey;
use doorward_domain::ids::MailId;
use doorward_domain::mail::Delivery;
use doorward_domain::mail_log::{MailEventKind, MailFilter, MailQuery, Reachability};
use doorward_domain::ports::Outbox as _;
use doorward_domain::testing::address;

use crate::house::{House, sent, signed_in};

/// Leases every mail that is due, and has this become of it.
pub(crate) async fn carry(house: &House, delivery: &Delivery) {
    let (store, now) = (&house.given.store, house.auth.now());
    let lease = uuid::Uuid::from_u128(7);
    let until = now.plus(std::time::Duration::from_mins(1));
    for leased in store.lease(lease, now, until, 100).await.unwrap() {
        assert!(
            store
                .record(leased.mail.id, lease, delivery.clone(), now)
                .await
                .unwrap()
        );
    }
}

/// The newest mail to an address.
pub(crate) fn newest(house: &House, email: &str) -> MailId {
    let mails = house.given.store.outbox();
    let theirs = mails.iter().rev().find(|kept| kept.mail.to.as_str() == email);
    theirs.unwrap().mail.id
}

pub(crate) fn delivered() -> Delivery {
    Delivery::Delivered {
        reply: "250 taken".to_owned(),
    }
}

fn key(email: &str) -> EmailKey {
    address(email).key()
}

#[tokio::test]
async fn c5_a_code_mail_tells_its_story_and_proves_the_mailbox() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let id = newest(&house, "jo@example.com");
    house.wait(2);
    carry(&house, &delivered()).await;
    let (logs, workspace) = (house.auth.logs(), &house.given.workspace);
    house.wait(2);
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    signed_in(browser.redeem(flow, &code).await);
    let story = logs.mail(workspace, id).await.unwrap().unwrap();
    let kinds: Vec<_> = story.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [MailEventKind::Delivered, MailEventKind::Used]);
    assert_eq!(story.user, Some(jo.id));
    assert!(story.help_code.is_some());
    let reach = logs.reachability(workspace, vec![key("jo@example.com")]).await.unwrap();
    assert_eq!(reach, [Reachability::Reachable { at: house.auth.now() }]);
    // Nothing that is told holds the code.
    let query = MailQuery {
        filter: MailFilter {
            address: Some(key("jo@example.com")),
            ..MailFilter::default()
        },
        after: None,
        limit: 10,
    };
    let told = format!("{:?} {story:?}", logs.mails(workspace, query).await.unwrap());
    assert!(!told.contains(&code), "{told}");
}
