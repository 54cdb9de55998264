//! The sources that people have: codecs, containers, rates, channels and tags.

use polyphony_media::pipeline::{PipelineError, probe};

use super::{Studio, decode_file};

/// Processes music of two seconds in some format and checks its length and that it can be played at all.
async fn plays(name: &str, rate: u32, options: &str) -> super::Take {
    let studio = Studio::new();
    let source = studio.music(name, 2.0, rate, options);
    let take = studio.process(&source).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(take.output.duration_ms.abs_diff(2_000) <= 50, "{name}: {} ms", take.output.duration_ms);
    assert!(take.output.renditions.len() >= 2, "{name}");
    let mp3 = decode_file(&take.output.mp3.path).len() as f64 / f64::from(take.output.mp3.sample_rate);
    assert!((mp3 - 2.0).abs() <= 0.05, "{name}: MP3 of {mp3} s");
    take
}

#[tokio::test]
async fn lossy_sources_get_no_rung_above_themselves() {
    for (name, options, expected) in [
        ("a.mp3", "-b:a 128k", &["aac-64", "aac-128"][..]),
        ("a.opus", "-c:a libopus -b:a 96k", &["aac-64"]),
        ("a.ogg", "-c:a libvorbis -q:a 4", &["aac-64"]),
        ("a.m4a", "-c:a aac -b:a 256k", &["aac-64", "aac-128"]),
        ("a.wma", "-c:a wmav2 -b:a 128k", &["aac-64", "aac-128"]),
        ("a.aac", "-c:a aac -b:a 128k", &["aac-64"]),
    ] {
        let take = plays(name, 48_000, options).await;
        assert!(!take.info.lossless, "{name}");
        let names: Vec<_> = take.output.renditions.iter().map(|r| r.rung.name.as_str()).collect();
        assert!(expected.iter().all(|rung| names.contains(rung)), "{name}: {names:?}");
        assert!(!names.contains(&"flac"), "{name}");
    }
}

#[tokio::test]
async fn lossless_sources_keep_rate_and_depth() {
    for (name, rate, options, bits) in [
        ("a.flac", 96_000, "-sample_fmt s32 -bits_per_raw_sample 24", 24),
        ("a.wav", 192_000, "-c:a pcm_s24le", 24),
        ("a.aiff", 44_100, "-c:a pcm_s16be", 16),
        ("a.wv", 44_100, "-c:a wavpack -sample_fmt s16p", 16),
        ("a.m4a", 88_200, "-c:a alac -sample_fmt s16p", 16),
        ("a.mka", 44_100, "-c:a flac -sample_fmt s16", 16),
    ] {
        let take = plays(name, rate, options).await;
        let flac = take.output.renditions.last().unwrap();
        assert_eq!((flac.rung.name.as_str(), flac.rung.sample_rate), ("flac", rate), "{name}");
        assert_eq!(flac.rung.codec, polyphony_media::pipeline::Codec::Flac { bits }, "{name}");
        assert_eq!(flac.gapless.total_samples, u64::from(rate) * 2, "{name}");
    }
}

#[tokio::test]
async fn mono_telephone_audio_and_surround_sound_play() {
    let mono = plays("a.wav", 8_000, "-ac 1").await;
    assert!(mono.output.renditions.iter().all(|rendition| rendition.rung.channels == 1));
    assert_eq!(mono.output.renditions[0].rung.sample_rate, 48_000);
    let surround = plays("a.flac", 48_000, "-ac 6 -sample_fmt s16").await;
    let channels: Vec<_> = surround.output.renditions.iter().map(|rendition| rendition.rung.channels).collect();
    assert_eq!(channels, [2, 2, 2, 2, 6]);
}

