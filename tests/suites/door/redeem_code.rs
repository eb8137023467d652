//! B2, the second half: typing the code.

use std::time::{Duration, Instant};

use doorward_tests::browser::fresh_password;
use serde_json::json;

use super::{ADA, House, app, ask_code, limits, refuses, refuses_app, says, text, until, who, wrong_code};

#[tokio::test]
async fn b2_a_code_signs_in_once_in_any_case_and_spacing_with_look_alikes_forgiven() {
    let house = House::without_waits().await;
    house.ada(&fresh_password());
    for turn in 1..=4 {
        let mut browser = house.browser();
        let page = ask_code(&mut browser, "/sign-in", ADA).await.expect_status(200);
        let code = house.mail.wait_for_mails(ADA, turn).await[turn - 1].code();
        let typed = match turn {
            1 => code.clone(),
            2 => format!(" {}-{} ", &code[..3], &code[3..]).to_lowercase(),
            3 => code.replace('0', "o").replace('1', "l"),
            _ => code.chars().flat_map(|letter| [letter, ' ']).collect(),
        };
        let landed = browser.submit(&page, "Continue", &[("Sign-in code", &typed)]).await;
        assert_eq!(landed.expect_status(200).path, "/", "{typed:?}");
        assert_eq!(who(&mut browser).await.as_deref(), Some(ADA));

        browser.forget_cookie("doorward_session");
        let again = browser.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await;
        assert!(
            matches!(again.status.as_u16(), 401 | 410),
            "R28: {}",
            again.html().text()
        );
        assert_eq!(who(&mut browser).await, None);
    }
}

#[tokio::test]
async fn r22_a_wrong_code_says_how_many_tries_are_left_and_after_five_none_is_good() {
    let house = House::without_waits().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let page = ask_code(&mut browser, "/sign-in", ADA).await.expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    let wrong = wrong_code(&code);
    for left in [
        "You have 4 more tries.",
        "You have 3 more tries.",
        "You have 2 more tries.",
        "You have one more try.",
    ] {
        let told = browser
            .submit_only(&page, "Continue", &[("Sign-in code", &wrong)])
            .await;
        refuses(
            &told,
            401,
            "That code is not right. Check the email and enter it again.",
        );
        says(&told, 401, left);
    }
    let told = browser
        .submit_only(&page, "Continue", &[("Sign-in code", &wrong)])
        .await;
    refuses(&told, 401, "That code can’t be used any more. Ask for a new one.");
    let told = browser.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await;
    assert_eq!(told.status, 401, "{}", told.html().text());
    assert_eq!(who(&mut browser).await, None);
}

#[tokio::test]
async fn b2_what_cannot_be_a_code_is_asked_for_again_and_costs_no_try() {
    let house = House::new().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let page = ask_code(&mut browser, "/sign-in", ADA).await.expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    for _ in 0..4 {
        for (typed, sentence) in [
            ("", "Enter the code from the email."),
            ("ABC23", "A code has 7 letters and digits."),
            ("ABC23456", "A code has 7 letters and digits."),
        ] {
            let told = browser.submit_only(&page, "Continue", &[("Sign-in code", typed)]).await;
            says(&told, 422, sentence);
        }
    }
    let landed = browser.submit(&page, "Continue", &[("Sign-in code", &code)]).await;
    assert_eq!(landed.expect_status(200).path, "/");
}

#[tokio::test]
async fn r25_a_code_is_worth_nothing_in_another_browser_or_for_another_purpose() {
    let house = House::without_waits().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let page = ask_code(&mut browser, "/sign-in", ADA).await.expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    let flow = page.path.split("flow=").nth(1).expect("the attempt's id").to_owned();

    // A thief who knows the attempt and the code, in a browser with a form token of its own.
    let mut thief = house.browser();
    let own = ask_code(&mut thief, "/sign-in", "thief@acme.test")
        .await
        .expect_status(200);
    let token = own.html().submission("Continue", &[]).fields;
    let token = &token
        .iter()
        .find(|(name, _)| name == "form_token")
        .expect("a form token")
        .1;
    let stolen = [("form_token", token.as_str()), ("flow", &flow), ("code", &code)];
    let told = thief.post("/sign-in/code", &stolen).await;
    refuses(&told, 410, "This has taken a while");
    assert_eq!(who(&mut thief).await, None);
    assert!(!told.body().contains(ADA), "whose attempt it is stays unsaid");
    for path in ["/api/v1/sign-in/code/verify", "/api/v1/sign-up/verify"] {
        let told = app(&mut thief, path, json!({"flow": flow, "code": code})).await;
        refuses_app(&told, 401, "session-expired");
    }

    // The right browser, the wrong door.
    let form = page.html().submission("Continue", &[("Sign-in code", &code)]).fields;
    let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    let told = browser.post("/sign-up/verify", &fields).await;
    assert_eq!(told.status, 410, "{}", told.html().text());
    assert_eq!(who(&mut browser).await, None);

    let landed = browser.submit(&page, "Continue", &[("Sign-in code", &code)]).await;
    assert_eq!(
        landed.expect_status(200).path,
        "/",
        "none of it has harmed the owner's code"
    );
}

