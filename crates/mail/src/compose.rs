//! A typed message becomes a mail: envelope, header, two parts, every byte of it accounted for (R107–R109).

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use doorward_domain::bounce::{MAX_LOCAL_BYTES, ReturnMark};
use doorward_domain::email_address::{EmailAddress, MAX_ADDRESS_BYTES};
use doorward_domain::ids::{MailId, WorkspaceId};
use doorward_domain::mail::{Message, NewMail, Sender};
use doorward_domain::secret::CodeKey;
use doorward_domain::time::Timestamp;
use doorward_domain::words::LanguageTag;
use doorward_domain::workspace::FootLinks;
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};

use crate::host::Host;
use crate::plain::{leaves_its_line, one_line};
use crate::samples::samples;
use crate::texts::{Rendered, Texts, TextsError, secrets_of};

/// Longest line, in bytes without its CRLF (RFC 5321 §4.5.3.1.6, R108).
const MAX_LINE_BYTES: usize = 998;

/// Why a text is not a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sender is written like `Acme Help <help@acme.example>`")]
pub struct FromMailboxError;

/// Who a mail comes from: `mail.from`, or a workspace's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromMailbox {
    name: Option<String>,
    address: Address,
}

impl FromMailbox {
    /// Reads `Acme Help <help@acme.example>`, or an address alone. The address is ASCII; the name may be anything that
    /// stays in its line.
    ///
    /// # Errors
    /// [`FromMailboxError`] for anything else, control characters and second addresses among it (R107).
    pub fn parse(text: &str) -> Result<Self, FromMailboxError> {
        let text = text.trim_matches(' ');
        if leaves_its_line(text) {
            return Err(FromMailboxError);
        }
        let (name, address) = match text.strip_suffix('>') {
            Some(rest) => {
                let (name, address) = rest.rsplit_once('<').ok_or(FromMailboxError)?;
                (unquoted(name.trim()), address)
            }
            None => (String::new(), text),
        };
        let plain =
            |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b',' | b';' | b':' | b'\\');
        let fits = address.len() <= MAX_ADDRESS_BYTES && address.bytes().all(plain);
        if !fits || address.matches('@').count() != 1 || name.contains(['<', '>']) {
            return Err(FromMailboxError);
        }
        let name = one_line(&name);
        Ok(Self {
            name: (!name.is_empty()).then_some(name),
            address: address.parse().map_err(|_| FromMailboxError)?,
        })
    }

    /// The address alone.
    pub fn address(&self) -> &str {
        self.address.as_ref()
    }
}

impl fmt::Display for FromMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

fn unquoted(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    inner.map_or_else(
        || name.to_owned(),
        |inner| inner.replace("\\\"", "\"").replace("\\\\", "\\"),
    )
}

/// What composing needs to know, out of the configuration.
#[derive(Debug, Clone)]
pub struct ComposerConfig {
    /// `mail.from`: the sender where a workspace has none of its own, and the envelope's sender always, so that what
    /// bounces comes back to the operator.
    pub from: FromMailbox,
    /// The host of `public_url` as it stands there (an IPv6 address in brackets), for the `Message-ID`
    /// (`<mail id@host>`).
    pub host: String,
    /// A directory whose `*.txt` and `*.html` files come before the built-in templates of the same name.
    pub overrides: Option<PathBuf>,
}

