//! C8: somebody makes a workspace and becomes its owner; nothing is made, and no address is kept, before their mailbox is
//! proved.

use doorward_auth::workspace::found_workspace::{FoundWorkspace, FoundWorkspaceError, FoundedWorkspace, FoundingView};
use doorward_domain::audit::AuditAction;
use doorward_domain::mail::Message;
use doorward_domain::ports::Workspaces as _;
use doorward_domain::role::Role;
use doorward_domain::secret::Password;
use doorward_domain::testing::address;
use doorward_domain::workspace::Slug;

use crate::house::{Browser, House};

const NEW: &str = "new@example.com";
const PHRASE: &str = "seven quiet lanterns";

pub(crate) fn wanted(slug: &str) -> (Slug, String) {
    (Slug::parse(slug).unwrap(), "Beta Help".to_owned())
}

fn request(slug: &str, email: &str, password: &str) -> FoundWorkspace {
    let (slug, name) = wanted(slug);
    FoundWorkspace {
        slug,
        name,
        person_name: " Jo  Doe ".to_owned(),
        address: address(email),
        password: Password::parse(password).unwrap(),
    }
}

async fn begin(browser: &Browser<'_>, slug: &str, email: &str) -> Result<FoundingView, FoundWorkspaceError> {
    let foundings = browser.house.auth.foundings();
    foundings.begin(&browser.caller, request(slug, email, PHRASE)).await
}

/// The newest code that was sent to an address.
fn code_to(house: &House, email: &str) -> String {
    let sent = house.given.store.messages_to(email);
    let mut codes = sent.into_iter().filter_map(|message| match message {
        Message::SignUpCode { code, .. } => Some(code),
        _ => None,
    });
    codes.next_back().unwrap()
}

pub(crate) async fn stranger_makes(browser: &Browser<'_>, slug: &str) -> FoundedWorkspace {
    let view = begin(browser, slug, NEW).await.unwrap();
    let code = code_to(browser.house, NEW);
    let foundings = browser.house.auth.foundings();
    foundings.prove(&browser.caller, view.id, &code).await.unwrap()
}

#[tokio::test]
async fn c8_a_stranger_proves_a_mailbox_and_becomes_owner() {
    let house = House::new().await;
    let browser = house.browser();
    let view = begin(&browser, "beta", NEW).await.unwrap();
    assert!(!view.proved);
    let slug = Slug::parse("beta").unwrap();
    let store = &house.given.store;
    assert_eq!(store.find_by_slug(&slug).await.unwrap(), None, "nothing is made yet");
    let foundings = house.auth.foundings();
    let made = foundings
        .prove(&browser.caller, view.id, &code_to(&house, NEW))
        .await
        .unwrap();
    assert_eq!(made.arrive_at, "https://beta.help.example/workspaces/arrive");
    let kept = store.find_by_slug(&slug).await.unwrap().unwrap();
    assert_eq!((kept.id, kept.name.as_str()), (view.id, "Beta Help"));
    let owner = house.person(NEW);
    assert_eq!(
        (owner.workspace, owner.role, owner.name.as_str()),
        (kept.id, Role::Owner, "Jo Doe")
    );
    assert!(owner.has_password && owner.emails[0].verified_at.is_some());
    assert_eq!(
        house.audited(AuditAction::WorkspaceCreated),
        2,
        "the one of the house, and this one"
    );
    // Sent twice: it is made once.
    let again = foundings.prove(&browser.caller, view.id, &code_to(&house, NEW)).await;
    assert!(matches!(again, Err(FoundWorkspaceError::Over)), "{again:?}");
}

#[tokio::test]
async fn c8_an_address_goes_to_whoever_proves_a_mailbox_first() {
    let house = House::new().await;
    let (one, other) = (house.browser(), house.browser());
    let foundings = house.auth.foundings();
    let first = begin(&one, "beta", "one@example.com").await.unwrap();
    let second = begin(&other, "beta", "other@example.com").await.unwrap();
    let code = code_to(&house, "other@example.com");
    foundings.prove(&other.caller, second.id, &code).await.unwrap();
    let code = code_to(&house, "one@example.com");
    let late = foundings.prove(&one.caller, first.id, &code).await;
    assert!(matches!(late, Err(FoundWorkspaceError::Taken)), "{late:?}");
    // The mailbox is proved, so another address is all that is asked.
    assert!(foundings.view(&one.caller, first.id).await.unwrap().unwrap().proved);
    for (taken, is) in [("b-eta", true), ("beta", true), ("gamma", false)] {
        let said = foundings.found(&one.caller, first.id, wanted(taken)).await;
        assert_eq!(matches!(said, Err(FoundWorkspaceError::Taken)), is, "{taken}: {said:?}");
    }
    let like = begin(&house.browser(), "be-ta", "third@example.com").await;
    assert!(matches!(like, Err(FoundWorkspaceError::Taken)), "it looks like beta");
}

