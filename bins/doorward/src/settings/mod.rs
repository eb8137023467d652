//! Configuration: defaults < `doorward.toml` < environment `DOORWARD_…` < command-line flags.
//!
//! Every mistake is told at once, by key, with what to write instead.

mod problem;
mod read;
mod show;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use doorward_domain::email_address::EmailAddress;
use doorward_domain::limits::Limits;
use doorward_domain::public_url::PublicUrl;
use doorward_domain::workspace::Slug;
use ipnet::IpNet;
use secrecy::SecretString;

pub(crate) use problem::{Problem, Problems};
pub(crate) use read::nearest;

/// Which way of running the settings are for; some defaults and some refusals differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `doorward dev`: on loopback only, mail into the built-in mailbox.
    Dev,
    /// `doorward serve`: refuses whatever is unsafe or incomplete.
    Serve,
    /// A command beside a server: needs the database and the keys, no more.
    Command,
}

/// How mails leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// By SMTP.
    Smtp,
    /// Into memory, shown at `/dev/mailbox`.
    Mailbox,
    /// One file a mail.
    File,
}

impl Transport {
    /// As written in the configuration.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Mailbox => "mailbox",
            Self::File => "file",
        }
    }
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For a person at a terminal.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Mail.
#[derive(Debug, Clone)]
pub(crate) struct MailSettings {
    /// How mails leave.
    pub(crate) transport: Transport,
    /// `mail.smtp.url`: may hold a password.
    pub(crate) smtp_url: Option<SecretString>,
    /// `mail.smtp.root_certificate_file`: a private authority that signed the mail server's certificate.
    pub(crate) smtp_root_certificate: Option<PathBuf>,
    /// `mail.from`.
    pub(crate) from: Option<String>,
    /// `mail.bounce_address`.
    pub(crate) bounce_address: Option<EmailAddress>,
    /// `mail.directory`, for the transport `file`.
    pub(crate) directory: PathBuf,
}

/// Server-wide credentials of one identity provider.
#[derive(Debug, Clone)]
pub(crate) struct ProviderSettings {
    /// Every key of the table but the secret.
    pub(crate) values: BTreeMap<String, String>,
    /// `client_secret`.
    pub(crate) client_secret: Option<SecretString>,
}

/// The effective configuration.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// `listen`.
    pub(crate) listen: Vec<SocketAddr>,
    /// `public_url`.
    pub(crate) public_url: PublicUrl,
    /// `default_workspace`.
    pub(crate) default_workspace: Option<Slug>,
    /// `database.url`: may hold a password.
    pub(crate) database_url: SecretString,
    /// `database.max_connections`; the store's own choice for the database if absent.
    pub(crate) database_connections: Option<u32>,
    /// `secret_key_file`: newest first.
    pub(crate) secret_key_files: Vec<PathBuf>,
    /// Whether the key file was named, or is the default.
    pub(crate) secret_key_given: bool,
    /// Mail.
    pub(crate) mail: MailSettings,
    /// `tls.cert_file` and `tls.key_file`.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// `limits.*`.
    pub(crate) limits: Limits,
    /// `trusted_proxies`.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// `providers.<id>`.
    pub(crate) providers: BTreeMap<String, ProviderSettings>,
    /// `templates.directory`: an operator's own templates, searched first.
    pub(crate) templates: Option<PathBuf>,
    /// `workspaces.self_service`.
    pub(crate) workspaces_self_service: bool,
    /// `sso.allow_private_networks`: whether identity providers may be in private networks (R54).
    pub(crate) sso_allow_private_networks: bool,
    /// `log.format`.
    pub(crate) log_format: LogFormat,
    /// `log.filter`.
    pub(crate) log_filter: String,
    /// `metrics.listen`.
    pub(crate) metrics_listen: Option<SocketAddr>,
}

/// What stands on the command line and wins over everything else.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    /// `--config`.
    pub(crate) config: Option<PathBuf>,
    /// `--listen`.
    pub(crate) listen: Option<String>,
    /// `--public-url`.
    pub(crate) public_url: Option<String>,
    /// `--database-url`.
    pub(crate) database_url: Option<String>,
}

impl Settings {
    /// Reads the settings for a way of running.
    ///
    /// # Errors
    /// Every mistake in file and environment, and for [`Mode::Serve`] everything unsafe or missing.
    pub(crate) fn load(flags: &Flags, mode: Mode) -> Result<Self, Problems> {
        read::load(flags, mode)
    }

    /// The lines of `doorward config`: every key with its value, secrets masked.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        show::lines(self)
    }

    /// Directory of the SQLite file, or of the key file: where the server keeps what is its own.
    pub(crate) fn data_directory(&self) -> PathBuf {
        self.secret_key_files
            .first()
            .and_then(|file| file.parent())
            .filter(|directory| !directory.as_os_str().is_empty())
            .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
    }
}
