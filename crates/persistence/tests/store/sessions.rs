//! Sessions in memory and on the disk.

use doorward_domain::ports::Sessions as _;
use doorward_persistence::{SeaSessions, Station};

use crate::given::{NOW, acme, customer, is_live, later, signed_in};
use crate::stores::{Kind, ports};

const HOUR: u64 = 3_600;

const USED: &str = "SELECT last_seen_at FROM sessions";

async fn last_uses_are_written_in_batches(kind: Kind) {
    let (place, store) = kind.store().await;
    let server = ports(&store, place.clone());
    let acme = acme(&server).await;
    let mut tokens = Vec::new();
    // More than one statement of the sweep takes.
    for n in 0..70 {
        let user = customer(&server, &acme, &format!("jo{n}@example.com")).await;
        tokens.push(signed_in(&server, &user).await);
    }
    for token in &tokens {
        assert!(is_live(&server, token, later(HOUR / 2)).await);
    }
    let written = place.raw.numbers(USED).await;
    assert!(
        written.iter().all(|at| *at == NOW.as_micros()),
        "a check writes nothing"
    );
    server.sessions.sweep(later(HOUR / 2)).await.unwrap();
    let written = place.raw.numbers(USED).await;
    assert_eq!(written, vec![later(HOUR / 2).as_micros(); 70]);
    let ends = place.raw.numbers("SELECT DISTINCT ends_at FROM sessions").await;
    assert_eq!(ends, [later(HOUR / 2 + HOUR).as_micros()]);
    assert_eq!(server.sessions.sweep(later(HOUR / 2)).await.unwrap(), 0);

    drop((server, store));
    let again = ports(&place.open(Station::Server).await, place.clone());
    assert!(
        is_live(&again, &tokens[0], later(HOUR / 2 + HOUR - 1)).await,
        "a restart forgets no use"
    );
    assert!(!is_live(&again, &tokens[1], later(HOUR / 2 + HOUR)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn last_uses_are_written_in_batches_on_sqlite() {
    last_uses_are_written_in_batches(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn last_uses_are_written_in_batches_on_postgres() {
    last_uses_are_written_in_batches(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_answers_without_the_database_and_is_filled_by_the_first_check() {
    let (place, store) = Kind::Sqlite.store().await;
    let server = ports(&store, place.clone());
    let acme = acme(&server).await;
    let user = customer(&server, &acme, "jo@example.com").await;
    let token = signed_in(&server, &user).await;
    // Another pair of eyes over the same file begins with an empty memory.
    let other = SeaSessions::new(place.open(Station::Command).await);
    assert!(other.peek(&token, NOW).is_none());
    let read = other.check(&token, NOW).await.unwrap();
    let remembered = server.sessions.peek(&token, NOW).unwrap();
    assert_eq!(read, remembered, "what was opened and what is read are one");

    place.raw.execute("DROP TABLE mail_events").await;
    place.raw.execute("ALTER TABLE sessions RENAME TO gone").await;
    assert!(server.sessions.peek(&token, NOW).unwrap().is_some());
    assert!(server.sessions.check(&token, NOW).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sweep_removes_more_than_one_batch() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (place, store) = kind.store().await;
        let server = ports(&store, place.clone());
        let acme = acme(&server).await;
        let user = customer(&server, &acme, "jo@example.com").await;
        let kept = signed_in(&server, &user).await;
        let copies = match kind {
            Kind::Sqlite => {
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) \
                 INSERT INTO sessions SELECT workspace_id, randomblob(32), randomblob(16), user_id, method, created_at, \
                 last_seen_at, idle_micros, 5, 5, client_address, user_agent, request_id, 5 FROM sessions, n"
            }
            Kind::Postgres => {
                "INSERT INTO sessions SELECT workspace_id, sha256(i::text::bytea), gen_random_uuid(), user_id, method, \
                 created_at, last_seen_at, idle_micros, 5, 5, client_address, user_agent, request_id, 5 \
                 FROM sessions, generate_series(1, 2500) AS n(i)"
            }
        };
        assert_eq!(place.raw.execute(copies).await, 2_500);
        assert_eq!(server.sessions.sweep(NOW).await.unwrap(), 2_500);
        assert!(is_live(&server, &kept, NOW).await);
    }
}
