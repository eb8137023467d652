//! People: the lists of them, and each one's page (C1, C2).

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::{Page, When};
use super::super::{FieldError, LanguageChoice, Refusal};
use super::logs::{Reach, sample_reach};

/// An entry of the menu of what can be done to somebody.
#[derive(Debug, Clone, Serialize)]
pub struct PersonAction {
    /// What it says.
    pub label: Words,
    /// Where it leads, or goes.
    pub to: String,
    /// Whether it does something at once, rather than lead to a page.
    pub at_once: bool,
    /// Whether something is lost by it.
    pub danger: bool,
}

/// A person in a list.
#[derive(Debug, Clone, Serialize)]
pub struct PersonRow {
    /// Their id.
    pub id: String,
    /// What to call them; may be empty.
    pub name: String,
    /// Their primary address.
    pub email: Option<String>,
    /// Their role in words.
    pub role: Words,
    /// How they stand, in words.
    pub status: Words,
    /// Whether they may come in.
    pub active: bool,
    /// Names of their organisations.
    pub organisations: Vec<String>,
    /// When they last signed in.
    pub last_sign_in: Option<When>,
    /// What can be done to them by whoever looks.
    pub actions: Vec<PersonAction>,
}

/// Something to choose from.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What it says.
    pub label: Words,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// `/admin/users` and `/admin/agents`.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own on the page")]
pub struct AdminUsers {
    /// Whether this is the list of staff.
    pub staff: bool,
    /// Where the search goes.
    pub action: String,
    /// What was looked for.
    pub q: String,
    /// Roles to narrow the list to.
    pub roles: Vec<Choice>,
    /// How people may stand.
    pub statuses: Vec<Choice>,
    /// The organisation that the list is narrowed to: its id and, where anybody is found, its name.
    pub organisation: Option<(String, Option<String>)>,
    /// Whether the list is narrowed in any way.
    pub narrowed: bool,
    /// Whether the text was so short that only beginnings were looked at.
    pub beginnings: bool,
    /// Who was found.
    pub people: Vec<PersonRow>,
    /// Where the list goes on.
    pub next: Option<String>,
    /// Where it begins.
    pub first: Option<String>,
    /// Whether whoever looks may add people.
    pub may_add: bool,
}

/// An address on a person's page.
#[derive(Debug, Clone, Serialize)]
pub struct PersonEmail {
    /// The address.
    pub address: String,
    /// Whether it is the primary one.
    pub primary: bool,
    /// When it was proved.
    pub proved: Option<When>,
    /// Whether mail to it arrives (C5).
    pub reach: Option<Reach>,
}

/// A connected identity on a person's page.
#[derive(Debug, Clone, Serialize)]
pub struct PersonIdentity {
    /// The provider's name.
    pub provider: String,
    /// What it is known by.
    pub label: Option<String>,
    /// When it was last used.
    pub used: Option<When>,
}

/// A session on a person's page.
#[derive(Debug, Clone, Serialize)]
pub struct PersonSession {
    /// The device in words.
    pub device: Words,
    /// The address it was opened from.
    pub address: String,
    /// When it was opened.
    pub opened: When,
    /// When it was last used.
    pub used: When,
    /// Where **End** goes; `None` for whoever may not.
    pub end: Option<String>,
}

/// A portal link on a person's page.
#[derive(Debug, Clone, Serialize)]
pub struct PersonPortalLink {
    /// Where it leads.
    pub to: String,
    /// When it was made.
    pub made: When,
    /// When it ends.
    pub ends: When,
    /// Where **Take back** goes.
    pub revoke: String,
}

/// An invitation on a person's page.
#[derive(Debug, Clone, Serialize)]
pub struct PersonInvitation {
    /// When it was sent.
    pub sent: When,
    /// When it ends.
    pub ends: When,
    /// Where **Send again** goes; `None` for whoever may not.
    pub again: Option<String>,
    /// Where **Take back** goes.
    pub revoke: Option<String>,
}

