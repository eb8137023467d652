//! Fresh proofs ("step-up"): showing anew who one is, before a sensitive change (R11). The session goes on under a new
//! token (R79).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::factors::prove_afresh::{Evidence, ProvedAfresh};
use doorward_domain::ids::{CeremonyId, FlowId};
use doorward_domain::time_zone::rfc3339;
use http::header::SET_COOKIE;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{self, CodeSentDocument};
use super::own::{Nothing, Own};
use super::passkey::{self, ChallengeDocument};
use super::problems::{BodyProblems, OwnProblems, Problem, StepRefusals};
use super::{fields, own};
use crate::edge::CookieName;
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::refusal::seconds_until;
use crate::site::SiteState;

/// What the person shows: one of the ways that count for them.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "way", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum ProofBody {
    /// Their password.
    Password {
        /// The password.
        password: String,
    },
    /// A code of their authenticator app, or a backup code.
    SecondFactor {
        /// As typed: any case and spacing.
        code: String,
    },
    /// A passkey.
    Passkey {
        /// The round, as `/api/v1/session/proof/passkey/options` told it.
        ceremony: Uuid,
        /// `credential.toJSON()`.
        #[schema(value_type = Object)]
        answer: Value,
    },
    /// A code that was mailed for this.
    EmailCode {
        /// The attempt, as `/api/v1/session/proof/code` told it.
        flow: Uuid,
        /// As typed: any case and spacing.
        code: String,
    },
}

/// The session after a fresh proof.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proved {
    session: RenewedSession,
}

/// The same session under its new token.
#[derive(Serialize, ToSchema)]
pub(crate) struct RenewedSession {
    /// To be sent as `Authorization: Bearer` from now on: the old one is dead. Told this once; absent where the session is
    /// in a cookie, which is renewed by this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    id: Uuid,
    /// It ends then at the latest.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Sensitive changes are taken until then without another proof.
    #[schema(format = DateTime)]
    fresh_until: String,
}

/// Shows afresh who one is.
#[utoipa::path(post, path = "/api/v1/session/proof", operation_id = "prove_afresh", tag = "session", responses(
    (status = 200, description = "Proved", body = Proved),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn prove(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<ProofBody>,
) -> Result<Response, Fault> {
    let evidence = match body {
        ProofBody::Password { password } => Evidence::Password(fields::password(&password)?),
        ProofBody::SecondFactor { code } => Evidence::SecondFactor(code),
        ProofBody::Passkey { ceremony, answer } => Evidence::Passkey {
            ceremony: CeremonyId::from_uuid(ceremony),
            answer,
        },
        ProofBody::EmailCode { flow, code } => Evidence::EmailCode {
            flow: FlowId::from_uuid(flow),
            typed: code,
        },
    };
    let proved = state
        .auth
        .factors()
        .prove_afresh(&own.caller, &own.workspace, own.presented()?, evidence)
        .await?;
    let (token, session) = match proved {
        ProvedAfresh::Proved { token, session } => (token, session),
        ProvedAfresh::Refused(refused) => return Err(answer::refusal(&refused, &state, &own.language)),
        ProvedAfresh::SignedOut => return Err(own::account_gone()),
    };
    (state.mail_promised)();
    let by_cookie = own.by_cookie();
    let window = state.auth.config().limits.fresh_proof();
    let document = Proved {
        session: RenewedSession {
            // A page cannot read the cookie; a script that got into one must not learn the token by this way either.
            token: (!by_cookie).then(|| token.expose()),
            id: session.id.as_uuid(),
            expires_at: rfc3339(session.expires_at),
            fresh_until: rfc3339(session.proved_at.plus(window)),
        },
    };
    let mut response = axum::Json(document).into_response();
    if by_cookie {
        let life = own
            .kept_signed_in
            .then(|| seconds_until(session.expires_at, state.auth.now()));
        let cookies = own.context.cookies();
        let cookie = cookies.set(CookieName::Session, &token.expose(), life);
        let cookie = cookie.ok_or_else(|| Fault::new(FaultKind::Internal))?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Puts a code for a fresh proof on its way to one's own mailbox.
#[utoipa::path(post, path = "/api/v1/session/proof/code", operation_id = "request_fresh_proof_code", tag = "session", request_body = Nothing, responses(
    (status = 202, description = "A mail is on its way", body = CodeSentDocument),
    (status = 409, description = "A mailed code does not count for this account", body = Problem, content_type = "application/problem+json"),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn send_code(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Fault> {
    let sent = state
        .auth
        .factors()
        .send_fresh_proof_code(&own.caller, &own.workspace, &own.session)
        .await?;
    let outcome = sent.ok_or_else(|| {
        Fault::new(FaultKind::Conflict).detail("A mailed code does not count for this account as a fresh proof.")
    })?;
    answer::tell(outcome, &state, &own.language)
}

/// Asks for a challenge to show a passkey as a fresh proof.
#[utoipa::path(post, path = "/api/v1/session/proof/passkey/options", operation_id = "begin_fresh_proof_with_passkey", tag = "session", request_body = Nothing, responses(
    (status = 200, description = "The challenge", body = ChallengeDocument),
    (status = 409, description = "The account has no passkey", body = Problem, content_type = "application/problem+json"),
    OwnProblems, BodyProblems,
))]
pub(crate) async fn begin_passkey(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Fault> {
    let challenge = state
        .auth
        .factors()
        .begin_fresh_proof(&own.caller, &own.workspace, &own.session, &own.origin()?)
        .await?;
    let none = || Fault::new(FaultKind::Conflict).detail("The account has no passkey.");
    Ok(passkey::tell(challenge.ok_or_else(none)?))
}
