//! Signing in with a provider (B6, R50–R60): sending somebody there, and taking in who comes back.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{EmailId, SessionId, TripId, UserId};
use doorward_domain::method::Method;
use doorward_domain::ports::{
    Arrival, CallbackQuery, Departure, FaultKind, NewUser, PortError, PortResult, ProviderFault, TripTaken, UserCreated,
};
use doorward_domain::provider::{Arrived, HeldArrival, ProviderDescription, ProviderId, RoundTrip, TripPurpose};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Audience, Role};
use doorward_domain::secret::{RawToken, TokenDigest};
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::{
    ArrivalFacts, Binding, Door, Finding, PersonFacts, Proofs, ProviderVerified, ReceiptOutcome, Refusal, Rule,
    SignInFacts, Step, directory_ruling,
};
use doorward_domain::throttle::{Admission, Charge};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, User, UserEmail, UserStatus, clean_name};
use doorward_domain::workspace::Workspace;

use super::admission::admit_network;
use super::finish::{cleared_by_success, kept_out_by_directory, over_budget, refused};
use super::named_provider::describe;
use super::{Completed, complete, record_refusal};
use crate::account::connect_identity;
use crate::context::{Attempt, Caller, Context, allowed};
use crate::outcome::{Departed, EmailNeeded, SignInError, SignInOutcome};
use crate::workspace::try_provider;

const NAME: &str = "sign-in-with-provider";

/// Somebody who wants to be sent to a provider.
#[derive(Debug, Clone)]
pub struct ProviderRequest {
    /// Where.
    pub workspace: Workspace,
    /// To which one.
    pub provider: ProviderId,
    /// Where they were going.
    pub return_to: ReturnTo,
}

/// Somebody who came back.
#[derive(Debug, Clone)]
pub struct ProviderAnswer {
    /// Where.
    pub workspace: Workspace,
    /// From which one, by the address that they came back to (R53).
    pub provider: ProviderId,
    /// `state`, as it came back.
    pub state: Option<String>,
    /// The rest of what came back.
    pub query: CallbackQuery,
    /// The session that the browser holds, if it holds one.
    pub session: Option<SessionView>,
}

/// A round trip that is about to begin.
pub(crate) struct Leaving<'a> {
    pub(crate) name: &'static str,
    pub(crate) workspace: &'a Workspace,
    pub(crate) caller: &'a Caller,
    pub(crate) user: Option<UserId>,
    pub(crate) provider: &'a ProviderId,
    pub(crate) purpose: TripPurpose,
    pub(crate) return_to: ReturnTo,
    /// To whom the provider must be open; anybody, if it is not known who this is.
    pub(crate) audience: Option<Audience>,
}

/// The providers that the sign-in page shows, in the order of their buttons: they have credentials, and somebody may use
/// them.
pub(crate) fn providers(context: &Context, workspace: &Workspace) -> Vec<ProviderDescription> {
    let all = context.ports.provider.offered(workspace);
    let audiences = [Audience::Customers, Audience::Staff];
    let open = |id: &ProviderId| {
        audiences
            .iter()
            .any(|audience| workspace.security.offers_provider(*audience, id))
    };
    all.into_iter().filter(|provider| open(&provider.id)).collect()
}

/// What the rules see of an arrival, looked at anew.
pub(crate) async fn arrival_facts(
    context: &Context,
    workspace: &Workspace,
    method: Method,
    arrived: &Arrived,
) -> PortResult<ArrivalFacts> {
    let asked = method == Method::Provider && workspace.security.directory.required;
    let mut connected_to = context.ports.connections.find(workspace.id, &arrived.identity).await?;
    // An identity that is nothing but an address is that of whoever has the address now.
    if let Some(user) = connected_to
        && arrived.identity.is_by_address()
    {
        let key = arrived.vouched_key();
        let owner = context.ports.users.find(workspace.id, user).await?;
        let proved = |owner: &User| {
            let own = key.as_ref().and_then(|key| owner.email(key));
            own.is_some_and(|email| email.verified_at.is_some())
        };
        connected_to = owner.filter(proved).map(|owner| owner.id);
    }
    Ok(ArrivalFacts {
        identity: arrived.identity.clone(),
        connected_to,
        directory: if asked {
            context.directory_facts(workspace, arrived).await?
        } else {
            None
        },
    })
}

