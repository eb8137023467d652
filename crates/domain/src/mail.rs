//! Mails as typed messages, and what became of each (C5, R107–R114).

use serde::{Deserialize, Serialize};

use crate::caller_challenge::{CallerAction, CallerEvent};
use crate::client::Device;
use crate::email_address::EmailAddress;
use crate::ids::{MailId, UserId, WorkspaceId};
use crate::method::Method;
use crate::report::SignInReport;
use crate::time::Timestamp;
use crate::workspace::FootLinks;

/// Whose door a mail speaks for: everything a template needs to say so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The workspace's name.
    pub workspace_name: String,
    /// Address of its sign-in page.
    pub sign_in_url: String,
    /// Accent colour as `#rrggbb`.
    pub accent: Option<String>,
    /// `Name <address>` of the workspace; the server's own if absent.
    pub from: Option<String>,
    /// Name of the workspace's own to put before the address.
    #[serde(default)]
    pub from_name: Option<String>,
    /// Links at the foot.
    #[serde(default)]
    pub links: FootLinks,
}

/// Who asked for a mail: shown in it, so that the reader can tell (R114).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedBy {
    /// When.
    pub at: Timestamp,
    /// From what kind of device.
    pub device: Device,
}

/// What a mail says. Secrets in here exist nowhere else in the clear; the whole is encrypted at rest and wiped once
/// the mail is delivered or past its use (R29).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Message {
    /// A code to sign in with (B2).
    SignInCode {
        /// The code.
        code: String,
        /// Its life in minutes.
        minutes: u32,
        /// Who asked.
        asked_by: AskedBy,
    },
    /// A code to finish signing up with (A3).
    SignUpCode {
        /// The code.
        code: String,
        /// Its life in minutes.
        minutes: u32,
        /// Who asked.
        asked_by: AskedBy,
    },
    /// Somebody tried to sign up with the address of an account: a code that signs in to it (A2).
    AlreadyRegistered {
        /// The code.
        code: String,
        /// Its life in minutes.
        minutes: u32,
        /// Who asked.
        asked_by: AskedBy,
    },
    /// Somebody typed this address, but nobody here has it (B16).
    NoAccount {
        /// Where to sign up, if strangers may.
        sign_up_url: Option<String>,
        /// Who asked.
        asked_by: AskedBy,
    },
    /// Somebody asked for a code, but this account may not use codes (B16).
    CodeNotOffered {
        /// What is open to the account instead.
        open: Vec<Method>,
        /// Where to set a new password.
        forgot_password_url: String,
        /// Who asked.
        asked_by: AskedBy,
    },
    /// The account is disabled: whoever owns the mailbox learns it, the screen does not (B16).
    AccountDisabled {
        /// Who asked.
        asked_by: AskedBy,
    },
    /// Somebody tried to sign up with an address that the workspace does not admit.
    SignUpClosed {
        /// Who asked.
        asked_by: AskedBy,
    },
    /// A link to set a new password (B14).
    ResetLink {
        /// The link.
        url: String,
        /// Its life in minutes.
        minutes: u32,
        /// Who asked.
        asked_by: AskedBy,
    },
    /// A link to set a new password, sent by staff (C2).
    ResetLinkByStaff {
        /// The link.
        url: String,
        /// Its life in minutes.
        minutes: u32,
    },
    /// A link to set the first password of an account made for its owner.
    Invite {
        /// The link.
        url: String,
        /// Its life in days.
        days: u32,
    },
    /// The password was changed (R38).
    PasswordChanged {
        /// Who changed it; `None` when staff or the operator did.
        by: Option<AskedBy>,
        /// When.
        at: Timestamp,
        /// Where to set another one.
        forgot_password_url: String,
    },
    /// A sign-in from a browser that was not seen before.
    NewDevice {
        /// From where, and when.
        by: AskedBy,
        /// By which way in.
        method: Method,
        /// Where to say that it was somebody else, which ends that session and starts a reset.
        not_me_url: String,
    },
    /// A code that proves afresh who somebody is, who is signed in (R11).
    FreshProofCode {
        /// The code.
        code: String,
        /// Its life in minutes.
        minutes: u32,
        /// Who asked.
        asked_by: AskedBy,
    },
    /// A link that proves a further address (A5).
    EmailProof {
        /// The link.
        url: String,
        /// Its life in hours.
        hours: u32,
        /// Whose account it is to be added to: their name.
        account: String,
        /// Who asked.
        asked_by: AskedBy,
    },
    /// Somebody wanted to add this address to their account, but it is proved on another one (A5, B16).
    EmailBelongsElsewhere {
        /// Who asked.
        asked_by: AskedBy,
    },
    /// The addresses of the account were changed (R48).
    EmailChanged {
        /// What was changed.
        change: EmailNotice,
        /// The address it is about, masked.
        address: String,
        /// Who did it.
        by: AskedBy,
        /// Where to undo it; `None` for a mailbox that has no say in it
        /// ([`User::may_undo`](crate::user::User::may_undo)).
        revert_url: Option<String>,
        /// For how many days it can be undone.
        days: u32,
    },
    /// Something about how the account is protected was changed, or used. Cannot be switched off (A5).
    SecurityNotice {
        /// What.
        what: SecurityEvent,
        /// Who did it.
        by: AskedBy,
        /// Where to look at it, signed in.
        security_url: String,
        /// Where to set another password, if it was not the reader.
        forgot_password_url: String,
    },
    /// A code that somebody who calls reads to the member of staff whom they speak with (C10).
    CallerCode {
        /// The code.
        code: String,
        /// Its life in minutes.
        minutes: u32,
        /// What staff will be able to do with it.
        action: CallerAction,
        /// When it was asked for.
        at: Timestamp,
    },
    /// What became of something that staff does for somebody who calls (C10).
    CallerNotice {
        /// What.
        event: CallerEvent,
        /// What staff asked to do.
        action: CallerAction,
        /// When.
        at: Timestamp,
        /// From when on it is done, where it is announced.
        due_at: Option<Timestamp>,
        /// Where to stop it, where it still can be.
        stop_url: Option<String>,
        /// Where to set another password.
        forgot_password_url: String,
    },
    /// The account was deleted.
    AccountDeleted {
        /// Who did it; `None` when staff did.
        by: Option<AskedBy>,
        /// When.
        at: Timestamp,
        /// Until when it can be undone.
        until: Timestamp,
        /// Where its owner undoes it; `None` when staff deleted it.
        restore_url: Option<String>,
    },
    /// The deletion of the account was undone.
    AccountRestored {
        /// When.
        at: Timestamp,
        /// Where to set another password.
        forgot_password_url: String,
    },
    /// Somebody came in by the backup door, or by the operator's link: told to all admins (B15).
    EmergencyDoor {
        /// Which of the two.
        door: EmergencyDoor,
        /// Whose account it was: their name.
        who: String,
        /// From where; `None` where the operator made the link at the command line.
        by: Option<AskedBy>,
        /// When.
        at: Timestamp,
    },
    /// A change of settings undid itself, since no admin came in under it: told to all admins (C3).
    SettingsReverted {
        /// When the change had been made.
        at: Timestamp,
    },
    /// How the reader gets in, and what became of the last mails: asked for by *Trouble signing in?* (B17).
    SignInReport {
        /// What they are told.
        report: Box<SignInReport>,
        /// Where to sign up, if nobody has the address and strangers may.
        sign_up_url: Option<String>,
        /// Who asked.
        asked_by: AskedBy,
    },
    /// A test from the operator.
    Test,
}

