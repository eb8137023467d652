//! Fresh proof ("step-up"): somebody who is signed in shows anew who they are, before a sensitive change (R11, R72, R79).
//!
//! One mechanism for all such changes: it renews the session, whose `proved_at` every sensitive use case asks for through
//! [`FreshProof`](doorward_domain::fresh_proof::FreshProof).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::{FreshProofWay, fresh_proof_ways};
use doorward_domain::ids::{CeremonyId, FlowId};
use doorward_domain::mail::{NewMail, SecurityEvent};
use doorward_domain::passkey::CeremonyPurpose;
use doorward_domain::ports::{CodeTry, HasherError, PasswordCheck, RenewSession, Renewed, TryCode};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::second_factor::{FactorUse, TypedFactor};
use doorward_domain::secret::{EmailCode, Password, RawToken, TokenDigest};
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::{FlowPurpose, PasskeyVerified, ReceiptOutcome, Refusal, Rule, SecondFactorVerified};
use doorward_domain::throttle::{Admission, Charge, Standing, ThrottleKey};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, UserStatus};
use doorward_domain::workspace::Workspace;
use serde_json::Value;

use super::rounds;
use crate::context::{Attempt, Caller, Context, allowed};
use crate::outcome::{PasskeyChallenge, Refused, SignInError, SignInOutcome};
use crate::sign_in::redeem_code::slow_down_above_the_ceiling;
use crate::sign_in::request_code::{CodeMail, Mail, Send, send_code};
use crate::sign_in::{Shown, look_at, over_budget, record_refusal, refused, saw_wrong};

const NAME: &str = "prove-afresh";

/// What somebody shows.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// Their password.
    Password(Password),
    /// A code of their authenticator app, or a backup code, as typed.
    SecondFactor(String),
    /// The answer of a passkey.
    Passkey {
        /// The round.
        ceremony: CeremonyId,
        /// What the authenticator answered.
        answer: Value,
    },
    /// A code that was mailed to them for this.
    EmailCode {
        /// The attempt that [`send_code`](crate::Factors::send_fresh_proof_code) began.
        flow: FlowId,
        /// What was typed.
        typed: String,
    },
}

impl Evidence {
    const fn way(&self) -> FreshProofWay {
        match self {
            Self::Password(_) => FreshProofWay::Password,
            Self::SecondFactor(_) => FreshProofWay::SecondFactor,
            Self::Passkey { .. } => FreshProofWay::Passkey,
            Self::EmailCode { .. } => FreshProofWay::EmailCode,
        }
    }
}

/// How it ended.
#[derive(Debug)]
pub enum ProvedAfresh {
    /// Proved. The session goes on under a new token; the old one is dead (R79).
    Proved {
        /// The new token, to be given out once.
        token: RawToken,
        /// The session, with its new `proved_at`.
        session: Box<SessionView>,
    },
    /// No.
    Refused(Refused),
    /// The session is over, or goes on under another token than the one that was presented: another proof came first.
    SignedOut,
}

/// The ways that count for whoever this session belongs to.
pub(crate) async fn ways(
    context: &Context,
    workspace: &Workspace,
    session: &SessionView,
) -> Result<Vec<FreshProofWay>, SignInError> {
    let record = context.ports.users.find_record(workspace.id, session.user).await?;
    Ok(record.map_or_else(Vec::new, |record| ways_of(&record)))
}

fn ways_of(record: &SignInRecord) -> Vec<FreshProofWay> {
    let mailbox = record.user.emails.iter().any(|email| email.verified_at.is_some());
    fresh_proof_ways(record.password.is_some(), record.factors, mailbox)
}