/// Sends somebody to a provider, to sign in.
pub(crate) async fn begin(
    context: &Context,
    caller: &Caller,
    request: ProviderRequest,
) -> Result<Departed, SignInError> {
    let leaving = Leaving {
        name: NAME,
        workspace: &request.workspace,
        caller,
        user: None,
        provider: &request.provider,
        purpose: TripPurpose::SignIn,
        return_to: request.return_to,
        audience: None,
    };
    depart(context, leaving).await
}

/// Sends somebody to a provider: draws what binds the answer to this browser, and keeps it (R51, R52).
pub(crate) async fn depart(context: &Context, leaving: Leaving<'_>) -> Result<Departed, SignInError> {
    let now = context.now();
    let Leaving { workspace, caller, .. } = leaving;
    let charge = context.budgets().provider_round_trip(&caller.client.network());
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, vec![charge], now).await?
    {
        let (attempt, refusal) = over_budget(leaving.name, workspace, caller, None, leaving.user, reason);
        let mut refused = record_refusal(context, attempt, refusal, retry_at, None, now).await?;
        refused.return_to = Some(leaving.return_to);
        return Ok(Departed::Refused(refused));
    }
    match prepare(context, &leaving).await? {
        Ok((browser, departure)) => {
            let trip = RoundTrip {
                id: TripId::random(context.entropy()),
                workspace: workspace.id,
                provider: leaving.provider.clone(),
                state: departure.state.digest(),
                browser,
                nonce: departure.nonce,
                verifier: departure.verifier,
                purpose: leaving.purpose,
                trial: None,
                return_to: leaving.return_to,
                created_at: now,
                expires_at: now.plus(context.config.limits.provider_round_trip_lifetime()),
            };
            context.ports.trips.begin(trip).await?;
            Ok(Departed::Away { url: departure.url })
        }
        Err((refusal, rule, saw)) => {
            let whom = (None, leaving.user);
            let attempt = refused(leaving.name, workspace, caller, whom, refusal, rule, saw);
            let mut refused = record_refusal(context, attempt, refusal, None, None, now).await?;
            refused.return_to = Some(leaving.return_to);
            Ok(Departed::Refused(refused))
        }
    }
}

type Stopped = (Refusal, Rule, String);

async fn prepare(
    context: &Context,
    leaving: &Leaving<'_>,
) -> Result<Result<(TokenDigest, Departure), Stopped>, SignInError> {
    let Leaving {
        workspace, provider, ..
    } = leaving;
    let Binding::Browser(browser) = leaving.caller.binding else {
        let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::FlowOver);
        return Ok(Err((refusal, Rule::Attempt, "no browser to come back in".to_owned())));
    };
    let all = context.ports.provider.offered(workspace);
    if !all.iter().any(|known| known.id == **provider) {
        let refusal = Refusal::new(PublicReason::MethodOff, PrivateReason::ProviderUnknown);
        let saw = format!("{provider} has no credentials here");
        return Ok(Err((refusal, Rule::MethodOffered, saw)));
    }
    let open = |audience| workspace.security.offers_provider(audience, provider);
    let closed = match leaving.audience {
        Some(audience) if open(audience) => None,
        Some(Audience::Staff) => Some(PrivateReason::MethodOffStaff),
        None if open(Audience::Customers) || open(Audience::Staff) => None,
        Some(Audience::Customers) | None => Some(PrivateReason::MethodOffCustomers),
    };
    if let Some(private) = closed {
        let refusal = Refusal::new(PublicReason::MethodOff, private);
        return Ok(Err((refusal, Rule::MethodOffered, format!("{provider} is off"))));
    }
    let callback = callback(context, workspace, provider);
    let departing = context.ports.provider.depart(workspace.id, provider, &callback);
    Ok(match departing.await {
        Ok(departure) => Ok((browser, departure)),
        Err(fault) => Err(stopped(provider, &fault)),
    })
}

