//! One's own account in Chromium: passkeys in a virtual authenticator, the whole of two-factor authentication with its
//! buttons and by keyboard, every page of the area on a phone and on a screen, in both themes and from right to left, and
//! without scripts.

use std::time::Duration;

use doorward_tests::authenticator_app::AuthenticatorApp;
use doorward_tests::browser::Browser;
use doorward_tests::chrome::{Chrome, ChromeSetup};
use doorward_tests::machine::wait_for;
use doorward_tests::server::Server;
use doorward_tests::smtp::SmtpDouble;
use serde_json::json;
use thirtyfour::prelude::*;

use super::browser::{
    eval, focused, house, look, path, sign_in, start, wait_for_path, wait_for_text, wait_until_signed_out,
};

const ADA: &str = "ada@acme.test";

async fn signed_in(chrome: &Chrome, server: &Server, password: &str) {
    chrome.open(&server.url("acme", "/sign-in")).await;
    sign_in(chrome, ADA, password).await;
    wait_for_path(chrome, "/").await;
}

async fn sign_out(chrome: &Chrome, server: &Server) {
    chrome.open(&server.url("acme", "/")).await;
    chrome.press("Ada Lovelace").await;
    chrome.press("Sign out").await;
    wait_until_signed_out(chrome).await;
}

/// Reads the page with the key as an app does.
async fn phone(chrome: &Chrome) -> AuthenticatorApp {
    chrome.wait_for_heading("Set up two-factor authentication").await;
    let key = eval(chrome, "document.querySelector('#app-key').textContent").await;
    AuthenticatorApp::from_key(key.as_str().expect("a key"))
}

async fn enable(chrome: &Chrome, server: &Server) -> (AuthenticatorApp, Vec<String>) {
    chrome.open(&server.url("acme", "/account/security")).await;
    chrome.press("Enable").await;
    let mut phone = phone(chrome).await;
    chrome.press("Next").await;
    let code = phone.next_code().await;
    chrome.fill("Enter authentication code", &code).await;
    // The form may send itself with the sixth digit.
    if let Ok(button) = chrome
        .find(By::XPath(
            "//button[normalize-space(.)='Enable two-factor authentication']",
        ))
        .await
    {
        let _ = button.click().await;
    }
    chrome.wait_for_heading("Your backup codes").await;
    let codes = eval(
        chrome,
        "[...document.querySelectorAll('#backup-codes code')].map(e => e.textContent)",
    )
    .await;
    let codes: Vec<String> = codes
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect();
    assert_eq!(codes.len(), 10);
    (phone, codes)
}

/// The device answers what waits in the address field by itself, where Chromium lets it without a window; else the button
/// is pressed.
pub(super) async fn by_passkey(chrome: &Chrome, wanted: &str) {
    wait_for(&format!("{wanted} by passkey"), Duration::from_secs(30), || async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if path(chrome).await == wanted {
            return Some(());
        }
        let name = "//button[normalize-space(.)='Sign in with a passkey']";
        if let Ok(button) = chrome.find(By::XPath(name)).await {
            let _ = button.click().await;
        }
        None
    })
    .await;
}

