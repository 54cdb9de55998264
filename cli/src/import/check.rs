//! What the journal remembers is only good as long as the server has it: tracks are deleted, databases restored.

use std::collections::{BTreeMap, HashMap};

use polyphony_folders::Found;

use super::{
    Import, Stopped,
    journal::{Entry, Journal, Outcome},
    summary::Ending,
};
use crate::{
    api::{
        batch::{TrackFacts, UploadFacts, by_ids},
        upload::UploadState,
    },
    error::ApiError,
    retry::retrying,
};

/// What the journal says that some bytes became.
#[derive(Clone, Debug, Default)]
struct Claim {
    upload: Option<String>,
    track: Option<String>,
}

impl Claim {
    /// None for what is not said to be there.
    fn of(journal: &Journal, entry: &Entry) -> Option<Self> {
        match entry.outcome.as_ref()? {
            Outcome::Imported { track } | Outcome::Duplicate { track } => {
                Some(Self { upload: journal.upload_of(entry).map(str::to_owned), track: track.clone() })
            }
            Outcome::Divided { tracks } => {
                Some(Self { upload: journal.upload_of(entry).map(str::to_owned), track: tracks.first().cloned() })
            }
            Outcome::Rejected { .. } => None,
        }
    }

    /// Whether the server has it no more. One whose track the catalog had not made in time may be without one for longer.
    fn is_lost(&self, uploads: &HashMap<String, UploadFacts>, tracks: &HashMap<String, TrackFacts>) -> bool {
        match (&self.upload, &self.track) {
            (Some(upload), track) => uploads.get(upload).is_none_or(|upload| match upload.state {
                UploadState::Expired => true,
                UploadState::Ready => track.is_some() && !upload.has_track(),
                _ => false,
            }),
            (None, Some(track)) => !tracks.contains_key(track),
            (None, None) => false,
        }
    }
}

/// Asks the server for all that the journal says is there, and forgets what is not.
pub(super) async fn forget_lost(import: &Import, files: &[Found]) -> Result<(), ApiError> {
    let claims: BTreeMap<String, Claim> = {
        let (journal, confirmed) = (import.journal.lock(), import.confirmed.lock());
        let entries = files.iter().filter_map(|file| journal.entry(file));
        let open = entries.filter(|entry| !confirmed.contains(&entry.sha256));
        open.filter_map(|entry| Some((entry.sha256.clone(), Claim::of(&journal, entry)?))).collect()
    };
    forget_those_lost(import, &claims).await
}

async fn forget_those_lost(import: &Import, claims: &BTreeMap<String, Claim>) -> Result<(), ApiError> {
    let uploads: Vec<_> = claims.values().filter_map(|claim| claim.upload.clone()).collect();
    let without = claims.values().filter(|claim| claim.upload.is_none());
    let tracks: Vec<_> = without.filter_map(|claim| claim.track.clone()).collect();
    let uploads = retrying(import.patience, || by_ids::<UploadFacts>(&import.client, &uploads)).await?;
    let tracks = retrying(import.patience, || by_ids::<TrackFacts>(&import.client, &tracks)).await?;
    let (mut journal, mut confirmed) = (import.journal.lock(), import.confirmed.lock());
    for (sha256, claim) in claims {
        if claim.is_lost(&uploads, &tracks) {
            journal.forget(sha256).map_err(ApiError::local)?;
        } else {
            confirmed.insert(sha256.clone());
        }
    }
    Ok(())
}

impl Import {
    /// How a file with the same bytes ended, if the server still has it; this file then ends alike.
    pub(super) async fn same_bytes(&self, file: &Found, entry: &Entry) -> Result<Option<Ending>, Stopped> {
        let claim = {
            let journal = self.journal.lock();
            journal.same_bytes(&entry.sha256).and_then(|same| Claim::of(&journal, same))
        };
        if let Some(claim) = claim.filter(|_| !self.confirmed.lock().contains(&entry.sha256)) {
            forget_those_lost(self, &BTreeMap::from([(entry.sha256.clone(), claim)])).await?;
        }
        let mut journal = self.journal.lock();
        let Some(outcome) = journal.same_bytes(&entry.sha256).and_then(|same| same.outcome.clone()) else {
            return Ok(None);
        };
        let Some(ending) = self.ending_of(&outcome) else { return Ok(None) };
        journal.begin(&file.path, Entry { outcome: Some(outcome), ..entry.clone() }).map_err(ApiError::local)?;
        Ok(Some(ending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::batch::{CutFacts, Exists};

    fn facts(state: UploadState, has_track: bool) -> HashMap<String, UploadFacts> {
        let track = has_track.then_some(Exists {});
        HashMap::from([("upl_1".to_owned(), UploadFacts { state, track, cuts: Vec::new() })])
    }

    #[test]
    fn what_has_no_track_any_more_is_lost() {
        let claim = Claim { upload: Some("upl_1".into()), track: Some("trk_1".into()) };
        let is_lost = |uploads| claim.is_lost(&uploads, &HashMap::new());
        assert!(is_lost(HashMap::new()), "unknown");
        assert!(is_lost(facts(UploadState::Expired, false)), "expired");
        assert!(is_lost(facts(UploadState::Ready, false)), "in the trash");
        assert!(!is_lost(facts(UploadState::Ready, true)), "there");
        let divided = |tracks: [bool; 2]| {
            let mut facts = facts(UploadState::Ready, false);
            let cuts = tracks.map(|is_there| CutFacts { track: is_there.then_some(Exists {}) });
            facts.get_mut("upl_1").unwrap().cuts = cuts.to_vec();
            facts
        };
        assert!(!is_lost(divided([false, true])), "one track is there");
        assert!(is_lost(divided([false, false])), "all are in the trash");
    }

    #[test]
    fn a_track_that_was_late_may_be_late_still() {
        let claim = Claim { upload: Some("upl_1".into()), track: None };
        assert!(!claim.is_lost(&facts(UploadState::Ready, false), &HashMap::new()));
        let without_upload = Claim { upload: None, track: Some("trk_1".into()) };
        assert!(without_upload.is_lost(&HashMap::new(), &HashMap::new()));
    }
}
