//! Finding what a file's tags may speak of; `domain/matching.rs` decides. Callers hold the locks of the names meanwhile, so that
//! two files that speak of the same new thing make one.

use polyphony_names as names;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId, TrackId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{album::albums, artist::artists, source::sources, track::tracks};
use crate::domain::{
    Album, Artist, Manager, Source, Track,
    artist::UNKNOWN,
    matching::{Incoming, Place, ReleaseCandidate, TrackCandidate},
    tags::{TaggedAlbum, TaggedArtist},
};

/// So many albums of one title, or tracks of one sound, are looked at.
const MAX_CANDIDATES: i64 = 100;

/// The artist of this MusicBrainz id, else one of this name whose MusicBrainz id is no other, else that which one of this id or
/// name was merged into: by an admin, or the uploader's own. Nobody else decides whose music of others is.
pub async fn artist(
    tx: &mut PgConnection,
    wanted: &TaggedArtist,
    manager: Manager,
) -> Result<Option<Artist>, sqlx::Error> {
    let found = artists!(
        "a.id",
        r#"
        from artists a
        where a.musicbrainz_id = $2
           or (a.folded_name = $1 and ($2::text is null or a.musicbrainz_id is null))
           or a.id = any(array(
               select n.id
               from redirects r
               cross join lateral (select current_id(r.old_id) as id) n
               where (
                       r.musicbrainz_id = $2
                       or (r.name_key = $1 and ($2::text is null or r.musicbrainz_id is null))
                   )
                 and (r.is_for_all or exists (select from artists o where o.id = n.id and o.owner_id = $3))
           ))
        order by
            coalesce(a.musicbrainz_id = $2, false) desc,
            (a.folded_name = $1) desc,
            (a.owner_id = $3) desc,
            a.created_at,
            a.id
        limit 1
        "#,
        wanted.folded,
        wanted.musicbrainz_id,
        manager.user.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.map(|(_, artist)| artist))
}

/// The albums that a file may be of, the uploader's own first, then the oldest: those of its MusicBrainz id, those of its title
/// by exactly these artists whose MusicBrainz id is no other, those of its title that the uploader's files made beside it, where
/// one of them does not say whose album it is of, and the uploader's that one of its id was merged into, or one of its title by
/// the artists of that. Albums that are
/// somebody else's and not published are left alone.
pub async fn releases(
    tx: &mut PgConnection,
    file: &Incoming<'_>,
    wanted: &TaggedAlbum,
    artists: &[ArtistId],
) -> Result<Vec<ReleaseCandidate>, sqlx::Error> {
    let found = albums!(
        "b.id",
        r#"
        from albums b
        where (b.status = 'PUBLISHED' or b.owner_id = $4 or $5)
          and (
              b.musicbrainz_id = $2
              or (
                  b.folded_title = $1
                  and ($2::text is null or b.musicbrainz_id is null)
                  and (
                      array(select l.artist_id from album_artists l where l.album_id = b.id order by l.artist_id) = $3
                      or (b.owner_id = $4 and (b.is_guessed or $7))
                  )
              )
              or (b.owner_id = $4 and b.id = any(array(
                  select current_id(r.old_id) from redirects r where r.musicbrainz_id = $2
              )))
              or (
                  b.owner_id = $4
                  and b.id = any(array(
                      select current_id(r.old_id) from redirects r
                      where r.name_key = $1 and ($2::text is null or r.musicbrainz_id is null)
                  ))
                  and array(select l.artist_id from album_artists l where l.album_id = b.id order by l.artist_id) = $3
              )
          )
        order by coalesce(b.musicbrainz_id = $2, false) desc, (b.owner_id = $4) desc, b.created_at, b.id
        limit $6
        "#,
        wanted.folded,
        wanted.musicbrainz_id,
        &sorted(artists),
        file.manager.user.0,
        file.manager.is_admin,
        MAX_CANDIDATES,
        wanted.lead.is_some()
    );
    let found = found.fetch_all(&mut *tx).await?.into_iter().map(|(_, album)| album).collect();
    described(tx, file, (wanted, artists), found).await
}

