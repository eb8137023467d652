use super::*;

#[tokio::test]
async fn b1_a_password_opens_a_session_that_answers_who_this_is() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    let body = json!({"email": "JO@example.com", "password": PASSWORD, "return_to": "/tickets/7"});
    let told = house.post("/api/v1/sign-in/password", body).await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!(told.header("cache-control"), "no-store");
    assert_eq!(told.header("set-cookie"), "");
    let signed_in = told.json();
    assert_eq!(signed_in["outcome"], "signed_in");
    assert_eq!(signed_in["return_to"], "/tickets/7");
    assert_eq!(signed_in["session"]["expires_at"], "2030-01-31T00:00:00.000Z");
    let token = signed_in["session"]["token"].as_str().unwrap();

    let who = house.get("/api/v1/session", token).await;
    assert_eq!(who.status, 200);
    let who = who.json();
    assert_eq!(
        who["user"],
        json!({
            "id": jo.id, "name": "jo", "primary_email": "jo@example.com", "emails": ["jo@example.com"],
            "role": "customer", "permissions": [], "organisations": []
        })
    );
    assert_eq!(who["workspace"], json!({"id": house.acme.workspace.id, "slug": "acme"}));
    assert_eq!(signed_in["user"], who["user"]);
    assert_eq!(signed_in["workspace"], who["workspace"]);
    for member in ["id", "created_at", "expires_at", "method"] {
        assert_eq!(signed_in["session"][member], who["session"][member], "{member}");
    }
    assert!(who["session"].get("token").is_none());
}

#[tokio::test]
async fn r79_signing_in_again_with_a_token_ends_its_session() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    let first = house.session(ACME, &jo).await;
    let body = json!({"email": "jo@example.com", "password": PASSWORD});
    let again = house
        .ask(ACME, "POST", "/api/v1/sign-in/password", Some(&first), Some(&body))
        .await;
    assert_eq!(again.status, 200);
    house.get("/api/v1/session", &first).await.problem(401);
}

#[tokio::test]
async fn a3_a_right_password_of_an_unproved_mailbox_leads_to_a_code() {
    let house = House::new().await;
    house.acme.unproved("new@example.com");
    let told = house.password("new@example.com", PASSWORD).await;
    assert_eq!(told.status, 202, "{}", told.body);
    let sent = told.json();
    assert_eq!(sent["outcome"], "code_sent");
    assert_eq!(house.promised(), 1);
    let code = house.acme.store.last_code_to("new@example.com").unwrap();
    let verify = json!({"flow": sent["flow"], "code": code});
    let told = house.post("/api/v1/sign-in/code/verify", verify).await;
    assert_eq!(told.json()["outcome"], "signed_in", "{}", told.body);
}

#[tokio::test]
async fn b2_a_code_opens_a_session_once() {
    let house = House::new().await;
    house.acme.without_password("jo@example.com");
    let body = json!({"email": "jo@example.com", "return_to": "/tickets/7"});
    let told = house.post("/api/v1/sign-in/code", body).await;
    assert_eq!(told.status, 202, "{}", told.body);
    let sent = told.json();
    assert_eq!(
        (&sent["outcome"], &sent["resend_in"]),
        (&json!("code_sent"), &json!(30))
    );
    let code = house.acme.store.last_code_to("jo@example.com").unwrap();
    assert!(!told.body.contains(&code) && !told.body.contains("jo@example.com"));

    let other = if code.starts_with('7') { "8888888" } else { "7777777" };
    let wrong = json!({"flow": sent["flow"], "code": other});
    let refused = house.post("/api/v1/sign-in/code/verify", wrong).await.problem(401);
    assert_eq!(
        (&refused["outcome"], &refused["reason"], &refused["tries_left"]),
        (&json!("refused"), &json!("code-wrong"), &json!(4))
    );
    assert_eq!(refused["flow"], sent["flow"]);

    let right = json!({"flow": sent["flow"], "code": code.to_lowercase()});
    let told = house.post("/api/v1/sign-in/code/verify", right.clone()).await;
    assert_eq!((told.status, &told.json()["return_to"]), (200, &json!("/tickets/7")));
    let again = house.post("/api/v1/sign-in/code/verify", right).await.problem(401);
    assert_eq!(again["outcome"], "refused");
}

#[tokio::test]
async fn r27_inside_the_wait_nothing_is_sent_and_the_first_code_stays_good() {
    let house = House::new().await;
    house.acme.without_password("jo@example.com");
    let ask = || house.post("/api/v1/sign-in/code", json!({"email": "jo@example.com"}));
    let first = ask().await.json();
    house.wait(10);
    let second = ask().await;
    assert_eq!((second.status, &second.json()["resend_in"]), (202, &json!(20)));
    assert_eq!(house.acme.store.outbox().len(), 1);
    // An attempt is told to whoever began it, and to nobody who merely names the address.
    assert_ne!(second.json()["flow"], first["flow"]);
    let code = house.acme.store.last_code_to("jo@example.com").unwrap();
    house.wait(21);
    ask().await;
    assert_eq!(house.acme.store.outbox().len(), 2);
    let late = json!({"flow": first["flow"], "code": code});
    assert_eq!(house.post("/api/v1/sign-in/code/verify", late).await.status, 200);
}

