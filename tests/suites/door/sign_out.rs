//! Signing out, on the page and by the API.

use doorward_tests::browser::fresh_password;
use reqwest::Method;

use super::{ADA, FORM_EXPIRED, House, says, sign_in, who};

#[tokio::test]
async fn r82_signing_out_ends_the_session_on_the_server_and_cleans_the_browser() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, &password).await.expect_status(303);
    let mut copy = browser.clone();
    assert_eq!(who(&mut copy).await.as_deref(), Some(ADA));

    // Neither a link nor another site's form signs anybody out (R83).
    assert_eq!(browser.get("/sign-out").await.status, 405);
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let told = browser.send(Method::POST, "/sign-out", &foreign, Vec::new()).await;
    assert_eq!(told.status, 403);
    let told = browser.post("/sign-out", &[]).await;
    assert_eq!(told.status, 403, "{}", told.html().text());
    assert_eq!(who(&mut copy).await.as_deref(), Some(ADA));

    let home = browser.visit("/").await.expect_status(200);
    let out = browser.submit_only(&home, "Sign out", &[]).await.expect_status(303);
    assert_eq!(out.header("clear-site-data"), Some("\"cache\", \"storage\""));
    assert!(!browser.cookies().contains_key("doorward_session"));
    assert_eq!(who(&mut copy).await, None, "the very next request");
    let home = browser.follow(out).await.expect_status(200);
    assert!(home.html().link("Sign in").is_some());
}

#[tokio::test]
async fn d1_an_app_ends_its_session() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, &password).await.expect_status(303);
    let token = browser.cookies()["doorward_session"].value.clone();
    let bearer = format!("Bearer {token}");
    let mut app = house.browser();
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(
        app.send(Method::DELETE, "/api/v1/session", &headers, Vec::new())
            .await
            .status,
        204
    );
    assert_eq!(who(&mut browser).await, None);
    assert_eq!(
        app.send(Method::DELETE, "/api/v1/session", &headers, Vec::new())
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn r79_a_form_from_before_signing_in_still_works_for_its_browser_and_for_no_other() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    let page = browser.visit("/sign-in").await.expect_status(200);
    let mut other = house.browser();
    other.visit("/sign-in").await.expect_status(200);
    let typed = [("Email address", ADA), ("Password", password.as_str())];
    says(&other.submit_only(&page, "Sign in", &typed).await, 403, FORM_EXPIRED);
    assert_eq!(who(&mut other).await, None);
    browser.submit_only(&page, "Sign in", &typed).await.expect_status(303);
    let first = browser.cookies()["doorward_session"].value.clone();
    browser.submit_only(&page, "Sign in", &typed).await.expect_status(303);
    assert_ne!(
        browser.cookies()["doorward_session"].value,
        first,
        "R79: a new id every time"
    );
}
