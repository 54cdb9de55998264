//! Takes a share link back.

use polyphony_events::ShareId;
use polyphony_kit::UserId;

use super::Outcome;
use crate::{app::App, domain::Refusal, store};

/// Takes a link of the person back: it leads nowhere from then on. Of links of others nobody learns whether they exist.
pub async fn delete_share(app: &App, user: UserId, id: ShareId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    if !store::share::delete(&mut tx, user, id).await? {
        return Err(Refusal::NotFound("there is no such link").into());
    }
    tx.commit().await?;
    Ok(())
}
