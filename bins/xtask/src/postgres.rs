//! A PostgreSQL for the suites: the one that is named, one that is there, or a private one.
//!
//! PostgreSQL refuses to run as root, so a private cluster belongs to Debian's user `postgres` when xtask runs as root.
//! Its files lie under `target/` (or in the temporary folder, when that user may not reach `target/`), it listens on a
//! free port of loopback, and everybody needs the password made for it.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{find, quietly, target, variable};
use crate::setup::is_root;

/// The variable through which the suites are told.
pub(crate) const URL_VARIABLE: &str = "DOORWARD_TEST_POSTGRES_URL";

/// The variable that names a database with the schema in it: one copied is cheaper than one migrated, hundreds of times.
pub(crate) const TEMPLATE_VARIABLE: &str = "DOORWARD_TEST_POSTGRES_TEMPLATE";

/// What a killed server loses: nothing (for measuring), or its last moments (for suites, whose data nobody wants back).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// As shipped: every commit is on the disk when it returns.
    Full,
    /// No waiting for the disk.
    None,
}

/// A PostgreSQL that can be used; a private one stops when this is dropped.
pub(crate) struct Postgres {
    url: String,
    private: Option<Cluster>,
}

impl Postgres {
    /// Whatever PostgreSQL this machine offers, else a private cluster.
    pub(crate) fn for_suites() -> Result<Self> {
        if let Some(url) = variable(URL_VARIABLE) {
            return Ok(Self { url, private: None });
        }
        if let Some(url) = fs::read_to_string(url_file()).ok().filter(|url| accepts(url)) {
            eprintln!("PostgreSQL: the one that `cargo xtask postgres-up` left running");
            return Ok(Self { url, private: None });
        }
        for url in [
            "postgres://postgres@127.0.0.1:5432/postgres",
            "postgres://postgres:postgres@127.0.0.1:5432/postgres",
        ] {
            if accepts(url) {
                eprintln!("PostgreSQL: the one that listens on 127.0.0.1:5432");
                return Ok(Self {
                    url: url.to_owned(),
                    private: None,
                });
            }
        }
        Self::private(Durability::None)
    }

    /// A private cluster that lives as long as this value.
    pub(crate) fn private(durability: Durability) -> Result<Self> {
        stop_orphans();
        let cluster = Cluster::start(&format!("run-{}", std::process::id()), durability)?;
        Ok(Self {
            url: cluster.url.clone(),
            private: Some(cluster),
        })
    }

    /// Where it is, a superuser's or at least a database maker's URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A database with the schema that this program brings.
    pub(crate) fn template(&self, doorward: &Path) -> Result<Template> {
        let name = format!("doorward_template_{}", random_name()?);
        administer(&self.url, &format!("CREATE DATABASE {name}"))?;
        let template = Template {
            server: self.url.clone(),
            name,
        };
        let key = target().join(format!("{}.key", template.name));
        let mut bytes = [0_u8; 32];
        fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&key)?
            .write_all(&bytes)?;
        let migrated = quietly(
            Command::new(doorward)
                .arg("migrate")
                .current_dir(target())
                .env("DOORWARD_DATABASE__URL", on_database(&self.url, &template.name)?)
                .env("DOORWARD_SECRET_KEY_FILE", &key),
        );
        fs::remove_file(&key)?;
        migrated?;
        Ok(template)
    }
}

/// A database to copy, dropped with this value.
pub(crate) struct Template {
    server: String,
    name: String,
}

impl Template {
    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        if let Err(error) = administer(
            &self.server,
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        ) {
            eprintln!("xtask: the database {} was left behind: {error:#}", self.name);
        }
    }
}

/// A server's URL with another database in it.
fn on_database(server: &str, name: &str) -> Result<String> {
    let (front, query) = match server.split_once('?') {
        Some((front, query)) => (front, format!("?{query}")),
        None => (server, String::new()),
    };
    let after_scheme = front.find("://").context("a PostgreSQL URL has a scheme")? + 3;
    let (scheme, rest) = front.split_at(after_scheme);
    let host = rest.split('/').next().unwrap_or(rest);
    Ok(format!("{scheme}{host}/{name}{query}"))
}

fn administer(server: &str, sql: &str) -> Result<()> {
    let psql = find("psql").context("psql is not on this machine; `cargo xtask setup` installs it")?;
    quietly(Command::new(psql).env("PGCONNECT_TIMEOUT", "10").arg(server).args([
        "--no-psqlrc",
        "--no-password",
        "--quiet",
        "--command",
        sql,
    ]))
    .map(|_nothing| ())
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(cluster) = self.private.take()
            && let Err(error) = stop(&cluster.folder)
        {
            eprintln!(
                "xtask: the private PostgreSQL in {} did not stop: {error:#}",
                cluster.folder.display()
            );
        }
    }
}

struct Cluster {
    folder: PathBuf,
    url: String,
}

