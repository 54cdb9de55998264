//! The cache on a real Redis: what was dropped is not seen again, and nobody waits for Redis.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::ready,
    sync::atomic::{AtomicUsize, Ordering},
};

use polyphony_kit::cache::{Cache, Key, Missing, Name};
use polyphony_testkit::{
    eventually,
    servers::{self, OwnRedis},
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use uuid::Uuid;

/// A thing whose value is how often it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Thing(Uuid);

impl Key for Thing {
    type Value = u32;
    const KIND: &'static str = "kit:thing";
    const SHAPE: u32 = 1;

    fn id(&self) -> Uuid {
        self.0
    }
}

/// The same thing as the next release keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct NewThing(Uuid);

impl Key for NewThing {
    type Value = (u32, String);
    const KIND: &'static str = Thing::KIND;
    const SHAPE: u32 = 2;

    fn id(&self) -> Uuid {
        self.0
    }
}

/// A database of things that all have one value, which counts how often it was read.
struct Database {
    value: u32,
    reads: AtomicUsize,
}

impl Database {
    fn of(value: u32) -> Self {
        Self { value, reads: AtomicUsize::new(0) }
    }

    async fn read(&self, things: Vec<Thing>) -> Result<HashMap<Thing, u32>, Infallible> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(things.into_iter().map(|thing| (thing, self.value)).collect())
    }

    /// Reads through the cache; also gives how often the database was read.
    async fn through(&self, cache: &Cache, things: &[Thing]) -> (Vec<u32>, usize) {
        let before = self.reads.load(Ordering::Relaxed);
        let values = cache.read_through(things, |missing| self.read(missing)).await.unwrap();
        let values = things.iter().map(|thing| values[thing]).collect();
        (values, self.reads.load(Ordering::Relaxed) - before)
    }
}

fn things<const N: usize>() -> [Thing; N] {
    std::array::from_fn(|_| Thing(Uuid::new_v4()))
}

fn names(things: &[Thing]) -> Vec<Name> {
    things.iter().map(|thing| Name::of(*thing)).collect()
}

