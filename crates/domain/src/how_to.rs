//! *How to sign in* (C12): each way in as the steps that somebody takes, generated from the settings in force. A step is a
//! typed action and the very label that stands on the page, so that a test can follow it and a page can say it in any
//! language.

use serde::{Deserialize, Serialize};

use crate::method::Method;
use crate::provider::{ProviderDescription, ProviderId};
use crate::role::Audience;
use crate::settings::{SecuritySettings, SignUpRule};
use crate::words::Words;

/// A way in, as somebody chooses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "kebab-case")]
pub enum GuideWay {
    /// Email and password (B1).
    Password,
    /// Emailed code (B2).
    EmailCode,
    /// A provider (B6).
    Provider {
        /// Its id.
        id: ProviderId,
        /// The word on its button.
        name: String,
    },
    /// A passkey (B10).
    Passkey,
    /// From the company's own site, by a signed token (B18).
    HandOver,
    /// The shared portal link (B3).
    PortalLink,
    /// A first password, or a new one (B14): for an account that was made for its owner, too (A2).
    NewPassword,
    /// An account of one's own (A3).
    SignUp,
}

impl GuideWay {
    /// The stable name.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::EmailCode => "email-code",
            Self::Provider { .. } => "provider",
            Self::Passkey => "passkey",
            Self::HandOver => "hand-over",
            Self::PortalLink => "portal-link",
            Self::NewPassword => "new-password",
            Self::SignUp => "sign-up",
        }
    }
}

/// A page that a guide begins on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The sign-in page.
    SignIn,
    /// The page behind the shared portal link.
    Portal,
}

impl Place {
    /// Its address below the workspace's origin.
    pub const fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in",
            Self::Portal => "/portal",
        }
    }

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Portal => "portal",
        }
    }
}

/// What goes into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Typed {
    /// One's email address.
    Address,
    /// One's password.
    Password,
    /// A new password, of at least so many characters.
    NewPassword {
        /// The fewest characters.
        min_length: u16,
    },
    /// The code out of the mail.
    MailedCode,
    /// The code that the authenticator app shows, or a backup code.
    AppCode,
    /// One's name.
    Name,
}

impl Typed {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Password => "password",
            Self::NewPassword { .. } => "new-password",
            Self::MailedCode => "mailed-code",
            Self::AppCode => "app-code",
            Self::Name => "name",
        }
    }
}

/// What is looked for in a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailHolds {
    /// A code.
    Code,
    /// A link, to be opened.
    Link,
}

/// One step. A label is the message that the page itself shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum HowToStep {
    /// Open a page.
    Open {
        /// Which.
        place: Place,
    },
    /// Follow a link on the page.
    Follow {
        /// Its words.
        label: Words,
    },
    /// Fill a field.
    Fill {
        /// Its label.
        label: Words,
        /// With what.
        with: Typed,
    },
    /// Press a button.
    Press {
        /// Its words.
        label: Words,
    },
    /// Look into the mailbox.
    ReadMail {
        /// For what.
        holds: MailHolds,
    },
    /// Sign in at the provider.
    AtProvider {
        /// As its button names it.
        provider: String,
    },
    /// Unlock the device that keeps the passkey.
    AnswerDevice,
    /// Sign in at the company's own site, and go on from there to the help centre.
    AtCompanySite,
}

/// The steps of one way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guide {
    /// Which.
    #[serde(flatten)]
    pub way: GuideWay,
    /// In order.
    pub steps: Vec<HowToStep>,
}

/// Everything that an audience is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HowTo {
    /// Each way that is open to it, in the order of the sign-in page.
    pub guides: Vec<Guide>,
    /// What comes after the first step for whoever has two-factor authentication on (B11).
    pub second_step: Vec<HowToStep>,
    /// Whether nobody of the audience gets in without a second factor.
    pub second_factor_required: bool,
    /// Whether a provider admits people of the directory only (B8).
    pub directory_required: bool,
}

fn open(place: Place) -> HowToStep {
    HowToStep::Open { place }
}

fn follow(label: &'static str) -> HowToStep {
    HowToStep::Follow {
        label: Words::key(label),
    }
}

fn fill(label: &'static str, with: Typed) -> HowToStep {
    HowToStep::Fill {
        label: Words::key(label),
        with,
    }
}

fn press(label: &'static str) -> HowToStep {
    HowToStep::Press {
        label: Words::key(label),
    }
}

fn read(holds: MailHolds) -> HowToStep {
    HowToStep::ReadMail { holds }
}

