//! Somebody has left: what is private of them goes, what they own stays and is nobody's.

use anyhow::Context;
use chrono::TimeDelta;
use polyphony_events::{UserId, accounts::UserDeleted};
use polyphony_kit::Clock;

use super::announce;
use crate::{
    app::App,
    store::{
        self, admin, person,
        tx::{Lent, Writer},
    },
};

/// So many tracks change their owner in one transaction.
const BATCH: i64 = 500;
/// Whoever left may own something new for as long: their token lives ten minutes, an upload takes longer.
const LINGERS: TimeDelta = TimeDelta::days(1);

/// Forgets a person. Of very many tracks the rest changes its owner soon after, by [`disown_departed`].
pub async fn forget_person(tx: &mut Lent<'_>, clock: &Clock, event: &UserDeleted) -> anyhow::Result<()> {
    let user = event.user_id;
    person::depart(tx, user, clock.now()).await.context("note that a person has left")?;
    person::forget(tx, user).await.context("forget what is private")?;
    store::edit::disown(tx, user).await.context("forget who made changes")?;
    store::share::forget(tx, user).await.context("forget share links")?;
    admin::set(tx, user, false, event.version).await.context("forget a role")?;
    disown(tx, clock, user).await?;
    let tracks = store::source::disown(tx, user).await.context("disown sources")?;
    let touched = store::track::touch(tx, &tracks, clock.now()).await.context("touch the tracks of sources")?;
    announce::tracks_changed(tx, clock, &touched).await?;
    Ok(())
}

/// Takes what people who have left still own; gives how many tracks changed their owner.
pub async fn disown_departed(app: &App) -> anyhow::Result<usize> {
    let since = app.clock.now() - LINGERS;
    let mut count = 0;
    for user in person::departed_owners(&app.store.pool, since).await.context("look for what the departed own")? {
        let mut tx = app.store.begin().await.context("begin")?;
        count += disown(&mut tx, &app.clock, user).await?;
        tx.commit().await.context("commit a change of owner")?;
    }
    Ok(count)
}

async fn disown(tx: &mut impl Writer, clock: &Clock, user: UserId) -> anyhow::Result<usize> {
    let (artists, albums) = person::disown(tx, user).await.context("disown artists and albums")?;
    // Of artists and albums no event tells, as theirs name no owner.
    tx.note(artists);
    tx.note(albums);
    let tracks = person::disown_tracks(tx, user, clock.now(), BATCH).await.context("disown tracks")?;
    announce::tracks_changed(tx, clock, &tracks).await?;
    Ok(tracks.len())
}
