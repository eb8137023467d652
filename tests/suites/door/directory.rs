//! B9, R61–R63: the synced directory over SCIM and from a file, as programs and people meet it.

use std::fmt::Write as _;
use std::fs;

use doorward_tests::browser::fresh_password;

use super::*;

/// A directory that syncs itself.
pub(super) struct Syncer {
    browser: Browser,
    token: String,
}

impl Syncer {
    pub(super) fn new(house: &House, workspace: &str, name: &str) -> Self {
        let args = ["scim-token", "create", "--workspace", workspace, "--name", name];
        Self {
            token: house.server.cli(&args).expect_success().stdout.trim().to_owned(),
            browser: house.server.browser(workspace),
        }
    }

    pub(super) async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> Page {
        self.ask_with(method, path, body, &[]).await
    }

    async fn ask_with(&mut self, method: Method, path: &str, body: Option<Value>, more: &[(&str, &str)]) -> Page {
        let header = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("authorization", header.as_str()),
            ("content-type", "application/scim+json"),
            ("accept", "application/scim+json"),
        ];
        headers.extend(more);
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let page = self
            .browser
            .send(method, &format!("/scim/v2{path}"), &headers, body)
            .await;
        assert!(self.browser.cookies().is_empty(), "a cookie was set");
        let content_type = page.header("content-type");
        assert!(
            matches!(page.status.as_u16(), 204 | 304) || content_type == Some("application/scim+json"),
            "{path}"
        );
        page
    }

    async fn filter(&mut self, filter: &str) -> Page {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", filter)
            .finish();
        self.ask(Method::GET, &format!("/Users?{query}"), None).await
    }

    pub(super) async fn new_user(&mut self, email: &str) -> String {
        let page = self.ask(Method::POST, "/Users", Some(user(email))).await;
        text(&page.expect_status(201), "/id")
    }
}

fn user(email: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": email,
        "emails": [{"value": email, "type": "work", "primary": true}],
        "active": true,
    })
}

