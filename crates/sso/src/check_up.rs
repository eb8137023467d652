//! Whether the server's own providers are there: what `doorward doctor` asks, with nobody who signs in.

use doorward_domain::ports::ProviderFault;
use doorward_domain::provider::ProviderId;
use doorward_domain::time::Timestamp;

use crate::engine::{Provider, Providers, configured};
use crate::exchange::date_of;
use crate::http::{Errand, HttpError, get};
use crate::provider::ProviderKind;

/// What was found of one provider.
#[derive(Debug)]
pub struct CheckUp {
    /// Which.
    pub provider: ProviderId,
    /// What its clock says, if it said; or why nobody could sign in with it now.
    pub found: Result<Option<Timestamp>, ProviderFault>,
}

impl Providers {
    /// Asks every provider of the server's own for what a sign-in needs first: its metadata and keys, or, where all its
    /// addresses are configured, any answer at all from where codes are exchanged.
    pub async fn check_up(&self) -> Vec<CheckUp> {
        let mut found = Vec::new();
        for provider in &self.known {
            found.push(CheckUp {
                provider: provider.config.id.clone(),
                found: self.ask(provider).await,
            });
        }
        found
    }

    async fn ask(&self, provider: &Provider) -> Result<Option<Timestamp>, ProviderFault> {
        let (limits, until) = (&self.options.limits, self.until());
        let (address, what) = match provider.config.kind {
            ProviderKind::OAuth2 => (configured(provider.config.token_endpoint.as_ref(), "token")?, "token"),
            ProviderKind::OpenIdConnect => {
                let metadata = provider.metadata(limits, until).await?;
                provider
                    .discovery
                    .keys(&metadata, &provider.http, limits, until)
                    .await?;
                (metadata.jwks_uri.clone(), "keys")
            }
        };
        let errand = Errand {
            what,
            until,
            body: limits.body,
        };
        let request = get(&address, None).map_err(|error| errand.fault(error))?;
        match provider.http.send(request, &errand).await {
            Ok(answer) if answer.status().is_server_error() => Err(errand.fault(HttpError::Status(answer.status()))),
            Ok(answer) => Ok(date_of(&answer)),
            // Where codes are exchanged nobody asks like this, and what it says to it is its own affair.
            Err(HttpError::Redirect | HttpError::TooLong(_)) => Ok(None),
            Err(error) => Err(errand.fault(error)),
        }
    }
}
