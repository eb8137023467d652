//! `doorward dev`: one command, a workspace to try, every mail on a page (contract 1).

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use doorward_tests::browser::Browser;
use doorward_tests::machine::{Port, Process, built_program, tail, wait_for};
use tempfile::TempDir;

/// A developer's folder, with nothing in it at first.
pub(crate) struct Folder {
    home: TempDir,
    port: Port,
}

/// `doorward dev`, running.
pub(crate) struct Running {
    process: Process,
    /// What it greeted with.
    pub(crate) greeting: String,
    address: SocketAddr,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let home = tempfile::Builder::new().prefix("doorward-dev-").tempdir().unwrap();
        Self {
            home,
            port: Port::take(),
        }
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(built_program("doorward", "DOORWARD_BIN"));
        command.current_dir(self.path()).args(args);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DOORWARD_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub(crate) async fn start(&self) -> Running {
        let public = format!("http://localhost:{}", self.port.number());
        let said = self.path().join("greeting");
        let log = self.path().join("log");
        let mut command = self.command(&[
            "dev",
            "--listen",
            &self.port.address().to_string(),
            "--public-url",
            &public,
        ]);
        command
            .stdout(Stdio::from(fs::File::create(&said).unwrap()))
            .stderr(Stdio::from(fs::File::create(&log).unwrap()));
        let mut running = Running {
            process: Process::start("doorward dev", &mut command),
            greeting: String::new(),
            address: self.port.address(),
        };
        let process = std::cell::RefCell::new(&mut running.process);
        let greeting = wait_for("doorward dev to greet", Duration::from_secs(30), || async {
            let ended = process.borrow_mut().ended();
            assert!(ended.is_none(), "doorward dev ended with {ended:?}: {}", tail(&log, 20));
            let text = fs::read_to_string(&said).unwrap_or_default();
            text.contains("/dev/mailbox").then_some(text)
        })
        .await;
        running.greeting = greeting;
        let mut browser = running.browser("");
        wait_for("doorward dev to listen", Duration::from_secs(30), || {
            let mut browser = browser.clone();
            async move {
                let answer = browser.try_send(reqwest::Method::GET, "/readyz", &[], Vec::new()).await;
                answer.ok().filter(|page| page.status == 200)
            }
        })
        .await;
        browser.get("/readyz").await.expect_status(200);
        running
    }
}

impl Running {
    /// A browser at a workspace, or at the base host for `""`.
    pub(crate) fn browser(&self, workspace: &str) -> Browser {
        Browser::new(self.address, self.url(workspace).trim_start_matches("http://"))
    }

    /// The address of a workspace.
    pub(crate) fn url(&self, workspace: &str) -> String {
        let dot = if workspace.is_empty() { "" } else { "." };
        format!("http://{workspace}{dot}localhost:{}", self.address.port())
    }

    /// The password that the greeting shows beside an address.
    pub(crate) fn password_of(&self, address: &str) -> String {
        let line = self.greeting.lines().find(|line| line.contains(address));
        let line = line.unwrap_or_else(|| panic!("{address} is not in {}", self.greeting));
        line.split_whitespace()
            .nth(1)
            .expect("a password stands there")
            .to_owned()
    }

    fn stop(mut self) -> ExitStatus {
        self.process.terminate(Duration::from_secs(20))
    }
}

#[tokio::test]
async fn e1_the_first_start_makes_a_house_and_the_second_keeps_it() {
    let folder = Folder::new();
    let dev = folder.start().await;
    let base = dev.url("");
    for part in [
        format!("{base}/"),
        format!("{base}/sign-in"),
        format!("{base}/admin"),
        format!("{base}/dev/mailbox"),
    ] {
        assert!(dev.greeting.contains(&part), "{part} is not in {}", dev.greeting);
    }
    let password = dev.password_of("owner@demo.example");
    let mut owner = dev.browser("");
    let page = owner.visit("/sign-in").await.expect_status(200);
    let fields = [("Email address", "owner@demo.example"), ("Password", password.as_str())];
    let page = owner.submit(&page, "Sign in", &fields).await.expect_status(200);
    assert_eq!(page.path, "/");
    assert!(page.html().link("Start a conversation").is_some());
    assert!(page.html().link("Your tickets").is_some());
    let page = owner.visit("/admin").await.expect_status(200);
    assert_eq!(page.path, "/admin/users");
    assert!(dev.stop().success(), "it stops when asked to");
    let key = fs::read(folder.path().join("data/secret.key")).unwrap();
    assert_eq!(key.len(), 32);

    let dev = folder.start().await;
    assert!(dev.greeting.contains("nothing was made anew"), "{}", dev.greeting);
    assert!(
        !dev.greeting.contains("owner@demo.example"),
        "the sign-in is shown once"
    );
    assert_eq!(fs::read(folder.path().join("data/secret.key")).unwrap(), key);
    // The same cookie still signs in: the data, its key included, is that of before.
    owner.get("/api/v1/session").await.expect_status(200);
    dev.stop();
}

#[tokio::test]
async fn every_mail_of_dev_lands_in_its_mailbox() {
    let folder = Folder::new();
    let dev = folder.start().await;
    let mut noah = dev.browser("");
    let page = noah.visit("/sign-in").await;
    let fields = [("Email address", "noah@customer.example")];
    let page = noah
        .submit(&page, "Email me a sign-in code", &fields)
        .await
        .expect_status(200);
    assert_eq!(page.html().heading(), "Check your email");
    let browser = dev.browser("");
    let mails = wait_for("the mail", Duration::from_secs(15), || {
        let mut browser = browser.clone();
        async move {
            let found = browser.get("/dev/mailbox.json?to=noah@customer.example").await.json();
            found.as_array().filter(|mails| !mails.is_empty()).cloned()
        }
    })
    .await;
    let mail = &mails[0];
    for key in ["to", "from", "subject", "text", "html", "headers", "sent_at"] {
        assert!(mail.get(key).is_some(), "{key} is not in {mail}");
    }
    let code = mail["text"].as_str().unwrap().lines().next().unwrap();
    let page = noah
        .submit(&page, "Continue", &[("Sign-in code", code)])
        .await
        .expect_status(200);
    assert_eq!(page.path, "/");
    let others = dev.browser("").get("/dev/mailbox.json?to=carla@customer.example").await;
    assert_eq!(others.json(), serde_json::json!([]));
    let page = dev.browser("").visit("/dev/mailbox").await.expect_status(200).html();
    assert_eq!(page.heading(), "Mailbox");
    assert!(page.text().contains("noah@customer.example"));
}

#[test]
fn dev_refuses_an_address_that_is_not_loopback() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        for args in [&["dev", "--listen", address][..], &["dev"]] {
            let folder = Folder::new();
            let output = folder.command(args).env("DOORWARD_LISTEN", address).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "dev listened on {address}");
            assert!(said.contains("listen: ") && said.contains("loopback"), "{said}");
            assert!(
                !folder.path().join("data").exists(),
                "it refuses before it makes anything"
            );
        }
    }
}
