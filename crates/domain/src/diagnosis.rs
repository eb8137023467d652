//! Why somebody cannot sign in, in one sentence, and what mends it (C4): the rule behind the sign-in check. It looks at the
//! ways in, the waits, the last receipts and the last mails of an address, and changes nothing.

use serde::Serialize;

use crate::email_address::EmailAddress;
use crate::ids::{EmailId, MailId, UserId};
use crate::mail::{MailState, MailTrace};
use crate::mail_log::{Reachability, SendAgain};
use crate::method::Method;
use crate::provider::ProviderId;
use crate::reason::PrivateReason;
use crate::role::{Audience, Permission};
use crate::settings::{SecuritySettings, SignUpRule};
use crate::sign_in::{PersonFacts, Receipt, ReceiptOutcome, Step};
use crate::throttle::{Wait, WaitKind};
use crate::time::Timestamp;
use crate::user::UserStatus;
use crate::ways_in::{ProviderWay, WayIn, WayState, open_methods};

/// Everything that a diagnosis is made from.
#[derive(Debug, Clone, Copy)]
pub struct DiagnosisFacts<'a> {
    /// The rules of the door.
    pub settings: &'a SecuritySettings,
    /// The address that was asked about.
    pub address: &'a EmailAddress,
    /// Whoever has it, if anybody.
    pub person: Option<&'a PersonFacts>,
    /// Whose unproved further address it is, where nobody has it.
    pub claimed: Option<Claim>,
    /// Each way in, open or closed.
    pub ways: &'a [WayIn],
    /// Waits that are in force.
    pub waits: &'a [Wait],
    /// The last attempts, newest first.
    pub attempts: &'a [Receipt],
    /// The last mails, newest first.
    pub mails: &'a [MailTrace],
    /// Each provider that has credentials, open or closed.
    pub provider_ways: &'a [ProviderWay],
    /// Whether mail to the address arrives, by the last proof.
    pub reach: &'a Reachability,
    /// What can be done about the last mail, where it did not arrive.
    pub send_again: Option<SendAgain>,
    /// The invitation of whoever has not used it.
    pub invitation: InvitationState,
    /// When it is asked.
    pub now: Timestamp,
}

/// An untried mail waits for so long, in seconds, before something is wrong with the server that should send it.
const STUCK_AFTER_SECONDS: u64 = 5 * 60;

/// How far somebody who was invited, and never came in, has got (R33).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InvitationState {
    /// Nobody invited them, or they have come in since.
    #[default]
    None,
    /// It is under way, and they have not used it.
    UnderWay,
    /// It expired, or was taken back.
    Over,
}

impl DiagnosisFacts<'_> {
    /// Providers that are connected to the account and switched off for its audience.
    fn closed_providers(&self) -> impl Iterator<Item = &ProviderId> {
        let connected = |provider: &ProviderId| self.person.is_some_and(|person| person.providers.contains(provider));
        self.provider_ways
            .iter()
            .filter(|way| is_off(way.state))
            .map(|way| &way.provider)
            .filter(move |provider| connected(provider))
    }
}

/// Whether the settings close it.
const fn is_off(state: WayState) -> bool {
    matches!(
        state,
        WayState::Closed(PrivateReason::MethodOffCustomers | PrivateReason::MethodOffStaff)
    )
}

/// An address that somebody added to their account and never proved: it signs nobody in (R47).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Whose account it is on.
    pub user: UserId,
    /// The address there.
    pub email: EmailId,
}

/// The answer in one word; the sentence is that of the first trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// They can sign in, and nothing stands in their way.
    Open,
    /// A way in is open, and yet something is wrong.
    Hindered,
    /// No way in is open.
    Shut,
    /// Nobody has that address.
    Unknown,
}

impl Verdict {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Hindered => "hindered",
            Self::Shut => "shut",
            Self::Unknown => "unknown",
        }
    }
}

