//! Transactions that may lose a race, run again until they win or lose cleanly.

/// How often a transaction is run again after it lost a race: each time somebody else won, so that it ends soon.
pub(crate) const TRIES: u32 = 5;

/// Runs a transaction, again if it lost a race.
macro_rules! retried {
    ($place:expr, $once:expr) => {{
        let mut tries = $crate::retry::TRIES;
        loop {
            tries -= 1;
            match $once.await {
                Err(trouble) if trouble.is_lost_race() && tries > 0 => {}
                done => break done.map_err(|trouble| trouble.at($place)),
            }
        }
    }};
}

/// The same for a transaction that sessions depend on; what it announced counts when it is over.
macro_rules! announced {
    ($self:ident, $place:expr, |$announcement:ident| $once:expr) => {{
        let $announcement = $self.store.changes().begin($place).await?;
        let done = $crate::retry::retried!($place, $once);
        if done.is_ok() {
            $announcement.finish();
        }
        done
    }};
}

pub(crate) use announced;
pub(crate) use retried;
