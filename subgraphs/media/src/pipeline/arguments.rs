//! FFmpeg's command line for a ladder: one input, one decode, one filter graph, every output.

use std::ffi::OsString;

use super::graph::graph;
use super::process::file_argument;
use super::transcode::Pass;
use super::{Codec, Job, Rung, SEGMENT_SECONDS, Tags};

/// Name of the MP3 in the output folder.
pub(super) const MP3_FILE: &str = "audio.mp3";
/// Name of a rendition's initialization segment in its folder.
pub(super) const INIT_FILE: &str = "init.mp4";

/// All arguments; FFmpeg runs in the output folder, so that outputs have relative names without special characters.
pub(super) fn arguments(job: &Job<'_>, pass: Pass) -> Vec<OsString> {
    let mut all: Vec<OsString> = Vec::new();
    let mut add = |text: &str| all.extend(text.split(' ').map(OsString::from));
    add("-hide_banner -nostdin -nostats -loglevel level+info -y -filter_complex_threads 1 -protocol_whitelist file");
    add(&format!("-threads {} -max_pixels {}", job.limits.threads, job.limits.pixels));
    // The container was found by content; naming it keeps the file's name and FFmpeg's guesses out of it.
    add(&format!("-vn -sn -dn -f {} -i", job.info.container));
    all.push(file_argument(job.source));
    all.extend(["-filter_complex".into(), graph(job, pass).into()]);
    if pass == Pass::Encode {
        outputs(job, &mut all);
    }
    let shape = format!("-ar {} -ac {}", job.info.sample_rate, job.info.channels);
    let pcm = format!("-map [pcm] -c:a pcm_s16le {shape} -map_metadata -1 -map_chapters -1 -f s16le pipe:1");
    all.extend(pcm.split(' ').map(OsString::from));
    all
}

/// The files: every rendition, and the MP3 with its tags.
fn outputs(job: &Job<'_>, all: &mut Vec<OsString>) {
    for (index, rung) in job.ladder.rungs.iter().enumerate() {
        all.extend(rendition(index, rung).split(' ').map(OsString::from));
    }
    let mp3 = job.ladder.mp3;
    all.extend(format!("-map [mp3] -c:a libmp3lame -q:a {}", mp3.quality).split(' ').map(OsString::from));
    all.extend("-map_metadata -1 -map_chapters -1 -id3v2_version 3".split(' ').map(OsString::from));
    for (key, value) in job.tags.into_iter().flat_map(id3) {
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        all.extend(["-metadata".into(), format!("{key}={value}").into()]);
    }
    all.extend(["-f", "mp3", MP3_FILE].map(OsString::from));
}

fn rendition(index: usize, rung: &Rung) -> String {
    let codec = match rung.codec {
        Codec::Aac { kbps } => format!("aac -b:a {kbps}k"),
        Codec::Flac { bits } => format!("flac -bits_per_raw_sample {bits} -strict -2"),
    };
    let name = &rung.name;
    format!(
        "-map [r{index}] -c:a {codec} -map_metadata -1 -map_chapters -1 -f hls -hls_time {SEGMENT_SECONDS} \
         -hls_list_size 0 -hls_playlist_type event -hls_flags temp_file -hls_segment_type fmp4 \
         -hls_fmp4_init_filename {INIT_FILE} -hls_segment_filename {name}/%05d.m4s {name}/ffmpeg.m3u8"
    )
}

/// The tags that the MP3 carries.
fn id3(tags: &Tags) -> Vec<(&'static str, String)> {
    let number = |n: Option<u32>| n.map(|n| n.to_string());
    [
        ("title", tags.title.clone()),
        ("artist", Some(tags.artists.join("; "))),
        ("album", tags.album.clone()),
        ("album_artist", Some(tags.album_artists.join("; "))),
        ("track", number(tags.track_number)),
        ("disc", number(tags.disc_number)),
        ("date", tags.date.clone()),
        ("genre", Some(tags.genres.join("; "))),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value.filter(|text| !text.is_empty())?)))
    .collect()
}
