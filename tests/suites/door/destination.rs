//! B13: people land exactly where they were going, through everything that can come between.

use doorward_tests::browser::fresh_password;

use super::{ADA, FORM_EXPIRED, House, INCORRECT, TICKET, TO_TICKET, ask_code, path_of, refuses, says, who};

#[tokio::test]
async fn b13_a_ticket_survives_a_wrong_password_and_an_expired_page() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    let page = browser.visit(TO_TICKET).await.expect_status(200);
    let right = [("Email address", ADA), ("Password", password.as_str())];

    let wrong = [("Email address", ADA), ("Password", "not the password")];
    let page = browser.submit_only(&page, "Sign in", &wrong).await;
    refuses(&page, 401, INCORRECT);
    browser.forget_cookie("doorward_browser");
    let page = browser.submit_only(&page, "Sign in", &right).await;
    says(&page, 403, FORM_EXPIRED);
    assert_eq!(who(&mut browser).await, None);
    let landed = browser.submit_only(&page, "Sign in", &right).await.expect_status(303);
    assert_eq!(landed.location(), Some(TICKET));
    let there = browser.follow(landed).await;
    assert_eq!(there.path, TICKET);
    // Nothing of ours serves tickets; the page says so in the workspace's name and greets the person.
    says(&there, 404, "Acme");
    assert!(there.html().has_button("Ada"), "{:?}", there.html().button_names());
}

#[tokio::test]
async fn b13_a_ticket_survives_a_code_a_resend_a_wrong_code_and_an_expired_code_page() {
    let house = House::without_waits().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let page = ask_code(&mut browser, TO_TICKET, ADA).await.expect_status(200);
    let page = browser.submit(&page, "Resend code", &[]).await.expect_status(200);
    let code = house.mail.wait_for_mails(ADA, 2).await[1].code();
    let wrong = super::wrong_code(&code);
    let page = browser
        .submit_only(&page, "Continue", &[("Sign-in code", &wrong)])
        .await;
    assert_eq!(page.status, 401);

    let kept = browser.cookies()["doorward_browser"].clone();
    // A page that is older than its browser: the attempt was the earlier one's, so it begins again, on the same way.
    browser.forget_cookie("doorward_browser");
    let over = browser.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await;
    assert!(over.status.is_client_error(), "{}", over.status);
    assert_eq!(who(&mut browser).await, None);
    let again = browser
        .submit(&over, "Email me a sign-in code", &[("Email address", ADA)])
        .await
        .expect_status(200);
    let fresh = house.mail.wait_for_mails(ADA, 3).await[2].code();
    let landed = browser
        .submit_only(&again, "Continue", &[("Sign-in code", &fresh)])
        .await;
    assert_eq!(landed.expect_status(303).location(), Some(TICKET));

    // And the browser of old is still on its way.
    let mut old = house.browser();
    old.set_cookie("doorward_browser", &kept.value);
    let landed = old.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await;
    assert_eq!(landed.expect_status(303).location(), Some(TICKET));
}

#[tokio::test]
async fn b13_two_tabs_go_two_ways() {
    let house = House::without_waits().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let first = ask_code(&mut browser, TO_TICKET, ADA).await.expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    let second = ask_code(&mut browser, "/sign-in?return_to=/requests/new", "bo@acme.test")
        .await
        .expect_status(200);
    assert_ne!(first.path, second.path, "two tabs are two attempts");
    let landed = browser
        .submit_only(&first, "Continue", &[("Sign-in code", &code)])
        .await;
    assert_eq!(landed.expect_status(303).location(), Some(TICKET));
    // The other tab, looked at again, goes where it was going now that the browser is signed in.
    let moved = browser.get(&second.path).await.expect_status(303);
    assert_eq!(moved.location(), Some("/requests/new"));
}

#[tokio::test]
async fn b13_the_same_address_asked_for_in_a_second_tab_keeps_the_later_tabs_way() {
    let house = House::without_waits().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    ask_code(&mut browser, TO_TICKET, ADA).await.expect_status(200);
    let later = ask_code(&mut browser, "/sign-in?return_to=/requests/new", ADA)
        .await
        .expect_status(200);
    let code = house.mail.wait_for_mails(ADA, 2).await[1].code();
    let landed = browser
        .submit_only(&later, "Continue", &[("Sign-in code", &code)])
        .await;
    assert_eq!(landed.expect_status(303).location(), Some("/requests/new"));
}

#[tokio::test]
async fn b13_a_ticket_survives_a_forgotten_password() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let door = browser.visit(TO_TICKET).await.expect_status(200);
    let link = door.html().link("Forgot password?").expect("the link").to_owned();
    let page = browser.visit(&link).await.expect_status(200);
    browser
        .submit(&page, "Send reset email", &[("Email address", ADA)])
        .await
        .expect_status(200);
    let link = house.mail.wait_for_mail(ADA).await.link();

    // The mail is opened on another device.
    let mut phone = house.browser();
    let path = path_of(&phone, &link);
    let page = phone.visit(&path).await.expect_status(200);
    let done = phone
        .submit(&page, "Set password", &[("New password", &password)])
        .await
        .expect_status(200);
    let door = done.html().link("Sign in").expect("the way on").to_owned();
    let page = phone.visit(&door).await.expect_status(200);
    let typed = [("Email address", ADA), ("Password", password.as_str())];
    let landed = phone.submit_only(&page, "Sign in", &typed).await.expect_status(303);
    assert_eq!(landed.location(), Some(TICKET));
}

#[tokio::test]
async fn b13_a_ticket_survives_signing_up() {
    let house = House::new().await;
    let mut browser = house.browser();
    let door = browser.visit(TO_TICKET).await.expect_status(200);
    let link = door
        .html()
        .link("Need an account? Sign up.")
        .expect("the link")
        .to_owned();
    let page = browser.visit(&link).await.expect_status(200);
    let password = fresh_password();
    let typed = [
        ("Full name", "Ada"),
        ("Email address", ADA),
        ("Password", password.as_str()),
    ];
    let page = browser.submit(&page, "Sign up", &typed).await.expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    let landed = browser
        .submit_only(&page, "Continue", &[("Verification code", &code)])
        .await;
    assert_eq!(landed.expect_status(303).location(), Some(TICKET));
}

#[tokio::test]
async fn b13_whoever_is_signed_in_goes_straight_on() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    super::sign_in(&mut browser, ADA, &password).await.expect_status(303);
    let moved = browser.get(TO_TICKET).await.expect_status(303);
    assert_eq!(moved.location(), Some(TICKET));
}
