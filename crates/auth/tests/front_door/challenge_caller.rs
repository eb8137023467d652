//! C10: staff challenges somebody who calls.

use doorward_auth::people::challenge_caller::{CallerError, ChallengeBy};
use doorward_domain::audit::AuditAction;
use doorward_domain::caller_challenge::{CallerAction, CallerState};
use doorward_domain::mail::Message;
use doorward_domain::ports::ChallengeTried;
use doorward_domain::role::Role;
use doorward_domain::testing::Person;

use crate::callers::{JO, acting, begin, by_mail, staff, try_code};
use crate::house::{House, other_than};

const SET: CallerAction = CallerAction::SetPassword;

#[tokio::test]
async fn c10_the_code_goes_to_the_caller_only_and_says_what_it_is_for() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let (challenge, code) = by_mail(&house, &admin, &jo, SET).await;
    assert_eq!(house.kinds_to(JO), ["caller-code"]);
    assert!(house.kinds_to("admin@acme.example").is_empty());
    assert!(matches!(
        house.given.store.messages_to(JO).pop(),
        Some(Message::CallerCode { action: SET, .. })
    ));
    assert!(
        !format!("{challenge:?}").contains(&code),
        "nothing of it is told to staff"
    );
    assert_eq!(house.audited(AuditAction::CallerChallengeBegun), 1);
    let tried = try_code(&house, &admin, &jo, challenge.id, &code.to_lowercase()).await;
    assert_eq!(tried.unwrap(), ChallengeTried::Proved);
    assert_eq!(house.audited(AuditAction::CallerChallengeProved), 1);
}

#[tokio::test]
async fn c10_r22_five_wrong_codes_end_it_and_a_late_one_is_none() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let (challenge, code) = by_mail(&house, &admin, &jo, SET).await;
    for left in [4, 3, 2, 1, 0] {
        let tried = try_code(&house, &admin, &jo, challenge.id, &other_than(&code)).await;
        assert_eq!(tried.unwrap(), ChallengeTried::Wrong(left));
    }
    let tried = try_code(&house, &admin, &jo, challenge.id, &code).await;
    assert_eq!(tried.unwrap(), ChallengeTried::Closed);
    assert_eq!(house.audited(AuditAction::CallerChallengeFailed), 5);

    let (challenge, code) = by_mail(&house, &admin, &jo, SET).await;
    house.wait(600);
    let tried = try_code(&house, &admin, &jo, challenge.id, &code).await;
    assert_eq!(tried.unwrap(), ChallengeTried::Closed);
}

#[tokio::test]
async fn c10_another_member_of_staff_cannot_use_it_and_does_not_see_it() {
    let house = House::new().await;
    let (jo, sam) = (house.given.customer(JO), house.given.customer("sam@example.com"));
    let one = staff(&house, "one@acme.example", Role::Admin);
    let other = staff(&house, "other@acme.example", Role::Admin);
    let (challenge, code) = by_mail(&house, &one, &jo, SET).await;
    for (acting, user) in [(&other, &jo), (&one, &sam)] {
        let tried = try_code(&house, acting, user, challenge.id, &code).await;
        assert!(matches!(tried, Err(CallerError::NobodyThere)), "{tried:?}");
    }
    let workspace = &house.given.workspace;
    let seen = house.auth.callers().look(&other, workspace, jo.id, challenge.id).await;
    assert_eq!(seen.unwrap(), None);
}

