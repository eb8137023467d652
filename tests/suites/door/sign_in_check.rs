//! C4 over the wire: broken states, the page's sentence, its button, and the sign-in that then works; B17: the report to the
//! mailbox; C12: the guides, followed step by step by what they say.

use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::html::Document;
use reqwest::Method;
use serde_json::json;

use super::{ADA, House, NOBODY, app, as_portal, ask_code, ask_reset, path_of, says, sign_in, text, who, wrong_code};

const OWNER: &str = "desk@acme.test";
const CHECK: &str = "/admin/sign-in-check";

/// The browser of an owner who is signed in.
async fn owner(house: &House) -> Browser {
    let password = fresh_password();
    let args = [
        "user",
        "create",
        "--workspace",
        "acme",
        "--email",
        OWNER,
        "--role",
        "owner",
        "--verified",
        "--password-stdin",
    ];
    house.server.cli_with_input(&args, &password).expect_success();
    let mut browser = house.browser();
    let landed = sign_in(&mut browser, OWNER, &password).await;
    assert_eq!(landed.status, 303, "{}", landed.body());
    browser
}

async fn check(browser: &mut Browser, asked: &str) -> Page {
    let page = browser.visit(CHECK).await.expect_status(200);
    assert_eq!(page.html().heading(), "Sign-in check");
    browser.submit(&page, "Check", &[("Email address", asked)]).await
}

fn verdict_of(page: &Page) -> String {
    let html = page.html();
    let section = html
        .elements("section")
        .find_map(|node| node.attribute("data-verdict").map(str::to_owned));
    section.unwrap_or_else(|| panic!("no verdict on {}: {}", page.path, html.text()))
}

/// Sets the password that a mailed link offers.
async fn follow_reset(house: &House, email: &str, subject: &str) -> String {
    let password = fresh_password();
    let mail = house.mail.wait_for_subject(email, subject).await;
    let mut browser = house.browser();
    let page = browser.visit(&path_of(&browser, &mail.link())).await.expect_status(200);
    browser
        .submit(&page, "Set password", &[("New password", &password)])
        .await
        .expect_status(200);
    password
}

async fn comes_in(house: &House, email: &str, password: &str) {
    let mut browser = house.browser();
    let landed = sign_in(&mut browser, email, password).await;
    assert_eq!(landed.status, 303, "{email}: {}", landed.html().text());
    assert_eq!(who(&mut browser).await.as_deref(), Some(email));
}

const RESET: &str = "Choose a new password for Acme";

#[tokio::test]
async fn c4_the_page_says_what_is_wrong_and_its_button_makes_the_sign_in_work() {
    let house = House::without_waits().await;
    let mut desk = owner(&house).await;
    let password = fresh_password();
    for name in ["off", "wrong", "five", "code"] {
        house
            .server
            .create_person("acme", &format!("{name}@acme.test"), "Ada", &password);
    }
    house.contact("contact@acme.test");

    house.disable("off@acme.test");
    let page = check(&mut desk, "off@acme.test").await;
    says(&page, 200, "The account is disabled, so no way in works.");
    assert_eq!(verdict_of(&page), "shut");
    let page = desk.submit(&page, "Enable the account", &[]).await;
    says(&page, 200, "The account is enabled.");
    comes_in(&house, "off@acme.test", &password).await;

    sign_in(&mut house.browser(), "wrong@acme.test", "not the password").await;
    let page = check(&mut desk, "wrong@acme.test").await;
    says(&page, 200, "Their last password was wrong.");
    assert_eq!(verdict_of(&page), "hindered");

    for _ in 0..6 {
        sign_in(&mut house.browser(), "five@acme.test", "not the password").await;
    }
    let page = check(&mut desk, "five@acme.test").await;
    says(&page, 200, "Too many wrong passwords: passwords wait for this address.");
    let page = desk.submit(&page, "End the wait", &[]).await;
    says(&page, 200, "The wait is over.");
    comes_in(&house, "five@acme.test", &password).await;

    let mut browser = house.browser();
    let code_page = ask_code(&mut browser, "/sign-in", "code@acme.test").await;
    let code = house.mail.wait_for_mail("code@acme.test").await.code();
    let refused = browser
        .submit(&code_page, "Continue", &[("Sign-in code", &wrong_code(&code))])
        .await;
    let help_code = refused.help_code().expect("a help code");
    let page = check(&mut desk, &help_code.to_lowercase()).await;
    says(&page, 200, "Their last code was wrong, too late or already used.");
    assert!(page.html().text().contains("code-wrong"), "{}", page.html().text());

    let page = check(&mut desk, "contact@acme.test").await;
    assert_eq!(
        verdict_of(&page),
        "open",
        "codes are open to customers: {}",
        page.html().text()
    );

    sign_in(&mut house.browser(), "contact@acme.test", &password).await;
    let page = check(&mut desk, "contact@acme.test").await;
    says(&page, 200, "The account has no password yet.");
}

