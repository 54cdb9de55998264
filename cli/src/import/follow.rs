//! Follows an upload on the server until it has ended: live over the socket, and by asking now and then, so that a socket
//! that does not come up costs nothing but patience.

use std::time::Duration;

use cynic::{Id, MutationBuilder, QueryBuilder, SubscriptionBuilder};
use tokio::time::{Instant, sleep};

use super::{Import, Stopped, journal::Outcome, report::Bar};
use crate::{
    api::{
        UserErrorCode, accepted,
        upload::{ById, Changed, Cut, Job, JobState, Look, Progress, Retry, TrackId, Upload, UploadState},
    },
    error::ApiError,
    socket::Frames,
};

/// The wait between two questions, for each upload that is followed live.
const POLL_LIVE: Duration = Duration::from_secs(5);
/// The wait between two questions otherwise; it grows with the number of uploads, so that the server is not flooded.
const POLL: Duration = Duration::from_secs(2);
const POLL_EACH: Duration = Duration::from_millis(30);
const SOON: Duration = Duration::from_millis(300);
/// A file that can be played gets its track from the catalog in a moment; this is when to go without.
const TRACK_WAIT: Duration = Duration::from_mins(1);

/// How an upload has ended.
pub(super) struct Followed {
    pub(super) outcome: Outcome,
    /// Why its cue sheet was not followed.
    pub(super) not_split: Option<String>,
}

impl From<Outcome> for Followed {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, not_split: None }
    }
}

/// Where an upload stands.
enum Standing {
    Ended(Followed),
    /// Nothing but tracks is missing; how it ended as far as is known.
    Playable(Followed),
    Failed {
        job: Option<Id>,
        reason: String,
    },
    Gone,
    Underway,
}

/// The subscriptions to an upload and its job.
struct Live {
    upload: Frames<Changed>,
    job: Option<Frames<Progress>>,
}

/// What comes over them.
enum Frame {
    Upload(Upload),
    Job(Job),
}

/// Waits until the upload has ended. `is_resumed` says that an earlier import sent it: a job that failed then is tried again.
pub(super) async fn follow(import: &Import, id: &str, bar: &Bar, is_resumed: bool) -> Result<Followed, Stopped> {
    // Only so many are live at once: the server allows a socket a limited number of operations.
    let permit = import.live.try_acquire().ok();
    let mut live = permit.is_some().then(|| Live { upload: subscribe(import, id), job: None });
    let (mut may_retry, mut playable_since, mut away_since) = (is_resumed, None, None);
    let mut wait = Duration::ZERO;
    loop {
        let seen = tokio::select! {
            frame = next_frame(&mut live) => match frame {
                Frame::Upload(upload) => Ok(Some(upload)),
                Frame::Job(job) => {
                    show(bar, &job);
                    // What a job's end means for the upload is asked soon, should its own frame not come.
                    wait = if is_over(&job) { SOON } else { wait };
                    continue;
                }
            },
            () = sleep(wait) => look(import, id).await,
        };
        wait = if live.is_some() { POLL_LIVE } else { POLL + POLL_EACH * import.files_underway() };
        let upload = match seen {
            Ok(upload) => upload,
            Err(error) if error.is_transient() && within(&mut away_since, import.patience) => continue,
            Err(error) => return Err(error.into()),
        };
        away_since = None;
        if let Some(job) = upload.as_ref().and_then(|upload| upload.job.as_ref()) {
            show(bar, job);
            follow_job(import, &mut live, job);
        }
        match standing(upload) {
            Standing::Ended(followed) => return Ok(followed),
            Standing::Playable(_) if within(&mut playable_since, TRACK_WAIT) => wait = wait.min(POLL),
            Standing::Playable(known) => return Ok(known),
            Standing::Failed { job: Some(job), .. } if may_retry => {
                may_retry = false;
                let answer = import.client.run(Retry::build(ById { id: job })).await?;
                accepted(answer.retry_transcode.user_errors)?;
            }
            Standing::Failed { reason, .. } => return Err(Stopped::Failed(reason)),
            Standing::Gone => return Err(Stopped::StartOver),
            Standing::Underway => {}
        }
    }
}

