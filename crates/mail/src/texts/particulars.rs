//! What differs from one kind of message to the next, each value held to its form.

use doorward_domain::client::Device;
use doorward_domain::mail::{AskedBy, Message, SecurityEvent};
use doorward_domain::method::Method;
use doorward_domain::report::SignInReport;
use doorward_domain::second_factor::FEW_BACKUP_CODES;
use doorward_domain::time::Timestamp;

use super::TextsError;

/// A device of which nothing is known.
static UNKNOWN_DEVICE: Device = Device {
    browser: String::new(),
    system: String::new(),
};

/// What differs from one kind of message to the next. Names are as people wrote them.
#[derive(Default)]
pub(super) struct Particulars<'a> {
    pub(super) code: Option<&'a str>,
    pub(super) url: Option<&'a str>,
    pub(super) security_url: Option<&'a str>,
    pub(super) minutes: u32,
    pub(super) hours: u32,
    pub(super) days: u32,
    pub(super) left: u32,
    pub(super) few: bool,
    /// Which of several events a notice tells of: each has a subject and sentences of its own, whose keys end in this.
    pub(super) told_apart: Option<&'static str>,
    /// What staff asks to do for somebody who calls.
    pub(super) action: Option<&'static str>,
    /// When something is to happen, or until when it can be undone.
    pub(super) due: Option<Timestamp>,
    pub(super) method: Option<Method>,
    pub(super) name: &'a str,
    pub(super) address: &'a str,
    pub(super) open: &'a [Method],
    /// How the reader gets in.
    pub(super) report: Option<&'a SignInReport>,
    /// Who asked for the mail.
    pub(super) asked: Option<&'a AskedBy>,
    /// When something happened, and from what device, where that is to be told.
    pub(super) happened: Option<(Timestamp, Option<&'a Device>)>,
}

impl<'a> Particulars<'a> {
    pub(super) fn of(message: &'a Message) -> Result<Self, TextsError> {
        let none = Self::default();
        Ok(match message {
            Message::SignInCode {
                code,
                minutes,
                asked_by,
            }
            | Message::SignUpCode {
                code,
                minutes,
                asked_by,
            }
            | Message::AlreadyRegistered {
                code,
                minutes,
                asked_by,
            }
            | Message::FreshProofCode {
                code,
                minutes,
                asked_by,
            } => Self {
                code: Some(checked_code(code)?),
                minutes: *minutes,
                asked: Some(asked_by),
                ..none
            },
            Message::CallerCode {
                code,
                minutes,
                action,
                at,
            } => Self {
                code: Some(checked_code(code)?),
                minutes: *minutes,
                action: Some(action.as_str()),
                happened: Some((*at, None)),
                ..none
            },
            Message::NoAccount { sign_up_url, asked_by } => Self {
                url: sign_up_url.as_deref().map(link).transpose()?,
                asked: Some(asked_by),
                ..none
            },
            Message::CodeNotOffered {
                open,
                forgot_password_url,
                asked_by,
            } => {
                let url = link(forgot_password_url)?;
                Self {
                    url: open.contains(&Method::Password).then_some(url),
                    open,
                    asked: Some(asked_by),
                    ..none
                }
            }
            Message::AccountDisabled { asked_by }
            | Message::SignUpClosed { asked_by }
            | Message::EmailBelongsElsewhere { asked_by } => Self {
                asked: Some(asked_by),
                ..none
            },
            Message::ResetLink { url, minutes, asked_by } => Self {
                url: Some(link(url)?),
                minutes: *minutes,
                asked: Some(asked_by),
                ..none
            },
            Message::ResetLinkByStaff { url, minutes } => Self {
                url: Some(link(url)?),
                minutes: *minutes,
                ..none
            },
            Message::Invite { url, days } => Self {
                url: Some(link(url)?),
                days: *days,
                ..none
            },
            Message::EmailProof {
                url,
                hours,
                account,
                asked_by,
            } => Self {
                url: Some(link(url)?),
                hours: *hours,
                name: account,
                asked: Some(asked_by),
                ..none
            },
            Message::SignInReport {
                report,
                sign_up_url,
                asked_by,
            } => Self {
                url: sign_up_url.as_deref().map(link).transpose()?,
                report: Some(report.as_ref()),
                asked: Some(asked_by),
                ..none
            },
            Message::Test => none,
            other => Self::of_a_notice(other)?,
        })
    }

