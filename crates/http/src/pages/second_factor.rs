//! `/sign-in/second-factor`: the step between the first factor and the session (B11, B12, R73).

use axum::response::Response;
use doorward_auth::sign_in::complete_second_factor::{SecondFactorTry, SecondStepView};
use doorward_auth::{Refused, SignInOutcome};
use doorward_domain::ids::FlowId;
use doorward_domain::reason::PublicReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::sign_in::Step;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Outcome};
use super::fields::{self, Query};
use super::visit::{PageKind, Visit, journey, see_other};
use super::{keep, sign_in};
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::views::{self, FieldError, Refusal};

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    code: String,
    flow: Option<String>,
    return_to: Option<String>,
}

/// The second step of an attempt, as a request of its page names it.
pub(super) struct Pending {
    pub(super) flow: Option<FlowId>,
    /// The step, if the attempt is one of this browser and under way.
    pub(super) view: Option<SecondStepView>,
    pub(super) return_to: ReturnTo,
    /// Whether what was typed was meant as a backup code; the page that is shown again asks for one.
    backup: bool,
}

impl Pending {
    pub(super) async fn of(visit: &Visit, flow: Option<FlowId>, return_to: Option<&str>) -> Result<Self, Fault> {
        let workspace = visit.workspace()?;
        let sign_in = visit.state.auth.sign_in();
        let view = match flow {
            Some(flow) => sign_in.second_step(&visit.caller(), workspace, flow).await?,
            None => None,
        };
        let remembered = view.as_ref().map(|view| view.return_to.clone());
        let return_to = remembered
            .filter(|remembered| !remembered.is_home())
            .unwrap_or_else(|| visit.destination(return_to));
        Ok(Self {
            flow,
            view,
            return_to,
            backup: false,
        })
    }

    /// The attempt, if it is at that very step; otherwise the answer.
    pub(super) async fn at_step(
        visit: &Visit,
        (flow, return_to): (Option<FlowId>, Option<&str>),
        step: Step,
    ) -> Result<Result<(Self, FlowId), Response>, Fault> {
        let at = Self::of(visit, flow, return_to).await?;
        if visit.session.is_some() {
            return see_other(at.return_to.as_str()).map(Err);
        }
        if let Some(elsewhere) = at.elsewhere(step) {
            return elsewhere.map(Err);
        }
        match (at.flow, &at.view) {
            (Some(flow), Some(_)) => Ok(Ok((at, flow))),
            _ => at.over(visit, None).map(Err),
        }
    }

    /// The page of this very step: the one asked for, or the one that the attempt is at.
    pub(super) fn elsewhere(&self, here: Step) -> Option<Result<Response, Fault>> {
        let view = self.view.as_ref().filter(|view| view.step != here)?;
        let query = journey(self.flow, &self.return_to).query();
        Some(see_other(&format!("{}{query}", answer::second_step_path(view.step))))
    }

    /// The attempt is over, or another browser's: begin again, with the destination kept.
    pub(super) fn over(&self, visit: &Visit, help_code: Option<String>) -> Result<Response, Fault> {
        let again = sign_in::Again {
            email: "",
            keep: None,
            return_to: &self.return_to,
            refusal: Some(answer::attempt_over(help_code)),
            errors: Vec::new(),
        };
        sign_in::page(visit, Situation::Gone, again)
    }
}

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    let at = Pending::of(&visit, query.flow(), query.get("return_to")).await?;
    if visit.session.is_some() {
        return see_other(at.return_to.as_str());
    }
    if let Some(elsewhere) = at.elsewhere(Step::SecondFactor) {
        return elsewhere;
    }
    match &at.view {
        Some(view) => page(&visit, &at, view, Situation::Shown, None, Vec::new()),
        None => at.over(&visit, None),
    }
}

pub(super) async fn submit(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (fresh, fields) = form.into_parts();
    let flow = fields::flow_of(fields.flow.as_deref());
    let mut at = Pending::of(&visit, flow, fields.return_to.as_deref()).await?;
    at.backup = fields::is_meant_as_backup_code(&fields.code);
    if !fresh {
        return expired(&visit, &at);
    }
    let Some(flow) = at.flow else {
        return at.over(&visit, None);
    };
    if let (Some(view), Err(error)) = (&at.view, fields::factor(&fields.code)) {
        return page(&visit, &at, view, Situation::Unfit, None, vec![error]);
    }
    let request = SecondFactorTry {
        workspace: Workspace::clone(visit.workspace()?),
        flow,
        typed: fields.code,
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .complete_second_factor(&visit.caller(), request)
        .await?;
    answer(&visit, &at, outcome)
}

/// A form that is older than this browser's token; nothing was tried.
pub(super) fn expired(visit: &Visit, at: &Pending) -> Result<Response, Fault> {
    let refusal = Some(answer::form_expired());
    match &at.view {
        Some(view) => page(visit, at, view, Situation::FormExpired, refusal, Vec::new()),
        None => at.over(visit, None),
    }
}

/// What came of the step.
pub(super) fn answer(visit: &Visit, at: &Pending, outcome: SignInOutcome) -> Result<Response, Fault> {
    match answer::outcome(visit, outcome, keep::is_on(visit))? {
        Outcome::Answered(response) => Ok(response),
        Outcome::CodeSent(_) => at.over(visit, None),
        Outcome::Refused(refused) => refuse(visit, at, &refused),
    }
}

fn refuse(visit: &Visit, at: &Pending, refused: &Refused) -> Result<Response, Fault> {
    let told = answer::told(visit, refused)?;
    let response = match (refused.reason, &at.view) {
        (PublicReason::SessionExpired, _) | (_, None) => at.over(visit, told.refusal.help_code.clone()),
        (PublicReason::SecondFactorWrong | PublicReason::PasskeyWrong | PublicReason::TryLater, Some(view)) => {
            page(visit, at, view, told.situation, Some(told.refusal.clone()), Vec::new())
        }
        _ => {
            let page = views::Refused {
                refusal: told.refusal.clone(),
            };
            visit.page(PageKind::Plain, told.situation, journey(None, &at.return_to), &page)
        }
    };
    response.map(|response| told.dress(response))
}

fn page(
    visit: &Visit,
    at: &Pending,
    view: &SecondStepView,
    situation: Situation,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let page = views::SecondFactor {
        passkey: view.passkey,
        backup: at.backup,
        refusal,
        errors,
    };
    visit.page(PageKind::Form, situation, journey(at.flow, &at.return_to), &page)
}
