//! A mail server in a process of its own that does as it is told: accept, refuse, hang, hang up, or not be there.
//!
//! The suites hold an [`SmtpDouble`]; the process is the program `smtp-double`, whose inside is [`serve`]. They speak over
//! a second port of loopback, a line of JSON each way.

mod server;

use std::borrow::Cow;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use mail_parser::MessageParser;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::machine::{Port, Process, built_program, random_name, wait_for};

pub use server::serve;

/// The moments of a conversation at which something can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// The greeting, before anything was said.
    Greeting,
    /// `EHLO` or `HELO`.
    Hello,
    /// `STARTTLS`.
    StartTls,
    /// `AUTH`.
    Auth,
    /// `MAIL FROM`.
    From,
    /// `RCPT TO`.
    Recipient,
    /// `DATA`, before the message.
    Data,
    /// The end of the message: it has arrived in full.
    Message,
}

/// What happens then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// This reply instead of the usual one (`"451 4.7.1 Greylisted"`).
    Reply(String),
    /// Nothing at all, while the connection stays open.
    Hang,
    /// The connection is closed without a word.
    Drop,
}

/// A thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// When.
    pub at: Moment,
    /// What.
    pub action: Action,
    /// How many times; for ever when `None`.
    pub times: Option<u32>,
    /// Only for a recipient that contains this. Known from `RCPT TO` on.
    pub recipient: Option<String>,
}

impl Fault {
    /// A reply, for ever and for everybody.
    pub fn reply(at: Moment, reply: &str) -> Self {
        Self {
            at,
            action: Action::Reply(reply.to_owned()),
            times: None,
            recipient: None,
        }
    }

    /// Silence, for ever and for everybody.
    pub fn hang(at: Moment) -> Self {
        Self {
            at,
            action: Action::Hang,
            times: None,
            recipient: None,
        }
    }

    /// A closed connection, for ever and for everybody.
    pub fn drop(at: Moment) -> Self {
        Self {
            at,
            action: Action::Drop,
            times: None,
            recipient: None,
        }
    }

    /// Only the next `times` times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only for recipients that contain this.
    #[must_use]
    pub fn only_for(mut self, recipient: &str) -> Self {
        self.recipient = Some(recipient.to_owned());
        self
    }
}

/// How the server offers TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// Not at all.
    #[default]
    None,
    /// By `STARTTLS`.
    StartTls,
    /// From the first byte.
    Implicit,
}

/// What the process is started with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Offer {
    /// Where mail is taken.
    pub port: u16,
    /// Where orders are taken.
    pub control: u16,
    /// TLS.
    pub tls: Tls,
    /// The certificate and its key, PEM, when there is TLS.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// A user name and password without which nothing is accepted.
    pub login: Option<(String, String)>,
}

/// An order to the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Adds a fault; the first that fits wins.
    Fail(Fault),
    /// Forgets all faults, and lets go of connections that hang.
    Behave,
    /// Refuses connections and cuts those that are open.
    GoAway,
    /// Takes connections again.
    ComeBack,
    /// Answers with everything seen so far.
    Report,
}

/// What the process has seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    /// Messages that arrived in full, in order.
    pub mails: Vec<Mail>,
    /// How many connections were made.
    pub connections: u64,
    /// Every line that clients said outside messages, in order, passwords left out.
    pub commands: Vec<String>,
    /// Whether a carriage return or a line feed ever came alone, in a message or outside.
    pub bare_line_ends: bool,
}

/// A message as it arrived.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// Base64 of the bytes between `DATA` and its end, dots unstuffed.
    pub raw: String,
    /// Whether it was answered with 250. A message that was not is one that the client must send again.
    pub accepted: bool,
    /// Whether the connection was encrypted.
    pub encrypted: bool,
    /// Who logged in, if somebody did.
    pub login: Option<String>,
    /// Whether a carriage return or a line feed stood alone in it.
    pub bare_line_ends: bool,
}

impl Mail {
    /// The bytes.
    ///
    /// # Panics
    /// Never: the process wrote the base64.
    pub fn bytes(&self) -> Vec<u8> {
        BASE64.decode(self.raw.as_bytes()).expect("the double writes base64")
    }

