//! How a session table in memory learns of what was changed elsewhere.
//!
//! **SQLite.** One server owns the file, and its own writes reach its table directly. Commands that run beside it share a
//! file of two counters, `<database>.changes`: a command holds an exclusive lock on it, raises `started`, does its whole
//! transaction, and sets `finished` to the same number. The server reads both with one system call on each check. Equal,
//! and as last seen: memory is exact. Equal, but not as last seen: something was changed, and memory is dropped.
//! Different: a command is at work, and the database answers; if then the lock can be had, that command was killed half
//! way, memory is dropped and the counters are set right. So a command counts on the very next check.
//!
//! **PostgreSQL.** Writers call `pg_notify` inside their transaction, and each server listens. Notifications come in the
//! order of commits, so a server that sends itself a heartbeat and hears it knows of everything that was committed
//! before the beat was *sent*. Memory answers only while the last beat heard was sent less than
//! [`STALENESS_BOUND`] ago; otherwise the database does. A new connection begins with an empty table. Servers on other
//! nodes therefore refuse an ended session within that bound, whatever happens to the channel; this one does so at once.
//! (The bound is counted in running time: a machine that was suspended does not count its sleep.)

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::ports::{Edition, FaultKind, PortError, PortResult};
use doorward_domain::secret::TokenDigest;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sqlx::postgres::PgListener;
use sqlx::{PgPool, SqlitePool};
use uuid::Uuid;

use crate::sessions::table::SessionTable;

/// On PostgreSQL, an answer from memory is at most this old (G3).
pub const STALENESS_BOUND: Duration = Duration::from_secs(1);

const CHANNEL: &str = "doorward_changes";
const BEAT: Duration = Duration::from_millis(250);
const SILENCE: Duration = Duration::from_secs(5);
const LOCK_PATIENCE: Duration = Duration::from_secs(10);
const FILE_STILL_THERE: Duration = Duration::from_millis(250);

/// Who is asking and writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Station {
    /// The server: it answers session checks from memory. One per SQLite file.
    Server,
    /// A command beside it (`user disable`, `user set-password`, …): it keeps nothing in memory.
    Command,
}

/// What a write has changed, as far as sessions are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// One session was ended.
    Session(TokenDigest),
    /// Sessions of a person were ended, or what a check tells of the person is different now.
    Person(WorkspaceId, UserId),
    /// Anything may have changed.
    Everything,
}

impl Changed {
    fn encode(self) -> String {
        match self {
            Self::Session(digest) => format!("session {}", data_encoding::HEXLOWER.encode(digest.as_bytes())),
            Self::Person(workspace, user) => format!("person {workspace} {user}"),
            Self::Everything => "everything".to_owned(),
        }
    }

    /// Whatever cannot be read may mean anything, so it means everything.
    fn decode(text: &str) -> Self {
        let one_session = |text: &str| {
            let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
            Some(Self::Session(TokenDigest::from_bytes(bytes.try_into().ok()?)))
        };
        let whole_person = |text: &str| {
            let (workspace, user) = text.split_once(' ')?;
            Some(Self::Person(workspace.parse().ok()?, user.parse().ok()?))
        };
        match text.split_once(' ') {
            Some(("session", rest)) => one_session(rest),
            Some(("person", rest)) => whole_person(rest),
            _ => None,
        }
        .unwrap_or(Self::Everything)
    }

    fn apply(self, table: &SessionTable) {
        match self {
            Self::Session(digest) => table.revoke(&digest),
            Self::Person(_, user) => table.revoke_person(user),
            Self::Everything => table.revoke_all(),
        }
    }
}

/// Watches for changes, and tells of them.
#[derive(Debug, Clone)]
pub struct Changes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    table: Arc<SessionTable>,
    station: Station,
    source: Source,
    /// How often this process changed a workspace.
    workspaces_changed: AtomicU64,
}

#[derive(Debug)]
enum Source {
    /// A SQLite database that exists in this process only.
    Nobody(SqlitePool),
    File(SqlitePool, CounterFile),
    Channel(Channel),
}

impl Changes {
    /// For SQLite. `database` is the file's path; `None` for a database in memory, which no other process can change.
    pub fn sqlite(
        pool: SqlitePool,
        database: Option<&Path>,
        table: Arc<SessionTable>,
        station: Station,
    ) -> io::Result<Self> {
        let source = match database {
            None => Source::Nobody(pool),
            Some(database) => {
                let mut path = database.as_os_str().to_owned();
                path.push(".changes");
                Source::File(pool, CounterFile::open(PathBuf::from(path))?)
            }
        };
        Ok(Self(Arc::new(Inner {
            table,
            station,
            source,
            workspaces_changed: AtomicU64::new(0),
        })))
    }

