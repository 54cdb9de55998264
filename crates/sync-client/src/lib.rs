//! Playing in sync: the algorithm that clients of Polyphony follow, as a small reference.
//!
//! The server never sends "play now". It sends an anchor: the position of the music at a moment of the server's clock.
//! Each client finds out how its own clock stands to the server's, computes where the music is, and corrects what it
//! plays. Nobody waits for anybody: a client that was held up corrects itself, and the others never notice.
//!
//! 1. **Clock** ([`ServerClock`]). Ask `serverTime` several times: quickly at first, then now and then
//!    ([`ServerClock::next_probe_in_ms`]). An answer proves that the server's clock showed `s` at some moment between
//!    sending and receiving: a lower and an upper bound of the offset. The bounds of all probes together leave a narrow
//!    band, narrower than the best round trip, because the quickest way there and the quickest way back need not be of the
//!    same probe. Over minutes the band also shows how fast the clocks drift apart.
//! 2. **Position** ([`Anchor::position_at`]). `anchorPositionMs + (serverNow - anchorServerTime) * rate`.
//! 3. **Correction** ([`correct`]). Off by a little: play up to 2 % faster or slower, which nobody hears. Off by
//!    much: seek. Within a few milliseconds: leave it.
//!
//! All times are milliseconds. "Local" is any monotonic clock of the client; it may be off and drift.

mod clock;
mod correction;

pub use clock::{Estimate, Probe, ServerClock};
pub use correction::{Anchor, Correction, correct};
