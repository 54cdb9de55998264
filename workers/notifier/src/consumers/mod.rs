//! What the notifier does when it hears an event, a file each. Nothing is sent here: a mail is written as a row.

mod email_verification_requested;
mod media_ready;
mod password_reset_requested;
mod transcode_failed;
mod user_deleted;
mod user_registered;

use std::{future::Future, pin::Pin, sync::Arc};

use polyphony_events::{
    accounts::{EmailVerificationRequested, PasswordResetRequested, UserDeleted, UserRegistered},
    media::{MediaReady, TranscodeFailed},
};
use polyphony_kit::{
    Envelope, Event,
    consumer::{Effect, Handler},
};
use sqlx::PgConnection;
use tokio::sync::Notify;

/// Turns events into mails.
pub struct Events {
    /// Wakes the sender after each.
    pub written: Arc<Notify>,
}

impl Handler for Events {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            match event.kind.as_str() {
                UserRegistered::TYPE => user_registered::handle(tx, event).await,
                UserDeleted::TYPE => user_deleted::handle(tx, event).await,
                EmailVerificationRequested::TYPE => email_verification_requested::handle(tx, event).await,
                PasswordResetRequested::TYPE => password_reset_requested::handle(tx, event).await,
                MediaReady::TYPE => media_ready::handle(tx, event).await,
                TranscodeFailed::TYPE => transcode_failed::handle(tx, event).await,
                _ => Ok(()),
            }
        })
    }

    fn committed<'a>(&'a self, _event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.written.notify_one();
        Box::pin(async {})
    }
}
