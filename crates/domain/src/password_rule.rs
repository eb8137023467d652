//! What a new password must be (R1–R4): long enough, not among the most common ones, not made of words that stand
//! around it. Nothing else: no rule of composition, no expiry (R3).
//!
//! The blocklist is part of the crate and needs no network. It is kept as the first 40 bits of the SHA-256 of each
//! entry, sorted, so that the source tree and the binary hold no list of obscenities, and a look-up is one binary
//! search. A password that is on no list is taken for common about once in ten million.

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::email_address::EmailAddress;
use crate::secret::{MAX_PASSWORD_CODE_POINTS, Password, PasswordError};
use crate::settings::AudienceSettings;
use crate::words::Words;
use crate::workspace::Workspace;

/// No setting makes the minimum shorter than this (R1, SD2).
pub const SHORTEST_MINIMUM: u16 = 8;
/// Letters that a password must have besides the words of its surroundings, if it contains any of those.
pub const OWN_LETTERS: usize = 12;

const PREFIX_BYTES: usize = 5;
const PRODUCT: &str = "doorward";
/// Made by `examples/blocklist.rs`; origin and licence in `docs/data-sources.md`.
static COMMON: &[u8] = include_bytes!("../data/common-passwords.bin");

/// What is wrong with a password that somebody wants to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordProblem {
    /// Fewer code points than the audience's minimum (R1).
    TooShort {
        /// The minimum, in code points.
        min: u16,
    },
    /// More than the cap of R2.
    TooLong {
        /// The cap, in code points.
        max: u16,
    },
    /// On the blocklist, or nothing but a row or a repetition (R4).
    Common,
    /// Little else than words of its surroundings: the product, the workspace, its hosts, the person's own name or
    /// addresses (R4).
    Context,
    /// Known from a breach (R4), where a [`BreachList`] is asked.
    Breached,
}

impl PasswordProblem {
    /// What the page says about it.
    pub fn words(self) -> Words {
        match self {
            Self::TooShort { min } => Words::key("error-password-too-short").with("min", min),
            Self::TooLong { max } => Words::key("error-password-too-long").with("max", max),
            Self::Common | Self::Breached => Words::key("error-password-common"),
            Self::Context => Words::key("error-password-context"),
        }
    }

    /// What a text that is no password at all fails by, where the audience's rules are `settings`.
    pub fn of_unreadable(error: PasswordError, settings: &AudienceSettings) -> Self {
        match error {
            PasswordError::Empty => Self::TooShort {
                min: minimum(settings, false),
            },
            PasswordError::TooLong => Self::TooLong {
                max: u16::try_from(MAX_PASSWORD_CODE_POINTS).unwrap_or(u16::MAX),
            },
        }
    }
}

/// A list of passwords known from breaches, for whoever has one at hand. The server ships none.
///
/// # Contract
/// It is asked inside a request and MUST answer from memory or a local file; it MUST NOT send the password anywhere.
pub trait BreachList: Send + Sync {
    /// Whether the password is known from a breach.
    fn holds(&self, password: &Password) -> bool;
}

/// The breach list of a server that has none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBreachList;

impl BreachList for NoBreachList {
    fn holds(&self, _password: &Password) -> bool {
        false
    }
}

/// The words that stand around a person, and of which their password must not be made (R4).
#[derive(Debug, Clone)]
pub struct PasswordContext {
    words: Vec<Vec<char>>,
}

impl PasswordContext {
    /// The words of a workspace and of a person in it.
    pub fn new(workspace: &Workspace, name: &str, addresses: &[EmailAddress]) -> Self {
        let around = [PRODUCT, workspace.slug.as_str(), &workspace.name, name];
        let hosts = workspace.hosts.iter().map(String::as_str);
        let own = addresses.iter().flat_map(|address| [address.local(), address.domain()]);
        Self::of_texts(around.into_iter().chain(hosts).chain(own))
    }

    fn of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut words: Vec<Vec<char>> = texts
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
            .map(|word| fold(word).map(|(folded, _)| folded).collect())
            .filter(|word: &Vec<char>| word.len() >= if word.iter().all(char::is_ascii) { 3 } else { 2 })
            .collect();
        words.sort_unstable();
        words.dedup();
        Self { words }
    }

    /// Whether the password contains such a word and has too few letters of its own besides.
    fn makes_up(&self, password: &str) -> bool {
        let (folded, letters): (Vec<char>, Vec<bool>) = fold(password).unzip();
        let mut covered = vec![false; folded.len()];
        for word in &self.words {
            for (place, window) in folded.windows(word.len()).enumerate() {
                if window == word.as_slice() {
                    covered
                        .iter_mut()
                        .skip(place)
                        .take(word.len())
                        .for_each(|covered| *covered = true);
                }
            }
        }
        let own = covered
            .iter()
            .zip(&letters)
            .filter(|(covered, letter)| !**covered && **letter)
            .count();
        covered.contains(&true) && own < OWN_LETTERS
    }
}

