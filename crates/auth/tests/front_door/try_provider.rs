//! C3: trying credentials by a real round trip, without keeping them.

use doorward_auth::workspace::try_provider::TrialBegun;
use doorward_auth::{SignInOutcome, TriedProvider};
use doorward_domain::audit::AuditAction;
use doorward_domain::ports::{ProviderFault, TokenFault};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::session::SessionView;
use doorward_domain::testing::arrived;

use crate::house::{Browser, House, refused, with_code};
use crate::keep_provider::typed;

const EMAIL: &str = "jo@example.com";

async fn leave(house: &House, browser: &Browser<'_>, session: &SessionView) -> String {
    let draft = typed("acme", &[("client_id", "ours")], Some("s"));
    let providers = house.auth.providers();
    let begun = providers.try_out(&browser.caller, &house.given.workspace, session, draft);
    let TrialBegun::Away { url } = begun.await.unwrap() else {
        panic!("not away");
    };
    assert!(url.starts_with("https://acme.example/"), "{url}");
    house.provider.sent_away().pop().unwrap().state
}

async fn back(browser: &Browser<'_>, session: &SessionView, state: &str, code: &str) -> TriedProvider {
    let came = browser
        .come_back_in("acme", state, with_code(code), Some(session.clone()))
        .await;
    let SignInOutcome::Tried(tried) = came else {
        panic!("no trial: {came:?}");
    };
    *tried
}

#[tokio::test]
async fn c3_a_trial_tells_who_came_back_and_does_nothing_else() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let who = arrived("acme", "1").authoritative(EMAIL);
    house.provider.knows("c", who.clone());
    let state = leave(&house, &browser, &session).await;
    let sessions = house.audited(AuditAction::SignedIn);
    let tried = back(&browser, &session, &state, "c").await;
    assert_eq!(tried.result, Ok(who));
    assert_eq!(house.audited(AuditAction::SignedIn), sessions, "nobody was signed in");
    assert!(
        browser.connections(&session).await.connected.is_empty(),
        "nothing was connected"
    );
    assert!(
        house
            .auth
            .providers()
            .list(&house.given.workspace)
            .await
            .unwrap()
            .is_empty(),
        "nothing was kept"
    );
    assert_eq!(house.audited(AuditAction::ProviderTried), 1);
}

#[tokio::test]
async fn c3_a_trial_tells_which_check_failed() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    house
        .provider
        .answers("acme", "c", || Err(ProviderFault::Refused(TokenFault::Audience)));
    let state = leave(&house, &browser, &session).await;
    let fault = back(&browser, &session, &state, "c").await.result.unwrap_err();
    assert_eq!(fault.reason, PrivateReason::TokenAudience);
    house.provider.set_down(true);
    let draft = typed("acme", &[("client_id", "ours")], Some("s"));
    let providers = house.auth.providers();
    let begun = providers.try_out(&browser.caller, &house.given.workspace, &session, draft);
    let TrialBegun::Failed(failed) = begun.await.unwrap() else {
        panic!("away");
    };
    assert_eq!(failed.result.unwrap_err().reason, PrivateReason::ProviderUnavailable);
    assert_eq!(house.audited(AuditAction::ProviderTried), 2);
}

#[tokio::test]
async fn r52_a_trial_ends_in_the_session_that_began_it_or_not_at_all() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.given.customer("eve@example.com");
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let eve = house.browser().enter("eve@example.com").await.session;
    house.provider.knows("c", arrived("acme", "1"));
    for shown in [None, Some(eve)] {
        let state = leave(&house, &browser, &session).await;
        let no = refused(browser.come_back_in("acme", &state, with_code("c"), shown).await);
        assert_eq!(no.reason, PublicReason::SessionExpired);
    }
    let state = leave(&house, &browser, &session).await;
    let stranger = house.browser();
    let no = stranger
        .come_back_in("acme", &state, with_code("c"), Some(session.clone()))
        .await;
    assert_eq!(
        refused(no).reason,
        PublicReason::SessionExpired,
        "another browser has none of it"
    );
    assert_eq!(house.audited(AuditAction::ProviderTried), 0);
}
