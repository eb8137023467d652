//! B4, R40: listing personal portal links and taking one back.

use doorward_auth::Acting;
use doorward_auth::portal::Whom;
use doorward_auth::sign_in::open_portal_link::PortalPage;
use doorward_domain::audit::AuditAction;
use doorward_domain::ids::UserId;
use doorward_domain::portal_link::PortalLinkState;
use doorward_domain::testing::{SeededEntropy, address};

use crate::create_portal_link::{create, token_of};
use crate::house::House;

#[tokio::test]
async fn b4_links_are_listed_newest_first_with_what_became_of_them() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let sam = house.given.customer("sam@example.com");
    let short = create(&house, Whom::Id(jo.id), "/a", Some(60)).await.unwrap();
    house.wait(61);
    let back = create(&house, Whom::Id(jo.id), "/b", None).await.unwrap();
    house.wait(1);
    let live = create(&house, Whom::Id(jo.id), "/c", None).await.unwrap();
    create(&house, Whom::Id(sam.id), "/d", None).await.unwrap();
    let (portal_links, workspace) = (house.auth.portal_links(), &house.given.workspace);
    assert!(
        portal_links
            .revoke(&Acting::operator(), workspace, jo.id, back.id)
            .await
            .unwrap()
    );
    let by_address = Whom::Address(address("jo@example.com"));
    let listed = portal_links.list(workspace, &by_address).await.unwrap().unwrap();
    let now = house.auth.now();
    let told: Vec<_> = listed.iter().map(|link| (link.id, link.state(now))).collect();
    assert_eq!(
        told,
        [
            (live.id, PortalLinkState::Live),
            (back.id, PortalLinkState::Revoked),
            (short.id, PortalLinkState::Expired),
        ]
    );
    let nobody = Whom::Id(UserId::random(&SeededEntropy::new(9)));
    assert_eq!(portal_links.list(workspace, &nobody).await.unwrap(), None);
}

#[tokio::test]
async fn r40_a_link_that_was_taken_back_opens_nothing_from_then_on() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let sam = house.given.customer("sam@example.com");
    let made = create(&house, Whom::Id(jo.id), "/", None).await.unwrap();
    let (portal_links, workspace) = (house.auth.portal_links(), &house.given.workspace);
    let revoke = async |user: UserId| {
        portal_links
            .revoke(&Acting::operator(), workspace, user, made.id)
            .await
            .unwrap()
    };
    assert!(!revoke(sam.id).await, "it is not theirs");
    assert!(revoke(jo.id).await);
    assert!(!revoke(jo.id).await, "it was taken back before");
    assert_eq!(house.audited(AuditAction::PortalLinkRevoked), 1);
    let page = portal_links.look(workspace, &token_of(&made)).await.unwrap();
    assert_eq!(page, PortalPage::Gone);
}
