//! The sign-in check (C4): why somebody cannot sign in, in one sentence, and what mends it; which ways in are open to an
//! address now, why each other is not, and what happened last.

use doorward_domain::diagnosis::{Claim, Diagnosis, DiagnosisFacts, InvitationState, diagnose, sign_up_state};
use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::UserId;
use doorward_domain::mail::{MailState, MailTrace};
use doorward_domain::mail_log::{Reachability, SendAgain};
use doorward_domain::people_search::UserFilter;
use doorward_domain::ports::{PopulationQuery, PortError, PortResult, UserQuery};
use doorward_domain::reason::PrivateReason;
use doorward_domain::role::{Permission, Permissions};
use doorward_domain::second_factor::FactorSummary;
use doorward_domain::secret::HelpCode;
use doorward_domain::sign_in::{PersonFacts, Receipt, ReceiptOutcome};
use doorward_domain::spelling;
use doorward_domain::throttle::{Charge, Wait, WaitKind, waits};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, User, UserStatus};
use doorward_domain::ways_in::{
    AskedPolicies, HandOverReach, ProviderWay, Surroundings, WayIn, provider_ways, ways_in,
};
use doorward_domain::workspace::Workspace;
use serde::Serialize;
use uuid::Uuid;

use crate::context::Context;

/// How many receipts and mails are shown.
const LAST: u32 = 10;

/// So many of a person's addresses are looked up for attempts.
const ADDRESSES: usize = 5;

/// So many people are looked at for near spellings, for each part of the address.
const NEAR: u32 = 100;

/// The answer.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The address that was asked about.
    pub address: String,
    /// The person, if anybody has it.
    pub user: Option<User>,
    /// Their second factor and passkeys.
    pub factors: Option<FactorSummary>,
    /// Whether the workspace requires a second factor of them.
    pub two_factor_required: bool,
    /// In one word, what is wrong, and what mends it.
    #[serde(flatten)]
    pub diagnosis: Diagnosis,
    /// Each way in, open or closed and by which rule.
    pub ways_in: Vec<WayIn>,
    /// Each provider that has credentials, open or closed and by which rule.
    pub provider_ways: Vec<ProviderWay>,
    /// Waits that are in force.
    pub waits: Vec<Wait>,
    /// Whether the owner of the address may sign up: `open`, `other-domains` or `closed`.
    pub sign_up: &'static str,
    /// Whose unproved further address it is, where nobody has it.
    pub claimed_by: Option<Claim>,
    /// Addresses of people here that are nearly this one, where nobody has it.
    pub near: Vec<NearAddress>,
    /// The last attempts with an address of theirs, newest first.
    pub attempts: Vec<Receipt>,
    /// The last mails to the address, newest first, without content.
    pub mails: Vec<MailTrace>,
    /// Whether mail arrives (C5): at each address of the person, in their order, or at the address that was asked about.
    pub reach: Vec<AddressReach>,
}

/// Whether mail to an address arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddressReach {
    /// The address.
    pub address: String,
    /// By the last proof.
    #[serde(flatten)]
    pub reach: Reachability,
}

/// An address that is nearly the one that was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearAddress {
    /// The address.
    pub address: String,
    /// Whose it is.
    pub user: UserId,
}

/// What a help code leads to.
#[derive(Debug, Clone, Serialize)]
pub struct ByHelpCode {
    /// The attempt that it was told at the end of.
    pub receipt: Receipt,
    /// The check of its address, if one was typed or belongs to whoever tried.
    pub explanation: Option<Explanation>,
}

impl Explanation {
    /// As much of it as somebody with those permissions may see: addresses that others have are for those who look people
    /// up, and how nearly a record of the directory matches is for those who may see the directory.
    #[must_use]
    pub fn shown_to(mut self, permissions: Permissions) -> Self {
        if !permissions.contains(Permission::LookPeopleUp) {
            self.near.clear();
            self.claimed_by = None;
        }
        self.attempts = self
            .attempts
            .into_iter()
            .map(|receipt| shown(receipt, permissions))
            .collect();
        self
    }
}

impl ByHelpCode {
    /// As much of it as somebody with those permissions may see.
    #[must_use]
    pub fn shown_to(self, permissions: Permissions) -> Self {
        Self {
            receipt: shown(self.receipt, permissions),
            explanation: self.explanation.map(|explanation| explanation.shown_to(permissions)),
        }
    }
}

