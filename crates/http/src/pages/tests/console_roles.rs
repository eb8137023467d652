//! A8, A9, C9: the pages of roles, organisations and keys.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::RoleId;
use doorward_domain::role::{Permission, Permissions, Role, RoleRef};
use doorward_domain::testing::{PASSWORD, Person};
use uuid::Uuid;

use super::house::{Browser, House};

async fn signed_in(house: &House, email: &str, role: Role, permissions: Option<Permissions>) -> Browser {
    let mut person = Person::customer(house.given.workspace.id, email).role(role);
    person.user.custom_role = permissions.map(|permissions| RoleRef {
        id: RoleId::from_uuid(Uuid::from_u128(0xa)),
        name: "Of our own making".to_owned(),
        permissions,
    });
    house.given.person(person);
    let mut browser = house.browser();
    browser.sign_in(email, PASSWORD).await.location();
    browser
}

fn last_action(house: &House) -> AuditAction {
    house.given.store.audit_rows().pop().unwrap().action
}

#[tokio::test]
async fn a8_a_role_is_made_changed_and_deleted() {
    let house = House::new().await;
    let mut owner = signed_in(&house, "owner@example.com", Role::Owner, None).await;
    owner.get("/admin/roles").await.shows(200, "There are none yet.");
    let page = owner.get("/admin/roles/new").await;
    page.shows(200, "Create and update users and organizations");
    let typed = [("name", "Auditor"), ("based_on", "agent"), ("may-read-audit-log", "1")];
    let made = owner.fill(&page, "/admin/roles", "/admin/roles", &typed).await;
    assert_eq!(made.location(), "/admin/roles");
    assert_eq!(last_action(&house), AuditAction::RoleCreated);
    owner.get("/admin/roles").await.shows(200, "<bdi>Auditor</bdi>");
    let again = owner.fill(&page, "/admin/roles", "/admin/roles", &typed).await;
    again.shows(409, "Another role has this name.");
    let nameless = [("name", "Owner"), ("based_on", "agent")];
    let refused = owner.fill(&page, "/admin/roles", "/admin/roles", &nameless).await;
    refused.shows(422, "Enter a name of at most 60 characters");

    let roles = house.auth.roles().list(&house.given.workspace).await.unwrap();
    let role = &roles.first().unwrap().role;
    assert_eq!(role.permissions, Permissions::NONE.with(Permission::ReadAuditLog));
    let address = format!("/admin/roles/{}", role.id);
    let typed = [("name", "Mail reader"), ("may-read-mail-log", "1")];
    let saved = owner.open_and_fill(&address, &address, &typed).await;
    assert_eq!(saved.location(), "/admin/roles");
    let delete = format!("{address}/delete");
    let asks = owner.open_and_fill(&address, &delete, &[]).await;
    asks.shows(200, "Delete this role?");
    let deleted = owner.fill(&asks, &delete, &delete, &[]).await;
    assert_eq!(deleted.location(), "/admin/roles");
    assert_eq!(last_action(&house), AuditAction::RoleDeleted);
    assert_eq!(owner.get(&address).await.status, 404);
}

/// The boxes that are not on offer are refused when they are sent all the same.
#[tokio::test]
async fn r97_a_permission_that_one_lacks_is_not_on_offer_and_not_taken() {
    let house = House::new().await;
    let only = Permissions::NONE.with(Permission::ManageWorkspace);
    let mut keeper = signed_in(&house, "keeper@example.com", Role::Agent, Some(only)).await;
    let page = keeper.get("/admin/roles/new").await;
    page.shows(200, "You do not have this permission yourself.");
    let typed = [("name", "More"), ("based_on", "agent"), ("may-read-audit-log", "1")];
    let refused = keeper.fill(&page, "/admin/roles", "/admin/roles", &typed).await;
    refused.shows(403, "A role can permit only what you may do yourself.");
    let typed = [("name", "Portal"), ("scope-settings-write", "1")];
    let page = keeper.get("/admin/api-keys/new").await;
    let refused = keeper.fill(&page, "/admin/api-keys", "/admin/api-keys", &typed).await;
    refused.shows(403, "A key can be allowed only what you may do yourself.");
    assert!(
        house
            .auth
            .api_keys()
            .list(&house.given.workspace)
            .await
            .unwrap()
            .is_empty()
    );
}

