//! Cuts: the tracks of an album that was uploaded as one file. Each is an upload of its own, without bytes of its own.

use polyphony_events::UploadId;

use super::{
    job::JobState,
    refusal::{Refusal, RefusalCode},
    upload::UploadState,
};

/// Which part of which upload a cut is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The upload whose bytes it is cut from.
    pub of: UploadId,
    /// Which of its cuts, from 1.
    pub number: i32,
    /// The first sample of it.
    pub start: i64,
    /// The first sample that is not of it; none for the last cut, which goes on to the end.
    pub end: Option<i64>,
}

/// A cut that is to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewCut {
    /// The first sample of it.
    pub start: i64,
    /// The first sample that is not of it.
    pub end: Option<i64>,
    /// About how much of the file it is, 0 to 1.
    pub share: f64,
}

impl NewCut {
    /// How large a cut of a file of this size is taken for.
    pub fn size_bytes(&self, whole: i64) -> i64 {
        ((whole as f64 * self.share) as i64).clamp(1, whole)
    }
}

/// The most characters that a file's name may have.
const MAX_NAME: usize = 255;

/// How a cut is called before people, `album.flac #03`: always the same for the same place in the same file.
pub fn name(of: &str, number: i32) -> String {
    let end = format!(" #{number:02}");
    let kept: String = of.chars().take(MAX_NAME - end.chars().count()).collect();
    kept + &end
}

/// What has become of one cut.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Of its upload.
    pub state: UploadState,
    /// Of its job.
    pub job: JobState,
    /// Why it is not there.
    pub reason: Option<String>,
}

/// What has become of a file by what has become of its cuts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whole {
    /// Some are not done yet.
    Underway,
    /// At least one is there, and nothing more happens to the others.
    Ready,
    /// Some failed by our fault and can be asked for again.
    Failed(String),
    /// None could become a track.
    Rejected(Refusal),
    /// All were given up.
    Expired,
}

impl Whole {
    /// Of a file with these cuts.
    pub fn of(cuts: &[Standing]) -> Self {
        let is_over = |cut: &Standing| matches!(cut.state, UploadState::Rejected | UploadState::Expired);
        // One that is ready plays; that its renditions are still made holds nothing up.
        if cuts.iter().any(|cut| !cut.job.is_final() && cut.state != UploadState::Ready && !is_over(cut)) {
            return Self::Underway;
        }
        let failed: Vec<_> = cuts.iter().filter(|cut| cut.state != UploadState::Ready && !is_over(cut)).collect();
        if let Some(first) = failed.first() {
            let reason = first.reason.as_deref().unwrap_or("its processing was stopped");
            return Self::Failed(format!("{} of {} tracks could not be made: {reason}", failed.len(), cuts.len()));
        }
        if cuts.iter().any(|cut| cut.state == UploadState::Ready) {
            return Self::Ready;
        }
        match cuts.iter().find(|cut| cut.state == UploadState::Rejected) {
            Some(cut) => {
                let reason = cut.reason.as_deref().unwrap_or("no reason is known");
                let message = format!("None of its {} tracks could be made: {reason}", cuts.len());
                Self::Rejected(Refusal::new(RefusalCode::UnsupportedMedia, message))
            }
            None => Self::Expired,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(cuts: &[(UploadState, JobState)]) -> Whole {
        let standing = |(state, job): &(UploadState, JobState)| Standing {
            state: *state,
            job: *job,
            reason: Some("why".to_owned()),
        };
        Whole::of(&cuts.iter().map(standing).collect::<Vec<_>>())
    }

    #[test]
    fn a_file_is_ready_when_its_cuts_are() {
        use JobState::{Cancelled, Failed, Queued, Running};
        use UploadState::{Expired, Received, Rejected, Transcoding};
        let (ready, rejected) = ((UploadState::Ready, JobState::Ready), (Rejected, Failed));
        assert_eq!(whole(&[ready, (Transcoding, Running)]), Whole::Underway);
        assert_eq!(whole(&[ready, (Received, Queued)]), Whole::Underway);
        assert_eq!(whole(&[ready, ready]), Whole::Ready);
        assert_eq!(whole(&[ready, (UploadState::Ready, Queued)]), Whole::Ready, "its renditions come later");
        assert_eq!(whole(&[ready, rejected, (Expired, Cancelled)]), Whole::Ready);
        assert_eq!(
            whole(&[ready, (Received, Failed)]),
            Whole::Failed("1 of 2 tracks could not be made: why".to_owned())
        );
        assert!(matches!(whole(&[rejected, (Expired, Cancelled)]), Whole::Rejected(_)));
        assert_eq!(whole(&[(Expired, Cancelled)]), Whole::Expired);
    }

    #[test]
    fn a_cut_has_a_name_of_its_own_and_a_share_of_the_bytes() {
        assert_eq!(name("album.flac", 3), "album.flac #03");
        assert_eq!(name(&"ö".repeat(255), 120).chars().count(), 255);
        assert_eq!(NewCut { start: 0, end: None, share: 0.25 }.size_bytes(1000), 250);
        assert_eq!(NewCut { start: 0, end: None, share: 0.0 }.size_bytes(1000), 1);
    }
}
