//! B18: keys of hand-over.

use doorward_auth::Acting;
use doorward_auth::workspace::add_hand_over_key::{AddHandOverKeyError, AddedHandOverKey, NewHandOverKey};
use doorward_domain::audit::AuditAction;
use doorward_domain::hand_over::{HandOverAlgorithm, KeyProblem, PublicKeyProblem, SHARED_SECRET_PREFIX};
use doorward_domain::role::{Audience, Permission, Permissions, Rights, Role};

use crate::house::House;

pub(crate) fn wanted(algorithm: Option<HandOverAlgorithm>) -> NewHandOverKey {
    NewHandOverKey {
        audience: Audience::Customers,
        algorithm,
        public_key: None,
        highest_role: None,
    }
}

pub(crate) async fn add(house: &House, key: NewHandOverKey) -> Result<AddedHandOverKey, KeyProblem> {
    let workspaces = house.auth.workspaces();
    let operator = Acting::operator();
    let added = workspaces.add_hand_over_key(&operator, &house.given.workspace, key);
    added.await.map_err(|error| match error {
        AddHandOverKeyError::Problem(problem) => problem,
        other => panic!("{other}"),
    })
}

#[tokio::test]
async fn b18_a_shared_secret_is_drawn_here_long_enough_and_shown_once() {
    let house = House::new().await;
    for (algorithm, characters) in [(None, 43), (Some(HandOverAlgorithm::Hs384), 64)] {
        let added = add(&house, wanted(algorithm)).await.unwrap();
        let secret = added.secret.unwrap();
        let random = secret.expose().strip_prefix(SHARED_SECRET_PREFIX).unwrap();
        assert_eq!(random.len(), characters);
        assert!(!format!("{:?}", added.key).contains(random));
    }
    assert_eq!(house.audited(AuditAction::HandOverKeyAdded), 2);
    let rows = format!("{:?}", house.given.store.audit_rows());
    assert!(!rows.contains(SHARED_SECRET_PREFIX));
    // Two are live: the third has to wait until one is taken back.
    assert_eq!(add(&house, wanted(None)).await.unwrap_err(), KeyProblem::TooMany);
}

#[tokio::test]
async fn b18_what_will_not_do_is_refused_by_name() {
    let house = House::new().await;
    let of = |audience, role| NewHandOverKey {
        audience,
        highest_role: Some(role),
        ..wanted(None)
    };
    for (audience, role) in [
        (Audience::Customers, Role::Agent),
        (Audience::Customers, Role::Owner),
        (Audience::Staff, Role::Owner),
        (Audience::Staff, Role::Customer),
    ] {
        let problem = add(&house, of(audience, role)).await.unwrap_err();
        assert_eq!(problem, KeyProblem::HighestRole { audience, role });
    }
    for algorithm in [HandOverAlgorithm::Rs256, HandOverAlgorithm::Es256] {
        let problem = add(&house, wanted(Some(algorithm))).await.unwrap_err();
        assert_eq!(problem, KeyProblem::PublicKeyMissing { algorithm });
    }
    let unread = NewHandOverKey {
        public_key: Some("hello".to_owned()),
        ..wanted(None)
    };
    let problem = add(&house, unread).await.unwrap_err();
    assert_eq!(problem, KeyProblem::PublicKey(PublicKeyProblem::Unreadable));
    assert_eq!(house.audited(AuditAction::HandOverKeyAdded), 0);
}

/// The attack: somebody who may change the settings, and little else, adds a key by which they come in as an admin.
#[tokio::test]
async fn r97_nobody_adds_a_key_that_makes_more_of_people_than_they_are() {
    let house = House::new().await;
    let (workspaces, workspace) = (house.auth.workspaces(), &house.given.workspace);
    let mut security_only = Rights::of(Role::Agent);
    security_only.permissions = Permissions::NONE.with(Permission::ManageSecuritySettings);
    for (rights, role, may) in [
        (security_only, Role::Admin, false),
        (security_only, Role::Agent, false),
        (security_only, Role::Collaborator, true),
        (Rights::of(Role::Admin), Role::Admin, true),
    ] {
        let by = Acting {
            rights,
            ..Acting::operator()
        };
        let key = NewHandOverKey {
            audience: role.audience(),
            highest_role: Some(role),
            ..wanted(None)
        };
        let added = workspaces.add_hand_over_key(&by, workspace, key).await;
        match added {
            Ok(_) => assert!(may, "{role:?}"),
            Err(error) => assert!(
                !may && matches!(error, AddHandOverKeyError::BeyondOwn),
                "{role:?} {error:?}"
            ),
        }
    }
}
