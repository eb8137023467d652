//! Opening and migrating: from nothing, again, at the same time, and over whatever else may lie there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use doorward_domain::ids::FlowId;
use doorward_domain::one_time::{LinkState, LinkSubject};
use doorward_domain::ports::SchemaState;
use doorward_domain::second_factor::FactorSummary;
use doorward_domain::secret::TokenDigest;
use doorward_domain::time::Timestamp;
use doorward_migrations::{Migrator, MigratorTrait as _};
use doorward_persistence::{Station, Store, StoreError, StoreOptions};

use sea_orm::{SqlxPostgresConnector, SqlxSqliteConnector};
use uuid::Uuid;

use crate::given::{NOW, acme, fresh_digest, hex, later, unique};
use crate::stores::{Kind, Raw, keys, ports};

fn all_steps() -> u32 {
    u32::try_from(Migrator::migrations().len()).unwrap()
}

async fn begins_with_nothing_and_migrates_once(kind: Kind) {
    let place = kind.place().await;
    let store = place.open(Station::Server).await;
    assert_eq!(store.schema().await.unwrap(), SchemaState::Behind(all_steps()));
    assert_eq!(store.migrate().await.unwrap(), all_steps());
    assert_eq!(store.schema().await.unwrap(), SchemaState::Current);
    assert_eq!(store.migrate().await.unwrap(), 0);
    let again = place.open(Station::Command).await;
    assert_eq!(again.schema().await.unwrap(), SchemaState::Current);
    assert_eq!(again.migrate().await.unwrap(), 0);
}

async fn four_starters_at_once_all_come_up(kind: Kind) {
    for _ in 0..3 {
        let place = kind.place().await;
        let starting: Vec<_> = (0..4)
            .map(|_| {
                let place = place.clone();
                tokio::spawn(async move {
                    let store = place.open(Station::Command).await;
                    let steps = store.migrate().await.unwrap();
                    assert_eq!(store.schema().await.unwrap(), SchemaState::Current);
                    steps
                })
            })
            .collect();
        let mut steps = Vec::new();
        for starter in starting {
            steps.push(starter.await.unwrap());
        }
        steps.sort_unstable();
        assert_eq!(steps, [0, 0, 0, all_steps()]);
    }
}

async fn a_newer_schema_is_refused_and_left_alone(kind: Kind) {
    let (place, store) = kind.store().await;
    place
        .raw
        .execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_flying_cars', 0)")
        .await;
    assert_eq!(store.schema().await.unwrap(), SchemaState::Ahead);
    let refused = store.migrate().await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::Newer { step } if &**step == "m29990101_000001_flying_cars"),
        "{refused:?}"
    );
}

async fn a_migration_that_failed_half_way_is_finished_by_the_next_start(kind: Kind) {
    let place = kind.place().await;
    let store = place.open(Station::Server).await;
    store.schema().await.unwrap();
    // The fifth step makes three tables; the second of them stands in its way.
    place.raw.execute("CREATE TABLE codes (x BIGINT)").await;
    store.migrate().await.unwrap_err();
    assert_eq!(store.schema().await.unwrap(), SchemaState::Behind(all_steps() - 4));
    place.raw.execute("DROP TABLE codes").await;
    assert_eq!(store.migrate().await.unwrap(), all_steps() - 4);
    assert_eq!(store.schema().await.unwrap(), SchemaState::Current);
}

/// Steps of the version before accounts were their owners' business.
const STEPS_BEFORE: u32 = 8;

