//! Hand-over by a signed token of the company's own site (B18): whoever is signed in there arrives signed in here.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::hand_over::{Expected, HandOverClaims, HandOverFault, HandOverKey, check, identity};
use doorward_domain::ids::{EmailId, OrganisationId, UserId};
use doorward_domain::method::Method;
use doorward_domain::ports::{ContactUpsert, MailboxProof, NewUser, PortResult, UserCreated};
use doorward_domain::provider::{Arrived, VouchedEmail};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Audience, Rights};
use doorward_domain::sign_in::{ArrivalFacts, Door, PersonFacts, Proofs, ProviderVerified, Refusal, Rule, SignInFacts};
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{ContactIdentity, Profile, SignInRecord, User, UserEmail, UserStatus};
use doorward_domain::workspace::Workspace;

use super::finish::cleared_by_success;
use super::with_provider::arrival_facts;
use super::{Completed, complete, over_budget, record_refusal, refused};
use crate::context::{Attempt, Caller, Context};
use crate::outcome::{SignInError, SignInOutcome};

const NAME: &str = "sign-in-by-hand-over";

/// Somebody whom the company's own site sent.
#[derive(Debug, Clone)]
pub struct HandOverRequest {
    /// Where.
    pub workspace: Workspace,
    /// The token, as it came.
    pub token: HandOverToken,
    /// Where they were going.
    pub return_to: ReturnTo,
}

/// A token as it came: good for one sign-in, so it prints as nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct HandOverToken(String);

impl HandOverToken {
    /// Wraps what came. White space around it is what copying leaves.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The text, for checking; never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for HandOverToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HandOverToken([redacted])")
    }
}

/// What is settled of somebody before the rules are asked.
struct Coming<'a> {
    workspace: &'a Workspace,
    caller: &'a Caller,
    key: &'a HandOverKey,
    claims: HandOverClaims,
    arrived: Arrived,
    arrival: ArrivalFacts,
    now: Timestamp,
}

/// Takes in whom a token hands over.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: HandOverRequest,
) -> Result<SignInOutcome, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let budgets = context.budgets();
    let network = caller.client.network();
    let of_network = budgets.network_failure(&network);
    let by_network = vec![budgets.network_try(&network), of_network.clone()];
    let turned_away = TurnedAway {
        context,
        return_to: request.return_to.clone(),
        now,
    };
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, by_network, now).await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, None, None, reason);
        return turned_away.by(attempt, refusal, retry_at).await;
    }
    let keys = context.ports.hand_over_keys.list(workspace.id).await?;
    let handed = match expected(context, workspace, now).check(context, &request.token, &keys) {
        Ok(handed) => handed,
        Err(fault) => return turned_away.by_fault(workspace, caller, None, &fault).await,
    };
    let (key, claims) = (handed.key, handed.claims);
    if let Some((refusal, saw)) = switched_off(workspace, key.audience) {
        let whom = (Some(claims.email.key()), None);
        let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::MethodOffered, saw);
        return turned_away.by(attempt, refusal, None).await;
    }
    let spent_until = claims.issued_at.plus(context.config.limits.hand_over_window());
    let spent_until = spent_until.plus(std::time::Duration::from_mins(1));
    let keeper = &context.ports.hand_over_keys;
    if !keeper.redeem_token(workspace.id, &claims.token_id, spent_until).await? {
        let fault = HandOverFault::Replayed;
        return turned_away.by_fault(workspace, caller, Some(&claims), &fault).await;
    }
    let Some(arrived) = arrived(&claims, key.audience) else {
        let fault = HandOverFault::Missing(doorward_domain::hand_over::Claim::ExternalId);
        return turned_away.by_fault(workspace, caller, Some(&claims), &fault).await;
    };
    let coming = Coming {
        arrival: arrival_facts(context, workspace, Method::HandOver, &arrived).await?,
        workspace,
        caller,
        key,
        claims,
        arrived,
        now,
    };
    let (record, by_identity) = match whose(context, &coming).await? {
        Ok(settled) => settled,
        Err(Stop::Fault(fault)) => {
            return turned_away
                .by_fault(workspace, caller, Some(&coming.claims), &fault)
                .await;
        }
        Err(Stop::AnotherNumber(user)) => {
            let refusal = Refusal::new(PublicReason::IdentityTaken, PrivateReason::IdentityTaken);
            let saw = "the account is connected to another external_id of the site";
            let whom = (Some(coming.claims.email.key()), Some(user));
            let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::Credential, saw);
            return turned_away.by(attempt, refusal, None).await;
        }
    };
    let address = (!by_identity).then(|| coming.claims.email.clone());
    let person = record.as_ref().map(|record| match &address {
        Some(address) => PersonFacts::of(record, address),
        None => PersonFacts::of_owner(record),
    });
    let facts = SignInFacts {
        workspace: workspace.id,
        settings: workspace.security.clone(),
        method: Method::HandOver,
        door: Door::Front,
        address,
        arrival: Some(coming.arrival.clone()),
        person,
    };
    let proofs = Proofs {
        provider: Some(ProviderVerified::from_arrival(coming.arrived.clone())),
        ..Proofs::default()
    };
    let email = coming.claims.email.key();
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: record.as_ref(),
        return_to: request.return_to,
        rehash: None,
        flow: None,
        refunds: vec![of_network],
        clears: if by_identity {
            Vec::new()
        } else {
            cleared_by_success(context, &email, &context.standing(caller, workspace.id, &email))
        },
        notices: Vec::new(),
        now,
    };
    match complete(context, &facts, proofs, completed).await? {
        Ok(SignInOutcome::Refused(mut refused)) => {
            refused.return_to = Some(turned_away.return_to);
            Ok(SignInOutcome::Refused(refused))
        }
        Ok(outcome) => Ok(outcome),
        Err(_unproved) => {
            // The address was proved by the token, so it was taken from the account while this ran.
            let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::CredentialsChanged);
            let saw = "the address changed meanwhile";
            let whom = (Some(email), None);
            let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::StillTrue, saw);
            turned_away.by(attempt, refusal, None).await
        }
    }
}

