//! `/forgot-password`: asking for a reset link (B14). Whatever address is typed, the answer is the same (B16).

use axum::response::Response;
use doorward_auth::recovery::request_reset::{ResetRequest, ResetRequested};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Told};
use super::code::sender_of;
use super::fields::{self, Query};
use super::seal::{self, Sealed};
use super::sign_in::destination;
use super::visit::{PageKind, Visit, journey, see_other};
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::views::{FieldError, ForgotPassword, ForgotPasswordSent, Refusal};

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    email: String,
    return_to: Option<String>,
    flow: Option<String>,
}

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = destination(&visit, query.get("return_to"), query.get("flow")).await?;
    page(&visit, Situation::Shown, "", &return_to, None, Vec::new())
}

pub(super) async fn submit(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let (fresh, fields) = form.into_parts();
    let return_to = destination(&visit, fields.return_to.as_deref(), fields.flow.as_deref()).await?;
    let again = |situation, refusal, errors| page(&visit, situation, &fields.email, &return_to, refusal, errors);
    if !fresh {
        return again(Situation::FormExpired, Some(answer::form_expired()), Vec::new());
    }
    let address = match fields::email(&fields.email) {
        Ok(address) => address,
        Err(error) => return again(Situation::Unfit, None, vec![error]),
    };
    let request = ResetRequest {
        workspace: Workspace::clone(workspace),
        address,
        return_to: return_to.clone(),
    };
    match visit
        .state
        .auth
        .recovery()
        .request_reset(&visit.caller(), request)
        .await?
    {
        ResetRequested::Sent { masked } => {
            (visit.state.mail_promised)();
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("to", &seal::seal(&visit.state.seal, Sealed::ResetSent, &masked));
            if !return_to.is_home() {
                query.append_pair("return_to", return_to.as_str());
            }
            see_other(&format!("/forgot-password/sent?{}", query.finish()))
        }
        ResetRequested::Refused(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            again(told.situation, Some(told.refusal.clone()), Vec::new()).map(|response| told.dress(response))
        }
    }
}

pub(super) async fn sent(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = visit.destination(query.get("return_to"));
    let sealed = query.get("to");
    let Some(address) = sealed.and_then(|text| seal::unseal(&visit.state.seal, Sealed::ResetSent, text)) else {
        return see_other(&format!("/forgot-password{}", journey(None, &return_to).query()));
    };
    let lifetime_seconds = visit.state.auth.config().limits.reset_link_lifetime_seconds;
    let page = ForgotPasswordSent {
        address,
        sender: sender_of(&visit)?,
        lifetime_minutes: lifetime_seconds.div_ceil(60),
    };
    visit.page(PageKind::Plain, Situation::Shown, journey(None, &return_to), &page)
}

fn page(
    visit: &Visit,
    situation: Situation,
    email: &str,
    return_to: &ReturnTo,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let page = ForgotPassword {
        email: email.to_owned(),
        refusal,
        errors,
    };
    visit.page(PageKind::Form, situation, journey(None, return_to), &page)
}
