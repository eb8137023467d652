//! How mail is set up from the configuration.

use anyhow::Context as _;
use doorward_domain::secret::CodeKey;
use doorward_mail::{Composer, ComposerConfig, FromMailbox, SmtpConfig, SmtpUrl};
use secrecy::ExposeSecret as _;

use crate::settings::Settings;

/// The mail server.
///
/// # Errors
/// No `mail.smtp.url`, or a root certificate that cannot be read.
pub(crate) fn smtp(settings: &Settings) -> anyhow::Result<SmtpConfig> {
    let url = settings
        .mail
        .smtp_url
        .as_ref()
        .context("mail.smtp.url: name your mail server")?;
    let url = SmtpUrl::parse(url.expose_secret()).context("mail.smtp.url")?;
    let mut config = SmtpConfig::new(url, settings.public_url.base_host());
    if let Some(file) = &settings.mail.smtp_root_certificate {
        let pem = std::fs::read_to_string(file)
            .with_context(|| format!("mail.smtp.root_certificate_file: {} cannot be read", file.display()))?;
        config.root_certificates = Some(pem);
    }
    Ok(config)
}

/// What turns typed messages into mails. Without the key, what comes back goes to `mail.from`.
///
/// # Errors
/// No `mail.from`, or templates that cannot be used.
pub(crate) fn composer(settings: &Settings, key: Option<CodeKey>) -> anyhow::Result<Composer> {
    let from = settings
        .mail
        .from
        .as_deref()
        .context("mail.from: say whom mails come from")?;
    let config = ComposerConfig {
        from: FromMailbox::parse(from).context("mail.from")?,
        host: settings.public_url.base_host().to_owned(),
        overrides: settings.templates.as_ref().map(|templates| templates.join("mail")),
    };
    let composer = Composer::new(config).context("templates.directory")?;
    match (&settings.mail.bounce_address, key) {
        (Some(address), Some(key)) => composer
            .returning_to(address.clone(), key)
            .context("mail.bounce_address"),
        _ => Ok(composer),
    }
}
