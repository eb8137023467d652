//! What the mail log is asked for, and what it answers: never a body, a code, a link or a token (C5, R113).

use serde::Serialize;

use crate::audit::Actor;
use crate::email_address::EmailKey;
use crate::ids::{FlowId, MailId, UserId};
use crate::mail::{MailState, MailTrace};
use crate::secret::HelpCode;
use crate::time::Timestamp;

/// Most mails of one page.
pub const MAX_MAIL_PAGE: u32 = 200;

/// Which mails are wanted: those that pass every part that is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailFilter {
    /// To which address.
    pub address: Option<EmailKey>,
    /// Where they stand.
    pub state: Option<MailState>,
    /// Of what kind, by its stable name.
    pub kind: Option<String>,
    /// Not asked for before this instant.
    pub from: Option<Timestamp>,
    /// Asked for before this instant.
    pub until: Option<Timestamp>,
}

/// A place in the log, from which a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MailPlace {
    /// When the mail was asked for.
    pub created_at: Timestamp,
    /// Its id.
    pub id: MailId,
}

impl MailPlace {
    /// The place of a mail.
    pub const fn of(trace: &MailTrace) -> Self {
        Self {
            created_at: trace.created_at,
            id: trace.id,
        }
    }
}

/// What a page of the log is asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailQuery {
    /// Which mails.
    pub filter: MailFilter,
    /// Only mails asked for before this one.
    pub after: Option<MailPlace>,
    /// At most this many, 1 to [`MAX_MAIL_PAGE`].
    pub limit: u32,
}

/// What happened to a mail at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailEventKind {
    /// A server took it.
    Delivered,
    /// A server put it off, or there was no way to one.
    Deferred,
    /// A server refused it for good.
    Refused,
    /// It was of no use any more before it could be delivered.
    Expired,
    /// A server further on says that it is late.
    Delayed,
    /// It came back.
    Bounced,
    /// The page behind its link was opened for the first time: by its reader, or by a program that looks at links.
    Opened,
    /// Its code or link was used: it reached its reader.
    Used,
}

impl MailEventKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Delivered,
        Self::Deferred,
        Self::Refused,
        Self::Expired,
        Self::Delayed,
        Self::Bounced,
        Self::Opened,
        Self::Used,
    ];

    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Delayed => "delayed",
            Self::Bounced => "bounced",
            Self::Opened => "opened",
            Self::Used => "used",
        }
    }

    /// The kind of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A line of a mail's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailEvent {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: MailEventKind,
    /// The other server's own words, if there are any.
    pub reply: Option<String>,
}

/// What the code or link of a mail is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// Neither code nor link, or one that was swept away since.
    Nothing,
    /// The code of an attempt, which is live or over.
    Code {
        /// The attempt.
        flow: FlowId,
        /// Whether it can still be finished.
        live: bool,
    },
    /// A link, which can still be used or not.
    Link {
        /// Whether it can.
        live: bool,
    },
}

/// All that is told of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailStory {
    /// Where it stands.
    pub trace: MailTrace,
    /// The person it was for, if known.
    pub user: Option<UserId>,
    /// When it is of no use any more.
    pub expires_at: Option<Timestamp>,
    /// Who asked for it; `None` where that was not kept.
    pub asked_by: Option<Actor>,
    /// The help code of the attempt that asked for it.
    pub help_code: Option<HelpCode>,
    /// What it carries.
    pub carries: Carries,
    /// What happened to it, oldest first.
    pub events: Vec<MailEvent>,
}

/// Whether mail to an address arrives, by the last proof (C5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reachability", rename_all = "kebab-case")]
pub enum Reachability {
    /// Nothing was proved either way: a server that takes a mail says nothing about its reader.
    Unknown,
    /// Its owner had something in hand that was mailed there.
    Reachable {
        /// When.
        at: Timestamp,
    },
    /// A mail was refused for good, or came back.
    Unreachable {
        /// When.
        at: Timestamp,
        /// The other server's own words.
        why: String,
    },
}