/// What an audience is told, under these settings; `providers` are those that have credentials, in the order of their
/// buttons.
pub fn how_to(settings: &SecuritySettings, audience: Audience, providers: &[ProviderDescription]) -> HowTo {
    let rules = settings.audience(audience);
    let mut guides = Vec::new();
    let mut add = |way: GuideWay| {
        let steps = steps_of(&way, settings, audience);
        guides.push(Guide { way, steps });
    };
    if rules.offers(Method::Password) {
        add(GuideWay::Password);
    }
    if rules.offers(Method::EmailCode) {
        add(GuideWay::EmailCode);
    }
    let open_providers = providers
        .iter()
        .filter(|provider| settings.offers_provider(audience, &provider.id));
    let mut any_provider = false;
    for provider in open_providers {
        any_provider = true;
        add(GuideWay::Provider {
            id: provider.id.clone(),
            name: provider.name.clone(),
        });
    }
    if rules.offers(Method::Passkey) {
        add(GuideWay::Passkey);
    }
    if rules.offers(Method::HandOver) {
        add(GuideWay::HandOver);
    }
    if settings.portal_links && rules.offers(Method::EmailCode) {
        add(GuideWay::PortalLink);
    }
    if rules.offers(Method::Password) {
        add(GuideWay::NewPassword);
    }
    let customers = audience == Audience::Customers;
    if customers && rules.offers(Method::Password) && settings.sign_up != SignUpRule::Closed {
        add(GuideWay::SignUp);
    }
    let second_step = vec![fill("second-factor-code", Typed::AppCode), press("continue")];
    HowTo {
        guides,
        second_step,
        second_factor_required: rules.two_factor_required,
        directory_required: any_provider && settings.directory.required,
    }
}

/// The steps of one way in, whether it is open or not.
pub fn steps_of(way: &GuideWay, settings: &SecuritySettings, audience: Audience) -> Vec<HowToStep> {
    let min_length = settings.audience(audience).password_min_length;
    match way {
        GuideWay::Password => vec![
            open(Place::SignIn),
            fill("email-address", Typed::Address),
            fill("password", Typed::Password),
            press("sign-in-button"),
        ],
        GuideWay::EmailCode => vec![
            open(Place::SignIn),
            fill("email-address", Typed::Address),
            press("sign-in-code-button"),
            read(MailHolds::Code),
            fill("sign-in-code", Typed::MailedCode),
            press("continue"),
        ],
        GuideWay::Provider { name, .. } => vec![
            open(Place::SignIn),
            HowToStep::Press {
                label: Words::key("sign-in-with").with("provider", name.as_str()),
            },
            HowToStep::AtProvider { provider: name.clone() },
        ],
        GuideWay::Passkey => vec![
            open(Place::SignIn),
            press("sign-in-passkey-button"),
            HowToStep::AnswerDevice,
        ],
        GuideWay::HandOver => vec![HowToStep::AtCompanySite],
        GuideWay::PortalLink => vec![
            open(Place::Portal),
            fill("portal-primary-email", Typed::Address),
            press("portal-send-code"),
            read(MailHolds::Code),
            fill("sign-in-code", Typed::MailedCode),
            press("continue"),
        ],
        GuideWay::NewPassword => vec![
            open(Place::SignIn),
            follow("forgot-password-link"),
            fill("email-address", Typed::Address),
            press("forgot-button"),
            read(MailHolds::Link),
            fill("new-password", Typed::NewPassword { min_length }),
            press("reset-button"),
            follow("sign-in-link"),
            fill("email-address", Typed::Address),
            fill("password", Typed::Password),
            press("sign-in-button"),
        ],
        GuideWay::SignUp => vec![
            open(Place::SignIn),
            follow("sign-up-link"),
            fill("full-name", Typed::Name),
            fill("email-address", Typed::Address),
            fill("password", Typed::NewPassword { min_length }),
            press("sign-up-button"),
            read(MailHolds::Code),
            fill("verification-code", Typed::MailedCode),
            press("continue"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(how: &HowTo) -> Vec<&'static str> {
        how.guides.iter().map(|guide| guide.way.as_str()).collect()
    }

    #[test]
    fn c12_only_what_is_open_to_the_audience_is_told_in_the_order_of_the_page() {
        let mut settings = SecuritySettings::default();
        assert_eq!(
            ways(&how_to(&settings, Audience::Customers, &[])),
            [
                "password",
                "email-code",
                "passkey",
                "portal-link",
                "new-password",
                "sign-up"
            ]
        );
        assert_eq!(
            ways(&how_to(&settings, Audience::Staff, &[])),
            ["password", "passkey", "new-password"]
        );
        settings.customers.password = false;
        settings.portal_links = false;
        settings.customers.hand_over = true;
        assert_eq!(
            ways(&how_to(&settings, Audience::Customers, &[])),
            ["email-code", "passkey", "hand-over"]
        );
    }

    #[test]
    fn c12_every_combination_of_switches_tells_exactly_the_open_ways() {
        for bits in 0_u8..64 {
            let on = |bit: u8| bits & (1 << bit) != 0;
            let mut settings = SecuritySettings::default();
            let rules = &mut settings.customers;
            (rules.password, rules.email_code, rules.passkey) = (on(0), on(1), on(2));
            (rules.hand_over, rules.two_factor_required) = (on(3), on(4));
            settings.sign_up = if on(5) { SignUpRule::Open } else { SignUpRule::Closed };
            let how = how_to(&settings, Audience::Customers, &[]);
            let told = ways(&how);
            assert_eq!(told.contains(&"password"), on(0));
            assert_eq!(told.contains(&"new-password"), on(0));
            assert_eq!(told.contains(&"email-code"), on(1));
            assert_eq!(told.contains(&"portal-link"), on(1));
            assert_eq!(told.contains(&"passkey"), on(2));
            assert_eq!(told.contains(&"hand-over"), on(3));
            assert_eq!(told.contains(&"sign-up"), on(0) && on(5));
            assert_eq!(how.second_factor_required, on(4));
        }
    }
}
