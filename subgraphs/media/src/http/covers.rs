//! Covers: public, by the id of their upload. `?size=320`, `640` (the default) or `1280` chooses how many pixels the longer
//! side has at most; an image that was smaller comes as it was.

use std::time::Duration;

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Redirect, Response},
};
use polyphony_events::UploadId;
use polyphony_kit::blobs::Presentation;
use serde::Deserialize;

use super::Refused;
use crate::{
    app::App,
    domain::{
        keys,
        signature::{VALID_AT_MOST, valid_until},
    },
};

/// How long a redirect may be used again.
const KEPT: Duration = Duration::from_hours(1);

#[derive(Deserialize)]
pub(super) struct Wanted {
    size: Option<i32>,
}

/// Sends the client to the image.
pub(super) async fn cover(
    State(app): State<App>,
    Path(file): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refused> {
    let upload = file.strip_suffix(".jpg").and_then(UploadId::parse).ok_or(Refused::NotFound)?;
    let wanted = wanted.map_err(|_| Refused::NotFound)?.size.unwrap_or(640);
    let stored = app.store.cover(upload).await?.ok_or(Refused::NotFound)?;
    let fitting = stored.sizes.iter().copied().find(|size| *size >= wanted);
    let size = fitting.or(stored.sizes.last().copied()).ok_or(Refused::NotFound)?;
    let shown = Presentation { content_type: Some("image/jpeg".to_owned()), ..Presentation::default() };
    let key = keys::cover(stored.upload, stored.attempt, size);
    let until = valid_until(app.clock.now());
    let url = app.blobs.sign_get_until(&key, until, VALID_AT_MOST, &shown).await?;
    let cached = [(CACHE_CONTROL, format!("public, max-age={}", KEPT.as_secs()))];
    Ok((cached, Redirect::temporary(&url)).into_response())
}
