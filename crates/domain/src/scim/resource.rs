//! Resources as clients send them, brought into one shape: names as the schemas spell them, values of the right type,
//! nothing that nobody asked for. And the way from there to records and groups.

use serde_json::{Map, Value};

use super::schema::{self, Attribute, Kind, Mutability, ResourceKind};
use super::{MAX_MEMBERS, MAX_NAME, MAX_TEXT, MAX_VALUES, ScimError, ScimFault};
use crate::directory::{DirectoryGroup, DirectoryRecord, DirectorySource, IdentityScope, RecordEmail, RecordName};
use crate::email_address::EmailAddress;
use crate::ids::{DirectoryGroupId, DirectoryRecordId, WorkspaceId};
use crate::time::Timestamp;

/// Reads a whole resource, as it is posted or put. Attributes that only the server sets are passed over, and so is what
/// the schemas do not know, a password among it.
///
/// # Errors
/// [`ScimFault::InvalidSyntax`] or [`ScimFault::InvalidValue`].
pub fn read(kind: &ResourceKind, body: Value) -> Result<Map<String, Value>, ScimError> {
    let Value::Object(body) = body else {
        return Err(ScimError::new(ScimFault::InvalidSyntax, "a resource is an object"));
    };
    let names_schema = body
        .iter()
        .find(|(name, _value)| name.eq_ignore_ascii_case("schemas"))
        .and_then(|(_name, schemas)| schemas.as_array())
        .is_some_and(|schemas| {
            let mut texts = schemas.iter().filter_map(Value::as_str);
            texts.any(|text| text.eq_ignore_ascii_case(kind.schema))
        });
    if !names_schema {
        return Err(ScimError::new(
            ScimFault::InvalidSyntax,
            format!("`schemas` does not name {}", kind.schema),
        ));
    }
    let mut read = Map::new();
    for (name, value) in body {
        take(kind, &mut read, &name, value)?;
    }
    complete(kind, &read)?;
    Ok(read)
}

/// A resource from attributes that are known to be right, such as those of a line of a table.
pub(crate) fn assembled(
    kind: &ResourceKind,
    attributes: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<Map<String, Value>, ScimError> {
    let mut resource = Map::new();
    for (name, value) in attributes {
        take(kind, &mut resource, name, value)?;
    }
    complete(kind, &resource)?;
    Ok(resource)
}

/// Takes one attribute of the top level into `resource`, an extension as a whole among them.
fn take(kind: &ResourceKind, resource: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), ScimError> {
    if let Some((urn, attributes)) = kind.extension.filter(|(urn, _)| urn.eq_ignore_ascii_case(name)) {
        if let Some(extension) = parts(urn, attributes, value)? {
            resource.insert(urn.to_owned(), extension);
        }
        return Ok(());
    }
    let attribute = schema::find(kind.attributes, name).or_else(|| schema::find(schema::COMMON, name));
    if let Some(attribute) = attribute.filter(|attribute| attribute.mutability != Mutability::ReadOnly)
        && let Some(value) = normal(attribute, value)?
    {
        resource.insert(attribute.name.to_owned(), value);
    }
    Ok(())
}

/// Whether all is there that must be.
pub(super) fn complete(kind: &ResourceKind, resource: &Map<String, Value>) -> Result<(), ScimError> {
    for attribute in kind.attributes.iter().filter(|attribute| attribute.required) {
        if !resource.contains_key(attribute.name) {
            return Err(ScimError::new(
                ScimFault::InvalidValue,
                format!("`{}` is missing", attribute.name),
            ));
        }
    }
    Ok(())
}

/// A value, or all values, of an attribute in the one shape; `None` where that is nothing.
pub(super) fn normal(attribute: &Attribute, value: Value) -> Result<Option<Value>, ScimError> {
    if !attribute.many {
        return single(attribute, value);
    }
    let values = match value {
        Value::Array(values) => values,
        Value::Null => return Ok(None),
        // Okta and others send one value without its brackets.
        one => vec![one],
    };
    let most = if attribute.name == "members" {
        MAX_MEMBERS
    } else {
        MAX_VALUES
    };
    if values.len() > most {
        return Err(unfit(attribute, "has too many values"));
    }
    let mut normal = Vec::with_capacity(values.len());
    for value in values {
        if let Some(value) = single(attribute, value)? {
            normal.push(value);
        }
    }
    if normal.iter().filter(|value| is_primary(value)).count() > 1 {
        return Err(unfit(attribute, "has more than one primary value"));
    }
    Ok((!normal.is_empty()).then_some(Value::Array(normal)))
}

pub(super) fn is_primary(value: &Value) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}

fn single(attribute: &Attribute, value: Value) -> Result<Option<Value>, ScimError> {
    let longest = match attribute.name {
        "userName" | "externalId" | "displayName" => MAX_NAME,
        _ => MAX_TEXT,
    };
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Complex(known), Value::Object(fields)) => parts(attribute.name, known, Value::Object(fields)),
        // One value of an attribute with many, sent bare.
        (Kind::Complex(known), Value::String(text)) if attribute.many && schema::find(known, "value").is_some() => {
            let mut fields = Map::new();
            fields.insert("value".to_owned(), Value::String(text));
            parts(attribute.name, known, Value::Object(fields))
        }
        (Kind::Flag, Value::Bool(flag)) => Ok(Some(Value::Bool(flag))),
        // Entra ID sends "True" and "False".
        (Kind::Flag, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(Value::Bool(true))),
        (Kind::Flag, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(Value::Bool(false))),
        (Kind::Text | Kind::Reference(_) | Kind::Binary | Kind::Moment, Value::String(text)) => {
            if text.len() > longest {
                return Err(unfit(attribute, "is too long"));
            }
            // Neither database keeps it, and no name has it.
            if text.contains('\0') {
                return Err(unfit(attribute, "holds a character that no text has"));
            }
            Ok((!text.is_empty()).then_some(Value::String(text)))
        }
        // Employee numbers and the like come as numbers.
        (Kind::Text, Value::Number(number)) => Ok(Some(Value::String(number.to_string()))),
        _ => Err(unfit(attribute, "is of another type")),
    }
}

