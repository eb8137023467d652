//! Typing the emailed code: to sign in (B2), to prove a mailbox after a password, or to finish a sign-up (A3).

use std::time::Duration;

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::{EmailId, FlowId, UserId, WorkspaceId};
use doorward_domain::method::Method;
use doorward_domain::ports::{CodeTry, MailboxProof, NewUser, RedeemedCode, TryCode, UserCreated};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::Role;
use doorward_domain::secret::EmailCode;
use doorward_domain::sign_in::{
    ArrivalFacts, Door, EmailProven, Finding, FlowPurpose, PendingSignIn, PersonFacts, Proofs, ProviderVerified,
    Refusal, Rule, SignInFacts,
};
use doorward_domain::throttle::{Admission, Charge};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, User, UserEmail, UserStatus};
use doorward_domain::workspace::Workspace;

use super::admission::admit_network;
use super::finish::{cleared_by_success, over_budget, refused};
use super::with_provider::{arrival_facts, keeps_out, make_person};
use super::{Completed, complete, refuse};
use crate::context::{Caller, Context};
use crate::outcome::{SignInError, SignInOutcome};

/// A try to redeem a code.
#[derive(Debug, Clone)]
pub struct CodeRedemption {
    /// Where.
    pub workspace: Workspace,
    /// The attempt.
    pub flow: FlowId,
    /// What the attempt must be for.
    pub purpose: FlowPurpose,
    /// What was typed.
    pub typed: String,
}

/// Redeems a code, at most once, and goes on with the attempt.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: CodeRedemption,
) -> Result<SignInOutcome, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let name = match request.purpose {
        FlowPurpose::SignUp => "verify-sign-up",
        FlowPurpose::OneMoreStep => "finish-one-more-step",
        // Attempts of the last three kinds have no code to redeem here; whoever names one is told that it is over.
        FlowPurpose::SignIn | FlowPurpose::SecondStep | FlowPurpose::FreshProof | FlowPurpose::Recovery => {
            "redeem-code"
        }
    };
    let of_network = match admit_network(context, caller, name, workspace, Some(request.flow), now).await? {
        Ok(charge) => charge,
        Err(turned_away) => return Ok(turned_away),
    };
    let flow = context.ports.flows.find(workspace.id, request.flow).await?;
    let own = flow
        .filter(|flow| flow.belongs_to(caller.binding) && flow.purpose == request.purpose && takes_codes(flow.purpose));
    let Some(flow) = own else {
        context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
        let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::FlowOver);
        let attempt = refused(
            name,
            workspace,
            caller,
            (None, None),
            refusal,
            Rule::Attempt,
            "no such attempt in this browser",
        );
        return refuse(context, attempt, refusal, None, None, now).await;
    };
    let key = flow.email.key();
    let standing = context.standing(caller, workspace.id, &key);
    let failures = context.budgets().code_failures(&key, &standing);
    if let Admission::Exceeded { reason, retry_at } = context
        .ports
        .throttle
        .consume(workspace.id, failures.clone(), now)
        .await?
    {
        let (attempt, refusal) = over_budget(name, workspace, caller, Some(&flow.email), None, reason);
        return refuse(context, attempt, refusal, retry_at, Some(flow.id), now).await;
    }
    // The network first, as everywhere: transactions that take the same counters in two orders wait for each other.
    let charges = std::iter::once(of_network).chain(failures).collect();

    let tried = context
        .ports
        .flows
        .try_code(TryCode {
            workspace: workspace.id,
            flow: flow.id,
            binding: caller.binding,
            purpose: request.purpose,
            digest: EmailCode::parse(&request.typed).map(|code| code.digest(&context.config.code_key, flow.id)),
            max_tries: context.config.limits.code_tries_per_attempt,
            now,
        })
        .await?;
    match tried {
        CodeTry::Redeemed(redeemed) => finish(context, caller, name, workspace, redeemed, charges, now).await,
        CodeTry::Wrong { tries_left } => {
            slow_down_above_the_ceiling(context, now).await?;
            wrong(context, caller, name, workspace, &flow, tries_left, now).await
        }
        other => {
            context.ports.throttle.refund(workspace.id, charges).await?;
            let (public, private, saw) = match other {
                CodeTry::Expired => (
                    PublicReason::CodeExpired,
                    PrivateReason::CodeExpired,
                    "right, past its life",
                ),
                CodeTry::Spent => (PublicReason::CodeSpent, PrivateReason::CodeSpent, "right, used already"),
                _ if flow.wrong_tries >= context.config.limits.code_tries_per_attempt => {
                    (PublicReason::CodeSpent, PrivateReason::CodeTriesSpent, "out of tries")
                }
                _ => (
                    PublicReason::SessionExpired,
                    PrivateReason::FlowOver,
                    "the attempt is over",
                ),
            };
            let refusal = Refusal::new(public, private);
            let attempt = refused(
                name,
                workspace,
                caller,
                (Some(key), None),
                refusal,
                Rule::Credential,
                saw,
            );
            refuse(context, attempt, refusal, None, Some(flow.id), now).await
        }
    }
}

