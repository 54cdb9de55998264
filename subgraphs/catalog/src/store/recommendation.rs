//! What goes with what, in the database: suggestions for a person, beside a track, beside an artist.
//!
//! Two tracks go together as often as they are heard by the same people, over how often each is heard at all; a few
//! listeners more are assumed of each, so that one person's taste is no rule. Every part reads a bounded number of rows,
//! however large the library is.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{ArtistId, TrackId, UserId};

use super::{Reader, Store, gather};
use crate::domain::{
    Suggestion, decay,
    recommendation::{JUST_PLAYED, KNOWN, NEW},
};

/// So many listeners more are assumed of each track.
const ASSUMED: f64 = 3.0;

impl Store {
    /// Up to `first` suggestions for a person.
    pub async fn suggestions(
        &self,
        user: UserId,
        now: DateTime<Utc>,
        first: i64,
    ) -> Result<Vec<Suggestion>, sqlx::Error> {
        sqlx::query_file!(
            "src/store/sql/suggestions_for_person.sql",
            user.0,
            now,
            now - JUST_PLAYED,
            now - NEW,
            now - KNOWN,
            ASSUMED * decay::weight_at(now),
            first
        )
        .map(|row| Suggestion { track: TrackId(row.track_id), reason: row.tier.into(), because: row.because })
        .fetch_all(&self.pool)
        .await
    }
}

/// How far from a track suggestions may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// What is like it.
    Similar,
    /// What may follow it for hours: also what everybody hears.
    Radio,
}

/// Finds suggestions beside a track, for the reader's person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SuggestionsOfTrack {
    /// Which.
    pub track: TrackId,
    /// How far from it.
    pub reach: Reach,
    /// How many.
    pub first: i64,
}

impl Loader<SuggestionsOfTrack> for Reader {
    type Value = Vec<Suggestion>;
    type Error = Arc<sqlx::Error>;

    async fn load(
        &self,
        keys: &[SuggestionsOfTrack],
    ) -> Result<HashMap<SuggestionsOfTrack, Vec<Suggestion>>, Self::Error> {
        let tracks: Vec<_> = keys.iter().map(|key| key.track.0).collect();
        let firsts: Vec<_> = keys.iter().map(|key| key.first).collect();
        let far: Vec<_> = keys.iter().map(|key| key.reach == Reach::Radio).collect();
        let now = self.clock.now();
        let rows = sqlx::query_file!(
            "src/store/sql/suggestions_beside_track.sql",
            &tracks,
            &firsts,
            &far,
            self.audience.user.map(|user| user.0),
            now - JUST_PLAYED,
            ASSUMED * decay::weight_at(now)
        )
        .map(|row| {
            let suggestion = Suggestion { track: TrackId(row.track_id), reason: row.tier.into(), because: row.because };
            (row.n, suggestion)
        })
        .fetch_all(&self.store.pool)
        .await?;
        let numbers: Vec<_> = (1..=keys.len() as i64).collect();
        let mut gathered = gather(&numbers, rows);
        Ok(numbers.iter().zip(keys).map(|(n, key)| (*key, gathered.remove(n).unwrap_or_default())).collect())
    }
}

/// Finds artists who are heard together with an artist, and then those of the same genres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArtistsLike {
    /// Which.
    pub artist: ArtistId,
    /// How many.
    pub first: i64,
}

impl Loader<ArtistsLike> for Reader {
    type Value = Vec<ArtistId>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ArtistsLike]) -> Result<HashMap<ArtistsLike, Vec<ArtistId>>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.artist.0).collect();
        let firsts: Vec<_> = keys.iter().map(|key| key.first).collect();
        let rows = sqlx::query_file!("src/store/sql/artists_like.sql", &ids, &firsts)
            .map(|row| (row.n, ArtistId(row.artist_id)))
            .fetch_all(&self.store.pool)
            .await?;
        let numbers: Vec<_> = (1..=keys.len() as i64).collect();
        let mut gathered = gather(&numbers, rows);
        Ok(numbers.iter().zip(keys).map(|(n, key)| (*key, gathered.remove(n).unwrap_or_default())).collect())
    }
}
