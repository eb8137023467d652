//! The sentences of the pages of one's own account.

use doorward_domain::picture::{MAX_UPLOAD_BYTES, MAX_UPLOAD_SIDE, PictureProblem};
use doorward_domain::ways_back::{FirstStepKind, Loss, SecondStepKind, WayWarning};
use doorward_domain::words::Words;

/// If the phone is lost.
pub fn without_phone() -> Words {
    Words::key("loss-phone")
}

/// If the mailbox is lost.
pub fn without_mailbox() -> Words {
    Words::key("loss-mailbox")
}

/// If the password is lost.
pub fn without_password() -> Words {
    Words::key("loss-password")
}

/// First the password.
pub fn by_password() -> Words {
    Words::key("route-password")
}

/// First a code by email.
pub fn by_email_code() -> Words {
    Words::key("route-email-code")
}

/// First a new password by *Forgot password?*.
pub fn by_reset_link() -> Words {
    Words::key("route-reset-link")
}

/// First a passkey.
pub fn by_passkey() -> Words {
    Words::key("route-passkey")
}

/// A provider that is connected.
pub fn by_provider() -> Words {
    Words::key("route-provider")
}

/// Then a code of the app.
pub fn then_app() -> Words {
    Words::key("route-then-app")
}

/// Then a backup code.
pub fn then_backup_code() -> Words {
    Words::key("route-then-backup-code")
}

/// Then a passkey.
pub fn then_passkey() -> Words {
    Words::key("route-then-passkey")
}

/// Nothing gets them in any more.
pub fn nothing_at_all() -> Words {
    Words::key("warning-nothing-at-all")
}

/// Everything hangs on one thing.
pub fn one_way_left() -> Words {
    Words::key("warning-one-way-left")
}

/// Losing the phone would keep them out.
pub fn nothing_without_phone() -> Words {
    Words::key("warning-nothing-without-phone")
}

/// Losing the mailbox would keep them out.
pub fn nothing_without_mailbox() -> Words {
    Words::key("warning-nothing-without-mailbox")
}

/// Losing the password would keep them out.
pub fn nothing_without_password() -> Words {
    Words::key("warning-nothing-without-password")
}

/// A passkey is about to be removed.
pub fn about_to_remove_passkey() -> Words {
    Words::key("warning-title-remove-passkey")
}

/// An address is about to be removed.
pub fn about_to_remove_email() -> Words {
    Words::key("warning-title-remove-email")
}

/// A connected account is about to be disconnected.
pub fn about_to_disconnect() -> Words {
    Words::key("warning-title-disconnect")
}

/// Two-factor authentication is about to be turned off.
pub fn about_to_disable_two_factor() -> Words {
    Words::key("warning-title-disable")
}

/// Not the password of the account (R11).
pub fn current_password_wrong() -> Words {
    Words::key("refusal-current-password")
}

/// The present password is missing.
pub fn current_password_missing() -> Words {
    Words::key("error-current-password-missing")
}

/// The code of the app, or a backup code, is missing.
pub fn proof_code_missing() -> Words {
    Words::key("error-proof-code-missing")
}

/// Not the code of the key that is being set up.
pub fn first_code_wrong() -> Words {
    Words::key("refusal-first-code")
}

/// What was entered has not the shape of an app's code.
pub fn app_code_shape() -> Words {
    Words::key("error-app-code-shape")
}

/// The passkey could not be added; begin again.
pub fn passkey_failed() -> Words {
    Words::key("refusal-passkey-failed")
}

/// That very passkey is there already.
pub fn passkey_known() -> Words {
    Words::key("refusal-passkey-known")
}

/// The account has as many passkeys as one may have.
pub fn passkeys_too_many() -> Words {
    Words::key("refusal-passkeys-too-many")
}

/// No name was typed for a passkey.
pub fn passkey_name_missing() -> Words {
    Words::key("error-passkey-name-missing")
}

/// Two-factor authentication is not on (any more).
pub fn two_factor_not_on() -> Words {
    Words::key("refusal-two-factor-not-on")
}

/// The key that was being set up is gone; begin again.
pub fn setup_over() -> Words {
    Words::key("refusal-setup-over")
}

