//! C3: what a change of settings would do to everybody is what happens to everybody.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use doorward_auth::workspace::change_settings::{SettingChange, proposed};
use doorward_auth::workspace::preview_settings::{LockedOut, PreviewEvent, PreviewHow, SettingsPreview};
use doorward_auth::{Acting, SignInOutcome};
use doorward_domain::audit::Actor;
use doorward_domain::directory::{DirectoryRecord, DirectorySource, IdentityScope, RecordEmail, RecordName};
use doorward_domain::ids::{ConnectionId, DirectoryRecordId, UserId};
use doorward_domain::mail::Message;
use doorward_domain::policy::{MockSignInPolicy, PolicySet, Verdict};
use doorward_domain::ports::{Connections as _, Directory as _, Stored};
use doorward_domain::preview::{AudiencePreview, WayChange};
use doorward_domain::provider::{Arrived, Connection, ProviderId};
use doorward_domain::role::{Audience, Rights, Role};
use doorward_domain::settings::{ProviderRule, SecuritySettings};
use doorward_domain::testing::{FixedClock, PASSWORD, Person, address, arrived, audit};
use doorward_domain::user::{User, UserStatus};
use doorward_domain::ways_in::Way;
use proptest::prelude::*;
use tokio::sync::mpsc;

use crate::authenticator::Authenticator;
use crate::hand_over::{Site, hand_over};
use crate::house::{House, sent};

/// Somebody of a made-up population.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a person")]
struct Made {
    role: Role,
    password: bool,
    app: bool,
    passkey: bool,
    google: bool,
    /// What the directory says of that identity, if it holds it: whether it is active; and whether it was found by the
    /// mailbox that the provider vouches for, not by the identity itself.
    record: Option<(bool, bool)>,
    disabled: bool,
}

fn made() -> impl Strategy<Value = Made> {
    let role = prop_oneof![
        Just(Role::Customer),
        Just(Role::Customer),
        Just(Role::Collaborator),
        Just(Role::Agent),
        Just(Role::Admin),
        Just(Role::Owner)
    ];
    let record = proptest::option::weighted(0.7, any::<(bool, bool)>());
    (
        role,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        record,
        0..6_u8,
    )
        .prop_map(|(role, password, app, passkey, google, record, disabled)| Made {
            role,
            password,
            app,
            // It is added from a session, which takes a password alone.
            passkey: passkey && password && !app,
            google,
            record,
            // The last owner cannot be (R97).
            disabled: disabled == 0 && role != Role::Owner,
        })
}

/// The keys of the company's own site: up to which role each brings somebody, customers and staff.
fn keys() -> impl Strategy<Value = [Option<Role>; 2]> {
    let customers = prop_oneof![Just(None), Just(Some(Role::Customer)), Just(Some(Role::Collaborator))];
    let staff = prop_oneof![Just(None), Just(Some(Role::Agent)), Just(Some(Role::Admin))];
    (customers, staff).prop_map(|(customers, staff)| [customers, staff])
}

fn settings() -> impl Strategy<Value = SecuritySettings> {
    let audience = || {
        (
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
        )
    };
    (audience(), audience(), any::<bool>()).prop_map(|(customers, staff, directory)| {
        let mut settings = SecuritySettings::default();
        settings.directory.required = directory;
        for (rules, (password, code, passkey, google, hand_over, second)) in
            [(&mut settings.customers, customers), (&mut settings.staff, staff)]
        {
            rules.password = password;
            rules.email_code = code;
            rules.passkey = passkey;
            rules.hand_over = hand_over;
            rules.two_factor_required = second;
            let open = google.then(|| ProviderId::parse("google").unwrap());
            rules.providers = Some(ProviderRule::Only(open.into_iter().collect()));
        }
        settings
    })
}

struct Somebody {
    user: User,
    email: String,
    /// Whether their identity at Google is connected. Nobody else's says an email: it would connect itself by that.
    google: bool,
    /// It counts its answers.
    authenticator: Option<RefCell<Authenticator>>,
}

