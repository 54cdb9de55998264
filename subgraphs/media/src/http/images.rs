//! Pictures: public, by their id, and covers also by the id of the upload that they were found in (as they were known before
//! they had ids of their own). `?size=320`, `640` (the default) or `1280` chooses how many pixels the longer side has at most;
//! an image that was smaller comes as it was.

use std::fmt::Write as _;

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};
use polyphony_events::{UploadId, ids::ImageId};
use serde::Deserialize;

use super::Refused;
use crate::{
    app::App,
    domain::image::{Image, Origin},
};

/// An address never comes to show another picture, so whoever has it need not ask again.
const KEPT: &str = "public, max-age=31536000, immutable";

#[derive(Deserialize)]
pub(super) struct SizeQuery {
    size: Option<i32>,
}

/// A picture.
pub(super) async fn image(
    State(app): State<App>,
    Path(file): Path<String>,
    query: Result<Query<SizeQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    serve(&app, file.strip_suffix(".jpg").and_then(ImageId::parse), query, &headers).await
}

/// The cover of an upload.
pub(super) async fn cover(
    State(app): State<App>,
    Path(file): Path<String>,
    query: Result<Query<SizeQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let upload = file.strip_suffix(".jpg").and_then(UploadId::parse);
    serve(&app, upload.map(|upload| ImageId(upload.0)), query, &headers).await
}

async fn serve(
    app: &App,
    id: Option<ImageId>,
    query: Result<Query<SizeQuery>, QueryRejection>,
    headers: &HeaderMap,
) -> Result<Response, Refused> {
    let wanted = query.map_err(|_| Refused::NotFound)?.size.unwrap_or(640);
    let image = app.store.images(&[id.ok_or(Refused::NotFound)?]).await?.pop().ok_or(Refused::NotFound)?;
    let size = image.fitting(wanted).ok_or(Refused::NotFound)?;
    let tag = entity_tag(&image, size);
    let known = headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    let described = [(CACHE_CONTROL, KEPT.to_owned()), (ETAG, tag.clone())];
    if known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag) {
        return Ok((StatusCode::NOT_MODIFIED, described).into_response());
    }
    let bytes = app.blobs.read(&image.key(size)).await?.ok_or(Refused::NotFound)?;
    Ok((described, [(CONTENT_TYPE, "image/jpeg")], bytes).into_response())
}

fn entity_tag(image: &Image, size: i32) -> String {
    let mut tag = format!("\"{}-{size}", image.id);
    if let Origin::Cover(_, attempt) = image.origin {
        let _ = write!(tag, "-{attempt}");
    }
    tag + "\""
}
