//! The rules of the door, by table and by property. Each test fails if the rule it is named after is taken away.

mod attempts;
mod deciding;
mod policies;
mod predicting;
mod secrets;
mod signing_up;
