//! `/verify-email`: proving a further address by the link that was mailed to it (A5, R47).

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::account::verify_email::{VerifiedEmail, VerifyEmailPage};
use serde::Deserialize;

use super::fields::Query;
use super::mailed_link::{self, MailedLink, token_page};
use super::seal::{self, Sealed};
use super::visit::{PageKind, Visit, see_other};
use crate::edge::CookieName;
use crate::extract::Form;
use crate::problem::{Fault, Situation};
use crate::render::Journey;
use crate::render::views::{DeadLink, LinkConfirm, LinkDone};

const LINK: MailedLink = MailedLink {
    path: "/verify-email",
    cookie: CookieName::VerifyEmailLink,
    of: DeadLink::VerifyEmail,
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
    match visit
        .state
        .auth
        .account()
        .look_at_verification(workspace, &token)
        .await?
    {
        VerifyEmailPage::Confirm { masked, account } => {
            let page = LinkConfirm::VerifyEmail {
                address: masked,
                account,
            };
            let shown = visit.page(PageKind::Form, Situation::Shown, Journey::default(), &page);
            shown.map(token_page)
        }
        VerifyEmailPage::Gone => mailed_link::gone(&visit, &LINK, None),
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
        .verify_email(&visit.caller(), workspace, &token)
        .await?
    {
        VerifiedEmail::Verified { masked } => {
            (visit.state.mail_promised)();
            let sealed = seal::seal(&visit.state.seal, Sealed::Verified, &masked);
            LINK.spent(&visit, &format!("/verify-email/done?address={sealed}"))
        }
        VerifiedEmail::TakenElsewhere => {
            let situation = Situation::Conflict;
            let shown = visit.page(PageKind::Plain, situation, Journey::default(), &LinkDone::VerifyTaken);
            shown.map(token_page)
        }
        VerifiedEmail::Gone => mailed_link::gone(&visit, &LINK, None),
        VerifiedEmail::TryLater { retry_at } => Err(mailed_link::try_later(&visit, retry_at)),
    }
}

pub(super) async fn done(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let sealed = query.get("address");
    let Some(address) = sealed.and_then(|text| seal::unseal(&visit.state.seal, Sealed::Verified, text)) else {
        return see_other(LINK.path);
    };
    let page = LinkDone::Verified { address };
    visit.page(PageKind::Plain, Situation::Shown, Journey::default(), &page)
}