fn patch(operations: &Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

fn faulty(page: &Page, status: u16, keyword: &str) {
    assert_eq!(page.status, status, "{}: {}", page.path, page.body());
    let error = page.json();
    assert_eq!(error["scimType"], keyword, "{error}");
    assert_eq!(error["status"], status.to_string(), "{error}");
    assert_eq!(
        error["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error",
        "{error}"
    );
}

#[tokio::test]
async fn b9_a_record_made_inactive_over_scim_ends_the_session_at_the_very_next_request() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut syncer = Syncer::new(&house, WORKSPACE, "Entra ID");
    let id = syncer.new_user(ADA).await;
    for off in [
        (
            Method::PATCH,
            Some(patch(&json!([{"op": "Replace", "path": "active", "value": "False"}]))),
        ),
        (Method::DELETE, None),
    ] {
        let mut browser = house.browser();
        sign_in(&mut browser, ADA, &password).await.expect_status(303);
        assert_eq!(who(&mut browser).await.as_deref(), Some(ADA));
        let (method, body) = off;
        let page = syncer.ask(method, &format!("/Users/{id}"), body).await;
        assert!(matches!(page.status.as_u16(), 200 | 204), "{}", page.body());
        assert_eq!(who(&mut browser).await, None);
        if page.status == 200 {
            let on = patch(&json!([{"op": "add", "value": {"active": true}}]));
            let page = syncer.ask(Method::PATCH, &format!("/Users/{id}"), Some(on)).await;
            assert_eq!(page.expect_status(200).json()["active"], true);
        }
    }
    let gone = syncer.ask(Method::GET, &format!("/Users/{id}"), None).await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn r63_no_token_no_directory() {
    let house = House::new().await;
    house.server.create_workspace("beta", "Beta");
    let mut beta = Syncer::new(&house, "beta", "Okta");
    let mut syncer = Syncer::new(&house, WORKSPACE, "Entra ID");
    let id = syncer.new_user("jo@example.com").await;
    let key = house.api_key(WORKSPACE, "settings:write");
    let password = fresh_password();
    house.ada(&password);
    let mut signed_in = house.browser();
    sign_in(&mut signed_in, ADA, &password).await.expect_status(303);
    for path in [
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/Users",
        "/Groups",
        &format!("/Users/{id}"),
    ] {
        let path = format!("/scim/v2{path}");
        for token in [
            "",
            "Bearer",
            "Bearer dws_x",
            &format!("Bearer {key}"),
            &format!("Bearer {}", beta.token),
        ] {
            let headers: &[(&str, &str)] = if token.is_empty() {
                &[]
            } else {
                &[("authorization", token)]
            };
            let mut stranger = house.browser();
            let page = stranger.send(Method::GET, &path, headers, Vec::new()).await;
            assert_eq!(
                (page.status.as_u16(), page.header("www-authenticate").is_some()),
                (401, true),
                "{path} {token}"
            );
        }
        assert_eq!(signed_in.get(&path).await.status, 401, "{path} with a session");
    }
    // Its own workspace, and yet not this token's.
    let mut second = Syncer::new(&house, WORKSPACE, "Okta");
    for syncer in [&mut second, &mut beta] {
        let all = syncer.ask(Method::GET, "/Users", None).await.expect_status(200).json();
        assert_eq!(all["totalResults"], 0);
        for (method, body) in [
            (Method::GET, None),
            (Method::PUT, Some(user("jo@example.com"))),
            (Method::PATCH, Some(patch(&json!([{"op": "remove", "path": "emails"}])))),
            (Method::DELETE, None),
        ] {
            let page = syncer.ask(method, &format!("/Users/{id}"), body).await;
            assert_eq!(page.status, 404, "{}", page.body());
        }
        syncer.new_user("jo@example.com").await;
    }
    let taken = syncer.ask(Method::POST, "/Users", Some(user("JO@example.com"))).await;
    faulty(&taken, 409, "uniqueness");

    let listed = house
        .server
        .cli(&["scim-token", "list", "--workspace", WORKSPACE])
        .expect_success()
        .stdout;
    assert!(!listed.contains(&syncer.token));
    let line = listed.lines().find(|line| line.contains("Entra ID")).unwrap();
    let token_id = line.split_whitespace().next().unwrap();
    let renewed = house
        .server
        .cli(&["scim-token", "renew", "--workspace", WORKSPACE, token_id]);
    let renewed = renewed.expect_success().stdout.trim().to_owned();
    assert_eq!(syncer.ask(Method::GET, "/Users", None).await.status, 401);
    syncer.token = renewed;
    assert_eq!(syncer.ask(Method::GET, &format!("/Users/{id}"), None).await.status, 200);
    house
        .server
        .cli(&["scim-token", "revoke", "--workspace", WORKSPACE, token_id])
        .expect_success();
    assert_eq!(syncer.ask(Method::GET, "/Users", None).await.status, 401);
}

#[tokio::test]
async fn r63_filters_are_read_and_never_run() {
    let house = House::new().await;
    let mut syncer = Syncer::new(&house, WORKSPACE, "Entra ID");
    for email in ["ann@example.com", "bob@example.com", "o'neil@example.com"] {
        syncer.new_user(email).await;
    }
    for (filter, found) in [
        ("userName eq \"ANN@example.com\"", 1),
        (
            "emails[type eq \"work\" and value co \"example.com\"] and not (userName sw \"b\")",
            2,
        ),
        ("userName eq \"o'neil@example.com\"", 1),
        ("userName eq \"' OR 1=1 --\"", 0),
        ("userName eq \"x\\\" or userName pr or userName eq \\\"\"", 0),
        ("userName co \"%\"", 0),
        ("userName co \"_\"", 0),
        ("externalId eq \"1; DROP TABLE directory_records\"", 0),
    ] {
        let page = syncer.filter(filter).await.expect_status(200).json();
        assert_eq!(page["totalResults"], found, "{filter}");
    }
    let deep = format!("{}userName pr{}", "(".repeat(11), ")".repeat(11));
    let long = format!("userName eq \"{}\"", "x".repeat(2_048));
    for filter in [
        "userName eq 'ann'",
        "password eq \"x\"",
        "source eq \"file\"",
        "r.id eq \"x\"",
        "userName pr; DELETE FROM users",
        "userName eq \"x\" UNION SELECT 1",
        "active gt true",
        "",
        &deep,
        &long,
    ] {
        faulty(&syncer.filter(filter).await, 400, "invalidFilter");
    }
    let sorted = syncer.ask(Method::GET, "/Users?sortBy=userName", None).await;
    assert_eq!(sorted.status, 501);
}

#[tokio::test]
async fn pages_versions_and_groups_are_as_the_rfc_says() {
    let house = House::new().await;
    let mut syncer = Syncer::new(&house, WORKSPACE, "Okta");
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(syncer.new_user(&format!("p{n}@example.com")).await);
    }
    let page = syncer
        .ask(Method::GET, "/Users?startIndex=2&count=1&attributes=userName", None)
        .await;
    let page = page.expect_status(200).json();
    assert_eq!(
        (&page["totalResults"], &page["itemsPerPage"], &page["startIndex"]),
        (&json!(3), &json!(1), &json!(2))
    );
    assert_eq!(page["Resources"][0]["userName"], "p1@example.com");
    assert!(page["Resources"][0].get("emails").is_none());
    let all = syncer
        .ask(Method::GET, "/Users?count=100000&startIndex=-4", None)
        .await
        .json();
    assert_eq!(all["itemsPerPage"], 3);

    let path = format!("/Users/{}", ids[0]);
    let shown = syncer.ask(Method::GET, &path, None).await.expect_status(200);
    let tag = shown.header("etag").unwrap().to_owned();
    assert_eq!(shown.json()["meta"]["version"], tag.as_str());
    let location = text(&shown, "/meta/location");
    assert_eq!(location, house.server.url(WORKSPACE, &format!("/scim/v2{path}")));
    let same = syncer
        .ask_with(Method::GET, &path, None, &[("if-none-match", &tag)])
        .await;
    assert_eq!(same.status, 304);
    let title = || Some(patch(&json!([{"op": "add", "path": "title", "value": "Dr"}])));
    let changed = syncer
        .ask_with(Method::PATCH, &path, title(), &[("if-match", &tag)])
        .await;
    assert_ne!(changed.expect_status(200).header("etag"), Some(tag.as_str()));
    for (method, body) in [(Method::PUT, Some(user("p0@example.com"))), (Method::DELETE, None)] {
        let stale = syncer.ask_with(method, &path, body, &[("if-match", &tag)]).await;
        assert_eq!(stale.status, 412);
    }

    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales",
        "members": [{"value": ids[0]}, {"value": ids[1]}],
    });
    let made = syncer
        .ask(Method::POST, "/Groups", Some(group))
        .await
        .expect_status(201);
    let group = format!("/Groups/{}", text(&made, "/id"));
    let less = patch(&json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ids[0])}]));
    let left = syncer
        .ask(Method::PATCH, &group, Some(less))
        .await
        .expect_status(200)
        .json();
    assert_eq!(left["members"].as_array().unwrap().len(), 1);
    let member = syncer
        .ask(Method::GET, &format!("/Users/{}", ids[1]), None)
        .await
        .json();
    assert_eq!(member["groups"][0]["display"], "Sales");
    let stranger =
        patch(&json!([{"op": "add", "path": "members", "value": [{"value": "00000000-0000-4000-8000-000000000000"}]}]));
    faulty(
        &syncer.ask(Method::PATCH, &group, Some(stranger)).await,
        400,
        "invalidValue",
    );
    assert_eq!(syncer.ask(Method::DELETE, &group, None).await.status, 204);

    for (method, path, body, status) in [
        (Method::POST, "/Bulk", Some(json!({})), 501),
        (Method::GET, "/Me", None, 501),
        (Method::GET, "/Nobody", None, 404),
        (Method::GET, "/Users/not-an-id", None, 404),
        (Method::DELETE, "/Users", None, 405),
    ] {
        let page = syncer.ask(method, path, body).await;
        assert_eq!(page.status, status, "{path}: {}", page.body());
        assert_eq!(page.json()["status"], status.to_string(), "{path}");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let header = format!("Bearer {}", syncer.token);
    let headers = [("authorization", header.as_str()), form[0]];
    let page = syncer
        .browser
        .send(Method::POST, "/scim/v2/Users", &headers, b"userName=x".to_vec())
        .await;
    assert_eq!(page.status, 415);
}

