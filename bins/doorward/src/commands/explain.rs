//! `doorward explain`: the sign-in check as text (C4).

use anyhow::Context as _;
use doorward_auth::people::explain::Explanation;
use doorward_domain::mail_log::Reachability;
use doorward_domain::secret::HelpCode;
use doorward_domain::sign_in::{ReceiptOutcome, Ruling};
use doorward_domain::time_zone::rfc3339;
use doorward_domain::ways_in::WayState;
use doorward_http::api::sign_in_check_document;

use super::{address, house, workspace};
use crate::output::say;
use crate::settings::Flags;

/// Runs it.
///
/// # Errors
/// An address that is none, a help code that leads to no attempt, or a workspace that does not exist.
pub(crate) async fn run(
    flags: &Flags,
    slug: &str,
    (email, code): (Option<&str>, Option<&str>),
    json: bool,
) -> anyhow::Result<()> {
    let (_, house) = house(flags).await?;
    let workspace = workspace(&house, slug).await?;
    let people = house.auth.people();
    let explanation = match (email, code) {
        (Some(email), _) => people.explain(&workspace, &address(email)?).await?,
        (None, code) => {
            let code = HelpCode::parse(code.unwrap_or_default()).context("a help code looks like 7F3K-9QXM")?;
            let found = people.explain_code(&workspace, &code).await?;
            let found = found.context("no attempt in this workspace ended with that help code")?;
            found
                .explanation
                .context("that attempt names no address and nobody; its receipt is all there is")?
        }
    };
    if json {
        say!(
            "{}",
            serde_json::to_string_pretty(&sign_in_check_document(explanation)?)?
        );
    } else {
        crate::output::text(format_args!("{}", text(&explanation)))?;
    }
    Ok(())
}

fn counted(number: u32, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// Whether mail to that address arrives, by the last proof.
fn reach_of(explanation: &Explanation, address: &str) -> String {
    let told = explanation.reach.iter().find(|told| told.address == address);
    match told.map(|told| &told.reach) {
        Some(Reachability::Reachable { at }) => format!("mail arrives ({})", rfc3339(*at)),
        Some(Reachability::Unreachable { at, why }) => format!("mail does not arrive ({}): {why}", rfc3339(*at)),
        Some(Reachability::Unknown) | None => "not proved whether mail arrives".to_owned(),
    }
}

fn text(explanation: &Explanation) -> String {
    let mut lines = Vec::new();
    match &explanation.user {
        None => {
            lines.push(format!("Nobody here has {}.", explanation.address));
            lines.push(format!("  {}", reach_of(explanation, &explanation.address)));
        }
        Some(user) => {
            lines.push(format!(
                "{} is {} ({})",
                explanation.address,
                user.display_name(),
                user.id
            ));
            lines.push(format!("  role {}, {}", user.role.as_str(), user.status.as_str()));
            for email in &user.emails {
                let primary = if email.primary { ", primary" } else { "" };
                let proved = if email.verified_at.is_some() {
                    "proved"
                } else {
                    "unproved"
                };
                let reach = reach_of(explanation, email.address.as_str());
                lines.push(format!("  {}: {proved}{primary}; {reach}", email.address));
            }
        }
    }
    if let Some(factors) = explanation.factors {
        let app = match (factors.app, factors.backup_codes_left) {
            (false, _) => "off".to_owned(),
            (true, left) => format!("on, {} left", counted(left, "backup code", "backup codes")),
        };
        let required = if explanation.two_factor_required {
            "; required by the workspace"
        } else {
            ""
        };
        lines.push(format!("  two-factor authentication {app}{required}"));
        let (passkeys, synced) = (factors.passkeys, factors.synced_passkeys);
        lines.push(match passkeys {
            0 => "  no passkey".to_owned(),
            _ => format!("  passkeys: {passkeys}, of which {synced} outlive a lost device"),
        });
    }
    lines.push(String::new());
    let diagnosis = &explanation.diagnosis;
    lines.push(format!("Verdict: {}", diagnosis.verdict.as_str()));
    for trouble in &diagnosis.troubles {
        let until = trouble
            .until
            .map(|at| format!(", until {}", rfc3339(at)))
            .unwrap_or_default();
        let reply = trouble
            .reply
            .as_deref()
            .map(|reply| format!(": {reply}"))
            .unwrap_or_default();
        lines.push(format!("  {}{until}{reply}", trouble.kind.as_str()));
    }
    for mend in &diagnosis.mends {
        lines.push(format!("  mended by {}", mend.id()));
    }
    for near in &explanation.near {
        lines.push(format!("  nearly: {}", near.address));
    }
    lines.push(String::new());
    lines.push("Ways in now:".to_owned());
    for way in &explanation.ways_in {
        let state = match way.state {
            WayState::Open => "open".to_owned(),
            WayState::Closed(reason) => format!("closed: {reason}"),
        };
        lines.push(format!("  {}: {state}", way.method.as_str()));
    }
    for way in &explanation.provider_ways {
        let state = match way.state {
            WayState::Open => "open".to_owned(),
            WayState::Closed(reason) => format!("closed: {reason}"),
        };
        lines.push(format!("  provider {}: {state}", way.provider));
    }
    lines.push(String::new());
    lines.push("Last attempts:".to_owned());
    if explanation.attempts.is_empty() {
        lines.push("  none on record".to_owned());
    }
    for receipt in &explanation.attempts {
        let outcome = match &receipt.outcome {
            ReceiptOutcome::Granted => "granted".to_owned(),
            ReceiptOutcome::Sent => "mail sent".to_owned(),
            ReceiptOutcome::Needs { step } => format!("needs {}", step.as_str()),
            ReceiptOutcome::Refused { private, .. } => format!("refused: {private}"),
        };
        let (at, attempt, code) = (rfc3339(receipt.at), &receipt.attempt, &receipt.help_code);
        lines.push(format!(
            "  {at}  {attempt}  {outcome}  [{code}]  from {}",
            receipt.client.address
        ));
        for finding in &receipt.findings {
            if finding.ruling == Ruling::Deny {
                let rule = serde_json::to_value(&finding.rule).unwrap_or_default();
                lines.push(format!("      {}: {}", rule.to_string().trim_matches('"'), finding.saw));
            }
        }
    }
    lines.push(String::new());
    lines.push("Last mails:".to_owned());
    if explanation.mails.is_empty() {
        lines.push("  none on record".to_owned());
    }
    for mail in &explanation.mails {
        let reply = mail.last_reply.as_deref().unwrap_or("not tried yet");
        let (at, kind, state) = (rfc3339(mail.created_at), &mail.kind, mail.state.as_str());
        let tries = counted(mail.attempts, "try", "tries");
        lines.push(format!("  {at}  {kind}  {state}, {tries}  {reply}"));
    }
    lines.push(String::new());
    lines.join("\n")
}
