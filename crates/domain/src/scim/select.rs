//! Filters as a store evaluates them: every attribute known, every value of the attribute's own type.

use uuid::Uuid;

use super::filter::{AttributePath, Filter, Operator, Scalar};
use super::{ScimError, ScimFault};
use crate::directory::{DirectoryGroup, DirectoryRecord, RecordEmail};
use crate::ids::DirectoryRecordId;
use crate::scim::schema;
use crate::time::Timestamp;

/// Tests, put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition<T> {
    /// All of them.
    All(Vec<Self>),
    /// Any of them.
    Any(Vec<Self>),
    /// Not that one.
    Not(Box<Self>),
    /// One test.
    Is(T),
}

impl<T> Condition<T> {
    /// Whether it holds, each test judged by `is`.
    pub fn holds(&self, is: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(is)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(is)),
            Self::Not(part) => !part.holds(is),
            Self::Is(test) => is(test),
        }
    }
}

/// What is asked of one value. A value that is not there meets only `ne` comparisons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is there.
    Present,
    /// A text, compared as the attribute is: where case does not matter, both sides are in lower case.
    Text(Operator, String),
    /// Yes or no: is it (`true`) or is it not (`false`) that.
    Flag(bool, bool),
    /// An instant.
    Moment(Operator, Timestamp),
    /// An id: is it (`true`) or is it not (`false`) that. `None` is a text that is no id, and so nobody's.
    Id(bool, Option<Uuid>),
}

/// An attribute of a record with at most one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordField {
    /// `id`.
    Id,
    /// `externalId`; case matters.
    ExternalId,
    /// `userName`.
    UserName,
    /// `displayName`.
    DisplayName,
    /// `name.formatted`.
    Formatted,
    /// `name.familyName`.
    FamilyName,
    /// `name.givenName`.
    GivenName,
    /// `active`.
    Active,
    /// `meta.created`.
    Created,
    /// `meta.lastModified`.
    LastModified,
}

/// A part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailField {
    /// `value`.
    Value,
    /// `type`.
    Kind,
    /// `primary`.
    Primary,
}

/// A test of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordTest {
    /// Of an attribute with one value.
    Field(RecordField, Test),
    /// One of the addresses meets all of that.
    Email(Condition<(EmailField, Test)>),
}

/// An attribute of a group with at most one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupField {
    /// `id`.
    Id,
    /// `externalId`; case matters.
    ExternalId,
    /// `displayName`.
    DisplayName,
    /// `meta.created`.
    Created,
    /// `meta.lastModified`.
    LastModified,
}

/// A test of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupTest {
    /// Of an attribute with one value.
    Field(GroupField, Test),
    /// It has a member.
    AnyMember,
    /// One of the members is that one.
    Member(DirectoryRecordId),
}

/// A filter over records.
pub type RecordFilter = Condition<RecordTest>;
/// A filter over groups.
pub type GroupFilter = Condition<GroupTest>;

/// The filter over records that a text means.
///
/// # Errors
/// [`ScimFault::InvalidFilter`] for whatever cannot be read, is unknown, or cannot be compared.
pub fn record_filter(text: &str) -> Result<RecordFilter, ScimError> {
    condition(&Filter::parse(text)?, &record_test)
}

/// The filter over groups that a text means.
///
/// # Errors
/// As [`record_filter`].
pub fn group_filter(text: &str) -> Result<GroupFilter, ScimError> {
    condition(&Filter::parse(text)?, &group_test)
}

