//! B4, R40: making a personal portal link.

use doorward_auth::Acting;
use doorward_auth::people::PersonError;
use doorward_auth::portal::Whom;
use doorward_auth::portal::create_portal_link::{CreatePortalLinkError, NewPortalLink, PortalLinkRequest};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::{ApiKeyId, UserId};
use doorward_domain::policy::PolicySet;
use doorward_domain::portal_link::PortalLinkState;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Rights, Role};
use doorward_domain::secret::RawToken;
use doorward_domain::testing::{Person, SeededEntropy, address};

use crate::house::House;

/// The link of a request for that person.
pub(crate) async fn create(
    house: &House,
    whom: Whom,
    to: &str,
    life_seconds: Option<u64>,
) -> Result<NewPortalLink, CreatePortalLinkError> {
    let request = PortalLinkRequest {
        whom,
        return_to: ReturnTo::parse(to),
        life_seconds,
    };
    let portal_links = house.auth.portal_links();
    portal_links
        .create(&Acting::operator(), &house.given.workspace, request)
        .await
}

/// The token in the address of a link.
pub(crate) fn token_of(made: &NewPortalLink) -> RawToken {
    let (place, token) = made.url.rsplit_once('/').unwrap();
    assert!(place.ends_with("/portal"), "{}", made.url);
    RawToken::parse(token).unwrap()
}

#[tokio::test]
async fn b4_a_link_names_one_contact_and_only_a_digest_of_it_is_kept() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let key = Actor::ApiKey(ApiKeyId::random(&SeededEntropy::new(8)));
    let request = PortalLinkRequest {
        whom: Whom::Id(jo.id),
        return_to: ReturnTo::parse("/tickets/42?tab=all"),
        life_seconds: None,
    };
    let portal_links = house.auth.portal_links();
    let made = portal_links
        .create(&of_key(key.clone()), &house.given.workspace, request)
        .await
        .unwrap();
    assert!(
        made.url.starts_with("https://acme.help.example/portal/"),
        "{}",
        made.url
    );
    assert_eq!(made.expires_at.since(house.auth.now()).as_secs(), 30 * 24 * 60 * 60);
    let kept = house.given.store.portal_links();
    let [kept] = &kept[..] else {
        panic!("one link");
    };
    let token = token_of(&made);
    assert_eq!((kept.id, kept.user, kept.digest), (made.id, jo.id, token.digest()));
    assert_eq!(kept.return_to.as_str(), "/tickets/42?tab=all");
    assert_eq!(
        (&kept.created_by, kept.state(house.auth.now())),
        (&key, PortalLinkState::Live)
    );
    assert!(!format!("{kept:?}").contains(&token.expose()));
    let rows = house.given.store.audit_rows();
    let row = rows.last().unwrap();
    assert_eq!(
        (&row.actor, row.subject, row.action),
        (&key, Some(jo.id), AuditAction::PortalLinkCreated)
    );
    assert_eq!(house.given.store.outbox().len(), 0, "whoever asked for it sends it");
}

#[tokio::test]
async fn r40_links_are_apart_and_live_as_long_as_was_asked_within_bounds() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let jo = || Whom::Address(address("JO@example.com"));
    let first = create(&house, jo(), "/", Some(60)).await.unwrap();
    let second = create(&house, jo(), "/", Some(60)).await.unwrap();
    assert_ne!(token_of(&first).digest(), token_of(&second).digest());
    assert_eq!(first.expires_at.since(house.auth.now()).as_secs(), 60);
    for seconds in [0, 59, 31_536_001] {
        let refused = create(&house, jo(), "/", Some(seconds)).await;
        assert!(matches!(refused, Err(CreatePortalLinkError::Life(_))), "{seconds}");
    }
    assert_eq!(house.given.store.portal_links().len(), 2);
    let away = create(&house, jo(), "https://evil.example/", None).await.unwrap();
    let kept = house.given.store.portal_links();
    let kept = kept.iter().find(|link| link.id == away.id).unwrap();
    assert!(kept.return_to.is_home(), "R42");
}

#[tokio::test]
async fn whoever_cannot_use_one_gets_none() {
    let house = House::new().await;
    house.given.disabled("gone@example.com");
    let other = House::new().await;
    let foreign = other.given.customer("foreign@example.com");
    let nobody = create(&house, Whom::Id(UserId::random(&SeededEntropy::new(9))), "/", None).await;
    assert!(matches!(nobody, Err(CreatePortalLinkError::NobodyThere)));
    let nobody = create(&house, Whom::Id(foreign.id), "/", None).await;
    assert!(matches!(nobody, Err(CreatePortalLinkError::NobodyThere)));
    let nobody = create(&house, Whom::Address(address("no@example.com")), "/", None).await;
    assert!(matches!(nobody, Err(CreatePortalLinkError::NobodyThere)));
    let disabled = create(&house, Whom::Address(address("gone@example.com")), "/", None).await;
    assert!(matches!(disabled, Err(CreatePortalLinkError::Disabled)));
    assert_eq!(house.given.store.portal_links(), []);
    assert_eq!(house.audited(AuditAction::PortalLinkCreated), 0);
}

#[tokio::test]
async fn a_workspace_that_has_them_switched_off_makes_none() {
    let house = House::with(|settings| settings.portal_links = false, PolicySet::default()).await;
    let jo = house.given.customer("jo@example.com");
    let off = create(&house, Whom::Id(jo.id), "/", None).await;
    assert!(matches!(off, Err(CreatePortalLinkError::SwitchedOff)));
}

fn of_key(actor: Actor) -> Acting {
    Acting {
        actor,
        rights: Rights::API_KEY,
        client: None,
    }
}

/// The attack: a key of the portal application, or an agent, has a link made that names somebody who may do more.
#[tokio::test]
async fn r97_no_link_is_made_for_whoever_may_do_more_than_its_maker() {
    let house = House::new().await;
    let (links, workspace) = (house.auth.portal_links(), &house.given.workspace);
    let key = of_key(Actor::ApiKey(ApiKeyId::random(&SeededEntropy::new(8))));
    let agent = Acting {
        actor: Actor::User(UserId::random(&SeededEntropy::new(9))),
        rights: Rights::of(Role::Agent),
        client: None,
    };
    for maker in [&key, &agent] {
        for role in Role::ALL {
            let person = Person::customer(workspace.id, &format!("{}@example.com", role.as_str())).role(role);
            let id = house.given.person(person).id;
            let request = PortalLinkRequest {
                whom: Whom::Id(id),
                return_to: ReturnTo::parse("/"),
                life_seconds: None,
            };
            let made = links.create(maker, workspace, request.clone()).await;
            let kept = links.create(&Acting::operator(), workspace, request).await.unwrap();
            let taken_back = links.revoke(maker, workspace, id, kept.id).await;
            if maker.rights.reach(Rights::of(role)) {
                made.unwrap();
                assert!(taken_back.unwrap(), "{role:?}");
            } else {
                assert!(
                    matches!(made, Err(CreatePortalLinkError::OutOfReach)),
                    "{role:?} {made:?}"
                );
                assert!(
                    matches!(taken_back, Err(PersonError::OutOfReach)),
                    "{role:?} {taken_back:?}"
                );
            }
        }
    }
}
