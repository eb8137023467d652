//! A5, R49: removing an address.

use doorward_domain::audit::AuditAction;
use doorward_domain::mail::{EmailNotice, Message};
use doorward_domain::ports::EmailChanged;
use doorward_domain::session::SessionView;
use doorward_domain::testing::{PASSWORD, Person};

use crate::add_email::id_of;
use crate::house::{Browser, House, refused, sent};

const EMAIL: &str = "jo@example.com";
const SECOND: &str = "second@example.com";

pub(crate) async fn remove(
    browser: &Browser<'_>,
    session: &SessionView,
    id: doorward_domain::ids::EmailId,
) -> EmailChanged {
    let (account, workspace) = (browser.house.auth.account(), &browser.house.given.workspace);
    let proof = browser.fresh(session);
    account
        .remove_email(&browser.caller, workspace, proof, id)
        .await
        .unwrap()
}

fn told(house: &House, email: &str) -> usize {
    let of_it = |message: &Message| {
        matches!(
            message,
            Message::EmailChanged {
                change: EmailNotice::Removed,
                ..
            }
        )
    };
    house
        .given
        .store
        .messages_to(email)
        .iter()
        .filter(|message| of_it(message))
        .count()
}

#[tokio::test]
async fn it_signs_nobody_in_from_the_next_request_on_and_all_proved_ones_are_told_itself_too() {
    let house = House::new().await;
    house
        .given
        .person(Person::customer(house.given.workspace.id, EMAIL).also(SECOND, true));
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    let other = house.browser().enter(SECOND).await;
    let waiting = sent(house.browser().ask_code(SECOND).await).flow;
    let code = house.given.store.last_code_to(SECOND).unwrap();
    let id = id_of(&house, SECOND);
    assert_eq!(remove(&browser, &entered.session, id).await, EmailChanged::Done);
    assert!(house.is_live(&entered).await);
    assert!(!house.is_live(&other).await);
    refused(browser.password(SECOND, PASSWORD).await);
    refused(browser.redeem(waiting, &code).await);
    assert_eq!((told(&house, EMAIL), told(&house, SECOND)), (1, 1));
    assert_eq!(house.audited(AuditAction::EmailRemoved), 1);
    let seen = house.knows(&entered.token).await.unwrap();
    assert_eq!(seen.emails, [EMAIL]);
    assert_eq!(remove(&browser, &entered.session, id).await, EmailChanged::Gone);
}

#[tokio::test]
async fn never_the_primary_one_nor_the_last_proved_one() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    house.given.person(Person::customer(id, EMAIL).also(SECOND, true));
    let unproved = Person::customer(id, "noah@example.com")
        .unproved()
        .also("noah.two@example.com", true);
    house.given.person(unproved);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let primary = id_of(&house, EMAIL);
    assert_eq!(remove(&browser, &session, primary).await, EmailChanged::Primary);
    let noah = browser.enter("noah.two@example.com").await.session;
    let last = id_of(&house, "noah.two@example.com");
    assert_eq!(remove(&browser, &noah, last).await, EmailChanged::LastVerified);
    let strangers = id_of(&house, SECOND);
    assert_eq!(remove(&browser, &noah, strangers).await, EmailChanged::Gone);
    assert_eq!(told(&house, EMAIL), 0);
}

#[tokio::test]
async fn a_claim_is_removed_without_a_word_and_its_owner_goes_on() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    house
        .given
        .person(Person::customer(id, EMAIL).also("owner@example.net", false));
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let claimed = id_of(&house, "owner@example.net");
    let owner = house.browser();
    let flow = match owner.sign_up("Owner", "owner@example.net", PASSWORD).await {
        doorward_auth::account::sign_up::SignUpOutcome::Attempt(outcome) => sent(outcome).flow,
        other @ doorward_auth::account::sign_up::SignUpOutcome::PasswordProblems(_) => panic!("{other:?}"),
    };
    let code = house.given.store.last_code_to("owner@example.net").unwrap();
    assert_eq!(remove(&browser, &session, claimed).await, EmailChanged::Done);
    assert_eq!(told(&house, EMAIL), 0);
    let purpose = doorward_domain::sign_in::FlowPurpose::SignUp;
    crate::house::signed_in(owner.redeem_for(flow, purpose, &code).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r49_parallel_removals_leave_a_proved_address() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    let emails = ["a@example.com", "b@example.com", "c@example.com"];
    let mut person = Person::customer(id, EMAIL).unproved();
    for email in emails {
        person = person.also(email, true);
    }
    house.given.person(person);
    let browser = house.browser();
    let session = browser.enter(emails[0]).await.session;
    let proof = browser.fresh(&session);
    let tasks: Vec<_> = emails
        .into_iter()
        .map(|email| {
            let (auth, caller) = (house.auth.clone(), browser.caller.clone());
            let (workspace, id) = (house.given.workspace.clone(), id_of(&house, email));
            tokio::spawn(async move {
                let account = auth.account();
                account.remove_email(&caller, &workspace, proof, id).await.unwrap()
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        if task.await.unwrap() == EmailChanged::Done {
            done += 1;
        }
    }
    assert_eq!(done, 2);
    let left = house.person(EMAIL).emails;
    assert_eq!(left.iter().filter(|email| email.verified_at.is_some()).count(), 1);
}
