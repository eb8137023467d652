//! `/admin/sign-in-check`: why can't they sign in (C4)? An address or a help code in; the answer, and the button that mends
//! the first thing wrong.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::people::explain::{ByHelpCode, Explanation};
use doorward_auth::people::mend::{MendError, Mended};
use doorward_domain::diagnosis::Mend;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::mail::MailTrace;
use doorward_domain::reason::PrivateReason;
use doorward_domain::role::Permission;
use doorward_domain::secret::HelpCode;
use doorward_domain::sign_in::{Receipt, ReceiptOutcome, Ruling};
use doorward_domain::time_zone::TimeZone;
use doorward_domain::user::User;
use doorward_domain::ways_in::WayState;
use doorward_domain::words::Words;

use super::super::confirm::{Leave, Sent};
use super::super::fields::Query;
use super::super::notice::Notice;
use super::super::visit::see_other;
use super::Desk;
use super::people::role_words;
use crate::extract::FormAttempt;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::FieldError;
use crate::render::views::admin::{
    AdminSignInCheck, CheckAddress, CheckAnswer, CheckAttempt, CheckFinding, CheckMail, CheckMend, CheckNear,
    CheckPerson, CheckWay, Reach,
};
use crate::render::{When, messages};
use crate::site::SiteState;

const PAGE: &str = "/admin/sign-in-check";

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(PAGE, get(show))
        .route("/admin/sign-in-check/mend", post(mend))
}

/// The check of that address.
pub(in crate::pages) fn page_of(address: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("email", address)
        .finish();
    format!("{PAGE}?{query}")
}

async fn show(desk: Desk, query: Query) -> Result<Response, Fault> {
    let asked = query
        .get("code")
        .or_else(|| query.get("email"))
        .unwrap_or_default()
        .trim();
    let page = look(&desk, asked).await?;
    let situation = if page.errors.is_empty() {
        Situation::Shown
    } else {
        Situation::Unfit
    };
    desk.page(situation, &page)
}

/// The answer to whatever was typed: an address, or a help code.
async fn look(desk: &Desk, asked: &str) -> Result<AdminSignInCheck, Fault> {
    let mut page = AdminSignInCheck {
        asked: asked.to_owned(),
        ..AdminSignInCheck::default()
    };
    if asked.is_empty() {
        return Ok(page);
    }
    let people = desk.visit().state.auth.people();
    if let Ok(address) = EmailAddress::parse(asked) {
        let explanation = people.explain(desk.workspace(), &address).await?;
        page.answer = Some(answer(desk, explanation));
    } else if let Some(code) = HelpCode::parse(asked) {
        match people.explain_code(desk.workspace(), &code).await? {
            Some(found) => {
                let ByHelpCode { receipt, explanation } = found.shown_to(desk.session().permissions);
                page.receipt = Some(attempt(receipt, &desk.zone()));
                page.answer = explanation.map(|explanation| answer(desk, explanation));
            }
            None => page.no_such_code = true,
        }
    } else {
        page.errors = vec![FieldError::new("email", Words::key("check-neither"))];
    }
    Ok(page)
}

async fn mend(desk: Desk, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => return see_other(&page_of(form.get("email"))),
    };
    let address = EmailAddress::parse(form.get("email")).map_err(|_| Fault::new(FaultKind::BadRequest))?;
    let wanted = form.get("mend");
    let people = desk.visit().state.auth.people();
    // Whether it takes a fresh proof is asked before the proof is, so that nobody is asked for nothing.
    let explanation = people.explain(desk.workspace(), &address).await?;
    let mends = &explanation.diagnosis.mends;
    if mends.iter().any(|mend| mend.id() == wanted && mend.is_dangerous()) {
        return match desk.fresh(&form).await? {
            Leave::Given(given) => {
                let outcome = do_it(&desk, &address, wanted, Some(given.proof)).await;
                given.seal(&desk.member, outcome)
            }
            Leave::Asked(response) => Ok(response),
        };
    }
    do_it(&desk, &address, wanted, None).await
}

