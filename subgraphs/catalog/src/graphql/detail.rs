//! What files say beside what tracks are matched by.

use async_graphql::SimpleObject;
use polyphony_events::media::Details;

/// How much louder a file says that it should play.
#[derive(SimpleObject)]
pub(super) struct ReplayGain {
    /// Of the track by itself, dB.
    track_gain_db: Option<f64>,
    /// The largest sample of the track; 1 is full scale.
    track_peak: Option<f64>,
    /// Of its album, dB.
    album_gain_db: Option<f64>,
    /// The largest sample of the album.
    album_peak: Option<f64>,
}

impl ReplayGain {
    pub(super) fn of(details: &Details) -> Option<Self> {
        let gain = Self {
            track_gain_db: details.track_gain_db,
            track_peak: details.track_peak,
            album_gain_db: details.album_gain_db,
            album_peak: details.album_peak,
        };
        gain.track_gain_db.or(gain.album_gain_db).map(|_| gain)
    }
}

/// Several names as one text.
pub(super) fn joined(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(", "))
}
