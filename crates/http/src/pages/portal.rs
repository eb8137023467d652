//! `/portal`: the shared portal link (B3), and the personal ones (B4, B5). A personal link says who is meant and no more: its
//! page has a code sent to the contact's own mailbox, and opening it changes nothing (R34).

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::sign_in::open_portal_link::{OpenedPortalLink, PortalPage};
use doorward_auth::sign_in::request_code::CodeRequest;
use doorward_auth::{Refused, SignInOutcome};
use doorward_domain::method::Method;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;

use super::answer::{self, Outcome, Told};
use super::fields::{self, Query};
use super::mailed_link::{self, MailedLink, token_page};
use super::visit::{PageKind, Visit, journey, name_of, see_other};
use super::{keep, provider};
use crate::edge::CookieName;
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::views::{DeadLink, FieldError, PersonalPortal, PortalOff, Refusal, SharedPortal};

const LINK: MailedLink = MailedLink {
    path: "/portal/open",
    cookie: CookieName::PortalLink,
    of: DeadLink::Portal,
};

/// The fields of the shared link's form.
#[derive(Deserialize)]
pub(super) struct SharedFields {
    #[serde(default)]
    email: String,
    return_to: Option<String>,
}

/// The form of a personal link has nothing but its token.
#[derive(Deserialize)]
pub(super) struct NoFields {}

/// What a form of the shared link said, and where it leads.
struct Shared<'a> {
    email: &'a str,
    return_to: &'a ReturnTo,
}

impl Shared<'_> {
    fn page(
        &self,
        visit: &Visit,
        situation: Situation,
        refusal: Option<Refusal>,
        errors: Vec<FieldError>,
    ) -> Result<Response, Fault> {
        let page = SharedPortal {
            email: self.email.to_owned(),
            providers: provider::buttons(visit)?,
            refusal,
            errors,
        };
        visit.page(PageKind::Form, situation, journey(None, self.return_to), &page)
    }
}

/// Where a shared link cannot lead to its page: portal links are off, or codes are, so that the sign-in page has to do.
fn elsewhere(visit: &Visit, return_to: &ReturnTo) -> Option<Result<Response, Fault>> {
    let workspace = match visit.workspace() {
        Ok(workspace) => workspace,
        Err(fault) => return Some(Err(fault)),
    };
    if !workspace.security.portal_links {
        return Some(off(visit, return_to));
    }
    if !workspace.security.offers_to_anyone(Method::EmailCode) {
        let query = journey(None, return_to).query();
        return Some(see_other(&format!("/sign-in{query}")));
    }
    None
}

fn off(visit: &Visit, return_to: &ReturnTo) -> Result<Response, Fault> {
    let shown = visit.page(
        PageKind::Plain,
        Situation::Forbidden,
        journey(None, return_to),
        &PortalOff {},
    );
    shown.map(token_page)
}

pub(super) async fn show_shared(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = visit.destination(query.get("to").or_else(|| query.get("return_to")));
    if visit.session.is_some() {
        return see_other(return_to.as_str());
    }
    if let Some(answered) = elsewhere(&visit, &return_to) {
        return answered;
    }
    let shared = Shared {
        email: "",
        return_to: &return_to,
    };
    shared.page(&visit, Situation::Shown, None, Vec::new())
}

