//! What the rules of smart playlists choose. Rules become one statement, whatever they are and however many playlists ask;
//! what people wrote is only ever a bound value of it.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Datelike, Utc};
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId};
use polyphony_kit::UserId;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        playlist::Playlist,
        playlist_item::PlaylistItem,
        smart_item::{Chosen, Standing, Tails, item_id, tail},
        smart_rules::{Group, RuleMatch, SmartRules, SmartSort},
    },
    store::{ReadError, Reader, Store, conditions, smart_cache::Choice},
};

/// What the rules of a playlist that the viewer was shown already choose: finds all of it, in order.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ChosenBy {
    /// For which playlist.
    pub playlist: PlaylistId,
    /// Whose plays and likes count.
    pub owner: UserId,
    /// The rules.
    pub rules: SmartRules,
}

impl ChosenBy {
    /// Asks for the entries of this playlist; none when people choose them.
    pub fn rules_of(playlist: &Playlist) -> Option<Self> {
        let rules = playlist.rules.clone()?;
        Some(Self { playlist: playlist.id, owner: playlist.owner, rules })
    }
}

impl Loader<ChosenBy> for Reader {
    type Value = Choice;
    type Error = ReadError;

    async fn load(&self, keys: &[ChosenBy]) -> Result<HashMap<ChosenBy, Choice>, ReadError> {
        let mut chosen = self.store.choose(keys, self.clock.now()).await?;
        // Rules of people who want nothing explicit choose nothing explicit; for viewers who do not, it is left out of others' choice.
        let any_explicit = chosen.values().flat_map(|all| all.iter()).any(|one| one.explicit);
        if any_explicit && !self.store.shows_explicit(self.viewer).await? {
            for all in chosen.values_mut() {
                *all = Arc::new(all.iter().filter(|one| !one.explicit).cloned().collect());
            }
        }
        Ok(keys.iter().map(|key| (key.clone(), chosen.remove(&key.playlist).unwrap_or_default())).collect())
    }
}

#[derive(FromRow)]
struct Row {
    playlist_id: Uuid,
    id: Uuid,
    duration_ms: i64,
    explicit: bool,
    added_at: DateTime<Utc>,
    weight: i64,
    title: String,
}

impl From<Row> for Chosen {
    fn from(row: Row) -> Self {
        let (track, added_at) = (TrackId(row.id), row.added_at);
        Self {
            duration_ms: row.duration_ms,
            explicit: row.explicit,
            standing: Standing { track, added_at, weight: row.weight, title: row.title },
        }
    }
}

impl Store {
    /// What the rules of these playlists choose, evaluated now in one statement, in order.
    pub async fn evaluate(
        &self,
        keys: &[ChosenBy],
        now: DateTime<Utc>,
    ) -> Result<HashMap<PlaylistId, Vec<Chosen>>, sqlx::Error> {
        let all: Vec<_> = keys.iter().map(|key| (key, Among::All { more: 0 })).collect();
        self.evaluate_among(&all, now).await
    }