macro_rules! troubles {
    ($($(#[$doc:meta])* $variant:ident => $code:literal,)*) => {
        /// What is wrong, as a stable name. Each has a sentence of its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum TroubleKind { $($(#[$doc])* #[serde(rename = $code)] $variant,)* }

        impl TroubleKind {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, kebab-case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

troubles!(
    /// Nobody has the address, and strangers may sign up with it.
    UnknownMaySignUp => "unknown-may-sign-up",
    /// Nobody has the address, and an account has to be made for them.
    Unknown => "unknown",
    /// The address stands on an account, but was never proved.
    AddressUnproved => "address-unproved",
    /// The account is deleted, and can still be restored.
    Deleted => "deleted",
    /// The account is disabled.
    Disabled => "disabled",
    /// Too many wrong passwords.
    PasswordWait => "password-wait",
    /// Too many wrong codes.
    CodeWait => "code-wait",
    /// Too many wrong second factors.
    SecondFactorWait => "second-factor-wait",
    /// Too many mails to the address.
    MailWait => "mail-wait",
    /// Too many tries from their network.
    NetworkWait => "network-wait",
    /// The mail server refused the last mail for good, or it came back.
    MailRefused => "mail-refused",
    /// The mail server took the last mail for later.
    MailDeferred => "mail-deferred",
    /// The last mail was too late before it could be delivered.
    MailExpired => "mail-expired",
    /// Nothing has tried to send the last mail for minutes.
    MailStuck => "mail-stuck",
    /// By the last proof, mail to the address does not arrive.
    AddressUnreachable => "address-unreachable",
    /// They were invited, and have not used the invitation yet.
    InvitationOnItsWay => "invitation-on-its-way",
    /// They were invited, and the invitation expired or was taken back before they used it.
    InvitationOver => "invitation-over",
    /// Every way in is switched off for them, or not set up.
    NoWayOpen => "no-way-open",
    /// The way that they tried is switched off.
    MethodOff => "method-off",
    /// The account has no password yet.
    NoPassword => "no-password",
    /// The last password was wrong.
    WrongPassword => "wrong-password",
    /// A temporary password ran out, or has to be changed.
    PasswordTemporary => "password-temporary",
    /// The mailbox of the account was never proved.
    EmailUnproved => "email-unproved",
    /// The last code was wrong, late or used.
    CodeTrouble => "code-trouble",
    /// The last attempt ended before it was finished.
    AttemptOver => "attempt-over",
    /// They stopped at the second factor, or showed a wrong one.
    SecondFactorTrouble => "second-factor-trouble",
    /// They stopped at setting up the second factor that the workspace requires.
    SecondFactorSetUp => "second-factor-set-up",
    /// They stopped at proving the mailbox.
    MailboxProof => "mailbox-proof",
    /// The passkey did not answer as it should, or opens nothing here.
    PasskeyTrouble => "passkey-trouble",
    /// They stood at the backup door, which is not theirs.
    BackupDoor => "backup-door",
    /// The portal link that they opened is dead.
    PortalLinkDead => "portal-link-dead",
    /// The link to set a password that they opened is dead.
    ResetLinkDead => "reset-link-dead",
    /// The sign-in was given up at the provider.
    ProviderCancelled => "provider-cancelled",
    /// The provider is away, or not set up.
    ProviderAway => "provider-away",
    /// The answer of the provider, or the token of the company's site, does not pass.
    AnswerWrong => "answer-wrong",
    /// The identity that they showed opens another account.
    IdentityTaken => "identity-taken",
    /// The identity that they showed is connected to no account.
    IdentityUnknown => "identity-unknown",
    /// The directory has no record of them.
    DirectoryNoRecord => "directory-no-record",
    /// Their record of the directory is inactive.
    DirectoryInactive => "directory-inactive",
    /// They tried to sign up, and may not.
    SignUpClosed => "sign-up-closed",
    /// A policy of the workspace or the embedder said no.
    Policy => "policy",
    /// Something changed while they signed in.
    ChangedMeanwhile => "changed-meanwhile",
    /// A code was asked for and is not used yet.
    CodeOnItsWay => "code-on-its-way",
    /// A link was asked for and is not used yet.
    LinkOnItsWay => "link-on-its-way",
);

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// What.
    pub kind: TroubleKind,
    /// The reason that a receipt or a way in names, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<PrivateReason>,
    /// Until when, where it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The mail server's own words, where it is about a mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// What mends it, the surest first.
    pub mends: Vec<Mend>,
}

impl Trouble {
    fn new(kind: TroubleKind, mends: Vec<Mend>) -> Self {
        Self {
            kind,
            reason: None,
            until: None,
            reply: None,
            mends,
        }
    }

    fn by(mut self, reason: PrivateReason) -> Self {
        self.reason = Some(reason);
        self
    }
}

/// Something that mends a trouble: done at once, or on a page that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "mend", rename_all = "kebab-case")]
pub enum Mend {
    /// Send them a link to set a password.
    SendPasswordReset,
    /// Enable the account.
    Enable,
    /// Undo that the account was deleted.
    Restore,
    /// Forget the waits of the address and the account.
    ClearWaits,
    /// Forget the waits of the networks that they came from.
    ClearNetworkWaits,
    /// Switch a way in on, for the whole audience.
    OpenMethod {
        /// For whom.
        audience: Audience,
        /// Which.
        method: Method,
    },
    /// Switch a provider on, for the whole audience.
    OpenProvider {
        /// For whom.
        audience: Audience,
        /// Which.
        provider: ProviderId,
    },
    /// Switch portal links on.
    OpenPortalLinks,
    /// Send the proof of the address again.
    ResendAddressProof,
    /// Make a personal portal link, to be sent to them.
    NewPortalLink,
    /// Make an account for the address and mail an invitation.
    Invite,
    /// Mail whoever never came in an invitation once more.
    InviteAgain,
    /// Have a mail that did not arrive tried now, or something fresh sent in its place.
    SendMailAgain {
        /// Which.
        mail: MailId,
    },
    /// Reset their second factor, once they have shown who they are (C10).
    ResetSecondFactor,
    /// Add or mend their record in the directory.
    LookIntoDirectory,
    /// Look at the settings of providers and of the company's own site.
    LookAtProviders,
    /// Look at the address on their page.
    LookAtPerson,
}

impl Mend {
    /// The name that a form or a call of the API sends back.
    pub fn id(&self) -> String {
        match self {
            Self::OpenMethod { audience, method } => {
                format!("open-method.{}.{}", audience_name(*audience), method.as_str())
            }
            Self::OpenProvider { audience, provider } => {
                format!("open-provider.{}.{provider}", audience_name(*audience))
            }
            Self::SendMailAgain { mail } => format!("send-mail-again.{mail}"),
            other => other.name().to_owned(),
        }
    }

    /// The stable name of its kind.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SendPasswordReset => "send-password-reset",
            Self::Enable => "enable",
            Self::Restore => "restore",
            Self::ClearWaits => "clear-waits",
            Self::ClearNetworkWaits => "clear-network-waits",
            Self::OpenMethod { .. } => "open-method",
            Self::OpenProvider { .. } => "open-provider",
            Self::OpenPortalLinks => "open-portal-links",
            Self::ResendAddressProof => "resend-address-proof",
            Self::NewPortalLink => "new-portal-link",
            Self::Invite => "invite",
            Self::InviteAgain => "invite-again",
            Self::SendMailAgain { .. } => "send-mail-again",
            Self::ResetSecondFactor => "reset-second-factor",
            Self::LookIntoDirectory => "look-into-directory",
            Self::LookAtProviders => "look-at-providers",
            Self::LookAtPerson => "look-at-person",
        }
    }

    /// What somebody needs to do it (R96).
    pub const fn permission(&self) -> Permission {
        match self {
            Self::SendPasswordReset
            | Self::Enable
            | Self::Restore
            | Self::ClearWaits
            | Self::ResendAddressProof
            | Self::NewPortalLink
            | Self::Invite
            | Self::InviteAgain
            | Self::SendMailAgain { .. } => Permission::CreateAndUpdateUsersAndOrganizations,
            Self::ResetSecondFactor => Permission::SetPasswordsAndResetTwoFactor,
            Self::ClearNetworkWaits
            | Self::OpenMethod { .. }
            | Self::OpenProvider { .. }
            | Self::OpenPortalLinks
            | Self::LookIntoDirectory
            | Self::LookAtProviders => Permission::ManageSecuritySettings,
            Self::LookAtPerson => Permission::LookPeopleUp,
        }
    }

    /// Whether it changes the door for everybody, which takes a fresh proof (R99).
    pub const fn is_dangerous(&self) -> bool {
        matches!(
            self,
            Self::OpenMethod { .. } | Self::OpenProvider { .. } | Self::OpenPortalLinks | Self::ClearNetworkWaits
        )
    }

    /// Whether it is done at once; else it leads to a page.
    pub const fn is_done_at_once(&self) -> bool {
        !matches!(
            self,
            Self::ResetSecondFactor | Self::LookIntoDirectory | Self::LookAtProviders | Self::LookAtPerson
        )
    }
}

/// The stable name of an audience, as the names of settings begin.
const fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Customers => "customers",
        Audience::Staff => "staff",
    }
}

