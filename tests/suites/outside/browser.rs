//! The pages as people see them in Chromium: with scripts and without, on a phone and on a screen, light and dark, from
//! left to right and from right to left, with a keyboard and with a screen reader's eyes (axe-core).

use std::time::Duration;

use doorward_tests::browser::fresh_password;
use doorward_tests::chrome::{Chrome, ChromeSetup};
use doorward_tests::machine::wait_for;
use doorward_tests::server::{Server, Setup};
use doorward_tests::smtp::SmtpDouble;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::dev;

/// Notes whatever a person would find in the console: refused by the page's own policy, thrown, or not loaded.
const WATCH: &str = r#"
    window.faults = [];
    addEventListener("securitypolicyviolation", (e) => faults.push(`policy: ${e.violatedDirective} ${e.blockedURI}`));
    addEventListener("error", (e) => faults.push(`error: ${e.message || e.target.src || e.target.href}`), true);
    addEventListener("unhandledrejection", (e) => faults.push(`rejection: ${e.reason}`));
    for (const kind of ["error", "warn"]) console[kind] = (...words) => faults.push(`${kind}: ${words.join(" ")}`);
"#;

pub(super) async fn start(setup: ChromeSetup) -> Chrome {
    let chrome = setup.start().await;
    chrome.command("Page.enable", json!({})).await;
    let watch = json!({"source": WATCH});
    chrome.command("Page.addScriptToEvaluateOnNewDocument", watch).await;
    chrome
}

/// Budgets wide enough for a test that stands for many people.
pub(super) fn setup(mail: &SmtpDouble) -> Setup {
    let mut setup = Setup::new().mail(mail);
    for limit in ["FAILURES_PER_NETWORK", "TRIES_PER_NETWORK"] {
        setup = setup.env(&format!("DOORWARD_LIMITS__{limit}_PER_MINUTE"), "10000");
    }
    setup.env("DOORWARD_LIMITS__CODES_PER_ADDRESS_PER_15_MINUTES", "100")
}

pub(super) async fn house(mail: &SmtpDouble) -> (Server, String) {
    let server = setup(mail).start().await;
    server.create_workspace("acme", "Acme");
    let password = fresh_password();
    server.create_person("acme", "ada@acme.test", "Ada Lovelace", &password);
    (server, password)
}

pub(super) async fn eval(chrome: &Chrome, expression: &str) -> Value {
    let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
    chrome.command("Runtime.evaluate", asked).await["result"]["value"].take()
}

/// Looks at the page as it is: on a phone and on a screen, light and dark. Nothing hangs over the edge, axe-core finds
/// nothing, nothing stands in the console, there is one heading, and the window's title begins with it.
pub(super) async fn look(chrome: &Chrome, name: &str) {
    let faults = eval(chrome, "window.faults").await;
    assert_eq!(faults, json!([]), "in the console of {name}");
    for (width, height, dark) in [(320, 640, false), (360, 740, false), (1280, 800, true)] {
        chrome.set_viewport(width, height).await;
        let scheme = if dark { "dark" } else { "light" };
        // A colour on its way to another has a contrast that nobody sees for longer than a blink.
        let media = [("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")];
        chrome.set_media(&media).await;
        assert!(!chrome.overflows().await, "{name} is wider than {width} px");
        // A page with a rail at its side is not in the middle.
        let aside = "(() => { const box = document.querySelector('main').getBoundingClientRect(); \
                     return document.querySelector('.rail') ? 0 : Math.abs(box.left - (document.documentElement.clientWidth - box.right)) })()";
        let aside = eval(chrome, aside).await;
        assert!(
            aside.as_f64().is_some_and(|aside| aside <= 1.0),
            "{name} stands {aside} px aside at {width} px"
        );
        if width != 360 {
            chrome.assert_accessible(&format!("{name} at {width} px")).await;
        }
        if width != 320 {
            chrome.screenshot(&format!("{name}-{width}-{scheme}")).await;
        }
    }
    let small = eval(
        chrome,
        // Who touches the words of a box has touched the box.
        "[...document.querySelectorAll('a.button, button, input:not([type=hidden])')].filter(e => e.checkVisibility() \
         && !e.matches('[data-sending-line] *, .reveal') && (['checkbox', 'radio'].includes(e.type) ? e.labels[0] : e) \
         .getBoundingClientRect().height < 44).map(e => e.outerHTML)",
    )
    .await;
    assert_eq!(small, json!([]), "targets of less than 44 px on {name}");
    let tiny = eval(
        chrome,
        "[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < 14 \
         && [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim())).map(e => e.outerHTML)",
    )
    .await;
    assert_eq!(tiny, json!([]), "text of less than 14 px on {name}");
    let heading = chrome.heading().await;
    let title = chrome.title().await.unwrap();
    assert!(title.contains(&heading), "{name}: {title:?} does not say {heading:?}");
}

