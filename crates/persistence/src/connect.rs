//! Opening a database so that it can be relied on, and the two ways of using it: reading, and writing in a transaction.
//!
//! **SQLite.** WAL, `synchronous=FULL`, foreign keys, five seconds of patience, several connections. A server holds
//! `<database>.lock` for as long as it lives, so that a second one refuses; commands beside it take no lock. Writers of
//! one process queue up in front of the database rather than in it: SQLite makes whoever has to wait sleep and try again,
//! which is slow and unfair. A file that is there but is no sound database is an error, never a new beginning.
//!
//! **PostgreSQL.** Whatever the server is set to, our sessions wait at most five seconds for a statement and two for a
//! lock, end transactions that stand idle for ten, and have every commit on the disk.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::ports::SchemaState;
use doorward_migrations::{Migrator, MigratorTrait as _};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _,
    ExecResult, QueryResult, SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector, Statement,
    TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::{SchemaManager, seaql_migrations};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, PgPool, SqliteConnection, SqlitePool};
use thiserror::Error;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::changes::{Changes, Station};
use crate::fault::database_code;
use crate::keys::KeyRing;
use crate::sessions::table::{DEFAULT_CAPACITY, SessionTable};

/// How long anybody waits for a connection, a turn to write, or a statement.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a start waits for another one that is migrating.
const MIGRATION_PATIENCE: Duration = Duration::from_mins(1);
/// Names our lock among all advisory locks of a PostgreSQL database ("doorward" in ASCII).
const MIGRATION_LOCK: i64 = 0x646f_6f72_7761_7264;

const SQLITE_CONNECTIONS: u32 = 8;
const POSTGRES_CONNECTIONS: u32 = 16;

/// Where the store is and how it is used.
#[derive(Clone)]
pub struct StoreOptions {
    /// `sqlite://path`, `sqlite::memory:` or `postgres://…`. May hold a password, so it is never printed.
    pub url: String,
    /// Connections at most; `None` for 8 on SQLite and 16 on PostgreSQL.
    pub max_connections: Option<u32>,
    /// Whether this is the server or a command beside it.
    pub station: Station,
    /// Keys for what is encrypted at rest.
    pub keys: KeyRing,
    /// Sessions kept in memory at most.
    pub sessions_in_memory: usize,
    /// Whether a SQLite file that is not there is made. Whoever only wants to use what is there is told that it is not.
    pub make_if_missing: bool,
}

impl StoreOptions {
    /// Options with nothing out of the ordinary.
    pub fn new(url: impl Into<String>, station: Station, keys: KeyRing) -> Self {
        Self {
            url: url.into(),
            max_connections: None,
            station,
            keys,
            sessions_in_memory: DEFAULT_CAPACITY,
            make_if_missing: true,
        }
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("max_connections", &self.max_connections)
            .field("station", &self.station)
            .finish_non_exhaustive()
    }
}

/// Why a store could not be opened or brought to this version: one line for the operator each.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Neither SQLite nor PostgreSQL, or not a URL at all. The URL is not repeated: it may hold a password.
    #[error("the database URL is neither `sqlite://…` nor `postgres://…`")]
    Url,
    /// Another server has the file.
    #[error("another server is using {}; only one may", .path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The file is there, but is not a sound SQLite database.
    #[error("{} is not a sound SQLite database; restore it from a backup, or move it away to begin anew", .path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
    },
    /// The file is gone, but what SQLite keeps beside it is not.
    #[error("{} is missing, but its write-ahead log is there; restore the file, or move the log away to begin anew", .path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
    },
    /// There is no file, and none was to be made.
    #[error("{} is not there; run: doorward migrate", .path.display())]
    Absent {
        /// The database file.
        path: PathBuf,
    },
    /// A file or folder could not be used.
    #[error("cannot use {}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database was brought to a newer version than this binary knows (R120).
    #[error("the database is of a newer version of Doorward than this one; it has the step `{step}`")]
    Newer {
        /// The first step that this binary does not know.
        step: Box<str>,
    },
    /// Another start is migrating, and does not come to an end.
    #[error("another process has been migrating the database for more than a minute")]
    MigrationBusy,
    /// The database said no, or is away.
    #[error("the database cannot be used")]
    Database(#[from] DbErr),
}

