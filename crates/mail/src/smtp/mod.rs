//! Mail over SMTP: lettre speaks the protocol, over a connection that is made, protected and watched here.
//!
//! Three things are not left to lettre. *TLS*: its STARTTLS keeps what the server had sent before the upgrade, so that
//! somebody on the way could put replies into the protected part; here more than one reply before the upgrade ends the
//! connection (R111). *Time*: each reply is waited for with a limit of its own. *Content*: only bytes that
//! [`Composer`](crate::Composer) has checked are handed over, never raw ones (R108).

mod conversation;
mod url;
mod wire;

use std::error::Error as _;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::{Response, Severity};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

pub use self::conversation::{Conversation, ConversationLine, Speaker};
pub use self::url::{SmtpTls, SmtpUrl, SmtpUrlError};
use self::wire::{Line, Tape, Wire};
use crate::carrier::{Carrier, Outcome, Trip, Trouble};
use crate::compose::ComposedMail;
use crate::host::Host;

/// Longest reply before TLS, in bytes.
const MAX_REPLY_BYTES: usize = 8 * 1024;
/// How long the good-bye may take.
const QUIT_TIME: Duration = Duration::from_secs(5);
/// How long a test mail may take as a whole.
const TEST_TIME: Duration = Duration::from_mins(3);

/// How long to wait for what (R111).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmtpTimeouts {
    /// For the connection.
    pub connect: Duration,
    /// For the reply to a command, and for the TLS handshake.
    pub command: Duration,
    /// For the reply to the mail itself. The outbox worker allows no more than its lease has left.
    pub content: Duration,
}

impl Default for SmtpTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            command: Duration::from_secs(30),
            content: Duration::from_mins(1),
        }
    }
}

/// What the mailer needs to know.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Where the mail server is, and how to get there.
    pub url: SmtpUrl,
    /// What we call ourselves in `EHLO`: the host of `public_url`, an IPv6 address in brackets.
    pub hello_name: String,
    /// PEM text of the only certificates to trust, for a private authority; the system's where absent.
    pub root_certificates: Option<String>,
    /// How long to wait for what.
    pub timeouts: SmtpTimeouts,
}

impl SmtpConfig {
    /// With the system's certificates and the timeouts of R111.
    pub fn new(url: SmtpUrl, hello_name: impl Into<String>) -> Self {
        Self {
            url,
            hello_name: hello_name.into(),
            root_certificates: None,
            timeouts: SmtpTimeouts::default(),
        }
    }
}

/// Why a mailer cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SmtpSetupError {
    /// The name for `EHLO` is no host name.
    #[error("the name for EHLO, the host of public_url, is not a host name")]
    HelloName,
    /// The host of the mail server can be no certificate's.
    #[error("mail.smtp.url: the host is not a name that a certificate can be for")]
    ServerName,
    /// The PEM text holds no certificate, or one that cannot be read.
    #[error("the root certificates for mail are not PEM certificates")]
    RootCertificates,
    /// TLS cannot be set up, most often because the system has no root certificates.
    #[error(
        "TLS for mail cannot be set up (are the system's root certificates installed, such as Debian's ca-certificates?)"
    )]
    Tls(#[source] rustls::Error),
}

/// What came of a test mail (`doorward mail test`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// How it ended.
    pub outcome: Outcome,
    /// What both sides said, credentials masked.
    pub conversation: Conversation,
}

/// Why the mail server would take no mail from here at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reply}")]
pub struct Unusable {
    /// Its own words, or what was met instead of them.
    pub reply: String,
    /// What stands in the way; `None` for a server that says "later".
    pub trouble: Option<Trouble>,
}

/// Sends mail over SMTP, one connection per batch.
#[derive(Clone)]
pub struct LettreMailer {
    setup: Arc<Setup>,
}

struct Setup {
    url: SmtpUrl,
    hello_name: ClientId,
    timeouts: SmtpTimeouts,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for LettreMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LettreMailer")
            .field("url", &self.setup.url)
            .finish_non_exhaustive()
    }
}

