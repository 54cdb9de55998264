//! What rules chose lately, as each process keeps it: however many people list or watch a smart playlist, its rules are evaluated
//! once, until something that they ask about has changed.
//!
//! Invariant: a choice is kept with the state of what it was made from, read before it was made. It is used again while that state is
//! the same. When a few tracks have changed, or were liked or played, only those are looked at again. Where more have, as during an
//! import, and making the choice is costly, it is used a while longer, so that no list takes more than a twentieth of the time of a
//! connection.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{PlaylistId, TrackId};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    Store,
    smart_playlist::{Among, ChosenBy},
};
use crate::domain::smart_item::{Chosen, Prefix};

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
/// So many changes are looked at one by one.
const MAX_CHANGES: i64 = 500;
/// So many more tracks are kept than rules want, so that some may leave before all are looked at again.
const RESERVE: usize = 100;
/// Changes are known for so long; longer than any choice is kept.
pub const CHANGES_KEPT: TimeDelta = TimeDelta::minutes(30);
/// Should news of a change be lost, it is noticed after this.
const TTL: Duration = Duration::from_mins(10);

/// What rules chose.
pub type Choice = Arc<Vec<Chosen>>;

/// The state of what rules ask about.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Grows when a track changes.
    tracks: i64,
    /// Grows when the owner's likes or plays change.
    library: i64,
    /// Grows when the owner's preferences change.
    preferences: i64,
    /// The day, in UTC, by which tracks are shuffled.
    day: i32,
    /// The oldest transaction that may change something yet.
    open: i64,
}

impl State {
    fn is_same(&self, other: &Self) -> bool {
        self.tracks == other.tracks && self.library == other.library && self.is_alike(other)
    }

    /// Whether only tracks, likes and plays may be others.
    fn is_alike(&self, other: &Self) -> bool {
        (self.preferences, self.day) == (other.preferences, other.day)
    }
}

#[derive(Clone)]
struct Kept {
    choice: Choice,
    /// What the choice is the first of.
    prefix: Arc<Prefix>,
    state: State,
    chosen_at: DateTime<Utc>,
    since: Instant,
    took: Duration,
    asked_at: Instant,
}

impl Kept {
    fn is_good(&self, key: &ChosenBy, state: State, now: DateTime<Utc>) -> bool {
        self.state.is_same(&state) && self.is_followed(key, state, now)
    }

    /// Whether what has changed since is all that makes it another.
    fn is_followed(&self, key: &ChosenBy, state: State, now: DateTime<Utc>) -> bool {
        let passed = now - self.chosen_at;
        let still = !key.rules.changes_with_time() || passed < CHANGES_WITH_TIME;
        self.since.elapsed() < TTL && passed >= TimeDelta::zero() && still && self.state.is_alike(&state)
    }

