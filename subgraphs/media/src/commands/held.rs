//! A player that is held for a change: found for the person who asks, brought up to now, and kept with its frame.

use std::ops::DerefMut;

use chrono::{DateTime, Utc};
use polyphony_events::{DeviceId, QueueItemId, UserId};
use polyphony_kit::Viewer;
use sqlx::{PgConnection, Postgres, Transaction};

use super::{CommandResult, advance_player::bring_up};
use crate::{
    app::App,
    domain::{
        device::Device,
        listening_session::{ListeningSession, Right},
        player::Player,
        refusal::{Refusal, RefusalCode},
    },
    live::Who,
    store::{
        device, listening_session,
        player::{self, IsShown, lock_or_create},
        queue,
    },
};

/// Somebody who joins or leaves a session in this very moment is looked up again, but not for ever.
const ATTEMPTS: usize = 3;

/// What comes with every command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The device that asks.
    pub device: Option<DeviceId>,
    /// The version that the command is based on.
    pub base_version: Option<i64>,
}

/// A player that nobody else changes meanwhile: in a transaction of the command, or in that of an event that is consumed.
pub(super) struct Held<C = Transaction<'static, Postgres>> {
    pub(super) tx: C,
    /// The player; change it, then [`Held::keep`] or, in somebody else's transaction, [`Held::write`].
    pub(super) player: Player,
    /// As it was, and is shown until then.
    before: Player,
    /// The session that it is of.
    pub(super) session: Option<ListeningSession>,
    /// The device that asks.
    pub(super) device: Option<Device>,
    /// What time it is, read when the player was held: the anchors of a player never go back.
    pub(super) now: DateTime<Utc>,
    /// Who asks.
    pub(super) user: UserId,
}

impl Held {
    /// Holds what plays for `viewer`: the player of the session that they listen in, else their own.
    pub(super) async fn take(app: &App, viewer: &Viewer, right: Right, asked: Asked) -> CommandResult<Self> {
        for _ in 0..ATTEMPTS {
            let mut tx = app.store.begin().await?;
            let Some((player, session)) = hold(app, &mut tx, viewer.user).await? else { continue };
            let held = Self::of(tx, viewer.user, (player, session), app.clock.now());
            return held.ready(app, right, asked).await;
        }
        Err(Refusal::new(RefusalCode::Conflict, "You join or leave a session at this moment.").into())
    }

    async fn ready(mut self, app: &App, right: Right, asked: Asked) -> CommandResult<Self> {
        if let Some(session) = &self.session {
            session.check(self.user, right)?;
        }
        if let Some(id) = asked.device {
            let unknown = || Refusal::new(RefusalCode::NotFound, "There is no such device.").at(&["deviceId"]);
            self.device = Some(device::find(&mut self.tx, self.user, id).await?.ok_or_else(unknown)?);
        }
        bring_up(app, &mut self.tx, &mut self.player, self.now).await?;
        if !self.player.shows_as(&self.before) {
            self.write().await?;
        } else if self.player != self.before {
            player::save_quietly(&mut self.tx, &self.player, self.now, IsShown::No).await?;
        }
        self.before = self.player.clone();
        if asked.base_version.is_some_and(|base| base != self.player.version) {
            let id = self.player.id;
            self.tx.commit().await?;
            app.live.changed([id]);
            let message = "The playback has changed since; this is its current state.";
            return Err(Refusal::new(RefusalCode::StaleVersion, message).at(&["baseVersion"]).into());
        }
        Ok(self)
    }

    /// Keeps the change and tells everybody. What changes nothing is no frame.
    pub(super) async fn keep(mut self, app: &App) -> CommandResult<Player> {
        if !self.player.shows_as(&self.before) {
            self.player.changed_by = self.device.as_ref().map(|device| device.id);
            self.write().await?;
        }
        let Self { tx, player, .. } = self;
        tx.commit().await?;
        app.live.changed([player.id]);
        Ok(player)
    }