/// A house with those people, and what each signs in with.
async fn populated(people: &[Made]) -> (House, Vec<Somebody>) {
    let house = House::crowded(|_| {}).await;
    house.provider.offer("google", "Google");
    let mut all = Vec::new();
    for (n, made) in people.iter().enumerate() {
        let email = format!("p{n}@example.com");
        let mut person = Person::customer(house.given.workspace.id, &email).role(made.role);
        if !made.password {
            person = person.without_password();
        }
        if made.app {
            person = person.with_app();
        }
        let user = house.given.person(person);
        let mut authenticator = None;
        if made.passkey {
            let browser = house.browser();
            let session = browser.enter(&email).await.session;
            let mut new = Authenticator::new(u8::try_from(n + 1).unwrap());
            browser.give_passkey(&session, &mut new, "Phone").await;
            authenticator = Some(RefCell::new(new));
        }
        if made.google {
            connect(&house, &user, &email).await;
        }
        if let Some((active, by_mailbox)) = made.record {
            record(&house, n, &email, (active, by_mailbox)).await;
        }
        if made.disabled {
            let (people, whom) = (house.auth.people(), address(&email));
            let barred = people.set_status(Actor::Operator, &house.given.workspace, &whom, UserStatus::Disabled);
            assert_eq!(barred.await.unwrap(), Some(user.id));
        }
        all.push(Somebody {
            user,
            email,
            google: made.google,
            authenticator,
        });
    }
    (house, all)
}

/// How Google tells of the owner of an address: it speaks for the mailbox.
fn by_google(email: &str) -> Arrived {
    arrived("google", email).authoritative(email)
}

