//! What the sign-in page offers, for apps that draw their own.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_domain::method::Method;
use doorward_domain::settings::SignUpRule;
use serde::Serialize;
use utoipa::ToSchema;

use super::account::connections::ProviderDocument;
use super::caller::App;
use crate::context::RequestContext;
use crate::problem::Fault;
use crate::site::SiteState;

/// What the sign-in page of a workspace offers. It says what is open to anybody, not what one account can use.
#[derive(Serialize, ToSchema)]
#[schema(as = SignInMethods)]
pub(crate) struct SignInMethodsDocument {
    /// `password`, `email-code` and `passkey`, those that are open; `provider` where one of `providers` is.
    #[schema(value_type = Vec<String>, example = json!(["password", "email-code"]))]
    methods: Vec<&'static str>,
    /// Providers, in the order of their buttons. Signing in with one goes through the sign-in page, in a browser.
    providers: Vec<ProviderDocument>,
    /// Whether strangers may sign up, if only with addresses of some domains.
    sign_up: bool,
    /// Where only people of the workspace's directory come in by a provider: whom to ask for a record.
    directory: Option<DirectoryRuleDocument>,
}

/// The rule of the directory.
#[derive(Serialize, ToSchema)]
#[schema(as = DirectoryRule)]
pub(crate) struct DirectoryRuleDocument {
    /// Whom to ask, in the workspace's own words; `null` where it says nothing.
    ask: Option<String>,
}

/// Tells what the sign-in page offers.
#[utoipa::path(get, path = "/api/v1/sign-in/methods", operation_id = "sign_in_methods", tag = "sign-in", responses(
    (status = 200, description = "What is offered", body = SignInMethodsDocument),
))]
pub(crate) async fn read(
    State(state): State<Arc<SiteState>>,
    context: RequestContext,
    app: App,
) -> Result<Response, Fault> {
    let security = &app.workspace.security;
    let providers = state.auth.sign_in().providers(&app.workspace);
    let offered = |method: &Method| match method {
        Method::Passkey => security.offers_to_anyone(Method::Passkey) && context.passkey_origin().is_some(),
        Method::Provider => !providers.is_empty(),
        // It has no button: the company's own site begins it.
        Method::HandOver => false,
        method => security.offers_to_anyone(*method),
    };
    let document = SignInMethodsDocument {
        methods: Method::ALL
            .into_iter()
            .filter(|method| offered(method))
            .map(Method::as_str)
            .collect(),
        sign_up: security.sign_up != SignUpRule::Closed,
        directory: security.directory.required.then(|| DirectoryRuleDocument {
            ask: security.directory.ask.clone(),
        }),
        providers: providers.into_iter().map(ProviderDocument::from).collect(),
    };
    Ok(axum::Json(document).into_response())
}
