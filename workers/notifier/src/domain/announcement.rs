//! An album that is news to those who follow its artists.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use polyphony_events::{AlbumId, ArtistId, UserId};
use uuid::Uuid;

/// How many followers are written to at once.
pub const AT_ONCE: i64 = 500;

/// How long an album is new: what is heard of later, when the notifier was away or has just been set up, is told to nobody.
pub const NEW_FOR: TimeDelta = TimeDelta::days(2);

/// How old a release is at most that is news: whoever brings an album of before to their server tells nobody of it.
pub const RELEASED_WITHIN: TimeDelta = TimeDelta::days(60);

/// Whether an album that is published now is news: it was released lately, or nobody says when and no file made it. Of a date
/// that is not exact the first day counts.
pub fn is_news(released_on: Option<&str>, is_imported: bool, now: DateTime<Utc>) -> bool {
    let Some(date) = released_on.and_then(first_day) else { return !is_imported };
    now.date_naive() - date <= RELEASED_WITHIN
}

fn first_day(date: &str) -> Option<NaiveDate> {
    let mut parts = date.split('-').map(str::parse::<u32>);
    let year = i32::try_from(parts.next()?.ok()?).ok()?;
    let mut next = || parts.next().unwrap_or(Ok(1)).ok();
    NaiveDate::from_ymd_opt(year, next()?, next()?)
}

/// A new album.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Which.
    pub album: AlbumId,
    /// Its title.
    pub title: String,
    /// Its first artist.
    pub artist: Option<ArtistId>,
    /// The names of its artists, in order.
    pub artists: Vec<String>,
    /// The day of its publication.
    pub day: NaiveDate,
}

impl Announcement {
    /// What the mail to this follower is known by: it is the same for all albums of one artist and day, so that they get one.
    pub fn mail_to(&self, follower: UserId) -> Uuid {
        let of_day =
            self.artist.map_or(self.album.0, |artist| Uuid::new_v5(&artist.0, self.day.to_string().as_bytes()));
        Uuid::new_v5(&of_day, follower.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_known_by_its_artist_day_and_follower() {
        let day = NaiveDate::default();
        let album = |artist| Announcement {
            album: AlbumId::new(),
            title: String::new(),
            artist: Some(artist),
            artists: Vec::new(),
            day,
        };
        let (one, other, ann, bob) = (ArtistId::new(), ArtistId::new(), UserId::new(), UserId::new());
        assert_eq!(album(one).mail_to(ann), album(one).mail_to(ann));
        assert_ne!(album(one).mail_to(ann), album(one).mail_to(bob));
        assert_ne!(album(one).mail_to(ann), album(other).mail_to(ann));
        assert_ne!(album(one).mail_to(ann), Announcement { day: day + TimeDelta::days(1), ..album(one) }.mail_to(ann));
    }

    #[test]
    fn releases_of_the_last_two_months_are_news() {
        let now = DateTime::parse_from_rfc3339("2026-11-30T12:00:00Z").expect("a date").to_utc();
        for (released_on, imported, expected) in [
            (Some("2026-11-27"), true, true),
            (Some("2026-11"), true, true),
            (Some("2026-12-24"), true, true),
            (Some("2026-09-01"), true, false),
            (Some("2026-09-01"), false, false),
            (Some("2026"), true, false),
            (Some("1999"), false, false),
            (Some("someday"), false, true),
            (None, true, false),
            (None, false, true),
        ] {
            assert_eq!(is_news(released_on, imported, now), expected, "{released_on:?} {imported}");
        }
    }
}
