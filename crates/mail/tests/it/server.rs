//! A mail server that does as it is told, on loopback.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

/// What to do when a verb comes; `greeting` and `content` (the mail itself) count as verbs.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Say(&'static str),
    /// Says it, then does something else the next time.
    Once(&'static str),
    Hang,
    HangUp,
    /// One byte each 100 ms.
    Trickle(&'static str),
    /// A reply line without end.
    Flood,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    None,
    StartTls,
    Implicit,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    pub(crate) connections: usize,
    /// Each command line, with `TLS ` before those that came protected.
    pub(crate) commands: Vec<String>,
    /// Each mail as it stood on the wire, the final dot included.
    pub(crate) raw: Vec<Vec<u8>>,
}

impl Log {
    pub(crate) fn count(&self, verb: &str) -> usize {
        self.commands.iter().filter(|line| line.contains(verb)).count()
    }

    /// The mails with their dots taken out again.
    pub(crate) fn mails(&self) -> Vec<String> {
        let unstuffed = |raw: &Vec<u8>| {
            let text = String::from_utf8(raw.clone()).unwrap();
            text.strip_suffix("\r\n.\r\n").unwrap().replace("\r\n..", "\r\n.")
        };
        self.raw.iter().map(unstuffed).collect()
    }
}

pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) certificate: String,
    log: Arc<Mutex<Log>>,
    accepting: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Server {
    pub(crate) async fn start(protection: Protection, acts: &[(&'static str, Act)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(issued.signing_key.serialize_der().into());
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![issued.cert.der().clone()], key)
            .unwrap();
        let log = Arc::new(Mutex::new(Log::default()));
        let acts: Arc<Mutex<BTreeMap<_, _>>> = Arc::new(Mutex::new(acts.iter().cloned().collect()));
        let session = Session {
            log: Arc::clone(&log),
            acts,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            protection,
            protected: false,
        };
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                session.log.lock().unwrap().connections += 1;
                let session = session.clone();
                tokio::spawn(async move {
                    // A client may hang up at any time; that ends the session and is no fault.
                    let _ = session.serve(Box::new(stream)).await;
                });
            }
        });
        Self {
            port,
            certificate: issued.cert.pem(),
            log,
            accepting,
        }
    }

    pub(crate) fn log(&self) -> Log {
        self.log.lock().unwrap().clone()
    }

    /// An address of this server without TLS.
    pub(crate) fn plain(&self) -> String {
        format!("smtp://localhost:{}?tls=none", self.port)
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

#[derive(Clone)]
struct Session {
    log: Arc<Mutex<Log>>,
    acts: Arc<Mutex<BTreeMap<&'static str, Act>>>,
    acceptor: TlsAcceptor,
    protection: Protection,
    protected: bool,
}

impl Session {
    async fn serve(mut self, mut stream: Box<dyn Stream>) -> io::Result<()> {
        if self.protection == Protection::Implicit {
            stream = Box::new(self.acceptor.accept(stream).await?);
            self.protected = true;
        }
        self.act(&mut stream, "greeting", "220 mail.example ESMTP\r\n").await?;
        loop {
            let line = read_line(&mut stream).await?;
            let mark = if self.protected { "TLS " } else { "" };
            self.log.lock().unwrap().commands.push(format!("{mark}{line}"));
            let verb = line.split([' ', ':']).next().unwrap().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let offer = self.protection == Protection::StartTls && !self.protected;
                    let offer = if offer { "250-STARTTLS\r\n" } else { "" };
                    let reply = format!("250-mail.example\r\n{offer}250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n");
                    self.act(&mut stream, "EHLO", &reply).await?;
                }
                "STARTTLS" => {
                    if self.act(&mut stream, "STARTTLS", "220 go ahead\r\n").await? {
                        stream = Box::new(self.acceptor.accept(stream).await?);
                        self.protected = true;
                    }
                }
                "AUTH" => drop(self.act(&mut stream, "AUTH", "235 2.7.0 welcome\r\n").await?),
                "MAIL" => drop(self.act(&mut stream, "MAIL", "250 2.1.0 ok\r\n").await?),
                "RCPT" => drop(self.act(&mut stream, "RCPT", "250 2.1.5 ok\r\n").await?),
                "RSET" => drop(self.act(&mut stream, "RSET", "250 2.0.0 ok\r\n").await?),
                "DATA" => {
                    if self.act(&mut stream, "DATA", "354 go on\r\n").await? {
                        let raw = read_content(&mut stream).await?;
                        self.log.lock().unwrap().raw.push(raw);
                        self.act(&mut stream, "content", "250 2.0.0 queued as 42\r\n").await?;
                    }
                }
                "QUIT" => {
                    self.act(&mut stream, "QUIT", "221 bye\r\n").await?;
                    return Ok(());
                }
                _ => stream.write_all(b"500 what?\r\n").await?,
            }
        }
    }

    /// Replies, or misbehaves. True when the reply was a yes.
    async fn act(&self, stream: &mut Box<dyn Stream>, verb: &'static str, usual: &str) -> io::Result<bool> {
        let act = {
            let mut acts = self.acts.lock().unwrap();
            let act = acts.get(verb).cloned();
            if matches!(act, Some(Act::Once(_))) {
                acts.remove(verb);
            }
            act
        };
        let said = match act {
            None => usual.to_owned(),
            Some(Act::Say(text) | Act::Once(text)) => text.to_owned(),
            Some(Act::Hang) => {
                sleep(Duration::from_mins(1)).await;
                return Err(io::ErrorKind::TimedOut.into());
            }
            Some(Act::HangUp) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Act::Trickle(text)) => {
                for byte in text.bytes() {
                    stream.write_all(&[byte]).await?;
                    stream.flush().await?;
                    sleep(Duration::from_millis(100)).await;
                }
                return Ok(false);
            }
            Some(Act::Flood) => loop {
                stream.write_all(&[b'2'; 4096]).await?;
            },
        };
        stream.write_all(said.as_bytes()).await?;
        stream.flush().await?;
        Ok(said.starts_with(['2', '3']))
    }
}

async fn read_line(stream: &mut Box<dyn Stream>) -> io::Result<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        line.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

async fn read_content(stream: &mut Box<dyn Stream>) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    while !content.ends_with(b"\r\n.\r\n") {
        let mut portion = [0; 4096];
        let count = stream.read(&mut portion).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        content.extend_from_slice(&portion[..count]);
    }
    Ok(content)
}