/// The text of what has the focus.
pub(super) async fn focused(chrome: &Chrome) -> String {
    let text = eval(chrome, "document.activeElement.innerText || document.activeElement.id").await;
    text.as_str().unwrap_or_default().to_owned()
}

pub(super) async fn path(chrome: &Chrome) -> String {
    let url = chrome.current_url().await.unwrap();
    url[url::Position::BeforePath..].to_owned()
}

pub(super) async fn wait_for_path(chrome: &Chrome, wanted: &str) {
    wait_for(&format!("the address {wanted}"), Duration::from_secs(15), || async {
        (path(chrome).await == wanted).then_some(())
    })
    .await;
}

pub(super) async fn wait_for_text(chrome: &Chrome, wanted: &str) {
    wait_for(&format!("the words {wanted:?}"), Duration::from_secs(15), || async {
        let body = chrome.find(By::Css("body")).await.ok()?;
        body.text().await.ok().filter(|text| text.contains(wanted))
    })
    .await;
}

pub(super) async fn wait_until_signed_out(chrome: &Chrome) {
    wait_for("Sign in at the top", Duration::from_secs(15), || async {
        chrome.find(By::Css("a.sign-in")).await.ok()
    })
    .await;
}

pub(super) async fn sign_in(chrome: &Chrome, email: &str, password: &str) {
    chrome.fill("Email address", email).await;
    chrome.fill("Password", password).await;
    chrome.press("Sign in").await;
}

