//! The mail server of the suites, told by one argument (JSON) what it offers. The harness starts it.

use doorward_tests::smtp::{Offer, serve};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let offer = std::env::args().nth(1).unwrap_or_default();
    let offer: Offer = serde_json::from_str(&offer)?;
    serve(offer).await?;
    Ok(())
}