#[tokio::test]
async fn the_audio_of_a_video_is_taken_even_when_it_starts_late() {
    let studio = Studio::new();
    let audio = format!("{}:s=44100:d=2", super::MUSIC);
    let inputs = ["-f", "lavfi", "-i", "testsrc=s=160x120:d=3", "-itsoffset", "0.5", "-f", "lavfi", "-i", &audio];
    let outputs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-metadata", "title=Clip"];
    for name in ["clip.mp4", "clip.mkv"] {
        let source = studio.ffmpeg(&[&inputs[..], &outputs].concat(), name);
        let take = studio.process(&source).await.unwrap();
        assert!(take.info.has_video && !take.info.has_cover(), "{name}");
        assert!(take.output.duration_ms.abs_diff(2_000) <= 50, "{name}: {}", take.output.duration_ms);
        assert_eq!(take.tags.title.as_deref(), Some("Clip"), "{name}");
    }
}

#[tokio::test]
async fn silence_and_a_blink_have_finite_figures() {
    let studio = Studio::new();
    let silence = studio.ffmpeg(&["-f", "lavfi", "-i", "anullsrc=r=44100:d=2"], "silence.flac");
    let blink = studio.music("blink.wav", 0.2, 44_100, "");
    for source in [silence, blink] {
        let output = studio.process(&source).await.unwrap().output;
        let loudness = output.loudness;
        let figures = [loudness.integrated_lufs, loudness.true_peak_dbtp, loudness.track_gain_db];
        assert!(figures.iter().all(|figure| figure.is_finite()), "{loudness:?}");
        assert!(output.loudness.track_gain_db.abs() < 0.01);
    }
}

#[tokio::test]
async fn tags_and_cover_are_read_and_the_mp3_bears_them() {
    let studio = Studio::new();
    let cover = studio.ffmpeg(&["-f", "lavfi", "-i", "testsrc=s=64x64:d=0.04", "-frames:v", "1"], "cover.png");
    let audio = format!("{}:s=44100:d=1", super::MUSIC);
    let tags = "title=Søng ARTIST=A;B ALBUM=Album album_artist=Various track=3/12 disc=1/2 DATE=2003-05-01 \
                GENRE=Jazz ISRC=USABC1234567 COMPILATION=1 LYRICS=La \
                MUSICBRAINZ_TRACKID=8F3471B5-7E6A-48DA-86A9-C1C07A0F47AE";
    let mut arguments = vec!["-f", "lavfi", "-i", &audio, "-i", cover.to_str().unwrap(), "-map", "0", "-map", "1"];
    arguments.extend(["-c:v", "copy", "-disposition:v", "attached_pic"]);
    arguments.extend(tags.split_whitespace().flat_map(|tag| ["-metadata", tag]));
    for name in ["tagged.flac", "tagged.mp3", "tagged.m4a"] {
        let take = studio.process(&studio.ffmpeg(&arguments, name)).await.unwrap();
        let tags = &take.tags;
        assert_eq!((tags.title.as_deref(), tags.album.as_deref()), (Some("Søng"), Some("Album")), "{name}");
        assert_eq!(
            (tags.artists.as_slice(), tags.album_artists.as_slice()),
            (&["A".into(), "B".into()][..], &["Various".into()][..]),
            "{name}"
        );
        assert_eq!((tags.track_number, tags.track_total), (Some(3), Some(12)), "{name}");
        assert_eq!((tags.disc_number, tags.disc_total), (Some(1), Some(2)), "{name}");
        assert_eq!(
            (tags.date.as_deref(), tags.genres.as_slice()),
            (Some("2003-05-01"), &["Jazz".into()][..]),
            "{name}"
        );
        assert!(tags.cover.is_some() && take.info.has_cover() && !take.info.has_video, "{name}");
        if name == "tagged.flac" {
            assert_eq!(tags.isrc.as_deref(), Some("USABC1234567"));
            assert!(tags.compilation && tags.lyrics.is_some());
            let id = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae";
            assert_eq!(tags.musicbrainz.recording.as_deref(), Some(id));
        }
        let info = polyphony_media::pipeline::probe(&take.output.mp3.path, &studio.limits).await.unwrap();
        assert_eq!(info.tags["title"], "Søng", "{name}");
        assert_eq!(info.tags["artist"], "A; B", "{name}");
    }
}

