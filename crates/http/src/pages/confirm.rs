//! "Confirm that it's you": a fresh proof in place (R11, R72), the one mechanism before every sensitive change.
//!
//! A handler asks [`fresh`] for leave. If the session's last proof is too old, the answer is a page that carries the form
//! that was being filled, passwords excepted, asks for a proof, and sends both to the same address; there the proof is
//! looked at first, and the change goes on in the same request. A proof renews the session's token (R79), so whatever
//! the change comes to is sent through [`Given::seal`].

use std::collections::BTreeMap;

use axum::Json as JsonAnswer;
use axum::response::{IntoResponse, Response};
use doorward_auth::SignInOutcome;
use doorward_auth::account::look_at_security::PlannedChange;
use doorward_auth::factors::prove_afresh::{Evidence, ProvedAfresh};
use doorward_domain::fresh_proof::{FreshProof, FreshProofWay};
use doorward_domain::ids::FlowId;
use doorward_domain::reason::PublicReason;
use doorward_domain::secret::{MAX_PASSWORD_CODE_POINTS, Password, PasswordError, RawToken};
use doorward_domain::session::SessionView;
use doorward_domain::ways_back::WayWarning;
use doorward_domain::words::Words;
use serde::{Deserialize, Serialize};

use super::account::Member;
use super::answer::{self, Told};
use super::visit::PageKind;
use super::{fields, keep};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::{AccountWarning, Carried, Confirm, EmailedCode, FieldError, Refusal};
use crate::render::{Journey, messages};

/// Where a challenge for a passkey comes from.
pub(super) const PASSKEY_OPTIONS: &str = "/account/confirm/passkey";

/// What stands in a form because of the proof, and is not carried on.
const EVIDENCE: [&str; 7] = [
    "proof",
    "proof_password",
    "proof_code",
    "proof_flow",
    "proof_email_code",
    "ceremony",
    "answer",
];
/// What says that somebody was told of the consequences and goes on.
const CONFIRMED: &str = "confirmed";

/// A form as it was sent: every field by its name.
#[derive(Default, Deserialize)]
pub(super) struct Sent(BTreeMap<String, String>);

impl Sent {
    /// What was sent under a name; nothing is as good as empty.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The same form with that one field only.
    pub(super) fn only(form: &Self, name: &str) -> Self {
        Self(BTreeMap::from([(name.to_owned(), form.get(name).to_owned())]))
    }

    /// The names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Everything but proofs and passwords.
    fn carried(&self) -> Vec<Carried> {
        let fields = self
            .0
            .iter()
            .filter(|(name, _)| !EVIDENCE.contains(&name.as_str()) && !name.contains("password"));
        fields
            .map(|(name, value)| Carried {
                name: name.clone(),
                value: value.clone(),
            })
            .collect()
    }
}

/// Whether a sensitive change may be made.
pub(super) enum Leave {
    /// Yes.
    Given(Given),
    /// Not before a proof: this is the answer.
    Asked(Response),
}

/// Leave to make a sensitive change, and the session's new token if it was proved in this very request.
pub(super) struct Given {
    /// What sensitive use cases ask for.
    pub(super) proof: FreshProof,
    renewed: Option<(RawToken, Box<SessionView>)>,
}

impl Given {
    /// Hands the browser the session's new token along with what the change came to, a failure among it: the old token
    /// is dead either way.
    pub(super) fn seal(self, member: &Member, outcome: Result<Response, Fault>) -> Result<Response, Fault> {
        let Some((token, session)) = self.renewed else {
            return outcome;
        };
        let mut response = outcome.unwrap_or_else(IntoResponse::into_response);
        let (visit, until) = (&member.visit, session.expires_at);
        answer::set_session(visit, &token, until, keep::is_on(visit), &mut response)?;
        Ok(response)
    }
}

/// Leave for the change that a form sent to this very address asks for.
pub(super) async fn fresh(member: &Member, form: &Sent) -> Result<Leave, Fault> {
    fresh_for(member, form, member.visit.context.path()).await
}

/// Leave for something dangerous that is done to others: the proof may be a quarter of an hour old (R99).
pub(super) async fn fresh_for_others(member: &Member, form: &Sent) -> Result<Leave, Fault> {
    match member.visit.state.auth.factors().fresh_for_others(&member.session) {
        Some(proof) => Ok(Leave::Given(Given { proof, renewed: None })),
        None => fresh(member, form).await,
    }
}

