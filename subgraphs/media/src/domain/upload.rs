//! Uploads: what may be uploaded, and in which pieces.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{TrackId, UploadId, UserId};
use polyphony_formats::cue::MAX_SHEET_BYTES;
use polyphony_kit::Viewer;

use super::{
    cut::Cut,
    library_folder::{FolderMode, LibraryFile},
    refusal::{Refusal, RefusalCode},
    text_enum,
};

/// The largest file, 5 GiB.
pub const MAX_BYTES: i64 = 5 << 30;
/// How long the bytes of an upload may take to arrive.
pub const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// The smallest part of a multipart upload that we ask for; S3 wants at least 5 MiB.
const PART_BYTES: i64 = 8 << 20;
/// About how many parts a large file is cut into.
const PARTS: i64 = 200;

text_enum! {
    /// What has become of an upload.
    UploadState {
        /// The parts are on their way.
        AwaitingBytes = "AWAITING_BYTES",
        /// All bytes are there and wait for a worker.
        Received = "RECEIVED",
        /// A worker finds out what the file is.
        Probing = "PROBING",
        /// A worker decodes it: how long, how loud and which audio it is.
        Transcoding = "TRANSCODING",
        /// It can be played.
        Ready = "READY",
        /// The file cannot become a track.
        Rejected = "REJECTED",
        /// Given up: cancelled, or the bytes never came.
        Expired = "EXPIRED",
    }
}

/// An upload as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Which.
    pub id: UploadId,
    /// Whose.
    pub owner: UserId,
    /// The file's name as the client gave it, for people.
    pub filename: String,
    /// The size that was announced.
    pub size_bytes: i64,
    /// What the bytes must hash to, if the client said so.
    pub sha256: Option<String>,
    /// The track that it was uploaded for.
    pub for_track: Option<TrackId>,
    /// Whether the catalog makes a track from its tags.
    pub catalog_from_tags: bool,
    /// What has become of it.
    pub state: UploadState,
    /// Why it was rejected.
    pub rejected_because: Option<RefusalCode>,
    /// The same in a sentence, for people.
    pub rejected_reason: Option<String>,
    /// Whether the same audio was there already.
    pub is_duplicate: bool,
    /// The track of the upload that has the same audio.
    pub duplicate_of: Option<TrackId>,
    /// The track that plays from it.
    pub track: Option<TrackId>,
    /// The store's id of the multipart upload, while it lasts.
    pub multipart_id: Option<String>,
    /// How large its parts are; the last may be smaller.
    pub part_size_bytes: i64,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// When its bytes must be there.
    pub expires_at: DateTime<Utc>,
    /// The upload that an earlier state of the file was, as its owner's client said.
    pub replaces: Option<UploadId>,
    /// The folder that the file was in, as its owner's client said.
    pub folder: Option<String>,
    /// Since when it is in its owner's trash.
    pub trashed_at: Option<DateTime<Utc>>,
    /// Which part of which upload it is, if it has no bytes of its own.
    pub cut: Option<Cut>,
    /// Why its cue sheet was not followed, for a person.
    pub not_split_because: Option<String>,
    /// The file on the server whose bytes it has, if nobody sent them.
    pub library: Option<LibraryFile>,
    /// Since when the file that it needs is gone.
    pub missing_since: Option<DateTime<Utc>>,
}

impl Upload {
    /// Its owner and admins see it.
    pub fn is_visible_to(&self, viewer: &Viewer) -> bool {
        self.owner == viewer.user || viewer.is_admin()
    }

    /// The file on the server that is read in place of an object: its bytes are not copied.
    pub fn reference(&self) -> Option<&LibraryFile> {
        self.library.as_ref().filter(|file| file.mode == FolderMode::Reference)
    }

    /// Its parts: number and size.
    pub fn parts(&self) -> Vec<(i32, i64)> {
        let count = (self.size_bytes + self.part_size_bytes - 1) / self.part_size_bytes;
        let size = |n: i64| (self.size_bytes - n * self.part_size_bytes).min(self.part_size_bytes);
        (0..count).map(|n| (n as i32 + 1, size(n))).collect()
    }
}

