//! C7: the languages that a workspace offers are the ones that its pages and mails speak.

use doorward_domain::testing::{PASSWORD, Person};
use doorward_domain::user::User;

use super::house::{House, Plan};

async fn in_english_only() -> House {
    let plan = Plan {
        change: |workspace| workspace.portal.languages = vec!["en".to_owned()],
        ..Plan::default()
    };
    House::with(plan).await
}

fn arabic_reader(house: &House) -> User {
    let mut person = Person::customer(house.given.workspace.id, "jo@example.com");
    person.user.language = Some("ar".to_owned());
    house.given.person(person)
}

#[tokio::test]
async fn c7_pages_speak_only_what_is_offered() {
    for (house, language) in [(House::new().await, "ar"), (in_english_only().await, "en")] {
        arabic_reader(&house);
        let mut browser = house.browser();
        browser.extra.push(("accept-language", "ar-EG, en;q=0.5".to_owned()));
        let page = browser.get("/sign-in").await;
        page.shows(200, &format!("<html lang=\"{language}\""));
        browser.sign_in("jo@example.com", PASSWORD).await.location();
        let page = browser.get("/account/profile").await;
        page.shows(200, &format!("<html lang=\"{language}\""));
        // What was chosen once stays chosen, and is spoken again when it is offered again.
        page.shows(200, "value=\"ar\" lang=\"ar\" selected");
    }
}

#[tokio::test]
async fn c7_a_language_that_is_not_offered_cannot_be_chosen_and_is_not_lost() {
    let house = in_english_only().await;
    house.given.customer("mo@example.com");
    let mut browser = house.browser();
    browser.sign_in("mo@example.com", PASSWORD).await.location();
    let page = browser.get("/account/profile").await;
    assert!(!page.body.contains("value=\"ar\""), "{}", page.body);
    let typed = [("name", "Mo"), ("language", "ar"), ("time_zone", "")];
    let refused = browser
        .fill(&page, "/account/profile", "/account/profile", &typed)
        .await;
    assert_eq!(refused.status, 422, "{}", refused.body);

    let jo = arabic_reader(&house);
    let mut browser = house.browser();
    browser.sign_in("jo@example.com", PASSWORD).await.location();
    let typed = [("name", "Jo"), ("language", "ar"), ("time_zone", "")];
    let saved = browser
        .open_and_fill("/account/profile", "/account/profile", &typed)
        .await;
    assert_eq!(saved.location(), "/account/profile");
    let people = house.auth.people();
    let kept = people.find(&house.given.workspace, jo.id).await.unwrap().unwrap();
    assert_eq!((kept.name.as_str(), kept.language.as_deref()), ("Jo", Some("ar")));
}

#[tokio::test]
async fn c7_mails_are_written_in_what_is_offered() {
    for (house, language) in [(House::new().await, "ar"), (in_english_only().await, "en")] {
        arabic_reader(&house);
        let mut browser = house.browser();
        browser.ask_code("/sign-in", "jo@example.com").await.location();
        let mails = house.given.store.outbox();
        assert_eq!(mails.last().unwrap().mail.language, language);
    }
}
