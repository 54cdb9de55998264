//! Tags as people and their programs write them: old charsets, joined artists, sides of records, lyrics with times, and headers
//! that claim what is not so.

use polyphony_media::pipeline::{Tags, probe, read_tags};

use super::Studio;

/// A frame of ID3v2.3 or ID3v2.4 that is short enough for both to write its size alike.
fn frame(id: &str, content: &[u8]) -> Vec<u8> {
    assert!(content.len() < 128);
    [id.as_bytes(), &(content.len() as u32).to_be_bytes(), &[0, 0], content].concat()
}

/// A text frame whose content is marked as Latin-1.
fn latin1(id: &str, content: &[u8]) -> Vec<u8> {
    frame(id, &[&[0], content].concat())
}

/// A text frame in UTF-16 with a byte order mark.
fn utf16(id: &str, content: &str) -> Vec<u8> {
    let units: Vec<u8> = content.encode_utf16().flat_map(u16::to_le_bytes).collect();
    frame(id, &[&[1, 0xff, 0xfe][..], &units].concat())
}

fn user_text(name: &str, content: &str) -> Vec<u8> {
    latin1("TXXX", &[name.as_bytes(), &[0], content.as_bytes()].concat())
}

fn id3(version: u8, frames: &[Vec<u8>]) -> Vec<u8> {
    let body = frames.concat();
    let size: Vec<u8> = (0..4).rev().map(|at| (body.len() >> (7 * at) & 0x7f) as u8).collect();
    [&b"ID3"[..], &[version, 0, 0], &size, &body].concat()
}

impl Studio {
    /// An MP3 without any tag, in front of which others are put.
    fn bare_mp3(&self) -> Vec<u8> {
        let options = "-c:a libmp3lame -b:a 128k -id3v2_version 0 -write_id3v1 0";
        std::fs::read(self.music("bare.mp3", 1.0, 44_100, options)).unwrap()
    }

    async fn tags_of(&self, content: &[u8]) -> Tags {
        let path = self.write("tagged", content);
        let info = probe(&path, &self.limits).await.unwrap();
        read_tags(&path, &info, &self.limits).await
    }

    async fn tags_of_mp3(&self, version: u8, frames: &[Vec<u8>]) -> Tags {
        self.tags_of(&[id3(version, frames), self.bare_mp3()].concat()).await
    }
}

#[tokio::test]
async fn artists_that_id3v23_joins_by_a_slash_are_told_apart_by_their_ids() {
    let studio = Studio::new();
    let (one, other) = ("1bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d21", "1bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d22");
    let ids = format!("{one}/{other}");
    let joined =
        [utf16("TPE1", "Alpha/Beta"), user_text("ARTISTS", "Alpha/Beta"), user_text("MusicBrainz Artist Id", &ids)];
    let tags = studio.tags_of_mp3(3, &joined).await;
    assert_eq!(
        (tags.artists, tags.musicbrainz.artists),
        (vec!["Alpha".into(), "Beta".into()], vec![one.into(), other.into()])
    );
    let whole = [utf16("TPE1", "AC/DC"), user_text("MusicBrainz Artist Id", one)];
    assert_eq!(studio.tags_of_mp3(3, &whole).await.artists, ["AC/DC"]);
    let guest = [utf16("TPE1", "Gamma feat. Delta"), user_text("ARTISTS", "Gamma/Delta")];
    assert_eq!(studio.tags_of_mp3(3, &guest).await.artists, ["Gamma", "Delta"]);
    let listed = [frame("TPE1", b"\x03Eta\0Theta")];
    assert_eq!(studio.tags_of_mp3(4, &listed).await.artists, ["Eta", "Theta"]);
}