/// Why a mail cannot be composed. Never holds a value out of the mail.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// Words or templates are missing or wrong, or a value is not of its form.
    #[error(transparent)]
    Texts(#[from] TextsError),
    /// The workspace's own sender is none (R107).
    #[error("the workspace's sender is not of the form `Name <address>`")]
    From,
    /// The recipient is no address that can stand in an envelope (R107).
    #[error("the recipient is not an address that can be written to")]
    Recipient,
    /// The host for the `Message-ID` is no host name.
    #[error("the host of the public address is not a host name")]
    Host,
    /// `mail.bounce_address` cannot carry what is added to it.
    #[error(
        "the local part of the bounce address is longer than {MAX_LOCAL_BYTES} bytes, or cannot stand in an envelope"
    )]
    Return,
    /// What came out is not fit for the wire (R108).
    #[error("the composed mail has {0}")]
    Unfit(&'static str),
    /// The mail builder refused.
    #[error("the mail cannot be put together")]
    Build(#[from] lettre::error::Error),
}

/// Turns typed messages into mails.
#[derive(Debug)]
pub struct Composer {
    texts: Texts,
    from: FromMailbox,
    host: String,
    returns: Option<Returns>,
}

/// Where mails come back to: an address of its own for each mail, made under a key (C5).
#[derive(Debug, Clone)]
struct Returns {
    address: EmailAddress,
    key: CodeKey,
}

/// A mail, ready to be carried away. Its `Debug` output names no content.
#[derive(Clone)]
pub struct ComposedMail {
    id: MailId,
    kind: &'static str,
    from: String,
    envelope_from: Address,
    to: Address,
    rendered: Rendered,
    bytes: Vec<u8>,
    secrets: Vec<String>,
}

impl fmt::Debug for ComposedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComposedMail")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl ComposedMail {
    /// The id of its row in the outbox.
    pub const fn id(&self) -> MailId {
        self.id
    }

    /// The kind of message, for logs.
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// The sender, as readers see it.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The one recipient.
    pub fn to(&self) -> &str {
        self.to.as_ref()
    }

    /// The subject, decoded.
    pub fn subject(&self) -> &str {
        &self.rendered.subject
    }

    /// The text part, decoded, with CRLF between its lines.
    pub fn text(&self) -> &str {
        &self.rendered.text
    }

    /// The HTML part, decoded.
    pub fn html(&self) -> &str {
        &self.rendered.html
    }

    /// The whole mail as it goes over the wire, before dots are stuffed: ASCII, CRLF only, no line over 998 bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The header fields in order, unfolded, as they were written.
    pub fn headers(&self) -> Vec<(String, String)> {
        let whole = String::from_utf8_lossy(&self.bytes);
        let head = whole.split("\r\n\r\n").next().unwrap_or_default();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let fields = unfolded.split("\r\n").filter_map(|line| line.split_once(": "));
        fields
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// A reply of a mail server in one line and without what only the reader of the mail may know: some servers repeat
    /// what they refuse (R37, R113).
    pub(crate) fn fit_to_keep(&self, reply: &str) -> String {
        let mut kept = reply.to_owned();
        for secret in &self.secrets {
            kept = kept.replace(secret.as_str(), "•••");
        }
        let mut line = String::new();
        for c in kept.chars() {
            let c = if c.is_control() { ' ' } else { c };
            if line.len() + c.len_utf8() > 500 {
                line.push('…');
                break;
            }
            line.push(c);
        }
        line.trim().to_owned()
    }

    pub(crate) const fn envelope_from(&self) -> &Address {
        &self.envelope_from
    }

    pub(crate) const fn envelope_to(&self) -> &Address {
        &self.to
    }
}

impl Composer {
    /// Loads words and templates, and tries every kind of mail in every language, so that a mistake in an operator's
    /// template is told at the start and not with somebody's first code.
    ///
    /// # Errors
    /// [`ComposeError`], naming the template.
    pub fn new(config: ComposerConfig) -> Result<Self, ComposeError> {
        let host = config.host;
        if Host::parse(&host).is_none() {
            return Err(ComposeError::Host);
        }
        let texts = Texts::load(config.overrides.as_deref())?;
        let composer = Self {
            texts,
            from: config.from,
            host,
            returns: None,
        };
        for language in composer.texts.catalogue().languages() {
            for message in samples() {
                composer.compose(&sample_mail(message, language)?, Timestamp::from_unix_seconds(0))?;
            }
        }
        Ok(composer)
    }

    /// Has mails come back to an address of their own each, made of `address` (`mail.bounce_address`) under `key`, so that a
    /// report of one that did not arrive leads to it and cannot be forged.
    ///
    /// # Errors
    /// [`ComposeError::Return`] for an address whose local part leaves no room for what is added.
    pub fn returning_to(mut self, address: EmailAddress, key: CodeKey) -> Result<Self, ComposeError> {
        if address.local().len() > MAX_LOCAL_BYTES {
            return Err(ComposeError::Return);
        }
        self.returns = Some(Returns { address, key });
        Ok(self)
    }

    /// The sender of the envelope of a mail.
    fn envelope_from(&self, mail: &NewMail) -> Result<Address, ComposeError> {
        let Some(returns) = &self.returns else {
            return Ok(self.from.address.clone());
        };
        let mark = ReturnMark::of(&returns.key, mail.id, &mail.to.key());
        let address = mark.address(&returns.address).ok_or(ComposeError::Return)?;
        address.parse().map_err(|_| ComposeError::Return)
    }

    /// Composes a mail, dated `now`. The same mail at the same time gives the same bytes.
    ///
    /// # Errors
    /// [`ComposeError`]; such a mail can never be sent.
    pub fn compose(&self, mail: &NewMail, now: Timestamp) -> Result<ComposedMail, ComposeError> {
        let rendered = self.texts.render(mail)?;
        let from = match &mail.sender.from {
            Some(own) => FromMailbox::parse(own).map_err(|_| ComposeError::From)?,
            None => self.from.clone(),
        };
        let from_name = mail.sender.from_name.as_deref().map(one_line);
        let from_name = from_name.filter(|name| !name.is_empty()).or_else(|| from.name.clone());
        let to = recipient(&mail.to)?;
        let envelope_from = self.envelope_from(mail)?;
        let id = mail.id.as_uuid();
        let message = lettre::Message::builder()
            .envelope(Envelope::new(Some(envelope_from.clone()), vec![to.clone()])?)
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_unix_seconds()).unwrap_or(0)))
            .from(Mailbox::new(from_name.clone(), from.address.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(rendered.subject.clone())
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .raw_header(fixed_header("Auto-Submitted", "auto-generated"))
            .raw_header(fixed_header("X-Auto-Response-Suppress", "All"))
            .multipart(
                MultiPart::builder()
                    .kind(MultiPartKind::Alternative)
                    .boundary(format!("=_{}", id.simple()))
                    .singlepart(part(&rendered.text, ContentType::TEXT_PLAIN)?)
                    .singlepart(part(&rendered.html, ContentType::TEXT_HTML)?),
            )?;
        if leaves_its_line(&rendered.subject) {
            return Err(ComposeError::Unfit("a subject that leaves its line"));
        }
        let bytes = message.formatted();
        check_wire(&bytes)?;
        Ok(ComposedMail {
            id: mail.id,
            kind: mail.message.kind(),
            from: from.to_string(),
            envelope_from,
            to,
            bytes,
            secrets: secrets_of(&mail.message).into_iter().map(ToOwned::to_owned).collect(),
            rendered,
        })
    }
}

