//! `/not-me`: the link in the mail about a sign-in from a browser not seen before.

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::account::disown_session::{DisownPage, Disowned};
use doorward_domain::time_zone::TimeZone;
use serde::Deserialize;

use super::fields::Query;
use super::mailed_link::{self, MailedLink, token_page};
use super::seal::Sealed;
use super::visit::{PageKind, Visit};
use crate::edge::CookieName;
use crate::extract::Form;
use crate::problem::{Fault, Situation};
use crate::render::views::{DeadLink, LinkConfirm, LinkDone};
use crate::render::{Journey, When};

const LINK: MailedLink = MailedLink {
    path: "/not-me",
    cookie: CookieName::NotMeLink,
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
    match visit.state.auth.account().look_at_disowned(workspace, &token).await? {
        DisownPage::Confirm { at } => {
            // Whoever holds the link need not be signed in, so the zone is theirs only where somebody is.
            let zone = visit.session.as_ref().and_then(|session| session.time_zone.as_deref());
            let page = LinkConfirm::NotMe {
                at: When::of(at, &TimeZone::or_utc(zone)),
            };
            let shown = visit.page(PageKind::Form, Situation::Shown, Journey::default(), &page);
            shown.map(token_page)
        }
        DisownPage::Gone => mailed_link::gone(&visit, &LINK, None),
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
        .disown_session(&visit.caller(), workspace, &token)
        .await?
    {
        Disowned::Done { masked } => mailed_link::undone(&visit, &LINK, Sealed::Disowned, masked.as_deref()),
        Disowned::Gone => mailed_link::gone(&visit, &LINK, None),
        Disowned::TryLater { retry_at } => Err(mailed_link::try_later(&visit, retry_at)),
    }
}

pub(super) async fn done(visit: Visit, query: Query) -> Result<Response, Fault> {
    mailed_link::after(&visit, &query, &LINK, Sealed::Disowned, |address| LinkDone::Disowned {
        address,
    })
}
