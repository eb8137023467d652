//! A directory as a file of comma-separated values (B9): text to rows, each with its line, or every line that cannot be
//! used.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::email_address::{EmailAddress, EmailAddressError};
use crate::scim::select::fold;
use crate::scim::{ScimError, resource, schema};

/// Most rows of one file.
pub const MAX_ROWS: usize = 100_000;
/// Longest file, in bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A column that a file can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// User name; the email where there is no such column, or nothing in it.
    UserName,
    /// Email.
    Email,
    /// Further emails, with spaces between them.
    OtherEmails,
    /// What the source calls the person.
    ExternalId,
    /// Given name.
    GivenName,
    /// Family name.
    FamilyName,
    /// The name to be shown.
    DisplayName,
    /// Whether the record admits anybody; yes where there is no such column, or nothing in it.
    Active,
    /// Title.
    Title,
    /// Department.
    Department,
    /// Organisation.
    Organization,
    /// Number in the company.
    EmployeeNumber,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 12] = [
        Self::UserName,
        Self::Email,
        Self::OtherEmails,
        Self::ExternalId,
        Self::GivenName,
        Self::FamilyName,
        Self::DisplayName,
        Self::Active,
        Self::Title,
        Self::Department,
        Self::Organization,
        Self::EmployeeNumber,
    ];

    /// Its name in the first line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserName => "user_name",
            Self::Email => "email",
            Self::OtherEmails => "other_emails",
            Self::ExternalId => "external_id",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::DisplayName => "display_name",
            Self::Active => "active",
            Self::Title => "title",
            Self::Department => "department",
            Self::Organization => "organization",
            Self::EmployeeNumber => "employee_number",
        }
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LineFault {
    /// It has more or fewer fields than the first line.
    #[error("it has {found} fields, and the first line has {expected}")]
    Fields {
        /// Fields of the first line.
        expected: usize,
        /// Fields of this one.
        found: usize,
    },
    /// Neither a user name nor an email.
    #[error("it has neither a user name nor an email")]
    Nobody,
    /// An address that is none.
    #[error("the email: {0}")]
    Email(EmailAddressError),
    /// `active` is neither yes nor no.
    #[error("`active` is neither true nor false")]
    Active,
    /// The same user name stands in an earlier line.
    #[error("the same user name stands in line {0}")]
    Twice(usize),
    /// A value that no record takes.
    #[error("{0}")]
    Value(ScimError),
}

/// Why a file cannot be used at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TableFault {
    /// It is longer than [`MAX_BYTES`], or has more rows than [`MAX_ROWS`].
    #[error("the file is too large: at most 100,000 rows and 32 MiB")]
    TooLarge,
    /// No first line with names of columns.
    #[error("the file is empty; its first line names the columns")]
    Empty,
    /// A column that is not known.
    #[error("there is no column `{0}`")]
    UnknownColumn(Box<str>),
    /// A column twice.
    #[error("the column `{}` stands there twice", .0.as_str())]
    ColumnTwice(Column),
    /// Neither a column of user names nor one of emails.
    #[error("the file needs a column `email` or `user_name`")]
    NobodyNamed,
    /// A field in quotation marks that has no end, or goes on behind it.
    #[error("line {0}: a field in quotation marks does not end as it should")]
    Quotes(usize),
    /// Lines that cannot be used, by their numbers. None of the others may be taken either: half a directory would remove
    /// the people of the other half.
    #[error("{} lines cannot be used", .0.len())]
    Lines(Vec<(usize, LineFault)>),
}

/// A row that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line that it begins in, counted from 1.
    pub line: usize,
    /// The attributes, as SCIM spells them.
    pub attributes: Map<String, Value>,
}

