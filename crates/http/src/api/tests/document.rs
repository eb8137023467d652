use std::collections::BTreeSet;

use super::*;
use crate::api::access::{Access, TABLE};
use crate::openapi;

pub(super) fn as_json() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
}

#[test]
fn r96_every_address_of_the_document_has_a_row_and_every_row_an_address() {
    let document = as_json();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let rows: BTreeSet<String> = TABLE.iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    assert_eq!(rows.len(), TABLE.len(), "a row twice");
    assert_eq!(described, rows);
}

#[tokio::test]
async fn every_address_of_the_document_is_served() {
    let house = House::new().await;
    for row in TABLE {
        let told = house
            .ask(
                host_of(row.path),
                row.method,
                &row.path.replace("{id}", "x"),
                None,
                None,
            )
            .await;
        let expected = match (row.access, row.method) {
            (Access::Anyone, "GET") => 200,
            (Access::Anyone, _) => 415,
            _ => 401,
        };
        assert_eq!(told.status, expected, "{} {}", row.method, row.path);
    }
    let served = house.ask(ACME, "GET", "/api/v1/openapi.json", None, None).await;
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.json(), as_json());
}

#[test]
fn the_document_says_what_each_address_asks_of_its_caller() {
    let document = as_json();
    let users = &document["paths"]["/api/v1/users"]["get"]["security"];
    assert_eq!(
        *users,
        json!([
            {"api_key": ["users:read"]},
            {"session_token": ["look-people-up"]},
            {"session_cookie": ["look-people-up"]}
        ])
    );
    assert_eq!(
        document["paths"]["/api/v1/sign-in/password"]["post"]["security"],
        json!([])
    );
    for scheme in ["api_key", "session_token", "session_cookie"] {
        assert!(
            document["components"]["securitySchemes"].get(scheme).is_some(),
            "{scheme}"
        );
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references<'d>(value: &'d Value, found: &mut Vec<&'d str>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(target) if name == "$ref" => found.push(target),
                        _ => references(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = as_json();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{}", found.len());
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
}

#[test]
fn d3_the_committed_document_is_the_one_the_code_makes() {
    let committed = include_str!("../../../../../docs/openapi.json");
    let made = serde_json::to_string_pretty(&openapi::document()).unwrap() + "\n";
    assert!(
        committed == made,
        "docs/openapi.json is out of date; write it anew with `doorward openapi > docs/openapi.json`"
    );
}
