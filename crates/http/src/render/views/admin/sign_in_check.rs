//! The sign-in check (C4): an address or a help code in; a sentence, what mends it, and everything that it was seen by out.

use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::{Page, When};
use super::super::FieldError;
use super::logs::{Reach, sample_reach};

/// `/admin/sign-in-check`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AdminSignInCheck {
    /// What was asked: an address, or a help code.
    pub asked: String,
    /// What is wrong with it.
    pub errors: Vec<FieldError>,
    /// A help code that leads to no attempt here.
    pub no_such_code: bool,
    /// The attempt that a help code leads to, first.
    pub receipt: Option<CheckAttempt>,
    /// The answer.
    pub answer: Option<CheckAnswer>,
    /// Why the last button did nothing.
    pub problem: Option<Words>,
    /// A portal link that was just made, told here and never again.
    pub portal_link: Option<String>,
}

/// The answer about an address.
#[derive(Debug, Clone, Serialize)]
pub struct CheckAnswer {
    /// The address.
    pub address: String,
    /// In one word: `open`, `hindered`, `shut` or `unknown`.
    pub verdict: &'static str,
    /// The one sentence.
    pub sentence: Words,
    /// Until when, where it ends by itself.
    pub until: Option<When>,
    /// The mail server's own words, where it is about a mail.
    pub reply: Option<String>,
    /// Whatever else is wrong.
    pub further: Vec<Words>,
    /// What mends the first thing wrong; none where nothing does, or whoever looks may not.
    pub first: Option<CheckMend>,
    /// What mends the rest.
    pub others: Vec<CheckMend>,
    /// Whoever may press the first button, where the reader may not.
    pub ask: Option<Words>,
    /// Whose it is.
    pub person: Option<CheckPerson>,
    /// Whether mail to the address arrives, where nobody has it.
    pub reach: Option<Reach>,
    /// Addresses that are nearly this one.
    pub near: Vec<CheckNear>,
    /// Each way in.
    pub ways: Vec<CheckWay>,
    /// The last attempts, newest first.
    pub attempts: Vec<CheckAttempt>,
    /// The last mails, newest first.
    pub mails: Vec<CheckMail>,
}

/// An address that is nearly the one that was asked about.
#[derive(Debug, Clone, Serialize)]
pub struct CheckNear {
    /// The address.
    pub address: String,
    /// The check of it.
    pub page: String,
}

/// A button, or a link to a page.
#[derive(Debug, Clone, Serialize)]
pub struct CheckMend {
    /// What the form sends; empty where it leads to a page.
    pub id: String,
    /// What it says.
    pub label: Words,
    /// Where it leads, where it is done on a page of its own.
    pub leads_to: Option<String>,
}

/// The person.
#[derive(Debug, Clone, Serialize)]
pub struct CheckPerson {
    /// Their name.
    pub name: String,
    /// Their page, for those who look people up.
    pub page: Option<String>,
    /// Their role.
    pub role: Words,
    /// `active`, `disabled` or `deleted`.
    pub status: &'static str,
    /// Each address.
    pub addresses: Vec<CheckAddress>,
    /// Whether an app is on, and how many backup codes are left.
    pub second_factor: Words,
    /// How many passkeys.
    pub passkeys: u32,
}

/// An address of theirs.
#[derive(Debug, Clone, Serialize)]
pub struct CheckAddress {
    /// The address.
    pub address: String,
    /// Whether it is proved.
    pub proved: bool,
    /// Whether it is the primary one.
    pub primary: bool,
    /// Whether mail to it arrives.
    pub reach: Option<Reach>,
}

/// A way in.
#[derive(Debug, Clone, Serialize)]
pub struct CheckWay {
    /// Which.
    pub name: Words,
    /// Whether it is open.
    pub open: bool,
    /// Why not.
    pub why: Option<Words>,
    /// The stable reason.
    pub reason: Option<&'static str>,
}

/// An attempt, with its receipt.
#[derive(Debug, Clone, Serialize)]
pub struct CheckAttempt {
    /// When.
    pub at: When,
    /// What was tried, by its stable name.
    pub attempt: String,
    /// How it ended: `granted`, `needs`, `sent` or `refused`.
    pub outcome: &'static str,
    /// Why it was refused, by its stable name.
    pub reason: Option<&'static str>,
    /// What the person was told.
    pub help_code: String,
    /// From where.
    pub network_address: String,
    /// From what.
    pub device: String,
    /// Each rule in order.
    pub findings: Vec<CheckFinding>,
}

/// A line of a receipt.
#[derive(Debug, Clone, Serialize)]
pub struct CheckFinding {
    /// The rule, by its stable name.
    pub rule: String,
    /// What it saw.
    pub saw: String,
    /// What it said: `allow`, `require`, `deny` or `not-asked`.
    pub ruling: &'static str,
}

