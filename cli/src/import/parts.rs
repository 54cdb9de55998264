//! How a file is cut into parts, and which of them still have to be sent. Pure.

use std::collections::BTreeMap;

use crate::api::upload::{UploadPart, UploadTarget};

/// One part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) number: i32,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// Cuts a file of `size` bytes into parts of `part_size`; the last one may be shorter.
pub(crate) fn plan(size: u64, part_size: u64) -> Vec<Part> {
    let part_size = part_size.max(1);
    let count = size.div_ceil(part_size).max(1);
    (0..count)
        .map(|index| {
            let offset = index * part_size;
            Part { number: index as i32 + 1, offset, length: part_size.min(size - offset) }
        })
        .collect()
}

/// What to send where.
#[derive(Debug)]
pub(crate) enum ToSend {
    /// These parts; the others are there.
    Parts(Vec<(Part, UploadPart)>),
    /// The upload cannot be completed: of some part we have neither its etag nor a place to send it to.
    StartOver,
}

/// Compares the plan with what was sent already (`etags`), what the server says is missing, and the places that it gave
/// when the upload was created.
pub(crate) fn to_send(
    plan: &[Part],
    etags: &BTreeMap<i32, String>,
    created: &UploadTarget,
    missing: Option<&UploadTarget>,
) -> ToSend {
    let by_number = |target: &UploadTarget| -> BTreeMap<i32, UploadPart> {
        target.parts.iter().map(|part| (part.number, part.clone())).collect()
    };
    let fresh = missing.map(by_number).unwrap_or_default();
    let first = by_number(created);
    let mut sends = Vec::new();
    for part in plan {
        let is_there = etags.contains_key(&part.number) && !fresh.contains_key(&part.number);
        if is_there {
            continue;
        }
        match fresh.get(&part.number).or_else(|| first.get(&part.number)) {
            Some(place) => sends.push((*part, place.clone())),
            None => return ToSend::StartOver,
        }
    }
    ToSend::Parts(sends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Url;

    fn target(numbers: &[i32], host: &str) -> UploadTarget {
        let part =
            |number: &i32| UploadPart { number: *number, url: Url(format!("http://{host}/{number}")), headers: vec![] };
        UploadTarget { part_size_bytes: 10, parts: numbers.iter().map(part).collect() }
    }

    fn sent(sends: ToSend) -> Vec<(i32, String)> {
        match sends {
            ToSend::Parts(parts) => parts.into_iter().map(|(part, place)| (part.number, place.url.0)).collect(),
            ToSend::StartOver => panic!("starts over"),
        }
    }

    #[test]
    fn parts_cover_the_file_without_gap_or_overlap() {
        for size in [1, 9, 10, 11, 25, 30] {
            let parts = plan(size, 10);
            let mut end = 0;
            for (index, part) in parts.iter().enumerate() {
                assert_eq!((part.number, part.offset), (index as i32 + 1, end));
                end += part.length;
            }
            assert_eq!(end, size);
        }
        assert_eq!(plan(0, 10), [Part { number: 1, offset: 0, length: 0 }]);
    }

    #[test]
    fn a_new_upload_sends_every_part_to_its_place() {
        let sends = to_send(&plan(25, 10), &BTreeMap::new(), &target(&[1, 2, 3], "first"), None);
        assert_eq!(sent(sends).len(), 3);
    }

    #[test]
    fn a_resumed_upload_sends_only_what_the_server_misses_or_we_cannot_name() {
        let etags = BTreeMap::from([(1, "a".to_owned()), (2, "b".to_owned())]);
        let sends = to_send(&plan(35, 10), &etags, &target(&[1, 2, 3, 4], "first"), Some(&target(&[2, 4], "fresh")));
        // 1 is there; 2 was sent but the server lost it; 3 is there but its etag was not kept; 4 was never sent.
        assert_eq!(
            sent(sends),
            [(2, "http://fresh/2".into()), (3, "http://first/3".into()), (4, "http://fresh/4".into())]
        );
    }

    #[test]
    fn a_part_without_etag_or_place_means_to_start_over() {
        let sends = to_send(&plan(15, 10), &BTreeMap::new(), &target(&[1], "first"), Some(&target(&[], "fresh")));
        assert!(matches!(sends, ToSend::StartOver));
    }
}
