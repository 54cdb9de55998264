//! What a picture looks like in few bytes: its dimensions, its dominant colour, and a `BlurHash` to show until it is there.
//! <https://github.com/woltapp/blurhash/blob/master/Algorithm.md>

use std::{collections::HashMap, f64::consts::PI, ffi::OsString};

use super::{
    Limits, PipelineError, cover,
    process::{confined, run},
};

/// The picture is looked at in so many pixels each way.
const SIDE: usize = 32;
/// Components of a `BlurHash` along the longer and the shorter side.
const COMPONENTS: (usize, usize) = (4, 3);
const DIGITS: &[u8; 83] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

/// What a picture looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// 28 characters.
    pub blurhash: String,
    /// `#rrggbb`: a colour that is really in the picture and takes much of it; vivid ones count for more than grey.
    pub dominant_color: String,
}

/// Looks at a JPEG of ours.
pub(super) async fn look_at(jpeg: &[u8], limits: &Limits) -> Result<Look, PipelineError> {
    let broken =
        || PipelineError::Tool { program: "ffmpeg", message: "the picture that it made has no size".to_owned() };
    let (width, height) = cover::dimensions(jpeg).ok_or_else(broken)?;
    let before = "-hide_banner -nostdin -nostats -loglevel level+error -threads 1 -protocol_whitelist pipe";
    let after = "-f jpeg_pipe -i pipe:0 -map 0:v:0 -frames:v 1 -vf";
    let scale = format!("scale={SIDE}:{SIDE}:flags=area,format=rgb24");
    let mut arguments: Vec<OsString> =
        [before, after].iter().flat_map(|part| part.split(' ')).map(Into::into).collect();
    arguments.push(scale.into());
    arguments.extend("-f rawvideo pipe:1".split(' ').map(OsString::from));
    let command = confined("ffmpeg", limits, limits.probe_wall);
    let size = SIDE * SIDE * 3;
    let finished = run(command, arguments, Some(jpeg), size + 1, limits.probe_wall).await?;
    if !finished.status.success() || finished.stdout.len() != size {
        return Err(PipelineError::Tool { program: "ffmpeg", message: finished.log.reason() });
    }
    let pixels: Vec<Pixel> = finished.stdout.as_chunks::<3>().0.to_vec();
    let components = if width >= height { COMPONENTS } else { (COMPONENTS.1, COMPONENTS.0) };
    Ok(Look { width, height, blurhash: blurhash(&pixels, components), dominant_color: dominant_color(&pixels) })
}

/// Red, green and blue.
type Pixel = [u8; 3];

/// The mean of the most frequent kind of colour, of 512 kinds.
fn dominant_color(pixels: &[Pixel]) -> String {
    let mut kinds = HashMap::<Pixel, (u64, [u64; 3], u64)>::new();
    for pixel in pixels {
        let kind = kinds.entry(pixel.map(|value| value >> 5)).or_default();
        let vividness = pixel.iter().max().unwrap_or(&0) - pixel.iter().min().unwrap_or(&0);
        kind.0 += 32 + u64::from(vividness);
        kind.1.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u64::from(*value));
        kind.2 += 1;
    }
    // By the colour itself where two are as frequent, so that the same picture always gives the same.
    let most = kinds.into_iter().max_by_key(|(kind, (weight, ..))| (*weight, *kind));
    let (sums, count) = most.map_or(([0; 3], 1), |(_, (_, sums, count))| (sums, count));
    let [red, green, blue] = sums.map(|sum| sum / count);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn blurhash(pixels: &[Pixel], (across, down): (usize, usize)) -> String {
    let linear: Vec<[f64; 3]> = pixels.iter().map(|pixel| pixel.map(to_linear)).collect();
    let factors: Vec<[f64; 3]> =
        (0..down).flat_map(|j| (0..across).map(move |i| (i, j))).map(|at| factor(&linear, at)).collect();
    let (dc, ac) = (factors[0], &factors[1..]);
    let greatest = ac.iter().flatten().fold(0.0, |greatest: f64, value| greatest.max(value.abs()));
    let quantised = ((greatest * 166.0 - 0.5).floor().clamp(0.0, 82.0)) as usize;
    let scale = (quantised + 1) as f64 / 166.0;
    let mut hash = String::new();
    digits(&mut hash, (across - 1) + (down - 1) * 9, 1);
    digits(&mut hash, quantised, 1);
    digits(&mut hash, dc.iter().fold(0, |all, value| (all << 8) | to_srgb(*value)), 4);
    for factor in ac {
        let value = |value: f64| ((value / scale).signum() * (value / scale).abs().sqrt() * 9.0 + 9.5).floor();
        digits(&mut hash, factor.iter().fold(0, |all, part| all * 19 + value(*part).clamp(0.0, 18.0) as usize), 2);
    }
    hash
}

/// How much of one cosine is in the picture.
fn factor(pixels: &[[f64; 3]], (i, j): (usize, usize)) -> [f64; 3] {
    // At the middle of each pixel, so that a plain picture has no waves.
    let wave = |component: usize, at: usize| (PI * component as f64 * (at as f64 + 0.5) / SIDE as f64).cos();
    let normalisation = if (i, j) == (0, 0) { 1.0 } else { 2.0 };
    let mut sum = [0.0; 3];
    for (number, pixel) in pixels.iter().enumerate() {
        let basis = normalisation * wave(i, number % SIDE) * wave(j, number / SIDE);
        sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += basis * value);
    }
    sum.map(|sum| sum / (SIDE * SIDE) as f64)
}

fn to_linear(value: u8) -> f64 {
    let value = f64::from(value) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn to_srgb(value: f64) -> usize {
    let value = value.clamp(0.0, 1.0);
    let srgb = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
    (srgb * 255.0 + 0.5) as usize
}

fn digits(hash: &mut String, value: usize, count: u32) {
    hash.extend((0..count).rev().map(|place| char::from(DIGITS[value / 83_usize.pow(place) % 83])));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_colour_has_no_waves() {
        let red = vec![[255, 0, 0]; SIDE * SIDE];
        let hash = blurhash(&red, (4, 3));
        // Components 4 x 3, no amplitude, the colour, and eleven times nothing.
        assert_eq!(hash, format!("L0{}{}", "TI:j", "fQ".repeat(11)));
        assert_eq!(hash.len(), 28);
        assert_eq!(dominant_color(&red), "#ff0000");
    }

    #[test]
    fn a_vivid_half_dominates_a_grey_one() {
        let mut pixels = vec![[120, 120, 120]; SIDE * SIDE / 2];
        pixels.resize(SIDE * SIDE, [10, 60, 200]);
        assert_eq!(dominant_color(&pixels), "#0a3cc8");
        assert_ne!(blurhash(&pixels, (3, 4)), blurhash(&pixels.into_iter().rev().collect::<Vec<_>>(), (3, 4)));
    }
}