/// The diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// In one word.
    pub verdict: Verdict,
    /// What is wrong, the first thing to mend first. Empty where nothing is.
    pub troubles: Vec<Trouble>,
    /// Everything that mends something, each once; the first mends the first thing wrong.
    pub mends: Vec<Mend>,
}

/// Says why the person cannot sign in, or that they can, and what mends what is wrong.
pub fn diagnose(facts: &DiagnosisFacts<'_>) -> Diagnosis {
    let mut troubles = Vec::new();
    let open = open_methods(facts.ways);
    let verdict = match facts.person {
        None => {
            stranger(facts, &mut troubles);
            Verdict::Unknown
        }
        Some(person) => {
            known(facts, person, &open, &mut troubles);
            match (open.is_empty(), troubles.is_empty()) {
                (true, _) => Verdict::Shut,
                (false, true) => Verdict::Open,
                (false, false) => Verdict::Hindered,
            }
        }
    };
    let mut mends: Vec<Mend> = Vec::new();
    for mend in troubles.iter().flat_map(|trouble| &trouble.mends) {
        if !mends.contains(mend) {
            mends.push(mend.clone());
        }
    }
    if let Some(person) = facts.person {
        for mend in quiet_mends(facts, person) {
            if !mends.contains(&mend) {
                mends.push(mend);
            }
        }
    }
    Diagnosis {
        verdict,
        troubles,
        mends,
    }
}

