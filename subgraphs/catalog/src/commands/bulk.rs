//! The same edit of many things. Each has a transaction of its own, so that one that is refused leaves the others done, and no
//! edit of a large library holds all of it.

use std::future::Future;

use polyphony_events::{AlbumId, catalog::AlbumDeleted};

use super::{Failure, Outcome, announce, delete_track, managed_album};
use crate::{
    app::App,
    domain::{BaseVersion, Manager, Refusal, edit::MAX_NAMED},
    store,
};

/// What a bulk edit came to.
#[derive(Debug)]
pub struct Bulk<T> {
    /// What each thing is after the edit, in the order in which they were named.
    pub done: Vec<T>,
    /// Why others were refused, each with where it was named; the whole edit without.
    pub refused: Vec<(Option<usize>, Refusal)>,
}

impl<T> Bulk<T> {
    /// An edit that is refused as a whole.
    pub fn refused(refusal: Refusal) -> Self {
        Self { done: Vec::new(), refused: vec![(None, refusal)] }
    }
}

/// A thing and the version of it that the edit is of.
pub type Edited<I> = (I, BaseVersion);

/// Pairs the things with their versions, of which there are as many or none.
pub fn edited<I: Copy>(ids: &[I], versions: Option<&[i32]>) -> Result<Vec<Edited<I>>, Refusal> {
    if ids.is_empty() || ids.len() > MAX_NAMED {
        return Err(Refusal::Invalid("ids", format!("1 to {MAX_NAMED} must be named")));
    }
    let Some(versions) = versions else { return Ok(ids.iter().map(|id| (*id, BaseVersion::default())).collect()) };
    if versions.len() != ids.len() {
        return Err(Refusal::Invalid("baseVersions", "there must be as many as ids".to_owned()));
    }
    Ok(ids.iter().zip(versions).map(|(id, version)| (*id, BaseVersion::from(Some(*version)))).collect())
}

/// Does the edit to one thing after the other; those without an id are of nothing that is there. When one fails because of us,
/// those before it stay done.
pub async fn each<I: Copy, T, F>(
    named: &[Edited<Option<I>>],
    unknown: Refusal,
    edit: impl Fn(Edited<I>) -> F,
) -> anyhow::Result<Bulk<T>>
where
    F: Future<Output = Outcome<T>>,
{
    let mut bulk = Bulk { done: Vec::with_capacity(named.len()), refused: Vec::new() };
    for (at, (id, base)) in named.iter().enumerate() {
        let done = match id {
            Some(id) => edit((*id, *base)).await,
            None => Err(unknown.clone().into()),
        };
        match done {
            Ok(done) => bulk.done.push(done),
            Err(Failure::Refused(refusal)) => bulk.refused.push((Some(at), refusal)),
            Err(Failure::Failed(error)) => return Err(error),
        }
    }
    Ok(bulk)
}

/// Deletes an album, with the tracks on it where that is asked for. An album keeps its tracks when one is not its owner's, or
/// somebody else has a source of it, whoever asks. Uploads of what is deleted wait in their owners' trash.
pub async fn delete_album_with(
    app: &App,
    manager: Manager,
    (id, base): Edited<AlbumId>,
    with_tracks: bool,
) -> Outcome<AlbumId> {
    let mut tx = app.store.begin().await?;
    let album = store::album::lock(&mut tx, id).await?.ok_or(Refusal::NotFound("there is no such album"))?;
    let album = managed_album(manager, album)?;
    base.check(album.version)?;
    let tracks = store::lock::tracks_on(&mut tx, &[id], &[]).await?;
    if !tracks.is_empty() && !with_tracks {
        return Err(Refusal::HasDependents("tracks stand on the album; it can be withdrawn").into());
    }
    for track in tracks {
        let Some(track) = store::track::get(&mut tx, track).await? else { continue };
        let sources = store::source::of_track(&mut tx, track.id).await?;
        let mut owners = sources.iter().map(|source| source.owner).chain([track.owner_id]);
        if owners.any(|owner| owner != album.owner_id) {
            return Err(
                Refusal::HasDependents("music of somebody else stands on the album; it can be withdrawn").into()
            );
        }
        delete_track::remove(&mut tx, &app.clock, &track).await?;
    }
    store::album::delete(&mut tx, id).await?;
    let gone = AlbumDeleted { album_id: id, merged_into: None, version: album.version + 1 };
    announce::album_deleted(&mut tx, &app.clock, &gone).await?;
    tx.commit().await?;
    Ok(id)
}
