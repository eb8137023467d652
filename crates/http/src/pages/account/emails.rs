//! `/account/emails`: the addresses of one's account (A5). Each change takes effect at once.

use axum::response::Response;
use doorward_auth::account::add_email::AddedEmail;
use doorward_auth::account::look_at_security::PlannedChange;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::EmailId;
use doorward_domain::ports::EmailChanged;
use doorward_domain::reason::PublicReason;
use doorward_domain::words::Words;
use http::header::{HeaderValue, RETRY_AFTER};

use super::{EMAILS, Member, refusal};
use crate::extract::FormAttempt;
use crate::pages::confirm::{self, Leave, Sent};
use crate::pages::notice::Notice;
use crate::pages::visit::{PageKind, see_other};
use crate::pages::{answer, fields};
use crate::problem::{Fault, Situation};
use crate::refusal::seconds_until;
use crate::render::views::{AccountEmails, EmailRow, FieldError, Refusal};
use crate::render::{Journey, messages};

/// What to show beside the page when it is shown again.
#[derive(Default)]
struct Again<'a> {
    typed: &'a str,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
}

impl<'a> Again<'a> {
    fn refused(code: &str, words: Words) -> Self {
        Self {
            refusal: Some(refusal(code, words)),
            ..Self::default()
        }
    }

    fn wrong(typed: &'a str, words: Words) -> Self {
        Self {
            typed,
            errors: vec![FieldError::new("email", words)],
            ..Self::default()
        }
    }
}

pub(super) async fn show(member: Member) -> Result<Response, Fault> {
    page(&member, Situation::Shown, Again::default()).await
}

async fn expired(member: &Member, typed: &str) -> Result<Response, Fault> {
    let again = Again {
        typed,
        refusal: Some(answer::form_expired()),
        ..Again::default()
    };
    page(member, Situation::FormExpired, again).await
}

async fn page(member: &Member, situation: Situation, again: Again<'_>) -> Result<Response, Fault> {
    let accounts = member.visit.state.auth.account();
    let Some(user) = accounts.person(&member.workspace, &member.session).await? else {
        return member.signed_out();
    };
    let page = AccountEmails {
        emails: user
            .emails
            .iter()
            .map(|email| EmailRow {
                id: email.id.to_string(),
                address: email.address.to_string(),
                primary: email.primary,
                proved: email.verified_at.is_some(),
                removable: !email.primary,
            })
            .collect(),
        email: again.typed.to_owned(),
        refusal: again.refusal,
        errors: again.errors,
    };
    member.visit.page(PageKind::Form, situation, Journey::default(), &page)
}

/// Adds an address (**Add**).
pub(super) async fn add(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => return expired(&member, form.get("email")).await,
    };
    let typed = form.get("email");
    let address = match fields::email(typed) {
        Ok(address) => address,
        Err(error) => {
            let again = Again::wrong(typed, error.words);
            return page(&member, Situation::Unfit, again).await;
        }
    };
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = put(&member, given.proof, address, typed).await;
    given.seal(&member, outcome)
}

async fn put(member: &Member, proof: FreshProof, address: EmailAddress, typed: &str) -> Result<Response, Fault> {
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let added = accounts
        .add_email(&visit.caller(), &member.workspace, proof, address)
        .await?;
    told(member, added, typed).await
}

/// Sends the proof of an address again (**Resend proof**).
pub(super) async fn resend(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member, "").await,
    };
    let Ok(id) = form.get("id").parse::<EmailId>() else {
        return see_other(EMAILS);
    };
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let sent = accounts
        .resend_email_proof(&visit.caller(), &member.workspace, member.session.user, id)
        .await?;
    told(&member, sent, "").await
}

async fn told(member: &Member, added: AddedEmail, typed: &str) -> Result<Response, Fault> {
    match added {
        AddedEmail::Sent { .. } => {
            member.mail_promised();
            member.done(EMAILS, Notice::ProofSent)
        }
        AddedEmail::AlreadyYours => {
            let again = Again::wrong(typed, messages::account::email_yours());
            page(member, Situation::Conflict, again).await
        }
        AddedEmail::TooMany => {
            let again = Again::wrong(typed, messages::account::emails_too_many());
            page(member, Situation::Conflict, again).await
        }
        AddedEmail::TryLater { retry_at } => {
            let wait = retry_at.map_or(60 * 60, |at| seconds_until(at, member.visit.state.auth.now()).max(1));
            let again = Again {
                typed,
                ..Again::refused(PublicReason::TryLater.as_str(), messages::refusals::try_later(wait))
            };
            let mut response = page(member, Situation::TooManyTries, again).await?;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
            Ok(response)
        }
        AddedEmail::Gone => changed(member, EmailChanged::Gone, Notice::ProofSent).await,
    }
}

/// Makes an address the primary one (**Make primary**).
pub(super) async fn make_primary(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member, "").await,
    };
    let Ok(id) = form.get("id").parse::<EmailId>() else {
        return see_other(EMAILS);
    };
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = set_primary(&member, given.proof, id).await;
    given.seal(&member, outcome)
}

async fn set_primary(member: &Member, proof: FreshProof, id: EmailId) -> Result<Response, Fault> {
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let outcome = accounts
        .make_email_primary(&visit.caller(), &member.workspace, proof, id)
        .await?;
    changed(member, outcome, Notice::PrimaryChanged).await
}

/// Removes an address (**×**).
pub(super) async fn remove(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member, "").await,
    };
    let Ok(id) = form.get("id").parse::<EmailId>() else {
        return see_other(EMAILS);
    };
    let title = messages::account::about_to_remove_email();
    if let Some(response) = confirm::warn(&member, &form, PlannedChange::RemoveEmail(id), title).await? {
        return Ok(response);
    }
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = take_away(&member, given.proof, id).await;
    given.seal(&member, outcome)
}

async fn take_away(member: &Member, proof: FreshProof, id: EmailId) -> Result<Response, Fault> {
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let outcome = accounts
        .remove_email(&visit.caller(), &member.workspace, proof, id)
        .await?;
    changed(member, outcome, Notice::EmailRemoved).await
}

async fn changed(member: &Member, outcome: EmailChanged, done: Notice) -> Result<Response, Fault> {
    use messages::account as words;
    let (situation, again) = match outcome {
        EmailChanged::Done => {
            member.mail_promised();
            return member.done(EMAILS, done);
        }
        EmailChanged::Gone => (Situation::Gone, Again::refused("email-gone", words::email_gone())),
        EmailChanged::Unproved => (
            Situation::Conflict,
            Again::refused("email-unproved", words::email_unproved()),
        ),
        EmailChanged::Primary => (
            Situation::Conflict,
            Again::refused("email-primary", words::email_primary()),
        ),
        EmailChanged::LastVerified => (
            Situation::Conflict,
            Again::refused("email-last-verified", words::email_last_verified()),
        ),
    };
    page(member, situation, again).await
}
