use std::net::Ipv4Addr;
use std::path::Path;

use axum::Router;
use axum::routing::get;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);

fn limits() -> Limits {
    Limits {
        header: SOON,
        idle: SOON * 3,
        write_stall: SOON,
        handshake: SOON,
        connections: 8,
        drain: Duration::from_secs(5),
    }
}

/// An answer that is made for longer than a connection may rest.
fn dripping() -> axum::body::Body {
    let (sender, body) = crate::lines::body();
    tokio::spawn(async move {
        for _ in 0..6 {
            tokio::time::sleep(SOON * 2 / 3).await;
            let _ = sender.send(Ok("drop ".into())).await;
        }
    });
    body
}

struct Running {
    addresses: Vec<SocketAddr>,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

async fn start(limits: Limits, tls: Option<Arc<TlsIdentity>>) -> Running {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let bound = Bound::bind(&[any, any]).await.unwrap();
    let addresses = bound.addresses().to_vec();
    let stop = CancellationToken::new();
    let slow = || async {
        tokio::time::sleep(SOON * 2).await;
        "slow"
    };
    let long = || async { "x".repeat(64 * 1024 * 1024) };
    let router = Router::new()
        .route(
            "/",
            get(|| async { "here" }).post(|body: String| async move { body.len().to_string() }),
        )
        .route("/slow", get(slow))
        .route("/dripping", get(async || dripping()))
        .route("/long", get(long));
    let app = crate::testing::app(router);
    let served = tokio::spawn(bound.serve(app, limits, tls, stop.clone()));
    Running {
        addresses,
        stop,
        served,
    }
}

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.addresses[0]).await.unwrap()
}

async fn to_end(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // A reset ends a conversation as well as a close does.
    drop(
        timeout(LONG, stream.read_to_end(&mut all))
            .await
            .expect("the server ends the connection"),
    );
    String::from_utf8_lossy(&all).into_owned()
}

async fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// One answer with a body of known length.
async fn hear(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    loop {
        let mut byte = [0];
        timeout(LONG, stream.read_exact(&mut byte)).await.unwrap().unwrap();
        heard.push(byte[0]);
        if heard.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let told = String::from_utf8(heard).unwrap().to_lowercase();
    let length = told
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
        .unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    told + &String::from_utf8_lossy(&body)
}

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test]
async fn serves_every_address_and_keeps_connections_alive() {
    let running = start(limits(), None).await;
    assert_eq!(running.addresses.len(), 2);
    assert!(running.addresses.iter().all(|address| address.port() != 0));
    for address in &running.addresses {
        let mut stream = TcpStream::connect(address).await.unwrap();
        for _ in 0..3 {
            say(&mut stream, GET).await;
            let told = hear(&mut stream).await;
            assert!(told.starts_with("http/1.1 200") && told.ends_with("here"), "{told}");
        }
    }
}

