//! Noticing that rules choose something else than before. Nobody writes what rules choose, so its version grows when
//! somebody who watches the playlist looks.

use anyhow::Context;
use polyphony_events::PlaylistId;
use uuid::Uuid;

use crate::{
    app::{App, Topic},
    commands::touch,
    domain::{playlist::Playlist, smart_item::Chosen},
    store::{
        playlist,
        smart_playlist::{self, ChosenBy},
    },
};

/// What rules choose, in short.
pub(super) struct Choice {
    /// How many tracks.
    pub(super) count: i32,
    /// The same for the same tracks in the same order, and for no others.
    pub(super) fingerprint: Uuid,
}

impl Choice {
    /// What the rules of this playlist choose now; nothing when it has none.
    pub(super) async fn of(app: &App, playlist: &Playlist) -> anyhow::Result<Self> {
        match ChosenBy::rules_of(playlist) {
            Some(key) => Self::by(app, key).await,
            None => Ok(Self { count: 0, fingerprint: fingerprint(playlist.id, &[]) }),
        }
    }

    /// What these rules choose now.
    pub(super) async fn by(app: &App, key: ChosenBy) -> anyhow::Result<Self> {
        let playlist = key.playlist;
        let chosen = app.store.chosen_by(key, app.clock.now()).await.context("choose by rules")?;
        Ok(Self { count: chosen.len() as i32, fingerprint: fingerprint(playlist, &chosen) })
    }
}

fn fingerprint(playlist: PlaylistId, chosen: &[Chosen]) -> Uuid {
    let bytes: Vec<_> = chosen.iter().flat_map(|one| one.standing.track.0.into_bytes()).collect();
    Uuid::new_v5(&playlist.0, &bytes)
}

/// Gives a smart playlist its next version if what its rules choose has changed. However many watch it, one process evaluates its rules
/// once for each change of what they ask about.
pub async fn refresh_smart_playlist(app: &App, playlist: &Playlist) -> anyhow::Result<()> {
    let choice = Choice::of(app, playlist).await?;
    if app.store.smart.is_noted(playlist.id, choice.fingerprint) {
        return Ok(());
    }
    let mut tx = app.store.begin().await.context("begin")?;
    let known = smart_playlist::fingerprint(&mut tx, playlist.id).await.context("read what was chosen")?;
    if known == Some(choice.fingerprint) {
        app.store.smart.note(playlist.id, choice.fingerprint);
        return Ok(());
    }
    let Some(mut playlist) = playlist::lock_any(&mut tx, playlist.id).await.context("lock the playlist")? else {
        return Ok(());
    };
    // Others who watch have seen it too; the first of them was enough.
    let known = smart_playlist::fingerprint(&mut tx, playlist.id).await.context("read what was chosen")?;
    if known == Some(choice.fingerprint) {
        app.store.smart.note(playlist.id, choice.fingerprint);
        return Ok(());
    }
    smart_playlist::set_fingerprint(&mut tx, playlist.id, choice.fingerprint).await.context("keep the choice")?;
    playlist.item_count = choice.count;
    touch(&mut tx, app, &mut playlist).await?;
    tx.commit().await.context("commit")?;
    app.store.smart.note(playlist.id, choice.fingerprint);
    app.tell(Topic::Playlist(playlist.id));
    Ok(())
}
