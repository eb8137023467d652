//! Makes `data/common-passwords.bin` from a list of passwords, most common first, on standard input:
//!
//! ```text
//! cargo run -p doorward-domain --example blocklist < list.txt > crates/domain/data/common-passwords.bin
//! ```
//!
//! Kept are the 100,000 most common of at least 8 characters, and every one of at least 12, which is the shortest that
//! the default settings allow anybody.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, Write as _};

use doorward_domain::password_rule::blocklist_prefix;

const MOST_COMMON: usize = 100_000;
const SHORTEST: usize = 8;
const LONG: usize = 12;

fn main() -> io::Result<()> {
    let mut seen = BTreeSet::new();
    let mut kept = BTreeSet::new();
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        let Ok(text) = std::str::from_utf8(&line) else {
            continue;
        };
        let text = text.trim_end_matches('\r').to_lowercase();
        let length = text.chars().count();
        if length < SHORTEST || !seen.insert(text.clone()) {
            continue;
        }
        if seen.len() <= MOST_COMMON || length >= LONG {
            kept.insert(blocklist_prefix(&text));
        }
    }
    let mut out = io::stdout().lock();
    for prefix in kept {
        out.write_all(&prefix)?;
    }
    out.flush()
}
