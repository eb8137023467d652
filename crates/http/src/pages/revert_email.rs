//! `/revert-email`: undoing a change of addresses by the link that told of it (R48).

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::account::revert_email::{RevertEmailPage, RevertedEmail};
use serde::Deserialize;

use super::fields::Query;
use super::mailed_link::{self, MailedLink, token_page};
use super::seal::Sealed;
use super::visit::{PageKind, Visit};
use crate::edge::CookieName;
use crate::extract::Form;
use crate::problem::{Fault, Situation};
use crate::render::Journey;
use crate::render::views::{DeadLink, LinkConfirm, LinkDone};

const LINK: MailedLink = MailedLink {
    path: "/revert-email",
    cookie: CookieName::RevertEmailLink,
    of: DeadLink::Warning,
};

/// The form has nothing but its token.
#[derive(Deserialize)]
pub(super) struct Fields {}

pub(super) async fn follow(visit: Visit, Path(text): Path<String>) -> Result<Response, Fault> {
    LINK.follow(&visit, &text)
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(token) = LINK.token(&visit) else {
        return mailed_link::gone(&visit, &LINK, None);
    };
    visit.state.auth.logs().link_opened(workspace, &token.digest()).await;
    match visit.state.auth.account().look_at_revert(workspace, &token).await? {
        RevertEmailPage::Confirm { change, masked } => {
            let page = LinkConfirm::RevertEmail {
                change: change.as_str(),
                address: masked,
            };
            let shown = visit.page(PageKind::Form, Situation::Shown, Journey::default(), &page);
            shown.map(token_page)
        }
        RevertEmailPage::Gone => mailed_link::gone(&visit, &LINK, None),
    }
}

pub(super) async fn submit(visit: Visit, Form(Fields {}): Form<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(token) = LINK.token(&visit) else {
        return mailed_link::gone(&visit, &LINK, None);
    };
    match visit
        .state
        .auth
        .account()
        .revert_email(&visit.caller(), workspace, &token)
        .await?
    {
        RevertedEmail::Reverted { masked } => mailed_link::undone(&visit, &LINK, Sealed::Reverted, masked.as_deref()),
        RevertedEmail::TakenElsewhere => {
            let situation = Situation::Conflict;
            let shown = visit.page(PageKind::Plain, situation, Journey::default(), &LinkDone::RevertTaken);
            shown.map(token_page)
        }
        RevertedEmail::Gone => mailed_link::gone(&visit, &LINK, None),
        RevertedEmail::TryLater { retry_at } => Err(mailed_link::try_later(&visit, retry_at)),
    }
}

pub(super) async fn done(visit: Visit, query: Query) -> Result<Response, Fault> {
    mailed_link::after(&visit, &query, &LINK, Sealed::Reverted, |address| LinkDone::Reverted {
        address,
    })
}