impl LettreMailer {
    /// Sets up TLS; nothing is connected yet.
    ///
    /// # Errors
    /// [`SmtpSetupError`] when names or certificates are not what they have to be.
    pub fn new(config: SmtpConfig) -> Result<Self, SmtpSetupError> {
        let hello_name = match Host::parse(&config.hello_name).ok_or(SmtpSetupError::HelloName)? {
            Host::Name(name) => ClientId::Domain(name.to_owned()),
            Host::V4(address) => ClientId::Ipv4(address),
            Host::V6(address) => ClientId::Ipv6(address),
        };
        let tls = match config.url.tls {
            SmtpTls::None => None,
            SmtpTls::Implicit | SmtpTls::Required | SmtpTls::Opportunistic => {
                let server = ServerName::try_from(config.url.host.clone()).map_err(|_| SmtpSetupError::ServerName)?;
                let client = tls_client(config.root_certificates.as_deref())?;
                Some((TlsConnector::from(Arc::new(client)), server))
            }
        };
        let setup = Setup {
            url: config.url,
            hello_name,
            timeouts: config.timeouts,
            tls,
        };
        Ok(Self { setup: Arc::new(setup) })
    }

    /// Connects and logs in as before a mail, and takes leave without one.
    ///
    /// # Errors
    /// [`Unusable`] at the first step that fails, or when `time` is over.
    pub async fn greet(&self, time: Duration) -> Result<(), Unusable> {
        let connected = self.setup.connect(&Tape::default(), Instant::now() + time).await;
        let mut connection = connected.map_err(|failure| {
            let (reply, trouble) = failure.told();
            Unusable { reply, trouble }
        })?;
        let _ = timeout(QUIT_TIME, connection.quit()).await;
        Ok(())
    }

    /// Sends one mail and reports the whole conversation. Takes three minutes at most.
    pub async fn send_test(&self, mail: &ComposedMail) -> TestReport {
        let tape = Tape::running();
        let mut trip = SmtpTrip::new(Arc::clone(&self.setup), tape.clone());
        let outcome = trip.carry(mail, TEST_TIME).await;
        trip.finish().await;
        TestReport {
            outcome,
            conversation: tape.conversation(),
        }
    }
}

impl Carrier for LettreMailer {
    fn set_out(&self) -> Box<dyn Trip> {
        Box::new(SmtpTrip::new(Arc::clone(&self.setup), Tape::default()))
    }
}

fn tls_client(root_certificates: Option<&str>) -> Result<ClientConfig, SmtpSetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(SmtpSetupError::Tls)?;
    let Some(pem) = root_certificates else {
        let verifier = Verifier::new(provider).map_err(SmtpSetupError::Tls)?;
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        return Ok(builder.with_no_client_auth());
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| SmtpSetupError::RootCertificates)?;
        roots.add(certificate).map_err(|_| SmtpSetupError::RootCertificates)?;
    }
    if roots.is_empty() {
        return Err(SmtpSetupError::RootCertificates);
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Where in the conversation something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connect,
    Greeting,
    StartTls,
    Handshake,
    Hello,
    Login,
    Sender,
    Recipient,
    Data,
    Content,
}

impl Stage {
    const fn words(self) -> &'static str {
        match self {
            Self::Connect => "the connection",
            Self::Greeting => "the greeting",
            Self::StartTls => "STARTTLS",
            Self::Handshake => "the TLS handshake",
            Self::Hello => "EHLO",
            Self::Login => "AUTH",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Data => "DATA",
            Self::Content => "the mail itself",
        }
    }

    /// Whether a mail has been named yet: before, a refusal is about us and not about it.
    const fn is_about_a_mail(self) -> bool {
        matches!(self, Self::Sender | Self::Recipient | Self::Data | Self::Content)
    }
}

/// What went wrong.
#[derive(Debug, Clone)]
struct Failure {
    stage: Stage,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// The server said no: code, and code and text.
    Reply(u16, String),
    /// No reply in time.
    Silence,
    /// The connection could not be made, or broke.
    Broken(String),
    /// No TLS, or none that can be trusted.
    Tls(String),
    /// No way to log in.
    Login(String),
    /// Not SMTP.
    Garbage(String),
}

impl Failure {
    /// Whether the conversation can go on with another mail.
    const fn leaves_connection(&self) -> bool {
        matches!(self.what, What::Reply(code, _) if code != 421)
    }

