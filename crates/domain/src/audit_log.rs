//! What the audit log is asked for, and what it answers (C6).

use std::net::IpAddr;

use crate::audit::{Actor, AuditAction, AuditEntry};
use crate::ids::{AuditId, UserId};
use crate::time::Timestamp;

/// Most rows of one page.
pub const MAX_AUDIT_PAGE: u32 = 1_000;

/// Outcomes of what went well: an attempt that was let in, or went on to its next step, among them.
pub const WENT_WELL: [&str; 4] = ["ok", "granted", "needs", "sent"];

/// How something ended, as a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeFilter {
    /// Well.
    Ok,
    /// Not well, for whatever reason.
    NotOk,
    /// With exactly this stable code.
    Exactly(String),
}

impl OutcomeFilter {
    /// Whether an outcome passes.
    pub fn passes(&self, outcome: &str) -> bool {
        match self {
            Self::Ok => WENT_WELL.contains(&outcome),
            Self::NotOk => !WENT_WELL.contains(&outcome),
            Self::Exactly(code) => outcome == code,
        }
    }
}

/// Which rows are wanted: those that pass every part that is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Who acted.
    pub actor: Option<Actor>,
    /// On whom.
    pub subject: Option<UserId>,
    /// What was done.
    pub action: Option<AuditAction>,
    /// How it ended.
    pub outcome: Option<OutcomeFilter>,
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// From which address.
    pub address: Option<IpAddr>,
}

impl AuditFilter {
    /// Whether a row passes.
    pub fn passes(&self, entry: &AuditEntry) -> bool {
        self.actor.as_ref().is_none_or(|actor| entry.actor == *actor)
            && self.subject.is_none_or(|subject| entry.subject == Some(subject))
            && self.action.is_none_or(|action| entry.action == action)
            && self
                .outcome
                .as_ref()
                .is_none_or(|outcome| outcome.passes(&entry.outcome))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.until.is_none_or(|until| entry.at < until)
            && self
                .address
                .is_none_or(|address| entry.client.as_ref().is_some_and(|client| client.address == address))
    }
}

/// A place in the log, from which a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditPlace {
    /// When the row was written.
    pub at: Timestamp,
    /// Its id.
    pub id: AuditId,
}

impl AuditPlace {
    /// The place of a row.
    pub const fn of(entry: &AuditEntry) -> Self {
        Self {
            at: entry.at,
            id: entry.id,
        }
    }
}

/// What a page of the log is asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Which rows.
    pub filter: AuditFilter,
    /// Only rows older than this one.
    pub after: Option<AuditPlace>,
    /// At most this many, 1 to [`MAX_AUDIT_PAGE`].
    pub limit: u32,
}

/// A row as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// The row.
    pub entry: AuditEntry,
    /// The name of the person who acted, as it is now; `None` if it was nobody, or they are gone.
    pub actor_name: Option<String>,
    /// The name of the person it was done to, likewise.
    pub subject_name: Option<String>,
    /// Its number in the chain; `None` until it is sealed.
    pub seq: Option<u64>,
}
