//! The few boxes of fragmented MP4 that hold figures: how many frames a segment has and how long they last. Reads our
//! own FFmpeg's output, and still trusts no length in it.

/// What a media segment holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fragment {
    /// Coded frames.
    pub(super) frames: u64,
    /// Their duration in the track's timescale, which is the sample rate. The last AAC frame counts only what is audio.
    pub(super) duration: u64,
}

/// Boxes of a byte slice as (type, content); ends at the first that does not fit.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let size = u32_at(rest, 0)? as usize;
        if size < 8 || size > rest.len() {
            return None;
        }
        let (this, after) = rest.split_at(size);
        rest = after;
        Some((&this[4..8], &this[8..]))
    })
}

fn child<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |inner, name| boxes(inner).find(|(kind, _)| kind == name).map(|(_, content)| content))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

/// Counts the frames of a segment. `head` is its beginning, up to and including its last `moof`.
pub(super) fn fragment(head: &[u8]) -> Fragment {
    let mut total = Fragment::default();
    for (kind, moof) in boxes(head) {
        if kind == b"moof"
            && let Some(traf) = child(moof, &[b"traf"])
        {
            let default = child(traf, &[b"tfhd"]).and_then(default_duration).unwrap_or(0);
            for (_, run) in boxes(traf).filter(|(kind, _)| kind == b"trun") {
                add_run(&mut total, run, default);
            }
        }
    }
    total
}

/// `default_sample_duration` of a `tfhd`, behind the optional fields before it.
fn default_duration(tfhd: &[u8]) -> Option<u32> {
    let flags = u32_at(tfhd, 0)?;
    let before = [(0x1, 8), (0x2, 4)].into_iter().map(|(flag, size)| if flags & flag == 0 { 0 } else { size });
    if flags & 0x8 == 0 { None } else { u32_at(tfhd, 8 + before.sum::<usize>()) }
}

/// Adds a `trun`: per-sample durations where it has them, else the default.
fn add_run(total: &mut Fragment, run: &[u8], default: u32) {
    let (Some(flags), Some(count)) = (u32_at(run, 0), u32_at(run, 4)) else { return };
    let has = |flag: u32| flags & flag != 0;
    let first = 8 + if has(0x1) { 4 } else { 0 } + if has(0x4) { 4 } else { 0 };
    let entry = [0x100, 0x200, 0x400, 0x800].into_iter().filter(|&flag| has(flag)).count() * 4;
    if !has(0x100) {
        total.frames += u64::from(count);
        total.duration += u64::from(count) * u64::from(default);
        return;
    }
    for sample in 0..count as usize {
        let Some(duration) = u32_at(run, first + sample * entry) else { return };
        total.frames += 1;
        total.duration += u64::from(duration);
    }
}

/// The boxes of a segment that a player needs when it is appended to another: without `styp` and `sidx`.
pub(super) fn appendable(segment: &[u8]) -> &[u8] {
    let skipped = boxes(segment).take_while(|(kind, _)| *kind == b"styp" || *kind == b"sidx");
    &segment[skipped.map(|(_, content)| content.len() + 8).sum()..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mp4box(kind: &[u8], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn defaults_and_own_durations_are_added_up() {
        let tfhd = mp4box(b"tfhd", &words(&[0x0002_0038, 1, 1024, 175, 0]));
        let plain = mp4box(b"trun", &words(&[0x1, 3, 96]));
        let own = mp4box(b"trun", &words(&[0x300, 2, 1024, 7, 960, 8]));
        let moof = mp4box(b"moof", &mp4box(b"traf", &[tfhd, plain, own].concat()));
        let segment = [mp4box(b"styp", b"msdh"), mp4box(b"sidx", b"1234"), moof.clone()].concat();
        assert_eq!(fragment(&segment), Fragment { frames: 5, duration: 3 * 1024 + 1024 + 960 });
        assert_eq!(appendable(&segment), moof);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let wrapped = mp4box(b"moof", &mp4box(b"traf", &mp4box(b"trun", &bytes)));
            fragment(&wrapped);
            fragment(&bytes);
            appendable(&bytes);
        }
    }
}
