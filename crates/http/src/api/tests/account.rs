use doorward_domain::testing::{APP_SECRET, backup_code};

use super::*;

/// Somebody with all that can be removed, and a token of theirs.
async fn jo(house: &House) -> (User, String) {
    let person = Person::customer(house.acme.workspace.id, "jo@example.com");
    let user = house.acme.person(person.also("jo@second.example", true));
    let token = house.session(ACME, &user).await;
    (user, token)
}

impl House {
    async fn own(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Told {
        self.ask(ACME, method, &format!("/api/v1{path}"), Some(token), body.as_ref())
            .await
    }

    async fn prove(&self, token: &str, evidence: Value) -> Told {
        self.own("POST", "/session/proof", token, Some(evidence)).await
    }
}

fn token_of(told: &Told) -> String {
    assert_eq!(told.status, 200, "{}", told.body);
    told.json()["session"]["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a4_a_profile_is_read_and_changed_in_part() {
    let house = House::new().await;
    let (user, token) = jo(&house).await;
    let before = house.own("GET", "/account", &token, None).await;
    assert_eq!((before.status, before.header("cache-control")), (200, "no-store"));
    let before = before.json();
    assert_eq!(
        (&before["id"], &before["picture_set_at"], &before["language"]),
        (&json!(user.id), &Value::Null, &Value::Null)
    );
    let change = json!({"language": "ar", "time_zone": "Asia/Riyadh"});
    let after = house.own("PATCH", "/account", &token, Some(change)).await.json();
    assert_eq!(
        (&after["name"], &after["language"], &after["time_zone"]),
        (&json!("jo"), &json!("ar"), &json!("Asia/Riyadh"))
    );
    // From now on in their language, whatever the request asks for.
    let stale = json!({"password": "short"});
    let refused = house
        .own("PUT", "/account/password", &token, Some(stale))
        .await
        .problem(422);
    assert!(
        !refused["problems"][0]["message"].as_str().unwrap().is_ascii(),
        "{refused}"
    );
    let change = json!({"name": "  Jo\n Doe ", "time_zone": null});
    let after = house.own("PATCH", "/account", &token, Some(change)).await.json();
    assert_eq!(
        (&after["name"], &after["language"], &after["time_zone"]),
        (&json!("Jo Doe"), &json!("ar"), &Value::Null)
    );
    for (change, field) in [
        (json!({"name": " "}), "name"),
        (json!({"language": "not a language"}), "language"),
        (json!({"language": "xx"}), "language"),
        (json!({"time_zone": "Europe/Nowhere"}), "time_zone"),
    ] {
        let refused = house.own("PATCH", "/account", &token, Some(change)).await.problem(422);
        assert_eq!(refused["field"], field);
    }
}

#[tokio::test]
async fn a4_a_picture_is_encoded_anew_and_bounded() {
    let house = House::new().await;
    let (_, token) = jo(&house).await;
    let put = |content_type: &str, body: Vec<u8>| {
        let request = Request::put("/api/v1/account/picture")
            .header("host", ACME)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", content_type)
            .body(body)
            .unwrap();
        house.send(request)
    };
    house.own("GET", "/account/picture", &token, None).await.problem(404);
    // One pixel, as small as a PNG gets.
    let png = data_encoding::BASE64
        .decode(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
        .unwrap();
    assert_eq!(put("image/png", png.clone()).await.status, 204);
    let account = house.own("GET", "/account", &token, None).await.json();
    assert_eq!(account["picture_set_at"], "2030-01-01T00:00:00.000Z");
    let kept = house.picture(&token).await;
    assert!(kept.starts_with(b"\x89PNG\r\n\x1a\n") && kept != png);

    put("application/json", b"{}".to_vec()).await.problem(415);
    put("image/svg+xml", b"<svg/>".to_vec()).await.problem(415);
    put("image/png", b"<script>alert(1)</script>".to_vec())
        .await
        .problem(415);
    put("image/png", png[..40].to_vec()).await.problem(422);
    for length in [2 * 1024 * 1024 + 1, 10 * 1024 * 1024] {
        put("image/png", vec![0; length]).await.problem(413);
    }
    // No more than any other body from whoever shows no session at all.
    let request = Request::put("/api/v1/account/picture")
        .header("host", ACME)
        .header("content-type", "image/png")
        .body(vec![0; 65 * 1024])
        .unwrap();
    house.send(request).await.problem(413);
    assert_eq!(house.picture(&token).await, kept, "a refused upload changes nothing");
    for _ in 0..2 {
        assert_eq!(house.own("DELETE", "/account/picture", &token, None).await.status, 204);
    }
    house.own("GET", "/account/picture", &token, None).await.problem(404);
}

#[tokio::test]
async fn a5_addresses_are_added_proved_made_primary_and_removed() {
    let house = House::new().await;
    let (_, token) = jo(&house).await;
    let sent = house
        .own(
            "POST",
            "/account/emails",
            &token,
            Some(json!({"email": "jo@third.example"})),
        )
        .await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    assert!(!sent.body.contains("jo@third.example") && sent.body.contains("sent_to"));
    let list = house.own("GET", "/account/emails", &token, None).await.json();
    let items = list["items"].as_array().unwrap().clone();
    let id = |address: &str| {
        let item = items.iter().find(|item| item["address"] == address).unwrap();
        item["id"].as_str().unwrap().to_owned()
    };
    let (first, second, third) = (id("jo@example.com"), id("jo@second.example"), id("jo@third.example"));
    let again = json!({"email": "JO@third.example"});
    house
        .own("POST", "/account/emails", &token, Some(again))
        .await
        .problem(409);
    let path = |id: &str, what: &str| format!("/account/emails/{id}{what}");
    let late = house
        .own("POST", &path(&third, "/proof"), &token, Some(json!({})))
        .await;
    late.problem(429);
    assert!(late.header("retry-after").parse::<u64>().unwrap() >= 1);
    house.wait(31);
    let resent = house
        .own("POST", &path(&third, "/proof"), &token, Some(json!({})))
        .await;
    assert_eq!(resent.status, 202, "{}", resent.body);
    house
        .own("POST", &path(&second, "/proof"), &token, Some(json!({})))
        .await
        .problem(404);
    house
        .own("POST", &path(&third, "/primary"), &token, Some(json!({})))
        .await
        .problem(409);

    let other_session = house.session(ACME, &user_of(&house, "jo@example.com")).await;
    let made = house
        .own("POST", &path(&second, "/primary"), &token, Some(json!({})))
        .await;
    assert_eq!(made.status, 204, "{}", made.body);
    house.get("/api/v1/session", &other_session).await.problem(401);
    let who = house.get("/api/v1/session", &token).await.json();
    assert_eq!(who["user"]["primary_email"], "jo@second.example");
    house.own("DELETE", &path(&second, ""), &token, None).await.problem(409);
    for gone in [&third, &first] {
        let told = house.own("DELETE", &path(gone, "?confirmed=true"), &token, None).await;
        assert_eq!(told.status, 204, "{}", told.body);
        house
            .own("DELETE", &path(gone, "?confirmed=true"), &token, None)
            .await
            .problem(404);
    }
}

fn user_of(house: &House, address: &str) -> User {
    let people = house.acme.store.people();
    let found = people
        .into_iter()
        .find(|person| person.emails.iter().any(|email| email.address.as_str() == address));
    found.unwrap()
}

#[tokio::test]
async fn b16_adding_an_address_does_not_tell_whose_it_is() {
    let house = House::new().await;
    let (_, token) = jo(&house).await;
    house.acme.customer("ann@other.example");
    let mut told = Vec::new();
    for address in ["ann@other.example", "bob@other.example"] {
        let body = json!({"email": address});
        let sent = house.own("POST", "/account/emails", &token, Some(body)).await;
        assert_eq!(sent.status, 202, "{}", sent.body);
        told.push(sent.masked().replace("a•", "x•").replace("b•", "x•"));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn nobody_touches_what_is_somebody_elses() {
    let house = House::new().await;
    let (_, token) = jo(&house).await;
    let ann = Person::customer(house.acme.workspace.id, "ann@example.com")
        .also("ann@second.example", true)
        .with_passkey("Phone", true);
    let (passkey, ann) = (ann.passkeys[0].id, house.acme.person(ann));
    let hers = house.session(ACME, &ann).await;
    let session = house.own("GET", "/account/sessions", &hers, None).await.json()["items"][0]["id"].clone();
    let session = session.as_str().unwrap().to_owned();
    let email = ann.emails[1].id;
    for (method, path, body) in [
        ("DELETE", format!("/account/emails/{email}?confirmed=true"), None),
        ("POST", format!("/account/emails/{email}/primary"), Some(json!({}))),
        ("POST", format!("/account/emails/{email}/proof"), Some(json!({}))),
        ("DELETE", format!("/account/passkeys/{passkey}?confirmed=true"), None),
        (
            "PATCH",
            format!("/account/passkeys/{passkey}"),
            Some(json!({"name": "Mine"})),
        ),
        ("DELETE", format!("/account/sessions/{session}"), None),
        ("DELETE", "/account/sessions/nonsense".to_owned(), None),
    ] {
        let told = house.own(method, &path, &token, body).await;
        assert_eq!(told.status, 404, "{method} {path}: {}", told.body);
    }
    assert_eq!(house.get("/api/v1/session", &hers).await.status, 200);
}

#[tokio::test]
async fn a7_sessions_are_listed_and_ended_one_by_one_or_all_others() {
    let house = House::new().await;
    let (user, token) = jo(&house).await;
    let (second, third) = (house.session(ACME, &user).await, house.session(ACME, &user).await);
    let list = house.own("GET", "/account/sessions", &token, None).await.json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!(items[0]["this"], true);
    assert!(items[1..].iter().all(|item| item["this"] == false));
    assert_eq!(items[0]["network_address"], "203.0.113.9");
    assert!(!list.to_string().contains(&token));
    let id = house.get("/api/v1/session", &second).await.json()["session"]["id"].clone();
    let path = format!("/account/sessions/{}", id.as_str().unwrap());
    assert_eq!(house.own("DELETE", &path, &token, None).await.status, 204);
    house.get("/api/v1/session", &second).await.problem(401);
    house.own("DELETE", &path, &token, None).await.problem(404);
    let ended = house.own("DELETE", "/account/sessions", &token, None).await;
    assert_eq!((ended.status, &ended.json()["ended"]), (200, &json!(1)));
    house.get("/api/v1/session", &third).await.problem(401);
    assert_eq!(house.get("/api/v1/session", &token).await.status, 200);
}

#[tokio::test]
async fn b11_two_factor_is_turned_on_renewed_and_turned_off() {
    let house = House::new().await;
    let (user, token) = jo(&house).await;
    let enable = |code: String| {
        house.own(
            "POST",
            "/account/two-factor/enable",
            &token,
            Some(json!({"code": code})),
        )
    };
    enable("123456".to_owned()).await.problem(409);
    house
        .own("POST", "/account/backup-codes", &token, Some(json!({})))
        .await
        .problem(409);
    house
        .own("DELETE", "/account/two-factor", &token, None)
        .await
        .problem(404);

    let setup = house.own("POST", "/account/two-factor", &token, Some(json!({}))).await;
    assert_eq!(setup.status, 200, "{}", setup.body);
    let secret = secret_of(&setup.json());
    let security = || house.own("GET", "/account/security", &token, None);
    assert_eq!(
        security().await.json()["two_factor"]["on"],
        false,
        "nothing is on before a right code"
    );
    let other = house.session(ACME, &user).await;
    let code = house.app_code(&secret);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(
        enable(wrong.to_owned()).await.problem(401)["reason"],
        "second-factor-wrong"
    );
    let on = enable(code).await;
    assert_eq!(on.status, 200, "{}", on.body);
    let codes = on.json()["backup_codes"].clone();
    assert_eq!(codes.as_array().unwrap().len(), 10);
    house.get("/api/v1/session", &other).await.problem(401);
    let shown = security().await.json();
    assert_eq!(
        (&shown["two_factor"]["on"], &shown["two_factor"]["backup_codes_left"]),
        (&json!(true), &json!(10))
    );
    assert!(!shown.to_string().contains(codes[0].as_str().unwrap()));

    let renewed = house
        .own("POST", "/account/backup-codes", &token, Some(json!({})))
        .await;
    assert_ne!(renewed.json()["backup_codes"], codes);
    let told = house
        .own("DELETE", "/account/two-factor?confirmed=true", &token, None)
        .await;
    assert_eq!(told.status, 204, "{}", told.body);
    assert_eq!(security().await.json()["two_factor"]["on"], false);
}

#[tokio::test]
async fn passkeys_are_named_and_removed_and_the_last_way_is_warned_of_before() {
    let house = House::new().await;
    let mut person = Person::customer(house.acme.workspace.id, "jo@example.com");
    person = person.with_passkey("Phone", false);
    let (id, user) = (person.passkeys[0].id, house.acme.person(person));
    let token = house.session(ACME, &user).await;
    let path = format!("/account/passkeys/{id}");
    let rename = |name: &str| house.own("PATCH", &path, &token, Some(json!({"name": name})));
    assert_eq!(rename("Work phone").await.status, 204);
    for name in ["", " ", &"x".repeat(61)] {
        assert_eq!(rename(name).await.problem(422)["field"], "name");
    }
    let security = house.own("GET", "/account/security", &token, None).await.json();
    assert_eq!(
        (
            &security["passkeys"][0]["name"],
            &security["passkeys"][0]["last_used_at"]
        ),
        (&json!("Work phone"), &Value::Null)
    );
    let challenge = house
        .own("POST", "/account/passkeys/options", &token, Some(json!({})))
        .await;
    assert_eq!(challenge.status, 200, "{}", challenge.body);
    let challenge = challenge.json();
    assert_eq!(challenge["options"]["publicKey"]["rp"]["id"], "acme.localhost");
    let forged = json!({"ceremony": challenge["ceremony"], "answer": {"id": "x"}});
    let refused = house.own("POST", "/account/passkeys", &token, Some(forged)).await;
    assert_eq!(refused.problem(422)["field"], "answer");

    // Without passwords for customers, the mailbox is all that is left beside the passkey.
    let no_passwords = |security: &mut doorward_domain::settings::SecuritySettings| {
        security.customers.password = false;
    };
    house.acme.clone().settings(no_passwords).await.unwrap();
    house.wait(5);
    let warned = house.own("DELETE", &path, &token, None).await.problem(409);
    assert_eq!(warned["type"], "urn:doorward:problem:one-way-left");
    let warnings = warned["warnings"].as_array().unwrap();
    assert!(warnings.contains(&json!({"warning": "one-way-left"})), "{warned}");
    assert!(
        warnings.contains(&json!({"warning": "nothing-without", "loss": "mailbox"})),
        "{warned}"
    );
    let odd = format!("{path}?confirmed=perhaps");
    house.own("DELETE", &odd, &token, None).await.problem(422);
    let confirmed = format!("{path}?confirmed=true");
    assert_eq!(house.own("DELETE", &confirmed, &token, None).await.status, 204);
    house.own("DELETE", &confirmed, &token, None).await.problem(404);
}

#[tokio::test]
async fn r11_what_is_sensitive_asks_for_a_fresh_proof_and_the_session_goes_on_under_a_new_token() {
    let house = House::new().await;
    let (user, token) = jo(&house).await;
    house.wait(301);
    let email = user.emails[1].id;
    let none = "00000000-0000-4000-8000-000000000000";
    let passkey = json!({"ceremony": none, "answer": {}});
    for (method, path, body) in [
        (
            "PUT",
            "/account/password".to_owned(),
            Some(json!({"password": "an entirely new phrase"})),
        ),
        (
            "POST",
            "/account/emails".to_owned(),
            Some(json!({"email": "a@example.org"})),
        ),
        ("POST", format!("/account/emails/{email}/primary"), Some(json!({}))),
        ("DELETE", format!("/account/emails/{email}"), None),
        ("POST", "/account/two-factor".to_owned(), Some(json!({}))),
        (
            "POST",
            "/account/two-factor/enable".to_owned(),
            Some(json!({"code": "123456"})),
        ),
        ("DELETE", "/account/two-factor?confirmed=true".to_owned(), None),
        ("POST", "/account/backup-codes".to_owned(), Some(json!({}))),
        ("POST", "/account/passkeys/options".to_owned(), Some(json!({}))),
        ("POST", "/account/passkeys".to_owned(), Some(passkey)),
        ("DELETE", format!("/account/passkeys/{none}?confirmed=true"), None),
    ] {
        let refused = house.own(method, &path, &token, body).await.problem(403);
        assert_eq!(
            (&refused["type"], &refused["ways"]),
            (
                &json!("urn:doorward:problem:fresh-proof-required"),
                &json!(["password", "email-code"])
            ),
            "{method} {path}"
        );
    }
    let wrong = json!({"way": "password", "password": "wrong horse battery"});
    let refused = house.prove(&token, wrong).await.problem(401);
    assert_eq!(
        (&refused["outcome"], &refused["reason"]),
        (&json!("refused"), &json!("invalid-credentials"))
    );
    let proved = house
        .prove(&token, json!({"way": "password", "password": PASSWORD}))
        .await;
    let renewed = token_of(&proved);
    assert_eq!(proved.header("set-cookie"), "");
    assert_eq!(proved.json()["session"]["fresh_until"], "2030-01-01T00:10:01.000Z");
    house.get("/api/v1/session", &token).await.problem(401);
    let body = json!({"password": "an entirely new phrase"});
    let told = house.own("PUT", "/account/password", &renewed, Some(body)).await;
    assert_eq!(told.status, 204, "{}", told.body);
    assert_eq!(
        house.password("jo@example.com", "an entirely new phrase").await.status,
        200
    );
}

#[tokio::test]
async fn r11_a_code_that_was_mailed_for_it_is_a_fresh_proof_and_nothing_else() {
    let house = House::new().await;
    let (_, token) = jo(&house).await;
    house.wait(301);
    let sent = house.own("POST", "/session/proof/code", &token, Some(json!({}))).await;
    assert_eq!((sent.status, &sent.json()["outcome"]), (202, &json!("code_sent")));
    let flow = sent.json()["flow"].clone();
    let code = house.acme.store.last_code_to("jo@example.com").unwrap();
    let as_sign_in = json!({"flow": flow, "code": code});
    let refused = house.post("/api/v1/sign-in/code/verify", as_sign_in).await.problem(401);
    assert_eq!(refused["reason"], "session-expired");
    // Somebody else's session is not renewed by it.
    let ann = house.acme.customer("ann@example.com");
    let hers = house.session(ACME, &ann).await;
    let evidence = json!({"way": "email-code", "flow": flow, "code": code});
    assert_eq!(
        house.prove(&hers, evidence.clone()).await.problem(401)["reason"],
        "session-expired"
    );
    let renewed = token_of(&house.prove(&token, evidence.clone()).await);
    house.prove(&renewed, evidence).await.problem(401);
    assert_eq!(house.get("/api/v1/session", &renewed).await.status, 200);
}

#[tokio::test]
async fn r72_with_two_factor_on_the_mailbox_is_no_proof_and_the_app_is() {
    let house = House::new().await;
    let user = house.acme.with_two_factor("jo@example.com");
    let needed = house.password("jo@example.com", PASSWORD).await.json();
    let body = json!({"flow": needed["flow"], "code": backup_code(0).expose()});
    let token = token_of(&house.post("/api/v1/sign-in/second-factor", body).await);
    house
        .own("POST", "/session/proof/code", &token, Some(json!({})))
        .await
        .problem(409);
    house
        .own("POST", "/session/proof/passkey/options", &token, Some(json!({})))
        .await
        .problem(409);
    let security = house.own("GET", "/account/security", &token, None).await.json();
    assert_eq!(
        security["fresh_proof"],
        json!({"fresh": true, "ways": ["password", "second-factor"]})
    );
    house.wait(301);
    let renewal = house
        .prove(
            &token,
            json!({"way": "second-factor", "code": house.app_code(&APP_SECRET)}),
        )
        .await;
    let renewed = token_of(&renewal);
    let who = house.get("/api/v1/session", &renewed).await.json();
    assert_eq!(who["user"]["id"], json!(user.id));
    for odd in [
        json!({"way": "nothing"}),
        json!({"way": "password"}),
        json!({"way": "password", "password": PASSWORD, "code": "1"}),
        json!({"password": PASSWORD}),
    ] {
        house.prove(&renewed, odd).await.problem(422);
    }
}

#[tokio::test]
async fn r83_a_browser_s_session_is_renewed_in_its_cookie_and_only_from_its_own_pages() {
    let house = House::new().await;
    let (_, token) = jo(&house).await;
    let request = |site: &str, keep: &str| {
        Request::post("/api/v1/session/proof")
            .header("host", ACME)
            .header("cookie", format!("doorward_session={token}{keep}"))
            .header("sec-fetch-site", site)
            .header("content-type", "application/json")
            .body(
                json!({"way": "password", "password": PASSWORD})
                    .to_string()
                    .into_bytes(),
            )
            .unwrap()
    };
    for site in ["cross-site", "same-site"] {
        house.send(request(site, "")).await.problem(403);
    }
    let told = house.send(request("same-origin", "; doorward_keep=1")).await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!(told.json()["session"].get("token"), None, "a script must not learn it");
    let cookie = told
        .headers
        .get_all("set-cookie")
        .iter()
        .find_map(|cookie| cookie.to_str().unwrap().strip_prefix("doorward_session="))
        .unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("Max-Age=2592000"),
        "{cookie}"
    );
    let renewed = cookie.split(';').next().unwrap();
    assert_eq!(house.get("/api/v1/session", renewed).await.status, 200);
    house.get("/api/v1/session", &token).await.problem(401);
}

#[tokio::test]
async fn a_body_of_another_type_changes_nothing() {
    let house = House::new().await;
    let (user, token) = jo(&house).await;
    let email = user.emails[1].id;
    let request = Request::post(format!("/api/v1/account/emails/{email}/primary"))
        .header("host", ACME)
        .header("authorization", format!("Bearer {token}"))
        .body(Vec::new())
        .unwrap();
    house.send(request).await.problem(415);
}
