//! The inside of the process `smtp-double`.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use data_encoding::BASE64;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::{Action, Fault, Mail, Moment, Offer, Order, Report, Tls};
use crate::machine::choose_cryptography;

/// A message larger than this is not read on: no test sends one.
const MESSAGE_LIMIT: usize = 32 << 20;

/// What connections and orders share.
struct Shared {
    offer: Offer,
    acceptor: Option<TlsAcceptor>,
    state: Mutex<State>,
    /// Rises with `Behave`, which lets go of hanging connections.
    patience: watch::Sender<u64>,
    /// Whether connections are taken.
    present: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    faults: Vec<Fault>,
    report: Report,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The fault for this moment, used up by once.
    fn fault(&self, at: Moment, recipients: &[String]) -> Option<Action> {
        let mut state = self.state();
        let place = state.faults.iter().position(|fault| {
            fault.at == at
                && fault
                    .recipient
                    .as_ref()
                    .is_none_or(|part| recipients.iter().any(|recipient| recipient.contains(part)))
        })?;
        let fault = &mut state.faults[place];
        let action = fault.action.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                state.faults.remove(place);
            }
        }
        Some(action)
    }
}

/// Serves mail and orders until standard input ends, which it does when the test that started the process is gone.
///
/// # Errors
/// When a port is taken or the certificate cannot be read.
pub async fn serve(offer: Offer) -> io::Result<()> {
    choose_cryptography();
    let control = TcpListener::bind(("127.0.0.1", offer.control)).await?;
    let acceptor = match &offer.certificate {
        Some((certificate, key)) => Some(acceptor(certificate, key)?),
        None => None,
    };
    let shared = Arc::new(Shared {
        acceptor,
        state: Mutex::default(),
        patience: watch::channel(0).0,
        present: watch::channel(true).0,
        offer,
    });
    let first = TcpListener::bind(("127.0.0.1", shared.offer.port)).await?;
    let (ready, mut is_ready) = watch::channel(true);
    tokio::spawn(take_mail(Arc::clone(&shared), first, ready));
    tokio::spawn(async move {
        while let Ok((stream, _)) = control.accept().await {
            let _ = obey(&shared, stream, &mut is_ready).await;
        }
    });
    let mut out = io::stdout();
    out.write_all(b"ready\n")?;
    out.flush()?;
    // Not tokio's standard input: its reader would keep the runtime from ending.
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = ended.send(());
    });
    let _ = end.await;
    Ok(())
}

fn acceptor(certificate: &Path, key: &Path) -> io::Result<TlsAcceptor> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate)
        .map_err(io::Error::other)?
        .collect();
    let key = PrivateKeyDer::from_pem_file(key).map_err(io::Error::other)?;
    let configuration = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain.map_err(io::Error::other)?, key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(configuration)))
}

/// Listens while present; the listener is gone while away, so that connections are refused.
async fn take_mail(shared: Arc<Shared>, first: TcpListener, ready: watch::Sender<bool>) {
    let mut present = shared.present.subscribe();
    let mut listener = Some(first);
    loop {
        let is_present = *present.borrow_and_update();
        if is_present && listener.is_none() {
            listener = TcpListener::bind(("127.0.0.1", shared.offer.port)).await.ok();
        } else if !is_present {
            listener = None;
        }
        let _ = ready.send(listener.is_some());
        let Some(open) = &listener else {
            let pause = std::time::Duration::from_millis(20);
            // Another try soon, when the port was not free again yet.
            let _ = tokio::time::timeout(pause, present.changed()).await;
            continue;
        };
        tokio::select! {
            changed = present.changed() => if changed.is_err() { return },
            accepted = open.accept() => if let Ok((stream, _)) = accepted {
                let (shared, mut leaving) = (Arc::clone(&shared), shared.present.subscribe());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = converse(&shared, stream) => {}
                        _ = leaving.wait_for(|is_present| !is_present) => {}
                    }
                });
            },
        }
    }
}

