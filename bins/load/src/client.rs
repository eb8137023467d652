//! A client that costs little: requests are bytes made beforehand, answers are read no further than their length.
//!
//! It shares the machine with the server, so whatever it uses is missing there, and a costly client would make every
//! server look alike.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::seed;

/// Longest answer read, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Writes the next request into a buffer.
pub(crate) type Script = Arc<dyn Fn(&mut SmallRng, &mut Vec<u8>) + Send + Sync>;

/// When a measurement begins and ends. Load runs from earlier on; what completes between the two counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

impl Window {
    /// A window that opens after `warm_up`.
    pub(crate) fn after(warm_up: Duration, length: Duration) -> Self {
        let from = Instant::now() + warm_up;
        Self {
            from,
            to: from + length,
        }
    }

    pub(crate) fn holds(&self, instant: Instant) -> bool {
        self.from <= instant && instant < self.to
    }

    pub(crate) fn seconds(&self) -> f64 {
        (self.to - self.from).as_secs_f64()
    }
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Time of each request that was answered as hoped.
    pub(crate) good: Vec<Duration>,
    /// Time of each request that was refused with 503.
    pub(crate) refused: Vec<Duration>,
    /// Other answers and broken connections.
    pub(crate) failed: u64,
    /// One of the other answers, for the report.
    pub(crate) failure: Option<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.good.extend(other.good);
        self.refused.extend(other.refused);
        self.failed += other.failed;
        self.failure = self.failure.take().or(other.failure);
    }

    fn fail(&mut self, what: impl FnOnce() -> String) {
        self.failed += 1;
        self.failure.get_or_insert_with(what);
    }
}

/// The head of an answer.
#[derive(Debug, Clone, Copy)]
struct Head {
    status: u16,
    length: usize,
    body: usize,
    retry_after: Option<u64>,
    closes: bool,
}

fn read_head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let wrong = |what: &'static str| io::Error::new(io::ErrorKind::InvalidData, what);
    let text = bytes.get(..end).unwrap_or_default();
    let mut lines = text.split(|byte| *byte == b'\n');
    let status = lines
        .next()
        .and_then(|line| line.get(9..12))
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| wrong("no status"))?;
    let mut head = Head {
        status,
        length: end + 4,
        body: 0,
        retry_after: None,
        closes: false,
    };
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        // Few headers matter, and their lengths tell them apart from nearly all others.
        if !matches!(name.len(), 10 | 11 | 14 | 17) {
            continue;
        }
        let value = std::str::from_utf8(value.get(1..).unwrap_or_default())
            .unwrap_or_default()
            .trim();
        if name.eq_ignore_ascii_case(b"content-length") {
            head.body = value.parse().map_err(|_| wrong("no length"))?;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            return Err(wrong("an answer in chunks"));
        } else if name.eq_ignore_ascii_case(b"retry-after") {
            head.retry_after = value.parse().ok();
        } else if name.eq_ignore_ascii_case(b"connection") {
            head.closes = value.eq_ignore_ascii_case("close");
        }
    }
    if head.length + head.body > LONGEST_ANSWER {
        return Err(wrong("an answer without end"));
    }
    Ok(Some(head))
}

struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    answer: Vec<u8>,
}

