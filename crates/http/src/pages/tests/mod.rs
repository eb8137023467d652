//! Pages through the whole application, over a store in memory: what a browser gets, and what it does not.

mod access;
mod account;
mod code;
mod door;
mod house;
mod links;
mod parity;
mod recovery;
mod second_factor;
mod sign_in;
mod sign_up;
