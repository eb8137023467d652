//! `doorward doctor`: what can be checked from here, and what to mend (E4).

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use doorward_domain::ports::{Clock as _, Entropy, Outbox as _, PortResult, SchemaState};
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::rfc3339;
use doorward_http::render::{Renderer, RendererOptions};
use doorward_mail::{LettreMailer, Trouble};
use doorward_persistence::{SeaAuditChain, SeaOutbox, Station, Store, StoreOptions};
use secrecy::ExposeSecret as _;
use serde::Serialize;

use crate::output::{counted, say};
use crate::settings::{Flags, Mode, Problems, Settings, Transport};
use crate::surroundings::{SystemClock, SystemEntropy};
use crate::{mailing, secret_key, wiring};

/// A queue older than this means that mail does not leave.
const OLD_MAIL: Duration = Duration::from_mins(10);
/// A row of the audit log that waits longer for its seal means that nobody seals.
const OLD_SEAL: Duration = Duration::from_mins(10);
/// How long the mail server gets for everything before a mail.
const GREETING_TIME: Duration = Duration::from_secs(10);
/// How far the clock of this machine may be from that of the database, and from what other servers wrote there.
const STORE_DRIFT: Duration = Duration::from_secs(5);
/// The same for a provider, whose tokens are refused when they seem to be from another time.
const PROVIDER_DRIFT: Duration = Duration::from_secs(30);

#[derive(Debug, Serialize)]
struct Check {
    name: String,
    ok: bool,
    says: String,
}

