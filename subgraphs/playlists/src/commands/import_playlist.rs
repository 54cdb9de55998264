//! Making a playlist of a file that another program has written.

use anyhow::Context;
use polyphony_events::{PlaylistId, TrackId, playlists::PlaylistVisibility};
use polyphony_kit::Viewer;
use serde::{Deserialize, Serialize};

use crate::{
    app::{App, Topic},
    commands::{Result, add_playlist_items::append, announce, commit, insert, once::Once},
    domain::{
        Refusal,
        playlist::{Description, Playlist, Title},
        playlist_file::{self, Entry, FileFormat},
        playlist_item::Place,
    },
    store::named_track,
};

/// What to import.
#[derive(Clone, Debug, Serialize)]
pub struct ImportPlaylist {
    /// The title of the playlist; that in the file when absent.
    pub title: Option<String>,
    /// What the file is.
    pub format: FileFormat,
    /// Its text.
    pub content: String,
    /// Makes a repeated call harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The new playlist; none when nothing of the file was found.
    pub playlist: Option<Playlist>,
    /// How many entries the file has.
    pub entry_count: usize,
    /// Those that were not found, in order.
    pub unmatched: Vec<Unmatched>,
}

/// An entry of a file that was not found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unmatched {
    /// Where it stands in the file, from 1.
    pub position: usize,
    /// Its title, when the file has one.
    pub title: Option<String>,
    /// Who made it, when the file says so.
    pub artist: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct First {
    playlist: PlaylistId,
    entry_count: usize,
    unmatched: Vec<Unmatched>,
}

/// The title of a playlist whose file has none.
const UNTITLED: &str = "Imported playlist";

/// Makes a private playlist of the entries that are tracks which the viewer may have, and tells which others there are. When
/// there are none, none is made.
pub async fn import_playlist(app: &App, viewer: &Viewer, input: ImportPlaylist) -> Result<Imported> {
    let once = Once::new(viewer, input.idempotency_key.as_deref(), "importPlaylist", &input)?;
    let file = playlist_file::read(input.format, &input.content)?;
    let title = match (input.title.as_deref(), file.title.as_deref()) {
        (Some(title), _) => Title::parse(title)?,
        // A title that is too long for us is no reason to refuse the file.
        (None, Some(title)) => Title::parse(title).or_else(|_| Title::parse(UNTITLED))?,
        (None, None) => Title::parse(UNTITLED)?,
    };
    let mut tx = app.store.begin().await.context("begin")?;
    if let Some(First { playlist, entry_count, unmatched }) = once.first(&mut tx, &app.clock).await? {
        let first = app.store.visible_playlist(Some(viewer.user), playlist).await.context("read the first playlist")?;
        return Ok(Imported { playlist: Some(first.ok_or(Refusal::PlaylistMissing)?), entry_count, unmatched });
    }
    let matches = named_track::matching(&mut tx, viewer.user, &file.entries).await.context("look for the tracks")?;
    let (entry_count, unmatched) = (file.entries.len(), unmatched(file.entries, &matches));
    let tracks: Vec<TrackId> = matches.into_iter().flatten().collect();
    if tracks.is_empty() {
        return Ok(Imported { playlist: None, entry_count, unmatched });
    }
    let private = PlaylistVisibility::Private;
    let mut playlist = Playlist::new(viewer.user, title, Description::default(), private, app.clock.now());
    insert(&mut tx, app, &playlist).await?;
    announce(&mut tx, app, &playlist).await?;
    append(&mut tx, app, viewer, &mut playlist, tracks, Place::End).await?;
    once.record(&mut tx, &app.clock, &First { playlist: playlist.id, entry_count, unmatched: unmatched.clone() })
        .await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(Imported { playlist: Some(playlist), entry_count, unmatched })
}

fn unmatched(entries: Vec<Entry>, matches: &[Option<TrackId>]) -> Vec<Unmatched> {
    let of = |(n, (entry, found)): (usize, (Entry, &Option<TrackId>))| {
        found.is_none().then_some(Unmatched { position: n + 1, title: entry.title, artist: entry.artist })
    };
    entries.into_iter().zip(matches).enumerate().filter_map(of).collect()
}
