//! Cover images: whatever is embedded in a file becomes JPEGs of bounded sizes, through FFmpeg under the same limits.

use std::ffi::OsString;
use std::path::Path;

use super::look::{Look, look_at};
use super::process::{confined, file_argument, run};
use super::{Limits, PipelineError, Rejection, SourceInfo};

/// A cover that is larger than this after resizing is no JPEG of ours.
const MAX_JPEG: usize = 4 * 1024 * 1024;

/// The sizes of covers: pixels of the longer side, from small to large.
pub const SIZES: [u32; 3] = [320, 640, 1280];

/// A cover in one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// One of [`SIZES`]: the image is at most so wide and high.
    pub size: u32,
    /// The JPEG.
    pub jpeg: Vec<u8>,
}

/// A picture in all its sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// From small to large; never empty.
    pub covers: Vec<Cover>,
    /// What the largest looks like.
    pub look: Look,
}

/// Makes JPEGs from image bytes (JPEG, PNG, WebP, GIF or BMP, told by content) in every size up to the first that holds
/// the whole image: never enlarged, without metadata. A broken or gigantic image is refused.
pub async fn from_image(image: &[u8], limits: &Limits) -> Result<Picture, PipelineError> {
    let Some(demuxer) = demuxer(image) else {
        return Err(Rejection::unsupported("This is not a JPEG, PNG, WebP, GIF or BMP image.").into());
    };
    if image.len() > limits.cover_bytes {
        return Err(Rejection::too_large("The image is too large.").into());
    }
    let largest = resize(&piped(demuxer), "0:v:0", Some(image), SIZES[2], limits).await?;
    smaller(largest, limits).await
}

/// The same from the cover stream that [`super::probe()`] found in a container.
pub async fn from_source(source: &Path, info: &SourceInfo, limits: &Limits) -> Result<Picture, PipelineError> {
    let Some(stream) = info.cover_stream else {
        return Err(Rejection::unsupported("The file has no cover.").into());
    };
    let absolute = std::path::absolute(source).map_err(PipelineError::io("reading the source"))?;
    let input = ["-f".into(), OsString::from(&info.container), "-i".into(), file_argument(&absolute)];
    let largest = resize(&input, &format!("0:{stream}"), None, SIZES[2], limits).await?;
    smaller(largest, limits).await
}

/// The smaller sizes are made of the largest: what a stranger made is decoded once.
async fn smaller(largest: Vec<u8>, limits: &Limits) -> Result<Picture, PipelineError> {
    let look = look_at(&largest, limits).await?;
    let longer_side = look.width.max(look.height);
    let mut covers = Vec::new();
    for size in SIZES {
        if size >= longer_side {
            covers.push(Cover { size, jpeg: largest });
            break;
        }
        let jpeg = resize(&piped("jpeg_pipe"), "0:v:0", Some(&largest), size, limits).await?;
        covers.push(Cover { size, jpeg });
    }
    Ok(Picture { covers, look })
}

/// Width and height of a JPEG of ours, from its frame header (ITU-T T.81, B.2.2).
pub(super) fn dimensions(jpeg: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let (marker, length) = (*jpeg.get(at + 1)?, u16::from_be_bytes([*jpeg.get(at + 2)?, *jpeg.get(at + 3)?]));
        if (0xc0..=0xc2).contains(&marker) {
            let side = |from: usize| Some(u16::from_be_bytes([*jpeg.get(from)?, *jpeg.get(from + 1)?]));
            return Some((side(at + 7)?.into(), side(at + 5)?.into()));
        }
        at += 2 + usize::from(length);
    }
}

fn piped(demuxer: &str) -> [OsString; 4] {
    ["-f", demuxer, "-i", "pipe:0"].map(OsString::from)
}

async fn resize(
    input: &[OsString],
    stream: &str,
    image: Option<&[u8]>,
    max_px: u32,
    limits: &Limits,
) -> Result<Vec<u8>, PipelineError> {
    let fit = format!(
        "scale=w='min({max_px},iw)':h='min({max_px},ih)':force_original_aspect_ratio=decrease:flags=lanczos,\
         format=yuvj420p"
    );
    let whitelist = if image.is_some() { "pipe" } else { "file" };
    let before = "-hide_banner -nostdin -nostats -loglevel level+error -threads 1 -protocol_whitelist".split(' ');
    let mut arguments: Vec<OsString> = before.map(OsString::from).collect();
    arguments.extend([whitelist, "-max_pixels", &limits.pixels.to_string()].map(OsString::from));
    arguments.extend_from_slice(input);
    arguments.extend(["-map", stream, "-frames:v", "1", "-map_metadata", "-1", "-vf", &fit].map(OsString::from));
    arguments.extend("-c:v mjpeg -q:v 3 -f image2pipe pipe:1".split(' ').map(OsString::from));
    let command = confined("ffmpeg", limits, limits.probe_wall);
    let finished = run(command, arguments, image, MAX_JPEG, limits.probe_wall).await?;
    if finished.status.success() && finished.stdout.starts_with(&[0xff, 0xd8]) {
        return Ok(finished.stdout);
    }
    Err(Rejection::unsupported(format!("The image cannot be read: {}.", finished.log.reason())).into())
}

/// FFmpeg's demuxer for an image, by its first bytes; these read one image from a pipe and nothing else.
fn demuxer(image: &[u8]) -> Option<&'static str> {
    match image {
        [0xff, 0xd8, 0xff, ..] => Some("jpeg_pipe"),
        [0x89, b'P', b'N', b'G', ..] => Some("png_pipe"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp_pipe"),
        [b'G', b'I', b'F', b'8', ..] => Some("gif_pipe"),
        [b'B', b'M', ..] => Some("bmp_pipe"),
        _ => None,
    }
}
