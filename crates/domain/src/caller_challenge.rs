//! The challenge to somebody who calls (C10): before staff sets their password or resets their second factor, they prove
//! who they are, by a code to a mailbox of theirs or in a live session. Without it the action is refused, or, for those
//! who may go without, announced and delayed.

use serde::{Deserialize, Serialize};

use crate::audit::Actor;
use crate::email_address::EmailKey;
use crate::ids::{CallerChallengeId, UserId, WorkspaceId};
use crate::time::Timestamp;

/// What staff asks to do. A challenge for one is nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallerAction {
    /// Have a temporary password made.
    SetPassword,
    /// Turn off the authenticator app, with its backup codes.
    ResetTwoFactor,
    /// The same, and remove all passkeys.
    ResetTwoFactorAndPasskeys,
}

impl CallerAction {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::SetPassword, Self::ResetTwoFactor, Self::ResetTwoFactorAndPasskeys];

    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetPassword => "set-password",
            Self::ResetTwoFactor => "reset-two-factor",
            Self::ResetTwoFactorAndPasskeys => "reset-two-factor-and-passkeys",
        }
    }

    /// The action of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// Whether the server does it by itself once it was announced long enough. A temporary password has to be shown to
    /// whoever asked for it, so that one waits for them.
    pub const fn happens_by_itself(self) -> bool {
        !matches!(self, Self::SetPassword)
    }
}

/// How the caller proves who they are, or what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerWay {
    /// They read out a code that was sent to this mailbox, which they proved before.
    Mailbox {
        /// Which.
        address: EmailKey,
    },
    /// They say so in a live session of theirs.
    Session,
    /// They do not: it is announced to all their mailboxes, and waits.
    Delay {
        /// From when on it may be done.
        due_at: Timestamp,
    },
}

impl CallerWay {
    /// The stable name, as stored.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Mailbox { .. } => "mailbox",
            Self::Session => "session",
            Self::Delay { .. } => "delay",
        }
    }
}

/// What a mail tells of a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallerEvent {
    /// It will be done, without a challenge, unless somebody stops it.
    Announced,
    /// The caller, or whoever reads their mail, said no.
    Refused,
    /// Staff took it back.
    Cancelled,
    /// It was done.
    Done,
}

impl CallerEvent {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
        }
    }
}

/// How a challenge ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallerEnd {
    /// The person said no.
    Refused,
    /// Staff took it back, or began anew.
    Cancelled,
    /// What it was for was done.
    Used,
}

impl CallerEnd {
    /// Every end.
    pub const ALL: [Self; 3] = [Self::Refused, Self::Cancelled, Self::Used];

    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Used => "used",
        }
    }

    /// The end of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == name)
    }
}

/// A challenge. It belongs to who asked, whom it is about, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerChallenge {
    /// Its id.
    pub id: CallerChallengeId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Who asked: the only one who may go on with it.
    pub asked_by: Actor,
    /// Who is to prove themself.
    pub user: UserId,
    /// What it is for.
    pub action: CallerAction,
    /// How it is proved.
    pub way: CallerWay,
    /// Wrong codes that are left (R22).
    pub tries_left: u32,
    /// When it began.
    pub created_at: Timestamp,
    /// Until when it can be proved; once it is, or once it is due, until when it can be gone on with.
    pub expires_at: Timestamp,
    /// When it was proved.
    pub proved_at: Option<Timestamp>,
    /// How it ended, and when.
    pub ended: Option<(CallerEnd, Timestamp)>,
}

/// Where a challenge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallerState {
    /// It waits for its proof, or for its time.
    Waiting,
    /// What it is for may be done now, once.
    Open,
    /// Too many wrong codes.
    Spent,
    /// Its time is over.
    Over,
    /// The person said no.
    Refused,
    /// Staff took it back.
    Cancelled,
    /// It was done.
    Used,
}

impl CallerState {
    /// The stable name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Spent => "spent",
            Self::Over => "over",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Used => "used",
        }
    }
}

impl CallerChallenge {
    /// Where it stands.
    pub fn state(&self, now: Timestamp) -> CallerState {
        match self.ended {
            Some((CallerEnd::Refused, _)) => return CallerState::Refused,
            Some((CallerEnd::Cancelled, _)) => return CallerState::Cancelled,
            Some((CallerEnd::Used, _)) => return CallerState::Used,
            None => {}
        }
        if now >= self.expires_at {
            return CallerState::Over;
        }
        match &self.way {
            CallerWay::Delay { due_at } if now >= *due_at => CallerState::Open,
            CallerWay::Mailbox { .. } | CallerWay::Session if self.proved_at.is_some() => CallerState::Open,
            CallerWay::Mailbox { .. } if self.tries_left == 0 => CallerState::Spent,
            CallerWay::Delay { .. } | CallerWay::Mailbox { .. } | CallerWay::Session => CallerState::Waiting,
        }
    }

    /// Whether `asked_by` may now do `action` to `user` on the strength of it: it is open, and theirs, for that person and
    /// for that very action.
    pub fn admits(&self, asked_by: &Actor, user: UserId, action: CallerAction, now: Timestamp) -> bool {
        self.asked_by == *asked_by && self.user == user && self.action == action && self.state(now) == CallerState::Open
    }
}
