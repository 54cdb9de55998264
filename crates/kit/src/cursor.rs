//! Cursors: opaque to clients, the sort key of an entry to us, so that pages stay right while rows come and go.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

/// Writes a sort key as an opaque cursor.
pub fn encode(key: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).expect("sort keys are plain values, which serialise"))
}

/// Reads a cursor; `None` when it is not one of ours.
pub fn decode<K: DeserializeOwned>(cursor: &str) -> Option<K> {
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    // PostgreSQL's text holds no NUL, so no cursor of ours does.
    if json.contains(r"\u0000") {
        return None;
    }
    serde_json::from_str(&json).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cursor_reads_as_what_was_written_and_nonsense_as_nothing() {
        let cursor = super::encode(&("Röyksopp", 7));
        assert_eq!(super::decode::<(String, i32)>(&cursor), Some(("Röyksopp".to_owned(), 7)));
        assert_eq!(super::decode::<(String, i32)>("nonsense"), None);
        assert_eq!(super::decode::<i32>(&cursor), None);
        assert_eq!(super::decode::<String>(&super::encode(&"a\0b")), None);
    }
}
