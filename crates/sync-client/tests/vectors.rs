//! The vectors that clients in other languages are held to: `vectors.json` holds what this crate answers. A test fails when the
//! file differs; `UPDATE_VECTORS=1` writes it anew.

use polyphony_sync_client::{Anchor, Correction, Probe, ServerClock, correct};
use serde_json::{Value, json};

/// Numbers that look random and are the same each time (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.next()
    }
}

/// Probes of one client, with what its clock says after each.
fn clock_case(name: &str, probes: &[Probe]) -> Value {
    let mut clock = ServerClock::new();
    let steps: Vec<Value> = probes
        .iter()
        .map(|&probe| {
            clock.add(probe);
            let at = probe.received + 10.0;
            let estimate = clock.estimate(at).map(|estimate| {
                json!({"offset": estimate.offset, "uncertainty": estimate.uncertainty, "drift": estimate.drift})
            });
            json!({
                "probe": {"sent": probe.sent, "server": probe.server, "received": probe.received},
                "at": at,
                "estimate": estimate,
                "nextProbeInMs": clock.next_probe_in_ms(),
            })
        })
        .collect();
    json!({"name": name, "steps": steps})
}

/// A client whose clock is off by `offset` and drifts, behind a network with jitter.
fn probes(random: &mut Random, count: usize, offset: f64, drift: f64, jitter: f64) -> Vec<Probe> {
    let (mut clock, mut now, mut probes) = (ServerClock::new(), 1_000.0, Vec::new());
    for _ in 0..count {
        let (there, back) = (random.between(1.0, jitter), random.between(1.0, jitter));
        let server = now + there + offset + drift * (now + there);
        let probe = Probe { sent: now, server, received: now + there + back };
        clock.add(probe);
        probes.push(probe);
        now = probe.received + clock.next_probe_in_ms();
    }
    probes
}

fn clock_cases() -> Vec<Value> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let plain = probes(&mut random, 30, 2_000.0, 0.0, 150.0);
    let drifting = probes(&mut random, 160, -2_000.0, 0.000_05, 80.0);
    let mut set = probes(&mut random, 20, 0.0, 0.0, 20.0);
    let mut behind = probes(&mut random, 10, 5_000.0, 0.0, 20.0);
    let last = set.last().map_or(0.0, |probe| probe.received);
    for probe in &mut behind {
        let moved = last + 100.0;
        *probe = Probe { sent: probe.sent + moved, server: probe.server + moved, received: probe.received + moved };
    }
    set.extend(behind);
    let impossible = [Probe { sent: 10.0, server: 0.0, received: 9.0 }];
    vec![
        clock_case("two seconds off, 150 ms of jitter", &plain),
        clock_case("drifts by 50 ppm", &drifting),
        clock_case("the clock is set", &set),
        clock_case("an answer that ended before it began", &impossible),
    ]
}

fn correction_cases() -> Vec<Value> {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let errors = [0.0, 3.9, -3.9, 4.0, -4.0, 4.1, 15.0, -15.0, 29.0, 31.0, -100.0, 199.9, 200.0, 200.1, -5_000.0];
    let fixed = errors.map(|error| (error, 1.0, true, Some(240_000.0), 12_345.0));
    let drawn: Vec<_> = (0..60)
        .map(|_| {
            let duration = (random.next() < 0.8).then(|| random.between(1_000.0, 300_000.0));
            let rate = if random.next() < 0.8 { 1.0 } else { random.between(0.9, 1.1) };
            (random.between(-300.0, 300.0), rate, random.next() < 0.85, duration, random.between(-500.0, 300_000.0))
        })
        .collect();
    fixed.into_iter().chain(drawn).map(|case| correction_case(&mut random, case)).collect()
}

fn correction_case(random: &mut Random, case: (f64, f64, bool, Option<f64>, f64)) -> Value {
    let (error, rate, is_playing, duration, elapsed) = case;
    let position = random.between(0.0, duration.unwrap_or(100_000.0)).floor();
    let anchor = Anchor { position, server_time: 1_800_000_000_000.0, rate, is_playing, duration };
    let server_time = anchor.server_time + elapsed;
    let target = anchor.position_at(server_time);
    let actual = target + error;
    let correction = match correct(&anchor, server_time, actual) {
        Correction::Play { rate } => json!({"kind": "play", "rate": rate}),
        Correction::Seek { position } => json!({"kind": "seek", "position": position}),
        Correction::Rest { position } => json!({"kind": "rest", "position": position}),
    };
    json!({
        "anchor": {
            "position": position, "serverTime": anchor.server_time, "rate": rate, "isPlaying": is_playing,
            "duration": duration,
        },
        "serverTime": server_time,
        "actual": actual,
        "position": target,
        "correction": correction,
    })
}

#[test]
fn the_vectors_are_what_this_crate_answers() {
    let vectors = json!({
        "about": "Written by crates/sync-client/tests/vectors.rs; UPDATE_VECTORS=1 writes it anew. All times are milliseconds.",
        "clock": clock_cases(),
        "correction": correction_cases(),
    });
    let text = serde_json::to_string(&vectors).expect("numbers can be written") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors.json");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(path, &text).expect("the folder of the crate can be written to");
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        known == text,
        "vectors.json is not what the crate answers: run with UPDATE_VECTORS=1, then test the other clients"
    );
}
