//! Covers: public, by the id of their upload.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Redirect, Response},
};
use polyphony_events::UploadId;
use polyphony_kit::blobs::Presentation;

use super::Refused;
use crate::{app::App, domain::keys};

/// How long a redirect may be used again.
const KEPT: Duration = Duration::from_hours(1);

/// Sends the client to the image.
pub(super) async fn cover(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Refused> {
    let upload = file.strip_suffix(".jpg").and_then(UploadId::parse).ok_or(Refused::NotFound)?;
    let (upload, attempt) = app.store.cover(upload).await?.ok_or(Refused::NotFound)?;
    let shown = Presentation { content_type: Some("image/jpeg".to_owned()), ..Presentation::default() };
    let url = app.blobs.sign_get(&keys::cover(upload, attempt), KEPT * 2, &shown).await?;
    let cached = [(CACHE_CONTROL, format!("public, max-age={}", KEPT.as_secs()))];
    Ok((cached, Redirect::temporary(&url)).into_response())
}
