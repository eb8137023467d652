//! B2: the emailed code, its attempts and their tabs.

use std::sync::atomic::Ordering;

use doorward_domain::testing::PASSWORD;
use http::header::RETRY_AFTER;

use super::house::House;

const CODE: &str = "/sign-in/code";

#[tokio::test]
async fn b2_a_person_signs_in_with_an_emailed_code() {
    let house = House::new().await;
    house.given.without_password("jo@example.com");
    let mut browser = house.browser();
    let sent = browser
        .ask_code("/sign-in?return_to=/tickets/7", "jo@example.com")
        .await;
    assert_eq!(house.promised.load(Ordering::Relaxed), 1);
    let page = browser.follow(&sent).await;
    page.shows(200, "Check your email");
    page.shows(200, "We have sent a message to");
    page.shows(200, "j•••@e•••.com");
    assert!(!page.body.contains("jo@example.com"));
    page.shows(200, "data-resend=\"30\"");
    let typed = house.code("jo@example.com").to_ascii_lowercase();
    let answer = browser.fill(&page, CODE, CODE, &[("code", &typed)]).await;
    assert_eq!(answer.location(), "/tickets/7");
    assert!(browser.is_signed_in().await);
    let again = browser.get(sent.location()).await;
    assert_eq!(again.location(), "/tickets/7", "somebody who is in already is sent on");
}

#[tokio::test]
async fn r22_a_wrong_code_counts_and_one_of_the_wrong_shape_does_not() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let sent = browser
        .ask_code("/sign-in?return_to=/tickets/7", "jo@example.com")
        .await;
    let page = browser.follow(&sent).await;
    let short = browser.fill(&page, CODE, CODE, &[("code", "ABC")]).await;
    short.shows(422, "A code has 7 letters and digits.");
    let empty = browser.fill(&page, CODE, CODE, &[("code", "")]).await;
    empty.shows(422, "Enter the code from the email.");
    let wrong = house.wrong_code("jo@example.com");
    for left in ["4 more tries", "3 more tries", "2 more tries", "one more try"] {
        let refused = browser.fill(&page, CODE, CODE, &[("code", &wrong)]).await;
        refused.shows(401, "That code is not right.");
        refused.shows(401, left);
        refused.shows(401, &house.last_help_code());
    }
    let spent = browser.fill(&page, CODE, CODE, &[("code", &wrong)]).await;
    spent.shows(401, "That code can’t be used any more.");
    let right = house.code("jo@example.com");
    let refused = browser.fill(&page, CODE, CODE, &[("code", &right)]).await;
    refused.shows(401, "data-reason=\"code-spent\"");
    house.wait(31);
    let next = browser
        .fill(&refused, "/sign-in/code/resend", "/sign-in/code/resend", &[])
        .await;
    assert_ne!(next.location(), sent.location(), "the way on is a new attempt");
    let page = browser.follow(&next).await;
    let answer = browser
        .fill(&page, CODE, CODE, &[("code", &house.code("jo@example.com"))])
        .await;
    assert_eq!(answer.location(), "/tickets/7");
}

#[tokio::test]
async fn r27_a_late_first_code_works_after_a_resend() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let sent = browser
        .ask_code("/sign-in?return_to=/tickets/7", "jo@example.com")
        .await;
    let first = house.code("jo@example.com");
    let page = browser.follow(&sent).await;
    house.wait(10);
    let early = browser
        .fill(&page, "/sign-in/code/resend", "/sign-in/code/resend", &[])
        .await;
    assert_eq!(early.location(), sent.location());
    assert_eq!(house.given.store.messages_to("jo@example.com").len(), 1);
    browser.follow(&early).await.shows(200, "data-resend=\"20\"");
    house.wait(21);
    let resent = browser
        .fill(&page, "/sign-in/code/resend", "/sign-in/code/resend", &[])
        .await;
    assert_eq!(resent.location(), sent.location());
    assert_eq!(house.given.store.messages_to("jo@example.com").len(), 2);
    assert_ne!(house.code("jo@example.com"), first);
    let page = browser.follow(&resent).await;
    page.shows(200, "The latest one went out just now.");
    let answer = browser.fill(&page, CODE, CODE, &[("code", &first)]).await;
    assert_eq!(answer.location(), "/tickets/7");
}

