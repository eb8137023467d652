//! A1 and A2: an account that the helpdesk made is claimed by its owner, whichever way the owner comes, and stays one
//! account with its history.

use doorward_tests::browser::{Browser, fresh_password};
use reqwest::Method;

use super::{ADA, House, as_portal, ask_code, ask_reset, ask_sign_up, contact_body, path_of, sign_in, text, who};

/// Makes the contact by the API, as the portal application does, and answers its id.
async fn known_contact(house: &House) -> (String, String) {
    let key = house.api_key("acme", "users:write");
    let mut portal = house.browser();
    let made = as_portal(
        &mut portal,
        Method::PUT,
        "/api/v1/users/by-identity",
        &key,
        Some(contact_body(ADA)),
    )
    .await;
    let id = text(&made.expect_status(201), "/id");
    let again = as_portal(
        &mut portal,
        Method::PUT,
        "/api/v1/users/by-identity",
        &key,
        Some(contact_body(ADA)),
    )
    .await;
    assert_eq!(text(&again.expect_status(200), "/id"), id, "an upsert");
    (id, house.api_key("acme", "users:read"))
}

/// It is the same account, with what the helpdesk knew.
async fn is_still(house: &House, id: &str, key: &str, owner: &mut Browser) {
    assert_eq!(who(owner).await.as_deref(), Some(ADA));
    let session = owner.get("/api/v1/session").await;
    assert_eq!(text(&session, "/user/id"), id);
    assert_eq!(house.accounts_of(ADA), 1);
    let path = format!("/api/v1/users/{id}");
    let read = as_portal(&mut house.browser(), Method::GET, &path, key, None)
        .await
        .expect_status(200);
    assert!(read.body().contains("Analytical Engines"), "{}", read.body());
}

#[tokio::test]
async fn a2_claimed_by_a_code() {
    let house = House::new().await;
    let (id, key) = known_contact(&house).await;
    let mut ada = house.browser();
    let page = ask_code(&mut ada, "/sign-in", ADA).await.expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    ada.submit(&page, "Continue", &[("Sign-in code", &code)])
        .await
        .expect_status(200);
    is_still(&house, &id, &key, &mut ada).await;
}

#[tokio::test]
async fn a2_claimed_by_forgot_password() {
    let house = House::new().await;
    let (id, key) = known_contact(&house).await;
    let password = fresh_password();
    let mut ada = house.browser();
    ask_reset(&mut ada, ADA).await.expect_status(200);
    let link = house.mail.wait_for_mail(ADA).await.link();
    let path = path_of(&ada, &link);
    let page = ada.visit(&path).await.expect_status(200);
    ada.submit(&page, "Set password", &[("New password", &password)])
        .await
        .expect_status(200);
    sign_in(&mut ada, ADA, &password).await.expect_status(303);
    is_still(&house, &id, &key, &mut ada).await;
}

#[tokio::test]
async fn a2_claimed_by_signing_up() {
    let house = House::new().await;
    let (id, key) = known_contact(&house).await;
    let password = fresh_password();
    let mut ada = house.browser();
    let page = ask_sign_up(&mut ada, ADA, &password).await.expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    ada.submit(&page, "Continue", &[("Verification code", &code)])
        .await
        .expect_status(200);
    is_still(&house, &id, &key, &mut ada).await;
    let mut again = house.browser();
    sign_in(&mut again, ADA, &password).await.expect_status(303);
    is_still(&house, &id, &key, &mut again).await;
}

#[tokio::test]
async fn a1_an_account_of_the_command_line_is_claimed_too_and_a_second_is_refused() {
    let house = House::new().await;
    house.contact(ADA);
    let args = ["user", "create", "--workspace", "acme", "--email", "ADA@Acme.test"];
    let told = house.server.cli(&args).expect_failure();
    assert!(told.stderr.contains("belongs to a person already"), "{}", told.stderr);
    let mut ada = house.browser();
    let page = ask_code(&mut ada, "/sign-in", "Ada@ACME.test").await.expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    ada.submit(&page, "Continue", &[("Sign-in code", &code)])
        .await
        .expect_status(200);
    assert_eq!(who(&mut ada).await.as_deref(), Some(ADA), "R45: as stored");
    assert_eq!(house.accounts_of(ADA), 1);
}

#[tokio::test]
async fn a2_what_somebody_else_left_on_an_unproved_account_goes_when_the_owner_comes() {
    let house = House::new().await;
    let planted = fresh_password();
    let args = [
        "user",
        "create",
        "--workspace",
        "acme",
        "--email",
        ADA,
        "--name",
        "Ada",
        "--password-stdin",
    ];
    house.server.cli_with_input(&args, &planted).expect_success();
    let mut ada = house.browser();
    let page = ask_code(&mut ada, "/sign-in", ADA).await.expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    ada.submit(&page, "Continue", &[("Sign-in code", &code)])
        .await
        .expect_status(200);
    assert_eq!(who(&mut ada).await.as_deref(), Some(ADA));
    let told = sign_in(&mut house.browser(), ADA, &planted).await;
    super::refuses(&told, 401, super::INCORRECT);
}
