//! The sign-in check: why somebody cannot sign in, for staff and the portal application (C4).

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::people::explain::{ByHelpCode, Explanation};
use doorward_auth::people::mend::{MendError, Mended};
use doorward_domain::diagnosis::{Mend, Trouble};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::UserId;
use doorward_domain::mail::MailTrace;
use doorward_domain::reason::PrivateReason;
use doorward_domain::secret::HelpCode;
use doorward_domain::sign_in::{Finding, Receipt, ReceiptOutcome, Rule, Ruling};
use doorward_domain::time_zone::rfc3339;
use doorward_domain::ways_in::{ProviderWay, WayIn, WayState};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::access::{Permit, session_of};
use super::documents::UserDocument;
use super::fields;
use super::logs::ReachDocument;
use super::problems::{AccessProblems, BodyProblems, Problem};
use super::query::Query;
use crate::context::RequestContext;
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// Whom to ask about.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckQuery {
    /// Any address, known or not.
    email: Option<String>,
    /// In place of an address: the help code that somebody was told.
    code: Option<String>,
}

/// What is to be done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MendBody {
    /// The address that was asked about.
    email: String,
    /// The `id` of one of its `mends`.
    #[schema(example = "send-password-reset")]
    mend: String,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct MendedDocument {
    /// The `id` that was asked for.
    mended: String,
    /// A portal link, where one was made: told here and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    portal_link: Option<String>,
}

/// What is wrong, in one stable word, and what mends it.
#[derive(Serialize, ToSchema)]
#[schema(as = SignInTrouble)]
struct TroubleDocument {
    #[schema(value_type = String, example = "no-password")]
    kind: &'static str,
    /// The reason that a receipt or a way in names.
    #[schema(value_type = Option<String>, example = "no-password")]
    reason: Option<&'static str>,
    /// Until when, where it ends by itself.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// The mail server's own words, where it is about a mail.
    reply: Option<String>,
}

/// Something that mends a trouble.
#[derive(Serialize, ToSchema)]
#[schema(as = SignInMend)]
struct MendDocument {
    /// What `POST /api/v1/sign-in-check/mend` takes.
    #[schema(example = "open-method.customers.email-code")]
    id: String,
    /// The permission that it takes.
    #[schema(value_type = String, example = "create-and-update-users-and-organizations")]
    permission: &'static str,
    /// Whether it is done at once; else it is done on a page of the console.
    done_at_once: bool,
    /// Whether it takes a fresh proof of who one is.
    needs_fresh_proof: bool,
}

/// A provider that has credentials.
#[derive(Serialize, ToSchema)]
#[schema(as = ProviderWay)]
struct ProviderWayDocument {
    provider: String,
    /// `open` or `closed`.
    #[schema(value_type = String, example = "closed")]
    state: &'static str,
    #[schema(value_type = Option<String>, example = "no-connection")]
    reason: Option<&'static str>,
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
    /// `open`, `hindered`, `shut` or `unknown`.
    #[schema(value_type = String, example = "hindered")]
    verdict: &'static str,
    /// What is wrong, the first thing to mend first.
    troubles: Vec<TroubleDocument>,
    /// What mends it; the first mends the first thing wrong.
    mends: Vec<MendDocument>,
    /// Whether the owner of the address may sign up: `open`, `other-domains` or `closed`.
    #[schema(value_type = String, example = "open")]
    sign_up: &'static str,
    /// Addresses here that are nearly this one, where nobody has it; for those who look people up.
    near: Vec<String>,
    /// Each way in, open or closed and why.
    ways_in: Vec<WayInDocument>,
    /// Each provider that has credentials, open or closed and why.
    providers: Vec<ProviderWayDocument>,
    /// The attempt that the help code leads to, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_attempt: Option<AttemptDocument>,
    /// The last attempts with this address, newest first.
    attempts: Vec<AttemptDocument>,
    /// The last mails to it, newest first, without content.
    mails: Vec<MailDocument>,
    /// Whether mail arrives at each address of the person, or at the one that nobody has.
    reach: Vec<AddressReachDocument>,
}

/// Whether mail to an address arrives, by the last proof.
#[derive(Serialize, ToSchema)]
#[schema(as = AddressReach)]
struct AddressReachDocument {
    address: String,
    #[serde(flatten)]
    reach: ReachDocument,
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
    let sees = permit.sees();
    let people = state.auth.people();
    let document = match (&query.email, &query.code) {
        (Some(email), None) => {
            let address = fields::email(email)?;
            let explanation = people.explain(&permit.workspace, &address).await?;
            SignInCheck::from(explanation.shown_to(sees))
        }
        (None, Some(code)) => {
            let unknown = || Fault::new(FaultKind::NotFound).detail(NO_SUCH_CODE);
            let code = HelpCode::parse(code).ok_or_else(unknown)?;
            let found = people.explain_code(&permit.workspace, &code).await?;
            let ByHelpCode { receipt, explanation } = found.ok_or_else(unknown)?.shown_to(sees);
            let explanation = explanation.ok_or_else(|| Fault::new(FaultKind::NotFound).detail(NOBODY_TRIED))?;
            SignInCheck {
                asked_attempt: Some(AttemptDocument::from(receipt)),
                ..SignInCheck::from(explanation)
            }
        }
        _ => return Err(Fault::new(FaultKind::BadRequest).detail(EITHER)),
    };
    Ok(axum::Json(document).into_response())
}

