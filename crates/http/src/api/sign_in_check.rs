//! The sign-in check: why somebody cannot sign in, for staff and the portal application (C4).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::people::explain::Explanation;
use doorward_domain::ids::UserId;
use doorward_domain::mail::MailTrace;
use doorward_domain::reason::PrivateReason;
use doorward_domain::sign_in::{Finding, Receipt, ReceiptOutcome, Rule, Ruling};
use doorward_domain::time_zone::rfc3339;
use doorward_domain::ways_in::{WayIn, WayState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::access::Permit;
use super::documents::UserDocument;
use super::fields;
use super::problems::{AccessProblems, Problem};
use super::query::Query;
use crate::problem::Fault;
use crate::site::SiteState;

/// Whom to ask about.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckQuery {
    /// Any address, known or not.
    email: String,
}

/// The answer of the sign-in check as JSON, the same for the API and for `doorward explain --json`.
///
/// # Errors
/// None that plain data can cause; serde's own.
pub fn sign_in_check_document(explanation: Explanation) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(SignInCheck::from(explanation))
}

/// Why somebody can, or cannot, sign in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignInCheck {
    /// The address that was asked about.
    address: String,
    /// `null` if nobody has it.
    user: Option<UserDocument>,
    /// How far a second step is asked of them; `null` if nobody has the address.
    second_factor: Option<SecondFactorDocument>,
    /// Each way in, open or closed and why.
    ways_in: Vec<WayInDocument>,
    /// The last attempts with this address, newest first.
    attempts: Vec<AttemptDocument>,
    /// The last mails to it, newest first, without content.
    mails: Vec<MailDocument>,
}

/// The second factor and the passkeys of a person, counted.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactorState)]
struct SecondFactorDocument {
    /// Whether an authenticator app is on.
    on: bool,
    /// Whether the workspace requires a second factor of this person.
    required: bool,
    backup_codes_left: u32,
    passkeys: u32,
}

/// One way in.
#[derive(Serialize, ToSchema)]
#[schema(as = WayIn)]
struct WayInDocument {
    #[schema(value_type = String, example = "email-code")]
    method: &'static str,
    /// `open` or `closed`.
    #[schema(value_type = String, example = "closed")]
    state: &'static str,
    /// Why it is closed.
    #[schema(value_type = Option<String>, example = "method-off-staff")]
    reason: Option<&'static str>,
}

/// One attempt: its receipt.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
struct AttemptDocument {
    id: Uuid,
    help_code: String,
    #[schema(format = DateTime)]
    at: String,
    /// What was tried.
    #[schema(example = "sign-in-with-password")]
    attempt: String,
    /// `granted`, `needs`, `sent` or `refused`.
    #[schema(value_type = String, example = "refused")]
    outcome: &'static str,
    /// What the person was told, where they were refused.
    #[schema(value_type = Option<String>, example = "invalid-credentials")]
    public_reason: Option<&'static str>,
    /// What was the matter, where they were refused.
    #[schema(value_type = Option<String>, example = "no-password")]
    private_reason: Option<&'static str>,
    user_id: Option<Uuid>,
    /// The network address of the client.
    network_address: String,
    user_agent: String,
    request_id: Uuid,
    /// Each rule in order.
    findings: Vec<FindingDocument>,
}

/// One rule: what it saw, what it said.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
struct FindingDocument {
    #[schema(example = "method-offered")]
    rule: String,
    /// The policy's name, where the rule is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    saw: String,
    /// `allow`, `require`, `deny` or `not-asked`.
    #[schema(value_type = String, example = "deny")]
    ruling: &'static str,
    #[schema(value_type = Option<String>)]
    reason: Option<&'static str>,
}

/// One mail, without content.
#[derive(Serialize, ToSchema)]
#[schema(as = MailTrace)]
struct MailDocument {
    id: Uuid,
    #[schema(example = "sign-in-code")]
    kind: String,
    to: String,
    /// `queued`, `delivered`, `refused` or `expired`.
    #[schema(value_type = String, example = "delivered")]
    state: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// Last words of the mail server.
    last_reply: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_attempt_at: Option<String>,
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
}

