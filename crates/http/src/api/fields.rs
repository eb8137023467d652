//! Values of JSON bodies and queries, read into the types of the core, and how a misfit is told: by field, never with the
//! value (R37).

use doorward_domain::email_address::EmailAddress;
use doorward_domain::password_rule::PasswordProblem;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{MAX_PASSWORD_CODE_POINTS, Password, PasswordError};
use doorward_domain::words::LanguageTag;
use serde_json::json;

use crate::problem::{Fault, FaultKind};
use crate::render::Renderer;

/// 422 for one field.
pub(crate) fn misfit(field: &'static str, detail: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(FaultKind::Unprocessable)
        .detail(detail)
        .member("field", field)
}

/// An address.
pub(crate) fn email(text: &str) -> Result<EmailAddress, Fault> {
    EmailAddress::parse(text).map_err(|_| misfit("email", "`email` is not an email address."))
}

/// A password; too long a one is refused before anything is hashed (R2).
pub(crate) fn password(text: &str) -> Result<Password, Fault> {
    Password::parse(text).map_err(|error| match error {
        PasswordError::Empty => misfit("password", "`password` is empty."),
        PasswordError::TooLong => misfit(
            "password",
            format!("`password` is longer than {MAX_PASSWORD_CODE_POINTS} characters."),
        ),
    })
}

/// A destination; a refused or missing one is the home page (R42).
pub(crate) fn return_to(text: Option<&str>) -> ReturnTo {
    text.map(ReturnTo::parse).unwrap_or_default()
}

/// 422 for a new password that will not do, with each problem by name and in words.
pub(crate) fn password_problems(problems: &[PasswordProblem], renderer: &Renderer, language: &LanguageTag) -> Fault {
    let told: Vec<_> = problems
        .iter()
        .map(|problem| {
            let words = problem.words();
            let message = renderer.catalogue().say(language, &words).unwrap_or_default();
            json!({"code": code_of(*problem), "message": message})
        })
        .collect();
    misfit("password", "The password will not do.").member("problems", told)
}

/// The stable name of a problem.
const fn code_of(problem: PasswordProblem) -> &'static str {
    match problem {
        PasswordProblem::TooShort { .. } => "too-short",
        PasswordProblem::TooLong { .. } => "too-long",
        PasswordProblem::Common => "common",
        PasswordProblem::Context => "context",
        PasswordProblem::Breached => "breached",
        _ => "refused",
    }
}
