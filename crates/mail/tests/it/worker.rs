//! R110: leases, tries, waits and ends.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::mail::{Delivery, LeasedMail, MailState, NewMail};
use doorward_domain::ports::{Clock as _, FaultKind, MockOutbox, Outbox, PortError};
use doorward_domain::testing::{FixedClock, KeptMail, MemoryStore, SeededEntropy};
use doorward_mail::{Carrier, ComposedMail, Nudge, OutboxWorker, Outcome, Trip, Trouble, WorkerConfig, back_off};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::given::{code_mail, composer, notice};

type Answer = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// Carries nothing, answers as told, counts.
#[derive(Clone)]
struct Told {
    answer: Answer,
    carried: Arc<Mutex<Vec<String>>>,
}

impl Told {
    fn new<F>(answer: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self {
            answer: Arc::new(move |to| Box::pin(answer(to))),
            carried: Arc::default(),
        }
    }

    fn yes() -> Self {
        Self::new(|_| async { delivered() })
    }

    fn later() -> Self {
        Self::new(|_| async {
            Outcome::Deferred {
                reply: "450 later".to_owned(),
                trouble: Some(Trouble::Timeout),
            }
        })
    }

    fn carried(&self) -> Vec<String> {
        self.carried.lock().unwrap().clone()
    }
}

impl Carrier for Told {
    fn set_out(&self) -> Box<dyn Trip> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Trip for Told {
    async fn carry(&mut self, mail: &ComposedMail, time: Duration) -> Outcome {
        assert!(time <= Duration::from_secs(57), "{time:?}");
        self.carried.lock().unwrap().push(mail.to().to_owned());
        (self.answer)(mail.to().to_owned()).await
    }

    async fn finish(&mut self) {}
}

fn delivered() -> Outcome {
    Outcome::Delivered {
        reply: "250 ok".to_owned(),
    }
}

struct House {
    store: MemoryStore,
    clock: FixedClock,
    carrier: Told,
    worker: OutboxWorker,
    nudge: Nudge,
}

impl House {
    fn with(carrier: Told) -> Self {
        let (store, clock, nudge) = (MemoryStore::new(), FixedClock::default(), Nudge::default());
        let worker = worker(Arc::new(store.clone()), &carrier, &clock, 1).with_nudge(nudge.clone());
        Self {
            store,
            clock,
            carrier,
            worker,
            nudge,
        }
    }

    async fn holding(carrier: Told, mails: impl IntoIterator<Item = NewMail>) -> Self {
        let house = Self::with(carrier);
        for mail in mails {
            house.store.enqueue(mail).await.unwrap();
        }
        house
    }

    async fn round(&self) -> usize {
        self.worker.round(&CancellationToken::new()).await.unwrap()
    }

    fn only(&self) -> KeptMail {
        let kept = self.store.outbox();
        assert_eq!(kept.len(), 1);
        kept.into_iter().next().unwrap()
    }
}

fn worker(outbox: Arc<dyn Outbox>, carrier: &Told, clock: &FixedClock, seed: u64) -> OutboxWorker {
    OutboxWorker::new(
        outbox,
        Arc::new(carrier.clone()),
        Arc::new(composer()),
        Arc::new(clock.clone()),
        Arc::new(SeededEntropy::new(seed)),
    )
}

fn away() -> PortError {
    PortError::bare(FaultKind::Unavailable, "outbox.test")
}

#[tokio::test]
async fn a_mail_is_carried_once_and_the_reply_kept() {
    let house = House::holding(Told::yes(), [code_mail(1)]).await;
    assert_eq!(house.round().await, 1);
    let kept = house.only();
    assert_eq!(
        (kept.state, kept.attempts, kept.last_reply.as_deref()),
        (MailState::Delivered, 1, Some("250 ok"))
    );
    assert_eq!(house.round().await, 0);
    assert_eq!(house.carrier.carried(), ["ada1@example.com"]);
}

#[tokio::test]
async fn a_refused_mail_is_not_tried_again() {
    let refuse = Told::new(|_| async {
        Outcome::Refused {
            reply: "550 no".to_owned(),
        }
    });
    let house = House::holding(refuse, [code_mail(1)]).await;
    house.round().await;
    assert_eq!(house.only().state, MailState::Refused);
    house.clock.advance(Duration::from_hours(1));
    assert_eq!(house.round().await, 0);
}

#[tokio::test]
async fn a_mail_that_cannot_be_composed_is_refused_without_a_word_of_it() {
    let mut mail = code_mail(1);
    mail.sender.from = Some("SECRET\r\nBcc: eve@example.com".to_owned());
    let house = House::holding(Told::yes(), [mail]).await;
    house.round().await;
    let kept = house.only();
    assert_eq!(kept.state, MailState::Refused);
    assert!(!kept.last_reply.unwrap().contains("SECRET"));
    assert_eq!(house.carrier.carried(), Vec::<String>::new());
}

#[tokio::test]
async fn r110_waits_grow_from_ten_seconds_to_fifteen_minutes_a_fifth_either_way() {
    let house = House::holding(Told::later(), [notice(1)]).await;
    for attempt in 1..=12_u32 {
        assert_eq!(house.round().await, 1, "try {attempt}");
        let kept = house.only();
        assert_eq!((kept.state, kept.attempts), (MailState::Queued, attempt));
        let wait = kept.next_attempt_at.since(house.clock.now()).as_secs_f64();
        let middle = f64::from(5 * 2_u32.pow(attempt)).min(900.0);
        assert!(
            (middle * 0.799..=middle * 1.201).contains(&wait),
            "try {attempt}: {wait}"
        );
        house.clock.set(kept.next_attempt_at.minus(Duration::from_millis(1)));
        assert_eq!(house.round().await, 0);
        house.clock.set(kept.next_attempt_at);
    }
}

#[test]
fn r110_waits_are_spread_over_their_whole_range() {
    let waits: Vec<u128> = (0..500)
        .map(|seed| back_off(1, &SeededEntropy::new(seed)).as_millis())
        .collect();
    assert!(waits.iter().all(|wait| (8_000..=12_000).contains(wait)), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait < 8_200) && waits.iter().any(|wait| *wait > 11_800));
    assert!(back_off(u32::MAX, &SeededEntropy::new(1)) <= Duration::from_mins(18));
}

