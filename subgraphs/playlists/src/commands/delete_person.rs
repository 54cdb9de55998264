//! Deleting what belongs to somebody whose account is gone.

use anyhow::Context;
use polyphony_events::{UserId, playlists::PlaylistDeleted};
use polyphony_kit::outbox;
use sqlx::PgConnection;

use crate::{
    app::App,
    commands,
    store::{change, library, person, playlist},
};

/// Deletes the playlists, the library and the history of a person and takes them out of the playlists of others. What they
/// added there stays.
pub async fn delete_person(tx: &mut PgConnection, app: &App, user: UserId) -> anyhow::Result<()> {
    let deleted = person::delete_playlists(&mut *tx, user).await.context("delete the playlists")?;
    let mut subjects: Vec<_> = deleted.iter().map(|(id, _)| id.0).collect();
    for (playlist_id, version) in deleted {
        let event = PlaylistDeleted { playlist_id, version: version + 1 };
        outbox::push(&mut *tx, &app.clock, &event).await?;
    }
    for id in person::leave_playlists(&mut *tx, user).await.context("leave the playlists of others")? {
        if let Some(mut playlist) = playlist::lock_any(&mut *tx, id).await.context("lock a playlist")? {
            commands::touch(&mut *tx, app, &mut playlist).await?;
        }
    }
    library::lock(&mut *tx, user).await.context("lock the library")?;
    person::empty_library(&mut *tx, user, app.clock.now()).await.context("empty the library")?;
    subjects.push(user.0);
    change::forget(tx, &subjects).await.context("forget what changed")
}
