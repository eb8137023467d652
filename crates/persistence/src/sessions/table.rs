//! Live sessions in memory: what a session check is answered from without touching the disk.
//!
//! The table is *exact* with regard to this process: an answer that was read before a revocation can never be stored
//! after it. Each reader takes a [`Ticket`] before it asks the database; each revocation raises the generation before it
//! removes anything; a reader whose ticket is of an older generation stores nothing. Whether something *outside* this
//! process has changed is for [`Changes`](crate::changes::Changes) to say.
//!
//! The table is bounded. An entry costs about 1.7 KiB as measured (the view with its texts, the digest twice, the bookkeeping), so
//! the default of 200,000 entries is at most about 340 MiB, reached only when that many different sessions are in use.
//! When a shard is full, the first entry that was not used since the hand last passed makes room (second chance).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use doorward_domain::ids::UserId;
use doorward_domain::secret::TokenDigest;
use doorward_domain::session::SessionView;
use doorward_domain::time::Timestamp;

/// Entries kept unless somebody says otherwise.
pub const DEFAULT_CAPACITY: usize = 200_000;

const SHARDS: usize = 64;

/// Takes eight bytes of a SHA-256 digest as they are: they are uniform already.
#[derive(Debug, Default, Clone, Copy)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // The first bytes choose the shard, so the hash within a shard takes others.
        if let Some(tail) = bytes.last_chunk::<8>() {
            self.0 = u64::from_le_bytes(*tail);
        }
    }

    fn write_usize(&mut self, _length_prefix: usize) {}
}

type ByDigest<V> = HashMap<TokenDigest, V, BuildHasherDefault<DigestHasher>>;

/// What all entries of one person share, so that ending all of them is one store.
#[derive(Debug, Default)]
struct Person {
    revoked: AtomicBool,
}

#[derive(Debug)]
struct Entry {
    digest: TokenDigest,
    view: Arc<SessionView>,
    idle_micros: i64,
    /// Last use known to this process.
    last_seen: AtomicI64,
    /// Last use that the database knows.
    written: AtomicI64,
    person: Arc<Person>,
    epoch: u64,
    used: AtomicBool,
}

#[derive(Debug, Default)]
struct Shard {
    index: ByDigest<usize>,
    slots: Vec<Entry>,
    hand: usize,
    /// Last uses of entries that had to make room before they were written down.
    orphans: ByDigest<i64>,
}

/// What a reader holds while it asks the database: proof of the moment at which it began.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    generation: u64,
    epoch: u64,
}

/// What memory says about a token.
#[derive(Debug)]
pub enum Lookup {
    /// It is good; the use is noted.
    Live(Arc<SessionView>),
    /// It is past its absolute end (R81).
    Over,
    /// Memory does not know, or not surely.
    Unknown,
}

/// A last use that the database has to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastUse {
    /// Of which session.
    pub digest: TokenDigest,
    /// When.
    pub at: Timestamp,
}

/// A session as it was read from the database, to be stored in memory.
#[derive(Debug)]
pub struct Fresh {
    /// What a check answers.
    pub view: Arc<SessionView>,
    /// Ends after this long without use, in microseconds.
    pub idle_micros: i64,
    /// Last use, the present one included.
    pub last_seen: Timestamp,
    /// Last use that the database knows.
    pub written: Timestamp,
}

/// The table.
#[derive(Debug)]
pub struct SessionTable {
    shards: Vec<RwLock<Shard>>,
    people: Vec<Mutex<HashMap<UserId, Weak<Person>>>>,
    generation: AtomicU64,
    epoch: AtomicU64,
    shard_capacity: usize,
}

