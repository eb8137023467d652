//! What the sign-in check says (C4): a sentence for each trouble, a button for each mend, a reason for each closed way.

use doorward_domain::diagnosis::{Mend, TroubleKind};
use doorward_domain::method::Method;
use doorward_domain::reason::PrivateReason;
use doorward_domain::words::Words;

/// The sentence of a trouble.
pub fn trouble(kind: TroubleKind) -> Words {
    match kind {
        TroubleKind::UnknownMaySignUp => Words::key("check-trouble-unknown-may-sign-up"),
        TroubleKind::Unknown => Words::key("check-trouble-unknown"),
        TroubleKind::AddressUnproved => Words::key("check-trouble-address-unproved"),
        TroubleKind::Deleted => Words::key("check-trouble-deleted"),
        TroubleKind::Disabled => Words::key("check-trouble-disabled"),
        TroubleKind::PasswordWait => Words::key("check-trouble-password-wait"),
        TroubleKind::CodeWait => Words::key("check-trouble-code-wait"),
        TroubleKind::SecondFactorWait => Words::key("check-trouble-second-factor-wait"),
        TroubleKind::MailWait => Words::key("check-trouble-mail-wait"),
        TroubleKind::NetworkWait => Words::key("check-trouble-network-wait"),
        TroubleKind::MailRefused => Words::key("check-trouble-mail-refused"),
        TroubleKind::MailDeferred => Words::key("check-trouble-mail-deferred"),
        TroubleKind::MailExpired => Words::key("check-trouble-mail-expired"),
        TroubleKind::MailStuck => Words::key("check-trouble-mail-stuck"),
        TroubleKind::AddressUnreachable => Words::key("check-trouble-address-unreachable"),
        TroubleKind::InvitationOnItsWay => Words::key("check-trouble-invitation-on-its-way"),
        TroubleKind::InvitationOver => Words::key("check-trouble-invitation-over"),
        TroubleKind::NoWayOpen => Words::key("check-trouble-no-way-open"),
        TroubleKind::MethodOff => Words::key("check-trouble-method-off"),
        TroubleKind::NoPassword => Words::key("check-trouble-no-password"),
        TroubleKind::WrongPassword => Words::key("check-trouble-wrong-password"),
        TroubleKind::PasswordTemporary => Words::key("check-trouble-password-temporary"),
        TroubleKind::EmailUnproved => Words::key("check-trouble-email-unproved"),
        TroubleKind::CodeTrouble => Words::key("check-trouble-code-trouble"),
        TroubleKind::AttemptOver => Words::key("check-trouble-attempt-over"),
        TroubleKind::SecondFactorTrouble => Words::key("check-trouble-second-factor-trouble"),
        TroubleKind::SecondFactorSetUp => Words::key("check-trouble-second-factor-set-up"),
        TroubleKind::MailboxProof => Words::key("check-trouble-mailbox-proof"),
        TroubleKind::PasskeyTrouble => Words::key("check-trouble-passkey-trouble"),
        TroubleKind::BackupDoor => Words::key("check-trouble-backup-door"),
        TroubleKind::PortalLinkDead => Words::key("check-trouble-portal-link-dead"),
        TroubleKind::ResetLinkDead => Words::key("check-trouble-reset-link-dead"),
        TroubleKind::ProviderCancelled => Words::key("check-trouble-provider-cancelled"),
        TroubleKind::ProviderAway => Words::key("check-trouble-provider-away"),
        TroubleKind::AnswerWrong => Words::key("check-trouble-answer-wrong"),
        TroubleKind::IdentityTaken => Words::key("check-trouble-identity-taken"),
        TroubleKind::IdentityUnknown => Words::key("check-trouble-identity-unknown"),
        TroubleKind::DirectoryNoRecord => Words::key("check-trouble-directory-no-record"),
        TroubleKind::DirectoryInactive => Words::key("check-trouble-directory-inactive"),
        TroubleKind::SignUpClosed => Words::key("check-trouble-sign-up-closed"),
        TroubleKind::Policy => Words::key("check-trouble-policy"),
        TroubleKind::ChangedMeanwhile => Words::key("check-trouble-changed-meanwhile"),
        TroubleKind::CodeOnItsWay => Words::key("check-trouble-code-on-its-way"),
        TroubleKind::LinkOnItsWay => Words::key("check-trouble-link-on-its-way"),
    }
}

/// The sentence where nothing is wrong.
pub fn fine() -> Words {
    Words::key("check-fine")
}

/// The name of a way in.
pub fn way(method: Method) -> Words {
    match method {
        Method::Password => Words::key("check-way-password"),
        Method::EmailCode => Words::key("check-way-email-code"),
        Method::Passkey => Words::key("check-way-passkey"),
        Method::HandOver => Words::key("check-way-hand-over"),
        _ => Words::key("check-way-provider"),
    }
}

/// Why a way in is closed.
pub fn why(reason: PrivateReason) -> Words {
    match reason {
        PrivateReason::MethodOffCustomers | PrivateReason::MethodOffStaff => Words::key("check-why-off"),
        PrivateReason::UserDisabled | PrivateReason::UserDeleted => Words::key("check-why-account"),
        PrivateReason::UnknownAddress => Words::key("check-why-unknown"),
        PrivateReason::EmailUnproved => Words::key("check-why-unproved"),
        PrivateReason::NoPassword
        | PrivateReason::NoPasskey
        | PrivateReason::NoConnection
        | PrivateReason::PasswordTemporary => Words::key("check-why-none"),
        PrivateReason::BudgetAddress | PrivateReason::BudgetUser | PrivateReason::BudgetNetwork => {
            Words::key("check-why-wait")
        }
        PrivateReason::DirectoryNoRecord | PrivateReason::DirectoryInactive => Words::key("check-why-directory"),
        PrivateReason::Policy => Words::key("check-why-policy"),
        _ => Words::key("check-why-other"),
    }
}

/// What the button of a mend says; `way` is the name of the way that it opens, in the reader's language.
pub fn mend(mend: &Mend, way: &str) -> Words {
    match mend {
        Mend::SendPasswordReset => Words::key("check-mend-send-password-reset"),
        Mend::Enable => Words::key("check-mend-enable"),
        Mend::Restore => Words::key("check-mend-restore"),
        Mend::ClearWaits => Words::key("check-mend-clear-waits"),
        Mend::ClearNetworkWaits => Words::key("check-mend-clear-network-waits"),
        Mend::OpenMethod { .. } => Words::key("check-mend-open-method").with("way", way),
        Mend::OpenProvider { provider, .. } => {
            Words::key("check-mend-open-provider").with("provider", provider.as_str())
        }
        Mend::OpenPortalLinks => Words::key("check-mend-open-portal-links"),
        Mend::ResendAddressProof => Words::key("check-mend-resend-address-proof"),
        Mend::NewPortalLink => Words::key("check-mend-new-portal-link"),
        Mend::Invite => Words::key("check-mend-invite"),
        Mend::InviteAgain => Words::key("check-mend-invite-again"),
        Mend::SendMailAgain { .. } => Words::key("check-mend-send-mail-again"),
        Mend::ResetSecondFactor => Words::key("check-mend-reset-second-factor"),
        Mend::LookIntoDirectory => Words::key("check-mend-look-into-directory"),
        Mend::LookAtProviders => Words::key("check-mend-look-at-providers"),
        Mend::LookAtPerson => Words::key("check-mend-look-at-person"),
    }
}
