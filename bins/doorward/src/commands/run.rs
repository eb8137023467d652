//! `doorward dev`, `doorward serve` and `doorward migrate`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use doorward_auth::logs::keep_logs::Removed;
use doorward_domain::ports::{Clock, DevelopmentMailbox, Entropy, Outbox, PortError, SchemaState};
use doorward_http::render::{Renderer, RendererOptions};
use doorward_http::server::{Bound, CertificateFiles, Limits, TlsIdentity};
use doorward_http::site::{self, SiteParts};
use doorward_http::{HttpConfig, metrics_endpoint};
use doorward_mail::{Carrier, FileCarrier, LettreMailer, MemoryMailbox, Nudge, OutboxWorker};
use doorward_persistence::{SeaCallerChallenges, SeaOutbox, SeaStoreHealth, Station};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::output::say;
use crate::settings::{Flags, Mode, Settings, Transport};
use crate::wiring::{self, House, Migrate};
use crate::{demo, mailing, secret_key};

/// How often the audit log is sealed: a row waits for less than a second (R101).
const SEAL_EVERY: Duration = Duration::from_millis(500);

/// How often the ends of the chains are noted in the log.
const NOTE_HEADS_EVERY: Duration = Duration::from_hours(1);
/// How often what is over is swept away, and last uses are written down.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// How often settings whose trial is over are written down.
const SETTLE_EVERY: Duration = Duration::from_secs(5);

/// `doorward migrate`.
///
/// # Errors
/// A database that cannot be reached, or is newer than this version.
pub(crate) async fn migrate(flags: &Flags) -> anyhow::Result<()> {
    let settings = Settings::load(flags, Mode::Command)?;
    crate::logging::start(settings.log_format, &settings.log_filter);
    let house = wiring::build(&settings, Station::Command, Migrate::Yes).await?;
    anyhow::ensure!(
        house.store.schema().await? == SchemaState::Current,
        "the database is not current after migrating"
    );
    say!("The database is at this version.");
    Ok(())
}

/// `doorward serve`.
///
/// # Errors
/// Whatever keeps the server from starting.
pub(crate) async fn serve(flags: &Flags) -> anyhow::Result<()> {
    let settings = Settings::load(flags, Mode::Serve)?;
    crate::logging::start(settings.log_format, &settings.log_filter);
    run(settings, Mode::Serve).await
}

/// `doorward dev`.
///
/// # Errors
/// Whatever keeps the server from starting.
pub(crate) async fn dev(flags: &Flags) -> anyhow::Result<()> {
    let settings = Settings::load(flags, Mode::Dev)?;
    crate::logging::start(settings.log_format, &settings.log_filter);
    if !settings.secret_key_given
        && let Some(file) = settings.secret_key_files.first()
    {
        secret_key::make_if_missing(file, &crate::surroundings::SystemEntropy)
            .with_context(|| format!("secret_key_file: {} cannot be made", file.display()))?;
    }
    run(settings, Mode::Dev).await
}

async fn run(settings: Settings, mode: Mode) -> anyhow::Result<()> {
    let recorder = PrometheusBuilder::new().install_recorder().context("metrics")?;
    let bound = Bound::bind(&settings.listen).await?;
    let tls = match &settings.tls {
        None => None,
        Some((certificate, key)) => {
            let files = CertificateFiles {
                certificates: certificate.clone(),
                key: key.clone(),
            };
            Some(Arc::new(TlsIdentity::load(files)?))
        }
    };
    let house = wiring::build(&settings, Station::Server, Migrate::Yes).await?;
    let greeting = match mode {
        Mode::Dev => Some(demo::furnish(&house, &settings).await?),
        Mode::Serve | Mode::Command => None,
    };

    let stop = CancellationToken::new();
    let mailbox = (settings.mail.transport == Transport::Mailbox)
        .then(|| Arc::new(MemoryMailbox::new(Arc::clone(&house.clock) as Arc<dyn Clock>)));
    let nudge = Nudge::default();
    let worker = outbox_worker(&settings, &house, mailbox.clone(), nudge.clone())?;
    let renderer = Renderer::new(&RendererOptions {
        overrides: settings.templates.clone(),
    })?;
    renderer.check().context("templates.directory")?;
    let app = site::app(SiteParts {
        auth: house.auth.clone(),
        renderer: Arc::new(renderer),
        config: HttpConfig {
            public_url: settings.public_url.clone(),
            default_workspace: settings.default_workspace.as_ref().map(ToString::to_string),
            trusted_proxies: settings.trusted_proxies.clone(),
            form_targets: Vec::new(),
        },
        key: house.keys.code_key(),
        health: Arc::new(SeaStoreHealth::new(house.store.clone())),
        draining: stop.clone(),
        mailbox: mailbox.map(|mailbox| mailbox as Arc<dyn DevelopmentMailbox>),
        mail_from: settings.mail.from.clone(),
        mail_promised: Arc::new(move || nudge.now()),
    });

    let mut background = tokio::task::JoinSet::new();
    background.spawn(worker.run(stop.clone()));
    background.spawn(sweep(house.clone(), stop.clone()));
    background.spawn(seal(house.clone(), stop.clone()));
    background.spawn(note_heads(house.clone(), stop.clone()));
    background.spawn(settle_settings(house.clone(), stop.clone()));
    match settings.metrics_listen {
        Some(address) => {
            let listener = TcpListener::bind(address)
                .await
                .with_context(|| format!("metrics.listen: {address}"))?;
            tracing::info!(address = %listener.local_addr()?, "metrics");
            background.spawn(metrics_endpoint::serve(listener, recorder, stop.clone()));
        }
        None => {
            background.spawn(metrics_endpoint::upkeep(recorder, stop.clone()));
        }
    }
    if let Some(identity) = tls.clone() {
        let stop = stop.clone();
        background.spawn(async move { identity.watch(stop).await });
    }
    for address in bound.addresses() {
        tracing::info!(%address, "listening");
    }
    if let Some(greeting) = greeting {
        greet(&greeting)?;
    }
    tokio::spawn(stop_on_signal(stop.clone())?);
    bound.serve(app, Limits::default(), tls, stop).await;
    while background.join_next().await.is_some() {}
    house.auth.ports().sessions.sweep(house.auth.now()).await?;
    house.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

fn greet(greeting: &str) -> std::io::Result<()> {
    say!("{greeting}");
    Ok(())
}

fn outbox_worker(
    settings: &Settings,
    house: &House,
    mailbox: Option<Arc<MemoryMailbox>>,
    nudge: Nudge,
) -> anyhow::Result<OutboxWorker> {
    let carrier: Arc<dyn Carrier> = match (settings.mail.transport, mailbox) {
        (_, Some(mailbox)) => mailbox,
        (Transport::File, None) => Arc::new(FileCarrier::new(&settings.mail.directory).context("mail.directory")?),
        (Transport::Smtp | Transport::Mailbox, None) => Arc::new(LettreMailer::new(mailing::smtp(settings)?)?),
    };
    Ok(OutboxWorker::new(
        Arc::new(SeaOutbox::new(house.store.clone())) as Arc<dyn Outbox>,
        carrier,
        Arc::new(mailing::composer(settings, Some(house.keys.code_key()))?),
        Arc::clone(&house.clock) as Arc<dyn Clock>,
        Arc::clone(&house.entropy) as Arc<dyn Entropy>,
    )
    .with_nudge(nudge))
}

/// Seals the audit log, until stopped (R101). What is written while it stops is sealed after the next start.
async fn seal(house: House, stop: CancellationToken) {
    let mut every = tokio::time::interval(SEAL_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
        }
        if let Err(error) = house.auth.logs().seal_audit().await {
            tracing::warn!(%error, "the audit log cannot be sealed yet");
        }
    }
}

