//! Changes of artists.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use polyphony_events::ArtistId;
use polyphony_kit::{Result, scalar::Url};

use super::{
    app, change, idempotency,
    input::written,
    manager,
    payload::{AckPayload, ArtistPayload},
};
use crate::{
    commands,
    domain::{ArtistDraft, MediaBase, Refusal},
};

/// What is said of an artist. On a change, a field that is left out stays as it is, and null clears it.
#[derive(Clone, InputObject)]
pub struct ArtistInput {
    /// The name, 1 to 300 characters.
    name: String,
    /// The name that lists are sorted by; made of the name when absent.
    sort_name: MaybeUndefined<String>,
    /// About the artist, at most 10,000 characters.
    bio: MaybeUndefined<String>,
    /// A picture, by its URL; `setArtistImage` takes one that was uploaded.
    image_url: MaybeUndefined<Url>,
    /// The artist's id in MusicBrainz.
    musicbrainz_id: MaybeUndefined<String>,
}

impl ArtistInput {
    fn read(self, media: &MediaBase) -> ArtistDraft {
        ArtistDraft {
            name: self.name,
            sort_name: change(self.sort_name),
            bio: change(self.bio),
            image_url: change(self.image_url.map_value(|url| media.reference(&url.0))),
            musicbrainz_id: change(self.musicbrainz_id),
        }
    }
}

#[derive(Default)]
pub struct ArtistMutation;

const UNKNOWN: Refusal = Refusal::NotFound("there is no such artist");

#[Object]
impl ArtistMutation {
    /// Creates an artist that the viewer owns. CREATOR and ADMIN.
    async fn create_artist(
        &self,
        ctx: &Context<'_>,
        input: ArtistInput,
        #[graphql(desc = "The same key with the same input answers the first result again.")] idempotency_key: Option<
            String,
        >,
    ) -> Result<ArtistPayload> {
        let (manager, content) = (manager(ctx)?, written(&input));
        let draft = input.read(&app(ctx).media);
        let key = idempotency(manager, idempotency_key, "createArtist", &content)?;
        ArtistPayload::of(commands::create_artist(app(ctx), manager, draft, key).await)
    }

    /// Changes an artist. Its owner and ADMIN.
    async fn update_artist(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: ArtistInput,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version.")] base_version: Option<i32>,
    ) -> Result<ArtistPayload> {
        let manager = manager(ctx)?;
        let Some(id) = ArtistId::parse(&id) else { return ArtistPayload::of(Err(UNKNOWN.into())) };
        ArtistPayload::of(
            commands::update_artist(app(ctx), manager, (id, base_version.into()), input.read(&app(ctx).media)).await,
        )
    }

    /// Deletes an artist that no album and no track names. Its owner and ADMIN.
    async fn delete_artist(&self, ctx: &Context<'_>, id: ID) -> Result<AckPayload> {
        let manager = manager(ctx)?;
        let Some(id) = ArtistId::parse(&id) else { return AckPayload::of(Err(UNKNOWN.into())) };
        AckPayload::of(commands::delete_artist(app(ctx), manager, id).await)
    }
}
