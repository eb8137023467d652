//! The database goes away and comes back (SF4, G5); the server is told to stop while it works (SF10).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use doorward_tests::browser::{Page, fresh_password};
use doorward_tests::machine::{Port, wait_for};
use doorward_tests::postgres::TestDatabase;
use doorward_tests::server::Setup;
use doorward_tests::smtp::SmtpDouble;
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use super::{App, Place, WORKSPACE, roomy, text};

const ADA: &str = "ada@acme.test";
/// SF4: an answer within this, whatever is wrong with the database.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// What a busy machine may add to it.
const SLACK: Duration = Duration::from_millis(1_500);
/// SF4: full service after the database is back.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// What the way to the database does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    /// Every byte is held back and every connection stays, as when the machine behind stands still.
    Frozen,
    /// Connections break and new ones are refused.
    Cut,
}

/// A way to PostgreSQL that can be closed.
struct Road {
    port: Port,
    way: watch::Sender<Way>,
    keeper: tokio::task::JoinHandle<()>,
}

impl Road {
    fn to(database: &Url) -> Self {
        let target = SocketAddr::new(
            database
                .host_str()
                .unwrap()
                .parse()
                .expect("the tests' PostgreSQL is on loopback"),
            database.port().unwrap_or(5432),
        );
        let port = Port::take();
        let (way, seen) = watch::channel(Way::Open);
        let keeper = tokio::spawn(keep_open(port.address(), target, seen));
        Self { port, way, keeper }
    }

    fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Road {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

async fn keep_open(at: SocketAddr, target: SocketAddr, mut way: watch::Receiver<Way>) {
    let carried = way.clone();
    loop {
        way.wait_for(|way| *way != Way::Cut).await.unwrap();
        let listener = TcpListener::bind(at).await.expect("the port is ours");
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (stream, _) = accepted.unwrap();
                    connections.spawn(carry(stream, target, carried.clone()));
                }
                _ = way.wait_for(|way| *way == Way::Cut) => break,
            }
        }
        drop(listener);
        connections.shutdown().await;
    }
}

async fn carry(client: TcpStream, target: SocketAddr, mut way: watch::Receiver<Way>) {
    way.wait_for(|way| *way == Way::Open).await.unwrap();
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let up = pass(&mut from_client, &mut to_server, way.clone());
    let down = pass(&mut from_server, &mut to_client, way.clone());
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

async fn pass(
    from: &mut (impl tokio::io::AsyncRead + Unpin),
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    mut way: watch::Receiver<Way>,
) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut chunk = [0_u8; 8192];
    while let Ok(read) = from.read(&mut chunk).await {
        if read == 0 || way.wait_for(|way| *way == Way::Open).await.is_err() {
            return;
        }
        if to.write_all(&chunk[..read]).await.is_err() {
            return;
        }
    }
}

async fn readyz(app: &App) -> u16 {
    let mut app = app.clone();
    let page = app.0.send(Method::GET, "/readyz", &[], Vec::new()).await;
    page.status.as_u16()
}

/// The steps of the front door, each with how long its answer took.
async fn every_step(app: &App, password: &str, token: &str) -> Vec<(&'static str, Page, Duration)> {
    let mut asking = JoinSet::new();
    for step in ["password", "code", "reset", "page", "session"] {
        let (mut app, password, token) = (app.clone(), password.to_owned(), token.to_owned());
        asking.spawn(async move {
            let began = Instant::now();
            let page = match step {
                "password" => app.with_password(ADA, &password).await,
                "code" => app.ask_code(ADA).await,
                "reset" => app.ask_reset(ADA).await,
                "page" => app.0.get("/").await,
                _ => {
                    let header = format!("Bearer {token}");
                    let headers = [("authorization", header.as_str())];
                    app.0.send(Method::GET, "/api/v1/session", &headers, Vec::new()).await
                }
            };
            (step, page, began.elapsed())
        });
    }
    asking.join_all().await
}

/// G5 and SF4: while the database is away each step says 503 in time, nobody is let in, and nothing is promised.
async fn nothing_but_503(app: &App, password: &str, token: &str) {
    for (step, page, took) in every_step(app, password, token).await {
        // A page that needs nothing from the database but what the node knows already may be shown.
        let allowed = page.status == 503 || (step == "page" && page.status == 200);
        assert!(allowed, "{step} answered {}: {}", page.status, page.body());
        assert!(took < ANSWER_WITHIN + SLACK, "{step} took {took:?}");
    }
    let page = { app.clone().0.send(Method::GET, "/healthz", &[], Vec::new()).await };
    assert_eq!(page.status, 200, "the process is up");
}

/// Full service without a restart: everything works again, and the mail that was promised before arrives.
async fn back_in_service(app: &App, mail: &SmtpDouble, password: &str) {
    wait_for("full service", BACK_WITHIN + SLACK, || async {
        let mut app = app.clone();
        let ready = readyz(&app).await == 200;
        (ready && app.with_password(ADA, password).await.status == 200).then_some(())
    })
    .await;
    let mut app = app.clone();
    let flow = app.flow(ADA).await;
    let before = mail.wait_for_mail(ADA).await;
    app.verify(&flow, &before.code()).await.expect_status(200);
}