async fn what_the_version_before_left_is_as_good_as_it_was(kind: Kind) {
    let place = kind.place().await;
    let store = place.open(Station::Server).await;
    store.schema().await.unwrap();
    let before = match &place.raw {
        Raw::Sqlite(pool) => SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone()),
        Raw::Postgres(pool) => SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
    };
    Migrator::up(&before, Some(STEPS_BEFORE)).await.unwrap();
    let workspace = doorward_domain::testing::workspace("acme");
    let (user, token, reset, flow, session) = (unique(), fresh_digest(), fresh_digest(), unique(), unique());
    let id = |id: Uuid| match kind {
        Kind::Sqlite => format!("x'{}'", id.simple()),
        Kind::Postgres => format!("'{id}'::uuid"),
    };
    let digest = |digest: &TokenDigest| match kind {
        Kind::Sqlite => format!("x'{}'", hex(digest)),
        Kind::Postgres => format!("'\\x{}'::bytea", hex(digest)),
    };
    let (w, u, created, later) = (
        id(workspace.id.as_uuid()),
        id(user),
        NOW.as_micros() - 60_000_000,
        later(3_600).as_micros(),
    );
    let json = |value: &serde_json::Value| value.to_string().replace('\'', "''");
    let portal = json(&serde_json::to_value(&workspace.portal).unwrap());
    let mut security = serde_json::to_value(&workspace.security).unwrap();
    for audience in ["customers", "staff"] {
        let settings = security[audience].as_object_mut().unwrap();
        for newer in ["passkey", "two_factor_required", "password_min_length_with_two_factor"] {
            settings.remove(newer).unwrap();
        }
    }
    let security = json(&security);
    for row in [
        format!("INSERT INTO workspaces VALUES ({w}, 'acme', 'Acme', '{portal}', '{security}', {created})"),
        format!(
            "INSERT INTO users VALUES ({w}, {u}, 'customer', 'active', 'Jo', 'jo', NULL, NULL, '$x', 3, {created}, NULL)"
        ),
        format!(
            "INSERT INTO user_emails VALUES ({w}, {}, {u}, 'jo@example.com', 'jo@example.com', {}, {created}, {created})",
            id(unique()),
            if kind == Kind::Sqlite { "1" } else { "TRUE" },
        ),
        format!(
            "INSERT INTO sessions VALUES ({w}, {}, {}, {u}, 'password', {created}, {created}, 3600000000, {later}, \
             {later}, '192.0.2.1', 'curl/8', {})",
            digest(&token),
            id(session),
            id(unique()),
        ),
        format!(
            "INSERT INTO links VALUES ({w}, {}, 'reset-password', {u}, 'jo@example.com', {}, '/', {created}, {later}, \
             NULL, NULL)",
            id(unique()),
            digest(&reset),
        ),
        format!(
            "INSERT INTO flows VALUES ({w}, {}, NULL, 'sign-in', 'jo@example.com', 'jo@example.com', '/', NULL, NULL, \
             NULL, 0, {created}, {created}, {later}, NULL)",
            id(flow),
        ),
    ] {
        assert_eq!(place.raw.execute(&row).await, 1, "{row}");
    }

    assert_eq!(store.migrate().await.unwrap(), all_steps() - STEPS_BEFORE);
    let server = ports(&store, place.clone());
    let view = server.sessions.check(&token, NOW).await.unwrap().unwrap();
    assert_eq!(view.proved_at.as_micros(), created, "they proved it when they came in");
    let listed = server.own_sessions.list(workspace.id, view.user, NOW).await.unwrap();
    assert_eq!(listed[0].id.as_uuid(), session);
    let LinkState::Live(link) = server.links.look(workspace.id, &reset, NOW).await.unwrap() else {
        panic!("the link is dead");
    };
    assert_eq!(link.subject, LinkSubject::Person);
    let flow = FlowId::from_uuid(flow);
    let flow = server.flows.find(workspace.id, flow).await.unwrap().unwrap();
    assert_eq!((flow.first_step, flow.user), (None, None));
    let key = flow.email.key();
    let record = server
        .users
        .find_for_sign_in(workspace.id, &key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (record.factors, record.user.picture_at),
        (FactorSummary::default(), None)
    );
    let kept = server.workspaces.find(workspace.id).await.unwrap().unwrap();
    assert_eq!(
        kept.security, workspace.security,
        "what was not there is as in a new workspace"
    );
}

