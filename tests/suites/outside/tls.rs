//! Doorward speaks https itself when it is given a certificate (`tls.cert_file`).

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use doorward_tests::browser::fresh_password;
use doorward_tests::html::Document;
use doorward_tests::machine::{Port, Process, built_program, choose_cryptography, random_bytes, tail, wait_for};
use reqwest::header::SET_COOKIE;
use rustls::pki_types::ServerName;
use tempfile::TempDir;
use url::form_urlencoded;

/// An authority that signs certificates for `localhost` and what stands below it.
struct Authority {
    key: rcgen::KeyPair,
    parameters: rcgen::CertificateParams,
    certificate: rcgen::Certificate,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        Self {
            key,
            parameters,
            certificate,
        }
    }

    /// Puts a fresh certificate into the server's files; answers the certificate.
    fn issue_into(&self, house: &House) -> Vec<u8> {
        let key = rcgen::KeyPair::generate().unwrap();
        let issuer = rcgen::Issuer::from_params(&self.parameters, &self.key);
        let names = vec!["localhost".to_owned(), "acme.localhost".to_owned()];
        let issued = rcgen::CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        house.write("key.pem", key.serialize_pem().as_bytes());
        house.write("cert.pem", issued.pem().as_bytes());
        issued.der().to_vec()
    }
}

struct House {
    home: TempDir,
    port: Port,
}

impl House {
    fn new() -> Self {
        let house = Self {
            home: tempfile::Builder::new().prefix("doorward-tls-").tempdir().unwrap(),
            port: Port::take(),
        };
        house.write("secret.key", &random_bytes::<32>());
        house.write(
            "doorward.toml",
            format!(
                "listen = \"{}\"\npublic_url = \"https://localhost:{}\"\nsecret_key_file = \"secret.key\"\n\
                 [database]\nurl = \"sqlite://doorward.db\"\n[tls]\ncert_file = \"cert.pem\"\nkey_file = \"key.pem\"\n\
                 [mail]\nfrom = \"Doorward <doorward@example.test>\"\n[mail.smtp]\nurl = \"smtp://127.0.0.1:9?tls=none\"\n",
                house.address(),
                house.port.number()
            )
            .as_bytes(),
        );
        house
    }

    fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// Writes beside and renames, as programs that renew certificates do.
    fn write(&self, name: &str, bytes: &[u8]) {
        let beside = self.home.path().join(format!("{name}.new"));
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&beside);
        file.and_then(|mut file| file.write_all(bytes)).unwrap();
        fs::rename(beside, self.home.path().join(name)).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(built_program("doorward", "DOORWARD_BIN"));
        command.current_dir(self.home.path()).args(args);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DOORWARD_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn run(&self, args: &[&str], input: &str) {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "doorward {args:?} failed");
    }

    fn log(&self) -> String {
        tail(&self.home.path().join("log"), 40)
    }

    async fn serve(&self) -> Process {
        let log = fs::File::create(self.home.path().join("log")).unwrap();
        let mut command = self.command(&["serve"]);
        command.stdout(Stdio::null()).stderr(log);
        let mut process = Process::start("doorward serve", &mut command);
        let watched = std::cell::RefCell::new(&mut process);
        wait_for("https to answer", Duration::from_secs(30), || async {
            let ended = watched.borrow_mut().ended();
            assert!(ended.is_none(), "doorward ended with {ended:?}: {}", self.log());
            tokio::net::TcpStream::connect(self.address()).await.ok()
        })
        .await;
        process
    }

    fn client(&self, authority: &Authority) -> reqwest::Client {
        choose_cryptography();
        let root = reqwest::Certificate::from_pem(authority.certificate.pem().as_bytes()).unwrap();
        reqwest::Client::builder()
            .tls_certs_only([root])
            .https_only(true)
            .no_proxy()
            .resolve("localhost", self.address())
            .resolve("acme.localhost", self.address())
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("https://acme.localhost:{}{path}", self.port.number())
    }

    /// The certificate that a new connection is shown.
    async fn shown(&self, authority: &Authority) -> Vec<u8> {
        choose_cryptography();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(authority.certificate.der().clone()).unwrap();
        let config = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = tokio::net::TcpStream::connect(self.address()).await.unwrap();
        let name = ServerName::try_from("acme.localhost").unwrap();
        let stream = tokio_rustls::TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await;
        let stream = stream.expect("the authority vouches for the server");
        let (_, session) = stream.get_ref();
        session.peer_certificates().expect("a server shows its certificate")[0].to_vec()
    }
}

