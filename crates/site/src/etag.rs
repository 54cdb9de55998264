//! Entity tags: what a client has is compared with what there is (RFC 9110, 8.8.3 and 13.1.2).

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The strong tag of these bytes. An encoded file is other bytes, so its tag is another.
pub(crate) fn of(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let mut tag = String::from('"');
    for byte in &hash[..16] {
        // Writing into a text does not fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag + "\""
}

/// Whether `If-None-Match` names the tag. A weak tag counts: a proxy that compresses may have weakened ours.
pub(crate) fn matches(if_none_match: &str, tag: &str) -> bool {
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list_weak_or_strong() {
        let tag = of(b"a");
        assert_eq!(tag.len(), 34);
        assert!(matches(&tag, &tag) && matches(&format!("\"x\", W/{tag}"), &tag) && matches("*", &tag));
        assert!(!matches("", &tag) && !matches(tag.trim_matches('"'), &tag) && !matches(&of(b"b"), &tag));
    }
}
