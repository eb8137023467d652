//! How the steps of signing in are told (contract 4): outcomes as documents, refusals as problems.

use axum::response::{IntoResponse, Response};
use doorward_auth::{CodeSent, Refused, SecondStepNeeded, SignInOutcome, SignedIn};
use doorward_domain::second_factor::BackupCode;
use doorward_domain::sign_in::Step;
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::rfc3339;
use doorward_domain::words::LanguageTag;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::documents::{SessionDocument, SessionUser, SessionWorkspace};
use crate::problem::{Fault, FaultKind};
use crate::refusal::{seconds_until, wait_of};
use crate::render::messages::refusals;
use crate::site::SiteState;

/// Somebody is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub(crate) struct SignedInDocument<'v> {
    #[schema(value_type = String, example = "signed_in")]
    outcome: &'static str,
    session: NewSession<'v>,
    user: SessionUser<'v>,
    workspace: SessionWorkspace<'v>,
    /// Where they were going: a path of the workspace's host.
    return_to: &'v str,
    /// To be kept on this device and sent with its next sign-ins, so that a stranger's wrong tries do not hold this
    /// person up. Opens nothing.
    device_token: &'v str,
    /// Where two-factor authentication was set up on the way in: its backup codes, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_codes: Option<Vec<String>>,
}

/// The session that was opened.
#[derive(Serialize, ToSchema)]
#[schema(as = NewSession)]
pub(crate) struct NewSession<'v> {
    /// To be sent as `Authorization: Bearer`; told this once.
    token: &'v str,
    id: Uuid,
    #[schema(format = DateTime)]
    created_at: String,
    /// It ends then at the latest.
    #[schema(format = DateTime)]
    expires_at: String,
    #[schema(value_type = String, example = "password")]
    method: &'static str,
}

/// The first step is done; a second one is needed before anything opens.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondStep)]
pub(crate) struct SecondStepDocument<'v> {
    /// `second_factor_required` or, where the workspace requires a second factor that the person does not have,
    /// `two_factor_enrolment_required`.
    #[schema(value_type = String, example = "second_factor_required")]
    outcome: &'static str,
    /// The attempt to go on with. A secret of whoever asked.
    flow: Uuid,
    /// Whether a passkey of theirs would do as well as a code.
    passkey: bool,
    /// Where they were going: a path of the workspace's host.
    return_to: &'v str,
}

/// A mail is on its way, whoever has the address: a code, or a word on why there is none.
#[derive(Serialize, ToSchema)]
#[schema(as = CodeSent)]
pub(crate) struct CodeSentDocument {
    #[schema(value_type = String, example = "code_sent")]
    outcome: &'static str,
    /// The attempt to go on with. A secret of whoever asked.
    flow: Uuid,
    /// The address that was given, masked.
    sent_to: String,
    /// When the last mail of this attempt was put on its way.
    #[schema(format = DateTime)]
    sent_at: String,
    /// Seconds until another code may be asked for; 0 if at once.
    resend_in: u64,
}

/// Tells an outcome.
pub(crate) fn tell(outcome: SignInOutcome, state: &SiteState, language: &LanguageTag) -> Result<Response, Fault> {
    match outcome {
        SignInOutcome::SignedIn(signed_in) => {
            (state.mail_promised)();
            Ok(signed_in_document(&signed_in, None))
        }
        SignInOutcome::SecondStep(needed) => second_step(&needed),
        SignInOutcome::CodeSent(sent) => {
            (state.mail_promised)();
            Ok(code_sent(&sent, state.auth.now()))
        }
        SignInOutcome::Refused(refused) => Err(refusal(&refused, state, language)),
        _ => Err(Fault::new(FaultKind::Internal)),
    }
}

/// Tells an outcome that came with new backup codes; they stand in the answer only where somebody got in.
pub(crate) fn tell_with_codes(
    outcome: SignInOutcome,
    codes: &[BackupCode],
    state: &SiteState,
    language: &LanguageTag,
) -> Result<Response, Fault> {
    match outcome {
        SignInOutcome::SignedIn(signed_in) => {
            (state.mail_promised)();
            Ok(signed_in_document(&signed_in, Some(spelt_out(codes))))
        }
        other => tell(other, state, language),
    }
}

/// Backup codes as they are shown, once.
pub(crate) fn spelt_out(codes: &[BackupCode]) -> Vec<String> {
    codes.iter().map(BackupCode::expose).collect()
}

fn second_step(needed: &SecondStepNeeded) -> Result<Response, Fault> {
    let outcome = match needed.step {
        Step::SecondFactor => "second_factor_required",
        Step::SetPassword => "new_password_required",
        Step::EnrolSecondFactor => "two_factor_enrolment_required",
        _ => return Err(Fault::new(FaultKind::Internal)),
    };
    let document = SecondStepDocument {
        outcome,
        flow: needed.flow.as_uuid(),
        passkey: needed.passkey,
        return_to: needed.return_to.as_str(),
    };
    Ok(axum::Json(document).into_response())
}

fn signed_in_document(signed_in: &SignedIn, backup_codes: Option<Vec<String>>) -> Response {
    let SessionDocument {
        session,
        user,
        workspace,
    } = SessionDocument::of(&signed_in.session);
    let document = SignedInDocument {
        outcome: "signed_in",
        session: NewSession {
            token: &signed_in.token.expose(),
            id: session.id,
            created_at: session.created_at,
            expires_at: session.expires_at,
            method: session.method,
        },
        user,
        workspace,
        return_to: signed_in.return_to.as_str(),
        device_token: &signed_in.device_cookie,
        backup_codes,
    };
    axum::Json(document).into_response()
}

fn code_sent(sent: &CodeSent, now: Timestamp) -> Response {
    let instants = (sent.sent_at, sent.resend_at);
    code_on_its_way(sent.flow.as_uuid(), sent.masked.clone(), instants, now)
}

/// Tells that a code was sent at one instant, and can be sent again from another on.
pub(crate) fn code_on_its_way(
    flow: Uuid,
    sent_to: String,
    (sent_at, resend_at): (Timestamp, Option<Timestamp>),
    now: Timestamp,
) -> Response {
    let document = CodeSentDocument {
        outcome: "code_sent",
        flow,
        sent_to,
        sent_at: rfc3339(sent_at),
        resend_in: resend_at.map_or(0, |at| seconds_until(at, now)),
    };
    (StatusCode::ACCEPTED, axum::Json(document)).into_response()
}

/// Tells a refusal, with a sentence for the person; the help code leads staff to the receipt (C4).
pub(crate) fn refusal(refused: &Refused, state: &SiteState, language: &LanguageTag) -> Fault {
    let wait = wait_of(refused, state.auth.now());
    let words = refusals::of(refused.reason, wait.unwrap_or_default());
    let mut fault = Fault::new(FaultKind::of_refusal(refused.reason))
        .member("outcome", "refused")
        .member("reason", refused.reason.as_str())
        .member("help_code", refused.help_code.as_str());
    if let Ok(sentence) = state.renderer.catalogue().say(language, &words) {
        fault = fault.detail(sentence);
    }
    if let Some(flow) = refused.flow {
        fault = fault.member("flow", flow.to_string());
    }
    if let Some(left) = refused.tries_left {
        fault = fault.member("tries_left", left);
    }
    match wait {
        Some(seconds) => fault.retry_after(seconds),
        None => fault,
    }
}
