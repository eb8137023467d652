//! B16, R90: whoever has an address, or nobody, the screen says the same.

use doorward_domain::testing::PASSWORD;
use http::HeaderMap;

use super::house::{Answer, Browser, House};

/// A text with what is random in it made equal: long tokens, ids, and the parts given.
pub(super) fn masked(text: &str, parts: &[&str]) -> String {
    let mut text = text.to_owned();
    for part in parts {
        text = text.replace(part, "{part}");
    }
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_');
    let mut out = String::new();
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        let random = run.len() >= 20
            && run
                .chars()
                .any(|sign| sign.is_ascii_digit() || sign.is_ascii_uppercase());
        out.push_str(if random { "{token}" } else { run });
        run.clear();
    };
    for sign in text.chars() {
        if is_sign(sign) {
            run.push(sign);
        } else {
            flush(&mut run, &mut out);
            out.push(sign);
        }
    }
    flush(&mut run, &mut out);
    out
}

fn headers(headers: &HeaderMap, parts: &[&str]) -> Vec<(String, String)> {
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.to_string(), masked(value.to_str().unwrap(), parts)))
        .collect()
}

pub(super) type Seen = (u16, Vec<(String, String)>, String);

/// Everything of an answer that a stranger could tell people apart by.
pub(super) fn seen(answer: &Answer, parts: &[&str]) -> Seen {
    let text = masked(&answer.body, parts);
    (answer.status.as_u16(), headers(&answer.headers, parts), text)
}

/// All kinds of people an address can be of, of one length and with the same first
/// letters, so that lengths and masks are equal too.
async fn everybody() -> (House, Vec<&'static str>) {
    let house = House::new().await;
    house.given.customer("known@example.com");
    house.given.without_password("keyle@example.com");
    house.given.known_contact("kept1@example.com");
    house.given.disabled("kicke@example.com");
    house.given.agent("knigh@example.com");
    let people = vec![
        "known@example.com",
        "keyle@example.com",
        "kept1@example.com",
        "kicke@example.com",
        "knigh@example.com",
        "knobo@example.com",
    ];
    (house, people)
}

async fn on_own_network(house: &House, n: usize) -> Browser {
    let mut browser = house.browser();
    browser.peer = format!("198.51.100.{n}:40000").parse().unwrap();
    browser.get("/sign-in").await;
    browser
}

/// Holds that everybody saw the same, and says where not.
#[track_caller]
pub(super) fn assert_alike(people: &[&str], all: &[Vec<Seen>]) {
    for (email, steps) in people.iter().zip(all) {
        assert_eq!(steps.len(), all[0].len(), "{email}");
        for (n, (step, first)) in steps.iter().zip(&all[0]).enumerate() {
            assert_eq!(step.0, first.0, "{email}, step {n}");
            assert_eq!(step.1, first.1, "{email}, step {n}");
            for (line, expected) in step.2.lines().zip(first.2.lines()) {
                assert_eq!(line, expected, "{email}, step {n}");
            }
            assert_eq!(step.2, first.2, "{email}, step {n}");
        }
    }
}

#[tokio::test]
async fn r90_a_refused_password_tells_nothing() {
    let (house, people) = everybody().await;
    let mut all = Vec::new();
    for (n, email) in people.iter().enumerate() {
        let mut browser = on_own_network(&house, n).await;
        let before = house.hasher.checks();
        let mut tries = Vec::new();
        for _ in 0..6 {
            let answer = browser.sign_in(email, "not this one").await;
            tries.push(seen(&answer, &[email, &house.last_help_code()]));
        }
        assert_eq!(
            house.hasher.checks() - before,
            5,
            "{email}: the sixth is refused by the budget"
        );
        all.push(tries);
    }
    assert_eq!((all[0][0].0, all[0][5].0), (401, 429));
    assert_alike(&people, &all);
}

#[tokio::test]
async fn r90_asking_for_a_code_tells_nothing() {
    let (house, people) = everybody().await;
    let mut all = Vec::new();
    for (n, email) in people.iter().enumerate() {
        let mut browser = on_own_network(&house, n).await;
        let mut steps = Vec::new();
        let sent = browser.ask_code("/sign-in?return_to=/t", email).await;
        let page = browser.follow(&sent).await;
        let wrong = house.wrong_code(email);
        let refused = browser
            .fill(&page, "/sign-in/code", "/sign-in/code", &[("code", &wrong)])
            .await;
        let help_code = house.last_help_code();
        let early = browser
            .fill(&page, "/sign-in/code/resend", "/sign-in/code/resend", &[])
            .await;
        for answer in [sent, page, refused, early] {
            steps.push(seen(&answer, &[email, &help_code]));
        }
        all.push(steps);
    }
    for steps in &all {
        assert_eq!(
            steps.iter().map(|step| step.0).collect::<Vec<_>>(),
            [303, 200, 401, 303]
        );
        assert_eq!(steps, &all[0]);
    }
    for email in people {
        assert_eq!(
            house.given.store.messages_to(email).len(),
            1,
            "{email} learns the truth by mail"
        );
    }
}

#[tokio::test]
async fn r90_asking_for_a_reset_link_tells_nothing() {
    let (house, people) = everybody().await;
    let mut all = Vec::new();
    for (n, email) in people.iter().enumerate() {
        let mut browser = on_own_network(&house, n).await;
        let mut steps = Vec::new();
        for _ in 0..4 {
            let answer = browser
                .open_and_fill("/forgot-password", "/forgot-password", &[("email", email)])
                .await;
            if answer.status == 303 {
                steps.push(seen(&browser.follow(&answer).await, &[]));
            }
            steps.push(seen(&answer, &[email, &house.last_help_code()]));
        }
        all.push(steps);
    }
    assert_eq!(all[0].last().unwrap().0, 429);
    assert_alike(&people, &all);
}

#[tokio::test]
async fn r90_signing_up_tells_nothing() {
    let (house, people) = everybody().await;
    let mut all = Vec::new();
    for (n, email) in people.iter().enumerate() {
        let mut browser = on_own_network(&house, n).await;
        let before = house.hasher.hashes();
        let typed = [("name", "Kim"), ("email", email), ("password", PASSWORD)];
        let sent = browser.open_and_fill("/sign-up", "/sign-up", &typed).await;
        assert_eq!(house.hasher.hashes() - before, 1, "{email}");
        let page = browser.follow(&sent).await;
        all.push(vec![seen(&sent, &[]), seen(&page, &[])]);
    }
    assert_eq!((all[0][0].0, all[0][1].0), (303, 200));
    assert_alike(&people, &all);
}

#[test]
fn the_mask_hides_what_is_random_and_nothing_else() {
    let page = "<p class=\"a\">flow=0193fcb8-0000-4000-8000-000000000001 K7QM-2XRD Enter your email</p>";
    assert_eq!(
        masked(page, &["K7QM-2XRD"]),
        "<p class=\"a\">flow={token} {part} Enter your email</p>"
    );
}