fn directory_file(people: std::ops::Range<u32>) -> String {
    people.fold("email,given_name\n".to_owned(), |mut file, n| {
        writeln!(file, "p{n}@acme.test,P{n}").unwrap();
        file
    })
}

#[tokio::test]
async fn b9_a_file_is_taken_in_and_ends_sessions_beside_a_running_server() {
    let house = House::new().await;
    let password = fresh_password();
    house.server.create_person(WORKSPACE, "p0@acme.test", "P", &password);
    let import = |file: &str, more: &[&str]| {
        let path = house.server.folder().join("directory.csv");
        fs::write(&path, file).unwrap();
        let path = path.to_string_lossy().into_owned();
        let mut args = vec!["directory", "import", &path, "--workspace", WORKSPACE];
        args.extend(more);
        house.server.cli(&args)
    };
    let dry = import(&directory_file(0..60), &["--dry-run"]).expect_success().stdout;
    assert!(
        dry.contains("line 2: added p0@acme.test") && dry.contains("Nothing was changed: 60 added"),
        "{dry}"
    );
    let done = import(&directory_file(0..60), &[]).expect_success().stdout;
    assert!(done.contains("Done: 60 added"), "{done}");

    let mut browser = house.browser();
    sign_in(&mut browser, "p0@acme.test", &password)
        .await
        .expect_status(303);
    let held = import(&directory_file(20..60), &[]).expect_failure();
    assert!(
        held.stdout.contains("not named: deactivated p0@acme.test"),
        "{}",
        held.stdout
    );
    assert!(
        held.stderr.contains("20 of 60 active records") && held.stderr.contains("--yes"),
        "{}",
        held.stderr
    );
    assert_eq!(who(&mut browser).await.as_deref(), Some("p0@acme.test"));

    let broken = import("email\np0@acme.test\nnobody\np0@acme.test\n", &["--yes"]).expect_failure();
    for line in ["line 3: ", "line 4: the same user name stands in line 2"] {
        assert!(broken.stdout.contains(line), "{}", broken.stdout);
    }
    assert_eq!(who(&mut browser).await.as_deref(), Some("p0@acme.test"));

    let done = import(&directory_file(20..60), &["--yes"]).expect_success().stdout;
    assert!(
        done.contains("20 deactivated") && done.contains("The sessions of 1 person ended."),
        "{done}"
    );
    assert_eq!(who(&mut browser).await, None);
}