impl SessionTable {
    /// An empty table of at most `capacity` entries, rounded up to a multiple of its shards.
    pub fn new(capacity: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            people: (0..SHARDS).map(|_| Mutex::default()).collect(),
            generation: AtomicU64::new(0),
            epoch: AtomicU64::new(0),
            shard_capacity: capacity.div_ceil(SHARDS).max(1),
        }
    }

    /// To be taken before the database is asked.
    pub fn ticket(&self) -> Ticket {
        Ticket {
            epoch: self.epoch.load(Ordering::SeqCst),
            generation: self.generation.load(Ordering::SeqCst),
        }
    }

    /// Looks a token up and notes its use.
    ///
    /// Idle sessions are [`Lookup::Unknown`] rather than over: another node may have seen them since.
    pub fn look_up(&self, digest: &TokenDigest, now: Timestamp) -> Lookup {
        let shard = read(self.shard(digest));
        let Some(entry) = shard.index.get(digest).and_then(|slot| shard.slots.get(*slot)) else {
            return Lookup::Unknown;
        };
        if entry.epoch != self.epoch.load(Ordering::SeqCst) || entry.person.revoked.load(Ordering::SeqCst) {
            return Lookup::Unknown;
        }
        if now >= entry.view.expires_at {
            return Lookup::Over;
        }
        let last_seen = entry.last_seen.load(Ordering::Relaxed);
        if now.as_micros() >= last_seen.saturating_add(entry.idle_micros) {
            return Lookup::Unknown;
        }
        if now.as_micros() > last_seen {
            entry.last_seen.fetch_max(now.as_micros(), Ordering::Relaxed);
        }
        if !entry.used.load(Ordering::Relaxed) {
            entry.used.store(true, Ordering::Relaxed);
        }
        Lookup::Live(Arc::clone(&entry.view))
    }

    /// The last use that this process knows of, whatever else is known of the session; `None` if it knows nothing.
    pub fn last_use(&self, digest: &TokenDigest) -> Option<Timestamp> {
        let shard = read(self.shard(digest));
        let kept = shard
            .index
            .get(digest)
            .and_then(|slot| shard.slots.get(*slot))
            .map(|entry| entry.last_seen.load(Ordering::Relaxed));
        let orphan = shard.orphans.get(digest).copied();
        kept.max(orphan).map(Timestamp::from_micros)
    }

    /// Stores what was read under `ticket`. Says `false`, and keeps only the last use, if anything was revoked since.
    pub fn insert(&self, ticket: Ticket, digest: TokenDigest, fresh: Fresh) -> bool {
        let person = self.person(fresh.view.user);
        let mut shard = write(self.shard(&digest));
        if self.generation.load(Ordering::SeqCst) != ticket.generation {
            if fresh.last_seen > fresh.written {
                shard.keep_last_use(digest, fresh.last_seen.as_micros(), self.shard_capacity);
            }
            return false;
        }
        let orphan = shard.orphans.remove(&digest).unwrap_or(i64::MIN);
        let replaced = shard.index.get(&digest).copied();
        let earlier = replaced
            .and_then(|slot| shard.slots.get(slot))
            .map_or(i64::MIN, |entry| entry.last_seen.load(Ordering::Relaxed));
        let entry = Entry {
            digest,
            view: fresh.view,
            idle_micros: fresh.idle_micros,
            last_seen: AtomicI64::new(fresh.last_seen.as_micros().max(orphan).max(earlier)),
            written: AtomicI64::new(fresh.written.as_micros()),
            person,
            epoch: ticket.epoch,
            used: AtomicBool::new(true),
        };
        if let Some(place) = replaced.and_then(|slot| shard.slots.get_mut(slot)) {
            *place = entry;
        } else if shard.slots.len() < self.shard_capacity {
            let slot = shard.slots.len();
            shard.slots.push(entry);
            shard.index.insert(digest, slot);
        } else {
            shard.make_room(entry, self.epoch.load(Ordering::SeqCst), self.shard_capacity);
        }
        true
    }

    /// Forgets one session, at once and for every reader that has begun already.
    pub fn revoke(&self, digest: &TokenDigest) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        write(self.shard(digest)).remove(digest);
    }

    /// Forgets all sessions of a person, at once and for every reader that has begun already.
    pub fn revoke_person(&self, user: UserId) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        // Marked before the lock is let go: whoever revokes at the same time finds nobody to mark, and must not go on
        // before this counts.
        let mut people = lock(self.people_of(user));
        if let Some(person) = people.remove(&user).and_then(|person| person.upgrade()) {
            person.revoked.store(true, Ordering::SeqCst);
        }
    }

    /// Forgets everything, at once and for every reader that has begun already. Last uses are kept.
    pub fn revoke_all(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// All last uses that the database does not know yet.
    pub fn unwritten(&self) -> Vec<LastUse> {
        let mut uses = Vec::new();
        for shard in &self.shards {
            let shard = read(shard);
            uses.extend(shard.slots.iter().filter_map(|entry| {
                let last_seen = entry.last_seen.load(Ordering::Relaxed);
                (last_seen > entry.written.load(Ordering::Relaxed)).then(|| LastUse {
                    digest: entry.digest,
                    at: Timestamp::from_micros(last_seen),
                })
            }));
            uses.extend(shard.orphans.iter().map(|(digest, at)| LastUse {
                digest: *digest,
                at: Timestamp::from_micros(*at),
            }));
        }
        uses
    }

    /// Notes that the database knows these last uses.
    pub fn written(&self, uses: &[LastUse]) {
        for last in uses {
            let mut shard = write(self.shard(&last.digest));
            if shard
                .orphans
                .get(&last.digest)
                .is_some_and(|at| *at <= last.at.as_micros())
            {
                shard.orphans.remove(&last.digest);
            }
            if let Some(entry) = shard.index.get(&last.digest).and_then(|slot| shard.slots.get(*slot)) {
                entry.written.fetch_max(last.at.as_micros(), Ordering::Relaxed);
            }
        }
    }

    /// Gives back the memory of entries that can never be answered from again, once their last use is written.
    pub fn tidy(&self, now: Timestamp) {
        let epoch = self.epoch.load(Ordering::SeqCst);
        for shard in &self.shards {
            let mut shard = write(shard);
            let gone: Vec<TokenDigest> = shard
                .slots
                .iter()
                .filter(|entry| {
                    let last_seen = entry.last_seen.load(Ordering::Relaxed);
                    let answerable = !entry.is_dead(epoch)
                        && now < entry.view.expires_at
                        && now.as_micros() < last_seen.saturating_add(entry.idle_micros);
                    !answerable && last_seen <= entry.written.load(Ordering::Relaxed)
                })
                .map(|entry| entry.digest)
                .collect();
            for digest in gone {
                shard.remove(&digest);
            }
        }
        for people in &self.people {
            lock(people).retain(|_, person| person.strong_count() > 0);
        }
    }

    /// How many entries are kept, answerable or not.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| read(shard).slots.len()).sum()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn person(&self, user: UserId) -> Arc<Person> {
        let mut people = lock(self.people_of(user));
        if let Some(person) = people.get(&user).and_then(Weak::upgrade) {
            return person;
        }
        if people.len() >= self.shard_capacity.saturating_mul(2) {
            people.retain(|_, person| person.strong_count() > 0);
        }
        let person = Arc::new(Person::default());
        people.insert(user, Arc::downgrade(&person));
        person
    }

    fn shard(&self, digest: &TokenDigest) -> &RwLock<Shard> {
        let [first, ..] = digest.as_bytes();
        pick(&self.shards, usize::from(*first))
    }

    fn people_of(&self, user: UserId) -> &Mutex<HashMap<UserId, Weak<Person>>> {
        // The last byte is random in both kinds of UUID that ids are made of.
        let [.., last] = user.as_uuid().into_bytes();
        pick(&self.people, usize::from(last))
    }
}