#[tokio::test]
async fn r110_a_code_is_never_carried_past_its_life() {
    let house = House::holding(Told::later(), [code_mail(1)]).await;
    let end = code_mail(1).expires_at.unwrap();
    let mut tries = 0;
    while house.clock.now() < end {
        assert_eq!(house.round().await, 1);
        tries += 1;
        let next = house.only().next_attempt_at;
        assert!(
            next > house.clock.now() && next <= end,
            "the next try is past the code's life"
        );
        house.clock.set(next);
    }
    assert!(tries >= 5, "only {tries} tries in ten minutes");
    assert_eq!(house.round().await, 1);
    assert_eq!(house.only().state, MailState::Expired);
    assert_eq!(house.carrier.carried().len(), tries);
}

#[tokio::test]
async fn r110_notices_are_tried_for_four_days() {
    let house = House::holding(Told::later(), [notice(1)]).await;
    let days = Duration::from_hours(96);
    let mut last_try = house.clock.now();
    while house.only().state == MailState::Queued {
        let tried = house.carrier.carried().len();
        assert_eq!(house.round().await, 1);
        if house.carrier.carried().len() > tried {
            last_try = house.clock.now();
        }
        house.clock.set(house.only().next_attempt_at.max(house.clock.now()));
    }
    assert_eq!(house.only().state, MailState::Expired);
    let lived = house.clock.now().since(FixedClock::START);
    assert!(lived >= days && lived < days + Duration::from_mins(20), "{lived:?}");
    assert!(last_try.since(FixedClock::START) >= days.checked_sub(Duration::from_mins(19)).unwrap());
}

