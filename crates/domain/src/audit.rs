//! Who did what to whom, from where, and the outcome (C6, R101).

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::ids::{ApiKeyId, AuditId, MailId, ScimTokenId, SessionId, UserId, WorkspaceId};
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

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $stable:literal,)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum AuditAction {
            $($(#[$doc])* $name,)*
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name, as stored.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $stable,)*
                }
            }
        }
    };
}

// Each action once, with its stable name: what is stored is never reworded.
actions! {
    /// A session was opened.
    SignedIn = "signed-in",
    /// An attempt was refused.
    SignInRefused = "sign-in-refused",
    /// An attempt went on to a further step.
    SignInContinued = "sign-in-continued",
    /// A session was ended by its owner.
    SignedOut = "signed-out",
    /// A session was ended because the same browser signed in again (R79).
    SessionReplaced = "session-replaced",
    /// A session was ended because its owner opened one more than anybody keeps.
    SessionPushedOut = "session-pushed-out",
    /// All sessions of a person were ended.
    SessionsEnded = "sessions-ended",
    /// A code was asked for.
    CodeRequested = "code-requested",
    /// A reset link was asked for.
    ResetRequested = "reset-requested",
    /// Staff sent somebody a reset link.
    ResetSentByStaff = "reset-sent-by-staff",
    /// Somebody was sent an invitation to set their first password.
    InvitationSent = "invitation-sent",
    /// An invitation was taken back.
    InvitationRevoked = "invitation-revoked",
    /// A password was set with a link.
    PasswordReset = "password-reset",
    /// A password was set by the operator.
    PasswordSet = "password-set",
    /// A mailbox was proved.
    EmailProved = "email-proved",
    /// A sign-up was begun.
    SignUpBegun = "sign-up-begun",
    /// An account was made.
    UserCreated = "user-created",
    /// A contact was updated by the portal application.
    UserUpdated = "user-updated",
    /// An account was disabled.
    UserDisabled = "user-disabled",
    /// An account was enabled again.
    UserEnabled = "user-enabled",
    /// An account was deleted; that can be undone for 30 days.
    UserDeleted = "user-deleted",
    /// The deletion of an account was undone.
    UserRestored = "user-restored",
    /// A deleted account was removed for good, with all that told whose it was.
    UserAnonymised = "user-anonymised",
    /// Somebody who calls was asked to prove who they are (C10).
    CallerChallengeBegun = "caller-challenge-begun",
    /// They did.
    CallerChallengeProved = "caller-challenge-proved",
    /// A wrong code was typed for them.
    CallerChallengeFailed = "caller-challenge-failed",
    /// They said that it was not them, or that it must not happen.
    CallerChallengeRefused = "caller-challenge-refused",
    /// Staff took the challenge, or what was announced, back.
    CallerChallengeCancelled = "caller-challenge-cancelled",
    /// Something was announced that is to happen without a challenge.
    CallerActionAnnounced = "caller-action-announced",
    /// Staff had a temporary password made (C2).
    TemporaryPasswordSet = "temporary-password-set",
    /// A person put a password of their own in place of a temporary one.
    TemporaryPasswordReplaced = "temporary-password-replaced",
    /// Staff turned off somebody's second factor (C2).
    TwoFactorReset = "two-factor-reset",
    /// A second factor was turned on.
    TwoFactorEnabled = "two-factor-enabled",
    /// A second factor was turned off.
    TwoFactorDisabled = "two-factor-disabled",
    /// New backup codes voided the old ones.
    BackupCodesRenewed = "backup-codes-renewed",
    /// A passkey was added.
    PasskeyAdded = "passkey-added",
    /// A passkey was given another name.
    PasskeyRenamed = "passkey-renamed",
    /// A passkey was removed.
    PasskeyRemoved = "passkey-removed",
    /// A passkey's counter went back (R76).
    PasskeySuspected = "passkey-suspected",
    /// An address was added, unproved.
    EmailAdded = "email-added",
    /// Another address became the primary one.
    EmailMadePrimary = "email-made-primary",
    /// An address was removed.
    EmailRemoved = "email-removed",
    /// A change of addresses was undone by the owner of one of them.
    EmailReverted = "email-reverted",
    /// A person changed their profile.
    ProfileChanged = "profile-changed",
    /// A person proved afresh who they are.
    FreshProof = "fresh-proof",
    /// A right password was typed at the backup door (B15).
    BackupSignIn = "backup-sign-in",
    /// The operator made a link for somebody who has no other way in (B15).
    RecoveryIssued = "recovery-issued",
    /// Such a link was redeemed.
    RecoveryUsed = "recovery-used",
    /// Somebody said of a session that it was not theirs.
    SessionDisowned = "session-disowned",
    /// An identity of a provider was connected to an account.
    IdentityConnected = "identity-connected",
    /// An identity of a provider was taken off an account.
    IdentityDisconnected = "identity-disconnected",
    /// A portal link was made.
    PortalLinkCreated = "portal-link-created",
    /// A portal link was taken back.
    PortalLinkRevoked = "portal-link-revoked",
    /// Records of the directory were changed (B9).
    DirectoryChanged = "directory-changed",
    /// A run of directory records was held back, because it would remove too many (R62).
    DirectoryHeldBack = "directory-held-back",
    /// A token for syncing the directory was made.
    ScimTokenCreated = "scim-token-created",
    /// A token for syncing the directory was taken back.
    ScimTokenRevoked = "scim-token-revoked",
    /// A key for hand-over by the company's own site was added (B18).
    HandOverKeyAdded = "hand-over-key-added",
    /// A key for hand-over was taken back.
    HandOverKeyRevoked = "hand-over-key-revoked",
    /// A budget refused something.
    LimitHit = "limit-hit",
    /// A workspace was made.
    WorkspaceCreated = "workspace-created",
    /// Somebody of this workspace made one of their own (C8).
    WorkspaceFounded = "workspace-founded",
    /// Somebody was given a ticket to another host of the server (C8).
    TicketIssued = "ticket-issued",
    /// Settings of a workspace were changed.
    SettingsChanged = "settings-changed",
    /// Settings on trial hold for good: an admin came in under them (C3).
    SettingsConfirmed = "settings-confirmed",
    /// Settings on trial were undone: by themselves, or by an admin.
    SettingsReverted = "settings-reverted",
    /// Credentials of a provider were kept for a workspace, or changed.
    ProviderSaved = "provider-saved",
    /// A workspace's own credentials of a provider were forgotten.
    ProviderRemoved = "provider-removed",
    /// Credentials of a provider were tried by a round trip, without keeping them.
    ProviderTried = "provider-tried",
    /// Name, look, host names or links of a workspace were changed (C7).
    BrandingChanged = "branding-changed",
    /// An API key was made.
    ApiKeyCreated = "api-key-created",
    /// An API key was taken back.
    ApiKeyRevoked = "api-key-revoked",
    /// A role of the workspace's own making was made.
    RoleCreated = "role-created",
    /// Such a role was given another name, or permits something else.
    RoleChanged = "role-changed",
    /// Such a role was removed.
    RoleDeleted = "role-deleted",
    /// A person was given another role.
    RoleGiven = "role-given",
    /// An organisation was made.
    OrganisationCreated = "organisation-created",
    /// An organisation was given another name or other domains.
    OrganisationChanged = "organisation-changed",
    /// An organisation was removed.
    OrganisationDeleted = "organisation-deleted",
    /// A report on how to get in was asked for (B17).
    ReportRequested = "report-requested",
    /// Waits of an address were ended by somebody who may (R23).
    WaitsCleared = "waits-cleared",
    /// A mail passed its use before it could be delivered (R110).
    MailExpired = "mail-expired",
    /// A mail came back (C5).
    MailBounced = "mail-bounced",
    /// A mail was sent again by staff.
    MailSentAgain = "mail-sent-again",
    /// Staff sent themselves a test mail.
    TestMailSent = "test-mail-sent",
    /// The audit log was taken out as a file.
    AuditExported = "audit-exported",
}

