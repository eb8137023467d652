//! What a second factor costs: sign-ins with an app code against sign-ins without, and a backup code that is tried
//! against one bare hash.

use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::client::{Window, exchange_whole};
use crate::machine;
use crate::scenarios::Bench;
use crate::seed;
use crate::server::{Installation, Running};

/// Connections, and threads that use them.
const CONNECTIONS: usize = 16;
/// Seconds of one time step (RFC 6238).
const STEP: u64 = 30;
/// Wrong backup codes that one account may try in a day, as the configuration of the run allows.
pub(crate) const TRIES: u32 = 20;

/// Somebody whose two-factor authentication is on.
struct Enrolled {
    number: u32,
    app: Totp,
    /// The last time step whose code was used.
    last: u64,
}

impl Enrolled {
    /// The next code that the server will take, if there is one now: of this step or one either side, and later than the
    /// last one used.
    fn next_code(&mut self) -> Option<String> {
        let now = seconds() / STEP;
        let step = (self.last + 1).max(now - 1);
        (step <= now + 1).then(|| {
            self.last = step;
            self.app.generate(step * STEP).to_string()
        })
    }
}

fn seconds() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a real server in a process of its own checks the codes by the real time"
    )]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A client of the JSON API over one connection.
struct Api {
    address: SocketAddr,
    host: String,
    stream: Option<TcpStream>,
}

impl Api {
    fn new(running: &Running<'_>) -> Self {
        Self {
            address: running.address,
            host: running.host(),
            stream: None,
        }
    }

    /// Posts a body; a 503 is tried again, as its `Retry-After` wishes.
    fn post(&mut self, path: &str, token: Option<&str>, body: &Value) -> Result<(u16, Value)> {
        let body = body.to_string();
        let authorization = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: same-origin\r\n{authorization}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        loop {
            let (status, answer) = exchange_whole(self.address, &mut self.stream, request.as_bytes())?;
            if status == 503 {
                thread::sleep(Duration::from_millis(200));
                continue;
            }
            let answer = if answer.is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(&answer)?
            };
            return Ok((status, answer));
        }
    }

    fn hoped(&mut self, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        let (status, answer) = self.post(path, token, body)?;
        if status != 200 {
            bail!("{path} answered {status}: {answer}");
        }
        Ok(answer)
    }

    /// The first step.
    fn password(&mut self, number: u32) -> Result<Value> {
        let body = json!({"email": seed::address(number), "password": seed::PASSWORD});
        self.hoped("/api/v1/sign-in/password", None, &body)
    }

    /// Signs in with the password alone.
    fn sign_in(&mut self, number: u32) -> Result<String> {
        let answer = self.password(number)?;
        text(&answer, "/session/token")
    }

    /// Signs in with password and app code.
    fn sign_in_twice(&mut self, number: u32, code: &str) -> Result<()> {
        let flow = text(&self.password(number)?, "/flow")?;
        let body = json!({"flow": flow, "code": code});
        let answer = self.hoped("/api/v1/sign-in/second-factor", None, &body)?;
        text(&answer, "/session/token").map(drop)
    }

    /// Turns two-factor authentication on, with a code of the step before, so that later ones are left.
    fn enrol(&mut self, number: u32) -> Result<Enrolled> {
        let token = self.sign_in(number)?;
        let setup = self.hoped("/api/v1/account/two-factor", Some(&token), &json!({}))?;
        let key = text(&setup, "/key")?.replace(' ', "");
        let secret = Secret::try_from_base32(key).map_err(|_refused| anyhow::anyhow!("the key is no base32"))?;
        let app = Builder::new()
            .with_secret(secret)
            .build()
            .map_err(|error| anyhow::anyhow!("the key makes no codes: {error}"))?;
        let step = seconds() / STEP - 1;
        let code = app.generate(step * STEP).to_string();
        self.hoped(
            "/api/v1/account/two-factor/enable",
            Some(&token),
            &json!({"code": code}),
        )?;
        Ok(Enrolled {
            number,
            app,
            last: step,
        })
    }
}

fn text(answer: &Value, pointer: &str) -> Result<String> {
    answer
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("no {pointer} in {answer}"))
}