    /// What is told of it, and what stands in the way of every mail alike.
    fn told(self) -> (String, Option<Trouble>) {
        let at = self.stage.words();
        match self.what {
            What::Reply(code, reply) => {
                let trouble = match code {
                    530 | 534 | 535 | 538 => Some(Trouble::Credentials),
                    500.. => Some(Trouble::Rejected),
                    _ => None,
                };
                (reply, trouble)
            }
            What::Silence => (format!("no answer in time: {at}"), Some(Trouble::Timeout)),
            What::Broken(words) => {
                let trouble = (self.stage != Stage::Content).then_some(Trouble::Connection);
                (format!("connection lost at {at}: {words}"), trouble)
            }
            What::Tls(words) => (format!("no trusted TLS: {words}"), Some(Trouble::Tls)),
            What::Login(words) => (format!("cannot log in: {words}"), Some(Trouble::Credentials)),
            What::Garbage(words) => (format!("not an SMTP reply at {at}: {words}"), Some(Trouble::Protocol)),
        }
    }

    fn outcome(self, mail: &ComposedMail) -> Outcome {
        let about_the_mail = self.stage.is_about_a_mail();
        match self.told() {
            (reply, Some(Trouble::Rejected)) if about_the_mail => Outcome::Refused {
                reply: mail.fit_to_keep(&reply),
            },
            (reply, trouble) => Outcome::Deferred {
                reply: mail.fit_to_keep(&reply),
                trouble,
            },
        }
    }

    fn of(error: &lettre::transport::smtp::Error, stage: Stage) -> Self {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        let input = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        let what = if let Some(code) = error.status() {
            What::Reply(code.into(), format!("{code} {words}"))
        } else if error.is_client() && stage == Stage::Login {
            What::Login(words)
        } else if input.is_some_and(|input| input.kind() == io::ErrorKind::InvalidData) {
            What::Garbage(words)
        } else if words == "incomplete response" {
            What::Broken("the server hung up".to_owned())
        } else if error.is_response() {
            What::Garbage(words)
        } else {
            What::Broken(words)
        };
        Self { stage, what }
    }
}

/// One connection, made when the first mail needs it.
struct SmtpTrip {
    setup: Arc<Setup>,
    tape: Tape,
    connection: Option<AsyncSmtpConnection>,
    /// Why there is no connection to be had; holds for the whole trip.
    stranded: Option<Failure>,
}

impl SmtpTrip {
    const fn new(setup: Arc<Setup>, tape: Tape) -> Self {
        Self {
            setup,
            tape,
            connection: None,
            stranded: None,
        }
    }

    async fn try_to_carry(&mut self, mail: &ComposedMail, deadline: Instant) -> Result<String, Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.setup.connect(&self.tape, deadline).await.inspect_err(|failure| {
                self.stranded = Some(failure.clone());
            })?,
        };
        let handed_over = self.setup.hand_over(&mut connection, mail, deadline).await;
        let usable = match &handed_over {
            Ok(_) => true,
            Err(failure) if failure.leaves_connection() => {
                let reset = self
                    .setup
                    .command(deadline, Stage::Hello, connection.command(Rset))
                    .await;
                reset.is_ok()
            }
            Err(_) => false,
        };
        if usable {
            self.connection = Some(connection);
        }
        handed_over
    }
}

#[async_trait]
impl Trip for SmtpTrip {
    async fn carry(&mut self, mail: &ComposedMail, time: Duration) -> Outcome {
        if let Some(failure) = &self.stranded {
            return failure.clone().outcome(mail);
        }
        match self.try_to_carry(mail, Instant::now() + time).await {
            Ok(reply) => Outcome::Delivered {
                reply: mail.fit_to_keep(&reply),
            },
            Err(failure) => {
                let outcome = failure.outcome(mail);
                if let Outcome::Deferred { reply, .. } = &outcome {
                    self.tape.note(reply);
                }
                outcome
            }
        }
    }

    async fn finish(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            // The mail is settled by now; a server that does not even say good-bye changes nothing.
            let _ = timeout(QUIT_TIME, connection.quit()).await;
        }
    }
}

