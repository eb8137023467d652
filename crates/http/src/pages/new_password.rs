//! `/sign-in/new-password`: the step after a temporary password (C2). The destination is kept.

use axum::response::Response;
use doorward_auth::sign_in::replace_temporary_password::{Replaced, ReplacedPassword};
use doorward_domain::password_rule::PasswordProblem;
use doorward_domain::secret::{Password, PasswordError};
use doorward_domain::sign_in::Step;
use doorward_domain::words::Words;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Outcome, Told};
use super::fields::{self, Query};
use super::keep;
use super::second_factor::Pending;
use super::sign_up::problems_of;
use super::visit::{PageKind, Visit, journey, see_other};
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::messages;
use crate::render::views::{FieldError, NewOwnPassword, PasswordRules, Refusal};

const HERE: Step = Step::SetPassword;

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    password: String,
    flow: Option<String>,
    return_to: Option<String>,
}

fn page(
    visit: &Visit,
    at: &Pending,
    situation: Situation,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let page = NewOwnPassword {
        rules: PasswordRules {
            min_length: at.view.as_ref().map_or(0, |view| u32::from(view.password_min_length)),
        },
        errors,
        refusal,
    };
    visit.page(PageKind::Form, situation, journey(at.flow, &at.return_to), &page)
}

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    match Pending::at_step(&visit, (query.flow(), query.get("return_to")), HERE).await? {
        Ok((at, _)) => page(&visit, &at, Situation::Shown, None, Vec::new()),
        Err(response) => Ok(response),
    }
}

pub(super) async fn submit(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (fresh, fields) = form.into_parts();
    let flow = fields::flow_of(fields.flow.as_deref());
    let (at, flow) = match Pending::at_step(&visit, (flow, fields.return_to.as_deref()), HERE).await? {
        Ok(at) => at,
        Err(response) => return Ok(response),
    };
    if !fresh {
        return page(
            &visit,
            &at,
            Situation::FormExpired,
            Some(answer::form_expired()),
            Vec::new(),
        );
    }
    let workspace = visit.workspace()?;
    let unfit = |errors| page(&visit, &at, Situation::Unfit, None, errors);
    let password = match Password::parse(&fields.password) {
        Ok(password) => password,
        Err(PasswordError::Empty) => {
            return unfit(vec![FieldError::new("password", messages::new_password_missing())]);
        }
        Err(error) => {
            let problem = PasswordProblem::of_unreadable(error, &workspace.security.customers);
            return unfit(problems_of(&[problem]));
        }
    };
    let request = ReplacedPassword {
        workspace: Workspace::clone(workspace),
        flow,
        password,
    };
    let sign_in = visit.state.auth.sign_in();
    let outcome = match sign_in.replace_temporary_password(&visit.caller(), request).await? {
        Replaced::Problems(problems) => return unfit(problems_of(&problems)),
        Replaced::SameAgain => {
            return unfit(vec![FieldError::new("password", Words::key("own-password-same"))]);
        }
        Replaced::Set(outcome) => outcome,
    };
    (visit.state.mail_promised)();
    match answer::outcome(&visit, *outcome, keep::is_on(&visit))? {
        Outcome::Answered(response) => Ok(response),
        Outcome::CodeSent(sent) => {
            let query = journey(Some(sent.flow), &at.return_to).query();
            see_other(&format!("/sign-in/code{query}"))
        }
        Outcome::Refused(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            at.over(&visit, told.refusal.help_code)
        }
    }
}
