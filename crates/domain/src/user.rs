//! People and their addresses (A1–A5).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::email_address::{EmailAddress, EmailKey};
use crate::ids::{EmailId, OrganisationId, UserId, WorkspaceId};
use crate::provider::ProviderId;
use crate::role::{Permissions, Rights, Role, RoleRef};
use crate::second_factor::FactorSummary;
use crate::secret::PasswordDigest;
use crate::time::Timestamp;

/// Longest name kept, in Unicode code points.
pub const MAX_NAME_CODE_POINTS: usize = 200;

/// Whether a person may come in at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserStatus {
    /// May sign in by whatever is open to them.
    Active,
    /// No entry by any pathway (R60).
    Disabled,
    /// No entry by any pathway, and gone for good 30 days later, unless somebody undoes it.
    Deleted,
}

impl UserStatus {
    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }

    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Disabled, Self::Deleted];

    /// The status of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// One address of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmail {
    /// Its id.
    pub id: EmailId,
    /// The address as stored.
    pub address: EmailAddress,
    /// Whether it is the one primary address.
    pub primary: bool,
    /// When the mailbox was proved; `None` while it is only claimed.
    pub verified_at: Option<Timestamp>,
}

impl UserEmail {
    /// Whether what is sent there reaches the account's owner: the primary address, and every proved one.
    pub const fn reaches_owner(&self) -> bool {
        self.primary || self.verified_at.is_some()
    }
}

/// A named group that a person belongs to (A9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationRef {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
}

/// A person in a workspace, without any credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The person's id.
    pub id: UserId,
    /// The workspace they belong to.
    pub workspace: WorkspaceId,
    /// Display name; may be empty for a contact known only by an address.
    pub name: String,
    /// Role in the workspace: the built-in one that they have, or that theirs is based on.
    pub role: Role,
    /// The role of the workspace's own making that they have in place of a built-in one.
    pub custom_role: Option<RoleRef>,
    /// Whether they may come in.
    pub status: UserStatus,
    /// Preferred language as a BCP 47 tag, if they chose one.
    pub language: Option<String>,
    /// Preferred time zone as an IANA name, if they chose one.
    pub time_zone: Option<String>,
    /// All addresses, the primary one first.
    pub emails: Vec<UserEmail>,
    /// Groups they belong to.
    pub organisations: Vec<OrganisationRef>,
    /// Whether a password is set.
    pub has_password: bool,
    /// When the picture on the profile was set; `None` without one, and initials stand in its place (A4).
    pub picture_at: Option<Timestamp>,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When they last signed in; `None` if never.
    pub last_sign_in_at: Option<Timestamp>,
}

impl User {
    /// The primary address; every person has one unless known only by another identity (A1).
    pub fn primary_email(&self) -> Option<&UserEmail> {
        self.emails.iter().find(|email| email.primary)
    }

    /// What they may do: what their role permits.
    pub fn permissions(&self) -> Permissions {
        self.custom_role
            .as_ref()
            .map_or(self.role.permissions(), |own| own.permissions)
    }

    /// How far their hand reaches (R97).
    pub fn rights(&self) -> Rights {
        Rights {
            role: self.role,
            permissions: self.permissions(),
        }
    }

    /// The address with that key, if it is theirs.
    pub fn email(&self, key: &EmailKey) -> Option<&UserEmail> {
        self.emails.iter().find(|email| email.address.key() == *key)
    }

    /// Whether a mailbox of theirs may undo changes of the addresses (R48). One that was proved within `window` may not, as
    /// long as an older one is left: its own arrival can still be undone, and an address that an intruder brought would
    /// else undo its own removal.
    pub fn may_undo(&self, mailbox: &UserEmail, window: Duration, now: Timestamp) -> bool {
        let Some(proved) = mailbox.verified_at else {
            return false;
        };
        let an_older_one = self
            .emails
            .iter()
            .filter_map(|email| email.verified_at)
            .any(|at| at < proved);
        !an_older_one || now.since(proved) >= window
    }

    /// What to call them: the name, or else the local part of the primary address.
    pub fn display_name(&self) -> String {
        if self.name.trim().is_empty() {
            self.primary_email()
                .map(|email| email.address.local().to_owned())
                .unwrap_or_default()
        } else {
            self.name.clone()
        }
    }
}

/// All that the sign-in rules need to know of a person, read in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInRecord {
    /// The person.
    pub user: User,
    /// The stored hash, if a password is set.
    pub password: Option<PasswordDigest>,
    /// Until when that password opens anything, where staff made it and its owner has not replaced it yet (C2).
    pub password_temporary_until: Option<Timestamp>,
    /// Second factor and passkeys.
    pub factors: FactorSummary,
    /// Providers that are connected to the account, in order of their ids, each once.
    pub providers: Vec<ProviderId>,
    /// Counts changes of credentials and status. A session opens only if it is still the same (see
    /// [`crate::ports::Sessions::open`]), so that a sign-in cannot outrun a password change or a disable.
    pub credentials_version: i64,
}

/// An identity by which the helpdesk knew somebody before any sign-in (A1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ContactIdentity {
    /// An email address.
    Email {
        /// The address; unproved until its owner proves it.
        address: EmailAddress,
    },
    /// An X (Twitter) account.
    X {
        /// The numeric id that X gives, not the handle: handles change hands.
        subject: String,
    },
    /// A Facebook account.
    Facebook {
        /// The id that Facebook gives to this page or app.
        subject: String,
    },
}

/// What a person may change of their own profile (A4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name, cleaned.
    pub name: String,
    /// Preferred language as a BCP 47 tag; `None` for the browser's.
    pub language: Option<String>,
    /// Preferred time zone as an IANA name; `None` for UTC.
    pub time_zone: Option<String>,
}

/// A name as typed, made fit to keep: control characters out, white space collapsed, cut at
/// [`MAX_NAME_CODE_POINTS`]. What nobody would see is no name, and comes out empty.
pub fn clean_name(typed: &str) -> String {
    let visible: String = typed
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    let collapsed = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if collapsed.chars().all(is_unseen) {
        return String::new();
    }
    collapsed.chars().take(MAX_NAME_CODE_POINTS).collect()
}

/// Joiners, marks of direction, fillers and other letters that leave no trace on a page. They have a place between letters
/// that are seen.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_would_see_is_none() {
        for unseen in ["\u{200b}", " \u{2060} \u{feff}", "\u{3164}", "\u{ad}\u{200d}"] {
            assert_eq!(clean_name(unseen), "", "{unseen:?}");
        }
        assert_eq!(clean_name("می\u{200c}خواهم"), "می\u{200c}خواهم");
    }

    #[test]
    fn names_lose_control_characters_and_direction_overrides() {
        assert_eq!(clean_name("  Jane\r\nBcc: eve\u{202e} Doe "), "Jane Bcc: eve Doe");
        assert_eq!(clean_name(&"x".repeat(500)).chars().count(), MAX_NAME_CODE_POINTS);
    }
}
