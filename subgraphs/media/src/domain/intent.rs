//! What people want of a player, and what becomes of it: one pure rule for commands, and one for what happens by itself.

use chrono::{DateTime, Utc};

use super::{
    play::Play,
    player::{Around, Entry, PlayState, Player, RepeatMode},
    refusal::{Refusal, RefusalCode},
};

/// Going back this far into a track begins it again; before, it goes to the one before.
const RESTART_AFTER_MS: i64 = 3000;

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Go on.
    Play,
    /// Stay where it is.
    Pause,
    /// Go to this position.
    Seek(i64),
    /// Play this entry from its beginning.
    SkipTo(Entry),
    /// Go to what follows.
    SkipNext,
    /// Begin again, or go to what was before.
    SkipPrevious,
}

/// Does to a player what somebody wants. It must have been brought up to `now` by [`catch_up`].
pub fn apply(player: &Player, intent: Intent, around: &Around, now: DateTime<Utc>) -> Result<Player, Refusal> {
    let mut after = player.clone();
    match intent {
        Intent::Pause if player.state != PlayState::Playing => {}
        Intent::Pause => {
            after.settle(now);
            after.state = PlayState::Paused;
        }
        Intent::Play => play(&mut after, around, now)?,
        Intent::Seek(position) => seek(&mut after, position, now)?,
        Intent::SkipTo(entry) => {
            after.begin(Some(entry), 0, now);
            after.state = PlayState::Playing;
        }
        Intent::SkipNext => {
            current(player)?;
            let wrapped = around.first.filter(|_| player.repeat == RepeatMode::All);
            go_on(&mut after, around.next.or(wrapped), around, now);
        }
        Intent::SkipPrevious => {
            let entry = current(player)?;
            let wrapped = around.last.filter(|_| player.repeat == RepeatMode::All);
            let is_under_way = player.position_at(now) > RESTART_AFTER_MS;
            let target = if is_under_way { entry } else { around.previous.or(wrapped).unwrap_or(entry) };
            after.begin(Some(target), 0, now);
        }
    }
    Ok(after)
}

fn current(player: &Player) -> Result<Entry, Refusal> {
    player.current.ok_or_else(|| Refusal::new(RefusalCode::Conflict, "The queue is empty."))
}

fn play(after: &mut Player, around: &Around, now: DateTime<Utc>) -> Result<(), Refusal> {
    if after.state == PlayState::Playing {
        return Ok(());
    }
    if after.current.is_none() {
        after.begin(around.first, 0, now);
    }
    current(after)?;
    after.settle(now);
    after.anchor_at = now;
    after.state = PlayState::Playing;
    Ok(())
}

fn seek(after: &mut Player, position: i64, now: DateTime<Utc>) -> Result<(), Refusal> {
    let end = current(after)?.duration_ms.unwrap_or(i64::MAX);
    if !(0..=end).contains(&position) {
        let message = format!("The position must be 0 to {end} ms.");
        return Err(Refusal::new(RefusalCode::InvalidInput, message).at(&["positionMs"]));
    }
    if after.state == PlayState::Playing || position != after.anchor_position_ms {
        after.settle(now);
        after.anchor_position_ms = position;
        after.anchor_at = now;
    }
    Ok(())
}

/// Begins `next`; without one the queue has ended and waits at its beginning.
fn go_on(after: &mut Player, next: Option<Entry>, around: &Around, now: DateTime<Utc>) {
    if next.is_none() {
        after.state = PlayState::Stopped;
    }
    after.begin(next.or(around.first), 0, now);
}

/// Goes on behind the current entry, which ended at `at` or was taken out of the queue.
pub fn advance(player: &Player, around: &Around, at: DateTime<Utc>) -> Player {
    let mut after = player.clone();
    let next = match player.repeat {
        RepeatMode::One => player.current,
        RepeatMode::All => around.next.or(around.first),
        RepeatMode::Off => around.next,
    };
    go_on(&mut after, next, around, at);
    after
}

/// What has happened by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Enough was heard for the play to count.
    Counted(Play),
    /// The current entry ended then; [`advance`] says what follows.
    Ended(DateTime<Utc>),
    /// The target of a transfer did not answer.
    TransferGivenUp,
}

