//! Derives anew what names are matched, ordered and searched by, once after each program that derives it otherwise.

use anyhow::Context;
use polyphony_kit::Clock;

use super::announce;
use crate::{
    search::{SearchIndex, rebuild::rebuild},
    store::{Store, name, search},
};

/// So many things are derived in one transaction.
const BATCH: i64 = 1_000;

/// Derives every form of every name, and tells of the tracks whose forms others keep; does nothing where that has been done.
/// Can be killed at any moment and begun again. A mirror takes the documents by itself.
pub async fn derive_names(store: &Store, clock: &Clock) -> anyhow::Result<()> {
    if name::version(&store.pool).await.context("ask for the version of names")? >= polyphony_names::VERSION {
        return Ok(());
    }
    let mut after = None;
    loop {
        let mut tx = store.begin().await.context("begin")?;
        after = name::derive_artists(&mut tx, after, BATCH).await.context("derive names of artists")?;
        tx.commit().await.context("commit names of artists")?;
        if after.is_none() {
            break;
        }
    }
    loop {
        let mut tx = store.begin().await.context("begin")?;
        after = name::derive_albums(&mut tx, after, BATCH).await.context("derive titles of albums")?;
        tx.commit().await.context("commit titles of albums")?;
        if after.is_none() {
            break;
        }
    }
    loop {
        let mut tx = store.begin().await.context("begin")?;
        let (last, changed) = name::derive_tracks(&mut tx, after, BATCH).await.context("derive titles of tracks")?;
        announce::tracks_changed(&mut tx, clock, &changed).await?;
        tx.commit().await.context("commit titles of tracks")?;
        after = last;
        if after.is_none() {
            break;
        }
    }
    derive_documents(store).await?;
    name::keep_version(&store.pool, polyphony_names::VERSION).await.context("keep the version of names")?;
    Ok(())
}

async fn derive_documents(store: &Store) -> anyhow::Result<()> {
    rebuild(store, &SearchIndex::Postgres(store.clone())).await?;
    let mut after = None;
    loop {
        let mut tx = store.begin().await.context("begin")?;
        let documents = name::playlist_documents(&mut tx, after, BATCH).await.context("read playlists' documents")?;
        let Some(last) = documents.last() else { return Ok(()) };
        after = Some(last.id);
        let ids: Vec<_> = documents.iter().map(|document| document.id).collect();
        search::age(&mut tx, &ids).await.context("make way for documents")?;
        for document in &documents {
            search::put(&mut tx, document).await.context("write a document")?;
        }
        tx.commit().await.context("commit documents")?;
    }
}
