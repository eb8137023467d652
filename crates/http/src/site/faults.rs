//! The page of a failed request, in the workspace's frame.

use std::sync::Arc;

use doorward_auth::Auth;
use doorward_domain::session::SessionView;
use http::HeaderMap;

use crate::app::FaultPages;
use crate::context::RequestContext;
use crate::pages::{Onlooker, PageKind};
use crate::problem::{Fault, FaultKind};
use crate::render::Renderer;
use crate::render::views::{ErrorPage, ExpiredForm};

/// Draws refusals for people.
pub(super) struct FaultPage {
    auth: Auth,
    renderer: Arc<Renderer>,
}

impl FaultPage {
    pub(super) fn new(auth: Auth, renderer: Arc<Renderer>) -> Self {
        Self { auth, renderer }
    }

    /// Who is signed in, as far as memory knows; a refusal is not worth a look-up.
    fn person(&self, context: &RequestContext) -> Option<Arc<SessionView>> {
        if let Some(known) = context.signed_in() {
            return Some(Arc::clone(known));
        }
        let workspace = context.place().workspace()?;
        let token = context.credential().session_token()?;
        let known = self.auth.ports().sessions.peek(&token.digest(), self.auth.now())??;
        (known.workspace == workspace.id).then_some(known)
    }
}

impl FaultPages for FaultPage {
    fn page(&self, fault: &Fault, context: &RequestContext, headers: &HeaderMap) -> Option<String> {
        let person = self.person(context);
        let onlooker = Onlooker::new(&self.renderer, context, headers, person.as_deref());
        let frame = onlooker.frame(PageKind::Plain);
        let drawn = match fault.kind() {
            FaultKind::FormExpired => {
                let again = "/".to_owned();
                self.renderer.render(&frame, &ExpiredForm { again })
            }
            FaultKind::TooManyTries => {
                let page = ErrorPage::try_later(fault.retry_after_seconds().unwrap_or(60));
                self.renderer.render(&frame, &page)
            }
            _ => {
                let name = context.place().workspace().map(|workspace| workspace.name.as_str());
                let mut page = ErrorPage::of(fault.status(), name);
                if fault.status().is_server_error() {
                    page = page.with_request(context.id().to_string());
                }
                self.renderer.render(&frame, &page)
            }
        };
        match drawn {
            Ok(page) => Some(page.0),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the page of a refusal cannot be drawn"
                );
                None
            }
        }
    }
}