impl Setup {
    /// Waits for one step of the conversation, no longer than it may take and the deadline allows. After the deadline no
    /// step is begun: a process that was stopped for a while must not go on where another has taken over.
    async fn step<T>(
        deadline: Instant,
        limit: Duration,
        stage: Stage,
        step: impl Future<Output = Result<T, What>>,
    ) -> Result<T, Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        let result = if left.is_zero() {
            Err(What::Silence)
        } else {
            timeout(limit.min(left), step).await.unwrap_or(Err(What::Silence))
        };
        result.map_err(|what| Failure { stage, what })
    }

    async fn command(
        &self,
        deadline: Instant,
        stage: Stage,
        command: impl Future<Output = Result<Response, lettre::transport::smtp::Error>>,
    ) -> Result<Response, Failure> {
        let limit = if stage == Stage::Content {
            self.timeouts.content
        } else {
            self.timeouts.command
        };
        Self::step(deadline, limit, stage, async {
            let response = command.await.map_err(|error| Failure::of(&error, stage).what)?;
            let expected = if stage == Stage::Data {
                response.has_code(354)
            } else {
                response.code().severity == Severity::PositiveCompletion
            };
            if expected {
                Ok(response)
            } else {
                Err(What::Garbage(words(&response)))
            }
        })
        .await
    }

    /// One mail over an open connection. The reply is the server's to the mail itself.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &ComposedMail,
        deadline: Instant,
    ) -> Result<String, Failure> {
        let sender = Mail::new(Some(mail.envelope_from().clone()), Vec::new());
        self.command(deadline, Stage::Sender, connection.command(sender))
            .await?;
        let recipient = Rcpt::new(mail.envelope_to().clone(), Vec::new());
        self.command(deadline, Stage::Recipient, connection.command(recipient))
            .await?;
        self.command(deadline, Stage::Data, connection.command(Data)).await?;
        let reply = self
            .command(deadline, Stage::Content, connection.message(mail.bytes()))
            .await?;
        Ok(words(&reply))
    }

    async fn connect(&self, tape: &Tape, deadline: Instant) -> Result<AsyncSmtpConnection, Failure> {
        let (host, port) = (self.url.host.as_str(), self.url.port);
        tape.note(&format!("connecting to {host}, port {port}"));
        let stream = Self::step(deadline, self.timeouts.connect, Stage::Connect, async {
            let stream = TcpStream::connect((host, port)).await.map_err(broken)?;
            stream.set_nodelay(true).map_err(broken)?;
            Ok(stream)
        })
        .await?;
        let peer = stream.peer_addr().map_err(|error| Failure {
            stage: Stage::Connect,
            what: broken(error),
        })?;
        let (wire, greeting) = match self.url.tls {
            SmtpTls::None => (Wire::Plain(stream), Vec::new()),
            SmtpTls::Implicit => (self.shake_hands(stream, tape, deadline).await?, Vec::new()),
            SmtpTls::Required | SmtpTls::Opportunistic => self.start_tls(stream, tape, deadline).await?,
        };
        let protected = matches!(wire, Wire::Tls(_));
        let line = Box::new(Line::new(wire, greeting, peer, tape.clone()));
        let mut connection = Self::step(deadline, self.timeouts.command, Stage::Hello, async {
            let connection = AsyncSmtpConnection::connect_with_transport(line, &self.hello_name).await;
            connection.map_err(|error| Failure::of(&error, Stage::Hello).what)
        })
        .await?;
        if let Some(credentials) = self.url.lettre_credentials() {
            if !protected {
                let what = What::Tls("the server offers no STARTTLS, and credentials are not sent without".to_owned());
                return Err(Failure {
                    stage: Stage::Login,
                    what,
                });
            }
            let login = connection.auth(DEFAULT_MECHANISMS, &credentials);
            self.command(deadline, Stage::Login, login).await?;
        }
        Ok(connection)
    }

    /// Greeting, EHLO and STARTTLS in the clear, then TLS. Returns the greeting too, for lettre to start from.
    async fn start_tls(
        &self,
        mut stream: TcpStream,
        tape: &Tape,
        deadline: Instant,
    ) -> Result<(Wire, Vec<u8>), Failure> {
        let limit = self.timeouts.command;
        let greeting = Self::step(deadline, limit, Stage::Greeting, read_reply(&mut stream, tape)).await?;
        greeting.expect_code(Stage::Greeting, 220)?;
        let hello = format!("EHLO {}\r\n", self.hello_name);
        let hello = Self::step(deadline, limit, Stage::Hello, ask(&mut stream, tape, &hello)).await?;
        hello.expect_code(Stage::Hello, 250)?;
        let required = self.url.tls == SmtpTls::Required;
        if !hello.offers("STARTTLS") {
            if required {
                let what = What::Tls("the server offers no STARTTLS".to_owned());
                return Err(Failure {
                    stage: Stage::StartTls,
                    what,
                });
            }
            return Ok((Wire::Plain(stream), greeting.bytes));
        }
        let ready = Self::step(deadline, limit, Stage::StartTls, ask(&mut stream, tape, "STARTTLS\r\n")).await?;
        match ready.expect_code(Stage::StartTls, 220) {
            Ok(()) => {}
            Err(Failure {
                what: What::Reply(..), ..
            }) if !required => {
                return Ok((Wire::Plain(stream), greeting.bytes));
            }
            Err(failure) => return Err(failure),
        }
        Ok((self.shake_hands(stream, tape, deadline).await?, greeting.bytes))
    }

    async fn shake_hands(&self, stream: TcpStream, tape: &Tape, deadline: Instant) -> Result<Wire, Failure> {
        Self::step(deadline, self.timeouts.command, Stage::Handshake, async {
            let (connector, server) = self.tls.as_ref().ok_or_else(|| What::Tls("not set up".to_owned()))?;
            let stream = connector.connect(server.clone(), stream).await;
            let stream = stream.map_err(|error| What::Tls(error.to_string()))?;
            let version = stream
                .get_ref()
                .1
                .protocol_version()
                .and_then(|version| version.as_str());
            tape.note(&format!("{}, certificate trusted", version.unwrap_or("TLS")));
            Ok(Wire::Tls(Box::new(stream)))
        })
        .await
    }
}

