//! What people do about their own account, on pages without JavaScript.

use crate::authenticator_app::AuthenticatorApp;
use crate::browser::{Browser, Page};

/// A second factor that is on: the phone and the paper.
#[derive(Debug, Clone)]
pub struct TwoFactor {
    /// The app on the phone.
    pub phone: AuthenticatorApp,
    /// The ten backup codes, as they were shown.
    pub codes: Vec<String>,
}

/// Opens the security page by the way that people are told: *Edit profile*, *Manage two-factor authentication*.
pub async fn security(browser: &mut Browser) -> Page {
    let home = browser.visit("/").await.expect_status(200);
    let html = home.html();
    let profile = html.link("Edit profile").unwrap_or_else(|| {
        panic!(
            "nobody is signed in, or the user menu has no Edit profile: {}",
            html.text()
        );
    });
    let profile = browser.visit(profile).await.expect_status(200);
    let html = profile.html();
    let link = html.link("Manage two-factor authentication");
    let link = link.unwrap_or_else(|| panic!("the profile does not lead on: {}", html.text()));
    let page = browser.visit(link).await.expect_status(200);
    assert_eq!(page.html().heading(), "Security");
    page
}

/// Turns two-factor authentication on, from the security page to the backup codes and past them. Whoever is signed in
/// has shown lately who they are.
pub async fn enable_two_factor(browser: &mut Browser) -> TwoFactor {
    let page = security(browser).await;
    let page = browser.submit(&page, "Enable", &[]).await.expect_status(200);
    set_up(browser, page, None).await.0
}

/// The same from the page with the QR code on, by somebody who may have had another app before; answers what was set up
/// and where *I have saved these codes* led.
pub async fn set_up(browser: &mut Browser, page: Page, before: Option<&AuthenticatorApp>) -> (TwoFactor, Page) {
    let mut phone = phone_of(&page);
    if let Some(before) = before {
        phone = phone.after(before);
    }
    let page = browser.submit(&page, "Next", &[]).await.expect_status(200);
    let code = phone.next_code().await;
    let typed = [("Enter authentication code", code.as_str())];
    let page = browser
        .submit_only(&page, "Enable two-factor authentication", &typed)
        .await
        .expect_status(200);
    let codes = codes_of(&page);
    let next = browser.submit_only(&page, "I have saved these codes", &[]).await;
    (TwoFactor { phone, codes }, browser.follow(next).await)
}

/// The app that has read the page with the key; the address behind the QR code and the key as text say the same.
///
/// # Panics
/// When the page lacks one of them, or they differ.
pub fn phone_of(page: &Page) -> AuthenticatorApp {
    let html = page.html();
    let url = html
        .elements("a")
        .filter_map(|link| link.attribute("href"))
        .find(|address| address.starts_with("otpauth://"))
        .unwrap_or_else(|| panic!("no link for the phone on {}: {}", page.path, html.text()));
    let key = html.texts("code").into_iter().next();
    let key = key.unwrap_or_else(|| panic!("no key on {}: {}", page.path, html.text()));
    let phone = AuthenticatorApp::from_url(url);
    assert_eq!(phone.key(), AuthenticatorApp::from_key(&key).key());
    assert!(page.body().contains("<svg"), "the QR code is an SVG");
    phone
}

/// The backup codes that a page shows.
///
/// # Panics
/// When there are not ten.
pub fn codes_of(page: &Page) -> Vec<String> {
    let codes = page.html().texts("code");
    assert_eq!(codes.len(), 10, "{}: {}", page.path, page.html().text());
    codes
}
