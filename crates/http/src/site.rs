//! The whole site: pages and JSON API over the use cases, put together into one [`App`](crate::App).

use std::sync::Arc;

use doorward_auth::Auth;
use doorward_domain::ports::{DevelopmentMailbox, Entropy};

use crate::config::HttpConfig;
use crate::render::Renderer;

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
    /// Addresses and trust.
    pub config: HttpConfig,
}

impl std::fmt::Debug for SiteState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteState").field("config", &self.config).finish_non_exhaustive()
    }
}
