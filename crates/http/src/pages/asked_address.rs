//! What the pages share that ask for an address and promise a mail to it, whoever has it (B16): a reset link (B14), a report
//! (B17).

use axum::response::Response;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::return_to::ReturnTo;
use serde::Deserialize;

use super::answer::{self, Told};
use super::fields::{self, Query};
use super::seal::{self, Sealed};
use super::sign_in::destination;
use super::visit::{PageKind, Visit, journey, see_other};
use crate::extract::FormAttempt;
use crate::problem::{Fault, Situation};
use crate::render::Page;
use crate::render::views::AddressForm;

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    email: String,
    return_to: Option<String>,
    flow: Option<String>,
}

/// What was sent, and where the person was going.
pub(super) struct Asked {
    email: String,
    pub(super) return_to: ReturnTo,
}

impl Asked {
    /// Reads the form: the address with what else was sent, or the page again.
    pub(super) async fn of<P: Page + From<AddressForm>>(
        visit: &Visit,
        form: FormAttempt<Fields>,
    ) -> Result<Result<(Self, EmailAddress), Response>, Fault> {
        let (fresh, fields) = form.into_parts();
        let asked = Self {
            return_to: destination(visit, fields.return_to.as_deref(), fields.flow.as_deref()).await?,
            email: fields.email,
        };
        if !fresh {
            let again = AddressForm {
                refusal: Some(answer::form_expired()),
                ..AddressForm::default()
            };
            return asked.page::<P>(visit, Situation::FormExpired, again).map(Err);
        }
        match fields::email(&asked.email) {
            Ok(address) => Ok(Ok((asked, address))),
            Err(error) => {
                let again = AddressForm {
                    errors: vec![error],
                    ..AddressForm::default()
                };
                asked.page::<P>(visit, Situation::Unfit, again).map(Err)
            }
        }
    }

    /// The page again, with why there is no mail.
    pub(super) fn refused<P: Page + From<AddressForm>>(&self, visit: &Visit, told: &Told) -> Result<Response, Fault> {
        let again = AddressForm {
            refusal: Some(told.refusal.clone()),
            ..AddressForm::default()
        };
        let shown = self.page::<P>(visit, told.situation, again);
        shown.map(|response| told.dress(response))
    }

    /// On to the page that says where the mail went.
    pub(super) fn sent(&self, visit: &Visit, (page, kind): (&str, Sealed), masked: &str) -> Result<Response, Fault> {
        (visit.state.mail_promised)();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("to", &seal::seal(&visit.state.seal, kind, masked));
        if !self.return_to.is_home() {
            query.append_pair("return_to", self.return_to.as_str());
        }
        see_other(&format!("{page}/sent?{}", query.finish()))
    }

    fn page<P: Page + From<AddressForm>>(
        &self,
        visit: &Visit,
        situation: Situation,
        again: AddressForm,
    ) -> Result<Response, Fault> {
        let form = AddressForm {
            email: self.email.clone(),
            ..again
        };
        visit.page(
            PageKind::Form,
            situation,
            journey(None, &self.return_to),
            &P::from(form),
        )
    }
}

/// Shows the form, empty.
pub(super) async fn show<P: Page + From<AddressForm>>(visit: &Visit, query: &Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let asked = Asked {
        email: String::new(),
        return_to: destination(visit, query.get("return_to"), query.get("flow")).await?,
    };
    asked.page::<P>(visit, Situation::Shown, AddressForm::default())
}

/// The address that a mail went to, masked, as the page after the form is told it; or the way back to the form.
pub(super) fn sent_to(
    visit: &Visit,
    query: &Query,
    (page, kind): (&str, Sealed),
) -> Result<Result<(String, ReturnTo), Response>, Fault> {
    visit.workspace()?;
    let return_to = visit.destination(query.get("return_to"));
    let sealed = query.get("to");
    match sealed.and_then(|text| seal::unseal(&visit.state.seal, kind, text)) {
        Some(address) => Ok(Ok((address, return_to))),
        None => see_other(&format!("{page}{}", journey(None, &return_to).query())).map(Err),
    }
}