/// A database that is ready for use. Cloning it is cheap and gives the same one.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Pool,
    connection: DatabaseConnection,
    /// What transactions that write are begun on. On SQLite a connection of its own: a connection forgets all pages it
    /// has in memory when another one has written, so writers that take turns on several read everything again each time.
    writing: DatabaseConnection,
    writer: Arc<Mutex<()>>,
    keys: KeyRing,
    changes: Changes,
    table: Arc<SessionTable>,
    /// Held open, and so locked, for as long as the server lives.
    _lock: Option<File>,
}

#[derive(Debug)]
enum Pool {
    Sqlite {
        pool: SqlitePool,
        writing: SqlitePool,
        path: Option<PathBuf>,
    },
    Postgres(PgPool),
}

impl Store {
    /// Opens the database; makes a SQLite file where there is none, if that is wanted. Changes nothing in the schema.
    ///
    /// # Errors
    /// [`StoreError`], within about five seconds.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let table = Arc::new(SessionTable::new(options.sessions_in_memory));
        if options.url.starts_with("sqlite:") {
            open_sqlite(options, table).await
        } else if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://") {
            open_postgres(options, table).await
        } else {
            Err(StoreError::Url)
        }
    }

    /// How the schema stands.
    pub async fn schema(&self) -> Result<SchemaState, DbErr> {
        Ok(match self.unknown_or_pending().await? {
            Ok(0) => SchemaState::Current,
            Ok(pending) => SchemaState::Behind(pending),
            Err(_unknown) => SchemaState::Ahead,
        })
    }

    /// Brings the schema to this version, and says how many steps that took. Any number of processes may do so at once.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if the database is ahead of this binary; then nothing is changed.
    pub async fn migrate(&self) -> Result<u32, StoreError> {
        match &self.0.pool {
            Pool::Sqlite { path, .. } => {
                let _lock = match path {
                    Some(path) => Some(migration_lock(path).await?),
                    None => None,
                };
                self.migrate_alone(&self.0.connection).await
            }
            Pool::Postgres(pool) => {
                let patience = MIGRATION_PATIENCE.as_secs();
                let options = (*pool.connect_options()).clone().options([
                    // Building an index over millions of rows takes its time.
                    ("statement_timeout", "0".to_owned()),
                    ("lock_timeout", format!("{patience}s")),
                    ("idle_in_transaction_session_timeout", "0".to_owned()),
                ]);
                // The lock belongs to a connection, so there is one, for the lock and for the work.
                let one = PgPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(PATIENCE)
                    .connect_with(options)
                    .await
                    .map_err(away)?;
                let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(one.clone());
                let done = self.migrate_postgres(&connection).await;
                one.close().await;
                done
            }
        }
    }

    async fn migrate_postgres(&self, connection: &DatabaseConnection) -> Result<u32, StoreError> {
        let lock = |function: &str| {
            Statement::from_sql_and_values(
                DbBackend::Postgres,
                format!("SELECT {function}($1)"),
                [MIGRATION_LOCK.into()],
            )
        };
        connection
            .execute_raw(lock("pg_advisory_lock"))
            .await
            .map_err(|error| {
                // 55P03: lock not available.
                if database_code(&error).is_some_and(|code| code == "55P03") {
                    StoreError::MigrationBusy
                } else {
                    error.into()
                }
            })?;
        let done = self.migrate_alone(connection).await;
        connection.execute_raw(lock("pg_advisory_unlock")).await?;
        done
    }

    async fn migrate_alone(&self, connection: &DatabaseConnection) -> Result<u32, StoreError> {
        match self.unknown_or_pending().await? {
            Err(step) => Err(StoreError::Newer { step }),
            Ok(0) => Ok(0),
            Ok(pending) => {
                Migrator::up(connection, None).await?;
                Ok(pending)
            }
        }
    }

    /// How many steps are pending, or the name of one that this binary does not know.
    async fn unknown_or_pending(&self) -> Result<Result<u32, Box<str>>, DbErr> {
        let manager = SchemaManager::new(&self.0.connection);
        let applied = if manager.has_table(Migrator::migration_table_name().to_string()).await? {
            seaql_migrations::Entity::find().all(&self.0.connection).await?
        } else {
            Vec::new()
        };
        let known: Vec<String> = Migrator::migrations()
            .iter()
            .map(|step| step.name().to_owned())
            .collect();
        if let Some(newer) = applied.iter().find(|step| !known.contains(&step.version)) {
            return Ok(Err(newer.version.as_str().into()));
        }
        Ok(Ok(
            u32::try_from(known.len().saturating_sub(applied.len())).unwrap_or(u32::MAX)
        ))
    }

    /// Lets go of every connection, after what is under way. Whoever comes later is told that the store is away.
    pub async fn close(&self) {
        match &self.0.pool {
            Pool::Sqlite { pool, writing, .. } => {
                writing.close().await;
                pool.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// What statements outside a transaction are executed on.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.0.connection
    }

    /// A transaction that may write from its first statement on. All writing is done in one of these.
    pub(crate) async fn write_tx(&self) -> Result<WriteTx, DbErr> {
        let turn = match &self.0.pool {
            Pool::Sqlite { .. } => Some(
                tokio::time::timeout(PATIENCE, Arc::clone(&self.0.writer).lock_owned())
                    .await
                    .map_err(|_elapsed| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?,
            ),
            Pool::Postgres(_) => None,
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.0.writing.begin_with_options(options).await?;
        Ok(WriteTx { tx, _turn: turn })
    }

    /// Keys for what is encrypted at rest.
    pub(crate) fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    /// Whom to tell of what sessions depend on.
    pub(crate) fn changes(&self) -> &Changes {
        &self.0.changes
    }

    /// Sessions in memory.
    pub(crate) fn table(&self) -> &Arc<SessionTable> {
        &self.0.table
    }

    /// Which database this is.
    pub(crate) fn backend(&self) -> DbBackend {
        self.0.connection.get_database_backend()
    }
}

/// A transaction that writes. Dropped without a commit, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct WriteTx {
    // Before the turn, so that the transaction is over when the next writer begins.
    tx: DatabaseTransaction,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl WriteTx {
    /// Makes it so. An error leaves open whether it is (a connection that broke in between).
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.tx.commit().await
    }

    /// Undoes everything, at once rather than some time after the drop.
    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        self.tx.rollback().await
    }
}

#[async_trait]
impl ConnectionTrait for WriteTx {
    fn get_database_backend(&self) -> DbBackend {
        self.tx.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.tx.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.tx.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.tx.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.tx.query_all_raw(statement).await
    }
}

async fn open_sqlite(options: StoreOptions, table: Arc<SessionTable>) -> Result<Store, StoreError> {
    let base = SqliteConnectOptions::from_str(&options.url).map_err(|_| StoreError::Url)?;
    let in_memory = options.url.contains(":memory:") || options.url.contains("mode=memory");
    let path = (!in_memory).then(|| base.get_filename().to_path_buf());
    let lock = match &path {
        Some(path) => prepare_file(path, &options).await?,
        None => None,
    };
    let connect = base
        .create_if_missing(in_memory)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // After a burst of writes the log shrinks again; otherwise it stays as large as it ever was.
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging();
    let first = match &path {
        Some(path) => Some(connect_first(&connect, path).await?),
        None => None,
    };
    // A database in memory is its connection: there must be exactly one, for ever.
    let connections = if in_memory {
        1
    } else {
        options.max_connections.unwrap_or(SQLITE_CONNECTIONS).max(2)
    };
    let pools = SqlitePoolOptions::new()
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false);
    let pool = pools
        .clone()
        .max_connections(connections)
        .min_connections(1)
        .connect_with(connect.clone())
        .await
        .map_err(|error| damaged_or(error, path.as_deref()))?;
    let writing = if in_memory {
        pool.clone()
    } else {
        pools.max_connections(1).connect_lazy_with(connect)
    };
    if let Some(first) = first {
        first
            .close()
            .await
            .map_err(|error| damaged_or(error, path.as_deref()))?;
    }
    let changes = Changes::sqlite(pool.clone(), path.as_deref(), Arc::clone(&table), options.station)
        .map_err(|source| cannot_use(path.as_deref().unwrap_or(Path::new("")), source))?;
    Ok(Store(Arc::new(Inner {
        connection: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone()),
        writing: SqlxSqliteConnector::from_sqlx_sqlite_pool(writing.clone()),
        pool: Pool::Sqlite { pool, writing, path },
        writer: Arc::default(),
        keys: options.keys,
        changes,
        table,
        _lock: lock,
    })))
}

