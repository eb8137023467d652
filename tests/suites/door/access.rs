//! A8, A9, C9, R96–R100: who may do what, and from when on, against a server that runs.

use doorward_tests::browser::fresh_password;

use super::*;

/// Somebody with that role, and their session.
async fn session(house: &House, workspace: &str, email: &str, role: &str) -> String {
    let password = fresh_password();
    let args = [
        "user",
        "create",
        "--workspace",
        workspace,
        "--email",
        email,
        "--role",
        role,
        "--verified",
        "--password-stdin",
    ];
    house.server.cli_with_input(&args, &password).expect_success();
    let body = json!({"email": email, "password": password});
    let mut browser = house.server.browser(workspace);
    let page = app(&mut browser, "/api/v1/sign-in/password", body)
        .await
        .expect_status(200);
    text(&page, "/session/token")
}

async fn ask(house: &House, method: Method, path: &str, token: &str, body: Option<Value>) -> Page {
    as_owner(&mut house.browser(), method, path, token, body).await
}

async fn id_of(house: &House, owner: &str, email: &str) -> String {
    let listed = ask(house, Method::GET, &format!("/api/v1/users?q={email}"), owner, None).await;
    text(&listed.expect_status(200), "/items/0/id")
}

#[tokio::test]
async fn r100_a_role_of_ones_own_counts_on_the_very_next_request() {
    let house = House::new().await;
    let owner = session(&house, WORKSPACE, "owner@example.com", "owner").await;
    let agent = session(&house, WORKSPACE, "agent@example.com", "agent").await;
    let may_read = async |status: u16| {
        let page = ask(&house, Method::GET, "/api/v1/audit", &agent, None).await;
        assert_eq!(page.status, status, "{}", page.body());
    };
    may_read(403).await;
    let wanted = json!({"name": "Auditor", "based_on": "agent", "permissions": ["look-people-up", "read-audit-log"]});
    let made = ask(&house, Method::POST, "/api/v1/roles", &owner, Some(wanted))
        .await
        .expect_status(201);
    let role = text(&made, "/id");
    let id = id_of(&house, &owner, "agent@example.com").await;
    let person = format!("/api/v1/users/{id}");
    let given = ask(&house, Method::PATCH, &person, &owner, Some(json!({"role": role}))).await;
    given.expect_status(200);
    may_read(200).await;
    let address = format!("/api/v1/roles/{role}");
    let fewer = Some(json!({"permissions": ["look-people-up"]}));
    ask(&house, Method::PATCH, &address, &owner, fewer)
        .await
        .expect_status(200);
    may_read(403).await;
    ask(&house, Method::DELETE, &address, &owner, None)
        .await
        .expect_status(409);
    let given = ask(&house, Method::PATCH, &person, &owner, Some(json!({"role": "agent"}))).await;
    given.expect_status(200);
    ask(&house, Method::DELETE, &address, &owner, None)
        .await
        .expect_status(204);
}

#[tokio::test]
async fn r97_nobody_climbs_and_the_last_owner_stays() {
    let house = House::new().await;
    let owner = session(&house, WORKSPACE, "owner@example.com", "owner").await;
    let admin = session(&house, WORKSPACE, "admin@example.com", "admin").await;
    // The one that the workspace was made with.
    house.disable("owner@acme.test");
    let (owners, admins) = (
        id_of(&house, &owner, "owner@example.com").await,
        id_of(&house, &owner, "admin@example.com").await,
    );
    for (who, on, role) in [
        (&admin, &admins, "owner"),
        (&admin, &owners, "agent"),
        (&owner, &owners, "admin"),
    ] {
        let path = format!("/api/v1/users/{on}");
        let said = ask(&house, Method::PATCH, &path, who, Some(json!({"role": role}))).await;
        assert!(
            matches!(said.status.as_u16(), 403 | 409),
            "{role}: {} {}",
            said.status,
            said.body()
        );
    }
    let king = json!({"name": "King", "based_on": "admin", "permissions": ["own-workspace"]});
    let said = ask(&house, Method::POST, "/api/v1/roles", &admin, Some(king)).await;
    assert_eq!(said.status, 422, "{}", said.body());
    let args = [
        "user",
        "disable",
        "--workspace",
        WORKSPACE,
        "--email",
        "owner@example.com",
    ];
    assert!(!house.server.cli(&args).status.success(), "the last owner was disabled");
    let still = ask(&house, Method::GET, "/api/v1/session", &owner, None)
        .await
        .expect_status(200);
    assert_eq!(text(&still, "/user/role"), "owner");
}

#[tokio::test]
async fn c9_a_revoked_key_is_refused_by_the_very_next_request() {
    let house = House::new().await;
    let owner = session(&house, WORKSPACE, "owner@example.com", "owner").await;
    let key = house.api_key(WORKSPACE, "users:read");
    let mut portal = house.browser();
    let asked = as_portal(&mut portal, Method::GET, "/api/v1/users", &key, None).await;
    asked.expect_status(200);
    let listed = ask(&house, Method::GET, "/api/v1/api-keys", &owner, None)
        .await
        .expect_status(200);
    let id = text(&listed, "/items/0/id");
    assert!(key.ends_with(&text(&listed, "/items/0/last_four")));
    assert!(!listed.body().contains(&key));
    let address = format!("/api/v1/api-keys/{id}");
    ask(&house, Method::DELETE, &address, &owner, None)
        .await
        .expect_status(204);
    let asked = as_portal(&mut portal, Method::GET, "/api/v1/users", &key, None).await;
    asked.expect_status(401);
    ask(&house, Method::DELETE, &address, &owner, None)
        .await
        .expect_status(404);
}

