//! What a workspace is called, how it looks, where it is reached, and how long it keeps what it records (C7).

use doorward_domain::audit::AuditAction;
use doorward_domain::colour::Colour;
use doorward_domain::picture::{Picture, PictureProblem};
use doorward_domain::ports::{FaultKind, LookSaved, PortError, PortResult};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::user::clean_name;
use doorward_domain::words::LanguageTag;
use doorward_domain::workspace::{FootLinks, PortalArea, Retention, Workspace, WorkspaceLook};
use thiserror::Error;
use url::{Host, Url};

use crate::context::{Acting, Caller, Context};
use crate::engine::picture;
use crate::outcome::SignInError;

/// Longest name of a workspace, and of an area, in code points.
const LONGEST_NAME: usize = 80;
/// Most areas of a portal, and most host names of a workspace.
const MOST_AREAS: usize = 20;
const MOST_HOSTS: usize = 10;
/// Largest radius of corners, in CSS pixels.
const LARGEST_RADIUS: u8 = 16;
/// Longest address of a link, in bytes.
const LONGEST_LINK: usize = 500;

/// A change of a look: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookChange {
    /// What people call the workspace.
    pub name: Option<String>,
    /// Host names of its own; the first is the one that links lead to.
    pub hosts: Option<Vec<String>>,
    /// Areas of the portal.
    pub areas: Option<Vec<PortalArea>>,
    /// Path behind *Start a conversation*; empty for none.
    pub start_conversation: Option<String>,
    /// Accent colour as `#rrggbb`; empty for the usual one.
    pub accent: Option<String>,
    /// Radius of corners in CSS pixels; `Some(None)` for the usual one.
    pub corner_radius: Option<Option<u8>>,
    /// Default language.
    pub language: Option<String>,
    /// Languages that are offered; none for all.
    pub languages: Option<Vec<String>>,
    /// Name that mails come from; empty for the server's.
    pub mail_name: Option<String>,
    /// Address about privacy; empty for none.
    pub privacy: Option<String>,
    /// Address of the terms of use; empty for none.
    pub terms: Option<String>,
    /// Address of support; empty for none.
    pub support: Option<String>,
    /// Days that receipts are kept.
    pub receipts_days: Option<u16>,
    /// Days that the mail log is kept.
    pub mail_days: Option<u16>,
    /// Days that the audit log is kept.
    pub audit_days: Option<u16>,
}

/// What will not do about a change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LookProblem {
    /// No name, or one that is too long.
    #[error("name: write a name of at most {LONGEST_NAME} characters")]
    Name,
    /// Not a name of a host that could be a workspace's own.
    #[error("hosts: \"{host}\" is no host name of your own, such as help.example.com")]
    Host {
        /// As it was written.
        host: String,
    },
    /// Another workspace has it.
    #[error("hosts: \"{host}\" is taken")]
    HostTaken {
        /// Which.
        host: String,
    },
    /// Too many host names.
    #[error("hosts: write at most {MOST_HOSTS}")]
    TooManyHosts,
    /// An area without a name, or whose path is none.
    #[error("areas: write a name and a path that begins with / for each, at most {MOST_AREAS}")]
    Areas,
    /// Not a path.
    #[error("start_conversation: write a path that begins with /")]
    StartConversation,
    /// Not a colour.
    #[error("accent: write a colour as #rrggbb")]
    Accent,
    /// Too large a radius.
    #[error("corner_radius: write a number from 0 to {LARGEST_RADIUS}")]
    CornerRadius,
    /// Not a language that there are words in.
    #[error("language: there are no words in that language")]
    Language,
    /// A list without the default language, or with one that there are no words in.
    #[error("languages: name languages that there are words in, the default one among them")]
    Languages,
    /// Not one line, or too long.
    #[error("mail_name: write one line of at most {LONGEST_NAME} characters")]
    MailName,
    /// Not an `https` address.
    #[error("{field}: write an address that begins with https://")]
    Link {
        /// Which link.
        field: &'static str,
    },
    /// Out of its bounds.
    #[error("{field}: write a number of days from {low} to {high}")]
    Days {
        /// Which records.
        field: &'static str,
        /// The fewest.
        low: u16,
        /// The most.
        high: u16,
    },
}

