//! Keeps which picture an album shows: the cover that was found in an upload stays as long as an album shows it.

use polyphony_events::{AlbumId, ids::ImageId};
use sqlx::PgConnection;

use crate::{commands::forget_cover::forget_cover, store::album_cover};

pub(super) async fn handle(
    tx: &mut PgConnection,
    album: AlbumId,
    cover: Option<ImageId>,
    version: i64,
) -> anyhow::Result<()> {
    if let Some(left) = album_cover::set(tx, album, cover, version).await? {
        forget_cover(tx, left).await?;
    }
    Ok(())
}
