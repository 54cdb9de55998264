//! What media hears: the catalog's tracks, which say what plays from which upload, what accounts says of people,
//! what goes into exports of their data, and what playlists are asked to play.

mod album_changed;
mod data_export;
mod owners;
mod play_requested;
mod track_changed;
mod track_deleted;
mod user_deleted;
mod user_preferences_changed;
mod user_suspended;

use std::{future::Future, pin::Pin};

use polyphony_events::{
    accounts::{
        AccountDataExported, DataExportRequested, UserDeleted, UserPreferencesChanged, UserReinstated, UserSuspended,
    },
    catalog::{AlbumChanged, AlbumDeleted, LibraryDataDescribed, TrackChanged, TrackDeleted},
    playlists::PlayRequested,
};
use polyphony_kit::{
    Envelope, Event,
    consumer::{Effect, Handler},
};
use sqlx::PgConnection;

pub use self::owners::Owners;
use crate::app::App;

/// Hears the catalog and accounts.
pub struct Events {
    /// What effects need.
    pub app: App,
}

impl Handler for Events {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            let now = self.app.clock.now();
            match event.kind.as_str() {
                TrackChanged::TYPE => track_changed::handle(tx, &event.decode()?, now).await,
                TrackDeleted::TYPE => track_deleted::handle(tx, &event.decode()?, now).await,
                AlbumChanged::TYPE => {
                    let album: AlbumChanged = event.decode()?;
                    album_changed::handle(tx, album.album_id, album.cover, album.version).await
                }
                AlbumDeleted::TYPE => {
                    let album: AlbumDeleted = event.decode()?;
                    album_changed::handle(tx, album.album_id, None, album.version).await
                }
                UserDeleted::TYPE => user_deleted::handle(tx, &event.decode()?, now).await,
                UserSuspended::TYPE => user_suspended::handle(tx, &event.decode()?).await,
                UserReinstated::TYPE => user_suspended::undo(tx, &event.decode()?).await,
                UserPreferencesChanged::TYPE => user_preferences_changed::handle(tx, &event.decode()?).await,
                DataExportRequested::TYPE => data_export::requested(tx, &event.decode()?).await,
                AccountDataExported::TYPE => data_export::account_data(tx, &event.decode()?, now).await,
                LibraryDataDescribed::TYPE => data_export::library_data(tx, &event.decode()?, now).await,
                PlayRequested::TYPE => play_requested::handle(&self.app, tx, &event.decode()?).await,
                _ => Ok(()),
            }
        })
    }

    fn committed<'a>(&'a self, event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if event.kind == PlayRequested::TYPE
                && let Ok(request) = event.decode::<PlayRequested>()
            {
                play_requested::tell(&self.app, request.user_id).await;
            }
            if event.kind != TrackChanged::TYPE {
                return;
            }
            let Some(track) = event.decode::<TrackChanged>().ok().map(|event| event.track) else { return };
            for upload in track.sources.iter().copied().chain(track.upload_id) {
                self.app.upload_changed(track.owner_id, upload, None);
            }
        })
    }
}
