//! Sounds that are odd as sounds: no sound, not numbers, too short, rare shapes.

use super::{Fate, Odd, Workshop, odd};

/// A WAV file with this format and these bytes of samples, whatever they mean.
fn wav(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let block = channels * (bits / 8);
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0");
    file.extend([tag, channels].map(u16::to_le_bytes).concat());
    file.extend([rate, rate * u32::from(block)].map(u32::to_le_bytes).concat());
    file.extend([block, bits].map(u16::to_le_bytes).concat());
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

fn floats(values: impl Iterator<Item = f32>) -> Vec<u8> {
    values.flat_map(f32::to_le_bytes).collect()
}

pub(super) fn files(workshop: &Workshop) -> Vec<Odd> {
    let nan = floats((0..44_100).map(|n| if n % 3 == 0 { f32::NAN } else { (n as f32 * 0.05).sin() }));
    let endless = floats((0..44_100).map(|n| [f32::INFINITY, f32::NEG_INFINITY, 1e38, 0.1][n % 4]));
    let steps: Vec<u8> = (0..44_100_u32).flat_map(|n| ((n % 100) as i16 * 300).to_le_bytes()).collect();
    let lie = |at: usize, four: [u8; 4]| {
        let mut file = wav(1, 1, 44_100, 16, &steps);
        file[at..at + 4].copy_from_slice(&four);
        file
    };
    vec![
        odd("nan.wav", wav(3, 1, 44_100, 32, &nan), Fate::Either),
        odd("infinite.wav", wav(3, 1, 44_100, 32, &endless), Fate::Either),
        odd("nothing but zeros.wav", wav(1, 2, 44_100, 16, &[0; 100_000]), Fate::Plays),
        odd("full scale.wav", wav(1, 1, 44_100, 16, &[0xff, 0x7f].repeat(30_000)), Fate::Plays),
        odd("one sample.wav", wav(1, 1, 44_100, 16, &[0, 1]), Fate::Either),
        odd("no sample.wav", wav(1, 1, 44_100, 16, &[]), Fate::Refused),
        odd("rate 0.wav", wav(1, 1, 0, 16, &steps), Fate::Refused),
        odd("rate 4 billion.wav", wav(1, 1, u32::MAX / 2, 16, &steps), Fate::Refused),
        odd("no channel.wav", wav(1, 0, 44_100, 16, &steps), Fate::Refused),
        odd("255 channels.wav", wav(1, 255, 44_100, 16, &steps), Fate::Refused),
        odd("says 4 GB.wav", lie(40, [0xff; 4]), Fate::Plays),
        odd("0.2 s.flac", workshop.ffmpeg("-f lavfi -i sine=frequency=311:duration=0.2", "blink.flac"), Fate::Plays),
        odd("8 kHz.wav", workshop.tone(301, "8.wav", "-ar 8000 -ac 1"), Fate::Plays),
        odd("192 kHz.wav", workshop.tone(302, "192.wav", "-ar 192000 -c:a pcm_s24le"), Fate::Plays),
        odd("5.1.flac", workshop.tone(303, "surround.flac", "-ac 6"), Fate::Plays),
        odd("24 bit.flac", workshop.tone(304, "deep.flac", "-sample_fmt s32 -bits_per_raw_sample 24"), Fate::Plays),
        odd("telephone.au", workshop.tone(305, "a.au", "-ar 8000 -c:a pcm_mulaw"), Fate::Plays),
        odd(
            "film.mp4",
            workshop.ffmpeg(
                "-f lavfi -i sine=frequency=306:duration=1 -f lavfi -i testsrc=s=160x120:d=1 -shortest",
                "film.mp4",
            ),
            Fate::Plays,
        ),
        odd(
            "film without sound.mp4",
            workshop.ffmpeg("-f lavfi -i testsrc=s=160x120:d=1 -an", "mute.mp4"),
            Fate::Refused,
        ),
    ]
}
