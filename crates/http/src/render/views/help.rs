//! *Trouble signing in?* (B17) and *How to sign in* (C12).

use doorward_domain::how_to::{Guide, GuideWay, HowTo, HowToStep, MailHolds, Place, how_to};
use doorward_domain::provider::{Brand, ProviderDescription, ProviderId};
use doorward_domain::role::Audience;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::words::Words;
use serde::Serialize;

use super::super::Page;
use super::AddressForm;

/// `/sign-in/trouble` (B17).
#[derive(Debug, Clone, Serialize)]
pub struct TroubleSigningIn(pub AddressForm);

impl From<AddressForm> for TroubleSigningIn {
    fn from(form: AddressForm) -> Self {
        Self(form)
    }
}

impl Page for TroubleSigningIn {
    const TEMPLATE: &'static str = "trouble.html";

    fn samples() -> Vec<Self> {
        AddressForm::samples().into_iter().map(Self).collect()
    }
}

/// After a report was asked for: the same for every address (B16).
#[derive(Debug, Clone, Serialize)]
pub struct TroubleSent {
    /// The masked address.
    pub address: String,
    /// The address that mails come from, without a name.
    pub sender: Option<String>,
}

impl Page for TroubleSent {
    const TEMPLATE: &'static str = "trouble-sent.html";

    fn samples() -> Vec<Self> {
        vec![
            Self {
                address: "a•••@e•••.com".to_owned(),
                sender: Some("help@acme.example".to_owned()),
            },
            Self {
                address: "a•••@e•••.com".to_owned(),
                sender: None,
            },
        ]
    }
}

/// `/sign-in/help` (C12).
#[derive(Debug, Clone, Serialize)]
pub struct HowToSignIn {
    /// Whom it is for: `customers` or `staff`.
    pub audience: &'static str,
    /// Whether it stands in somebody else's page: then nothing stands around it.
    pub embedded: bool,
    /// What is told.
    #[serde(flatten)]
    pub told: HowToFragment,
}

/// The guides alone, to be put into an article of the help centre.
#[derive(Debug, Clone, Serialize)]
pub struct HowToFragment {
    /// Each way in.
    pub guides: Vec<ToldGuide>,
    /// What comes after, for whoever has two-factor authentication on.
    pub second_step: Vec<ToldStep>,
    /// Whether nobody gets in without.
    pub second_factor_required: bool,
    /// Whether providers admit people of the directory only.
    pub directory_required: bool,
}

/// A way in and its steps.
#[derive(Debug, Clone, Serialize)]
pub struct ToldGuide {
    /// The stable name of the way; of a provider its id with it.
    pub id: String,
    /// Its heading.
    pub title: Words,
    /// In order.
    pub steps: Vec<ToldStep>,
}

/// A step: one sentence, and the label that stands in it.
#[derive(Debug, Clone, Serialize)]
pub struct ToldStep {
    /// What is done: `open`, `follow`, `fill`, `press`, `read-mail`, `at-provider`, `answer-device`, `at-company-site`.
    pub action: &'static str,
    /// What stands on the page, word for word.
    pub label: Option<Words>,
    /// What is opened, filled in or looked for, by its stable name, or the provider.
    pub what: String,
    /// Where it leads, for a page to be opened.
    pub path: Option<&'static str>,
}

impl From<&HowTo> for HowToFragment {
    fn from(how: &HowTo) -> Self {
        Self {
            guides: how.guides.iter().map(ToldGuide::from).collect(),
            second_step: how.second_step.iter().map(ToldStep::from).collect(),
            second_factor_required: how.second_factor_required,
            directory_required: how.directory_required,
        }
    }
}

impl From<&Guide> for ToldGuide {
    fn from(guide: &Guide) -> Self {
        let (id, title) = match &guide.way {
            GuideWay::Password => ("password".to_owned(), Words::key("how-to-with-password")),
            GuideWay::EmailCode => ("email-code".to_owned(), Words::key("how-to-with-code")),
            GuideWay::Provider { id, name } => (
                format!("provider-{id}"),
                Words::key("sign-in-with").with("provider", name.as_str()),
            ),
            GuideWay::Passkey => ("passkey".to_owned(), Words::key("sign-in-passkey-button")),
            GuideWay::HandOver => ("hand-over".to_owned(), Words::key("how-to-by-hand-over")),
            GuideWay::PortalLink => ("portal-link".to_owned(), Words::key("how-to-by-portal-link")),
            GuideWay::NewPassword => ("new-password".to_owned(), Words::key("how-to-new-password")),
            GuideWay::SignUp => ("sign-up".to_owned(), Words::key("how-to-sign-up")),
        };
        Self {
            id,
            title,
            steps: guide.steps.iter().map(ToldStep::from).collect(),
        }
    }
}

impl From<&HowToStep> for ToldStep {
    fn from(step: &HowToStep) -> Self {
        let told = |action, label: Option<&Words>, what: &str| Self {
            action,
            label: label.cloned(),
            what: what.to_owned(),
            path: None,
        };
        match step {
            HowToStep::Open { place } => Self {
                path: Some(Place::path(*place)),
                ..told("open", None, place.as_str())
            },
            HowToStep::Follow { label } => told("follow", Some(label), ""),
            HowToStep::Fill { label, with } => told("fill", Some(label), with.as_str()),
            HowToStep::Press { label } => told("press", Some(label), ""),
            HowToStep::ReadMail { holds: MailHolds::Code } => told("read-mail", None, "code"),
            HowToStep::ReadMail { holds: MailHolds::Link } => told("read-mail", None, "link"),
            HowToStep::AtProvider { provider } => told("at-provider", None, provider),
            HowToStep::AnswerDevice => told("answer-device", None, ""),
            HowToStep::AtCompanySite => told("at-company-site", None, ""),
        }
    }
}

impl HowToFragment {
    fn sample() -> Self {
        let mut settings = SecuritySettings::default();
        settings.customers.hand_over = true;
        settings.directory.required = true;
        let providers: Vec<ProviderDescription> = ProviderId::parse("acme-sso")
            .map(|id| ProviderDescription {
                id,
                name: "Acme <SSO>".to_owned(),
                brand: Brand::Other,
            })
            .into_iter()
            .collect();
        Self::from(&how_to(&settings, Audience::Customers, &providers))
    }

    fn empty() -> Self {
        Self {
            guides: Vec::new(),
            second_step: Vec::new(),
            second_factor_required: false,
            directory_required: false,
        }
    }
}

impl Page for HowToFragment {
    const TEMPLATE: &'static str = "how-to-guides.html";

    /// None of its own: it is part of the page.
    fn samples() -> Vec<Self> {
        Vec::new()
    }
}

impl Page for HowToSignIn {
    const TEMPLATE: &'static str = "how-to.html";

    fn samples() -> Vec<Self> {
        vec![
            Self {
                audience: "customers",
                embedded: false,
                told: HowToFragment::sample(),
            },
            Self {
                audience: "staff",
                embedded: true,
                told: HowToFragment {
                    second_factor_required: true,
                    ..HowToFragment::sample()
                },
            },
            Self {
                audience: "staff",
                embedded: false,
                told: HowToFragment::empty(),
            },
        ]
    }
}