/// Waits until these are cached, with this value. A busy machine may take longer than the cache has patience.
async fn cached(cache: &Cache, database: &Database, things: &[Thing]) {
    eventually("a hit", || async {
        let (values, reads) = database.through(cache, things).await;
        (reads == 0 && values.iter().all(|value| *value == database.value)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_was_read_once_is_read_from_the_cache_until_it_is_dropped() {
    let cache = Cache::new(&servers::redis_url()).unwrap();
    let (all, old) = (things::<3>(), Database::of(1));
    assert_eq!(old.through(&cache, &all[..2]).await, (vec![1, 1], 1));
    cached(&cache, &old, &all[..2]).await;
    // The third alone is missing.
    assert_eq!(old.through(&cache, &all).await.0, [1, 1, 1]);
    cached(&cache, &old, &all).await;

    cache.forget(&names(&all[..1])).await;
    let new = Database::of(2);
    assert_eq!(new.through(&cache, &all[..1]).await, (vec![2], 1));
    cached(&cache, &new, &all[..1]).await;
    cached(&cache, &old, &all[1..]).await;
}

#[tokio::test]
async fn what_is_not_there_is_asked_for_again() {
    let cache = Cache::new(&servers::redis_url()).unwrap();
    let [thing] = things();
    let nothing = |_| ready(Ok::<_, Infallible>(HashMap::new()));
    assert!(cache.read_through(&[thing], nothing).await.unwrap().is_empty());
    assert_eq!(Database::of(7).through(&cache, &[thing]).await, (vec![7], 1));
}

#[tokio::test]
async fn a_release_reads_no_value_of_another_and_either_drops_for_both() {
    let cache = Cache::new(&servers::redis_url()).unwrap();
    let ([thing], database) = (things(), Database::of(1));
    cached(&cache, &database, &[thing]).await;
    let new = NewThing(thing.0);
    let read = |_| ready(Ok::<_, Infallible>(HashMap::from([(new, (1, "new".to_owned()))])));
    eventually("the new shape instead of the old", || async {
        cache.read_through(&[new], read).await.unwrap();
        cache.look_up(&[new]).await.values.contains_key(&new).then_some(())
    })
    .await;
    assert!(cache.look_up(&[thing]).await.values.is_empty());
    cache.forget(&[Name::of(thing)]).await;
    assert!(cache.look_up(&[new]).await.values.is_empty());
}

#[tokio::test]
async fn off_means_that_the_database_is_read_each_time() {
    let (cache, [thing], database) = (Cache::off(), things(), Database::of(1));
    for _ in 0..2 {
        assert_eq!(database.through(&cache, &[thing]).await, (vec![1], 1));
    }
    cache.forget(&[Name::of(thing)]).await;
}

#[tokio::test]
async fn without_redis_the_database_is_read() {
    let redis = OwnRedis::start().await;
    let cache = Cache::new(&redis.url()).unwrap();
    let ([thing], database) = (things(), Database::of(1));
    cached(&cache, &database, &[thing]).await;
    redis.kill();
    for _ in 0..3 {
        assert_eq!(database.through(&cache, &[thing]).await, (vec![1], 1));
    }
    cache.forget(&[Name::of(thing)]).await;
}

#[tokio::test]
async fn who_could_not_drop_does_not_trust_what_redis_has_when_it_is_back() {
    let redis = OwnRedis::start().await;
    let [writer, reader] = [Cache::new(&redis.url()).unwrap(), Cache::new(&redis.url()).unwrap()];
    let ([thing, other], old) = (things(), Database::of(1));
    for cache in [&writer, &reader] {
        cached(cache, &old, &[thing, other]).await;
    }
    redis.pause();
    assert_eq!(old.through(&writer, &[thing]).await, (vec![1], 1));
    writer.forget(&[Name::of(thing)]).await;
    assert_eq!(old.through(&reader, &[other]).await, (vec![1], 1));
    redis.resume();
    // Who has only waited in vain uses the cache again after a moment, whose drop was lost sees what the database says.
    cached(&reader, &old, &[other]).await;
    assert_eq!(Database::of(2).through(&writer, &[thing]).await, (vec![2], 1));
    assert_eq!(old.through(&writer, &[other]).await, (vec![1], 1));
}

/// A step of somebody; there are two processes with two readers each.
#[derive(Clone, Copy, Debug)]
enum Step {
    LookUp(usize),
    Read(usize),
    Fill(usize),
    Commit,
    Forget(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_usize).prop_map(Step::LookUp),
        4 => (0..4_usize).prop_map(Step::Read),
        4 => (0..4_usize).prop_map(Step::Fill),
        2 => Just(Step::Commit),
        2 => (0..2_usize).prop_map(Step::Forget),
    ]
}

/// How far a reader is: what was missing, and what the database said.
#[derive(Default)]
struct Reader {
    missing: Option<Missing<Thing>>,
    value: Option<u32>,
}

/// Takes the steps; gives how many look-ups found something.
async fn take(steps: &[Step]) -> Result<usize, TestCaseError> {
    let [thing] = things();
    // New ones each time: on a busy machine one may lose its patience, and leave Redis alone for what is left of the steps.
    let processes = [(); 2].map(|()| Cache::new(&servers::redis_url()).unwrap());
    let mut readers: [Reader; 4] = Default::default();
    let (mut committed, mut dropped, mut hits) = (0, 0, 0);
    for step in steps {
        match *step {
            Step::LookUp(who) => {
                let missing = processes[who % 2].look_up(&[thing]).await.missing;
                readers[who] = Reader { missing: Some(missing), value: None };
            }
            Step::Read(who) => readers[who].value = Some(committed),
            Step::Fill(who) => {
                let Reader { missing: Some(missing), value: Some(value) } = std::mem::take(&mut readers[who]) else {
                    continue;
                };
                processes[who % 2].fill(&missing, &HashMap::from([(thing, value)])).await;
            }
            Step::Commit => committed += 1,
            Step::Forget(process) => {
                // On a busy machine Redis may be too late to confirm it; then nothing is promised of the other process.
                if !processes[process].forget(&[Name::of(thing)]).await {
                    return Ok(hits);
                }
                dropped = committed;
            }
        }
        for process in &processes {
            if let Some(value) = process.look_up(&[thing]).await.values.get(&thing) {
                prop_assert!(*value >= dropped, "{value} is cached after {dropped} was dropped");
                hits += 1;
            }
        }
    }
    Ok(hits)
}

#[test]
fn nothing_is_seen_that_is_older_than_the_last_drop() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let hits = AtomicUsize::new(0);
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&vec(step(), 1..60), |steps| {
        hits.fetch_add(runtime.block_on(take(&steps))?, Ordering::Relaxed);
        Ok(())
    });
    outcome.unwrap();
    let hits = hits.into_inner();
    // Some thousands; fewer the more often a busy machine is too slow for the cache's patience.
    assert!(hits > 50, "the cache was hardly ever used: {hits} times");
}
