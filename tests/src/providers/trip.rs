//! The way to a provider and back, as a browser without JavaScript makes it.

use reqwest::Method;

use super::abroad::{Abroad, Answer};
use crate::browser::{Browser, Page};

/// Presses a provider's button on a page; answers the address at the provider.
///
/// # Panics
/// When the answer leads nowhere else.
pub async fn leave(browser: &mut Browser, page: &Page, button: &str) -> String {
    let answer = browser.submit_only(page, button, &[]).await.expect_status(200);
    let by_itself = answer.header("refresh").and_then(|value| value.strip_prefix("0;url="));
    let html = answer.html();
    let link = html.link("Continue");
    assert!(
        by_itself == link,
        "it leads on by itself to {by_itself:?}, and by hand to {link:?}"
    );
    let to = by_itself.unwrap_or_else(|| panic!("{button:?} leads nowhere: {}", html.text()));
    to.to_owned()
}

/// Comes back to the server, as a provider's redirect brings people there; answers what came, redirect not followed.
pub async fn come_back(browser: &mut Browser, address: &str) -> Page {
    let path = browser.path_on_host("/", address);
    let headers = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("accept", "text/html"),
    ];
    browser.send(Method::GET, &path, &headers, Vec::new()).await
}

/// From a page with the button to the answer at the callback address.
pub async fn round_trip(
    browser: &mut Browser,
    abroad: &mut Abroad,
    page: &Page,
    button: &str,
    answer: Answer<'_>,
) -> Page {
    let there = leave(browser, page, button).await;
    let back = abroad.go(&there, answer).await;
    come_back(browser, &back).await
}
