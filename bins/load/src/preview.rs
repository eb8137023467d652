//! A change of settings previewed over everybody of a large workspace.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::client::{exchange_whole, percentile};
use crate::machine;
use crate::scenarios::Bench;
use crate::seed;
use crate::server::{Installation, Running};

/// How often it is asked for; the median counts.
const TIMES: usize = 3;

fn request(running: &Running<'_>, change: &Value) -> String {
    let body = json!({ "settings": change }).to_string();
    format!(
        "POST /api/v1/settings/preview HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        running.host(),
        seed::token(0),
        body.len()
    )
}

fn ask(running: &Running<'_>, change: &Value) -> Result<(Duration, Value)> {
    let request = request(running, change);
    let mut stream: Option<TcpStream> = None;
    let began = Instant::now();
    let (status, answer) = exchange_whole(running.address, &mut stream, request.as_bytes())?;
    let took = began.elapsed();
    if status != 200 {
        bail!(
            "a preview was answered with {status}: {}",
            String::from_utf8_lossy(&answer)
        );
    }
    Ok((took, serde_json::from_slice(&answer)?))
}

/// CPU that a preview costs in the second after whoever asked for it has gone, in milliseconds.
fn after_hang_up(running: &Running<'_>, change: &Value) -> Result<f64> {
    let mut stream = TcpStream::connect(running.address)?;
    stream.write_all(request(running, change).as_bytes())?;
    thread::sleep(Duration::from_millis(100));
    drop(stream);
    // What is being read is read to its end.
    thread::sleep(Duration::from_millis(500));
    let before = machine::cpu_seconds(running.id())?;
    thread::sleep(Duration::from_secs(1));
    Ok((machine::cpu_seconds(running.id())? - before) * 1e3)
}

impl Bench<'_> {
    /// Goal 19.
    pub(crate) fn preview(&mut self, database: &str, crowd: &Installation) -> Result<()> {
        let running = crowd.start()?;
        // The first of them is the owner.
        let customers = u64::from(crowd.users) - 1;
        // Everybody keeps one way; then everybody loses their last, and the first of them are named.
        let changes = [
            ("preview.seconds", json!({"customers.password": false}), 0),
            (
                "preview.losing_seconds",
                json!({"customers.password": false, "customers.email_code": false}),
                customers,
            ),
        ];
        let idle = machine::memory(running.id())?.rss;
        machine::forget_peak(running.id());
        for (figure, change, losing) in &changes {
            let mut took = Vec::new();
            for _ in 0..TIMES {
                let (time, answer) = ask(&running, change)?;
                let count = |pointer: &str| answer.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
                if count("/customers/people") < customers || count("/customers/lose_last") < *losing {
                    bail!("not everybody was looked at: {answer}");
                }
                took.push(time);
            }
            self.report
                .figure(&format!("{database}{figure}"), percentile(&mut took, 0.5) / 1e6);
        }
        let peak = machine::memory(running.id())?.peak;
        self.report.figure(&format!("{database}preview.extra_mib"), peak - idle);
        let (_, change, _) = &changes[0];
        let spent = after_hang_up(&running, change)?;
        self.report
            .figure(&format!("{database}preview.after_hang_up_cpu_ms"), spent);
        Ok(())
    }
}
