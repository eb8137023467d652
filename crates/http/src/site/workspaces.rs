//! Workspaces by what hosts say, looked up through the port and kept for a moment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::ports::{Clock, Edition, PortResult, Workspaces};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::{Slug, Workspace};

use crate::edge::host::{FindWorkspace, LookupUnavailable};

/// For how long an answer is used again. Settings that were changed on another node count after that; those changed here,
/// or by a command beside the server, on the very next request.
const FRESH: Duration = Duration::from_secs(1);
/// While one request looks an answer up again, others go on with the old one for so long.
const USABLE: Duration = Duration::from_secs(3);

/// [`FindWorkspace`] over the port. Every request asks it, the session check among them, so answers are kept; that
/// there is none is not, so a workspace that was just made answers at once.
#[derive(Clone)]
pub(super) struct CachedWorkspaces {
    port: Arc<dyn Workspaces>,
    clock: Arc<dyn Clock>,
    kept: Arc<RwLock<HashMap<Key, Arc<Kept>>>>,
    /// Whether a change of settings has to show in the very next answer.
    exact: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Slug(String),
    Host(String),
}

struct Kept {
    workspace: Arc<Workspace>,
    asked_at: Timestamp,
    /// The state that the port was in before it was asked.
    edition: Option<Edition>,
    being_renewed: AtomicBool,
}

/// Lets the next request renew an answer, also where this one was given up half-way.
struct Renewal<'k>(&'k Kept);

impl Drop for Renewal<'_> {
    fn drop(&mut self) {
        self.0.being_renewed.store(false, Ordering::Release);
    }
}

impl CachedWorkspaces {
    pub(super) fn new(port: Arc<dyn Workspaces>, clock: Arc<dyn Clock>) -> Self {
        Self {
            port,
            clock,
            kept: Arc::default(),
            exact: true,
        }
    }

    /// The same for session checks, which need to know whose host it is and nothing that settings could change: they do
    /// not pay for the look at what was changed.
    pub(super) fn for_checks(&self) -> Self {
        Self {
            exact: false,
            ..self.clone()
        }
    }

    /// The workspace as it is now: settings on trial end on every node at the same instant, whoever writes it down.
    async fn find(&self, key: Key) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
        let now = self.clock.now();
        let found = self.find_kept(key, now).await?;
        Ok(found.map(|workspace| {
            if workspace.is_overdue(now) {
                Arc::new(Workspace::clone(&workspace).at(now))
            } else {
                workspace
            }
        }))
    }

    async fn find_kept(&self, key: Key, now: Timestamp) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
        let edition = self.exact.then(|| self.port.edition()).flatten();
        let kept = self
            .kept
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .filter(|kept| !self.exact || edition.is_some() && kept.edition == edition)
            .cloned();
        let mut renewal = None;
        if let Some(kept) = &kept {
            let within = |age: Duration| now >= kept.asked_at && now.since(kept.asked_at) < age;
            if within(FRESH) {
                return Ok(Some(Arc::clone(&kept.workspace)));
            }
            if !kept.being_renewed.swap(true, Ordering::AcqRel) {
                renewal = Some(Renewal(kept));
            } else if within(USABLE) {
                return Ok(Some(Arc::clone(&kept.workspace)));
            }
        }
        // Before asking, so that what is changed while the answer is on its way is not taken for part of it.
        let edition = edition.or_else(|| self.port.edition());
        let found = self
            .ask(&key)
            .await
            .map_err(|error| LookupUnavailable(Box::new(error)))?
            .map(Arc::new);
        let mut all = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        match &found {
            Some(workspace) => {
                let kept = Kept {
                    workspace: Arc::clone(workspace),
                    asked_at: now,
                    edition,
                    being_renewed: AtomicBool::new(false),
                };
                all.insert(key, Arc::new(kept));
            }
            None => {
                all.remove(&key);
            }
        }
        drop(all);
        drop(renewal);
        Ok(found)
    }

    async fn ask(&self, key: &Key) -> PortResult<Option<Workspace>> {
        match key {
            Key::Slug(slug) => match Slug::parse(slug) {
                Ok(slug) => self.port.find_by_slug(&slug).await,
                Err(_) => Ok(None),
            },
            Key::Host(host) => self.port.find_by_host(host).await,
        }
    }
}

