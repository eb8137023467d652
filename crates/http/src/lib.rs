//! Pages, JSON API and forward-auth of Doorward over hyper.
//!
//! A request takes this way: [`server`] accepts the connection and bounds it → [`App`] answers session checks at
//! once (the narrow path) → the edge resolves client, host and workspace, refuses forgeries and oversized bodies →
//! axum's router → a handler → the edge again, which writes refusals, headers, log line and metrics. The
//! [`App`] is a tower service, so all but the first step can be called without a socket.

mod access;
pub mod api;
pub mod app;
mod audit_export;
pub mod body;
pub mod config;
pub mod context;
mod csv;
pub mod edge;
pub mod extract;
mod fast;
mod health;
mod lines;
pub mod metrics_endpoint;
pub mod openapi;
mod pages;
mod previewing;
pub mod problem;
pub mod public_url;
mod refusal;
pub mod render;
mod scim;
pub mod server;
pub mod site;
#[cfg(test)]
mod testing;

pub use app::{App, AppParts, FaultPages};
pub use config::HttpConfig;
pub use context::RequestContext;
pub use health::{NotReady, Readiness};
pub use problem::{Fault, FaultKind};
pub use public_url::PublicUrl;
