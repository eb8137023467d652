//! Authenticator apps: RFC 6238 with SHA-1, six digits and thirty seconds, as every app reads it (R66–R69).

use doorward_domain::ports::{FaultKind, PortError};
use doorward_domain::second_factor::{
    APP_CODE_DIGITS, AppCode, AppCodeMatch, AppSecret, STEP_SECONDS, steps_in_window,
};
use doorward_domain::time::Timestamp;
use qrcode::{EcLevel, QrCode};
use subtle::ConstantTimeEq as _;
use totp_rs::{Builder, Secret, Totp};

const PLACE: &str = "totp";
/// Pixels along one side of the QR code, at the least; as SVG it is crisp at any size.
const QR_SIDE: u32 = 220;

/// What a person sets up in their app.
#[derive(Clone, PartialEq, Eq)]
pub struct AppSetup {
    /// The key as text, in groups of four letters.
    pub key: String,
    /// The `otpauth://` address: a link that a phone opens in its app.
    pub url: String,
    /// The same address as a QR code: an SVG element, ready to stand in a page.
    pub qr_svg: String,
}

impl std::fmt::Debug for AppSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppSetup([redacted])")
    }
}

/// The app's code of `secret` that was typed, if it is that of this time step or of one either side (R69). Each of the
/// three is compared, in constant time.
pub(crate) fn check(secret: &AppSecret, typed: &AppCode, now: Timestamp) -> Result<Option<AppCodeMatch>, PortError> {
    let generator = generator(secret, "account", "issuer")?;
    let mut matched = None;
    for step in steps_in_window(now) {
        let seconds = u64::try_from(step.saturating_mul(STEP_SECONDS)).unwrap_or(0);
        let code = generator.generate(seconds).to_string();
        if bool::from(code.as_bytes().ct_eq(typed.expose().as_bytes())) && matched.is_none() {
            matched = Some(AppCodeMatch::of_step(step));
        }
    }
    Ok(matched)
}

/// What to show for setting up an app with `secret`, for `account` at `issuer`.
pub(crate) fn setup(secret: &AppSecret, account: &str, issuer: &str) -> Result<AppSetup, PortError> {
    // A colon divides the two in the address; no app could tell them apart otherwise.
    let (account, issuer) = (account.replace(':', " "), issuer.replace(':', " "));
    let url = generator(secret, &account, &issuer)?
        .to_url()
        .map_err(|cause| PortError::new(FaultKind::Misuse, PLACE, cause))?;
    let url = spelt_out(url);
    let code = QrCode::with_error_correction_level(&url, EcLevel::M)
        .map_err(|cause| PortError::new(FaultKind::Misuse, PLACE, cause))?;
    let svg = code
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(QR_SIDE, QR_SIDE)
        .build();
    // The prologue has no place inside a page.
    let element = svg.find("<svg").and_then(|start| svg.get(start..)).unwrap_or(&svg);
    Ok(AppSetup {
        key: secret.as_text(),
        url,
        qr_svg: element.to_owned(),
    })
}

/// R68 wants the three figures in the address, though they are what every app takes for granted.
fn spelt_out(mut url: String) -> String {
    for (name, value) in [
        ("algorithm", "SHA1".to_owned()),
        ("digits", APP_CODE_DIGITS.to_string()),
        ("period", STEP_SECONDS.to_string()),
    ] {
        if !url.contains(&format!("{name}=")) {
            for part in ["&", name, "=", &value] {
                url.push_str(part);
            }
        }
    }
    url
}

fn generator(secret: &AppSecret, account: &str, issuer: &str) -> Result<Totp, PortError> {
    Builder::new()
        .with_secret(Secret::from(secret.expose().to_vec()))
        .with_skew(0)
        .with_account_name(account.to_owned())
        .with_issuer(Some(issuer.to_owned()))
        .build()
        .map_err(|cause| PortError::new(FaultKind::Misuse, PLACE, cause))
}

#[cfg(test)]
mod tests;
