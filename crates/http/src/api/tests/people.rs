use super::*;

async fn reader(house: &House) -> String {
    house.key(&house.acme.workspace, &[Scope::UsersRead]).await
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|user| user["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn c1_a_list_is_walked_page_by_page_and_holds_everybody_once() {
    let house = House::new().await;
    let mut made: Vec<String> = (0..7)
        .map(|n| house.acme.customer(&format!("p{n}@example.com")).id.to_string())
        .collect();
    house.other.customer("foreign@example.com");
    made.sort();
    let key = reader(&house).await;
    for limit in [1, 2, 3, 7, 8, 200] {
        let mut seen = Vec::new();
        let mut path = format!("/api/v1/users?limit={limit}");
        loop {
            let page = house.get(&path, &key).await.json();
            assert!(page["items"].as_array().unwrap().len() <= limit);
            seen.extend(ids(&page));
            match &page["next"] {
                Value::Null => break,
                next => path = format!("/api/v1/users?limit={limit}&cursor={}", next.as_str().unwrap()),
            }
        }
        assert_eq!(seen, made, "limit {limit}");
    }
    for query in ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "cursor=x"] {
        house.get(&format!("/api/v1/users?{query}"), &key).await.problem(422);
    }
    for query in ["q=%ff", "q=%00", "q=%zz", "q=a&q=b", "who=a"] {
        house.get(&format!("/api/v1/users?{query}"), &key).await.problem(400);
    }
    let long = format!("/api/v1/users?q={}", "x".repeat(201));
    house.get(&long, &key).await.problem(422);
}

#[tokio::test]
async fn c1_a_search_looks_into_names_and_addresses() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    house.acme.customer("ann@elsewhere.example");
    let key = reader(&house).await;
    let found = house.get("/api/v1/users?q=JO%40exam", &key).await.json();
    assert_eq!(ids(&found), [jo.id.to_string()]);
    assert_eq!(found["next"], Value::Null);
    let none = house.get("/api/v1/users?q=%25", &key).await.json();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn a_person_is_read_by_id_in_their_own_workspace() {
    let house = House::new().await;
    let jo = house
        .acme
        .person(Person::customer(house.acme.workspace.id, "jo@example.com").also("second@example.com", false));
    let foreign = house.other.customer("foreign@example.com");
    let key = reader(&house).await;
    let told = house.get(&format!("/api/v1/users/{}", jo.id), &key).await;
    assert_eq!(told.status, 200);
    let user = told.json();
    assert_eq!(user["id"], json!(jo.id));
    assert_eq!(
        (&user["role"], &user["status"], &user["has_password"]),
        (&json!("customer"), &json!("active"), &json!(true))
    );
    assert_eq!(user["primary_email"], "jo@example.com");
    assert_eq!(user["emails"][0]["verified_at"], "2029-12-31T12:00:00.000Z");
    assert_eq!(
        (&user["emails"][1]["address"], &user["emails"][1]["verified"]),
        (&json!("second@example.com"), &json!(false))
    );
    assert_eq!(user["last_sign_in_at"], Value::Null);
    assert!(!told.body.contains("$plain$"), "no hash is told");
    for id in [foreign.id.to_string(), "x".to_owned(), "%ff".to_owned()] {
        let told = house.get(&format!("/api/v1/users/{id}"), &key).await;
        assert!(matches!(told.status, 400 | 404), "{id}: {}", told.status);
        told.problem(told.status);
    }
    house
        .get(&format!("/api/v1/users/{}", foreign.id), &key)
        .await
        .problem(404);
}

#[tokio::test]
async fn a1_a_contact_is_made_once_and_found_afterwards() {
    let house = House::new().await;
    let key = house.key(&house.acme.workspace, &[Scope::UsersWrite]).await;
    let put = async |body: Value| {
        let path = "/api/v1/users/by-identity";
        house.ask(ACME, "PUT", path, Some(&key), Some(&body)).await
    };
    for identity in [
        json!({"kind": "email", "address": "Lee@Example.com"}),
        json!({"kind": "x", "subject": "783214"}),
        json!({"kind": "facebook", "subject": "1007"}),
    ] {
        let body = json!({"identity": identity, "name": "Lee", "organisations": ["Acme, Inc"]});
        let made = put(body.clone()).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let user = made.json();
        assert_eq!(
            made.header("location"),
            format!("/api/v1/users/{}", user["id"].as_str().unwrap())
        );
        assert_eq!((&user["name"], &user["has_password"]), (&json!("Lee"), &json!(false)));
        assert_eq!(user["organisations"], json!(["Acme, Inc"]));
        let again = put(body).await;
        assert_eq!((again.status, &again.json()["id"]), (200, &user["id"]), "{identity}");
    }
    assert_eq!(house.acme.store.people().len(), 3);
    let person = house
        .acme
        .store
        .people()
        .into_iter()
        .find(|person| !person.emails.is_empty());
    assert!(
        person.unwrap().emails[0].verified_at.is_none(),
        "a claim proves nothing"
    );
    for (identity, status) in [
        (json!({"kind": "email", "address": "nonsense"}), 422),
        (json!({"kind": "email"}), 422),
        (
            json!({"kind": "email", "address": "a@example.com", "verified": true}),
            422,
        ),
        (json!({"kind": "pigeon", "subject": "1"}), 422),
        (json!({"kind": "x", "subject": ""}), 422),
        (json!({"kind": "x", "subject": "a b"}), 422),
        (json!({"kind": "x", "subject": "\u{0}"}), 422),
        (json!("email"), 422),
    ] {
        put(json!({"identity": identity})).await.problem(status);
    }
    let many: Vec<String> = (0..51).map(|n| format!("o{n}")).collect();
    let body = json!({"identity": {"kind": "x", "subject": "1"}, "organisations": many});
    put(body).await.problem(422);
}

