//! The house as it is met from outside: in Chromium, behind proxies, on the command line, in its logs and metrics, over
//! its own TLS.

pub(crate) mod bounces;
mod browser;
mod browser_account;
mod browser_console;
mod browser_guides;
mod browser_providers;
mod browser_scanners;
mod command_line;
mod dev;
mod observability;
mod proxy;
mod scim;
mod secrets;
mod tls;
