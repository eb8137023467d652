//! The ceilings: a server that only says hello, and bare argon2 on all cores.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use argon2::{Argon2, Block};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::client::Window;
use crate::machine;

/// Workers of the server that says hello.
const WORKERS: usize = 2;

/// Serves the ceiling of HTTP until it is ended.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let hello = service_fn(|_request: Request<hyper::body::Incoming>| async {
                    let mut answer = Response::new(Full::new(Bytes::from_static(b"Hello from the bare server.\n")));
                    answer
                        .headers_mut()
                        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
                    Ok::<_, Infallible>(answer)
                });
                if let Err(error) = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), hello)
                    .await
                    && !error.is_incomplete_message()
                {
                    eprintln!("the reference lost a connection: {error}");
                }
            });
        }
    })
}

/// The server that says hello, in a process of its own.
#[derive(Debug)]
pub(crate) struct Hello {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Hello {
    /// Starts it.
    pub(crate) fn start() -> Result<Self> {
        let program = std::env::current_exe().context("our own program cannot be found")?;
        let mut process = Command::new(program)
            .arg("reference")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the reference cannot be started")?;
        let output = process.stdout.take().context("the reference has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(Self {
            process,
            address: line.trim().parse().context("the reference told no address")?,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// A request to it, of about the size of a session check.
    pub(crate) fn request(&self) -> Vec<u8> {
        format!(
            "GET /api/v1/session HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
            self.address,
            "0".repeat(43)
        )
        .into_bytes()
    }
}

impl Drop for Hello {
    fn drop(&mut self) {
        if self.process.kill().is_err() || self.process.wait().is_err() {
            eprintln!("the reference could not be ended");
        }
    }
}

/// What bare argon2 does on this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawHash {
    /// Hashes a second over all threads.
    pub(crate) rate: f64,
    /// CPU milliseconds of one hash.
    pub(crate) cpu_ms: f64,
}

/// Hashes on all cores, an arena a thread, within the window (R5's parameters).
pub(crate) fn raw_hash(window: Window) -> Result<RawHash> {
    let threads: Vec<_> = (0..machine::cores())
        .map(|_| {
            thread::spawn(move || {
                let argon2 = Argon2::default();
                let mut arena = vec![Block::new(); argon2.params().block_count()];
                let mut tag = [0_u8; 32];
                let (mut hashes, mut spent) = (0_u32, Duration::ZERO);
                loop {
                    let began = Instant::now();
                    if began >= window.to {
                        return Ok::<_, argon2::Error>((hashes, spent));
                    }
                    argon2.hash_password_into_with_memory(
                        b"correct horse battery",
                        b"0123456789abcdef",
                        &mut tag,
                        arena.as_mut_slice(),
                    )?;
                    if began >= window.from {
                        hashes += 1;
                        spent += began.elapsed();
                    }
                }
            })
        })
        .collect();
    thread::sleep(window.from.saturating_duration_since(Instant::now()));
    let before = machine::cpu_seconds(std::process::id())?;
    thread::sleep(window.to.saturating_duration_since(Instant::now()));
    let spent_cpu = machine::cpu_seconds(std::process::id())? - before;
    let mut rate = 0.0;
    for thread in threads {
        let done = thread
            .join()
            .map_err(|_| anyhow::anyhow!("a hashing thread ended by a panic"))?;
        let (hashes, spent) = done.map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
        // A window that cuts a hash in two would count it whole or not at all: rates are of whole hashes.
        rate += f64::from(hashes) / spent.as_secs_f64().max(1e-9);
    }
    Ok(RawHash {
        rate,
        cpu_ms: spent_cpu * 1e3 / (rate * window.seconds()).max(1e-9),
    })
}
