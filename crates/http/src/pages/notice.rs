//! What has just been done, said once at the top of the page that follows: a name out of a closed list, in a cookie that
//! goes with the page that says it. No link can make a page say it.

use axum::response::Response;
use doorward_domain::words::Words;
use http::header::SET_COOKIE;

use super::visit::Visit;
use crate::edge::CookieName;
use crate::render::messages;

/// How long a notice waits for its page, in seconds.
const COOKIE_SECONDS: u64 = 60;

/// Something that has just been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// Another code is on its way.
    CodeSent,
    /// A reset mail was sent, as the sign-in check advised.
    CheckReset,
    /// An account was enabled there.
    CheckEnabled,
    /// An account was restored there.
    CheckRestored,
    /// Waits were ended there.
    CheckWaits,
    /// A way in was switched on there.
    CheckOpened,
    /// The proof of an address was sent there.
    CheckProof,
    /// Somebody was invited there.
    CheckInvited,
    /// A mail that did not arrive is on its way again.
    CheckSentAgain,
    /// Somebody was deleted; it can be undone.
    PersonDeleted,
    /// The deletion of somebody was undone.
    PersonRestored,
    /// A challenge to a caller was taken back.
    CallerCancelled,
    /// Somebody's second factor was reset.
    TwoFactorReset,
    /// A request of staff was answered.
    RequestAnswered,
    /// What staff announced was stopped.
    RequestStopped,
    /// The deletion of the account was undone.
    AccountRestored,
    /// The account was deleted.
    AccountDeleted,
    /// A token of the directory was taken back.
    ScimTokenRevoked,
    /// A key of hand-over was taken back.
    HandOverKeyRevoked,
    /// A file of the directory was taken in.
    DirectoryTakenIn,
    /// A file of the directory was forgotten.
    DirectoryForgotten,
    /// The session of this browser is ended.
    SignedOut,
    /// The password was changed, or a first one set.
    PasswordSet,
    /// Two-factor authentication was turned on.
    TwoFactorOn,
    /// Two-factor authentication was turned off.
    TwoFactorOff,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey got another name.
    PasskeyRenamed,
    /// A passkey was removed.
    PasskeyRemoved,
    /// One of the sessions was ended.
    SessionEnded,
    /// All other sessions were ended.
    OthersEnded,
    /// The profile was saved.
    ProfileSaved,
    /// The picture was set.
    PictureSet,
    /// The picture was removed.
    PictureRemoved,
    /// The proof of an address is on its way.
    ProofSent,
    /// Another address is the primary one.
    PrimaryChanged,
    /// An address was removed.
    EmailRemoved,
    /// An account at a provider was connected.
    Connected,
    /// One was disconnected.
    Disconnected,
    /// The rules of the door were saved.
    SettingsSaved,
    /// They were saved, and undo themselves unless an admin comes in under them.
    SettingsOnTrial,
    /// Credentials of a provider were kept.
    ProviderSaved,
    /// Credentials of a provider were forgotten.
    ProviderRemoved,
    /// Name, look or links of the workspace were saved.
    BrandingSaved,
    /// The logo was set.
    LogoSet,
    /// The logo was removed.
    LogoRemoved,
    /// A role was made.
    RoleCreated,
    /// A role was saved.
    RoleSaved,
    /// A role was deleted.
    RoleDeleted,
    /// An organisation was made.
    OrganisationCreated,
    /// An organisation was saved.
    OrganisationSaved,
    /// An organisation was deleted.
    OrganisationDeleted,
    /// An API key was taken back.
    ApiKeyRevoked,
    /// Somebody has another role.
    RoleGiven,
    /// A portal link was taken back.
    PortalLinkRevoked,
    /// An invitation was taken back.
    InvitationRevoked,
    /// An invitation is on its way.
    PersonInvited,
    /// Somebody was added.
    PersonAdded,
    /// Somebody's details were saved.
    PersonSaved,
    /// Somebody was enabled again.
    PersonEnabled,
    /// Somebody was disabled.
    PersonDisabled,
    /// Settings are as they were before the change that was on trial.
    SettingsUndone,
    /// All sessions of somebody were ended.
    PersonSignedOut,
    /// A mail was sent again.
    MailSentAgain,
    /// A test mail was sent.
    TestMailSent,
    /// A password reset email is on its way to somebody.
    PersonResetSent,
}

