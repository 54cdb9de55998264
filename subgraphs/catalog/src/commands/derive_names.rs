//! Derives anew what names are matched, ordered and searched by, once after each program that derives it otherwise.

use anyhow::Context;
use polyphony_kit::Clock;
use uuid::Uuid;

use super::announce;
use crate::{
    search::{SearchIndex, rebuild::rebuild},
    store::{Store, name, search, tx::Tx},
};

/// So many things are derived in one transaction.
const BATCH: i64 = 1_000;

/// Derives every form of every name, and tells of the tracks whose forms others keep; does nothing where that has been done.
/// Can be killed at any moment and begun again. A mirror takes the documents by itself.
pub async fn derive_names(store: &Store, clock: &Clock) -> anyhow::Result<()> {
    if name::version(&store.pool).await.context("ask for the version of names")? >= polyphony_names::VERSION {
        return Ok(());
    }
    each(store, async |tx, after| Ok(name::derive_artists(tx, after, BATCH).await?)).await.context("artists")?;
    each(store, async |tx, after| Ok(name::derive_albums(tx, after, BATCH).await?)).await.context("albums")?;
    let tracks = async |tx: &mut Tx, after| {
        let (last, changed) = name::derive_tracks(tx, after, BATCH).await?;
        announce::tracks_changed(tx, clock, &changed).await?;
        Ok(last)
    };
    each(store, tracks).await.context("tracks")?;
    rebuild(store, &SearchIndex::Postgres(store.clone())).await?;
    each(store, playlist_documents).await.context("documents of playlists")?;
    name::keep_version(&store.pool, polyphony_names::VERSION).await.context("keep the version of names")?;
    Ok(())
}

/// Derives batch after batch, each in a transaction of its own, until `derive` gives no last one.
async fn each(
    store: &Store,
    mut derive: impl AsyncFnMut(&mut Tx, Option<Uuid>) -> anyhow::Result<Option<Uuid>>,
) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let mut tx = store.begin().await.context("begin")?;
        after = derive(&mut tx, after).await?;
        tx.commit().await.context("commit")?;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Writes documents of playlists again, which are made of themselves.
async fn playlist_documents(tx: &mut Tx, after: Option<Uuid>) -> anyhow::Result<Option<Uuid>> {
    let documents = name::playlist_documents(tx, after, BATCH).await?;
    let ids: Vec<Uuid> = documents.iter().map(|document| document.id).collect();
    search::age(tx, &ids).await?;
    for document in &documents {
        search::put(tx, document).await?;
    }
    Ok(ids.last().copied())
}
