//! The emailed code: `/sign-in/code` (B2) and `/sign-up/verify` (A3).

use axum::response::Response;
use doorward_auth::sign_in::redeem_code::CodeRedemption;
use doorward_auth::{CodeSent, FlowView, Refused, SignInOutcome};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{FlowId, TripId};
use doorward_domain::reason::PublicReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::sign_in::FlowPurpose;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Outcome};
use super::fields::{self, Query};
use super::notice::{self, Notice};
use super::visit::{PageKind, Visit, journey, see_other};
use super::{keep, provider, sign_in, sign_up};
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::refusal::seconds_until;
use crate::render::views::{self, CodePage, CodePurpose, FieldError, Refusal};

/// The fields of both forms of the page.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    code: String,
    flow: Option<String>,
    held: Option<String>,
    return_to: Option<String>,
}

pub(super) async fn show_sign_in(visit: Visit, query: Query) -> Result<Response, Fault> {
    show(visit, query, CodePurpose::SignIn).await
}

pub(super) async fn show_sign_up(visit: Visit, query: Query) -> Result<Response, Fault> {
    show(visit, query, CodePurpose::SignUp).await
}

pub(super) async fn redeem_sign_in(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    redeem(visit, form, CodePurpose::SignIn).await
}

pub(super) async fn redeem_sign_up(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    redeem(visit, form, CodePurpose::SignUp).await
}

pub(super) async fn resend_sign_in(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    resend(visit, form, CodePurpose::SignIn).await
}

pub(super) async fn resend_sign_up(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    resend(visit, form, CodePurpose::SignUp).await
}

/// An attempt as a request of its page names it.
struct Step {
    purpose: CodePurpose,
    flow: Option<FlowId>,
    /// The attempt, if it is one of this browser, over or not.
    view: Option<FlowView>,
    /// What is held of somebody whom a provider sent, to get back to their one more step (B7).
    held: Option<TripId>,
    return_to: ReturnTo,
}

impl Step {
    async fn of(
        visit: &Visit,
        purpose: CodePurpose,
        flow: Option<FlowId>,
        held: Option<&str>,
        return_to: Option<&str>,
    ) -> Result<Self, Fault> {
        let view = match flow {
            Some(flow) => {
                let workspace = visit.workspace()?;
                visit
                    .state
                    .auth
                    .sign_in()
                    .flow(&visit.caller(), workspace, flow)
                    .await?
            }
            None => None,
        };
        let remembered = view.as_ref().map(|view| view.return_to.clone());
        let return_to = remembered
            .filter(|remembered| !remembered.is_home())
            .unwrap_or_else(|| visit.destination(return_to));
        Ok(Self {
            purpose,
            flow,
            held: provider::held_of(held),
            view,
            return_to,
        })
    }
}

async fn show(visit: Visit, query: Query, purpose: CodePurpose) -> Result<Response, Fault> {
    visit.workspace()?;
    let step = Step::of(&visit, purpose, query.flow(), query.get("held"), query.get("return_to")).await?;
    if visit.session.is_some() {
        return see_other(step.return_to.as_str());
    }
    match &step.view {
        Some(view) if view.live => page(&visit, &step, view, Situation::Shown, None, Vec::new()),
        _ => over(&visit, &step, None),
    }
}