/// Puts a code on its way to the primary mailbox; `None` where a code does not count, or there is no proved mailbox.
pub(crate) async fn send_fresh_proof_code(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    session: &SessionView,
) -> Result<Option<SignInOutcome>, SignInError> {
    let now = context.now();
    let record = context.ports.users.find_record(workspace.id, session.user).await?;
    let Some(record) = record.filter(|record| ways_of(record).contains(&FreshProofWay::EmailCode)) else {
        return Ok(None);
    };
    let mailbox = record
        .user
        .emails
        .iter()
        .find(|email| email.primary && email.verified_at.is_some())
        .or_else(|| record.user.emails.iter().find(|email| email.verified_at.is_some()));
    let Some(address) = mailbox.map(|email| email.address.clone()) else {
        return Ok(None);
    };
    let send = Send {
        name: NAME,
        purpose: FlowPurpose::FreshProof,
        workspace,
        address,
        return_to: ReturnTo::default(),
        sign_up: None,
        arrived: None,
        flow: None,
        password_verified: None,
        user: Some(record.user.id),
        record: Some(record),
        findings: Vec::new(),
        action: AuditAction::CodeRequested,
        mail: Mail::Code(CodeMail::FreshProof),
    };
    send_code(context, caller, send, now).await.map(Some)
}

/// Begins showing a passkey; `None` where the person has none.
pub(crate) async fn begin_passkey(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    session: &SessionView,
    origin: &str,
) -> Result<Option<PasskeyChallenge>, SignInError> {
    let now = context.now();
    let purpose = CeremonyPurpose::FreshProof {
        user: session.user,
        session: session.id,
    };
    rounds::begin_showing(context, caller, workspace, session.user, origin, purpose, now).await
}

/// What was found to be right, and all that goes with it.
struct Accepted {
    spends: Option<FactorUse>,
    flow: Option<FlowId>,
    refunds: Vec<Charge>,
    clears: Vec<ThrottleKey>,
    notices: Vec<NewMail>,
}

impl Accepted {
    const fn nothing() -> Self {
        Self {
            spends: None,
            flow: None,
            refunds: Vec::new(),
            clears: Vec::new(),
            notices: Vec::new(),
        }
    }
}

/// What was found to be wrong.
enum Found {
    Accepted(Accepted),
    Wrong(Refusal, &'static str),
    OverBudget(PrivateReason, Option<Timestamp>),
}

/// Looks at the evidence and, if it holds, renews the session that was asked about with the token of that digest.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    (session, presented): (&SessionView, TokenDigest),
    evidence: Evidence,
) -> Result<ProvedAfresh, SignInError> {
    let now = context.now();
    let budgets = context.budgets();
    let network = caller.client.network();
    let of_network = budgets.network_failure(&network);
    let by_network = vec![budgets.network_try(&network), of_network.clone()];
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, by_network, now).await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, None, Some(session.user), reason);
        let refused = record_refusal(context, attempt, refusal, retry_at, None, now).await?;
        return Ok(ProvedAfresh::Refused(refused));
    }
    let record = context.ports.users.find_record(workspace.id, session.user).await?;
    let Some(record) = record.filter(|record| record.user.status == UserStatus::Active) else {
        return Ok(ProvedAfresh::SignedOut);
    };
    let way = evidence.way();
    let found = if ways_of(&record).contains(&way) {
        match look(context, caller, workspace, session, &record, evidence, now).await {
            Err(SignInError::Hasher(busy)) => {
                // Nothing was tried, so the network failed at nothing either (R8).
                context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
                return Err(busy.into());
            }
            looked => looked?,
        }
    } else {
        let refusal = Refusal::new(PublicReason::MethodOff, PrivateReason::SecondFactorMissing);
        Found::Wrong(refusal, "this does not count as a proof for the account")
    };
    let whom = (None, Some(session.user));
    let mut accepted = match found {
        Found::Accepted(accepted) => accepted,
        Found::Wrong(refusal, saw) => {
            if refusal.private == PrivateReason::SecondFactorReplayed {
                // Right, and used before: the network failed at nothing (R28).
                context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
            }
            let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::Credential, saw);
            let refused = record_refusal(context, attempt, refusal, None, None, now).await?;
            return Ok(ProvedAfresh::Refused(refused));
        }
        Found::OverBudget(reason, retry_at) => {
            context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
            let (attempt, refusal) = over_budget(NAME, workspace, caller, None, Some(session.user), reason);
            let refused = record_refusal(context, attempt, refusal, retry_at, None, now).await?;
            return Ok(ProvedAfresh::Refused(refused));
        }
    };
    accepted.refunds.insert(0, of_network);
    let given_back = accepted.refunds.clone();
    let token = RawToken::generate(context.entropy());
    let (receipt, mut audit) = context.account_for(
        Attempt {
            name: NAME,
            workspace: workspace.id,
            caller,
            address: None,
            user: Some(session.user),
            action: AuditAction::FreshProof,
            outcome: ReceiptOutcome::Granted,
            findings: vec![allowed(Rule::Credential, format!("{} shown", way.as_str()))],
        },
        now,
    );
    audit.actor = Actor::User(session.user);
    let renewed = context
        .ports
        .sessions
        .renew(RenewSession {
            workspace: workspace.id,
            id: session.id,
            user: session.user,
            from: presented,
            token: token.digest(),
            spends: accepted.spends,
            now,
            flow: accepted.flow,
            refunds: accepted.refunds,
            clears: accepted.clears,
            notices: accepted.notices,
            receipt,
            audit,
        })
        .await?;
    match renewed {
        Renewed::Renewed(session) => Ok(ProvedAfresh::Proved { token, session }),
        Renewed::Gone => {
            // Right, but too late: another proof has renewed the session, or it was ended.
            context.ports.throttle.refund(workspace.id, given_back).await?;
            Ok(ProvedAfresh::SignedOut)
        }
        Renewed::FactorSpent => {
            context.ports.throttle.refund(workspace.id, given_back).await?;
            let refusal = Refusal::new(PublicReason::SecondFactorWrong, PrivateReason::SecondFactorReplayed);
            let saw = saw_wrong(refusal.private);
            let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::SecondFactor, saw);
            let refused = record_refusal(context, attempt, refusal, None, None, now).await?;
            Ok(ProvedAfresh::Refused(refused))
        }
    }
}