#[derive(Clone, Copy)]
enum Asked<'a> {
    Present,
    Compare(Operator, &'a Scalar),
    Element(&'a Filter),
}

fn condition<T>(
    filter: &Filter,
    test: &impl Fn(&AttributePath, Asked<'_>) -> Result<Condition<T>, ScimError>,
) -> Result<Condition<T>, ScimError> {
    let all =
        |parts: &[Filter]| -> Result<Vec<_>, ScimError> { parts.iter().map(|part| condition(part, test)).collect() };
    Ok(match filter {
        Filter::And(parts) => Condition::All(all(parts)?),
        Filter::Or(parts) => Condition::Any(all(parts)?),
        Filter::Not(part) => Condition::Not(Box::new(condition(part, test)?)),
        Filter::Present(path) => test(path, Asked::Present)?,
        Filter::Compare(path, operator, value) => test(path, Asked::Compare(*operator, value))?,
        Filter::Element(path, inner) => test(path, Asked::Element(inner))?,
    })
}

fn record_test(path: &AttributePath, asked: Asked<'_>) -> Result<Condition<RecordTest>, ScimError> {
    let (name, sub) = known(path, schema::USER)?;
    let field = match (name.as_str(), sub.as_deref()) {
        ("id", None) => RecordField::Id,
        ("externalid", None) => RecordField::ExternalId,
        ("username", None) => RecordField::UserName,
        ("displayname", None) => RecordField::DisplayName,
        ("name", Some("formatted")) => RecordField::Formatted,
        ("name", Some("familyname")) => RecordField::FamilyName,
        ("name", Some("givenname")) => RecordField::GivenName,
        ("active", None) => RecordField::Active,
        ("meta", Some("created")) => RecordField::Created,
        ("meta", Some("lastmodified")) => RecordField::LastModified,
        ("emails", sub) => return email_test(path, sub, asked),
        _ => return Err(unknown(path)),
    };
    let kind = match field {
        RecordField::Id => Kind::Id,
        RecordField::ExternalId => Kind::Exact,
        RecordField::Active => Kind::Flag,
        RecordField::Created | RecordField::LastModified => Kind::Moment,
        _ => Kind::Folded,
    };
    test(path, kind, asked, |test| RecordTest::Field(field, test))
}

fn email_test(path: &AttributePath, sub: Option<&str>, asked: Asked<'_>) -> Result<Condition<RecordTest>, ScimError> {
    if let Asked::Element(inner) = asked {
        if sub.is_some() {
            return Err(unknown(path));
        }
        let within = condition(inner, &|path: &AttributePath, asked| {
            if path.schema.is_some() || path.sub.is_some() {
                return Err(unknown(path));
            }
            email_part(path, &path.name.to_ascii_lowercase(), asked)
        })?;
        return Ok(Condition::Is(RecordTest::Email(within)));
    }
    let within = email_part(path, sub.unwrap_or("value"), asked)?;
    // "Is not there" is said of all addresses, not of one of them.
    Ok(match within {
        Condition::Not(there) => Condition::Not(Box::new(Condition::Is(RecordTest::Email(*there)))),
        within => Condition::Is(RecordTest::Email(within)),
    })
}

fn email_part(path: &AttributePath, part: &str, asked: Asked<'_>) -> Result<Condition<(EmailField, Test)>, ScimError> {
    let (field, kind) = match part {
        "value" => (EmailField::Value, Kind::Folded),
        "type" => (EmailField::Kind, Kind::Folded),
        "primary" => (EmailField::Primary, Kind::Flag),
        _ => return Err(unknown(path)),
    };
    test(path, kind, asked, |test| (field, test))
}

fn group_test(path: &AttributePath, asked: Asked<'_>) -> Result<Condition<GroupTest>, ScimError> {
    let (name, sub) = known(path, schema::GROUP)?;
    let (field, kind) = match (name.as_str(), sub.as_deref()) {
        ("id", None) => (GroupField::Id, Kind::Id),
        ("externalid", None) => (GroupField::ExternalId, Kind::Exact),
        ("displayname", None) => (GroupField::DisplayName, Kind::Folded),
        ("meta", Some("created")) => (GroupField::Created, Kind::Moment),
        ("meta", Some("lastmodified")) => (GroupField::LastModified, Kind::Moment),
        ("members", None | Some("value")) => return member_test(path, asked),
        _ => return Err(unknown(path)),
    };
    test(path, kind, asked, |test| GroupTest::Field(field, test))
}

fn member_test(path: &AttributePath, asked: Asked<'_>) -> Result<Condition<GroupTest>, ScimError> {
    let any = || Condition::Is(GroupTest::AnyMember);
    // A text that is no id is nobody's.
    let one = |text: &str| match canonical_uuid(text) {
        Some(id) => Condition::Is(GroupTest::Member(DirectoryRecordId::from_uuid(id))),
        None => Condition::Any(Vec::new()),
    };
    match asked {
        Asked::Present | Asked::Compare(Operator::Ne, Scalar::Null) => Ok(any()),
        Asked::Compare(Operator::Eq, Scalar::Text(text)) => Ok(one(text)),
        Asked::Compare(Operator::Eq, Scalar::Null) => Ok(Condition::Not(Box::new(any()))),
        Asked::Element(Filter::Compare(inner, Operator::Eq, Scalar::Text(text)))
            if path.sub.is_none() && inner.sub.is_none() && inner.name.eq_ignore_ascii_case("value") =>
        {
            Ok(one(text))
        }
        _ => Err(incomparable(path)),
    }
}

/// How an attribute is compared.
#[derive(Clone, Copy)]
enum Kind {
    Exact,
    Folded,
    Flag,
    Moment,
    Id,
}

fn test<T>(
    path: &AttributePath,
    kind: Kind,
    asked: Asked<'_>,
    make: impl Fn(Test) -> T,
) -> Result<Condition<T>, ScimError> {
    let is = |test| Ok(Condition::Is(make(test)));
    let absent = || Ok(Condition::Not(Box::new(Condition::Is(make(Test::Present)))));
    let (operator, value) = match asked {
        Asked::Present | Asked::Compare(Operator::Ne, Scalar::Null) => return is(Test::Present),
        Asked::Element(_) => return Err(incomparable(path)),
        Asked::Compare(Operator::Eq, Scalar::Null) => return absent(),
        Asked::Compare(operator, value) => (operator, value),
    };
    let equality = match operator {
        Operator::Eq => Some(true),
        Operator::Ne => Some(false),
        _ => None,
    };
    match (kind, value, equality) {
        (Kind::Exact, Scalar::Text(text), _) => is(Test::Text(operator, text.clone())),
        (Kind::Folded, Scalar::Text(text), _) => is(Test::Text(operator, fold(text))),
        (Kind::Flag, Scalar::Flag(flag), Some(equal)) => is(Test::Flag(equal, *flag)),
        // Entra ID asks for `active eq "true"`.
        (Kind::Flag, Scalar::Text(text), Some(equal)) => match text.to_ascii_lowercase().as_str() {
            "true" => is(Test::Flag(equal, true)),
            "false" => is(Test::Flag(equal, false)),
            _ => Err(incomparable(path)),
        },
        (Kind::Id, Scalar::Text(text), Some(equal)) => is(Test::Id(equal, canonical_uuid(text))),
        (Kind::Moment, Scalar::Text(text), _) if !operator.is_part_of_text() => {
            let at: jiff::Timestamp = text.parse().map_err(|_none| incomparable(path))?;
            is(Test::Moment(operator, Timestamp::from_micros(at.as_microsecond())))
        }
        _ => Err(incomparable(path)),
    }
}

/// Ids are compared as we write them; any other spelling is nobody's.
fn canonical_uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| id.to_string() == text)
}

