//! The outbox worker: leases mails, has them carried away, records what became of each (R110, R111).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use doorward_domain::mail::{Delivery, LeasedMail, NewMail};
use doorward_domain::ports::{Clock, Entropy, Outbox, PortError};
use doorward_domain::time::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::carrier::{Carrier, Outcome, Trip, Trouble};
use crate::compose::Composer;

/// Longest lease there may be (R110).
const MAX_LEASE: Duration = Duration::from_mins(1);
/// How long notices are tried (R110; RFC 5321 §4.5.4.1).
const NOTICE_LIFETIME: Duration = Duration::from_hours(96);
/// Wait after the first failed try is twice this.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// No wait between tries is longer, before it is spread.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// What is left of a lease when a try has to be over, so that its outcome can still be recorded under it.
const RECORD_MARGIN: Duration = Duration::from_secs(3);
/// Less than this left, and a try is not begun.
const SHORTEST_TRY: Duration = Duration::from_secs(2);
/// Longest wait before the database is asked again after it failed.
const LONGEST_OUTAGE_WAIT: Duration = Duration::from_secs(5);

/// Wakes the worker: whoever has just committed mail need not wait for the next poll. Clones wake the same worker.
#[derive(Debug, Clone, Default)]
pub struct Nudge(Arc<Notify>);

impl Nudge {
    /// Says that there is mail. Cheap, and never lost: a worker that is busy looks again when it is done.
    pub fn now(&self) {
        self.0.notify_one();
    }
}

/// How a worker works. The defaults are the figures of R110.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerConfig {
    /// How often the outbox is asked while nothing happens.
    pub poll: Duration,
    /// How long a lease lasts; no more than 60 s count.
    pub lease: Duration,
    /// Most mails of one lease, and so of one connection.
    pub batch: u32,
    /// How many batches are carried side by side, so that one slow server does not hold up all mail.
    pub lanes: usize,
    /// How often the depth of the queue is measured.
    pub measure: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(250),
            lease: MAX_LEASE,
            batch: 10,
            lanes: 2,
            measure: Duration::from_secs(5),
        }
    }
}

/// Sends what waits in the outbox, until it is told to stop. Any number may run, on any number of nodes.
///
/// Metrics: counters `doorward_mail_outcomes_total{outcome}` (`delivered`, `deferred`, `refused`, `expired`,
/// `lease-lost`) and `doorward_mail_trouble_total{kind}` (an alarm: the operator has to see to it), gauges
/// `doorward_mail_queue_depth` and `doorward_mail_queue_oldest_seconds`.
#[derive(Clone)]
pub struct OutboxWorker {
    outbox: Arc<dyn Outbox>,
    carrier: Arc<dyn Carrier>,
    composer: Arc<Composer>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    nudge: Nudge,
    config: WorkerConfig,
}

