//! The carriers that send nothing: files and the development mailbox.

use std::sync::Arc;
use std::time::Duration;

use doorward_domain::ports::DevelopmentMailbox as _;
use doorward_domain::testing::FixedClock;
use doorward_mail::{Carrier as _, FileCarrier, MAILBOX_CAPACITY, MemoryMailbox, Outcome, Trouble};

use crate::given::{CODE, composed};

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_mailbox_shows_every_mail_newest_first() {
    let clock = FixedClock::default();
    let mailbox = MemoryMailbox::new(Arc::new(clock.clone()));
    let mut trip = mailbox.set_out();
    for number in 1..=2 {
        clock.advance(Duration::from_secs(1));
        assert!(matches!(
            trip.carry(&composed(number), LONG).await,
            Outcome::Delivered { .. }
        ));
    }
    let all = mailbox.list(None).await;
    let to: Vec<&str> = all.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["ada2@example.com", "ada1@example.com"]);
    let mail = &all[0];
    assert_eq!(mail.subject, "Your Acme sign-in code");
    assert_eq!(mail.from, "Acme Help <help@acme.example>");
    assert_eq!(mail.text.lines().next(), Some(CODE));
    assert!(mail.html.starts_with("<!doctype html>"));
    assert_eq!(mail.sent_at, FixedClock::START.plus(Duration::from_secs(2)));
    assert!(
        mail.headers
            .contains(&("Auto-Submitted".to_owned(), "auto-generated".to_owned()))
    );
    let only = mailbox.list(Some("ADA1@example.com".to_owned())).await;
    assert_eq!(only, [all[1].clone()]);
    assert_eq!(mailbox.list(Some("ada@example.com".to_owned())).await, []);
}

#[tokio::test]
async fn the_mailbox_keeps_no_more_than_its_capacity() {
    let mailbox = MemoryMailbox::new(Arc::new(FixedClock::default()));
    let mut trip = mailbox.set_out();
    let (first, last) = (composed(1), composed(2));
    trip.carry(&first, LONG).await;
    for _ in 0..MAILBOX_CAPACITY {
        trip.carry(&last, LONG).await;
    }
    let all = mailbox.list(None).await;
    assert_eq!(all.len(), MAILBOX_CAPACITY);
    assert!(all.iter().all(|mail| mail.to == "ada2@example.com"));
}

#[tokio::test]
async fn a_mail_becomes_one_file_however_often_it_is_carried() {
    let directory = tempfile::tempdir().unwrap();
    let carrier = FileCarrier::new(directory.path().join("mails")).unwrap();
    let mail = composed(7);
    for _ in 0..2 {
        let outcome = carrier.set_out().carry(&mail, LONG).await;
        assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
    }
    let files: Vec<_> = std::fs::read_dir(carrier.directory())
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files, [carrier.directory().join(format!("{}.eml", mail.id()))]);
    assert_eq!(std::fs::read(&files[0]).unwrap(), mail.bytes());
}

#[tokio::test]
async fn a_directory_that_is_gone_is_an_alarm_and_the_mail_waits() {
    let directory = tempfile::tempdir().unwrap();
    let carrier = FileCarrier::new(directory.path().join("mails")).unwrap();
    std::fs::remove_dir(carrier.directory()).unwrap();
    let outcome = carrier.set_out().carry(&composed(1), LONG).await;
    assert!(
        matches!(
            outcome,
            Outcome::Deferred {
                trouble: Some(Trouble::Storage),
                ..
            }
        ),
        "{outcome:?}"
    );
    std::fs::write(directory.path().join("file"), "").unwrap();
    assert!(FileCarrier::new(directory.path().join("file")).is_err());
}
