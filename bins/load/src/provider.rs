//! A provider that hangs: what it does to those who sign in by password, and to those who come by another provider.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::client::{Tally, Window, exchange_with_head, percentile};
use crate::scenarios::{Bench, Point};
use crate::server::{Installation, Running};

/// People who wait for the provider that hangs, at any time.
const WAITING: usize = 64;
/// People on their way to the one that answers.
const TRAVELLERS: usize = 4;
/// Sign-ins by password at once.
const CONNECTIONS: u64 = 4;
/// The id of the one that answers: its people stand under `data`, as X writes them.
const PROMPT: &str = "twitter";
/// The id of the one that hangs.
const HANGING: &str = "hanging";

/// Both providers, on one port, in a thread of their own.
struct Providers {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Providers {
    fn start() -> Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            let done = serve(&tell, stopped);
            if let Err(error) = done {
                eprintln!("the providers ended: {error:#}");
            }
        });
        Ok(Self {
            address: told.recv().context("the providers did not start")?,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Both, as the server is told of them.
    fn tables(&self) -> String {
        let mut tables = String::new();
        for id in [PROMPT, HANGING] {
            let origin = format!("http://{}/{id}", self.address);
            // Writing to a String cannot fail.
            let _ = writeln!(
                tables,
                "[providers.{id}]\nkind = \"oauth2\"\nclient_id = \"load\"\nclient_secret = \"secret\"\n\
                 authorization_endpoint = \"{origin}/authorize\"\ntoken_endpoint = \"{origin}/token\"\n\
                 userinfo_endpoint = \"{origin}/me\"\n"
            );
        }
        tables
    }
}

impl Drop for Providers {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            eprintln!("the providers ended by a panic");
        }
    }
}

fn serve(tell: &mpsc::Sender<SocketAddr>, stopped: oneshot::Receiver<()>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        tell.send(listener.local_addr()?)?;
        tokio::select! {
            ended = accept(listener) => ended,
            _ = stopped => Ok(()),
        }
    })
}

