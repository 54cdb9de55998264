//! Somebody wants to hear what nobody has wanted before: it is made next, and they wait for its beginning. How many wait is
//! bounded, in all and of each person; who finds no place asks again.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use polyphony_events::{UploadId, UserId};

use crate::app::App;

/// How long somebody waits.
const WAIT_TIMEOUT: Duration = Duration::from_secs(8);
/// How often they look.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// So many wait at once in one process.
const MAX_WAITERS: usize = 64;
/// So many of them for one person: what plays, what follows, and another device.
const MAX_WAITERS_PER_PERSON: usize = 6;

/// Who waits in this process.
#[derive(Clone, Debug, Default)]
pub struct Waiters(Arc<Mutex<HashMap<UserId, usize>>>);

/// A place among those who wait.
struct Place {
    waiters: Waiters,
    person: UserId,
}

impl Waiters {
    fn enter(&self, person: UserId) -> Option<Place> {
        let mut all = self.0.lock();
        let (sum, own) = (all.values().sum::<usize>(), all.get(&person).copied().unwrap_or_default());
        if sum >= MAX_WAITERS || own >= MAX_WAITERS_PER_PERSON {
            return None;
        }
        all.insert(person, own + 1);
        Some(Place { waiters: self.clone(), person })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.waiters.0.lock();
        match all.get(&self.person).copied() {
            Some(own @ 2..) => all.insert(self.person, own - 1),
            _ => all.remove(&self.person),
        };
    }
}

/// Has the renditions of an upload made next, and waits until `look` finds what it looks for; `None` when that takes too long, or
/// too many wait.
pub async fn want_renditions<T, Fut>(
    app: &App,
    person: UserId,
    upload: UploadId,
    mut look: impl FnMut() -> Fut,
) -> anyhow::Result<Option<T>>
where
    Fut: Future<Output = anyhow::Result<Option<T>>>,
{
    let Some(_place) = app.waiters.enter(person) else { return Ok(None) };
    app.store.want(upload).await?;
    let begun = Instant::now();
    while begun.elapsed() < WAIT_TIMEOUT {
        tokio::time::sleep(POLL_INTERVAL).await;
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_places() {
        let (waiters, greedy) = (Waiters::default(), UserId::new());
        let places: Vec<_> = (0..MAX_WAITERS_PER_PERSON).map(|_| waiters.enter(greedy)).collect();
        assert!(places.iter().all(Option::is_some) && waiters.enter(greedy).is_none());
        let other = waiters.enter(UserId::new());
        assert!(other.is_some());
        drop(places);
        assert!(waiters.enter(greedy).is_some());
        let crowd: Vec<_> = (0..MAX_WAITERS).filter_map(|_| waiters.enter(UserId::new())).collect();
        assert_eq!(crowd.len(), MAX_WAITERS - 1);
        drop((crowd, other));
        assert!(waiters.0.lock().is_empty());
    }
}
