//! Opening a personal portal link (B4, B5, R40, R41). The link says who is meant and nothing more: what follows is a code
//! for the contact's own mailbox, within the waits and budgets of every code (R27).

use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::UserId;
use doorward_domain::portal_link::{PortalLink, PortalLinkState};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::sign_in::{Refusal, Rule};
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use super::request_code::{self, CodeRequest, Named};
use super::{over_budget, record_refusal, refused};
use crate::context::{Caller, Context, allowed};
use crate::outcome::{Refused, SignInError, SignInOutcome};

const NAME: &str = "open-portal-link";

/// What the page behind a link shows. Looking changes nothing (R34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalPage {
    /// A code can be sent.
    Ready {
        /// The contact.
        user: UserId,
        /// Their primary address, masked.
        masked: String,
        /// Where the link leads.
        return_to: ReturnTo,
    },
    /// The link opens nothing (any more): cut off, expired, taken back, or another workspace's (R41).
    Gone,
    /// The workspace has portal links switched off.
    SwitchedOff,
}

/// How sending the code ended.
#[derive(Debug)]
pub enum OpenedPortalLink {
    /// What every request for a code comes to: it is on its way, or refused by a budget.
    Code {
        /// Which of the two.
        outcome: SignInOutcome,
        /// Where the link leads.
        return_to: ReturnTo,
    },
    /// The link opens nothing (any more).
    Gone(Refused),
    /// The workspace has portal links switched off.
    SwitchedOff,
    /// Too many tries from this network.
    TryLater(Refused),
}

/// What a link is worth.
enum Found {
    Live(PortalLink, EmailAddress),
    /// Why it is worth nothing, and whom it named, for the receipt.
    Dead(PrivateReason, (Option<EmailKey>, Option<UserId>)),
}

async fn find(
    context: &Context,
    workspace: &Workspace,
    token: &RawToken,
    now: Timestamp,
) -> Result<Found, SignInError> {
    let found = context.ports.portal_links.look(workspace.id, &token.digest()).await?;
    let Some(link) = found else {
        return Ok(Found::Dead(PrivateReason::LinkForeign, (None, None)));
    };
    let user = context.ports.users.find(workspace.id, link.user).await?;
    let address = user
        .as_ref()
        .and_then(|user| user.primary_email())
        .map(|email| email.address.clone());
    let whom = (address.as_ref().map(EmailAddress::key), Some(link.user));
    Ok(match (link.state(now), address) {
        (PortalLinkState::Expired, _) => Found::Dead(PrivateReason::LinkExpired, whom),
        (PortalLinkState::Revoked, _) => Found::Dead(PrivateReason::LinkRevoked, whom),
        (PortalLinkState::Live, None) => Found::Dead(PrivateReason::EmailMissing, whom),
        (PortalLinkState::Live, Some(address)) => Found::Live(link, address),
    })
}

/// Looks at a link.
pub(crate) async fn look(
    context: &Context,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<PortalPage, SignInError> {
    if !workspace.security.portal_links {
        return Ok(PortalPage::SwitchedOff);
    }
    Ok(match find(context, workspace, token, context.now()).await? {
        Found::Live(link, address) => PortalPage::Ready {
            user: link.user,
            masked: address.masked(),
            return_to: link.return_to,
        },
        Found::Dead(..) => PortalPage::Gone,
    })
}

/// Puts a code on its way to the contact that the link names. However often it is called: one mail a wait (R40).
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<OpenedPortalLink, SignInError> {
    if !workspace.security.portal_links {
        return Ok(OpenedPortalLink::SwitchedOff);
    }
    let now = context.now();
    let by_network = vec![context.budgets().network_try(&caller.client.network())];
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, by_network, now).await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, None, None, reason);
        let refused = record_refusal(context, attempt, refusal, retry_at, None, now).await?;
        return Ok(OpenedPortalLink::TryLater(refused));
    }
    let (link, address) = match find(context, workspace, token, now).await? {
        Found::Live(link, address) => (link, address),
        Found::Dead(private, whom) => {
            let refusal = Refusal::new(PublicReason::LinkInvalid, private);
            let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::Link, "opens nothing");
            let refused = record_refusal(context, attempt, refusal, None, None, now).await?;
            return Ok(OpenedPortalLink::Gone(refused));
        }
    };
    let named = Named {
        by: NAME,
        user: link.user,
        finding: allowed(Rule::Link, "personal portal link"),
    };
    let request = CodeRequest {
        workspace: workspace.clone(),
        address,
        return_to: link.return_to.clone(),
    };
    let outcome = request_code::run_named(context, caller, request, named).await?;
    Ok(OpenedPortalLink::Code {
        outcome,
        return_to: link.return_to,
    })
}
