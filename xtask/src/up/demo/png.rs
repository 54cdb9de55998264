//! PNG files of 8-bit RGB pictures. It knows nothing of what they show.

use std::io::Write as _;

use anyhow::Context as _;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// Encodes a picture, three bytes per pixel, row by row. Errors when the pixels are not whole rows.
pub(super) fn encode(width: usize, pixels: &[u8]) -> anyhow::Result<Vec<u8>> {
    let row_bytes = width * 3;
    anyhow::ensure!(row_bytes > 0 && pixels.len().is_multiple_of(row_bytes), "the rows of the picture are not whole");
    let mut header = Vec::new();
    header.extend((width as u32).to_be_bytes());
    header.extend(((pixels.len() / row_bytes) as u32).to_be_bytes());
    // 8 bits, RGB, deflate, filters per row, not interlaced.
    header.extend([8, 2, 0, 0, 0]);

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &deflated(row_bytes, pixels).context("compress a picture")?);
    chunk(&mut file, *b"IEND", &[]);
    Ok(file)
}

/// Each row as its difference from the one above: gradients and flat shapes become almost nothing.
fn deflated(row_bytes: usize, pixels: &[u8]) -> std::io::Result<Vec<u8>> {
    const UP: u8 = 2;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    let mut above = vec![0; row_bytes];
    for row in pixels.chunks(row_bytes) {
        let filtered: Vec<u8> = row.iter().zip(&above).map(|(here, above)| here.wrapping_sub(*above)).collect();
        encoder.write_all(&[UP])?;
        encoder.write_all(&filtered)?;
        above.copy_from_slice(row);
    }
    encoder.finish()
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(data);
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(kind);
    file.extend(data);
    file.extend(crc.sum().to_be_bytes());
}