async fn redeem(visit: Visit, form: FormAttempt<Fields>, purpose: CodePurpose) -> Result<Response, Fault> {
    let (step, fields) = match read(&visit, form, purpose).await? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let Some(flow) = step.flow else {
        return over(&visit, &step, None);
    };
    if let (Some(view), Err(error)) = (&step.view, fields::code(&fields.code)) {
        return page(&visit, &step, view, Situation::Unfit, None, vec![error]);
    }
    let redemption = CodeRedemption {
        workspace: Workspace::clone(visit.workspace()?),
        flow,
        purpose: match (purpose, step.view.as_ref().map(|view| view.purpose)) {
            (CodePurpose::SignIn, Some(FlowPurpose::OneMoreStep)) => FlowPurpose::OneMoreStep,
            (CodePurpose::SignIn, _) => FlowPurpose::SignIn,
            (CodePurpose::SignUp, _) => FlowPurpose::SignUp,
        },
        typed: fields.code,
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .redeem_code(&visit.caller(), redemption)
        .await?;
    answer(&visit, &step, outcome)
}

async fn resend(visit: Visit, form: FormAttempt<Fields>, purpose: CodePurpose) -> Result<Response, Fault> {
    let (step, _) = match read(&visit, form, purpose).await? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let Some(flow) = step.flow else {
        return over(&visit, &step, None);
    };
    let workspace = visit.workspace()?;
    let outcome = visit
        .state
        .auth
        .sign_in()
        .resend_code(&visit.caller(), workspace, flow)
        .await?;
    match outcome {
        None => over(&visit, &step, None),
        Some(outcome) => answer(&visit, &step, outcome),
    }
}

fn answer(visit: &Visit, step: &Step, outcome: SignInOutcome) -> Result<Response, Fault> {
    match answer::outcome(visit, outcome, keep::is_on(visit))? {
        Outcome::Answered(response) => Ok(response),
        Outcome::CodeSent(sent) => next_code(visit, step, &sent),
        Outcome::Refused(refused) => refuse(visit, step, &refused),
    }
}

/// Takes a form apart; an expired one is answered with the page again.
async fn read(
    visit: &Visit,
    form: FormAttempt<Fields>,
    purpose: CodePurpose,
) -> Result<Result<(Step, Fields), Response>, Fault> {
    visit.workspace()?;
    let (fresh, fields) = form.into_parts();
    let flow = fields::flow_of(fields.flow.as_deref());
    let (held, return_to) = (fields.held.as_deref(), fields.return_to.as_deref());
    let step = Step::of(visit, purpose, flow, held, return_to).await?;
    if fresh {
        return Ok(Ok((step, fields)));
    }
    let expired = Some(answer::form_expired());
    match &step.view {
        Some(view) if view.live => page(visit, &step, view, Situation::FormExpired, expired, Vec::new()),
        _ => over(visit, &step, None),
    }
    .map(Err)
}

fn next_code(visit: &Visit, step: &Step, sent: &CodeSent) -> Result<Response, Fault> {
    let query = journey(Some(sent.flow), &step.return_to).query();
    let address = address_of(step.purpose);
    let response = see_other(&match step.held {
        Some(held) => provider::with_held(address, held, &query),
        None => format!("{address}{query}"),
    })?;
    // Whoever asks again during the wait gets the same page and no other code.
    let is_new = step.view.as_ref().is_some_and(|view| sent.sent_at > view.sent_at);
    Ok(if is_new {
        notice::leave(visit, Notice::CodeSent, response)
    } else {
        response
    })
}

const fn address_of(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::SignIn => "/sign-in/code",
        CodePurpose::SignUp => "/sign-up/verify",
    }
}

fn refuse(visit: &Visit, step: &Step, refused: &Refused) -> Result<Response, Fault> {
    let told = answer::told(visit, refused)?;
    let response = match (refused.reason, &step.view) {
        (PublicReason::SessionExpired, _) => over(visit, step, told.refusal.help_code.clone()),
        (
            PublicReason::CodeWrong | PublicReason::CodeExpired | PublicReason::CodeSpent | PublicReason::TryLater,
            Some(view),
        ) => page(
            visit,
            step,
            view,
            told.situation,
            Some(told.refusal.clone()),
            Vec::new(),
        ),
        _ => {
            let page = views::Refused {
                refusal: told.refusal.clone(),
            };
            visit.page(PageKind::Plain, told.situation, journey(None, &step.return_to), &page)
        }
    };
    response.map(|response| told.dress(response))
}

fn page(
    visit: &Visit,
    step: &Step,
    view: &FlowView,
    situation: Situation,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let now = visit.state.auth.now();
    let resend_in = view.resend_at.map_or(0, |at| seconds_until(at, now));
    let page = CodePage {
        purpose: step.purpose,
        held: step.held.map(|held| held.to_string()),
        address: view.masked.clone(),
        sender: sender_of(visit)?,
        sent_minutes_ago: u32::try_from(now.since(view.sent_at).as_secs() / 60).ok(),
        may_resend: true,
        resend_in_seconds: u32::try_from(resend_in).unwrap_or(u32::MAX),
        refusal,
        errors,
    };
    visit.page(PageKind::Form, situation, journey(step.flow, &step.return_to), &page)
}

/// The address that the workspace's mails come from, without a name.
pub(super) fn sender_of(visit: &Visit) -> Result<Option<String>, Fault> {
    let own = visit.workspace()?.portal.mail_from.as_deref();
    let from = own.or(visit.state.mail_from.as_deref()).map(str::trim);
    Ok(from.map(|from| {
        let address = from.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
        address.unwrap_or(from).to_owned()
    }))
}

/// The attempt is over, or another browser's: says so, and offers the way on with what was typed.
fn over(visit: &Visit, step: &Step, help_code: Option<String>) -> Result<Response, Fault> {
    let known = step.view.as_ref().and_then(|view| view.address.as_ref());
    let email = known.map(EmailAddress::as_str).unwrap_or_default();
    let refusal = Some(answer::attempt_over(help_code));
    match step.purpose {
        CodePurpose::SignIn => {
            let again = sign_in::Again {
                email,
                keep: None,
                return_to: &step.return_to,
                refusal,
                errors: Vec::new(),
            };
            sign_in::page(visit, Situation::Gone, again)
        }
        CodePurpose::SignUp => {
            let again = sign_up::Again {
                name: "",
                email,
                return_to: &step.return_to,
                refusal,
                errors: Vec::new(),
            };
            sign_up::page(visit, Situation::Gone, again)
        }
    }
}
