//! Playback as a simple model: the commands that devices send, what each makes of a state, and whether what was acknowledged
//! explains what is. It knows nothing of how commands travel.

use proptest::prelude::*;

/// Devices of one viewer.
pub const DEVICES: usize = 5;
/// The names of the ways to repeat.
pub const REPEATS: [&str; 3] = ["OFF", "ONE", "ALL"];

/// A command, as the mutation of its name; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Command {
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

/// Any command; positions are below `positions`.
pub fn command(positions: i64) -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Play),
        Just(Command::Pause),
        (0..positions).prop_map(Command::Seek),
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

/// A command with what it was given. Entries of a queue are told apart by names, each of which is used once.
#[derive(Clone, Debug)]
pub enum Given {
    Plain(Command),
    SkipTo(String),
    Enqueue { entry: String, next: bool },
    Move(String, Option<String>),
    Remove(String),
    SetQueue(Vec<String>),
}

/// How entries are named to the service.
pub trait Entries {
    /// The id of an entry that is in the queue.
    fn item(&self, entry: &str) -> String;
    /// The track that an entry plays.
    fn track(&self, entry: &str) -> String;
}

impl Given {
    /// The call that makes it, from this device.
    pub fn call(&self, device: &str, entries: &impl Entries) -> String {
        let item = |entry: &str| entries.item(entry);
        match self {
            Self::Plain(Command::Seek(position)) => format!("seek(positionMs: {position}, deviceId: \"{device}\")"),
            Self::Plain(Command::SkipNext) => format!("skipNext(deviceId: \"{device}\")"),
            Self::Plain(Command::SkipPrevious) => format!("skipPrevious(deviceId: \"{device}\")"),
            Self::Plain(Command::Repeat(mode)) => {
                format!("setPlaybackOptions(input: {{ repeat: {}, deviceId: \"{device}\" }})", REPEATS[*mode])
            }
            Self::Plain(Command::Pause) => format!("pause(deviceId: \"{device}\")"),
            Self::Plain(_) => format!("play(deviceId: \"{device}\")"),
            Self::SkipTo(entry) => format!("skipTo(itemId: \"{}\", deviceId: \"{device}\")", item(entry)),
            Self::Enqueue { entry, next } => {
                let (track, position) = (entries.track(entry), if *next { "NEXT" } else { "LAST" });
                format!("enqueue(trackIds: [\"{track}\"], position: {position}, idempotencyKey: \"{entry}\")")
            }
            Self::Move(entry, None) => format!("moveQueueItem(itemId: \"{}\")", item(entry)),
            Self::Move(entry, Some(after)) => {
                format!("moveQueueItem(itemId: \"{}\", afterItemId: \"{}\")", item(entry), item(after))
            }
            Self::Remove(entry) => format!("removeQueueItems(itemIds: [\"{}\"])", item(entry)),
            Self::SetQueue(queue) => {
                let tracks: Vec<_> = queue.iter().map(|entry| entries.track(entry)).collect();
                format!("setQueue(input: {{ trackIds: {tracks:?}, deviceId: \"{device}\" }})")
            }
        }
    }

    /// Whether two commands are one that was sent twice.
    fn is_again(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Enqueue { entry, .. }, Self::Enqueue { entry: other, .. }) if entry == other)
    }
}

/// What we believe.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Names of the entries.
    pub queue: Vec<String>,
    /// The entry that plays, or would.
    pub current: Option<String>,
    /// PLAYING, PAUSED or STOPPED.
    pub state: &'static str,
    /// One of [`REPEATS`].
    pub repeat: &'static str,
    /// The position in milliseconds.
    pub position: i64,
    /// When the position was that.
    pub at: i64,
}

impl Default for Model {
    fn default() -> Self {
        Self { queue: Vec::new(), current: None, state: "STOPPED", repeat: "OFF", position: 0, at: 0 }
    }
}

impl Model {
    /// Where it is now.
    pub fn position(&self, now: i64) -> i64 {
        self.position + if self.state == "PLAYING" { now - self.at } else { 0 }
    }

