//! `/account/security/two-factor`: turning it on step by step, turning it off, new backup codes (B11, B12).

use axum::response::{IntoResponse, Response};
use doorward_auth::account::look_at_security::PlannedChange;
use doorward_auth::factors::enable_two_factor::Enroller;
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::second_factor::{BACKUP_CODES, BackupCode};
use doorward_domain::words::Words;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::security::{self, Again};
use super::{Member, SECURITY, refusal};
use crate::extract::{Form, FormAttempt};
use crate::pages::answer;
use crate::pages::confirm::{self, Leave, Sent};
use crate::pages::enrol::{self, Places, TurnedOn};
use crate::pages::notice::Notice;
use crate::pages::visit::{Visit, see_other};
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::{Journey, messages};

pub(super) const KEY: &str = "/account/security/two-factor";
pub(super) const AGAIN: &str = "/account/security/two-factor/again";
pub(super) const CODE: &str = "/account/security/two-factor/code";

fn places() -> Places {
    Places {
        inside: true,
        key: KEY,
        code: CODE,
        after: SECURITY.to_owned(),
        back: Some(SECURITY),
    }
}

/// Draws a key (**Enable**).
pub(super) async fn begin(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return security::expired(&member).await,
    };
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = draw(&member, given.proof).await;
    given.seal(&member, outcome)
}

async fn draw(member: &Member, proof: FreshProof) -> Result<Response, Fault> {
    let visit = &member.visit;
    let factors = visit.state.auth.factors();
    let enroller = Enroller::SignedIn(proof);
    if factors
        .begin_two_factor(&visit.caller(), &member.workspace, enroller)
        .await?
    {
        see_other(KEY)
    } else {
        member.signed_out()
    }
}

/// Shows the key that is being set up. Looking at it needs a fresh proof as well (R72).
pub(super) async fn show_key(member: Member) -> Result<Response, Fault> {
    let given = match confirm::fresh_for(&member, &Sent::default(), AGAIN).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let enroller = Enroller::SignedIn(given.proof);
    match enrol::show_key(&member.visit, enroller, &places(), Journey::default()).await? {
        Some(response) => Ok(response),
        None => see_other(SECURITY),
    }
}

/// Goes on after a proof that looking at the key asked for; the key stays the same.
pub(super) async fn resume(member: Member, Form(form): Form<Sent>) -> Result<Response, Fault> {
    match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given.seal(&member, see_other(KEY)),
        Leave::Asked(response) => Ok(response),
    }
}

/// Asks for the first code (**Next**).
pub(super) async fn show_code(member: Member) -> Result<Response, Fault> {
    enrol::show_code(
        &member.visit,
        &places(),
        Journey::default(),
        Situation::Shown,
        None,
        Vec::new(),
    )
}

/// Turns it on (**Enable two-factor authentication**).
pub(super) async fn turn_on(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => {
            let expired = Some(answer::form_expired());
            let (places, situation) = (places(), Situation::FormExpired);
            return enrol::show_code(
                &member.visit,
                &places,
                Journey::default(),
                situation,
                expired,
                Vec::new(),
            );
        }
    };
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = turn(&member, given.proof, form.get("code")).await;
    given.seal(&member, outcome)
}

async fn turn(member: &Member, proof: FreshProof, typed: &str) -> Result<Response, Fault> {
    let (visit, places) = (&member.visit, places());
    let enroller = Enroller::SignedIn(proof);
    match enrol::turn_on(visit, enroller, &places, Journey::default(), typed).await? {
        TurnedOn::On { codes, .. } => enrol::show_codes(visit, &places, true, &codes),
        TurnedOn::Again(response) => Ok(response),
        TurnedOn::Gone => {
            let refusal = refusal("session-expired", messages::account::setup_over());
            security::page(member, Situation::Gone, Again::refused(refusal)).await
        }
    }
}

/// Turns it off (**Disable**).
pub(super) async fn disable(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return security::expired(&member).await,
    };
    let title = messages::account::about_to_disable_two_factor();
    if let Some(response) = confirm::warn(&member, &form, PlannedChange::DisableTwoFactor, title).await? {
        return Ok(response);
    }
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = turn_off(&member, given.proof).await;
    given.seal(&member, outcome)
}

async fn turn_off(member: &Member, proof: FreshProof) -> Result<Response, Fault> {
    let visit = &member.visit;
    let factors = visit.state.auth.factors();
    if factors
        .disable_two_factor(&visit.caller(), &member.workspace, proof)
        .await?
    {
        member.mail_promised();
        return member.done(SECURITY, Notice::TwoFactorOff);
    }
    not_on(member).await
}

/// Makes new backup codes (**New backup codes**), and shows them in the answer itself, this once.
pub(super) async fn new_codes(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return security::expired(&member).await,
    };
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = renew(&member, given.proof).await;
    given.seal(&member, outcome)
}

async fn renew(member: &Member, proof: FreshProof) -> Result<Response, Fault> {
    let visit = &member.visit;
    let factors = visit.state.auth.factors();
    match factors
        .renew_backup_codes(&visit.caller(), &member.workspace, proof)
        .await?
    {
        Some(codes) => {
            member.mail_promised();
            enrol::show_codes(visit, &places(), false, &codes)
        }
        None => not_on(member).await,
    }
}

async fn not_on(member: &Member) -> Result<Response, Fault> {
    let refusal = refusal("two-factor-off", messages::account::two_factor_not_on());
    security::page(member, Situation::Conflict, Again::refused(refusal)).await
}

/// Gives the codes of a page back as a file (**Download**), for browsers without script: ten well-formed codes and
/// nothing else. Nothing is kept, and whether they are anybody's codes is not looked at.
pub(super) async fn download(visit: Visit, Form(form): Form<Sent>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let unfit = || Fault::new(FaultKind::Unprocessable);
    if form.names().count() != BACKUP_CODES {
        return Err(unfit());
    }
    let title = Words::key("backup-codes-file").with("workspace", workspace.name.as_str());
    let mut text = visit.say(&title);
    text.push_str("\r\n\r\n");
    for number in 1..=BACKUP_CODES {
        let code = BackupCode::parse(form.get(&format!("code{number}"))).ok_or_else(unfit)?;
        text.push_str(&code.expose());
        text.push_str("\r\n");
    }
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"backup-codes.txt\""),
    );
    Ok(response)
}
