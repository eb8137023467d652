//! B8, B9, R62: the directory in the console: looking records up, and a file that is sent once.

use std::fmt::Write as _;

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::RoleId;
use doorward_domain::role::{Permission, Permissions, Role, RoleRef};
use doorward_domain::testing::{PASSWORD, Person};
use uuid::Uuid;

use super::account::between;
use super::house::{Answer, Browser, House};

const DIRECTORY: &str = "/admin/directory";
const UPLOAD: &str = "/admin/directory/upload";

async fn at_work(house: &House, email: &str, permissions: Option<Permissions>) -> Browser {
    let mut person = Person::customer(house.given.workspace.id, email).role(Role::Admin);
    person.user.custom_role = permissions.map(|permissions| RoleRef {
        id: RoleId::from_uuid(Uuid::from_u128(0xa)),
        name: "Of our own making".to_owned(),
        permissions,
    });
    house.given.person(person);
    let mut browser = house.browser();
    browser.sign_in(email, PASSWORD).await.location();
    browser
}

fn file(people: impl IntoIterator<Item = u32>) -> String {
    people
        .into_iter()
        .fold("email,display_name\n".to_owned(), |mut text, n| {
            writeln!(text, "p{n:03}@example.com,Person {n}").unwrap();
            text
        })
}

async fn send(browser: &mut Browser, text: impl AsRef<[u8]>) -> Answer {
    let page = browser.get(DIRECTORY).await;
    let hidden = page.hidden(UPLOAD);
    let (_, token) = hidden.iter().find(|(name, _)| name == "form_token").unwrap();
    browser.upload(UPLOAD, token, text.as_ref()).await
}

/// Sends a file, and opens what it would do; gives its address too.
async fn planned(browser: &mut Browser, text: &str) -> (String, Answer) {
    let sent = send(browser, text).await;
    let address = sent.location().to_owned();
    let page = browser.get(&address).await;
    (address, page)
}

async fn taken_in(browser: &mut Browser, text: &str) {
    let (address, page) = planned(browser, text).await;
    let action = format!("{address}/take-in");
    let taken = browser.fill(&page, &action, &action, &[]).await;
    assert_eq!(taken.location(), DIRECTORY);
}

fn changes(house: &House) -> usize {
    let rows = house.given.store.audit_rows();
    rows.iter()
        .filter(|row| row.action == AuditAction::DirectoryChanged)
        .count()
}

#[tokio::test]
async fn b9_a_file_is_sent_once_seen_and_taken_in() {
    let house = House::new().await;
    let mut admin = at_work(&house, "admin@staff.example", None).await;
    admin.get(DIRECTORY).await.shows(200, "There is no record yet.");
    let (address, page) = planned(&mut admin, &file(0..3)).await;
    page.shows(200, "Nothing was changed yet.");
    page.shows(200, "3 added");
    assert_eq!(changes(&house), 0);
    let action = format!("{address}/take-in");
    let taken = admin.fill(&page, &action, &action, &[]).await;
    assert_eq!(taken.location(), DIRECTORY);
    assert_eq!(changes(&house), 1);
    let page = admin.get(DIRECTORY).await;
    page.shows(200, "The file was taken in.");
    page.shows(200, "<bdi>p001@example.com</bdi>");
    // The same file again, and the one that was taken in.
    let (_, page) = planned(&mut admin, &file(0..3)).await;
    page.shows(200, "The file changes nothing.");
    assert!(!page.body.contains("take-in"), "there is nothing to say to it");
    admin.get(&address).await.shows(410, "not kept any more");
}

#[tokio::test]
async fn r62_a_file_that_removes_many_is_asked_about_and_agreed_to_as_shown() {
    let house = House::new().await;
    let mut admin = at_work(&house, "admin@staff.example", None).await;
    taken_in(&mut admin, &file(0..100)).await;
    let (address, page) = planned(&mut admin, &file(30..100)).await;
    page.shows(200, "It makes 30 of 100 active people inactive");
    let action = format!("{address}/take-in");
    // Whoever agreed to fewer is shown what it is now.
    let hidden = page.hidden(&action);
    let token = hidden.iter().find(|(name, _)| name == "form_token").unwrap().1.clone();
    let fewer = [("form_token", token.as_str()), ("removed", "29")];
    admin.post(&action, &fewer).await.shows(409, "It makes 30 of 100");
    assert_eq!(changes(&house), 1);
    let taken = admin.fill(&page, &action, &action, &[]).await;
    assert_eq!(taken.location(), DIRECTORY);
    assert_eq!(changes(&house), 2);
    let inactive = admin.get("/admin/directory?state=inactive&q=p0").await;
    inactive.shows(200, "<bdi>p029@example.com</bdi>");
    assert!(!inactive.body.contains("p030@example.com"));
}

