//! C10, C2: what staff does for somebody who calls, page by page, and deleting somebody or oneself.

use doorward_domain::ids::UserId;
use doorward_domain::testing::PASSWORD;
use doorward_domain::user::{User, UserStatus};

use super::house::{Answer, Browser, House};

const JO: &str = "jo@example.com";
const OWN: &str = "seven quiet lanterns";

fn person(house: &House, id: UserId) -> User {
    let people = house.given.store.people();
    people.into_iter().find(|person| person.id == id).unwrap()
}

/// Ada, who owns the workspace, at the page of a challenge that was begun for Jo, and its address.
async fn begun(ada: &mut Browser, path: &str, by: &str) -> (String, Answer) {
    ada.sign_in("ada@example.com", PASSWORD).await;
    let answer = ada.open_and_fill(path, path, &[("by", by)]).await;
    (answer.location().to_owned(), ada.follow(&answer).await)
}

#[tokio::test]
async fn c10_c2_a_code_read_out_makes_a_password_that_its_owner_replaces() {
    let house = House::new().await;
    house.given.owner("ada@example.com");
    let jo = house.given.customer(JO);
    let set_password = format!("/admin/users/{}/password", jo.id);
    let mut ada = house.browser();
    let (challenge, page) = begun(&mut ada, &set_password, &jo.emails[0].id.to_string()).await;
    page.shows(200, "The code that they read to you");
    let code = house.code(JO);
    assert!(!page.body.contains(&code), "staff never sees it");
    let (code_form, carry_out) = (format!("{challenge}/code"), format!("{challenge}/carry-out"));
    let wrong = ada
        .fill(&page, &code_form, &code_form, &[("code", &house.wrong_code(JO))])
        .await;
    wrong.shows(422, "4 tries are left");
    let early = ada.fill(&wrong, &code_form, &carry_out, &[]).await;
    early.shows(409, "A code is on its way");
    let right = ada.fill(&wrong, &code_form, &code_form, &[("code", &code)]).await;
    let open = ada.follow(&right).await;
    open.shows(200, "Set password");
    let made = ada.fill(&open, &carry_out, &carry_out, &[]).await;
    made.shows(200, "it is not shown again");
    let temporary = made.value_of("temporary-password").unwrap();
    assert!(!ada.get(&challenge).await.body.contains(&temporary));
    ada.fill(&open, &carry_out, &carry_out, &[])
        .await
        .shows(409, "It was done");

    let mut browser = house.browser();
    let step = browser.sign_in(JO, &temporary).await;
    assert!(
        step.location().starts_with("/sign-in/new-password?"),
        "{}",
        step.location()
    );
    assert!(!browser.is_signed_in().await);
    let form = browser.follow(&step).await;
    let to = "/sign-in/new-password";
    browser
        .fill(&form, to, to, &[("password", &temporary)])
        .await
        .shows(422, "That is the temporary password");
    browser.fill(&form, to, to, &[("password", OWN)]).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn c10_whoever_is_called_about_says_no_in_their_own_account() {
    let house = House::new().await;
    house.given.owner("ada@example.com");
    let jo = house.given.customer(JO);
    let mut browser = house.browser();
    browser.sign_in(JO, PASSWORD).await;
    browser
        .get("/account/requests")
        .await
        .shows(200, "Nobody asks for anything");
    let reset = format!("/admin/users/{}/two-factor/reset", jo.id);
    let mut ada = house.browser();
    let (_, page) = begun(&mut ada, &reset, "session").await;
    page.shows(200, "They are asked in their own account");
    let asked = browser.get("/account/requests").await;
    asked.shows(200, "Reset two-factor authentication");
    let waiting = house
        .auth
        .callers()
        .waiting(&house.given.workspace, jo.id)
        .await
        .unwrap();
    let no = format!("/account/requests/{}/no", waiting[0].id);
    let answer = browser.fill(&asked, &no, &no, &[]).await;
    assert_eq!(answer.location(), "/account/requests");
    let page = ada.get(&reset).await;
    assert!(!page.body.contains("Under way"));
}

#[tokio::test]
async fn r97_r99_only_by_those_who_may_and_have_shown_lately_who_they_are() {
    let house = House::new().await;
    let ada = house.given.owner("ada@example.com");
    let jo = house.given.customer(JO);
    let path = format!("/admin/users/{}/password", jo.id);
    let mut browser = house.browser();
    browser.sign_in(JO, PASSWORD).await;
    assert_eq!(browser.get(&path).await.status, 403, "a customer");
    let mut browser = house.browser();
    browser.sign_in("ada@example.com", PASSWORD).await;
    let oneself = format!("/admin/users/{}/password", ada.id);
    let answer = browser.open_and_fill(&oneself, &oneself, &[("by", "session")]).await;
    answer.shows(409, "This is your own account");
    let nobody = "/admin/users/0193fcb8-0000-4000-8000-000000000001/password";
    assert_eq!(browser.get(nobody).await.status, 404);
    house.wait(901);
    let page = browser.get(&path).await;
    browser
        .fill(&page, &path, &path, &[("by", "session")])
        .await
        .shows(403, "Password");
    let waiting = house.auth.callers().waiting(&house.given.workspace, jo.id).await;
    assert!(waiting.unwrap().is_empty(), "nothing was begun");
}

#[tokio::test]
async fn c2_deleting_is_undone_on_the_persons_page() {
    let house = House::new().await;
    house.given.owner("ada@example.com");
    let jo = house.given.customer(JO);
    let mut ada = house.browser();
    ada.sign_in("ada@example.com", PASSWORD).await;
    let (page, delete) = (
        format!("/admin/users/{}", jo.id),
        format!("/admin/users/{}/delete", jo.id),
    );
    let restore = format!("{page}/restore");
    ada.get(&delete).await.shows(200, "For 30 days this can be undone");
    let deleted = ada.open_and_fill(&delete, &delete, &[]).await;
    assert_eq!(deleted.location(), page);
    assert_eq!(person(&house, jo.id).status, UserStatus::Deleted);
    let after = ada.follow(&deleted).await;
    after.shows(200, "Undo deletion");
    ada.fill(&after, &restore, &restore, &[]).await;
    assert_eq!(person(&house, jo.id).status, UserStatus::Active);
}

#[tokio::test]
async fn ones_own_account_is_deleted_and_brought_back_by_the_mailed_link() {
    let house = House::new().await;
    house.given.owner("ada@example.com");
    let jo = house.given.customer(JO);
    let mut browser = house.browser();
    browser.sign_in(JO, PASSWORD).await;
    let delete = "/account/security/delete";
    let deleted = browser.open_and_fill("/account/security", delete, &[]).await;
    assert_eq!(deleted.location(), "/sign-in");
    assert!(!browser.is_signed_in().await);
    assert_eq!(person(&house, jo.id).status, UserStatus::Deleted);
    let followed = browser.get(&house.link(JO)).await;
    let form = browser.follow(&followed).await;
    form.shows(200, "Bring your account back?");
    assert_eq!(person(&house, jo.id).status, UserStatus::Deleted, "R34");
    browser.fill(&form, "/restore-account", "/restore-account", &[]).await;
    assert_eq!(person(&house, jo.id).status, UserStatus::Active);
    browser.get("/restore-account").await.shows(410, "");
}
