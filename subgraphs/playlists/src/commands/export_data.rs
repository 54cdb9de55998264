//! What playlists contributes to an export of a person's data: playlists, what they keep, and what they listened to.

use anyhow::Context;
use polyphony_events::{
    AlbumId, ArtistId, DataExportId, TrackId, UserId,
    accounts::DataExportRequested,
    data_export::{ExportPart, ExportParts},
    playlists::LibraryDataExported,
};
use polyphony_kit::{Clock, outbox};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::store::data_export::{self as store, OwnPlaylist, PAGE_ROWS};

/// The shelves of a library, each with the file that it is in.
const SHELVES: [(&str, &str); 6] = [
    ("LIKED_TRACKS", "likes"),
    ("SAVED_ALBUMS", "saved_albums"),
    ("FOLLOWED_ARTISTS", "followed_artists"),
    ("RATED_TRACKS", "ratings"),
    ("HIDDEN_TRACKS", "hidden_tracks"),
    ("HIDDEN_ARTISTS", "hidden_artists"),
];

/// Writes the parts to the outbox, a page at a time: nothing is held but the page and the part that is being filled.
pub async fn export_data(tx: &mut PgConnection, clock: &Clock, asked: &DataExportRequested) -> anyhow::Result<()> {
    let mut export = Export { tx, clock, user: asked.user_id, id: asked.export_id, parts: ExportParts::default() };
    export.playlists().await.context("export the playlists")?;
    export.collaborations().await.context("export the playlists of others")?;
    export.invitations().await.context("export the invitations")?;
    export.library().await.context("export the library")?;
    export.history().await.context("export the history")?;
    let last = std::mem::take(&mut export.parts).finish();
    export.contribute(last).await
}

struct Export<'a> {
    tx: &'a mut PgConnection,
    clock: &'a Clock,
    user: UserId,
    id: DataExportId,
    parts: ExportParts,
}

impl Export<'_> {
    async fn add(&mut self, file: &str, data: Value) -> anyhow::Result<()> {
        match self.parts.push(file, data) {
            Some(part) => self.contribute(part).await,
            None => Ok(()),
        }
    }

    async fn contribute(&mut self, part: ExportPart) -> anyhow::Result<()> {
        let event = LibraryDataExported { user_id: self.user, export_id: self.id, part };
        outbox::push(&mut *self.tx, self.clock, &event).await.map(drop)
    }

    /// Each playlist, then its entries: `entry` numbers them.
    async fn playlists(&mut self) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = store::playlists(&mut *self.tx, self.user, after).await?;
            for playlist in &page {
                self.add("playlists", head(playlist)).await?;
                self.entries(playlist).await?;
            }
            after = page.last().map(|playlist| playlist.id);
            if page.len() < PAGE_ROWS {
                return Ok(());
            }
        }
    }

    async fn entries(&mut self, playlist: &OwnPlaylist) -> anyhow::Result<()> {
        let (mut after, mut number) = (String::new(), 0);
        loop {
            let page = store::entries(&mut *self.tx, playlist.id, &after).await?;
            let is_last = page.len() < PAGE_ROWS;
            for entry in page {
                number += 1;
                let data = json!({
                    "entry": number,
                    "trackId": entry.track,
                    "addedBy": entry.added_by,
                    "addedAt": entry.added_at,
                });
                self.add("playlists", data).await?;
                after = entry.position;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    async fn collaborations(&mut self) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = store::collaborations(&mut *self.tx, self.user, after).await?;
            for shared in &page {
                let data = json!({
                    "playlistId": shared.playlist,
                    "title": shared.title,
                    "role": shared.role,
                    "since": shared.added_at,
                });
                self.add("playlists_of_others", data).await?;
            }
            after = page.last().map(|shared| shared.playlist);
            if page.len() < PAGE_ROWS {
                return Ok(());
            }
        }
    }

    async fn invitations(&mut self) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = store::invitations(&mut *self.tx, self.user, after).await?;
            for invited in &page {
                let data = json!({
                    "playlistId": invited.playlist,
                    "title": invited.title,
                    "role": invited.role,
                    "state": invited.state,
                    "since": invited.since,
                });
                self.add("playlist_invitations", data).await?;
            }
            after = page.last().map(|invited| invited.playlist);
            if page.len() < PAGE_ROWS {
                return Ok(());
            }
        }
    }

    async fn library(&mut self) -> anyhow::Result<()> {
        for (shelf, file) in SHELVES {
            let mut after = 0;
            loop {
                let page = store::kept(&mut *self.tx, self.user, shelf, after).await?;
                for kept in &page {
                    let data = match shelf {
                        "SAVED_ALBUMS" => json!({ "albumId": AlbumId(kept.thing), "since": kept.added_at }),
                        "FOLLOWED_ARTISTS" | "HIDDEN_ARTISTS" => {
                            json!({ "artistId": ArtistId(kept.thing), "since": kept.added_at })
                        }
                        "RATED_TRACKS" => {
                            json!({ "trackId": TrackId(kept.thing), "rating": kept.rating, "since": kept.added_at })
                        }
                        _ => json!({ "trackId": TrackId(kept.thing), "since": kept.added_at }),
                    };
                    self.add(file, data).await?;
                    after = kept.seq;
                }
                if page.len() < PAGE_ROWS {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn history(&mut self) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = store::plays(&mut *self.tx, self.user, after.as_ref()).await?;
            for play in &page {
                let data = json!({
                    "trackId": play.track,
                    "startedAt": play.started_at,
                    "playedMs": play.played_ms,
                    "deviceName": play.device_name,
                });
                self.add("history", data).await?;
            }
            let is_last = page.len() < PAGE_ROWS;
            after = page.into_iter().last();
            if is_last {
                return Ok(());
            }
        }
    }
}

fn head(playlist: &OwnPlaylist) -> Value {
    let collaborators: Vec<_> = playlist.collaborators.iter().map(|id| UserId(*id)).collect();
    json!({
        "id": playlist.id,
        "title": playlist.title,
        "description": playlist.description,
        "visibility": playlist.visibility,
        "sharedByLink": playlist.is_shared,
        "rules": playlist.rules.as_ref().map(|rules| &rules.0),
        "collaborators": collaborators,
        "createdAt": playlist.created_at,
        "updatedAt": playlist.updated_at,
    })
}