/// A mail.
#[derive(Debug, Clone, Serialize)]
pub struct CheckMail {
    /// When it was asked for.
    pub at: When,
    /// Its kind, by its stable name.
    pub kind: String,
    /// Where it stands.
    pub state: &'static str,
    /// How often it was tried.
    pub attempts: u32,
    /// The mail server's own words.
    pub reply: Option<String>,
    /// Its page in the mail log, for those who may read it.
    pub page: Option<String>,
}

impl Page for AdminSignInCheck {
    const TEMPLATE: &'static str = "admin-sign-in-check.html";

    fn samples() -> Vec<Self> {
        let at = || When::of(Timestamp::from_unix_seconds(1_795_315_703), &TimeZone::or_utc(None));
        let attempt = || CheckAttempt {
            at: at(),
            attempt: "sign-in-with-password".to_owned(),
            outcome: "refused",
            reason: Some("no-password"),
            help_code: "7F3K-9QXM".to_owned(),
            network_address: "192.0.2.7".to_owned(),
            device: "Firefox, Android".to_owned(),
            findings: vec![
                CheckFinding {
                    rule: "address-known".to_owned(),
                    saw: "customer 0193fcb8-0000-4000-8000-000000000001".to_owned(),
                    ruling: "allow",
                },
                CheckFinding {
                    rule: "credential".to_owned(),
                    saw: "account has no <password>".to_owned(),
                    ruling: "deny",
                },
            ],
        };
        let mend = |id: &str, label: &'static str, leads_to: Option<&str>| CheckMend {
            id: id.to_owned(),
            label: Words::key(label),
            leads_to: leads_to.map(str::to_owned),
        };
        let answer = || CheckAnswer {
            address: "zoë@example.com".to_owned(),
            verdict: "hindered",
            sentence: Words::key("check-trouble-mail-refused"),
            until: Some(at()),
            reply: Some("550 5.1.1 <zoe>: no such mailbox".to_owned()),
            further: vec![Words::key("check-trouble-no-password")],
            first: Some(mend("send-password-reset", "check-mend-send-password-reset", None)),
            others: vec![
                mend(
                    "",
                    "check-mend-reset-second-factor",
                    Some("/admin/users/1/two-factor/reset"),
                ),
                mend("new-portal-link", "check-mend-new-portal-link", None),
            ],
            ask: None,
            person: Some(CheckPerson {
                name: "Zoë <b>".to_owned(),
                page: Some("/admin/users/1".to_owned()),
                role: Words::key("role-customer"),
                status: "active",
                addresses: vec![
                    CheckAddress {
                        address: "zoe@example.com".to_owned(),
                        proved: true,
                        primary: true,
                        reach: None,
                    },
                    CheckAddress {
                        address: "z@example.com".to_owned(),
                        proved: false,
                        primary: false,
                        reach: Some(sample_reach()),
                    },
                ],
                second_factor: Words::key("check-second-factor-on").with("left", 3_u32),
                passkeys: 1,
            }),
            reach: None,
            near: Vec::new(),
            ways: vec![
                CheckWay {
                    name: Words::key("check-way-password"),
                    open: true,
                    why: None,
                    reason: None,
                },
                CheckWay {
                    name: Words::key("check-way-email-code"),
                    open: false,
                    why: Some(Words::key("check-why-off")),
                    reason: Some("method-off-customers"),
                },
            ],
            attempts: vec![attempt(), attempt()],
            mails: vec![CheckMail {
                at: at(),
                kind: "reset-link".to_owned(),
                state: "refused",
                attempts: 1,
                reply: Some("550 5.1.1 <zoe>: no such mailbox".to_owned()),
                page: Some("/admin/mail/1".to_owned()),
            }],
        };
        vec![
            Self::default(),
            Self {
                asked: "zoe@".to_owned(),
                errors: vec![FieldError::new("email", Words::key("check-neither"))],
                ..Self::default()
            },
            Self {
                asked: "7F3K-9QXM".to_owned(),
                no_such_code: true,
                problem: Some(Words::key("check-not-offered")),
                ..Self::default()
            },
            Self {
                asked: "zoë@example.com".to_owned(),
                answer: Some(answer()),
                portal_link: Some("https://acme.example/portal/abc".to_owned()),
                ..Self::default()
            },
            Self {
                asked: "7F3K-9QXM".to_owned(),
                receipt: Some(attempt()),
                answer: Some(CheckAnswer {
                    verdict: "unknown",
                    sentence: Words::key("check-trouble-unknown"),
                    until: None,
                    reply: None,
                    further: Vec::new(),
                    first: None,
                    others: Vec::new(),
                    ask: Some(Words::key("check-ask").with("permission", "create-and-update-users-and-organizations")),
                    person: None,
                    reach: Some(sample_reach()),
                    near: vec![CheckNear {
                        address: "zoe@example.com".to_owned(),
                        page: "/admin/sign-in-check?email=zoe%40example.com".to_owned(),
                    }],
                    attempts: Vec::new(),
                    mails: Vec::new(),
                    ..answer()
                }),
                ..Self::default()
            },
        ]
    }
}