async fn obey(shared: &Shared, stream: TcpStream, ready: &mut watch::Receiver<bool>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut answer = "{}".to_owned();
    match serde_json::from_str(&line).map_err(io::Error::other)? {
        Order::Fail(fault) => shared.state().faults.push(fault),
        Order::Behave => {
            shared.state().faults.clear();
            shared.patience.send_modify(|count| *count += 1);
        }
        Order::GoAway => {
            let _ = shared.present.send(false);
            let _ = ready.wait_for(|is_listening| !is_listening).await;
        }
        Order::ComeBack => {
            let _ = shared.present.send(true);
            let _ = ready.wait_for(|is_listening| *is_listening).await;
        }
        Order::Report => answer = serde_json::to_string(&shared.state().report).map_err(io::Error::other)?,
    }
    stream.write_all(answer.as_bytes()).await?;
    stream.write_all(b"\n").await
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// One client.
struct Talk<'a> {
    shared: &'a Shared,
    stream: BufReader<Box<dyn Wire>>,
    encrypted: bool,
    login: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

/// Whether the conversation goes on.
#[derive(PartialEq, Eq)]
enum Then {
    Goes,
    Ends,
}

async fn converse(shared: &Shared, stream: TcpStream) -> io::Result<()> {
    shared.state().report.connections += 1;
    let implicit = shared.offer.tls == Tls::Implicit;
    let wire: Box<dyn Wire> = match &shared.acceptor {
        Some(acceptor) if implicit => Box::new(acceptor.accept(stream).await?),
        _ => Box::new(stream),
    };
    let mut talk = Talk {
        shared,
        stream: BufReader::new(wire),
        encrypted: implicit,
        login: None,
        from: None,
        to: Vec::new(),
    };
    if talk.answer(Moment::Greeting, "220 double.test ESMTP").await? == Then::Ends {
        return Ok(());
    }
    loop {
        let line = talk.read_line().await?;
        if line.is_empty() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        let verb = said.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let shown = if verb == "AUTH" {
            said.split(' ').take(2).collect::<Vec<_>>().join(" ")
        } else {
            said.clone()
        };
        shared.state().report.commands.push(shown);
        if verb == "STARTTLS" {
            if talk.shared.offer.tls != Tls::StartTls || talk.encrypted {
                talk.say("503 5.5.1 Not now").await?;
                continue;
            }
            if talk.answer(Moment::StartTls, "220 2.0.0 Go ahead").await? == Then::Ends {
                return Ok(());
            }
            talk = talk.upgrade().await?;
            continue;
        }
        if talk.hear(&verb, &said).await? == Then::Ends {
            return Ok(());
        }
    }
}

impl Talk<'_> {
    async fn hear(&mut self, verb: &str, said: &str) -> io::Result<Then> {
        match verb {
            "EHLO" => {
                let mut lines = vec!["250-double.test", "250-8BITMIME"];
                if self.shared.offer.tls == Tls::StartTls && !self.encrypted {
                    lines.push("250-STARTTLS");
                }
                if self.shared.offer.login.is_some() && (self.encrypted || self.shared.offer.tls != Tls::StartTls) {
                    lines.push("250-AUTH PLAIN LOGIN");
                }
                lines.push("250 SIZE 33554432");
                self.answer(Moment::Hello, &lines.join("\r\n")).await
            }
            "HELO" => self.answer(Moment::Hello, "250 double.test").await,
            "AUTH" => self.authenticate(said).await,
            "MAIL" if self.shared.offer.login.is_some() && self.login.is_none() => {
                self.say("530 5.7.0 Authentication required").await
            }
            "MAIL" => {
                self.from = Some(address(said));
                self.to.clear();
                self.answer(Moment::From, "250 2.1.0 Ok").await
            }
            "RCPT" if self.from.is_none() => self.say("503 5.5.1 MAIL first").await,
            "RCPT" => {
                let recipient = address(said);
                if let Some(action) = self.shared.fault(Moment::Recipient, std::slice::from_ref(&recipient)) {
                    return self.act(action).await;
                }
                self.to.push(recipient);
                self.say("250 2.1.5 Ok").await
            }
            "DATA" if self.to.is_empty() => self.say("503 5.5.1 RCPT first").await,
            "DATA" => {
                if let Some(action) = self.shared.fault(Moment::Data, &self.to) {
                    return self.act(action).await;
                }
                self.say("354 End with a dot").await?;
                self.take_message().await
            }
            "RSET" => {
                (self.from, self.to) = (None, Vec::new());
                self.say("250 2.0.0 Ok").await
            }
            "NOOP" => self.say("250 2.0.0 Ok").await,
            "QUIT" => {
                self.say("221 2.0.0 Bye").await?;
                Ok(Then::Ends)
            }
            _ => self.say("500 5.5.2 Unknown").await,
        }
    }

    async fn take_message(&mut self) -> io::Result<Then> {
        let mut wire = Vec::new();
        // Only CR LF ends a line, and only a dot alone on one ends the message: a client that writes anything else into a
        // body has to be noticed, not understood.
        while !(wire == b".\r\n" || wire.ends_with(b"\r\n.\r\n")) {
            let read = self.stream.read_until(b'\n', &mut wire).await?;
            if read == 0 || wire.len() > MESSAGE_LIMIT {
                return Ok(Then::Ends);
            }
        }
        wire.truncate(wire.len() - 3);
        let bare_line_ends = has_bare_line_end(&wire);
        let fault = self.shared.fault(Moment::Message, &self.to);
        let mail = Mail {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            raw: BASE64.encode(&unstuffed(&wire)),
            accepted: fault.is_none(),
            encrypted: self.encrypted,
            login: self.login.clone(),
            bare_line_ends,
        };
        {
            let mut state = self.shared.state();
            state.report.bare_line_ends |= bare_line_ends;
            state.report.mails.push(mail);
        }
        match fault {
            Some(action) => self.act(action).await,
            None => self.say("250 2.0.0 Accepted").await,
        }
    }

    async fn authenticate(&mut self, said: &str) -> io::Result<Then> {
        let Some((name, password)) = self.shared.offer.login.clone() else {
            return self.say("502 5.5.1 No").await;
        };
        if let Some(action) = self.shared.fault(Moment::Auth, &[]) {
            return self.act(action).await;
        }
        let mut words = said.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let initial = words.next().map(str::to_owned);
        let given = match (mechanism.as_str(), initial) {
            ("PLAIN", Some(initial)) => decoded(&initial),
            ("PLAIN", None) => decoded(&self.ask("334 ").await?),
            ("LOGIN", initial) => {
                let name = match initial {
                    Some(initial) => decoded(&initial),
                    None => decoded(&self.ask("334 VXNlcm5hbWU6").await?),
                };
                let password = decoded(&self.ask("334 UGFzc3dvcmQ6").await?);
                format!("\0{name}\0{password}")
            }
            _ => return self.say("504 5.5.4 Unknown mechanism").await,
        };
        if given == format!("\0{name}\0{password}") {
            self.login = Some(name);
            self.say("235 2.7.0 Welcome").await
        } else {
            self.say("535 5.7.8 Authentication credentials invalid").await
        }
    }

    async fn ask(&mut self, question: &str) -> io::Result<String> {
        self.say(question).await?;
        let line = self.read_line().await?;
        Ok(String::from_utf8_lossy(&line).trim().to_owned())
    }

    async fn read_line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        if has_bare_line_end(&line) {
            self.shared.state().report.bare_line_ends = true;
        }
        Ok(line)
    }

    /// The usual answer, unless a fault stands at this moment.
    async fn answer(&mut self, at: Moment, usual: &str) -> io::Result<Then> {
        match self.shared.fault(at, &self.to) {
            Some(action) => self.act(action).await,
            None => self.say(usual).await,
        }
    }

    async fn act(&mut self, action: Action) -> io::Result<Then> {
        match action {
            Action::Reply(reply) => {
                self.say(&reply).await?;
                Ok(if reply.starts_with("421") {
                    Then::Ends
                } else {
                    Then::Goes
                })
            }
            Action::Drop => Ok(Then::Ends),
            Action::Hang => {
                let mut patience = self.shared.patience.subscribe();
                let mut ignored = [0_u8; 1024];
                loop {
                    tokio::select! {
                        _ = patience.changed() => return Ok(Then::Ends),
                        read = self.stream.read(&mut ignored) => if read? == 0 { return Ok(Then::Ends) },
                    }
                }
            }
        }
    }

    async fn say(&mut self, reply: &str) -> io::Result<Then> {
        self.stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        self.stream.flush().await?;
        Ok(Then::Goes)
    }
}

