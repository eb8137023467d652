//! Going from one host of the server to another (C8): cookies do not, so a ticket does, sent by a form, good once and for a
//! minute.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::founding::{Founding, RedeemedTicket, Ticket, TicketPurpose};
use doorward_domain::ids::{FlowId, UserId, WorkspaceId};
use doorward_domain::method::Method;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::sign_in::{
    Door, FlowPurpose, PasswordVerified, PendingSignIn, PersonFacts, Proofs, ReceiptOutcome, Rule, SignInFacts,
};
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, UserStatus};
use doorward_domain::workspace::Workspace;

use super::found_workspace::{FoundWorkspaceError, admit};
use crate::context::{Attempt, Caller, Context, allowed};
use crate::outcome::{SignInError, SignInOutcome};
use crate::sign_in::{Completed, complete};

const NAME: &str = "arrive-in-own-workspace";

/// How the owner of a new workspace arrived in it.
#[derive(Debug)]
pub enum Arrival {
    /// As after every sign-in.
    SignIn(Box<SignInOutcome>),
    /// They have no password here yet: this attempt sets one.
    ChoosePassword(FlowId),
    /// The ticket opens nothing (any more).
    Gone,
}

/// Gives somebody who is signed in a ticket to the base host, which learns by it who they are.
pub(crate) async fn issue(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: UserId,
) -> Result<RawToken, FoundWorkspaceError> {
    let now = context.now();
    admit(context, caller, now).await?;
    proved(context, workspace.id, user).await?;
    let token = RawToken::generate(context.entropy());
    let ticket = Ticket {
        workspace: workspace.id,
        user,
        purpose: TicketPurpose::Found,
        digest: token.digest(),
        password_chosen: false,
        expires_at: now.plus(context.config.limits.ticket_lifetime()),
    };
    let client = Some(&caller.client);
    let action = AuditAction::TicketIssued;
    let entry = context.audit(workspace.id, Actor::User(user), Some(user), action, client, now);
    context.ports.tickets.issue(ticket, entry).await?;
    Ok(token)
}

/// Takes such a ticket at the base host: whoever brings it can make a workspace as that person, in this browser.
pub(crate) async fn present(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<WorkspaceId, FoundWorkspaceError> {
    let now = context.now();
    if !context.config.self_service {
        return Err(FoundWorkspaceError::Closed);
    }
    let network = vec![context.budgets().network_try(&caller.client.network())];
    let throttle = &context.ports.throttle;
    if let Admission::Exceeded { retry_at, .. } = throttle.consume(WorkspaceId::SERVER, network, now).await? {
        return Err(FoundWorkspaceError::TooMany { retry_at });
    }
    let tickets = &context.ports.tickets;
    let digest = token.digest();
    let redeemed = tickets.redeem(workspace.id, &digest, TicketPurpose::Found, now);
    let redeemed = redeemed.await?.ok_or(FoundWorkspaceError::Over)?;
    let person = proved(context, workspace.id, redeemed.ticket.user).await?.user;
    let address = person.primary_email().map(|email| email.address.clone());
    let id = WorkspaceId::random(context.entropy());
    let founding = Founding {
        workspace: id,
        binding: caller.binding,
        wanted: None,
        person_name: person.name.clone(),
        address: address.ok_or(FoundWorkspaceError::NoProvedAddress)?,
        language: person.language.clone(),
        password: None,
        from: Some((workspace.id, person.id)),
        wrong_tries: 0,
        last_sent_at: now,
        proved_at: Some(now),
        created_at: now,
        expires_at: now.plus(context.config.limits.attempt_lifetime()),
    };
    context.ports.foundings.begin(founding, None).await?;
    Ok(id)
}

/// Somebody who is in, and whose primary address is proved.
async fn proved(context: &Context, workspace: WorkspaceId, user: UserId) -> Result<SignInRecord, FoundWorkspaceError> {
    let record = context.ports.users.find_record(workspace, user).await?;
    let active = record.filter(|record| record.user.status == UserStatus::Active);
    let record = active.ok_or(FoundWorkspaceError::Over)?;
    let primary = record.user.primary_email();
    if primary.is_some_and(|email| email.verified_at.is_some()) {
        Ok(record)
    } else {
        Err(FoundWorkspaceError::NoProvedAddress)
    }
}

/// Takes the ticket with which an owner comes to the workspace that they have just made.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<Arrival, SignInError> {
    let now = context.now();
    let network = caller.client.network();
    let by_network = vec![context.budgets().network_try(&network)];
    let throttle = &context.ports.throttle;
    if let Admission::Exceeded { retry_at, .. } = throttle.consume(workspace.id, by_network, now).await? {
        return Err(SignInError::TooManyTries {
            wait: retry_at.map(|at| at.since(now)),
        });
    }
    let tickets = &context.ports.tickets;
    let digest = token.digest();
    let redeemed = tickets.redeem(workspace.id, &digest, TicketPurpose::Arrive, now);
    let Some(redeemed) = redeemed.await? else {
        return Ok(Arrival::Gone);
    };
    let record = context
        .ports
        .users
        .find_record(workspace.id, redeemed.ticket.user)
        .await?;
    let Some(record) = record.filter(|record| record.user.status == UserStatus::Active) else {
        return Ok(Arrival::Gone);
    };
    match PasswordVerified::from_ticket(&redeemed) {
        Some(password) => sign_in(context, caller, workspace, &record, password, now).await,
        None => choose_password(context, caller, workspace, &record, &redeemed, now).await,
    }
}