fn stranger(facts: &DiagnosisFacts<'_>, troubles: &mut Vec<Trouble>) {
    waits(facts, troubles);
    if facts.claimed.is_some() {
        let mends = vec![Mend::ResendAddressProof, Mend::LookAtPerson];
        let trouble = Trouble::new(TroubleKind::AddressUnproved, mends);
        troubles.push(trouble.by(PrivateReason::EmailUnproved));
        return;
    }
    mails(facts, troubles);
    let kind = if facts.settings.may_sign_up(facts.address) {
        TroubleKind::UnknownMaySignUp
    } else {
        TroubleKind::Unknown
    };
    // Whoever nobody knows is the first thing wrong, whatever else is: the rest concerns the mailbox alone.
    let trouble = Trouble::new(kind, vec![Mend::Invite]).by(PrivateReason::UnknownAddress);
    troubles.insert(0, trouble);
}

fn known(facts: &DiagnosisFacts<'_>, person: &PersonFacts, open: &[Method], troubles: &mut Vec<Trouble>) {
    let shut = match person.status {
        UserStatus::Active => None,
        UserStatus::Disabled => Some((TroubleKind::Disabled, Mend::Enable, PrivateReason::UserDisabled)),
        UserStatus::Deleted => Some((TroubleKind::Deleted, Mend::Restore, PrivateReason::UserDeleted)),
    };
    if let Some((kind, mend, reason)) = shut {
        return troubles.push(Trouble::new(kind, vec![mend]).by(reason));
    }
    waits(facts, troubles);
    let waiting = !troubles.is_empty();
    if open.is_empty() && !waiting {
        troubles.push(nothing_open(facts, person));
    }
    let at_mail = troubles.len();
    mails(facts, troubles);
    let mail_wrong = troubles.len() > at_mail;
    let told = |troubles: &[Trouble], kind| troubles.iter().any(|told: &Trouble| told.kind == kind);
    if let Some(trouble) = invited(facts).filter(|trouble| !told(troubles, trouble.kind)) {
        troubles.push(trouble);
    }
    // What they tried last is told after what a mail server said: a mail may be what they wait for.
    if let Some(trouble) = last_attempt(facts, person, mail_wrong).filter(|trouble| !told(troubles, trouble.kind)) {
        troubles.push(trouble);
    }
    if !told(troubles, TroubleKind::MailRefused)
        && let Reachability::Unreachable { why, .. } = facts.reach
    {
        let mends = again(facts, "").into_iter().chain([Mend::LookAtPerson]).collect();
        troubles.push(Trouble {
            reply: Some(why.clone()).filter(|why| !why.is_empty()),
            ..Trouble::new(TroubleKind::AddressUnreachable, mends)
        });
    }
}

