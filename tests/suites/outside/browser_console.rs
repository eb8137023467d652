//! The console in Chromium: every room of the rail on a phone and on a screen, the reset mail within two clicks of the
//! search with scripts and without, the menu by keyboard, and a look ahead at a change of settings.

use doorward_tests::browser::fresh_password;
use doorward_tests::chrome::{Chrome, ChromeSetup};
use doorward_tests::server::Server;
use doorward_tests::smtp::SmtpDouble;
use serde_json::json;
use thirtyfour::prelude::*;

use super::browser::{eval, house, look, path, sign_in, start, wait_for_path, wait_for_text};

const OWNER: &str = "mia@acme.test";
const ADA: &str = "ada@acme.test";

/// A house with an owner who has a password, and that password.
async fn run_house(mail: &SmtpDouble) -> (Server, String) {
    let (server, _) = house(mail).await;
    let password = fresh_password();
    let args = [
        "user",
        "create",
        "--workspace",
        "acme",
        "--email",
        OWNER,
        "--name",
        "Mia Owner",
        "--role",
        "owner",
        "--verified",
        "--password-stdin",
    ];
    server.cli_with_input(&args, &password).expect_success();
    (server, password)
}

async fn at_the_desk(chrome: &Chrome, server: &Server, password: &str) {
    chrome
        .open(&server.url("acme", "/sign-in?return_to=%2Fadmin%2Fusers"))
        .await;
    sign_in(chrome, OWNER, password).await;
    wait_for_path(chrome, "/admin/users").await;
}

/// Types into the search and opens what can be done about the one person who is found.
async fn search_for_ada(chrome: &Chrome) {
    chrome.fill("Search people", "lovelace").await;
    chrome.press("Search").await;
    wait_for_text(chrome, "Ada Lovelace").await;
    let menu = chrome.find(By::Css(".menu-button")).await.expect("one person is found");
    menu.click().await.expect("it opens");
}

#[tokio::test]
async fn c1_c3_every_room_of_the_console() {
    let mail = SmtpDouble::start();
    let (server, password) = run_house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    at_the_desk(&chrome, &server, &password).await;
    let rooms = eval(
        &chrome,
        "[...document.querySelectorAll('.rail a')].map(a => a.getAttribute('href'))",
    )
    .await;
    let rooms: Vec<String> = rooms
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|room| room.as_str().map(str::to_owned))
        .collect();
    assert!(rooms.len() >= 12, "{rooms:?}");
    for room in rooms {
        chrome.open(&server.url("acme", &room)).await;
        look(&chrome, room.trim_start_matches('/').replace('/', "-").as_str()).await;
    }
    chrome
        .open(&server.url("acme", &format!("/admin/sign-in-check?email={ADA}")))
        .await;
    wait_for_text(&chrome, "Ways in now").await;
    look(&chrome, "admin-sign-in-check-of-somebody").await;
    chrome.open(&server.url("acme", "/admin/security?for=customers")).await;
    chrome.press("Preview changes").await;
    wait_for_text(&chrome, "What would change").await;
    look(&chrome, "admin-security-preview").await;
    chrome.open(&server.url("acme", "/admin/users")).await;
    chrome.follow("Ada Lovelace").await;
    chrome.wait_for_heading("Ada Lovelace").await;
    look(&chrome, "admin-person").await;
    chrome.open(&server.url("acme", "/sign-in/help")).await;
    look(&chrome, "how-to-sign-in").await;
    chrome.open(&server.url("acme", "/sign-in/trouble")).await;
    look(&chrome, "trouble").await;
}

#[tokio::test]
async fn s39_the_reset_mail_is_two_clicks_from_the_search() {
    let mail = SmtpDouble::start();
    let (server, password) = run_house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    at_the_desk(&chrome, &server, &password).await;
    search_for_ada(&chrome).await;
    chrome.press("Send password reset email").await;
    mail.wait_for_words(ADA, "/reset-password/").await;
    // The menu by keyboard alone: opened, left, and closed.
    chrome.open(&server.url("acme", "/admin/users?q=lovelace")).await;
    eval(&chrome, "document.querySelector('.menu-button').focus()").await;
    let menu = chrome.find(By::Css(".menu-button")).await.expect("the menu");
    menu.send_keys(Key::Enter).await.expect("it takes keys");
    let is_open = "document.querySelector('.menu .menu-list').matches(':popover-open')";
    assert_eq!(eval(&chrome, is_open).await, true);
    menu.send_keys(Key::Escape).await.expect("it takes keys");
    assert_eq!(eval(&chrome, is_open).await, false);
}

