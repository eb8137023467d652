//! The logs of mail and of actions (C5, C6).

use doorward_domain::mail_log::Reachability;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::{Page, When};
use super::super::FieldError;
use super::super::account::sample_when;
use super::people::Choice;

/// A row of the audit log.
#[derive(Debug, Clone, Serialize)]
pub struct AuditLine {
    /// When.
    pub at: When,
    /// What kind of actor, in words.
    pub actor: Words,
    /// Their name, or their id where they are gone.
    pub actor_name: Option<String>,
    /// Their page.
    pub actor_page: Option<String>,
    /// What was done, in words.
    pub action: Words,
    /// Its stable name.
    pub action_name: String,
    /// The name of the person it was done to, or their id where they are gone.
    pub subject_name: Option<String>,
    /// Their page.
    pub subject_page: Option<String>,
    /// Whether it went well.
    pub well: bool,
    /// `ok`, or the code of what was in the way.
    pub outcome: String,
    /// What exactly.
    pub detail: Option<String>,
    /// From which address.
    pub address: Option<String>,
    /// From what kind of device.
    pub device: Option<String>,
    /// Its number in the chain.
    pub seq: Option<u64>,
}

/// `/admin/audit`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminAudit {
    /// Who, as typed.
    pub who: String,
    /// Whom, as typed.
    pub whom: String,
    /// Actions to choose from.
    pub actions: Vec<Choice>,
    /// Outcomes to choose from.
    pub outcomes: Vec<Choice>,
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
    /// Address of origin, as typed.
    pub address: String,
    /// Whether anything is filtered.
    pub narrowed: bool,
    /// The rows.
    pub lines: Vec<AuditLine>,
    /// Where the same rows are a file of comma-separated values.
    pub csv: String,
    /// Where they are a file of JSON Lines.
    pub jsonl: String,
    /// The next page.
    pub next: Option<String>,
    /// The first page, where this is another one.
    pub first: Option<String>,
    /// What of the filter cannot be read.
    pub errors: Vec<FieldError>,
}

/// A mail in the list.
#[derive(Debug, Clone, Serialize)]
pub struct MailLine {
    /// Its page.
    pub page: String,
    /// What kind of mail, in words.
    pub kind: Words,
    /// The recipient.
    pub to: String,
    /// Where it stands, in words.
    pub state: Words,
    /// The stable name of that.
    pub state_name: String,
    /// Whether a server took it and did not give it back.
    pub arrived: bool,
    /// Last words of the mail server.
    pub reply: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was asked for.
    pub asked_at: When,
}

/// Whether mail to an address arrives.
#[derive(Debug, Clone, Serialize)]
pub struct Reach {
    /// In words.
    pub words: Words,
    /// Its stable name.
    pub name: String,
    /// When that was proved.
    pub at: Option<When>,
    /// The other server's own words.
    pub why: Option<String>,
}

impl Reach {
    /// What is shown beside an address.
    pub fn of(told: &Reachability, zone: &TimeZone) -> Self {
        let (at, why) = match told {
            Reachability::Unknown => (None, None),
            Reachability::Reachable { at } => (Some(*at), None),
            Reachability::Unreachable { at, why } => (Some(*at), Some(why.clone())),
        };
        Self {
            words: Words::key("mail-log-reach").with("reach", told.as_str()),
            name: told.as_str().to_owned(),
            at: at.map(|at| When::of(at, zone)),
            why,
        }
    }
}

/// `/admin/mail`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminMails {
    /// The address, as typed.
    pub to: String,
    /// States to choose from.
    pub states: Vec<Choice>,
    /// Kinds to choose from.
    pub kinds: Vec<Choice>,
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
    /// Whether anything is filtered.
    pub narrowed: bool,
    /// Whether mail to the address arrives, where one is asked for.
    pub reach: Option<Reach>,
    /// The mails.
    pub mails: Vec<MailLine>,
    /// The next page.
    pub next: Option<String>,
    /// The first page, where this is another one.
    pub first: Option<String>,
    /// What of the filter cannot be read.
    pub errors: Vec<FieldError>,
}

/// A moment of a mail's timeline.
#[derive(Debug, Clone, Serialize)]
pub struct MailMoment {
    /// What happened, in words.
    pub what: Words,
    /// Its stable name.
    pub name: String,
    /// When.
    pub at: When,
    /// The other server's own words.
    pub reply: Option<String>,
}

/// `/admin/mail/{id}`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminMail {
    /// The mail.
    pub mail: MailLine,
    /// The page of the person it was for.
    pub person: Option<String>,
    /// Who asked for it, in words.
    pub asked_by: Option<Words>,
    /// The help code of the attempt that asked for it.
    pub attempt: Option<String>,
    /// The page of that attempt.
    pub attempt_page: Option<String>,
    /// What happened to it, in order.
    pub moments: Vec<MailMoment>,
    /// Whether mail to its address arrives.
    pub reach: Option<Reach>,
    /// What the button sends, if there is one.
    pub again: Option<Words>,
    /// Why there is none.
    pub not_again: Option<Words>,
    /// Where the button's form goes.
    pub action: String,
    /// Why nothing was sent just now.
    pub problem: Option<Words>,
}

fn sample_choice() -> Vec<Choice> {
    vec![Choice {
        value: "signed-in".to_owned(),
        label: Words::key("audit-action").with("action", "signed-in"),
        chosen: true,
    }]
}

impl Page for AdminAudit {
    const TEMPLATE: &'static str = "admin-audit.html";

