//! B8, B9: reading the synced directory.

use std::fmt::Write as _;

use doorward_auth::Acting;
use doorward_auth::directory::import_directory::Import;
use doorward_domain::ids::DirectoryRecordId;
use doorward_domain::ports::BookQuery;
use doorward_domain::testing::address;

use crate::house::House;

async fn furnished(people: &[&str]) -> House {
    let house = House::new().await;
    let text = people.iter().fold("email\n".to_owned(), |mut text, email| {
        writeln!(text, "{email}").unwrap();
        text
    });
    let import = Import {
        text,
        scope: None,
        dry_run: false,
        agreed: None,
    };
    let directory = house.auth.directory();
    directory
        .import(&Acting::operator(), &house.given.workspace, import)
        .await
        .unwrap();
    house
}

fn query(text: Option<&str>, after: Option<DirectoryRecordId>) -> BookQuery {
    BookQuery {
        text: text.map(str::to_owned),
        active: None,
        after,
        limit: 2,
    }
}

#[tokio::test]
async fn b9_pages_end_where_the_records_do() {
    let people = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
    let house = furnished(&people).await;
    let (directory, workspace) = (house.auth.directory(), &house.given.workspace);
    let first = directory.page(workspace, query(None, None)).await.unwrap();
    let second = directory.page(workspace, query(None, first.next)).await.unwrap();
    assert_eq!((first.records.len(), second.records.len()), (2, 2));
    assert_eq!((first.next.is_some(), second.next), (true, None));
    assert_eq!(first.synced_at, Some(house.auth.now()));
}

#[tokio::test]
async fn b8_near_misses_are_told_of_an_address_that_no_record_holds() {
    let house = furnished(&["jo@example.com", "jo@example.org", "mo@example.org"]).await;
    let (directory, workspace) = (house.auth.directory(), &house.given.workspace);
    for (text, near) in [
        ("jo@example.net", vec!["jo@example.com", "jo@example.org"]),
        ("jo@example.com", vec![]),
        ("jo", vec![]),
        ("zo@example.com", vec![]),
    ] {
        let page = directory.page(workspace, query(Some(text), None)).await.unwrap();
        let mut found: Vec<&str> = page.near.iter().map(|record| record.user_name.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, near, "{text}");
    }
}

#[tokio::test]
async fn b9_a_record_tells_whom_it_names() {
    let house = furnished(&["jo@example.com", "mo@example.com"]).await;
    let jo = house.given.customer("jo@example.com");
    let (directory, workspace) = (house.auth.directory(), &house.given.workspace);
    let page = directory.page(workspace, query(Some("jo@"), None)).await.unwrap();
    let entry = directory.record(workspace, page.records[0].id).await.unwrap().unwrap();
    assert_eq!(entry.booked.record.emails[0].address, address("jo@example.com"));
    let accounts: Vec<_> = entry.accounts.iter().map(|user| user.id).collect();
    assert_eq!(accounts, [jo.id]);
    let nobody = DirectoryRecordId::from_uuid(jo.id.as_uuid());
    assert_eq!(directory.record(workspace, nobody).await.unwrap(), None);
}
