//! What people change of their own account in parallel leaves it whole: one primary address, proved; one winner for each
//! link; sessions that are ended stay ended (A5, R28, R49).

use std::time::Duration;

use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::machine::wait_for;
use doorward_tests::smtp::Mail;
use reqwest::Method;
use serde_json::{Value, json};

use super::race::{exactly_one, together};
use super::{App, Place, WORKSPACE, roomy, text, token_of};

const ADA: &str = "ada@acme.test";
const EMAILS: &str = "/api/v1/account/emails";

/// The links with `part` in their address that were mailed to `email`, in order.
async fn links(place: &Place, email: &str, part: &str) -> Vec<String> {
    let mails = place.mail.mails_to(email).await;
    let all = mails.iter().filter(|mail| mail.text().contains(part)).map(Mail::link);
    all.filter(|link| link.contains(part)).collect()
}

/// The link that comes after so many.
async fn link_after(place: &Place, email: &str, part: &str, before: usize) -> String {
    wait_for(
        &format!("mail {before} with {part}"),
        Duration::from_secs(30),
        || async { links(place, email, part).await.get(before).cloned() },
    )
    .await
}

/// Opens a mailed link in a browser of its own, as far as the page with its button.
async fn opened(place: &Place, turn: usize, link: &str) -> (Browser, Page) {
    let mut browser = Browser::new(place.node(turn).address(), &place.node(0).host_of(WORKSPACE));
    let path = browser.path_on_host("/", link);
    let page = browser.visit(&path).await.expect_status(200);
    (browser, page)
}

pub(super) async fn add_and_prove(app: &mut App, place: &Place, token: &str, email: &str) {
    let before = links(place, email, "/verify-email/").await.len();
    app.own(token, Method::POST, EMAILS, Some(json!({"email": email})))
        .await
        .expect_status(202);
    let link = link_after(place, email, "/verify-email/", before).await;
    let (mut browser, page) = opened(place, 0, &link).await;
    browser
        .submit(&page, "Confirm this address", &[])
        .await
        .expect_status(200);
}

pub(super) async fn emails(app: &mut App, token: &str) -> Vec<Value> {
    let page = app.own(token, Method::GET, EMAILS, None).await.expect_status(200);
    page.json()["items"].as_array().expect("a list").clone()
}

pub(super) fn id_of(emails: &[Value], address: &str) -> Option<String> {
    let found = emails.iter().find(|email| email["address"] == address)?;
    found["id"].as_str().map(str::to_owned)
}

