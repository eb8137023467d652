//! *Security*: the rules of the door, what a change of them would do, and providers with credentials of the workspace's own.

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::Page;
use super::super::{FieldError, Refusal};

/// A switch of a method.
#[derive(Debug, Clone, Serialize)]
pub struct MethodSwitch {
    /// The field's name.
    pub name: &'static str,
    /// What the method is called.
    pub label: Words,
    /// What else is to be known of it.
    pub hint: Option<Words>,
    /// Whether it is on.
    pub on: bool,
}

/// A provider and its switch.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the page")]
pub struct ProviderSwitch {
    /// Its id.
    pub id: String,
    /// The word on its button.
    pub name: String,
    /// Whether it has credentials at all.
    pub ready: bool,
    /// Whether they are the workspace's own.
    pub own: bool,
    /// Whether the audience may sign in with it.
    pub on: bool,
    /// Whether its word counts that a second factor was shown.
    pub second_factor: bool,
}

/// A length of time as people write it: a number and its unit.
#[derive(Debug, Clone, Serialize)]
pub struct Length {
    /// How many.
    pub number: String,
    /// `minutes`, `hours` or `days`.
    pub unit: &'static str,
}

/// A setting that would change, or that somebody else changed.
#[derive(Debug, Clone, Serialize)]
pub struct SettingRow {
    /// What is set.
    pub name: Words,
    /// What it said.
    pub before: Words,
    /// What it says, or would.
    pub after: Words,
}

/// What a change would do to one way in.
#[derive(Debug, Clone, Serialize)]
pub struct WayRow {
    /// Whose: customers or staff.
    pub audience: Words,
    /// Which way in.
    pub name: Words,
    /// To how many it would open.
    pub gain: u64,
    /// For how many it would stay open.
    pub keep: u64,
    /// To how many it would shut.
    pub lose: u64,
}

/// Somebody who would lose their last way in.
#[derive(Debug, Clone, Serialize)]
pub struct LosingRow {
    /// Their page.
    pub href: String,
    /// Their name, or their address where there is none.
    pub name: String,
    /// Their address.
    pub address: String,
    /// The ways that they would lose.
    pub loses: Vec<Words>,
}

/// What a change would do to everybody.
#[derive(Debug, Clone, Serialize)]
pub struct SecurityPreview {
    /// What would change.
    pub differences: Vec<SettingRow>,
    /// How many people were looked at.
    pub people: u64,
    /// Each way in.
    pub ways: Vec<WayRow>,
    /// How many would lose their last way in.
    pub lose_last: u64,
    /// The first of them.
    pub losing: Vec<LosingRow>,
    /// How many have none, and would get one.
    pub gain_first: u64,
    /// How many would have to set up two-factor authentication.
    pub have_to_enrol: u64,
    /// Why saving would be refused.
    pub refused: Option<Words>,
    /// Whether the change would be on trial.
    pub on_trial: bool,
}

/// How far a preview has come.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Counting {
    /// People who were looked at.
    pub seen: u64,
    /// About how many there are; at least one.
    pub of: u64,
    /// Whether it broke off.
    pub broken: bool,
}

/// One line of it: a part of `/admin/security` that is sent while it counts.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CountingLine {
    /// How far.
    pub counting: Counting,
}

impl Page for CountingLine {
    const TEMPLATE: &'static str = "admin-security-counting.html";

    /// None of its own: it is part of the page.
    fn samples() -> Vec<Self> {
        Vec::new()
    }
}

/// `/admin/security`.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the page")]
pub struct AdminSecurity {
    /// `customers` or `staff`.
    pub audience: &'static str,
    /// The state that the form was made from.
    pub from: String,
    /// Methods.
    pub methods: Vec<MethodSwitch>,
    /// Providers.
    pub providers: Vec<ProviderSwitch>,
    /// Whether a second factor is required.
    pub two_factor_required: bool,
    /// Whether the page recommends to require one (R99).
    pub recommend_two_factor: bool,
    /// Shortest password.
    pub min_length: String,
    /// Shortest password beside a second factor.
    pub min_length_two_factor: String,
    /// Life of a session without use.
    pub idle: Length,
    /// Life of a session at all.
    pub absolute: Length,
    /// `open`, `domains` or `closed`.
    pub sign_up: &'static str,
    /// The domains.
    pub sign_up_domains: String,
    /// Whether portal links work.
    pub portal_links: bool,
    /// Whether single sign-on asks the directory.
    pub directory_required: bool,
    /// Whom to ask.
    pub directory_ask: String,
    /// Origins that may frame the pages of the door, one a line.
    pub embedding: String,
    /// What the change would do, once that was asked.
    pub preview: Option<SecurityPreview>,
    /// How far that has come, while it is sent as it is made.
    pub counting: Option<Counting>,
    /// Stands for the very change that was previewed, where it is to be confirmed.
    pub confirm: Option<String>,
    /// What somebody else changed meanwhile.
    pub conflict: Vec<SettingRow>,
    /// What is wrong with the whole.
    pub refusal: Option<Refusal>,
    /// What is wrong with fields.
    pub errors: Vec<FieldError>,
}

