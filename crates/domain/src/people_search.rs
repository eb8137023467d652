//! Looking people up (C1): what a typed text is compared with, and which people a list is narrowed to.

use serde::{Deserialize, Serialize};

use crate::ids::OrganisationId;
use crate::role::Role;
use crate::user::UserStatus;

/// Letters or digits in a row that a text needs to be looked for inside of names. Indexes of substrings know nothing
/// shorter, so that each shorter text would be compared with everybody's.
const SEARCHABLE_RUN: usize = 3;

/// How a typed text is compared with a person's name, addresses, identities and organisations, each a line of its own and
/// all in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// One of them holds this anywhere.
    Holds(String),
    /// One of them begins with this: the text is too short to be looked for anywhere else.
    Begins(String),
}

impl TextTest {
    /// The test for a text as typed; `None` where nothing was.
    pub fn of(typed: &str) -> Option<Self> {
        let text = typed.trim().to_lowercase();
        if text.is_empty() {
            return None;
        }
        let longest = text
            .split(|c: char| !c.is_alphanumeric())
            .map(|run| run.chars().count())
            .max();
        Some(if longest.unwrap_or_default() >= SEARCHABLE_RUN {
            Self::Holds(text)
        } else {
            Self::Begins(text)
        })
    }

    /// Whether a line passes.
    pub fn passes(&self, line: &str) -> bool {
        let line = line.to_lowercase();
        match self {
            Self::Holds(text) => line.contains(text),
            Self::Begins(text) => line.starts_with(text),
        }
    }
}

/// What a list of people is narrowed to. What is not named here matters not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UserFilter {
    /// Whose role is one of these, or is based on one; any role if empty.
    pub roles: Vec<Role>,
    /// Who stands so; everybody but the deleted, if not named.
    pub status: Option<UserStatus>,
    /// Who belongs to it.
    pub organisation: Option<OrganisationId>,
}

impl UserFilter {
    /// Everybody who runs the workspace or helps its customers.
    pub fn staff() -> Self {
        Self {
            roles: vec![Role::Agent, Role::Admin, Role::Owner],
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_a_text_without_three_letters_in_a_row_finds_what_begins_with_it() {
        for (typed, test) in [
            ("smi", TextTest::Holds("smi".to_owned())),
            ("  SMITH ", TextTest::Holds("smith".to_owned())),
            ("a.smi", TextTest::Holds("a.smi".to_owned())),
            ("jo", TextTest::Begins("jo".to_owned())),
            ("j. d.", TextTest::Begins("j. d.".to_owned())),
            ("王伟", TextTest::Begins("王伟".to_owned())),
            ("@", TextTest::Begins("@".to_owned())),
        ] {
            assert_eq!(TextTest::of(typed), Some(test), "{typed}");
        }
        assert_eq!(TextTest::of("  "), None);
    }

    #[test]
    fn c1_case_matters_not_and_the_place_only_for_short_texts() {
        let test = |typed: &str| TextTest::of(typed).unwrap();
        assert!(test("MIT").passes("Smith"));
        assert!(!test("mi").passes("Smith"));
        assert!(test("SM").passes("Smith"));
    }
}
