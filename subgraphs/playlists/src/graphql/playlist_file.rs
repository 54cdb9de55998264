//! Playlists as files: exported by a field of theirs, imported by a mutation.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use polyphony_kit::{Error, Result, viewer::require_viewer, viewer::viewer};

use crate::{
    commands::{ImportPlaylist, Imported, import_playlist, tracks_of},
    domain::{self, Refusal, playlist_file as file},
    graphql::{
        app,
        errors::{UserError, settle},
        playlist::Playlist,
    },
};

/// How many playlists one request exports at most: each is up to 10,000 entries of text.
const MAX_EXPORTS: usize = 5;

/// How many exports a request has asked for.
#[derive(Default)]
pub struct Exports(AtomicUsize);

impl Exports {
    fn take_one(&self) -> Result<()> {
        let is_left = self.0.fetch_add(1, Ordering::Relaxed) < MAX_EXPORTS;
        if is_left {
            Ok(())
        } else {
            Err(Error::bad_input(format!("a request exports at most {MAX_EXPORTS} playlists")))
        }
    }
}

/// A format of playlist files.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "file::FileFormat")]
pub enum PlaylistFileFormat {
    /// Lines of text (M3U, extended, UTF-8).
    #[graphql(name = "M3U8")]
    M3u8,
    /// JSON (JSPF).
    Jspf,
    /// XML (XSPF).
    Xspf,
}

/// A playlist as a file for other programs.
#[derive(SimpleObject)]
pub struct PlaylistExport {
    /// What the file is.
    pub format: PlaylistFileFormat,
    /// The text of the file: titles, artists, albums, lengths and our ids, by which it is imported again without a loss.
    pub content: String,
    /// A name for the file, without a folder.
    pub file_name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// How many entries are in it.
    pub item_count: i32,
    /// How many entries of the playlist are not, because their tracks were deleted.
    pub omitted_count: i32,
}

/// Writes the file.
pub(super) async fn export(
    ctx: &Context<'_>,
    playlist: &domain::playlist::Playlist,
    format: PlaylistFileFormat,
) -> Result<PlaylistExport> {
    ctx.data_unchecked::<Exports>().take_one()?;
    let store = &app(ctx).store;
    let mut db = store.pool.acquire().await?;
    let tracks = tracks_of(&mut db, app(ctx), playlist).await?;
    drop(db);
    let lines = store.lines(viewer(ctx).map(|viewer| viewer.user), &tracks).await?;
    let item_count = lines.len() as i32;
    let omitted_count = if playlist.rules.is_some() { 0 } else { (playlist.item_count - item_count).max(0) };
    let written = file::Written { title: playlist.title.clone(), description: playlist.description.clone(), lines };
    let (extension, media_type) = match format {
        PlaylistFileFormat::M3u8 => ("m3u8", "audio/mpegurl"),
        PlaylistFileFormat::Jspf => ("jspf", "application/jspf+json"),
        PlaylistFileFormat::Xspf => ("xspf", "application/xspf+xml"),
    };
    let file_name = format!("{}.{extension}", file_stem(&playlist.title));
    let content = file::write(format.into(), &written);
    Ok(PlaylistExport { format, content, file_name, media_type, item_count, omitted_count })
}

/// A title as every file system takes it.
fn file_stem(title: &str) -> String {
    let is_fit = |c: char| !c.is_control() && !r#"/\:*?"<>|"#.contains(c);
    let stem: String = title.chars().map(|c| if is_fit(c) { c } else { '_' }).take(60).collect();
    let stem = stem.trim_matches(['.', ' ']);
    if stem.is_empty() { "playlist".to_owned() } else { stem.to_owned() }
}

/// A file to make a playlist of.
#[derive(InputObject)]
pub struct ImportPlaylistInput {
    /// The title of the playlist, 1 to 200 characters; that in the file when absent.
    pub title: Option<String>,
    /// What the file is.
    pub format: PlaylistFileFormat,
    /// Its text, at most 1 MiB with 1 to 10,000 entries.
    pub content: String,
}

/// An entry of a file that is no track here.
#[derive(SimpleObject)]
pub struct UnmatchedEntry {
    /// Where it stands in the file, from 1.
    pub position: i32,
    /// Its title as the file has it; null when it has none.
    pub title: Option<String>,
    /// Who made it as the file has it; null when it does not say.
    pub artist: Option<String>,
}

/// What became of a file.
#[derive(SimpleObject)]
pub struct ImportPlaylistPayload {
    /// The new playlist: private, with what was found, in the order of the file. Null when nothing was found.
    pub playlist: Option<Playlist>,
    /// How many entries the file has.
    pub entry_count: i32,
    /// How many of them are in the playlist.
    pub matched_count: i32,
    /// The others, in order.
    pub unmatched: Vec<UnmatchedEntry>,
    /// Why it was not done.
    pub user_errors: Vec<UserError>,
}

impl From<Result<Imported, UserError>> for ImportPlaylistPayload {
    fn from(result: Result<Imported, UserError>) -> Self {
        let Imported { playlist, entry_count, unmatched } = match result {
            Ok(imported) => imported,
            Err(error) => {
                return Self {
                    playlist: None,
                    entry_count: 0,
                    matched_count: 0,
                    unmatched: Vec::new(),
                    user_errors: vec![error],
                };
            }
        };
        let user_errors = if playlist.is_some() { Vec::new() } else { vec![Refusal::NothingFound.into()] };
        let entry = |entry: crate::commands::Unmatched| UnmatchedEntry {
            position: entry.position as i32,
            title: entry.title,
            artist: entry.artist,
        };
        Self {
            playlist: playlist.map(Playlist),
            entry_count: entry_count as i32,
            matched_count: (entry_count - unmatched.len()) as i32,
            unmatched: unmatched.into_iter().map(entry).collect(),
            user_errors,
        }
    }
}

/// Writes from files.
#[derive(Default)]
pub struct PlaylistFileMutation;

#[Object]
impl PlaylistFileMutation {
    /// Makes a private playlist of a file. Its entries are found by our ids, else by ISRC or MusicBrainz id, else by title and
    /// artist with a length that fits, among the tracks that the viewer may have; those that are not found are told. Nothing is
    /// made when none is found.
    async fn import_playlist(
        &self,
        ctx: &Context<'_>,
        input: ImportPlaylistInput,
        #[graphql(desc = "Makes a repeated call harmless.")] idempotency_key: Option<String>,
    ) -> Result<ImportPlaylistPayload> {
        let ImportPlaylistInput { title, format, content } = input;
        let input = ImportPlaylist { title, format: format.into(), content, idempotency_key };
        Ok(settle(import_playlist(app(ctx), require_viewer(ctx)?, input).await)?.into())
    }
}
