//! `/recover`: the operator's link for somebody who runs the workspace and has no way in left (B15, R73). It opens no
//! session: what follows can set a new password and a new second factor, and nothing else.

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::factors::enable_two_factor::Enroller;
use doorward_auth::recovery::recover::{RecoverPage, Recovered, RecoveredPassword, RecoverySetUp};
use doorward_domain::ids::FlowId;
use doorward_domain::password_rule::PasswordProblem;
use doorward_domain::reason::PublicReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::second_factor::BackupCode;
use doorward_domain::secret::{Password, PasswordError};
use serde::Deserialize;

use super::answer::{self, Told};
use super::enrol::{self, Places, TurnedOn};
use super::fields::{self, Query};
use super::mailed_link::{self, MailedLink, token_page};
use super::notice::{self, Notice};
use super::sign_up::problems_of;
use super::visit::{PageKind, Visit, journey, see_other};
use crate::edge::CookieName;
use crate::extract::{Form, FormAttempt};
use crate::problem::{Fault, Situation};
use crate::render::views::{BackupCodes, DeadLink, FieldError, LinkConfirm, PasswordRules, RecoverSetUp, Refusal};
use crate::render::{Journey, messages};

const LINK: MailedLink = MailedLink {
    path: "/recover",
    cookie: CookieName::RecoverLink,
    of: DeadLink::Recover,
};
const SET_UP: &str = "/recover/set-up";
const KEY: &str = "/recover/set-up/two-factor";
const CODE: &str = "/recover/set-up/two-factor/code";

/// A form that has nothing but its token.
#[derive(Deserialize)]
pub(super) struct NoFields {}

/// The fields of the forms that follow.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    flow: Option<String>,
}

pub(super) async fn follow(visit: Visit, Path(text): Path<String>) -> Result<Response, Fault> {
    LINK.follow(&visit, &text)
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    confirm(&visit, Situation::Shown, None).await
}

async fn confirm(visit: &Visit, situation: Situation, refusal: Option<Refusal>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(token) = LINK.token(visit) else {
        return mailed_link::gone(visit, &LINK, None);
    };
    let recovery = visit.state.auth.recovery();
    match recovery.look_at_recovery(workspace, &token).await? {
        RecoverPage::Confirm { masked } => {
            let page = LinkConfirm::Recover {
                address: masked,
                refusal,
            };
            let shown = visit.page(PageKind::Form, situation, Journey::default(), &page);
            shown.map(token_page)
        }
        RecoverPage::Gone => mailed_link::gone(visit, &LINK, None),
    }
}

/// Uses the link, once.
pub(super) async fn submit(visit: Visit, Form(NoFields {}): Form<NoFields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(token) = LINK.token(&visit) else {
        return mailed_link::gone(&visit, &LINK, None);
    };
    let recovery = visit.state.auth.recovery();
    match recovery.begin_recovery(&visit.caller(), workspace, &token).await? {
        Recovered::Begun(flow) => {
            (visit.state.mail_promised)();
            LINK.spent(&visit, &format!("{SET_UP}{}", journey_of(flow).query()))
        }
        Recovered::Refused(refused) if refused.reason == PublicReason::LinkInvalid => {
            mailed_link::gone(&visit, &LINK, Some(refused.help_code.as_str().to_owned()))
        }
        Recovered::Refused(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            let shown = confirm(&visit, told.situation, Some(told.refusal.clone())).await;
            shown.map(|response| told.dress(response))
        }
    }
}

fn journey_of(flow: FlowId) -> Journey {
    journey(Some(flow), &ReturnTo::default())
}

/// What can be done in an attempt of this browser; otherwise the answer.
async fn under_way(visit: &Visit, flow: Option<FlowId>) -> Result<Result<RecoverySetUp, Response>, Fault> {
    let workspace = visit.workspace()?;
    let recovery = visit.state.auth.recovery();
    let found = match flow {
        Some(flow) => recovery.recovery(&visit.caller(), workspace, flow).await?,
        None => None,
    };
    match found {
        Some(at) => Ok(Ok(at)),
        None => mailed_link::gone(visit, &LINK, None).map(Err),
    }
}

pub(super) async fn set_up(visit: Visit, query: Query) -> Result<Response, Fault> {
    match under_way(&visit, query.flow()).await? {
        Ok(at) => page(&visit, &at, Situation::Shown, None, Vec::new()),
        Err(response) => Ok(response),
    }
}

fn page(
    visit: &Visit,
    at: &RecoverySetUp,
    situation: Situation,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let page = RecoverSetUp {
        address: at.masked.clone(),
        rules: PasswordRules {
            min_length: u32::from(at.password_min_length),
        },
        two_factor: at.two_factor,
        errors,
        refusal,
    };
    visit.page(PageKind::Form, situation, journey_of(at.flow), &page)
}

fn expired(visit: &Visit, at: &RecoverySetUp) -> Result<Response, Fault> {
    page(
        visit,
        at,
        Situation::FormExpired,
        Some(answer::form_expired()),
        Vec::new(),
    )
}