impl AuditAction {
    /// The action of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == name)
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

    /// The row about a session that ends because this row tells of another one that opens, for `opener`. Its id is the
    /// session's, which ends only once.
    #[must_use]
    pub fn of_displaced(&self, opener: UserId, displaced: SessionId, owner: UserId, replaced: bool) -> Self {
        Self {
            id: AuditId::from_uuid(displaced.as_uuid()),
            at: self.at,
            workspace: self.workspace,
            actor: Actor::User(opener),
            subject: Some(owner),
            action: if replaced {
                AuditAction::SessionReplaced
            } else {
                AuditAction::SessionPushedOut
            },
            outcome: "ok".to_owned(),
            client: self.client.clone(),
            detail: None,
        }
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
    fn stable_names_are_those_that_rows_are_written_with() {
        for action in AuditAction::ALL {
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
            assert_eq!(AuditAction::parse(action.as_str()), Some(*action));
        }
    }

    #[test]
    fn r101_a_detail_is_one_short_line() {
        assert_eq!(fit_detail("  a\r\nb\u{2028}c\u{7f} "), Some("a  b c".to_owned()));
        assert_eq!(fit_detail("\u{0}\t"), None);
        let long = fit_detail(&"é".repeat(600)).unwrap();
        assert!(long.len() == MAX_DETAIL_BYTES && long.ends_with('é'));
    }
}
