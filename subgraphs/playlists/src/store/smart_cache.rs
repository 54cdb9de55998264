//! What rules chose lately, as each process keeps it: however many people list or watch a smart playlist, its rules are evaluated
//! once, until something that they ask about has changed.
//!
//! Invariant: a choice is kept with the state of what it was made from, read before it was made. It is used again while that state is
//! the same. Where making it is costly and only tracks have changed, as during an import, it is used a while longer, so that no list
//! takes more than a twentieth of the time of a connection.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::PlaylistId;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{Store, smart_playlist::ChosenBy};
use crate::domain::smart_item::Chosen;

/// So many choices are kept; those that were not asked for longest go.
const MAX_CHOICES: usize = 500;
/// So many lists are chosen in one statement, so that a page of costly ones is not one statement that takes too long.
const MAX_PER_STATEMENT: usize = 4;
/// So many statements choose at the same time.
const MAX_STATEMENTS: usize = 2;
/// A choice is costly when it takes longer.
const COSTLY: Duration = Duration::from_millis(100);
/// A costly choice is used for so many times as long as it took.
const WORTH: u32 = 20;
/// Rules that ask about days before now choose otherwise as time passes.
const CHANGES_WITH_TIME: TimeDelta = TimeDelta::seconds(4);
/// Should news of a change be lost, it is noticed after this.
const TTL: Duration = Duration::from_mins(10);

/// What rules chose.
pub type Choice = Arc<Vec<Chosen>>;

/// The state of what rules ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    /// Grows when a track changes.
    tracks: i64,
    /// Grows when the owner's likes, plays or preferences change.
    library: i64,
    /// The day, in UTC, by which tracks are shuffled.
    day: i32,
}

struct Kept {
    choice: Choice,
    state: State,
    chosen_at: DateTime<Utc>,
    since: Instant,
    took: Duration,
    asked_at: Instant,
}

impl Kept {
    fn is_good(&self, key: &ChosenBy, state: State, now: DateTime<Utc>) -> bool {
        let (age, passed) = (self.since.elapsed(), now - self.chosen_at);
        let is_fresh = age < TTL && passed >= TimeDelta::zero();
        let still = !key.rules.changes_with_time() || passed < CHANGES_WITH_TIME;
        let is_worth_it = self.took >= COSTLY && age < self.took * WORTH;
        let same_person = (self.state.library, self.state.day) == (state.library, state.day);
        is_fresh && same_person && (is_worth_it || (still && self.state.tracks == state.tracks))
    }
}

/// The choices of a process.
#[derive(Clone)]
pub struct SmartCache {
    kept: Arc<Mutex<HashMap<ChosenBy, Kept>>>,
    statements: Arc<Semaphore>,
    /// Held while a list is chosen for, so that others who ask wait for that.
    at_work: Arc<Mutex<HashMap<ChosenBy, Arc<tokio::sync::Mutex<()>>>>>,
    /// What the database knows of a list's choice, as this process saw it last.
    noted: Arc<Mutex<HashMap<PlaylistId, Uuid>>>,
}

impl Default for SmartCache {
    fn default() -> Self {
        Self {
            kept: Arc::default(),
            statements: Arc::new(Semaphore::new(MAX_STATEMENTS)),
            at_work: Arc::default(),
            noted: Arc::default(),
        }
    }
}

impl SmartCache {
    /// Whether the database is known to have this fingerprint of a list's choice.
    pub fn is_noted(&self, playlist: PlaylistId, fingerprint: Uuid) -> bool {
        locked(&self.noted).get(&playlist) == Some(&fingerprint)
    }

    /// Keeps that the database has this fingerprint of a list's choice.
    pub fn note(&self, playlist: PlaylistId, fingerprint: Uuid) {
        let mut noted = locked(&self.noted);
        if noted.len() >= MAX_CHOICES * 10 {
            noted.clear();
        }
        noted.insert(playlist, fingerprint);
    }

    fn find(&self, key: &ChosenBy, state: State, now: DateTime<Utc>) -> Option<Choice> {
        let mut kept = locked(&self.kept);
        let one = kept.get_mut(key).filter(|one| one.is_good(key, state, now))?;
        one.asked_at = Instant::now();
        Some(one.choice.clone())
    }

    fn is_costly(&self, key: &ChosenBy) -> bool {
        locked(&self.kept).get(key).is_some_and(|one| one.took >= COSTLY)
    }

