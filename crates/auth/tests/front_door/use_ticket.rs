//! C8: tickets carry somebody from one host to another: once, for a minute, for one purpose, in one workspace.

use doorward_auth::SignInError;
use doorward_auth::workspace::found_workspace::FoundWorkspaceError;
use doorward_auth::workspace::use_ticket::Arrival;
use doorward_domain::audit::AuditAction;
use doorward_domain::method::Method;
use doorward_domain::role::Role;
use doorward_domain::secret::{Password, RawToken};
use doorward_domain::testing::{PASSWORD, Person, SeededEntropy};
use doorward_domain::user::User;

use crate::found_workspace::{stranger_makes, wanted};
use crate::house::{Browser, House, signed_in};

const JO: &str = "jo@example.com";

async fn ticket(browser: &Browser<'_>, user: &User) -> Result<RawToken, FoundWorkspaceError> {
    let house = browser.house;
    let foundings = house.auth.foundings();
    foundings.ticket(&browser.caller, &house.given.workspace, user.id).await
}

#[tokio::test]
async fn c8_a_customer_becomes_owner_there_and_stays_customer_here() {
    let house = House::new().await;
    let jo = house.given.customer(JO);
    let (at_acme, at_base) = (house.browser(), house.browser());
    let token = ticket(&at_acme, &jo).await.unwrap();
    let foundings = house.auth.foundings();
    let acme = &house.given.workspace;
    let id = foundings.present(&at_base.caller, acme, &token).await.unwrap();
    let view = foundings.view(&at_base.caller, id).await.unwrap().unwrap();
    assert!(view.proved, "their mailbox is proved already");
    let made = foundings.found(&at_base.caller, id, wanted("beta")).await.unwrap();
    let people: Vec<User> = house.given.store.people();
    let owner = people
        .iter()
        .find(|person| person.workspace == made.workspace.id)
        .unwrap();
    assert_eq!(
        (owner.role, owner.has_password),
        (Role::Owner, false),
        "the password is not copied"
    );
    let here = people.iter().find(|person| person.id == jo.id).unwrap();
    assert_eq!((here.role, here.workspace), (Role::Customer, acme.id));
    assert_eq!(
        house.audited(AuditAction::WorkspaceFounded),
        1,
        "told where they come from"
    );
    assert_eq!(
        house.audited(AuditAction::WorkspaceCreated),
        2,
        "the house's own, and theirs"
    );
    assert_eq!(house.kinds_to(JO), ["invite"]);

    // They arrive with a ticket, and choose a password; the old one opens nothing there.
    let there = house.browser();
    let arrived = foundings
        .arrive(&there.caller, &made.workspace, &made.ticket)
        .await
        .unwrap();
    let Arrival::ChoosePassword(flow) = arrived else {
        panic!("{arrived:?}")
    };
    let recovery = house.auth.recovery();
    let chosen = Password::parse("nine loud trumpets").unwrap();
    let set = recovery
        .set_recovered_password(&there.caller, &made.workspace, flow, chosen)
        .await;
    assert_eq!(set.unwrap(), doorward_auth::recovery::recover::RecoveredPassword::Set);
    let request = |password: &str| doorward_auth::sign_in::with_password::PasswordSignIn {
        workspace: made.workspace.clone(),
        address: doorward_domain::testing::address(JO),
        password: Password::parse(password).unwrap(),
        return_to: doorward_domain::return_to::ReturnTo::default(),
    };
    let sign_in = house.auth.sign_in();
    crate::house::refused(sign_in.with_password(&there.caller, request(PASSWORD)).await.unwrap());
    signed_in(
        sign_in
            .with_password(&there.caller, request("nine loud trumpets"))
            .await
            .unwrap(),
    );
}

#[tokio::test]
async fn c8_whoever_chose_a_password_arrives_signed_in_once() {
    let house = House::new().await;
    let made = stranger_makes(&house.browser(), "beta").await;
    let foundings = house.auth.foundings();
    let there = house.browser();
    let elsewhere = foundings
        .arrive(&there.caller, &house.given.workspace, &made.ticket)
        .await;
    assert!(
        matches!(elsewhere.unwrap(), Arrival::Gone),
        "it is of another workspace"
    );
    let presented = foundings.present(&there.caller, &made.workspace, &made.ticket).await;
    assert!(
        matches!(presented, Err(FoundWorkspaceError::Over)),
        "it is for another purpose"
    );
    let arrived = foundings
        .arrive(&there.caller, &made.workspace, &made.ticket)
        .await
        .unwrap();
    let Arrival::SignIn(outcome) = arrived else {
        panic!("{arrived:?}")
    };
    let entered = signed_in(*outcome);
    assert_eq!(
        (entered.session.user, entered.session.method),
        (made.owner, Method::Password)
    );
    let replayed = foundings.arrive(&there.caller, &made.workspace, &made.ticket).await;
    assert!(matches!(replayed.unwrap(), Arrival::Gone));
}

#[tokio::test]
async fn c8_a_ticket_lives_a_minute_and_is_used_once() {
    let house = House::new().await;
    let jo = house.given.customer(JO);
    let browser = house.browser();
    let foundings = house.auth.foundings();
    let acme = &house.given.workspace;
    let late = ticket(&browser, &jo).await.unwrap();
    house.wait(60);
    let said = foundings.present(&browser.caller, acme, &late).await;
    assert!(matches!(said, Err(FoundWorkspaceError::Over)), "{said:?}");
    let token = ticket(&browser, &jo).await.unwrap();
    let wrong_purpose = foundings.arrive(&browser.caller, acme, &token).await.unwrap();
    assert!(matches!(wrong_purpose, Arrival::Gone), "it signs nobody in");
    let id = foundings.present(&browser.caller, acme, &token).await.unwrap();
    let twice = foundings.present(&house.browser().caller, acme, &token).await;
    assert!(matches!(twice, Err(FoundWorkspaceError::Over)), "{twice:?}");
    assert_eq!(
        foundings.view(&house.browser().caller, id).await.unwrap(),
        None,
        "another browser"
    );
}

#[tokio::test]
async fn c8_only_whoever_is_in_and_proved_gets_one() {
    let house = House::new().await;
    let unproved = Person::customer(house.given.workspace.id, "claims@example.com").unproved();
    let unproved = house.given.person(unproved);
    let said = ticket(&house.browser(), &unproved).await;
    assert!(matches!(said, Err(FoundWorkspaceError::NoProvedAddress)), "{said:?}");
    let disabled = house.given.disabled("gone@example.com");
    let said = ticket(&house.browser(), &disabled).await;
    assert!(matches!(said, Err(FoundWorkspaceError::Over)), "{said:?}");
}

#[tokio::test]
async fn r95_tickets_are_not_guessed_without_end() {
    let house = House::new().await;
    let browser = house.browser();
    let (foundings, acme) = (house.auth.foundings(), &house.given.workspace);
    let most = house.auth.config().limits.tries_per_network_per_minute;
    let token = RawToken::generate(&SeededEntropy::new(7));
    for _ in 0..most {
        let said = foundings.arrive(&browser.caller, acme, &token).await.unwrap();
        assert!(matches!(said, Arrival::Gone));
    }
    let said = foundings.arrive(&browser.caller, acme, &token).await;
    assert!(
        matches!(said, Err(SignInError::TooManyTries { wait: Some(_) })),
        "{said:?}"
    );
}
