//! Mails that come back (C5): the address that they come back to, and what a delivery report says (RFC 3464).
//!
//! Anybody can write a report, so none is believed for what it says of itself. The envelope of each mail names a return
//! address of its own, `<local>+<mail id>-<mac>@<domain>`, made under the server's key; a report that does not come to such
//! an address changes nothing. Whoever got the mail knows its return address, and can have no more than their own mail
//! counted as returned.

use std::fmt::Write as _;

use crate::email_address::{EmailAddress, EmailKey};
use crate::ids::MailId;
use crate::secret::CodeKey;

/// Bytes of a report that are read: what it says stands before the mail that it returns.
pub const MAX_REPORT_BYTES: usize = 256 * 1_024;
/// Longest `local` part of the configured address, so that with what is added to it the whole part keeps to the 64 bytes of
/// RFC 5321 §4.5.3.1.1.
pub const MAX_LOCAL_BYTES: usize = 64 - MARK_BYTES - 1;
/// Length of what is added: 32 digits, a dash, 16 digits.
const MARK_BYTES: usize = 32 + 1 + 16;
/// Most header fields, parts and groups of fields that are looked at.
const MAX_FIELDS: usize = 300;
const MAX_PARTS: usize = 20;
const MAX_GROUPS: usize = 20;
/// Longest words that are kept of another server, in bytes.
const MAX_WORDS: usize = 500;

/// What a return address says of its mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnMark {
    /// The mail.
    pub mail: MailId,
    mac: String,
}

impl ReturnMark {
    /// The mark of a mail to that reader.
    pub fn of(key: &CodeKey, mail: MailId, reader: &EmailKey) -> Self {
        let digest = key.authenticate(&[b"bounce", mail.as_uuid().as_bytes(), reader.as_str().as_bytes()]);
        let mut mac = String::with_capacity(16);
        for byte in digest.as_bytes().iter().take(8) {
            let _ = write!(mac, "{byte:02x}");
        }
        Self { mail, mac }
    }

    /// Whether the mark was made for a mail to that reader, under that key. The comparison takes no longer for a closer guess.
    pub fn is_genuine(&self, key: &CodeKey, reader: &EmailKey) -> bool {
        let expected = Self::of(key, self.mail, reader).mac;
        let (mine, theirs) = (expected.as_bytes(), self.mac.as_bytes());
        mine.len() == theirs.len() && mine.iter().zip(theirs).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }

    /// The return address: the configured one with the mark in it.
    pub fn address(&self, configured: &EmailAddress) -> Option<String> {
        let (local, domain) = configured.as_str().rsplit_once('@')?;
        let mail = self.mail.as_uuid().simple();
        (local.len() <= MAX_LOCAL_BYTES).then(|| format!("{local}+{mail}-{}@{domain}", self.mac))
    }

    /// The first mark in a text that holds addresses.
    pub fn find(text: &str) -> Option<Self> {
        text.match_indices('+').find_map(|(at, _)| {
            let mark = text.get(at + 1..at + 1 + MARK_BYTES)?;
            let after = text.get(at + 1 + MARK_BYTES..)?;
            let (mail, mac) = mark.split_once('-')?;
            let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
            if mail.len() != 32 || mac.len() != 16 || !hex(mail) || !hex(mac) || !after.starts_with('@') {
                return None;
            }
            Some(Self {
                mail: MailId::from_uuid(uuid::Uuid::try_parse(mail).ok()?),
                mac: mac.to_ascii_lowercase(),
            })
        })
    }
}

/// What became of a mail further on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    /// It will not arrive.
    Failed,
    /// It is late, and still tried.
    Delayed,
}

/// A delivery report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BounceReport {
    /// Which mail it is about, if it came to a return address.
    pub mark: Option<ReturnMark>,
    /// What became of it.
    pub returned: Returned,
    /// The other server's own words, in one line: its status code and what it said.
    pub words: String,
}

impl BounceReport {
    /// A report put together from what a provider's webhook tells.
    pub fn told(envelope_to: &str, returned: Returned, status: &str, diagnostic: &str) -> Self {
        Self {
            mark: ReturnMark::find(envelope_to),
            returned,
            words: words(status, diagnostic),
        }
    }

