//! Pictures: what may be uploaded, and where which size of one is stored.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{UploadId, UserId, ids::ImageId};

use super::{
    keys,
    refusal::{Refusal, RefusalCode},
    text_enum,
};

/// The largest file, 16 MiB.
pub const MAX_BYTES: i64 = 16 << 20;
/// How long the bytes of a picture may take to arrive.
pub const LIFETIME: TimeDelta = TimeDelta::hours(1);
/// The most pictures of one person.
pub const MAX_IMAGES: i64 = 2000;
/// The most of these that may await their bytes at once.
pub const MAX_OPEN: i64 = 50;

text_enum! {
    /// What has become of an upload of a picture.
    ImageState {
        /// The bytes are on their way.
        AwaitingBytes = "AWAITING_BYTES",
        /// It can be shown.
        Ready = "READY",
        /// The file cannot become a picture.
        Rejected = "REJECTED",
    }
}

/// An upload of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageUpload {
    /// Which picture it becomes.
    pub id: ImageId,
    /// Whose.
    pub owner: UserId,
    /// What has become of it.
    pub state: ImageState,
    /// The size that was announced.
    pub size_bytes: i64,
    /// The store's id of the multipart upload, while it lasts.
    pub multipart_id: Option<String>,
    /// Why it was rejected.
    pub rejected: Option<Refusal>,
    /// When its bytes must be there.
    pub expires_at: DateTime<Utc>,
}

impl ImageUpload {
    /// Its only part: number and size.
    pub fn part(&self) -> (i32, i64) {
        (1, self.size_bytes)
    }

    /// Checks a size in bytes: a whole number from 1 to [`MAX_BYTES`].
    pub fn parse_size(bytes: f64) -> Result<i64, Refusal> {
        let path = &["input", "sizeBytes"];
        if bytes > MAX_BYTES as f64 {
            let message = format!("A picture may have at most {MAX_BYTES} bytes.");
            return Err(Refusal::new(RefusalCode::MediaTooLarge, message).at(path));
        }
        if !(bytes >= 1.0 && bytes.fract() == 0.0) {
            let message = "The size must be a whole number of bytes, at least 1.";
            return Err(Refusal::new(RefusalCode::InvalidInput, message).at(path));
        }
        Ok(bytes as i64)
    }

    /// Refuses another picture of somebody who has so many, so many of which still await their bytes.
    pub fn check_quota(all: i64, open: i64) -> Result<(), Refusal> {
        let refuse = |message: String| Err(Refusal::new(RefusalCode::QuotaExceeded, message).at(&["input"]));
        if all >= MAX_IMAGES {
            return refuse(format!("At most {MAX_IMAGES} pictures may be kept; delete some first."));
        }
        if open >= MAX_OPEN {
            return refuse(format!("At most {MAX_OPEN} pictures may be on their way at once."));
        }
        Ok(())
    }
}

/// Where a picture is served, below the base of our URLs: what others keep of it, so that it outlives a change of host.
pub fn path(id: ImageId) -> String {
    format!("/v1/images/{id}.jpg")
}

/// Who made the objects of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody uploaded it as a picture.
    Uploaded,
    /// It was found in this upload, by this attempt.
    Cover(UploadId, i32),
}

/// A picture that can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Which.
    pub id: ImageId,
    /// Where it comes from.
    pub origin: Origin,
    /// Width and height of the largest size, in pixels; none for covers that were stored by an older version.
    pub dimensions: Option<(i32, i32)>,
    /// What stands for it until it is there.
    pub blurhash: Option<String>,
    /// `#rrggbb`.
    pub dominant_color: Option<String>,
    /// The stored sizes: pixels of the longer side at most, from small to large.
    pub sizes: Vec<i32>,
}

impl Image {
    /// The name of the object that holds one of its sizes.
    pub fn key(&self, size: i32) -> String {
        match self.origin {
            Origin::Uploaded => keys::image(self.id, size),
            Origin::Cover(upload, attempt) => keys::cover(upload, attempt, size),
        }
    }

    /// The smallest stored size that is no smaller than wanted, else the largest.
    pub fn fitting(&self, wanted: i32) -> Option<i32> {
        self.sizes.iter().copied().find(|size| *size >= wanted).or(self.sizes.last().copied())
    }

    /// Width and height of one of its sizes; the largest holds the whole picture, which may be smaller than its name.
    pub fn dimensions_of(&self, size: i32) -> Option<(i32, i32)> {
        let (width, height) = self.dimensions?;
        let longer = width.max(height);
        if size >= longer {
            return Some((width, height));
        }
        let scaled = |side: i32| ((f64::from(side) * f64::from(size) / f64::from(longer)).round() as i32).max(1);
        Some((scaled(width), scaled(height)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_size_that_is_large_enough_is_chosen() {
        let image = Image {
            id: ImageId::new(),
            origin: Origin::Uploaded,
            dimensions: Some((700, 1000)),
            blurhash: None,
            dominant_color: None,
            sizes: vec![320, 640, 1280],
        };
        assert_eq!([1, 320, 321, 5000].map(|wanted| image.fitting(wanted)), [320, 320, 640, 1280].map(Some));
        let shapes = [320, 640, 1280].map(|size| image.dimensions_of(size));
        assert_eq!(shapes, [(224, 320), (448, 640), (700, 1000)].map(Some));
        assert_eq!(Image { dimensions: Some((5000, 2)), ..image }.dimensions_of(320), Some((320, 1)));
    }
}
