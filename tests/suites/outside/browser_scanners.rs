//! SD4, R34, R40: the links that leave this house, opened by a browser that runs scripts, and by one that presses everything;
//! and portal links as people meet them in a browser (B3–B5).

use std::time::{Duration, Instant};

use doorward_tests::browser::fresh_password;
use doorward_tests::chrome::{Chrome, ChromeSetup};
use doorward_tests::machine::wait_for;
use doorward_tests::smtp::SmtpDouble;
use serde_json::{Value, json};

use super::browser::{eval, house, look, path, start, wait_for_path, wait_for_text};
use crate::door::House;
use crate::door::scanners::{After, KINDS};

/// What a scanner waits for the scripts of a page.
const PATIENCE: Duration = Duration::from_millis(800);

async fn settle() {
    let from = Instant::now();
    wait_for("scripts to run", PATIENCE * 10, || async {
        (from.elapsed() >= PATIENCE).then_some(())
    })
    .await;
}

/// Whether anybody is signed in, as the page itself would ask.
async fn assert_nobody(chrome: &Chrome, what: &str) {
    let status = eval(chrome, "fetch('/api/v1/session').then((answer) => answer.status)").await;
    assert_eq!(status, json!(401), "{what}");
}

/// Presses one button of the page that was not pressed before; answers which.
async fn press_one(chrome: &Chrome, pressed: &[Value]) -> Option<Value> {
    let pressed = Value::from(pressed.to_vec());
    let press = format!(
        "(() => {{ const pressed = new Set({pressed}); \
         const name = (button) => `${{location.pathname}} ${{button.innerText.trim()}}`; \
         const next = [...document.querySelectorAll('main button:not([disabled])')] \
         .find((button) => button.checkVisibility() && !pressed.has(name(button))); \
         if (!next) return null; const said = name(next); next.click(); return said }})()"
    );
    Some(eval(chrome, &press).await).filter(Value::is_string)
}

#[tokio::test]
async fn sd4_a_browser_with_scripts_that_presses_everything_gets_no_session_and_one_code_mail_a_wait() {
    let chrome = start(ChromeSetup::new()).await;
    for kind in KINDS {
        let house = House::new().await;
        let password = fresh_password();
        house.ada(&password);
        house.owner(&password).await;
        let link = house.link_of(kind, &password).await;
        let reopened = house.browser_for(kind);
        let link_path = reopened.path_on_host("/", &link);
        let before = house.mail.codes_to("ada@acme.test").await.len();

        // One that only looks, again and again, each time as somebody new.
        for _ in 0..3 {
            chrome.command("Network.clearBrowserCookies", json!({})).await;
            chrome.open(&link).await;
            settle().await;
            assert_nobody(&chrome, kind.name).await;
        }
        let page = house.browser_for(kind).visit(&link_path).await;
        assert_eq!(page.status, 200, "{} after three looks", kind.name);

        // One that presses whatever it finds, there and on the pages that follow.
        for _ in 0..2 {
            chrome.command("Network.clearBrowserCookies", json!({})).await;
            chrome.open(&link).await;
            settle().await;
            let mut pressed = Vec::new();
            while pressed.len() < 12
                && let Some(button) = press_one(&chrome, &pressed).await
            {
                pressed.push(button);
                settle().await;
                assert_nobody(&chrome, &format!("{}: {pressed:?}", kind.name)).await;
            }
        }
        let codes = house.mail.codes_to("ada@acme.test").await.len() - before;
        assert!(codes <= kind.codes, "{}: {codes} codes", kind.name);
        let page = house.browser_for(kind).visit(&link_path).await;
        match kind.after {
            After::Untouched(button) => assert!(page.html().has_button(button), "{}", kind.name),
            After::Done => assert_eq!(page.status, 410, "{}", kind.name),
        }
    }
}

fn personal(server: &doorward_tests::server::Server) -> String {
    let args = [
        "portal-link",
        "create",
        "--workspace",
        "acme",
        "--email",
        "ada@acme.test",
        "--to",
        "/tickets/7",
    ];
    server.cli(&args).expect_success().stdout.trim().to_owned()
}

#[tokio::test]
async fn b4_with_scripts_a_personal_link_goes_to_the_code_by_itself_and_back_works() {
    let mail = SmtpDouble::start();
    let (server, _) = house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    chrome.open(&server.url("acme", "/")).await;
    chrome.open(&personal(&server)).await;
    chrome.wait_for_heading("Check your email").await;
    let text = chrome.text().await;
    assert!(
        text.contains("a•••@a•••.test") && !text.contains("ada@acme.test"),
        "{text}"
    );
    look(&chrome, "portal-code").await;
    // Whoever goes back is not sent on again.
    chrome.back().await.expect("the page before");
    settle().await;
    settle().await;
    assert_ne!(path(&chrome).await.split('?').next(), Some("/sign-in/code"));
    chrome.forward().await.expect("the code page");
    chrome.wait_for_heading("Check your email").await;
    assert_eq!(mail.codes_to("ada@acme.test").await.len(), 1);
    let code = mail.wait_for_code("ada@acme.test", 0).await;
    chrome.fill("Sign-in code", &code).await;
    wait_for_path(&chrome, "/tickets/7").await;
}

#[tokio::test]
async fn b4_b5_portal_links_look_right_without_scripts_too() {
    let mail = SmtpDouble::start();
    let (server, _) = house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    chrome.open(&server.url("acme", "/portal?to=/tickets/7")).await;
    chrome.wait_for_heading("Sign in to Acme").await;
    look(&chrome, "portal-shared").await;
    chrome.press("Send code").await;
    wait_for_text(&chrome, "Enter your email address.").await;
    look(&chrome, "portal-shared-empty").await;
    let link = personal(&server);
    chrome.open(&link[..link.len() - 4]).await;
    wait_for_text(&chrome, "Ask for a fresh link from its sender.").await;
    look(&chrome, "portal-broken").await;

    let plain = start(ChromeSetup::new().without_javascript()).await;
    plain.open(&link).await;
    plain.wait_for_heading("Sign in to Acme").await;
    assert!(plain.text().await.contains("a•••@a•••.test"));
    assert_eq!(path(&plain).await, "/portal/open", "R36");
    assert!(mail.codes_to("ada@acme.test").await.is_empty());
    plain.screenshot("portal-personal").await;
    plain.press("Send code").await;
    plain.wait_for_heading("Check your email").await;
    mail.wait_for_code("ada@acme.test", 0).await;
}
