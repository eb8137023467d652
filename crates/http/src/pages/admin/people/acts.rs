//! What is done to a person at once: by one button, without a question.

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::people::PersonError;
use doorward_auth::people::bar_person::BarPersonError;
use doorward_auth::people::invite::InviteError;
use doorward_auth::people::send_password_reset::SendResetError;
use doorward_auth::portal::Whom;
use doorward_auth::portal::create_portal_link::{CreatePortalLinkError, PortalLinkRequest};
use doorward_domain::ids::{PortalLinkId, SessionId, UserId};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::time::Timestamp;
use doorward_domain::words::Words;
use http::header::{HeaderValue, RETRY_AFTER};

use super::person::page;
use super::{id_of, page_of};
use crate::extract::FormAttempt;
use crate::pages::admin::Desk;
use crate::pages::answer;
use crate::pages::confirm::Sent;
use crate::pages::notice::Notice;
use crate::problem::{Fault, FaultKind, Situation};
use crate::refusal::seconds_until;
use crate::render::When;
use crate::render::views::Refusal;
use crate::render::views::admin::AdminPortalLink;

type Form = FormAttempt<Sent>;

/// A refusal that is about the state of things.
pub(super) fn refusal(code: &'static str, words: Words) -> Refusal {
    Refusal {
        code: code.to_owned(),
        words,
        help_code: None,
        directory: None,
    }
}

/// Why nothing was done, as the page says it.
pub(super) enum Undone {
    /// Nobody is there.
    Nobody,
    /// That is why.
    Told(Situation, Box<Refusal>),
    /// Not before then.
    Later(Option<Timestamp>),
    /// Something broke.
    Broken(Fault),
}

impl Undone {
    pub(super) fn conflict(code: &'static str, words: Words) -> Self {
        Self::Told(Situation::Conflict, Box::new(refusal(code, words)))
    }
}

impl From<PersonError> for Undone {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::NobodyThere => Self::Nobody,
            PersonError::OutOfReach => Self::Told(
                Situation::Forbidden,
                Box::new(refusal("out-of-reach", Words::key("person-out-of-reach"))),
            ),
            PersonError::Port(error) => Self::Broken(error.into()),
            _ => Self::Broken(Fault::new(FaultKind::Internal)),
        }
    }
}

impl From<SendResetError> for Undone {
    fn from(error: SendResetError) -> Self {
        match error {
            SendResetError::Person(error) => error.into(),
            SendResetError::Disabled => Self::conflict("user-disabled", Words::key("person-disabled-no-mail")),
            SendResetError::NoMailbox => Self::conflict("email-missing", Words::key("person-no-mailbox")),
            SendResetError::TooMany { retry_at } => Self::Later(retry_at),
            SendResetError::Port(error) => Self::Broken(error.into()),
            _ => Self::Broken(Fault::new(FaultKind::Internal)),
        }
    }
}

impl From<InviteError> for Undone {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Person(error) => error.into(),
            InviteError::HasPassword => Self::conflict("has-password", Words::key("person-has-password")),
            InviteError::Disabled => Self::conflict("user-disabled", Words::key("person-disabled-no-mail")),
            InviteError::NoMailbox => Self::conflict("email-missing", Words::key("person-no-mailbox")),
            InviteError::TooMany { retry_at } => Self::Later(retry_at),
            InviteError::Port(error) => Self::Broken(error.into()),
            _ => Self::Broken(Fault::new(FaultKind::Internal)),
        }
    }
}

impl From<BarPersonError> for Undone {
    fn from(error: BarPersonError) -> Self {
        match error {
            BarPersonError::Person(error) => error.into(),
            BarPersonError::LastOwner => Self::conflict("last-owner", Words::key("person-last-owner")),
            BarPersonError::LastWayIn => Self::conflict("last-way-in", Words::key("person-last-way-in")),
            BarPersonError::Deleted => Self::conflict("changed-meanwhile", Words::key("person-changed-meanwhile")),
            BarPersonError::Port(error) => Self::Broken(error.into()),
            _ => Self::Broken(Fault::new(FaultKind::Internal)),
        }
    }
}

