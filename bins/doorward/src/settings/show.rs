//! `doorward config`: the effective configuration, secrets masked.

use secrecy::ExposeSecret as _;

use super::{LogFormat, Settings};

/// Every key with its value.
pub(super) fn lines(settings: &Settings) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut line = |key: &str, value: String| lines.push((key.to_owned(), value));
    let listen: Vec<String> = settings
        .listen
        .iter()
        .map(|address| quoted(&address.to_string()))
        .collect();
    line("listen", format!("[{}]", listen.join(", ")));
    line(
        "public_url",
        quoted(&settings.public_url.origin_of(settings.public_url.base_host())),
    );
    line(
        "default_workspace",
        optional(settings.default_workspace.as_ref().map(ToString::to_string)),
    );
    line(
        "database.url",
        quoted(&masked_url(settings.database_url.expose_secret())),
    );
    line(
        "database.max_connections",
        settings
            .database_connections
            .map_or_else(|| "# chosen by the kind of database".to_owned(), |n| n.to_string()),
    );
    let keys: Vec<String> = settings
        .secret_key_files
        .iter()
        .map(|file| quoted(&file.display().to_string()))
        .collect();
    line("secret_key_file", format!("[{}]", keys.join(", ")));
    line("mail.transport", quoted(settings.mail.transport.as_str()));
    line(
        "mail.smtp.url",
        optional(
            settings
                .mail
                .smtp_url
                .as_ref()
                .map(|url| masked_url(url.expose_secret())),
        ),
    );
    let root = settings.mail.smtp_root_certificate.as_ref();
    line(
        "mail.smtp.root_certificate_file",
        optional(root.map(|file| file.display().to_string())),
    );
    line("mail.from", optional(settings.mail.from.clone()));
    let bounces = settings.mail.bounce_address.as_ref();
    line("mail.bounce_address", optional(bounces.map(ToString::to_string)));
    line("mail.directory", quoted(&settings.mail.directory.display().to_string()));
    line(
        "tls.cert_file",
        optional(settings.tls.as_ref().map(|(cert, _)| cert.display().to_string())),
    );
    line(
        "tls.key_file",
        optional(settings.tls.as_ref().map(|(_, key)| key.display().to_string())),
    );
    let proxies: Vec<String> = settings
        .trusted_proxies
        .iter()
        .map(|net| quoted(&net.to_string()))
        .collect();
    line("trusted_proxies", format!("[{}]", proxies.join(", ")));
    line(
        "templates.directory",
        optional(settings.templates.as_ref().map(|path| path.display().to_string())),
    );
    line(
        "workspaces.self_service",
        quoted(if settings.workspaces_self_service { "on" } else { "off" }),
    );
    line(
        "sso.allow_private_networks",
        quoted(if settings.sso_allow_private_networks {
            "on"
        } else {
            "off"
        }),
    );
    line(
        "log.format",
        quoted(if settings.log_format == LogFormat::Pretty {
            "pretty"
        } else {
            "json"
        }),
    );
    line("log.filter", quoted(&settings.log_filter));
    line(
        "metrics.listen",
        optional(settings.metrics_listen.map(|address| address.to_string())),
    );
    if let Ok(serde_json::Value::Object(limits)) = serde_json::to_value(&settings.limits) {
        for (key, value) in limits {
            line(&format!("limits.{key}"), value.to_string());
        }
    }
    for (id, provider) in &settings.providers {
        for (key, value) in &provider.values {
            line(&format!("providers.{id}.{key}"), quoted(value));
        }
        if provider.client_secret.is_some() {
            line(&format!("providers.{id}.client_secret"), quoted("••••••"));
        }
    }
    lines
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn optional(text: Option<String>) -> String {
    text.map_or_else(|| "# none".to_owned(), |text| quoted(&text))
}

/// A URL without its password.
fn masked_url(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            let masked = url.set_password(Some("••••••")).is_ok();
            if masked {
                url.to_string().replace("%E2%80%A2", "•")
            } else {
                "••••••".to_owned()
            }
        }
        Ok(_) => text.to_owned(),
        Err(_) => "••••••".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_urls_are_masked() {
        assert_eq!(
            masked_url("smtp://jo:geheim@mail.example:587"),
            "smtp://jo:••••••@mail.example:587"
        );
        assert_eq!(masked_url("sqlite://data/doorward.db"), "sqlite://data/doorward.db");
    }
}