impl<'a> Talk<'a> {
    /// The same client behind TLS, its greeting and login forgotten. What it sent ahead of the handshake is dropped with
    /// the buffer.
    async fn upgrade(self) -> io::Result<Talk<'a>> {
        let Some(acceptor) = &self.shared.acceptor else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let wire: Box<dyn Wire> = Box::new(acceptor.accept(self.stream.into_inner()).await?);
        let stream = BufReader::new(wire);
        Ok(Talk {
            shared: self.shared,
            stream,
            encrypted: true,
            login: None,
            from: None,
            to: Vec::new(),
        })
    }
}

fn decoded(text: &str) -> String {
    BASE64
        .decode(text.as_bytes())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// What stands between the angle brackets of `MAIL FROM:<…>` or `RCPT TO:<…>`.
fn address(said: &str) -> String {
    let inside = said.split_once('<').and_then(|(_, after)| after.rsplit_once('>'));
    inside.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

fn has_bare_line_end(bytes: &[u8]) -> bool {
    let bare_feed = bytes
        .iter()
        .enumerate()
        .any(|(at, byte)| *byte == b'\n' && (at == 0 || bytes[at - 1] != b'\r'));
    let bare_return = bytes
        .iter()
        .enumerate()
        .any(|(at, byte)| *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    bare_feed || bare_return
}

/// The message with the dots taken away that the client put before lines that begin with one.
fn unstuffed(wire: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(wire.len());
    let mut at_line_start = true;
    for (at, byte) in wire.iter().enumerate() {
        if !(at_line_start && *byte == b'.') {
            out.push(*byte);
        }
        at_line_start = *byte == b'\n' && at > 0 && wire[at - 1] == b'\r';
    }
    out
}
