//! B16, R90: whether an address is known cannot be told from outside: status, headers and body are the same on pages and
//! in JSON. That the hasher works once for each is counted where it can be: in the tests of the use cases and of the pages.

use doorward_tests::browser::{Page, fresh_password};
use doorward_tests::mask::mask;
use serde_json::json;

use super::{ADA, House, NOBODY, app, ask_code, ask_reset, ask_sign_up, sign_in};

/// Everything of an answer that a stranger could tell people apart by. The addresses begin with the same letter, so that
/// their masked forms are equal too.
fn seen(page: &Page, email: &str) -> String {
    let known = [(email, "<address>")];
    let mut headers: Vec<String> = page
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            // A body of the same masked text is of the same length but for the address that was typed.
            let value = if name == "content-length" {
                "<length>".to_owned()
            } else {
                value
            };
            format!("{name}: {}", masked(&value, &known))
        })
        .collect();
    headers.sort();
    format!(
        "{} {}\n{}\n\n{}",
        page.status,
        masked(&page.path, &known),
        headers.join("\n"),
        masked(&page.body(), &known)
    )
}

/// Masked as every suite masks, and instants and remaining seconds too, which depend on when one asks.
fn masked(text: &str, known: &[(&str, &str)]) -> String {
    let encoded: Vec<(String, &str)> = known
        .iter()
        .map(|(text, word)| (text.replace('@', "%40"), *word))
        .collect();
    let mut all: Vec<(&str, &str)> = known.to_vec();
    all.extend(encoded.iter().map(|(text, word)| (text.as_str(), *word)));
    let text = mask(text, &all);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("\"sent_at\":\"") {
        let (before, after) = rest.split_at(at + "\"sent_at\":\"".len());
        out.push_str(before);
        out.push_str("<instant>");
        rest = after.trim_start_matches(|sign| sign != '"');
    }
    out.push_str(rest);
    out
}

/// One person of each kind; the last has no account. All begin with one letter.
async fn everybody() -> (House, Vec<&'static str>) {
    let house = House::new().await;
    let password = fresh_password();
    for email in ["nina@acme.test", "nadia@acme.test"] {
        house.server.create_person("acme", email, "N", &password);
    }
    house.disable("nadia@acme.test");
    house.contact("noor@acme.test");
    (
        house,
        vec!["nina@acme.test", "nadia@acme.test", "noor@acme.test", NOBODY],
    )
}

fn are_all_alike(all: &[(&str, Vec<String>)]) {
    let (first, expected) = &all[0];
    for (email, steps) in &all[1..] {
        for (step, (ours, theirs)) in expected.iter().zip(steps).enumerate() {
            assert_eq!(ours, theirs, "step {step}: {first} on the left, {email} on the right");
        }
        assert_eq!(expected.len(), steps.len());
    }
}

#[tokio::test]
async fn r90_a_refused_password_tells_nothing() {
    let (house, people) = everybody().await;
    let mut all = Vec::new();
    for email in people {
        let mut steps = Vec::new();
        let mut browser = house.browser();
        for _ in 0..2 {
            steps.push(seen(&sign_in(&mut browser, email, "not the password").await, email));
        }
        let body = json!({"email": email, "password": "not the password"});
        steps.push(seen(&app(&mut browser, "/api/v1/sign-in/password", body).await, email));
        all.push((email, steps));
    }
    are_all_alike(&all);
    assert!(all[0].1[0].starts_with("401"), "{}", all[0].1[0]);
}

#[tokio::test]
async fn r90_asking_for_a_code_and_for_another_tells_nothing() {
    let (house, people) = everybody().await;
    let mut all = Vec::new();
    for email in people {
        let mut browser = house.browser();
        let page = browser.visit("/sign-in?return_to=/tickets/7").await;
        let typed = [("Email address", email)];
        let moved = browser.submit_only(&page, "Email me a sign-in code", &typed).await;
        let code_page = browser.follow(moved.clone()).await;
        let form = code_page
            .html()
            .submission("Continue", &[("Sign-in code", "ABC2345")])
            .fields;
        let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        let wrong = browser.post("/sign-in/code", &fields).await;
        let early = browser.post("/sign-in/code/resend", &fields[..fields.len() - 1]).await;
        let again = ask_code(&mut browser, "/sign-in?return_to=/tickets/7", email).await;
        let told = app(&mut house.browser(), "/api/v1/sign-in/code", json!({"email": email})).await;
        assert_eq!(wrong.status, 401, "{}", wrong.html().text());
        let mut steps: Vec<String> = [&moved, &code_page, &wrong, &early, &again, &told]
            .into_iter()
            .map(|page| without_seconds(&seen(page, email)))
            .collect();
        steps.sort();
        all.push((email, steps));
        house.mail.wait_for_mail(email).await;
    }
    are_all_alike(&all);
}

