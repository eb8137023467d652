//! Signed-in sessions (R78–R82).

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::ids::{SessionId, UserId, WorkspaceId};
use crate::method::Method;
use crate::role::{Permissions, Rights, Role};
use crate::time::Timestamp;
use crate::workspace::Slug;

/// At most this many sessions live per person; opening one more ends the one unused for longest.
pub const MAX_SESSIONS_PER_USER: u32 = 50;

/// A session, without its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Public id.
    pub id: SessionId,
    /// Workspace it is good in, and in no other.
    pub workspace: WorkspaceId,
    /// Whose it is.
    pub user: UserId,
    /// First step that opened it.
    pub method: Method,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When its owner last proved who they are: at the sign-in, or since, by a fresh proof (R11).
    pub proved_at: Timestamp,
    /// Last use known; written in batches, so up to a minute old in the database.
    pub last_seen_at: Timestamp,
    /// Without use it ends this many microseconds after the last one.
    pub idle_micros: i64,
    /// It ends then whatever happens.
    pub expires_at: Timestamp,
    /// Who opened it.
    pub client: Client,
}

impl Session {
    /// Whether it is still good at `now`, as far as time goes (R81).
    pub const fn is_live(&self, now: Timestamp) -> bool {
        now.as_micros() < self.expires_at.as_micros()
            && now.as_micros() < self.last_seen_at.as_micros().saturating_add(self.idle_micros)
    }
}

/// What a session check answers: who this is. Everything that `GET /api/v1/session` and forward-auth tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// The session.
    pub id: SessionId,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When its owner last proved who they are (R11).
    pub proved_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// Method that opened it.
    pub method: Method,
    /// Workspace id.
    pub workspace: WorkspaceId,
    /// Workspace slug.
    pub workspace_slug: Slug,
    /// Person id.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// Primary address, if they have one.
    pub primary_email: Option<String>,
    /// All verified addresses.
    pub emails: Vec<String>,
    /// Role: the built-in one that they have, or that theirs is based on.
    pub role: Role,
    /// What they may do.
    pub permissions: Permissions,
    /// Names of their organisations.
    pub organisations: Vec<String>,
    /// Language they chose.
    pub language: Option<String>,
    /// Time zone they chose.
    pub time_zone: Option<String>,
}

impl SessionView {
    /// How far their hand reaches (R97).
    pub const fn rights(&self) -> Rights {
        Rights {
            role: self.role,
            permissions: self.permissions,
        }
    }

    /// Whether the owner's last proof of who they are still counts as fresh (R11, R72, R99). A proof from the future, as
    /// after a step back of the clock, does not.
    pub fn is_fresh(&self, window: std::time::Duration, now: Timestamp) -> bool {
        self.proved_at <= now && now.since(self.proved_at) < window
    }
}

/// A session as its owner sees it in the list (A7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// The session.
    pub session: Session,
    /// Whether it is the one that asks.
    pub this: bool,
}