pub(super) async fn send_shared(visit: Visit, form: FormAttempt<SharedFields>) -> Result<Response, Fault> {
    visit.workspace()?;
    let (fresh, fields) = form.into_parts();
    let return_to = visit.destination(fields.return_to.as_deref());
    if let Some(answered) = elsewhere(&visit, &return_to) {
        return answered;
    }
    let shared = Shared {
        email: &fields.email,
        return_to: &return_to,
    };
    if !fresh {
        return shared.page(&visit, Situation::FormExpired, Some(answer::form_expired()), Vec::new());
    }
    let address = match fields::email(&fields.email) {
        Ok(address) => address,
        Err(error) => return shared.page(&visit, Situation::Unfit, None, vec![error]),
    };
    let request = CodeRequest {
        workspace: Workspace::clone(visit.workspace()?),
        address,
        return_to: return_to.clone(),
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .request_code(&visit.caller(), request)
        .await?;
    match code_page(&visit, outcome, &return_to)? {
        Ok(response) => Ok(response),
        Err(refused) => {
            let told = Told::of(&refused, visit.state.auth.now());
            let shown = shared.page(&visit, told.situation, Some(told.refusal.clone()), Vec::new());
            shown.map(|response| told.dress(response))
        }
    }
}

/// Leads to the code that was sent.
fn code_page(visit: &Visit, outcome: SignInOutcome, return_to: &ReturnTo) -> Result<Result<Response, Refused>, Fault> {
    Ok(match answer::outcome(visit, outcome, keep::is_on(visit))? {
        Outcome::Answered(response) => Ok(response),
        Outcome::CodeSent(sent) => {
            let query = journey(Some(sent.flow), return_to).query();
            Ok(see_other(&format!("/sign-in/code{query}"))?)
        }
        Outcome::Refused(refused) => Err(refused),
    })
}

pub(super) async fn follow(visit: Visit, Path(text): Path<String>) -> Result<Response, Fault> {
    LINK.follow(&visit, &text)
}

/// A link of which nothing is left but its beginning.
pub(super) async fn follow_nothing(visit: Visit) -> Result<Response, Fault> {
    LINK.follow(&visit, "")
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    personal(&visit, Situation::Shown, None).await
}

/// The page of a personal link. It sends its form by itself where it is shown for the first time.
async fn personal(visit: &Visit, situation: Situation, refusal: Option<Refusal>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(token) = LINK.token(visit) else {
        return without_token(visit);
    };
    match visit.state.auth.portal_links().look(workspace, &token).await? {
        PortalPage::Ready {
            user,
            masked,
            return_to,
        } => {
            if visit.session.as_ref().is_some_and(|session| session.user == user) {
                return see_other(return_to.as_str()).map(token_page);
            }
            let page = PersonalPortal {
                address: masked,
                sends_itself: refusal.is_none(),
                signed_in_as: visit.session.as_deref().map(name_of),
                destination: return_to.as_str().to_owned(),
                refusal,
            };
            let shown = visit.page(PageKind::Form, situation, journey(None, &return_to), &page);
            shown.map(token_page)
        }
        PortalPage::Gone => mailed_link::gone(visit, &LINK, None),
        PortalPage::SwitchedOff => off(visit, &ReturnTo::default()),
    }
}

/// The page of a link without a usable token: cut off, or left open too long.
fn without_token(visit: &Visit) -> Result<Response, Fault> {
    if visit.workspace()?.security.portal_links {
        mailed_link::gone(visit, &LINK, None)
    } else {
        off(visit, &ReturnTo::default())
    }
}

/// Has the code sent. The token stays with the browser for its ten minutes, so that the way back works.
pub(super) async fn send(visit: Visit, form: FormAttempt<NoFields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let FormAttempt::Fresh(NoFields {}) = form else {
        return personal(&visit, Situation::FormExpired, Some(answer::form_expired())).await;
    };
    let Some(token): Option<RawToken> = LINK.token(&visit) else {
        return without_token(&visit);
    };
    let portal_links = visit.state.auth.portal_links();
    match portal_links.open(&visit.caller(), workspace, &token).await? {
        OpenedPortalLink::Code { outcome, return_to } => match code_page(&visit, outcome, &return_to)? {
            Ok(response) => Ok(token_page(response)),
            Err(refused) => again(&visit, &refused).await,
        },
        OpenedPortalLink::TryLater(refused) => again(&visit, &refused).await,
        OpenedPortalLink::Gone(refused) => {
            mailed_link::gone(&visit, &LINK, Some(refused.help_code.as_str().to_owned()))
        }
        OpenedPortalLink::SwitchedOff => off(&visit, &ReturnTo::default()),
    }
}

async fn again(visit: &Visit, refused: &Refused) -> Result<Response, Fault> {
    let told = Told::of(refused, visit.state.auth.now());
    let shown = personal(visit, told.situation, Some(told.refusal.clone())).await;
    shown.map(|response| told.dress(response))
}
