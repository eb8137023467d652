//! A session that is over is over at once, and on another node within a second (G3, R82); a command beside the server
//! counts on the next request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use doorward_tests::browser::fresh_password;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use super::{App, Place, WORKSPACE, roomy, token_of};

const ADA: &str = "ada@acme.test";
/// How long another node may still take an ended session for a living one.
const ELSEWHERE_WITHIN: Duration = Duration::from_secs(1);
/// Checks after the end, on the node that ended it.
const CHECKS: usize = 200;

/// Four clients that show a session to a node without pause, and note when it was last let in.
struct Watch {
    watching: JoinSet<Option<Instant>>,
    stop: Arc<AtomicBool>,
}

impl Watch {
    async fn begin(app: &App, token: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut watching = JoinSet::new();
        for _ in 0..4 {
            let (mut app, token, stop) = (app.clone(), token.to_owned(), Arc::clone(&stop));
            assert_eq!(app.check(&token).await, 200, "the session is alive before it ends");
            watching.spawn(async move {
                let mut last = None;
                while !stop.load(Ordering::Relaxed) {
                    // The moment of asking: an answer may be on its way when the session ends.
                    let asked = Instant::now();
                    match app.check(&token).await {
                        200 => last = Some(asked),
                        401 => {}
                        other => panic!("the check answered {other}"),
                    }
                }
                last
            });
        }
        Self { watching, stop }
    }

    /// When the session was last let in, counted from `ended`.
    async fn end(self, ended: Instant) -> Duration {
        tokio::time::sleep((ended + ELSEWHERE_WITHIN * 3 / 2).saturating_duration_since(Instant::now())).await;
        self.stop.store(true, Ordering::Relaxed);
        let last = self.watching.join_all().await.into_iter().flatten().max();
        last.map_or(Duration::ZERO, |last| last.saturating_duration_since(ended))
    }
}

/// Ends Ada's sessions by one of the ways there are.
#[derive(Debug, Clone, Copy)]
enum Ending {
    SignOut,
    EndOthers,
    ChangePassword,
    DisableTwoFactor,
    RemoveEmail,
    Reset,
    SetPassword,
    Disable,
}

const ENDINGS: [Ending; 8] = [
    Ending::SignOut,
    Ending::EndOthers,
    Ending::ChangePassword,
    Ending::DisableTwoFactor,
    Ending::RemoveEmail,
    Ending::Reset,
    Ending::SetPassword,
    Ending::Disable,
];

impl Ending {
    /// Does it at the first node; answers the password of then.
    async fn bring_about(self, place: &Place, token: &str, password: &str) -> String {
        let mut app = place.app(0);
        match self {
            Self::SignOut => {
                app.sign_out(token).await.expect_status(204);
                password.to_owned()
            }
            // What she does in another session of hers ends the one that is watched.
            Self::EndOthers => {
                let own = app.token(ADA, password).await;
                app.own(&own, Method::DELETE, "/api/v1/account/sessions", None)
                    .await
                    .expect_status(200);
                password.to_owned()
            }
            Self::ChangePassword => {
                let own = app.token(ADA, password).await;
                let fresh = fresh_password();
                let body = Some(json!({"password": fresh}));
                app.own(&own, Method::PUT, "/api/v1/account/password", body)
                    .await
                    .expect_status(204);
                fresh
            }
            Self::DisableTwoFactor => {
                let own = app.token(ADA, password).await;
                app.enrol(&own).await;
                let path = "/api/v1/account/two-factor?confirmed=true";
                app.own(&own, Method::DELETE, path, None).await.expect_status(204);
                password.to_owned()
            }
            Self::RemoveEmail => {
                let own = app.token(ADA, password).await;
                let second = "ada@second.test";
                super::race_account::add_and_prove(&mut app, place, &own, second).await;
                let emails = super::race_account::emails(&mut app, &own).await;
                let id = super::race_account::id_of(&emails, second).expect("the second address");
                let path = format!("/api/v1/account/emails/{id}?confirmed=true");
                app.own(&own, Method::DELETE, &path, None).await.expect_status(204);
                assert_eq!(app.with_password(second, password).await.status, 401, "removed");
                password.to_owned()
            }
            Self::Reset => {
                app.ask_reset(ADA).await.expect_status(202);
                let mail = place.mail.wait_for_words(ADA, "/reset-password/").await;
                let fresh = fresh_password();
                app.reset(&token_of(&mail.link()), &fresh).await.expect_status(204);
                fresh
            }
            Self::SetPassword => {
                let fresh = fresh_password();
                let args = [
                    "user",
                    "set-password",
                    "--workspace",
                    WORKSPACE,
                    "--email",
                    ADA,
                    "--password-stdin",
                ];
                place.node(0).cli_with_input(&args, &fresh).expect_success();
                fresh
            }
            Self::Disable => {
                place
                    .node(0)
                    .cli(&["user", "disable", "--workspace", WORKSPACE, "--email", ADA])
                    .expect_success();
                password.to_owned()
            }
        }
    }