impl Page for AdminSecurity {
    const TEMPLATE: &'static str = "admin-security.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            audience: "customers",
            from: "0123456789abcdef0123456789abcdef".to_owned(),
            methods: vec![
                MethodSwitch {
                    name: "with_pw",
                    label: Words::key("security-method-password"),
                    hint: None,
                    on: true,
                },
                MethodSwitch {
                    name: "with_code",
                    label: Words::key("security-method-code"),
                    hint: Some(Words::key("security-method-code-hint")),
                    on: false,
                },
            ],
            providers: vec![
                ProviderSwitch {
                    id: "google".to_owned(),
                    name: "Google".to_owned(),
                    ready: true,
                    own: false,
                    on: true,
                    second_factor: false,
                },
                ProviderSwitch {
                    id: "acme-sso".to_owned(),
                    name: "Acme <SSO>".to_owned(),
                    ready: true,
                    own: true,
                    on: false,
                    second_factor: true,
                },
                ProviderSwitch {
                    id: "facebook".to_owned(),
                    name: "Facebook".to_owned(),
                    ready: false,
                    own: false,
                    on: true,
                    second_factor: false,
                },
            ],
            two_factor_required: false,
            recommend_two_factor: false,
            min_length: "12".to_owned(),
            min_length_two_factor: "8".to_owned(),
            idle: Length {
                number: "7".to_owned(),
                unit: "days",
            },
            absolute: Length {
                number: "30".to_owned(),
                unit: "days",
            },
            sign_up: "domains",
            sign_up_domains: "example.com".to_owned(),
            portal_links: true,
            directory_required: true,
            directory_ask: "Ask <b>IT".to_owned(),
            embedding: "https://help.acme.example".to_owned(),
            preview: None,
            counting: None,
            confirm: None,
            conflict: Vec::new(),
            refusal: None,
            errors: Vec::new(),
        };
        let row = SettingRow {
            name: Words::key("security-method-password"),
            before: Words::key("security-on"),
            after: Words::key("security-off"),
        };
        let preview = SecurityPreview {
            differences: vec![row.clone()],
            people: 1_204,
            ways: vec![WayRow {
                audience: Words::key("security-customers"),
                name: Words::key("security-method-password"),
                gain: 0,
                keep: 0,
                lose: 1_204,
            }],
            lose_last: 51,
            losing: vec![LosingRow {
                href: "/admin/users/1".to_owned(),
                name: "Zoë <b>".to_owned(),
                address: "zoe@example.com".to_owned(),
                loses: vec![Words::key("security-method-password")],
            }],
            gain_first: 1,
            have_to_enrol: 2,
            refused: None,
            on_trial: true,
        };
        let nothing = SecurityPreview {
            differences: Vec::new(),
            people: 0,
            ways: Vec::new(),
            lose_last: 0,
            losing: Vec::new(),
            gain_first: 0,
            have_to_enrol: 0,
            refused: None,
            on_trial: false,
        };
        vec![
            plain.clone(),
            Self {
                audience: "staff",
                recommend_two_factor: true,
                errors: vec![FieldError::new(
                    "min_length",
                    Words::key("security-number-wrong")
                        .with("low", 8_u32)
                        .with("high", 64_u32),
                )],
                ..plain.clone()
            },
            Self {
                preview: Some(preview.clone()),
                confirm: Some("0123456789abcdef0123456789abcdef".to_owned()),
                ..plain.clone()
            },
            Self {
                counting: Some(Counting {
                    seen: 0,
                    of: 1,
                    broken: true,
                }),
                preview: Some(SecurityPreview {
                    refused: Some(Words::key("security-locked-out-you")),
                    ..nothing.clone()
                }),
                ..plain.clone()
            },
            Self {
                preview: Some(nothing),
                counting: Some(Counting {
                    seen: 300_000,
                    of: 1_000_000,
                    broken: false,
                }),
                ..plain.clone()
            },
            Self {
                conflict: vec![row],
                ..plain
            },
        ]
    }
}

