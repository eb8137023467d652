use std::sync::atomic::AtomicUsize;

use tokio::task::JoinHandle as Task;

use super::*;

/// Of the reference implementation's own tests: argon2id, 256 KiB, two passes, one lane.
const REFERENCE: &str = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
/// The same at 64 MiB: above today's cost.
const REFERENCE_LARGE: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

#[derive(Default)]
struct Counted(AtomicUsize);

impl Entropy for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::SeqCst);
        buffer.fill(0xA5);
        buffer[..8].copy_from_slice(&n.to_le_bytes());
    }
}

/// Holds up whoever draws a salt until it is opened: a hash that lasts as long as the test wants.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
    waiting: AtomicUsize,
}

impl Entropy for Gate {
    fn fill(&self, buffer: &mut [u8]) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.opened.wait(open).unwrap();
        }
        buffer.fill(7);
    }
}

impl Gate {
    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

const CHEAP: HashCost = HashCost {
    memory_kib: 64,
    passes: 2,
};

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

fn settings(cost: HashCost, threads: usize) -> HasherSettings {
    HasherSettings {
        cost,
        threads: NonZeroUsize::new(threads).unwrap(),
        peppers: Peppers::default(),
    }
}

fn hasher(cost: HashCost, threads: usize) -> Argon2Hasher {
    Argon2Hasher::start(settings(cost, threads), Arc::new(Counted::default())).unwrap()
}

fn peppered(current: &str, previous: Option<&str>) -> Argon2Hasher {
    let key = |id: &str| PepperKey::new(id, &[id.as_bytes()[1]; 32]).unwrap();
    let mut settings = settings(CHEAP, 1);
    settings.peppers = Peppers::new(key(current), previous.map(key)).unwrap();
    Argon2Hasher::start(settings, Arc::new(Counted::default())).unwrap()
}

fn phc(text: &str) -> PasswordDigest {
    PasswordDigest::from_phc(text.to_owned())
}

async fn until(condition: impl Fn() -> bool) {
    for _ in 0..5_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("waited in vain");
}

#[tokio::test]
async fn a_digest_is_a_phc_string_with_todays_parameters_and_opens_with_its_password_only() {
    let hasher = hasher(HashCost::default(), 1);
    let digest = hasher.hash(password("correct horse battery")).await.unwrap();
    assert!(
        digest.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{}",
        digest.as_phc()
    );
    let parsed = PasswordHash::new(digest.as_phc()).unwrap();
    assert_eq!(parsed.salt.unwrap().as_ref().len(), 16);
    assert_eq!(parsed.hash.unwrap().as_bytes().len(), 32);
    let good = hasher
        .check(password("correct horse battery"), Some(digest.clone()))
        .await
        .unwrap();
    assert_eq!(good, PasswordCheck::Match { rehash: None });
    for wrong in ["correct horse batterz", "correct horse battery ", "c"] {
        let checked = hasher.check(password(wrong), Some(digest.clone())).await.unwrap();
        assert_eq!(checked, PasswordCheck::Mismatch, "{wrong}");
    }
    let again = hasher.hash(password("correct horse battery")).await.unwrap();
    assert_ne!(again.as_phc(), digest.as_phc(), "every digest has a salt of its own");
}

#[tokio::test]
async fn the_vectors_of_the_reference_implementation_open() {
    let hasher = hasher(CHEAP, 1);
    for vector in [REFERENCE, REFERENCE_LARGE] {
        let checked = hasher.check(password("password"), Some(phc(vector))).await.unwrap();
        assert!(matches!(checked, PasswordCheck::Match { .. }), "{vector}");
        let checked = hasher.check(password("Password"), Some(phc(vector))).await.unwrap();
        assert_eq!(checked, PasswordCheck::Mismatch, "{vector}");
    }
}

#[tokio::test]
async fn r9_every_check_costs_the_same_work_whoever_it_is_for() {
    let hasher = hasher(HashCost::default(), 1);
    let digest = hasher.hash(password("correct horse battery")).await.unwrap();
    let full = HashCost::default().work();
    for (who, text, stored) in [
        ("right", "correct horse battery", Some(digest.clone())),
        ("wrong", "nothing of the sort", Some(digest)),
        ("nobody", "nothing of the sort", None),
    ] {
        let before = hasher.reading();
        hasher.check(password(text), stored).await.unwrap();
        let after = hasher.reading();
        assert_eq!(after.hashes - before.hashes, 1, "{who}");
        assert_eq!(after.work - before.work, full, "{who}");
    }
    let before = hasher.reading();
    hasher
        .check(password("nothing of the sort"), Some(phc(REFERENCE)))
        .await
        .unwrap();
    let spent = hasher.reading().work - before.work;
    assert!(
        spent.abs_diff(full) * 200 < full,
        "an old digest cost {spent} of {full}"
    );
}

#[test]
fn r9_the_made_up_work_is_what_is_missing() {
    for (memory_kib, passes) in [(19_456, 2), (65_536, 3), (47_104, 2), (131_072, 4)] {
        let today = HashCost { memory_kib, passes };
        for spent in [0, 512, 36_864, 38_912, 47_104] {
            let made_up = today.remainder(spent).map_or(0, HashCost::work);
            let missing = today.work().saturating_sub(spent);
            assert!(
                missing.abs_diff(made_up) * 500 <= today.work(),
                "{today:?} after {spent}: {made_up}"
            );
        }
    }
}

#[tokio::test]
async fn r7_a_weaker_digest_is_made_anew_and_a_stronger_one_is_left_alone() {
    let weak = hasher(CHEAP, 1).hash(password("correct horse battery")).await.unwrap();
    let today = HashCost {
        memory_kib: 128,
        passes: 2,
    };
    let hasher = hasher(today, 1);
    let checked = hasher
        .check(password("correct horse battery"), Some(weak.clone()))
        .await
        .unwrap();
    let PasswordCheck::Match { rehash: Some(fresh) } = checked else {
        panic!("{checked:?}");
    };
    assert!(fresh.as_phc().starts_with("$argon2id$v=19$m=128,t=2,p=1$"));
    let checked = hasher
        .check(password("correct horse battery"), Some(fresh.clone()))
        .await
        .unwrap();
    assert_eq!(checked, PasswordCheck::Match { rehash: None });
    assert_eq!(
        hasher.check(password("wrong"), Some(weak)).await.unwrap(),
        PasswordCheck::Mismatch,
        "a wrong password never makes a digest"
    );
    let lesser = super::tests::hasher(CHEAP, 1);
    let checked = lesser
        .check(password("correct horse battery"), Some(fresh))
        .await
        .unwrap();
    assert_eq!(checked, PasswordCheck::Match { rehash: None });
}

#[tokio::test]
async fn a_digest_of_more_memory_is_checked_and_the_arena_shrinks_again() {
    let hasher = hasher(CHEAP, 1);
    let mut arena = Arena(Vec::new());
    let stored = Stored::read(&phc(REFERENCE_LARGE), &Peppers::default()).unwrap();
    let (answer, _kept) = oneshot::channel();
    let checked = hasher
        .shared
        .check(&password("password"), &stored, &answer, &mut arena)
        .unwrap();
    assert!(matches!(checked, PasswordCheck::Match { .. }));
    assert_eq!(arena.0.len(), 65_536);
    arena.shrink_to(CHEAP);
    assert_eq!(arena.0.len(), 64);
    assert!(arena.0.capacity() < 128);
}

#[tokio::test]
async fn r6_a_pepper_is_needed_and_rotates_without_a_second_hash() {
    let plain = hasher(CHEAP, 1).hash(password("correct horse battery")).await.unwrap();
    let first = peppered("k1", None);
    let moved = match first
        .check(password("correct horse battery"), Some(plain))
        .await
        .unwrap()
    {
        PasswordCheck::Match { rehash: Some(moved) } => moved,
        other => panic!("{other:?}"),
    };
    assert_eq!(first.reading().hashes, 1);
    assert!(moved.as_phc().starts_with("k1$argon2id$"), "{}", moved.as_phc());

    let bare = phc(moved.as_phc().strip_prefix("k1").unwrap());
    let unpeppered = hasher(CHEAP, 1)
        .check(password("correct horse battery"), Some(bare))
        .await
        .unwrap();
    assert_eq!(
        unpeppered,
        PasswordCheck::Mismatch,
        "without the key the digest says nothing"
    );

    let both = peppered("k2", Some("k1"));
    let moved_on = match both
        .check(password("correct horse battery"), Some(moved.clone()))
        .await
        .unwrap()
    {
        PasswordCheck::Match { rehash: Some(moved) } => moved,
        other => panic!("{other:?}"),
    };
    assert_eq!(both.reading().hashes, 1);
    assert!(moved_on.as_phc().starts_with("k2$argon2id$"));
    assert_eq!(
        both.check(password("wrong"), Some(moved.clone())).await.unwrap(),
        PasswordCheck::Mismatch
    );
    let second = peppered("k2", None);
    let checked = second
        .check(password("correct horse battery"), Some(moved_on))
        .await
        .unwrap();
    assert_eq!(checked, PasswordCheck::Match { rehash: None });
    let retired = second
        .check(password("correct horse battery"), Some(moved))
        .await
        .unwrap_err();
    assert!(matches!(retired, HasherError::Port(fault) if fault.kind() == FaultKind::Corrupt));
}

#[tokio::test]
async fn a_damaged_digest_is_a_fault_and_never_a_match() {
    let hasher = hasher(CHEAP, 1);
    for text in [
        "",
        "plain",
        "$",
        "$argon2id",
        "$argon2id$v=19$m=256,t=2,p=1",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=99$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=4294967295,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=0$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$scrypt$ln=16,r=8,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "k9$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    ] {
        let fault = hasher.check(password("password"), Some(phc(text))).await.unwrap_err();
        assert!(
            matches!(&fault, HasherError::Port(fault) if fault.kind() == FaultKind::Corrupt),
            "{text}: {fault:?}"
        );
        assert!(text.is_empty() || !format!("{fault:?}").contains(text));
    }
    assert_eq!(hasher.reading().hashes, 0);
}

fn gated() -> (Arc<Gate>, Arc<Argon2Hasher>) {
    let gate = Arc::new(Gate::default());
    let hasher = Argon2Hasher::start(settings(CHEAP, 1), Arc::clone(&gate) as Arc<dyn Entropy>).unwrap();
    (gate, Arc::new(hasher))
}

fn hash_in_the_background(hasher: &Arc<Argon2Hasher>) -> Task<Result<PasswordDigest, HasherError>> {
    let hasher = Arc::clone(hasher);
    tokio::spawn(async move { hasher.hash(password("correct horse battery")).await })
}

#[tokio::test]
async fn r8_a_full_queue_refuses_at_once_and_what_waits_is_served() {
    let (gate, hasher) = gated();
    let first = hash_in_the_background(&hasher);
    until(|| gate.waiting.load(Ordering::SeqCst) == 1).await;
    let waiting: Vec<_> = (0..QUEUE_PER_THREAD).map(|_| hash_in_the_background(&hasher)).collect();
    until(|| hasher.reading().waiting == QUEUE_PER_THREAD).await;

    let refused = hasher.hash(password("correct horse battery")).await.unwrap_err();
    assert!(matches!(refused, HasherError::Busy));
    let refused = hasher.check(password("correct horse battery"), None).await.unwrap_err();
    assert!(matches!(refused, HasherError::Busy));

    gate.open();
    first.await.unwrap().unwrap();
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    assert_eq!(hasher.reading().hashes, 1 + QUEUE_PER_THREAD as u64);
}

#[tokio::test]
async fn r8_as_many_places_as_the_threads_and_the_queue_hold_and_each_comes_back() {
    let hasher = hasher(CHEAP, 2);
    let mut places: Vec<_> = (0..2 * (QUEUE_PER_THREAD + 1))
        .map(|_| hasher.reserve().unwrap())
        .collect();
    assert!(matches!(hasher.reserve(), Err(HasherError::Busy)));
    places.pop();
    let place = hasher.reserve().unwrap();
    assert_eq!(
        hasher.check(password("x"), None).await.unwrap(),
        PasswordCheck::Mismatch
    );
    assert!(
        matches!(hasher.reserve(), Err(HasherError::Busy)),
        "a place lasts as long as it is held"
    );
    drop(place);
    hasher.reserve().unwrap();
}

#[tokio::test]
async fn callers_that_left_cost_no_hash_and_no_place_in_the_queue() {
    let (gate, hasher) = gated();
    let first = hash_in_the_background(&hasher);
    until(|| gate.waiting.load(Ordering::SeqCst) == 1).await;
    let left: Vec<_> = (0..QUEUE_PER_THREAD).map(|_| hash_in_the_background(&hasher)).collect();
    until(|| hasher.reading().waiting == QUEUE_PER_THREAD).await;
    for task in left {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let served = hash_in_the_background(&hasher);
    until(|| hasher.reading().waiting == 1).await;
    gate.open();
    first.await.unwrap().unwrap();
    served.await.unwrap().unwrap();
    assert_eq!(hasher.reading().hashes, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_over_shared_arenas_do_not_mix() {
    let hasher = Arc::new(hasher(CHEAP, 3));
    let mut tasks = Vec::new();
    for n in 0..40 {
        let hasher = Arc::clone(&hasher);
        tasks.push(tokio::spawn(async move {
            let own = format!("password of number {n}");
            let digest = hasher.hash(password(&own)).await.unwrap();
            let right = hasher.check(password(&own), Some(digest.clone())).await.unwrap();
            assert_eq!(right, PasswordCheck::Match { rehash: None });
            let wrong = hasher.check(password(&format!("{own}1")), Some(digest)).await.unwrap();
            assert_eq!(wrong, PasswordCheck::Mismatch);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(hasher.reading().hashes, 120);
}

#[tokio::test]
async fn the_threads_end_with_the_hasher_and_those_who_wait_are_told() {
    let (gate, hasher) = gated();
    let first = hash_in_the_background(&hasher);
    until(|| gate.waiting.load(Ordering::SeqCst) == 1).await;
    let shared = Arc::downgrade(&hasher.shared);
    let (answer, answered) = oneshot::channel();
    hasher
        .shared
        .enqueue(Job::Hash {
            password: password("waits in vain"),
            answer,
        })
        .unwrap();
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let opener = Arc::clone(&gate);
    let ending = std::thread::spawn(move || drop(hasher));
    assert!(answered.await.is_err(), "the waiting job is let go, not kept");
    opener.open();
    ending.join().unwrap();
    assert!(shared.upgrade().is_none(), "no thread holds on to the pool");
}

struct Broken;

impl Entropy for Broken {
    fn fill(&self, _buffer: &mut [u8]) {
        panic!("no randomness");
    }
}

#[tokio::test]
async fn a_panic_in_a_hash_costs_that_caller_an_error_and_not_the_thread() {
    let hasher = Argon2Hasher::start(settings(CHEAP, 1), Arc::new(Broken)).unwrap();
    let fault = hasher.hash(password("correct horse battery")).await.unwrap_err();
    assert!(matches!(fault, HasherError::Port(fault) if fault.kind() == FaultKind::Unavailable));
    let checked = hasher.check(password("password"), Some(phc(REFERENCE_LARGE))).await;
    assert!(
        checked.is_err(),
        "the short salt asks for a new digest, and so for randomness"
    );
    assert_eq!(
        hasher.check(password("x"), None).await.unwrap(),
        PasswordCheck::Mismatch
    );
}

#[test]
fn r5_parameters_go_upward_only_and_threads_fit_the_memory() {
    assert!(matches!(
        HashCost::new(19_455, 2),
        Err(HasherSetupError::Memory { given: 19_455 })
    ));
    assert!(matches!(
        HashCost::new(19_456, 1),
        Err(HasherSetupError::Passes { given: 1 })
    ));
    assert!(HashCost::new(CEILING_MEMORY_KIB + 1, 2).is_err());
    assert_eq!(HashCost::new(19_456, 2).unwrap(), HashCost::default());
    let cores = NonZeroUsize::new(4).unwrap();
    let cost = HashCost::default();
    assert_eq!(cost.threads(cores, u64::MAX).get(), 4);
    assert_eq!(cost.threads(cores, 2 * 19_456).get(), 2);
    assert_eq!(cost.threads(cores, 1).get(), 1);
}

#[test]
fn r6_pepper_keys_are_256_bits_under_a_plain_id_each() {
    assert!(matches!(
        PepperKey::new("k1", &[0; 31]),
        Err(HasherSetupError::PepperLength { given: 31 })
    ));
    for id in ["", "K1", "a$b", "much-too-long-for-an-id"] {
        assert!(
            matches!(PepperKey::new(id, &[0; 32]), Err(HasherSetupError::PepperId)),
            "{id}"
        );
    }
    let key = PepperKey::new("k1", &[9; 32]).unwrap();
    assert_eq!(format!("{key:?}"), "PepperKey { id: \"k1\", .. }");
    assert!(matches!(
        Peppers::new(key.clone(), Some(key)),
        Err(HasherSetupError::PepperTwice)
    ));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn hashing_threads_stand_back_and_nobody_else_does() {
    let hasher = hasher(CHEAP, 2);
    hasher.hash(password("correct horse battery")).await.unwrap();
    let niceness = |task: &std::path::Path| -> i32 {
        let stat = std::fs::read_to_string(task.join("stat")).unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        fields.split(' ').nth(16).unwrap().parse().unwrap()
    };
    let own = niceness(std::path::Path::new("/proc/thread-self"));
    let tasks = || -> Vec<(bool, i32)> {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let paths = tasks.map(|task| task.unwrap().path());
        let named = paths.map(|task| {
            (
                std::fs::read_to_string(task.join("comm")).unwrap().starts_with("hash-"),
                task,
            )
        });
        named.map(|(hashes, task)| (hashes, niceness(&task))).collect()
    };
    let back = (own + NICENESS).min(19);
    until(|| tasks().iter().filter(|task| **task == (true, back)).count() >= 2).await;
    assert!(tasks().iter().all(|(hashes, niceness)| *hashes || *niceness == own));
}

#[tokio::test]
async fn r74_one_recipe_gives_one_digest_for_a_code_today_and_after_a_change_of_parameters() {
    let before = hasher(CHEAP, 1);
    let recipe = before.new_recipe().unwrap();
    let codes = || vec![password("ABCDEFGHJKMNP"), password("PNMKJHGFEDCBA")];
    let first = before.hash_by(recipe.clone(), codes()).await.unwrap();
    assert_eq!(first.len(), 2);
    assert_ne!(first[0], first[1]);
    let dearer = HashCost {
        memory_kib: 128,
        passes: 3,
    };
    let after = hasher(dearer, 1);
    assert_eq!(after.hash_by(recipe, codes()).await.unwrap(), first, "in order");
    let other = before.new_recipe().unwrap();
    assert_ne!(before.hash_by(other, codes()).await.unwrap(), first, "another salt");
}

#[tokio::test]
async fn r6_codes_are_peppered_by_the_key_that_the_recipe_names() {
    let old = peppered("k1", None);
    let recipe = old.new_recipe().unwrap();
    let code = || vec![password("ABCDEFGHJKMNP")];
    let digest = old.hash_by(recipe.clone(), code()).await.unwrap();
    let rotated = peppered("k2", Some("k1"));
    assert_eq!(rotated.hash_by(recipe.clone(), code()).await.unwrap(), digest);
    let forgotten = peppered("k2", None).hash_by(recipe.clone(), code()).await;
    assert!(is_corrupt(&forgotten), "{forgotten:?}");
    let (_, bare) = recipe.as_phc().split_once('$').unwrap();
    let bare = HashRecipe::from_phc(format!("${bare}"));
    assert_ne!(rotated.hash_by(bare, code()).await.unwrap(), digest);
}

fn is_corrupt<T>(answer: &Result<T, HasherError>) -> bool {
    matches!(answer, Err(HasherError::Port(fault)) if fault.kind() == FaultKind::Corrupt)
}

#[tokio::test]
async fn a_damaged_recipe_is_corrupt_and_costs_nothing() {
    let hasher = hasher(CHEAP, 1);
    for recipe in [
        "",
        "nonsense",
        "$",
        "$argon2id",
        "$argon2id$v=19$m=64,t=2,p=1",
        "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA",
        "$argon2id$v=16$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA",
        "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHRzb21lc2FsdA",
        "$argon2id$v=19$m=64,t=99999,p=1$c29tZXNhbHRzb21lc2FsdA",
        "$argon2id$v=19$m=64,t=2,p=1$c2!",
        "k9$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA",
        "$scrypt$ln=15,r=8,p=1$c29tZXNhbHRzb21lc2FsdA",
    ] {
        let answer = hasher
            .hash_by(HashRecipe::from_phc(recipe.to_owned()), vec![password("ABCDEFGHJKMNP")])
            .await;
        assert!(is_corrupt(&answer), "{recipe:?}: {answer:?}");
    }
}

#[tokio::test]
async fn r8_a_whole_set_of_codes_takes_one_place_in_the_queue() {
    let hasher = hasher(CHEAP, 1);
    let recipe = hasher.new_recipe().unwrap();
    let codes: Vec<Password> = (0..1_000)
        .map(|number| password(&format!("ABCDEFGHJ{number:04}")))
        .collect();
    let digests = hasher.hash_by(recipe, codes).await.unwrap();
    assert_eq!(digests.len(), 1_000, "more than the queue has places");
}