impl LookProblem {
    /// The field that it is about.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Host { .. } | Self::HostTaken { .. } | Self::TooManyHosts => "hosts",
            Self::Areas => "areas",
            Self::StartConversation => "start_conversation",
            Self::Accent => "accent",
            Self::CornerRadius => "corner_radius",
            Self::Language => "language",
            Self::Languages => "languages",
            Self::MailName => "mail_name",
            Self::Link { field } | Self::Days { field, .. } => field,
        }
    }
}

/// Why a look was not changed.
#[derive(Debug, Error)]
pub enum ChangeLookError {
    /// What was written will not do; nothing was changed.
    #[error("the look was not changed")]
    Problems(Vec<LookProblem>),
    /// Somebody else changed it meanwhile.
    #[error("the look was changed by somebody else meanwhile")]
    Changed,
    /// The workspace is gone.
    #[error("the workspace is gone")]
    Gone,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// How setting a logo ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoSet {
    /// It is set, or removed.
    Saved,
    /// The upload will not do.
    Problem(PictureProblem),
    /// The workspace is gone.
    Gone,
}

/// Makes a change, all of it or nothing. `spoken` are the languages that there are words in.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    change: LookChange,
    spoken: &[LanguageTag],
) -> Result<WorkspaceLook, ChangeLookError> {
    let seen = workspace.look();
    let look =
        changed(&seen, change, spoken, context.config.public_url.base_host()).map_err(ChangeLookError::Problems)?;
    if look == seen {
        return Ok(look);
    }
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::BrandingChanged, context.now())
        .with_detail(what_changed(&seen, &look).join(" "));
    let faces = &context.ports.workspace_faces;
    match faces.save(workspace.id, seen, look.clone(), audit).await? {
        LookSaved::Saved => Ok(look),
        LookSaved::HostTaken(host) => Err(ChangeLookError::Problems(vec![LookProblem::HostTaken { host }])),
        LookSaved::Changed => Err(ChangeLookError::Changed),
        LookSaved::Gone => Err(ChangeLookError::Gone),
    }
}

/// Sets the logo from an upload, or removes it.
pub(crate) async fn set_logo(
    context: &Context,
    acting: &Acting,
    caller: &Caller,
    workspace: &Workspace,
    upload: Option<Vec<u8>>,
) -> Result<LogoSet, SignInError> {
    let now = context.now();
    let logo = match upload {
        None => None,
        Some(upload) => {
            context.admit_costly(caller, workspace.id).await?;
            // One at a time, as with pictures of people.
            let place = context.pictures.acquire().await.map_err(gone)?;
            let encoded = tokio::task::spawn_blocking(move || picture::re_encode_whole(&upload))
                .await
                .map_err(gone)?;
            drop(place);
            match encoded {
                Ok(png) => Some(Picture { png, set_at: now }),
                Err(problem) => return Ok(LogoSet::Problem(problem)),
            }
        }
    };
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::BrandingChanged, now)
        .with_detail("logo");
    let saved = context
        .ports
        .workspace_faces
        .set_logo(workspace.id, logo, audit)
        .await?;
    Ok(if saved { LogoSet::Saved } else { LogoSet::Gone })
}

/// The logo, if there is one.
pub(crate) async fn logo(context: &Context, workspace: &Workspace) -> PortResult<Option<Picture>> {
    context.ports.workspace_faces.logo(workspace.id).await
}

fn gone(cause: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new(FaultKind::Unavailable, "logo", cause)
}

