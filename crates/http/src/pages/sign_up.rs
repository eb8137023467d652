//! `/sign-up`: making an account by oneself (A3).

use axum::response::Response;
use doorward_auth::account::sign_up::{SignUpOutcome, SignUpRequest};
use doorward_domain::password_rule::PasswordProblem;
use doorward_domain::reason::PublicReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{Password, PasswordError};
use doorward_domain::settings::SignUpRule;
use doorward_domain::user::{MAX_NAME_CODE_POINTS, clean_name};
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Outcome, Told};
use super::fields::{self, Query};
use super::sign_in::destination;
use super::visit::{PageKind, Visit, journey, see_other};
use super::{keep, provider};
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::messages::{self, refusals};
use crate::render::views::{self, FieldError, PasswordRules, Refusal, SignUp};

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    return_to: Option<String>,
    flow: Option<String>,
}

/// What to show in and beside the form when it is shown again.
pub(super) struct Again<'a> {
    pub(super) name: &'a str,
    pub(super) email: &'a str,
    pub(super) return_to: &'a ReturnTo,
    pub(super) refusal: Option<Refusal>,
    pub(super) errors: Vec<FieldError>,
}

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let return_to = destination(&visit, query.get("return_to"), query.get("flow")).await?;
    if visit.session.is_some() {
        return see_other(return_to.as_str());
    }
    if workspace.security.sign_up == SignUpRule::Closed {
        let refusal = Refusal {
            code: PublicReason::SignUpClosed.as_str().to_owned(),
            words: refusals::sign_up_closed(),
            help_code: None,
            directory: None,
        };
        let page = views::Refused { refusal };
        return visit.page(PageKind::Plain, Situation::Forbidden, journey(None, &return_to), &page);
    }
    let again = Again {
        name: "",
        email: "",
        return_to: &return_to,
        refusal: None,
        errors: Vec::new(),
    };
    page(&visit, Situation::Shown, again)
}

pub(super) async fn submit(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let (fresh, fields) = form.into_parts();
    let return_to = destination(&visit, fields.return_to.as_deref(), fields.flow.as_deref()).await?;
    let again = |refusal, errors| Again {
        name: &fields.name,
        email: &fields.email,
        return_to: &return_to,
        refusal,
        errors,
    };
    if !fresh {
        return page(
            &visit,
            Situation::FormExpired,
            again(Some(answer::form_expired()), Vec::new()),
        );
    }
    let (address, password) = (fields::email(&fields.email), Password::parse(&fields.password));
    let name_error = name_error(&fields.name);
    let (address, password) = match (address, password) {
        (Ok(address), Ok(password)) if name_error.is_none() => (address, password),
        (address, password) => {
            let password = password.err().map(|error| {
                let words = match error {
                    PasswordError::Empty => messages::new_password_missing(),
                    PasswordError::TooLong => {
                        PasswordProblem::of_unreadable(error, &workspace.security.customers).words()
                    }
                };
                FieldError::new("password", words)
            });
            let errors = [name_error, address.err(), password].into_iter().flatten().collect();
            return page(&visit, Situation::Unfit, again(None, errors));
        }
    };
    let request = SignUpRequest {
        workspace: Workspace::clone(workspace),
        name: fields.name.clone(),
        address,
        password,
        return_to: return_to.clone(),
    };
    let attempt = match visit.state.auth.account().sign_up(&visit.caller(), request).await? {
        SignUpOutcome::PasswordProblems(problems) => {
            let errors = problems_of(&problems);
            return page(&visit, Situation::Unfit, again(None, errors));
        }
        SignUpOutcome::Attempt(attempt) => attempt,
    };
    let response = match answer::outcome(&visit, attempt, false)? {
        Outcome::Answered(response) => response,
        Outcome::CodeSent(sent) => {
            let query = journey(Some(sent.flow), &return_to).query();
            see_other(&format!("/sign-up/verify{query}"))?
        }
        Outcome::Refused(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            let again = again(Some(told.refusal.clone()), Vec::new());
            return page(&visit, told.situation, again).map(|response| told.dress(response));
        }
    };
    // Nobody was asked here whether this computer is theirs alone.
    Ok(keep::remember(&visit, false, response))
}

pub(super) fn name_error(typed: &str) -> Option<FieldError> {
    let words = if clean_name(typed).is_empty() {
        messages::name_missing()
    } else if typed.trim().chars().count() > MAX_NAME_CODE_POINTS {
        messages::name_too_long(u32::try_from(MAX_NAME_CODE_POINTS).unwrap_or(u32::MAX))
    } else if typed.chars().any(char::is_control) {
        messages::name_invalid()
    } else {
        return None;
    };
    Some(FieldError::new("name", words))
}

/// What is wrong with a new password, at its field; each sentence once.
pub(super) fn problems_of(problems: &[PasswordProblem]) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = Vec::new();
    for problem in problems {
        let words = problem.words();
        if !errors.iter().any(|known| known.words.message() == words.message()) {
            errors.push(FieldError::new("password", words));
        }
    }
    errors
}

/// The page, with what was typed before.
pub(super) fn page(visit: &Visit, situation: Situation, again: Again<'_>) -> Result<Response, Fault> {
    let security = &visit.workspace()?.security;
    let page = SignUp {
        name: again.name.to_owned(),
        email: again.email.to_owned(),
        rules: PasswordRules {
            min_length: u32::from(security.customers.password_min_length),
        },
        domains: match &security.sign_up {
            SignUpRule::Domains { domains } => domains.clone(),
            SignUpRule::Open | SignUpRule::Closed => Vec::new(),
        },
        providers: provider::buttons(visit)?,
        refusal: again.refusal,
        errors: again.errors,
    };
    visit.page(PageKind::Form, situation, journey(None, again.return_to), &page)
}