/// Addresses made primary and removed at once by twenty hands: afterwards one is primary and proved.
async fn one_primary(place: Place) {
    let password = fresh_password();
    place.create_person(ADA, &password);
    let mut app = place.app(0);
    let token = app.token(ADA, &password).await;
    for round in 0..10 {
        let now = emails(&mut app, &token).await;
        for address in ["ada@two.test", "ada@three.test", ADA] {
            if id_of(&now, address).is_none() {
                add_and_prove(&mut app, &place, &token, address).await;
            }
        }
        let now = emails(&mut app, &token).await;
        let ids: Vec<String> = now
            .iter()
            .map(|email| email["id"].as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(ids.len(), 3, "{now:?}");
        let answers = together(&app, &place, 20, |mut app, racer| {
            let (id, token) = (ids[(racer / 2) % 3].clone(), token.clone());
            async move {
                if racer % 2 == 0 {
                    let path = format!("{EMAILS}/{id}/primary");
                    app.own(&token, Method::POST, &path, Some(json!({}))).await
                } else {
                    let path = format!("{EMAILS}/{id}?confirmed=true");
                    app.own(&token, Method::DELETE, &path, None).await
                }
            }
        })
        .await;
        let told: Vec<u16> = answers.iter().map(|page| page.status.as_u16()).collect();
        assert!(
            told.iter().all(|status| matches!(status, 204 | 404 | 409)) && told.contains(&204),
            "round {round}: {told:?}\n{}",
            place.warnings()
        );
        let left = emails(&mut app, &token).await;
        let primary: Vec<&Value> = left.iter().filter(|email| email["primary"] == true).collect();
        assert_eq!(primary.len(), 1, "round {round}: {left:?}");
        assert_eq!(primary[0]["verified"], true, "round {round}: {left:?}");
        for turn in 0..2 {
            let seen = emails(&mut place.app(turn), &token).await;
            assert_eq!(seen, left, "round {round}: nodes agree");
        }
    }
    // Whatever is left signs in, all with the same password.
    for email in emails(&mut app, &token).await {
        let address = email["address"].as_str().expect("an address").to_owned();
        app.token(&address, &password).await;
    }
}

#[tokio::test]
async fn addresses_changed_at_once_leave_one_primary_on_sqlite() {
    one_primary(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn addresses_changed_at_once_leave_one_primary_on_two_nodes() {
    one_primary(Place::on_postgres(roomy).await).await;
}

/// Two people who want one address and prove it at the same moment: one gets it.
async fn one_owner(place: Place) {
    let mut app = place.app(0);
    let mut tokens = Vec::new();
    for name in ["ada", "bea"] {
        let (email, password) = (format!("{name}@acme.test"), fresh_password());
        place.create_person(&email, &password);
        tokens.push(app.token(&email, &password).await);
    }
    for round in 0..10 {
        let wanted = format!("shared-{round}@acme.test");
        let mut pages = Vec::new();
        for (before, token) in tokens.iter().enumerate() {
            app.own(token, Method::POST, EMAILS, Some(json!({"email": wanted})))
                .await
                .expect_status(202);
            let link = link_after(&place, &wanted, "/verify-email/", before).await;
            for turn in 0..4 {
                pages.push(opened(&place, turn, &link).await);
            }
        }
        let answers = together(&app, &place, pages.len(), |_, racer| {
            let (mut browser, page) = pages[racer].clone();
            async move { browser.submit(&page, "Confirm this address", &[]).await }
        })
        .await;
        let told: Vec<u16> = answers.iter().map(|page| page.status.as_u16()).collect();
        assert!(told.iter().all(|status| *status < 500), "round {round}: {told:?}");
        let mut owners = 0;
        for token in &tokens {
            let own = emails(&mut app, token).await;
            owners += own
                .iter()
                .filter(|email| email["address"] == wanted.as_str() && email["verified"] == true)
                .count();
        }
        assert_eq!(owners, 1, "round {round}: {told:?}\n{}", place.warnings());
    }
}

#[tokio::test]
async fn an_address_that_two_prove_at_once_is_one_persons_on_sqlite() {
    one_owner(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn an_address_that_two_prove_at_once_is_one_persons_on_two_nodes() {
    one_owner(Place::on_postgres(roomy).await).await;
}

const OPENING: usize = 30;

/// One link of `doorward recover`, pressed in thirty browsers at once: one of them gets on.
async fn one_recovery(place: Place) {
    let owner = format!("owner@{WORKSPACE}.test");
    for round in 0..6 {
        let made = place
            .node(round)
            .cli(&["recover", "--workspace", WORKSPACE, &owner])
            .expect_success();
        let link = made.stdout.trim().to_owned();
        let mut pages = Vec::new();
        for turn in 0..OPENING {
            pages.push(opened(&place, turn, &link).await);
        }
        let button = only_button(&pages[0].1);
        let app = place.app(0);
        let answers = together(&app, &place, OPENING, |_, racer| {
            let (mut browser, page) = pages[racer].clone();
            let button = button.clone();
            async move { browser.submit_only(&page, &button, &[]).await }
        })
        .await;
        exactly_one(&place, round, &answers, 303, &[(410, ""), (404, "")]);
        assert!(!token_of(&link).is_empty());
    }
}

/// The button of the page that is no part of its frame.
fn only_button(page: &Page) -> String {
    let names = page.html().button_names();
    let last = names.last();
    last.unwrap_or_else(|| panic!("{} has no button", page.path)).clone()
}

#[tokio::test]
async fn of_many_who_press_one_recovery_link_one_gets_on_on_sqlite() {
    one_recovery(Place::on_sqlite(roomy).await).await;
}

#[tokio::test]
async fn of_many_who_press_one_recovery_link_one_gets_on_on_two_nodes() {
    one_recovery(Place::on_postgres(roomy).await).await;
}

/// Fresh proofs by one session at once: one renews it, and its token is good on every node; the one before is dead (R79).
/// Whoever comes too late holds a token that is nobody's.
#[tokio::test]
async fn of_many_fresh_proofs_of_one_session_one_renews_it() {
    let place = Place::on_postgres(roomy).await;
    let password = fresh_password();
    place.create_person(ADA, &password);
    let mut app = place.app(0);
    for round in 0..6 {
        let token = app.token(ADA, &password).await;
        let answers = together(&app, &place, 12, |mut app, _| {
            let (token, body) = (token.clone(), json!({"way": "password", "password": password}));
            async move { app.own(&token, Method::POST, "/api/v1/session/proof", Some(body)).await }
        })
        .await;
        let winner = exactly_one(
            &place,
            round,
            &answers,
            200,
            &[(401, ""), (429, "try-later"), (503, "")],
        );
        // Dead on the other node within a second (G3).
        tokio::time::sleep(Duration::from_secs(1)).await;
        for node in 0..2 {
            let mut app = place.app(node);
            assert_eq!(
                app.check(&token).await,
                401,
                "round {round}, node {node}: the old token"
            );
            let renewed = text(&answers[winner], "/session/token");
            assert_eq!(
                app.check(&renewed).await,
                200,
                "round {round}, node {node}: the new token"
            );
        }
    }
}
