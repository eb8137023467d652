//! Who is calling, as the use cases take it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use doorward_auth::Caller;
use doorward_domain::sign_in::Binding;
use doorward_domain::words::LanguageTag;
use doorward_domain::workspace::Workspace;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;

use crate::context::{Credential, RequestContext};
use crate::problem::Fault;
use crate::site::SiteState;

/// An app that signs somebody in. It holds no flow cookie: it goes on with an attempt by its id, which nobody else was
/// told (R25).
pub(crate) struct App {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) caller: Caller,
    /// In which to tell a refusal, and to write where the reader chose no other.
    pub(crate) language: LanguageTag,
}

impl FromRequestParts<Arc<SiteState>> for App {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<SiteState>) -> Result<Self, Fault> {
        let context = RequestContext::from_request_parts(parts, state).await?;
        let workspace = Arc::clone(context.workspace()?);
        let accepted = parts
            .headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let language = state.renderer.language_at(&workspace.portal, None, accepted);
        let previous_session = match context.credential() {
            Credential::Bearer(token) => Some(token.digest()),
            Credential::Key(_) | Credential::Cookie(_) | Credential::None => None,
        };
        Ok(Self {
            caller: Caller {
                client: context.client(),
                binding: Binding::Bearer,
                device: None,
                language: language.as_str().to_owned(),
                previous_session,
            },
            workspace,
            language,
        })
    }
}

impl App {
    /// With the device token that an earlier sign-in on this device gave, if the body has one (R26).
    pub(crate) fn on_device(mut self, token: Option<String>) -> Self {
        self.caller.device = token;
        self
    }
}