/// The address that a provider sends people back to: its own, so that no other's answer reaches it (R53).
pub(crate) fn callback(context: &Context, workspace: &Workspace, provider: &ProviderId) -> String {
    context.url(workspace, &format!("/sign-in/callback/{provider}"))
}

fn stopped(provider: &ProviderId, fault: &ProviderFault) -> Stopped {
    if let ProviderFault::Unavailable { what, source } = fault {
        let cause = source.as_ref().map(|cause| cause.as_ref() as &dyn std::error::Error);
        tracing::warn!(%provider, what, cause, "a provider does not answer as it should");
    }
    let refusal = Refusal::new(fault.public(), fault.private());
    (refusal, Rule::Credential, format!("{provider}: {fault}"))
}

/// One answer, as it goes through.
pub(crate) struct Coming<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) caller: &'a Caller,
    trip: TripId,
    browser: TokenDigest,
    pub(crate) return_to: ReturnTo,
    of_network: Charge,
    pub(crate) now: Timestamp,
}

/// Takes in whoever comes back: of any number of answers to one round trip, one is looked at (R52).
pub(crate) async fn finish(
    context: &Context,
    caller: &Caller,
    answer: ProviderAnswer,
) -> Result<SignInOutcome, SignInError> {
    let now = context.now();
    let workspace = &answer.workspace;
    let of_network = match admit_network(context, caller, NAME, workspace, None, now).await? {
        Ok(charge) => charge,
        Err(turned_away) => return Ok(turned_away),
    };
    let (browser, taken) = match (caller.binding, answer.state.as_deref().and_then(RawToken::parse)) {
        (Binding::Browser(browser), Some(state)) => {
            let trips = &context.ports.trips;
            let state = state.digest();
            let taken = trips.take(workspace.id, &answer.provider, &state, &browser, now);
            (browser, taken.await?)
        }
        (Binding::Browser(browser), None) => (browser, TripTaken::Unknown),
        (Binding::Bearer, _) => (TokenDigest::from_bytes([0; 32]), TripTaken::Unknown),
    };
    let (return_to, saw) = match taken {
        TripTaken::Taken(trip) => {
            let coming = Coming {
                workspace,
                caller,
                trip: trip.id,
                browser,
                return_to: trip.return_to.clone(),
                of_network,
                now,
            };
            return arrive(context, coming, *trip, answer.query, answer.session.as_ref()).await;
        }
        TripTaken::Spent(return_to) => (Some(return_to), "the round trip was answered before"),
        TripTaken::Expired(return_to) => (Some(return_to), "the round trip's time is over"),
        TripTaken::Unknown => (None, "no round trip to that provider in this browser"),
    };
    if return_to.is_some() {
        // Their own round trip, late or twice: no failure to sign in.
        context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
    }
    let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::FlowOver);
    let attempt = refused(NAME, workspace, caller, (None, None), refusal, Rule::Attempt, saw);
    let mut refused = record_refusal(context, attempt, refusal, None, None, now).await?;
    refused.return_to = return_to;
    Ok(SignInOutcome::Refused(refused))
}