/// `/admin/users/{id}`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminUser {
    /// The person as in a list.
    pub person: PersonRow,
    /// Where the picture is.
    pub picture: Option<String>,
    /// What stands in its place.
    pub initials: String,
    /// When they were added.
    pub added: When,
    /// Language and time zone that they chose.
    pub language: Option<String>,
    /// The time zone that they chose.
    pub time_zone: Option<String>,
    /// All addresses, the primary one first.
    pub emails: Vec<PersonEmail>,
    /// Whether they have a password.
    pub password: bool,
    /// Whether two-factor authentication is on.
    pub two_factor: bool,
    /// How many passkeys they have.
    pub passkeys: u32,
    /// What is connected.
    pub identities: Vec<PersonIdentity>,
    /// Live sessions.
    pub sessions: Vec<PersonSession>,
    /// Live portal links; `None` for whoever may not see them.
    pub portal_links: Option<Vec<PersonPortalLink>>,
    /// The invitation under way.
    pub invitation: Option<PersonInvitation>,
    /// Where **Enable** goes: they are disabled, and it can be undone here.
    pub enable: Option<String>,
    /// Where the sign-in check of them is.
    pub check: Option<String>,
    /// Where their details are edited.
    pub edit: Option<String>,
    /// Why the last thing was not done.
    pub refusal: Option<Refusal>,
}

/// `/admin/users/new`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminUserNew {
    /// As typed.
    pub name: String,
    /// As typed.
    pub email: String,
    /// One a line, as typed.
    pub organisations: String,
    /// Roles that may be given.
    pub roles: Vec<Choice>,
    /// Whether an invitation is to be sent.
    pub invite: bool,
    /// Whose address it is already, if that is what is wrong.
    pub taken: Option<String>,
    /// Why nothing was done.
    pub refusal: Option<Refusal>,
    /// What is wrong with `email`, `role` or `organisations`.
    pub errors: Vec<FieldError>,
}

/// `/admin/users/{id}/edit`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminUserEdit {
    /// Their id.
    pub id: String,
    /// What to call them.
    pub who: String,
    /// As typed.
    pub name: String,
    /// The language chosen, or empty.
    pub language: String,
    /// The languages that there are.
    pub languages: Vec<LanguageChoice>,
    /// The time zone chosen, or empty.
    pub time_zone: String,
    /// The time zones that there are.
    pub time_zones: Vec<String>,
    /// Why nothing was saved.
    pub refusal: Option<Refusal>,
    /// What is wrong with `name`, `language` or `time_zone`.
    pub errors: Vec<FieldError>,
}

/// `/admin/users/{id}/organisations`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminUserOrganisations {
    /// Their id.
    pub id: String,
    /// What to call them.
    pub who: String,
    /// One a line.
    pub organisations: String,
    /// Why nothing was saved.
    pub refusal: Option<Refusal>,
    /// What is wrong with `organisations`.
    pub errors: Vec<FieldError>,
}

/// `/admin/users/{id}/role`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminUserRole {
    /// Their id.
    pub id: String,
    /// What to call them.
    pub who: String,
    /// The roles that may be given.
    pub roles: Vec<Choice>,
    /// Why nothing was changed.
    pub refusal: Option<Refusal>,
    /// What is wrong with `role`.
    pub errors: Vec<FieldError>,
}

/// After **New portal link**: its address, shown once (B4).
#[derive(Clone, Serialize)]
pub struct AdminPortalLink {
    /// What to call the person.
    pub who: String,
    /// The address.
    pub url: String,
    /// When it ends.
    pub ends: When,
    /// Back to the person.
    pub back: String,
}

impl std::fmt::Debug for AdminPortalLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdminPortalLink").finish_non_exhaustive()
    }
}

const LONG: &str = "Wolfeschlegelsteinhausenbergerdorff-Rindfleischetikettierung <عبد الرحمن> 🦊";
const ID: &str = "0193fcb8-0000-4000-8000-000000000001";

fn when() -> When {
    super::super::account::sample_when()
}

fn choices() -> Vec<Choice> {
    vec![
        Choice {
            value: "customer".to_owned(),
            label: Words::key("role-customer"),
            chosen: true,
        },
        Choice {
            value: ID.to_owned(),
            label: Words::key("role-own").with("name", LONG),
            chosen: false,
        },
    ]
}