#[tokio::test]
async fn https_sets_cookies_that_only_this_host_gets_back() {
    let (house, authority) = (House::new(), Authority::new());
    authority.issue_into(&house);
    house.run(&["migrate"], "");
    let _server = house.serve().await;
    let password = fresh_password();
    house.run(
        &[
            "workspace",
            "create",
            "acme",
            "--name",
            "Acme",
            "--owner-email",
            "owner@acme.test",
        ],
        "",
    );
    house.run(
        &[
            "user",
            "create",
            "--workspace",
            "acme",
            "--email",
            "ada@acme.test",
            "--name",
            "Ada",
            "--verified",
            "--password-stdin",
        ],
        &password,
    );
    let client = house.client(&authority);
    let page = client.get(house.url("/sign-in")).send().await.unwrap();
    assert_eq!(page.status(), 200, "{}", house.log());
    // R86: a browser that has been here comes back by https only.
    let strict = page.headers()["strict-transport-security"].to_str().unwrap().to_owned();
    let age: u64 = strict.split(['=', ';']).nth(1).unwrap().parse().unwrap();
    assert!(age >= 31_536_000 && strict.contains("includeSubDomains"), "{strict}");
    let mut jar = cookies_of(&page);
    let body = page.text().await.unwrap();
    let fields = [("Email address", "ada@acme.test"), ("Password", password.as_str())];
    let form = Document::parse(&body).submission("Sign in", &fields);
    let sent: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form.fields)
        .finish();
    let answer = client
        .post(house.url(&form.action))
        .header("cookie", jar.join("; "))
        .header("origin", house.url(""))
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(sent)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303, "{}", house.log());
    let session: Vec<String> = answer
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .filter(|value| value.contains("session="))
        .collect();
    let [session] = session.as_slice() else {
        panic!("one session cookie, not {session:?}")
    };
    assert!(session.starts_with("__Host-doorward_session="), "{session}");
    for attribute in ["; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"] {
        assert!(session.contains(attribute), "{attribute} is not in {session}");
    }
    assert!(!session.contains("Domain"), "{session}");
    jar = cookies_of(&answer);
    let who = client
        .get(house.url("/api/v1/session"))
        .header("cookie", jar.join("; "))
        .send()
        .await
        .unwrap();
    assert_eq!(who.status(), 200);
    // Without its prefix the same token is nobody's.
    let bare: Vec<String> = jar.iter().map(|cookie| cookie.replace("__Host-", "")).collect();
    let who = client
        .get(house.url("/api/v1/session"))
        .header("cookie", bare.join("; "))
        .send()
        .await
        .unwrap();
    assert_eq!(who.status(), 401);
}

/// The cookies that an answer sets, as they are sent back; each is for this host alone and for https alone (R80).
fn cookies_of(answer: &reqwest::Response) -> Vec<String> {
    let mut cookies = Vec::new();
    for header in answer.headers().get_all(SET_COOKIE) {
        let header = header.to_str().unwrap();
        assert!(header.starts_with("__Host-") && header.contains("; Secure"), "{header}");
        if !header.contains("Max-Age=0") {
            cookies.push(header.split(';').next().unwrap().to_owned());
        }
    }
    cookies
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_without_a_restart() {
    let (house, authority) = (House::new(), Authority::new());
    let first = authority.issue_into(&house);
    let server = house.serve().await;
    let id = server.id();
    assert_eq!(house.shown(&authority).await, first);
    // A file that is no certificate leaves the one in use where it is.
    house.write("cert.pem", b"half a certifi");
    wait_for("the server to notice", Duration::from_secs(20), || async {
        house.log().contains("could not be reloaded").then_some(())
    })
    .await;
    assert_eq!(house.shown(&authority).await, first);

    let second = authority.issue_into(&house);
    wait_for("the new certificate", Duration::from_secs(20), || async {
        (house.shown(&authority).await == second).then_some(())
    })
    .await;
    assert_eq!(server.id(), id);
    let page = house
        .client(&authority)
        .get(house.url("/healthz"))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
}

#[tokio::test]
async fn serve_refuses_a_certificate_that_it_cannot_use() {
    let (house, authority) = (House::new(), Authority::new());
    for (cert, key, part) in [
        (None, None, "cert.pem"),
        (Some("no certificate"), None, "cert.pem"),
        (None, Some("other"), "do not fit"),
    ] {
        if part == "do not fit" {
            authority.issue_into(&house);
            house.write(
                "key.pem",
                rcgen::KeyPair::generate().unwrap().serialize_pem().as_bytes(),
            );
        }
        if let Some(text) = cert {
            house.write("cert.pem", text.as_bytes());
        }
        let output = house.command(&["serve"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(part),
            "{cert:?} {key:?}: {said}"
        );
    }
}
