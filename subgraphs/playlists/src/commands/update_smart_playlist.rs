//! Changing the rules of a smart playlist.

use anyhow::Context;
use polyphony_events::PlaylistId;
use polyphony_kit::Viewer;

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock, refresh_smart_playlist::Choice, save},
    domain::{
        Refusal,
        playlist::Playlist,
        smart_rules::{SmartRules, Written},
    },
    store::smart_playlist::{self, ChosenBy},
};

/// Gives a smart playlist other rules; only its owner may.
pub async fn update_smart_playlist(app: &App, viewer: &Viewer, id: PlaylistId, rules: Written) -> Result<Playlist> {
    let rules = SmartRules::parse(rules)?;
    // Read before the transaction begins, which so holds its locks for a moment only. Whoever may go on is the owner.
    let key = ChosenBy { playlist: id, owner: viewer.user, rules: rules.clone() };
    let choice = Choice::by(app, key).await?;
    let (mut tx, mut playlist) = lock(app, viewer, id).await?;
    playlist.require_owner()?;
    if playlist.rules.is_none() {
        return Err(Refusal::ChosenByPeople.into());
    }
    smart_playlist::set_rules(&mut tx, id, &rules).await.context("write the rules")?;
    smart_playlist::set_fingerprint(&mut tx, id, choice.fingerprint).await.context("keep the choice")?;
    playlist.rules = Some(rules);
    playlist.item_count = choice.count;
    save(&mut tx, app, &mut playlist).await?;
    commit(tx, app, Topic::Playlist(id)).await?;
    Ok(playlist)
}
