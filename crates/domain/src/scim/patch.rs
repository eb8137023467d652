//! PATCH (RFC 7644 §3.5.2): operations applied to a resource in the one shape of [`resource`](super::resource).
//!
//! Entra ID and Okta differ from the text here and there, and are understood: operations in any case, `True` and `False` as
//! texts, dotted names and whole URNs as keys of a value without a path, values to be removed named beside the path, and an
//! address that is added under a condition before there is one.

use serde_json::{Map, Value};

use super::filter::{AttributePath, Filter, Operator, PatchPath, Scalar};
use super::resource::{complete, is_primary, normal, unfit};
use super::schema::{self, Attribute, Kind, Mutability, ResourceKind};
use super::{MAX_OPERATIONS, ScimError, ScimFault};

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Adds a value.
    Add,
    /// Puts a value in the place of another.
    Replace,
    /// Takes values away.
    Remove,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What it does.
    pub verb: Verb,
    /// Where; `None` for the resource as a whole.
    pub path: Option<PatchPath>,
    /// With which value.
    pub value: Value,
}

/// Reads the body of a PATCH.
///
/// # Errors
/// [`ScimFault::InvalidSyntax`], [`ScimFault::InvalidPath`], or [`ScimFault::TooMany`].
pub fn read(kind: &ResourceKind, body: &Value) -> Result<Vec<Operation>, ScimError> {
    let syntax = |what: &str| ScimError::new(ScimFault::InvalidSyntax, what);
    let operations = field(body, "operations").and_then(Value::as_array);
    let operations = operations.ok_or_else(|| syntax("`Operations` is missing"))?;
    if operations.len() > MAX_OPERATIONS {
        return Err(ScimError::new(ScimFault::TooMany, "more than 1000 operations"));
    }
    if operations.is_empty() {
        return Err(syntax("`Operations` is empty"));
    }
    let whole: Vec<&str> = kind.extension.iter().map(|(urn, _)| *urn).collect();
    operations
        .iter()
        .map(|operation| {
            let verb = field(operation, "op").and_then(Value::as_str).unwrap_or_default();
            let verb = match verb.to_ascii_lowercase().as_str() {
                "add" => Verb::Add,
                "replace" => Verb::Replace,
                "remove" => Verb::Remove,
                _ => return Err(syntax("`op` is none of add, replace and remove")),
            };
            let path = match field(operation, "path") {
                None | Some(Value::Null) => None,
                Some(Value::String(path)) if path.is_empty() => None,
                Some(Value::String(path)) => Some(PatchPath::parse(path, &whole)?),
                Some(_) => return Err(syntax("`path` is no text")),
            };
            let value = field(operation, "value").cloned().unwrap_or(Value::Null);
            Ok(Operation { verb, path, value })
        })
        .collect()
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = value.as_object()?;
    let mut found = fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value)
}

/// Applies all operations, in order; none of them where one cannot be.
///
/// # Errors
/// [`ScimError`].
pub fn apply(
    kind: &ResourceKind,
    mut resource: Map<String, Value>,
    operations: Vec<Operation>,
) -> Result<Map<String, Value>, ScimError> {
    for operation in operations {
        match operation.path {
            Some(path) => at_path(kind, &mut resource, operation.verb, &path, operation.value)?,
            None => whole(kind, &mut resource, operation.verb, operation.value)?,
        }
    }
    complete(kind, &resource)?;
    Ok(resource)
}

