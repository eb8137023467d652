//! Debian's Chromium, driven through chromedriver: the pages as people see them, with or without JavaScript.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;

use crate::machine::{Process, choose_cryptography, target_folder, wait_for, workspace_root};

/// How a Chromium is started.
#[derive(Debug, Clone)]
pub struct ChromeSetup {
    width: u32,
    height: u32,
    javascript: bool,
    dark: bool,
    language: String,
    font_size: u32,
    resolver_rules: Option<String>,
}

impl Default for ChromeSetup {
    fn default() -> Self {
        Self {
            width: 1280,
            height: 800,
            javascript: true,
            dark: false,
            language: "en-GB".to_owned(),
            font_size: 16,
            resolver_rules: None,
        }
    }
}

impl ChromeSetup {
    /// 1280 × 800, light, English, with JavaScript.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another viewport, in CSS pixels.
    #[must_use]
    pub fn viewport(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// Lets no page run a script.
    #[must_use]
    pub fn without_javascript(mut self) -> Self {
        self.javascript = false;
        self
    }

    /// Prefers dark.
    #[must_use]
    pub fn dark(mut self) -> Self {
        self.dark = true;
        self
    }

    /// Prefers another language (`ar`).
    #[must_use]
    pub fn language(mut self, language: &str) -> Self {
        language.clone_into(&mut self.language);
        self
    }

    /// Text of another size than the usual 16 px, as people with weak eyes set it.
    #[must_use]
    pub fn font_size(mut self, pixels: u32) -> Self {
        self.font_size = pixels;
        self
    }

    /// Leads host names elsewhere, as `--host-resolver-rules` says (`MAP help.acme.test 127.0.0.1`). Names under
    /// `localhost` need no rule.
    #[must_use]
    pub fn resolve(mut self, rules: &str) -> Self {
        self.resolver_rules = Some(rules.to_owned());
        self
    }

    /// Starts chromedriver and Chromium.
    ///
    /// # Panics
    /// When they are not on this machine; `cargo xtask setup` installs them.
    pub async fn start(self) -> Chrome {
        choose_cryptography();
        let (chromedriver, port) = start_driver();
        let profile = tempfile::Builder::new()
            .prefix("doorward-chrome-")
            .tempdir()
            .expect("a temporary folder");
        let mut capabilities = DesiredCapabilities::chrome();
        let mut args: Vec<String> = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-extensions",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
        ]
        .map(str::to_owned)
        .to_vec();
        args.push(format!("--user-data-dir={}", profile.path().display()));
        args.push(format!("--window-size={},{}", self.width, self.height));
        args.push(format!("--lang={}", self.language));
        // Whatever is not mapped stays unresolved: nothing may leave this machine.
        let rules = self
            .resolver_rules
            .as_ref()
            .map_or_else(String::new, |rules| format!("{rules}, "));
        args.push(format!(
            "--host-resolver-rules={rules}MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"
        ));
        let mut preferences = json!({
            "intl.accept_languages": self.language,
            "webkit.webprefs.default_font_size": self.font_size,
            "credentials_enable_service": false,
            "profile.password_manager_enabled": false,
            "profile.password_manager_leak_detection": false,
        });
        if !self.javascript {
            preferences["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let ready = args
            .iter()
            .try_for_each(|arg| capabilities.add_arg(arg))
            .and_then(|()| capabilities.add_experimental_option("prefs", preferences));
        ready.expect("capabilities are JSON");
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities)
            .await
            .unwrap_or_else(|error| panic!("Chromium could not be started (`cargo xtask setup` installs it): {error}"));
        let chrome = Chrome {
            driver,
            chromedriver,
            port,
            _profile: profile,
        };
        chrome.set_viewport(self.width, self.height).await;
        chrome.set_dark(self.dark).await;
        chrome
    }
}

fn start_driver() -> (Process, u16) {
    let mut command = Command::new("chromedriver");
    command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = Process::start("chromedriver (`cargo xtask setup` installs it)", &mut command);
    let output = process.child().stdout.take().expect("its output is a pipe");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Read to the end, so that the pipe never fills.
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let port = line
                .split_once("successfully on port ")
                .and_then(|(_, port)| port.trim_end_matches('.').parse::<u16>().ok());
            if let Some(port) = port {
                let _ = sender.send(port);
            }
        }
    });
    let port = receiver
        .recv_timeout(Duration::from_secs(30))
        .expect("chromedriver says its port within 30 s");
    (process, port)
}

/// A Chromium with one window. Everything of [`WebDriver`] can be called on it.
///
/// Dropping it ends Chromium and then chromedriver.
#[derive(Debug)]
pub struct Chrome {
    driver: WebDriver,
    chromedriver: Process,
    port: u16,
    _profile: TempDir,
}

impl Deref for Chrome {
    type Target = WebDriver;

    fn deref(&self) -> &WebDriver {
        &self.driver
    }
}