    fn samples() -> Vec<Self> {
        let line = AuditLine {
            at: sample_when(),
            actor: Words::key("audit-actor").with("actor", "user"),
            actor_name: Some("Zoë <b>".to_owned()),
            actor_page: Some("/admin/users/1".to_owned()),
            action: Words::key("audit-action").with("action", "settings-changed"),
            action_name: "settings-changed".to_owned(),
            subject_name: Some("<script>".to_owned()),
            subject_page: None,
            well: false,
            outcome: "wrong-password".to_owned(),
            detail: Some("=cmd|' /C calc'!A0 <img src=x>".to_owned()),
            address: Some("192.0.2.7".to_owned()),
            device: Some("Firefox <Linux>".to_owned()),
            seq: Some(12),
        };
        let page = Self {
            who: "\"><b>".to_owned(),
            whom: "jo@example.com".to_owned(),
            actions: sample_choice(),
            outcomes: vec![Choice {
                value: "ok".to_owned(),
                label: Words::key("audit-outcome").with("outcome", "ok"),
                chosen: false,
            }],
            from: "2026-11-01".to_owned(),
            until: "2026-11-22".to_owned(),
            address: "192.0.2.7".to_owned(),
            narrowed: true,
            lines: vec![
                AuditLine {
                    actor: Words::key("audit-actor").with("actor", "anonymous"),
                    actor_name: None,
                    actor_page: None,
                    subject_name: None,
                    well: true,
                    outcome: "ok".to_owned(),
                    detail: None,
                    address: None,
                    device: None,
                    seq: None,
                    ..line.clone()
                },
                line,
            ],
            csv: "/admin/audit/export?format=csv".to_owned(),
            jsonl: "/admin/audit/export?format=jsonl".to_owned(),
            next: Some("/admin/audit?after=1".to_owned()),
            first: Some("/admin/audit".to_owned()),
            errors: Vec::new(),
        };
        vec![
            Self {
                lines: Vec::new(),
                narrowed: false,
                next: None,
                first: None,
                ..page.clone()
            },
            Self {
                lines: Vec::new(),
                errors: vec![
                    FieldError::new("who", Words::key("audit-nobody")),
                    FieldError::new("from", Words::key("log-day-wrong")),
                    FieldError::new("address", Words::key("audit-address-wrong")),
                ],
                ..page.clone()
            },
            page,
        ]
    }
}

fn sample_line() -> MailLine {
    MailLine {
        page: "/admin/mail/1".to_owned(),
        kind: Words::key("mail-log-kind").with("kind", "sign-in-code"),
        to: "zoë<b>@example.com".to_owned(),
        state: Words::key("mail-log-state").with("state", "refused"),
        state_name: "refused".to_owned(),
        arrived: false,
        reply: Some("550 5.1.1 <script>alert(1)</script>".to_owned()),
        attempts: 2,
        asked_at: sample_when(),
    }
}

pub(super) fn sample_reach() -> Reach {
    Reach {
        words: Words::key("mail-log-reach").with("reach", "unreachable"),
        name: "unreachable".to_owned(),
        at: Some(sample_when()),
        why: Some("550 <b>no such user</b>".to_owned()),
    }
}

impl Page for AdminMails {
    const TEMPLATE: &'static str = "admin-mails.html";

    fn samples() -> Vec<Self> {
        let page = Self {
            to: "jo@example.com".to_owned(),
            states: sample_choice(),
            kinds: sample_choice(),
            from: String::new(),
            until: String::new(),
            narrowed: true,
            reach: Some(sample_reach()),
            mails: vec![
                sample_line(),
                MailLine {
                    reply: None,
                    arrived: true,
                    attempts: 0,
                    ..sample_line()
                },
            ],
            next: Some("/admin/mail?after=1".to_owned()),
            first: None,
            errors: Vec::new(),
        };
        vec![
            Self {
                mails: Vec::new(),
                narrowed: false,
                reach: None,
                ..page.clone()
            },
            Self {
                mails: Vec::new(),
                errors: vec![FieldError::new("to", Words::key("mail-log-address-wrong"))],
                ..page.clone()
            },
            page,
        ]
    }
}

impl Page for AdminMail {
    const TEMPLATE: &'static str = "admin-mail.html";

    fn samples() -> Vec<Self> {
        let page = Self {
            mail: sample_line(),
            person: Some("/admin/users/1".to_owned()),
            asked_by: Some(Words::key("audit-actor").with("actor", "anonymous")),
            attempt: Some("K7QM-2XRD".to_owned()),
            attempt_page: Some("/admin/sign-in-check?code=K7QM-2XRD".to_owned()),
            moments: vec![MailMoment {
                what: Words::key("mail-log-event").with("event", "refused"),
                name: "refused".to_owned(),
                at: sample_when(),
                reply: Some("550 5.1.1 <script>alert(1)</script>".to_owned()),
            }],
            reach: Some(sample_reach()),
            again: Some(Words::key("mail-log-again").with("again", "new-code")),
            not_again: None,
            action: "/admin/mail/1/send-again".to_owned(),
            problem: None,
        };
        vec![
            Self {
                person: None,
                asked_by: None,
                attempt: None,
                attempt_page: None,
                reach: None,
                again: None,
                not_again: Some(Words::key("mail-log-not-again").with("again", "wiped")),
                problem: Some(Words::key("mail-log-too-many")),
                ..page.clone()
            },
            page,
        ]
    }
}
