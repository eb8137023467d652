//! The message catalogue: Fluent texts in, sentences in the reader's language out.
//!
//! The texts come from the caller (pages and mails keep their own), so that this stays free of files. A message that a
//! language lacks is said in English; [`Catalogue::gaps`] lists these when the catalogue is built, for the log and for
//! the test that allows none.

use std::collections::BTreeSet;
use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::words::{Argument, Direction, LanguageTag, MessageKey, Words, negotiate};

/// One Fluent file.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueSource<'a> {
    /// The language its messages are in.
    pub language: &'a str,
    /// What errors call it, such as its path.
    pub name: &'a str,
    /// Its text, in Fluent syntax.
    pub text: &'a str,
}

/// Why a catalogue cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// A file's language is not a language tag.
    #[error("{file}: `{language}` is not a language tag such as `en` or `pt-BR`")]
    Language {
        /// The file.
        file: Box<str>,
        /// What stood in place of a tag.
        language: Box<str>,
    },
    /// A file is not valid Fluent.
    #[error("{file}: not valid Fluent near byte {offset}")]
    Syntax {
        /// The file.
        file: Box<str>,
        /// Where the first mistake is, in bytes from the beginning.
        offset: usize,
    },
    /// A message is defined twice in one language.
    #[error("{file}: defines a message that another file of its language has already")]
    Duplicate {
        /// The file that came second.
        file: Box<str>,
    },
    /// There is no English to fall back to.
    #[error("the catalogue has no English (`en`) messages")]
    NoEnglish,
}

/// Why a sentence cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SayError {
    /// No language, English included, has the message.
    #[error("the catalogue has no message `{key}`")]
    Unknown {
        /// The message asked for.
        key: MessageKey,
    },
    /// The message mentions something that was not handed over, or refers to a message that is not there.
    #[error("message `{key}` in `{language}` mentions something it was not given")]
    Incomplete {
        /// The message asked for.
        key: MessageKey,
        /// The language it was found in.
        language: LanguageTag,
    },
}

/// A message that a language lacks, so that English is shown in its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The language that lacks it.
    pub language: LanguageTag,
    /// The message.
    pub key: MessageKey,
}

struct Tongue {
    tag: LanguageTag,
    bundle: FluentBundle<FluentResource>,
    keys: BTreeSet<String>,
}

/// Messages in every language that there are texts for. Cheap to share between threads behind an `Arc`.
pub struct Catalogue {
    english: Tongue,
    others: Vec<Tongue>,
    tags: Vec<LanguageTag>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue")
            .field("languages", &self.tags)
            .finish_non_exhaustive()
    }
}

