//! Fresh, migrated stores: a SQLite file in a folder of its own, and a PostgreSQL database of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::ports::{FaultKind, PortError, PortResult};
use doorward_domain::testing::SeededEntropy;
use doorward_domain::testing::contract::{Backdoor, StorePorts};
use doorward_domain::user::UserEmail;
use doorward_persistence::{
    KeyRing, SeaApiKeys, SeaAudit, SeaAuditChain, SeaAuditLog, SeaCallerChallenges, SeaConnections, SeaCredentials,
    SeaDepartures, SeaDirectory, SeaDirectoryBook, SeaDirectoryUploads, SeaDoorSettings, SeaEmails, SeaFactors,
    SeaFlows, SeaFoundings, SeaHandOverKeys, SeaLinks, SeaMailLog, SeaOrganisations, SeaOutbox, SeaPasskeys,
    SeaPopulation, SeaPortalLinks, SeaProfiles, SeaReceipts, SeaRetention, SeaRoles, SeaRoster, SeaRoundTrips,
    SeaScimTokens, SeaSessions, SeaStoreHealth, SeaThrottle, SeaTickets, SeaUsers, SeaWaits, SeaWorkspaceFaces,
    SeaWorkspaceProviders, SeaWorkspaces, Station, Store, StoreOptions,
};
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool, SqlitePool};
use tempfile::TempDir;

/// Where a store stands, and how to look into it past the adapters.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) raw: Raw,
    pub(crate) _keep: Arc<dyn std::any::Any + Send + Sync>,
}

/// The database itself.
#[derive(Clone)]
pub(crate) enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Raw {
    /// Executes a statement whose values stand in it.
    pub(crate) async fn execute(&self, sql: &str) -> u64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(pool) => sqlx::query(sql).execute(pool).await.unwrap().rows_affected(),
            Self::Postgres(pool) => sqlx::query(sql).execute(pool).await.unwrap().rows_affected(),
        }
    }

    /// All rows of a query of whole numbers.
    pub(crate) async fn numbers(&self, sql: &str) -> Vec<i64> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
        }
    }
}

/// One of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// A new place without a schema.
    pub(crate) async fn place(self) -> Place {
        match self {
            Self::Sqlite => sqlite_place(),
            Self::Postgres => postgres_place(None).await,
        }
    }

    /// A new place, and a server's store over it.
    pub(crate) async fn store(self) -> (Place, Store) {
        let place = match (self, postgres_template()) {
            (Self::Postgres, Some(template)) => postgres_place(Some(&template)).await,
            _ => self.place().await,
        };
        let store = place.open(Station::Server).await;
        store.migrate().await.unwrap();
        (place, store)
    }

    /// All ports of a new store.
    pub(crate) async fn ports(self) -> StorePorts {
        let (place, store) = self.store().await;
        ports(&store, place)
    }
}

impl Place {
    /// A store over this place; any number may be open.
    pub(crate) async fn open(&self, station: Station) -> Store {
        let options = StoreOptions::new(self.url.clone(), station, keys());
        Store::open(options).await.unwrap()
    }
}

/// The same keys for every store, drawn apart: two stores of one process must not draw the same nonces.
pub(crate) fn keys() -> KeyRing {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let key = (0..32_u8)
        .map(|at| at.wrapping_mul(at).wrapping_mul(73) ^ 0xa5)
        .collect();
    let entropy = SeededEntropy::new(NEXT.fetch_add(1, Ordering::Relaxed));
    KeyRing::new(vec![key], Arc::new(entropy)).unwrap()
}

/// All ports over a store.
pub(crate) fn ports(store: &Store, place: Place) -> StorePorts {
    StorePorts {
        workspaces: Arc::new(SeaWorkspaces::new(store.clone())),
        users: Arc::new(SeaUsers::new(store.clone())),
        credentials: Arc::new(SeaCredentials::new(store.clone())),
        factors: Arc::new(SeaFactors::new(store.clone())),
        passkeys: Arc::new(SeaPasskeys::new(store.clone())),
        emails: Arc::new(SeaEmails::new(store.clone())),
        profiles: Arc::new(SeaProfiles::new(store.clone())),
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
        door_settings: Arc::new(SeaDoorSettings::new(store.clone())),
        population: Arc::new(SeaPopulation::new(store.clone())),
        hand_over_keys: Arc::new(SeaHandOverKeys::new(store.clone())),
        foundings: Arc::new(SeaFoundings::new(store.clone())),
        tickets: Arc::new(SeaTickets::new(store.clone())),
        workspace_providers: Arc::new(SeaWorkspaceProviders::new(store.clone())),
        workspace_faces: Arc::new(SeaWorkspaceFaces::new(store.clone())),
        trips: Arc::new(SeaRoundTrips::new(store.clone())),
        connections: Arc::new(SeaConnections::new(store.clone())),
        directory: Arc::new(SeaDirectory::new(store.clone())),
        directory_book: Arc::new(SeaDirectoryBook::new(store.clone())),
        directory_uploads: Arc::new(SeaDirectoryUploads::new(store.clone())),
        scim_tokens: Arc::new(SeaScimTokens::new(store.clone())),
        health: Arc::new(SeaStoreHealth::new(store.clone())),
        backdoor: Arc::new(place.clone()),
        keep: None,
    }
    .keeping(place)
}