fn shown(mut receipt: Receipt, permissions: Permissions) -> Receipt {
    let findings = receipt.findings.into_iter();
    receipt.findings = findings.map(|finding| finding.shown_to(permissions)).collect();
    receipt
}

/// What was found out about an address, for the sign-in check and for what mends.
pub(crate) struct Looked {
    pub(crate) explanation: Explanation,
    pub(crate) record: Option<SignInRecord>,
    /// The charges whose waits can keep its owner out.
    pub(crate) charges: Vec<(WaitKind, Charge)>,
}

/// Explains an address, known or not. Changes nothing.
pub(crate) async fn run(
    context: &Context,
    workspace: &Workspace,
    address: &EmailAddress,
) -> Result<Explanation, PortError> {
    look(context, workspace, address).await.map(|looked| looked.explanation)
}

/// Explains the attempt that ended with that help code; `None` if there is none in this workspace. Changes nothing.
pub(crate) async fn by_help_code(
    context: &Context,
    workspace: &Workspace,
    code: &HelpCode,
) -> Result<Option<ByHelpCode>, PortError> {
    let Some(receipt) = context.ports.receipts.find_by_help_code(workspace.id, code).await? else {
        return Ok(None);
    };
    let typed = receipt.address.as_ref().map(EmailKey::as_str);
    let address = match typed.and_then(|typed| EmailAddress::parse(typed).ok()) {
        Some(address) => Some(address),
        None => match receipt.user {
            Some(user) => {
                let user = context.ports.users.find(workspace.id, user).await?;
                user.and_then(|user| user.primary_email().map(|email| email.address.clone()))
            }
            None => None,
        },
    };
    let explanation = match address {
        Some(address) => Some(run(context, workspace, &address).await?),
        None => None,
    };
    Ok(Some(ByHelpCode { receipt, explanation }))
}

/// All that is known of an address.
pub(crate) async fn look(
    context: &Context,
    workspace: &Workspace,
    address: &EmailAddress,
) -> Result<Looked, PortError> {
    let now = context.now();
    let key = address.key();
    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let person = match &record {
        Some(record) => Some(person_facts(context, workspace, record, address).await?),
        None => None,
    };
    let attempts = attempts(context, workspace, &key, record.as_ref()).await?;
    let mails = mails(context, workspace, &key, record.as_ref()).await?;
    let user = record.as_ref().map(|record| record.user.id);
    let charges = context.budgets().waits_of(&key, user, &networks(&attempts));
    let waits = waits_in_force(context, workspace, &charges, now).await?;
    let handed_over = hand_over_reach(context, workspace).await?;
    let surroundings = surroundings(context, workspace, address, &waits, handed_over, now);
    let ways_in = ways_in(&workspace.security, person.as_ref(), surroundings);
    let offered = context.ports.provider.offered(workspace);
    let offered = offered.into_iter().map(|provider| provider.id);
    let provider_ways = provider_ways(&workspace.security, person.as_ref(), offered, surroundings);
    let (claimed, near) = match record {
        Some(_) => (None, Vec::new()),
        None => neighbours(context, workspace, address).await?,
    };
    let send_again = send_again(context, workspace, mails.first(), now).await?;
    let invitation = invitation(context, workspace, record.as_ref(), &mails, now).await?;
    let reach = reach_of(context, workspace, address, record.as_ref()).await?;
    let reach_asked = reach
        .iter()
        .find(|(known, _)| *known == key)
        .map_or(Reachability::Unknown, |(_, reach)| reach.reach.clone());
    let diagnosis = diagnose(&DiagnosisFacts {
        settings: &workspace.security,
        address,
        person: person.as_ref(),
        claimed,
        ways: &ways_in,
        waits: &waits,
        attempts: &attempts,
        mails: &mails,
        provider_ways: &provider_ways,
        reach: &reach_asked,
        send_again,
        invitation,
        now,
    });
    let audience = person.as_ref().map(|person| person.role.audience());
    let explanation = Explanation {
        address: address.as_str().to_owned(),
        factors: record.as_ref().map(|record| record.factors),
        two_factor_required: audience.is_some_and(|audience| workspace.security.audience(audience).two_factor_required),
        diagnosis,
        ways_in,
        provider_ways,
        waits,
        sign_up: sign_up_state(&workspace.security, address),
        claimed_by: claimed,
        near,
        user: record.as_ref().map(|record| record.user.clone()),
        attempts,
        mails,
        reach: reach.into_iter().map(|(_, reach)| reach).collect(),
    };
    Ok(Looked {
        explanation,
        record,
        charges,
    })
}