#[tokio::test]
async fn text_in_the_charset_of_the_taggers_country_is_read_as_meant() {
    let studio = Studio::new();
    let cyrillic =
        [latin1("TIT2", b"\xc3\xf0\xf3\xef\xef\xe0 \xea\xf0\xee\xe2\xe8"), latin1("TPE1", b"\xca\xe8\xed\xee")];
    let tags = studio.tags_of_mp3(3, &cyrillic).await;
    assert_eq!((tags.title.as_deref(), tags.artists), (Some("Группа крови"), vec!["Кино".to_owned()]));
    let utf8 = [latin1("TIT2", "Jóga".as_bytes()), latin1("TPE1", "Björk".as_bytes())];
    let tags = studio.tags_of_mp3(3, &utf8).await;
    assert_eq!((tags.title.as_deref(), tags.artists), (Some("Jóga"), vec!["Björk".to_owned()]));
    let western = [latin1("TIT2", b"J\xf3ga"), latin1("TPE1", b"Bj\xf6rk")];
    let tags = studio.tags_of_mp3(3, &western).await;
    assert_eq!((tags.title.as_deref(), tags.artists), (Some("Jóga"), vec!["Björk".to_owned()]));
    // ID3v1: 30 bytes each of title, artist and album, in GBK.
    let field = |bytes: &[u8], length: usize| {
        bytes.iter().copied().chain(std::iter::repeat(0)).take(length).collect::<Vec<_>>()
    };
    let v1 = [
        b"TAG".to_vec(),
        field(b"\xd4\xc2\xc1\xc1\xb4\xfa\xb1\xed\xce\xd2\xb5\xc4\xd0\xc4", 30),
        field(b"\xb5\xcb\xc0\xf6\xbe\xfd", 30),
        field(b"\xbe\xad\xb5\xe4\xb8\xe8\xc7\xfa", 30),
        field(b"", 35),
    ];
    let tags = studio.tags_of(&[studio.bare_mp3(), v1.concat()].concat()).await;
    assert_eq!((tags.title.as_deref(), tags.artists), (Some("月亮代表我的心"), vec!["邓丽君".to_owned()]));
}

#[tokio::test]
async fn bytes_that_are_no_utf8_in_a_wave_file_are_letters() {
    let studio = Studio::new();
    let wav = std::fs::read(studio.music("x.wav", 0.5, 8_000, "-c:a pcm_s16le -metadata title=Caf@")).unwrap();
    let at = wav.windows(4).position(|four| four == b"Caf@").unwrap();
    let mut broken = wav;
    broken[at + 3] = 0xe9;
    assert_eq!(studio.tags_of(&broken).await.title.as_deref(), Some("Café"));
}

#[tokio::test]
async fn lyrics_with_times_win_over_those_without() {
    let studio = Studio::new();
    let timed = frame("SYLT", b"\x03eng\x02\x01\0First\0\0\0\0\0Second\0\0\0\x13\x88");
    let plain = frame("USLT", b"\x03eng\0Only words");
    for frames in [vec![timed.clone()], vec![plain.clone(), timed.clone()], vec![timed, plain]] {
        let tags = studio.tags_of_mp3(4, &frames).await;
        assert_eq!(tags.lyrics.as_deref(), Some("[00:00.00]First\n[00:05.00]Second"));
    }
    let flac = ["-f", "lavfi", "-i", "sine=d=1", "-metadata", "LYRICS=words", "-metadata", "SYNCEDLYRICS=[00:01.00]La"];
    let flac = std::fs::read(studio.ffmpeg(&flac, "x.flac")).unwrap();
    assert_eq!(studio.tags_of(&flac).await.lyrics.as_deref(), Some("[00:01.00]La"));
}