#[tokio::test]
async fn r25_a_code_is_good_in_its_workspace_and_for_its_purpose_only() {
    let house = House::new().await;
    house.acme.without_password("jo@example.com");
    let sent = house
        .post("/api/v1/sign-in/code", json!({"email": "jo@example.com"}))
        .await
        .json();
    let code = house.acme.store.last_code_to("jo@example.com").unwrap();
    let body = json!({"flow": sent["flow"], "code": code});
    let elsewhere = house
        .ask(OTHER, "POST", "/api/v1/sign-in/code/verify", None, Some(&body))
        .await;
    assert_eq!(elsewhere.problem(401)["reason"], "session-expired");
    let other_purpose = house.post("/api/v1/sign-up/verify", body.clone()).await;
    assert_eq!(other_purpose.problem(401)["reason"], "session-expired");
    assert_eq!(house.post("/api/v1/sign-in/code/verify", body).await.status, 200);
}

#[tokio::test]
async fn r90_known_and_unknown_addresses_are_refused_alike_after_the_same_work() {
    let house = House::new().await;
    house.acme.customer("known@example.com");
    house.acme.without_password("plain@example.com");
    house.acme.known_contact("contact@example.com");
    house.acme.disabled("gone@example.com");
    let mut told = Vec::new();
    for (n, name) in ["known", "nobody", "plain", "contact", "gone"].into_iter().enumerate() {
        let email = format!("{name}@example.com");
        told.push(house.password(&email, "wrong horse battery").await);
        assert_eq!(usize::try_from(house.hasher.checks()).unwrap(), n + 1, "{email}");
    }
    let right_but_disabled = house.password("gone@example.com", PASSWORD).await;
    told.push(right_but_disabled);
    let first = told.first().unwrap();
    let refused = first.problem(401);
    assert_eq!(refused["reason"], "invalid-credentials");
    assert_eq!(refused["detail"], "Email address or password is incorrect.");
    assert_eq!(refused["help_code"].as_str().unwrap().len(), 9);
    for other in &told {
        assert_eq!(other.masked(), first.masked());
    }
}

#[tokio::test]
async fn r30_a_code_is_sent_to_every_address_alike() {
    let house = House::new().await;
    house.acme.customer("ann@example.com");
    house.acme.disabled("bob@example.com");
    house.acme.owner("eve@example.com");
    for path in ["/api/v1/sign-in/code", "/api/v1/password-reset"] {
        let mut told = Vec::new();
        for name in ["ann", "bob", "eve", "nob"] {
            let email = format!("{name}@example.com");
            let answer = house.post(path, json!({"email": email})).await;
            assert_eq!(answer.status, 202, "{}", answer.body);
            let masked = answer.json()["sent_to"].as_str().unwrap().to_owned();
            told.push(answer.masked().replace(&masked, "masked"));
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
    }
    assert_eq!(house.acme.store.outbox().len(), 8);
    assert_eq!(house.promised(), 8);
}

#[tokio::test]
async fn r94_too_many_tries_are_told_alike_with_the_time_to_come_back() {
    let house = House::new().await;
    house.acme.customer("known@example.com");
    let mut last = Vec::new();
    for email in ["known@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            house.password(email, "wrong horse battery").await.problem(401);
        }
        last.push(house.password(email, PASSWORD).await);
        house.wait(3600);
    }
    let refused = last[0].problem(429);
    assert_eq!(
        (&refused["outcome"], &refused["reason"]),
        (&json!("refused"), &json!("try-later"))
    );
    let seconds: u64 = last[0].header("retry-after").parse().unwrap();
    assert!((1..=3600).contains(&seconds), "{seconds}");
    assert_eq!(last[0].masked(), last[1].masked());
    assert_eq!(house.hasher.checks(), 10);
}

#[tokio::test]
async fn c3_a_method_that_is_switched_off_is_told_so() {
    let house = House::new().await;
    house
        .acme
        .clone()
        .settings(|security| security.customers.password = false)
        .await
        .unwrap();
    house.acme.customer("jo@example.com");
    let refused = house.password("jo@example.com", PASSWORD).await.problem(403);
    assert_eq!(
        (&refused["outcome"], &refused["reason"]),
        (&json!("refused"), &json!("method-off"))
    );
    // Who does not know the password does not learn whose it would be.
    let refused = house
        .password("jo@example.com", "wrong horse battery")
        .await
        .problem(401);
    assert_eq!(refused["reason"], "invalid-credentials");
}