/// Whether a code of an attempt of this kind signs somebody in or up.
const fn takes_codes(purpose: FlowPurpose) -> bool {
    matches!(
        purpose,
        FlowPurpose::SignIn | FlowPurpose::SignUp | FlowPurpose::OneMoreStep
    )
}

async fn wrong(
    context: &Context,
    caller: &Caller,
    name: &'static str,
    workspace: &Workspace,
    flow: &PendingSignIn,
    tries_left: u32,
    now: Timestamp,
) -> Result<SignInOutcome, SignInError> {
    let refusal = if tries_left == 0 {
        Refusal::new(PublicReason::CodeSpent, PrivateReason::CodeTriesSpent)
    } else {
        Refusal::new(PublicReason::CodeWrong, PrivateReason::CodeWrong)
    };
    let saw = format!("not a code of this attempt, {tries_left} tries left");
    let attempt = refused(
        name,
        workspace,
        caller,
        (Some(flow.email.key()), None),
        refusal,
        Rule::Credential,
        saw,
    );
    let outcome = refuse(context, attempt, refusal, None, Some(flow.id), now).await?;
    Ok(match outcome {
        SignInOutcome::Refused(mut refused) => {
            refused.tries_left = Some(tries_left);
            SignInOutcome::Refused(refused)
        }
        other => other,
    })
}