impl Entry {
    fn is_dead(&self, epoch: u64) -> bool {
        self.epoch != epoch || self.person.revoked.load(Ordering::SeqCst)
    }
}

impl Shard {
    fn keep_last_use(&mut self, digest: TokenDigest, at: i64, most: usize) {
        if let Some(slot) = self.index.get(&digest)
            && let Some(entry) = self.slots.get(*slot)
        {
            entry.last_seen.fetch_max(at, Ordering::Relaxed);
            return;
        }
        // Above this many, a last use is lost, and a session may end early by the time between two sweeps.
        if self.orphans.len() < most || self.orphans.contains_key(&digest) {
            let kept = self.orphans.entry(digest).or_insert(at);
            *kept = at.max(*kept);
        }
    }

    fn remove(&mut self, digest: &TokenDigest) {
        self.orphans.remove(digest);
        let Some(slot) = self.index.remove(digest) else { return };
        if slot < self.slots.len() {
            self.slots.swap_remove(slot);
            if let Some(moved) = self.slots.get(slot) {
                self.index.insert(moved.digest, slot);
            }
        }
    }

    /// Puts `entry` in the place of the first one that the hand finds unused or dead.
    fn make_room(&mut self, entry: Entry, epoch: u64, most_orphans: usize) {
        for _ in 0..=self.slots.len() {
            if self.hand >= self.slots.len() {
                self.hand = 0;
            }
            let slot = self.hand;
            self.hand += 1;
            let Some(place) = self.slots.get_mut(slot) else { return };
            if !place.is_dead(epoch) && place.used.swap(false, Ordering::Relaxed) {
                continue;
            }
            let digest = entry.digest;
            let old = std::mem::replace(place, entry);
            self.index.remove(&old.digest);
            self.index.insert(digest, slot);
            let last_seen = old.last_seen.load(Ordering::Relaxed);
            if last_seen > old.written.load(Ordering::Relaxed) {
                self.keep_last_use(old.digest, last_seen, most_orphans);
            }
            return;
        }
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "the index is taken modulo the length of a list that is never empty"
)]
fn pick<T>(shards: &[T], by: usize) -> &T {
    &shards[by % shards.len()]
}

