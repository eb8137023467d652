//! Pages through the whole application, over a store in memory: what a browser gets, and what it does not.

mod access;
mod account;
mod callers;
mod code;
mod connections;
mod console_access;
mod console_roles;
mod door;
mod hand_over;
mod house;
mod links;
mod logs;
mod parity;
mod people;
mod portal;
mod provider;
mod recovery;
mod second_factor;
mod security;
mod settings_trial;
mod sign_in;
mod sign_up;
