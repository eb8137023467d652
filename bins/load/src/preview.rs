//! A change of settings previewed over everybody of a large workspace.

use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::client::{exchange_whole, percentile};
use crate::scenarios::Bench;
use crate::server::{Installation, Running, WORKSPACE};

/// How often it is asked for; the median counts.
const TIMES: usize = 3;

fn ask(running: &Running<'_>, key: &str, change: &Value) -> Result<(Duration, Value)> {
    let body = json!({ "settings": change }).to_string();
    let request = format!(
        "POST /api/v1/settings/preview HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        running.host(),
        body.len()
    );
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

impl Bench<'_> {
    /// Goal 19.
    pub(crate) fn preview(&mut self, program: &Path) -> Result<()> {
        let installation = Installation::make(program, None, self.pace.many)?;
        let key = installation.told(&[
            "api-key",
            "create",
            "--workspace",
            WORKSPACE,
            "--scope",
            "settings:write",
        ])?;
        let running = installation.start()?;
        // Everybody keeps one way; then everybody loses their last, and the first of them are named.
        let changes = [
            ("preview.seconds", json!({"customers.password": false}), 0),
            (
                "preview.losing_seconds",
                json!({"customers.password": false, "customers.email_code": false}),
                u64::from(self.pace.many),
            ),
        ];
        for (figure, change, losing) in changes {
            let mut took = Vec::new();
            for _ in 0..TIMES {
                let (time, answer) = ask(&running, key.trim(), &change)?;
                let count = |pointer: &str| answer.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
                if count("/customers/people") < u64::from(self.pace.many) || count("/customers/lose_last") < losing {
                    bail!("not everybody was looked at: {answer}");
                }
                took.push(time);
            }
            self.report.figure(figure, percentile(&mut took, 0.5) / 1e6);
        }
        Ok(())
    }
}
