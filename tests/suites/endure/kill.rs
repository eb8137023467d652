//! A server that is killed again and again under load loses nothing that it has told anybody (G1, G2, G4, SF1).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use doorward_tests::browser::fresh_password;
use doorward_tests::machine::{random_bytes, wait_for};
use serde_json::json;
use tokio::task::JoinSet;

use super::{App, Place, WORKSPACE, roomy, text};

/// A lease of a mail lasts a minute at most (R110); then another worker, or the next life, takes it up.
const LEASES_END_WITHIN: Duration = Duration::from_secs(90);

/// Apps that ask for mail without pause: codes for one who is known and for strangers, resets, sign-ups. Keeps the
/// addresses to which mail was promised.
struct Load {
    asking: JoinSet<()>,
    promised: Arc<Mutex<BTreeSet<String>>>,
    number: Arc<AtomicU64>,
}

impl Load {
    fn new() -> Self {
        Self {
            asking: JoinSet::new(),
            promised: Arc::default(),
            number: Arc::default(),
        }
    }

    /// Begins to ask at this app's node.
    fn press(&mut self, app: &App) {
        for kind in 0..4 {
            let (mut app, promised, number) = (app.clone(), Arc::clone(&self.promised), Arc::clone(&self.number));
            self.asking.spawn(async move {
                loop {
                    let email = format!("load-{}@acme.test", number.fetch_add(1, Ordering::Relaxed));
                    let (path, body) = match kind {
                        0 | 1 => ("/api/v1/sign-in/code", json!({"email": email})),
                        2 => ("/api/v1/password-reset", json!({"email": email})),
                        _ => (
                            "/api/v1/sign-up",
                            json!({"name": "Newcomer", "email": email, "password": fresh_password()}),
                        ),
                    };
                    let Some(page) = app.try_post(path, body).await else {
                        // The server is gone, and with it whether this was promised.
                        return;
                    };
                    if page.status == 202 {
                        promised.lock().unwrap().insert(email);
                    }
                }
            });
        }
    }

    /// Waits until every app has noticed that its server is gone.
    async fn ebb(&mut self) {
        while let Some(ended) = self.asking.join_next().await {
            ended.unwrap();
        }
    }

    fn promised(&self) -> BTreeSet<String> {
        self.promised.lock().unwrap().clone()
    }
}