    /// For PostgreSQL. A server begins to listen, on two connections of its own; until it hears itself, the database
    /// answers every check. To be called inside the runtime.
    pub fn postgres(pool: &PgPool, table: Arc<SessionTable>, station: Station) -> Self {
        let mut channel = Channel {
            heard: Arc::new(Heard::default()),
            listener: None,
        };
        if station == Station::Server {
            channel.listener = Some(AbortOnDrop(
                tokio::spawn(listen(pool.clone(), Arc::clone(&table), Arc::clone(&channel.heard))).abort_handle(),
            ));
        }
        Self(Arc::new(Inner {
            table,
            station,
            source: Source::Channel(channel),
            workspaces_changed: AtomicU64::new(0),
        }))
    }

    /// Whether the table in memory may answer right now. Asked on each check, before the table is.
    pub fn memory_is_current(&self) -> bool {
        match &self.0.source {
            Source::Nobody(_) => true,
            Source::File(_, file) => self.0.station == Station::Server && file.is_current(&self.0.table),
            Source::Channel(channel) => channel.heard.is_fresh(),
        }
    }

    /// Which state the workspaces are in, as far as this process and the commands beside it change them. `None` while a
    /// command is at work.
    pub fn edition(&self) -> Option<Edition> {
        let beside = match &self.0.source {
            Source::Nobody(_) | Source::Channel(_) => 0,
            Source::File(_, file) => {
                if !file.is_current(&self.0.table) {
                    return None;
                }
                file.seen.load(Ordering::SeqCst)
            }
        };
        Some(Edition {
            here: self.0.workspaces_changed.load(Ordering::SeqCst),
            beside,
        })
    }

    /// A workspace was changed by this process.
    pub fn workspace_changed(&self) {
        self.0.workspaces_changed.fetch_add(1, Ordering::SeqCst);
    }

    /// To be called before the transaction of a write that sessions depend on is begun; see [`Announcement`].
    ///
    /// # Errors
    /// A command beside a server waits here for other commands, and gives up after ten seconds.
    pub async fn begin(&self, place: &'static str) -> PortResult<Announcement> {
        let bracket = match &self.0.source {
            Source::File(_, file) if self.0.station == Station::Command => Some(file.bracket(place).await?),
            _ => None,
        };
        Ok(Announcement {
            changes: self.clone(),
            announced: Mutex::default(),
            bracket,
            finished: false,
        })
    }
}

/// A write that sessions depend on, from before its transaction until after it.
///
/// ```text
/// let announcement = changes.begin("credentials.set_password").await?;
/// let tx = store.write_tx(…).await?;
/// …
/// announcement.announce(&tx, Changed::Person(workspace, user)).await?;
/// tx.commit().await?;
/// announcement.finish();
/// ```
///
/// Dropped without `finish` (an error, or a caller that went away in the middle of the commit), it takes what was announced
/// for done, now and once more when every write that was under way has come to its end.
#[derive(Debug)]
#[must_use = "a write that nobody announces leaves ended sessions alive in memory"]
pub struct Announcement {
    changes: Changes,
    announced: Mutex<Vec<Changed>>,
    bracket: Option<Bracket>,
    finished: bool,
}

impl Announcement {
    /// Tells of a change, inside the transaction that makes it. Other nodes hear of it when that commits.
    pub async fn announce(&self, tx: &impl ConnectionTrait, changed: Changed) -> Result<(), DbErr> {
        lock(&self.announced).push(changed);
        if matches!(self.changes.0.source, Source::Channel(_)) {
            tx.execute_raw(Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_notify($1, $2)",
                [CHANNEL.into(), changed.encode().into()],
            ))
            .await?;
        }
        Ok(())
    }

    /// The transaction is over: what was announced counts from here on.
    pub fn finish(mut self) {
        self.apply();
        if let Some(bracket) = self.bracket.take() {
            bracket.close();
        }
        self.finished = true;
    }

    fn apply(&self) {
        for changed in lock(&self.announced).iter() {
            changed.apply(&self.changes.0.table);
        }
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // The lock of a command's bracket is let go without its end being written: the server sets that right.
        if self.finished || self.changes.0.station == Station::Command {
            return;
        }
        self.apply();
        let announced = std::mem::take(&mut *lock(&self.announced));
        let pool = match &self.changes.0.source {
            Source::Nobody(pool) | Source::File(pool, _) => pool.clone(),
            // The notification is in the transaction; it comes back if that did commit.
            Source::Channel(_) => return,
        };
        if announced.is_empty() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(apply_after_writers(pool, Arc::clone(&self.changes.0.table), announced));
        }
    }
}