/// Runs every check and prints what was found. Exit code 0 when all is well, 1 otherwise.
///
/// # Errors
/// None of the checks; only output that cannot be written as JSON.
pub(crate) async fn run(flags: &Flags, json: bool) -> anyhow::Result<ExitCode> {
    let checks = checks(flags).await;
    let well = checks.iter().all(|check| check.ok);
    if json {
        say!(
            "{}",
            serde_json::to_string_pretty(&serde_json::json!({ "ok": well, "checks": checks }))?
        );
    } else {
        for check in &checks {
            say!(
                "{} {}: {}",
                if check.ok { "ok  " } else { "MEND" },
                check.name,
                check.says
            );
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn checks(flags: &Flags) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut told = |name: &str, result: Result<String, String>| {
        let ok = result.is_ok();
        checks.push(Check {
            name: name.to_owned(),
            ok,
            says: result.unwrap_or_else(|says| says),
        });
    };
    let settings = match Settings::load(flags, Mode::Serve) {
        Ok(settings) => {
            told("configuration", Ok("fit for `doorward serve`".to_owned()));
            settings
        }
        Err(problems) => {
            told("configuration", Err(in_one_line(&problems)));
            match Settings::load(flags, Mode::Command) {
                Ok(settings) => settings,
                Err(_) => return checks,
            }
        }
    };
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let keys = secret_key::read(&settings.secret_key_files, entropy);
    told(
        "secret key",
        keys.as_ref()
            .map(|_| "32 bytes, readable by its owner only".to_owned())
            .map_err(|e| format!("{e:#}")),
    );
    let mut witnesses = Vec::new();
    if let Ok(keys) = keys {
        let mut options = StoreOptions::new(settings.database_url.expose_secret(), Station::Command, keys);
        options.make_if_missing = false;
        match Store::open(options).await {
            Err(error) => told(
                "database",
                Err(format!("database.url: {:#}", anyhow::Error::from(error))),
            ),
            Ok(store) => {
                told("database", Ok("reachable".to_owned()));
                let schema = match store.schema().await {
                    Ok(SchemaState::Current) => Ok("at this version".to_owned()),
                    Ok(SchemaState::Behind(steps)) => Err(format!(
                        "{} behind; run: doorward migrate",
                        counted(u64::from(steps), "step", "steps")
                    )),
                    Ok(SchemaState::Ahead) => Err("newer than this version; run a newer doorward".to_owned()),
                    Err(error) => Err(error.to_string()),
                };
                let current = schema.is_ok();
                told("migrations", schema);
                if current {
                    told("stored secrets", stored_secrets(&store).await);
                    told("outbox", outbox(&store).await);
                    told("audit log", audit_log(&store).await);
                    match of_store(&store).await {
                        Ok(known) => witnesses.extend(known),
                        Err(error) => told("clock", Err(in_whole(error))),
                    }
                }
            }
        }
    }
    told("mail server", mail_server(&settings).await);
    for (name, found) in providers(&settings).await {
        told(
            &name,
            found.map(|date| {
                witnesses.extend(date.map(|at| Witness::of_provider(&name, at)));
                "answers".to_owned()
            }),
        );
    }
    told("clock", clock(SystemClock.now(), &witnesses));
    told("templates", templates(&settings));
    checks
}

/// Every page and every mail with example values, as a start renders them.
fn templates(settings: &Settings) -> Result<String, String> {
    let renderer = Renderer::new(&RendererOptions {
        overrides: settings.templates.clone(),
    });
    renderer.and_then(|renderer| renderer.check()).map_err(in_whole)?;
    // Without a sender no mail can be put together; that was told before.
    if settings.mail.from.is_some() {
        mailing::composer(settings, None).map_err(|error| format!("{error:#}"))?;
    }
    Ok("every page and every mail renders".to_owned())
}

fn in_one_line(problems: &Problems) -> String {
    problems
        .0
        .iter()
        .map(|problem| format!("{}: {}", problem.key, problem.says))
        .collect::<Vec<_>>()
        .join("; ")
}

/// "1 mail waits", "2 mails wait".
fn waiting(number: u64, one: &str, more: &str) -> String {
    let verb = if number == 1 { "waits" } else { "wait" };
    format!("{} {verb}", counted(number, one, more))
}

/// A key that is lost takes what it sealed with it; one that was dropped from the list too early can be put back.
async fn stored_secrets(store: &Store) -> Result<String, String> {
    let lost = store.lost_secrets().await.map_err(|error| error.to_string())?;
    if lost.is_none() {
        return Ok("open with the keys of secret_key_file".to_owned());
    }
    let counted = [
        (lost.apps, "authenticator apps"),
        (lost.hand_over_keys, "keys of hand-over"),
        (lost.provider_secrets, "secrets of workspaces' own providers"),
        (lost.mails, "queued mails"),
    ];
    let what: Vec<String> = counted
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    Err(format!(
        "sealed with a key that is not in secret_key_file: {}. Put that key back at the end of the list, from a backup, and run: \
         doorward reseal. If it is lost for good: people sign in with a backup code or a passkey and turn two-factor \
         authentication off and on again, hand-over keys are made anew, and those mails are asked for again",
        what.join(", ")
    ))
}

async fn outbox(store: &Store) -> Result<String, String> {
    let depth = SeaOutbox::new(store.clone())
        .depth()
        .await
        .map_err(|error| error.to_string())?;
    let age = depth
        .oldest
        .map(|oldest| SystemClock.now().since(oldest))
        .unwrap_or_default();
    if age > OLD_MAIL {
        return Err(format!(
            "{}, the oldest for {}; see: doorward mail test",
            waiting(depth.queued, "mail", "mails"),
            counted(age.as_secs() / 60, "minute", "minutes")
        ));
    }
    Ok(waiting(depth.queued, "mail", "mails"))
}

/// Rows that wait for their seal for longer than a running server leaves them.
async fn audit_log(store: &Store) -> Result<String, String> {
    use doorward_domain::ports::AuditChain as _;
    let unsealed = SeaAuditChain::new(store.clone())
        .unsealed()
        .await
        .map_err(|error| error.to_string())?;
    let age = unsealed
        .oldest
        .map(|oldest| SystemClock.now().since(oldest))
        .unwrap_or_default();
    if age > OLD_SEAL {
        return Err(format!(
            "{} for a seal, the oldest for {}; a running server seals within a second: is there one?",
            waiting(unsealed.rows, "row", "rows"),
            counted(age.as_secs() / 60, "minute", "minutes")
        ));
    }
    Ok(format!("sealed; {}", waiting(unsealed.rows, "row", "rows")))
}

async fn mail_server(settings: &Settings) -> Result<String, String> {
    match settings.mail.transport {
        Transport::Mailbox => Ok("mails stay in memory (dev)".to_owned()),
        Transport::File => Ok(format!("mails go to files in {}", settings.mail.directory.display())),
        Transport::Smtp => {
            let config = mailing::smtp(settings).map_err(|error| format!("{error:#}"))?;
            let address = format!("{}:{}", config.url.host(), config.url.port());
            let mailer = LettreMailer::new(config).map_err(|error| format!("{:#}", anyhow::Error::from(error)))?;
            let greeted = mailer.greet(GREETING_TIME).await;
            greeted
                .map(|()| format!("{address} lets this server in; try it: doorward mail test <address>"))
                .map_err(|unusable| {
                    let mend = match unusable.trouble {
                        Some(Trouble::Credentials) => "write user and password into mail.smtp.url",
                        Some(Trouble::Tls) => {
                            "see tls= in mail.smtp.url, and mail.smtp.root_certificate_file for an authority of your own"
                        }
                        _ => "see host and port in mail.smtp.url, and whether the mail server runs",
                    };
                    format!("{address}: {unusable}; {mend}")
                })
        }
    }
}

/// Each provider of the configuration by name: its clock, or why nobody can sign in with it.
async fn providers(settings: &Settings) -> Vec<(String, Result<Option<Timestamp>, String>)> {
    if settings.providers.is_empty() {
        return Vec::new();
    }
    let found = match wiring::engine(settings, Arc::new(SystemEntropy)) {
        Ok(Ok(engine)) => engine.check_up().await,
        Ok(Err(error)) => return vec![("providers".to_owned(), Err(in_whole(error)))],
        Err(error) => return vec![("providers".to_owned(), Err(format!("{error:#}")))],
    };
    let each = found.into_iter().map(|one| {
        let id = one.provider;
        let found = one.found.map_err(|fault| {
            format!(
                "{}; nobody can sign in with it meanwhile. See providers.{id}, and whether this machine may connect to it",
                in_whole(fault)
            )
        });
        (format!("provider {id}"), found)
    });
    each.collect()
}

fn in_whole(error: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::from(error))
}

/// Somebody else who knows what time it is.
#[derive(Debug)]
struct Witness {
    who: String,
    at: Timestamp,
    /// How far off they may be.
    drift: Duration,
    /// Whether they only say that it is not earlier.
    at_least: bool,
}

impl Witness {
    fn of_provider(name: &str, at: Timestamp) -> Self {
        Self {
            who: format!("the {name}"),
            at,
            drift: PROVIDER_DRIFT,
            at_least: false,
        }
    }
}

async fn of_store(store: &Store) -> PortResult<Vec<Witness>> {
    let times = store.times().await?;
    let witness = |who: &str, at_least| {
        let who = who.to_owned();
        move |at| Witness {
            who,
            at,
            drift: STORE_DRIFT,
            at_least,
        }
    };
    let clock = times.clock.map(witness("the database", false));
    let newest = times.newest_row.map(witness("the newest row of the audit log", true));
    Ok(clock.into_iter().chain(newest).collect())
}

/// Whether everybody who knows the time agrees with this machine.
fn clock(now: Timestamp, witnesses: &[Witness]) -> Result<String, String> {
    for witness in witnesses {
        let (ahead, behind) = (now.since(witness.at), witness.at.since(now));
        let (off, which) = if behind > witness.drift {
            (behind, "behind")
        } else if ahead > witness.drift && !witness.at_least {
            (ahead, "ahead of")
        } else {
            continue;
        };
        return Err(format!(
            "it is {} here, {} seconds {which} {}; set the clock, by NTP: codes of authenticator apps and tokens of providers are \
             good for seconds",
            rfc3339(now),
            off.as_secs(),
            witness.who,
        ));
    }
    Ok(match witnesses {
        [] => format!("{}; nobody to ask whether that is right", rfc3339(now)),
        some => {
            let who: Vec<&str> = some.iter().map(|witness| witness.who.as_str()).collect();
            format!("{}; that fits {}", rfc3339(now), who.join(", "))
        }
    })
}