    /// What happened to an account, told unasked.
    fn of_a_notice(message: &'a Message) -> Result<Self, TextsError> {
        let none = Self::default();
        Ok(match message {
            Message::PasswordChanged {
                by,
                at,
                forgot_password_url,
            } => Self {
                url: Some(link(forgot_password_url)?),
                happened: Some((*at, by.as_ref().map(|by| &by.device))),
                ..none
            },
            Message::NewDevice { by, method, not_me_url } => Self {
                url: Some(link(not_me_url)?),
                method: Some(*method),
                happened: Some((by.at, Some(&by.device))),
                ..none
            },
            Message::EmailChanged {
                change,
                address,
                by,
                revert_url,
                days,
            } => Self {
                url: revert_url.as_deref().map(link).transpose()?,
                told_apart: Some(change.as_str()),
                address,
                days: *days,
                happened: Some((by.at, Some(&by.device))),
                ..none
            },
            Message::SecurityNotice {
                what,
                by,
                security_url,
                forgot_password_url,
            } => {
                let none = Self {
                    url: Some(link(forgot_password_url)?),
                    security_url: Some(link(security_url)?),
                    told_apart: Some(what.as_str()),
                    happened: Some((by.at, Some(&by.device))),
                    ..none
                };
                match what {
                    SecurityEvent::BackupCodeUsed { left } => Self {
                        left: *left,
                        few: *left <= FEW_BACKUP_CODES,
                        ..none
                    },
                    SecurityEvent::IdentityConnected { provider: name }
                    | SecurityEvent::IdentityDisconnected { provider: name }
                    | SecurityEvent::PasskeyAdded { name }
                    | SecurityEvent::PasskeyRemoved { name }
                    | SecurityEvent::PasskeySuspected { name } => Self { name, ..none },
                    SecurityEvent::TwoFactorEnabled
                    | SecurityEvent::TwoFactorDisabled
                    | SecurityEvent::BackupCodesRenewed => none,
                }
            }
            Message::EmergencyDoor { door, who, by, at } => Self {
                told_apart: Some(door.as_str()),
                name: who,
                happened: Some((*at, Some(by.as_ref().map_or(&UNKNOWN_DEVICE, |by| &by.device)))),
                ..none
            },
            Message::CallerNotice {
                event,
                action,
                at,
                due_at,
                stop_url,
                forgot_password_url,
            } => Self {
                url: Some(link(stop_url.as_deref().unwrap_or(forgot_password_url))?),
                told_apart: Some(event.as_str()),
                action: Some(action.as_str()),
                due: *due_at,
                happened: Some((*at, None)),
                ..none
            },
            Message::AccountDeleted {
                by,
                at,
                until,
                restore_url,
            } => Self {
                url: restore_url.as_deref().map(link).transpose()?,
                due: Some(*until),
                happened: Some((*at, by.as_ref().map(|by| &by.device))),
                ..none
            },
            Message::AccountRestored {
                at,
                forgot_password_url,
            } => Self {
                url: Some(link(forgot_password_url)?),
                happened: Some((*at, None)),
                ..none
            },
            Message::SettingsReverted { at } => Self {
                happened: Some((*at, None)),
                ..none
            },
            other => return Err(TextsError::Kind { kind: other.kind() }),
        })
    }
}

/// What must never be repeated out of a mail: its code and its link.
pub(crate) fn secrets_of(message: &Message) -> Vec<&str> {
    match message {
        Message::SignInCode { code, .. }
        | Message::SignUpCode { code, .. }
        | Message::AlreadyRegistered { code, .. }
        | Message::FreshProofCode { code, .. }
        | Message::CallerCode { code, .. } => vec![code],
        Message::ResetLink { url, .. }
        | Message::ResetLinkByStaff { url, .. }
        | Message::Invite { url, .. }
        | Message::EmailProof { url, .. }
        | Message::NewDevice { not_me_url: url, .. }
        | Message::EmailChanged {
            revert_url: Some(url), ..
        }
        | Message::CallerNotice {
            stop_url: Some(url), ..
        }
        | Message::AccountDeleted {
            restore_url: Some(url), ..
        } => {
            let token = url.rsplit(['/', '=']).next().filter(|token| token.len() >= 8);
            std::iter::once(url.as_str()).chain(token).collect()
        }
        _ => Vec::new(),
    }
}

fn link(url: &str) -> Result<&str, TextsError> {
    checked_link(url, "link")
}

/// A link that was built from configuration: `http` or `https`, ASCII, in one piece.
pub(super) fn checked_link<'a>(url: &'a str, value: &'static str) -> Result<&'a str, TextsError> {
    let visible = url
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>'));
    let parsed = url::Url::parse(url).map_err(|_| TextsError::Value { value })?;
    let http = matches!(parsed.scheme(), "http" | "https") && parsed.has_host() && parsed.username().is_empty();
    if visible && http {
        Ok(url)
    } else {
        Err(TextsError::Value { value })
    }
}

fn checked_code(code: &str) -> Result<&str, TextsError> {
    let fits = (1..=32).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits {
        Ok(code)
    } else {
        Err(TextsError::Value { value: "code" })
    }
}
