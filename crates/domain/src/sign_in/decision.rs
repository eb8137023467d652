//! What is decided, and the findings that led there.

use serde::{Deserialize, Serialize};

use crate::ids::{UserId, WorkspaceId};
use crate::method::Method;
use crate::provider::Arrived;
use crate::reason::{PrivateReason, PublicReason};
use crate::role::{Audience, Permission, Permissions, Role};
use crate::second_factor::FactorUse;

/// Leave to open one session for one person. Only [`decide`](super::decide) makes one, from proofs.
#[derive(Debug, PartialEq, Eq)]
pub struct Grant {
    pub(super) workspace: WorkspaceId,
    pub(super) user: UserId,
    pub(super) role: Role,
    pub(super) method: Method,
    pub(super) spends: Option<FactorUse>,
    pub(super) arrived: Option<Box<Arrived>>,
    pub(super) credentials_version: i64,
}

impl Grant {
    /// Where.
    pub const fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// For whom.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Which set of rules the session's life follows.
    pub const fn audience(&self) -> Audience {
        self.role.audience()
    }

    /// The first step taken.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// What was proved that is good only once, and is spent by opening.
    pub const fn spends(&self) -> Option<&FactorUse> {
        self.spends.as_ref()
    }

    /// The identity that was shown; it is connected to the account by opening the session, unless it was before.
    pub fn arrived(&self) -> Option<&Arrived> {
        self.arrived.as_deref()
    }

    /// The version of credentials and status it was decided on; the session opens only if that is still so.
    pub const fn credentials_version(&self) -> i64 {
        self.credentials_version
    }
}

/// A further step that is needed before a session can open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// Prove the mailbox with a code.
    ProveEmail,
    /// Put a password of one's own in place of a temporary one, which staff knows (C2).
    SetPassword,
    /// Prove a second factor (B11).
    SecondFactor,
    /// Set up a second factor, since the workspace requires one and the account has none (B11).
    EnrolSecondFactor,
}

impl Step {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProveEmail => "prove-email",
            Self::SetPassword => "set-password",
            Self::SecondFactor => "second-factor",
            Self::EnrolSecondFactor => "enrol-second-factor",
        }
    }
}

/// A refusal: what the person is told, and what was really the matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Refusal {
    /// For the person.
    pub public: PublicReason,
    /// For the receipt.
    pub private: PrivateReason,
}

impl Refusal {
    /// Puts the two together.
    pub const fn new(public: PublicReason, private: PrivateReason) -> Self {
        Self { public, private }
    }
}

/// A rule of the door. [`decide`](super::decide) asks named policies after the built-in rules, save that of the second
/// factor, which a policy can ask for and which comes last.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rule {
    /// Budgets of address, account and network.
    Budget,
    /// Somebody has that address.
    AddressKnown,
    /// The credential of the first step is right.
    Credential,
    /// The account is not disabled.
    AccountActive,
    /// The method is open to the person's audience.
    MethodOffered,
    /// The mailbox is proved.
    EmailProved,
    /// The role may use the backup door (B15).
    BackupDoor,
    /// The synced directory knows the person, where the workspace asks that of single sign-on (B8).
    Directory,
    /// The second factor, where one is on or required (B11).
    SecondFactor,
    /// A policy of the workspace or the embedder, by name.
    Policy(String),
    /// The facts still hold at the moment the session opens.
    StillTrue,
    /// Strangers may sign up.
    SignUpAllowed,
    /// The mailed link is good.
    Link,
    /// The attempt is alive and belongs to this browser.
    Attempt,
}

/// How one rule came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// Nothing against it.
    Allow,
    /// A further step first.
    Require,
    /// No.
    Deny,
    /// Not asked, since an earlier rule said no.
    NotAsked,
}

/// One line of a receipt: the rule, what it saw, what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// What it looked at, in a few plain words without any secret.
    pub saw: String,
    /// What it said.
    pub ruling: Ruling,
    /// The reason, where it denied.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<PrivateReason>,
}

impl Finding {
    /// The finding as somebody with these permissions may see it. What exactly the synced directory was compared by, and how
    /// many of its records nearly match, is for those who run the rule; everybody else learns what it said.
    #[must_use]
    pub fn shown_to(mut self, permissions: Permissions) -> Self {
        if self.rule == Rule::Directory && !permissions.contains(Permission::ManageSecuritySettings) {
            let said = match self.ruling {
                Ruling::Allow => "the directory admits them",
                Ruling::Deny => "the directory does not admit them",
                Ruling::Require | Ruling::NotAsked => "",
            };
            said.clone_into(&mut self.saw);
        }
        self
    }
}

/// The outcome of [`decide`](super::decide).
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Open a session.
    Granted(Grant, Vec<Finding>),
    /// Not yet: this step first.
    Needs(Step, Vec<Finding>),
    /// No.
    Refused(Refusal, Vec<Finding>),
}

impl Decision {
    /// Each rule in order, what it saw, what it said.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Granted(_, findings) | Self::Needs(_, findings) | Self::Refused(_, findings) => findings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b8_near_misses_are_for_those_who_run_the_rule() {
        let finding = |rule| Finding {
            rule,
            saw: "no record; compared identity; 3 nearly match; synced at 2026-01-01T00:00:00Z".to_owned(),
            ruling: Ruling::Deny,
            reason: Some(PrivateReason::DirectoryNoRecord),
        };
        for role in Role::ALL {
            let permissions = role.permissions();
            let whole = permissions.contains(Permission::ManageSecuritySettings);
            let shown = finding(Rule::Directory).shown_to(permissions);
            assert_eq!(shown.saw.contains("nearly"), whole, "{role:?}");
            assert_eq!(shown.reason, Some(PrivateReason::DirectoryNoRecord));
            assert_eq!(
                finding(Rule::Credential).shown_to(permissions),
                finding(Rule::Credential)
            );
        }
        assert!(Role::Admin.permissions().contains(Permission::ManageSecuritySettings));
        assert!(!Role::Agent.permissions().contains(Permission::ManageSecuritySettings));
    }
}
