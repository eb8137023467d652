//! `doorward doctor`: what can be checked from here, and what to mend (E4).

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use doorward_domain::ports::{Entropy, Outbox as _, SchemaState};
use doorward_http::render::{Renderer, RendererOptions};
use doorward_persistence::{SeaAuditChain, SeaOutbox, Station, Store, StoreOptions};
use secrecy::ExposeSecret as _;
use serde::Serialize;

use crate::output::say;
use crate::settings::{Flags, Mode, Problems, Settings, Transport};
use crate::surroundings::{SystemClock, SystemEntropy};
use crate::{mailing, secret_key};

/// A queue older than this means that mail does not leave.
const OLD_MAIL: Duration = Duration::from_mins(10);
/// A row of the audit log that waits longer for its seal means that nobody seals.
const OLD_SEAL: Duration = Duration::from_mins(10);

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
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
    let mut told = |name, result: Result<String, String>| {
        let ok = result.is_ok();
        checks.push(Check {
            name,
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
    if let Ok(keys) = keys {
        let options = StoreOptions::new(settings.database_url.expose_secret(), Station::Command, keys);
        match Store::open(options).await {
            Err(error) => told(
                "database",
                Err(format!("database.url: {:#}", anyhow::Error::from(error))),
            ),
            Ok(store) => {
                told("database", Ok("reachable".to_owned()));
                let schema = match store.schema().await {
                    Ok(SchemaState::Current) => Ok("at this version".to_owned()),
                    Ok(SchemaState::Behind(steps)) => Err(format!("{steps} steps behind; run: doorward migrate")),
                    Ok(SchemaState::Ahead) => Err("newer than this version; run a newer doorward".to_owned()),
                    Err(error) => Err(error.to_string()),
                };
                let current = schema.is_ok();
                told("migrations", schema);
                if current {
                    told("stored secrets", stored_secrets(&store).await);
                    told("outbox", outbox(&store).await);
                    told("audit log", audit_log(&store).await);
                }
            }
        }
    }
    told("mail server", mail_server(&settings).await);
    let renderer = Renderer::new(&RendererOptions {
        overrides: settings.templates.clone(),
    });
    let pages = renderer.and_then(|renderer| renderer.check());
    told(
        "templates",
        pages
            .map(|()| "every page renders".to_owned())
            .map_err(|error| format!("{:#}", anyhow::Error::from(error))),
    );
    checks
}

fn in_one_line(problems: &Problems) -> String {
    problems
        .0
        .iter()
        .map(|problem| format!("{}: {}", problem.key, problem.says))
        .collect::<Vec<_>>()
        .join("; ")
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
    use doorward_domain::ports::Clock as _;
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
            "{} mails wait, the oldest for {} minutes; see: doorward mail test",
            depth.queued,
            age.as_secs() / 60
        ));
    }
    Ok(format!("{} mails wait", depth.queued))
}

/// Rows that wait for their seal for longer than a running server leaves them.
async fn audit_log(store: &Store) -> Result<String, String> {
    use doorward_domain::ports::{AuditChain as _, Clock as _};
    let waiting = SeaAuditChain::new(store.clone())
        .unsealed()
        .await
        .map_err(|error| error.to_string())?;
    let age = waiting
        .oldest
        .map(|oldest| SystemClock.now().since(oldest))
        .unwrap_or_default();
    if age > OLD_SEAL {
        return Err(format!(
            "{} rows wait for their seal, the oldest for {} minutes; a running server seals them within a second",
            waiting.rows,
            age.as_secs() / 60
        ));
    }
    Ok(format!("sealed; {} rows wait", waiting.rows))
}

async fn mail_server(settings: &Settings) -> Result<String, String> {
    match settings.mail.transport {
        Transport::Mailbox => Ok("mails stay in memory (dev)".to_owned()),
        Transport::File => Ok(format!("mails go to files in {}", settings.mail.directory.display())),
        Transport::Smtp => {
            let config = mailing::smtp(settings).map_err(|error| format!("{error:#}"))?;
            let address = (config.url.host().to_owned(), config.url.port());
            let connect = tokio::net::TcpStream::connect((address.0.as_str(), address.1));
            match tokio::time::timeout(Duration::from_secs(5), connect).await {
                Ok(Ok(_)) => Ok(format!(
                    "{}:{} answers; try it: doorward mail test <address>",
                    address.0, address.1
                )),
                Ok(Err(error)) => Err(format!("{}:{}: {error}", address.0, address.1)),
                Err(_) => Err(format!("{}:{} does not answer within 5 seconds", address.0, address.1)),
            }
        }
    }
}
