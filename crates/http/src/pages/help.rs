//! `/sign-in/trouble`: a report to the mailbox of whoever cannot get in (B17). `/sign-in/help`: how to sign in, by the
//! settings in force (C12).

use axum::response::Response;
use doorward_auth::recovery::request_report::{ReportRequest, ReportRequested};
use doorward_domain::role::Audience;
use doorward_domain::workspace::Workspace;

use super::answer::Told;
use super::asked_address::{self, Asked, Fields};
use super::code::sender_of;
use super::fields::Query;
use super::seal::Sealed;
use super::visit::{PageKind, Visit, journey};
use crate::edge::FramedBy;
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::Journey;
use crate::render::views::{HowToFragment, HowToSignIn, TroubleSent, TroubleSigningIn};

const TROUBLE: (&str, Sealed) = ("/sign-in/trouble", Sealed::ReportSent);

pub(super) async fn show_trouble(visit: Visit, query: Query) -> Result<Response, Fault> {
    asked_address::show::<TroubleSigningIn>(&visit, &query).await
}

pub(super) async fn submit_trouble(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let (asked, address) = match Asked::of::<TroubleSigningIn>(&visit, form).await? {
        Ok(asked) => asked,
        Err(response) => return Ok(response),
    };
    let request = ReportRequest {
        workspace: Workspace::clone(workspace),
        address,
    };
    let recovery = visit.state.auth.recovery();
    match recovery.request_report(&visit.caller(), request).await? {
        ReportRequested::Sent { masked } => asked.sent(&visit, TROUBLE, &masked),
        ReportRequested::Refused(refused) => {
            asked.refused::<TroubleSigningIn>(&visit, &Told::of(&refused, visit.state.auth.now()))
        }
    }
}

pub(super) async fn trouble_sent(visit: Visit, query: Query) -> Result<Response, Fault> {
    let (address, return_to) = match asked_address::sent_to(&visit, &query, TROUBLE)? {
        Ok(sent) => sent,
        Err(back) => return Ok(back),
    };
    let page = TroubleSent {
        address,
        sender: sender_of(&visit)?,
    };
    visit.page(PageKind::Plain, Situation::Shown, journey(None, &return_to), &page)
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
