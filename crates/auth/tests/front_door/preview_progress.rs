//! C3: a preview that is listened to while it counts.

use doorward_auth::workspace::change_settings::{SettingChange, proposed};
use doorward_auth::workspace::preview_settings::{PreviewError, PreviewEvent, PreviewHow, SettingsPreview};
use doorward_auth::{Acting, Auth, Ports};
use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::ports::{NamedPerson, Population, PopulationQuery, PortResult};
use doorward_domain::preview::Sketch;
use doorward_domain::role::Audience;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::testing::{Given, Person};
use tokio::sync::mpsc;

use crate::house::House;

type Preview = tokio::task::JoinHandle<Result<SettingsPreview, PreviewError>>;

/// A preview that somebody listens to, one event at a time.
fn heard_by(auth: &Auth, house: &House, after: &SecuritySettings) -> (Preview, mpsc::Receiver<PreviewEvent>) {
    let (listener, events) = mpsc::channel(1);
    let (auth, workspace, after) = (auth.clone(), house.given.workspace.clone(), after.clone());
    let running = tokio::spawn(async move {
        let how = PreviewHow {
            listener: Some(listener),
            whole_list: false,
        };
        let acting = Acting::operator();
        auth.settings().preview(&acting, &workspace, &after, &how).await
    });
    (running, events)
}

/// Lets everything come as far as it can.
async fn settle() {
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
}

fn progress(event: Option<PreviewEvent>) -> (u64, u64) {
    match event {
        Some(PreviewEvent::Progress { seen, of }) => (seen, of),
        other => panic!("{other:?}"),
    }
}

fn crowd(house: &House, count: u32) -> SecuritySettings {
    for n in 0..count {
        let mut person = Person::customer(house.given.workspace.id, &format!("p{n}@example.com"));
        // Ids of real people lie all over, and so come in several pages.
        person.user.id = UserId::from_uuid(uuid::Uuid::from_u128(u128::MAX / u128::from(count) * u128::from(n) + 1));
        house.given.person(person);
    }
    let change = SettingChange {
        key: "customers.password".to_owned(),
        value: "false".to_owned(),
    };
    proposed(&house.given.workspace.security, &[change]).unwrap()
}

#[tokio::test]
async fn c3_a_preview_that_is_listened_to_only_ever_comes_further_and_says_the_same() {
    let house = House::new().await;
    let after = crowd(&house, 120);
    let (running, mut events) = heard_by(&house.auth, &house, &after);
    let mut last = (0, 0);
    let mut steps = 0;
    while let Some(event) = events.recv().await {
        let (seen, of) = progress(Some(event));
        assert!(seen >= last.0 && of >= last.1 && seen <= of, "{last:?} {seen} {of}");
        (last, steps) = ((seen, of), steps + 1);
    }
    assert_eq!(last, (120, 120));
    assert!(steps > 2, "it is told while it runs, and not at its end");
    let settings = house.auth.settings();
    let (acting, how) = (Acting::operator(), PreviewHow::default());
    let plain = settings.preview(&acting, &house.given.workspace, &after, &how).await;
    assert_eq!(running.await.unwrap().unwrap(), plain.unwrap());
}

#[tokio::test]
async fn c3_one_preview_of_a_workspace_runs_at_a_time_and_whoever_waits_may_go() {
    let house = House::new().await;
    let after = crowd(&house, 120);
    // Nobody reads what the first one tells, so that it stands still in the middle.
    let (first, unread) = heard_by(&house.auth, &house, &after);
    settle().await;
    let (second, mut events) = heard_by(&house.auth, &house, &after);
    let (third, mut gone) = heard_by(&house.auth, &house, &after);
    assert_eq!(
        progress(events.recv().await),
        (0, 120),
        "whoever waits is told that it has begun"
    );
    assert_eq!(progress(gone.recv().await), (0, 120));
    settle().await;
    assert!(events.try_recv().is_err(), "it has not begun to read");
    drop(gone);
    assert!(
        matches!(third.await.unwrap(), Err(PreviewError::GivenUp)),
        "gone while it waited"
    );
    drop(unread);
    assert!(
        matches!(first.await.unwrap(), Err(PreviewError::GivenUp)),
        "nobody listens to it"
    );
    while events.recv().await.is_some() {}
    assert_eq!(second.await.unwrap().unwrap().counts.customers.people, 120);
}

/// A population that grows while it is looked at.
struct Growing(Given);

#[async_trait::async_trait]
impl Population for Growing {
    async fn page(&self, workspace: WorkspaceId, query: PopulationQuery) -> PortResult<Vec<Sketch>> {
        let page = self.0.store.page(workspace, query).await;
        for _ in 0..3 {
            let already = self.0.store.estimate(workspace, Audience::Customers).await?;
            self.0.customer(&format!("late{already}@example.com"));
        }
        page
    }

    async fn names(&self, workspace: WorkspaceId, users: Vec<UserId>) -> PortResult<Vec<NamedPerson>> {
        self.0.store.names(workspace, users).await
    }

    async fn estimate(&self, workspace: WorkspaceId, audience: Audience) -> PortResult<u64> {
        self.0.store.estimate(workspace, audience).await
    }
}

#[tokio::test]
async fn c3_people_who_come_while_it_counts_are_counted_once_or_not_at_all() {
    let house = House::new().await;
    let after = crowd(&house, 40);
    let ports = Ports {
        population: std::sync::Arc::new(Growing(house.given.clone())),
        ..house.auth.ports().clone()
    };
    let auth = Auth::new(ports, house.auth.config().clone());
    let (running, mut events) = heard_by(&auth, &house, &after);
    let mut last = (0, 0);
    while let Some(event) = events.recv().await {
        let (seen, of) = progress(Some(event));
        assert!(seen >= last.0 && of >= last.1 && seen <= of, "{last:?} {seen} {of}");
        last = (seen, of);
    }
    let told = running.await.unwrap().unwrap().counts.customers;
    let there_are = house
        .given
        .store
        .estimate(house.given.workspace.id, Audience::Customers)
        .await;
    assert!(told.people >= 40 && told.people <= there_are.unwrap(), "{told:?}");
    assert_eq!(last.0, told.people);
    for (way, change) in &told.ways {
        assert_eq!(change.gain + change.keep + change.lose, told.people, "{way}");
    }
}