/// What became of the invitation of whoever has not used it.
fn invited(facts: &DiagnosisFacts<'_>) -> Option<Trouble> {
    let kind = match facts.invitation {
        InvitationState::None => return None,
        InvitationState::UnderWay => TroubleKind::InvitationOnItsWay,
        InvitationState::Over => TroubleKind::InvitationOver,
    };
    Some(Trouble::new(kind, vec![Mend::InviteAgain]))
}

fn waits(facts: &DiagnosisFacts<'_>, troubles: &mut Vec<Trouble>) {
    let order = [
        (
            WaitKind::SecondFactor,
            TroubleKind::SecondFactorWait,
            PrivateReason::BudgetUser,
        ),
        (
            WaitKind::Password,
            TroubleKind::PasswordWait,
            PrivateReason::BudgetAddress,
        ),
        (WaitKind::Code, TroubleKind::CodeWait, PrivateReason::BudgetUser),
        (WaitKind::Mail, TroubleKind::MailWait, PrivateReason::BudgetAddress),
        (
            WaitKind::Network,
            TroubleKind::NetworkWait,
            PrivateReason::BudgetNetwork,
        ),
    ];
    for (wanted, kind, reason) in order {
        let mut of_kind = facts.waits.iter().filter(|wait| wait.kind == wanted).peekable();
        if of_kind.peek().is_none() {
            continue;
        }
        // One that only a clearing ends outlasts all others.
        let until = of_kind
            .map(|wait| wait.until)
            .reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)))
            .flatten();
        let mend = if wanted == WaitKind::Network {
            Mend::ClearNetworkWaits
        } else {
            Mend::ClearWaits
        };
        troubles.push(Trouble {
            until,
            ..Trouble::new(kind, vec![mend]).by(reason)
        });
    }
}

/// No way is open, and none of them waits: what opens one, the way that takes least of everybody else first.
fn nothing_open(facts: &DiagnosisFacts<'_>, person: &PersonFacts) -> Trouble {
    let audience = person.role.audience();
    let offered = |method: Method| facts.settings.audience(audience).offers(method);
    let open = |method: Method| Mend::OpenMethod { audience, method };
    let closed: Vec<(Method, PrivateReason)> = facts
        .ways
        .iter()
        .filter_map(|way| match way.state {
            WayState::Closed(reason) => Some((way.method, reason)),
            WayState::Open => None,
        })
        .collect();
    let because = |reason: PrivateReason| closed.iter().any(|(_, closed)| *closed == reason);
    if because(PrivateReason::EmailUnproved) && !person.address_primary {
        let mends = vec![Mend::ResendAddressProof, Mend::LookAtPerson];
        return Trouble::new(TroubleKind::AddressUnproved, mends).by(PrivateReason::EmailUnproved);
    }
    for reason in [PrivateReason::DirectoryInactive, PrivateReason::DirectoryNoRecord] {
        if because(reason) {
            let kind = match reason {
                PrivateReason::DirectoryInactive => TroubleKind::DirectoryInactive,
                _ => TroubleKind::DirectoryNoRecord,
            };
            return Trouble::new(kind, vec![Mend::LookIntoDirectory]).by(reason);
        }
    }
    if offered(Method::Password) && !person.has_password && person.mailboxes > 0 {
        if let Some(trouble) = invited(facts) {
            return trouble.by(PrivateReason::NoPassword);
        }
        let trouble = Trouble::new(TroubleKind::NoPassword, vec![Mend::SendPasswordReset]);
        return trouble.by(PrivateReason::NoPassword);
    }
    let mut mends = Vec::new();
    for provider in facts.closed_providers() {
        mends.push(Mend::OpenProvider {
            audience,
            provider: provider.clone(),
        });
    }
    if person.has_password && !offered(Method::Password) {
        mends.push(open(Method::Password));
    }
    if person.factors.passkeys > 0 && !offered(Method::Passkey) {
        mends.push(open(Method::Passkey));
    }
    if person.mailboxes > 0 && !offered(Method::EmailCode) {
        mends.push(open(Method::EmailCode));
    }
    if mends.is_empty() {
        mends.push(Mend::LookAtPerson);
    }
    let mut trouble = Trouble::new(TroubleKind::NoWayOpen, mends);
    trouble.reason = closed.first().map(|(_, reason)| *reason);
    trouble
}

