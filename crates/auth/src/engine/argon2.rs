//! Password hashing with argon2id on threads of its own (R5–R10).
//!
//! Hashing is bound by memory bandwidth, and a storm of sign-ins must not slow a session check, so the hashes neither
//! run on the async threads nor on the shared blocking pool: [`Argon2Hasher`] owns as many threads as there are cores
//! (or as the memory budget allows), each with one arena that it uses again and again. Its queue is short; when it is
//! full the answer is [`HasherError::Busy`] at once, and a job whose caller has gone away costs nothing.
//!
//! On Linux the threads stand back a little: a session check that wakes up while all cores hash runs at once instead of
//! waiting for the end of a time slice. They still get about a tenth of a machine that is busy with nothing but checks,
//! some ten sign-ins a second on two cores, so that a flood of checks cannot keep people from signing in.

use std::collections::VecDeque;
use std::fmt;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use ::argon2::password_hash::phc::{Ident, Output, ParamsString, PasswordHash, Salt};
use ::argon2::{Algorithm, Argon2, Block, Params, Version};
use async_trait::async_trait;
use doorward_domain::ports::{Entropy, FaultKind, HasherError, HashingPlace, PasswordCheck, PasswordHasher, PortError};
use doorward_domain::secret::{HashRecipe, Password, PasswordDigest, TokenDigest};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use tokio::sync::{Semaphore, oneshot};
use zeroize::{Zeroize, Zeroizing};

/// Least memory of a new digest, in KiB (R5).
pub const FLOOR_MEMORY_KIB: u32 = 19_456;
/// Least number of passes of a new digest (R5).
pub const FLOOR_PASSES: u32 = 2;
/// Most memory a digest may ask for, new or stored, in KiB. A row that asks for more is taken for damaged: it would
/// let whoever can write one row take the server's memory.
pub const CEILING_MEMORY_KIB: u32 = 262_144;
/// Most passes a digest may ask for, new or stored.
pub const CEILING_PASSES: u32 = 64;
/// Most lanes a stored digest of another system may have; new ones have one.
const CEILING_LANES: u32 = 16;
/// Jobs that may wait, for each thread (R8).
pub const QUEUE_PER_THREAD: usize = 16;

const SALT_BYTES: usize = 16;
const TAG_BYTES: usize = 32;
const PEPPER_BYTES: usize = 32;
const PEPPER_ID_LONGEST: usize = 16;
/// After this long without work a thread gives its arena back, so that an idle server is small.
const ARENA_KEPT: Duration = Duration::from_secs(30);
/// How far the threads stand back, as `nice` counts.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
const NOBODY_SALT: [u8; SALT_BYTES] = *b"doorward-nobody!";

/// Why a hasher could not be set up. Each says what to write instead.
#[derive(Debug, Error)]
pub enum HasherSetupError {
    /// Memory below R5 or above what verification would accept.
    #[error("{given} KiB of memory a hash; write a number from {FLOOR_MEMORY_KIB} to {CEILING_MEMORY_KIB}")]
    Memory {
        /// What was asked for, in KiB.
        given: u32,
    },
    /// Passes below R5 or above what verification would accept.
    #[error("{given} passes a hash; write a number from {FLOOR_PASSES} to {CEILING_PASSES}")]
    Passes {
        /// What was asked for.
        given: u32,
    },
    /// The id of a pepper key is not 1 to 16 of `a-z`, `0-9`, `-`.
    #[error("the id of a pepper key must be 1 to {PEPPER_ID_LONGEST} of a-z, 0-9 and -")]
    PepperId,
    /// The pepper key is not 256 bits (R6).
    #[error("a pepper key must be exactly {PEPPER_BYTES} bytes, but this one is {given}")]
    PepperLength {
        /// Its bytes.
        given: usize,
    },
    /// Two pepper keys under one id: nobody could tell which one a digest was made with.
    #[error("two pepper keys have the same id")]
    PepperTwice,
    /// The system gave no thread.
    #[error("a hashing thread could not be started")]
    Thread(#[source] std::io::Error),
}

/// What a new digest costs; configurable upward only (R5). One lane always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    memory_kib: u32,
    passes: u32,
}

