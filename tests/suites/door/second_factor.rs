//! B11, B12: two-factor authentication, for everybody, each for themself, with the words and steps of S14–S22; and from then
//! on asked for at every way in, whichever it is.

use doorward_tests::account::{TwoFactor, codes_of, enable_two_factor, phone_of, security, set_up};
use doorward_tests::authenticator_app::AuthenticatorApp;
use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::passkey::Passkey;
use reqwest::Method;
use serde_json::{Value, json};

use super::routes::{self, Route, filled};
use super::{
    ADA, House, TICKET, TO_TICKET, app, as_owner, ask_code, ask_reset, ask_sign_up, limits, path_of, refuses,
    refuses_app, says, sign_in, text, who, without_waits,
};

const HEADING: &str = "Two-factor authentication";
/// What stands on the page after a wrong, or used, second factor.
const WRONG: &str = "That code is not right, or was used already.";

/// Ada signed in with her password, and two-factor authentication on.
async fn ada_with_two_factor(house: &House, password: &str) -> (Browser, TwoFactor) {
    house.ada(password);
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, password).await.expect_status(303);
    let factor = enable_two_factor(&mut browser).await;
    (browser, factor)
}

/// Types a code at the second step; answers what came, redirect not followed.
async fn second(browser: &mut Browser, page: &Page, code: &str) -> Page {
    let typed = [("Authentication code", code)];
    browser.submit_only(page, "Continue", &typed).await
}

/// From the sign-in page to the second step, by password.
async fn half(browser: &mut Browser, email: &str, password: &str) -> Page {
    let moved = sign_in(browser, email, password).await.expect_status(303);
    is_half(browser, moved).await
}

/// The page that the answer leads to is the second step, and nobody is signed in.
async fn is_half(browser: &mut Browser, moved: Page) -> Page {
    let page = browser.follow(moved).await.expect_status(200);
    assert_eq!(page.html().heading(), HEADING, "{}", page.path);
    assert_eq!(who(browser).await, None, "half signed in is not signed in");
    page
}

/// S14–S22, word by word, for one person who has just signed in.
async fn the_steps(house: &House, browser: &mut Browser, email: &str, password: &str) {
    // S17: the name, Edit profile, Manage two-factor authentication, Enable.
    let page = security(browser).await;
    let html = page.html();
    assert!(
        html.texts("h2")
            .contains(&"Manage two-factor authentication".to_owned()),
        "{:?}",
        html.texts("h2")
    );
    assert!(
        html.has_button("Enable") && !html.has_button("Disable"),
        "{:?}",
        html.button_names()
    );
    let key_page = browser.submit(&page, "Enable", &[]).await.expect_status(200);
    assert_eq!(
        key_page.path, "/account/security/two-factor",
        "no key stands in an address"
    );
    // S18: the QR code as an image with a text in its place, a link for the phone that shows it, the key as text.
    let html = key_page.html();
    let picture = html.elements("div").find(|node| node.attribute("role") == Some("img"));
    let alt = picture
        .and_then(|node| node.attribute("aria-label"))
        .unwrap_or_default();
    assert!(alt.contains("QR code"), "{alt:?}");
    let mut phone = phone_of(&key_page);
    assert_eq!(phone.bits(), 160, "R68");
    let step = phone.next_step().await;
    assert_eq!(
        phone.code_of(step),
        phone.code_by_oathtool(step),
        "as oathtool reads the key"
    );
    // S19, S20: nothing is on before a right code.
    let code_page = browser.submit(&key_page, "Next", &[]).await.expect_status(200);
    assert_eq!(code_page.html().field_names(), ["Enter authentication code"]);
    let wrong = [("Enter authentication code", phone.wrong_code())];
    let wrong = wrong.each_ref().map(|(label, code)| (*label, code.as_str()));
    let told = browser
        .submit_only(&code_page, "Enable two-factor authentication", &wrong)
        .await;
    refuses(&told, 401, "That code is not right.");
    let half_way = browser.visit("/account/security").await.expect_status(200);
    assert!(half_way.html().has_button("Enable"), "it is not on");
    sign_in(&mut house.browser(), email, password)
        .await
        .expect_status(303)
        .location()
        .filter(|to| !to.contains("second-factor"))
        .expect("no second step before it is on");
    let code = phone.code_by_oathtool(step);
    let typed = [("Enter authentication code", code.as_str())];
    let shown = browser
        .submit_only(&told, "Enable two-factor authentication", &typed)
        .await
        .expect_status(200);
    // S21: backup codes, with the urge to keep them.
    assert_eq!(shown.html().heading(), "Your backup codes");
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    let said = shown.html().text();
    for words in [
        "Save them now: print them, download them, or take a screenshot.",
        "Two-factor authentication is on.",
    ] {
        assert!(said.contains(words), "{words:?}: {said}");
    }
    for button in ["Download", "I have saved these codes"] {
        assert!(
            shown.html().has_button(button),
            "{button}: {:?}",
            shown.html().button_names()
        );
    }
    // Copy and Print need a script, and are not offered without one.
    for (name, hidden) in [("Copy", true), ("Print", true)] {
        assert_eq!(!shown.html().has_button(name), hidden, "{name}");
    }
    let codes = codes_of(&shown);
    for code in &codes {
        let bare: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        assert_eq!(bare.len(), 13, "{code}: 65 bits (R74)");
    }
    let file = browser.submit_only(&shown, "Download", &[]).await.expect_status(200);
    assert_eq!(file.header("cache-control"), Some("no-store"));
    assert!(
        file.header("content-disposition")
            .is_some_and(|kind| kind.starts_with("attachment"))
    );
    assert!(codes.iter().all(|code| file.body().contains(code)), "{}", file.body());
    let after = browser
        .submit(&shown, "I have saved these codes", &[])
        .await
        .expect_status(200);
    let said = after.html().text();
    assert!(said.contains("10 backup codes left"), "{said}");
    assert!(codes.iter().all(|code| !said.contains(code)), "they are shown once");
    for button in ["Disable", "New backup codes"] {
        assert!(
            after.html().has_button(button),
            "{button}: {:?}",
            after.html().button_names()
        );
    }
    let notice = house
        .mail
        .wait_for_subject(email, "Two-factor authentication is on")
        .await;
    assert!(notice.text().contains("If this wasn’t you"), "{}", notice.text());

    // S16: asked at the next sign-in; S22: any backup code in place of the app's.
    let mut elsewhere = house.browser();
    let page = half(&mut elsewhere, email, password).await;
    assert_eq!(page.html().field_names(), ["Authentication code"], "one field for both");
    let told = second(&mut elsewhere, &page, &code).await;
    refuses(&told, 401, WRONG);
    let code = phone.next_code().await;
    second(&mut elsewhere, &told, &code).await.expect_status(303);
    assert_eq!(who(&mut elsewhere).await.as_deref(), Some(email));
    let mut lost = house.browser();
    let page = half(&mut lost, email, password).await;
    // As people type: small letters, without the dashes, a look-alike.
    let typed = codes[3]
        .to_lowercase()
        .replace('-', " ")
        .replace('0', "o")
        .replace('1', "l");
    second(&mut lost, &page, &typed).await.expect_status(303);
    assert_eq!(who(&mut lost).await.as_deref(), Some(email));
    let used = house.mail.wait_for_subject(email, "backup code").await;
    assert!(used.text().contains("9 are left"), "B12: {}", used.text());
    let page = half(&mut house.browser(), email, password).await;
    assert!(!page.body().contains(codes[3].as_str()));
}

