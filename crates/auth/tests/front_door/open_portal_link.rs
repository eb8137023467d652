//! B4, B5, R40, R41: opening a personal portal link.

use doorward_auth::Acting;
use doorward_auth::portal::Whom;
use doorward_auth::portal::create_portal_link::PortalLinkRequest;
use doorward_auth::sign_in::open_portal_link::{OpenedPortalLink, PortalPage};
use doorward_auth::{CodeSent, SignInOutcome};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::mail::Message;
use doorward_domain::policy::PolicySet;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::testing::{Given, Person, SeededEntropy};

use crate::create_portal_link::{create, token_of};
use crate::house::{Browser, House, sent as code_sent, signed_in};

async fn press(browser: &Browser<'_>, token: &RawToken) -> OpenedPortalLink {
    let (portal_links, workspace) = (browser.house.auth.portal_links(), &browser.house.given.workspace);
    portal_links.open(&browser.caller, workspace, token).await.unwrap()
}

async fn sent(browser: &Browser<'_>, token: &RawToken) -> CodeSent {
    match press(browser, token).await {
        OpenedPortalLink::Code {
            outcome: SignInOutcome::CodeSent(sent),
            ..
        } => sent,
        other => panic!("no code: {other:?}"),
    }
}

async fn look(house: &House, token: &RawToken) -> PortalPage {
    let portal_links = house.auth.portal_links();
    portal_links.look(&house.given.workspace, token).await.unwrap()
}

#[tokio::test]
async fn b4_the_link_identifies_and_the_code_signs_in_where_the_link_leads() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let made = create(&house, Whom::Id(jo.id), "/tickets/42", None).await.unwrap();
    let token = token_of(&made);
    let PortalPage::Ready {
        user,
        masked,
        return_to,
    } = look(&house, &token).await
    else {
        panic!("the link is dead");
    };
    assert_eq!((user, masked.as_str()), (jo.id, "j•••@e•••.com"));
    assert_eq!(return_to.as_str(), "/tickets/42");
    let browser = house.browser();
    let code = sent(&browser, &token).await;
    assert_eq!(code.masked, "j•••@e•••.com");
    assert!(house.given.store.sessions().is_empty(), "a link opens no session");
    let receipt = house.given.store.receipts().pop().unwrap();
    assert_eq!(
        (receipt.attempt.as_str(), receipt.user),
        ("open-portal-link", Some(jo.id))
    );
    let mailed = house.given.store.last_code_to("jo@example.com").unwrap();
    let signed = signed_in(browser.redeem(code.flow, &mailed).await);
    assert_eq!((signed.session.user, signed.return_to.as_str()), (jo.id, "/tickets/42"));
}

#[tokio::test]
async fn r40_r27_opening_it_a_hundred_times_sends_one_mail_a_wait_and_opens_no_session() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let made = create(&house, Whom::Id(jo.id), "/", None).await.unwrap();
    let token = token_of(&made);
    let before = (house.given.store.receipts().len(), house.given.store.audit_rows().len());
    for _ in 0..100 {
        assert!(matches!(look(&house, &token).await, PortalPage::Ready { .. }));
    }
    let after = (house.given.store.receipts().len(), house.given.store.audit_rows().len());
    assert_eq!(before, after, "R34: looking changes nothing");
    for _ in 0..25 {
        press(&house.browser(), &token).await;
    }
    assert_eq!(house.given.store.outbox().len(), 1);
    house.wait(31);
    for _ in 0..25 {
        press(&house.browser(), &token).await;
    }
    assert_eq!(house.given.store.outbox().len(), 2);
    assert!(house.given.store.sessions().is_empty());
}

