//! JSON bodies of the API. Types say `#[serde(deny_unknown_fields)]`, so that a misspelt field is an error and not a
//! silence.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::media_type;
use crate::problem::{Fault, FaultKind};

/// A JSON body, read strictly: type `application/json` (which no plain form can claim, R83), one document, nothing
/// twice.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        if media_type(request.headers()).as_deref() != Some("application/json") {
            return Err(Fault::new(FaultKind::UnsupportedMediaType).detail("Send Content-Type: application/json."));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|_| Fault::new(FaultKind::BadRequest).detail("The request body broke off."))?;
        let value = serde_json::from_slice(&body).map_err(|error| fault_of(&error))?;
        // An array would do for the reader: its items by the order of the fields, an empty one for no field at all.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err(Fault::new(FaultKind::Unprocessable).detail("The body is not a JSON object."));
        }
        Ok(Self(value))
    }
}

fn fault_of(error: &serde_json::Error) -> Fault {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.classify() != Category::Data {
        return Fault::new(FaultKind::BadRequest).detail(format!("The body is not well-formed JSON at {place}."));
    }
    // Messages about fields name fields only; all others may quote values, which must not come back (R37).
    let message = error.to_string();
    let about_fields = ["unknown field", "missing field", "duplicate field"]
        .iter()
        .any(|start| message.starts_with(start));
    // Of a name that is none of those to choose from, only these are told: after the last mark, since the value stands
    // before it.
    let choices = message
        .starts_with("unknown variant")
        .then(|| message.rsplit_once("`, expected "))
        .flatten();
    Fault::new(FaultKind::Unprocessable).detail(if about_fields && message.len() <= 300 {
        format!("The body is not what this address takes: {message}.")
    } else if let Some((_, choices)) = choices {
        format!("The body is not what this address takes: expected {choices}.")
    } else {
        format!("The body is not what this address takes: a value of the wrong type at {place}.")
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the reading is looked at")]
    struct Credentials {
        email: String,
        password: String,
    }

    async fn read(content_type: Option<&str>, body: &[u8]) -> Result<(), (u16, String)> {
        let mut request = http::Request::post("/");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let request = request.body(axum::body::Body::from(body.to_vec())).unwrap();
        match Json::<Credentials>::from_request(request, &()).await {
            Ok(_) => Ok(()),
            Err(fault) => Err((
                fault.status().as_u16(),
                fault.detail_text().unwrap_or_default().to_owned(),
            )),
        }
    }

    #[tokio::test]
    async fn json_is_read_strictly() {
        let good = br#"{"email":"a","password":"hunter2"}"#;
        assert_eq!(read(Some("application/json"), good).await, Ok(()));
        assert_eq!(read(Some("Application/JSON; charset=utf-8"), good).await, Ok(()));
        for (content_type, body, status) in [
            (None, &good[..], 415),
            (Some("text/plain"), good, 415),
            (Some("application/x-www-form-urlencoded"), good, 415),
            (Some("application/json"), b"", 400),
            (Some("application/json"), b"{", 400),
            (
                Some("application/json"),
                b"{\"email\":\"\xff\",\"password\":\"x\"}",
                400,
            ),
            (
                Some("application/json"),
                br#"{"email":"a","password":"hunter2"} x"#,
                400,
            ),
            (Some("application/json"), br#"{"email":"a"}"#, 422),
            (
                Some("application/json"),
                br#"{"email":"a","password":"hunter2","admin":true}"#,
                422,
            ),
            (
                Some("application/json"),
                br#"{"email":"a","password":"hunter2","email":"b"}"#,
                422,
            ),
            (
                Some("application/json"),
                br#"{"email":["hunter2"],"password":"hunter2"}"#,
                422,
            ),
            (Some("application/json"), br#""hunter2""#, 422),
            (Some("application/json"), br#"["a","hunter2"]"#, 422),
        ] {
            let (told, detail) = read(content_type, body).await.unwrap_err();
            assert_eq!(told, status, "{}", String::from_utf8_lossy(body));
            assert!(!detail.contains("hunter2"), "{detail}");
        }
    }

    #[tokio::test]
    async fn a_misspelt_choice_is_told_what_there_is_to_choose_from_and_never_quoted() {
        #[derive(Debug, Deserialize)]
        #[serde(tag = "way", rename_all = "kebab-case")]
        enum Way {
            SecondFactor,
            EmailCode,
            #[expect(dead_code, reason = "only the reading is looked at")]
            Password {
                password: String,
            },
        }
        for misspelt in ["hunter2", "hunter2`, expected hunter2", "hunter2`, expected one of `x"] {
            let body = serde_json::json!({"way": misspelt, "password": "x"}).to_string();
            let mut request = http::Request::post("/");
            request = request.header("content-type", "application/json");
            let request = request.body(axum::body::Body::from(body)).unwrap();
            let fault = Json::<Way>::from_request(request, &()).await.unwrap_err();
            let detail = fault.detail_text().unwrap_or_default();
            let told =
                "The body is not what this address takes: expected one of `second-factor`, `email-code`, `password`";
            assert!(detail.starts_with(told), "{detail}");
            assert!(!detail.contains("hunter2"), "{detail}");
        }
    }

    #[tokio::test]
    async fn a_misspelt_field_is_named() {
        let (_, detail) = read(Some("application/json"), br#"{"emial":"a"}"#).await.unwrap_err();
        assert!(detail.contains("`emial`") && detail.contains("`email`"), "{detail}");
    }
}
