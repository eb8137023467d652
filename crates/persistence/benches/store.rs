//! What the hot paths of the store cost, over a SQLite file: a session check from memory and by the narrow path, a sign-in
//! that opens a session, and the budgets it is charged on.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorward_domain::audit::{AuditAction, AuditEntry};
use doorward_domain::ids::{AuditId, ReceiptId, SessionId};
use doorward_domain::method::Method;
use doorward_domain::policy::PolicySet;
use doorward_domain::ports::{
    EnableApp, Factors as _, OpenSession, Opened, PasskeyAdded, Passkeys as _, Sessions as _, Throttle as _,
    Users as _, Workspaces as _,
};
use doorward_domain::reason::PrivateReason;
use doorward_domain::second_factor::{AppSecret, PendingApp};
use doorward_domain::secret::{HelpCode, TokenDigest};
use doorward_domain::sign_in::{Decision, Door, PersonFacts, Proofs, Receipt, ReceiptOutcome, SignInFacts, decide};
use doorward_domain::testing::{
    APP_SECRET, FixedClock, Person, SeededEntropy, audit, backup_set, client, create, passkey, verified_password,
    workspace,
};
use doorward_domain::throttle::{Charge, LimitRule, ThrottleKey};
use doorward_domain::time::Timestamp;
use doorward_domain::user::User;
use doorward_persistence::{
    KeyRing, SeaFactors, SeaPasskeys, SeaSessions, SeaThrottle, SeaUsers, SeaWorkspaces, Station, Store, StoreOptions,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

const NOW: Timestamp = FixedClock::START;
const SESSIONS: u64 = 2_000;

fn main() {
    divan::main();
}

fn digest(n: u64) -> TokenDigest {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = (n
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(u32::try_from(at * 7).unwrap_or(0))
            & 0xff) as u8;
    }
    bytes[16..24].copy_from_slice(&n.to_be_bytes());
    TokenDigest::from_bytes(bytes)
}

fn unique() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u64_pair(
        0x7000,
        NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15),
    )
}

struct Scene {
    runtime: Runtime,
    store: Store,
    person: Person,
    folder: TempDir,
}