#[tokio::test]
async fn s39_the_reset_mail_without_scripts() {
    let mail = SmtpDouble::start();
    let (server, password) = run_house(&mail).await;
    let chrome = ChromeSetup::new().without_javascript().start().await;
    at_the_desk(&chrome, &server, &password).await;
    search_for_ada(&chrome).await;
    chrome.press("Send password reset email").await;
    mail.wait_for_words(ADA, "/reset-password/").await;
    assert!(path(&chrome).await.starts_with("/admin/"), "one stays in the console");
}

/// Where the menu that is open hangs over the edge of the screen, and which of its entries are too small to touch.
const OPEN_MENU: &str = "(() => { const menu = [...document.querySelectorAll('.menu-list')].find(e => e.matches(':popover-open')); \
    if (!menu) return 'no menu is open'; const box = menu.getBoundingClientRect(); \
    const over = [-box.left, -box.top, box.right - innerWidth, box.bottom - innerHeight].filter(by => by > 0); \
    const small = [...menu.querySelectorAll('a, button')].filter(e => e.getBoundingClientRect().height < 44).map(e => e.innerText); \
    return [...over, ...small] })()";

#[tokio::test]
async fn on_a_phone_menus_open_on_the_screen() {
    let mail = SmtpDouble::start();
    let (server, password) = run_house(&mail).await;
    for number in 0..4 {
        server.create_person(
            "acme",
            &format!("p{number}@acme.test"),
            &format!("Person {number}"),
            &fresh_password(),
        );
    }
    for language in ["en-GB", "ar"] {
        let chrome = start(ChromeSetup::new().viewport(360, 740).language(language)).await;
        let users = server.url("acme", "/admin/users");
        chrome
            .open(&server.url("acme", "/sign-in?return_to=%2Fadmin%2Fusers"))
            .await;
        for (field, text) in [("#email", OWNER), ("#password", &password)] {
            chrome
                .find(By::Css(field))
                .await
                .expect("a field")
                .send_keys(text)
                .await
                .expect("it takes keys");
        }
        eval(&chrome, "document.querySelector('#password').form.requestSubmit()").await;
        wait_for_path(&chrome, "/admin/users").await;
        // The rooms, behind the button that says where one is.
        let rooms = chrome.find(By::Css(".rail-button")).await.expect("a button");
        rooms.click().await.expect("it opens");
        assert_eq!(eval(&chrome, OPEN_MENU).await, json!([]), "the rooms, {language}");
        // The first and the last person, each at the upper and the lower edge of the screen.
        for (person, edge) in [
            ("at(0)", "end"),
            ("at(0)", "start"),
            ("at(-1)", "end"),
            ("at(-1)", "start"),
        ] {
            chrome.open(&users).await;
            let press = format!(
                "(() => {{ const button = [...document.querySelectorAll('.menu-button')].{person}; \
                 button.scrollIntoView({{ block: '{edge}' }}); button.click() }})()"
            );
            eval(&chrome, &press).await;
            assert_eq!(eval(&chrome, OPEN_MENU).await, json!([]), "{person} {edge}, {language}");
        }
    }
}

#[tokio::test]
async fn the_console_holds_text_twice_as_large() {
    let mail = SmtpDouble::start();
    let (server, password) = run_house(&mail).await;
    let long = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente";
    server.create_person(
        "acme",
        "an.address.with.a.long.local.part@customer.example",
        long,
        &fresh_password(),
    );
    let chrome = start(ChromeSetup::new().viewport(360, 740).font_size(32)).await;
    at_the_desk(&chrome, &server, &password).await;
    for path in [
        "/admin/users",
        "/admin/audit",
        "/admin/mail",
        "/admin/security",
        "/admin/roles",
        "/account/security",
    ] {
        chrome.open(&server.url("acme", path)).await;
        assert!(!chrome.overflows().await, "{path}");
    }
    chrome.open(&server.url("acme", "/admin/users?q=donau")).await;
    chrome.follow(long).await;
    chrome.wait_for_heading(long).await;
    assert!(!chrome.overflows().await, "a person");
    // What is said of them stands under its name, not letter by letter beside it.
    let narrow =
        "[...document.querySelectorAll('.facts dd')].filter(e => e.getBoundingClientRect().width < 160).length";
    assert_eq!(eval(&chrome, narrow).await, 0);
}
