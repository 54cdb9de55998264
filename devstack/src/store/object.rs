//! A file with the bytes of an object and, behind them, what else is known of it. One file, so that an object is there whole
//! or not at all. The bytes of what was uploaded in parts stay in those (see [`super::uploads`]): its file has none.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// The last bytes of the file: the length of the description before them as 32 bits, then this.
const MAGIC: &[u8; 8] = b"object 1";
const FOOTER: u64 = 4 + MAGIC.len() as u64;
/// So much of a file's end is read first; most descriptions are shorter.
const TAIL: u64 = 2048;

/// What a client says of an object and gets back with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cache_control: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_disposition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_language: Option<String>,
    /// The `x-amz-meta-` headers.
    #[serde(default, skip_serializing_if = "HashMap::is_empty")]
    pub(crate) metadata: HashMap<String, String>,
}

/// One of the files that an object's bytes are in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartFile {
    /// Its name in the folder of the upload.
    pub(super) name: String,
    /// How many bytes.
    pub(super) size: u64,
}

/// The parts of which an object consists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parts {
    /// The upload that they were sent to.
    pub(super) upload: String,
    /// In order.
    pub(super) files: Vec<PartFile>,
}

/// What stands behind the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    /// The value of the `ETag`, without quotes.
    pub(crate) etag: String,
    #[serde(flatten)]
    pub(crate) attributes: Attributes,
    /// Where the bytes are, unless they are in this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parts: Option<Parts>,
}

/// An object that was opened.
#[derive(Debug)]
pub(crate) struct Object {
    /// What is known of it.
    pub(crate) description: Description,
    /// How many bytes it has.
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    /// The open file.
    pub(crate) file: File,
}

/// Writes the description behind the bytes that are in the file, and both to the disk.
pub(super) fn finish(file: &mut File, description: &Description) -> io::Result<()> {
    let mut tail = serde_json::to_vec(description)?;
    let length = u32::try_from(tail.len()).map_err(io::Error::other)?;
    tail.extend(length.to_le_bytes());
    tail.extend(MAGIC);
    file.seek(SeekFrom::End(0))?;
    file.write_all(&tail)?;
    file.sync_data()
}

/// Opens an object; none when it is not there.
pub(crate) fn open(path: &Path) -> io::Result<Option<Object>> {
    let mut file = match File::open(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        file => file?,
    };
    let metadata = file.metadata()?;
    let (description, own) = read_description(&mut file, metadata.len())?;
    let size = match &description.parts {
        Some(parts) => parts.files.iter().map(|part| part.size).sum(),
        None => own,
    };
    Ok(Some(Object { description, size, modified: metadata.modified()?, file }))
}

/// The description at the end of a file, and how many bytes are before it.
fn read_description(file: &mut File, length: u64) -> io::Result<(Description, u64)> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the file is no object");
    let mut tail = read_end(file, length, TAIL.min(length))?;
    let footer = tail.len().checked_sub(FOOTER as usize).ok_or_else(damaged)?;
    let (of_length, magic) = tail[footer..].split_at(4);
    if magic != MAGIC {
        return Err(damaged());
    }
    let described = u64::from(u32::from_le_bytes(of_length.try_into().map_err(io::Error::other)?));
    let behind = described + FOOTER;
    let bytes = length.checked_sub(behind).ok_or_else(damaged)?;
    if behind > tail.len() as u64 {
        tail = read_end(file, length, behind)?;
    }
    let from = tail.len() - behind as usize;
    let description = serde_json::from_slice(&tail[from..from + described as usize])?;
    Ok((description, bytes))
}

fn read_end(file: &mut File, length: u64, count: u64) -> io::Result<Vec<u8>> {
    let mut tail = vec![0; usize::try_from(count).map_err(io::Error::other)?];
    file.seek(SeekFrom::Start(length - count))?;
    file.read_exact(&mut tail)?;
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use super::super::temporary::Folder;
    use super::*;

    fn description(parts: Option<Parts>) -> Description {
        let attributes = Attributes {
            content_type: Some("audio/flac".to_owned()),
            metadata: HashMap::from([("title".to_owned(), "é".repeat(10))]),
            ..Attributes::default()
        };
        Description { etag: "abc".to_owned(), attributes, parts }
    }

    fn written(bytes: &[u8], description: &Description) -> (Folder, std::path::PathBuf) {
        let folder = Folder::new();
        let path = folder.path().join("a.o");
        let mut file = File::options().create_new(true).read(true).write(true).open(&path).unwrap();
        file.write_all(bytes).unwrap();
        finish(&mut file, description).unwrap();
        (folder, path)
    }

    #[test]
    fn what_was_written_is_read_whatever_its_length() {
        for bytes in [Vec::new(), b"music".to_vec(), vec![7; 100_000]] {
            let (_folder, path) = written(&bytes, &description(None));
            let object = open(&path).unwrap().unwrap();
            assert_eq!((object.size, object.description), (bytes.len() as u64, description(None)));
        }
        let files = (0..10_000).map(|n| PartFile { name: format!("{n:05}-{}", "0".repeat(32)), size: 5 }).collect();
        let long = description(Some(Parts { upload: "u".to_owned(), files }));
        let (_folder, path) = written(b"", &long);
        let object = open(&path).unwrap().unwrap();
        assert_eq!((object.size, object.description), (50_000, long));
    }

    #[test]
    fn a_file_that_is_no_object_is_an_error_and_none_is_none() {
        let folder = Folder::new();
        let path = folder.path().join("a.o");
        assert!(open(&path).unwrap().is_none());
        for bytes in [&b""[..], b"x", &[b'x'; 3000], b"\xff\xff\xff\xffobject 1", b"\0\0\0\0object 1"] {
            std::fs::write(&path, bytes).unwrap();
            assert!(open(&path).is_err(), "{bytes:?}");
        }
    }
}