impl Connection {
    const fn to(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            answer: Vec::new(),
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Head> {
        let mut stream = if let Some(stream) = self.stream.take() {
            stream
        } else {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            stream
        };
        self.answer.clear();
        stream.write_all(request).await?;
        let head = loop {
            if stream.read_buf(&mut self.answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = read_head(&self.answer)? {
                break head;
            }
        };
        while self.answer.len() < head.length + head.body {
            if stream.read_buf(&mut self.answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        if !head.closes {
            self.stream = Some(stream);
        }
        Ok(head)
    }
}

/// Sends requests over `connections` connections until the window closes, each as soon as the one before it is
/// answered. After a 503 the client waits as long as it is told, but at most a second. `hoped` is the status that
/// counts as done.
pub(crate) fn closed_loop(
    address: SocketAddr,
    script: &Script,
    hoped: u16,
    connections: u64,
    window: Window,
) -> io::Result<Tally> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut loops = JoinSet::new();
        for number in 0..connections {
            let script = Arc::clone(script);
            loops.spawn(one_loop(address, script, hoped, number, window));
        }
        let mut tally = Tally::default();
        while let Some(one) = loops.join_next().await {
            tally.add(one.map_err(io::Error::other)?);
        }
        Ok(tally)
    })
}

async fn one_loop(address: SocketAddr, script: Script, hoped: u16, number: u64, window: Window) -> Tally {
    let mut random = SmallRng::seed_from_u64(number);
    let mut connection = Connection::to(address);
    let mut request = Vec::with_capacity(512);
    let mut tally = Tally::default();
    loop {
        let sent = Instant::now();
        if sent >= window.to {
            return tally;
        }
        request.clear();
        script(&mut random, &mut request);
        let answer = tokio::time::timeout(ANSWER_WITHIN, connection.exchange(&request)).await;
        let now = Instant::now();
        let counts = window.holds(now);
        match answer {
            Ok(Ok(head)) if head.status == hoped => {
                if counts {
                    tally.good.push(now - sent);
                }
            }
            Ok(Ok(head)) if head.status == 503 => {
                if counts {
                    tally.refused.push(now - sent);
                }
                let told = Duration::from_secs(head.retry_after.unwrap_or(1)).min(Duration::from_secs(1));
                // Clients that were refused together would otherwise come back together.
                let wait = told.mul_f64(random.random_range(0.5..1.0));
                tokio::time::sleep(wait.min(window.to.saturating_duration_since(now))).await;
            }
            Ok(Ok(head)) => {
                let text = String::from_utf8_lossy(&connection.answer).into_owned();
                tally.fail(|| format!("{}: {text}", head.status));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(Err(error)) => {
                tally.fail(|| error.to_string());
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(_) => {
                connection.stream = None;
                tally.fail(|| format!("no answer within {} s", ANSWER_WITHIN.as_secs()));
            }
        }
    }
}

/// Asks once for the session of each of `people`, over 16 connections; answers how many failed.
pub(crate) fn first_use(address: SocketAddr, host: &str, people: u32) -> io::Result<u64> {
    const CONNECTIONS: usize = 16;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut loops = JoinSet::new();
        for first in 0..CONNECTIONS {
            let host = host.to_owned();
            loops.spawn(async move {
                let mut connection = Connection::to(address);
                let mut failed = 0;
                for number in (0..people).skip(first).step_by(CONNECTIONS) {
                    let request = format!(
                        "GET /api/v1/session HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\n\r\n",
                        seed::token(number)
                    );
                    let answer = connection.exchange(request.as_bytes()).await;
                    failed += u64::from(!answer.is_ok_and(|head| head.status == 200));
                }
                failed
            });
        }
        let mut failed = 0;
        while let Some(one) = loops.join_next().await {
            failed += one.map_err(io::Error::other)?;
        }
        Ok(failed)
    })
}

/// Sends `rate` requests a second at planned instants, whatever became of those before, and times each from the
/// instant at which it should have been sent: a client that waits for a slow server hides how slow it was. Plain
/// threads do it, since a runtime's timers are coarser than what is measured.
pub(crate) fn paced(address: SocketAddr, script: &Script, hoped: u16, rate: u32, window: Window) -> io::Result<Tally> {
    const LANES: u32 = 8;
    let began = Instant::now();
    let step = Duration::from_secs(1) / rate;
    let mut tally = Tally::default();
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| {
            let script = Arc::clone(script);
            thread::spawn(move || {
                let mut random = SmallRng::seed_from_u64(1_000 + u64::from(lane));
                let mut tally = Tally::default();
                let mut stream: Option<std::net::TcpStream> = None;
                let mut request = Vec::with_capacity(512);
                let mut planned = began + step * lane;
                while planned < window.to {
                    thread::sleep(planned.saturating_duration_since(Instant::now()));
                    request.clear();
                    script(&mut random, &mut request);
                    match exchange_blocking(address, &mut stream, &request) {
                        Ok(status) if status == hoped => {
                            if window.from <= planned {
                                tally.good.push(planned.elapsed());
                            }
                        }
                        Ok(status) => tally.fail(|| status.to_string()),
                        Err(error) => {
                            stream = None;
                            tally.fail(|| error.to_string());
                        }
                    }
                    planned += step * LANES;
                }
                tally
            })
        })
        .collect();
    for lane in lanes {
        tally.add(
            lane.join()
                .map_err(|_| io::Error::other("a client thread ended by a panic"))?,
        );
    }
    Ok(tally)
}