/// A finding of axe-core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule (`color-contrast`).
    pub rule: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: String,
    /// The elements, as selectors with what is wrong with each.
    pub elements: Vec<String>,
}

impl Chrome {
    /// The process id of chromedriver.
    pub fn driver_id(&self) -> u32 {
        self.chromedriver.id()
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.driver
            .goto(url)
            .await
            .unwrap_or_else(|error| panic!("{url} could not be opened: {error}"));
    }

    /// Sets the viewport, in CSS pixels.
    pub async fn set_viewport(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.command("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Prefers dark, or light.
    pub async fn set_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        self.set_media(&[("prefers-color-scheme", value)]).await;
    }

    /// Emulates media features (`prefers-reduced-motion`, `prefers-contrast`, `forced-colors` …), in place of those
    /// emulated before.
    pub async fn set_media(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> = features
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        self.command("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
    }

    /// Sends a command of the DevTools protocol.
    pub async fn command(&self, method: &str, params: Value) -> Value {
        let answer = self.driver.cdp().send_raw(method, params).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Adds a virtual authenticator for passkeys, which touches itself and knows that it is its owner; answers its id.
    pub async fn add_authenticator(&self) -> String {
        self.command("WebAuthn.enable", json!({"enableUI": false})).await;
        let options = json!({"options": {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true,
        }});
        let added = self.command("WebAuthn.addVirtualAuthenticator", options).await;
        let id = added["authenticatorId"].as_str();
        id.unwrap_or_else(|| panic!("no authenticator: {added}")).to_owned()
    }

    /// Whether the authenticator knows, from now on, that it is its owner who touches it.
    pub async fn set_user_verified(&self, authenticator: &str, verified: bool) {
        let params = json!({"authenticatorId": authenticator, "isUserVerified": verified});
        self.command("WebAuthn.setUserVerified", params).await;
    }

    /// Whether the authenticator is touched by itself, from now on.
    pub async fn set_touched(&self, authenticator: &str, touched: bool) {
        let params = json!({"authenticatorId": authenticator, "enabled": touched});
        self.command("WebAuthn.setAutomaticPresenceSimulation", params).await;
    }

    /// The text of the page's `h1`.
    pub async fn heading(&self) -> String {
        let heading = self.element("the heading", By::Css("h1")).await;
        heading
            .text()
            .await
            .unwrap_or_else(|error| panic!("the heading cannot be read: {error}"))
    }

    /// Waits until the page's heading is this.
    pub async fn wait_for_heading(&self, heading: &str) {
        wait_for(&format!("the heading {heading:?}"), Duration::from_secs(15), || async {
            let found = self.driver.find(By::Css("h1")).await.ok()?;
            found.text().await.ok().filter(|text| text == heading)
        })
        .await;
    }

    /// The text that a person sees on the page.
    pub async fn text(&self) -> String {
        self.steadily("the page cannot be read", async || {
            self.element("the page", By::Css("body")).await.text().await
        })
        .await
    }

    /// The field of this label.
    pub async fn field(&self, label: &str) -> WebElement {
        let text = quoted(label);
        let path = format!(
            "//*[(self::input or self::textarea or self::select) and (@aria-label={text} or \
             @id=//label[normalize-space(.)={text}]/@for or ancestor::label[normalize-space(.)={text}])]"
        );
        self.element(&format!("a field {label:?}"), By::XPath(path)).await
    }

    /// Types into the field of this label, in place of what stands there.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        let typed = async {
            field.clear().await?;
            field.send_keys(text).await
        };
        typed
            .await
            .unwrap_or_else(|error| panic!("{label:?} cannot be filled: {error}"));
    }

    /// The button of this name.
    pub async fn button(&self, name: &str) -> WebElement {
        let text = quoted(name);
        let path = format!(
            "//button[@aria-label={text} or (not(@aria-label) and normalize-space(.)={text})] | \
             //input[(@type='submit' or @type='button') and @value={text}]"
        );
        self.element(&format!("a button {name:?}"), By::XPath(path)).await
    }

    /// Presses the button of this name.
    pub async fn press(&self, name: &str) {
        self.steadily(&format!("{name:?} cannot be pressed"), async || {
            self.button(name).await.click().await
        })
        .await;
    }

    /// Does something with an element that was just found, and once more if the page was replaced in between: a device that
    /// answers by itself moves the page on at any moment.
    async fn steadily<T>(&self, what: &str, act: impl AsyncFn() -> WebDriverResult<T>) -> T {
        let mut stale = 0;
        loop {
            match act().await {
                Ok(done) => return done,
                Err(error)
                    if stale < 5 && matches!(error.as_inner(), WebDriverErrorInner::StaleElementReference(_)) =>
                {
                    stale += 1;
                }
                Err(error) => panic!("{what}: {error}"),
            }
        }
    }

    /// Follows the link of this name.
    pub async fn follow(&self, name: &str) {
        let text = quoted(name);
        let path = format!("//a[@aria-label={text} or (not(@aria-label) and normalize-space(.)={text})]");
        let link = self.element(&format!("a link {name:?}"), By::XPath(path)).await;
        link.click()
            .await
            .unwrap_or_else(|error| panic!("{name:?} cannot be followed: {error}"));
    }

    async fn element(&self, what: &str, by: By) -> WebElement {
        // A form's answer may still be on its way; what is there is found at once.
        wait_for(&format!("{what} on the page"), Duration::from_secs(10), || async {
            self.driver.find(by.clone()).await.ok()
        })
        .await
    }

    /// Runs axe-core on the page with all its rules.
    ///
    /// # Panics
    /// When axe-core is not installed (`cargo xtask setup`), or scripts are off.
    pub async fn axe(&self) -> Vec<Violation> {
        let file = workspace_root().join("tests/node/node_modules/axe-core/axe.min.js");
        let source = fs::read_to_string(&file).unwrap_or_else(|error| {
            panic!(
                "{} cannot be read ({error}): `cargo xtask setup` installs axe-core",
                file.display()
            )
        });
        // By the protocol, not by a script element, which the page's own policy refuses.
        self.command("Runtime.evaluate", json!({"expression": source})).await;
        let run = json!({
            "expression": "axe.run(document, {resultTypes: ['violations']}).then(result => result.violations)",
            "awaitPromise": true,
            "returnByValue": true,
        });
        let answer = self.command("Runtime.evaluate", run).await;
        let found = answer["result"]["value"].as_array();
        let found = found.unwrap_or_else(|| panic!("axe-core did not run: {answer}"));
        found
            .iter()
            .map(|violation| Violation {
                rule: violation["id"].as_str().unwrap_or_default().to_owned(),
                impact: violation["impact"].as_str().unwrap_or_default().to_owned(),
                elements: violation["nodes"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|node| {
                        format!(
                            "{}: {}",
                            node["target"],
                            node["failureSummary"].as_str().unwrap_or_default()
                        )
                    })
                    .collect(),
            })
            .collect()
    }

    /// # Panics
    /// When axe-core finds anything of any impact.
    pub async fn assert_accessible(&self, page: &str) {
        let found = self.axe().await;
        assert!(found.is_empty(), "axe-core on {page}: {found:#?}");
    }

    /// Whether the page is wider than its viewport, which makes people scroll sideways.
    pub async fn overflows(&self) -> bool {
        let expression = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
        let answer = self
            .command(
                "Runtime.evaluate",
                json!({"expression": expression, "returnByValue": true}),
            )
            .await;
        answer["result"]["value"]
            .as_bool()
            .unwrap_or_else(|| panic!("the page's width is unknown: {answer}"))
    }

    /// Saves a picture of the whole page as `target/screenshots/<name>.png`.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let picture = self
            .command(
                "Page.captureScreenshot",
                json!({"format": "png", "captureBeyondViewport": true}),
            )
            .await;
        let data = picture["data"].as_str().unwrap_or_default();
        let bytes = data_encoding::BASE64
            .decode(data.as_bytes())
            .expect("a screenshot is base64");
        let folder = target_folder().join("screenshots");
        fs::create_dir_all(&folder).expect("the target folder can be written to");
        let file = folder.join(format!("{name}.png"));
        fs::write(&file, bytes).expect("a screenshot can be written");
        file
    }