/// R99: a role and a key take a proof that is at most a quarter of an hour old.
#[tokio::test]
async fn r99_an_old_session_makes_no_role_and_no_key() {
    let house = House::new().await;
    let mut owner = signed_in(&house, "owner@example.com", Role::Owner, None).await;
    house.wait(15 * 60 + 1);
    for (path, action) in [
        ("/admin/roles/new", "/admin/roles"),
        ("/admin/api-keys/new", "/admin/api-keys"),
    ] {
        let typed = [("name", "Auditor"), ("based_on", "agent")];
        let asked = owner.open_and_fill(path, action, &typed).await;
        asked.shows(403, "proof_password");
    }
    assert!(
        house
            .auth
            .roles()
            .list(&house.given.workspace)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        house
            .auth
            .api_keys()
            .list(&house.given.workspace)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a9_an_organisation_is_made_found_and_deleted() {
    let house = House::new().await;
    let mut admin = signed_in(&house, "admin@example.com", Role::Admin, None).await;
    let list = "/admin/organisations";
    let page = admin.get("/admin/organisations/new").await;
    let wrong = [("name", ""), ("domains", "globex.example")];
    admin.fill(&page, list, list, &wrong).await.shows(422, "Enter a name.");
    let wrong = [("name", "Globex"), ("domains", "globex.example, nonsense@x")];
    admin
        .fill(&page, list, list, &wrong)
        .await
        .shows(422, "is not a domain of email addresses");
    let right = [("name", "Globex <b>"), ("domains", "@Globex.example\r\nglobex.test")];
    assert_eq!(admin.fill(&page, list, list, &right).await.location(), list);
    admin
        .get("/admin/organisations?q=GLOBEX.t")
        .await
        .shows(200, "globex.test");
    admin
        .get("/admin/organisations?q=nobody")
        .await
        .shows(200, "No organisation was found.");
    let taken = [("name", "Other"), ("domains", "globex.test")];
    admin
        .fill(&page, list, list, &taken)
        .await
        .shows(409, "Another organisation has the domain");
    let mut agent = signed_in(&house, "agent@example.com", Role::Agent, None).await;
    let seen = agent.get(list).await;
    seen.shows(200, "globex.example");
    assert!(
        !seen.body.contains("/admin/organisations/new"),
        "what one may not do is not there"
    );
}

#[tokio::test]
async fn c9_a_key_is_shown_once_and_is_dead_when_it_is_taken_back() {
    let house = House::new().await;
    let mut owner = signed_in(&house, "owner@example.com", Role::Owner, None).await;
    let typed = [("name", "Portal"), ("scope-users-read", "1")];
    let made = owner
        .open_and_fill("/admin/api-keys/new", "/admin/api-keys", &typed)
        .await;
    made.shows(201, "dwk_");
    let (_, rest) = made.body.split_once("dwk_").unwrap();
    let key = format!("dwk_{}", rest.split('<').next().unwrap());
    let workspaces = house.auth.workspaces();
    let workspace = &house.given.workspace;
    let found = workspaces.find_api_key(workspace, &key).await.unwrap().unwrap();
    let listed = owner.get("/admin/api-keys").await;
    listed.shows(200, &found.last_four);
    assert!(!listed.body.contains(&key), "shown again");
    let revoke = format!("/admin/api-keys/{}/revoke", found.id);
    let asks = owner.fill(&listed, &revoke, &revoke, &[]).await;
    asks.shows(200, "Revoke this key?");
    assert_eq!(
        owner.fill(&asks, &revoke, &revoke, &[]).await.location(),
        "/admin/api-keys"
    );
    assert_eq!(last_action(&house), AuditAction::ApiKeyRevoked);
    assert!(workspaces.find_api_key(workspace, &key).await.unwrap().is_none());
    assert_eq!(owner.fill(&asks, &revoke, &revoke, &[]).await.status, 404);
}