#[tokio::test]
async fn b2_a_late_first_code_is_as_good_as_the_resent_one() {
    let house = House::without_waits().await;
    house.ada(&fresh_password());
    for which in [0, 1] {
        let mut browser = house.browser();
        let page = ask_code(&mut browser, "/sign-in", ADA).await.expect_status(200);
        let first = house.mail.wait_for_mails(ADA, 2 * which + 1).await.len();
        assert_eq!(first, 2 * which + 1);
        let page = browser.submit(&page, "Resend code", &[]).await.expect_status(200);
        let mails = house.mail.wait_for_mails(ADA, 2 * which + 2).await;
        let codes = [mails[2 * which].code(), mails[2 * which + 1].code()];
        assert_ne!(codes[0], codes[1]);
        let landed = browser
            .submit(&page, "Continue", &[("Sign-in code", &codes[which])])
            .await;
        assert_eq!(landed.expect_status(200).path, "/");
        assert_eq!(who(&mut browser).await.as_deref(), Some(ADA));
    }
}

#[tokio::test]
async fn b2_an_expired_code_says_so_and_has_the_next_one_beside_it_at_once() {
    let life = Duration::from_secs(4);
    let house = House::with(|setup| {
        limits(
            setup,
            &[("CODE_LIFETIME_SECONDS", "4"), ("CODE_RESEND_WAIT_SECONDS", "2")],
        )
    })
    .await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let page = ask_code(&mut browser, "/sign-in?return_to=/tickets/7", ADA)
        .await
        .expect_status(200);
    let code = house.mail.wait_for_mail(ADA).await.code();
    until(Instant::now(), life).await;
    let told = browser.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await;
    refuses(&told, 401, "That code has expired. We can send a new one.");
    assert!(!told.html().is_disabled("Resend code"), "at once");
    let page = browser.submit(&told, "Resend code", &[]).await.expect_status(200);
    let fresh = house.mail.wait_for_mails(ADA, 2).await[1].code();
    let landed = browser.submit(&page, "Continue", &[("Sign-in code", &fresh)]).await;
    assert_eq!(landed.path, "/tickets/7");
    assert_eq!(who(&mut browser).await.as_deref(), Some(ADA));
}

#[tokio::test]
async fn b2_an_app_signs_in_with_a_code_and_is_told_the_tries_it_has_left() {
    let house = House::new().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let sent = app(&mut browser, "/api/v1/sign-in/code", json!({"email": ADA}))
        .await
        .expect_status(202);
    assert_eq!(text(&sent, "/outcome"), "code_sent");
    assert_eq!(text(&sent, "/sent_to"), "a•••@a•••.test");
    let flow = text(&sent, "/flow");
    let code = house.mail.wait_for_mail(ADA).await.code();
    let body = |code: &str| json!({"flow": flow, "code": code});
    let told = app(&mut browser, "/api/v1/sign-in/code/verify", body(&wrong_code(&code))).await;
    refuses_app(&told, 401, "code-wrong");
    assert_eq!(text(&told, "/flow"), flow);
    assert_eq!(told.json()["tries_left"], 4);
    let done = app(&mut browser, "/api/v1/sign-in/code/verify", body(&code))
        .await
        .expect_status(200);
    assert_eq!(text(&done, "/outcome"), "signed_in");
    let again = app(&mut browser, "/api/v1/sign-in/code/verify", body(&code)).await;
    assert_eq!(again.status, 401, "{}", again.body());
}
