//! Providers of single sign-on and social sign-in, as the server meets them.
//!
//! | provider | is |
//! | --- | --- |
//! | [`Honest`] | npm `oidc-provider`: any OpenID provider, and "Google" and "Microsoft" with their peculiarities |
//! | [`Facebook`] | a double of the Graph API as documented |
//! | [`X`] | a double of the API v2 as documented |
//! | [`Scripted`] | an OpenID provider that says what it is told: the truth, or one of many lies |
//!
//! Each gives its table of `doorward.toml` ([`Counterpart`]) and shows its people forms with the same words, so that one
//! [`Abroad`] gets through all of them: **Account** and **Next**, then **Allow** or **Cancel**.

mod abroad;
mod facebook;
mod honest;
mod scripted;
mod serve;
mod trip;
mod x;

use std::fmt::Write as _;

use serde_json::{Value, json};

pub use abroad::{Abroad, Answer};
pub use facebook::Facebook;
pub use honest::{Flavour, Honest, TENANT};
pub use scripted::{Lie, Scripted};
pub use trip::{come_back, leave, round_trip};
pub use x::X;

use serve::Reply;

/// Who this server is to every provider of the suites.
pub const CLIENT: &str = "doorward-client";
/// The secret that goes with it. It is searched for in logs and answers.
pub const SECRET: &str = "a-client-secret-of-the-suites-5d1f";

/// A provider that the server can be configured with.
pub trait Counterpart {
    /// The table of `doorward.toml`, under this id.
    fn table(&self, id: &str) -> String;
}

/// Somebody who has an account at a provider.
#[derive(Debug, Clone)]
pub struct Person {
    /// The subject; what they type as **Account**.
    pub subject: String,
    /// What is said of them, besides.
    pub claims: Value,
    /// How they showed who they are (`amr`); not said where empty.
    pub amr: Vec<String>,
}

impl Person {
    /// Somebody of whom nothing is said but the subject.
    pub fn new(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            claims: json!({}),
            amr: Vec::new(),
        }
    }

    /// A name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.claim("name", json!(name))
    }

    /// An address, and whether the provider says that it is proved.
    #[must_use]
    pub fn email(self, address: &str, verified: bool) -> Self {
        self.claim("email", json!(address))
            .claim("email_verified", json!(verified))
    }

    /// Any claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    /// They showed two factors there.
    #[must_use]
    pub fn with_two_factors(mut self) -> Self {
        self.amr = ["pwd", "otp", "mfa"].map(str::to_owned).to_vec();
        self
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }
}

/// A call that the server makes, at which a provider can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// The metadata.
    Discovery,
    /// The keys.
    Keys,
    /// The exchange of the code.
    Token,
    /// Whose token that is (Facebook's `debug_token`).
    Inspect,
    /// Who it is.
    Userinfo,
}

/// How it fails there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// 500, with a page for people.
    Broken,
    /// A body that never ends.
    Endless,
    /// No answer, while the connection stays open.
    Hang,
    /// 200, with a page for people.
    NotJson,
}

impl Failure {
    fn reply(self) -> Reply {
        match self {
            Self::Broken => Reply::page(500, "Something went wrong", "<p>We are on it.</p>"),
            Self::Endless => Reply::Endless,
            Self::Hang => Reply::Hang,
            Self::NotJson => Reply::page(200, "Welcome", "<p>Here is a page.</p>"),
        }
    }
}

/// The word on the button of a provider that brings none of its own: its id, but for the one of most suites.
fn name_of(id: &str) -> &str {
    if id == "acme-sso" { "Acme SSO" } else { id }
}

/// The address with these parameters added.
fn with_query(address: &str, values: &[(&str, &str)]) -> String {
    let mut url = url::Url::parse(address).unwrap_or_else(|error| panic!("{address:?} is no address: {error}"));
    url.query_pairs_mut().extend_pairs(values);
    url.into()
}

/// What `code_challenge` must be for this verifier (RFC 7636, S256).
fn challenge_of(verifier: &str) -> String {
    use sha2::Digest as _;
    data_encoding::BASE64URL_NOPAD.encode(&sha2::Sha256::digest(verifier.as_bytes()))
}

/// The page on which somebody says who they are and whether they allow it.
fn dialog(title: &str, action: &str, hidden: &[(&str, &str)]) -> Reply {
    let mut fields = String::new();
    for (name, value) in hidden {
        let value = attribute(value);
        let _ = write!(fields, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
    }
    let form = |inside: &str| format!("<form method=\"post\" action=\"{action}\">{fields}{inside}</form>");
    let allow = form("<label>Account <input name=\"account\" required></label><button>Allow</button>");
    let cancel = form("<input type=\"hidden\" name=\"cancel\" value=\"yes\"><button>Cancel</button>");
    let body = format!("{allow}{cancel}");
    Reply::page(200, title, &body)
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
