//! The `CUESHEET` block of a FLAC file: where the tracks of a disc begin, in samples. Layout: RFC 9639, section 8.7.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use polyphony_formats::cue::{Said, SheetTrack};

/// The type of the block.
const CUESHEET: u8 = 5;
/// What the block says before its tracks, and before the indexes of each.
const HEAD: usize = 396;
const TRACK_HEAD: usize = 36;
const INDEX: usize = 12;
/// Of a disc at most 100 tracks, of 100 indexes each.
const MAX_BLOCK: usize = HEAD + 100 * (TRACK_HEAD + 100 * INDEX);
/// Numbers of what follows the last track.
const LEAD_OUT: [u8; 2] = [170, 255];
/// The flag of a track that is no audio.
const NO_AUDIO: u8 = 0x80;

/// A track of the block.
pub(super) struct BlockTrack {
    /// Its first sample.
    pub(super) start: u64,
    /// Its number and ISRC.
    pub(super) told: SheetTrack,
}

/// Reads the block, if the file has one whose tracks are in order.
pub(super) fn read(path: &Path) -> Option<Vec<BlockTrack>> {
    let tracks = tracks(&block(&mut File::open(path).ok()?)?)?;
    tracks.is_sorted_by(|one, next| one.start < next.start).then_some(tracks)
}

/// The bytes of the block.
fn block(file: &mut (impl Read + Seek)) -> Option<Vec<u8>> {
    let mut marker = [0; 4];
    file.read_exact(&mut marker).ok()?;
    if marker.starts_with(b"ID3") {
        let mut rest = [0; 6];
        file.read_exact(&mut rest).ok()?;
        let size = rest[2..6].iter().fold(0_i64, |size, byte| size << 7 | i64::from(byte & 0x7f));
        file.seek(SeekFrom::Current(size)).ok()?;
        file.read_exact(&mut marker).ok()?;
    }
    if marker != *b"fLaC" {
        return None;
    }
    loop {
        let mut header = [0; 4];
        file.read_exact(&mut header).ok()?;
        let size = header[1..].iter().fold(0_usize, |size, byte| size << 8 | usize::from(*byte));
        if header[0] & 0x7f == CUESHEET {
            let mut block = vec![0; size.min(MAX_BLOCK)];
            return file.read_exact(&mut block).is_ok().then_some(block);
        }
        if header[0] & 0x80 != 0 {
            return None;
        }
        file.seek(SeekFrom::Current(size as i64)).ok()?;
    }
}

fn tracks(block: &[u8]) -> Option<Vec<BlockTrack>> {
    let mut tracks = Vec::new();
    let mut rest = block.get(HEAD..)?;
    for _ in 0..*block.get(HEAD - 1)? {
        let (head, tail) = rest.split_at_checked(TRACK_HEAD)?;
        let count = usize::from(head[TRACK_HEAD - 1]);
        let (indexes, tail) = tail.split_at_checked(count * INDEX)?;
        rest = tail;
        if LEAD_OUT.contains(&head[8]) || head[21] & NO_AUDIO != 0 {
            continue;
        }
        let offset = u64::from_be_bytes(head[..8].try_into().ok()?);
        let music = indexes.chunks_exact(INDEX).find(|index| index[8] == 1)?;
        let start = offset.checked_add(u64::from_be_bytes(music[..8].try_into().ok()?))?;
        let isrc = String::from_utf8_lossy(&head[9..21]).trim_end_matches('\0').to_owned();
        let said = Said { isrc: Some(isrc).filter(|isrc| !isrc.is_empty()), ..Said::default() };
        tracks.push(BlockTrack { start, told: SheetTrack { number: head[8].into(), said, start: 0 } });
    }
    Some(tracks)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A FLAC file's beginning with tracks of these numbers, offsets and flags; each has a gap of 588 samples.
    fn flac(tracks: &[(u8, u64, u8)]) -> Vec<u8> {
        let mut block = vec![0; HEAD - 1];
        block.push(tracks.len() as u8);
        for (number, offset, flags) in tracks {
            block.extend(offset.to_be_bytes());
            block.push(*number);
            block.extend(b"GBAYE6800011");
            block.push(*flags);
            block.extend([0; 13]);
            block.push(2);
            block.extend([0; INDEX]);
            block.extend(588_u64.to_be_bytes());
            block.extend([1, 0, 0, 0]);
        }
        let mut file = b"ID3\x04\0\0\0\0\0\x02xxfLaC\x04\0\0\x01x".to_vec();
        file.push(0x80 | CUESHEET);
        file.extend(&(block.len() as u32).to_be_bytes()[1..]);
        file.extend(block);
        file
    }

    #[test]
    fn tracks_begin_at_their_first_index_and_what_is_no_music_is_left_out() {
        let file = flac(&[(1, 0, 0), (2, 44_100, 0), (3, 88_200, NO_AUDIO), (170, 132_300, 0)]);
        let found = tracks(&block(&mut Cursor::new(file)).unwrap()).unwrap();
        let starts: Vec<_> = found.iter().map(|track| (track.told.number, track.start)).collect();
        assert_eq!(starts, [(1, 588), (2, 44_688)]);
        assert_eq!(found[0].told.said.isrc.as_deref(), Some("GBAYE6800011"));
    }

    #[test]
    fn a_block_that_is_cut_off_says_nothing() {
        let file = flac(&[(1, 0, 0), (2, 44_100, 0)]);
        assert!(block(&mut Cursor::new(&file[..file.len() - 1])).is_none());
        assert!(tracks(&[0; HEAD - 1]).is_none());
        assert!(block(&mut Cursor::new(b"RIFF")).is_none());
    }
}