#[tokio::test]
async fn r97_c10_nobody_does_it_to_those_above_to_themself_or_without_the_permission() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let agent = staff(&house, "agent@acme.example", Role::Agent);
    staff(&house, "owner@acme.example", Role::Owner);
    let owner = house.person("owner@acme.example");
    let oneself = house.person("admin@acme.example");
    let session = ChallengeBy::Session;
    let said = begin(&house, &admin, &owner, SET, session).await;
    assert!(matches!(said, Err(CallerError::OutOfReach)), "{said:?}");
    let said = begin(&house, &admin, &oneself, SET, session).await;
    assert!(matches!(said, Err(CallerError::Oneself)), "{said:?}");
    let said = begin(&house, &agent, &jo, SET, session).await;
    assert!(matches!(said, Err(CallerError::NotPermitted)), "{said:?}");
    let said = begin(&house, &admin, &jo, SET, ChallengeBy::Delay).await;
    assert!(
        matches!(said, Err(CallerError::NotPermitted)),
        "going without is the owner's: {said:?}"
    );
    assert!(
        begin(&house, &acting(&owner), &jo, SET, ChallengeBy::Delay)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn c10_going_without_is_told_to_every_mailbox_and_can_be_taken_back() {
    let house = House::new().await;
    let (jo, owner) = (
        house.given.customer(JO),
        staff(&house, "owner@acme.example", Role::Owner),
    );
    let challenge = begin(&house, &owner, &jo, SET, ChallengeBy::Delay).await.unwrap();
    assert_eq!(house.kinds_to(JO), ["caller-notice"]);
    let (callers, workspace) = (house.auth.callers(), &house.given.workspace);
    assert_eq!(challenge.state(house.auth.now()), CallerState::Waiting);
    let admin = staff(&house, "admin@acme.example", Role::Admin);
    assert!(callers.cancel(&admin, workspace, (jo.id, challenge.id)).await.unwrap());
    assert!(!callers.cancel(&admin, workspace, (jo.id, challenge.id)).await.unwrap());
    assert_eq!(house.kinds_to(JO), ["caller-notice", "caller-notice"]);
    assert_eq!(house.audited(AuditAction::CallerChallengeCancelled), 1);
}

#[tokio::test]
async fn r112_mails_to_one_address_have_a_budget() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let email = jo.emails[0].id;
    let mut said = Vec::new();
    for _ in 0..12 {
        said.push(begin(&house, &admin, &jo, SET, ChallengeBy::Mailbox(email)).await);
    }
    assert!(
        said.iter()
            .any(|said| matches!(said, Err(CallerError::TryLater { .. })))
    );
}

/// The attack: somebody put an address of their own on the account, never proved it, and calls.
#[tokio::test]
async fn c10_a_code_goes_to_a_proved_mailbox_of_that_very_person_or_nowhere() {
    let house = House::new().await;
    let admin = staff(&house, "admin@acme.example", Role::Admin);
    let sam = house.given.customer("sam@example.com");
    let person = Person::customer(house.given.workspace.id, JO).also("mallory@example.com", false);
    let jo = house.given.person(person);
    let unproved = jo.emails.iter().find(|email| email.verified_at.is_none()).unwrap();
    for mailbox in [unproved.id, sam.emails[0].id] {
        let said = begin(&house, &admin, &jo, SET, ChallengeBy::Mailbox(mailbox)).await;
        assert!(matches!(said, Err(CallerError::NoMailbox)), "{said:?}");
    }
    for address in ["mallory@example.com", "sam@example.com"] {
        assert_eq!(house.kinds_to(address), [""; 0]);
    }
}

#[tokio::test]
async fn c10_nothing_is_begun_about_somebody_who_reads_no_mail_or_is_deleted() {
    let house = House::new().await;
    let owner = staff(&house, "owner@acme.example", Role::Owner);
    let workspace = &house.given.workspace;
    let mut contact = Person::customer(workspace.id, "noah@example.com");
    contact.user.emails.clear();
    let noah = house.given.person(contact);
    let said = begin(&house, &owner, &noah, SET, ChallengeBy::Delay).await;
    assert!(
        matches!(said, Err(CallerError::NoMailbox)),
        "nobody would hear of it: {said:?}"
    );
    let jo = house.given.customer(JO);
    house.auth.departures().delete(&owner, workspace, jo.id).await.unwrap();
    for by in [ChallengeBy::Session, ChallengeBy::Delay] {
        let said = begin(&house, &owner, &jo, SET, by).await;
        assert!(matches!(said, Err(CallerError::NobodyThere)), "{said:?}");
    }
}