async fn every_key_begins_with_the_workspace(kind: Kind) {
    let (place, _store) = kind.store().await;
    let (tables, keyed) = match place.raw {
        Raw::Sqlite(_) => (
            // An index of words is no table of ours, nor are the tables that SQLite keeps it in.
            "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' \
             AND name <> 'seaql_migrations'",
            "SELECT count(*) FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND c.pk = 1 AND c.name = 'workspace_id'",
        ),
        Raw::Postgres(_) => (
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'seaql_migrations'",
            "SELECT count(*) FROM information_schema.key_column_usage k JOIN information_schema.table_constraints t \
             USING (constraint_schema, constraint_name) WHERE t.constraint_type = 'PRIMARY KEY' \
             AND k.ordinal_position = 1 AND k.column_name = 'workspace_id'",
        ),
    };
    let tables = place.raw.numbers(tables).await;
    assert!(tables[0] >= 20, "{tables:?}");
    assert_eq!(place.raw.numbers(keyed).await, tables);
}

async fn the_time_that_the_database_knows(kind: Kind) {
    let (place, store) = kind.store().await;
    let before = store.times().await.unwrap();
    assert_eq!(before.newest_row, None);
    // PostgreSQL is a machine of its own, SQLite is this one. A decade either way shows that it is not in seconds.
    let decade = std::time::Duration::from_hours(10 * 365 * 24);
    let near = |clock: Timestamp| clock.since(NOW) < decade && NOW.since(clock) < decade;
    assert_eq!(
        before.clock.map(near),
        (kind == Kind::Postgres).then_some(true),
        "{before:?}"
    );
    let ports = ports(&store, place);
    acme(&ports).await;
    assert_eq!(store.times().await.unwrap().newest_row, Some(NOW));
}

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() { super::$name(super::Kind::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() { super::$name(super::Kind::Postgres).await; })*
        }
    };
}

on_both!(
    begins_with_nothing_and_migrates_once
    four_starters_at_once_all_come_up
    a_newer_schema_is_refused_and_left_alone
    a_migration_that_failed_half_way_is_finished_by_the_next_start
    what_the_version_before_left_is_as_good_as_it_was
    every_key_begins_with_the_workspace
    the_time_that_the_database_knows
);

async fn open(path: &Path, station: Station) -> Result<Store, StoreError> {
    Store::open(StoreOptions::new(
        format!("sqlite://{}", path.display()),
        station,
        keys(),
    ))
    .await
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("data").join("doorward.db");
    (folder, path)
}

#[tokio::test]
async fn one_server_has_the_file_and_commands_run_beside_it() {
    let (_folder, path) = folder();
    let server = open(&path, Station::Server).await.unwrap();
    server.migrate().await.unwrap();
    for _ in 0..2 {
        let refused = open(&path, Station::Server).await.unwrap_err();
        assert!(
            matches!(&refused, StoreError::InUse { path: named } if *named == path),
            "{refused:?}"
        );
        assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
    }
    let command = open(&path, Station::Command).await.unwrap();
    assert_eq!(command.schema().await.unwrap(), SchemaState::Current);
    server.close().await;
    drop(server);
    open(&path, Station::Server).await.unwrap();
}

#[tokio::test]
async fn files_are_for_their_owner_only() {
    let (_folder, path) = folder();
    let store = open(&path, Station::Server).await.unwrap();
    store.migrate().await.unwrap();
    let folder = path.parent().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700);
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        files += 1;
    }
    assert!(files >= 3, "the database, its log and its lock at least");
}

/// A sound database, as one file.
async fn sound(path: &Path) -> Vec<u8> {
    let store = open(path, Station::Server).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    drop(store);
    assert!(
        !path.with_file_name("doorward.db-wal").exists(),
        "the last one to close writes the log back"
    );
    std::fs::read(path).unwrap()
}

