//! The story of the door, for those who embed it or add to it. Every example compiles and runs.
//!
//! 1. [`threats`]: what is defended, against whom, and by which rule.
//! 2. [`flows`]: how one sign-in runs, from what was typed to an open session.
//! 3. [`policies`]: rules of your own, and their unit tests.
//! 4. [`embedding`]: the core in a service of yours, without server, database or clock.

pub mod embedding;
pub mod flows;
pub mod policies;
pub mod threats;
