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
}

impl Notice {
    const ALL: &'static [Self] = &[
        Self::CodeSent,
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
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::CodeSent => "code-sent",
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
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|notice| notice.as_str() == name)
    }

    fn words(self) -> Words {
        match self {
            Self::CodeSent => messages::code_sent(),
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
