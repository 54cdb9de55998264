//! The decoded audio as it passes through a pipe: it is counted, hashed and drawn, and never kept. The count is the
//! truth about a track's length, whatever a header says.

use sha2::{Digest, Sha256};

use super::waveform::Waveform;

/// A hash of decoded audio: SHA-256 over sample rate, channels and the samples as 16-bit PCM. The same recording as
/// FLAC, WAV or ALAC, with any tags, has the same hash; a lossy copy has another one, and so has one with more bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioHash(pub [u8; 32]);

impl AudioHash {
    /// The hash as 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

/// Takes 16-bit little-endian PCM in pieces of any size.
pub(super) struct Pcm {
    channels: usize,
    frames: u64,
    /// What is found of the samples; none where they are only counted.
    found: Option<(Sha256, Waveform)>,
    /// The beginning of a frame whose end is in the next piece.
    carry: Vec<u8>,
}

impl Pcm {
    /// PCM of a source with so many significant bits per sample.
    pub(super) fn new(sample_rate: u32, channels: u16, bits: u16) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(sample_rate.to_le_bytes());
        hasher.update(channels.to_le_bytes());
        // What 16 bits cut off must not make a master the duplicate of its copy.
        if bits > 16 {
            hasher.update(b"more than 16 bits");
        }
        Self { found: Some((hasher, Waveform::new())), ..Self::counted(channels) }
    }

    /// PCM of which nothing but the length is wanted.
    pub(super) fn counted(channels: u16) -> Self {
        Self { channels: channels.into(), frames: 0, found: None, carry: Vec::new() }
    }

    pub(super) fn feed(&mut self, piece: &[u8]) {
        if let Some((hasher, _)) = &mut self.found {
            hasher.update(piece);
        }
        let frame_bytes = self.channels * 2;
        let mut rest = piece;
        if !self.carry.is_empty() {
            let missing = (frame_bytes - self.carry.len()).min(rest.len());
            self.carry.extend_from_slice(&rest[..missing]);
            rest = &rest[missing..];
            if self.carry.len() < frame_bytes {
                return;
            }
            let carry = std::mem::take(&mut self.carry);
            self.take(&carry);
        }
        let (whole, part) = rest.split_at(rest.len() - rest.len() % frame_bytes);
        self.take(whole);
        self.carry.extend_from_slice(part);
    }

    fn take(&mut self, whole_frames: &[u8]) {
        if let Some((_, waveform)) = &mut self.found {
            waveform.feed(whole_frames, self.channels);
        }
        self.frames += (whole_frames.len() / (self.channels * 2)) as u64;
    }

    /// How many frames (samples per channel) have passed.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// The hash and the waveform of all that has passed.
    pub(super) fn finish(self, waveform_points: usize) -> (AudioHash, Vec<f32>) {
        let (hasher, waveform) = self.found.unwrap_or_else(|| (Sha256::new(), Waveform::new()));
        (AudioHash(hasher.finalize().into()), waveform.finish(waveform_points))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_of_the_pieces_do_not_matter() {
        let bytes: Vec<u8> = (0..4_000_u32).map(|n| (n % 251) as u8).collect();
        let mut whole = Pcm::new(44_100, 2, 16);
        whole.feed(&bytes);
        for size in [1, 3, 7, 1000] {
            let mut pieces = Pcm::new(44_100, 2, 16);
            bytes.chunks(size).for_each(|piece| pieces.feed(piece));
            assert_eq!(pieces.frames(), 1000);
            let mut again = Pcm::new(44_100, 2, 16);
            again.feed(&bytes);
            assert_eq!(pieces.finish(10), again.finish(10));
        }
        assert_eq!(whole.frames(), 1000);
    }

    #[test]
    fn the_same_samples_at_another_rate_are_another_recording() {
        assert_ne!(Pcm::new(44_100, 2, 16).finish(1).0, Pcm::new(48_000, 2, 16).finish(1).0);
    }

    #[test]
    fn a_master_of_24_bits_is_not_its_copy_of_16() {
        assert_ne!(Pcm::new(44_100, 2, 24).finish(1).0, Pcm::new(44_100, 2, 16).finish(1).0);
    }
}
