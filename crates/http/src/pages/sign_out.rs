//! `/sign-out`: ends the session, here and on the server.

use axum::response::Response;
use serde::Deserialize;

use super::answer;
use super::notice::{self, Notice};
use super::visit::{Visit, see_other};
use crate::edge::CookieName;
use crate::edge::cookies::CLEAR_SITE_DATA;
use crate::extract::Form;
use crate::problem::Fault;

/// The form has nothing but its token.
#[derive(Deserialize)]
pub(super) struct Fields {}

pub(super) async fn submit(visit: Visit, Form(Fields {}): Form<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    if let (Some(session), Some(token)) = (&visit.session, visit.context.credential().session_token()) {
        let (client, token) = (visit.context.client(), token.digest());
        // That it ended a moment ago by itself is as good.
        let _ended = visit
            .state
            .auth
            .sign_in()
            .sign_out(&client, workspace, &token, session.user)
            .await?;
    }
    let mut response = answer::with_header(see_other("/")?, CLEAR_SITE_DATA);
    answer::forget(&visit, CookieName::Session, &mut response);
    Ok(notice::leave(&visit, Notice::SignedOut, response))
}