    /// Reads a message as it came in. `recipient` is the address that it was handed over for, where that is known; else it is
    /// looked for in the header.
    ///
    /// # Errors
    /// [`NotAReport`] for anything but a report on a mail that failed or is late.
    pub fn read(message: &[u8], recipient: Option<&str>) -> Result<Self, NotAReport> {
        let message = message.get(..MAX_REPORT_BYTES).unwrap_or(message);
        let text = String::from_utf8_lossy(message);
        let lines: Vec<&str> = text.lines().collect();
        let (header, body) = split_header(&lines);
        let boundary = boundary_of(&header).ok_or(NotAReport::Form)?;
        let status = parts(body, &boundary)
            .find_map(|part| {
                let (header, body) = split_header(part);
                let kind = field(&header, "content-type")?.to_ascii_lowercase();
                let fits =
                    kind.starts_with("message/delivery-status") || kind.starts_with("message/global-delivery-status");
                fits.then_some(body)
            })
            .ok_or(NotAReport::Form)?;
        let mark = recipient.and_then(ReturnMark::find).or_else(|| {
            const NAMES: [&str; 5] = ["x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "to"];
            let told = |name: &&str| {
                header
                    .iter()
                    .filter(|(key, _)| key == *name)
                    .find_map(|(_, value)| ReturnMark::find(value))
            };
            NAMES.iter().find_map(told)
        });
        let groups = status.split(|line| line.trim().is_empty()).take(MAX_GROUPS);
        let told: Vec<(Returned, String)> = groups.filter_map(|group| told(&fields(group))).collect();
        // A report may speak of several mailboxes behind one address, of some of them as late: what failed counts.
        let worst = told.iter().find(|(returned, _)| *returned == Returned::Failed);
        let (returned, words) = worst.or(told.first()).cloned().ok_or(NotAReport::Nothing)?;
        Ok(Self { mark, returned, words })
    }
}

/// Why a message is no report on a mail that failed or is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAReport {
    /// It is not of the form of RFC 3464.
    #[error("this is no delivery report (multipart/report with message/delivery-status, RFC 3464)")]
    Form,
    /// It tells of nothing that failed or is late.
    #[error("this delivery report tells of nothing that failed or is late")]
    Nothing,
}

type Fields = Vec<(String, String)>;

/// What the fields of one recipient tell, if it failed or is late.
fn told(fields: &Fields) -> Option<(Returned, String)> {
    // A comment may follow the word, as in every field of a header (RFC 3464 §2.1.2).
    let action = field(fields, "action")?
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()?;
    let returned = match action.to_ascii_lowercase().as_str() {
        "failed" => Returned::Failed,
        "delayed" => Returned::Delayed,
        _ => return None,
    };
    let diagnostic = field(fields, "diagnostic-code").unwrap_or_default();
    // `smtp; 550 …`: the type of the words is of no interest; but some servers leave it out.
    let diagnostic = match diagnostic.split_once(';') {
        Some((kind, words)) if !kind.trim().contains(char::is_whitespace) => words,
        _ => diagnostic,
    };
    Some((returned, words(field(fields, "status").unwrap_or_default(), diagnostic)))
}

/// The header of a message or part, and what comes after it.
fn split_header<'a, 'b>(lines: &'b [&'a str]) -> (Fields, &'b [&'a str]) {
    let end = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
    let (header, rest) = lines.split_at(end);
    (fields(header), rest.get(1..).unwrap_or_default())
}

/// Fields with their continued lines, names in lower case.
fn fields(lines: &[&str]) -> Fields {
    let mut fields: Fields = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut()
                && value.len() < 4 * MAX_WORDS
            {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            if fields.len() >= MAX_FIELDS {
                break;
            }
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn boundary_of(header: &Fields) -> Option<String> {
    let kind = field(header, "content-type")?;
    if !kind.to_ascii_lowercase().starts_with("multipart/report") {
        return None;
    }
    let parameters = kind.split(';').skip(1);
    let value = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find_map(|(name, value)| {
            name.trim()
                .eq_ignore_ascii_case("boundary")
                .then(|| value.trim().trim_matches('"').to_owned())
        })?;
    // RFC 2046 §5.1.1.
    (1..=70).contains(&value.len()).then_some(value)
}

/// The parts of the outermost level; what is nested in them is not looked at.
fn parts<'a, 'b>(lines: &'b [&'a str], boundary: &str) -> impl Iterator<Item = &'b [&'a str]> {
    let delimiter = format!("--{boundary}");
    lines
        .split(move |line| {
            line.strip_prefix(delimiter.as_str())
                .is_some_and(|rest| matches!(rest.trim(), "" | "--"))
        })
        .skip(1)
        .take(MAX_PARTS)
}

/// The words of a server in one line, without what only the reader of the mail may know: some servers repeat what they
/// return (R113).
fn words(status: &str, diagnostic: &str) -> String {
    let whole = format!("{} {}", status.trim(), diagnostic.trim());
    let mut kept = String::new();
    for word in whole
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        let word = if may_be_secret(word) { "•••" } else { word };
        // The status often stands at the beginning of the words too.
        if kept.len() + word.len() + 1 > MAX_WORDS {
            kept.push('…');
            break;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
    }
    kept
}

/// Whether a word looks like a mailed code or a link.
fn may_be_secret(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let of_codes =
        |byte: u8| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U'));
    word.contains("://") || (bare.len() == crate::secret::CODE_LENGTH && bare.bytes().all(of_codes))
}

#[cfg(test)]
mod tests;
