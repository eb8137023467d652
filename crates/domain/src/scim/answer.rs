//! What clients are answered: resources with what the server noted, lists, versions, and the choice of attributes.

use serde_json::{Map, Value, json};

use super::filter::AttributePath;
use super::schema::{self, ResourceKind};
use super::{ScimError, ScimFault, resource};
use crate::directory::DirectoryGroup;
use crate::ports::{Listed, ListedRecord};
use crate::time::Timestamp;

/// Which attributes an answer has (RFC 7644 §3.9).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Choice {
    /// All.
    #[default]
    All,
    /// Only these, and those that are always there.
    Only(Vec<AttributePath>),
    /// All but these.
    Without(Vec<AttributePath>),
}

impl Choice {
    /// What `attributes` and `excludedAttributes` say: names with commas between them. The first goes before the second.
    ///
    /// # Errors
    /// [`ScimFault::InvalidValue`] for a name that is none.
    pub fn parse(only: Option<&str>, without: Option<&str>) -> Result<Self, ScimError> {
        let paths = |names: &str| -> Result<Vec<AttributePath>, ScimError> {
            let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
            names.map(path).collect()
        };
        match (only.map(str::trim), without.map(str::trim)) {
            (Some(only), _) if !only.is_empty() => Ok(Self::Only(paths(only)?)),
            (_, Some(without)) if !without.is_empty() => Ok(Self::Without(paths(without)?)),
            _ => Ok(Self::All),
        }
    }

    fn of(&self, kind: &ResourceKind, resource: Map<String, Value>) -> Map<String, Value> {
        let always = |name: &str| name == "schemas" || name == "id";
        match self {
            Self::All => resource,
            Self::Only(paths) => {
                let mut chosen: Map<String, Value> = Map::new();
                for (name, value) in resource {
                    if always(&name) {
                        chosen.insert(name, value);
                    } else if let Some(value) = keep(kind, paths, &name, value, true) {
                        chosen.insert(name, value);
                    }
                }
                chosen
            }
            Self::Without(paths) => {
                let mut chosen: Map<String, Value> = Map::new();
                for (name, value) in resource {
                    if always(&name) {
                        chosen.insert(name, value);
                    } else if let Some(value) = keep(kind, paths, &name, value, false) {
                        chosen.insert(name, value);
                    }
                }
                chosen
            }
        }
    }
}

fn path(name: &str) -> Result<AttributePath, ScimError> {
    // The name of an extension as a whole reads as an attribute behind a schema; `keep` takes it for what it is.
    super::filter::PatchPath::parse(name, &[schema::ENTERPRISE])
        .ok()
        .filter(|path| path.filter.is_none())
        .map(|path| path.attribute)
        .ok_or_else(|| ScimError::new(ScimFault::InvalidValue, "an attribute that is asked for is none"))
}

/// What is left of an attribute of the top level where `paths` are the only ones (`only`) or the ones to go.
fn keep(kind: &ResourceKind, paths: &[AttributePath], name: &str, value: Value, only: bool) -> Option<Value> {
    let is_extension = kind.extension.is_some_and(|(urn, _)| urn == name);
    let of_this_schema = |path: &AttributePath| match &path.schema {
        Some(schema) if is_extension => schema.eq_ignore_ascii_case(name),
        Some(schema) => schema.eq_ignore_ascii_case(kind.schema),
        None => !is_extension,
    };
    let mut parts: Vec<(&str, Option<&str>)> = Vec::new();
    for path in paths.iter().filter(|path| of_this_schema(path)) {
        if is_extension {
            parts.push((path.name.as_str(), path.sub.as_deref()));
        } else if path.name.eq_ignore_ascii_case(name) {
            parts.push((path.sub.as_deref().unwrap_or_default(), None));
        }
    }
    if parts.is_empty() {
        return (!only).then_some(value);
    }
    if parts.iter().any(|(part, _)| part.is_empty()) {
        return only.then_some(value);
    }
    let left = match value {
        Value::Object(fields) => Value::Object(keep_parts(fields, &parts, only)),
        Value::Array(values) => values
            .into_iter()
            .map(|value| match value {
                Value::Object(fields) => Value::Object(keep_parts(fields, &parts, only)),
                value => value,
            })
            .collect(),
        value => value,
    };
    Some(left)
}

fn keep_parts(fields: Map<String, Value>, parts: &[(&str, Option<&str>)], only: bool) -> Map<String, Value> {
    let mut left = Map::new();
    for (name, value) in fields {
        let named: Vec<Option<&str>> = parts
            .iter()
            .filter(|(part, _)| part.eq_ignore_ascii_case(&name))
            .map(|(_, sub)| *sub)
            .collect();
        let inner: Vec<(&str, Option<&str>)> = named.iter().flatten().map(|sub| (*sub, None)).collect();
        let whole = named.iter().any(Option::is_none) && !named.is_empty();
        match value {
            value if named.is_empty() && !only => left.insert(name, value),
            value if whole && only => left.insert(name, value),
            Value::Object(fields) if !inner.is_empty() => {
                left.insert(name, Value::Object(keep_parts(fields, &inner, only)))
            }
            _ => None,
        };
    }
    left
}

/// The entity tag of a version (RFC 7644 §3.14).
pub fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The version that an entity tag of ours names; strong or weak is one to us.
pub fn version_of(etag: &str) -> Option<i64> {
    let etag = etag.trim();
    let quoted = etag.strip_prefix("W/").unwrap_or(etag);
    quoted.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.as_micros())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_string()
}

struct Noted<'a> {
    id: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
    base: &'a str,
}

