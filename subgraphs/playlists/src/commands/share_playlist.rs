//! Making and withdrawing the share link of a playlist.

use polyphony_events::PlaylistId;
use polyphony_kit::Viewer;
use rand::distr::{Alphanumeric, SampleString};

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock, save},
    domain::playlist::Playlist,
};

/// Letters and digits of a share token: 190 bits that nobody guesses.
const TOKEN_LENGTH: usize = 32;

/// What is to become of the share link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// There is one: the one that there was, or a new one.
    Enabled,
    /// There is none; one that was given away works no more, and a later one is another.
    Disabled,
}

impl From<bool> for Sharing {
    fn from(enabled: bool) -> Self {
        if enabled { Self::Enabled } else { Self::Disabled }
    }
}

/// Makes or withdraws the share link; only the owner may. Who has the link sees the playlist, whatever its visibility.
pub async fn share_playlist(app: &App, viewer: &Viewer, id: PlaylistId, sharing: Sharing) -> Result<Playlist> {
    let (mut tx, mut playlist) = lock(app, viewer, id).await?;
    playlist.require_owner()?;
    let token = match (sharing, playlist.share_token.clone()) {
        (Sharing::Disabled, _) => None,
        (Sharing::Enabled, None) => Some(Alphanumeric.sample_string(&mut rand::rng(), TOKEN_LENGTH)),
        (Sharing::Enabled, token) => token,
    };
    if token == playlist.share_token {
        return Ok(playlist);
    }
    playlist.share_token = token;
    save(&mut tx, app, &mut playlist).await?;
    commit(tx, app, Topic::Playlist(id)).await?;
    Ok(playlist)
}
