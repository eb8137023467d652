//! The harness does what it says: what the suites conclude stands on these.

use std::io;
use std::process::Command;
use std::time::Duration;

use doorward_tests::browser::Browser;
use doorward_tests::chrome::ChromeSetup;
use doorward_tests::html::Document;
use doorward_tests::machine::{Port, Process, choose_cryptography, raw_exchange};
use doorward_tests::mask::{Secrets, mask};
use doorward_tests::nginx::Nginx;
use doorward_tests::postgres::TestDatabase;
use doorward_tests::smtp::{Fault, Moment, SmtpDouble, Tls};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail client that does exactly what it is told.
struct Client<S> {
    stream: BufReader<S>,
}

impl Client<TcpStream> {
    async fn connect(double: &SmtpDouble) -> io::Result<Self> {
        Ok(Self {
            stream: BufReader::new(TcpStream::connect(("127.0.0.1", double.port())).await?),
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// The last line of a reply; empty when the connection was closed.
    async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await.unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn say(&mut self, line: &str) -> String {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.reply().await
    }

    /// From `EHLO` to the reply after the message.
    async fn send(&mut self, to: &str, message: &str) -> String {
        assert!(self.say("EHLO client.test").await.starts_with("250"));
        self.send_again(to, message).await
    }

    async fn send_again(&mut self, to: &str, message: &str) -> String {
        for line in [
            "MAIL FROM:<doorward@example.test>".to_owned(),
            format!("RCPT TO:<{to}>"),
            "DATA".to_owned(),
        ] {
            let reply = self.say(&line).await;
            if !reply.starts_with(['2', '3']) {
                return reply;
            }
        }
        self.stream.write_all(message.as_bytes()).await.unwrap();
        self.say(".").await
    }
}

const MESSAGE: &str = "From: doorward@example.test\r\nTo: ada@example.test\r\nSubject: Your Acme sign-in code\r\n\
                       Content-Type: text/plain; charset=utf-8\r\n\r\nABC2345\r\n\r\n..is the code.\r\n\
                       http://acme.localhost:8080/sign-in\r\n";

#[tokio::test]
async fn the_mail_double_keeps_what_it_accepts() {
    let double = SmtpDouble::start();
    let mut client = Client::connect(&double).await.unwrap();
    assert!(client.reply().await.starts_with("220"));
    assert!(client.send("ada@example.test", MESSAGE).await.starts_with("250"));

    let mail = double.wait_for_mail("Ada@Example.test").await;
    assert_eq!(mail.from, "doorward@example.test");
    assert_eq!(mail.subject(), "Your Acme sign-in code");
    assert_eq!(mail.code(), "ABC2345");
    assert_eq!(mail.link(), "http://acme.localhost:8080/sign-in");
    assert!(
        mail.text().contains("\n.is the code."),
        "dots are unstuffed: {:?}",
        mail.text()
    );
    let report = double.report().await;
    assert!(!report.bare_line_ends);
    assert_eq!(report.connections, 1);
    assert_eq!(report.commands.first().unwrap(), "EHLO client.test");
    assert!(double.mails_to("nobody@example.test").await.is_empty());
}

#[tokio::test]
async fn the_mail_double_notices_bare_line_ends() {
    for bare in ["one\ntwo\r\n", "one\rtwo\r\n", "one\n.\n.\r\ntwo\r\n"] {
        let double = SmtpDouble::start();
        let mut client = Client::connect(&double).await.unwrap();
        client.reply().await;
        let message = format!("Subject: x\r\n\r\n{bare}");
        assert!(
            client.send("ada@example.test", &message).await.starts_with("250"),
            "{bare:?}"
        );
        let mails = double.mails_to("ada@example.test").await;
        assert_eq!(mails.len(), 1, "one message for {bare:?}");
        assert!(mails[0].bare_line_ends, "{bare:?} was not noticed");
        assert!(double.report().await.bare_line_ends);
    }
}

#[tokio::test]
async fn the_mail_double_refuses_as_often_as_told() {
    let double = SmtpDouble::start();
    double
        .fail(Fault::reply(Moment::Recipient, "451 4.7.1 Greylisted").times(2))
        .await;
    double
        .fail(Fault::reply(Moment::Message, "550 5.7.1 No").only_for("eve@"))
        .await;
    let mut client = Client::connect(&double).await.unwrap();
    client.reply().await;
    assert!(client.send("ada@example.test", MESSAGE).await.starts_with("451"));
    assert!(client.send_again("ada@example.test", MESSAGE).await.starts_with("451"));
    assert!(client.send_again("ada@example.test", MESSAGE).await.starts_with("250"));
    assert!(client.send_again("eve@example.test", MESSAGE).await.starts_with("550"));
    double.behave().await;
    assert!(client.send_again("eve@example.test", MESSAGE).await.starts_with("250"));
    assert_eq!(double.mails_to("eve@example.test").await.len(), 1);
    assert_eq!(
        double.report().await.mails.iter().filter(|mail| !mail.accepted).count(),
        1
    );
}

#[tokio::test]
async fn the_mail_double_hangs_drops_and_goes_away() {
    let mut double = SmtpDouble::start();
    double.fail(Fault::drop(Moment::Message).times(1)).await;
    let mut client = Client::connect(&double).await.unwrap();
    client.reply().await;
    assert_eq!(
        client.send("ada@example.test", MESSAGE).await,
        "",
        "closed without a word"
    );
    assert_eq!(double.report().await.mails.len(), 1);
    assert!(
        double.mails_to("ada@example.test").await.is_empty(),
        "nothing was promised"
    );

    double.fail(Fault::hang(Moment::From)).await;
    let mut client = Client::connect(&double).await.unwrap();
    client.reply().await;
    let silence = tokio::time::timeout(Duration::from_millis(300), client.send("ada@example.test", MESSAGE)).await;
    assert!(silence.is_err(), "answered {silence:?}");
    double.behave().await;
    let mut rest = Vec::new();
    client.stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());

    let mut open = Client::connect(&double).await.unwrap();
    open.reply().await;
    double.go_away().await;
    assert!(Client::connect(&double).await.is_err(), "connections are refused");
    open.stream.read_to_end(&mut rest).await.unwrap();
    double.come_back().await;
    let mut client = Client::connect(&double).await.unwrap();
    client.reply().await;
    assert!(client.send("ada@example.test", MESSAGE).await.starts_with("250"));

    double.restart();
    assert!(double.report().await.mails.is_empty());
    assert!(Client::connect(&double).await.is_ok());
}

#[tokio::test]
async fn the_mail_double_speaks_tls_and_asks_who_is_there() {
    choose_cryptography();
    for tls in [Tls::StartTls, Tls::Implicit] {
        let double = SmtpDouble::offering(tls, Some(("doorward", "a secret of mail")));
        let mut roots = rustls::RootCertStore::empty();
        let authority = double.authority().unwrap();
        roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
        let configuration = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(configuration));
        let name = ServerName::try_from("localhost").unwrap();

        let mut plain = Client::connect(&double).await.unwrap();
        let stream = if tls == Tls::StartTls {
            plain.reply().await;
            assert!(plain.send("ada@example.test", MESSAGE).await.starts_with("530"));
            assert!(plain.say("STARTTLS").await.starts_with("220"));
            plain.stream.into_inner()
        } else {
            plain.stream.into_inner()
        };
        let mut client = Client {
            stream: BufReader::new(connector.connect(name, stream).await.unwrap()),
        };
        if tls == Tls::Implicit {
            client.reply().await;
        }
        assert!(client.say("EHLO client.test").await.starts_with("250"));
        let login = |password: &str| data_encoding::BASE64.encode(format!("\0doorward\0{password}").as_bytes());
        assert!(
            client
                .say(&format!("AUTH PLAIN {}", login("a guess")))
                .await
                .starts_with("535")
        );
        assert!(
            client
                .say(&format!("AUTH PLAIN {}", login("a secret of mail")))
                .await
                .starts_with("235")
        );
        assert!(client.send_again("ada@example.test", MESSAGE).await.starts_with("250"));
        let mail = double.wait_for_mail("ada@example.test").await;
        assert!(mail.encrypted);
        assert_eq!(mail.login.as_deref(), Some("doorward"));
        let commands = double.report().await.commands;
        assert!(
            !commands.iter().any(|line| line.contains(&login("a secret of mail"))),
            "{commands:?}"
        );
    }
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let url = {
        let (one, other) = (TestDatabase::create().await, TestDatabase::create().await);
        assert_ne!(one.url(), other.url());
        let mut connection = one.connect().await;
        sqlx::raw_sql("CREATE TABLE mark (id BIGINT PRIMARY KEY)")
            .execute(&mut connection)
            .await
            .unwrap();
        let (here,): (i64,) = sqlx::query_as("SELECT count(*) FROM pg_tables WHERE tablename = 'mark'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let mut connection = other.connect().await;
        let (there,): (i64,) = sqlx::query_as("SELECT count(*) FROM pg_tables WHERE tablename = 'mark'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!((here, there), (1, 0));
        one.url()
    };
    let gone = PgConnection::connect(&url).await.map(|_| ());
    assert!(gone.is_err(), "the database outlived its test");
}

#[tokio::test]
async fn bytes_go_over_the_wire_as_they_are() {
    let address = answering(|head| reply("400 Bad Request", "", &format!("{head:?}"))).await;
    let answer = raw_exchange(address, b"BREW / coffee\r\nHost: a\r\nHost: b\r\n\r\n").await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(
        answer.ends_with(r#""BREW / coffee\r\nHost: a\r\nHost: b\r\n\r\n""#),
        "{answer}"
    );
}

#[test]
fn a_port_is_taken_once_and_a_process_ends_with_its_value() {
    let (one, other) = (Port::take(), Port::take());
    assert_ne!(one.number(), other.number());
    let process = Process::start("sleep", Command::new("sleep").arg("600"));
    let id = process.id();
    assert!(std::path::Path::new(&format!("/proc/{id}")).exists());
    drop(process);
    assert!(!std::path::Path::new(&format!("/proc/{id}")).exists());
}

const FORM: &str = r#"<!doctype html><html lang="en"><head><title>Sign in &middot; Acme</title><style>h1 > a {}</style></head>
<body><!-- <h1>no</h1> --><main><h1>Sign in to <b>Acme</b></h1>
<a href="/forgot-password?return_to=%2Ftickets&amp;x=1">Forgot password?</a>
<form method="post" action="/sign-in"><input type=hidden name="token" value="a&#34;b&quot;"><input type="hidden" name="empty">
<label for="email">Email address</label><input id="email" name="email" type="email" value="was@example.test" required>
<label>Password <input name="password" type="password"></label>
<input type="checkbox" name="remember" id="r" checked><label for="r">Remember me</label>
<select name="zone" aria-label="Time zone"><option value="utc">UTC</option><option selected>Europe/Berlin</option></select>
<input name="off" value="1" disabled>
<button name="way" value="password">Sign in</button><button formaction="/sign-in/code" name="way" value="code"><span aria-hidden="true">✉</span> Email me a sign-in code</button>
</form><form action="/search"><label>Search people<input name="q"></label><button disabled>Resend code</button></form>
<p>Help code: ABCD-2345.</p><script>var x = "<h1>no</h1>";</script></main></body></html>"#;

#[test]
fn a_form_is_filled_as_a_person_fills_it() {
    let page = Document::parse(FORM);
    assert_eq!(page.heading(), "Sign in to Acme");
    assert_eq!(page.title(), "Sign in · Acme");
    assert_eq!(
        page.link("Forgot password?"),
        Some("/forgot-password?return_to=%2Ftickets&x=1")
    );
    assert_eq!(
        page.button_names(),
        ["Sign in", "Email me a sign-in code", "Resend code"]
    );
    assert!(page.is_disabled("Resend code"));
    assert_eq!(page.value("Email address").as_deref(), Some("was@example.test"));

    let sent = page.submission("Sign in", &[("Password", "p w"), ("Remember me", "")]);
    assert_eq!((sent.method.as_str(), sent.action.as_str()), ("post", "/sign-in"));
    let fields: Vec<(&str, &str)> = sent.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let expected = [
        ("token", "a\"b\""),
        ("empty", ""),
        ("email", "was@example.test"),
        ("password", "p w"),
        ("zone", "Europe/Berlin"),
        ("way", "password"),
    ];
    assert_eq!(fields, expected);
    let code = page.submission("Email me a sign-in code", &[]);
    assert_eq!(code.action, "/sign-in/code");
    assert!(code.fields.contains(&("way".to_owned(), "code".to_owned())));
    assert!(code.fields.contains(&("remember".to_owned(), "on".to_owned())));
}

#[test]
#[should_panic(expected = "no field \"Search people\"")]
fn a_field_of_another_form_cannot_be_filled() {
    Document::parse(FORM).submission("Sign in", &[("Search people", "x")]);
}

#[test]
#[should_panic(expected = "is disabled")]
fn a_disabled_button_cannot_be_pressed() {
    Document::parse(FORM).submission("Resend code", &[]);
}

#[test]
fn answers_differ_only_in_what_is_not_random() {
    let one = r#"<p>We have sent a message to a•••@b.test.</p><input value="Q3Jvc3Mtc2l0ZS10b2tlbi0xMjM"> Help code: AB2D-EF4H"#;
    let other = r#"<p>We have sent a message to a•••@b.test.</p><input value="ZYXWVUTSRQPONMLKJIHG-7654_"> Help code: 7777-QQQQ"#;
    assert_eq!(mask(one, &[]), mask(other, &[]));
    assert_ne!(mask(one, &[]), mask(&other.replace("sent", "not sent"), &[]));
    assert_ne!(mask("status 200 of 12", &[]), mask("status 200 of 13", &[]));
    assert_eq!(
        mask("for ada@x.test", &[("ada@x.test", "X")]),
        mask("for eve@y.test", &[("eve@y.test", "X")])
    );
}

#[test]
fn a_secret_is_found_in_whatever_form() {
    let mut secrets = Secrets::new();
    secrets.issued("code", "ABC2345");
    secrets.issued("password", "correct horse +");
    assert_eq!(secrets.found_in(b"code=abc2345&x"), ["code"]);
    assert_eq!(secrets.found_in(b"pw=correct+horse+%2B"), ["password"]);
    assert_eq!(secrets.found_in(b"x Y29ycmVjdCBob3JzZSAr x"), ["password"]);
    assert!(secrets.found_in(b"AABC234 correct horse").is_empty());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log"), "sent ABC2345").unwrap();
    let leak = std::panic::catch_unwind(|| secrets.assert_absent_from(folder.path(), &|_| false));
    assert!(leak.is_err());
    secrets.assert_absent_from(folder.path(), &|path| path.ends_with("log"));
}

/// A server of one test: it answers each request by what `answer` makes of its head.
async fn answering(answer: fn(&str) -> String) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await.is_ok_and(|read| read > 0) {}
            let _ = stream.write_all(answer(&head).as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    address
}

fn reply(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn the_plain_client_keeps_cookies_and_follows_only_when_told() {
    let address = answering(|head| {
        let has = |part: &str| head.to_ascii_lowercase().contains(part);
        if head.starts_with("POST /enter") && has("host: acme.localhost:1234") && has("sec-fetch-site: same-origin") {
            let headers = "set-cookie: session=s1; Path=/; HttpOnly; SameSite=Lax\r\nset-cookie: old=; Max-Age=0\r\nlocation: /in?x=1\r\n";
            reply("303 See Other", headers, "")
        } else if head.starts_with("GET /in?x=1") && has("cookie: session=s1\r\n") {
            reply("200 OK", "content-type: text/html\r\n", "<body><h1>Welcome</h1></body>")
        } else {
            reply("404 Not Found", "", head)
        }
    })
    .await;
    let mut browser = Browser::new(address, "acme.localhost:1234");
    browser.set_cookie("old", "1");
    let answer = browser.post("/enter", &[("a", "b")]).await.expect_status(303);
    assert_eq!(answer.location(), Some("/in?x=1"));
    let cookie = browser.cookies().get("session").unwrap();
    assert!(cookie.has("httponly") && cookie.has("SameSite=Lax") && !cookie.has("Secure"));
    assert!(!browser.cookies().contains_key("old"));
    assert_eq!(
        browser.follow(answer).await.expect_status(200).html().heading(),
        "Welcome"
    );
}

#[tokio::test]
async fn nginx_asks_before_it_lets_anybody_through() {
    let address = answering(|head| {
        let head = head.to_ascii_lowercase();
        if !head.starts_with("get /api/v1/forward-auth") || !head.contains("host: acme.localhost:1234") {
            reply("400 Bad Request", "", "")
        } else if head.contains("cookie: session=s1") {
            reply(
                "200 OK",
                "remote-user: u1\r\nremote-email: ada@example.test\r\nremote-name: Ada\r\nremote-groups: vip\r\n",
                "",
            )
        } else if head.contains("x-original-url: http://acme.localhost:1234/tickets/1?a=b") {
            reply(
                "401 Unauthorized",
                "location: http://acme.localhost:1234/sign-in?return_to=%2Ftickets%2F1\r\n",
                "",
            )
        } else {
            reply("401 Unauthorized", "", "")
        }
    })
    .await;
    let nginx = Nginx::start(address, "acme.localhost:1234").await;
    let mut browser = nginx.browser(&Browser::new(address, "acme.localhost:1234"));
    let answer = browser.get("/tickets/1?a=b").await.expect_status(302);
    assert_eq!(
        answer.location(),
        Some("http://acme.localhost:1234/sign-in?return_to=%2Ftickets%2F1")
    );
    browser.set_cookie("session", "s1");
    browser.always("remote-user", "forged");
    let page = browser.get("/tickets/1?a=b").await.expect_status(200);
    assert_eq!(page.body(), "user=u1\nemail=ada@example.test\nname=Ada\ngroups=vip\n");
}

fn page_of(head: &str) -> String {
    let page = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in</title><style>:root { color-scheme: light dark } @media (prefers-color-scheme: dark) { p { content: "dark" } }</style></head>
<body><main><h1>Sign in to Acme</h1><p id="seen">without</p>BAD<form action="/next"><label for="e">Email address</label>
<input id="e" name="e" autocomplete="email"><button>Sign in</button></form></main>
<script>document.getElementById("seen").textContent = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"</script>
</body></html>"#;
    let bad = r#"<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><div style="width: 2000px">wide</div>"#;
    let body = if head.starts_with("GET /next?e=ada%40example.test") {
        page.replace("Sign in to Acme", "Check your email").replace("BAD", "")
    } else if head.starts_with("GET /bad") {
        page.replace("BAD", bad)
    } else {
        page.replace("BAD", "")
    };
    let headers = "content-type: text/html; charset=utf-8\r\ncontent-security-policy: default-src 'none'; style-src 'unsafe-inline'; \
                   script-src 'unsafe-inline'; img-src data:; form-action 'self'\r\n";
    reply("200 OK", headers, &body)
}

#[tokio::test]
async fn a_browser_is_driven_by_what_is_written_on_the_page() {
    let address = answering(page_of).await;
    let url = |path: &str| format!("http://acme.localhost:{}{path}", address.port());
    let chrome = ChromeSetup::new().viewport(360, 740).dark().start().await;
    chrome.open(&url("/")).await;
    assert_eq!(chrome.heading().await, "Sign in to Acme");
    assert!(chrome.text().await.contains("dark"), "{}", chrome.text().await);
    chrome.assert_accessible("the sound page").await;
    assert!(!chrome.overflows().await);
    let picture = std::fs::read(chrome.screenshot("harness").await).unwrap();
    assert!(
        picture.starts_with(b"\x89PNG") && picture.len() > 2_000,
        "{} bytes",
        picture.len()
    );

    chrome.open(&url("/bad")).await;
    let found = chrome.axe().await;
    assert!(
        found
            .iter()
            .any(|violation| violation.rule == "image-alt" && violation.impact == "critical"),
        "{found:?}"
    );
    assert!(chrome.overflows().await);

    chrome.set_dark(false).await;
    chrome.open(&url("/")).await;
    assert!(chrome.text().await.contains("light"));
    chrome.fill("Email address", "ada@example.test").await;
    chrome.press("Sign in").await;
    chrome.wait_for_heading("Check your email").await;
    let driver = chrome.driver_id();
    chrome.quit();
    assert!(
        !std::path::Path::new(&format!("/proc/{driver}")).exists(),
        "chromedriver is still there"
    );
}

#[tokio::test]
async fn a_browser_without_scripts_runs_none() {
    let address = answering(page_of).await;
    let chrome = ChromeSetup::new().without_javascript().start().await;
    chrome.open(&format!("http://acme.localhost:{}/", address.port())).await;
    assert!(chrome.text().await.contains("without"), "{}", chrome.text().await);
    chrome.fill("Email address", "ada@example.test").await;
    chrome.press("Sign in").await;
    chrome.wait_for_heading("Check your email").await;
}