#[async_trait]
impl FindWorkspace for CachedWorkspaces {
    async fn by_slug(&self, slug: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
        self.find(Key::Slug(slug.to_owned())).await
    }

    async fn by_host_name(&self, host: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
        self.find(Key::Host(host.to_owned())).await
    }
}

#[cfg(test)]
mod tests {
    use doorward_domain::ports::MockWorkspaces;
    use doorward_domain::testing::{FixedClock, Given, workspace};

    use super::*;

    #[tokio::test]
    async fn an_answer_is_used_again_for_a_second_and_silence_never() {
        let clock = FixedClock::default();
        let mut port = MockWorkspaces::new();
        port.expect_edition().return_const(Some(Edition { here: 0, beside: 0 }));
        port.expect_find_by_slug()
            .withf(|slug| slug.as_str() == "acme")
            .times(2)
            .returning(|_| Ok(Some(workspace("acme"))));
        port.expect_find_by_slug()
            .withf(|slug| slug.as_str() == "nobody")
            .times(3)
            .returning(|_| Ok(None));
        let find = CachedWorkspaces::new(Arc::new(port), Arc::new(clock.clone()));
        for _ in 0..3 {
            assert!(find.by_slug("acme").await.unwrap().is_some());
            assert!(find.by_slug("nobody").await.unwrap().is_none());
            assert!(find.by_slug("no slug").await.unwrap().is_none());
        }
        clock.advance(Duration::from_millis(1_001));
        assert!(find.by_slug("acme").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_renewal_that_fails_or_is_given_up_holds_nobody_up() {
        let given = Given::workspace("acme").await;
        let clock = FixedClock::default();
        let find = CachedWorkspaces::new(Arc::new(given.store.clone()), Arc::new(clock.clone()));
        assert!(find.by_slug("acme").await.unwrap().is_some());
        clock.advance(Duration::from_secs(2));
        given.store.set_away(true);
        assert!(find.by_slug("acme").await.is_err());
        assert!(find.by_slug("acme").await.is_err(), "it is not kept for ever");
        given.store.set_away(false);
        let renamed = given
            .settings(|settings| settings.customers.password = false)
            .await
            .unwrap();
        let found = find.by_slug("acme").await.unwrap().unwrap();
        assert_eq!(found.security, renamed.workspace.security);
    }

    #[tokio::test]
    async fn c3_a_trial_ends_at_its_instant_though_nothing_is_written_and_the_answer_is_kept() {
        let clock = FixedClock::default();
        let mut on_trial = workspace("acme");
        let before = on_trial.security.clone();
        on_trial.security.staff.password = false;
        on_trial.provisional = Some(doorward_domain::provisional::Provisional {
            change: doorward_domain::ids::AuditId::from_uuid(uuid::Uuid::nil()),
            previous: Box::new(before.clone()),
            since: FixedClock::START,
            until: FixedClock::START.plus(Duration::from_millis(500)),
            by: doorward_domain::audit::Actor::Operator,
        });
        let mut port = MockWorkspaces::new();
        port.expect_edition().return_const(Some(Edition { here: 0, beside: 0 }));
        port.expect_find_by_slug()
            .times(1)
            .returning(move |_| Ok(Some(on_trial.clone())));
        let find = CachedWorkspaces::new(Arc::new(port), Arc::new(clock.clone()));
        let first = find.by_slug("acme").await.unwrap().unwrap();
        assert!(!first.security.staff.password && first.provisional.is_some());
        clock.advance(Duration::from_millis(500));
        let then = find.by_slug("acme").await.unwrap().unwrap();
        assert_eq!((&then.security, &then.provisional), (&before, &None));
    }

    #[tokio::test]
    async fn changed_settings_count_on_the_very_next_request() {
        let given = Given::workspace("acme").await;
        let find = CachedWorkspaces::new(Arc::new(given.store.clone()), Arc::new(FixedClock::default()));
        let offered = async |find: &CachedWorkspaces| {
            let found = find.by_slug("acme").await.unwrap().unwrap();
            found.security.customers.password
        };
        assert!(offered(&find).await);
        given
            .settings(|settings| settings.customers.password = false)
            .await
            .unwrap();
        assert!(offered(&find.for_checks()).await, "a session check does not ask");
        assert!(!offered(&find).await);
    }
}