/// The same, where the page that asks for a proof is to send the form to `action`.
pub(super) async fn fresh_for(member: &Member, form: &Sent, action: &str) -> Result<Leave, Fault> {
    if let Some(proof) = member.visit.state.auth.factors().fresh(&member.session) {
        return Ok(Leave::Given(Given { proof, renewed: None }));
    }
    let asking = Asking { member, form, action };
    let evidence = match evidence_of(form) {
        Ok(Some(evidence)) => evidence,
        Ok(None) if form.get("proof") == "send-email-code" => return asking.send_code().await.map(Leave::Asked),
        Ok(None) => {
            return asking
                .page(Situation::Forbidden, Again::default())
                .await
                .map(Leave::Asked);
        }
        Err(error) => {
            let again = Again {
                errors: vec![error],
                ..Again::default()
            };
            return asking.page(Situation::Unfit, again).await.map(Leave::Asked);
        }
    };
    match prove(member, evidence).await? {
        Proved::Given(given) => Ok(Leave::Given(given)),
        Proved::Refused(told) => {
            let again = Again {
                refusal: Some(told.refusal.clone()),
                ..Again::default()
            };
            let shown = asking.page(told.situation, again).await?;
            Ok(Leave::Asked(told.dress(shown)))
        }
        Proved::SignedOut => member.overtaken().map(Leave::Asked),
    }
}

/// How a proof ended.
pub(super) enum Proved {
    /// It holds.
    Given(Given),
    /// It does not.
    Refused(Told),
    /// The session is over, or another proof has just renewed it.
    SignedOut,
}

/// Looks at a proof.
pub(super) async fn prove(member: &Member, evidence: Evidence) -> Result<Proved, Fault> {
    let visit = &member.visit;
    let factors = visit.state.auth.factors();
    let Some(presented) = visit.context.credential().session_token().map(RawToken::digest) else {
        return Ok(Proved::SignedOut);
    };
    let proved = factors
        .prove_afresh(
            &visit.caller(),
            &member.workspace,
            (&member.session, presented),
            evidence,
        )
        .await?;
    Ok(match proved {
        ProvedAfresh::Proved { token, session } => {
            // A backup code that was used is told of by mail.
            (visit.state.mail_promised)();
            let proof = factors.fresh(&session).ok_or_else(|| Fault::new(FaultKind::Internal))?;
            Proved::Given(Given {
                proof,
                renewed: Some((token, session)),
            })
        }
        ProvedAfresh::Refused(refused) => {
            let mut told = Told::of(&refused, visit.state.auth.now());
            // The address was not typed here, so only the password can be wrong.
            if refused.reason == PublicReason::InvalidCredentials {
                told.refusal.words = messages::account::current_password_wrong();
            }
            Proved::Refused(told)
        }
        ProvedAfresh::SignedOut => Proved::SignedOut,
    })
}

/// The password as a proof, or what is wrong with it at once.
pub(super) fn password(typed: &str, field: &'static str, missing: Words) -> Result<Password, FieldError> {
    Password::parse(typed).map_err(|error| {
        let words = match error {
            PasswordError::Empty => missing,
            PasswordError::TooLong => {
                messages::password_too_long(u32::try_from(MAX_PASSWORD_CODE_POINTS).unwrap_or(u32::MAX))
            }
        };
        FieldError::new(field, words)
    })
}

/// What a form shows as a proof; `None` if nothing.
fn evidence_of(form: &Sent) -> Result<Option<Evidence>, FieldError> {
    Ok(Some(match form.get("proof") {
        "password" => {
            let typed = form.get("proof_password");
            Evidence::Password(password(typed, "proof_password", messages::password_missing())?)
        }
        "second-factor" => {
            let typed = form.get("proof_code");
            if typed.trim().is_empty() {
                return Err(FieldError::new("proof_code", messages::account::proof_code_missing()));
            }
            Evidence::SecondFactor(typed.to_owned())
        }
        "email-code" => {
            let typed = form.get("proof_email_code");
            fields::code(typed).map_err(|error| FieldError::new("proof_email_code", error.words))?;
            match form.get("proof_flow").parse() {
                Ok(flow) => Evidence::EmailCode {
                    flow,
                    typed: typed.to_owned(),
                },
                Err(_) => return Ok(None),
            }
        }
        "passkey" => {
            let answer = serde_json::from_str(form.get("answer"));
            match (form.get("ceremony").parse(), answer) {
                (Ok(ceremony), Ok(answer)) => Evidence::Passkey { ceremony, answer },
                _ => return Ok(None),
            }
        }
        _ => return Ok(None),
    }))
}

/// What to show beside the ways to prove.
#[derive(Default)]
struct Again {
    sent: Option<(FlowId, String)>,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
}