/// A text field of a form about a provider.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderField {
    /// The key.
    pub name: &'static str,
    /// What it is called.
    pub label: Words,
    /// What to write.
    pub hint: Option<Words>,
    /// What it says.
    pub value: String,
    /// Whether only somebody may change it whose hand reaches an owner.
    pub out_of_reach: bool,
}

/// Credentials of a provider of the workspace's own.
#[derive(Debug, Clone, Serialize)]
pub struct AdminProvider {
    /// Its id; empty while it is to be chosen.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Whether the workspace has credentials of its own.
    pub own: bool,
    /// Whether the server has some, which count where the workspace has none.
    pub of_server: bool,
    /// Where the provider is to send people back to; `None` while the id is not known.
    pub callback: Option<String>,
    /// The client's id and what it is about, in order.
    pub fields: Vec<ProviderField>,
    /// What is seldom needed.
    pub more: Vec<ProviderField>,
    /// Whether a secret is kept.
    pub has_secret: bool,
    /// What is wrong with the whole.
    pub refusal: Option<Refusal>,
    /// What is wrong with fields.
    pub errors: Vec<FieldError>,
}

impl Page for AdminProvider {
    const TEMPLATE: &'static str = "admin-provider.html";

    fn samples() -> Vec<Self> {
        let field = |name, label, value: &str| ProviderField {
            name,
            label,
            hint: None,
            value: value.to_owned(),
            out_of_reach: false,
        };
        let kept = Self {
            id: "acme-sso".to_owned(),
            name: "Acme <SSO>".to_owned(),
            own: true,
            of_server: true,
            callback: Some("https://acme.example/sign-in/callback/acme-sso".to_owned()),
            fields: vec![
                field("client_id", Words::key("provider-client-id"), "ours\"<i>"),
                ProviderField {
                    hint: Some(Words::key("provider-issuer-hint")),
                    ..field("issuer", Words::key("provider-issuer"), "https://sso.acme.example")
                },
            ],
            more: vec![ProviderField {
                out_of_reach: true,
                ..field("jwks_uri", Words::key("provider-jwks"), "")
            }],
            has_secret: true,
            refusal: None,
            errors: Vec::new(),
        };
        vec![
            kept.clone(),
            Self {
                id: String::new(),
                name: String::new(),
                own: false,
                of_server: false,
                callback: None,
                has_secret: false,
                errors: vec![
                    FieldError::new("id", Words::key("provider-id-wrong")),
                    FieldError::new("issuer", Words::key("provider-address-wrong")),
                    FieldError::new("secret", Words::key("provider-secret-missing")),
                ],
                ..kept
            },
        ]
    }
}

/// What a round trip by credentials on trial came to.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderTried {
    /// The provider's name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Who came back.
    pub arrived: Option<TriedArrival>,
    /// The check that was not passed: its stable code, and what exactly.
    pub fault: Option<TriedFault>,
}

/// Who came back from a trial.
#[derive(Debug, Clone, Serialize)]
pub struct TriedArrival {
    /// Who that is there.
    pub subject: String,
    /// By which issuer.
    pub issuer: String,
    /// Their name.
    pub name: Option<String>,
    /// Their email.
    pub email: Option<String>,
    /// What the email is worth.
    pub worth: Words,
    /// Whether it says that a second factor was shown.
    pub second_factor: bool,
}

/// A check that a trial did not pass.
#[derive(Debug, Clone, Serialize)]
pub struct TriedFault {
    /// The private reason.
    pub reason: String,
    /// What exactly.
    pub says: String,
}

impl Page for ProviderTried {
    const TEMPLATE: &'static str = "provider-tried.html";

    fn samples() -> Vec<Self> {
        let came = Self {
            name: "Acme <SSO>".to_owned(),
            id: "acme-sso".to_owned(),
            arrived: Some(TriedArrival {
                subject: "248289761001".to_owned(),
                issuer: "https://sso.acme.example".to_owned(),
                name: Some("Zoë <b>".to_owned()),
                email: Some("zoe@example.com".to_owned()),
                worth: Words::key("tried-worth-proved"),
                second_factor: true,
            }),
            fault: None,
        };
        vec![
            came.clone(),
            Self {
                arrived: None,
                fault: Some(TriedFault {
                    reason: "token-aud".to_owned(),
                    says: "the provider's answer does not pass: Audience".to_owned(),
                }),
                ..came
            },
        ]
    }
}
