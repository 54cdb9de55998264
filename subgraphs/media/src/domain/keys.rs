//! The names of objects. They are made of ids and numbers of ours, never of anything that a client says.

use polyphony_events::UploadId;

/// The file as it was uploaded.
pub fn source(upload: UploadId) -> String {
    format!("uploads/{upload}/source")
}

/// What one attempt makes; attempts never write over each other.
pub fn attempt(upload: UploadId, attempt: i32) -> String {
    format!("tracks/{upload}/{attempt}/")
}

/// The MP3 of an attempt.
pub fn mp3(upload: UploadId, attempt_number: i32) -> String {
    attempt(upload, attempt_number) + "audio.mp3"
}

/// The cover of an attempt.
pub fn cover(upload: UploadId, attempt_number: i32) -> String {
    attempt(upload, attempt_number) + "cover.jpg"
}

/// The initialization segment of a rendition.
pub fn init(upload: UploadId, attempt_number: i32, rendition: &str) -> String {
    attempt(upload, attempt_number) + rendition + "/init.mp4"
}

/// A segment of a rendition.
pub fn segment(upload: UploadId, attempt_number: i32, rendition: &str, index: u32) -> String {
    format!("{}{rendition}/{index:05}.m4s", attempt(upload, attempt_number))
}
