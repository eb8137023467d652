use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::api::access::{Access, Row, TABLE};

/// Every row that takes a JSON body, by what its document says.
fn writing() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(|row| body_of(row).is_some())
}

/// The schema of the JSON body that a row takes; `None` where it takes none.
fn body_of(row: &Row) -> Option<&'static Value> {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(super::document::as_json);
    let operation = DOCUMENT["paths"].get(row.path)?.get(row.method.to_ascii_lowercase())?;
    let mut schema = operation.pointer("/requestBody/content/application~1json/schema")?;
    while let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        schema = DOCUMENT.pointer(target.strip_prefix('#')?)?;
    }
    Some(schema)
}

/// Whether an empty object is all that a row asks for.
fn takes_nothing(row: &Row) -> bool {
    let schema = body_of(row).expect("it takes a body");
    let asked = schema.get("required").and_then(Value::as_array);
    asked.is_none_or(Vec::is_empty) && schema.get("oneOf").is_none()
}

/// Jo as made first, whatever happened to the account since, and the token of a new session.
async fn jo_anew(house: &House, jo: &Person) -> String {
    house.acme.person(jo.clone());
    house.session(ACME, &jo.user).await
}

/// The token of a new session of the owner.
async fn owner_anew(house: &House) -> String {
    let owner = Person::customer(house.acme.workspace.id, "owner@acme.example").role(Role::Owner);
    house.session(ACME, &house.acme.person(owner)).await
}

/// Whom a row asks for: the key, Jo, or the owner.
async fn token_for(house: &House, row: &Row, key: &str, jo: &Person) -> Option<String> {
    match row.access {
        Access::Anyone => None,
        Access::Session => Some(jo_anew(house, jo).await),
        Access::Granted(..) => Some(key.to_owned()),
        Access::Person(_) => Some(owner_anew(house).await),
    }
}

/// The address with an id in place of each parameter.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        if part.starts_with('{') {
            "00000000-0000-4000-8000-000000000000"
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn request(row: &Row, token: Option<&str>, content_type: &str, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut request = Request::builder()
        .method(row.method)
        .uri(filled(row.path))
        .header("host", host_of(row.path))
        .header("content-type", content_type);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(body).unwrap()
}

#[tokio::test]
async fn bad_bodies_are_refused_clearly_wherever_one_is_taken() {
    let house = House::new().await;
    let key = house.key(&house.acme.workspace, &Scope::ALL).await;
    let jo = Person::customer(house.acme.workspace.id, "jo@example.com");
    let deep = [vec![b'['; 2000], vec![b']'; 2000]].concat();
    let broken = b"{\"email\":\"\xff\",\"flow\":\"\xff\"}".to_vec();
    let deep_field = [
        br#"{"email":"#.to_vec(),
        vec![b'['; 1500],
        vec![b']'; 1500],
        b"}".to_vec(),
    ]
    .concat();
    let json = "application/json";
    assert!(
        writing().count() > 40,
        "the document tells of {} bodies",
        writing().count()
    );
    for row in writing() {
        let token = token_for(&house, row, &key, &jo).await;
        let token = token.as_deref();
        for (content_type, body, status) in [
            (json, Vec::new(), 400),
            (json, b"{".to_vec(), 400),
            (json, b"{}".to_vec(), 422),
            (json, b"null".to_vec(), 422),
            (json, b"[]".to_vec(), 422),
            (json, b"{\"surprise\":1}".to_vec(), 422),
            ("text/plain", b"{}".to_vec(), 415),
            ("application/x-www-form-urlencoded", b"email=a".to_vec(), 415),
            (json, vec![b' '; 10 * 1024 * 1024], 413),
        ] {
            if body == b"{}" && content_type == json && takes_nothing(row) {
                continue;
            }
            let start = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
            let told = house.send(request(row, token, content_type, body)).await;
            assert_eq!(told.status, status, "{} {start}: {}", row.path, told.body);
            told.problem(status);
        }
        for body in [&deep, &deep_field, &broken] {
            let told = house.send(request(row, token, json, body.clone())).await;
            assert!(matches!(told.status, 400 | 422), "{}: {}", row.path, told.status);
            told.problem(told.status);
        }
        house.wait(3600);
    }
}

