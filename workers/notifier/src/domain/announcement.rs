//! An album that is news to those who follow its artists.

use chrono::TimeDelta;
use polyphony_events::{AlbumId, UserId};
use uuid::Uuid;

/// How many followers are written to at once.
pub const AT_ONCE: i64 = 500;

/// How long an album is new: what is heard of later, when the notifier was away or has just been set up, is told to nobody.
pub const NEW_FOR: TimeDelta = TimeDelta::days(2);

/// A new album.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Which.
    pub album: AlbumId,
    /// Its title.
    pub title: String,
    /// The names of its artists, in order.
    pub artists: Vec<String>,
}

impl Announcement {
    /// What the mail to this follower is known by: it is the same however often the album is told of, so that they get one.
    pub fn mail_to(&self, follower: UserId) -> Uuid {
        Uuid::new_v5(&self.album.0, follower.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_known_by_its_album_and_its_follower() {
        let album = |id| Announcement { album: id, title: String::new(), artists: Vec::new() };
        let (one, other, ann, bob) = (AlbumId::new(), AlbumId::new(), UserId::new(), UserId::new());
        assert_eq!(album(one).mail_to(ann), album(one).mail_to(ann));
        assert_ne!(album(one).mail_to(ann), album(one).mail_to(bob));
        assert_ne!(album(one).mail_to(ann), album(other).mail_to(ann));
    }
}
