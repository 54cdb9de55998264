//! Reading ids from arguments.

use std::{collections::HashSet, hash::Hash};

use async_graphql::ID;
use polyphony_events::{PlaylistId, PlaylistItemId};

use crate::domain::{Refusal, refusal::MAX_IDS};

/// A playlist; a malformed id is a missing playlist.
pub(super) fn playlist(id: &ID) -> Result<PlaylistId, Refusal> {
    PlaylistId::parse(id).ok_or(Refusal::PlaylistMissing)
}

/// The entry to stand behind; a malformed id is a missing entry.
pub(super) fn anchor(id: Option<&ID>) -> Result<Option<PlaylistItemId>, Refusal> {
    id.map(|id| PlaylistItemId::parse(id).ok_or(Refusal::AnchorMissing)).transpose()
}

/// Entries of a playlist, each once; malformed ids are missing entries and passed over as those are.
pub(super) fn items(ids: &[ID]) -> Result<Vec<PlaylistItemId>, Refusal> {
    check_count("itemIds", ids)?;
    let ids: Vec<_> = distinct(ids.iter().filter_map(|id| PlaylistItemId::parse(id)));
    if ids.is_empty() { Err(Refusal::ItemsMissing) } else { Ok(ids) }
}

/// Ids of things that are not ours to look up: each must be well-formed.
pub(super) fn foreign<T>(
    argument: &'static str,
    ids: &[ID],
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Refusal> {
    check_count(argument, ids)?;
    let one = |(place, id): (usize, &ID)| parse(id).ok_or(Refusal::MalformedId(argument, Some(place)));
    ids.iter().enumerate().map(one).collect()
}

/// Each of them once, where it came first.
pub(super) fn distinct<T: Copy + Eq + Hash>(ids: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}

fn check_count(argument: &'static str, ids: &[ID]) -> Result<(), Refusal> {
    if (1..=MAX_IDS).contains(&ids.len()) { Ok(()) } else { Err(Refusal::IdCount(argument)) }
}
