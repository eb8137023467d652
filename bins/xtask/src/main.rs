//! Tasks of the Doorward workspace: `cargo xtask <task>`.
//!
//! Each task says what it runs, stops at the first step that fails and leaves with a status other than 0 then. A thing
//! that a task needs and cannot install is named, with the command that installs it; nothing is skipped in silence.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task runner talks to the person who ran it"
)]

mod links;
mod postgres;
mod process;
mod setup;
mod tasks;

use std::ffi::OsString;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <task>

  check                    format, clippy and the tests that need no other program: the loop while writing
  test [-- <nextest args>] every suite; installs or starts what they need (see `setup`, `postgres`)
  bench [args…]            the load scenarios, built for release; arguments go to doorward-load
  doc                      rustdoc without a warning, and every link of README and docs/ resolves
  deny                     licences, sources and banned crates
  setup                    install the programs and node packages that the suites drive
  postgres -- <command…>   run a command with a PostgreSQL up and DOORWARD_TEST_POSTGRES_URL set
  postgres-up              leave a PostgreSQL running and print its URL (kept in target/test-postgres.url)
  postgres-down            stop that one
";

fn main() -> ExitCode {
    let mut args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let task = if args.is_empty() {
        OsString::from("help")
    } else {
        args.remove(0)
    };
    if args.first().is_some_and(|first| first == "--") {
        args.remove(0);
    }
    let outcome = match task.to_string_lossy().as_ref() {
        "check" => tasks::check(),
        "test" => tasks::test(&args),
        "bench" => tasks::bench(&args),
        "doc" => tasks::doc(),
        "deny" => tasks::deny(),
        "setup" => setup::everything(),
        "postgres" => tasks::with_postgres(&args),
        "postgres-up" => postgres::up(),
        "postgres-down" => postgres::down(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => {
            eprint!("There is no task {other:?}.\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
