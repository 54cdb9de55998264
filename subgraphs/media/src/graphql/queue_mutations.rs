//! Mutations of the queue, and reports of plays.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use polyphony_events::{PlayContext, QueueItemId, TrackId};
use polyphony_kit::{Result, idempotency::Key, viewer::require_viewer};

use super::{
    app,
    device::parse,
    errors::{AckPayload, nothing, outcome},
    play_context::PlayContextInput,
    player::PlaybackPayload,
    player_mutations::{no_entry, refused},
};
use crate::{
    commands::{
        choose_tracks::{OnUnplayable, Wanted},
        enqueue::{Position, enqueue},
        held::Asked,
        move_queue_item::move_queue_item,
        remove_queue_items::remove_queue_items,
        replace_queue::Start,
        report_play::report_play,
        set_queue::{NewQueue, set_queue},
    },
    domain::{
        play::Play,
        refusal::{Refusal, RefusalCode},
    },
};

/// Where tracks are added to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Position")]
enum QueuePosition {
    /// Behind what plays.
    Next,
    /// Behind everything.
    Last,
}

/// A queue to play.
#[derive(InputObject)]
struct SetQueueInput {
    /// The tracks, in order, at most 10,000. When absent, those of the `context`.
    track_ids: Option<Vec<ID>>,
    /// What the tracks come from, for `QueueItem.context` and for what was recently played. Without `trackIds` it says what to play: an
    /// ALBUM by disc and number, an ARTIST from the newest release on; what cannot be played of it is left out. For playlists and liked
    /// tracks see `playPlaylist` and `playLikedTracks`.
    context: Option<PlayContextInput>,
    /// With which to begin, from 0. When absent with the first, or with any when the queue is shuffled.
    start_index: Option<i32>,
    /// With which to begin, instead of `startIndex`: the first entry of this track.
    start_track_id: Option<ID>,
    /// Where in it to begin.
    #[graphql(default_with = "Some(0)")]
    start_position_ms: Option<i32>,
    /// Whether it plays at once.
    #[graphql(default_with = "Some(true)")]
    play: Option<bool>,
    /// Whether the queue is shuffled; as it is when absent.
    shuffle: Option<bool>,
    /// Leaves out what cannot be played instead of refusing the whole list; the payload's `skipped` says what. When the track
    /// at `startIndex` is left out, the next that can be played begins, the first when none follows. Nothing changes and the
    /// answer is `NOT_PLAYABLE` when no track can be played.
    #[graphql(default_with = "Some(false)")]
    skip_unplayable: Option<bool>,
    /// The device that asks; it plays when no other does.
    device_id: Option<ID>,
    /// Refused with `STALE_VERSION` when this is not the current version.
    base_version: Option<i32>,
}

impl SetQueueInput {
    fn parse(&self) -> Result<(NewQueue, Asked), Refusal> {
        let new = NewQueue {
            wanted: Wanted {
                tracks: tracks(self.track_ids.as_deref(), &["input", "trackIds"])?,
                context: context(self.context.as_ref(), &["input", "context", "id"])?,
                on_unplayable: on_unplayable(self.skip_unplayable),
            },
            start: self.start()?,
            start_position_ms: self.start_position_ms.unwrap_or_default().into(),
            play: self.play.unwrap_or(true),
            shuffle: self.shuffle,
        };
        let device = parse(self.device_id.as_ref(), &["input", "deviceId"])?;
        Ok((new, Asked { device, base_version: self.base_version.map(i64::from) }))
    }

    fn start(&self) -> Result<Start, Refusal> {
        let refuse = |message: &str, path| Err(Refusal::new(RefusalCode::InvalidInput, message).at(path));
        match (self.start_index, &self.start_track_id) {
            (None, None) => Ok(Start::Anywhere),
            (Some(index), None) => match usize::try_from(index) {
                Ok(index) => Ok(Start::Index(index)),
                Err(_) => refuse("startIndex is no place in the list.", &["input", "startIndex"]),
            },
            (None, Some(id)) => match TrackId::parse(id) {
                Some(id) => Ok(Start::Track(id)),
                None => refuse("startTrackId is no id of a track.", &["input", "startTrackId"]),
            },
            _ => refuse("There may be startIndex or startTrackId, not both.", &["input", "startTrackId"]),
        }
    }
}

/// A play that a client saw.
#[derive(InputObject)]
struct ReportPlayInput {
    /// Made up by the client, 1 to 100 characters, the same for each report of the same play.
    play_id: String,
    /// What was heard.
    track_id: ID,
    /// When it began.
    started_at: DateTime<Utc>,
    /// For how long it was heard.
    played_ms: i32,
    /// What it was played from.
    context: Option<PlayContextInput>,
}

fn on_unplayable(skips: Option<bool>) -> OnUnplayable {
    if skips.unwrap_or_default() { OnUnplayable::Skip } else { OnUnplayable::Refuse }
}