/// Puts somebody into the directory, by the identity that Google has of them or by their mailbox.
async fn record(house: &House, number: usize, email: &str, (active, by_mailbox): (bool, bool)) {
    let now = house.auth.now();
    let identity = by_google(email).identity;
    let record = DirectoryRecord {
        id: DirectoryRecordId::from_uuid(uuid::Uuid::from_u128(number as u128 + 1)),
        workspace: house.given.workspace.id,
        source: DirectorySource::File,
        external_id: (!by_mailbox).then(|| identity.subject.clone()),
        scope: (!by_mailbox).then(|| IdentityScope {
            provider: identity.provider.clone(),
            issuer: Some(identity.issuer.clone()),
            tenant: identity.tenant.clone(),
        }),
        user_name: format!("u{number}"),
        name: RecordName::default(),
        display_name: None,
        emails: Vec::from_iter(by_mailbox.then(|| RecordEmail {
            address: address(email),
            kind: None,
            primary: true,
        })),
        active,
        attributes: serde_json::Map::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let row = audit(
        house.given.workspace.id,
        doorward_domain::audit::AuditAction::DirectoryChanged,
        now,
    );
    let stored = house.given.store.put_record(record, row).await.unwrap();
    assert!(matches!(stored, Stored::Done(_)), "{stored:?}");
}

async fn connect(house: &House, user: &User, email: &str) {
    let who = by_google(email);
    let connection = Connection {
        id: ConnectionId::from_uuid(user.id.as_uuid()),
        workspace: user.workspace,
        user: user.id,
        identity: who.identity.clone(),
        label: who.label(),
        vouched: Some(address(email).key()),
        created_at: FixedClock::START,
        last_used_at: None,
    };
    let row = audit(
        user.workspace,
        doorward_domain::audit::AuditAction::IdentityConnected,
        FixedClock::START,
    );
    house.given.store.connect(connection, row, Vec::new()).await.unwrap();
}

/// Whether an answer lets somebody in; whoever is asked for their second factor, or led to set one up, is.
fn is_in(outcome: &SignInOutcome) -> bool {
    matches!(outcome, SignInOutcome::SignedIn(_) | SignInOutcome::SecondStep(_))
}

/// The ways by which somebody really gets in, under the settings of the house.
async fn observed(house: &House, sites: &[Site], person: &Somebody) -> BTreeSet<Way> {
    let mut open = BTreeSet::new();
    if is_in(&house.browser().password(&person.email, PASSWORD).await) {
        open.insert(Way::Password);
    }
    let browser = house.browser();
    let flow = sent(browser.ask_code(&person.email).await).flow;
    let last = house.given.store.messages_to(&person.email).pop();
    if let Some(Message::SignInCode { code, .. }) = last
        && is_in(&browser.redeem(flow, &code).await)
    {
        open.insert(Way::EmailCode);
    }
    let rules = &house.given.workspace.security;
    let google = ProviderId::parse("google").unwrap();
    if rules.offers_provider(Audience::Customers, &google) || rules.offers_provider(Audience::Staff, &google) {
        let who = if person.google {
            by_google(&person.email)
        } else {
            arrived("google", &person.email)
        };
        let outcome = house.browser().as_arrived(&who).await;
        if is_in(&outcome) {
            open.insert(Way::Provider(google));
        }
    }
    if let Some(authenticator) = &person.authenticator {
        let browser = house.browser();
        let round = browser.passkey_challenge().await;
        let answer = authenticator.borrow_mut().answer(&round.options);
        if is_in(&browser.answer(round.ceremony, answer).await) {
            open.insert(Way::Passkey);
        }
    }
    for site in sites {
        let token = site.token(serde_json::json!({"email": person.email, "external_id": person.email}));
        if is_in(&hand_over(&house.browser(), &token).await) {
            open.insert(Way::HandOver);
        }
    }
    // A second factor proved by none of these can be tried again at once: the code of the app was not shown.
    open
}

async fn under(mut house: House, settings: &SecuritySettings) -> House {
    let wanted = settings.clone();
    house.given = house
        .given
        .clone()
        .settings(|settings| *settings = wanted)
        .await
        .unwrap();
    house
}

fn counted(
    people: &[Somebody],
    before: &[BTreeSet<Way>],
    after: &[BTreeSet<Way>],
    audience: Audience,
) -> AudiencePreview {
    let mut counts = AudiencePreview {
        looked_at: true,
        ..AudiencePreview::default()
    };
    for ((person, before), after) in people.iter().zip(before).zip(after) {
        if person.user.role.audience() != audience {
            continue;
        }
        counts.people += 1;
        for way in before.union(after) {
            let change: &mut WayChange = counts.ways.entry(way.clone()).or_default();
            match (before.contains(way), after.contains(way)) {
                (true, true) => change.keep += 1,
                (true, false) => change.lose += 1,
                (false, _) => change.gain += 1,
            }
        }
        counts.lose_last += u64::from(!before.is_empty() && after.is_empty());
        counts.gain_first += u64::from(before.is_empty() && !after.is_empty());
    }
    counts
}

async fn predicted_is_observed(
    people: Vec<Made>,
    keys: [Option<Role>; 2],
    before: SecuritySettings,
    after: SecuritySettings,
) {
    let (house, all) = populated(&people).await;
    let mut sites = Vec::new();
    for (audience, highest) in [Audience::Customers, Audience::Staff].into_iter().zip(keys) {
        if highest.is_some() {
            sites.push(Site::new(&house, audience, highest).await);
        }
    }
    let house = under(house, &before).await;
    let mut now = Vec::new();
    for person in &all {
        now.push(observed(&house, &sites, person).await);
    }
    let preview = preview(&house, &Acting::operator(), &after).await;
    house.clock.advance(std::time::Duration::from_hours(25));
    let house = under(house, &after).await;
    let mut then = Vec::new();
    for person in &all {
        then.push(observed(&house, &sites, person).await);
    }
    for (audience, told) in [
        (Audience::Customers, &preview.counts.customers),
        (Audience::Staff, &preview.counts.staff),
    ] {
        let mut happened = counted(&all, &now, &then, audience);
        if told.looked_at {
            happened.have_to_enrol = told.have_to_enrol;
            assert_eq!(*told, happened, "{audience:?}: {people:?}");
        } else {
            for ((person, now), then) in all.iter().zip(&now).zip(&then) {
                assert!(
                    person.user.role.audience() != audience || now == then,
                    "{person:?} changed",
                    person = person.user
                );
            }
        }
    }
    let losing: BTreeMap<UserId, BTreeSet<Way>> = all
        .iter()
        .zip(now.iter().zip(&then))
        .filter(|(_, (now, then))| !now.is_empty() && then.is_empty())
        .map(|(person, (now, _))| (person.user.id, now.clone()))
        .collect();
    let told: BTreeMap<UserId, BTreeSet<Way>> = preview
        .lose_last
        .iter()
        .map(|person| (person.user, person.loses.iter().cloned().collect()))
        .collect();
    assert_eq!(told, losing);
    let refused = preview.locked_out.is_some();
    // Whether the company's own site knows an admin is not known here, so that hand-over saves nobody (R105).
    let gets_in = |ways: &BTreeSet<Way>| ways.iter().any(|way| *way != Way::HandOver);
    let admins = |ways: &[BTreeSet<Way>]| {
        all.iter()
            .zip(ways)
            .filter(|(person, ways)| person.user.role >= Role::Admin && gets_in(ways))
            .count()
    };
    assert_eq!(
        refused,
        admins(&now) > 0 && admins(&then) == 0,
        "{:?}",
        preview.locked_out
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn c3_what_is_predicted_of_everybody_is_what_happens(
        people in proptest::collection::vec(made(), 1..7), keys in keys(), before in settings(), after in settings(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(predicted_is_observed(people, keys, before, after));
    }
}

async fn preview(house: &House, acting: &Acting, after: &SecuritySettings) -> SettingsPreview {
    let settings = house.auth.settings();
    let how = PreviewHow::default();
    settings
        .preview(acting, &house.given.workspace, after, &how)
        .await
        .unwrap()
}

fn with(house: &House, pairs: &[(&str, &str)]) -> SecuritySettings {
    let changes: Vec<SettingChange> = pairs
        .iter()
        .map(|(key, value)| SettingChange {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        })
        .collect();
    proposed(&house.given.workspace.security, &changes).unwrap()
}

fn acting(user: &User) -> Acting {
    Acting {
        actor: Actor::User(user.id),
        rights: Rights::OPERATOR,
        client: None,
    }
}

#[tokio::test]
async fn c3_the_first_fifty_are_named_and_the_whole_list_is_told() {
    let house = House::new().await;
    let mut ids = Vec::new();
    for n in 0..120 {
        let person = Person::customer(house.given.workspace.id, &format!("p{n}@example.com"));
        ids.push(house.given.person(person).id);
    }
    ids.sort();
    let after = with(
        &house,
        &[("customers.password", "false"), ("customers.email_code", "false")],
    );
    let told = preview(&house, &Acting::operator(), &after).await;
    assert_eq!(told.counts.customers.lose_last, 120);
    assert_eq!(
        told.lose_last.iter().map(|person| person.user).collect::<Vec<_>>(),
        ids[..50]
    );
    let keys: Vec<&str> = told
        .differences
        .iter()
        .map(|difference| difference.key.as_str())
        .collect();
    assert_eq!(keys, ["customers.password", "customers.email_code"]);
    assert!(!told.on_trial && !told.counts.staff.looked_at);

    let (listener, mut events) = mpsc::channel(1);
    let how = PreviewHow {
        listener: Some(listener),
        whole_list: true,
    };
    let listening = async {
        let (mut listed, mut last) = (Vec::new(), (0, 0));
        while let Some(event) = events.recv().await {
            match event {
                PreviewEvent::Losing(people) => listed.extend(people.into_iter().map(|person| person.user)),
                PreviewEvent::Progress { seen, of } => last = (seen, of),
            }
        }
        (listed, last)
    };
    let settings = house.auth.settings();
    let running = async {
        let made = settings
            .preview(&Acting::operator(), &house.given.workspace, &after, &how)
            .await;
        drop(how);
        made.unwrap()
    };
    let (_, (listed, last)) = tokio::join!(running, listening);
    assert_eq!(listed, ids);
    assert_eq!(last, (120, 120));
}

#[tokio::test]
async fn r105_whoever_saves_is_looked_at_first_and_then_every_other_admin() {
    let house = House::new().await;
    let ada = house.given.owner("ada@example.com");
    let after = with(&house, &[("staff.password", "false")]);
    let told = preview(&house, &Acting::operator(), &after).await;
    let Some(LockedOut::EveryAdmin { admins }) = told.locked_out else {
        panic!("{:?}", told.locked_out)
    };
    assert_eq!(admins.iter().map(|admin| admin.user).collect::<Vec<_>>(), [ada.id]);
    assert_eq!(
        admins[0]
            .address
            .as_ref()
            .map(doorward_domain::email_address::EmailAddress::as_str),
        Some("ada@example.com")
    );

    let bob = house.given.person(
        Person::customer(house.given.workspace.id, "bob@example.com")
            .role(Role::Admin)
            .with_passkey("Phone", true),
    );
    assert_eq!(
        preview(&house, &acting(&ada), &after).await.locked_out,
        Some(LockedOut::Saver)
    );
    let told = preview(&house, &acting(&bob), &after).await;
    assert_eq!(told.locked_out, None, "another admin has a passkey");
    assert!(told.on_trial);
    assert_eq!(preview(&house, &Acting::operator(), &after).await.locked_out, None);
}

#[tokio::test]
async fn c3_policies_of_an_embedder_are_asked_of_each() {
    let objecting = MockSignInPolicy::saying("never", Verdict::Deny(doorward_domain::reason::PublicReason::MethodOff));
    let house = House::with(|_| {}, PolicySet::new(vec![std::sync::Arc::new(objecting)])).await;
    house.given.customer("jo@example.com");
    let after = with(&house, &[("customers.password", "false")]);
    let told = preview(&house, &Acting::operator(), &after).await;
    assert_eq!(told.counts.customers.people, 1);
    assert!(
        told.counts.customers.ways.is_empty(),
        "it lets nobody in, before or after"
    );
}