    /// The same, each among these tracks.
    pub(super) async fn evaluate_among(
        &self,
        keys: &[(&ChosenBy, Among<'_>)],
        now: DateTime<Utc>,
    ) -> Result<HashMap<PlaylistId, Vec<Chosen>>, sqlx::Error> {
        let mut sql = QueryBuilder::<Postgres>::new("");
        for (place, (key, among)) in keys.iter().enumerate() {
            sql.push(if place == 0 { "" } else { " union all " });
            choose(&mut sql, key, *among, now);
        }
        sql.push(" order by playlist_id, place");
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for row in sql.build_query_as::<Row>().fetch_all(&self.pool).await? {
            found.entry(PlaylistId(row.playlist_id)).or_default().push(row.into());
        }
        Ok(found)
    }
}

/// Which tracks rules choose from.
#[derive(Clone, Copy)]
pub(super) enum Among<'a> {
    /// All of them, and so many more than the rules want.
    All { more: i64 },
    /// These.
    These(&'a [TrackId]),
}

/// Appends the statement that chooses for one playlist.
fn choose(sql: &mut QueryBuilder<Postgres>, key: &ChosenBy, among: Among<'_>, now: DateTime<Utc>) {
    let written = key.rules.written();
    sql.push("(select ").push_bind(key.playlist.0);
    sql.push(" as playlist_id, row_number() over () as place, c.* from (select t.id, t.duration_ms, t.explicit, t.added_at, ");
    push_weight(sql, key, now);
    sql.push(if written.sort == SmartSort::Title { " as weight, t.title " } else { " as weight, '' as title " });
    sql.push("from tracks t left join listens l on l.track_id = t.id and l.user_id = ").push_bind(key.owner.0);
    sql.push(" left join library_entries k on k.thing_id = t.id and k.shelf = 'LIKED_TRACKS' and k.user_id = ");
    sql.push_bind(key.owner.0);
    sql.push(" where t.status = 'PUBLISHED' and (not t.explicit or coalesce((select explicit_content from preferences");
    sql.push(" where user_id = ").push_bind(key.owner.0).push("), true)) and ");
    push_group(sql, key.rules.group(), now);
    let mut limit = i64::from(written.limit);
    match among {
        Among::All { more } => limit += more,
        Among::These(tracks) => {
            let ids: Vec<Uuid> = tracks.iter().map(|track| track.0).collect();
            sql.push(" and t.id = any(").push_bind(ids).push(")");
            limit = i64::MAX;
        }
    }
    sql.push(match written.sort {
        SmartSort::RecentlyAdded => " order by t.added_at desc, t.id desc",
        SmartSort::MostPlayed | SmartSort::RecentlyPlayed => " order by weight desc, t.added_at desc, t.id desc",
        SmartSort::Title => " order by t.title, t.id",
        SmartSort::RandomDaily => " order by weight, t.id",
    });
    sql.push(" limit ").push_bind(limit).push(") c)");
}

/// Appends what a group asks, in brackets. How deep groups stand is bounded where they are read.
fn push_group(sql: &mut QueryBuilder<Postgres>, group: &Group, now: DateTime<Utc>) {
    let joint = match group.matching {
        RuleMatch::All => " and ",
        RuleMatch::Any => " or ",
    };
    let mut before = "(";
    for condition in &group.conditions {
        sql.push(before);
        conditions::push(sql, condition, now);
        before = joint;
    }
    for inner in &group.groups {
        sql.push(before);
        push_group(sql, inner, now);
        before = joint;
    }
    sql.push(")");
}

/// Appends the number that tracks are sorted by, as [`Standing`] has it.
fn push_weight(sql: &mut QueryBuilder<Postgres>, key: &ChosenBy, now: DateTime<Utc>) {
    match key.rules.written().sort {
        SmartSort::RecentlyAdded | SmartSort::Title => sql.push("0::bigint"),
        SmartSort::MostPlayed => sql.push("coalesce(l.play_count, 0)"),
        SmartSort::RecentlyPlayed => {
            sql.push("coalesce((extract(epoch from l.last_played_at) * 1000000)::bigint, -9223372036854775808)")
        }
        SmartSort::RandomDaily => {
            let seed = tail(key.playlist.0).wrapping_add(i64::from(now.num_days_from_ce()));
            sql.push("hashtextextended(t.id::text, ").push_bind(seed).push(")")
        }
    };
}

/// The entries with these ids of smart playlists that the viewer sees, those that are chosen now.
pub(super) async fn entries(
    reader: &Reader,
    wanted: &[(PlaylistItemId, Tails)],
) -> Result<HashMap<PlaylistItemId, PlaylistItem>, sqlx::Error> {
    let playlists = smart_by_tail(reader, wanted).await?;
    let keys: Vec<_> = playlists.iter().filter_map(ChosenBy::rules_of).collect();
    let mut found = HashMap::new();
    if keys.is_empty() {
        return Ok(found);
    }
    let chosen = reader.store.choose(&keys, reader.clock.now()).await?;
    for playlist in playlists {
        for one in chosen.get(&playlist.id).into_iter().flat_map(|all| all.iter()) {
            let entry = entry(&playlist, one);
            if wanted.iter().any(|(id, _)| *id == entry.id) {
                found.insert(entry.id, entry);
            }
        }
    }
    Ok(found)
}

/// The entry that a chosen track is in its playlist.
pub fn entry(playlist: &Playlist, chosen: &Chosen) -> PlaylistItem {
    PlaylistItem {
        id: item_id(playlist.id, chosen.standing.track),
        playlist: playlist.id,
        track: chosen.standing.track,
        // Rules choose among tracks that can be had.
        is_track_deleted: false,
        added_by: playlist.owner,
        added_at: chosen.standing.added_at,
        is_for_member: playlist.viewer_role.is_some(),
    }
}

/// Those of the smart playlists with these tails that the viewer sees.
async fn smart_by_tail(reader: &Reader, wanted: &[(PlaylistItemId, Tails)]) -> Result<Vec<Playlist>, sqlx::Error> {
    let tails: Vec<_> = wanted.iter().map(|(_, tails)| tails.playlist).collect();
    reader.store.visible_smart_playlists(reader.viewer, &tails).await
}

/// Tells what the rules of a playlist, whose lock is held, chose when its version grew last.
pub async fn fingerprint(tx: &mut PgConnection, id: PlaylistId) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select fingerprint from playlists where id = $1", id.0).fetch_one(tx).await
}

/// Gives a playlist, whose lock is held, other rules.
pub async fn set_rules(tx: &mut PgConnection, id: PlaylistId, rules: &SmartRules) -> Result<(), sqlx::Error> {
    sqlx::query!("update playlists set rules = $2 where id = $1", id.0, Json(rules) as _).execute(tx).await?;
    Ok(())
}

/// Keeps what the rules chose.
pub async fn set_fingerprint(tx: &mut PgConnection, id: PlaylistId, fingerprint: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update playlists set fingerprint = $2 where id = $1", id.0, fingerprint).execute(tx).await?;
    Ok(())
}