/// What a token is held against, with the origin that it borrows from.
pub(crate) struct Measure {
    origin: String,
    window: std::time::Duration,
    now: Timestamp,
}

pub(crate) fn expected(context: &Context, workspace: &Workspace, now: Timestamp) -> Measure {
    Measure {
        origin: context.url(workspace, ""),
        window: context.config.limits.hand_over_window(),
        now,
    }
}

impl Measure {
    pub(crate) fn check<'k>(
        &self,
        context: &Context,
        token: &HandOverToken,
        keys: &'k [HandOverKey],
    ) -> Result<doorward_domain::hand_over::HandedOver<'k>, HandOverFault> {
        let expected = Expected {
            origin: &self.origin,
            window: self.window,
            now: self.now,
        };
        check(token.expose(), keys, context.ports.hand_over.as_ref(), &expected)
    }
}

/// Whether the workspace takes no hand-over of that audience, and how it is told.
pub(crate) fn switched_off(workspace: &Workspace, audience: Audience) -> Option<(Refusal, String)> {
    if workspace.security.audience(audience).offers(Method::HandOver) {
        return None;
    }
    let (whom, private) = match audience {
        Audience::Customers => ("customers", PrivateReason::MethodOffCustomers),
        Audience::Staff => ("staff", PrivateReason::MethodOffStaff),
    };
    let saw = format!("{} is off for {whom}", Method::HandOver.as_str());
    Some((Refusal::new(PublicReason::MethodOff, private), saw))
}

/// What the site says of somebody, in the words that every provider's answer comes to. It vouches for the mailbox: it is the
/// company's own.
pub(crate) fn arrived(claims: &HandOverClaims, audience: Audience) -> Option<Arrived> {
    Some(Arrived {
        identity: identity(claims, audience)?,
        email: Some(VouchedEmail {
            address: claims.email.clone(),
            verified: true,
            authoritative: true,
        }),
        name: claims.name.clone(),
        second_factor: false,
    })
}

/// A refusal keeps the destination (B13).
struct TurnedAway<'a> {
    context: &'a Context,
    return_to: ReturnTo,
    now: Timestamp,
}

