//! `/sign-in/jwt`: hand-over by the company's own site (B18). The link brings a token; its page sends it on by itself, and
//! only what is sent signs anybody in: a link that is fetched ahead, or looked at by a scanner, changes nothing (R34).

use axum::response::Response;
use doorward_auth::sign_in::hand_over::{HandOverRequest, HandOverToken};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::workspace::Workspace;
use http::StatusCode;
use serde::Deserialize;

use super::answer::{self, Outcome};
use super::fields::Query;
use super::mailed_link::token_page;
use super::visit::{PageKind, Visit, journey, see_other};
use super::{keep, sign_in};
use crate::extract::FormAttempt;
use crate::problem::{Fault, FaultKind};
use crate::render::views::HandOver;

/// What is sent. The page of a site may send it too: the token defends itself, so the form needs none of ours (contract 3).
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    token: String,
    returnto: Option<String>,
    return_to: Option<String>,
}

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = visit.destination(query.get("returnto").or_else(|| query.get("return_to")));
    let token = query.get("token").unwrap_or_default();
    if token.is_empty() {
        return see_other(&format!("/sign-in{}", journey(None, &return_to).query()));
    }
    let page = HandOver {
        token: token.to_owned(),
        return_to: return_to.as_str().to_owned(),
        sends_itself: visit.session.is_none(),
    };
    let shown = visit.page(PageKind::Plain, StatusCode::OK, journey(None, &return_to), &page);
    shown.map(token_page)
}

pub(super) async fn submit(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (FormAttempt::Fresh(fields) | FormAttempt::Expired(fields)) = form;
    let said = fields.returnto.as_deref().or(fields.return_to.as_deref());
    let return_to = visit.destination(said);
    redeem(&visit, &fields.token, return_to).await
}

async fn redeem(visit: &Visit, token: &str, return_to: ReturnTo) -> Result<Response, Fault> {
    let request = HandOverRequest {
        workspace: Workspace::clone(visit.workspace()?),
        token: HandOverToken::new(token),
        return_to,
    };
    let outcome = visit.state.auth.sign_in().hand_over(&visit.caller(), request).await?;
    let refused = match answer::outcome(visit, outcome, keep::is_on(visit))? {
        Outcome::Answered(response) => return Ok(token_page(response)),
        Outcome::CodeSent(_) => return Err(Fault::new(FaultKind::Internal)),
        Outcome::Refused(refused) => refused,
    };
    let told = answer::told(visit, &refused)?;
    let again = sign_in::Again {
        email: "",
        keep: None,
        return_to: &refused.return_to.unwrap_or_default(),
        refusal: Some(told.refusal.clone()),
        errors: Vec::new(),
    };
    let shown = sign_in::page(visit, told.status, again)?;
    Ok(token_page(told.dress(shown)))
}