/// Without the seconds that are left of a wait: they depend on when one asks, not on whom one asks about.
fn without_seconds(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for sign in text.chars().chain(['\0']) {
        if sign.is_ascii_digit() {
            digits.push(sign);
            continue;
        }
        let is_wait = digits.parse::<u32>().is_ok_and(|number| (20..=30).contains(&number));
        out.push_str(if is_wait { "<seconds>" } else { &digits });
        digits.clear();
        if sign != '\0' {
            out.push(sign);
        }
    }
    out
}

#[tokio::test]
async fn r90_resending_tells_nothing() {
    let house = House::without_waits().await;
    house
        .server
        .create_person("acme", "nina@acme.test", "N", &fresh_password());
    let mut all = Vec::new();
    for email in ["nina@acme.test", NOBODY] {
        let mut browser = house.browser();
        let mut page = ask_code(&mut browser, "/sign-in", email).await;
        let mut steps = vec![seen(&page, email)];
        for _ in 0..2 {
            page = browser.submit(&page, "Resend code", &[]).await;
            steps.push(seen(&page, email));
        }
        house.mail.wait_for_mails(email, 3).await;
        all.push((email, steps));
    }
    are_all_alike(&all);
}

#[tokio::test]
async fn r90_asking_for_a_reset_link_tells_nothing_up_to_and_over_the_budget() {
    let (house, people) = everybody().await;
    let mut all = Vec::new();
    for email in people {
        let mut steps = Vec::new();
        for _ in 0..2 {
            steps.push(seen(&ask_reset(&mut house.browser(), email).await, email));
        }
        for _ in 0..2 {
            let told = app(&mut house.browser(), "/api/v1/password-reset", json!({"email": email})).await;
            steps.push(seen(&told, email));
        }
        steps.push(seen(&ask_reset(&mut house.browser(), email).await, email));
        assert!(steps[4].starts_with("429"), "{}", steps[4]);
        let steps = steps.iter().map(|step| without_wait(step)).collect();
        all.push((email, steps));
        house.mail.wait_for_mails(email, 3).await;
    }
    are_all_alike(&all);
}

/// Without the exact seconds of `Retry-After`, in the header and in the sentence of a quarter of an hour.
fn without_wait(text: &str) -> String {
    text.lines()
        .map(|line| {
            let is_wait = line
                .strip_prefix("retry-after: ")
                .and_then(|seconds| seconds.parse::<u32>().ok())
                .is_some_and(|seconds| (840..=900).contains(&seconds));
            if is_wait {
                "retry-after: <seconds>".to_owned()
            } else {
                line.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn r90_signing_up_tells_nothing() {
    let (house, people) = everybody().await;
    let mut all = Vec::new();
    for email in people {
        let password = fresh_password();
        let page = ask_sign_up(&mut house.browser(), email, &password)
            .await
            .expect_status(200);
        let body = json!({"name": "N", "email": email, "password": password});
        let told = app(&mut house.browser(), "/api/v1/sign-up", body)
            .await
            .expect_status(202);
        let steps = [&page, &told]
            .into_iter()
            .map(|page| without_json_wait(&without_seconds(&seen(page, email))))
            .collect();
        all.push((email, steps));
        house.mail.wait_for_mail(email).await;
    }
    are_all_alike(&all);
}

fn without_json_wait(text: &str) -> String {
    text.replace("\"resend_in\":0", "\"resend_in\":<seconds>")
}

#[tokio::test]
async fn r94_too_many_wrong_passwords_are_told_alike() {
    let house = House::new().await;
    house.ada(&fresh_password());
    let mut all = Vec::new();
    for email in [ADA, "anna@acme.test"] {
        let mut browser = house.browser();
        let mut steps = Vec::new();
        for _ in 0..6 {
            steps.push(without_seconds(&seen(
                &sign_in(&mut browser, email, "not the password").await,
                email,
            )));
        }
        assert!(steps[5].starts_with("429"), "{}", steps[5]);
        all.push((email, steps));
    }
    are_all_alike(&all);
}
