//! R37: not a word of a mail, nor a password, in any log line, however much is logged.

use std::io;
use std::sync::{Arc, Mutex};

use doorward_mail::Carrier as _;
use tracing_subscriber::fmt::MakeWriter;

use crate::given::{CODE, composed, mailer};
use crate::server::{Act, Protection, Server};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn r37_the_log_holds_no_secret() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::trace!("the log is being listened to");
    for acts in [
        vec![],
        vec![("content", Act::Say("554 spam: QX7H2KM\r\n"))],
        vec![("AUTH", Act::Say("535 no\r\n"))],
    ] {
        let server = Server::start(Protection::StartTls, &acts).await;
        let url = format!("smtp://user:hunter22@localhost:{}", server.port);
        let mailer = mailer(&url, Some(&server.certificate));
        tracing::info!(?mailer, "mailer");
        let mut trip = mailer.set_out();
        let outcome = trip.carry(&composed(1), std::time::Duration::from_secs(20)).await;
        tracing::info!(?outcome, "outcome");
        trip.finish().await;
    }
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("the log is being listened to") && log.contains("spam: •••"));
    // The password itself, and as AUTH PLAIN puts it.
    for secret in [CODE, "hunter22", "AHVzZXIAaHVudGVyMjI", "aHVudGVyMjI"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
