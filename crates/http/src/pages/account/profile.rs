//! `/account/profile`: name, language, time zone and picture (A4).

use axum::response::{IntoResponse, Response};
use doorward_auth::account::edit_profile::{ProfileForm, ProfileProblem, SavedPicture, SavedProfile};
use doorward_domain::picture::PictureProblem;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::user::User;
use doorward_domain::words::{LanguageTag, Words};
use doorward_domain::workspace::Portal;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;

use super::{Member, PROFILE};
use crate::extract::{FormAttempt, Upload};
use crate::pages::answer;
use crate::pages::notice::Notice;
use crate::pages::visit::{PageKind, Visit};
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::{AccountProfile, FieldError, LanguageChoice, Refusal};
use crate::render::{Journey, messages};

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    time_zone: String,
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// What to show beside the page when it is shown again.
#[derive(Default)]
struct Again {
    typed: Option<Fields>,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
}

pub(super) async fn show(member: Member) -> Result<Response, Fault> {
    page(&member, Situation::Shown, Again::default()).await
}

async fn page(member: &Member, situation: Situation, again: Again) -> Result<Response, Fault> {
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let Some(user) = accounts.person(&member.workspace, &member.session).await? else {
        return member.signed_out();
    };
    let shown = again.typed.unwrap_or_else(|| Fields {
        name: user.name.clone(),
        language: user.language.clone().unwrap_or_default(),
        time_zone: user.time_zone.clone().unwrap_or_default(),
    });
    let page = AccountProfile {
        languages: languages(visit, &member.workspace.portal, &shown.language),
        time_zones: time_zones(&shown.time_zone),
        // The instant is there for the browser only, so that a new picture is not taken for the old one.
        picture: user.picture_at.map(|at| format!("/account/picture?{}", at.as_micros())),
        initials: initials(&user),
        name: shown.name,
        language: shown.language,
        time_zone: shown.time_zone,
        refusal: again.refusal,
        errors: again.errors,
    };
    visit.page(PageKind::Form, situation, Journey::default(), &page)
}

/// The languages that the workspace offers, and the one chosen if that is another: it was offered once, and may be again.
pub(in crate::pages) fn languages(visit: &Visit, portal: &Portal, chosen: &str) -> Vec<LanguageChoice> {
    let catalogue = visit.state.renderer.catalogue();
    let known = portal.offered(catalogue.languages());
    let spoken = |language: &LanguageTag| LanguageChoice {
        tag: language.as_str().to_owned(),
        name: catalogue
            .say(language, &Words::key("language-name"))
            .unwrap_or_else(|_| language.as_str().to_owned()),
    };
    let mut choices: Vec<LanguageChoice> = known.iter().map(spoken).collect();
    if !chosen.is_empty() && !known.iter().any(|language| language.as_str() == chosen) {
        let mut others = catalogue.languages().iter();
        let other = others.find(|language| language.as_str() == chosen).map(spoken);
        choices.push(other.unwrap_or_else(|| LanguageChoice {
            tag: chosen.to_owned(),
            name: chosen.to_owned(),
        }));
    }
    choices
}

/// The time zones to choose from, and the one chosen if that is another name of one.
pub(in crate::pages) fn time_zones(chosen: &str) -> Vec<String> {
    let mut names = TimeZone::names();
    if !chosen.is_empty() && !names.iter().any(|name| name == chosen) {
        names.insert(0, chosen.to_owned());
    }
    names
}

/// The first letters of the first two words of the name.
pub(in crate::pages) fn initials(user: &User) -> String {
    let letters: String = user
        .display_name()
        .split_whitespace()
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()))
        .take(2)
        .flat_map(char::to_uppercase)
        .collect();
    if letters.is_empty() { "?".to_owned() } else { letters }
}

