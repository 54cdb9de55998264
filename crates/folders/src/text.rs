//! Reading files of text whose encoding nobody says.

use std::path::Path;

use tokio::io::AsyncReadExt;

/// Reads a file of at most `max_bytes` bytes; says why it cannot.
///
/// # Errors
/// A sentence for people: it cannot be opened, is too large, or is in no encoding of Unicode.
pub async fn read(path: &Path, max_bytes: u64) -> Result<String, String> {
    let file = tokio::fs::File::open(path).await.map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(max_bytes + 1).read_to_end(&mut bytes).await.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > max_bytes {
        return Err(format!("it has more than {max_bytes} bytes"));
    }
    decode(&bytes).ok_or_else(|| "its text is in no encoding of Unicode: save it as UTF-8".to_owned())
}

/// UTF-8, or UTF-16 with its mark. Older encodings cannot be told apart, and what they would become stays wrong for good.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<String> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unicode_is_read_and_what_could_be_anything_is_not() {
        assert_eq!(decode("Übung".as_bytes()).as_deref(), Some("Übung"));
        assert_eq!(decode(b"\xef\xbb\xbfa").as_deref(), Some("a"));
        assert_eq!(decode(b"\xff\xfea\0\xfc\0").as_deref(), Some("aü"));
        assert_eq!(decode(b"\xfe\xff\0a").as_deref(), Some("a"));
        assert_eq!(decode(b"\xdcbung"), None);
    }
}