/// Notes in the server's own log where each chain of the audit log ends, until stopped: whoever makes a chain anew in the
/// database is found by that (`doorward audit verify --noted`). Chains that stood still since the last round are left out.
async fn note_heads(house: House, stop: CancellationToken) {
    let ports = house.auth.ports();
    let mut every = tokio::time::interval(NOTE_HEADS_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
        }
        let since = house.auth.now().minus(NOTE_HEADS_EVERY).as_micros();
        let noted = async {
            for workspace in ports.workspaces.list().await? {
                let head = ports.audit_chain.head(workspace.id).await?;
                if let Some(head) = head.filter(|head| head.sealed_at >= since) {
                    tracing::info!(workspace = %workspace.slug, head = %head.sealed, "the audit log is sealed up to here");
                }
            }
            Ok::<_, PortError>(())
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the heads of the audit log could not be noted");
        }
    }
}

/// Writes down last uses and removes what is over, until stopped.
async fn sweep(house: House, stop: CancellationToken) {
    let ports = house.auth.ports();
    let challenges = SeaCallerChallenges::new(house.store.clone());
    let mut every = tokio::time::interval(SWEEP_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
        }
        let now = house.auth.now();
        let swept = [
            ("sessions", ports.sessions.sweep(now).await),
            ("throttle", ports.throttle.sweep(now).await),
            ("flows", ports.flows.sweep(now).await),
            ("links", ports.links.sweep(now).await),
            ("portal links", ports.portal_links.sweep(now).await),
            ("round trips to providers", ports.trips.sweep(now).await),
            ("hand-over tokens", ports.hand_over_keys.sweep(now).await),
            ("files of the directory", ports.directory_uploads.sweep(now).await),
            ("workspaces about to be made", ports.foundings.sweep(now).await),
            ("tickets", ports.tickets.sweep(now).await),
            ("passkey rounds", ports.passkeys.sweep(now).await),
            ("challenges to callers", challenges.sweep(now).await),
        ];
        let done = [
            (
                "what was announced to callers",
                house.auth.callers().carry_out_due().await,
            ),
            ("deleted accounts", house.auth.departures().remove_due().await),
        ];
        for (what, result) in swept.into_iter().chain(done) {
            if let Err(error) = result {
                tracing::warn!(what, %error, "sweep failed");
            }
        }
        match house.auth.logs().keep().await {
            Ok(removed) if removed == Removed::default() => {}
            Ok(removed) => tracing::info!(?removed, "what was kept long enough is removed"),
            Err(error) => tracing::warn!(%error, "sweep of the logs failed"),
        }
    }
}

/// Writes down settings whose trial is over, and tells the admins, until stopped. What holds does not wait for it (C3).
async fn settle_settings(house: House, stop: CancellationToken) {
    let mut every = tokio::time::interval(SETTLE_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
        }
        if let Err(error) = house.auth.settings().settle().await {
            tracing::warn!(%error, "settings whose trial is over could not be written down");
        }
    }
}

fn stop_on_signal(stop: CancellationToken) -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests under way are finished first");
        stop.cancel();
    })
}
