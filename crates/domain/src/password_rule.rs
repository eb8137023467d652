//! What a new password must be (R1–R4): long enough, not too long, and not one that everybody tries first. No rule about
//! kinds of characters, and none about age (R3).

use crate::email_address::EmailAddress;
use crate::secret::Password;
use crate::settings::AudienceSettings;
use crate::workspace::Workspace;

/// The least that any setting can ask for (SD2).
pub const SHORTEST_MINIMUM: u16 = 8;

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordProblem {
    /// Shorter than the rule of the audience.
    TooShort {
        /// The least number of characters.
        min: u16,
    },
    /// One of the passwords that are tried first (R4).
    Common,
    /// Little more than a name that stands on the page or in the address (R4).
    ContainsContext,
}

/// Words that a password must not be made of: product, workspace, own name, own addresses (R4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordContext {
    words: Vec<String>,
}

impl PasswordContext {
    /// Gathers the words for one person in one workspace.
    pub fn new(workspace: &Workspace, name: &str, addresses: &[EmailAddress]) -> Self {
        let mut words = vec![
            "doorward".to_owned(),
            workspace.slug.as_str().to_owned(),
            workspace.name.clone(),
        ];
        words.extend(workspace.hosts.iter().cloned());
        words.push(name.to_owned());
        words.extend(name.split_whitespace().map(str::to_owned));
        for address in addresses {
            words.push(address.as_str().to_owned());
            words.push(address.local().to_owned());
            words.push(address.domain().to_owned());
        }
        let mut words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        words.retain(|word| word.chars().count() >= 4);
        Self { words }
    }
}

/// Every problem of a new password; empty if it will do.
pub fn check_new_password(
    password: &Password,
    settings: &AudienceSettings,
    context: &PasswordContext,
) -> Vec<PasswordProblem> {
    let text = password.expose();
    let mut problems = Vec::new();
    let min = settings.password_min_length.max(SHORTEST_MINIMUM);
    if text.chars().count() < usize::from(min) {
        problems.push(PasswordProblem::TooShort { min });
    }
    let lower = text.to_lowercase();
    if context.words.contains(&lower) {
        problems.push(PasswordProblem::ContainsContext);
    }
    problems
}
