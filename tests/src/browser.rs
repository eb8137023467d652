//! A browser without JavaScript: it keeps cookies by host, follows a redirect only when told to, and fills forms by what
//! a person reads on them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use data_encoding::HEXLOWER;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use url::form_urlencoded;

use crate::html::Document;
use crate::machine::{choose_cryptography, random_bytes};

/// A cookie as it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Its value.
    pub value: String,
    /// The whole `Set-Cookie` header.
    pub header: String,
}

impl Cookie {
    /// Whether it was set with this attribute (`HttpOnly`, `SameSite=Lax`, …), in any case.
    pub fn has(&self, attribute: &str) -> bool {
        self.header
            .split(';')
            .skip(1)
            .any(|part| part.trim().eq_ignore_ascii_case(attribute))
    }
}

/// An answer of the server.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// Path and query that were asked for.
    pub path: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Page {
    /// The body as text.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{} answered no JSON ({error}): {}", self.path, self.body()))
    }

    /// The body as a page.
    pub fn html(&self) -> Document {
        Document::parse(&self.body())
    }

    /// A header's value, when there is one and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Where a redirect leads, as written.
    pub fn location(&self) -> Option<&str> {
        self.header("location")
    }

    /// The help code that stands on a refusal (C4).
    pub fn help_code(&self) -> Option<String> {
        let text = self.html().text();
        let (_, after) = text.split_once("Help code: ")?;
        Some(
            after
                .chars()
                .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
                .collect(),
        )
    }

    /// The page itself, when it has this status.
    ///
    /// # Panics
    /// When it has another, with what it says.
    pub fn expect_status(self, status: u16) -> Self {
        assert!(
            self.status.as_u16() == status,
            "{} answered {} instead of {status} (location {:?}): {}",
            self.path,
            self.status,
            self.location(),
            self.html()
                .text()
                .chars()
                .chain(['\n'])
                .chain(self.body().chars().take(600))
                .collect::<String>()
        );
        self
    }
}

/// A person's browser at one host of one server.
#[derive(Debug, Clone)]
pub struct Browser {
    client: reqwest::Client,
    node: SocketAddr,
    host: String,
    scheme: String,
    cookies: BTreeMap<String, Cookie>,
    headers: HeaderMap,
}

impl Browser {
    /// A fresh browser that connects to `node` and asks for `host` (`acme.localhost:8080`). No name is ever looked up.
    pub fn new(node: SocketAddr, host: &str) -> Self {
        choose_cryptography();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .timeout(Duration::from_mins(1))
            .build()
            .expect("a client can be made");
        let mut browser = Self {
            client,
            node,
            host: host.to_owned(),
            scheme: "http".to_owned(),
            cookies: BTreeMap::new(),
            headers: HeaderMap::new(),
        };
        browser.always(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
        );
        browser.always("accept-language", "en-GB,en;q=0.8");
        browser
    }

    /// Sends this header with every request from now on.
    pub fn always(&mut self, name: &str, value: &str) {
        let name = HeaderName::try_from(name).expect("a header's name");
        self.headers
            .insert(name, HeaderValue::try_from(value).expect("a header's value"));
    }

    /// Goes on with another server process, cookies and all, as behind a load balancer.
    pub fn at_node(&mut self, node: SocketAddr) {
        self.node = node;
    }

    /// The host it asks for, with its port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The cookies it holds, by name.
    pub fn cookies(&self) -> &BTreeMap<String, Cookie> {
        &self.cookies
    }

