//! Why a change is refused: what a person can put right. The text is for them.

use crate::domain::{
    condition::RuleFault,
    invitation, playlist, playlist_file, playlist_item,
    smart_rules::{self, RulePlace},
};

/// The most ids that one call may name.
pub const MAX_IDS: usize = 500;

/// Why a change is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Missing, or not to be seen by the viewer: the two look alike.
    #[error("there is no such playlist")]
    PlaylistMissing,
    /// None of the entries that were named stands in the playlist.
    #[error("no such entry stands in this playlist")]
    ItemsMissing,
    /// The entry to stand behind is not in the playlist.
    #[error("the entry to stand behind is not in this playlist")]
    AnchorMissing,
    /// An entry cannot stand behind itself.
    #[error("an entry that moves cannot be the one to stand behind")]
    AnchorMoves,
    /// The track at this place of the input was deleted.
    #[error("this track does not exist any more")]
    TrackDeleted(usize),
    /// An id in the input is no id of its kind; the place is given when it stands in a list.
    #[error("this is no id of the kind that is needed here")]
    MalformedId(&'static str, Option<usize>),
    /// A list of ids is empty or too long.
    #[error("between 1 and {MAX_IDS} ids are needed")]
    IdCount(&'static str),
    /// The title is empty or too long.
    #[error("a title has 1 to {} characters", playlist::MAX_TITLE)]
    TitleLength,
    /// The description is too long.
    #[error("a description has at most {} characters", playlist::MAX_DESCRIPTION)]
    DescriptionLength,
    /// Only the owner and editors may change the entries.
    #[error("only the owner and editors may change the entries of this playlist")]
    NotEditor,
    /// Rules choose the entries, so people cannot.
    #[error("the entries of a smart playlist are chosen by its rules")]
    ChosenByRules,
    /// People choose the entries, so rules cannot.
    #[error("the entries of this playlist are chosen by people, not by rules")]
    ChosenByPeople,
    /// The track at this place of the input stands in the playlist already, or twice in the input.
    #[error("this track stands in the playlist already")]
    Duplicate(usize),
    /// A place was given in two ways, or as a negative number.
    #[error("a place is given by the entry before it or by a number from 0 on, not by both")]
    PlaceUnclear,
    /// The playlist to take entries from is missing, or not to be seen by the viewer.
    #[error("there is no such playlist to take entries from")]
    SourceMissing,
    /// A rating is out of range.
    #[error("a rating is 1 to 5")]
    RatingRange,
    /// A smart playlist has no rules or too many.
    #[error("a smart playlist has 1 to {} rules", smart_rules::MAX_RULES)]
    RuleCount,
    /// A smart playlist chooses nothing or too much.
    #[error("the limit is 1 to {}", smart_rules::MAX_CHOSEN)]
    RuleLimit,
    /// The rule at this place makes no sense.
    #[error("{}", fault(.1))]
    Rule(RulePlace, RuleFault),
    /// The group at this place, which tells the groups that it stands in first, has nothing in it.
    #[error("a group has a rule or another group in it")]
    GroupEmpty(Vec<usize>),
    /// The group at this place stands too deep.
    #[error("groups stand at most {} deep in each other", smart_rules::MAX_DEPTH)]
    GroupDepth(Vec<usize>),
    /// A file is too long.
    #[error("a file has at most {} bytes", playlist_file::MAX_CONTENT)]
    ContentLength,
    /// A file is not of the format that it is said to be.
    #[error("this is no playlist of that format")]
    ContentUnreadable,
    /// A file has no entries.
    #[error("there are no entries in this file")]
    ContentEmpty,
    /// A file has more entries than a playlist takes.
    #[error("a playlist has at most {} entries, and this file has more", playlist_item::MAX_ITEMS)]
    ContentEntries,
    /// None of the entries of a file is a track that the viewer may have.
    #[error("none of the entries of this file was found here")]
    NothingFound,
    /// The album has no tracks that the viewer may have, or is missing.
    #[error("there is no such album, or it has no tracks yet")]
    AlbumMissing,
    /// Only the owner may do this.
    #[error("only the owner may do this to the playlist")]
    NotOwner,
    /// The playlist has no room for so many entries.
    #[error("a playlist has at most {} entries", playlist_item::MAX_ITEMS)]
    PlaylistFull,
    /// The playlist has as many collaborators as it may have.
    #[error("a playlist has at most {} collaborators", playlist::MAX_COLLABORATORS)]
    TooManyCollaborators,
    /// The person has declined to be in the playlist, or has left it.
    #[error("this person has declined or left, and can be invited again only once they ask")]
    Declined,
    /// The owner has invited the person to many playlists already.
    #[error("this person has {} of your invitations to answer first", invitation::MAX_FROM_ONE)]
    TooManyInvitations,
    /// There is no such invitation of the viewer, or it is answered.
    #[error("there is no such invitation, or it is answered already")]
    InvitationMissing,
    /// The picture's id is none.
    #[error("this is no id of a picture")]
    PictureMissing,
    /// The entry or track to begin with is not there; the argument that names it.
    #[error("what is to be played first is not there")]
    StartMissing(&'static str),
    /// The device's id is none.
    #[error("there is no such device")]
    DeviceMissing,
    /// There are no tracks.
    #[error("there is nothing to play")]
    NothingToPlay,
    /// A playlist has one owner for good.
    #[error("the role of the owner cannot be given away")]
    OwnerRole,
    /// The owner cannot be a collaborator too.
    #[error("the owner cannot be a collaborator too")]
    OwnerCollaborates,
    /// The person has as many playlists as they may have.
    #[error("a person has at most {0} playlists")]
    TooManyPlaylists(i64),
    /// A list of the library is as long as it may be.
    #[error("a list of a library has at most {0} entries")]
    LibraryFull(i64),
    /// The idempotency key came before, with other input.
    #[error("this idempotency key came before with other input")]
    KeyReused,
}

fn fault(fault: &RuleFault) -> String {
    match fault {
        RuleFault::Op { takes } => format!("this field takes {takes}"),
        RuleFault::Value { needed } => format!("the value must be {needed}"),
    }
}