#[tokio::test]
async fn c8_only_the_browser_that_began_goes_on_and_codes_are_counted() {
    let house = House::new().await;
    let (browser, thief) = (house.browser(), house.browser());
    let view = begin(&browser, "beta", NEW).await.unwrap();
    let code = code_to(&house, NEW);
    let foundings = house.auth.foundings();
    let stolen = foundings.prove(&thief.caller, view.id, &code).await;
    assert!(matches!(stolen, Err(FoundWorkspaceError::Over)), "{stolen:?}");
    assert_eq!(foundings.view(&thief.caller, view.id).await.unwrap(), None);
    let unproved = foundings.found(&browser.caller, view.id, wanted("beta")).await;
    assert!(
        matches!(unproved, Err(FoundWorkspaceError::Over)),
        "the mailbox is not proved"
    );
    for left in (0..5).rev() {
        let wrong = foundings.prove(&browser.caller, view.id, "2222222").await;
        assert!(
            matches!(wrong, Err(FoundWorkspaceError::CodeWrong { tries_left }) if tries_left == left),
            "{wrong:?}"
        );
    }
    let right = foundings.prove(&browser.caller, view.id, &code).await;
    assert!(
        matches!(right, Err(FoundWorkspaceError::Over)),
        "out of tries: {right:?}"
    );
}

#[tokio::test]
async fn c8_another_code_can_be_sent_and_the_one_before_stays_good() {
    let house = House::new().await;
    let browser = house.browser();
    let view = begin(&browser, "beta", NEW).await.unwrap();
    let first = code_to(&house, NEW);
    let foundings = house.auth.foundings();
    let soon = foundings.send_again(&browser.caller, view.id).await;
    assert!(
        matches!(soon, Err(FoundWorkspaceError::TooMany { retry_at: Some(_) })),
        "{soon:?}"
    );
    house.wait(31);
    foundings.send_again(&browser.caller, view.id).await.unwrap();
    assert_eq!(house.given.store.messages_to(NEW).len(), 2);
    foundings.prove(&browser.caller, view.id, &first).await.unwrap();
}

#[tokio::test]
async fn c8_what_took_too_long_is_over() {
    let house = House::new().await;
    let browser = house.browser();
    let view = begin(&browser, "beta", NEW).await.unwrap();
    let code = code_to(&house, NEW);
    house.wait(601);
    let foundings = house.auth.foundings();
    let late = foundings.prove(&browser.caller, view.id, &code).await;
    assert!(matches!(late, Err(FoundWorkspaceError::CodeExpired)), "{late:?}");
    house.wait(1_200);
    assert_eq!(foundings.view(&browser.caller, view.id).await.unwrap(), None);
}

#[tokio::test]
async fn r89_a_network_and_an_address_make_so_many_a_day() {
    let house = House::new().await;
    for n in 0..3 {
        let browser = house.browser().on_network(&format!("198.51.100.{n}"));
        stranger_makes(&browser, &format!("beta-{}", ["red", "blue", "green"][n])).await;
        house.wait(1_000);
    }
    let browser = house.browser();
    let view = begin(&browser, "fourth", NEW).await.unwrap();
    let foundings = house.auth.foundings();
    let fourth = foundings.prove(&browser.caller, view.id, &code_to(&house, NEW)).await;
    assert!(matches!(fourth, Err(FoundWorkspaceError::TooMany { .. })), "{fourth:?}");
    let busy = house.browser().on_network("203.0.113.9");
    for n in 0..20 {
        let email = format!("somebody{n}@example.com");
        begin(&busy, "another-one", &email).await.unwrap();
    }
    let too_many = begin(&busy, "another-one", "somebody21@example.com").await;
    assert!(
        matches!(too_many, Err(FoundWorkspaceError::TooMany { .. })),
        "{too_many:?}"
    );
}

#[tokio::test]
async fn r1_a_password_that_will_not_do_sends_nothing() {
    let house = House::new().await;
    let browser = house.browser();
    let foundings = house.auth.foundings();
    let said = foundings.begin(&browser.caller, request("beta", NEW, "short")).await;
    assert!(matches!(said, Err(FoundWorkspaceError::Password(_))), "{said:?}");
    assert!(house.given.store.messages_to(NEW).is_empty());
}

#[tokio::test]
async fn c8_once_the_mailbox_is_proved_no_further_code_goes_out() {
    let house = House::new().await;
    let browser = house.browser();
    let view = begin(&browser, "beta", NEW).await.unwrap();
    let code = code_to(&house, NEW);
    let foundings = house.auth.foundings();
    foundings.prove(&browser.caller, view.id, &code).await.unwrap();
    house.wait(31);
    let said = foundings.send_again(&browser.caller, view.id).await;
    assert!(matches!(said, Err(FoundWorkspaceError::Over)), "{said:?}");
    let codes = house.kinds_to(NEW);
    assert_eq!(codes.len(), 1, "{codes:?}");
}
