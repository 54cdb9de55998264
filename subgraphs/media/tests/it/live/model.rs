//! Playback as a simple model: the commands, what each makes of a state, and whether what was acknowledged explains what is.

use proptest::prelude::*;

/// Devices of one viewer.
pub(super) const DEVICES: usize = 5;

/// A command; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub(super) enum Command {
    Play,
    Pause,
    Seek(i64),
    SkipTo(usize),
    SkipNext,
    SkipPrevious,
    Enqueue { next: bool, twice: bool },
    Move(usize, Option<usize>),
    Remove(usize),
    Repeat(usize),
    SetQueue(usize),
}

/// What happens next.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Commands of several devices at the same moment.
    Commands(Vec<Command>),
    /// A device loses its connection and comes back through the other process.
    Reconnect(usize),
    /// A process dies while commands are under way.
    Kill(usize, Vec<Command>),
    Wait(i64),
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Play),
        Just(Command::Pause),
        (0..1_000_000_i64).prop_map(Command::Seek),
        (0..50_usize).prop_map(Command::SkipTo),
        Just(Command::SkipNext),
        Just(Command::SkipPrevious),
        (any::<bool>(), any::<bool>()).prop_map(|(next, twice)| Command::Enqueue { next, twice }),
        (0..50_usize, prop::option::of(0..50_usize)).prop_map(|(item, after)| Command::Move(item, after)),
        (0..50_usize).prop_map(Command::Remove),
        (0..3_usize).prop_map(Command::Repeat),
        (0..4_usize).prop_map(Command::SetQueue),
    ]
}

/// Anything that may happen.
pub(super) fn step() -> impl Strategy<Value = Step> {
    let commands = || prop::collection::vec(command(), 1..=4);
    prop_oneof![
        10 => commands().prop_map(Step::Commands),
        2 => (0..DEVICES).prop_map(Step::Reconnect),
        1 => (0..2_usize, commands()).prop_map(|(node, commands)| Step::Kill(node, commands)),
        2 => (0..20_000_i64).prop_map(Step::Wait),
    ]
}

/// What we believe. Entries are told apart by their tracks, each of which is used once.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Model {
    pub(super) queue: Vec<String>,
    pub(super) current: Option<String>,
    pub(super) state: &'static str,
    pub(super) repeat: &'static str,
    pub(super) position: i64,
    /// When the position was that.
    pub(super) at: i64,
}

/// A command with what it was given.
#[derive(Clone, Debug)]
pub(super) enum Given {
    Plain(Command),
    SkipTo(String),
    Enqueue { track: String, next: bool },
    Move(String, Option<String>),
    Remove(String),
    SetQueue(Vec<String>),
}

/// The names of the ways to repeat.
pub(super) const REPEATS: [&str; 3] = ["OFF", "ONE", "ALL"];

impl Model {
    fn position(&self, now: i64) -> i64 {
        self.position + if self.state == "PLAYING" { now - self.at } else { 0 }
    }

    fn begin(&mut self, track: Option<String>, now: i64) {
        (self.current, self.position, self.at) = (track, 0, now);
        if self.current.is_none() {
            // Nothing stands at no time.
            (self.state, self.at) = ("STOPPED", 0);
        }
    }

    fn place(&self) -> Option<usize> {
        self.queue.iter().position(|track| Some(track) == self.current.as_ref())
    }

    fn beside(&self, step: isize) -> Option<String> {
        self.queue.get(self.place()?.checked_add_signed(step)?).cloned()
    }

    /// Goes on with `next`, or stops at the beginning.
    fn go_on(&mut self, next: Option<String>, now: i64) {
        if next.is_none() {
            self.state = "STOPPED";
        }
        let target = next.or_else(|| self.queue.first().cloned());
        self.begin(target, now);
    }

