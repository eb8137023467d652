//! *Trouble signing in?* (B17): what somebody is told about their own way in, in their own mailbox. It tells what is open to
//! them, what became of the last mails and what to do next; never a code or a link that was mailed before.

use serde::{Deserialize, Serialize};

use crate::how_to::{GuideWay, HowToStep, steps_of};
use crate::mail::{MailState, MailTrace};
use crate::method::Method;
use crate::provider::ProviderDescription;
use crate::role::Audience;
use crate::settings::SecuritySettings;
use crate::sign_in::PersonFacts;
use crate::throttle::{Wait, WaitKind};
use crate::time::Timestamp;
use crate::user::UserStatus;
use crate::ways_in::{ProviderWay, WayIn, WayState};

/// The most mails that a report tells of.
const MAILS: usize = 5;

/// Whose the address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportStanding {
    /// Nobody's here.
    Unknown,
    /// Of an account that is disabled, or deleted.
    Closed,
    /// Of an account that somebody can come in to.
    Open,
    /// Of an account that no way in is open to.
    Shut,
}

impl ReportStanding {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Shut => "shut",
        }
    }
}

/// What comes after the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ReportedSecondFactor {
    /// Nothing.
    None,
    /// A code of the app, or one of the backup codes that are left.
    On {
        /// How many are left.
        backup_codes_left: u32,
    },
    /// One has to be set up on the way in.
    SetUp,
}

/// What kind of mail it was, as its reader knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailSort {
    /// A code.
    Code,
    /// A link to be followed.
    Link,
    /// An answer to something that was asked for.
    Answer,
    /// A notice.
    Notice,
}

impl MailSort {
    /// The sort of a kind of message.
    pub fn of(kind: &str) -> Self {
        match kind {
            "sign-in-code" | "sign-up-code" | "already-registered" | "fresh-proof-code" | "caller-code" => Self::Code,
            "reset-link" | "reset-link-by-staff" | "invite" | "email-proof" => Self::Link,
            "no-account" | "code-not-offered" | "account-disabled" | "sign-up-closed" | "sign-in-report" => {
                Self::Answer
            }
            _ => Self::Notice,
        }
    }

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Link => "link",
            Self::Answer => "answer",
            Self::Notice => "notice",
        }
    }
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailFate {
    /// It is on its way.
    OnItsWay,
    /// Their mail server took it.
    Delivered,
    /// Their mail server put it off.
    Deferred,
    /// Their mail server refused it, or sent it back.
    Refused,
    /// It was too late.
    Expired,
}

impl MailFate {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnItsWay => "on-its-way",
            Self::Delivered => "delivered",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// One of the last mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedMail {
    /// What kind.
    pub sort: MailSort,
    /// When it was asked for.
    pub at: Timestamp,
    /// What became of it.
    pub fate: MailFate,
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInReport {
    /// Whose the address is.
    pub standing: ReportStanding,
    /// Ways in that are open, in the order of the sign-in page.
    pub open: Vec<GuideWay>,
    /// What comes after them.
    pub second_factor: ReportedSecondFactor,
    /// When tries are taken again, where too many were wrong.
    pub waits_until: Option<Timestamp>,
    /// The last mails, newest first.
    pub mails: Vec<ReportedMail>,
    /// What to do next; empty where only the people who run the workspace can help.
    pub next: Vec<HowToStep>,
}

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct ReportFacts<'a> {
    /// The rules of the door.
    pub settings: &'a SecuritySettings,
    /// Whoever has the address, if anybody.
    pub person: Option<&'a PersonFacts>,
    /// Each way in, open or closed, as if no budget were used up.
    pub ways: &'a [WayIn],
    /// Each provider that has credentials, open or closed.
    pub provider_ways: &'a [ProviderWay],
    /// Their names.
    pub providers: &'a [ProviderDescription],
    /// Waits in force.
    pub waits: &'a [Wait],
    /// The last mails to the address, newest first.
    pub mails: &'a [MailTrace],
}