/// The last mail, if it did not arrive. What is wrong with an older one was made good by a newer one that arrived.
fn mails(facts: &DiagnosisFacts<'_>, troubles: &mut Vec<Trouble>) {
    let Some(mail) = facts.mails.first() else {
        return;
    };
    let kind = match mail.state {
        MailState::Refused | MailState::Bounced => TroubleKind::MailRefused,
        MailState::Expired => TroubleKind::MailExpired,
        MailState::Queued if mail.attempts > 0 => TroubleKind::MailDeferred,
        MailState::Queued if facts.now.since(mail.created_at).as_secs() >= STUCK_AFTER_SECONDS => {
            TroubleKind::MailStuck
        }
        _ => return,
    };
    // What is queued still says what it says; what is not was wiped, and something fresh takes its place.
    let very_same = match facts.send_again {
        Some(SendAgain::TryNow | SendAgain::NewCode) => Some(Mend::SendMailAgain { mail: mail.id }),
        _ => None,
    };
    let fresh = again(facts, &mail.kind);
    let mends = match (kind, facts.person) {
        (_, None) => Vec::new(),
        // A further mail would wait behind this one.
        (TroubleKind::MailStuck, Some(_)) => very_same.into_iter().collect(),
        (TroubleKind::MailDeferred, Some(_)) => very_same.into_iter().chain(fresh).collect(),
        (_, Some(_)) => very_same.into_iter().chain(fresh).chain([Mend::LookAtPerson]).collect(),
    };
    troubles.push(Trouble {
        reply: mail.last_reply.clone(),
        until: mail.next_attempt_at.filter(|_| kind == TroubleKind::MailDeferred),
        ..Trouble::new(kind, mends)
    });
}

/// What puts a mail of that kind on its way once more.
fn again(facts: &DiagnosisFacts<'_>, kind: &str) -> Vec<Mend> {
    if kind == "email-proof" {
        return vec![Mend::ResendAddressProof];
    }
    if kind == "invite" && facts.invitation != InvitationState::None {
        return vec![Mend::InviteAgain];
    }
    let may_reset = facts
        .person
        .is_some_and(|person| person.mailboxes > 0 && offers(facts, person, Method::Password));
    if may_reset {
        vec![Mend::SendPasswordReset]
    } else {
        portal_link(facts)
    }
}

/// Whether the last mail is of one of those kinds.
fn mail_is(facts: &DiagnosisFacts<'_>, kinds: &[&str]) -> bool {
    facts
        .mails
        .first()
        .is_some_and(|mail| kinds.contains(&mail.kind.as_str()))
}

fn offers(facts: &DiagnosisFacts<'_>, person: &PersonFacts, method: Method) -> bool {
    facts.settings.audience(person.role.audience()).offers(method)
}

fn portal_link(facts: &DiagnosisFacts<'_>) -> Vec<Mend> {
    let codes_open = facts
        .ways
        .iter()
        .any(|way| way.method == Method::EmailCode && way.state == WayState::Open);
    if facts.settings.portal_links && codes_open {
        vec![Mend::NewPortalLink]
    } else {
        Vec::new()
    }
}

