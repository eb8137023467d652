//! The sentences that handlers put into a view: one function each, so that a key is spelled in one place.

pub mod account;
pub mod check;

use doorward_domain::directory::DirectoryAttribute;
use doorward_domain::reason::PublicReason;
use doorward_domain::words::Words;

/// "We have sent a new code."
pub fn code_sent() -> Words {
    Words::key("notice-code-sent")
}

/// The name of a workspace is missing, too long, or could be read as a link.
pub fn workspace_name_invalid() -> Words {
    Words::key("error-workspace-name")
}

/// The address of a workspace is none.
pub fn slug_malformed() -> Words {
    Words::key("error-slug-malformed")
}

/// The address of a workspace means something else.
pub fn slug_reserved() -> Words {
    Words::key("error-slug-reserved")
}

/// Another workspace has the address, or one that looks like it.
pub fn slug_taken() -> Words {
    Words::key("error-slug-taken")
}

/// Making a workspace took too long, or was begun elsewhere.
pub fn founding_over() -> Words {
    Words::key("error-founding-over")
}

/// Not the code; so many tries are left.
pub fn founding_code_wrong(tries: u32) -> Words {
    Words::key("error-founding-code-wrong").with("tries", tries)
}

/// The code is past its life.
pub fn founding_code_expired() -> Words {
    Words::key("error-founding-code-expired")
}

/// The full name is missing.
pub fn name_missing() -> Words {
    Words::key("error-name-missing")
}

/// The full name has more than `max` characters.
pub fn name_too_long(max: u32) -> Words {
    Words::key("error-name-too-long").with("max", max)
}

/// The full name has characters that no name has.
pub fn name_invalid() -> Words {
    Words::key("error-name-invalid")
}

/// The email address is missing.
pub fn email_missing() -> Words {
    Words::key("error-email-missing")
}

/// The email address is none (R43).
pub fn email_invalid() -> Words {
    Words::key("error-email-invalid")
}

/// Several email addresses were entered where one is asked for (R39).
pub fn one_email_only() -> Words {
    Words::key("error-email-one")
}

/// The password to sign in with is missing.
pub fn password_missing() -> Words {
    Words::key("error-password-missing")
}

/// The password to be set is missing.
pub fn new_password_missing() -> Words {
    Words::key("error-new-password-missing")
}

/// The password to be set has fewer than `min` characters (R1).
pub fn password_too_short(min: u32) -> Words {
    Words::key("error-password-too-short").with("min", min)
}

/// The password has more than `max` characters (R2).
pub fn password_too_long(max: u32) -> Words {
    Words::key("error-password-too-long").with("max", max)
}

/// The password to be set is on the blocklist (R4).
pub fn password_common() -> Words {
    Words::key("error-password-common")
}

/// The password to be set contains a word of its surroundings (R4).
pub fn password_context() -> Words {
    Words::key("error-password-context")
}

/// The emailed code is missing.
pub fn code_missing() -> Words {
    Words::key("error-code-missing")
}

/// What was entered has not the shape of an emailed code of `length` characters.
pub fn code_shape(length: u32) -> Words {
    Words::key("error-code-shape").with("length", length)
}

/// Not the code that was mailed (R22); `left` more tries on this attempt.
pub fn code_wrong_tries_left(left: u32) -> Words {
    Words::key("refusal-code-wrong-left").with("left", left)
}

/// The code of the second factor is missing.
pub fn factor_missing() -> Words {
    Words::key("error-factor-missing")
}

/// What was entered has neither the shape of an app's code nor that of a backup code.
pub fn factor_shape() -> Words {
    Words::key("error-factor-shape")
}

/// "You have signed out."
pub fn signed_out() -> Words {
    Words::key("notice-signed-out")
}

/// The attempt is over, or was begun in another browser.
pub fn attempt_over() -> Words {
    Words::key("refusal-attempt-over")
}

/// The form is older than what this browser holds; nothing was done with it.
pub fn form_expired() -> Words {
    Words::key("refusal-form-expired")
}

/// The address of a help centre is missing on the root site.
pub fn workspace_missing() -> Words {
    Words::key("error-workspace-missing")
}