/// Waits until every promised mail has arrived; none of them more often than there were kills.
async fn nothing_promised_is_lost(place: &Place, load: &Load, kills: usize) {
    let promised = load.promised();
    assert!(
        promised.len() > kills,
        "hardly anything was asked for: {}",
        promised.len()
    );
    let until = Instant::now() + LEASES_END_WITHIN;
    loop {
        let report = place.mail.report().await;
        let arrived: BTreeSet<&String> = report.mails.iter().flat_map(|mail| &mail.to).collect();
        let missing: Vec<&String> = promised.iter().filter(|email| !arrived.contains(email)).collect();
        if missing.is_empty() {
            let mut copies: BTreeMap<String, usize> = BTreeMap::new();
            for mail in &report.mails {
                *copies.entry(mail.header("Message-ID").unwrap()).or_default() += 1;
            }
            let doubled = copies.values().filter(|times| **times > 1).count();
            // Two lanes send side by side, so that a kill can catch two mails between the server's 250 and our record.
            assert!(doubled <= 2 * kills, "{doubled} mails came twice over {kills} kills");
            return;
        }
        assert!(
            Instant::now() < until,
            "{} of {} promised mails never came, among them {:?}",
            missing.len(),
            promised.len(),
            &missing[..missing.len().min(5)]
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Somewhere between no time and a fifth of a second.
fn a_while() -> Duration {
    Duration::from_millis(u64::from(random_bytes::<1>()[0]) * 4 / 5)
}

#[tokio::test]
async fn fifty_kills_under_load_lose_nothing_on_sqlite() {
    const KILLS: usize = 50;
    let free = KILLS.to_string();
    let shape = |setup| {
        roomy(setup)
            .env("DOORWARD_LIMITS__PASSWORD_FAILURES_BEFORE_WAIT", &free)
            .env("DOORWARD_LIMITS__PASSWORD_FAILURE_WINDOW_SECONDS", "86400")
    };
    let mut place = Place::on_sqlite(shape).await;
    let password = fresh_password();
    place.create_person("ada@acme.test", &password);
    let mut load = Load::new();
    let mut slowest = Duration::ZERO;
    let mut sessions: Option<(String, String)> = None;
    for life in 0..KILLS {
        let mut app = place.app(0);
        load.press(&app);
        if let Some((kept, ended)) = &sessions {
            assert_eq!(app.check(kept).await, 200, "life {life}: a session was lost");
            assert_eq!(app.check(ended).await, 401, "life {life}: a session came back");
        }
        let (kept, ended) = (
            app.token("ada@acme.test", &password).await,
            app.token("ada@acme.test", &password).await,
        );
        app.sign_out(&ended).await.expect_status(204);
        sessions = Some((kept, ended));
        // One wrong password in each life; the counter is the sum over all lives.
        let wrong = app.with_password("bob@acme.test", "not the password").await;
        assert_eq!(wrong.status, 401, "life {life}: {}", wrong.body());

        tokio::time::sleep(a_while()).await;
        place.node_mut(0).kill();
        load.ebb().await;
        slowest = slowest.max(place.node_mut(0).start().await);
        assert!(slowest < Duration::from_secs(5), "life {life} began after {slowest:?}");
        let mut file = place.node(0).sqlite().await;
        let verdict: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut file)
            .await
            .unwrap();
        assert_eq!(verdict, "ok", "after kill {life}");
    }
    let next = place.app(0).with_password("bob@acme.test", "not the password").await;
    assert_eq!(
        next.status,
        429,
        "{KILLS} wrong tries were made, one in each life: {}",
        next.body()
    );
    nothing_promised_is_lost(&place, &load, KILLS).await;
    eprintln!("{} mails promised, slowest start {slowest:?}", load.promised().len());
}

/// While one node is killed and started, the other goes on; what the dead one had leased, the living one sends.
#[tokio::test]
async fn killed_nodes_lose_nothing_on_postgres() {
    const KILLS: usize = 8;
    let mut place = Place::on_postgres(|setup| {
        roomy(setup)
            .env("DOORWARD_LIMITS__PASSWORD_FAILURES_BEFORE_WAIT", &KILLS.to_string())
            .env("DOORWARD_LIMITS__PASSWORD_FAILURE_WINDOW_SECONDS", "86400")
    })
    .await;
    let password = fresh_password();
    place.create_person("ada@acme.test", &password);
    let mut load = Load::new();
    for life in 0..KILLS {
        let (mut doomed, mut other) = (place.app(life), place.app(life + 1));
        load.press(&doomed);
        let token = doomed.token("ada@acme.test", &password).await;
        let wrong = doomed.with_password("bob@acme.test", "not the password").await;
        assert_eq!(wrong.status, 401, "life {life}: {}", wrong.body());
        tokio::time::sleep(a_while()).await;
        place.node_mut(life).kill();
        assert_eq!(other.check(&token).await, 200, "life {life}: the other node goes on");
        load.ebb().await;
        let took = place.node_mut(life).start().await;
        assert!(took < Duration::from_secs(5), "life {life} began after {took:?}");
        assert_eq!(
            place.app(life).check(&token).await,
            200,
            "life {life}: a session was lost"
        );
    }
    let next = place.app(0).with_password("bob@acme.test", "not the password").await;
    assert_eq!(next.status, 429, "{KILLS} wrong tries were made: {}", next.body());
    nothing_promised_is_lost(&place, &load, KILLS).await;
}

/// A mail that is promised while the mail server is away, by a server that is killed right after it said so, is sent by
/// the next life (E3), and its code still signs in.
#[tokio::test]
async fn a_code_promised_just_before_a_kill_arrives_and_works() {
    let mut place = Place::on_sqlite(roomy).await;
    place.create_person("ada@acme.test", &fresh_password());
    place.mail.go_away().await;
    let flow = place.app(0).flow("ada@acme.test").await;
    place.node_mut(0).kill();
    place.mail.come_back().await;
    place.node_mut(0).start().await;
    let code = wait_for("the mail of the life before", LEASES_END_WITHIN, || async {
        let mails = place.mail.mails_to("ada@acme.test").await;
        mails.first().map(doorward_tests::smtp::Mail::code)
    })
    .await;
    let page = place.app(0).verify(&flow, &code).await.expect_status(200);
    assert_eq!(text(&page, "/workspace/slug"), WORKSPACE);
}

/// A story with a second factor, killed after each of its steps: no code is good twice, none that was not used is lost, and
/// every notice that belongs to a step comes (G1, G2).
#[tokio::test]
async fn a_second_factor_survives_a_kill_after_every_step() {
    let mut place = Place::on_sqlite(roomy).await;
    let password = fresh_password();
    place.create_person("ada@acme.test", &password);
    let token = place.app(0).token("ada@acme.test", &password).await;
    let (mut phone, codes) = place.app(0).enrol(&token).await;
    place.node_mut(0).restart().await;
    let mut spent: Vec<String> = Vec::new();
    for (turn, code) in codes.iter().take(3).enumerate() {
        let flow = place.app(0).half("ada@acme.test", &password).await;
        place.node_mut(0).restart().await;
        // The attempt outlives the server, and takes no code that an earlier life took.
        for old in &spent {
            let told = place.app(0).second_factor(&flow, old).await;
            assert_eq!(told.status, 401, "turn {turn}: {}", told.body());
        }
        // Killed at any moment of the answer: either it counts, or nothing of it does.
        let mut app = place.app(0);
        let (going, shown) = (flow.clone(), code.clone());
        let answer = tokio::spawn(async move {
            let body = json!({"flow": going, "code": shown});
            app.try_post("/api/v1/sign-in/second-factor", body).await
        });
        tokio::time::sleep(a_while() / 2).await;
        place.node_mut(0).kill();
        let told = answer.await.unwrap();
        place.node_mut(0).start().await;
        let again = place.app(0).second_factor(&flow, code).await;
        match told {
            Some(page) if page.status == 200 => {
                assert_eq!(
                    again.status,
                    401,
                    "turn {turn}: a code was taken twice: {}",
                    again.body()
                );
                let token = text(&page, "/session/token");
                assert_eq!(place.app(0).check(&token).await, 200, "turn {turn}: a session was lost");
            }
            // Nobody was told; whether it was taken shows now, and it was at most once.
            _ => assert!(
                matches!(again.status.as_u16(), 200 | 401),
                "turn {turn}: {}",
                again.body()
            ),
        }
        spent.push(code.clone());
        let mut file = place.node(0).sqlite().await;
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM backup_codes WHERE used_at IS NULL")
            .fetch_one(&mut file)
            .await
            .unwrap();
        assert_eq!(left, 9 - i64::try_from(turn).unwrap(), "turn {turn}: one code is gone");
    }
    let flow = place.app(0).half("ada@acme.test", &password).await;
    let code = phone.next_code().await;
    place.app(0).second_factor(&flow, &code).await.expect_status(200);
    place.node_mut(0).restart().await;
    let flow = place.app(0).half("ada@acme.test", &password).await;
    let told = place.app(0).second_factor(&flow, &code).await;
    assert_eq!(
        told.status,
        401,
        "a step is good once, over a kill too: {}",
        told.body()
    );
    // Each used code told its owner, once at least.
    for left in [9, 8, 7] {
        let words = format!("{left} are left");
        wait_for(&format!("the notice that {words}"), LEASES_END_WITHIN, || async {
            let mails = place.mail.every_mail_to("ada@acme.test").await;
            mails.iter().any(|mail| mail.text().contains(&words)).then_some(())
        })
        .await;
    }
}