/// Takes a form of the set-up page apart; one that cannot go on is answered.
async fn read(visit: &Visit, form: FormAttempt<Fields>) -> Result<Result<(RecoverySetUp, Fields), Response>, Fault> {
    let (fresh, fields) = form.into_parts();
    match under_way(visit, fields::flow_of(fields.flow.as_deref())).await? {
        Ok(at) if fresh => Ok(Ok((at, fields))),
        Ok(at) => expired(visit, &at).map(Err),
        Err(response) => Ok(Err(response)),
    }
}

fn back_to_set_up(visit: &Visit, flow: FlowId, done: Notice) -> Result<Response, Fault> {
    (visit.state.mail_promised)();
    let response = see_other(&format!("{SET_UP}{}", journey_of(flow).query()))?;
    Ok(notice::leave(visit, done, response))
}

/// Sets the new password.
pub(super) async fn set_password(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (at, fields) = match read(&visit, form).await? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let workspace = visit.workspace()?;
    let unfit = |errors| page(&visit, &at, Situation::Unfit, None, errors);
    let password = match Password::parse(&fields.password) {
        Ok(password) => password,
        Err(PasswordError::Empty) => {
            return unfit(vec![FieldError::new("password", messages::new_password_missing())]);
        }
        Err(error) => {
            let problem = PasswordProblem::of_unreadable(error, &workspace.security.staff);
            return unfit(problems_of(&[problem]));
        }
    };
    let recovery = visit.state.auth.recovery();
    match recovery
        .set_recovered_password(&visit.caller(), workspace, at.flow, password)
        .await?
    {
        RecoveredPassword::Set => {
            let mut response = back_to_set_up(&visit, at.flow, Notice::PasswordSet)?;
            // Every session of the account ended with the old password, this browser's among them.
            answer::forget(&visit, CookieName::Session, &mut response);
            Ok(response)
        }
        RecoveredPassword::Problems(problems) => unfit(problems_of(&problems)),
        RecoveredPassword::Gone => mailed_link::gone(&visit, &LINK, None),
    }
}

fn places() -> Places {
    Places {
        inside: false,
        key: KEY,
        code: CODE,
        after: SET_UP.to_owned(),
        back: None,
    }
}

/// Draws a key for a new second factor; the old one stays until the new one is on.
pub(super) async fn begin_two_factor(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (at, _) = match read(&visit, form).await? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let workspace = visit.workspace()?;
    let factors = visit.state.auth.factors();
    let drawn = factors
        .begin_two_factor(&visit.caller(), workspace, Enroller::Recovering(at.flow))
        .await?;
    if !drawn {
        return mailed_link::gone(&visit, &LINK, None);
    }
    see_other(&format!("{KEY}{}", journey_of(at.flow).query()))
}

pub(super) async fn show_key(visit: Visit, query: Query) -> Result<Response, Fault> {
    let at = match under_way(&visit, query.flow()).await? {
        Ok(at) => at,
        Err(response) => return Ok(response),
    };
    let journey = journey_of(at.flow);
    let set_up = format!("{SET_UP}{}", journey.query());
    match enrol::show_key(&visit, Enroller::Recovering(at.flow), &places(), journey).await? {
        Some(response) => Ok(response),
        None => see_other(&set_up),
    }
}

pub(super) async fn show_code(visit: Visit, query: Query) -> Result<Response, Fault> {
    match under_way(&visit, query.flow()).await? {
        Ok(at) => enrol::show_code(
            &visit,
            &places(),
            journey_of(at.flow),
            Situation::Shown,
            None,
            Vec::new(),
        ),
        Err(response) => Ok(response),
    }
}

pub(super) async fn turn_on(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (at, fields) = match read(&visit, form).await? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let (places, journey) = (places(), journey_of(at.flow));
    let enroller = Enroller::Recovering(at.flow);
    match enrol::turn_on(&visit, enroller, &places, journey.clone(), &fields.code).await? {
        TurnedOn::On { codes, .. } => {
            let page = BackupCodes {
                inside: places.inside,
                just_on: true,
                codes: codes.iter().map(BackupCode::expose).collect(),
                download: enrol::DOWNLOAD.to_owned(),
                next: places.after.clone(),
            };
            visit.page(PageKind::Form, Situation::Shown, journey, &page)
        }
        TurnedOn::Again(response) => Ok(response),
        TurnedOn::Gone => see_other(&format!("{SET_UP}{}", journey.query())),
    }
}

/// Turns the old second factor off.
pub(super) async fn disable_two_factor(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (at, _) = match read(&visit, form).await? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let workspace = visit.workspace()?;
    let recovery = visit.state.auth.recovery();
    match recovery
        .disable_lost_two_factor(&visit.caller(), workspace, at.flow)
        .await?
    {
        Some(_) => back_to_set_up(&visit, at.flow, Notice::TwoFactorOff),
        None => mailed_link::gone(&visit, &LINK, None),
    }
}

/// Ends the attempt; from there the person signs in as always.
pub(super) async fn finish(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (at, _) = match read(&visit, form).await? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let workspace = visit.workspace()?;
    let recovery = visit.state.auth.recovery();
    recovery.finish_recovery(&visit.caller(), workspace, at.flow).await?;
    see_other("/sign-in")
}
