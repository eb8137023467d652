//! Providers of single sign-on and social sign-in (B6–B8, A6): their buttons, the way to them and back, and the
//! connections of one's own account.

use doorward_domain::directory::DirectoryAttribute;
use doorward_domain::provider::{Brand, ProviderDescription};
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::Words;
use serde::Serialize;

use super::super::{Page, When, messages};
use super::{FieldError, Refusal};

/// The buttons of the providers, on whichever page of the door they stand (`providers.html`).
#[derive(Debug, Clone, Default, Serialize)]
pub struct Providers {
    /// One each, in their order.
    pub buttons: Vec<ProviderButton>,
    /// Said beforehand where only people of the directory come in by them (B8).
    pub directory: Option<DirectoryNote>,
    /// The id of the provider that this browser signed in with last, if that was the last way of all.
    pub last_used: Option<String>,
}

/// A provider, as its buttons name it.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderButton {
    /// Its id, which stands in its addresses.
    pub id: String,
    /// The word on the button.
    pub name: String,
    /// Whose mark it shows.
    pub brand: Brand,
}

impl From<ProviderDescription> for ProviderButton {
    fn from(described: ProviderDescription) -> Self {
        Self {
            id: described.id.to_string(),
            name: described.name,
            brand: described.brand,
        }
    }
}

/// That a workspace's directory decides who comes in by a provider.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DirectoryNote {
    /// Whom to ask for a record, in the workspace's own words.
    pub ask: Option<String>,
}

/// Why the directory keeps somebody out, as they are told: never what nearly matched (B8).
#[derive(Debug, Clone, Serialize)]
pub struct DirectoryTold {
    /// What was compared.
    pub compared: Words,
    /// When the records were last changed by a sync; `None` if they never were.
    pub synced: Option<When>,
    /// Whom to ask for a record, in the workspace's own words.
    pub ask: Option<String>,
}

impl Providers {
    /// The four with a mark of their own, and another one; for samples.
    pub(super) fn all() -> Self {
        let button = |id: &str, name: &str, brand| ProviderButton {
            id: id.to_owned(),
            name: name.to_owned(),
            brand,
        };
        Self {
            buttons: vec![
                button("google", "Google", Brand::Google),
                button("microsoft", "Microsoft", Brand::Microsoft),
                button("facebook", "Facebook", Brand::Facebook),
                button("twitter", "X", Brand::X),
                button(
                    "acme-sso",
                    "Acme <SSO> für Donaudampfschifffahrtsgesellschaften",
                    Brand::Other,
                ),
            ],
            directory: None,
            last_used: None,
        }
    }

    /// The same, with the rule of the directory on; for samples.
    pub(super) fn of_the_directory() -> Self {
        Self {
            directory: Some(DirectoryNote {
                ask: Some("<b>friends of the helpdesk: it@acme.example".to_owned()),
            }),
            last_used: Some("google".to_owned()),
            ..Self::all()
        }
    }
}

/// Between **Sign in with …** and the provider. A form of ours cannot lead to another host, since a page says where its
/// forms may go (R84) and a provider may pass people on to hosts that nobody knows beforehand; so the form leads here, and
/// this page leads on by itself.
#[derive(Clone, Serialize)]
pub struct Departing {
    /// The provider's name.
    pub provider: String,
    /// Where it leads on to.
    pub url: String,
}

impl std::fmt::Debug for Departing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Departing")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

impl Page for Departing {
    const TEMPLATE: &'static str = "departing.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            provider: "Acme <SSO>".to_owned(),
            url: "/authorise?client_id=1&state=\"<b>friends".to_owned(),
        }]
    }
}

/// `/sign-in/email`: the one more step of somebody whom a provider sent without an email that counts (B7).
#[derive(Debug, Clone, Default, Serialize)]
pub struct OneMoreStep {
    /// What is held of their arrival; goes back with the form.
    pub held: String,
    /// The provider's name.
    pub provider: String,
    /// The address that is filled in: what was typed, or what the provider said.
    pub email: String,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `email`.
    pub errors: Vec<FieldError>,
}