/// The answer where nothing was done: the person's page, with why.
async fn undone(desk: &Desk, id: UserId, why: Undone) -> Result<Response, Fault> {
    match why {
        Undone::Nobody => Err(Fault::new(FaultKind::NotFound)),
        Undone::Broken(fault) => Err(fault),
        Undone::Told(situation, refusal) => page(desk, id, situation, Some(*refusal)).await,
        Undone::Later(retry_at) => {
            let told = refusal("try-later", Words::key("person-too-many-mails"));
            let mut response = page(desk, id, Situation::TooManyTries, Some(told)).await?;
            if let Some(at) = retry_at {
                let wait = seconds_until(at, desk.visit().state.auth.now()).max(1);
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
            }
            Ok(response)
        }
    }
}

/// The person of an address and a form that belongs to this browser; else the answer to it.
async fn asked(desk: &Desk, id: &str, form: &Form) -> Result<Result<UserId, Response>, Fault> {
    let id = id_of(id)?;
    match form {
        FormAttempt::Fresh(_) => Ok(Ok(id)),
        FormAttempt::Expired(_) => {
            let again = page(desk, id, Situation::FormExpired, Some(answer::form_expired()));
            again.await.map(Err)
        }
    }
}

/// Ends in the person's page: with a notice, or with why nothing was done.
async fn ended<E: Into<Undone>>(
    desk: &Desk,
    id: UserId,
    done: Result<(), E>,
    notice: Notice,
) -> Result<Response, Fault> {
    match done {
        Ok(()) => desk.done(&page_of(id), notice),
        Err(error) => undone(desk, id, error.into()).await,
    }
}

/// *Send password reset email*.
pub(in crate::pages) async fn send_reset(desk: Desk, Path(id): Path<String>, form: Form) -> Result<Response, Fault> {
    let id = match asked(&desk, &id, &form).await? {
        Ok(id) => id,
        Err(answer) => return Ok(answer),
    };
    let state = &desk.visit().state;
    let sent = state
        .auth
        .staff()
        .send_password_reset(&desk.acting(), desk.workspace(), id)
        .await;
    if sent.is_ok() {
        (state.mail_promised)();
    }
    ended(&desk, id, sent.map(|_to| ()), Notice::PersonResetSent).await
}

/// *Sign out everywhere*.
pub(in crate::pages) async fn sign_out(desk: Desk, Path(id): Path<String>, form: Form) -> Result<Response, Fault> {
    let id = match asked(&desk, &id, &form).await? {
        Ok(id) => id,
        Err(answer) => return Ok(answer),
    };
    let staff = desk.visit().state.auth.staff();
    let done = staff.sign_out(&desk.acting(), desk.workspace(), id).await;
    ended(&desk, id, done.map(|_count| ()), Notice::PersonSignedOut).await
}

