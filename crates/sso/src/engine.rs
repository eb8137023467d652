//! The port [`IdentityProvider`]: one engine for every provider.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use doorward_domain::ids::{CredentialsId, WorkspaceId};
use doorward_domain::own_provider::{DraftProblem, ProviderDraft};
use doorward_domain::ports::{
    Arrival, CallbackQuery, Departure, Entropy, IdentityProvider, NoOwnProviders, ProviderFault, TokenFault,
    WorkspaceProviders,
};
use doorward_domain::provider::{Arrived, ProviderDescription, ProviderId};
use doorward_domain::secret::RawToken;
use doorward_domain::workspace::Workspace;
use oauth2::AuthType;
use tokio::time::Instant;
use url::Url;

use crate::departure;
use crate::discovery::{Discovery, Metadata};
use crate::exchange::{Code, Tokens, exchange};
use crate::http::{Errand, Http, HttpError, Limits, SetupError, unavailable};
use crate::provider::{Dialect, ProviderConfig, ProviderKind, is_tenant_id, known_ids, read_draft};
use crate::reach::Reach;
use crate::{openid, social};

/// What the engine may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether providers may be in private networks (R54). Addresses at which clouds hand out a machine's credentials stay
    /// closed.
    pub allow_private_networks: bool,
    /// How much time and room a provider gets.
    pub limits: Limits,
}

/// Every provider that has credentials. What is remembered of one, its metadata and keys, is held apart from every other,
/// and connections are not rationed between them: one that hangs holds up nobody who signs in with another (R65).
///
/// Credentials that a workspace brings itself go before the server's. They are asked for at each round trip, so that a change
/// counts at once on every node; what is remembered of the provider goes with the credentials that it was learnt by.
pub struct Providers {
    pub(crate) known: Vec<Arc<Provider>>,
    pub(crate) options: Options,
    entropy: Arc<dyn Entropy>,
    own: Arc<dyn WorkspaceProviders>,
    own_known: Mutex<HashMap<(WorkspaceId, ProviderId), Remembered>>,
    /// For requests by credentials of a workspace: whoever runs one is not to look around in the server's own network.
    own_http: Http,
}

/// A workspace's own provider, and by which state of its credentials it is known.
type Remembered = (CredentialsId, Arc<Provider>);

/// How many providers of workspaces are remembered at once; beyond that all are asked anew what they say of themselves.
const MOST_REMEMBERED: usize = 10_000;

impl std::fmt::Debug for Providers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Providers")
            .field("known", &self.known)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) config: ProviderConfig,
    pub(crate) http: Http,
    pub(crate) discovery: Discovery,
}

/// One answer of a provider while it is checked.
pub(crate) struct Visit<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) limits: &'a Limits,
    pub(crate) arrival: &'a Arrival,
    pub(crate) until: Instant,
}