/// A change of addresses, as a notice tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmailNotice {
    /// It was added, and is not proved yet.
    Added,
    /// It was proved, and signs its owner in.
    Verified,
    /// It became the primary one.
    MadePrimary,
    /// It was removed.
    Removed,
}

impl EmailNotice {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Verified => "verified",
            Self::MadePrimary => "made-primary",
            Self::Removed => "removed",
        }
    }
}

/// What a security notice tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum SecurityEvent {
    /// Two-factor authentication was turned on.
    TwoFactorEnabled,
    /// Two-factor authentication was turned off.
    TwoFactorDisabled,
    /// New backup codes were made; the old ones are void.
    BackupCodesRenewed,
    /// A backup code was used.
    BackupCodeUsed {
        /// How many are left.
        left: u32,
    },
    /// A passkey was added.
    PasskeyAdded {
        /// Its name.
        name: String,
    },
    /// A passkey was removed.
    PasskeyRemoved {
        /// Its name.
        name: String,
    },
    /// An identity of a provider was connected: it signs in from now on.
    IdentityConnected {
        /// The provider as it is named to people.
        provider: String,
    },
    /// An identity of a provider was taken off.
    IdentityDisconnected {
        /// The provider as it is named to people.
        provider: String,
    },
    /// A passkey's counter went back: it may have been copied, and was refused (R76).
    PasskeySuspected {
        /// Its name.
        name: String,
    },
}

impl SecurityEvent {
    /// The stable name.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::TwoFactorEnabled => "two-factor-enabled",
            Self::TwoFactorDisabled => "two-factor-disabled",
            Self::BackupCodesRenewed => "backup-codes-renewed",
            Self::BackupCodeUsed { .. } => "backup-code-used",
            Self::PasskeyAdded { .. } => "passkey-added",
            Self::PasskeyRemoved { .. } => "passkey-removed",
            Self::IdentityConnected { .. } => "identity-connected",
            Self::IdentityDisconnected { .. } => "identity-disconnected",
            Self::PasskeySuspected { .. } => "passkey-suspected",
        }
    }
}

/// The doors that no setting closes (B15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmergencyDoor {
    /// A right password at `/backup-login`.
    BackupSignIn,
    /// The operator made a link for somebody.
    RecoveryIssued,
    /// Such a link was used.
    RecoveryUsed,
}