impl fmt::Debug for OutboxWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxWorker")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl OutboxWorker {
    /// A worker with the default configuration and a nudge of its own.
    pub fn new(
        outbox: Arc<dyn Outbox>,
        carrier: Arc<dyn Carrier>,
        composer: Arc<Composer>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            outbox,
            carrier,
            composer,
            clock,
            entropy,
            nudge: Nudge::default(),
            config: WorkerConfig::default(),
        }
    }

    /// Lets `nudge` wake this worker.
    #[must_use]
    pub fn with_nudge(mut self, nudge: Nudge) -> Self {
        self.nudge = nudge;
        self
    }

    /// Works by this configuration. Zero lanes or an empty batch count as one, a lease as at least ten seconds.
    #[must_use]
    pub fn with_config(mut self, config: WorkerConfig) -> Self {
        self.config = WorkerConfig {
            lease: config.lease.clamp(Duration::from_secs(10), MAX_LEASE),
            batch: config.batch.max(1),
            lanes: config.lanes.max(1),
            ..config
        };
        self
    }

    /// Works until `stop` is cancelled; then finishes and records the mail in hand and returns. The rest of a batch
    /// goes back when its lease ends.
    pub async fn run(self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        for _ in 0..self.config.lanes {
            let (worker, stop) = (self.clone(), stop.clone());
            tasks.spawn(async move { worker.lane(&stop).await });
        }
        tasks.spawn(async move {
            while stop.run_until_cancelled(sleep(self.config.measure)).await.is_some() {
                self.measure().await;
            }
        });
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                error!(
                    error = &error as &dyn std::error::Error,
                    "a lane of the outbox worker broke off"
                );
            }
        }
    }

    /// Leases one batch and carries it. Says how many mails it held; fewer than a batch means that none is left.
    ///
    /// # Errors
    /// When the outbox cannot be asked.
    pub async fn round(&self, stop: &CancellationToken) -> Result<usize, PortError> {
        let mut random = [0_u8; 16];
        self.entropy.fill(&mut random);
        let lease = uuid::Builder::from_random_bytes(random).into_uuid();
        let now = self.clock.now();
        let until = now.plus(self.config.lease);
        let batch = self.outbox.lease(lease, now, until, self.config.batch).await?;
        if batch.is_empty() {
            return Ok(0);
        }
        let held = batch.len();
        let mut trip = self.carrier.set_out();
        for leased in batch {
            if stop.is_cancelled() {
                break;
            }
            if !self.deal_with(trip.as_mut(), leased, until).await {
                break;
            }
        }
        trip.finish().await;
        Ok(held)
    }

    async fn lane(&self, stop: &CancellationToken) {
        let mut failures = 0_u32;
        while !stop.is_cancelled() {
            let wait = match self.round(stop).await {
                Ok(held) => {
                    failures = 0;
                    if held >= usize::try_from(self.config.batch).unwrap_or(usize::MAX) {
                        continue;
                    }
                    self.config.poll
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    warn!(
                        error = &error as &dyn std::error::Error,
                        failures, "the outbox cannot be asked for mail"
                    );
                    (self.config.poll * 2_u32.saturating_pow(failures.min(8))).min(LONGEST_OUTAGE_WAIT)
                }
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = self.nudge.0.notified() => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Tries one mail. False when the lease has ended, or is about to: then nothing more may be done under it.
    async fn deal_with(&self, trip: &mut dyn Trip, leased: LeasedMail, until: Timestamp) -> bool {
        let LeasedMail { mail, attempts, lease } = leased;
        let attempt = attempts.saturating_add(1);
        let now = self.clock.now();
        let deadline = last_use(&mail);
        if now >= deadline {
            self.record(&mail, lease, Delivery::Expired, until).await;
            return true;
        }
        let time = until.since(now).saturating_sub(RECORD_MARGIN).min(deadline.since(now));
        if until.since(now) < RECORD_MARGIN + SHORTEST_TRY {
            return false;
        }
        let outcome = match self.composer.compose(&mail, now) {
            Ok(composed) => trip.carry(&composed, time).await,
            Err(error) => {
                error!(mail = %mail.id, kind = mail.message.kind(), error = &error as &dyn std::error::Error,
                    "a mail cannot be composed");
                Outcome::Refused {
                    reply: format!("not sent: {error}"),
                }
            }
        };
        let now = self.clock.now();
        if now >= until {
            warn!(mail = %mail.id, "the lease of a mail ended while it was carried; nothing is recorded");
            count("lease-lost");
            return false;
        }
        let delivery = match outcome {
            Outcome::Delivered { reply } => Delivery::Delivered { reply },
            Outcome::Refused { reply } => Delivery::Refused { reply },
            Outcome::Deferred { reply, trouble } => {
                if let Some(trouble) = trouble {
                    alarm(&mail, trouble, &reply);
                }
                let retry_at = now.plus(back_off(attempt, self.entropy.as_ref())).min(deadline);
                Delivery::Deferred { reply, retry_at }
            }
        };
        self.record(&mail, lease, delivery, until).await;
        true
    }

    /// Records an outcome, again and again while the lease lasts: what was delivered must not be sent a second time
    /// because the database was away for a moment.
    async fn record(&self, mail: &NewMail, lease: uuid::Uuid, delivery: Delivery, until: Timestamp) {
        let (outcome, reply) = match &delivery {
            Delivery::Delivered { reply } => ("delivered", reply.as_str()),
            Delivery::Deferred { reply, .. } => ("deferred", reply.as_str()),
            Delivery::Refused { reply } => ("refused", reply.as_str()),
            Delivery::Expired => ("expired", ""),
        };
        loop {
            let now = self.clock.now();
            if now >= until {
                count("lease-lost");
                warn!(mail = %mail.id, outcome, "the lease of a mail ended before its outcome could be recorded");
                return;
            }
            match self.outbox.record(mail.id, lease, delivery.clone(), now).await {
                Ok(true) => {
                    count(outcome);
                    if outcome == "refused" {
                        warn!(mail = %mail.id, kind = mail.message.kind(), reply, "mail refused");
                    } else {
                        info!(mail = %mail.id, kind = mail.message.kind(), outcome, reply, "mail");
                    }
                    return;
                }
                Ok(false) => {
                    count("lease-lost");
                    warn!(mail = %mail.id, outcome, "another worker holds the mail; its outcome is not recorded");
                    return;
                }
                Err(error) => {
                    warn!(mail = %mail.id, outcome, error = &error as &dyn std::error::Error,
                        "the outcome of a mail cannot be recorded yet");
                    sleep(self.config.poll).await;
                }
            }
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge is a float; no queue is longer than 2^52"
    )]
    async fn measure(&self) {
        match self.outbox.depth().await {
            Ok(depth) => {
                let age = depth
                    .oldest
                    .map_or(0.0, |oldest| self.clock.now().since(oldest).as_secs_f64());
                metrics::gauge!("doorward_mail_queue_depth").set(depth.queued as f64);
                metrics::gauge!("doorward_mail_queue_oldest_seconds").set(age);
            }
            Err(error) => debug!(
                error = &error as &dyn std::error::Error,
                "the depth of the outbox is not known"
            ),
        }
    }
}

/// How long to wait after the given failed try, counted from one: min(2^k × 5 s, 15 min) ± 20 % (R110).
pub fn back_off(attempt: u32, entropy: &dyn Entropy) -> Duration {
    let wait = FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(attempt))
        .min(LONGEST_WAIT);
    let mut random = [0_u8; 4];
    entropy.fill(&mut random);
    let share = u64::from(u32::from_le_bytes(random));
    let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let spread = (millis / 5).saturating_mul(2);
    Duration::from_millis(millis - millis / 5 + spread.saturating_mul(share) / u64::from(u32::MAX))
}

/// The instant from which a mail is of no use any more: its code's or link's end, or four days for notices.
fn last_use(mail: &NewMail) -> Timestamp {
    mail.expires_at.unwrap_or_else(|| mail.created_at.plus(NOTICE_LIFETIME))
}

fn count(outcome: &'static str) {
    metrics::counter!("doorward_mail_outcomes_total", "outcome" => outcome).increment(1);
}

fn alarm(mail: &NewMail, trouble: Trouble, reply: &str) {
    metrics::counter!("doorward_mail_trouble_total", "kind" => trouble.as_str()).increment(1);
    error!(mail = %mail.id, trouble = trouble.as_str(), reply, "mail cannot be sent until this is mended; it waits");
}