#[tokio::test]
async fn two_workers_never_hold_one_mail() {
    let slow = Told::new(|_| async {
        sleep(Duration::from_millis(2)).await;
        delivered()
    });
    let house = House::holding(slow, (1..=60).map(code_mail)).await;
    let workers: Vec<_> = (2..6)
        .map(|seed| worker(Arc::new(house.store.clone()), &house.carrier, &house.clock, seed))
        .map(|worker| {
            tokio::spawn(async move {
                let stop = CancellationToken::new();
                while worker.round(&stop).await.unwrap() > 0 {}
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for to in house.carrier.carried() {
        *times.entry(to).or_default() += 1;
    }
    assert_eq!(times.len(), 60);
    assert!(times.values().all(|count| *count == 1), "{times:?}");
    assert!(
        house
            .store
            .outbox()
            .iter()
            .all(|kept| kept.state == MailState::Delivered)
    );
}

#[tokio::test]
async fn sf9_a_worker_woken_after_its_lease_neither_records_nor_sends_on() {
    let clock = FixedClock::default();
    let hand = clock.clone();
    let sleeper = Told::new(move |_| {
        hand.advance(Duration::from_secs(61));
        async {
            Outcome::Refused {
                reply: "550 too late".to_owned(),
            }
        }
    });
    let store = MemoryStore::new();
    for number in 1..=3 {
        store.enqueue(notice(number)).await.unwrap();
    }
    let woken = worker(Arc::new(store.clone()), &sleeper, &clock, 1);
    assert_eq!(woken.round(&CancellationToken::new()).await.unwrap(), 3);
    assert_eq!(sleeper.carried().len(), 1, "it went on under a lease that had ended");
    assert!(
        store
            .outbox()
            .iter()
            .all(|kept| kept.state == MailState::Queued && kept.attempts == 0)
    );
    let other = Told::yes();
    let awake = worker(Arc::new(store.clone()), &other, &clock, 2);
    assert_eq!(awake.round(&CancellationToken::new()).await.unwrap(), 3);
    assert!(store.outbox().iter().all(|kept| kept.state == MailState::Delivered));
}

#[tokio::test]
async fn a_try_is_not_begun_when_the_lease_is_about_to_end() {
    let clock = FixedClock::default();
    let hand = clock.clone();
    let slow = Told::new(move |_| {
        hand.advance(Duration::from_secs(56));
        async { delivered() }
    });
    let store = MemoryStore::new();
    for number in 1..=2 {
        store.enqueue(notice(number)).await.unwrap();
    }
    let worker = worker(Arc::new(store.clone()), &slow, &clock, 1);
    worker.round(&CancellationToken::new()).await.unwrap();
    let states: Vec<MailState> = store.outbox().iter().map(|kept| kept.state).collect();
    assert_eq!(states, [MailState::Delivered, MailState::Queued]);
    assert_eq!(
        worker.round(&CancellationToken::new()).await.unwrap(),
        0,
        "its lease has not ended yet"
    );
    clock.advance(Duration::from_secs(5));
    assert_eq!(worker.round(&CancellationToken::new()).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_is_recorded_when_the_database_comes_back_and_not_carried_again() {
    let carrier = Told::yes();
    let mut outbox = MockOutbox::new();
    let mut failures = 3;
    outbox.expect_lease().times(1).returning(|lease, _, _, _| {
        Ok(vec![LeasedMail {
            mail: code_mail(1),
            attempts: 0,
            lease,
        }])
    });
    outbox.expect_record().times(4).returning(move |_, _, delivery, _| {
        assert!(matches!(delivery, Delivery::Delivered { .. }));
        failures -= 1;
        if failures >= 0 { Err(away()) } else { Ok(true) }
    });
    let worker = worker(Arc::new(outbox), &carrier, &FixedClock::default(), 1);
    worker.round(&CancellationToken::new()).await.unwrap();
    assert_eq!(carrier.carried().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn e3_the_first_try_comes_within_a_second_and_at_once_with_a_nudge() {
    let house = House::with(Told::yes());
    let stop = CancellationToken::new();
    let running = tokio::spawn(house.worker.clone().run(stop.clone()));
    sleep(Duration::from_millis(777)).await;
    for (number, nudged) in [(1, false), (2, true)] {
        let begun = Instant::now();
        house.store.enqueue(code_mail(number)).await.unwrap();
        if nudged {
            house.nudge.now();
        }
        while house.carrier.carried().len() < usize::try_from(number).unwrap() {
            sleep(Duration::from_millis(1)).await;
        }
        let limit = if nudged { 20 } else { 300 };
        assert!(begun.elapsed() <= Duration::from_millis(limit), "{:?}", begun.elapsed());
    }
    stop.cancel();
    timeout(Duration::from_secs(1), running).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_is_waited_for() {
    let house = House::holding(Told::yes(), [code_mail(1)]).await;
    house.store.set_away(true);
    let stop = CancellationToken::new();
    let running = tokio::spawn(house.worker.clone().run(stop.clone()));
    sleep(Duration::from_mins(30)).await;
    assert_eq!(house.carrier.carried().len(), 0);
    house.store.set_away(false);
    sleep(Duration::from_secs(6)).await;
    assert_eq!(house.carrier.carried().len(), 1);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn stopping_finishes_the_mail_in_hand_and_begins_no_other() {
    let slow = Told::new(|_| async {
        sleep(Duration::from_secs(10)).await;
        delivered()
    });
    let house = House::holding(slow, (1..=3).map(notice)).await;
    let config = WorkerConfig {
        lanes: 1,
        ..WorkerConfig::default()
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn(house.worker.clone().with_config(config).run(stop.clone()));
    sleep(Duration::from_secs(3)).await;
    stop.cancel();
    timeout(Duration::from_secs(8), running).await.unwrap().unwrap();
    let states: Vec<MailState> = house.store.outbox().iter().map(|kept| kept.state).collect();
    assert_eq!(states, [MailState::Delivered, MailState::Queued, MailState::Queued]);
}

#[tokio::test(start_paused = true)]
async fn one_slow_server_does_not_hold_up_all_mail() {
    let slow_for_one = Told::new(|to: String| async move {
        if to.starts_with("ada1@") {
            sleep(Duration::from_secs(50)).await;
        }
        delivered()
    });
    let house = House::holding(slow_for_one, [code_mail(1)]).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(house.worker.clone().run(stop.clone()));
    sleep(Duration::from_secs(1)).await;
    house.store.enqueue(code_mail(2)).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    let second = house
        .store
        .outbox()
        .into_iter()
        .find(|kept| kept.mail.id == code_mail(2).id);
    assert_eq!(second.unwrap().state, MailState::Delivered);
    stop.cancel();
    running.await.unwrap();
}