#[tokio::test]
async fn whatever_is_no_sound_database_is_refused_and_left_as_it_is() {
    let (_folder, path) = folder();
    let sound = sound(&path).await;
    let mut no_pages = sound.clone();
    no_pages[100..].fill(0);
    let mut half_a_schema = sound.clone();
    half_a_schema[200..4_096].fill(0xa5);
    for (what, content) in [
        ("empty", Vec::new()),
        ("one byte", vec![b'S']),
        (
            "text",
            b"this is not a database, but it is longer than its header would be\n".repeat(20),
        ),
        ("header only", sound[..100].to_vec()),
        ("cut in the middle of a page", sound[..sound.len() / 2 + 7].to_vec()),
        ("cut at the end of a page", sound[..sound.len() - 4_096].to_vec()),
        ("nothing after the header", no_pages),
        ("a spoiled first page", half_a_schema),
    ] {
        std::fs::write(&path, &content).unwrap();
        for station in [Station::Server, Station::Command] {
            let refused = open(&path, station).await;
            let refused = refused.expect_err(what);
            assert!(
                matches!(&refused, StoreError::Damaged { path: named } if *named == path),
                "{what}: {refused:?}"
            );
        }
        assert_eq!(std::fs::read(&path).unwrap(), content, "{what}");
        let _ = std::fs::remove_file(path.with_file_name("doorward.db-wal"));
        let _ = std::fs::remove_file(path.with_file_name("doorward.db-shm"));
    }
    std::fs::write(&path, &sound).unwrap();
    assert_eq!(
        open(&path, Station::Server).await.unwrap().schema().await.unwrap(),
        SchemaState::Current
    );
}

#[tokio::test]
async fn a_lost_file_with_its_log_still_there_is_not_begun_anew() {
    let (_folder, path) = folder();
    sound(&path).await;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(
        path.with_file_name("doorward.db-wal"),
        b"committed, but not written back",
    )
    .unwrap();
    let refused = open(&path, Station::Server).await.unwrap_err();
    assert!(matches!(refused, StoreError::Missing { .. }), "{refused:?}");
    assert!(!path.exists());
}

#[tokio::test]
async fn who_only_wants_to_use_a_file_makes_none() {
    let (_folder, path) = folder();
    let mut options = StoreOptions::new(format!("sqlite://{}", path.display()), Station::Command, keys());
    options.make_if_missing = false;
    let refused = Store::open(options.clone()).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::Absent { path: named } if *named == path),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("doorward migrate"), "{refused}");
    assert!(!path.parent().unwrap().exists(), "neither file nor folder is made");
    sound(&path).await;
    Store::open(options).await.unwrap().close().await;
}

#[tokio::test]
async fn processes_that_make_the_file_at_once_end_up_with_one() {
    for _ in 0..5 {
        let (_folder, path) = folder();
        let opening: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                tokio::spawn(async move { open(&path, Station::Command).await.unwrap().migrate().await.unwrap() })
            })
            .collect();
        let mut steps = 0;
        for opened in opening {
            steps += opened.await.unwrap();
        }
        assert_eq!(steps, all_steps());
    }
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused_without_being_repeated() {
    for url in [
        "",
        "mysql://root:secret@localhost/doorward",
        "doorward.db",
        "postgres//x:secret@y",
    ] {
        let refused = Store::open(StoreOptions::new(url, Station::Server, keys()))
            .await
            .unwrap_err();
        assert!(matches!(refused, StoreError::Url), "{refused:?}");
        assert!(!format!("{refused} {refused:?}").contains("secret"));
    }
    let options = StoreOptions::new("postgres://x:secret@y/z", Station::Server, keys());
    assert!(!format!("{options:?}").contains("secret"));
}

#[tokio::test]
async fn a_database_that_is_away_is_an_error_within_seconds() {
    // Port 9 of loopback: nobody listens there.
    let asked = std::time::Instant::now();
    let refused = Store::open(StoreOptions::new(
        "postgres://x:secret@127.0.0.1:9/z",
        Station::Server,
        keys(),
    ))
    .await
    .unwrap_err();
    assert!(matches!(refused, StoreError::Database(_)), "{refused:?}");
    assert!(asked.elapsed() < std::time::Duration::from_secs(6));
    assert!(!format!("{refused} {refused:?}").contains("secret"));
}