#[tokio::test]
async fn a9_a_proved_address_places_its_owner_and_a_claimed_one_nobody() {
    let house = House::new().await;
    let owner = session(&house, WORKSPACE, "owner@example.com", "owner").await;
    let wanted = Some(json!({"name": "Globex", "domains": ["@GLOBEX.example"]}));
    let made = ask(&house, Method::POST, "/api/v1/organisations", &owner, wanted).await;
    made.expect_status(201);
    let groups = async |email: &str| {
        let id = id_of(&house, &owner, email).await;
        let read = ask(&house, Method::GET, &format!("/api/v1/users/{id}"), &owner, None).await;
        read.expect_status(200).json()["organisations"].clone()
    };
    house.contact("jo@globex.example");
    assert_eq!(groups("jo@globex.example").await, json!([]));
    let mut browser = house.browser();
    let page = ask_code(&mut browser, "/sign-in", "jo@globex.example").await;
    let code = house.mail.wait_for_code("jo@globex.example", 0).await;
    browser
        .submit(&page, "Continue", &[("Sign-in code", code.as_str())])
        .await;
    assert_eq!(groups("jo@globex.example").await, json!(["Globex"]));
    let told = browser.get("/api/v1/session").await.expect_status(200);
    assert_eq!(told.json()["user"]["organisations"], json!(["Globex"]));
}

#[tokio::test]
async fn r96_what_is_of_another_workspace_is_not_there() {
    let house = House::new().await;
    house.server.create_workspace("globex", "Globex");
    let owner = session(&house, WORKSPACE, "owner@example.com", "owner").await;
    let foreign = session(&house, "globex", "eve@example.com", "owner").await;
    let wanted = Some(json!({"name": "Auditor", "based_on": "agent", "permissions": []}));
    let made = ask(&house, Method::POST, "/api/v1/roles", &owner, wanted)
        .await
        .expect_status(201);
    let role = text(&made, "/id");
    let made = ask(
        &house,
        Method::POST,
        "/api/v1/organisations",
        &owner,
        Some(json!({"name": "Initech"})),
    )
    .await;
    let organisation = text(&made.expect_status(201), "/id");
    let mut there = house.server.browser("globex");
    let nobody = "00000000-0000-4000-8000-00000000dead";
    for (method, path, id) in [
        (Method::DELETE, "/api/v1/roles/", &role),
        (Method::GET, "/api/v1/organisations/", &organisation),
        (Method::DELETE, "/api/v1/organisations/", &organisation),
    ] {
        let known = as_owner(&mut there, method.clone(), &format!("{path}{id}"), &foreign, None).await;
        let unknown = as_owner(&mut there, method, &format!("{path}{nobody}"), &foreign, None).await;
        assert_eq!(known.status, 404, "{path}");
        assert_eq!(known.json()["detail"], unknown.json()["detail"], "{path}");
    }
    // A session of there is none here.
    let crossed = ask(&house, Method::GET, "/api/v1/roles", &foreign, None).await;
    assert_eq!(crossed.status, 401);
}

/// The attack: a key of the portal application that got out, with all the scopes that it can have.
#[tokio::test]
async fn r97_a_key_reaches_nobody_of_the_staff_and_makes_nothing_that_lets_others_in() {
    let house = House::new().await;
    let owner = session(&house, WORKSPACE, "owner@example.com", "owner").await;
    session(&house, WORKSPACE, "agent@example.com", "agent").await;
    let agent = id_of(&house, &owner, "agent@example.com").await;
    let scopes = ["users:write", "portal-links:write", "sessions:write", "settings:write"];
    let mut args = vec!["api-key", "create", "--workspace", WORKSPACE];
    for scope in scopes {
        args.extend(["--scope", scope]);
    }
    let key = house.server.cli(&args).expect_success().stdout.trim().to_owned();
    let mut portal = house.browser();
    let of_agent = |rest: &str| format!("/api/v1/users/{agent}{rest}");
    let mailbox = json!({"kind": "email", "address": "agent@example.com"});
    for (method, path, body) in [
        (Method::POST, of_agent("/portal-links"), Some(json!({}))),
        (Method::POST, of_agent("/sign-out"), None),
        (Method::POST, of_agent("/disable"), None),
        (Method::DELETE, of_agent(""), None),
        (Method::PATCH, of_agent(""), Some(json!({"name": "Not the agent"}))),
        (Method::GET, "/api/v1/api-keys".to_owned(), None),
        (
            Method::POST,
            "/api/v1/scim-tokens".to_owned(),
            Some(json!({"name": "Mine"})),
        ),
        (
            Method::POST,
            "/api/v1/hand-over/keys".to_owned(),
            Some(json!({"audience": "customers"})),
        ),
        (
            Method::POST,
            "/api/v1/roles".to_owned(),
            Some(json!({"name": "Mine", "based_on": "agent", "permissions": []})),
        ),
    ] {
        let said = as_portal(&mut portal, method.clone(), &path, &key, body).await;
        assert_eq!(said.status, 403, "{method} {path}: {}", said.body());
    }
    let body = json!({"identity": mailbox, "name": "Not the agent", "organisations": ["Mine"]});
    let found = as_portal(&mut portal, Method::PUT, "/api/v1/users/by-identity", &key, Some(body)).await;
    let found = found.expect_status(200).json();
    assert_eq!(
        (found["id"].as_str(), &found["name"]),
        (Some(agent.as_str()), &json!(""))
    );
    assert_eq!(found["organisations"], json!([]));
}