/// Whether less than `limit` has passed since this was first asked.
fn within(since: &mut Option<Instant>, limit: Duration) -> bool {
    since.get_or_insert_with(Instant::now).elapsed() < limit
}

fn subscribe(import: &Import, id: &str) -> Frames<Changed> {
    import.socket.subscribe(&Changed::build(ById { id: Id::new(id) }))
}

fn follow_job(import: &Import, live: &mut Option<Live>, job: &Job) {
    if let Some(live) = live.as_mut().filter(|live| live.job.is_none() && !is_over(job)) {
        live.job = Some(import.socket.subscribe(&Progress::build(ById { id: job.id.clone() })));
    }
}

async fn look(import: &Import, id: &str) -> Result<Option<Upload>, ApiError> {
    Ok(import.client.run(Look::build(ById { id: Id::new(id) })).await?.upload)
}

async fn next_frame(live: &mut Option<Live>) -> Frame {
    if let Some(Live { upload, job }) = live {
        let next_of_job = async {
            match job {
                Some(job) => job.next().await,
                None => None,
            }
        };
        let frame = tokio::select! {
            frame = upload.next() => frame.map(|frame| Frame::Upload(frame.upload_changed)),
            Some(frame) = next_of_job => Some(Frame::Job(frame.transcode_progress)),
        };
        if let Some(frame) = frame {
            return frame;
        }
        // The server has ended the subscription: asking goes on.
        *live = None;
    }
    std::future::pending().await
}

fn is_over(job: &Job) -> bool {
    matches!(job.state, JobState::Ready | JobState::Failed | JobState::Cancelled)
}

fn show(bar: &Bar, job: &Job) {
    bar.set(job.percent.clamp(0.0, 100.0) as u64);
}

fn standing(upload: Option<Upload>) -> Standing {
    let Some(upload) = upload else { return Standing::Gone };
    let id = |track: TrackId| track.id.into_inner();
    match (upload.state, upload.job) {
        (UploadState::Ready, _) if !upload.cuts.is_empty() => divided(upload.cuts),
        (UploadState::Ready, _) => match (upload.duplicate_of, upload.track) {
            // The same audio on another release is a track of its own.
            (Some(same), Some(track)) if same.id == track.id => {
                Standing::Ended(Outcome::Duplicate { track: Some(id(track)) }.into())
            }
            (_, track) => {
                let (is_known, outcome) = (track.is_some(), Outcome::Imported { track: track.map(id) });
                let followed = Followed { outcome, not_split: upload.not_split_because };
                if is_known { Standing::Ended(followed) } else { Standing::Playable(followed) }
            }
        },
        (UploadState::Rejected, job) => {
            let told = job.and_then(|job| job.failed_because);
            let code = upload.rejected_because.as_ref().map(UserErrorCode::as_str);
            let reason = told.or_else(|| code.map(rejection)).unwrap_or_else(|| "the server gave no reason".to_owned());
            Standing::Ended(Outcome::Rejected { reason }.into())
        }
        (UploadState::Expired, _) => Standing::Gone,
        (_, Some(job)) if job.state == JobState::Failed => {
            let reason = job.failed_because.unwrap_or_else(|| "it could not be processed".to_owned());
            Standing::Failed { job: Some(job.id), reason }
        }
        (_, Some(job)) if job.state == JobState::Cancelled => {
            Standing::Failed { job: None, reason: "its processing was cancelled".to_owned() }
        }
        _ => Standing::Underway,
    }
}

/// How a file that is a whole album has ended: when the tracks of all of its cuts are known that can be played.
fn divided(cuts: Vec<Cut>) -> Standing {
    let ready = cuts.iter().filter(|cut| cut.state == UploadState::Ready).count();
    let tracks: Vec<_> = cuts.into_iter().filter_map(|cut| Some(cut.track?.id.into_inner())).collect();
    let is_known = tracks.len() >= ready;
    let followed = Outcome::Divided { tracks }.into();
    if is_known { Standing::Ended(followed) } else { Standing::Playable(followed) }
}

