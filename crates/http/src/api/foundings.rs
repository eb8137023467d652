//! Making a workspace of one's own from an app without pages (C8), at the base host: what is wanted, then the code that
//! proves the mailbox. Nothing comes into being before that.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::Caller;
use doorward_auth::workspace::found_workspace::{FoundWorkspace, FoundWorkspaceError, FoundedWorkspace, FoundingView};
use doorward_domain::founding::{AddressProblem, chosen_address, chosen_name};
use doorward_domain::ids::WorkspaceId;
use doorward_domain::reason::PublicReason;
use doorward_domain::sign_in::Binding;
use doorward_domain::user::clean_name;
use doorward_domain::words::LanguageTag;
use doorward_domain::workspace::{Portal, Slug, SlugError};
use http::StatusCode;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{self, CodeSentDocument};
use super::fields::{self, misfit};
use super::problems::{BodyProblems, Problem};
use crate::context::RequestContext;
use crate::edge::host::{HostRole, role_of};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::refusal::whole_seconds;
use crate::site::SiteState;

/// An app at the base host. It holds no flow cookie: it goes on by the id that nobody else was told (R25).
pub(crate) struct AppAtBase {
    caller: Caller,
    language: LanguageTag,
}

impl FromRequestParts<Arc<SiteState>> for AppAtBase {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<SiteState>) -> Result<Self, Fault> {
        let context = RequestContext::from_request_parts(parts, state).await?;
        if role_of(context.public_url(), context.caller().host()) != HostRole::Base {
            return Err(Fault::new(FaultKind::NotFound).detail("Workspaces are made at the base host."));
        }
        let accepted = parts.headers.get(ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let language = state.renderer.language_at(&Portal::default(), None, accepted);
        Ok(Self {
            caller: Caller {
                client: context.client(),
                binding: Binding::Bearer,
                device: None,
                language: language.as_str().to_owned(),
                previous_session: None,
            },
            language,
        })
    }
}

/// A workspace that is wanted, and its first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWorkspaceBody {
    /// What people call it.
    #[schema(example = "Acme Help")]
    name: String,
    /// The first label of its host name: three letters, digits or dashes at least.
    #[schema(example = "acme")]
    slug: String,
    /// The first owner's name.
    person_name: String,
    /// The first owner's address; a code is sent there.
    email: String,
    /// The first owner's password in the new workspace.
    password: String,
}

/// An attempt to go on with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWorkspaceFlow {
    flow: Uuid,
}

/// The code, and another address where the one that was wanted is taken by now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWorkspaceCodeBody {
    flow: Uuid,
    /// The code from the mail; left out once the mailbox is proved.
    code: Option<String>,
    /// Once the mailbox is proved and the address is taken: another name.
    name: Option<String>,
    /// Once the mailbox is proved and the address is taken: another address.
    slug: Option<String>,
}

/// A workspace that was made. Its owner signs in there, with the address and the password.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewWorkspaceDocument {
    id: Uuid,
    slug: String,
    name: String,
    /// Where it is.
    #[schema(example = "https://acme.help.example")]
    url: String,
    /// The first owner.
    owner: Uuid,
}

fn wanted(slug: &str, name: &str) -> Result<(Slug, String), Fault> {
    let slug = chosen_address(slug).map_err(|problem| {
        let detail = match problem {
            AddressProblem::Taken | AddressProblem::Slug(SlugError::Reserved) => "`slug` is kept for the server.",
            AddressProblem::TooShort | AddressProblem::Slug(SlugError::Malformed) => {
                "`slug` is 3 to 40 lower-case letters, digits and dashes, and neither begins nor ends with a dash."
            }
        };
        misfit("slug", detail)
    })?;
    let name = chosen_name(name).ok_or_else(|| misfit("name", "`name` is no name of a workspace."))?;
    Ok((slug, name))
}

fn with_flow(fault: Fault, flow: Option<Uuid>) -> Fault {
    match flow {
        Some(flow) => fault.member("flow", flow.to_string()),
        None => fault,
    }
}

/// A refusal of a step. There is no receipt behind it: there is no workspace yet that would keep one.
fn refused(reason: PublicReason, flow: Option<Uuid>) -> Fault {
    let fault = Fault::new(FaultKind::of_refusal(reason))
        .member("outcome", "refused")
        .member("reason", reason.as_str());
    with_flow(fault, flow)
}

fn fault(error: FoundWorkspaceError, state: &SiteState, app: &AppAtBase, flow: Option<Uuid>) -> Fault {
    match error {
        FoundWorkspaceError::Closed => {
            Fault::new(FaultKind::Forbidden).detail("Nobody but the operator makes workspaces on this server.")
        }
        FoundWorkspaceError::Taken => {
            let fault = Fault::new(FaultKind::Conflict).detail("That address is taken, or looks like one that is.");
            with_flow(fault.member("field", "slug"), flow)
        }
        FoundWorkspaceError::Password(problems) => fields::password_problems(&problems, &state.renderer, &app.language),
        FoundWorkspaceError::TooMany { retry_at } => {
            let wait = retry_at.map_or(60, |at| whole_seconds(at.since(state.auth.now())));
            refused(PublicReason::TryLater, flow).retry_after(wait.max(1))
        }
        FoundWorkspaceError::CodeWrong { tries_left: 0 } | FoundWorkspaceError::Over => {
            refused(PublicReason::SessionExpired, None)
        }
        FoundWorkspaceError::CodeWrong { tries_left } => {
            refused(PublicReason::CodeWrong, flow).member("tries_left", tries_left)
        }
        FoundWorkspaceError::CodeExpired => refused(PublicReason::CodeExpired, flow),
        FoundWorkspaceError::Hasher(error) => doorward_auth::SignInError::from(error).into(),
        FoundWorkspaceError::Port(error) => error.into(),
        other => {
            tracing::error!(
                error = &other as &dyn std::error::Error,
                "a workspace could not be made"
            );
            Fault::new(FaultKind::Internal)
        }
    }
}

