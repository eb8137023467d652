//! What a change of settings would do to everybody, before it is made (C3): who gains, keeps and loses which way in, who
//! would lose their last one, and whether it would be refused (R105).

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::ports::{MAX_POPULATION_PAGE, NamedPerson, PopulationQuery, PortError, PortResult};
use doorward_domain::preview::{
    AdminsLeft, Leaving, LockOut, LosesLast, NAMED, PreviewCounts, Previewer, Sketch, audiences_concerned,
    surroundings_of_all,
};
use doorward_domain::provider::ProviderId;
use doorward_domain::provisional::{SettingsVersion, concerns_admins};
use doorward_domain::role::Audience;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::ways_in::{AskedPolicies, HandOverReach, Surroundings, Way};
use doorward_domain::workspace::Workspace;
use serde::Serialize;
use thiserror::Error;
use tokio::sync::{OwnedMutexGuard, mpsc};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::change_settings::{SettingDifference, differences};
use crate::context::{Acting, Context};

/// How many parts of a population are read at the same time.
const READERS: u8 = 4;
/// Pages that may wait to be looked at.
const WAITING: usize = 4;
/// People on a page, where the staff is walked through: each of them is named in a statement.
const STAFF_PAGE: u32 = 200;

/// What is told while a preview runs. The first is how far it has come, once the database has answered at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreviewEvent {
    /// How far it has come.
    Progress {
        /// People who were looked at.
        seen: u64,
        /// About how many there are.
        of: u64,
    },
    /// Some of those who would lose their last way in, in order of id. Told only where the whole list was asked for.
    Losing(Vec<LosesLast>),
}

/// Where a preview is told about while it runs. It waits for whoever listens, and ends early when nobody does any more.
pub type PreviewListener = mpsc::Sender<PreviewEvent>;

/// How a preview is to be made.
#[derive(Debug, Clone, Default)]
pub struct PreviewHow {
    /// Who is told while it runs.
    pub listener: Option<PreviewListener>,
    /// Whether everybody who would lose their last way in is to be named to the listener.
    pub whole_list: bool,
}

/// Whose turn it is to look at all customers of a workspace: on one server one preview of a workspace at a time, so that
/// pressing a button again and again cannot keep the database busy for all. Whoever comes second waits. Lists take turns
/// among themselves: one that is read slowly lasts as long as its reader.
#[derive(Debug, Clone, Default)]
pub(crate) struct PreviewTurns(Arc<Mutex<HashMap<Turn, Weak<tokio::sync::Mutex<()>>>>>);

/// Of which workspace, and whether it is the turn of a whole list.
type Turn = (WorkspaceId, bool);

impl PreviewTurns {
    async fn wait(&self, whose: Turn) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let known = turns.get(&whose).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turn = Arc::default();
                turns.insert(whose, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}

/// Why a preview was not made.
#[derive(Debug, Error)]
pub enum PreviewError {
    /// Whoever listened went away.
    #[error("nobody listens any more")]
    GivenUp,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why saving would be refused, with names (R105).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "who", rename_all = "kebab-case")]
pub enum LockedOut {
    /// Whoever saves it would be shut out by it.
    Saver,
    /// No admin would get in.
    EveryAdmin {
        /// Those who would be shut out.
        admins: Vec<ShutOut>,
    },
}

/// An admin who would be shut out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShutOut {
    /// Who.
    pub user: UserId,
    /// Their name; may be empty.
    pub name: String,
    /// Their primary address.
    pub address: Option<EmailAddress>,
}

/// What a change would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsPreview {
    /// The state that it was made from; saving says so.
    pub from: SettingsVersion,
    /// Each key that would change, with what it says before and after.
    pub differences: Vec<SettingDifference>,
    /// How many people gain, keep and lose what.
    pub counts: PreviewCounts,
    /// The first of those who would lose their last way in, in order of id, up to [`NAMED`].
    pub lose_last: Vec<LosesLast>,
    /// Why saving would be refused.
    pub locked_out: Option<LockedOut>,
    /// Whether the change would be on trial: undone unless an admin comes in under it.
    pub on_trial: bool,
}

