//! One's profile (A4): name, language, time zone, picture.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use doorward_auth::account::edit_profile::{ProfileForm, ProfileProblem, SavedPicture, SavedProfile};
use doorward_domain::picture::{MAX_UPLOAD_BYTES, MAX_UPLOAD_SIDE, PictureProblem};
use doorward_domain::time_zone::rfc3339;
use doorward_domain::user::User;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::super::documents::UserDocument;
use super::super::fields::misfit;
use super::super::own::{Own, account_gone};
use super::super::problems::{BodyProblems, OwnProblems, Problem};
use super::not_found;
use crate::body::Oversized;
use crate::extract::{Json, media_type};
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// What a picture may be sent as.
const PICTURE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// One's own account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountDocument {
    #[serde(flatten)]
    user: UserDocument,
    /// When the picture was set; `null` if there is none.
    #[schema(format = DateTime)]
    picture_set_at: Option<String>,
}

impl From<&User> for AccountDocument {
    fn from(user: &User) -> Self {
        Self {
            user: UserDocument::from(user),
            picture_set_at: user.picture_at.map(rfc3339),
        }
    }
}

/// The person behind the session.
async fn person(state: &SiteState, own: &Own) -> Result<User, Fault> {
    let person = state.auth.account().person(&own.workspace, &own.session).await?;
    person.ok_or_else(account_gone)
}

/// Reads one's own account.
#[utoipa::path(get, path = "/api/v1/account", operation_id = "read_account", tag = "account", responses(
    (status = 200, description = "The account", body = AccountDocument),
    OwnProblems,
))]
pub(crate) async fn read(own: Own, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let person = person(&state, &own).await?;
    Ok(axum::Json(AccountDocument::from(&person)).into_response())
}

/// What is to be changed; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileBody {
    name: Option<String>,
    /// A BCP 47 tag of a language that there are words in; `null` for that of the browser.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    language: Choice,
    /// An IANA name; `null` for UTC.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Choice,
}

/// What was said of something that one may choose, or leave to a default.
#[derive(Default)]
enum Choice {
    /// Nothing.
    #[default]
    Unsaid,
    /// This; `None` is the default.
    Said(Option<String>),
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Said)
    }
}

impl Choice {
    fn or(self, before: Option<String>) -> String {
        match self {
            Self::Unsaid => before,
            Self::Said(choice) => choice,
        }
        .unwrap_or_default()
    }
}

/// Changes name, language and time zone. They count from the next page and mail on.
#[utoipa::path(patch, path = "/api/v1/account", operation_id = "update_account", tag = "account", responses(
    (status = 200, description = "The account afterwards", body = AccountDocument),
    OwnProblems, BodyProblems,
))]
pub(crate) async fn update(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<ProfileBody>,
) -> Result<Response, Fault> {
    let before = person(&state, &own).await?;
    let form = ProfileForm {
        name: body.name,
        language: body.language.or(before.language),
        time_zone: body.time_zone.or(before.time_zone),
        languages: own.workspace.portal.offered(state.renderer.catalogue().languages()),
    };
    let saved = state
        .auth
        .account()
        .save_profile(&own.caller, &own.workspace, own.session.user, form)
        .await?;
    match saved {
        SavedProfile::Saved(_) => {}
        SavedProfile::Problems(problems) => return Err(unfit(&problems)),
        SavedProfile::Gone => return Err(account_gone()),
    }
    let person = person(&state, &own).await?;
    Ok(axum::Json(AccountDocument::from(&person)).into_response())
}

fn unfit(problems: &[ProfileProblem]) -> Fault {
    match problems.first() {
        Some(ProfileProblem::NameMissing) => misfit("name", "`name` is empty."),
        Some(ProfileProblem::Language) => {
            misfit("language", "`language` is not a language of this server, such as `en`.")
        }
        Some(ProfileProblem::TimeZone) => misfit(
            "time_zone",
            "`time_zone` is not the name of a time zone, such as `Europe/Berlin`.",
        ),
        None => Fault::new(FaultKind::Internal),
    }
}

