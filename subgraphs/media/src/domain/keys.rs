//! The names of objects. They are made of ids and numbers of ours, never of anything that a client says.

use polyphony_events::{DataExportId, UploadId, ids::ImageId};

/// The file as it was uploaded. Of a cut it is that of the upload which it is cut from.
pub fn source(upload: UploadId) -> String {
    format!("uploads/{upload}/source")
}

/// All archives that attempts make of an export.
pub fn archives(export: DataExportId) -> String {
    format!("exports/{export}/")
}

/// The archive that one attempt makes of an export.
pub fn archive(export: DataExportId, attempt: i32) -> String {
    format!("exports/{export}/{attempt}.zip")
}

/// All that attempts make of an upload.
pub fn attempts(upload: UploadId) -> String {
    format!("tracks/{upload}/")
}

/// What one attempt makes; attempts never write over each other.
pub fn attempt(upload: UploadId, attempt: i32) -> String {
    format!("tracks/{upload}/{attempt}/")
}

/// The MP3 of an attempt.
pub fn mp3(upload: UploadId, attempt_number: i32) -> String {
    attempt(upload, attempt_number) + "audio.mp3"
}

/// The cover of an attempt in one of its sizes. The middle one has the name that it had when it was the only one.
pub fn cover(upload: UploadId, attempt_number: i32, size: i32) -> String {
    match size {
        640 => attempt(upload, attempt_number) + "cover.jpg",
        _ => format!("{}cover-{size}.jpg", attempt(upload, attempt_number)),
    }
}

/// The folder of a rendition.
pub fn rendition(upload: UploadId, attempt_number: i32, rendition: &str) -> String {
    attempt(upload, attempt_number) + rendition + "/"
}

/// The name of a rendition's initialization segment in its folder.
pub const INIT: &str = "init.mp4";

/// The name of a rendition's segment in its folder.
pub fn segment_name(index: u32) -> String {
    format!("{index:05}.m4s")
}

/// The initialization segment of a rendition.
pub fn init(upload: UploadId, attempt_number: i32, rendition_name: &str) -> String {
    rendition(upload, attempt_number, rendition_name) + INIT
}

/// A segment of a rendition.
pub fn segment(upload: UploadId, attempt_number: i32, rendition_name: &str, index: u32) -> String {
    rendition(upload, attempt_number, rendition_name) + &segment_name(index)
}

/// All that is stored of a picture that somebody uploaded.
pub fn images(image: ImageId) -> String {
    format!("images/{image}/")
}

/// A picture as it was uploaded, until it is looked at.
pub fn image_source(image: ImageId) -> String {
    images(image) + "source"
}

/// A picture in one of its sizes.
pub fn image(image: ImageId, size: i32) -> String {
    format!("{}{size}.jpg", images(image))
}
