//! The synced directory (B8, B9).

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::{Page, When};
use super::super::{FieldError, Refusal};
use super::people::Choice;

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

/// A record of the directory in the list.
#[derive(Debug, Clone, Serialize)]
pub struct RecordRow {
    /// Its id.
    pub id: String,
    /// Its user name.
    pub user_name: String,
    /// The person's name, where it says one.
    pub name: Option<String>,
    /// Its first address, where that is another than the user name.
    pub email: Option<String>,
    /// Whether it admits anybody.
    pub active: bool,
    /// Where it came from.
    pub source: Words,
    /// When it was last changed.
    pub changed: When,
}

/// `/admin/directory`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminDirectory {
    /// Whether single sign-on admits only whom the directory knows.
    pub required: bool,
    /// When the directory was last changed.
    pub synced: Option<When>,
    /// What was looked for.
    pub q: String,
    /// Which records the list can be narrowed to.
    pub states: Vec<Choice>,
    /// Whether the list is narrowed in any way.
    pub narrowed: bool,
    /// Whether the text was so short that only beginnings were looked at.
    pub beginnings: bool,
    /// The records.
    pub records: Vec<RecordRow>,
    /// Records that nearly are the address that was looked for.
    pub near: Vec<RecordRow>,
    /// Where the list goes on.
    pub next: Option<String>,
    /// Where it begins.
    pub first: Option<String>,
    /// Largest file, in mebibytes.
    pub mebibytes: usize,
    /// Where directories sync to.
    pub scim_url: String,
    /// The tokens.
    pub tokens: Vec<ScimTokenRow>,
    /// What is wrong with a form.
    pub errors: Vec<FieldError>,
    /// Why a file was not taken.
    pub refusal: Option<Refusal>,
}

/// `/admin/directory/records/{record}`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminDirectoryRecord {
    /// The record as the list shows it.
    pub row: RecordRow,
    /// When it was made.
    pub made: When,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// Provider and subject of the identity that it names.
    pub identity: Option<(String, String)>,
    /// Its groups.
    pub groups: Vec<String>,
    /// How many accounts it names.
    pub account_count: u32,
    /// Their ids and names, for who may look people up.
    pub accounts: Vec<(String, String)>,
    /// Everything that its source said: name and value.
    pub attributes: Vec<(String, String)>,
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
    /// The file that waits for a word; `None` where there is nothing to say.
    pub upload: Option<String>,
    /// How many records it makes inactive: what is agreed to.
    pub removed: usize,
    /// Faults of the file, in English as the reader of files tells them.
    pub faults: Vec<String>,
    /// The first lines of the report, those that change something before the others.
    pub lines: Vec<RunLine>,
    /// How many more lines or faults there are.
    pub more: usize,
}

fn when() -> When {
    let at = doorward_domain::time::Timestamp::from_unix_seconds(1_780_000_000);
    When::of(at, &doorward_domain::time_zone::TimeZone::or_utc(None))
}

fn record_row(active: bool) -> RecordRow {
    RecordRow {
        id: "7".to_owned(),
        user_name: "zoe@example.org".to_owned(),
        name: active.then(|| "Zoë <b>".to_owned()),
        email: active.then(|| "zoe.other@example.org".to_owned()),
        active,
        source: if active {
            Words::key("directory-source-scim").with("name", "Entra <b>ID</b>")
        } else {
            Words::key("directory-source-file")
        },
        changed: when(),
    }
}

impl Page for AdminDirectoryRecord {
    const TEMPLATE: &'static str = "admin-directory-record.html";

    fn samples() -> Vec<Self> {
        let full = Self {
            row: record_row(true),
            made: when(),
            addresses: vec!["zoe@example.org".to_owned()],
            identity: Some(("google".to_owned(), "1234".to_owned())),
            groups: vec!["Sales <b>".to_owned()],
            account_count: 1,
            accounts: vec![("9".to_owned(), "Zoë <b>".to_owned())],
            attributes: vec![("name.givenName".to_owned(), "Zoë <b>".to_owned())],
        };
        vec![
            full.clone(),
            Self {
                accounts: Vec::new(),
                account_count: 2,
                ..full
            },
            Self {
                row: record_row(false),
                made: when(),
                addresses: Vec::new(),
                identity: None,
                groups: Vec::new(),
                account_count: 0,
                accounts: Vec::new(),
                attributes: Vec::new(),
            },
        ]
    }
}

impl Page for AdminDirectory {
    const TEMPLATE: &'static str = "admin-directory.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            required: false,
            synced: None,
            q: String::new(),
            states: vec![Choice {
                value: "active".to_owned(),
                label: Words::key("directory-state-active"),
                chosen: false,
            }],
            narrowed: false,
            beginnings: false,
            records: Vec::new(),
            near: Vec::new(),
            next: None,
            first: None,
            mebibytes: 16,
            scim_url: "https://acme.example/scim/v2".to_owned(),
            tokens: Vec::new(),
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
                synced: Some(when()),
                q: "zo".to_owned(),
                narrowed: true,
                beginnings: true,
                records: vec![record_row(true), record_row(false)],
                next: Some("/admin/directory?q=zo&after=2".to_owned()),
                first: Some("/admin/directory?q=zo".to_owned()),
                tokens: vec![row(true, Some(when())), row(false, None)],
                errors: vec![FieldError::new("name", Words::key("directory-name-missing"))],
                ..empty.clone()
            },
            Self {
                q: "zoe@example.com".to_owned(),
                narrowed: true,
                near: vec![record_row(true)],
                ..empty.clone()
            },
            Self {
                refusal: Some(Refusal {
                    code: "too-large".to_owned(),
                    words: Words::key("directory-too-large").with("megabytes", 16_u32),
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
            upload: Some("5".to_owned()),
            removed: 3,
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
                upload: None,
                lines: Vec::new(),
                more: 2,
                ..plain
            },
        ]
    }
}