#[tokio::test]
async fn a_cover_can_be_taken_from_the_container() {
    let studio = Studio::new();
    let cover = studio.ffmpeg(&["-f", "lavfi", "-i", "testsrc=s=64x64:d=0.04", "-frames:v", "1"], "cover.png");
    let audio = format!("{}:s=44100:d=1", super::MUSIC);
    let inputs = ["-f", "lavfi", "-i", &audio, "-i", cover.to_str().unwrap(), "-map", "0", "-map", "1"];
    let source = studio.ffmpeg(&[&inputs[..], &["-c:v", "copy", "-disposition:v", "attached_pic"]].concat(), "a.m4a");
    let info = polyphony_media::pipeline::probe(&source, &studio.limits).await.unwrap();
    let picture = polyphony_media::pipeline::cover::from_source(&source, &info, &studio.limits).await.unwrap();
    let covers = picture.covers;
    assert!(covers.len() == 1 && covers[0].jpeg.starts_with(&[0xff, 0xd8]));
}

#[tokio::test]
#[ignore = "six hours of sound take minutes to encode"]
async fn six_hours_are_encoded_in_segments_of_which_none_is_missing() {
    let studio = Studio::new();
    let tone = "sine=frequency=220:sample_rate=44100:duration=21600";
    let source = studio.ffmpeg(&["-f", "lavfi", "-i", tone, "-c:a", "libmp3lame", "-b:a", "96k"], "long.mp3");
    let began = std::time::Instant::now();
    let take = studio.process(&source).await.unwrap();
    println!("{:.0} s, {} events", began.elapsed().as_secs_f64(), take.events.len());
    assert!(take.output.duration_ms.abs_diff(21_600_000) <= 50, "{}", take.output.duration_ms);
    assert!(take.output.renditions.iter().all(|rendition| rendition.segments.len() == 3600));
}

#[tokio::test]
async fn speex_plays_at_each_of_its_rates() {
    for (rate, channels) in [(8_000, 1), (16_000, 1), (32_000, 1), (32_000, 2)] {
        let take = plays("a.spx", rate, &format!("-ac {channels} -c:a libspeex")).await;
        assert_eq!((take.info.sample_rate, take.info.channels), (rate, channels));
    }
}

/// Writes bits as Shorten does. <https://wiki.hydrogenaudio.org/index.php?title=Shorten>
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    /// The upper part in unary, `width` bits as they are.
    fn unsigned(&mut self, value: u32, width: u32) {
        self.0.extend((0..value >> width).map(|_| false).chain([true]));
        self.0.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
    }

    fn signed(&mut self, value: i32, width: u32) {
        self.unsigned(((value << 1) ^ (value >> 31)) as u32, width + 1);
    }

    /// A number whose width is told first.
    fn wide(&mut self, value: u32) {
        let width = 32 - value.leading_zeros();
        self.unsigned(width, 2);
        self.unsigned(value, width);
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().enumerate().fold(0, |byte, (n, bit)| byte | u8::from(*bit) << (7 - n));
        self.0.chunks(8).map(byte).collect()
    }
}

/// A Shorten file of samples in two equal channels: differences to the sample before, in blocks.
fn shorten(samples: &[i16], rate: u32) -> Vec<u8> {
    const BLOCK: usize = 256;
    let size = samples.len() as u32 * 4;
    let fmt =
        [&16_u32.to_le_bytes()[..], &[1, 0, 2, 0], &rate.to_le_bytes(), &(rate * 4).to_le_bytes(), &[4, 0, 16, 0]];
    let parts = [b"RIFF", &(36 + size).to_le_bytes()[..], b"WAVEfmt ", &fmt.concat(), b"data", &size.to_le_bytes()];
    let mut bits = Bits::default();
    // Little-endian samples of 16 bits, two channels, the block, and neither prediction nor means.
    for number in [5, 2, BLOCK as u32, 0, 0, 0] {
        bits.wide(number);
    }
    let header = parts.concat();
    bits.unsigned(9, 2);
    bits.unsigned(header.len() as u32, 5);
    for byte in &header {
        bits.unsigned(u32::from(*byte), 8);
    }
    let mut before = 0;
    for block in samples.chunks_exact(BLOCK) {
        for _channel in 0..2 {
            bits.unsigned(1, 2);
            bits.unsigned(9, 3);
            block.iter().fold(before, |before, sample| {
                let sample = i32::from(*sample);
                bits.signed(sample - before, 9);
                sample
            });
        }
        before = block.last().map_or(0, |sample| i32::from(*sample));
    }
    bits.unsigned(4, 2);
    [&b"ajkg\x02"[..], &bits.bytes(), &[0; 8]].concat()
}

