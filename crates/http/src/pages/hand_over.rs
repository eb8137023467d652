//! `/sign-in/jwt`: hand-over by the company's own site (B18). The link brings a token; its page sends it on by itself, and
//! only what is sent signs anybody in: a link that is fetched ahead, or looked at by a scanner, changes nothing (R34).

use axum::Extension;
use axum::response::Response;
use doorward_auth::sign_in::hand_over::{HandOverRequest, HandOverToken};
use doorward_auth::workspace::check_hand_over_token::WouldOpen;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Outcome};
use super::fields::Query;
use super::mailed_link::token_page;
use super::visit::{PageKind, Visit, journey, name_of, see_other};
use super::{keep, sign_in};
use crate::app::FromElsewhere;
use crate::extract::FormAttempt;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::HandOver;

/// What is sent. The page of a site may send it too (contract 3): the token defends itself, so the form needs none of ours. It
/// is shown ours first, which sends it on, so that a browser says who is signed in.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    token: String,
    returnto: Option<String>,
    return_to: Option<String>,
    /// Whether whoever is signed in here was asked, and went on.
    instead: Option<String>,
}

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = visit.destination(query.get("returnto").or_else(|| query.get("return_to")));
    let token = query.get("token").unwrap_or_default();
    if token.is_empty() {
        return see_other(&format!("/sign-in{}", journey(None, &return_to).query()));
    }
    match whom(&visit, token).await? {
        Whom::Nobody => ask(&visit, token, &return_to, true),
        Whom::TheSame => see_other(return_to.as_str()),
        Whom::Another => ask(&visit, token, &return_to, false),
    }
}

pub(super) async fn submit(
    visit: Visit,
    elsewhere: Option<Extension<FromElsewhere>>,
    form: FormAttempt<Fields>,
) -> Result<Response, Fault> {
    let (FormAttempt::Fresh(fields) | FormAttempt::Expired(fields)) = form;
    let said = fields.returnto.as_deref().or(fields.return_to.as_deref());
    let return_to = visit.destination(said);
    if elsewhere.is_some() {
        // The browser told nothing of who is signed in here. It does when our own page sends the token.
        return ask(&visit, &fields.token, &return_to, true);
    }
    match whom(&visit, &fields.token).await? {
        Whom::TheSame => see_other(return_to.as_str()),
        // Without a token there is nothing to ask about: it is refused below.
        Whom::Another if fields.instead.is_none() && !fields.token.is_empty() => {
            ask(&visit, &fields.token, &return_to, false)
        }
        Whom::Another | Whom::Nobody => redeem(&visit, &fields.token, return_to).await,
    }
}

/// Who is signed in here already, beside whoever the token is of.
enum Whom {
    Nobody,
    /// The very same person: there is nothing to do.
    TheSame,
    /// Somebody else. A link that anybody can send must not put them into another account unasked.
    Another,
}

async fn whom(visit: &Visit, token: &str) -> Result<Whom, Fault> {
    let Some(session) = &visit.session else {
        return Ok(Whom::Nobody);
    };
    let workspaces = visit.state.auth.workspaces();
    let token = HandOverToken::new(token);
    let checked = workspaces.check_hand_over_token(visit.workspace()?, &token).await?;
    Ok(match checked.would_open {
        Some(WouldOpen::Account(user)) if user == session.user => Whom::TheSame,
        _ => Whom::Another,
    })
}

fn ask(visit: &Visit, token: &str, return_to: &ReturnTo, sends_itself: bool) -> Result<Response, Fault> {
    let page = HandOver {
        token: token.to_owned(),
        return_to: return_to.as_str().to_owned(),
        sends_itself,
        signed_in_as: visit.session.as_deref().filter(|_| !sends_itself).map(name_of),
    };
    let shown = visit.page(PageKind::Plain, Situation::Shown, journey(None, return_to), &page);
    shown.map(token_page)
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
    let shown = sign_in::page(visit, told.situation, again)?;
    Ok(token_page(told.dress(shown)))
}
