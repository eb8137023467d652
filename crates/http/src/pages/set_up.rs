//! `/sign-in/second-factor/set-up`: setting a second factor up on the way in, where the workspace requires one (B11). The
//! destination is kept, and the first code of the app opens the session.

use axum::response::Response;
use doorward_auth::SignInOutcome;
use doorward_auth::factors::enable_two_factor::Enroller;
use doorward_domain::second_factor::BackupCode;
use doorward_domain::sign_in::Step;
use serde::Deserialize;

use super::enrol::{self, Places, TurnedOn};
use super::fields::{self, Query};
use super::second_factor::Pending;
use super::visit::{PageKind, Visit, journey, see_other};
use super::{answer, keep};
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::Journey;
use crate::render::views::{BackupCodes, EnrolSecondFactor};

const KEY: &str = "/sign-in/second-factor/set-up";
const CODE: &str = "/sign-in/second-factor/set-up/code";

const HERE: Step = Step::EnrolSecondFactor;

/// The fields of the forms.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    code: String,
    flow: Option<String>,
    return_to: Option<String>,
}

fn places() -> Places {
    Places {
        inside: false,
        key: KEY,
        code: CODE,
        // Whoever is signed in by then is sent on from there to where they were going.
        after: "/sign-in".to_owned(),
        back: None,
    }
}

fn journey_of(at: &Pending) -> Journey {
    journey(at.flow, &at.return_to)
}

/// Says why there is one more step; once a key is drawn, shows it.
pub(super) async fn show_key(visit: Visit, query: Query) -> Result<Response, Fault> {
    let (at, flow) = match Pending::at_step(&visit, (query.flow(), query.get("return_to")), HERE).await? {
        Ok(at) => at,
        Err(response) => return Ok(response),
    };
    let enroller = Enroller::OnTheWayIn(flow);
    match enrol::show_key(&visit, enroller, &places(), journey_of(&at)).await? {
        Some(response) => Ok(response),
        None => begin_page(&visit, &at, Situation::Shown),
    }
}

fn begin_page(visit: &Visit, at: &Pending, situation: Situation) -> Result<Response, Fault> {
    visit.page(PageKind::Form, situation, journey_of(at), &EnrolSecondFactor {})
}

/// Draws a key.
pub(super) async fn begin(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (fresh, fields) = form.into_parts();
    let flow = fields::flow_of(fields.flow.as_deref());
    let (at, flow) = match Pending::at_step(&visit, (flow, fields.return_to.as_deref()), HERE).await? {
        Ok(at) => at,
        Err(response) => return Ok(response),
    };
    if !fresh {
        return begin_page(&visit, &at, Situation::FormExpired);
    }
    let workspace = visit.workspace()?;
    let factors = visit.state.auth.factors();
    let drawn = factors
        .begin_two_factor(&visit.caller(), workspace, Enroller::OnTheWayIn(flow))
        .await?;
    if !drawn {
        return at.over(&visit, None);
    }
    see_other(&format!("{KEY}{}", journey_of(&at).query()))
}

/// Asks for the first code.
pub(super) async fn show_code(visit: Visit, query: Query) -> Result<Response, Fault> {
    match Pending::at_step(&visit, (query.flow(), query.get("return_to")), HERE).await? {
        Ok((at, _)) => enrol::show_code(&visit, &places(), journey_of(&at), Situation::Shown, None, Vec::new()),
        Err(response) => Ok(response),
    }
}

/// Turns it on, and signs the person in.
pub(super) async fn turn_on(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (fresh, fields) = form.into_parts();
    let flow = fields::flow_of(fields.flow.as_deref());
    let (at, flow) = match Pending::at_step(&visit, (flow, fields.return_to.as_deref()), HERE).await? {
        Ok(at) => at,
        Err(response) => return Ok(response),
    };
    let (places, journey) = (places(), journey_of(&at));
    if !fresh {
        let expired = Some(answer::form_expired());
        return enrol::show_code(&visit, &places, journey, Situation::FormExpired, expired, Vec::new());
    }
    let enroller = Enroller::OnTheWayIn(flow);
    match enrol::turn_on(&visit, enroller, &places, journey, &fields.code).await? {
        TurnedOn::On { codes, sign_in } => {
            let mut response = codes_page(&visit, &places, &at, &codes)?;
            // The codes are shown this once, so they are shown even should the session not open after all: then the way on
            // leads to the sign-in page, and from there.
            if let Some(SignInOutcome::SignedIn(signed_in)) = sign_in.as_deref() {
                answer::hand_over(&visit, signed_in, keep::is_on(&visit), &mut response)?;
            }
            Ok(response)
        }
        TurnedOn::Again(response) => Ok(response),
        TurnedOn::Gone => begin_page(&visit, &at, Situation::Gone),
    }
}

fn codes_page(visit: &Visit, places: &Places, at: &Pending, codes: &[BackupCode]) -> Result<Response, Fault> {
    let page = BackupCodes {
        inside: places.inside,
        just_on: true,
        codes: codes.iter().map(BackupCode::expose).collect(),
        download: enrol::DOWNLOAD.to_owned(),
        next: places.after.clone(),
    };
    visit.page(PageKind::Form, Situation::Shown, journey(None, &at.return_to), &page)
}
