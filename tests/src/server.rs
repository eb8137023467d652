//! `doorward serve` in a process of its own, and commands beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::browser::Browser;
use crate::machine::{Port, Process, built_program, random_bytes, tail, wait_for};
use crate::postgres::TestDatabase;
use crate::providers::Counterpart;
use crate::smtp::SmtpDouble;

/// How long a server may take until `/readyz` says 200, migrations and a busy machine included.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// What a server is started with. Every setting has the product's default unless it is changed here.
#[derive(Debug, Default)]
pub struct Setup {
    database: Option<String>,
    smtp: Option<String>,
    environment: BTreeMap<String, String>,
    tables: String,
    keys: String,
    with_metrics: bool,
}

impl Setup {
    /// SQLite in a folder of its own, and a mail server that is not there.
    pub fn new() -> Self {
        Self::default()
    }

    /// Uses this PostgreSQL database instead of SQLite.
    #[must_use]
    pub fn database(mut self, database: &TestDatabase) -> Self {
        self.database = Some(database.url());
        self
    }

    /// Sends mail to this double.
    #[must_use]
    pub fn mail(mut self, double: &SmtpDouble) -> Self {
        self.smtp = Some(double.url());
        if let Some(authority) = double.authority() {
            self.environment
                .insert("SSL_CERT_FILE".to_owned(), authority.display().to_string());
        }
        self
    }

    /// Sends mail to this `mail.smtp.url`.
    #[must_use]
    pub fn mail_url(mut self, url: &str) -> Self {
        self.smtp = Some(url.to_owned());
        self
    }

    /// Sets a variable of the environment, for the server and for commands beside it
    /// (`DOORWARD_LIMITS__CODE_RESEND_WAIT_SECONDS`).
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds lines of top-level keys to `doorward.toml` (`trusted_proxies = ["127.0.0.1"]`).
    #[must_use]
    pub fn key(mut self, lines: &str) -> Self {
        let _ = writeln!(self.keys, "{lines}");
        self
    }

    /// Adds tables to `doorward.toml` (`[limits]` and its keys).
    #[must_use]
    pub fn table(mut self, lines: &str) -> Self {
        let _ = writeln!(self.tables, "{lines}");
        self
    }

    /// Has credentials of this provider, under this id, and these keys beside what the provider needs.
    #[must_use]
    pub fn provider(self, id: &str, provider: &dyn Counterpart, more: &str) -> Self {
        let table = provider.table(id);
        self.table(&format!("{table}{more}\n"))
    }

    /// Serves metrics on a port of their own.
    #[must_use]
    pub fn metrics(mut self) -> Self {
        self.with_metrics = true;
        self
    }

    /// Writes the configuration and starts the server.
    pub async fn start(self) -> Server {
        let mut server = self.prepare();
        server.start().await;
        server
    }

    /// Writes the configuration and starts nothing.
    pub fn prepare(self) -> Server {
        let port = Port::take();
        let public = format!("localhost:{}", port.number());
        self.prepare_at(port, &public, None)
    }

    /// A second node of the same installation: same database, same keys, same public address, a port of its own.
    pub async fn start_beside(self, first: &Server) -> Server {
        let key = fs::read(first.folder().join("secret.key")).expect("the first node has a key");
        let mut server = self.prepare_at(Port::take(), &first.public, Some(&key));
        server.start().await;
        server
    }

