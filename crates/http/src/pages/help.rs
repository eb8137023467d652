//! `/sign-in/trouble`: a report to the mailbox of whoever cannot get in (B17). `/sign-in/help`: how to sign in, by the
//! settings in force (C12).

use axum::response::Response;
use doorward_auth::recovery::request_report::{ReportRequest, ReportRequested};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::Audience;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Told};
use super::code::sender_of;
use super::fields::{self, Query};
use super::seal::{self, Sealed};
use super::sign_in::destination;
use super::visit::{PageKind, Visit, journey, see_other};
use crate::edge::FramedBy;
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::Journey;
use crate::render::views::{FieldError, HowToFragment, HowToSignIn, Refusal, TroubleSent, TroubleSigningIn};

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    email: String,
    return_to: Option<String>,
    flow: Option<String>,
}

pub(super) async fn show_trouble(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = destination(&visit, query.get("return_to"), query.get("flow")).await?;
    page(&visit, Situation::Shown, "", &return_to, None, Vec::new())
}

pub(super) async fn submit_trouble(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
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
    let request = ReportRequest {
        workspace: Workspace::clone(workspace),
        address,
    };
    let recovery = visit.state.auth.recovery();
    match recovery.request_report(&visit.caller(), request).await? {
        ReportRequested::Sent { masked } => {
            (visit.state.mail_promised)();
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("to", &seal::seal(&visit.state.seal, Sealed::ReportSent, &masked));
            if !return_to.is_home() {
                query.append_pair("return_to", return_to.as_str());
            }
            see_other(&format!("/sign-in/trouble/sent?{}", query.finish()))
        }
        ReportRequested::Refused(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            again(told.situation, Some(told.refusal.clone()), Vec::new()).map(|response| told.dress(response))
        }
    }
}

pub(super) async fn trouble_sent(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = visit.destination(query.get("return_to"));
    let sealed = query.get("to");
    let Some(address) = sealed.and_then(|text| seal::unseal(&visit.state.seal, Sealed::ReportSent, text)) else {
        return see_other(&format!("/sign-in/trouble{}", journey(None, &return_to).query()));
    };
    let page = TroubleSent {
        address,
        sender: sender_of(&visit)?,
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
    let page = TroubleSigningIn {
        email: email.to_owned(),
        refusal,
        errors,
    };
    visit.page(PageKind::Form, situation, journey(None, return_to), &page)
}

/// For whom a guide is: customers, unless staff are named.
pub(crate) fn audience_of(text: Option<&str>) -> (Audience, &'static str) {
    match text {
        Some("staff") => (Audience::Staff, "staff"),
        _ => (Audience::Customers, "customers"),
    }
}

pub(super) async fn how_to(visit: Visit, query: Query) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let (audience, name) = audience_of(query.get("for"));
    let how = visit.state.auth.sign_in().how_to(workspace, audience);
    let embedded = query.get("embed").is_some();
    let page = HowToSignIn {
        audience: name,
        embedded,
        told: HowToFragment::from(&how),
    };
    let mut response = visit.page(PageKind::Plain, Situation::Shown, Journey::default(), &page)?;
    if embedded {
        // It has neither form nor link of its own, so that nobody can be led to press anything in a frame.
        let framed_by = FramedBy(workspace.security.embedding.clone());
        response.extensions_mut().insert(framed_by);
    }
    Ok(response)
}