impl Reachability {
    /// What follows from the last proof of each kind; the later one counts.
    pub fn of(proved: Option<Timestamp>, failed: Option<(Timestamp, String)>) -> Self {
        match (proved, failed) {
            (None, None) => Self::Unknown,
            (Some(at), None) => Self::Reachable { at },
            (Some(at), Some((failed, _))) if at >= failed => Self::Reachable { at },
            (_, Some((at, why))) => Self::Unreachable { at, why },
        }
    }

    /// The stable name.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Reachable { .. } => "reachable",
            Self::Unreachable { .. } => "unreachable",
        }
    }
}

/// What staff can have done about a mail (C5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendAgain {
    /// It waits for its next try: that can be now.
    TryNow,
    /// A new link to set a password, to the same person's primary address.
    NewResetLink,
    /// A new code of the same attempt, which is still open.
    NewCode,
    /// A new test.
    NewTest,
    /// The attempt that it was for is over: its owner asks for a new one at the sign-in page.
    AttemptIsOver,
    /// What it said was wiped as soon as it was not waiting any more, and only whoever caused it can cause it again.
    Wiped,
}

impl SendAgain {
    /// What can be done about a mail.
    pub fn of(story: &MailStory) -> Self {
        match (story.trace.kind.as_str(), story.trace.state, story.carries) {
            (_, MailState::Queued, _) => Self::TryNow,
            ("reset-link" | "reset-link-by-staff" | "invite", _, _) if story.user.is_some() => Self::NewResetLink,
            ("sign-in-code", _, Carries::Code { live: true, .. }) => Self::NewCode,
            ("sign-in-code" | "sign-up-code" | "already-registered" | "fresh-proof-code", _, _) => Self::AttemptIsOver,
            ("test", _, _) => Self::NewTest,
            _ => Self::Wiped,
        }
    }

    /// Whether there is anything to press.
    pub const fn is_possible(self) -> bool {
        !matches!(self, Self::AttemptIsOver | Self::Wiped)
    }

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TryNow => "try-now",
            Self::NewResetLink => "new-reset-link",
            Self::NewCode => "new-code",
            Self::NewTest => "new-test",
            Self::AttemptIsOver => "attempt-is-over",
            Self::Wiped => "wiped",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Message;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn c5_of_every_kind_of_mail_it_is_settled_what_sends_it_again() {
        let links = ["reset-link", "reset-link-by-staff", "invite"];
        let codes = ["sign-in-code", "sign-up-code", "already-registered", "fresh-proof-code"];
        // They tell what was true when they were caused, or go to somebody who asks again.
        let wiped = [
            "no-account",
            "code-not-offered",
            "account-disabled",
            "sign-up-closed",
            "password-changed",
            "new-device",
            "email-proof",
            "email-belongs-elsewhere",
            "email-changed",
            "security-notice",
            "caller-code",
            "caller-notice",
            "account-deleted",
            "account-restored",
            "emergency-door",
            "settings-reverted",
            "sign-in-report",
        ];
        let settled: Vec<&str> = [&links[..], &codes, &wiped, &["test"]].concat();
        assert_eq!(settled.len(), Message::KINDS.len());
        let user = Some(UserId::from_uuid(uuid::Uuid::from_u128(1)));
        let story = |kind: &str, state, user| MailStory {
            trace: MailTrace {
                id: MailId::from_uuid(uuid::Uuid::from_u128(2)),
                kind: kind.to_owned(),
                to: "jo@example.com".to_owned(),
                state,
                attempts: 1,
                last_reply: None,
                created_at: at(0),
                last_attempt_at: Some(at(1)),
                next_attempt_at: None,
            },
            user,
            expires_at: None,
            asked_by: None,
            help_code: None,
            carries: Carries::Nothing,
            events: Vec::new(),
        };
        for kind in Message::KINDS {
            assert!(settled.contains(kind), "{kind}");
            assert_eq!(SendAgain::of(&story(kind, MailState::Queued, user)), SendAgain::TryNow);
            for state in MailState::ALL.into_iter().filter(|state| *state != MailState::Queued) {
                let expected = if links.contains(kind) {
                    SendAgain::NewResetLink
                } else if codes.contains(kind) {
                    SendAgain::AttemptIsOver
                } else if *kind == "test" {
                    SendAgain::NewTest
                } else {
                    SendAgain::Wiped
                };
                assert_eq!(SendAgain::of(&story(kind, state, user)), expected, "{kind}");
                let stranger = SendAgain::of(&story(kind, state, None));
                assert!(
                    !links.contains(kind) || stranger == SendAgain::Wiped,
                    "{kind} is for nobody"
                );
            }
        }
    }

