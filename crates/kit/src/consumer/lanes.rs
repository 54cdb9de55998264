//! Which events are handled at the same time, and up to where a partition has been worked off.
//!
//! Events of one key are handled in their order, those of different keys beside each other. Events that a handler takes in
//! batches share one lane.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// So many events of one lane are handled in one transaction at most.
pub(super) const MAX_BATCH: usize = 200;

/// What is handled one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// The events of a topic with this key.
    Key(String, String),
    /// The events that a handler takes together.
    Batch(&'static str),
}

/// What waits, by lane. A lane is at work from [`Lanes::take`] to [`Lanes::finish`].
#[derive(Debug)]
pub(super) struct Lanes<J> {
    /// Of each lane that has something waiting or is at work.
    waiting: HashMap<Lane, VecDeque<J>>,
    /// Those that wait and are not at work, whoever waits longest first.
    ready: VecDeque<Lane>,
    /// How many wait or are at work.
    count: usize,
}

impl<J> Default for Lanes<J> {
    fn default() -> Self {
        Self { waiting: HashMap::new(), ready: VecDeque::new(), count: 0 }
    }
}

impl<J> Lanes<J> {
    /// How many wait or are at work.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Puts something at the end of its lane.
    pub(super) fn push(&mut self, lane: Lane, job: J) {
        self.count += 1;
        if let Some(waiting) = self.waiting.get_mut(&lane) {
            // The lane is ready already, or becomes so when its work is finished.
            waiting.push_back(job);
            return;
        }
        self.waiting.insert(lane.clone(), VecDeque::from([job]));
        self.ready.push_back(lane);
    }

    /// The next work: the first of the lane that has waited longest, or the first few of a batch.
    pub(super) fn take(&mut self) -> Option<(Lane, Vec<J>)> {
        let lane = self.ready.pop_front()?;
        let most = if matches!(lane, Lane::Batch(_)) { MAX_BATCH } else { 1 };
        let waiting = self.waiting.get_mut(&lane)?;
        let jobs = waiting.drain(..most.min(waiting.len())).collect();
        Some((lane, jobs))
    }

    /// So much work of a lane is finished.
    pub(super) fn finish(&mut self, lane: Lane, jobs: usize) {
        self.count -= jobs;
        if self.waiting.get(&lane).is_some_and(|waiting| !waiting.is_empty()) {
            self.ready.push_back(lane);
        } else {
            self.waiting.remove(&lane);
        }
    }
}

/// Up to where the partitions have been worked off. An offset may be committed when nothing before it is at work.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    partitions: BTreeMap<(String, i32), Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    at_work: BTreeSet<i64>,
    /// What comes behind all that was received.
    next: i64,
}

impl Offsets {
    /// A message was received.
    pub(super) fn begin(&mut self, topic: &str, partition: i32, offset: i64) {
        let progress = self.partitions.entry((topic.to_owned(), partition)).or_default();
        progress.at_work.insert(offset);
        progress.next = progress.next.max(offset + 1);
    }

    /// A message was handled; gives from where the partition is to be read by whoever comes next.
    pub(super) fn end(&mut self, topic: &str, partition: i32, offset: i64) -> i64 {
        let progress = self.partitions.entry((topic.to_owned(), partition)).or_default();
        progress.at_work.remove(&offset);
        progress.at_work.first().copied().unwrap_or(progress.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> Lane {
        Lane::Key("topic".to_owned(), key.to_owned())
    }

    #[test]
    fn a_key_is_worked_off_in_order_beside_others() {
        let mut lanes = Lanes::default();
        for (lane, job) in [("a", 1), ("a", 2), ("b", 3)] {
            lanes.push(key(lane), job);
        }
        assert_eq!(lanes.take(), Some((key("a"), vec![1])));
        assert_eq!(lanes.take(), Some((key("b"), vec![3])), "what has another key does not wait");
        assert_eq!(lanes.take(), None, "the second of a waits for the first");
        lanes.push(key("b"), 4);
        lanes.finish(key("a"), 1);
        assert_eq!(lanes.take(), Some((key("a"), vec![2])));
        lanes.finish(key("a"), 1);
        lanes.finish(key("b"), 1);
        assert_eq!((lanes.take(), lanes.take(), lanes.len()), (Some((key("b"), vec![4])), None, 1));
    }

    #[test]
    fn a_batch_takes_what_waits_up_to_its_most() {
        let (lane, mut lanes) = (Lane::Batch("plays"), Lanes::default());
        (0..MAX_BATCH + 3).for_each(|job| lanes.push(lane.clone(), job));
        let (_, first) = lanes.take().expect("something waits");
        assert_eq!((first.len(), lanes.take()), (MAX_BATCH, None));
        lanes.finish(lane, MAX_BATCH);
        assert_eq!(lanes.take().map(|(_, jobs)| jobs.len()), Some(3));
    }

    #[test]
    fn an_offset_is_committed_when_nothing_before_it_is_at_work() {
        let mut offsets = Offsets::default();
        (5..8).for_each(|offset| offsets.begin("topic", 0, offset));
        offsets.begin("topic", 1, 9);
        assert_eq!(offsets.end("topic", 0, 6), 5);
        assert_eq!(offsets.end("topic", 0, 5), 7);
        assert_eq!((offsets.end("topic", 0, 7), offsets.end("topic", 1, 9)), (8, 10));
    }
}
