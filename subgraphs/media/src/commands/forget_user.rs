//! Removes what a deleted person leaves behind: their uploads, pictures and exports with all objects, and what they chose.

use chrono::{DateTime, Utc};
use polyphony_events::UserId;
use sqlx::PgConnection;

use super::{
    discard::{discard_image, discard_whole},
    end_export::forget_exports,
};
use crate::store::{image, listener, retention};

/// Forgets a person, in the transaction of the event that says that they are gone. A worker that encodes for them finds its
/// job gone.
pub async fn forget_user(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    for removed in retention::remove_all_of(tx, user, now).await? {
        discard_whole(tx, removed.id, removed.multipart_id.as_deref()).await?;
    }
    for (id, multipart) in image::remove_all_of(tx, user).await? {
        discard_image(tx, id, multipart.as_deref()).await?;
    }
    forget_exports(&mut *tx, user, now).await?;
    listener::forget(tx, user).await
}
