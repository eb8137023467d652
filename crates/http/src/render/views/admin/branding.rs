//! *Branding* and *Workspace*: how a workspace looks, where it is reached, and how long it keeps what it records (C7).

use serde::Serialize;

use super::super::super::Page;
use super::super::{FieldError, LanguageChoice, Refusal};

/// A colour as it was chosen, and as it is shown so that it can be read.
#[derive(Debug, Clone, Serialize)]
pub struct AccentShown {
    /// On light grounds.
    pub light: String,
    /// The contrast there, as people write it.
    pub light_contrast: String,
    /// On dark grounds.
    pub dark: String,
    /// The contrast there.
    pub dark_contrast: String,
    /// Whether it had to be corrected.
    pub corrected: bool,
}

/// A language that can be offered.
#[derive(Debug, Clone, Serialize)]
pub struct OfferedLanguage {
    /// Its tag and its name.
    #[serde(flatten)]
    pub language: LanguageChoice,
    /// Whether it is offered.
    pub offered: bool,
}

/// `/admin/branding`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminBranding {
    /// The workspace's name.
    pub name: String,
    /// Its logo's address, if it has one.
    pub logo: Option<String>,
    /// The colour that was chosen.
    pub accent: String,
    /// What becomes of it.
    pub shown: AccentShown,
    /// Radius of corners.
    pub corner_radius: String,
    /// The default language.
    pub language: String,
    /// All languages.
    pub languages: Vec<OfferedLanguage>,
    /// Name that mails come from.
    pub mail_name: String,
    /// What is wrong with the whole.
    pub refusal: Option<Refusal>,
    /// What is wrong with fields.
    pub errors: Vec<FieldError>,
}

impl Page for AdminBranding {
    const TEMPLATE: &'static str = "admin-branding.html";

    fn samples() -> Vec<Self> {
        let language = |tag: &str, name: &str, offered| OfferedLanguage {
            language: LanguageChoice {
                tag: tag.to_owned(),
                name: name.to_owned(),
            },
            offered,
        };
        let plain = Self {
            name: "Acme <b>".to_owned(),
            logo: Some("/brand/logo?1".to_owned()),
            accent: "#ffee00".to_owned(),
            shown: AccentShown {
                light: "#6f6700".to_owned(),
                light_contrast: "5.4:1".to_owned(),
                dark: "#ffee00".to_owned(),
                dark_contrast: "15.1:1".to_owned(),
                corrected: true,
            },
            corner_radius: "8".to_owned(),
            language: "en".to_owned(),
            languages: vec![language("en", "English", true), language("ar", "العربية", false)],
            mail_name: "Acme \"<i>\" Help".to_owned(),
            refusal: None,
            errors: Vec::new(),
        };
        let wrong = Self {
            logo: None,
            errors: vec![
                FieldError::new("name", doorward_domain::words::Words::key("branding-name-wrong")),
                FieldError::new("logo", doorward_domain::words::Words::key("branding-name-wrong")),
            ],
            ..plain.clone()
        };
        vec![plain, wrong]
    }
}

/// `/admin/workspace`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminWorkspace {
    /// The address that the workspace has by its slug.
    pub address: String,
    /// Its slug.
    pub slug: String,
    /// Host names of its own, one a line.
    pub hosts: String,
    /// Areas, one a line: name, then path.
    pub areas: String,
    /// Path behind *Start a conversation*.
    pub start_conversation: String,
    /// Address about privacy.
    pub privacy: String,
    /// Address of the terms.
    pub terms: String,
    /// Address of support.
    pub support: String,
    /// Days that receipts are kept.
    pub receipts_days: String,
    /// Days that the mail log is kept.
    pub mail_days: String,
    /// Days that the audit log is kept.
    pub audit_days: String,
    /// What is wrong with the whole.
    pub refusal: Option<Refusal>,
    /// What is wrong with fields.
    pub errors: Vec<FieldError>,
}

impl Page for AdminWorkspace {
    const TEMPLATE: &'static str = "admin-workspace.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            address: "https://acme.doorward.example".to_owned(),
            slug: "acme".to_owned(),
            hosts: "help.acme.example".to_owned(),
            areas: "Tickets /tickets".to_owned(),
            start_conversation: "/conversations/new".to_owned(),
            privacy: "https://acme.example/privacy\"<i>".to_owned(),
            terms: String::new(),
            support: String::new(),
            receipts_days: "90".to_owned(),
            mail_days: "90".to_owned(),
            audit_days: "400".to_owned(),
            refusal: None,
            errors: Vec::new(),
        };
        let wrong = Self {
            errors: vec![FieldError::new(
                "hosts",
                doorward_domain::words::Words::key("workspace-host-wrong").with("host", "acme <b>"),
            )],
            ..plain.clone()
        };
        vec![plain, wrong]
    }
}