fn tracks(ids: Option<&[ID]>, path: &'static [&'static str]) -> Result<Option<Vec<TrackId>>, Refusal> {
    let unknown = |id: &ID| Refusal::new(RefusalCode::NotFound, format!("There is no track {}.", **id)).at(path);
    ids.map(|ids| ids.iter().map(|id| TrackId::parse(id).ok_or_else(|| unknown(id))).collect()).transpose()
}

fn context(input: Option<&PlayContextInput>, path: &'static [&'static str]) -> Result<Option<PlayContext>, Refusal> {
    input.map(|input| input.parse(path)).transpose()
}

fn wanted(ids: Option<&[ID]>, from: Option<&PlayContextInput>, skips: bool) -> Result<Wanted, Refusal> {
    let (tracks, context) = (tracks(ids, &["trackIds"])?, context(from, &["context", "id"])?);
    Ok(Wanted { tracks, context, on_unplayable: on_unplayable(Some(skips)) })
}

#[derive(Default)]
pub(super) struct QueueMutation;

#[Object]
impl QueueMutation {
    /// Replaces the queue and may start playing. An empty list stops.
    async fn set_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The queue.")] input: SetQueueInput,
    ) -> Result<PlaybackPayload> {
        let (app, viewer) = (app(ctx), require_viewer(ctx)?);
        let result = match input.parse() {
            Ok((new, asked)) => set_queue(app, viewer, new, asked).await,
            Err(refusal) => Err(refusal.into()),
        };
        PlaybackPayload::of_queued(app, viewer, result).await
    }

    /// Adds tracks to the queue.
    async fn enqueue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tracks, in order. When absent, those of the `context`.")] track_ids: Option<Vec<ID>>,
        #[graphql(
            desc = "What they come from. Without `trackIds` it says what is added: an album or an artist, as for `setQueue`."
        )]
        context: Option<PlayContextInput>,
        #[graphql(default_with = "Some(QueuePosition::Last)", desc = "Where they go.")] position: Option<QueuePosition>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Leaves out what cannot be played instead of refusing all; the payload's `skipped` says what."
        )]
        skip_unplayable: Option<bool>,
        #[graphql(desc = "The same key with the same input adds them once, for 24 hours.")] idempotency_key: Option<
            String,
        >,
    ) -> Result<PlaybackPayload> {
        let (app, viewer) = (app(ctx), require_viewer(ctx)?);
        let position = position.unwrap_or(QueuePosition::Last);
        let skips = skip_unplayable.unwrap_or_default();
        let command = if skips { "enqueue what can be played" } else { "enqueue" };
        let ids = track_ids.iter().flatten().map(|id| id.as_str()).collect::<Vec<_>>();
        let input = (ids, position == QueuePosition::Next, context.as_ref().map(PlayContextInput::key));
        let key = idempotency_key.map(|key| Key::new(viewer.user, &key, command, &input)).transpose()?;
        let result = match wanted(track_ids.as_deref(), context.as_ref(), skips) {
            Ok(wanted) => enqueue(app, viewer, wanted, position.into(), key).await,
            Err(refusal) => Err(refusal.into()),
        };
        PlaybackPayload::of_queued(app, viewer, result).await
    }

    /// Moves an entry of the queue behind another.
    async fn move_queue_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The entry to move.")] item_id: ID,
        #[graphql(desc = "The entry behind which it goes; to the top when absent.")] after_item_id: Option<ID>,
    ) -> Result<PlaybackPayload> {
        let (app, viewer) = (app(ctx), require_viewer(ctx)?);
        let Some(item) = QueueItemId::parse(&item_id) else { return refused(ctx, no_entry(&["itemId"])).await };
        let after = after_item_id.map(|id| QueueItemId::parse(&id).ok_or(())).transpose();
        let Ok(after) = after else { return refused(ctx, no_entry(&["afterItemId"])).await };
        PlaybackPayload::of(app, viewer, move_queue_item(app, viewer, item, after).await).await
    }

    /// Takes entries out of the queue; those that are not there do no harm. When the current one goes, the next begins.
    async fn remove_queue_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The entries.")] item_ids: Vec<ID>,
    ) -> Result<PlaybackPayload> {
        let (app, viewer) = (app(ctx), require_viewer(ctx)?);
        let items: Vec<_> = item_ids.iter().filter_map(|id| QueueItemId::parse(id)).collect();
        PlaybackPayload::of(app, viewer, remove_queue_items(app, viewer, &items).await).await
    }

    /// Reports a play that was made offline. It counts once however often it is reported, after 30 seconds or half of the
    /// track.
    async fn report_play(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The play.")] input: ReportPlayInput,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let Some(track) = TrackId::parse(&input.track_id) else {
            return Ok(Err(nothing("track", "input").at(&["input", "trackId"])).into());
        };
        let (id, started_at, played_ms) = (input.play_id, input.started_at, input.played_ms.into());
        let context = match context(input.context.as_ref(), &["input", "context", "id"]) {
            Ok(context) => context,
            Err(refusal) => return Ok(Err(refusal.into()).into()),
        };
        let play = Play { id, track, started_at, played_ms, context };
        Ok(outcome(report_play(app(ctx), viewer, &play).await)?.into())
    }
}
