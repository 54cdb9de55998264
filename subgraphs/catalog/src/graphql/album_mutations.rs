//! Changes of albums.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Value};
use polyphony_events::{AlbumId, ArtistId};
use polyphony_kit::{Result, scalar::Url};

use super::{
    album::AlbumKind,
    app, change, idempotency,
    input::written,
    manager, parse_ids,
    payload::{AckPayload, AlbumPayload},
};
use crate::{
    commands::{self, create_album::AlbumCredits},
    domain::{AlbumDraft, BaseVersion, Change, Genre, MediaBase, Refusal},
};

/// What is said of an album. On a change, a field that is left out stays as it is, and null clears it.
#[derive(Clone, InputObject)]
pub struct AlbumInput {
    /// The title, 1 to 300 characters.
    title: String,
    /// Who made it, in order.
    artist_ids: Vec<ID>,
    /// What kind of release it is; on a change it stays as it is when it is not named.
    #[graphql(default_with = "Some(AlbumKind::Album)")]
    kind: Option<AlbumKind>,
    /// When it was released: `2019`, `2019-05` or `2019-05-31`.
    released_on: MaybeUndefined<String>,
    /// Names of the genres that it is filed under.
    genres: Option<Vec<String>>,
    /// The cover, by its URL; `setAlbumCover` takes a picture that was uploaded.
    cover_url: MaybeUndefined<Url>,
}

impl AlbumInput {
    fn read(self, media: &MediaBase) -> std::result::Result<(AlbumDraft, AlbumCredits), Refusal> {
        let unknown = |_| Refusal::Invalid("artistIds", "one of the artists does not exist".to_owned());
        let artists = parse_ids(&self.artist_ids, ArtistId::parse).map_err(unknown)?;
        let genres = Genre::parse(self.genres.as_deref())?;
        let draft = AlbumDraft {
            title: self.title,
            kind: Change::if_some(self.kind.map(Into::into)),
            released_on: change(self.released_on),
            cover_url: change(self.cover_url.map_value(|url| media.reference(&url.0))),
            musicbrainz_id: Change::Keep,
        };
        Ok((draft, AlbumCredits { artists, genres }))
    }
}

/// Whether the client itself names the kind of the album: by the input alone the default would be taken for its word.
fn names_kind(ctx: &Context<'_>) -> bool {
    let arguments = ctx.field().arguments().unwrap_or_default();
    let input = arguments.iter().find(|(name, _)| name == "input");
    matches!(input, Some((_, Value::Object(input))) if input.get("kind").is_some_and(|kind| *kind != Value::Null))
}

#[derive(Default)]
pub struct AlbumMutation;

const UNKNOWN: Refusal = Refusal::NotFound("there is no such album");

#[Object]
impl AlbumMutation {
    /// Creates an album that the viewer owns, as a draft. CREATOR and ADMIN.
    async fn create_album(
        &self,
        ctx: &Context<'_>,
        input: AlbumInput,
        #[graphql(desc = "The same key with the same input answers the first result again.")] idempotency_key: Option<
            String,
        >,
    ) -> Result<AlbumPayload> {
        let (manager, content) = (manager(ctx)?, written(&input));
        let album = match input.read(&app(ctx).media) {
            Ok(album) => album,
            Err(refusal) => return AlbumPayload::of(Err(refusal.into())),
        };
        let key = idempotency(manager, idempotency_key, "createAlbum", &content)?;
        AlbumPayload::of(commands::create_album(app(ctx), manager, album, key).await)
    }

    /// Changes an album. Its owner and ADMIN.
    async fn update_album(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: AlbumInput,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version.")] base_version: Option<i32>,
    ) -> Result<AlbumPayload> {
        let manager = manager(ctx)?;
        let Some(id) = AlbumId::parse(&id) else { return AlbumPayload::of(Err(UNKNOWN.into())) };
        let kind = input.kind.filter(|_| names_kind(ctx));
        match (AlbumInput { kind, ..input }).read(&app(ctx).media) {
            Ok(album) => {
                AlbumPayload::of(commands::update_album(app(ctx), manager, (id, base_version.into()), album).await)
            }
            Err(refusal) => AlbumPayload::of(Err(refusal.into())),
        }
    }

    /// Publishes an album with its tracks; also one that was withdrawn. Tracks that were withdrawn by themselves stay so. Its
    /// owner and ADMIN.
    async fn publish_album(&self, ctx: &Context<'_>, id: ID) -> Result<AlbumPayload> {
        let manager = manager(ctx)?;
        let Some(id) = AlbumId::parse(&id) else { return AlbumPayload::of(Err(UNKNOWN.into())) };
        AlbumPayload::of(commands::publish_album(app(ctx), manager, (id, BaseVersion::default())).await)
    }

    /// Withdraws an album with its tracks: they keep their places in lists and are neither found nor played. Its owner and
    /// ADMIN.
    async fn withdraw_album(&self, ctx: &Context<'_>, id: ID) -> Result<AlbumPayload> {
        let manager = manager(ctx)?;
        let Some(id) = AlbumId::parse(&id) else { return AlbumPayload::of(Err(UNKNOWN.into())) };
        AlbumPayload::of(commands::withdraw_album(app(ctx), manager, (id, BaseVersion::default())).await)
    }

    /// Deletes an album on which no track stands. Its owner and ADMIN.
    async fn delete_album(&self, ctx: &Context<'_>, id: ID) -> Result<AckPayload> {
        let manager = manager(ctx)?;
        let Some(id) = AlbumId::parse(&id) else { return AckPayload::of(Err(UNKNOWN.into())) };
        AckPayload::of(commands::delete_album(app(ctx), manager, id).await)
    }
}