impl Scene {
    /// A store over a new file, with one person.
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let folder = TempDir::new().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("doorward.db").display());
        let (store, person) = runtime.block_on(async {
            let store = open(&url, Station::Server).await;
            store.migrate().await.expect("a schema");
            let acme = workspace("acme");
            let person = Person::customer(acme.id, "jo@example.com");
            let row = audit(acme.id, AuditAction::WorkspaceCreated, NOW);
            let made = SeaWorkspaces::new(store.clone()).create(acme, None, row).await;
            made.expect("a workspace");
            let made = create(&SeaUsers::new(store.clone()), &person).await;
            made.expect("a person");
            (store, person)
        });
        Self {
            runtime,
            store,
            person,
            folder,
        }
    }

    fn opening(&self, token: TokenDigest) -> OpenSession {
        let record = self
            .runtime
            .block_on(SeaUsers::new(self.store.clone()).find_record(self.person.user.workspace, self.person.user.id))
            .expect("an answer")
            .expect("the person");
        let email = self.person.user.emails[0].address.clone();
        let facts = SignInFacts {
            workspace: self.person.user.workspace,
            settings: workspace("acme").security,
            method: Method::Password,
            arrival: None,
            person: Some(PersonFacts::of(&record, &email)),
            door: Door::Front,
            address: Some(email),
        };
        let proofs = Proofs {
            password: verified_password(self.person.user.id),
            ..Proofs::default()
        };
        let Decision::Granted(grant, findings) = decide(&facts, proofs, &PolicySet::default(), NOW) else {
            panic!("the person may come in");
        };
        OpenSession {
            grant,
            id: SessionId::from_uuid(unique()),
            token,
            now: NOW,
            idle_micros: 3_600_000_000,
            expires_at: NOW.plus(Duration::from_hours(24)),
            client: client(),
            replaces: None,
            rehash: None,
            flow: None,
            refunds: charges().split_off(1),
            clears: vec![ThrottleKey::new("password-address", "jo@example.com")],
            notices: Vec::new(),
            links: Vec::new(),
            connects: None,
            confirms: None,
            receipt: Receipt {
                id: ReceiptId::from_uuid(unique()),
                help_code: HelpCode::generate(&SeededEntropy::new(1)),
                workspace: self.person.user.workspace,
                at: NOW,
                attempt: "sign-in-with-password".to_owned(),
                address: None,
                user: Some(self.person.user.id),
                client: client(),
                outcome: ReceiptOutcome::Granted,
                findings,
            },
            audit: doorward_domain::audit::AuditEntry {
                id: AuditId::from_uuid(unique()),
                ..audit(self.person.user.workspace, AuditAction::SignedIn, NOW)
            },
        }
    }

    fn sign_in(&self, token: TokenDigest) {
        let opening = self.opening(token);
        let opened = self
            .runtime
            .block_on(SeaSessions::new(self.store.clone()).open(opening));
        assert!(matches!(opened, Ok(Opened::Open(_))), "{opened:?}");
    }

    /// One session, copied behind the store's back so that a check finds it among many.
    fn with_sessions(self) -> Self {
        self.sign_in(digest(0));
        self.runtime.block_on(async {
            let path = self.folder.path().join("doorward.db");
            let pool = sqlx::SqlitePool::connect_lazy_with(sqlx::sqlite::SqliteConnectOptions::new().filename(path));
            let mut tx = pool.begin().await.expect("a transaction");
            for n in 1..SESSIONS {
                sqlx::query(
                    "INSERT INTO sessions SELECT workspace_id, $1, $2, user_id, method, created_at, last_seen_at, \
                     idle_micros, expires_at, ends_at, client_address, user_agent, request_id, proved_at FROM sessions \
                     WHERE token_digest = $3",
                )
                .bind(digest(n).as_bytes().to_vec())
                .bind(unique())
                .bind(digest(0).as_bytes().to_vec())
                .execute(&mut *tx)
                .await
                .expect("a copy");
            }
            tx.commit().await.expect("copies");
        });
        self
    }
}

async fn open(url: &str, station: Station) -> Store {
    let key = (0..32_u8)
        .map(|at| at.wrapping_mul(at).wrapping_mul(73) ^ 0xa5)
        .collect();
    let keys = KeyRing::new(vec![key], Arc::new(SeededEntropy::new(1))).expect("a key");
    Store::open(StoreOptions::new(url, station, keys))
        .await
        .expect("a store")
}

/// An app, ten backup codes and a passkey.
async fn add_factors(store: &Store, user: &User) {
    let factors = SeaFactors::new(store.clone());
    let pending = PendingApp {
        secret: AppSecret::from_bytes(APP_SECRET),
        set_up_by: user.id.as_uuid(),
        expires_at: NOW.plus(Duration::from_mins(10)),
    };
    let begun = factors.begin_app(user.workspace, user.id, pending.clone()).await;
    assert!(begun.expect("an answer"));
    let enable = EnableApp {
        workspace: user.workspace,
        user: user.id,
        pending,
        step: 1,
        backup: backup_set(10),
        keep: None,
        only_at_version: None,
        notices: Vec::new(),
        now: NOW,
    };
    let row = |action| AuditEntry {
        id: AuditId::from_uuid(unique()),
        ..audit(user.workspace, action, NOW)
    };
    let enabled = factors.enable_app(enable, row(AuditAction::TwoFactorEnabled)).await;
    assert!(enabled.expect("an answer").is_some());
    let passkey = passkey(user.workspace, user.id, "Phone", true, NOW);
    let added = SeaPasskeys::new(store.clone())
        .add(passkey, 20, Vec::new(), row(AuditAction::PasskeyAdded))
        .await;
    assert_eq!(added.expect("an answer"), PasskeyAdded::Added);
}