async fn accept(listener: TcpListener) -> Result<()> {
    static PEOPLE: AtomicU64 = AtomicU64::new(1);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let answer = service_fn(|request: Request<hyper::body::Incoming>| async move {
                let body = match request
                    .uri()
                    .path()
                    .strip_prefix('/')
                    .and_then(|path| path.split_once('/'))
                {
                    Some((HANGING, _)) => std::future::pending().await,
                    Some((_, "token")) => {
                        r#"{"token_type":"bearer","expires_in":7200,"access_token":"token"}"#.to_owned()
                    }
                    Some((_, "me")) => {
                        let number = PEOPLE.fetch_add(1, Ordering::Relaxed);
                        format!(r#"{{"data":{{"id":"{number}","name":"Load","username":"load"}}}}"#)
                    }
                    _ => String::new(),
                };
                let found = !body.is_empty();
                let mut response = Response::new(Full::new(Bytes::from(body)));
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, json);
                if !found {
                    *response.status_mut() = StatusCode::NOT_FOUND;
                }
                Ok::<_, Infallible>(response)
            });
            // The server hangs up on whoever hangs.
            let _hung_up = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

/// A browser with nothing but its cookie and the token of its forms.
struct Traveller {
    address: SocketAddr,
    host: String,
    cookies: String,
    form_token: String,
    stream: Option<TcpStream>,
}

impl Traveller {
    /// Opens the sign-in page, once for all round trips.
    fn new(running: &Running<'_>) -> Result<Self> {
        let (address, host) = (running.address, running.host());
        let mut stream = None;
        let open = format!("GET /sign-in HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: none\r\n\r\n");
        let (status, head, page) = exchange_with_head(address, &mut stream, open.as_bytes())?;
        let page = String::from_utf8_lossy(&page);
        let token = page
            .split_once("name=\"form_token\" value=\"")
            .and_then(|(_, after)| after.split_once('"'));
        let (form_token, _) = token.with_context(|| format!("/sign-in answered {status} without a form"))?;
        let cookies: Vec<&str> = header(&head, "set-cookie")
            .filter_map(|cookie| cookie.split(';').next())
            .collect();
        Ok(Self {
            address,
            host,
            cookies: cookies.join("; "),
            form_token: form_token.to_owned(),
            stream,
        })
    }

    /// Leaves for a provider and comes back from it at once; answers how the callback was answered.
    fn round_trip(&mut self, provider: &str) -> Result<u16> {
        let Self { host, cookies, .. } = self;
        let body = format!("form_token={}", self.form_token);
        let leave = format!(
            "POST /sign-in/with/{provider} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookies}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, head, _) = exchange_with_head(self.address, &mut self.stream, leave.as_bytes())?;
        if status != 303 {
            bail!("/sign-in/with/{provider} answered {status}");
        }
        let location = header(&head, "location").next().context("a redirect to nowhere")?;
        let (_, after) = location.split_once("state=").context("no state")?;
        let state = after.split('&').next().unwrap_or_default();
        let back = format!(
            "GET /sign-in/callback/{provider}?code=code&state={state} HTTP/1.1\r\nHost: {host}\r\n\
             Sec-Fetch-Site: cross-site\r\nCookie: {cookies}\r\n\r\n"
        );
        let (status, ..) = exchange_with_head(self.address, &mut self.stream, back.as_bytes())?;
        Ok(status)
    }
}

fn header<'t>(head: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> {
    head.lines().filter_map(move |line| {
        let (own, value) = line.split_once(':')?;
        own.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Round trips to the provider that answers, one after the other on each connection, each timed as a whole: two requests
/// to the server, and two from it to the provider. Somebody new comes back each time, so each ends at the one more step.
fn travel(running: &Running<'_>, window: Window) -> Result<Point> {
    let tallies = thread::scope(|scope| {
        let threads: Vec<_> = (0..TRAVELLERS)
            .map(|_| {
                scope.spawn(|| {
                    let (mut traveller, mut tally) = (Traveller::new(running)?, Tally::default());
                    while Instant::now() < window.to {
                        let began = Instant::now();
                        let status = traveller.round_trip(PROMPT)?;
                        if status != 303 {
                            bail!("the callback of a provider that answers was answered with {status}");
                        }
                        if window.holds(Instant::now()) {
                            tally.good.push(began.elapsed());
                        }
                    }
                    Ok(tally)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| bail!("a traveller ended by a panic")))
            .collect::<Result<Vec<Tally>>>()
    })?;
    let mut all = Tally::default();
    for tally in tallies {
        all.add(tally);
    }
    Ok(Point::of(all, window, 0.0))
}

impl Bench<'_> {
    /// Goal 16.
    pub(crate) fn hanging_provider(&mut self, installation: &Installation) -> Result<()> {
        let providers = Providers::start()?;
        let running = installation.start_with(&providers.tables())?;
        let (warm_up, length) = (self.pace.warm_up, self.pace.window);

        let passwords = |bench: &Self| bench.sign_in_point(&running, CONNECTIONS);
        let (before, hanging, after) = self.between(
            "hanging.password",
            passwords,
            |point| point.p99,
            |bench| while_waiting(&running, || passwords(bench)),
        )?;
        self.report.point("hanging.password_calm", &before);
        self.report.point("hanging.password", &hanging);
        self.report.figure(
            "hanging.password.p99",
            hanging.p99 / f64::midpoint(before.p99, after.p99),
        );

        let trips = |_: &Self| travel(&running, Window::after(warm_up, length));
        let (before, hanging, after) = self.between(
            "hanging.provider",
            trips,
            |point| point.p99,
            |bench| while_waiting(&running, || trips(bench)),
        )?;
        self.report.point("hanging.provider_calm", &before);
        self.report.point("hanging.provider", &hanging);
        self.report.figure(
            "hanging.provider.p99",
            hanging.p99 / f64::midpoint(before.p99, after.p99),
        );
        Ok(())
    }
}

/// Measures while people wait for the provider that hangs.
///
/// # Errors
/// When they did not wait: then nothing hung, and the measurement says nothing.
fn while_waiting<T>(running: &Running<'_>, measured: impl FnOnce() -> Result<T>) -> Result<T> {
    let (over, gave_up) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut waits = Vec::new();
    let result = thread::scope(|scope| {
        let threads: Vec<_> = (0..WAITING)
            .map(|_| {
                scope.spawn(|| {
                    let mut waits = Vec::new();
                    while over.load(Ordering::Relaxed) == 0 {
                        let began = Instant::now();
                        // Whatever it says in the end: that it came late is what matters.
                        let waited = Traveller::new(running).and_then(|mut traveller| traveller.round_trip(HANGING));
                        if waited.is_err() {
                            gave_up.fetch_add(1, Ordering::Relaxed);
                        }
                        waits.push(began.elapsed());
                    }
                    waits
                })
            })
            .collect();
        let result = measured();
        over.store(1, Ordering::Relaxed);
        for thread in threads {
            waits.extend(thread.join().unwrap_or_default());
        }
        result
    })?;
    let median = Duration::from_micros(rounded(percentile(&mut waits, 0.5)));
    if median < Duration::from_secs(2) {
        bail!(
            "nobody waited for the provider that hangs: {} round trips in {median:?} each, {} of them broken off",
            waits.len(),
            gave_up.into_inner()
        );
    }
    Ok(result)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "microseconds of a wait, positive and far below 2^52"
)]
fn rounded(micros: f64) -> u64 {
    micros as u64
}