fn row(name: &str, actions: bool) -> PersonRow {
    let action = |label, at_once, danger| PersonAction {
        label: Words::key(label),
        to: format!("/admin/users/{ID}/sign-out"),
        at_once,
        danger,
    };
    PersonRow {
        id: ID.to_owned(),
        name: name.to_owned(),
        email: Some("ada@example.com".to_owned()),
        role: Words::key("role-agent"),
        status: Words::key("status-active"),
        active: true,
        organisations: vec!["Globex".to_owned(), LONG.to_owned()],
        last_sign_in: Some(when()),
        actions: if actions {
            vec![
                action("person-send-reset", true, false),
                action("person-change-role", false, false),
                action("person-disable", true, true),
            ]
        } else {
            Vec::new()
        },
    }
}

fn refused() -> Refusal {
    Refusal {
        code: "try-later".to_owned(),
        words: Words::key("person-out-of-reach"),
        help_code: None,
        directory: None,
    }
}

impl Page for AdminUsers {
    const TEMPLATE: &'static str = "admin-users.html";

    fn samples() -> Vec<Self> {
        let nameless = PersonRow {
            id: ID.replace('1', "2"),
            email: None,
            status: Words::key("status-disabled"),
            active: false,
            organisations: Vec::new(),
            last_sign_in: None,
            ..row("", false)
        };
        let found = Self {
            staff: false,
            action: "/admin/users".to_owned(),
            q: "<b> \"ada\"".to_owned(),
            roles: choices(),
            statuses: choices(),
            organisation: Some((ID.to_owned(), Some(LONG.to_owned()))),
            narrowed: true,
            beginnings: true,
            people: vec![row(LONG, true), nameless],
            next: Some("/admin/users?q=ada&after=1".to_owned()),
            first: Some("/admin/users?q=ada".to_owned()),
            may_add: true,
        };
        vec![
            found.clone(),
            Self {
                people: Vec::new(),
                organisation: Some((ID.to_owned(), None)),
                next: None,
                first: None,
                ..found.clone()
            },
            Self {
                people: Vec::new(),
                narrowed: false,
                beginnings: false,
                organisation: None,
                may_add: false,
                ..found.clone()
            },
            Self {
                staff: true,
                action: "/admin/agents".to_owned(),
                q: String::new(),
                beginnings: false,
                organisation: None,
                narrowed: false,
                ..found
            },
        ]
    }
}

impl Page for AdminUser {
    const TEMPLATE: &'static str = "admin-user.html";

    fn samples() -> Vec<Self> {
        let full = Self {
            person: row(LONG, true),
            picture: Some("/admin/users/1/picture?1".to_owned()),
            initials: "WR".to_owned(),
            added: when(),
            language: Some("de".to_owned()),
            time_zone: Some("Europe/Berlin".to_owned()),
            emails: vec![
                PersonEmail {
                    address: "ada@example.com".to_owned(),
                    primary: true,
                    proved: Some(when()),
                    reach: None,
                },
                PersonEmail {
                    address: "a-very-long-local-part-of-an-address-that-does-not-end@subdomain.of.example.org"
                        .to_owned(),
                    primary: false,
                    proved: None,
                    reach: Some(sample_reach()),
                },
            ],
            password: true,
            two_factor: true,
            passkeys: 2,
            identities: vec![
                PersonIdentity {
                    provider: "Google".to_owned(),
                    label: Some("ada@example.com".to_owned()),
                    used: Some(when()),
                },
                PersonIdentity {
                    provider: LONG.to_owned(),
                    label: None,
                    used: None,
                },
            ],
            sessions: vec![
                PersonSession {
                    device: super::super::super::messages::account::device("Firefox", "Linux"),
                    address: "192.0.2.1".to_owned(),
                    opened: when(),
                    used: when(),
                    end: Some("/admin/users/1/sessions/2/end".to_owned()),
                },
                PersonSession {
                    device: super::super::super::messages::account::device("", ""),
                    address: "2001:db8::1".to_owned(),
                    opened: when(),
                    used: when(),
                    end: None,
                },
            ],
            portal_links: Some(vec![PersonPortalLink {
                to: "/tickets/42".to_owned(),
                made: when(),
                ends: when(),
                revoke: "/admin/users/1/portal-links/2/revoke".to_owned(),
            }]),
            invitation: Some(PersonInvitation {
                sent: when(),
                ends: when(),
                again: Some("/admin/users/1/invitation".to_owned()),
                revoke: Some("/admin/users/1/invitation/revoke".to_owned()),
            }),
            enable: None,
            check: Some("/admin/sign-in-check?email=ada".to_owned()),
            edit: Some("/admin/users/1/edit".to_owned()),
            refusal: None,
        };
        let bare = Self {
            person: PersonRow {
                email: None,
                active: false,
                status: Words::key("status-disabled"),
                organisations: Vec::new(),
                last_sign_in: None,
                ..row("", false)
            },
            picture: None,
            initials: "?".to_owned(),
            language: None,
            time_zone: None,
            emails: Vec::new(),
            password: false,
            two_factor: false,
            passkeys: 0,
            identities: Vec::new(),
            sessions: Vec::new(),
            portal_links: Some(Vec::new()),
            invitation: Some(PersonInvitation {
                sent: when(),
                ends: when(),
                again: None,
                revoke: None,
            }),
            enable: Some("/admin/users/1/enable".to_owned()),
            check: None,
            edit: None,
            refusal: Some(refused()),
            ..full.clone()
        };
        vec![
            full,
            Self {
                portal_links: None,
                invitation: None,
                ..bare.clone()
            },
            bare,
        ]
    }
}

