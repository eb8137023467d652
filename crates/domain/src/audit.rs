//! Who did what to whom, from where, and the outcome (C6, R101).

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::ids::{ApiKeyId, AuditId, MailId, ScimTokenId, UserId, WorkspaceId};
use crate::time::Timestamp;

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "kebab-case")]
pub enum Actor {
    /// Somebody who is not signed in.
    Anonymous,
    /// A person.
    User(UserId),
    /// The portal application.
    ApiKey(ApiKeyId),
    /// A directory that syncs itself (B9).
    ScimToken(ScimTokenId),
    /// The operator at the command line.
    Operator,
    /// The server itself (a worker, a sweep).
    Server,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AuditAction {
    /// A session was opened.
    SignedIn,
    /// An attempt was refused.
    SignInRefused,
    /// An attempt went on to a further step.
    SignInContinued,
    /// A session was ended by its owner.
    SignedOut,
    /// All sessions of a person were ended.
    SessionsEnded,
    /// A code was asked for.
    CodeRequested,
    /// A reset link was asked for.
    ResetRequested,
    /// A password was set with a link.
    PasswordReset,
    /// A password was set by the operator.
    PasswordSet,
    /// A mailbox was proved.
    EmailProved,
    /// A sign-up was begun.
    SignUpBegun,
    /// An account was made.
    UserCreated,
    /// A contact was updated by the portal application.
    UserUpdated,
    /// An account was disabled.
    UserDisabled,
    /// An account was enabled again.
    UserEnabled,
    /// A second factor was turned on.
    TwoFactorEnabled,
    /// A second factor was turned off.
    TwoFactorDisabled,
    /// New backup codes voided the old ones.
    BackupCodesRenewed,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was given another name.
    PasskeyRenamed,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A passkey's counter went back (R76).
    PasskeySuspected,
    /// An address was added, unproved.
    EmailAdded,
    /// Another address became the primary one.
    EmailMadePrimary,
    /// An address was removed.
    EmailRemoved,
    /// A change of addresses was undone by the owner of one of them.
    EmailReverted,
    /// A person changed their profile.
    ProfileChanged,
    /// A person proved afresh who they are.
    FreshProof,
    /// A right password was typed at the backup door (B15).
    BackupSignIn,
    /// The operator made a link for somebody who has no other way in (B15).
    RecoveryIssued,
    /// Such a link was redeemed.
    RecoveryUsed,
    /// Somebody said of a session that it was not theirs.
    SessionDisowned,
    /// An identity of a provider was connected to an account.
    IdentityConnected,
    /// An identity of a provider was taken off an account.
    IdentityDisconnected,
    /// A portal link was made.
    PortalLinkCreated,
    /// A portal link was taken back.
    PortalLinkRevoked,
    /// Records of the directory were changed (B9).
    DirectoryChanged,
    /// A run of directory records was held back, because it would remove too many (R62).
    DirectoryHeldBack,
    /// A token for syncing the directory was made.
    ScimTokenCreated,
    /// A token for syncing the directory was taken back.
    ScimTokenRevoked,
    /// A key for hand-over by the company's own site was added (B18).
    HandOverKeyAdded,
    /// A key for hand-over was taken back.
    HandOverKeyRevoked,
    /// A budget refused something.
    LimitHit,
    /// A workspace was made.
    WorkspaceCreated,
    /// Settings of a workspace were changed.
    SettingsChanged,
    /// An API key was made.
    ApiKeyCreated,
    /// A mail passed its use before it could be delivered (R110).
    MailExpired,
}

impl AuditAction {
    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::SignInRefused => "sign-in-refused",
            Self::SignInContinued => "sign-in-continued",
            Self::SignedOut => "signed-out",
            Self::SessionsEnded => "sessions-ended",
            Self::CodeRequested => "code-requested",
            Self::ResetRequested => "reset-requested",
            Self::PasswordReset => "password-reset",
            Self::PasswordSet => "password-set",
            Self::EmailProved => "email-proved",
            Self::SignUpBegun => "sign-up-begun",
            Self::UserCreated => "user-created",
            Self::UserUpdated => "user-updated",
            Self::UserDisabled => "user-disabled",
            Self::UserEnabled => "user-enabled",
            Self::TwoFactorEnabled => "two-factor-enabled",
            Self::TwoFactorDisabled => "two-factor-disabled",
            Self::BackupCodesRenewed => "backup-codes-renewed",
            Self::PasskeyAdded => "passkey-added",
            Self::PasskeyRenamed => "passkey-renamed",
            Self::PasskeyRemoved => "passkey-removed",
            Self::PasskeySuspected => "passkey-suspected",
            Self::EmailAdded => "email-added",
            Self::EmailMadePrimary => "email-made-primary",
            Self::EmailRemoved => "email-removed",
            Self::EmailReverted => "email-reverted",
            Self::ProfileChanged => "profile-changed",
            Self::FreshProof => "fresh-proof",
            Self::BackupSignIn => "backup-sign-in",
            Self::RecoveryIssued => "recovery-issued",
            Self::RecoveryUsed => "recovery-used",
            Self::SessionDisowned => "session-disowned",
            Self::IdentityConnected => "identity-connected",
            Self::IdentityDisconnected => "identity-disconnected",
            Self::PortalLinkCreated => "portal-link-created",
            Self::PortalLinkRevoked => "portal-link-revoked",
            Self::DirectoryChanged => "directory-changed",
            Self::DirectoryHeldBack => "directory-held-back",
            Self::ScimTokenCreated => "scim-token-created",
            Self::ScimTokenRevoked => "scim-token-revoked",
            Self::HandOverKeyAdded => "hand-over-key-added",
            Self::HandOverKeyRevoked => "hand-over-key-revoked",
            Self::LimitHit => "limit-hit",
            Self::WorkspaceCreated => "workspace-created",
            Self::SettingsChanged => "settings-changed",
            Self::ApiKeyCreated => "api-key-created",
            Self::MailExpired => "mail-expired",
        }
    }
}

