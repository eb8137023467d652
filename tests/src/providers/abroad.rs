//! A person's browser at providers, without JavaScript.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use url::{Position, Url};

use crate::browser::Browser;

/// What somebody does at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'t> {
    /// They say who they are, and allow it.
    As(&'t str),
    /// They press **Cancel**.
    Cancel,
}

/// The part of somebody's browser that holds the cookies of providers.
#[derive(Debug, Default)]
pub struct Abroad {
    browsers: BTreeMap<String, Browser>,
}

impl Abroad {
    /// A browser that was at no provider yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes to a provider and through its forms. Answers with the address to which it sends the person back; nothing has
    /// been asked of that address yet.
    ///
    /// # Panics
    /// When the provider shows a page that is none of its forms, or does not send anybody back.
    pub async fn go(&mut self, address: &str, answer: Answer<'_>) -> String {
        let address = Url::parse(address).unwrap_or_else(|error| panic!("{address:?} is no address: {error}"));
        let (origin, authority) = (address.origin(), authority(&address));
        let node = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port().expect("a port")));
        let browser = self
            .browsers
            .entry(authority.clone())
            .or_insert_with(|| Browser::new(node, &authority));
        let mut page = browser.get(&address[Position::BeforePath..Position::AfterQuery]).await;
        for _ in 0..12 {
            if page.status.is_redirection() {
                let target = page.location().expect("a redirect leads somewhere");
                let here = Url::parse(&format!("http://{authority}{}", page.path)).expect("an address");
                let target = here.join(target).expect("a redirect leads to an address");
                if target.origin() != origin {
                    return target.into();
                }
                page = browser.get(&target[Position::BeforePath..Position::AfterQuery]).await;
                continue;
            }
            let html = page.html();
            let mut typed = Vec::new();
            let button = match answer {
                Answer::Cancel => "Cancel",
                Answer::As(account) => {
                    if html.field_names().iter().any(|label| label == "Account") {
                        typed.push(("Account", account));
                    }
                    if html.has_button("Next") { "Next" } else { "Allow" }
                }
            };
            assert!(
                page.status == 200 && html.has_button(button),
                "{authority}{} is none of the provider's forms ({}): {}",
                page.path,
                page.status,
                html.text()
            );
            page = browser.submit_only(&page, button, &typed).await;
        }
        panic!("{authority} sends nobody back");
    }
}

fn authority(address: &Url) -> String {
    address[Position::BeforeHost..Position::AfterPort].to_owned()
}
