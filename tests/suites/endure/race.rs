//! What may be redeemed once is redeemed once, however many try at the same moment and on whichever node (R28, G1).

use std::collections::BTreeMap;
use std::sync::Arc;

use doorward_tests::browser::{Page, fresh_password};
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{App, Place, reason, roomy, token_of};

const ROUNDS: usize = 50;
const RACERS: usize = 100;
/// Where each racer costs a hash. Of a hundred, the queue of hashing would send most away before they reach the link.
const HASHING_RACERS: usize = 24;

/// Lets so many apps do the same at one moment, spread over the nodes; answers are in the order of the racers.
pub(super) async fn together<F, R>(app: &App, place: &Place, racers: usize, act: F) -> Vec<Page>
where
    F: Fn(App, usize) -> R,
    R: Future<Output = Page> + Send + 'static,
{
    let (line, nodes) = (Arc::new(Barrier::new(racers)), place.addresses());
    let mut racing = JoinSet::new();
    for racer in 0..racers {
        let (act, line) = (act(app.at(nodes[racer % nodes.len()]), racer), Arc::clone(&line));
        racing.spawn(async move {
            line.wait().await;
            (racer, act.await)
        });
    }
    let mut answers: Vec<(usize, Page)> = racing.join_all().await;
    answers.sort_by_key(|(racer, _)| *racer);
    answers.into_iter().map(|(_, page)| page).collect()
}

/// Exactly one answer has the status of success, and every other says what it may: that it was too late (R28: never that
/// the budget is spent), or, where passwords are hashed, that the queue of hashing is full (R8).
pub(super) fn exactly_one(
    place: &Place,
    round: usize,
    answers: &[Page],
    success: u16,
    too_late: &[(u16, &str)],
) -> usize {
    let mut told: BTreeMap<(u16, String), usize> = BTreeMap::new();
    for page in answers {
        *told.entry((page.status.as_u16(), reason(page))).or_default() += 1;
    }
    let winners: Vec<usize> = (0..answers.len()).filter(|at| answers[*at].status == success).collect();
    let others_were_late = told
        .keys()
        .all(|(status, reason)| *status == success || too_late.contains(&(*status, reason.as_str())));
    assert!(
        winners.len() == 1 && others_were_late,
        "round {round}: {told:?}\n{}",
        place.warnings()
    );
    winners[0]
}

const CODE_TOO_LATE: &[(u16, &str)] = &[(401, "code-spent"), (401, "session-expired")];
const LINK_TOO_LATE: &[(u16, &str)] = &[(410, "link-invalid"), (503, "")];

async fn one_code(place: Place) {
    place.create_person("ada@acme.test", &fresh_password());
    let mut app = place.app(0);
    for round in 0..ROUNDS {
        let flow = app.flow("ada@acme.test").await;
        let code = place.mail.wait_for_mails("ada@acme.test", round + 1).await[round].code();
        let answers = together(&app, &place, RACERS, |mut app, _| {
            let (flow, code) = (flow.clone(), code.clone());
            async move { app.verify(&flow, &code).await }
        })
        .await;
        exactly_one(&place, round, &answers, 200, CODE_TOO_LATE);
    }
}

#[tokio::test]
async fn of_a_hundred_who_type_one_code_one_signs_in_on_sqlite() {
    one_code(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn of_a_hundred_who_type_one_code_one_signs_in_on_two_nodes() {
    one_code(Place::on_postgres(roomy).await).await;
}

async fn one_sign_up(place: Place) {
    let mut app = place.app(0);
    for round in 0..ROUNDS {
        let email = format!("new-{round}@acme.test");
        let body = json!({"name": "Newcomer", "email": email, "password": fresh_password()});
        let begun = app.post("/api/v1/sign-up", body).await.expect_status(202);
        let flow = super::text(&begun, "/flow");
        let code = place.mail.wait_for_mail(&email).await.code();
        let answers = together(&app, &place, RACERS, |mut app, _| {
            let body = json!({"flow": flow, "code": code});
            async move { app.post("/api/v1/sign-up/verify", body).await }
        })
        .await;
        exactly_one(&place, round, &answers, 200, CODE_TOO_LATE);
    }
}

#[tokio::test]
async fn of_a_hundred_who_verify_one_sign_up_one_gets_the_account_on_sqlite() {
    one_sign_up(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn of_a_hundred_who_verify_one_sign_up_one_gets_the_account_on_two_nodes() {
    one_sign_up(Place::on_postgres(roomy).await).await;
}

/// Each racer wants a password of its own, so that it shows afterwards whose was set. There are fewer of them than
/// elsewhere because each is hashed; a hundred at once race for a link in the store's own tests.
async fn one_link(place: Place) {
    place.create_person("ada@acme.test", &fresh_password());
    let mut app = place.app(0);
    for round in 0..ROUNDS {
        app.ask_reset("ada@acme.test").await.expect_status(202);
        let link = doorward_tests::machine::wait_for("the reset mail", std::time::Duration::from_secs(20), || async {
            let mails = place.mail.mails_to("ada@acme.test").await;
            let mut with_link = mails.iter().filter(|mail| mail.text().contains("/reset-password/"));
            with_link.nth(round).map(doorward_tests::smtp::Mail::link)
        })
        .await;
        let wanted: Vec<String> = (0..HASHING_RACERS).map(|_| fresh_password()).collect();
        let token = token_of(&link);
        let answers = together(&app, &place, HASHING_RACERS, |mut app, racer| {
            let (token, password) = (token.clone(), wanted[racer].clone());
            async move { app.reset(&token, &password).await }
        })
        .await;
        let winner = exactly_one(&place, round, &answers, 204, LINK_TOO_LATE);
        if round % 10 == 0 {
            app.token("ada@acme.test", &wanted[winner]).await;
        }
    }
}

#[tokio::test]
async fn of_many_who_follow_one_reset_link_one_sets_a_password_on_sqlite() {
    one_link(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn of_many_who_follow_one_reset_link_one_sets_a_password_on_two_nodes() {
    one_link(Place::on_postgres(roomy).await).await;
}
