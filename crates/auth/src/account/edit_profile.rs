//! One's own profile (A4): name, language, time zone, picture.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::UserId;
use doorward_domain::picture::{Picture, PictureProblem};
use doorward_domain::ports::{FaultKind, PortError};
use doorward_domain::time_zone::TimeZone;
use doorward_domain::user::{Profile, User, clean_name};
use doorward_domain::words::LanguageTag;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::engine::picture;
use crate::outcome::SignInError;

/// What was typed and chosen; an empty language or time zone is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileForm {
    /// The name; `None` leaves it as it is, even where there is none.
    pub name: Option<String>,
    /// A BCP 47 tag, or empty for the browser's.
    pub language: String,
    /// An IANA name, or empty for UTC.
    pub time_zone: String,
    /// The languages that there are words in. Another one is taken only where it was chosen before, by whoever made the
    /// account.
    pub languages: Vec<LanguageTag>,
}

/// What is the matter with a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileProblem {
    /// No name was typed.
    NameMissing,
    /// Not a language that there are words in.
    Language,
    /// Not a time zone.
    TimeZone,
}

/// How saving ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SavedProfile {
    /// Saved; it counts from the next page and mail on.
    Saved(Profile),
    /// Nothing was saved.
    Problems(Vec<ProfileProblem>),
    /// The account is gone.
    Gone,
}

/// How setting a picture ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedPicture {
    /// Set, or removed.
    Saved,
    /// The file will not do; the picture is as it was.
    Problem(PictureProblem),
    /// The account is gone.
    Gone,
}

/// Saves name, language and time zone.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: UserId,
    form: ProfileForm,
) -> Result<SavedProfile, SignInError> {
    let Some(record) = context.ports.users.find_record(workspace.id, user).await? else {
        return Ok(SavedProfile::Gone);
    };
    let profile = match check(form, &record.user) {
        Ok(profile) => profile,
        Err(problems) => return Ok(SavedProfile::Problems(problems)),
    };
    let audit = context.audit(
        workspace.id,
        Actor::User(user),
        Some(user),
        AuditAction::ProfileChanged,
        Some(&caller.client),
        context.now(),
    );
    let saved = context
        .ports
        .profiles
        .save(workspace.id, user, profile.clone(), audit)
        .await?;
    Ok(if saved {
        SavedProfile::Saved(profile)
    } else {
        SavedProfile::Gone
    })
}

fn check(form: ProfileForm, before: &User) -> Result<Profile, Vec<ProfileProblem>> {
    let mut problems = Vec::new();
    let name = match form.name {
        None => before.name.clone(),
        Some(typed) => {
            let name = clean_name(&typed);
            if name.is_empty() {
                problems.push(ProfileProblem::NameMissing);
            }
            name
        }
    };
    let chosen = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let language = chosen(form.language.trim());
    let speaks = |tag: &str| {
        LanguageTag::parse(tag).is_ok_and(|tag| form.languages.iter().any(|known| known.primary() == tag.primary()))
    };
    if language != before.language && language.as_deref().is_some_and(|tag| !speaks(tag)) {
        problems.push(ProfileProblem::Language);
    }
    let time_zone = chosen(form.time_zone.trim());
    if time_zone.as_deref().is_some_and(|name| TimeZone::parse(name).is_none()) {
        problems.push(ProfileProblem::TimeZone);
    }
    if problems.is_empty() {
        Ok(Profile {
            name,
            language,
            time_zone,
        })
    } else {
        Err(problems)
    }
}

/// Sets the picture from an upload, or removes it.
pub(crate) async fn set_picture(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: UserId,
    upload: Option<Vec<u8>>,
) -> Result<SavedPicture, SignInError> {
    let now = context.now();
    let picture = match upload {
        None => None,
        Some(upload) => {
            context.admit_costly(caller, workspace.id).await?;
            // One at a time: what a picture takes to decode is bounded, what all of them together take is then too.
            let place = context.pictures.acquire().await.map_err(gone)?;
            let encoded = tokio::task::spawn_blocking(move || picture::re_encode(&upload))
                .await
                .map_err(gone)?;
            drop(place);
            match encoded {
                Ok(png) => Some(Picture { png, set_at: now }),
                Err(problem) => return Ok(SavedPicture::Problem(problem)),
            }
        }
    };
    let audit = context.audit(
        workspace.id,
        Actor::User(user),
        Some(user),
        AuditAction::ProfileChanged,
        Some(&caller.client),
        now,
    );
    let saved = context
        .ports
        .profiles
        .set_picture(workspace.id, user, picture, audit)
        .await?;
    Ok(if saved { SavedPicture::Saved } else { SavedPicture::Gone })
}

fn gone(cause: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new(FaultKind::Unavailable, "picture", cause)
}
