//! `/forgot-password`: asking for a reset link (B14). Whatever address is typed, the answer is the same (B16).

use axum::response::Response;
use doorward_auth::recovery::request_reset::{ResetRequest, ResetRequested};
use doorward_domain::workspace::Workspace;

use super::answer::Told;
use super::asked_address::{self, Asked, Fields};
use super::code::sender_of;
use super::fields::Query;
use super::seal::Sealed;
use super::visit::{PageKind, Visit, journey};
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::views::{ForgotPassword, ForgotPasswordSent};

const HERE: (&str, Sealed) = ("/forgot-password", Sealed::ResetSent);

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    asked_address::show::<ForgotPassword>(&visit, &query).await
}

pub(super) async fn submit(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let (asked, address) = match Asked::of::<ForgotPassword>(&visit, form).await? {
        Ok(asked) => asked,
        Err(response) => return Ok(response),
    };
    let request = ResetRequest {
        workspace: Workspace::clone(workspace),
        address,
        return_to: asked.return_to.clone(),
    };
    let recovery = visit.state.auth.recovery();
    match recovery.request_reset(&visit.caller(), request).await? {
        ResetRequested::Sent { masked } => asked.sent(&visit, HERE, &masked),
        ResetRequested::Refused(refused) => {
            asked.refused::<ForgotPassword>(&visit, &Told::of(&refused, visit.state.auth.now()))
        }
    }
}

pub(super) async fn sent(visit: Visit, query: Query) -> Result<Response, Fault> {
    let (address, return_to) = match asked_address::sent_to(&visit, &query, HERE)? {
        Ok(sent) => sent,
        Err(back) => return Ok(back),
    };
    let lifetime_seconds = visit.state.auth.config().limits.reset_link_lifetime_seconds;
    let page = ForgotPasswordSent {
        address,
        sender: sender_of(&visit)?,
        lifetime_minutes: lifetime_seconds.div_ceil(60),
    };
    visit.page(PageKind::Plain, Situation::Shown, journey(None, &return_to), &page)
}
