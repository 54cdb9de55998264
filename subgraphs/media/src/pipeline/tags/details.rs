//! What tags say beside what a track is matched by: who wrote and conducted it, of which work it is, who released it, and so on.

use super::{
    number::{numbered, total_of},
    raw::{partial_date, text, values},
};

/// Beats per minute and gains beyond these are mistakes.
const MAX_BPM: f64 = 1_000.0;
const MAX_GAIN_DB: f64 = 100.0;
const MAX_PEAK: f64 = 100.0;
const MAX_COMMENT_CHARS: usize = 2_000;

/// What tags say beside what a track is matched by. Everything may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// When the music was first released, `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub original_date: Option<String>,
    /// Who wrote it.
    pub composers: Vec<String>,
    /// Who conducted it.
    pub conductors: Vec<String>,
    /// The work that it is of.
    pub work: Option<String>,
    /// The movement of the work.
    pub movement: Option<String>,
    /// Which movement, from 1.
    pub movement_number: Option<u32>,
    /// How many movements the work has.
    pub movement_total: Option<u32>,
    /// Who released it.
    pub labels: Vec<String>,
    /// What they numbered it.
    pub catalog_numbers: Vec<String>,
    /// The bar code of the release.
    pub barcode: Option<String>,
    /// Beats per minute.
    pub bpm: Option<f64>,
    /// Moods.
    pub moods: Vec<String>,
    /// What somebody wrote about it, lines included.
    pub comment: Option<String>,
    /// What its disc is called.
    pub disc_subtitle: Option<String>,
    /// How much louder it should play, by its tagger.
    pub replay_gain: ReplayGain,
}

/// Figures of `ReplayGain`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReplayGain {
    /// Of the track, dB.
    pub track_gain_db: Option<f64>,
    /// The largest sample of the track, 1 is full scale.
    pub track_peak: Option<f64>,
    /// Of the album, dB.
    pub album_gain_db: Option<f64>,
    /// The largest sample of the album.
    pub album_peak: Option<f64>,
}

/// The same as it was found, in foreign text.
#[derive(Default)]
pub(in crate::pipeline) struct RawDetails {
    pub(in crate::pipeline) original_date: Option<String>,
    pub(in crate::pipeline) composers: Vec<String>,
    pub(in crate::pipeline) conductors: Vec<String>,
    pub(in crate::pipeline) work: Option<String>,
    pub(in crate::pipeline) movement: Option<String>,
    pub(in crate::pipeline) movement_number: Option<String>,
    pub(in crate::pipeline) movement_total: Option<String>,
    pub(in crate::pipeline) labels: Vec<String>,
    pub(in crate::pipeline) catalog_numbers: Vec<String>,
    pub(in crate::pipeline) barcode: Option<String>,
    pub(in crate::pipeline) bpm: Option<String>,
    pub(in crate::pipeline) moods: Vec<String>,
    pub(in crate::pipeline) comment: Option<String>,
    pub(in crate::pipeline) disc_subtitle: Option<String>,
    /// Track gain, track peak, album gain, album peak.
    pub(in crate::pipeline) replay_gain: [Option<String>; 4],
}

impl RawDetails {
    pub(super) fn clean(self) -> Details {
        let movement = self.movement_number.as_deref().map(numbered).unwrap_or_default();
        let [track_gain, track_peak, album_gain, album_peak] = self.replay_gain;
        let gain = |text: Option<String>| text.and_then(|text| decimal(&text, -MAX_GAIN_DB..=MAX_GAIN_DB));
        let peak = |text: Option<String>| text.and_then(|text| decimal(&text, 0.0..=MAX_PEAK));
        Details {
            original_date: self.original_date.and_then(|date| partial_date(&date)),
            composers: values(self.composers),
            conductors: values(self.conductors),
            work: self.work.and_then(text),
            movement: self.movement.and_then(text),
            movement_number: movement.number.filter(|number| *number > 0),
            movement_total: self.movement_total.as_deref().and_then(total_of).or(movement.total),
            labels: values(self.labels),
            catalog_numbers: values(self.catalog_numbers),
            barcode: self.barcode.and_then(text),
            bpm: self.bpm.and_then(|bpm| decimal(&bpm, 0.0..=MAX_BPM)).filter(|bpm| *bpm > 0.0),
            moods: values(self.moods),
            comment: self.comment.and_then(comment),
            disc_subtitle: self.disc_subtitle.and_then(text),
            replay_gain: ReplayGain {
                track_gain_db: gain(track_gain),
                track_peak: peak(track_peak),
                album_gain_db: gain(album_gain),
                album_peak: peak(album_peak),
            },
        }
    }
}

