//! Deletes the picture that was made of a cover when its upload was let go, once nothing shows it.

use polyphony_events::ids::ImageId;
use sqlx::PgConnection;

use super::discard::discard_image;
use crate::store::album_cover;

/// Deletes the picture if it was made of a cover; one that somebody uploaded stays theirs.
pub async fn forget_cover(tx: &mut PgConnection, id: ImageId) -> anyhow::Result<()> {
    if album_cover::forget(tx, id).await? {
        discard_image(tx, id, None).await?;
    }
    Ok(())
}
