use doorward_domain::testing::{APP_SECRET, backup_code};

use super::*;

async fn first_step(house: &House, email: &str) -> Value {
    let told = house.password(email, PASSWORD).await;
    assert_eq!(told.status, 200, "{}", told.body);
    told.json()
}

#[tokio::test]
async fn b11_a_password_is_followed_by_the_code_of_the_app() {
    let house = House::new().await;
    let jo = house.acme.with_two_factor("jo@example.com");
    let body = json!({"email": "jo@example.com", "password": PASSWORD, "return_to": "/tickets/7"});
    let needed = house.post("/api/v1/sign-in/password", body).await;
    assert_eq!((needed.status, needed.header("set-cookie")), (200, ""));
    let needed = needed.json();
    assert_eq!(needed["outcome"], "second_factor_required");
    assert_eq!(
        (&needed["passkey"], &needed["return_to"]),
        (&json!(false), &json!("/tickets/7"))
    );
    assert!(needed.get("session").is_none() && needed.get("user").is_none());
    assert!(house.acme.store.sessions().is_empty());

    let code = house.app_code(&APP_SECRET);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let try_code = |code: &str| {
        house.post(
            "/api/v1/sign-in/second-factor",
            json!({"flow": needed["flow"], "code": code}),
        )
    };
    let refused = try_code(wrong).await.problem(401);
    assert_eq!(
        (&refused["outcome"], &refused["reason"], &refused["flow"]),
        (&json!("refused"), &json!("second-factor-wrong"), &needed["flow"])
    );
    let signed_in = try_code(&code).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    let signed_in = signed_in.json();
    assert_eq!(
        (&signed_in["outcome"], &signed_in["user"]["id"], &signed_in["return_to"]),
        (&json!("signed_in"), &json!(jo.id), &json!("/tickets/7"))
    );
    let token = signed_in["session"]["token"].as_str().unwrap();
    assert_eq!(house.get("/api/v1/session", token).await.status, 200);
    // The attempt is over, and the step is spent (R70).
    assert_eq!(try_code(&code).await.problem(401)["reason"], "session-expired");
    let again = first_step(&house, "jo@example.com").await;
    let replayed = json!({"flow": again["flow"], "code": code});
    let refused = house.post("/api/v1/sign-in/second-factor", replayed).await.problem(401);
    assert_eq!(refused["reason"], "second-factor-wrong");
}

#[tokio::test]
async fn b12_a_backup_code_opens_once_and_any_spelling_of_it_counts() {
    let house = House::new().await;
    house.acme.with_two_factor("jo@example.com");
    let code = backup_code(3).expose().to_lowercase().replace('-', " ");
    for expected in [200, 401] {
        let needed = first_step(&house, "jo@example.com").await;
        let body = json!({"flow": needed["flow"], "code": code});
        let told = house.post("/api/v1/sign-in/second-factor", body).await;
        assert_eq!(told.status, expected, "{}", told.body);
    }
}

#[tokio::test]
async fn r73_a_half_signed_in_person_reaches_nothing_but_the_second_step() {
    let house = House::new().await;
    house.acme.with_two_factor("jo@example.com");
    let needed = first_step(&house, "jo@example.com").await;
    let flow = needed["flow"].as_str().unwrap();
    for row in crate::api::access::TABLE {
        if row.access == crate::api::access::Access::Anyone {
            continue;
        }
        let path = row.path.replace("{id}", flow);
        for token in [None, Some(flow)] {
            let told = house.ask(ACME, row.method, &path, token, Some(&json!({}))).await;
            assert_eq!(told.status, 401, "{} {path}", row.method);
        }
    }
    // Nor does the attempt count as another one: a code, a sign-up, setting a factor up, another workspace.
    let code = house.app_code(&APP_SECRET);
    let body = json!({"flow": flow, "code": code});
    for path in ["/api/v1/sign-in/code/verify", "/api/v1/sign-up/verify"] {
        assert_eq!(
            house.post(path, body.clone()).await.problem(401)["reason"],
            "session-expired"
        );
    }
    house
        .post("/api/v1/sign-in/two-factor", json!({"flow": flow}))
        .await
        .problem(404);
    house
        .post("/api/v1/sign-in/two-factor/enable", body.clone())
        .await
        .problem(404);
    let path = "/api/v1/sign-in/second-factor";
    let elsewhere = house.ask(OTHER, "POST", path, None, Some(&body)).await;
    assert_eq!(elsewhere.problem(401)["reason"], "session-expired");
    assert_eq!(house.post(path, body).await.status, 200);
}

#[tokio::test]
async fn r73_the_half_signed_in_state_lasts_ten_minutes() {
    let house = House::new().await;
    house.acme.with_two_factor("jo@example.com");
    let needed = first_step(&house, "jo@example.com").await;
    house.wait(601);
    let body = json!({"flow": needed["flow"], "code": house.app_code(&APP_SECRET)});
    let refused = house.post("/api/v1/sign-in/second-factor", body).await.problem(401);
    assert_eq!(refused["reason"], "session-expired");
}

