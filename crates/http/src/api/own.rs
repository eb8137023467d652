//! Somebody who is signed in and asks about, or changes, what is their own.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use doorward_auth::Caller;
use doorward_auth::account::look_at_security::PlannedChange;
use doorward_domain::fresh_proof::{FreshProof, FreshProofWay};
use doorward_domain::secret::{RawToken, TokenDigest};
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::Binding;
use doorward_domain::ways_back::WayWarning;
use doorward_domain::words::LanguageTag;
use doorward_domain::workspace::Workspace;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::{Access, asked_of, session_of};
use super::fields::misfit;
use crate::context::{Credential, RequestContext};
use crate::edge::CookieName;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// The person behind a session, at an address whose row asks for one. Keys of the portal application are nobody.
pub(crate) struct Own {
    pub(crate) context: RequestContext,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) session: Arc<SessionView>,
    pub(crate) caller: Caller,
    /// In which to tell a refusal.
    pub(crate) language: LanguageTag,
    /// Whether this browser keeps people signed in.
    pub(crate) kept_signed_in: bool,
}

impl FromRequestParts<Arc<SiteState>> for Own {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<SiteState>) -> Result<Self, Fault> {
        let context = RequestContext::from_request_parts(parts, state).await?;
        let workspace = Arc::clone(context.workspace()?);
        if asked_of(parts) != Some(Access::Session) {
            return Err(Fault::new(FaultKind::Forbidden));
        }
        let session = session_of(state, &context, &workspace).await?;
        let session = session.ok_or_else(|| Fault::new(FaultKind::SignInNeeded))?;
        let accepted = parts
            .headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let language = state
            .renderer
            .language_at(&workspace.portal, session.language.as_deref(), accepted);
        let cookies = context.cookies();
        let device = cookies.read(&parts.headers, CookieName::Device).map(str::to_owned);
        let kept_signed_in = cookies.read(&parts.headers, CookieName::KeepSignedIn) == Some("1");
        // What spans requests is bound to the browser, where one asks (R25); an app has no cookie to bind to.
        let (binding, device) = match context.credential() {
            Credential::Cookie(_) => (Binding::Browser(context.browser_digest()), device),
            Credential::Bearer(_) | Credential::Key(_) | Credential::None => (Binding::Bearer, None),
        };
        let caller = Caller {
            client: context.client(),
            binding,
            device,
            language: language.as_str().to_owned(),
            previous_session: context.credential().session_token().map(RawToken::digest),
        };
        Ok(Self {
            context,
            workspace,
            session,
            caller,
            language,
            kept_signed_in,
        })
    }
}

impl Own {
    /// Whether the session came in a cookie.
    pub(crate) fn by_cookie(&self) -> bool {
        matches!(self.context.credential(), Credential::Cookie(_))
    }

    /// The session and the digest of the token that was presented for it.
    pub(crate) fn presented(&self) -> Result<(&SessionView, TokenDigest), Fault> {
        let token = self.context.credential().session_token().ok_or_else(account_gone)?;
        Ok((&self.session, token.digest()))
    }

    /// Scheme, host and port that the person is at.
    pub(crate) fn origin(&self) -> Result<String, Fault> {
        origin_of(&self.context)
    }

    /// Leave for a sensitive change, or 403 with what would give it (R11).
    pub(crate) async fn fresh(&self, state: &SiteState) -> Result<FreshProof, Fault> {
        let factors = state.auth.factors();
        if let Some(proof) = factors.fresh(&self.session) {
            return Ok(proof);
        }
        let ways = factors.fresh_proof_ways(&self.workspace, &self.session).await?;
        let ways: Vec<&str> = ways.into_iter().map(FreshProofWay::as_str).collect();
        Err(Fault::new(FaultKind::FreshProofRequired).member("ways", ways))
    }

    /// Nothing, where the change is harmless or the person said that they know; else 409 with what to tell them.
    pub(crate) async fn weigh(
        &self,
        state: &SiteState,
        query: &Confirmation,
        change: PlannedChange,
    ) -> Result<(), Fault> {
        if query.is_given()? {
            return Ok(());
        }
        let account = state.auth.account();
        let warnings = account.warnings_before(&self.workspace, &self.session, change).await?;
        query.weigh(warnings)
    }
}

/// Scheme, host and port that a request to a workspace came to, for passkeys; 409 at a bare address, where there are none.
pub(crate) fn origin_of(context: &RequestContext) -> Result<String, Fault> {
    context.workspace()?;
    context.passkey_origin().ok_or_else(|| Fault::new(FaultKind::Conflict))
}

/// The session, or its account, is gone in the meantime.
pub(crate) fn account_gone() -> Fault {
    Fault::new(FaultKind::SignInNeeded)
}

/// Whether the person knows what a removal leaves them with.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Confirmation {
    /// `true` where the person was told of the warnings and still wants it.
    #[param(value_type = Option<bool>)]
    confirmed: Option<String>,
}

impl Confirmation {
    fn is_given(&self) -> Result<bool, Fault> {
        match self.confirmed.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(misfit("confirmed", "`confirmed` is `true` or `false`.")),
        }
    }

    /// Nothing, where there is nothing to warn of or the person said that they know; else 409 with what to tell them.
    pub(crate) fn weigh(&self, warnings: Vec<WayWarning>) -> Result<(), Fault> {
        if self.is_given()? || warnings.is_empty() {
            return Ok(());
        }
        let warnings: Vec<WarningDocument> = warnings.into_iter().map(WarningDocument::from).collect();
        let warnings = serde_json::to_value(warnings).map_err(|_| Fault::new(FaultKind::Internal))?;
        Err(Fault::new(FaultKind::OneWayLeft).member("warnings", warnings))
    }
}

/// What a person should know about their ways back in.
#[derive(Serialize, ToSchema)]
#[schema(as = WayWarning)]
pub(crate) struct WarningDocument {
    /// `nothing-at-all`: nothing gets them in once they are signed out; `one-way-left`: everything hangs on one thing;
    /// `nothing-without`: losing this one thing keeps them out.
    #[schema(value_type = String, example = "nothing-without")]
    warning: &'static str,
    /// `phone`, `mailbox` or `password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "phone")]
    loss: Option<&'static str>,
}

impl From<WayWarning> for WarningDocument {
    fn from(warning: WayWarning) -> Self {
        match warning {
            WayWarning::NothingAtAll => Self {
                warning: "nothing-at-all",
                loss: None,
            },
            WayWarning::OneWayLeft => Self {
                warning: "one-way-left",
                loss: None,
            },
            WayWarning::NothingWithout(loss) => Self {
                warning: "nothing-without",
                loss: Some(loss.as_str()),
            },
        }
    }
}

/// A body without fields: `{}`. Asked for all the same, since no plain form can claim its type (R83).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}