/// What can be done about the last mail, where it is still under way or did not arrive.
async fn send_again(
    context: &Context,
    workspace: &Workspace,
    last: Option<&MailTrace>,
    now: Timestamp,
) -> PortResult<Option<SendAgain>> {
    match last {
        Some(last) if last.state != MailState::Delivered => {
            let story = context.ports.mail_log.find(workspace.id, last.id, now).await?;
            Ok(story.as_ref().map(SendAgain::of))
        }
        _ => Ok(None),
    }
}

/// How far the invitation has got of somebody who never came in and has no password.
async fn invitation(
    context: &Context,
    workspace: &Workspace,
    record: Option<&SignInRecord>,
    mails: &[MailTrace],
    now: Timestamp,
) -> PortResult<InvitationState> {
    let awaited = record
        .map(|record| &record.user)
        .filter(|user| user.status == UserStatus::Active && !user.has_password && user.last_sign_in_at.is_none());
    let Some(user) = awaited else {
        return Ok(InvitationState::None);
    };
    if context
        .ports
        .roster
        .invitation(workspace.id, user.id, now)
        .await?
        .is_some()
    {
        return Ok(InvitationState::UnderWay);
    }
    let was_invited = mails.iter().any(|mail| mail.kind == "invite");
    Ok(if was_invited {
        InvitationState::Over
    } else {
        InvitationState::None
    })
}

/// Whether mail arrives at each address of the person, or at the one that nobody has.
async fn reach_of(
    context: &Context,
    workspace: &Workspace,
    address: &EmailAddress,
    record: Option<&SignInRecord>,
) -> PortResult<Vec<(EmailKey, AddressReach)>> {
    let addresses: Vec<&EmailAddress> = match record {
        Some(record) => record.user.emails.iter().map(|email| &email.address).collect(),
        None => vec![address],
    };
    let keys: Vec<EmailKey> = addresses.iter().map(|address| address.key()).collect();
    let told = context.ports.mail_log.reachability(workspace.id, keys.clone()).await?;
    let named = addresses.iter().zip(told).map(|(address, reach)| AddressReach {
        address: address.as_str().to_owned(),
        reach,
    });
    Ok(keys.into_iter().zip(named).collect())
}

/// What the rules see of somebody, what the directory says of each of their identities included.
pub(crate) async fn person_facts(
    context: &Context,
    workspace: &Workspace,
    record: &SignInRecord,
    address: &EmailAddress,
) -> PortResult<PersonFacts> {
    let mut person = context.facts_of(workspace, record, address);
    if workspace.security.directory.required && !person.providers.is_empty() {
        let id = record.user.id;
        let query = PopulationQuery {
            audience: record.user.role.audience(),
            after: id
                .as_uuid()
                .as_u128()
                .checked_sub(1)
                .map(|before| UserId::from_uuid(Uuid::from_u128(before))),
            up_to: Some(id),
            with_directory: true,
            limit: 1,
        };
        let sketches = context.ports.population.page(workspace.id, query).await?;
        if let Some(sketch) = sketches.into_iter().find(|sketch| sketch.user == id) {
            person.directory = sketch.shape.providers.into_iter().collect();
        }
    }
    Ok(person)
}

/// Waits in force among those charges.
pub(crate) async fn waits_in_force(
    context: &Context,
    workspace: &Workspace,
    charges: &[(WaitKind, Charge)],
    now: Timestamp,
) -> PortResult<Vec<Wait>> {
    let keys = charges.iter().map(|(_, charge)| charge.key.clone()).collect();
    let counters = context.ports.waits.counters(workspace.id, keys).await?;
    Ok(waits(charges, &counters, now))
}

/// Whom the company's own site can hand over; its keys are read only where the settings let anybody come by it.
pub(crate) async fn hand_over_reach(context: &Context, workspace: &Workspace) -> PortResult<HandOverReach> {
    if !workspace
        .security
        .offers_to_anyone(doorward_domain::method::Method::HandOver)
    {
        return Ok(HandOverReach::default());
    }
    let keys = context.ports.hand_over_keys.list(workspace.id).await?;
    Ok(HandOverReach::of(&keys))
}

