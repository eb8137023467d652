//! Setting up an authenticator app (B11, B12), step by step: the key, its first code, the backup codes. The same pages
//! serve somebody who is signed in, somebody on their way in, and somebody whom the operator let in.

use axum::response::Response;
use doorward_auth::factors::enable_two_factor::{Enabled, Enroller};
use doorward_auth::{Refused, SignInOutcome};
use doorward_domain::reason::PublicReason;
use doorward_domain::second_factor::{BackupCode, TypedFactor};

use super::answer::Told;
use super::visit::{PageKind, Visit};
use crate::problem::{Fault, Situation};
use crate::render::views::{BackupCodes, FieldError, Refusal, TwoFactorCode, TwoFactorKey};
use crate::render::{Journey, messages};

/// Where the download of backup codes is made.
pub(super) const DOWNLOAD: &str = "/account/security/two-factor/codes";

/// The addresses of the steps.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// Whether they belong to the account of somebody who is signed in.
    pub(super) inside: bool,
    /// Where the key is shown (GET).
    pub(super) key: &'static str,
    /// Where its first code is asked for (GET) and sent (POST).
    pub(super) code: &'static str,
    /// Where **I have saved these codes** leads.
    pub(super) after: String,
    /// Where somebody who would rather not goes back to.
    pub(super) back: Option<&'static str>,
}

/// What trying to turn it on came to.
pub(super) enum TurnedOn {
    /// On.
    On {
        /// Ten backup codes, to be shown once.
        codes: Vec<BackupCode>,
        /// Where somebody on their way in got to by it.
        sign_in: Option<Box<SignInOutcome>>,
    },
    /// Not yet: the page again, with what was wrong.
    Again(Response),
    /// There is nothing to turn on (any more).
    Gone,
}

/// Shows the key that is being set up; `None` if there is none. Changes nothing.
pub(super) async fn show_key(
    visit: &Visit,
    enroller: Enroller,
    places: &Places,
    journey: Journey,
) -> Result<Option<Response>, Fault> {
    let workspace = visit.workspace()?;
    let factors = visit.state.auth.factors();
    let Some(setup) = factors.two_factor_setup(&visit.caller(), workspace, enroller).await? else {
        return Ok(None);
    };
    let page = TwoFactorKey {
        inside: places.inside,
        key: setup.key,
        url: setup.url,
        qr_svg: setup.qr_svg,
        next: places.code.to_owned(),
        back: places.back.map(str::to_owned),
    };
    visit.page(PageKind::Form, Situation::Shown, journey, &page).map(Some)
}

/// Asks for the first code.
pub(super) fn show_code(
    visit: &Visit,
    places: &Places,
    journey: Journey,
    situation: Situation,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let page = TwoFactorCode {
        inside: places.inside,
        action: places.code.to_owned(),
        back: places.key.to_owned(),
        refusal,
        errors,
    };
    visit.page(PageKind::Form, situation, journey, &page)
}

/// Tries to turn it on with the first code.
pub(super) async fn turn_on(
    visit: &Visit,
    enroller: Enroller,
    places: &Places,
    journey: Journey,
    typed: &str,
) -> Result<TurnedOn, Fault> {
    if !matches!(TypedFactor::parse(typed), TypedFactor::App(_)) {
        let errors = vec![FieldError::new("code", messages::account::app_code_shape())];
        let situation = Situation::Unfit;
        return show_code(visit, places, journey, situation, None, errors).map(TurnedOn::Again);
    }
    let workspace = visit.workspace()?;
    let factors = visit.state.auth.factors();
    let enabled = factors
        .enable_two_factor(&visit.caller(), workspace, enroller, typed)
        .await?;
    Ok(match enabled {
        Enabled::On { codes, sign_in } => {
            (visit.state.mail_promised)();
            TurnedOn::On { codes, sign_in }
        }
        Enabled::Refused(refused) => {
            let told = told(visit, &refused);
            let shown = show_code(
                visit,
                places,
                journey,
                told.situation,
                Some(told.refusal.clone()),
                Vec::new(),
            )?;
            TurnedOn::Again(told.dress(shown))
        }
        Enabled::Gone => TurnedOn::Gone,
    })
}

/// A backup code is none here, so the sentence must not offer one.
fn told(visit: &Visit, refused: &Refused) -> Told {
    let mut told = Told::of(refused, visit.state.auth.now());
    if refused.reason == PublicReason::SecondFactorWrong {
        told.refusal.words = messages::account::first_code_wrong();
    }
    told
}

/// Shows backup codes, this once.
pub(super) fn show_codes(
    visit: &Visit,
    places: &Places,
    just_on: bool,
    codes: &[BackupCode],
) -> Result<Response, Fault> {
    let page = BackupCodes {
        inside: places.inside,
        just_on,
        codes: codes.iter().map(BackupCode::expose).collect(),
        download: DOWNLOAD.to_owned(),
        next: places.after.clone(),
    };
    visit.page(PageKind::Form, Situation::Shown, Journey::default(), &page)
}