/// A DSDIFF file of silence in two channels, of so many seconds and one-bit samples a second.
fn dsdiff(seconds: usize, rate: u32) -> Vec<u8> {
    let chunk = |id: &[u8], content: &[u8]| [id, &(content.len() as u64).to_be_bytes(), content].concat();
    let compression = b"DSD \x0enot compressed\0";
    let channels = chunk(b"CHNL", b"\0\x02SLFTSRGT");
    let properties =
        [&b"SND "[..], &chunk(b"FS  ", &rate.to_be_bytes()), &channels, &chunk(b"CMPR", compression)].concat();
    let data = vec![0x69; rate as usize / 8 * 2 * seconds];
    let parts = [chunk(b"FVER", b"\x01\x05\0\0"), chunk(b"PROP", &properties), chunk(b"DSD ", &data)].concat();
    chunk(b"FRM8", &[b"DSD ", &parts[..]].concat())
}

#[tokio::test]
async fn shorten_plays_sample_by_sample() {
    let studio = Studio::new();
    let sine = |n: usize| (8_000.0 * (n as f64 * 440.0 * std::f64::consts::TAU / 44_100.0).sin()) as i16;
    let samples: Vec<i16> = (0..512 * 172).map(sine).collect();
    let take = studio.process(&studio.write("a.shn", shorten(&samples, 44_100))).await.unwrap();
    assert_eq!((take.info.codec.as_str(), take.info.lossless, take.info.bits), ("shorten", true, Some(16)));
    let flac = take.output.renditions.last().unwrap();
    assert_eq!((flac.rung.name.as_str(), flac.gapless.total_samples), ("flac", samples.len() as u64));
}

#[tokio::test]
async fn dsd_plays_in_dsdiff_and_up_to_dsd512() {
    let studio = Studio::new();
    for (multiple, flac_rate) in [(64, 88_200), (128, 176_400), (256, 176_400), (512, 176_400)] {
        let source = studio.write("a.dff", dsdiff(1, 44_100 * multiple));
        let take = studio.process(&source).await.unwrap_or_else(|error| panic!("DSD{multiple}: {error}"));
        assert_eq!((take.info.codec.as_str(), take.info.lossless), ("dsd_msbf", true));
        assert!(take.output.duration_ms.abs_diff(1_000) < 20, "DSD{multiple}: {} ms", take.output.duration_ms);
        let flac = take.output.renditions.last().unwrap();
        assert_eq!((flac.rung.name.as_str(), flac.rung.sample_rate), ("flac", flac_rate), "DSD{multiple}");
    }
}

#[tokio::test]
async fn what_holds_notes_for_a_program_is_refused_and_told_so() {
    let studio = Studio::new();
    let module = [&[0; 1080][..], b"M.K.", &[0; 4096]].concat();
    for (name, bytes, kind) in [
        ("a.mod", module, "a tracker module"),
        ("a.xm", [&b"Extended Module: x"[..], &[0; 500]].concat(), "a tracker module"),
        ("a.spc", [&b"SNES-SPC700 Sound File Data v0.30"[..], &vec![0; 66_000]].concat(), "game music"),
        ("a.mid", b"MThd\0\0\0\x06\0\0\0\x01\0\x60".to_vec(), "MIDI"),
    ] {
        let refused = probe(&studio.write(name, bytes), &studio.limits).await;
        let Err(PipelineError::Rejected(rejection)) = refused else { panic!("{name}: {refused:?}") };
        assert!(rejection.because.contains(kind), "{name}: {rejection}");
    }
}
