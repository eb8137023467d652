//! C12 and B17 in Chromium: whoever does what *How to sign in* says, step by step and by the words that it gives, gets in,
//! whichever ways are switched on, with scripts and without, with a second step and without, for customers and for staff.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use doorward_tests::authenticator_app::AuthenticatorApp;
use doorward_tests::browser::{Browser, fresh_password};
use doorward_tests::chrome::{Chrome, ChromeSetup};
use doorward_tests::machine::wait_for;
use doorward_tests::providers::{Flavour, Honest, Person};
use doorward_tests::server::Server;
use doorward_tests::smtp::SmtpDouble;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::browser::{eval, setup, start, wait_for_path};
use super::browser_account::by_passkey;
use crate::door::hand_over;

/// The switches of the customers' tab, and the order of the bits of a combination.
const SWITCHES: [&str; 7] = [
    "customers.password",
    "customers.email_code",
    "customers.providers.acme-sso",
    "customers.passkey",
    "customers.hand_over",
    "portal_links",
    "sign_up",
];
const EVERYTHING: u8 = 0x7f;

/// What a way needs, where nothing else is on.
const ALONE: [(&str, u8); 8] = [
    ("password", 0b000_0001),
    ("email-code", 0b000_0010),
    ("provider-acme-sso", 0b000_0100),
    ("passkey", 0b000_1000),
    ("hand-over", 0b001_0000),
    ("portal-link", 0b010_0010),
    ("new-password", 0b000_0001),
    ("sign-up", 0b100_0001),
];

/// The guides that a combination has, by a rule of the test's own.
fn guides_of(bits: u8) -> BTreeSet<&'static str> {
    let has = |needed: u8| bits & needed == needed;
    ALONE
        .iter()
        .filter(|(_, needs)| has(*needs))
        .map(|(way, _)| *way)
        .collect()
}

/// A step as it stands on the page: what it says, and what it is about.
#[derive(Debug, Clone, Deserialize)]
struct Step {
    said: String,
    action: String,
    what: String,
    label: Option<String>,
    path: Option<String>,
}

impl Step {
    /// The words of the page that it names; they stand in the sentence that people read.
    fn label(&self) -> &str {
        let label = self.label.as_deref().unwrap_or_default();
        assert!(!label.is_empty() && self.said.contains(label), "{self:?}");
        label
    }
}

type Guides = BTreeMap<String, Vec<Step>>;

const READ_GUIDES: &str = "Object.fromEntries([...document.querySelectorAll('section.guide')].map(s => [s.id, \
    [...s.querySelectorAll('ol > li')].map(li => ({said: li.innerText, action: li.dataset.do, what: li.dataset.what, \
    label: li.dataset.label || null, path: li.dataset.path || null}))]))";

/// What there is on a page to fill in, to press and to follow, by the names that a reader hears.
const READ_NAMES: &str = "(() => { const seen = e => e.checkVisibility(); const name = e => \
    (e.getAttribute('aria-label') || e.innerText).trim().replace(/\\s+/g, ' '); return { \
    fill: [...document.querySelectorAll('label')].filter(seen).map(name), \
    press: [...document.querySelectorAll('button')].filter(seen).map(name), \
    follow: [...document.querySelectorAll('a')].filter(seen).map(name) } })()";

struct Street {
    server: Server,
    mail: SmtpDouble,
    portal: Browser,
    key: String,
    /// The secret by which the company's own site hands over.
    site: String,
    _provider: Honest,
}

impl Street {
    async fn build() -> Self {
        let mail = SmtpDouble::start();
        let person = |subject: &str, name: &str| {
            Person::new(subject)
                .named(name)
                .email(&format!("{subject}@acme.test"), true)
        };
        let provider = Honest::start(
            Flavour::Plain,
            &[person("alan", "Alan Turing"), person("grace", "Grace Hopper")],
        );
        let mut setup = setup(&mail).provider("acme-sso", &provider, "authoritative_for = [\"acme.test\"]");
        for limit in ["CODE_REQUESTS", "SIGN_UPS", "RESETS"] {
            setup = setup.env(&format!("DOORWARD_LIMITS__{limit}_PER_NETWORK_PER_HOUR"), "10000");
        }
        let server = setup.start().await;
        server.create_workspace("acme", "Acme");
        let printed = |args: &[&str]| server.cli(args).expect_success().stdout.trim().to_owned();
        let key = printed(&["api-key", "create", "--workspace", "acme", "--scope", "settings:write"]);
        printed(&["settings", "set", "--workspace", "acme", "customers.hand_over=true"]);
        let site = printed(&[
            "hand-over",
            "key",
            "add",
            "--audience",
            "customers",
            "--workspace",
            "acme",
        ]);
        let street = Self {
            portal: server.browser("acme"),
            key,
            site,
            mail,
            _provider: provider,
            server,
        };
        street.person("alan@acme.test", "customer");
        street
    }

