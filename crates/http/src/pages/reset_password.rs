//! `/reset-password`: a new password by a mailed link (B14). Opening the link changes nothing (R34), and its token
//! leaves the address bar at once, for a cookie that this page alone reads (R36).

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::recovery::reset_password::{NewPassword, ResetPage, ResetResult};
use doorward_domain::method::Method;
use doorward_domain::password_rule::PasswordProblem;
use doorward_domain::reason::PublicReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{Password, PasswordError};
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Told};
use super::mailed_link::{self, MailedLink, token_page};
use super::sign_up::problems_of;
use super::visit::{PageKind, Visit, journey, see_other};
use crate::edge::CookieName;
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::messages;
use crate::render::views::{
    DeadLink, FieldError, PasswordRules, Refusal, RemainingWay, ResetPassword, ResetPasswordDone,
};

const LINK: MailedLink = MailedLink {
    path: "/reset-password",
    cookie: CookieName::ResetLink,
    of: DeadLink::Reset,
};

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    password: String,
}

pub(super) async fn follow(visit: Visit, Path(text): Path<String>) -> Result<Response, Fault> {
    LINK.follow(&visit, &text)
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    if let Some(token) = LINK.token(&visit) {
        visit
            .state
            .auth
            .logs()
            .link_opened(visit.workspace()?, &token.digest())
            .await;
    }
    let shown = match look(&visit).await? {
        ResetPage::Form { min_length, .. } => form(&visit, Situation::Shown, min_length, None, Vec::new()),
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
            return again(visit, Situation::FormExpired, expired, Vec::new()).await;
        }
    };
    let Some(token) = LINK.token(visit) else {
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
            return again(visit, Situation::Unfit, None, errors).await;
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
        ResetResult::PasswordProblems(problems) => again(visit, Situation::Unfit, None, problems_of(&problems)).await,
        ResetResult::Refused(refused) if refused.reason == PublicReason::LinkInvalid => {
            gone(visit, Some(refused.help_code.as_str().to_owned()))
        }
        ResetResult::Refused(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            let shown = again(visit, told.situation, Some(told.refusal.clone()), Vec::new()).await;
            shown.map(|response| told.dress(response))
        }
    }
}

async fn look(visit: &Visit) -> Result<ResetPage, Fault> {
    let workspace = visit.workspace()?;
    match LINK.token(visit) {
        Some(token) => Ok(visit.state.auth.recovery().look(workspace, &token).await?),
        None => Ok(ResetPage::Gone),
    }
}

/// The form once more, as long as the link is good.
async fn again(
    visit: &Visit,
    situation: Situation,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    match look(visit).await? {
        ResetPage::Form { min_length, .. } => form(visit, situation, min_length, refusal, errors),
        ResetPage::Done { .. } | ResetPage::Gone => gone(visit, None),
    }
}

fn form(
    visit: &Visit,
    situation: Situation,
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
    visit.page(PageKind::Form, situation, journey(None, &ReturnTo::default()), &page)
}

fn done(visit: &Visit, masked: &str, ways: &[Method], return_to: &ReturnTo) -> Result<Response, Fault> {
    let remaining = ways
        .iter()
        .filter_map(|way| match way {
            Method::EmailCode => Some(RemainingWay::EmailedCode {
                address: masked.to_owned(),
            }),
            Method::Passkey => Some(RemainingWay::Passkey),
            Method::Provider => Some(RemainingWay::Connected),
            _ => None,
        })
        .collect();
    let page = ResetPasswordDone { remaining };
    visit.page(PageKind::Plain, Situation::Shown, journey(None, return_to), &page)
}

fn gone(visit: &Visit, help_code: Option<String>) -> Result<Response, Fault> {
    mailed_link::gone(visit, &LINK, help_code)
}