    /// What is sent for a command, with entries that are there and `fresh` names; no name left makes it a plain one.
    pub fn give(&self, command: &Command, mut fresh: impl FnMut(usize) -> Vec<String>) -> Given {
        let any = |place: usize| self.queue.get(place % self.queue.len().max(1)).cloned();
        match command {
            Command::SkipTo(place) => any(*place).map_or(Given::Plain(Command::Play), Given::SkipTo),
            Command::Move(item, after) => {
                let after = after.and_then(any);
                any(*item).map_or(Given::Plain(Command::Play), |item| Given::Move(item, after))
            }
            Command::Remove(place) => any(*place).map_or(Given::Plain(Command::Pause), Given::Remove),
            Command::Enqueue { next, .. } => {
                let enqueue = |entry| Given::Enqueue { entry, next: *next };
                fresh(1).pop().map_or(Given::Plain(Command::Play), enqueue)
            }
            Command::SetQueue(count) => Given::SetQueue(fresh(*count)),
            plain => Given::Plain(plain.clone()),
        }
    }

    /// Whether two states are the same, but for a little of a clock that goes on.
    pub fn is_like(&self, other: &Self, slack_ms: i64) -> bool {
        let is_near = |one: i64, other: i64| (one - other).abs() <= slack_ms;
        let timeless = |model: &Self| Self { position: 0, at: 0, ..model.clone() };
        is_near(self.position, other.position) && is_near(self.at, other.at) && timeless(self) == timeless(other)
    }

    fn begin(&mut self, entry: Option<String>, now: i64) {
        (self.current, self.position, self.at) = (entry, 0, now);
        if self.current.is_none() {
            // Nothing stands at no time.
            (self.state, self.at) = ("STOPPED", 0);
        }
    }

    fn place(&self) -> Option<usize> {
        self.queue.iter().position(|entry| Some(entry) == self.current.as_ref())
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
    pub fn apply(&mut self, given: &Given, now: i64) {
        match given {
            Given::Plain(command) => self.control(command, now),
            Given::SkipTo(entry) if self.queue.contains(entry) => {
                self.begin(Some(entry.clone()), now);
                self.state = "PLAYING";
            }
            Given::Enqueue { entry, next } => {
                let place = self.place().filter(|_| *next).map_or(self.queue.len(), |place| place + 1);
                self.queue.insert(place, entry.clone());
                if self.current.is_none() {
                    self.begin(Some(entry.clone()), now);
                }
            }
            Given::Move(entry, after)
                if self.queue.contains(entry)
                    && after.as_ref() != Some(entry)
                    && after.as_ref().is_none_or(|after| self.queue.contains(after)) =>
            {
                self.queue.retain(|other| other != entry);
                let behind = after.as_ref().and_then(|after| self.queue.iter().position(|other| other == after));
                self.queue.insert(behind.map_or(0, |place| place + 1), entry.clone());
            }
            Given::Remove(entry) if self.queue.contains(entry) => {
                let next = self.beside(1);
                let is_current = self.current.as_ref() == Some(entry);
                self.queue.retain(|other| other != entry);
                if is_current {
                    let first = self.queue.first().cloned().filter(|_| self.repeat == "ALL");
                    self.go_on(next.or(first), now);
                }
            }
            Given::SetQueue(queue) => {
                self.queue.clone_from(queue);
                self.state = "PLAYING";
                self.begin(queue.first().cloned(), now);
            }
            _ => {}
        }
    }

    fn control(&mut self, command: &Command, now: i64) {
        match command {
            Command::Pause if self.state == "PLAYING" => {
                (self.position, self.at, self.state) = (self.position(now), now, "PAUSED");
            }
            Command::Play if self.state != "PLAYING" && self.current.is_some() => {
                (self.at, self.state) = (now, "PLAYING");
            }
            Command::Seek(position)
                if self.current.is_some() && (self.state == "PLAYING" || *position != self.position) =>
            {
                (self.position, self.at) = (*position, now);
            }
            Command::SkipNext if self.current.is_some() => {
                let first = self.queue.first().cloned().filter(|_| self.repeat == "ALL");
                self.go_on(self.beside(1).or(first), now);
            }
            Command::SkipPrevious if self.current.is_some() => {
                let last = self.queue.last().cloned().filter(|_| self.repeat == "ALL");
                let restart = self.position(now) > 3000;
                let before = if restart { None } else { self.beside(-1).or(last) };
                let target = before.or_else(|| self.current.clone());
                self.begin(target, now);
            }
            Command::Repeat(mode) => self.repeat = REPEATS[*mode],
            _ => {}
        }
    }

    fn is_changed_by(&self, given: &Given, now: i64) -> bool {
        let mut after = self.clone();
        after.apply(given, now);
        let shown = |model: &Self| Self { position: model.position(now), at: now, ..model.clone() };
        shown(&after) != shown(self)
    }
}

/// How a command was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It was done; with this version.
    Done(i64),
    /// It was refused.
    Refused,
    /// It was cut off: done or not.
    CutOff,
}