impl Notice {
    const ALL: &'static [Self] = &[
        Self::CodeSent,
        Self::MailSentAgain,
        Self::TestMailSent,
        Self::CheckReset,
        Self::CheckEnabled,
        Self::CheckRestored,
        Self::CheckWaits,
        Self::CheckOpened,
        Self::CheckProof,
        Self::CheckInvited,
        Self::CheckSentAgain,
        Self::PersonDeleted,
        Self::PersonRestored,
        Self::CallerCancelled,
        Self::TwoFactorReset,
        Self::RequestAnswered,
        Self::RequestStopped,
        Self::AccountRestored,
        Self::AccountDeleted,
        Self::ScimTokenRevoked,
        Self::HandOverKeyRevoked,
        Self::DirectoryTakenIn,
        Self::DirectoryForgotten,
        Self::SignedOut,
        Self::PasswordSet,
        Self::TwoFactorOn,
        Self::TwoFactorOff,
        Self::PasskeyAdded,
        Self::PasskeyRenamed,
        Self::PasskeyRemoved,
        Self::SessionEnded,
        Self::OthersEnded,
        Self::ProfileSaved,
        Self::PictureSet,
        Self::PictureRemoved,
        Self::ProofSent,
        Self::PrimaryChanged,
        Self::EmailRemoved,
        Self::Connected,
        Self::Disconnected,
        Self::SettingsSaved,
        Self::SettingsOnTrial,
        Self::ProviderSaved,
        Self::ProviderRemoved,
        Self::BrandingSaved,
        Self::LogoSet,
        Self::LogoRemoved,
        Self::RoleCreated,
        Self::RoleSaved,
        Self::RoleDeleted,
        Self::OrganisationCreated,
        Self::OrganisationSaved,
        Self::OrganisationDeleted,
        Self::ApiKeyRevoked,
        Self::RoleGiven,
        Self::PortalLinkRevoked,
        Self::InvitationRevoked,
        Self::PersonInvited,
        Self::PersonAdded,
        Self::PersonSaved,
        Self::PersonEnabled,
        Self::PersonDisabled,
        Self::SettingsUndone,
        Self::PersonSignedOut,
        Self::PersonResetSent,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::CodeSent => "code-sent",
            Self::CheckReset => "check-reset",
            Self::CheckEnabled => "check-enabled",
            Self::CheckRestored => "check-restored",
            Self::CheckWaits => "check-waits",
            Self::CheckOpened => "check-opened",
            Self::CheckProof => "check-proof",
            Self::CheckInvited => "check-invited",
            Self::CheckSentAgain => "check-sent-again",
            Self::PersonDeleted => "person-deleted",
            Self::PersonRestored => "person-restored",
            Self::CallerCancelled => "caller-cancelled",
            Self::TwoFactorReset => "two-factor-reset",
            Self::RequestAnswered => "request-answered",
            Self::RequestStopped => "request-stopped",
            Self::AccountRestored => "account-restored",
            Self::AccountDeleted => "account-deleted",
            Self::ScimTokenRevoked => "scim-token-revoked",
            Self::HandOverKeyRevoked => "hand-over-key-revoked",
            Self::DirectoryTakenIn => "directory-taken-in",
            Self::DirectoryForgotten => "directory-forgotten",
            Self::SignedOut => "signed-out",
            Self::PasswordSet => "password-set",
            Self::TwoFactorOn => "two-factor-on",
            Self::TwoFactorOff => "two-factor-off",
            Self::PasskeyAdded => "passkey-added",
            Self::PasskeyRenamed => "passkey-renamed",
            Self::PasskeyRemoved => "passkey-removed",
            Self::SessionEnded => "session-ended",
            Self::OthersEnded => "others-ended",
            Self::ProfileSaved => "profile-saved",
            Self::PictureSet => "picture-set",
            Self::PictureRemoved => "picture-removed",
            Self::ProofSent => "proof-sent",
            Self::PrimaryChanged => "primary-changed",
            Self::EmailRemoved => "email-removed",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::SettingsSaved => "settings-saved",
            Self::SettingsOnTrial => "settings-on-trial",
            Self::ProviderSaved => "provider-saved",
            Self::ProviderRemoved => "provider-removed",
            Self::BrandingSaved => "branding-saved",
            Self::LogoSet => "logo-set",
            Self::LogoRemoved => "logo-removed",
            Self::RoleCreated => "role-created",
            Self::RoleSaved => "role-saved",
            Self::RoleDeleted => "role-deleted",
            Self::OrganisationCreated => "organisation-created",
            Self::OrganisationSaved => "organisation-saved",
            Self::OrganisationDeleted => "organisation-deleted",
            Self::ApiKeyRevoked => "api-key-revoked",
            Self::RoleGiven => "role-given",
            Self::PortalLinkRevoked => "portal-link-revoked",
            Self::InvitationRevoked => "invitation-revoked",
            Self::PersonInvited => "person-invited",
            Self::PersonAdded => "person-added",
            Self::PersonSaved => "person-saved",
            Self::PersonEnabled => "person-enabled",
            Self::PersonDisabled => "person-disabled",
            Self::SettingsUndone => "settings-undone",
            Self::PersonSignedOut => "person-signed-out",
            Self::PersonResetSent => "person-reset-sent",
            Self::MailSentAgain => "mail-sent-again",
            Self::TestMailSent => "test-mail-sent",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|notice| notice.as_str() == name)
    }

    fn words(self) -> Words {
        match self {
            Self::CodeSent => messages::code_sent(),
            Self::CheckReset => Words::key("check-mended-reset"),
            Self::CheckEnabled => Words::key("check-mended-enabled"),
            Self::CheckRestored => Words::key("check-mended-restored"),
            Self::CheckWaits => Words::key("check-mended-waits"),
            Self::CheckOpened => Words::key("check-mended-opened"),
            Self::CheckProof => Words::key("check-mended-proof"),
            Self::CheckInvited => Words::key("check-mended-invited"),
            Self::CheckSentAgain => Words::key("check-mended-sent-again"),
            Self::PersonDeleted => Words::key("notice-person-deleted"),
            Self::PersonRestored => Words::key("notice-person-restored"),
            Self::CallerCancelled => Words::key("notice-caller-cancelled"),
            Self::TwoFactorReset => Words::key("notice-two-factor-reset"),
            Self::RequestAnswered => Words::key("notice-request-answered"),
            Self::RequestStopped => Words::key("notice-request-stopped"),
            Self::AccountRestored => Words::key("notice-account-restored"),
            Self::AccountDeleted => Words::key("notice-account-deleted"),
            Self::ScimTokenRevoked => Words::key("notice-scim-token-revoked"),
            Self::HandOverKeyRevoked => Words::key("notice-hand-over-key-revoked"),
            Self::DirectoryTakenIn => Words::key("notice-directory-taken-in"),
            Self::DirectoryForgotten => Words::key("notice-directory-forgotten"),
            Self::SignedOut => messages::signed_out(),
            Self::PasswordSet => Words::key("notice-new-password-set"),
            Self::TwoFactorOn => Words::key("notice-two-factor-on"),
            Self::TwoFactorOff => Words::key("notice-two-factor-off"),
            Self::PasskeyAdded => Words::key("notice-passkey-added"),
            Self::PasskeyRenamed => Words::key("notice-passkey-renamed"),
            Self::PasskeyRemoved => Words::key("notice-passkey-removed"),
            Self::SessionEnded => Words::key("notice-session-ended"),
            Self::OthersEnded => Words::key("notice-others-ended"),
            Self::ProfileSaved => Words::key("notice-profile-saved"),
            Self::PictureSet => Words::key("notice-picture-set"),
            Self::PictureRemoved => Words::key("notice-picture-removed"),
            Self::ProofSent => Words::key("notice-proof-sent"),
            Self::PrimaryChanged => Words::key("notice-primary-changed"),
            Self::EmailRemoved => Words::key("notice-email-removed"),
            Self::Connected => Words::key("notice-connected"),
            Self::Disconnected => Words::key("notice-disconnected"),
            Self::SettingsSaved => Words::key("notice-settings-saved"),
            Self::SettingsOnTrial => Words::key("notice-settings-on-trial"),
            Self::ProviderSaved => Words::key("notice-provider-saved"),
            Self::ProviderRemoved => Words::key("notice-provider-removed"),
            Self::BrandingSaved => Words::key("notice-branding-saved"),
            Self::LogoSet => Words::key("notice-logo-set"),
            Self::LogoRemoved => Words::key("notice-logo-removed"),
            Self::RoleCreated => Words::key("notice-role-created"),
            Self::RoleSaved => Words::key("notice-role-saved"),
            Self::RoleDeleted => Words::key("notice-role-deleted"),
            Self::OrganisationCreated => Words::key("notice-organisation-created"),
            Self::OrganisationSaved => Words::key("notice-organisation-saved"),
            Self::OrganisationDeleted => Words::key("notice-organisation-deleted"),
            Self::ApiKeyRevoked => Words::key("notice-api-key-revoked"),
            Self::RoleGiven => Words::key("notice-role-given"),
            Self::PortalLinkRevoked => Words::key("notice-portal-link-revoked"),
            Self::InvitationRevoked => Words::key("notice-invitation-revoked"),
            Self::PersonInvited => Words::key("notice-person-invited"),
            Self::PersonAdded => Words::key("notice-person-added"),
            Self::PersonSaved => Words::key("notice-person-saved"),
            Self::PersonEnabled => Words::key("notice-person-enabled"),
            Self::PersonDisabled => Words::key("notice-person-disabled"),
            Self::SettingsUndone => Words::key("notice-settings-undone"),
            Self::PersonSignedOut => Words::key("notice-person-signed-out"),
            Self::PersonResetSent => Words::key("notice-person-reset-sent"),
            Self::MailSentAgain => Words::key("notice-mail-sent-again"),
            Self::TestMailSent => Words::key("notice-test-mail-sent"),
        }
    }
}

/// Leaves a notice for the next page.
pub(super) fn leave(visit: &Visit, notice: Notice, mut response: Response) -> Response {
    let cookies = visit.context.cookies();
    if let Some(cookie) = cookies.set(CookieName::Notice, notice.as_str(), Some(COOKIE_SECONDS)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The notice that was left for this page.
pub(super) fn left(visit: &Visit) -> Option<Words> {
    visit
        .cookie(CookieName::Notice)
        .and_then(Notice::parse)
        .map(Notice::words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_is_found_by_its_name_and_has_a_sentence_of_its_own() {
        let mut sentences = std::collections::BTreeSet::new();
        for notice in Notice::ALL {
            assert_eq!(Notice::parse(notice.as_str()), Some(*notice));
            assert!(
                sentences.insert(notice.words().message().as_str().to_owned()),
                "{notice:?}"
            );
        }
        assert_eq!(Notice::parse("<script>"), None);
    }
}