/// What the newest attempt says, unless it went well.
fn last_attempt(facts: &DiagnosisFacts<'_>, person: &PersonFacts, mail_wrong: bool) -> Option<Trouble> {
    // A notice of a change, or a proof in a session, is no attempt to come in.
    let receipt = facts.attempts.iter().find(|receipt| {
        !matches!(
            receipt.attempt.as_str(),
            "prove-afresh" | "connect-identity" | "request-report"
        )
    })?;
    let reset = || {
        if offers(facts, person, Method::Password) && person.mailboxes > 0 {
            vec![Mend::SendPasswordReset]
        } else {
            Vec::new()
        }
    };
    let reset_or_link = || {
        let reset = reset();
        if reset.is_empty() { portal_link(facts) } else { reset }
    };
    match &receipt.outcome {
        ReceiptOutcome::Granted => None,
        ReceiptOutcome::Sent if mail_wrong => None,
        ReceiptOutcome::Sent if mail_is(facts, &["no-account", "account-disabled", "sign-up-closed"]) => None,
        ReceiptOutcome::Sent if mail_is(facts, &["code-not-offered"]) => {
            let audience = person.role.audience();
            let mend = Mend::OpenMethod {
                audience,
                method: Method::EmailCode,
            };
            let mends = reset().into_iter().chain([mend]).collect();
            (!offers(facts, person, Method::EmailCode)).then(|| Trouble::new(TroubleKind::MethodOff, mends))
        }
        ReceiptOutcome::Sent => Some(match receipt.attempt.as_str() {
            "request-reset" => Trouble::new(TroubleKind::LinkOnItsWay, reset()),
            // A right password whose mailbox is unproved: the code that was mailed proves it.
            "sign-in-with-password" => {
                Trouble::new(TroubleKind::MailboxProof, reset_or_link()).by(PrivateReason::EmailUnproved)
            }
            _ => Trouble::new(TroubleKind::CodeOnItsWay, reset_or_link()),
        }),
        ReceiptOutcome::Needs { step } => Some(match step {
            Step::SecondFactor => Trouble::new(TroubleKind::SecondFactorTrouble, vec![Mend::ResetSecondFactor])
                .by(PrivateReason::SecondFactorMissing),
            Step::EnrolSecondFactor => Trouble::new(TroubleKind::SecondFactorSetUp, Vec::new()),
            Step::ProveEmail => {
                Trouble::new(TroubleKind::MailboxProof, reset_or_link()).by(PrivateReason::EmailUnproved)
            }
            Step::SetPassword => {
                Trouble::new(TroubleKind::PasswordTemporary, reset()).by(PrivateReason::PasswordTemporary)
            }
        }),
        ReceiptOutcome::Refused { private, .. } => {
            of_refusal(facts, person, receipt, *private).map(|trouble| trouble.by(*private))
        }
    }
}