/// A text where case does not matter, as it is stored and compared.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// Name and part of an attribute in lower case, if the path is of that schema or of none.
fn known(path: &AttributePath, core: &str) -> Result<(String, Option<String>), ScimError> {
    if path
        .schema
        .as_ref()
        .is_some_and(|schema| !schema.eq_ignore_ascii_case(core))
    {
        return Err(unknown(path));
    }
    Ok((
        path.name.to_ascii_lowercase(),
        path.sub.as_ref().map(|sub| sub.to_ascii_lowercase()),
    ))
}

fn unknown(path: &AttributePath) -> ScimError {
    ScimError::new(
        ScimFault::InvalidFilter,
        format!("nothing can be found by the attribute {path}"),
    )
}

fn incomparable(path: &AttributePath) -> ScimError {
    ScimError::new(
        ScimFault::InvalidFilter,
        format!("the attribute {path} cannot be compared like that"),
    )
}

impl RecordTest {
    /// Whether it holds for a record.
    pub fn holds(&self, record: &DirectoryRecord) -> bool {
        let text = |value: Option<&String>| value.map(|value| Got::Text(fold(value)));
        match self {
            Self::Email(within) => record
                .emails
                .iter()
                .any(|email| within.holds(&|(field, test)| test.holds(email_value(email, *field)))),
            Self::Field(field, test) => test.holds(match field {
                RecordField::Id => Some(Got::Id(record.id.as_uuid())),
                RecordField::ExternalId => record.external_id.clone().map(Got::Text),
                RecordField::UserName => text(Some(&record.user_name)),
                RecordField::DisplayName => text(record.display_name.as_ref()),
                RecordField::Formatted => text(record.name.formatted.as_ref()),
                RecordField::FamilyName => text(record.name.family.as_ref()),
                RecordField::GivenName => text(record.name.given.as_ref()),
                RecordField::Active => Some(Got::Flag(record.active)),
                RecordField::Created => Some(Got::Moment(record.created_at)),
                RecordField::LastModified => Some(Got::Moment(record.updated_at)),
            }),
        }
    }
}