impl Row {
    /// The user name.
    pub fn user_name(&self) -> &str {
        self.attributes
            .get("userName")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// Reads a file. Fields are separated by commas, or by semicolons where the first line has none; a field may stand in
/// quotation marks (RFC 4180). Empty lines are passed over.
///
/// # Errors
/// [`TableFault`]: all faulty lines at once.
pub fn read(text: &str) -> Result<Vec<Row>, TableFault> {
    if text.len() > MAX_BYTES {
        return Err(TableFault::TooLarge);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.contains(';') && !first.contains(',') {
        ';'
    } else {
        ','
    };
    let mut lines = fields(text, separator)?.into_iter();
    let (_line, names) = lines.next().ok_or(TableFault::Empty)?;
    let columns = columns(&names)?;

    let mut rows = Vec::new();
    let mut faults = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (line, fields) in lines {
        if rows.len() + faults.len() >= MAX_ROWS {
            return Err(TableFault::TooLarge);
        }
        match row(line, &columns, &fields) {
            Ok(row) => {
                if let Some(earlier) = seen.get(&fold(row.user_name())) {
                    faults.push((line, LineFault::Twice(*earlier)));
                } else {
                    seen.insert(fold(row.user_name()), line);
                    rows.push(row);
                }
            }
            Err(fault) => faults.push((line, fault)),
        }
    }
    if faults.is_empty() {
        Ok(rows)
    } else {
        Err(TableFault::Lines(faults))
    }
}

fn columns(names: &[String]) -> Result<Vec<Column>, TableFault> {
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let name = name.trim();
        let column = Column::ALL
            .into_iter()
            .find(|column| column.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| TableFault::UnknownColumn(name.into()))?;
        if columns.contains(&column) {
            return Err(TableFault::ColumnTwice(column));
        }
        columns.push(column);
    }
    if columns.contains(&Column::Email) || columns.contains(&Column::UserName) {
        Ok(columns)
    } else {
        Err(TableFault::NobodyNamed)
    }
}

fn row(line: usize, columns: &[Column], fields: &[String]) -> Result<Row, LineFault> {
    if fields.len() != columns.len() {
        return Err(LineFault::Fields {
            expected: columns.len(),
            found: fields.len(),
        });
    }
    let field = |wanted: Column| {
        let mut found = columns.iter().zip(fields).filter(|(column, _)| **column == wanted);
        found
            .next()
            .map(|(_, field)| field.trim())
            .filter(|field| !field.is_empty())
    };
    let mut emails = Vec::new();
    let others = field(Column::OtherEmails).unwrap_or_default().split_whitespace();
    for typed in field(Column::Email).into_iter().chain(others) {
        let address = EmailAddress::parse(typed).map_err(LineFault::Email)?;
        emails.push(json!({ "value": address.as_str(), "type": "work", "primary": emails.is_empty() }));
    }
    let user_name = field(Column::UserName)
        .or(field(Column::Email))
        .ok_or(LineFault::Nobody)?;
    let active = match field(Column::Active).map(str::to_ascii_lowercase).as_deref() {
        None | Some("true" | "yes" | "1" | "active") => true,
        Some("false" | "no" | "0" | "inactive") => false,
        Some(_) => return Err(LineFault::Active),
    };
    let text = |column: Column| field(column).map_or(Value::Null, Value::from);
    let attributes = resource::assembled(
        &schema::USERS,
        [
            ("userName", Value::from(user_name)),
            ("externalId", text(Column::ExternalId)),
            ("displayName", text(Column::DisplayName)),
            ("title", text(Column::Title)),
            (
                "name",
                json!({ "givenName": text(Column::GivenName), "familyName": text(Column::FamilyName) }),
            ),
            ("emails", Value::Array(emails)),
            ("active", Value::Bool(active)),
            (
                schema::ENTERPRISE,
                json!({
                    "department": text(Column::Department),
                    "organization": text(Column::Organization),
                    "employeeNumber": text(Column::EmployeeNumber),
                }),
            ),
        ],
    )
    .map_err(LineFault::Value)?;
    Ok(Row { line, attributes })
}

/// Splits a text into lines of fields, each with the number of its first line.
fn fields(text: &str, separator: char) -> Result<Vec<(usize, Vec<String>)>, TableFault> {
    let mut rows = Vec::new();
    let mut line = 1;
    let mut began = 1;
    let mut row: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut signs = text.chars().peekable();
    // Whether the field began with a quotation mark, and whether that has had its end.
    let (mut quoted, mut open) = (false, false);
    loop {
        let sign = signs.next();
        match sign {
            Some('"') if open => {
                if signs.next_if_eq(&'"').is_some() {
                    field.push('"');
                } else {
                    open = false;
                }
            }
            Some(sign) if open => {
                line += usize::from(sign == '\n');
                field.push(sign);
            }
            None if open => return Err(TableFault::Quotes(began)),
            Some('"') if field.is_empty() && !quoted => (quoted, open) = (true, true),
            Some(sign) if sign == separator => {
                row.push(std::mem::take(&mut field));
                quoted = false;
            }
            Some('\r') if signs.peek() == Some(&'\n') => {}
            None | Some('\n' | '\r') => {
                if !row.is_empty() || !field.trim().is_empty() || quoted {
                    row.push(std::mem::take(&mut field));
                    rows.push((began, std::mem::take(&mut row)));
                }
                field.clear();
                quoted = false;
                line += 1;
                began = line;
                if sign.is_none() {
                    return Ok(rows);
                }
            }
            Some(_) if quoted => return Err(TableFault::Quotes(line)),
            Some(sign) => field.push(sign),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_one(text: &str) -> Value {
        let mut rows = read(text).unwrap();
        assert_eq!(rows.len(), 1);
        Value::Object(rows.remove(0).attributes)
    }

    #[test]
    fn b9_a_row_becomes_attributes() {
        let read = read_one(
            "\u{feff}Email;other_emails;external_id;given_name;family_name;active;department\r\n\
             jo@example.com;j@example.com jd@example.com;7;Jo;\"Doe; \"\"the\"\" one\";no;Sales\r\n\r\n",
        );
        assert_eq!(
            read,
            json!({
                "userName": "jo@example.com", "externalId": "7", "active": false,
                "name": {"givenName": "Jo", "familyName": "Doe; \"the\" one"},
                "emails": [
                    {"value": "jo@example.com", "type": "work", "primary": true},
                    {"value": "j@example.com", "type": "work", "primary": false},
                    {"value": "jd@example.com", "type": "work", "primary": false},
                ],
                schema::ENTERPRISE: {"department": "Sales"},
            })
        );
        assert_eq!(
            read_one("user_name,active\njo,\n"),
            json!({"userName": "jo", "active": true})
        );
    }

    #[test]
    fn b9_every_faulty_line_is_named() {
        let text = "email,user_name,active\na@example.com,,\nb,,\n,,\nc@example.com,,perhaps\nd@example.com\n\
                    e@example.com,A@EXAMPLE.com,\n\"f@example.com\",\"f\nf\",\ng@example.com,F\n";
        let Err(TableFault::Lines(faults)) = read(text) else {
            panic!("it has faulty lines")
        };
        let lines: Vec<usize> = faults.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7, 10]);
        assert_eq!(faults[1].1, LineFault::Nobody);
        assert_eq!(faults[2].1, LineFault::Active);
        assert_eq!(faults[4].1, LineFault::Twice(2));
        assert_eq!(faults[5].1, LineFault::Fields { expected: 3, found: 2 });
    }

    #[test]
    fn b9_what_is_no_table_is_refused() {
        for (text, fault) in [
            ("", TableFault::Empty),
            ("\n\n", TableFault::Empty),
            ("email,mobile\n", TableFault::UnknownColumn("mobile".into())),
            ("email,EMAIL\n", TableFault::ColumnTwice(Column::Email)),
            ("title\n", TableFault::NobodyNamed),
            ("email\n\"jo", TableFault::Quotes(2)),
            ("email\n\"jo\"x\n", TableFault::Quotes(2)),
        ] {
            assert_eq!(read(text), Err(fault), "{text:?}");
        }
        assert_eq!(read("email"), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn b9_no_text_makes_the_reader_panic(text in "(email|,|;|\"|\n|\r|a@b\\.example|\\PC){0,60}") {
            let _answer = read(&text);
        }

        #[test]
        fn b9_quoted_fields_come_back(values in proptest::collection::vec("\\PC{0,10}(\n|\"|,)?", 1..5)) {
            let quoted: Vec<String> = values.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect();
            let read = fields(&quoted.join(","), ',').unwrap();
            prop_assert_eq!(read, vec![(1, values)]);
        }
    }
}
