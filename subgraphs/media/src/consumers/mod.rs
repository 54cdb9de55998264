//! What media hears: the catalog's tracks, which say what plays from which upload.

mod track_changed;
mod track_deleted;

use std::{future::Future, pin::Pin};

use polyphony_events::catalog::{TrackChanged, TrackDeleted};
use polyphony_kit::{
    Envelope, Event,
    consumer::{Effect, Handler},
};
use sqlx::PgConnection;

use crate::app::App;

/// Hears the catalog.
pub struct CatalogEvents {
    /// What effects need.
    pub app: App,
}

impl Handler for CatalogEvents {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            match event.kind.as_str() {
                TrackChanged::TYPE => track_changed::handle(tx, &event.decode()?).await,
                TrackDeleted::TYPE => track_deleted::handle(tx, &event.decode()?).await,
                _ => Ok(()),
            }
        })
    }

    fn committed<'a>(&'a self, event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if event.kind != TrackChanged::TYPE {
                return;
            }
            if let Some(upload) = event.decode::<TrackChanged>().ok().and_then(|event| event.track.upload_id) {
                self.app.upload_changed(upload, None).await;
            }
        })
    }
}
