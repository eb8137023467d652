//! The black-box suites of Doorward, a module for each behaviour.
//!
//! A test whose name holds the word `browser` takes turns with the others that start a Chromium; one whose name holds
//! `race`, `kill`, `storm`, `outage` or `revocation` has the machine to itself (`.config/nextest.toml`).

mod door;
mod endure;
mod house;
mod outside;