fn parts(name: &str, known: &'static [Attribute], value: Value) -> Result<Option<Value>, ScimError> {
    let Value::Object(fields) = value else {
        if value.is_null() {
            return Ok(None);
        }
        return Err(ScimError::new(
            ScimFault::InvalidValue,
            format!("`{name}` is of another type"),
        ));
    };
    let mut normal_parts = Map::new();
    for (name, value) in fields {
        let Some(part) = schema::find(known, &name).filter(|part| part.mutability != Mutability::ReadOnly) else {
            continue;
        };
        if let Some(value) = normal(part, value)? {
            normal_parts.insert(part.name.to_owned(), value);
        }
    }
    Ok((!normal_parts.is_empty()).then_some(Value::Object(normal_parts)))
}

pub(super) fn unfit(attribute: &Attribute, what: &str) -> ScimError {
    ScimError::new(ScimFault::InvalidValue, format!("`{}` {what}", attribute.name))
}

/// Where an entry belongs, and what the server noted of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<I> {
    /// Its id.
    pub id: I,
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Who brought it.
    pub source: DirectorySource,
    /// Its version from now on.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When this was said.
    pub updated_at: Timestamp,
}

/// The record that a resource in the one shape says. A record without `active` is active.
///
/// # Errors
/// [`ScimFault::InvalidValue`] for a user name or an address that is none.
pub fn record(
    attributes: Map<String, Value>,
    place: Place<DirectoryRecordId>,
    scope: Option<IdentityScope>,
) -> Result<DirectoryRecord, ScimError> {
    let name = attributes.get("name");
    let part = |part: &str| name.and_then(|name| text_of(name.get(part)));
    let user_name = text_of(attributes.get("userName"))
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| ScimError::new(ScimFault::InvalidValue, "`userName` is missing"))?;
    let mut emails: Vec<RecordEmail> = Vec::new();
    for email in values_of(attributes.get("emails")) {
        // One without a value names no mailbox: it is kept, and finds nobody.
        let Some(value) = text_of(email.get("value")) else {
            continue;
        };
        let address = EmailAddress::parse(&value)
            .map_err(|_refused| ScimError::new(ScimFault::InvalidValue, "an address in `emails` is none"))?;
        emails.push(RecordEmail {
            address,
            kind: text_of(email.get("type")),
            primary: is_primary(email),
        });
    }
    Ok(DirectoryRecord {
        id: place.id,
        workspace: place.workspace,
        source: place.source,
        external_id: text_of(attributes.get("externalId")),
        scope,
        user_name,
        name: RecordName {
            formatted: part("formatted"),
            family: part("familyName"),
            given: part("givenName"),
        },
        display_name: text_of(attributes.get("displayName")),
        emails,
        active: attributes.get("active").and_then(Value::as_bool).unwrap_or(true),
        attributes,
        version: place.version,
        created_at: place.created_at,
        updated_at: place.updated_at,
    })
}

/// The group that a resource in the one shape says.
///
/// # Errors
/// [`ScimFault::InvalidValue`] for a member that is no user.
pub fn group(attributes: &Map<String, Value>, place: Place<DirectoryGroupId>) -> Result<DirectoryGroup, ScimError> {
    let no_member = || {
        ScimError::new(
            ScimFault::InvalidValue,
            "`members` holds something other than a user's id",
        )
    };
    let display_name = text_of(attributes.get("displayName"))
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| ScimError::new(ScimFault::InvalidValue, "`displayName` is missing"))?;
    let mut members = Vec::new();
    for member in values_of(attributes.get("members")) {
        if member.get("type").is_some_and(|kind| kind != schema::USERS.name) {
            return Err(no_member());
        }
        let value = member.get("value").and_then(Value::as_str).ok_or_else(no_member)?;
        members.push(value.parse::<DirectoryRecordId>().map_err(|_none| no_member())?);
    }
    members.sort_unstable();
    members.dedup();
    Ok(DirectoryGroup {
        id: place.id,
        workspace: place.workspace,
        source: place.source,
        external_id: text_of(attributes.get("externalId")),
        display_name,
        members,
        version: place.version,
        created_at: place.created_at,
        updated_at: place.updated_at,
    })
}

/// A group as a resource, without what the server adds to an answer.
pub fn of_group(group: &DirectoryGroup) -> Map<String, Value> {
    let mut resource = Map::new();
    if let Some(external_id) = &group.external_id {
        resource.insert("externalId".to_owned(), external_id.as_str().into());
    }
    resource.insert("displayName".to_owned(), group.display_name.as_str().into());
    if !group.members.is_empty() {
        let member =
            |id: &DirectoryRecordId| serde_json::json!({ "value": id.to_string(), "type": schema::USERS.name });
        resource.insert("members".to_owned(), group.members.iter().map(member).collect());
    }
    resource
}

fn text_of(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

fn values_of(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}
