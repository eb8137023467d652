//! C2, R97, R98: editing somebody's record.

use doorward_auth::people::PersonError;
use doorward_auth::people::edit_person::{EditPersonError, EditProblem, PersonEdit};
use doorward_domain::role::Role;
use doorward_domain::user::User;
use doorward_domain::words::LanguageTag;

use crate::house::House;
use crate::send_password_reset::{at_work, staff};

async fn edit(house: &House, user: &User, edit: PersonEdit) -> Result<User, EditPersonError> {
    let admin = at_work(house, Role::Admin);
    let desk = house.auth.staff();
    desk.edit(&admin, &house.given.workspace, user.id, edit).await
}

fn named(name: &str) -> PersonEdit {
    PersonEdit {
        name: Some(name.to_owned()),
        ..PersonEdit::default()
    }
}

#[tokio::test]
async fn c2_what_is_named_changes_and_nothing_else_does() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let session = house.browser().enter("jo@example.com").await;
    let edited = edit(&house, &jo, named(" Zoë\u{202e}\tDoe ")).await.unwrap();
    assert_eq!(edited.name, "Zoë Doe");
    let wanted = PersonEdit {
        language: Some(Some("ar".to_owned())),
        time_zone: Some(Some("Africa/Cairo".to_owned())),
        organisations: Some(vec!["Globex".to_owned(), " Globex ".to_owned(), String::new()]),
        languages: vec![LanguageTag::parse("ar").unwrap()],
        ..PersonEdit::default()
    };
    let edited = edit(&house, &jo, wanted).await.unwrap();
    assert_eq!(edited.language.as_deref(), Some("ar"));
    assert_eq!(edited.organisations.len(), 1);
    assert_eq!(
        (edited.role, edited.status, &edited.emails),
        (jo.role, jo.status, &jo.emails)
    );
    assert!(house.is_live(&session).await, "an edit ends no session");
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.detail.as_deref(), Some("language time-zone organisations"));
}

#[tokio::test]
async fn c2_what_will_not_do_changes_nothing() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    edit(&house, &jo, named("Jo")).await.unwrap();
    let wanted = PersonEdit {
        name: Some("\u{200b}".to_owned()),
        language: Some(Some("tlh".to_owned())),
        time_zone: Some(Some("Mars/Olympus".to_owned())),
        organisations: Some((0..51).map(|n| format!("Group {n}")).collect()),
        languages: Vec::new(),
    };
    let Err(EditPersonError::Problems(problems)) = edit(&house, &jo, wanted).await else {
        panic!("it was taken");
    };
    assert_eq!(
        problems,
        [
            EditProblem::NameMissing,
            EditProblem::Language,
            EditProblem::TimeZone,
            EditProblem::Organisations
        ]
    );
    assert_eq!(house.person("jo@example.com").name, "Jo");
}

#[tokio::test]
async fn r97_nobody_above_is_edited() {
    let house = House::new().await;
    let owner = staff(&house, Role::Owner);
    let said = edit(&house, &owner, named("Eve")).await;
    assert!(
        matches!(said, Err(EditPersonError::Person(PersonError::OutOfReach))),
        "{said:?}"
    );
    assert_eq!(house.person("other-owner@staff.example").name, owner.name);
}
