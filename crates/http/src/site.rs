//! The whole site: pages and JSON API over the use cases, put together into one [`App`].

mod faults;
mod readiness;
mod workspaces;

use std::sync::Arc;

use doorward_auth::{Auth, SignInError};
use doorward_domain::ports::{
    DevelopmentMailbox, Entropy, FaultKind as PortFaultKind, HasherError, PortError, StoreHealth,
};
use doorward_domain::secret::CodeKey;
use tokio_util::sync::CancellationToken;

use self::faults::FaultPage;
use self::readiness::StoreReadiness;
use self::workspaces::CachedWorkspaces;
use crate::app::{App, AppParts};
use crate::config::HttpConfig;
use crate::edge::csrf::FormTokens;
use crate::edge::observe;
use crate::problem::{Fault, FaultKind};
use crate::refusal::whole_seconds;
use crate::render::{Assets, Renderer};
use crate::{api, pages, scim};

/// What every handler of pages and API shares; the state of both routers. The clock is [`Auth::now`].
#[derive(Clone)]
pub struct SiteState {
    /// The use cases.
    pub auth: Auth,
    /// Draws pages.
    pub renderer: Arc<Renderer>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What was mailed, where mails are kept for reading (`dev`).
    pub mailbox: Option<Arc<dyn DevelopmentMailbox>>,
    /// To be called after every use case that promised a mail, so that the worker need not wait for its next look.
    pub mail_promised: Arc<dyn Fn() + Send + Sync>,
    /// `mail.from`: whom mails of workspaces without a sender of their own come from.
    pub mail_from: Option<String>,
    /// Addresses and trust.
    pub config: HttpConfig,
    /// Authenticates what a page hands to the next one through the address bar.
    pub(crate) seal: CodeKey,
}

impl std::fmt::Debug for SiteState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteState")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// What the site is put together from.
pub struct SiteParts {
    /// The use cases.
    pub auth: Auth,
    /// Draws pages.
    pub renderer: Arc<Renderer>,
    /// Addresses and trust.
    pub config: HttpConfig,
    /// The server's key for authenticating what it hands out; keys for single purposes are derived from it.
    pub key: CodeKey,
    /// The state of the store, for `/readyz`.
    pub health: Arc<dyn StoreHealth>,
    /// Cancelled when the server begins to stop: `/readyz` says so first.
    pub draining: CancellationToken,
    /// The development mailbox; given, it is served at `/dev/mailbox` to this machine only.
    pub mailbox: Option<Arc<dyn DevelopmentMailbox>>,
    /// `mail.from`, so that pages can say from whom a mail comes.
    pub mail_from: Option<String>,
    /// Called after every use case that promised a mail.
    pub mail_promised: Arc<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for SiteParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteParts")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Puts the site together. Describes the metrics too, so a recorder should be installed before.
pub fn app(parts: SiteParts) -> App {
    observe::describe();
    let derived = |purpose: &'static [u8]| *parts.key.authenticate(&[purpose]).as_bytes();
    let form_tokens = FormTokens::new(derived(b"form-token"));
    let seal = CodeKey::new(derived(b"page-seal"));
    let directory_upload_bytes = parts.auth.config().limits.directory_upload_bytes();
    let ports = parts.auth.ports();
    let (entropy, clock) = (Arc::clone(&ports.entropy), Arc::clone(&ports.clock));
    let sessions = Arc::clone(&ports.sessions);
    let find_workspace = CachedWorkspaces::new(Arc::clone(&ports.workspaces), Arc::clone(&ports.clock));
    let fault_pages = FaultPage::new(parts.auth.clone(), Arc::clone(&parts.renderer));
    let state = Arc::new(SiteState {
        auth: parts.auth,
        renderer: parts.renderer,
        entropy: Arc::clone(&entropy),
        mailbox: parts.mailbox,
        mail_promised: parts.mail_promised,
        mail_from: parts.mail_from,
        config: parts.config.clone(),
        seal,
    });
    App::new(AppParts {
        config: parts.config,
        form_tokens,
        entropy,
        clock,
        sessions,
        find_for_checks: Arc::new(find_workspace.for_checks()),
        find_workspace: Arc::new(find_workspace),
        readiness: Arc::new(StoreReadiness::new(parts.health)),
        draining: parts.draining,
        assets: Arc::new(Assets::embedded()),
        fault_pages: Arc::new(fault_pages),
        directory_upload_bytes,
        router: pages::router()
            .merge(api::router())
            .merge(scim::router())
            .with_state(state),
    })
}

impl From<PortError> for Fault {
    fn from(error: PortError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a port failed");
        match error.kind() {
            PortFaultKind::Unavailable => Self::new(FaultKind::Unavailable).retry_after(1),
            PortFaultKind::Corrupt | PortFaultKind::Misuse => Self::new(FaultKind::Internal),
        }
    }
}

impl From<SignInError> for Fault {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Hasher(HasherError::Busy) => {
                // Nothing was decided and nothing counted (R8), so coming back at once is fair.
                tracing::warn!("the hashing queue is full");
                Self::new(FaultKind::Unavailable).retry_after(1)
            }
            SignInError::TooManyTries { wait } => {
                Self::new(FaultKind::TooManyTries).retry_after(wait.map_or(60, whole_seconds).max(1))
            }
            SignInError::Hasher(HasherError::Port(error)) | SignInError::Port(error) => error.into(),
            other => {
                tracing::error!(
                    error = &other as &dyn std::error::Error,
                    "a sign-in could not be decided"
                );
                Self::new(FaultKind::Internal)
            }
        }
    }
}