/// **End**, of one session.
pub(in crate::pages) async fn end_session(
    desk: Desk,
    Path((id, session)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Fault> {
    let id = match asked(&desk, &id, &form).await? {
        Ok(id) => id,
        Err(answer) => return Ok(answer),
    };
    let session: SessionId = session.parse().map_err(|_id| Fault::new(FaultKind::NotFound))?;
    let staff = desk.visit().state.auth.staff();
    let done = staff.end_session(&desk.acting(), desk.workspace(), id, session).await;
    if matches!(done, Ok(false)) {
        return Err(Fault::new(FaultKind::NotFound));
    }
    ended(&desk, id, done.map(|_ended| ()), Notice::SessionEnded).await
}

/// *Disable*.
pub(in crate::pages) async fn disable(desk: Desk, Path(id): Path<String>, form: Form) -> Result<Response, Fault> {
    bar(desk, &id, &form, true).await
}

/// *Enable*, which is also how a disabling is undone.
pub(in crate::pages) async fn enable(desk: Desk, Path(id): Path<String>, form: Form) -> Result<Response, Fault> {
    bar(desk, &id, &form, false).await
}

async fn bar(desk: Desk, id: &str, form: &Form, barred: bool) -> Result<Response, Fault> {
    let id = match asked(&desk, id, form).await? {
        Ok(id) => id,
        Err(answer) => return Ok(answer),
    };
    let staff = desk.visit().state.auth.staff();
    let done = staff.bar(&desk.acting(), desk.workspace(), id, barred).await;
    let notice = if barred {
        Notice::PersonDisabled
    } else {
        Notice::PersonEnabled
    };
    ended(&desk, id, done, notice).await
}

/// *Send invitation*, and **Send again**.
pub(in crate::pages) async fn invite(desk: Desk, Path(id): Path<String>, form: Form) -> Result<Response, Fault> {
    let id = match asked(&desk, &id, &form).await? {
        Ok(id) => id,
        Err(answer) => return Ok(answer),
    };
    let state = &desk.visit().state;
    let sent = state.auth.staff().invite(&desk.acting(), desk.workspace(), id).await;
    if sent.is_ok() {
        (state.mail_promised)();
    }
    ended(&desk, id, sent.map(|_to| ()), Notice::PersonInvited).await
}

/// **Take back**, of an invitation.
pub(in crate::pages) async fn revoke_invitation(
    desk: Desk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    let id = match asked(&desk, &id, &form).await? {
        Ok(id) => id,
        Err(answer) => return Ok(answer),
    };
    let staff = desk.visit().state.auth.staff();
    match staff.revoke_invitation(&desk.acting(), desk.workspace(), id).await {
        Ok(true) => desk.done(&page_of(id), Notice::InvitationRevoked),
        Ok(false) => {
            let why = Undone::conflict("invitation-gone", Words::key("person-stale-invitation"));
            undone(&desk, id, why).await
        }
        Err(error) => undone(&desk, id, error.into()).await,
    }
}

/// *New portal link*: its address is shown in the answer and never again (B4).
pub(in crate::pages) async fn new_portal_link(
    desk: Desk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    let id = match asked(&desk, &id, &form).await? {
        Ok(id) => id,
        Err(answer) => return Ok(answer),
    };
    let user = super::person::in_reach(&desk, id).await?;
    let request = PortalLinkRequest {
        whom: Whom::Id(id),
        return_to: ReturnTo::default(),
        life_seconds: None,
    };
    let links = desk.visit().state.auth.portal_links();
    match links.create(&desk.acting(), desk.workspace(), request).await {
        Ok(link) => {
            let view = AdminPortalLink {
                who: user.display_name(),
                url: link.url,
                ends: When::of(link.expires_at, &desk.zone()),
                back: page_of(id),
            };
            desk.page(Situation::Made, &view)
        }
        Err(error) => undone(&desk, id, no_link(error)).await,
    }
}

fn no_link(error: CreatePortalLinkError) -> Undone {
    match error {
        CreatePortalLinkError::NobodyThere => Undone::Nobody,
        CreatePortalLinkError::OutOfReach => PersonError::OutOfReach.into(),
        CreatePortalLinkError::NoAddress => Undone::conflict("email-missing", Words::key("person-no-mailbox")),
        CreatePortalLinkError::Disabled => Undone::conflict("user-disabled", Words::key("person-disabled-no-mail")),
        CreatePortalLinkError::SwitchedOff => {
            Undone::conflict("portal-links-off", Words::key("person-portal-links-off"))
        }
        CreatePortalLinkError::Life(_) => Undone::Broken(Fault::new(FaultKind::Internal)),
        CreatePortalLinkError::Port(error) => Undone::Broken(error.into()),
    }
}

/// **Take back**, of a portal link.
pub(in crate::pages) async fn revoke_portal_link(
    desk: Desk,
    Path((id, link)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Fault> {
    let id = match asked(&desk, &id, &form).await? {
        Ok(id) => id,
        Err(answer) => return Ok(answer),
    };
    let link: PortalLinkId = link.parse().map_err(|_id| Fault::new(FaultKind::NotFound))?;
    let links = desk.visit().state.auth.portal_links();
    match links.revoke(&desk.acting(), desk.workspace(), id, link).await {
        Ok(true) => desk.done(&page_of(id), Notice::PortalLinkRevoked),
        Ok(false) => Err(Fault::new(FaultKind::NotFound)),
        Err(error) => undone(&desk, id, error.into()).await,
    }
}