impl Providers {
    /// The engine for these providers.
    pub fn new(
        providers: Vec<ProviderConfig>,
        options: Options,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, SetupError> {
        let mut clients: BTreeMap<Reach, Http> = BTreeMap::new();
        let mut known = Vec::with_capacity(providers.len());
        for config in providers {
            let reach = if options.allow_private_networks {
                Reach::Private
            } else if config.is_on_loopback() {
                Reach::Loopback
            } else {
                Reach::Public
            };
            let http = match clients.get(&reach) {
                Some(http) => http.clone(),
                None => clients
                    .entry(reach)
                    .or_insert(Http::new(reach, &options.limits)?)
                    .clone(),
            };
            known.push(Arc::new(Provider {
                config,
                http,
                discovery: Discovery::new(),
            }));
        }
        known.sort_by(|a, b| in_order(&a.config.id, &b.config.id));
        let reach = if options.allow_private_networks {
            Reach::Private
        } else {
            Reach::Public
        };
        let own_http = match clients.remove(&reach) {
            Some(http) => http,
            None => Http::new(reach, &options.limits)?,
        };
        Ok(Self {
            known,
            options,
            entropy,
            own: Arc::new(NoOwnProviders),
            own_known: Mutex::default(),
            own_http,
        })
    }

    /// The same engine, for workspaces that bring credentials of their own.
    #[must_use]
    pub fn with_own(mut self, own: Arc<dyn WorkspaceProviders>) -> Self {
        self.own = own;
        self
    }

    /// The provider that a workspace means by that id: its own, or the server's.
    async fn find(&self, workspace: WorkspaceId, id: &ProviderId) -> Result<Arc<Provider>, ProviderFault> {
        let own = self.own.find(workspace, id).await;
        let own = own.map_err(|error| ProviderFault::Unavailable {
            what: "credentials",
            source: Some(Box::new(error)),
        })?;
        let key = (workspace, id.clone());
        let Some(own) = own else {
            self.remembered().remove(&key);
            let provider = self.known.iter().find(|provider| provider.config.id == *id);
            return provider.cloned().ok_or(ProviderFault::Unknown);
        };
        if let Some((revision, provider)) = self.remembered().get(&key)
            && *revision == own.revision
        {
            return Ok(Arc::clone(provider));
        }
        let provider = Arc::new(self.of_draft(&own.draft)?);
        let mut remembered = self.remembered();
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key, (own.revision, Arc::clone(&provider)));
        Ok(provider)
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<(WorkspaceId, ProviderId), Remembered>> {
        self.own_known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_draft(&self, draft: &ProviderDraft) -> Result<Provider, ProviderFault> {
        let config = read_draft(draft, self.options.allow_private_networks);
        // They were read before they were kept; only by stricter rules they will not do any more.
        let config = config.map_err(|_problems| ProviderFault::Unknown)?;
        Ok(Provider {
            config,
            http: self.own_http.clone(),
            discovery: Discovery::new(),
        })
    }

    async fn depart_to(&self, provider: &Provider, callback: &str) -> Result<Departure, ProviderFault> {
        let endpoint = match provider.config.kind {
            ProviderKind::OAuth2 => configured(provider.config.authorization_endpoint.as_ref(), "authorization")?,
            ProviderKind::OpenIdConnect => {
                let metadata = provider.metadata(&self.options.limits, self.until()).await?;
                metadata.authorization_endpoint.clone()
            }
        };
        departure::prepare(&provider.config, endpoint, callback, self.entropy.as_ref())
    }

    pub(crate) fn until(&self) -> Instant {
        Instant::now() + self.options.limits.total
    }
}

#[async_trait]
impl IdentityProvider for Providers {
    fn offered(&self, workspace: &Workspace) -> Vec<ProviderDescription> {
        let own = &workspace.own_providers;
        let describe = |provider: &Arc<Provider>| ProviderDescription {
            id: provider.config.id.clone(),
            name: provider.config.name.clone(),
            brand: provider.config.id.brand(),
        };
        let of_server = self.known.iter().map(describe);
        let mut all: Vec<ProviderDescription> = of_server
            .filter(|known| own.iter().all(|own| own.id != known.id))
            .collect();
        if !own.is_empty() {
            all.extend(own.iter().cloned());
            all.sort_by(|a, b| in_order(&a.id, &b.id));
        }
        all
    }

    fn read(&self, draft: &ProviderDraft) -> Result<String, Vec<DraftProblem>> {
        read_draft(draft, self.options.allow_private_networks).map(|config| config.name)
    }

    async fn depart(
        &self,
        workspace: WorkspaceId,
        provider: &ProviderId,
        callback: &str,
    ) -> Result<Departure, ProviderFault> {
        let provider = self.find(workspace, provider).await?;
        self.depart_to(&provider, callback).await
    }

    async fn depart_on_trial(&self, draft: &ProviderDraft, callback: &str) -> Result<Departure, ProviderFault> {
        self.depart_to(&self.of_draft(draft)?, callback).await
    }

    async fn arrive(&self, arrival: Arrival) -> Result<Arrived, ProviderFault> {
        let provider = match &arrival.trip.trial {
            Some(draft) => Arc::new(self.of_draft(draft)?),
            None => self.find(arrival.trip.workspace, &arrival.trip.provider).await?,
        };
        let visit = Visit {
            provider: &provider,
            limits: &self.options.limits,
            arrival: &arrival,
            until: self.until(),
        };
        let config = &visit.provider.config;
        check_named(config, &arrival.query)?;
        if let Some(error) = &arrival.query.error {
            return Err(given_up(error));
        }
        match (config.kind, config.dialect) {
            (ProviderKind::OpenIdConnect, _) => openid::arrive(&visit).await,
            (ProviderKind::OAuth2, Dialect::Facebook) => social::facebook(&visit).await,
            (ProviderKind::OAuth2, Dialect::X) => social::x(&visit).await,
            (ProviderKind::OAuth2, _) => social::plain(&visit).await,
        }
    }
}

impl Provider {
    pub(crate) async fn metadata(&self, limits: &Limits, until: Instant) -> Result<Arc<Metadata>, ProviderFault> {
        self.discovery.metadata(&self.config, &self.http, limits, until).await
    }
}

impl Visit<'_> {
    /// Exchanges the code, with the verifier whose challenge was sent (R51).
    pub(crate) async fn exchange(&self, endpoint: &Url, auth_type: AuthType) -> Result<Tokens, ProviderFault> {
        let code = self.arrival.query.code.as_deref().filter(|code| !code.is_empty());
        let code = Code {
            handed_out: code.ok_or_else(|| unavailable("authorization", HttpError::Content))?,
            verifier: &self.arrival.trip.verifier,
            callback: &self.arrival.callback,
        };
        let provider = self.provider;
        exchange(
            &provider.config,
            &provider.http,
            endpoint,
            auth_type,
            code,
            &self.errand("token"),
        )
        .await
    }

    /// What asking for something may take.
    pub(crate) fn errand(&self, what: &'static str) -> Errand {
        Errand {
            what,
            until: self.until,
            body: self.limits.body,
        }
    }

    /// The nonce that was sent.
    pub(crate) fn nonce(&self) -> Option<String> {
        self.arrival.trip.nonce.as_ref().map(RawToken::expose)
    }
}

/// The order of buttons: the big ones first, the others by id.
fn in_order(a: &ProviderId, b: &ProviderId) -> std::cmp::Ordering {
    let place = |id: &ProviderId| known_ids().position(|known| known == id.as_str()).unwrap_or(usize::MAX);
    place(a).cmp(&place(b)).then_with(|| a.cmp(b))
}

/// An address that the configuration holds.
pub(crate) fn configured(url: Option<&Url>, what: &'static str) -> Result<Url, ProviderFault> {
    url.cloned().ok_or_else(|| unavailable(what, HttpError::Address))
}

/// An answer that names somebody is this provider's only if it names this provider, byte by byte (R53).
fn check_named(config: &ProviderConfig, query: &CallbackQuery) -> Result<(), ProviderFault> {
    let Some(named) = query.issuer.as_deref() else {
        return Ok(());
    };
    let is_it = match (config.issuer_template(), config.issuer.as_deref()) {
        (Some(template), _) => template.split_once("{tenantid}").is_some_and(|(before, after)| {
            let tenant = named.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            tenant.is_some_and(is_tenant_id)
        }),
        (None, Some(issuer)) => named == issuer,
        (None, None) => false,
    };
    if is_it {
        Ok(())
    } else {
        Err(ProviderFault::Refused(TokenFault::MixUp))
    }
}

/// Whether `error` says that the person, or the provider for them, said no; the rest are faults of the provider.
fn given_up(error: &str) -> ProviderFault {
    match error {
        "access_denied"
        | "user_denied"
        | "user_cancelled_login"
        | "user_cancelled_authorize"
        | "consent_required"
        | "interaction_required"
        | "login_required"
        | "account_selection_required" => ProviderFault::Cancelled,
        _ => unavailable("authorization", HttpError::Refused(crate::exchange::word(error))),
    }
}
