//! Completes an export of somebody's library: adds what tracks, albums and artists are called to its parts, and the share links
//! of the person behind the last one.

use anyhow::Context;
use polyphony_events::{
    AlbumId, ArtistId, TrackId, UserId,
    catalog::LibraryDataDescribed,
    data_export::{ExportPart, ExportParts, ExportRecord},
    playlists::LibraryDataExported,
};
use polyphony_kit::{Clock, outbox};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::{
    domain::{Share, Shared},
    store::{data_export as store, share},
};

/// Answers the part with the same part and names beside the ids. What is gone, or not this person's to know of, keeps its id
/// alone. The last part comes back as one that others follow when there are share links.
pub async fn describe_export(
    tx: &mut PgConnection,
    clock: &Clock,
    exported: LibraryDataExported,
) -> anyhow::Result<()> {
    let LibraryDataExported { user_id, export_id, mut part } = exported;
    let shares =
        if part.is_last { share::of_person(&mut *tx, user_id).await.context("find links")? } else { Vec::new() };
    let parts = if shares.is_empty() {
        vec![part]
    } else {
        let mut cutter = ExportParts::after(part.number);
        part.is_last = false;
        let mut parts = vec![part];
        parts.extend(shares.iter().flat_map(records).filter_map(|data| cutter.push("shares", data)));
        parts.push(cutter.finish());
        parts
    };
    for part in parts {
        let part = named(tx, user_id, part).await?;
        outbox::push(&mut *tx, clock, &LibraryDataDescribed { user_id, export_id, part }).await?;
    }
    Ok(())
}

/// A link without its secret, then the tracks that it leads to: `entry` numbers them.
fn records(share: &Share) -> Vec<Value> {
    let (album, tracks) = match &share.shared {
        Shared::Album(album) => (Some(album), [].as_slice()),
        Shared::Tracks(tracks) => (None, tracks.as_slice()),
    };
    let head = json!({
        "id": share.id,
        "albumId": album,
        "createdAt": share.created_at,
        "expiresAt": share.expires_at,
    });
    let entries = tracks.iter().enumerate().map(|(place, track)| json!({ "entry": place + 1, "trackId": track }));
    std::iter::once(head).chain(entries).collect()
}

async fn named(tx: &mut PgConnection, user: UserId, mut part: ExportPart) -> anyhow::Result<ExportPart> {
    let tracks = store::tracks(&mut *tx, user, &ids(&part.records, "trackId", TrackId::parse)).await;
    let tracks = tracks.context("name tracks")?;
    let albums = store::albums(&mut *tx, user, &ids(&part.records, "albumId", AlbumId::parse)).await;
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
    Ok(part)
}

fn id<T>(record: &ExportRecord, field: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    record.data.get(field).and_then(Value::as_str).and_then(parse)
}

fn ids<T>(records: &[ExportRecord], field: &str, parse: impl Fn(&str) -> Option<T> + Copy) -> Vec<T> {
    records.iter().filter_map(|record| id(record, field, parse)).collect()
}