impl Catalogue {
    /// Builds a catalogue out of Fluent files; several may add to one language.
    ///
    /// # Errors
    /// [`CatalogueError`], naming the file.
    pub fn build<'a>(sources: impl IntoIterator<Item = CatalogueSource<'a>>) -> Result<Self, CatalogueError> {
        let mut tongues: Vec<Tongue> = Vec::new();
        for source in sources {
            let tag = LanguageTag::parse(source.language).map_err(|_| bad_language(&source))?;
            let resource = FluentResource::try_new(source.text.to_owned()).map_err(|(_, errors)| {
                let offset = errors.first().map_or(0, |error| error.pos.start);
                CatalogueError::Syntax {
                    file: source.name.into(),
                    offset,
                }
            })?;
            let known = tongues.iter().position(|tongue| tongue.tag == tag);
            let mut tongue = match known {
                Some(position) => tongues.swap_remove(position),
                None => Tongue::new(tag, &source)?,
            };
            tongue.add(resource, source.name)?;
            tongues.push(tongue);
        }
        let position = tongues.iter().position(|tongue| tongue.tag == LanguageTag::ENGLISH);
        let english = tongues.swap_remove(position.ok_or(CatalogueError::NoEnglish)?);
        tongues.sort_by(|one, other| one.tag.cmp(&other.tag));
        let tags = std::iter::once(&english)
            .chain(&tongues)
            .map(|tongue| tongue.tag.clone())
            .collect();
        Ok(Self {
            english,
            others: tongues,
            tags,
        })
    }

    /// The languages there are, English first.
    pub fn languages(&self) -> &[LanguageTag] {
        &self.tags
    }

    /// The language to answer in; see [`negotiate`].
    pub fn negotiate(&self, accept_language: &str, preferred: Option<&LanguageTag>) -> LanguageTag {
        negotiate(accept_language, preferred, &self.tags)
    }

    /// Says a sentence in `language`, or in English where that language or that message is missing.
    ///
    /// Arguments are wrapped in Unicode isolating marks in right-to-left languages, so that an address or a name of the
    /// other direction cannot tear the sentence apart.
    ///
    /// # Errors
    /// [`SayError`] when not even English has the message, or when it mentions what was not handed over.
    pub fn say(&self, language: &LanguageTag, words: &Words) -> Result<String, SayError> {
        let key = words.message();
        let tongue = self
            .others
            .iter()
            .find(|tongue| tongue.tag == *language && tongue.keys.contains(key.as_str()))
            .unwrap_or(&self.english);
        let pattern = tongue
            .bundle
            .get_message(key.as_str())
            .and_then(|message| message.value());
        let pattern = pattern.ok_or_else(|| SayError::Unknown { key: key.clone() })?;
        let arguments: FluentArgs<'_> = words
            .arguments()
            .map(|(name, value)| {
                let value = match value {
                    Argument::Number(number) => FluentValue::from(*number),
                    Argument::Text(text) => FluentValue::from(text.as_str()),
                };
                (name, value)
            })
            .collect();
        let mut mistakes = Vec::new();
        let text = tongue.bundle.format_pattern(pattern, Some(&arguments), &mut mistakes);
        if mistakes.is_empty() {
            Ok(text.into_owned())
        } else {
            Err(SayError::Incomplete {
                key: key.clone(),
                language: tongue.tag.clone(),
            })
        }
    }

    /// Every message of a language, in alphabetical order; empty for a language there is no text for.
    pub fn keys(&self, language: &LanguageTag) -> Vec<&str> {
        let tongue = std::iter::once(&self.english)
            .chain(&self.others)
            .find(|tongue| tongue.tag == *language);
        tongue
            .map(|tongue| tongue.keys.iter().map(String::as_str).collect())
            .unwrap_or_default()
    }

    /// The messages that English has and another language lacks.
    pub fn gaps(&self) -> Vec<Gap> {
        self.others
            .iter()
            .flat_map(|tongue| {
                self.english.keys.difference(&tongue.keys).map(|key| Gap {
                    language: tongue.tag.clone(),
                    key: MessageKey::from(key.clone()),
                })
            })
            .collect()
    }
}

impl Tongue {
    fn new(tag: LanguageTag, source: &CatalogueSource<'_>) -> Result<Self, CatalogueError> {
        let identifier: LanguageIdentifier = tag.as_str().parse().map_err(|_| bad_language(source))?;
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // The marks are invisible but are part of the text: they would make an English heading differ from the words
        // that people search and scripts compare, and there is nothing to isolate while all runs one way.
        bundle.set_use_isolating(tag.direction() == Direction::RightToLeft);
        Ok(Self {
            tag,
            bundle,
            keys: BTreeSet::new(),
        })
    }

    fn add(&mut self, resource: FluentResource, file: &str) -> Result<(), CatalogueError> {
        // Fluent's grammar puts an identifier in the first column for messages only: what follows one is indented,
        // terms begin with `-`, comments with `#`.
        let keys: Vec<String> = resource
            .source()
            .lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()))
            .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim_end().to_owned()))
            .collect();
        self.bundle
            .add_resource(resource)
            .map_err(|_| CatalogueError::Duplicate { file: file.into() })?;
        self.keys.extend(keys);
        Ok(())
    }
}