#[tokio::test]
async fn s14_to_s22_for_a_customer() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, &password).await.expect_status(303);
    the_steps(&house, &mut browser, ADA, &password).await;
}

#[tokio::test]
async fn s14_to_s22_for_a_collaborator_and_an_agent() {
    let house = House::new().await;
    for role in ["collaborator", "agent"] {
        let (email, password) = (format!("{role}@acme.test"), fresh_password());
        house.person(&email, role, &password);
        let mut browser = house.browser();
        sign_in(&mut browser, &email, &password).await.expect_status(303);
        the_steps(&house, &mut browser, &email, &password).await;
    }
}

#[tokio::test]
async fn s14_to_s22_for_the_owner() {
    let house = House::new().await;
    let password = fresh_password();
    let email = house.owner(&password).await;
    let mut browser = house.browser();
    sign_in(&mut browser, &email, &password).await.expect_status(303);
    the_steps(&house, &mut browser, &email, &password).await;
}

/// Every way in that exists asks for the code, on pages and in JSON; none opens a session before (R73). After it, people
/// are where they were going (B13).
#[tokio::test]
async fn b11_every_way_in_asks_for_the_second_factor() {
    let house = House::with(without_waits).await;
    let password = fresh_password();
    let (_, mut factor) = ada_with_two_factor(&house, &password).await;
    let mut codes = factor.codes.clone().into_iter();
    let mut next = || codes.next().expect("ten ways at the most");

    // Password, on the way to a ticket; with the app's code this once.
    let mut browser = house.browser();
    let page = browser.visit(TO_TICKET).await.expect_status(200);
    let typed = [("Email address", ADA), ("Password", password.as_str())];
    let moved = browser.submit_only(&page, "Sign in", &typed).await.expect_status(303);
    let page = is_half(&mut browser, moved).await;
    let code = factor.phone.next_code().await;
    let landed = second(&mut browser, &page, &code).await.expect_status(303);
    assert_eq!(landed.location(), Some(TICKET), "password");

    // Emailed code.
    let mut browser = house.browser();
    let before = house.mail.codes_to(ADA).await.len();
    let page = ask_code(&mut browser, TO_TICKET, ADA).await.expect_status(200);
    let code = house.mail.wait_for_code(ADA, before).await;
    let typed = [("Sign-in code", code.as_str())];
    let moved = browser.submit_only(&page, "Continue", &typed).await.expect_status(303);
    let page = is_half(&mut browser, moved).await;
    let landed = second(&mut browser, &page, &next()).await.expect_status(303);
    assert_eq!(landed.location(), Some(TICKET), "emailed code");

    // Signing up with an address that has an account.
    let mut browser = house.browser();
    let before = house.mail.codes_to(ADA).await.len();
    let page = ask_sign_up(&mut browser, ADA, &fresh_password())
        .await
        .expect_status(200);
    let code = house.mail.wait_for_code(ADA, before).await;
    let typed = [("Verification code", code.as_str())];
    let moved = browser.submit_only(&page, "Continue", &typed).await.expect_status(303);
    let page = is_half(&mut browser, moved).await;
    second(&mut browser, &page, &next()).await.expect_status(303);

    // A forgotten password: setting a new one signs nobody in, and the new one is the first factor only.
    let mut browser = house.browser();
    ask_reset(&mut browser, ADA).await.expect_status(200);
    let link = house.mail.wait_for_words(ADA, "/reset-password/").await.link();
    let page = browser.visit(&path_of(&browser, &link)).await.expect_status(200);
    let password = fresh_password();
    let done = browser
        .submit(&page, "Set password", &[("New password", &password)])
        .await
        .expect_status(200);
    says(&done, 200, "These can also sign in to your account.");
    assert_eq!(who(&mut browser).await, None);
    let page = half(&mut browser, ADA, &password).await;
    second(&mut browser, &page, &next()).await.expect_status(303);

    // Apps: by password, and by an emailed code.
    let body = json!({"email": ADA, "password": password, "return_to": TICKET});
    let told = app(&mut house.browser(), "/api/v1/sign-in/password", body)
        .await
        .expect_status(200);
    is_half_app(&told);
    let body = json!({"flow": text(&told, "/flow"), "code": next()});
    let told = app(&mut house.browser(), "/api/v1/sign-in/second-factor", body)
        .await
        .expect_status(200);
    assert_eq!(
        (text(&told, "/outcome"), text(&told, "/return_to")),
        ("signed_in".to_owned(), TICKET.to_owned())
    );

    let before = house.mail.codes_to(ADA).await.len();
    let told = app(&mut house.browser(), "/api/v1/sign-in/code", json!({"email": ADA})).await;
    let flow = text(&told.expect_status(202), "/flow");
    let code = house.mail.wait_for_code(ADA, before).await;
    let body = json!({"flow": flow, "code": code});
    let told = app(&mut house.browser(), "/api/v1/sign-in/code/verify", body)
        .await
        .expect_status(200);
    is_half_app(&told);

    // Signing up from an app.
    let before = house.mail.codes_to(ADA).await.len();
    let body = json!({"name": "Ada", "email": ADA, "password": fresh_password()});
    let told = app(&mut house.browser(), "/api/v1/sign-up", body)
        .await
        .expect_status(202);
    let code = house.mail.wait_for_code(ADA, before).await;
    let body = json!({"flow": text(&told, "/flow"), "code": code});
    let told = app(&mut house.browser(), "/api/v1/sign-up/verify", body)
        .await
        .expect_status(200);
    is_half_app(&told);

    // Every method that the sign-in check names is one of those above; a new one has to be added here.
    let methods = house.explain(ADA);
    for word in ["password", "code", "passkey"] {
        assert!(methods.to_lowercase().contains(word), "{word}: {methods}");
    }
}

