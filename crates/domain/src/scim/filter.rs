//! The filter grammar of RFC 7644 §3.4.2.2, and the paths of §3.5.2: text to tree and back. Whether an attribute exists is
//! judged by whoever uses the tree.

use std::fmt;

use serde_json::{Number, Value};

use super::{MAX_FILTER_BYTES, MAX_FILTER_DEPTH, ScimError, ScimFault};

/// An attribute as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePath {
    /// The schema before it, a URN, if one was written.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// The part of it, after a dot.
    pub sub: Option<String>,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Contains,
    /// Starts with.
    StartsWith,
    /// Ends with.
    EndsWith,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

impl Operator {
    const ALL: [Self; 9] = [
        Self::Eq,
        Self::Ne,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Gt,
        Self::Ge,
        Self::Lt,
        Self::Le,
    ];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Whether it looks for a part of a text.
    pub const fn is_part_of_text(self) -> bool {
        matches!(self, Self::Contains | Self::StartsWith | Self::EndsWith)
    }

    /// Whether it holds for values that stand like that; for one that looks for a part of a text, never.
    pub const fn orders(self, standing: std::cmp::Ordering) -> bool {
        match self {
            Self::Eq => standing.is_eq(),
            Self::Ne => standing.is_ne(),
            Self::Gt => standing.is_gt(),
            Self::Ge => standing.is_ge(),
            Self::Lt => standing.is_lt(),
            Self::Le => standing.is_le(),
            Self::Contains | Self::StartsWith | Self::EndsWith => false,
        }
    }
}

/// A value in a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(Number),
    /// Nothing.
    Null,
}

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of at least two.
    And(Vec<Self>),
    /// Any of at least two.
    Or(Vec<Self>),
    /// Not that.
    Not(Box<Self>),
    /// The attribute has a value.
    Present(AttributePath),
    /// The attribute compared with a value.
    Compare(AttributePath, Operator, Scalar),
    /// One of the attribute's values meets all of that.
    Element(AttributePath, Box<Self>),
}

/// The path of an operation of a PATCH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchPath {
    /// The attribute; with a filter, never with a part before it.
    pub attribute: AttributePath,
    /// Which of its values.
    pub filter: Option<Filter>,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// [`ScimFault::InvalidFilter`] for a text that is none, is longer than [`MAX_FILTER_BYTES`] or nested deeper than
    /// [`MAX_FILTER_DEPTH`] (R63).
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        let fault = ScimFault::InvalidFilter;
        let mut reader = Reader::new(text, fault)?;
        let filter = reader.either(0, false)?;
        reader.end()?;
        Ok(filter)
    }
}

impl PatchPath {
    /// Reads a path. A name that is `prefix` and nothing behind it, such as that of an extension as a whole, is given with
    /// an empty name.
    ///
    /// # Errors
    /// [`ScimFault::InvalidPath`] for a text that is none.
    pub fn parse(text: &str, whole_schemas: &[&str]) -> Result<Self, ScimError> {
        if let Some(schema) = whole_schemas.iter().find(|schema| schema.eq_ignore_ascii_case(text)) {
            let attribute = AttributePath {
                schema: Some((*schema).to_owned()),
                name: String::new(),
                sub: None,
            };
            return Ok(Self {
                attribute,
                filter: None,
            });
        }
        let mut reader = Reader::new(text, ScimFault::InvalidPath)?;
        let mut attribute = reader.attribute()?;
        let mut filter = None;
        if reader.take("[") {
            if attribute.sub.is_some() {
                return Err(reader.unfit("a filter behind a part of an attribute"));
            }
            filter = Some(reader.either(1, true)?);
            reader.space();
            reader.expect("]")?;
            if reader.take(".") {
                attribute.sub = Some(reader.name()?);
            }
        }
        reader.end()?;
        Ok(Self { attribute, filter })
    }
}