/// Looks at everybody whom the change can concern. Changes nothing.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    proposed: &SecuritySettings,
    how: &PreviewHow,
) -> Result<SettingsPreview, PreviewError> {
    let audiences = audiences_concerned(&workspace.security, proposed);
    let question = Question {
        workspace,
        proposed,
        audiences: &audiences,
        saver: saver(acting),
        leaving: Leaving::default(),
    };
    let (counts, admins, lose_last) = look(context, question, how).await?;
    Ok(SettingsPreview {
        from: SettingsVersion::of(&workspace.security),
        differences: differences(&workspace.security, proposed),
        counts,
        lose_last,
        on_trial: goes_on_trial(workspace, proposed, &admins),
        locked_out: name_locked_out(context, workspace.id, admins.lock_out()).await?,
    })
}

/// Looks at the staff alone: whether the change would be refused, and whether it would be on trial.
pub(crate) async fn guard(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    proposed: &SecuritySettings,
) -> Result<(Option<LockedOut>, bool), PortError> {
    let mut audiences = audiences_concerned(&workspace.security, proposed);
    audiences.retain(|audience| *audience == Audience::Staff);
    let question = Question {
        workspace,
        proposed,
        audiences: &audiences,
        saver: saver(acting),
        leaving: Leaving::default(),
    };
    let (_, admins, _) = match look(context, question, &PreviewHow::default()).await {
        Ok(looked) => looked,
        Err(PreviewError::Port(error)) => return Err(error),
        // Nobody listens, so that nobody can go away.
        Err(PreviewError::GivenUp) => return Ok((None, true)),
    };
    let locked_out = name_locked_out(context, workspace.id, admins.lock_out()).await?;
    Ok((locked_out, goes_on_trial(workspace, proposed, &admins)))
}

/// Whether nobody who may change the settings would get in any more once those have gone, though somebody does now (R105).
pub(crate) async fn shuts_everybody_out(
    context: &Context,
    workspace: &Workspace,
    leaving: Leaving,
) -> Result<bool, PortError> {
    let question = Question {
        workspace,
        proposed: &workspace.security,
        audiences: &[Audience::Staff],
        saver: None,
        leaving,
    };
    match look(context, question, &PreviewHow::default()).await {
        Ok((_, admins, _)) => Ok(admins.lock_out().is_some()),
        Err(PreviewError::Port(error)) => Err(error),
        // Nobody listens, so that nobody can go away.
        Err(PreviewError::GivenUp) => Ok(true),
    }
}

/// A change that no admin could come in under would only ever undo itself: where there is none, as in a workspace that is
/// just being set up, it holds at once.
fn goes_on_trial(workspace: &Workspace, proposed: &SecuritySettings, admins: &AdminsLeft) -> bool {
    concerns_admins(&workspace.security, proposed) && admins.left() > 0
}

async fn name_locked_out(
    context: &Context,
    workspace: WorkspaceId,
    found: Option<LockOut>,
) -> PortResult<Option<LockedOut>> {
    Ok(match found {
        None => None,
        Some(LockOut::Saver) => Some(LockedOut::Saver),
        Some(LockOut::EveryAdmin { admins }) => {
            let named = context.ports.population.names(workspace, admins).await?;
            let admins = named.into_iter().map(|person| ShutOut {
                user: person.user,
                name: person.name,
                address: person.address,
            });
            Some(LockedOut::EveryAdmin {
                admins: admins.collect(),
            })
        }
    })
}

type Looked = (PreviewCounts, AdminsLeft, Vec<LosesLast>);

/// What is asked of a population.
struct Question<'a> {
    workspace: &'a Workspace,
    proposed: &'a SecuritySettings,
    audiences: &'a [Audience],
    saver: Option<UserId>,
    leaving: Leaving,
}

fn saver(acting: &Acting) -> Option<UserId> {
    match acting.actor {
        doorward_domain::audit::Actor::User(user) => Some(user),
        _ => None,
    }
}