const NO_SUCH_CODE: &str = "No attempt here ended with that help code.";
const NOBODY_TRIED: &str = "That attempt names no address and nobody.";
const EITHER: &str = "Give either `email` or `code`.";

/// Does what mends what the check found, by the id that it gave it.
#[utoipa::path(post, path = "/api/v1/sign-in-check/mend", operation_id = "mend_sign_in", tag = "sign-in-check", responses(
    (status = 200, description = "Done", body = MendedDocument),
    (status = 409, description = "It would not mend what is wrong now, or is done on a page", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Staff have sent as many mails to that address as they may in a day", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn mend(
    permit: Permit,
    proof: Lately,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<MendBody>,
) -> Result<Response, Fault> {
    let address = fields::email(&body.email)?;
    let people = state.auth.people();
    let mended = people
        .mend(&permit.acting(), &permit.workspace, &address, &body.mend, proof.0)
        .await;
    let portal_link = match mended {
        Ok(Mended::PortalLink(made)) => Some(made.url),
        Ok(_) => None,
        Err(error) => return Err(mend_fault(error, &state)),
    };
    (state.mail_promised)();
    let document = MendedDocument {
        mended: body.mend,
        portal_link,
    };
    Ok(axum::Json(document).into_response())
}

fn mend_fault(error: MendError, state: &SiteState) -> Fault {
    let told = error.to_string();
    match error {
        MendError::NotOffered | MendError::Elsewhere | MendError::Settings(_) => {
            Fault::new(FaultKind::Conflict).detail(told)
        }
        MendError::Forbidden(_) | MendError::NeedsFreshProof | MendError::Person(_) => {
            Fault::new(FaultKind::Forbidden).detail(told)
        }
        MendError::TooManyMails { retry_at } => {
            let seconds = retry_at.map_or(60, |at| at.since(state.auth.now()).as_secs().max(1));
            Fault::new(FaultKind::TooManyTries).detail(told).retry_after(seconds)
        }
        MendError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    }
}

/// The fresh proof that a session gives by itself (R99); none without one.
pub(crate) struct Lately(Option<FreshProof>);

impl FromRequestParts<Arc<SiteState>> for Lately {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<SiteState>) -> Result<Self, Fault> {
        let context = RequestContext::from_request_parts(parts, state).await?;
        let workspace = Arc::clone(context.workspace()?);
        let session = session_of(state, &context, &workspace).await?;
        Ok(Self(
            session.and_then(|session| state.auth.factors().fresh_for_others(&session)),
        ))
    }
}

impl From<Explanation> for SignInCheck {
    fn from(explanation: Explanation) -> Self {
        let required = explanation.two_factor_required;
        let diagnosis = explanation.diagnosis;
        Self {
            verdict: diagnosis.verdict.as_str(),
            troubles: diagnosis.troubles.into_iter().map(TroubleDocument::from).collect(),
            mends: diagnosis.mends.iter().map(MendDocument::from).collect(),
            sign_up: explanation.sign_up,
            near: explanation.near.into_iter().map(|near| near.address).collect(),
            providers: explanation
                .provider_ways
                .into_iter()
                .map(ProviderWayDocument::from)
                .collect(),
            asked_attempt: None,
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
            reach: explanation
                .reach
                .into_iter()
                .map(|told| AddressReachDocument {
                    reach: ReachDocument::of(&told.reach),
                    address: told.address,
                })
                .collect(),
        }
    }
}

impl From<Trouble> for TroubleDocument {
    fn from(trouble: Trouble) -> Self {
        Self {
            kind: trouble.kind.as_str(),
            reason: trouble.reason.map(PrivateReason::as_str),
            until: trouble.until.map(rfc3339),
            reply: trouble.reply,
        }
    }
}

impl From<&Mend> for MendDocument {
    fn from(mend: &Mend) -> Self {
        Self {
            id: mend.id(),
            permission: mend.permission().as_str(),
            done_at_once: mend.is_done_at_once(),
            needs_fresh_proof: mend.is_dangerous(),
        }
    }
}

impl From<ProviderWay> for ProviderWayDocument {
    fn from(way: ProviderWay) -> Self {
        let (state, reason) = match way.state {
            WayState::Open => ("open", None),
            WayState::Closed(reason) => ("closed", Some(reason.as_str())),
        };
        Self {
            provider: way.provider.to_string(),
            state,
            reason,
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
