//! A second factor is spent once, however many show it at the same moment, in whichever attempts and on whichever node
//! (R70, R74, R76, G1).

use doorward_tests::browser::fresh_password;
use reqwest::Method;
use serde_json::json;

use super::race::{exactly_one, together};
use super::{App, Place, codes_of, reason, roomy, text};

const ADA: &str = "ada@acme.test";
const RACERS: usize = 100;
/// Where each try costs a hash, as in the race for a reset link.
const HASHING_RACERS: usize = 24;
/// Attempts that are under way at once, each with its share of the racers.
const ATTEMPTS: usize = 10;
/// Each round of app codes is another person's, since a step of half a minute is good once a person.
const ROUNDS: usize = 20;
/// A try is counted before it is looked at and given back afterwards, so that of a hundred at one moment most find the
/// budget taken for that moment (R71).
const FACTOR_TOO_LATE: &[(u16, &str)] = &[
    (401, "second-factor-wrong"),
    (401, "session-expired"),
    (429, "try-later"),
];
const BACKUP_TOO_LATE: &[(u16, &str)] = &[
    (401, "second-factor-wrong"),
    (401, "session-expired"),
    (429, "try-later"),
    (503, ""),
];
const PASSKEY_TOO_LATE: &[(u16, &str)] = &[(401, "passkey-wrong"), (401, "session-expired")];

async fn attempts(app: &mut App, email: &str, password: &str, count: usize) -> Vec<String> {
    let mut flows = Vec::new();
    for _ in 0..count {
        flows.push(app.half(email, password).await);
    }
    flows
}

/// One code of the app, shown in ten attempts at once by ten apps each: one session opens.
async fn one_step(place: Place) {
    let mut app = place.app(0);
    for round in 0..ROUNDS {
        let (email, password) = (format!("ada-{round}@acme.test"), fresh_password());
        place.create_person(&email, &password);
        let token = app.token(&email, &password).await;
        let (mut phone, _) = app.enrol(&token).await;
        let flows = attempts(&mut app, &email, &password, ATTEMPTS).await;
        let code = phone.next_code().await;
        let answers = together(&app, &place, RACERS, |mut app, racer| {
            let (flow, code) = (flows[racer % flows.len()].clone(), code.clone());
            async move { app.second_factor(&flow, &code).await }
        })
        .await;
        let winner = exactly_one(&place, round, &answers, 200, FACTOR_TOO_LATE);
        assert_eq!(app.check(&text(&answers[winner], "/session/token")).await, 200);
        // Ninety-nine right codes that came too late are no wrong ones: the next code is taken (R28).
        let other = flows[(winner + 1) % flows.len()].clone();
        let next = phone.next_code().await;
        app.second_factor(&other, &next).await.expect_status(200);
    }
}

