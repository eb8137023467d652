//! The synced directory (B8, B9).

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::{Page, When};
use super::super::{FieldError, Refusal};

/// A token by which a directory is synced.
#[derive(Debug, Clone, Serialize)]
pub struct ScimTokenRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub made: When,
    /// When it was used last.
    pub used: Option<When>,
    /// Whether it still counts.
    pub live: bool,
}

/// `/admin/directory`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminDirectory {
    /// Whether single sign-on admits only whom the directory knows.
    pub required: bool,
    /// Where directories sync to.
    pub scim_url: String,
    /// The tokens.
    pub tokens: Vec<ScimTokenRow>,
    /// Whether whoever looks has shown lately who they are: a file is taken then.
    pub fresh: bool,
    /// What is wrong with a form.
    pub errors: Vec<FieldError>,
    /// Why a file was not taken.
    pub refusal: Option<Refusal>,
}

/// A token that was just made, or renewed: shown once.
#[derive(Debug, Clone, Serialize)]
pub struct AdminScimToken {
    /// The token.
    pub token: String,
    /// Where directories sync to.
    pub scim_url: String,
}

/// What a file does to one record.
#[derive(Debug, Clone, Serialize)]
pub struct RunLine {
    /// Line of the file; none for a record that it does not name.
    pub line: Option<usize>,
    /// The user name.
    pub user_name: String,
    /// What is done.
    pub effect: Words,
}

/// What a file would do, or did.
#[derive(Debug, Clone, Serialize)]
pub struct AdminDirectoryRun {
    /// What became of it.
    pub says: Words,
    /// How many of each.
    pub counts: Words,
    /// The question that a file is asked which would remove many (R62).
    pub question: Option<Words>,
    /// Faults of the file, in English as the reader of files tells them.
    pub faults: Vec<String>,
    /// The first lines of the report, those that change something before the others.
    pub lines: Vec<RunLine>,
    /// How many more there are.
    pub more: usize,
}

fn when() -> When {
    let at = doorward_domain::time::Timestamp::from_unix_seconds(1_780_000_000);
    When::of(at, &doorward_domain::time_zone::TimeZone::or_utc(None))
}

impl Page for AdminDirectory {
    const TEMPLATE: &'static str = "admin-directory.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            required: false,
            scim_url: "https://acme.example/scim/v2".to_owned(),
            tokens: Vec::new(),
            fresh: true,
            errors: Vec::new(),
            refusal: None,
        };
        let row = |live, used| ScimTokenRow {
            id: "1".to_owned(),
            name: "Entra <b>ID</b>".to_owned(),
            made: when(),
            used,
            live,
        };
        vec![
            empty.clone(),
            Self {
                required: true,
                tokens: vec![row(true, Some(when())), row(false, None)],
                fresh: false,
                errors: vec![FieldError::new("name", Words::key("directory-name-missing"))],
                ..empty.clone()
            },
            Self {
                refusal: Some(Refusal {
                    code: "too-large".to_owned(),
                    words: Words::key("directory-too-large"),
                    help_code: None,
                    directory: None,
                }),
                ..empty
            },
        ]
    }
}

impl Page for AdminScimToken {
    const TEMPLATE: &'static str = "admin-scim-token.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            token: "dws_0123456789".to_owned(),
            scim_url: "https://acme.example/scim/v2".to_owned(),
        }]
    }
}

impl Page for AdminDirectoryRun {
    const TEMPLATE: &'static str = "admin-directory-run.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            says: Words::key("directory-run-planned"),
            counts: Words::key("directory-run-counts")
                .with("added", 1_u32)
                .with("changed", 2_u32)
                .with("activated", 0_u32)
                .with("deactivated", 3_u32)
                .with("unchanged", 4_u32),
            question: None,
            faults: Vec::new(),
            lines: vec![RunLine {
                line: Some(2),
                user_name: "ada@example.com".to_owned(),
                effect: Words::key("directory-effect-added"),
            }],
            more: 9,
        };
        vec![
            plain.clone(),
            Self {
                says: Words::key("directory-run-held-back"),
                question: Some(
                    Words::key("directory-run-question")
                        .with("removed", 30_u32)
                        .with("active", 100_u32),
                ),
                lines: vec![RunLine {
                    line: None,
                    user_name: "bob@example.com".to_owned(),
                    effect: Words::key("directory-effect-deactivated"),
                }],
                more: 0,
                ..plain.clone()
            },
            Self {
                says: Words::key("directory-run-faulty"),
                faults: vec!["line 3: it has neither a user name nor an email".to_owned()],
                lines: Vec::new(),
                more: 0,
                ..plain
            },
        ]
    }
}
