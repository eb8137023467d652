//! A3: making an account by oneself.

use doorward_tests::browser::fresh_password;
use serde_json::json;

use super::{ADA, House, INCORRECT, app, ask_sign_up, refuses, says, sign_in, text, who};

#[tokio::test]
async fn a3_the_mailbox_is_proved_before_there_is_an_account() {
    let house = House::new().await;
    let password = fresh_password();
    let mut browser = house.browser();
    let door = browser.visit("/sign-in").await;
    let link = door
        .html()
        .link("Need an account? Sign up.")
        .expect("the link")
        .to_owned();
    let page = browser.visit(&link).await.expect_status(200);
    assert_eq!(page.html().heading(), "Create your account");
    assert_eq!(page.html().field_names(), ["Full name", "Email address", "Password"]);
    assert_eq!(
        page.html().field_attribute("Password", "autocomplete"),
        Some("new-password")
    );

    let page = ask_sign_up(&mut browser, ADA, &password).await;
    says(&page, 200, "We have sent a message to a•••@a•••.test.");
    assert_eq!(page.html().field_names(), ["Verification code"]);
    assert!(page.path.starts_with("/sign-up/verify"), "{}", page.path);
    let mail = house.mail.wait_for_mail(ADA).await;
    assert_eq!(mail.subject(), "Your Acme verification code");

    // Until then it owns nothing.
    assert_eq!(house.accounts_of(ADA), 0);
    refuses(&sign_in(&mut house.browser(), ADA, &password).await, 401, INCORRECT);

    let landed = browser
        .submit(&page, "Continue", &[("Verification code", &mail.code())])
        .await;
    assert!(landed.clone().expect_status(200).html().has_button("Ada King"));
    assert_eq!(house.accounts_of(ADA), 1);
    sign_in(&mut house.browser(), ADA, &password).await.expect_status(303);
}

#[tokio::test]
async fn a3_an_unproved_claim_reserves_nothing_and_the_owner_gets_only_what_the_owner_chose() {
    let house = House::without_waits().await;
    let (planted, own) = (fresh_password(), fresh_password());
    let mut stranger = house.browser();
    let claimed = ask_sign_up(&mut stranger, ADA, &planted).await.expect_status(200);
    let first = house.mail.wait_for_mail(ADA).await.code();

    let mut ada = house.browser();
    let page = ask_sign_up(&mut ada, ADA, &own).await.expect_status(200);
    let code = house.mail.wait_for_mails(ADA, 2).await[1].code();
    let landed = ada.submit(&page, "Continue", &[("Verification code", &code)]).await;
    landed.expect_status(200);
    assert_eq!(who(&mut ada).await.as_deref(), Some(ADA));
    assert_eq!(house.accounts_of(ADA), 1);
    refuses(&sign_in(&mut house.browser(), ADA, &planted).await, 401, INCORRECT);
    sign_in(&mut house.browser(), ADA, &own).await.expect_status(303);

    // The owner's code is worth nothing to the stranger; the stranger's own was mailed to the owner alone.
    let told = stranger
        .submit_only(&claimed, "Continue", &[("Verification code", &code)])
        .await;
    assert!(told.status.is_client_error(), "{}", told.html().text());
    assert_eq!(who(&mut stranger).await, None);
    assert_ne!(first, code);
}

#[tokio::test]
async fn a3_an_address_that_has_an_account_gets_a_code_to_sign_in_and_keeps_its_password() {
    let house = House::new().await;
    let (known, typed) = (fresh_password(), fresh_password());
    house.ada(&known);
    let mut browser = house.browser();
    let page = ask_sign_up(&mut browser, ADA, &typed).await;
    says(&page, 200, "We have sent a message to a•••@a•••.test.");
    let code = house.mail.wait_for_mail(ADA).await.code();
    browser
        .submit(&page, "Continue", &[("Verification code", &code)])
        .await
        .expect_status(200);
    assert_eq!(who(&mut browser).await.as_deref(), Some(ADA));
    assert_eq!(house.accounts_of(ADA), 1);
    sign_in(&mut house.browser(), ADA, &known).await.expect_status(303);
    refuses(&sign_in(&mut house.browser(), ADA, &typed).await, 401, INCORRECT);
}

#[tokio::test]
async fn r1_a_password_that_will_not_do_is_refused_with_the_reason() {
    let house = House::new().await;
    let mut browser = house.browser();
    for (password, sentence) in [
        ("short", "Enter a password of at least 12 characters."),
        ("password1234", "That password is on a list of common passwords"),
        ("", "Enter a new password."),
    ] {
        says(&ask_sign_up(&mut browser, ADA, password).await, 422, sentence);
    }
    let long = "é".repeat(257);
    says(
        &ask_sign_up(&mut browser, ADA, &long).await,
        422,
        "at most 256 characters",
    );
    assert!(house.mail.mails_to(ADA).await.is_empty());
}

#[tokio::test]
async fn a3_an_app_signs_somebody_up() {
    let house = House::new().await;
    let mut browser = house.browser();
    let body = json!({"name": "Ada", "email": ADA, "password": fresh_password()});
    let sent = app(&mut browser, "/api/v1/sign-up", body).await.expect_status(202);
    let code = house.mail.wait_for_mail(ADA).await.code();
    let body = json!({"flow": text(&sent, "/flow"), "code": code});
    let done = app(&mut browser, "/api/v1/sign-up/verify", body)
        .await
        .expect_status(200);
    assert_eq!(text(&done, "/user/primary_email"), ADA);
    assert_eq!(house.accounts_of(ADA), 1);
}