async fn sign_in(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    record: &SignInRecord,
    password: PasswordVerified,
    now: Timestamp,
) -> Result<Arrival, SignInError> {
    let Some(address) = record.user.primary_email().map(|email| email.address.clone()) else {
        return Ok(Arrival::Gone);
    };
    let facts = SignInFacts {
        workspace: workspace.id,
        settings: workspace.security.clone(),
        method: Method::Password,
        door: Door::Front,
        person: Some(PersonFacts::of(record, &address)),
        address: Some(address),
        arrival: None,
    };
    let proofs = Proofs {
        password: Some(password),
        ..Proofs::default()
    };
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: Some(record),
        return_to: ReturnTo::default(),
        rehash: None,
        flow: None,
        refunds: Vec::new(),
        clears: Vec::new(),
        notices: Vec::new(),
        now,
    };
    Ok(match complete(context, &facts, proofs, completed).await? {
        Ok(outcome) => Arrival::SignIn(Box::new(outcome)),
        Err(_unproved) => Arrival::Gone,
    })
}

/// An attempt that can set a password and nothing else, as after the operator's link (R73).
async fn choose_password(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    record: &SignInRecord,
    redeemed: &RedeemedTicket,
    now: Timestamp,
) -> Result<Arrival, SignInError> {
    let Some(address) = record.user.primary_email().map(|email| email.address.clone()) else {
        return Ok(Arrival::Gone);
    };
    let flow = PendingSignIn {
        id: FlowId::random(context.entropy()),
        workspace: workspace.id,
        binding: caller.binding,
        purpose: FlowPurpose::Recovery,
        email: address,
        return_to: ReturnTo::default(),
        sign_up: None,
        password_verified: None,
        arrived: None,
        first_step: None,
        user: Some(redeemed.ticket.user),
        wrong_tries: 0,
        last_sent_at: now,
        created_at: now,
        expires_at: now.plus(context.config.limits.attempt_lifetime()),
        ended_at: None,
    };
    let attempt = Attempt {
        name: NAME,
        workspace: workspace.id,
        caller,
        address: Some(flow.email.key()),
        user: flow.user,
        action: AuditAction::SignInContinued,
        outcome: ReceiptOutcome::Granted,
        findings: vec![allowed(Rule::Link, "ticket of whoever made the workspace")],
    };
    let (receipt, audit) = context.account_for(attempt, now);
    let id = flow.id;
    context.ports.flows.begin(flow, None, receipt, audit).await?;
    Ok(Arrival::ChoosePassword(id))
}
