//! Reads and checks the configuration.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use doorward_domain::bounce::MAX_LOCAL_BYTES;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::limits::Limits;
use doorward_domain::public_url::PublicUrl;
use doorward_domain::workspace::Slug;
use doorward_mail::SmtpUrl;
use doorward_sso::ProviderConfig;
use figment2::providers::{Env, Format as _, Serialized, Toml};
use figment2::value::{Dict, Value};
use figment2::{Figment, Profile, Provider as _};
use ipnet::IpNet;
use secrecy::SecretString;

use super::{Flags, LogFormat, MailSettings, Mode, Problem, Problems, ProviderSettings, Settings, Transport};

const KEYS: &[&str] = &[
    "listen",
    "public_url",
    "default_workspace",
    "database.url",
    "database.max_connections",
    "secret_key_file",
    "mail.transport",
    "mail.from",
    "mail.bounce_address",
    "mail.directory",
    "mail.smtp.url",
    "mail.smtp.root_certificate_file",
    "tls.cert_file",
    "tls.key_file",
    "trusted_proxies",
    "templates.directory",
    "workspaces.self_service",
    "sso.allow_private_networks",
    "log.format",
    "log.filter",
    "metrics.listen",
];

const PROVIDER_KEYS: &[&str] = &[
    "kind",
    "name",
    "issuer",
    "client_id",
    "client_secret",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "scopes",
    "authoritative_for",
    "tenants",
    "max_age",
];

const DEFAULT_FILE: &str = "doorward.toml";
/// Names that other tools set for the same prefix and that are no settings.
const FOREIGN_ENVIRONMENT: &[&str] = &["test_postgres_url", "test_postgres_template", "bin", "config"];

/// Reads file, environment and flags, and checks everything.
pub(super) fn load(flags: &Flags, mode: Mode) -> Result<Settings, Problems> {
    let mut reader = Reader {
        values: BTreeMap::new(),
        problems: Vec::new(),
    };
    reader.gather(flags);
    let settings = reader.settings(mode);
    if mode == Mode::Serve {
        reader.refuse_what_is_unsafe(&settings);
    }
    if mode == Mode::Dev {
        reader.refuse_strangers(&settings);
    }
    if reader.problems.is_empty() {
        Ok(settings)
    } else {
        Err(Problems(reader.problems))
    }
}

