//! A playlist and what may be done to it by whom.

use chrono::{DateTime, Utc};
pub use polyphony_events::playlists::PlaylistVisibility;
use polyphony_events::{PlaylistId, UserId, ids::ImageId};

use crate::domain::{Refusal, playlist_item::MAX_ITEMS, smart_rules::SmartRules};

/// The longest title, in characters.
pub const MAX_TITLE: usize = 200;
/// The longest description, in characters.
pub const MAX_DESCRIPTION: usize = 2000;
/// The most people whom an owner may let in.
pub const MAX_COLLABORATORS: usize = 100;

/// What somebody is to a playlist; a later role may do all that an earlier one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaylistRole {
    /// May see it, whatever its visibility.
    Viewer,
    /// May also add, move and remove entries.
    Editor,
    /// May do everything; the one who made it.
    Owner,
}

/// A title: trimmed, 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// Reads a title as a person typed it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        // A NUL cannot be kept by the database; no title needs one.
        let is_fit = (1..=MAX_TITLE).contains(&text.chars().count()) && !text.contains('\0');
        if is_fit { Ok(Self(text.to_owned())) } else { Err(Refusal::TitleLength) }
    }

    /// The title's text.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// A description: trimmed, at most 2,000 characters; an empty one is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description(Option<String>);

impl Description {
    /// Reads a description as a person typed it.
    pub fn parse(text: Option<&str>) -> Result<Self, Refusal> {
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        let is_fit = text.is_none_or(|text| text.chars().count() <= MAX_DESCRIPTION && !text.contains('\0'));
        if is_fit { Ok(Self(text.map(str::to_owned))) } else { Err(Refusal::DescriptionLength) }
    }

    /// The description's text, if there is one.
    pub fn into_option(self) -> Option<String> {
        self.0
    }
}

/// A playlist as one viewer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playlist {
    /// Which.
    pub id: PlaylistId,
    /// Who made it.
    pub owner: UserId,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// Who may see it.
    pub visibility: PlaylistVisibility,
    /// The secret of its share link.
    pub share_token: Option<String>,
    /// Its picture.
    pub picture: Option<ImageId>,
    /// Grows by one with every change.
    pub version: i64,
    /// How its entries are chosen; none when people choose them.
    pub rules: Option<SmartRules>,
    /// How many entries it has; those of a smart playlist were counted when somebody looked last.
    pub item_count: i32,
    /// Grows when all entries get new positions.
    pub rank_epoch: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it or its entries were changed last.
    pub updated_at: DateTime<Utc>,
    /// What the viewer is to it; none for somebody who sees it only because many may.
    pub viewer_role: Option<PlaylistRole>,
    /// Whether it is shown as it was in an earlier version.
    pub is_past: bool,
}

impl Playlist {
    /// A playlist that `owner` makes now.
    pub fn new(
        owner: UserId,
        title: Title,
        description: Description,
        visibility: PlaylistVisibility,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: PlaylistId::new(),
            owner,
            title: title.into_string(),
            description: description.into_option(),
            visibility,
            share_token: None,
            picture: None,
            version: 1,
            rules: None,
            item_count: 0,
            rank_epoch: 0,
            created_at: now,
            updated_at: now,
            viewer_role: Some(PlaylistRole::Owner),
            is_past: false,
        }
    }

    /// Only the owner may go on.
    pub fn require_owner(&self) -> Result<(), Refusal> {
        if self.viewer_role == Some(PlaylistRole::Owner) { Ok(()) } else { Err(Refusal::NotOwner) }
    }

    /// Only those who may change the entries may go on, and only where people choose them.
    pub fn require_editor(&self) -> Result<(), Refusal> {
        if self.viewer_role < Some(PlaylistRole::Editor) {
            return Err(Refusal::NotEditor);
        }
        if self.rules.is_some() { Err(Refusal::ChosenByRules) } else { Ok(()) }
    }

    /// The version that it is shown in, when that is an earlier one.
    pub fn past_version(&self) -> Option<i64> {
        self.is_past.then_some(self.version)
    }

    /// Counts `more` entries in, if there is room for all of them.
    pub fn make_room(&mut self, more: usize) -> Result<(), Refusal> {
        let count = usize::try_from(self.item_count).unwrap_or_default() + more;
        if count > MAX_ITEMS {
            return Err(Refusal::PlaylistFull);
        }
        self.item_count = count as i32;
        Ok(())
    }

    /// Gives the playlist another visibility. Making it private withdraws its share link: who had the link is let in
    /// again only when the owner shares anew.
    pub fn show_to(&mut self, visibility: PlaylistVisibility) {
        if visibility == PlaylistVisibility::Private && self.visibility != PlaylistVisibility::Private {
            self.share_token = None;
        }
        self.visibility = visibility;
    }

    /// Notes that something about it has changed.
    pub fn touch(&mut self, now: DateTime<Utc>) {
        self.version += 1;
        self.updated_at = now.max(self.updated_at);
    }
}

/// Somebody whom the owner lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collaborator {
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub role: PlaylistRole,
    /// Since when.
    pub added_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playlist() -> Playlist {
        let title = Title::parse("Rain").unwrap();
        let (private, now) = (PlaylistVisibility::Private, DateTime::UNIX_EPOCH);
        Playlist::new(UserId::new(), title, Description::default(), private, now)
    }

    #[test]
    fn a_title_is_trimmed_and_has_1_to_200_characters() {
        assert_eq!(Title::parse("  Rain ").unwrap().into_string(), "Rain");
        assert_eq!(Title::parse(&"ö".repeat(200)).unwrap().into_string().chars().count(), 200);
        for text in ["", "   ", "a\0b", &"ö".repeat(201)] {
            assert_eq!(Title::parse(text), Err(Refusal::TitleLength), "{text:?}");
        }
    }

    #[test]
    fn an_empty_description_is_none_and_a_long_one_is_refused() {
        assert_eq!(Description::parse(Some(" \n")).unwrap(), Description::default());
        assert_eq!(Description::parse(Some(" x ")).unwrap().into_option().as_deref(), Some("x"));
        assert_eq!(Description::parse(Some(&"x".repeat(2001))), Err(Refusal::DescriptionLength));
    }

    #[test]
    fn editors_change_entries_and_only_the_owner_the_rest() {
        let mut playlist = playlist();
        assert_eq!((playlist.require_owner(), playlist.require_editor()), (Ok(()), Ok(())));
        playlist.viewer_role = Some(PlaylistRole::Editor);
        assert_eq!((playlist.require_owner(), playlist.require_editor()), (Err(Refusal::NotOwner), Ok(())));
        for role in [Some(PlaylistRole::Viewer), None] {
            playlist.viewer_role = role;
            assert_eq!(playlist.require_editor(), Err(Refusal::NotEditor));
        }
    }

    #[test]
    fn a_full_playlist_takes_no_more() {
        let mut playlist = playlist();
        assert_eq!(playlist.make_room(MAX_ITEMS), Ok(()));
        assert_eq!(playlist.make_room(1), Err(Refusal::PlaylistFull));
        assert_eq!(playlist.item_count, MAX_ITEMS as i32);
    }

    #[test]
    fn making_a_playlist_private_withdraws_its_link() {
        let mut playlist = playlist();
        playlist.share_token = Some("token".to_owned());
        playlist.show_to(PlaylistVisibility::Private);
        assert!(playlist.share_token.is_some(), "it was private when it was shared");
        playlist.show_to(PlaylistVisibility::Public);
        assert!(playlist.share_token.is_some());
        playlist.show_to(PlaylistVisibility::Private);
        assert_eq!(playlist.share_token, None);
    }
}