impl TurnedAway<'_> {
    async fn by(
        &self,
        attempt: Attempt<'_>,
        refusal: Refusal,
        retry_at: Option<Timestamp>,
    ) -> Result<SignInOutcome, SignInError> {
        let mut refused = record_refusal(self.context, attempt, refusal, retry_at, None, self.now).await?;
        refused.return_to = Some(self.return_to.clone());
        Ok(SignInOutcome::Refused(refused))
    }

    async fn by_fault(
        &self,
        workspace: &Workspace,
        caller: &Caller,
        claims: Option<&HandOverClaims>,
        fault: &HandOverFault,
    ) -> Result<SignInOutcome, SignInError> {
        let refusal = Refusal::new(PublicReason::ProviderAnswerWrong, fault.reason());
        let whom = (claims.map(|claims| claims.email.key()), None);
        let saw = fault.to_string();
        let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::Credential, saw);
        self.by(attempt, refusal, None).await
    }
}

/// What keeps somebody out once it is known whose account is meant.
enum Stop {
    /// Something is wrong with the token.
    Fault(HandOverFault),
    /// The site knows the account by another number.
    AnotherNumber(UserId),
}

impl From<HandOverFault> for Stop {
    fn from(fault: HandOverFault) -> Self {
        Self::Fault(fault)
    }
}

/// Whose account is meant, and whether it was found by the site's own id for them: by that first, then by the address,
/// else it comes into being.
async fn whose(
    context: &Context,
    coming: &Coming<'_>,
) -> Result<Result<(Option<SignInRecord>, bool), Stop>, SignInError> {
    let users = &context.ports.users;
    let workspace = coming.workspace.id;
    let known = match known_by_identity(context, coming.workspace, &coming.arrival).await? {
        Some(known) => Some((known, true)),
        None => match users.find_for_sign_in(workspace, &coming.claims.email.key()).await? {
            Some(known) => Some((known, false)),
            None => match make(context, coming).await? {
                UserCreated::Created => users
                    .find_for_sign_in(workspace, &coming.claims.email.key())
                    .await?
                    .map(|made| (made, false)),
                UserCreated::AddressTaken(owner) => {
                    users.find_record(workspace, owner).await?.map(|known| (known, false))
                }
            },
        },
    };
    let Some((mut known, by_identity)) = known else {
        return Ok(Ok((None, false)));
    };
    if let Some(fault) = role_fault(coming.key, &known) {
        return Ok(Err(fault.into()));
    }
    if contradicted(context, coming.workspace, &known, &coming.arrival).await? {
        return Ok(Err(Stop::AnotherNumber(known.user.id)));
    }
    if known.user.status == UserStatus::Active {
        if !by_identity {
            known = claim(context, coming, known).await?;
        }
        known = update(context, coming, known).await?;
    }
    Ok(Ok((Some(known), by_identity)))
}

/// The account that the site's id is connected to; where the site gives no id of its own, that on which the address is
/// proved.
pub(crate) async fn known_by_identity(
    context: &Context,
    workspace: &Workspace,
    arrival: &ArrivalFacts,
) -> PortResult<Option<SignInRecord>> {
    match arrival.connected_to {
        Some(user) => context.ports.users.find_record(workspace.id, user).await,
        None => Ok(None),
    }
}

/// Whether the site knows the account by another number than the one that it gives now. Its mailbox may have gone to
/// somebody else there, and the account must not go with it.
pub(crate) async fn contradicted(
    context: &Context,
    workspace: &Workspace,
    known: &SignInRecord,
    arrival: &ArrivalFacts,
) -> PortResult<bool> {
    let theirs = context.ports.connections.list(workspace.id, known.user.id).await?;
    Ok(theirs.iter().any(|other| other.identity.contradicts(&arrival.identity)))
}

/// A key for customers opens no account of staff, no key an owner's, and none that of somebody who may do more than its
/// highest role permits.
pub(crate) fn role_fault(key: &HandOverKey, known: &SignInRecord) -> Option<HandOverFault> {
    let role = known.user.role;
    (!key.opens(known.user.rights())).then_some(HandOverFault::AccountRole {
        was: role,
        audience: key.audience,
        highest: key.highest_role,
    })
}

