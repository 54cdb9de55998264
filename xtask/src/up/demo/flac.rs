//! A small FLAC encoder: fixed predictors, Rice codes, tags and a picture (RFC 9639). It knows nothing of music.
//!
//! Its files decode to exactly the samples that it was given, so that pieces cut from one recording join without a seam.

/// Samples per second of all files.
pub(super) const SAMPLE_RATE: u32 = 44_100;

/// Samples of a block; the last one may be shorter.
const BLOCK: usize = 4096;
/// Residuals of a full block are coded in `2^PARTITION_ORDER` parts, each with its own parameter.
const PARTITION_ORDER: usize = 4;
/// The highest parameter of a Rice code in four bits; 15 means something else.
const MAX_RICE: u32 = 14;
const MAX_ORDER: usize = 4;

/// What a file says of itself.
#[derive(Default)]
pub(super) struct Metadata {
    /// Vorbis comments, name and value.
    pub(super) comments: Vec<(&'static str, String)>,
    /// The front cover, a PNG.
    pub(super) cover: Option<Vec<u8>>,
}

/// Encodes 16-bit stereo.
pub(super) fn encode(samples: &[[i16; 2]], metadata: &Metadata) -> Vec<u8> {
    let mut file = b"fLaC".to_vec();
    let mut blocks = vec![(0, stream_info(samples.len() as u64)), (4, vorbis_comment(&metadata.comments))];
    blocks.extend(metadata.cover.as_ref().map(|png| (6, picture(png))));
    let last = blocks.len() - 1;
    for (at, (kind, block)) in blocks.iter().enumerate() {
        let flag = if at == last { 0x80_u8 } else { 0 };
        file.push(flag | kind);
        file.extend(&(block.len() as u32).to_be_bytes()[1..]);
        file.extend(block);
    }
    for (number, block) in samples.chunks(BLOCK).enumerate() {
        file.extend(frame(number as u32, block));
    }
    file
}

fn stream_info(samples: u64) -> Vec<u8> {
    let mut bits = BitWriter::default();
    bits.put(BLOCK as u64, 16);
    bits.put(BLOCK as u64, 16);
    // The smallest and the largest frame: unknown.
    bits.put(0, 48);
    bits.put(u64::from(SAMPLE_RATE), 20);
    bits.put(2 - 1, 3);
    bits.put(16 - 1, 5);
    bits.put(samples, 36);
    // The MD5 of the samples: not computed.
    bits.put(0, 64);
    bits.put(0, 64);
    bits.finish()
}

fn vorbis_comment(comments: &[(&'static str, String)]) -> Vec<u8> {
    let mut block = Vec::new();
    let mut text = |text: &str| {
        block.extend((text.len() as u32).to_le_bytes());
        block.extend(text.as_bytes());
    };
    text("polyphony demo");
    let lines: Vec<String> = comments.iter().map(|(name, value)| format!("{name}={value}")).collect();
    block.extend((lines.len() as u32).to_le_bytes());
    for line in lines {
        block.extend((line.len() as u32).to_le_bytes());
        block.extend(line.as_bytes());
    }
    block
}

fn picture(png: &[u8]) -> Vec<u8> {
    const FRONT_COVER: u32 = 3;
    let mime = b"image/png";
    let mut block = Vec::new();
    block.extend(FRONT_COVER.to_be_bytes());
    block.extend((mime.len() as u32).to_be_bytes());
    block.extend(mime);
    // No description; width, height, depth and colours are told by the picture.
    block.extend([0; 20]);
    block.extend((png.len() as u32).to_be_bytes());
    block.extend(png);
    block
}

fn frame(number: u32, block: &[[i16; 2]]) -> Vec<u8> {
    let left: Vec<i32> = block.iter().map(|[left, _]| i32::from(*left)).collect();
    let right: Vec<i32> = block.iter().map(|[_, right]| i32::from(*right)).collect();
    let side: Vec<i32> = left.iter().zip(&right).map(|(left, right)| left - right).collect();
    let is_joint = best_order(&side).1 < best_order(&right).1;
    let mut bits = BitWriter::default();
    // The sync code, and that all blocks have one size.
    bits.put(0b11_1111_1111_1110, 14);
    bits.put(0, 2);
    bits.put(if block.len() == BLOCK { 0b1100 } else { 0b0111 }, 4);
    bits.put(0b1001, 4);
    bits.put(if is_joint { 0b1000 } else { 0b0001 }, 4);
    bits.put(0b1000, 4);
    let coded = char::from_u32(number).map(|number| number.to_string()).unwrap_or_default();
    bits.bytes(coded.as_bytes());
    if block.len() != BLOCK {
        bits.put(block.len() as u64 - 1, 16);
    }
    let check = crc8(&bits.bytes);
    bits.put(u64::from(check), 8);
    subframe(&mut bits, &left, 16);
    if is_joint {
        subframe(&mut bits, &side, 17);
    } else {
        subframe(&mut bits, &right, 16);
    }
    let mut bytes = bits.finish();
    let check = crc16(&bytes);
    bytes.extend(check.to_be_bytes());
    bytes
}

fn subframe(bits: &mut BitWriter, samples: &[i32], depth: u32) {
    if samples.iter().all(|sample| *sample == samples[0]) {
        bits.put(0, 8);
        return bits.signed(samples[0], depth);
    }
    let (order, _) = best_order(samples);
    bits.put((0b00_1000 | order as u64) << 1, 8);
    for sample in &samples[..order] {
        bits.signed(*sample, depth);
    }
    let residuals = residuals(samples, order);
    let partition_order = if samples.len() == BLOCK { PARTITION_ORDER } else { 0 };
    bits.put(0, 2);
    bits.put(partition_order as u64, 4);
    let length = samples.len() >> partition_order;
    // The first part lacks the samples that the predictor begins with.
    let (first, rest) = residuals.split_at(length - order);
    rice(bits, first);
    for part in rest.chunks(length) {
        rice(bits, part);
    }
}

/// The order of the fixed predictor that leaves least, and how much that is.
fn best_order(samples: &[i32]) -> (usize, u64) {
    let most = MAX_ORDER.min(samples.len().saturating_sub(1));
    let size = |order| residuals(samples, order).iter().map(|one| u64::from(one.unsigned_abs())).sum::<u64>();
    (0..=most).map(|order| (order, size(order))).min_by_key(|(_, size)| *size).unwrap_or((0, 0))
}

/// What the predictor of this order does not foresee: the differences, taken so many times.
fn residuals(samples: &[i32], order: usize) -> Vec<i32> {
    let s = samples;
    let difference = |n: usize| match order {
        0 => s[n],
        1 => s[n] - s[n - 1],
        2 => s[n] - 2 * s[n - 1] + s[n - 2],
        3 => s[n] - 3 * s[n - 1] + 3 * s[n - 2] - s[n - 3],
        _ => s[n] - 4 * s[n - 1] + 6 * s[n - 2] - 4 * s[n - 3] + s[n - 4],
    };
    (order..s.len()).map(difference).collect()
}

fn rice(bits: &mut BitWriter, residuals: &[i32]) {
    let folded = |residual: i32| ((residual << 1) ^ (residual >> 31)) as u32;
    let sum: u64 = residuals.iter().map(|one| u64::from(folded(*one))).sum();
    let mean = sum / residuals.len().max(1) as u64;
    let parameter = mean.checked_ilog2().unwrap_or(0).min(MAX_RICE);
    bits.put(u64::from(parameter), 4);
    for residual in residuals {
        let value = folded(*residual);
        bits.zeros(value >> parameter);
        bits.put(u64::from(value & ((1 << parameter) - 1)) | 1 << parameter, parameter + 1);
    }
}

/// Bits, the highest first.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    /// Adds the lowest `count` bits of a value, at most 64.
    fn put(&mut self, value: u64, count: u32) {
        if count > 32 {
            self.put(value >> 32, count - 32);
            return self.put(value & 0xFFFF_FFFF, 32);
        }
        self.pending = self.pending << count | value;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            self.bytes.push((self.pending >> self.count) as u8);
        }
        self.pending &= (1 << self.count) - 1;
    }

    fn signed(&mut self, value: i32, count: u32) {
        self.put(u64::from(value as u32) & ((1 << count) - 1), count);
    }

    fn zeros(&mut self, mut count: u32) {
        while count > 0 {
            let some = count.min(32);
            self.put(0, some);
            count -= some;
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.put(u64::from(*byte), 8);
        }
    }

    /// The bytes; the last one is filled with zeros.
    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
        self.bytes
    }
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc: u8, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 })
    })
}

