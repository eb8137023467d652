//! A5, R48: making a proved address the primary one.

use doorward_domain::ids::EmailId;
use doorward_domain::mail::{EmailNotice, Message};
use doorward_domain::ports::EmailChanged;
use doorward_domain::session::SessionView;
use doorward_domain::testing::{Person, address};

use crate::add_email::id_of;
use crate::house::{Browser, House};

const EMAIL: &str = "jo@example.com";
const SECOND: &str = "second@example.com";

pub(crate) async fn make_primary(browser: &Browser<'_>, session: &SessionView, id: EmailId) -> EmailChanged {
    let (account, workspace) = (browser.house.auth.account(), &browser.house.given.workspace);
    let proof = browser.fresh(session);
    account
        .make_email_primary(&browser.caller, workspace, proof, id)
        .await
        .unwrap()
}

fn jo(house: &House) -> Person {
    Person::customer(house.given.workspace.id, EMAIL)
        .also(SECOND, true)
        .also("claimed@example.com", false)
}

#[tokio::test]
async fn r48_the_old_one_is_told_with_a_link_links_to_it_are_void_and_other_sessions_end() {
    let house = House::new().await;
    house.given.person(jo(&house));
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    let other = house.browser().enter(EMAIL).await;
    browser.forgot(EMAIL).await;
    let reset = browser.last_token_to(EMAIL);
    let done = make_primary(&browser, &entered.session, id_of(&house, SECOND)).await;
    assert_eq!(done, EmailChanged::Done);
    let person = house.person(EMAIL);
    assert_eq!(person.primary_email().unwrap().address, address(SECOND));
    assert_eq!(person.emails.iter().filter(|email| email.primary).count(), 1);
    assert!(house.is_live(&entered).await);
    assert!(!house.is_live(&other).await);
    let last = house.given.store.messages_to(EMAIL).pop();
    assert!(
        matches!(
            &last,
            Some(Message::EmailChanged {
                change: EmailNotice::MadePrimary,
                ..
            })
        ),
        "{last:?}"
    );
    let page = house
        .auth
        .recovery()
        .look(&house.given.workspace, &reset)
        .await
        .unwrap();
    assert_eq!(page, doorward_auth::recovery::reset_password::ResetPage::Gone);
    let seen = house.knows(&entered.token).await.unwrap();
    assert_eq!(
        seen.primary_email.as_deref(),
        Some(SECOND),
        "the very next check tells it"
    );
}

#[tokio::test]
async fn only_a_proved_one_of_ones_own() {
    let house = House::new().await;
    house.given.person(jo(&house));
    house.given.customer("mia@example.com");
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    for (email, expected) in [
        ("claimed@example.com", EmailChanged::Unproved),
        ("mia@example.com", EmailChanged::Gone),
        (EMAIL, EmailChanged::Done),
    ] {
        let changed = make_primary(&browser, &session, id_of(&house, email)).await;
        assert_eq!(changed, expected, "{email}");
    }
    assert!(
        !house.kinds_to(SECOND).contains(&"email-changed"),
        "nothing was changed"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a5_parallel_changes_leave_exactly_one_primary_address() {
    let house = House::new().await;
    let third = "third@example.com";
    house.given.person(jo(&house).also(third, true));
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let proof = browser.fresh(&session);
    let ids = [EMAIL, SECOND, third].map(|email| id_of(&house, email));
    let mut tasks = Vec::new();
    for _ in 0..6 {
        for id in ids {
            let (auth, caller) = (house.auth.clone(), browser.caller.clone());
            let workspace = house.given.workspace.clone();
            tasks.push(tokio::spawn(async move {
                let account = auth.account();
                let _ = account
                    .make_email_primary(&caller, &workspace, proof, id)
                    .await
                    .unwrap();
                let _ = account.remove_email(&caller, &workspace, proof, id).await.unwrap();
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    let people = house.given.store.people();
    let jo = people.iter().find(|person| person.id == session.user).unwrap();
    let primary: Vec<_> = jo.emails.iter().filter(|email| email.primary).collect();
    assert_eq!(primary.len(), 1);
    assert!(primary[0].verified_at.is_some());
}
