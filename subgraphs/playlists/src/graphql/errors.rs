//! Refusals as clients see them.

use polyphony_kit::Result;

use crate::{
    commands::CommandError,
    domain::{Refusal, condition::RuleFault},
};

polyphony_kit::user_errors! {
    /// Missing, or not to be seen by the viewer.
    NotFound,
    /// The viewer sees it, but may not do this to it.
    NotAllowed,
    /// The input breaks a rule.
    InvalidInput,
    /// The idempotency key came before, with other input.
    IdempotencyKeyReused,
    /// There is no room for more.
    QuotaExceeded,
    /// It is there already, and was to be refused then.
    Duplicate,
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        use UserErrorCode::{Duplicate, IdempotencyKeyReused, InvalidInput, NotAllowed, NotFound, QuotaExceeded};
        let (code, path): (_, &[&str]) = match &refusal {
            Refusal::PlaylistMissing | Refusal::InvitationMissing => (NotFound, &[]),
            Refusal::ItemsMissing => (NotFound, &["itemIds"]),
            Refusal::AnchorMissing => (NotFound, &["afterItemId"]),
            Refusal::AnchorMoves => (InvalidInput, &["afterItemId"]),
            Refusal::TrackDeleted(place) => (NotFound, &["trackIds", &place.to_string()]),
            Refusal::MalformedId(argument, None) | Refusal::IdCount(argument) => (InvalidInput, &[argument]),
            Refusal::MalformedId(argument, Some(place)) => (InvalidInput, &[argument, &place.to_string()]),
            Refusal::TitleLength => (InvalidInput, &["input", "title"]),
            Refusal::DescriptionLength => (InvalidInput, &["input", "description"]),
            Refusal::NotEditor | Refusal::NotOwner | Refusal::ChosenByRules | Refusal::ChosenByPeople => {
                (NotAllowed, &[])
            }
            Refusal::Duplicate(place) => (Duplicate, &["trackIds", &place.to_string()]),
            Refusal::RatingRange => (InvalidInput, &["rating"]),
            Refusal::PlaceUnclear => (InvalidInput, &["position"]),
            Refusal::SourceMissing => (NotFound, &["fromPlaylistId"]),
            Refusal::RuleCount => (InvalidInput, &["rules", "rules"]),
            Refusal::RuleLimit => (InvalidInput, &["rules", "limit"]),
            Refusal::Rule(..) | Refusal::GroupEmpty(_) | Refusal::GroupDepth(_) | Refusal::NothingToPlay => {
                (InvalidInput, &[])
            }
            Refusal::ContentLength | Refusal::ContentEntries => (QuotaExceeded, &["input", "content"]),
            Refusal::ContentUnreadable | Refusal::ContentEmpty => (InvalidInput, &["input", "content"]),
            Refusal::NothingFound => (NotFound, &["input", "content"]),
            Refusal::AlbumMissing => (NotFound, &["albumId"]),
            Refusal::TooManyPlaylists(_) | Refusal::LibraryFull(_) => (QuotaExceeded, &[]),
            Refusal::PlaylistFull => (QuotaExceeded, &["trackIds"]),
            Refusal::Declined => (NotAllowed, &["userId"]),
            Refusal::PictureMissing => (NotFound, &["imageId"]),
            Refusal::StartMissing(argument) => (NotFound, &["input", argument]),
            Refusal::DeviceMissing => (NotFound, &["input", "deviceId"]),
            Refusal::TooManyCollaborators | Refusal::TooManyInvitations => (QuotaExceeded, &["userId"]),
            Refusal::OwnerRole => (InvalidInput, &["role"]),
            Refusal::OwnerCollaborates => (InvalidInput, &["userId"]),
            Refusal::KeyReused => (IdempotencyKeyReused, &["idempotencyKey"]),
        };
        let error = Self::new(code, refusal.to_string());
        if let Some(path) = in_rules(&refusal) {
            return error.at(&path.iter().map(String::as_str).collect::<Vec<_>>());
        }
        if path.is_empty() { error } else { error.at(path) }
    }
}

/// Where in the rules of a smart playlist something is wrong, such as `rules.groups.0.rules.2.value`.
fn in_rules(refusal: &Refusal) -> Option<Vec<String>> {
    let (groups, rest) = match refusal {
        Refusal::Rule(place, fault) => {
            let part = match fault {
                RuleFault::Op { .. } => "op",
                RuleFault::Value { .. } => "value",
            };
            (&place.groups, vec!["rules".to_owned(), place.rule.to_string(), part.to_owned()])
        }
        Refusal::GroupEmpty(groups) | Refusal::GroupDepth(groups) => (groups, Vec::new()),
        _ => return None,
    };
    let steps = groups.iter().flat_map(|n| ["groups".to_owned(), n.to_string()]);
    Some(["rules".to_owned()].into_iter().chain(steps).chain(rest).collect())
}

/// Parts what a command gave: a refusal is for the payload, anything else that went wrong is thrown.
pub(super) fn settle<T>(result: Result<T, CommandError>) -> Result<Result<T, UserError>> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(CommandError::Refused(refusal)) => Ok(Err(refusal.into())),
        Err(CommandError::Failed(error)) => Err(error),
    }
}
