//! B9, R62: a directory from a file.

use std::fmt::Write as _;

use doorward_auth::Acting;
use doorward_auth::directory::import_directory::{Import, ImportError, Imported};
use doorward_domain::audit::AuditAction;
use doorward_domain::directory::DirectorySource;
use doorward_domain::directory::table::TableFault;
use doorward_domain::ports::EntryQuery;
use doorward_domain::testing::PASSWORD;

use crate::house::{House, signed_in};

fn file(people: std::ops::Range<u32>) -> String {
    people.fold("email,given_name\n".to_owned(), |mut text, n| {
        writeln!(text, "p{n}@example.com,P{n}").unwrap();
        text
    })
}

fn plainly(text: String) -> Import {
    Import {
        text,
        scope: None,
        dry_run: false,
        agreed: None,
    }
}

async fn import(house: &House, import: Import) -> Result<Imported, ImportError> {
    let directory = house.auth.directory();
    directory
        .import(&Acting::operator(), &house.given.workspace, import)
        .await
}

async fn active(house: &House) -> usize {
    let query = EntryQuery::behind(None, 100_000);
    let directory = &house.auth.ports().directory;
    let there = directory.records(house.given.workspace.id, DirectorySource::File, query);
    let there = there.await.unwrap().entries;
    there.iter().filter(|listed| listed.record.active).count()
}

#[tokio::test]
async fn b9_who_is_not_named_any_more_is_off_boarded() {
    let house = House::new().await;
    house.given.customer("p0@example.com");
    let dry = Import {
        dry_run: true,
        ..plainly(file(0..3))
    };
    assert!(matches!(import(&house, dry).await.unwrap(), Imported::Planned(plan) if plan.lines.len() == 3));
    assert_eq!(active(&house).await, 0);
    assert!(matches!(
        import(&house, plainly(file(0..3))).await.unwrap(),
        Imported::Committed(_, 0)
    ));
    assert_eq!(active(&house).await, 3);

    let session = signed_in(house.browser().password("p0@example.com", PASSWORD).await);
    assert!(
        matches!(import(&house, plainly(file(0..3))).await.unwrap(), Imported::Committed(plan, 0) if plan.is_empty())
    );
    assert!(house.is_live(&session).await);
    assert!(matches!(
        import(&house, plainly(file(1..3))).await.unwrap(),
        Imported::Committed(_, 1)
    ));
    assert!(!house.is_live(&session).await);
    assert_eq!(active(&house).await, 2);
    assert_eq!(house.audited(AuditAction::DirectoryChanged), 3);
}

#[tokio::test]
async fn r62_a_run_that_removes_more_than_a_fifth_waits_for_somebodys_word() {
    let house = House::new().await;
    import(&house, plainly(file(0..2_100))).await.unwrap();
    let text = file(421..2_100);
    let held = import(&house, plainly(text.clone())).await.unwrap();
    assert!(matches!(held, Imported::HeldBack(plan) if plan.removed == 421 && plan.active_before == 2_100));
    assert_eq!(active(&house).await, 2_100);
    assert_eq!(house.audited(AuditAction::DirectoryHeldBack), 1);
    let too_few = Import {
        agreed: Some(420),
        ..plainly(text.clone())
    };
    assert!(matches!(import(&house, too_few).await.unwrap(), Imported::HeldBack(_)));
    let meant = Import {
        agreed: Some(421),
        ..plainly(text)
    };
    assert!(matches!(import(&house, meant).await.unwrap(), Imported::Committed(..)));
    assert_eq!(active(&house).await, 1_679);
}

#[tokio::test]
async fn r62_a_file_that_is_cut_off_removes_nobody() {
    let house = House::new().await;
    import(&house, plainly(file(0..5))).await.unwrap();
    for cut_off in [
        "",
        "email,given_name\np0@example.com,P0\np1@exam",
        "email,given_name\n\"p0@example.com,P0\n",
    ] {
        let refused = import(&house, plainly(cut_off.to_owned())).await.unwrap_err();
        assert!(matches!(refused, ImportError::Table(_)), "{refused:?}");
        assert_eq!(active(&house).await, 5);
    }
    let refused = import(&house, plainly("email,phone\n".to_owned())).await.unwrap_err();
    assert!(matches!(refused, ImportError::Table(TableFault::UnknownColumn(_))));
}
