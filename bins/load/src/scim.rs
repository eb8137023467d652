//! A directory of ten thousand people over SCIM: what making it costs, and a page of a hundred anywhere in it.

use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::client::{exchange_whole, percentile};
use crate::scenarios::Bench;
use crate::server::{Installation, Running, WORKSPACE};

/// Clients that read pages at once; an identity provider uses one or two.
const READERS: usize = 4;
/// Clients that make people at once.
const WRITERS: u32 = 4;
/// People of one page.
const PAGE: u32 = 100;

struct Syncer<'a> {
    running: &'a Running<'a>,
    token: &'a str,
    stream: Option<TcpStream>,
}

impl Syncer<'_> {
    fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<(u16, Value)> {
        let request = format!(
            "{method} /scim/v2{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
            self.running.host(),
            self.token,
            body.len()
        );
        let (status, answer) = exchange_whole(self.running.address, &mut self.stream, request.as_bytes())?;
        Ok((status, serde_json::from_slice(&answer)?))
    }

    fn make(&mut self, number: u32) -> Result<()> {
        let email = format!("person{number}@directory.example");
        let body = json!({
            "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            ],
            "userName": email,
            "externalId": format!("00u{number}"),
            "displayName": format!("Person {number}"),
            "name": {"givenName": "Person", "familyName": format!("Number {number}")},
            "emails": [{"value": email, "type": "work", "primary": true}],
            "active": true,
            "title": "Engineer",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Research"},
        });
        match self.ask("POST", "/Users", &body.to_string())? {
            (201, _) => Ok(()),
            (status, answer) => bail!("a new user was answered with {status}: {answer}"),
        }
    }

    fn page(&mut self, start: u32) -> Result<Duration> {
        let began = Instant::now();
        let (status, answer) = self.ask("GET", &format!("/Users?startIndex={start}&count={PAGE}"), "")?;
        let took = began.elapsed();
        let people = answer.get("Resources").and_then(Value::as_array).map_or(0, Vec::len);
        if status != 200 || people != PAGE as usize {
            bail!("a page from {start} on was answered with {status} and {people} people");
        }
        Ok(took)
    }
}

/// Runs `work` in several threads; the first error ends it for all.
fn at_once(threads: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    let failure = Mutex::new(None);
    thread::scope(|scope| {
        for number in 0..threads {
            let (work, failure) = (&work, &failure);
            scope.spawn(move || {
                if let Err(error) = work(number) {
                    failure
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .get_or_insert(error);
                }
            });
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

impl Bench<'_> {
    /// Goal 17.
    pub(crate) fn scim(&mut self, installation: &Installation) -> Result<()> {
        let token = installation.told(&["scim-token", "create", "--workspace", WORKSPACE])?;
        let running = installation.start()?;
        let syncer = || Syncer {
            running: &running,
            token: token.trim(),
            stream: None,
        };
        let people = self.pace.directory;
        let began = Instant::now();
        let next = AtomicU32::new(0);
        at_once(WRITERS as usize, |_| {
            let mut syncer = syncer();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= people {
                    return Ok(());
                }
                syncer.make(number)?;
            }
        })?;
        self.report
            .rate("scim.made", f64::from(people) / began.elapsed().as_secs_f64());

        let until = Instant::now() + self.pace.window;
        let took = Mutex::new(Vec::new());
        at_once(READERS, |reader| {
            let mut syncer = syncer();
            // Steps that are no divisor of the number of people visit pages all over the directory.
            let mut start = u32::try_from(reader)? * 7;
            let mut own = Vec::new();
            while Instant::now() < until {
                start = (start + 617) % (people - PAGE);
                own.push(syncer.page(start + 1)?);
            }
            took.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own);
            Ok(())
        })?;
        let mut took = took.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.report
            .figure("scim.page100.p95", percentile(&mut took, 0.95) / 1e3);
        Ok(())
    }
}