/// What a password sign-in is charged on.
fn charges() -> Vec<Charge> {
    let minute = Duration::from_mins(1);
    let charge = |what: &str, rule| Charge {
        key: ThrottleKey::new(what, "192.0.2.10"),
        rule,
        reason: PrivateReason::BudgetNetwork,
    };
    vec![
        charge(
            "try-network",
            LimitRule::Window {
                max: u32::MAX,
                window: minute,
            },
        ),
        charge(
            "failure-network",
            LimitRule::Window {
                max: u32::MAX,
                window: minute,
            },
        ),
        charge(
            "password-address",
            LimitRule::Backoff {
                free: u32::MAX,
                window: minute,
                first: minute,
                longest: minute,
                in_a_row: u32::MAX,
            },
        ),
    ]
}

fn each_session() -> impl FnMut() -> TokenDigest {
    let mut n = 0;
    move || {
        n = (n + 1) % SESSIONS;
        digest(n)
    }
}

#[divan::bench]
fn check_from_memory(bencher: divan::Bencher) {
    let scene = Scene::new().with_sessions();
    let sessions = SeaSessions::new(scene.store.clone());
    for n in 0..SESSIONS {
        let found = scene.runtime.block_on(sessions.check(&digest(n), NOW));
        assert!(matches!(found, Ok(Some(_))), "{found:?}");
    }
    bencher
        .with_inputs(each_session())
        .bench_local_refs(|token| assert!(matches!(sessions.peek(token, NOW), Some(Some(_)))));
}

#[divan::bench]
fn check_by_the_narrow_path(bencher: divan::Bencher) {
    let scene = Scene::new().with_sessions();
    // A command keeps nothing in memory that it would answer from.
    let url = format!("sqlite://{}", scene.folder.path().join("doorward.db").display());
    let sessions = SeaSessions::new(scene.runtime.block_on(open(&url, Station::Command)));
    bencher.with_inputs(each_session()).bench_local_refs(|token| {
        let found = scene.runtime.block_on(sessions.check(token, NOW));
        assert!(matches!(found, Ok(Some(_))), "{found:?}");
    });
}

/// The one read that a sign-in is decided on; most people have no second factor, and those who have one wait no longer.
#[divan::bench(args = [false, true])]
fn read_a_person_by_address(bencher: divan::Bencher, with_factors: bool) {
    let scene = Scene::new();
    let users = SeaUsers::new(scene.store.clone());
    let user = &scene.person.user;
    if with_factors {
        scene.runtime.block_on(add_factors(&scene.store, user));
    }
    let key = user.emails[0].address.key();
    bencher.bench_local(|| {
        let found = scene.runtime.block_on(users.find_for_sign_in(user.workspace, &key));
        let found = found.expect("an answer").expect("the person");
        assert_eq!(found.factors.app, with_factors);
    });
}

#[divan::bench]
fn open_a_session(bencher: divan::Bencher) {
    let scene = Scene::new();
    let sessions = SeaSessions::new(scene.store.clone());
    let mut n = 0;
    bencher
        .with_inputs(|| {
            n += 1;
            scene.opening(digest(n))
        })
        .bench_local_values(|opening| {
            let opened = scene.runtime.block_on(sessions.open(opening));
            assert!(matches!(opened, Ok(Opened::Open(_))), "{opened:?}");
        });
}

#[divan::bench]
fn consume_the_budgets_of_a_sign_in(bencher: divan::Bencher) {
    let scene = Scene::new();
    let throttle = SeaThrottle::new(scene.store.clone());
    let workspace = scene.person.user.workspace;
    bencher.with_inputs(charges).bench_local_values(|charges| {
        let said = scene.runtime.block_on(throttle.consume(workspace, charges, NOW));
        said.expect("an answer")
    });
}
