//! A6: taking an identity of a provider off one's own account, never the last way in.

use doorward_auth::account::disconnect_identity::DisconnectedIdentity;
use doorward_domain::audit::AuditAction;
use doorward_domain::ids::ConnectionId;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::session::SessionView;
use doorward_domain::testing::arrived;

use crate::house::{Browser, House, email_needed, signed_in};
use crate::with_provider::{house, house_with};

const EMAIL: &str = "jo@example.com";

async fn disconnect(browser: &Browser<'_>, session: &SessionView, id: ConnectionId) -> DisconnectedIdentity {
    let (house, proof): (&House, _) = (browser.house, browser.fresh(session));
    let account = house.auth.account();
    account
        .disconnect_identity(&browser.caller, &house.given.workspace, proof, id)
        .await
        .unwrap()
}

#[tokio::test]
async fn a6_it_opens_nothing_any_more_and_its_owner_is_told() {
    let house = house().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let who = arrived("twitter", "1");
    browser.connect(&session, &who).await;
    let own = browser.connections(&session).await.connected.remove(0);
    assert!(!own.last_way);
    let done = disconnect(&browser, &session, own.connection.id).await;
    assert!(matches!(done, DisconnectedIdentity::Disconnected(provider) if provider.name == "X"));
    assert!(browser.connections(&session).await.connected.is_empty());
    let provider = "X".to_owned();
    let told = house.events_to(EMAIL);
    assert_eq!(told.last(), Some(&SecurityEvent::IdentityDisconnected { provider }));
    assert_eq!(house.audited(AuditAction::IdentityDisconnected), 1);
    email_needed(house.browser().as_arrived(&who).await);
    let again = disconnect(&browser, &session, own.connection.id).await;
    assert_eq!(again, DisconnectedIdentity::Unknown);
}

#[tokio::test]
async fn nobody_takes_off_somebody_elses() {
    let house = house().await;
    house.given.customer(EMAIL);
    house.given.customer("eve@example.com");
    let (browser, eve) = (house.browser(), house.browser());
    let session = browser.enter(EMAIL).await.session;
    browser.connect(&session, &arrived("twitter", "1")).await;
    let id = browser.connections(&session).await.connected[0].connection.id;
    let theirs = eve.enter("eve@example.com").await.session;
    assert_eq!(disconnect(&eve, &theirs, id).await, DisconnectedIdentity::Unknown);
    assert_eq!(browser.connections(&session).await.connected.len(), 1);
}

/// A workspace where providers are the only way in for customers.
async fn by_providers_only() -> House {
    house_with(|settings| {
        settings.customers.password = false;
        settings.customers.email_code = false;
        settings.customers.passkey = false;
    })
    .await
}

#[tokio::test]
async fn a6_the_last_way_in_stays_and_the_last_but_one_is_warned_of() {
    let house = by_providers_only().await;
    let browser = house.browser();
    let session = signed_in(browser.as_arrived(&arrived("google", "jo").authoritative(EMAIL)).await).session;
    let only = browser.connections(&session).await.connected.remove(0);
    assert!(only.last_way);
    let no = disconnect(&browser, &session, only.connection.id).await;
    assert!(matches!(no, DisconnectedIdentity::LastWay(provider) if provider.name == "Google"));
    assert_eq!(browser.connections(&session).await.connected.len(), 1);

    browser.connect(&session, &arrived("twitter", "1")).await;
    let both = browser.connections(&session).await.connected;
    assert!(both.iter().all(|own| !own.last_way));
    let (first, second) = (both[0].connection.id, both[1].connection.id);
    let (one, other) = tokio::join!(
        disconnect(&browser, &session, first),
        disconnect(&browser, &session, second)
    );
    let done = |said: &DisconnectedIdentity| matches!(said, DisconnectedIdentity::Disconnected(_));
    assert!(done(&one) ^ done(&other), "{one:?} {other:?}");
    assert_eq!(browser.connections(&session).await.connected.len(), 1);
}

#[tokio::test]
async fn a_provider_without_credentials_is_no_way_in() {
    let house = by_providers_only().await;
    let browser = house.browser();
    let session = signed_in(browser.as_arrived(&arrived("google", "jo").authoritative(EMAIL)).await).session;
    browser.connect(&session, &arrived("twitter", "1")).await;
    house.provider.offer_nothing();
    house.provider.offer("google", "Google");
    let own = browser.connections(&session).await.connected;
    let last: Vec<(&str, bool)> = own
        .iter()
        .map(|own| (own.connection.identity.provider.as_str(), own.last_way))
        .collect();
    assert_eq!(last, [("google", true), ("twitter", false)]);
}

#[tokio::test]
async fn one_of_two_identities_of_one_provider_is_never_the_last_way() {
    let house = by_providers_only().await;
    let browser = house.browser();
    let session = signed_in(browser.as_arrived(&arrived("google", "jo").authoritative(EMAIL)).await).session;
    browser.connect(&session, &arrived("google", "jo at work")).await;
    let own = browser.connections(&session).await.connected;
    assert!(own.iter().all(|own| !own.last_way && own.warnings.is_empty()));
}