#[tokio::test]
async fn b1_password_with_scripts() {
    let mail = SmtpDouble::start();
    let (server, password) = house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    chrome.open(&server.url("acme", "/")).await;
    look(&chrome, "home").await;
    let corner = eval(
        &chrome,
        "(() => { const place = (what) => document.querySelector(what).getBoundingClientRect(); \
         return [place('main > *').right - place('a.sign-in').right, place('a.sign-in').top] })()",
    )
    .await;
    assert_eq!(corner[0], 0, "Sign in ends where the page's column does");
    assert!(
        corner[1].as_f64().is_some_and(|top| top < 80.0),
        "Sign in stands at the top"
    );

    chrome.follow("Sign in").await;
    chrome.wait_for_heading("Sign in to Acme").await;
    look(&chrome, "sign-in").await;

    chrome.press("Sign in").await;
    wait_for_text(&chrome, "There are 2 problems").await;
    assert!(
        focused(&chrome).await.contains("Enter your email address."),
        "{}",
        focused(&chrome).await
    );
    look(&chrome, "sign-in-empty").await;
    chrome.follow("Enter your email address.").await;
    assert_eq!(focused(&chrome).await, "email");

    sign_in(&chrome, "ada@acme.test", "not her password").await;
    wait_for_text(&chrome, "Email address or password is incorrect.").await;
    let said = focused(&chrome).await;
    assert!(
        said.contains("Email address or password is incorrect.") && said.contains("Help code: "),
        "{said}"
    );
    let kept = chrome.field("Email address").await.prop("value").await.unwrap();
    assert_eq!(kept.as_deref(), Some("ada@acme.test"), "what was typed is still there");
    assert_eq!(
        chrome.field("Password").await.prop("value").await.unwrap().as_deref(),
        Some("")
    );
    look(&chrome, "sign-in-wrong").await;

    // What was typed can be looked at, and is hidden again when it is sent.
    chrome.fill("Password", &password).await;
    chrome.press("Show password").await;
    assert_eq!(
        chrome.field("Password").await.attr("type").await.unwrap().as_deref(),
        Some("text")
    );
    chrome.press("Sign in").await;
    wait_for_path(&chrome, "/").await;
    chrome.press("Ada Lovelace").await;
    look(&chrome, "home-signed-in").await;
    chrome.press("Sign out").await;
    wait_until_signed_out(&chrome).await;
    look(&chrome, "signed-out").await;
    // What was on the screen before belongs to the one who has left.
    chrome.back().await.unwrap();
    wait_for("a page after going back", Duration::from_secs(10), || async {
        let body = chrome.find(By::Css("body")).await.ok()?;
        let text = body.text().await.ok()?;
        (!text.is_empty() && !text.contains("Ada Lovelace")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn b13_where_one_was_going_by_keyboard_alone() {
    let mail = SmtpDouble::start();
    let (server, password) = house(&mail).await;
    let chrome = start(ChromeSetup::new().viewport(360, 740)).await;
    chrome
        .open(&server.url("acme", "/sign-in?return_to=%2Ftickets%2F7"))
        .await;
    let type_keys = async |keys: String| {
        let active = chrome.active_element().await.unwrap();
        active.send_keys(keys).await.unwrap();
    };
    let until_focus = async |id: &str| {
        for _ in 0..12 {
            if eval(&chrome, "document.activeElement.id").await == id {
                return;
            }
            type_keys(Key::Tab.value().to_string()).await;
        }
        panic!("the keyboard does not reach {id}");
    };
    until_focus("email").await;
    type_keys("ada@acme.test".to_owned()).await;
    until_focus("password").await;
    let ring = eval(&chrome, "getComputedStyle(document.activeElement).outlineStyle").await;
    assert_ne!(ring, "none", "what has the focus shows it");
    type_keys(format!("{password}{}", Key::Enter.value())).await;
    wait_for_path(&chrome, "/tickets/7").await;
    // Nothing serves that area here; the page says whose it is and knows the person.
    wait_for_text(&chrome, "Acme has nothing at this address.").await;
    chrome.button("Ada Lovelace").await;
    look(&chrome, "nothing-here").await;
}

#[tokio::test]
async fn b2_an_emailed_code_sends_itself_on_its_seventh_character() {
    let mail = SmtpDouble::start();
    let (server, _) = house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    chrome
        .open(&server.url("acme", "/sign-in?return_to=%2Ftickets%2F7"))
        .await;
    chrome.fill("Email address", "ada@acme.test").await;
    chrome.press("Email me a sign-in code").await;
    chrome.wait_for_heading("Check your email").await;
    assert_eq!(focused(&chrome).await, "code", "the code can be typed at once");
    let said = chrome.text().await;
    assert!(
        !said.contains("ada@acme.test") && said.contains("a•••@a•••.test"),
        "the address is masked: {said}"
    );
    assert!(!chrome.button("Resend code").await.is_enabled().await.unwrap());
    // The wait is shown, and it shrinks.
    let seconds = async || -> u32 {
        let line = eval(&chrome, "document.querySelector('[data-seconds]').textContent").await;
        let digits: String = line
            .as_str()
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        digits.parse().unwrap_or(0)
    };
    let first = seconds().await;
    assert!((1..=30).contains(&first), "{first} s to wait");
    wait_for("the wait to shrink", Duration::from_secs(5), || async {
        (seconds().await < first).then_some(())
    })
    .await;
    look(&chrome, "code").await;

    chrome.press("Continue").await;
    wait_for_text(&chrome, "Enter the code from the email.").await;
    look(&chrome, "code-empty").await;
    let code = mail.wait_for_mail("ada@acme.test").await.code();
    chrome
        .fill("Sign-in code", if code == "ZZZZZZZ" { "YYYYYYY" } else { "ZZZZZZZ" })
        .await;
    wait_for_text(&chrome, "That code is not right.").await;
    let described = eval(
        &chrome,
        "document.activeElement.id + ' ' + document.activeElement.getAttribute('aria-describedby')",
    )
    .await;
    assert!(
        described
            .as_str()
            .is_some_and(|ids| ids.starts_with("code ") && ids.contains("refusal")),
        "{described}"
    );
    look(&chrome, "code-wrong").await;

    // In lower case with a space, as people type it; nothing is pressed.
    let typed = format!("{} {}", &code[..3], &code[3..]).to_lowercase();
    chrome.fill("Sign-in code", &typed).await;
    wait_for_path(&chrome, "/tickets/7").await;
    chrome.button("Ada Lovelace").await;
    // Back from there is no way into a second attempt's error.
    chrome.back().await.unwrap();
    chrome.open(&server.url("acme", "/")).await;
    chrome.button("Ada Lovelace").await;
}

#[tokio::test]
async fn every_way_in_works_without_scripts() {
    let mail = SmtpDouble::start();
    let server = setup(&mail)
        .env("DOORWARD_LIMITS__CODE_RESEND_WAIT_SECONDS", "1")
        .start()
        .await;
    server.create_workspace("acme", "Acme");
    let password = fresh_password();
    server.create_person("acme", "ada@acme.test", "Ada Lovelace", &password);
    let chrome = start(ChromeSetup::new().viewport(360, 740).without_javascript()).await;
    chrome.open(&server.url("acme", "/sign-in")).await;
    sign_in(&chrome, "ada@acme.test", &password).await;
    wait_for_path(&chrome, "/").await;
    chrome.press("Ada Lovelace").await;
    chrome.screenshot("without-scripts-menu").await;
    chrome.press("Sign out").await;
    wait_until_signed_out(&chrome).await;

    chrome.open(&server.url("acme", "/sign-in")).await;
    chrome.fill("Email address", "ada@acme.test").await;
    chrome.press("Email me a sign-in code").await;
    chrome.wait_for_heading("Check your email").await;
    chrome.screenshot("without-scripts-code").await;
    let first = mail.wait_for_mail("ada@acme.test").await.code();
    // The page cannot open the button by itself, so it offers to look again.
    wait_for("Resend code to open", Duration::from_secs(15), || async {
        if let Ok(again) = chrome.find(By::LinkText("Reload this page after that.")).await {
            again.click().await.unwrap();
        }
        let button = chrome.button("Resend code").await;
        button.is_enabled().await.unwrap().then_some(())
    })
    .await;
    chrome.press("Resend code").await;
    mail.wait_for_mails("ada@acme.test", 2).await;
    // The late first one is as good as the second.
    chrome.fill("Sign-in code", &first).await;
    chrome.press("Continue").await;
    wait_for_path(&chrome, "/").await;
    chrome.button("Ada Lovelace").await;
}

#[tokio::test]
async fn a3_sign_up_and_b14_forgotten_password() {
    let mail = SmtpDouble::start();
    let (server, _) = house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    chrome
        .open(&server.url("acme", "/sign-in?return_to=%2Ftickets%2F7"))
        .await;
    chrome.follow("Need an account? Sign up.").await;
    chrome.wait_for_heading("Create your account").await;
    look(&chrome, "sign-up").await;
    chrome.press("Sign up").await;
    wait_for_text(&chrome, "There are 3 problems").await;
    assert!(focused(&chrome).await.contains("Enter your name."));
    look(&chrome, "sign-up-empty").await;
    chrome.fill("Full name", "Carl Gauss").await;
    chrome.fill("Email address", "carl@acme.test").await;
    chrome.fill("Password", "short").await;
    chrome.press("Sign up").await;
    wait_for_text(&chrome, "Enter a password of at least").await;
    look(&chrome, "sign-up-short").await;
    let password = fresh_password();
    chrome.fill("Password", &password).await;
    chrome.press("Sign up").await;
    chrome.wait_for_heading("Check your email").await;
    look(&chrome, "verify").await;
    let code = mail.wait_for_mail("carl@acme.test").await.code();
    chrome.fill("Verification code", &code).await;
    wait_for_path(&chrome, "/tickets/7").await;
    chrome.press("Carl Gauss").await;
    chrome.press("Sign out").await;
    wait_until_signed_out(&chrome).await;

    chrome.open(&server.url("acme", "/sign-in")).await;
    chrome.follow("Forgot password?").await;
    chrome.wait_for_heading("Forgot your password?").await;
    look(&chrome, "forgot").await;
    chrome.fill("Email address", "nowhere").await;
    chrome.press("Send reset email").await;
    wait_for_text(&chrome, "Enter an email address like").await;
    look(&chrome, "forgot-wrong").await;
    chrome.fill("Email address", "carl@acme.test").await;
    chrome.press("Send reset email").await;
    chrome.wait_for_heading("Check your email").await;
    look(&chrome, "forgot-sent").await;
    let link = mail.wait_for_mails("carl@acme.test", 2).await.remove(1).link();
    chrome.open(&link).await;
    chrome.wait_for_heading("Choose a new password").await;
    let token = link.rsplit('/').next().unwrap();
    assert!(
        !path(&chrome).await.contains(token),
        "the token does not stay in the address bar"
    );
    look(&chrome, "reset").await;
    chrome.fill("New password", "short").await;
    chrome.press("Set password").await;
    wait_for_text(&chrome, "Enter a password of at least").await;
    look(&chrome, "reset-short").await;
    let password = fresh_password();
    chrome.fill("New password", &password).await;
    chrome.press("Set password").await;
    chrome.wait_for_heading("Your password is set").await;
    look(&chrome, "reset-done").await;
    chrome.follow("Sign in").await;
    sign_in(&chrome, "carl@acme.test", &password).await;
    wait_for_text(&chrome, "Carl Gauss").await;
    // A link that lost its end on the way.
    chrome.open(&link[..link.len() - 9]).await;
    chrome.wait_for_heading("This link doesn’t work any more").await;
    look(&chrome, "link-invalid").await;
}

#[tokio::test]
async fn what_has_run_out_says_so_and_goes_on() {
    let mail = SmtpDouble::start();
    let server = setup(&mail)
        .env("DOORWARD_LIMITS__CODE_LIFETIME_SECONDS", "3")
        .env("DOORWARD_LIMITS__CODE_RESEND_WAIT_SECONDS", "0")
        .env("DOORWARD_LIMITS__CODE_RESEND_WAIT_NEXT_SECONDS", "0")
        .env("DOORWARD_LIMITS__PASSWORD_FAILURES_BEFORE_WAIT", "1")
        .start()
        .await;
    server.create_workspace("acme", "Acme");
    server.create_person("acme", "ada@acme.test", "Ada", &fresh_password());
    let chrome = start(ChromeSetup::new()).await;
    chrome.open(&server.url("acme", "/sign-in")).await;
    chrome.fill("Email address", "ada@acme.test").await;
    chrome.press("Email me a sign-in code").await;
    chrome.wait_for_heading("Check your email").await;
    let code = mail.wait_for_mail("ada@acme.test").await.code();
    let arrived = std::time::Instant::now();
    wait_for("the code to run out", Duration::from_secs(10), || async {
        (arrived.elapsed() > Duration::from_secs(3)).then_some(())
    })
    .await;
    chrome.fill("Sign-in code", &code).await;
    wait_for_text(&chrome, "That code has expired. We can send a new one.").await;
    assert_eq!(focused(&chrome).await, "Resend code", "the way on is one key away");
    look(&chrome, "code-expired").await;
    chrome.press("Resend code").await;
    wait_for("the page to go on", Duration::from_secs(15), || async {
        let body = chrome.find(By::Css("body")).await.ok()?;
        body.text().await.ok().filter(|text| !text.contains("has expired"))
    })
    .await;
    look(&chrome, "code-resent").await;

    chrome.open(&server.url("acme", "/sign-in")).await;
    for _ in 0..3 {
        sign_in(&chrome, "ada@acme.test", "not her password").await;
        chrome.wait_for_heading("Sign in to Acme").await;
    }
    wait_for_text(&chrome, "Too many attempts. Try again in 1 minute.").await;
    look(&chrome, "try-later").await;

    // A page that has been open for longer than its cookies lived.
    chrome
        .open(&server.url("acme", "/sign-in?return_to=%2Ftickets%2F7"))
        .await;
    chrome.delete_all_cookies().await.unwrap();
    sign_in(&chrome, "somebody@acme.test", "some password").await;
    wait_for_text(&chrome, "This page was open for a while").await;
    let kept = chrome.field("Email address").await.prop("value").await.unwrap();
    assert_eq!(kept.as_deref(), Some("somebody@acme.test"));
    look(&chrome, "form-expired").await;

    chrome.open(&server.url("", "/")).await;
    chrome.wait_for_heading("Find your help centre").await;
    look(&chrome, "root").await;
    chrome.fill("Address of your help centre", "nowhere").await;
    chrome.press("Continue").await;
    wait_for_text(&chrome, "We don’t know a help centre at this address.").await;
    look(&chrome, "root-unknown").await;
    chrome.open(&server.url("no-such-workspace", "/sign-in")).await;
    look(&chrome, "unknown-host").await;
}

#[tokio::test]
async fn from_right_to_left() {
    let mail = SmtpDouble::start();
    let (server, password) = house(&mail).await;
    server.create_person("acme", "layla@acme.test", "ليلى بنت عبد الرحمن", &password);
    let chrome = start(ChromeSetup::new().language("ar")).await;
    let fill = async |id: &str, text: &str| {
        let field = chrome.find(By::Id(id)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    };
    let press = async |selector: &str| chrome.find(By::Css(selector)).await.unwrap().click().await.unwrap();
    let wait_for_element = async |selector: &str| {
        wait_for(selector, Duration::from_secs(15), || async {
            chrome.find(By::Css(selector)).await.ok()
        })
        .await;
    };
    chrome.open(&server.url("acme", "/")).await;
    assert_eq!(
        eval(&chrome, "document.documentElement.lang + ' ' + document.dir").await,
        "ar rtl"
    );
    look(&chrome, "ar-home").await;
    for (address, name) in [
        ("/sign-up", "ar-sign-up"),
        ("/forgot-password", "ar-forgot"),
        ("/nothing", "ar-nothing-here"),
    ] {
        chrome.open(&server.url("acme", address)).await;
        look(&chrome, name).await;
    }
    chrome.open(&server.url("acme", "/sign-in")).await;
    look(&chrome, "ar-sign-in").await;
    press("button.primary").await;
    wait_for_element("#email-error").await;
    look(&chrome, "ar-sign-in-empty").await;
    fill("email", "layla@acme.test").await;
    fill("password", "not her password").await;
    press("button.primary").await;
    wait_for_element("#refusal").await;
    look(&chrome, "ar-sign-in-wrong").await;
    press("button[formaction='/sign-in/code/send']").await;
    wait_for_element("#code").await;
    // The code and what is typed into its field stay from left to right.
    assert_eq!(
        eval(&chrome, "getComputedStyle(document.querySelector('#code')).direction").await,
        "ltr"
    );
    look(&chrome, "ar-code").await;
    let code = mail.wait_for_mail("layla@acme.test").await.code();
    fill("code", &code).await;
    wait_for_path(&chrome, "/").await;
    chrome.press("ليلى بنت عبد الرحمن").await;
    look(&chrome, "ar-home-signed-in").await;
}

#[tokio::test]
async fn long_names_break_nothing() {
    let mail = SmtpDouble::start();
    let server = setup(&mail).start().await;
    let name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunte";
    assert_eq!(name.chars().count(), 60);
    server.create_workspace("acme", name);
    let password = fresh_password();
    let person = "Rindfleischetikettierungsüberwachungsaufgabenübertragung 🦊🦊🦊";
    let address = format!("{}@{}.test", "a".repeat(60), "b".repeat(60));
    server.create_person("acme", &address, person, &password);
    let chrome = start(ChromeSetup::new().viewport(360, 740)).await;
    chrome.open(&server.url("acme", "/sign-in")).await;
    look(&chrome, "long-sign-in").await;
    chrome.fill("Email address", &address).await;
    chrome.press("Email me a sign-in code").await;
    chrome.wait_for_heading("Check your email").await;
    look(&chrome, "long-code").await;
    chrome.open(&server.url("acme", "/sign-in")).await;
    sign_in(&chrome, &address, &password).await;
    wait_for_path(&chrome, "/").await;
    chrome.press(person).await;
    look(&chrome, "long-home").await;
}

#[tokio::test]
async fn a_furnished_house_and_its_mailbox() {
    let folder = dev::Folder::new();
    let running = folder.start().await;
    let chrome = start(ChromeSetup::new()).await;
    let base = running.url("");
    chrome.open(&format!("{base}/dev/mailbox")).await;
    look(&chrome, "mailbox-empty").await;
    chrome.open(&format!("{base}/sign-in")).await;
    chrome.fill("Email address", "carla@customer.example").await;
    chrome.press("Email me a sign-in code").await;
    chrome.wait_for_heading("Check your email").await;
    wait_for("the mail", Duration::from_secs(15), || async {
        chrome.open(&format!("{base}/dev/mailbox")).await;
        chrome.find(By::Css(".mails a")).await.ok()
    })
    .await;
    look(&chrome, "mailbox").await;
    chrome.find(By::Css(".mails a")).await.unwrap().click().await.unwrap();
    wait_for_text(&chrome, "carla@customer.example").await;
    look(&chrome, "mail").await;
    chrome.open(&format!("{base}/sign-in")).await;
    sign_in(
        &chrome,
        "carla@customer.example",
        &running.password_of("carla@customer.example"),
    )
    .await;
    wait_for_path(&chrome, "/").await;
    for link in ["Dashboard", "Your tickets", "Help articles", "Start a conversation"] {
        let found = chrome.find(By::LinkText(link)).await;
        assert!(found.is_ok(), "{link} is on the portal's home");
    }
    chrome.button("Carla Customer").await;
    look(&chrome, "home-furnished").await;
}
