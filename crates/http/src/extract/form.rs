//! Forms of pages: `application/x-www-form-urlencoded`, with the token of R83.

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::media_type;
use crate::context::RequestContext;
use crate::edge::csrf::FORM_TOKEN_FIELD;
use crate::problem::{Fault, FaultKind};

const MAX_FIELDS: usize = 100;

/// A form whose token belongs to the browser that sent it. Fields are text: read them into `String` or
/// `Option<String>`.
#[derive(Debug, Clone)]
pub struct Form<T>(pub T);

/// A form for pages that would rather be shown again than end in a refusal: an [`Expired`](Self::Expired) one must
/// change nothing.
#[derive(Debug, Clone)]
pub enum FormAttempt<T> {
    /// The token belongs to this browser.
    Fresh(T),
    /// No token, or one of another browser or an earlier key: show the page again, with what was typed.
    Expired(T),
}

impl<T> FormAttempt<T> {
    /// Whether the token belongs to this browser, and what was typed.
    pub fn into_parts(self) -> (bool, T) {
        match self {
            Self::Fresh(form) => (true, form),
            Self::Expired(form) => (false, form),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormAttempt<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let context = RequestContext::from_request_parts(&mut parts, state).await?;
        if media_type(&parts.headers).as_deref() != Some("application/x-www-form-urlencoded") {
            return Err(Fault::new(FaultKind::UnsupportedMediaType)
                .detail("Send the form as application/x-www-form-urlencoded."));
        }
        let body = Bytes::from_request(Request::from_parts(parts, body), state)
            .await
            .map_err(|_| Fault::new(FaultKind::BadRequest).detail("The request body broke off."))?;
        let mut fields = parse(&body)?;
        let fresh = match fields.remove(FORM_TOKEN_FIELD) {
            Some(Value::String(token)) => context.owns_form_token(&token),
            _ => false,
        };
        let form = serde_json::from_value(Value::Object(fields))
            // The error may quote what was typed, so it is not told.
            .map_err(|_| Fault::new(FaultKind::BadRequest).detail("The form lacks a field."))?;
        Ok(if fresh { Self::Fresh(form) } else { Self::Expired(form) })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        match FormAttempt::from_request(request, state).await? {
            FormAttempt::Fresh(form) => Ok(Self(form)),
            FormAttempt::Expired(_) => Err(Fault::new(FaultKind::FormExpired)),
        }
    }
}

/// Reads the pairs of a form body; each name once, all of it UTF-8 and well escaped.
pub(crate) fn parse(body: &[u8]) -> Result<Map<String, Value>, Fault> {
    let bad = |detail: &'static str| Fault::new(FaultKind::BadRequest).detail(detail);
    let mut fields = Map::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name =
            decode(halves.next().unwrap_or_default()).ok_or_else(|| bad("A field's name is not well-formed UTF-8."))?;
        let value = decode(halves.next().unwrap_or_default())
            .ok_or_else(|| bad("A field's value is not well-formed UTF-8."))?;
        if fields.len() >= MAX_FIELDS {
            return Err(bad("The form has too many fields."));
        }
        if fields.insert(name, Value::String(value)).is_some() {
            return Err(bad("The form has a field twice."));
        }
    }
    Ok(fields)
}

/// Undoes `+` and `%XX`; `None` for a broken escape, broken UTF-8 or a NUL, which no store takes.
fn decode(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16).and_then(|d| u8::try_from(d).ok());
                let high = digit(rest.next())?;
                high * 16 + digit(rest.next())?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_strictly() {
        for (body, expected) in [
            ("", Some(vec![])),
            ("a=1&b=2", Some(vec![("a", "1"), ("b", "2")])),
            ("a=1%202+3", Some(vec![("a", "1 2 3")])),
            ("a=b=c", Some(vec![("a", "b=c")])),
            ("a", Some(vec![("a", "")])),
            ("&&a=1&", Some(vec![("a", "1")])),
            ("%61=%C3%A9", Some(vec![("a", "é")])),
            ("a=%F0%9F%98%80", Some(vec![("a", "😀")])),
            ("a=1&a=2", None),
            ("a=1&%61=1", None),
            ("a=%", None),
            ("a=%2", None),
            ("a=%zz", None),
            ("a=%+1", None),
            ("a=%FF", None),
            ("a=%C3", None),
            ("%ED%A0%80=1", None),
            ("a=%00", None),
        ] {
            let expected = expected.map(|pairs| {
                pairs
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), Value::from(value)))
                    .collect::<Map<_, _>>()
            });
            assert_eq!(parse(body.as_bytes()).ok(), expected, "{body}");
        }
        assert!(parse(b"a=\xff").is_err());
        let many = (0..=MAX_FIELDS)
            .map(|n| format!("f{n}=1"))
            .collect::<Vec<_>>()
            .join("&");
        assert!(parse(many.as_bytes()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_escaped_comes_back(pairs in proptest::collection::btree_map("[^\0]{1,12}", "[^\0]{0,20}", 0..8)) {
            let mut writer = url::form_urlencoded::Serializer::new(String::new());
            writer.extend_pairs(&pairs);
            let read = parse(writer.finish().as_bytes()).unwrap();
            let expected: Map<_, _> = pairs.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
            proptest::prop_assert_eq!(read, expected);
        }

        #[test]
        fn no_body_breaks_the_reader(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            drop(parse(&body));
        }
    }
}