/// Each problem of a new password, none if it will do. Use [`check_new_password_with`] where there is a breach list.
pub fn check_new_password(
    password: &Password,
    settings: &AudienceSettings,
    two_factor_on: bool,
    context: &PasswordContext,
) -> Vec<PasswordProblem> {
    check_new_password_with(password, settings, two_factor_on, context, &NoBreachList)
}

/// [`check_new_password`], which also asks a breach list.
pub fn check_new_password_with(
    password: &Password,
    settings: &AudienceSettings,
    two_factor_on: bool,
    context: &PasswordContext,
    breaches: &dyn BreachList,
) -> Vec<PasswordProblem> {
    let text = password.expose();
    let min = minimum(settings, two_factor_on);
    let mut problems = Vec::new();
    if text.chars().count() < usize::from(min) {
        problems.push(PasswordProblem::TooShort { min });
    }
    if is_common(text) {
        problems.push(PasswordProblem::Common);
    } else if breaches.holds(password) {
        problems.push(PasswordProblem::Breached);
    }
    if context.makes_up(text) {
        problems.push(PasswordProblem::Context);
    }
    problems
}

/// The audience's minimum, in code points (R1).
fn minimum(settings: &AudienceSettings, two_factor_on: bool) -> u16 {
    settings.shortest_password(two_factor_on).max(SHORTEST_MINIMUM)
}

/// The form in which an entry of the blocklist is kept, and a password looked up: 40 bits of the SHA-256 of the text
/// in lower case.
pub fn blocklist_prefix(text: &str) -> [u8; PREFIX_BYTES] {
    let digest: [u8; 32] = Sha256::digest(text.to_lowercase()).into();
    digest.first_chunk().copied().unwrap_or_default()
}

fn is_listed(text: &str) -> bool {
    COMMON.as_chunks().0.binary_search(&blocklist_prefix(text)).is_ok()
}

/// On the list as a whole; or a short text over and over (`abcabcabcabc`), a listed one twice or more
/// (`passwordpassword`), a row (`abcdefghijklmno`, `987654321`).
fn is_common(text: &str) -> bool {
    if is_listed(text) {
        return true;
    }
    let chars: Vec<char> = text.to_lowercase().chars().collect();
    let whole = chars.len();
    let repeats = (1..=whole / 2)
        .filter(|length| whole.is_multiple_of(*length))
        .filter_map(|length| chars.get(..length))
        .find(|unit| chars.chunks(unit.len()).all(|chunk| chunk == *unit));
    if let Some(unit) = repeats
        && (unit.len() <= 4 || is_listed(&unit.iter().collect::<String>()))
    {
        return true;
    }
    let step = |from: char, to: char| i64::from(u32::from(to)) - i64::from(u32::from(from));
    let mut steps = chars.windows(2).filter_map(|pair| match pair {
        [from, to] => Some(step(*from, *to)),
        _ => None,
    });
    let first = steps.next().unwrap_or(0);
    first.abs() <= 1 && steps.all(|step| step == first)
}