/// The first connection turns the file to WAL where that is not done (a restored backup), and looks at its schema. SQLite
/// does not wait for others when it turns, so this has to: two that turn at once refuse each other.
async fn connect_first(connect: &SqliteConnectOptions, path: &Path) -> Result<SqliteConnection, StoreError> {
    let connecting = async {
        loop {
            match connect.connect().await {
                Err(error) if sqlite_code(&error).is_some_and(|code| code & 0xff == SQLITE_BUSY) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                done => return done,
            }
        }
    };
    let away_or_damaged = |error| damaged_or(error, Some(path));
    let mut connection = tokio::time::timeout(PATIENCE, connecting)
        .await
        .map_err(|_elapsed| StoreError::Database(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))?
        .map_err(away_or_damaged)?;
    sqlx::query("SELECT count(*) FROM sqlite_schema")
        .execute(&mut connection)
        .await
        .map_err(away_or_damaged)?;
    Ok(connection)
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_NOTADB: u32 = 26;

/// SQLite's own code; its low byte names the family.
fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error().and_then(DatabaseError::code)?;
    code.parse().ok()
}

async fn open_postgres(options: StoreOptions, table: Arc<SessionTable>) -> Result<Store, StoreError> {
    let connect = PgConnectOptions::from_str(&options.url)
        .map_err(|_| StoreError::Url)?
        .application_name("doorward")
        .options([
            ("statement_timeout", "5s"),
            ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("synchronous_commit", "on"),
        ])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections.unwrap_or(POSTGRES_CONNECTIONS).max(2))
        .acquire_timeout(PATIENCE)
        // A question before every use would double the way to the database; connections in steady use need none, and
        // one that stood still may have died with a server or a firewall in between.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > Duration::from_secs(1) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(connect)
        .await
        .map_err(away)?;
    let changes = Changes::postgres(&pool, Arc::clone(&table), options.station);
    Ok(Store(Arc::new(Inner {
        connection: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
        writing: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
        pool: Pool::Postgres(pool),
        writer: Arc::default(),
        keys: options.keys,
        changes,
        table,
        _lock: None,
    })))
}

