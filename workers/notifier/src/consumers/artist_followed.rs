//! `ArtistFollowed`: learn who is told of the artist's albums.

use anyhow::Context;
use polyphony_events::playlists::ArtistFollowed;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::store;

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let followed: ArtistFollowed = event.decode()?;
    store::learn_follow(tx, &followed).await.context("learn who follows an artist")
}
