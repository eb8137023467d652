//! Standard output: what a command was asked for. A reader that has seen enough (`| head`) is no fault.

use std::fmt::Arguments;
use std::io::Write as _;

/// Writes text as it is.
///
/// # Errors
/// Where standard output cannot be written to.
pub(crate) fn text(text: Arguments<'_>) -> std::io::Result<()> {
    std::io::stdout().lock().write_fmt(text)
}

/// Says what a person should know beside what the command was asked for: on standard error, so that it is in nobody's way.
#[expect(clippy::print_stderr, reason = "a word for the person at the terminal")]
pub(crate) fn aside(text: Arguments<'_>) {
    eprintln!("{text}");
}

/// "1 line", "2 lines".
pub(crate) fn counted(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// Whether an error only says that nobody reads standard output any more.
pub(crate) fn nobody_reads(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Writes a line, or leaves the function with the error.
macro_rules! say {
    ($($part:tt)*) => {
        $crate::output::text(format_args!("{}\n", format_args!($($part)*)))?
    };
}
pub(crate) use say;