#[tokio::test]
async fn b11_where_the_workspace_requires_it_a_factor_is_set_up_on_the_way_in() {
    let house = House::new().await;
    let required = |security: &mut doorward_domain::settings::SecuritySettings| {
        security.customers.two_factor_required = true;
    };
    house.acme.clone().settings(required).await.unwrap();
    house.acme.customer("jo@example.com");
    let body = json!({"email": "jo@example.com", "password": PASSWORD, "return_to": "/tickets/7"});
    let needed = house.post("/api/v1/sign-in/password", body).await.json();
    assert_eq!(needed["outcome"], "two_factor_enrolment_required");
    let flow = &needed["flow"];
    let early = json!({"flow": flow, "code": "123456"});
    house
        .post("/api/v1/sign-in/two-factor/enable", early)
        .await
        .problem(404);

    let setup = house.post("/api/v1/sign-in/two-factor", json!({"flow": flow})).await;
    assert_eq!((setup.status, setup.header("cache-control")), (200, "no-store"));
    let setup = setup.json();
    let secret = secret_of(&setup);
    assert!(setup["url"].as_str().unwrap().starts_with("otpauth://totp/"), "{setup}");
    let code = house.app_code(&secret);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let enable = |code: &str| house.post("/api/v1/sign-in/two-factor/enable", json!({"flow": flow, "code": code}));
    assert_eq!(enable(wrong).await.problem(401)["reason"], "second-factor-wrong");
    assert!(house.acme.store.sessions().is_empty());
    let signed_in = enable(&code).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    let signed_in = signed_in.json();
    assert_eq!(
        (&signed_in["outcome"], &signed_in["return_to"]),
        (&json!("signed_in"), &json!("/tickets/7"))
    );
    let codes = signed_in["backup_codes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    let token = signed_in["session"]["token"].as_str().unwrap();
    let security = house.get("/api/v1/account/security", token).await.json();
    assert_eq!(security["two_factor"]["on"], true);
    // The codes are good from the next sign-in on.
    let needed = first_step(&house, "jo@example.com").await;
    assert_eq!(needed["outcome"], "second_factor_required");
    let body = json!({"flow": needed["flow"], "code": codes[0]});
    assert_eq!(house.post("/api/v1/sign-in/second-factor", body).await.status, 200);
}

#[tokio::test]
async fn r76_challenges_say_nothing_about_anybody_and_forged_answers_open_nothing() {
    let house = House::new().await;
    let challenge = house.post("/api/v1/sign-in/passkey/options", json!({})).await;
    assert_eq!(challenge.status, 200, "{}", challenge.body);
    let challenge = challenge.json();
    let options = &challenge["options"]["publicKey"];
    assert_eq!(
        (&options["rpId"], &options["userVerification"]),
        (&json!("acme.localhost"), &json!("required"))
    );
    assert!(
        options["allowCredentials"].as_array().is_none_or(Vec::is_empty),
        "{options}"
    );
    for answer in [
        json!({}),
        json!(null),
        json!([1]),
        json!({"id": "x", "type": "public-key"}),
    ] {
        let body = json!({"ceremony": challenge["ceremony"], "answer": answer});
        let refused = house.post("/api/v1/sign-in/passkey", body).await.problem(401);
        assert_eq!(
            (&refused["outcome"], &refused["reason"]),
            (&json!("refused"), &json!("passkey-wrong"))
        );
    }
    // For the second step of an attempt that is there, by somebody who has one.
    let unknown = json!({"flow": "00000000-0000-4000-8000-000000000000"});
    house
        .post("/api/v1/sign-in/passkey/options", unknown)
        .await
        .problem(404);
    house.acme.with_two_factor("jo@example.com");
    let needed = first_step(&house, "jo@example.com").await;
    let flow = json!({"flow": needed["flow"]});
    house.post("/api/v1/sign-in/passkey/options", flow).await.problem(404);
    let body = json!({"flow": needed["flow"], "ceremony": challenge["ceremony"], "answer": {}});
    let refused = house.post("/api/v1/sign-in/passkey", body).await.problem(401);
    assert_eq!(refused["reason"], "passkey-wrong");
    assert!(house.acme.store.sessions().is_empty());
}

#[tokio::test]
async fn r76_whoever_asks_for_too_many_challenges_is_told_the_rest_of_the_wait() {
    let house = House::new().await;
    let ask = || house.post("/api/v1/sign-in/passkey/options", json!({}));
    let wait_of = |told: &super::Told| {
        told.problem(429);
        told.header("retry-after").parse::<u64>().unwrap()
    };
    let mut last = ask().await;
    while last.status == 200 {
        last = ask().await;
    }
    let whole = wait_of(&last);
    house.wait(whole / 2);
    assert_eq!(wait_of(&ask().await), whole - whole / 2);
    house.wait(whole - whole / 2);
    assert_eq!(ask().await.status, 200);
}