/// The surroundings of whoever types that address in a browser that nobody knows.
pub(crate) fn surroundings<'a>(
    context: &'a Context,
    workspace: &Workspace,
    address: &'a EmailAddress,
    waits: &[Wait],
    hand_over: HandOverReach,
    now: Timestamp,
) -> Surroundings<'a> {
    let is_open = |kind: WaitKind| !waits.iter().any(|wait| wait.kind == kind && !wait.one_browser);
    Surroundings {
        password_budget_open: is_open(WaitKind::Password),
        code_budget_open: is_open(WaitKind::Code),
        hand_over,
        now: Some(now),
        policies: Some(AskedPolicies {
            policies: &context.config.policies,
            workspace: workspace.id,
            address: Some(address),
            now,
        }),
    }
}

/// The addresses that attempts are told of: the one that was asked about first, and others of the same person.
fn addresses(key: &EmailKey, record: Option<&SignInRecord>) -> Vec<EmailKey> {
    let mut keys = vec![key.clone()];
    let others = record.iter().flat_map(|record| &record.user.emails);
    for email in others.filter(|email| email.reaches_owner()) {
        let other = email.address.key();
        if !keys.contains(&other) && keys.len() < ADDRESSES {
            keys.push(other);
        }
    }
    keys
}

async fn attempts(
    context: &Context,
    workspace: &Workspace,
    key: &EmailKey,
    record: Option<&SignInRecord>,
) -> PortResult<Vec<Receipt>> {
    let mut attempts: Vec<Receipt> = Vec::new();
    for key in addresses(key, record) {
        attempts.extend(context.ports.receipts.last_of(workspace.id, &key, LAST).await?);
    }
    attempts.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| other.id.cmp(&one.id)));
    attempts.truncate(usize::try_from(LAST).unwrap_or(usize::MAX));
    Ok(attempts)
}

/// The last mails to the address, and to the primary one, where a link of theirs goes whichever was typed (B14).
async fn mails(
    context: &Context,
    workspace: &Workspace,
    key: &EmailKey,
    record: Option<&SignInRecord>,
) -> PortResult<Vec<MailTrace>> {
    let mut mails = context.ports.outbox.last_to(workspace.id, key, LAST).await?;
    let primary = record.and_then(|record| record.user.primary_email());
    if let Some(primary) = primary
        .map(|email| email.address.key())
        .filter(|primary| primary != key)
    {
        mails.extend(context.ports.outbox.last_to(workspace.id, &primary, LAST).await?);
        mails.sort_by(|one, other| {
            other
                .created_at
                .cmp(&one.created_at)
                .then_with(|| other.id.cmp(&one.id))
        });
        mails.truncate(usize::try_from(LAST).unwrap_or(usize::MAX));
    }
    Ok(mails)
}

/// The networks that the last attempts were refused from because of what others, or they themselves, did there.
fn networks(attempts: &[Receipt]) -> Vec<String> {
    let mut networks: Vec<String> = Vec::new();
    for receipt in attempts {
        let by_network = matches!(
            receipt.outcome,
            ReceiptOutcome::Refused {
                private: PrivateReason::BudgetNetwork,
                ..
            }
        );
        let network = receipt.client.network();
        if by_network && !networks.contains(&network) {
            networks.push(network);
        }
    }
    networks
}

/// Whose unproved address it is, and addresses that are nearly it.
async fn neighbours(
    context: &Context,
    workspace: &Workspace,
    address: &EmailAddress,
) -> PortResult<(Option<Claim>, Vec<NearAddress>)> {
    let search = |text: String| {
        let query = UserQuery {
            text: Some(text),
            filter: UserFilter::default(),
            after: None,
            limit: NEAR,
        };
        context.ports.users.search(workspace.id, query)
    };
    let key = address.key();
    let claims = search(key.as_str().to_owned()).await?;
    let claimed = claims.iter().find_map(|user| {
        user.email(&key).map(|email| Claim {
            user: user.id,
            email: email.id,
        })
    });
    let mut known: Vec<(EmailAddress, UserId)> = Vec::new();
    for part in spelling::parts(address) {
        for user in search(part).await? {
            for email in user.emails.iter().filter(|email| email.reaches_owner()) {
                known.push((email.address.clone(), user.id));
            }
        }
    }
    let near = spelling::near_spellings(address, known.iter().map(|(address, _)| address));
    let near = near
        .into_iter()
        .filter_map(|near| {
            let (address, user) = known.iter().find(|(known, _)| known == near)?;
            Some(NearAddress {
                address: address.as_str().to_owned(),
                user: *user,
            })
        })
        .collect();
    Ok((claimed, near))
}
