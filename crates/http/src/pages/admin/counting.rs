//! *Preview changes*, while everybody is looked at: the page is sent as it is made, so that it shows how far the count has
//! come, without a script. What has come supersedes what came before by the style sheet alone.

use std::io;
use std::sync::Arc;

use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use doorward_auth::workspace::preview_settings::PreviewEvent;
use doorward_domain::settings::SecuritySettings;

use super::Desk;
use super::security::{Again, Filled, preview_of, view};
use crate::lines::{self, LineSender};
use crate::pages::visit::PageKind;
use crate::previewing::Previewing;
use crate::problem::{Fault, Situation};
use crate::render::views::admin::security::{Counting, CountingLine};
use crate::render::{Journey, Page};

/// Where the page is cut: after the lines that tell how far the count has come, before what came of it.
const CUT: &str = "<!--counting-->";
/// How often it is told, at most.
const STEPS: u64 = 10;

/// The answer: its beginning at once, a line with each tenth that was looked at, and the rest at the end.
pub(super) async fn respond(desk: Desk, filled: Filled, settings: SecuritySettings) -> Result<Response, Fault> {
    let (acting, workspace) = (desk.acting(), Arc::clone(&desk.member.workspace));
    let previewing = Previewing::begin(&desk.visit().state, acting, workspace, settings, false).await?;
    let counting = Counting {
        seen: 0,
        of: previewing.of.max(1),
        broken: false,
    };
    let opening = view(&desk, filled.clone(), Again::with(None, Some(counting)));
    let opening = drawn(&desk, &opening)?;
    let Some((opening, _)) = opening.split_once(CUT) else {
        // A template of the operator's own that shows no progress.
        let preview = preview_of(&desk, &previewing.made().await?);
        return desk.page(Situation::Shown, &view(&desk, filled, Again::with(Some(preview), None)));
    };
    let (sender, body) = lines::body();
    let opening = Bytes::from(opening.to_owned());
    tokio::spawn(async move {
        if sender.send(Ok(opening)).await.is_err() {
            return;
        }
        let last = tokio::select! {
            last = count(&desk, filled, previewing, &sender, counting.of) => last,
            // Nobody reads any more: the count ends with what it is told to.
            () = sender.closed() => return,
        };
        if last.is_none() {
            let broken = CountingLine {
                counting: Counting {
                    broken: true,
                    ..counting
                },
            };
            if let Ok(line) = drawn(&desk, &broken) {
                let _ = sender.send(Ok(Bytes::from(line))).await;
            }
            // The status is out already, so that breaking off is what tells that this is not the whole.
            let _ = sender.send(Err(io::ErrorKind::Other.into())).await;
        }
    });
    Ok((Situation::Shown.status(), Html(body)).into_response())
}

/// Sends a line for each step, and what came of it at the end; `None` where it broke off.
async fn count(
    desk: &Desk,
    filled: Filled,
    mut previewing: Previewing,
    sender: &LineSender,
    mut of: u64,
) -> Option<()> {
    let mut told = 0;
    while let Some(event) = previewing.next().await {
        let PreviewEvent::Progress { seen, of: at_least } = event else {
            continue;
        };
        of = of.max(at_least);
        let step = seen.saturating_mul(STEPS) / of;
        if step > told {
            told = step;
            let broken = false;
            let line = CountingLine {
                counting: Counting { seen, of, broken },
            };
            let line = drawn(desk, &line).ok()?;
            sender.send(Ok(Bytes::from(line))).await.ok()?;
        }
    }
    let preview = preview_of(desk, &previewing.made().await.ok()?);
    let counting = Counting {
        seen: of,
        of,
        broken: false,
    };
    let whole = view(desk, filled, Again::with(Some(preview), Some(counting)));
    let whole = drawn(desk, &whole).ok()?;
    let (_, rest) = whole.split_once(CUT)?;
    sender.send(Ok(Bytes::from(rest.to_owned()))).await.ok()
}

fn drawn<P: Page>(desk: &Desk, page: &P) -> Result<String, Fault> {
    let html = desk.visit().drawn(PageKind::Form, Journey::default(), None, page)?;
    Ok(html.0)
}
