//! C3: every page of the console tells of settings on trial, and whoever may undoes them there.

use doorward_auth::Acting;
use doorward_auth::workspace::save_settings::ProposedSettings;
use doorward_domain::ports::Workspaces as _;
use doorward_domain::testing::PASSWORD;

use super::house::House;

const UNDO: &str = "/admin/settings-trial/undo";

async fn on_trial(house: &House) {
    let mut settings = house.given.workspace.security.clone();
    settings.staff.email_code = true;
    let proposed = ProposedSettings::new(settings, None);
    let desk = house.auth.settings();
    let saved = desk.save(&Acting::operator(), &house.given.workspace, proposed).await;
    assert!(saved.unwrap().provisional.is_some());
}

async fn email_codes(house: &House) -> bool {
    let found = house.given.store.find(house.given.workspace.id).await.unwrap();
    found.unwrap().security.staff.email_code
}

#[tokio::test]
async fn c3_the_console_says_until_when_and_undoes_it() {
    let house = House::new().await;
    house.given.owner("ada@example.com");
    let mut browser = house.browser();
    browser.sign_in("ada@example.com", PASSWORD).await;
    let calm = browser.get("/admin/users").await;
    calm.shows(200, "<h1>");
    assert!(!calm.body.contains(UNDO), "nothing is on trial");

    on_trial(&house).await;
    let page = browser.get("/admin/users").await;
    page.shows(200, "The change undoes itself on");
    page.shows(200, "data-until=");
    let undone = browser.fill(&page, UNDO, UNDO, &[]).await;
    assert_eq!(undone.location(), "/admin/security");
    assert!(!email_codes(&house).await);
    assert!(!browser.get("/admin/users").await.body.contains(UNDO));
}

#[tokio::test]
async fn r99_undoing_it_takes_a_fresh_proof() {
    let house = House::new().await;
    house.given.owner("ada@example.com");
    let mut browser = house.browser();
    browser.sign_in("ada@example.com", PASSWORD).await;
    house.wait(901);
    on_trial(&house).await;
    let page = browser.get("/admin/users").await;
    browser.fill(&page, UNDO, UNDO, &[]).await.shows(403, "Password");
    assert!(email_codes(&house).await, "nothing was undone");
}