/// These albums with what is compared of them.
async fn described(
    tx: &mut PgConnection,
    file: &Incoming<'_>,
    (wanted, artists): (&TaggedAlbum, &[ArtistId]),
    found: Vec<Album>,
) -> Result<Vec<ReleaseCandidate>, sqlx::Error> {
    let ids: Vec<Uuid> = found.iter().map(|album| album.id.0).collect();
    let disc = file.file.disc_number.unwrap_or(1);
    let features = features(tx, &ids, disc, file.manager).await?;
    let standing = sqlx::query_scalar!(
        "select id from tracks where album_id = any($1) and coalesce(disc_number, 1) = $2 and track_number = $3",
        &ids,
        disc,
        file.file.track_number
    );
    let standing: Vec<TrackId> = standing.fetch_all(&mut *tx).await?;
    let standing = candidates(tx, &standing).await?;
    let artists = sorted(artists);
    let release = |album: Album| {
        let known = features.iter().find(|row| row.album == album.id)?;
        let is_same = wanted.musicbrainz_id.is_some() && wanted.musicbrainz_id == album.musicbrainz_id;
        let stands = standing.iter().filter(|track| track.track.album_id == Some(album.id)).cloned();
        let leads: BTreeSet<String> = known.leads.iter().flatten().map(|lead| names::identity(lead)).collect();
        Some(ReleaseCandidate {
            // One of another title was merged with what the file names.
            is_by_artists: is_same || known.artists == artists || names::identity(&album.title) != wanted.folded,
            is_guessed: known.is_guessed,
            leads: leads.into_iter().collect(),
            last_import: known.last_import,
            folders: known.folders.clone().unwrap_or_default(),
            main_folders: known.main_folders.clone(),
            years: known.years.clone().unwrap_or_default(),
            totals: known.totals.clone().unwrap_or_default(),
            standing: stands.collect(),
            album,
        })
    };
    Ok(found.into_iter().filter_map(release).collect())
}

/// What the tracks and sources of an album say of it.
struct Features {
    album: AlbumId,
    is_guessed: bool,
    /// Its artists, by id.
    artists: Vec<Uuid>,
    /// The shortest reading of each artist of its files.
    leads: Option<Vec<String>>,
    last_import: Option<DateTime<Utc>>,
    /// The folders that this person's files came from, and those that more than half of the tracks came from.
    folders: Option<Vec<String>>,
    main_folders: Vec<String>,
    years: Option<Vec<i32>>,
    /// How many tracks the disc has.
    totals: Option<Vec<i32>>,
}

async fn features(
    tx: &mut PgConnection,
    albums: &[Uuid],
    disc: i32,
    manager: Manager,
) -> Result<Vec<Features>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Features,
        r#"
        select
            b.id as album,
            b.is_guessed,
            array(select l.artist_id from album_artists l where l.album_id = b.id order by l.artist_id) as "artists!: Vec<Uuid>",
            (
                select array_agg(distinct t.lead[cardinality(t.lead)]) from tracks t
                where t.album_id = b.id and cardinality(t.lead) > 0
            ) as "leads: Vec<String>",
            array(
                select s.folder
                from tracks t join track_sources s on s.track_id = t.id
                where t.album_id = b.id and s.owner_id = $2 and s.folder is not null
                group by s.folder
                having 2 * count(distinct t.id) > (select count(*) from tracks o where o.album_id = b.id)
            ) as "main_folders!: Vec<String>",
            said.folders as "folders: Vec<String>",
            said.years as "years: Vec<i32>",
            said.totals as "totals: Vec<i32>",
            said.last_import
        from albums b
        cross join lateral (
            select
                array_agg(distinct s.folder) filter (where s.folder is not null and s.owner_id = $2) as folders,
                array_agg(distinct s.year) filter (where s.year is not null) as years,
                array_agg(distinct s.track_total) filter (
                    where s.track_total is not null and coalesce(t.disc_number, 1) = $3
                ) as totals,
                max(s.added_at) filter (where s.owner_id = $2) as last_import
            from tracks t join track_sources s on s.track_id = t.id
            where t.album_id = b.id
        ) as said
        where b.id = any($1)
        "#,
        albums,
        manager.user.0,
        disc
    );
    rows.fetch_all(tx).await
}

/// Those of these tracks of which these tags were imported last.
pub async fn told(tx: &mut PgConnection, tracks: &[TrackCandidate], tags: &[u8]) -> Result<Vec<TrackId>, sqlx::Error> {
    let ids: Vec<Uuid> = tracks.iter().map(|known| known.track.id.0).collect();
    sqlx::query_scalar!("select id from tracks where id = any($1) and tags_hash = sha256($2)", &ids, tags)
        .fetch_all(tx)
        .await
}