/// A reply before TLS, as it came.
struct EarlyReply {
    code: u16,
    bytes: Vec<u8>,
}

impl EarlyReply {
    fn expect_code(&self, stage: Stage, code: u16) -> Result<(), Failure> {
        if self.code == code {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&self.bytes);
        let what = if (400..600).contains(&self.code) {
            let first = text.lines().next().unwrap_or_default();
            What::Reply(self.code, first.to_owned())
        } else {
            What::Garbage(text.lines().next().unwrap_or_default().to_owned())
        };
        Err(Failure { stage, what })
    }

    fn offers(&self, extension: &str) -> bool {
        let text = String::from_utf8_lossy(&self.bytes);
        text.lines().filter_map(|line| line.get(4..)).any(|line| {
            line.split_whitespace()
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case(extension))
        })
    }
}

async fn ask(stream: &mut TcpStream, tape: &Tape, line: &str) -> Result<EarlyReply, What> {
    stream.write_all(line.as_bytes()).await.map_err(broken)?;
    tape.heard(Speaker::Client, line.as_bytes());
    read_reply(stream, tape).await
}

/// Reads exactly one reply. A server says one thing at a time; more than that before TLS is either broken or somebody
/// in between who wants it to be taken for the protected part (R111).
async fn read_reply(stream: &mut TcpStream, tape: &Tape) -> Result<EarlyReply, What> {
    let mut bytes = Vec::new();
    loop {
        let mut portion = [0_u8; 1024];
        let count = stream.read(&mut portion).await.map_err(broken)?;
        if count == 0 {
            return Err(What::Broken("the server hung up".to_owned()));
        }
        let portion = portion.get(..count).unwrap_or_default();
        tape.heard(Speaker::Server, portion);
        bytes.extend_from_slice(portion);
        if let Some((code, length)) = whole_reply(&bytes)? {
            if length < bytes.len() {
                return Err(What::Garbage("the server said more than it was asked".to_owned()));
            }
            return Ok(EarlyReply { code, bytes });
        }
        if bytes.len() > MAX_REPLY_BYTES {
            return Err(What::Garbage("a reply without end".to_owned()));
        }
    }
}

/// Code and length of the reply that the bytes begin with, once it is whole.
fn whole_reply(bytes: &[u8]) -> Result<Option<(u16, usize)>, What> {
    let mut length = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.ends_with(b"\n") {
            return Ok(None);
        }
        length += line.len();
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        let code = text
            .get(..3)
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        let code: Option<u16> = code.and_then(|code| code.parse().ok());
        match (code, text.as_bytes().get(3)) {
            (Some(code), None | Some(b' ')) => return Ok(Some((code, length))),
            (Some(_), Some(b'-')) => {}
            _ => return Err(What::Garbage(text.chars().take(80).collect())),
        }
    }
    Ok(None)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn broken(error: io::Error) -> What {
    What::Broken(error.to_string())
}

fn words(response: &Response) -> String {
    let text: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), text.join(" ")).trim().to_owned()
}
