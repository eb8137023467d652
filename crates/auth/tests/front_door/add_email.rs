//! A5, R47, R48: adding a further address, and sending its proof again.

use doorward_auth::account::add_email::AddedEmail;
use doorward_domain::audit::AuditAction;
use doorward_domain::mail::{EmailNotice, Message};
use doorward_domain::reason::PublicReason;
use doorward_domain::session::SessionView;
use doorward_domain::testing::{PASSWORD, Person, address};

use crate::house::{Browser, House, refused, sent, signed_in};

const EMAIL: &str = "jo@example.com";
const FURTHER: &str = "jo.two@example.net";

pub(crate) async fn add(browser: &Browser<'_>, session: &SessionView, email: &str) -> AddedEmail {
    let (account, workspace) = (browser.house.auth.account(), &browser.house.given.workspace);
    let proof = browser.fresh(session);
    account
        .add_email(&browser.caller, workspace, proof, address(email))
        .await
        .unwrap()
}

async fn resend(browser: &Browser<'_>, session: &SessionView, email: &str) -> AddedEmail {
    let (account, workspace) = (browser.house.auth.account(), &browser.house.given.workspace);
    let id = id_of(browser.house, email);
    account
        .resend_email_proof(&browser.caller, workspace, session.user, id)
        .await
        .unwrap()
}

pub(crate) fn id_of(house: &House, email: &str) -> doorward_domain::ids::EmailId {
    house.person(email).email(&address(email).key()).unwrap().id
}

fn is_sent(added: &AddedEmail) -> bool {
    matches!(added, AddedEmail::Sent { .. })
}

#[tokio::test]
async fn r47_it_is_there_at_once_signs_nobody_in_and_the_proved_ones_are_told() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, EMAIL)
        .also("second@example.com", true)
        .also("claimed@example.com", false);
    house.given.person(person);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let added = add(&browser, &session, FURTHER).await;
    assert_eq!(
        added,
        AddedEmail::Sent {
            masked: address(FURTHER).masked()
        }
    );
    assert!(
        house
            .person(EMAIL)
            .email(&address(FURTHER).key())
            .unwrap()
            .verified_at
            .is_none()
    );
    assert_eq!(house.kinds_to(FURTHER), ["email-proof"]);
    for (email, told) in [(EMAIL, 1), ("second@example.com", 1), ("claimed@example.com", 0)] {
        let of_it = |message: &Message| {
            matches!(
                message,
                Message::EmailChanged {
                    change: EmailNotice::Added,
                    days: 7,
                    ..
                }
            )
        };
        let messages = house.given.store.messages_to(email);
        assert_eq!(
            messages.iter().filter(|message| of_it(message)).count(),
            told,
            "{email}"
        );
    }
    assert_eq!(house.audited(AuditAction::EmailAdded), 1);
    let refusal = refused(browser.password(FURTHER, PASSWORD).await);
    assert_eq!(refusal.reason, PublicReason::InvalidCredentials);
}

#[tokio::test]
async fn b16_the_screen_says_the_same_of_an_address_that_is_somebody_elses_and_the_mailbox_gets_no_link() {
    for primary in [true, false] {
        let house = House::new().await;
        house.given.customer(EMAIL);
        let id = house.given.workspace.id;
        if primary {
            house.given.customer(FURTHER);
        } else {
            house
                .given
                .person(Person::customer(id, "mia@example.com").also(FURTHER, true));
        }
        let browser = house.browser();
        let session = browser.enter(EMAIL).await.session;
        let added = add(&browser, &session, FURTHER).await;
        assert_eq!(
            added,
            AddedEmail::Sent {
                masked: address(FURTHER).masked()
            }
        );
        assert_eq!(house.kinds_to(FURTHER), ["email-belongs-elsewhere"]);
        let links = house.given.store.links();
        assert!(
            !links
                .iter()
                .any(|link| link.purpose == doorward_domain::one_time::LinkPurpose::VerifyEmail),
            "no link that could be guessed"
        );
        house.wait(100);
        assert!(is_sent(&resend(&browser, &session, FURTHER).await));
        assert_eq!(
            house.kinds_to(FURTHER),
            ["email-belongs-elsewhere", "email-belongs-elsewhere"]
        );
        let owner = house.browser();
        signed_in(owner.password(FURTHER, PASSWORD).await);
    }
}