fn away(error: sqlx::Error) -> StoreError {
    StoreError::Database(DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(error))))
}

fn cannot_use(path: &Path, source: io::Error) -> StoreError {
    StoreError::File {
        path: path.to_path_buf(),
        source,
    }
}

fn damaged_or(error: sqlx::Error, path: Option<&Path>) -> StoreError {
    match (path, sqlite_code(&error).map(|code| code & 0xff)) {
        (Some(path), Some(SQLITE_CORRUPT | SQLITE_NOTADB)) => StoreError::Damaged {
            path: path.to_path_buf(),
        },
        _ => away(error),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn private_file(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|source| cannot_use(path, source))
}

/// Makes sure that there is a sound file at `path`, and that no other server has it.
async fn prepare_file(path: &Path, options: &StoreOptions) -> Result<Option<File>, StoreError> {
    if !options.make_if_missing && !has_log(path) && matches!(path.try_exists(), Ok(false)) {
        return Err(StoreError::Absent {
            path: path.to_path_buf(),
        });
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|source| cannot_use(folder, source))?;
    }
    let lock = match options.station {
        Station::Command => None,
        Station::Server => {
            let lock_path = beside(path, ".lock");
            let file = private_file(&lock_path)?;
            match file.try_lock() {
                Ok(()) => Some(file),
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::InUse {
                        path: path.to_path_buf(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(cannot_use(&lock_path, source)),
            }
        }
    };
    match File::open(path) {
        Ok(file) => check_header(path, file)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if has_log(path) {
                return Err(StoreError::Missing {
                    path: path.to_path_buf(),
                });
            }
            make_file(path).await?;
        }
        Err(source) => return Err(cannot_use(path, source)),
    }
    Ok(lock)
}

fn has_log(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// A new database comes into being elsewhere and is put in place whole. So a file without content is never a database
/// that somebody was about to make, but always one that was lost.
async fn make_file(path: &Path) -> Result<(), StoreError> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let making = beside(path, &format!(".{}-{number}.new", std::process::id()));
    let remove = |file: &Path| match std::fs::remove_file(file) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(cannot_use(file, source)),
        _ => Ok(()),
    };
    remove(&making)?;
    private_file(&making)?;
    let mut connection = SqliteConnectOptions::new()
        .filename(&making)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(away)?;
    // Any write makes the header; this one says whose file it is ("DOOR").
    let marked = sqlx::query("PRAGMA application_id = 1146048338")
        .execute(&mut connection)
        .await;
    connection.close().await.map_err(away)?;
    marked.map_err(away)?;
    match std::fs::hard_link(&making, path) {
        // Another process was faster, with the same intent.
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => return Err(cannot_use(path, source)),
        _ => {}
    }
    remove(&making)
}

