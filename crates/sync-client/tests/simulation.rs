//! Clients in virtual time, behind a network with 150 ms of jitter that resets 2 % of what it carries, with clocks that are
//! 2 seconds off and drift: how far apart is what they play?

use polyphony_sync_client::{Anchor, Correction, Probe, ServerClock, correct};

/// The simulation goes on in steps of this many milliseconds.
const STEP: f64 = 5.0;
/// How often a player looks whether it is where it should be.
const LOOK: f64 = 50.0;
const JITTER: f64 = 150.0;
const RESETS: f64 = 0.02;

/// Numbers that look random and are the same each time (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How long a message takes; none when the connection is reset instead.
    fn delay(&mut self) -> Option<f64> {
        (self.next() >= RESETS).then(|| 1.0 + self.next() * JITTER)
    }
}

/// Something that arrives at a client at a true time.
enum Message {
    Answer(Probe),
    Frame { version: u32, anchor: Anchor },
}

struct Client {
    /// The local clock shows true time × speed + offset.
    offset: f64,
    speed: f64,
    /// The sound card's clock against true time.
    audio_speed: f64,
    clock: ServerClock,
    mailbox: Vec<(f64, Message)>,
    next_probe: f64,
    next_look: f64,
    /// When a broken connection is back.
    connected_at: f64,
    /// How often it was broken.
    resets: usize,
    anchor: Option<(u32, Anchor)>,
    position: f64,
    rate: f64,
    is_stopped: bool,
}

impl Client {
    fn new(offset: f64, drift_ppm: f64, audio_ppm: f64, joined_at: f64) -> Self {
        Self {
            offset,
            speed: 1.0 + drift_ppm / 1e6,
            audio_speed: 1.0 + audio_ppm / 1e6,
            clock: ServerClock::new(),
            mailbox: Vec::new(),
            next_probe: joined_at,
            next_look: joined_at,
            connected_at: joined_at,
            resets: 0,
            anchor: None,
            position: 0.0,
            rate: 0.0,
            is_stopped: false,
        }
    }

    fn local(&self, now: f64) -> f64 {
        now * self.speed + self.offset
    }

    /// The connection breaks: what was under way is lost, and the newest frame comes with the next connection.
    fn reset(&mut self, now: f64, random: &mut Random, newest: &(u32, Anchor)) {
        self.resets += 1;
        self.mailbox.clear();
        let back = now + 200.0 + random.next() * JITTER;
        self.connected_at = back;
        self.mailbox.push((back + random.next() * JITTER, Message::Frame { version: newest.0, anchor: newest.1 }));
    }

    fn step(&mut self, now: f64, random: &mut Random, newest: &(u32, Anchor)) {
        if self.is_stopped {
            return;
        }
        self.position += STEP * self.rate * self.audio_speed;
        if now >= self.next_probe && now >= self.connected_at {
            self.next_probe = now + self.clock.next_probe_in_ms();
            match (random.delay(), random.delay()) {
                (Some(there), Some(back)) => {
                    let (sent, received) = (self.local(now), self.local(now + there + back));
                    let probe = Probe { sent, server: now + there, received };
                    self.mailbox.push((now + there + back, Message::Answer(probe)));
                }
                _ => self.reset(now, random, newest),
            }
        }
        let (due, later) = std::mem::take(&mut self.mailbox).into_iter().partition(|(at, _)| *at <= now);
        self.mailbox = later;
        for (_, message) in Vec::from_iter(due as Vec<(f64, Message)>) {
            match message {
                // It is read when the client looks, not when it arrived.
                Message::Answer(probe) => self.clock.add(Probe { received: self.local(now), ..probe }),
                Message::Frame { version, anchor } if self.anchor.is_none_or(|(seen, _)| version > seen) => {
                    self.anchor = Some((version, anchor));
                    self.next_look = now;
                }
                Message::Frame { .. } => {}
            }
        }
        if now >= self.next_look {
            self.next_look = now + LOOK;
            self.look(now);
        }
    }

    fn look(&mut self, now: f64) {
        let (Some((_, anchor)), Some(server)) = (self.anchor, self.clock.server_time(self.local(now))) else { return };
        match correct(&anchor, server, self.position) {
            Correction::Play { rate } => self.rate = rate,
            Correction::Seek { position } => (self.position, self.rate) = (position, 1.0),
            Correction::Rest { position } => (self.position, self.rate) = (position, 0.0),
        }
    }
}

struct World {
    now: f64,
    random: Random,
    newest: (u32, Anchor),
    clients: Vec<Client>,
}

impl World {
    fn new(seed: u64, clients: Vec<Client>) -> Self {
        let anchor = Anchor { position: 0.0, server_time: 0.0, rate: 1.0, is_playing: true, duration: None };
        let mut world = Self { now: 0.0, random: Random(seed), newest: (0, anchor), clients };
        for client in 0..world.clients.len() {
            world.join(client);
        }
        world
    }

