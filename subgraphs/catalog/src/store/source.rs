//! The sources of tracks in the database.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{TrackId, UploadId, UserId, media::AudioQuality};
use sqlx::{PgConnection, types::Json};

use super::{Reader, gather};
use crate::domain::{MatchReason, Source, manager::NOBODY};

/// Selects sources: `sources!("where …", arguments)`.
macro_rules! sources {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query!(
            r#"
            select
                s.upload_id,
                s.track_id,
                s.owner_id,
                s.filename,
                s.folder,
                s.quality,
                s.duration_ms,
                s.recording,
                s.year,
                s.track_total,
                s.has_cover,
                s.is_chosen,
                s.reasons,
                s.added_at
            from track_sources s
            "# + $tail
            $(, $argument)*
        )
        .map(|row| Source {
            upload: row.upload_id,
            track: row.track_id,
            owner: row.owner_id,
            filename: row.filename,
            folder: row.folder,
            quality: row.quality.map(|quality| quality.0),
            duration_ms: row.duration_ms,
            recording: row.recording,
            year: row.year,
            track_total: row.track_total,
            has_cover: row.has_cover,
            is_chosen: row.is_chosen,
            reasons: row.reasons.0,
            added_at: row.added_at,
        })
    };
}
pub(super) use sources;

/// Finds the sources of a track, oldest first. Whether the person may see them is decided where they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourcesOfTrack(pub TrackId);

impl Loader<SourcesOfTrack> for Reader {
    type Value = Vec<Source>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[SourcesOfTrack]) -> Result<HashMap<SourcesOfTrack, Vec<Source>>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sources!("where s.track_id = any($1) order by s.added_at, s.upload_id", &ids);
        let rows = rows.fetch_all(&self.store.pool).await?;
        Ok(gather(keys, rows.into_iter().map(|source| (SourcesOfTrack(source.track), source)).collect()))
    }
}

/// The sources of a track, oldest first.
pub async fn of_track(tx: &mut PgConnection, track: TrackId) -> Result<Vec<Source>, sqlx::Error> {
    sources!("where s.track_id = $1 order by s.added_at, s.upload_id", track.0).fetch_all(tx).await
}

/// The track that an upload is a source of.
pub async fn track_of(tx: &mut PgConnection, upload: UploadId) -> Result<Option<TrackId>, sqlx::Error> {
    sqlx::query_scalar!("select track_id from track_sources where upload_id = $1", upload.0).fetch_optional(tx).await
}

/// Keeps an upload for a track; tells whether that changed anything. One that was kept stays as old as it is, and as chosen.
pub async fn put(tx: &mut PgConnection, source: &Source) -> Result<bool, sqlx::Error> {
    let written = sqlx::query!(
        r#"
        insert into track_sources (
            upload_id, track_id, owner_id, filename, folder, quality, duration_ms, recording, year, track_total, has_cover,
            is_chosen, reasons, added_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (upload_id) do update
        set track_id = excluded.track_id, owner_id = excluded.owner_id,
            filename = coalesce(excluded.filename, track_sources.filename),
            folder = coalesce(excluded.folder, track_sources.folder),
            quality = coalesce(excluded.quality, track_sources.quality),
            duration_ms = case when excluded.duration_ms > 0 then excluded.duration_ms else track_sources.duration_ms end,
            recording = coalesce(excluded.recording, track_sources.recording),
            year = coalesce(excluded.year, track_sources.year),
            track_total = coalesce(excluded.track_total, track_sources.track_total),
            has_cover = excluded.has_cover or track_sources.has_cover,
            is_chosen = excluded.is_chosen or track_sources.is_chosen
        where (
            track_sources.track_id, track_sources.owner_id, track_sources.quality, track_sources.recording,
            track_sources.duration_ms, track_sources.is_chosen
        ) is distinct from (
            excluded.track_id, excluded.owner_id, excluded.quality, excluded.recording, excluded.duration_ms,
            excluded.is_chosen or track_sources.is_chosen
        )
        "#,
        source.upload.0,
        source.track.0,
        source.owner.0,
        source.filename,
        source.folder,
        source.quality.as_ref().map(Json) as Option<Json<&AudioQuality>>,
        source.duration_ms,
        source.recording,
        source.year,
        source.track_total,
        source.has_cover,
        source.is_chosen,
        Json(&source.reasons) as Json<&Vec<MatchReason>>,
        source.added_at,
    )
    .execute(tx)
    .await?;
    Ok(written.rows_affected() > 0)
}

/// Keeps which source of a track plays whatever better there is; none leaves it to how good they are.
pub async fn choose(tx: &mut PgConnection, track: TrackId, upload: Option<UploadId>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update track_sources set is_chosen = coalesce(upload_id = $2, false)
        where track_id = $1 and is_chosen is distinct from coalesce(upload_id = $2, false)
        "#,
        track.0,
        upload.map(|id| id.0)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// An upload is kept for its track no more.
pub async fn remove(tx: &mut PgConnection, upload: UploadId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from track_sources where upload_id = $1", upload.0).execute(tx).await?;
    Ok(())
}

/// Takes an upload from every track but this one; gives which had it, whether they played it or not.
pub async fn take(tx: &mut PgConnection, upload: UploadId, except: TrackId) -> Result<Vec<TrackId>, sqlx::Error> {
    let kept_for = sqlx::query_scalar!(
        "delete from track_sources where upload_id = $1 and track_id <> $2 returning track_id",
        upload.0,
        except.0
    );
    let mut had: Vec<TrackId> = kept_for.fetch_all(&mut *tx).await?;
    let playing = sqlx::query_scalar!("select id from tracks where upload_id = $1 and id <> $2", upload.0, except.0);
    for track in playing.fetch_all(tx).await? {
        if !had.contains(&track) {
            had.push(track);
        }
    }
    Ok(had)
}

/// Removes the sources of a person who has left that nobody hears; what plays is nobody's from now on. Gives the tracks of the
/// former.
pub async fn disown(tx: &mut PgConnection, user: UserId) -> Result<Vec<TrackId>, sqlx::Error> {
    let unheard = sqlx::query_scalar!(
        r#"
        delete from track_sources s
        using tracks t
        where s.owner_id = $1 and t.id = s.track_id and t.upload_id is distinct from s.upload_id
        returning s.track_id
        "#,
        user.0
    );
    let tracks = unheard.fetch_all(&mut *tx).await?;
    sqlx::query!("update track_sources set owner_id = $2 where owner_id = $1", user.0, NOBODY.0).execute(tx).await?;
    Ok(tracks)
}

/// The upload of another source of the album's tracks that has a cover, the first of them.
pub async fn cover_of_album(
    tx: &mut PgConnection,
    album: polyphony_events::AlbumId,
) -> Result<Option<UploadId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select s.upload_id
        from tracks t join track_sources s on s.track_id = t.id
        where t.album_id = $1 and s.has_cover
        order by coalesce(t.disc_number, 1), coalesce(t.track_number, 2147483647), s.added_at, s.upload_id
        limit 1
        "#,
        album.0
    )
    .fetch_optional(tx)
    .await
}