fn is_half_app(told: &Page) {
    assert_eq!(text(told, "/outcome"), "second_factor_required");
    assert!(told.json().get("session").is_none(), "{}", told.body());
}

/// A passkey, made with user verification, is both factors in one; and it answers the second step (B10).
#[tokio::test]
async fn b10_a_passkey_is_both_factors_and_answers_the_second_step_too() {
    let house = House::new().await;
    let password = fresh_password();
    let (_, mut factor) = ada_with_two_factor(&house, &password).await;
    let mut phone = house.browser();
    let token = house
        .token_with(&mut phone, ADA, &password, &factor.phone.next_code().await)
        .await;
    let mut device = house.passkey(&mut phone, &token).await;

    let asked = app(&mut phone, "/api/v1/sign-in/passkey/options", json!({}))
        .await
        .expect_status(200);
    let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": device.answer(&asked.json()["options"])});
    let told = app(&mut phone, "/api/v1/sign-in/passkey", body)
        .await
        .expect_status(200);
    assert_eq!(text(&told, "/outcome"), "signed_in");
    assert_eq!(text(&told, "/session/method"), "passkey");

    let body = json!({"email": ADA, "password": password});
    let half = app(&mut phone, "/api/v1/sign-in/password", body)
        .await
        .expect_status(200);
    is_half_app(&half);
    assert_eq!(half.json()["passkey"], true);
    let flow = text(&half, "/flow");
    let asked = app(&mut phone, "/api/v1/sign-in/passkey/options", json!({"flow": flow}))
        .await
        .expect_status(200);
    let answer = device.answer(&asked.json()["options"]);
    let body = json!({"flow": flow, "ceremony": text(&asked, "/ceremony"), "answer": answer});
    let told = app(&mut phone, "/api/v1/sign-in/passkey", body)
        .await
        .expect_status(200);
    assert_eq!(text(&told, "/outcome"), "signed_in");
}

