//! *Trouble signing in?* and *How to sign in* for apps without pages, and for articles of the help centre (B17, C12).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::recovery::request_report::{ReportRequest, ReportRequested};
use doorward_domain::words::Words;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::App;
use super::password_reset::MailSent;
use super::problems::{BodyProblems, Problem, StepRefusals};
use super::query::Query;
use super::{answer, fields};
use crate::context::RequestContext;
use crate::extract::Json;
use crate::pages::help::audience_of;
use crate::pages::{Onlooker, PageKind};
use crate::problem::{Fault, FaultKind};
use crate::render::views::{HowToFragment, ToldStep};
use crate::site::SiteState;

/// Whom to mail a report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TroubleBody {
    email: String,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// Has a mailbox told how its owner gets in. The answer is the same whoever has the address.
#[utoipa::path(post, path = "/api/v1/sign-in/trouble", operation_id = "request_sign_in_report", tag = "sign-in", responses(
    (status = 202, description = "A mail is on its way", body = MailSent),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn trouble(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<TroubleBody>,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    let request = ReportRequest {
        workspace: app.workspace.as_ref().clone(),
        address: fields::email(&body.email)?,
    };
    match state.auth.recovery().request_report(&app.caller, request).await? {
        ReportRequested::Sent { masked } => {
            (state.mail_promised)();
            Ok((StatusCode::ACCEPTED, axum::Json(MailSent { sent_to: masked })).into_response())
        }
        ReportRequested::Refused(refused) => Err(answer::refusal(&refused, &state, &app.language)),
    }
}

/// Whom a guide is for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HelpQuery {
    /// `customers` (if none is named) or `staff`.
    r#for: Option<String>,
}

/// How to sign in, by the settings in force, in the reader's language.
#[derive(Serialize, ToSchema)]
#[schema(as = HowToSignIn)]
pub(crate) struct HowToDocument {
    /// `customers` or `staff`.
    #[schema(value_type = String, example = "customers")]
    audience: &'static str,
    /// The language of the words.
    #[schema(example = "en")]
    language: String,
    /// Each way in.
    guides: Vec<GuideDocument>,
    /// All of it as HTML without scripts or styles, to be put into an article.
    html: String,
}

/// A way in.
#[derive(Serialize, ToSchema)]
#[schema(as = HowToGuide)]
struct GuideDocument {
    #[schema(example = "email-code")]
    way: String,
    title: String,
    steps: Vec<StepDocument>,
}

/// A step.
#[derive(Serialize, ToSchema)]
#[schema(as = HowToStep)]
struct StepDocument {
    /// `open`, `follow`, `fill`, `press`, `read-mail`, `at-provider`, `answer-device` or `at-company-site`.
    #[schema(value_type = String, example = "press")]
    action: &'static str,
    /// What stands on the page, word for word.
    label: Option<String>,
    /// What is opened, filled in or looked for.
    what: String,
    /// Where it leads, for a page to be opened.
    #[schema(value_type = Option<String>)]
    path: Option<&'static str>,
}

/// Tells how to sign in.
#[utoipa::path(get, path = "/api/v1/sign-in/help", operation_id = "how_to_sign_in", tag = "sign-in", params(HelpQuery), responses(
    (status = 200, description = "How to sign in", body = HowToDocument),
    (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn how_to(
    State(state): State<Arc<SiteState>>,
    context: RequestContext,
    app: App,
    Query(query): Query<HelpQuery>,
) -> Result<Response, Fault> {
    let (audience, name) = audience_of(query.r#for.as_deref());
    let told = HowToFragment::from(&state.auth.sign_in().how_to(&app.workspace, audience));
    let frame = Onlooker::new(&state.renderer, &context, &http::HeaderMap::new(), None).frame(PageKind::Plain);
    let frame = crate::render::Frame {
        language: app.language.clone(),
        ..frame
    };
    let html = state.renderer.render(&frame, &told).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a guide cannot be drawn");
        Fault::new(FaultKind::Internal)
    })?;
    let catalogue = state.renderer.catalogue();
    let say = |words: &Words| catalogue.say(&app.language, words).unwrap_or_default();
    let step = |step: &ToldStep| StepDocument {
        action: step.action,
        label: step.label.as_ref().map(&say),
        what: step.what.clone(),
        path: step.path,
    };
    let document = HowToDocument {
        audience: name,
        language: app.language.as_str().to_owned(),
        guides: told
            .guides
            .iter()
            .map(|guide| GuideDocument {
                way: guide.id.clone(),
                title: say(&guide.title),
                steps: guide.steps.iter().map(step).collect(),
            })
            .collect(),
        html: html.0,
    };
    Ok(axum::Json(document).into_response())
}
