//! Words and templates of mails: a typed message in, subject, text and HTML out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use doorward_domain::catalogue::{Catalogue, CatalogueError, CatalogueSource, SayError};
use doorward_domain::client::Device;
use doorward_domain::mail::NewMail;
use doorward_domain::method::Method;
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::{Argument, LanguageTag, Words};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior};
use rust_embed::RustEmbed;
use serde::Serialize;

use self::particulars::{Particulars, checked_link};
use crate::colour::Accent;
use crate::plain::{one_line, short_name};

mod particulars;
mod report;

pub(crate) use self::particulars::secrets_of;

/// What one rendering may cost at most, in instructions of the template engine; the built-in ones need some hundreds.
const FUEL: u64 = 50_000;

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Locales;

/// Why a mail has no words.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextsError {
    /// The built-in words cannot be loaded.
    #[error("the words of mails")]
    Catalogue(#[from] CatalogueError),
    /// A sentence is missing, or lacks an argument.
    #[error("a sentence of a mail")]
    Sentence(#[from] SayError),
    /// A template is missing or wrong.
    #[error("the mail template `{name}`")]
    Template {
        /// Its file name.
        name: String,
        /// What the template engine says.
        #[source]
        source: Error,
    },
    /// A value is not what it has to be, such as a link that is not one. Nothing of it is repeated here.
    #[error("the mail's {value} is not of the form it has to be")]
    Value {
        /// Which value.
        value: &'static str,
    },
    /// A kind of message that this version has no templates for.
    #[error("there is no mail of the kind `{kind}`")]
    Kind {
        /// Its name.
        kind: &'static str,
    },
}

/// A mail in words.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// The words and templates, built once.
#[derive(Debug)]
pub(crate) struct Texts {
    catalogue: Arc<Catalogue>,
    templates: Environment<'static>,
}

/// What templates see. Values of other people are in one line each.
#[derive(Serialize)]
struct View<'a> {
    lang: &'a str,
    dir: &'static str,
    subject: &'a str,
    workspace: &'a str,
    sign_in_url: &'a str,
    /// Links at the foot.
    privacy: Option<&'a str>,
    terms: Option<&'a str>,
    support: Option<&'a str>,
    accent: &'a str,
    on_accent: &'a str,
    code: Option<&'a str>,
    url: Option<&'a str>,
    security_url: Option<&'a str>,
    minutes: u32,
    hours: u32,
    days: u32,
    left: u32,
    few: bool,
    what: &'a str,
    /// What staff asks to do for somebody who calls.
    action: &'a str,
    /// When something is to happen, or until when it can be undone.
    due: Option<String>,
    method: &'a str,
    name: String,
    address: String,
    open: Vec<String>,
    asked: Option<String>,
    by_owner: bool,
    date: Option<String>,
    device: Option<String>,
    report: Option<report::ReportView>,
}

impl Texts {
    /// Loads the words and templates; files in `overrides` come before the built-in ones of the same name.
    pub(crate) fn load(overrides: Option<&Path>) -> Result<Self, TextsError> {
        let catalogue = Arc::new(built_in_catalogue()?);
        let templates = environment(Arc::clone(&catalogue), overrides.map(Path::to_path_buf)).map_err(|source| {
            TextsError::Template {
                name: "*".to_owned(),
                source,
            }
        })?;
        Ok(Self { catalogue, templates })
    }