#[tokio::test]
async fn an_expired_code_says_so_and_offers_the_next_at_once() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let sent = browser
        .ask_code("/sign-in?return_to=/tickets/7", "jo@example.com")
        .await;
    let page = browser.follow(&sent).await;
    let late = house.code("jo@example.com");
    house.wait(601);
    let expired = browser.fill(&page, CODE, CODE, &[("code", &late)]).await;
    expired.shows(401, "That code has expired. We can send a new one.");
    let button = expired.body.split("Resend code").next().unwrap();
    assert!(!button.rsplit("<button").next().unwrap().contains("disabled"));
    let resent = browser
        .fill(&expired, "/sign-in/code/resend", "/sign-in/code/resend", &[])
        .await;
    let page = browser.follow(&resent).await;
    let answer = browser
        .fill(&page, CODE, CODE, &[("code", &house.code("jo@example.com"))])
        .await;
    assert_eq!(answer.location(), "/tickets/7");
}

#[tokio::test]
async fn r27_over_the_budget_the_page_says_when_to_come_back() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let sent = browser.ask_code("/sign-in", "jo@example.com").await;
    let page = browser.follow(&sent).await;
    for wait in [31, 61] {
        house.wait(wait);
        browser
            .fill(&page, "/sign-in/code/resend", "/sign-in/code/resend", &[])
            .await
            .location();
    }
    house.wait(61);
    let refused = browser
        .fill(&page, "/sign-in/code/resend", "/sign-in/code/resend", &[])
        .await;
    refused.shows(429, "Too many attempts. Try again in");
    assert!(refused.headers.contains_key(RETRY_AFTER));
    let code = house.code("jo@example.com");
    let answer = browser.fill(&refused, CODE, CODE, &[("code", &code)]).await;
    assert_eq!(answer.location(), "/", "codes that are out stay good");
}

#[tokio::test]
async fn r25_an_attempt_belongs_to_its_browser() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let sent = browser
        .ask_code("/sign-in?return_to=/tickets/7", "jo@example.com")
        .await;
    let page = browser.follow(&sent).await;
    let code = house.code("jo@example.com");

    let mut other = house.browser();
    let seen = other.get(sent.location()).await;
    seen.shows(410, "This has taken a while");
    assert!(
        !seen.body.contains("jo@example.com"),
        "the address is the attempt's own browser's"
    );
    let mut fields = vec![("code", code.as_str())];
    let hidden = seen.hidden("/sign-in");
    fields.extend(hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let flow = page
        .hidden(CODE)
        .into_iter()
        .find(|(name, _)| name == "flow")
        .unwrap()
        .1;
    fields.push(("flow", &flow));
    other
        .post(CODE, &fields)
        .await
        .shows(410, "data-reason=\"session-expired\"");
    other
        .post("/sign-in/code/resend", &fields)
        .await
        .shows(410, "data-reason=\"session-expired\"");

    let answer = browser.fill(&page, CODE, CODE, &[("code", &code)]).await;
    assert_eq!(answer.location(), "/tickets/7");
}