impl Default for HashCost {
    /// The floor of R5: 19,456 KiB, two passes.
    fn default() -> Self {
        Self {
            memory_kib: FLOOR_MEMORY_KIB,
            passes: FLOOR_PASSES,
        }
    }
}

impl HashCost {
    /// A cost at or above the floor of R5.
    pub const fn new(memory_kib: u32, passes: u32) -> Result<Self, HasherSetupError> {
        if memory_kib < FLOOR_MEMORY_KIB || memory_kib > CEILING_MEMORY_KIB {
            return Err(HasherSetupError::Memory { given: memory_kib });
        }
        if passes < FLOOR_PASSES || passes > CEILING_PASSES {
            return Err(HasherSetupError::Passes { given: passes });
        }
        Ok(Self { memory_kib, passes })
    }

    /// Memory of one hash, in KiB.
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over that memory.
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// How many threads may hash at once: one a core, as far as `memory_budget_kib` holds their arenas, never none
    /// (R8).
    pub fn threads(self, cores: NonZeroUsize, memory_budget_kib: u64) -> NonZeroUsize {
        let fit = usize::try_from(memory_budget_kib / u64::from(self.memory_kib)).unwrap_or(usize::MAX);
        NonZeroUsize::new(fit).map_or(NonZeroUsize::MIN, |fit| fit.min(cores))
    }

    const fn work(self) -> u64 {
        self.memory_kib as u64 * self.passes as u64
    }

    /// The work that makes up what `spent` falls short of this cost, to a few parts in a thousand.
    fn remainder(self, spent: u64) -> Option<Self> {
        let missing = self.work().checked_sub(spent)?;
        let passes = u32::try_from(missing.div_ceil(u64::from(self.memory_kib))).ok()?;
        let memory_kib = u32::try_from(missing.checked_div(u64::from(passes))?).ok()?;
        (memory_kib >= Params::MIN_M_COST).then_some(Self { memory_kib, passes })
    }
}

/// A key outside the database, without which a stolen table of digests cannot be tried against word lists (R6).
#[derive(Clone)]
pub struct PepperKey {
    id: String,
    key: Zeroizing<[u8; PEPPER_BYTES]>,
}

impl PepperKey {
    /// A key of exactly 32 bytes under an id that is written in front of each digest made with it.
    pub fn new(id: &str, key: &[u8]) -> Result<Self, HasherSetupError> {
        let spelled = id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if id.is_empty() || id.len() > PEPPER_ID_LONGEST || !spelled {
            return Err(HasherSetupError::PepperId);
        }
        let key =
            <[u8; PEPPER_BYTES]>::try_from(key).map_err(|_| HasherSetupError::PepperLength { given: key.len() })?;
        Ok(Self {
            id: id.to_owned(),
            key: Zeroizing::new(key),
        })
    }

    fn season(&self, tag: &mut [u8]) -> Result<(), PortError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice())
            .map_err(|cause| PortError::new(FaultKind::Misuse, "password_hasher.pepper", cause))?;
        mac.update(tag);
        let seasoned = mac.finalize().into_bytes();
        for (to, from) in tag.iter_mut().zip(seasoned.iter().cycle()) {
            *to = *from;
        }
        Ok(())
    }
}

impl fmt::Debug for PepperKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PepperKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The pepper keys that are live: new digests are made with the first, digests of the second are moved to the first at
/// the next good sign-in, without hashing again (R6).
#[derive(Debug, Clone, Default)]
pub struct Peppers {
    current: Option<PepperKey>,
    previous: Option<PepperKey>,
}