    /// The words alone.
    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Puts a mail into words.
    pub(crate) fn render(&self, mail: &NewMail) -> Result<Rendered, TextsError> {
        let kind = mail.message.kind();
        let particulars = Particulars::of(&mail.message)?;
        let language = self.catalogue.negotiate(&mail.language, None);
        let zone = TimeZone::or_utc(mail.time_zone.as_deref());
        let workspace = one_line(&mail.sender.workspace_name);
        let sign_in_url = checked_link(&mail.sender.sign_in_url, "sign-in address")?;
        let accent = Accent::of(mail.sender.accent.as_deref());
        let subject_key = match particulars.told_apart {
            Some(what) => format!("{kind}-subject-{what}"),
            None => format!("{kind}-subject"),
        };
        let subject = Words::of(subject_key.into()).with("workspace", workspace.as_str());
        let subject = without_isolation(&self.catalogue.say(&language, &subject)?);
        let asked = particulars
            .asked
            .map(|asked| {
                let words = Words::key("asked")
                    .with("date", self.date(&language, &zone, asked.at)?)
                    .with("device", self.device(&language, &asked.device)?);
                self.catalogue.say(&language, &words)
            })
            .transpose()?;
        let open = particulars.open.iter().map(|method| self.method(&language, *method));
        let (date, device) = match particulars.happened {
            Some((at, device)) => {
                let device = device.map(|device| self.device(&language, device)).transpose()?;
                (Some(self.date(&language, &zone, at)?), device)
            }
            None => (None, None),
        };
        let report = particulars
            .report
            .map(|report| self.report(&language, &zone, &workspace, report))
            .transpose()?;
        let view = View {
            lang: language.as_str(),
            dir: language.direction().as_str(),
            subject: &subject,
            workspace: &workspace,
            sign_in_url,
            privacy: link_at_the_foot(mail.sender.links.privacy.as_deref())?,
            terms: link_at_the_foot(mail.sender.links.terms.as_deref())?,
            support: link_at_the_foot(mail.sender.links.support.as_deref())?,
            accent: &accent.ground,
            on_accent: &accent.text,
            code: particulars.code,
            url: particulars.url,
            security_url: particulars.security_url,
            minutes: particulars.minutes,
            hours: particulars.hours,
            days: particulars.days,
            left: particulars.left,
            few: particulars.few,
            what: particulars.told_apart.unwrap_or_default(),
            action: particulars.action.unwrap_or_default(),
            due: particulars
                .due
                .map(|due| self.date(&language, &zone, due))
                .transpose()?,
            method: particulars.method.map_or("", Method::as_str),
            name: short_name(particulars.name),
            address: one_line(particulars.address),
            open: open.collect::<Result<_, _>>()?,
            asked,
            by_owner: device.is_some(),
            date,
            device,
            report,
        };
        let text = self.fill(format!("{kind}.txt"), &view)?;
        let html = self.fill(format!("{kind}.html"), &view)?;
        Ok(Rendered {
            text: tidy(&text),
            html: tidy(&html),
            subject,
        })
    }

    fn fill(&self, name: String, view: &View<'_>) -> Result<String, TextsError> {
        let filled = self
            .templates
            .get_template(&name)
            .and_then(|template| template.render(Serde(view)));
        filled.map_err(|source| TextsError::Template { name, source })
    }

    /// An instant as the clock on the reader's wall shows it, with what its zone is called.
    fn date(&self, language: &LanguageTag, zone: &TimeZone, at: Timestamp) -> Result<String, SayError> {
        let clock = zone.wall_clock(at);
        let words = Words::key("date")
            .with("day", i64::from(clock.day))
            .with("month", i64::from(clock.month))
            .with("year", clock.year.to_string())
            .with("time", format!("{:02}:{:02}", clock.hour, clock.minute))
            .with("zone", zone.label(at));
        self.catalogue.say(language, &words)
    }

    fn device(&self, language: &LanguageTag, device: &Device) -> Result<String, SayError> {
        let (browser, system) = (one_line(&device.browser), one_line(&device.system));
        if browser.is_empty() && system.is_empty() {
            return self.catalogue.say(language, &Words::key("device-unknown"));
        }
        if browser.is_empty() || system.is_empty() {
            return Ok(browser + &system);
        }
        let words = Words::key("device-known")
            .with("browser", browser)
            .with("system", system);
        self.catalogue.say(language, &words)
    }

    fn method(&self, language: &LanguageTag, method: Method) -> Result<String, SayError> {
        let words = match method {
            Method::Password => Words::key("method-password"),
            Method::EmailCode => Words::key("method-email-code"),
            Method::Passkey => Words::key("method-passkey"),
            Method::Provider => Words::key("method-provider"),
            Method::HandOver => Words::key("method-hand-over"),
            other => Words::key("method-other").with("method", other.as_str()),
        };
        self.catalogue.say(language, &words)
    }
}

