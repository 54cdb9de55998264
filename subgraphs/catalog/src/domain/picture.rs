//! Pictures. What is kept of one that media serves is its path, so that it outlives a change of host, scheme or port; what is
//! somebody else's is kept as the URL that was given.

use std::sync::Arc;

use polyphony_events::{UploadId, ids::ImageId};

const IMAGES: &str = "/v1/images/";
/// Where covers were served before they had ids of their own.
const COVERS: &str = "/v1/covers/";

/// What is kept of a picture of ours.
pub fn reference(id: ImageId) -> String {
    format!("{IMAGES}{id}.jpg")
}

/// What is kept of the cover that was found in an upload: its id has the bits of the upload's.
pub fn cover_of(upload: UploadId) -> String {
    reference(ImageId(upload.0))
}

/// Which picture of ours this is, by what is kept of it.
pub fn image_id(reference: &str) -> Option<ImageId> {
    let name = |folder| reference.strip_prefix(folder)?.strip_suffix(".jpg");
    let cover = || Some(ImageId(UploadId::parse(name(COVERS)?)?.0));
    name(IMAGES).and_then(ImageId::parse).or_else(cover)
}

/// The base of media's public URLs as clients see them.
#[derive(Clone, Debug)]
pub struct MediaBase(Arc<str>);

impl MediaBase {
    /// This base, such as `https://media.example.org`.
    pub fn new(url: &str) -> Self {
        Self(url.trim_end_matches('/').into())
    }

    /// The URL of a picture, by what is kept of it.
    pub fn url(&self, reference: &str) -> String {
        if reference.starts_with('/') { format!("{}{reference}", self.0) } else { reference.to_owned() }
    }

    /// What is kept of a picture that a client names by its URL.
    pub fn reference(&self, url: &str) -> String {
        let path = url.strip_prefix(&*self.0).map(|path| path.split('?').next().unwrap_or(path));
        path.and_then(image_id).map_or_else(|| url.to_owned(), reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_ours_is_kept_without_its_host_and_another_as_it_is() {
        let (here, moved) =
            (MediaBase::new("http://127.0.0.1:4107/"), MediaBase::new("https://music.example.org/media"));
        let id = ImageId::new();
        let kept = here.reference(&format!("http://127.0.0.1:4107/v1/images/{id}.jpg?size=640"));
        assert_eq!((kept.as_str(), image_id(&kept)), (&*reference(id), Some(id)));
        assert_eq!(moved.url(&kept), format!("https://music.example.org/media/v1/images/{id}.jpg"));
        for foreign in ["https://example.org/a.jpg", "http://127.0.0.1:4107/elsewhere.jpg"] {
            assert_eq!((&*here.reference(foreign), &*moved.url(foreign), image_id(foreign)), (foreign, foreign, None));
        }
        let upload = UploadId::new();
        assert_eq!(image_id(&format!("/v1/covers/{upload}.jpg")), Some(ImageId(upload.0)));
        assert_eq!(image_id(&cover_of(upload)), Some(ImageId(upload.0)));
    }
}
