//! C10, C2: somebody calls, against a server that runs; and accounts that are deleted.

use doorward_tests::browser::fresh_password;

use super::*;

const OWNER: &str = "second-owner@acme.test";

/// Somebody with that role, and their session.
async fn session(house: &House, email: &str, role: &str) -> (String, String) {
    let password = fresh_password();
    let args = [
        "user",
        "create",
        "--workspace",
        WORKSPACE,
        "--email",
        email,
        "--role",
        role,
        "--verified",
        "--password-stdin",
    ];
    house.server.cli_with_input(&args, &password).expect_success();
    let body = json!({"email": email, "password": password});
    let page = app(&mut house.browser(), "/api/v1/sign-in/password", body).await;
    (text(&page.expect_status(200), "/session/token"), password)
}

async fn ask(house: &House, method: Method, path: &str, token: &str, body: Option<Value>) -> Page {
    as_owner(&mut house.browser(), method, path, token, body).await
}

/// Ada, as staff sees her: her address in the API, and the id of her first email.
async fn ada(house: &House, owner: &str) -> (String, String) {
    let listed = ask(house, Method::GET, &format!("/api/v1/users?q={ADA}"), owner, None).await;
    let listed = listed.expect_status(200);
    let id = text(&listed, "/items/0/id");
    (format!("/api/v1/users/{id}"), text(&listed, "/items/0/emails/0/id"))
}

#[tokio::test]
async fn c10_c2_the_code_goes_by_mail_alone_and_makes_a_password_for_one_use() {
    let house = House::new().await;
    let (owner, _) = session(&house, OWNER, "owner").await;
    let (hers, password) = session(&house, ADA, "customer").await;
    let (person, email) = ada(&house, &owner).await;
    let refused = ask(
        &house,
        Method::POST,
        &format!("{person}/temporary-password"),
        &owner,
        Some(json!({"challenge": "0193fcb8-0000-4000-8000-000000000001"})),
    )
    .await;
    refused.expect_status(409);
    let wanted = json!({"action": "set-password", "by": "mailbox", "email_id": email});
    let begun = ask(
        &house,
        Method::POST,
        &format!("{person}/caller-challenges"),
        &owner,
        Some(wanted),
    )
    .await;
    let begun = begun.expect_status(201);
    let code = house.mail.wait_for_mail(ADA).await.code();
    assert!(!begun.body().contains(&code));
    let id = text(&begun, "/id");
    let challenge = format!("{person}/caller-challenges/{id}");
    let try_code = async |typed: &str| {
        let body = Some(json!({"code": typed}));
        ask(&house, Method::POST, &format!("{challenge}/code"), &owner, body).await
    };
    try_code(&wrong_code(&code)).await.expect_status(422);
    try_code(&code).await.expect_status(200);
    let on = Some(json!({"challenge": id}));
    let reset = format!("{person}/two-factor/reset");
    ask(&house, Method::POST, &reset, &owner, on.clone())
        .await
        .expect_status(409);
    let path = format!("{person}/temporary-password");
    let made = ask(&house, Method::POST, &path, &owner, on.clone())
        .await
        .expect_status(200);
    let temporary = text(&made, "/password");
    ask(&house, Method::POST, &path, &owner, on).await.expect_status(409);
    ask(&house, Method::GET, "/api/v1/session", &hers, None)
        .await
        .expect_status(401);

    let mut browser = house.browser();
    let old = json!({"email": ADA, "password": password});
    refuses_app(
        &app(&mut browser, "/api/v1/sign-in/password", old).await,
        401,
        "invalid-credentials",
    );
    let body = json!({"email": ADA, "password": temporary});
    let step = app(&mut browser, "/api/v1/sign-in/password", body)
        .await
        .expect_status(200);
    assert_eq!(text(&step, "/outcome"), "new_password_required");
    let flow = text(&step, "/flow");
    let path = "/api/v1/sign-in/new-password";
    let again = json!({"flow": flow, "password": temporary});
    app(&mut browser, path, again).await.expect_status(422);
    let own = json!({"flow": flow, "password": fresh_password()});
    let opened = app(&mut browser, path, own).await.expect_status(200);
    assert_eq!(text(&opened, "/outcome"), "signed_in");
}

#[tokio::test]
async fn r97_c10_keys_agents_and_other_workspaces_do_nothing_to_somebody() {
    let house = House::new().await;
    let (owner, _) = session(&house, OWNER, "owner").await;
    let (agent, _) = session(&house, "agent@acme.test", "agent").await;
    session(&house, ADA, "customer").await;
    let (person, _) = ada(&house, &owner).await;
    let path = format!("{person}/caller-challenges");
    let wanted = |by: &str| Some(json!({"action": "set-password", "by": by}));
    ask(&house, Method::POST, &path, &agent, wanted("session"))
        .await
        .expect_status(403);
    let key = house.api_key(WORKSPACE, "users:write");
    let by_key = as_portal(&mut house.browser(), Method::POST, &path, &key, wanted("delay")).await;
    by_key.expect_status(403);
    let nobody = "/api/v1/users/0193fcb8-0000-4000-8000-000000000001/caller-challenges";
    ask(&house, Method::POST, nobody, &owner, wanted("session"))
        .await
        .expect_status(404);
}

#[tokio::test]
async fn c2_r60_a_deleted_account_is_closed_and_comes_back_as_it_was() {
    let house = House::new().await;
    let (owner, _) = session(&house, OWNER, "owner").await;
    let (hers, password) = session(&house, ADA, "customer").await;
    let (person, _) = ada(&house, &owner).await;
    ask(&house, Method::DELETE, &person, &owner, None)
        .await
        .expect_status(200);
    ask(&house, Method::GET, "/api/v1/session", &hers, None)
        .await
        .expect_status(401);
    let body = json!({"email": ADA, "password": password});
    let refused = app(&mut house.browser(), "/api/v1/sign-in/password", body.clone()).await;
    refuses_app(&refused, 401, "invalid-credentials");
    assert!(house.explain(ADA).contains("user-deleted"), "{}", house.explain(ADA));
    let restore = format!("{person}/restore");
    ask(&house, Method::POST, &restore, &owner, None)
        .await
        .expect_status(204);
    ask(&house, Method::POST, &restore, &owner, None)
        .await
        .expect_status(404);
    app(&mut house.browser(), "/api/v1/sign-in/password", body)
        .await
        .expect_status(200);
}