fn crc16(bytes: &[u8]) -> u16 {
    const TABLE: [u16; 256] = crc16_table();
    bytes.iter().fold(0, |crc, byte| crc << 8 ^ TABLE[usize::from((crc >> 8) as u8 ^ byte)])
}

const fn crc16_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut crc = (at as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x8005 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::process::find_program;

    /// What FFmpeg, which checks every checksum, hears in a file.
    fn decoded(file: &[u8]) -> Vec<[i16; 2]> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("piece.flac");
        std::fs::write(&path, file).unwrap();
        let output = Command::new(find_program("ffmpeg").expect("ffmpeg is installed"))
            .args(["-v", "error", "-xerror", "-err_detect", "crccheck+explode", "-i"])
            .arg(&path)
            .args(["-map", "0:a", "-f", "s16le", "-"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let sample = |bytes: &[u8]| i16::from_le_bytes([bytes[0], bytes[1]]);
        output.stdout.chunks_exact(4).map(|frame| [sample(frame), sample(&frame[2..])]).collect()
    }

    #[test]
    fn what_was_encoded_is_decoded_sample_by_sample() {
        let tone = |n: usize| ((n as f64 / 17.0).sin() * 12_000.0) as i16;
        let mut noise = 1_u32;
        let mut random = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 16) as i16
        };
        let pieces: [Vec<[i16; 2]>; 5] = [
            (0..10_001).map(|n| [tone(n), tone(n + 3)]).collect(),
            (0..9_000).map(|_| [random(), random()]).collect(),
            (0..600_000).map(|n| if n % 2 == 0 { [i16::MIN, i16::MAX] } else { [i16::MAX, i16::MIN] }).collect(),
            vec![[0, -7]; 5_000],
            vec![[1, 2]],
        ];
        for samples in pieces {
            assert!(decoded(&encode(&samples, &Metadata::default())) == samples, "{} samples", samples.len());
        }
    }

    #[test]
    fn music_becomes_smaller() {
        let samples: Vec<_> = (0..44_100).map(|n| [((f64::from(n) / 40.0).sin() * 9_000.0) as i16; 2]).collect();
        assert!(encode(&samples, &Metadata::default()).len() < samples.len());
    }
}