#[tokio::test]
async fn silent_and_dribbling_heads_end_after_the_header_time() {
    let running = start(limits(), None).await;
    for start_with in ["", "G", "GET / HTTP/1.1\r\nHost: loc", "PRI * HTTP/2.0\r\n"] {
        let mut stream = connect(&running).await;
        let began = std::time::Instant::now();
        say(&mut stream, start_with).await;
        to_end(&mut stream).await;
        assert!(began.elapsed() < SOON * 5, "{start_with:?} {:?}", began.elapsed());
    }
    // Bytes that keep coming do not win time.
    let mut stream = connect(&running).await;
    say(&mut stream, GET).await;
    hear(&mut stream).await;
    let began = std::time::Instant::now();
    let (mut reading, mut writing) = stream.into_split();
    let dribble = tokio::spawn(async move {
        for byte in
            std::iter::once(b"GET / HTTP/1.1\r\nX: ".as_slice()).chain(std::iter::repeat_n(b"a".as_slice(), 200))
        {
            if writing.write_all(byte).await.is_err() {
                return;
            }
            tokio::time::sleep(SOON / 6).await;
        }
    });
    let mut rest = Vec::new();
    drop(timeout(LONG, reading.read_to_end(&mut rest)).await.unwrap());
    dribble.abort();
    assert!(
        began.elapsed() >= SOON && began.elapsed() < SOON * 5,
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_connection_may_rest_longer_than_a_head_may_take() {
    let running = start(limits(), None).await;
    let mut stream = connect(&running).await;
    say(&mut stream, GET).await;
    hear(&mut stream).await;
    tokio::time::sleep(SOON * 2).await;
    say(&mut stream, GET).await;
    hear(&mut stream).await;
    let began = std::time::Instant::now();
    assert_eq!(to_end(&mut stream).await, "");
    assert!(began.elapsed() >= SOON * 2, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_slow_answer_is_not_an_idle_connection() {
    let running = start(Limits { idle: SOON, ..limits() }, None).await;
    let mut stream = connect(&running).await;
    say(&mut stream, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(hear(&mut stream).await.ends_with("slow"));
}

#[tokio::test]
async fn an_answer_that_nobody_reads_ends_the_connection() {
    let running = start(
        Limits {
            connections: 1,
            ..limits()
        },
        None,
    )
    .await;
    let mut stuck = connect(&running).await;
    say(&mut stuck, "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    // The only permit comes back although `stuck` stays open and reads nothing.
    let mut next = connect(&running).await;
    say(&mut next, GET).await;
    assert!(hear(&mut next).await.ends_with("here"));
    drop(stuck);
}

#[tokio::test]
async fn r84_even_refusals_of_malformed_heads_carry_the_headers() {
    let running = start(limits(), None).await;
    let many = (0..100).map(|n| format!("x-{n}: 1\r\n")).collect::<Vec<_>>().concat();
    let huge = "a".repeat(70_000);
    for request in [
        "NOT HTTP AT ALL\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nbad header line\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
        format!("GET /{huge} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nx: {huge}\r\n\r\n"),
    ] {
        let mut stream = connect(&running).await;
        drop(stream.write_all(request.as_bytes()).await);
        let told = to_end(&mut stream).await.to_lowercase();
        let shown = &request[..request.len().min(60)];
        assert!(told.starts_with("http/1.1 4"), "{shown:?}: {told:?}");
        for header in [
            "content-security-policy: ",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
        ] {
            assert_eq!(told.matches(header).count(), 1, "{shown:?}: {told:?}");
        }
        assert!(told.ends_with("\r\n\r\n"), "{told:?}");
    }
}

#[tokio::test]
async fn r2_a_ten_megabyte_body_gets_its_413() {
    let running = start(limits(), None).await;
    let body = "a".repeat(10 * 1024 * 1024);
    for head in [
        format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
        format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        ),
    ] {
        let mut stream = connect(&running).await;
        say(&mut stream, &head).await;
        let told = hear(&mut stream).await;
        assert!(told.starts_with("http/1.1 413"), "{told}");
        assert!(told.contains("content-security-policy"), "{told}");
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_their_turn() {
    let running = start(
        Limits {
            connections: 1,
            header: SOON * 2,
            ..limits()
        },
        None,
    )
    .await;
    let silent = connect(&running).await;
    tokio::time::sleep(SOON / 3).await;
    let mut waiting = connect(&running).await;
    say(&mut waiting, GET).await;
    let mut byte = [0];
    assert!(
        timeout(SOON, waiting.read_exact(&mut byte)).await.is_err(),
        "answered too early"
    );
    assert!(hear(&mut waiting).await.ends_with("here"));
    drop(silent);
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way() {
    let running = start(limits(), None).await;
    let mut busy = connect(&running).await;
    say(&mut busy, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let mut resting = connect(&running).await;
    say(&mut resting, GET).await;
    hear(&mut resting).await;
    tokio::time::sleep(SOON / 2).await;
    running.stop.cancel();
    assert!(hear(&mut busy).await.ends_with("slow"));
    assert_eq!(to_end(&mut resting).await, "");
    timeout(LONG, running.served).await.unwrap().unwrap();
    assert!(TcpStream::connect(running.addresses[0]).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let running = start(
        Limits {
            drain: SOON / 3,
            ..limits()
        },
        None,
    )
    .await;
    let mut busy = connect(&running).await;
    say(&mut busy, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    tokio::time::sleep(SOON / 3).await;
    let began = std::time::Instant::now();
    running.stop.cancel();
    timeout(LONG, running.served).await.unwrap().unwrap();
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(to_end(&mut busy).await, "");
}

fn write_identity(folder: &Path) -> (CertificateFiles, rustls::pki_types::CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = CertificateFiles {
        certificates: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    };
    std::fs::write(&files.certificates, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    (files, made.cert.der().clone())
}

async fn handshake(
    running: &Running,
    trusted: &rustls::pki_types::CertificateDer<'static>,
    alpn: &[u8],
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, connect(running).await)
        .await
}

#[tokio::test]
async fn tls_speaks_http1_and_http2_and_takes_a_new_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (files, first) = write_identity(folder.path());
    let identity = Arc::new(TlsIdentity::load(files).unwrap());
    let running = start(limits(), Some(Arc::clone(&identity))).await;

    let mut stream = handshake(&running, &first, b"http/1.1").await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut told = String::new();
    drop(stream.read_to_string(&mut told).await);
    assert!(told.starts_with("HTTP/1.1 200") && told.ends_with("here"), "{told}");

    let stream = handshake(&running, &first, b"h2").await.unwrap();
    let (mut client, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    let request = Request::get("https://localhost/")
        .body(http_body_util::Empty::<bytes::Bytes>::new())
        .unwrap();
    let response = client.send_request(request).await.unwrap();
    assert_eq!(
        (response.status(), response.version()),
        (http::StatusCode::OK, http::Version::HTTP_2)
    );
    driver.abort();

    let (_, second) = write_identity(folder.path());
    identity.reload().unwrap();
    assert!(handshake(&running, &first, b"http/1.1").await.is_err());
    handshake(&running, &second, b"http/1.1").await.unwrap();

    // A broken file leaves the good certificate in use.
    std::fs::write(folder.path().join("cert.pem"), "nothing").unwrap();
    assert!(matches!(identity.reload(), Err(TlsError::Empty { .. })));
    handshake(&running, &second, b"http/1.1").await.unwrap();
}

#[tokio::test]
async fn a_slow_handshake_ends_and_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (files, certificate) = write_identity(folder.path());
    let running = start(limits(), Some(Arc::new(TlsIdentity::load(files).unwrap()))).await;
    let mut slow = connect(&running).await;
    handshake(&running, &certificate, b"http/1.1").await.unwrap();
    assert_eq!(to_end(&mut slow).await, "");
}

#[test]
fn files_that_make_no_identity_say_which() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = write_identity(folder.path());
    let (other, _) = {
        let sub = folder.path().join("other");
        std::fs::create_dir(&sub).unwrap();
        write_identity(&sub)
    };
    let mixed = CertificateFiles {
        certificates: files.certificates.clone(),
        key: other.key,
    };
    assert!(matches!(TlsIdentity::load(mixed), Err(TlsError::Unfit(_))));
    let missing = CertificateFiles {
        key: folder.path().join("none.pem"),
        ..files.clone()
    };
    assert!(matches!(TlsIdentity::load(missing), Err(TlsError::Read { .. })));
    let swapped = CertificateFiles {
        certificates: files.certificates.clone(),
        key: files.certificates.clone(),
    };
    assert!(matches!(TlsIdentity::load(swapped), Err(TlsError::Pem { .. })));
    assert!(rustls::pki_types::CertificateDer::from_pem_file(&files.certificates).is_ok());
}

#[tokio::test]
async fn an_answer_that_takes_longer_than_a_connection_may_rest_comes_whole_and_then_it_rests() {
    let running = start(limits(), None).await;
    let mut stream = connect(&running).await;
    say(&mut stream, "GET /dripping HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let told = to_end(&mut stream).await;
    assert_eq!(told.matches("drop ").count(), 6, "{told}");
    assert!(told.ends_with("0\r\n\r\n"), "it came to its end: {told}");
}