/// The text as a guesser sees it: lower case, without accents, common substitutions undone. With each character,
/// whether a letter stands there in the original.
fn fold(text: &str) -> impl Iterator<Item = (char, bool)> {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| {
            let folded = match c {
                '0' => 'o',
                '1' | 'l' | '!' | '|' => 'i',
                '3' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '7' | '+' => 't',
                c => c,
            };
            (folded, c.is_alphabetic())
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::settings::SecuritySettings;

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    fn context() -> PasswordContext {
        PasswordContext::of_texts(
            [
                "doorward",
                "acme",
                "Acme Anvils",
                "help.acme.example",
                "María Lopez",
                "m.lopez",
                "mail.example",
            ]
            .into_iter(),
        )
    }

    fn check(text: &str) -> Vec<PasswordProblem> {
        check_new_password(
            &password(text),
            &SecuritySettings::default().customers,
            false,
            &context(),
        )
    }

    #[test]
    fn r1_the_minimum_is_the_audiences_counts_code_points_and_is_never_under_eight() {
        let mut settings = SecuritySettings::default();
        let short = |text: &str, settings: &AudienceSettings| {
            check_new_password(&password(text), settings, false, &context())
                .iter()
                .any(|problem| matches!(problem, PasswordProblem::TooShort { .. }))
        };
        assert!(short("plum ivy fog", &settings.staff));
        assert!(!short("plum ivy fog", &settings.customers));
        assert!(short("plum ivy fo", &settings.customers));
        assert!(
            !short("żółw ćma łąk", &settings.customers),
            "twelve letters, more bytes"
        );
        assert!(short("żółw ćma ł", &settings.customers), "fourteen bytes, ten letters");
        settings.customers.password_min_length = 1;
        assert_eq!(
            check_new_password(&password("qzv#81w"), &settings.customers, false, &context()),
            [PasswordProblem::TooShort { min: 8 }]
        );
    }

    #[test]
    fn r2_texts_that_are_no_password_have_a_problem_too() {
        let settings = SecuritySettings::default();
        let problem = |text: &str| PasswordProblem::of_unreadable(Password::parse(text).unwrap_err(), &settings.staff);
        assert_eq!(problem(""), PasswordProblem::TooShort { min: 15 });
        assert_eq!(problem(&"x".repeat(257)), PasswordProblem::TooLong { max: 256 });
    }

    #[test]
    fn r3_nothing_is_asked_of_composition() {
        for fine in [
            "plum ivy fog lantern",
            "    four blanks before",
            "только обычные слова",
            "正しい馬と電池とホッチキス",
            "8261 7730 1925 4418",
            "🦊🐻🌲🍄🌊🏔🔥🌙🌵🐝🍇🎻",
        ] {
            assert_eq!(check(fine), [], "{fine}");
        }
    }

    #[test]
    fn r4_the_list_is_long_sorted_and_holds_the_most_common() {
        let entries = COMMON.as_chunks::<PREFIX_BYTES>().0;
        assert_eq!(COMMON.len() % PREFIX_BYTES, 0);
        assert!(entries.len() >= 100_000, "{}", entries.len());
        assert!(
            entries.is_sorted_by(|a, b| a < b),
            "a binary search needs it, and no entry twice"
        );
        for common in [
            "password",
            "Password",
            "PASSWORD1",
            "12345678",
            "1234567890",
            "qwertyuiop",
            "baseball",
            "superman",
            "trustno1",
            "1qaz2wsx",
            "iloveyou",
            "starwars",
        ] {
            assert!(check(common).contains(&PasswordProblem::Common), "{common}");
        }
    }

    #[test]
    fn r4_rows_and_repetitions_are_common_however_long() {
        for common in [
            "aaaaaaaaaaaaaaaaaaaa",
            "passwordpassword",
            "PasswordPasswordPassword",
            "abcabcabcabcabcabc",
            "abcdefghijklmnopqrs",
            "zyxwvutsrqponmlk",
            "абвгдежзийклмнопр",
        ] {
            assert_eq!(check(common), [PasswordProblem::Common], "{common}");
        }
        assert_eq!(check("plum ivy plum ivy"), []);
    }

    #[test]
    fn r4_words_of_the_surroundings_do_not_make_a_password() {
        for made_up in [
            "Doorward2026!!",
            "d00rw4rd-d00rw4rd",
            "acme-anvils-1234",
            "ACMEanvilsACME",
            "maria.lopez.2026",
            "MaríaLopezPassword",
            "m4r1@_l0pez_9999",
            "m.lopez@mail.example",
            "help.acme.example",
            "acme Xk9#vR2!wQ",
        ] {
            assert!(check(made_up).contains(&PasswordProblem::Context), "{made_up}");
        }
        for fine in [
            "my anvils taste of purple rain",
            "savannah marian keeps acmeist books",
            "Xk9#vR2!wQz&7",
        ] {
            assert_eq!(check(fine), [], "{fine}");
        }
    }

    #[test]
    fn words_of_two_letters_and_empty_names_forbid_nothing() {
        let context = PasswordContext::of_texts(["", "Al B", "--", "李", "王伟"].into_iter());
        assert!(!context.makes_up("albatross"));
        assert!(context.makes_up("王伟2026"));
    }

    #[test]
    fn a_breach_list_is_asked_where_there_is_one() {
        struct One;
        impl BreachList for One {
            fn holds(&self, password: &Password) -> bool {
                password.expose() == "plum ivy fog lantern"
            }
        }
        let settings = SecuritySettings::default();
        let ask = |text: &str| check_new_password_with(&password(text), &settings.customers, false, &context(), &One);
        assert_eq!(ask("plum ivy fog lantern"), [PasswordProblem::Breached]);
        assert_eq!(ask("plum ivy fog lamp"), []);
    }

    #[test]
    fn every_problem_has_words() {
        let words = PasswordProblem::TooShort { min: 12 }.words();
        assert_eq!(words, Words::key("error-password-too-short").with("min", 12_u16));
        assert_eq!(
            PasswordProblem::Context.words().message().as_str(),
            "error-password-context"
        );
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in "\\PC{1,80}") {
            check(&text);
        }

        #[test]
        fn case_makes_no_difference(text in "[a-zA-Z]{1,4}|[pP][aA][sS][sS][wW][oO][rR][dD]|[a-zA-Z0-9]{8,16}") {
            prop_assert_eq!(is_common(&text), is_common(&text.to_lowercase()));
            prop_assert_eq!(context().makes_up(&text), context().makes_up(&text.to_uppercase()));
        }

        #[test]
        fn a_word_of_the_surroundings_is_found_wherever_it_stands(before in "[0-9 ]{0,6}", after in "[0-9 ]{0,6}") {
            let text = format!("{before}anvils{after}");
            let problems = check(&text);
            prop_assert!(problems.contains(&PasswordProblem::Context));
        }
    }
}
