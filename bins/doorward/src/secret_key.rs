//! The secret key file: exactly 32 raw random bytes, never trimmed or decoded (contract 1, R116).

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use doorward_domain::ports::Entropy;
use doorward_persistence::{KEY_BYTES, KeyRing};

/// Reads the keys, newest first.
///
/// # Errors
/// A file that is missing, of another length, or readable by others than its owner.
pub(crate) fn read(files: &[PathBuf], entropy: Arc<dyn Entropy>) -> anyhow::Result<KeyRing> {
    let mut keys = Vec::new();
    for file in files {
        let metadata = fs::metadata(file).with_context(|| {
            format!(
                "secret_key_file: {} cannot be read; make one with: head -c 32 /dev/urandom > {0} && chmod 600 {0}",
                file.display()
            )
        })?;
        if metadata.permissions().mode() & 0o077 != 0 {
            bail!(
                "secret_key_file: others can read {0}; run: chmod 600 {0}",
                file.display()
            );
        }
        let bytes = fs::read(file).with_context(|| format!("secret_key_file: {} cannot be read", file.display()))?;
        if bytes.len() != KEY_BYTES {
            let length = bytes.len();
            bail!(
                "secret_key_file: {} has {length} bytes; it must be exactly {KEY_BYTES}",
                file.display()
            );
        }
        keys.push(bytes);
    }
    KeyRing::new(keys, entropy).context("secret_key_file")
}

/// Makes the key file if there is none yet, for `dev`.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn make_if_missing(file: &Path, entropy: &dyn Entropy) -> anyhow::Result<()> {
    if file.exists() {
        return Ok(());
    }
    if let Some(directory) = file.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let mut key = [0_u8; KEY_BYTES];
    entropy.fill(&mut key);
    let mut new = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    new.write_all(&key)?;
    new.sync_all()?;
    Ok(())
}
