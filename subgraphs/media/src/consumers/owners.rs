//! Who has which address: a group of its own, which hears accounts from the beginning, also of those who registered before folders
//! had owners.

use polyphony_events::accounts::{UserDeleted, UserEmailChanged, UserRegistered};
use polyphony_kit::{
    Envelope, Event,
    consumer::{Effect, Handler},
};
use sqlx::PgConnection;

use crate::store::person;

/// Hears accounts.
#[derive(Clone, Copy, Debug)]
pub struct Owners;

impl Handler for Owners {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            match event.kind.as_str() {
                UserRegistered::TYPE => {
                    let event: UserRegistered = event.decode()?;
                    person::keep(tx, event.user_id, &event.email, event.version).await?;
                }
                UserEmailChanged::TYPE => {
                    let event: UserEmailChanged = event.decode()?;
                    person::keep(tx, event.user_id, &event.email, event.version).await?;
                }
                UserDeleted::TYPE => person::forget(tx, event.decode::<UserDeleted>()?.user_id).await?,
                _ => {}
            }
            Ok(())
        })
    }
}
