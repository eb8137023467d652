//! Pages through the whole application, over a store in memory: what a browser gets, and what it does not.

mod access;
mod account;
mod code;
mod house;
mod parity;
mod recovery;
mod sign_in;
mod sign_up;