#[tokio::test]
async fn r27_the_owner_gets_in_after_a_scanner_spent_the_wait() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let made = create(&house, Whom::Id(jo.id), "/tickets", None).await.unwrap();
    let token = token_of(&made);
    sent(&house.browser(), &token).await;
    let scanned = house.given.store.last_code_to("jo@example.com").unwrap();
    let owner = house.browser();
    let code = sent(&owner, &token).await;
    assert_eq!(house.given.store.outbox().len(), 1, "inside the wait nothing is sent");
    let wrong = owner.redeem(code.flow, &scanned).await;
    assert!(
        matches!(wrong, SignInOutcome::Refused(_)),
        "R25: a code of another browser"
    );
    let wait = code.resend_at.unwrap().since(house.auth.now()).as_secs();
    house.wait(wait);
    let code = sent(&owner, &token).await;
    let mailed = house.given.store.last_code_to("jo@example.com").unwrap();
    signed_in(owner.redeem(code.flow, &mailed).await);
}

#[tokio::test]
async fn b5_r41_whatever_opens_nothing_is_one_answer_and_the_receipt_knows_why() {
    let house = House::new().await;
    let other = Given::workspace_in(&house.given.store, "other").await;
    let jo = house.given.customer("jo@example.com");
    let foreign = other.customer("jo@example.com");
    let workspace = &house.given.workspace;
    let short = token_of(&create(&house, Whom::Id(jo.id), "/", Some(60)).await.unwrap());
    let made = create(&house, Whom::Id(jo.id), "/", None).await.unwrap();
    let back = token_of(&made);
    house
        .auth
        .portal_links()
        .revoke(&Acting::operator(), workspace, jo.id, made.id)
        .await
        .unwrap();
    let request = PortalLinkRequest {
        whom: Whom::Id(foreign.id),
        return_to: ReturnTo::default(),
        life_seconds: None,
    };
    let portal_links = house.auth.portal_links();
    let elsewhere = portal_links
        .create(&Acting::operator(), &other.workspace, request)
        .await;
    let elsewhere = token_of(&elsewhere.unwrap());
    let unknown = RawToken::generate(&SeededEntropy::new(77));
    house.wait(61);
    for (token, expected, knows) in [
        (short, PrivateReason::LinkExpired, Some(jo.id)),
        (back, PrivateReason::LinkRevoked, Some(jo.id)),
        (elsewhere, PrivateReason::LinkForeign, None),
        (unknown, PrivateReason::LinkForeign, None),
    ] {
        assert_eq!(look(&house, &token).await, PortalPage::Gone, "{expected}");
        let OpenedPortalLink::Gone(refused) = press(&house.browser(), &token).await else {
            panic!("{expected}: not gone");
        };
        assert_eq!(refused.reason, PublicReason::LinkInvalid);
        assert_eq!(house.private_of_last_receipt(), expected);
        let receipt = house.given.store.receipts().pop().unwrap();
        assert_eq!(receipt.user, knows);
        assert_eq!(receipt.help_code, refused.help_code);
    }
    assert!(house.given.store.outbox().is_empty(), "it sends no mail");
    assert!(house.given.store.flows().is_empty());
}

#[tokio::test]
async fn a_link_of_another_purpose_is_none_here_and_the_other_way_round() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    house.browser().forgot("jo@example.com").await;
    let reset = house.given.store.last_link_to("jo@example.com").unwrap();
    let (_, token) = reset.rsplit_once('/').unwrap();
    assert_eq!(look(&house, &RawToken::parse(token).unwrap()).await, PortalPage::Gone);
    let token = token_of(&create(&house, Whom::Id(jo.id), "/", None).await.unwrap());
    let page = house
        .auth
        .recovery()
        .look(&house.given.workspace, &token)
        .await
        .unwrap();
    assert_eq!(page, doorward_auth::recovery::reset_password::ResetPage::Gone);
}

