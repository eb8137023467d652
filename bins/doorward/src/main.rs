//! The sign-in of a help centre: configuration, wiring, command line, signals. No rule, no SQL, no HTML.

mod cli;
mod commands;
mod demo;
mod logging;
mod mailing;
mod output;
mod secret_key;
mod settings;
mod surroundings;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, Command, Listening};
use output::say;
use settings::{Mode, Settings};

#[expect(clippy::print_stderr, reason = "what went wrong, for the person at the terminal")]
fn main() -> ExitCode {
    let cli = Cli::parse();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("doorward: the TLS provider is installed already");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("doorward: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) if output::nobody_reads(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("doorward: {}", in_one_line(&error));
            ExitCode::FAILURE
        }
    }
}

fn in_one_line(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let flags = cli.flags();
    match cli.command.unwrap_or_else(|| Command::Dev(Listening::default())) {
        Command::Dev(_) => commands::run::dev(&flags).await?,
        Command::Serve(_) => commands::run::serve(&flags).await?,
        Command::Migrate => commands::run::migrate(&flags).await?,
        Command::Workspace(command) => commands::workspace::run(&flags, &command).await?,
        Command::User(command) => commands::user::run(&flags, &command).await?,
        Command::ApiKey(command) => commands::api_key::run(&flags, &command).await?,
        Command::HandOver(command) => commands::hand_over::run(&flags, &command).await?,
        Command::PortalLink(command) => commands::portal_link::run(&flags, &command).await?,
        Command::Directory(command) => return commands::directory::run(&flags, &command).await,
        Command::ScimToken(command) => commands::scim_token::run(&flags, &command).await?,
        Command::Explain {
            workspace,
            email,
            code,
            json,
        } => commands::explain::run(&flags, &workspace, (email.as_deref(), code.as_deref()), json).await?,
        Command::Reseal => commands::reseal::run(&flags).await?,
        Command::Recover { workspace, email } => commands::recover::run(&flags, &workspace, &email).await?,
        Command::Settings(command) => commands::settings::run(&flags, &command).await?,
        Command::Mail(command) => return commands::mail::run(&flags, &command).await,
        Command::Audit(command) => return commands::audit::run(&flags, &command).await,
        Command::Doctor { json } => return commands::doctor::run(&flags, json).await,
        Command::Config => print_config(&Settings::load(&flags, Mode::Command)?)?,
        Command::Openapi => print_openapi()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print_config(settings: &Settings) -> anyhow::Result<()> {
    for (key, value) in settings.lines() {
        say!("{key} = {value}");
    }
    Ok(())
}

fn print_openapi() -> anyhow::Result<()> {
    say!("{}", serde_json::to_string_pretty(&doorward_http::openapi::document())?);
    Ok(())
}