/// Runs `work` on every connection until the window closes; answers how many of its rounds ended within it, a second.
fn rate(running: &Running<'_>, window: Window, work: &(dyn Fn(&mut Api, usize) -> Result<()> + Sync)) -> Result<f64> {
    let done = AtomicU64::new(0);
    let failure = Mutex::new(None);
    thread::scope(|scope| {
        for number in 0..CONNECTIONS {
            let (done, failure) = (&done, &failure);
            scope.spawn(move || {
                let mut api = Api::new(running);
                while Instant::now() < window.to {
                    if let Err(error) = work(&mut api, number) {
                        failure
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .get_or_insert(error);
                        return;
                    }
                    if window.holds(Instant::now()) {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let done = done.into_inner() as f64;
    Ok(done / window.seconds())
}

impl Bench<'_> {
    /// Goals 14 and 15.
    pub(crate) fn second_factor(&mut self, installation: &Installation) -> Result<()> {
        let running = installation.start()?;
        let enrolled = self.enrol(&running)?;
        self.with_app_codes(&running, &enrolled)?;
        self.backup_codes(&running)
    }

    fn enrol(&self, running: &Running<'_>) -> Result<Vec<Mutex<Enrolled>>> {
        let began = Instant::now();
        let mut api = Api::new(running);
        let enrolled = (0..self.pace.enrolled)
            .map(|number| api.enrol(number).map(Mutex::new))
            .collect::<Result<Vec<_>>>()?;
        eprintln!("  {} people enrolled in {:.0?}", enrolled.len(), began.elapsed());
        Ok(enrolled)
    }

    fn with_app_codes(&mut self, running: &Running<'_>, enrolled: &[Mutex<Enrolled>]) -> Result<()> {
        let (warm_up, length) = (self.pace.warm_up, self.pace.long_window);
        let people = self.pace.enrolled..running.users();
        let next = AtomicU64::new(0);
        let plain = |_: &Self| {
            rate(running, Window::after(warm_up, length), &|api, _| {
                let drawn = u32::try_from(next.fetch_add(1, Ordering::Relaxed) % u64::from(people.end - people.start))?;
                api.sign_in(people.start + drawn).map(drop)
            })
        };
        let turn = AtomicU64::new(0);
        let twice = |_: &Self| {
            rate(running, Window::after(warm_up, length), &|api, _| {
                // Each account gives a code or two a step; whoever has none left now is passed over.
                for _ in 0..enrolled.len() {
                    let drawn = usize::try_from(turn.fetch_add(1, Ordering::Relaxed))? % enrolled.len();
                    let Some(one) = enrolled.get(drawn) else { continue };
                    let mut one = one.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(code) = one.next_code() {
                        return api.sign_in_twice(one.number, &code);
                    }
                }
                bail!("too few people with a second factor for so long a window")
            })
        };
        let (before, with, after) = self.between("second", plain, |rate| *rate, twice)?;
        let without = f64::midpoint(before, after);
        self.report.rate("second.without", without);
        self.report.rate("second.with", with);
        self.report.figure("second.signin_rate", with / without);
        Ok(())
    }

    fn backup_codes(&mut self, running: &Running<'_>) -> Result<()> {
        let mut api = Api::new(running);
        let raw_before = self.raw_hash()?;
        let people = self.pace.enrolled.min(10);
        let mut flows = Vec::new();
        for number in 0..people {
            flows.push(text(&api.password(number)?, "/flow")?);
        }
        let before = machine::cpu_seconds(running.id())?;
        let mut tries = 0.0;
        for flow in &flows {
            for _ in 0..TRIES / 2 {
                let body = json!({"flow": flow, "code": "00000-00000-000"});
                let (status, answer) = api.post("/api/v1/sign-in/second-factor", None, &body)?;
                if status != 401 {
                    bail!("a wrong backup code was answered with {status}: {answer}");
                }
                tries += 1.0;
            }
        }
        let cpu = machine::cpu_seconds(running.id())? - before;
        let raw_after = self.raw_hash()?;
        let hash = f64::midpoint(raw_before.cpu_ms, raw_after.cpu_ms);
        self.report.figure("second.backup_try_cpu", cpu * 1e3 / tries / hash);
        Ok(())
    }
}