async fn look(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    session: &SessionView,
    record: &SignInRecord,
    evidence: Evidence,
    now: Timestamp,
) -> Result<Found, SignInError> {
    match evidence {
        Evidence::Password(password) => by_password(context, caller, workspace, record, password, now).await,
        Evidence::SecondFactor(typed) => by_second_factor(context, caller, workspace, record, &typed, now).await,
        Evidence::Passkey { ceremony, answer } => {
            let wanted = CeremonyPurpose::FreshProof {
                user: session.user,
                session: session.id,
            };
            let round = (ceremony, &wanted);
            let shown = rounds::finish_showing(context, caller, workspace, &record.user, round, &answer, now).await?;
            Ok(match shown {
                Ok(assertion) => Found::Accepted(Accepted {
                    spends: SecondFactorVerified::by_passkey(PasskeyVerified::from_assertion(assertion)).into_spent(),
                    ..Accepted::nothing()
                }),
                Err(private) => {
                    let refusal = Refusal::new(PublicReason::PasskeyWrong, private);
                    Found::Wrong(refusal, "the passkey's answer does not hold")
                }
            })
        }
        Evidence::EmailCode { flow, typed } => by_code(context, caller, workspace, record, flow, &typed, now).await,
    }
}

async fn by_password(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    record: &SignInRecord,
    password: Password,
    now: Timestamp,
) -> Result<Found, SignInError> {
    // The budget of the primary address, as at the sign-in page (R95): somebody at an unlocked screen may not guess here
    // what they could not guess there.
    let key = record.user.primary_email().map(|email| email.address.key());
    let charge = key.map(|key| {
        let standing = context.standing(caller, workspace.id, &key);
        context.budgets().password_failure(&key, &standing)
    });
    let charges: Vec<Charge> = charge.into_iter().collect();
    if let Admission::Exceeded { reason, retry_at } = context
        .ports
        .throttle
        .consume(workspace.id, charges.clone(), now)
        .await?
    {
        return Ok(Found::OverBudget(reason, retry_at));
    }
    let check = match context.ports.hasher.check(password, record.password.clone()).await {
        Err(HasherError::Busy) => {
            context.ports.throttle.refund(workspace.id, charges).await?;
            return Err(HasherError::Busy.into());
        }
        checked => checked?,
    };
    Ok(match check {
        PasswordCheck::Match { .. } => Found::Accepted(Accepted {
            clears: charges.iter().map(|charge| charge.key.clone()).collect(),
            refunds: charges,
            ..Accepted::nothing()
        }),
        PasswordCheck::Mismatch => {
            let refusal = Refusal::new(PublicReason::InvalidCredentials, PrivateReason::WrongPassword);
            Found::Wrong(refusal, "password does not match")
        }
    })
}