/// R76: what does not hold opens nothing, whichever part of the answer is wrong, and a challenge is one person's, one
/// purpose's, once.
#[tokio::test]
async fn r76_forged_answers_of_passkeys_open_nothing() {
    type Lie = Box<dyn Fn(&mut doorward_tests::passkey::Draft)>;
    let house = House::with(|setup| limits(setup, &[("PASSKEYS_PER_ACCOUNT", "20")])).await;
    let password = fresh_password();
    house.ada(&password);
    let mut phone = house.browser();
    let token = house.token(&mut phone, ADA, &password).await;
    let mut device = house.passkey(&mut phone, &token).await;
    let bea_password = fresh_password();
    house
        .server
        .create_person("acme", "bea@acme.test", "Bea", &bea_password);
    let bea = house.token(&mut house.browser(), "bea@acme.test", &bea_password).await;
    let beas = house.passkey(&mut phone, &bea).await;
    let beas_handle = beas.handle();
    // A first good use, from which the counter may only go up.
    let asked = app(&mut phone, "/api/v1/sign-in/passkey/options", json!({}))
        .await
        .expect_status(200);
    let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": device.answer(&asked.json()["options"])});
    app(&mut phone, "/api/v1/sign-in/passkey", body)
        .await
        .expect_status(200);
    let lies: Vec<(&str, Lie)> = vec![
        (
            "another origin",
            Box::new(|draft| draft.origin = "http://evil.localhost:1".to_owned()),
        ),
        (
            "another scheme",
            Box::new(|draft| draft.origin = draft.origin.replace("http:", "https:")),
        ),
        ("another name", Box::new(|draft| draft.rp_id = "localhost".to_owned())),
        ("nobody verified", Box::new(|draft| draft.verified = false)),
        ("nobody there", Box::new(|draft| draft.present = false)),
        ("a broken signature", Box::new(|draft| draft.tampered = true)),
        (
            "another kind",
            Box::new(|draft| draft.kind = "webauthn.create".to_owned()),
        ),
        ("another challenge", Box::new(|draft| draft.challenge = "A".repeat(43))),
        ("an unknown passkey", Box::new(|draft| draft.credential = vec![7; 20])),
        ("nobody's handle", Box::new(|draft| draft.handle = None)),
        (
            "somebody else's handle",
            Box::new(move |draft| draft.handle = Some(beas_handle.clone())),
        ),
        ("a counter that stood still", Box::new(|draft| draft.counter = 1)),
        ("a counter that went back", Box::new(|draft| draft.counter = 0)),
    ];
    for (what, lie) in lies {
        let asked = app(&mut phone, "/api/v1/sign-in/passkey/options", json!({}))
            .await
            .expect_status(200);
        let options = asked.json()["options"].clone();
        let forged = device.answer_with(&options, |draft| lie(draft));
        let ceremony = text(&asked, "/ceremony");
        let told = app(
            &mut phone,
            "/api/v1/sign-in/passkey",
            json!({"ceremony": ceremony, "answer": forged}),
        )
        .await;
        assert_eq!(told.status, 401, "{what}: {}", told.body());
        refuses_app(&told, 401, "passkey-wrong");
        // A right answer to the same challenge comes too late: the failed one has ended it.
        let right = device.answer(&options);
        let told = app(
            &mut phone,
            "/api/v1/sign-in/passkey",
            json!({"ceremony": ceremony, "answer": right}),
        )
        .await;
        refuses_app(&told, 401, "passkey-wrong");
    }
    // A challenge to show a passkey as a fresh proof, or to add one, signs nobody in.
    for path in [
        "/api/v1/session/proof/passkey/options",
        "/api/v1/account/passkeys/options",
    ] {
        let asked = as_owner(&mut phone, Method::POST, path, &token, Some(json!({})))
            .await
            .expect_status(200);
        let mut options = asked.json()["options"].clone();
        if options.pointer("/publicKey/rpId").is_none() {
            options["publicKey"]["rpId"] = options["publicKey"]["rp"]["id"].clone();
        }
        let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": device.answer(&options)});
        refuses_app(
            &app(&mut phone, "/api/v1/sign-in/passkey", body).await,
            401,
            "passkey-wrong",
        );
    }
    // A challenge of one workspace is none in another.
    house.server.create_workspace("globex", "Globex");
    let asked = app(&mut phone, "/api/v1/sign-in/passkey/options", json!({}))
        .await
        .expect_status(200);
    let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": device.answer(&asked.json()["options"])});
    let mut there = house.server.browser("globex");
    refuses_app(
        &app(&mut there, "/api/v1/sign-in/passkey", body).await,
        401,
        "passkey-wrong",
    );
    // After all of this the passkey still signs in.
    let asked = app(&mut phone, "/api/v1/sign-in/passkey/options", json!({}))
        .await
        .expect_status(200);
    let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": device.answer(&asked.json()["options"])});
    app(&mut phone, "/api/v1/sign-in/passkey", body)
        .await
        .expect_status(200);
}

/// R76: a challenge is the browser's that asked for it, whoever else learns of the answer.
#[tokio::test]
async fn r76_a_challenge_is_one_browsers() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut phone = house.browser();
    let token = house.token(&mut phone, ADA, &password).await;
    let mut device = house.passkey(&mut phone, &token).await;
    let mut hers = house.browser();
    let mut thief = house.browser();
    let mut tokens = Vec::new();
    for browser in [&mut hers, &mut thief] {
        let door = browser.visit("/sign-in").await.expect_status(200);
        let form = door.html().submission("Sign in", &[]).fields;
        let token = form.into_iter().find(|(name, _)| name == "form_token");
        tokens.push(token.expect("a form's token").1);
    }
    let asked = app(&mut hers, "/sign-in/passkey/options", json!({}))
        .await
        .expect_status(200);
    let (ceremony, answer) = (
        text(&asked, "/ceremony"),
        device.answer(&asked.json()["options"]).to_string(),
    );
    let fields = |token: &str| {
        [
            ("form_token", token.to_owned()),
            ("ceremony", ceremony.clone()),
            ("answer", answer.clone()),
        ]
    };
    for (browser, token, expected) in [(&mut thief, &tokens[1], 401), (&mut hers, &tokens[0], 303)] {
        let fields = fields(token);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let told = browser.post("/sign-in/passkey", &fields).await;
        assert_eq!(told.status, expected, "{}", told.html().text());
        assert_eq!(who(browser).await.is_some(), expected == 303);
    }
    // Nor does an app, which has no browser, get on with it.
    let asked = app(&mut hers, "/sign-in/passkey/options", json!({}))
        .await
        .expect_status(200);
    let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": device.answer(&asked.json()["options"])});
    refuses_app(
        &app(&mut phone, "/api/v1/sign-in/passkey", body).await,
        401,
        "passkey-wrong",
    );
}

/// R69, R70: the window is one step to either side, and each step is good once, in whichever order.
#[tokio::test]
async fn r70_a_code_is_good_once_and_none_before_it_is_good_afterwards() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut phone = house.browser();
    let token = house.token(&mut phone, ADA, &password).await;
    let (mut app_on_phone, _) = house.enrol(&mut phone, &token).await;
    let enrolled_at = app_on_phone.next_step().await - 1;
    // The code that turned it on, and the one before it.
    for step in [enrolled_at, enrolled_at - 1] {
        let told = house.second_app(&password, &app_on_phone.code_of(step)).await;
        refuses_app(&told, 401, "second-factor-wrong");
    }
    let step = app_on_phone.next_step().await;
    for far in [step - 3, step + 3] {
        refuses_app(
            &house.second_app(&password, &app_on_phone.code_of(far)).await,
            401,
            "second-factor-wrong",
        );
    }
    house
        .second_app(&password, &app_on_phone.code_of(step))
        .await
        .expect_status(200);
    for used in [step, step - 1] {
        refuses_app(
            &house.second_app(&password, &app_on_phone.code_of(used)).await,
            401,
            "second-factor-wrong",
        );
    }
    let told = house.explain(ADA);
    assert!(told.contains("second-factor-replayed"), "the receipt tells why: {told}");
    // Taking the app off and setting it up again does not make a step good again (R70).
    let next = app_on_phone.next_code().await;
    let told = house.second_app(&password, &next).await.expect_status(200);
    let token = text(&told, "/session/token");
    as_owner(
        &mut phone,
        Method::DELETE,
        "/api/v1/account/two-factor?confirmed=true",
        &token,
        None,
    )
    .await
    .expect_status(204);
}