#[tokio::test]
async fn r48_a_claim_never_blocks_the_owner_who_signs_up_or_asks_for_a_code() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    assert!(is_sent(&add(&browser, &session, FURTHER).await));
    let proof = browser.token_of_last("email-proof", FURTHER);
    house.wait(100);
    let owner = house.browser();
    let flow = match owner.sign_up("Owner", FURTHER, PASSWORD).await {
        doorward_auth::account::sign_up::SignUpOutcome::Attempt(outcome) => sent(outcome).flow,
        other @ doorward_auth::account::sign_up::SignUpOutcome::PasswordProblems(_) => panic!("{other:?}"),
    };
    let code = house.given.store.last_code_to(FURTHER).unwrap();
    let purpose = doorward_domain::sign_in::FlowPurpose::SignUp;
    let entered = signed_in(owner.redeem_for(flow, purpose, &code).await);
    assert_ne!(entered.session.user, session.user);
    signed_in(owner.password(FURTHER, PASSWORD).await);
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let late = account.verify_email(&browser.caller, workspace, &proof).await.unwrap();
    assert_eq!(
        late,
        doorward_auth::account::verify_email::VerifiedEmail::TakenElsewhere
    );
}

#[tokio::test]
async fn what_is_ones_own_is_not_added_twice_and_an_account_has_a_most() {
    let house = House::limited(|limits| limits.emails_per_account = 2).await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    assert_eq!(
        add(&browser, &session, "JO@example.com").await,
        AddedEmail::AlreadyYours
    );
    assert!(is_sent(&add(&browser, &session, FURTHER).await));
    assert_eq!(add(&browser, &session, "three@example.net").await, AddedEmail::TooMany);
    assert!(house.kinds_to("three@example.net").is_empty());
}

#[tokio::test]
async fn r27_r112_proofs_wait_and_have_the_budget_of_the_mailbox() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    assert!(is_sent(&add(&browser, &session, FURTHER).await));
    let later = resend(&browser, &session, FURTHER).await;
    assert!(matches!(later, AddedEmail::TryLater { retry_at: Some(_) }), "{later:?}");
    let mut sent = 1;
    for _ in 0..5 {
        house.wait(61);
        if is_sent(&resend(&browser, &session, FURTHER).await) {
            sent += 1;
        }
    }
    assert_eq!(sent, 3, "three in a quarter of an hour");
    assert_eq!(house.kinds_to(FURTHER).len(), 3);
}

#[tokio::test]
async fn a_proof_sent_again_leaves_the_links_on_their_way_good_also_those_to_other_addresses() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let all = ["a@example.net", "b@example.net", "c@example.net", "d@example.net"];
    for email in all {
        assert!(is_sent(&add(&browser, &session, email).await));
    }
    house.wait(100);
    assert!(is_sent(&resend(&browser, &session, all[3]).await));
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    for email in all {
        let first = &browser.tokens_of("email-proof", email)[0];
        let page = account.look_at_verification(workspace, first).await.unwrap();
        assert!(
            matches!(
                page,
                doorward_auth::account::verify_email::VerifyEmailPage::Confirm { .. }
            ),
            "{email}"
        );
    }
}

#[tokio::test]
async fn a_proved_or_a_strangers_address_is_not_proved_again() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.given.customer("mia@example.com");
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    assert_eq!(resend(&browser, &session, EMAIL).await, AddedEmail::Gone);
    assert_eq!(resend(&browser, &session, "mia@example.com").await, AddedEmail::Gone);
    assert!(house.kinds_to("mia@example.com").is_empty());
}