#[tokio::test]
async fn c4_the_sign_in_check_says_why() {
    let house = House::new().await;
    house.acme.without_password("jo@example.com");
    let refused = house.password("jo@example.com", PASSWORD).await.json();
    house
        .post("/api/v1/sign-in/code", json!({"email": "jo@example.com"}))
        .await;
    let key = house.key(&house.acme.workspace, &[Scope::SignInCheckRead]).await;
    let told = house.get("/api/v1/sign-in-check?email=jo%40example.com", &key).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let check = told.json();
    assert_eq!(check["user"]["primary_email"], "jo@example.com");
    assert_eq!(
        check["ways_in"],
        json!([
            {"method": "password", "state": "closed", "reason": "no-password"},
            {"method": "email-code", "state": "open", "reason": null},
            {"method": "passkey", "state": "closed", "reason": "no-passkey"},
            {"method": "provider", "state": "closed", "reason": "no-connection"},
            {"method": "hand-over", "state": "closed", "reason": "method-off-customers"}
        ])
    );
    assert_eq!(
        check["second_factor"],
        json!({"on": false, "required": false, "backup_codes_left": 0, "passkeys": 0})
    );
    let attempts = check["attempts"].as_array().unwrap();
    let attempt = attempts
        .iter()
        .find(|attempt| attempt["help_code"] == refused["help_code"])
        .unwrap();
    assert_eq!(
        (
            &attempt["outcome"],
            &attempt["public_reason"],
            &attempt["private_reason"]
        ),
        (&json!("refused"), &json!("invalid-credentials"), &json!("no-password"))
    );
    assert_eq!(attempt["at"], "2030-01-01T00:00:00.000Z");
    let findings = attempt["findings"].as_array().unwrap();
    assert!(
        findings.iter().any(|finding| finding["ruling"] == "deny"),
        "{findings:?}"
    );
    assert_eq!(
        (&check["mails"][0]["state"], &check["mails"][0]["to"]),
        (&json!("queued"), &json!("jo@example.com"))
    );
    let code = house.acme.store.last_code_to("jo@example.com").unwrap();
    assert!(!told.body.contains(&code), "staff see no code");

    let unknown = house
        .get("/api/v1/sign-in-check?email=nobody%40example.com", &key)
        .await
        .json();
    assert_eq!(unknown["user"], Value::Null);
    assert_eq!(unknown["ways_in"][0]["reason"], "unknown-address");
    house
        .get("/api/v1/sign-in-check?email=nonsense", &key)
        .await
        .problem(422);
    house.get("/api/v1/sign-in-check", &key).await.problem(400);
}

#[tokio::test]
async fn b4_a_portal_link_is_made_listed_and_taken_back() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    let key = house.key(&house.acme.workspace, &[Scope::PortalLinksWrite]).await;
    let path = format!("/api/v1/users/{}/portal-links", jo.id);
    let body = json!({"to": "/tickets/42", "expires_in": 3_600});
    let made = house.ask(ACME, "POST", &path, Some(&key), Some(&body)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    let url = made["url"].as_str().unwrap();
    assert!(url.starts_with("http://localhost:8080/portal/"), "{url}");
    let listed = house.get(&path, &key).await;
    let token = url.rsplit('/').next().unwrap();
    assert!(!listed.body.contains(token), "an address is told once");
    let listed = listed.json();
    let [link] = &listed["items"].as_array().unwrap()[..] else {
        panic!("one link");
    };
    assert_eq!((&link["id"], &link["expires_at"]), (&made["id"], &made["expires_at"]));
    assert_eq!((&link["state"], &link["to"]), (&json!("live"), &json!("/tickets/42")));
    assert_eq!(link["created_by"]["kind"], "api-key");
    assert_eq!(link["revoked_at"], Value::Null);
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(house.ask(ACME, "DELETE", &one, Some(&key), None).await.status, 204);
    house.ask(ACME, "DELETE", &one, Some(&key), None).await.problem(404);
    let listed = house.get(&path, &key).await.json();
    assert_eq!(listed["items"][0]["state"], "revoked");
}

#[tokio::test]
async fn b4_a_portal_link_that_cannot_be_is_refused_with_the_reason() {
    let house = House::new().await;
    let jo = house.acme.customer("jo@example.com");
    let gone = house.acme.disabled("gone@example.com");
    let foreign = house.other.customer("foreign@example.com");
    let key = house.key(&house.acme.workspace, &[Scope::PortalLinksWrite]).await;
    let post = async |id: &str, body: Value| {
        let path = format!("/api/v1/users/{id}/portal-links");
        house.ask(ACME, "POST", &path, Some(&key), Some(&body)).await
    };
    let (jo, gone, foreign) = (jo.id.to_string(), gone.id.to_string(), foreign.id.to_string());
    for (id, body, status) in [
        (&*jo, json!({"expires_in": 59}), 422),
        (&jo, json!({"expires_in": 31_536_001}), 422),
        (&jo, json!({"expires_in": "3600"}), 422),
        (&jo, json!({"to": 7}), 422),
        (&jo, json!({"return_to": "/"}), 422),
        (&gone, json!({}), 409),
        (&foreign, json!({}), 404),
        ("x", json!({}), 404),
    ] {
        post(id, body.clone()).await.problem(status);
    }
    let made = post(&jo, json!({"to": "https://evil.example/"})).await;
    assert_eq!(made.status, 201);
    let path = format!("/api/v1/users/{jo}/portal-links");
    assert_eq!(house.get(&path, &key).await.json()["items"][0]["to"], "/", "R42");
    house
        .get(&format!("/api/v1/users/{foreign}/portal-links"), &key)
        .await
        .problem(404);
}
