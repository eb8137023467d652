//! `/dev/mailbox`: what would have been mailed. Only where the server keeps mails for reading, and only for this very
//! machine.

use std::sync::Arc;

use axum::extract::{Extension, Path};
use axum::response::{IntoResponse, Json, Response};
use doorward_domain::mail::SentMail;
use doorward_domain::ports::DevelopmentMailbox;
use doorward_domain::time_zone::rfc3339;

use super::fields::Query;
use super::visit::{PageKind, Visit};
use crate::edge::Peer;
use crate::edge::security_headers::InlineStyles;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::Journey;
use crate::render::views::{Mailbox, MailboxEntry, MailboxHeader, MailboxMail, TextPiece};

/// A mail as `/dev/mailbox.json` tells it.
#[derive(serde::Serialize)]
struct MailDocument {
    to: String,
    from: String,
    subject: String,
    text: String,
    html: String,
    headers: serde_json::Map<String, serde_json::Value>,
    sent_at: String,
}

pub(super) async fn list(visit: Visit, peer: Option<Extension<Peer>>) -> Result<Response, Fault> {
    let mails = open(&visit, peer)?.list(None).await;
    let entry = |(index, mail): (usize, &SentMail)| MailboxEntry {
        path: format!("/dev/mailbox/{}", number_of(index, mails.len())),
        to: mail.to.clone(),
        subject: mail.subject.clone(),
        sent_at: rfc3339(mail.sent_at),
    };
    let page = Mailbox {
        mails: mails.iter().enumerate().map(entry).collect(),
    };
    visit.page(PageKind::Plain, Situation::Shown, Journey::default(), &page)
}

pub(super) async fn mail(
    visit: Visit,
    peer: Option<Extension<Peer>>,
    Path(number): Path<String>,
) -> Result<Response, Fault> {
    let mails = open(&visit, peer)?.list(None).await;
    let number: usize = number.parse().map_err(|_| Fault::new(FaultKind::NotFound))?;
    let index = mails.len().checked_sub(number);
    let mail = index
        .and_then(|index| mails.get(index))
        .ok_or_else(|| Fault::new(FaultKind::NotFound))?;
    let header = |(name, value): &(String, String)| MailboxHeader {
        name: name.clone(),
        value: value.clone(),
    };
    let page = MailboxMail {
        to: mail.to.clone(),
        from: mail.from.clone(),
        subject: mail.subject.clone(),
        sent_at: rfc3339(mail.sent_at),
        text: TextPiece::split(&mail.text),
        html: Some(mail.html.clone()).filter(|html| !html.is_empty()),
        headers: mail.headers.iter().map(header).collect(),
    };
    let mut response = visit.page(PageKind::Plain, Situation::Shown, Journey::default(), &page)?;
    response.extensions_mut().insert(InlineStyles);
    Ok(response)
}

pub(super) async fn json(visit: Visit, peer: Option<Extension<Peer>>, query: Query) -> Result<Response, Fault> {
    let to = query.get("to").map(str::to_owned);
    let mails = open(&visit, peer)?.list(to).await;
    let documents: Vec<MailDocument> = mails.into_iter().map(document_of).collect();
    Ok(Json(documents).into_response())
}

/// The mailbox, if there is one and this very machine asks, without anybody in between: a tunnel or proxy on this
/// machine would open it to the world.
fn open(visit: &Visit, peer: Option<Extension<Peer>>) -> Result<&Arc<dyn DevelopmentMailbox>, Fault> {
    let here = peer.is_some_and(|Extension(Peer(peer))| peer.ip().to_canonical().is_loopback())
        && visit.context.caller().address.is_loopback()
        && !visit.was_passed_on();
    let mailbox = visit.state.mailbox.as_ref().filter(|_| here);
    mailbox.ok_or_else(|| Fault::new(FaultKind::NotFound))
}

/// Mails are counted from the oldest, so that a new one changes no address.
const fn number_of(index: usize, count: usize) -> usize {
    count - index
}

fn document_of(mail: SentMail) -> MailDocument {
    let headers = mail.headers.into_iter().map(|(name, value)| (name, value.into()));
    MailDocument {
        to: mail.to,
        from: mail.from,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        headers: headers.collect(),
        sent_at: rfc3339(mail.sent_at),
    }
}