    fn join(&mut self, client: usize) {
        let at = self.now + 2.0 * self.random.next() * JITTER;
        let (version, anchor) = self.newest;
        self.clients[client].mailbox.push((at, Message::Frame { version, anchor }));
    }

    fn step(&mut self) {
        self.now += STEP;
        let Self { now, random, newest, clients } = self;
        for client in clients {
            client.step(*now, random, newest);
        }
    }

    /// Somebody seeks.
    fn seek(&mut self, position: f64) {
        self.newest.0 += 1;
        self.newest.1 = Anchor { position, server_time: self.now, ..self.newest.1 };
        for client in 0..self.clients.len() {
            if self.clients[client].connected_at > self.now {
                // It is told when it is back.
                let at = self.clients[client].connected_at + self.random.next() * JITTER;
                let (version, anchor) = self.newest;
                self.clients[client].mailbox.push((at, Message::Frame { version, anchor }));
            } else if let Some(delay) = self.random.delay() {
                let (version, anchor) = self.newest;
                self.clients[client].mailbox.push((self.now + delay, Message::Frame { version, anchor }));
            } else {
                let (now, newest) = (self.now, self.newest);
                self.clients[client].reset(now, &mut self.random, &newest);
            }
        }
    }

    fn apart(&self, one: usize, other: usize) -> f64 {
        (self.clients[one].position - self.clients[other].position).abs()
    }

    fn error(&self, client: usize) -> f64 {
        (self.clients[client].position - self.newest.1.position_at(self.now)).abs()
    }
}

fn p95(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() * 95 / 100]
}

const SEEDS: [u64; 8] =
    [0x9e37_79b9, 0x7f4a_7c15, 0xbf58_476d, 0x1ce4_e5b9, 0x94d0_49bb, 0x1331_11eb, 0xd6e8_feb8, 0x6659_fd93];

#[test]
fn two_clients_are_within_50_ms_of_each_other_for_ten_minutes() {
    for seed in SEEDS {
        let clients = vec![Client::new(2000.0, 50.0, -30.0, 0.0), Client::new(-2000.0, -50.0, 40.0, 0.0)];
        let mut world = World::new(seed, clients);
        let (mut apart, mut next_seek) = (Vec::new(), 20_000.0);
        while world.now < 600_000.0 {
            world.step();
            if world.now >= next_seek {
                next_seek += 10_000.0 + world.random.next() * 30_000.0;
                let position = world.random.next() * 1e7;
                world.seek(position);
            }
            apart.push(world.apart(0, 1));
        }
        let p95 = p95(apart);
        let resets = world.clients.iter().map(|client| client.resets);
        println!("p95 {p95:.1} ms, seed {seed:x}");
        assert!(resets.min() > Some(0), "the network was a bad one");
        assert!(p95 < 50.0, "{p95} ms apart with seed {seed}");
    }
}

#[test]
fn a_late_joiner_is_in_sync_within_three_seconds() {
    for seed in SEEDS {
        let mut world = World::new(seed, vec![Client::new(2000.0, 50.0, 20.0, 0.0)]);
        while world.now < 60_000.0 {
            world.step();
        }
        world.clients.push(Client::new(-2000.0, -50.0, -20.0, world.now));
        world.join(1);
        while world.now < 63_000.0 {
            world.step();
        }
        let mut apart = Vec::new();
        while world.now < 73_000.0 {
            world.step();
            apart.push(world.apart(0, 1));
        }
        let p95 = p95(apart);
        assert!(p95 < 50.0, "{p95} ms apart with seed {seed}");
    }
}

#[test]
fn one_that_is_stopped_for_ten_seconds_disturbs_nobody_and_corrects_itself() {
    for seed in SEEDS {
        let clients = vec![
            Client::new(2000.0, 50.0, 20.0, 0.0),
            Client::new(-2000.0, -50.0, -20.0, 0.0),
            Client::new(500.0, 10.0, 30.0, 0.0),
        ];
        let mut world = World::new(seed, clients);
        let mut apart = Vec::new();
        while world.now < 60_000.0 {
            world.step();
            world.clients[2].is_stopped = (30_000.0..40_000.0).contains(&world.now);
            if world.now > 25_000.0 {
                apart.push(world.apart(0, 1));
            }
            if (39_900.0..40_000.0).contains(&world.now) {
                assert!(world.error(2) > 5_000.0, "it stood still");
            }
            if world.now > 43_000.0 {
                assert!(world.error(2) < 100.0, "{} ms off with seed {seed}", world.error(2));
            }
        }
        assert!(p95(apart) < 50.0);
    }
}

#[test]
fn what_repeats_itself_does_so_exactly() {
    let run = || {
        let mut world = World::new(SEEDS[0], vec![Client::new(1.0, 2.0, 3.0, 0.0)]);
        (0..2000).for_each(|_| world.step());
        world.clients.pop().unwrap().position
    };
    assert_eq!(run().to_bits(), run().to_bits());
}