/// The names of what differs, for the audit log.
fn what_changed(before: &WorkspaceLook, after: &WorkspaceLook) -> Vec<&'static str> {
    let (was, is) = (&before.portal, &after.portal);
    [
        ("name", before.name != after.name),
        ("hosts", before.hosts != after.hosts),
        ("areas", was.areas != is.areas),
        ("start_conversation", was.start_conversation != is.start_conversation),
        ("accent", was.accent != is.accent),
        ("corner_radius", was.corner_radius != is.corner_radius),
        ("language", was.language != is.language),
        ("languages", was.languages != is.languages),
        ("mail_name", was.mail_name != is.mail_name),
        ("links", was.links != is.links),
        ("retention", was.retention != is.retention),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

fn changed(
    before: &WorkspaceLook,
    change: LookChange,
    spoken: &[LanguageTag],
    base_host: &str,
) -> Result<WorkspaceLook, Vec<LookProblem>> {
    let mut look = before.clone();
    let mut problems = Vec::new();
    if let Some(name) = change.name {
        look.name = clean_name(&name);
        if look.name.is_empty() || look.name.chars().count() > LONGEST_NAME {
            problems.push(LookProblem::Name);
        }
    }
    if let Some(hosts) = change.hosts {
        look.hosts = read_hosts(hosts, base_host, &mut problems);
    }
    let portal = &mut look.portal;
    if let Some(areas) = change.areas {
        portal.areas = areas
            .into_iter()
            .map(|area| PortalArea {
                name: clean_name(&area.name),
                path: area.path.trim().to_owned(),
            })
            .collect();
        let fine = |area: &PortalArea| {
            !area.name.is_empty() && area.name.chars().count() <= LONGEST_NAME && is_path(&area.path)
        };
        if portal.areas.len() > MOST_AREAS || !portal.areas.iter().all(fine) {
            problems.push(LookProblem::Areas);
        }
    }
    if let Some(path) = change.start_conversation {
        portal.start_conversation = some(&path);
        if portal.start_conversation.as_deref().is_some_and(|path| !is_path(path)) {
            problems.push(LookProblem::StartConversation);
        }
    }
    if let Some(accent) = change.accent {
        portal.accent = some(&accent);
        if portal
            .accent
            .as_deref()
            .is_some_and(|accent| Colour::parse(accent).is_err())
        {
            problems.push(LookProblem::Accent);
        }
    }
    if let Some(radius) = change.corner_radius {
        portal.corner_radius = radius;
        if radius.is_some_and(|radius| radius > LARGEST_RADIUS) {
            problems.push(LookProblem::CornerRadius);
        }
    }
    let speaks = |tag: &String| spoken.iter().any(|known| known.as_str() == tag);
    if let Some(language) = change.language {
        language.trim().clone_into(&mut portal.language);
        if !speaks(&portal.language) {
            problems.push(LookProblem::Language);
        }
    }
    if let Some(languages) = change.languages {
        portal.languages = languages;
        let offered = portal.languages.contains(&portal.language);
        if !portal.languages.is_empty() && (!portal.languages.iter().all(speaks) || !offered) {
            problems.push(LookProblem::Languages);
        }
    }
    if let Some(name) = change.mail_name {
        let name = clean_name(&name);
        if name.chars().count() > LONGEST_NAME || name.contains(['<', '>', '@', '"']) {
            problems.push(LookProblem::MailName);
        }
        portal.mail_name = some(&name);
    }
    let FootLinks {
        privacy,
        terms,
        support,
    } = &mut portal.links;
    for (field, link, said) in [
        ("privacy", privacy, change.privacy),
        ("terms", terms, change.terms),
        ("support", support, change.support),
    ] {
        let Some(said) = said else { continue };
        *link = some(&said);
        if link.as_deref().is_some_and(|link| !is_https(link)) {
            problems.push(LookProblem::Link { field });
        }
    }
    let Retention {
        receipts_days,
        mail_days,
        audit_days,
    } = &mut portal.retention;
    for (field, days, said, (low, high)) in [
        ("receipts_days", receipts_days, change.receipts_days, Retention::RECORDS),
        ("mail_days", mail_days, change.mail_days, Retention::RECORDS),
        ("audit_days", audit_days, change.audit_days, Retention::AUDIT),
    ] {
        let Some(said) = said else { continue };
        *days = said;
        if !(low..=high).contains(&said) {
            problems.push(LookProblem::Days { field, low, high });
        }
    }
    if problems.is_empty() { Ok(look) } else { Err(problems) }
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && ReturnTo::parse(path).as_str() == path
}

fn is_https(link: &str) -> bool {
    let fine =
        |url: Url| url.scheme() == "https" && url.has_host() && url.username().is_empty() && url.password().is_none();
    link.len() <= LONGEST_LINK && !link.contains(char::is_whitespace) && Url::parse(link).is_ok_and(fine)
}

/// Host names as they are compared: A-labels in lower case, without port, each once. The server's own are nobody's.
fn read_hosts(hosts: Vec<String>, base_host: &str, problems: &mut Vec<LookProblem>) -> Vec<String> {
    let mut read: Vec<String> = Vec::new();
    for text in hosts {
        match host_of(text.trim(), base_host) {
            Some(host) if read.contains(&host) => {}
            Some(host) => read.push(host),
            None => problems.push(LookProblem::Host { host: text }),
        }
    }
    if read.len() > MOST_HOSTS {
        problems.push(LookProblem::TooManyHosts);
    }
    read
}

fn host_of(text: &str, base_host: &str) -> Option<String> {
    let Ok(Host::Domain(host)) = Host::parse(text) else {
        return None;
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let named = host.len() <= 253 && host.contains('.') && host.split('.').all(label);
    let ours = host == base_host || host.strip_suffix(base_host).is_some_and(|rest| rest.ends_with('.'));
    let local = host.ends_with(".localhost");
    (named && !ours && !local).then_some(host)
}

#[cfg(test)]
mod tests {
    use doorward_domain::workspace::Portal;

    use super::*;

    fn look() -> WorkspaceLook {
        WorkspaceLook {
            name: "Acme".to_owned(),
            hosts: Vec::new(),
            portal: Portal::default(),
        }
    }

    fn with(change: LookChange) -> Result<WorkspaceLook, Vec<LookProblem>> {
        let spoken = ["en", "ar"].map(|tag| LanguageTag::parse(tag).unwrap());
        changed(&look(), change, &spoken, "doorward.example")
    }

    #[test]
    fn c7_nothing_said_changes_nothing() {
        assert_eq!(with(LookChange::default()), Ok(look()));
    }

    #[test]
    fn c7_host_names_are_a_labels_of_ones_own() {
        let hosts = |names: &[&str]| {
            with(LookChange {
                hosts: Some(names.iter().map(|name| (*name).to_owned()).collect()),
                ..LookChange::default()
            })
            .map(|look| look.hosts)
        };
        assert_eq!(
            hosts(&["Help.Acme.example", "hilfe.bücher.example", "help.acme.example"]),
            Ok(vec![
                "help.acme.example".to_owned(),
                "hilfe.xn--bcher-kva.example".to_owned()
            ])
        );
        for bad in [
            "",
            "localhost",
            "acme.localhost",
            "127.0.0.1",
            "[::1]",
            "doorward.example",
            "globex.doorward.example",
            "help.acme.example:8080",
            "https://help.acme.example",
            "help.acme.example.",
            "-a.example",
            "a b.example",
        ] {
            let host = bad.to_owned();
            assert_eq!(hosts(&[bad]), Err(vec![LookProblem::Host { host }]), "{bad}");
        }
        assert!(hosts(&["notdoorward.example"]).is_ok());
        let many: Vec<String> = (0..11).map(|n| format!("h{n}.example")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(hosts(&many), Err(vec![LookProblem::TooManyHosts]));
    }

    #[test]
    fn c7_every_problem_is_told_at_once_and_nothing_is_changed() {
        let text = |text: &str| Some(text.to_owned());
        let problems = with(LookChange {
            name: text("  "),
            accent: text("blue"),
            corner_radius: Some(Some(17)),
            language: text("tlh"),
            languages: Some(vec!["en".to_owned(), "tlh".to_owned()]),
            mail_name: text("Acme <evil@example.com>"),
            start_conversation: text("//evil.example"),
            areas: Some(vec![PortalArea {
                name: "Tickets".to_owned(),
                path: "https://evil.example".to_owned(),
            }]),
            privacy: text("http://acme.example/privacy"),
            terms: text("javascript:alert(1)"),
            support: text("https://user:pw@acme.example"),
            receipts_days: Some(6),
            mail_days: Some(731),
            audit_days: Some(89),
            ..LookChange::default()
        })
        .unwrap_err();
        let fields: Vec<&str> = problems.iter().map(LookProblem::field).collect();
        assert_eq!(
            fields,
            [
                "name",
                "areas",
                "start_conversation",
                "accent",
                "corner_radius",
                "language",
                "languages",
                "mail_name",
                "privacy",
                "terms",
                "support",
                "receipts_days",
                "mail_days",
                "audit_days",
            ]
        );
    }
}
