//! *Trouble signing in?* (B17): whoever enters an address has its mailbox told how its owner gets in, what became of the
//! last mails, and what to do next. The answer on the page is the same whoever has the address (B16, R90).

use doorward_domain::audit::AuditAction;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::mail::Message;
use doorward_domain::ports::IssueLink;
use doorward_domain::report::{ReportFacts, report};
use doorward_domain::sign_in::{ReceiptOutcome, Rule};
use doorward_domain::throttle::Admission;
use doorward_domain::user::User;
use doorward_domain::ways_in::{provider_ways, ways_in};
use doorward_domain::workspace::Workspace;

use crate::context::{Attempt, Caller, Context, Recipient, allowed, asked_by};
use crate::outcome::{Refused, SignInError};
use crate::people::explain;
use crate::sign_in::request_code::alert_on_flood;
use crate::sign_in::{over_budget, record_refusal};

const NAME: &str = "request-report";

/// How many of the last mails are looked at.
const LAST: u32 = 5;

/// A request for a report.
#[derive(Debug, Clone)]
pub struct ReportRequest {
    /// Where.
    pub workspace: Workspace,
    /// The address that was typed.
    pub address: EmailAddress,
}

/// How a request for a report ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportRequested {
    /// A message is on its way, whoever has the address.
    Sent {
        /// The typed address, masked.
        masked: String,
    },
    /// No.
    Refused(Refused),
}

/// Puts the report on its way to the mailbox. It goes to the stored address, never to the spelling that was typed (R45).
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: ReportRequest,
) -> Result<ReportRequested, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let address = &request.address;
    let key = address.key();
    let standing = context.standing(caller, workspace.id, &key);
    let charges = context.budgets().report(&caller.client.network(), &key, &standing);
    if let Admission::Exceeded { reason, retry_at } = context.ports.throttle.consume(workspace.id, charges, now).await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, Some(address), None, reason);
        let refused = record_refusal(context, attempt, refusal, retry_at, None, now).await?;
        return Ok(ReportRequested::Refused(refused));
    }
    alert_on_flood(context, workspace, now).await?;
    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    // The same reads for whoever nobody knows, so that no answer takes longer than another (R90).
    let person = match &record {
        Some(record) => Some(explain::person_facts(context, workspace, record, address).await?),
        None => None,
    };
    let mails = context.ports.outbox.last_to(workspace.id, &key, LAST).await?;
    let user = record.as_ref().map(|record| &record.user);
    let charges = context.budgets().waits_of(&key, user.map(|user| user.id), &[]);
    let waits = explain::waits_in_force(context, workspace, &charges, now).await?;
    let reach = explain::hand_over_reach(context, workspace).await?;
    let surroundings = explain::surroundings(context, workspace, address, &[], reach, now);
    let providers = context.ports.provider.offered(workspace);
    let offered = providers.iter().map(|provider| provider.id.clone());
    let report = report(&ReportFacts {
        settings: &workspace.security,
        person: person.as_ref(),
        ways: &ways_in(&workspace.security, person.as_ref(), surroundings),
        provider_ways: &provider_ways(&workspace.security, person.as_ref(), offered, surroundings),
        providers: &providers,
        waits: &waits,
        mails: &mails,
    });
    let sign_up_url =
        (person.is_none() && workspace.security.may_sign_up(address)).then(|| context.url(workspace, "/sign-up"));
    let message = Message::SignInReport {
        report: Box::new(report),
        sign_up_url,
        asked_by: asked_by(caller, now),
    };
    let reader = Recipient {
        address: stored(user, address),
        reader: user,
        language: &caller.language,
    };
    let mail = context.mail(workspace, reader, message, None, now);
    let attempt = Attempt {
        name: NAME,
        workspace: workspace.id,
        caller,
        address: Some(key),
        user: user.map(|user| user.id),
        action: AuditAction::ReportRequested,
        outcome: ReceiptOutcome::Sent,
        findings: vec![allowed(Rule::Budget, "mail put on its way")],
    };
    let (receipt, audit) = context.account_for(attempt, now);
    let issue = IssueLink {
        link: None,
        live_links: 0,
        mail: Some(mail),
        receipt: Some(receipt),
        audit,
    };
    context.ports.links.issue(issue).await?;
    Ok(ReportRequested::Sent {
        masked: address.masked(),
    })
}

fn stored(user: Option<&User>, typed: &EmailAddress) -> EmailAddress {
    user.and_then(|user| user.email(&typed.key()))
        .map_or_else(|| typed.clone(), |email| email.address.clone())
}