struct Reader {
    values: BTreeMap<String, Value>,
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, key: &str, says: impl Into<String>) {
        self.problems.push(Problem::new(key, says));
    }

    fn gather(&mut self, flags: &Flags) {
        let mut figment = Figment::new();
        match &flags.config {
            Some(file) if !file.exists() => {
                self.problem("--config", format!("{} does not exist", file.display()));
            }
            Some(file) => figment = figment.merge(Toml::file(file).search(false)),
            None if Path::new(DEFAULT_FILE).exists() => figment = figment.merge(Toml::file(DEFAULT_FILE).search(false)),
            None => {}
        }
        figment = figment.merge(Env::prefixed("DOORWARD_").ignore(FOREIGN_ENVIRONMENT).split("__"));
        for (key, flag) in [
            ("listen", &flags.listen),
            ("public_url", &flags.public_url),
            ("database.url", &flags.database_url),
        ] {
            if let Some(value) = flag {
                figment = figment.merge(Serialized::global(key, value));
            }
        }
        match figment.data() {
            Ok(mut profiles) => {
                let dict = profiles.remove(&Profile::Default).unwrap_or_default();
                let global = profiles.remove(&Profile::Global).unwrap_or_default();
                self.flatten("", dict);
                self.flatten("", global);
            }
            Err(errors) => {
                for error in errors {
                    let place = error.metadata.as_ref().map_or_else(
                        || "doorward.toml".to_owned(),
                        |meta| {
                            meta.source
                                .as_ref()
                                .map_or_else(|| meta.name.to_string(), ToString::to_string)
                        },
                    );
                    self.problem(&place, error.kind.to_string());
                }
            }
        }
        let known = |key: &str| {
            KEYS.contains(&key)
                || key
                    .strip_prefix("limits.")
                    .is_some_and(|limit| Limits::KEYS.contains(&limit))
                || provider_key(key).is_some_and(|(_, field)| PROVIDER_KEYS.contains(&field))
        };
        let unknown: Vec<String> = self.values.keys().filter(|key| !known(key)).cloned().collect();
        for key in unknown {
            let nearest = nearest_known(&key);
            self.values.remove(&key);
            self.problem(&key, format!("there is no such key; did you mean {nearest}?"));
        }
    }

    fn flatten(&mut self, prefix: &str, dict: Dict) {
        for (name, value) in dict {
            let key = if prefix.is_empty() {
                name
            } else {
                format!("{prefix}.{name}")
            };
            match value {
                Value::Dict(_, inner) => self.flatten(&key, inner),
                other => {
                    self.values.insert(key, other);
                }
            }
        }
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let value = self.values.get(key)?.clone();
        let text = plain(&value);
        if text.is_none() {
            self.problem(key, "write a text in quotes");
        }
        text
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        let Some(value) = self.values.get(key).cloned() else {
            return Vec::new();
        };
        if let Value::Array(_, items) = &value {
            let texts: Vec<Option<String>> = items.iter().map(plain).collect();
            if texts.iter().any(Option::is_none) {
                self.problem(key, "write a list of texts in quotes");
            }
            return texts.into_iter().flatten().collect();
        }
        let text = plain(&value);
        if text.is_none() {
            self.problem(key, "write a text in quotes, or a list of them");
        }
        text.into_iter().collect()
    }

    fn parsed<T>(&mut self, key: &str, example: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(key)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.problem(key, format!("\"{text}\" will not do; write {example}"));
        }
        parsed
    }

    fn settings(&mut self, mode: Mode) -> Settings {
        let dev = mode == Mode::Dev;
        let mut listen = Vec::new();
        for text in self.texts("listen") {
            match text.parse::<SocketAddr>() {
                Ok(address) => listen.push(address),
                Err(_) => self.problem(
                    "listen",
                    format!("\"{text}\" will not do; write an address and a port, such as \"127.0.0.1:8080\""),
                ),
            }
        }
        if listen.is_empty() {
            listen.push(SocketAddr::from(([127, 0, 0, 1], 8080)));
        }
        let public_url = match self.text("public_url") {
            None => None,
            Some(text) => match PublicUrl::parse(&text) {
                Ok(url) => Some(url),
                Err(error) => {
                    self.problem("public_url", format!("\"{text}\" will not do; {error}"));
                    None
                }
            },
        };
        let slug = |text: &str| Slug::parse(text).ok();
        let default_workspace = self
            .parsed(
                "default_workspace",
                "the address part of a workspace, such as \"acme\"",
                slug,
            )
            .or_else(|| dev.then(|| Slug::parse("demo").ok()).flatten());
        let database_url = self
            .text("database.url")
            .unwrap_or_else(|| "sqlite://data/doorward.db".to_owned());
        if !["sqlite://", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| database_url.starts_with(scheme))
        {
            self.problem(
                "database.url",
                "write sqlite://path/to/file.db or postgres://user:password@host/database",
            );
        }
        let connections = |text: &str| text.parse::<u32>().ok().filter(|n| (2..=500).contains(n));
        let database_connections = self.parsed("database.max_connections", "a number from 2 to 500", connections);
        let secret_key_given = self.values.contains_key("secret_key_file");
        let mut secret_key_files: Vec<PathBuf> = self.texts("secret_key_file").into_iter().map(PathBuf::from).collect();
        if secret_key_files.is_empty() {
            secret_key_files.push(PathBuf::from("data/secret.key"));
        }
        Settings {
            listen,
            public_url: public_url.unwrap_or_else(default_public_url),
            default_workspace,
            database_url: SecretString::from(database_url),
            database_connections,
            secret_key_files,
            secret_key_given,
            mail: self.mail(dev),
            tls: self.tls(),
            limits: self.limits(),
            trusted_proxies: self.trusted_proxies(),
            providers: self.providers(),
            templates: self.text("templates.directory").map(PathBuf::from),
            workspaces_self_service: self
                .parsed("workspaces.self_service", "\"on\" or \"off\"", on_or_off)
                .unwrap_or(dev),
            sso_allow_private_networks: self
                .parsed("sso.allow_private_networks", "\"on\" or \"off\"", on_or_off)
                .unwrap_or(false),
            log_format: self
                .parsed("log.format", "\"pretty\" or \"json\"", |text| match text {
                    "pretty" => Some(LogFormat::Pretty),
                    "json" => Some(LogFormat::Json),
                    _ => None,
                })
                .unwrap_or_else(|| {
                    if std::io::stderr().is_terminal() {
                        LogFormat::Pretty
                    } else {
                        LogFormat::Json
                    }
                }),
            log_filter: self
                .text("log.filter")
                .unwrap_or_else(|| "info,sqlx=warn,sea_orm_migration=warn,lettre=warn".to_owned()),
            metrics_listen: self.parsed(
                "metrics.listen",
                "an address and a port, such as \"127.0.0.1:9090\"",
                |text| text.parse::<SocketAddr>().ok(),
            ),
        }
    }

    fn mail(&mut self, dev: bool) -> MailSettings {
        let transport = self
            .parsed(
                "mail.transport",
                "\"smtp\", \"mailbox\" or \"file\"",
                |text| match text {
                    "smtp" => Some(Transport::Smtp),
                    "mailbox" => Some(Transport::Mailbox),
                    "file" => Some(Transport::File),
                    _ => None,
                },
            )
            .unwrap_or(if dev { Transport::Mailbox } else { Transport::Smtp });
        let smtp_url = self.text("mail.smtp.url");
        if let Some(url) = &smtp_url
            && let Err(error) = SmtpUrl::parse(url)
        {
            let says = error.to_string();
            self.problem("mail.smtp.url", says.strip_prefix("mail.smtp.url: ").unwrap_or(&says));
        }
        let from = self.text("mail.from");
        if let Some(text) = &from
            && doorward_mail::FromMailbox::parse(text).is_err()
        {
            self.problem(
                "mail.from",
                "write a name and an address, such as \"Acme Help <help@acme.example>\"",
            );
        }
        let bounce_address = self.parsed(
            "mail.bounce_address",
            "an address with a short name that your mail server hands to doorward, such as \"bounces@acme.example\"",
            |text| {
                EmailAddress::parse(text)
                    .ok()
                    .filter(|address| address.local().len() <= MAX_LOCAL_BYTES)
            },
        );
        MailSettings {
            transport,
            bounce_address,
            smtp_url: smtp_url.map(SecretString::from),
            smtp_root_certificate: self.text("mail.smtp.root_certificate_file").map(PathBuf::from),
            from: from.or_else(|| dev.then(|| "Doorward <doorward@localhost.localdomain>".to_owned())),
            directory: self
                .text("mail.directory")
                .map_or_else(|| PathBuf::from("data/mail"), PathBuf::from),
        }
    }

    fn tls(&mut self) -> Option<(PathBuf, PathBuf)> {
        match (self.text("tls.cert_file"), self.text("tls.key_file")) {
            (Some(cert), Some(key)) => Some((PathBuf::from(cert), PathBuf::from(key))),
            (Some(_), None) => {
                self.problem("tls.key_file", "give it too: a certificate alone serves nothing");
                None
            }
            (None, Some(_)) => {
                self.problem("tls.cert_file", "give it too: a key alone serves nothing");
                None
            }
            (None, None) => None,
        }
    }

    fn limits(&mut self) -> Limits {
        let mut given = serde_json::Map::new();
        for limit in Limits::KEYS {
            let key = format!("limits.{limit}");
            let number = self.parsed(&key, "a whole number", |text| text.parse::<u32>().ok());
            if let Some(number) = number {
                given.insert((*limit).to_owned(), number.into());
            }
        }
        let limits: Limits = serde_json::from_value(given.into()).unwrap_or_default();
        for problem in limits.problems() {
            let (low, high) = (problem.low, problem.high);
            let says = format!("{} will not do; write a number from {low} to {high}", problem.value);
            self.problem(&format!("limits.{}", problem.key), says);
        }
        limits
    }

    fn trusted_proxies(&mut self) -> Vec<IpNet> {
        let mut proxies = Vec::new();
        for text in self.texts("trusted_proxies") {
            let net = text
                .parse::<IpNet>()
                .ok()
                .or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from));
            match net {
                Some(net) => proxies.push(net),
                None => self.problem(
                    "trusted_proxies",
                    format!("\"{text}\" will not do; write an address or a network, such as \"10.0.0.0/8\""),
                ),
            }
        }
        proxies
    }

    fn providers(&mut self) -> BTreeMap<String, ProviderSettings> {
        let mut providers: BTreeMap<String, ProviderSettings> = BTreeMap::new();
        let keys: Vec<String> = self
            .values
            .keys()
            .filter(|key| provider_key(key).is_some())
            .cloned()
            .collect();
        for key in keys {
            let Some((id, field)) = provider_key(&key).map(|(id, field)| (id.to_owned(), field.to_owned())) else {
                continue;
            };
            let value = self.texts(&key).join(" ");
            let provider = providers.entry(id).or_insert_with(|| ProviderSettings {
                values: BTreeMap::new(),
                client_secret: None,
            });
            if field == "client_secret" {
                provider.client_secret = Some(SecretString::from(value));
            } else {
                provider.values.insert(field, value);
            }
        }
        for (id, provider) in &providers {
            if let Err(problems) = ProviderConfig::read(id, &provider.values, provider.client_secret.clone()) {
                for problem in problems {
                    self.problem(&format!("providers.{id}.{}", problem.key), problem.says);
                }
            }
        }
        providers
    }

    /// What `serve` does not start with (R120, contract 1).
    fn refuse_what_is_unsafe(&mut self, settings: &Settings) {
        if !settings.public_url.is_https() && !settings.public_url.is_loopback() {
            self.problem(
                "public_url",
                "write an https address: over http, passwords and sessions can be read on the way",
            );
        }
        if !settings.secret_key_given {
            self.problem(
                "secret_key_file",
                "name a file of exactly 32 random bytes, made with: head -c 32 /dev/urandom > secret.key && chmod 600 secret.key",
            );
        }
        match settings.mail.transport {
            Transport::Mailbox => {
                self.problem(
                    "mail.transport",
                    "\"mailbox\" keeps mails in memory and shows them to anybody; write \"smtp\" or \"file\"",
                );
            }
            Transport::Smtp if settings.mail.smtp_url.is_none() => {
                self.problem(
                    "mail.smtp.url",
                    "name your mail server, such as \"smtp://user:password@mail.example:587?tls=required\"",
                );
            }
            Transport::Smtp | Transport::File => {}
        }
        if settings.mail.from.is_none() {
            self.problem(
                "mail.from",
                "say whom mails come from, such as \"Acme Help <help@acme.example>\"",
            );
        }
    }

    fn refuse_strangers(&mut self, settings: &Settings) {
        if settings.listen.iter().any(|address| !address.ip().is_loopback()) {
            self.problem(
                "listen",
                "dev shows every mail to whoever asks, so it listens on loopback only; use `doorward serve` for others",
            );
        }
    }
}

