//! Editing somebody's record: name, language, time zone, organisations. What is not among these has a use case, and a
//! permission, of its own (R98).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::{OrganisationId, UserId};
use doorward_domain::ports::{PersonChange, PortError};
use doorward_domain::time_zone::TimeZone;
use doorward_domain::user::{User, clean_name};
use doorward_domain::words::LanguageTag;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::{PersonError, person_in_reach};
use crate::context::{Acting, Context};

/// Most organisations that one person belongs to.
pub const MAX_ORGANISATIONS: usize = 50;

/// What is to become of a record; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonEdit {
    /// The name as typed.
    pub name: Option<String>,
    /// A BCP 47 tag, or none.
    pub language: Option<Option<String>>,
    /// An IANA name, or none.
    pub time_zone: Option<Option<String>>,
    /// Names of all organisations that they belong to from then on.
    pub organisations: Option<Vec<String>>,
    /// The languages that there are words in. Another one is taken only where they have it already.
    pub languages: Vec<LanguageTag>,
}

/// What is the matter with an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditProblem {
    /// No name is left that anybody would see.
    NameMissing,
    /// Not a language that there are words in.
    Language,
    /// Not a time zone.
    TimeZone,
    /// More organisations than [`MAX_ORGANISATIONS`].
    Organisations,
}

/// Why nothing is changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EditPersonError {
    /// There is nobody to edit.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// It cannot be taken as it is.
    #[error("the record cannot be taken as it is")]
    Problems(Vec<EditProblem>),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Edits a record, and gives it as it is then.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: UserId,
    edit: PersonEdit,
) -> Result<User, EditPersonError> {
    let now = context.now();
    let before = person_in_reach(context, acting, workspace, id).await?.user;
    let detail = named(&edit);
    let change = check(context, edit, &before).map_err(EditPersonError::Problems)?;
    let audit = context
        .audit_of(workspace.id, acting, Some(id), AuditAction::UserUpdated, now)
        .with_detail(detail);
    let edited = context.ports.roster.edit(workspace.id, id, change, now, audit).await?;
    edited.ok_or(EditPersonError::Person(PersonError::NobodyThere))
}

/// Which fields an edit is about, for the audit log.
fn named(edit: &PersonEdit) -> String {
    [
        (edit.name.is_some(), "name"),
        (edit.language.is_some(), "language"),
        (edit.time_zone.is_some(), "time-zone"),
        (edit.organisations.is_some(), "organisations"),
    ]
    .into_iter()
    .filter_map(|(is_named, field)| is_named.then_some(field))
    .collect::<Vec<_>>()
    .join(" ")
}

fn check(context: &Context, edit: PersonEdit, before: &User) -> Result<PersonChange, Vec<EditProblem>> {
    let mut problems = Vec::new();
    let name = edit.name.map(|typed| clean_name(&typed));
    // Somebody who has no name may stay so: a contact is known by their address alone.
    if name.as_ref().is_some_and(String::is_empty) && !before.name.is_empty() {
        problems.push(EditProblem::NameMissing);
    }
    let speaks = |tag: &str| {
        LanguageTag::parse(tag).is_ok_and(|tag| edit.languages.iter().any(|known| known.primary() == tag.primary()))
    };
    if let Some(Some(tag)) = &edit.language
        && edit.language.as_ref() != Some(&before.language)
        && !speaks(tag)
    {
        problems.push(EditProblem::Language);
    }
    if let Some(Some(zone)) = &edit.time_zone
        && TimeZone::parse(zone).is_none()
    {
        problems.push(EditProblem::TimeZone);
    }
    let organisations = edit.organisations.map(|names| organisations(context, &names));
    if organisations
        .as_ref()
        .is_some_and(|wanted| wanted.len() > MAX_ORGANISATIONS)
    {
        problems.push(EditProblem::Organisations);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(PersonChange {
        name,
        language: edit.language,
        time_zone: edit.time_zone,
        organisations,
    })
}

/// Names of organisations, cleaned, each once, with ids for those that are to be made.
pub(super) fn organisations(context: &Context, typed: &[String]) -> Vec<(OrganisationId, String)> {
    let mut names: Vec<String> = typed.iter().map(|name| clean_name(name)).collect();
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| (OrganisationId::random(context.entropy()), name))
        .collect()
}