    /// A header's text, decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        let bytes = self.bytes();
        let message = MessageParser::default().parse(&bytes)?;
        let value = message.header_raw(name.to_owned()).map(|raw| raw.trim().to_owned());
        if name.eq_ignore_ascii_case("subject") {
            message.subject().map(str::to_owned).or(value)
        } else {
            value
        }
    }

    /// The subject, decoded.
    pub fn subject(&self) -> String {
        self.header("subject").unwrap_or_default()
    }

    /// The text part.
    pub fn text(&self) -> String {
        let bytes = self.bytes();
        let message = MessageParser::default().parse(&bytes);
        message
            .and_then(|message| message.body_text(0).map(Cow::into_owned))
            .unwrap_or_default()
    }

    /// The HTML part.
    pub fn html(&self) -> String {
        let bytes = self.bytes();
        let message = MessageParser::default().parse(&bytes);
        message
            .and_then(|message| message.body_html(0).map(Cow::into_owned))
            .unwrap_or_default()
    }

    /// The code on the first line of the text.
    ///
    /// # Panics
    /// When no seven characters stand there alone.
    pub fn code(&self) -> String {
        self.find_code()
            .unwrap_or_else(|| panic!("the mail's first line is no code: {}", self.text()))
    }

    fn find_code(&self) -> Option<String> {
        let text = self.text();
        let first = text.lines().next().unwrap_or_default().trim();
        let is_code = first.len() == 7
            && first
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_code.then(|| first.to_owned())
    }

    /// Whether it tells of a sign-in from a browser that was not seen before.
    pub fn is_of_new_device(&self) -> bool {
        self.text().contains("/not-me/")
    }

    /// The first link that stands on a line of its own.
    ///
    /// # Panics
    /// When there is none.
    pub fn link(&self) -> String {
        let text = self.text();
        let link = text
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("http") && !line.contains(' '));
        link.unwrap_or_else(|| panic!("the mail has no link on a line of its own: {text}"))
            .to_owned()
    }
}

/// A running mail server.
#[derive(Debug)]
pub struct SmtpDouble {
    process: Option<Process>,
    port: Port,
    control: Port,
    offer: Offer,
    folder: TempDir,
}

impl SmtpDouble {
    /// One that takes everything, in the clear, from everybody.
    pub fn start() -> Self {
        Self::offering(Tls::None, None)
    }

