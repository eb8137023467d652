//! Filters as conditions: every attribute a column that stands here, every value bound (R63).

use doorward_domain::scim::filter::Operator;
use doorward_domain::scim::select::{
    Condition, EmailField, GroupField, GroupFilter, GroupTest, RecordField, RecordFilter, RecordTest, Test,
};
use sea_orm::{DbBackend, Value};

/// A condition with its values; `r` is the record or group that it is about.
pub(super) struct Conditions {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
    backend: DbBackend,
}

impl Conditions {
    pub(super) fn new(backend: DbBackend) -> Self {
        Self {
            text: String::new(),
            values: Vec::new(),
            backend,
        }
    }

    /// Binds a value, and gives its placeholder.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Adds a condition that has to hold as well.
    pub(super) fn and(&mut self, condition: &str) {
        if !self.text.is_empty() {
            self.text.push_str(" AND ");
        }
        self.text.push_str(condition);
    }

    pub(super) fn and_record(&mut self, filter: &RecordFilter) {
        let condition = self.all(filter, &mut |this, test| match test {
            RecordTest::Field(field, test) => this.test(record_column(*field), test),
            RecordTest::Email(within) => {
                let within = this.all(within, &mut |this, (field, test)| this.test(email_column(*field), test));
                format!(
                    "EXISTS (SELECT 1 FROM directory_emails e WHERE e.workspace_id = r.workspace_id \
                     AND e.record_id = r.id AND {within})"
                )
            }
        });
        self.and(&condition);
    }

    pub(super) fn and_group(&mut self, filter: &GroupFilter) {
        const MEMBER: &str =
            "EXISTS (SELECT 1 FROM directory_members m WHERE m.workspace_id = r.workspace_id AND m.group_id = r.id";
        let condition = self.all(filter, &mut |this, test| match test {
            GroupTest::Field(field, test) => this.test(group_column(*field), test),
            GroupTest::AnyMember => format!("{MEMBER})"),
            GroupTest::Member(member) => {
                let member = this.bind(member.as_uuid());
                format!("{MEMBER} AND m.record_id = {member})")
            }
        });
        self.and(&condition);
    }

    fn all<T>(&mut self, condition: &Condition<T>, is: &mut impl FnMut(&mut Self, &T) -> String) -> String {
        let mut list = |this: &mut Self, parts: &[Condition<T>], word: &str, none: &str| {
            if parts.is_empty() {
                return none.to_owned();
            }
            let parts: Vec<String> = parts.iter().map(|part| this.all(part, is)).collect();
            format!("({})", parts.join(word))
        };
        match condition {
            Condition::All(parts) => list(self, parts, " AND ", "1 = 1"),
            Condition::Any(parts) => list(self, parts, " OR ", "1 = 0"),
            Condition::Not(part) => format!("NOT {}", self.all(part, is)),
            Condition::Is(test) => format!("({})", is(self, test)),
        }
    }

    /// Never says "unknown": a value that is not there is not equal to any.
    fn test(&mut self, column: &'static str, test: &Test) -> String {
        match test {
            Test::Present if is_text(column) => format!("{column} IS NOT NULL AND {column} <> ''"),
            Test::Present => format!("{column} IS NOT NULL"),
            Test::Text(operator, text) => self.text(column, *operator, text),
            Test::Flag(equal, flag) => {
                let wanted = self.bind(flag == equal);
                format!("{column} = {wanted}")
            }
            Test::Moment(operator, at) => {
                let at = self.bind(at.as_micros());
                format!("{column} {} {at}", sign(*operator))
            }
            Test::Id(equal, Some(id)) => {
                let id = self.bind(*id);
                format!("{column} {} {id}", if *equal { "=" } else { "<>" })
            }
            Test::Id(equal, None) => if *equal { "1 = 0" } else { "1 = 1" }.to_owned(),
        }
    }

    fn text(&mut self, column: &'static str, operator: Operator, text: &str) -> String {
        let postgres = self.backend == DbBackend::Postgres;
        if text.is_empty() && operator.is_part_of_text() {
            return format!("{column} IS NOT NULL");
        }
        let value = self.bind(text);
        let compared = match operator {
            Operator::Ne => return format!("{column} IS NULL OR {column} <> {value}"),
            Operator::Contains if postgres => format!("strpos({column}, {value}) > 0"),
            Operator::Contains => format!("instr({column}, {value}) > 0"),
            Operator::StartsWith => format!("substr({column}, 1, length({value})) = {value}"),
            Operator::EndsWith if postgres => format!("right({column}, length({value})) = {value}"),
            Operator::EndsWith => format!("substr({column}, -length({value})) = {value}"),
            Operator::Eq => format!("{column} = {value}"),
            // Both databases order by bytes, whatever language the server of one speaks.
            _ if postgres => format!("{column} COLLATE \"C\" {} {value}", sign(operator)),
            _ => format!("{column} {} {value}", sign(operator)),
        };
        format!("{column} IS NOT NULL AND {compared}")
    }
}

const fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Gt => ">",
        Operator::Ge => ">=",
        Operator::Lt => "<",
        Operator::Le => "<=",
        Operator::Ne => "<>",
        Operator::Eq | Operator::Contains | Operator::StartsWith | Operator::EndsWith => "=",
    }
}

fn is_text(column: &str) -> bool {
    column.ends_with("_key") || column == "r.external_id"
}

const fn record_column(field: RecordField) -> &'static str {
    match field {
        RecordField::Id => "r.id",
        RecordField::ExternalId => "r.external_id",
        RecordField::UserName => "r.user_name_key",
        RecordField::DisplayName => "r.display_name_key",
        RecordField::Formatted => "r.formatted_key",
        RecordField::FamilyName => "r.family_name_key",
        RecordField::GivenName => "r.given_name_key",
        RecordField::Active => "r.active",
        RecordField::Created => "r.created_at",
        RecordField::LastModified => "r.updated_at",
    }
}

const fn email_column(field: EmailField) -> &'static str {
    match field {
        EmailField::Value => "e.address_key",
        EmailField::Kind => "e.kind_key",
        EmailField::Primary => "e.is_primary",
    }
}

const fn group_column(field: GroupField) -> &'static str {
    match field {
        GroupField::Id => "r.id",
        GroupField::ExternalId => "r.external_id",
        GroupField::DisplayName => "r.display_name_key",
        GroupField::Created => "r.created_at",
        GroupField::LastModified => "r.updated_at",
    }
}