    /// Switches the ways of this combination on, and all others off.
    async fn switch(&mut self, bits: u8) {
        let settings: serde_json::Map<String, Value> = SWITCHES
            .iter()
            .enumerate()
            .map(|(bit, key)| {
                let on = bits & (1 << bit) != 0;
                let value = match (*key, on) {
                    ("sign_up", true) => json!("open"),
                    ("sign_up", false) => json!("closed"),
                    _ => json!(on),
                };
                ((*key).to_owned(), value)
            })
            .collect();
        let bearer = format!("Bearer {}", self.key);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = json!({ "settings": settings }).to_string().into_bytes();
        let answer = self
            .portal
            .send(Method::PATCH, "/api/v1/settings", &headers, body)
            .await;
        answer.expect_status(200);
    }

    /// A person with a password, whose mailbox is proved.
    fn person(&self, email: &str, role: &str) -> Walker {
        let walker = Walker::new(email);
        let args = [
            "user",
            "create",
            "--workspace",
            "acme",
            "--email",
            email,
            "--name",
            "Ada King",
            "--role",
            role,
            "--verified",
            "--password-stdin",
        ];
        self.server.cli_with_input(&args, &walker.password).expect_success();
        walker
    }

    /// Turns two-factor authentication on for somebody.
    async fn enrol(&self, walker: &mut Walker) {
        let mut browser = self.server.browser("acme");
        let body = json!({"email": walker.email, "password": walker.password});
        let told = browser.json(Method::POST, "/api/v1/sign-in/password", &body).await;
        let token = told.expect_status(200).json()["session"]["token"].clone();
        browser.always("authorization", &format!("Bearer {}", token.as_str().expect("a token")));
        let path = "/api/v1/account/two-factor";
        let key = browser
            .json(Method::POST, path, &json!({}))
            .await
            .expect_status(200)
            .json();
        let mut app = AuthenticatorApp::from_key(key["key"].as_str().expect("a key"));
        let code = json!({"code": app.next_code().await});
        let told = browser.json(Method::POST, &format!("{path}/enable"), &code).await;
        let codes = told.expect_status(200).json()["backup_codes"].clone();
        walker.paper = codes[0].as_str().map(str::to_owned);
        walker.app = Some(app);
    }

    /// Who is signed in with what this Chromium keeps.
    async fn who(&self, chrome: &Chrome) -> Option<String> {
        let mut browser = self.server.browser("acme");
        for cookie in chrome.get_all_cookies().await.ok()? {
            browser.set_cookie(&cookie.name, &cookie.value);
        }
        let page = browser.get("/api/v1/session").await;
        let signed_in = page.status == 200;
        signed_in.then(|| page.json()["user"]["primary_email"].as_str().map(str::to_owned))?
    }

    async fn guides(&self, chrome: &Chrome, audience: &str) -> Guides {
        let page = self.server.url("acme", &format!("/sign-in/help?for={audience}"));
        chrome.open(&page).await;
        // The protocol reads what a page without scripts shows as well.
        serde_json::from_value(eval(chrome, READ_GUIDES).await).expect("guides")
    }

