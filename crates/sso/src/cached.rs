//! A value that one caller fetches for all, and that is good for a while.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use doorward_domain::ports::ProviderFault;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::http::{Errand, HttpError};

/// Fetched by one caller at a time. Whoever finds a good value waits for nobody, also while it is fetched anew; whoever was
/// waiting while a fetch failed is told so, and does not begin another one.
#[derive(Debug)]
pub(crate) struct Cached<T> {
    good: RwLock<Option<(Instant, Arc<T>)>>,
    /// Held while fetching; when the last fetch failed.
    gate: Mutex<Option<Instant>>,
}

impl<T: Send + Sync> Cached<T> {
    pub(crate) fn new() -> Self {
        Self {
            good: RwLock::new(None),
            gate: Mutex::new(None),
        }
    }

    fn last(&self) -> Option<(Instant, Arc<T>)> {
        self.good.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        *self.good.write().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&value)));
        value
    }

    /// The value, fetched if there is none that is younger than `good_for`.
    pub(crate) async fn get<F>(&self, good_for: Duration, errand: &Errand, fetch: F) -> Result<Arc<T>, ProviderFault>
    where
        F: Future<Output = Result<T, ProviderFault>> + Send,
    {
        let young = |(fetched, value): &(Instant, Arc<T>)| (fetched.elapsed() < good_for).then(|| Arc::clone(value));
        let settled = self.settle(errand, async { fetch.await.map(Some) }, young).await?;
        settled.ok_or_else(|| errand.fault(HttpError::Content))
    }

    /// A value other than `stale`, fetched if nobody has done so meanwhile; `None` if `fetch` would not.
    pub(crate) async fn other_than<F>(
        &self,
        stale: &Arc<T>,
        errand: &Errand,
        fetch: F,
    ) -> Result<Option<Arc<T>>, ProviderFault>
    where
        F: Future<Output = Result<Option<T>, ProviderFault>> + Send,
    {
        let other = |(_, value): &(Instant, Arc<T>)| (!Arc::ptr_eq(value, stale)).then(|| Arc::clone(value));
        self.settle(errand, fetch, other).await
    }

    async fn settle<F>(
        &self,
        errand: &Errand,
        fetch: F,
        fits: impl Fn(&(Instant, Arc<T>)) -> Option<Arc<T>> + Send,
    ) -> Result<Option<Arc<T>>, ProviderFault>
    where
        F: Future<Output = Result<Option<T>, ProviderFault>> + Send,
    {
        if let Some(value) = self.last().as_ref().and_then(&fits) {
            return Ok(Some(value));
        }
        let asked = Instant::now();
        let gate = timeout_at(errand.until, self.gate.lock()).await;
        let mut failed = gate.map_err(|_| errand.fault(HttpError::Slow))?;
        if let Some(value) = self.last().as_ref().and_then(&fits) {
            return Ok(Some(value));
        }
        if failed.is_some_and(|failed| failed > asked) {
            return Err(errand.fault(HttpError::Shared));
        }
        match fetch.await {
            Ok(value) => Ok(value.map(|value| self.keep(value))),
            Err(fault) => {
                *failed = Some(Instant::now());
                Err(fault)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn errand() -> Errand {
        Errand {
            what: "keys",
            until: Instant::now() + Duration::from_secs(10),
            body: 1,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_fetches_for_all_and_a_failure_is_shared() {
        let (cached, fetches) = (Cached::<u8>::new(), AtomicUsize::new(0));
        let ask = async |fails: bool| {
            let fetch = async {
                fetches.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(5)).await;
                if fails {
                    Err(errand().fault(HttpError::Slow))
                } else {
                    Ok(7)
                }
            };
            cached.get(Duration::from_mins(1), &errand(), fetch).await
        };
        let (one, two, three) = tokio::join!(ask(true), ask(true), ask(true));
        assert!(one.is_err() && two.is_err() && three.is_err());
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
        let (one, two) = tokio::join!(ask(false), ask(false));
        assert_eq!((*one.unwrap(), *two.unwrap()), (7, 7));
        assert_eq!(fetches.load(Ordering::SeqCst), 2);
        tokio::time::sleep(Duration::from_secs(61)).await;
        assert_eq!(*ask(false).await.unwrap(), 7);
        assert_eq!(fetches.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_fetch_waits_no_longer_than_there_is_time() {
        let cached = Cached::<u8>::new();
        let long = errand();
        let hangs = cached.get(Duration::ZERO, &long, std::future::pending());
        let waits = async {
            tokio::task::yield_now().await;
            let began = Instant::now();
            let waited = cached.get(Duration::ZERO, &errand(), async { Ok(1) }).await;
            (waited, began.elapsed())
        };
        tokio::select! {
            biased;
            _ = hangs => unreachable!("it hangs"),
            (waited, took) = waits => {
                assert!(matches!(waited, Err(ProviderFault::Unavailable { what: "keys", .. })));
                assert_eq!(took, Duration::from_secs(10));
            }
        }
    }
}