    #[test]
    fn c5_the_later_proof_counts() {
        let refused = |seconds| Some((at(seconds), "550 no such user".to_owned()));
        let unreachable = |seconds| Reachability::Unreachable {
            at: at(seconds),
            why: "550 no such user".to_owned(),
        };
        for (proved, failed, expected) in [
            (None, None, Reachability::Unknown),
            (Some(at(1)), None, Reachability::Reachable { at: at(1) }),
            (None, refused(1), unreachable(1)),
            (Some(at(2)), refused(1), Reachability::Reachable { at: at(2) }),
            (Some(at(1)), refused(2), unreachable(2)),
            (Some(at(2)), refused(2), Reachability::Reachable { at: at(2) }),
        ] {
            assert_eq!(Reachability::of(proved, failed), expected);
        }
    }

    fn story(kind: &str, state: MailState, carries: Carries, known: bool) -> MailStory {
        MailStory {
            trace: MailTrace {
                id: MailId::from_uuid(uuid::Uuid::nil()),
                kind: kind.to_owned(),
                to: "jo@example.com".to_owned(),
                state,
                attempts: 1,
                last_reply: None,
                created_at: at(0),
                last_attempt_at: None,
                next_attempt_at: None,
            },
            user: known.then(|| UserId::from_uuid(uuid::Uuid::nil())),
            expires_at: None,
            asked_by: None,
            help_code: None,
            carries,
            events: Vec::new(),
        }
    }

    #[test]
    fn c5_send_again_makes_something_fresh_or_says_why_not() {
        let flow = FlowId::from_uuid(uuid::Uuid::nil());
        let code = |live| Carries::Code { flow, live };
        for (kind, state, carries, known, expected) in [
            ("sign-in-code", MailState::Queued, code(true), true, SendAgain::TryNow),
            (
                "password-changed",
                MailState::Queued,
                Carries::Nothing,
                true,
                SendAgain::TryNow,
            ),
            (
                "reset-link",
                MailState::Refused,
                Carries::Link { live: true },
                true,
                SendAgain::NewResetLink,
            ),
            (
                "invite",
                MailState::Delivered,
                Carries::Nothing,
                true,
                SendAgain::NewResetLink,
            ),
            (
                "reset-link",
                MailState::Delivered,
                Carries::Nothing,
                false,
                SendAgain::Wiped,
            ),
            ("sign-in-code", MailState::Bounced, code(true), true, SendAgain::NewCode),
            (
                "sign-in-code",
                MailState::Expired,
                code(false),
                true,
                SendAgain::AttemptIsOver,
            ),
            (
                "sign-in-code",
                MailState::Delivered,
                Carries::Nothing,
                true,
                SendAgain::AttemptIsOver,
            ),
            (
                "sign-up-code",
                MailState::Delivered,
                code(true),
                false,
                SendAgain::AttemptIsOver,
            ),
            ("test", MailState::Delivered, Carries::Nothing, true, SendAgain::NewTest),
            (
                "new-device",
                MailState::Refused,
                Carries::Link { live: true },
                true,
                SendAgain::Wiped,
            ),
            (
                "no-account",
                MailState::Expired,
                Carries::Nothing,
                false,
                SendAgain::Wiped,
            ),
        ] {
            assert_eq!(
                SendAgain::of(&story(kind, state, carries, known)),
                expected,
                "{kind} {state:?}"
            );
        }
    }
}
