//! What files say beside what tracks are matched by: composers, work, label and so on. It is kept with each source and shown of what
//! plays, completed by the other sources of the track.

use polyphony_events::media::Details;

/// What is said here, completed by what another file says.
#[must_use]
pub fn completed(ours: Details, theirs: Details) -> Details {
    let list = |ours: Vec<String>, theirs| if ours.is_empty() { theirs } else { ours };
    Details {
        original_released_on: ours.original_released_on.or(theirs.original_released_on),
        composers: list(ours.composers, theirs.composers),
        conductors: list(ours.conductors, theirs.conductors),
        work: ours.work.or(theirs.work),
        movement: ours.movement.or(theirs.movement),
        movement_number: ours.movement_number.or(theirs.movement_number),
        movement_total: ours.movement_total.or(theirs.movement_total),
        labels: list(ours.labels, theirs.labels),
        catalog_numbers: list(ours.catalog_numbers, theirs.catalog_numbers),
        barcode: ours.barcode.or(theirs.barcode),
        bpm: ours.bpm.or(theirs.bpm),
        moods: list(ours.moods, theirs.moods),
        comment: ours.comment.or(theirs.comment),
        disc_subtitle: ours.disc_subtitle.or(theirs.disc_subtitle),
        // Gains are of the very file: those of another one say nothing.
        ..ours
    }
}

/// What several files say, the most telling first.
pub fn merged(all: impl IntoIterator<Item = Details>) -> Details {
    all.into_iter().reduce(completed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_plays_says_first_and_others_complete_it() {
        let first = Details { work: Some("W".into()), track_gain_db: None, ..Details::default() };
        let other = Details {
            work: Some("V".into()),
            composers: vec!["C".into()],
            track_gain_db: Some(-3.0),
            ..Details::default()
        };
        let merged = merged([first, other]);
        assert_eq!((merged.work.as_deref(), merged.composers.len()), (Some("W"), 1));
        assert_eq!(merged.track_gain_db, None, "the gain of another file");
    }
}