/// What SQLite itself would notice late or not at all: a file that is empty, cut off, or something else.
fn check_header(path: &Path, mut file: File) -> Result<(), StoreError> {
    let damaged = || StoreError::Damaged {
        path: path.to_path_buf(),
    };
    let mut header = [0_u8; 100];
    if let Err(source) = file.read_exact(&mut header) {
        return Err(if source.kind() == io::ErrorKind::UnexpectedEof {
            damaged()
        } else {
            cannot_use(path, source)
        });
    }
    // https://www.sqlite.org/fileformat2.html#the_database_header
    let [.., high, low] = *header.first_chunk::<18>().ok_or_else(damaged)?;
    let page_size = match u64::from(u16::from_be_bytes([high, low])) {
        1 => 65_536,
        size => size,
    };
    let number = |at: usize| {
        header
            .get(at..)
            .and_then(|rest| rest.first_chunk::<4>())
            .map_or(0, |bytes| u32::from_be_bytes(*bytes))
    };
    let (changed, pages, pages_valid_for) = (number(24), number(28), number(92));
    let length = file.metadata().map_err(|source| cannot_use(path, source))?.len();
    // With a log beside it, the file may lag behind what its first page says, if a checkpoint was cut off.
    let cut_off = changed == pages_valid_for && length < u64::from(pages) * page_size && !has_log(path);
    if !header.starts_with(b"SQLite format 3\0") || cut_off {
        return Err(damaged());
    }
    Ok(())
}

