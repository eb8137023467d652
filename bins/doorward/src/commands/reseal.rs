//! `doorward reseal`: seals anew, with the newest key, the second factors, keys of hand-over and secrets of
//! workspaces' own providers that an older key of `secret_key_file` sealed
//! (R68, R116).

use doorward_persistence::{SeaFactors, SeaHandOverKeys, SeaWorkspaceProviders};

use super::house;
use crate::output::{aside, say};
use crate::settings::Flags;

/// Runs it. How many secrets were sealed anew stands alone on standard output.
///
/// # Errors
/// A secret that opens with none of the keys; those before it stay sealed anew.
pub(crate) async fn run(flags: &Flags) -> anyhow::Result<()> {
    let (_, house) = house(flags).await?;
    let factors = SeaFactors::new(house.store.clone()).reseal().await?;
    let keys = SeaHandOverKeys::new(house.store.clone()).reseal().await?;
    let resealed = factors + keys + SeaWorkspaceProviders::new(house.store.clone()).reseal().await?;
    aside(format_args!(
        "No second factor, no key of hand-over and no provider's secret needs an older key any more. Queued mail may, for four days at most: keep the older key that long."
    ));
    say!("{resealed}");
    Ok(())
}