async fn look(context: &Context, question: Question<'_>, how: &PreviewHow) -> Result<Looked, PreviewError> {
    let Question {
        workspace,
        proposed,
        audiences,
        saver,
        leaving,
    } = question;
    let now = context.now();
    let keys = context.ports.hand_over_keys.list(workspace.id).await?;
    let policies = &context.config.policies;
    let surroundings = Surroundings {
        policies: (!policies.is_empty()).then_some(AskedPolicies {
            policies,
            workspace: workspace.id,
            address: None,
            now,
        }),
        ..surroundings_of_all(now, HandOverReach::of(&keys))
    };
    let mut previewer = Previewer::new(&workspace.security, proposed, surroundings, saver).leaving(leaving);
    let mut of = 0;
    if how.listener.is_some() {
        for audience in audiences {
            of += context.ports.population.estimate(workspace.id, *audience).await?;
        }
    }
    let mut seen = 0;
    tell(how, PreviewEvent::Progress { seen, of }).await?;
    // The few of the staff are looked at with every saving, which waits for nobody.
    let _turn = if audiences.contains(&Audience::Customers) {
        let turn = context.previews.wait((workspace.id, how.whole_list));
        Some(while_heard(how, turn).await?)
    } else {
        None
    };
    let offered = context.ports.provider.offered(workspace);
    let offered: Vec<ProviderId> = offered.into_iter().map(|provider| provider.id).collect();
    let mut readers = Readers::start(context, workspace, proposed, audiences, how.whole_list);
    let mut losers = Losing::new();
    while let Some(page) = while_heard(how, readers.next()).await? {
        let page = page?;
        seen += page.len() as u64;
        let losing = see_page(&mut previewer, page, &offered).await;
        if how.whole_list && !losing.is_empty() {
            let named = name(context, workspace.id, losing.clone()).await?;
            tell(how, PreviewEvent::Losing(named)).await?;
        }
        losers.extend(losing);
        while losers.len() > NAMED {
            losers.pop_last();
        }
        tell(how, PreviewEvent::Progress { seen, of: of.max(seen) }).await?;
    }
    let (counts, admins) = previewer.finish();
    let lose_last = name(context, workspace.id, losers).await?;
    Ok((counts, admins, lose_last))
}

type Losing = BTreeMap<UserId, (doorward_domain::role::Role, Vec<Way>)>;

async fn see_page(previewer: &mut Previewer<'_>, page: Page, offered: &[ProviderId]) -> Losing {
    let mut losing = Losing::new();
    let mut addresses = page.addresses.into_iter().peekable();
    for mut person in page.people {
        // Whose credentials are gone is no way in, before or after.
        person.shape.providers.retain(|(id, _)| offered.contains(id));
        let named = addresses.next_if(|(user, _)| *user == person.user);
        let address = named.and_then(|(_, address)| address);
        if let Some(ways) = previewer.see(&person, address.as_ref()) {
            losing.insert(person.user, (person.shape.role, ways));
        }
    }
    // A long walk lets others have their turn.
    tokio::task::yield_now().await;
    losing
}

async fn name(context: &Context, workspace: WorkspaceId, losing: Losing) -> PortResult<Vec<LosesLast>> {
    if losing.is_empty() {
        return Ok(Vec::new());
    }
    let users = losing.keys().copied().collect();
    let mut named: BTreeMap<UserId, NamedPerson> = context
        .ports
        .population
        .names(workspace, users)
        .await?
        .into_iter()
        .map(|person| (person.user, person))
        .collect();
    Ok(losing
        .into_iter()
        .map(|(user, (role, loses))| {
            let person = named.remove(&user);
            LosesLast {
                user,
                name: person.as_ref().map(|person| person.name.clone()).unwrap_or_default(),
                address: person.and_then(|person| person.address),
                role,
                loses,
            }
        })
        .collect())
}

async fn tell(how: &PreviewHow, event: PreviewEvent) -> Result<(), PreviewError> {
    match &how.listener {
        Some(listener) => listener.send(event).await.map_err(|_gone| PreviewError::GivenUp),
        None => Ok(()),
    }
}

/// Waits for something, but no longer than somebody listens.
async fn while_heard<T>(how: &PreviewHow, waited_for: impl Future<Output = T>) -> Result<T, PreviewError> {
    let Some(listener) = &how.listener else {
        return Ok(waited_for.await);
    };
    tokio::select! {
        given = waited_for => Ok(given),
        () = listener.closed() => Err(PreviewError::GivenUp),
    }
}

