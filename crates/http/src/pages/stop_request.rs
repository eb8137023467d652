//! `/stop-request`: the link in the mail that announces what staff will do (C10). And `/restore-account`: the link in the mail
//! to whoever deleted their account.

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::account::answer_caller::{StopPage, Stopped};
use doorward_auth::account::delete_account::RestoredAccount;
use serde::Deserialize;

use super::mailed_link::{self, MailedLink, token_page};
use super::notice::{self, Notice};
use super::visit::{PageKind, Visit};
use crate::edge::CookieName;
use crate::extract::Form;
use crate::problem::{Fault, Situation};
use crate::render::Journey;
use crate::render::views::{DeadLink, LinkConfirm};

const STOP: MailedLink = MailedLink {
    path: "/stop-request",
    cookie: CookieName::StopRequestLink,
    of: DeadLink::Warning,
};

const RESTORE: MailedLink = MailedLink {
    path: "/restore-account",
    cookie: CookieName::RestoreAccountLink,
    of: DeadLink::Warning,
};

/// The forms have nothing but their token.
#[derive(Deserialize)]
pub(super) struct Fields {}

pub(super) async fn follow(visit: Visit, Path(text): Path<String>) -> Result<Response, Fault> {
    STOP.follow(&visit, &text)
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(token) = STOP.token(&visit) else {
        return mailed_link::gone(&visit, &STOP, None);
    };
    match visit.state.auth.callers().look_at_stop(workspace, &token).await? {
        StopPage::Confirm { action } => {
            let page = LinkConfirm::StopRequest {
                action: super::admin::callers::words_of(action),
            };
            let shown = visit.page(PageKind::Form, Situation::Shown, Journey::default(), &page);
            shown.map(token_page)
        }
        StopPage::Gone => mailed_link::gone(&visit, &STOP, None),
    }
}

pub(super) async fn submit(visit: Visit, Form(Fields {}): Form<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(token) = STOP.token(&visit) else {
        return mailed_link::gone(&visit, &STOP, None);
    };
    match visit
        .state
        .auth
        .callers()
        .stop(&visit.caller(), workspace, &token)
        .await?
    {
        Stopped::Done => {
            (visit.state.mail_promised)();
            let response = STOP.spent(&visit, "/sign-in")?;
            Ok(notice::leave(&visit, Notice::RequestStopped, response))
        }
        Stopped::Gone => mailed_link::gone(&visit, &STOP, None),
        Stopped::TryLater { retry_at } => Err(mailed_link::try_later(&visit, retry_at)),
    }
}

pub(super) async fn follow_restore(visit: Visit, Path(text): Path<String>) -> Result<Response, Fault> {
    RESTORE.follow(&visit, &text)
}

pub(super) async fn show_restore(visit: Visit) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(token) = RESTORE.token(&visit) else {
        return mailed_link::gone(&visit, &RESTORE, None);
    };
    if visit.state.auth.departures().look_at_restore(workspace, &token).await? {
        let page = LinkConfirm::RestoreAccount;
        let shown = visit.page(PageKind::Form, Situation::Shown, Journey::default(), &page);
        shown.map(token_page)
    } else {
        mailed_link::gone(&visit, &RESTORE, None)
    }
}

pub(super) async fn submit_restore(visit: Visit, Form(Fields {}): Form<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(token) = RESTORE.token(&visit) else {
        return mailed_link::gone(&visit, &RESTORE, None);
    };
    let departures = visit.state.auth.departures();
    match departures.restore_own(&visit.caller(), workspace, &token).await? {
        RestoredAccount::Restored => {
            (visit.state.mail_promised)();
            let response = RESTORE.spent(&visit, "/sign-in")?;
            Ok(notice::leave(&visit, Notice::AccountRestored, response))
        }
        RestoredAccount::Gone => mailed_link::gone(&visit, &RESTORE, None),
        RestoredAccount::TryLater { retry_at } => Err(mailed_link::try_later(&visit, retry_at)),
    }
}