/// What a client wants to upload, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUpload {
    /// The name to show.
    pub filename: String,
    /// Size, 1 to [`MAX_BYTES`].
    pub size_bytes: i64,
    /// Hash of the bytes in lower case, if it is known.
    pub sha256: Option<String>,
    /// The track that it is for.
    pub track: Option<TrackId>,
    /// Whether the catalog makes a track from its tags.
    pub catalog_from_tags: bool,
    /// The folder that the file is in; compared only.
    pub folder: Option<String>,
    /// The upload that an earlier state of the same file was.
    pub replaces: Option<UploadId>,
    /// The cue sheet that lies beside the file.
    pub cue_sheet: Option<String>,
}

/// The most characters of a folder that are kept: those at its end.
const MAX_FOLDER: usize = 1_000;

impl NewUpload {
    /// Reads the folder of a file. It is compared and never shown to others, so nothing of it is refused: of a long one the end
    /// is kept.
    pub fn parse_folder(text: &str) -> Option<String> {
        let text = text.trim();
        let skipped = text.chars().count().saturating_sub(MAX_FOLDER);
        let kept: String = text.chars().skip(skipped).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        (!kept.is_empty()).then_some(kept)
    }

    /// Checks the size of a cue sheet. What is in it is looked at when the file is there.
    pub fn parse_cue_sheet(text: &str) -> Result<String, Refusal> {
        if text.len() > MAX_SHEET_BYTES {
            let message = format!("A cue sheet may have at most {MAX_SHEET_BYTES} bytes.");
            return Err(Refusal::new(RefusalCode::InvalidInput, message).at(&["input", "cueSheet"]));
        }
        // The database takes no NUL, and no sheet means one.
        Ok(text.replace('\0', ""))
    }

    /// Checks a name: 1 to 255 characters. It is only ever shown, so whatever could garble a terminal is replaced.
    pub fn parse_filename(text: &str) -> Result<String, Refusal> {
        let text = text.trim();
        if !(1..=255).contains(&text.chars().count()) {
            return Err(Refusal::new(RefusalCode::InvalidInput, "The file name must have 1 to 255 characters.")
                .at(&["input", "filename"]));
        }
        Ok(text.replace(|c: char| c.is_control(), "\u{fffd}"))
    }

    /// Checks a size in bytes: a whole number from 1 to [`MAX_BYTES`].
    pub fn parse_size(bytes: f64) -> Result<i64, Refusal> {
        let path = &["input", "sizeBytes"];
        if bytes > MAX_BYTES as f64 {
            let message = format!("A file may have at most {MAX_BYTES} bytes.");
            return Err(Refusal::new(RefusalCode::MediaTooLarge, message).at(path));
        }
        if !(bytes >= 1.0 && bytes.fract() == 0.0) {
            let message = "The size must be a whole number of bytes, at least 1.";
            return Err(Refusal::new(RefusalCode::InvalidInput, message).at(path));
        }
        Ok(bytes as i64)
    }

    /// Checks a SHA-256: 64 hexadecimal digits.
    pub fn parse_sha256(text: &str) -> Result<String, Refusal> {
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(text.to_ascii_lowercase());
        }
        Err(Refusal::new(RefusalCode::InvalidInput, "A SHA-256 has 64 hexadecimal digits.").at(&["input", "sha256"]))
    }

    /// How large the parts are: 8 MiB, more for large files, so that there are never many more than 200.
    pub fn part_size_bytes(&self) -> i64 {
        const MIB: i64 = 1 << 20;
        PART_BYTES.max((self.size_bytes / PARTS).div_euclid(MIB) * MIB + MIB).min(self.size_bytes.max(1))
    }
}

/// How much one person may upload.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Bytes of all uploads that are not rejected or expired.
    pub bytes: i64,
    /// Uploads whose bytes are still awaited.
    pub open_uploads: i64,
}

