//! A7: one's sessions: see each, end one, end all others.

use doorward_domain::audit::AuditAction;

use crate::house::House;

const EMAIL: &str = "jo@example.com";

#[tokio::test]
async fn a7_each_is_listed_this_one_first_and_only_ones_own() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.given.customer("mia@example.com");
    let browser = house.browser();
    let first = browser.enter(EMAIL).await;
    house.wait(10);
    let second = browser.enter(EMAIL).await;
    let mia = browser.enter("mia@example.com").await;
    let (sessions, workspace) = (house.auth.sessions(), &house.given.workspace);
    let list = sessions.list(workspace, &first.session).await.unwrap();
    let seen: Vec<_> = list.iter().map(|own| (own.session.id, own.this)).collect();
    assert_eq!(seen, [(first.session.id, true), (second.session.id, false)]);
    assert_eq!(sessions.list(workspace, &mia.session).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a7_one_ends_and_nobody_ends_somebody_elses() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.given.customer("mia@example.com");
    let browser = house.browser();
    let first = browser.enter(EMAIL).await;
    let second = browser.enter(EMAIL).await;
    let mia = browser.enter("mia@example.com").await;
    let (sessions, workspace) = (house.auth.sessions(), &house.given.workspace);
    let end = |by, id| sessions.end(&browser.caller, workspace, by, id);
    assert!(!end(&mia.session, second.session.id).await.unwrap());
    assert!(house.is_live(&second).await);
    assert!(end(&first.session, second.session.id).await.unwrap());
    assert!(!house.is_live(&second).await);
    assert!(!end(&first.session, second.session.id).await.unwrap(), "once");
    assert!(house.is_live(&first).await && house.is_live(&mia).await);
    assert_eq!(house.audited(AuditAction::SessionsEnded), 1);
}

#[tokio::test]
async fn a7_all_others_end_and_this_one_stays() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.given.customer("mia@example.com");
    let browser = house.browser();
    let first = browser.enter(EMAIL).await;
    let others = [browser.enter(EMAIL).await, browser.enter(EMAIL).await];
    let mia = browser.enter("mia@example.com").await;
    let (sessions, workspace) = (house.auth.sessions(), &house.given.workspace);
    let ended = sessions
        .end_others(&browser.caller, workspace, &first.session)
        .await
        .unwrap();
    assert_eq!(ended, 2);
    for other in &others {
        assert!(!house.is_live(other).await);
    }
    assert!(house.is_live(&first).await && house.is_live(&mia).await);
}