struct Reader<'a> {
    rest: &'a str,
    fault: ScimFault,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, fault: ScimFault) -> Result<Self, ScimError> {
        let reader = Self { rest: text, fault };
        if text.len() > MAX_FILTER_BYTES {
            return Err(reader.unfit("longer than 2048 bytes"));
        }
        Ok(reader)
    }

    fn unfit(&self, what: &str) -> ScimError {
        ScimError::new(self.fault, what)
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), ScimError> {
        if self.take(token) {
            return Ok(());
        }
        Err(self.unfit(&format!("`{token}` is missing")))
    }

    fn end(&mut self) -> Result<(), ScimError> {
        self.space();
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.unfit("something stands behind its end"))
    }

    /// Takes a word of the grammar: in any case, with something other than a letter of a name behind it.
    fn word(&mut self, word: &str) -> bool {
        let Some((start, rest)) = self.rest.split_at_checked(word.len()) else {
            return false;
        };
        if !start.eq_ignore_ascii_case(word) || rest.starts_with(in_word) {
            return false;
        }
        self.rest = rest;
        true
    }

    fn either(&mut self, depth: usize, within: bool) -> Result<Filter, ScimError> {
        let mut parts = vec![self.both(depth, within)?];
        loop {
            self.space();
            if !self.word("or") {
                break;
            }
            parts.push(self.both(depth, within)?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn both(&mut self, depth: usize, within: bool) -> Result<Filter, ScimError> {
        let mut parts = vec![self.single(depth, within)?];
        loop {
            self.space();
            if !self.word("and") {
                break;
            }
            parts.push(self.single(depth, within)?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn single(&mut self, depth: usize, within: bool) -> Result<Filter, ScimError> {
        if depth > MAX_FILTER_DEPTH {
            return Err(self.unfit("nested deeper than 10 times"));
        }
        self.space();
        if self.take("(") {
            return self.closed(depth, within);
        }
        let before = self.rest;
        if self.word("not") {
            self.space();
            if self.take("(") {
                return Ok(Filter::Not(Box::new(self.closed(depth, within)?)));
            }
            self.rest = before;
        }
        let attribute = self.attribute()?;
        if !within && self.take("[") {
            if attribute.sub.is_some() {
                return Err(self.unfit("a filter behind a part of an attribute"));
            }
            let inner = self.either(depth + 1, true)?;
            self.space();
            self.expect("]")?;
            return Ok(Filter::Element(attribute, Box::new(inner)));
        }
        if !self.take(" ") {
            return Err(self.unfit("an operator is missing"));
        }
        self.space();
        if self.word("pr") {
            return Ok(Filter::Present(attribute));
        }
        let operator = Operator::ALL.into_iter().find(|operator| self.word(operator.as_str()));
        let operator = operator.ok_or_else(|| self.unfit("an operator is missing"))?;
        self.space();
        let value = self.value()?;
        Ok(Filter::Compare(attribute, operator, value))
    }

    fn closed(&mut self, depth: usize, within: bool) -> Result<Filter, ScimError> {
        let inner = self.either(depth + 1, within)?;
        self.space();
        self.expect(")")?;
        Ok(inner)
    }

    /// `urn:…:name.part`, or without what stands before the name. The part may be that of a schema's own dots
    /// (`…:2.0:User`), so the name begins behind the last colon.
    fn attribute(&mut self) -> Result<AttributePath, ScimError> {
        let end = self.rest.find(|c| !in_path(c)).unwrap_or(self.rest.len());
        let (path, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        let (schema, local) = match path.rsplit_once(':') {
            Some((schema, local)) => (Some(schema), local),
            None => (None, path),
        };
        let (name, sub) = match local.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (local, None),
        };
        let schema_fits = schema.is_none_or(|schema| {
            schema.len() > 4 && schema.get(..4).is_some_and(|urn| urn.eq_ignore_ascii_case("urn:"))
        });
        if !schema_fits || !is_name(name) || !sub.is_none_or(is_name) {
            return Err(self.unfit("an attribute is missing"));
        }
        self.rest = rest;
        Ok(AttributePath {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        })
    }

    fn name(&mut self) -> Result<String, ScimError> {
        let end = self.rest.find(|c| !in_word(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        if !is_name(name) {
            return Err(self.unfit("a part of an attribute is missing"));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn value(&mut self) -> Result<Scalar, ScimError> {
        for (word, value) in [
            ("true", Scalar::Flag(true)),
            ("false", Scalar::Flag(false)),
            ("null", Scalar::Null),
        ] {
            if self.word(word) {
                return Ok(value);
            }
        }
        let end = if self.rest.starts_with('"') {
            end_of_text(self.rest)
        } else {
            let number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
            Some(self.rest.find(|c| !number(c)).unwrap_or(self.rest.len()))
        };
        let (value, rest) = end
            .and_then(|end| self.rest.split_at_checked(end))
            .ok_or_else(|| self.unfit("a text has no end"))?;
        let value = match serde_json::from_str(value) {
            Ok(Value::String(text)) => Scalar::Text(text),
            Ok(Value::Number(number)) => Scalar::Number(number),
            _ => return Err(self.unfit("a value is missing")),
        };
        self.rest = rest;
        Ok(value)
    }
}

/// Where the text in quotation marks that `text` begins with is over.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn one_or(mut parts: Vec<Filter>, many: impl Fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            many(parts)
        }
    }
}

const fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$')
}

const fn in_path(c: char) -> bool {
    in_word(c) || matches!(c, ':' | '.')
}

fn is_name(text: &str) -> bool {
    let letters = text.strip_prefix('$').unwrap_or(text);
    letters.starts_with(|c: char| c.is_ascii_alphabetic())
        && letters
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", Value::from(text.as_str())),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str, closed: fn(&Self) -> bool| {
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    write!(f, " {word} ")?;
                }
                if closed(part) {
                    write!(f, "({part})")?;
                } else {
                    write!(f, "{part}")?;
                }
            }
            Ok(())
        };
        match self {
            Self::And(parts) => list(f, parts, "and", |part| matches!(part, Self::And(_) | Self::Or(_))),
            Self::Or(parts) => list(f, parts, "or", |part| matches!(part, Self::Or(_))),
            Self::Not(part) => write!(f, "not ({part})"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare(path, operator, value) => write!(f, "{path} {} {value}", operator.as_str()),
            Self::Element(path, inner) => write!(f, "{path}[{inner}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name() -> impl Strategy<Value = String> {
        "[a-zA-Z][a-zA-Z0-9_-]{0,8}"
    }

    fn path() -> impl Strategy<Value = AttributePath> {
        let schema = proptest::option::of(Just("urn:ietf:params:scim:schemas:core:2.0:User".to_owned()));
        (schema, name(), proptest::option::of(name())).prop_map(|(schema, name, sub)| AttributePath {
            schema,
            name,
            sub,
        })
    }

    fn scalar() -> impl Strategy<Value = Scalar> {
        prop_oneof![
            "\\PC{0,12}".prop_map(Scalar::Text),
            any::<bool>().prop_map(Scalar::Flag),
            any::<i64>().prop_map(|number| Scalar::Number(number.into())),
            Just(Scalar::Null),
        ]
    }

    fn leaf() -> impl Strategy<Value = Filter> {
        prop_oneof![
            path().prop_map(Filter::Present),
            (path(), proptest::sample::select(Operator::ALL.to_vec()), scalar())
                .prop_map(|(path, operator, value)| Filter::Compare(path, operator, value)),
        ]
    }

    fn nested(leaf: BoxedStrategy<Filter>) -> BoxedStrategy<Filter> {
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
                inner.prop_map(|inner| Filter::Not(Box::new(inner))),
            ]
        })
        .boxed()
    }

    fn filter() -> impl Strategy<Value = Filter> {
        let element = (path(), nested(leaf().boxed()))
            .prop_map(|(path, inner)| Filter::Element(AttributePath { sub: None, ..path }, Box::new(inner)));
        nested(prop_oneof![3 => leaf(), 1 => element].boxed())
    }

    proptest! {
        #[test]
        fn r63_a_tree_survives_its_text(filter in filter()) {
            let text = filter.to_string();
            prop_assume!(text.len() <= MAX_FILTER_BYTES);
            prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
        }

        #[test]
        fn r63_no_text_makes_the_reader_panic(text in "\\PC{0,80}") {
            let _answer = Filter::parse(&text);
            let _answer = PatchPath::parse(&text, &[]);
        }

        #[test]
        fn r63_no_text_of_the_grammars_own_signs_makes_the_reader_panic(
            text in "([()\\[\\]. \":a-c\\\\]|eq|and|or|not|pr|null|ü){0,40}"
        ) {
            if let Ok(filter) = Filter::parse(&text) {
                prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
            }
            let _answer = PatchPath::parse(&text, &[]);
        }
    }

    #[test]
    fn words_bind_as_the_rfc_says() {
        for (text, same) in [
            ("a pr or b pr and c pr", "a pr or (b pr and c pr)"),
            ("NOT (a pr) AND b EQ \"x\"", "(not (a pr)) and (b eq \"x\")"),
            ("a eq \"x) or (y\"", "a eq \"x) or (y\""),
            (
                "emails[type eq \"work\" and value co \"@\"]",
                "emails[(type eq \"work\") and (value co \"@\")]",
            ),
        ] {
            assert_eq!(Filter::parse(text), Filter::parse(same), "{text}");
            assert!(Filter::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_urn_keeps_its_dots() {
        let Ok(Filter::Compare(path, ..)) =
            Filter::parse("urn:ietf:params:scim:schemas:core:2.0:User:name.familyName eq \"x\"")
        else {
            unreachable!("it is a filter")
        };
        assert_eq!(
            path.schema.as_deref(),
            Some("urn:ietf:params:scim:schemas:core:2.0:User")
        );
        assert_eq!((path.name.as_str(), path.sub.as_deref()), ("name", Some("familyName")));
    }

    #[test]
    fn r63_what_is_no_filter_is_refused() {
        for text in [
            "",
            " ",
            "userName",
            "userName eq",
            "userName eq x",
            "userName eq 'x'",
            "userName eq \"x",
            "userName eq \"x\" or",
            "userName eq \"x\" userName pr",
            "(userName pr",
            "userName pr)",
            "userName == \"x\"",
            "userName eq \"x\"; DROP TABLE users",
            "emails[type eq \"work\"",
            "emails[value[type pr]]",
            "emails.value[type pr]",
            "not userName pr",
            "1userName pr",
            "x:userName pr",
            "userName eq {\"a\":1}",
            "userName eq [1]",
            "userName\teq \"x\"",
        ] {
            assert_eq!(
                Filter::parse(text).map_err(|error| error.fault),
                Err(ScimFault::InvalidFilter),
                "{text:?}"
            );
        }
    }

    #[test]
    fn r63_depth_and_length_have_bounds() {
        let deep = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Filter::parse(&deep(MAX_FILTER_DEPTH)).is_ok());
        assert!(Filter::parse(&deep(MAX_FILTER_DEPTH + 1)).is_err());
        let mut long = "a pr".to_owned();
        while long.len() + 8 <= MAX_FILTER_BYTES {
            long.push_str(" or a pr");
        }
        assert!(Filter::parse(&long).is_ok());
        long.push_str(" or a pr");
        assert!(Filter::parse(&long).is_err());
    }

    #[test]
    fn paths_of_a_patch_are_read() {
        let whole = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let path = PatchPath::parse("emails[type eq \"work\"].value", &[whole]).unwrap();
        assert!(path.filter.is_some());
        assert_eq!(path.attribute.sub.as_deref(), Some("value"));
        let path = PatchPath::parse(&format!("{whole}:manager.value"), &[whole]).unwrap();
        assert_eq!(path.attribute.schema.as_deref(), Some(whole));
        assert_eq!(PatchPath::parse(whole, &[whole]).unwrap().attribute.name, "");
        for bad in [
            "",
            "emails[",
            "emails[type eq \"work\"]value",
            "name.given.x",
            "a b",
            "emails[]",
        ] {
            assert!(PatchPath::parse(bad, &[whole]).is_err(), "{bad:?}");
        }
    }
}