#[tokio::test]
async fn advisory_kind_sort_names_and_first_release_are_read() {
    let studio = Studio::new();
    let mp3 = [
        user_text("ITUNESADVISORY", "1"),
        user_text("MusicBrainz Album Type", "single"),
        utf16("TSOP", "Bowie, David"),
        utf16("TSO2", "Bowie, D."),
        latin1("TRCK", b"B2"),
    ];
    let tags = studio.tags_of_mp3(4, &mp3).await;
    assert_eq!((tags.explicit, tags.release_types.as_slice()), (Some(true), ["single".to_owned()].as_slice()));
    assert_eq!(
        (tags.artist_sort.as_deref(), tags.album_artist_sort.as_deref()),
        (Some("Bowie, David"), Some("Bowie, D."))
    );
    assert_eq!((tags.disc_number, tags.track_number), (Some(2), Some(2)));
    let mut flac = vec!["-f", "lavfi", "-i", "sine=d=1"];
    for tag in ["ITUNESADVISORY=1", "RELEASETYPE=ep", "ARTISTSORT=Utada, Hikaru"] {
        flac.extend(["-metadata", tag]);
    }
    let tags = studio.tags_of(&std::fs::read(studio.ffmpeg(&flac, "x.flac")).unwrap()).await;
    assert_eq!((tags.explicit, tags.release_types.as_slice()), (Some(true), ["ep".to_owned()].as_slice()));
    assert_eq!(tags.artist_sort.as_deref(), Some("Utada, Hikaru"));
}

/// A DSF file of one block per channel, with a tag behind it.
fn dsf(tag: &[u8]) -> Vec<u8> {
    let data = vec![0x69; 2 * 4096];
    let end = 28 + 52 + 12 + data.len() as u64;
    let wide = |number: u64| number.to_le_bytes();
    let short = |number: u32| number.to_le_bytes();
    [
        &b"DSD "[..],
        &wide(28),
        &wide(end + tag.len() as u64),
        &wide(end),
        b"fmt ",
        &wide(52),
        &[short(1), short(0), short(2), short(2), short(2_822_400), short(1)].concat(),
        &wide(4096 * 8),
        &[short(4096), short(0)].concat(),
        b"data",
        &wide(12 + data.len() as u64),
        &data,
        tag,
    ]
    .concat()
}

#[tokio::test]
async fn all_artists_of_a_dsf_are_read() {
    let studio = Studio::new();
    let tag = id3(4, &[frame("TPE1", b"\x03Alpha\0Beta"), frame("TCON", b"\x03Jazz\0Soul")]);
    let tags = studio.tags_of(&dsf(&tag)).await;
    assert_eq!(
        (tags.artists, tags.genres),
        (vec!["Alpha".to_owned(), "Beta".to_owned()], vec!["Jazz".to_owned(), "Soul".to_owned()])
    );
}

#[tokio::test]
async fn a_header_that_claims_too_much_is_no_reason_to_refuse() {
    let studio = Studio::new();
    let mut mp3 = studio.bare_mp3();
    let at = mp3.windows(4).position(|four| four == b"Info" || four == b"Xing").unwrap();
    mp3[at + 8..at + 12].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
    let take = studio.process(&studio.write("claims.mp3", mp3)).await.unwrap();
    assert!((950..1_150).contains(&take.output.duration_ms), "{}", take.output.duration_ms);
    let mut flac = std::fs::read(studio.music("x.flac", 1.0, 44_100, "-c:a flac")).unwrap();
    flac[21] |= 0x0f;
    flac[22..26].copy_from_slice(&[0xff; 4]);
    let take = studio.process(&studio.write("claims.flac", flac)).await.unwrap();
    assert_eq!(take.output.duration_ms, 1_000);
}

#[tokio::test]
async fn an_mp3_with_a_quiet_beginning_and_no_index_keeps_its_rate() {
    let studio = Studio::new();
    let parts = "[1:a]aformat=channel_layouts=stereo[n];[0:a][n]concat=n=2:v=0:a=1[o]";
    let (quiet, noise) = ("aevalsrc=0|0:d=4:s=44100", "anoisesrc=d=8:r=44100:a=0.5:c=pink");
    let mut arguments =
        vec!["-f", "lavfi", "-i", quiet, "-f", "lavfi", "-i", noise, "-filter_complex", parts, "-map", "[o]"];
    arguments.extend("-c:a libmp3lame -q:a 0 -write_xing 0 -id3v2_version 0".split(' '));
    let info = probe(&studio.ffmpeg(&arguments, "vbr.mp3"), &studio.limits).await.unwrap();
    assert!(info.bitrate_kbps.unwrap() > 100, "{info:?}");
    assert!((11_900..12_200).contains(&info.duration_ms.unwrap()), "{info:?}");
}