async fn arrive(
    context: &Context,
    coming: Coming<'_>,
    trip: RoundTrip,
    query: CallbackQuery,
    session: Option<&SessionView>,
) -> Result<SignInOutcome, SignInError> {
    let (provider, purpose) = (trip.provider.clone(), trip.purpose.clone());
    let arrival = Arrival {
        query,
        trip,
        callback: callback(context, coming.workspace, &provider),
        now: coming.now,
    };
    if let TripPurpose::Try { user, session: of } = purpose {
        let same = session.is_some_and(|session| session.id == of && session.user == user);
        return try_provider::finish(context, coming, arrival, user, same).await;
    }
    let arrived = match context.ports.provider.arrive(arrival).await {
        Ok(arrived) => arrived,
        Err(fault) => {
            if !matches!(fault, ProviderFault::Refused(_)) {
                give_back(context, &coming).await?;
            }
            let (refusal, rule, saw) = stopped(&provider, &fault);
            let attempt = refused(NAME, coming.workspace, coming.caller, (None, None), refusal, rule, saw);
            return with_destination(context, attempt, refusal, coming).await;
        }
    };
    match purpose {
        TripPurpose::SignIn => sign_in(context, coming, arrived).await,
        TripPurpose::Connect { user, session: of } => {
            give_back(context, &coming).await?;
            connect(context, coming, arrived, (user, of), session).await
        }
        // Looked at before the answer was exchanged.
        TripPurpose::Try { .. } => Err(PortError::bare(FaultKind::Misuse, "with_provider.arrive").into()),
    }
}

async fn connect(
    context: &Context,
    coming: Coming<'_>,
    arrived: Arrived,
    (user, of): (UserId, SessionId),
    session: Option<&SessionView>,
) -> Result<SignInOutcome, SignInError> {
    let same = session.is_some_and(|session| session.id == of && session.user == user);
    let connecting = connect_identity::Connecting {
        workspace: coming.workspace,
        caller: coming.caller,
        user,
        in_that_session: same,
        arrived,
        return_to: coming.return_to,
        now: coming.now,
    };
    connect_identity::finish(context, connecting).await
}

pub(crate) async fn give_back(context: &Context, coming: &Coming<'_>) -> PortResult<()> {
    let charges = vec![coming.of_network.clone()];
    context.ports.throttle.refund(coming.workspace.id, charges).await
}

async fn with_destination(
    context: &Context,
    attempt: Attempt<'_>,
    refusal: Refusal,
    coming: Coming<'_>,
) -> Result<SignInOutcome, SignInError> {
    let mut refused = record_refusal(context, attempt, refusal, None, None, coming.now).await?;
    refused.return_to = Some(coming.return_to);
    Ok(SignInOutcome::Refused(refused))
}

/// What an identity leads to, before any rule is asked (R57).
enum Whose {
    /// To that account: the identity is connected to it, the helpdesk knew it by the identity (A1), or both sides are
    /// proved at that address.
    Theirs(Box<SignInRecord>, Option<EmailAddress>),
    /// To a new account with that address, which the provider is authoritative for.
    Nobodys(EmailAddress),
    /// To nobody that could be known yet: an address has to be proved first (B7).
    NotYet,
}

/// R57, the whole of it: connected, or both sides proved, or authoritative and nobody's; anything else is one more step.
async fn whose(
    context: &Context,
    workspace: &Workspace,
    arrival: &ArrivalFacts,
    arrived: &Arrived,
) -> PortResult<Whose> {
    if let Some(user) = arrival.connected_to {
        let known = context.ports.users.find_record(workspace.id, user).await?;
        return Ok(match known {
            // Whom the helpdesk knows by the identity alone has no address to be written to.
            Some(known) if known.user.emails.is_empty() && known.user.status == UserStatus::Active => Whose::NotYet,
            Some(known) => Whose::Theirs(Box::new(known), None),
            None => Whose::NotYet,
        });
    }
    let Some(vouched) = arrived.email.as_ref().filter(|email| email.authoritative) else {
        return Ok(Whose::NotYet);
    };
    let key = vouched.address.key();
    Ok(match context.ports.users.find_for_sign_in(workspace.id, &key).await? {
        Some(known) if known.user.email(&key).is_some_and(|email| email.verified_at.is_some()) => {
            Whose::Theirs(Box::new(known), Some(vouched.address.clone()))
        }
        Some(_unproved) => Whose::NotYet,
        None => Whose::Nobodys(vouched.address.clone()),
    })
}