    /// The same after a change of the queue, which frames do not show in full.
    pub(super) async fn keep_queue(mut self, app: &App) -> CommandResult<Player> {
        self.player.changed_by = self.device.as_ref().map(|device| device.id);
        self.write().await?;
        let Self { tx, player, .. } = self;
        tx.commit().await?;
        app.live.changed([player.id]);
        Ok(player)
    }
}

impl<'a> Held<&'a mut PgConnection> {
    /// Holds what plays for `user` in somebody else's transaction; none when it changes hands at this very moment.
    pub(super) async fn within(app: &App, tx: &'a mut PgConnection, user: UserId) -> anyhow::Result<Option<Self>> {
        let found = hold(app, tx, user).await?;
        Ok(found.map(|found| Self::of(tx, user, found, app.clock.now())))
    }

    /// Lets happen to the player what is due. Whoever calls this saves the player, changed or not.
    pub(super) async fn bring_up(&mut self, app: &App) -> anyhow::Result<()> {
        bring_up(app, self.tx, &mut self.player, self.now).await
    }
}

impl<C: DerefMut<Target = PgConnection>> Held<C> {
    fn of(tx: C, user: UserId, held: (Player, Option<ListeningSession>), now: DateTime<Utc>) -> Self {
        let (player, session) = held;
        Self { before: player.clone(), player, session, device: None, now, user, tx }
    }

    /// Lets the device that asks play, when no other does.
    pub(super) async fn claim(&mut self, app: &App) {
        let Some(device) = self.device.as_ref().filter(|_| self.session.is_none()) else { return };
        let is_free = match self.player.active_device {
            None => true,
            Some(active) if active == device.id => false,
            Some(active) => app.live.presence().online(&[Who::Device(active)]).await.is_empty(),
        };
        if is_free {
            self.player.activate(device.id, device.volume_percent);
        }
    }

    /// Where the current entry stands.
    pub(super) async fn place(&mut self) -> Result<Option<i64>, sqlx::Error> {
        match self.player.current {
            Some(current) => queue::place(&mut self.tx, self.player.id, current.item).await,
            None => Ok(None),
        }
    }

    /// Finds out again where the current entry stands in the queue, and how long that is.
    pub(super) async fn locate(&mut self) -> Result<(), sqlx::Error> {
        locate(&mut self.tx, &mut self.player).await
    }

    /// Keeps the change even though the state shows the same: who is in a session is part of its frames.
    pub(super) async fn write(&mut self) -> Result<(), sqlx::Error> {
        self.player.version += 1;
        player::save(&mut self.tx, &self.player, self.now).await
    }
}

/// Finds out where the current entry stands in the queue, and how long that is.
pub(super) async fn locate(tx: &mut PgConnection, player: &mut Player) -> Result<(), sqlx::Error> {
    let current: Option<QueueItemId> = player.current.map(|current| current.item);
    (player.queue_index, player.queue_length) = queue::locate(tx, player.id, current).await?;
    Ok(())
}

/// Holds what plays for a person; none when that has changed on the way.
async fn hold(
    app: &App,
    tx: &mut PgConnection,
    user: UserId,
) -> Result<Option<(Player, Option<ListeningSession>)>, sqlx::Error> {
    if let Some(id) = player::following(&mut *tx, user).await? {
        // A session's player is held before that of anybody in it, by all.
        let Some(player) = player::lock(&mut *tx, id).await? else { return Ok(None) };
        let Some(id) = player.session else { return Ok(None) };
        if !listening_session::takes_part(&mut *tx, id, user).await? {
            return Ok(None);
        }
        return Ok(Some((player, listening_session::find(tx, id).await?)));
    }
    let own = own(app, tx, user).await?;
    Ok(own.following.is_none().then_some((own, None)))
}

/// Holds a person's own player.
pub(super) async fn own(app: &App, tx: &mut PgConnection, user: UserId) -> Result<Player, sqlx::Error> {
    let now = app.clock.now();
    lock_or_create(tx, Player::new(Player::id_of(user), None, now), now).await
}