#[tokio::test]
async fn r82_a_signed_out_session_is_over_at_once() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    let token = house.session(ACME, &jo).await;
    // It is nothing on another workspace's host, and stays alive there being named.
    house
        .ask(OTHER, "DELETE", "/api/v1/session", Some(&token), None)
        .await
        .problem(401);
    assert_eq!(house.get("/api/v1/session", &token).await.status, 200);
    let told = house.ask(ACME, "DELETE", "/api/v1/session", Some(&token), None).await;
    assert_eq!((told.status, told.body.as_str()), (204, ""));
    house.get("/api/v1/session", &token).await.problem(401);
    house
        .ask(ACME, "DELETE", "/api/v1/session", Some(&token), None)
        .await
        .problem(401);
}

#[tokio::test]
async fn r85_a_browser_forgets_the_cookie_of_a_signed_out_session() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    let token = house.session(ACME, &jo).await;
    let request = |site: &str| {
        Request::delete("/api/v1/session")
            .header("host", ACME)
            .header("cookie", format!("doorward_session={token}"))
            .header("sec-fetch-site", site)
            .body(Vec::new())
            .unwrap()
    };
    house.send(request("cross-site")).await.problem(403);
    let told = house.send(request("same-origin")).await;
    assert_eq!(told.status, 204);
    assert!(
        told.header("set-cookie").starts_with("doorward_session=; "),
        "{}",
        told.header("set-cookie")
    );
    assert_eq!(told.header("clear-site-data"), "\"cache\", \"storage\"");
}

#[tokio::test]
async fn a3_a_sign_up_is_finished_by_its_code() {
    let house = House::new().await;
    let body = json!({"name": "New Person", "email": "new@example.com", "password": "a rather long phrase"});
    let sent = house.post("/api/v1/sign-up", body).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    assert!(house.acme.store.people().is_empty());
    let code = house.acme.store.last_code_to("new@example.com").unwrap();
    let verify = json!({"flow": sent.json()["flow"], "code": code});
    let told = house.post("/api/v1/sign-up/verify", verify).await;
    assert_eq!(told.json()["user"]["name"], "New Person", "{}", told.body);
    let common = json!({"name": "N", "email": "b@example.com", "password": "password"});
    let refused = house.post("/api/v1/sign-up", common).await.problem(422);
    assert_eq!(refused["field"], "password");
    assert_eq!(refused["problems"][0]["code"], "too-short");
}

#[tokio::test]
async fn b14_a_reset_link_sets_a_password_once() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    let session = house.session(ACME, &jo).await;
    house
        .post("/api/v1/password-reset", json!({"email": "jo@example.com"}))
        .await;
    let link = house.acme.store.last_link_to("jo@example.com").unwrap();
    let token = link.rsplit('/').next().unwrap();
    let confirm = |password: &str| {
        house.post(
            "/api/v1/password-reset/confirm",
            json!({"token": token, "password": password}),
        )
    };
    assert_eq!(confirm("short").await.problem(422)["problems"][0]["code"], "too-short");
    assert_eq!(confirm("an entirely new phrase").await.status, 204);
    house.get("/api/v1/session", &session).await.problem(401);
    assert_eq!(
        house.password("jo@example.com", "an entirely new phrase").await.status,
        200
    );
    let spent = confirm("yet another new phrase").await.problem(410);
    assert_eq!(
        (&spent["outcome"], &spent["reason"]),
        (&json!("refused"), &json!("link-invalid"))
    );
}

#[tokio::test]
async fn a_refusal_is_told_in_the_language_asked_for() {
    let house = House::new().await;
    let request = Request::post("/api/v1/sign-in/password")
        .header("host", ACME)
        .header("content-type", "application/json")
        .header("accept-language", "ar")
        .body(
            json!({"email": "a@example.com", "password": "x"})
                .to_string()
                .into_bytes(),
        )
        .unwrap();
    let refused = house.send(request).await.problem(401);
    assert!(!refused["detail"].as_str().unwrap().is_ascii(), "{refused}");
}

#[tokio::test]
async fn r8_a_store_that_is_away_or_a_full_queue_is_told_as_such() {
    let house = House::new().await;
    house.acme.customer("jo@example.com");
    house.hasher.set_busy(true);
    let busy = house.password("jo@example.com", PASSWORD).await;
    busy.problem(503);
    assert_eq!(busy.header("retry-after"), "1");
    house.hasher.set_busy(false);
    house.acme.store.set_away(true);
    let away = house.password("jo@example.com", PASSWORD).await;
    away.problem(503);
    house.acme.store.set_away(false);
    assert_eq!(house.password("jo@example.com", PASSWORD).await.status, 200);
}