impl Quota {
    /// Refuses an upload of `size` when `used_bytes` and `open` uploads are there already.
    pub fn check(self, used_bytes: i64, open: i64, size: i64) -> Result<(), Refusal> {
        if open >= self.open_uploads {
            let message = format!("At most {} uploads may be open at once.", self.open_uploads);
            return Err(Refusal::new(RefusalCode::QuotaExceeded, message));
        }
        if used_bytes.saturating_add(size) > self.bytes {
            let message = format!("Your uploads may have {} bytes together; {used_bytes} are used.", self.bytes);
            return Err(Refusal::new(RefusalCode::QuotaExceeded, message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T, Refusal>) -> Option<RefusalCode> {
        result.err().map(|refusal| refusal.code)
    }

    #[test]
    fn a_size_is_a_whole_number_from_1_byte_to_5_gib() {
        assert_eq!(NewUpload::parse_size(1.0), Ok(1));
        assert_eq!(NewUpload::parse_size(5_368_709_120.0), Ok(MAX_BYTES));
        assert_eq!(code(NewUpload::parse_size(5_368_709_121.0)), Some(RefusalCode::MediaTooLarge));
        for bytes in [0.0, -1.0, 1.5, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(code(NewUpload::parse_size(bytes)), Some(RefusalCode::InvalidInput), "{bytes}");
        }
        assert_eq!(code(NewUpload::parse_size(f64::INFINITY)), Some(RefusalCode::MediaTooLarge));
    }

    #[test]
    fn a_name_is_kept_as_it_is_but_cannot_garble_a_terminal() {
        assert_eq!(NewUpload::parse_filename("../../etc/passwd").unwrap(), "../../etc/passwd");
        assert_eq!(NewUpload::parse_filename("a\u{0}b\n").unwrap(), "a\u{fffd}b");
        assert!(NewUpload::parse_filename("  ").is_err());
        assert!(NewUpload::parse_filename(&"ö".repeat(255)).is_ok());
        assert!(NewUpload::parse_filename(&"ö".repeat(256)).is_err());
    }

    #[test]
    fn of_a_long_folder_the_end_is_kept() {
        assert_eq!(NewUpload::parse_folder(" music/a "), Some("music/a".to_owned()));
        assert_eq!(NewUpload::parse_folder("  "), None);
        assert_eq!(NewUpload::parse_folder(&("x".repeat(1_000) + "/ö")).unwrap().chars().count(), 1_000);
        assert_eq!(NewUpload::parse_folder("a\u{0}b").unwrap(), "a\u{fffd}b");
    }

    #[test]
    fn a_hash_is_64_hexadecimal_digits_in_any_case() {
        assert_eq!(NewUpload::parse_sha256(&"AB".repeat(32)).unwrap(), "ab".repeat(32));
        assert!(NewUpload::parse_sha256("abc").is_err() && NewUpload::parse_sha256(&"zz".repeat(32)).is_err());
    }

    #[test]
    fn large_files_have_larger_parts_not_more_of_them() {
        for (size, part, count) in [
            (1, 1, 1),
            (PART_BYTES, PART_BYTES, 1),
            (PART_BYTES + 1, PART_BYTES, 2),
            (1 << 30, PART_BYTES, 128),
            (MAX_BYTES, 26 << 20, 197),
        ] {
            let new = NewUpload {
                filename: "x".to_owned(),
                size_bytes: size,
                sha256: None,
                track: None,
                catalog_from_tags: false,
                folder: None,
                replaces: None,
                cue_sheet: None,
            };
            assert_eq!(new.part_size_bytes(), part, "{size}");
            assert_eq!((size + part - 1) / part, count, "{size}");
        }
    }

    #[test]
    fn a_quota_counts_bytes_and_open_uploads() {
        let quota = Quota { bytes: 100, open_uploads: 2 };
        assert_eq!(quota.check(90, 1, 10), Ok(()));
        assert_eq!(code(quota.check(91, 1, 10)), Some(RefusalCode::QuotaExceeded));
        assert_eq!(code(quota.check(0, 2, 1)), Some(RefusalCode::QuotaExceeded));
    }
}