    /// Whether it is used although tracks have changed.
    fn is_worth_it(&self, state: State) -> bool {
        let age = self.since.elapsed();
        let is_of_tracks = self.state.library == state.library && self.state.is_alike(&state);
        is_of_tracks && self.took >= COSTLY && age < TTL && age < self.took * WORTH
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

    fn find(&self, key: &ChosenBy, is_right: impl Fn(&Kept) -> bool) -> Option<Kept> {
        let mut kept = locked(&self.kept);
        let one = kept.get_mut(key).filter(|one| is_right(one))?;
        one.asked_at = Instant::now();
        Some(one.clone())
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
            match self.smart.find(key, |one| one.is_good(key, *state, now)) {
                Some(one) => drop(found.insert(key.playlist, one.choice)),
                None => missing.push((key.clone(), *state)),
            }
        }
        let missing = self.catch_up(missing, now, &mut found).await?;
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
            match self.smart.find(key, |one| one.is_good(key, *state, now)) {
                // Somebody else has chosen meanwhile.
                Some(one) => found.push((key.playlist, one.choice)),
                None => left.push((key.clone(), *state)),
            }
        }
        if left.is_empty() {
            return Ok(found);
        }
        let permit = self.smart.statements.acquire().await;
        let keys: Vec<_> = left.iter().map(|(key, _)| key.clone()).collect();
        let began = Instant::now();
        let all: Vec<_> = keys.iter().map(|key| (key, Among::All { more: RESERVE as i64 })).collect();
        let mut chosen = self.evaluate_among(&all, now).await?;
        drop(permit);
        let took = began.elapsed() / u32::try_from(keys.len()).unwrap_or(1);
        for (key, state) in left {
            let chosen = chosen.remove(&key.playlist).unwrap_or_default();
            let is_whole = chosen.len() < limit(&key) + RESERVE;
            let prefix = Prefix { chosen, is_whole };
            let choice = first(&prefix, limit(&key));
            found.push((key.playlist, choice.clone()));
            let (since, asked_at) = (began, Instant::now());
            let kept = Kept { choice, prefix: Arc::new(prefix), state, chosen_at: now, since, took, asked_at };
            self.smart.keep(key, kept);
        }
        Ok(found)
    }

    /// Looks again at the tracks that have changed since choices were made, where they are few; gives those that must be made anew.
    async fn catch_up(
        &self,
        missing: Vec<(ChosenBy, State)>,
        now: DateTime<Utc>,
        found: &mut HashMap<PlaylistId, Choice>,
    ) -> Result<Vec<(ChosenBy, State)>, sqlx::Error> {
        let (mut behind, mut left) = (Vec::new(), Vec::new());
        for (key, state) in missing {
            match self.smart.find(&key, |one| one.is_followed(&key, state, now)) {
                Some(kept) => behind.push((key, state, kept)),
                None => left.push((key, state)),
            }
        }
        if behind.is_empty() {
            return Ok(left);
        }
        let news = self.changes(&behind).await?;
        let mut asked = Vec::new();
        for ((key, _, _), changed) in behind.iter().zip(&news) {
            if !changed.is_empty() && changed.len() < MAX_CHANGES as usize {
                asked.push((key, Among::These(changed)));
            }
        }
        let mut chosen = if asked.is_empty() { HashMap::new() } else { self.evaluate_among(&asked, now).await? };
        for ((key, state, kept), changed) in behind.into_iter().zip(&news) {
            if changed.len() >= MAX_CHANGES as usize {
                if kept.is_worth_it(state) {
                    found.insert(key.playlist, kept.choice);
                } else {
                    left.push((key, state));
                }
                continue;
            }
            let fitting = chosen.remove(&key.playlist).unwrap_or_default();
            let changed: HashSet<TrackId> = changed.iter().copied().collect();
            let (sort, wanted) = (key.rules.written().sort, limit(&key));
            let prefix = kept.prefix.caught_up(sort, &changed, &fitting, wanted + RESERVE);
            if !prefix.is_whole && prefix.chosen.len() < wanted {
                left.push((key, state));
                continue;
            }
            let choice = first(&prefix, wanted);
            found.insert(key.playlist, choice.clone());
            self.smart.keep(key, Kept { choice, prefix: Arc::new(prefix), state, chosen_at: now, ..kept });
        }
        Ok(left)
    }

    /// The tracks that have changed since each of these was chosen, for everybody or for its owner, some twice; [`MAX_CHANGES`] when
    /// there are more.
    async fn changes(&self, behind: &[(ChosenBy, State, Kept)]) -> Result<Vec<Vec<TrackId>>, sqlx::Error> {
        let owners: Vec<_> = behind.iter().map(|(key, ..)| key.owner.0).collect();
        let open: Vec<_> = behind.iter().map(|(.., kept)| kept.state.open).collect();
        let rows = sqlx::query_scalar!(
            r#"
            select array(
                select c.track_id
                from rule_changes c
                where c.xact >= k.open and (c.user_id is null or c.user_id = k.owner_id)
                limit $3
            ) as "tracks!: Vec<TrackId>"
            from unnest($1::uuid[], $2::bigint[]) with ordinality as k (owner_id, open, n)
            order by k.n
            "#,
            &owners,
            &open,
            MAX_CHANGES
        );
        rows.fetch_all(&self.pool).await
    }

    /// Forgets changes that no choice is older than.
    pub async fn forget_rule_changes(&self, before: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query!("delete from rule_changes where made_at < $1", before).execute(&self.pool).await?;
        Ok(())
    }

    /// The state of what each of these asks about.
    async fn states(&self, keys: &[ChosenBy], now: DateTime<Utc>) -> Result<Vec<State>, sqlx::Error> {
        use chrono::Datelike as _;
        let owners: Vec<_> = keys.iter().map(|key| key.owner.0).collect();
        let rows = sqlx::query_as!(
            Row,
            r#"
            select
                (select last_value from track_changes) as "tracks!",
                coalesce(l.version, 0) as "library!",
                coalesce(p.version, 0) as "preferences!",
                pg_snapshot_xmin(pg_current_snapshot())::text::bigint as "open!"
            from unnest($1::uuid[]) with ordinality as k (owner_id, n)
            left join libraries l on l.user_id = k.owner_id
            left join preferences p on p.user_id = k.owner_id
            order by k.n
            "#,
            &owners
        );
        let day = now.num_days_from_ce();
        let rows = rows.fetch_all(&self.pool).await?.into_iter();
        let state = |row: Row| {
            let Row { tracks, library, preferences, open } = row;
            State { tracks, library, preferences, day, open }
        };
        Ok(rows.map(state).collect())
    }
}

struct Row {
    tracks: i64,
    library: i64,
    preferences: i64,
    open: i64,
}

/// How many tracks the rules want.
fn limit(key: &ChosenBy) -> usize {
    usize::try_from(key.rules.written().limit).unwrap_or_default()
}

/// The first of what fits.
fn first(prefix: &Prefix, wanted: usize) -> Choice {
    Arc::new(prefix.chosen[..wanted.min(prefix.chosen.len())].to_vec())
}
