//! Adds what tracks, albums and artists are called to a part of an export of somebody's data.

use anyhow::Context;
use polyphony_events::{
    AlbumId, ArtistId, TrackId, catalog::LibraryDataDescribed, data_export::ExportRecord,
    playlists::LibraryDataExported,
};
use polyphony_kit::{Clock, outbox};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::store::data_export as store;

/// Answers the part with the same part and names beside the ids. What is gone, or not this person's to know of, keeps its id alone.
pub async fn describe_export(
    tx: &mut PgConnection,
    clock: &Clock,
    exported: LibraryDataExported,
) -> anyhow::Result<()> {
    let LibraryDataExported { user_id, export_id, mut part } = exported;
    let tracks = store::tracks(&mut *tx, user_id, &ids(&part.records, "trackId", TrackId::parse)).await;
    let tracks = tracks.context("name tracks")?;
    let albums = store::albums(&mut *tx, user_id, &ids(&part.records, "albumId", AlbumId::parse)).await;
    let albums = albums.context("name albums")?;
    let artists = store::artists(&mut *tx, &ids(&part.records, "artistId", ArtistId::parse)).await;
    let artists = artists.context("name artists")?;
    for record in &mut part.records {
        let track = id(record, "trackId", TrackId::parse).and_then(|id| tracks.get(&id)).map(|track| json!(track));
        let album = id(record, "albumId", AlbumId::parse).and_then(|id| albums.get(&id)).map(|album| json!(album));
        let artist = id(record, "artistId", ArtistId::parse).and_then(|id| artists.get(&id)).map(|name| json!(name));
        for (field, named) in [("track", track), ("album", album), ("artist", artist)] {
            if let (Some(named), Value::Object(data)) = (named, &mut record.data) {
                data.insert(field.to_owned(), named);
            }
        }
    }
    outbox::push(tx, clock, &LibraryDataDescribed { user_id, export_id, part }).await?;
    Ok(())
}

fn id<T>(record: &ExportRecord, field: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    record.data.get(field).and_then(Value::as_str).and_then(parse)
}

fn ids<T>(records: &[ExportRecord], field: &str, parse: impl Fn(&str) -> Option<T> + Copy) -> Vec<T> {
    records.iter().filter_map(|record| id(record, field, parse)).collect()
}
