//! B15, R106, SD6: the door that no setting closes.

use std::sync::Arc;

use doorward_auth::SignInOutcome;
use doorward_domain::audit::AuditAction;
use doorward_domain::mail::{EmergencyDoor, Message};
use doorward_domain::policy::{MockSignInPolicy, PolicyName, PolicySet, Verdict};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::Role;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::sign_in::Step;
use doorward_domain::testing::{PASSWORD, Person, backup_code};

use crate::house::{House, refused, second_step, signed_in};

const ADMIN: &str = "ada@example.com";

fn everything_off(settings: &mut SecuritySettings) {
    for audience in [&mut settings.customers, &mut settings.staff] {
        audience.password = false;
        audience.email_code = false;
        audience.passkey = false;
        audience.two_factor_required = true;
    }
}

fn denies_everything() -> PolicySet {
    let mut policy = MockSignInPolicy::new();
    policy.expect_name().return_const(PolicyName::new("never"));
    policy
        .expect_evaluate()
        .return_const(Verdict::Deny(PublicReason::MethodOff));
    PolicySet::new(vec![Arc::new(policy)])
}

fn announced(house: &House, to: &str) -> usize {
    let messages = house.given.store.messages_to(to);
    let of_the_door = |message: &&Message| {
        matches!(
            message,
            Message::EmergencyDoor {
                door: EmergencyDoor::BackupSignIn,
                ..
            }
        )
    };
    messages.iter().filter(of_the_door).count()
}

#[tokio::test]
async fn b15_it_opens_with_every_method_off_and_a_policy_that_denies_and_still_asks_for_the_second_factor() {
    let house = House::with(everything_off, denies_everything()).await;
    let id = house.given.workspace.id;
    let admin = Person::customer(id, ADMIN)
        .role(Role::Admin)
        .with_app()
        .with_backup_codes(10);
    house.given.person(admin);
    let browser = house.browser();
    refused(browser.password(ADMIN, PASSWORD).await);
    let needed = second_step(browser.backup_login(ADMIN, PASSWORD).await);
    assert_eq!(needed.step, Step::SecondFactor);
    assert!(house.given.store.sessions().is_empty());
    let entered = signed_in(browser.second(needed.flow, &house.app_code(0)).await);
    assert_eq!(entered.session.role, Role::Admin);
    house.wait(60);
    let needed = second_step(browser.backup_login(ADMIN, PASSWORD).await);
    signed_in(browser.second(needed.flow, &backup_code(0).expose()).await);
}

#[tokio::test]
async fn sd6_all_who_run_the_workspace_are_told_as_soon_as_the_password_is_right() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    house
        .given
        .person(Person::customer(id, ADMIN).role(Role::Admin).with_app());
    house.given.owner("olga@example.com");
    house.given.agent("agent@example.com");
    house.given.customer("jo@example.com");
    house
        .given
        .person(Person::customer(id, "gone@example.com").role(Role::Admin).disabled());
    let browser = house.browser();
    refused(browser.backup_login(ADMIN, "wrong password here").await);
    assert_eq!(announced(&house, "olga@example.com"), 0);
    second_step(browser.backup_login(ADMIN, PASSWORD).await);
    let told = [
        "olga@example.com",
        ADMIN,
        "agent@example.com",
        "jo@example.com",
        "gone@example.com",
    ];
    assert_eq!(told.map(|to| announced(&house, to)), [1, 1, 0, 0, 0]);
    assert_eq!(house.audited(AuditAction::BackupSignIn), 1);
}

#[tokio::test]
async fn b15_whoever_does_not_run_the_workspace_is_told_what_a_wrong_password_is_told_after_the_same_work() {
    let house = House::new().await;
    house.given.agent("agent@example.com");
    house.given.customer("jo@example.com");
    house.given.owner("olga@example.com");
    let id = house.given.workspace.id;
    house
        .given
        .person(Person::customer(id, "gone@example.com").role(Role::Admin).disabled());
    let mut answers = Vec::new();
    for (email, password, private) in [
        ("agent@example.com", PASSWORD, PrivateReason::BackupDoorRole),
        ("jo@example.com", PASSWORD, PrivateReason::BackupDoorRole),
        ("olga@example.com", "wrong password here", PrivateReason::WrongPassword),
        ("nobody@example.com", PASSWORD, PrivateReason::UnknownAddress),
        ("gone@example.com", PASSWORD, PrivateReason::UserDisabled),
    ] {
        let before = house.hasher.checks();
        let refusal = refused(house.browser().backup_login(email, password).await);
        assert_eq!(house.hasher.checks() - before, 1, "{email}");
        assert_eq!(house.private_of_last_receipt(), private, "{email}");
        answers.push((refusal.reason, refusal.retry_at, refusal.flow, refusal.tries_left));
    }
    answers.dedup();
    assert_eq!(answers, [(PublicReason::InvalidCredentials, None, None, None)]);
    assert_eq!(announced(&house, "olga@example.com"), 0);
    assert_eq!(house.audited(AuditAction::BackupSignIn), 0);
}

#[tokio::test]
async fn r106_it_opens_with_mail_down_for_an_owner_whose_mailbox_nobody_proved() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    house
        .given
        .person(Person::customer(id, "olga@example.com").role(Role::Owner).unproved());
    signed_in(house.browser().backup_login("olga@example.com", PASSWORD).await);
}

#[tokio::test]
async fn sd6_whoever_comes_in_without_a_second_factor_is_led_to_set_one_up() {
    let house = House::new().await;
    house.given.owner("olga@example.com");
    let entered = signed_in(house.browser().backup_login("olga@example.com", PASSWORD).await);
    assert_eq!(entered.return_to.as_str(), "/account/security/two-factor");
}

#[tokio::test]
async fn b15_where_a_second_factor_is_required_and_none_is_there_it_is_set_up_on_the_way_in() {
    let house = House::with(everything_off, PolicySet::default()).await;
    house.given.owner("olga@example.com");
    let needed = second_step(house.browser().backup_login("olga@example.com", PASSWORD).await);
    assert_eq!(needed.step, Step::EnrolSecondFactor);
}

#[tokio::test]
async fn r95_the_budgets_are_those_of_the_front_door() {
    let house = House::new().await;
    house.given.owner("olga@example.com");
    let browser = house.browser();
    for _ in 0..3 {
        refused(browser.backup_login("olga@example.com", "wrong password here").await);
    }
    for _ in 0..2 {
        refused(browser.password("olga@example.com", "wrong password here").await);
    }
    let refusal = refused(browser.backup_login("olga@example.com", PASSWORD).await);
    assert_eq!(refusal.reason, PublicReason::TryLater);
    house.wait(30);
    assert!(matches!(
        browser.backup_login("olga@example.com", PASSWORD).await,
        SignInOutcome::SignedIn(_)
    ));
}

#[tokio::test]
async fn r47_a_further_address_that_nobody_proved_opens_nothing_here_either() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    let olga = Person::customer(id, "olga@example.com")
        .role(Role::Owner)
        .also("claimed@example.com", false);
    house.given.person(olga);
    let refusal = refused(house.browser().backup_login("claimed@example.com", PASSWORD).await);
    assert_eq!(refusal.reason, PublicReason::InvalidCredentials);
    assert!(house.given.store.sessions().is_empty());
}