impl Peppers {
    /// One key, or two during a rotation.
    pub fn new(current: PepperKey, previous: Option<PepperKey>) -> Result<Self, HasherSetupError> {
        if previous.as_ref().is_some_and(|previous| previous.id == current.id) {
            return Err(HasherSetupError::PepperTwice);
        }
        Ok(Self {
            current: Some(current),
            previous,
        })
    }

    fn of_id(&self, id: &str) -> Option<&PepperKey> {
        [&self.current, &self.previous]
            .into_iter()
            .flatten()
            .find(|key| key.id == id)
    }
}

/// How an [`Argon2Hasher`] is to work.
#[derive(Debug, Clone)]
pub struct HasherSettings {
    /// What a new digest costs.
    pub cost: HashCost,
    /// Hashing threads; take [`HashCost::threads`].
    pub threads: NonZeroUsize,
    /// Pepper keys, if any.
    pub peppers: Peppers,
}

/// What the hasher has done so far, for metrics and for tests that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HasherReading {
    /// Hashes begun.
    pub hashes: u64,
    /// Work done, in KiB times passes: two checks cost the same when this grew the same.
    pub work: u64,
    /// Jobs that wait now.
    pub waiting: usize,
}

/// [`PasswordHasher`] over argon2id.
///
/// Dropping it ends its threads: jobs under way finish, waiting ones are answered as unavailable.
pub struct Argon2Hasher {
    shared: Arc<Shared>,
    /// One for each job that can be under way or wait.
    places: Arc<Semaphore>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    cost: HashCost,
    peppers: Peppers,
    entropy: Arc<dyn Entropy>,
    capacity: usize,
    queue: Mutex<Queue>,
    work_came: Condvar,
    hashes: AtomicU64,
    work: AtomicU64,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closing: bool,
}

enum Job {
    Check {
        password: Password,
        stored: Option<Box<Stored>>,
        answer: oneshot::Sender<Result<PasswordCheck, PortError>>,
    },
    Hash {
        password: Password,
        answer: oneshot::Sender<Result<PasswordDigest, PortError>>,
    },
    ByRecipe {
        recipe: Box<Recipe>,
        secrets: Vec<Password>,
        answer: oneshot::Sender<Result<Vec<TokenDigest>, PortError>>,
    },
}

impl Job {
    fn is_abandoned(&self) -> bool {
        match self {
            Self::Check { answer, .. } => answer.is_closed(),
            Self::Hash { answer, .. } => answer.is_closed(),
            Self::ByRecipe { answer, .. } => answer.is_closed(),
        }
    }
}

/// A recipe of one set of codes, read.
struct Recipe {
    pepper: Option<PepperKey>,
    params: Params,
    salt: Salt,
}

impl Recipe {
    fn read(recipe: &HashRecipe, peppers: &Peppers) -> Result<Self, PortError> {
        const PLACE: &str = "password_hasher.hash_by";
        let corrupt = || PortError::bare(FaultKind::Corrupt, PLACE);
        let text = recipe.as_phc();
        let (id, phc) = text.split_at(text.find('$').ok_or_else(corrupt)?);
        let pepper = match id {
            "" => None,
            id => Some(peppers.of_id(id).cloned().ok_or_else(corrupt)?),
        };
        let parsed = PasswordHash::new(phc).map_err(|cause| PortError::new(FaultKind::Corrupt, PLACE, cause))?;
        let params = Params::try_from(&parsed).map_err(|cause| PortError::new(FaultKind::Corrupt, PLACE, cause))?;
        let fits = parsed.algorithm.as_str() == Algorithm::Argon2id.as_str()
            && parsed.version == Some(Version::V0x13.into())
            && params.m_cost() <= CEILING_MEMORY_KIB
            && params.t_cost() <= CEILING_PASSES
            && params.p_cost() <= CEILING_LANES;
        if !fits {
            return Err(corrupt());
        }
        Ok(Self {
            pepper,
            params,
            salt: parsed.salt.ok_or_else(corrupt)?,
        })
    }
}