/// What a refusal means now: `None` where what was wrong then is not wrong any more.
fn of_refusal(
    facts: &DiagnosisFacts<'_>,
    person: &PersonFacts,
    receipt: &Receipt,
    reason: PrivateReason,
) -> Option<Trouble> {
    use PrivateReason as P;
    use TroubleKind as T;
    let audience = person.role.audience();
    let may_reset = offers(facts, person, Method::Password) && person.mailboxes > 0;
    let reset = || {
        if may_reset {
            vec![Mend::SendPasswordReset]
        } else {
            portal_link(facts)
        }
    };
    let (kind, mends) = match reason {
        // It is somebody's now; it was disabled then; a wait that is over is over.
        P::UnknownAddress | P::UserDisabled | P::UserDeleted | P::BudgetUser | P::BudgetAddress | P::BudgetNetwork => {
            return None;
        }
        P::WrongPassword => (T::WrongPassword, reset()),
        P::NoPassword if person.has_password => return None,
        P::NoPassword => (T::NoPassword, reset()),
        P::EmailUnproved => (T::EmailUnproved, reset()),
        P::CodeWrong | P::CodeExpired | P::CodeSpent | P::CodeTriesSpent => (T::CodeTrouble, reset()),
        P::FlowOver | P::PasskeyChallengeOver => (T::AttemptOver, reset()),
        P::SecondFactorWrong | P::SecondFactorReplayed | P::SecondFactorMissing => {
            (T::SecondFactorTrouble, vec![Mend::ResetSecondFactor])
        }
        P::NoPasskey | P::PasskeyUnknown | P::PasskeyWrong | P::PasskeyCounter => (T::PasskeyTrouble, reset()),
        P::BackupDoorMethod | P::BackupDoorRole => (T::BackupDoor, reset()),
        P::LinkExpired | P::LinkSpent | P::LinkForeign | P::LinkRevoked if receipt.attempt == "open-portal-link" => {
            (T::PortalLinkDead, vec![Mend::NewPortalLink])
        }
        P::LinkExpired | P::LinkRevoked if facts.invitation == InvitationState::Over => {
            (T::InvitationOver, vec![Mend::InviteAgain])
        }
        P::LinkExpired | P::LinkSpent | P::LinkForeign | P::LinkRevoked => (T::ResetLinkDead, reset()),
        P::ProviderCancelled => (T::ProviderCancelled, reset()),
        P::ProviderUnavailable | P::ProviderUnknown => (
            T::ProviderAway,
            reset().into_iter().chain([Mend::LookAtProviders]).collect(),
        ),
        P::IdentityTaken => (T::IdentityTaken, vec![Mend::LookAtPerson]),
        P::NoConnection | P::IdentityUnknown | P::EmailMissing => (T::IdentityUnknown, reset()),
        P::DirectoryNoRecord if facts.settings.directory.required => {
            (T::DirectoryNoRecord, vec![Mend::LookIntoDirectory])
        }
        P::DirectoryInactive if facts.settings.directory.required => {
            (T::DirectoryInactive, vec![Mend::LookIntoDirectory])
        }
        P::DirectoryNoRecord | P::DirectoryInactive => return None,
        P::MethodOffCustomers | P::MethodOffStaff => {
            let method = method_of(&receipt.attempt)?;
            let closed = facts.ways.iter().any(|way| way.method == method && is_off(way.state));
            if !closed {
                return None;
            }
            let mend = match (method, facts.closed_providers().next()) {
                (Method::Provider, Some(provider)) => Mend::OpenProvider {
                    audience,
                    provider: provider.clone(),
                },
                (Method::Provider, None) => Mend::LookAtProviders,
                _ => Mend::OpenMethod { audience, method },
            };
            (T::MethodOff, vec![mend])
        }
        P::SignUpClosed | P::SignUpDomain => (T::SignUpClosed, reset()),
        P::CredentialsChanged => (T::ChangedMeanwhile, reset()),
        P::Policy => (T::Policy, Vec::new()),
        P::PasswordTemporary if person.password_temporary_until.is_none() => return None,
        P::PasswordTemporary => (T::PasswordTemporary, reset()),
        // Whatever else there is, is about a token of a provider or of the company's own site.
        _ => (T::AnswerWrong, vec![Mend::LookAtProviders]),
    };
    Some(Trouble::new(kind, mends))
}

/// By which way an attempt of that name comes in.
fn method_of(attempt: &str) -> Option<Method> {
    Some(match attempt {
        "sign-in-with-password" => Method::Password,
        "request-code" | "redeem-code" | "open-portal-link" => Method::EmailCode,
        "sign-in-with-passkey" => Method::Passkey,
        "sign-in-with-provider" => Method::Provider,
        "sign-in-by-hand-over" => Method::HandOver,
        _ => return None,
    })
}

/// What would open a further way, though nothing is wrong with it: offered last, and quietly.
fn quiet_mends(facts: &DiagnosisFacts<'_>, person: &PersonFacts) -> Vec<Mend> {
    if !person.may_come_in() {
        return Vec::new();
    }
    let audience = person.role.audience();
    let mut mends = Vec::new();
    if offers(facts, person, Method::Password) && person.mailboxes > 0 {
        mends.push(Mend::SendPasswordReset);
    }
    mends.extend(portal_link(facts));
    if person.factors.app {
        mends.push(Mend::ResetSecondFactor);
    }
    for way in facts.ways {
        // What the person has no part of would not help them.
        let has_part = match way.method {
            Method::Password => person.has_password,
            Method::EmailCode => person.mailboxes > 0,
            Method::Passkey => person.factors.passkeys > 0,
            Method::Provider | Method::HandOver => false,
        };
        if is_off(way.state) && has_part {
            mends.push(Mend::OpenMethod {
                audience,
                method: way.method,
            });
        }
    }
    mends.extend(facts.closed_providers().map(|provider| Mend::OpenProvider {
        audience,
        provider: provider.clone(),
    }));
    mends
}

/// The state of self sign-up for an address, in one stable word.
pub fn sign_up_state(settings: &SecuritySettings, address: &EmailAddress) -> &'static str {
    match &settings.sign_up {
        SignUpRule::Open => "open",
        SignUpRule::Domains { .. } if settings.may_sign_up(address) => "open",
        SignUpRule::Domains { .. } => "other-domains",
        SignUpRule::Closed => "closed",
    }
}