/// Puts a report together.
pub fn report(facts: &ReportFacts<'_>) -> SignInReport {
    let open = open_guides(facts);
    let standing = match facts.person {
        None => ReportStanding::Unknown,
        Some(person) if person.status != UserStatus::Active => ReportStanding::Closed,
        Some(_) if open.is_empty() => ReportStanding::Shut,
        Some(_) => ReportStanding::Open,
    };
    SignInReport {
        standing,
        second_factor: facts
            .person
            .filter(|_| standing == ReportStanding::Open)
            .map_or(ReportedSecondFactor::None, |person| {
                second_factor(facts.settings, person)
            }),
        waits_until: facts
            .waits
            .iter()
            .filter(|wait| matches!(wait.kind, WaitKind::Password | WaitKind::Code | WaitKind::SecondFactor))
            .filter_map(|wait| wait.until)
            .max(),
        mails: facts.mails.iter().take(MAILS).map(reported).collect(),
        next: next(facts, standing, &open),
        open,
    }
}

fn open_guides(facts: &ReportFacts<'_>) -> Vec<GuideWay> {
    let is_open = |method: Method| {
        facts
            .ways
            .iter()
            .any(|way| way.method == method && way.state == WayState::Open)
    };
    let mut open = Vec::new();
    if is_open(Method::Password) {
        open.push(GuideWay::Password);
    }
    if is_open(Method::EmailCode) {
        open.push(GuideWay::EmailCode);
    }
    let open_providers = facts.provider_ways.iter().filter(|way| way.state == WayState::Open);
    open.extend(open_providers.map(|way| {
        let named = facts.providers.iter().find(|provider| provider.id == way.provider);
        GuideWay::Provider {
            id: way.provider.clone(),
            name: named.map_or_else(|| way.provider.to_string(), |provider| provider.name.clone()),
        }
    }));
    if is_open(Method::Passkey) {
        open.push(GuideWay::Passkey);
    }
    // Whether they can be handed over is only known at the company's own site; it is no way to point somebody to who has a
    // mailbox in hand.
    let handed_over = facts
        .person
        .is_some_and(|person| person.providers.iter().any(crate::provider::ProviderId::is_hand_over));
    if is_open(Method::HandOver) && handed_over {
        open.push(GuideWay::HandOver);
    }
    open
}

fn second_factor(settings: &SecuritySettings, person: &PersonFacts) -> ReportedSecondFactor {
    let required = settings.audience(person.role.audience()).two_factor_required;
    if person.factors.app {
        ReportedSecondFactor::On {
            backup_codes_left: person.factors.backup_codes_left,
        }
    } else if required && person.factors.passkeys == 0 {
        ReportedSecondFactor::SetUp
    } else {
        ReportedSecondFactor::None
    }
}

fn reported(mail: &MailTrace) -> ReportedMail {
    ReportedMail {
        sort: MailSort::of(&mail.kind),
        at: mail.created_at,
        fate: match mail.state {
            MailState::Delivered => MailFate::Delivered,
            MailState::Queued if mail.attempts > 0 => MailFate::Deferred,
            MailState::Queued => MailFate::OnItsWay,
            MailState::Refused | MailState::Bounced => MailFate::Refused,
            MailState::Expired => MailFate::Expired,
        },
    }
}

/// The steps of the way that surely works for whoever reads the report in their mailbox: a code, else a new password, else
/// the first way that is open.
fn next(facts: &ReportFacts<'_>, standing: ReportStanding, open: &[GuideWay]) -> Vec<HowToStep> {
    let Some(person) = facts.person.filter(|person| person.status == UserStatus::Active) else {
        return Vec::new();
    };
    let audience: Audience = person.role.audience();
    let may_reset = facts.settings.audience(audience).offers(Method::Password)
        && person.address_primary_or_proved()
        && person.mailboxes > 0;
    let way = if open.contains(&GuideWay::EmailCode) {
        GuideWay::EmailCode
    } else if may_reset {
        GuideWay::NewPassword
    } else if let Some(first) = open.first().filter(|_| standing == ReportStanding::Open) {
        first.clone()
    } else {
        return Vec::new();
    };
    steps_of(&way, facts.settings, audience)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b17_each_kind_of_mail_has_a_sort() {
        assert_eq!(MailSort::of("sign-in-code"), MailSort::Code);
        assert_eq!(MailSort::of("reset-link"), MailSort::Link);
        assert_eq!(MailSort::of("sign-in-report"), MailSort::Answer);
        assert_eq!(MailSort::of("new-device"), MailSort::Notice);
    }
}