/// Saves the form (**Save**).
pub(super) async fn save(member: Member, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let fields = match form {
        FormAttempt::Fresh(fields) => fields,
        FormAttempt::Expired(fields) => {
            let again = Again {
                typed: Some(fields),
                refusal: Some(answer::form_expired()),
                ..Again::default()
            };
            return page(&member, Situation::FormExpired, again).await;
        }
    };
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let form = ProfileForm {
        name: Some(fields.name.clone()),
        language: fields.language.clone(),
        time_zone: fields.time_zone.clone(),
        languages: member
            .workspace
            .portal
            .offered(visit.state.renderer.catalogue().languages()),
    };
    let saved = accounts
        .save_profile(&visit.caller(), &member.workspace, member.session.user, form)
        .await?;
    match saved {
        SavedProfile::Saved(_) => member.done(PROFILE, Notice::ProfileSaved),
        SavedProfile::Problems(problems) => {
            let again = Again {
                typed: Some(fields),
                errors: problems.into_iter().map(error_of).collect(),
                ..Again::default()
            };
            page(&member, Situation::Unfit, again).await
        }
        SavedProfile::Gone => member.signed_out(),
    }
}

fn error_of(problem: ProfileProblem) -> FieldError {
    match problem {
        ProfileProblem::NameMissing => FieldError::new("name", messages::name_missing()),
        ProfileProblem::Language => FieldError::new("language", messages::account::language_unknown()),
        ProfileProblem::TimeZone => FieldError::new("time_zone", messages::account::time_zone_unknown()),
    }
}

/// One's own picture, for one's own eyes.
pub(super) async fn picture(visit: Visit) -> Result<Response, Fault> {
    let nothing = || Fault::new(FaultKind::NotFound);
    let workspace = visit.workspace()?;
    let session = visit.session.as_ref().ok_or_else(nothing)?;
    let picture = visit.state.auth.account().picture(workspace, session.user).await?;
    let mut response = picture.ok_or_else(nothing)?.png.into_response();
    let png = HeaderValue::from_static("image/png");
    response.headers_mut().insert(CONTENT_TYPE, png);
    Ok(response)
}

/// Sets the picture (**Upload**).
pub(super) async fn upload(member: Member, upload: Upload) -> Result<Response, Fault> {
    let file = match upload {
        Upload::Fresh(file) => file,
        Upload::Expired => return picture_form_expired(&member).await,
        Upload::TooLarge => return unfit(&member, PictureProblem::TooLarge).await,
    };
    if file.is_empty() {
        let again = Again {
            errors: vec![FieldError::new("picture", messages::account::picture_missing())],
            ..Again::default()
        };
        return page(&member, Situation::Unfit, again).await;
    }
    set(&member, Some(file.to_vec()), Notice::PictureSet).await
}

/// Removes the picture (**Remove picture**).
pub(super) async fn remove_picture(member: Member, form: FormAttempt<Nothing>) -> Result<Response, Fault> {
    match form {
        FormAttempt::Fresh(Nothing {}) => set(&member, None, Notice::PictureRemoved).await,
        FormAttempt::Expired(_) => picture_form_expired(&member).await,
    }
}

async fn set(member: &Member, file: Option<Vec<u8>>, done: Notice) -> Result<Response, Fault> {
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let saved = accounts
        .set_picture(&visit.caller(), &member.workspace, member.session.user, file)
        .await?;
    match saved {
        SavedPicture::Saved => member.done(PROFILE, done),
        SavedPicture::Problem(problem) => unfit(member, problem).await,
        SavedPicture::Gone => member.signed_out(),
    }
}

async fn unfit(member: &Member, problem: PictureProblem) -> Result<Response, Fault> {
    let situation = match problem {
        PictureProblem::TooLarge => Situation::TooLarge,
        PictureProblem::Kind | PictureProblem::TooManyPixels | PictureProblem::Damaged => Situation::Unfit,
    };
    let again = Again {
        errors: vec![FieldError::new("picture", messages::account::picture(problem))],
        ..Again::default()
    };
    page(member, situation, again).await
}

async fn picture_form_expired(member: &Member) -> Result<Response, Fault> {
    let again = Again {
        refusal: Some(answer::form_expired()),
        ..Again::default()
    };
    page(member, Situation::FormExpired, again).await
}