    /// Whether it ends every session of the person, or the one that was shown.
    const fn ends_all(self) -> bool {
        !matches!(self, Self::SignOut)
    }

    /// Whether it happens in another process than the server's.
    const fn is_command(self) -> bool {
        matches!(self, Self::SetPassword | Self::Disable)
    }
}

fn enable(place: &Place) {
    place
        .node(0)
        .cli(&["user", "enable", "--workspace", WORKSPACE, "--email", ADA])
        .expect_success();
}

/// On SQLite the very next request knows, whoever ended the session: the server or a command beside it.
#[tokio::test]
async fn an_ended_session_is_over_at_once_on_sqlite() {
    let place = Place::on_sqlite(roomy).await;
    let mut password = fresh_password();
    place.create_person(ADA, &password);
    let mut app = place.app(0);
    for ending in ENDINGS {
        let (token, other) = (app.token(ADA, &password).await, app.token(ADA, &password).await);
        for token in [&token, &other] {
            assert_eq!(app.check(token).await, 200, "{ending:?}");
        }
        password = ending.bring_about(&place, &token, &password).await;
        for _ in 0..CHECKS {
            assert_eq!(app.check(&token).await, 401, "{ending:?}");
        }
        let expected = if ending.ends_all() { 401 } else { 200 };
        assert_eq!(
            app.check(&other).await,
            expected,
            "{ending:?}: the person's other session"
        );
    }
    assert_eq!(app.with_password(ADA, &password).await.status, 401, "she is disabled");
    enable(&place);
    let token = app.token(ADA, &password).await;
    assert_eq!(app.check(&token).await, 200);
}

/// On two nodes the one that ended the session knows at once, and the other a second later at the latest.
#[tokio::test]
async fn an_ended_session_is_over_at_once_here_and_within_a_second_on_the_other_node() {
    let place = Place::on_postgres(roomy).await;
    let mut password = fresh_password();
    place.create_person(ADA, &password);
    let mut app = place.app(0);
    for ending in ENDINGS {
        let token = app.token(ADA, &password).await;
        assert_eq!(app.check(&token).await, 200, "{ending:?}");
        let watch = Watch::begin(&place.app(1), &token).await;
        password = ending.bring_about(&place, &token, &password).await;
        let ended = Instant::now();
        if ending.is_command() {
            tokio::time::sleep(ELSEWHERE_WITHIN).await;
        }
        for _ in 0..CHECKS {
            assert_eq!(app.check(&token).await, 401, "{ending:?}: on the node that ended it");
        }
        let late = watch.end(ended).await;
        assert!(late <= ELSEWHERE_WITHIN, "{ending:?}: let in {late:?} after its end");
    }
    enable(&place);
    tokio::time::sleep(ELSEWHERE_WITHIN).await;
    for turn in 0..2 {
        let token = place.app(turn).token(ADA, &password).await;
        assert_eq!(place.app(turn + 1).check(&token).await, 200, "enabled again");
    }
}

/// The other node hears of it within a second though it hears nothing: its ear on the database is cut again and again.
#[tokio::test]
async fn a_node_that_hears_nothing_lets_nobody_in_for_longer_than_a_second() {
    let place = Place::on_postgres(roomy).await;
    let password = fresh_password();
    place.create_person(ADA, &password);
    let mut app = place.app(0);
    let token = app.token(ADA, &password).await;
    let mut other = place.app(1);
    assert_eq!(other.check(&token).await, 200);
    let mut database = place.database.as_ref().unwrap().connect().await;
    let cutting = tokio::spawn(async move {
        let until = Instant::now() + Duration::from_secs(4);
        let mut cuts = 0_i64;
        while Instant::now() < until {
            let cut: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE 'LISTEN%') AS cut",
            )
            .fetch_one(&mut database)
            .await
            .unwrap();
            cuts += cut;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        cuts
    });
    let watch = Watch::begin(&place.app(1), &token).await;
    app.sign_out(&token).await.expect_status(204);
    let late = watch.end(Instant::now()).await;
    assert!(late <= ELSEWHERE_WITHIN, "let in {late:?} after its end");
    assert!(cutting.await.unwrap() > 0, "nothing was cut");
}