/// A code in words.
fn rejection(code: &str) -> String {
    match code {
        "UNSUPPORTED_MEDIA" => "it holds no sound that can be played".to_owned(),
        "MEDIA_TOO_LARGE" => "it is too large or too long".to_owned(),
        "CHECKSUM_MISMATCH" => "its bytes did not arrive as they are on the disk".to_owned(),
        code => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(state: UploadState) -> Upload {
        Upload {
            id: Id::new("upl_1"),
            state,
            rejected_because: None,
            duplicate_of: None,
            job: None,
            track: None,
            cuts: Vec::new(),
            not_split_because: None,
        }
    }

    fn job(state: JobState) -> Job {
        Job { id: Id::new("job_1"), state, percent: 40.0, failed_because: Some("the disk is full".into()) }
    }

    #[test]
    fn an_upload_has_ended_when_its_track_is_known() {
        let track = Some(TrackId { id: Id::new("trk_1") });
        assert!(matches!(standing(Some(upload(UploadState::Ready))), Standing::Playable(_)));
        let imported = ended(Upload { track: track.clone(), ..upload(UploadState::Ready) });
        assert!(matches!(imported, Some(Outcome::Imported { track: Some(_) })));
        let waiting = Upload { duplicate_of: track.clone(), ..upload(UploadState::Ready) };
        assert!(matches!(standing(Some(waiting.clone())), Standing::Playable(_)));
        let duplicate = Upload { track: track.clone(), ..waiting.clone() };
        assert!(matches!(ended(duplicate), Some(Outcome::Duplicate { .. })));
        let elsewhere = Upload { track: Some(TrackId { id: Id::new("trk_2") }), ..waiting };
        assert!(matches!(ended(elsewhere), Some(Outcome::Imported { .. })));
    }

    fn ended(upload: Upload) -> Option<Outcome> {
        match standing(Some(upload)) {
            Standing::Ended(followed) => Some(followed.outcome),
            _ => None,
        }
    }

    #[test]
    fn an_album_in_one_file_has_ended_when_the_tracks_of_its_cuts_are_known() {
        let cut = |state, track: Option<&str>| Cut { state, track: track.map(|id| TrackId { id: Id::new(id) }) };
        let album = |cuts| Upload { cuts, ..upload(UploadState::Ready) };
        let (one, late) = (cut(UploadState::Ready, Some("trk_1")), cut(UploadState::Ready, None));
        assert!(ended(album(vec![one.clone(), late])).is_none());
        let rejected = cut(UploadState::Rejected, None);
        assert_eq!(ended(album(vec![one, rejected])), Some(Outcome::Divided { tracks: vec!["trk_1".to_owned()] }));
    }

    #[test]
    fn a_rejection_is_final_and_a_failed_job_is_not() {
        let rejected =
            Upload { rejected_because: Some(UserErrorCode::UnsupportedMedia), ..upload(UploadState::Rejected) };
        assert!(matches!(
            ended(rejected),
            Some(Outcome::Rejected { reason }) if reason == "it holds no sound that can be played"
        ));
        let failed = Upload { job: Some(job(JobState::Failed)), ..upload(UploadState::Transcoding) };
        assert!(matches!(standing(Some(failed)), Standing::Failed { job: Some(_), .. }));
        let running = Upload { job: Some(job(JobState::Running)), ..upload(UploadState::Transcoding) };
        assert!(matches!(standing(Some(running)), Standing::Underway));
    }

    #[test]
    fn an_upload_that_is_gone_or_expired_starts_over() {
        assert!(matches!(standing(None), Standing::Gone));
        assert!(matches!(standing(Some(upload(UploadState::Expired))), Standing::Gone));
    }
}
