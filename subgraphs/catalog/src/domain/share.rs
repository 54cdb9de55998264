//! Share links: what they lead to, and how long.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{AlbumId, ShareId, TrackId, UserId};

use super::Refusal;

/// How long a link leads somewhere when nobody says otherwise.
const USUAL: TimeDelta = TimeDelta::days(30);
/// How long at most: a year, also one with a leap day.
const LONGEST: TimeDelta = TimeDelta::days(366);
/// How many tracks one link leads to at most.
pub const MAX_TRACKS: usize = 200;
/// How many links that have not expired one person has at most.
pub const MAX_SHARES: i64 = 500;

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// An album.
    Album(AlbumId),
    /// Tracks, in order, each once; at least one.
    Tracks(Vec<TrackId>),
}

impl Shared {
    /// Reads what a person gave: an album or tracks, and not both.
    pub fn of(album: Option<AlbumId>, tracks: Option<Vec<TrackId>>) -> Result<Self, Refusal> {
        match (album, tracks) {
            (Some(album), None) => Ok(Self::Album(album)),
            (None, Some(tracks)) => Self::tracks(tracks),
            _ => Err(Refusal::Invalid("albumId", "give either albumId or trackIds".to_owned())),
        }
    }

    fn tracks(given: Vec<TrackId>) -> Result<Self, Refusal> {
        if !(1..=MAX_TRACKS).contains(&given.len()) {
            return Err(Refusal::Invalid("trackIds", format!("a link leads to 1 to {MAX_TRACKS} tracks")));
        }
        let mut tracks = Vec::with_capacity(given.len());
        for track in given {
            if !tracks.contains(&track) {
                tracks.push(track);
            }
        }
        Ok(Self::Tracks(tracks))
    }
}

/// A share link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which.
    pub id: ShareId,
    /// Whose.
    pub user_id: UserId,
    /// Its secret: who has it sees what it leads to, as far as they may.
    pub token: String,
    /// What it leads to.
    pub shared: Shared,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it leads nowhere.
    pub expires_at: DateTime<Utc>,
}

/// When a link that is made `now` expires: as its person wants, within a year, or else after 30 days.
pub fn expiry(wanted: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    let wanted = wanted.unwrap_or(now + USUAL);
    if wanted <= now {
        return Err(Refusal::Invalid("expiresAt", "expiresAt must be later than now".to_owned()));
    }
    if wanted > now + LONGEST {
        return Err(Refusal::Invalid("expiresAt", "expiresAt must be within a year".to_owned()));
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_an_album_or_to_tracks_each_once() {
        let (album, one, two) = (AlbumId::new(), TrackId::new(), TrackId::new());
        assert_eq!(Shared::of(Some(album), None), Ok(Shared::Album(album)));
        assert_eq!(Shared::of(None, Some(vec![two, one, two])), Ok(Shared::Tracks(vec![two, one])));
        let too_many = (0..=MAX_TRACKS).map(|_| TrackId::new()).collect();
        for (album, tracks) in
            [(None, None), (Some(album), Some(vec![one])), (None, Some(vec![])), (None, Some(too_many))]
        {
            assert!(Shared::of(album, tracks).is_err());
        }
    }

    #[test]
    fn a_link_expires_within_a_year() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(expiry(None, now), Ok(now + TimeDelta::days(30)));
        assert_eq!(expiry(Some(now + TimeDelta::days(366)), now), Ok(now + TimeDelta::days(366)));
        for wrong in [now, now - TimeDelta::seconds(1), now + TimeDelta::days(367)] {
            assert!(expiry(Some(wrong), now).is_err());
        }
    }
}