fn built_in_catalogue() -> Result<Catalogue, CatalogueError> {
    let files: Vec<(String, String)> = Locales::iter()
        .filter_map(|path| {
            let file = Locales::get(&path)?;
            Some((path.into_owned(), String::from_utf8_lossy(&file.data).into_owned()))
        })
        .collect();
    Catalogue::build(files.iter().map(|(path, text)| CatalogueSource {
        language: path.split('/').next().unwrap_or_default(),
        name: path,
        text,
    }))
}

fn environment(catalogue: Arc<Catalogue>, overrides: Option<PathBuf>) -> Result<Environment<'static>, Error> {
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_syntax(syntax);
    environment.set_auto_escape_callback(|name| {
        let html = Path::new(name).extension().is_some_and(|extension| extension == "html");
        if html { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.set_loader(move |name| load(overrides.as_deref(), name));
    environment.add_function("say", move |state: &State<'_, '_>, key: &str, arguments: Kwargs| {
        say(&catalogue, state, key, &arguments)
    });
    Ok(environment)
}

fn load(overrides: Option<&Path>, name: &str) -> Result<Option<String>, Error> {
    let plain_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if !plain_name || name.starts_with('.') {
        return Ok(None);
    }
    if let Some(directory) = overrides {
        match std::fs::read_to_string(directory.join(name)) {
            Ok(text) => return Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let what = "the file cannot be read as UTF-8 text";
                return Err(Error::new(ErrorKind::InvalidOperation, what).with_source(error));
            }
        }
    }
    Ok(Templates::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned()))
}

fn say(catalogue: &Catalogue, state: &State<'_, '_>, key: &str, arguments: &Kwargs) -> Result<String, Error> {
    let value = |name: &str| {
        state
            .lookup(name)
            .and_then(|value| value.as_str().map(ToOwned::to_owned))
    };
    let language = value("lang")
        .and_then(|tag| LanguageTag::parse(&tag).ok())
        .unwrap_or(LanguageTag::ENGLISH);
    let mut words = Words::of(key.to_owned().into()).with("workspace", value("workspace").unwrap_or_default());
    for name in arguments.args() {
        let argument = argument(name, &arguments.get::<Value>(name)?)?;
        words = words.with_named(name.to_owned().into(), argument);
    }
    catalogue
        .say(&language, &words)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, "a sentence cannot be said").with_source(error))
}

fn argument(name: &str, value: &Value) -> Result<Argument, Error> {
    let unfit = || {
        Error::new(
            ErrorKind::InvalidOperation,
            format!("the argument `{name}` is neither text nor a number"),
        )
    };
    match value.kind() {
        ValueKind::Number => i64::try_from(value.clone()).map(Argument::Number).map_err(|_| unfit()),
        ValueKind::String => Ok(Argument::Text(value.to_string())),
        _ => Err(unfit()),
    }
}

/// A link of the workspace's own, checked as all links are; most workspaces have none.
fn link_at_the_foot(link: Option<&str>) -> Result<Option<&str>, TextsError> {
    link.map(|link| checked_link(link, "link at the foot")).transpose()
}

/// A subject stands alone on its line, where marks that keep a name's direction apart do no good, and show up as boxes
/// in some mail programs.
fn without_isolation(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "")
}

/// Lines without blanks at their ends, never more than one empty line between them, CRLF between all (R108).
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len() + text.len() / 16);
    let mut empty = true;
    let text = text.replace("\r\n", "\n");
    for line in text.split(['\r', '\n']) {
        let line = line.trim_end();
        if line.is_empty() {
            if !empty {
                tidied.push_str("\r\n");
            }
            empty = true;
            continue;
        }
        tidied.push_str(line);
        tidied.push_str("\r\n");
        empty = false;
    }
    tidied.truncate(tidied.trim_end().len());
    tidied.push_str("\r\n");
    tidied
}
