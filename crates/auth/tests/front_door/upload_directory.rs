//! B9, R62: a directory from a file that is sent once, and taken in when somebody says that it is meant.

use std::fmt::Write as _;

use doorward_auth::Acting;
use doorward_auth::directory::import_directory::{ImportError, Imported};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::directory::DirectorySource;
use doorward_domain::ids::{DirectoryUploadId, UserId};
use doorward_domain::ports::EntryQuery;
use doorward_domain::role::Rights;
use doorward_domain::testing::client;

use crate::house::House;

fn file(people: std::ops::Range<u32>) -> String {
    people.fold("email\n".to_owned(), |mut text, n| {
        writeln!(text, "p{n}@example.com").unwrap();
        text
    })
}

fn acting(by: UserId) -> Acting {
    Acting {
        actor: Actor::User(by),
        rights: Rights::OPERATOR,
        client: Some(client()),
    }
}

async fn active(house: &House) -> usize {
    let directory = &house.auth.ports().directory;
    let query = EntryQuery::behind(None, 100_000);
    let there = directory.records(house.given.workspace.id, DirectorySource::File, query);
    let there = there.await.unwrap().entries;
    there.iter().filter(|listed| listed.record.active).count()
}

async fn take_in(house: &House, by: UserId, id: DirectoryUploadId, agreed: usize) -> Option<Imported> {
    let directory = house.auth.directory();
    let acting = acting(by);
    let taken = directory.take_in((&acting, by), &house.given.workspace, id, agreed);
    taken.await.unwrap()
}

#[tokio::test]
async fn b9_a_file_is_sent_once_and_taken_in_when_it_is_meant() {
    let house = House::new().await;
    let admin = house.given.customer("admin@example.com").id;
    let (directory, workspace) = (house.auth.directory(), &house.given.workspace);
    let sent = directory.upload(admin, workspace, file(0..3)).await.unwrap();
    assert_eq!((sent.plan.lines.len(), active(&house).await), (3, 0), "only planned");
    let seen = directory.uploaded(admin, workspace, sent.id).await.unwrap().unwrap();
    assert_eq!(seen.plan.lines, sent.plan.lines);
    assert!(matches!(
        take_in(&house, admin, sent.id, 0).await,
        Some(Imported::Committed(..))
    ));
    assert_eq!(active(&house).await, 3);
    assert_eq!(take_in(&house, admin, sent.id, 0).await, None, "it is forgotten");
    let rows = house.given.store.audit_rows();
    let row = rows
        .iter()
        .find(|row| row.action == AuditAction::DirectoryChanged)
        .unwrap();
    assert_eq!((&row.actor, row.client.is_some()), (&Actor::User(admin), true));
}

#[tokio::test]
async fn r62_what_was_agreed_to_is_what_was_shown() {
    let house = House::new().await;
    let admin = house.given.customer("admin@example.com").id;
    let (directory, workspace) = (house.auth.directory(), &house.given.workspace);
    let sent = directory.upload(admin, workspace, file(0..100)).await.unwrap();
    take_in(&house, admin, sent.id, 0).await.unwrap();
    let sent = directory.upload(admin, workspace, file(30..100)).await.unwrap();
    assert_eq!(sent.plan.removed, 30);
    assert!(matches!(
        take_in(&house, admin, sent.id, 29).await,
        Some(Imported::HeldBack(_))
    ));
    assert_eq!(active(&house).await, 100);
    assert!(matches!(
        take_in(&house, admin, sent.id, 30).await,
        Some(Imported::Committed(..))
    ));
    assert_eq!(active(&house).await, 70);
}

#[tokio::test]
async fn b9_a_file_belongs_to_who_sent_it_and_is_forgotten_in_time() {
    let house = House::limited(|limits| limits.directory_upload_lifetime_seconds = 60).await;
    let admin = house.given.customer("admin@example.com").id;
    let other = house.given.customer("other@example.com").id;
    let (directory, workspace) = (house.auth.directory(), &house.given.workspace);
    let sent = directory.upload(admin, workspace, file(0..3)).await.unwrap();
    assert_eq!(directory.uploaded(other, workspace, sent.id).await.unwrap(), None);
    assert_eq!(take_in(&house, other, sent.id, 0).await, None);
    assert!(!directory.forget_upload(other, workspace, sent.id).await.unwrap());
    house.wait(60);
    assert_eq!(take_in(&house, admin, sent.id, 0).await, None);
    let sent = directory.upload(admin, workspace, file(0..3)).await.unwrap();
    assert!(directory.forget_upload(admin, workspace, sent.id).await.unwrap());
    assert_eq!(take_in(&house, admin, sent.id, 0).await, None);
    assert_eq!(active(&house).await, 0);
}

#[tokio::test]
async fn b9_a_file_that_cannot_be_used_is_not_kept() {
    let house = House::new().await;
    let admin = house.given.customer("admin@example.com").id;
    let (directory, workspace) = (house.auth.directory(), &house.given.workspace);
    let kept = directory.upload(admin, workspace, file(0..3)).await.unwrap();
    let refused = directory.upload(admin, workspace, "phone\n1\n".to_owned()).await;
    assert!(matches!(refused, Err(ImportError::Table(_))));
    let before = directory.uploaded(admin, workspace, kept.id).await.unwrap();
    assert!(before.is_some(), "the one before waits on");
}