    /// Ends the session over a connection of its own, without the runtime, which may be on its way out.
    fn end_session(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let session = self.driver.session_id();
        write!(
            stream,
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        )?;
        let mut answer = String::new();
        // The connection stays open whatever is asked; the status line comes when the browser is gone.
        BufReader::new(stream).read_line(&mut answer).map(|_| ())
    }

    /// Ends Chromium and chromedriver, as dropping it does.
    pub fn quit(self) {
        drop(self);
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        if let Err(error) = self.end_session() {
            // A browser that does not answer is ended by its id; its helpers end with it.
            let id = self.driver.capabilities().get("goog:processID").and_then(Value::as_u64);
            if let Some(id) = id {
                let _ = Command::new("kill").arg("-KILL").arg(id.to_string()).status();
            }
            if !std::thread::panicking() {
                eprintln!("Chromium did not end its session: {error}");
            }
        }
        // It has ended; nobody needs to end it again.
        let _ = self.driver.clone().leak();
    }
}

/// A text as an XPath literal, which has no escapes.
fn quoted(text: &str) -> String {
    if text.contains('"') && text.contains('\'') {
        let parts: Vec<String> = text.split('"').map(|part| format!("\"{part}\"")).collect();
        return format!("concat({})", parts.join(", '\"', "));
    }
    if text.contains('"') {
        format!("'{text}'")
    } else {
        format!("\"{text}\"")
    }
}
