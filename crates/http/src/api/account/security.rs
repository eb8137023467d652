//! How one's account is protected, at a glance: password, second factor, passkeys, sessions, and the ways back in.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::account::look_at_security::SecurityOverview;
use doorward_domain::fresh_proof::FreshProofWay;
use doorward_domain::second_factor::FEW_BACKUP_CODES;
use doorward_domain::time_zone::rfc3339;
use doorward_domain::ways_back::{Route, SecondStepKind, WaysBack};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::own::{Own, WarningDocument, account_gone};
use super::super::problems::OwnProblems;
use super::passkeys::PasskeyDocument;
use super::sessions::OwnSessionDocument;
use crate::problem::Fault;
use crate::site::SiteState;

/// Everything at a glance.
#[derive(Serialize, ToSchema)]
#[schema(as = Security)]
pub(crate) struct SecurityDocument {
    password: PasswordPart,
    two_factor: TwoFactorPart,
    /// The oldest first.
    passkeys: Vec<PasskeyDocument>,
    /// This one first.
    sessions: Vec<OwnSessionDocument>,
    ways_back: WaysBackPart,
    /// What to tell the person of their ways back in.
    warnings: Vec<WarningDocument>,
    fresh_proof: FreshProofPart,
}

/// The password.
#[derive(Serialize, ToSchema)]
struct PasswordPart {
    /// Whether one is set.
    set: bool,
    /// The least characters of a new one.
    min_length: u16,
}

/// The second factor.
#[derive(Serialize, ToSchema)]
struct TwoFactorPart {
    /// Whether an authenticator app is on.
    on: bool,
    /// Since when.
    #[schema(format = DateTime)]
    since: Option<String>,
    /// Whether the workspace requires it of this person.
    required: bool,
    backup_codes_left: u32,
    /// Whether so few are left that new ones should be made.
    few_backup_codes: bool,
}

/// What gets the person in, today and after each loss.
#[derive(Serialize, ToSchema)]
#[schema(as = WaysBack)]
struct WaysBackPart {
    today: Vec<RoutePart>,
    without_phone: Vec<RoutePart>,
    without_mailbox: Vec<RoutePart>,
    without_password: Vec<RoutePart>,
}

/// One way back in.
#[derive(Serialize, ToSchema)]
#[schema(as = Route)]
struct RoutePart {
    /// `password`, `email-code`, `reset-link` or `passkey`.
    #[schema(value_type = String, example = "password")]
    first: &'static str,
    /// `app`, `backup-code` or `passkey`, where a second step follows.
    #[schema(value_type = Option<String>, example = "app")]
    second: Option<&'static str>,
}

/// Fresh proofs.
#[derive(Serialize, ToSchema)]
struct FreshProofPart {
    /// Whether sensitive changes are taken now.
    fresh: bool,
    /// By what the person can show afresh who they are.
    #[schema(value_type = Vec<String>)]
    ways: Vec<&'static str>,
}

impl From<SecurityOverview> for SecurityDocument {
    fn from(overview: SecurityOverview) -> Self {
        let factors = overview.factors;
        Self {
            password: PasswordPart {
                set: overview.user.has_password,
                min_length: overview.password_min_length,
            },
            two_factor: TwoFactorPart {
                on: factors.app,
                since: overview.two_factor_since.map(rfc3339),
                required: overview.two_factor_required,
                backup_codes_left: factors.backup_codes_left,
                few_backup_codes: factors.app && factors.backup_codes_left <= FEW_BACKUP_CODES,
            },
            passkeys: overview.passkeys.iter().map(PasskeyDocument::from).collect(),
            sessions: overview.sessions.iter().map(OwnSessionDocument::from).collect(),
            ways_back: WaysBackPart::from(&overview.ways_back),
            warnings: overview.warnings.into_iter().map(WarningDocument::from).collect(),
            fresh_proof: FreshProofPart {
                fresh: overview.fresh,
                ways: overview
                    .fresh_proof_ways
                    .into_iter()
                    .map(FreshProofWay::as_str)
                    .collect(),
            },
        }
    }
}

impl From<&WaysBack> for WaysBackPart {
    fn from(ways: &WaysBack) -> Self {
        let told = |routes: &[Route]| routes.iter().map(RoutePart::from).collect();
        Self {
            today: told(&ways.today),
            without_phone: told(&ways.without_phone),
            without_mailbox: told(&ways.without_mailbox),
            without_password: told(&ways.without_password),
        }
    }
}

impl From<&Route> for RoutePart {
    fn from(route: &Route) -> Self {
        Self {
            first: route.first.as_str(),
            second: route.second.map(SecondStepKind::as_str),
        }
    }
}

/// Reads how one's account is protected.
#[utoipa::path(get, path = "/api/v1/account/security", operation_id = "read_security", tag = "account", responses(
    (status = 200, description = "Everything at a glance", body = SecurityDocument),
    OwnProblems,
))]
pub(crate) async fn read(own: Own, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let overview = state.auth.account().security(&own.workspace, &own.session).await?;
    let overview = overview.ok_or_else(account_gone)?;
    Ok(axum::Json(SecurityDocument::from(overview)).into_response())
}
