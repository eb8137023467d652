//! `/backup-login`: the emergency door of those who run the workspace (B15). Nothing links here, and no setting closes it.

use axum::response::Response;
use doorward_auth::sign_in::with_password::PasswordSignIn;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::Password;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Outcome, Told};
use super::fields::{self, Query};
use super::visit::{PageKind, Visit, journey, see_other};
use super::{keep, sign_in};
use crate::extract::FormAttempt;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::{BackupLogin, FieldError, Refusal};

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    return_to: Option<String>,
}

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = visit.destination(query.get("return_to"));
    if visit.session.is_some() {
        return see_other(return_to.as_str());
    }
    page(&visit, Situation::Shown, "", &return_to, None, Vec::new())
}

pub(super) async fn submit(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let (fresh, fields) = form.into_parts();
    let return_to = visit.destination(fields.return_to.as_deref());
    let again = |situation, refusal, errors| page(&visit, situation, &fields.email, &return_to, refusal, errors);
    if !fresh {
        return again(Situation::FormExpired, Some(answer::form_expired()), Vec::new());
    }
    let address = fields::email(&fields.email);
    let password = Password::parse(&fields.password).map_err(sign_in::password_error);
    let (address, password) = match (address, password) {
        (Ok(address), Ok(password)) => (address, password),
        (address, password) => {
            let errors = [address.err(), password.err()].into_iter().flatten().collect();
            return again(Situation::Unfit, None, errors);
        }
    };
    let request = PasswordSignIn {
        workspace: Workspace::clone(workspace),
        address,
        password,
        return_to: return_to.clone(),
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .backup_login(&visit.caller(), request)
        .await?;
    let response = match answer::outcome(&visit, outcome, false)? {
        Outcome::Answered(response) => response,
        Outcome::CodeSent(_) => return Err(Fault::new(FaultKind::Internal)),
        Outcome::Refused(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            return again(told.situation, Some(told.refusal.clone()), Vec::new()).map(|response| told.dress(response));
        }
    };
    // Somebody else's computer, as likely as not: nobody is kept signed in from here.
    (visit.state.mail_promised)();
    Ok(keep::remember(&visit, false, response))
}

fn page(
    visit: &Visit,
    situation: Situation,
    email: &str,
    return_to: &ReturnTo,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let page = BackupLogin {
        email: email.to_owned(),
        refusal,
        errors,
    };
    visit.page(PageKind::Form, situation, journey(None, return_to), &page)
}