async fn sign_in(context: &Context, coming: Coming<'_>, arrived: Arrived) -> Result<SignInOutcome, SignInError> {
    let (workspace, caller) = (coming.workspace, coming.caller);
    let arrival = arrival_facts(context, workspace, Method::Provider, &arrived).await?;
    let (record, address) = match whose(context, workspace, &arrival, &arrived).await? {
        Whose::Theirs(record, address) => (*record, address),
        Whose::NotYet => return hold(context, coming, &arrival, arrived).await,
        Whose::Nobodys(address) => {
            if let Some(stop) = keeps_out(workspace, &arrival, Some(&address)) {
                return turn_away(context, coming, stop, Some(&address), &arrival).await;
            }
            match make_person(context, caller, workspace, &arrived, &address, coming.now).await? {
                Some(made) => (made, Some(address)),
                // Somebody else made or proved it at this very moment; nothing is known of the two belonging together.
                None => return hold(context, coming, &arrival, arrived).await,
            }
        }
    };
    let person = match &address {
        Some(address) => PersonFacts::of(&record, address),
        None => PersonFacts::of_owner(&record),
    };
    let facts = SignInFacts {
        workspace: workspace.id,
        settings: workspace.security.clone(),
        method: Method::Provider,
        door: Door::Front,
        address,
        arrival: Some(arrival.clone()),
        person: Some(person),
    };
    let proofs = Proofs {
        provider: Some(ProviderVerified::from_arrival(arrived.clone())),
        ..Proofs::default()
    };
    let clears = record.user.primary_email().map_or_else(Vec::new, |email| {
        let key = email.address.key();
        cleared_by_success(context, &key, &context.standing(caller, workspace.id, &key))
    });
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: Some(&record),
        return_to: coming.return_to.clone(),
        rehash: None,
        flow: None,
        refunds: vec![coming.of_network.clone()],
        clears,
        notices: Vec::new(),
        now: coming.now,
    };
    match complete(context, &facts, proofs, completed).await? {
        Ok(SignInOutcome::Refused(mut refused)) => {
            refused.return_to = Some(coming.return_to);
            Ok(SignInOutcome::Refused(refused))
        }
        Ok(outcome) => Ok(outcome),
        Err(_unproved) => hold(context, coming, &arrival, arrived).await,
    }
}

/// What keeps somebody out for whom there is no account, and so nothing for the decision to look at: the provider is off
/// for customers, the directory does not know them, strangers may not sign up (unless the directory knows them).
pub(crate) fn keeps_out(
    workspace: &Workspace,
    arrival: &ArrivalFacts,
    address: Option<&EmailAddress>,
) -> Option<(Refusal, Finding)> {
    let settings = &workspace.security;
    let provider = &arrival.identity.provider;
    let stop = |refusal: Refusal, rule, saw: String| {
        let finding = crate::context::denied(rule, saw, refusal.private);
        Some((refusal, finding))
    };
    let ruling = directory_ruling(settings, Method::Provider, arrival.directory.as_ref());
    let admitted = match ruling {
        Some((finding, Some(refusal))) => return Some((refusal, finding)),
        Some((_finding, None)) => true,
        None => false,
    };
    let address = address?;
    if !settings.offers_provider(Audience::Customers, provider) {
        let refusal = Refusal::new(PublicReason::MethodOff, PrivateReason::MethodOffCustomers);
        return stop(refusal, Rule::MethodOffered, format!("{provider} is off for customers"));
    }
    if !admitted && !settings.may_sign_up(address) {
        let refusal = Refusal::new(PublicReason::SignUpClosed, PrivateReason::SignUpClosed);
        return stop(
            refusal,
            Rule::SignUpAllowed,
            "nobody has the address, and strangers may not sign up".to_owned(),
        );
    }
    None
}