async fn make(context: &Context, coming: &Coming<'_>) -> PortResult<UserCreated> {
    let Coming {
        workspace,
        caller,
        claims,
        now,
        ..
    } = coming;
    let id = UserId::random(context.entropy());
    let user = User {
        id,
        workspace: workspace.id,
        name: claims.name.clone().unwrap_or_default(),
        role: claims.role,
        custom_role: None,
        status: UserStatus::Active,
        language: claims.locale.as_ref().map(|tag| tag.as_str().to_owned()),
        time_zone: None,
        emails: vec![UserEmail {
            id: EmailId::random(context.entropy()),
            address: claims.email.clone(),
            primary: true,
            verified_at: Some(*now),
        }],
        organisations: Vec::new(),
        has_password: false,
        picture_at: None,
        created_at: *now,
        last_sign_in_at: None,
    };
    let new = NewUser {
        user,
        password: None,
        invite: None,
    };
    let actor = Actor::User(id);
    let client = Some(&caller.client);
    let audit = context.audit(workspace.id, actor, Some(id), AuditAction::UserCreated, client, *now);
    context.ports.users.create(new, audit).await
}

/// The site vouches for the mailbox: an account on which it was only claimed loses what the claimant left there (R57).
async fn claim(context: &Context, coming: &Coming<'_>, known: SignInRecord) -> PortResult<SignInRecord> {
    let key = coming.claims.email.key();
    let proved = known.user.email(&key).is_none_or(|email| email.verified_at.is_some());
    if proved {
        return Ok(known);
    }
    let (workspace, id) = (coming.workspace.id, known.user.id);
    let proof = MailboxProof {
        workspace,
        user: id,
        address: key,
        keep_password: false,
        password: None,
        name: coming.claims.name.clone(),
        now: coming.now,
    };
    let client = Some(&coming.caller.client);
    let actor = Actor::User(id);
    let audit = context.audit(workspace, actor, Some(id), AuditAction::EmailProved, client, coming.now);
    context.ports.credentials.prove_mailbox(proof, audit).await?;
    Ok(context.ports.users.find_record(workspace, id).await?.unwrap_or(known))
}

/// Name, language and organisation are what the site says, where it says any.
async fn update(context: &Context, coming: &Coming<'_>, known: SignInRecord) -> PortResult<SignInRecord> {
    let Coming {
        workspace, claims, now, ..
    } = coming;
    let user = &known.user;
    let client = Some(&coming.caller.client);
    let row = |action| context.audit(workspace.id, Actor::User(user.id), Some(user.id), action, client, *now);
    let language = claims.locale.as_ref().map(|tag| tag.as_str().to_owned());
    let profile = Profile {
        name: claims.name.clone().unwrap_or_else(|| user.name.clone()),
        language: language.or_else(|| user.language.clone()),
        time_zone: user.time_zone.clone(),
    };
    let mut changed = false;
    if profile.name != user.name || profile.language != user.language {
        let audit = row(AuditAction::ProfileChanged);
        changed |= context
            .ports
            .profiles
            .save(workspace.id, user.id, profile, audit)
            .await?;
    }
    if let Some(organisation) = &claims.organisation
        && !user.organisations.iter().any(|other| other.name == *organisation)
        && let Some(primary) = user.primary_email()
        // Somebody else may have proved the address that is only claimed here.
        && primary.verified_at.is_some()
    {
        let contact = ContactUpsert {
            workspace: workspace.id,
            identity: ContactIdentity::Email {
                address: primary.address.clone(),
            },
            name: None,
            new_user: UserId::random(context.entropy()),
            new_email: EmailId::random(context.entropy()),
            organisations: vec![(OrganisationId::random(context.entropy()), organisation.clone())],
            now: *now,
            rights: Rights::OPERATOR,
        };
        let audit = row(AuditAction::UserUpdated);
        context.ports.users.upsert_contact(contact, audit).await?;
        changed = true;
    }
    if !changed {
        return Ok(known);
    }
    let id = user.id;
    Ok(context
        .ports
        .users
        .find_record(workspace.id, id)
        .await?
        .unwrap_or(known))
}