/// One row of the audit log. Written in the same transaction as the change it tells of (R101).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub workspace: WorkspaceId,
    /// Who acted.
    pub actor: Actor,
    /// On whom, if on somebody known.
    pub subject: Option<UserId>,
    /// What.
    pub action: AuditAction,
    /// How it ended: `ok`, or the stable code of a private reason.
    pub outcome: String,
    /// From where, if by a request.
    pub client: Option<Client>,
    /// What exactly, in a few words that are no secret: a name, a count, a setting before and after. Always as
    /// [`fit_detail`] makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Longest detail kept, in bytes.
pub const MAX_DETAIL_BYTES: usize = 500;

/// Makes a text fit to stand in a row: control characters become spaces (R102), and it is cut to [`MAX_DETAIL_BYTES`] at
/// the border of a character. `None` if nothing is left to tell.
pub fn fit_detail(text: &str) -> Option<String> {
    let mut fit = String::new();
    for c in text.chars() {
        let c = if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            ' '
        } else {
            c
        };
        if fit.len() + c.len_utf8() > MAX_DETAIL_BYTES {
            break;
        }
        fit.push(c);
    }
    let fit = fit.trim();
    (!fit.is_empty()).then(|| fit.to_owned())
}

impl AuditEntry {
    /// The same row, telling what exactly. Never a secret.
    #[must_use]
    pub fn with_detail(mut self, detail: impl AsRef<str>) -> Self {
        self.detail = fit_detail(detail.as_ref());
        self
    }

    /// The row about a mail that passed its use before it could be delivered (R110). Its id is the mail's, so that it
    /// cannot be written twice.
    pub fn mail_expired(workspace: WorkspaceId, mail: MailId, reader: Option<UserId>, at: Timestamp) -> Self {
        Self {
            id: AuditId::from_uuid(mail.as_uuid()),
            at,
            workspace,
            actor: Actor::Server,
            subject: reader,
            action: AuditAction::MailExpired,
            outcome: "ok".to_owned(),
            client: None,
            detail: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r101_a_detail_is_one_short_line() {
        assert_eq!(fit_detail("  a\r\nb\u{2028}c\u{7f} "), Some("a  b c".to_owned()));
        assert_eq!(fit_detail("\u{0}\t"), None);
        let long = fit_detail(&"é".repeat(600)).unwrap();
        assert!(long.len() == MAX_DETAIL_BYTES && long.ends_with('é'));
    }
}