async fn turn_away(
    context: &Context,
    coming: Coming<'_>,
    (refusal, finding): (Refusal, Finding),
    address: Option<&EmailAddress>,
    arrival: &ArrivalFacts,
) -> Result<SignInOutcome, SignInError> {
    give_back(context, &coming).await?;
    let attempt = Attempt {
        name: NAME,
        workspace: coming.workspace.id,
        caller: coming.caller,
        address: address.map(EmailAddress::key),
        user: None,
        action: AuditAction::SignInRefused,
        outcome: ReceiptOutcome::Refused {
            public: refusal.public,
            private: refusal.private,
        },
        findings: vec![finding],
    };
    let mut refused = record_refusal(context, attempt, refusal, None, None, coming.now).await?;
    refused.directory = kept_out_by_directory(refusal, Some(arrival));
    refused.return_to = Some(coming.return_to);
    Ok(SignInOutcome::Refused(refused))
}

/// Keeps who came until an address is proved ("One more step", B7).
async fn hold(
    context: &Context,
    coming: Coming<'_>,
    arrival: &ArrivalFacts,
    arrived: Arrived,
) -> Result<SignInOutcome, SignInError> {
    if let Some(stop) = keeps_out(coming.workspace, arrival, None) {
        return turn_away(context, coming, stop, None, arrival).await;
    }
    let workspace = coming.workspace;
    let provider = &arrival.identity.provider;
    let saw = match (&arrived.email, arrival.connected_to) {
        (_, Some(_)) => "known to the helpdesk, without an address",
        (Some(email), None) if email.authoritative => "its email is proved there, and not on the account here",
        (Some(_), None) => "its email does not count by itself",
        (None, None) => "it came without an email",
    };
    let findings = vec![allowed(Rule::Credential, format!("{provider} identity; {saw}"))];
    let (receipt, audit) = context.account_for(
        Attempt {
            name: NAME,
            workspace: workspace.id,
            caller: coming.caller,
            address: None,
            user: arrival.connected_to,
            action: AuditAction::SignInContinued,
            outcome: ReceiptOutcome::Needs { step: Step::ProveEmail },
            findings,
        },
        coming.now,
    );
    let needed = EmailNeeded {
        held: coming.trip,
        provider: describe(context, workspace, provider),
        hint: arrived.email.as_ref().map(|email| email.address.to_string()),
        return_to: coming.return_to.clone(),
    };
    let held = HeldArrival {
        id: coming.trip,
        workspace: workspace.id,
        browser: coming.browser,
        arrived,
        return_to: coming.return_to.clone(),
        expires_at: coming.now.plus(context.config.limits.attempt_lifetime()),
    };
    context.ports.trips.hold(held, receipt, audit).await?;
    give_back(context, &coming).await?;
    Ok(SignInOutcome::EmailNeeded(needed))
}

/// Makes the account of somebody who has proved an address, themself or by a provider that is authoritative for it.
/// `None` if somebody else has it by now.
pub(crate) async fn make_person(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    arrived: &Arrived,
    address: &EmailAddress,
    now: Timestamp,
) -> PortResult<Option<SignInRecord>> {
    let id = UserId::random(context.entropy());
    let user = User {
        id,
        workspace: workspace.id,
        name: arrived.name.as_deref().map(clean_name).unwrap_or_default(),
        role: Role::Customer,
        custom_role: None,
        status: UserStatus::Active,
        language: None,
        time_zone: None,
        emails: vec![UserEmail {
            id: EmailId::random(context.entropy()),
            address: address.clone(),
            primary: true,
            verified_at: Some(now),
        }],
        organisations: Vec::new(),
        has_password: false,
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
        password: None,
        invite: None,
    };
    match context.ports.users.create(new, audit).await? {
        UserCreated::Created => context.ports.users.find_record(workspace.id, id).await,
        UserCreated::AddressTaken(_) => Ok(None),
    }
}
