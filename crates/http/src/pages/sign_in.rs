//! `/sign-in`: address and password (B1), and asking for a code (B2).

use axum::response::Response;
use doorward_auth::SignInOutcome;
use doorward_auth::sign_in::request_code::CodeRequest;
use doorward_auth::sign_in::with_password::PasswordSignIn;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::method::Method;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{MAX_PASSWORD_CODE_POINTS, Password, PasswordError};
use doorward_domain::settings::SignUpRule;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Outcome, Told};
use super::fields::{self, Query};
use super::last_used::Way;
use super::visit::{PageKind, Visit, journey, see_other};
use super::{keep, last_used, provider};
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::messages;
use crate::render::views::{FieldError, Refusal, SignIn};

/// The fields of the page's form, whichever of its buttons sent it.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    keep: Option<String>,
    return_to: Option<String>,
    flow: Option<String>,
}

impl Fields {
    fn typed<'a>(&'a self, return_to: &'a ReturnTo) -> Typed<'a> {
        Typed {
            email: &self.email,
            keep: keep::is_ticked(self.keep.as_deref()),
            return_to,
        }
    }
}

/// What a form of the page said, to be acted on and to be shown again.
pub(super) struct Typed<'a> {
    pub(super) email: &'a str,
    pub(super) keep: bool,
    pub(super) return_to: &'a ReturnTo,
}

impl<'a> Typed<'a> {
    fn again(&self, refusal: Option<Refusal>, errors: Vec<FieldError>) -> Again<'a> {
        Again {
            email: self.email,
            keep: Some(self.keep),
            return_to: self.return_to,
            refusal,
            errors,
        }
    }
}

/// Where a form leads, and what to show beside the form when it is shown again.
pub(super) struct Again<'a> {
    pub(super) email: &'a str,
    /// Whether the box *Keep me signed in* is ticked; `None` as this browser had it last.
    pub(super) keep: Option<bool>,
    pub(super) return_to: &'a ReturnTo,
    pub(super) refusal: Option<Refusal>,
    pub(super) errors: Vec<FieldError>,
}

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = destination(&visit, query.get("return_to"), query.get("flow")).await?;
    if visit.session.is_some() {
        return see_other(return_to.as_str());
    }
    let again = Again {
        email: "",
        keep: None,
        return_to: &return_to,
        refusal: None,
        errors: Vec::new(),
    };
    page(&visit, Situation::Shown, again)
}

pub(super) async fn with_password(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (fields, return_to) = match read(&visit, form).await? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let address = fields::email(&fields.email);
    let password = Password::parse(&fields.password).map_err(password_error);
    let (address, password) = match (address, password) {
        (Ok(address), Ok(password)) => (address, password),
        (address, password) => {
            let errors = [address.err(), password.err()].into_iter().flatten().collect();
            return unfit(&visit, &fields.typed(&return_to), errors);
        }
    };
    let request = PasswordSignIn {
        workspace: Workspace::clone(visit.workspace()?),
        address,
        password,
        return_to: return_to.clone(),
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .with_password(&visit.caller(), request)
        .await?;
    answer(&visit, &fields.typed(&return_to), outcome)
}

pub(super) async fn send_code(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (fields, return_to) = match read(&visit, form).await? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let address: EmailAddress = match fields::email(&fields.email) {
        Ok(address) => address,
        Err(error) => return unfit(&visit, &fields.typed(&return_to), vec![error]),
    };
    let request = CodeRequest {
        workspace: Workspace::clone(visit.workspace()?),
        address,
        return_to: return_to.clone(),
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .request_code(&visit.caller(), request)
        .await?;
    answer(&visit, &fields.typed(&return_to), outcome)
}

/// What is wrong with a password that is to be tried.
pub(super) fn password_error(error: PasswordError) -> FieldError {
    let words = match error {
        PasswordError::Empty => messages::password_missing(),
        PasswordError::TooLong => {
            messages::password_too_long(u32::try_from(MAX_PASSWORD_CODE_POINTS).unwrap_or(u32::MAX))
        }
    };
    FieldError::new("password", words)
}

/// Takes a form apart; an expired one is answered with the page again, and what was typed in it.
async fn read(visit: &Visit, form: FormAttempt<Fields>) -> Result<Result<(Fields, ReturnTo), Response>, Fault> {
    visit.workspace()?;
    let (fresh, fields) = form.into_parts();
    let return_to = destination(visit, fields.return_to.as_deref(), fields.flow.as_deref()).await?;
    if fresh {
        return Ok(Ok((fields, return_to)));
    }
    expired(visit, &fields.typed(&return_to)).map(Err)
}

/// A form that is older than this browser's token; nothing was tried.
pub(super) fn expired(visit: &Visit, typed: &Typed<'_>) -> Result<Response, Fault> {
    let again = typed.again(Some(answer::form_expired()), Vec::new());
    page(visit, Situation::FormExpired, again)
}

fn unfit(visit: &Visit, typed: &Typed<'_>, errors: Vec<FieldError>) -> Result<Response, Fault> {
    page(visit, Situation::Unfit, typed.again(None, errors))
}

/// What came of a form of the page, whichever way of signing in it was.
pub(super) fn answer(visit: &Visit, typed: &Typed<'_>, outcome: SignInOutcome) -> Result<Response, Fault> {
    let response = match answer::outcome(visit, outcome, typed.keep)? {
        Outcome::Answered(response) => response,
        Outcome::CodeSent(sent) => {
            let query = journey(Some(sent.flow), typed.return_to).query();
            see_other(&format!("/sign-in/code{query}"))?
        }
        Outcome::Refused(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            let again = typed.again(Some(told.refusal.clone()), Vec::new());
            return page(visit, told.situation, again).map(|response| told.dress(response));
        }
    };
    Ok(keep::remember(visit, typed.keep, response))
}

/// The page, with what was typed before.
pub(super) fn page(visit: &Visit, situation: Situation, again: Again<'_>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let page = SignIn {
        email: again.email.to_owned(),
        password: workspace.security.offers_to_anyone(Method::Password),
        code: workspace.security.offers_to_anyone(Method::EmailCode),
        passkey: workspace.security.offers_to_anyone(Method::Passkey) && visit.context.passkey_origin().is_some(),
        providers: provider::buttons(visit)?,
        last_used: match last_used::read(visit) {
            Some(Way::Local(method)) => Some(method.as_str().to_owned()),
            Some(Way::Provider(_)) | None => None,
        },
        keep: again.keep.unwrap_or_else(|| keep::is_on(visit)),
        sign_up: workspace.security.sign_up != SignUpRule::Closed,
        refusal: again.refusal,
        errors: again.errors,
    };
    visit.page(PageKind::Form, situation, journey(None, again.return_to), &page)
}

/// Where somebody is going: as the address or the form says, else as their attempt remembers.
pub(super) async fn destination(visit: &Visit, return_to: Option<&str>, flow: Option<&str>) -> Result<ReturnTo, Fault> {
    let said = visit.destination(return_to);
    let Some(flow) = fields::flow_of(flow).filter(|_| said.is_home()) else {
        return Ok(said);
    };
    let known = visit
        .state
        .auth
        .sign_in()
        .flow(&visit.caller(), visit.workspace()?, flow)
        .await?;
    Ok(known.map(|known| known.return_to).unwrap_or_default())
}
