//! C3: *Preview changes* of many, as it is sent while they are counted.

use doorward_domain::ids::UserId;
use doorward_domain::testing::{PASSWORD, Person};
use http_body_util::BodyExt as _;

use super::house::{Answer, Browser, House};
use crate::body::AppBody;

const ADA: &str = "ada@example.com";
const SECURITY: &str = "/admin/security";
const PREVIEW: &str = "/admin/security/preview";
/// Whoever has nothing but a password and a mailbox loses both.
const SHUT: [(&str, &str); 7] = [
    ("min_length", "12"),
    ("min_length_two_factor", "8"),
    ("session_idle", "7"),
    ("session_idle_unit", "days"),
    ("session_absolute", "30"),
    ("session_absolute_unit", "days"),
    ("sign_up", "open"),
];

async fn crowded(people: u32) -> (House, Browser, Answer) {
    let house = House::new().await;
    for n in 0..people {
        let mut person = Person::customer(house.given.workspace.id, &format!("p{n}@example.com"));
        // Ids of real people lie all over, and so come in several pages.
        person.user.id = UserId::from_uuid(uuid::Uuid::from_u128(
            u128::MAX / u128::from(people) * u128::from(n) + 1,
        ));
        house.given.person(person);
    }
    house.given.owner(ADA);
    let mut ada = house.browser();
    ada.sign_in(ADA, PASSWORD).await;
    let page = ada.get(SECURITY).await;
    (house, ada, page)
}

fn form(hidden: &[(String, String)]) -> Vec<(&str, &str)> {
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    hidden.chain(SHUT).collect()
}

/// How far each line says that it has come.
fn steps(body: &str) -> Vec<(u64, u64)> {
    let number = |line: &str, name: &str| -> u64 {
        let value = line.split(&format!("{name}=\"")).nth(1).unwrap();
        value.split('"').next().unwrap().parse().unwrap()
    };
    let lines = body.lines().filter(|line| line.contains("<progress"));
    lines.map(|line| (number(line, "value"), number(line, "max"))).collect()
}

#[tokio::test]
async fn c3_the_page_tells_how_far_the_count_has_come_and_then_what_came_of_it() {
    let (_house, mut ada, page) = crowded(200).await;
    let told = ada.fill(&page, SECURITY, PREVIEW, &SHUT).await;
    told.shows(200, "200 people lose their last way in");
    assert_eq!(told.headers["content-type"], "text/html; charset=utf-8");
    let steps = steps(&told.body);
    assert!(steps.len() > 2 && steps.len() <= 11, "{steps:?}");
    assert_eq!((steps[0], steps[steps.len() - 1]), ((0, 200), (200, 200)));
    assert!(steps.is_sorted(), "{steps:?}");
    let at = |text: &str| told.body.find(text).unwrap();
    assert!(at("<progress") < at("preview-title") && at("preview-title") < at("id=\"settings\""));
    assert_eq!(told.body.matches("<main").count(), 1, "it is one page");
    assert_eq!(told.body.matches("</html>").count(), 1);
}

#[tokio::test]
async fn c3_the_beginning_of_the_page_comes_before_anybody_was_counted() {
    let (_house, mut ada, page) = crowded(200).await;
    let answer = ada.begin(PREVIEW, &form(&page.hidden(SECURITY))).await;
    assert_eq!(answer.status(), 200);
    let mut body = answer.into_body();
    let first = next(&mut body).await.unwrap();
    assert!(
        first.contains("<h1>") && first.contains("0 of about 200 people"),
        "{first}"
    );
    assert!(!first.contains("preview-title") && !first.contains("</main>"));
    let mut rest = String::new();
    while let Some(part) = next(&mut body).await {
        rest.push_str(&part);
    }
    assert!(rest.contains("200 people lose their last way in") && rest.trim_end().ends_with("</html>"));
}

#[tokio::test]
async fn c3_a_count_that_breaks_off_says_so_and_is_not_taken_for_the_whole() {
    let (house, mut ada, page) = crowded(200).await;
    let mut body = ada.begin(PREVIEW, &form(&page.hidden(SECURITY))).await.into_body();
    house.given.store.set_away(true);
    let mut text = String::new();
    let error = loop {
        match body.frame().await {
            Some(Ok(frame)) => text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap()),
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    assert!(
        error.is_some(),
        "the answer does not come to an end as if it were whole"
    );
    assert!(text.contains("The count broke off. Nothing was changed."), "{text}");
    assert!(!text.contains("preview-title") && !text.contains("</html>"));
}

#[tokio::test]
async fn c3_whoever_hangs_up_does_not_hold_up_the_next_preview() {
    let (_house, mut ada, page) = crowded(200).await;
    let mut body = ada.begin(PREVIEW, &form(&page.hidden(SECURITY))).await.into_body();
    next(&mut body).await.unwrap();
    drop(body);
    let told = ada.fill(&page, SECURITY, PREVIEW, &SHUT).await;
    told.shows(200, "200 people lose their last way in");
}

#[tokio::test]
async fn c3_the_whole_list_names_everybody_while_they_are_found() {
    let (_house, mut ada, page) = crowded(120).await;
    let list = ada.fill(&page, SECURITY, "/admin/security/losing.csv", &SHUT).await;
    list.shows(200, "id,name,email,role,loses");
    assert_eq!(list.body.lines().count(), 121);
    let ids: Vec<&str> = list
        .body
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    assert!(ids.is_sorted());
}

async fn next(body: &mut AppBody) -> Option<String> {
    let frame = body.frame().await?.unwrap();
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}
