//! Types of other subgraphs that media extends: the key, and the fields that media adds.

use async_graphql::{Context, ID, Object};
use polyphony_events::{AlbumId, ArtistId, PlaylistId, TrackId, UserId, ViewerId};
use polyphony_kit::{
    Error, Result,
    page::Page,
    viewer::{require_viewer, viewer},
};

use super::{
    app,
    chapter::Chapter,
    data_export::{self, DataExport},
    device::Device,
    load,
    playback::{self, ClientProfileInput, DownloadFormat, Loudness, PlaybackPlan, SignedUrl, UnplayableReason},
    player::{self, PlaybackState},
    private_session::PrivateSession,
    upload::{Upload, UploadConnection},
};
use crate::{domain::chapter::MAX_CHAPTERS, store::chapter::ChaptersOf};

/// A track of the catalog.
#[derive(Clone, Copy, Debug)]
pub struct Track {
    id: TrackId,
}

impl Track {
    /// A reference, without looking whether it is there.
    pub(super) fn new(id: TrackId) -> Self {
        Self { id }
    }
}

/// A recording that can be played.
#[Object]
impl Track {
    /// The id of the track.
    async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// Whether it can be played by the viewer, at least its beginning; `unplayableReason` says why not.
    async fn playable(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        Ok(playback::audio(ctx, self.id).await?.map(|track| track.playable().is_ok()))
    }

    /// Why it cannot be played by the viewer; null when it can.
    async fn unplayable_reason(&self, ctx: &Context<'_>) -> Result<Option<UnplayableReason>> {
        Ok(playback::audio(ctx, self.id).await?.and_then(|track| track.playable().err()).map(UnplayableReason::from))
    }

    /// How this client should play it. None when nothing playable exists yet, or nobody is signed in.
    async fn playback_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the client can play; anything when absent.")] client: Option<ClientProfileInput>,
    ) -> Result<Option<PlaybackPlan>> {
        playback::plan(ctx, self.id, client).await
    }

    /// How loud it is along its length, 0 to 1.
    async fn waveform(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(200)", desc = "How many values, 1 to 1000.")] points: Option<i32>,
    ) -> Result<Option<Vec<f64>>> {
        playback::waveform(ctx, self.id, points.unwrap_or(200)).await
    }

    /// Its chapters, in order, as the file that plays names them: of audiobooks and long recordings. None for a track without.
    async fn chapters(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(100)", desc = "How many of them from the first on, 1 to 1000.")] first: Option<
            i32,
        >,
    ) -> Result<Option<Vec<Chapter>>> {
        let first = first.unwrap_or(100);
        if !(1..=MAX_CHAPTERS as i32).contains(&first) {
            return Err(Error::bad_input(format!("first must be 1 to {MAX_CHAPTERS}")));
        }
        if playback::audio(ctx, self.id).await?.is_none() {
            return Ok(None);
        }
        let chapters = load(ctx).load_one(ChaptersOf(self.id, first)).await?;
        Ok(Some(chapters.unwrap_or_default().into_iter().map(Chapter::from).collect()))
    }

    /// How loud it is on the whole.
    async fn loudness(&self, ctx: &Context<'_>) -> Result<Option<Loudness>> {
        let track = playback::audio(ctx, self.id).await?;
        let loudness = track.and_then(|track| track.playable().ok()?.loudness);
        Ok(loudness.map(|loudness| Loudness::new(Some(self.id), loudness)))
    }

    /// Where to download it. None when there is nothing to download yet, or nobody is signed in. Of a track of an album in one file
    /// ORIGINAL is the whole file, for whoever uploaded it and ADMIN; null for others.
    async fn download_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "DownloadFormat::Mp3", desc = "Which file.")] format: DownloadFormat,
    ) -> Result<Option<SignedUrl>> {
        playback::download(ctx, self.id, format).await
    }
}

/// An album of the catalog.
#[derive(Clone, Copy, Debug)]
pub struct Album(pub(super) AlbumId);

/// A release: an album, a single, an EP.
#[Object(unresolvable = "id")]
impl Album {
    /// The id of the album.
    pub async fn id(&self) -> ID {
        self.0.to_string().into()
    }
}

/// An artist of the catalog.
#[derive(Clone, Copy, Debug)]
pub struct Artist(pub(super) ArtistId);

