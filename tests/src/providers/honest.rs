//! npm `oidc-provider` in a process of its own (`tests/node/provider.mjs`).

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{CLIENT, Counterpart, Person, SECRET, name_of};
use crate::machine::{Port, Process, workspace_root};

/// The tenant of everybody at "Microsoft".
pub const TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// As whom the provider behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Any OpenID provider: ES256, and it names itself in its answers (RFC 9207).
    Plain,
    /// RS256.
    Google,
    /// RS256, metadata with a template for the tenant, `tid`, and no name in its answers.
    Microsoft,
}

impl Flavour {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Google => "google",
            Self::Microsoft => "microsoft",
        }
    }
}

/// An honest provider.
#[derive(Debug)]
pub struct Honest {
    flavour: Flavour,
    port: Port,
    _process: Process,
}

impl Honest {
    /// Starts one with these people.
    ///
    /// # Panics
    /// When Node or its packages are not on this machine; `cargo xtask setup` installs them.
    pub fn start(flavour: Flavour, people: &[Person]) -> Self {
        let port = Port::take();
        let people: serde_json::Map<String, Value> = people
            .iter()
            .map(|person| {
                let mut claims = person.claims.clone();
                if flavour == Flavour::Microsoft && claims.get("tid").is_none() {
                    claims["tid"] = json!(TENANT);
                }
                let amr = (!person.amr.is_empty()).then_some(&person.amr);
                (person.subject.clone(), json!({"claims": claims, "amr": amr}))
            })
            .collect();
        let entry = json!([{
            "flavour": flavour.as_str(), "port": port.number(), "client_id": CLIENT, "client_secret": SECRET,
            "tenant": TENANT, "people": people,
        }]);
        let mut command = Command::new("node");
        command
            .arg(workspace_root().join("tests/node/provider.mjs"))
            .arg(entry.to_string())
            .stdout(Stdio::piped());
        let mut process = Process::start("oidc-provider (`cargo xtask setup` installs it)", &mut command);
        let output = process.child().stdout.take().expect("its output is a pipe");
        let mut line = String::new();
        BufReader::new(output)
            .read_line(&mut line)
            .expect("the provider says when it is ready");
        assert_eq!(
            line.trim(),
            "ready",
            "oidc-provider did not start: `cargo xtask setup` installs it"
        );
        Self {
            flavour,
            port,
            _process: process,
        }
    }

    /// The issuer, as its ID tokens write it.
    pub fn issuer(&self) -> String {
        match self.flavour {
            Flavour::Plain | Flavour::Google => self.origin(),
            Flavour::Microsoft => format!("{}/{TENANT}/v2.0", self.origin()),
        }
    }

    /// The issuer that stands in the configuration: "Microsoft" is asked for any tenant.
    pub fn configured_issuer(&self) -> String {
        match self.flavour {
            Flavour::Plain | Flavour::Google => self.origin(),
            Flavour::Microsoft => format!("{}/common/v2.0", self.origin()),
        }
    }

    fn origin(&self) -> String {
        format!("http://localhost:{}", self.port.number())
    }
}

impl Counterpart for Honest {
    fn table(&self, id: &str) -> String {
        let name = match self.flavour {
            Flavour::Plain => format!("name = \"{}\"\nkind = \"oidc\"\n", name_of(id)),
            Flavour::Google | Flavour::Microsoft => String::new(),
        };
        format!(
            "[providers.{id}]\n{name}client_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\nissuer = \"{}\"\n",
            self.configured_issuer()
        )
    }
}