impl Page for OneMoreStep {
    const TEMPLATE: &'static str = "one-more-step.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            held: "0193fcb8-0000-4000-8000-000000000009".to_owned(),
            provider: "X".to_owned(),
            ..Self::default()
        };
        vec![
            plain.clone(),
            Self {
                provider: "Acme <SSO>".to_owned(),
                email: "ada@example.com".to_owned(),
                ..plain.clone()
            },
            Self {
                email: "ada@".to_owned(),
                errors: vec![FieldError::new("email", messages::email_invalid())],
                ..plain.clone()
            },
            Self {
                refusal: Some(Refusal {
                    code: "try-later".to_owned(),
                    words: messages::refusals::try_later(300),
                    help_code: Some("7F3K-9QXM".to_owned()),
                    directory: None,
                }),
                ..plain
            },
        ]
    }
}

/// `/account/connections`: accounts at providers that sign in to this one (A6).
#[derive(Debug, Clone, Serialize)]
pub struct AccountConnections {
    /// Those that are connected, oldest first.
    pub connections: Vec<ConnectionRow>,
    /// Those that can be connected.
    pub providers: Vec<ProviderButton>,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
}

/// A connection in the list.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionRow {
    /// Its id.
    pub id: String,
    /// The provider.
    pub provider: ProviderButton,
    /// What the provider calls them there.
    pub label: Option<String>,
    /// Since when.
    pub since: When,
    /// When it was last signed in with; `None` if never.
    pub used: Option<When>,
    /// Whether it signs in today: the provider is there, and open for them.
    pub open: bool,
}

impl Page for AccountConnections {
    const TEMPLATE: &'static str = "account-connections.html";

    fn samples() -> Vec<Self> {
        let mut all = Providers::all().buttons;
        let empty = Self {
            connections: Vec::new(),
            providers: all.clone(),
            refusal: None,
        };
        let nothing = Self {
            connections: Vec::new(),
            providers: Vec::new(),
            refusal: None,
        };
        let row = |provider: ProviderButton, label: Option<&str>, open: bool| ConnectionRow {
            id: "0193fcb8-0000-4000-8000-00000000000b".to_owned(),
            provider,
            label: label.map(str::to_owned),
            since: sample_when(),
            used: open.then(sample_when),
            open,
        };
        let rest = all.split_off(2);
        let mut connected = all.into_iter();
        let labels: [Option<&str>; 2] = [Some("<b>friends@example.com"), None];
        let connections: Vec<ConnectionRow> = connected
            .by_ref()
            .zip(labels)
            .map(|(provider, label): (ProviderButton, Option<&str>)| row(provider, label, label.is_some()))
            .collect();
        let refused = |code: &str, words| {
            Some(Refusal {
                code: code.to_owned(),
                words,
                help_code: Some("7F3K-9QXM".to_owned()),
                directory: None,
            })
        };
        vec![
            empty.clone(),
            nothing,
            Self {
                connections: connections.clone(),
                providers: rest.clone(),
                refusal: None,
            },
            Self {
                refusal: refused("identity-taken", messages::refusals::identity_taken()),
                ..empty
            },
            Self {
                connections,
                providers: rest,
                refusal: refused("last-way-in", messages::account::last_way_in()),
            },
        ]
    }
}

fn sample_when() -> When {
    When::of(Timestamp::from_unix_seconds(1_795_352_400), &TimeZone::UTC)
}

impl DirectoryTold {
    /// What is told where those attributes were compared.
    pub fn new(compared: &[DirectoryAttribute], synced: Option<When>, ask: Option<String>) -> Self {
        Self {
            compared: messages::directory_compared(compared),
            synced,
            ask,
        }
    }

    pub(super) fn samples() -> [Self; 2] {
        use DirectoryAttribute::{Email, Identity};
        [
            Self::new(
                &[Identity, Email],
                Some(sample_when()),
                Some("<b>friends of the helpdesk: it@acme.example".to_owned()),
            ),
            Self::new(&[Identity], None, None),
        ]
    }
}
