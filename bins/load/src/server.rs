//! The server under test: `doorward serve` with a configuration made here.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rand::RngExt as _;
use tempfile::TempDir;

use crate::client::exchange_blocking;
use crate::seed::Crowd;
use crate::{second_factor, seed};

/// The workspace everybody is in; the base host serves it.
pub(crate) const WORKSPACE: &str = "load";
const READY_WITHIN: Duration = Duration::from_mins(1);

/// The program under test: as told, or beside our own.
pub(crate) fn program(told: Option<&Path>) -> Result<PathBuf> {
    let program = match told {
        Some(told) => fs::canonicalize(told).with_context(|| format!("{} is not there", told.display()))?,
        None => std::env::current_exe()?.with_file_name("doorward"),
    };
    if !program.is_file() {
        bail!(
            "{} is not there; build it with `cargo build --release --workspace`, or name it by --server",
            program.display()
        );
    }
    Ok(program)
}

/// A configuration and a database.
#[derive(Debug)]
pub(crate) struct Installation {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    configuration: String,
    /// How many people are in it.
    pub(crate) users: u32,
}

impl Installation {
    /// Makes one on SQLite, or on the PostgreSQL database `url`, with `users` people.
    pub(crate) fn make(program: &Path, url: Option<&str>, users: u32) -> Result<Self> {
        Self::of(program, url, users, Crowd::Alike)
    }

    /// The same with people of that kind.
    pub(crate) fn of(program: &Path, url: Option<&str>, users: u32, crowd: Crowd) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("doorward-load-").tempdir()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut key = [0_u8; 32];
        rand::rng().fill(&mut key);
        OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(folder.path().join("secret.key"))?
            .write_all(&key)?;
        let url = url.map_or_else(
            || format!("sqlite://{}", folder.path().join("doorward.db").display()),
            str::to_owned,
        );
        // One machine plays all the clients of the world here, so the budgets of one network are out of the way; the
        // budgets are counted all the same.
        let configuration = format!(
            "listen = \"127.0.0.1:{port}\"\n\
             public_url = \"http://localhost:{port}\"\n\
             default_workspace = \"{WORKSPACE}\"\n\
             secret_key_file = \"{}\"\n\n\
             [database]\nurl = {url:?}\n\n\
             [mail]\ntransport = \"file\"\nfrom = \"Load <load@load.example>\"\ndirectory = \"{}\"\n\n\
             [limits]\n\
             tries_per_network_per_minute = 10000000\n\
             failures_per_network_per_minute = 10000000\n\
             provider_round_trips_per_network_per_minute = 10000000\n\
             second_factor_failures_per_day = 100\n\
             backup_code_failures_per_day = {}\n",
            folder.path().join("secret.key").display(),
            folder.path().join("mails").display(),
            second_factor::TRIES,
        );
        fs::create_dir(folder.path().join("mails"))?;
        fs::write(folder.path().join("doorward.toml"), &configuration)?;
        let installation = Self {
            program: program.to_owned(),
            folder,
            port,
            configuration,
            users,
        };
        installation.command(&["migrate"])?;
        installation.command(&[
            "workspace",
            "create",
            WORKSPACE,
            "--name",
            "Load",
            "--owner-email",
            "owner@load.example",
        ])?;
        seed::fill(&url, WORKSPACE, users, crowd).context("the database cannot be filled")?;
        Ok(installation)
    }

    fn with(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.folder.path())
            .arg("--config")
            .arg(self.folder.path().join("doorward.toml"))
            .args(arguments)
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DOORWARD_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn command(&self, arguments: &[&str]) -> Result<()> {
        self.told(arguments).map(drop)
    }

    /// Runs a command, and gives what it says.
    pub(crate) fn told(&self, arguments: &[&str]) -> Result<String> {
        let done = self
            .with(arguments)
            .output()
            .context("the server's program cannot be started")?;
        if !done.status.success() {
            bail!(
                "`doorward {}` failed: {}{}",
                arguments.join(" "),
                String::from_utf8_lossy(&done.stdout),
                String::from_utf8_lossy(&done.stderr)
            );
        }
        Ok(String::from_utf8(done.stdout)?)
    }

    /// Starts the server and waits until `/readyz` says 200.
    pub(crate) fn start(&self) -> Result<Running<'_>> {
        let log = self.folder.path().join("server.log");
        let file = OpenOptions::new().create(true).append(true).open(&log)?;
        let began = Instant::now();
        let process = self
            .with(&["serve"])
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .context("the server cannot be started")?;
        let mut running = Running {
            installation: self,
            process,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
            took: Duration::ZERO,
        };
        let request = format!("GET /readyz HTTP/1.1\r\nHost: {}\r\n\r\n", running.host());
        first_answer(running.address, request.as_bytes(), || {
            match running.process.try_wait() {
                Ok(None) => Ok(()),
                Ok(Some(status)) => bail!(
                    "the server ended with {status}:\n{}",
                    fs::read_to_string(&log).unwrap_or_default()
                ),
                Err(error) => bail!("the server is gone: {error}"),
            }
        })?;
        running.took = began.elapsed();
        Ok(running)
    }

    /// The same with these tables behind the usual configuration, for this start only.
    pub(crate) fn start_with(&self, tables: &str) -> Result<Running<'_>> {
        let file = self.folder.path().join("doorward.toml");
        fs::write(&file, format!("{}\n{tables}", self.configuration))?;
        let running = self.start();
        fs::write(&file, &self.configuration)?;
        running
    }
}

/// Asks until the answer is 200. `alive` fails when there is nobody left to ask.
pub(crate) fn first_answer(address: SocketAddr, request: &[u8], mut alive: impl FnMut() -> Result<()>) -> Result<()> {
    let until = Instant::now() + READY_WITHIN;
    let mut stream = None;
    while Instant::now() < until {
        if exchange_blocking(address, &mut stream, request).is_ok_and(|status| status == 200) {
            return Ok(());
        }
        alive()?;
        thread::sleep(Duration::from_micros(500));
    }
    bail!("no 200 within {} s", READY_WITHIN.as_secs())
}

/// A server that runs; it is ended when dropped.
#[derive(Debug)]
pub(crate) struct Running<'a> {
    installation: &'a Installation,
    process: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first 200.
    pub(crate) took: Duration,
}

impl Running<'_> {
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn host(&self) -> String {
        format!("localhost:{}", self.installation.port)
    }

    pub(crate) fn users(&self) -> u32 {
        self.installation.users
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.process.kill().is_err() || self.process.wait().is_err() {
            eprintln!("the server could not be ended");
        }
    }
}
