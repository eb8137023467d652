//! What all links with a token share: opening one changes nothing (R34), and its token leaves the address bar at once, for
//! a cookie that the page of that link alone reads (R36).

use axum::response::Response;
use doorward_domain::secret::RawToken;
use doorward_domain::time::Timestamp;
use http::header::SET_COOKIE;

use super::answer;
use super::fields::Query;
use super::seal::{self, Sealed};
use super::visit::{PageKind, Visit, see_other};
use crate::edge::{CookieName, TokenPage};
use crate::problem::{Fault, FaultKind, Situation};
use crate::refusal::seconds_until;
use crate::render::Journey;
use crate::render::views::{DeadLink, LinkDone, LinkInvalid};

/// Life of the cookie that holds a link's token (R36), in seconds.
const COOKIE_SECONDS: u64 = 10 * 60;

/// A kind of link.
pub(super) struct MailedLink {
    /// The page that it leads to.
    pub(super) path: &'static str,
    /// What holds its token meanwhile.
    pub(super) cookie: CookieName,
    /// What is said of one that opens nothing any more.
    pub(super) of: DeadLink,
}

impl MailedLink {
    /// Takes the token out of the address bar. A text that is no token takes the place of an earlier one all the same, so
    /// that a cut-off link never opens the page of another.
    pub(super) fn follow(&self, visit: &Visit, text: &str) -> Result<Response, Fault> {
        visit.workspace()?;
        let mut response = see_other(self.path)?;
        let token = RawToken::parse(text).map(|token| token.expose());
        let kept = token.and_then(|token| visit.context.cookies().set(self.cookie, &token, Some(COOKIE_SECONDS)));
        match kept {
            Some(cookie) => {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            None => answer::forget(visit, self.cookie, &mut response),
        }
        Ok(response)
    }

    /// The token of the link that was followed.
    pub(super) fn token(&self, visit: &Visit) -> Option<RawToken> {
        visit.cookie(self.cookie).and_then(RawToken::parse)
    }

    /// Sends the browser on once the link is spent, and makes it forget the token.
    pub(super) fn spent(&self, visit: &Visit, location: &str) -> Result<Response, Fault> {
        let mut response = see_other(location)?;
        answer::forget(visit, self.cookie, &mut response);
        Ok(token_page(response))
    }
}

/// One page for a link that is spent, too old, cut off or another workspace's (R41).
pub(super) fn gone(visit: &Visit, link: &MailedLink, help_code: Option<String>) -> Result<Response, Fault> {
    let page = LinkInvalid { of: link.of, help_code };
    let shown = visit.page(PageKind::Plain, Situation::Gone, Journey::default(), &page);
    shown.map(token_page)
}

/// Sends the browser on after an undoing that a reset link followed, whose masked address the next page says.
pub(super) fn undone(visit: &Visit, link: &MailedLink, page: Sealed, masked: Option<&str>) -> Result<Response, Fault> {
    (visit.state.mail_promised)();
    let sealed = seal::seal(&visit.state.seal, page, masked.unwrap_or_default());
    link.spent(visit, &format!("{}/done?address={sealed}", link.path))
}

/// The page after that; whatever this server did not seal leads back to the link's own page.
pub(super) fn after(
    visit: &Visit,
    query: &Query,
    link: &MailedLink,
    page: Sealed,
    view: impl FnOnce(Option<String>) -> LinkDone,
) -> Result<Response, Fault> {
    visit.workspace()?;
    let sealed = query.get("address");
    let Some(address) = sealed.and_then(|text| seal::unseal(&visit.state.seal, page, text)) else {
        return see_other(link.path);
    };
    let page = view((!address.is_empty()).then_some(address));
    visit.page(PageKind::Plain, Situation::Shown, Journey::default(), &page)
}

/// Too many tries from this network; the link is still good afterwards.
pub(super) fn try_later(visit: &Visit, retry_at: Option<Timestamp>) -> Fault {
    let now = visit.state.auth.now();
    let seconds = retry_at.map_or(60, |at| seconds_until(at, now).max(1));
    Fault::new(FaultKind::TooManyTries).retry_after(seconds)
}

/// Marks a page that such a token stands behind.
pub(super) fn token_page(mut response: Response) -> Response {
    response.extensions_mut().insert(TokenPage);
    response
}