async fn do_it(
    desk: &Desk,
    address: &EmailAddress,
    wanted: &str,
    proof: Option<FreshProof>,
) -> Result<Response, Fault> {
    let people = desk.visit().state.auth.people();
    let mended = people
        .mend(&desk.acting(), desk.workspace(), address, wanted, proof)
        .await;
    let back = page_of(address.as_str());
    let notice = match mended {
        Ok(Mended::ResetSent(_)) => Notice::CheckReset,
        Ok(Mended::Enabled) => Notice::CheckEnabled,
        Ok(Mended::Restored) => Notice::CheckRestored,
        Ok(Mended::WaitsCleared) => Notice::CheckWaits,
        Ok(Mended::Opened) => Notice::CheckOpened,
        Ok(Mended::ProofSent(_)) => Notice::CheckProof,
        Ok(Mended::Invited(_)) => Notice::CheckInvited,
        Ok(Mended::SentAgain) => Notice::CheckSentAgain,
        Ok(Mended::PortalLink(made)) => {
            let mut page = look(desk, address.as_str()).await?;
            page.portal_link = Some(made.url);
            return desk.page(Situation::Made, &page);
        }
        Err(error) => return refused(desk, address, error).await,
    };
    if matches!(
        notice,
        Notice::CheckReset | Notice::CheckProof | Notice::CheckInvited | Notice::CheckSentAgain
    ) {
        (desk.visit().state.mail_promised)();
    }
    desk.done(&back, notice)
}

async fn refused(desk: &Desk, address: &EmailAddress, error: MendError) -> Result<Response, Fault> {
    let (situation, words) = match error {
        MendError::NotOffered | MendError::Elsewhere | MendError::NeedsFreshProof => {
            (Situation::Conflict, Words::key("check-not-offered"))
        }
        MendError::TooManyMails { .. } => (Situation::TooManyTries, Words::key("check-too-many-mails")),
        MendError::Forbidden(_) | MendError::Person(_) => return Err(Fault::new(FaultKind::Forbidden)),
        MendError::Settings(_) => (Situation::Conflict, Words::key("check-not-offered")),
        MendError::Port(error) => return Err(error.into()),
        _ => return Err(Fault::new(FaultKind::Internal)),
    };
    let mut page = look(desk, address.as_str()).await?;
    page.problem = Some(words);
    desk.page(situation, &page)
}

fn answer(desk: &Desk, explanation: Explanation) -> CheckAnswer {
    let explanation = explanation.shown_to(desk.session().permissions);
    let zone = desk.zone();
    let first_trouble = explanation.diagnosis.troubles.first();
    let sentence = first_trouble.map_or_else(messages::check::fine, |trouble| messages::check::trouble(trouble.kind));
    let user = explanation.user.as_ref();
    let claimed = explanation.claimed_by.as_ref().map(|claim| claim.user);
    let whose = user.map(|user| user.id).or(claimed);
    let button = |mend: &Mend| CheckMend {
        id: mend.id(),
        label: match mend {
            Mend::OpenMethod { method, .. } => {
                let way = desk.visit().say(&messages::check::way(*method));
                messages::check::mend(mend, &way)
            }
            mend => messages::check::mend(mend, ""),
        },
        leads_to: match (mend, whose) {
            (Mend::ResetSecondFactor, Some(user)) => Some(format!("/admin/users/{user}/two-factor/reset")),
            (Mend::LookAtPerson, Some(user)) => Some(format!("/admin/users/{user}")),
            (Mend::LookIntoDirectory, _) => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                let query = query.append_pair("q", &explanation.address).finish();
                Some(format!("/admin/directory?{query}"))
            }
            (Mend::LookAtProviders, _) => Some("/admin/security".to_owned()),
            _ => None,
        },
    };
    let mends = &explanation.diagnosis.mends;
    let may: Vec<&Mend> = mends.iter().filter(|mend| desk.may(mend.permission())).collect();
    // The first button is what mends the first thing wrong; where nothing is wrong every one is a quiet one.
    let wrong = first_trouble.is_some();
    let first_mend = mends.first().filter(|_| wrong);
    let first = first_mend.filter(|mend| desk.may(mend.permission()));
    CheckAnswer {
        address: explanation.address.clone(),
        verdict: explanation.diagnosis.verdict.as_str(),
        sentence,
        until: first_trouble
            .and_then(|trouble| trouble.until)
            .map(|at| When::of(at, &zone)),
        reply: first_trouble.and_then(|trouble| trouble.reply.clone()),
        further: explanation
            .diagnosis
            .troubles
            .iter()
            .skip(1)
            .map(|trouble| messages::check::trouble(trouble.kind))
            .collect(),
        first: first.map(button),
        others: may
            .into_iter()
            .filter(|mend| Some(*mend) != first)
            .map(button)
            .collect(),
        ask: first_mend
            .filter(|_| first.is_none())
            .map(|mend| Words::key("check-ask").with("permission", mend.permission().as_str())),
        person: user.map(|user| person(desk, user, &explanation)),
        reach: user
            .is_none()
            .then(|| reach_of(&explanation, &explanation.address, &zone))
            .flatten(),
        near: explanation
            .near
            .iter()
            .map(|near| CheckNear {
                address: near.address.clone(),
                page: page_of(&near.address),
            })
            .collect(),
        ways: ways(&explanation),
        attempts: explanation
            .attempts
            .into_iter()
            .map(|receipt| attempt(receipt, &zone))
            .collect(),
        mails: explanation
            .mails
            .into_iter()
            .map(|trace| mail(desk, trace, &zone))
            .collect(),
    }
}