fn code_sent(state: &SiteState, view: &FoundingView) -> Response {
    (state.mail_promised)();
    let now = state.auth.now();
    let instants = (now, Some(view.resend_at));
    answer::code_on_its_way(view.id.as_uuid(), view.address.masked(), instants, now)
}

/// Begins to make a workspace, where the operator lets people do so: mails a code, and makes nothing before it is redeemed.
/// At the base host.
#[utoipa::path(post, path = "/api/v1/workspaces", operation_id = "create_workspace", tag = "workspace", responses(
    (status = 202, description = "A code is on its way", body = CodeSentDocument),
    (status = 403, description = "Nobody but the operator makes workspaces here", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "This is not the base host", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The address is taken, or looks like one that is", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many of them for now", body = Problem, content_type = "application/problem+json"),
    BodyProblems,
))]
pub(crate) async fn begin(
    State(state): State<Arc<SiteState>>,
    app: AppAtBase,
    Json(body): Json<NewWorkspaceBody>,
) -> Result<Response, Fault> {
    let (slug, name) = wanted(&body.slug, &body.name)?;
    if clean_name(&body.person_name).is_empty() {
        return Err(misfit("person_name", "`person_name` is empty."));
    }
    let request = FoundWorkspace {
        slug,
        name,
        person_name: body.person_name,
        address: fields::email(&body.email)?,
        password: fields::password(&body.password)?,
    };
    match state.auth.foundings().begin(&app.caller, request).await {
        Ok(view) => Ok(code_sent(&state, &view)),
        Err(error) => Err(fault(error, &state, &app, None)),
    }
}

/// Sends another code. Those before stay good.
#[utoipa::path(post, path = "/api/v1/workspaces/code", operation_id = "resend_workspace_code", tag = "workspace", responses(
    (status = 202, description = "A code is on its way", body = CodeSentDocument),
    (status = 401, description = "There is nothing to go on with", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many of them for now", body = Problem, content_type = "application/problem+json"),
    BodyProblems,
))]
pub(crate) async fn resend(
    State(state): State<Arc<SiteState>>,
    app: AppAtBase,
    Json(body): Json<NewWorkspaceFlow>,
) -> Result<Response, Fault> {
    let id = WorkspaceId::from_uuid(body.flow);
    match state.auth.foundings().send_again(&app.caller, id).await {
        Ok(view) => Ok(code_sent(&state, &view)),
        Err(error) => Err(fault(error, &state, &app, Some(body.flow))),
    }
}

/// Proves the mailbox and makes the workspace. Where somebody else has its address by then, the mailbox stays proved: the
/// same call with `slug` and `name` in place of the code tries another.
#[utoipa::path(post, path = "/api/v1/workspaces/verify", operation_id = "verify_workspace", tag = "workspace", responses(
    (status = 201, description = "The workspace", body = NewWorkspaceDocument),
    (status = 401, description = "The code is wrong or expired, or there is nothing to go on with", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The address is taken by now", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many tries", body = Problem, content_type = "application/problem+json"),
    BodyProblems,
))]
pub(crate) async fn verify(
    State(state): State<Arc<SiteState>>,
    app: AppAtBase,
    Json(body): Json<NewWorkspaceCodeBody>,
) -> Result<Response, Fault> {
    let (id, foundings) = (WorkspaceId::from_uuid(body.flow), state.auth.foundings());
    let made = match (&body.code, &body.slug, &body.name) {
        (Some(code), None, None) => foundings.prove(&app.caller, id, code).await,
        (None, Some(slug), Some(name)) => foundings.found(&app.caller, id, wanted(slug, name)?).await,
        _ => {
            let detail = "Send `code`, or `slug` and `name` once the mailbox is proved.";
            return Err(misfit("code", detail));
        }
    };
    match made {
        Ok(made) => Ok((StatusCode::CREATED, axum::Json(document(&state, &made))).into_response()),
        Err(error) => Err(fault(error, &state, &app, Some(body.flow))),
    }
}

/// The ticket that is made for a browser stays here: whoever has the password signs in with it, at the new host.
fn document(state: &SiteState, made: &FoundedWorkspace) -> NewWorkspaceDocument {
    let config = state.auth.config();
    NewWorkspaceDocument {
        id: made.workspace.id.as_uuid(),
        slug: made.workspace.slug.to_string(),
        name: made.workspace.name.clone(),
        url: config
            .public_url
            .origin_of_workspace(&made.workspace, config.default_workspace.as_ref()),
        owner: made.owner.as_uuid(),
    }
}