fn default_public_url() -> PublicUrl {
    #[expect(clippy::expect_used, reason = "a constant that a test parses")]
    PublicUrl::parse("http://localhost:8080").expect("the default address is an address")
}

fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" | "true" => Some(true),
        "off" | "false" => Some(false),
        _ => None,
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Bool(_, value) => Some(value.to_string()),
        Value::Num(_, number) => number
            .to_u128()
            .map(|n| n.to_string())
            .or_else(|| number.to_i128().map(|n| n.to_string()))
            .or_else(|| number.to_f64().map(|n| n.to_string())),
        Value::Char(_, c) => Some(c.to_string()),
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}

fn provider_key(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix("providers.")?.split_once('.')
}

fn nearest_known(key: &str) -> String {
    let limits = Limits::KEYS.iter().map(|limit| format!("limits.{limit}"));
    nearest(key, KEYS.iter().map(|known| (*known).to_owned()).chain(limits)).unwrap_or_default()
}

/// The key that was probably meant.
pub(crate) fn nearest(key: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known.min_by_key(|known| {
        // What begins alike was meant alike: a key cut short is far from its whole, letter by letter.
        let alike = key.chars().zip(known.chars()).take_while(|(a, b)| a == b).count();
        (distance(key, known) + key.len()).saturating_sub(alike)
    })
}

