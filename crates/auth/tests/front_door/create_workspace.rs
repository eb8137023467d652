//! R104: a workspace begins with an owner who sets a password by a link, and with no default account.

use doorward_auth::recovery::reset_password::{NewPassword, ResetResult};
use doorward_auth::workspace::create_workspace::{CreateWorkspace, CreateWorkspaceError};
use doorward_domain::audit::Actor;
use doorward_domain::role::Role;
use doorward_domain::secret::{Password, RawToken};
use doorward_domain::testing::address;
use doorward_domain::workspace::{Portal, Slug};

use crate::house::House;

fn request(slug: &str) -> CreateWorkspace {
    CreateWorkspace {
        slug: Slug::parse(slug).unwrap(),
        name: "Beta Help".to_owned(),
        owner: address("owner@beta.example"),
        owner_password: None,
        portal: Portal::default(),
    }
}

#[tokio::test]
async fn r104_the_owner_sets_a_password_by_the_link_and_once_only() {
    let house = House::new().await;
    let made = house
        .auth
        .workspaces()
        .create(Actor::Operator, request("beta"))
        .await
        .unwrap();
    assert_eq!(
        (made.owner.user.role, made.owner.user.has_password),
        (Role::Owner, false)
    );
    let link = made.owner.link.unwrap();
    assert!(link.starts_with("https://beta.help.example/reset-password/"), "{link}");
    let token = link.rsplit('/').next().unwrap();
    let browser = house.browser();
    let set = || NewPassword {
        workspace: made.workspace.clone(),
        token: RawToken::parse(token).unwrap(),
        password: Password::parse("seven quiet lanterns").unwrap(),
    };
    let recovery = house.auth.recovery();
    assert!(matches!(
        recovery.reset_password(&browser.caller, set()).await.unwrap(),
        ResetResult::Set
    ));
    assert!(matches!(
        recovery.reset_password(&browser.caller, set()).await.unwrap(),
        ResetResult::Refused(_)
    ));
}

#[tokio::test]
async fn r4_an_owner_s_password_that_will_not_do_leaves_no_workspace_behind() {
    let house = House::new().await;
    let create = async |password: &str| {
        let request = CreateWorkspace {
            owner_password: Some(Password::parse(password).unwrap()),
            ..request("beta")
        };
        house.auth.workspaces().create(Actor::Operator, request).await
    };
    let refused = create("short").await.unwrap_err();
    assert!(matches!(refused, CreateWorkspaceError::Owner(_)), "{refused:?}");
    let made = create("seven quiet lanterns").await.unwrap();
    assert!(made.owner.user.has_password && made.owner.link.is_none());
}

#[tokio::test]
async fn a_slug_that_is_taken_makes_nothing() {
    let house = House::new().await;
    let taken = house
        .auth
        .workspaces()
        .create(Actor::Operator, request("acme"))
        .await
        .unwrap_err();
    assert!(matches!(taken, CreateWorkspaceError::Taken), "{taken:?}");
    assert!(house.given.store.people().is_empty());
}
