//! What the object store should hold: which objects of an upload are needed, and which must be there.

use polyphony_events::{DataExportId, UploadId, ids::ImageId};

use super::{keys, upload::UploadState};

/// What an object is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file that was uploaded.
    Source(UploadId),
    /// Something that an attempt made of it.
    Made(UploadId, i32),
    /// Something of a picture.
    Picture(ImageId),
    /// The archive that an attempt made of an export of somebody's data.
    Archive(DataExportId, i32),
}

impl Place {
    /// Reads the name of an object of ours; nothing for names that we do not give.
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.splitn(4, '/');
        let (top, id) = (parts.next()?, parts.next()?);
        if top == "images" {
            return ImageId::parse(id).filter(|_| parts.next().is_some() && parts.next().is_none()).map(Self::Picture);
        }
        if top == "exports" {
            let attempt = parts.next()?.strip_suffix(".zip")?.parse().ok()?;
            return DataExportId::parse(id).filter(|_| parts.next().is_none()).map(|id| Self::Archive(id, attempt));
        }
        let upload = UploadId::parse(id)?;
        match (top, parts.next()?) {
            ("uploads", "source") if parts.next().is_none() => Some(Self::Source(upload)),
            ("tracks", attempt) if parts.next().is_some() => Some(Self::Made(upload, attempt.parse().ok()?)),
            _ => None,
        }
    }

    /// Of which upload it is, if it is of one.
    pub fn upload(self) -> Option<UploadId> {
        match self {
            Self::Source(upload) | Self::Made(upload, _) => Some(upload),
            Self::Picture(_) | Self::Archive(..) => None,
        }
    }

    /// Of which picture it is, if it is of one.
    pub fn picture(self) -> Option<ImageId> {
        match self {
            Self::Picture(image) => Some(image),
            Self::Source(_) | Self::Made(..) | Self::Archive(..) => None,
        }
    }

    /// Of which export it is, if it is of one.
    pub fn export(self) -> Option<DataExportId> {
        match self {
            Self::Archive(export, _) => Some(export),
            Self::Source(_) | Self::Made(..) | Self::Picture(_) => None,
        }
    }
}

/// What is known of an upload whose objects were found.
#[derive(Clone, Debug)]
pub struct Known {
    /// Which.
    pub id: UploadId,
    /// What has become of it.
    pub state: UploadState,
    /// Whether it plays from another upload.
    pub is_duplicate: bool,
    /// Whether others play from it: then what was made of it stays when it is let go.
    pub has_duplicates: bool,
    /// The attempts whose outcomes are played and shown.
    pub encoded_by: Vec<i32>,
    /// The attempt that is at work.
    pub running: Option<i32>,
}

impl Known {
    /// Whether an object of this upload is there for a reason.
    pub fn needs(&self, place: Place) -> bool {
        let is_kept = !matches!(self.state, UploadState::Rejected | UploadState::Expired) && !self.is_duplicate;
        let has_bytes = is_kept || self.has_duplicates;
        match place {
            Place::Source(_) => has_bytes,
            Place::Picture(_) | Place::Archive(..) => false,
            Place::Made(_, attempt) => {
                has_bytes && (self.encoded_by.contains(&attempt) || self.running == Some(attempt))
            }
        }
    }
}

/// An upload whose bytes arrived and that is not ready yet.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// Which upload.
    pub id: UploadId,
    /// The upload that has its bytes: itself, or that which it is cut from.
    pub source: UploadId,
    /// The multipart upload whose parts may not be joined yet.
    pub multipart_id: Option<String>,
    /// Whether its bytes lie in a folder on the server, which a scan of that looks after.
    pub is_elsewhere: bool,
}

/// A finished encoding, with what it consists of.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Which upload.
    pub id: UploadId,
    /// The upload that has its bytes: itself, or that which it is cut from.
    pub source: UploadId,
    /// Whether its bytes lie in a folder on the server.
    pub is_elsewhere: bool,
    /// The attempt that began it, and made its cover.
    pub attempt: i32,
    /// The attempt that made its MP3.
    pub mp3_attempt: i32,
    /// The sizes of its cover.
    pub covers: Vec<i32>,
    /// Name, attempt and count of segments of each rendition.
    pub renditions: Vec<(String, i32, u32)>,
}

impl Finished {
    /// The names of all objects that players may ask for.
    pub fn objects(&self) -> Vec<String> {
        let id = self.id;
        let covers = self.covers.iter().map(|size| keys::cover(id, self.attempt, *size));
        let segments = self.renditions.iter().flat_map(|(name, attempt, count)| {
            let segments = (0..*count).map(move |index| keys::segment(id, *attempt, name, index));
            std::iter::once(keys::init(id, *attempt, name)).chain(segments)
        });
        std::iter::once(keys::mp3(id, self.mp3_attempt)).chain(covers).chain(segments).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_we_give_is_read_and_no_other() {
        let id = UploadId::new();
        assert_eq!(Place::parse(&keys::source(id)), Some(Place::Source(id)));
        let finished = Finished {
            id,
            source: id,
            is_elsewhere: false,
            attempt: 2,
            mp3_attempt: 3,
            covers: vec![320, 640],
            renditions: vec![("aac-64".to_owned(), 3, 2), ("flac".to_owned(), 3, 1)],
        };
        let objects = finished.objects();
        assert_eq!(objects.len(), 1 + 2 + 3 + 2);
        let of = |attempt| objects.iter().filter(|key| Place::parse(key) == Some(Place::Made(id, attempt))).count();
        assert_eq!((of(2), of(3)), (2, 6));
        let picture = ImageId::new();
        for key in [keys::image(picture, 320), keys::image_source(picture)] {
            assert_eq!(Place::parse(&key), Some(Place::Picture(picture)));
        }
        let export = DataExportId::new();
        assert_eq!(Place::parse(&keys::archive(export, 2)), Some(Place::Archive(export, 2)));
        for name in [
            &format!("exports/{export}/2.zip/x"),
            &format!("exports/{export}/x.zip"),
            &format!("exports/{id}/1.zip"),
            "",
            "images/x/320.jpg",
            &format!("images/{picture}"),
            &format!("images/{picture}/a/b"),
            "a",
            "uploads/x/source",
            "backup/2026.tar",
            &format!("uploads/{id}/source/x"),
            &format!("tracks/{id}/x/a"),
            &format!("tracks/{id}/1"),
        ] {
            assert_eq!(Place::parse(name), None, "{name}");
        }
    }

    #[test]
    fn what_a_running_attempt_makes_is_needed_and_what_earlier_ones_left_is_not() {
        let id = UploadId::new();
        let running = Known {
            id,
            state: UploadState::Transcoding,
            is_duplicate: false,
            has_duplicates: false,
            encoded_by: vec![3],
            running: Some(2),
        };
        assert!(
            running.needs(Place::Source(id)) && running.needs(Place::Made(id, 2)) && running.needs(Place::Made(id, 3))
        );
        assert!(!running.needs(Place::Made(id, 1)));
        let duplicate = Known { is_duplicate: true, state: UploadState::Ready, running: None, ..running.clone() };
        let rejected = Known { state: UploadState::Rejected, ..running };
        assert!(
            ![duplicate, rejected]
                .iter()
                .any(|known| known.needs(Place::Source(id)) || known.needs(Place::Made(id, 2)))
        );
    }
}