/// B12: which are left is told by mail and warned of at three; new ones void the old ones.
#[tokio::test]
async fn b12_backup_codes_run_low_and_are_made_anew() {
    let house = House::new().await;
    let password = fresh_password();
    let (_, mut factor) = ada_with_two_factor(&house, &password).await;
    for (used, code) in factor.codes.clone().iter().take(7).enumerate() {
        let mut browser = house.browser();
        let page = half(&mut browser, ADA, &password).await;
        second(&mut browser, &page, code).await.expect_status(303);
        let page = browser.visit("/account/security").await.expect_status(200);
        let said = page.html().text();
        let left = 9 - used;
        assert!(said.contains(&format!("{left} backup codes left")), "{said}");
        assert_eq!(said.contains("Make new ones"), left <= 3, "{said}");
        if left == 3 {
            let mail = house.mail.wait_for_words(ADA, "3 are left").await;
            assert!(mail.text().contains("make new ones"), "{}", mail.text());
            let shown = browser
                .submit_only(&page, "New backup codes", &[])
                .await
                .expect_status(200);
            let fresh = codes_of(&shown);
            assert!(fresh.iter().all(|code| !factor.codes.contains(code)));
            let mut other = house.browser();
            let page = half(&mut other, ADA, &password).await;
            let told = second(&mut other, &page, &factor.codes[8]).await;
            refuses(&told, 401, WRONG);
            second(&mut other, &told, &fresh[0]).await.expect_status(303);
            house.mail.wait_for_subject(ADA, "New backup codes").await;
        }
    }
    let code = factor.phone.next_code().await;
    let mut browser = house.browser();
    let page = half(&mut browser, ADA, &password).await;
    second(&mut browser, &page, &code).await.expect_status(303);
}

/// R73: whoever is half signed in reaches nothing but the second step: every page and every call is asked, with the
/// attempt in cookie, address and body.
#[tokio::test]
async fn r73_whoever_is_half_signed_in_reaches_nothing_but_the_second_step() {
    let house = House::with(without_waits).await;
    let password = fresh_password();
    let (_, mut factor) = ada_with_two_factor(&house, &password).await;
    let mut browser = house.browser();
    let page = half(&mut browser, ADA, &password).await;
    let query = page.path.split_once('?').map_or("", |(_, query)| query).to_owned();
    let flow = query
        .split('&')
        .find_map(|part| part.strip_prefix("flow="))
        .expect("the attempt stands in the address")
        .to_owned();
    let name = |page: &Page| page.html().has_button("Ada") || page.html().link("Edit profile").is_some();
    for Route { method, path } in routes::pages() {
        let path = filled(&path);
        let own = if method == "GET" {
            browser.visit(&format!("{path}?{query}")).await
        } else {
            let token = page
                .html()
                .submission("Continue", &[("Authentication code", "")])
                .fields;
            let mut fields: Vec<(&str, &str)> = token.iter().map(|(name, value)| (&**name, &**value)).collect();
            fields.retain(|(name, _)| *name != "code");
            fields.extend([
                ("email", "ada@elsewhere.test"),
                ("password", "another password entirely"),
                ("new_password", "another password entirely"),
                ("name", "Eve"),
                ("id", "0193fcb8-0000-4000-8000-000000000001"),
            ]);
            browser.post(&path, &fields).await
        };
        assert!(!own.status.is_server_error(), "{method} {path}: {}", own.status);
        assert!(!name(&own), "{method} {path} greets somebody who is half signed in");
        assert!(!own.body().contains(ADA), "{method} {path} tells whose account it is");
        assert_eq!(who(&mut browser).await, None, "{method} {path} signed in");
        let is_account = path.starts_with("/account");
        if is_account && method == "GET" {
            assert_ne!(own.html().heading(), "Security", "{path}");
            let is_led_away = own.path.starts_with("/sign-in") || own.status.is_client_error();
            assert!(is_led_away, "{path} was reached: {} {}", own.status, own.path);
        }
    }
    let mut machine = house.browser();
    let body = json!({"email": ADA, "password": password});
    let half_app = app(&mut machine, "/api/v1/sign-in/password", body)
        .await
        .expect_status(200);
    is_half_app(&half_app);
    let app_flow = text(&half_app, "/flow");
    for Route { method, path } in routes::api(&mut machine).await {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        for flow in [&app_flow, &flow] {
            for bearer in [format!("Bearer {flow}"), format!("Flow {flow}")] {
                let headers = [
                    ("authorization", bearer.as_str()),
                    ("content-type", "application/json"),
                    ("accept", "application/json"),
                ];
                let body =
                    json!({"flow": flow, "password": "another password entirely", "email": "ada@elsewhere.test"});
                let body = if method == Method::GET {
                    Vec::new()
                } else {
                    body.to_string().into_bytes()
                };
                let told = machine.send(method.clone(), &filled(&path), &headers, body).await;
                let is_open = path.ends_with("openapi.json")
                    || path == "/api/v1/sign-in/methods"
                    || path == "/api/v1/sign-in/help"
                    || told.status == 202;
                assert!(
                    told.status.is_client_error() || is_open,
                    "{method} {path}: {} {}",
                    told.status,
                    told.body()
                );
                assert!(!told.body().contains("Ada"), "{method} {path}: {}", told.body());
            }
        }
    }
    // None of that was lost either: her account is as it was, and the attempt goes on.
    let told = app(
        &mut machine,
        "/api/v1/sign-in/second-factor",
        json!({"flow": app_flow, "code": factor.codes[0]}),
    )
    .await
    .expect_status(200);
    assert_eq!(text(&told, "/user/name"), "Ada");
    let code = factor.phone.next_code().await;
    let mut again = house.browser();
    let page = half(&mut again, ADA, &password).await;
    second(&mut again, &page, &code).await.expect_status(303);
}