/// R24: above the server-wide ceiling of wrong codes, wrong answers come slowly and an alert is raised; right codes are
/// not held up.
pub(crate) async fn slow_down_above_the_ceiling(context: &Context, now: Timestamp) -> Result<(), SignInError> {
    let charge = context.budgets().server_code_failure();
    if let Admission::Exceeded { .. } = context
        .ports
        .throttle
        .consume(WorkspaceId::SERVER, vec![charge], now)
        .await?
    {
        tracing::warn!("more wrong codes this hour than the ceiling of the server");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

async fn finish(
    context: &Context,
    caller: &Caller,
    name: &'static str,
    workspace: &Workspace,
    mut redeemed: RedeemedCode,
    charges: Vec<Charge>,
    now: Timestamp,
) -> Result<SignInOutcome, SignInError> {
    let address = redeemed.flow.email.clone();
    let key = address.key();
    let flow = redeemed.flow.id;
    let return_to = redeemed.flow.return_to.clone();
    let arrival = match &redeemed.flow.arrived {
        Some(arrived) => Some(arrival_facts(context, workspace, Method::Provider, arrived).await?),
        None => None,
    };
    let mut record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    match &record {
        Some(known) if known.user.status == UserStatus::Active => {
            record = claim(context, caller, workspace, &mut redeemed, known, now).await?;
        }
        None if redeemed.flow.purpose == FlowPurpose::SignUp => {
            if !workspace.security.may_sign_up(&address) {
                context.ports.throttle.refund(workspace.id, charges).await?;
                let refusal = Refusal::new(PublicReason::SignUpClosed, PrivateReason::SignUpClosed);
                let saw = "closed since the sign-up began";
                let attempt = refused(
                    name,
                    workspace,
                    caller,
                    (Some(key), None),
                    refusal,
                    Rule::SignUpAllowed,
                    saw,
                );
                return refuse(context, attempt, refusal, None, None, now).await;
            }
            record = make_account(context, caller, workspace, &mut redeemed, now).await?;
        }
        None if redeemed.flow.purpose == FlowPurpose::OneMoreStep => {
            let settled = match &arrival {
                Some(arrival) => settle(context, caller, workspace, &mut redeemed, arrival, now).await?,
                None => Settled::Account(None),
            };
            match settled {
                Settled::Account(settled) => record = settled.map(|record| *record),
                Settled::KeptOut(refusal, finding) => {
                    context.ports.throttle.refund(workspace.id, charges).await?;
                    let saw = finding.saw;
                    let attempt = refused(name, workspace, caller, (Some(key), None), refusal, finding.rule, saw);
                    return refuse(context, attempt, refusal, None, None, now).await;
                }
            }
        }
        _ => {}
    }

    let person = record.as_ref().map(|record| PersonFacts::of(record, &address));
    let proved_password = redeemed.flow.password_verified;
    let facts = SignInFacts {
        workspace: workspace.id,
        settings: workspace.security.clone(),
        method: match (&arrival, proved_password) {
            (Some(_), _) => Method::Provider,
            (None, Some(_)) => Method::Password,
            (None, None) => Method::EmailCode,
        },
        door: Door::Front,
        address: Some(address.clone()),
        arrival,
        person,
    };
    let proofs = Proofs {
        email: Some(EmailProven::from_redeemed(&redeemed)),
        provider: ProviderVerified::from_pending(&redeemed.flow),
        ..Proofs::default()
    };
    let standing = context.standing(caller, workspace.id, &key);
    let completed = Completed {
        name,
        workspace,
        caller,
        record: record.as_ref(),
        return_to,
        rehash: None,
        flow: Some(flow),
        refunds: vec![context.budgets().network_failure(&caller.client.network())],
        clears: cleared_by_success(context, &key, &standing),
        notices: Vec::new(),
        now,
    };
    if let Ok(outcome) = complete(context, &facts, proofs, completed).await? {
        match &outcome {
            SignInOutcome::Refused(_) => context.ports.throttle.refund(workspace.id, charges).await?,
            // The code was right, so its try was no failure; the network's was given back already.
            SignInOutcome::SecondStep(_) => {
                let of_address = context.budgets().code_failures(&key, &standing);
                context.ports.throttle.refund(workspace.id, of_address).await?;
            }
            _ => {}
        }
        return Ok(outcome);
    }
    // The mailbox has just been proved, so no further proof of it can be wanted unless the address was taken from the
    // account while this ran.
    let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::CredentialsChanged);
    let saw = "the address changed meanwhile";
    let attempt = refused(
        name,
        workspace,
        caller,
        (Some(key), None),
        refusal,
        Rule::StillTrue,
        saw,
    );
    refuse(context, attempt, refusal, None, None, now).await
}

/// What became of a proved address that nobody has.
enum Settled {
    /// It is on an account now: on a new one, or on that of the contact whom the helpdesk knew by the identity alone (A1).
    Account(Option<Box<SignInRecord>>),
    /// It is on none: the workspace takes nobody in like that.
    KeptOut(Refusal, Finding),
}

/// Finds a place for an address that nobody has, and whose owner was sent by a provider.
async fn settle(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    redeemed: &mut RedeemedCode,
    arrival: &ArrivalFacts,
    now: Timestamp,
) -> Result<Settled, SignInError> {
    let address = redeemed.flow.email.clone();
    if let Some(user) = arrival.connected_to {
        let email = UserEmail {
            id: EmailId::random(context.entropy()),
            address: address.clone(),
            primary: true,
            verified_at: Some(now),
        };
        let audit = context.audit(
            workspace.id,
            Actor::User(user),
            Some(user),
            AuditAction::EmailProved,
            Some(&caller.client),
            now,
        );
        if context
            .ports
            .emails
            .give_first(workspace.id, user, email, audit)
            .await?
        {
            let known = context.ports.users.find_record(workspace.id, user).await?;
            return Ok(Settled::Account(known.map(Box::new)));
        }
    } else if let Some((refusal, finding)) = keeps_out(workspace, arrival, Some(&address)) {
        return Ok(Settled::KeptOut(refusal, finding));
    } else if let Some(arrived) = &redeemed.flow.arrived
        && let Some(made) = make_person(context, caller, workspace, arrived, &address, now).await?
    {
        return Ok(Settled::Account(Some(Box::new(made))));
    }
    // Somebody has the address by now: whoever it is, the mailbox is proved.
    let known = context
        .ports
        .users
        .find_for_sign_in(workspace.id, &address.key())
        .await?;
    let known = match known {
        Some(known) if known.user.status == UserStatus::Active => {
            claim(context, caller, workspace, redeemed, &known, now).await?
        }
        known => known,
    };
    Ok(Settled::Account(known.map(Box::new)))
}

/// The mailbox is proved: what its owner gains by that (A2), and what an unproved claimant loses (R57).
async fn claim(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    redeemed: &mut RedeemedCode,
    known: &SignInRecord,
    now: Timestamp,
) -> Result<Option<SignInRecord>, SignInError> {
    let key = redeemed.flow.email.key();
    let id = known.user.id;
    let verified = known.user.email(&key).is_some_and(|email| email.verified_at.is_some());
    let keeps_password = redeemed.flow.password_verified == Some(id);
    let sets_password = redeemed.flow.sign_up.is_some() && (known.password.is_none() || (!verified && !keeps_password));
    if verified && !sets_password {
        return Ok(Some(known.clone()));
    }
    let (actor, client) = (Actor::User(id), Some(&caller.client));
    let audit = |action| context.audit(workspace.id, actor.clone(), Some(id), action, client, now);
    let proof = MailboxProof {
        workspace: workspace.id,
        user: id,
        address: key.clone(),
        keep_password: keeps_password,
        password: redeemed.flow.sign_up.as_ref().map(|sign_up| {
            let set = audit(AuditAction::PasswordSet);
            (sign_up.password.clone(), set)
        }),
        name: redeemed.flow.sign_up.as_ref().map(|sign_up| sign_up.name.clone()),
        now,
    };
    let proved = audit(AuditAction::EmailProved);
    if context.ports.credentials.prove_mailbox(proof, proved).await? && sets_password {
        redeemed.flow.password_verified = Some(id);
    }
    Ok(context.ports.users.find_record(workspace.id, id).await?)
}

/// The mailbox is proved and nobody has it: the account comes into being now, and not before (A3).
async fn make_account(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    redeemed: &mut RedeemedCode,
    now: Timestamp,
) -> Result<Option<SignInRecord>, SignInError> {
    let Some(sign_up) = redeemed.flow.sign_up.clone() else {
        return Ok(None);
    };
    let id = UserId::random(context.entropy());
    let user = User {
        id,
        workspace: workspace.id,
        name: sign_up.name,
        role: Role::Customer,
        custom_role: None,
        status: UserStatus::Active,
        language: None,
        time_zone: None,
        emails: vec![UserEmail {
            id: EmailId::random(context.entropy()),
            address: redeemed.flow.email.clone(),
            primary: true,
            verified_at: Some(now),
        }],
        organisations: Vec::new(),
        has_password: true,
        picture_at: None,
        created_at: now,
        last_sign_in_at: None,
    };
    let audit = context.audit(
        workspace.id,
        Actor::User(id),
        Some(id),
        AuditAction::UserCreated,
        Some(&caller.client),
        now,
    );
    let new = NewUser {
        user,
        password: Some(sign_up.password),
        invite: None,
    };
    match context.ports.users.create(new, audit).await? {
        UserCreated::Created => {
            redeemed.flow.password_verified = Some(id);
            Ok(context.ports.users.find_record(workspace.id, id).await?)
        }
        UserCreated::AddressTaken(owner) => {
            let known = context.ports.users.find_record(workspace.id, owner).await?;
            match known {
                Some(known) if known.user.status == UserStatus::Active => {
                    claim(context, caller, workspace, redeemed, &known, now).await
                }
                known => Ok(known),
            }
        }
    }
}