impl GroupTest {
    /// Whether it holds for a group.
    pub fn holds(&self, group: &DirectoryGroup) -> bool {
        match self {
            Self::AnyMember => !group.members.is_empty(),
            Self::Member(member) => group.members.contains(member),
            Self::Field(field, test) => test.holds(match field {
                GroupField::Id => Some(Got::Id(group.id.as_uuid())),
                GroupField::ExternalId => group.external_id.clone().map(Got::Text),
                GroupField::DisplayName => Some(Got::Text(fold(&group.display_name))),
                GroupField::Created => Some(Got::Moment(group.created_at)),
                GroupField::LastModified => Some(Got::Moment(group.updated_at)),
            }),
        }
    }
}

fn email_value(email: &RecordEmail, field: EmailField) -> Option<Got> {
    match field {
        EmailField::Value => Some(Got::Text(fold(email.address.as_str()))),
        EmailField::Kind => email.kind.as_deref().map(|kind| Got::Text(fold(kind))),
        EmailField::Primary => Some(Got::Flag(email.primary)),
    }
}

/// A value of an entry.
enum Got {
    Text(String),
    Flag(bool),
    Moment(Timestamp),
    Id(Uuid),
}

impl Test {
    fn holds(&self, got: Option<Got>) -> bool {
        match (self, got) {
            (Self::Present, Some(Got::Text(text))) => !text.is_empty(),
            (Self::Present, got) => got.is_some(),
            (Self::Text(operator, wanted), Some(Got::Text(text))) => match operator {
                Operator::Contains => text.contains(wanted),
                Operator::StartsWith => text.starts_with(wanted),
                Operator::EndsWith => text.ends_with(wanted),
                operator => operator.orders(text.cmp(wanted)),
            },
            (Self::Moment(operator, wanted), Some(Got::Moment(at))) => operator.orders(at.cmp(wanted)),
            (Self::Flag(equal, wanted), Some(Got::Flag(flag))) => (flag == *wanted) == *equal,
            (Self::Id(equal, wanted), Some(Got::Id(id))) => (Some(id) == *wanted) == *equal,
            (Self::Text(operator, _) | Self::Moment(operator, _), None) => *operator == Operator::Ne,
            (Self::Flag(equal, _) | Self::Id(equal, _), None) => !equal,
            _ => false,
        }
    }
}