/// The attempt is the browser's that began it, whoever else knows its number (R25, R73).
#[tokio::test]
async fn r25_an_attempt_at_its_second_step_is_one_browsers() {
    let house = House::new().await;
    let password = fresh_password();
    let (_, mut factor) = ada_with_two_factor(&house, &password).await;
    let mut browser = house.browser();
    let page = half(&mut browser, ADA, &password).await;
    let mut thief = house.browser();
    let seen = thief.visit(&page.path).await;
    assert_ne!(seen.html().heading(), HEADING, "{}", seen.path);
    let door = thief.visit("/sign-in").await;
    let token = door.html().submission("Sign in", &[]).fields;
    let code = factor.phone.next_code().await;
    let flow = page.path.split("flow=").nth(1).unwrap_or_default().to_owned();
    let flow = flow.split('&').next().unwrap_or_default().to_owned();
    let mut fields: Vec<(&str, &str)> = token.iter().map(|(name, value)| (&**name, &**value)).collect();
    fields.retain(|(name, _)| *name == "form_token");
    fields.extend([("flow", flow.as_str()), ("code", code.as_str())]);
    let told = thief.post("/sign-in/second-factor", &fields).await;
    assert!(told.status.is_client_error(), "{}", told.status);
    assert_eq!(who(&mut thief).await, None);
    let told = app(
        &mut house.browser(),
        "/api/v1/sign-in/second-factor",
        json!({"flow": flow, "code": code}),
    )
    .await;
    refuses_app(&told, 401, "session-expired");
    // The code was not looked at, and so is still good where it belongs.
    second(&mut browser, &page, &code).await.expect_status(303);
}

/// What changes of an account while somebody is half in ends the attempt (R73).
#[tokio::test]
async fn r73_a_new_password_ends_whoever_is_half_in_and_so_does_disabling() {
    let house = House::new().await;
    let password = fresh_password();
    let (_, factor) = ada_with_two_factor(&house, &password).await;
    let mut browser = house.browser();
    let page = half(&mut browser, ADA, &password).await;
    let set = [
        "user",
        "set-password",
        "--workspace",
        "acme",
        "--email",
        ADA,
        "--password-stdin",
    ];
    let fresh = fresh_password();
    house.server.cli_with_input(&set, &fresh).expect_success();
    let told = second(&mut browser, &page, &factor.codes[0]).await;
    assert!(told.status.is_client_error(), "{}: {}", told.status, told.html().text());
    assert_eq!(who(&mut browser).await, None);
    let page = half(&mut browser, ADA, &fresh).await;
    house.disable(ADA);
    let told = second(&mut browser, &page, &factor.codes[1]).await;
    assert!(told.status.is_client_error(), "{}: {}", told.status, told.html().text());
    assert_eq!(who(&mut browser).await, None);
}

fn require(house: &House, whom: &str) {
    let setting = format!("{whom}.two_factor_required=true");
    let args = ["settings", "set", "--workspace", "acme", &setting];
    house.server.cli(&args).expect_success();
}

/// B11: a workspace that requires it leads whoever has none through setting it up on the way in; where they were going
/// survives it.
#[tokio::test]
async fn b11_required_of_everyone_enrolment_is_a_step_of_the_sign_in() {
    let house = House::with(without_waits).await;
    let password = fresh_password();
    house.ada(&password);
    require(&house, "customers");
    let mut browser = house.browser();
    let page = browser.visit(TO_TICKET).await.expect_status(200);
    let typed = [("Email address", ADA), ("Password", password.as_str())];
    let page = browser.submit(&page, "Sign in", &typed).await.expect_status(200);
    assert_eq!(page.html().heading(), "Set up two-factor authentication");
    assert!(page.path.starts_with("/sign-in/second-factor/set-up"), "{}", page.path);
    assert_eq!(who(&mut browser).await, None, "she is not in before it is on");
    for path in ["/account/security", "/account/profile", "/account/security/two-factor"] {
        let away = browser.visit(path).await;
        assert!(away.path.starts_with("/sign-in"), "{path} led to {}", away.path);
    }
    let page = browser.submit(&page, "Set up now", &[]).await.expect_status(200);
    let (mut factor, landed) = set_up(&mut browser, page, None).await;
    assert_eq!(landed.path, TICKET, "where she was going");
    assert_eq!(who(&mut browser).await.as_deref(), Some(ADA));
    let mut elsewhere = house.browser();
    let page = half(&mut elsewhere, ADA, &password).await;
    let code = factor.phone.next_code().await;
    second(&mut elsewhere, &page, &code).await.expect_status(303);

    // The same without pages.
    let bea = fresh_password();
    house.server.create_person("acme", "bea@acme.test", "Bea", &bea);
    let mut machine = house.browser();
    let body = json!({"email": "bea@acme.test", "password": bea, "return_to": TICKET});
    let told = app(&mut machine, "/api/v1/sign-in/password", body)
        .await
        .expect_status(200);
    assert_eq!(text(&told, "/outcome"), "two_factor_enrolment_required");
    assert!(told.json().get("session").is_none());
    let flow = text(&told, "/flow");
    let setup = app(&mut machine, "/api/v1/sign-in/two-factor", json!({"flow": flow}))
        .await
        .expect_status(200);
    let mut phone = AuthenticatorApp::from_url(&text(&setup, "/url"));
    let wrong = json!({"flow": flow, "code": phone.wrong_code()});
    let told = app(&mut machine, "/api/v1/sign-in/two-factor/enable", wrong).await;
    refuses_app(&told, 401, "second-factor-wrong");
    let body = json!({"flow": flow, "code": phone.next_code().await});
    let told = app(&mut machine, "/api/v1/sign-in/two-factor/enable", body)
        .await
        .expect_status(200);
    assert_eq!(
        (text(&told, "/outcome"), text(&told, "/return_to")),
        ("signed_in".to_owned(), TICKET.to_owned())
    );
    assert_eq!(told.json()["backup_codes"].as_array().map(Vec::len), Some(10));
}