// A panic while a lock is held cannot leave a shard half changed in a way that lets anybody in: an entry is complete
// before it is reachable. So a poisoned lock is taken as it is.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use doorward_domain::ids::{SessionId, WorkspaceId};
    use doorward_domain::method::Method;
    use doorward_domain::role::Role;
    use doorward_domain::workspace::Slug;
    use uuid::Uuid;

    use super::*;

    const T0: Timestamp = Timestamp::from_unix_seconds(1_000_000);
    const HOUR: i64 = 3_600_000_000;

    fn digest(n: u64) -> TokenDigest {
        let mut bytes = [0_u8; 32];
        bytes[..8].copy_from_slice(&n.to_le_bytes());
        bytes[24..].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        TokenDigest::from_bytes(bytes)
    }

    fn user(n: u64) -> UserId {
        UserId::from_uuid(Uuid::from_u64_pair(7, n))
    }

    fn fresh(n: u64) -> Fresh {
        Fresh {
            view: Arc::new(SessionView {
                id: SessionId::from_uuid(Uuid::from_u64_pair(1, n)),
                created_at: T0,
                proved_at: T0,
                expires_at: Timestamp::from_micros(T0.as_micros() + 24 * HOUR),
                method: Method::Password,
                workspace: WorkspaceId::from_uuid(Uuid::nil()),
                workspace_slug: Slug::parse("acme").unwrap(),
                user: user(n),
                name: "Jo".to_owned(),
                primary_email: None,
                emails: Vec::new(),
                role: Role::Customer,
                permissions: Role::Customer.permissions(),
                organisations: Vec::new(),
                language: None,
                time_zone: None,
            }),
            idle_micros: HOUR,
            last_seen: T0,
            written: T0,
        }
    }

    fn live(table: &SessionTable, n: u64, now: Timestamp) -> bool {
        matches!(table.look_up(&digest(n), now), Lookup::Live(_))
    }

    #[test]
    fn a_session_is_found_until_it_is_idle_or_over() {
        let table = SessionTable::new(10);
        assert!(table.insert(table.ticket(), digest(1), fresh(1)));
        let just_before = Timestamp::from_micros(T0.as_micros() + HOUR - 1);
        assert!(live(&table, 1, just_before));
        assert!(
            live(&table, 1, Timestamp::from_micros(just_before.as_micros() + HOUR - 1)),
            "the use before prolonged it"
        );
        let idle = Timestamp::from_micros(T0.as_micros() + 5 * HOUR);
        assert!(matches!(table.look_up(&digest(1), idle), Lookup::Unknown));
        let over = Timestamp::from_micros(T0.as_micros() + 24 * HOUR);
        assert!(matches!(table.look_up(&digest(1), over), Lookup::Over));
        assert!(matches!(table.look_up(&digest(2), T0), Lookup::Unknown));
    }

    #[test]
    fn what_was_read_before_a_revocation_is_not_stored_after_it() {
        for revoke in [
            (|table: &SessionTable| table.revoke(&digest(1))) as fn(&SessionTable),
            |table| table.revoke_person(user(1)),
            SessionTable::revoke_all,
        ] {
            let table = SessionTable::new(10);
            let before = table.ticket();
            revoke(&table);
            assert!(!table.insert(before, digest(1), fresh(1)));
            assert!(!live(&table, 1, T0));
            assert!(table.insert(table.ticket(), digest(1), fresh(1)));
            assert!(live(&table, 1, T0));
            revoke(&table);
            assert!(!live(&table, 1, T0));
        }
    }

    #[test]
    fn revoking_one_person_leaves_others() {
        let table = SessionTable::new(100);
        table.insert(table.ticket(), digest(1), fresh(1));
        table.insert(table.ticket(), digest(2), fresh(2));
        table.revoke_person(user(1));
        assert!(!live(&table, 1, T0) && live(&table, 2, T0));
        table.revoke(&digest(2));
        assert!(!live(&table, 2, T0));
        table.tidy(T0);
        assert!(table.is_empty());
    }

    #[test]
    fn a_full_table_keeps_what_is_used_and_remembers_last_uses() {
        let table = SessionTable::new(SHARDS * 4);
        // All of one shard: the first byte is the same.
        let nth = |n: u64| n * 256;
        for n in 0..4 {
            table.insert(table.ticket(), digest(nth(n)), fresh(n));
        }
        // The first newcomer takes away every second chance; only number 2 earns it again.
        table.insert(table.ticket(), digest(nth(4)), fresh(4));
        let later = Timestamp::from_micros(T0.as_micros() + 5);
        assert!(live(&table, nth(2), later));
        table.insert(table.ticket(), digest(nth(5)), fresh(5));
        table.insert(table.ticket(), digest(nth(6)), fresh(6));
        assert!(live(&table, nth(2), later));
        assert_eq!(table.len(), 4);
        for n in 7..30 {
            table.insert(table.ticket(), digest(nth(n)), fresh(n));
        }
        assert_eq!(table.len(), 4);
        assert_eq!(
            table.last_use(&digest(nth(2))),
            Some(later),
            "evicted, yet its last use is known"
        );
        let uses = table.unwritten();
        assert_eq!(
            uses,
            [LastUse {
                digest: digest(nth(2)),
                at: later
            }]
        );
        table.written(&uses);
        assert_eq!(table.unwritten(), []);
    }

    #[test]
    fn last_uses_survive_a_revocation_of_everything_and_are_written_once() {
        let table = SessionTable::new(10);
        table.insert(table.ticket(), digest(1), fresh(1));
        let later = Timestamp::from_micros(T0.as_micros() + 10);
        assert!(live(&table, 1, later));
        table.revoke_all();
        assert!(!live(&table, 1, later));
        let uses = table.unwritten();
        assert_eq!(uses.len(), 1);
        table.insert(table.ticket(), digest(1), fresh(1));
        assert_eq!(table.last_use(&digest(1)), Some(later));
        table.written(&uses);
        assert_eq!(table.unwritten(), []);
    }

    #[test]
    fn whoever_revokes_a_person_is_done_only_when_it_counts() {
        // A node tells itself twice, by hand and by its own notification: the second must not find the first half way.
        let table = SessionTable::new(100);
        let start = Barrier::new(2);
        let lived = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for round in 0..30_000_u64 {
                        if start.wait().is_leader() {
                            assert!(table.insert(table.ticket(), digest(round), fresh(1)));
                        }
                        start.wait();
                        table.revoke_person(user(1));
                        lived.fetch_add(u64::from(live(&table, round, T0)), Ordering::SeqCst);
                        start.wait();
                    }
                });
            }
        });
        assert_eq!(lived.into_inner(), 0);
    }

    #[test]
    fn under_races_no_stale_answer_outlives_a_revocation() {
        // The "database": whether the session is there. Readers copy it into the table as a check does.
        let table = SessionTable::new(100);
        let there = AtomicBool::new(true);
        for round in 0..2_000_u64 {
            there.store(true, Ordering::SeqCst);
            let start = Barrier::new(4);
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        start.wait();
                        for _ in 0..20 {
                            let ticket = table.ticket();
                            if there.load(Ordering::SeqCst) {
                                table.insert(ticket, digest(round), fresh(round));
                            }
                        }
                    });
                }
                start.wait();
                there.store(false, Ordering::SeqCst);
                if round % 2 == 0 {
                    table.revoke(&digest(round));
                } else {
                    table.revoke_person(user(round));
                }
                assert!(!live(&table, round, T0), "round {round}");
            });
            assert!(!live(&table, round, T0), "round {round}");
        }
    }
}
