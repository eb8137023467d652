//! Small stand-ins for the tests of this crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::{Entropy, MockClock, MockSessions};
use doorward_domain::settings::SecuritySettings;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::{Portal, Slug, Workspace};
use uuid::Uuid;

use crate::edge::csrf::FormTokens;
use crate::edge::host::{FindWorkspace, LookupUnavailable};
use crate::render::Assets;
use crate::{App, AppParts, Fault, FaultPages, HttpConfig, NotReady, PublicUrl, Readiness, RequestContext};

/// Bytes that repeat from run to run and not within one.
pub(crate) struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let mut bits = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            for (byte, drawn) in chunk.iter_mut().zip((bits ^ (bits >> 31)).to_be_bytes()) {
                *byte = drawn;
            }
        }
    }
}

/// The id that [`workspace`] gives a slug.
pub(crate) fn workspace_id(slug: &str) -> WorkspaceId {
    let mut bytes = [0_u8; 16];
    for (byte, letter) in bytes.iter_mut().zip(slug.bytes()) {
        *byte = letter;
    }
    WorkspaceId::from_uuid(Uuid::from_bytes(bytes))
}

/// A workspace with default settings.
pub(crate) fn workspace(slug: &str) -> Arc<Workspace> {
    Arc::new(Workspace {
        id: workspace_id(slug),
        slug: Slug::parse(slug).unwrap(),
        name: slug.to_owned(),
        hosts: Vec::new(),
        portal: Portal::default(),
        security: SecuritySettings::default(),
        own_providers: Vec::new(),
        provisional: None,
        created_at: Timestamp::from_unix_seconds(0),
    })
}

struct NoWorkspaceButDemo;

#[async_trait::async_trait]
impl FindWorkspace for NoWorkspaceButDemo {
    async fn by_slug(&self, slug: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
        Ok((slug == "demo").then(|| workspace(slug)))
    }
    async fn by_host_name(&self, _: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
        Ok(None)
    }
}

struct AlwaysReady;

#[async_trait::async_trait]
impl Readiness for AlwaysReady {
    async fn check(&self) -> Result<(), NotReady> {
        Ok(())
    }
}

struct NoPages;

impl FaultPages for NoPages {
    fn page(&self, _: &Fault, _: &RequestContext, _: &http::HeaderMap) -> Option<String> {
        None
    }
}

/// An application around a router, with the workspace `demo` at `localhost` and nobody signed in.
pub(crate) fn app(router: axum::Router) -> App {
    let mut sessions = MockSessions::new();
    sessions.expect_peek().returning(|_, _| Some(None));
    let mut clock = MockClock::new();
    clock.expect_now().return_const(Timestamp::from_unix_seconds(0));
    App::new(AppParts {
        config: HttpConfig {
            public_url: PublicUrl::parse("http://localhost:8080").unwrap(),
            default_workspace: Some("demo".to_owned()),
            trusted_proxies: Vec::new(),
            form_targets: Vec::new(),
        },
        form_tokens: FormTokens::new([1; 32]),
        entropy: Arc::new(SeededEntropy::new(9)),
        clock: Arc::new(clock),
        sessions: Arc::new(sessions),
        find_for_checks: Arc::new(NoWorkspaceButDemo),
        find_workspace: Arc::new(NoWorkspaceButDemo),
        readiness: Arc::new(AlwaysReady),
        draining: tokio_util::sync::CancellationToken::new(),
        assets: Arc::new(Assets::embedded()),
        fault_pages: Arc::new(NoPages),
        directory_upload_bytes: 1024 * 1024,
        router,
    })
}
