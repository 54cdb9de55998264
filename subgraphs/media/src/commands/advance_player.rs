//! Lets happen to a player what happens by itself: tracks end and others follow, plays count, transfers are given up.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{PlayerId, UserId, media::TrackPlayed};
use polyphony_kit::outbox;
use sqlx::PgConnection;

use super::held::locate;
use crate::{
    app::App,
    domain::{
        intent::{Happening, advance, catch_up},
        play::Play,
        player::{PlayState, Player, RepeatMode},
    },
    live::Who,
    store::{
        device, listening_session, play,
        player::{self, IsShown},
        private_session, queue,
        queue_changes::{self, Addition, Spot},
    },
};

/// Tracks that follow the end of a queue by themselves.
const RADIO: i64 = 10;
/// What happens to one player at once; a player that is further behind than this rests.
const MOST: usize = 500;
/// A player whose person is not there and did nothing for this long rests.
const ABANDONED: TimeDelta = TimeDelta::minutes(10);

/// Lets happen to a player what is due.
pub async fn advance_player(app: &App, id: PlayerId) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let now = app.clock.now();
    let Some((mut player, touched_at)) = player::lock_due(&mut tx, id, now).await? else { return Ok(()) };
    let before = player.clone();
    player.end_private_session(now);
    if touched_at < now - ABANDONED && is_abandoned(app, &player).await {
        player.settle(now);
        player.state = PlayState::Paused;
    } else {
        read_length(&mut tx, &mut player).await?;
        bring_up(app, &mut tx, &mut player, now).await?;
    }
    let is_shown = if player.shows_as(&before) { IsShown::No } else { IsShown::Yes };
    if is_shown == IsShown::Yes {
        player.version += 1;
        player.changed_by = None;
    }
    player::save_quietly(&mut tx, &player, now, is_shown).await?;
    tx.commit().await?;
    if is_shown == IsShown::Yes {
        app.live.changed([id]);
    }
    Ok(())
}

/// Whether nobody is there to hear it. A session is looked after as a whole.
async fn is_abandoned(app: &App, player: &Player) -> bool {
    if player.session.is_some() {
        return false;
    }
    let person = Who::Person(UserId(player.id.0));
    app.live.presence().ask(&[person]).await.is_ok_and(|online| online.is_empty())
}

/// Brings a held player up to now.
pub(super) async fn bring_up(
    app: &App,
    tx: &mut PgConnection,
    player: &mut Player,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    player.end_private_session(now);
    if player.due_at().is_some_and(|due| due <= now) {
        read_length(tx, player).await?;
    }
    for _ in 0..MOST {
        match catch_up(player, now) {
            None => break,
            Some(Happening::TransferGivenUp) => {}
            Some(Happening::Counted(play)) => count(app, tx, player, &play, now).await?,
            Some(Happening::Ended(at)) => follow_up(tx, player, at).await?,
        }
    }
    if player.due_at().is_some_and(|due| due <= now) {
        player.settle(now);
        player.state = PlayState::Paused;
    }
    Ok(())
}

/// Reads how long the current entry is. A header may have claimed another length when it began, or none.
async fn read_length(tx: &mut PgConnection, player: &mut Player) -> Result<(), sqlx::Error> {
    let Some(current) = &mut player.current else { return Ok(()) };
    if let Some(entry) = queue::entry(tx, player.id, current.item).await? {
        current.duration_ms = entry.duration_ms.or(current.duration_ms);
    }
    Ok(())
}

async fn follow_up(tx: &mut PgConnection, player: &mut Player, at: DateTime<Utc>) -> anyhow::Result<()> {
    extend(tx, player).await?;
    let place = match player.current {
        Some(current) => queue::place(&mut *tx, player.id, current.item).await?,
        None => None,
    };
    let around = queue::around(&mut *tx, player.id, place).await?;
    *player = advance(player, &around, at);
    locate(tx, player).await?;
    Ok(())
}

/// Adds tracks like the current one when it is the last of the queue and the person wants that.
pub(super) async fn extend(tx: &mut PgConnection, player: &Player) -> anyhow::Result<()> {
    let is_last = player.queue_index == Some(player.queue_length - 1);
    let Some(current) = player.current.filter(|_| is_last && player.repeat == RepeatMode::Off) else { return Ok(()) };
    let user = match player.session {
        Some(session) => listening_session::find(&mut *tx, session).await?.map(|session| session.host),
        None => Some(UserId(player.id.0)),
    };
    let Some(user) = user else { return Ok(()) };
    let tracks = play::radio(&mut *tx, user, player.id.0, current.track, RADIO).await?;
    if !tracks.is_empty() {
        let addition = Addition { tracks: &tracks, added_by: user, context: None };
        queue_changes::insert(tx, player.id, Spot::End, addition).await?;
    }
    Ok(())
}

/// Counts a play for everybody who heard it.
async fn count(
    app: &App,
    tx: &mut PgConnection,
    player: &Player,
    heard: &Play,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let listeners: Vec<UserId> = match player.session {
        Some(session) => {
            let all = listening_session::participants(&mut *tx, session).await?;
            all.into_iter().filter(|participant| participant.online).map(|participant| participant.user).collect()
        }
        None => vec![UserId(player.id.0)],
    };
    for user in listeners {
        let device = match player.active_device {
            Some(id) => device::find(&mut *tx, user, id).await?.map(|device| device.name),
            None => None,
        };
        count_once(app, &mut *tx, user, heard, device, now).await?;
    }
    Ok(())
}

/// Counts a play of a person, unless it has counted before. One of a private session is noted, so that no later report counts,
/// and told to nobody.
pub(super) async fn count_once(
    app: &App,
    tx: &mut PgConnection,
    user: UserId,
    heard: &Play,
    device_name: Option<String>,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    if play::count(&mut *tx, user, &heard.id, now).await? && !private_session::covers(&mut *tx, user, heard).await? {
        let event = TrackPlayed {
            play_id: heard.id.clone(),
            user_id: user,
            track_id: heard.track,
            started_at: heard.started_at,
            played_ms: heard.played_ms,
            device_name,
            context: heard.context,
        };
        outbox::push(tx, &app.clock, &event).await?;
    }
    Ok(())
}
