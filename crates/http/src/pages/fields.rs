//! What people send: queries and single fields, read with patience and answered with words.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use doorward_domain::email_address::{EmailAddress, EmailAddressError};
use doorward_domain::ids::FlowId;
use doorward_domain::second_factor::TypedFactor;
use doorward_domain::secret::{CODE_LENGTH, EmailCode};
use http::request::Parts;

use crate::render::messages;
use crate::render::views::FieldError;

/// The query of an address. Whatever cannot be read is as if it were not there: a link must lead somewhere (R42).
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// The value of a name; a name that stands twice has none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// The attempt that is named.
    pub(super) fn flow(&self) -> Option<FlowId> {
        flow_of(self.get("flow"))
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into_owned(), value.into_owned());
        Ok(Self(pairs.map(owned).collect()))
    }
}

/// The attempt of that id, if it is one.
pub(super) fn flow_of(text: Option<&str>) -> Option<FlowId> {
    text?.parse().ok()
}

/// Reads one email address.
pub(super) fn email(typed: &str) -> Result<EmailAddress, FieldError> {
    EmailAddress::parse(typed).map_err(|error| {
        let several = typed.matches('@').count() > 1 && typed.trim().contains([',', ';', ' ', '\t', '\r', '\n']);
        let words = match error {
            EmailAddressError::Empty => messages::email_missing(),
            _ if several => messages::one_email_only(),
            _ => messages::email_invalid(),
        };
        FieldError::new("email", words)
    })
}

/// Whether what was typed can be tried as a code at all. A text of seven letters and digits can, whatever they are:
/// that it is not the code is then the answer, and counts.
pub(super) fn code(typed: &str) -> Result<(), FieldError> {
    let signs = typed.chars().filter(|sign| sign.is_alphanumeric()).count();
    if signs == CODE_LENGTH || EmailCode::parse(typed).is_some() {
        return Ok(());
    }
    let words = if typed.trim().is_empty() {
        messages::code_missing()
    } else {
        messages::code_shape(u32::try_from(CODE_LENGTH).unwrap_or(u32::MAX))
    };
    Err(FieldError::new("code", words))
}

/// Whether what was typed can be tried as a second factor at all: an app's six digits, or a backup code.
pub(super) fn factor(typed: &str) -> Result<(), FieldError> {
    let words = match TypedFactor::parse(typed) {
        TypedFactor::App(_) | TypedFactor::Backup(_) => return Ok(()),
        TypedFactor::Neither if typed.trim().is_empty() => messages::factor_missing(),
        TypedFactor::Neither => messages::factor_shape(),
    };
    Err(FieldError::new("code", words))
}

/// Whether what was typed for the second factor is more like a backup code than like a code of the app.
pub(super) fn is_meant_as_backup_code(typed: &str) -> bool {
    match TypedFactor::parse(typed) {
        TypedFactor::App(_) => false,
        TypedFactor::Backup(_) => true,
        TypedFactor::Neither => typed.chars().any(char::is_alphabetic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(error: &FieldError) -> &str {
        error.words.message().as_str()
    }

    #[test]
    fn an_address_is_one_address() {
        assert_eq!(email(" jo@example.com ").unwrap().as_str(), "jo@example.com");
        for (typed, expected) in [
            ("", "error-email-missing"),
            ("  ", "error-email-missing"),
            ("jo", "error-email-invalid"),
            ("jo@example@com", "error-email-invalid"),
            ("jo@example.com,eve@example.com", "error-email-one"),
            ("jo@example.com; eve@example.com", "error-email-one"),
            ("jo@example.com\r\neve@example.com", "error-email-one"),
        ] {
            assert_eq!(key(&email(typed).unwrap_err()), expected, "{typed:?}");
        }
    }

    #[test]
    fn seven_signs_are_tried_and_anything_else_is_asked_for_again() {
        for typed in ["ABC2345", "abc-2345", " ABC 2345 ", "UUUUUUU", "ABCÄ345"] {
            assert!(code(typed).is_ok(), "{typed:?}");
        }
        for (typed, expected) in [
            ("", "error-code-missing"),
            (" \t", "error-code-missing"),
            ("ABC234", "error-code-shape"),
            ("ABC23456", "error-code-shape"),
            ("-------", "error-code-shape"),
        ] {
            assert_eq!(key(&code(typed).unwrap_err()), expected, "{typed:?}");
        }
    }

    #[test]
    fn what_may_be_a_second_factor_is_tried() {
        for typed in ["123456", " 123 456 ", "١٢٣٤٥٦", "abcde-fghjk-mnp", "ABCDEFGHJKMNP"] {
            assert!(factor(typed).is_ok(), "{typed:?}");
        }
        for (typed, expected) in [
            ("", "error-factor-missing"),
            ("  ", "error-factor-missing"),
            ("12345", "error-factor-shape"),
            ("ABC2345", "error-factor-shape"),
        ] {
            assert_eq!(key(&factor(typed).unwrap_err()), expected, "{typed:?}");
        }
    }

    #[tokio::test]
    async fn a_query_is_read_with_patience() {
        let query = async |text: &str| {
            let request = http::Request::builder().uri(format!("/x?{text}")).body(()).unwrap();
            Query::from_request_parts(&mut request.into_parts().0, &())
                .await
                .unwrap()
        };
        assert_eq!(query("a=1&b=%2Fx").await.get("b"), Some("/x"));
        assert_eq!(query("a=1&a=2").await.get("a"), None);
        assert_eq!(query("a=%zz").await.get("a"), Some("%zz"));
        assert_eq!(query("flow=nonsense").await.flow(), None);
        let flow = "0193fcb8-0000-4000-8000-000000000001";
        assert_eq!(query(&format!("flow={flow}")).await.flow().unwrap().to_string(), flow);
    }
}