#[tokio::test]
async fn r2_fields_are_checked_before_anything_is_done() {
    let house = House::new().await;
    let long = "x".repeat(257);
    for (body, field) in [
        (json!({"email": "nonsense", "password": "x"}), "email"),
        (json!({"email": "a@example.com", "password": ""}), "password"),
        (json!({"email": "a@example.com", "password": long}), "password"),
    ] {
        let refused = house.post("/api/v1/sign-in/password", body).await.problem(422);
        assert_eq!(refused["field"], field);
    }
    for body in [
        json!({"email": "a@example.com", "password": 1}),
        json!({"email": ["a@example.com"], "password": "x"}),
        json!({"email": "a@example.com", "password": "x", "admin": true}),
        json!({"email": "a@example.com"}),
    ] {
        house.post("/api/v1/sign-in/password", body).await.problem(422);
    }
    let twice = Request::post("/api/v1/sign-in/password")
        .header("host", ACME)
        .header("content-type", "application/json")
        .body(br#"{"email":"a@example.com","password":"x","password":"y"}"#.to_vec())
        .unwrap();
    house.send(twice).await.problem(422);
    assert_eq!(house.hasher.checks(), 0);
    assert!(house.acme.store.receipts().is_empty());
    let flow = json!({"flow": "x", "code": "ABC2345"});
    house.post("/api/v1/sign-in/code/verify", flow).await.problem(422);
}

#[tokio::test]
async fn r83_another_site_signs_nobody_in() {
    let house = House::new().await;
    house.acme.customer("jo@example.com");
    let body = json!({"email": "jo@example.com", "password": PASSWORD}).to_string();
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let request = Request::post("/api/v1/sign-in/password")
            .header("host", ACME)
            .header("content-type", "application/json")
            .header(name, value)
            .body(body.clone().into_bytes())
            .unwrap();
        house.send(request).await.problem(403);
    }
    assert!(house.acme.store.sessions().is_empty());
}

/// Any JSON, with the names and values that mean something among the others.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("jo@example.com".to_owned()),
        Just(PASSWORD.to_owned()),
        Just("email".to_owned()),
        Just("x".to_owned()),
        Just("ABC2345".to_owned()),
        Just("00000000-0000-4000-8000-000000000000".to_owned()),
        Just("/tickets/7".to_owned()),
        Just("second-factor".to_owned()),
        Just("123456".to_owned()),
        any::<String>(),
    ];
    let name = prop_oneof![
        proptest::sample::select(vec![
            "email",
            "password",
            "return_to",
            "flow",
            "code",
            "device_token",
            "name",
            "token",
            "identity",
            "kind",
            "address",
            "subject",
            "organisations",
            "way",
            "ceremony",
            "answer",
            "autofill",
            "language",
            "time_zone",
            "to",
            "expires_in",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(name.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A body in which each field that some address takes is there or not, with a value of any kind.
fn nearly_right() -> impl Strategy<Value = (usize, Vec<Option<Value>>)> {
    (
        0..writing().count(),
        proptest::collection::vec(proptest::option::of(any_json()), 6),
    )
}

/// The fields that each writing address takes, those of each kind of body among them.
fn fields_of(row: &Row) -> Vec<&'static str> {
    fn names(schema: &'static Value, found: &mut Vec<&'static str>) {
        let own = schema.get("properties").and_then(Value::as_object);
        found.extend(own.into_iter().flatten().map(|(name, _)| name.as_str()));
        let kinds = schema.get("oneOf").and_then(Value::as_array);
        kinds.into_iter().flatten().for_each(|kind| names(kind, found));
    }
    let mut found = Vec::new();
    names(body_of(row).expect("it takes a body"), &mut found);
    found
}

#[test]
fn no_json_makes_a_fault_of_ours() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let house = runtime.block_on(House::new());
    let jo = Person::customer(house.acme.workspace.id, "jo@example.com");
    let key = runtime.block_on(house.key(&house.acme.workspace, &Scope::ALL));
    let check = |row: &Row, body: &Value| {
        let bytes = body.to_string().into_bytes();
        let told = runtime.block_on(async {
            let token = token_for(&house, row, &key, &jo).await;
            let request = request(row, token.as_deref(), "application/json", bytes);
            house.send(request).await
        });
        assert!(told.status < 500, "{} {body}: {}", row.path, told.body);
        if told.status >= 400 {
            told.problem(told.status);
        }
        house.wait(120);
    };
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(128)
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    runner
        .run(&(any_json(), nearly_right()), |(anything, (which, values))| {
            for row in writing() {
                check(row, &anything);
            }
            let row = writing().nth(which).unwrap();
            let fields = fields_of(row).into_iter().zip(values);
            let body = fields.filter_map(|(name, value)| Some((name.to_owned(), value?)));
            check(row, &Value::Object(body.collect()));
            Ok(())
        })
        .unwrap();
}