impl Page for AdminUserNew {
    const TEMPLATE: &'static str = "admin-user-new.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            name: String::new(),
            email: String::new(),
            organisations: String::new(),
            roles: choices(),
            invite: true,
            taken: None,
            refusal: None,
            errors: Vec::new(),
        };
        vec![
            empty.clone(),
            Self {
                name: LONG.to_owned(),
                email: "ada@example.com".to_owned(),
                organisations: "Globex\nInitech".to_owned(),
                invite: false,
                taken: Some(format!("/admin/users/{ID}")),
                errors: vec![
                    FieldError::new("email", Words::key("person-address-taken")),
                    FieldError::new("role", Words::key("person-role-out-of-reach")),
                    FieldError::new(
                        "organisations",
                        Words::key("person-too-many-organisations").with("max", 50_i64),
                    ),
                ],
                ..empty.clone()
            },
            Self {
                refusal: Some(refused()),
                ..empty
            },
        ]
    }
}

impl Page for AdminUserEdit {
    const TEMPLATE: &'static str = "admin-user-edit.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            id: ID.to_owned(),
            who: LONG.to_owned(),
            name: LONG.to_owned(),
            language: "ar".to_owned(),
            languages: vec![LanguageChoice {
                tag: "ar".to_owned(),
                name: "العربية".to_owned(),
            }],
            time_zone: String::new(),
            time_zones: vec!["Europe/Berlin".to_owned()],
            refusal: None,
            errors: Vec::new(),
        };
        vec![
            plain.clone(),
            Self {
                refusal: Some(refused()),
                errors: vec![
                    FieldError::new("name", Words::key("person-name-missing")),
                    FieldError::new("language", Words::key("person-language-unknown")),
                    FieldError::new("time_zone", Words::key("person-time-zone-unknown")),
                ],
                ..plain
            },
        ]
    }
}

impl Page for AdminUserOrganisations {
    const TEMPLATE: &'static str = "admin-user-organisations.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            id: ID.to_owned(),
            who: LONG.to_owned(),
            organisations: "Globex\nInitech".to_owned(),
            refusal: None,
            errors: Vec::new(),
        };
        vec![
            plain.clone(),
            Self {
                refusal: Some(refused()),
                errors: vec![FieldError::new(
                    "organisations",
                    Words::key("person-too-many-organisations").with("max", 50_i64),
                )],
                ..plain
            },
        ]
    }
}

impl Page for AdminUserRole {
    const TEMPLATE: &'static str = "admin-user-role.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            id: ID.to_owned(),
            who: LONG.to_owned(),
            roles: choices(),
            refusal: None,
            errors: Vec::new(),
        };
        vec![
            plain.clone(),
            Self {
                refusal: Some(refused()),
                errors: vec![FieldError::new("role", Words::key("person-role-out-of-reach"))],
                ..plain
            },
        ]
    }
}

impl Page for AdminPortalLink {
    const TEMPLATE: &'static str = "admin-portal-link.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            who: LONG.to_owned(),
            url: "https://acme.example/portal/0123456789abcdef0123456789abcdef0123456789a".to_owned(),
            ends: when(),
            back: format!("/admin/users/{ID}"),
        }]
    }
}