/// Not a language on offer.
pub fn language_unknown() -> Words {
    Words::key("error-language-unknown")
}

/// Not a time zone.
pub fn time_zone_unknown() -> Words {
    Words::key("error-time-zone-unknown")
}

/// No file was chosen.
pub fn picture_missing() -> Words {
    Words::key("error-picture-missing")
}

/// Not a picture of a kind that is taken.
pub fn picture_kind() -> Words {
    Words::key("error-picture-kind")
}

/// The picture cannot be decoded.
pub fn picture_damaged() -> Words {
    Words::key("error-picture-damaged")
}

/// The address is on the account already.
pub fn email_yours() -> Words {
    Words::key("error-email-yours")
}

/// The account has as many addresses as one may have.
pub fn emails_too_many() -> Words {
    Words::key("error-emails-too-many")
}

/// There is no such address on the account any more.
pub fn email_gone() -> Words {
    Words::key("refusal-email-gone")
}

/// The address is not proved, so it cannot be the primary one.
pub fn email_unproved() -> Words {
    Words::key("refusal-email-unproved")
}

/// The address is the primary one, so it cannot be removed (A5).
pub fn email_primary() -> Words {
    Words::key("refusal-email-primary")
}

/// Without the address there would be no proved one left (R49).
pub fn email_last_verified() -> Words {
    Words::key("refusal-email-last-verified")
}

/// There is no such connection on the account any more.
pub fn connection_gone() -> Words {
    Words::key("refusal-connection-gone")
}

/// Nothing else would get them in (A6).
pub fn last_way_in() -> Words {
    Words::key("refusal-last-way-in")
}

/// The session is over already.
pub fn session_gone() -> Words {
    Words::key("refusal-session-gone")
}

/// A device in words; either part may be empty where it is unknown.
pub fn device(browser: &str, system: &str) -> Words {
    match (browser, system) {
        ("", "") => Words::key("device-unknown"),
        ("", one) | (one, "") => Words::key("device-one").with("name", one),
        (browser, system) => Words::key("device-both")
            .with("browser", browser)
            .with("system", system),
    }
}

/// The file is too large.
pub fn picture_too_large() -> Words {
    Words::key("error-picture-too-large").with("megabytes", MAX_UPLOAD_BYTES / (1024 * 1024))
}

/// The picture has too many pixels.
pub fn picture_too_many_pixels() -> Words {
    Words::key("error-picture-pixels").with("pixels", MAX_UPLOAD_SIDE.to_string())
}

/// What is the matter with a picture.
pub fn picture(problem: PictureProblem) -> Words {
    match problem {
        PictureProblem::TooLarge => picture_too_large(),
        PictureProblem::Kind => picture_kind(),
        PictureProblem::TooManyPixels => picture_too_many_pixels(),
        PictureProblem::Damaged => picture_damaged(),
    }
}

/// A loss, as the heading of what is left after it.
pub fn loss(loss: Loss) -> Words {
    match loss {
        Loss::Phone => without_phone(),
        Loss::Mailbox => without_mailbox(),
        Loss::Password => without_password(),
    }
}

/// The first step of a way in.
pub fn first_step(kind: FirstStepKind) -> Words {
    match kind {
        FirstStepKind::Password => by_password(),
        FirstStepKind::EmailCode => by_email_code(),
        FirstStepKind::ResetLink => by_reset_link(),
        FirstStepKind::Passkey => by_passkey(),
        FirstStepKind::Provider => by_provider(),
    }
}

/// The second step of a way in.
pub fn second_step(kind: SecondStepKind) -> Words {
    match kind {
        SecondStepKind::App => then_app(),
        SecondStepKind::BackupCode => then_backup_code(),
        SecondStepKind::Passkey => then_passkey(),
    }
}

/// A warning about ways back in.
pub fn warning(warning: WayWarning) -> Words {
    match warning {
        WayWarning::NothingAtAll => nothing_at_all(),
        WayWarning::OneWayLeft => one_way_left(),
        WayWarning::NothingWithout(Loss::Phone) => nothing_without_phone(),
        WayWarning::NothingWithout(Loss::Mailbox) => nothing_without_mailbox(),
        WayWarning::NothingWithout(Loss::Password) => nothing_without_password(),
    }
}
