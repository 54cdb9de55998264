//! What the notifier does when it hears an event, a file each. Nothing is sent here: a mail is written as a row.

mod album_published;
mod artist_deleted;
mod artist_followed;
mod data_export_ended;
mod email_change_requested;
mod email_verification_requested;
mod media_ready;
mod password_reset_requested;
mod registration_attempted;
mod security_notice;
mod signed_in_on_new_device;
mod transcode_failed;
mod user_deleted;
mod user_email_changed;
mod user_preferences_changed;
mod user_registered;

use std::{future::Future, pin::Pin, sync::Arc};

use polyphony_events::{
    accounts::{
        EmailChangeRequested, EmailVerificationRequested, PasswordResetRequested, RegistrationAttempted,
        SecurityNotice, SignedInOnNewDevice, UserDeleted, UserEmailChanged, UserPreferencesChanged, UserRegistered,
    },
    catalog::{AlbumPublished, ArtistChanged, ArtistDeleted},
    media::{DataExportEnded, MediaReady, TranscodeFailed},
    playlists::ArtistFollowed,
};
use polyphony_kit::{
    Clock, Envelope, Event,
    consumer::{Effect, Handler},
    seal::Sealer,
};
use sqlx::PgConnection;
use tokio::sync::Notify;

/// Turns events into mails.
pub struct Events {
    /// Tells when something was heard.
    pub clock: Clock,
    /// Seals codes that came in the clear.
    pub sealer: Sealer,
    /// Wakes the sender after each.
    pub written: Arc<Notify>,
}

impl Handler for Events {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            match event.kind.as_str() {
                UserRegistered::TYPE => user_registered::handle(tx, event).await,
                UserDeleted::TYPE => user_deleted::handle(tx, event).await,
                EmailVerificationRequested::TYPE => email_verification_requested::handle(tx, event, &self.sealer).await,
                PasswordResetRequested::TYPE => password_reset_requested::handle(tx, event, &self.sealer).await,
                EmailChangeRequested::TYPE => email_change_requested::handle(tx, event, &self.sealer).await,
                RegistrationAttempted::TYPE => registration_attempted::handle(tx, event).await,
                UserEmailChanged::TYPE => user_email_changed::handle(tx, event).await,
                UserPreferencesChanged::TYPE => user_preferences_changed::handle(tx, event).await,
                SecurityNotice::TYPE => security_notice::handle(tx, event).await,
                SignedInOnNewDevice::TYPE => signed_in_on_new_device::handle(tx, event).await,
                ArtistFollowed::TYPE => artist_followed::handle(tx, event).await,
                ArtistDeleted::TYPE => artist_deleted::handle(tx, event).await,
                ArtistChanged::TYPE => artist_deleted::handle_change(tx, event).await,
                AlbumPublished::TYPE => album_published::handle(tx, event).await,
                MediaReady::TYPE => media_ready::handle(tx, event, self.clock.now()).await,
                TranscodeFailed::TYPE => transcode_failed::handle(tx, event, self.clock.now()).await,
                DataExportEnded::TYPE => data_export_ended::handle(tx, event).await,
                _ => Ok(()),
            }
        })
    }

    fn committed<'a>(&'a self, _event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.written.notify_one();
        Box::pin(async {})
    }
}