    /// Puts a cookie there, as an attacker or a restored browser would.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        let cookie = Cookie {
            value: value.to_owned(),
            header: format!("{name}={value}"),
        };
        self.cookies.insert(name.to_owned(), cookie);
    }

    /// Forgets a cookie.
    pub fn forget_cookie(&mut self, name: &str) {
        self.cookies.remove(name);
    }

    /// Opens an address as if typed: no redirect is followed.
    pub async fn get(&mut self, path: &str) -> Page {
        self.send(
            Method::GET,
            path,
            &[("sec-fetch-site", "none"), ("accept", "text/html")],
            Vec::new(),
        )
        .await
    }

    /// Opens an address and follows redirects within the host.
    pub async fn visit(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        self.follow(page).await
    }

    /// Follows redirects from this answer to the page at their end.
    ///
    /// # Panics
    /// When one leads to another host, or after ten of them.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            if !page.status.is_redirection() {
                return page;
            }
            let target = page
                .location()
                .unwrap_or_else(|| panic!("{} redirects to nowhere", page.path))
                .to_owned();
            let path = self.path_on_host(&page.path, &target);
            let site = [("sec-fetch-site", "same-origin"), ("accept", "text/html")];
            page = self.send(Method::GET, &path, &site, Vec::new()).await;
        }
        panic!("ten redirects in a row, the last to {}", page.path);
    }

    /// The path and query of an address on this host.
    ///
    /// # Panics
    /// When it leads to another host.
    pub fn path_on_host(&self, from: &str, target: &str) -> String {
        let base = url::Url::parse(&format!("{}://{}{from}", self.scheme, self.host)).expect("the host is a host");
        let url = base
            .join(target)
            .unwrap_or_else(|error| panic!("{target:?} is no address: {error}"));
        assert!(url.origin() == base.origin(), "{target} leads away from {}", self.host);
        url[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
    }

    /// Fills the fields (by label), presses the button (by name) and follows where that leads.
    pub async fn submit(&mut self, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
        let answer = self.submit_only(page, button, fields).await;
        self.follow(answer).await
    }

    /// The same without following a redirect.
    pub async fn submit_only(&mut self, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
        let form = page.html().submission(button, fields);
        let action = if form.action.is_empty() {
            page.path.clone()
        } else {
            form.action
        };
        let path = self.path_on_host(&page.path, &action);
        let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        if form.method == "get" {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish();
            let path = path.split('?').next().unwrap_or_default();
            return self.get(&format!("{path}?{query}")).await;
        }
        self.post(&path, &fields).await
    }

    /// Posts a form's fields as they are, names and values in this order.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let origin = format!("{}://{}", self.scheme, self.host);
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("origin", origin.as_str()),
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send(Method::POST, path, &headers, body.into_bytes()).await
    }

    /// Chooses a file in the field of this label, fills the others and presses the button; follows no redirect.
    ///
    /// # Panics
    /// As [`Document::submission`], and when the form does not send files.
    pub async fn upload(&mut self, page: &Page, button: &str, label: &str, file: (&str, &str, &[u8])) -> Page {
        let html = page.html();
        let field = html.field_attribute(label, "name").map(str::to_owned);
        let field = field.unwrap_or_else(|| panic!("no field {label:?}; there are {:?}", html.field_names()));
        let form = html.submission(button, &[(label, "")]);
        let boundary = HEXLOWER.encode(&random_bytes::<12>());
        let (name, kind, content) = file;
        let mut body = Vec::new();
        for (own, value) in &form.fields {
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{own}\"");
            body.extend(head.as_bytes());
            if *own == field {
                body.extend(format!("; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n").as_bytes());
                body.extend(content);
            } else {
                body.extend(format!("\r\n\r\n{value}").as_bytes());
            }
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").as_bytes());
        let path = self.path_on_host(&page.path, &form.action);
        let (origin, kind) = (
            format!("{}://{}", self.scheme, self.host),
            format!("multipart/form-data; boundary={boundary}"),
        );
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("origin", origin.as_str()),
            ("accept", "text/html"),
            ("content-type", kind.as_str()),
        ];
        self.send(Method::POST, &path, &headers, body).await
    }

    /// Sends JSON, as a script of the same site does.
    pub async fn json(&mut self, method: Method, path: &str, body: &serde_json::Value) -> Page {
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/json"),
            ("accept", "application/json"),
        ];
        self.send(method, path, &headers, body.to_string().into_bytes()).await
    }

    /// Sends exactly this, with the browser's cookies and standing headers (a header given here wins over a standing one;
    /// `host` may be given too).
    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Page {
        self.try_send(method.clone(), path, headers, body)
            .await
            .unwrap_or_else(|error| panic!("{method} {path} at {}: {error:?}", self.node))
    }

    /// The same, for a server that may be away.
    pub async fn try_send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Page, reqwest::Error> {
        let mut all = self.headers.clone();
        all.insert(
            "host",
            HeaderValue::try_from(self.host.as_str()).expect("a host is a header's value"),
        );
        for (name, value) in headers {
            let name = HeaderName::try_from(*name).expect("a header's name");
            all.insert(name, HeaderValue::try_from(*value).expect("a header's value"));
        }
        if !self.cookies.is_empty() && !all.contains_key("cookie") {
            let line: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, cookie)| format!("{name}={}", cookie.value))
                .collect();
            all.insert(
                "cookie",
                HeaderValue::try_from(line.join("; ")).expect("cookies are a header's value"),
            );
        }
        let request = self
            .client
            .request(method, format!("http://{}{path}", self.node))
            .headers(all)
            .body(body);
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        for header in headers.get_all("set-cookie") {
            self.keep(&String::from_utf8_lossy(header.as_bytes()));
        }
        let bytes = answer.bytes().await?.to_vec();
        Ok(Page {
            status,
            headers,
            path: path.to_owned(),
            bytes,
        })
    }

    fn keep(&mut self, header: &str) {
        let (pair, attributes) = header.split_once(';').unwrap_or((header, ""));
        let Some((name, value)) = pair.split_once('=') else {
            return;
        };
        let is_over = attributes
            .split(';')
            .map(|part| part.trim().to_ascii_lowercase())
            .any(|part| {
                part.strip_prefix("max-age=")
                    .is_some_and(|age| age.parse::<i64>().is_ok_and(|age| age <= 0))
                    || part.strip_prefix("expires=").is_some_and(|date| date.contains("1970"))
            });
        if is_over {
            self.cookies.remove(name.trim());
        } else {
            let cookie = Cookie {
                value: value.trim().to_owned(),
                header: header.to_owned(),
            };
            self.cookies.insert(name.trim().to_owned(), cookie);
        }
    }
}

/// A password that nobody has used before, long enough for every role.
pub fn fresh_password() -> String {
    format!("correct staple {}", HEXLOWER.encode(&random_bytes::<8>()))
}