#[tokio::test]
async fn b13_two_tabs_are_two_attempts_with_a_destination_each() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    house.given.customer("eve@example.com");
    let mut browser = house.browser();
    let one = browser
        .ask_code("/sign-in?return_to=/tickets/1", "jo@example.com")
        .await;
    let two = browser
        .ask_code("/sign-in?return_to=/tickets/2", "eve@example.com")
        .await;
    let (one, two) = (browser.follow(&one).await, browser.follow(&two).await);
    let code = house.code("eve@example.com");
    let wrong = browser.fill(&one, CODE, CODE, &[("code", &code)]).await;
    wrong.shows(401, "data-reason=\"code-wrong\"");
    let answer = browser.fill(&two, CODE, CODE, &[("code", &code)]).await;
    assert_eq!(answer.location(), "/tickets/2");
    let answer = browser
        .fill(&wrong, CODE, CODE, &[("code", &house.code("jo@example.com"))])
        .await;
    assert_eq!(answer.location(), "/tickets/1");
}

#[tokio::test]
async fn b13_an_attempt_that_is_over_keeps_address_and_destination() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let sent = browser
        .ask_code("/sign-in?return_to=/tickets/7", "jo@example.com")
        .await;
    let page = browser.follow(&sent).await;
    let code = house.code("jo@example.com");
    house.wait(1_801);
    let posted = browser.fill(&page, CODE, CODE, &[("code", &code)]).await;
    for over in [browser.follow(&sent).await, posted] {
        if over.body.contains("Check your email") {
            // The right code, typed too late, is told as such: beside it stands the button for the next.
            over.shows(401, "data-reason=\"code-expired\"");
            continue;
        }
        over.shows(410, "This has taken a while");
        assert_eq!(over.value_of("email").as_deref(), Some("jo@example.com"));
        let sent = browser
            .fill(&over, "/sign-in", "/sign-in/code/send", &[("email", "jo@example.com")])
            .await;
        let page = browser.follow(&sent).await;
        let code = house.code("jo@example.com");
        let answer = browser.fill(&page, CODE, CODE, &[("code", &code)]).await;
        assert_eq!(answer.location(), "/tickets/7");
        return;
    }
    panic!("neither looking nor posting said that the attempt is over");
}

#[tokio::test]
async fn b13_lost_cookies_lose_neither_the_destination_nor_the_way_on() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let sent = browser
        .ask_code("/sign-in?return_to=/tickets/7", "jo@example.com")
        .await;
    let page = browser.follow(&sent).await;
    browser.jar.clear();
    let code = house.code("jo@example.com");
    let lost = browser.fill(&page, CODE, CODE, &[("code", &code)]).await;
    lost.shows(410, "This has taken a while");
    let typed = [("email", "jo@example.com"), ("password", PASSWORD)];
    let answer = browser.fill(&lost, "/sign-in", "/sign-in", &typed).await;
    assert_eq!(answer.location(), "/tickets/7");
}

#[tokio::test]
async fn r83_an_expired_form_tries_no_code() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let sent = browser
        .ask_code("/sign-in?return_to=/tickets/7", "jo@example.com")
        .await;
    let page = browser.follow(&sent).await;
    let receipts = house.given.store.receipts().len();
    let flow = page
        .hidden(CODE)
        .into_iter()
        .find(|(name, _)| name == "flow")
        .unwrap()
        .1;
    let code = house.code("jo@example.com");
    for address in [CODE, "/sign-in/code/resend"] {
        let expired = browser.post(address, &[("flow", &flow), ("code", &code)]).await;
        expired.shows(403, "This page was open for a while");
        expired.shows(403, "Check your email");
    }
    assert_eq!(house.given.store.receipts().len(), receipts);
    let answer = browser.fill(&page, CODE, CODE, &[("code", &code)]).await;
    assert_eq!(answer.location(), "/tickets/7");
}

#[tokio::test]
async fn r34_looking_at_the_code_page_changes_nothing() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let sent = browser.ask_code("/sign-in", "jo@example.com").await;
    let (flows, receipts) = (house.given.store.flows(), house.given.store.receipts().len());
    for _ in 0..100 {
        browser.follow(&sent).await.shows(200, "Check your email");
    }
    assert_eq!(house.given.store.flows(), flows);
    assert_eq!(house.given.store.receipts().len(), receipts);
}