/// What is known of commands that were sent at once.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Done, each with its version.
    pub done: Vec<(i64, Given)>,
    /// Done or not.
    pub uncertain: Vec<Given>,
}

impl Known {
    /// From the answers, in the order of sending.
    pub fn of(sent: &[(Given, Answered)]) -> Self {
        let mut known = Self::default();
        for (place, (given, answered)) in sent.iter().enumerate() {
            let is_copy = sent[..place].iter().any(|(first, _)| given.is_again(first));
            // Of two with the same key the first that was done counts; with one cut off we do not know which it was.
            let first = known.done.iter().position(|(_, first)| given.is_again(first));
            match (is_copy, first, *answered) {
                (true, Some(first), Answered::Done(version)) => {
                    known.done[first].0 = known.done[first].0.min(version);
                }
                (true, Some(first), Answered::CutOff) => {
                    let (_, given) = known.done.remove(first);
                    known.uncertain.push(given);
                }
                (false, _, Answered::Done(version)) => known.done.push((version, given.clone())),
                (false, _, Answered::CutOff) => known.uncertain.push(given.clone()),
                (true, None, _) | (_, _, Answered::Refused) => {}
            }
        }
        known
    }

    /// Whether what was done, and any of what is uncertain, make `to` out of `from`, using up every version between.
    pub fn explains(&self, from: (i64, &Model), to: (i64, &Model), clock: &Clock<'_>) -> bool {
        let (version, model) = from;
        // What was acknowledged with this version and did not make it has changed nothing.
        let (past, done): (Vec<_>, Vec<_>) = self.done.iter().cloned().partition(|(at, _)| *at <= version);
        if past.iter().any(|(_, given)| model.is_changed_by(given, (clock.made_at)(version))) {
            return false;
        }
        if version == to.0 {
            return model.is_like(to.1, clock.slack_ms) && done.is_empty();
        }
        let goes_on = |given: &Given, left: Self| {
            let mut after = model.clone();
            after.apply(given, (clock.made_at)(version + 1));
            left.explains((version + 1, &after), to, clock)
        };
        let due = (0..done.len()).filter(|place| done[*place].0 == version + 1);
        let by_done = due.into_iter().any(|place| {
            let mut left = Self { done: done.clone(), uncertain: self.uncertain.clone() };
            let (_, given) = left.done.remove(place);
            goes_on(&given, left)
        });
        by_done
            || (0..self.uncertain.len()).any(|place| {
                let mut left = Self { done: done.clone(), uncertain: self.uncertain.clone() };
                let given = left.uncertain.remove(place);
                goes_on(&given, left)
            })
    }
}

/// What is known of the time.
pub struct Clock<'a> {
    /// When a version was made.
    pub made_at: &'a dyn Fn(i64) -> i64,
    /// How far two readings may be apart, in milliseconds.
    pub slack_ms: i64,
}
