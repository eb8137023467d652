//! `/reset-password`: a new password by a mailed link (B14). Opening the link changes nothing (R34), and its token
//! leaves the address bar at once, for a cookie that this page alone reads (R36).

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::recovery::reset_password::{NewPassword, ResetPage, ResetResult};
use doorward_domain::method::Method;
use doorward_domain::password_rule::PasswordProblem;
use doorward_domain::reason::PublicReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{Password, PasswordError, RawToken};
use doorward_domain::workspace::Workspace;
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;

use super::answer::{self, Told};
use super::sign_up::problems_of;
use super::visit::{PageKind, Visit, journey, see_other};
use crate::edge::{CookieName, TokenPage};
use crate::extract::FormAttempt;
use crate::problem::Fault;
use crate::render::messages;
use crate::render::views::{
    FieldError, LinkInvalid, PasswordRules, Refusal, RemainingWay, ResetPassword, ResetPasswordDone,
};

/// Life of the cookie that holds the link's token (R36), in seconds.
const COOKIE_SECONDS: u64 = 10 * 60;

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    password: String,
}

/// Takes the token out of the address bar. A text that is no token takes the place of an earlier one all the same, so
/// that a cut-off link never opens the page of another.
pub(super) async fn follow(visit: Visit, Path(text): Path<String>) -> Result<Response, Fault> {
    visit.workspace()?;
    let mut response = see_other("/reset-password")?;
    let token = RawToken::parse(&text).map(|token| token.expose());
    let kept = token.and_then(|token| {
        let cookies = visit.context.cookies();
        cookies.set(CookieName::ResetLink, &token, Some(COOKIE_SECONDS))
    });
    match kept {
        Some(cookie) => {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        None => answer::forget(&visit, CookieName::ResetLink, &mut response),
    }
    Ok(response)
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    let shown = match look(&visit).await? {
        ResetPage::Form { min_length, .. } => form(&visit, StatusCode::OK, min_length, None, Vec::new()),
        ResetPage::Done {
            masked,
            ways,
            return_to,
        } => done(&visit, &masked, &ways, &return_to),
        ResetPage::Gone => gone(&visit, None),
    };
    shown.map(token_page)
}

pub(super) async fn submit(visit: Visit, sent: FormAttempt<Fields>) -> Result<Response, Fault> {
    set(&visit, sent).await.map(token_page)
}

async fn set(visit: &Visit, sent: FormAttempt<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let fields = match sent {
        FormAttempt::Fresh(fields) => fields,
        FormAttempt::Expired(_) => {
            let expired = Some(answer::form_expired());
            return again(visit, answer::FORM_EXPIRED, expired, Vec::new()).await;
        }
    };
    let Some(token) = token_of(visit) else {
        return gone(visit, None);
    };
    let password = match Password::parse(&fields.password) {
        Ok(password) => password,
        Err(error) => {
            let errors = match error {
                PasswordError::Empty => vec![FieldError::new("password", messages::new_password_missing())],
                PasswordError::TooLong => {
                    problems_of(&[PasswordProblem::of_unreadable(error, &workspace.security.customers)])
                }
            };
            return again(visit, StatusCode::UNPROCESSABLE_ENTITY, None, errors).await;
        }
    };
    let request = NewPassword {
        workspace: Workspace::clone(workspace),
        token,
        password,
    };
    match visit
        .state
        .auth
        .recovery()
        .reset_password(&visit.caller(), request)
        .await?
    {
        ResetResult::Set => {
            (visit.state.mail_promised)();
            let mut response = see_other("/reset-password")?;
            // Every session of the account ended with the old password, this browser's among them.
            answer::forget(visit, CookieName::Session, &mut response);
            Ok(response)
        }
        ResetResult::PasswordProblems(problems) => {
            again(visit, StatusCode::UNPROCESSABLE_ENTITY, None, problems_of(&problems)).await
        }
        ResetResult::Refused(refused) if refused.reason == PublicReason::LinkInvalid => {
            gone(visit, Some(refused.help_code.as_str().to_owned()))
        }
        ResetResult::Refused(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            let shown = again(visit, told.status, Some(told.refusal.clone()), Vec::new()).await;
            shown.map(|response| told.dress(response))
        }
    }
}

fn token_of(visit: &Visit) -> Option<RawToken> {
    visit.cookie(CookieName::ResetLink).and_then(RawToken::parse)
}

async fn look(visit: &Visit) -> Result<ResetPage, Fault> {
    let workspace = visit.workspace()?;
    match token_of(visit) {
        Some(token) => Ok(visit.state.auth.recovery().look(workspace, &token).await?),
        None => Ok(ResetPage::Gone),
    }
}

/// The form once more, as long as the link is good.
async fn again(
    visit: &Visit,
    status: StatusCode,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    match look(visit).await? {
        ResetPage::Form { min_length, .. } => form(visit, status, min_length, refusal, errors),
        ResetPage::Done { .. } | ResetPage::Gone => gone(visit, None),
    }
}

fn form(
    visit: &Visit,
    status: StatusCode,
    min_length: u16,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let page = ResetPassword {
        rules: PasswordRules {
            min_length: u32::from(min_length),
        },
        refusal,
        errors,
    };
    visit.page(PageKind::Form, status, journey(None, &ReturnTo::default()), &page)
}

fn done(visit: &Visit, masked: &str, ways: &[Method], return_to: &ReturnTo) -> Result<Response, Fault> {
    let remaining = ways
        .iter()
        .filter(|way| **way == Method::EmailCode)
        .map(|_| RemainingWay::EmailedCode {
            address: masked.to_owned(),
        })
        .collect();
    let page = ResetPasswordDone { remaining };
    visit.page(PageKind::Plain, StatusCode::OK, journey(None, return_to), &page)
}

/// One page for a link that is spent, too old, cut off or another workspace's (R41).
fn gone(visit: &Visit, help_code: Option<String>) -> Result<Response, Fault> {
    let page = LinkInvalid { help_code };
    visit.page(
        PageKind::Plain,
        StatusCode::GONE,
        journey(None, &ReturnTo::default()),
        &page,
    )
}

fn token_page(mut response: Response) -> Response {
    response.extensions_mut().insert(TokenPage);
    response
}