    /// Does what the steps say, in a browser that nobody has used before, and is let in.
    async fn follow(&self, chrome: &Chrome, steps: &[Step], walker: &mut Walker, of: &str) {
        chrome.command("Network.clearBrowserCookies", json!({})).await;
        let mut mailed = String::new();
        let mut goes_by_itself = false;
        for (at, step) in steps.iter().enumerate() {
            let device_is_asked = steps.get(at + 1).is_some_and(|next| next.action == "answer-device");
            match step.action.as_str() {
                "open" => {
                    let path = step.path.as_deref().expect("an address");
                    chrome.open(&self.server.url("acme", path)).await;
                }
                "follow" => chrome.follow(step.label()).await,
                "fill" => {
                    goes_by_itself = step.what.ends_with("code");
                    let value = match step.what.as_str() {
                        "address" => walker.email.clone(),
                        "password" => walker.password.clone(),
                        "new-password" => {
                            walker.password = fresh_password();
                            walker.password.clone()
                        }
                        "mailed-code" => mailed.clone(),
                        "app-code" => walker.second_code().await,
                        "name" => "Ada King".to_owned(),
                        other => panic!("what is {other}? ({of})"),
                    };
                    chrome.fill(step.label(), &value).await;
                }
                // With scripts a whole code sends itself, and the page may be gone before the button is reached.
                "press" if goes_by_itself => {
                    let label = step.label();
                    let button = format!("//button[normalize-space(.)='{label}']");
                    if let Ok(button) = chrome.find(By::XPath(button)).await {
                        let _ = button.click().await;
                    }
                    goes_by_itself = false;
                }
                // The device is touched, or not, when it is asked: so the button waits for the step that says what it answers.
                "press" if device_is_asked => {
                    let button = format!("//button[normalize-space(.)='{}']", step.label());
                    let found = chrome.find(By::XPath(&button)).await;
                    assert!(found.is_ok(), "{button} ({of})");
                }
                "press" => chrome.press(step.label()).await,
                "read-mail" if step.what == "code" => {
                    mailed = self.mail.wait_for_code(&walker.email, walker.codes_read).await;
                    walker.codes_read += 1;
                }
                "read-mail" => {
                    let mail = self.mail.wait_for_words(&walker.email, "/reset-password/").await;
                    chrome.open(&mail.link()).await;
                }
                "at-provider" => {
                    assert!(step.said.contains(&step.what), "{step:?}");
                    let account = walker.email.split('@').next().unwrap_or_default();
                    chrome.fill("Account", account).await;
                    chrome.press("Next").await;
                    chrome.wait_for_heading("Do you allow this?").await;
                    chrome.press("Allow").await;
                }
                "answer-device" => {
                    let device = walker.device.as_deref().expect("a device");
                    chrome.set_touched(device, true).await;
                    by_passkey(chrome, "/").await;
                    chrome.set_touched(device, false).await;
                }
                "at-company-site" => {
                    let claims = json!({"iat": hand_over::now(), "jti": fresh_password(), "email": walker.email});
                    let token = hand_over::token(&self.site, &claims);
                    chrome
                        .open(&self.server.url("acme", &hand_over::link(&token, "/")))
                        .await;
                    // The page sends the token on by itself, where it can.
                    let button = By::XPath("//button[normalize-space(.)='Continue']");
                    if let Ok(button) = chrome.find(button).await {
                        let _ = button.click().await;
                    }
                }
                other => panic!("nobody can do {other} ({of})"),
            }
        }
        wait_for(
            &format!("{} to be signed in by {of}", walker.email),
            Duration::from_secs(15),
            || async { (self.who(chrome).await.as_ref() == Some(&walker.email)).then_some(()) },
        )
        .await;
    }
}

/// Somebody who follows guides.
#[derive(Debug, Default)]
struct Walker {
    email: String,
    password: String,
    codes_read: usize,
    app: Option<AuthenticatorApp>,
    /// A backup code; used in place of the app's if it is taken out.
    paper: Option<String>,
    uses_paper: bool,
    device: Option<String>,
}

impl Walker {
    fn new(email: &str) -> Self {
        Self {
            email: email.to_owned(),
            password: fresh_password(),
            ..Self::default()
        }
    }

    async fn second_code(&mut self) -> String {
        match &mut self.app {
            Some(app) if !self.uses_paper => app.next_code().await,
            _ => self.paper.take().expect("a backup code"),
        }
    }
}

/// Whoever follows the guide of that way: a stranger signs up, the provider knows its own, everybody else is there.
fn walker_for(street: &Street, way: &str, email: &str) -> Walker {
    match way {
        "sign-up" => Walker::new(email),
        // There already: whoever comes by a provider for the first time signs up.
        "provider-acme-sso" => Walker::new("alan@acme.test"),
        _ => street.person(email, "customer"),
    }
}

