//! HLS playlists behind a signature: the master names the variants under the same signature, a variant names presigned
//! segments that end with it.

use std::time::{Duration, Instant};

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use polyphony_events::{UploadId, UserId};
use polyphony_kit::blobs::Presentation;

use super::Refused;
use crate::{
    app::App,
    commands::want_renditions::want_renditions,
    domain::{
        keys,
        signature::{Ticket, VALID_AT_MOST},
    },
    pipeline::playlist::{self, Growth, Piece, Variant},
    store::rendition::Playlist,
};

/// What is no longer than this is mostly made within a second or two: once it has begun it is waited for as a whole, but no longer
/// than that, so that players which know no growing playlists see its length.
const SHORT_MS: i64 = 60_000;
const WHOLE_TIMEOUT: Duration = Duration::from_secs(2);

/// FLAC as RFC 6381 writes it.
const FLAC: &str = "fLaC";

/// `master.m3u8` or the playlist of a rendition.
pub(super) async fn playlist(
    State(app): State<App>,
    Path((upload, file)): Path<(String, String)>,
    query: Result<Query<Ticket>, QueryRejection>,
) -> Result<Response, Refused> {
    let name = file.strip_suffix(".m3u8").ok_or(Refused::NotFound)?;
    let upload = UploadId::parse(&upload).ok_or(Refused::NotFound)?;
    let Query(ticket) = query.map_err(|_| Refused::Forbidden)?;
    if !app.signer.accepts(upload, &ticket, app.clock.now()) {
        return Err(Refused::Forbidden);
    }
    // What was given to somebody ends with their account.
    let viewer = UserId::parse(&ticket.viewer).ok_or(Refused::Forbidden)?;
    if app.store.is_barred(viewer).await? {
        return Err(Refused::Forbidden);
    }
    let renditions = there(&app, (viewer, upload), &ticket, (name != "master").then_some(name)).await?;
    let finished = renditions.iter().all(|rendition| rendition.finished);
    let text = if name == "master" {
        master(&renditions, &ticket)?
    } else {
        let rendition = renditions.iter().find(|rendition| rendition.name == name).ok_or(Refused::NotFound)?;
        media(&app, upload, rendition, &ticket).await?
    };
    let cached = if finished { "private, max-age=600" } else { "no-store" };
    Ok(([(CONTENT_TYPE, "application/vnd.apple.mpegurl"), (CACHE_CONTROL, cached)], text).into_response())
}

/// The renditions that the ticket is for. Where one is named that nobody has made yet, it is wanted now, and waited for.
async fn there(
    app: &App,
    (viewer, upload): (UserId, UploadId),
    ticket: &Ticket,
    named: Option<&str>,
) -> Result<Vec<Playlist>, Refused> {
    let look = || async {
        let mut renditions = app.store.playlists(upload).await?;
        renditions.retain(|rendition| ticket.allows(&rendition.name));
        anyhow::Ok(renditions)
    };
    let awaited = |list: &[Playlist]| list.iter().find(|one| Some(&*one.name) == named && one.is_awaited).cloned();
    let begun = Mutex::new(None::<Instant>);
    let is_over = |list: &[Playlist]| {
        awaited(list).is_none_or(|one| {
            let waited = || begun.lock().get_or_insert_with(Instant::now).elapsed();
            !one.durations.is_empty() && (one.duration_ms > SHORT_MS || waited() > WHOLE_TIMEOUT)
        })
    };
    let found = look().await?;
    if is_over(&found) {
        return Ok(found);
    }
    let over = || async { look().await.map(|found| is_over(&found).then_some(found)) };
    if let Some(found) = want_renditions(app, viewer, upload, over).await? {
        return Ok(found);
    }
    let found = look().await?;
    if awaited(&found).is_some_and(|one| one.durations.is_empty()) { Err(Refused::NotYet) } else { Ok(found) }
}

/// Lists the renditions whose first segment is there, and those that come when they are asked for. Players begin with the first
/// one: who is let to lossless audio wants it from the beginning. (`hls.js` also cannot leave FLAC again when it began with AAC.)
fn master(renditions: &[Playlist], ticket: &Ticket) -> Result<String, Refused> {
    let mut variants: Vec<_> = renditions
        .iter()
        .filter(|rendition| !rendition.durations.is_empty() || rendition.is_awaited)
        .map(|rendition| Variant {
            url: format!("{}.m3u8?{}", rendition.name, ticket.query()),
            bandwidth: rendition.bandwidth(),
            codecs: rendition.codecs.clone(),
        })
        .collect();
    variants.sort_by_key(|variant| variant.codecs != FLAC);
    if variants.is_empty() { Err(Refused::NotFound) } else { Ok(playlist::master(&variants)) }
}

/// Names the segments that are there. They are signed as of the ticket's beginning, so that the URLs are the same each time
/// that a player reloads a growing playlist.
async fn media(app: &App, upload: UploadId, rendition: &Playlist, ticket: &Ticket) -> Result<String, Refused> {
    if rendition.durations.is_empty() {
        return Err(Refused::NotFound);
    }
    let growth = match (rendition.finished, ticket.whole) {
        (false, _) => Growth::Growing,
        (true, None) => Growth::Grown,
        (true, Some(_)) => Growth::Whole,
    };
    let folder = keys::rendition(upload, rendition.attempt, &rendition.name);
    let segments = (0..rendition.durations.len() as u32).map(keys::segment_name);
    let names: Vec<String> = std::iter::once(keys::INIT.to_owned()).chain(segments).collect();
    let valid = (ticket.expires_at(), VALID_AT_MOST);
    let urls = app.blobs.sign_folder_until(&folder, &names, valid, &Presentation::default()).await?;
    Ok(playlist::media(&rendition.durations, growth, |piece| match piece {
        Piece::Init => urls[0].clone(),
        Piece::Segment(index) => urls[index as usize + 1].clone(),
    }))
}