#[async_trait]
impl Backdoor for Place {
    async fn add_email(&self, workspace: WorkspaceId, user: UserId, email: UserEmail) -> PortResult<()> {
        const SQL: &str = "INSERT INTO user_emails (workspace_id, id, user_id, address, address_key, is_primary, \
                           verified_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)";
        macro_rules! insert {
            ($pool:expr) => {
                sqlx::query(SQL)
                    .bind(workspace.as_uuid())
                    .bind(email.id.as_uuid())
                    .bind(user.as_uuid())
                    .bind(email.address.as_str())
                    .bind(email.address.key().as_str().to_owned())
                    .bind(email.primary)
                    .bind(email.verified_at.map(|at| at.as_micros()))
                    .execute($pool)
                    .await
                    .map(|_done| ())
            };
        }
        match &self.raw {
            Raw::Sqlite(pool) => insert!(pool),
            Raw::Postgres(pool) => insert!(pool),
        }
        .map_err(|error| PortError::new(FaultKind::Unavailable, "backdoor.add_email", error))?;
        // As every adapter does that adds to what a search looks through.
        let (workspace, user) = match self.raw {
            Raw::Sqlite(_) => (
                format!("x'{}'", workspace.as_uuid().simple()),
                format!("x'{}'", user.as_uuid().simple()),
            ),
            Raw::Postgres(_) => (format!("'{workspace}'"), format!("'{user}'")),
        };
        self.raw
            .execute(&format!(
                "UPDATE users SET search_text = search_text || '\n' || lower('{}') \
                 WHERE workspace_id = {workspace} AND id = {user}",
                email.address
            ))
            .await;
        Ok(())
    }
}

fn sqlite_place() -> Place {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("doorward.db");
    // The store makes the file by itself, and takes one that it did not make for a damaged one.
    let raw = SqlitePool::connect_lazy_with(
        sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(std::time::Duration::from_secs(5)),
    );
    Place {
        url: format!("sqlite://{}", path.display()),
        raw: Raw::Sqlite(raw),
        _keep: Arc::new(folder),
    }
}

/// Removes a database when the test is over.
struct DropDatabase {
    server: String,
    name: String,
}

impl Drop for DropDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // On a thread of its own: the test's runtime may be on its way out.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await?;
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                connection.execute(sqlx::AssertSqlSafe(sql)).await
            })
        });
        if !matches!(dropping.join(), Ok(Ok(_))) {
            eprintln!("the test database {} could not be removed", self.name);
        }
    }
}

/// A database of its own: empty, or a copy.
async fn postgres_place(template: Option<&str>) -> Place {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let server = postgres_server();
    let name = format!(
        "doorward_store_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection
        .execute(sqlx::AssertSqlSafe(format!(
            "DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        )))
        .await
        .unwrap();
    let copied = template.map_or_else(String::new, |template| format!(" TEMPLATE {template}"));
    connection
        .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}{copied}")))
        .await
        .unwrap();
    let (front, query) = match server.split_once('?') {
        Some((front, query)) => (front, format!("?{query}")),
        None => (server.as_str(), String::new()),
    };
    let after_scheme = front.find("://").map_or(0, |at| at + 3);
    let slash = front[after_scheme..]
        .find('/')
        .map_or(front.len(), |at| after_scheme + at);
    let url = format!("{}/{name}{query}", &front[..slash]);
    let raw = PgPool::connect_lazy(&url).unwrap();
    Place {
        url,
        raw: Raw::Postgres(raw),
        _keep: Arc::new(DropDatabase { server, name }),
    }
}

/// A database with the schema in it, where the run has one.
#[expect(
    clippy::disallowed_methods,
    reason = "a test run names its template in the environment"
)]
fn postgres_template() -> Option<String> {
    std::env::var("DOORWARD_TEST_POSTGRES_TEMPLATE").ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test run names its server in the environment"
)]
fn postgres_server() -> String {
    if let Ok(url) = std::env::var("DOORWARD_TEST_POSTGRES_URL") {
        return url;
    }
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/test-postgres.url");
    match std::fs::read_to_string(kept) {
        Ok(url) => url.trim().to_owned(),
        Err(error) => panic!(
            "there is no PostgreSQL to test on: set DOORWARD_TEST_POSTGRES_URL, or run `cargo xtask postgres-up` first ({error})"
        ),
    }
}