#[tokio::test]
async fn r40_no_page_tells_the_address_to_whoever_holds_the_link() {
    let house = House::limited(|limits| limits.attempt_lifetime_seconds = 60).await;
    let jo = house.given.customer("jo@example.com");
    let made = create(&house, Whom::Id(jo.id), "/", None).await.unwrap();
    let browser = house.browser();
    let code = sent(&browser, &token_of(&made)).await;
    let view = async |flow| {
        let sign_in = house.auth.sign_in();
        let view = sign_in.flow(&browser.caller, &house.given.workspace, flow).await;
        view.unwrap().unwrap()
    };
    assert_eq!(view(code.flow).await.address, None);
    house.wait(61);
    assert!(!view(code.flow).await.live);
    let again = house.auth.sign_in();
    let again = again
        .resend_code(&browser.caller, &house.given.workspace, code.flow)
        .await
        .unwrap();
    let Some(SignInOutcome::CodeSent(again)) = again else {
        panic!("no code: {again:?}");
    };
    assert_ne!(again.flow, code.flow, "the old attempt is over");
    assert_eq!(view(again.flow).await.address, None);
    let typed = code_sent(browser.ask_code("sam@example.com").await);
    assert!(
        view(typed.flow).await.address.is_some(),
        "what was typed is filled in again"
    );
}

#[tokio::test]
async fn the_mailbox_learns_the_truth_where_codes_are_not_for_them() {
    let house = House::with(|settings| settings.customers.email_code = false, PolicySet::default()).await;
    let jo = house.given.customer("jo@example.com");
    let made = create(&house, Whom::Id(jo.id), "/", None).await.unwrap();
    sent(&house.browser(), &token_of(&made)).await;
    let told = house.given.store.messages_to("jo@example.com").pop().unwrap();
    assert!(matches!(told, Message::CodeNotOffered { .. }), "{told:?}");
}

#[tokio::test]
async fn r60_a_disabled_contact_gets_a_mail_that_says_so_and_no_code() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let made = create(&house, Whom::Id(jo.id), "/", None).await.unwrap();
    let mailbox = jo.primary_email().unwrap().address.clone();
    let people = house.auth.people();
    people
        .set_status(
            Actor::Operator,
            &house.given.workspace,
            &mailbox,
            doorward_domain::user::UserStatus::Disabled,
        )
        .await
        .unwrap();
    sent(&house.browser(), &token_of(&made)).await;
    let told = house.given.store.messages_to("jo@example.com").pop().unwrap();
    assert!(matches!(told, Message::AccountDisabled { .. }), "{told:?}");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_after_the_code() {
    let house = House::new().await;
    let jo = house
        .given
        .person(Person::customer(house.given.workspace.id, "jo@example.com").with_app());
    let made = create(&house, Whom::Id(jo.id), "/tickets", None).await.unwrap();
    let browser = house.browser();
    let code = sent(&browser, &token_of(&made)).await;
    let mailed = house.given.store.last_code_to("jo@example.com").unwrap();
    let next = browser.redeem(code.flow, &mailed).await;
    assert!(matches!(next, SignInOutcome::SecondStep(_)), "{next:?}");
    assert!(house.given.store.sessions().is_empty());
}

#[tokio::test]
async fn guessing_links_is_slow() {
    let house = House::limited(|limits| limits.tries_per_network_per_minute = 3).await;
    let guess = RawToken::generate(&SeededEntropy::new(5));
    for _ in 0..3 {
        let answer = press(&house.browser(), &guess).await;
        assert!(matches!(answer, OpenedPortalLink::Gone(_)));
    }
    let OpenedPortalLink::TryLater(refused) = press(&house.browser(), &guess).await else {
        panic!("not held up");
    };
    assert_eq!(refused.reason, PublicReason::TryLater);
    assert!(refused.retry_at.is_some());
    assert_eq!(house.audited(AuditAction::LimitHit), 1);
}

#[tokio::test]
async fn a_workspace_that_has_them_switched_off_opens_none() {
    let mut house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let token = token_of(&create(&house, Whom::Id(jo.id), "/", None).await.unwrap());
    house.given.workspace.security.portal_links = false;
    assert_eq!(look(&house, &token).await, PortalPage::SwitchedOff);
    let pressed = press(&house.browser(), &token).await;
    assert!(matches!(pressed, OpenedPortalLink::SwitchedOff));
    assert!(house.given.store.outbox().is_empty());
}
