//! FFmpeg's filter graph for a ladder: from one decoded stream to every encoder, the meters and the PCM.

use std::fmt::Write as _;

use super::loudness::{HEARD, SURROUND};
use super::transcode::Pass;
use super::{Codec, Cut, Job, Rung};

/// More channels than two are mixed into two by ITU-R BS.775 (centre and surrounds at -3 dB), as loud as the standard has it:
/// what that takes above full scale is limited to -1 dBFS, without delay.
const LIMITER: &str = "alimiter=limit=0.891:level=false:latency=true,";
/// Of one-bit audio nothing above this is music: its noise would fill the FLAC and spoil peaks. Hz.
const DSD_LOWPASS: &str = "lowpass=f=30000,";

/// The graph. Time is counted in samples from the first decoded one, whatever the container's clock says, so every output
/// agrees with the count of the PCM (`asetpts` cuts fractions off, so it must round). What is measured is converted as what is
/// heard of it.
pub(super) fn graph(job: &Job<'_>, pass: Pass) -> String {
    let cut = job.cut.map(Cut::filter).unwrap_or_default();
    let begin = format!("[0:{}]{cut}asetpts=round(N/SR/TB)", job.info.audio_stream);
    match pass {
        Pass::Measure => begin + &meters(job),
        Pass::Encode => begin + &encoders(job),
    }
}

/// One channel comes out of two speakers. The log of each 100 ms holds the blocks of which albums are measured.
fn meters(job: &Job<'_>) -> String {
    let (mp3, is_surround) = (job.ladder.mp3, job.info.channels > 2);
    let heard = mixed(mp3.sample_rate, mp3.channels, is_surround);
    let dual = mp3.channels == 1;
    let wide = if is_surround { "[wide]" } else { "" };
    let surround = if is_surround {
        format!(";[wide]ebur128@{SURROUND}=peak=true:framelog=verbose,anullsink")
    } else {
        String::new()
    };
    format!(
        ",asplit={}[loud][quiet]{wide};[loud]{heard}ebur128@{HEARD}=peak=true:dualmono={dual}:framelog=info,anullsink\
         {surround};{PCM}",
        2 + usize::from(is_surround)
    )
}

/// AAC and MP3 share one conversion to float at their rate.
fn encoders(job: &Job<'_>) -> String {
    let ladder = job.ladder;
    let flac = || ladder.rungs.iter().enumerate().filter(|(_, rung)| rung.is_lossless());
    let lossy = || ladder.rungs.iter().enumerate().filter(|(_, rung)| !rung.is_lossless());
    let mut graph = format!(",asplit={}[lossy][quiet]", 2 + flac().count());
    let mut rest = String::new();
    for (index, rung) in flac() {
        let _ = write!(graph, "[in{index}]");
        let _ = write!(rest, ";[in{index}]{}[r{index}]", lossless(job, rung));
    }
    let mp3 = ladder.mp3;
    let _ = write!(rest, ";[lossy]{}", mixed(mp3.sample_rate, mp3.channels, job.info.channels > 2));
    let _ = write!(rest, "asplit={}[mp3]", lossy().count() + 1);
    for (index, _) in lossy() {
        let _ = write!(rest, "[r{index}]");
    }
    graph + &rest + ";" + PCM
}

/// What comes back to us.
const PCM: &str = "[quiet]aformat=sample_fmts=s16[pcm]";

fn lossless(job: &Job<'_>, rung: &Rung) -> String {
    let lowpass = if job.info.is_dsd() { DSD_LOWPASS } else { "" };
    let format = if rung.codec == (Codec::Flac { bits: 16 }) { "s16" } else { "s32" };
    let rate = rung.sample_rate;
    if rung.channels == job.info.channels {
        return format!("{lowpass}aresample={rate},aformat=sample_fmts={format}");
    }
    format!("{lowpass}{}aformat=sample_fmts={format}", mixed(rate, rung.channels, true))
}

/// As float at this rate, in one or two channels.
fn mixed(rate: u32, channels: u16, is_surround: bool) -> String {
    let layout = if channels == 1 { "mono" } else { "stereo" };
    let limiter = if is_surround { LIMITER } else { "" };
    format!(
        "aresample={rate}:rematrix_maxval=1000,\
         aformat=sample_fmts=fltp:sample_rates={rate}:channel_layouts={layout},\
         {limiter}aformat=sample_fmts=fltp,"
    )
}
