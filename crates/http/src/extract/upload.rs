//! A form with a file: `multipart/form-data`, with the token of R83.

use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use bytes::Bytes;

use super::media_type;
use crate::body::Oversized;
use crate::context::RequestContext;
use crate::edge::csrf::FORM_TOKEN_FIELD;
use crate::problem::{Fault, FaultKind};

/// Most parts of one form.
const MAX_PARTS: usize = 8;

/// One uploaded file. Its name and type, as the browser tells them, are not looked at: anybody can write anything there.
#[derive(Debug, Clone)]
pub enum Upload {
    /// The token belongs to this browser.
    Fresh(Bytes),
    /// No token, or one of another browser: nothing may be done with the file.
    Expired,
    /// More bytes than this address takes; they were not kept.
    TooLarge,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let context = RequestContext::from_request_parts(&mut parts, state).await?;
        if media_type(&parts.headers).as_deref() != Some("multipart/form-data") {
            return Err(Fault::new(FaultKind::UnsupportedMediaType).detail("Send the form as multipart/form-data."));
        }
        if parts.extensions.get::<Oversized>().is_some() {
            return Ok(Self::TooLarge);
        }
        let mut form = Multipart::from_request(Request::from_parts(parts, body), state)
            .await
            .map_err(|_| unreadable())?;
        let (mut token, mut file) = (None, None);
        for _ in 0..MAX_PARTS {
            let Some(part) = form.next_field().await.map_err(|_| unreadable())? else {
                let fresh = token.is_some_and(|token: String| context.owns_form_token(&token));
                return Ok(if fresh {
                    Self::Fresh(file.unwrap_or_default())
                } else {
                    Self::Expired
                });
            };
            let again = if part.name() == Some(FORM_TOKEN_FIELD) {
                token.replace(part.text().await.map_err(|_| unreadable())?).is_some()
            } else if part.file_name().is_some() {
                file.replace(part.bytes().await.map_err(|_| unreadable())?).is_some()
            } else {
                false
            };
            if again {
                return Err(Fault::new(FaultKind::BadRequest).detail("The form has a field twice."));
            }
        }
        Err(Fault::new(FaultKind::BadRequest).detail("The form has too many fields."))
    }
}

fn unreadable() -> Fault {
    Fault::new(FaultKind::BadRequest).detail("The form cannot be read.")
}
