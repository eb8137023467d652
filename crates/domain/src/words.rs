//! Message keys and their arguments: what a rule says, before anybody has put it into a language.
//!
//! A rule never holds an English sentence. It names a message and hands over plain values; the crates that talk to
//! people look the message up in the [`catalogue`](crate::catalogue) of the reader's language. So a sentence can be
//! reworded or translated without touching a rule, and a rule can be tested without a language.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a message in the catalogue, in kebab-case, such as `refusal-code-expired`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageKey(Cow<'static, str>);

impl MessageKey {
    /// Names a message by a literal.
    pub const fn new(key: &'static str) -> Self {
        Self(Cow::Borrowed(key))
    }

    /// The key as the catalogue spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for MessageKey {
    fn from(key: String) -> Self {
        Self(Cow::Owned(key))
    }
}

/// A value that a message mentions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Argument {
    /// A count; the catalogue picks the plural form by it.
    Number(i64),
    /// Text shown as it is.
    Text(String),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u16> for Argument {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Argument {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Argument {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Argument {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// A message and its arguments: one sentence, in no language yet.
///
/// ```
/// use doorward_domain::words::Words;
///
/// let sentence = Words::key("too-many-attempts").with("minutes", 5_u32);
/// assert_eq!(sentence.message().as_str(), "too-many-attempts");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    key: MessageKey,
    #[serde(default)]
    arguments: Vec<(Cow<'static, str>, Argument)>,
}

impl Words {
    /// The message named by a literal, without arguments.
    pub const fn key(key: &'static str) -> Self {
        Self {
            key: MessageKey::new(key),
            arguments: Vec::new(),
        }
    }

    /// The message named by `key`, without arguments.
    pub const fn of(key: MessageKey) -> Self {
        Self {
            key,
            arguments: Vec::new(),
        }
    }

    /// Adds a named argument. A second argument of the same name replaces the first.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<Argument>) -> Self {
        self.with_named(Cow::Borrowed(name), value.into())
    }

    /// Adds an argument whose name is known only at run time, as a template's keyword argument is.
    #[must_use]
    pub fn with_named(mut self, name: Cow<'static, str>, value: Argument) -> Self {
        self.arguments.retain(|(existing, _)| *existing != name);
        self.arguments.push((name, value));
        self
    }

    /// The message this names.
    pub const fn message(&self) -> &MessageKey {
        &self.key
    }

    /// The arguments, in the order in which they were given.
    pub fn arguments(&self) -> impl Iterator<Item = (&str, &Argument)> {
        self.arguments.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

/// Which way a language is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// As English is.
    #[serde(rename = "ltr")]
    LeftToRight,
    /// As Arabic is.
    #[serde(rename = "rtl")]
    RightToLeft,
}

impl Direction {
    /// The value of HTML's `dir` attribute.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// A language as BCP 47 names it (`en`, `ar`, `pt-BR`), in canonical case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LanguageTag(Cow<'static, str>);

/// Why a text is not a language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language is written like `en`, `ar` or `pt-BR`")]
pub struct LanguageTagError;

/// Primary languages that are written from right to left unless a script says otherwise.
const RIGHT_TO_LEFT_LANGUAGES: [&str; 16] = [
    "ar", "arc", "ckb", "dv", "fa", "ha-arab", "he", "iw", "ks", "mzn", "nqo", "ps", "sd", "syr", "ur", "yi",
];

/// Scripts (ISO 15924) that are written from right to left.
const RIGHT_TO_LEFT_SCRIPTS: [&str; 10] = [
    "Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa",
];

impl LanguageTag {
    /// English: the language every message exists in.
    pub const ENGLISH: Self = Self(Cow::Borrowed("en"));

    /// Reads a tag: a language of two or three letters, then subtags of letters and digits.
    ///
    /// # Errors
    /// [`LanguageTagError`] when the text is nothing of the kind, or is longer than 35 bytes (RFC 5646 §4.4.1).
    pub fn parse(text: &str) -> Result<Self, LanguageTagError> {
        if text.len() > 35 {
            return Err(LanguageTagError);
        }
        let mut canonical = String::with_capacity(text.len());
        for (position, subtag) in text.split(['-', '_']).enumerate() {
            let fits = (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !fits {
                return Err(LanguageTagError);
            }
            if position == 0 {
                if !(2..=3).contains(&subtag.len()) || !subtag.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                    return Err(LanguageTagError);
                }
                canonical.push_str(&subtag.to_ascii_lowercase());
                continue;
            }
            canonical.push('-');
            match subtag.len() {
                2 => canonical.push_str(&subtag.to_ascii_uppercase()),
                4 if subtag.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                    let (first, rest) = subtag.split_at(1);
                    canonical.push_str(&first.to_ascii_uppercase());
                    canonical.push_str(&rest.to_ascii_lowercase());
                }
                _ => canonical.push_str(&subtag.to_ascii_lowercase()),
            }
        }
        Ok(Self(Cow::Owned(canonical)))
    }

    /// The tag in canonical case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone, without script, region or variants.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// Which way this language is read: by its script where one is named, else by custom.
    pub fn direction(&self) -> Direction {
        let script = self
            .0
            .split('-')
            .skip(1)
            .find(|subtag| subtag.len() == 4 && subtag.starts_with(|first: char| first.is_ascii_uppercase()));
        let right_to_left = match script {
            Some(script) => RIGHT_TO_LEFT_SCRIPTS.contains(&script),
            None => RIGHT_TO_LEFT_LANGUAGES.contains(&self.primary()),
        };
        if right_to_left {
            Direction::RightToLeft
        } else {
            Direction::LeftToRight
        }
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for LanguageTag {
    type Error = LanguageTagError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<LanguageTag> for String {
    fn from(tag: LanguageTag) -> Self {
        tag.0.into_owned()
    }
}

/// Picks the language to answer in, out of `available`.
///
/// The reader's `Accept-Language` (RFC 9110 §12.5.4) decides, in the order of its weights; a wish for `pt-BR` is met
/// by `pt`, and one for `pt` by `pt-BR`. Then comes the `preferred` language (the person's own, or the workspace's),
/// and at last English. A header that makes no sense is no wish; at most sixteen entries are read.
pub fn negotiate(accept_language: &str, preferred: Option<&LanguageTag>, available: &[LanguageTag]) -> LanguageTag {
    let mut wishes: Vec<(u16, LanguageTag)> = accept_language
        .split(',')
        .take(16)
        .filter_map(|entry| {
            let mut parts = entry.split(';');
            let tag = LanguageTag::parse(parts.next()?.trim()).ok()?;
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(Some(1000), thousandths)?;
            (weight > 0).then_some((weight, tag))
        })
        .collect();
    wishes.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wishes
        .iter()
        .map(|(_, tag)| tag)
        .chain(preferred)
        .find_map(|wish| best_match(wish, available))
        .unwrap_or(LanguageTag::ENGLISH)
}

fn best_match(wish: &LanguageTag, available: &[LanguageTag]) -> Option<LanguageTag> {
    let exact = available.iter().find(|offer| *offer == wish);
    let broader = || available.iter().find(|offer| offer.as_str() == wish.primary());
    let sibling = || available.iter().find(|offer| offer.primary() == wish.primary());
    exact.or_else(broader).or_else(sibling).cloned()
}

/// A weight such as `0.8` in thousandths, without floating point; `None` for anything else.
fn thousandths(text: &str) -> Option<u16> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> LanguageTag {
        LanguageTag::parse(text).unwrap()
    }

    #[test]
    fn tags_are_read_in_canonical_case() {
        assert_eq!(tag("PT-br").as_str(), "pt-BR");
        assert_eq!(tag("zh_hant_tw").as_str(), "zh-Hant-TW");
        for wrong in [
            "",
            "e",
            "english",
            "*",
            "en-",
            "en--GB",
            "en GB",
            "٣٣",
            &"en-a".repeat(20),
        ] {
            assert_eq!(LanguageTag::parse(wrong), Err(LanguageTagError), "{wrong}");
        }
    }

    #[test]
    fn direction_follows_the_script_then_the_language() {
        assert_eq!(tag("ar").direction(), Direction::RightToLeft);
        assert_eq!(tag("he-IL").direction(), Direction::RightToLeft);
        assert_eq!(tag("az-Arab").direction(), Direction::RightToLeft);
        assert_eq!(tag("ar-Latn").direction(), Direction::LeftToRight);
        assert_eq!(tag("en").direction(), Direction::LeftToRight);
        assert_eq!(tag("de-1996").direction(), Direction::LeftToRight);
    }

    #[test]
    fn the_heaviest_wish_that_can_be_met_wins() {
        let available = [tag("en"), tag("ar"), tag("pt-BR")];
        let pick = |header: &str| negotiate(header, None, &available).as_str().to_owned();
        assert_eq!(pick("ar"), "ar");
        assert_eq!(pick("ar-EG,en;q=0.5"), "ar");
        assert_eq!(pick("en;q=0.3, ar;q=0.9"), "ar");
        assert_eq!(pick("pt"), "pt-BR");
        assert_eq!(pick("pt-PT"), "pt-BR");
        assert_eq!(pick("ar;q=0, en;q=0.1"), "en");
        assert_eq!(pick("de, fr"), "en");
        assert_eq!(pick(""), "en");
        assert_eq!(pick("*;q=0.5"), "en");
        assert_eq!(pick("ar;q=2, ar;q=0.12345, ;;;, \u{0}"), "en");
    }

    #[test]
    fn a_preference_counts_when_the_reader_asked_for_nothing_we_have() {
        let available = [tag("en"), tag("ar")];
        assert_eq!(negotiate("de", Some(&tag("ar")), &available), tag("ar"));
        assert_eq!(negotiate("en", Some(&tag("ar")), &available), tag("en"));
    }

    #[test]
    fn an_argument_given_twice_counts_once() {
        let words = Words::key("greeting").with("name", "Ada").with("name", "Grace");
        let arguments: Vec<_> = words.arguments().collect();
        assert_eq!(arguments, [("name", &Argument::Text("Grace".to_owned()))]);
    }
}
