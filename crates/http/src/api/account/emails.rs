//! One's addresses (A5).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::account::add_email::AddedEmail;
use doorward_auth::account::look_at_security::PlannedChange;
use doorward_domain::ids::EmailId;
use doorward_domain::ports::EmailChanged;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::documents::EmailDocument;
use super::super::fields;
use super::super::own::{Confirmation, Nothing, Own, account_gone};
use super::super::problems::{BodyProblems, OwnProblems, Problem, RemovalConflict, SensitiveProblems};
use super::super::query::Query;
use super::{id_of, not_found};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::refusal::seconds_until;
use crate::site::SiteState;

const NO_SUCH_ADDRESS: &str = "The account has no such address.";

/// One's addresses, the primary one first.
#[derive(Serialize, ToSchema)]
#[schema(as = EmailList)]
pub(crate) struct EmailList {
    items: Vec<EmailDocument>,
}

/// Lists one's addresses.
#[utoipa::path(get, path = "/api/v1/account/emails", operation_id = "list_emails", tag = "account", responses(
    (status = 200, description = "The addresses", body = EmailList),
    OwnProblems,
))]
pub(crate) async fn list(own: Own, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let person = state.auth.account().person(&own.workspace, &own.session).await?;
    let person = person.ok_or_else(account_gone)?;
    let items = person.emails.iter().map(EmailDocument::from).collect();
    Ok(axum::Json(EmailList { items }).into_response())
}

/// A further address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEmailBody {
    email: String,
}

/// A message is on its way to the address: a link that proves it, or a word on why there is none.
#[derive(Serialize, ToSchema)]
pub(crate) struct EmailProofSent {
    /// The address, masked.
    sent_to: String,
}

/// Adds an address and mails a link that proves it; until then it signs nobody in. The answer is the same where the address
/// belongs to somebody else here: its mailbox learns that. The other addresses are told, with a link that undoes it.
#[utoipa::path(post, path = "/api/v1/account/emails", operation_id = "add_email", tag = "account", responses(
    (status = 202, description = "A mail is on its way", body = EmailProofSent),
    (status = 409, description = "It is on the account already, or the account has as many as one may have", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many mails to that address", body = Problem, content_type = "application/problem+json"),
    SensitiveProblems, BodyProblems,
))]
pub(crate) async fn add(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<NewEmailBody>,
) -> Result<Response, Fault> {
    let address = fields::email(&body.email)?;
    let proof = own.fresh(&state).await?;
    let added = state
        .auth
        .account()
        .add_email(&own.caller, &own.workspace, proof, address)
        .await?;
    tell(&state, added, account_gone)
}

/// Sends the proof of an address again.
#[utoipa::path(post, path = "/api/v1/account/emails/{id}/proof", operation_id = "resend_email_proof", tag = "account", request_body = Nothing,
    params(("id" = Uuid, Path, description = "The address's id")), responses(
    (status = 202, description = "A mail is on its way", body = EmailProofSent),
    (status = 404, description = "No such address, or it is proved already", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many mails to that address", body = Problem, content_type = "application/problem+json"),
    OwnProblems, BodyProblems,
))]
pub(crate) async fn resend_proof(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Fault> {
    const NOTHING: &str = "The account has no such address that is still to be proved.";
    let id = id_of::<EmailId>(&id, NOTHING)?;
    let sent = state
        .auth
        .account()
        .resend_email_proof(&own.caller, &own.workspace, own.session.user, id)
        .await?;
    tell(&state, sent, || not_found(NOTHING))
}

fn tell(state: &SiteState, added: AddedEmail, gone: impl FnOnce() -> Fault) -> Result<Response, Fault> {
    match added {
        AddedEmail::Sent { masked } => {
            (state.mail_promised)();
            Ok((StatusCode::ACCEPTED, axum::Json(EmailProofSent { sent_to: masked })).into_response())
        }
        AddedEmail::AlreadyYours => {
            Err(Fault::new(FaultKind::Conflict).detail("The address is on the account already."))
        }
        AddedEmail::TooMany => {
            Err(Fault::new(FaultKind::Conflict).detail("The account has as many addresses as one may have."))
        }
        AddedEmail::TryLater { retry_at } => {
            let wait = retry_at.map_or(60 * 60, |at| seconds_until(at, state.auth.now()).max(1));
            Err(Fault::new(FaultKind::TooManyTries).retry_after(wait))
        }
        AddedEmail::Gone => Err(gone()),
    }
}

/// Makes a proved address the primary one. All other sessions end; the other addresses are told, with a link that undoes
/// it.
#[utoipa::path(post, path = "/api/v1/account/emails/{id}/primary", operation_id = "make_email_primary", tag = "account", request_body = Nothing,
    params(("id" = Uuid, Path, description = "The address's id")), responses(
    (status = 204, description = "It is the primary one"),
    (status = 404, description = "No such address", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is not proved yet", body = Problem, content_type = "application/problem+json"),
    SensitiveProblems, BodyProblems,
))]
pub(crate) async fn make_primary(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<StatusCode, Fault> {
    let id = id_of::<EmailId>(&id, NO_SUCH_ADDRESS)?;
    let proof = own.fresh(&state).await?;
    let changed = state
        .auth
        .account()
        .make_email_primary(&own.caller, &own.workspace, proof, id)
        .await?;
    tell_change(&state, changed)
}

/// Removes an address: any but the primary one and the last proved one. All other sessions end; the other addresses are
/// told, with a link that undoes it.
#[utoipa::path(delete, path = "/api/v1/account/emails/{id}", operation_id = "remove_email", tag = "account",
    params(("id" = Uuid, Path, description = "The address's id"), Confirmation), responses(
    (status = 204, description = "Removed"),
    (status = 404, description = "No such address", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It cannot be removed, or the person is to be warned first", body = RemovalConflict, content_type = "application/problem+json"),
    SensitiveProblems,
))]
pub(crate) async fn remove(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Query(query): Query<Confirmation>,
) -> Result<StatusCode, Fault> {
    let id = id_of::<EmailId>(&id, NO_SUCH_ADDRESS)?;
    let proof = own.fresh(&state).await?;
    own.weigh(&state, &query, PlannedChange::RemoveEmail(id)).await?;
    let changed = state
        .auth
        .account()
        .remove_email(&own.caller, &own.workspace, proof, id)
        .await?;
    tell_change(&state, changed)
}

fn tell_change(state: &SiteState, changed: EmailChanged) -> Result<StatusCode, Fault> {
    let conflict = |detail: &'static str| Err(Fault::new(FaultKind::Conflict).detail(detail));
    match changed {
        EmailChanged::Done => {
            (state.mail_promised)();
            Ok(StatusCode::NO_CONTENT)
        }
        EmailChanged::Gone => Err(not_found(NO_SUCH_ADDRESS)),
        EmailChanged::Unproved => conflict("The address is not proved yet."),
        EmailChanged::Primary => conflict("The primary address cannot be removed; make another one primary first."),
        EmailChanged::LastVerified => conflict("The last proved address cannot be removed."),
    }
}
