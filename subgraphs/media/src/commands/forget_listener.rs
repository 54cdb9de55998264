//! Forgets what a deleted person played, on which devices, and with whom.

use chrono::{DateTime, Utc};
use polyphony_events::{ListeningSessionId, PlayerId, UserId};
use sqlx::PgConnection;

use super::leave_listening_session::hand_over;
use crate::{
    domain::player::Player,
    store::{device, listening_session, play, player},
};

/// Forgets a person, in the transaction of the event that says that they are gone. Sessions that they were in go on.
pub async fn forget_listener(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    if let Some(id) = player::following(&mut *tx, user).await?
        && let Some(mut shared) = player::lock(&mut *tx, id).await?
        && let Some(session) = listening_session::find(&mut *tx, ListeningSessionId(id.0)).await?
        && listening_session::leave(&mut *tx, session.id, user).await?
    {
        hand_over(&mut *tx, &session, &mut shared, now).await?;
        shared.version += 1;
        player::save(&mut *tx, &shared, now).await?;
    }
    let own: PlayerId = Player::id_of(user);
    player::remove(&mut *tx, own).await?;
    device::remove_all_of(&mut *tx, user).await?;
    play::forget_all_of(tx, user).await
}