impl Cluster {
    fn start(name: &str, durability: Durability) -> Result<Self> {
        let programs = programs().context("PostgreSQL is not on this machine; `cargo xtask setup` installs it")?;
        let folder = home()?.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        quietly(as_server("mkdir").arg("-p").arg(&folder))?;
        let password = random_name()?;
        let password_file = folder.join("password");
        quietly(
            as_server("sh")
                .args(["-c", "umask 077; printf %s \"$1\" > \"$2\"", "sh", &password])
                .arg(&password_file),
        )?;
        let data = folder.join("data");
        quietly(
            as_server(programs.join("initdb"))
                .arg("--pgdata")
                .arg(&data)
                .args([
                    "--username=doorward",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--auth=scram-sha-256",
                    "--no-sync",
                ])
                .arg("--pwfile")
                .arg(&password_file),
        )?;
        let port = free_port()?;
        let mut options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=400 \
             -c shared_buffers=128MB"
        );
        if durability == Durability::None {
            options.push_str(" -c fsync=off -c synchronous_commit=off -c full_page_writes=off");
        }
        quietly(
            as_server(programs.join("pg_ctl"))
                .arg("--pgdata")
                .arg(&data)
                .arg("--log")
                .arg(folder.join("log"))
                .args(["--wait", "--timeout=60", "--options", &options, "start"])
                .stdin(std::process::Stdio::null()),
        )
        .with_context(|| {
            format!(
                "PostgreSQL's own words: {}",
                fs::read_to_string(folder.join("log")).unwrap_or_default()
            )
        })?;
        Ok(Self {
            folder,
            url: format!("postgres://doorward:{password}@127.0.0.1:{port}/postgres"),
        })
    }
}

/// Leaves a cluster running and says where.
pub(crate) fn up() -> Result<()> {
    if let Some(url) = fs::read_to_string(url_file()).ok().filter(|url| accepts(url)) {
        println!("{url}");
        return Ok(());
    }
    let folder = home()?.join("up");
    if folder.exists() {
        stop(&folder)?;
    }
    let cluster = Cluster::start("up", Durability::None)?;
    fs::write(url_file(), &cluster.url)?;
    println!("{}", cluster.url);
    eprintln!("export {URL_VARIABLE}=$(cat {})", url_file().display());
    Ok(())
}

/// Stops the cluster that [`up`] left running.
pub(crate) fn down() -> Result<()> {
    let _ = fs::remove_file(url_file());
    let folder = home()?.join("up");
    if folder.exists() { stop(&folder) } else { Ok(()) }
}

fn url_file() -> PathBuf {
    target().join("test-postgres.url")
}

/// The folder of PostgreSQL's server programs, the newest version first.
pub(crate) fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder): &(u32, PathBuf)| folder.join("pg_ctl").is_file())
        .collect();
    versions.sort();
    versions
        .pop()
        .map(|(_, folder)| folder)
        .or_else(|| find("initdb").and_then(|file| file.parent().map(Path::to_path_buf)))
}

/// A folder for clusters that the server's user can reach.
fn home() -> Result<PathBuf> {
    let here = target().join("postgres");
    fs::create_dir_all(&here)?;
    if !is_root() {
        return Ok(here);
    }
    let reachable = |folder: &Path| {
        as_server("test")
            .arg("-x")
            .arg(folder)
            .status()
            .is_ok_and(|status| status.success())
    };
    let folder = if reachable(&here) {
        here
    } else {
        std::env::temp_dir().join("doorward-postgres")
    };
    fs::create_dir_all(&folder)?;
    quietly(Command::new("chown").arg("postgres").arg(&folder))?;
    Ok(folder)
}

/// A command as the user who may run PostgreSQL: `postgres` for root, oneself otherwise.
fn as_server(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").env("LC_ALL", "C");
    command
}

fn stop(folder: &Path) -> Result<()> {
    let pid = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
    let process = pid.lines().next().unwrap_or_default().trim();
    // After a restart of the machine the file is still there and the process is not.
    if !process.is_empty() && Path::new("/proc").join(process).exists() {
        let programs = programs().context("PostgreSQL's programs are gone")?;
        quietly(
            as_server(programs.join("pg_ctl"))
                .arg("--pgdata")
                .arg(folder.join("data"))
                .args(["--mode=immediate", "--wait", "stop"]),
        )?;
    }
    fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))
}

/// Stops the clusters of tasks that were killed before they could.
fn stop_orphans() {
    let Ok(home) = home() else { return };
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| name.strip_prefix("run-")) else {
            continue;
        };
        if !Path::new("/proc").join(owner).exists()
            && let Err(error) = stop(&entry.path())
        {
            eprintln!(
                "xtask: {} was left behind and cannot be removed: {error:#}",
                entry.path().display()
            );
        }
    }
}

/// Whether a server answers at this URL and lets us make databases.
fn accepts(url: &str) -> bool {
    let Some(psql) = find("psql") else { return false };
    quietly(Command::new(psql).env("PGCONNECT_TIMEOUT", "3").arg(url).args([
        "--no-psqlrc",
        "--no-password",
        "--tuples-only",
        "--no-align",
        "--command",
        "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user",
    ]))
    .is_ok_and(|answer| answer.trim() == "t")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn random_name() -> Result<String> {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let mut name = String::new();
    for byte in bytes {
        if write!(name, "{byte:02x}").is_err() {
            bail!("a string could not be written to");
        }
    }
    Ok(name)
}