impl Details {
    /// Takes from `other` what is missing here.
    pub(super) fn fill(&mut self, other: Self) {
        fn lists(ours: &mut Vec<String>, theirs: Vec<String>) {
            if ours.is_empty() {
                *ours = theirs;
            }
        }
        self.original_date = self.original_date.take().or(other.original_date);
        self.work = self.work.take().or(other.work);
        self.movement = self.movement.take().or(other.movement);
        self.movement_number = self.movement_number.or(other.movement_number);
        self.movement_total = self.movement_total.or(other.movement_total);
        self.barcode = self.barcode.take().or(other.barcode);
        self.bpm = self.bpm.or(other.bpm);
        self.comment = self.comment.take().or(other.comment);
        self.disc_subtitle = self.disc_subtitle.take().or(other.disc_subtitle);
        lists(&mut self.composers, other.composers);
        lists(&mut self.conductors, other.conductors);
        lists(&mut self.labels, other.labels);
        lists(&mut self.catalog_numbers, other.catalog_numbers);
        lists(&mut self.moods, other.moods);
        let (ours, theirs) = (&mut self.replay_gain, other.replay_gain);
        ours.track_gain_db = ours.track_gain_db.or(theirs.track_gain_db);
        ours.track_peak = ours.track_peak.or(theirs.track_peak);
        ours.album_gain_db = ours.album_gain_db.or(theirs.album_gain_db);
        ours.album_peak = ours.album_peak.or(theirs.album_peak);
    }
}

/// A number, whatever unit stands behind it: `-6.48 dB`, `+1,5 dB`.
fn decimal(text: &str, within: std::ops::RangeInclusive<f64>) -> Option<f64> {
    let number = text.trim().trim_end_matches(|c: char| c.is_alphabetic() || c.is_whitespace()).replace(',', ".");
    number.parse::<f64>().ok().filter(|number| within.contains(number))
}

/// Lines without control characters.
fn comment(raw: String) -> Option<String> {
    let lines = raw.replace("\r\n", "\n").replace('\r', "\n");
    let clean: String = lines.chars().filter(|&c| c == '\n' || !c.is_control()).take(MAX_COMMENT_CHARS).collect();
    Some(clean.trim().to_owned()).filter(|clean| !clean.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whatever_stands_behind_them() {
        let gain = |text| decimal(text, -MAX_GAIN_DB..=MAX_GAIN_DB);
        assert_eq!(gain("-6.48 dB"), Some(-6.48));
        assert_eq!(gain("+1,5dB"), Some(1.5));
        assert_eq!((gain("loud"), gain("NaN"), gain("999"), gain("")), (None, None, None, None));
    }

    #[test]
    fn a_movement_may_say_how_many_there_are() {
        let raw = RawDetails { movement_number: Some("2/4".into()), bpm: Some("0".into()), ..RawDetails::default() };
        let details = raw.clean();
        assert_eq!((details.movement_number, details.movement_total, details.bpm), (Some(2), Some(4), None));
    }

    #[test]
    fn a_comment_keeps_its_lines() {
        assert_eq!(comment("a\r\nb\u{7}\n".into()).as_deref(), Some("a\nb"));
        assert_eq!(comment(" \r ".into()), None);
    }
}
