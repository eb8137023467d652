//! Organisations (A9).

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::Page;
use super::super::FieldError;

/// An organisation in the list.
#[derive(Debug, Clone, Serialize)]
pub struct OrganisationRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its email domains.
    pub domains: Vec<String>,
    /// How many people belong to it.
    pub members: u64,
}

/// `/admin/organisations`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminOrganisations {
    /// What was looked for.
    pub q: String,
    /// What was found.
    pub organisations: Vec<OrganisationRow>,
    /// Whether whoever looks may make and change them.
    pub may_change: bool,
    /// Where the list goes on.
    pub next: Option<String>,
    /// Where it begins.
    pub first: Option<String>,
}

/// `/admin/organisations/new` and `/admin/organisations/{organisation}`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminOrganisation {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its domains, one a line.
    pub domains: String,
    /// How many people belong to it.
    pub members: u64,
    /// What is wrong with the form.
    pub errors: Vec<FieldError>,
}

impl Page for AdminOrganisations {
    const TEMPLATE: &'static str = "admin-organisations.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            q: String::new(),
            organisations: Vec::new(),
            may_change: true,
            next: None,
            first: None,
        };
        let found = Self {
            q: "glo".to_owned(),
            organisations: vec![OrganisationRow {
                id: "6a1b".to_owned(),
                name: "Globex <b>".to_owned(),
                domains: vec!["globex.example".to_owned(), "xn--bcher-kva.example".to_owned()],
                members: 12,
            }],
            may_change: false,
            next: Some("/admin/organisations?after=Globex".to_owned()),
            first: Some("/admin/organisations".to_owned()),
        };
        let none_found = Self {
            q: "nobody".to_owned(),
            ..empty.clone()
        };
        vec![empty, found, none_found]
    }
}

impl Page for AdminOrganisation {
    const TEMPLATE: &'static str = "admin-organisation.html";

    fn samples() -> Vec<Self> {
        vec![
            Self {
                id: None,
                name: String::new(),
                domains: "not a domain".to_owned(),
                members: 0,
                errors: vec![
                    FieldError::new("name", Words::key("organisation-name-missing")),
                    FieldError::new(
                        "domains",
                        Words::key("organisation-no-domain").with("domain", "not a domain"),
                    ),
                ],
            },
            Self {
                id: Some("6a1b".to_owned()),
                name: "Globex <b>".to_owned(),
                domains: "globex.example\nglobex.test".to_owned(),
                members: 12,
                errors: Vec::new(),
            },
        ]
    }
}