#[tokio::test]
async fn c4_by_the_api_a_mend_mails_a_link_that_works_and_nothing_else_can_be_asked_for() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    sign_in(&mut house.browser(), ADA, "not the password").await;
    let reads = house.api_key("acme", "sign-in-check:read");
    let writes = house.api_key("acme", "users:write");
    let mut portal = house.browser();
    let path = format!("/api/v1/sign-in-check?email={ADA}");
    let answer = as_portal(&mut portal, Method::GET, &path, &reads, None)
        .await
        .expect_status(200);
    assert_eq!(text(&answer, "/verdict"), "hindered");
    assert_eq!(text(&answer, "/troubles/0/kind"), "wrong-password");
    assert_eq!(text(&answer, "/mends/0/id"), "send-password-reset");
    let mend = |mend: &str| Some(json!({"email": ADA, "mend": mend}));
    let address = "/api/v1/sign-in-check/mend";
    let refused = as_portal(&mut portal, Method::POST, address, &reads, mend("send-password-reset")).await;
    assert_eq!(refused.status, 403, "{}", refused.body());
    let refused = as_portal(&mut portal, Method::POST, address, &writes, mend("enable")).await;
    assert_eq!(refused.status, 409, "{}", refused.body());
    let refused = as_portal(
        &mut portal,
        Method::POST,
        address,
        &writes,
        mend("open-method.customers.passkey"),
    )
    .await;
    assert!(matches!(refused.status.as_u16(), 403 | 409), "{}", refused.body());
    as_portal(&mut portal, Method::POST, address, &writes, mend("send-password-reset"))
        .await
        .expect_status(200);
    let password = follow_reset(&house, ADA, RESET).await;
    comes_in(&house, ADA, &password).await;
}

#[tokio::test]
async fn b17_the_mailbox_gets_its_report_and_the_page_says_the_same_to_all() {
    let house = House::new().await;
    house.ada(&fresh_password());
    house
        .server
        .create_person("acme", "nina@acme.test", "N", &fresh_password());
    let mut told = Vec::new();
    for email in [NOBODY, "nina@acme.test"] {
        let mut browser = house.browser();
        let door = browser.visit("/sign-in").await;
        let link = door.html().link("Trouble signing in?").expect("the link").to_owned();
        let page = browser.visit(&link).await.expect_status(200);
        assert_eq!(page.html().heading(), "Trouble signing in?");
        let sent = browser
            .submit(&page, "Send me a report", &[("Email address", email)])
            .await;
        says(&sent, 200, "We have sent a message to n•••@a•••.test.");
        told.push(sent.html().text());
        let app = app(
            &mut house.browser(),
            "/api/v1/sign-in/trouble",
            json!({ "email": email }),
        )
        .await;
        assert_eq!(app.status, 202, "{}", app.body());
        assert_eq!(text(&app, "/sent_to"), "n•••@a•••.test");
    }
    assert_eq!(told[0], told[1], "R90");
    let mail = house.mail.wait_for_mail(NOBODY).await;
    assert_eq!(mail.subject(), "How to sign in to Acme");
    assert!(
        mail.text().contains("There is no Acme account for this address."),
        "{}",
        mail.text()
    );

    ask_reset(&mut house.browser(), ADA).await;
    let reset = house.mail.wait_for_mail(ADA).await;
    let mut browser = house.browser();
    let page = browser.visit("/sign-in/trouble").await;
    browser
        .submit(&page, "Send me a report", &[("Email address", ADA)])
        .await
        .expect_status(200);
    let report = house.mail.wait_for_subject(ADA, "How to sign in to Acme").await;
    let text = report.text();
    assert!(
        text.contains("Email address and password") && text.contains("Emailed code"),
        "{text}"
    );
    assert!(text.contains("your mail server took it"), "{text}");
    assert!(!text.contains(&reset.link()), "no link that was mailed before: {text}");
}

/// A step as the page states it, in the data that its words are made from.
struct Step {
    action: String,
    what: String,
    label: String,
    path: String,
}

fn steps_of(page: &Document, guide: &str) -> Vec<Step> {
    let section = format!("id=\"{guide}\"");
    let _ = section;
    let mut steps = Vec::new();
    let mut inside = false;
    for node in page.nodes() {
        if node.name == "section" {
            inside = node.attribute("id") == Some(guide);
        }
        if inside && node.name == "li" && node.attribute("data-do").is_some() {
            let of = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
            steps.push(Step {
                action: of("data-do"),
                what: of("data-what"),
                label: of("data-label"),
                path: of("data-path"),
            });
        }
    }
    steps
}