impl EmergencyDoor {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BackupSignIn => "backup-sign-in",
            Self::RecoveryIssued => "recovery-issued",
            Self::RecoveryUsed => "recovery-used",
        }
    }
}

impl Message {
    /// Every kind, by its stable name.
    pub const KINDS: &'static [&'static str] = &[
        "sign-in-code",
        "sign-up-code",
        "already-registered",
        "no-account",
        "code-not-offered",
        "account-disabled",
        "sign-up-closed",
        "reset-link",
        "reset-link-by-staff",
        "invite",
        "password-changed",
        "new-device",
        "fresh-proof-code",
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
        "test",
    ];

    /// The stable name of the kind, as the mail log shows it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SignInCode { .. } => "sign-in-code",
            Self::SignUpCode { .. } => "sign-up-code",
            Self::AlreadyRegistered { .. } => "already-registered",
            Self::NoAccount { .. } => "no-account",
            Self::CodeNotOffered { .. } => "code-not-offered",
            Self::AccountDisabled { .. } => "account-disabled",
            Self::SignUpClosed { .. } => "sign-up-closed",
            Self::ResetLink { .. } => "reset-link",
            Self::ResetLinkByStaff { .. } => "reset-link-by-staff",
            Self::Invite { .. } => "invite",
            Self::PasswordChanged { .. } => "password-changed",
            Self::NewDevice { .. } => "new-device",
            Self::FreshProofCode { .. } => "fresh-proof-code",
            Self::EmailProof { .. } => "email-proof",
            Self::EmailBelongsElsewhere { .. } => "email-belongs-elsewhere",
            Self::EmailChanged { .. } => "email-changed",
            Self::SecurityNotice { .. } => "security-notice",
            Self::CallerCode { .. } => "caller-code",
            Self::CallerNotice { .. } => "caller-notice",
            Self::AccountDeleted { .. } => "account-deleted",
            Self::AccountRestored { .. } => "account-restored",
            Self::EmergencyDoor { .. } => "emergency-door",
            Self::SettingsReverted { .. } => "settings-reverted",
            Self::SignInReport { .. } => "sign-in-report",
            Self::Test => "test",
        }
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}

/// A mail to be written into the outbox, in the same transaction as what it promises (E3, R110).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// Its id; the `Message-ID` derives from it, so that a duplicate after a crash is recognisable.
    pub id: MailId,
    /// Workspace it speaks for.
    pub workspace: WorkspaceId,
    /// Recipient: one stored address (R45).
    pub to: EmailAddress,
    /// The person, if known.
    pub user: Option<UserId>,
    /// Whose door.
    pub sender: Sender,
    /// What it says.
    pub message: Message,
    /// Language of the reader, a BCP 47 tag.
    pub language: String,
    /// Time zone of the reader, an IANA name; UTC if they chose none (A4).
    pub time_zone: Option<String>,
    /// After this instant it is of no use and must not be sent any more (codes and links). `None` for notices, which
    /// are tried for four days.
    pub expires_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// A mail that a worker holds a lease on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedMail {
    /// The mail as it was put in.
    pub mail: NewMail,
    /// How often it was tried before.
    pub attempts: u32,
    /// The lease; an outcome is only recorded under it.
    pub lease: uuid::Uuid,
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The server took it.
    Delivered {
        /// Its own words.
        reply: String,
    },
    /// Not now; try again then (R111).
    Deferred {
        /// The server's words, or what went wrong on the way.
        reply: String,
        /// When to try again.
        retry_at: Timestamp,
    },
    /// The server will never take it (R111).
    Refused {
        /// Its own words.
        reply: String,
    },
    /// Its time was over before it could be delivered (R110).
    Expired,
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailState {
    /// Waiting for its first or next try.
    Queued,
    /// Taken by the mail server.
    Delivered,
    /// Refused for good.
    Refused,
    /// Past its use before it could be delivered.
    Expired,
    /// Taken, and came back.
    Bounced,
}

impl MailState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Delivered,
        Self::Refused,
        Self::Expired,
        Self::Bounced,
    ];

    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Bounced => "bounced",
        }
    }

    /// The state of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What staff may see of a mail: no body, no code, no link (C5, R113).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailTrace {
    /// Its id.
    pub id: MailId,
    /// What kind of mail.
    pub kind: String,
    /// Recipient.
    pub to: String,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// Last words of the mail server, or of the way to it.
    pub last_reply: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was last tried.
    pub last_attempt_at: Option<Timestamp>,
    /// When it will be tried next, while queued.
    pub next_attempt_at: Option<Timestamp>,
}

/// A mail as the development mailbox shows it (`/dev/mailbox`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentMail {
    /// Recipient.
    pub to: String,
    /// Sender.
    pub from: String,
    /// Subject, decoded.
    pub subject: String,
    /// Text part.
    pub text: String,
    /// HTML part.
    pub html: String,
    /// All headers, in order.
    pub headers: Vec<(String, String)>,
    /// When it was handed over.
    pub sent_at: Timestamp,
}