fn bad_language(source: &CatalogueSource<'_>) -> CatalogueError {
    CatalogueError::Language {
        file: source.name.into(),
        language: source.language.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "\
# A comment = not a message
-brand = Doorward
hello = Hello, { $name }.
tries =
    { $count ->
        [one] One try left.
       *[other] { $count } tries left.
    }
only-here = From { -brand }
";

    const ARABIC: &str =
        "hello = مرحبًا { $name }\ntries = { $count ->\n    [two] محاولتان\n   *[other] { $count }\n }\n";

    fn catalogue() -> Catalogue {
        Catalogue::build([
            CatalogueSource {
                language: "ar",
                name: "ar/test.ftl",
                text: ARABIC,
            },
            CatalogueSource {
                language: "en",
                name: "en/test.ftl",
                text: ENGLISH,
            },
        ])
        .unwrap()
    }

    fn arabic() -> LanguageTag {
        LanguageTag::parse("ar").unwrap()
    }

    #[test]
    fn sentences_are_said_in_the_language_asked_for() {
        let catalogue = catalogue();
        let hello = Words::key("hello").with("name", "Ada");
        assert_eq!(catalogue.say(&LanguageTag::ENGLISH, &hello).unwrap(), "Hello, Ada.");
        assert_eq!(catalogue.say(&arabic(), &hello).unwrap(), "مرحبًا \u{2068}Ada\u{2069}");
    }

    #[test]
    fn the_plural_form_is_the_languages_own() {
        let catalogue = catalogue();
        let say = |language: &LanguageTag, count: u32| {
            catalogue
                .say(language, &Words::key("tries").with("count", count))
                .unwrap()
        };
        assert_eq!(say(&LanguageTag::ENGLISH, 1), "One try left.");
        assert_eq!(say(&LanguageTag::ENGLISH, 2), "2 tries left.");
        assert_eq!(say(&arabic(), 2), "محاولتان");
    }

    #[test]
    fn a_message_that_a_language_lacks_is_said_in_english_and_listed() {
        let catalogue = catalogue();
        assert_eq!(
            catalogue.say(&arabic(), &Words::key("only-here")).unwrap(),
            "From Doorward"
        );
        let gap = Gap {
            language: arabic(),
            key: MessageKey::new("only-here"),
        };
        assert_eq!(catalogue.gaps(), [gap]);
        assert_eq!(catalogue.keys(&LanguageTag::ENGLISH), ["hello", "only-here", "tries"]);
    }

    #[test]
    fn a_language_without_texts_is_answered_in_english() {
        let german = LanguageTag::parse("de").unwrap();
        assert_eq!(
            catalogue().say(&german, &Words::key("only-here")).unwrap(),
            "From Doorward"
        );
    }

    #[test]
    fn an_unknown_message_and_a_missing_argument_are_errors() {
        let catalogue = catalogue();
        let unknown = catalogue.say(&arabic(), &Words::key("nowhere"));
        assert_eq!(
            unknown,
            Err(SayError::Unknown {
                key: MessageKey::new("nowhere")
            })
        );
        let incomplete = catalogue.say(&LanguageTag::ENGLISH, &Words::key("hello"));
        assert!(matches!(incomplete, Err(SayError::Incomplete { .. })), "{incomplete:?}");
    }

    #[test]
    fn mistakes_in_the_texts_name_the_file() {
        let build = |sources: &[(&str, &str)]| {
            let sources = sources.iter().map(|(language, text)| CatalogueSource {
                language,
                name: "x.ftl",
                text,
            });
            Catalogue::build(sources).map(|_| ()).unwrap_err()
        };
        assert!(matches!(build(&[("en", "hello Hello")]), CatalogueError::Syntax { .. }));
        assert!(matches!(
            build(&[("en", "a = 1"), ("en", "a = 2")]),
            CatalogueError::Duplicate { .. }
        ));
        assert!(matches!(
            build(&[("english", "a = 1")]),
            CatalogueError::Language { .. }
        ));
        assert!(matches!(build(&[("ar", "a = 1")]), CatalogueError::NoEnglish));
    }
}
