//! Deletes an album.

use polyphony_events::AlbumId;

use super::{Outcome, bulk::delete_album_with};
use crate::{
    app::App,
    domain::{BaseVersion, Manager},
};

/// Deletes an album on which no track stands.
pub async fn delete_album(app: &App, manager: Manager, id: AlbumId) -> Outcome<()> {
    delete_album_with(app, manager, (id, BaseVersion::default()), false).await.map(|_| ())
}
