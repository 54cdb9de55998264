//! Pictures: public, by their id, and covers also by the id of the upload that they were found in (as they were known before
//! they had ids of their own). `?size=320`, `640` (the default) or `1280` chooses how many pixels the longer side has at most;
//! an image that was smaller comes as it was.

use std::time::Duration;

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Redirect, Response},
};
use polyphony_events::{UploadId, ids::ImageId};
use polyphony_kit::blobs::Presentation;
use serde::Deserialize;

use super::Refused;
use crate::{
    app::App,
    domain::signature::{VALID_AT_MOST, valid_until},
};

/// How long a redirect may be used again.
const REDIRECT_TTL: Duration = Duration::from_hours(1);

#[derive(Deserialize)]
pub(super) struct SizeQuery {
    size: Option<i32>,
}

/// Sends the client to a picture.
pub(super) async fn image(
    State(app): State<App>,
    Path(file): Path<String>,
    query: Result<Query<SizeQuery>, QueryRejection>,
) -> Result<Response, Refused> {
    redirect(&app, file.strip_suffix(".jpg").and_then(ImageId::parse), query).await
}

/// Sends the client to the cover of an upload.
pub(super) async fn cover(
    State(app): State<App>,
    Path(file): Path<String>,
    query: Result<Query<SizeQuery>, QueryRejection>,
) -> Result<Response, Refused> {
    let upload = file.strip_suffix(".jpg").and_then(UploadId::parse);
    redirect(&app, upload.map(|upload| ImageId(upload.0)), query).await
}

async fn redirect(
    app: &App,
    id: Option<ImageId>,
    query: Result<Query<SizeQuery>, QueryRejection>,
) -> Result<Response, Refused> {
    let wanted = query.map_err(|_| Refused::NotFound)?.size.unwrap_or(640);
    let image = app.store.images(&[id.ok_or(Refused::NotFound)?]).await?.pop().ok_or(Refused::NotFound)?;
    let size = image.fitting(wanted).ok_or(Refused::NotFound)?;
    let shown = Presentation { content_type: Some("image/jpeg".to_owned()), ..Presentation::default() };
    let until = valid_until(app.clock.now());
    let url = app.blobs.sign_get_until(&image.key(size), until, VALID_AT_MOST, &shown).await?;
    let cached = [(CACHE_CONTROL, format!("public, max-age={}", REDIRECT_TTL.as_secs()))];
    Ok((cached, Redirect::temporary(&url)).into_response())
}