#[tokio::test]
async fn c12_every_combination_of_ways_is_told_as_the_pages_have_it() {
    let mut street = Street::build().await;
    let chrome = start(ChromeSetup::new()).await;
    let staff = street.guides(&chrome, "staff").await;
    for bits in 0..=EVERYTHING {
        street.switch(bits).await;
        let mut guides = street.guides(&chrome, "customers").await;
        let second = guides.remove("second-step").unwrap_or_default();
        assert_eq!(second.is_empty(), guides.is_empty(), "{bits:07b}");
        let told: BTreeSet<&str> = guides.keys().map(String::as_str).collect();
        assert_eq!(told, guides_of(bits), "{bits:07b}");
        let mut names: BTreeMap<&str, Value> = BTreeMap::new();
        for path in ["/sign-in", "/portal"] {
            let begins = |steps: &Vec<Step>| steps[0].path.as_deref() == Some(path);
            if path == "/sign-in" || guides.values().any(begins) {
                chrome.open(&street.server.url("acme", path)).await;
                names.insert(path, eval(&chrome, READ_NAMES).await);
            }
        }
        // Staff come in by the same page, by ways of their own.
        let pressed_by_staff = staff.values().flatten().filter(|step| step.action == "press");
        let mut pressed: BTreeSet<String> = pressed_by_staff.map(|step| step.label().to_owned()).collect();
        for (way, steps) in &guides {
            // Up to the first button or link everything stands on the page that the guide begins on.
            let Some(there) = steps[0].path.as_deref().and_then(|path| names.get(path)) else {
                assert_eq!(way, "hand-over", "{steps:?}");
                continue;
            };
            for step in &steps[1..] {
                let has = there[&step.action].as_array().into_iter().flatten();
                let has: Vec<&str> = has.filter_map(Value::as_str).collect();
                assert!(
                    has.contains(&step.label()),
                    "{way} under {bits:07b}: {step:?} is not among {has:?}"
                );
                if step.action == "press" || step.action == "follow" {
                    pressed.insert(step.label().to_owned());
                    break;
                }
            }
        }
        // And no way in stands on the sign-in page that nobody is told of.
        let buttons = names["/sign-in"]["press"].as_array().into_iter().flatten();
        for button in buttons.filter_map(Value::as_str) {
            let is_way = button.starts_with("Sign in") || button.starts_with("Email me");
            assert!(
                !is_way || pressed.contains(button),
                "{button:?} is told in no guide under {bits:07b}"
            );
        }
    }
}

#[tokio::test]
async fn c12_whoever_follows_a_guide_in_chromium_gets_in() {
    let mut street = Street::build().await;
    let chrome = start(ChromeSetup::new()).await;
    // Two-factor authentication is turned on for these first: a code of an app is good once in its half minute.
    let mut careful = BTreeMap::new();
    for (way, email) in [
        ("password", "two-password@acme.test"),
        ("backup-code", "two-paper@acme.test"),
        ("email-code", "two-code@acme.test"),
        ("portal-link", "two-portal@acme.test"),
        ("new-password", "two-new@acme.test"),
        ("provider-acme-sso", "grace@acme.test"),
    ] {
        let mut walker = street.person(email, "customer");
        street.enrol(&mut walker).await;
        careful.insert(way, walker);
    }
    let device = chrome.add_authenticator().await;
    let mut keeper = street.person("keeper@acme.test", "customer");
    chrome.open(&street.server.url("acme", "/sign-in")).await;
    super::browser::sign_in(&chrome, &keeper.email, &keeper.password).await;
    wait_for_path(&chrome, "/").await;
    chrome.open(&street.server.url("acme", "/account/security")).await;
    chrome.press("Add a passkey").await;
    chrome.wait_for_heading("Add a passkey").await;
    chrome.press("Create the passkey").await;
    chrome.wait_for_heading("Security").await;
    chrome.set_touched(&device, false).await;
    keeper.device = Some(device);

    let mut followed = BTreeSet::new();
    for (way, alone) in ALONE {
        for (context, bits) in [("alone", alone), ("all", EVERYTHING)] {
            street.switch(bits).await;
            let guides = street.guides(&chrome, "customers").await;
            let of = format!("{way}, {context}, with scripts");
            if way == "passkey" {
                street.follow(&chrome, &guides[way], &mut keeper, &of).await;
            } else {
                let mut walker = walker_for(&street, way, &format!("{way}-{context}@acme.test"));
                street.follow(&chrome, &guides[way], &mut walker, &of).await;
            }
            followed.insert(way);
        }
    }
    assert_eq!(followed.len(), ALONE.len());

    street.switch(EVERYTHING).await;
    let guides = street.guides(&chrome, "customers").await;
    for (way, walker) in &mut careful {
        walker.uses_paper = *way == "backup-code";
        let guide = if walker.uses_paper { "password" } else { *way };
        let steps = [guides[guide].clone(), guides["second-step"].clone()].concat();
        street
            .follow(&chrome, &steps, walker, &format!("{way}, and a second step"))
            .await;
    }

    // Staff have a guide of their own.
    let guides = street.guides(&chrome, "staff").await;
    let told: Vec<&str> = guides.keys().map(String::as_str).collect();
    assert_eq!(told, ["new-password", "passkey", "password", "second-step"]);
    for way in ["password", "new-password"] {
        let mut agent = street.person(&format!("{way}-agent@acme.test"), "agent");
        street
            .follow(&chrome, &guides[way], &mut agent, &format!("{way}, for staff"))
            .await;
    }
}