/// Does exactly what a guide says, by the labels that it gives, and nothing else.
async fn follow(house: &House, steps: &[Step], email: &str, password: &str, new: &str) -> Browser {
    let mut browser = house.browser();
    let mut page: Option<Page> = None;
    let mut typed: Vec<(String, String)> = Vec::new();
    let mut mailed = String::new();
    let mut known = password.to_owned();
    for step in steps {
        match step.action.as_str() {
            "open" => page = Some(browser.visit(&step.path).await.expect_status(200)),
            "follow" => {
                let at = page.take().expect("a page");
                let html = at.html();
                let link = html
                    .link(&step.label)
                    .unwrap_or_else(|| panic!("no {:?} on {}", step.label, at.path));
                page = Some(browser.visit(link).await.expect_status(200));
            }
            "fill" => {
                let value = match step.what.as_str() {
                    "address" => email.to_owned(),
                    "password" => known.clone(),
                    "new-password" => {
                        new.clone_into(&mut known);
                        new.to_owned()
                    }
                    "mailed-code" => mailed.clone(),
                    "name" => "Ada King".to_owned(),
                    other => panic!("what is {other}?"),
                };
                typed.push((step.label.clone(), value));
            }
            "press" => {
                let at = page.take().expect("a page");
                let fields: Vec<(&str, &str)> = typed.iter().map(|(label, value)| (&**label, &**value)).collect();
                page = Some(browser.submit(&at, &step.label, &fields).await);
                typed.clear();
            }
            "read-mail" if step.what == "code" => mailed = house.mail.wait_for_mail(email).await.code(),
            "read-mail" => {
                let mail = house.mail.wait_for_mail(email).await;
                let path = path_of(&browser, &mail.link());
                page = Some(browser.visit(&path).await.expect_status(200));
            }
            other => panic!("nobody can do {other} here"),
        }
    }
    browser
}

#[tokio::test]
async fn c12_whoever_does_what_the_guides_say_gets_in_whatever_is_switched_on() {
    let house = House::without_waits().await;
    owner(&house).await;
    let switches = [
        "customers.password",
        "customers.email_code",
        "portal_links",
        "customers.passkey",
    ];
    let mut followed = std::collections::BTreeSet::new();
    for bits in 0_u8..16 {
        let settings: Vec<String> = switches
            .iter()
            .enumerate()
            .map(|(bit, key)| format!("{key}={}", bits & (1 << bit) != 0))
            .collect();
        let mut args = vec!["settings", "set", "--workspace", "acme"];
        args.extend(settings.iter().map(String::as_str));
        house.server.cli(&args).expect_success();
        let page = house.browser().visit("/sign-in/help").await.expect_status(200);
        let html = page.html();
        assert_eq!(html.heading(), "How to sign in");
        let on = |bit: u8| bits & (1 << bit) != 0;
        for (guide, open) in [
            ("password", on(0)),
            ("email-code", on(1)),
            ("portal-link", on(1) && on(2)),
            ("new-password", on(0)),
            ("sign-up", on(0)),
        ] {
            let steps = steps_of(&html, guide);
            assert_eq!(!steps.is_empty(), open, "{guide} under {settings:?}");
            if !open {
                continue;
            }
            let email = format!("{guide}{bits}@acme.test");
            let (password, new) = (fresh_password(), fresh_password());
            if guide != "sign-up" {
                house.server.create_person("acme", &email, "Ada", &password);
            }
            let mut browser = follow(&house, &steps, &email, &password, &new).await;
            assert_eq!(
                who(&mut browser).await.as_deref(),
                Some(&*email),
                "{guide} under {settings:?}"
            );
            followed.insert(guide);
        }
    }
    assert_eq!(followed.len(), 5, "{followed:?}");
}

#[tokio::test]
async fn c12_the_guides_are_framed_by_nobody_unless_it_is_said_and_come_as_data_too() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.get("/sign-in/help?embed=1").await.expect_status(200);
    let policy = page.header("content-security-policy").expect("a policy").to_owned();
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    let answer = browser.get("/api/v1/sign-in/help?for=staff").await.expect_status(200);
    assert_eq!(text(&answer, "/audience"), "staff");
    assert_eq!(text(&answer, "/guides/0/way"), "password");
    assert_eq!(text(&answer, "/guides/0/steps/1/label"), "Email address");
    let html = text(&answer, "/html");
    assert!(html.contains("<ol>") && !html.contains("<script"), "{html}");
}
