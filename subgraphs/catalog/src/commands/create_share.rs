//! Makes a share link.

use chrono::{DateTime, Utc};
use polyphony_events::ShareId;
use polyphony_kit::{Viewer, idempotency::Key};
use rand::distr::{Alphanumeric, SampleString};

use super::{Outcome, first_result};
use crate::{
    app::App,
    domain::{
        Audience, PublicationStatus, Refusal, Share, Shared,
        share::{MAX_SHARES, expiry},
    },
    store::{self, tx::Tx},
};

/// Letters and digits of a token: 190 bits that nobody guesses.
const TOKEN_LENGTH: usize = 32;

/// Makes a link to what the person sees themselves: a link shows nobody more than they may see.
pub async fn create_share(
    app: &App,
    viewer: &Viewer,
    shared: Shared,
    expires_at: Option<DateTime<Utc>>,
    key: Option<Key>,
) -> Outcome<Share> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if let Some(id) = first_result::<ShareId>(app, &mut tx, key.as_ref()).await? {
        return Ok(store::share::get(&mut tx, id).await?.ok_or(Refusal::NotFound("the link was deleted"))?);
    }
    let expires_at = expiry(expires_at, now)?;
    check(&mut tx, Audience::from(Some(viewer)), &shared).await?;
    // Two at the same moment may both be the last one that is allowed: the limit is there to keep tables small.
    if store::share::count(&mut tx, viewer.user, now).await? >= MAX_SHARES {
        return Err(Refusal::TooMany("input", "there are 500 links already: delete some").into());
    }
    let token = Alphanumeric.sample_string(&mut rand::rng(), TOKEN_LENGTH);
    let share = Share { id: ShareId::new(), user_id: viewer.user, token, shared, created_at: now, expires_at };
    store::share::insert(&mut tx, &share).await?;
    if let Some(key) = key {
        key.record(&mut tx, &app.clock, &share.id).await?;
    }
    tx.commit().await?;
    Ok(share)
}

async fn check(tx: &mut Tx, audience: Audience, shared: &Shared) -> Outcome<()> {
    match shared {
        Shared::Album(id) => {
            let album = store::album::hold(tx, *id).await?;
            album
                .filter(|album| audience.sees(album.status, album.owner_id))
                .filter(|album| album.status != PublicationStatus::Withdrawn)
                .ok_or_else(|| Refusal::Invalid("albumId", "the album does not exist".to_owned()))?;
        }
        Shared::Tracks(ids) => {
            if store::share::count_tracks(tx, audience, ids).await? < ids.len() {
                return Err(Refusal::Invalid("trackIds", "one of the tracks does not exist".to_owned()).into());
            }
        }
    }
    Ok(())
}
