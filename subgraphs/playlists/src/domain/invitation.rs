//! An invitation to a playlist: nobody stands in one without having agreed.

use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, PlaylistInvitationId};
use polyphony_kit::UserId;

use crate::domain::playlist::PlaylistRole;

/// The most invitations of one owner that a person has to answer at once.
pub const MAX_FROM_ONE: i64 = 10;

/// How an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// It waits for an answer.
    Open,
    /// The person has declined it, or has left: they are not invited again until they ask.
    Declined,
    /// The person, who had declined or left, wants to be in: the owner may let them in at once.
    Asked,
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Which.
    pub id: PlaylistInvitationId,
    /// To which playlist.
    pub playlist: PlaylistId,
    /// What that is called.
    pub title: String,
    /// Whose it is: who invites.
    pub owner: UserId,
    /// Who is invited.
    pub user: UserId,
    /// As what.
    pub role: PlaylistRole,
    /// How it stands.
    pub state: InvitationState,
    /// Since when.
    pub happened_at: DateTime<Utc>,
}