struct Asking<'a> {
    member: &'a Member,
    form: &'a Sent,
    action: &'a str,
}

impl Asking<'_> {
    async fn send_code(&self) -> Result<Response, Fault> {
        let visit = &self.member.visit;
        let sent = visit
            .state
            .auth
            .factors()
            .send_fresh_proof_code(&visit.caller(), &self.member.workspace, &self.member.session)
            .await?;
        match sent {
            Some(SignInOutcome::CodeSent(sent)) => {
                (visit.state.mail_promised)();
                let again = Again {
                    sent: Some((sent.flow, sent.masked)),
                    ..Again::default()
                };
                self.page(Situation::Forbidden, again).await
            }
            Some(SignInOutcome::Refused(refused)) => {
                let told = Told::of(&refused, visit.state.auth.now());
                let again = Again {
                    refusal: Some(told.refusal.clone()),
                    ..Again::default()
                };
                let shown = self.page(told.situation, again).await?;
                Ok(told.dress(shown))
            }
            Some(_) => Err(Fault::new(FaultKind::Internal)),
            // A code does not count for them (any more): the page shows what does.
            None => self.page(Situation::Forbidden, Again::default()).await,
        }
    }

    async fn page(&self, situation: Situation, again: Again) -> Result<Response, Fault> {
        let Member {
            visit,
            session,
            workspace,
        } = self.member;
        let ways = visit.state.auth.factors().fresh_proof_ways(workspace, session).await?;
        let counts = |way| ways.contains(&way);
        let (flow, address) = match again.sent {
            Some((flow, address)) => (Some(flow.to_string()), Some(address)),
            None => (
                self.form
                    .get("proof_flow")
                    .parse::<FlowId>()
                    .ok()
                    .map(|flow| flow.to_string()),
                None,
            ),
        };
        let page = Confirm {
            action: self.action.to_owned(),
            carried: self.form.carried(),
            password: counts(FreshProofWay::Password),
            second_factor: counts(FreshProofWay::SecondFactor),
            passkey: counts(FreshProofWay::Passkey).then(|| PASSKEY_OPTIONS.to_owned()),
            email_code: counts(FreshProofWay::EmailCode).then_some(EmailedCode { flow, address }),
            back: self.member.page_behind().to_owned(),
            refusal: again.refusal,
            errors: again.errors,
        };
        visit.page(PageKind::Form, situation, Journey::default(), &page)
    }
}

/// What the script asks with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionsAsked {}

/// What the script gets.
#[derive(Serialize)]
struct Options {
    ceremony: String,
    options: serde_json::Value,
}

/// Makes a challenge for a passkey as a proof.
pub(super) async fn passkey_options(
    member: Member,
    Json(OptionsAsked {}): Json<OptionsAsked>,
) -> Result<Response, Fault> {
    let (visit, origin) = (&member.visit, member.visit.origin()?);
    let challenge = visit
        .state
        .auth
        .factors()
        .begin_fresh_proof(&visit.caller(), &member.workspace, &member.session, &origin)
        .await?;
    let challenge = challenge.ok_or_else(|| Fault::new(FaultKind::Conflict))?;
    let options = Options {
        ceremony: challenge.ceremony.to_string(),
        options: challenge.options,
    };
    Ok(JsonAnswer(options).into_response())
}

/// The page that tells what a change would newly leave somebody with, and asks; `None` if there is nothing to tell, or
/// they were told and go on.
pub(super) async fn warn(
    member: &Member,
    form: &Sent,
    change: PlannedChange,
    title: Words,
) -> Result<Option<Response>, Fault> {
    if form.get(CONFIRMED) == "1" {
        return Ok(None);
    }
    let warnings = member
        .visit
        .state
        .auth
        .account()
        .warnings_before(&member.workspace, &member.session, change)
        .await?;
    warn_of(member, form, warnings, title)
}

/// The same, where it is known what there is to tell.
pub(super) fn warn_of(
    member: &Member,
    form: &Sent,
    warnings: Vec<WayWarning>,
    title: Words,
) -> Result<Option<Response>, Fault> {
    if form.get(CONFIRMED) == "1" || warnings.is_empty() {
        return Ok(None);
    }
    let visit = &member.visit;
    let mut carried = form.carried();
    carried.retain(|field| field.name != CONFIRMED);
    let page = AccountWarning {
        title,
        warnings: warnings.into_iter().map(messages::account::warning).collect(),
        action: visit.context.path().to_owned(),
        carried,
        back: member.page_behind().to_owned(),
    };
    visit
        .page(PageKind::Form, Situation::Conflict, Journey::default(), &page)
        .map(Some)
}