#[tokio::test]
async fn c12_whoever_follows_a_guide_without_scripts_gets_in() {
    let mut street = Street::build().await;
    let chrome = ChromeSetup::new().without_javascript().start().await;
    for (way, alone) in ALONE {
        for (context, bits) in [("alone", alone), ("all", EVERYTHING)] {
            street.switch(bits).await;
            let guides = street.guides(&chrome, "customers").await;
            if way == "passkey" {
                // Scripts it takes; that it does is said on its page.
                assert!(guides.contains_key(way));
                continue;
            }
            let of = format!("{way}, {context}, without scripts");
            let mut walker = walker_for(&street, way, &format!("{way}-{context}@acme.test"));
            street.follow(&chrome, &guides[way], &mut walker, &of).await;
        }
    }
}

#[tokio::test]
async fn c12_the_guides_hold_in_every_language() {
    let street = Street::build().await;
    let chrome = start(ChromeSetup::new().language("ar")).await;
    let guides = street.guides(&chrome, "customers").await;
    let said = &guides["password"][3].said;
    assert!(
        said.chars().any(|letter| ('\u{0600}'..='\u{06ff}').contains(&letter)),
        "{said}"
    );
    for way in ["password", "email-code", "new-password", "sign-up", "portal-link"] {
        let mut walker = walker_for(&street, way, &format!("{way}@acme.test"));
        street
            .follow(&chrome, &guides[way], &mut walker, &format!("{way}, in Arabic"))
            .await;
    }
}

/// The steps of a mailed report, as its sentences have them.
fn steps_of_report(text: &str) -> Vec<Step> {
    let lines = text.lines().map(str::trim);
    let numbered = lines.filter_map(|line| {
        let (number, said) = line.split_once(". ")?;
        number.parse::<u8>().ok().map(|_| said.to_owned())
    });
    let step = |said: String| {
        let label = said.split(['“', '”']).nth(1).map(str::to_owned);
        let (action, what) = match said.split(' ').next().unwrap_or_default() {
            "Open" if said.contains("the link") => ("read-mail", "link"),
            "Open" if said.contains("a code") => ("read-mail", "code"),
            "Open" => ("open", "sign-in"),
            "Follow" => ("follow", ""),
            "Press" => ("press", ""),
            "Choose" => ("fill", "new-password"),
            "Enter" if said.contains("this address") => ("fill", "address"),
            "Enter" if said.contains("your password") => ("fill", "password"),
            "Enter" if said.contains("the code") => ("fill", "mailed-code"),
            "Sign" => ("at-provider", "Acme SSO"),
            _ => panic!("what is {said:?}?"),
        };
        let path = (action == "open").then(|| "/sign-in".to_owned());
        let (action, what) = (action.to_owned(), what.to_owned());
        Step {
            said,
            action,
            what,
            label,
            path,
        }
    };
    numbered.map(step).collect()
}

#[tokio::test]
async fn b17_whoever_does_what_the_mailed_report_says_gets_in() {
    let mut street = Street::build().await;
    let chrome = start(ChromeSetup::new()).await;
    for (name, bits) in [("all", EVERYTHING), ("codes", 0b10), ("passwords", 0b1)] {
        street.switch(bits).await;
        let mut walker = street.person(&format!("{name}@acme.test"), "customer");
        chrome.command("Network.clearBrowserCookies", json!({})).await;
        chrome.open(&street.server.url("acme", "/sign-in")).await;
        chrome.follow("Trouble signing in?").await;
        chrome.fill("Email address", &walker.email).await;
        chrome.press("Send me a report").await;
        let report = street
            .mail
            .wait_for_subject(&walker.email, "How to sign in to Acme")
            .await
            .text();
        let (_, end) = report.split_once("What to do now:").expect("something to do");
        let steps = steps_of_report(end);
        assert!(steps.len() >= 6, "{report}");
        street
            .follow(&chrome, &steps, &mut walker, &format!("the report, {name}"))
            .await;
    }
}