/// Some people, and their addresses where policies may look at them.
struct Page {
    people: Vec<Sketch>,
    addresses: Vec<(UserId, Option<EmailAddress>)>,
}

impl Page {
    fn len(&self) -> usize {
        self.people.len()
    }
}

/// Reads the people of a workspace, several parts of it at the same time.
struct Readers {
    pages: mpsc::Receiver<PortResult<Page>>,
    /// Ends the readers with it.
    _tasks: JoinSet<()>,
}

impl Readers {
    fn start(
        context: &Context,
        workspace: &Workspace,
        proposed: &SecuritySettings,
        audiences: &[Audience],
        in_order: bool,
    ) -> Self {
        let (sender, pages) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        let with_directory = workspace.security.directory.required || proposed.directory.required;
        let mut parts = Vec::new();
        for audience in audiences {
            let count = match audience {
                // They are few.
                Audience::Staff => 1,
                Audience::Customers if in_order => 1,
                Audience::Customers => READERS,
            };
            for (after, up_to) in parts_of_ids(count) {
                parts.push(PopulationQuery {
                    audience: *audience,
                    after,
                    up_to,
                    with_directory,
                    limit: match audience {
                        Audience::Staff => STAFF_PAGE,
                        Audience::Customers => MAX_POPULATION_PAGE,
                    },
                });
            }
        }
        let walk = |parts: Vec<PopulationQuery>| {
            let (context, workspace, sender) = (context.clone(), workspace.id, sender.clone());
            async move {
                for part in parts {
                    if !read_part(&context, workspace, part, &sender).await {
                        return;
                    }
                }
            }
        };
        if in_order {
            tasks.spawn(walk(parts));
        } else {
            for part in parts {
                tasks.spawn(walk(vec![part]));
            }
        }
        Self { pages, _tasks: tasks }
    }

    async fn next(&mut self) -> Option<PortResult<Page>> {
        self.pages.recv().await
    }
}

/// Reads one part to its end; says whether anybody still wants more.
async fn read_part(
    context: &Context,
    workspace: WorkspaceId,
    mut part: PopulationQuery,
    sender: &mpsc::Sender<PortResult<Page>>,
) -> bool {
    loop {
        let page = read_page(context, workspace, part.clone()).await;
        let (last, whole) = match &page {
            Ok(page) => (
                page.people.last().map(|person| person.user),
                page.people.len() == part.limit as usize,
            ),
            Err(_) => (None, false),
        };
        if page.as_ref().is_ok_and(|page| page.people.is_empty()) {
            return true;
        }
        let failed = page.is_err();
        if sender.send(page).await.is_err() || failed {
            return false;
        }
        if !whole {
            return true;
        }
        part.after = last;
    }
}

async fn read_page(context: &Context, workspace: WorkspaceId, query: PopulationQuery) -> PortResult<Page> {
    let people = context.ports.population.page(workspace, query).await?;
    let addresses = if context.config.policies.is_empty() || people.is_empty() {
        Vec::new()
    } else {
        let users = people.iter().map(|person| person.user).collect();
        let named = context.ports.population.names(workspace, users).await?;
        named.into_iter().map(|person| (person.user, person.address)).collect()
    };
    Ok(Page { people, addresses })
}

/// The ids in `count` parts of about the same size: after which one, up to which one. Ids are random.
fn parts_of_ids(count: u8) -> Vec<(Option<UserId>, Option<UserId>)> {
    let count = u128::from(count.max(1));
    let border = |number: u128| -> Option<UserId> {
        (number > 0 && number < count).then(|| UserId::from_uuid(Uuid::from_u128(u128::MAX / count * number)))
    };
    (0..count).map(|number| (border(number), border(number + 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_all_ids_leave_none_out_and_none_twice() {
        for count in [1, 2, 4, 7] {
            let parts = parts_of_ids(count);
            assert_eq!(parts.first().unwrap().0, None);
            assert_eq!(parts.last().unwrap().1, None);
            for pair in parts.windows(2) {
                assert!(pair[0].1.is_some());
                assert_eq!(pair[0].1, pair[1].0);
            }
        }
    }
}
