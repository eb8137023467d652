//! People who call (C10): how they prove who they are, and what is done for them then.

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::{Page, When};
use super::super::{FieldError, Refusal};

/// A way in which the caller can prove who they are.
#[derive(Debug, Clone, Serialize)]
pub struct CallerWayRow {
    /// What the form says.
    pub value: String,
    /// What it is.
    pub label: Words,
    /// What happens then.
    pub hint: Words,
}

/// A challenge that is under way already.
#[derive(Debug, Clone, Serialize)]
pub struct CallerRow {
    /// What it is for.
    pub action: Words,
    /// Where it stands.
    pub state: Words,
    /// When it began.
    pub at: When,
    /// Its page, for whoever began it.
    pub page: Option<String>,
    /// Where it is taken back.
    pub cancel: String,
}

/// `/admin/users/{id}/password` and `/admin/users/{id}/two-factor/reset`: how it is to be proved.
#[derive(Debug, Clone, Serialize)]
pub struct AdminCallerBegin {
    /// Whose page it is.
    pub who: String,
    /// The page's title.
    pub title: Words,
    /// What will happen.
    pub what: Words,
    /// Where the form goes.
    pub action: String,
    /// Whether passkeys can be removed as well.
    pub passkeys: bool,
    /// The ways.
    pub ways: Vec<CallerWayRow>,
    /// What is under way.
    pub under_way: Vec<CallerRow>,
    /// What is wrong with the form.
    pub errors: Vec<FieldError>,
    /// Why nothing was begun.
    pub refusal: Option<Refusal>,
    /// The person's page.
    pub back: String,
}

/// `/admin/users/{id}/callers/{challenge}`: where a challenge stands.
#[derive(Debug, Clone, Serialize)]
pub struct AdminCaller {
    /// Whose page it is.
    pub who: String,
    /// The page's title.
    pub title: Words,
    /// `waiting`, `open`, or how it ended.
    pub state: &'static str,
    /// That in words.
    pub says: Words,
    /// Whether a code is waited for.
    pub code: bool,
    /// Until when, or from when on.
    pub at: Option<When>,
    /// The address of this page; what is done stands below it.
    pub page: String,
    /// What the button says that does it.
    pub button: Words,
    /// Where another one begins.
    pub again: String,
    /// What is wrong with the form.
    pub errors: Vec<FieldError>,
    /// The person's page.
    pub back: String,
}

/// A temporary password, shown once (C2).
#[derive(Debug, Clone, Serialize)]
pub struct AdminTemporaryPassword {
    /// Whose it is.
    pub who: String,
    /// The password.
    pub password: String,
    /// Until when it opens anything.
    pub until: When,
    /// The person's page.
    pub back: String,
}

fn when() -> When {
    let at = doorward_domain::time::Timestamp::from_unix_seconds(1_780_000_000);
    When::of(at, &doorward_domain::time_zone::TimeZone::or_utc(None))
}

impl Page for AdminCallerBegin {
    const TEMPLATE: &'static str = "admin-caller-begin.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            who: "Ada <b>Lovelace</b>".to_owned(),
            title: Words::key("caller-set-password-title"),
            what: Words::key("caller-set-password-what"),
            action: "/admin/users/1/password".to_owned(),
            passkeys: false,
            ways: vec![
                CallerWayRow {
                    value: "1".to_owned(),
                    label: Words::key("caller-way-mailbox").with("address", "ada@example.com"),
                    hint: Words::key("caller-way-mailbox-hint"),
                },
                CallerWayRow {
                    value: "session".to_owned(),
                    label: Words::key("caller-way-session"),
                    hint: Words::key("caller-way-session-hint").with("url", "https://acme.example/account/requests"),
                },
                CallerWayRow {
                    value: "delay".to_owned(),
                    label: Words::key("caller-way-delay"),
                    hint: Words::key("caller-way-delay-hint").with("hours", 24_u32),
                },
            ],
            under_way: Vec::new(),
            errors: Vec::new(),
            refusal: None,
            back: "/admin/users/1".to_owned(),
        };
        vec![
            plain.clone(),
            Self {
                title: Words::key("caller-reset-title"),
                what: Words::key("caller-reset-what"),
                passkeys: true,
                under_way: vec![CallerRow {
                    action: Words::key("caller-for-reset-two-factor"),
                    state: Words::key("caller-state-waiting"),
                    at: when(),
                    page: Some("/admin/users/1/callers/2".to_owned()),
                    cancel: "/admin/users/1/callers/2/cancel".to_owned(),
                }],
                errors: vec![FieldError::new("by", Words::key("caller-choose"))],
                ..plain.clone()
            },
            Self {
                ways: Vec::new(),
                refusal: Some(Refusal {
                    code: "try-later".to_owned(),
                    words: Words::key("caller-no-mailbox"),
                    help_code: None,
                    directory: None,
                }),
                ..plain
            },
        ]
    }
}

impl Page for AdminCaller {
    const TEMPLATE: &'static str = "admin-caller.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            who: "Ada <b>Lovelace</b>".to_owned(),
            title: Words::key("caller-set-password-title"),
            state: "waiting",
            says: Words::key("caller-says-code"),
            code: true,
            at: Some(when()),
            page: "/admin/users/1/callers/2".to_owned(),
            button: Words::key("caller-do-set-password"),
            again: "/admin/users/1/password".to_owned(),
            errors: Vec::new(),
            back: "/admin/users/1".to_owned(),
        };
        vec![
            plain.clone(),
            Self {
                errors: vec![FieldError::new(
                    "code",
                    Words::key("caller-code-wrong").with("count", 4_u32),
                )],
                ..plain.clone()
            },
            Self {
                state: "open",
                says: Words::key("caller-says-open"),
                code: false,
                ..plain.clone()
            },
            Self {
                state: "refused",
                says: Words::key("caller-says-refused"),
                code: false,
                at: None,
                ..plain
            },
        ]
    }
}

impl Page for AdminTemporaryPassword {
    const TEMPLATE: &'static str = "admin-temporary-password.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            who: "Ada <b>Lovelace</b>".to_owned(),
            password: "abcd-efgh-jkmn-pqrs".to_owned(),
            until: when(),
            back: "/admin/users/1".to_owned(),
        }]
    }
}
