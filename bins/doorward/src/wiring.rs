//! The composition root: which adapter stands behind which port.

use std::num::NonZeroUsize;
use std::sync::Arc;

use anyhow::Context as _;
use doorward_auth::engine::argon2::{Argon2Hasher, HashCost, HasherSettings, Peppers};
use doorward_auth::{Auth, AuthConfig, Ports};
use doorward_domain::policy::PolicySet;
use doorward_domain::ports::{Clock, Entropy, IdentityProvider, NoProviders, SchemaState, WorkspaceProviders};
use doorward_persistence::{
    KeyRing, SeaApiKeys, SeaAudit, SeaAuditChain, SeaAuditLog, SeaCallerChallenges, SeaConnections, SeaCredentials,
    SeaDepartures, SeaDirectory, SeaDirectoryBook, SeaDirectoryUploads, SeaDoorSettings, SeaEmails, SeaFactors,
    SeaFlows, SeaFoundings, SeaHandOverKeys, SeaLinks, SeaMailLog, SeaOrganisations, SeaOutbox, SeaPasskeys,
    SeaPopulation, SeaPortalLinks, SeaProfiles, SeaReceipts, SeaRetention, SeaRoles, SeaRoster, SeaRoundTrips,
    SeaScimTokens, SeaSessions, SeaThrottle, SeaTickets, SeaUsers, SeaWaits, SeaWorkspaceFaces, SeaWorkspaceProviders,
    SeaWorkspaces, Station, Store, StoreOptions,
};
use doorward_sso::{HandOverSignatures, Options, ProviderConfig, Providers};
use secrecy::ExposeSecret as _;

use crate::output::counted;
use crate::secret_key;
use crate::settings::Settings;
use crate::surroundings::{SystemClock, SystemEntropy};

/// The wired house, without its edges.
#[derive(Debug, Clone)]
pub(crate) struct House {
    /// The database.
    pub(crate) store: Store,
    /// The keys.
    pub(crate) keys: KeyRing,
    /// The core.
    pub(crate) auth: Auth,
    /// Time.
    pub(crate) clock: Arc<SystemClock>,
    /// Randomness.
    pub(crate) entropy: Arc<SystemEntropy>,
}

/// Whether the database is brought to this version on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Migrate {
    /// It is.
    Yes,
    /// It must be current already.
    No,
}

