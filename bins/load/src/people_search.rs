//! Searches among everybody of a large workspace: texts that many have, few and nobody.

use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use data_encoding::HEXUPPER;

use crate::client::{exchange_whole, percentile};
use crate::scenarios::Bench;
use crate::seed::{self, Crowd};
use crate::server::{Installation, Running};

/// Searches at once, in the busier of the two measurements.
const AT_ONCE: usize = 8;

/// What is looked for, each with a name for the record.
fn needles(users: u32) -> Vec<(&'static str, String)> {
    let somebody = users / 3;
    vec![
        ("surname", "smith".to_owned()),
        ("common_beginning", "jo".to_owned()),
        ("two_names", "anna zimmermann".to_owned()),
        ("whole_address", Crowd::Mixed.address(somebody)),
        ("local_part", format!(".{somebody}@")),
        ("half_of_all", "@mail.example".to_owned()),
        ("all_addresses", ".example".to_owned()),
        ("domain", "@company4999.example".to_owned()),
        ("organisation", "company 77".to_owned()),
        ("subject", "98765".to_owned()),
        ("wildcards", "100%_kg".to_owned()),
        ("arabic", "الخطيب".to_owned()),
        ("cyrillic", "дмитрий иванов".to_owned()),
        ("chinese", "伟".to_owned()),
        ("one_letter", "a".to_owned()),
        ("one_letter_of_nobody", "ß".to_owned()),
        ("two_letters_of_nobody", "zq".to_owned()),
        ("a_sign", "@".to_owned()),
        ("nobody", "zzqxnobody".to_owned()),
        ("nearly_somebody", "zimmermann.99999999@mail.example".to_owned()),
        ("common_parts_of_nobody", "smithmüller".to_owned()),
    ]
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{}", HEXUPPER.encode(&[byte]))
            }
        })
        .collect()
}

/// One search by the owner, over the API or as the page of the console.
fn search(running: &Running<'_>, stream: &mut Option<TcpStream>, needle: &str, page: bool) -> Result<Duration> {
    let (path, owner) = if page {
        ("/admin/users", format!("Cookie: doorward_session={}", seed::token(0)))
    } else {
        ("/api/v1/users", format!("Authorization: Bearer {}", seed::token(0)))
    };
    let request = format!(
        "GET {path}?q={} HTTP/1.1\r\nHost: {}\r\n{owner}\r\n\r\n",
        encoded(needle),
        running.host()
    );
    let began = Instant::now();
    let (status, answer) = exchange_whole(running.address, stream, request.as_bytes())?;
    let took = began.elapsed();
    if status != 200 {
        let answer = String::from_utf8_lossy(&answer);
        bail!("a search for {needle:?} was answered with {status}: {answer}");
    }
    Ok(took)
}

impl Bench<'_> {
    /// Goal 18.
    pub(crate) fn people_search(&mut self, database: &str, crowd: &Installation) -> Result<()> {
        let running = crowd.start()?;
        let needles = needles(crowd.users);
        let name = |figure: &str| format!("{database}search.{figure}");
        let mut stream = None;
        for page in [false, true] {
            let (mut all, mut slowest) = (Vec::new(), 0.0_f64);
            for (what, needle) in &needles {
                // Once to warm up: what is asked first of a database is read from the disk.
                search(&running, &mut stream, needle, page)?;
                let mut took = Vec::new();
                for _ in 0..self.pace.searches {
                    took.push(search(&running, &mut stream, needle, page)?);
                }
                all.extend_from_slice(&took);
                let p95 = percentile(&mut took, 0.95) / 1e3;
                slowest = slowest.max(p95);
                if !page {
                    self.report
                        .figure(&name(&format!("of.{what}.p50_ms")), percentile(&mut took, 0.5) / 1e3);
                    self.report.figure(&name(&format!("of.{what}.p95_ms")), p95);
                }
            }
            let by = if page { "page" } else { "api" };
            for (share, figure) in [(0.5, "p50_ms"), (0.95, "p95_ms"), (0.99, "p99_ms")] {
                self.report
                    .figure(&name(&format!("{by}.{figure}")), percentile(&mut all, share) / 1e3);
            }
            self.report.figure(&name(&format!("{by}.slowest_p95_ms")), slowest);
        }
        let mut all = self.searches_at_once(&running, &needles)?;
        for (share, figure) in [(0.5, "p50_ms"), (0.95, "p95_ms"), (0.99, "p99_ms")] {
            self.report.figure(
                &name(&format!("c{AT_ONCE}.{figure}")),
                percentile(&mut all, share) / 1e3,
            );
        }
        Ok(())
    }

    /// All of them, again and again, by several at once.
    fn searches_at_once(&self, running: &Running<'_>, needles: &[(&str, String)]) -> Result<Vec<Duration>> {
        let rounds = needles.len() * self.pace.searches as usize;
        let (next, took, failure) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(None));
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    let (mut stream, mut own) = (None, Vec::new());
                    loop {
                        let round = next.fetch_add(1, Ordering::Relaxed);
                        let Some((_, needle)) = needles.get(round % needles.len()).filter(|_| round < rounds) else {
                            break;
                        };
                        match search(running, &mut stream, needle, false) {
                            Ok(time) => own.push(time),
                            Err(error) => {
                                failure
                                    .lock()
                                    .unwrap_or_else(PoisonError::into_inner)
                                    .get_or_insert(error);
                                break;
                            }
                        }
                    }
                    took.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own);
                });
            }
        });
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(took.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_into_addresses_byte_by_byte() {
        assert_eq!(encoded("a@b%ß"), "a%40b%25%C3%9F");
    }
}