    fn prepare_at(self, port: Port, public: &str, key: Option<&[u8]>) -> Server {
        let home = tempfile::Builder::new()
            .prefix("doorward-test-")
            .tempdir()
            .expect("a temporary folder");
        let folder = home.path().to_path_buf();
        let metrics = self.with_metrics.then(Port::take);
        let fresh = random_bytes::<32>();
        OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(folder.join("secret.key"))
            .and_then(|mut file| file.write_all(key.unwrap_or(&fresh)))
            .expect("a key can be written");
        let database = self
            .database
            .unwrap_or_else(|| format!("sqlite://{}", folder.join("doorward.db").display()));
        // Port 9 is `discard`, which nothing serves: a mail server that is away.
        let smtp = self.smtp.unwrap_or_else(|| "smtp://127.0.0.1:9?tls=none".to_owned());
        let mut configuration = format!(
            "listen = \"{}\"\npublic_url = \"http://{public}\"\nsecret_key_file = \"{}\"\n{}\n",
            port.address(),
            folder.join("secret.key").display(),
            self.keys,
        );
        let _ = write!(
            configuration,
            "[database]\nurl = {database:?}\n\n[mail]\ntransport = \"smtp\"\nfrom = \"Doorward <doorward@example.test>\"\n\n\
             [mail.smtp]\nurl = {smtp:?}\n"
        );
        if let Some(metrics) = &metrics {
            let _ = write!(configuration, "\n[metrics]\nlisten = \"{}\"\n", metrics.address());
        }
        let _ = write!(configuration, "\n{}", self.tables);
        fs::write(folder.join("doorward.toml"), configuration).expect("the configuration can be written");
        Server {
            process: None,
            program: built_program("doorward", "DOORWARD_BIN"),
            environment: self.environment,
            public: public.to_owned(),
            port,
            metrics,
            home,
        }
    }
}