/// One exchange over a connection that is kept; answers the status.
pub(crate) fn exchange_blocking(
    address: SocketAddr,
    stream: &mut Option<std::net::TcpStream>,
    request: &[u8],
) -> io::Result<u16> {
    exchange_whole(address, stream, request).map(|(status, _)| status)
}

/// The same; answers status and body.
pub(crate) fn exchange_whole(
    address: SocketAddr,
    stream: &mut Option<std::net::TcpStream>,
    request: &[u8],
) -> io::Result<(u16, Vec<u8>)> {
    exchange_with_head(address, stream, request).map(|(status, _, body)| (status, body))
}

/// The same; answers status, head as text, and body.
pub(crate) fn exchange_with_head(
    address: SocketAddr,
    stream: &mut Option<std::net::TcpStream>,
    request: &[u8],
) -> io::Result<(u16, String, Vec<u8>)> {
    let mut open = if let Some(open) = stream.take() {
        open
    } else {
        let open = std::net::TcpStream::connect(address)?;
        open.set_nodelay(true)?;
        open.set_read_timeout(Some(ANSWER_WITHIN))?;
        open
    };
    open.write_all(request)?;
    let mut answer = Vec::with_capacity(2_048);
    let mut piece = [0_u8; 2_048];
    loop {
        let read = open.read(&mut piece)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(piece.get(..read).unwrap_or_default());
        if let Some(head) = read_head(&answer)?
            && answer.len() >= head.length + head.body
        {
            if !head.closes {
                *stream = Some(open);
            }
            answer.truncate(head.length + head.body);
            let body = answer.split_off(head.length);
            return Ok((head.status, String::from_utf8_lossy(&answer).into_owned(), body));
        }
    }
}

/// The value below which `share` of the durations lie, in microseconds; 0 for none.
pub(crate) fn percentile(durations: &mut [Duration], share: f64) -> f64 {
    if durations.is_empty() {
        return 0.0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index between 0 and the length"
    )]
    let index = ((durations.len() as f64 - 1.0) * share).round() as usize;
    let (_, value, _) = durations.select_nth_unstable(index);
    value.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_whatever_the_case_and_only_when_whole() {
        let answer =
            b"HTTP/1.1 503 Service Unavailable\r\nCONTENT-Length: 12\r\nretry-after: 2\r\nConnection: close\r\n\r\n";
        let head = read_head(answer).unwrap().unwrap();
        assert_eq!((head.status, head.length, head.body), (503, answer.len(), 12));
        assert_eq!((head.retry_after, head.closes), (Some(2), true));
        assert!(read_head(&answer[..answer.len() - 1]).unwrap().is_none());
        assert!(read_head(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }

    #[test]
    fn percentiles_are_of_the_values() {
        let mut values: Vec<Duration> = (1..=100).rev().map(Duration::from_micros).collect();
        assert!((percentile(&mut values, 0.99) - 99.0).abs() < 1.5);
        assert!((percentile(&mut values, 0.5) - 50.0).abs() < 1.5);
        assert!(percentile(&mut [], 0.5).abs() < f64::EPSILON);
    }
}