async fn by_second_factor(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    record: &SignInRecord,
    typed: &str,
    now: Timestamp,
) -> Result<Found, SignInError> {
    let user = record.user.id;
    let factors = context.ports.factors.find(workspace.id, user).await?;
    let shown = look_at(context, workspace, user, &factors, TypedFactor::parse(typed), now).await?;
    Ok(match shown {
        Shown::Right {
            proof,
            refunds,
            clears,
            codes_left,
        } => {
            let notices = codes_left.map_or_else(Vec::new, |left| {
                let what = SecurityEvent::BackupCodeUsed { left };
                context.security_notices(workspace, &record.user, caller, what, now)
            });
            Found::Accepted(Accepted {
                spends: proof.into_spent(),
                flow: None,
                refunds,
                clears,
                notices,
            })
        }
        Shown::Wrong(private) => {
            let refusal = Refusal::new(PublicReason::SecondFactorWrong, private);
            Found::Wrong(refusal, saw_wrong(private))
        }
        Shown::OverBudget { reason, retry_at } => Found::OverBudget(reason, retry_at),
    })
}

async fn by_code(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    record: &SignInRecord,
    flow: FlowId,
    typed: &str,
    now: Timestamp,
) -> Result<Found, SignInError> {
    let over = Refusal::new(PublicReason::SessionExpired, PrivateReason::FlowOver);
    let flow = context.ports.flows.find(workspace.id, flow).await?;
    let own = flow.filter(|flow| {
        let theirs = flow.user == Some(record.user.id)
            && record
                .user
                .email(&flow.email.key())
                .is_some_and(|email| email.verified_at.is_some());
        flow.purpose == FlowPurpose::FreshProof && flow.belongs_to(caller.binding) && theirs
    });
    let Some(flow) = own else {
        return Ok(Found::Wrong(over, "no such attempt of theirs"));
    };
    let key = flow.email.key();
    let standing: Standing = context.standing(caller, workspace.id, &key);
    let failures = context.budgets().code_failures(&key, &standing);
    if let Admission::Exceeded { reason, retry_at } = context
        .ports
        .throttle
        .consume(workspace.id, failures.clone(), now)
        .await?
    {
        return Ok(Found::OverBudget(reason, retry_at));
    }
    let tried = context
        .ports
        .flows
        .try_code(TryCode {
            workspace: workspace.id,
            flow: flow.id,
            binding: caller.binding,
            purpose: FlowPurpose::FreshProof,
            digest: EmailCode::parse(typed).map(|code| code.digest(&context.config.code_key, flow.id)),
            max_tries: context.config.limits.code_tries_per_attempt,
            now,
        })
        .await?;
    let (refusal, saw) = match tried {
        CodeTry::Redeemed(_) => {
            return Ok(Found::Accepted(Accepted {
                flow: Some(flow.id),
                refunds: failures,
                ..Accepted::nothing()
            }));
        }
        CodeTry::Wrong { .. } => {
            slow_down_above_the_ceiling(context, now).await?;
            let refusal = Refusal::new(PublicReason::CodeWrong, PrivateReason::CodeWrong);
            return Ok(Found::Wrong(refusal, "not a code of this attempt"));
        }
        CodeTry::Expired => (
            Refusal::new(PublicReason::CodeExpired, PrivateReason::CodeExpired),
            "right, past its life",
        ),
        CodeTry::Spent => (
            Refusal::new(PublicReason::CodeSpent, PrivateReason::CodeSpent),
            "right, used already",
        ),
        CodeTry::Over | CodeTry::Unknown => (over, "the attempt is over"),
    };
    context.ports.throttle.refund(workspace.id, failures).await?;
    Ok(Found::Wrong(refusal, saw))
}