/// Opens the database and puts the core together.
///
/// # Errors
/// Keys or database that cannot be used, with what to mend.
pub(crate) async fn build(settings: &Settings, station: Station, migrate: Migrate) -> anyhow::Result<House> {
    let clock = Arc::new(SystemClock);
    let entropy = Arc::new(SystemEntropy);
    let keys = secret_key::read(&settings.secret_key_files, Arc::clone(&entropy) as Arc<dyn Entropy>)?;
    let mut options = StoreOptions::new(settings.database_url.expose_secret(), station, keys.clone());
    options.max_connections = settings.database_connections;
    // Whoever mistypes `database.url`, or forgets to mount it, is told so rather than given an empty one.
    options.make_if_missing = migrate == Migrate::Yes;
    let store = Store::open(options).await.context("database.url")?;
    match (migrate, store.schema().await.context("database.url")?) {
        (_, SchemaState::Current) => {}
        (_, SchemaState::Ahead) | (Migrate::Yes, SchemaState::Behind(_)) => {
            let steps = store.migrate().await.context("database.url")?;
            tracing::info!(steps, "database brought to this version");
        }
        (Migrate::No, SchemaState::Behind(steps)) => {
            let steps = counted(u64::from(steps), "step", "steps");
            anyhow::bail!("the database is {steps} behind this version; run: doorward migrate");
        }
    }
    let hasher = Argon2Hasher::start(hasher_settings(), Arc::clone(&entropy) as Arc<dyn Entropy>)?;
    let own_providers: Arc<dyn WorkspaceProviders> = Arc::new(SeaWorkspaceProviders::new(store.clone()));
    let ports = Ports {
        workspaces: Arc::new(SeaWorkspaces::new(store.clone())),
        users: Arc::new(SeaUsers::new(store.clone())),
        credentials: Arc::new(SeaCredentials::new(store.clone())),
        emails: Arc::new(SeaEmails::new(store.clone())),
        profiles: Arc::new(SeaProfiles::new(store.clone())),
        provider: providers(
            settings,
            station,
            Arc::clone(&entropy) as Arc<dyn Entropy>,
            Arc::clone(&own_providers),
        )?,
        trips: Arc::new(SeaRoundTrips::new(store.clone())),
        connections: Arc::new(SeaConnections::new(store.clone())),
        directory: Arc::new(SeaDirectory::new(store.clone())),
        directory_book: Arc::new(SeaDirectoryBook::new(store.clone())),
        directory_uploads: Arc::new(SeaDirectoryUploads::new(store.clone())),
        scim_tokens: Arc::new(SeaScimTokens::new(store.clone())),
        door_settings: Arc::new(SeaDoorSettings::new(store.clone())),
        population: Arc::new(SeaPopulation::new(store.clone())),
        hand_over_keys: Arc::new(SeaHandOverKeys::new(store.clone())),
        workspace_providers: own_providers,
        workspace_faces: Arc::new(SeaWorkspaceFaces::new(store.clone())),
        hand_over: Arc::new(HandOverSignatures),
        factors: Arc::new(SeaFactors::new(store.clone())),
        passkeys: Arc::new(SeaPasskeys::new(store.clone())),
        sessions: Arc::new(SeaSessions::new(store.clone())),
        own_sessions: Arc::new(SeaSessions::new(store.clone())),
        throttle: Arc::new(SeaThrottle::new(store.clone())),
        waits: Arc::new(SeaWaits::new(store.clone())),
        flows: Arc::new(SeaFlows::new(store.clone())),
        links: Arc::new(SeaLinks::new(store.clone())),
        portal_links: Arc::new(SeaPortalLinks::new(store.clone())),
        caller_challenges: Arc::new(SeaCallerChallenges::new(store.clone())),
        departures: Arc::new(SeaDepartures::new(store.clone())),
        roster: Arc::new(SeaRoster::new(store.clone())),
        foundings: Arc::new(SeaFoundings::new(store.clone())),
        tickets: Arc::new(SeaTickets::new(store.clone())),
        outbox: Arc::new(SeaOutbox::new(store.clone())),
        receipts: Arc::new(SeaReceipts::new(store.clone())),
        audit: Arc::new(SeaAudit::new(store.clone())),
        audit_log: Arc::new(SeaAuditLog::new(store.clone())),
        audit_chain: Arc::new(SeaAuditChain::new(store.clone())),
        mail_log: Arc::new(SeaMailLog::new(store.clone())),
        retention: Arc::new(SeaRetention::new(store.clone())),
        api_keys: Arc::new(SeaApiKeys::new(store.clone())),
        roles: Arc::new(SeaRoles::new(store.clone())),
        organisations: Arc::new(SeaOrganisations::new(store.clone())),
        hasher: Arc::new(hasher),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        entropy: Arc::clone(&entropy) as Arc<dyn Entropy>,
    };
    let auth = Auth::new(
        ports,
        AuthConfig {
            limits: settings.limits.clone(),
            code_key: keys.code_key(),
            public_url: settings.public_url.clone(),
            default_workspace: settings.default_workspace.clone(),
            self_service: settings.workspaces_self_service,
            policies: PolicySet::default(),
        },
    );
    Ok(House {
        store,
        keys,
        auth,
        clock,
        entropy,
    })
}

/// The engine for every provider that has credentials in the configuration.
///
/// # Errors
/// Providers that are configured wrongly, or TLS that cannot be set up.
pub(crate) fn engine(
    settings: &Settings,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Result<Providers, doorward_sso::SetupError>> {
    let configs = settings.providers.iter().map(|(id, provider)| {
        let config = ProviderConfig::read(id, &provider.values, provider.client_secret.clone());
        config.map_err(|problems| {
            let told: Vec<String> = problems
                .into_iter()
                .map(|problem| format!("providers.{id}.{}: {}", problem.key, problem.says))
                .collect();
            anyhow::anyhow!("{}", told.join("\n"))
        })
    });
    let configs = configs.collect::<anyhow::Result<Vec<_>>>()?;
    let options = Options {
        allow_private_networks: settings.sso_allow_private_networks,
        ..Options::default()
    };
    Ok(Providers::new(configs, options, entropy))
}

/// The same, for workspaces that bring credentials of their own too.
fn providers(
    settings: &Settings,
    station: Station,
    entropy: Arc<dyn Entropy>,
    own: Arc<dyn WorkspaceProviders>,
) -> anyhow::Result<Arc<dyn IdentityProvider>> {
    match (engine(settings, entropy)?, station) {
        (Ok(providers), _) => Ok(Arc::new(providers.with_own(own))),
        (Err(error), Station::Server) => Err(error.into()),
        // A way back in must not hang on the outside world (R106).
        (Err(error), Station::Command) => {
            tracing::warn!(%error, "this command knows of no identity providers");
            Ok(Arc::new(NoProviders))
        }
    }
}

/// Memory that all hashing threads may use together, in KiB.
const HASHING_BUDGET_KIB: u64 = 512 * 1_024;

fn hasher_settings() -> HasherSettings {
    let cost = HashCost::default();
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    HasherSettings {
        cost,
        threads: cost.threads(cores, HASHING_BUDGET_KIB),
        peppers: Peppers::default(),
    }
}