/// A stored digest, read.
struct Stored {
    pepper: Option<PepperKey>,
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    tag: Output,
}

impl Stored {
    fn read(digest: &PasswordDigest, peppers: &Peppers) -> Result<Self, PortError> {
        const PLACE: &str = "password_hasher.check";
        let corrupt = || PortError::bare(FaultKind::Corrupt, PLACE);
        let text = digest.as_phc();
        let (id, phc) = text.split_at(text.find('$').ok_or_else(corrupt)?);
        let pepper = match id {
            "" => None,
            id => Some(peppers.of_id(id).cloned().ok_or_else(corrupt)?),
        };
        let parsed = PasswordHash::new(phc).map_err(|cause| PortError::new(FaultKind::Corrupt, PLACE, cause))?;
        let algorithm = Algorithm::try_from(parsed.algorithm.as_str())
            .map_err(|cause| PortError::new(FaultKind::Corrupt, PLACE, cause))?;
        let version = match parsed.version {
            Some(version) => {
                Version::try_from(version).map_err(|cause| PortError::new(FaultKind::Corrupt, PLACE, cause))?
            }
            None => Version::V0x10,
        };
        let params = Params::try_from(&parsed).map_err(|cause| PortError::new(FaultKind::Corrupt, PLACE, cause))?;
        let bounded = params.m_cost() <= CEILING_MEMORY_KIB
            && params.t_cost() <= CEILING_PASSES
            && params.p_cost() <= CEILING_LANES;
        if !bounded {
            return Err(corrupt());
        }
        Ok(Self {
            pepper,
            algorithm,
            version,
            params,
            salt: parsed.salt.ok_or_else(corrupt)?,
            tag: parsed.hash.ok_or_else(corrupt)?,
        })
    }

    fn work(&self) -> u64 {
        u64::from(self.params.m_cost()) * u64::from(self.params.t_cost())
    }

    /// Whether a digest made today would be harder to guess (R7); a stronger one is left alone.
    fn is_weaker_than(&self, cost: HashCost) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.version != Version::V0x13
            || self.work() < cost.work()
            || self.params.m_cost() < cost.memory_kib
            || self.salt.as_ref().len() < SALT_BYTES
            || self.tag.as_bytes().len() < TAG_BYTES
    }
}

impl Argon2Hasher {
    /// Starts the threads. Arenas are taken at the first hash, so that an idle server stays small.
    pub fn start(settings: HasherSettings, entropy: Arc<dyn Entropy>) -> Result<Self, HasherSetupError> {
        let shared = Arc::new(Shared {
            cost: settings.cost,
            peppers: settings.peppers,
            entropy,
            capacity: settings.threads.get() * QUEUE_PER_THREAD,
            queue: Mutex::default(),
            work_came: Condvar::new(),
            hashes: AtomicU64::new(0),
            work: AtomicU64::new(0),
        });
        let mut hasher = Self {
            shared,
            places: Arc::new(Semaphore::new(settings.threads.get() * (QUEUE_PER_THREAD + 1))),
            threads: Vec::with_capacity(settings.threads.get()),
        };
        for number in 0..settings.threads.get() {
            let shared = Arc::clone(&hasher.shared);
            let thread = std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || shared.run())
                .map_err(HasherSetupError::Thread)?;
            hasher.threads.push(thread);
        }
        Ok(hasher)
    }

    /// What was done so far.
    pub fn reading(&self) -> HasherReading {
        HasherReading {
            hashes: self.shared.hashes.load(Ordering::Relaxed),
            work: self.shared.work.load(Ordering::Relaxed),
            waiting: self.shared.lock().jobs.len(),
        }
    }
}

impl fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argon2Hasher")
            .field("cost", &self.shared.cost)
            .field("threads", &self.threads.len())
            .field("reading", &self.reading())
            .finish_non_exhaustive()
    }
}