/// The next thing that happened by itself until `now`, done to the player except for what follows an end.
pub fn catch_up(player: &mut Player, now: DateTime<Utc>) -> Option<Happening> {
    if player.transfer.is_some_and(|transfer| transfer.until <= now) {
        player.transfer = None;
        return Some(Happening::TransferGivenUp);
    }
    let ends_at = player.ends_at();
    if let Some(at) = player.counts_at().filter(|at| *at <= now && ends_at.is_none_or(|end| *at <= end)) {
        let (current, tally) = (player.current?, player.tally.as_mut()?);
        tally.counted = true;
        let played_ms = tally.listened_ms + (at - player.anchor_at).num_milliseconds();
        let (id, started_at) = (tally.id.to_string(), tally.started_at);
        let play = Play { id, track: current.track, started_at, played_ms, context: current.context };
        return Some(Happening::Counted(play));
    }
    let at = ends_at.filter(|at| *at <= now)?;
    player.settle(at);
    Some(Happening::Ended(at))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use polyphony_events::{PlayerId, QueueItemId, TrackId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn entry(duration_ms: i64) -> Entry {
        Entry { item: QueueItemId::new(), track: TrackId::new(), duration_ms: Some(duration_ms), context: None }
    }

    fn fresh() -> Player {
        Player::new(PlayerId(Uuid::nil()), None, START)
    }

    fn at(ms: i64) -> DateTime<Utc> {
        START + TimeDelta::milliseconds(ms)
    }

    /// A queue in memory with its neighbours.
    fn around(queue: &[Entry], player: &Player) -> Around {
        let place = player.current.and_then(|current| queue.iter().position(|entry| *entry == current));
        Around {
            first: queue.first().copied(),
            previous: place.and_then(|place| queue.get(place.checked_sub(1)?).copied()),
            next: place.and_then(|place| queue.get(place + 1).copied()),
            last: queue.last().copied(),
        }
    }

    fn run_to(player: &mut Player, queue: &[Entry], now: DateTime<Utc>) -> Vec<Play> {
        let mut plays = Vec::new();
        for _ in 0..10_000 {
            match catch_up(player, now) {
                None => break,
                Some(Happening::Counted(play)) => plays.push(play),
                Some(Happening::Ended(at)) => *player = advance(player, &around(queue, player), at),
                Some(Happening::TransferGivenUp) => {}
            }
        }
        plays
    }

    #[test]
    fn tracks_follow_each_other_without_a_gap_however_late_we_look() {
        let queue = [entry(10_000), entry(20_000), entry(30_000)];
        let mut player = apply(&fresh(), Intent::SkipTo(queue[0]), &Around::default(), START).unwrap();
        let plays = run_to(&mut player, &queue, at(35_000));
        assert_eq!((player.current, player.position_at(at(35_000))), (Some(queue[2]), 5_000));
        assert_eq!(
            plays.iter().map(|play| play.track).collect::<Vec<_>>(),
            queue[..2].iter().map(|e| e.track).collect::<Vec<_>>()
        );
        run_to(&mut player, &queue, at(70_000));
        assert_eq!((player.state, player.current), (PlayState::Stopped, Some(queue[0])));
    }

    #[test]
    fn what_repeats_counts_as_a_play_each_time() {
        let queue = [entry(10_000)];
        let mut player = apply(&fresh(), Intent::SkipTo(queue[0]), &Around::default(), START).unwrap();
        player.repeat = RepeatMode::One;
        let plays = run_to(&mut player, &queue, at(34_000));
        assert_eq!(plays.len(), 3);
        let ids: std::collections::HashSet<_> = plays.iter().map(|play| play.id.clone()).collect();
        assert_eq!(ids.len(), 3);
        assert!(plays.iter().all(|play| play.played_ms == 5_000));
    }

    #[test]
    fn what_was_skipped_over_was_not_heard() {
        let queue = [entry(100_000)];
        let mut player = apply(&fresh(), Intent::SkipTo(queue[0]), &Around::default(), START).unwrap();
        player = apply(&player, Intent::Seek(95_000), &around(&queue, &player), at(1_000)).unwrap();
        assert!(run_to(&mut player, &queue, at(10_000)).is_empty());
    }

    #[test]
    fn nothing_can_be_skipped_or_played_in_an_empty_queue() {
        for intent in [Intent::Play, Intent::SkipNext, Intent::SkipPrevious, Intent::Seek(0)] {
            let refused = apply(&fresh(), intent, &Around::default(), START);
            assert_eq!(refused.map_err(|refusal| refusal.code), Err(RefusalCode::Conflict), "{intent:?}");
        }
    }

    fn intents(length: usize) -> impl Strategy<Value = (usize, usize, i64, i64)> {
        (0..8_usize, 0..length, -1_000..70_000_i64, 0..40_000_i64)
    }

    proptest! {
        #[test]
        fn whatever_is_done_the_position_is_in_the_track_and_nobody_hears_more_than_time_has_passed(
            steps in prop::collection::vec(intents(4), 1..60),
        ) {
            let queue: Vec<_> = (1..5).map(|n| entry(n * 15_000)).collect();
            let (mut player, mut now) = (fresh(), START);
            let mut heard = 0;
            for (kind, index, position, wait) in steps {
                now += TimeDelta::milliseconds(wait);
                heard += run_to(&mut player, &queue, now).iter().map(|play| play.played_ms).sum::<i64>();
                let intent = match kind {
                    0 => Intent::Play,
                    1 => Intent::Pause,
                    2 => Intent::Seek(position),
                    3 => Intent::SkipTo(queue[index]),
                    4 => Intent::SkipNext,
                    5 => Intent::SkipPrevious,
                    _ => {
                        player.repeat = [RepeatMode::Off, RepeatMode::One, RepeatMode::All][index % 3];
                        continue;
                    }
                };
                let before = player.clone();
                match apply(&player, intent, &around(&queue, &player), now) {
                    Ok(after) => player = after,
                    Err(refusal) => prop_assert!(
                        refusal.code == RefusalCode::InvalidInput || before.current.is_none(), "{:?}", refusal
                    ),
                }
                let duration = player.current.and_then(|current| current.duration_ms).unwrap_or(0);
                prop_assert!((0..=duration).contains(&player.position_at(now)));
                prop_assert!(player.due_at().is_none_or(|due| due >= before.anchor_at));
                if matches!(intent, Intent::Pause | Intent::Play) && before.state == PlayState::Playing {
                    prop_assert_eq!(player.position_at(now), before.position_at(now));
                }
            }
            prop_assert!(heard <= (now - START).num_milliseconds());
        }
    }
}