/// SQLite has one writer at a time: whoever gets to write knows that every earlier write has come to its end.
async fn apply_after_writers(pool: SqlitePool, table: Arc<SessionTable>, announced: Vec<Changed>) {
    for _ in 0..60 {
        let writer = pool.begin_with("BEGIN IMMEDIATE").await;
        for changed in &announced {
            changed.apply(&table);
        }
        match writer {
            Ok(writer) => {
                if let Err(error) = writer.rollback().await {
                    tracing::debug!(%error, "an empty transaction could not be rolled back");
                }
                return;
            }
            Err(error) => tracing::warn!(%error, "waiting for a write whose caller went away"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// `started` and `finished`, in that order, eight bytes each, little end first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counters {
    started: u64,
    finished: u64,
}

const COUNTERS: usize = 16;
const FINISHED_AT: u64 = 8;

fn read_counters(file: &File) -> io::Result<Counters> {
    let mut bytes = [0_u8; COUNTERS];
    // What is not there yet counts as zero: nobody has changed anything, or somebody was cut off and is to be healed.
    let _length = file.read_at(&mut bytes, 0)?;
    let [started, finished] = [bytes.first_chunk::<8>(), bytes.last_chunk::<8>()]
        .map(|half| half.map_or(0, |half| u64::from_le_bytes(*half)));
    Ok(Counters { started, finished })
}

#[derive(Debug)]
struct CounterFile {
    path: PathBuf,
    file: RwLock<Arc<File>>,
    seen: AtomicU64,
    healing: Mutex<()>,
    born: Instant,
    look_again_at: AtomicU64,
}

impl CounterFile {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = open_counters(&path)?;
        let seen = read_counters(&file)?.finished;
        Ok(Self {
            path,
            file: RwLock::new(Arc::new(file)),
            seen: AtomicU64::new(seen),
            healing: Mutex::default(),
            born: Instant::now(),
            look_again_at: AtomicU64::new(0),
        })
    }

    fn is_current(&self, table: &SessionTable) -> bool {
        if let Err(error) = self.reopen_if_removed(table) {
            tracing::error!(%error, path = %self.path.display(), "the change counters are gone; the database answers every check");
            return false;
        }
        let file = self.file.read().unwrap_or_else(PoisonError::into_inner);
        let Ok(counters) = read_counters(&file) else {
            return false;
        };
        if counters.started != counters.finished {
            self.heal(&file, table);
            return false;
        }
        if counters.finished != self.seen.load(Ordering::SeqCst) {
            table.revoke_all();
            self.seen.store(counters.finished, Ordering::SeqCst);
        }
        true
    }

    /// A command raised `started` and has not come to `finished`. If its lock can be had, it never will.
    fn heal(&self, file: &File, table: &SessionTable) {
        // One lock serves all threads of this process, so they take turns.
        let Ok(_turn) = self.healing.try_lock() else { return };
        if file.try_lock().is_err() {
            return;
        }
        if let Ok(counters) = read_counters(file)
            && counters.started != counters.finished
        {
            table.revoke_all();
            match file.write_all_at(&counters.started.to_le_bytes(), FINISHED_AT) {
                Ok(()) => self.seen.store(counters.started, Ordering::SeqCst),
                Err(error) => tracing::warn!(%error, "the change counters cannot be set right"),
            }
        }
        if let Err(error) = file.unlock() {
            tracing::warn!(%error, "the lock of the change counters cannot be let go");
        }
    }

    /// Somebody who tidies up the data directory would otherwise leave server and commands with a file each.
    fn reopen_if_removed(&self, table: &SessionTable) -> io::Result<()> {
        let now = micros_since(self.born);
        if now < self.look_again_at.load(Ordering::Relaxed) {
            return Ok(());
        }
        if self
            .file
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .metadata()?
            .nlink()
            == 0
        {
            let mut file = self.file.write().unwrap_or_else(PoisonError::into_inner);
            *file = Arc::new(open_counters(&self.path)?);
            self.seen.store(read_counters(&file)?.finished, Ordering::SeqCst);
            table.revoke_all();
        }
        let next = now.saturating_add(u64::try_from(FILE_STILL_THERE.as_micros()).unwrap_or(u64::MAX));
        self.look_again_at.store(next, Ordering::Relaxed);
        Ok(())
    }

    async fn bracket(&self, place: &'static str) -> PortResult<Bracket> {
        let fault = |error: io::Error| PortError::new(FaultKind::Unavailable, place, error);
        let asked = Instant::now();
        // Opened anew: a lock belongs to the opening, and two writes of one process have to exclude each other too.
        let file = open_counters(&self.path).map_err(fault)?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if asked.elapsed() < LOCK_PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(error) => return Err(fault(error.into())),
            }
        }
        let counters = read_counters(&file).map_err(fault)?;
        let started = counters.started.max(counters.finished).wrapping_add(1);
        let mut bytes = [0_u8; COUNTERS];
        for (to, from) in bytes
            .iter_mut()
            .zip(started.to_le_bytes().into_iter().chain(counters.finished.to_le_bytes()))
        {
            *to = from;
        }
        file.write_all_at(&bytes, 0).map_err(fault)?;
        Ok(Bracket { file, started })
    }
}