    fn keep(&self, key: ChosenBy, made: Kept) {
        let mut kept = locked(&self.kept);
        if kept.len() >= MAX_CHOICES
            && let Some(oldest) = kept.iter().min_by_key(|(_, one)| one.asked_at).map(|(key, _)| key.clone())
        {
            kept.remove(&oldest);
        }
        kept.insert(key, made);
    }

    fn turn(&self, key: &ChosenBy) -> Arc<tokio::sync::Mutex<()>> {
        let mut at_work = locked(&self.at_work);
        if at_work.len() >= MAX_CHOICES {
            at_work.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        at_work.entry(key.clone()).or_default().clone()
    }
}

/// What it holds; a panic elsewhere has left it whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// What the rules of these playlists choose now, in order: those that are kept and still right, and the others anew.
    pub async fn choose(
        &self,
        keys: &[ChosenBy],
        now: DateTime<Utc>,
    ) -> Result<HashMap<PlaylistId, Choice>, sqlx::Error> {
        let states = self.states(keys, now).await?;
        let mut found = HashMap::new();
        let mut missing = Vec::new();
        for (key, state) in keys.iter().zip(&states) {
            match self.smart.find(key, *state, now) {
                Some(choice) => drop(found.insert(key.playlist, choice)),
                None => missing.push((key.clone(), *state)),
            }
        }
        let (costly, others): (Vec<_>, Vec<_>) = missing.into_iter().partition(|(key, _)| self.smart.is_costly(key));
        let parts = costly.chunks(1).chain(others.chunks(MAX_PER_STATEMENT)).map(|part| self.choose_anew(part, now));
        for part in futures::future::try_join_all(parts).await? {
            found.extend(part);
        }
        Ok(found)
    }

    /// What the rules of one playlist choose now, in order.
    pub async fn chosen_by(&self, key: ChosenBy, now: DateTime<Utc>) -> Result<Choice, sqlx::Error> {
        let playlist = key.playlist;
        Ok(self.choose(&[key], now).await?.remove(&playlist).unwrap_or_default())
    }

    async fn choose_anew(
        &self,
        missing: &[(ChosenBy, State)],
        now: DateTime<Utc>,
    ) -> Result<Vec<(PlaylistId, Choice)>, sqlx::Error> {
        // In one order for all, so that two that choose for the same lists do not wait for each other.
        let mut turns: Vec<_> = missing.iter().map(|(key, _)| (key.playlist.0, self.smart.turn(key))).collect();
        turns.sort_by_key(|(playlist, _)| *playlist);
        let mut held = Vec::with_capacity(turns.len());
        for (_, turn) in &turns {
            held.push(turn.lock().await);
        }
        let mut found = Vec::with_capacity(missing.len());
        let mut left = Vec::new();
        for (key, state) in missing {
            match self.smart.find(key, *state, now) {
                // Somebody else has chosen meanwhile.
                Some(choice) => found.push((key.playlist, choice)),
                None => left.push((key.clone(), *state)),
            }
        }
        if left.is_empty() {
            return Ok(found);
        }
        let permit = self.smart.statements.acquire().await;
        let keys: Vec<_> = left.iter().map(|(key, _)| key.clone()).collect();
        let began = Instant::now();
        let mut chosen = self.evaluate(&keys, now).await?;
        drop(permit);
        let took = began.elapsed() / u32::try_from(keys.len()).unwrap_or(1);
        for (key, state) in left {
            let choice = Arc::new(chosen.remove(&key.playlist).unwrap_or_default());
            found.push((key.playlist, choice.clone()));
            let (since, asked_at) = (began, Instant::now());
            self.smart.keep(key, Kept { choice, state, chosen_at: now, since, took, asked_at });
        }
        Ok(found)
    }

    /// The state of what each of these asks about.
    async fn states(&self, keys: &[ChosenBy], now: DateTime<Utc>) -> Result<Vec<State>, sqlx::Error> {
        use chrono::Datelike as _;
        let owners: Vec<_> = keys.iter().map(|key| key.owner.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                (select last_value from track_changes) as "tracks!",
                coalesce(l.version, 0) + coalesce(p.version, 0) as "library!"
            from unnest($1::uuid[]) with ordinality as k (owner_id, n)
            left join libraries l on l.user_id = k.owner_id
            left join preferences p on p.user_id = k.owner_id
            order by k.n
            "#,
            &owners
        );
        let day = now.num_days_from_ce();
        let rows = rows.fetch_all(&self.pool).await?.into_iter();
        Ok(rows.map(|row| State { tracks: row.tracks, library: row.library, day }).collect())
    }
}
