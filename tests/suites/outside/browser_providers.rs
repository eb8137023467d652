//! Signing in with each provider in Chromium, with scripts and without: the buttons, the way there and back, *One more
//! step*, a refusal, connected accounts.

use doorward_tests::chrome::{Chrome, ChromeSetup};
use doorward_tests::machine::wait_for;
use doorward_tests::providers::{Facebook, Flavour, Honest, Person, X};
use doorward_tests::server::Server;
use doorward_tests::smtp::SmtpDouble;
use serde_json::json;
use thirtyfour::prelude::*;

use super::browser::{look, path, setup, start, wait_for_text, wait_until_signed_out};

const TICKET: &str = "/tickets/4711?view=full";
const TO_TICKET: &str = "/sign-in?return_to=%2Ftickets%2F4711%3Fview%3Dfull";
const FOR_ACME: &str = "authoritative_for = [\"acme.test\"]";

/// Every provider, each with one person.
struct Providers {
    google: Honest,
    microsoft: Honest,
    sso: Honest,
    facebook: Facebook,
    x: X,
}

/// How the way by one provider goes.
struct Way {
    button: &'static str,
    account: &'static str,
    /// The pages at the provider ask twice: who, and whether.
    twice: bool,
    /// The address that is typed at *One more step*, if it comes to that.
    more: Option<&'static str>,
}

const WAYS: [Way; 5] = [
    Way {
        button: "Sign in with Google",
        account: "ada",
        twice: true,
        more: None,
    },
    Way {
        button: "Sign in with Microsoft",
        account: "grace",
        twice: true,
        more: None,
    },
    Way {
        button: "Sign in with Facebook",
        account: "10216778",
        twice: false,
        more: Some("edsger@acme.test"),
    },
    Way {
        button: "Sign in with X",
        account: "2244994945",
        twice: false,
        more: Some("barbara@acme.test"),
    },
    Way {
        button: "Sign in with Acme SSO",
        account: "alan",
        twice: true,
        more: None,
    },
];

impl Providers {
    fn start() -> Self {
        let person = |subject: &str, name: &str, email: &str| Person::new(subject).named(name).email(email, true);
        let grace = person("grace", "Grace Hopper", "grace@acme.test").claim("xms_edov", json!(true));
        Self {
            google: Honest::start(Flavour::Google, &[person("ada", "Ada King", "ada@acme.test")]),
            microsoft: Honest::start(Flavour::Microsoft, &[grace]),
            sso: Honest::start(Flavour::Plain, &[person("alan", "Alan Turing", "alan@acme.test")]),
            facebook: Facebook::start(&[person("10216778", "Edsger Dijkstra", "ewd@elsewhere.test")]),
            x: X::start(&[Person::new("2244994945").named("Barbara Liskov")]),
        }
    }

    async fn house(&self, mail: &SmtpDouble) -> Server {
        let server = setup(mail)
            .env("DOORWARD_LIMITS__CODE_REQUESTS_PER_NETWORK_PER_HOUR", "10000")
            .provider("google", &self.google, FOR_ACME)
            .provider("microsoft", &self.microsoft, FOR_ACME)
            .provider("acme-sso", &self.sso, FOR_ACME)
            .provider("facebook", &self.facebook, FOR_ACME)
            .provider("twitter", &self.x, "")
            .start()
            .await;
        server.create_workspace("acme", "Acme");
        server
    }
}

/// At the provider: says who it is, and allows it.
async fn allow(chrome: &Chrome, way: &Way) {
    chrome.fill("Account", way.account).await;
    if way.twice {
        chrome.press("Next").await;
        chrome.wait_for_heading("Do you allow this?").await;
    }
    chrome.press("Allow").await;
}

/// Types an address at *One more step*, and the code that comes to it.
async fn prove(chrome: &Chrome, mail: &SmtpDouble, email: &str) {
    chrome.fill("Email address", email).await;
    chrome.press("Continue").await;
    chrome.wait_for_heading("Check your email").await;
    let code = mail.wait_for_mail(email).await.code();
    chrome.fill("Sign-in code", &code).await;
    // With scripts the form sends itself on the seventh character.
    if let Ok(button) = chrome.find(By::XPath("//button[normalize-space(.)='Continue']")).await {
        let _ = button.click().await;
    }
}

/// At the ticket. What stands behind `#` in a callback address, as Facebook's do, a browser carries along.
async fn wait_for_ticket(chrome: &Chrome) {
    wait_for("the ticket", std::time::Duration::from_secs(20), || async {
        let path = path(chrome).await;
        (path.split('#').next() == Some(TICKET)).then_some(())
    })
    .await;
}

async fn sign_out(chrome: &Chrome, server: &Server) {
    chrome.open(&server.url("acme", "/")).await;
    let menu = chrome.find(By::Css(".user-button")).await.expect("the user menu");
    menu.click().await.expect("the user menu opens");
    chrome.press("Sign out").await;
    wait_until_signed_out(chrome).await;
}

#[tokio::test]
async fn b6_every_provider_with_scripts() {
    let (mail, providers) = (SmtpDouble::start(), Providers::start());
    let server = providers.house(&mail).await;
    let chrome = start(ChromeSetup::new()).await;
    chrome.open(&server.url("acme", TO_TICKET)).await;
    look(&chrome, "sign-in-with-providers").await;
    for (turn, way) in WAYS.iter().enumerate() {
        chrome.set_viewport(1280, 800).await;
        chrome.open(&server.url("acme", TO_TICKET)).await;
        let marked = chrome.text().await.matches("Last used").count();
        assert_eq!(marked, usize::from(turn > 0), "before {}", way.button);
        chrome.press(way.button).await;
        if turn == 0 {
            // Given up there, and taken up again.
            chrome.press("Cancel").await;
            wait_for_text(&chrome, "The sign-in was cancelled there, so nothing has happened.").await;
            look(&chrome, "sign-in-given-up").await;
            chrome.set_viewport(1280, 800).await;
            chrome.press(way.button).await;
        }
        allow(&chrome, way).await;
        if let Some(email) = way.more {
            chrome.wait_for_heading("One more step").await;
            look(&chrome, "one-more-step").await;
            prove(&chrome, &mail, email).await;
        }
        wait_for_ticket(&chrome).await;
        if turn == 0 {
            chrome.open(&server.url("acme", "/account/connections")).await;
            chrome.wait_for_heading("Connected accounts").await;
            chrome.button("Disconnect Google").await;
            look(&chrome, "connections").await;
            chrome.set_viewport(1280, 800).await;
            // One more of one's own, from the profile.
            chrome.press("Connect Acme SSO").await;
            allow(
                &chrome,
                &Way {
                    account: "alan",
                    ..WAYS[4]
                },
            )
            .await;
            wait_for_text(&chrome, "Your account is connected.").await;
            chrome.press("Disconnect Acme SSO").await;
            wait_for_text(&chrome, "The account is disconnected.").await;
        }
        sign_out(&chrome, &server).await;
    }
}

#[tokio::test]
async fn b6_every_provider_without_scripts() {
    let (mail, providers) = (SmtpDouble::start(), Providers::start());
    let server = providers.house(&mail).await;
    for way in &WAYS {
        let chrome = ChromeSetup::new().without_javascript().start().await;
        chrome.open(&server.url("acme", TO_TICKET)).await;
        chrome.press(way.button).await;
        allow(&chrome, way).await;
        if let Some(email) = way.more {
            chrome.wait_for_heading("One more step").await;
            prove(&chrome, &mail, email).await;
        }
        wait_for_ticket(&chrome).await;
    }
}
