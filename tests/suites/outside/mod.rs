//! The house as it is met from outside: in Chromium, behind proxies, on the command line, in its logs and metrics, over
//! its own TLS.

mod browser;
mod browser_account;
mod command_line;
mod dev;
mod observability;
mod proxy;
mod secrets;
mod tls;