impl Drop for Argon2Hasher {
    fn drop(&mut self) {
        {
            let mut queue = self.shared.lock();
            queue.closing = true;
            queue.jobs.clear();
        }
        self.shared.work_came.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a hashing thread had ended by a panic");
            }
        }
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn check(&self, password: Password, digest: Option<PasswordDigest>) -> Result<PasswordCheck, HasherError> {
        let stored = match digest {
            Some(digest) => Some(Box::new(Stored::read(&digest, &self.shared.peppers)?)),
            None => None,
        };
        let (answer, answered) = oneshot::channel();
        self.shared.enqueue(Job::Check {
            password,
            stored,
            answer,
        })?;
        Ok(answered.await.map_err(|_| gone("password_hasher.check"))??)
    }

    fn reserve(&self) -> Result<HashingPlace, HasherError> {
        Arc::clone(&self.places)
            .try_acquire_owned()
            .map(HashingPlace::held_by)
            .map_err(|_none_left| HasherError::Busy)
    }

    fn new_recipe(&self) -> Result<HashRecipe, HasherError> {
        Ok(self.shared.recipe()?)
    }

    async fn hash_by(&self, recipe: HashRecipe, secrets: Vec<Password>) -> Result<Vec<TokenDigest>, HasherError> {
        let recipe = Box::new(Recipe::read(&recipe, &self.shared.peppers)?);
        let (answer, answered) = oneshot::channel();
        self.shared.enqueue(Job::ByRecipe {
            recipe,
            secrets,
            answer,
        })?;
        Ok(answered.await.map_err(|_| gone("password_hasher.hash_by"))??)
    }

    async fn hash(&self, password: Password) -> Result<PasswordDigest, HasherError> {
        let (answer, answered) = oneshot::channel();
        self.shared.enqueue(Job::Hash { password, answer })?;
        Ok(answered.await.map_err(|_| gone("password_hasher.hash"))??)
    }
}

