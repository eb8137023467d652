//! A provider on loopback that does as it is told: honest unless a test makes it lie.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use doorward_domain::ports::CallbackQuery;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use url::form_urlencoded::parse;

use crate::keys::Signer;

/// What every test calls now: 1 June 2026, noon.
pub(crate) const NOW: i64 = 1_780_315_200;

pub(crate) type Pairs = HashMap<String, String>;

/// What it answers at a path instead of the truth.
#[derive(Clone)]
pub(crate) enum Lie {
    Json(u16, Value),
    Raw(String),
    /// Says that it is long, and is.
    Long(usize),
    /// Never stops.
    Endless,
    /// Takes the request and says nothing.
    Hang,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) query: Pairs,
    pub(crate) form: Pairs,
    pub(crate) authorization: Option<String>,
}

type Tweak = Arc<dyn Fn(&mut Value, &mut Value) + Send + Sync>;

pub(crate) struct State {
    pub(crate) metadata: Value,
    /// The keys it publishes.
    pub(crate) keys: Vec<Value>,
    pub(crate) signer: Arc<Signer>,
    /// Changes header and claims before they are signed.
    pub(crate) tweak: Tweak,
    /// Changes the token after it was signed.
    pub(crate) spoil: fn(String) -> String,
    pub(crate) lies: BTreeMap<String, Lie>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) access_token: String,
    /// The clock that dates its answers.
    pub(crate) date: Option<&'static str>,
    /// What was sent here, by code.
    sent: HashMap<String, Pairs>,
}

#[derive(Clone)]
pub(crate) struct Idp {
    pub(crate) base: String,
    state: Arc<Mutex<State>>,
}

impl Idp {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let signer = Arc::new(Signer::p256("first"));
        let metadata = json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "userinfo_endpoint": format!("{base}/userinfo"),
            "jwks_uri": format!("{base}/jwks"),
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "PS256", "EdDSA"],
            "code_challenge_methods_supported": ["S256"],
        });
        let state = State {
            metadata,
            keys: vec![signer.jwk()],
            signer,
            tweak: Arc::new(|_, _| {}),
            spoil: |token| token,
            lies: BTreeMap::new(),
            seen: Vec::new(),
            access_token: "the-access-token".to_owned(),
            date: None,
            sent: HashMap::new(),
        };
        let idp = Self {
            base,
            state: Arc::new(Mutex::new(state)),
        };
        let server = idp.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let idp = server.clone();
                tokio::spawn(async move { idp.serve(stream).await });
            }
        });
        idp
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn lie(&self, path: &str, lie: Lie) {
        self.state().lies.insert(path.to_owned(), lie);
    }

    pub(crate) fn tweak(&self, tweak: impl Fn(&mut Value, &mut Value) + Send + Sync + 'static) {
        self.state().tweak = Arc::new(tweak);
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.state().seen.iter().filter(|seen| seen.path == path).count()
    }

    pub(crate) fn last(&self, path: &str) -> Seen {
        let state = self.state();
        state.seen.iter().rev().find(|seen| seen.path == path).unwrap().clone()
    }

    /// Somebody comes along with that address, signs in, and is sent back.
    pub(crate) fn visit(&self, address: &str) -> CallbackQuery {
        let query: Pairs = Url::parse(address).unwrap().query_pairs().into_owned().collect();
        let mut state = self.state();
        let code = format!("code-{}", state.sent.len());
        state.sent.insert(code.clone(), query);
        CallbackQuery {
            code: Some(code),
            issuer: None,
            error: None,
        }
    }

    async fn serve(&self, mut stream: TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let header = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(':'));
            let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
            found.next().map(|(_, value)| value.trim().to_owned())
        };
        let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let target = head.split(' ').nth(1).unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let seen = Seen {
            path: path.to_owned(),
            query: parse(query.as_bytes()).into_owned().collect(),
            form: parse(&body).into_owned().collect(),
            authorization: header("authorization"),
        };
        self.state().seen.push(seen.clone());
        let lie = self.state().lies.get(path).cloned();
        let answer = match lie {
            Some(Lie::Hang) => return std::future::pending().await,
            Some(Lie::Endless) => {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
                let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
                let mut sent = stream.write_all(head.as_bytes()).await;
                while sent.is_ok() {
                    sent = stream.write_all(chunk.as_bytes()).await;
                }
                return;
            }
            Some(Lie::Long(length)) => {
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(" ".repeat(length).as_bytes()).await;
                return;
            }
            Some(Lie::Raw(answer)) => answer,
            Some(Lie::Json(status, body)) => self.answer(status, &body),
            None => {
                let (status, body) = self.truth(&seen);
                self.answer(status, &body)
            }
        };
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }

    fn answer(&self, status: u16, body: &Value) -> String {
        let date = self
            .state()
            .date
            .map_or(String::new(), |date| format!("date: {date}\r\n"));
        let body = body.to_string();
        let length = body.len();
        format!(
            "HTTP/1.1 {status} X\r\n{date}content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    }

    fn truth(&self, seen: &Seen) -> (u16, Value) {
        match seen.path.as_str() {
            "/.well-known/openid-configuration" => (200, self.state().metadata.clone()),
            "/jwks" => (200, json!({"keys": self.state().keys})),
            "/token" => self.token(seen),
            "/userinfo" => (
                200,
                json!({"sub": "jo-1", "email": "jo@acme.example", "email_verified": true, "name": "Jo"}),
            ),
            _ => (404, json!({})),
        }
    }

    fn token(&self, seen: &Seen) -> (u16, Value) {
        let mut state = self.state();
        let field = |name: &str| seen.form.get(name).map_or("", String::as_str);
        let Some(sent) = state.sent.remove(field("code")) else {
            return (400, json!({"error": "invalid_grant"}));
        };
        let challenge = BASE64URL_NOPAD.encode(digest(&SHA256, field("code_verifier").as_bytes()).as_ref());
        let basic = format!("Basic {}", BASE64.encode(b"client-1:secret-1"));
        let is_client = seen.authorization.as_deref() == Some(basic.as_str())
            || (field("client_id"), field("client_secret")) == ("client-1", "secret-1");
        if !is_client {
            return (401, json!({"error": "invalid_client"}));
        }
        if sent.get("code_challenge") != Some(&challenge) || sent["redirect_uri"] != field("redirect_uri") {
            return (400, json!({"error": "invalid_grant"}));
        }
        let access_token = state.access_token.clone();
        let mut answer = json!({"access_token": access_token, "token_type": "Bearer", "expires_in": 60});
        if let Some(nonce) = sent.get("nonce") {
            let mut header = json!({"alg": state.signer.algorithm(), "kid": state.signer.kid, "typ": "JWT"});
            let mut claims = json!({
                "iss": self.base,
                "sub": "jo-1",
                "aud": "client-1",
                "exp": NOW + 300,
                "iat": NOW,
                "nonce": nonce,
                "email": "jo@acme.example",
                "email_verified": true,
                "name": "Jo",
            });
            (state.tweak)(&mut header, &mut claims);
            answer["id_token"] = json!((state.spoil)(state.signer.token(&header, &claims)));
        }
        (200, answer)
    }
}