    /// Does a command; a refused one changes nothing.
    fn apply(&mut self, given: &Given, now: i64) {
        match given {
            Given::Plain(Command::Pause) if self.state == "PLAYING" => {
                (self.position, self.at, self.state) = (self.position(now), now, "PAUSED");
            }
            Given::Plain(Command::Play) if self.state != "PLAYING" && self.current.is_some() => {
                (self.at, self.state) = (now, "PLAYING");
            }
            Given::Plain(Command::Seek(position))
                if self.current.is_some() && (self.state == "PLAYING" || *position != self.position) =>
            {
                (self.position, self.at) = (*position, now);
            }
            Given::Plain(Command::SkipNext) if self.current.is_some() => {
                let first = self.queue.first().cloned().filter(|_| self.repeat == "ALL");
                self.go_on(self.beside(1).or(first), now);
            }
            Given::Plain(Command::SkipPrevious) if self.current.is_some() => {
                let last = self.queue.last().cloned().filter(|_| self.repeat == "ALL");
                let restart = self.position(now) > 3000;
                let before = if restart { None } else { self.beside(-1).or(last) };
                let target = before.or_else(|| self.current.clone());
                self.begin(target, now);
            }
            Given::Plain(Command::Repeat(mode)) => self.repeat = REPEATS[*mode],
            Given::SkipTo(track) if self.queue.contains(track) => {
                self.begin(Some(track.clone()), now);
                self.state = "PLAYING";
            }
            Given::Enqueue { track, next } => {
                let place = self.place().filter(|_| *next).map_or(self.queue.len(), |place| place + 1);
                self.queue.insert(place, track.clone());
                if self.current.is_none() {
                    self.begin(Some(track.clone()), now);
                }
            }
            Given::Move(track, after)
                if self.queue.contains(track)
                    && after.as_ref() != Some(track)
                    && after.as_ref().is_none_or(|after| self.queue.contains(after)) =>
            {
                self.queue.retain(|other| other != track);
                let behind = after.as_ref().and_then(|after| self.queue.iter().position(|other| other == after));
                self.queue.insert(behind.map_or(0, |place| place + 1), track.clone());
            }
            Given::Remove(track) if self.queue.contains(track) => {
                let next = self.beside(1);
                let is_current = self.current.as_ref() == Some(track);
                self.queue.retain(|other| other != track);
                if is_current {
                    let first = self.queue.first().cloned().filter(|_| self.repeat == "ALL");
                    self.go_on(next.or(first), now);
                }
            }
            Given::SetQueue(tracks) => {
                self.queue.clone_from(tracks);
                self.state = "PLAYING";
                self.begin(tracks.first().cloned(), now);
            }
            _ => {}
        }
    }
}

/// Whether `acknowledged` (by version) and any of `uncertain` make `to` out of `from`, using up every version between.
pub(super) fn explains(
    from: (i64, &Model),
    to: (i64, &Model),
    acknowledged: &[(i64, Given)],
    uncertain: &[Given],
    now: i64,
) -> bool {
    let (version, model) = from;
    // What was acknowledged with this version and did not make it has changed nothing.
    let (past, acknowledged): (Vec<_>, Vec<_>) = acknowledged.iter().cloned().partition(|(at, _)| *at <= version);
    if past.iter().any(|(_, given)| changes(model, given, now)) {
        return false;
    }
    if version == to.0 {
        return model == to.1 && acknowledged.is_empty();
    }
    let goes_on = |given: &Given, acknowledged: &[(i64, Given)], uncertain: &[Given]| {
        let mut after = model.clone();
        after.apply(given, now);
        explains((version + 1, &after), to, acknowledged, uncertain, now)
    };
    let due: Vec<_> = (0..acknowledged.len()).filter(|place| acknowledged[*place].0 == version + 1).collect();
    let by_acknowledged = due.iter().any(|place| {
        let mut left = acknowledged.clone();
        let (_, given) = left.remove(*place);
        goes_on(&given, &left, uncertain)
    });
    by_acknowledged
        || (0..uncertain.len()).any(|place| {
            let mut left = uncertain.to_vec();
            let given = left.remove(place);
            goes_on(&given, &acknowledged, &left)
        })
}

/// Whether two commands are one that was sent twice.
pub(super) fn is_same_enqueue(one: &Given, other: &Given) -> bool {
    matches!((one, other), (Given::Enqueue { track, .. }, Given::Enqueue { track: other, .. }) if track == other)
}

fn changes(model: &Model, given: &Given, now: i64) -> bool {
    let mut after = model.clone();
    after.apply(given, now);
    let shown = |model: &Model| Model { position: model.position(now), at: now, ..model.clone() };
    shown(&after) != shown(model)
}