/// No help centre is served at the address entered on the root site.
pub fn workspace_unknown() -> Words {
    Words::key("error-workspace-unknown")
}

/// By what somebody was looked for in the directory (B8).
pub fn directory_compared(attributes: &[DirectoryAttribute]) -> Words {
    let holds = |attribute| attributes.contains(&attribute);
    match (holds(DirectoryAttribute::Email), holds(DirectoryAttribute::Identity)) {
        (true, true) => Words::key("directory-compared-both"),
        (true, false) => Words::key("directory-compared-email"),
        (false, _) => Words::key("directory-compared-identity"),
    }
}

/// A sentence for each public reason for a refusal (contract 7).
pub mod refusals {
    use super::{PublicReason, Words};

    /// The sentence of a reason; `seconds` is the wait, where the reason has one.
    pub fn of(reason: PublicReason, seconds: u64) -> Words {
        match reason {
            PublicReason::CodeWrong => code_wrong(),
            PublicReason::CodeExpired => code_expired(),
            PublicReason::CodeSpent => code_spent(),
            PublicReason::SecondFactorWrong => second_factor_wrong(),
            PublicReason::PasskeyWrong => passkey_wrong(),
            PublicReason::LinkInvalid => link_invalid(),
            PublicReason::TryLater => try_later(seconds),
            PublicReason::MethodOff => method_off(),
            PublicReason::SignUpClosed => sign_up_closed(),
            PublicReason::ProviderCancelled => provider_cancelled(),
            PublicReason::ProviderUnavailable => provider_unavailable(),
            PublicReason::ProviderAnswerWrong => provider_answer_wrong(),
            PublicReason::NotInDirectory => not_in_directory(),
            PublicReason::AccountDisabled => account_disabled(),
            PublicReason::IdentityTaken => identity_taken(),
            PublicReason::SessionExpired => session_expired(),
            _ => invalid_credentials(),
        }
    }

    /// `invalid-credentials`
    pub fn invalid_credentials() -> Words {
        Words::key("refusal-invalid-credentials")
    }

    /// `code-wrong`
    pub fn code_wrong() -> Words {
        Words::key("refusal-code-wrong")
    }

    /// `code-expired`
    pub fn code_expired() -> Words {
        Words::key("refusal-code-expired")
    }

    /// `code-spent`
    pub fn code_spent() -> Words {
        Words::key("refusal-code-spent")
    }

    /// `second-factor-wrong`
    pub fn second_factor_wrong() -> Words {
        Words::key("refusal-second-factor-wrong")
    }

    /// `passkey-wrong`
    pub fn passkey_wrong() -> Words {
        Words::key("refusal-passkey-wrong")
    }

    /// `link-invalid`
    pub fn link_invalid() -> Words {
        Words::key("refusal-link-invalid")
    }

    /// `try-later`; `seconds` are rounded up to minutes, one at least.
    pub fn try_later(seconds: u64) -> Words {
        Words::key("refusal-try-later").with("minutes", seconds.div_ceil(60).max(1))
    }

    /// `method-off`
    pub fn method_off() -> Words {
        Words::key("refusal-method-off")
    }

    /// `sign-up-closed`
    pub fn sign_up_closed() -> Words {
        Words::key("refusal-sign-up-closed")
    }

    /// `provider-cancelled`
    pub fn provider_cancelled() -> Words {
        Words::key("refusal-provider-cancelled")
    }

    /// `provider-unavailable`
    pub fn provider_unavailable() -> Words {
        Words::key("refusal-provider-unavailable")
    }

    /// `provider-answer-wrong`
    pub fn provider_answer_wrong() -> Words {
        Words::key("refusal-provider-answer-wrong")
    }

    /// `not-in-directory`
    pub fn not_in_directory() -> Words {
        Words::key("refusal-not-in-directory")
    }

    /// `account-disabled`
    pub fn account_disabled() -> Words {
        Words::key("refusal-account-disabled")
    }

    /// `identity-taken`
    pub fn identity_taken() -> Words {
        Words::key("refusal-identity-taken")
    }

    /// `session-expired`
    pub fn session_expired() -> Words {
        Words::key("refusal-session-expired")
    }
}