#[tokio::test]
async fn b11_required_of_staff_it_is_asked_of_staff_alone() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    house.person("gus@acme.test", "agent", &password);
    require(&house, "staff");
    let mut browser = house.browser();
    let landed = sign_in(&mut browser, ADA, &password).await.expect_status(303);
    assert_eq!(landed.location(), Some("/"));
    let mut browser = house.browser();
    let landed = sign_in(&mut browser, "gus@acme.test", &password)
        .await
        .expect_status(303);
    assert!(
        landed
            .location()
            .is_some_and(|to| to.starts_with("/sign-in/second-factor/set-up"))
    );
    let told = house.explain("gus@acme.test");
    assert!(
        told.contains("two-factor authentication off; required by the workspace"),
        "{told}"
    );
}

/// R71, R75, G4: wrong codes add up over restarts and attempts, a right password gives none of them back, and backup codes
/// have a count of their own.
#[tokio::test]
async fn r71_wrong_codes_of_the_app_are_counted_over_attempts_and_restarts_and_the_paper_stays_open() {
    let mut house = House::new().await;
    let password = fresh_password();
    let (_, mut factor) = ada_with_two_factor(&house, &password).await;
    for turn in 0..5 {
        let mut browser = house.browser();
        let page = half(&mut browser, ADA, &password).await;
        let told = second(&mut browser, &page, &factor.phone.wrong_code()).await;
        refuses(&told, 401, WRONG);
        if turn % 2 == 0 {
            house.server.restart().await;
        }
    }
    let mut browser = house.browser();
    let page = half(&mut browser, ADA, &password).await;
    let code = factor.phone.next_code().await;
    let told = second(&mut browser, &page, &code).await;
    refuses(&told, 429, "Too many attempts. Try again in 15 minutes.");
    assert!(told.header("retry-after").is_some());
    assert_eq!(who(&mut browser).await, None);
    let told = house.second_app(&password, &code).await;
    refuses_app(&told, 429, "try-later");
    // The paper is the way out (R75).
    let mut browser = house.browser();
    let page = half(&mut browser, ADA, &password).await;
    second(&mut browser, &page, &factor.codes[0]).await.expect_status(303);
    // It does not open the app's way again by itself.
    refuses_app(&house.second_app(&password, &code).await, 429, "try-later");
}

#[tokio::test]
async fn r75_wrong_backup_codes_are_counted_by_themselves() {
    let mut house = House::new().await;
    let password = fresh_password();
    let (_, mut factor) = ada_with_two_factor(&house, &password).await;
    for turn in 0..5 {
        let told = house.second_app(&password, "ABCDE-FGHJK-MNP").await;
        refuses_app(&told, 401, "second-factor-wrong");
        if turn == 2 {
            house.server.restart().await;
        }
    }
    refuses_app(&house.second_app(&password, &factor.codes[0]).await, 429, "try-later");
    let code = factor.phone.next_code().await;
    house.second_app(&password, &code).await.expect_status(200);
}

/// What is typed into the one field, as people type it, and what nobody has.
#[tokio::test]
async fn one_field_takes_either_code_however_it_is_typed() {
    let house = House::with(|setup| limits(setup, &[("SECOND_FACTOR_FAILURES_BEFORE_WAIT", "10")])).await;
    let password = fresh_password();
    let (_, mut factor) = ada_with_two_factor(&house, &password).await;
    let arabic = |code: &str| -> String {
        code.chars()
            .map(|digit| char::from_u32(0x660 + digit.to_digit(10).expect("a digit")).expect("a digit"))
            .collect()
    };
    let code = factor.phone.next_code().await;
    house
        .second_app(&password, &format!(" {} {} ", &code[..3], &code[3..]))
        .await
        .expect_status(200);
    let code = factor.phone.next_code().await;
    house.second_app(&password, &arabic(&code)).await.expect_status(200);
    house
        .second_app(&password, &factor.codes[0].replace('-', "").to_lowercase())
        .await
        .expect_status(200);
    let mut browser = house.browser();
    let page = half(&mut browser, ADA, &password).await;
    for (typed, status) in [("", 422), ("12345", 422), ("not a code", 422)] {
        let told = second(&mut browser, &page, typed).await;
        assert_eq!(told.status.as_u16(), status, "{typed:?}: {}", told.html().text());
    }
    for typed in ["\u{0}", "🦊🦊🦊🦊🦊🦊", "-1", "1e5", "000000\r\nX: y"] {
        let told = house.second_app(&password, typed).await;
        assert!(told.status.is_client_error(), "{typed:?}: {}", told.status);
    }
    let told = house.second_app(&password, &"1".repeat(20_000)).await;
    assert!(told.status.is_client_error(), "{}", told.status);
    let told = house.second_app(&password, &factor.codes[1]).await;
    assert!(matches!(told.status.as_u16(), 200), "{}", told.body());
}