#[tokio::test]
async fn of_a_hundred_who_show_one_code_of_the_app_one_signs_in_on_sqlite() {
    one_step(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn of_a_hundred_who_show_one_code_of_the_app_one_signs_in_on_two_nodes() {
    one_step(Place::on_postgres(roomy).await).await;
}

/// One code of the app, shown at once at the door and as a fresh proof by sessions that are there: it counts once.
async fn one_step_for_everything(place: Place) {
    let mut app = place.app(0);
    for round in 0..ROUNDS / 2 {
        let (email, password) = (format!("bea-{round}@acme.test"), fresh_password());
        place.create_person(&email, &password);
        let first = app.token(&email, &password).await;
        let (mut phone, _) = app.enrol(&first).await;
        let flow = app.half(&email, &password).await;
        let code = phone.next_code().await;
        let second = text(
            &app.second_factor(&flow, &code).await.expect_status(200),
            "/session/token",
        );
        let flows = attempts(&mut app, &email, &password, 4).await;
        let code = phone.next_code().await;
        let answers = together(&app, &place, 40, |mut app, racer| {
            let (flow, code, token) = (flows[racer % 4].clone(), code.clone(), second.clone());
            async move {
                if racer % 2 == 0 {
                    app.second_factor(&flow, &code).await
                } else {
                    let body = json!({"way": "second-factor", "code": code});
                    app.own(&token, Method::POST, "/api/v1/session/proof", Some(body)).await
                }
            }
        })
        .await;
        // A session whose proof was taken goes on under a new token; the old one is nobody's then.
        let late = [FACTOR_TOO_LATE, &[(401, "")]].concat();
        exactly_one(&place, round, &answers, 200, &late);
    }
}

#[tokio::test]
async fn a_code_of_the_app_counts_once_for_door_and_fresh_proof_on_sqlite() {
    one_step_for_everything(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn a_code_of_the_app_counts_once_for_door_and_fresh_proof_on_two_nodes() {
    one_step_for_everything(Place::on_postgres(roomy).await).await;
}

/// One backup code after the other, each shown in several attempts at once. Whoever comes after the winner has shown a right
/// code that was used, which counts on nothing: the day has five wrong ones, and the set goes on being good (R28, R75).
async fn one_backup_code(place: Place) {
    let mut app = place.app(0);
    let mut round = 0;
    for person in 0..3 {
        let (email, password) = (format!("cleo-{person}@acme.test"), fresh_password());
        place.create_person(&email, &password);
        let token = app.token(&email, &password).await;
        let (_, codes) = app.enrol(&token).await;
        assert_eq!(codes.len(), 10);
        for (used, code) in codes.iter().enumerate().take(5) {
            let flows = attempts(&mut app, &email, &password, 3).await;
            let answers = together(&app, &place, HASHING_RACERS, |mut app, racer| {
                let (flow, code) = (flows[racer % flows.len()].clone(), code.clone());
                async move { app.second_factor(&flow, &code).await }
            })
            .await;
            let winner = exactly_one(&place, round, &answers, 200, BACKUP_TOO_LATE);
            let token = text(&answers[winner], "/session/token");
            let security = app.own(&token, Method::GET, "/api/v1/account/security", None).await;
            let left = &security.json()["two_factor"]["backup_codes_left"];
            assert_eq!(*left, 9 - used, "round {round}: one more is spent");
            round += 1;
        }
    }
}

#[tokio::test]
async fn of_many_who_show_one_backup_code_one_signs_in_on_sqlite() {
    one_backup_code(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn of_many_who_show_one_backup_code_one_signs_in_on_two_nodes() {
    one_backup_code(Place::on_postgres(roomy).await).await;
}

/// New codes made while an old one is shown: the old one signs in before they are made, or not at all, and of the new
/// ones there are ten.
async fn renewed_codes(place: Place) {
    let mut app = place.app(0);
    for round in 0..8 {
        let (email, password) = (format!("dora-{round}@acme.test"), fresh_password());
        place.create_person(&email, &password);
        let token = app.token(&email, &password).await;
        let (_, old) = app.enrol(&token).await;
        let flow = app.half(&email, &password).await;
        let answers = together(&app, &place, 2, |mut app, racer| {
            let (flow, code, token) = (flow.clone(), old[0].clone(), token.clone());
            async move {
                if racer == 0 {
                    app.own(&token, Method::POST, "/api/v1/account/backup-codes", Some(json!({})))
                        .await
                } else {
                    app.second_factor(&flow, &code).await
                }
            }
        })
        .await;
        let fresh = codes_of(&answers[0].clone().expect_status(200));
        assert_eq!(fresh.len(), 10);
        assert!(matches!(answers[1].status.as_u16(), 200 | 401), "{}", answers[1].body());
        let flow = app.half(&email, &password).await;
        for code in &old[1..3] {
            assert_eq!(
                app.second_factor(&flow, code).await.status,
                401,
                "an old code of round {round}"
            );
        }
        app.second_factor(&flow, &fresh[9]).await.expect_status(200);
    }
}

#[tokio::test]
async fn new_backup_codes_void_the_old_ones_even_while_one_is_shown_on_sqlite() {
    renewed_codes(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn new_backup_codes_void_the_old_ones_even_while_one_is_shown_on_two_nodes() {
    renewed_codes(Place::on_postgres(roomy).await).await;
}

/// One answer of a passkey, sent a hundred times.
async fn one_answer(place: Place) {
    let password = fresh_password();
    place.create_person(ADA, &password);
    let mut app = place.app(0);
    let token = app.token(ADA, &password).await;
    let origin = format!("http://{}", place.node(0).host_of(super::WORKSPACE));
    let mut device = app.add_passkey(&token, &origin).await;
    for round in 0..ROUNDS {
        let asked = app
            .post("/api/v1/sign-in/passkey/options", json!({}))
            .await
            .expect_status(200);
        let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": device.answer(&asked.json()["options"])});
        let answers = together(&app, &place, RACERS, |mut app, _| {
            let body = body.clone();
            async move { app.post("/api/v1/sign-in/passkey", body).await }
        })
        .await;
        exactly_one(&place, round, &answers, 200, PASSKEY_TOO_LATE);
    }
}

#[tokio::test]
async fn of_a_hundred_who_send_one_answer_of_a_passkey_one_signs_in_on_sqlite() {
    one_answer(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn of_a_hundred_who_send_one_answer_of_a_passkey_one_signs_in_on_two_nodes() {
    one_answer(Place::on_postgres(roomy).await).await;
}

/// A passkey and its copy: once the original has been used, an answer of the copy with a counter that was seen before is
/// refused on either node, and the owner is told (R76).
#[tokio::test]
async fn a_copied_passkey_is_found_out_on_either_node() {
    let place = Place::on_postgres(roomy).await;
    let password = fresh_password();
    place.create_person(ADA, &password);
    let mut app = place.app(0);
    let token = app.token(ADA, &password).await;
    let origin = format!("http://{}", place.node(0).host_of(super::WORKSPACE));
    let mut device = app.add_passkey(&token, &origin).await;
    let mut copy = device.clone();
    for turn in 0..4 {
        let mut told = Vec::new();
        for key in [&mut device, &mut copy] {
            let mut app = place.app(turn);
            let asked = app
                .post("/api/v1/sign-in/passkey/options", json!({}))
                .await
                .expect_status(200);
            let answer = key.answer(&asked.json()["options"]);
            let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": answer});
            let page = place.app(turn + 1).post("/api/v1/sign-in/passkey", body).await;
            told.push((page.status.as_u16(), reason(&page)));
        }
        assert_eq!(
            told,
            [(200, String::new()), (401, "passkey-wrong".to_owned())],
            "turn {turn}"
        );
    }
    place.mail.wait_for_subject(ADA, "A passkey of your").await;
}