/// Who makes music.
#[Object(unresolvable = "id")]
impl Artist {
    /// The id of the artist.
    pub async fn id(&self) -> ID {
        self.0.to_string().into()
    }
}

/// A playlist.
#[derive(Clone, Copy, Debug)]
pub struct Playlist(pub(super) PlaylistId);

/// A list of tracks that somebody keeps.
#[Object(unresolvable = "id")]
impl Playlist {
    /// The id of the playlist.
    pub async fn id(&self) -> ID {
        self.0.to_string().into()
    }
}

/// A person.
#[derive(Clone, Copy, Debug)]
pub struct User(pub(super) UserId);

/// A person who has an account.
#[Object(unresolvable = "id")]
impl User {
    /// The id of the person.
    pub async fn id(&self) -> ID {
        self.0.to_string().into()
    }
}

/// The signed-in person.
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    user: UserId,
}

impl Viewer {
    /// The viewer who is this person.
    pub(super) fn of(user: UserId) -> Self {
        Self { user }
    }
}

/// Everything private to the signed-in person.
#[Object]
impl Viewer {
    /// The id of what is private to the person, `vwr_...`; the person's own is that of `user`.
    async fn id(&self) -> ID {
        ViewerId(self.user.0).to_string().into()
    }

    /// What they have uploaded, newest first.
    async fn uploads(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<Option<UploadConnection>> {
        let page = Page::parse(first, after, 20)?;
        let (uploads, total) = app(ctx).store.uploads_of(self.user, &page).await?;
        let page = page.cut(uploads, |upload| (upload.created_at, upload.id.0));
        Ok(Some(UploadConnection::new(page, total, Upload::new)))
    }

    /// Their uploads that no track keeps any more, last thrown away first: their tracks were deleted, or they were removed as
    /// sources. `restoreUpload` takes one out, `emptyTrash` lets go of them; each goes by itself at its `trashedUntil`. They
    /// count towards what may be uploaded.
    async fn trash(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<Option<UploadConnection>> {
        let page = Page::parse(first, after, 20)?;
        let (uploads, total) = app(ctx).store.trash_of(self.user, &page).await?;
        let page = page.cut(uploads, |upload| (upload.trashed_at.unwrap_or(upload.created_at), upload.id.0));
        Ok(Some(UploadConnection::new(page, total, Upload::new)))
    }

    /// The devices that they play on, those seen last first; at most 50.
    async fn devices(&self, ctx: &Context<'_>) -> Result<Option<Vec<Device>>> {
        Ok(Some(Device::all_of(ctx, self.user).await?))
    }

    /// Their exports of everything that is kept about them (`exportMyData`), the newest first, at most 20; those that are over are
    /// listed for 30 days. FORBIDDEN to API keys.
    async fn data_exports(&self, ctx: &Context<'_>) -> Result<Option<Vec<DataExport>>> {
        Ok(Some(data_export::of_viewer(ctx, self.user).await?))
    }

    /// The private session that goes on; null when what they play counts.
    async fn private_session(&self, ctx: &Context<'_>) -> Result<Option<PrivateSession>> {
        let app = app(ctx);
        let session = app.store.private_session(self.user, app.clock.now()).await?;
        Ok(session.map(PrivateSession::from))
    }

    /// What plays for them: in a listening session the session's playback.
    async fn playback(&self, ctx: &Context<'_>) -> Result<Option<PlaybackState>> {
        Ok(Some(player::current(app(ctx), require_viewer(ctx)?).await?))
    }
}

#[derive(Default)]
pub(super) struct ExternalQuery;

#[Object]
impl ExternalQuery {
    /// A track by its key.
    #[graphql(entity)]
    async fn find_track_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Track>> {
        let Some(id) = TrackId::parse(&id) else { return Ok(None) };
        Ok(load(ctx).load_one(id).await?.map(|track| Track::new(track.id)))
    }

    /// The viewer by their key; nobody else's.
    #[graphql(entity)]
    async fn find_viewer_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Viewer>> {
        let own = viewer(ctx).map(|viewer| viewer.user).filter(|user| ViewerId::parse(&id) == Some(ViewerId(user.0)));
        Ok(own.map(Viewer::of))
    }
}
