//! What media does: one write each, with its authorization, its rule, and its event in the same transaction.

pub mod advance_player;
pub mod begin_transcode;
pub mod cancel_transcode;
pub mod cancel_upload;
pub mod choose_tracks;
pub mod collect_export;
pub mod complete_image_upload;
pub mod complete_upload;
pub mod control_playback;
pub mod create_image_upload;
pub mod create_upload;
pub mod delete_image;
mod discard;
pub mod divide_upload;
pub mod empty_trash;
pub mod end_export;
pub mod end_listening_session;
pub mod enqueue;
pub mod expire_image;
pub mod expire_upload;
pub mod finish_transcode;
pub mod forget_cover;
pub mod forget_device;
pub mod forget_listener;
pub mod forget_user;
pub mod give_up_transcode;
pub mod held;
pub mod join_listening_session;
pub mod leave_listening_session;
pub mod look_after_session;
pub mod measure_upload;
pub mod miss_library_files;
pub mod move_queue_item;
pub mod play_request;
pub mod register_device;
pub mod reject_upload;
pub mod remake_upload;
pub mod remove_queue_items;
pub mod replace_queue;
pub mod report_drift;
pub mod report_play;
pub mod restore_upload;
pub mod retire_upload;
pub mod retry_transcode;
pub mod scan_library_folder;
pub mod set_playback_options;
pub mod set_private_session;
pub mod set_queue;
pub mod settle_cuts;
pub mod start_listening_session;
pub mod take_library_files;
pub mod transfer_playback;
pub mod want_renditions;

use polyphony_kit::Error;

use crate::domain::refusal::Refusal;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum CommandError {
    /// The user can put it right.
    Refused(Refusal),
    /// A client's mistake, or ours.
    Failed(Error),
}

/// The result of a command.
pub type CommandResult<T> = Result<T, CommandError>;

impl CommandError {
    /// The same, a refusal pointing at its cause in the input.
    #[must_use]
    pub fn at(self, path: &'static [&'static str]) -> Self {
        match self {
            Self::Refused(refusal) if refusal.path.first() == Some(&"deviceId") => Self::Refused(refusal.at(path)),
            error => error,
        }
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Into<Error>> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
