//! Counting within this process.

use std::{collections::HashMap, time::Instant};

use parking_lot::Mutex;

use super::{Bucket, Budget, MAX_DELAY, Verdict};

/// Buckets that are kept at once; bounds the memory that they take. Full ones are forgotten first.
const MAX_BUCKETS: usize = 100_000;

/// Buckets of this process.
pub(super) struct Local {
    started_at: Instant,
    /// When each bucket is full again, in microseconds since the start.
    full_at: Mutex<HashMap<String, u64>>,
}

impl Default for Local {
    fn default() -> Self {
        Self { started_at: Instant::now(), full_at: Mutex::default() }
    }
}

impl Local {
    /// Takes from all of these buckets, or from none.
    pub(super) fn take(&self, buckets: &[Bucket]) -> Verdict {
        let now = u64::try_from(self.started_at.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.take_at(buckets, now)
    }

    /// Puts back what was taken from these buckets, never more than they hold.
    pub(super) fn refund(&self, buckets: &[Bucket]) {
        let mut full_at = self.full_at.lock();
        for bucket in buckets {
            if let Some(full) = full_at.get_mut(&bucket.name) {
                // A bucket that is full since long ago counts as full.
                *full = full.saturating_sub(bucket.rate.interval() * u64::from(bucket.cost));
            }
        }
    }

    /// Takes from all of these buckets and answers for how many milliseconds to delay what was counted.
    pub(super) fn charge(&self, buckets: &[Bucket]) -> u64 {
        let now = u64::try_from(self.started_at.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.charge_at(buckets, now)
    }

    fn charge_at(&self, buckets: &[Bucket], now: u64) -> u64 {
        let max_delay = u64::try_from(MAX_DELAY.as_micros()).unwrap_or(u64::MAX);
        let mut full_at = self.full_at.lock();
        make_room(&mut full_at, now);
        let delays = buckets.iter().map(|bucket| {
            let full = full_at.get(&bucket.name).copied().unwrap_or(now).max(now);
            let holds = bucket.rate.interval() * u64::from(bucket.rate.burst);
            let after = (full + bucket.rate.interval() * u64::from(bucket.cost)).min(now + holds + max_delay);
            full_at.insert(bucket.name.clone(), after);
            after.saturating_sub(now + holds)
        });
        delays.max().unwrap_or(0).div_ceil(1_000)
    }

    fn take_at(&self, buckets: &[Bucket], now: u64) -> Verdict {
        let mut full_at = self.full_at.lock();
        let after: Vec<u64> = buckets
            .iter()
            .map(|bucket| {
                let full = full_at.get(&bucket.name).copied().unwrap_or(now).max(now);
                full + bucket.rate.interval() * u64::from(bucket.cost)
            })
            .collect();
        let wait = buckets.iter().zip(&after).map(|(bucket, after)| {
            let holds = bucket.rate.interval() * u64::from(bucket.rate.burst);
            after.saturating_sub(holds).saturating_sub(now)
        });
        let wait = wait.max().unwrap_or(0);
        if wait > 0 {
            return Verdict::Wait(wait.div_ceil(1_000));
        }
        make_room(&mut full_at, now);
        for (bucket, after) in buckets.iter().zip(&after) {
            full_at.insert(bucket.name.clone(), *after);
        }
        Verdict::Pass(buckets.first().zip(after.first()).map(|(bucket, after)| Budget::of(bucket, after - now)))
    }
}

/// Forgets buckets when there are too many: those that are full, then the fuller half of the others. What is emptiest stays, so
/// that nobody gets their own back by making many.
fn make_room(full_at: &mut HashMap<String, u64>, now: u64) {
    if full_at.len() < MAX_BUCKETS {
        return;
    }
    full_at.retain(|_, full| *full > now);
    if full_at.len() < MAX_BUCKETS {
        return;
    }
    let mut times: Vec<u64> = full_at.values().copied().collect();
    let (_, median, _) = times.select_nth_unstable(MAX_BUCKETS / 2);
    let median = *median;
    full_at.retain(|_, full| *full > median);
}

#[cfg(test)]
mod tests {
    use super::{super::Rate, *};

    fn bucket(name: &str, per_minute: u32, burst: u32, cost: u32) -> Bucket {
        Bucket { name: name.to_owned(), rate: Rate { per_minute, burst }, cost }
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let local = Local::default();
        let buckets = [bucket("a", 60, 3, 1)];
        for remaining in [2, 1, 0] {
            let Verdict::Pass(Some(budget)) = local.take_at(&buckets, 5) else { panic!("it was refused") };
            assert_eq!((budget.limit, budget.remaining), (3, remaining));
        }
        assert_eq!(local.take_at(&buckets, 5), Verdict::Wait(1_000));
        assert_eq!(local.take_at(&buckets, 500_005), Verdict::Wait(500));
        assert!(matches!(local.take_at(&buckets, 1_000_005), Verdict::Pass(_)));
        assert_eq!(local.take_at(&buckets, 1_000_005), Verdict::Wait(1_000));
    }

    #[test]
    fn nothing_is_taken_from_any_when_one_has_not_enough() {
        let local = Local::default();
        let (large, small) = (bucket("large", 60, 5, 1), bucket("small", 60, 1, 1));
        assert!(matches!(local.take_at(&[large.clone(), small.clone()], 0), Verdict::Pass(_)));
        for _ in 0..10 {
            assert_eq!(local.take_at(&[large.clone(), small.clone()], 0), Verdict::Wait(1_000));
        }
        let Verdict::Pass(Some(budget)) = local.take_at(&[large], 0) else { panic!("it was refused") };
        assert_eq!(budget.remaining, 3);
    }

    #[test]
    fn what_is_put_back_can_be_taken_again_and_no_more() {
        let local = Local::default();
        let buckets = [bucket("a", 60, 2, 1)];
        for _ in 0..50 {
            assert!(matches!(local.take_at(&buckets, 0), Verdict::Pass(_)));
            local.refund(&buckets);
        }
        local.refund(&buckets);
        assert!(matches!(local.take_at(&buckets, 0), Verdict::Pass(_)));
        assert!(matches!(local.take_at(&buckets, 0), Verdict::Pass(_)));
        assert!(matches!(local.take_at(&buckets, 0), Verdict::Wait(_)));
    }

    #[test]
    fn two_people_have_a_bucket_each() {
        let local = Local::default();
        assert!(matches!(local.take_at(&[bucket("a", 60, 1, 1)], 0), Verdict::Pass(_)));
        assert!(matches!(local.take_at(&[bucket("b", 60, 1, 1)], 0), Verdict::Pass(_)));
        assert_eq!(local.take_at(&[bucket("a", 60, 1, 1)], 0), Verdict::Wait(1_000));
    }

    #[test]
    fn what_costs_more_than_a_bucket_holds_never_passes() {
        let local = Local::default();
        for now in [0, 1_000_000_000] {
            assert!(matches!(local.take_at(&[bucket("a", 60, 3, 4)], now), Verdict::Wait(_)));
        }
    }

    #[test]
    fn too_much_is_delayed_more_and_more_but_not_without_end() {
        let local = Local::default();
        let buckets = [bucket("a", 60, 2, 1)];
        let delays: Vec<_> = (0..20).map(|_| local.charge_at(&buckets, 0)).collect();
        assert_eq!(delays[..5], [0, 0, 1_000, 2_000, 3_000]);
        assert_eq!(delays[19], 10_000);
        assert_eq!(local.charge_at(&buckets, 11_000_000), 0);
        local.refund(&buckets);
        assert_eq!(local.charge_at(&buckets, 11_000_000), 0);
    }

    #[test]
    fn making_many_buckets_gives_nobody_their_own_back() {
        let local = Local::default();
        let guessed = [bucket("guessed", 1, 1, 1)];
        assert!(matches!(local.take_at(&guessed, 0), Verdict::Pass(_)));
        for number in 0..MAX_BUCKETS + 10 {
            local.take_at(&[bucket(&number.to_string(), 60, 1, 1)], 0);
        }
        assert!(local.full_at.lock().len() <= MAX_BUCKETS);
        assert!(matches!(local.take_at(&guessed, 1), Verdict::Wait(_)));
    }
}