/// A server with its data, its address and its log.
#[derive(Debug)]
pub struct Server {
    process: Option<Process>,
    program: PathBuf,
    environment: BTreeMap<String, String>,
    public: String,
    port: Port,
    metrics: Option<Port>,
    home: TempDir,
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// Where its metrics are.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(Port::address)
    }

    /// The host and port of a workspace (`acme.localhost:8080`), or of the base host for `""`.
    pub fn host_of(&self, workspace: &str) -> String {
        if workspace.is_empty() {
            self.public.clone()
        } else {
            format!("{workspace}.{}", self.public)
        }
    }

    /// The address of a page of a workspace, as Chromium opens it.
    pub fn url(&self, workspace: &str, path: &str) -> String {
        format!("http://{}{path}", self.host_of(workspace))
    }

    /// A fresh browser at a workspace.
    pub fn browser(&self, workspace: &str) -> Browser {
        Browser::new(self.address(), &self.host_of(workspace))
    }

    /// Its folder: configuration, key, SQLite file, log.
    pub fn folder(&self) -> &Path {
        self.home.path()
    }

    /// The SQLite file.
    pub fn sqlite_file(&self) -> PathBuf {
        self.folder().join("doorward.db")
    }

    /// A connection to the SQLite file, for looking at rows from outside.
    ///
    /// # Panics
    /// When the server stores its data elsewhere.
    pub async fn sqlite(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new()
            .filename(self.sqlite_file())
            .busy_timeout(Duration::from_secs(5));
        SqliteConnection::connect_with(&options)
            .await
            .expect("the server's SQLite file can be opened")
    }

    /// Its process id.
    ///
    /// # Panics
    /// When it is not running.
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("the server runs").id()
    }

    /// Its process, for signals.
    ///
    /// # Panics
    /// When it is not running.
    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("the server runs")
    }

    /// Whatever it has written to standard output and standard error, over all its starts.
    pub fn log(&self) -> String {
        fs::read(self.log_file())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder().join("server.log")
    }

    /// The program with the configuration's folder as its working directory.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.folder())
            .arg("--config")
            .arg(self.folder().join("doorward.toml"))
            .args(args);
        // A developer's own settings are no part of a test.
        for (name, _) in std::env::vars_os() {
            let is_setting = name.to_string_lossy().starts_with("DOORWARD_");
            if is_setting {
                command.env_remove(name);
            }
        }
        command.envs(&self.environment);
        command
    }

    /// Starts it, and answers how long it took until it was ready.
    ///
    /// # Panics
    /// When it ends, or is not ready in time, with the end of its log.
    pub async fn start(&mut self) -> Duration {
        let began = Instant::now();
        self.start_without_waiting();
        self.wait_until_ready().await;
        began.elapsed()
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it runs already.
    pub fn start_without_waiting(&mut self) {
        assert!(self.process.is_none(), "the server runs already");
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_file())
            .expect("a log can be written");
        let mut command = self.command(&["serve"]);
        command
            .stdout(log.try_clone().expect("a log can be shared"))
            .stderr(log);
        self.process = Some(Process::start("doorward serve", &mut command));
    }

    /// Waits until `/readyz` says 200.
    ///
    /// # Panics
    /// As [`Server::start`].
    pub async fn wait_until_ready(&mut self) {
        let mut browser = self.browser("");
        let log = self.log_file();
        let process = self.process.as_mut().expect("the server was started");
        let until = Instant::now() + READY_WITHIN;
        loop {
            if let Some(status) = process.ended() {
                panic!(
                    "the server ended with {status} before it was ready:\n{}",
                    tail(&log, 40)
                );
            }
            let answer = browser.try_send(reqwest::Method::GET, "/readyz", &[], Vec::new()).await;
            if answer.as_ref().is_ok_and(|page| page.status == 200) {
                return;
            }
            assert!(
                Instant::now() < until,
                "the server was not ready within {READY_WITHIN:?} ({answer:?}):\n{}",
                tail(&log, 40)
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until it has ended by itself, as on a configuration it refuses.
    pub async fn wait_until_ended(&mut self) -> ExitStatus {
        let process = std::cell::RefCell::new(self.process.take().expect("the server was started"));
        wait_for("the server to end", READY_WITHIN, || async {
            process.borrow_mut().ended()
        })
        .await
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Ends it as a service manager does.
    ///
    /// # Panics
    /// When it takes longer than 30 s.
    pub fn stop(&mut self) -> ExitStatus {
        self.process
            .take()
            .expect("the server runs")
            .terminate(Duration::from_secs(30))
    }

    /// Kills it and starts it on the same data; answers how long the start took.
    pub async fn restart(&mut self) -> Duration {
        self.kill();
        self.start().await
    }

    /// Runs a command of the program beside the server, on the same configuration and data.
    pub fn cli(&self, args: &[&str]) -> CliOutput {
        self.cli_with_input(args, "")
    }

    /// The same with something on standard input (a password).
    pub fn cli_with_input(&self, args: &[&str], input: &str) -> CliOutput {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        // A command that reads nothing may have closed its end; what it then says is what the test looks at.
        let _ = child
            .stdin
            .take()
            .expect("standard input is a pipe")
            .write_all(input.as_bytes());
        let output = child.wait_with_output().expect("the program ends");
        CliOutput {
            command: args.join(" "),
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Makes a workspace whose owner is `owner@<slug>.test`, and answers the owner's set-password link.
    pub fn create_workspace(&self, slug: &str, name: &str) -> String {
        let owner = format!("owner@{slug}.test");
        let made = self
            .cli(&["workspace", "create", slug, "--name", name, "--owner-email", &owner])
            .expect_success();
        // The workspace's own address is printed before it.
        let link = made.stdout.split_whitespace().rfind(|word| word.starts_with("http"));
        link.unwrap_or_else(|| panic!("workspace create printed no link: {}", made.stdout))
            .to_owned()
    }

    /// Makes a verified customer with a password.
    pub fn create_person(&self, workspace: &str, email: &str, name: &str, password: &str) -> CliOutput {
        let args = [
            "user",
            "create",
            "--workspace",
            workspace,
            "--email",
            email,
            "--name",
            name,
            "--verified",
            "--password-stdin",
        ];
        self.cli_with_input(&args, password).expect_success()
    }
}

/// What a command said.
#[derive(Debug, Clone)]
pub struct CliOutput {
    /// Its arguments.
    pub command: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl CliOutput {
    /// Itself, when the command succeeded.
    ///
    /// # Panics
    /// When it failed, with what it said.
    pub fn expect_success(self) -> Self {
        assert!(
            self.status.success(),
            "doorward {} ended with {}:\n{}{}",
            self.command,
            self.status,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Itself, when the command failed.
    ///
    /// # Panics
    /// When it succeeded.
    pub fn expect_failure(self) -> Self {
        assert!(
            !self.status.success(),
            "doorward {} succeeded:\n{}",
            self.command,
            self.stdout
        );
        self
    }
}
