//! Text whose bytes are not what they are marked as. Taggers of many countries wrote their own charset into fields that are
//! Latin-1 by their standards, or UTF-8.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Texts of which at least one letter in so many is not ASCII may be of another alphabet; below it they are of Western Europe.
const FOREIGN_SHARE: usize = 3;

/// What the bytes of a file's texts, all that are marked as Latin-1, really are; nothing when they are that, or ASCII.
#[must_use]
pub fn detect<'a>(texts: impl Iterator<Item = &'a [u8]> + Clone) -> Option<&'static Encoding> {
    let (mut ascii_letters, mut others) = (0_usize, 0_usize);
    for byte in texts.clone().flatten() {
        ascii_letters += usize::from(byte.is_ascii_alphabetic());
        others += usize::from(!byte.is_ascii());
    }
    if others == 0 {
        return None;
    }
    if texts.clone().all(|text| std::str::from_utf8(text).is_ok()) {
        return Some(UTF_8);
    }
    if others * FOREIGN_SHARE < others + ascii_letters {
        return None;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for text in texts {
        detector.feed(text, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    let found = detector.guess(None, Utf8Detection::Deny);
    (found != WINDOWS_1252).then_some(found)
}

/// The bytes of a text that was read as Latin-1; nothing when it was not, because it has other characters.
#[must_use]
pub fn latin1_bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// A text that was read as Latin-1, in the charset that it is in.
#[must_use]
pub fn reread(text: &str, charset: &'static Encoding) -> String {
    let bytes = latin1_bytes(text);
    bytes.map_or_else(|| text.to_owned(), |bytes| charset.decode_without_bom_handling(&bytes).0.into_owned())
}

/// Bytes that should be UTF-8: each line that is not is read as what it seems to be.
#[must_use]
pub fn utf8_lines(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let broken = || bytes.split(|byte| *byte == b'\n').filter(|line| std::str::from_utf8(line).is_err());
    let charset = detect(broken()).unwrap_or(WINDOWS_1252);
    let line = |line: &[u8]| match std::str::from_utf8(line) {
        Ok(line) => line.to_owned(),
        Err(_) => charset.decode_without_bom_handling(line).0.into_owned(),
    };
    bytes.split(|byte| *byte == b'\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A text of which nobody says how it is written: UTF-8 or UTF-16 with its mark, UTF-8, or what it seems to be.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    if let Some((charset, mark)) = Encoding::for_bom(bytes) {
        return charset.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    utf8_lines(bytes)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1251};

    use super::*;

    /// The texts as taggers write them in this charset, read as Latin-1 and then as what they seem to be.
    fn through(charset: &'static Encoding, texts: &[&str]) -> Vec<String> {
        let bytes: Vec<Vec<u8>> = texts.iter().map(|text| charset.encode(text).0.into_owned()).collect();
        let read: Vec<String> = bytes.iter().map(|text| text.iter().map(|byte| char::from(*byte)).collect()).collect();
        let found = detect(bytes.iter().map(Vec::as_slice));
        read.iter().map(|text| found.map_or_else(|| text.clone(), |charset| reread(text, charset))).collect()
    }

    #[test]
    fn texts_of_other_charsets_are_read_as_meant() {
        for (charset, texts) in [
            (WINDOWS_1251, &["Группа крови", "Кино", "Спокойная ночь"][..]),
            (SHIFT_JIS, &["夜に駆ける", "東京事変", "ルージュの伝言"]),
            (GBK, &["月亮代表我的心", "邓丽君", "经典歌曲"]),
            (EUC_KR, &["봄날은 간다", "방탄소년단", "사랑했지만"]),
            (BIG5, &["青花瓷歌曲", "周杰倫音樂", "我很忙專輯"]),
            (UTF_8, &["Björk", "Jóga", "Homogenic"]),
        ] {
            assert_eq!(through(charset, texts), texts, "{}", charset.name());
        }
    }

    #[test]
    fn texts_of_western_europe_stay() {
        for texts in [&["Björk", "Jóga"][..], &["Sigur Rós", "Ágætis byrjun"], &["Édith Piaf", "Où es-tu"], &["Ünö"]]
        {
            assert_eq!(through(WINDOWS_1252, texts), texts);
        }
    }

    #[test]
    fn a_text_is_read_by_its_mark_or_by_what_it_seems_to_be() {
        assert_eq!(decode(b"\xff\xfea\0\xfc\0"), "aü");
        assert_eq!(decode(b"\xef\xbb\xbfa"), "a");
        assert_eq!(decode(&WINDOWS_1251.encode("TITLE \"Группа крови\"").0), "TITLE \"Группа крови\"");
    }

    #[test]
    fn lines_that_are_no_utf8_are_read_each() {
        assert_eq!(
            utf8_lines(b"{\n\"title\": \"Caf\xe9\",\n\"artist\": \"Bj\xc3\xb6rk\"\n}"),
            "{\n\"title\": \"Café\",\n\"artist\": \"Björk\"\n}"
        );
    }
}