const fn gone(place: &'static str) -> PortError {
    PortError::bare(FaultKind::Unavailable, place)
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(&self, job: Job) -> Result<(), HasherError> {
        {
            let mut queue = self.lock();
            if queue.jobs.len() >= self.capacity {
                queue.jobs.retain(|job| !job.is_abandoned());
            }
            if queue.jobs.len() >= self.capacity {
                return Err(HasherError::Busy);
            }
            queue.jobs.push_back(job);
        }
        self.work_came.notify_one();
        Ok(())
    }

    /// The next job; `None` when the hasher is being dropped. Gives the arena back after a while without work.
    fn next(&self, arena: &mut Arena) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if queue.closing {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if arena.is_empty() {
                queue = self.work_came.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (woken, waited) = self
                .work_came
                .wait_timeout(queue, ARENA_KEPT)
                .unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if waited.timed_out() && queue.jobs.is_empty() {
                drop(queue);
                arena.release();
                queue = self.lock();
            }
        }
    }

    fn run(&self) {
        // On Linux niceness belongs to a thread; elsewhere it belongs to the whole process.
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::process::nice(NICENESS) {
            tracing::debug!(%error, "hashing threads run at the same priority as all others");
        }
        let mut arena = Arena(Vec::new());
        while let Some(job) = self.next(&mut arena) {
            if job.is_abandoned() {
                continue;
            }
            // A panic must not cost the server one of its few hashing threads; the caller sees its sender dropped.
            if catch_unwind(AssertUnwindSafe(|| self.work_off(job, &mut arena))).is_err() {
                tracing::error!("a password hash ended by a panic");
                arena = Arena(Vec::new());
            }
        }
        arena.release();
    }

    fn work_off(&self, job: Job, arena: &mut Arena) {
        match job {
            Job::Check {
                password,
                stored,
                answer,
            } => {
                let checked = match stored {
                    Some(stored) => self.check(&password, &stored, &answer, arena),
                    None => self.check_nobody(&password, arena),
                };
                arena.shrink_to(self.cost);
                if answer.send(checked).is_err() {
                    tracing::debug!("the caller left while its password was being checked");
                }
            }
            Job::Hash { password, answer } => {
                if answer.send(self.digest(&password, arena)).is_err() {
                    tracing::debug!("the caller left while its password was being hashed");
                }
            }
            Job::ByRecipe {
                recipe,
                secrets,
                answer,
            } => {
                let hashed = secrets
                    .iter()
                    .map(|secret| self.hash_by(&recipe, secret, arena))
                    .collect();
                arena.shrink_to(self.cost);
                if answer.send(hashed).is_err() {
                    tracing::debug!("the caller left while its codes were being hashed");
                }
            }
        }
    }

    fn check(
        &self,
        password: &Password,
        stored: &Stored,
        answer: &oneshot::Sender<Result<PasswordCheck, PortError>>,
        arena: &mut Arena,
    ) -> Result<PasswordCheck, PortError> {
        let mut bare = Zeroizing::new(vec![0_u8; stored.tag.as_bytes().len()]);
        let context = Argon2::new(stored.algorithm, stored.version, stored.params.clone());
        self.fill(&context, password, stored.salt.as_ref(), &mut bare, arena)?;
        let mut tag = bare.clone();
        if let Some(pepper) = &stored.pepper {
            pepper.season(&mut tag)?;
        }
        if !bool::from(tag.as_slice().ct_eq(stored.tag.as_bytes())) {
            self.make_up(stored.work(), password, arena)?;
            return Ok(PasswordCheck::Mismatch);
        }
        let current_pepper = self.peppers.current.as_ref().map(|key| key.id.as_str());
        let stored_pepper = stored.pepper.as_ref().map(|key| key.id.as_str());
        let rehash = if stored.is_weaker_than(self.cost) {
            if answer.is_closed() {
                None
            } else {
                Some(self.digest(password, arena)?)
            }
        } else if stored_pepper == current_pepper {
            None
        } else {
            Some(self.write(&stored.params, &stored.salt, bare)?)
        };
        Ok(PasswordCheck::Match { rehash })
    }

    /// Costs what a check of a real digest costs, and says no whatever comes out (R9, R10).
    fn check_nobody(&self, password: &Password, arena: &mut Arena) -> Result<PasswordCheck, PortError> {
        let mut tag = Zeroizing::new(vec![0_u8; TAG_BYTES]);
        self.fill(&context(self.cost)?, password, &NOBODY_SALT, &mut tag, arena)?;
        if let Some(pepper) = &self.peppers.current {
            pepper.season(&mut tag)?;
        }
        black_box(tag.as_slice().ct_eq(&[0_u8; TAG_BYTES]));
        Ok(PasswordCheck::Mismatch)
    }

    /// A digest of older, cheaper parameters must not tell by its speed that the account exists (R9).
    fn make_up(&self, spent: u64, password: &Password, arena: &mut Arena) -> Result<(), PortError> {
        let Some(remainder) = self.cost.remainder(spent) else {
            return Ok(());
        };
        let mut tag = Zeroizing::new(vec![0_u8; TAG_BYTES]);
        self.fill(&context(remainder)?, password, &NOBODY_SALT, &mut tag, arena)
    }

    fn recipe(&self) -> Result<HashRecipe, PortError> {
        fn misuse(cause: impl std::error::Error + Send + Sync + 'static) -> PortError {
            PortError::new(FaultKind::Misuse, "password_hasher.new_recipe", cause)
        }
        let mut salt = [0_u8; SALT_BYTES];
        self.entropy.fill(&mut salt);
        let context = context(self.cost)?;
        let phc = PasswordHash {
            algorithm: Ident::new(Algorithm::Argon2id.as_str()).map_err(misuse)?,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(context.params()).map_err(misuse)?,
            salt: Some(Salt::new(&salt).map_err(misuse)?),
            hash: None,
        };
        let id = self.peppers.current.as_ref().map_or("", |key| &key.id);
        Ok(HashRecipe::from_phc(format!("{id}{phc}")))
    }

    fn hash_by(&self, recipe: &Recipe, secret: &Password, arena: &mut Arena) -> Result<TokenDigest, PortError> {
        let mut tag = Zeroizing::new([0_u8; TAG_BYTES]);
        let context = Argon2::new(Algorithm::Argon2id, Version::V0x13, recipe.params.clone());
        self.fill(&context, secret, recipe.salt.as_ref(), &mut *tag, arena)?;
        if let Some(pepper) = &recipe.pepper {
            pepper.season(&mut *tag)?;
        }
        Ok(TokenDigest::from_bytes(*tag))
    }

    fn digest(&self, password: &Password, arena: &mut Arena) -> Result<PasswordDigest, PortError> {
        let mut salt = [0_u8; SALT_BYTES];
        self.entropy.fill(&mut salt);
        let mut tag = Zeroizing::new(vec![0_u8; TAG_BYTES]);
        let context = context(self.cost)?;
        self.fill(&context, password, &salt, &mut tag, arena)?;
        let salt =
            Salt::new(&salt).map_err(|cause| PortError::new(FaultKind::Misuse, "password_hasher.hash", cause))?;
        self.write(context.params(), &salt, tag)
    }

    fn write(&self, params: &Params, salt: &Salt, mut tag: Zeroizing<Vec<u8>>) -> Result<PasswordDigest, PortError> {
        const PLACE: &str = "password_hasher.hash";
        if let Some(pepper) = &self.peppers.current {
            pepper.season(&mut tag)?;
        }
        let phc = PasswordHash {
            algorithm: Ident::new(Algorithm::Argon2id.as_str())
                .map_err(|cause| PortError::new(FaultKind::Misuse, PLACE, cause))?,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(params).map_err(|cause| PortError::new(FaultKind::Misuse, PLACE, cause))?,
            salt: Some(*salt),
            hash: Some(Output::new(&tag).map_err(|cause| PortError::new(FaultKind::Misuse, PLACE, cause))?),
        };
        let id = self.peppers.current.as_ref().map_or("", |key| &key.id);
        Ok(PasswordDigest::from_phc(format!("{id}{phc}")))
    }

    fn fill(
        &self,
        context: &Argon2<'_>,
        password: &Password,
        salt: &[u8],
        tag: &mut [u8],
        arena: &mut Arena,
    ) -> Result<(), PortError> {
        let params = context.params();
        self.hashes.fetch_add(1, Ordering::Relaxed);
        self.work.fetch_add(
            u64::from(params.m_cost()) * u64::from(params.t_cost()),
            Ordering::Relaxed,
        );
        context
            .hash_password_into_with_memory(password.expose().as_bytes(), salt, tag, arena.of(params.block_count()))
            .map_err(|cause| PortError::new(FaultKind::Corrupt, "password_hasher.fill", cause))
    }
}

fn context(cost: HashCost) -> Result<Argon2<'static>, PortError> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(TAG_BYTES))
        .map_err(|cause| PortError::new(FaultKind::Misuse, "password_hasher.cost", cause))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The working memory of one thread. Between hashes it holds blocks of the last one, which are of no use without the
/// whole pass that made them; it is wiped when it is given back.
struct Arena(Vec<Block>);

impl Arena {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&mut self, blocks: usize) -> &mut [Block] {
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        &mut self.0
    }

    /// After a stored digest that asked for more than today's cost.
    fn shrink_to(&mut self, cost: HashCost) {
        let most = usize::try_from(cost.memory_kib).unwrap_or(usize::MAX);
        if self.0.len() > most {
            self.0.iter_mut().skip(most).for_each(Block::zeroize);
            self.0.truncate(most);
            self.0.shrink_to_fit();
        }
    }

    fn release(&mut self) {
        self.0.iter_mut().for_each(Block::zeroize);
        self.0 = Vec::new();
    }
}

#[cfg(test)]
mod tests;