fn whole(kind: &ResourceKind, mut resource: Map<String, Value>, noted: &Noted<'_>) -> Map<String, Value> {
    let mut schemas = vec![kind.schema];
    schemas.extend(
        kind.extension
            .map(|(urn, _)| urn)
            .filter(|urn| resource.contains_key(*urn)),
    );
    resource.insert("schemas".to_owned(), json!(schemas));
    resource.insert("id".to_owned(), noted.id.as_str().into());
    resource.insert(
        "meta".to_owned(),
        json!({
            "resourceType": kind.name,
            "created": moment(noted.created_at),
            "lastModified": moment(noted.updated_at),
            "location": format!("{}{}/{}", noted.base, kind.endpoint, noted.id),
            "version": etag(noted.version),
        }),
    );
    resource
}

/// A record as a user, `base` being the address of the service.
pub fn user(listed: ListedRecord, base: &str, choice: &Choice) -> Value {
    let ListedRecord { record, groups } = listed;
    let noted = Noted {
        id: record.id.to_string(),
        created_at: record.created_at,
        updated_at: record.updated_at,
        version: record.version,
        base,
    };
    let mut resource = record.attributes;
    if !groups.is_empty() {
        let group = |group: &crate::directory::GroupRef| {
            json!({
                "value": group.id.to_string(),
                "$ref": format!("{base}{}/{}", schema::GROUPS.endpoint, group.id),
                "display": group.display_name,
                "type": "direct",
            })
        };
        resource.insert("groups".to_owned(), groups.iter().map(group).collect());
    }
    Value::Object(choice.of(&schema::USERS, whole(&schema::USERS, resource, &noted)))
}

/// A group.
pub fn group(group: &DirectoryGroup, base: &str, choice: &Choice) -> Value {
    let noted = Noted {
        id: group.id.to_string(),
        created_at: group.created_at,
        updated_at: group.updated_at,
        version: group.version,
        base,
    };
    let mut resource = resource::of_group(group);
    if let Some(Value::Array(members)) = resource.get_mut("members") {
        for member in members {
            if let Value::Object(fields) = member
                && let Some(id) = fields.get("value").and_then(Value::as_str)
            {
                let location = format!("{base}{}/{id}", schema::USERS.endpoint);
                fields.insert("$ref".to_owned(), location.into());
            }
        }
    }
    Value::Object(choice.of(&schema::GROUPS, whole(&schema::GROUPS, resource, &noted)))
}

/// A list (RFC 7644 §3.4.2). `start` is the number of its first, counted from 1.
pub fn list(total: u64, start: u64, resources: &[Value]) -> Value {
    json!({
        "schemas": [schema::LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// A page of records as users.
pub fn users(page: Listed<ListedRecord>, start: u64, base: &str, choice: &Choice) -> Value {
    let users = page.entries.into_iter().map(|record| user(record, base, choice));
    list(page.total, start, &users.collect::<Vec<_>>())
}

/// A page of groups.
pub fn groups(page: &Listed<DirectoryGroup>, start: u64, base: &str, choice: &Choice) -> Value {
    let groups = page.entries.iter().map(|entry| group(entry, base, choice));
    list(page.total, start, &groups.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(only: Option<&str>, without: Option<&str>) -> Value {
        let Value::Object(user) = json!({
            "schemas": [schema::USER, schema::ENTERPRISE], "id": "1", "userName": "jo", "title": "Dr",
            "name": {"givenName": "Jo", "familyName": "Doe"},
            "emails": [{"value": "jo@example.com", "type": "work"}],
            schema::ENTERPRISE: {"department": "Sales", "manager": {"value": "2", "$ref": "x"}},
            "meta": {"version": "W/\"1\""},
        }) else {
            unreachable!("it is an object")
        };
        let choice = Choice::parse(only, without).unwrap();
        let mut left = choice.of(&schema::USERS, user);
        left.remove("schemas");
        left.remove("id");
        Value::Object(left)
    }

    #[test]
    fn attributes_are_chosen() {
        assert_eq!(chosen(Some("USERNAME"), None), json!({"userName": "jo"}));
        assert_eq!(
            chosen(Some("name.givenName,emails.type"), Some("name")),
            json!({"name": {"givenName": "Jo"}, "emails": [{"type": "work"}]})
        );
        let of = |part: &str| format!("{}:{part}", schema::ENTERPRISE);
        assert_eq!(
            chosen(Some(&of("manager.value")), None),
            json!({schema::ENTERPRISE: {"manager": {"value": "2"}}})
        );
        assert_eq!(
            chosen(Some(schema::ENTERPRISE), None)[schema::ENTERPRISE]["department"],
            "Sales"
        );
        let without = chosen(
            None,
            Some(&format!("title, meta, name.familyName,{}", of("department"))),
        );
        assert_eq!(
            without,
            json!({
                "userName": "jo", "name": {"givenName": "Jo"},
                "emails": [{"value": "jo@example.com", "type": "work"}],
                schema::ENTERPRISE: {"manager": {"value": "2", "$ref": "x"}},
            })
        );
        assert_eq!(chosen(Some("nobody"), None), json!({}));
        assert!(Choice::parse(Some("a b"), None).is_err());
    }

    #[test]
    fn versions_are_tags_and_back() {
        assert_eq!(version_of(&etag(7)), Some(7));
        assert_eq!(version_of("\"7\""), Some(7));
        for none in ["", "7", "W/7", "*", "W/\"x\""] {
            assert_eq!(version_of(none), None, "{none}");
        }
    }
}
