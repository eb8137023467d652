//! What is changed elsewhere counts: at once beside a server over SQLite, within a second on another node (G3).

use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use doorward_domain::audit::AuditAction;
use doorward_domain::ports::Sessions;
use doorward_domain::secret::TokenDigest;
use doorward_domain::testing::contract::StorePorts;
use doorward_domain::user::{User, UserStatus};
use doorward_persistence::Station;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::given::{NOW, acme, customer, hex, is_live, row, signed_in};
use crate::stores::{Kind, Place, ports};

fn counters(place: &Place) -> PathBuf {
    PathBuf::from(format!("{}.changes", place.url.trim_start_matches("sqlite://")))
}

/// Whether memory itself says that the session is good.
fn in_memory(ports: &StorePorts, token: &TokenDigest) -> bool {
    matches!(ports.sessions.peek(token, NOW), Some(Some(_)))
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "never came: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn remembered(ports: &StorePorts, token: &TokenDigest) {
    until("memory answers", async || {
        assert!(is_live(ports, token, NOW).await);
        in_memory(ports, token)
    })
    .await;
}

async fn disable(ports: &StorePorts, user: &User, status: UserStatus) {
    let row = row(user.workspace, AuditAction::UserDisabled);
    let set = ports
        .credentials
        .set_status(user.workspace, user.id, status, row)
        .await
        .unwrap();
    assert_eq!(set, doorward_domain::ports::StatusSet::Set);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_beside_the_server_counts_on_the_very_next_check() {
    let (place, store) = Kind::Sqlite.store().await;
    let server = ports(&store, place.clone());
    let command = ports(&place.open(Station::Command).await, place.clone());
    let acme = acme(&server).await;
    let user = customer(&server, &acme, "jo@example.com").await;
    let bystander = customer(&server, &acme, "mo@example.com").await;
    let theirs = signed_in(&server, &bystander).await;
    for round in 0..50 {
        let token = signed_in(&server, &user).await;
        assert!(in_memory(&server, &token), "round {round}");
        disable(&command, &user, UserStatus::Disabled).await;
        assert!(!in_memory(&server, &token), "round {round}");
        assert!(!is_live(&server, &token, NOW).await, "round {round}");
        assert!(is_live(&server, &theirs, NOW).await);
        disable(&command, &user, UserStatus::Active).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_a_command_is_at_work_the_database_answers() {
    let (place, store) = Kind::Sqlite.store().await;
    let server = ports(&store, place.clone());
    let acme = acme(&server).await;
    let user = customer(&server, &acme, "jo@example.com").await;
    let token = signed_in(&server, &user).await;
    assert!(in_memory(&server, &token));

    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(counters(&place))
        .unwrap();
    file.lock().unwrap();
    file.write_all_at(&1_u64.to_le_bytes(), 0).unwrap();
    for _ in 0..3 {
        assert!(!in_memory(&server, &token));
        assert!(is_live(&server, &token, NOW).await);
    }
    file.write_all_at(&1_u64.to_le_bytes(), 8).unwrap();
    file.unlock().unwrap();
    assert!(
        !in_memory(&server, &token),
        "what was read before the end is not trusted after it"
    );
    assert!(is_live(&server, &token, NOW).await);
    assert!(in_memory(&server, &token));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_that_was_killed_half_way_is_noticed_and_set_right() {
    let (place, store) = Kind::Sqlite.store().await;
    let server = ports(&store, place.clone());
    let acme = acme(&server).await;
    let user = customer(&server, &acme, "jo@example.com").await;
    let (ended, kept) = (signed_in(&server, &user).await, signed_in(&server, &user).await);
    assert!(in_memory(&server, &ended) && in_memory(&server, &kept));

    // As a command that died between its commit and its last word leaves things.
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(counters(&place))
        .unwrap();
    file.write_all_at(&1_u64.to_le_bytes(), 0).unwrap();
    let hex = hex(&ended);
    place
        .raw
        .execute(&format!("DELETE FROM sessions WHERE token_digest = x'{hex}'"))
        .await;

    assert!(!in_memory(&server, &ended));
    assert!(!is_live(&server, &ended, NOW).await);
    assert!(is_live(&server, &kept, NOW).await);
    assert!(in_memory(&server, &kept), "memory answers again");
    let mut bytes = [0; 16];
    file.read_exact_at(&mut bytes, 0).unwrap();
    assert_eq!(bytes[..8], bytes[8..], "the counters agree again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn counters_that_were_tidied_away_come_back() {
    let (place, store) = Kind::Sqlite.store().await;
    let server = ports(&store, place.clone());
    let acme = acme(&server).await;
    let user = customer(&server, &acme, "jo@example.com").await;
    let token = signed_in(&server, &user).await;
    std::fs::remove_file(counters(&place)).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    remembered(&server, &token).await;
    let command = ports(&place.open(Station::Command).await, place.clone());
    disable(&command, &user, UserStatus::Disabled).await;
    assert!(!is_live(&server, &token, NOW).await);
}

/// Whoever goes away in the middle of a write leaves memory and database of one mind.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_that_goes_away_leaves_no_stale_session() {
    let (place, store) = Kind::Sqlite.store().await;
    let server = ports(&store, place.clone());
    let acme = acme(&server).await;
    let user = customer(&server, &acme, "jo@example.com").await;
    for round in 0..200_u64 {
        let token = signed_in(&server, &user).await;
        let (ending, workspace) = (server.clone(), acme.id);
        let entry = row(workspace, AuditAction::SignedOut);
        let task = tokio::spawn(async move { ending.sessions.end(workspace, &token, entry).await });
        tokio::time::sleep(Duration::from_micros(round * 37 % 4_000)).await;
        task.abort();
        let _ = task.await;
        let hex = hex(&token);
        let count = format!("SELECT COUNT(*) FROM sessions WHERE token_digest = x'{hex}'");
        until("memory and database agree", async || {
            let there = place.raw.numbers(&count).await == [1];
            is_live(&server, &token, NOW).await == there
        })
        .await;
        // The end may still have been under way when they were compared.
        tokio::time::sleep(Duration::from_millis(2)).await;
        until("memory and database agree", async || {
            let there = place.raw.numbers(&count).await == [1];
            is_live(&server, &token, NOW).await == there
        })
        .await;
    }
}

async fn two_nodes(place: &Place) -> (StorePorts, StorePorts) {
    let one = place.open(Station::Server).await;
    one.migrate().await.unwrap();
    let two = place.open(Station::Server).await;
    (ports(&one, place.clone()), ports(&two, place.clone()))
}

/// Asks until the session is refused, and says how long that took; every answer afterwards must be a refusal too.
async fn refused_after(sessions: &Arc<dyn Sessions>, token: &TokenDigest) -> Duration {
    let begun = Instant::now();
    while sessions.check(token, NOW).await.unwrap().is_some() {
        assert!(begun.elapsed() < Duration::from_secs(10), "never refused");
    }
    let took = begun.elapsed();
    for _ in 0..50 {
        assert!(
            sessions.check(token, NOW).await.unwrap().is_none(),
            "refused and then let in"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    took
}

const BOUND: Duration = doorward_persistence::changes::STALENESS_BOUND;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_node_refuses_within_a_second_and_this_one_at_once() {
    let place = Kind::Postgres.place().await;
    let (one, two) = two_nodes(&place).await;
    let acme = acme(&one).await;
    let user = customer(&one, &acme, "jo@example.com").await;
    for round in 0..10 {
        let token = signed_in(&one, &user).await;
        remembered(&one, &token).await;
        remembered(&two, &token).await;
        match round % 2 {
            0 => assert!(
                one.sessions
                    .end(acme.id, &token, row(acme.id, AuditAction::SignedOut))
                    .await
                    .unwrap()
            ),
            _ => {
                disable(&one, &user, UserStatus::Disabled).await;
            }
        }
        let waiting = tokio::spawn({
            let two = two.sessions.clone();
            async move { refused_after(&two, &token).await }
        });
        assert!(!is_live(&one, &token, NOW).await, "round {round}: on this node at once");
        let took = waiting.await.unwrap();
        assert!(took <= BOUND, "round {round}: {took:?}");
        disable(&one, &user, UserStatus::Active).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_beside_servers_over_postgres_counts_within_a_second() {
    let place = Kind::Postgres.place().await;
    let (one, two) = two_nodes(&place).await;
    let command = ports(&place.open(Station::Command).await, place.clone());
    let acme = acme(&one).await;
    let user = customer(&one, &acme, "jo@example.com").await;
    let token = signed_in(&one, &user).await;
    remembered(&one, &token).await;
    remembered(&two, &token).await;
    disable(&command, &user, UserStatus::Disabled).await;
    assert!(refused_after(&one.sessions, &token).await <= BOUND);
    assert!(refused_after(&two.sessions, &token).await <= BOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_the_listener_is_killed_over_and_over_no_answer_is_older_than_a_second() {
    let place = Kind::Postgres.place().await;
    let (one, two) = two_nodes(&place).await;
    let acme = acme(&one).await;
    let user = customer(&one, &acme, "jo@example.com").await;
    for round in 0..3 {
        let (token, unasked) = (signed_in(&one, &user).await, signed_in(&one, &user).await);
        remembered(&two, &token).await;
        remembered(&two, &unasked).await;
        let stop = Arc::new(AtomicBool::new(false));
        let killing = tokio::spawn({
            let (place, stop) = (place.clone(), stop.clone());
            async move {
                let mut killed = 0;
                while !stop.load(Ordering::SeqCst) {
                    let ended = place
                        .raw
                        .numbers(
                            "SELECT pg_terminate_backend(pid)::int::bigint FROM pg_stat_activity \
                             WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()",
                        )
                        .await;
                    killed += ended.len();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                killed
            }
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(is_live(&two, &token, NOW).await, "round {round}: service goes on");
        let entry = row(acme.id, AuditAction::SignedOut);
        assert_eq!(
            one.sessions.end_all(acme.id, user.id, None, entry).await.unwrap(),
            if round == 0 { 2 } else { 3 }
        );
        let took = refused_after(&two.sessions, &token).await;
        assert!(took <= BOUND, "round {round}: {took:?}");
        stop.store(true, Ordering::SeqCst);
        assert!(killing.await.unwrap() > 0, "round {round}: nothing was killed");
        let again = signed_in(&one, &user).await;
        remembered(&two, &again).await;
        assert!(
            !is_live(&two, &unasked, NOW).await,
            "round {round}: what went unheard is forgotten"
        );
    }
}

/// Between a node and PostgreSQL: can hold back what the server says to whoever listens, as a network does that drops
/// packets without a word.
struct Wire {
    frozen: Arc<AtomicBool>,
    held_back: Arc<AtomicU64>,
    port: u16,
}

impl Wire {
    async fn to(server: String) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = door.local_addr().unwrap().port();
        let (frozen, held_back) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let wire = Self {
            frozen: frozen.clone(),
            held_back: held_back.clone(),
            port,
        };
        tokio::spawn(async move {
            loop {
                let (client, _) = door.accept().await.unwrap();
                let server = TcpStream::connect(&server).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let listens = Arc::new(AtomicBool::new(false));
                let (frozen, held_back, hears) = (frozen.clone(), held_back.clone(), listens.clone());
                tokio::spawn(async move {
                    let mut buffer = vec![0; 65_536];
                    while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
                        if buffer[..read].windows(6).any(|window| window == b"LISTEN") {
                            listens.store(true, Ordering::SeqCst);
                        }
                        if to_server.write_all(&buffer[..read]).await.is_err() {
                            return;
                        }
                    }
                });
                tokio::spawn(async move {
                    let mut buffer = vec![0; 65_536];
                    while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
                        if frozen.load(Ordering::SeqCst) && hears.load(Ordering::SeqCst) {
                            held_back.fetch_add(1, Ordering::SeqCst);
                            while frozen.load(Ordering::SeqCst) {
                                tokio::time::sleep(Duration::from_millis(5)).await;
                            }
                        }
                        if to_client.write_all(&buffer[..read]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        wire
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_the_channel_is_silent_no_answer_is_older_than_a_second() {
    let place = Kind::Postgres.place().await;
    let (front, database) = place.url.rsplit_once('/').unwrap();
    let (credentials, server) = front.rsplit_once('@').unwrap();
    let wire = Wire::to(server.to_owned()).await;
    let behind_wire = Place {
        url: format!("{credentials}@127.0.0.1:{}/{database}", wire.port),
        ..place.clone()
    };
    let one = place.open(Station::Server).await;
    one.migrate().await.unwrap();
    let one = ports(&one, place.clone());
    let two = ports(&behind_wire.open(Station::Server).await, behind_wire.clone());
    let acme = acme(&one).await;
    let user = customer(&one, &acme, "jo@example.com").await;
    let token = signed_in(&one, &user).await;
    remembered(&two, &token).await;
    wire.frozen.store(true, Ordering::SeqCst);
    until("something is held back", async || {
        wire.held_back.load(Ordering::SeqCst) > 0
    })
    .await;
    let row = row(acme.id, AuditAction::SignedOut);
    assert!(one.sessions.end(acme.id, &token, row).await.unwrap());
    let took = refused_after(&two.sessions, &token).await;
    assert!(took <= BOUND, "{took:?}");
    wire.frozen.store(false, Ordering::SeqCst);
    let again = signed_in(&one, &user).await;
    remembered(&two, &again).await;
}
