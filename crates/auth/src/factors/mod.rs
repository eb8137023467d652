//! Second factors, passkeys, and the fresh proof that changing them needs (B10–B12, R11, R66–R77).

pub mod add_passkey;
pub mod disable_two_factor;
pub mod enable_two_factor;
pub mod prove_afresh;
pub mod remove_passkey;
pub mod rename_passkey;
pub mod renew_backup_codes;
pub(crate) mod rounds;

use doorward_domain::second_factor::{BACKUP_CODES, BackupCode, BackupSet};
use doorward_domain::secret::Password;

use crate::context::Context;
use crate::outcome::SignInError;

/// Ten new backup codes, and what is stored of them (R74).
async fn new_backup_codes(context: &Context) -> Result<(Vec<BackupCode>, BackupSet), SignInError> {
    let codes: Vec<BackupCode> = (0..BACKUP_CODES)
        .map(|_| BackupCode::generate(context.entropy()))
        .collect();
    let secrets = codes
        .iter()
        .filter_map(|code| Password::parse(&code.bare()).ok())
        .collect();
    let hasher = &context.ports.hasher;
    let recipe = hasher.new_recipe()?;
    let left = hasher.hash_by(recipe.clone(), secrets).await?;
    let used = Vec::new();
    Ok((codes, BackupSet { recipe, left, used }))
}
