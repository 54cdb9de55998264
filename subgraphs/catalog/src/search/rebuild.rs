//! Rebuilds what search reads, while it is read: every document from the catalog's own tables, and the mirror from the
//! documents. Playlists are not ours; their documents stay as events told.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    Meilisearch, SearchIndex,
    mirror::{Mirror, in_line},
};
use crate::{
    domain::{Document, Kind},
    store::{Store, search, snapshot},
};

/// How many documents are written in a transaction.
const BATCH: i64 = 500;
/// How many documents the mirror is given at once.
const MIRRORED: i64 = 2_000;
/// A transaction that wrote a document may have begun this long before.
const MARGIN: TimeDelta = TimeDelta::minutes(1);
/// No rebuild takes as long: what one began to fill before then was left by one that was killed.
const TAKES_AT_MOST: TimeDelta = TimeDelta::hours(1);

/// Rebuilds the documents, and the mirror when there is one; gives how many documents there are.
pub async fn rebuild(store: &Store, index: &SearchIndex) -> anyhow::Result<u64> {
    let began = store.now().await.context("ask for the time")? - MARGIN;
    let mut count = 0;
    for kind in [Kind::Artist, Kind::Album, Kind::Track] {
        count += documents(store, kind).await?;
    }
    let mut connection = store.pool.acquire().await.context("connect")?;
    search::forget(&mut connection).await.context("hide what is gone")?;
    drop(connection);
    if let SearchIndex::Meilisearch { mirror, .. } = index {
        replace_mirror(store, mirror, began).await?;
        Mirror::new(store.clone(), mirror.clone(), Arc::new(Notify::new())).catch_up().await?;
    }
    Ok(count)
}

async fn documents(store: &Store, kind: Kind) -> anyhow::Result<u64> {
    let mut count = 0;
    let mut after = None;
    loop {
        let ids = search::ids_to_index(&store.pool, kind, after, BATCH).await.context("list what to index")?;
        let Some(last) = ids.last() else { return Ok(count) };
        after = Some(*last);
        let mut tx = store.pool.begin().await.context("begin")?;
        let documents = read(&mut tx, kind, &ids).await.context("read what to index")?;
        search::age(&mut tx, &ids).await.context("make way for documents")?;
        for document in &documents {
            search::put(&mut tx, document).await.context("write a document")?;
        }
        tx.commit().await.context("commit documents")?;
        count += documents.len() as u64;
    }
}

async fn read(tx: &mut sqlx::PgConnection, kind: Kind, ids: &[Uuid]) -> Result<Vec<Document>, sqlx::Error> {
    use polyphony_events::{AlbumId, ArtistId, TrackId};
    Ok(match kind {
        Kind::Artist => {
            let ids: Vec<_> = ids.iter().copied().map(ArtistId).collect();
            snapshot::artists(tx, &ids).await?.into_iter().map(Document::from).collect()
        }
        Kind::Album => {
            let ids: Vec<_> = ids.iter().copied().map(AlbumId).collect();
            snapshot::albums(tx, &ids).await?.into_iter().map(Document::from).collect()
        }
        Kind::Track => {
            let ids: Vec<_> = ids.iter().copied().map(TrackId).collect();
            snapshot::tracks(tx, &ids).await?.into_iter().map(Document::from).collect()
        }
        Kind::Playlist => Vec::new(),
    })
}

async fn replace_mirror(store: &Store, index: &Meilisearch, began: DateTime<Utc>) -> anyhow::Result<()> {
    index.sweep(began - TAKES_AT_MOST).await?;
    let mut after: Option<Uuid> = None;
    let fresh = index
        .fill(async || {
            let batch = store.live_documents(after, MIRRORED).await.context("read the documents")?;
            after = batch.last().map(|document| document.id);
            Ok(batch)
        })
        .await?;
    // What changed meanwhile went to the index that is replaced. Nothing is marked as mirrored between the two steps.
    let turn = in_line(store).await?;
    index.swap(&fresh).await?;
    store.mirror_again(began).await.context("mark what changed meanwhile")?;
    turn.commit().await.context("let others mirror")?;
    index.delete_named(&fresh).await
}