fn fixed_header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The stored address once more, byte by byte: this is the last place before the envelope (R107).
fn recipient(address: &EmailAddress) -> Result<Address, ComposeError> {
    let text = address.as_str();
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b',' | b';' | b'"' | b'(' | b')');
    if !text.bytes().all(plain) {
        return Err(ComposeError::Recipient);
    }
    text.parse().map_err(|_| ComposeError::Recipient)
}

/// A part in base64 or quoted-printable, never as it is (R108). In both, `=` is never followed by `_`, so that no text
/// can hold the boundary between the parts, which begins with these two (RFC 2045 §6.7).
fn part(text: &str, content_type: ContentType) -> Result<SinglePart, ComposeError> {
    let foreign = text.bytes().filter(|byte| !byte.is_ascii()).count();
    let encoding = if foreign * 4 > text.len() {
        ContentTransferEncoding::Base64
    } else {
        ContentTransferEncoding::QuotedPrintable
    };
    let body = Body::new_with_encoding(text.to_owned(), encoding);
    let body = body.map_err(|_| ComposeError::Unfit("a part that cannot be encoded"))?;
    Ok(SinglePart::builder().content_type(content_type).body(body))
}

/// Holds the composed bytes to R108: whatever the builder and its encoders did, nothing else gets out of here.
fn check_wire(bytes: &[u8]) -> Result<(), ComposeError> {
    let mut line = 0_usize;
    let mut previous = 0_u8;
    for &byte in bytes {
        match (previous, byte) {
            (b'\r', b'\n') => line = 0,
            (b'\r', _) => return Err(ComposeError::Unfit("a bare carriage return")),
            (_, b'\n') => return Err(ComposeError::Unfit("a bare line feed")),
            (_, b'\r') => {}
            (_, 0) => return Err(ComposeError::Unfit("a NUL byte")),
            (_, byte) if !byte.is_ascii() => return Err(ComposeError::Unfit("a byte that is not ASCII")),
            _ => line += 1,
        }
        if line > MAX_LINE_BYTES {
            return Err(ComposeError::Unfit("a line of more than 998 bytes"));
        }
        previous = byte;
    }
    if previous == b'\r' {
        return Err(ComposeError::Unfit("a bare carriage return"));
    }
    Ok(())
}

pub(crate) fn sample_mail(message: Message, language: &LanguageTag) -> Result<NewMail, ComposeError> {
    Ok(NewMail {
        id: MailId::from_uuid(uuid::Uuid::nil()),
        workspace: WorkspaceId::SERVER,
        to: EmailAddress::parse("ada@example.com").map_err(|_| ComposeError::Recipient)?,
        user: None,
        sender: Sender {
            workspace_name: "Acme".to_owned(),
            sign_in_url: "https://acme.example/sign-in".to_owned(),
            accent: Some("#1a7f4b".to_owned()),
            from: None,
            from_name: None,
            links: FootLinks::default(),
        },
        message,
        language: language.as_str().to_owned(),
        time_zone: None,
        expires_at: None,
        created_at: Timestamp::from_unix_seconds(0),
    })
}

#[cfg(test)]
mod tests;