async fn migration_lock(path: &Path) -> Result<File, StoreError> {
    let lock_path = beside(path, ".migrating");
    let file = private_file(&lock_path)?;
    let waiting = async {
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(TryLockError::Error(source)) => return Err(cannot_use(&lock_path, source)),
            }
        }
    };
    tokio::time::timeout(MIGRATION_PATIENCE, waiting)
        .await
        .map_err(|_elapsed| StoreError::MigrationBusy)??;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use doorward_domain::testing::SeededEntropy;

    use super::*;
    use crate::raw;

    fn keys() -> KeyRing {
        let key = (0..32_u8)
            .map(|at| at.wrapping_mul(at).wrapping_mul(73) ^ 0xa5)
            .collect();
        KeyRing::new(vec![key], Arc::new(SeededEntropy::new(1))).unwrap()
    }

    async fn sqlite(folder: &tempfile::TempDir) -> Store {
        let url = format!("sqlite://{}", folder.path().join("doorward.db").display());
        Store::open(StoreOptions::new(url, Station::Server, keys()))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn every_sqlite_connection_is_durable_patient_and_checks_references() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = sqlite(&folder).await;
        let Pool::Sqlite { pool, .. } = &store.0.pool else {
            panic!()
        };
        let mut connections = Vec::new();
        for _ in 0..SQLITE_CONNECTIONS {
            connections.push(pool.acquire().await.unwrap());
        }
        for connection in &mut connections {
            let mut pragma = async |name: &str| -> String {
                let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
                let column = if name == "busy_timeout" {
                    sql.replace("CAST(busy_timeout", "CAST(timeout")
                } else {
                    sql
                };
                sqlx::query_scalar(sqlx::AssertSqlSafe(column))
                    .fetch_one(&mut **connection)
                    .await
                    .unwrap()
            };
            assert_eq!(pragma("journal_mode").await, "wal");
            assert_eq!(pragma("synchronous").await, "2", "FULL");
            assert_eq!(pragma("foreign_keys").await, "1");
            assert_eq!(pragma("busy_timeout").await, "5000");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn writers_read_what_the_writer_before_them_wrote() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = sqlite(&folder).await;
        let pool = store.reader();
        pool.execute_unprepared("CREATE TABLE n (n BIGINT); INSERT INTO n VALUES (0)")
            .await
            .unwrap();
        let racing: Vec<_> = (0..64)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let tx = store.write_tx().await.unwrap();
                    let n: i64 = raw::one(&tx, "SELECT n FROM n", [])
                        .await
                        .unwrap()
                        .unwrap()
                        .try_get("", "n")
                        .unwrap();
                    tokio::task::yield_now().await;
                    raw::execute(&tx, "UPDATE n SET n = $1", [(n + 1).into()])
                        .await
                        .unwrap();
                    tx.commit().await.unwrap();
                })
            })
            .collect();
        for racer in racing {
            racer.await.unwrap();
        }
        let dropped = store.write_tx().await.unwrap();
        raw::execute(&dropped, "UPDATE n SET n = 1000", []).await.unwrap();
        drop(dropped);
        let tx = store.write_tx().await.unwrap();
        let n: i64 = raw::one(&tx, "SELECT n FROM n", [])
            .await
            .unwrap()
            .unwrap()
            .try_get("", "n")
            .unwrap();
        assert_eq!(n, 64);
    }

    #[tokio::test]
    async fn a_database_that_another_process_keeps_locked_is_unavailable_and_comes_back() {
        use doorward_domain::ports::{FaultKind, SchemaState, StoreHealth as _};

        let folder = tempfile::TempDir::new().unwrap();
        let store = sqlite(&folder).await;
        store.migrate().await.unwrap();
        let mut other = SqliteConnectOptions::new()
            .filename(folder.path().join("doorward.db"))
            .connect()
            .await
            .unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let asked = std::time::Instant::now();
        let error = store.write_tx().await.unwrap_err();
        assert_eq!(crate::fault::fault("here")(error).kind(), FaultKind::Unavailable);
        assert!(
            asked.elapsed() >= PATIENCE && asked.elapsed() < PATIENCE * 2,
            "{:?}",
            asked.elapsed()
        );
        let health = crate::SeaStoreHealth::new(store.clone());
        assert_eq!(health.schema().await.unwrap(), SchemaState::Current, "readers go on");
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
        store.write_tx().await.unwrap().commit().await.unwrap();
    }

    #[tokio::test]
    async fn postgres_sessions_have_bounds_and_full_durability() {
        let store = Store::open(StoreOptions::new(postgres_url(), Station::Command, keys()))
            .await
            .unwrap();
        for (setting, value) in [
            ("statement_timeout", "5s"),
            ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("synchronous_commit", "on"),
            ("application_name", "doorward"),
        ] {
            let row = raw::one(store.reader(), &format!("SHOW {setting}"), [])
                .await
                .unwrap()
                .unwrap();
            assert_eq!(row.try_get::<String>("", setting).unwrap(), value, "{setting}");
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test run names its server in the environment"
    )]
    fn postgres_url() -> String {
        let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/test-postgres.url");
        std::env::var("DOORWARD_TEST_POSTGRES_URL")
            .or_else(|_| std::fs::read_to_string(kept).map(|url| url.trim().to_owned()))
            .expect(
                "there is no PostgreSQL to test on: set DOORWARD_TEST_POSTGRES_URL, or run `cargo xtask postgres-up`",
            )
    }
}