/// Reads one's picture: a square PNG.
#[utoipa::path(get, path = "/api/v1/account/picture", operation_id = "read_picture", tag = "account", responses(
    (status = 200, description = "The picture", content_type = "image/png", body = PictureFile),
    (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
    OwnProblems,
))]
pub(crate) async fn read_picture(own: Own, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let picture = state.auth.account().picture(&own.workspace, own.session.user).await?;
    let picture = picture.ok_or_else(|| not_found("There is no picture."))?;
    Ok(([(CONTENT_TYPE, "image/png")], picture.png).into_response())
}

/// The bytes of a picture.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "describes what is sent as it is")]
pub(crate) struct PictureFile(Vec<u8>);

/// The bytes of a picture, sent as what they are.
pub(crate) struct PictureBytes(Bytes);

impl<S: Send + Sync> FromRequest<S> for PictureBytes {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let sent_as = media_type(request.headers()).unwrap_or_default();
        if !PICTURE_TYPES.contains(&sent_as.as_str()) {
            return Err(Fault::new(FaultKind::UnsupportedMediaType)
                .detail("Send the picture itself, as image/png, image/jpeg, image/webp or image/gif."));
        }
        if request.extensions().get::<Oversized>().is_some() {
            return Err(unfit_picture(PictureProblem::TooLarge));
        }
        let body = Bytes::from_request(request, state).await;
        body.map(Self)
            .map_err(|_| Fault::new(FaultKind::BadRequest).detail("The request body broke off."))
    }
}

/// Sets one's picture. It is cut to a square and encoded anew, so that nothing of the upload is kept but its pixels.
#[utoipa::path(put, path = "/api/v1/account/picture", operation_id = "set_picture", tag = "account",
    request_body(content(
        (PictureFile = "image/png"), (PictureFile = "image/jpeg"), (PictureFile = "image/webp"), (PictureFile = "image/gif"),
    ), description = "At most 2 MiB and 6,000 pixels a side"),
    responses(
        (status = 204, description = "Set"),
        (status = 413, description = "Larger than 2 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "No picture of a kind that is taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Damaged, or too many pixels", body = Problem, content_type = "application/problem+json"),
        OwnProblems,
    ))]
pub(crate) async fn set_picture(
    own: Own,
    State(state): State<Arc<SiteState>>,
    PictureBytes(upload): PictureBytes,
) -> Result<StatusCode, Fault> {
    save_picture(&state, &own, Some(upload.to_vec())).await
}

/// Removes one's picture; initials stand in its place again.
#[utoipa::path(delete, path = "/api/v1/account/picture", operation_id = "remove_picture", tag = "account", responses(
    (status = 204, description = "There is none any more"),
    OwnProblems,
))]
pub(crate) async fn remove_picture(own: Own, State(state): State<Arc<SiteState>>) -> Result<StatusCode, Fault> {
    save_picture(&state, &own, None).await
}

async fn save_picture(state: &SiteState, own: &Own, upload: Option<Vec<u8>>) -> Result<StatusCode, Fault> {
    let saved = state
        .auth
        .account()
        .set_picture(&own.caller, &own.workspace, own.session.user, upload)
        .await?;
    match saved {
        SavedPicture::Saved => Ok(StatusCode::NO_CONTENT),
        SavedPicture::Problem(problem) => Err(unfit_picture(problem)),
        SavedPicture::Gone => Err(account_gone()),
    }
}

fn unfit_picture(problem: PictureProblem) -> Fault {
    match problem {
        PictureProblem::TooLarge => {
            Fault::new(FaultKind::BodyTooLarge).detail(format!("A picture may have at most {MAX_UPLOAD_BYTES} bytes."))
        }
        PictureProblem::Kind => Fault::new(FaultKind::UnsupportedMediaType)
            .detail("The bytes are neither PNG, JPEG, WebP nor GIF, whatever they are called."),
        PictureProblem::TooManyPixels => Fault::new(FaultKind::Unprocessable).detail(format!(
            "A picture may have at most {MAX_UPLOAD_SIDE} pixels along one side."
        )),
        PictureProblem::Damaged => Fault::new(FaultKind::Unprocessable).detail("The picture is damaged."),
    }
}
