//! The rules of the door, by table and by property. Each test fails if the rule it is named after is taken away.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what helps a test fails as the test does"
)]

mod attempts;
mod budgets;
mod deciding;
mod policies;
mod predicting;
mod providers;
mod roles;
mod second_factors;
mod secrets;
mod signing_up;
mod ways_back;