fn ways(explanation: &Explanation) -> Vec<CheckWay> {
    let way = |name: Words, state: WayState| match state {
        WayState::Open => CheckWay {
            name,
            open: true,
            why: None,
            reason: None,
        },
        WayState::Closed(reason) => CheckWay {
            name,
            open: false,
            why: Some(messages::check::why(reason)),
            reason: Some(reason.as_str()),
        },
    };
    let methods = explanation
        .ways_in
        .iter()
        .map(|each| way(messages::check::way(each.method), each.state));
    let providers = explanation.provider_ways.iter().map(|each| {
        let name = Words::key("check-way-one-provider").with("provider", each.provider.as_str());
        way(name, each.state)
    });
    methods.chain(providers).collect()
}

fn person(desk: &Desk, user: &User, explanation: &Explanation) -> CheckPerson {
    let factors = explanation.factors.unwrap_or_default();
    let second_factor = if factors.app {
        Words::key("check-second-factor-on").with("left", factors.backup_codes_left)
    } else if explanation.two_factor_required {
        Words::key("check-second-factor-required")
    } else {
        Words::key("check-second-factor-off")
    };
    CheckPerson {
        name: user.display_name(),
        page: desk
            .may(Permission::LookPeopleUp)
            .then(|| format!("/admin/users/{}", user.id)),
        role: role_words(user),
        status: user.status.as_str(),
        addresses: user
            .emails
            .iter()
            .map(|email| CheckAddress {
                address: email.address.as_str().to_owned(),
                proved: email.verified_at.is_some(),
                primary: email.primary,
                reach: reach_of(explanation, email.address.as_str(), &desk.zone()),
            })
            .collect(),
        second_factor,
        passkeys: factors.passkeys,
    }
}

/// Whether mail to that address of theirs arrives.
fn reach_of(explanation: &Explanation, address: &str, zone: &TimeZone) -> Option<Reach> {
    let told = explanation.reach.iter().find(|told| told.address == address)?;
    Some(Reach::of(&told.reach, zone))
}

fn attempt(receipt: Receipt, zone: &TimeZone) -> CheckAttempt {
    let device = receipt.client.device();
    let known = [device.browser, device.system];
    let reason = match &receipt.outcome {
        ReceiptOutcome::Refused { private, .. } => Some(PrivateReason::as_str(*private)),
        _ => None,
    };
    CheckAttempt {
        at: When::of(receipt.at, zone),
        outcome: receipt.outcome.as_str(),
        reason,
        attempt: receipt.attempt,
        help_code: receipt.help_code.as_str().to_owned(),
        network_address: receipt.client.address.to_string(),
        device: known
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        findings: receipt
            .findings
            .into_iter()
            .map(|finding| CheckFinding {
                rule: match serde_json::to_value(&finding.rule) {
                    Ok(serde_json::Value::String(name)) => name,
                    Ok(serde_json::Value::Object(named)) => named
                        .values()
                        .filter_map(|name| name.as_str())
                        .map(|name| ["policy ", name].concat())
                        .collect(),
                    _ => String::new(),
                },
                saw: finding.saw,
                ruling: match finding.ruling {
                    Ruling::Allow => "allow",
                    Ruling::Require => "require",
                    Ruling::Deny => "deny",
                    Ruling::NotAsked => "not-asked",
                },
            })
            .collect(),
    }
}

fn mail(desk: &Desk, trace: MailTrace, zone: &TimeZone) -> CheckMail {
    CheckMail {
        at: When::of(trace.created_at, zone),
        state: trace.state.as_str(),
        attempts: trace.attempts,
        reply: trace.last_reply,
        page: desk
            .may(Permission::ReadMailLog)
            .then(|| format!("/admin/mail/{}", trace.id)),
        kind: trace.kind,
    }
}