/// Presses the button until the page says why not: the device may have answered what waits in the address field before, and
/// the page be on its way to the refusal by itself.
async fn refused_by_passkey(chrome: &Chrome, words: &str) {
    wait_for(&format!("{words:?} by passkey"), Duration::from_secs(30), || async {
        let body = chrome.find(By::Css("body")).await.ok()?;
        if body.text().await.ok()?.contains(words) {
            return Some(());
        }
        let name = "//button[normalize-space(.)='Sign in with a passkey']";
        if let Ok(button) = chrome.find(By::XPath(name)).await {
            let _ = button.click().await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        None
    })
    .await;
}

#[tokio::test]
async fn b10_a_passkey_from_its_making_to_its_end() {
    let mail = SmtpDouble::start();
    let (server, password) = house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    let authenticator = chrome.add_authenticator().await;
    signed_in(&chrome, &server, &password).await;
    chrome.open(&server.url("acme", "/account/security")).await;
    chrome.press("Add a passkey").await;
    chrome.wait_for_heading("Add a passkey").await;
    look(&chrome, "passkey-new").await;
    chrome.fill("Name of the passkey", "Her laptop").await;
    chrome.press("Create the passkey").await;
    wait_for_text(&chrome, "Your passkey is added.").await;
    wait_for_text(&chrome, "Her laptop").await;
    look(&chrome, "security-with-passkey").await;
    mail.wait_for_subject(ADA, "A passkey was added").await;
    // The same device twice is one passkey.
    chrome.press("Add a passkey").await;
    chrome.wait_for_heading("Add a passkey").await;
    chrome.press("Create the passkey").await;
    wait_for_text(&chrome, "That didn’t work, or it was cancelled.").await;

    // From the button: nothing is asked by itself while the device is not touched.
    chrome.set_touched(&authenticator, false).await;
    sign_out(&chrome, &server).await;
    chrome
        .open(&server.url("acme", "/sign-in?return_to=%2Ftickets%2F7"))
        .await;
    look(&chrome, "sign-in-with-passkey").await;
    chrome.set_touched(&authenticator, true).await;
    by_passkey(&chrome, "/tickets/7").await;
    chrome.button("Ada Lovelace").await;

    // From the address field: the device answers what waits there.
    sign_out(&chrome, &server).await;
    let attributes = {
        chrome.set_touched(&authenticator, false).await;
        chrome.open(&server.url("acme", "/sign-in")).await;
        chrome.field("Email address").await.attr("autocomplete").await.unwrap()
    };
    assert_eq!(attributes.as_deref(), Some("username webauthn"));
    chrome.set_touched(&authenticator, true).await;
    chrome
        .open(&server.url("acme", "/sign-in?return_to=%2Ftickets%2F8"))
        .await;
    by_passkey(&chrome, "/tickets/8").await;

    // Two-factor authentication on: a passkey is both factors, and answers the second step as well.
    enable(&chrome, &server).await;
    chrome.press("I have saved these codes").await;
    chrome.wait_for_heading("Security").await;
    chrome.set_touched(&authenticator, false).await;
    sign_out(&chrome, &server).await;
    chrome
        .open(&server.url("acme", "/sign-in?return_to=%2Ftickets%2F9"))
        .await;
    sign_in(&chrome, ADA, &password).await;
    chrome.wait_for_heading("Two-factor authentication").await;
    look(&chrome, "second-factor-with-passkey").await;
    chrome.set_touched(&authenticator, true).await;
    chrome.press("Use a passkey").await;
    wait_for_path(&chrome, "/tickets/9").await;

    // A device that does not know who touches it opens nothing.
    chrome.set_touched(&authenticator, false).await;
    sign_out(&chrome, &server).await;
    chrome.set_user_verified(&authenticator, false).await;
    chrome.open(&server.url("acme", "/sign-in")).await;
    chrome.set_touched(&authenticator, true).await;
    refused_by_passkey(&chrome, "didn’t work").await;
    chrome.set_touched(&authenticator, false).await;
    let mut stranger = Browser::new(server.address(), &server.host_of("acme"));
    for cookie in chrome.get_all_cookies().await.unwrap() {
        stranger.set_cookie(&cookie.name, &cookie.value);
    }
    assert_eq!(stranger.get("/api/v1/session").await.status, 401, "nobody is signed in");
    chrome.open(&server.url("acme", "/sign-in")).await;
    chrome.set_user_verified(&authenticator, true).await;
    chrome.set_touched(&authenticator, true).await;
    by_passkey(&chrome, "/").await;

    // Removed, it is refused.
    chrome.open(&server.url("acme", "/account/security")).await;
    chrome.press("Remove Her laptop").await;
    wait_for("the answer to the removal", Duration::from_secs(15), || async {
        let text = chrome.text().await;
        if text.contains("Do it anyway") {
            chrome.press("Do it anyway").await;
            return None;
        }
        text.contains("The passkey is removed.").then_some(())
    })
    .await;
    chrome.set_touched(&authenticator, false).await;
    sign_out(&chrome, &server).await;
    chrome.open(&server.url("acme", "/sign-in")).await;
    chrome.set_touched(&authenticator, true).await;
    refused_by_passkey(&chrome, "That passkey didn’t work here.").await;
    chrome.set_touched(&authenticator, false).await;
    look(&chrome, "sign-in-passkey-refused").await;
}

/// Copy, Print and Download do what they say; the codes are nowhere afterwards.
#[tokio::test]
async fn b12_backup_codes_are_copied_printed_and_downloaded() {
    let mail = SmtpDouble::start();
    let (server, password) = house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    let watch = json!({"source": "window.printed = 0; window.print = () => { window.printed += 1; };"});
    chrome.command("Page.addScriptToEvaluateOnNewDocument", watch).await;
    let grant = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
    chrome.command("Browser.grantPermissions", grant).await;
    let folder = tempfile::tempdir().unwrap();
    let save = json!({"behavior": "allow", "downloadPath": folder.path().display().to_string()});
    chrome.command("Browser.setDownloadBehavior", save).await;
    signed_in(&chrome, &server, &password).await;
    let (_, codes) = enable(&chrome, &server).await;
    look(&chrome, "backup-codes").await;
    chrome.press("Copy").await;
    wait_for_text(&chrome, "Copied. Paste them somewhere safe.").await;
    let copied = eval(&chrome, "navigator.clipboard.readText()").await;
    let copied = copied.as_str().unwrap_or_default().to_owned();
    assert!(codes.iter().all(|code| copied.contains(code)), "{copied:?}");
    chrome.press("Print").await;
    assert_eq!(eval(&chrome, "window.printed").await, 1);
    chrome.press("Download").await;
    let saved = wait_for("the download", Duration::from_secs(15), || async {
        let files: Vec<_> = std::fs::read_dir(folder.path()).ok()?.flatten().collect();
        let file = files
            .iter()
            .find(|file| file.path().extension().is_some_and(|kind| kind == "txt"))?;
        std::fs::read_to_string(file.path())
            .ok()
            .filter(|text| !text.is_empty())
    })
    .await;
    assert!(codes.iter().all(|code| saved.contains(code)), "{saved:?}");
    chrome.press("I have saved these codes").await;
    chrome.wait_for_heading("Security").await;
    // Back shows no codes: the page was not kept (R85).
    chrome.back().await.unwrap();
    wait_for("a page without codes", Duration::from_secs(15), || async {
        let body = chrome.find(By::Css("body")).await.ok()?;
        let text = body.text().await.ok()?;
        (!text.is_empty() && codes.iter().all(|code| !text.contains(code))).then_some(())
    })
    .await;
}

/// From *Edit profile* to the backup codes and through the next sign-in without a mouse.
#[tokio::test]
async fn b11_by_keyboard_alone() {
    let mail = SmtpDouble::start();
    let (server, password) = house(&mail).await;
    let chrome = start(ChromeSetup::new().viewport(360, 740)).await;
    signed_in(&chrome, &server, &password).await;
    // To whatever has the focus: a field for files takes words for the name of one.
    let keys = async |keys: String| chrome.action_chain().send_keys(keys).perform().await.unwrap();
    let until_focus = async |name: &str| {
        for _ in 0..60 {
            if focused(&chrome).await.trim() == name {
                let ring = eval(&chrome, "getComputedStyle(document.activeElement).outlineStyle").await;
                assert_ne!(ring, "none", "{name} has the focus and does not show it");
                return;
            }
            keys(Key::Tab.value().to_string()).await;
        }
        panic!(
            "the keyboard does not reach {name:?}; it is at {:?}",
            focused(&chrome).await
        );
    };
    let enter = || Key::Enter.value().to_string();
    until_focus("Ada Lovelace").await;
    keys(enter()).await;
    until_focus("Edit profile").await;
    keys(enter()).await;
    chrome.wait_for_heading("Your profile").await;
    until_focus("Manage two-factor authentication").await;
    keys(enter()).await;
    chrome.wait_for_heading("Security").await;
    until_focus("Enable").await;
    keys(enter()).await;
    let mut phone = phone(&chrome).await;
    until_focus("Next").await;
    keys(enter()).await;
    wait_for("the field of the code", Duration::from_secs(15), || async {
        chrome.find(By::Id("code")).await.ok()
    })
    .await;
    until_focus("code").await;
    keys(phone.next_code().await).await;
    keys(enter()).await;
    chrome.wait_for_heading("Your backup codes").await;
    until_focus("I have saved these codes").await;
    keys(enter()).await;
    chrome.wait_for_heading("Security").await;
    sign_out(&chrome, &server).await;
    chrome
        .open(&server.url("acme", "/sign-in?return_to=%2Ftickets%2F7"))
        .await;
    until_focus("email").await;
    keys(ADA.to_owned()).await;
    until_focus("password").await;
    keys(format!("{password}{}", enter())).await;
    chrome.wait_for_heading("Two-factor authentication").await;
    assert_eq!(focused(&chrome).await, "code", "the code can be typed at once");
    let code = phone.next_code().await;
    keys(code).await;
    if path(&chrome).await != "/tickets/7" {
        keys(enter()).await;
    }
    wait_for_path(&chrome, "/tickets/7").await;
}

/// Every page of the area as it is looked at: empty, filled, and with what went wrong.
#[tokio::test]
async fn every_page_of_the_account_is_sound() {
    let mail = SmtpDouble::start();
    let (server, password) = house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    signed_in(&chrome, &server, &password).await;
    for page in ["profile", "emails", "security"] {
        chrome.open(&server.url("acme", &format!("/account/{page}"))).await;
        look(&chrome, &format!("account-{page}")).await;
    }
    chrome.open(&server.url("acme", "/account/emails")).await;
    chrome.press("Add").await;
    wait_for_text(&chrome, "Enter ").await;
    look(&chrome, "account-emails-empty").await;
    chrome
        .fill("Add an email address", "ada@second-address-that-is-rather-long.test")
        .await;
    chrome.press("Add").await;
    wait_for_text(&chrome, "We have sent a message to that address.").await;
    look(&chrome, "account-emails-unproved").await;
    chrome.open(&server.url("acme", "/account/profile")).await;
    chrome.fill("Full name", "").await;
    chrome.press("Save").await;
    wait_for_text(&chrome, "Enter your name.").await;
    look(&chrome, "account-profile-wrong").await;
    chrome.open(&server.url("acme", "/account/security")).await;
    chrome.press("Change password").await;
    wait_for_text(&chrome, "Enter your current password.").await;
    look(&chrome, "account-security-wrong").await;
    chrome.press("Enable").await;
    phone(&chrome).await;
    let qr = eval(
        &chrome,
        "(() => { const box = document.querySelector('.qr svg').getBoundingClientRect(); return box.width })()",
    )
    .await;
    assert!(
        qr.as_f64().is_some_and(|width| width >= 150.0),
        "a phone can read it: {qr}"
    );
    look(&chrome, "two-factor-key").await;
    chrome.press("Next").await;
    wait_for_text(&chrome, "Two-factor authentication is on once it is right.").await;
    look(&chrome, "two-factor-code").await;
    let (phone, _) = enable(&chrome, &server).await;
    chrome.press("I have saved these codes").await;
    look(&chrome, "account-security-on").await;
    sign_out(&chrome, &server).await;
    chrome.open(&server.url("acme", "/sign-in")).await;
    sign_in(&chrome, ADA, &password).await;
    chrome.wait_for_heading("Two-factor authentication").await;
    look(&chrome, "second-factor").await;
    chrome.fill("Authentication code", &phone.wrong_code()).await;
    if let Ok(button) = chrome.find(By::XPath("//button[normalize-space(.)='Continue']")).await {
        let _ = button.click().await;
    }
    wait_for_text(&chrome, "That code is not right").await;
    look(&chrome, "second-factor-wrong").await;
    chrome.press("Use a backup code").await;
    look(&chrome, "second-factor-backup").await;
    for (address, name) in [
        ("/backup-login", "backup-login"),
        ("/recover/A1b2C3d4", "recover-gone"),
        ("/verify-email/A1b2C3d4", "verify-email-gone"),
        ("/revert-email/A1b2C3d4", "revert-email-gone"),
        ("/not-me/A1b2C3d4", "not-me-gone"),
    ] {
        chrome.open(&server.url("acme", address)).await;
        look(&chrome, name).await;
    }
    // The pages behind the links that still open something.
    for (words, button, name, done) in [
        (
            "/verify-email/",
            "Confirm this address",
            "verify-email",
            "Your address is confirmed",
        ),
        (
            "/revert-email/",
            "Undo this change",
            "revert-email",
            "The change is undone",
        ),
    ] {
        let address = if name == "verify-email" {
            "ada@second-address-that-is-rather-long.test"
        } else {
            ADA
        };
        let link = mail.wait_for_words(address, words).await.link();
        chrome.open(&link).await;
        chrome.button(button).await;
        look(&chrome, name).await;
        chrome.press(button).await;
        chrome.wait_for_heading(done).await;
        look(&chrome, &format!("{name}-done")).await;
    }
    let made = server
        .cli(&["recover", "--workspace", "acme", "owner@acme.test"])
        .expect_success();
    chrome.open(made.stdout.trim()).await;
    chrome.wait_for_heading("Get back in").await;
    look(&chrome, "recover").await;
    chrome.press("Continue").await;
    chrome.button("Continue to sign in").await;
    look(&chrome, "recover-set-up").await;
}

/// The same from right to left, in Arabic.
#[tokio::test]
async fn the_account_from_right_to_left() {
    let mail = SmtpDouble::start();
    let (server, password) = house(&mail).await;
    let chrome = start(ChromeSetup::new().language("ar")).await;
    chrome.open(&server.url("acme", "/sign-in")).await;
    let fill = async |id: &str, text: &str| {
        let field = chrome.find(By::Id(id)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    };
    let press = async |selector: &str| {
        let found = wait_for(selector, Duration::from_secs(15), || async {
            chrome.find(By::Css(selector)).await.ok()
        })
        .await;
        found.click().await.unwrap();
    };
    fill("email", ADA).await;
    fill("password", &password).await;
    press("button.primary").await;
    wait_for_path(&chrome, "/").await;
    for page in ["profile", "emails", "security"] {
        chrome.open(&server.url("acme", &format!("/account/{page}"))).await;
        assert_eq!(eval(&chrome, "document.documentElement.dir").await, "rtl");
        look(&chrome, &format!("ar-account-{page}")).await;
    }
    press("form[action='/account/security/two-factor'] button").await;
    wait_for("the key", Duration::from_secs(15), || async {
        chrome.find(By::Id("app-key")).await.ok()
    })
    .await;
    look(&chrome, "ar-two-factor-key").await;
    let key = eval(&chrome, "document.querySelector('#app-key').textContent").await;
    let mut phone = AuthenticatorApp::from_key(key.as_str().unwrap_or_default());
    press("form .primary").await;
    wait_for("the code's field", Duration::from_secs(15), || async {
        chrome.find(By::Id("code")).await.ok()
    })
    .await;
    look(&chrome, "ar-two-factor-code").await;
    fill("code", &phone.next_code().await).await;
    if let Ok(button) = chrome.find(By::Css("main button.primary")).await {
        let _ = button.click().await;
    }
    wait_for("the backup codes", Duration::from_secs(15), || async {
        chrome.find(By::Id("backup-codes")).await.ok()
    })
    .await;
    assert_eq!(
        eval(
            &chrome,
            "getComputedStyle(document.querySelector('#backup-codes')).direction"
        )
        .await,
        "ltr"
    );
    look(&chrome, "ar-backup-codes").await;
    chrome.delete_all_cookies().await.unwrap();
    chrome.open(&server.url("acme", "/sign-in")).await;
    fill("email", ADA).await;
    fill("password", &password).await;
    press("button.primary").await;
    wait_for("the second step", Duration::from_secs(15), || async {
        chrome.find(By::Id("code")).await.ok()
    })
    .await;
    look(&chrome, "ar-second-factor").await;
    chrome.open(&server.url("acme", "/backup-login")).await;
    look(&chrome, "ar-backup-login").await;
}

/// Without scripts everything works but passkeys, Copy and Print, which are not offered.
#[tokio::test]
async fn the_account_without_scripts() {
    let mail = SmtpDouble::start();
    let (server, password) = house(&mail).await;
    let chrome = start(ChromeSetup::new().viewport(360, 740).without_javascript()).await;
    signed_in(&chrome, &server, &password).await;
    chrome.press("Ada Lovelace").await;
    chrome.follow("Edit profile").await;
    chrome.wait_for_heading("Your profile").await;
    chrome.fill("Full name", "Ada King").await;
    chrome.press("Save").await;
    wait_for_text(&chrome, "Your profile is saved.").await;
    chrome.follow("Manage two-factor authentication").await;
    chrome.wait_for_heading("Security").await;
    chrome.screenshot("without-scripts-security").await;
    chrome.press("Enable").await;
    chrome.wait_for_heading("Set up two-factor authentication").await;
    let key = chrome.find(By::Id("app-key")).await.unwrap().text().await.unwrap();
    let mut phone = AuthenticatorApp::from_key(&key);
    chrome.press("Next").await;
    let code = phone.next_code().await;
    chrome.fill("Enter authentication code", &code).await;
    chrome.press("Enable two-factor authentication").await;
    chrome.wait_for_heading("Your backup codes").await;
    chrome.screenshot("without-scripts-backup-codes").await;
    for name in ["Copy", "Print"] {
        let button = chrome
            .find(By::XPath(format!("//button[normalize-space(.)='{name}']")))
            .await;
        let shown = match button {
            Ok(button) => button.is_displayed().await.unwrap(),
            Err(_) => false,
        };
        assert!(!shown, "{name} does nothing without a script");
    }
    let mut codes = Vec::new();
    for code in chrome.find_all(By::Css("#backup-codes code")).await.unwrap() {
        codes.push(code.text().await.unwrap());
    }
    chrome.press("I have saved these codes").await;
    chrome.wait_for_heading("Security").await;
    chrome.open(&server.url("acme", "/account/emails")).await;
    chrome.fill("Add an email address", "ada@second.test").await;
    chrome.press("Add").await;
    wait_for_text(&chrome, "We have sent a message to that address.").await;
    chrome.open(&server.url("acme", "/")).await;
    chrome.press("Ada King").await;
    chrome.press("Sign out").await;
    wait_until_signed_out(&chrome).await;
    chrome.open(&server.url("acme", "/sign-in")).await;
    let offered = chrome
        .find(By::XPath("//button[normalize-space(.)='Sign in with a passkey']"))
        .await;
    if let Ok(button) = offered {
        assert!(!button.is_displayed().await.unwrap(), "a passkey needs a script");
    }
    sign_in(&chrome, ADA, &password).await;
    chrome.wait_for_heading("Two-factor authentication").await;
    chrome.fill("Authentication code", &codes[0]).await;
    chrome.press("Continue").await;
    wait_for_path(&chrome, "/").await;
    chrome.button("Ada King").await;
    // A browser without pages of its own knows the same person.
    let cookies = chrome.get_all_cookies().await.unwrap();
    let session = cookies
        .iter()
        .find(|cookie| cookie.name == "doorward_session")
        .expect("a session");
    let mut other = Browser::new(server.address(), &server.host_of("acme"));
    other.set_cookie("doorward_session", &session.value);
    other.get("/api/v1/session").await.expect_status(200);
}
