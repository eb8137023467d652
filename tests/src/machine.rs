//! Processes, ports, files and waiting.

use std::fs::{self, File, OpenOptions};
use std::future::Future;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The root of the workspace.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the workspace")
        .to_path_buf()
}

/// The folder in which cargo builds.
pub fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || workspace_root().join("target"),
        |folder| workspace_root().join(folder),
    )
}

/// A program that the workspace builds.
///
/// `variable` names it when set (xtask sets `DOORWARD_BIN`); else it is the one beside this test's own executable.
///
/// # Panics
/// When there is no such file, saying how to build it.
pub fn built_program(name: &str, variable: &str) -> PathBuf {
    if let Some(named) = std::env::var_os(variable).map(PathBuf::from) {
        assert!(
            named.is_file(),
            "{variable} names {}, which is not a file",
            named.display()
        );
        return named;
    }
    let own = std::env::current_exe().expect("a test knows where it is");
    let beside = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    let found = beside.unwrap_or_else(|| target_folder().join("debug").join(name));
    assert!(
        found.is_file(),
        "{} is not built: run `cargo xtask test`, or `cargo build --workspace --all-targets` first",
        found.display()
    );
    found
}

/// Random bytes of the operating system.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .expect("the system has randomness");
    bytes
}

/// A name that nobody else uses: 16 hexadecimal digits.
pub fn random_name() -> String {
    data_encoding::HEXLOWER.encode(&random_bytes::<8>())
}

/// A port of loopback that is this value's alone while it lives.
///
/// Port 0 would do for one start; a server that is stopped and started again, and whose address stands in its mails,
/// needs the same one twice. The port lies below the range from which the system gives ports to clients, and a locked
/// file keeps other tests away from it.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Takes a port that nothing listens on.
    pub fn take() -> Self {
        let folder = target_folder().join("test-ports");
        fs::create_dir_all(&folder).expect("the target folder can be written to");
        for _ in 0..200 {
            let number = 20_000 + u16::from_le_bytes(random_bytes()) % 12_000;
            let lock = OpenOptions::new()
                .create(true)
                .append(true)
                .open(folder.join(number.to_string()));
            let lock = lock.expect("a lock file can be made");
            if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Self { number, _lock: lock };
            }
        }
        panic!("200 ports were tried and every one is taken");
    }

    /// The number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// The address on loopback.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}

/// A process that is killed, by its id, when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts a command. Its standard input is a pipe that stays open as long as this value lives.
    pub fn start(name: &str, command: &mut Command) -> Self {
        command.stdin(Stdio::piped());
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name} could not be started: {error}"));
        Self {
            name: name.to_owned(),
            child,
        }
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The child, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child
            .try_wait()
            .unwrap_or_else(|error| panic!("{} cannot be asked: {error}", self.name))
    }

    /// Ends it at once, as a crash of the machine would, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, and waits.
    ///
    /// # Panics
    /// When it is still there after `limit`.
    pub fn terminate(&mut self, limit: Duration) -> ExitStatus {
        self.signal("TERM");
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(
                Instant::now() < until,
                "{} did not end within {limit:?} of SIGTERM",
                self.name
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal by its name (`TERM`, `HUP`, `STOP`, `CONT` …).
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(self.id().to_string())
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "SIG{signal} could not be sent to {}",
            self.name
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Asks again and again, without a fixed sleep, until there is an answer.
///
/// # Panics
/// After `limit`, with `what` was waited for.
pub async fn wait_for<T, F, R>(what: &str, limit: Duration, mut ask: F) -> T
where
    F: FnMut() -> R,
    R: Future<Output = Option<T>>,
{
    let until = Instant::now() + limit;
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < until, "waited {limit:?} in vain for {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Sends these bytes over a connection of its own and answers with whatever comes back until the other side closes, or
/// nothing more comes for two seconds. For requests that no client would make.
///
/// # Panics
/// When nobody listens.
pub async fn raw_exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("somebody listens");
    // A server may refuse, and close, before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let mut chunk = [0_u8; 4096];
    while let Ok(Ok(read)) = tokio::time::timeout(Duration::from_secs(2), stream.read(&mut chunk)).await {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&chunk[..read]);
    }
    answer
}

/// The last part of a text file, for messages; empty when there is none.
pub fn tail(file: &Path, lines: usize) -> String {
    let text = fs::read(file)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all.iter()
        .skip(all.len().saturating_sub(lines))
        .copied()
        .collect::<Vec<_>>()
        .join("\n")
}

/// Makes ring the process's provider of cryptography; rustls refuses to choose one.
pub fn choose_cryptography() {
    // An error means that a test in this process has done so before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