fn open_counters(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Held by a command over the whole of its transaction. Closing the file lets the lock go.
#[derive(Debug)]
struct Bracket {
    file: File,
    started: u64,
}

impl Bracket {
    fn close(self) {
        if let Err(error) = self.file.write_all_at(&self.started.to_le_bytes(), FINISHED_AT) {
            tracing::warn!(%error, "the end of a change could not be noted; the server will set that right");
        }
    }
}

#[derive(Debug)]
struct Channel {
    heard: Arc<Heard>,
    listener: Option<AbortOnDrop>,
}

#[derive(Debug)]
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// When the last heartbeat was sent that came back.
#[derive(Debug)]
struct Heard {
    born: Instant,
    /// Microseconds after `born`, plus one; zero for never.
    sent: AtomicU64,
}

impl Default for Heard {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            sent: AtomicU64::new(0),
        }
    }
}

impl Heard {
    fn is_fresh(&self) -> bool {
        let sent = self.sent.load(Ordering::SeqCst);
        let age = micros_since(self.born).saturating_sub(sent.saturating_sub(1));
        sent != 0 && u128::from(age) < STALENESS_BOUND.as_micros()
    }
}

fn micros_since(instant: Instant) -> u64 {
    u64::try_from(instant.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Why a connection to the channel came to its end.
#[derive(Debug, thiserror::Error)]
enum ListenError {
    #[error("the database is away")]
    Database(#[from] sqlx::Error),
    #[error("the connection was lost")]
    Lost,
    #[error("nothing was heard for five seconds, not even our own heartbeat")]
    Silent,
}

async fn listen(pool: PgPool, table: Arc<SessionTable>, heard: Arc<Heard>) {
    let own = sqlx::postgres::PgPoolOptions::new()
        .max_connections(3)
        .acquire_timeout(SILENCE)
        .connect_lazy_with((*pool.connect_options()).clone());
    let mut pause = Duration::from_millis(50);
    loop {
        let Err(error) = listen_once(&own, &table, &heard).await;
        let was_heard = heard.sent.swap(0, Ordering::SeqCst) != 0;
        pause = if was_heard {
            Duration::from_millis(50)
        } else {
            (pause * 2).min(Duration::from_secs(2))
        };
        tracing::warn!(%error, cause = ?std::error::Error::source(&error), "the channel of changes is down; the database answers every check");
        tokio::time::sleep(pause).await;
    }
}

async fn listen_once(
    pool: &PgPool,
    table: &SessionTable,
    heard: &Heard,
) -> Result<std::convert::Infallible, ListenError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // What was notified before this moment went unheard.
    table.revoke_all();
    let mut pulse = pool.acquire().await?;
    // A beat that a crash takes away is no loss; so it costs no flush of the disk.
    sqlx::query("SET synchronous_commit = off").execute(&mut *pulse).await?;
    let own: Uuid = sqlx::query_scalar("SELECT gen_random_uuid()")
        .fetch_one(&mut *pulse)
        .await?;

    let beating = async {
        let mut beats = tokio::time::interval(BEAT);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            beats.tick().await;
            let beat = format!("beat {own} {}", micros_since(heard.born));
            sqlx::query("SELECT pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(beat)
                .execute(&mut *pulse)
                .await?;
        }
    };
    let listening = async {
        loop {
            let notification = tokio::time::timeout(SILENCE, listener.try_recv())
                .await
                .map_err(|_elapsed| ListenError::Silent)??
                .ok_or(ListenError::Lost)?;
            match notification.payload().strip_prefix("beat ") {
                Some(beat) => {
                    if let Some((node, sent)) = beat.split_once(' ')
                        && node.parse() == Ok(own)
                        && let Ok(sent) = sent.parse::<u64>()
                    {
                        heard.sent.fetch_max(sent.saturating_add(1), Ordering::SeqCst);
                    }
                }
                None => Changed::decode(notification.payload()).apply(table),
            }
        }
    };
    tokio::select! {
        ended = beating => ended,
        ended = listening => ended,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
