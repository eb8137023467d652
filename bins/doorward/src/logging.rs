//! Logs: one line an event, pretty for a person or JSON for a machine (E6, R102). Always on standard error: standard
//! output belongs to what a command was asked for.

use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;

/// Starts logging.
pub(crate) fn start(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(true);
    match format {
        LogFormat::Pretty => builder.compact().init(),
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).init(),
    }
}