/// How many letters have to be changed, added or dropped to get from one text to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, cb) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            let next = (above + 1).min(left + 1).min(diagonal + usize::from(ca != *cb));
            diagonal = above;
            left = next;
            *cell = next;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(toml: &str, mode: Mode) -> Result<Settings, Problems> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), toml).unwrap();
        load(
            &Flags {
                config: Some(file.path().to_owned()),
                ..Flags::default()
            },
            mode,
        )
    }

    #[test]
    fn defaults_do_for_dev() {
        let settings = load_text("", Mode::Dev).unwrap();
        assert_eq!(settings.listen, ["127.0.0.1:8080".parse().unwrap()]);
        assert_eq!(settings.mail.transport, Transport::Mailbox);
        assert_eq!(settings.default_workspace, Slug::parse("demo").ok());
    }

    #[test]
    fn every_mistake_is_told_at_once_by_key() {
        let problems = load_text(
            r#"
            listn = "127.0.0.1:1"
            public_url = "help.example"
            [limits]
            code_lifetime_seconds = 900
            [mail]
            transport = "pigeon"
            [mail.smtp]
            url = "http://x"
            "#,
            Mode::Dev,
        )
        .unwrap_err();
        let text = problems.to_string();
        for part in [
            "listn: there is no such key; did you mean listen?",
            "public_url:",
            "limits.code_lifetime_seconds: 900 will not do; write a number from 1 to 600",
            "mail.transport: \"pigeon\" will not do",
            "mail.smtp.url:",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
    }

    #[test]
    fn r120_serve_refuses_what_is_unsafe_or_missing() {
        let text = load_text(r#"public_url = "http://help.example""#, Mode::Serve)
            .unwrap_err()
            .to_string();
        for key in ["public_url:", "secret_key_file:", "mail.smtp.url:", "mail.from:"] {
            assert!(text.contains(key), "{key} in {text}");
        }
    }

    #[test]
    fn dev_listens_on_loopback_only() {
        let text = load_text(r#"listen = "0.0.0.0:8080""#, Mode::Dev)
            .unwrap_err()
            .to_string();
        assert!(text.contains("loopback"), "{text}");
    }

    #[test]
    fn the_nearest_key_is_found() {
        assert_eq!(nearest_known("databse.url"), "database.url");
        assert_eq!(nearest_known("limits.code_tries"), "limits.code_tries_per_attempt");
        assert_eq!(
            nearest_known("limits.code_resend_wait"),
            "limits.code_resend_wait_seconds"
        );
    }
}