/// Turning it off needs a fresh proof, tells by mail, ends the other sessions and asks for no code any more (R72, R77).
#[tokio::test]
async fn r77_turning_it_off_is_told_and_ends_the_other_sessions() {
    let house = House::new().await;
    let password = fresh_password();
    let (mut browser, mut factor) = ada_with_two_factor(&house, &password).await;
    let mut other = house.browser();
    let page = half(&mut other, ADA, &password).await;
    let code = factor.phone.next_code().await;
    second(&mut other, &page, &code).await.expect_status(303);
    let mut half_in = house.browser();
    let waiting = half(&mut half_in, ADA, &password).await;
    let page = security(&mut browser).await;
    let mut off = browser.submit(&page, "Disable", &[]).await;
    if off.html().has_button("Do it anyway") {
        off = browser.submit(&off, "Do it anyway", &[]).await;
    }
    says(&off, 200, "Two-factor authentication is off.");
    assert_eq!(
        who(&mut other).await,
        None,
        "other sessions are over on the next request"
    );
    let told = second(&mut half_in, &waiting, &factor.codes[0]).await;
    assert!(told.status.is_client_error(), "{}", told.status);
    house
        .mail
        .wait_for_subject(ADA, "Two-factor authentication is off")
        .await;
    let landed = sign_in(&mut house.browser(), ADA, &password).await.expect_status(303);
    assert_eq!(landed.location(), Some("/"));
    // A code of then is nothing now, and turning it on again draws another key.
    let page = security(&mut browser).await;
    let page = browser.submit(&page, "Enable", &[]).await.expect_status(200);
    let (again, _) = set_up(&mut browser, page, Some(&factor.phone)).await;
    assert_ne!(again.phone.key(), factor.phone.key());
    refuses_app(
        &house.second_app(&password, &factor.codes[1]).await,
        401,
        "second-factor-wrong",
    );
}

/// Receipts, the sign-in check and help codes tell staff why (C4).
#[tokio::test]
async fn c4_the_sign_in_check_tells_of_the_second_factor() {
    let house = House::new().await;
    let password = fresh_password();
    let (_, factor) = ada_with_two_factor(&house, &password).await;
    let mut browser = house.browser();
    let page = half(&mut browser, ADA, &password).await;
    let told = second(&mut browser, &page, &factor.phone.wrong_code()).await;
    let help = refuses(&told, 401, WRONG);
    let said = house.explain(ADA);
    assert!(said.contains("second-factor-wrong") && said.contains(&help), "{said}");
    let document: Value = serde_json::from_str(
        &house
            .server
            .cli(&["explain", "--workspace", "acme", ADA, "--json"])
            .expect_success()
            .stdout,
    )
    .expect("JSON");
    let all = document.to_string();
    assert!(all.contains("second") && !all.contains(&factor.phone.key()), "{all}");
    assert!(factor.codes.iter().all(|code| !all.contains(code)));
}

impl House {
    /// A person of a role, whose mailbox is proved.
    pub(super) fn person(&self, email: &str, role: &str, password: &str) {
        let args = [
            "user",
            "create",
            "--workspace",
            "acme",
            "--email",
            email,
            "--name",
            "Ada",
            "--role",
            role,
            "--verified",
            "--password-stdin",
        ];
        self.server.cli_with_input(&args, password).expect_success();
    }

    /// The owner, by a fresh link, with this password; answers the address.
    pub(crate) async fn owner(&self, password: &str) -> String {
        let email = "owner@acme.test".to_owned();
        let mut browser = self.browser();
        ask_reset(&mut browser, &email).await.expect_status(200);
        let link = self.mail.wait_for_words(&email, "/reset-password/").await.link();
        let page = browser.visit(&path_of(&browser, &link)).await.expect_status(200);
        browser
            .submit(&page, "Set password", &[("New password", password)])
            .await
            .expect_status(200);
        email
    }

    /// The token of a session that a password opens.
    pub(super) async fn token(&self, browser: &mut Browser, email: &str, password: &str) -> String {
        let body = json!({"email": email, "password": password});
        let told = app(browser, "/api/v1/sign-in/password", body).await.expect_status(200);
        text(&told, "/session/token")
    }

    /// The same with a second factor.
    pub(super) async fn token_with(&self, browser: &mut Browser, email: &str, password: &str, code: &str) -> String {
        let body = json!({"email": email, "password": password});
        let told = app(browser, "/api/v1/sign-in/password", body).await.expect_status(200);
        let body = json!({"flow": text(&told, "/flow"), "code": code});
        let told = app(browser, "/api/v1/sign-in/second-factor", body)
            .await
            .expect_status(200);
        text(&told, "/session/token")
    }

    /// Turns two-factor authentication on by the API.
    pub(super) async fn enrol(&self, browser: &mut Browser, token: &str) -> (AuthenticatorApp, Vec<String>) {
        let path = "/api/v1/account/two-factor";
        let setup = as_owner(browser, Method::POST, path, token, Some(json!({})))
            .await
            .expect_status(200);
        let mut phone = AuthenticatorApp::from_key(&text(&setup, "/key"));
        let body = json!({"code": phone.next_code().await});
        let path = "/api/v1/account/two-factor/enable";
        let told = as_owner(browser, Method::POST, path, token, Some(body))
            .await
            .expect_status(200);
        let codes = told.json()["backup_codes"].as_array().cloned().unwrap_or_default();
        (
            phone,
            codes
                .iter()
                .filter_map(|code| code.as_str().map(str::to_owned))
                .collect(),
        )
    }

    /// Adds a passkey by the API.
    pub(super) async fn passkey(&self, browser: &mut Browser, token: &str) -> Passkey {
        let path = "/api/v1/account/passkeys/options";
        let asked = as_owner(browser, Method::POST, path, token, Some(json!({})))
            .await
            .expect_status(200);
        let mut device = Passkey::at(&format!("http://{}", self.server.host_of("acme")));
        let answer = device.register(&asked.json()["options"]);
        let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": answer, "name": "Her phone"});
        as_owner(browser, Method::POST, "/api/v1/account/passkeys", token, Some(body))
            .await
            .expect_status(201);
        device
    }

    /// Ada's password and this second factor, by the API.
    pub(super) async fn second_app(&self, password: &str, code: &str) -> Page {
        let mut browser = self.browser();
        let body = json!({"email": ADA, "password": password});
        let told = app(&mut browser, "/api/v1/sign-in/password", body)
            .await
            .expect_status(200);
        is_half_app(&told);
        let body = json!({"flow": text(&told, "/flow"), "code": code});
        app(&mut browser, "/api/v1/sign-in/second-factor", body).await
    }
}