#[tokio::test]
async fn b9_a_file_belongs_to_who_sent_it_and_can_be_thrown_away() {
    let house = House::new().await;
    let mut admin = at_work(&house, "admin@staff.example", None).await;
    let mut other = at_work(&house, "other@staff.example", None).await;
    let (address, page) = planned(&mut admin, &file(0..3)).await;
    other.get(&address).await.shows(410, "not kept any more");
    let own = other.get(DIRECTORY).await;
    let hidden = own.hidden(UPLOAD);
    let (_, token) = hidden.iter().find(|(name, _)| name == "form_token").unwrap();
    for act in ["take-in", "forget"] {
        let stolen = other.post(&format!("{address}/{act}"), &[("form_token", token)]).await;
        assert_eq!(stolen.status, 410, "{act}");
    }
    let forget = format!("{address}/forget");
    let forgotten = admin.fill(&page, &forget, &forget, &[]).await;
    admin.follow(&forgotten).await.shows(200, "Nothing was changed.");
    admin.get(&address).await.shows(410, "Upload it again.");
    assert_eq!(changes(&house), 0);
}

#[tokio::test]
async fn r99_taking_a_file_in_asks_for_a_proof_that_is_fresh() {
    let house = House::new().await;
    let mut admin = at_work(&house, "admin@staff.example", None).await;
    house.wait(901);
    let (address, page) = planned(&mut admin, &file(0..3)).await;
    let action = format!("{address}/take-in");
    let asked = admin.fill(&page, &action, &action, &[]).await;
    asked.shows(403, "Confirm that it");
    assert_eq!(changes(&house), 0);
    let proved = [("proof_password", PASSWORD)];
    let taken = admin.fill(&asked, &action, &action, &proved).await;
    assert_eq!(taken.location(), DIRECTORY);
    assert_eq!(changes(&house), 1);
}

#[tokio::test]
async fn b9_what_cannot_be_used_is_told_and_not_kept() {
    let house = House::new().await;
    let mut admin = at_work(&house, "admin@staff.example", None).await;
    send(&mut admin, "email\nnobody\n")
        .await
        .shows(422, "line 2: the email");
    send(&mut admin, "phone\n1\n")
        .await
        .shows(422, "there is no column `phone`");
    send(&mut admin, b"email\n\xff\xfe\n")
        .await
        .shows(422, "not text in UTF-8");
    send(&mut admin, "").await.shows(422, "Choose a file first.");
    let large = "x".repeat(16 * 1024 * 1024 + 1);
    send(&mut admin, large).await.shows(413, "larger than 16 MB");
    assert_eq!(changes(&house), 0);
}

/// A file larger than any other body is read only from somebody who may send one.
#[tokio::test]
async fn r2_a_large_body_is_not_read_from_just_anybody() {
    let house = House::new().await;
    let large = "x".repeat(1024 * 1024);
    let mut admin = at_work(&house, "admin@staff.example", None).await;
    send(&mut admin, &large).await.shows(422, "there is no column");
    let looks = Permissions::NONE.with(Permission::LookPeopleUp);
    let mut agent = at_work(&house, "agent@staff.example", Some(looks)).await;
    let mut nobody = house.browser();
    nobody.jar.insert("doorward_session".to_owned(), "made up".to_owned());
    for browser in [&mut agent, &mut nobody] {
        let answer = browser.upload(UPLOAD, "any", large.as_bytes()).await;
        assert_eq!(answer.status, 413, "{}", answer.body);
    }
}

#[tokio::test]
async fn b9_records_are_found_paged_and_opened() {
    let house = House::new().await;
    let mut admin = at_work(&house, "admin@staff.example", None).await;
    taken_in(&mut admin, &file(0..60)).await;
    let jo = house.given.customer("p007@example.com");
    let first = admin.get(DIRECTORY).await;
    first.shows(200, "rel=\"next\"");
    let next = between(&first.body, "<a href=\"", "\" rel=\"next\"");
    let next = next
        .rsplit("<a href=\"")
        .next()
        .unwrap()
        .replace("&#x2f;", "/")
        .replace("&amp;", "&");
    let second = admin.get(&next).await;
    assert_eq!(second.body.matches("@example.com</bdi>").count(), 10, "{}", second.body);
    let found = admin.get("/admin/directory?q=Person+7").await;
    found.shows(200, "<bdi>p007@example.com</bdi>");
    assert!(!found.body.contains("p008@example.com"));
    let record = between(&found.body, "/admin/directory/records/", "\"").to_owned();
    let record = admin.get(&format!("/admin/directory/records/{record}")).await;
    record.shows(200, "displayName");
    record.shows(200, "Person 7");
    record.shows(200, &jo.id.to_string());
    // Whoever may not look people up is told how many there are.
    let only = Permissions::NONE.with(Permission::ManageSecuritySettings);
    let mut keeper = at_work(&house, "keeper@staff.example", Some(only)).await;
    let list = keeper.get("/admin/directory?q=p007").await;
    let record = between(&list.body, "/admin/directory/records/", "\"").to_owned();
    let record = keeper.get(&format!("/admin/directory/records/{record}")).await;
    record.shows(200, "One person");
    assert!(!record.body.contains(&jo.id.to_string()));
}

#[tokio::test]
async fn b8_near_misses_stand_under_an_address_that_no_record_holds() {
    let house = House::new().await;
    let mut admin = at_work(&house, "admin@staff.example", None).await;
    taken_in(&mut admin, "email\njo@example.org\nmo@example.org\n").await;
    let found = admin.get("/admin/directory?q=jo@example.com").await;
    found.shows(200, "Near misses");
    found.shows(200, "<bdi>jo@example.org</bdi>");
    assert!(!found.body.contains("mo@example.org"));
    let exact = admin.get("/admin/directory?q=jo@example.org").await;
    assert!(!exact.body.contains("Near misses"));
}