    /// One with TLS or a login.
    pub fn offering(tls: Tls, login: Option<(&str, &str)>) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("doorward-smtp-")
            .tempdir()
            .expect("a temporary folder");
        let (port, control) = (Port::take(), Port::take());
        let offer = Offer {
            port: port.number(),
            control: control.number(),
            tls,
            certificate: (tls != Tls::None).then(|| issue_certificate(folder.path())),
            login: login.map(|(name, password)| (name.to_owned(), password.to_owned())),
        };
        let mut double = Self {
            process: None,
            port,
            control,
            offer,
            folder,
        };
        double.start_process();
        double
    }

    fn start_process(&mut self) {
        let mut command = Command::new(built_program("smtp-double", "DOORWARD_SMTP_DOUBLE_BIN"));
        command
            .arg(serde_json::to_string(&self.offer).expect("an offer is JSON"))
            .stdout(Stdio::piped());
        let mut process = Process::start("smtp-double", &mut command);
        let mut line = String::new();
        let output = process.child().stdout.take().expect("its output is a pipe");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("the double says when it is ready");
        assert!(
            line.trim() == "ready",
            "smtp-double did not start: {line:?} {:?}",
            process.ended()
        );
        self.process = Some(process);
    }

    /// The `mail.smtp.url` by which a server uses it.
    pub fn url(&self) -> String {
        let login = self
            .offer
            .login
            .as_ref()
            .map_or_else(String::new, |(name, password)| format!("{name}:{password}@"));
        let port = self.port.number();
        match self.offer.tls {
            Tls::None => format!("smtp://{login}127.0.0.1:{port}?tls=none"),
            Tls::StartTls => format!("smtp://{login}localhost:{port}?tls=required"),
            Tls::Implicit => format!("smtps://{login}localhost:{port}"),
        }
    }

    /// The port on which it takes mail.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The certificate of the authority that signed its own, PEM, when it has TLS.
    pub fn authority(&self) -> Option<PathBuf> {
        self.offer
            .certificate
            .as_ref()
            .map(|_| self.folder.path().join("authority.pem"))
    }

    /// The process id.
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Makes something go wrong from now on.
    pub async fn fail(&self, fault: Fault) {
        self.order(&Order::Fail(fault)).await;
    }

    /// Forgets all faults.
    pub async fn behave(&self) {
        self.order(&Order::Behave).await;
    }

    /// Refuses connections, as a machine does whose mail server is down. What was seen stays known.
    pub async fn go_away(&self) {
        self.order(&Order::GoAway).await;
    }

    /// Takes connections again.
    pub async fn come_back(&self) {
        self.order(&Order::ComeBack).await;
    }

    /// Kills the process; what it had seen is lost.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same port.
    pub fn restart(&mut self) {
        self.process = None;
        self.start_process();
    }

    /// Everything seen so far.
    pub async fn report(&self) -> Report {
        let answer = self.order(&Order::Report).await;
        serde_json::from_str(&answer)
            .unwrap_or_else(|error| panic!("the double's report is no JSON: {error}: {answer}"))
    }

    /// The accepted mails to an address, in order, but for notices of new devices: each browser of a test is one.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.every_mail_to(address).await;
        mails.retain(|mail| !mail.is_of_new_device());
        mails
    }

    /// The accepted mails to an address, in order.
    pub async fn every_mail_to(&self, address: &str) -> Vec<Mail> {
        let report = self.report().await;
        let is_to = |mail: &Mail| mail.to.iter().any(|to| to.eq_ignore_ascii_case(address));
        report
            .mails
            .into_iter()
            .filter(|mail| mail.accepted && is_to(mail))
            .collect()
    }

    /// The first mail to an address.
    ///
    /// # Panics
    /// When none comes within 75 s: a mail that a killed worker held is free again after a lease of 60 s (R110).
    pub async fn wait_for_mail(&self, address: &str) -> Mail {
        self.wait_for_mails(address, 1).await.remove(0)
    }

    /// The mails to an address as soon as there are at least this many.
    ///
    /// # Panics
    /// When they do not come within 75 s: a mail that a killed worker held is free again after a lease of 60 s (R110).
    pub async fn wait_for_mails(&self, address: &str, count: usize) -> Vec<Mail> {
        wait_for(
            &format!("mail {count} to {address}"),
            Duration::from_secs(75),
            || async {
                let mails = self.mails_to(address).await;
                (mails.len() >= count).then_some(mails)
            },
        )
        .await
    }

    /// The codes that were mailed to an address, in order.
    pub async fn codes_to(&self, address: &str) -> Vec<String> {
        let mails = self.every_mail_to(address).await;
        mails.iter().filter_map(Mail::find_code).collect()
    }

    /// The code that comes after so many.
    ///
    /// # Panics
    /// When none comes within 75 s.
    pub async fn wait_for_code(&self, address: &str, before: usize) -> String {
        wait_for(
            &format!("code {} to {address}", before + 1),
            Duration::from_secs(75),
            || async { self.codes_to(address).await.get(before).cloned() },
        )
        .await
    }

    /// The last mail to an address whose text holds this, notices of new devices among them.
    ///
    /// # Panics
    /// When none comes within 75 s.
    pub async fn wait_for_words(&self, address: &str, words: &str) -> Mail {
        wait_for(
            &format!("a mail to {address} that says {words:?}"),
            Duration::from_secs(75),
            || async {
                let mails = self.every_mail_to(address).await;
                mails.into_iter().rfind(|mail| mail.text().contains(words))
            },
        )
        .await
    }

    /// The last mail to an address whose subject holds this, notices of new devices among them.
    ///
    /// # Panics
    /// When none comes within 75 s.
    pub async fn wait_for_subject(&self, address: &str, words: &str) -> Mail {
        wait_for(
            &format!("a mail to {address} about {words:?}"),
            Duration::from_secs(75),
            || async {
                let mails = self.every_mail_to(address).await;
                mails.into_iter().rfind(|mail| mail.subject().contains(words))
            },
        )
        .await
    }

    /// # Panics
    /// When a mail to this address comes within `time`, or was there before. For the rare test whose claim is silence.
    pub async fn assert_no_mail(&self, address: &str, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            let mails = self.mails_to(address).await;
            assert!(
                mails.is_empty(),
                "{address} got {:?}",
                mails.iter().map(Mail::subject).collect::<Vec<_>>()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn order(&self, order: &Order) -> String {
        let talk = async {
            let mut stream = TcpStream::connect(self.control.address()).await?;
            let line = serde_json::to_string(order).expect("an order is JSON") + "\n";
            stream.write_all(line.as_bytes()).await?;
            let mut answer = String::new();
            tokio::io::BufReader::new(stream).read_line(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        talk.await
            .unwrap_or_else(|error| panic!("smtp-double does not answer {order:?}: {error}"))
    }
}

/// An authority and a certificate of it for `localhost`, written as PEM; answers certificate and key.
fn issue_certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let issued = (|| {
        let mut authority = rcgen::CertificateParams::new(Vec::new())?;
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority
            .distinguished_name
            .push(rcgen::DnType::CommonName, format!("Doorward tests {}", random_name()));
        let authority_key = rcgen::KeyPair::generate()?;
        let authority_certificate = authority.self_signed(&authority_key)?;
        let key = rcgen::KeyPair::generate()?;
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let issuer = rcgen::Issuer::from_params(&authority, &authority_key);
        let certificate = rcgen::CertificateParams::new(names)?.signed_by(&key, &issuer)?;
        Ok::<_, rcgen::Error>((authority_certificate.pem(), certificate.pem(), key.serialize_pem()))
    })();
    let (authority, certificate, key) = issued.expect("a certificate can be made");
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).expect("a certificate can be written");
        file
    };
    write("authority.pem", &authority);
    (write("certificate.pem", &certificate), write("key.pem", &key))
}