/// Whether these tags are what was imported of the track last.
pub async fn has_tags(tx: &mut PgConnection, track: TrackId, tags: &[u8]) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(tags_hash = sha256($2), false) as "same!" from tracks where id = $1"#,
        track.0,
        tags
    )
    .fetch_one(tx)
    .await
}

/// Keeps which tags were imported of the track last.
pub async fn keep_tags(tx: &mut PgConnection, track: TrackId, tags: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!("update tracks set tags_hash = sha256($2) where id = $1", track.0, tags).execute(tx).await?;
    Ok(())
}

/// The tracks that have the file's upload or its sound already, oldest first.
pub async fn tracks_of_sound(tx: &mut PgConnection, file: &Incoming<'_>) -> Result<Vec<TrackCandidate>, sqlx::Error> {
    let uploads: Vec<Uuid> =
        [Some(file.upload), file.original, file.replaces].into_iter().flatten().map(|id| id.0).collect();
    let ids = sqlx::query_scalar!(
        r#"
        select track_id as "id!: TrackId" from track_sources where upload_id = any($1)
        union
        select id from tracks where upload_id = any($1)
        union
        (select track_id from track_sources where recording = $2 order by (owner_id = $3) desc, added_at limit $4)
        "#,
        &uploads,
        file.recording,
        file.manager.user.0,
        MAX_CANDIDATES
    );
    let ids = ids.fetch_all(&mut *tx).await?;
    candidates(tx, &ids).await
}

/// The tracks that stand where the file's belongs, oldest first: at its number or under its title.
pub async fn tracks_at(
    tx: &mut PgConnection,
    file: &Incoming<'_>,
    place: &Place<'_>,
) -> Result<Vec<TrackCandidate>, sqlx::Error> {
    let folded_title = file.file.is_titled.then(|| names::identity(&file.file.title));
    let ids = sqlx::query_scalar!(
        r#"
        select id as "id!: TrackId" from tracks
        where album_id = $1 and coalesce(disc_number, 1) = $2 and (track_number = $3 or folded_title = $4)
        union
        select id from tracks t
        where $1::uuid is null and album_id is null and folded_title = $4 and (owner_id = $6 or $7)
          and array(select l.artist_id from track_artists l where l.track_id = t.id order by l.artist_id) = $5
        limit $8
        "#,
        place.album.map(|id| id.0),
        file.file.disc_number.unwrap_or(1),
        file.file.track_number,
        folded_title,
        &sorted(place.artists),
        file.manager.user.0,
        file.manager.is_admin,
        MAX_CANDIDATES
    );
    let ids = ids.fetch_all(&mut *tx).await?;
    candidates(tx, &ids).await
}

/// These tracks with what is compared of them, oldest first.
async fn candidates(tx: &mut PgConnection, ids: &[TrackId]) -> Result<Vec<TrackCandidate>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let found = tracks!("t.id", "from tracks t where t.id = any($1) order by t.created_at, t.id", &ids);
    let found: Vec<(TrackId, Track)> = found.fetch_all(&mut *tx).await?;
    let artists = sqlx::query!(
        r#"
        select l.track_id, l.artist_id, a.folded_name
        from track_artists l join artists a on a.id = l.artist_id
        where l.track_id = any($1)
        order by l.artist_id
        "#,
        &ids
    );
    let artists = artists.fetch_all(&mut *tx).await?;
    let leads = sqlx::query!(r#"select id, lead as "lead!" from tracks where id = any($1) and lead is not null"#, &ids);
    let leads = leads.fetch_all(&mut *tx).await?;
    let sources = sources!("where s.track_id = any($1) order by s.added_at, s.upload_id", &ids);
    let sources: Vec<Source> = sources.fetch_all(tx).await?;
    let unknown = names::identity(UNKNOWN);
    let candidate = |(id, track)| {
        let of_track = || artists.iter().filter(|row| row.track_id == id);
        TrackCandidate {
            lead: leads.iter().find(|row| row.id == id).map(|row| row.lead.clone()),
            track,
            artists: of_track().map(|row| row.artist_id).collect(),
            is_by_unknown: of_track().all(|row| row.folded_name == unknown),
            sources: sources.iter().filter(|source| source.track == id).cloned().collect(),
        }
    };
    Ok(found.into_iter().map(candidate).collect())
}

fn sorted(artists: &[ArtistId]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = artists.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids
}