/// A server whose way to PostgreSQL is ours.
async fn behind_a_road() -> (Road, TestDatabase, Place) {
    let (mail, database) = (SmtpDouble::start(), TestDatabase::create().await);
    let mut url = Url::parse(&database.url()).unwrap();
    let road = Road::to(&url);
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(road.port.number())).unwrap();
    let setup = roomy(Setup::new().mail(&mail)).env("DOORWARD_DATABASE__URL", url.as_str());
    let server = setup.start().await;
    server.create_workspace(WORKSPACE, "Acme");
    let place = Place {
        nodes: vec![server],
        mail,
        database: None,
    };
    (road, database, place)
}

async fn survives(way: Way) {
    let (road, _database, place) = behind_a_road().await;
    let password = fresh_password();
    place.create_person(ADA, &password);
    let app = place.app(0);
    let token = app.clone().token(ADA, &password).await;
    road.set(way);
    // A session that was looked at a moment ago may be known for a second (G3).
    wait_for("the node to notice", ANSWER_WITHIN + SLACK, || async {
        (app.clone().check(&token).await == 503).then_some(())
    })
    .await;
    for _ in 0..2 {
        nothing_but_503(&app, &password, &token).await;
    }
    assert_eq!(readyz(&app).await, 503);
    road.set(Way::Open);
    back_in_service(&app, &place.mail, &password).await;
    assert_eq!(app.clone().check(&token).await, 200, "the session outlives the outage");
}

// The road is worked on while a command beside the server keeps this thread waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_cut_off_is_told_in_time_and_taken_up_again() {
    survives(Way::Cut).await;
}

// The road is worked on while a command beside the server keeps this thread waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stands_still_is_told_in_time_and_taken_up_again() {
    survives(Way::Frozen).await;
}

/// A restart of PostgreSQL, as a server sees it: every connection is ended and no new one is let in for a while.
#[tokio::test]
async fn a_database_that_lets_nobody_in_is_told_in_time_and_taken_up_again() {
    let place = Place::on_postgres(roomy).await;
    let password = fresh_password();
    place.create_person(ADA, &password);
    let app = place.app(1);
    let token = app.clone().token(ADA, &password).await;
    let url = Url::parse(&place.database.as_ref().unwrap().url()).unwrap();
    let name = url.path().trim_start_matches('/').to_owned();
    let mut elsewhere = url.clone();
    elsewhere.set_path("/postgres");
    let mut operator = PgConnection::connect(elsewhere.as_str()).await.unwrap();
    let close = format!(
        "ALTER DATABASE {name} ALLOW_CONNECTIONS false; \
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    sqlx::raw_sql(AssertSqlSafe(close))
        .execute(&mut operator)
        .await
        .unwrap();
    wait_for("the node to notice", ANSWER_WITHIN + SLACK, || async {
        (app.clone().check(&token).await == 503).then_some(())
    })
    .await;
    nothing_but_503(&app, &password, &token).await;
    assert_eq!(readyz(&app).await, 503);
    let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    sqlx::raw_sql(AssertSqlSafe(open)).execute(&mut operator).await.unwrap();
    back_in_service(&app, &place.mail, &password).await;
}

/// SF10: what is under way is finished, nothing new is taken, the process ends well, and mail that it promised on the way
/// out is sent.
#[tokio::test]
async fn a_server_told_to_stop_finishes_what_is_under_way() {
    const CLIENTS: usize = 24;
    // Parallel tries for one address count as wrong until they turn out right.
    let shape = |setup| roomy(setup).env("DOORWARD_LIMITS__PASSWORD_FAILURES_BEFORE_WAIT", "100");
    let mut place = Place::on_sqlite(shape).await;
    let password = fresh_password();
    place.create_person(ADA, &password);
    let (sent, mut answered) = (Arc::new(tokio::sync::Barrier::new(CLIENTS + 1)), JoinSet::new());
    for client in 0..CLIENTS {
        let (mut app, sent, password) = (place.app(0), Arc::clone(&sent), password.clone());
        answered.spawn(async move {
            // A connection of its own, made before.
            app.check("nothing").await;
            sent.wait().await;
            let body = json!({"email": ADA, "password": password});
            if client % 4 == 0 {
                let email = format!("late-{client}@acme.test");
                app.try_post("/api/v1/sign-in/code", json!({"email": email})).await
            } else {
                app.try_post("/api/v1/sign-in/password", body).await
            }
        });
    }
    sent.wait().await;
    // The first answer shows that the server has them all in hand: they were sent at one moment.
    let first = answered.join_next().await.unwrap().unwrap();
    let told = Instant::now();
    let status = place.node_mut(0).stop();
    assert!(status.success(), "{status}: {}", place.node(0).log());
    assert!(told.elapsed() < Duration::from_secs(10), "it took {:?}", told.elapsed());
    let mut pages = vec![first];
    pages.extend(answered.join_all().await);
    let mut promised = Vec::new();
    for page in pages {
        let page = page.expect("a request under way was dropped");
        match page.status.as_u16() {
            200 => {
                text(&page, "/session/token");
            }
            202 => promised.push(text(&page, "/sent_to")),
            other => panic!("{} answered {other}: {}", page.path, page.body()),
        }
    }
    assert_eq!(promised.len(), CLIENTS / 4);
    assert!(
        TcpStream::connect(place.node(0).address()).await.is_err(),
        "nobody listens any more"
    );

    place.node_mut(0).start().await;
    for client in (0..CLIENTS).step_by(4) {
        place.mail.wait_for_mail(&format!("late-{client}@acme.test")).await;
    }
}