/// Asks why somebody cannot sign in.
#[utoipa::path(get, path = "/api/v1/sign-in-check", operation_id = "check_sign_in", tag = "sign-in-check", params(CheckQuery), responses(
    (status = 200, description = "The answer", body = SignInCheck),
    (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "That is no address", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn ask(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Query(query): Query<CheckQuery>,
) -> Result<Response, Fault> {
    let address = fields::email(&query.email)?;
    let explanation = state.auth.people().explain(&permit.workspace, &address).await?;
    Ok(axum::Json(SignInCheck::from(explanation)).into_response())
}

impl From<Explanation> for SignInCheck {
    fn from(explanation: Explanation) -> Self {
        let required = explanation.two_factor_required;
        Self {
            address: explanation.address,
            second_factor: explanation.factors.map(|factors| SecondFactorDocument {
                on: factors.app,
                required,
                backup_codes_left: factors.backup_codes_left,
                passkeys: factors.passkeys,
            }),
            user: explanation.user.as_ref().map(UserDocument::from),
            ways_in: explanation.ways_in.into_iter().map(WayInDocument::from).collect(),
            attempts: explanation.attempts.into_iter().map(AttemptDocument::from).collect(),
            mails: explanation.mails.into_iter().map(MailDocument::from).collect(),
        }
    }
}

impl From<WayIn> for WayInDocument {
    fn from(way: WayIn) -> Self {
        let (state, reason) = match way.state {
            WayState::Open => ("open", None),
            WayState::Closed(reason) => ("closed", Some(reason.as_str())),
        };
        Self {
            method: way.method.as_str(),
            state,
            reason,
        }
    }
}

impl From<Receipt> for AttemptDocument {
    fn from(receipt: Receipt) -> Self {
        let (public_reason, private_reason) = match &receipt.outcome {
            ReceiptOutcome::Refused { public, private } => (Some(public.as_str()), Some(private.as_str())),
            ReceiptOutcome::Granted | ReceiptOutcome::Needs { .. } | ReceiptOutcome::Sent => (None, None),
        };
        Self {
            id: receipt.id.as_uuid(),
            help_code: receipt.help_code.as_str().to_owned(),
            at: rfc3339(receipt.at),
            attempt: receipt.attempt,
            outcome: receipt.outcome.as_str(),
            public_reason,
            private_reason,
            user_id: receipt.user.map(UserId::as_uuid),
            network_address: receipt.client.address.to_string(),
            user_agent: receipt.client.user_agent,
            request_id: receipt.client.request.as_uuid(),
            findings: receipt.findings.into_iter().map(FindingDocument::from).collect(),
        }
    }
}

impl From<Finding> for FindingDocument {
    fn from(finding: Finding) -> Self {
        let (rule, policy) = match finding.rule {
            Rule::Policy(name) => ("policy".to_owned(), Some(name)),
            // A unit variant is written as its stable name.
            rule => match serde_json::to_value(&rule) {
                Ok(serde_json::Value::String(name)) => (name, None),
                _ => (String::new(), None),
            },
        };
        Self {
            rule,
            policy,
            saw: finding.saw,
            ruling: match finding.ruling {
                Ruling::Allow => "allow",
                Ruling::Require => "require",
                Ruling::Deny => "deny",
                Ruling::NotAsked => "not-asked",
            },
            reason: finding.reason.map(PrivateReason::as_str),
        }
    }
}

impl From<MailTrace> for MailDocument {
    fn from(mail: MailTrace) -> Self {
        Self {
            id: mail.id.as_uuid(),
            kind: mail.kind,
            to: mail.to,
            state: mail.state.as_str(),
            attempts: mail.attempts,
            last_reply: mail.last_reply,
            created_at: rfc3339(mail.created_at),
            last_attempt_at: mail.last_attempt_at.map(rfc3339),
            next_attempt_at: mail.next_attempt_at.map(rfc3339),
        }
    }
}