fn whole(kind: &ResourceKind, resource: &mut Map<String, Value>, verb: Verb, value: Value) -> Result<(), ScimError> {
    if verb == Verb::Remove {
        return Err(ScimError::new(
            ScimFault::NoTarget,
            "what is to be removed is not named",
        ));
    }
    let Value::Object(fields) = value else {
        return Err(ScimError::new(
            ScimFault::InvalidValue,
            "without a path, a value is an object",
        ));
    };
    for (name, value) in fields {
        if let Some((urn, _)) = kind.extension.filter(|(urn, _)| urn.eq_ignore_ascii_case(&name)) {
            extension(kind, resource, verb, urn, value)?;
            continue;
        }
        // What the schemas do not know, and what only the server sets (an `id` that comes along), is passed over.
        let Ok(path) = PatchPath::parse(&name, &[]) else {
            continue;
        };
        match target(kind, &path) {
            Ok(found) if found.attribute.mutability != Mutability::ReadOnly => {
                at_path(kind, resource, verb, &path, value)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// An extension as a whole: each of its attributes by itself.
fn extension(
    kind: &ResourceKind,
    resource: &mut Map<String, Value>,
    verb: Verb,
    urn: &str,
    value: Value,
) -> Result<(), ScimError> {
    let fields = match value {
        Value::Object(fields) if verb != Verb::Remove => fields,
        Value::Null if verb == Verb::Add => return Ok(()),
        Value::Null => {
            resource.remove(urn);
            return Ok(());
        }
        _ if verb == Verb::Remove => {
            resource.remove(urn);
            return Ok(());
        }
        _ => return Err(ScimError::new(ScimFault::InvalidValue, "an extension is an object")),
    };
    for (name, value) in fields {
        let Ok(mut path) = PatchPath::parse(&name, &[]) else {
            continue;
        };
        path.attribute.schema = Some(urn.to_owned());
        if target(kind, &path).is_ok_and(|found| found.attribute.mutability != Mutability::ReadOnly) {
            at_path(kind, resource, verb, &path, value)?;
        }
    }
    Ok(())
}

struct Target {
    /// The extension that it stands in.
    extension: Option<&'static str>,
    attribute: &'static Attribute,
    part: Option<&'static Attribute>,
}

fn target(kind: &ResourceKind, path: &PatchPath) -> Result<Target, ScimError> {
    let AttributePath { schema, name, sub } = &path.attribute;
    let unknown = || {
        ScimError::new(
            ScimFault::InvalidPath,
            format!("there is no attribute {}", path.attribute),
        )
    };
    let core = || schema::find(kind.attributes, name).or_else(|| schema::find(schema::COMMON, name));
    let (extension, attribute) = match (schema, kind.extension) {
        (None, _) => (None, core()),
        (Some(urn), _) if urn.eq_ignore_ascii_case(kind.schema) => (None, core()),
        (Some(urn), Some((known, attributes))) if urn.eq_ignore_ascii_case(known) => {
            (Some(known), schema::find(attributes, name))
        }
        _ => (None, None),
    };
    let attribute = attribute.ok_or_else(unknown)?;
    let part = match sub {
        Some(sub) => Some(attribute.part(sub).ok_or_else(unknown)?),
        None => None,
    };
    if path.filter.is_some() && !(attribute.many && matches!(attribute.kind, Kind::Complex(_))) {
        return Err(ScimError::new(
            ScimFault::InvalidPath,
            format!("`{}` has no several values", attribute.name),
        ));
    }
    Ok(Target {
        extension,
        attribute,
        part,
    })
}

fn at_path(
    kind: &ResourceKind,
    resource: &mut Map<String, Value>,
    verb: Verb,
    path: &PatchPath,
    value: Value,
) -> Result<(), ScimError> {
    if path.attribute.name.is_empty() {
        let urn = kind.extension.map_or("", |(urn, _)| urn);
        return extension(kind, resource, verb, urn, value);
    }
    let Target {
        extension,
        attribute,
        part,
    } = target(kind, path)?;
    let fixed = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
    if fixed(attribute) || part.is_some_and(|part| part.mutability != Mutability::ReadWrite) {
        return Err(ScimError::new(
            ScimFault::Mutability,
            format!("{} cannot be changed", path.attribute),
        ));
    }
    if verb == Verb::Remove && attribute.required && part.is_none() {
        return Err(ScimError::new(
            ScimFault::Mutability,
            format!("`{}` cannot be removed", attribute.name),
        ));
    }
    let mut outer = extension.map(|urn| match resource.remove(urn) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    });
    let holder = outer.as_mut().unwrap_or(resource);
    let now = holder.remove(attribute.name);
    let then = if attribute.many {
        several(attribute, part, path.filter.as_ref(), verb, now, value)
    } else {
        one(attribute, part, verb, now, value)
    }?;
    if let Some(then) = then.filter(|then| !is_empty(then)) {
        holder.insert(attribute.name.to_owned(), then);
    }
    if let (Some(fields), Some(urn)) = (outer, extension)
        && !fields.is_empty()
    {
        resource.insert(urn.to_owned(), Value::Object(fields));
    }
    Ok(())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// An attribute with one value, after the operation.
fn one(
    attribute: &Attribute,
    part: Option<&Attribute>,
    verb: Verb,
    now: Option<Value>,
    value: Value,
) -> Result<Option<Value>, ScimError> {
    let fields = |now: Option<Value>| match now {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    if let Some(part) = part {
        let mut fields = fields(now);
        put_part(&mut fields, part, verb, value)?;
        return Ok(Some(Value::Object(fields)));
    }
    if verb == Verb::Remove || (verb == Verb::Replace && value.is_null()) {
        return Ok(None);
    }
    let value = normal(attribute, value)?;
    match (attribute.kind, value) {
        // Parts that are not named stay (RFC 7644 §3.5.2.3).
        (Kind::Complex(_), Some(Value::Object(new))) => {
            let mut fields = fields(now);
            fields.extend(new);
            Ok(Some(Value::Object(fields)))
        }
        (Kind::Complex(_), None) => Ok(now),
        (_, value) => Ok(value),
    }
}

fn put_part(fields: &mut Map<String, Value>, part: &Attribute, verb: Verb, value: Value) -> Result<(), ScimError> {
    let value = match verb {
        Verb::Remove => None,
        Verb::Add | Verb::Replace => normal(part, value)?,
    };
    match value {
        Some(value) => fields.insert(part.name.to_owned(), value),
        None => fields.remove(part.name),
    };
    Ok(())
}

/// An attribute with many values, after the operation.
fn several(
    attribute: &'static Attribute,
    part: Option<&Attribute>,
    filter: Option<&Filter>,
    verb: Verb,
    now: Option<Value>,
    value: Value,
) -> Result<Option<Value>, ScimError> {
    let mut values = match now {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    };
    let new = |value: Value| -> Result<Vec<Value>, ScimError> {
        Ok(match normal(attribute, value)? {
            Some(Value::Array(values)) => values,
            _ => Vec::new(),
        })
    };
    if filter.is_none() && part.is_none() {
        let touched = match verb {
            Verb::Replace => return Ok(Some(Value::Array(new(value)?))),
            Verb::Remove if value.is_null() => return Ok(None),
            Verb::Remove => {
                let gone = new(value)?;
                values.retain(|kept| !gone.iter().any(|gone| is_same(kept, gone)));
                return Ok(Some(Value::Array(values)));
            }
            Verb::Add => {
                let mut touched = Vec::new();
                for added in new(value)? {
                    let at = values.iter().position(|kept| is_same(kept, &added));
                    touched.push(at.unwrap_or(values.len()));
                    match at.and_then(|at| values.get_mut(at)) {
                        Some(kept) => merge(kept, added),
                        None => values.push(added),
                    }
                }
                touched
            }
        };
        return settled(attribute, values, &touched);
    }

    let mut meant = Vec::new();
    for (at, candidate) in values.iter().enumerate() {
        if filter.map_or(Ok(true), |filter| meets(attribute, candidate, filter))? {
            meant.push(at);
        }
    }
    if verb == Verb::Remove {
        match part {
            None => {
                let mut at = 0;
                values.retain(|_value| {
                    at += 1;
                    !meant.contains(&(at - 1))
                });
            }
            Some(part) => {
                for at in meant {
                    if let Some(Value::Object(fields)) = values.get_mut(at) {
                        fields.remove(part.name);
                    }
                }
                values.retain(|value| !is_empty(value));
            }
        }
        return Ok(Some(Value::Array(values)));
    }
    if meant.is_empty() {
        if verb == Verb::Replace && filter.is_some() {
            return Err(ScimError::new(
                ScimFault::NoTarget,
                format!("no value of `{}` meets the condition", attribute.name),
            ));
        }
        let mut fields = Map::new();
        if let Some(filter) = filter {
            implied(attribute, filter, &mut fields)?;
        }
        meant.push(values.len());
        values.push(Value::Object(fields));
    }
    for at in &meant {
        let Some(target @ Value::Object(_)) = values.get_mut(*at) else {
            continue;
        };
        if let (Some(part), Value::Object(fields)) = (part, &mut *target) {
            put_part(fields, part, verb, value.clone())?;
        } else if let Some(new) = new(value.clone())?.pop() {
            match verb {
                Verb::Replace => *target = new,
                Verb::Add | Verb::Remove => merge(target, new),
            }
        }
    }
    settled(attribute, values, &meant)
}

fn merge(kept: &mut Value, new: Value) {
    match (kept, new) {
        (Value::Object(kept), Value::Object(new)) => kept.extend(new),
        (kept, new) => *kept = new,
    }
}

/// Whether two values of an attribute are the same one: they have one `value`, and are for the same.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one.get("value"), other.get("value")) {
        (Some(one_value), Some(other_value)) => {
            let kind = |value: &Value| value.get("type").cloned();
            one_value == other_value && other.get("type").is_none_or(|_| kind(one) == kind(other))
        }
        _ => one == other,
    }
}

/// Of several primary values the one stays primary that was just set (RFC 7644 §3.5.2).
fn settled(attribute: &Attribute, mut values: Vec<Value>, touched: &[usize]) -> Result<Option<Value>, ScimError> {
    values.retain(|value| !is_empty(value));
    let chosen = touched
        .iter()
        .rev()
        .find(|at| values.get(**at).is_some_and(is_primary))
        .copied();
    if let Some(chosen) = chosen {
        for (at, value) in values.iter_mut().enumerate() {
            if at != chosen
                && is_primary(value)
                && let Value::Object(fields) = value
            {
                fields.insert("primary".to_owned(), Value::Bool(false));
            }
        }
    }
    normal(attribute, Value::Array(values))
}

fn named_part(attribute: &'static Attribute, path: &AttributePath) -> Result<&'static Attribute, ScimError> {
    let part = attribute.part(&path.name);
    part.filter(|_| path.schema.is_none() && path.sub.is_none())
        .ok_or_else(|| {
            ScimError::new(
                ScimFault::InvalidPath,
                format!("there is no {path} in `{}`", attribute.name),
            )
        })
}

/// Whether a value meets the condition of a path.
fn meets(attribute: &'static Attribute, value: &Value, filter: &Filter) -> Result<bool, ScimError> {
    Ok(match filter {
        Filter::And(parts) => {
            let mut all = true;
            for part in parts {
                all &= meets(attribute, value, part)?;
            }
            all
        }
        Filter::Or(parts) => {
            let mut any = false;
            for part in parts {
                any |= meets(attribute, value, part)?;
            }
            any
        }
        Filter::Not(part) => !meets(attribute, value, part)?,
        Filter::Present(path) => value.get(named_part(attribute, path)?.name).is_some(),
        Filter::Compare(path, operator, wanted) => {
            let part = named_part(attribute, path)?;
            compare(part, value.get(part.name), *operator, wanted)?
        }
        Filter::Element(path, _) => {
            return Err(ScimError::new(
                ScimFault::InvalidPath,
                format!("{path} stands in a condition already"),
            ));
        }
    })
}

fn compare(part: &Attribute, value: Option<&Value>, operator: Operator, wanted: &Scalar) -> Result<bool, ScimError> {
    let fold = |text: &str| {
        if part.exact {
            text.to_owned()
        } else {
            text.to_lowercase()
        }
    };
    let equality = match operator {
        Operator::Eq => Some(true),
        Operator::Ne => Some(false),
        _ => None,
    };
    let flag = match wanted {
        Scalar::Flag(flag) => Some(*flag),
        Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    match (part.kind, wanted, equality) {
        (_, Scalar::Null, Some(equal)) => Ok(value.is_none() == equal),
        (Kind::Flag, _, Some(equal)) => match flag {
            Some(flag) => Ok((value.and_then(Value::as_bool) == Some(flag)) == equal),
            None => Err(unfit(part, "cannot be compared like that")),
        },
        (Kind::Text | Kind::Reference(_) | Kind::Binary, Scalar::Text(wanted), _) => {
            let wanted = fold(wanted);
            Ok(match value.and_then(Value::as_str).map(fold) {
                None => operator == Operator::Ne,
                Some(text) => match operator {
                    Operator::Contains => text.contains(&wanted),
                    Operator::StartsWith => text.starts_with(&wanted),
                    Operator::EndsWith => text.ends_with(&wanted),
                    operator => operator.orders(text.cmp(&wanted)),
                },
            })
        }
        _ => Err(unfit(part, "cannot be compared like that")),
    }
}

/// What a value has to be so that the condition holds for it; only equality says so.
fn implied(attribute: &'static Attribute, filter: &Filter, fields: &mut Map<String, Value>) -> Result<(), ScimError> {
    match filter {
        Filter::And(parts) => parts.iter().try_for_each(|part| implied(attribute, part, fields)),
        Filter::Compare(path, Operator::Eq, wanted) => {
            let part = named_part(attribute, path)?;
            let value = match wanted {
                Scalar::Text(text) => Value::from(text.as_str()),
                Scalar::Flag(flag) => Value::from(*flag),
                Scalar::Number(_) | Scalar::Null => return Ok(()),
            };
            if let Some(value) = normal(part, value)? {
                fields.insert(part.name.to_owned(), value);
            }
            Ok(())
        }
        _ => Err(ScimError::new(
            ScimFault::NoTarget,
            format!("no value of `{}` meets the condition", attribute.name),
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::resource;
    use super::*;

    fn user(fields: &Value) -> Map<String, Value> {
        let mut body = json!({ "schemas": [schema::USER], "userName": "jo" });
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        resource::read(&schema::USERS, body).unwrap()
    }

    fn patched(fields: &Value, operations: &Value) -> Result<Value, ScimFault> {
        let body = json!({ "schemas": [schema::PATCH], "Operations": operations });
        let operations = read(&schema::USERS, &body).map_err(|error| error.fault)?;
        apply(&schema::USERS, user(fields), operations)
            .map(Value::Object)
            .map_err(|error| error.fault)
    }

    #[test]
    fn a_resource_comes_into_one_shape() {
        let read = user(&json!({
            "NICKNAME": "Jo", "Active": "False", "password": "secret", "id": "mine", "emails": "jo@example.com",
            "groups": [{"value": "x"}], "name": {"givenName": "Jo", "unknown": 1}, "x": 1, "title": "",
            schema::ENTERPRISE.to_lowercase(): {"employeeNumber": 7, "manager": {"displayName": "Boss"}},
        }));
        assert_eq!(
            Value::Object(read),
            json!({
                "userName": "jo", "nickName": "Jo", "active": false, "emails": [{"value": "jo@example.com"}],
                "name": {"givenName": "Jo"}, schema::ENTERPRISE: {"employeeNumber": "7"},
            })
        );
        for bad in [
            json!(1),
            json!({"userName": "jo"}),
            json!({"schemas": [schema::GROUP], "userName": "jo"}),
            json!({"schemas": [schema::USER]}),
            json!({"schemas": [schema::USER], "userName": ""}),
            json!({"schemas": [schema::USER], "userName": {"a": 1}}),
            json!({"schemas": [schema::USER], "userName": "a\u{0}b"}),
            json!({"schemas": [schema::USER], "userName": "a".repeat(MAX_OPERATIONS)}),
            json!({"schemas": [schema::USER], "userName": "jo", "active": "maybe"}),
            json!({"schemas": [schema::USER], "userName": "jo", "name": "Jo"}),
            json!({"schemas": [schema::USER], "userName": "jo",
                   "emails": [{"value": "a@b.example", "primary": true}, {"value": "c@d.example", "primary": true}]}),
        ] {
            assert!(resource::read(&schema::USERS, bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn operations_do_what_they_say() {
        let work = json!({"value": "jo@work.example", "type": "work", "primary": true});
        let home = json!({"value": "jo@home.example", "type": "home"});
        for (before, operation, after) in [
            (
                json!({}),
                json!({"op": "Add", "path": "title", "value": "Dr"}),
                json!({"title": "Dr"}),
            ),
            (
                json!({"title": "Dr"}),
                json!({"op": "remove", "path": "TITLE"}),
                json!({}),
            ),
            (
                json!({"name": {"givenName": "Jo"}}),
                json!({"op": "replace", "path": "name", "value": {"familyName": "Doe"}}),
                json!({"name": {"givenName": "Jo", "familyName": "Doe"}}),
            ),
            (
                json!({"name": {"givenName": "Jo"}}),
                json!({"op": "remove", "path": "name.givenName"}),
                json!({}),
            ),
            (
                json!({}),
                json!({"op": "replace", "value": {"name.givenName": "Jo", "active": "False", "id": "x", "odd": 1}}),
                json!({"name": {"givenName": "Jo"}, "active": false}),
            ),
            (
                json!({"emails": [work]}),
                json!({"op": "add", "path": "emails", "value": [home, work]}),
                json!({"emails": [work, home]}),
            ),
            (
                json!({"emails": [work]}),
                json!({"op": "add", "path": "emails",
                       "value": {"value": "jo@home.example", "type": "home", "primary": true}}),
                json!({"emails": [
                    {"value": "jo@work.example", "type": "work", "primary": false},
                    {"value": "jo@home.example", "type": "home", "primary": true},
                ]}),
            ),
            (
                json!({}),
                json!({"op": "add", "path": "emails[type eq \"work\" and primary eq \"True\"].value",
                       "value": "jo@work.example"}),
                json!({"emails": [work]}),
            ),
            (
                json!({"emails": [work, home]}),
                json!({"op": "replace", "path": "emails[type eq \"WORK\"].value", "value": "j@work.example"}),
                json!({"emails": [{"value": "j@work.example", "type": "work", "primary": true}, home]}),
            ),
            (
                json!({"emails": [work, home]}),
                json!({"op": "remove", "path": "emails[not (type eq \"home\")]"}),
                json!({"emails": [home]}),
            ),
            (
                json!({"emails": [work, home]}),
                json!({"op": "remove", "path": "emails", "value": [{"value": "jo@home.example"}]}),
                json!({"emails": [work]}),
            ),
            (
                json!({"emails": [work, home]}),
                json!({"op": "remove", "path": "emails[value sw \"nobody\"]"}),
                json!({"emails": [work, home]}),
            ),
            (
                json!({}),
                json!({"op": "add", "path": format!("{}:department", schema::ENTERPRISE), "value": "Sales"}),
                json!({schema::ENTERPRISE: {"department": "Sales"}}),
            ),
            (
                json!({schema::ENTERPRISE: {"department": "Sales"}}),
                json!({"op": "remove", "path": schema::ENTERPRISE}),
                json!({}),
            ),
            (
                json!({}),
                json!({"op": "add", "value": {schema::ENTERPRISE: {"department": "Sales", "odd": 1}}}),
                json!({schema::ENTERPRISE: {"department": "Sales"}}),
            ),
            (
                json!({schema::ENTERPRISE: {"manager": {"value": "1"}}}),
                json!({"op": "replace", "path": format!("{}:manager.value", schema::ENTERPRISE), "value": "2"}),
                json!({schema::ENTERPRISE: {"manager": {"value": "2"}}}),
            ),
        ] {
            let mut expected = json!({"userName": "jo"});
            expected
                .as_object_mut()
                .unwrap()
                .extend(after.as_object().unwrap().clone());
            assert_eq!(patched(&before, &json!([operation])), Ok(expected), "{operation}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_named() {
        for (operation, fault) in [
            (json!({"op": "move", "path": "title"}), ScimFault::InvalidSyntax),
            (
                json!({"op": "add", "path": "nobody", "value": 1}),
                ScimFault::InvalidPath,
            ),
            (
                json!({"op": "add", "path": "name.nobody", "value": "x"}),
                ScimFault::InvalidPath,
            ),
            (
                json!({"op": "add", "path": "title[", "value": "x"}),
                ScimFault::InvalidPath,
            ),
            (
                json!({"op": "add", "path": "name[givenName pr]", "value": {}}),
                ScimFault::InvalidPath,
            ),
            (
                json!({"op": "add", "path": "emails[odd pr]", "value": {}}),
                ScimFault::InvalidPath,
            ),
            (json!({"op": "add", "path": 1, "value": "x"}), ScimFault::InvalidSyntax),
            (json!({"op": "remove"}), ScimFault::NoTarget),
            (
                json!({"op": "replace", "path": "emails[type eq \"home\"].value", "value": "a@b.example"}),
                ScimFault::NoTarget,
            ),
            (
                json!({"op": "replace", "path": "id", "value": "x"}),
                ScimFault::Mutability,
            ),
            (
                json!({"op": "add", "path": "groups", "value": [{"value": "x"}]}),
                ScimFault::Mutability,
            ),
            (json!({"op": "remove", "path": "userName"}), ScimFault::Mutability),
            (
                json!({"op": "replace", "path": "userName", "value": null}),
                ScimFault::InvalidValue,
            ),
            (
                json!({"op": "replace", "path": "active", "value": "perhaps"}),
                ScimFault::InvalidValue,
            ),
            (json!({"op": "add", "value": "x"}), ScimFault::InvalidValue),
        ] {
            let found = json!({"emails": [{"value": "jo@work.example", "type": "work"}]});
            assert_eq!(patched(&found, &json!([operation])), Err(fault), "{operation}");
        }
        assert_eq!(patched(&json!({}), &json!([])), Err(ScimFault::InvalidSyntax));
        let many = vec![json!({"op": "add", "path": "title", "value": "x"}); MAX_OPERATIONS + 1];
        assert_eq!(patched(&json!({}), &json!(many)), Err(ScimFault::TooMany));
    }
}
